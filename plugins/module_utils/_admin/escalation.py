# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who can become an administrator: the known ways, checked against the policies. Pure.

They are those of "AWS IAM Privilege Escalation: Methods and Mitigation" (Rhino Security Labs) and of pathfinding.cloud
(Datadog) that need nothing but permissions, and roles to assume or to pass. What a group without an administrator may
do that a policy names is not looked into, nor who may lift what denies something to an administrator.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from .identities import Identity, Role
from .permissions import gives_permissions_to, matches, may_do, may_give_permissions
from .trust import Assumer, assumers

# An action, and the ARN that it is done to: None for any, and a star at its end for all of a kind
Need = tuple[str, "str | None"]

# Each is what gives the user itself more, by what that is done to
_TO_ITSELF = {
    "iam:AttachUserPolicy": "user",
    "iam:PutUserPolicy": "user",
    "iam:AttachGroupPolicy": "group",
    "iam:PutGroupPolicy": "group",
    "iam:CreatePolicyVersion": "policy",
    "iam:SetDefaultPolicyVersion": "policy",
}
# Each makes another user's way in one of its own
_AS_ANOTHER = ("iam:CreateAccessKey", "iam:CreateLoginProfile", "iam:UpdateLoginProfile")
# Each gives more to whoever it is done to; with one of the second kind, that may be turned over to the user
_TO_ROLES = ("iam:AttachRolePolicy", "iam:PutRolePolicy")
_TURNS_ROLES_OVER = ("iam:CreateRole", "iam:UpdateAssumeRolePolicy")
_TO_USERS = ("iam:AttachUserPolicy", "iam:PutUserPolicy")
_OF_POLICIES = ("iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion")
# With iam:PassRole, each has a service run code with the rights of a role that trusts the service
_BY_SERVICES = (
    ("bedrock-agentcore", ("bedrock-agentcore:CreateCodeInterpreter", "bedrock-agentcore:InvokeCodeInterpreter")),
    ("cloudformation", ("cloudformation:CreateStack",)),
    ("cloudformation", ("cloudformation:CreateStackSet", "cloudformation:CreateStackInstances")),
    ("codebuild", ("codebuild:CreateProject", "codebuild:StartBuild")),
    ("codebuild", ("codebuild:CreateProject", "codebuild:StartBuildBatch")),
    (
        "datapipeline",
        ("datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition", "datapipeline:ActivatePipeline"),
    ),
    ("ec2", ("ec2:RunInstances",)),
    ("ec2", ("ec2:RequestSpotInstances",)),
    ("ecs-tasks", ("ecs:RegisterTaskDefinition", "ecs:CreateService")),
    ("ecs-tasks", ("ecs:RegisterTaskDefinition", "ecs:RunTask")),
    ("ecs-tasks", ("ecs:RegisterTaskDefinition", "ecs:StartTask")),
    ("glue", ("glue:CreateDevEndpoint",)),
    ("glue", ("glue:CreateJob", "glue:CreateTrigger")),
    ("glue", ("glue:CreateJob", "glue:StartJobRun")),
    ("glue", ("glue:CreateSession", "glue:RunStatement")),
    ("lambda", ("lambda:CreateFunction", "lambda:AddPermission")),
    ("lambda", ("lambda:CreateFunction", "lambda:CreateEventSourceMapping")),
    ("lambda", ("lambda:CreateFunction", "lambda:InvokeFunction")),
    ("sagemaker", ("sagemaker:CreateNotebookInstance", "sagemaker:CreatePresignedNotebookInstanceUrl")),
    ("sagemaker", ("sagemaker:CreateNotebookInstance", "sagemaker:CreateNotebookInstanceLifecycleConfig")),
    ("sagemaker", ("sagemaker:CreateProcessingJob",)),
    ("sagemaker", ("sagemaker:CreateTrainingJob",)),
    ("ssm", ("ssm:StartAutomationExecution",)),
    ("states", ("states:CreateStateMachine", "states:StartExecution")),
    ("tasks.apprunner", ("apprunner:CreateService",)),
)


