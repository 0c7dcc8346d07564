# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_ADMIN_USER
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import Handover
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.in_process import AwsActionModule
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.vault import Vault


class ActionModule(AwsActionModule):
    """See the documentation of iam_admin_user."""

    TASK = IAM_ADMIN_USER
    _supports_async = True
    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {
        "handover": {
            "type": "dict",
            "options": {
                "directory": {"type": "path", "required": True},
                "vault_password": {"type": "str", "no_log": True},
            },
        },
    }

    def run_task(self, args: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Run it; where it finds a stranger, look into the handover, which takes its time, and run it again if not."""
        own = {name: value for name, value in args.items() if name in self.ARGUMENT_SPEC}
        options, _secrets = self.validated(self.ARGUMENT_SPEC, own)
        of_module = {name: value for name, value in args.items() if name not in self.ARGUMENT_SPEC}
        result = super().run_task(of_module, task_vars)
        stranger = result.get("stranger")
        if not stranger:
            return result
        try:
            is_known = self._is_known(options["handover"], stranger, args["name"], task_vars)
        except AdminError as error:  # what cannot be used knows nobody
            return {**result, "msg": str(error)} if stranger["is_bare"] else result
        return super().run_task({**of_module, "adopt": True}, task_vars) if is_known else result

    def _is_known(
        self, where: Mapping[str, Any] | None, stranger: Mapping[str, Any], user_name: str, task_vars: Mapping[str, Any]
    ) -> bool:
        """Whether the handover knows the user, or there is none and a run that was killed may have left it."""
        found = None
        if where:
            vault = Vault(self._loader._vault.secrets, where["vault_password"])
            handover = Handover(where["directory"], task_vars["inventory_hostname"], vault)
            found = handover.read_for(stranger["account_id"], user_name)
            if found and stranger["is_bare"]:
                handover.refuse_stranger(found, stranger["user_id"], has_password=False)
        return found.knows(stranger, user_name) if found else stranger["is_bare"]
