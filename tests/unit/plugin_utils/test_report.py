# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report: one data structure, and the files and texts that are made from it."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.report import (
    VERDICTS,
    AccountReport,
    Drift,
    Finding,
    Proven,
    Report,
    make_report,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.report_files import ReportFolder, read_report
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.report_page import page
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.report_text import (
    account_text,
    junit,
    markdown,
    table,
)

IDS = ("a", "b", "c", "d", "e", "f")
CHECKS = {id: {"title": f"Asks {id}", "references": [f"Book {id}"]} for id in IDS}
THEN, NOW = "2026-01-02T03:04:05+00:00", "2026-01-03T03:04:05+00:00"


def finding(id: str, status: str = "pass", **more: Any) -> Finding:
    return Finding(**{"id": id, "status": status, "detail": f"Seen {id}.", "expected": True, "exception": None, **more})


def account(name: str, verdict: str = "secure", *findings: Finding, **more: Any) -> AccountReport:
    return AccountReport(
        **{
            "name": name,
            "account_id": "111122223333",
            "user_name": "iamadmin",
            "sign_in_url": "https://acme.signin.aws.amazon.com/console",
            "verdict": verdict,
            "error": None,
            "checked_at": NOW,
            "findings": findings,
            **more,
        }
    )


EVERY_MARK = (
    finding("a"),
    finding("b", "fail"),
    finding("c", "unknown"),
    finding("d", "not_applicable"),
    finding("e", "fail", expected=False),
    finding("f", "fail", exception="Later."),
)
BAD = account("bad", "not secure", *EVERY_MARK)
GOOD = account("good", "secure", finding("a"))
LOST = account("lost", "unknown", account_id=None, sign_in_url=None, error="AWS was not reached.")


def report(*accounts: AccountReport, at: str = NOW) -> Report:
    return make_report(at, accounts, CHECKS)


def plain(text: str, _colour: str) -> str:
    return text


# Data


def test_the_worst_comes_first() -> None:
    worse = account("a-little-worse", "not secure", finding("a", "fail"), finding("b", "fail"), finding("c", "fail"))
    judged = report(GOOD, account("also-good"), LOST, BAD, account("later", "not judged"), worse)
    names = [one.name for one in judged.accounts]
    assert names == ["a-little-worse", "bad", "lost", "later", "also-good", "good"]
    assert judged.summary == {
        "accounts": 6,
        "not secure": 2,
        "unknown": 1,
        "not judged": 1,
        "secure": 2,
        "errors": 1,
    }
    found = [(id, [one.name for one in accounts]) for id, accounts in judged.common_findings]
    assert found == [("b", ["a-little-worse", "bad"]), ("c", ["a-little-worse", "bad"]), ("a", ["a-little-worse"])]


@pytest.mark.parametrize(
    ("before", "after", "worse", "better"),
    [
        ("pass", "fail", ("a",), ()),
        ("pass", "unknown", ("a",), ()),
        ("unknown", "fail", ("a",), ()),
        ("fail", "unknown", (), ("a",)),
        ("fail", "pass", (), ("a",)),
        ("not_applicable", "fail", ("a",), ()),
        ("not_applicable", "pass", (), ()),
        ("pass", "pass", (), ()),
    ],
)
def test_drift_is_what_became_worse_or_better(
    before: str, after: str, worse: tuple[str, ...], better: tuple[str, ...]
) -> None:
    earlier = report(account("x", "secure", finding("a", before), checked_at=THEN), at=THEN)
    now = report(account("x", "secure", finding("a", after), finding("b", "fail")), account("y"))
    compared = now.compared_with(earlier)
    assert [one.drift for one in compared.accounts] == [Drift(THEN, worse, better), None]


def test_what_was_proven_earlier_is_not_forgotten() -> None:
    proven = Proven(THEN, ("device",))
    earlier = report(account("x", proven=proven, checked_at=THEN), at=THEN)
    (compared,) = report(account("x")).compared_with(earlier).accounts
    assert compared.proven == proven
    (compared,) = report(account("x", proven=Proven(NOW, ("device", "permissions")))).compared_with(earlier).accounts
    assert compared.proven == Proven(NOW, ("device", "permissions"))


