# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who can become an administrator: each known way, beside a policy that nearly is one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.escalation import Principals
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.identities import Identity, Role
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import ACCOUNT, ADMINISTRATOR_ACCESS, NAME

OWN_POLICY, GROUP, ADMINS = ACCOUNT.arn("policy/own"), ACCOUNT.arn("group/staff"), ACCOUNT.arn("group/admins")
JO, KIM = ACCOUNT.arn("user/jo"), ACCOUNT.arn("user/kim")
MEANT = Identity(
    NAME, "/", ACCOUNT.arn(f"user/{NAME}"), None, {}, (), (ADMINISTRATOR_ACCESS,), (), group_arns=(ADMINS,)
)
SERVICES = (
    "bedrock-agentcore", "cloudformation", "codebuild", "datapipeline", "ec2", "ecs-tasks", "glue", "lambda",
    "sagemaker", "ssm", "states", "tasks.apprunner",
)  # fmt: skip


def role(name: str, *trusted: dict[str, Any], **more: Any) -> Role:
    """Return a role with a statement for each in its trust policy."""
    statements = [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": one} for one in trusted]
    empty = Role(name, "/", ACCOUNT.arn(f"role/{name}"), None, {}, (), (), (), trust={"Statement": statements})
    return replace(empty, **more)


# An administrator that services have the rights of, one that nobody may assume, and one that is no administrator
RUNS = role("runs", {"Service": [f"{one}.amazonaws.com" for one in SERVICES]}, policy_arns=(ADMINISTRATOR_ACCESS,))
ALONE = role("alone", policy_arns=(ADMINISTRATOR_ACCESS,))
READS = role("reads", {"AWS": ACCOUNT.arn("root"), "Service": RUNS.trust["Statement"][0]["Principal"]["Service"]})
ROLES = (RUNS, ALONE, READS)
ITSELF = ACCOUNT.arn("user/${aws:username}")
ALL_ROLES = ACCOUNT.arn("role/*")


def allow(action: str | Sequence[str], resource: str | Sequence[str] = "*", **more: Any) -> dict[str, Any]:
    return {
        "Effect": "Allow",
        "Action": [action] if isinstance(action, str) else [*action],
        "Resource": resource,
        **more,
    }


def ways(*statements: dict[str, Any], roles: Sequence[Role] = ROLES, **more: Any) -> tuple[str, ...]:
    """Return the ways of jo, who has these statements, is in the group staff, and has a policy of the account."""
    documents = tuple({"Statement": statement} for statement in statements)
    jo = Identity("jo", "/", JO, None, {}, ("staff",), (OWN_POLICY,), documents, group_arns=(GROUP,))
    return Principals({NAME: MEANT, "jo": replace(jo, **more)}, roles, NAME).ways_up().get("jo", ())


@pytest.mark.parametrize(
    ("action", "there", "elsewhere"),
    [
        ("iam:AttachUserPolicy", ["*", JO, ITSELF, ACCOUNT.arn("user/*")], [KIM, GROUP]),
        ("iam:PutUserPolicy", ["*", JO, ITSELF], [KIM]),
        ("iam:AttachGroupPolicy", ["*", GROUP, ACCOUNT.arn("group/*")], [ACCOUNT.arn("group/others"), JO]),
        ("iam:PutGroupPolicy", [GROUP], [ACCOUNT.arn("group/others")]),
        ("iam:CreatePolicyVersion", [OWN_POLICY], [ACCOUNT.arn("policy/another")]),
        ("iam:SetDefaultPolicyVersion", [OWN_POLICY], [ACCOUNT.arn("policy/another")]),
        ("iam:AddUserToGroup", ["*", ADMINS, ACCOUNT.arn("group/*")], [GROUP]),
        ("iam:CreateAccessKey", ["*", MEANT.arn], [JO, ITSELF]),
        ("iam:CreateLoginProfile", [MEANT.arn], [ITSELF]),
        ("iam:UpdateLoginProfile", [MEANT.arn], [ITSELF]),
        ("iam:AttachRolePolicy", ["*", ALL_ROLES], [ACCOUNT.arn("role/one")]),
        ("iam:PutRolePolicy", [ALL_ROLES], [ACCOUNT.arn("role/one")]),
        ("iam:UpdateAssumeRolePolicy", [ALL_ROLES, ALONE.arn], [READS.arn]),
    ],
)
def test_an_action_leads_up_where_it_can_be_done_to_what_matters(
    action: str, there: list[str], elsewhere: list[str]
) -> None:
    for resource in there:
        assert ways(allow(action, resource)) == (action,), resource
    for resource in elsewhere:
        assert ways(allow(action, resource)) == (), resource


@pytest.mark.parametrize(
    "actions",
    [
        ("bedrock-agentcore:CreateCodeInterpreter", "bedrock-agentcore:InvokeCodeInterpreter"),
        ("cloudformation:CreateStack",),
        ("cloudformation:CreateStackSet", "cloudformation:CreateStackInstances"),
        ("codebuild:CreateProject", "codebuild:StartBuild"),
        ("codebuild:CreateProject", "codebuild:StartBuildBatch"),
        ("datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition", "datapipeline:ActivatePipeline"),
        ("ec2:RunInstances",),
        ("ec2:RequestSpotInstances",),
        ("ecs:RegisterTaskDefinition", "ecs:CreateService"),
        ("ecs:RegisterTaskDefinition", "ecs:RunTask"),
        ("ecs:RegisterTaskDefinition", "ecs:StartTask"),
        ("glue:CreateDevEndpoint",),
        ("glue:CreateJob", "glue:CreateTrigger"),
        ("glue:CreateJob", "glue:StartJobRun"),
        ("glue:CreateSession", "glue:RunStatement"),
        ("lambda:CreateFunction", "lambda:AddPermission"),
        ("lambda:CreateFunction", "lambda:CreateEventSourceMapping"),
        ("lambda:CreateFunction", "lambda:InvokeFunction"),
        ("sagemaker:CreateNotebookInstance", "sagemaker:CreatePresignedNotebookInstanceUrl"),
        ("sagemaker:CreateNotebookInstance", "sagemaker:CreateNotebookInstanceLifecycleConfig"),
        ("sagemaker:CreateProcessingJob",),
        ("sagemaker:CreateTrainingJob",),
        ("ssm:StartAutomationExecution",),
        ("states:CreateStateMachine", "states:StartExecution"),
        ("apprunner:CreateService",),
    ],
)
def test_a_service_that_runs_code_needs_a_role_to_be_passed(actions: tuple[str, ...]) -> None:
    way = f"iam:PassRole with {' and '.join(actions)}"
    of_services = allow(actions, "arn:aws:some:::thing")
    assert ways(allow("iam:PassRole"), of_services) == (way,)
    assert ways(allow("iam:PassRole", ALL_ROLES), of_services) == (way,)
    assert ways(allow("iam:PassRole", RUNS.arn), of_services) == (way,)
    assert ways(allow("iam:PassRole", READS.arn), of_services) == ways(of_services) == ()
    assert ways(allow("iam:PassRole"), of_services, roles=(ALONE, READS)) == ()
    assert ways(allow("iam:PassRole"), allow(actions[1:], "*")) == ()


def test_an_ordinary_user_and_one_who_looks_after_itself_have_no_way() -> None:
    itself = ["iam:CreateAccessKey", "iam:ChangePassword", "iam:UpdateLoginProfile", "iam:EnableMFADevice"]
    assert ways(allow("s3:*"), allow("ec2:*"), allow(["iam:Get*", "iam:List*"]), allow(itself, ITSELF)) == ()


def test_administrators_are_told_elsewhere_and_are_those_whom_others_can_become() -> None:
    kim = Identity("kim", "/", KIM, None, {}, (), (ADMINISTRATOR_ACCESS,), ())
    jo = Identity("jo", "/", JO, None, {}, (), (), ({"Statement": allow("iam:CreateAccessKey", KIM)},))
    assert Principals({"kim": kim, "jo": jo}, (), "nobody").ways_up() == {"jo": ("iam:CreateAccessKey",)}
    assert Principals({"kim": kim, "jo": jo}, (), "JO").ways_up() == {}


APPS = ACCOUNT.arn("role/app-*")
ALL_IAM = allow("iam:*")
DENY = {"Effect": "Deny", "Action": "iam:*User*", "Resource": "*"}


@pytest.mark.parametrize(
    ("statements", "more", "found"),
    [
        ([allow("iam:Put*", "*", Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}})], {}, True),
        ([{"Effect": "Allow", "NotAction": ["iam:Attach*", "iam:Add*"], "Resource": "*"}], {}, True),
        ([{"Effect": "Allow", "Action": "iam:PutUserPolicy", "NotResource": KIM}], {}, True),
        ([{"Effect": "Allow", "Action": "iam:PutUserPolicy", "NotResource": JO}], {}, False),
        ([allow("iam:PutUserPolicy", ACCOUNT.arn("user/${aws:PrincipalTag/name}"))], {}, True),
        (
            [{"Effect": "Allow", "Action": "iam:PutUserPolicy", "NotResource": ACCOUNT.arn("user/${aws:userid}")}],
            {},
            True,
        ),
        ([allow("iam:PutUserPolicy"), {**DENY, "Resource": ACCOUNT.arn("user/${aws:PrincipalTag/name}")}], {}, True),
        ([allow("iam:PutUserPolicy"), {**DENY, "Resource": ITSELF}], {}, False),
        ([allow("iam:PutUserPolicy"), DENY], {}, False),
        ([allow("iam:PutUserPolicy"), {**DENY, "Resource": JO}], {}, False),
        ([allow("iam:PutUserPolicy"), {**DENY, "Resource": KIM}], {}, True),
        ([allow("iam:PutUserPolicy"), {**DENY, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}], {}, True),
        ([allow("iam:PutUserPolicy")], {"policy_arns": ("arn:aws:iam::aws:policy/AWSDenyAll",)}, False),
        ([allow("iam:PutUserPolicy")], {"boundary": {"Statement": allow("s3:*")}}, False),
        ([allow("iam:PutUserPolicy")], {"boundary": {"Statement": ALL_IAM}}, True),
        ([allow("iam:PutUserPolicy")], {"boundary": {"Statement": [ALL_IAM, DENY]}}, False),
        ([allow("iam:PutUserPolicy")], {"permissions_boundary": "arn:aws:iam::aws:policy/ReadOnlyAccess"}, True),
    ],
)
def test_what_takes_it_away_counts_and_what_may_do_so_does_not(
    statements: list[dict[str, Any]], more: dict[str, Any], found: bool
) -> None:
    assert ("iam:PutUserPolicy" in ways(*statements, **more)) is found


