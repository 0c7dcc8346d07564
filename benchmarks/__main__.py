# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the collection with other ways to do its job: `make bench`, or `python -m benchmarks --help`.

Each case is a state (unchanged, created), a latency and a number of accounts. In each the contenders run in turn, so
that a machine that gets slower does so for all of them. Those that are slow with a hundred accounts run once there.
"""

from __future__ import annotations

import argparse
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from .aws import Aws
from .contenders import CONTENDERS, QUICKEST, CannotTakePartError, Contender
from .cost import cost_of
from .report import Case, Results

# Those that have run once, so that Python has compiled what they import
_WARM: set[Contender] = set()
_READS = ("Get", "List", "Simulate", "AssumeRole")


def main() -> None:
    """Run what the command line asks for, and add it to the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--accounts", type=int, nargs="+", default=[2, 20, 100])
    parser.add_argument("--latency", type=int, nargs="+", default=[0, 100], help="milliseconds added to each API call")
    parser.add_argument("--states", nargs="+", choices=["unchanged", "created"], default=["unchanged", "created"])
    parser.add_argument("--repeats", type=int, default=5, help="runs of each contender in each case")
    parser.add_argument("--only", nargs="+", help="words that the names of the contenders have")
    options = parser.parse_args()
    results = Results.load()
    for state in options.states:
        for accounts in options.accounts:
            for latency in options.latency:
                contenders = [
                    contender
                    for contender in CONTENDERS
                    if accounts <= contender.most_accounts
                    and (contender.creates or state == "unchanged")
                    and (not options.only or any(word in contender.name for word in options.only))
                ]
                case = Case(state, latency, accounts)
                print(f"{case}: {', '.join(contender.name for contender in contenders)}", flush=True)
                measure = _unchanged if state == "unchanged" else _created
                with tempfile.TemporaryDirectory(prefix="aws-admin-bench-") as folder:
                    results.add(case, measure(case, contenders, options.repeats, Path(folder)))
                results.save()
    print(results.table())


def _unchanged(case: Case, contenders: Sequence[Contender], repeats: int, folder: Path) -> dict[str, list[Any]]:
    """Let each contender find everything as it is to be; raise AssertionError where one changes anything."""
    with Aws(folder, case.accounts, case.latency / 1000) as aws:
        _run(QUICKEST, aws, _ready(QUICKEST, aws, folder / "setup"))
        aws.judge()
        folders = {}
        for number, contender in enumerate(contenders):
            try:
                folders[contender] = _ready(contender, aws, folder / str(number))
            except CannotTakePartError as reason:
                print(f"  left out: {contender.name}, since {reason}")
        for contender, place in folders.items():
            # Where a run takes minutes, what Python compiles in the first one is noise
            if contender not in _WARM and case.accounts <= 20:
                _run(contender, aws, place)
                _WARM.add(contender)
        runs: dict[str, list[Any]] = {contender.name: [] for contender in folders}
        for turn in range(repeats):
            for contender, place in folders.items():
                if contender.slow and case.accounts >= 100 and turn:
                    continue
                run, calls = _run(contender, aws, place)
                assert not [call for call in calls if not call.startswith(_READS)], calls
                runs[contender.name].append(run)
        aws.judge()
    return runs


def _created(case: Case, contenders: Sequence[Contender], repeats: int, folder: Path) -> dict[str, list[Any]]:
    """Let each contender create everything in accounts that have a root user only."""
    runs: dict[str, list[Any]] = {contender.name: [] for contender in contenders}
    for turn in range(repeats):
        for number, contender in enumerate(contenders):
            place = folder / f"{turn}-{number}"
            place.mkdir()
            with Aws(place, case.accounts, case.latency / 1000) as aws:
                run, _calls = _run(contender, aws, _ready(contender, aws, place / "work"))
                aws.judge()
            runs[contender.name].append(run)
    return runs


def _ready(contender: Contender, aws: Aws, folder: Path) -> Path:
    folder.mkdir()
    contender.set_up(aws, folder)
    return folder


def _run(contender: Contender, aws: Aws, folder: Path) -> tuple[dict[str, Any], Counter[str]]:
    aws.calls()
    cost = cost_of(contender.command, folder, contender.environment(aws, folder))
    calls = aws.calls()
    print(f"  {contender.name}: {cost.wall:.2f} s, CPU {cost.cpu:.2f} s, {sum(calls.values())} calls", flush=True)
    return {**asdict(cost), "calls": sum(calls.values())}, calls


if __name__ == "__main__":
    main()
