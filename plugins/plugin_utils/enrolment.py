# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the MFA codes of a device come from: typed for all that were asked for, given by account, or computed."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError

from .codes import check_fit, compute, seconds_until_fresh, typed_codes, typed_fresh_codes
from .guard import NOT_ENCRYPTED
from .handover import Handover

ENROLMENT_SPEC: dict[str, Any] = {
    "type": "dict",
    "options": {
        "method": {"type": "str", "choices": ["codes", "totp"], "default": "codes"},
        "asked": {"type": "list", "elements": "list"},
        "first_codes": {"type": "str", "default": "", "no_log": True},
        "next_codes": {"type": "str", "default": "", "no_log": True},
        "codes": {"type": "raw", "no_log": True},
    },
}


def waiting(variables: Mapping[str, Any]) -> list[list[str]]:
    """Return the devices that wait for typed codes: what the questions call each, its host, and its name."""
    groups = variables.get("groups", {})
    pending = {*groups.get("mfa_pending_codes", ())} - {*groups.get("mfa_failed", ())}
    devices = {host: _devices(variables["hostvars"][host]) for host in groups.get("all", ()) if host in pending}
    return [
        [host if len(names) == 1 else f"{host} {name}", host, name] for host, names in devices.items() for name in names
    ]


def _devices(of_host: Mapping[str, Any]) -> list[str]:
    """Return the devices that the role has made, or found, and that are not enabled yet."""
    made, user = of_host.get("__iam_admin_created", {}), of_host.get("__iam_admin_user", {})
    return [
        device["__iam_admin_device_name"]
        for device in made.get("results", ())
        if device.get("status") == "pending" and device["serial_number"] not in user["user"]["mfa_devices"]
    ]


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
        typed = self.options["first_codes"] + self.options["next_codes"]
        return bool(self._own_codes) or typed.strip() != ""

    @property
    def _own_codes(self) -> Any:
        codes = self.options["codes"]
        return codes.get(self.device) if isinstance(codes, Mapping) else codes

    def codes(self) -> tuple[str, str]:
        """Return the two codes, held against the seed of the handover before AWS is asked."""
        if self.computes:
            codes = compute(self.host, self._own_seed(), time.time())
            self.handover.note_use()
            return codes
        given = self._given()
        if not all(isinstance(code, str) for code in given):
            raise AdminError(f"{self.host}: codes must be quoted, as YAML reads 012345 as a number.")
        label = self._label or self.host
        return check_fit(label, given, newest_seed(self.handover, self.device), time.time(), self._seeds_of_others)

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
        return typed_fresh_codes(self._labels, self.options["first_codes"])[self._label]

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
        typed = typed_codes(self._labels, self.options["first_codes"], self.options["next_codes"])
        if self._label is None:
            raise AdminError(f"{self.host}: its codes were not asked for; give two in iam_admin_mfa_codes.")
        return typed[self._label]

    def _seeds_of_others(self) -> dict[str, str]:
        """Return what tells that codes were swapped, as far as it can be read."""
        seeds: dict[str, str] = {}
        for label, host, device in self._asked:
            with suppress(AdminError):
                if seed := newest_seed(self.handover.of_host(host), device):
                    seeds[label] = seed
        return seeds

    def _own_seed(self, enabled: bool = False) -> str:
        seed = newest_seed(self.handover, self.device, enabled)
        if seed is None:
            raise AdminError(f"{self.host}: the handover has no seed of {self.device} to compute codes from.")
        return seed


def newest_seed(handover: Handover, device: str, enabled: bool = False) -> str | None:
    """Return the newest seed of a device, or the newest whose QR code is not there to be scanned."""
    kept = handover.read()
    seeds = kept.credentials.seeds_of(device) if kept.credentials else []
    if enabled and len(seeds) > 1 and kept.is_enrolling(device):
        return seeds[-2]
    return seeds[-1] if seeds else None
