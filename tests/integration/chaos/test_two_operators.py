# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two operators who do not know of each other, and bootstrap one account at the same time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import TestAccount, bootstrap_of, open_accounts
from tests.local_aws.calls import Call
from tests.local_aws.server import LocalAws
from tests.operator import Operator


def at_once(*works: Callable[[], Any]) -> None:
    """Do all at the same time."""
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


class Rendezvous:
    """Holds the first operator at a call until the second one has made it, too, or for some seconds (`intercept`)."""

    def __init__(self, account: TestAccount, action: str) -> None:
        self._account, self._action = account, action
        self._came = threading.Barrier(2)
        self.met = False

    def intercept(self, call: Call) -> None:
        """Let two of them act at the same moment."""
        if (call.account_id, call.action) == (self._account.id, self._action) and not self.met:
            try:
                self._came.wait(timeout=15)
            except threading.BrokenBarrierError:
                return
            self.met = True


def passwords_of(folders: list[Path]) -> list[str]:
    """Return the passwords that the operators' handovers hold."""
    files = [folder / "handover" / "general" / "credentials.yml" for folder in folders]
    kept = [yaml.safe_load(file.read_text()) for file in files if file.exists()]
    return [content["initial_password"] for content in kept if "initial_password" in content]


@pytest.mark.parametrize(
    "action", ["CreateUser", "AttachUserPolicy", "CreateVirtualMFADevice", "EnableMFADevice", "CreateLoginProfile"]
)
def test_one_wins_and_the_other_finishes_or_says_so(
    aws: LocalAws, tmp_path: Path, record_property: Any, action: str
) -> None:
    account = open_accounts(aws, tmp_path, "general")["general"]
    folders = [tmp_path / "one", tmp_path / "two"]
    operators = []
    for folder in folders:
        folder.mkdir()
        operators.append(bootstrap_of([account], folder))
    ends: dict[int, tuple[int, str]] = {}

    def work(number: int, operator: Operator) -> Callable[[], None]:
        def bootstrap() -> None:
            time.sleep(number * 0.5)
            ends[number] = operator.bootstrap()

        return bootstrap

    aws.log.intercept = Rendezvous(account, action).intercept
    try:
        at_once(*(work(number, operator) for number, operator in enumerate(operators)))
    finally:
        aws.log.reset()
    record_property("pairs of operators at once", 1)
    for _code, shown in ends.values():
        assert "Traceback" not in shown

    # Whoever did not come to the end runs again, and then both find the same
    for number, operator in enumerate(operators):
        if ends[number][0]:
            ends[number] = operator.bootstrap()
    assert [code for code, _shown in ends.values()] == [0, 0], ends
    (user,) = account.backend.users.values()
    (device,) = account.backend.virtual_mfa_devices.values()
    assert device.user is user
    assert user.password in passwords_of(folders)
