# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How much is tried: by `make test` a sample, by `make test-all` more, and by `make chaos` all that can go wrong.

Each says how much that was.
"""

from __future__ import annotations

from collections import Counter
from typing import Any, TypeVar

import pytest
from hypothesis import settings

T = TypeVar("T")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let the command line ask for more, and name the programs of others."""
    parser.addoption("--all", action="store_true", help="run the long tests, too, and try more of what can go wrong")
    parser.addoption("--chaos", action="store_true", help="try everything that can go wrong, not only a part of it")
    parser.addoption("--prowler", metavar="COMMAND", help="compare the verdict with Prowler's")
    parser.addoption("--clients", metavar="FOLDER", help="use what the playbooks have made with the programs there")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the mark of tests that are run at each of a number of calls; let a machine be slow.

    `make chaos` invents other inputs each time, all else the same ones.
    """
    settings.register_profile("tests", deadline=None, database=None, derandomize=not config.getoption("--chaos"))
    settings.load_profile("tests")
    config.addinivalue_line("markers", "long: what `make test` has no time for, as a shorter test notices the same")
    config.addinivalue_line("markers", "at_each_call(kinds): run at each call of each kind of journey, or at some")


def how_much(config: pytest.Config, sample: T, more: T, everything: T) -> T:
    """Return one of three figures: for `make test`, `make test-all` or `make chaos`."""
    if config.getoption("--chaos"):
        return everything
    return more if config.getoption("--all") else sample


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out long tests, unless all are asked for; begin with the slowest files, which would else be waited for."""
    if not (config.getoption("--all") or config.getoption("--chaos")):
        left_out = [item for item in items if item.get_closest_marker("long") or _is_much_the_same(item)]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
    items.sort(key=lambda item: "unit" in item.path.parts)


def _is_much_the_same(item: Any) -> bool:
    """Of a table's cases each third is run as a module, too: how a module starts is the same for all."""
    call = getattr(item, "callspec", None)
    return call is not None and call.params.get("both_ways") is False and call.indices.get("case", 0) % 3 != 0


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Give a test that is marked its `moment`: a kind of journey, and the number of a call (from 1)."""
    if mark := metafunc.definition.get_closest_marker("at_each_call"):
        moments = [(kind, number) for kind, calls in mark.args[0].items() for number in range(1, calls + 1)]
        step = how_much(metafunc.config, 48, 12, 1)
        # Another part for each test, so that together they see more
        start = sum(map(ord, metafunc.function.__name__)) % min(step, len(moments))
        metafunc.parametrize("moment", moments[start::step], ids=lambda moment: "{} {}".format(*moment))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Add up what the tests have counted (record_property), and the seconds that each file took."""
    figures: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for reports in terminalreporter.stats.values():
        for report in reports:
            if path := getattr(report, "nodeid", "").partition("::")[0]:
                seconds[path] += getattr(report, "duration", 0)
            if getattr(report, "when", "") == "call":
                for name, count in report.user_properties:
                    figures[name] += count
    if figures:
        terminalreporter.section("what was tried")
        for name, count in sorted(figures.items()):
            terminalreporter.line(f"{count:>10,} {name}")
    terminalreporter.section("seconds of a worker, by file")
    for path, spent in seconds.most_common(25):
        terminalreporter.line(f"{spent:>10,.1f} {path}")