SELF = ACCOUNT.arn("root")


@pytest.mark.parametrize(
    ("trusted", "statements", "found"),
    [
        ({"AWS": SELF}, [allow("sts:AssumeRole")], True),
        ({"AWS": ACCOUNT.id}, [allow("sts:*", ACCOUNT.arn("role/top"))], True),
        ({"AWS": SELF}, [], False),
        ({"AWS": SELF}, [allow("sts:AssumeRole", ACCOUNT.arn("role/another"))], False),
        ({"AWS": JO}, [], True),
        ({"AWS": KIM}, [allow("sts:AssumeRole")], False),
        ("*", [], True),
        ({"AWS": "arn:aws:iam::444455556666:root"}, [allow("sts:AssumeRole")], False),
        ({"Service": "ec2.amazonaws.com"}, [allow("sts:AssumeRole")], False),
    ],
)
def test_a_role_of_an_administrator_makes_one_of_whoever_may_assume_it(
    trusted: Any, statements: list[dict[str, Any]], found: bool
) -> None:
    top = role("top", trusted, policy_arns=(ADMINISTRATOR_ACCESS,))
    assert ways(*statements, roles=(top,)) == (("sts:AssumeRole",) if found else ())
    assert ways(*statements, roles=(replace(top, policy_arns=()),)) == ()


