# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole journey, on a real pseudo-terminal."""

from __future__ import annotations

import stat

from tests.integration.conftest import Bootstrap


def test_both_accounts_become_secure_and_a_second_run_changes_nothing(both_ways: Bootstrap) -> None:
    code, shown = both_ways.operator.bootstrap()
    assert code == 0, shown
    assert both_ways.operator.asked == [
        "First MFA code for general, production []: ",
        "Next MFA code for general, production []: ",
    ]
    for account in (both_ways.general, both_ways.production):
        user = account.backend.users["iamadmin"]
        assert user.password in (both_ways.handover / account.name / "credentials.yml").read_text()
        assert f"{account.name} ({account.id}): SECURE" in shown

    code, shown = both_ways.operator.bootstrap()
    assert code == 0, shown
    assert shown.count("changed=0 ") == 2


def test_the_password_comes_after_the_device_is_enabled(bootstrap: Bootstrap) -> None:
    bootstrap.operator.bootstrap()
    for account in (bootstrap.general, bootstrap.production):
        writes = [call for call in account.calls if not call.startswith(("Get", "List"))]
        assert [call for call in writes if call != "AssumeRole"] == [
            "CreateUser",
            "AttachUserPolicy",
            "CreateVirtualMFADevice",
            "EnableMFADevice",
            "CreateLoginProfile",
        ]


def test_the_handover_is_for_its_owner_alone(bootstrap: Bootstrap) -> None:
    bootstrap.operator.bootstrap()
    folders = (bootstrap.handover, bootstrap.handover / "general", bootstrap.handover / "production")
    for folder in folders:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = [file for folder in folders[1:] for file in folder.iterdir()]
    assert {file.name for file in files} == {"credentials.yml", ".gitignore"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
