# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of an account in the end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

_FORETOLD = "Check mode has foretold changes, so there is nothing to judge yet."
_MARKS = {"pass": "ok", "fail": "FAIL", "unknown": "??", "not_applicable": "-"}


@dataclass(frozen=True)
class Verdict:
    """The judgement on one account.

    `info` is the result of iam_admin_info, which has no `checks` where it failed; `earlier_error` what went wrong
    before in this run; `predicted` that check mode has foretold changes, so that there is nothing to judge yet.
    """

    account_name: str
    user_name: str
    info: Mapping[str, Any]
    earlier_error: str = ""
    predicted: bool = False

    @cached_property
    def status(self) -> str:
        """`secure`, `not secure`, `unknown` (something could not be read), or `not judged` (in check mode)."""
        if "checks" not in self.info:
            return "unknown"
        if self.predicted:
            return "not judged"
        if self.info["secure"]:
            return "secure"
        return "not secure" if any(check["status"] == "fail" for check in self.info["checks"]) else "unknown"

    @property
    def fails(self) -> bool:
        """Whether the run has to fail for this account."""
        return bool(self.earlier_error) or self.status in ("not secure", "unknown")

    def sentence(self) -> str:
        """Return the verdict in one paragraph, with the ids of the checks that did not pass."""
        reasons = [self.earlier_error] if self.earlier_error else []
        if "checks" not in self.info:
            reasons.append(self.info["msg"])
        elif self.predicted:
            reasons.append(_FORETOLD)
        else:
            failed = [check["id"] for check in self.info["checks"] if check["status"] in ("fail", "unknown")]
            reasons += [f"Not passed: {', '.join(failed)}."] if failed else []
        return " ".join(dict.fromkeys([f"{self.account_name} is {self.status}.", *reasons]))

    def text(self) -> str:
        """Return the verdict as lines for a terminal."""
        account_id = self.info.get("account_id")
        lines = [f"   sign in as {self.user_name}: {self.info['sign_in_url']}"] if account_id else []
        if self.status == "not judged":
            lines += [_line("unknown", _FORETOLD)]
        else:
            lines += [_line(check["status"], check["detail"]) for check in self.info.get("checks", [])]
        if "checks" not in self.info and self.info["msg"] != self.earlier_error:
            lines += [_line("unknown", self.info["msg"])]
        if self.earlier_error:
            lines += [_line("fail", self.earlier_error)]
        title = f"{self.account_name} ({account_id})" if account_id else self.account_name
        return "\n".join([f"{title}: {self.status.upper()}", *dict.fromkeys(lines)])


def _line(status: str, detail: str) -> str:
    return f"   {_MARKS[status]:<5}{detail}"
