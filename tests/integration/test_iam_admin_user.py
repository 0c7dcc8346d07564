# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iam_admin_user against the local AWS."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from ansible_collections.landing_zone.aws_admin.plugins.modules import iam_admin_user
from tests.integration.cases import (
    ADMINISTRATOR,
    PASSWORD,
    READ_ONLY,
    Case,
    Trial,
    alias,
    alias_of_somebody_else,
    attached,
    enabled_device,
    own_policy,
    password,
    password_policy,
    user,
)
from tests.integration.conftest import TestAccount


def state(account: TestAccount) -> dict[str, Any]:
    """See what AWS has of the administrator, and the password that it never shows."""
    backend = account.backend
    there = backend.users.get("iamadmin")
    aliases = {"alias": list(backend.account_aliases)}
    if there is None:
        return {"users": list(backend.users), **aliases}
    return {
        "users": list(backend.users),
        "path": there.path,
        "boundary": there.permissions_boundary and there.permissions_boundary["PermissionsBoundaryArn"],
        "tags": {tag["Key"]: tag["Value"] for tag in there.tags or []},
        "policies": [policy["PolicyArn"] for policy in there.attached_managed_policies],
        "password": there.password,
        "reset": there.password_reset_required,
        **aliases,
    }


NEW = ("CreateUser", "AttachUserPolicy")
ADMIN = (user(), attached(ADMINISTRATOR))
ADMIN_WITH_MFA = (*ADMIN, enabled_device())

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
        error="'12345678901' is not an AWS account id: .* quoted",
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
        "update_password always sets the password in every run",
        given=(*ADMIN, password()),
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


def test_the_result_has_the_keys_that_are_documented_and_no_others(account: TestAccount) -> None:
    documented = yaml.safe_load(iam_admin_user.RETURN)
    assert set(documented.pop("error")["contains"]) == {"operation", "code"}
    result = account.run("iam_admin_user", name="iamadmin")
    assert set(result) == {*documented, "changed", "diff", "invocation"}
    assert set(result["user"]) == set(documented["user"]["contains"])
    there = account.iam.get_user(UserName="iamadmin")["User"]
    assert result["user"]["user_id"] == there["UserId"]
    assert result["user"]["create_date"] == there["CreateDate"].isoformat()
