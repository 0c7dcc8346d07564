# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iam_admin_info against the local AWS: every check passes and fails, and what cannot be read is unknown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.checks import RULES
from tests.integration.cases import (
    ADMINISTRATOR,
    DENY_WITHOUT_MFA,
    EVERYTHING,
    READ_ONLY,
    WITH_MFA,
    Given,
    Run,
    access_key,
    administrator_role,
    alias,
    assert_is_a_sentence,
    attached,
    boundary,
    detached,
    enabled_device,
    fill,
    group,
    inline,
    managed,
    old_access_key,
    other_credentials,
    other_password,
    own_policy,
    password,
    password_policy,
    password_to_change,
    root,
    security_contact,
    signed_in,
    user,
)
from tests.integration.conftest import TestAccount
from tests.integration.tenants import member
from tests.local_aws import faults
from tests.local_aws.calls import READS, Call, RefusedError

BOOTSTRAPPED = (user(), attached(ADMINISTRATOR), enabled_device(), password())
# What is said of an account that has been bootstrapped, and of which nobody has asked more
STATUSES = {
    "account": "pass",
    "root_mfa": "pass",
    "root_access_keys": "pass",
    "root_signing_certificates": "pass",
    "root_deleted": "not_applicable",
    "root_recovery": "not_applicable",
    "administrator": "pass",
    "policies": "pass",
    "permissions": "pass",
    "console_password": "pass",
    "mfa": "pass",
    "other_mfa_devices": "pass",
    "access_keys": "pass",
    "other_credentials": "pass",
    "require_mfa": "not_applicable",
    "other_users_mfa": "pass",
    "other_administrators": "pass",
    "escalation": "pass",
    "administrator_roles": "pass",
}
ALL_OTHERS = [id for id in STATUSES if id != "account"]


def begun(ago: timedelta) -> Given:
    """A proof that began so long ago, and did not end: its tag."""
    value = (datetime.now(UTC) - ago).isoformat(timespec="seconds")
    tag = {"Key": "landing_zone.aws_admin:proof", "Value": value}
    return lambda account: account.iam.tag_user(UserName="iamadmin", Tags=[tag])


@dataclass(frozen=True)
class Case:
    """An account, what is asked of it, and what is said that is not said of an account that has been bootstrapped.

    That is a status, and as a pattern a detail, by the id of the check. Calls of the actions in `refused` are denied.
    ACCOUNT stands for the account's id.
    """

    id: str
    given: tuple[Given, ...] = BOOTSTRAPPED
    options: Mapping[str, Any] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    judged: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    secure: bool = True
    sign_in_url: str = "https://ACCOUNT.signin.aws.amazon.com/console"


def denied(id: str, action: str, *others: str, given: tuple[Given, ...] = BOOTSTRAPPED, **more: Any) -> Case:
    """The case that a reading of a check is refused, which makes it unknown, and others with it."""
    reading = ("unknown", f"Could not be read: {action} failed: AccessDenied: .*lack the permission iam:{action}: use")
    return Case(f"{id} denied", given, refused=(action,), judged=dict.fromkeys((id, *others), reading), **more)


def no_device(*devices: Given) -> tuple[Given, ...]:
    """An account that has been bootstrapped but for its MFA devices."""
    return (user(), attached(ADMINISTRATOR), *devices, password())


