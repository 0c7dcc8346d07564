# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict: what is true of an account, read from AWS and held against what is expected of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from functools import partial
from typing import Any

from .account import Account
from .api import IamApi, together
from .errors import AwsError
from .names import check_account_id, check_name
from .user import check_policies, resolve_policies

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "device_names": {"type": "list", "elements": "str"},
    "managed_policies": {"type": "list", "elements": "str", "default": ["AdministratorAccess"]},
}

# Stands for what was read from an account that is not the expected one
_STRANGER: Any = object()
_CIS = "CIS AWS Foundations Benchmark v7.0.0, "


@dataclass(frozen=True)
class Check:
    """One judgement: `status` is pass, fail, not_applicable, or unknown for what could not be read."""

    id: str
    title: str
    status: str
    detail: str
    references: tuple[str, ...] = ()


@dataclass(frozen=True)
class Expected:
    """What an account is held against."""

    account_id: str | None
    name: str
    device_names: tuple[str, ...]
    managed_policies: tuple[str, ...]

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Expected:
        """Make it from the module's options; raise AdminError for names that AWS would refuse."""
        name = check_name("name", params["name"])
        devices = params["device_names"] or [name]
        return cls(
            account_id=check_account_id(params["account_id"]),
            name=name,
            device_names=tuple(check_name("device_names", device, longest=128) for device in devices),
            managed_policies=check_policies(params["managed_policies"]),
        )


@dataclass(frozen=True)
class Policies:
    """ARNs of the policies attached to the user, and the ARN of each that it should have: None where there is none."""

    attached: tuple[str, ...]
    wanted: Mapping[str, str | None]


@dataclass(frozen=True)
class Readings:
    """What AWS answered to each read; the AwsError itself where it refused to answer."""

    summary: Mapping[str, int] | AwsError
    user: Mapping[str, Any] | AwsError | None
    policies: Policies | AwsError
    login_profile: Mapping[str, Any] | AwsError | None
    mfa_devices: list[Mapping[str, Any]] | AwsError


def inspect(api: IamApi, expected: Expected) -> dict[str, Any]:
    """Read the account and return iam_admin_info's result.

    Raises AwsError only where not even the account can be told; any other refusal makes its checks unknown.
    """
    account, summary, user, attached, login_profile, devices, aliases = together(
        api.get_caller_identity,
        *(
            partial(_attempt, read)
            for read in (
                api.get_account_summary,
                partial(api.get_user, expected.name),
                partial(api.list_attached_user_policies, expected.name),
                partial(api.get_login_profile, expected.name),
                partial(api.list_mfa_devices, expected.name),
                api.list_account_aliases,
            )
        ),
    )
    policies = attached
    if not isinstance(attached, AwsError):
        policies = _attempt(partial(_resolve, api, account, expected, attached))
    checks = judge(expected, account, Readings(summary, user, policies, login_profile, devices))
    alias = None if isinstance(aliases, AwsError) else next(iter(aliases), None)
    return {
        "changed": False,
        "account_id": account.id,
        "sign_in_url": account.sign_in_url(alias),
        "checks": [{**asdict(check), "references": list(check.references)} for check in checks],
        "secure": all(check.status in ("pass", "not_applicable") for check in checks),
    }


def judge(expected: Expected, account: Account, read: Readings) -> list[Check]:
    """Hold the readings against the expectations. Pure."""
    if expected.account_id not in (None, account.id):
        # Whatever was read belongs to somebody else
        read = Readings(*(_STRANGER for _field in fields(Readings)))
    return [
        _account(expected, account),
        _root_mfa(read.summary),
        _root_access_keys(read.summary),
        _administrator(expected, read.user),
        _policies(expected, read.policies),
        _console_password(expected, read.login_profile),
        _mfa(expected, read.mfa_devices),
    ]


def _resolve(api: IamApi, account: Account, expected: Expected, attached: list[Mapping[str, Any]]) -> Policies:
    arns = tuple(policy["PolicyArn"] for policy in attached)
    return Policies(arns, resolve_policies(api, account, expected.managed_policies, arns))


