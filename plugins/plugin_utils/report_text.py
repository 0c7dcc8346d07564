# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report as text: for a terminal, as Markdown, and as JUnit XML."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from xml.etree import ElementTree

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.names import named

from .report import AccountReport, Finding, Report, ToDo, when
from .verdict import PREDICTED

WIDEST = 100
NARROWEST = 60
_INDENT = 8
MOST_NAMES = 20
_MARKS = {
    "pass": "ok",
    "fail": "FAIL",
    "unknown": "??",
    "not_applicable": "-",
    "accepted": "note",
    "noted": "note",
}
_COLOURS = {"not secure": "red", "unknown": "yellow", "not judged": "cyan", "secure": "green"}

Colour = Callable[[str, str], str]


def account_text(account: AccountReport, verbose: bool, colour: Colour, width: int = WIDEST) -> str:
    """Return the verdict on one account as lines of at most `width` columns, but for a URL that is longer.

    What passes is counted, unless `verbose`. `colour` gets a text and the name of a colour.
    """
    line = partial(_line, colour=colour, width=width)
    name = f"{account.name} ({account.account_id})" if account.account_id else account.name
    lines = [f"{name}: {colour(account.verdict.upper(), _COLOURS[account.verdict])}"]
    if account.sign_in:
        lines.append(f"   sign in as {account.user_name}: {account.sign_in}")
    quiet = [] if verbose else [one for one in account.findings if one.mark in ("pass", "not_applicable")]
    for (mark, sentence), names in _by_sentence(one for one in account.worst_first if one not in quiet).items():
        lines += line(_MARKS[mark], f"{', '.join(names)}: {sentence}")
    passed = sum(one.mark == "pass" for one in quiet)
    if passed:
        lines += line("ok", f"{passed} {'check' if passed == 1 else 'checks'}; -v names them.")
    if account.proof:
        lines += line("ok" if account.proven else "-", account.proof)
    if account.verdict == "not judged":
        lines += line("??", PREDICTED)
    if account.error:
        lines += line("FAIL", account.error)
    if account.drift:
        for what, ids in (("worse", account.drift.worse), ("better", account.drift.better)):
            if ids:
                lines += line("note", f"{what.capitalize()} than on {when(account.drift.since)}: {', '.join(ids)}.")
    return "\n".join(lines)


def _by_sentence(findings: Iterable[Finding]) -> dict[tuple[str, str], list[str]]:
    """Return the ids of the checks that say the same, as those do that one call has failed for."""
    found: dict[tuple[str, str], list[str]] = {}
    for one in findings:
        found.setdefault((one.mark, told_of(one)), []).append(one.id)
    return found


def totals(report: Report, width: int = WIDEST, expected: int = 0) -> str:
    """Return how many accounts have each verdict, and what has changed, in lines of at most `width` columns.

    `expected` is how many accounts there are, where a --limit or a batch leaves out some.
    """
    told = (_summary(report, expected), *_drifts(report))
    return "\n".join(line for one in told for line in textwrap.wrap(one, width, break_on_hyphens=False))


