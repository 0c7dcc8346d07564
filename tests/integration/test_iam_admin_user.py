# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iam_admin_user against the local AWS."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cases import (
    ADMINISTRATOR,
    DENIED,
    DENY_WITHOUT_MFA,
    EVERYTHING,
    PASSWORD,
    READ_ONLY,
    REQUIRE_MFA,
    WITH_MFA,
    Case,
    Given,
    Trial,
    access_key,
    alias,
    alias_of_somebody_else,
    at_once,
    attached,
    called_by,
    device,
    enabled_device,
    group,
    group_policy,
    inline,
    other_administrator,
    other_credentials,
    other_password,
    own_policy,
    password,
    password_policy,
    require_mfa_policy,
    signed_in,
    user,
)
from tests.integration.conftest import TestAccount
from tests.local_aws.calls import Answer, Call


def state(account: TestAccount) -> dict[str, Any]:
    """See what AWS has of the administrator, and the password that it never shows."""
    backend = account.backend
    there = backend.users.get("iamadmin")
    aliases = {"alias": list(backend.account_aliases)}
    whole = {"users": list(backend.users), "devices": sorted(backend.virtual_mfa_devices), **aliases}
    if there is None:
        return whole
    return {
        **whole,
        "path": there.path,
        "boundary": there.permissions_boundary and there.permissions_boundary["PermissionsBoundaryArn"],
        "tags": {tag["Key"]: tag["Value"] for tag in there.tags or []},
        "policies": [policy["PolicyArn"] for policy in there.attached_managed_policies],
        "inline": sorted(there.policies),
        "groups": {
            group.name: [sorted(policy.arn for policy in group.managed_policies.values()), sorted(group.policies)]
            for group in backend.groups.values()
            if "iamadmin" in [member.name for member in group.users]
        },
        "password": there.password,
        "reset": there.password_reset_required,
    }


LEAVING_TAG = "landing_zone.aws_admin:leaving"
BY_TWO_POLICIES = ("arn:aws:iam::aws:policy/PowerUserAccess", "arn:aws:iam::aws:policy/IAMFullAccess")
OWN = "arn:aws:iam::ACCOUNT:policy/Own"
BY_PASSWORD_ALONE = "{} has a console password and no MFA device, so the password alone would open what"
NEW = ("CreateUser", "AttachUserPolicy")
ADMIN = (user(), attached(ADMINISTRATOR))
ADMIN_WITH_MFA = (*ADMIN, enabled_device())


def other_member_with_mfa(account: TestAccount) -> None:
    """Somebody of the group who can sign in, with MFA."""
    user("other")(account)
    account.iam.create_login_profile(UserName="other", Password="Old-password-1")
    enabled_device("safe", owner="other")(account)
    account.iam.add_user_to_group(GroupName="administrators", UserName="other")


def member(name: str) -> Given:
    """Somebody more in the group."""
    return lambda account: account.iam.add_user_to_group(GroupName="administrators", UserName=name)


