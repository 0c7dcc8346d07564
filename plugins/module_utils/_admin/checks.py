# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict: what is true of an account, compared with what is expected of it.

A check is one function: `rule` says its id and title, where the rule comes from, what to do where it fails, and what it
reads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from . import auditing
from .account import Account
from .api import IamApi
from .auditing import no_root
from .decisions import ALLOWED, decided_by
from .errors import AwsError
from .escalation import Principals
from .expectations import Expected
from .identities import ADMINISTRATOR_ACCESS, Identity, Role, SignIn, requires_mfa
from .judgement import Check, Judgement, Rules, check, day, told
from .names import devices_by_name, is_passkey, named
from .permissions import may_be_denied
from .policies import has_signed_in
from .readings import Policies, Readings, Simulated, read
from .root import OF_SUMMARY, RootUser, has_none, kind_of
from .sources import CENTRAL, MFA_GUIDE, PRACTICES, ROOT_GUIDE, cis, prowler, security_hub
from .trust import Assumer

# Of its own account; what the organisation takes is not the administrator's to mend
_WHO_TAKES = {
    "boundary": "which its permissions boundary does not allow",
    "policy": "which no policy allows, or one denies",
}

RULES = Rules()
rule = RULES.add


def inspect(api: IamApi, expected: Expected) -> dict[str, Any]:
    """Read the account and return iam_admin_info's result.

    Raises AwsError only where not even the account can be told; any other refusal makes its checks unknown.
    """
    wanted = {name for rule in RULES.values() if rule.counts(expected) for name in rule.reads}
    readings, aliases = read(api, expected, wanted)
    account, checks = readings.account, judge(expected, readings)
    alias = None if isinstance(aliases, AwsError) else next(iter(aliases), None)
    return {
        "changed": False,
        "account_id": account.id,
        "sign_in_url": account.sign_in_url(alias),
        **_administrator_of(expected, readings),
        "checks": [{**asdict(check), "references": list(check.references)} for check in checks],
        "secure": not any(check.counts_against for check in checks),
    }


def _administrator_of(expected: Expected, readings: Readings) -> dict[str, Any]:
    """Return whose MFA devices were read, and when each was enabled; what could not be read is left out of it."""
    users, devices = readings.users, readings.mfa_devices
    user = None if isinstance(users, AwsError) else users.get(expected.name.lower())
    enabled = [] if isinstance(devices, AwsError) else devices
    return {
        "user_id": (user.user_id or None) if user else None,
        "mfa_devices": [
            {"serial_number": one["SerialNumber"], "enable_date": one["EnableDate"].isoformat(timespec="seconds")}
            for one in enabled
        ],
    }


def judge(expected: Expected, readings: Readings) -> list[Check]:
    """Hold the readings against the expectations. Pure."""
    made = (rule for rule in RULES.values() if rule.counts(expected) or not rule.on_request)
    return [check(rule, expected, readings) for rule in made]


# The account and its root user


@rule(
    "account",
    "The credentials lead to the expected account",
    remedy="Correct aws_profile or aws_account_id of the host in the inventory.",
    reads=["account"],
)
def _account(expected: Expected, account: Account) -> Judgement:
    if expected.account_id is None:
        return "not_applicable", f"Account {account.id}; no account was given to compare with."
    return told(
        expected.account_id == account.id,
        f"Account {account.id}.",
        f"Account {account.id}, not {expected.account_id}: correct aws_profile or aws_account_id in the inventory.",
    )


_NO_ROOT_MFA = "The root user has no MFA: sign in as root, and add an MFA device under Security credentials."
_DELETE_ROOT = "run playbooks/secure_root.yml with iam_admin_root: absent"


def _use_of(key: Mapping[str, Any]) -> str:
    """Return when an access key was last used, and for what."""
    at = key["LastUsed"].get("LastUsedDate")
    return f"last used on {day(at)} for {key['LastUsed']['ServiceName']}" if at else "never used"


def _of_summary(summary: Mapping[str, int], name: str, wanted: int, if_so: str, if_not: str) -> Judgement:
    if name not in summary:
        return "unknown", f"AWS does not report {name} for this account."
    return told(bool(summary[name]) == bool(wanted), if_so, if_not)


def _no_root_console(expected: Expected, account: Account) -> str | None:
    if account.partition != "aws-us-gov":
        return no_root(expected, account)
    return (
        "The root user of a GovCloud account has no console sign-in: enable MFA for the root user of the linked "
        "standard account."
    )


