# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What GetAccountAuthorizationDetails would answer once some steps were carried out. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from .identities import Identity, identities
from .plan import Step

Holder = dict[str, Any]


def identities_after(details: Mapping[str, Any], steps: Iterable[Step]) -> dict[str, Identity]:
    """Return the users as `identities` does; those that the steps create are left out."""
    users = {user["UserName"].lower(): {**user} for user in details.get("UserDetailList", ())}
    groups = {group["GroupName"].lower(): {**group} for group in details.get("GroupDetailList", ())}
    for step in steps:
        given = step.parameters
        if step.method == "create_group":
            groups.setdefault(given["GroupName"].lower(), {"GroupName": given["GroupName"]})
        elif step.method in CHANGES:
            of_group = "_group_" in step.method
            name = given["GroupName" if of_group else "UserName"].lower()
            holder = (groups if of_group else users).get(name)
            if holder is not None:
                CHANGES[step.method](holder, given)
    return identities({**details, "UserDetailList": [*users.values()], "GroupDetailList": [*groups.values()]})


def _attach(holder: Holder, given: Mapping[str, Any]) -> None:
    _detach(holder, given)
    holder["AttachedManagedPolicies"].append({"PolicyArn": given["PolicyArn"]})


def _detach(holder: Holder, given: Mapping[str, Any]) -> None:
    there = holder.get("AttachedManagedPolicies") or []
    holder["AttachedManagedPolicies"] = [policy for policy in there if policy["PolicyArn"] != given["PolicyArn"]]


def _put(holder: Holder, given: Mapping[str, Any]) -> None:
    _delete(holder, given)
    policy = {"PolicyName": given["PolicyName"], "PolicyDocument": json.loads(given["PolicyDocument"])}
    holder[_inline(holder)].append(policy)


def _delete(holder: Holder, given: Mapping[str, Any]) -> None:
    there = holder.get(_inline(holder)) or []
    holder[_inline(holder)] = [policy for policy in there if policy["PolicyName"] != given["PolicyName"]]


def _inline(holder: Holder) -> str:
    return "UserPolicyList" if "UserName" in holder else "GroupPolicyList"


def _join(user: Holder, given: Mapping[str, Any]) -> None:
    user["GroupList"] = [*user.get("GroupList", ()), given["GroupName"]]


def _bind(user: Holder, given: Mapping[str, Any]) -> None:
    user["PermissionsBoundary"] = {"PermissionsBoundaryArn": given["PermissionsBoundary"]}


def _unbind(user: Holder, _given: Mapping[str, Any]) -> None:
    user["PermissionsBoundary"] = None


# The calls that change what users may do
CHANGES: Mapping[str, Callable[[Holder, Mapping[str, Any]], None]] = {
    "attach_user_policy": _attach,
    "attach_group_policy": _attach,
    "detach_user_policy": _detach,
    "put_user_policy": _put,
    "put_group_policy": _put,
    "delete_user_policy": _delete,
    "delete_group_policy": _delete,
    "add_user_to_group": _join,
    "put_user_permissions_boundary": _bind,
    "delete_user_permissions_boundary": _unbind,
}
