# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demo: what a stranger runs first."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pexpect

from tests.integration.conftest import ON_BOTH_TERMINALS
from tests.operator import PROJECT, Operator, without_colours


@ON_BOTH_TERMINALS
def test_the_demo_ends_with_both_accounts_secure_and_leaves_nothing(temporary: Path, size: tuple[int, int]) -> None:
    """Whatever the README has told its reader to write into the inventory: another one may be the clone's."""
    environment = {"AWS_CONFIG_FILE": str(temporary / "config"), "TMPDIR": str(temporary), "PYTHONPATH": str(PROJECT)}
    watching = Operator(PROJECT, environment)
    watching.columns, watching.rows = size
    with watching.spawn([sys.executable, "-m", "tests.demo"]) as terminal:
        terminal.expect(pexpect.EOF)
        code, shown = terminal.process.wait(watching.timeout), without_colours(terminal.shown)
    assert code == 0, shown
    assert "general (111111111111): SECURE" in shown
    assert "production (222222222222): SECURE" in shown
    assert [line for line in shown.splitlines() if line.endswith("**") and len(line) > watching.columns] == []
    # Seeds, their URIs, drawn QR codes; passwords are looked for where they are known, in the tests of the bootstrap
    assert re.findall(r"\b[A-Z2-7]{32,}\b|otpauth|[▀▄█]", shown) == []
    assert [path.name for path in temporary.iterdir() if "demo" in path.name] == []
    left = [_command_line(process) for process in Path("/proc").glob("[0-9]*")]
    assert [line for line in left if str(temporary) in line] == []


def _command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_text() + (process / "environ").read_text()
    except OSError:
        return ""  # it has ended, or is somebody else's
