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
    """Seconds, and bytes: the most that all processes held at one moment, a page that several share counted once."""

    wall: float
    cpu: float
    memory: int


def cost_of(command: Sequence[str], directory: Path, environment: Mapping[str, str]) -> Cost:
    """Run a command to its end, without a terminal, and return what it cost; raise RuntimeError where it fails."""
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
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{output.read_text()[-3000:]}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, watch.most)


class _Watch(threading.Thread):
    """Looks at a process and all that descend from it, again and again."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.most = 0
        self._pid = pid
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(_SAMPLE_EVERY):
            self.most = max(self.most, sum(_proportional_set_size(pid) for pid in _tree(self._pid)))

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


def _proportional_set_size(pid: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0
