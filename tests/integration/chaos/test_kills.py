# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is killed at any point, every process of it, is simply run again."""

from __future__ import annotations

import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.integration.chaos.journeys import KINDS, LATER, Journey
from tests.local_aws.calls import READS, Call, DroppedError
from tests.local_aws.faults import At
from tests.local_aws.server import LocalAws

WHEN = pytest.mark.parametrize("when", ["intercept", "conclude"], ids=["before AWS acts", "after AWS has acted"])


def killed(journey: Journey, run: Callable[[], tuple[int, str]], number: int, when: str) -> str:
    """Kill a run at one of its calls, and return which it was."""

    def kill(call: Call) -> None:
        if call is at.met[0]:
            journey.operator.pull_the_plug()
        raise DroppedError

    at = At(journey.account_ids, number, kill, once=False)
    log = journey.account.aws.log
    setattr(log, when, getattr(at, when))
    try:
        code, _shown = run()
    finally:
        log.reset()
    assert at.met
    assert code == -signal.SIGKILL
    return at.met[0].action


@pytest.mark.parametrize("kind", KINDS)
def test_a_first_bootstrap_has_as_many_calls_as_are_tried(aws: LocalAws, tmp_path: Path, kind: str) -> None:
    journey = Journey.begin(kind, aws, tmp_path)
    code, shown = journey.run()
    assert code == 0, shown
    assert journey.calls == KINDS[kind]
    journey.assert_finished()


@pytest.mark.at_each_call(KINDS)
@WHEN
def test_a_bootstrap_that_is_killed_at_any_of_its_calls_is_finished_by_the_next(
    aws: LocalAws, tmp_path: Path, record_property: Any, when: str, moment: tuple[str, int]
) -> None:
    kind, number = moment
    journey = Journey.begin(kind, aws, tmp_path)
    action = killed(journey, journey.run, number, when)
    record_property("runs killed at a call", 1)

    code, shown = journey.run()
    assert code == 0, f"killed at {action}:\n{shown}"
    journey.assert_finished()
    record_property("runs killed, and finished by the next", 1)


@pytest.mark.parametrize("kind", KINDS)
def test_a_device_whose_seed_was_lost_is_made_anew(aws: LocalAws, tmp_path: Path, kind: str) -> None:
    journey = Journey.begin(kind, aws, tmp_path)
    journey.account.iam.create_virtual_mfa_device(VirtualMFADeviceName="iamadmin")
    (lost,) = journey.account.backend.virtual_mfa_devices.values()
    code, shown = journey.run()
    assert code == 0, shown
    journey.assert_finished()
    assert lost not in journey.account.backend.virtual_mfa_devices.values()


@pytest.mark.parametrize("playbook", LATER)
def test_what_comes_later_has_as_many_calls_as_are_tried(aws: LocalAws, tmp_path: Path, playbook: str) -> None:
    journey = Journey.begin("typed", aws, tmp_path)
    journey.run()
    start = len(journey.account.calls)
    journey.later(playbook)
    calls = journey.account.calls[start:]
    writes = [number for number, call in enumerate(calls, start=1) if not call.startswith(READS)]
    assert writes[-1] == LATER[playbook]


@pytest.mark.at_each_call(LATER)
@WHEN
def test_what_comes_later_and_is_killed_at_any_of_its_calls_is_finished_by_the_next(
    aws: LocalAws, tmp_path: Path, record_property: Any, when: str, moment: tuple[str, int]
) -> None:
    playbook, number = moment
    journey = Journey.begin("typed", aws, tmp_path)
    code, shown = journey.run()
    assert code == 0, shown
    action = killed(journey, lambda: journey.later(playbook), number, when)
    record_property(f"{playbook}: runs killed at a call", 1)

    code, shown = journey.later(playbook)
    assert code == 0, f"killed at {action}:\n{shown}"
    if playbook == "remove":
        journey.assert_removed()
    else:
        journey.assert_finished()
    record_property(f"{playbook}: runs killed, and finished by the next", 1)
