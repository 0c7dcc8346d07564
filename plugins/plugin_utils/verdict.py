# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of one account in the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import printable

from .report import AccountReport, Finding, Proven

PREDICTED = "Check mode predicts changes, so there is nothing to judge yet."


def account_report(
    account_name: str,
    user_name: str,
    info: Mapping[str, Any],
    *,
    checked_at: str,
    earlier_error: str,
    predicted: bool,
    proof: Mapping[str, Any] | None = None,
) -> AccountReport:
    """Return the judgement on one account.

    `info` is the result of iam_admin_info, which has no `checks` where it failed; `earlier_error` what went wrong
    before in this run; `predicted` that check mode predicts changes, so that there is nothing to judge yet; and
    `proof` the result of iam_admin_proof in this run.
    """
    judged = "checks" in info
    errors = [earlier_error, "" if judged else info["msg"]]
    user_id = _printable_if_known(info.get("user_id"))
    mfa_devices = {
        printable(device["serial_number"]): printable(device["enable_date"]) for device in info.get("mfa_devices", ())
    }
    proven = _proven(proof or {}, checked_at)
    if proven and judged and not proven.holds_of(user_id, mfa_devices):
        proven = None
    findings = tuple(_finding(check) for check in info.get("checks", ())) if not predicted else ()
    return AccountReport(
        name=printable(account_name),
        account_id=_printable_if_known(info.get("account_id")),
        user_name=printable(user_name),
        sign_in_url=_printable_if_known(info.get("sign_in_url")),
        verdict=_verdict(judged, predicted, findings),
        error=printable(" ".join(dict.fromkeys(error for error in errors if error))) or None,
        checked_at=checked_at,
        findings=findings,
        user_id=user_id,
        mfa_devices=mfa_devices,
        proven=proven,
    )


def _proven(proof: Mapping[str, Any], at: str) -> Proven | None:
    if not proof.get("proven"):
        return None
    of_what = {name: printable(proof[name]) for name in ("user_id", "serial_number", "enable_date")}
    return Proven(at, tuple(proof["proven"]), **of_what)


def sentence(account: AccountReport, was_said: bool = False) -> str:
    """Return the verdict in one paragraph, with the ids of the checks that did not pass.

    What went wrong is not repeated where a task of the account `was_said` to have failed for it.
    """
    reasons = []
    if account.error:
        reasons = ["Something went wrong: the report above says what." if was_said else account.error]
    if account.verdict == "not judged":
        reasons.append(PREDICTED)
    if account.not_passed:
        reasons.append(f"Not passed: {', '.join(finding.id for finding in account.not_passed)}.")
    return " ".join([f"{account.name} is {account.verdict}.", *reasons])


def _verdict(judged: bool, predicted: bool, findings: tuple[Finding, ...]) -> str:
    if not judged:
        return "unknown"
    if predicted:
        return "not judged"
    against = {finding.status for finding in findings if finding.counts_against}
    if not against:
        return "secure"
    return "not secure" if "fail" in against else "unknown"


def _finding(check: Mapping[str, Any]) -> Finding:
    exception = _printable_if_known(check["exception"])
    return Finding(check["id"], check["status"], printable(check["detail"]), check["expected"], exception)


def _printable_if_known(text: str | None) -> str | None:
    return None if text is None else printable(text)
