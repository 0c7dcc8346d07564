# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hand-made faults fit the code and the tests that there are; `make mutants` tries them, for an hour."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.mutants.handmade import PATCHES, PROJECT, Fault

FAULTS = [Fault.of(patch) for patch in sorted(PATCHES.glob("*.patch"))]


def test_each_fault_names_tests_that_there_are() -> None:
    """With their parameters: pytest refuses to run any where it does not find one."""
    named = sorted({test for fault in FAULTS for test in fault.tests})
    collecting = [sys.executable, "-m", "pytest", "--collect-only", "--quiet", "--numprocesses", "0", *named]
    done = subprocess.run(collecting, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]


def test_each_fault_applies() -> None:
    """Without git it cannot be told: `git apply` alone reads what `git diff` wrote."""
    failed = [fault.patch.stem for fault in FAULTS if not _applies(fault.patch)]
    assert failed == []


def _applies(patch: Path) -> bool:
    return subprocess.run(["git", "apply", "--check", str(patch)], cwd=PROJECT, check=False).returncode == 0