TAKES_OVER = {"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "arn:aws:iam::*:user/iamadmin"}
LOOKS_AFTER_ITSELF = {**TAKES_OVER, "Resource": "arn:aws:iam::*:user/${aws:username}"}
RUNS_CODE = {"Effect": "Allow", "Action": ["iam:PassRole", "ec2:RunInstances"], "Resource": "*"}
CENTRAL = ("RootCredentialsManagement", "RootSessions")
ROOT = ("root_mfa", "root_access_keys", "root_signing_certificates", "root_deleted")
OF_USERS = (
    "administrator",
    "policies",
    "permissions",
    "other_users_mfa",
    "other_administrators",
    "escalation",
    "administrator_roles",
)


def root_signed_in(account: TestAccount) -> None:
    account.backend.root.signed_in = datetime(2026, 1, 2, tzinfo=UTC)


# What a session shows of a root user with a password and MFA, and of one whose keys it may not see
IN_A_SESSION = {
    "root_mfa": ("pass", "^The root user has MFA: a virtual device since 2020-01-02.$"),
    "root_deleted": ("fail", "has MFA devices, a password, which stay until the organisation deletes them"),
    "root_recovery": ("fail", "may have a password since 2020-01-02, which has not been used since"),
}
UNREAD = (*BOOTSTRAPPED, member, root(access_keys=True))
NOT_SHOWN = {
    **dict.fromkeys(("root_deleted", "root_recovery"), ("unknown", "^Could not be read: GetAccessKeyLastUsed failed")),
    "root_access_keys": ("fail", "The root user has an access key: sign in as root"),
}


def rest(ids: tuple[str, ...], id: str) -> tuple[str, ...]:
    """The others of several."""
    return tuple(other for other in ids if other != id)


# For each check an account that passes, one that fails, and one where its reading is denied. Where the account cannot
# be told there is no verdict: see below.
EACH = [
    Case("account pass", judged={"account": ("pass", "^Account ACCOUNT.$")}),
    Case(
        "account fail",
        options={"account_id": "999999999999"},
        judged={
            "account": ("fail", "Account ACCOUNT, not 999999999999: correct aws_profile"),
            **dict.fromkeys(ALL_OTHERS, ("unknown", "Not judged, since the credentials lead to another account")),
        },
        secure=False,
    ),
    Case("root_mfa pass", judged={"root_mfa": ("pass", "^The root user has MFA.$")}),
    Case(
        "root_mfa fail",
        given=(*BOOTSTRAPPED, root(mfa=False)),
        judged={"root_mfa": ("fail", "The root user has no MFA: sign in as root")},
        secure=False,
    ),
    denied("root_mfa", "GetAccountSummary", *rest(ROOT, "root_mfa"), secure=False),
    Case("root_access_keys pass", judged={"root_access_keys": ("pass", "has no access key.$")}),
    Case(
        "root_access_keys fail",
        given=(*BOOTSTRAPPED, root(access_keys=True)),
        judged={"root_access_keys": ("fail", "The root user has an access key: sign in as root, and delete it")},
        secure=False,
    ),
    denied("root_access_keys", "GetAccountSummary", *rest(ROOT, "root_access_keys"), secure=False),
    Case("root_signing_certificates pass", judged={"root_signing_certificates": ("pass", "has no signing cert")}),
    Case(
        "root_signing_certificates fail",
        given=(*BOOTSTRAPPED, root(signing_certificates=True)),
        judged={"root_signing_certificates": ("fail", "The root user has a signing certificate: sign in as root")},
        secure=False,
    ),
    denied("root_signing_certificates", "GetAccountSummary", *rest(ROOT, "root_signing_certificates"), secure=False),
    Case(
        "root_deleted pass",
        given=(*BOOTSTRAPPED, member, root(mfa=False, access_keys=False, password=False)),
        judged={
            "root_mfa": ("not_applicable", "only the organisation can give it any"),
            "root_deleted": ("pass", "The root user has no credentials."),
        },
    ),
    Case("root_deleted fail", given=(*BOOTSTRAPPED, member), judged=IN_A_SESSION),
    Case("root_deleted denied", given=UNREAD, refused=("GetAccessKeyLastUsed",), judged=NOT_SHOWN, secure=False),
    Case(
        "root_recovery pass",
        given=(*BOOTSTRAPPED, member, root_signed_in),
        judged={**IN_A_SESSION, "root_recovery": ("pass", "The password of the root user was last used on 2026-")},
    ),
    Case("root_recovery fail", given=(*BOOTSTRAPPED, member), judged=IN_A_SESSION),
    Case("root_recovery denied", given=UNREAD, refused=("GetAccessKeyLastUsed",), judged=NOT_SHOWN, secure=False),
    Case("administrator pass", judged={"administrator": ("pass", "The user is arn:aws:iam::ACCOUNT:user/iamadmin.")}),
    Case(
        "administrator fail",
        given=(),
        judged={
            "administrator": ("fail", "There is no user iamadmin: run the bootstrap"),
            "policies": ("fail", "Not attached to iamadmin: AdministratorAccess"),
            "permissions": ("fail", "There is no user iamadmin: run the bootstrap"),
            "console_password": ("fail", "iamadmin has no console password: run the bootstrap"),
            "mfa": ("fail", "Not enabled for iamadmin: MFA device iamadmin"),
        },
        secure=False,
    ),
    denied("administrator", "GetAccountAuthorizationDetails", *rest(OF_USERS, "administrator"), secure=False),
    Case(
        "policies pass",
        judged={"policies": ("pass", "Attached to iamadmin or one of its groups: AdministratorAccess.")},
    ),
    Case(
        "policies fail",
        given=(*BOOTSTRAPPED, own_policy("Own")),
        options={"managed_policies": ["AdministratorAccess", "ReadOnlyAccess", "Own"]},
        judged={"policies": ("fail", "Not attached to iamadmin: ReadOnlyAccess, Own. Run the bootstrap")},
        secure=False,
    ),
    denied("policies", "GetAccountAuthorizationDetails", *rest(OF_USERS, "policies"), secure=False),
    Case(
        "permissions pass",
        judged={"permissions": ("pass", "Simulated with MFA, iamadmin may do ec2:TerminateInstances, iam:CreateUser")},
    ),
    Case(
        "permissions fail",
        given=(*BOOTSTRAPPED, boundary(READ_ONLY)),
        judged={
            "permissions": ("fail", "iamadmin may not do ec2:.*, which its permissions boundary does not allow: fix")
        },
        secure=False,
    ),
    denied("permissions", "SimulatePrincipalPolicy", secure=False),
    Case("console_password pass", judged={"console_password": ("pass", "has a console password since 20")}),
    Case(
        "console_password fail",
        given=(user(), attached(ADMINISTRATOR), enabled_device()),
        judged={"console_password": ("fail", "has no console password")},
        secure=False,
    ),
    denied("console_password", "GetLoginProfile", secure=False),
    Case("mfa pass", judged={"mfa": ("pass", r"MFA device iamadmin \(virtual\) since 20")}),
    Case(
        "mfa fail",
        given=no_device(),
        judged={"mfa": ("fail", "Not enabled for iamadmin: MFA device iamadmin. Run the bootstrap")},
        secure=False,
    ),
    denied("mfa", "ListMFADevices", "other_mfa_devices", secure=False),
    Case("other_mfa_devices pass", judged={"other_mfa_devices": ("pass", "no MFA device other than those")}),
    Case(
        "other_mfa_devices fail",
        given=(*BOOTSTRAPPED, enabled_device("phone")),
        judged={
            "other_mfa_devices": (
                "fail",
                r"has more MFA devices than expected: phone \(virtual\) since 20.*. Finish a replacement",
            )
        },
        secure=False,
    ),
    denied("other_mfa_devices", "ListMFADevices", "mfa", secure=False),
    Case("access_keys pass", judged={"access_keys": ("pass", "^iamadmin has no access key.$")}),
    Case(
        "access_keys fail",
        given=(*BOOTSTRAPPED, access_key),
        judged={
            "access_keys": (
                "fail",
                r"without MFA while it is active: AKIA\w+ \(active\) since 20[\d-]+, never used. Delete it",
            )
        },
        secure=False,
    ),
    denied("access_keys", "ListAccessKeys", secure=False),
    Case("other_credentials pass", judged={"other_credentials": ("pass", "^iamadmin has no SSH key, signing")}),
    Case(
        "other_credentials fail",
        given=(*BOOTSTRAPPED, other_credentials),
        judged={
            "other_credentials": (
                "fail",
                r"service specific credentials \w+; ssh public keys \w+; signing certificates \w+. Delete those not",
            )
        },
        secure=False,
    ),
    denied("other_credentials", "ListSSHPublicKeys", secure=False),
    Case(
        "require_mfa pass",
        given=(*BOOTSTRAPPED, inline(DENY_WITHOUT_MFA)),
        options={"require_mfa": True},
        judged={"require_mfa": ("pass", "Simulated without MFA, iamadmin may do nothing that was tried")},
    ),
    Case(
        "require_mfa fail",
        options={"require_mfa": True},
        judged={"require_mfa": ("fail", "Simulated without MFA, iamadmin may do ec2:.*: attach a policy that denies")},
        secure=False,
    ),
    denied("require_mfa", "SimulatePrincipalPolicy", "permissions", options={"require_mfa": True}, secure=False),
    Case(
        "other_users_mfa pass",
        given=(*BOOTSTRAPPED, user("somebody"), other_password, enabled_device("theirs", owner="somebody")),
        judged={"other_users_mfa": ("pass", "No other user has a console password without MFA")},
    ),
    Case(
        "other_users_mfa fail",
        given=(*BOOTSTRAPPED, user("somebody"), other_password, user("nobody")),
        judged={"other_users_mfa": ("fail", "With a console password and without MFA: somebody. Have them enrol")},
        secure=False,
    ),
    denied(
        "other_users_mfa",
        "GetLoginProfile",
        "console_password",
        given=(*BOOTSTRAPPED, user("somebody")),
        secure=False,
    ),
    Case(
        "other_administrators pass",
        given=(*BOOTSTRAPPED, user("somebody")),
        judged={"other_administrators": ("pass", "No other IAM user may do everything, or grant any permission")},
    ),
    Case(
        "other_administrators fail",
        given=(*BOOTSTRAPPED, user("somebody"), inline(EVERYTHING, "somebody"), user("b"), group(ADMINISTRATOR, "b")),
        judged={"other_administrators": ("fail", "May do everything, or grant any permission: b, somebody. Keep")},
    ),
    denied(
        "other_administrators", "GetAccountAuthorizationDetails", *rest(OF_USERS, "other_administrators"), secure=False
    ),
    Case(
        "escalation pass",
        given=(*BOOTSTRAPPED, user("somebody"), inline(LOOKS_AFTER_ITSELF, "somebody")),
        judged={"escalation": ("pass", "No other IAM user can become an administrator in a known way")},
    ),
    Case(
        "escalation fail",
        given=(*BOOTSTRAPPED, user("somebody"), inline(TAKES_OVER, "somebody")),
        judged={"escalation": ("fail", "May become an administrator: somebody by iam:CreateAccessKey. Remove that")},
    ),
    denied("escalation", "GetAccountAuthorizationDetails", *rest(OF_USERS, "escalation"), secure=False),
    Case(
        "administrator_roles pass",
        given=(*BOOTSTRAPPED, administrator_role({"AWS": "arn:aws:iam::ACCOUNT:root"})),
        judged={
            "administrator_roles": (
                "pass",
                "Nobody outside may assume an administrator role: operations by arn:aws:iam::ACCOUNT:root.$",
            )
        },
    ),
    Case(
        "administrator_roles fail",
        given=(*BOOTSTRAPPED, administrator_role({"AWS": "arn:aws:iam::999999999999:root"}, WITH_MFA["Condition"])),
        judged={
            "administrator_roles": (
                "fail",
                "operations by arn:aws:iam::999999999999:root, of another account, with MFA. Restrict the trust",
            )
        },
    ),
    denied(
        "administrator_roles", "GetAccountAuthorizationDetails", *rest(OF_USERS, "administrator_roles"), secure=False
    ),
]


def on_request(
    id: str, *judged: tuple[str, str, tuple[Given, ...]], action: str = "", **others: tuple[str, str]
) -> list[Case]:
    """The cases of a check that is made on request: each with its status, its detail, and what is given more.

    `others` is what other checks say then.
    """
    cases = [
        Case(
            f"{id} {status}: {detail[:30]}",
            given=(*BOOTSTRAPPED, *more),
            options={"expect": [id]},
            judged={id: (status, detail), **(others if more else {})},
            secure=status not in ("fail", "unknown"),
        )
        for status, detail, more in judged
    ]
    refused = ("unknown", f"Could not be read: {action} failed: AccessDenied: .*: use others")
    if action:
        options = {"expect": [id]}
        cases.append(Case(f"{id} denied", options=options, refused=(action,), judged={id: refused}, secure=False))
    return cases


ON_REQUEST = [
    *on_request(
        "root_credentials",
        ("not_applicable", "This is neither the management account nor a delegated administrator account", ()),
        ("pass", "Root credentials of member accounts are managed from here.", (managed(*CENTRAL),)),
        ("fail", "Not enabled: RootSessions. Enable centralised", (managed("RootCredentialsManagement"),)),
        action="ListOrganizationsFeatures",
    ),
    *on_request(
        "password_policy",
        ("fail", "No password policy is set: amazon.aws.iam_password_policy", ()),
        (
            "pass",
            "at least 14 characters; the last 24 cannot be reused",
            (password_policy(MinimumPasswordLength=14, PasswordReusePrevention=24),),
        ),
        (
            "fail",
            "Passwords need only 14 characters; earlier ones can be reused",
            (password_policy(MinimumPasswordLength=14),),
        ),
        action="GetAccountPasswordPolicy",
    ),
    *on_request(
        "signed_in",
        ("fail", "iamadmin has never signed in: sign in at the console", ()),
        ("pass", "iamadmin signed in with MFA on 20.*, with arn:aws:iam::ACCOUNT:mfa/iamadmin", (signed_in(),)),
        ("fail", "iamadmin signed in without MFA on 20", (signed_in(mfa=False), signed_in())),
        ("pass", "iamadmin signed in with MFA on 20", (signed_in(mfa=False, succeeded=False), signed_in())),
        ("unknown", "CloudTrail does not show whether with MFA.*us-east-2", (signed_in(region="eu-west-3"),)),
        action="LookupEvents",
    ),
    *on_request(
        "initial_password",
        ("pass", "iamadmin does not have to change its password", ()),
        ("pass", "iamadmin has not changed its initial password.*less than 7 days ago", (password_to_change(1),)),
        ("fail", "iamadmin has not changed its initial password.*sign in and change it", (password_to_change(8),)),
    ),
    *on_request(
        "password_after_mfa",
        ("pass", "The password of iamadmin is from 20", ()),
        ("fail", "its oldest MFA device from 20.*: until then the password alone was enough", (password_to_change(8),)),
    ),
    *on_request("phishing_resistant_mfa", ("fail", "Every MFA device of iamadmin shows codes", ())),
    *on_request(
        "group_permissions",
        ("fail", "With policies of their own: iamadmin. Move them to a group", ()),
        ("pass", "No IAM user has a policy of its own", (group(ADMINISTRATOR), detached)),
    ),
    *on_request(
        "unused_credentials",
        ("pass", "was used within 45 days, as of 20", ()),
        ("fail", r"as of 20.*: iamadmin \(access key 1\). Delete what is not needed", (old_access_key(60),)),
        action="GenerateCredentialReport",
        access_keys=("fail", "AKIA"),
    ),
    *on_request(
        "old_access_keys",
        ("pass", "No active access key is older than 90 days", (old_access_key(60),)),
        ("fail", r"iamadmin \(access key 1 of 20.*\). Replace or delete", (old_access_key(100),)),
        action="GetCredentialReport",
        access_keys=("fail", "AKIA"),
    ),
    *on_request("root_unused", ("pass", "According to AWS, the root user was never used", ())),
    *on_request(
        "root_hardware_mfa",
        ("pass", "The root user has a device that is not virtual", ()),
        ("fail", "The root user has no MFA: sign in as root, and add a passkey or a security key", (root(mfa=False),)),
        action="ListVirtualMFADevices",
        root_mfa=("fail", "The root user has no MFA"),
    ),
    *on_request("expired_certificates", ("pass", "No server certificate", ()), action="ListServerCertificates"),
    *on_request(
        "security_contact",
        ("fail", "The account has no alternate security contact", ()),
        ("pass", "The account has an alternate security contact", (security_contact,)),
        action="GetAlternateContact",
    ),
]


OTHERS = [
    Case("an account that has been bootstrapped is secure"),
    Case(
        "the sign-in has the account's alias",
        given=(*BOOTSTRAPPED, alias("our-zone-ACCOUNT")),
        sign_in_url="https://our-zone-ACCOUNT.signin.aws.amazon.com/console",
    ),
    Case(
        "without permission to read the alias the sign-in has the account's id",
        given=(*BOOTSTRAPPED, alias("hidden-ACCOUNT")),
        refused=("ListAccountAliases",),
    ),
    Case(
        "no account to compare with does not make an account insecure",
        options={"account_id": None},
        judged={"account": ("not_applicable", "Account ACCOUNT; no account was given")},
    ),
    # Root
    Case(
        "a root user without credentials may be given a password by its mailbox, as far as the account itself knows",
        given=(*BOOTSTRAPPED, root(mfa=False, access_keys=False, password=False)),
        judged={
            "root_mfa": ("unknown", "The root user has no credentials. Whoever has its mailbox can set a password"),
            "root_deleted": ("pass", "The root user has no credentials."),
        },
        secure=False,
    ),
    Case(
        "that of the management account is not managed centrally",
        given=(*BOOTSTRAPPED, root(mfa=False, access_keys=False, password=False), managed("RootSessions")),
        judged={
            "root_mfa": ("fail", "whoever has its mailbox can set a password: manage root credentials centrally"),
            "root_deleted": ("pass", "The root user has no credentials."),
        },
        secure=False,
    ),
    Case(
        "nor that of a delegated administrator for certain",
        given=(*BOOTSTRAPPED, root(mfa=False, access_keys=False, password=False), managed(*CENTRAL)),
        judged={
            "root_mfa": ("unknown", "Whoever has its mailbox"),
            "root_deleted": ("pass", "The root user has no credentials."),
        },
        secure=False,
    ),
    # The rest of the account
    *(
        Case(
            f"an administrator is one by any wording: {wording}",
            given=(*BOOTSTRAPPED, user("somebody"), inline({**EVERYTHING, **said}, "somebody")),
            judged={"other_administrators": ("fail", "May do everything, or grant any permission: somebody.")},
        )
        for wording, said in {
            "iam:*": {"Action": "iam:*"},
            "with MFA": {"Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
        }.items()
    ),
    *(
        Case(
            f"whoever may pass a role of an administrator to {service} becomes one: {status}",
            given=(
                *BOOTSTRAPPED,
                administrator_role({"Service": f"{service}.amazonaws.com"}),
                user("somebody"),
                inline(RUNS_CODE, "somebody"),
            ),
            judged={
                "escalation": (status, detail),
                "administrator_roles": ("pass", f"operations by {service}.amazonaws.com."),
            },
        )
        for service, status, detail in (
            ("ec2", "fail", "somebody by iam:PassRole with ec2:RunInstances. Remove"),
            ("lambda", "pass", "in a known way"),
        )
    ),
    *(
        Case(
            f"what AWS's simulation denies makes no administrator, where that counts: {expect}",
            given=(
                *BOOTSTRAPPED,
                user("somebody"),
                inline({**EVERYTHING, "Action": "iam:*"}, "somebody"),
                boundary(READ_ONLY, "somebody"),
            ),
            options={"expect": expect},
            judged={"other_administrators": (status, detail)},
            secure=True,
        )
        for expect, status, detail in (
            (["mfa", "other_administrators"], "pass", "No other IAM user may do everything"),
            (["mfa"], "fail", "May do everything, or grant any permission: somebody."),
        )
    ),
    # The administrator
    *(
        Case(
            f"other credentials are unknown without {action}",
            refused=(action,),
            judged={"other_credentials": ("unknown", f"Could not be read: {action} failed: AccessDenied")},
            secure=False,
        )
        for action in ("ListServiceSpecificCredentials", "ListSigningCertificates")
    ),
    Case(
        "an administrator of another path fails",
        options={"path": "/admins/"},
        judged={"administrator": ("fail", "its path is not /admins/: set path in the module iam_admin_user")},
        secure=False,
    ),
    Case(
        "a policy that does not exist fails, and is named",
        options={"managed_policies": ["Nope", ADMINISTRATOR]},
        judged={"policies": ("fail", "Not attached to iamadmin: Nope. Run")},
        secure=False,
    ),
    Case(
        "a policy of the account's own name does not stand in for AWS's",
        given=(user(), enabled_device(), password(), own_policy("ReadOnlyAccess")),
        options={"managed_policies": ["ReadOnlyAccess"]},
        judged={
            "policies": ("fail", "ReadOnlyAccess"),
            "permissions": ("not_applicable", "AdministratorAccess is not one of the policies"),
        },
        secure=False,
    ),
    Case(
        "more policies than expected pass",
        given=(*BOOTSTRAPPED, attached(READ_ONLY)),
        options={"managed_policies": [READ_ONLY]},
        judged={"permissions": ("not_applicable", "AdministratorAccess is not one of the policies")},
    ),
    Case(
        "an administrator through a group is one",
        given=(user(), group(ADMINISTRATOR), enabled_device(), password()),
    ),
    Case(
        "without permission to look for a policy that is not attached it is unknown",
        given=(user(), group(READ_ONLY), enabled_device(), password()),
        refused=("GetPolicy",),
        judged={
            "policies": ("unknown", "Could not be read: GetPolicy failed: AccessDenied"),
            "permissions": ("fail", "No policy of iamadmin allows it everything"),
        },
        secure=False,
    ),
    Case(
        "an administrator whose MFA device has another name fails",
        given=no_device(enabled_device("phone")),
        judged={
            "mfa": ("fail", "MFA device iamadmin. Run the bootstrap"),
            "other_mfa_devices": ("fail", "phone"),
        },
        secure=False,
    ),
    Case(
        "a device that somebody else uses is not the administrator's",
        given=no_device(user("somebody"), enabled_device(owner="somebody")),
        judged={"mfa": ("fail", "Not enabled for iamadmin")},
        secure=False,
    ),
    Case(
        "every device that is expected must be enabled, in whatever letters AWS writes it",
        given=no_device(enabled_device("Phone")),
        options={"device_names": ["phone", "tablet"]},
        judged={"mfa": ("fail", "MFA device tablet. Run")},
        secure=False,
    ),
    Case(
        "devices of other names pass when they are expected",
        given=(*BOOTSTRAPPED, enabled_device("phone")),
        options={"device_names": ["iamadmin", "phone"]},
    ),
    Case(
        "an access key that a proof has left is told from others",
        given=(*BOOTSTRAPPED, begun(timedelta(minutes=1)), access_key),
        judged={"access_keys": ("fail", "an access key left by an interrupted proof: AKIA")},
        secure=False,
    ),
    Case(
        "an access key that came long after a proof is not its",
        given=(*BOOTSTRAPPED, begun(timedelta(days=1)), access_key),
        judged={"access_keys": ("fail", "grants access without MFA while it is active: AKIA")},
        secure=False,
    ),
    Case(
        "MFA need not be required before the first sign-in",
        options={"require_mfa": "after_sign_in"},
        judged={
            "require_mfa": (
                "not_applicable",
                "iamadmin has never signed in: a bootstrap after its first sign-in requires MFA",
            )
        },
    ),
    Case(
        "MFA is to be required after the first sign-in",
        given=(*BOOTSTRAPPED, signed_in()),
        options={"require_mfa": "after_sign_in"},
        judged={"require_mfa": ("fail", "Simulated without MFA, iamadmin may do ec2:.*: attach a policy that denies")},
        secure=False,
    ),
    # What counts
    Case(
        "what is not expected does not count",
        given=(*BOOTSTRAPPED, root(mfa=False)),
        options={"expect": ["mfa", "policies"]},
        judged={"root_mfa": ("fail", "The root user has no MFA")},
    ),
    Case(
        "what is expected counts",
        options={"expect": ["mfa", "password_policy"]},
        judged={"password_policy": ("fail", "No password policy is set: amazon.aws.iam_password_policy")},
        secure=False,
    ),
    Case(
        "what is accepted does not count",
        given=(*BOOTSTRAPPED, root(mfa=False)),
        options={"exceptions": {"root_mfa": "The key arrives on Monday."}},
        judged={"root_mfa": ("fail", "The root user has no MFA")},
    ),
]


@contextmanager
def refusing(account: TestAccount, refusal: RefusedError, *actions: str) -> Iterator[None]:
    """Refuse calls of these actions in this account, or of all when none is named."""

    def intercept(call: Call) -> None:
        if call.account_id == account.id and (not actions or call.action in actions):
            raise refusal

    account.aws.log.intercept = intercept
    try:
        yield
    finally:
        account.aws.log.reset()


def assert_judged(run: Run, account: TestAccount, case: Case) -> None:
    """Judge the account of a case, and hold the verdict against what the case expects."""
    for step in case.given:
        step(account)
    options = fill({"name": "iamadmin", "account_id": "ACCOUNT", **case.options}, account)
    start = len(account.calls)
    with refusing(account, RefusedError("AccessDenied", "No policy allows this."), *case.refused or ("none",)):
        result = run("iam_admin_info", **options)

    assert [call for call in account.calls[start:] if not call.startswith(READS)] == []
    assert "failed" not in result
    assert result["changed"] is False
    assert result["account_id"] == account.id
    assert result["sign_in_url"] == fill(case.sign_in_url, account)
    checks = {check["id"]: check for check in result["checks"]}
    expected = {**STATUSES, **{id: status for id, (status, _detail) in case.judged.items()}}
    assert {id: check["status"] for id, check in checks.items()} == expected
    for id, (_status, detail) in case.judged.items():
        assert re.search(fill(detail, account), checks[id]["detail"]), checks[id]["detail"]
    for check in checks.values():
        assert_is_a_sentence(check["detail"])
        assert check["exception"] == case.options.get("exceptions", {}).get(check["id"])
    assert result["secure"] is case.secure


def test_each_check_has_its_three_cases() -> None:
    # Where not even the account can be told there is no verdict: a test below
    ends = {f"{id} {end}" for id in STATUSES for end in ("pass", "fail", "denied")} - {"account denied"}
    assert {case.id for case in EACH} == ends
    assert len(EACH) == len(ends)


def test_each_check_on_request_has_its_cases() -> None:
    assert {case.id.partition(" ")[0] for case in ON_REQUEST} == {*RULES} - {*STATUSES}


@pytest.mark.parametrize("case", [*EACH, *OTHERS, *ON_REQUEST], ids=lambda case: case.id)
def test_an_account_is_judged(both_ways: TestAccount, case: Case) -> None:
    assert_judged(both_ways.run, both_ways, case)


@pytest.mark.parametrize("module", ["iam_admin_user", "iam_virtual_mfa", "iam_admin_info"])
def test_keys_that_have_expired_are_one_sentence_and_no_write(account: TestAccount, module: str) -> None:
    option = "user_name" if module == "iam_virtual_mfa" else "name"
    with refusing(account, RefusedError("ExpiredToken", "The security token included in the request is expired")):
        result = account.run(module, **{option: "iamadmin"})
    assert_failed(
        result, "GetCallerIdentity failed: ExpiredToken: The security token included in the request is expired. The "
    )
    assert "sign in again" in result["msg"]
    assert {call for call in account.calls if not call.startswith(READS)} == set()


def test_where_not_even_the_account_can_be_told_there_is_no_verdict(account: TestAccount) -> None:
    with refusing(account, RefusedError("AccessDenied", "No policy allows this."), "GetCallerIdentity"):
        result = account.run("iam_admin_info", name="iamadmin")
    assert_failed(result, "GetCallerIdentity failed: AccessDenied: No policy allows this. ")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"endpoint_url": "http://127.0.0.1:1", "aws_config": {"retries": {"max_attempts": 0}}},
            "GetCallerIdentity failed: EndpointConnectionError: .*127.0.0.1:1.* Check the network",
        ),
        ({"profile": "nobody"}, r"ProfileNotFound: .*nobody.* Define the profile in the AWS config file"),
        ({"profile": "a", "access_key": "AKIAX", "secret_key": "hidden"}, "Both profile and access_key are given"),
        ({"name": "IAM Admin"}, "'IAM-Admin'"),
        ({"device_names": ["My phone"]}, "device_names 'My phone' .*'My-phone'"),
        ({"managed_policies": ["Read Only"]}, "managed_policies 'Read Only' .*'Read-Only'"),
    ],
    ids=["no endpoint there", "no such profile", "two credentials", "bad name", "bad device", "bad policy"],
)
def test_a_failure_is_one_sentence_that_says_what_to_do(
    account: TestAccount, options: dict[str, Any], message: str
) -> None:
    result = account.run("iam_admin_info", **{"name": "iamadmin", **options})
    assert_failed(result, message)
    assert "hidden" not in json.dumps(result)
    assert account.calls == []


def assert_failed(result: Mapping[str, Any], message: str) -> None:
    """Hold a failure against what it is to say, as a pattern."""
    assert (result["failed"], result["changed"]) == (True, False)
    assert "checks" not in result
    assert_is_a_sentence(result["msg"])
    assert re.search(message, result["msg"]), result["msg"]


def test_a_page_in_place_of_the_sign_ins_of_one_region_hides_none(account: TestAccount) -> None:
    for given in (*BOOTSTRAPPED, signed_in(mfa=False, region="us-east-2"), signed_in()):
        given(account)
    account.aws.log.conclude = faults.page_of_network("LookupEvents", "us-east-2")
    try:
        result = account.run("iam_admin_info", name="iamadmin", expect=["signed_in"])
    finally:
        account.aws.log.reset()
    (check,) = [check for check in result["checks"] if check["id"] == "signed_in"]
    assert (check["status"], result["secure"]) == ("unknown", False)
    assert "LookupEvents failed: ResponseParserError" in check["detail"]
