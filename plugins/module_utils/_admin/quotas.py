# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The order of steps in which AWS's quotas let one thing take the place of another. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from .identities import Identity, identity_of
from .outcome import identities_after
from .permissions import may_administer, surely_administers
from .plan import Step

# IAM User Guide: "IAM and AWS STS quotas". An account may have the one of policies raised to 20
MOST_POLICIES = 10
MOST_MFA_DEVICES = 8
MOST_GROUPS = 10


def needs_room(now: Sequence[str], target: Sequence[str]) -> bool:
    """Whether a user may have too many managed policies (ARNs) before those that go are detached."""
    new, gone = _differences(now, target)
    return bool(new and gone) and len(now) + len(new) > MOST_POLICIES


def too_many(now: Sequence[str], target: Sequence[str], quota: int = MOST_POLICIES) -> bool:
    """Whether a user or a group would get a managed policy (ARN) more than it may have in the end."""
    new, _gone = _differences(now, target)
    return bool(new) and len(target) > quota


def policy_steps(
    user_name: str, now: Sequence[str], target: Sequence[str], details: Mapping[str, Any] | None
) -> Iterator[Step]:
    """Attach what is new, and then detach what goes; of that, where it needs room, as little as makes it before.

    A user who is an administrator stays one all the while: what that hangs on goes once it hangs on something else. So
    where nothing may go, it is left to AWS whether the account's quota is a higher one. `details` is AWS's answer to
    GetAccountAuthorizationDetails, which is looked at only where room is needed; without it none is made.
    """
    new, gone = _differences(now, target)
    if details is not None and needs_room(now, target):
        new.sort(key=lambda arn: not _administers_alone(details, user_name, now, arn))
    room, done = MOST_POLICIES - len(now), list[Step]()
    for arn in new:
        spare = None
        if details is not None and room <= 0:
            spare = next((one for one in gone if _is_spare(details, user_name, done, one)), None)
        if spare:
            gone.remove(spare)
            done.append(_detach(user_name, spare))
        else:
            room -= 1
        done.append(_attach(user_name, arn))
    yield from (*done, *(_detach(user_name, arn) for arn in gone))


def _differences(now: Sequence[str], target: Sequence[str]) -> tuple[list[str], list[str]]:
    return [arn for arn in target if arn not in now], [arn for arn in now if arn not in target]


def _administers_alone(details: Mapping[str, Any], user_name: str, now: Sequence[str], arn: str) -> bool:
    """Whether a policy alone makes the user an administrator."""
    steps = [*(_detach(user_name, one) for one in now), _attach(user_name, arn)]
    return surely_administers(_identity(details, user_name, steps))


def _is_spare(details: Mapping[str, Any], user_name: str, done: Sequence[Step], arn: str) -> bool:
    """Whether the user, after these steps, is none the less an administrator without a policy; in doubt it is not."""
    before = _identity(details, user_name, done)
    after = _identity(details, user_name, [*done, _detach(user_name, arn)])
    return surely_administers(after) or not may_administer(before)


def _identity(details: Mapping[str, Any], user_name: str, done: Sequence[Step]) -> Identity:
    """Return the user after these steps, without its permissions boundary, which is the same before and after them."""
    return replace(identity_of(identities_after(details, done), user_name), permissions_boundary=None)


def _attach(user_name: str, arn: str) -> Step:
    return Step("attach_user_policy", {"UserName": user_name, "PolicyArn": arn})


def _detach(user_name: str, arn: str) -> Step:
    return Step("detach_user_policy", {"UserName": user_name, "PolicyArn": arn})
