# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail
from ansible.utils.display import Display

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_ADMIN_INFO
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.in_process import AwsActionModule
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.verdict import Verdict


class ActionModule(AwsActionModule):
    """See the documentation of iam_admin_verdict. To read and to judge in one task is faster than in two."""

    TASK = IAM_ADMIN_INFO
    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {
        "earlier_error": {"type": "str", "default": ""},
        "predicted": {"type": "bool", "default": False},
    }

    def run_task(self, args: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Read the account of this host, print the verdict, and fail unless it is secure."""
        of_info = {name: value for name, value in args.items() if name not in self.ARGUMENT_SPEC}
        own = {name: value for name, value in args.items() if name in self.ARGUMENT_SPEC}
        own, _secrets = self.validated(self.ARGUMENT_SPEC, own)
        try:
            info = super().run_task(of_info, task_vars)
        except AnsibleActionFail as error:
            info = {"failed": True, "msg": str(error)}
        verdict = Verdict(
            account_name=task_vars["inventory_hostname"],
            user_name=args.get("name", ""),
            info=info,
            earlier_error=own["earlier_error"],
            predicted=own["predicted"],
        )
        Display().display(verdict.text())
        return {"changed": False, "failed": verdict.fails, "verdict": verdict.status, "msg": verdict.sentence()}
