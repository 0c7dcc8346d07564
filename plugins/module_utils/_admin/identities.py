# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The IAM users and roles of an account with all that gives them permissions, and what their policies say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from .api import IamApi, together
from .errors import AdminError

ADMINISTRATOR_ACCESS = ":iam::aws:policy/AdministratorAccess"


@dataclass(frozen=True)
class Identity:
    """An IAM user, or a role. `policy_arns` are the managed policies attached to it and to its groups.

    `attached_policies` (ARNs) and `inline_policies` (names) are those of itself.
    `documents` are its other policies, as they are written: inline ones, those of its groups, and the managed ones
    that are the account's own. `unread` are the groups and the policies of which AWS's answer does not say what they
    allow, or not so that it can be told: what is not among the others may be in them. `boundary` is the document of the
    permissions boundary, None for none, or one that is not shown.
    """

    name: str
    path: str
    arn: str
    permissions_boundary: str | None
    tags: Mapping[str, str]
    groups: tuple[str, ...]
    policy_arns: tuple[str, ...]
    documents: tuple[Mapping[str, Any], ...]
    attached_policies: tuple[str, ...] = ()
    inline_policies: tuple[str, ...] = ()
    user_id: str = ""
    unread: tuple[str, ...] = ()
    group_arns: tuple[str, ...] = ()
    boundary: Mapping[str, Any] | None = None

    @property
    def is_administrator(self) -> bool:
        """Whether a policy allows it everything; what takes away from that is not looked at."""
        return any(arn.endswith(ADMINISTRATOR_ACCESS) for arn in self.policy_arns) or any(
            _allows_everything(statement) for document in self.documents for statement in statements(document)
        )

    @property
    def is_bounded(self) -> bool:
        """Whether a permissions boundary may take away from what its policies allow."""
        boundary = self.permissions_boundary
        return boundary is not None and not boundary.endswith(ADMINISTRATOR_ACCESS)


@dataclass(frozen=True)
class Role(Identity):
    """An IAM role; `trust` says who may assume it, None where AWS does not show that."""

    trust: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class SignIn:
    """Whether an IAM user can sign in to the console, and has MFA to do it with."""

    name: str
    has_password: bool
    has_mfa: bool


def identities(details: Mapping[str, Any]) -> dict[str, Identity]:
    """Return the users by their names in lower case, as AWS keeps names unique.

    `details` is AWS's answer to GetAccountAuthorizationDetails.
    """
    groups = {group["GroupName"]: group for group in details.get("GroupDetailList", ())}
    own = _own_policies(details)
    found = (
        Identity(name=user["UserName"], user_id=user.get("UserId", ""), **_permissions(user, groups, own))
        for user in details.get("UserDetailList", ())
    )
    return {identity.name.lower(): identity for identity in found}


def roles(details: Mapping[str, Any]) -> tuple[Role, ...]:
    """Return the roles in AWS's answer to GetAccountAuthorizationDetails."""
    own = _own_policies(details)
    return tuple(
        Role(
            name=role["RoleName"],
            trust=trust if _can_be_told(trust := role.get("AssumeRolePolicyDocument")) else None,
            **_permissions(role, {}, own),
        )
        for role in details.get("RoleDetailList", ())
    )


def identity_of(users: Mapping[str, Identity], name: str) -> Identity:
    """Return the user of this name, who is known to be there; raise AdminError where AWS shows it late."""
    if name.lower() not in users:
        raise AdminError(f"AWS does not list the user {name} yet: run again in a minute.")
    return users[name.lower()]


def has_group(details: Mapping[str, Any], name: str) -> bool:
    """Whether AWS's answer to GetAccountAuthorizationDetails shows a group."""
    return any(group["GroupName"].lower() == name.lower() for group in details.get("GroupDetailList", ()))


def sign_ins(api: IamApi, names: Iterable[str]) -> list[SignIn]:
    """Read how each of these users signs in; raise AwsError where that may not be read."""
    return together(*(partial(_sign_in, api, name) for name in names))


