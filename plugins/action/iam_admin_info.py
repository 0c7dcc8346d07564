# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_ADMIN_INFO
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import Handover
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.in_process import AwsActionModule

# Seconds before each further look, as AWS may show late what it has
_LOOK_AGAIN_AFTER = (1, 2, 4)


class ActionModule(AwsActionModule):
    """See the documentation of iam_admin_info."""

    TASK = IAM_ADMIN_INFO
    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {
        "just_changed": {"type": "bool", "default": False},
        "foretold": {"type": "bool", "default": False},
        "survey": {"type": "list", "elements": "str"},
    }

    def run_task(
        self,
        args: Mapping[str, Any],
        of_action: Mapping[str, Any],
        handover: Handover | None,
        task_vars: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Run it, again where AWS may not show yet what this run has changed; and say what a report needs to know."""
        for delay in (*_LOOK_AGAIN_AFTER, None):
            result = self._read(args, of_action, handover, task_vars)
            is_settled = result.get("secure", True) or of_action["foretold"]
            if is_settled or not of_action["just_changed"] or delay is None:
                break
            time.sleep(delay)
        return {
            **result,
            "user_name": str(args.get("name") or ""),
            "checked_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "foretold": of_action["foretold"],
        }

    def _read(self, args: Mapping[str, Any], *more: Any) -> dict[str, Any]:
        try:
            return super().run_task(args, *more)
        except AnsibleActionFail as error:  # its words are the result's
            return {"failed": True, "msg": str(error)}
