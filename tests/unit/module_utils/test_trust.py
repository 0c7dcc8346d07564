# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may assume a role: each wording of a trust policy, beside one that is nearly the same."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.identities import roles
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.trust import Assumer, assumers
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import ACCOUNT

ELSEWHERE = "444455556666"
ROOT, ROOT_ELSEWHERE = ACCOUNT.arn("root"), f"arn:aws:iam::{ELSEWHERE}:root"
GITHUB = ACCOUNT.arn("oidc-provider/token.actions.githubusercontent.com")
SAML = ACCOUNT.arn("saml-provider/staff")
ORGANISATION = {"StringEquals": {"aws:PrincipalOrgID": "o-abc"}}
WITH_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def by(principal: Any, condition: Any = None, **more: Any) -> tuple[Assumer, ...]:
    """Return who may assume a role of which the trust policy has one statement."""
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, **more}
    if condition:
        statement["Condition"] = condition
    role = {
        "RoleName": "one",
        "Path": "/",
        "Arn": ACCOUNT.arn("role/one"),
        "AssumeRolePolicyDocument": {"Statement": statement},
    }
    return assumers(roles({"RoleDetailList": [role]})[0])


@pytest.mark.parametrize(
    ("principal", "kind", "name"),
    [
        ("*", "anybody", ""),
        ({"AWS": "*"}, "anybody", ""),
        ({"AWS": ["*"]}, "anybody", ""),
        ({"AWS": ROOT}, "own", ROOT),
        ({"AWS": ACCOUNT.id}, "own", ACCOUNT.id),
        ({"AWS": ACCOUNT.arn("user/jo")}, "own", ACCOUNT.arn("user/jo")),
        ({"AWS": ROOT_ELSEWHERE}, "account", ROOT_ELSEWHERE),
        ({"AWS": ELSEWHERE}, "account", ELSEWHERE),
        (
            {"AWS": f"arn:aws:sts::{ELSEWHERE}:assumed-role/a/b"},
            "account",
            f"arn:aws:sts::{ELSEWHERE}:assumed-role/a/b",
        ),
        ({"Service": "ec2.amazonaws.com"}, "service", "ec2.amazonaws.com"),
        ({"Federated": SAML}, "provider", SAML),
        ({"Federated": GITHUB}, "any_subject", GITHUB),
        ({"Federated": "cognito-identity.amazonaws.com"}, "any_subject", "cognito-identity.amazonaws.com"),
    ],
)
def test_each_principal_is_told_by_its_kind(principal: Any, kind: str, name: str) -> None:
    assert by(principal) == (Assumer(kind, name),)


def test_all_who_may_are_told_each_once_and_who_is_gone_is_nobody() -> None:
    assert by({"AWS": [ROOT, "AROAEXAMPLEEXAMPLE12", ROOT], "Service": ["a.amazonaws.com", "b.amazonaws.com"]}) == (
        Assumer("own", ROOT),
        Assumer("service", "a.amazonaws.com"),
        Assumer("service", "b.amazonaws.com"),
    )


@pytest.mark.parametrize("action", ["sts:*", "*", "sts:AssumeRoleWithSAML", "sts:assumerolewithwebidentity"])
def test_whatever_assumes_a_role_counts(action: str) -> None:
    assert by({"Federated": SAML}, Action=action)


@pytest.mark.parametrize("more", [{"Action": "sts:TagSession"}, {"Effect": "Deny"}])
def test_what_assumes_no_role_or_denies_it_names_nobody(more: dict[str, Any]) -> None:
    assert by("*", **more) == ()


def test_all_but_some_are_anybody() -> None:
    statement = {"Effect": "Allow", "Action": "sts:AssumeRole", "NotPrincipal": {"AWS": ROOT}}
    document = {"Statement": [statement]}
    role = {"RoleName": "one", "Path": "/", "Arn": ACCOUNT.arn("role/one"), "AssumeRolePolicyDocument": document}
    assert assumers(roles({"RoleDetailList": [role]})[0]) == (Assumer("anybody", ""),)


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (ORGANISATION, Assumer("anybody", "aws:PrincipalOrgID")),
        ({"StringEquals": {"aws:PrincipalAccount": ACCOUNT.id}}, Assumer("own", f"arn:*:iam::{ACCOUNT.id}:*")),
        ({"StringEquals": {"AWS:principalaccount": ELSEWHERE}}, Assumer("account", f"arn:*:iam::{ELSEWHERE}:*")),
        ({"ArnLike": {"aws:PrincipalArn": ACCOUNT.arn("role/x*")}}, Assumer("own", ACCOUNT.arn("role/x*"))),
        ({"StringLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x"}}, Assumer("anybody", "aws:PrincipalArn")),
        ({"StringNotEquals": {"aws:PrincipalAccount": ACCOUNT.id}}, Assumer("anybody", "aws:PrincipalAccount")),
    ],
)
def test_a_condition_may_say_who_anybody_is(condition: dict[str, Any], expected: Assumer) -> None:
    assert by("*", condition) == (expected,)
    assert by({"AWS": ROOT_ELSEWHERE}, condition) == (Assumer("account", ROOT_ELSEWHERE),)


