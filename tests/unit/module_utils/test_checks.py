# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict: every check passes, fails, and is unknown for its own reason alone."""

from __future__ import annotations

from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin import auditing, readings
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.account import Account
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.checks import RULES, inspect, judge
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, AwsError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.escalation import Principals
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.expectations import Expected
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.identities import Identity, Role, SignIn
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.judgement import Check, Rules
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.names import named
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.readings import (
    Policies,
    Readings,
    Simulated,
    read,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.root import RootUser
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import (
    ACCOUNT,
    ADMINISTRATOR_ACCESS,
    MADE,
    NAME,
    FakeAws,
)

DENIED = AwsError("GetSomething", "AccessDenied", "No")
EXPECTED = Expected(ACCOUNT.id, NAME, None, (NAME,), ("AdministratorAccess",))
ADMIN = Identity(NAME, "/", ACCOUNT.arn(f"user/{NAME}"), None, {}, (), (ADMINISTRATOR_ACCESS,), ())
OTHER = replace(ADMIN, name="somebody", policy_arns=(), arn=ACCOUNT.arn("user/somebody"))
DENIES_WITHOUT_MFA = {
    "Statement": {
        "Effect": "Deny",
        "NotAction": "sts:GetSessionToken",
        "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    }
}


def device(name: str) -> dict[str, Any]:
    return {"SerialNumber": ACCOUNT.arn(f"mfa/{name}"), "EnableDate": MADE}


def key(status: str, **last_used: Any) -> dict[str, Any]:
    return {"AccessKeyId": "AKIA1", "Status": status, "CreateDate": MADE, "LastUsed": last_used}


def decisions(**decision: str) -> list[dict[str, Any]]:
    return [{"EvalActionName": f"iam:{name}", "EvalDecision": decided} for name, decided in decision.items()]


def role(name: str, trusted: Any, **more: Any) -> Role:
    """Return a role that is an administrator."""
    trust = {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": trusted}}
    whole = Role(name, "/", ACCOUNT.arn(f"role/{name}"), None, {}, (), (ADMINISTRATOR_ACCESS,), (), trust=trust)
    return replace(whole, **more)


ROOT_ELSEWHERE = "arn:aws:iam::444455556666:root"
ALL_BUT_NOTHING = {"Statement": {"Effect": "Allow", "NotAction": "none:action", "Resource": "*"}}
TAKES_OVER = {
    "Statement": {"Effect": "Allow", "Action": ["iam:CreateAccessKey", "iam:UpdateLoginProfile"], "Resource": ADMIN.arn}
}
NO_ROOT_CREDENTIALS = {
    "AccountPasswordPresent": 0,
    "AccountMFAEnabled": 0,
    "AccountAccessKeysPresent": 0,
    "AccountSigningCertificatesPresent": 0,
}
SUMMARY = {
    "AccountPasswordPresent": 1,
    "AccountMFAEnabled": 1,
    "AccountAccessKeysPresent": 0,
    "AccountSigningCertificatesPresent": 0,
}
SECURE = Readings(
    account=ACCOUNT,
    summary=SUMMARY,
    principals=Principals({NAME: ADMIN}, (), NAME),
    source_account_id=None,
    policies=Policies((ADMINISTRATOR_ACCESS,), {"AdministratorAccess": ADMINISTRATOR_ACCESS}),
    simulated=Simulated(decisions(CreateUser="allowed"), None),
    login_profile={"CreateDate": MADE},
    mfa_devices=[device(NAME)],
    access_keys=[],
    other_credentials={"ssh_public_keys": (), "signing_certificates": (), "service_specific_credentials": ()},
    root_is_central=None,
    root=None,
    others=[],
)
ON_REQUEST = {
    "password_policy": {"MinimumPasswordLength": 14, "PasswordReusePrevention": 24},
    "organization_features": ["RootCredentialsManagement", "RootSessions"],
}
ASKED = replace(EXPECTED, expect=("default", "password_policy", "root_credentials"))
# Of an account of which all is as it is to be; two are asked for, and no others of those on request
STATUSES = {
    "account": "pass",
    "root_mfa": "pass",
    "root_access_keys": "pass",
    "root_signing_certificates": "pass",
    "root_deleted": "not_applicable",
    "root_recovery": "not_applicable",
    "root_credentials": "pass",
    "administrator": "pass",
    "policies": "pass",
    "permissions": "pass",
    "console_password": "pass",
    "mfa": "pass",
    "other_mfa_devices": "pass",
    "access_keys": "pass",
    "other_credentials": "pass",
    "require_mfa": "not_applicable",
    "password_policy": "pass",
    "other_users_mfa": "pass",
    "other_administrators": "pass",
    "escalation": "pass",
    "administrator_roles": "pass",
}


def judged(expected: Expected = ASKED, **read: Any) -> dict[str, Check]:
    users = read.pop("users", SECURE.users)
    roles = read.pop("roles", ())
    seen = users if isinstance(users, AwsError) else Principals(users, roles, NAME)
    on_request = {name: read.pop(name, found) for name, found in ON_REQUEST.items()} | read.pop("on_request", {})
    read = {"principals": seen, "on_request": on_request, **read}
    return {check.id: check for check in judge(expected, replace(SECURE, **read))}


def statuses(checks: dict[str, Check]) -> dict[str, str]:
    return {id: check.status for id, check in checks.items()}


def test_everything_passes_for_a_secure_account() -> None:
    assert statuses(judged()) == STATUSES


@pytest.mark.parametrize(
    ("read", "different", "detail"),
    [
        (
            {"summary": {}},
            dict.fromkeys(("root_mfa", "root_access_keys", "root_signing_certificates"), "unknown"),
            "AWS does not report AccountMFAEnabled for this account.",
        ),
        (
            {"summary": {**SUMMARY, "AccountMFAEnabled": 0, "AccountPasswordPresent": 1}},
            {"root_mfa": "fail"},
            "The root user has no MFA",
        ),
        (
            {"summary": NO_ROOT_CREDENTIALS, "root_is_central": True},
            {"root_mfa": "not_applicable", "root_deleted": "pass"},
            "The root user has no credentials, and only the organisation can give it any.",
        ),
        (
            {"summary": NO_ROOT_CREDENTIALS, "root_is_central": False},
            {"root_mfa": "fail", "root_deleted": "pass"},
            "The root user has no credentials, and whoever has its mailbox can set a password: manage root credentials "
            "centrally, or sign in as root, and add an MFA device under Security credentials.",
        ),
        (
            {"summary": NO_ROOT_CREDENTIALS, "root_is_central": None},
            {"root_mfa": "unknown", "root_deleted": "pass"},
            "The root user has no credentials. Whoever has its mailbox can set a password, unless root credentials are "
            "managed centrally, which these credentials cannot tell: assume a role from the management account, or "
            "accept it in iam_admin_exceptions.",
        ),
        (
            {"summary": {"AccountPasswordPresent": 0, "AccountMFAEnabled": 0}, "root_is_central": True},
            {"root_mfa": "unknown", "root_access_keys": "unknown", "root_signing_certificates": "unknown"},
            "AWS does not report AccountAccessKeysPresent, AccountSigningCertificatesPresent for this account.",
        ),
        (
            {
                "summary": {
                    **SUMMARY,
                    "AccountMFAEnabled": 0,
                    "AccountPasswordPresent": 0,
                    "AccountAccessKeysPresent": 1,
                }
            },
            {"root_mfa": "fail", "root_access_keys": "fail"},
            "The root user has no MFA",
        ),
        (
            {"summary": {**SUMMARY, "AccountAccessKeysPresent": 1}},
            {"root_access_keys": "fail"},
            "sign in as root, and delete it",
        ),
        (
            {"summary": {**SUMMARY, "AccountSigningCertificatesPresent": 1}},
            {"root_signing_certificates": "fail"},
            "sign in as root, and delete it",
        ),
        (
            {"organization_features": ["RootSessions"]},
            {"root_credentials": "fail"},
            "Not enabled: RootCredentialsManagement.",
        ),
        (
            {"organization_features": None},
            {"root_credentials": "not_applicable"},
            "This is neither the management account",
        ),
        (
            {"users": {}, "simulated": Simulated(None, None)},
            {"administrator": "fail", "permissions": "fail"},
            f"There is no user {NAME}",
        ),
        (
            {"policies": Policies((), {"AdministratorAccess": ADMINISTRATOR_ACCESS})},
            {"policies": "fail"},
            f"Not attached to {NAME}: AdministratorAccess",
        ),
        (
            {
                "policies": Policies(
                    (ADMINISTRATOR_ACCESS,), {"AdministratorAccess": ADMINISTRATOR_ACCESS, "Typo": None}
                )
            },
            {"policies": "fail"},
            f"Not attached to {NAME}: Typo",
        ),
        (
            {"users": {NAME: replace(ADMIN, policy_arns=())}},
            {"permissions": "fail"},
            f"No policy of {NAME} allows it everything",
        ),
        (
            {"simulated": Simulated(decisions(CreateUser="implicitDeny", GetUser="allowed"), None)},
            {"permissions": "fail"},
            f"{NAME} may not do iam:CreateUser, which no policy allows, or one denies",
        ),
        ({"login_profile": None}, {"console_password": "fail"}, f"{NAME} has no console password"),
        ({"mfa_devices": []}, {"mfa": "fail"}, f"Not enabled for {NAME}: MFA device {NAME}"),
        (
            {"mfa_devices": [device("phone")]},
            {"mfa": "fail", "other_mfa_devices": "fail"},
            f"Not enabled for {NAME}: MFA device {NAME}. Run the bootstrap, or name those that it has, phone "
            "(virtual), in iam_admin_device_names.",
        ),
        (
            {"other_credentials": {"ssh_public_keys": ("APKA1",), "signing_certificates": ("C1", "C2")}},
            {"other_credentials": "fail"},
            "ssh public keys APKA1; signing certificates C1, C2. Delete those not needed",
        ),
        (
            {"users": {NAME: replace(ADMIN, policy_arns=(), unread=("admins",))}},
            {"permissions": "unknown"},
            f"AWS does not show what admins of {NAME} allows",
        ),
        (
            {"users": {NAME: ADMIN, "somebody": replace(OTHER, unread=("admins",))}},
            {"other_administrators": "unknown", "escalation": "unknown"},
            "AWS does not show all policies of somebody",
        ),
        (
            {"access_keys": [key("Inactive")]},
            {"access_keys": "fail"},
            "without MFA while it is active: AKIA1 (inactive) since 2026-01-02, never used. Delete it.",
        ),
        (
            {"access_keys": [key("Active", LastUsedDate=MADE, ServiceName="s3", Region="eu-west-1")]},
            {"access_keys": "fail"},
            "AKIA1 (active) since 2026-01-02, last used on 2026-01-02 with s3 in eu-west-1. Delete it.",
        ),
        (
            {"access_keys": [{**key("Active"), "LastUsed": DENIED}]},
            {"access_keys": "fail"},
            "AKIA1 (active) since 2026-01-02, and its last use may not be read. Delete it.",
        ),
        (
            {"access_keys": [key("Active")], "proof_interrupted": True},
            {"access_keys": "fail"},
            "left by an interrupted proof: AKIA1 (active) since 2026-01-02, never used. Run the proof or the",
        ),
        (
            {"password_policy": None},
            {"password_policy": "fail"},
            "No password policy is set: amazon.aws.iam_password_policy",
        ),
        (
            {"password_policy": {"MinimumPasswordLength": 14}},
            {"password_policy": "fail"},
            "Passwords need only 14 characters; earlier ones can be reused",
        ),
        (
            {"password_policy": {"MinimumPasswordLength": 8, "PasswordReusePrevention": 24}},
            {"password_policy": "fail"},
            "Passwords need only 8 characters; the last 24 cannot be reused",
        ),
        (
            {"others": [SignIn("b", True, False), SignIn("c", True, True), SignIn("d", False, False)]},
            {"other_users_mfa": "fail"},
            "With a console password and without MFA: b.",
        ),
        (
            {"users": {NAME: ADMIN, "somebody": replace(OTHER, policy_arns=(ADMINISTRATOR_ACCESS,))}},
            {"other_administrators": "fail"},
            "May do everything, or grant any permission: somebody.",
        ),
        (
            {"users": {NAME: ADMIN, "somebody": replace(OTHER, documents=(ALL_BUT_NOTHING,))}},
            {"other_administrators": "fail"},
            "May do everything, or grant any permission: somebody.",
        ),
        (
            {"users": {NAME: ADMIN, "somebody": replace(OTHER, documents=(TAKES_OVER,))}},
            {"escalation": "fail"},
            "May become an administrator: somebody by iam:CreateAccessKey, iam:UpdateLoginProfile. Remove that",
        ),
        (
            {"roles": (role("top", {"AWS": ROOT_ELSEWHERE}), role("own", {"AWS": ACCOUNT.arn("root")}))},
            {"administrator_roles": "fail"},
            "May be assumed from outside, and may do everything or give permissions: top by "
            f"{ROOT_ELSEWHERE}, of another account. Restrict",
        ),
        (
            {"roles": (role("top", {"AWS": ROOT_ELSEWHERE}),), "source_account_id": "777788889999"},
            {"administrator_roles": "fail"},
            "of another account. Restrict",
        ),
        (
            {"roles": (role("top", "*"),), "source_account_id": "444455556666"},
            {"administrator_roles": "fail"},
            "top by anybody. Restrict",
        ),
        (
            {"roles": (replace(role("reads", "*", policy_arns=()), unread=("own",)),)},
            {"administrator_roles": "unknown", "escalation": "unknown"},
            "AWS does not show all policies of reads: run again.",
        ),
        (
            {"roles": (role("top", {}, trust=None),)},
            {"administrator_roles": "unknown", "escalation": "unknown"},
            "AWS does not show all policies of top: run again.",
        ),
    ],
)
def test_what_is_wrong_fails_its_own_check_and_the_detail_says_what_it_is(
    read: dict[str, Any], different: dict[str, str], detail: str
) -> None:
    checks = judged(**read)
    assert statuses(checks) == {**STATUSES, **different}
    assert detail in checks[next(iter(different))].detail


@pytest.mark.parametrize(
    ("reading", "unknown"),
    [
        ("summary", ["root_mfa", "root_access_keys", "root_signing_certificates", "root_deleted"]),
        ("root", ["root_deleted", "root_recovery"]),
        ("organization_features", ["root_credentials"]),
        (
            "users",
            ["administrator", "permissions", "other_administrators", "escalation", "administrator_roles"],
        ),
        ("source_account_id", ["administrator_roles"]),
        ("policies", ["policies"]),
        ("simulated", ["permissions"]),
        ("login_profile", ["console_password"]),
        ("mfa_devices", ["mfa", "other_mfa_devices"]),
        ("access_keys", ["access_keys"]),
        ("other_credentials", ["other_credentials"]),
        ("root_is_central", ["root_mfa"]),
        ("password_policy", ["password_policy"]),
        ("others", ["other_users_mfa"]),
    ],
)
def test_what_aws_refuses_to_tell_is_unknown_and_nothing_else_is(reading: str, unknown: list[str]) -> None:
    checks = judged(**{reading: DENIED})
    assert statuses(checks) == {**STATUSES, **dict.fromkeys(unknown, "unknown")}
    assert {checks[id].detail for id in unknown} == {f"Could not be read: {DENIED}"}


@pytest.mark.parametrize(
    "read",
    [
        {},
        dict.fromkeys(ON_REQUEST, DENIED)
        | {one.name: DENIED for one in fields(Readings) if one.name not in ("account", "on_request")},
    ],
    ids=["answers", "refusals"],
)
def test_nothing_is_said_of_an_account_that_is_not_the_expected_one(read: dict[str, Any]) -> None:
    checks = judged(replace(ASKED, account_id="444455556666"), **read)
    assert statuses(checks) == {**dict.fromkeys(STATUSES, "unknown"), "account": "fail"}
    assert checks["account"].detail.startswith("Account 111122223333, not 444455556666: correct aws_profile")
    details = {check.detail for check in checks.values() if check.id != "account"}
    assert details == {"Not judged, since the credentials lead to another account."}


def test_the_account_is_not_compared_when_none_is_expected() -> None:
    assert statuses(judged(replace(ASKED, account_id=None))) == {**STATUSES, "account": "not_applicable"}


@pytest.mark.parametrize(
    ("partition", "not_applicable"),
    [
        ("aws", []),
        ("aws-us-gov", ["root_mfa"]),
        (
            "aws-cn",
            [
                "root_mfa",
                "root_access_keys",
                "root_signing_certificates",
                "root_deleted",
                "root_recovery",
                "root_credentials",
            ],
        ),
    ],
)
def test_root_is_judged_by_the_rules_of_its_partition(partition: str, not_applicable: list[str]) -> None:
    account = Account(ACCOUNT.id, partition, ACCOUNT.caller_arn)
    assert statuses(judged(account=account)) == {**STATUSES, **dict.fromkeys(not_applicable, "not_applicable")}
    told = {
        "aws-us-gov": "The root user of a GovCloud account has no console sign-in: enable MFA for the root user of the "
        "linked standard account.",
        "aws-cn": "Accounts in the China regions have no root user.",
    }
    assert {judged(account=account)[id].detail for id in not_applicable} == (
        {told[partition]} if not_applicable else set()
    )
    # Whatever the summary says there
    found = judged(account=account, summary={}, organization_features=DENIED)
    of_no_session = {"require_mfa", "root_deleted", "root_recovery"}
    assert {id for id in found if found[id].status == "not_applicable"} == {*not_applicable, *of_no_session}


@pytest.mark.parametrize(
    ("path", "status"), [(None, "pass"), ("/", "pass"), ("/admins/", "fail")], ids=["any", "its own", "another"]
)
def test_the_administrator_has_its_path(path: str | None, status: str) -> None:
    assert judged(replace(EXPECTED, path=path))["administrator"].status == status


@pytest.mark.parametrize(
    ("devices", "status"),
    [
        ([], "fail"),
        ([device("phone")], "fail"),
        ([device("PHONE"), device("drawer/spare"), device("third")], "pass"),
    ],
)
def test_every_expected_device_must_be_enabled_wherever_its_path_is(devices: list[Any], status: str) -> None:
    checks = judged(replace(EXPECTED, device_names=("phone", "Spare")), mfa_devices=devices)
    assert checks["mfa"].status == status


@pytest.mark.parametrize(
    ("serial_number", "kind"),
    [
        (ACCOUNT.arn(f"mfa/{NAME}"), "virtual"),
        (ACCOUNT.arn(f"u2f/user/{NAME}"), "passkey or security key"),
        (NAME, "hardware token"),
    ],
)
def test_the_kind_of_a_device_is_told_and_since_when_it_is_enabled(serial_number: str, kind: str) -> None:
    checks = judged(mfa_devices=[{"SerialNumber": serial_number, "EnableDate": MADE}])
    assert checks["mfa"].detail == f"MFA device {NAME} ({kind}) since 2026-01-02T00:00:00+00:00."


def test_a_passkey_that_is_expected_is_mfa_and_one_that_is_not_is_another_device() -> None:
    passkey = {"SerialNumber": ACCOUNT.arn(f"u2f/user/{NAME}/Laptop-3CPBVT2FYRL3QAXMPL"), "EnableDate": MADE}
    expected = replace(ASKED, device_names=("laptop",))
    assert statuses(judged(expected, mfa_devices=[passkey])) == STATUSES
    checks = judged(mfa_devices=[passkey])
    assert statuses(checks) == {**STATUSES, "mfa": "fail", "other_mfa_devices": "fail"}
    assert "Laptop-3CPBVT2FYRL3QAXMPL (passkey or security key), in iam_admin_device_names." in checks["mfa"].detail
    assert statuses(judged(mfa_devices=[device(NAME), passkey])) == {**STATUSES, "other_mfa_devices": "fail"}


# Permissions


BY_ORGANISATION = {"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}
BY_BOUNDARY = {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}}


@pytest.mark.parametrize(
    ("detail", "alone", "beside_another", "why"),
    [
        (BY_ORGANISATION, "unknown", "pass", "the organisation"),
        ({"MissingContextValues": ["aws:RequestedRegion"]}, "fail", "fail", "which no policy allows"),
        (BY_BOUNDARY, "fail", "fail", "which its permissions boundary does not allow"),
        ({"OrganizationsDecisionDetail": {"AllowedByOrganizations": True}}, "fail", "fail", "which no policy"),
    ],
)
def test_who_takes_permissions_away_is_told(detail: dict[str, Any], alone: str, beside_another: str, why: str) -> None:
    denied = [{**result, **detail} for result in decisions(CreateUser="implicitDeny")]
    check = judged(simulated=Simulated(denied, None))["permissions"]
    assert (check.status, why in check.detail) == (alone, True)
    check = judged(simulated=Simulated([*decisions(GetUser="allowed"), *denied], None))["permissions"]
    assert (check.status, why in check.detail) == (beside_another, True)


def test_what_hangs_on_a_condition_is_unknown_and_says_on_which() -> None:
    denied = {"EvalActionName": "iam:CreateUser", "EvalDecision": "explicitDeny", "MissingContextValues": ["aws:x"]}
    document = {"Statement": {"Effect": "Deny", "Action": "*", "Condition": {"StringNotEquals": {"aws:x": "y"}}}}
    users = {NAME: replace(ADMIN, documents=(document,))}
    check = judged(users=users, simulated=Simulated([*decisions(GetUser="allowed"), denied], None))["permissions"]
    assert (check.status, check.detail) == (
        "unknown",
        f"Simulated with MFA, it depends on aws:x whether {NAME} may do iam:CreateUser.",
    )


def test_an_organisation_that_takes_most_of_it_leaves_no_administrator_for_certain() -> None:
    kept = [{**result, **BY_ORGANISATION} for result in decisions(CreateUser="explicitDeny", GetUser="implicitDeny")]
    of_two, of_three = ([*decisions(**dict.fromkeys(names, "allowed")), *kept] for names in (["A", "B"], ["A"]))
    assert judged(simulated=Simulated(of_two, None))["permissions"].status == "pass"
    assert judged(simulated=Simulated(of_three, None))["permissions"].status == "unknown"


@pytest.mark.parametrize(
    ("arns", "documents", "unread", "status"),
    [
        ((), (DENIES_WITHOUT_MFA,), (), "pass"),
        ((), ({"Statement": {**DENIES_WITHOUT_MFA["Statement"], "NotAction": "iam:*"}},), (), "pass"),
        ((), ({"Statement": {**DENIES_WITHOUT_MFA["Statement"], "Resource": "arn:aws:s3:::logs"}},), (), "pass"),
        ((), ({"Statement": {"Effect": "Deny", "Action": "s3:*", "Resource": "*"}},), (), "unknown"),
        (("arn:aws:iam::aws:policy/AWSDenyAll",), (), (), "unknown"),
        ((), (), ("admins",), "unknown"),
    ],
    ids=["without MFA", "something without MFA", "somewhere without MFA", "outright", "by AWS", "unseen"],
)
def test_without_simulation_a_policy_that_may_deny_leaves_it_unknown(
    arns: tuple[str, ...], documents: tuple[Any, ...], unread: tuple[str, ...], status: str
) -> None:
    user = replace(ADMIN, policy_arns=(ADMINISTRATOR_ACCESS, *arns), documents=documents, unread=unread)
    check = judged(users={NAME: user}, simulated=Simulated(None, None))["permissions"]
    assert check.status == status
    assert status == "pass" or check.detail == (
        f"A policy of {NAME} denies something, or AWS does not show what one says, and this endpoint does not simulate "
        "what is left."
    )


def test_that_nothing_is_allowed_at_all_does_not_show_that_mfa_is_asked_for() -> None:
    nothing = decisions(CreateUser="implicitDeny")
    check = judged(replace(EXPECTED, require_mfa=True), simulated=Simulated(nothing, nothing))["require_mfa"]
    assert (check.status, "with MFA or without" in check.detail) == ("unknown", True)


@pytest.mark.parametrize(
    ("boundary", "status"),
    [(None, "pass"), (ADMINISTRATOR_ACCESS, "pass"), (ACCOUNT.arn("policy/Bounds"), "unknown")],
    ids=["no boundary", "one that takes nothing", "one that may"],
)
def test_without_simulation_no_more_is_said_than_is_known(boundary: str | None, status: str) -> None:
    users = {NAME: replace(ADMIN, permissions_boundary=boundary)}
    checks = judged(users=users, simulated=Simulated(None, None))
    assert statuses(checks) == {**STATUSES, "permissions": status}


@pytest.mark.parametrize(
    "policy", ["PowerUserAccess", "OurAdministratorAccess", ACCOUNT.arn("policy/AdministratorAccess")]
)
def test_one_who_is_not_to_be_an_administrator_is_not_judged_as_one(policy: str) -> None:
    assert judged(replace(EXPECTED, managed_policies=(policy,)))["permissions"].status == "not_applicable"


@pytest.mark.parametrize(
    ("simulated", "documents", "status"),
    [
        (decisions(CreateUser="explicitDeny"), (), "pass"),
        (decisions(CreateUser="explicitDeny", GetUser="allowed"), (DENIES_WITHOUT_MFA,), "fail"),
        (None, (DENIES_WITHOUT_MFA,), "pass"),
        (None, (), "fail"),
        (None, None, "unknown"),
    ],
    ids=["simulated", "simulated, with a gap", "read in its policies", "not in its policies", "not read"],
)
def test_mfa_is_required_where_that_is_asked_for(simulated: Any, documents: Any, status: str) -> None:
    read = {
        "users": {NAME: replace(ADMIN, documents=documents or (), unread=("admins",) if documents is None else ())},
        "simulated": Simulated(decisions(CreateUser="allowed"), simulated),
    }
    assert judged(**read)["require_mfa"].status == "not_applicable"
    assert judged(replace(EXPECTED, require_mfa=True), **read)["require_mfa"].status == status


# What counts


FORCED, CHANGED = ({"CreateDate": MADE, "PasswordResetRequired": is_forced} for is_forced in (True, False))


@pytest.mark.parametrize(
    ("user", "profile", "status", "detail"),
    [
        (
            {},
            FORCED,
            "not_applicable",
            f"{NAME} has never signed in: a bootstrap after its first sign-in requires MFA for everything.",
        ),
        (None, None, "not_applicable", f"{NAME} has never signed in"),
        (
            {"PasswordLastUsed": MADE},
            FORCED,
            "unknown",
            f"{NAME} has signed in, but not changed its password",
        ),
        ({"PasswordLastUsed": MADE}, CHANGED, "fail", f"No policy of {NAME} denies everything without MFA"),
    ],
)
def test_mfa_may_be_required_after_the_first_sign_in_alone(user: Any, profile: Any, status: str, detail: str) -> None:
    expected = replace(EXPECTED, require_mfa=True, once_signed_in=True)
    read = {"simulated": Simulated(None, None), "login_profile": profile, "on_request": {"user": user}}
    found = judged(expected, **read)["require_mfa"]
    assert (found.status, found.detail[: len(detail)]) == (status, detail)
    always = judged(replace(expected, once_signed_in=False), **{**read, "on_request": {}})["require_mfa"]
    assert always.status == "fail"
    required = {NAME: replace(ADMIN, documents=(DENIES_WITHOUT_MFA,))}
    assert judged(expected, **read, users=required)["require_mfa"].status == "pass"


def test_the_user_is_read_where_its_first_sign_in_matters() -> None:
    class Asked(SecureAws):
        asked = 0

        def simulate_principal_policy(self, *_arguments: Any, **_more: Any) -> Any:
            return None

        def get_user(self, name: str) -> Any:
            self.asked += 1
            return super().get_user(name)

    for once, count in ((False, 0), (True, 1)):
        aws = Asked()
        inspected(aws, replace(EXPECTED, require_mfa=once, once_signed_in=once, expect=("require_mfa",)))
        assert aws.asked == count


def test_what_counts_by_default_is_what_the_administrator_and_root_are_to_be() -> None:
    assert {id for id, check in judged(EXPECTED).items() if not check.expected} == {
        "root_deleted",
        "root_recovery",
        "other_administrators",
        "escalation",
        "administrator_roles",
    }


def test_what_counts_by_default_may_stand_in_a_list_with_more() -> None:
    default = {id for id, check in judged(EXPECTED).items() if check.expected}
    checks = judged(replace(EXPECTED, expect=("default", "escalation", "initial_password")))
    assert {id for id, check in checks.items() if check.expected} == default | {"escalation", "initial_password"}


def test_what_counts_is_what_the_operator_says_and_that_the_account_is_the_right_one() -> None:
    checks = judged(replace(EXPECTED, expect=("password_policy", "mfa")))
    assert {id for id, check in checks.items() if check.expected} == {"account", "password_policy", "mfa"}


@pytest.mark.parametrize("status", ["fail", "unknown"])
def test_an_exception_changes_no_status_and_no_longer_counts(status: str) -> None:
    summary: Any = {**SUMMARY, "AccountMFAEnabled": 0} if status == "fail" else DENIED
    expected = replace(EXPECTED, exceptions={"root_mfa": "The key comes on Monday."})
    check = judged(expected, summary=summary)["root_mfa"]
    assert (check.status, check.exception, check.counts_against) == (status, "The key comes on Monday.", False)
    assert judged(summary=summary)["root_mfa"].counts_against


def test_an_exception_that_has_ended_is_told_and_the_check_counts_again() -> None:
    expected = replace(EXPECTED, ended={"root_mfa": date(2026, 1, 31), "mfa": date(2026, 1, 31)})
    checks = judged(expected, summary={**SUMMARY, "AccountMFAEnabled": 0})
    assert checks["root_mfa"].counts_against
    assert checks["root_mfa"].detail.endswith(" The exception ended on 2026-01-31.")
    assert "ended" not in checks["mfa"].detail


def test_every_check_has_a_title_and_all_but_those_of_the_collection_itself_say_where_they_come_from() -> None:
    assert list(RULES) == [*(id for id in STATUSES if id not in auditing.RULES), *auditing.RULES]
    assert [id for id, rule in RULES.items() if rule.on_request] == [*auditing.RULES]
    assert len({rule.title for rule in RULES.values()}) == len(RULES)
    assert {id for id, rule in RULES.items() if not rule.references} == {"account", "policies", "console_password"}


def test_a_rule_has_what_it_is_given_and_counts_unless_it_says_otherwise() -> None:
    rules = Rules()
    rule = rules.add
    account, expected = SECURE.account, EXPECTED

    @rule("one", "First", "A book", "Another book", remedy="Do it.", reads=["account", "summary"])
    def first(*_given: Any) -> tuple[str, str]:
        return "pass", "Yes."

    @rule("two", "Second", remedy="", by_default=False, unless=lambda *_given: "Because.")
    def second(*_given: Any) -> tuple[str, str]:
        return "pass", "Yes."

    @rule("three", "Third", remedy="", on_request=True)
    def third(*_given: Any) -> tuple[str, str]:
        return "pass", "Yes."

    one, two, three = rules.values()
    assert list(rules) == ["one", "two", "three"]
    assert (one.on_request, two.on_request, three.on_request, three.by_default) == (False, False, True, False)
    assert (one.id, one.title, one.remedy, one.references, one.reads) == (
        "one",
        "First",
        "Do it.",
        ("A book", "Another book"),
        ("account", "summary"),
    )
    assert (one.by_default, one.unless(expected, account), one.judge) == (True, None, first)
    assert (two.references, two.reads) == ((), ())
    assert (two.by_default, two.unless(expected, account), two.judge) == (False, "Because.", second)


@pytest.mark.parametrize(
    "credential", ["AccountMFAEnabled", "AccountAccessKeysPresent", "AccountSigningCertificatesPresent"]
)
def test_root_has_no_credentials_only_where_it_has_none_of_any_kind(credential: str) -> None:
    none = NO_ROOT_CREDENTIALS
    check = judged(summary=none, root_is_central=True)["root_mfa"]
    told = "The root user has no credentials, and only the organisation can give it any."
    assert (check.status, check.detail) == ("not_applicable", told)
    for summary in ({**none, credential: 1}, {kind: count for kind, count in none.items() if kind != credential}):
        assert judged(summary=summary, root_is_central=True)["root_mfa"].status != "not_applicable"


def test_what_is_as_it_is_to_be_is_told_in_a_sentence() -> None:
    details = {id: check.detail for id, check in judged().items()}
    assert details["root_mfa"] == "The root user has MFA."
    assert details["root_access_keys"] == "The root user has no access key."
    assert details["permissions"] == f"Simulated with MFA, {NAME} may do iam:CreateUser."
    assert details["mfa"] == f"MFA device {NAME} (virtual) since {MADE.isoformat()}."


@pytest.mark.parametrize(
    ("roles", "shown"),
    [
        ((), "No role is an administrator."),
        ((role("reads", "*", policy_arns=()),), "No role is an administrator."),
        ((role("alone", {}),), "Nobody outside may assume an administrator role: alone by nobody."),
        (
            (role("a", {"AWS": ROOT_ELSEWHERE}), role("b", {"Service": "ec2.amazonaws.com", "AWS": ACCOUNT.id})),
            "Nobody outside may assume an administrator role: a by 444455556666, from which these credentials come, "
            f"without MFA, b by {ACCOUNT.id}, ec2.amazonaws.com.",
        ),
        (
            (
                role(
                    "AWSReservedSSO_A_1",
                    {"Federated": ACCOUNT.arn("saml-provider/AWSSSO_1_DO_NOT_DELETE")},
                    path="/aws-reserved/sso.amazonaws.com/eu-west-1/",
                ),
            ),
            "Nobody outside may assume an administrator role: AWSReservedSSO_A_1 by IAM Identity Center.",
        ),
    ],
)
def test_who_may_assume_an_administrator_role_is_shown(roles: Any, shown: str) -> None:
    judged_role = judged(roles=roles, source_account_id="444455556666")["administrator_roles"]
    assert (judged_role.status, judged_role.detail) == ("pass", shown)


def test_a_detail_is_as_long_as_somebody_reads() -> None:
    others = {"x": replace(OTHER, name="x" * 10_000_000, policy_arns=(ADMINISTRATOR_ACCESS,))}
    detail = judged(users={NAME: ADMIN, **others})["other_administrators"].detail
    assert detail.startswith("May do everything, or grant any permission: xxx")
    assert detail[2_000:].startswith(" … (9,998,")
    assert len(detail) < 2_050


def test_of_many_names_ten_are_told() -> None:
    assert named("ba") == "a, b"
    assert named("abcdefghij") == "a, b, c, d, e, f, g, h, i, j"
    assert named("lkjihgfedcba") == "a, b, c, d, e, f, g, h, i, j and 2 more"


# Inspection


@dataclass
class SecureAws(FakeAws):
    """A secure account; `refuses` names a read that is denied."""

    refuses: str = ""

    def __post_init__(self) -> None:
        self.create_user(UserName=NAME, Path="/")
        self.attached = [ADMINISTRATOR_ACCESS]
        self.create_login_profile(PasswordResetRequired=False)
        self.devices = {ACCOUNT.arn(f"mfa/{NAME}"): NAME}
        self.aliases = ["acme"]
        if self.refuses:
            setattr(self, self.refuses, self._refuse)

    def _refuse(self, *_arguments: Any, **_more: Any) -> Any:
        raise DENIED


def inspected(aws: Any, expected: Expected = EXPECTED) -> dict[str, Any]:
    return inspect(aws, expected)


def test_an_inspection_returns_plain_data() -> None:
    result = inspected(SecureAws())
    assert result["checks"][0] == {
        "id": "account",
        "title": "The credentials lead to the expected account",
        "status": "pass",
        "detail": f"Account {ACCOUNT.id}.",
        "references": [],
        "expected": True,
        "exception": None,
    }
    asked = {"root_credentials", "password_policy"}
    assert {check["id"]: check["status"] for check in result.pop("checks")} == {
        id: status for id, status in STATUSES.items() if id not in asked
    }
    assert result == {
        "changed": False,
        "account_id": ACCOUNT.id,
        "sign_in_url": "https://acme.signin.aws.amazon.com/console",
        "user_id": "AIDAVOID",
        "mfa_devices": [{"serial_number": ACCOUNT.arn(f"mfa/{NAME}"), "enable_date": MADE.isoformat()}],
        "secure": True,
    }


def test_an_account_is_secure_without_an_expected_id_too() -> None:
    assert inspected(SecureAws(), replace(EXPECTED, account_id=None))["secure"] is True


@pytest.mark.parametrize(
    ("refused", "unknown", "secure"),
    [
        ("get_account_summary", {"root_mfa", "root_access_keys", "root_signing_certificates", "root_deleted"}, False),
        ("list_organizations_features", {"root_credentials"}, False),
        (
            "get_account_authorization_details",
            {
                "administrator",
                "policies",
                "permissions",
                "other_users_mfa",
                "other_administrators",
                "escalation",
                "administrator_roles",
            },
            False,
        ),
        ("simulate_principal_policy", {"permissions"}, False),
        ("get_login_profile", {"console_password"}, False),
        ("list_mfa_devices", {"mfa", "other_mfa_devices"}, False),
        ("list_access_keys", {"access_keys"}, False),
        ("get_account_password_policy", {"password_policy"}, False),
    ],
)
def test_an_account_is_not_secure_where_something_that_counts_could_not_be_read(
    refused: str, unknown: set[str], secure: bool
) -> None:
    asked = replace(EXPECTED, expect=("default", *({*unknown} & {"root_credentials", "password_policy"})))
    result = inspected(SecureAws(refuses=refused), asked)
    assert {check["id"] for check in result["checks"] if check["status"] == "unknown"} == unknown
    assert result["secure"] is secure


def test_policies_that_cannot_be_resolved_are_unknown() -> None:
    aws = SecureAws(refuses="get_policy")
    aws.attached = []
    assert {check["id"] for check in inspected(aws)["checks"] if check["status"] == "unknown"} == {"policies"}


def test_without_the_right_to_read_the_alias_the_sign_in_url_has_the_account_id() -> None:
    result = inspected(SecureAws(refuses="list_account_aliases"))
    assert result["sign_in_url"] == f"https://{ACCOUNT.id}.signin.aws.amazon.com/console"
    assert result["secure"] is True


def test_an_account_that_cannot_be_told_is_an_error() -> None:
    with pytest.raises(AwsError):
        inspected(SecureAws(refuses="get_caller_identity"))


def test_a_policy_of_the_account_does_not_pass_for_that_of_aws() -> None:
    own_policy = ACCOUNT.arn("policy/AdministratorAccess")
    aws = SecureAws(policies={ADMINISTRATOR_ACCESS, own_policy})
    aws.attached = [own_policy]
    against = {one["id"]: one["status"] for one in inspected(aws)["checks"] if one["status"] in ("fail", "unknown")}
    # What it says is not shown, as long as its document is not among the details
    assert against == {"policies": "fail", "permissions": "unknown"}


def test_where_it_may_not_be_read_how_others_sign_in_that_is_unknown() -> None:
    class Refusing(SecureAws):
        def get_login_profile(self, name: str) -> Any:
            return super().get_login_profile(name) if name == NAME else self._refuse()

    aws = Refusing(others=["somebody"])
    assert [one["id"] for one in inspected(aws)["checks"] if one["status"] == "unknown"] == ["other_users_mfa"]


def test_what_a_permissions_boundary_takes_away_is_said_in_a_sentence() -> None:
    (decision,) = decisions(CreateUser="implicitDeny")
    taken = {**decision, "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}}
    assert judged(simulated=Simulated([taken], None))["permissions"].detail == (
        f"Simulated with MFA, {NAME} may not do iam:CreateUser, which its permissions boundary does not allow: fix it "
        "in IAM."
    )


def test_how_others_sign_in_is_asked_for_each_of_them() -> None:
    aws = SecureAws(others=["somebody"])
    assert "somebody" in next(c["detail"] for c in inspected(aws)["checks"] if c["id"] == "other_users_mfa")


# What is read


@dataclass
class WithOthers(SecureAws):
    """An account with a user whose policies seem to allow more than AWS's simulation does, and with a role."""

    trusted: str = ROOT_ELSEWHERE
    source: str | None = "444455556666"
    asked: list[Any] = field(default_factory=list)

    def get_account_authorization_details(self, with_roles: bool = False) -> dict[str, Any]:
        assert with_roles
        details = super().get_account_authorization_details()
        details["UserDetailList"][-1]["UserPolicyList"] = [{"PolicyName": "own", "PolicyDocument": TAKES_OVER}]
        trust = {"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": self.trusted}}}
        top = {"RoleName": "top", "Path": "/", "Arn": ACCOUNT.arn("role/top"), "AssumeRolePolicyDocument": trust}
        attached = {"AttachedManagedPolicies": [{"PolicyArn": ADMINISTRATOR_ACCESS}]}
        return {**details, "RoleDetailList": [{**top, **attached}]}

    def simulate_principal_policy(
        self, arn: str, actions: Any, mfa: bool | None, resource_arn: str | None = None
    ) -> list[dict[str, Any]]:
        if arn == ACCOUNT.arn(f"user/{NAME}"):
            return super().simulate_principal_policy(arn, actions, mfa)
        self.asked.append((arn, [*actions], mfa, resource_arn))
        if self.refuses == "others":
            raise DENIED
        return [
            {"EvalActionName": action, "EvalDecision": decision}
            for action, decision in zip(actions, ("allowed", "implicitDeny"), strict=True)
        ]

    def with_source(self, account: Account) -> Account:
        return replace(account, source_arn=f"arn:aws:iam::{self.source}:user/jo" if self.source else None)


def seen(aws: Any, *wanted: str) -> Principals:
    principals = read(aws, EXPECTED, wanted)[0].principals
    assert isinstance(principals, Principals)
    return principals


def test_what_others_seem_to_be_allowed_is_simulated_where_it_counts() -> None:
    aws = WithOthers(others=["somebody"])
    ways = ("iam:CreateAccessKey", "iam:UpdateLoginProfile")
    assert seen(aws).ways_up() == {"somebody": ways}
    assert aws.asked == []
    assert seen(aws, "principals").ways_up() == {"somebody": ways[:1]}
    assert aws.asked == [(ACCOUNT.arn("user/somebody"), [*ways], True, ADMIN.arn)]


def test_a_simulation_of_others_that_is_refused_denies_nothing() -> None:
    aws = WithOthers(others=["somebody"])
    aws.refuses = "others"
    assert seen(aws, "principals").ways_up() == {"somebody": ("iam:CreateAccessKey", "iam:UpdateLoginProfile")}


@pytest.mark.parametrize(
    ("trusted", "source", "found"),
    [
        (ROOT_ELSEWHERE, "444455556666", "444455556666"),
        (ROOT_ELSEWHERE, None, None),
        (ACCOUNT.arn("root"), "444455556666", None),
    ],
)
def test_where_the_credentials_come_from_is_asked_where_a_role_trusts_another_account(
    trusted: str, source: str | None, found: str | None
) -> None:
    aws: Any = WithOthers(others=["somebody"], trusted=trusted, source=source)
    assert read(aws, EXPECTED, ())[0].source_account_id == found


def test_what_may_not_be_read_of_keys_and_of_where_credentials_come_from_is_unknown_alone() -> None:
    class Refusing(WithOthers):
        def list_access_keys(self, _name: str) -> Any:
            return [{"AccessKeyId": "AKIA1"}]

        def get_access_key_last_used(self, _key_id: str) -> Any:
            raise DENIED

        def with_source(self, _account: Account) -> Any:
            raise DENIED

    aws: Any = Refusing(others=["somebody"])
    readings, _aliases = read(aws, EXPECTED, ())
    assert readings.access_keys == [{"AccessKeyId": "AKIA1", "LastUsed": DENIED}]
    assert readings.source_account_id == DENIED


SINCE, USED = datetime(2020, 1, 2, tzinfo=UTC), datetime(2021, 2, 3, tzinfo=UTC)
ROOT_DEVICES = ("arn:aws:iam::1:mfa/root-account-mfa-device", "arn:aws:iam::1:u2f/root-key-VOID", "GAKT1")


def root_user(*devices: str, password: bool = True, keys: bool = False, **more: Any) -> RootUser:
    """Return a root user as a session of it shows that."""
    used = ({"LastUsedDate": USED, "ServiceName": "s3"}, {"ServiceName": "N/A", "Region": "N/A"})
    listed = tuple(
        {"AccessKeyId": f"AKIA{number}", "Status": "Active", "CreateDate": SINCE, "LastUsed": last}
        for number, last in enumerate(used)
    )
    return RootUser(
        login_profile={"CreateDate": SINCE} if password else None,
        access_keys=listed if keys else (),
        mfa_devices=tuple({"SerialNumber": serial, "EnableDate": SINCE} for serial in devices),
        **more,
    )


@pytest.mark.parametrize(
    ("root", "id", "status", "detail"),
    [
        (
            root_user(*ROOT_DEVICES),
            "root_mfa",
            "pass",
            "The root user has MFA: a hardware token since 2020-01-02, a passkey or security key since 2020-01-02, a "
            "virtual device since 2020-01-02.",
        ),
        (root_user(), "root_mfa", "fail", "The root user has no MFA: sign in as root"),
        (root_user(password=False), "root_mfa", "unknown", "The root user has no credentials. Whoever has its mailbox"),
        (
            root_user(keys=True),
            "root_access_keys",
            "fail",
            "The root user has the access key AKIA0 (last used on 2021-02-03 for s3), AKIA1 (never used): run "
            "playbooks/secure_root.yml with iam_admin_root: absent.",
        ),
        (root_user(), "root_access_keys", "pass", "The root user has no access key."),
        (
            root_user(signing_certificates=({"CertificateId": "CERT"},)),
            "root_signing_certificates",
            "fail",
            "The root user has the signing certificate CERT: run",
        ),
        (root_user(), "root_signing_certificates", "pass", "The root user has no signing certificate."),
        (
            root_user(ROOT_DEVICES[0], keys=True),
            "root_deleted",
            "fail",
            "The root user has MFA devices, a password, access keys, which stay until the organisation deletes them: "
            "run playbooks/secure_root.yml with iam_admin_root: absent.",
        ),
        (root_user(password=False), "root_deleted", "pass", "The root user has no credentials."),
        (root_user(password=False), "root_recovery", "pass", "The root user has no password, and cannot recover one."),
        (
            root_user(),
            "root_recovery",
            "fail",
            "The root user may have a password since 2020-01-02, which has not been used since: whoever has its "
            "mailbox can set one. Run playbooks/secure_root.yml with iam_admin_root: absent.",
        ),
        (
            root_user(password_last_used=SINCE - timedelta(days=1)),
            "root_recovery",
            "fail",
            "which has not been used since",
        ),
        (
            root_user(password_last_used=USED),
            "root_recovery",
            "pass",
            "The password of the root user was last used on 2021-02-03.",
        ),
    ],
)
def test_a_session_of_the_root_user_tells_more_than_the_summary(
    root: RootUser, id: str, status: str, detail: str
) -> None:
    check = judged(root=root)[id]
    assert (check.status, detail in check.detail) == (status, True), check.detail


def test_a_session_that_is_refused_leaves_what_the_summary_says() -> None:
    checks = judged(root=DENIED)
    assert [checks[id].status for id in ("root_mfa", "root_access_keys", "root_signing_certificates")] == ["pass"] * 3
    assert checks["root_deleted"].detail == f"Could not be read: {DENIED}"


VIRTUAL = {"SerialNumber": ROOT_DEVICES[0], "User": {"Arn": ACCOUNT.arn("root")}}
OF_SOMEBODY = {"SerialNumber": ACCOUNT.arn("mfa/somebody"), "User": {"Arn": ACCOUNT.arn("user/root")}}


@pytest.mark.parametrize(
    ("read", "status", "detail"),
    [
        ({"summary": NO_ROOT_CREDENTIALS}, "not_applicable", "The root user has no credentials."),
        ({"virtual": [VIRTUAL]}, "fail", "The root user has a virtual MFA device: replace it"),
        ({"virtual": [OF_SOMEBODY, {"SerialNumber": "nobody's"}]}, "pass", "The root user has a device that is not"),
        ({"summary": {**SUMMARY, "AccountMFAEnabled": 0}}, "fail", "The root user has no MFA: sign in as root"),
        ({"summary": {}}, "unknown", "AWS does not report AccountMFAEnabled for this account."),
        ({"root": root_user(*ROOT_DEVICES)}, "fail", "The root user has a virtual MFA device"),
        ({"root": root_user(*ROOT_DEVICES[1:])}, "pass", "has a hardware token, a passkey or security key."),
        ({"root": root_user(), "virtual": [VIRTUAL]}, "fail", "The root user has no MFA"),
        ({"root": root_user(password=False)}, "not_applicable", "The root user has no credentials."),
    ],
)
def test_hardware_mfa_of_the_root_user_is_told_from_a_virtual_device(
    read: dict[str, Any], status: str, detail: str
) -> None:
    on_request = {"virtual_mfa_devices": read.get("virtual", [])}
    expected = replace(EXPECTED, expect=("root_hardware_mfa",))
    others = {name: value for name, value in read.items() if name != "virtual"}
    check = judged(expected, on_request=on_request, **others)["root_hardware_mfa"]
    assert (check.status, detail in check.detail) == (status, True), check.detail


@dataclass
class Rootless(SecureAws):
    """An account whose root user has no password, and what it and the account before it manage centrally."""

    own: list[str] | None = None
    of_source: Any = None
    signs_in: int = 0

    def get_account_summary(self) -> dict[str, int]:
        return {**NO_ROOT_CREDENTIALS, "AccountPasswordPresent": self.signs_in}

    def list_organizations_features(self) -> list[str] | None:
        return self.own

    def list_organizations_features_of_manager(self, account: Account) -> list[str] | None:
        assert account == ACCOUNT
        if isinstance(self.of_source, AwsError):
            raise self.of_source
        return self.of_source


@pytest.mark.parametrize(
    ("given", "is_central"),
    [
        ({}, None),
        ({"of_source": ["RootCredentialsManagement"]}, True),
        ({"of_source": ["RootSessions"]}, False),
        ({"of_source": []}, False),
        ({"of_source": DENIED}, DENIED),
        ({"of_source": ["RootCredentialsManagement"], "signs_in": 1}, None),
        ({"of_source": DENIED, "signs_in": 1}, None),
        ({"own": ["RootCredentialsManagement"]}, None),
        # A delegated administrator, reached by a role from the management account
        ({"own": ["RootSessions"], "of_source": ["RootCredentialsManagement"]}, True),
        ({"own": []}, False),
    ],
)
def test_who_manages_root_credentials_is_asked_of_the_management_account_where_it_matters(
    given: dict[str, Any], is_central: Any
) -> None:
    aws: Any = Rootless(**given)
    assert read(aws, EXPECTED, ())[0].root_is_central == is_central


@pytest.mark.parametrize(
    ("given", "refusal", "root"),
    [
        ({"signs_in": 1, "of_source": ["RootSessions"]}, None, root_user()),
        ({"signs_in": 1, "of_source": ["RootSessions"]}, DENIED, DENIED),
        # Who calls can have none, so nothing is known of it
        ({"signs_in": 1, "of_source": ["RootSessions"]}, AdminError("As root."), None),
        ({"signs_in": 1, "of_source": ["RootCredentialsManagement"]}, None, None),
        ({"signs_in": 1}, None, None),
        ({"of_source": ["RootSessions"]}, None, None),
        ({"signs_in": 1, "own": ["RootSessions"], "of_source": ["RootSessions"]}, None, root_user()),
        ({"signs_in": 1, "own": ["RootSessions"]}, None, None),
    ],
)
def test_a_root_user_that_has_anything_is_read_where_the_organisation_has_sessions(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, Any], refusal: AdminError | None, root: Any
) -> None:
    aws: Any = Rootless(**given)

    def session(api: Any, account_id: str, task: str) -> Any:
        assert (api, account_id, task) == (aws, ACCOUNT.id, "IAMAuditRootUserCredentials")
        if refusal:
            raise refusal
        return api

    monkeypatch.setattr(readings, "root_session", session)
    monkeypatch.setattr(readings, "read_root", lambda _api: root_user())
    assert read(aws, EXPECTED, ())[0].root == root


def test_a_root_user_is_read_where_its_recovery_counts_whatever_the_summary_says(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(readings, "root_session", lambda api, _account_id, _task: api)
    monkeypatch.setattr(readings, "read_root", lambda _api: root_user())
    aws: Any = Rootless(of_source=["RootSessions"])
    assert read(aws, EXPECTED, ("root",))[0].root == root_user()


def test_a_root_user_that_is_bare_is_managed_centrally_though_the_summary_is_late(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(readings, "root_session", lambda api, _account_id, _task: api)
    monkeypatch.setattr(readings, "read_root", lambda _api: root_user(password=False))
    aws: Any = Rootless(of_source=["RootSessions", "RootCredentialsManagement"], signs_in=1)
    assert read(aws, EXPECTED, ())[0].root_is_central is True


@dataclass
class SimulatingAws(SecureAws):
    """An account that tells what was simulated, and that has no simulation of what `lacks` it."""

    lacks: str = ""

    def simulate_principal_policy(self, arn: str, actions: Any, mfa: bool | None) -> Any:
        assert arn == ACCOUNT.arn(f"user/{NAME}")
        return None if self.lacks == str(mfa) else [(mfa, action) for action in actions]


ACTIONS = ("iam:CreateUser", "ec2:TerminateInstances", "kms:CreateKey", "s3:DeleteBucket")
WITHOUT = (
    "iam:CreateVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:ChangePassword",
    "iam:CreateAccessKey",
    "sts:AssumeRole",
    "iam:AttachUserPolicy",
    "iam:DeleteGroupPolicy",
    "iam:DeleteUserPolicy",
    "iam:DetachUserPolicy",
    "iam:PutUserPolicy",
    "iam:RemoveUserFromGroup",
    "s3:GetObject",
    *ACTIONS,
)


@pytest.mark.parametrize(
    ("require_mfa", "lacks", "without"),
    [
        (False, "", None),
        (True, "", [(mfa, action) for mfa in (False, None) for action in WITHOUT]),
        (True, "False", None),
        (True, "None", None),
    ],
)
def test_what_is_simulated(require_mfa: bool, lacks: str, without: Any) -> None:
    aws: Any = SimulatingAws(lacks=lacks)
    readings, _aliases = read(aws, replace(EXPECTED, require_mfa=require_mfa), ())
    assert readings.simulated == Simulated(
        [(True, action) for action in (WITHOUT if require_mfa else ACTIONS)], without
    )


def test_for_nobody_nothing_is_simulated() -> None:
    aws: Any = SimulatingAws()
    aws.user = None
    readings, aliases = read(aws, EXPECTED, ())
    assert (readings.simulated, readings.policies.attached) == (Simulated(None, None), ())
    assert aliases == ["acme"]


def test_what_is_asked_of_one_user_is_asked_of_the_administrator() -> None:
    class Asked(SecureAws):
        def get_login_profile(self, name: str) -> Any:
            return {"of": name}

        def list_access_keys(self, name: str) -> Any:
            return [{"of": name, "AccessKeyId": "AKIAVOID"}]

        def get_access_key_last_used(self, key_id: str) -> Any:
            return {"of": key_id}

        def list_ssh_public_keys(self, name: str) -> Any:
            return [{"SSHPublicKeyId": name}]

    aws: Any = Asked()
    readings, _aliases = read(aws, EXPECTED, ())
    assert readings.login_profile == {"of": NAME}
    assert readings.access_keys == [{"of": NAME, "AccessKeyId": "AKIAVOID", "LastUsed": {"of": "AKIAVOID"}}]
    none: tuple[str, ...] = ()
    assert readings.other_credentials == {
        "service_specific_credentials": none, "ssh_public_keys": (NAME,), "signing_certificates": none,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("tagged", "keys", "interrupted"),
    [
        ("then AKIA1", ["AKIA1"], True),
        ("then AKIA1", ["AKIA1", "AKIA2"], False),
        ("then AKIA1", ["AKIA2"], False),
    ],
)
def test_a_proof_was_interrupted_where_all_keys_are_its_own(tagged: str, keys: list[str], interrupted: bool) -> None:
    aws: Any = SecureAws()
    aws.user["Tags"] = [{"Key": "landing_zone.aws_admin:proof", "Value": tagged}]
    aws.list_access_keys = lambda _name: [{"AccessKeyId": key} for key in keys]
    aws.get_access_key_last_used = lambda _key: {}
    readings, _aliases = read(aws, replace(EXPECTED, name=NAME.upper()), ())
    assert readings.proof_interrupted is interrupted


def test_an_account_without_an_alias_is_signed_in_to_by_its_id() -> None:
    aws = SecureAws()
    aws.aliases = []
    assert inspected(aws)["sign_in_url"] == f"https://{ACCOUNT.id}.signin.aws.amazon.com/console"