def table(report: Report, colour: Colour, width: int = WIDEST, expected: int = 0) -> str:
    """Return one row for each account, the worst first, and the totals, in lines of at most `width` columns."""
    # The other columns take 28; what did not pass gets as much as the names at least
    name_width = min(30, (width - 28) // 2, max([7, *(_width(account.name) for account in report.accounts)]))
    head = f"{'account':<{name_width}}  {'id':<12}  {'verdict':<10}  what did not pass"
    rows = [_row(account, name_width, colour, width) for account in report.accounts]
    return "\n".join([head, *rows, totals(report, width, expected)])


def markdown(report: Report) -> str:
    """Return the report as Markdown (GitHub Flavored Markdown Spec: tables)."""
    lines = ["# AWS administrators", "", f"{_summary(report)} {checked(report)}", ""]
    if report.left_out:
        lines += [f"{_cell(left_out(report))}", ""]
    lines += [
        "| account | id | verdict | what did not pass | worse | better | checked |",
        "|---|---|---|---|---|---|---|",
    ]
    for account in report.accounts:
        drift = account.drift
        cells = (
            account.name,
            account.account_id or "",
            account.verdict,
            _what(account),
            ", ".join(drift.worse) if drift else "",
            ", ".join(drift.better) if drift else "",
            when(account.checked_at),
        )
        lines.append(f"| {' | '.join(_cell(cell) for cell in cells)} |")
    if report.to_do:
        lines += ["", "## What to do", "", *(_to_do_line(one) for one in report.to_do)]
    for account in report.accounts:
        told = [one for one in account.worst_first if one.mark not in ("pass", "not_applicable")]
        if told or account.error:
            lines += ["", f"## {_cell(account.name)}", ""]
            lines += [f"- {_MARKS[one.mark]} `{one.id}`: {_cell(told_of(one))}" for one in told]
            lines += [f"- {_cell(account.error)}"] if account.error else []
    return "\n".join(lines) + "\n"


def junit(report: Report) -> bytes:
    """Return the report as JUnit XML: an account is a suite, and what does not count against it is skipped."""
    root = ElementTree.Element("testsuites", name="AWS administrators")
    for account in report.accounts:
        suite = ElementTree.SubElement(root, "testsuite", name=account.name, timestamp=account.checked_at)
        if account.error:
            case = ElementTree.SubElement(suite, "testcase", classname=account.name, name="run")
            ElementTree.SubElement(case, "error", message=account.error)
        for finding in account.findings:
            case = ElementTree.SubElement(suite, "testcase", classname=account.name, name=finding.id)
            result = {"pass": None, "fail": "failure", "unknown": "error"}.get(finding.mark, "skipped")
            if result:
                ElementTree.SubElement(case, result, message=told_of(finding))
        for kind in ("failure", "error", "skipped"):
            suite.set({"failure": "failures", "error": "errors"}.get(kind, kind), str(len(suite.findall(f"*/{kind}"))))
        suite.set("tests", str(len(suite)))
    ElementTree.indent(root)
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def told_of(finding: Finding) -> str:
    """Return what a check has seen, and why that is accepted."""
    return f"{finding.detail} Accepted: {finding.exception}" if finding.mark == "accepted" else finding.detail


def checked(report: Report) -> str:
    """Return when the accounts were judged: no more recently than the oldest judgement."""
    oldest, newest = when(report.oldest), when(report.generated_at)
    return f"Checked on {newest}." if oldest == newest else f"Checked between {oldest} and {newest}."


def left_out(report: Report) -> str:
    """Return which accounts this run has not judged, and since when that is so; empty where it has judged all."""
    accounts = report.left_out
    if not accounts:
        return ""
    told = named(f"{account.name} ({when(account.checked_at)})" for account in accounts)
    return f"Not judged in the last run, and shown as of their last check: {told}."


def _to_do_line(one: ToDo) -> str:
    check = f" (`{one.check}`)" if one.check else ""
    return f"- **{_cell(one.sentence)}** {_cell(first_of(one.accounts))}{check}"


def first_of(names: Sequence[str]) -> str:
    """Return the first names, in their order, and how many more there are."""
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return ", ".join(names[:MOST_NAMES]) + more


def _what(account: AccountReport) -> str:
    ids = ", ".join(one.id for one in account.not_passed)
    return "; ".join(part for part in (ids, account.error) if part)


def _summary(report: Report, expected: int = 0) -> str:
    summary = report.summary
    verdicts = ", ".join(f"{summary[name]} {name}" for name in _COLOURS if summary[name])
    errors = f"; something went wrong in {summary['errors']}" if summary["errors"] else ""
    count = "1 account" if summary["accounts"] == 1 else f"{summary['accounts']} accounts"
    of_all = f"{summary['accounts']} of {expected} accounts" if expected > summary["accounts"] else count
    return f"{of_all}: {verdicts}{errors}."


def _drifts(report: Report) -> list[str]:
    if not report.drifted:
        return []
    worse = [
        f"{account.name} ({', '.join(account.drift.worse) or account.verdict})"
        for account in report.accounts
        if account.drift and (account.drift.worse or account.became < 0)
    ]
    better = [
        f"{account.name} ({', '.join(account.drift.better) or account.verdict})"
        for account in report.accounts
        if account.drift and (account.drift.better or account.became > 0)
    ]
    new = [account.name for account in report.accounts if account.drift is None]
    kinds = {"Worse": worse, "Better": better, "New": new}
    told = [f"{kind}: {', '.join(names)}." for kind, names in kinds.items() if names] or ["Nothing has changed."]
    return ["Since the earlier report:", *told]


def _row(account: AccountReport, name_width: int, colour: Colour, width: int) -> str:
    verdict = colour(account.verdict, _COLOURS[account.verdict]) + " " * (10 - len(account.verdict))
    room = width - name_width - 12 - 10 - 6
    what = _fit(_what(account), room)
    return f"{_fit(account.name, name_width)}  {account.account_id or '':<12}  {verdict}  {what}".rstrip()


def _line(mark: str, text: str, colour: Colour, width: int) -> list[str]:
    room = width - _INDENT
    lines = textwrap.wrap(text, room if text.isascii() else room // 2, break_on_hyphens=False, break_long_words=False)
    shown = colour(mark, "red") if mark == "FAIL" else mark
    first, *more = lines or [""]
    return [f"   {shown}{' ' * (5 - len(mark))}{first}", *(" " * _INDENT + line for line in more)]


def _width(text: str) -> int:
    """How many columns a terminal gives a text (Unicode Standard Annex #11)."""
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 1 for character in text)


def _fit(text: str, width: int) -> str:
    while _width(text) > width:
        text = text.removesuffix("…")[:-1] + "…"
    return text + " " * (width - _width(text))


def _cell(text: str) -> str:
    """Keep what was read from AWS or written by people from being Markdown of its own, or HTML."""
    for character in "\\`*_{}[]<>|#":
        text = text.replace(character, f"\\{character}")
    return " ".join(text.split())
