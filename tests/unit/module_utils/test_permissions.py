# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What policies allow: in doubt one thing for who is kept, and the other for who is kept out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.identities import Identity
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.permissions import (
    GIVES_PERMISSIONS,
    gains,
    is_open_without_mfa,
    loses,
    matches,
    may_administer,
    may_give_permissions,
    surely_administers,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.policies import REQUIRE_MFA_DOCUMENT
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import ACCOUNT, ADMINISTRATOR_ACCESS

POLICY = "arn:aws:iam::aws:policy/{}"
READ_ONLY = POLICY.format("ReadOnlyAccess")
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
WITH_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
WITHOUT_MFA = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
FROM_HOME = {"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
DENY_IAM = {"Effect": "Deny", "Action": "iam:*", "Resource": "*"}


def identity(*statements: dict[str, Any], arns: tuple[str, ...] = (), **more: Any) -> Identity:
    """Return a user with managed policies, and one document for each statement."""
    documents = tuple({"Version": "2012-10-17", "Statement": [statement]} for statement in statements)
    whole = Identity("jo", "/", ACCOUNT.arn("user/jo"), None, {}, (), policy_arns=arns, documents=documents)
    return replace(whole, **more)


@pytest.mark.parametrize(
    ("who", "perhaps", "surely"),
    [
        (identity(), False, False),
        (identity(arns=(ADMINISTRATOR_ACCESS,)), True, True),
        (identity(arns=(ADMINISTRATOR_ACCESS.replace("arn:aws:", "arn:aws-cn:"),)), True, True),
        (identity(arns=(POLICY.format("IAMFullAccess"),)), True, True),
        (identity(arns=(READ_ONLY, POLICY.format("PowerUserAccess"))), False, False),
        (identity(arns=(ACCOUNT.arn("policy/AdministratorAccess"),)), False, False),
        (identity(arns=(ADMINISTRATOR_ACCESS, READ_ONLY)), True, True),
        (identity(arns=(ADMINISTRATOR_ACCESS, POLICY.format("AWSDenyAll"))), True, False),
        (identity(arns=(ADMINISTRATOR_ACCESS, POLICY.format("AWSCompromisedKeyQuarantineV3"))), True, False),
        (identity(arns=(ADMINISTRATOR_ACCESS, POLICY.format("a-path/AWSDenyAll"))), True, False),
        (identity(arns=(ADMINISTRATOR_ACCESS, ACCOUNT.arn("policy/AWSDenyAll"))), True, True),
        (identity(EVERYTHING), True, True),
        (identity(EVERYTHING, unread=("admins",)), True, False),
        (identity(unread=("admins",)), True, False),
        (identity({**EVERYTHING, "Action": ["s3:*", "IAM:*"]}), True, True),
        (identity({**EVERYTHING, "Action": "s3:*"}), False, False),
        (identity({**EVERYTHING, "Action": "iam:AttachUserPolicy"}), True, False),
        (identity(*({**EVERYTHING, "Action": action} for action in GIVES_PERMISSIONS)), True, True),
        (identity({"Effect": "Allow", "NotAction": "s3:*", "Resource": "*"}), True, True),
        (identity({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}), False, False),
        (identity({**EVERYTHING, "Resource": ["*"]}), True, True),
        (identity({**EVERYTHING, "Resource": ACCOUNT.arn("user/jo")}), True, False),
        (identity({"Effect": "Allow", "Action": "*", "NotResource": "*"}), True, False),
        (identity({**EVERYTHING, "Condition": WITH_MFA}), True, True),
        (identity({**EVERYTHING, "Condition": {"BoolIfExists": {"AWS:MultifactorAuthPresent": ["True"]}}}), True, True),
        (identity({**EVERYTHING, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}), True, False),
        (identity({**EVERYTHING, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}), True, False),
        (identity({**EVERYTHING, "Condition": FROM_HOME}), True, False),
        (identity({**EVERYTHING, "Condition": {**WITH_MFA, **FROM_HOME}}), True, False),
        (identity({**EVERYTHING, "Effect": "Deny"}), False, False),
        (identity(EVERYTHING, DENY_IAM), True, False),
        (identity(EVERYTHING, {**DENY_IAM, "Condition": FROM_HOME}), True, False),
        (identity(EVERYTHING, {**DENY_IAM, "Resource": ACCOUNT.arn("user/jo")}), True, False),
        (identity(EVERYTHING, {**DENY_IAM, "Action": "s3:*"}), True, True),
        (identity(EVERYTHING, REQUIRE_MFA_DOCUMENT["Statement"][0]), True, True),
        # What is denied only without MFA is no loss to one who has it, on whatever it is denied
        (identity(EVERYTHING, {**DENY_IAM, "Resource": ACCOUNT.arn("user/jo"), "Condition": WITHOUT_MFA}), True, True),
        (identity(EVERYTHING, permissions_boundary=READ_ONLY), True, False),
        (identity(EVERYTHING, permissions_boundary=ADMINISTRATOR_ACCESS), True, True),
    ],
)
def test_who_administers_perhaps_and_who_without_a_doubt(who: Identity, perhaps: bool, surely: bool) -> None:
    assert (may_administer(who), surely_administers(who)) == (perhaps, surely)


@pytest.mark.parametrize(
    ("who", "opened"),
    [
        (identity(), False),
        (identity(arns=(READ_ONLY,)), True),
        (identity(EVERYTHING), True),
        (identity(REQUIRE_MFA_DOCUMENT["Statement"][0], arns=(ADMINISTRATOR_ACCESS,)), False),
        (identity(DENY_IAM, arns=(ADMINISTRATOR_ACCESS,)), True),
        (identity(unread=("admins",)), True),
    ],
)
def test_a_password_alone_opens_what_there_is_unless_mfa_is_required(who: Identity, opened: bool) -> None:
    assert is_open_without_mfa(who) is opened


@pytest.mark.parametrize(
    ("who", "administers"),
    [
        (identity(arns=(ADMINISTRATOR_ACCESS,)), True),
        (identity(EVERYTHING), True),
        (identity({**EVERYTHING, "Action": "iam:*"}), True),
        (identity({**EVERYTHING, "Action": "iam:*", "Resource": ACCOUNT.arn("*")}), True),
        (identity({"Effect": "Allow", "NotAction": "none:action", "Resource": "*"}), True),
        (identity({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::logs"}), True),
        (identity({**EVERYTHING, "Condition": FROM_HOME}), True),
        (identity(*({**EVERYTHING, "Action": action} for action in GIVES_PERMISSIONS)), True),
        (identity(*({**EVERYTHING, "Action": action} for action in GIVES_PERMISSIONS[1:])), False),
        (identity({"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}), False),
        (identity({**EVERYTHING, "Resource": ACCOUNT.arn("user/*")}), False),
        (identity(EVERYTHING, DENY_IAM), False),
        (identity(EVERYTHING, {**DENY_IAM, "Condition": FROM_HOME}), True),
        (identity(EVERYTHING, boundary={"Statement": DENY_IAM}), False),
        (identity(EVERYTHING, boundary={"Statement": [EVERYTHING]}), True),
        (identity(EVERYTHING, permissions_boundary=READ_ONLY), True),
        (identity(arns=(ADMINISTRATOR_ACCESS, POLICY.format("AWSDenyAll"))), False),
        (identity(arns=(READ_ONLY,)), False),
    ],
)
def test_an_administrator_by_any_wording(who: Identity, administers: bool) -> None:
    assert may_give_permissions(who) is administers


NOTHING = identity()
READS = identity(arns=(READ_ONLY,))
BOUND = replace(READS, permissions_boundary=READ_ONLY)


@pytest.mark.parametrize(
    ("before", "after", "is_more"),
    [
        (NOTHING, NOTHING, False),
        (READS, READS, False),
        (NOTHING, READS, True),
        (READS, NOTHING, False),
        (NOTHING, identity(EVERYTHING), True),
        (NOTHING, identity(DENY_IAM), False),
        (identity(EVERYTHING), NOTHING, False),
        (identity(DENY_IAM), NOTHING, True),
        (identity(arns=(POLICY.format("AWSDenyAll"),)), NOTHING, True),
        (BOUND, READS, True),
        (READS, BOUND, False),
        (BOUND, BOUND, False),
        (BOUND, replace(READS, permissions_boundary="another"), True),
        (READS, replace(READS, unread=("admins",)), True),
        (replace(READS, unread=("admins", "b")), replace(READS, unread=("admins",)), False),
    ],
)
def test_what_is_more_than_before(before: Identity, after: Identity, is_more: bool) -> None:
    assert gains(before, after) is is_more
    assert loses(before=after, after=before) is is_more


@pytest.mark.parametrize(
    ("pattern", "text", "covers_it"),
    [("a[b]*", "a[b]c", True), ("a[b]*", "abc", False), ("a?c", "a[c", True), ("*", "[", True)],
)
def test_of_a_pattern_two_signs_alone_stand_for_others(pattern: str, text: str, covers_it: bool) -> None:
    assert matches(pattern, text) is covers_it
