# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What users may do once steps were carried out."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.identities import Identity, identities
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.outcome import CHANGES, identities_after
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.plan import Step
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.policies import (
    REQUIRE_MFA,
    REQUIRE_MFA_DOCUMENT,
    REQUIRE_MFA_TEXT,
)
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import ACCOUNT

A, B = "arn:aws:iam::aws:policy/A", ACCOUNT.arn("policy/B")
OF_B, OWN = {"Statement": [{"Sid": "of B"}]}, {"Statement": [{"Sid": "own"}]}
JO, ADMINS, POLICY = {"UserName": "JO"}, {"GroupName": "admins"}, {"PolicyName": REQUIRE_MFA}
PUT = {**POLICY, "PolicyDocument": REQUIRE_MFA_TEXT}
DETAILS: dict[str, Any] = {
    "UserDetailList": [
        {
            "UserName": "jo",
            "Path": "/",
            "Arn": ACCOUNT.arn("user/jo"),
            "AttachedManagedPolicies": [{"PolicyArn": A}],
            "UserPolicyList": [{"PolicyName": "own", "PolicyDocument": OWN}],
        },
        {"UserName": "kim", "Path": "/", "Arn": ACCOUNT.arn("user/kim"), "GroupList": ["admins"]},
    ],
    "GroupDetailList": [{"GroupName": "admins", "GroupPolicyList": [{"PolicyName": "own", "PolicyDocument": OWN}]}],
    "Policies": [{"Arn": B, "PolicyVersionList": [{"Document": OF_B, "IsDefaultVersion": True}]}],
}


def after(*steps: tuple[str, dict[str, Any]]) -> dict[str, Identity]:
    before = deepcopy(DETAILS)
    found = identities_after(DETAILS, [Step(*step) for step in steps])
    assert before == DETAILS
    return found


@pytest.mark.parametrize(
    ("step", "name", "has"),
    [
        (("attach_user_policy", {**JO, "PolicyArn": B}), "jo", ((A, B), (OWN, OF_B), None)),
        (("attach_user_policy", {**JO, "PolicyArn": A}), "jo", ((A,), (OWN,), None)),
        (("detach_user_policy", {**JO, "PolicyArn": A}), "jo", ((), (OWN,), None)),
        (("put_user_policy", {**JO, **PUT}), "jo", ((A,), (OWN, REQUIRE_MFA_DOCUMENT), None)),
        (("put_user_policy", {**JO, **PUT, "PolicyName": "own"}), "jo", ((A,), (REQUIRE_MFA_DOCUMENT,), None)),
        (("delete_user_policy", {**JO, "PolicyName": "own"}), "jo", ((A,), (), None)),
        (("put_user_permissions_boundary", {**JO, "PermissionsBoundary": B}), "jo", ((A,), (OWN,), B)),
        (("delete_user_permissions_boundary", JO), "jo", ((A,), (OWN,), None)),
        (("add_user_to_group", {**JO, **ADMINS}), "jo", ((A,), (OWN, OWN), None)),
        (("add_user_to_group", {"UserName": "kim", "GroupName": "others"}), "kim", ((), (OWN,), None)),
        (("attach_group_policy", {**ADMINS, "PolicyArn": B}), "kim", ((B,), (OWN, OF_B), None)),
        (("put_group_policy", {**ADMINS, **PUT}), "kim", ((), (OWN, REQUIRE_MFA_DOCUMENT), None)),
        (("delete_group_policy", {**ADMINS, "PolicyName": "own"}), "kim", ((), (), None)),
        (("tag_user", JO), "jo", ((A,), (OWN,), None)),
    ],
)
def test_a_step_has_its_outcome(step: tuple[str, dict[str, Any]], name: str, has: Any) -> None:
    found = after(step)
    one = found.pop(name)
    assert (one.policy_arns, one.documents, one.permissions_boundary) == has
    (other,) = found.values()
    assert other == identities(DETAILS)[other.name]


def test_a_boundary_is_taken_away() -> None:
    bound = ("put_user_permissions_boundary", {**JO, "PermissionsBoundary": B})
    assert after(bound, ("delete_user_permissions_boundary", JO))["jo"].permissions_boundary is None


def test_a_new_group_gives_what_it_is_given() -> None:
    new = {"GroupName": "new"}
    joined = after(
        ("create_group", new),
        ("put_group_policy", {**new, **PUT}),
        ("attach_group_policy", {**new, "PolicyArn": B}),
        ("add_user_to_group", {**JO, **new}),
    )
    assert joined["jo"].policy_arns == (A, B)
    assert REQUIRE_MFA_DOCUMENT in joined["jo"].documents


def test_who_is_new_is_left_out() -> None:
    made = ("create_user", {"UserName": "sam", "Path": "/"})
    assert set(after(made, ("attach_user_policy", {"UserName": "sam", "PolicyArn": A}))) == {"jo", "kim"}
    assert identities_after({}, [Step("attach_user_policy", {"UserName": "sam", "PolicyArn": A})]) == {}


def test_each_call_that_changes_permissions_is_known() -> None:
    assert set(CHANGES) == {
        "add_user_to_group",
        "attach_group_policy",
        "attach_user_policy",
        "delete_group_policy",
        "delete_user_permissions_boundary",
        "delete_user_policy",
        "detach_user_policy",
        "put_group_policy",
        "put_user_permissions_boundary",
        "put_user_policy",
    }
