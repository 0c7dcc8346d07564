# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The demo: what a stranger runs first."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.operator import PROJECT


def test_the_demo_ends_with_both_accounts_secure_and_leaves_nothing(temporary: Path) -> None:
    """Whatever the README has told its reader to write into the inventory: another one may be the clone's."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.demo"],
        cwd=PROJECT,
        env={**os.environ, "HOME": str(temporary), "TMPDIR": str(temporary)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "general (111111111111): SECURE" in done.stdout
    assert "production (222222222222): SECURE" in done.stdout
    # Seeds, their URIs, drawn QR codes; passwords are looked for where they are known, in the tests of the bootstrap
    assert re.findall(r"\b[A-Z2-7]{32,}\b|otpauth|[▀▄█]", done.stdout + done.stderr) == []
    assert [path.name for path in temporary.iterdir() if "demo" in path.name] == []
    left = [_command_line(process) for process in Path("/proc").glob("[0-9]*")]
    assert [line for line in left if str(temporary) in line] == []


def _command_line(process: Path) -> str:
    try:
        return (process / "cmdline").read_text() + (process / "environ").read_text()
    except OSError:
        return ""  # it has ended, or is somebody else's