def statements(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the statements of a policy document, which may have one without a list around it."""
    return listed(document.get("Statement"))


def requires_mfa(document: Mapping[str, Any]) -> bool:
    """Whether a policy denies, without MFA, everything but `sts:GetSessionToken`."""
    return any(_denies_without_mfa(statement) for statement in statements(document))


def _sign_in(api: IamApi, name: str) -> SignIn:
    has_password = api.get_login_profile(name) is not None
    # One who cannot sign in needs no MFA
    return SignIn(name, has_password, has_password and bool(api.list_mfa_devices(name)))


def _own_policies(details: Mapping[str, Any]) -> dict[str, Any]:
    return {policy["Arn"]: _default_version(policy) for policy in details.get("Policies", ())}


def _permissions(one: Mapping[str, Any], groups: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an Identity has of a user or a role, by its fields."""
    member_of = one.get("GroupList", ())
    holders = [one, *(groups[name] for name in member_of if name in groups)]
    arns = tuple(dict.fromkeys(policy["PolicyArn"] for holder in holders for policy in _attached(holder)))
    said = [(policy["PolicyName"], policy["PolicyDocument"]) for holder in holders for policy in _inline(holder)]
    said += [(arn, own.get(arn)) for arn in arns if ":iam::aws:" not in arn or arn in own]
    boundary = (one.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")
    bounds = own.get(boundary) if boundary else None
    unread = [name for name in member_of if name not in groups]
    unread += [name for name, document in said if not _can_be_told(document)]
    return {
        "path": one["Path"],
        "arn": one["Arn"],
        "permissions_boundary": boundary,
        "tags": {tag["Key"]: tag["Value"] for tag in one.get("Tags", ())},
        "groups": tuple(member_of),
        "attached_policies": tuple(policy["PolicyArn"] for policy in _attached(one)),
        "inline_policies": tuple(policy["PolicyName"] for policy in _inline(one)),
        "policy_arns": arns,
        "documents": tuple(document for _name, document in said if document and _can_be_told(document)),
        "unread": tuple(unread),
        "group_arns": tuple(holder["Arn"] for holder in holders[1:] if "Arn" in holder),
        "boundary": bounds if _can_be_told(bounds) else None,
    }


def _can_be_told(document: Any) -> bool:
    """Whether it is a policy document; botocore leaves it as text where it is no JSON."""
    return isinstance(document, dict) and all(
        isinstance(statement, dict) and _is_condition(statement.get("Condition") or {})
        for statement in statements(document)
    )


def _is_condition(condition: Any) -> bool:
    return isinstance(condition, dict) and all(isinstance(keys, dict) for keys in condition.values())


def _attached(holder: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return holder.get("AttachedManagedPolicies") or []


def _inline(holder: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for kind in ("UserPolicyList", "GroupPolicyList", "RolePolicyList"):
        yield from holder.get(kind) or []


def _default_version(policy: Mapping[str, Any]) -> Mapping[str, Any] | None:
    versions = policy.get("PolicyVersionList", ())
    return next((version["Document"] for version in versions if version["IsDefaultVersion"]), None)


def _allows_everything(statement: Mapping[str, Any]) -> bool:
    return (
        statement.get("Effect") == "Allow"
        and bool({"*", "*:*"} & set(listed(statement.get("Action"))))
        and "*" in listed(statement.get("Resource"))
        and not statement.get("Condition")
    )


def _denies_without_mfa(statement: Mapping[str, Any]) -> bool:
    condition = {
        operator: {key.lower(): [str(value).lower() for value in listed(wanted)] for key, wanted in keys.items()}
        for operator, keys in (statement.get("Condition") or {}).items()
    }
    exempt = {action.lower() for action in listed(statement.get("NotAction"))}
    return (
        statement.get("Effect") == "Deny"
        and (exempt == {"sts:getsessiontoken"} or "*" in listed(statement.get("Action")))
        and "*" in listed(statement.get("Resource"))
        and condition == {"BoolIfExists": {"aws:multifactorauthpresent": ["false"]}}
    )


def listed(value: Any) -> list[Any]:
    """Return what a policy may say as a list, or as one value without it."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]
