# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A process that has ansible, amazon.aws and boto3 imported; each run is a fork of it, and starts at once.

Started with the project's ansible.cfg and the path of a socket. Each connection asks for one run: a line of JSON, and
the files that shall be its standard input, output and error. It is answered by the run's process id and, when it has
ended, its return code, a line each. Ends when its standard input does.

What a fork cannot be is what ansible decides while it is imported: `processes.py` starts a process of its own for
whoever sets any other `ANSIBLE_*` variable.
"""

from __future__ import annotations

import fcntl
import gc
import importlib
import json
import os
import select
import signal
import socket
import sys
import termios
import time
import traceback
import warnings
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

# Before ansible is imported, which reads its configuration then
if __name__ == "__main__":
    os.environ["ANSIBLE_CONFIG"] = sys.argv[1]

import ansible.utils.color
from ansible import constants, context
from ansible.cli.playbook import PlaybookCLI
from ansible.executor.task_queue_manager import TaskQueueManager
from ansible.inventory.manager import InventoryManager
from ansible.module_utils.common.collections import ImmutableDict
from ansible.module_utils.testing import patch_module_args
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play import Play
from ansible.plugins.action import ActionBase
from ansible.plugins.callback import CallbackBase
from ansible.plugins.loader import init_plugin_loader
from ansible.utils.display import Display
from ansible.vars.manager import VariableManager

COLLECTION = "landing_zone.aws_admin"
# What ansible imports for every run, and what actions and modules of ours import; not our actions, which look when they
# are imported whether there is a screen
IMPORTED = (
    "ansible.executor.playbook_executor",
    "ansible.plugins.callback.default",
    "ansible.plugins.connection.local",
    "ansible.plugins.shell.sh",
    "ansible.plugins.strategy.linear",
    *(
        f"ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.{name}"
        for name in ("codes", "enrolment", "guard", "handing_over", "handover", "in_process", "report_files", "verdict")
    ),
    "boto3",
    "pyotp",
    "segno",
)


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


def run_play(file: str, inventory: str, check: str, templates: str) -> int:
    """Run a play from a YAML file, and print the results of its tasks in the order in which they came."""
    context.CLIARGS = ImmutableDict(
        connection="local", forks=1, check=bool(check), diff=True, verbosity=0, become=None, become_method=None,
        become_user=None, remote_user=None, private_key_file=None, start_at_task=None, syntax=None,
    )  # fmt: skip
    loader = DataLoader()
    play = loader.load_from_file(file, trusted_as_template=bool(templates))
    hosts = InventoryManager(loader=loader, sources=inventory)
    variables = VariableManager(loader=loader, inventory=hosts)
    queue = TaskQueueManager(hosts, variables, loader, passwords={}, forks=1)
    queue.load_callbacks()
    callback = Results()
    callback._init_callback_methods()
    queue._callback_plugins = [callback]
    # Nothing but the results may be printed there
    answer = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    try:
        queue.run(Play.load(play, variable_manager=variables, loader=loader))
    finally:
        queue.cleanup()
    with answer:
        json.dump(callback.results, answer, default=str)
    return 0


def run_playbook(*arguments: str) -> int:
    """Run what ansible-playbook is with these arguments."""
    try:
        PlaybookCLI.cli_executor(["ansible-playbook", *arguments])
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


PROGRAMS: Mapping[str, Callable[..., int]] = {"ansible-playbook": run_playbook, "play": run_play}


def in_fork(execute_module: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """Let a module of ours be its `main()` in a fork of the worker: options, output and process are a module's own."""

    def execute(
        self: ActionBase,
        module_name: str | None = None,
        module_args: Mapping[str, Any] | None = None,
        task_vars: dict[str, Any] | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        name = module_name or self._task.action
        if not name.startswith(f"{COLLECTION}.") or any(more.values()) or self._connection.transport != "local":
            return execute_module(self, module_name=module_name, module_args=module_args, task_vars=task_vars, **more)
        options = self._task.args if module_args is None else module_args
        self._update_module_args(name, options, task_vars)
        environment: dict[str, Any] = {}
        self._compute_environment_string(environment)
        printed = _output_of(name.rpartition(".")[2], options, environment)
        result = self._parse_returned_data({"stdout": printed, "stderr": "", "rc": 0}, "legacy")
        if not isinstance(result, dict):  # ansible-core 2.21
            result = result.as_result_dict(for_round_trip=True)
        return {
            key: value for key, value in result.items() if not key.startswith("_ansible") or key == "_ansible_parsed"
        }

    return execute


def _output_of(module: str, options: Mapping[str, Any], environment: Mapping[str, Any]) -> str:
    """Return what a module of ours prints."""
    output, input_ = os.pipe()
    child = os.fork()
    if child == 0:
        with NoWayBack():
            os.environ.update({key: str(value) for key, value in environment.items()})
            os.dup2(input_, 1)
            sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115 a descriptor, for good
            main = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.modules.{module}").main
            try:
                with patch_module_args(dict(options)):
                    main()
            except SystemExit:
                sys.stdout.flush()
    os.close(input_)
    try:
        with os.fdopen(output) as printed:
            return printed.read()
    finally:
        os.waitpid(child, 0)


class NoWayBack:
    """End this process, which is a fork, whatever happens: never back into the loop, which is the parent's."""

    code = 0

    def __enter__(self) -> NoWayBack:
        return self

    def __exit__(self, kind: object, _error: object, _traceback: object) -> None:
        if kind:
            traceback.print_exc()
            self.code = 250
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError):
                stream.flush()
        os._exit(self.code)


