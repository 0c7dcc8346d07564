# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hand-made faults fit the code and the tests that there are; `make mutants` tries them, for an hour."""

from __future__ import annotations

import ast
import subprocess
from functools import cache
from pathlib import Path

from tests.mutants.handmade import PATCHES, PROJECT, Fault

FAULTS = [Fault.of(patch) for patch in sorted(PATCHES.glob("*.patch"))]


@cache
def names_in(path: Path) -> set[str]:
    """Return the names of a file's tests."""
    return {node.name for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.FunctionDef)}


def test_each_fault_names_tests_that_there_are() -> None:
    named = {test.partition("[")[0] for fault in FAULTS for test in fault.tests}
    assert sorted(test for test in named if not _is_there(*test.split("::"))) == []


def test_each_fault_applies() -> None:
    """Without git it cannot be told: `git apply` alone reads what `git diff` wrote."""
    failed = [fault.patch.stem for fault in FAULTS if not _applies(fault.patch)]
    assert failed == []


def _applies(patch: Path) -> bool:
    return subprocess.run(["git", "apply", "--check", str(patch)], cwd=PROJECT, check=False).returncode == 0


def _is_there(file: str, name: str) -> bool:
    return name in names_in(PROJECT / file)