def test_an_account_that_was_written_by_a_part_of_this_run_keeps_its_drift() -> None:
    written = account("x", "secure", finding("a"), drift=Drift(THEN, ("a",), ()))
    assert report(replace(written, drift=None)).compared_with(report(written)).accounts == (written,)


def test_a_report_is_the_same_after_it_was_json() -> None:
    drifted = replace(BAD, drift=Drift(THEN, ("a",), ("b", "c")), proven=Proven(THEN, ("device",)))
    whole = report(drifted, GOOD, LOST)
    assert Report.from_json(json.loads(json.dumps(whole.as_json())), "it") == whole


@given(
    st.recursive(
        st.one_of(st.none(), st.integers(), st.text(max_size=5), st.just(1)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3),
            st.dictionaries(
                st.sampled_from(["schema_version", "accounts", "checks", "generated_at", "name", "drift"]), inner
            ),
        ),
    )
)
def test_what_is_no_report_is_refused_with_a_sentence(data: Any) -> None:
    try:
        Report.from_json(data, "The report x")
    except AdminError as error:
        assert str(error).startswith("The report x ")  # noqa: PT017


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "fine"},
        {"checked_at": "today"},
        {"checks": {"a": {"status": "well"}}},
        {"more": 1},
        {"checks": None},
    ],
)
def test_an_account_that_nobody_could_have_written_is_refused(change: dict[str, Any]) -> None:
    data = report(GOOD).as_json()
    data["accounts"][0].update(change)
    with pytest.raises(AdminError, match=r"^The report x is not a report of ours: move it away"):
        Report.from_json(data, "The report x")


# Texts


def test_an_account_on_a_terminal() -> None:
    assert account_text(BAD, False, plain).split("\n") == [
        "bad (111122223333): NOT SECURE",
        "   sign in as iamadmin: https://acme.signin.aws.amazon.com/console",
        "   ok   a.",
        "   FAIL Seen b.",
        "   ??   Seen c.",
        "   note Seen e.",
        "   note Seen f. Accepted: Later.",
        "   -    Configured, not proven.",
    ]
    proven = replace(GOOD, proven=Proven(THEN, ("device", "require_mfa")))
    assert account_text(proven, False, plain).split("\n")[-2:] == [
        "   ok   Proven on 2026-01-02 03:04 UTC: MFA device, that MFA is required. The password was not",
        "        tried.",
    ]
    assert account_text(LOST, False, plain) == "lost: UNKNOWN\n   FAIL AWS was not reached."


def test_an_account_on_a_terminal_verbosely() -> None:
    lines = account_text(BAD, True, plain).split("\n")[2:]
    assert lines[0] == "   ok   Seen a."
    assert lines[3] == "   -    Seen d."


def test_an_account_that_is_not_judged_says_why() -> None:
    shown = account_text(account("x", "not judged"), False, plain)
    assert shown.endswith("   ??   Check mode has foretold changes, so there is nothing to judge yet.")


def test_the_same_is_said_once() -> None:
    unjudged = [finding(id, "unknown", detail="Not judged.") for id in "abc"]
    assert account_text(account("x", "unknown", *unjudged), False, plain).count("Not judged.") == 1


def test_the_table() -> None:
    drifted = replace(BAD, drift=Drift(THEN, ("b",), ("a",)))
    assert table(report(drifted, GOOD, LOST), plain).split("\n") == [
        "account  id            verdict     what did not pass",
        "bad      111122223333  not secure  b, c",
        "lost                   unknown     AWS was not reached.",
        "good     111122223333  secure",
        "3 accounts: 1 not secure, 1 unknown, 1 secure; something went wrong in 1.",
        "Since the earlier report:",
        "Worse: bad (b).",
        "Better: bad (a).",
        "New: lost, good.",
    ]


@given(
    st.lists(
        st.builds(
            account,
            st.text(min_size=1, max_size=70),
            st.sampled_from(VERDICTS),
            error=st.one_of(st.none(), st.text(max_size=300)),
        ),
        max_size=4,
    )
)
def test_the_table_fits_a_hundred_columns(accounts: list[AccountReport]) -> None:
    lines = table(report(*accounts), plain).split("\n")
    assert max(map(len, lines)) <= 100


