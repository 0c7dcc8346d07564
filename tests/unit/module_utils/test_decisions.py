# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who decided: read from the policies, and not from the keys that AWS lists as missing."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.decisions import (
    decided_by,
    is_surely_denied,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.identities import Identity
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import ACCOUNT, ADMINISTRATOR_ACCESS

MISSING = {"MissingContextValues": ["aws:SourceIp"]}
ON_ADDRESS = {"NotIpAddress": {"aws:sourceip": "192.0.2.0/24"}}
DENY = {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}
ALLOW = {"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}


def who(decision: str, *statements: dict[str, Any], arns: tuple[str, ...] = (), **detail: Any) -> str:
    documents = tuple({"Statement": statement} for statement in statements)
    user = Identity("jo", "/", ACCOUNT.arn("user/jo"), None, {}, (), (ADMINISTRATOR_ACCESS, *arns), documents)
    return decided_by({"EvalActionName": "iam:CreateUser", "EvalDecision": decision, **detail}, user)


def test_what_is_allowed_is_allowed_whatever_is_missing() -> None:
    assert who("allowed", DENY, **MISSING) == "allowed"


@pytest.mark.parametrize("decision", ["implicitDeny", "explicitDeny"])
def test_the_organisation_comes_before_the_boundary_and_both_before_policies(decision: str) -> None:
    organisation = {"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}
    boundary = {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}}
    assert who(decision, DENY, **organisation, **boundary, **MISSING) == "organisation"
    assert who(decision, DENY, **boundary, **MISSING) == "boundary"
    allowed = {
        "OrganizationsDecisionDetail": {"AllowedByOrganizations": True},
        "PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": True},
    }
    assert who(decision, DENY, **allowed) == "policy"


@pytest.mark.parametrize(
    ("decision", "statements", "by"),
    [
        ("explicitDeny", [{**DENY, "Condition": ON_ADDRESS}], "condition"),
        ("explicitDeny", [DENY], "policy"),
        ("explicitDeny", [{**DENY, "Condition": ON_ADDRESS}, DENY], "policy"),
        ("explicitDeny", [{**DENY, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}], "policy"),
        ("explicitDeny", [{**DENY, "Action": "s3:*", "Condition": ON_ADDRESS}], "policy"),
        ("explicitDeny", [], "policy"),
        ("implicitDeny", [{**ALLOW, "Condition": ON_ADDRESS}], "condition"),
        ("implicitDeny", [{**ALLOW, "Condition": ON_ADDRESS}, {**ALLOW, "Resource": "arn:aws:s3:::x"}], "condition"),
        ("implicitDeny", [{**ALLOW, "NotAction": "iam:*", "Condition": ON_ADDRESS}], "policy"),
        ("implicitDeny", [{**DENY, "Condition": ON_ADDRESS}], "policy"),
        ("implicitDeny", [], "policy"),
    ],
)
def test_a_condition_decides_only_where_nothing_does_without_it(
    decision: str, statements: list[dict[str, Any]], by: str
) -> None:
    assert who(decision, *statements, **MISSING) == by


def test_what_aws_was_told_is_no_missing_condition() -> None:
    assert who("explicitDeny", {**DENY, "Condition": ON_ADDRESS}) == "policy"


def test_a_policy_of_aws_that_denies_cannot_be_read_and_is_taken_for_the_one() -> None:
    denying = ("arn:aws:iam::aws:policy/AWSDenyAll",)
    assert who("explicitDeny", {**DENY, "Condition": ON_ADDRESS}, arns=denying, **MISSING) == "policy"


@pytest.mark.parametrize(
    ("more", "sure"),
    [
        ({}, True),
        ({"EvalDecision": "explicitDeny"}, True),
        ({"EvalDecision": "allowed"}, False),
        ({"MissingContextValues": ["aws:SourceIp"]}, False),
        ({"ResourceSpecificResults": [{"MissingContextValues": []}]}, True),
        ({"ResourceSpecificResults": [{"MissingContextValues": ["aws:SourceIp"]}]}, False),
        ({"OrganizationsDecisionDetail": {"AllowedByOrganizations": False}}, False),
        ({"OrganizationsDecisionDetail": {"AllowedByOrganizations": True}}, True),
        ({"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": False}}, True),
    ],
)
def test_a_denial_is_sure_where_nothing_that_aws_was_not_told_could_lift_it(more: dict[str, Any], sure: bool) -> None:
    assert is_surely_denied({"EvalActionName": "iam:PutUserPolicy", "EvalDecision": "implicitDeny", **more}) is sure
