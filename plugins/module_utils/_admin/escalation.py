# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is no administrator and can become one: the known ways, held against the policies. Pure.

They are those of "AWS IAM Privilege Escalation: Methods and Mitigation" (Rhino Security Labs) and of pathfinding.cloud
(Datadog) that need nothing but permissions, and roles to assume or to pass. What a group without an administrator may
do that a policy names is not looked into, nor are ways through a second user or role.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from functools import cached_property

from .identities import Identity, Role
from .permissions import gives_permissions_to, may_do, may_give_permissions
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
# Each gives more to a role that the user may assume, or to all of them
_TO_ROLES = ("iam:AttachRolePolicy", "iam:PutRolePolicy")
# With iam:PassRole, each has a service run code with the rights of a role that trusts the service
_BY_SERVICES = (
    ("cloudformation", ("cloudformation:CreateStack",)),
    ("codebuild", ("codebuild:CreateProject", "codebuild:StartBuild")),
    (
        "datapipeline",
        ("datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition", "datapipeline:ActivatePipeline"),
    ),
    ("ec2", ("ec2:RunInstances",)),
    ("ecs-tasks", ("ecs:RegisterTaskDefinition", "ecs:RunTask")),
    ("glue", ("glue:CreateDevEndpoint",)),
    ("glue", ("glue:CreateJob", "glue:StartJobRun")),
    ("lambda", ("lambda:CreateFunction", "lambda:AddPermission")),
    ("lambda", ("lambda:CreateFunction", "lambda:CreateEventSourceMapping")),
    ("lambda", ("lambda:CreateFunction", "lambda:InvokeFunction")),
    ("sagemaker", ("sagemaker:CreateNotebookInstance", "sagemaker:CreatePresignedNotebookInstanceUrl")),
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
        """The other users who may do everything, or give themselves the permission; by their names in lower case."""
        return {
            name: user
            for name, user in self._others.items()
            if (user.is_administrator or may_give_permissions(user)) and self._is_left(user, gives_permissions_to(user))
        }

    @cached_property
    def administrator_roles(self) -> list[tuple[Role, tuple[Assumer, ...]]]:
        """The roles that may give permissions, each with who may assume it."""
        return [(role, assumers(role)) for role in self.roles if role.is_administrator or may_give_permissions(role)]

    def ways_up(self) -> dict[str, tuple[str, ...]]:
        """Return, by name, the ways in which each user who is no administrator may become one, as they are."""
        found = {
            user.name: tuple(dict.fromkeys(way.name for way in self._ways(user) if self._is_left(user, way.needs)))
            for name, user in self._others.items()
            if name not in self.administrators
        }
        return {name: ways for name, ways in found.items() if ways}

    def suspicions(self) -> dict[str, tuple[Need, ...]]:
        """Return, by ARN, what each other user needs to be allowed whom the policies make or let become one."""
        found = {user.arn: tuple(dict.fromkeys(self._needs(name, user))) for name, user in self._others.items()}
        return {arn: needs for arn, needs in found.items() if needs}

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

    def _is_left(self, user: Identity, needs: Iterable[Need]) -> bool:
        return not any(need in self.denied.get(user.arn, ()) for need in needs)

    def _needs(self, name: str, user: Identity) -> Iterator[Need]:
        if name in self.administrators:
            yield from gives_permissions_to(user)
        yield from (need for way in self._ways(user) for need in way.needs)

    def _ways(self, user: Identity) -> Iterator[Way]:
        single = [
            *_more_for_itself(user),
            *self._as_administrators(user),
            *self._more_for_roles(user),
            *(("iam:UpdateAssumeRolePolicy", role.arn) for role, _by in self.administrator_roles),
        ]
        yield from (Way(need[0], (need,)) for need in single if may_do(user, *need))
        for role, by in self.administrator_roles:
            if _may_assume(user, role, by):
                yield Way("sts:AssumeRole", (("sts:AssumeRole", role.arn),))
            yield from _by_services(user, role, by)

    def _as_administrators(self, user: Identity) -> Iterator[Need]:
        meant = self.users.get(self.administrator.lower())
        administrators = [one for one in (meant, *self.administrators.values()) if one and one is not user]
        groups = [arn for one in administrators for arn in one.group_arns]
        yield from (("iam:AddUserToGroup", arn) for arn in (*groups, _all("group", user)))
        yield from ((action, one.arn) for action in _AS_ANOTHER for one in administrators)

    def _more_for_roles(self, user: Identity) -> Iterator[Need]:
        for action in _TO_ROLES:
            yield action, _all("role", user)
            if may_do(user, action):
                yield from ((action, role.arn) for role in self.roles if _may_assume(user, role, assumers(role)))


def _more_for_itself(user: Identity) -> Iterator[Need]:
    of_its_own = {
        "user": [user.arn],
        "group": user.group_arns,
        "policy": [arn for arn in user.policy_arns if ":iam::aws:" not in arn],
    }
    return ((action, arn) for action, kind in _TO_ITSELF.items() for arn in of_its_own[kind])


def _may_assume(user: Identity, role: Role, by: Iterable[Assumer]) -> bool:
    """Whether a role trusts the user, or leaves it to the account, and the user's policies allow it.

    Whoever a trust policy names in its own account needs nothing more.
    """
    return any(one.kind == "anybody" or fnmatchcase(user.arn, one.name) for one in by) or (
        any(one.is_account for one in by if one.kind == "own") and may_do(user, "sts:AssumeRole", role.arn)
    )


def _by_services(user: Identity, role: Role, by: Iterable[Assumer]) -> Iterator[Way]:
    trusted = {one.name.partition(".")[0] for one in by if one.kind == "service"}
    for service, actions in _BY_SERVICES:
        needs: tuple[Need, ...] = (("iam:PassRole", role.arn), *((action, None) for action in actions))
        if service in trusted and all(may_do(user, *need) for need in needs):
            yield Way(f"iam:PassRole with {' and '.join(actions)}", needs)


def _all(kind: str, user: Identity) -> str:
    return f"{user.arn.rpartition(':')[0]}:{kind}/*"
