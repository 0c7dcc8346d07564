# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who has which permissions, out of AWS's answer to GetAccountAuthorizationDetails."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.identities import (
    Identity,
    SignIn,
    has_group,
    identities,
    requires_mfa,
    roles,
    sign_ins,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.policies import REQUIRE_MFA_DOCUMENT
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import ACCOUNT, ADMINISTRATOR_ACCESS, FakeAws

EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}

WITHOUT_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
OWN = ACCOUNT.arn("policy/Own")


def user(name: str = "jo", **more: Any) -> dict[str, Any]:
    return {"UserName": name, "Path": "/", "Arn": ACCOUNT.arn(f"user/{name}"), **more}


def document(*statements: dict[str, Any]) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def attached(arn: str) -> dict[str, Any]:
    return {"AttachedManagedPolicies": [{"PolicyArn": arn}]}


def inline(kind: str, *statements: dict[str, Any]) -> dict[str, Any]:
    return {f"{kind}PolicyList": [{"PolicyName": "own", "PolicyDocument": document(*statements)}]}


def own_policy(*statements: dict[str, Any]) -> list[dict[str, Any]]:
    versions = [
        {"Document": document(), "IsDefaultVersion": False},
        {"Document": document(*statements), "IsDefaultVersion": True},
    ]
    return [{"Arn": OWN, "PolicyVersionList": versions}]


@pytest.mark.parametrize(
    ("details", "administrator"),
    [
        ({"UserDetailList": [user()]}, False),
        ({"UserDetailList": [user(**attached(ADMINISTRATOR_ACCESS))]}, True),
        ({"UserDetailList": [user(**attached(ADMINISTRATOR_ACCESS.replace("arn:aws:", "arn:aws-cn:")))]}, True),
        ({"UserDetailList": [user(**attached(ACCOUNT.arn("policy/AdministratorAccess")))]}, False),
        ({"UserDetailList": [user(**inline("User", EVERYTHING))]}, True),
        ({"UserDetailList": [user(**inline("User", {**EVERYTHING, "Action": ["s3:*", "*:*"]}))]}, True),
        ({"UserDetailList": [user(**inline("User", {**EVERYTHING, "Action": "iam:*"}))]}, False),
        ({"UserDetailList": [user(**inline("User", {**EVERYTHING, "Effect": "Deny"}))]}, False),
        ({"UserDetailList": [user(**inline("User", {**EVERYTHING, "Resource": OWN}))]}, False),
        ({"UserDetailList": [user(**inline("User", {**EVERYTHING, "Condition": WITHOUT_MFA}))]}, False),
        (
            {
                "UserDetailList": [user(GroupList=["admins"])],
                "GroupDetailList": [{"GroupName": "admins", **attached(ADMINISTRATOR_ACCESS)}],
            },
            True,
        ),
        (
            {
                "UserDetailList": [user(GroupList=["others"])],
                "GroupDetailList": [{"GroupName": "admins", **attached(ADMINISTRATOR_ACCESS)}],
            },
            False,
        ),
        (
            {
                "UserDetailList": [user(GroupList=["admins"])],
                "GroupDetailList": [{"GroupName": "admins", **inline("Group", EVERYTHING)}],
            },
            True,
        ),
        ({"UserDetailList": [user(**attached(OWN))], "Policies": own_policy(EVERYTHING)}, True),
        ({"UserDetailList": [user()], "Policies": own_policy(EVERYTHING)}, False),
    ],
)
def test_an_administrator_is_who_is_allowed_everything_however_it_came_by_it(
    details: dict[str, Any], administrator: bool
) -> None:
    assert identities(details)["jo"].is_administrator is administrator


CUT = {"Document": '{"Stat', "IsDefaultVersion": True}


