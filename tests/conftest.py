# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""`make test` tries a part of what can go wrong, `make chaos` all of it; both say how much that was."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import settings


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the command line ask for all, and name another auditor."""
    parser.addoption("--chaos", action="store_true", help="try everything that can go wrong, not only a part of it")
    parser.addoption("--prowler", metavar="COMMAND", help="compare the verdict with Prowler's")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark of tests that are run at each of a number of calls; let a machine be slow.

    `make chaos` invents other inputs each time, all else the same ones.
    """
    settings.register_profile("tests", deadline=None, database=None, derandomize=not config.getoption("--chaos"))
    settings.load_profile("tests")
    config.addinivalue_line("markers", "at_each_call(kinds): run at each call of each kind of journey, or at some")


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that is marked its `moment`: a kind of journey, and the number of a call (from 1)."""
    if mark := metafunc.definition.get_closest_marker("at_each_call"):
        moments = [(kind, number) for kind, calls in mark.args[0].items() for number in range(1, calls + 1)]
        step = 1 if metafunc.config.getoption("--chaos") else 12
        # Another part for each test, so that together they see more
        start = sum(map(ord, metafunc.function.__name__)) % step
        metafunc.parametrize("moment", moments[start::step], ids=lambda moment: "{} {}".format(*moment))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Add up what the tests have counted (record_property)."""
    figures: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if getattr(report, "when", "") == "call":
                for name, count in report.user_properties:
                    figures[name] += count
    if figures:
        terminalreporter.section("what was tried")
        for name, count in sorted(figures.items()):
            terminalreporter.line(f"{count:>10,} {name}")
