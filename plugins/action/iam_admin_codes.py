# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.action import ControllerAction
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.codes import (
    check_fit,
    compute,
    seconds_until_fresh,
    typed_codes,
    typed_fresh_codes,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.guard import NOT_ENCRYPTED
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import Handover
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.vault import Vault


class ActionModule(ControllerAction):
    """See the documentation of iam_admin_codes."""

    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {
        "directory": {"type": "path", "required": True},
        "vault_password": {"type": "str", "no_log": True},
        "device_name": {"type": "str", "required": True},
        "asked": {"type": "list", "elements": "list", "default": []},
        "first_codes": {"type": "str", "default": "", "no_log": True},
        "next_codes": {"type": "str", "default": "", "no_log": True},
        "codes": {"type": "list", "elements": "raw", "no_log": True},
        "fresh": {"type": "bool", "default": False},
        "enrolment": {"type": "str", "choices": ["codes", "totp"], "default": "codes"},
    }

    def act(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Find the two codes of this host, and hold them against the seed in its handover; or find a fresh one."""
        account, device = task_vars["inventory_hostname"], options["device_name"]
        vault = Vault(self._loader._vault.secrets, options["vault_password"])
        if options["enrolment"] == "totp":
            if not vault.encrypts:
                raise AdminError(NOT_ENCRYPTED)
            return {"changed": False, "codes": self._computed(Handover(options["directory"], account, vault), options)}
        asked = options["asked"]
        labels = [label for label, _host, _name in asked]
        own = next((label for label, host, name in asked if (host, name) == (account, device)), None)
        if options["fresh"]:
            if own is None:
                raise AdminError(f"{account}: its code was not asked for.")
            return {"changed": False, "codes": [typed_fresh_codes(labels, options["first_codes"])[own]]}
        codes = options["codes"]
        if codes is None:
            typed = typed_codes(labels, options["first_codes"], options["next_codes"])
            if own is None:
                raise AdminError(f"{account}: its codes were not asked for; give two in iam_admin_mfa_codes.")
            codes = typed[own]
        if not all(isinstance(code, str) for code in codes):
            raise AdminError(f"{account}: codes must be quoted, as YAML reads 012345 as a number.")
        label = own or account
        seeds = {label: self._seed(Handover(options["directory"], account, vault), device)}
        for other, host, name in asked:
            # Another account's handover only serves to tell that codes were swapped
            with suppress(AdminError):
                seeds.setdefault(other, self._seed(Handover(options["directory"], host, vault), name))
        known = {name: seed for name, seed in seeds.items() if seed}
        return {"changed": False, "codes": list(check_fit(label, codes, known.get(label), time.time(), known))}

    @staticmethod
    def _seed(handover: Handover, device: str, enabled: bool = False) -> str | None:
        """Return the newest seed of a device, or the newest whose QR code is not there to be scanned."""
        kept = handover.read()
        seeds = kept.seeds_of(device) if kept else []
        if kept and enabled and len(seeds) > 1 and handover.qr_code_of(kept, device) in handover.qr_codes():
            return seeds[-2]
        return seeds[-1] if seeds else None

    def _computed(self, handover: Handover, options: Mapping[str, Any]) -> list[str]:
        """Compute the codes of now and before; or the one of now, once it is later than those that were used."""
        device = options["device_name"]
        seed = self._seed(handover, device, enabled=options["fresh"])
        if seed is None:
            raise AdminError(f"{handover.folder.name}: the handover has no seed of {device} to compute codes from.")
        if options["fresh"]:
            time.sleep(seconds_until_fresh(handover.last_used(), time.time()))
        codes = list(compute(handover.folder.name, seed, time.time()))
        if not self._task.check_mode:
            handover.note_use()
        return codes[1:] if options["fresh"] else codes
