# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is killed at any point, every process of it, is simply run again."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.integration.chaos.journeys import KINDS, PROOF, Journey
from tests.local_aws.calls import READS, Call, DroppedError
from tests.local_aws.faults import At
from tests.local_aws.server import LocalAws


@pytest.mark.parametrize("kind", KINDS)
def test_a_first_bootstrap_has_as_many_calls_as_are_tried(aws: LocalAws, tmp_path: Path, kind: str) -> None:
    journey = Journey.begin(kind, aws, tmp_path)
    code, shown = journey.run()
    assert code == 0, shown
    assert journey.calls == KINDS[kind]
    journey.assert_finished()


@pytest.mark.at_each_call(KINDS)
@pytest.mark.parametrize("when", ["intercept", "conclude"], ids=["before AWS acts", "after AWS has acted"])
def test_a_bootstrap_that_is_killed_at_any_of_its_calls_is_finished_by_the_next(
    aws: LocalAws, tmp_path: Path, record_property: Any, when: str, moment: tuple[str, int]
) -> None:
    kind, number = moment
    journey = Journey.begin(kind, aws, tmp_path)

    def kill(call: Call) -> None:
        if call is at.met[0]:
            journey.operator.pull_the_plug()
        raise DroppedError

    at = At(journey.account_ids, number, kill, once=False)
    setattr(aws.log, when, getattr(at, when))
    try:
        code, _shown = journey.run()
    finally:
        aws.log.reset()
    assert at.met
    assert code == -signal.SIGKILL
    record_property("runs killed at a call", 1)

    code, shown = journey.run()
    assert code == 0, f"killed at {at.met[0].action}:\n{shown}"
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


@pytest.mark.at_each_call(PROOF)
@pytest.mark.parametrize("when", ["intercept", "conclude"], ids=["before AWS acts", "after AWS has acted"])
def test_a_proof_that_is_killed_at_any_of_its_calls_leaves_nothing_after_the_next(
    aws: LocalAws, tmp_path: Path, record_property: Any, when: str, moment: tuple[str, int]
) -> None:
    journey = Journey.begin("typed", aws, tmp_path)
    account, operator = journey.account, journey.operator
    code, shown = journey.run()
    assert code == 0, shown

    def kill(call: Call) -> None:
        if call is at.met[0]:
            operator.pull_the_plug()
        raise DroppedError

    at = At(journey.account_ids, moment[1], kill, once=False)
    setattr(aws.log, when, getattr(at, when))
    try:
        code, _shown = operator.bootstrap(playbook="playbooks/prove.yml")
    finally:
        aws.log.reset()
    assert code == -signal.SIGKILL
    record_property("proofs killed at a call", 1)

    code, shown = operator.bootstrap(playbook="playbooks/prove.yml")
    assert code == 0, f"killed at {at.met[0].action}:\n{shown}"
    assert "The password was not tried." in " ".join(shown.split())
    (user,) = account.backend.users.values()
    assert (user.access_keys, user.tags) == ([], None)
    record_property("proofs killed, and nothing left by the next", 1)


def test_a_proof_has_as_many_calls_as_are_tried(aws: LocalAws, tmp_path: Path) -> None:
    journey = Journey.begin("typed", aws, tmp_path)
    journey.run()
    start = len(journey.account.calls)
    journey.operator.bootstrap(playbook="playbooks/prove.yml")
    calls = journey.account.calls[start:]
    assert calls.index("UntagUser") + 1 == PROOF["proof"]
    assert set(calls[PROOF["proof"] :]) <= {call for call in calls if call.startswith(READS)}
