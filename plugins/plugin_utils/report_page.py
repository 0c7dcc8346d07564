# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as one HTML page."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from .report import VERDICTS, AccountReport, Finding, Report, when
from .report_text import MOST_NAMES, checked, left_out, told_of

_TEMPLATE = Path(__file__).with_name("report.html.j2")
_CARDS = (
    ("accounts", "accounts"),
    ("secure", "secure"),
    ("not secure", "not secure"),
    ("unknown", "not all readable"),
    ("errors", "with an error"),
)
# By mark: its sign, a word for it, and what the legend says
_SIGNS = {
    "fail": ("✗", "fails", "fails"),
    "unknown": ("?", "could not be read", "could not be read"),
    "accepted": ("≈", "accepted", "does not pass, and is accepted with a reason"),
    "noted": ("○", "not counted", "does not pass, and does not count"),
    "pass": ("✓", "passes", "passes"),
    "not_applicable": ("\u2013", "does not apply", "does not apply"),
}
# What a line, or the column of names, may have no room for
_LONG_WORD = re.compile(r"\S{21,}")
_AFTER_A_SEPARATOR = re.compile(r"(?<=[/:._@=-])(?=\w)")


def page(report: Report) -> str:
    """Return a page that holds all it needs; whatever comes from AWS or the inventory is escaped."""
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    environment.filters |= {"breakable": _breakable, "css_string": _css_string}
    columns = _columns(report)
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        accounts=report.accounts,
        cards=_CARDS,
        checks=report.checks,
        columns=columns,
        data={
            "words": {mark: word for mark, (_sign, word, _legend) in _SIGNS.items()},
            "titles": {id: [report.checks[id]["title"], "; ".join(report.checks[id]["references"])] for id in columns},
            "accounts": [_view(account, report) for account in report.accounts],
        },
        drifted=report.drifted,
        checked=checked(report),
        left_out=left_out(report),
        findings_of=lambda account: {one.id: one for one in account.findings},
        most_names=MOST_NAMES,
        signs=_SIGNS,
        summary=report.summary,
        to_do=report.to_do,
        verdicts=VERDICTS,
    )


def _columns(report: Report) -> list[str]:
    """Return the ids of the checks, those first that count against most accounts."""
    against = Counter(one.id for account in report.accounts for one in account.not_passed)
    return sorted(report.checks, key=lambda id: -against[id])


def _breakable(text: str) -> Markup:
    """Let a long word, such as an ARN, break after what separates its parts where a line has no room for it."""

    def parted(word: re.Match[str]) -> str:
        return f'<span class="name">{_AFTER_A_SEPARATOR.sub("<wbr>", word[0])}</span>'

    return Markup(_LONG_WORD.sub(parted, str(escape(text))))  # noqa: S704 it is escaped


def _css_string(text: str) -> Markup:
    """Return it as a string of CSS, whatever it is."""
    kept = (one if one == " " or (one.isascii() and one.isalnum()) else f"\\{ord(one):x} " for one in text)
    return Markup(f'"{"".join(kept)}"')  # noqa: S704 nothing in it is HTML


def _view(account: AccountReport, report: Report) -> dict[str, Any]:
    """Return what the details of an account show, in words."""
    drift = account.drift
    changes = []
    if drift:
        told = [f"{what}: {', '.join(ids)}" for what, ids in (("worse", drift.worse), ("better", drift.better)) if ids]
        told += [f"then {drift.was}"] if drift.was != account.verdict else []
        changes = [f"Since {when(drift.since)} {'; '.join(told) or 'nothing has changed'}."]
    sign_in = [f"Sign in as {account.user_name}: {account.sign_in}"] if account.sign_in else []
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
        "checks": [
            [one.id, one.mark, _beyond_its_title(one, report)] for one in account.worst_first if one.id in report.checks
        ],
    }


def _beyond_its_title(finding: Finding, report: Report) -> str:
    """Return what a check has seen; empty where its title says that."""
    told = told_of(finding)
    return "" if told == f"{report.checks[finding.id]['title']}." else told
