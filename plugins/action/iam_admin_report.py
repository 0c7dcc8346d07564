# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from ansible.utils.color import stringc
from ansible.utils.display import Display

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.checks import RULES
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.action import (
    ControllerAction,
    finder_of_slips,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.report import (
    AccountReport,
    Report,
    judged_twice,
    make_report,
    not_the_only_one,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.report_files import ReportFolder, read_report
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.report_text import (
    NARROWEST,
    WIDEST,
    account_text,
    table,
    totals,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.survey import surveyed
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.terminal import Screen
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.verdict import account_report, sentence

# More would hide what matters
_MOST_TEXTS = 20
_MOST_AT_A_GLANCE = 5
_SCREEN = Screen.found()


class ActionModule(ControllerAction):
    """See the documentation of iam_admin_report."""

    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {
        "results": {"type": "str", "required": True},
        "survey": {"type": "str"},
        "just_read": {"type": "str"},
        "errors": {"type": "str"},
        "proofs": {"type": "str"},
        "directory": {"type": "path"},
        "baseline": {"type": "path"},
    }

    def act(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Print what was said of the accounts, and write it down where that is asked for."""
        report, twice = self._report(task_vars, options)
        shown, expected = report, self._expected(task_vars)
        try:
            shown = self._compared(report, options)
        finally:
            # Whatever is wrong with files, the verdicts are said
            self._print(shown, expected)
        said = self._said(task_vars, options["errors"] or "")
        return {
            "changed": False,
            "summary": report.summary,
            "expected": expected,
            "failing": {**_failing(report, said), **twice},
        }

    @staticmethod
    def _said(task_vars: Mapping[str, Any], errors: str) -> set[str]:
        """Return the hosts for which an earlier task has failed, and said why."""
        hosts = task_vars["ansible_play_hosts_all"]
        return {host for host in hosts if task_vars["hostvars"].raw_get(host).get(errors)}

    def _expected(self, task_vars: Mapping[str, Any]) -> int:
        """Return how many hosts the play is for, were there no --limit and no batches."""
        hosts = task_vars["hostvars"]._inventory.get_hosts(
            self._task.get_play().hosts, ignore_limits=True, ignore_restrictions=True
        )
        return len(hosts)

    def _compared(self, report: Report, options: Mapping[str, Any]) -> Report:
        """Hold the report against an earlier one, and write it down beside what other parts of the run have written."""
        if options["baseline"]:
            report = report.compared_with(read_report(Path(options["baseline"])))
        if not options["directory"]:
            return report.forgotten()
        if self._task.check_mode:
            return report
        return ReportFolder(options["directory"]).write(report, compare=not options["baseline"])

    def _report(self, task_vars: Mapping[str, Any], options: Mapping[str, Any]) -> tuple[Report, dict[str, str]]:
        """Judge the hosts of this batch by what was read of them; of one that could not even be read there is an error.

        Returns as well, by host, why an account is not that host's alone, whatever batch the other one is of.
        """
        accounts, of_all, slips_of = [], [], finder_of_slips(self, task_vars)
        for host in task_vars["ansible_play_hosts_all"]:
            has_failed = host not in task_vars["ansible_play_hosts"]
            of_host = task_vars["hostvars"].raw_get(host)
            account = self._account(host, of_host, options, has_failed, slips_of(of_host))
            if account:
                of_all.append(account)
                if has_failed or host in task_vars["ansible_play_batch"]:
                    accounts.append(account)
        if not accounts:
            raise AdminError(f"No host of this play has a result in the variable {options['results']}.")
        checks = {
            id: {"title": rule.title, "remedy": rule.remedy, "references": [*rule.references]}
            for id, rule in RULES.items()
        }
        twice = judged_twice(of_all)
        accounts = [not_the_only_one(account, twice.get(account.name)) for account in accounts]
        return make_report(_now(), accounts, checks), twice

    @staticmethod
    def _account(
        host: str, of_host: Mapping[str, Any], options: Mapping[str, Any], has_failed: bool, misspelt: str | None
    ) -> AccountReport | None:
        """Return the judgement on a host, None where its turn has not come."""
        info = surveyed(of_host, host, options["survey"])
        if info == {}:  # by the survey before this one
            info = surveyed(of_host, host, options["just_read"])
        info = info or of_host.get(options["results"]) or {}
        if not info and not has_failed:
            return None
        if "checks" not in info:
            info = {**info, "msg": info.get("msg") or "It was not judged, because an earlier task of this play failed."}
        return account_report(
            host,
            info.get("user_name", ""),
            info,
            checked_at=info.get("checked_at") or _now(),
            earlier_error=str(of_host.get(options["errors"] or "") or misspelt or ""),
            predicted=info.get("predicted", False),
            proof=of_host.get(options["proofs"] or ""),
        )

    @staticmethod
    def _print(report: Report, expected: int) -> None:
        display, accounts = Display(), report.accounts
        width = min(WIDEST, max(NARROWEST, _SCREEN.columns)) if _SCREEN else WIDEST
        texts = _told(report)
        for account in texts[:_MOST_TEXTS]:
            display.display("\n" + account_text(account, display.verbosity > 0, stringc, width))
        if len(texts) > _MOST_TEXTS:
            display.display(f"\n... and {len(texts) - _MOST_TEXTS} more; see the table.")
        if len(accounts) > _MOST_AT_A_GLANCE:
            display.display("\n" + table(report, stringc, width, expected))
        elif max(len(accounts), expected) > 1:
            display.display("\n" + totals(report, width, expected))


def _told(report: Report) -> Sequence[AccountReport]:
    """Return the accounts of which more is said than the table does: of many those that fail."""
    accounts = report.accounts
    return accounts if len(accounts) <= _MOST_TEXTS else [account for account in accounts if account.fails]


def _failing(report: Report, said: Set[str]) -> dict[str, str]:
    """Return, by host, why the run fails for it; what was said, and is printed again above, is not said once more."""
    printed = {account.name for account in _told(report)[:_MOST_TEXTS]}
    return {one.name: sentence(one, one.name in said and one.name in printed) for one in report.accounts if one.fails}


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
