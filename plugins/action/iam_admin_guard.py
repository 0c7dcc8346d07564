# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.action import ControllerAction
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.guard import shared_accounts


class ActionModule(ControllerAction):
    """See the documentation of iam_admin_guard."""

    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {"resolved": {"type": "str", "required": True}}

    def act(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Compare the account ids of the whole inventory."""
        account_ids = {}
        for host in task_vars["groups"]["all"]:
            host_vars = task_vars["hostvars"][host]
            resolved = host_vars.get(options["resolved"]) or {}
            account_id = host_vars.get("aws_account_id") or resolved.get("account_id")
            if account_id:
                account_ids[host] = str(account_id)
        return {"changed": False, "refused": shared_accounts(account_ids)}
