# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The results: kept as JSON, shown as a table, drawn as a plot."""

from __future__ import annotations

import json
import os
import platform
import re
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from .contenders import CONTENDERS, OURS

_FOLDER = Path(__file__).parent / "results"
_JSON, _TABLE = _FOLDER / "results.json", _FOLDER / "table.md"
# The plot is beside the page that shows it
PAGE = Path(__file__).parents[1] / "docs" / "docsite" / "rst" / "guide_performance.rst"
_PLOT = PAGE.with_name("unchanged.svg")
_BETWEEN = re.compile(r"(?<=\n\.\. benchmark\n\n).*?(?=\.\. /benchmark\n)", re.DOTALL)
_MB = 1e6


@dataclass(frozen=True)
class Case:
    """`latency` in milliseconds."""

    state: str
    latency: int
    accounts: int

    def __str__(self) -> str:
        return f"{self.state}, {self.accounts} accounts, {self.latency} ms"


class Results:
    """The runs of each contender in each case. A case that is measured again replaces what was known of it."""

    def __init__(self, cases: dict[Case, dict[str, Any]]) -> None:
        self._cases = cases

    @classmethod
    def load(cls) -> Results:
        """Return what earlier runs have found, nothing where there were none."""
        if not _JSON.exists():
            return cls({})
        kept = json.loads(_JSON.read_text())
        return cls({Case(**entry.pop("case")): entry for entry in kept})

    def add(self, case: Case, runs: dict[str, list[Any]]) -> None:
        """Put in the runs of a case, by the names of the contenders; those of contenders left out now stay."""
        machine = {
            "cores": os.cpu_count(),
            "python": platform.python_version(),
            **{name: version(name) for name in ("ansible-core", "boto3")},
        }
        before = self._cases.get(case, {"runs": {}})["runs"]
        self._cases[case] = {"machine": machine, "runs": {**before, **runs}}

    def save(self) -> None:
        """Write JSON, table and plot, and the table of the performance page."""
        order = sorted(self._cases, key=lambda case: (case.state != "unchanged", case.latency, case.accounts))
        self._cases = {case: self._cases[case] for case in order}
        _FOLDER.mkdir(exist_ok=True)
        entries = [{"case": asdict(case), **entry} for case, entry in self._cases.items()]
        _JSON.write_text(json.dumps(entries, indent=1) + "\n")
        _TABLE.write_text(self.table())
        self._plot()
        page = PAGE.read_text()
        PAGE.write_text(_BETWEEN.sub(lambda _found: self.short_table(), page))

    def table(self) -> str:
        """Return all medians as Markdown."""
        lines = [
            "| state | added to each call | accounts | contender | runs | wall s | ours = 1 | CPU s | ours = 1 | "
            "memory MB | first process MB | API calls |",
            "|---|---|---|---|---|---|---|---|---|---|---|---|",
        ]
        for case, entry in self._cases.items():
            ours = _medians(entry["runs"].get(OURS.name))
            for name, runs in entry["runs"].items():
                found = _medians(runs)
                lines.append(
                    f"| {case.state} | {case.latency} ms | {case.accounts} | {name} | {len(runs)} | "
                    f"{found['wall']:.2f} | "
                    f"{_ratio(found, ours, 'wall')} | {found['cpu']:.2f} | {_ratio(found, ours, 'cpu')} | "
                    f"{found['memory'] / _MB:.0f} | {found['first_process'] / _MB:.0f} | {found['calls']:.0f} |"
                )
        return "\n".join(lines) + "\n"

    def short_table(self) -> str:
        """Return what the page shows, in reStructuredText: an unchanged state."""
        cases = [case for case in self._cases if case.state == "unchanged" and case.accounts <= 100]
        largest = max(case.accounts for case in cases if not case.latency)
        titles = [f"{case.accounts} accounts{f', {case.latency} ms' if case.latency else ''}" for case in cases]
        rows = [["", *titles, f"CPU, {largest} accounts", "memory", "API calls"]]
        for name in [contender.name for contender in CONTENDERS]:
            found = [self._cases[case]["runs"].get(name) for case in cases]
            if any(found):
                cells = [f"{_medians(runs)['wall']:.1f} s" if runs else "" for runs in found]
                at_most = _medians(self._cases[Case("unchanged", 0, largest)]["runs"].get(name))
                cells += [f"{at_most['cpu']:.1f} s", f"{at_most['memory'] / _MB:.0f} MB"] if at_most else ["", ""]
                cells += [f"{at_most['calls']:.0f}"] if at_most else [""]
                rows.append([name, *cells])
        lines = ["   " + ", ".join(f'"{cell}"' for cell in row) for row in rows]
        return "\n".join([".. csv-table::", "   :header-rows: 1", "", *lines, "", ""])

    def _plot(self) -> None:
        import matplotlib as mpl

        mpl.use("svg")
        from matplotlib import pyplot as plt

        plt.rcParams["svg.hashsalt"] = "the same picture has the same bytes"
        latencies = sorted({case.latency for case in self._cases})
        figure, panels = plt.subplots(1, len(latencies), figsize=(11, 4.5), sharey=True, squeeze=False)
        for panel, latency in zip(panels[0], latencies, strict=True):
            # A contender has one colour, also where another one did not take part
            for number, contender in enumerate(CONTENDERS):
                points = [
                    (case.accounts, _medians(entry["runs"][contender.name])["wall"])
                    for case, entry in self._cases.items()
                    if (case.state, case.latency) == ("unchanged", latency) and contender.name in entry["runs"]
                ]
                if points:
                    panel.plot(*zip(*points, strict=True), marker="o", color=f"C{number}", label=contender.name)
            panel.set(xscale="log", yscale="log", xlabel="accounts", title=f"{latency} ms added to each API call")
            ticks = sorted({case.accounts for case in self._cases})
            panel.set_xticks(ticks, [str(tick) for tick in ticks])
            panel.grid(visible=True, alpha=0.3)
        panels[0][0].set_ylabel("seconds, nothing to change")
        panels[0][0].legend(fontsize="small")
        figure.tight_layout()
        figure.savefig(_PLOT, metadata={"Date": None})


def _medians(runs: list[dict[str, float]] | None) -> dict[str, float]:
    return {figure: median(run[figure] for run in runs) for figure in runs[0]} if runs else {}


def _ratio(found: dict[str, float], ours: dict[str, float], figure: str) -> str:
    return f"{found[figure] / ours[figure]:.1f}" if ours else ""