@pytest.mark.parametrize("action", ["iam:AttachRolePolicy", "iam:PutRolePolicy"])
def test_what_is_given_to_a_role_is_had_by_whoever_may_assume_it(action: str) -> None:
    assert ways(allow("sts:AssumeRole"), allow(action, READS.arn)) == (action,)
    assert ways(allow("sts:AssumeRole"), allow(action, ALONE.arn)) == ()
    assert ways(allow(action, READS.arn)) == ()


def test_what_aws_denies_is_no_way_and_makes_no_administrator() -> None:
    kim = Identity("kim", "/", KIM, None, {}, (), (ADMINISTRATOR_ACCESS,), ())
    jo = Identity("jo", "/", JO, None, {}, (), (), ({"Statement": allow(["iam:PutUserPolicy", "ec2:*"], "*")},))
    seen = Principals({NAME: MEANT, "kim": kim, "jo": jo}, ROLES, NAME)
    assert (list(seen.administrators), seen.ways_up()) == (["kim"], {"jo": ("iam:PutUserPolicy",)})
    suspicions = seen.suspicions()
    assert suspicions[JO] == (("iam:PutUserPolicy", JO),)
    assert {("iam:AttachUserPolicy", ACCOUNT.arn("user/*")), ("iam:PutGroupPolicy", ACCOUNT.arn("group/*"))} <= {
        *suspicions[KIM]
    }
    assert MEANT.arn not in suspicions

    less = replace(seen, denied={JO: {("iam:PutUserPolicy", KIM)}, KIM: {("iam:AttachUserPolicy", KIM)}})
    assert (list(less.administrators), less.ways_up()) == (["kim"], {"jo": ("iam:PutUserPolicy",)})
    none = replace(seen, denied={JO: {("iam:PutUserPolicy", JO)}, KIM: {*suspicions[KIM]}})
    assert not none.administrators
    assert "jo" not in none.ways_up()
    # One who may do all but one of it is an administrator, and one who may not may still pass a role
    one = replace(seen, denied={KIM: {("iam:AttachUserPolicy", ACCOUNT.arn("user/*"))}})
    assert [*one.administrators] == ["kim"]
    assert "iam:PassRole with ec2:RunInstances" in none.ways_up()["kim"]