@dataclass(frozen=True)
class Way:
    """A way to become an administrator, and all that it needs to be allowed."""

    name: str
    needs: tuple[Need, ...]


@dataclass(frozen=True)
class Principals:
    """The users by their names in lower case, the roles, and who of the users is meant to be an administrator.

    `denied` has, by the ARN of a user, what AWS's simulation surely denies of what the policies seem to allow.
    """

    users: Mapping[str, Identity]
    roles: Sequence[Role]
    administrator: str
    denied: Mapping[str, Collection[Need]] = field(default_factory=dict)

    @cached_property
    def administrators(self) -> dict[str, Identity]:
        """The other users who may do everything, or all that gives permissions; by their names in lower case."""
        return {
            name: user
            for name, user in self._others.items()
            if (user.is_administrator or may_give_permissions(user))
            and not all(need in self.denied.get(user.arn, ()) for need in gives_permissions_to(user))
        }

    @cached_property
    def administrator_roles(self) -> list[tuple[Role, tuple[Assumer, ...]]]:
        """The roles that are administrators or can make themselves such, each with who may assume it."""
        sure = [role for role in self.roles if role.is_administrator or may_give_permissions(role)]
        arns = [role.arn for role in sure]
        more = [role for role in self.roles if role.arn not in arns and _raises_itself(role, arns)]
        return [(role, self._by[role.arn]) for role in (*sure, *more)]

    def ways_up(self) -> dict[str, tuple[str, ...]]:
        """Return, by name, the ways in which each user who is no administrator may become one, as they are."""
        found = {
            user.name: tuple(dict.fromkeys(way.name for way in self._ways(user) if self._is_left(user, way.needs)))
            for name, user in self._others.items()
            if name not in self.administrators
        }
        return {name: ways for name, ways in found.items() if ways}

    def suspicions(self) -> dict[str, tuple[Need, ...]]:
        """Return, by ARN, what each other user needs to be allowed whom the policies make or let become one.

        What names no resource is none of it: AWS would simulate it on all resources at once.
        """
        found = {
            user.arn: gives_permissions_to(user)
            if name in self.administrators
            else dict.fromkeys(need for way in self._ways(user) for need in way.needs if need[1])
            for name, user in self._others.items()
        }
        return {arn: tuple(needs) for arn, needs in found.items() if needs}

    @property
    def unread_users(self) -> list[str]:
        """The other users of whom AWS does not show all that they may do."""
        return [user.name for user in self._others.values() if user.unread]

    @property
    def unread_roles(self) -> list[str]:
        """The roles of which AWS does not show all that they may do, or not who may assume them."""
        return [role.name for role in self.roles if role.unread or role.trust is None]

    @property
    def _others(self) -> dict[str, Identity]:
        return {name: user for name, user in self.users.items() if name != self.administrator.lower()}

    @cached_property
    def _by(self) -> dict[str, tuple[Assumer, ...]]:
        return {role.arn: assumers(role) for role in self.roles}

    def _is_left(self, user: Identity, needs: Iterable[Need]) -> bool:
        return not any(need in self.denied.get(user.arn, ()) for need in needs)

    def _ways(self, user: Identity) -> Iterator[Way]:
        single = [*_more_for_itself(user), *self._as_administrators(user), *self._more_for_roles(user)]
        yield from (Way(need[0], (need,)) for need in single if may_do(user, *need))
        yield from _turned_over(user)
        for role, by in self.administrator_roles:
            if _is_trusted(user, by):
                yield Way("sts:AssumeRole", ())
            elif _may_assume(user, role, by):
                yield Way("sts:AssumeRole", (("sts:AssumeRole", role.arn),))
            yield from _by_services(user, role, by)

    def _as_administrators(self, user: Identity) -> Iterator[Need]:
        meant = self.users.get(self.administrator.lower())
        administrators = [one for one in (meant, *self.administrators.values()) if one and one is not user]
        groups = [arn for one in administrators for arn in one.group_arns]
        yield from (("iam:AddUserToGroup", arn) for arn in (*groups, _all("group", user)))
        yield from ((action, one.arn) for action in _AS_ANOTHER for one in administrators)

    def _more_for_roles(self, user: Identity) -> Iterator[Need]:
        for role, by in self.administrator_roles:
            yield "iam:UpdateAssumeRolePolicy", role.arn
            yield from (("iam:UpdateSAMLProvider", one.name) for one in by if one.kind == "provider")
        yield from ((action, _all("role", user)) for action in _TO_ROLES)
        if not any(may_do(user, action) for action in (*_TO_ROLES, *_OF_POLICIES)):
            return
        for role in self.roles:
            if _may_assume(user, role, self._by[role.arn]):
                yield from ((action, role.arn) for action in _TO_ROLES)
                yield from ((action, arn) for action in _OF_POLICIES for arn in _own_policies(role))


