# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.action import ControllerAction
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.aws_config import AwsConfigFile

_OPTION = "login_session"


class ActionModule(ControllerAction):
    """See the documentation of iam_admin_aws_profile."""

    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {
        "path": {"type": "path", "required": True},
        "name": {"type": "str", "required": True},
        "login_session": {"type": "str", "required": True},
    }

    def act(self, options: Mapping[str, Any], _task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Write the profile, where it is not so already."""
        file, name = AwsConfigFile(options["path"]), options["name"]
        before = file.read()
        after = before.with_option(name, _OPTION, options[_OPTION])
        if after.text == before.text:
            return {"changed": False}
        if not self._task.check_mode:
            file.write(after)
        result: dict[str, Any] = {"changed": True}
        if self._task.diff:
            shown = {"before": before.shown(name, _OPTION), "after": after.shown(name, _OPTION)}
            result["diff"] = {**shown, "before_header": str(file.path), "after_header": str(file.path)}
        return result
