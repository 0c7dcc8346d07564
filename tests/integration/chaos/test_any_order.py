# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two administrators with two devices each, and whatever is done to them in any order while AWS misbehaves.

The tasks run in this process, in the order in which the role runs them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.names import devices_by_name
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import (
    IAM_ADMIN_USER,
    IAM_VIRTUAL_MFA,
    Task,
)
from tests.conftest import how_much
from tests.integration.cases import ADMINISTRATOR, REQUIRE_MFA, codes_of
from tests.integration.conftest import open_accounts
from tests.local_aws import faults
from tests.local_aws.calls import Answer, Call
from tests.local_aws.faults import At
from tests.local_aws.keys import key_of
from tests.local_aws.server import SECRET_KEY, LocalAws

NAMES = ("first", "second")
DEVICES = ("phone", "safe")
GROUP = "administrators"
PASSWORDS = (f"Correct-horse-{number}" for number in itertools.count(1))

# What happens, whether before or after AWS acts, and whether once or until the run gives up
TROUBLES = {
    "throttled": (faults.THROTTLING, "intercept", True),
    "service failure": (faults.SERVICE_FAILURE, "intercept", True),
    "connection dropped": (faults.drop, "intercept", True),
    "answer lost": (faults.drop, "conclude", True),
    "failure after AWS has acted": (faults.SERVICE_FAILURE, "conclude", True),
    "keys expired": (faults.EXPIRED, "intercept", False),
    "network gone once AWS has acted": (faults.drop, "conclude", False),
}
NAME, DEVICE = st.sampled_from(NAMES), st.sampled_from(DEVICES)
TROUBLE = st.one_of(st.none(), st.tuples(st.sampled_from(sorted(TROUBLES)), st.integers(1, 25)))


class StoppedError(Exception):
    """A task has failed, and with it the run."""


@dataclass
class Administrator:
    """What is wanted of one, and what its handover holds."""

    name: str
    wanted: bool = False
    in_group: bool = False
    require_mfa: bool = False
    replacing: set[str] = field(default_factory=set)
    seeds: dict[str, str] = field(default_factory=dict)

    def device_name(self, device: str) -> str:
        """Return its name in AWS, where devices of all users share the names."""
        return f"{self.name}-{device}"


