# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks that run only on request, because they cost calls or a new account does not pass them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from .account import Account
from .console_logins import ConsoleUse
from .credential_report import CredentialReport
from .expectations import Expected
from .identities import Identity
from .judgement import Judgement, Rules, day, told
from .names import is_passkey, named
from .root import VIRTUAL, RootUser, has_none, kind_of
from .sources import CENTRAL, MFA_GUIDE, PASSWORDS, PRACTICES, ROOT_GUIDE, cis, prowler, security_hub

_UNUSED = timedelta(days=45)
_OLD = timedelta(days=90)
_ROOT_UNUSED = timedelta(days=30)
# What GetUser says of a sign-in may be that much later than its event
_EVENTS_LATER = timedelta(hours=1)
# An initial password is in a file that somebody was handed, for as long as nobody has changed it
_LONGEST_HANDOVER = timedelta(days=7)

RULES = Rules()
rule = RULES.add


# The administrator


@rule(
    "signed_in",
    "The administrator has signed in with MFA",
    "AWS CloudTrail User Guide: AWS Management Console sign-in events",
    remedy=(
        "Have the administrator sign in to the console with MFA; if somebody has signed in without, find out who, and "
        "run playbooks/reset_password.yml."
    ),
    reads=["users", "mfa_devices", "console_use", "user"],
    on_request=True,
)
def _signed_in(
    expected: Expected,
    users: Mapping[str, Identity],
    devices: list[Mapping[str, Any]],
    use: ConsoleUse,
    aws_user: Mapping[str, Any] | None,
) -> Judgement:
    user = users.get(expected.name.lower())
    if user is None:
        return "fail", f"There is no user {expected.name}: run the bootstrap."
    logins = use.of(user.user_id)
    without = [login for login in logins if not login.mfa]
    if without:
        return "fail", (
            f"{expected.name} signed in without MFA on {day(without[0].at)}: find out who that was, and reset the "
            "password."
        )
    last_used = (aws_user or {}).get("PasswordLastUsed")
    if not logins or use.is_cut or (last_used and last_used - logins[0].at > _EVENTS_LATER):
        return _not_seen(expected, use, last_used)
    last = f"{expected.name} signed in with MFA on {day(logins[0].at)}, with {logins[0].serial_number}"
    if logins[0].serial_number not in [device["SerialNumber"] for device in devices]:
        return "unknown", f"{last}, which it no longer has: sign in again."
    # It is documented nowhere how AWS takes the change that it forces at the first sign-in
    mfa = use.password_changes.get(user.user_id)
    how = "" if mfa is None else f" AWS treated its password change as made {'with' if mfa else 'without'} MFA."
    return "pass", f"{last}.{how}"


def _not_seen(expected: Expected, use: ConsoleUse, password_last_used: datetime | None) -> Judgement:
    if use.is_cut:
        return "unknown", f"CloudTrail has more sign-ins than were read, in {named(use.regions)}."
    if password_last_used is None:
        return "fail", f"{expected.name} has never signed in: sign in at the console, with MFA."
    return "unknown", (
        f"{expected.name} signed in on {day(password_last_used)}, but CloudTrail does not show whether with MFA: it "
        f"has no event of it from the last 90 days in {named(use.regions)}. Sign in again with MFA, and check again."
    )


@rule(
    "initial_password",
    "The initial password is changed within a week",
    "IAM API Reference: LoginProfile",
    remedy="Have the administrator sign in and change the password, or run playbooks/reset_password.yml for a new one.",
    reads=["login_profile"],
    on_request=True,
)
def _initial_password(expected: Expected, profile: Mapping[str, Any] | None) -> Judgement:
    if profile is None:
        return "not_applicable", f"{expected.name} has no console password."
    made = profile["CreateDate"]
    open_since = f"{expected.name} has not changed its initial password, which is from {day(made)}"
    if not profile.get("PasswordResetRequired"):
        return "pass", f"{expected.name} does not have to change its password."
    return told(
        _now() - made <= _LONGEST_HANDOVER,
        f"{open_since}, less than {_LONGEST_HANDOVER.days} days ago.",
        f"{open_since}: sign in and change it, or reset it.",
    )


@rule(
    "password_after_mfa",
    "The console password is younger than the MFA device",
    MFA_GUIDE,
    remedy=(
        "Run bootstrap.yml if the administrator has no MFA device, then set a new password with "
        "playbooks/reset_password.yml."
    ),
    reads=["login_profile", "mfa_devices"],
    on_request=True,
)
def _password_after_mfa(
    expected: Expected, profile: Mapping[str, Any] | None, devices: list[Mapping[str, Any]]
) -> Judgement:
    if profile is None:
        return "not_applicable", f"{expected.name} has no console password."
    if not devices:
        return "fail", f"{expected.name} has a console password and no MFA device: run the bootstrap."
    oldest = min(device["EnableDate"] for device in devices)
    made = profile["CreateDate"]
    return told(
        oldest <= made,
        f"The password of {expected.name} is from {day(made)}, and its MFA device from {day(oldest)}.",
        f"The password of {expected.name} is from {day(made)}, and its oldest MFA device from {day(oldest)}: until "
        "then the password alone was enough, unless there was another device. Reset the password.",
    )


