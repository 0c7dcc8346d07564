# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.action import (
    ControllerAction,
    finder_of_slips,
    handover_of,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handing_over import draw_qr_code_again
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.terminal import Screen

_SCREEN = Screen.found()


class ActionModule(ControllerAction):
    """See the documentation of iam_admin_qr_code."""

    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {
        "directory": {"type": "path", "required": True},
        "vault_password": {"type": "str", "no_log": True},
        "account_id": {"type": "str"},
        "user_name": {"type": "str", "required": True},
        "device_name": {"type": "str"},
    }

    def act(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Draw it, where the handover is the user's."""
        if slips := finder_of_slips(self, task_vars)(task_vars["hostvars"].raw_get(task_vars["inventory_hostname"])):
            raise AdminError(slips)
        handover = handover_of(self, options, task_vars, task_vars["inventory_hostname"])
        kept, user_name = handover.read(), options["user_name"]
        if kept.credentials:
            kept.expect(options["account_id"] or kept.credentials.account_id, user_name)
        elif account_id := options["account_id"]:
            replace(kept, elsewhere=handover.elsewhere(user_name)).refuse_other_name(account_id, user_name)
        draw_qr_code_again(handover, options["device_name"] or user_name, _SCREEN)
        return {"changed": False}
