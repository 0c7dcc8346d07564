# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from collections.abc import Mapping
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
        "accounts": {"type": "list", "elements": "str", "default": []},
        "first_codes": {"type": "str", "default": "", "no_log": True},
        "next_codes": {"type": "str", "default": "", "no_log": True},
        "codes": {"type": "list", "elements": "raw", "no_log": True},
        "fresh": {"type": "bool", "default": False},
        "enrolment": {"type": "str", "choices": ["codes", "totp"], "default": "codes"},
    }

    def act(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Find the two codes of this host, and hold them against the seed in its handover; or find a fresh one."""
        account = task_vars["inventory_hostname"]
        vault = Vault(self._loader._vault.secrets, options["vault_password"])
        if options["enrolment"] == "totp":
            if not vault.encrypts:
                raise AdminError(NOT_ENCRYPTED)
            return {"changed": False, "codes": self._computed(Handover(options["directory"], account, vault), options)}
        if options["fresh"]:
            typed_code = typed_fresh_codes(options["accounts"], options["first_codes"]).get(account)
            if typed_code is None:
                raise AdminError(f"{account}: its code was not asked for.")
            return {"changed": False, "codes": [typed_code]}
        codes = options["codes"]
        if codes is None:
            typed = typed_codes(options["accounts"], options["first_codes"], options["next_codes"])
            if account not in typed:
                raise AdminError(f"{account}: its codes were not asked for; give two in iam_admin_mfa_codes.")
            codes = typed[account]
        if not all(isinstance(code, str) for code in codes):
            raise AdminError(f"{account}: codes must be quoted, as YAML reads 012345 as a number.")
        names = dict.fromkeys([account, *options["accounts"]])
        seeds = {}
        for name in names:
            try:
                kept = Handover(options["directory"], name, vault).read()
            except AdminError:
                if name == account:
                    raise
                continue  # another account's handover only serves to tell that codes were swapped
            if kept and kept.mfa_seed:
                seeds[name] = kept.mfa_seed
        return {"changed": False, "codes": list(check_fit(account, codes, seeds.get(account), time.time(), seeds))}

    def _computed(self, handover: Handover, options: Mapping[str, Any]) -> list[str]:
        """Compute the codes of now and before; or the one of now, once it is later than those that were used."""
        kept = handover.read()
        seed = kept.mfa_seed if kept else None
        if seed is None:
            raise AdminError(f"{handover.folder.name}: the handover has no mfa_seed to compute codes from.")
        if options["fresh"]:
            time.sleep(seconds_until_fresh(handover.last_used(), time.time()))
        codes = list(compute(handover.folder.name, seed, time.time()))
        if not self._task.check_mode:
            handover.note_use()
        return codes[1:] if options["fresh"] else codes
