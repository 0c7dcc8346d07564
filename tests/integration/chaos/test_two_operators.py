# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two operators who do not know of each other, and bootstrap one account at the same time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.cases import ADMINISTRATOR, Given, at_once, attached, enabled_device, password, user
from tests.integration.conftest import TestAccount, bootstrap_of, open_accounts
from tests.local_aws.calls import Call, RefusedError
from tests.local_aws.server import LocalAws
from tests.operator import Operator


class Rendezvous:
    """Holds the first operator at a call until the second one has made it, too (`intercept`)."""

    def __init__(self, account: TestAccount, action: str) -> None:
        self._account, self._action = account, action
        self._came = threading.Barrier(2)
        self.met = False

    def intercept(self, call: Call) -> None:
        """Let two of them act at the same moment."""
        if (call.account_id, call.action) == (self._account.id, self._action) and not self.met:
            with suppress(threading.BrokenBarrierError):
                self._came.wait(timeout=30)
                self.met = True


def disturbed(aws: LocalAws, operator: Operator, intercept: Callable[[Call], None], *arguments: str) -> tuple[int, str]:
    """Bootstrap while somebody else acts at some calls."""
    aws.log.intercept = intercept
    try:
        return operator.bootstrap(*arguments)
    finally:
        aws.log.reset()


def password_of(folder: Path) -> str | None:
    """Return the password that an operator's handover holds."""
    file = folder / "handover" / "general" / "credentials.yml"
    return yaml.safe_load(file.read_text()).get("initial_password") if file.exists() else None


@pytest.mark.parametrize(
    ("action", "given"),
    [
        ("CreateUser", ()),
        ("CreateVirtualMFADevice", (user(),)),
        ("CreateLoginProfile", (user(), attached(ADMINISTRATOR), enabled_device())),
    ],
    ids=["the same user", "the same device", "the same password"],
)
def test_one_wins_and_the_other_finishes_or_says_so(
    aws: LocalAws, tmp_path: Path, record_property: Any, action: str, given: tuple[Given, ...]
) -> None:
    account = open_accounts(aws, tmp_path, "general")["general"]
    for step in given:
        step(account)
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    operators = [bootstrap_of([account], folder) for folder in folders]
    ends: dict[int, tuple[int, str]] = {}

    def work(number: int, operator: Operator) -> Callable[[], None]:
        def bootstrap() -> None:
            # Its device is nobody's whom a handover knows
            ends[number] = operator.bootstrap("-e", "iam_admin_adopt=true")

        return bootstrap

    rendezvous = Rendezvous(account, action)
    aws.log.intercept = rendezvous.intercept
    try:
        at_once(*(work(number, operator) for number, operator in enumerate(operators)))
    finally:
        aws.log.reset()
    assert rendezvous.met
    record_property("pairs of operators at once", 1)
    for _code, shown in ends.values():
        assert "Traceback" not in shown
        assert "fault of the collection" not in shown
    if action == "CreateLoginProfile":
        (loser,) = [shown for code, shown in ends.values() if code]
        assert "Somebody else gave this user a console password at the same moment" in " ".join(loser.split())

    # Whoever did not come to the end runs again, until both find the same; a void enrolment is moved away
    for number, operator in enumerate(operators):
        if ends[number][0] and "move the handover away" in ends[number][1]:
            (folders[number] / "handover").rename(folders[number] / "void")
        if ends[number][0]:
            # Its device is nobody's whom a handover knows
            ends[number] = operator.bootstrap("-e", "iam_admin_adopt=true")
        # The other operator is somebody else to it, and has finished the account: that is adopted by name
        if ends[number][0] and "which somebody else has set" in " ".join(ends[number][1].split()):
            ends[number] = operator.bootstrap("-e", "iam_admin_adopt=true")
    assert [code for code, _shown in ends.values()] == [0, 0], ends
    (admin,) = account.backend.users.values()
    (device,) = account.backend.virtual_mfa_devices.values()
    assert device.user is admin
    assert {password_of(folder) for folder in folders} == {admin.password, None}


def test_no_codes_are_asked_for_a_device_that_somebody_else_has_enabled_meanwhile(
    aws: LocalAws, account: TestAccount, tmp_path: Path
) -> None:
    operator = bootstrap_of([account], tmp_path)
    met: list[Call] = []

    def enable_first(call: Call) -> None:
        is_there = account.backend.users and (call.account_id, call.action) == (account.id, "ListVirtualMFADevices")
        if is_there and not met:
            met.append(call)
            enabled_device()(account)

    code, shown = disturbed(aws, operator, enable_first)
    assert met
    assert code == 2, shown
    assert operator.asked == []
    assert "with the MFA device arn:aws:iam::" in " ".join(shown.split())
    (admin,) = account.backend.users.values()
    assert admin.password is None
    code, shown = operator.bootstrap("-e", "iam_admin_adopt=true")
    assert code == 0, shown
    assert password_of(tmp_path) == admin.password


def test_a_password_that_an_earlier_run_has_set_and_aws_shows_late_is_kept(
    aws: LocalAws, account: TestAccount, tmp_path: Path
) -> None:
    operator = bootstrap_of([account], tmp_path)
    code, shown = operator.bootstrap()
    assert code == 0, shown
    kept = password_of(tmp_path)

    def hide(call: Call) -> None:
        if (call.account_id, call.action) == (account.id, "GetLoginProfile"):
            raise RefusedError("NoSuchEntity", "Login Profile for User iamadmin cannot be found.", "404 Not Found")

    code, shown = disturbed(aws, operator, hide)
    assert code == 2, shown
    assert "may not work" in " ".join(shown.split())
    assert password_of(tmp_path) == kept == account.backend.users["iamadmin"].password


def test_a_password_that_somebody_else_has_set_meanwhile_is_not_taken_for_ones_own(
    aws: LocalAws, account: TestAccount, tmp_path: Path
) -> None:
    for step in (user(), attached(ADMINISTRATOR), enabled_device()):
        step(account)
    operator = bootstrap_of([account], tmp_path)
    reads: list[Call] = []

    def set_one_between_two_reads(call: Call) -> None:
        if (call.account_id, call.action) == (account.id, "GetLoginProfile"):
            reads.append(call)
            if len(reads) == 3:  # the survey has read it, too
                password()(account)

    code, shown = disturbed(aws, operator, set_one_between_two_reads, "-e", "iam_admin_adopt=true")
    assert code == 2, shown
    assert "has a password that this task did not set" in " ".join(shown.split())
    assert "sign in at" not in shown
    assert password_of(tmp_path) is None
    code, shown = operator.bootstrap()
    assert code == 0, shown
    assert password_of(tmp_path) is None
