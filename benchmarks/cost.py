# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a command costs: wall time, CPU time and memory of all its processes together."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_SAMPLE_EVERY = 0.2  # seconds


@dataclass(frozen=True)
class Cost:
    """Seconds, and bytes: the most that all processes held at one moment, a page that several share counted once.

    `first_process` is the most that the first process held, with all pages that it shares.
    """

    wall: float
    cpu: float
    memory: int
    first_process: int


def cost_of(command: Sequence[str], directory: Path, environment: Mapping[str, str], expected: int = 0) -> Cost:
    """Run a command to its end, without a terminal, and return what it cost.

    Raise RuntimeError where its exit code is another one than is expected. What it prints is in the file `output`.
    """
    output = directory / "output"
    start = time.monotonic()
    with output.open("wb") as file:
        process = subprocess.Popen(
            command, cwd=directory, env=environment, stdin=subprocess.DEVNULL, stdout=file, stderr=subprocess.STDOUT
        )
        watch = _Watch(process.pid)
        watch.start()
        _pid, status, usage = os.wait4(process.pid, 0)
    wall = time.monotonic() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    watch.stop()
    if process.returncode != expected:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{output.read_text()[-3000:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, watch.most, watch.first_process)


class _Watch(threading.Thread):
    """Looks at a process and all that descend from it, again and again."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.most = self.first_process = 0
        self._pid = pid
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(_SAMPLE_EVERY):
            self.most = max(self.most, sum(_bytes(pid, "smaps_rollup", "Pss:") for pid in _tree(self._pid)))
            self.first_process = max(self.first_process, _bytes(self._pid, "status", "VmHWM:"))

    def stop(self) -> None:
        self._ended.set()
        self.join()


def _tree(pid: int) -> list[int]:
    found = [pid]
    for parent in found:
        with suppress(OSError):
            children = [path.read_text().split() for path in Path(f"/proc/{parent}/task").glob("*/children")]
            found += [int(child) for line in children for child in line]
    return found


def _bytes(pid: int, file: str, line: str) -> int:
    """Return a figure of /proc, 0 for a process that has ended."""
    with suppress(OSError):
        for found in Path(f"/proc/{pid}/{file}").read_text().splitlines():
            if found.startswith(line):
                return int(found.split()[1]) * 1024
    return 0
