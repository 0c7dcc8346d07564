# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Tries the hand-made faults: each patch in `handmade/` has to make each test fail that it names.

A patch begins with what its fault is, in a sentence, and with `Noticed-by: ` and a test for each test that notices it.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

PROJECT = Path(__file__).parents[2]
PATCHES = Path(__file__).with_suffix("")
_NOTICED_BY = "Noticed-by: "
_TESTS_FAILED = 1  # what pytest exits with; whatever else is not 0 says that there is something wrong with the fault


@dataclass(frozen=True)
class Fault:
    """A patch, and the tests that notice it."""

    patch: Path
    tests: tuple[str, ...]

    @classmethod
    def of(cls, patch: Path) -> Fault:
        """Read the header of a patch; raise ValueError where it names no test."""
        header, _diff, _rest = patch.read_text().partition("\ndiff --git ")
        lines = header.splitlines()
        tests = tuple(line.removeprefix(_NOTICED_BY) for line in lines if line.startswith(_NOTICED_BY))
        if not tests or lines[0].startswith(_NOTICED_BY):
            raise ValueError(f"{patch} does not say what the fault is, or which test notices it")
        return cls(patch, tests)


def main() -> int:
    """Try the faults that are named, or all; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="faults, as the patches are called without .patch (default: all)")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at once (default: %(default)s)")
    options = parser.parse_args()
    patches = [PATCHES / f"{name}.patch" for name in options.names] or sorted(PATCHES.glob("*.patch"))
    faults = [Fault.of(patch) for patch in patches]
    copies: SimpleQueue[Path] = SimpleQueue()
    with TemporaryDirectory(prefix="mutants-") as folder, ThreadPoolExecutor(options.jobs) as pool:
        for number in range(options.jobs):
            copies.put(_copy(Path(folder) / str(number)))
        if not _are_green(sorted({test for fault in faults for test in fault.tests}), copies, options.jobs):
            return 1
        noticed = list(pool.map(lambda fault: _is_noticed(fault, copies), faults))
    print(f"{len(faults)} tried, {sum(noticed)} noticed, {len(faults) - sum(noticed)} survived")
    return 0 if all(noticed) else 1


def _copy(folder: Path) -> Path:
    """Copy what git tracks, as it is in the working tree."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, check=True, capture_output=True, text=True).stdout
    for name in listed.split("\0")[:-1]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / name, folder / name, follow_symlinks=False)
    return folder


@contextmanager
def _taken(copies: SimpleQueue[Path]) -> Iterator[Path]:
    copy = copies.get()
    try:
        yield copy
    finally:
        copies.put(copy)


def _are_green(tests: Sequence[str], copies: SimpleQueue[Path], jobs: int) -> bool:
    """Run the tests without any fault; say which fail, or are not there."""
    started = time.monotonic()
    with _taken(copies) as copy:
        done = _pytest(copy, "--numprocesses", str(jobs), "--dist", "loadfile", *tests)
    print(f"{'green' if done.returncode == 0 else 'FAILED'} without a fault, {time.monotonic() - started:.0f} s")
    if done.returncode:
        print(done.stdout)
    return done.returncode == 0


def _is_noticed(fault: Fault, copies: SimpleQueue[Path]) -> bool:
    """Run each of the tests with the fault, and say whether all of them fail."""
    started = time.monotonic()
    with _taken(copies) as copy, _applied(fault.patch, copy):
        ended = {test: _pytest(copy, "--exitfirst", test).returncode for test in fault.tests}
    survived = [f"{test} (pytest ended with {code})" for test, code in ended.items() if code != _TESTS_FAILED]
    told = f"SURVIVED {', '.join(survived)}" if survived else "noticed"
    print(f"{fault.patch.stem}: {told}, {time.monotonic() - started:.0f} s", flush=True)
    return not survived


@contextmanager
def _applied(patch: Path, copy: Path) -> Iterator[None]:
    # The copy is in no repository of its own, and must not be taken for a part of one that it lies in
    apply = ["git", "apply", "--whitespace=nowarn"]
    environment = {**os.environ, "GIT_CEILING_DIRECTORIES": str(copy.parent)}
    subprocess.run([*apply, str(patch)], cwd=copy, env=environment, check=True)
    try:
        yield
    finally:
        subprocess.run([*apply, "--reverse", str(patch)], cwd=copy, env=environment, check=True)


def _pytest(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments],
        cwd=copy,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


if __name__ == "__main__":
    sys.exit(main())
