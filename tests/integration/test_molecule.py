# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Molecule's scenarios, one beside another; each starts a local AWS of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.processes import PROJECT, molecule

SCENARIOS = sorted(file.parent.name for file in (PROJECT / "extensions" / "molecule").glob("*/molecule.yml"))
QUICK = "unattended"


@pytest.mark.parametrize(
    "scenario", [pytest.param(name, marks=() if name == QUICK else pytest.mark.long) for name in SCENARIOS]
)
def test_a_scenario(scenario: str, tmp_path: Path) -> None:
    # Where molecule keeps what it made: two runs at once do not meet there
    done = molecule(PROJECT, "test", "--scenario-name", scenario, XDG_CACHE_HOME=str(tmp_path))
    assert done.returncode == 0, done.stdout