@rule(
    "root_mfa",
    "The root user has MFA",
    cis("2.5"),
    ROOT_GUIDE,
    CENTRAL,
    security_hub("IAM.9"),
    prowler("iam_root_mfa_enabled"),
    remedy=(
        "Run playbooks/secure_root.yml, which guides a person; with iam_admin_root: absent it deletes the root "
        "credentials of a member account instead."
    ),
    reads=["summary", "root_is_central", "root_seen"],
    unless=_no_root_console,
)
def _root_mfa(
    _expected: Expected, summary: Mapping[str, int], is_central: bool | None, root: RootUser | None
) -> Judgement:
    if not root.has_any if root else has_none(summary):
        return _without_root_credentials(is_central)
    if root:
        listed = (f"{kind_of(one['SerialNumber'])} since {day(one['EnableDate'])}" for one in root.mfa_devices)
        return told(bool(root.mfa_devices), f"The root user has MFA: {named(listed)}.", _NO_ROOT_MFA)
    unsaid = [kind for kind in OF_SUMMARY if kind not in summary]
    if unsaid and summary.get("AccountMFAEnabled") == 0 and not any(summary.get(kind) for kind in OF_SUMMARY):
        return "unknown", f"AWS does not report {named(unsaid)} for this account."
    return _of_summary(summary, "AccountMFAEnabled", 1, "The root user has MFA.", _NO_ROOT_MFA)


def _without_root_credentials(is_central: bool | None) -> Judgement:
    if is_central:
        return "not_applicable", "The root user has no credentials, and only the organisation can give it any."
    if is_central is None:
        return "unknown", (
            "The root user has no credentials. Whoever has its mailbox can set a password, unless root credentials are "
            "managed centrally, which these credentials cannot tell: assume a role from the management account, or "
            "accept it in iam_admin_exceptions."
        )
    return "fail", (
        "The root user has no credentials, and whoever has its mailbox can set a password: manage root credentials "
        "centrally, or sign in as root, and add an MFA device under Security credentials."
    )


@rule(
    "root_access_keys",
    "The root user has no access key",
    cis("2.4"),
    ROOT_GUIDE,
    security_hub("IAM.4"),
    prowler("iam_no_root_access_key"),
    remedy="Sign in as the root user and delete its access keys under Security credentials.",
    reads=["summary", "root_seen"],
    unless=no_root,
)
def _root_access_keys(_expected: Expected, summary: Mapping[str, int], root: RootUser | None) -> Judgement:
    if root:
        keys = named(f"{key['AccessKeyId']} ({_use_of(key)})" for key in root.access_keys)
        return told(
            not root.access_keys,
            "The root user has no access key.",
            f"The root user has the access key {keys}: {_DELETE_ROOT}.",
        )
    return _of_summary(
        summary,
        "AccountAccessKeysPresent",
        0,
        "The root user has no access key.",
        "The root user has an access key: sign in as root, and delete it under Security credentials.",
    )


@rule(
    "root_signing_certificates",
    "The root user has no signing certificate",
    ROOT_GUIDE,
    remedy="Sign in as the root user and delete its signing certificates under Security credentials.",
    reads=["summary", "root_seen"],
    unless=no_root,
)
def _root_signing_certificates(_expected: Expected, summary: Mapping[str, int], root: RootUser | None) -> Judgement:
    if root:
        ids = named(one["CertificateId"] for one in root.signing_certificates)
        return told(
            not root.signing_certificates,
            "The root user has no signing certificate.",
            f"The root user has the signing certificate {ids}: {_DELETE_ROOT}.",
        )
    return _of_summary(
        summary,
        "AccountSigningCertificatesPresent",
        0,
        "The root user has no signing certificate.",
        "The root user has a signing certificate: sign in as root, and delete it under Security credentials.",
    )


@rule(
    "root_deleted",
    "The root user of a member account has no credentials",
    ROOT_GUIDE,
    CENTRAL,
    remedy="Run playbooks/secure_root.yml with iam_admin_root: absent, which deletes them.",
    reads=["summary", "root"],
    by_default=False,
    unless=no_root,
)
def _root_deleted(_expected: Expected, summary: Mapping[str, int], root: RootUser | None) -> Judgement:
    if root is None and has_none(summary):
        return "pass", "The root user has no credentials."
    if root is None:
        return "not_applicable", "No organisation gives these credentials a root session."
    kinds = {
        "a password": root.login_profile,
        "access keys": root.access_keys,
        "signing certificates": root.signing_certificates,
        "MFA devices": root.mfa_devices,
    }
    return told(
        not root.has_any,
        "The root user has no credentials.",
        f"The root user has {named(kind for kind, found in kinds.items() if found)}, which stay until the organisation "
        f"deletes them: {_DELETE_ROOT}.",
    )


