# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
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
            if enrolment.may_ask:
                run = partial(super().run_task, of_action=of_action, handover=handover, task_vars=task_vars)
                return self._ask(run, args, called(host, str(args.get("name")), device), device)
            args = {**args, "code": enrolment.fresh_code()}
        result = super().run_task(args, of_action, handover, task_vars)
        result.pop("refused_code", None)
        return result

    @staticmethod
    def _ask(run: Callable[..., dict[str, Any]], args: Mapping[str, Any], label: str, device: str) -> dict[str, Any]:
        """Run it with a code that is asked for, again where it cannot be one, or AWS refuses it."""
        result: dict[str, Any] | None = None
        question = f"Fresh MFA code for {label}: an unused one of {device}. Press Enter to skip the proof."
        for _attempt in range(MOST_ATTEMPTS):
            answer = ask(question, private=True)
            if not answer:
                break
            try:
                (code,) = typed_fresh_codes([label], answer).values()
                result = run({**args, "code": check_code(code, "The code")})
                if not result.pop("refused_code", False):
                    return result
                refused = result["msg"]
            except AdminError as error:
                refused = f"{label}: {error}"
            Display().display(f"\n{printable(refused)}")
        if result:
            return result
        raise AdminError(
            f"{label}: no valid MFA code was given: type one in another run on a terminal, or set "
            "iam_admin_proof_codes."
        )
