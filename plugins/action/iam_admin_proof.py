# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.utils.display import Display

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, printable
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.kept import HANDOVER_SPEC
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.names import check_code
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_ADMIN_PROOF
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.action import handover_of
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.codes import typed_fresh_codes
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.enrolment import (
    ENROLMENT_SPEC,
    Enrolment,
    called,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import Handover
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.in_process import AwsActionModule
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.terminal import MOST_ATTEMPTS, ask


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
            code = self._ask(enrolment, str(args.get("name"))) if enrolment.may_ask else enrolment.fresh_code()
            args = {**args, "code": code}
        return super().run_task(args, of_action, handover, task_vars)

    @staticmethod
    def _ask(enrolment: Enrolment, user_name: str) -> str:
        """Ask for a code, again where it cannot be one; AWS takes each once, so it is not asked to try."""
        device = called(enrolment.host, user_name, enrolment.device)
        for _attempt in range(MOST_ATTEMPTS):
            answer = ask(f"Fresh MFA code for {device}: one that was not used before.", private=True)
            if not answer:
                break
            try:
                (code,) = typed_fresh_codes([device], answer).values()
                check_code(code, "The code")
            except AdminError as error:
                Display().display(f"\n{device}: {printable(str(error))}")
            else:
                return code
        raise AdminError(
            f"{device}: no MFA code was given: run again on a terminal and type it, or set iam_admin_proof_codes."
        )
