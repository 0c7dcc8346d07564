# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How tests start a run: as a new process, or as a fork of one that has ansible imported (warm_ansible.py)."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

PROJECT = Path(__file__).parents[1]
# A new session takes its first terminal as the controlling one, which getpass opens, only when it asks for it
_TAKE_TERMINAL = (
    "import fcntl, os, sys, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execvp(sys.argv[1], sys.argv[1:])"
)
_CONFIG = str(PROJECT / "ansible.cfg")


class Process(Protocol):
    """What runs: as much of subprocess.Popen as tests need."""

    pid: int

    def wait(self, timeout: float | None = None) -> int:
        """Return its exit code, negative for a signal; raises TimeoutError or subprocess.TimeoutExpired."""


@dataclass(frozen=True)
class Start:
    """A command, where it runs, and its standard input, output and error; a `terminal` if the first is one.

    A fork of the warm process waits for AWS a tenth of the time; its `plain_modules` are new processes, as they are
    for operators.
    """

    command: Sequence[str]
    directory: Path
    environment: Mapping[str, str]
    files: tuple[int, int, int]
    terminal: bool = False
    plain_modules: bool = False


class Starter(Protocol):
    """A way to start a process, in a session of its own."""

    def __call__(self, start: Start, /) -> Process:
        """Start it."""


def new_process(start: Start) -> Process:
    """Start a process, as a shell would."""
    command = [sys.executable, "-c", _TAKE_TERMINAL, *start.command] if start.terminal else start.command
    stdin, stdout, stderr = start.files
    return subprocess.Popen(
        command,
        cwd=start.directory,
        env=start.environment,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
    )


class WarmProcess:
    """A run that is a fork of the warm process."""

    def __init__(self, connection: socket.socket) -> None:
        self._answers = connection.makefile()
        self._connection = connection
        self._code: int | None = None
        self.pid = int(self._answers.readline())

    def wait(self, timeout: float | None = None) -> int:
        """See Process."""
        if self._code is None:
            self._connection.settimeout(timeout)
            self._code = int(self._answers.readline())
            self._connection.close()
        return self._code


class WarmAnsible:
    """Starts ansible-playbook as a fork of a process that has all it needs imported; anything else as a new process."""

    def __init__(self) -> None:
        # As short as the name of a socket must be
        self._folder = TemporaryDirectory(prefix="warm-")
        self._path = Path(self._folder.name) / "socket"
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.warm_ansible", _CONFIG, str(self._path)],
            cwd=PROJECT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env={**environment, "HOME": self._folder.name},
        )
        assert self._process.stdout
        assert self._process.stdout.readline() == b"ready\n"

    def __call__(self, start: Start) -> Process:
        """See Starter."""
        program = Path(start.command[0]).name
        settings = {name: value for name, value in start.environment.items() if name.startswith("ANSIBLE_")}
        settings.pop("ANSIBLE_INVENTORY", None)
        if program not in {"ansible-playbook", "play"} or settings != {"ANSIBLE_CONFIG": _CONFIG}:
            return new_process(start)
        connection = socket.socket(socket.AF_UNIX)
        connection.connect(str(self._path))
        request = {
            "command": [program, *start.command[1:]],
            "directory": str(start.directory),
            "environment": dict(start.environment),
            "terminal": start.terminal,
            "plain_modules": start.plain_modules,
        }
        socket.send_fds(connection, [b"."], list(start.files))
        connection.sendall(json.dumps(request).encode() + b"\n")
        return WarmProcess(connection)


@cache
def warm_ansible() -> WarmAnsible:
    """The one warm process of this process; it ends with it."""
    return WarmAnsible()


def molecule(project: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run molecule in a project, without a terminal, or anything that leads it to an account of somebody's."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ANSIBLE_"))}
    return subprocess.run(
        [str(Path(sys.executable).with_name("molecule")), *arguments],
        cwd=project,
        env={**kept, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