@rule(
    "root_recovery",
    "Nobody can recover an unused root password",
    CENTRAL,
    remedy="Run playbooks/secure_root.yml with iam_admin_root: absent, once the root user is not needed any more.",
    reads=["root"],
    by_default=False,
    unless=no_root,
)
def _root_recovery(_expected: Expected, root: RootUser | None) -> Judgement:
    if root is None:
        return "not_applicable", "The root user has no password, or no root session is available."
    if root.login_profile is None:
        return "pass", "The root user has no password, and cannot recover one."
    since = root.login_profile["CreateDate"]
    if root.password_last_used and root.password_last_used >= since:
        return "pass", f"The password of the root user was last used on {day(root.password_last_used)}."
    return "fail", (
        f"The root user may have a password since {day(since)}, which has not been used since: whoever has its mailbox "
        f"can set one. {_DELETE_ROOT[0].upper()}{_DELETE_ROOT[1:]}."
    )


# The administrator


def _no_user(expected: Expected) -> Judgement:
    return "fail", f"There is no user {expected.name}: run the bootstrap."


@rule(
    "administrator",
    "The administrator exists",
    PRACTICES,
    remedy="Run bootstrap.yml, which creates the administrator; the module for IAM users moves it to another path.",
    reads=["users"],
)
def _administrator(expected: Expected, users: Mapping[str, Identity]) -> Judgement:
    user = users.get(expected.name.lower())
    if user is None:
        return _no_user(expected)
    return told(
        expected.path in (None, user.path),
        f"The user is {user.arn}.",
        f"The user is {user.arn}, and its path is not {expected.path}: set path in the module iam_admin_user.",
    )


@rule(
    "policies",
    "The administrator has its policies",
    remedy="Run bootstrap.yml, which attaches the administrator's missing policies.",
    reads=["policies"],
)
def _policies(expected: Expected, policies: Policies) -> Judgement:
    missing = [name for name, arn in policies.wanted.items() if arn not in policies.attached]
    return told(
        not missing,
        f"Attached to {expected.name} or one of its groups: {', '.join(expected.managed_policies)}.",
        f"Not attached to {expected.name}: {', '.join(missing)}. Run the bootstrap.",
    )


@rule(
    "permissions",
    "The administrator has an administrator's permissions",
    "IAM API Reference: SimulatePrincipalPolicy",
    "IAM User Guide: Permissions boundaries for IAM entities",
    remedy=(
        "Run bootstrap.yml; if a permissions boundary or another policy is still too strict, relax it in the IAM "
        "console."
    ),
    reads=["users", "simulated"],
    unless=lambda expected, _account: _no_administrator(expected),
)
def _permissions(expected: Expected, users: Mapping[str, Identity], simulated: Simulated) -> Judgement:
    user = users.get(expected.name.lower())
    if user is None:
        return _no_user(expected)
    if not user.is_administrator:
        if user.unread:
            return "unknown", f"AWS does not show what {named(user.unread)} of {expected.name} allows: run again."
        return "fail", f"No policy of {expected.name} allows it everything: run the bootstrap."
    if simulated.with_mfa is None:
        if user.is_bounded:
            return "unknown", (
                f"A permissions boundary, {user.permissions_boundary}, may restrict {expected.name}, and this endpoint "
                "does not simulate that."
            )
        return _by_policies(expected, user)
    return _by_simulation(expected, user, simulated.with_mfa)


def _by_policies(expected: Expected, user: Identity) -> Judgement:
    if may_be_denied(user):
        return "unknown", (
            f"A policy of {expected.name} denies something, or AWS does not show what one says, and this endpoint does "
            "not simulate what is left."
        )
    return "pass", f"A policy allows {expected.name} everything, and nothing restricts it."


