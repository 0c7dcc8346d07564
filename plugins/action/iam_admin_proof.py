# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.kept import HANDOVER_SPEC
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_ADMIN_PROOF
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.action import handover_of
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.enrolment import ENROLMENT_SPEC, Enrolment
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import Handover
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.in_process import AwsActionModule


class ActionModule(AwsActionModule):
    """See the documentation of iam_admin_proof."""

    TASK = IAM_ADMIN_PROOF
    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {"enrolment": ENROLMENT_SPEC, "handover": HANDOVER_SPEC}

    def run_task(
        self,
        args: Mapping[str, Any],
        of_action: Mapping[str, Any],
        handover: Handover | None,
        task_vars: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Run it with a fresh code of the device, where the enrolment has one."""
        options, where = of_action.get("enrolment"), of_action.get("handover")
        if options and where and not self._task.check_mode:
            host = task_vars["inventory_hostname"]
            device = str(args.get("device_name") or args.get("name"))
            enrolment = Enrolment(options, handover_of(self, where, task_vars, host), host, device)
            args = {**args, "code": enrolment.fresh_code()}
        return super().run_task(args, of_action, handover, task_vars)
