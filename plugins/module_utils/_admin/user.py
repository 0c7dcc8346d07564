# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An IAM user itself: its current state, and the steps to the desired one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .amazon import ansible_dict_to_boto3_tag_list, boto3_tag_list_to_ansible_dict, compare_aws_tags
from .plan import Step


@dataclass(frozen=True)
class User:
    """What IAM keeps of a user itself. `arn`, `user_id` and `create_date` are None for one that is yet to be made."""

    user_name: str
    path: str
    permissions_boundary: str | None
    tags: Mapping[str, str]
    arn: str | None = None
    user_id: str | None = None
    create_date: str | None = None


def user_of(answer: Mapping[str, Any]) -> User:
    """Return the user that AWS's answer tells of."""
    return User(
        user_name=answer["UserName"],
        path=answer["Path"],
        permissions_boundary=answer.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn"),
        tags=boto3_tag_list_to_ansible_dict(answer.get("Tags", [])),
        arn=answer["Arn"],
        user_id=answer["UserId"],
        create_date=answer["CreateDate"].isoformat(),
    )


def user_steps(now: User | None, target: User) -> Iterator[Step]:
    """Create the user, or change what is different of it."""
    name = {"UserName": target.user_name}
    if now is None:
        boundary = {"PermissionsBoundary": target.permissions_boundary} if target.permissions_boundary else {}
        tags = {"Tags": ansible_dict_to_boto3_tag_list(target.tags)} if target.tags else {}
        yield Step("create_user", {**name, "Path": target.path, **boundary, **tags})
        return
    if target.path != now.path:
        yield Step("update_user", {**name, "NewPath": target.path})
    if target.permissions_boundary != now.permissions_boundary:
        if target.permissions_boundary:
            boundary = {"PermissionsBoundary": target.permissions_boundary}
            yield Step("put_user_permissions_boundary", {**name, **boundary})
        else:
            yield Step("delete_user_permissions_boundary", name)
    to_set, to_unset = compare_aws_tags(dict(now.tags), dict(target.tags), purge_tags=True)
    if to_unset:
        yield Step("untag_user", {**name, "TagKeys": to_unset})
    if to_set:
        yield Step("tag_user", {**name, "Tags": ansible_dict_to_boto3_tag_list(to_set)})


def describe_user(user: User) -> dict[str, Any]:
    """Return plain data for the diff and the result."""
    return {
        "user_name": user.user_name,
        "arn": user.arn,
        "user_id": user.user_id,
        "path": user.path,
        "create_date": user.create_date,
        "permissions_boundary": user.permissions_boundary,
        "tags": dict(user.tags),
    }