def test_what_is_done_to_no_resource_in_particular_is_not_asked_of_aws() -> None:
    documents = tuple({"Statement": allow(one)} for one in ("iam:PassRole", "ec2:RunInstances"))
    jo = Identity("jo", "/", JO, None, {}, (), (), documents)
    assert Principals({"jo": jo}, ROLES, NAME).suspicions() == {JO: (("iam:PassRole", RUNS.arn),)}


def test_whom_a_trust_policy_names_no_simulation_can_clear() -> None:
    top = role("top", {"AWS": JO}, policy_arns=(ADMINISTRATOR_ACCESS,))
    jo = Identity("jo", "/", JO, None, {}, (), (), ())
    seen = Principals({"jo": jo}, (top,), NAME)
    assert seen.suspicions() == {}
    assert replace(seen, denied={JO: {("sts:AssumeRole", top.arn)}}).ways_up() == {"jo": ("sts:AssumeRole",)}


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        ([allow("iam:AttachRolePolicy", ACCOUNT.arn("role/*"))], True),
        ([allow("iam:PutRolePolicy", ACCOUNT.arn("role/it"))], True),
        ([allow("iam:PutRolePolicy", ACCOUNT.arn("role/other"))], False),
        ([allow("iam:CreatePolicyVersion", OWN_POLICY)], True),
        ([allow("iam:CreatePolicyVersion", ACCOUNT.arn("policy/another"))], False),
        ([allow("iam:AttachUserPolicy", "*")], True),
        ([allow("iam:AttachUserPolicy", ACCOUNT.arn("user/*"))], True),
        ([allow("iam:AttachUserPolicy", KIM)], False),
        ([allow("iam:UpdateAssumeRolePolicy", ACCOUNT.arn("role/runs"))], True),
        ([allow("iam:UpdateAssumeRolePolicy", ACCOUNT.arn("role/reads"))], False),
        ([{"Effect": "Allow", "NotAction": "iam:AddUserToGroup", "Resource": "*"}], True),
        ([allow("s3:*")], False),
    ],
)
def test_a_role_that_can_make_itself_an_administrator_is_one(statements: list[dict[str, Any]], found: bool) -> None:
    it = role("it", policy_arns=(OWN_POLICY,), documents=tuple({"Statement": one} for one in statements))
    seen = Principals({}, (RUNS, READS, it), NAME)
    assert [one.name for one, _by in seen.administrator_roles] == ["runs", *(["it"] if found else [])]


@pytest.mark.parametrize(
    ("statements", "way"),
    [
        ([allow("iam:CreateRole"), allow("iam:AttachRolePolicy", APPS)], "iam:AttachRolePolicy with iam:CreateRole"),
        (
            [allow(["iam:UpdateAssumeRolePolicy", "iam:PutRolePolicy"], ACCOUNT.arn("role/app"))],
            "iam:PutRolePolicy with iam:UpdateAssumeRolePolicy",
        ),
        (
            [allow(["iam:AttachUserPolicy", "iam:CreateAccessKey"], ACCOUNT.arn("user/app/*"))],
            "iam:AttachUserPolicy with iam:CreateAccessKey",
        ),
        (
            [allow(["iam:PutUserPolicy", "iam:CreateLoginProfile"], KIM)],
            "iam:PutUserPolicy with iam:CreateLoginProfile",
        ),
        ([allow("iam:AttachUserPolicy", KIM), allow("iam:CreateAccessKey", ITSELF)], None),
        ([allow("iam:AttachRolePolicy", ACCOUNT.arn("role/app-*"))], None),
        ([allow(["iam:CreateRole", "iam:UpdateAssumeRolePolicy"], ACCOUNT.arn("role/app"))], None),
    ],
)
def test_what_is_given_to_another_is_had_by_whoever_has_a_way_in_of_its(
    statements: list[dict[str, Any]], way: str | None
) -> None:
    assert ways(*statements, roles=()) == ((way,) if way else ())


def test_a_policy_of_aws_cannot_be_changed() -> None:
    document = {"Statement": allow("iam:CreatePolicyVersion")}
    it = role("it", policy_arns=("arn:aws:iam::aws:policy/ReadOnlyAccess",), documents=(document,))
    assert Principals({}, (it,), NAME).administrator_roles == []


