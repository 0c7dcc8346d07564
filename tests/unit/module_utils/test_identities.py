# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who has which permissions, out of AWS's answer to GetAccountAuthorizationDetails."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.identities import identities, requires_mfa
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.policies import REQUIRE_MFA_DOCUMENT
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import ACCOUNT, ADMINISTRATOR_ACCESS

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
