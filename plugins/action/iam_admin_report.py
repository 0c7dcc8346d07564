# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

from ansible.utils.color import stringc
from ansible.utils.display import Display

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.checks import RULES
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.action import ControllerAction
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.report import AccountReport, Report, make_report
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.report_files import ReportFolder, read_report
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.report_text import account_text, table

# More would hide what matters: they are in the table
_MOST_TEXTS = 20


class ActionModule(ControllerAction):
    """See the documentation of iam_admin_report."""

    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {
        "verdicts": {"type": "str", "required": True},
        "directory": {"type": "path"},
        "baseline": {"type": "path"},
    }

    def act(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Print what was said of the accounts, and write it down where that is asked for."""
        report = self._report(task_vars, options["verdicts"])
        earlier = read_report(Path(options["baseline"])) if options["baseline"] else None
        folder = ReportFolder(options["directory"]) if options["directory"] else None
        compared = report.compared_with(earlier) if earlier else report
        if folder and not self._task.check_mode:
            # What is printed is about this run; the files have what other parts of it have written, too
            compared = folder.write(compared, compare=earlier is None)
        self._print(compared, {account.name for account in report.accounts})
        return {"changed": False, "summary": report.summary}

    @staticmethod
    def _report(task_vars: Mapping[str, Any], verdicts: str) -> Report:
        """Collect the verdicts of all hosts that were judged in this run."""
        found = (task_vars["hostvars"].raw_get(host).get(verdicts) for host in task_vars["groups"]["all"])
        accounts = [AccountReport.from_json(verdict["account"]) for verdict in found if verdict]
        checks = {id: {"title": rule.title, "references": [*rule.references]} for id, rule in RULES.items()}
        return make_report(datetime.now(UTC).isoformat(timespec="milliseconds"), accounts, checks)

    @staticmethod
    def _print(report: Report, names: set[str]) -> None:
        accounts = [account for account in report.accounts if account.name in names]
        texts = accounts if len(accounts) <= _MOST_TEXTS else [one for one in accounts if one.verdict != "secure"]
        display = Display()
        for account in texts[:_MOST_TEXTS]:
            display.display("\n" + account_text(account, display.verbosity > 0, stringc))
        if len(accounts) > 1:
            display.display("\n" + table(make_report(report.generated_at, accounts, report.checks), stringc))
