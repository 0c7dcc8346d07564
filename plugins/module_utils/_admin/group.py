# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The group that gives an administrator its permissions (CIS AWS Foundations Benchmark v7.0.0: 2.13)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from .api import IamApi, together
from .plan import Step
from .policies import REQUIRE_MFA, REQUIRE_MFA_TEXT


@dataclass(frozen=True)
class Group:
    """A group, and whether the user is in it. `requires_mfa` is our policy's document, None for none.

    `members` are those that AWS has.
    """

    group_name: str
    attached_policies: tuple[str, ...]
    has_user: bool
    requires_mfa: Mapping[str, Any] | None = None
    members: frozenset[str] = frozenset()


def read_group(api: IamApi, name: str, user_name: str, with_requires_mfa: bool) -> Group | None:
    """Return the group of this name as AWS has it, None where there is none."""
    found, policies, requires_mfa = together(
        partial(api.get_group, name),
        partial(api.list_attached_group_policies, name),
        lambda: api.get_group_policy(name, REQUIRE_MFA) if with_requires_mfa else None,
    )
    if found is None:
        return None
    members = frozenset(user["UserName"] for user in found.get("Users", ()))
    has_user = user_name.lower() in {member.lower() for member in members}
    attached = tuple(policy["PolicyArn"] for policy in policies)
    return Group(found["Group"]["GroupName"], attached, has_user, requires_mfa, members)


def group_steps(now: Group | None, target: Group, user_name: str) -> Iterator[Step]:
    """Give the group what it is to have, and then to the user: MFA is required before there is anything to do."""
    name, mfa_policy = {"GroupName": target.group_name}, {"PolicyName": REQUIRE_MFA}
    if now is None:
        yield Step("create_group", name)
        now = Group(target.group_name, (), has_user=False)
    if target.requires_mfa and target.requires_mfa != now.requires_mfa:
        yield Step("put_group_policy", {**name, **mfa_policy, "PolicyDocument": REQUIRE_MFA_TEXT})
    for arn in target.attached_policies:
        if arn not in now.attached_policies:
            yield Step("attach_group_policy", {**name, "PolicyArn": arn})
    if not now.has_user:
        yield Step("add_user_to_group", {**name, "UserName": user_name})
    if now.requires_mfa and not target.requires_mfa:
        yield Step("delete_group_policy", {**name, **mfa_policy})


def describe_group(group: Group) -> dict[str, Any]:
    """Return plain data for the diff and the result."""
    return {
        "group_name": group.group_name,
        "attached_policies": sorted(group.attached_policies),
        "has_user": group.has_user,
        "require_mfa": group.requires_mfa,
    }
