# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the MFA codes of a device come from: typed for all that were asked for, given by account, or computed."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.names import devices_by_name

from .codes import check_fit, compute, seconds_until_fresh, typed_codes, typed_fresh_codes
from .guard import NOT_ENCRYPTED
from .handover import Handover

ENROLMENT_SPEC: dict[str, Any] = {
    "type": "dict",
    "options": {
        "method": {"type": "str", "choices": ["codes", "totp"], "default": "codes"},
        "asked": {"type": "list", "elements": "list"},
        "first_codes": {"type": "str", "no_log": True},
        "next_codes": {"type": "str", "no_log": True},
        "codes": {"type": "raw", "no_log": True},
    },
}


def waiting(variables: Mapping[str, Any]) -> list[list[str]]:
    """Return the devices that wait for typed codes: what the questions call each, its host, and its name."""
    groups = variables.get("groups", {})
    pending = {*groups.get("mfa_pending_codes", ())} - {*groups.get("mfa_failed", ())}
    return [
        [called(host, *device), host, device[1]]
        for host in groups.get("all", ())
        if host in pending
        for device in _devices(variables["hostvars"][host])
    ]


def called(host: str, user_name: str, device: str, is_one_of_several: bool = False) -> str:
    """Return what a device is called in questions: its host, and its name, unless it is its user's only one."""
    return host if device == user_name and not is_one_of_several else f"{host} {device}"


def _devices(of_host: Mapping[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Return the user's name, a device of the role that waits for codes, and whether it is one of several, for each."""
    made, found = of_host.get("__iam_admin_created", {}), of_host.get("__iam_admin_user", {})
    for device in made.get("results", ()):
        if device.get("status") == "pending" and device["serial_number"] not in found["user"]["mfa_devices"]:
            name = device["__iam_admin_device_name"]
            others = {*devices_by_name(found["user"]["mfa_devices"])} - {name.lower()}
            yield found["user"]["user_name"], name, len(made["results"]) > 1 or bool(others)


@dataclass(frozen=True)
class Enrolment:
    """The option `enrolment` for one device of a host; methods raise AdminError.

    Its `asked` are the devices that the questions asked for, in their order, by default those that are `waiting`.
    """

    options: Mapping[str, Any]
    handover: Handover
    host: str
    device: str
    waiting: Callable[[], list[list[str]]] = list

    @property
    def computes(self) -> bool:
        """Whether nobody types anything; raises AdminError where the seed would lie in plain text."""
        if self.options["method"] == "totp" and not self.handover.encrypts:
            raise AdminError(NOT_ENCRYPTED)
        return bool(self.options["method"] == "totp")

    @property
    def has_codes(self) -> bool:
        """Whether codes of the device were given, or any were typed."""
        return bool(self._own_codes) or "".join(self._typed).strip() != ""

    @property
    def may_ask(self) -> bool:
        """Whether somebody may be asked for codes: where nothing is said of them, not even that there are none."""
        unsaid = self.options["first_codes"] is None and self.options["next_codes"] is None
        return not self.computes and not self._own_codes and unsaid

    @property
    def _typed(self) -> tuple[str, str]:
        return self.options["first_codes"] or "", self.options["next_codes"] or ""

    @property
    def _own_codes(self) -> Any:
        codes = self.options["codes"]
        return codes.get(self.device) if isinstance(codes, Mapping) else codes

    def codes(self) -> tuple[str, str]:
        """Return the two codes, checked against the seed in the handover before AWS is asked."""
        if self.computes:
            codes = compute(self.host, self._own_seed(), time.time())
            self.handover.note_use()
            return codes
        given = self._given()
        if not all(isinstance(code, str) for code in given):
            raise AdminError(f"{self.host}: codes must be quoted, as YAML reads 012345 as a number.")
        return self.fitting(given)

    def fitting(self, codes: Sequence[str]) -> tuple[str, str]:
        """Return two codes as AWS takes them; raise AdminError, with the reason, where it would refuse them."""
        seed = self.handover.read().newest_seed(self.device)
        return check_fit(self.label, codes, seed, time.time(), self._seeds_of_others)

    @property
    def is_to_be_scanned(self) -> bool:
        """Whether the handover has a QR code of the device that nobody may have scanned yet."""
        return self.handover.read().is_enrolling(self.device)

    @property
    def newest(self) -> str | None:
        """The name in AWS of the newest device whose seed the handover has, None for none."""
        held = self.handover.read().credentials
        names = held.names_of(self.device) if held else []
        return names[-1] if names else None

    @property
    def picture(self) -> Path | None:
        """The file of that QR code, None for none."""
        held = self.handover.read().credentials
        return self.handover.qr_code(self.device, held.user_name) if held else None

    @property
    def label(self) -> str:
        """What the device is called in questions."""
        return self._label or self.host

    def fresh_code(self) -> str:
        """Return one code that was not used before; to compute one can take until the next one is due."""
        if self.computes:
            seed = self._own_seed(enabled=True)
            time.sleep(seconds_until_fresh(self.handover.last_used(), time.time()))
            _before, code = compute(self.host, seed, time.time())
            self.handover.note_use()
            return code
        if self._label is None:
            raise AdminError(f"{self.host}: its code was not asked for.")
        return typed_fresh_codes(self._labels, self._typed[0])[self._label]

    @cached_property
    def _asked(self) -> list[list[str]]:
        said = self.options["asked"]
        return self.waiting() if said is None else said

    @property
    def _labels(self) -> list[str]:
        return [label for label, _host, _device in self._asked]

    @property
    def _label(self) -> str | None:
        own = (self.host, self.device)
        return next((label for label, host, device in self._asked if (host, device) == own), None)

    def _given(self) -> Sequence[Any]:
        codes = self._own_codes
        if codes:
            if isinstance(codes, str) or not isinstance(codes, Sequence):
                raise AdminError(f"{self.host}: its codes in iam_admin_mfa_codes are no list of two.")
            return codes
        typed = typed_codes(self._labels, *self._typed)
        if self._label is None:
            raise AdminError(f"{self.host}: no codes of {self.device} were asked for: give two in iam_admin_mfa_codes.")
        return typed[self._label]

    def _seeds_of_others(self) -> dict[str, str]:
        """Return what tells that codes were swapped, as far as it can be read."""
        seeds: dict[str, str] = {}
        for label, host, device in self._asked:
            with suppress(AdminError):
                if seed := self.handover.of_host(host).read().newest_seed(device):
                    seeds[label] = seed
        return seeds

    def _own_seed(self, enabled: bool = False) -> str:
        seed = self.handover.read().newest_seed(self.device, enabled)
        if seed is None:
            raise AdminError(f"{self.host}: the handover has no seed of {self.device} to compute codes from.")
        return seed
