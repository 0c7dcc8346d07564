# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is no administrator and can become one: the known ways, held against the policies. Pure.

They are those of "AWS IAM Privilege Escalation: Methods and Mitigation" (Rhino Security Labs) and of pathfinding.cloud
(Datadog) that need nothing but permissions, and roles to pass. Who may pass or change all roles is taken to have one of
an administrator; what a role, or a group without an administrator, may do that a policy names is not looked into.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from .identities import Identity
from .permissions import may_do, may_give_permissions

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
# Each turns a role over to whoever does it
_TO_ROLES = ("iam:AttachRolePolicy", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy")
# With iam:PassRole, each has a service run code with the rights of a role
_BY_SERVICES = (
    ("cloudformation:CreateStack",),
    ("codebuild:CreateProject", "codebuild:StartBuild"),
    ("datapipeline:CreatePipeline", "datapipeline:PutPipelineDefinition", "datapipeline:ActivatePipeline"),
    ("ec2:RunInstances",),
    ("ecs:RegisterTaskDefinition", "ecs:RunTask"),
    ("glue:CreateDevEndpoint",),
    ("glue:CreateJob", "glue:StartJobRun"),
    ("lambda:CreateFunction", "lambda:AddPermission"),
    ("lambda:CreateFunction", "lambda:CreateEventSourceMapping"),
    ("lambda:CreateFunction", "lambda:InvokeFunction"),
    ("sagemaker:CreateNotebookInstance", "sagemaker:CreatePresignedNotebookInstanceUrl"),
)


def ways_up(users: Mapping[str, Identity], administrator: str) -> dict[str, tuple[str, ...]]:
    """Return, by name, the ways in which each user who is no administrator may become one, as they are.

    `administrator` is the name of the one who is meant to be.
    """
    meant = users.get(administrator.lower())
    others = [user for user in users.values() if user is not meant]
    above = {user.name: user for user in others if may_give_permissions(user)}
    administrators = [*above.values(), *([meant] if meant else [])]
    found = {user.name: tuple(_ways(user, administrators)) for user in others if user.name not in above}
    return {name: ways for name, ways in found.items() if ways}


def _ways(user: Identity, administrators: Sequence[Identity]) -> Iterator[str]:
    of_its_own = {
        "user": [user.arn],
        "group": user.group_arns,
        "policy": [arn for arn in user.policy_arns if ":iam::aws:" not in arn],
    }
    for action, kind in _TO_ITSELF.items():
        if any(may_do(user, action, arn) for arn in of_its_own[kind]):
            yield action
    account = user.arn.rpartition(":")[0]
    groups = [arn for one in administrators for arn in one.group_arns]
    if any(may_do(user, "iam:AddUserToGroup", arn) for arn in (*groups, f"{account}:group/*")):
        yield "iam:AddUserToGroup"
    for action in _AS_ANOTHER:
        if any(may_do(user, action, one.arn) for one in administrators):
            yield action
    roles = f"{account}:role/*"
    yield from (action for action in _TO_ROLES if may_do(user, action, roles))
    if may_do(user, "iam:PassRole", roles):
        for actions in _BY_SERVICES:
            if all(may_do(user, action) for action in actions):
                yield f"iam:PassRole with {' and '.join(actions)}"
