# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.action import ControllerAction
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.guard import refused_enrolment, shared_accounts


class ActionModule(ControllerAction):
    """See the documentation of iam_admin_guard. It runs once for all hosts, so it refuses a host and does not fail."""

    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {
        "resolved": {"type": "str"},
        "enrolment": {"type": "raw"},
        "encrypts": {"type": "bool", "default": False},
    }

    def act(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Compare the account ids of the whole inventory, and look at how the hosts of this play are enrolled."""
        of_host = task_vars["hostvars"]
        account_ids = {}
        for host in {**dict.fromkeys(task_vars["groups"]["all"]), **dict.fromkeys(task_vars["ansible_play_hosts"])}:
            resolved = of_host[host].get(options["resolved"]) or {}
            account_id = of_host[host].get("aws_account_id") or resolved.get("account_id")
            if account_id:
                account_ids[host] = str(account_id)
        refused = shared_accounts(account_ids)
        for host in task_vars["ansible_play_hosts"]:
            sentence = refused_enrolment(
                of_host[host].get("iam_admin_enrolment", options["enrolment"]),
                encrypts=options["encrypts"]
                or bool(self._loader._vault.secrets)
                or "iam_admin_vault_password" in of_host[host],
            )
            if sentence:
                refused.setdefault(host, sentence)
        undeclared = any(host not in account_ids for host in task_vars["ansible_play_hosts"])
        return {"changed": False, "refused": refused, "undeclared": undeclared}
