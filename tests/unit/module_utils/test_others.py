# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What others may do is looked at closer where it counts: AWS's own policies are read, and AWS simulates."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AwsError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.others import read_others
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import ACCOUNT, ADMINISTRATOR_ACCESS, NAME

AWS = "arn:aws:iam::aws:policy/"
DENIED = AwsError("GetPolicy", "AccessDenied", "No")


def allow(action: str, resource: str = "*") -> dict[str, Any]:
    return {"Statement": {"Effect": "Allow", "Action": action, "Resource": resource}}


class Aws:
    """Has documents of AWS's policies, and denies what it is told to deny to a user."""

    def __init__(self, documents: Any = None, denies: Any = (), refuses: bool = False) -> None:
        self.documents, self.denies, self.refuses = documents or {}, denies, refuses
        self.read: list[str] = []
        self.asked: list[Any] = []

    def get_policy_document(self, arn: str) -> Any:
        self.read.append(arn)
        if self.refuses:
            raise DENIED
        return self.documents.get(arn)

    def simulate_principal_policy(self, arn: str, actions: Any, mfa: bool | None, resource_arn: str) -> Any:
        self.asked.append((arn, [*actions], mfa, resource_arn))
        if self.refuses:
            raise DENIED
        return [
            {"EvalActionName": action, "EvalDecision": "implicitDeny" if action in self.denies else "allowed"}
            for action in actions
        ]


def user(name: str, *arns: str, boundary: str = "", inline: Any = None) -> dict[str, Any]:
    return {
        "UserName": name,
        "Path": "/",
        "Arn": ACCOUNT.arn(f"user/{name}"),
        "AttachedManagedPolicies": [{"PolicyArn": arn} for arn in arns],
        "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": inline}] if inline else [],
        **({"PermissionsBoundary": {"PermissionsBoundaryArn": boundary}} if boundary else {}),
    }


def seen(aws: Any, *users: dict[str, Any], closer: bool = True, **more: Any) -> Any:
    return read_others(aws, {"UserDetailList": [*users], **more}, NAME, closer=closer)


def test_without_need_nothing_is_read() -> None:
    aws = Aws()
    found = seen(aws, user("jo", AWS + "Amplify", inline=allow("iam:PutUserPolicy")), closer=False)
    assert (aws.read, aws.asked) == ([], [])
    assert found.ways_up() == {"jo": ("iam:PutUserPolicy",)}
    assert found.unread_users == []


def test_policies_of_aws_are_read_once_each_and_count() -> None:
    aws = Aws({AWS + "Amplify": allow("iam:PutUserPolicy"), AWS + "Bounds": allow("*")})
    group = {"GroupName": "staff", "AttachedManagedPolicies": [{"PolicyArn": AWS + "Amplify"}]}
    jo = {**user("jo", AWS + "Amplify", ADMINISTRATOR_ACCESS, boundary=AWS + "Bounds"), "GroupList": ["staff"]}
    found = seen(aws, jo, user("kim", AWS + "Amplify"), GroupDetailList=[group])
    assert aws.read == [AWS + "Amplify", AWS + "Bounds"]
    assert [*found.administrators] == ["jo"]
    assert found.ways_up() == {"kim": ("iam:PutUserPolicy",)}
    assert found.unread_users == []


@pytest.mark.parametrize("aws", [Aws(), Aws(refuses=True)], ids=["not there", "refused"])
def test_a_policy_of_aws_that_is_not_shown_is_unread(aws: Aws) -> None:
    assert seen(aws, user("jo", AWS + "Amplify"), user("kim")).unread_users == ["jo"]


def test_a_boundary_of_aws_takes_away_what_it_does_not_allow() -> None:
    aws = Aws({AWS + "ReadOnlyAccess": allow("s3:Get*")})
    jo = user("jo", inline=allow("iam:PutUserPolicy"), boundary=AWS + "ReadOnlyAccess")
    assert seen(aws, jo).ways_up() == {}


def test_what_aws_surely_denies_is_taken_off_and_is_asked_by_resource() -> None:
    aws = Aws(denies=["iam:PutUserPolicy"])
    jo = user("jo", inline=allow("iam:*UserPolicy"))
    assert seen(aws, jo).ways_up() == {"jo": ("iam:AttachUserPolicy",)}
    arn = ACCOUNT.arn("user/jo")
    assert aws.asked == [(arn, ["iam:AttachUserPolicy", "iam:PutUserPolicy"], True, arn)]


def test_a_simulation_that_is_refused_or_not_there_denies_nothing() -> None:
    jo = user("jo", inline=allow("iam:PutUserPolicy"))
    assert seen(Aws(refuses=True), jo).ways_up() == {"jo": ("iam:PutUserPolicy",)}
    aws: Any = Aws()
    aws.simulate_principal_policy = lambda *_arguments, **_more: None
    assert seen(aws, jo).ways_up() == {"jo": ("iam:PutUserPolicy",)}


def test_of_very_many_a_hundred_questions_are_asked_and_the_rest_counts() -> None:
    aws = Aws(denies=["iam:PutUserPolicy"])
    found = seen(aws, *(user(f"u{number}", inline=allow("iam:PutUserPolicy")) for number in range(150)))
    assert len(aws.asked) == 100
    assert len(found.ways_up()) == 50


def test_policies_of_groups_and_roles_are_read_and_those_of_the_account_stay() -> None:
    own = ACCOUNT.arn("policy/own")
    aws = Aws({AWS + "OfGroup": allow("s3:*"), AWS + "OfRole": allow("iam:*")})
    group = {"GroupName": "staff", "AttachedManagedPolicies": [{"PolicyArn": AWS + "OfGroup"}]}
    role = {
        "RoleName": "top",
        "Path": "/",
        "Arn": ACCOUNT.arn("role/top"),
        "AttachedManagedPolicies": [{"PolicyArn": AWS + "OfRole"}],
        "AssumeRolePolicyDocument": {"Statement": []},
    }
    versions = [{"IsDefaultVersion": True, "Document": allow("iam:PutUserPolicy")}]
    found = seen(
        aws,
        user("jo", own),
        GroupDetailList=[group],
        RoleDetailList=[role],
        Policies=[{"Arn": own, "PolicyVersionList": versions}],
    )
    assert aws.read == [AWS + "OfGroup", AWS + "OfRole"]
    assert found.ways_up() == {"jo": ("iam:PutUserPolicy",)}
    assert [one.name for one, _by in found.administrator_roles] == ["top"]


def test_what_is_denied_on_each_resource_adds_up() -> None:
    aws = Aws(denies=["iam:PutUserPolicy", "iam:CreateAccessKey"])
    jo = user(
        "jo", inline={"Statement": [allow(one)["Statement"] for one in ("iam:PutUserPolicy", "iam:CreateAccessKey")]}
    )
    assert [way for way in seen(aws, jo, user(NAME)).ways_up().get("jo", ()) if " with " not in way] == []
    assert len(aws.asked) == 2
