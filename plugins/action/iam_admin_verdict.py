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
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.in_process import AwsActionModule
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.verdict import account_report, sentence

# Seconds before each further look, as AWS may show late what it has
_LOOK_AGAIN_AFTER = (1, 2, 4)


class ActionModule(AwsActionModule):
    """See the documentation of iam_admin_verdict. To read and to judge in one task is faster than in two."""

    TASK = IAM_ADMIN_INFO
    _supports_async = False
    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {
        "earlier_error": {"type": "str", "default": ""},
        "predicted": {"type": "bool", "default": False},
        "proven": {"type": "list", "elements": "str", "default": []},
        "just_changed": {"type": "bool", "default": False},
    }

    def run_task(self, args: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Read the account of this host, and judge it."""
        of_info = {name: value for name, value in args.items() if name not in self.ARGUMENT_SPEC}
        own = {name: value for name, value in args.items() if name in self.ARGUMENT_SPEC}
        own, _secrets = self.validated(self.ARGUMENT_SPEC, own)
        for delay in (*_LOOK_AGAIN_AFTER, None):
            account = account_report(
                account_name=task_vars["inventory_hostname"],
                # As it was given: it may be what the options' types refuse
                user_name=str(args.get("name") or ""),
                info=self._read(of_info, task_vars),
                checked_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
                earlier_error=own["earlier_error"],
                predicted=own["predicted"],
                proven=own["proven"],
            )
            settled = account.verdict not in ("not secure", "unknown") or not account.findings
            if not own["just_changed"] or settled or delay is None:
                break
            time.sleep(delay)
        return {
            "changed": False,
            "verdict": account.verdict,
            "fails": account.fails,
            "msg": sentence(account),
            "account": account.as_json(),
        }

    def _read(self, args: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        try:
            return super().run_task(args, task_vars)
        except AnsibleActionFail as error:
            return {"failed": True, "msg": str(error)}
