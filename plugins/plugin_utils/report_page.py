# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as one HTML page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from .report import VERDICTS, AccountReport, Report, when
from .report_text import checked, left_out, told_of

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
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        accounts=report.accounts,
        cards=_CARDS,
        checks=report.checks,
        data={
            "titles": report.checks,
            "accounts": [_view(account, list(report.checks)) for account in report.accounts],
        },
        drifted=report.drifted,
        findings=[(id, [account.name for account in accounts]) for id, accounts in report.common_findings],
        checked=checked(report),
        left_out=left_out(report),
        findings_of=lambda account: {one.id: one for one in account.findings},
        signs=_SIGNS,
        summary=report.summary,
        verdicts=VERDICTS,
    )


def _view(account: AccountReport, order: list[str]) -> dict[str, Any]:
    """Return what the details of an account show, in words."""
    drift = account.drift
    changes = []
    if drift:
        told = [f"{what}: {', '.join(ids)}" for what, ids in (("worse", drift.worse), ("better", drift.better)) if ids]
        told += [f"then {drift.was}"] if drift.was != account.verdict else []
        changes = [f"Since {when(drift.since)} {'; '.join(told) or 'nothing has changed'}."]
    sign_in = [f"Sign in as {account.user_name}: {account.sign_in}"] if account.sign_in else []
    found = {one.id: one for one in account.findings}
    return {
        "name": account.name,
        "id": account.account_id or "",
        "verdict": account.verdict,
        "error": account.error or "",
        "told": [
            *sign_in,
            *([account.proof] if account.proof else []),
            *changes,
            f"Checked on {when(account.checked_at)}.",
        ],
        "checks": [[id, found[id].mark, told_of(found[id])] for id in order if id in found],
    }