def become(request: Mapping[str, Any], files: list[int]) -> None:
    """Make this process what a new one would be: its session, files, environment, folder."""
    os.setsid()
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    if request["terminal"]:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["directory"])
    sys.stdin = sys.__stdin__ = open(0, closefd=False)  # noqa: SIM115 descriptors, for good
    sys.stdout = sys.__stdout__ = open(1, "w", buffering=1, closefd=False)  # noqa: SIM115
    sys.stderr = sys.__stderr__ = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
    # What ansible has asked the terminal while it was imported
    importlib.reload(ansible.utils.color)
    Display()._set_column_width()
    if inventory := os.environ.pop("ANSIBLE_INVENTORY", ""):
        constants.DEFAULT_HOST_LIST = [os.path.join(request["directory"], inventory)]  # noqa: PTH118
    if not request["plain_modules"]:
        ActionBase._execute_module = in_fork(ActionBase._execute_module)
    time.sleep = _hurry(time.sleep)


def _hurry(sleep: Callable[[float], None]) -> Callable[[float], None]:
    """Wait a tenth of the time for AWS; but as long as ever for a worker, and for the next code."""

    def hurried(seconds: float) -> None:
        waiting = sys._getframe(1).f_globals["__name__"]
        sleep(seconds if seconds < 0.05 or waiting.endswith("plugin_utils.enrolment") else seconds / 10)

    return hurried


def serve(connection: socket.socket) -> None:
    """Start the run that is asked for, and say how it ended."""
    _dot, files, _flags, _address = socket.recv_fds(connection, 1, 3)
    with connection.makefile() as lines:
        request = json.loads(lines.readline())
    program, *arguments = request["command"]
    child = os.fork()
    if child == 0:
        with NoWayBack() as way:
            connection.close()
            become(request, files)
            way.code = PROGRAMS[program](*arguments)
    for file in files:
        os.close(file)
    connection.sendall(f"{child}\n".encode())
    _child, status = os.waitpid(child, 0)
    with suppress(BrokenPipeError):
        connection.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())


def main(path: str) -> None:
    """Answer requests until standard input ends."""
    init_plugin_loader([])
    # Each run of ansible-playbook makes a finder of collections, and finds this one
    warnings.filterwarnings("ignore", "AnsibleCollectionFinder has already been configured")
    for name in IMPORTED:
        importlib.import_module(name)
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen()
    # What is here stays in memory that the forks share
    gc.collect()
    gc.freeze()
    print("ready", flush=True)
    while True:
        ready = select.select([listener, 0], [], [])[0]
        if listener not in ready:
            return
        connection, _address = listener.accept()
        # The fork waits for the run: nobody waits for it
        signal.signal(signal.SIGCHLD, signal.SIG_IGN)
        if os.fork() == 0:
            with NoWayBack():
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                listener.close()
                serve(connection)
        connection.close()


if __name__ == "__main__":
    main(sys.argv[2])