def test_whoever_may_make_keys_of_all_users_may_make_one_of_another() -> None:
    may = [allow("iam:AttachUserPolicy", KIM), allow("iam:CreateAccessKey", ACCOUNT.arn("user/*"))]
    assert "iam:AttachUserPolicy with iam:CreateAccessKey" in ways(*may, roles=())


def test_whoever_may_add_itself_to_all_groups_may_to_those_of_administrators_to_come() -> None:
    documents = ({"Statement": allow("iam:AddUserToGroup", ACCOUNT.arn("group/*"))},)
    jo = Identity("jo", "/", JO, None, {}, (), (), documents)
    assert Principals({"jo": jo}, (), NAME).ways_up() == {"jo": ("iam:AddUserToGroup",)}


def test_to_assume_a_role_that_leaves_it_to_the_account_is_asked_of_aws() -> None:
    top = role("top", {"AWS": SELF}, policy_arns=(ADMINISTRATOR_ACCESS,))
    jo = Identity("jo", "/", JO, None, {}, (), (), ({"Statement": allow("sts:AssumeRole")},))
    assert Principals({"jo": jo}, (top,), NAME).suspicions() == {JO: (("sts:AssumeRole", top.arn),)}


def test_a_policy_of_a_role_that_may_be_assumed_is_as_good_as_ones_own() -> None:
    reads = replace(READS, policy_arns=(ACCOUNT.arn("policy/of-role"),))
    may = [allow("sts:AssumeRole"), allow("iam:CreatePolicyVersion", ACCOUNT.arn("policy/of-role"))]
    assert ways(*may, roles=(reads,)) == ("iam:CreatePolicyVersion",)
    assert ways(may[1], roles=(reads,)) == ()


def test_whoever_may_change_the_provider_that_an_administrator_role_trusts_is_one() -> None:
    provider = ACCOUNT.arn("saml-provider/staff")
    top = role("top", {"Federated": provider}, policy_arns=(ADMINISTRATOR_ACCESS,))
    assert ways(allow("iam:UpdateSAMLProvider", provider), roles=(top,)) == ("iam:UpdateSAMLProvider",)
    assert ways(allow("iam:UpdateSAMLProvider", ACCOUNT.arn("saml-provider/other")), roles=(top,)) == ()


@pytest.mark.parametrize(
    ("resource", "found"),
    [("*", False), (["arn:aws:s3:::a", "*"], False), ("arn:aws:ec2:*:*:instance/i-1", True), ([], True)],
)
def test_what_is_denied_on_some_resources_may_be_done_on_others(resource: Any, found: bool) -> None:
    denied = {"Effect": "Deny", "Action": "ec2:RunInstances", "Resource": resource}
    assert bool(ways(allow("iam:PassRole"), allow("ec2:RunInstances"), denied)) is found


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        ([allow("iam:PutUserPolicy"), {**DENY, "Resource": ACCOUNT.arn("user/[j]*")}], True),
        ([allow("iam:PutUserPolicy"), {**DENY, "Resource": ACCOUNT.arn("user/?o")}], False),
    ],
)
def test_brackets_are_letters(statements: list[dict[str, Any]], found: bool) -> None:
    assert ("iam:PutUserPolicy" in ways(*statements)) is found


def test_of_many_users_and_roles_each_is_told() -> None:
    """It takes half a second; looking at each trust policy again for each user would take ten."""
    power = replace(MEANT, policy_arns=("arn:aws:iam::aws:policy/PowerUserAccess",), group_arns=())
    names = [f"u{number}" for number in range(300)]
    users = {name: replace(power, name=name, arn=ACCOUNT.arn(f"user/{name}")) for name in names}
    top = role("top", {"AWS": SELF}, policy_arns=(ADMINISTRATOR_ACCESS,))
    roles = tuple(replace(top, name=f"r{number}", arn=ACCOUNT.arn(f"role/r{number}")) for number in range(100))
    assert Principals(users, roles, NAME).ways_up() == dict.fromkeys(names, ("sts:AssumeRole",))


def test_who_is_not_shown_whole_is_told() -> None:
    jo = Identity("jo", "/", JO, None, {}, (), (), (), unread=("staff",))
    hidden = (role("hidden", unread=("own",)), role("closed", trust=None))
    seen = Principals({NAME: replace(MEANT, unread=("admins",)), "jo": jo}, (*ROLES, *hidden), NAME)
    assert (seen.unread_users, seen.unread_roles) == (["jo"], ["hidden", "closed"])
