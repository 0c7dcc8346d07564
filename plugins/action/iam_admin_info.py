# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_ADMIN_INFO
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import Handover
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.in_process import AwsActionModule
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.survey import surveyed
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.variables import Variables

# Seconds before each further look, as AWS may show late what it has
_LOOK_AGAIN_AFTER = (1, 2, 4)


class ActionModule(AwsActionModule):
    """See the documentation of iam_admin_info."""

    TASK = IAM_ADMIN_INFO
    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {
        "changed_by": {"type": "list", "elements": "str", "default": []},
    }
    SURVEY_SPEC: ClassVar[Mapping[str, Any]] = {
        "survey": {"type": "list", "elements": "str"},
        "desired": {"type": "list", "elements": "str"},
        "just_read": {"type": "str"},
    }

    def surveyor(
        self, variables: Variables, connect: Callable[..., Any], options: Mapping[str, Any]
    ) -> Callable[[], dict[str, Any] | None]:
        """See AwsActionModule; an account in which nothing was to be changed just now is not read again."""
        of_host = variables.raw
        if surveyed(of_host, of_host["inventory_hostname"], options["just_read"]) is not None:
            return dict
        if not options["desired"]:
            return super().surveyor(variables, connect, options)
        one = self.for_host(variables, connect)
        expected = one.options_of(options["survey"], variables)
        user = self._beside("iam_admin_user").for_host(variables, partial(_connect_to_user, connect, expected))
        desired = user.options_of(options["desired"], variables)

        def read() -> dict[str, Any] | None:
            held = user.surveyed(desired, of_host)
            if not _is_as_desired(held):
                return None
            return {**one.surveyed(expected, of_host), "warnings": held.get("warnings", [])}

        return read

    def _beside(self, module: str) -> Any:
        loader = self._shared_loader_obj.action_loader
        return loader.get(
            f"landing_zone.aws_admin.{module}",
            task=self._task,
            connection=self._connection,
            play_context=self._play_context,
            loader=self._loader,
            templar=self._templar,
            shared_loader_obj=self._shared_loader_obj,
        )

    def run_task(
        self,
        args: Mapping[str, Any],
        of_action: Mapping[str, Any],
        handover: Handover | None,
        task_vars: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Run it, again where AWS may not show yet what this run has changed; and say what a report needs to know."""
        results = (task_vars.get(name) for name in of_action["changed_by"])
        has_changed = any(isinstance(result, Mapping) and result.get("changed") for result in results)
        predicted = bool(has_changed and self._task.check_mode)
        for delay in (*_LOOK_AGAIN_AFTER, None):
            result = self._read(args, of_action, handover, task_vars)
            if result.get("secure", True) or predicted or not has_changed or delay is None:
                break
            time.sleep(delay)
            self.look_anew()
        return {
            **result,
            "user_name": str(args.get("name") or ""),
            "checked_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "predicted": predicted,
        }

    def _read(self, args: Mapping[str, Any], *more: Any) -> dict[str, Any]:
        try:
            return super().run_task(args, *more)
        except AnsibleActionFail as error:  # its words are the result's
            return {"failed": True, "msg": str(error)}


def _connect_to_user(
    connect: Callable[..., Any], expected: Mapping[str, Any], params: Mapping[str, Any], _key: None
) -> Any:
    """Connect as the verdict does, which goes by the same reading; raise AdminError where there is no user yet."""
    api = connect({**params, "management_profile": expected.get("management_profile")})
    if api.get_user_detail(params["name"]) is None:
        raise AdminError(f"There is no user {params['name']} yet.")
    return api


def _is_as_desired(result: Mapping[str, Any]) -> bool:
    """Whether the administrator is all that it is to be, with a password and each device, by a result for its user.

    Where something fails, or cannot be read, it is not: the task of that host says why.
    """
    is_done = result.get("console_access") == "present" and result["pending_mfa_devices"] == []
    return is_done and not (result["changed"] or result.get("failed") or result.get("msg"))
