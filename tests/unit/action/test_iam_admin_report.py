# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a report shows on the terminal."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.action import iam_admin_report
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.report import (
    AccountReport,
    Finding,
    Report,
    make_report,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.terminal import Screen

NOW = "2026-01-02T03:04:05+00:00"


def shown(monkeypatch: pytest.MonkeyPatch, count: int, detail: str = "It is not so.", expected: int = 0) -> list[str]:
    """Return what is displayed of so many accounts that are not secure."""
    said: list[str] = []
    display = SimpleNamespace(display=said.append, verbosity=0)
    monkeypatch.setattr(iam_admin_report, "Display", lambda: display)
    iam_admin_report.ActionModule._print(report_of(count, detail), expected)
    return said


def report_of(count: int, detail: str = "It is not so.", error: str | None = None) -> Report:
    """Return that of so many accounts that are not secure."""
    finding = Finding("a", "fail", detail, expected=True, exception=None)
    accounts = [
        AccountReport(f"host{number}", None, "iamadmin", None, "not secure", error, NOW, (finding,))
        for number in range(count)
    ]
    return make_report(NOW, accounts, {"a": {"title": "It is so", "references": []}})


@pytest.mark.parametrize(
    ("count", "texts", "rows", "last"),
    [
        (1, 1, 0, "   FAIL a: It is not so."),
        (2, 2, 0, "2 accounts: 2 not secure."),
        (5, 5, 0, "5 accounts: 5 not secure."),
        (6, 6, 6, "6 accounts: 6 not secure."),
        (22, 20, 22, "22 accounts: 22 not secure."),
    ],
)
def test_a_table_is_for_more_accounts_than_are_seen_at_a_glance(
    monkeypatch: pytest.MonkeyPatch, count: int, texts: int, rows: int, last: str
) -> None:
    said = shown(monkeypatch, count)
    lines = "\n".join(said).splitlines()
    assert (lines.count("   FAIL a: It is not so."), lines[-1]) == (texts, last)
    assert len([line for line in lines if line.endswith("not secure  a")]) == rows
    assert ("... and 2 more; see the table." in "\n".join(said)) is (count == 22)


@pytest.mark.parametrize(
    ("count", "expected", "last"),
    [
        (1, 1, "   FAIL a: It is not so."),
        (1, 2, "1 of 2 accounts: 1 not secure."),
        (2, 3, "2 of 3 accounts: 2 not secure."),
        (6, 7, "6 of 7 accounts: 6 not secure."),
        (6, 6, "6 accounts: 6 not secure."),
    ],
)
def test_it_says_how_many_accounts_there_are(
    monkeypatch: pytest.MonkeyPatch, count: int, expected: int, last: str
) -> None:
    assert "\n".join(shown(monkeypatch, count, expected=expected)).splitlines()[-1] == last


@pytest.mark.parametrize(
    ("screen", "width"),
    [(None, 100), (Screen(24, 80), 80), (Screen(50, 120), 100), (Screen(24, 40), 60)],
    ids=["none", "narrow", "wide", "too narrow"],
)
def test_lines_fit_the_terminal(monkeypatch: pytest.MonkeyPatch, screen: Screen | None, width: int) -> None:
    monkeypatch.setattr(iam_admin_report, "_SCREEN", screen)
    lines = "\n".join(shown(monkeypatch, 6, "well known " * 20)).splitlines()
    assert width - 10 < max(map(len, lines)) <= width


def test_what_was_said_is_said_again_where_the_report_leaves_it_out() -> None:
    report = report_of(22, error="No such role.")
    failing = iam_admin_report._failing(report, {account.name for account in report.accounts})
    again = [account.name for account in report.accounts if "No such role." in failing[account.name]]
    assert again == [account.name for account in report.accounts[20:]]
    assert iam_admin_report._failing(report_of(1, error="No such role."), set()) == {
        "host0": "host0 is not secure. No such role. Not passed: a."
    }
