# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that AWS or the network disturbs comes to the same end, by itself or when it is run again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conftest import how_much
from tests.integration.chaos.journeys import KINDS, NEEDED, VAULT_PASSWORD, Journey
from tests.integration.conftest import bootstrap_of, open_accounts
from tests.local_aws import faults
from tests.local_aws.faults import At, EventualConsistency, Fault
from tests.local_aws.server import LocalAws
from tests.operator import PROJECT, ansible

BEFORE, AFTER = "intercept", "conclude"
LATE = pytest.mark.parametrize("reads", [*(pytest.param(reads, marks=pytest.mark.long) for reads in (1, 3)), 8])


def disturbed(aws: LocalAws, at: At, when: str, journey: Journey) -> tuple[int, str]:
    """Bootstrap while AWS misbehaves, and make sure that it did."""
    setattr(aws.log, when, getattr(at, when))
    try:
        code, shown = journey.run()
    finally:
        aws.log.reset()
    assert at.met
    return code, shown


@pytest.mark.at_each_call(KINDS)
@pytest.mark.parametrize(
    "disturbance",
    [
        pytest.param((faults.SERVICE_FAILURE, BEFORE), id="service failure"),
        pytest.param((faults.THROTTLING, BEFORE), id="throttled"),
        pytest.param((faults.CONCURRENT_MODIFICATION, BEFORE), id="concurrent modification"),
        pytest.param((faults.UNMODIFIABLE, BEFORE), id="temporarily unmodifiable"),
        pytest.param((faults.drop, BEFORE), id="connection dropped"),
        pytest.param((faults.drop, AFTER), id="answer lost"),
        pytest.param((faults.SERVICE_FAILURE, AFTER), id="service failure after AWS has acted"),
    ],
)
def test_a_fault_for_a_moment_is_survived(
    aws: LocalAws, tmp_path: Path, record_property: Any, disturbance: tuple[Fault, str], moment: tuple[str, int]
) -> None:
    kind, number = moment
    journey = Journey.begin(kind, aws, tmp_path)
    fault, when = disturbance
    at = At(journey.account_ids, number, fault)
    code, shown = disturbed(aws, at, when, journey)
    record_property("faults at a call", 1)
    assert code == 0, f"at {at.met[0].action}:\n{shown}"
    journey.assert_finished()
    record_property("faults survived without another run", 1)


@pytest.mark.at_each_call(NEEDED)
def test_keys_that_expire_on_the_way_are_named_and_the_next_run_goes_on(
    aws: LocalAws, tmp_path: Path, record_property: Any, moment: tuple[str, int]
) -> None:
    kind, number = moment
    journey = Journey.begin(kind, aws, tmp_path)
    at = At(journey.account_ids, number, faults.EXPIRED, once=False)
    code, shown = disturbed(aws, at, BEFORE, journey)
    assert code == 2
    assert "sign in again, or renew them, and run again." in " ".join(shown.split())
    assert "Traceback" not in shown
    record_property("runs whose keys expired", 1)
    code, shown = journey.run()
    assert code == 0, shown
    journey.assert_finished()


@pytest.mark.parametrize("kind", KINDS)
@LATE
def test_what_aws_shows_late_is_waited_for(aws: LocalAws, tmp_path: Path, reads: int, kind: str) -> None:
    journey = Journey.begin(kind, aws, tmp_path)
    late = EventualConsistency(reads, writes=2)
    aws.log.intercept, aws.log.conclude = late.intercept, late.conclude
    try:
        code, shown = journey.run()
    finally:
        aws.log.reset()
    assert late.met
    assert code == 0, shown
    journey.assert_finished()


@LATE
def test_what_aws_shows_late_is_waited_for_in_a_run_that_only_enrols(aws: LocalAws, tmp_path: Path, reads: int) -> None:
    journey = Journey.begin("typed", aws, tmp_path)
    code, shown = journey.operator.bootstrap(playbook="playbooks/prepare.yml")
    assert code == 0, shown
    late = EventualConsistency(reads)
    aws.log.intercept, aws.log.conclude = late.intercept, late.conclude
    try:
        code, shown = journey.run()
    finally:
        aws.log.reset()
    assert late.met
    assert code == 0, shown
    journey.assert_finished()


def test_a_fifth_of_all_calls_throttled_is_no_more_than_slow(
    aws: LocalAws, tmp_path: Path, request: pytest.FixtureRequest, record_property: Any
) -> None:
    count = how_much(request.config, 3, 20, 20)
    accounts = open_accounts(aws, tmp_path, *(f"account{number:02}" for number in range(count)), organisation=True)
    operator = bootstrap_of(accounts.values(), tmp_path)
    operator.timeout = 400
    (tmp_path / "vault-password").write_text(VAULT_PASSWORD)
    fault, met = faults.now_and_then(0.2, faults.THROTTLING)
    aws.log.intercept = fault
    try:
        done = operator.run(
            *ansible("playbook"), str(PROJECT / "bootstrap.yml"), "-e", "iam_admin_enrolment=totp",
            "--vault-password-file", "vault-password",
        )  # fmt: skip
    finally:
        aws.log.reset()
    record_property("calls throttled", len(met))
    assert len(met) > 3 * count
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(": SECURE") == count