def _by_simulation(expected: Expected, user: Identity, results: Sequence[Mapping[str, Any]]) -> Judgement:
    by: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for result in results:
        by[decided_by(result, user)].append(result)
    for who, why in _WHO_TAKES.items():
        if by[who]:
            return "fail", f"Simulated with MFA, {expected.name} may not do {_actions(by[who])}, {why}: fix it in IAM."
    if by["condition"]:
        keys = named({key for result in by["condition"] for key in result["MissingContextValues"]})
        return "unknown", (
            f"Simulated with MFA, it depends on {keys} whether {expected.name} may do {_actions(by['condition'])}."
        )
    allowed, kept = by[ALLOWED], by["organisation"]
    if len(allowed) < len(kept) or not allowed:
        return "unknown", f"Simulated, policies of the organisation keep {expected.name} from {_actions(kept)}."
    but = f", and a policy of the organisation keeps it from {_actions(kept)}" if kept else ""
    return "pass", f"Simulated with MFA, {expected.name} may do {_actions(allowed)}{but}."


def _actions(results: Iterable[Mapping[str, Any]]) -> str:
    return named({result["EvalActionName"] for result in results})


def _no_administrator(expected: Expected) -> str | None:
    if any(name == "AdministratorAccess" or name.endswith(ADMINISTRATOR_ACCESS) for name in expected.managed_policies):
        return None
    return f"AdministratorAccess is not one of the policies expected of {expected.name}."


@rule(
    "console_password",
    "The administrator has a console password",
    remedy="Run bootstrap.yml, which sets a console password once MFA is enabled.",
    reads=["login_profile"],
)
def _console_password(expected: Expected, profile: Mapping[str, Any] | None) -> Judgement:
    if profile is None:
        return "fail", f"{expected.name} has no console password: run the bootstrap, which creates it after MFA."
    return "pass", f"{expected.name} has a console password since {profile['CreateDate'].isoformat()}."


def _device_name(device: Mapping[str, Any]) -> str:
    return str(device["SerialNumber"]).rpartition("/")[2]


def _kind(device: Mapping[str, Any]) -> str:
    if is_passkey(device["SerialNumber"]):
        return "passkey or security key"
    return "virtual" if device["SerialNumber"].rpartition(":")[2].startswith("mfa/") else "hardware token"


@rule(
    "mfa",
    "The administrator has MFA",
    cis("2.10"),
    MFA_GUIDE,
    security_hub("IAM.19"),
    prowler("iam_administrator_access_with_mfa"),
    remedy="Run bootstrap.yml and enrol the missing MFA device, or name the one in use in iam_admin_device_names.",
    reads=["mfa_devices"],
)
def _mfa(expected: Expected, devices: list[Mapping[str, Any]]) -> Judgement:
    by_name = devices_by_name(device["SerialNumber"] for device in devices)
    missing = [name for name in expected.device_names if name.lower() not in by_name]
    if missing:
        more = named(f"{_device_name(device)} ({_kind(device)})" for device in devices)
        instead = f", or name those that it has, {more}, in iam_admin_device_names" if devices else ""
        return "fail", f"Not enabled for {expected.name}: MFA device {', '.join(missing)}. Run the bootstrap{instead}."
    enabled = {device["SerialNumber"]: device for device in devices}
    found = (enabled[by_name[name.lower()]] for name in expected.device_names)
    seen = (f"{_device_name(one)} ({_kind(one)}) since {one['EnableDate'].isoformat()}" for one in found)
    return "pass", f"MFA device {', '.join(seen)}."


@rule(
    "other_mfa_devices",
    "The administrator has no other MFA device",
    MFA_GUIDE,
    remedy=(
        "Deactivate unknown MFA devices with aws iam deactivate-mfa-device; finish an interrupted replacement with "
        "playbooks/replace_mfa.yml."
    ),
    reads=["mfa_devices"],
)
def _other_mfa_devices(expected: Expected, devices: list[Mapping[str, Any]]) -> Judgement:
    by_name = devices_by_name(device["SerialNumber"] for device in devices)
    known = {by_name.get(name.lower()) for name in expected.device_names}
    others = [device for device in devices if device["SerialNumber"] not in known]
    more = named(f"{_device_name(one)} ({_kind(one)}) since {one['EnableDate'].isoformat()}" for one in others)
    return told(
        not others,
        f"{expected.name} has no MFA device other than those expected.",
        f"{expected.name} has more MFA devices than expected: {more}. Finish a replacement that was "
        "interrupted (playbooks/replace_mfa.yml), deactivate unknown ones, or accept them in iam_admin_exceptions.",
    )