class AnyOrder(RuleBasedStateMachine):
    """An account with a root user, which does it all."""

    aws: LocalAws
    figures: dict[str, int]

    def __init__(self) -> None:
        super().__init__()
        with TemporaryDirectory() as folder:
            self.account = open_accounts(self.aws, Path(folder), "general")["general"]
        self.backend = self.account.backend
        self.administrators = {name: Administrator(name) for name in NAMES}
        self.broken: list[str] = []
        self.trouble: At | None = None
        self.leaving: str | None = None
        self.could_sign_in: set[str] = set()
        self.aws.log.conclude = self._look

    # What AWS has

    def _able(self) -> set[str]:
        """Those who are administrators, and can sign in."""
        return {
            user.name
            for user in self.backend.users.values()
            if user.password and user.mfa_devices and ADMINISTRATOR in self._policies(user)
        }

    def _policies(self, user: Any) -> set[str]:
        groups = [group for group in self.backend.groups.values() if user in group.users]
        return {arn for owner in (user, *groups) for arn in owner.managed_policies}

    def _seen(self) -> dict[str, Any]:
        """All that a task could have changed."""
        return {
            "users": {
                user.name: (
                    user.password,
                    sorted(user.managed_policies),
                    dict(user.policies),
                    sorted(user.mfa_devices),
                )
                for user in self.backend.users.values()
            },
            "groups": {
                group.name: ([user.name for user in group.users], sorted(group.managed_policies), dict(group.policies))
                for group in self.backend.groups.values()
            },
            "devices": {
                device.serial_number: (
                    device.base32_string_seed,
                    device.user and device.user.name,
                    getattr(device, "last_step", 0),
                )
                for device in self.backend.virtual_mfa_devices.values()
            },
        }

    def _look(self, call: Call, answer: Answer) -> Answer:
        """Look at the account after each call."""
        if call.account_id == self.account.id:
            able = self._able()
            locked_out = self.could_sign_in - able - {self.leaving}
            if locked_out:
                self.broken.append(f"{call.action} locked out {locked_out}")
            open_doors = [user.name for user in self.backend.users.values() if user.password and not user.mfa_devices]
            if open_doors:
                self.broken.append(f"after {call.action} a password alone opens {open_doors}")
            self.could_sign_in |= able
            if self.could_sign_in and not able:
                self.broken.append(f"after {call.action} nobody can sign in")
        return answer

    @contextmanager
    def _in_trouble(self, trouble: tuple[str, int] | None) -> Iterator[None]:
        """Run what fails only where something goes wrong."""
        self.trouble = None
        if trouble:
            fault, self.when, once = TROUBLES[trouble[0]]
            self.trouble = At({self.account.id}, trouble[1], fault, once)
        try:
            yield
        except StoppedError:
            assert self._faults_met(), "it failed though nothing went wrong"
            self._count("runs that failed in between")
        finally:
            if self._faults_met():
                self._count("faults in any order")
            self.trouble = None
            self._leave(None)

    @contextmanager
    def _misbehaving(self) -> Iterator[None]:
        """Let AWS misbehave as it is to, for so long."""
        at = self.trouble
        if at and self.when == "intercept":
            self.aws.log.intercept = at.intercept
        elif at:
            self.aws.log.conclude = lambda call, answer: at.conclude(call, self._look(call, answer))
        try:
            yield
        finally:
            self.aws.log.reset()
            self.aws.log.conclude = self._look

    def _faults_met(self) -> int:
        return len(self.trouble.met) if self.trouble else 0

    def _leave(self, name: str | None) -> None:
        """Say who is being removed, and so may be locked out."""
        self.leaving = name
        self.could_sign_in = self._able()

    def _count(self, figure: str) -> None:
        self.figures[figure] = self.figures.get(figure, 0) + 1

    # What a task does

    def _task(self, task: Task, **given: Any) -> Mapping[str, Any]:
        params = {
            **{option: entry.get("default") for option, entry in task.argument_spec.items()},
            "endpoint_url": self.aws.url,
            "access_key": key_of(self.account.id),
            "secret_key": SECRET_KEY,
            "account_id": self.account.id,
            "cache_credentials": False,
            **given,
        }
        before, met = self._seen(), self._faults_met()
        forecast = task.run(params, check_mode=True)
        assert self._seen() == before
        with self._misbehaving():
            result = task.run(params, check_mode=False)
        changed = self._seen() != before
        self._count("tasks in any order")
        if result.get("failed"):
            # An answer that was lost may have been that of a change
            assert result.get("changed", False) or not changed
            if self._faults_met() == met:
                assert forecast["msg"] == result["msg"]
            raise StoppedError(result["msg"])
        assert result["changed"] is changed
        if self._faults_met() == met:
            assert forecast["changed"] is changed
            assert forecast["diff"] == {**result["diff"], "after": forecast["diff"]["after"]}
        return result

    def _user(self, admin: Administrator, **more: Any) -> Mapping[str, Any]:
        return self._task(
            IAM_ADMIN_USER,
            name=admin.name,
            group=GROUP if admin.in_group else None,
            require_mfa=admin.require_mfa,
            **more,
        )

    def _device(self, admin: Administrator, device: str, state: str, **more: Any) -> Mapping[str, Any]:
        return self._task(
            IAM_VIRTUAL_MFA, user_name=admin.name, device_name=admin.device_name(device), state=state, **more
        )

    def _make(self, admin: Administrator, device: str, replace: bool) -> Mapping[str, Any]:
        made = self._device(admin, device, "present", recreate_unassigned=device not in admin.seeds, replace=replace)
        if "seed" in made:
            admin.seeds[device] = made["seed"]
        return made

    def _enable(self, admin: Administrator, device: str, replace: bool) -> None:
        self._device(admin, device, "enabled", codes=codes_of(admin.seeds[device]), replace=replace)

    # What an operator does

    def _bootstrap(self, admin: Administrator) -> None:
        found = self._user(admin)
        enabled = devices_by_name(found["user"]["mfa_devices"])
        pending = [device for device in DEVICES if admin.device_name(device) not in enabled]
        for device in pending:
            self._make(admin, device, replace=False)
        for device in pending:
            self._enable(admin, device, replace=False)
        if found["console_access"] != "present":
            self._user(admin, password=next(PASSWORDS))
        admin.seeds.clear()

    def _replace(self, admin: Administrator, device: str) -> None:
        made = self._make(admin, device, replace=True)
        if made["status"] == "pending":
            self._enable(admin, device, replace=True)
        else:
            self._device(admin, device, "enabled", replace=True)
        admin.seeds.clear()
        admin.replacing.discard(device)

    def _remove(self, admin: Administrator) -> None:
        self._leave(admin.name)
        self._task(IAM_ADMIN_USER, name=admin.name, state="absent")
        for device in DEVICES:
            self._device(admin, device, "absent")
        admin.seeds.clear()
        admin.replacing.clear()

    @rule(name=NAME, in_group=st.booleans(), require_mfa=st.booleans(), trouble=TROUBLE)
    def bootstrap(self, name: str, in_group: bool, require_mfa: bool, trouble: tuple[str, int] | None) -> None:
        """Make an administrator, or change how it is one."""
        admin = self.administrators[name]
        for other in self.administrators.values():
            # Who shares a group shares its policy
            other.require_mfa = require_mfa if other is admin or (in_group and other.in_group) else other.require_mfa
        admin.wanted, admin.in_group = True, in_group
        with self._in_trouble(trouble):
            self._bootstrap(admin)

    @rule(name=NAME, device=DEVICE, trouble=TROUBLE)
    def replace_mfa(self, name: str, device: str, trouble: tuple[str, int] | None) -> None:
        """Lose a phone."""
        admin = self.administrators[name]
        if not admin.wanted or name not in self._users():
            return  # the role refuses it
        admin.replacing.add(device)
        with self._in_trouble(trouble):
            self._replace(admin, device)

    @rule(name=NAME, trouble=TROUBLE)
    def reset_password(self, name: str, trouble: tuple[str, int] | None) -> None:
        """Lose a password."""
        admin = self.administrators[name]
        if not admin.wanted or name not in self._users() or not self._users()[name].mfa_devices:
            return  # the role refuses it
        with self._in_trouble(trouble):
            self._user(admin, password=next(PASSWORDS), update_password="always")

    @rule(name=NAME, device=DEVICE, trouble=TROUBLE)
    def resync(self, name: str, device: str, trouble: tuple[str, int] | None) -> None:
        """Have a device that is out of step."""
        admin = self.administrators[name]
        there = devices_by_name(serial for user in self._users().values() for serial in user.mfa_devices)
        if admin.device_name(device) not in there:
            return
        virtual = self.backend.virtual_mfa_devices[there[admin.device_name(device)]]
        virtual.last_step -= 4  # as if the codes were from a minute later
        with self._in_trouble(trouble):
            self._device(admin, device, "resynced", codes=codes_of(virtual.base32_string_seed))

    @rule(name=NAME, trouble=TROUBLE)
    def remove(self, name: str, trouble: tuple[str, int] | None) -> None:
        """See an administrator leave, where another one stays."""
        admin = self.administrators[name]
        if self._able() - {name}:
            admin.wanted = False
            with self._in_trouble(trouble):
                self._remove(admin)
        elif name in self._users() and ADMINISTRATOR in self._policies(self._users()[name]):
            before = self._seen()
            with pytest.raises(StoppedError, match="is the last administrator"):
                self._task(IAM_ADMIN_USER, name=name, state="absent")
            assert self._seen() == before

    def _users(self) -> dict[str, Any]:
        return {user.name: user for user in self.backend.users.values()}

    @invariant()
    def nothing_is_broken(self) -> None:
        """No call has left what it must not."""
        assert self.broken == []

    def teardown(self) -> None:
        """Run each once more: that is enough, and the next run changes nothing."""
        try:
            self._once_more()
            changes = self._seen()
            self._once_more()
            assert self._seen() == changes
            self._assert_as_wanted()
            assert self.broken == []
        finally:
            self.aws.log.reset()

    def _once_more(self) -> None:
        for admin in sorted(self.administrators.values(), key=lambda admin: not admin.wanted):
            if admin.wanted:
                self._bootstrap(admin)
                for device in sorted(admin.replacing):
                    self._replace(admin, device)
            else:
                self._remove(admin)
                self._leave(None)

    def _assert_as_wanted(self) -> None:
        wanted = [admin for admin in self.administrators.values() if admin.wanted]
        assert self._able() == set(self._users()) == {admin.name for admin in wanted}
        owners = {device.serial_number: device.user for device in self.backend.virtual_mfa_devices.values()}
        assert None not in owners.values()
        assert len(owners) == len(DEVICES) * len(wanted)
        assert set(devices_by_name(owners)) == {admin.device_name(device) for admin in wanted for device in DEVICES}
        for admin in wanted:
            user = self._users()[admin.name]
            group = self.backend.groups.get(GROUP)
            assert list(user.managed_policies) == ([] if admin.in_group else [ADMINISTRATOR])
            assert (REQUIRE_MFA in user.policies) is (admin.require_mfa and not admin.in_group)
            if admin.in_group:
                assert user in group.users
                assert (REQUIRE_MFA in group.policies) is admin.require_mfa


def test_whatever_is_done_in_any_order_one_more_run_puts_right(
    aws: LocalAws, request: pytest.FixtureRequest, record_property: Any
) -> None:
    examples, steps = how_much(request.config, (4, 10), (12, 12), (100, 25))
    figures: dict[str, int] = {}
    machine = type("AnyOrderHere", (AnyOrder,), {"aws": aws, "figures": figures})
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            derandomize=True,  # its figures are told
            suppress_health_check=list(HealthCheck),
            phases=[Phase.generate],  # a shorter example would take minutes to find
        ),
    )
    for name, count in figures.items():
        record_property(name, count)
