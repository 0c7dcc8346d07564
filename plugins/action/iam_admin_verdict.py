# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.utils.display import Display

from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.action import ControllerAction
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.verdict import Verdict


class ActionModule(ControllerAction):
    """See the documentation of iam_admin_verdict."""

    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {
        "info": {"type": "dict", "required": True},
        "user_name": {"type": "str", "required": True},
        "earlier_error": {"type": "str", "default": ""},
        "predicted": {"type": "bool", "default": False},
    }

    def act(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Print the verdict of this host, and fail unless it is secure."""
        verdict = Verdict(
            account_name=task_vars["inventory_hostname"],
            user_name=options["user_name"],
            info=options["info"],
            earlier_error=options["earlier_error"],
            predicted=options["predicted"],
        )
        Display().display(verdict.text())
        return {"changed": False, "failed": verdict.fails, "verdict": verdict.status, "msg": verdict.sentence()}