def test_a_user_is_what_aws_tells_of_it() -> None:
    told = user(
        Path="/people/",
        PermissionsBoundary={"PermissionsBoundaryArn": OWN},
        Tags=[{"Key": "a", "Value": "b"}],
        GroupList=["admins", "gone"],
        **attached(OWN),
        **inline("User", EVERYTHING),
    )
    arn = {"GroupName": "admins", "Arn": ACCOUNT.arn("group/admins")}
    group = {**arn, **attached(ADMINISTRATOR_ACCESS), **inline("Group")}
    details = {"UserDetailList": [told], "GroupDetailList": [group], "Policies": own_policy(EVERYTHING)}
    assert identities(details) == {
        "jo": Identity(
            name="jo",
            path="/people/",
            arn=ACCOUNT.arn("user/jo"),
            permissions_boundary=OWN,
            tags={"a": "b"},
            groups=("admins", "gone"),
            policy_arns=(OWN, ADMINISTRATOR_ACCESS),
            documents=(document(EVERYTHING), document(), document(EVERYTHING)),
            attached_policies=(OWN,),
            inline_policies=("own",),
            unread=("gone",),
            group_arns=(ACCOUNT.arn("group/admins"),),
            boundary=document(EVERYTHING),
        )
    }


@pytest.mark.parametrize(
    ("details", "unread"),
    [
        ({"UserDetailList": [user(**attached(OWN))], "Policies": own_policy(EVERYTHING)}, ()),
        ({"UserDetailList": [user(**attached(OWN))]}, (OWN,)),
        ({"UserDetailList": [user(**attached(OWN))], "Policies": [{"Arn": OWN, "PolicyVersionList": []}]}, (OWN,)),
        ({"UserDetailList": [user(**attached(ADMINISTRATOR_ACCESS))]}, ()),
        ({"UserDetailList": [user(GroupList=["admins"])]}, ("admins",)),
        ({"UserDetailList": [user(UserPolicyList=[{"PolicyName": "cut", "PolicyDocument": '{"Stat'}])]}, ("cut",)),
        (
            {"UserDetailList": [user(UserPolicyList=[{"PolicyName": "odd", "PolicyDocument": {"Statement": ["x"]}}])]},
            ("odd",),
        ),
    ],
)
def test_what_aws_does_not_show_or_not_so_that_it_can_be_told_is_named(
    details: dict[str, Any], unread: tuple[str, ...]
) -> None:
    found = identities(details)["jo"]
    assert found.unread == unread
    assert all(isinstance(one, dict) for one in found.documents)


@pytest.mark.parametrize(
    ("policies", "shown"),
    [(own_policy(EVERYTHING), True), ([], False), ([{"Arn": OWN, "PolicyVersionList": [CUT]}], False)],
)
def test_a_boundary_is_shown_where_it_is_the_accounts_own_and_can_be_told(policies: Any, shown: bool) -> None:
    told = user(PermissionsBoundary={"PermissionsBoundaryArn": OWN})
    found = identities({"UserDetailList": [told], "Policies": policies})["jo"]
    assert (found.permissions_boundary, found.boundary) == (OWN, document(EVERYTHING) if shown else None)
    assert identities({"UserDetailList": [user()], "Policies": policies})["jo"].boundary is None


def test_two_policies_of_one_name_are_two() -> None:
    group = {"GroupName": "admins", **inline("Group", EVERYTHING)}
    details = {"UserDetailList": [user(GroupList=["admins"], **inline("User"))], "GroupDetailList": [group]}
    assert len(identities(details)["jo"].documents) == 2


@pytest.mark.parametrize("policy", [{"Arn": OWN}, {"Arn": OWN, "PolicyVersionList": []}])
def test_an_account_may_have_nobody_and_a_policy_no_version(policy: dict[str, Any]) -> None:
    assert identities({"Policies": [policy]}) == {}
    told = user(**attached(OWN))
    assert identities({"UserDetailList": [told], "Policies": [policy]})["jo"].documents == ()


