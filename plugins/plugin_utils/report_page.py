# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as one HTML page."""

from __future__ import annotations

from pathlib import Path

from jinja2 import Environment, StrictUndefined

from .report import VERDICTS, Report, when

_TEMPLATE = Path(__file__).with_name("report.html.j2")
_CARDS = (
    ("accounts", "accounts"),
    ("secure", "secure"),
    ("not secure", "not secure"),
    ("unknown", "not all readable"),
    ("errors", "with an error"),
)
_SIGNS = {"pass": "✓", "fail": "✗", "unknown": "?", "accepted": "○", "noted": "○", "not_applicable": "\u2013"}


def page(report: Report) -> str:
    """Return a page that holds all it needs; whatever comes from AWS or the inventory is escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    drifts = {account.name: account.drift for account in report.accounts}
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        accounts=report.accounts,
        cards=_CARDS,
        changed={name: drift.worse + drift.better if drift else () for name, drift in drifts.items()},
        checks=report.checks,
        data=report.as_json(),
        drifted=report.drifted,
        findings=[(id, [account.name for account in accounts]) for id, accounts in report.common_findings],
        generated_at=report.generated_at,
        marks={account.name: {one.id: one.mark for one in account.findings} for account in report.accounts},
        signs=_SIGNS,
        summary=report.summary,
        verdicts=VERDICTS,
        when=when,
    )
