# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action that leads a person through what no API does to a root user, and reads again until it is so."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from ansible.utils.display import Display

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_ROOT_BY_HAND
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import Handover
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.in_process import AwsActionModule
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.terminal import Screen, ask

_STOP = "stop"
_WIDEST = 100
_SCREEN = Screen.found()


class ActionModule(AwsActionModule):
    """See the documentation of iam_root_by_hand."""

    TASK = IAM_ROOT_BY_HAND

    def run_task(
        self,
        args: Mapping[str, Any],
        of_action: Mapping[str, Any],
        handover: Handover | None,
        task_vars: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Read; while steps are left, wait for the person at the terminal, and read again."""
        host = task_vars["inventory_hostname"]
        while True:
            result = super().run_task(args, of_action, handover, task_vars)
            if not result.get("steps"):
                return result
            _tell(host, result["steps"], result["by_api"])
            if self._task.check_mode or not _is_done():
                return result


def _tell(host: str, steps: Sequence[str], by_api: bool) -> None:
    """Show the steps, each in lines that fit the terminal."""
    width = min(_WIDEST, _SCREEN.columns if _SCREEN else _WIDEST)
    lines = [
        textwrap.fill(step, width, initial_indent=f"  {number}. ", subsequent_indent="     ", break_on_hyphens=False)
        for number, step in enumerate(steps, 1)
    ]
    otherwise = "set iam_admin_root to absent, or have a person do this" if by_api else "a person has to do this"
    Display().display("\n".join(["", f"{host}: to secure its root user {otherwise}:", *lines]))


def _is_done() -> bool:
    """Return whether to look again; False where there is no terminal, or the person stops."""
    answer = ask(f"Press Enter when that is done to check again, or type {_STOP} to leave it:")
    return answer is not None and answer.lower() != _STOP