@rule(
    "access_keys",
    "The administrator has no access key",
    cis("2.12"),
    PRACTICES,
    remedy=(
        "Delete the administrator's access keys with aws iam delete-access-key; bootstrap.yml deletes one left by an "
        "interrupted proof."
    ),
    reads=["access_keys", "proof_interrupted"],
)
def _access_keys(expected: Expected, keys: list[Mapping[str, Any]], proof_interrupted: bool) -> Judgement:
    found = named(
        f"{key['AccessKeyId']} ({key['Status'].lower()}) since {key['CreateDate'].date()}, {_last_used(key)}"
        for key in keys
    )
    return told(
        not keys,
        f"{expected.name} has no access key.",
        f"{expected.name} has an access key left by an interrupted proof: {found}. Run the proof or the bootstrap, "
        "which delete it."
        if proof_interrupted
        else f"{expected.name} has an access key, which grants access without MFA while it is active: {found}. "
        "Delete it.",
    )


def _last_used(key: Mapping[str, Any]) -> str:
    used = key["LastUsed"]
    if isinstance(used, AwsError):
        return "and its last use may not be read"
    if "LastUsedDate" not in used:
        return "never used"
    return f"last used on {used['LastUsedDate'].date()} with {used['ServiceName']} in {used['Region']}"


@rule(
    "other_credentials",
    "The administrator has no other credentials",
    PRACTICES,
    remedy=(
        "Delete the administrator's SSH keys, signing certificates and service-specific credentials in the IAM "
        "console, under Security credentials of the user."
    ),
    reads=["other_credentials"],
)
def _other_credentials(expected: Expected, credentials: Mapping[str, Sequence[str]]) -> Judgement:
    found = [f"{kind.replace('_', ' ')} {named(ids)}" for kind, ids in credentials.items() if ids]
    return told(
        not found,
        f"{expected.name} has no SSH key, signing certificate or service-specific credential.",
        f"{expected.name} has credentials other than a password and MFA: {'; '.join(found)}. Delete those not needed, "
        "and accept the rest in iam_admin_exceptions.",
    )


@rule(
    "require_mfa",
    "The administrator can do nothing without MFA",
    MFA_GUIDE,
    remedy="Run bootstrap.yml, which attaches a policy that denies the administrator everything without MFA.",
    reads=["users", "simulated", "user", "login_profile"],
    unless=lambda expected, _account: None if expected.require_mfa else "iam_admin_require_mfa does not require it.",
)
def _require_mfa(
    expected: Expected,
    users: Mapping[str, Identity],
    simulated: Simulated,
    seen: Mapping[str, Any] | None,
    profile: Mapping[str, Any] | None,
) -> Judgement:
    user = users.get(expected.name.lower())
    if user is None:
        return _no_user(expected)
    status, detail = _required(expected, user, simulated)
    if status != "fail" or not expected.once_signed_in or has_signed_in(seen or {}, profile):
        return status, detail
    if (seen or {}).get("PasswordLastUsed"):
        return (
            "unknown",
            f"{expected.name} has signed in, but not changed its password: sign in, change it, and run bootstrap.yml.",
        )
    return (
        "not_applicable",
        f"{expected.name} has never signed in: a bootstrap after its first sign-in requires MFA for everything.",
    )


def _required(expected: Expected, user: Identity, simulated: Simulated) -> Judgement:
    if simulated.without_mfa is None or simulated.with_mfa is None:
        return _required_by_policies(expected, user)
    allowed = [result for result in simulated.without_mfa if result["EvalDecision"] == ALLOWED]
    if allowed:
        return "fail", (
            f"Simulated without MFA, {expected.name} may do {_actions(allowed)}: attach a policy that denies it."
        )
    # MFA is all that the two simulations differ in
    if not any(result["EvalDecision"] == ALLOWED for result in simulated.with_mfa):
        return "unknown", (
            f"Simulated, {expected.name} may do nothing that was tried, with MFA or without: that does not show "
            "whether MFA is required."
        )
    return "pass", f"Simulated without MFA, {expected.name} may do nothing that was tried."


def _required_by_policies(expected: Expected, user: Identity) -> Judgement:
    if any(requires_mfa(document) for document in user.documents):
        return "pass", f"A policy of {expected.name} denies everything without MFA."
    if user.unread:
        return "unknown", f"AWS does not show what {named(user.unread)} of {expected.name} denies: run again."
    return "fail", f"No policy of {expected.name} denies everything without MFA: attach one that does."


# The rest of the account


