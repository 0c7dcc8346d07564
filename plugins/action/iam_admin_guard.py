# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.action import ControllerAction
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.guard import shared_accounts
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import has_qr_code
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.vault import NOT_ENCRYPTED, Vault


class ActionModule(ControllerAction):
    """See the documentation of iam_admin_guard."""

    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {
        "directory": {"type": "path", "required": True},
        "resolved": {"type": "str"},
        "enrolment": {"type": "str", "choices": ["codes", "totp"], "default": "codes"},
        "vault_password": {"type": "str", "no_log": True},
    }

    def act(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Compare the account ids of the whole inventory, and look at the handovers of this play."""
        hosts = task_vars["ansible_play_hosts"]
        variables = {host: task_vars["hostvars"][host] for host in task_vars["groups"]["all"]}
        account_ids = {}
        for host, host_vars in variables.items():
            resolved = host_vars.get(options["resolved"]) or {}
            account_id = host_vars.get("aws_account_id") or resolved.get("account_id")
            if account_id:
                account_ids[host] = str(account_id)
        refused = shared_accounts(account_ids)
        vault = Vault(self._loader._vault.secrets, options["vault_password"])
        if options["enrolment"] == "totp" and not vault.encrypts:
            refused = {**dict.fromkeys(hosts, NOT_ENCRYPTED), **refused}
        directories = {host: variables[host].get("iam_admin_handover_dir", options["directory"]) for host in hosts}
        return {
            "changed": False,
            "refused": refused,
            "undeclared": any(host not in account_ids for host in hosts),
            "unfinished": [host for host, directory in directories.items() if has_qr_code(directory, host)],
        }
