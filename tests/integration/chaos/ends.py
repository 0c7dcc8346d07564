# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a bootstrap ends, whatever happened on the way."""

from __future__ import annotations

from pathlib import Path

import yaml

from tests.integration.conftest import TestAccount

# Of a first bootstrap of one account that is reached with keys of its own
CALLS = 29


def assert_finished(account: TestAccount, folder: Path) -> None:
    """One user with its policy, one device that is enabled, one password that the handover has, and nothing else."""
    (user,) = account.backend.users.values()
    assert [policy["PolicyName"] for policy in user.attached_managed_policies] == ["AdministratorAccess"]
    (device,) = account.backend.virtual_mfa_devices.values()
    assert device.user is user
    assert list(user.mfa_devices) == [device.serial_number]
    handover = folder / "handover" / account.name
    assert {file.name for file in handover.iterdir()} == {".gitignore", "credentials.yml"}
    credentials = yaml.safe_load((handover / "credentials.yml").read_text())
    assert user.password == credentials["initial_password"]
    assert "mfa_seed" not in credentials
    assert account.calls.index("EnableMFADevice") < account.calls.index("CreateLoginProfile")