def test_colours_are_where_they_mean_something() -> None:
    def marked(text: str, colour: str) -> str:
        return f"<{colour}>{text}</>"

    assert account_text(BAD, False, marked).startswith("bad (111122223333): <red>NOT SECURE</>\n")
    assert "   <red>FAIL</> Seen b." in account_text(BAD, False, marked)
    assert "<green>secure</>" in table(report(GOOD, BAD), marked)


def test_markdown_is_a_table_and_what_is_to_be_done() -> None:
    hostile = account("a|b\n<c>", "not secure", finding("a", "fail", detail="*Stars* and `ticks`."))
    text = markdown(report(hostile, GOOD))
    assert "| a\\|b \\<c\\> | 111122223333 | not secure | a |  |  |" in text.split("\n")
    assert "- FAIL `a`: \\*Stars\\* and \\`ticks\\`." in text.split("\n")
    assert "## good" not in text


def test_junit_counts_what_counts() -> None:
    suites = ElementTree.fromstring(junit(report(BAD, LOST)))  # noqa: S314 -- our own
    bad, lost = suites
    assert dict(bad.attrib) == {
        "name": "bad", "timestamp": NOW, "tests": "6", "failures": "1", "errors": "1", "skipped": "3",
    }  # fmt: skip
    results = {case.get("name"): [(one.tag, one.get("message")) for one in case] for case in bad}
    assert results == {
        "a": [],
        "b": [("failure", "Seen b.")],
        "c": [("error", "Seen c.")],
        "d": [("skipped", "Seen d.")],
        "e": [("skipped", "Seen e.")],
        "f": [("skipped", "Seen f. Accepted: Later.")],
    }
    assert [(case.get("name"), case[0].get("message")) for case in lost] == [("run", "AWS was not reached.")]


def test_the_page_escapes_what_it_was_given() -> None:
    hostile = account("<script>alert(1)</script>", "not secure", finding("a", "fail", detail="</script><b>"))
    html = page(report(hostile))
    assert "<script>alert" not in html
    assert "</script><b>" not in html


# Files


def test_the_folder_has_every_format_for_its_owner_alone(tmp_path: Path) -> None:
    whole = report(BAD, GOOD)
    assert ReportFolder(str(tmp_path / "new")).write(whole, compare=True) == whole
    files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "new").iterdir()}
    assert files == dict.fromkeys(("report.json", "report.html", "report.md", "report.xml"), 0o600)
    assert read_report(tmp_path / "new" / "report.json") == whole


def test_parts_are_merged_and_compared_with_what_was_there(tmp_path: Path) -> None:
    folder = ReportFolder(str(tmp_path))
    before = account("bad", "secure", finding("b"), checked_at=THEN)
    folder.write(report(before, account("other", checked_at=THEN), at=THEN), compare=True)
    first = folder.write(report(BAD), compare=True)
    assert {one.name: one.drift for one in first.accounts} == {"bad": Drift(THEN, ("b",), ()), "other": None}
    # The second part has what the first one has, too
    second = folder.write(report(BAD, GOOD), compare=True)
    drifts = {one.name: one.drift for one in second.accounts}
    assert drifts == {"bad": Drift(THEN, ("b",), ()), "other": None, "good": None}
    assert read_report(tmp_path / "report.json") == second


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema_version": 2}'])
def test_a_folder_with_something_else_is_refused_and_stays_as_it_is(tmp_path: Path, content: str) -> None:
    (tmp_path / "report.json").write_text(content)
    with pytest.raises(AdminError, match=r"report\.json .*move it away"):
        ReportFolder(str(tmp_path)).write(report(GOOD), compare=True)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("report.json", content)]


def test_a_folder_that_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AdminError, match=r"^The report .*file/in cannot be used: Not a directory\."):
        ReportFolder(str(tmp_path / "file" / "in")).write(report(GOOD), compare=True)


def test_a_baseline_that_is_missing_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(AdminError, match="cannot be used: No such file or directory"):
        read_report(tmp_path / "none.json")