TEN = tuple(f"arn:aws:iam::ACCOUNT:policy/Own{number}" for number in range(10))
CASES = [
    # The user
    Case(
        "a user that is missing is created, and waits for MFA",
        options={"account_id": "ACCOUNT", "password": PASSWORD},
        writes=NEW,
        result={
            "console_access": "pending_mfa",
            "sign_in_url": "https://ACCOUNT.signin.aws.amazon.com/console",
            "user": {
                "user_name": "iamadmin",
                "arn": "arn:aws:iam::ACCOUNT:user/iamadmin",
                "path": "/",
                "permissions_boundary": None,
                "tags": {},
                "attached_policies": [ADMINISTRATOR],
                "mfa_devices": [],
            },
        },
        leaves={"users": ["iamadmin"], "policies": [ADMINISTRATOR], "password": None},
    ),
    Case(
        "a user is created with its path, boundary and tags, in one call",
        options={"path": "/a//b/", "permissions_boundary": READ_ONLY, "tags": {"owner": "ops", "cost": 42}},
        writes=NEW,
        result={"user": {"arn": "arn:aws:iam::ACCOUNT:user/a//b/iamadmin", "permissions_boundary": READ_ONLY}},
        leaves={"path": "/a//b/", "boundary": READ_ONLY, "tags": {"owner": "ops", "cost": "42"}},
    ),
    Case(
        "what the options do not name stays as it is",
        given=(
            user(Path="/x/", PermissionsBoundary=READ_ONLY, Tags=[{"Key": "owner", "Value": "ops"}]),
            attached(READ_ONLY, ADMINISTRATOR),
            password(),
            alias("kept-ACCOUNT"),
        ),
        options={"password": PASSWORD},
        result={"user": {"path": "/x/", "tags": {"owner": "ops"}}, "console_access": "present"},
        leaves={
            "path": "/x/",
            "boundary": READ_ONLY,
            "tags": {"owner": "ops"},
            "policies": [READ_ONLY, ADMINISTRATOR],
            "password": "Old-password-1",
            "alias": ["kept-ACCOUNT"],
        },
    ),
    Case(
        "another path is set, and the tags stay",
        given=(user(Path="/x/", Tags=[{"Key": "owner", "Value": "ops"}]), attached(ADMINISTRATOR)),
        options={"path": "/y/"},
        writes=("UpdateUser",),
        result={"user": {"path": "/y/", "arn": "arn:aws:iam::ACCOUNT:user/y/iamadmin"}},
        leaves={"path": "/y/", "tags": {"owner": "ops"}},
    ),
    Case("a path without its slashes is refused", options={"path": "/nope"}, error="path '/nope' is not valid"),
    Case("a name with a space is refused, and a good one proposed", options={"name": "IAM Admin"}, error="'IAM-Admin'"),
    Case("a name that is too long is refused", options={"name": "a" * 65}, error="65 characters long: AWS allows 64"),
    Case("an empty name is refused", options={"name": ""}, error="name is empty"),
    Case(
        "in another account than expected nothing is written",
        options={"account_id": "999999999999"},
        error="lead to account ACCOUNT and not to the expected account 999999999999: .* Nothing was written",
    ),
    Case(
        "an account id that lost its leading zero is no account id",
        options={"account_id": "12345678901"},
        error=r"aws_account_id \(account_id\) is '12345678901': set it to an AWS account ID, .* quoted",
    ),
    # Tags and boundary
    Case(
        "tags that are not named are removed",
        given=(user(Tags=[{"Key": "old", "Value": "1"}, {"Key": "kept", "Value": "1"}]), attached(ADMINISTRATOR)),
        options={"tags": {"kept": "2", "new": "true"}},
        writes=("UntagUser", "TagUser"),
        leaves={"tags": {"kept": "2", "new": "true"}},
    ),
    Case(
        "tags that are not named stay where they are not to be purged",
        given=(user(Tags=[{"Key": "old", "Value": "1"}]), attached(ADMINISTRATOR)),
        options={"tags": {"new": "1"}, "purge_tags": False},
        writes=("TagUser",),
        leaves={"tags": {"old": "1", "new": "1"}},
    ),
    Case(
        "no tags at all removes every tag",
        given=(user(Tags=[{"Key": "old", "Value": "1"}]), attached(ADMINISTRATOR)),
        options={"tags": {}},
        writes=("UntagUser",),
        leaves={"tags": {}},
    ),
    Case(
        "a permissions boundary is set",
        given=ADMIN,
        options={"permissions_boundary": READ_ONLY},
        writes=("PutUserPermissionsBoundary",),
        result={"user": {"permissions_boundary": READ_ONLY}},
        leaves={"boundary": READ_ONLY},
    ),
    Case(
        "an empty permissions boundary removes the one that is there",
        given=(user(PermissionsBoundary=READ_ONLY), attached(ADMINISTRATOR)),
        options={"permissions_boundary": ""},
        writes=("DeleteUserPermissionsBoundary",),
        result={"user": {"permissions_boundary": None}},
        leaves={"boundary": None},
    ),
    Case(
        "a permissions boundary that does not exist is refused by AWS",
        given=ADMIN,
        options={"permissions_boundary": "arn:aws:iam::ACCOUNT:policy/Nope"},
        writes=("PutUserPermissionsBoundary",),
        error="PutUserPermissionsBoundary failed: NoSuchEntity: .*policy/Nope",
        foreseen=False,
    ),
    # Policies
    Case(
        "a policy is added to those that are attached, whoever attached them",
        given=(user(), attached(READ_ONLY)),
        writes=("AttachUserPolicy",),
        result={"user": {"attached_policies": [READ_ONLY, ADMINISTRATOR]}},
        leaves={"policies": [READ_ONLY, ADMINISTRATOR]},
    ),
    Case(
        "policies that are not named are detached where they are to be purged, after the others are attached",
        given=(user(), attached(READ_ONLY)),
        options={"purge_policies": True},
        writes=("AttachUserPolicy", "DetachUserPolicy"),
        result={"user": {"attached_policies": [ADMINISTRATOR]}},
        leaves={"policies": [ADMINISTRATOR]},
    ),
    Case(
        "of ten policies that are purged one makes room for the one that is to be",
        given=(user(), *(own_policy(f"Own{number}") for number in range(10)), attached(*TEN)),
        options={"purge_policies": True},
        writes=("DetachUserPolicy", "AttachUserPolicy", *["DetachUserPolicy"] * 9),
        result={"user": {"attached_policies": [ADMINISTRATOR]}},
        leaves={"policies": [ADMINISTRATOR]},
    ),
    Case(
        "where the only one that could make room makes the administrator, it stays",
        given=(user(), *(own_policy(f"Own{number}") for number in range(9)), attached(ADMINISTRATOR, *TEN[:9])),
        options={"purge_policies": True, "managed_policies": [*TEN[:9], READ_ONLY]},
        writes=("AttachUserPolicy",),
        error="AttachUserPolicy failed: LimitExceeded: Cannot exceed quota for PoliciesPerUser: 10",
        foreseen=False,
        leaves={"policies": [ADMINISTRATOR, *TEN[:9]]},
    ),
    Case(
        "no policies at all detaches every policy",
        given=ADMIN,
        options={"managed_policies": [], "purge_policies": True},
        writes=("DetachUserPolicy",),
        leaves={"policies": []},
    ),
    Case(
        "a policy by ARN is the policy by name",
        given=ADMIN,
        options={"managed_policies": [ADMINISTRATOR, "AdministratorAccess"], "purge_policies": True},
        leaves={"policies": [ADMINISTRATOR]},
    ),
    Case(
        "a name finds AWS's policies for jobs, and those of the account",
        given=(user(), own_policy("Own")),
        options={"managed_policies": ["Billing", "Own"]},
        writes=("AttachUserPolicy", "AttachUserPolicy"),
        leaves={"policies": ["arn:aws:iam::aws:policy/job-function/Billing", "arn:aws:iam::ACCOUNT:policy/Own"]},
    ),
    Case(
        "a name means AWS's policy before the account's",
        given=(user(), own_policy("ReadOnlyAccess")),
        options={"managed_policies": ["ReadOnlyAccess"]},
        writes=("AttachUserPolicy",),
        leaves={"policies": [READ_ONLY]},
    ),
    Case(
        "a policy of the account that has a path is found by its ARN",
        given=(user(), own_policy("Own", "/team/")),
        options={"managed_policies": ["arn:aws:iam::ACCOUNT:policy/team/Own"]},
        writes=("AttachUserPolicy",),
        leaves={"policies": ["arn:aws:iam::ACCOUNT:policy/team/Own"]},
    ),
    Case(
        "a policy that does not exist under its name is named before anything is written",
        given=(own_policy("Own", "/team/"),),
        options={"managed_policies": ["AdministratorAccess", "Own"]},
        error="'Own' does not exist in account ACCOUNT: correct its name, or give its ARN",
        leaves={"users": []},
    ),
    Case(
        "a policy that does not exist under its ARN is named before anything is written",
        options={"managed_policies": ["arn:aws:iam::ACCOUNT:policy/Nope"]},
        error="'arn:aws:iam::ACCOUNT:policy/Nope' does not exist",
        leaves={"users": []},
    ),
    Case(
        "a policy name that AWS would refuse is refused, and a good one proposed",
        options={"managed_policies": ["Read Only"]},
        error="managed_policies 'Read Only' .*'Read-Only'",
    ),
    # The console password
    Case(
        "with MFA the console password is made, to be changed at the first sign-in",
        given=ADMIN_WITH_MFA,
        options={"password": PASSWORD},
        writes=("CreateLoginProfile",),
        result={"console_access": "present", "user": {"mfa_devices": ["arn:aws:iam::ACCOUNT:mfa/iamadmin"]}},
        leaves={"password": PASSWORD, "reset": True},
    ),
    Case(
        "with MFA and no password there is no console access",
        given=ADMIN_WITH_MFA,
        result={"console_access": "absent"},
        leaves={"password": None},
    ),
    Case(
        "console access always does not wait for MFA, and comes after everything else",
        options={"password": PASSWORD, "console_access": "always", "password_reset_required": False},
        writes=(*NEW, "CreateLoginProfile"),
        result={"console_access": "present"},
        leaves={"password": PASSWORD, "reset": False},
    ),
    Case(
        "console access always needs a password",
        options={"console_access": "always"},
        error="console_access: always needs a password",
    ),
    Case(
        "console access never removes the password, before anything else",
        given=(user(), password()),
        options={"console_access": "never", "password": PASSWORD},
        writes=("DeleteLoginProfile", "AttachUserPolicy"),
        result={"console_access": "absent"},
        leaves={"password": None},
    ),
    Case(
        "a password that is there stays, with and without MFA",
        given=(*ADMIN_WITH_MFA, password()),
        options={"password": PASSWORD, "console_access": "always"},
        result={"console_access": "present"},
        leaves={"password": "Old-password-1"},
    ),
    Case(
        "what a password alone opens is given nothing",
        given=(user(), password(), attached(READ_ONLY)),
        error="iamadmin has a console password and no MFA device, so the password alone would open what it is given",
        leaves={"policies": [READ_ONLY], "password": "Old-password-1"},
    ),
    Case(
        "what a password alone opens is put into no group that gives it more",
        given=(user(), password(), attached(READ_ONLY)),
        options={"group": "administrators"},
        error=r"delete the password \(aws iam delete-login-profile --user-name iamadmin\), and run again",
        leaves={"policies": [READ_ONLY], "groups": {}},
    ),
    Case(
        "an administrator whom a password alone opens is one already, and may go on to MFA",
        given=(*ADMIN, password()),
        result={"console_access": "present"},
    ),
    Case(
        "what a password alone opens is put into no group whose own policy gives it more",
        given=(user(), password(), group_policy(EVERYTHING)),
        options={"group": "administrators", "managed_policies": []},
        error=BY_PASSWORD_ALONE.format("iamadmin"),
        leaves={"groups": {}},
    ),
    Case(
        "a group gives nothing to a member whom a password alone opens",
        given=(user(), enabled_device(), user("somebody"), other_password, group(READ_ONLY, name="somebody")),
        options={"group": "administrators"},
        error=BY_PASSWORD_ALONE.format("somebody"),
        leaves={"groups": {}},
    ),
    Case(
        "a group gives what it has to give to members who have MFA, or no password",
        given=(
            user(),
            user("somebody"),
            group(READ_ONLY, name="somebody"),
            other_member_with_mfa,
        ),
        options={"group": "administrators"},
        writes=("AttachGroupPolicy", "AddUserToGroup"),
    ),
    Case(
        "what requires MFA is opened by no password, and may be given more",
        given=(user(), password(), require_mfa_policy(DENY_WITHOUT_MFA)),
        writes=("AttachUserPolicy",),
        leaves={"policies": [ADMINISTRATOR], "inline": [REQUIRE_MFA]},
    ),
    Case(
        "MFA stays required of whom a password alone would open",
        given=(*ADMIN, password(), require_mfa_policy(DENY_WITHOUT_MFA)),
        options={"require_mfa": False},
        error=BY_PASSWORD_ALONE.format("iamadmin"),
        leaves={"inline": [REQUIRE_MFA]},
    ),
    Case(
        "MFA stays required of a group for the sake of each member",
        given=(
            *ADMIN_WITH_MFA,
            user("somebody"),
            other_password,
            group(ADMINISTRATOR, name="somebody"),
            group_policy(DENY_WITHOUT_MFA, REQUIRE_MFA),
        ),
        options={"group": "administrators", "require_mfa": False},
        error=BY_PASSWORD_ALONE.format("somebody"),
        leaves={"groups": {}},
    ),
    Case(
        "the permissions boundary stays where a password alone would open what it keeps away",
        given=(user(PermissionsBoundary=READ_ONLY), attached(ADMINISTRATOR), password()),
        options={"permissions_boundary": ""},
        error=BY_PASSWORD_ALONE.format("iamadmin"),
        leaves={"boundary": READ_ONLY},
    ),
    Case(
        "update_password always sets no password that alone opens an administrator",
        given=(*ADMIN, password()),
        options={"password": PASSWORD, "update_password": "always"},
        error=BY_PASSWORD_ALONE.format("iamadmin"),
        leaves={"password": "Old-password-1"},
    ),
    Case(
        "update_password always sets the password in every run",
        given=(*ADMIN_WITH_MFA, password()),
        options={"password": PASSWORD, "update_password": "always"},
        writes=("UpdateLoginProfile",),
        again=("UpdateLoginProfile",),
        leaves={"password": PASSWORD, "reset": True},
    ),
    Case(
        "update_password always makes no password before MFA",
        given=ADMIN,
        options={"password": PASSWORD, "update_password": "always"},
        result={"console_access": "pending_mfa"},
        leaves={"password": None},
    ),
    Case(
        "a password that the account's policy does not allow is refused by AWS",
        given=(password_policy(MinimumPasswordLength=20),),
        options={"password": PASSWORD, "console_access": "always"},
        writes=(*NEW, "CreateLoginProfile"),
        error="CreateLoginProfile failed: PasswordPolicyViolation: .* meets the account's password policy",
        foreseen=False,
        leaves={"password": None},
    ),
    Case("a password that is too long is refused", options={"password": "Ab1-" * 33}, error="1 to 128 characters"),
    # The group
    Case(
        "a group that is missing is made, and the new user has its permissions through it",
        options={"group": "administrators"},
        writes=("CreateUser", "CreateGroup", "AttachGroupPolicy", "AddUserToGroup"),
        result={"group": {"group_name": "administrators", "attached_policies": [ADMINISTRATOR], "has_user": True}},
        leaves={"policies": [], "groups": {"administrators": [[ADMINISTRATOR], []]}},
    ),
    Case(
        "who moves into a group keeps its own permissions until it has those of the group",
        given=ADMIN_WITH_MFA,
        options={"group": "administrators"},
        writes=("CreateGroup", "AttachGroupPolicy", "AddUserToGroup", "DetachUserPolicy"),
        leaves={"policies": [], "groups": {"administrators": [[ADMINISTRATOR], []]}},
    ),
    Case(
        "a group that has everything is left alone",
        given=(user(), group(ADMINISTRATOR)),
        options={"group": "administrators"},
        leaves={"policies": [], "groups": {"administrators": [[ADMINISTRATOR], []]}},
    ),
    Case(
        "a group that gives something else keeps that",
        given=(user(), attached(READ_ONLY, ADMINISTRATOR), group(READ_ONLY)),
        options={"group": "administrators", "purge_policies": True},
        writes=("AttachGroupPolicy", "DetachUserPolicy", "DetachUserPolicy"),
        leaves={"policies": [], "groups": {"administrators": [[ADMINISTRATOR, READ_ONLY], []]}},
    ),
    Case(
        "a group that others are in gives them nothing until that is said",
        given=(user(), user("mallory"), user("eve"), group(READ_ONLY, name="mallory"), member("eve")),
        options={"group": "administrators", "adopt": False},
        error="group administrators in account ACCOUNT would give permissions to eve, mallory, too: .*adopt=true",
        leaves={"policies": [], "groups": {}},
    ),
    Case(
        "MFA stays required of others until that is said",
        given=(user("mallory"), group(ADMINISTRATOR, name="mallory"), group_policy(DENY_WITHOUT_MFA, REQUIRE_MFA)),
        options={"group": "administrators", "require_mfa": False, "adopt": False},
        error="would give permissions to mallory, too",
        leaves={"users": ["mallory"]},
    ),
    Case(
        "a group that others are in gives them what is asked for where they are adopted",
        given=(user(), user("mallory"), group(READ_ONLY, name="mallory")),
        options={"group": "administrators", "adopt": True},
        writes=("AttachGroupPolicy", "AddUserToGroup"),
    ),
    Case(
        "a second administrator is put into a group that has everything, without a question",
        given=(user("first"), group(ADMINISTRATOR, name="first"), user()),
        options={"group": "administrators", "adopt": False},
        writes=("AddUserToGroup",),
    ),
    Case(
        "what only takes from others asks nobody",
        given=(user("first"), group(ADMINISTRATOR, name="first"), user()),
        options={"group": "administrators", "require_mfa": True, "adopt": False},
        writes=("PutGroupPolicy", "AddUserToGroup"),
    ),
    Case("a group's name with a space is refused", options={"group": "The admins"}, error="group .*'The-admins'"),
    # Required MFA
    Case(
        "MFA is required before there is anything to do without it",
        options={"require_mfa": True},
        writes=("CreateUser", "PutUserPolicy", "AttachUserPolicy"),
        leaves={"inline": [REQUIRE_MFA], "policies": [ADMINISTRATOR]},
    ),
    Case(
        "MFA is not required before the first sign-in where it is to come after",
        given=(*ADMIN, enabled_device(), password(reset=True)),
        options={"require_mfa": "after_sign_in"},
        leaves={"inline": []},
    ),
    Case(
        "nor before the password is changed",
        given=(*ADMIN, enabled_device(), password(reset=True), signed_in()),
        options={"require_mfa": "after_sign_in"},
        leaves={"inline": []},
    ),
    Case(
        "and then it is",
        given=(*ADMIN, enabled_device(), password(), signed_in()),
        options={"require_mfa": "after_sign_in"},
        writes=("PutUserPolicy",),
        leaves={"inline": [REQUIRE_MFA]},
    ),
    Case(
        "whether MFA is required is yes, no, or after the first sign-in",
        options={"require_mfa": "sometimes"},
        error=r"iam_admin_require_mfa \(require_mfa\) is 'sometimes': set it to true, false or after_sign_in",
    ),
    Case(
        "a policy that requires MFA is left alone",
        given=(*ADMIN, require_mfa_policy({"Sid": "DenyAllWithoutMFA", **DENY_WITHOUT_MFA})),
        options={"require_mfa": True},
        leaves={"inline": [REQUIRE_MFA]},
    ),
    Case(
        "a policy that somebody has changed is kept exactly",
        given=(*ADMIN, require_mfa_policy({**DENY_WITHOUT_MFA, "NotAction": "iam:*"})),
        options={"require_mfa": True},
        writes=("PutUserPolicy",),
        leaves={"inline": [REQUIRE_MFA]},
    ),
    Case(
        "where MFA is not required any more the policy is removed, and no other one",
        given=(*ADMIN, require_mfa_policy(DENY_WITHOUT_MFA), inline(DENY_WITHOUT_MFA)),
        options={"require_mfa": False},
        writes=("DeleteUserPolicy",),
        leaves={"inline": ["Inline"]},
    ),
    Case(
        "where nothing is said of MFA the policy stays",
        given=(*ADMIN, require_mfa_policy(DENY_WITHOUT_MFA)),
        leaves={"inline": [REQUIRE_MFA]},
    ),
    Case(
        "with a group it is the group that requires MFA",
        given=(*ADMIN, require_mfa_policy(DENY_WITHOUT_MFA)),
        options={"group": "administrators", "require_mfa": True},
        writes=(
            "CreateGroup",
            "PutGroupPolicy",
            "AttachGroupPolicy",
            "AddUserToGroup",
            "DetachUserPolicy",
            "DeleteUserPolicy",
        ),
        leaves={"inline": [], "groups": {"administrators": [[ADMINISTRATOR], [REQUIRE_MFA]]}},
    ),
    # Removal
    Case(
        "who has left is removed with everything, the doors first",
        given=(
            *ADMIN_WITH_MFA,
            enabled_device("safe-of-iamadmin"),
            password(),
            access_key,
            other_credentials,
            inline(EVERYTHING),
            group(READ_ONLY),
            device("iamadmin.2"),
            device("safe-of-iamadmin.2"),
            device("phone"),
            other_administrator,
        ),
        options={"state": "absent", "account_id": "ACCOUNT"},
        writes=(
            "TagUser",
            "DeleteLoginProfile",
            "DeleteAccessKey",
            "DeleteServiceSpecificCredential",
            "DeleteSSHPublicKey",
            "DeleteSigningCertificate",
            "RemoveUserFromGroup",
            "DetachUserPolicy",
            "DeleteUserPolicy",
            "DeactivateMFADevice",
            "DeleteVirtualMFADevice",
            "DeactivateMFADevice",
            "DeleteVirtualMFADevice",
            "DeleteVirtualMFADevice",
            "DeleteVirtualMFADevice",
            "DeleteUser",
        ),
        result={"user": None, "console_access": "absent"},
        leaves={"users": ["somebody"], "devices": ["arn:aws:iam::ACCOUNT:mfa/phone", "arn:aws:iam::ACCOUNT:mfa/safe"]},
    ),
    Case(
        "somebody who is denied everything is no other administrator",
        given=(*ADMIN_WITH_MFA, password(), other_administrator, inline(DENIED, name="somebody")),
        options={"state": "absent"},
        error="iamadmin is the last administrator of account ACCOUNT",
        leaves={"users": ["iamadmin", "somebody"]},
    ),
    Case(
        "who is an administrator by two policies together is one",
        given=(user(), attached(*BY_TWO_POLICIES)),
        options={"state": "absent"},
        error="iamadmin is the last administrator of account ACCOUNT",
        leaves={"users": ["iamadmin"]},
    ),
    Case(
        "who is an administrator under a condition is one",
        given=(user(), inline(WITH_MFA)),
        options={"state": "absent"},
        error="iamadmin is the last administrator of account ACCOUNT",
        leaves={"users": ["iamadmin"]},
    ),
    Case(
        "who may only read is no administrator, and goes without a question",
        given=(user(), attached(READ_ONLY)),
        options={"state": "absent"},
        writes=("DetachUserPolicy", "DeleteUser"),
        leaves={"users": []},
    ),
    Case(
        "who is not there needs no removal, even where nobody else is an administrator",
        options={"state": "absent"},
        result={"user": None},
        leaves={"users": []},
    ),
    Case(
        "the last administrator is not removed",
        given=(*ADMIN_WITH_MFA, password(), user("somebody"), attached(ADMINISTRATOR, name="somebody"), other_password),
        options={"state": "absent"},
        error="iamadmin is the last administrator of account ACCOUNT, as nobody else is one with MFA",
        leaves={"users": ["iamadmin", "somebody"]},
    ),
    Case(
        "the last administrator is removed where that is asked for",
        given=ADMIN,
        options={"state": "absent", "remove_last_administrator": True},
        writes=("DetachUserPolicy", "DeleteUser"),
        leaves={"users": []},
    ),
    Case(
        "in another account than expected nobody is removed",
        given=(*ADMIN, other_administrator),
        options={"state": "absent", "account_id": "999999999999"},
        error="lead to account ACCOUNT and not to the expected account 999999999999: .* Nothing was written",
    ),
    # The alias
    Case(
        "an alias is set, and leads to the sign-in",
        given=ADMIN,
        options={"account_alias": "our-landing-zone-ACCOUNT"},
        writes=("CreateAccountAlias",),
        result={"sign_in_url": "https://our-landing-zone-ACCOUNT.signin.aws.amazon.com/console"},
        leaves={"alias": ["our-landing-zone-ACCOUNT"]},
    ),
    Case(
        "another alias is replaced",
        given=(*ADMIN, alias("before-ACCOUNT")),
        options={"account_alias": "after-ACCOUNT"},
        writes=("CreateAccountAlias",),
        result={"sign_in_url": "https://after-ACCOUNT.signin.aws.amazon.com/console"},
        leaves={"alias": ["after-ACCOUNT"]},
    ),
    Case(
        "an alias that is there leads to the sign-in, whether it is named or not",
        given=(*ADMIN, alias("before-ACCOUNT")),
        result={"sign_in_url": "https://before-ACCOUNT.signin.aws.amazon.com/console"},
        leaves={"alias": ["before-ACCOUNT"]},
    ),
    Case(
        "an alias that another account has is refused by AWS, and what was written before it is owned up to",
        given=(alias_of_somebody_else("taken"),),
        options={"account_alias": "taken"},
        writes=("CreateUser", "CreateAccountAlias"),
        error="CreateAccountAlias failed: EntityAlreadyExists: .*taken",
        foreseen=False,
        leaves={"users": ["iamadmin"], "alias": []},
    ),
    Case(
        "an alias that could not be a host name is refused",
        options={"account_alias": "Our--Zone"},
        error="account_alias 'Our--Zone' is not valid",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_check_mode_foretells_what_a_run_does_and_a_second_run_does_nothing(both_ways: TestAccount, case: Case) -> None:
    Trial(both_ways, "iam_admin_user", case, both_ways.run, state).hold(name="iamadmin")


def test_who_is_shut_out_of_the_group_by_required_mfa_is_named(both_ways: TestAccount) -> None:
    for step in (user(), user("alice"), group(ADMINISTRATOR, name="alice"), other_member_with_mfa):
        step(both_ways)
    wanted = {"name": "iamadmin", "group": "administrators", "require_mfa": True}
    foretold = both_ways.run("iam_admin_user", check_mode=True, **wanted)
    done, again = (both_ways.run("iam_admin_user", **wanted) for _time in range(2))
    (warning,) = done["warnings"]
    assert warning == (
        "MFA is required of the group administrators now, and alice can do nothing until somebody else enables an MFA "
        "device."
    )
    assert (foretold["warnings"], again.get("warnings")) == ([warning], None)


def test_the_result_has_what_only_aws_knows(account: TestAccount) -> None:
    result = account.run("iam_admin_user", name="iamadmin")
    there = account.iam.get_user(UserName="iamadmin")["User"]
    assert result["user"]["user_id"] == there["UserId"]
    assert result["user"]["create_date"] == there["CreateDate"].isoformat()


def test_a_user_that_aws_does_not_list_yet_is_not_taken_for_gone(both_ways: TestAccount) -> None:
    early: list[Answer] = []

    def list_late(call: Call, answer: Answer) -> Answer:
        if call.action != "GetAccountAuthorizationDetails":
            return answer
        early.append(answer)
        return early[0]

    both_ways.aws.log.conclude = list_late
    try:
        both_ways.run("iam_admin_user", name="iamadmin", state="absent")
        user()(both_ways)
        enabled_device()(both_ways)
        done = both_ways.run("iam_admin_user", name="iamadmin", state="absent", remove_last_administrator=True)
    finally:
        both_ways.aws.log.reset()
    assert done["msg"] == "AWS does not list the user iamadmin yet: run again in a minute."
    assert list(both_ways.backend.users) == ["iamadmin"]


# The caller


@pytest.fixture(params=[False, True], ids=["by its key", "by a role"])
def as_itself(request: pytest.FixtureRequest, both_ways: TestAccount, tmp_path: Path) -> Callable[[], TestAccount]:
    """The account as the administrator calls it, with its key or with a role that the key has assumed."""
    return lambda: called_by(both_ways, tmp_path, request.param)


@pytest.mark.parametrize(
    ("given", "options", "said"),
    [
        (ADMIN, {"permissions_boundary": READ_ONLY}, "might no longer be an administrator"),
        (
            (user(), own_policy("Own", statement=EVERYTHING), attached(OWN)),
            {"managed_policies": [], "purge_policies": True},
            "might no longer be an administrator",
        ),
        ((*ADMIN, group_policy(DENIED)), {"group": "administrators"}, "might no longer be an administrator"),
        (
            (*ADMIN_WITH_MFA, password()),
            {"console_access": "never"},
            "console_access: never would delete its own console password",
        ),
        (ADMIN, {"require_mfa": True}, "has no MFA device and would be locked out by iam_admin_require_mfa"),
        ((*ADMIN_WITH_MFA, other_administrator), {"state": "absent"}, "let another administrator remove that user"),
    ],
    ids=["boundary", "own policy", "group that denies", "own password", "required MFA", "itself"],
)
def test_nobody_locks_itself_out(
    both_ways: TestAccount,
    as_itself: Callable[[], TestAccount],
    given: tuple[Given, ...],
    options: Mapping[str, Any],
    said: str,
) -> None:
    for step in given:
        step(both_ways)
    account = as_itself()
    before = state(account)
    for check_mode in (True, False):
        result = account.run("iam_admin_user", check_mode, name="iamadmin", **options)
        assert result.get("msg", result).startswith("This run acts as iamadmin"), result
        assert said in result["msg"]
    assert state(account) == before


def test_what_takes_nothing_that_matters_a_caller_may_do_to_itself(both_ways: TestAccount, tmp_path: Path) -> None:
    for step in (*ADMIN, attached(READ_ONLY), user("somebody"), group(READ_ONLY, name="somebody")):
        step(both_ways)
    account = called_by(both_ways, tmp_path)
    done = account.run("iam_admin_user", name="iamadmin", purge_policies=True)
    assert (done["changed"], done["user"]["attached_policies"]) == (True, [ADMINISTRATOR])
    moved = account.run("iam_admin_user", name="iamadmin", group="administrators", permissions_boundary=ADMINISTRATOR)
    assert (moved["changed"], moved["user"]["attached_policies"]) == (True, [])


# The last administrators


def test_of_two_who_remove_each_other_one_gives_way(account: TestAccount) -> None:
    for step in (*ADMIN_WITH_MFA, password(), other_administrator):
        step(account)
    names, results = ("iamadmin", "somebody"), dict[str, dict[str, Any]]()
    both_have_looked = threading.Barrier(2)

    def hold(call: Call) -> None:
        if (call.account_id, call.action) in [(account.id, "TagUser"), (account.id, "DeleteLoginProfile")]:
            with suppress(threading.BrokenBarrierError):
                both_have_looked.wait(timeout=20)
                both_have_looked.abort()

    def remove(name: str) -> None:
        results[name] = account.run("iam_admin_user", name=name, state="absent")

    account.aws.log.intercept = hold
    try:
        at_once(*(partial(remove, name) for name in names))
    finally:
        account.aws.log.reset()
    (stays,) = account.backend.users.values()
    assert stays.name == "somebody"
    assert (results["iamadmin"].get("failed", False), results["somebody"]["failed"]) == (False, True)
    assert results["somebody"]["changed"] is False
    assert "iamadmin is being removed at this moment" in results["somebody"]["msg"]
    assert (stays.password, len(stays.mfa_devices), stays.tags or []) == ("Old-password-1", 1, [])


@pytest.mark.parametrize(
    ("ago", "counts"), [(timedelta(minutes=1), False), (timedelta(hours=2), True), (timedelta(days=-9999), True)]
)
def test_a_removal_that_was_killed_counts_for_a_while(account: TestAccount, ago: timedelta, counts: bool) -> None:
    for step in (*ADMIN_WITH_MFA, password(), other_administrator):
        step(account)
    begun = (datetime.now(UTC) - ago).isoformat(timespec="seconds")
    account.iam.tag_user(UserName="somebody", Tags=[{"Key": LEAVING_TAG, "Value": begun}])
    result = account.run("iam_admin_user", name="iamadmin", state="absent")
    if counts:
        assert list(account.backend.users) == ["somebody"], result
        return
    assert "as somebody is being removed at this moment" in result["msg"]
    assert state(account)["tags"] == {}
    # The removal that was killed is run again, and then there is nobody who leaves
    assert account.run("iam_admin_user", name="somebody", state="absent")["changed"] is True


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"permissions_boundary": "PowerUserAccess"}, "permissions_boundary 'PowerUserAccess' is not the ARN of a"),
        ({"managed_policies": ["arn:aws"]}, "managed_policies 'arn:aws' is not the ARN of a managed policy"),
        ({"tags": {"Team": "a", "team": "b"}}, "Two keys of tags differ in upper and lower case alone"),
    ],
    ids=["a boundary", "a policy", "tags"],
)
@pytest.mark.parametrize("check_mode", [True, False], ids=["check mode", "for real"])
def test_what_aws_would_refuse_is_refused_before_any_call(
    account: TestAccount, option: dict[str, Any], said: str, check_mode: bool
) -> None:
    result = account.run("iam_admin_user", check_mode=check_mode, name="iamadmin", **option)
    assert (result["failed"], said in result["msg"], account.calls) == (True, True, []), result