def _attempt(read: Callable[[], Any]) -> Any:
    try:
        return read()
    except AwsError as error:
        return error


def _check(id: str, title: str, reading: Any, judgement: Callable[[Any], tuple[bool, str]], *references: str) -> Check:
    """Make a check of what was read; `judgement` says whether it passes, and what was seen."""
    if isinstance(reading, AwsError):
        return Check(id, title, "unknown", f"Could not be read: {reading}", references)
    if reading is _STRANGER:
        return Check(id, title, "unknown", "Not judged, since the credentials lead to another account.", references)
    passed, detail = judgement(reading)
    return Check(id, title, "pass" if passed else "fail", detail, references)


def _account(expected: Expected, account: Account) -> Check:
    title = "The credentials lead to the expected account"
    if expected.account_id is None:
        return Check("account", title, "not_applicable", f"Account {account.id}; none was named to compare with.")
    if expected.account_id == account.id:
        return Check("account", title, "pass", f"Account {account.id}.")
    detail = f"Account {account.id}, not {expected.account_id}: correct aws_profile or aws_account_id in the inventory."
    return Check("account", title, "fail", detail)


def _root_mfa(summary: Any) -> Check:
    def judgement(answer: Mapping[str, int]) -> tuple[bool, str]:
        if answer.get("AccountMFAEnabled"):
            return True, "The root user has MFA."
        return False, "The root user has no MFA: sign in as root, and add an MFA device under Security credentials."

    return _check("root_mfa", "The root user has MFA", summary, judgement, _CIS + "2.5")


def _root_access_keys(summary: Any) -> Check:
    def judgement(answer: Mapping[str, int]) -> tuple[bool, str]:
        if answer.get("AccountAccessKeysPresent"):
            return False, "The root user has an access key: sign in as root, and delete it under Security credentials."
        return True, "The root user has no access key."

    return _check("root_access_keys", "The root user has no access key", summary, judgement, _CIS + "2.4")


def _administrator(expected: Expected, user: Any) -> Check:
    def judgement(answer: Mapping[str, Any] | None) -> tuple[bool, str]:
        if answer is None:
            return False, f"There is no user {expected.name}: run the bootstrap."
        return True, f"The user is {answer['Arn']}."

    return _check("administrator", "The administrator exists", user, judgement)


def _policies(expected: Expected, policies: Any) -> Check:
    def judgement(answer: Policies) -> tuple[bool, str]:
        missing = [name for name, arn in answer.wanted.items() if arn not in answer.attached]
        if missing:
            return False, f"Not attached to {expected.name}: {', '.join(missing)}. Run the bootstrap."
        return True, f"Attached to {expected.name}: {', '.join(expected.managed_policies)}."

    return _check("policies", "The administrator has its policies", policies, judgement)


def _console_password(expected: Expected, login_profile: Any) -> Check:
    def judgement(answer: Mapping[str, Any] | None) -> tuple[bool, str]:
        if answer is None:
            return False, f"{expected.name} has no console password: run the bootstrap, which makes it after MFA."
        return True, f"{expected.name} has a console password since {answer['CreateDate'].isoformat()}."

    return _check("console_password", "The administrator has a console password", login_profile, judgement)


def _mfa(expected: Expected, devices: Any) -> Check:
    def judgement(answer: list[Mapping[str, Any]]) -> tuple[bool, str]:
        enabled = {device["SerialNumber"].rpartition("/")[2].lower(): device["EnableDate"] for device in answer}
        missing = [name for name in expected.device_names if name.lower() not in enabled]
        if missing:
            return False, f"Not enabled for {expected.name}: MFA device {', '.join(missing)}. Run the bootstrap."
        seen = (f"{name} since {enabled[name.lower()].isoformat()}" for name in expected.device_names)
        return True, f"MFA device {', '.join(seen)}."

    return _check("mfa", "The administrator has MFA", devices, judgement, _CIS + "2.10")