@pytest.mark.parametrize(
    ("subject", "kind"),
    [
        ("repo:owner/name:ref:refs/heads/main", "provider"),
        ("repo:owner/*", "provider"),
        ("*", "any_subject"),
        ("repo:*", "any_subject"),
        ("repo:*/*:*", "any_subject"),
        (["repo:owner/name:*", "*"], "any_subject"),
        ("repo:*:ref:refs/heads/main", "any_subject"),
        ("repo:*/infra:*", "any_subject"),
        ("repo:own*/infra:*", "any_subject"),
        ("*:environment:prod", "any_subject"),
        ("?epo:owner/name:*", "any_subject"),
        ("project_path:*", "any_subject"),
        ("project_path:group/*:ref_type:branch:ref:main", "provider"),
        ("organization:*:project:*:workspace:*:run_phase:*", "any_subject"),
        ("organization:ours:project:*:workspace:*:run_phase:*", "provider"),
        ("system:serviceaccount:ns:*", "provider"),
        ("1234567890", "provider"),
    ],
)
def test_a_provider_without_a_subject_lets_anybody_in_whom_it_knows(subject: Any, kind: str) -> None:
    assert by({"Federated": GITHUB}, {"StringLike": {"token.actions.githubusercontent.com:sub": subject}}) == (
        Assumer(kind, GITHUB),
    )


@pytest.mark.parametrize("subject", ["repo:owner/name:ref:refs/heads/main", "repo:*"])
def test_a_subject_that_is_compared_as_it_is_has_no_wildcards(subject: str) -> None:
    condition = {"StringEquals": {"token.actions.githubusercontent.com:sub": subject}}
    assert by({"Federated": GITHUB}, condition) == (Assumer("provider", GITHUB),)


def test_an_arn_that_is_none_may_be_anybodys() -> None:
    assert by({"AWS": "arn:odd"}) == (Assumer("anybody", ""),)


def test_what_anybody_hangs_on_is_told_and_whether_that_is_mfa() -> None:
    condition = {**WITH_MFA, **ORGANISATION}
    assert by("*", condition) == (Assumer("anybody", "aws:MultiFactorAuthPresent, aws:PrincipalOrgID", mfa=True),)


def test_an_audience_is_no_subject() -> None:
    audience = {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}}
    assert [one.kind for one in by({"Federated": GITHUB}, audience)] == ["any_subject"]


@pytest.mark.parametrize(
    ("condition", "mfa"),
    [
        (WITH_MFA, True),
        ({"Bool": {"AWS:multifactorauthpresent": [True]}}, True),
        ({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}, False),
        ({"Bool": {"aws:MultiFactorAuthPresent": "false"}}, False),
        ({"Bool": {"aws:SecureTransport": "true"}}, False),
    ],
)
def test_mfa_is_asked_for_where_nothing_holds_without_it(condition: dict[str, Any], mfa: bool) -> None:
    assert [one.mfa for one in by({"AWS": ROOT}, condition)] == [mfa]


@pytest.mark.parametrize(
    ("assumer", "outside", "account_id", "text"),
    [
        (Assumer("own", ROOT), False, None, ROOT),
        (Assumer("own", ROOT, mfa=True), False, None, f"{ROOT}, with MFA"),
        (Assumer("account", ELSEWHERE), True, ELSEWHERE, f"{ELSEWHERE}, of another account"),
        (Assumer("service", "ec2.amazonaws.com"), False, None, "ec2.amazonaws.com"),
        (Assumer("provider", SAML), False, None, SAML),
        (
            Assumer("any_subject", GITHUB),
            True,
            None,
            "any subject of token.actions.githubusercontent.com",
        ),
        (
            Assumer("any_subject", ACCOUNT.arn("oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABC")),
            True,
            None,
            "any subject of oidc.eks.eu-west-1.amazonaws.com/id/ABC",
        ),
        (
            Assumer("any_subject", "cognito-identity.amazonaws.com"),
            True,
            None,
            "any subject of cognito-identity.amazonaws.com",
        ),
        (Assumer("anybody", ""), True, None, "anybody"),
        # Digits of a condition key are no account
        (
            Assumer("anybody", "aws:PrincipalTag/222222222222"),
            True,
            None,
            "anybody, on a condition of aws:PrincipalTag/222222222222",
        ),
        (Assumer("anybody", "aws:PrincipalOrgID"), True, None, "anybody, on a condition of aws:PrincipalOrgID"),
    ],
)
def test_an_assumer_says_who_it_is_and_whether_that_is_outside(
    assumer: Assumer, outside: bool, account_id: str | None, text: str
) -> None:
    assert (assumer.is_outside, assumer.account_id, str(assumer)) == (outside, account_id, text)


@pytest.mark.parametrize(
    ("name", "whole"), [(ROOT, True), (ACCOUNT.id, True), (ACCOUNT.arn("user/jo"), False), ("a.amazonaws.com", False)]
)
def test_a_whole_account_says_itself_who_of_it_may(name: str, whole: bool) -> None:
    assert Assumer("own", name).is_account is whole
