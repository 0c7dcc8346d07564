# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order of steps in which one policy takes the place of another, as far as AWS's quota goes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.identities import identities
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.outcome import identities_after
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.permissions import surely_administers
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.quotas import (
    MOST_POLICIES,
    needs_room,
    policy_steps,
)
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import ACCOUNT, ADMINISTRATOR_ACCESS, NAME

READS = [ACCOUNT.arn(f"policy/Reads{number}") for number in range(12)]
OWN = [ACCOUNT.arn(f"policy/Administers{number}") for number in range(2)]
_ACTIONS = dict.fromkeys(READS, "s3:Get*") | dict.fromkeys(OWN, "*")


def details_of(attached: Iterable[str], **of_user: Any) -> Mapping[str, Any]:
    """Return what AWS tells of a user who has these policies."""
    policies = [
        {
            "Arn": arn,
            "DefaultVersionId": "v1",
            "PolicyVersionList": [
                {
                    "VersionId": "v1",
                    "IsDefaultVersion": True,
                    "Document": {"Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]},
                }
            ],
        }
        for arn, action in _ACTIONS.items()
    ]
    user = {
        "UserName": NAME,
        "Path": "/",
        "Arn": ACCOUNT.arn(f"user/{NAME}"),
        "AttachedManagedPolicies": [{"PolicyArn": arn} for arn in attached],
        **of_user,
    }
    return {"UserDetailList": [user], "Policies": policies}


def steps(now: list[str], target: list[str], **of_user: Any) -> list[str]:
    """Return the steps with the names of the policies: + is attached, - is detached."""
    found = policy_steps(NAME, now, target, details_of(now, **of_user))
    return [
        ("+" if step.method == "attach_user_policy" else "-") + step.parameters["PolicyArn"].rpartition("/")[2]
        for step in found
    ]


def all_attached_before(new: list[str], gone: list[str]) -> list[str]:
    return [*(f"+{arn.rpartition('/')[2]}" for arn in new), *(f"-{arn.rpartition('/')[2]}" for arn in gone)]


@pytest.mark.parametrize(
    ("now", "target", "needed"),
    [
        (READS[:9], [ADMINISTRATOR_ACCESS], False),
        (READS[:10], [ADMINISTRATOR_ACCESS], True),
        (READS[:9], [ADMINISTRATOR_ACCESS, OWN[0]], True),
        (READS[:10], READS[:11], False),
        (READS[:10], READS[:5], False),
        (READS[:10], READS[:10], False),
    ],
)
def test_room_is_needed_where_both_together_are_more_than_ten(now: list[str], target: list[str], needed: bool) -> None:
    assert needs_room(now, target) is needed


def test_where_there_is_room_or_nothing_is_told_all_is_attached_before_anything_goes() -> None:
    now, target = READS[:8], [READS[11], ADMINISTRATOR_ACCESS]
    assert steps(now, target) == all_attached_before(target, now)
    found = [step.method for step in policy_steps(NAME, READS[:10], target, None)]
    assert found == ["attach_user_policy"] * 2 + ["detach_user_policy"] * 10


def test_as_much_goes_before_as_makes_room_and_no_more() -> None:
    gone = [f"-Reads{number}" for number in range(1, 10)]
    assert steps(READS[:10], [ADMINISTRATOR_ACCESS]) == ["-Reads0", "+AdministratorAccess", *gone]
    target = [*READS[:7], READS[10], READS[11]]
    assert steps(READS[:9], target) == ["+Reads10", "-Reads7", "+Reads11", "-Reads8"]


@pytest.mark.parametrize("has", [ADMINISTRATOR_ACCESS, OWN[0]])
def test_what_makes_an_administrator_goes_once_another_policy_does(has: str) -> None:
    last = has.rpartition("/")[2]
    found = steps([has, *READS[:9]], [READS[10], OWN[1]])
    assert found[:4] == ["-Reads0", "+Administers1", f"-{last}", "+Reads10"]
    assert steps([has, *READS[:9]], [*READS[:9], OWN[1]]) == ["+Administers1", f"-{last}"]


def test_under_a_permissions_boundary_it_is_the_policies_that_count() -> None:
    boundary = {"PermissionsBoundary": {"PermissionsBoundaryArn": READS[0]}}
    found = steps([OWN[0], *READS[:9]], [ADMINISTRATOR_ACCESS], **boundary)
    assert found[:3] == ["-Reads0", "+AdministratorAccess", "-Administers0"]


def test_where_it_hangs_on_a_group_all_may_go() -> None:
    details = details_of([OWN[0], *READS[:9]], GroupList=["administrators"])
    group = {"GroupName": "administrators", "AttachedManagedPolicies": [{"PolicyArn": ADMINISTRATOR_ACCESS}]}
    found = policy_steps(NAME, [OWN[0], *READS[:9]], [READS[10]], {**details, "GroupDetailList": [group]})
    assert [step.parameters["PolicyArn"] for step in found][:2] == [OWN[0], READS[10]]


def test_in_doubt_it_is_left_to_aws() -> None:
    condition = {"Bool": {"aws:SecureTransport": "false"}}
    deny = {"Effect": "Deny", "Action": "iam:*", "Resource": "*", "Condition": condition}
    denied = {"UserPolicyList": [{"PolicyName": "x", "PolicyDocument": {"Statement": [deny]}}]}
    now = [ADMINISTRATOR_ACCESS, *READS[:9]]
    assert steps(now, [OWN[0]], **denied) == all_attached_before([OWN[0]], now)


ANY = st.lists(st.sampled_from([ADMINISTRATOR_ACCESS, *READS, *OWN]), unique=True, max_size=10)


@given(ANY, ANY)
def test_whatever_is_exchanged_an_administrator_stays_one_and_all_that_is_wanted_is_there(
    now: list[str], target: list[str]
) -> None:
    details = details_of(now)
    found = list(policy_steps(NAME, now, target, details))
    moments = [identities_after(details, found[:done])[NAME] for done in range(len(found) + 1)]
    assert {*moments[-1].policy_arns} == {*target}
    is_kept = surely_administers(identities(details)[NAME]) and surely_administers(moments[-1])
    assert not is_kept or all(map(surely_administers, moments))
    can_go = len([arn for arn in now if arn in READS and arn not in target])
    if can_go >= len(now) + len([arn for arn in target if arn not in now]) - MOST_POLICIES:
        assert max(len(moment.policy_arns) for moment in moments) <= MOST_POLICIES