@rule(
    "phishing_resistant_mfa",
    "The administrator has a passkey or security key",
    MFA_GUIDE,
    prowler("iam_user_hardware_mfa_enabled"),
    remedy=(
        "Register a passkey or security key under Security credentials in the console, and name it in "
        "iam_admin_device_names."
    ),
    reads=["mfa_devices"],
    on_request=True,
)
def _phishing_resistant_mfa(expected: Expected, devices: list[Mapping[str, Any]]) -> Judgement:
    found = [device["SerialNumber"] for device in devices if is_passkey(device["SerialNumber"])]
    return told(
        bool(found),
        f"{expected.name} has {named(found)}.",
        f"Every MFA device of {expected.name} shows codes, which a phishing page can capture: register a passkey or "
        "security key in the console.",
    )


# Everybody


@rule(
    "group_permissions",
    "Users have permissions through groups alone",
    cis("2.13"),
    security_hub("IAM.2"),
    prowler("iam_policy_attached_only_to_group_or_roles"),
    remedy=(
        "Move the users' own policies to groups, and remove them from the users with aws iam detach-user-policy and "
        "delete-user-policy."
    ),
    reads=["users"],
    on_request=True,
)
def _group_permissions(_expected: Expected, users: Mapping[str, Identity]) -> Judgement:
    found = [user.name for user in users.values() if user.attached_policies or user.inline_policies]
    return told(
        not found,
        "No IAM user has a policy of its own.",
        f"With policies of their own: {named(found)}. Move them to a group.",
    )


@rule(
    "unused_credentials",
    "Passwords and access keys are used",
    cis("2.11"),
    PRACTICES,
    security_hub("IAM.22"),
    prowler("iam_user_accesskey_unused"),
    prowler("iam_user_console_access_unused"),
    remedy="Delete unused passwords and access keys with aws iam delete-login-profile and delete-access-key.",
    reads=["credential_report"],
    on_request=True,
)
def _unused_credentials(_expected: Expected, report: CredentialReport) -> Judgement:
    found = [
        f"{user.name} ({named(unused)})"
        for user in report.users
        if (unused := [one.kind for one in user.active if report.made - one.last_used > _UNUSED])
    ]
    return told(
        not found,
        f"Every active password and access key was used within {_UNUSED.days} days{_as_of(report)}.",
        f"Not used for {_UNUSED.days} days{_as_of(report)}: {named(found)}. Delete what is not needed.",
    )


@rule(
    "old_access_keys",
    "Active access keys are rotated, and nobody has two",
    cis("2.12"),
    PRACTICES,
    security_hub("IAM.3"),
    prowler("iam_rotate_access_key_90_days"),
    prowler("iam_user_two_active_access_key"),
    remedy="Replace old access keys with roles or new keys, and delete them with aws iam delete-access-key.",
    reads=["credential_report"],
    on_request=True,
)
def _old_access_keys(_expected: Expected, report: CredentialReport) -> Judgement:
    found = []
    for user in report.users:
        keys = [one for one in user.active if one.kind.startswith("access key")]
        old = [one for one in keys if report.made - one.changed > _OLD]
        if old or len(keys) > 1:
            found.append(f"{user.name} ({named(f'{one.kind} of {day(one.changed)}' for one in (old or keys))})")
    return told(
        not found,
        f"No active access key is older than {_OLD.days} days, and nobody has two{_as_of(report)}.",
        f"Older than {_OLD.days} days, or one of two{_as_of(report)}: {named(found)}. Replace or delete them.",
    )


@rule(
    "root_unused",
    "The root user is not used",
    ROOT_GUIDE,
    prowler("iam_avoid_root_usage"),
    remedy="Find out in CloudTrail what the root user was used for, and do that as the administrator instead.",
    reads=["credential_report"],
    on_request=True,
)
def _root_unused(_expected: Expected, report: CredentialReport) -> Judgement:
    used = report.root.ever_used
    if used is None:
        return "pass", f"According to AWS, the root user was never used{_as_of(report)}."
    return told(
        report.made - used > _ROOT_UNUSED,
        f"The root user was last used on {day(used)}{_as_of(report)}.",
        f"The root user was used on {day(used)}{_as_of(report)}: use the administrator for everything that it may do.",
    )


