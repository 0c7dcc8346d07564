# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A run that is killed at any point, every process of it, is simply run again."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.integration.conftest import TestAccount, bootstrap_of, open_accounts
from tests.local_aws.calls import Call, RefusedError
from tests.local_aws.server import LocalAws
from tests.operator import Operator

SHARDS = 4


def run_until(aws: LocalAws, account: TestAccount, operator: Operator, number: int) -> str | None:
    """Bootstrap, and kill the run when its n-th call comes in; return that call's action, None if it never came."""
    killed: list[str] = []
    before = len(account.calls)

    def kill(call: Call) -> None:
        if call.account_id != account.id:
            return
        if len(account.calls) - before == number and not killed:
            killed.append(call.action)
            operator.pull_the_plug()
        if killed:
            raise RefusedError("ServiceUnavailable", "Nobody is there to hear this", "503 Service Unavailable")

    aws.log.intercept = kill
    try:
        operator.bootstrap("-l", account.name)
    finally:
        aws.log.reset()
    return killed[0] if killed else None


def assert_finished(account: TestAccount, handover: Path) -> None:
    (user,) = account.backend.users.values()
    assert [policy["PolicyName"] for policy in user.attached_managed_policies] == ["AdministratorAccess"]
    (device,) = account.backend.virtual_mfa_devices.values()
    assert device.user is user
    assert list(user.mfa_devices) == [device.serial_number]
    assert {file.name for file in handover.iterdir()} == {".gitignore", "credentials.yml"}
    credentials = yaml.safe_load((handover / "credentials.yml").read_text())
    assert user.password == credentials["initial_password"]
    assert "mfa_seed" not in credentials
    assert account.calls.index("EnableMFADevice") < account.calls.index("CreateLoginProfile")


@pytest.mark.parametrize("shard", range(SHARDS))
def test_a_bootstrap_that_is_killed_before_any_of_its_calls_is_finished_by_the_next(
    aws: LocalAws, tmp_path: Path, shard: int
) -> None:
    number = shard + 1
    while True:
        folder = tmp_path / str(number)
        folder.mkdir()
        account = open_accounts(aws, folder, "general")["general"]
        operator = bootstrap_of([account], folder)
        action = run_until(aws, account, operator, number)
        if action is None:
            # It was killed nowhere: the run has fewer calls
            assert number > 25
            break
        code, shown = operator.bootstrap()
        assert code == 0, f"killed before call {number}, {action}:\n{shown}"
        assert_finished(account, folder / "handover" / "general")
        number += SHARDS


def test_a_device_whose_seed_was_lost_is_made_anew(account: TestAccount, tmp_path: Path) -> None:
    account.iam.create_virtual_mfa_device(VirtualMFADeviceName="iamadmin")
    (lost,) = account.backend.virtual_mfa_devices.values()
    code, shown = bootstrap_of([account], tmp_path).bootstrap()
    assert code == 0, shown
    assert_finished(account, tmp_path / "handover" / "general")
    assert lost not in account.backend.virtual_mfa_devices.values()
