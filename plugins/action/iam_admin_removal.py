# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.template import Templar

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, printable
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.action import ControllerAction, variables_of
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.terminal import ask


class ActionModule(ControllerAction):
    """See the documentation of iam_admin_removal."""

    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {
        "user": {"type": "str", "required": True},
        "unless": {"type": "str", "required": True},
    }

    def act(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Ask about all hosts of the batch at once; check mode removes nothing."""
        users = {} if self._task.check_mode else self._users(options, task_vars)
        if not users:
            return {"changed": False}
        listed = "\n".join(f"  {host}: {printable(user)}" for host, user in users.items())
        answer = ask(
            f"This removes, with password, keys, MFA devices and handover:\n{listed}\n"
            "Type yes to remove them. Anything else leaves them as they are."
        )
        if answer is None:
            raise AdminError(
                "There is no terminal to ask on, so nothing was removed: review what --check --diff shows, then set "
                f"{options['unless']} to true."
            )
        if answer.lower() != "yes":
            raise AdminError("Nothing was removed, as the answer was not yes.")
        return {"changed": False}

    def _users(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, str]:
        """Return the users whose removal needs confirmation, by host."""
        users = {}
        for host in task_vars["ansible_play_batch"]:
            of_host = variables_of(self, task_vars, host)
            templar = Templar(loader=self._loader, variables=of_host)
            if not boolean(templar.template(of_host[options["unless"]]), strict=False):
                users[host] = str(templar.template(of_host[options["user"]]))
        return users
