# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Take a whole organisation in one run: `make bench-organization`, or `python -m benchmarks.organization --help`.

Accounts with a root user alone are bootstrapped unattended while AWS throttles, and refuses everything in one of them;
that one alone is taken again, by the file that ansible writes of what has failed; and all are checked.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from tests.operator import PROJECT, ansible

from .aws import Aws
from .contenders import OURS
from .cost import cost_of

_RESULTS = Path(__file__).parent / "results"
_JSON, _TABLE = _RESULTS / "organization.json", _RESULTS / "organization.md"
_NOT_SECURE = 2
_MB = 1e6


class Run:
    """What is done with an organisation, in a folder, and what it costs."""

    def __init__(self, aws: Aws, folder: Path, forks: int) -> None:
        self._aws = aws
        self._folder = folder
        inventory = {"plugin": "landing_zone.aws_admin.aws_organizations", "profile": next(iter(aws.accounts))}
        (folder / "aws_organizations.yml").write_text(json.dumps(inventory))
        (folder / "vault-password").write_text("only for the benchmark\n")
        self._environment = {
            **OURS.environment(aws, folder),
            "ANSIBLE_INVENTORY": str(folder / "aws_organizations.yml"),
            "ANSIBLE_FORKS": str(forks),
            "ANSIBLE_RETRY_FILES_ENABLED": "true",
            "ANSIBLE_RETRY_FILES_SAVE_PATH": str(folder),
        }

    def bootstrap(self, *arguments: str, expected: int = 0) -> dict[str, Any]:
        """Bootstrap unattended."""
        return self._play("bootstrap.yml", "-e", "iam_admin_enrolment=totp", *arguments, expected=expected)

    def check(self) -> dict[str, Any]:
        """Judge all, and write the report."""
        return self._play("playbooks/check.yml", "-e", "iam_admin_report_dir=report")

    @property
    def failed(self) -> list[str]:
        """The hosts that failed last, as ansible has written them down."""
        return (self._folder / "bootstrap.retry").read_text().split()

    @property
    def report_bytes(self) -> int:
        """How large the report's files are together."""
        return sum(file.stat().st_size for file in (self._folder / "report").iterdir())

    def _play(self, playbook: str, *arguments: str, expected: int = 0) -> dict[str, Any]:
        self._aws.calls()
        command = [*ansible("playbook"), str(PROJECT / playbook), *arguments]
        cost = cost_of(command, self._folder, self._environment, expected)
        return {**asdict(cost), "calls": sum(self._aws.calls().values())}


def main() -> None:
    """Run what the command line asks for, and write the results."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.organization", description=__doc__)
    parser.add_argument("--accounts", type=int, nargs="+", default=[100, 1000])
    parser.add_argument("--throttled", type=float, default=0.02, help="share of the calls that AWS throttles")
    parser.add_argument("--checks", type=int, default=3, help="runs of the check, of which the median counts")
    parser.add_argument("--forks", type=int, default=10)
    options = parser.parse_args()
    results = []
    for accounts in options.accounts:
        with tempfile.TemporaryDirectory(prefix="aws-admin-bench-") as folder, Aws(Path(folder), accounts, 0) as aws:
            results += _measure(aws, Run(aws, Path(folder), options.forks), options.throttled, options.checks)
    _RESULTS.mkdir(exist_ok=True)
    _JSON.write_text(json.dumps(results, indent=1) + "\n")
    _TABLE.write_text(_table(results))
    print(_table(results))


def _measure(aws: Aws, run: Run, throttled: float, checks: int) -> list[dict[str, Any]]:
    """Return what each step has cost; raise AssertionError where one account's failure is not its own."""
    *_others, (unlucky, account_id) = aws.accounts.items()
    aws.misbehave(throttled, [account_id])
    first = {**run.bootstrap(expected=_NOT_SECURE), "throttled": aws.throttled()}
    assert run.failed == [unlucky], run.failed
    aws.misbehave(throttled)
    again = {**run.bootstrap("--limit", "@bootstrap.retry"), "throttled": aws.throttled()}
    aws.misbehave(0)
    aws.judge()
    runs = [run.check() for _turn in range(checks)]
    middle = {figure: median(cost[figure] for cost in runs) for figure in runs[0]}
    steps = {
        "bootstrap, all but one": (len(aws.accounts), first),
        "bootstrap, the one that failed": (1, again),
        "check": (len(aws.accounts), {**middle, "report": run.report_bytes}),
    }
    for name, (_accounts, cost) in steps.items():
        print(f"{len(aws.accounts)} accounts, {name}: {cost['wall']:.1f} s", flush=True)
    return [{"accounts": len(aws.accounts), "step": name, "of": taken, **cost} for name, (taken, cost) in steps.items()]


def _table(results: Sequence[Mapping[str, Any]]) -> str:
    lines = [
        "| accounts | run | s | CPU s | MB | first process MB | calls per account | throttled | report MB |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for row in results:
        throttled = f"{row['throttled'] / row['calls']:.1%}" if "throttled" in row else ""
        report = f"{row['report'] / _MB:.1f}" if "report" in row else ""
        lines.append(
            f"| {row['accounts']} | {row['step']} | {row['wall']:.1f} | {row['cpu']:.1f} | {row['memory'] / _MB:.0f} | "
            f"{row['first_process'] / _MB:.0f} | {row['calls'] / row['of']:.1f} | {throttled} | {report} |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