def _own_policies(identity: Identity) -> list[str]:
    return [arn for arn in identity.policy_arns if ":iam::aws:" not in arn]


def _raises_itself(role: Role, administrators: Sequence[str]) -> bool:
    """Whether a role may give itself more, or whoever assumes it somebody else's rights."""
    needs = [
        *((action, role.arn) for action in _TO_ROLES),
        *((action, arn) for action in _OF_POLICIES for arn in _own_policies(role)),
        *((action, _all("user", role)) for action in _TO_USERS),
        *(("iam:UpdateAssumeRolePolicy", arn) for arn in administrators),
    ]
    return any(may_do(role, *need) for need in needs)


def _more_for_itself(user: Identity) -> Iterator[Need]:
    of_its_own = {"user": [user.arn], "group": user.group_arns, "policy": _own_policies(user)}
    return ((action, arn) for action, kind in _TO_ITSELF.items() for arn in of_its_own[kind])


def _turned_over(user: Identity) -> Iterator[Way]:
    """Find what gives more to another user, or role, of which the user may make a way in of its own."""
    for given, turned_over in ((_TO_USERS, _AS_ANOTHER), (_TO_ROLES, _TURNS_ROLES_OVER)):
        for first in given:
            if may_do(user, first):
                yield from (Way(f"{first} with {then}", ()) for then in turned_over if _may_do_to_others(user, then))


def _may_do_to_others(user: Identity, action: str) -> bool:
    """Whether it may be done to more than the user itself."""
    return may_do(user, action) and (may_do(user, action, _all("user", user)) or not may_do(user, action, user.arn))


def _is_trusted(user: Identity, by: Iterable[Assumer]) -> bool:
    """Whether a trust policy names the user: in its own account that is all that it takes."""
    return any(one.kind == "anybody" or matches(one.name, user.arn) for one in by)


def _may_assume(user: Identity, role: Role, by: Iterable[Assumer]) -> bool:
    """Whether a role trusts the user, or leaves it to the account, and the user's policies allow it."""
    by = list(by)
    return _is_trusted(user, by) or (
        any(one.is_account for one in by if one.kind == "own") and may_do(user, "sts:AssumeRole", role.arn)
    )


def _by_services(user: Identity, role: Role, by: Iterable[Assumer]) -> Iterator[Way]:
    trusted = {one.name.partition(".amazonaws.")[0] for one in by if one.kind == "service"}
    for service, actions in _BY_SERVICES:
        needs: tuple[Need, ...] = (("iam:PassRole", role.arn), *((action, None) for action in actions))
        if service in trusted and all(may_do(user, *need) for need in needs):
            yield Way(f"iam:PassRole with {' and '.join(actions)}", needs)


def _all(kind: str, identity: Identity) -> str:
    """Return all of a kind; the ARN of a role has its account where that of a user has it."""
    return f"{identity.arn.rpartition(':')[0]}:{kind}/*"