@pytest.mark.parametrize(
    ("details", "shown"),
    [({}, False), ({"GroupDetailList": [{"GroupName": "others"}, {"GroupName": "Admins"}]}, True)],
)
def test_a_group_is_shown_or_not_yet(details: dict[str, Any], shown: bool) -> None:
    assert has_group(details, "admins") is has_group(details, "ADMINS") is shown


def test_who_has_no_password_needs_no_mfa() -> None:
    phones = {ACCOUNT.arn(f"mfa/{name}"): name for name in ("jo", "robot")}
    aws: Any = FakeAws(others=["jo", "kim"], devices=phones)
    assert sign_ins(aws, ["kim", "jo", "robot"]) == [
        SignIn("kim", has_password=True, has_mfa=False),
        SignIn("jo", has_password=True, has_mfa=True),
        SignIn("robot", has_password=False, has_mfa=False),
    ]


def test_a_user_is_found_in_whatever_letters_it_is_written() -> None:
    (name,) = identities({"UserDetailList": [user("Jo", Tags=[{"Key": "a", "Value": "b"}])]})
    assert name == "jo"


@pytest.mark.parametrize(
    ("statement", "required"),
    [
        ({"NotAction": "sts:GetSessionToken"}, True),
        ({"NotAction": ["STS:GetSessionToken"]}, True),
        ({"Action": "*"}, True),
        ({"Action": "iam:*"}, False),
        ({"NotAction": ["sts:GetSessionToken", "iam:CreateVirtualMFADevice", "iam:EnableMFADevice"]}, False),
        ({"NotAction": "sts:GetSessionToken", "Effect": "Allow"}, False),
        ({"NotAction": "sts:GetSessionToken", "Resource": OWN}, False),
        ({"NotAction": "sts:GetSessionToken", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}, False),
        (
            {"NotAction": "sts:GetSessionToken", "Condition": {**WITHOUT_MFA, "Bool": {"aws:ViaAWSService": "false"}}},
            False,
        ),
    ],
)
def test_mfa_is_required_by_a_deny_that_exempts_only_the_way_to_get_it(
    statement: dict[str, Any], required: bool
) -> None:
    whole = {"Effect": "Deny", "Resource": "*", "Condition": WITHOUT_MFA, **statement}
    assert requires_mfa(document(EVERYTHING, whole)) is required
    assert requires_mfa({"Statement": whole}) is required


def test_what_the_administrator_is_given_requires_mfa() -> None:
    assert requires_mfa(REQUIRE_MFA_DOCUMENT)


def test_a_role_has_a_name_its_policies_and_who_may_assume_it() -> None:
    trust, own = {"Statement": []}, {"Statement": {"Effect": "Allow"}}
    role = {"RoleName": "one", "Path": "/", "Arn": ACCOUNT.arn("role/one"), "AssumeRolePolicyDocument": trust}
    inline = {"RolePolicyList": [{"PolicyName": "own", "PolicyDocument": own}]}
    (found,) = roles({"RoleDetailList": [{**role, **inline}]})
    assert (found.name, found.trust, found.documents, found.inline_policies) == ("one", trust, (own,), ("own",))
    for odd in ("text", None, {"Statement": ["text"]}):
        assert roles({"RoleDetailList": [{**role, "AssumeRolePolicyDocument": odd}]})[0].trust is None
    assert roles({}) == ()


@pytest.mark.parametrize("condition", ["text", ["Bool"], {"Bool": "text"}, {"Bool": {}, "Null": []}])
def test_a_policy_with_an_odd_condition_cannot_be_told(condition: Any) -> None:
    document = {"Statement": {"Effect": "Allow", "Condition": condition}}
    inline = [{"PolicyName": "own", "PolicyDocument": document}]
    user = {"UserName": "jo", "Path": "/", "Arn": ACCOUNT.arn("user/jo"), "UserPolicyList": inline}
    assert identities({"UserDetailList": [user]})["jo"].unread == ("own",)