@rule(
    "other_users_mfa",
    "Other users with a console password have MFA",
    cis("2.10"),
    MFA_GUIDE,
    security_hub("IAM.5"),
    prowler("iam_user_mfa_enabled_console_access"),
    remedy=(
        "Have the users without MFA enrol a device, or delete their console passwords with aws iam "
        "delete-login-profile."
    ),
    reads=["others"],
)
def _other_users_mfa(_expected: Expected, others: list[SignIn]) -> Judgement:
    without = [other.name for other in others if other.has_password and not other.has_mfa]
    return told(
        not without,
        "No other user has a console password without MFA.",
        f"With a console password and without MFA: {named(without)}. Have them enrol a device, or delete the password.",
    )


@rule(
    "other_administrators",
    "No other IAM user is an administrator",
    cis("2.14"),
    security_hub("IAM.1"),
    prowler("iam_user_administrator_access_policy"),
    remedy=(
        "Remove administrator permissions from the IAM users who do not need them, in the IAM console under Users."
    ),
    reads=["principals"],
    by_default=False,
)
def _other_administrators(_expected: Expected, principals: Principals) -> Judgement:
    administrators = [user.name for user in principals.administrators.values()]
    if not administrators and principals.unread_users:
        return _not_shown(principals.unread_users)
    return told(
        not administrators,
        "No other IAM user may do everything, or grant any permission.",
        f"May do everything, or grant any permission: {named(administrators)}. Keep only those that are intended.",
    )


@rule(
    "escalation",
    "No other IAM user can become an administrator",
    "Rhino Security Labs: AWS IAM Privilege Escalation, Methods and Mitigation",
    "Datadog: pathfinding.cloud",
    prowler("iam_policy_allows_privilege_escalation"),
    prowler("iam_inline_policy_allows_privilege_escalation"),
    remedy=(
        "Remove the permissions to become an administrator from the IAM users who do not need them, in the IAM "
        "console under Users."
    ),
    reads=["principals"],
    by_default=False,
)
def _escalation(_expected: Expected, principals: Principals) -> Judgement:
    found = principals.ways_up()
    unread = [*principals.unread_users, *principals.unread_roles]
    if not found and unread:
        return _not_shown(unread)
    return told(
        not found,
        "No other IAM user can become an administrator in a known way.",
        f"May become an administrator: {named(f'{name} by {named(ways, 3)}' for name, ways in found.items())}. Remove "
        "that from those that are not intended.",
    )


@rule(
    "administrator_roles",
    "Nobody outside may assume an administrator role",
    "IAM User Guide: The confused deputy problem",
    "IAM User Guide: Create a role for OpenID Connect federation",
    prowler("iam_role_administratoraccess_policy"),
    prowler("iam_role_github_oidc_trust_subject_restricted"),
    remedy=(
        "Restrict who may assume administrator roles with aws iam update-assume-role-policy, or delete the roles that "
        "are not needed."
    ),
    reads=["principals", "source_account_id"],
    by_default=False,
)
def _administrator_roles(_expected: Expected, principals: Principals, source_account_id: str | None) -> Judgement:
    roles = principals.administrator_roles
    outside = [
        f"{role.name} by {one}"
        for role, by in roles
        for one in by
        if one.is_outside and (one.account_id is None or one.account_id != source_account_id)
    ]
    if not outside and principals.unread_roles:
        return _not_shown(principals.unread_roles)
    shown = (f"{role.name} by {_by_whom(role, by, source_account_id)}" for role, by in roles)
    return told(
        not outside,
        f"Nobody outside may assume an administrator role: {named(shown)}."
        if roles
        else "No role is an administrator.",
        f"May be assumed from outside, and may do everything or give permissions: {named(outside)}. Restrict the trust "
        "policies, and accept what is intended in iam_admin_exceptions.",
    )


def _by_whom(role: Role, by: Iterable[Assumer], source_account_id: str | None) -> str:
    if role.path.startswith("/aws-reserved/sso.amazonaws.com/"):
        return "IAM Identity Center"
    told = (
        f"{one.account_id}, from which these credentials come{', with MFA' if one.mfa else ', without MFA'}"
        if one.account_id and one.account_id == source_account_id
        else str(one)
        for one in by
    )
    return named(told) or "nobody"


def _not_shown(names: Iterable[str]) -> Judgement:
    return "unknown", f"AWS does not show all policies of {named(names)}: run again."


RULES.update(auditing.RULES)
