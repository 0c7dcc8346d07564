# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is killed at any point, every process of it, is simply run again."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.integration.chaos.ends import CALLS, assert_finished
from tests.integration.conftest import TestAccount, bootstrap_of, open_accounts
from tests.local_aws.calls import Call, DroppedError
from tests.local_aws.faults import At
from tests.local_aws.server import LocalAws


def test_a_first_bootstrap_has_as_many_calls_as_are_tried(account: TestAccount, tmp_path: Path) -> None:
    code, shown = bootstrap_of([account], tmp_path).bootstrap()
    assert code == 0, shown
    assert len(account.calls) == CALLS
    assert_finished(account, tmp_path)


@pytest.mark.at_each_call(CALLS)
@pytest.mark.parametrize("when", ["intercept", "conclude"], ids=["before AWS acts", "after AWS has acted"])
def test_a_bootstrap_that_is_killed_at_any_of_its_calls_is_finished_by_the_next(
    aws: LocalAws, tmp_path: Path, record_property: Any, when: str, call_number: int
) -> None:
    account = open_accounts(aws, tmp_path, "general")["general"]
    operator = bootstrap_of([account], tmp_path)

    def kill(call: Call) -> None:
        if call is at.met[0]:
            operator.pull_the_plug()
        raise DroppedError

    at = At(account.id, call_number, kill, once=False)
    setattr(aws.log, when, getattr(at, when))
    try:
        code, _shown = operator.bootstrap()
    finally:
        aws.log.reset()
    assert at.met
    assert code == -signal.SIGKILL
    record_property("runs killed at a call", 1)

    code, shown = operator.bootstrap()
    assert code == 0, f"killed at {at.met[0].action}:\n{shown}"
    assert_finished(account, tmp_path)
    record_property("runs killed, and finished by the next", 1)


def test_a_device_whose_seed_was_lost_is_made_anew(account: TestAccount, tmp_path: Path) -> None:
    account.iam.create_virtual_mfa_device(VirtualMFADeviceName="iamadmin")
    (lost,) = account.backend.virtual_mfa_devices.values()
    code, shown = bootstrap_of([account], tmp_path).bootstrap()
    assert code == 0, shown
    assert_finished(account, tmp_path)
    assert lost not in account.backend.virtual_mfa_devices.values()
