# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs plays of few tasks through ansible's own machinery, each in a fork of one warm process.

Reads one JSON object a line (`play`, `inventory`, `directory`, `environment`, `check`), and answers each by a line with
the results of the tasks.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from tempfile import NamedTemporaryFile
from typing import Any

# Before ansible is imported, which reads its configuration then
os.environ["ANSIBLE_CONFIG"] = sys.argv[1]

from ansible import context
from ansible.executor.task_queue_manager import TaskQueueManager
from ansible.inventory.manager import InventoryManager
from ansible.module_utils.common.collections import ImmutableDict
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play import Play
from ansible.plugins.action import ActionBase
from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import action_loader, init_plugin_loader
from ansible.vars.manager import VariableManager


class Results(CallbackBase):
    """Keeps what the tasks returned."""

    CALLBACK_NAME = "results"

    def __init__(self) -> None:
        super().__init__()
        self.results: list[dict[str, Any]] = []

    def v2_runner_on_ok(self, result: Any) -> None:
        """See CallbackBase."""
        self.results.append(public(result._result))

    def v2_runner_on_failed(self, result: Any, ignore_errors: bool = False) -> None:
        """See CallbackBase."""
        self.results.append({**public(result._result), "failed": not ignore_errors})


def public(result: dict[str, Any]) -> dict[str, Any]:
    """Leave out what ansible notes for itself."""
    return {key: value for key, value in result.items() if not key.startswith("_ansible")}


def run(play: str | dict[str, Any], inventory: str, check: bool) -> list[dict[str, Any]]:
    """Run a play, and return the results of its tasks in the order in which they came.

    Only what comes as YAML can have templates, as if it came from a file.
    """
    context.CLIARGS = ImmutableDict(
        connection="local", forks=1, check=check, diff=True, verbosity=0, become=None, become_method=None,
        become_user=None, remote_user=None, private_key_file=None, start_at_task=None, syntax=None,
    )  # fmt: skip
    loader = DataLoader()
    if isinstance(play, str):
        # ansible-core 2.21 asks which file a play comes from
        with NamedTemporaryFile("w", suffix=".yml") as file:
            file.write(play)
            file.flush()
            play = loader.load_from_file(file.name, trusted_as_template=True)
    hosts = InventoryManager(loader=loader, sources=inventory)
    variables = VariableManager(loader=loader, inventory=hosts)
    queue = TaskQueueManager(hosts, variables, loader, passwords={}, forks=1)
    queue.load_callbacks()
    callback = Results()
    callback._init_callback_methods()
    queue._callback_plugins = [callback]
    try:
        queue.run(Play.load(play, variable_manager=variables, loader=loader))
    finally:
        queue.cleanup()
    return callback.results


def main() -> None:
    """Answer requests until there are no more."""
    init_plugin_loader([])
    # As ansible does it in the process that forks its workers
    for name in ("iam_admin_user", "iam_virtual_mfa", "iam_admin_info"):
        action: type[ActionBase] = action_loader.get(f"landing_zone.aws_admin.{name}", class_only=True)
        assert action.__name__ == "ActionModule"
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    for line in sys.stdin:
        request = json.loads(line)
        child = os.fork()
        if child == 0:
            failed = True
            try:
                os.environ.update(request["environment"])
                os.chdir(request["directory"])
                results = run(request["play"], request["inventory"], request["check"])
                answers.write(json.dumps(results, default=str) + "\n")
                answers.flush()
                failed = False
            finally:
                if failed:
                    traceback.print_exc()
                # Never back into the loop, which is the parent's
                os._exit(failed)
        _child, status = os.waitpid(child, 0)
        if status:
            answers.write("\n")
            answers.flush()


if __name__ == "__main__":
    main()
