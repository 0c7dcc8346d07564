# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a person does to a root user in the console, where no API does it.

IAM User Guide: "Multi-factor authentication for AWS account root user", "Delete access keys for the root user".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from .account import Account
from .api import IamApi, together
from .checks import RULES
from .expectations import Expected, exceptions_of
from .judgement import Check, check
from .names import check_account_id
from .readings import attempt, of_organization
from .root import RootUser

ARGUMENT_SPEC: dict[str, Any] = {
    "exceptions": {"type": "dict", "default": {}},
    "management_profile": {"type": "str"},
}
# What is asked of a root user; `account` says that it is the one that is meant
CHECKS = ("account", "root_mfa", "root_access_keys", "root_signing_certificates")
_SIGN_IN = (
    "Sign in at https://console.aws.amazon.com/ with Root user, and the e-mail address of account {account_id}. If you "
    "do not know its password, choose Forgot password."
)
_OPEN = "Open the menu under the account's name at the top right, and Security credentials in it."
_STEPS = {
    "root_mfa": (
        "Under Multi-factor authentication (MFA) choose Assign MFA device, a name, and Passkey or security key, or "
        "Authenticator app, and follow what is shown. Assign a second one that is kept elsewhere."
    ),
    "root_access_keys": (
        "Under Access keys look at Access key last used. Whatever still uses a key needs another identity first; then "
        "choose Actions, Deactivate, and Actions, Delete, for each."
    ),
    "root_signing_certificates": "Under X.509 signing certificates choose Actions, Delete, for each.",
}
_LAST = "Sign out."
# Whether it could be done by API instead
_BY_API = "root_deleted"


@dataclass(frozen=True)
class _Readings:
    """What these checks are made of; see readings.Readings."""

    account: Account
    found: Mapping[str, Any]

    def get(self, name: str) -> Any:
        return self.found[name]


def look(params: Mapping[str, Any], api: IamApi) -> dict[str, Any]:
    """Return the module's result, which has failed where something is left, with the steps that mend it."""
    expected = _expected(params)
    account, summary = together(api.get_caller_identity, partial(attempt, api.get_account_summary))
    is_central, root = of_organization(api, account, summary)
    seen = root if isinstance(root, RootUser) else None
    found = {"account": account, "summary": summary, "root_is_central": is_central, "root": root, "root_seen": seen}
    checks = [check(RULES[id], expected, _Readings(account, found)) for id in (*CHECKS, _BY_API)]
    left = [one for one in checks if one.counts_against]
    result = {"changed": False, "account_id": account.id, "steps": [*_steps(left, account.id)]}
    if not left:
        return result
    is_deletable = any((one.id, one.status) == (_BY_API, "fail") for one in checks)
    return {
        **result,
        "failed": True,
        "msg": " ".join(dict.fromkeys(one.detail for one in left)),
        "by_api": is_deletable,
    }


def _expected(params: Mapping[str, Any]) -> Expected:
    exceptions, ended = exceptions_of(params, RULES)
    return Expected(
        account_id=check_account_id(params["account_id"]),
        name="",
        path=None,
        device_names=(),
        managed_policies=(),
        expect=CHECKS,
        exceptions=exceptions,
        ended=ended,
    )


def _steps(left: Sequence[Check], account_id: str) -> Iterator[str]:
    """Return what to do, one after the other; nothing where that is not for a person to do."""
    failed = {one.id for one in left if one.status == "fail"}
    todo = [step for id, step in _STEPS.items() if id in failed]
    if "account" not in failed and todo:
        yield from (_SIGN_IN.format(account_id=account_id), _OPEN, *todo, _LAST)
