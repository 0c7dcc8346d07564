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
from ansible.template import Templar

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_ADMIN_INFO
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import Handover
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.in_process import AwsActionModule
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.survey import is_as_desired

# Seconds before each further look, as AWS may show late what it has
_LOOK_AGAIN_AFTER = (1, 2, 4)


class ActionModule(AwsActionModule):
    """See the documentation of iam_admin_info."""

    TASK = IAM_ADMIN_INFO
    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {
        "just_changed": {"type": "bool", "default": False},
        "foretold": {"type": "bool", "default": False},
    }
    SURVEY_SPEC: ClassVar[Mapping[str, Any]] = {
        "survey": {"type": "list", "elements": "str"},
        "desired": {"type": "list", "elements": "str"},
        "just_read": {"type": "str"},
    }

    def surveyor(
        self, templar: Templar, connect: Callable[..., Any], of_host: Mapping[str, Any], options: Mapping[str, Any]
    ) -> Callable[[], dict[str, Any]]:
        """See AwsActionModule; an account in which nothing was to be changed just now is not read again."""
        if is_as_desired(of_host, of_host["inventory_hostname"], options["just_read"]):
            return lambda: {"as_desired": True}
        if not options["desired"]:
            return super().surveyor(templar, connect, of_host, options)
        one = self.for_host(templar, connect)
        expected = one.options_of(options["survey"], of_host)
        user = self._beside("iam_admin_user").for_host(templar, partial(_connect_to_user, connect, expected))
        desired = user.options_of(options["desired"], of_host)

        def read() -> dict[str, Any]:
            held = _held_against(user, desired, of_host)
            return {**one.surveyed(expected, of_host), **held} if held["as_desired"] else held

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
        for delay in (*_LOOK_AGAIN_AFTER, None):
            result = self._read(args, of_action, handover, task_vars)
            is_settled = result.get("secure", True) or of_action["foretold"]
            if is_settled or not of_action["just_changed"] or delay is None:
                break
            time.sleep(delay)
            self.look_anew()
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


def _connect_to_user(
    connect: Callable[..., Any], expected: Mapping[str, Any], params: Mapping[str, Any], _key: None
) -> Any:
    """Connect as the verdict does, which goes by the same reading; raise AdminError where there is no user yet."""
    api = connect({**params, "management_profile": expected.get("management_profile")})
    if api.get_user_detail(params["name"]) is None:
        raise AdminError(f"There is no user {params['name']} yet.")
    return api


def _held_against(user: Any, desired: Mapping[str, Any], of_host: Mapping[str, Any]) -> dict[str, Any]:
    """Return whether the administrator is all that it is to be, with a password and each device.

    Where something fails, or cannot be read, it is not: the task of that host says why.
    """
    result = user.surveyed(desired, of_host)
    is_done = result.get("console_access") == "present" and result["pending_mfa_devices"] == []
    if not is_done or result["changed"] or result.get("failed") or result.get("msg"):
        return {"as_desired": False}
    return {"as_desired": True, "warnings": result.get("warnings", [])}