@rule(
    "root_hardware_mfa",
    "The root user has hardware MFA",
    cis("2.6"),
    ROOT_GUIDE,
    security_hub("IAM.6"),
    prowler("iam_root_hardware_mfa_enabled"),
    remedy="Sign in as the root user and replace its virtual MFA device with a passkey, a security key, or a token.",
    reads=["summary", "root_seen", "virtual_mfa_devices"],
    on_request=True,
)
def _root_hardware_mfa(
    _expected: Expected, summary: Mapping[str, int], root: RootUser | None, virtual: list[Mapping[str, Any]]
) -> Judgement:
    if not root.has_any if root else has_none(summary):
        return "not_applicable", "The root user has no credentials."
    if root:
        kinds = [kind_of(device["SerialNumber"]) for device in root.mfa_devices]
    elif "AccountMFAEnabled" not in summary:
        return "unknown", "AWS does not report AccountMFAEnabled for this account."
    else:
        of_root = [one for one in virtual if (one.get("User") or {}).get("Arn", "").endswith(":root")]
        kinds = [VIRTUAL if of_root else "a device that is not virtual"] * bool(summary["AccountMFAEnabled"])
    if not kinds:
        return "fail", "The root user has no MFA: sign in as root, and add a passkey or a security key."
    return told(
        VIRTUAL not in kinds,
        f"The root user has {named(kinds)}.",
        "The root user has a virtual MFA device: replace it with a passkey, a security key, or a hardware token.",
    )


@rule(
    "expired_certificates",
    "No server certificate in IAM has expired",
    "IAM User Guide: Managing server certificates in IAM",
    security_hub("IAM.26"),
    prowler("iam_no_expired_server_certificates_stored"),
    remedy="Delete the expired certificates with aws iam delete-server-certificate.",
    reads=["server_certificates"],
    on_request=True,
)
def _expired_certificates(_expected: Expected, certificates: Sequence[Mapping[str, Any]]) -> Judgement:
    found = [one["ServerCertificateName"] for one in certificates if one["Expiration"] <= _now()]
    return told(
        not found,
        "No server certificate in IAM has expired.",
        f"Expired: {named(found)}. Delete them.",
    )


@rule(
    "security_contact",
    "The account has an alternate security contact",
    "AWS Account Management Reference Guide: Update the alternate contacts for your AWS account",
    security_hub("Account.1"),
    prowler("account_security_contact_information_is_registered"),
    remedy="Set an alternate security contact with aws account put-alternate-contact.",
    reads=["security_contact"],
    on_request=True,
)
def _security_contact(_expected: Expected, contact: Mapping[str, Any]) -> Judgement:
    # Who that is does not belong in a report
    return told(
        bool(contact),
        "The account has an alternate security contact.",
        "The account has no alternate security contact: set one, as AWS writes to it about incidents.",
    )


def _now() -> datetime:
    return datetime.now(UTC)


def _as_of(report: CredentialReport) -> str:
    """When AWS made the report, which it keeps for four hours."""
    return f", as of {report.made.isoformat(timespec='minutes')}"


# The organisation and its rules


def no_root(_expected: Expected, account: Account) -> str | None:
    return "Accounts in the China regions have no root user." if account.partition == "aws-cn" else None


@rule(
    "root_credentials",
    "Root credentials of member accounts are managed centrally",
    cis("2.1.1"),
    CENTRAL,
    prowler("iam_root_credentials_management_enabled"),
    remedy=(
        "Enable centralised root access in the IAM console, under Root access management, then delete the root "
        "credentials of the member accounts."
    ),
    reads=["organization_features"],
    on_request=True,
    unless=no_root,
)
def _root_credentials(_expected: Expected, features: list[str] | None) -> Judgement:
    if features is None:
        return (
            "not_applicable",
            "This is neither the management account nor a delegated administrator account of an organisation.",
        )
    missing = {"RootCredentialsManagement", "RootSessions"} - set(features)
    return told(
        not missing,
        "Root credentials of member accounts are managed from here.",
        f"Not enabled: {named(missing)}. Enable centralised root access under IAM, Root access management; then "
        "delete the root credentials of the member accounts.",
    )


@rule(
    "password_policy",
    "Passwords have 14 characters; the last 24 cannot be reused",
    cis("2.8"),
    cis("2.9"),
    PASSWORDS,
    security_hub("IAM.15"),
    security_hub("IAM.16"),
    prowler("iam_password_policy_minimum_length_14"),
    prowler("iam_password_policy_reuse_24"),
    remedy=(
        "Edit the password policy in the IAM console, under Account settings: at least 14 characters, and no reuse of "
        "the last 24 passwords."
    ),
    reads=["password_policy"],
    on_request=True,
)
def _password_policy(_expected: Expected, policy: Mapping[str, Any] | None) -> Judgement:
    if policy is None:
        return (
            "fail",
            "No password policy is set: amazon.aws.iam_password_policy sets one.",
        )
    length, reuse = policy.get("MinimumPasswordLength", 0), policy.get("PasswordReusePrevention", 0)
    seen = f"{length} characters; {f'the last {reuse} cannot' if reuse else 'earlier ones can'} be reused"
    return told(
        length >= 14 and reuse >= 24, f"Passwords have at least {seen}.", f"Passwords need only {seen}: require more."
    )
