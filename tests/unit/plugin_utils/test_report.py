# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report: one data structure, and the files and texts that are made from it."""

from __future__ import annotations

import functools
import json
import os
import re
import stat
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.report import (
    MARKS,
    VERDICTS,
    AccountReport,
    Drift,
    Finding,
    Proven,
    Report,
    ToDo,
    judged_twice,
    make_report,
    not_the_only_one,
    when,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.report_files import ReportFolder, read_report
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.report_page import page
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.report_text import (
    _width,
    account_text,
    junit,
    markdown,
    table,
)

IDS = ("a", "b", "c", "d", "e", "f")
CHECKS = {id: {"title": f"Asks {id}", "remedy": f"Mend {id}.", "references": [f"Book {id}"]} for id in IDS}
DEVICE, ENABLED = "arn:aws:iam::111122223333:mfa/iamadmin", "2026-01-01T00:00:00+00:00"
THEN, NOW = "2026-01-02T03:04:05+00:00", "2026-01-03T03:04:05+00:00"


def finding(id: str, status: str = "pass", **more: Any) -> Finding:
    return Finding(**{"id": id, "status": status, "detail": f"Seen {id}.", "expected": True, "exception": None, **more})


def proof(at: str, *what: str, **more: str) -> Proven:
    of_what = {"user_id": "AIDA1", "serial_number": DEVICE, "enable_date": ENABLED}
    return Proven(at, what, **{**of_what, **more})


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
            "user_id": "AIDA1",
            "mfa_devices": {DEVICE: ENABLED},
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


def test_what_counts_against_an_account_comes_before_what_does_not_and_that_before_what_is_well() -> None:
    assert tuple(one.mark for one in BAD.worst_first) == MARKS
    many = account("x", "not secure", finding("a"), finding("b", "fail"), finding("c"), finding("d", "fail"))
    assert [one.id for one in many.worst_first] == ["b", "d", "a", "c"]


def test_what_to_do_is_said_with_the_accounts_that_it_takes_and_an_account_with_an_error_is_one() -> None:
    worse = account("worse", "not secure", finding("a", "fail"), finding("b", "fail"), finding("c", "fail"))
    elsewhere = account("elsewhere", "not secure", finding("account", "fail"), finding("d", "unknown"))
    both = replace(BAD, name="both", error="It went wrong.")
    found = report(GOOD, LOST, BAD, worse, both, elsewhere, replace(LOST, name="lost-too"))
    assert found.to_do == [
        ToDo("It went wrong.", ("both",)),
        ToDo("AWS was not reached.", ("lost", "lost-too")),
        ToDo("Mend b.", ("worse", "bad", "both"), "b"),
        ToDo("Mend a.", ("worse",), "a"),
        ToDo("Mend c.", ("worse",), "c"),
        ToDo(
            "See below why the check has no result, fix that, and run it again; examples/check-policy.json has the "
            "permissions that it needs.",
            ("bad (c)", "both (c)"),
        ),
    ]
    assert report(GOOD, account("later", "not judged")).to_do == []


def test_a_report_that_does_not_say_what_to_do_says_what_is_to_be_so() -> None:
    data = report(BAD).as_json()
    for check in data["checks"].values():
        del check["remedy"]
    read = Report.from_json(data, "It")
    assert read.to_do[0] == ToDo("Make this so: Asks b.", ("bad",), "b")
    assert report(BAD).merged_with(read).to_do[0].sentence == "Mend b."


FAIL, PASS, UNKNOWN = finding("a", "fail"), finding("a"), finding("a", "unknown")


@pytest.mark.parametrize(
    ("before", "after", "worse", "better"),
    [
        ((PASS,), (FAIL,), ("a",), ()),
        ((PASS,), (UNKNOWN,), ("a",), ()),
        ((FAIL,), (PASS,), (), ("a",)),
        ((FAIL,), (UNKNOWN,), (), ()),
        ((UNKNOWN,), (FAIL,), (), ()),
        ((finding("a", "not_applicable"),), (PASS,), (), ()),
        ((finding("a", "not_applicable"),), (FAIL,), ("a",), ()),
        ((FAIL,), (finding("a", "not_applicable"),), (), ("a",)),
        # What is, not what counts: the verdict tells that
        ((finding("a", "fail", exception="Later."),), (FAIL,), (), ()),
        ((finding("a", "fail", expected=False),), (FAIL,), (), ()),
        ((FAIL,), (finding("a", "fail", exception="Later."),), (), ()),
        ((PASS,), (finding("a", "fail", exception="Later."),), (), ()),
        # A check that is new, and an account that could not be read
        ((finding("b"),), (FAIL,), (), ()),
        ((), (FAIL,), ("a",), ()),
        ((), (PASS,), (), ()),
        ((FAIL,), (), (), ()),
    ],
)
def test_drift_is_what_has_changed_and_counts(
    before: tuple[Finding, ...], after: tuple[Finding, ...], worse: tuple[str, ...], better: tuple[str, ...]
) -> None:
    earlier = report(account("x", "secure", *before, checked_at=THEN), at=THEN)
    compared = report(account("x", "secure", *after), account("y", account_id="444455556666")).compared_with(earlier)
    assert [one.drift for one in compared.accounts] == [Drift(THEN, "secure", worse, better), None]


def test_a_report_has_the_checks_that_were_made() -> None:
    assert list(report(account("x", "secure", finding("b"), finding("a"))).checks) == ["a", "b"]
    assert report(LOST).checks == {}


def test_an_account_that_can_no_longer_be_read_has_become_worse() -> None:
    earlier = report(account("x", "secure", PASS, checked_at=THEN), at=THEN)
    lost = replace(LOST, name="x")
    lines = table(report(lost).compared_with(earlier), plain).split("\n")
    assert lines[-2:] == ["Since the earlier report:", "Worse: x (unknown)."]


def test_an_account_is_the_same_whatever_the_host_is_called() -> None:
    earlier = report(account("x", "secure", PASS, checked_at=THEN), account("z", account_id="444455556666"), at=THEN)
    renamed = report(account("y", "secure", PASS))
    assert [one.name for one in renamed.compared_with(earlier).merged_with(earlier).accounts] == ["y", "z"]
    reused = report(account("z", "secure", PASS, account_id="777788889999")).compared_with(earlier)
    assert [one.drift for one in reused.accounts] == [None]


def test_an_account_that_was_written_by_a_part_of_this_run_keeps_its_drift() -> None:
    written = account("x", "secure", finding("a"), drift=Drift(THEN, "secure", ("a",), ()))
    assert report(replace(written, drift=None)).compared_with(report(written)).accounts == (written,)


def test_of_two_judgements_of_one_moment_the_own_one_stays() -> None:
    merged = report(account("a", "secure")).merged_with(report(account("a", "unknown")))
    assert [one.verdict for one in merged.accounts] == ["secure"]


def test_the_later_judgement_stays() -> None:
    earlier, later = account("x", "not secure", FAIL, checked_at=THEN), account("x", "secure", PASS)
    assert report(earlier, at=NOW).merged_with(report(later)).accounts == (later,)
    assert report(later).merged_with(report(earlier)).accounts == (later,)


STANDS = tuple(finding(id) for id in ("administrator", "permissions", "mfa"))


@pytest.mark.parametrize(
    ("now", "remembered"),
    [
        (account("x", "secure", *STANDS), True),
        (account("x", "not secure", *STANDS[:2], finding("mfa", "fail")), False),
        (account("x", "secure", *STANDS, user_name="somebody"), False),
        (account("x", "secure", *STANDS, account_id="444455556666"), False),
        (account("x", "secure", *STANDS, user_id="AIDA2"), False),
        (account("x", "secure", *STANDS, user_id=None), False),
        (account("x", "secure", *STANDS, mfa_devices={DEVICE: NOW}), False),
        (account("x", "secure", *STANDS, mfa_devices={f"{DEVICE}.2": ENABLED}), False),
        (account("x", "secure", *STANDS, mfa_devices={DEVICE: ENABLED, f"{DEVICE}-2": NOW}), True),
    ],
    ids=[
        "it stands",
        "the device is gone",
        "another user",
        "another account",
        "another user of that name",
        "a user that was not read",
        "a device made anew under that name",
        "a device that has replaced it",
        "one more device",
    ],
)
def test_what_was_proven_is_remembered_as_long_as_it_stands(now: AccountReport, remembered: bool) -> None:
    proven = proof(THEN, "device")
    earlier = report(account("x", "secure", *STANDS, proven=proven, checked_at=THEN), at=THEN)
    (judged,) = report(now).remembering(earlier).accounts
    assert judged.proven == (proven if remembered else None)


def test_what_was_proven_is_said_in_words() -> None:
    assert proof(THEN, "device", "permissions", "require_mfa").sentence() == (
        "Proven on 2026-01-02 03:04 UTC: MFA device, permissions, that MFA is required. The password was not tried."
    )


def test_a_proof_of_this_moment_is_remembered() -> None:
    proven = proof(NOW, "device")
    (judged,) = (
        report(account("x", "secure", *STANDS))
        .remembering(report(account("x", "secure", *STANDS, proven=proven)))
        .accounts
    )
    assert judged.proven == proven


def test_where_no_folder_remembers_a_proof_that_is_said() -> None:
    stands, proven = account("x", "secure", *STANDS), account("y", "secure", *STANDS, proven=proof(NOW, "device"))
    bare = account("z", "secure")
    forgotten = {one.name: one.proof for one in report(stands, proven, bare).forgotten().accounts}
    assert forgotten == {
        "x": "Configured. No proof is known: iam_admin_report_dir would remember one.",
        "y": f"{proof(NOW, 'device').sentence()} Without iam_admin_report_dir this proof is not remembered.",
        "z": "",
    }
    assert [one.proof for one in (stands, proven)] == ["Configured, not proven.", proof(NOW, "device").sentence()]
    # No file has it: what is written is remembered
    assert "remembered" not in replace(stands, remembered=False).as_json()


def test_a_proof_that_does_not_say_of_what_proves_nothing() -> None:
    bare = report(account("x", "secure", *STANDS, proven=Proven(THEN, ("device",)), checked_at=THEN), at=THEN)
    (judged,) = report(account("x", "secure", *STANDS, user_id="", mfa_devices={"": ""})).remembering(bare).accounts
    assert judged.proven is None


def test_a_report_of_1_0_is_read() -> None:
    data = report(account("x", "secure", *STANDS, proven=proof(THEN, "device"))).as_json()
    (plain,) = data["accounts"]
    del plain["user_id"], plain["mfa_devices"]
    plain["proven"] = {"at": THEN, "what": ["device"]}
    (read,) = Report.from_json(data, "The report x").accounts
    assert (read.user_id, read.mfa_devices, read.proven) == (None, {}, Proven(THEN, ("device",)))


def test_a_report_is_as_old_as_its_oldest_judgement_and_says_whose_that_is() -> None:
    old, older = (account(name, checked_at=f"202{year}-01-03T03:04:05+00:00") for name, year in (("b", 5), ("a", 4)))
    fresh = account("c", checked_at="2026-01-02T20:00:00+00:00")
    whole = report(account("d"), old, older, fresh)
    assert (whole.oldest, [one.name for one in whole.left_out]) == (older.checked_at, ["a", "b"])
    said = markdown(whole)
    assert "Checked between 2024-01-03 03:04 UTC and 2026-01-03 03:04 UTC." in said
    told = (
        "Not judged in the last run, and shown as of their last check: a (2024-01-03 03:04 UTC), b (2025-01-03 03:04 "
        "UTC)."
    )
    assert f"\n\n{told}\n\n|" in said
    shown = page(whole)
    assert "as of their last check: a (2024-01-03 03:04 UTC), b (2025-01-03 03:04 UTC)." in shown
    assert "All accounts are secure, each as of its last check: every check that counts has passed." in shown


def test_a_report_of_one_run_is_of_its_time() -> None:
    whole = report(account("d"), account("c", checked_at="2026-01-02T20:00:00+00:00"))
    assert (whole.left_out, report().oldest) == ([], NOW)
    for said in (markdown(whole), page(whole)):
        assert "Checked between 2026-01-02 20:00 UTC and 2026-01-03 03:04 UTC." in said
        assert "as of their last check" not in said
    assert "All accounts are secure: every check that counts has passed." in page(whole)
    assert '<p class="faint">Checked on 2026-01-03 03:04 UTC.</p>' in page(report(account("d")))


def test_a_new_proof_takes_the_place_of_an_earlier_one() -> None:
    earlier = report(account("x", "secure", *STANDS, proven=proof(THEN, "device"), checked_at=THEN), at=THEN)
    now = proof(NOW, "device", "permissions")
    (judged,) = report(account("x", "secure", *STANDS, proven=now)).remembering(earlier).accounts
    assert judged.proven == now


def test_an_account_is_not_two_hosts() -> None:
    one, other = account("x", "secure"), account("y", "not secure", FAIL)
    alone, lost = account("z", account_id="444455556666"), replace(LOST, name="w")
    sentence = (
        "x and y lead to one account, 111122223333, which was judged as that of each: correct aws_account_id or "
        "aws_profile of one of them in the inventory."
    )
    assert judged_twice([one, other, alone, lost, replace(lost, name="v")]) == {"x": sentence, "y": sentence}
    failed = not_the_only_one(one, sentence)
    assert (failed.verdict, failed.error, failed.fails) == ("unknown", sentence, True)
    assert not_the_only_one(other, sentence) == replace(other, error=sentence)
    assert not_the_only_one(replace(one, error="Else."), sentence) == replace(one, error="Else.")
    assert not_the_only_one(one, None) == one


LATER = "2026-01-03T03:04:06+00:00"


def test_what_was_judged_or_proven_later_than_now_was_not() -> None:
    ahead = account("x", "secure", *STANDS, proven=proof(LATER, "device"), checked_at=LATER)
    now = account("x", "not secure", FAIL)
    assert report(now).merged_with(report(ahead)).accounts == (now,)
    stands = account("x", "secure", *STANDS)
    assert report(stands).remembering(report(ahead)).accounts == (stands,)


def test_moments_are_compared_wherever_they_were_written_down() -> None:
    # Half an hour before, and an hour behind
    earlier = account("x", "secure", PASS, checked_at="2026-01-03T03:34:05+01:00")
    now = account("x", "not secure", FAIL)
    assert report(now).merged_with(report(earlier)).accounts == (now,)


def test_a_report_is_the_same_after_it_was_json() -> None:
    drifted = replace(BAD, drift=Drift(THEN, "secure", ("a",), ("b", "c")), proven=proof(THEN, "device"))
    whole = report(drifted, GOOD, LOST)
    assert Report.from_json(json.loads(json.dumps(whole.as_json())), "it") == whole


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=9), inner, max_size=3)),
    max_leaves=5,
)


@given(JSON)
def test_what_is_no_report_is_refused_with_a_sentence(data: Any) -> None:
    with pytest.raises(AdminError, match=r"^The report x .*: move it away"):
        Report.from_json(data, "The report x")


def shown(data: Any) -> bool:
    """Whether it is a report: then every format can show it."""
    try:
        found = Report.from_json(data, "The report x")
    except AdminError:
        return False
    page(found), markdown(found), junit(found), table(found, plain)
    return True


def places(data: Any, *path: Any) -> list[tuple[Any, ...]]:
    """Return the paths of everything within."""
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    return [path, *(place for key, value in items for place in places(value, *path, key))]


WHOLE = report(replace(BAD, drift=Drift(THEN, "secure", ("a",), ("b",)), proven=proof(THEN, "device")), LOST)


@given(st.sampled_from(places(WHOLE.as_json())[1:]), JSON)
def test_whatever_somebody_has_written_into_a_report_it_is_refused_or_can_be_shown(path: Any, value: Any) -> None:
    data = json.loads(json.dumps(WHOLE.as_json()))
    assert shown(data)
    *way, last = path
    functools.reduce(lambda inner, key: inner[key], way, data)[last] = value
    shown(data)


@pytest.mark.parametrize(
    "change",
    [
        {"verdict": "fine"},
        {"checked_at": "today"},
        {"checks": {"a": {"status": "well"}}},
        {"more": 1},
        {"checks": None},
        *({name: 5} for name in ("name", "account_id", "user_name", "sign_in_url", "error")),
        {"checks": {"a": {"detail": 5}}},
        {"checks": {"a": {"exception": 5}}},
        {"name": 5, "drift": {"since": THEN, "was": "secure", "worse": [], "better": []}},
        {"name": 5, "proven": {"at": THEN, "what": []}},
        {"remembered": False},
        {"drift": {"since": THEN, "was": "secure", "worse": [5], "better": []}},
        {"drift": {"since": THEN, "was": "secure", "worse": [], "better": [5]}},
        {"drift": {"since": "then", "was": "secure", "worse": [], "better": []}},
        {"drift": {"since": THEN, "was": "fine", "worse": [], "better": []}},
        {"proven": {"at": THEN, "what": [5]}},
        {"proven": {"at": "then", "what": []}},
        {"proven": {"at": THEN, "what": [], "user_id": 5}},
        {"proven": {"at": THEN, "what": [], "serial_number": 5}},
        {"proven": {"at": THEN, "what": [], "enable_date": 5}},
        {"user_id": 5},
        {"mfa_devices": {DEVICE: 5}},
        {"mfa_devices": [5]},
    ],
)
def test_an_account_that_nobody_could_have_written_is_refused(change: dict[str, Any]) -> None:
    data = report(GOOD).as_json()
    data["accounts"][0].update(change)
    with pytest.raises(AdminError, match=r"^The report x is not a report of ours: move it away"):
        Report.from_json(data, "The report x")


# Texts


def test_a_report_of_another_version_is_refused_and_says_which() -> None:
    with pytest.raises(AdminError) as refused:
        Report.from_json({**WHOLE.as_json(), "schema_version": "2" * 21}, "It")
    assert str(refused.value) == (f"It has schema version {'2' * 20}, and this collection reads 1: move it away.")


def test_the_json_has_a_summary() -> None:
    assert set(WHOLE.as_json()) == {"schema_version", "generated_at", "summary", "checks", "accounts"}
    assert WHOLE.as_json()["summary"] == WHOLE.summary


@pytest.fixture
def far_away(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine where it is another hour."""
    with monkeypatch.context() as there:
        there.setenv("TZ", "XYZ-5")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("far_away")
def test_moments_are_told_in_utc_wherever_the_machine_is() -> None:
    assert when("2026-01-03T03:04:05+02:00") == "2026-01-03 01:04 UTC"


@pytest.mark.parametrize(
    ("verdict", "findings", "can"),
    [
        ("secure", [finding("account"), finding("console_password")], True),
        ("not secure", [finding("mfa", "fail")], True),
        ("unknown", [finding("console_password", "unknown")], True),
        ("not secure", [finding("console_password", "fail")], False),
        ("not secure", [finding("account", "fail"), finding("console_password")], False),
        ("not judged", [], False),
    ],
)
def test_where_to_sign_in_is_told_where_that_is_possible(verdict: str, findings: list[Finding], can: bool) -> None:
    told = account(verdict, verdict, *findings)
    assert (told.sign_in == told.sign_in_url) is can
    assert ("sign in as" in account_text(told, False, plain)) is can
    assert replace(told, sign_in_url=None).sign_in is None


def test_an_account_on_a_terminal() -> None:
    assert account_text(BAD, False, plain).split("\n") == [
        "bad (111122223333): NOT SECURE",
        "   sign in as iamadmin: https://acme.signin.aws.amazon.com/console",
        "   FAIL b: Seen b.",
        "   ??   c: Seen c.",
        "   note f: Seen f. Accepted: Later.",
        "   note e: Seen e.",
        "   ok   1 check; -v names them.",
    ]
    stands = account_text(account("x", "secure", *STANDS), False, plain)
    assert stands.splitlines()[-1] == "   -    Configured, not proven."
    forgotten = account_text(account("x", "secure", *STANDS, remembered=False), False, plain)
    assert forgotten.splitlines()[-1] == (
        "   -    Configured. No proof is known: iam_admin_report_dir would remember one."
    )
    proven = replace(GOOD, proven=proof(THEN, "device", "require_mfa"))
    assert account_text(proven, False, plain).split("\n")[-2:] == [
        "   ok   Proven on 2026-01-02 03:04 UTC: MFA device, that MFA is required. The password was not",
        "        tried.",
    ]
    assert account_text(LOST, False, plain) == "lost: UNKNOWN\n   FAIL AWS was not reached."


def test_an_account_that_has_changed_on_a_terminal() -> None:
    def marked(text: str, colour: str) -> str:
        return f"<{colour}>{text}</>"

    changed = replace(
        account("x", "unknown", finding("a"), finding("b"), finding("c", "fail"), *STANDS),
        error="It went wrong.",
        drift=Drift(THEN, "secure", ("c", "d"), ("e", "f")),
    )
    assert account_text(changed, False, marked).split("\n") == [
        "x (111122223333): <yellow>UNKNOWN</>",
        "   sign in as iamadmin: https://acme.signin.aws.amazon.com/console",
        "   <red>FAIL</> c: Seen c.",
        "   ok   5 checks; -v names them.",
        "   -    Configured, not proven.",
        "   <red>FAIL</> It went wrong.",
        "   note Worse than on 2026-01-02 03:04 UTC: c, d.",
        "   note Better than on 2026-01-02 03:04 UTC: e, f.",
    ]
    only_better = replace(GOOD, drift=Drift(THEN, "secure", (), ("e",)))
    assert account_text(only_better, False, plain).split("\n")[2:] == [
        "   ok   1 check; -v names them.",
        "   note Better than on 2026-01-02 03:04 UTC: e.",
    ]
    foretold = replace(account("x", "not judged"), sign_in_url=None)
    assert account_text(foretold, False, plain).split("\n") == [
        "x (111122223333): NOT JUDGED",
        "   ??   Check mode predicts changes, so there is nothing to judge yet.",
    ]


@pytest.mark.parametrize(
    ("detail", "lines"),
    [
        ("", ["   FAIL a:"]),
        ("well-known " * 9, ["   FAIL a: " + " ".join(["well-known"] * 8), "        well-known"]),
        ("x" * 90 + "-" + "y" * 9, ["   FAIL a:", "        " + "x" * 90 + "-" + "y" * 9]),
        ("é" * 43 + " é", ["   FAIL a: " + "é" * 43, "        é"]),
        ("é" * 41 + " é", ["   FAIL a: " + "é" * 41 + " é"]),
    ],
    ids=["empty", "hyphens", "a long word", "wide", "not too wide"],
)
def test_lines_are_broken_between_words(detail: str, lines: list[str]) -> None:
    shown = account_text(account("x", "not secure", finding("a", "fail", detail=detail)), False, plain)
    assert [line.rstrip() for line in shown.split("\n")[2:]] == lines


def test_an_account_on_a_terminal_verbosely() -> None:
    lines = account_text(BAD, True, plain).split("\n")[2:]
    assert lines[-2:] == ["   ok   a: Seen a.", "   -    d: Seen d."]


@pytest.mark.parametrize("width", [60, 80, 100])
def test_lines_are_as_wide_as_the_terminal(width: int) -> None:
    long = account("x", "not secure", finding("a", "fail", detail="well known " * 30), error="went wrong " * 20)
    drifted = replace(long, drift=Drift(THEN, "secure", ("b",) * 60, ("c",) * 60))
    shown = [account_text(drifted, False, plain, width), table(report(drifted, GOOD), plain, width)]
    lines = [line for text in shown for line in text.splitlines() if "https://" not in line]
    assert width - 12 < max(map(len, lines)) <= width


def test_an_account_that_is_not_judged_says_why() -> None:
    shown = account_text(account("x", "not judged"), False, plain)
    assert shown.endswith("   ??   Check mode predicts changes, so there is nothing to judge yet.")


def test_the_same_is_said_once() -> None:
    unjudged = [finding(id, "unknown", detail="Not judged.") for id in "abc"]
    assert account_text(account("x", "unknown", *unjudged), False, plain).endswith("\n   ??   a, b, c: Not judged.")


def test_the_table() -> None:
    drifted = replace(BAD, drift=Drift(THEN, "secure", ("b",), ("a",)))
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


def test_the_table_of_one_account_that_has_not_changed() -> None:
    same = replace(GOOD, drift=Drift(THEN, "secure", (), ()))
    assert table(report(same), plain).split("\n")[2:] == [
        "1 account: 1 secure.",
        "Since the earlier report:",
        "Nothing has changed.",
    ]


def test_the_table_says_what_became_worse_and_better_even_where_no_check_tells() -> None:
    worse = replace(LOST, drift=Drift(THEN, "secure", (), ()))
    better = replace(GOOD, drift=Drift(THEN, "not judged", (), ()))
    more = replace(BAD, drift=Drift(THEN, "secure", ("b", "c"), ("d", "e")))
    assert table(report(worse, better, more), plain).split("\n")[-3:] == [
        "Since the earlier report:",
        "Worse: bad (b, c), lost (unknown).",
        "Better: bad (d, e), good (secure).",
    ]


def test_a_long_list_of_what_changed_is_as_wide_as_the_table() -> None:
    names = [f"account-{number:02}" for number in range(20)]
    new = [account(name) for name in names]
    drifted = replace(GOOD, drift=Drift(THEN, "secure", (), ()))
    lines = table(report(drifted, *new), plain).split("\n")
    assert lines[-3] == f"New: {', '.join(names[:8])},"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("x" * 30, "x" * 30),
        ("x" * 31, "x" * 29 + "…"),
        ("x" * 32, "x" * 29 + "…"),
        ("金" * 15, "金" * 15),
        ("金" * 16, "金" * 14 + "… "),
        ("\uff21" * 16, "\uff21" * 14 + "… "),
    ],
    ids=["fits", "too long", "much too long", "wide and fits", "wide and too long", "full width"],
)
def test_a_name_has_thirty_columns(name: str, shown: str) -> None:
    assert table(report(account(name)), plain).split("\n")[1] == f"{shown}  111122223333  secure"


@pytest.mark.parametrize(("length", "shown"), [(65, "x" * 65), (66, "x" * 64 + "…")])
def test_what_is_said_of_an_account_has_the_rest_of_the_line(length: int, shown: str) -> None:
    row = table(report(account("account", "unknown", error="x" * length)), plain).split("\n")[1]
    assert row == f"account  111122223333  unknown     {shown}"


def test_what_did_not_pass_comes_before_what_went_wrong() -> None:
    row = table(report(replace(BAD, error="It went wrong.")), plain).split("\n")[1]
    assert row.endswith("b, c; It went wrong.")


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
    assert max(map(_width, lines)) <= 100


@given(st.text(max_size=300), st.text(max_size=300))
def test_an_account_fits_a_hundred_columns_where_words_do(detail: str, error: str) -> None:
    words = [" ".join(text.split())[:40] for text in (detail, error)]
    judged = account("x", "not secure", finding("a", "fail", detail=words[0]), error=words[1] or None)
    assert max(map(_width, account_text(judged, False, plain).split("\n"))) <= 100


def test_colours_are_where_they_mean_something() -> None:
    def marked(text: str, colour: str) -> str:
        return f"<{colour}>{text}</>"

    assert account_text(BAD, False, marked).startswith("bad (111122223333): <red>NOT SECURE</>\n")
    assert "   <red>FAIL</> b: Seen b." in account_text(BAD, False, marked)
    assert "<green>secure</>" in table(report(GOOD, BAD), marked)


def test_markdown_is_a_table_and_what_is_to_be_done() -> None:
    hostile = account("a|b\n<c>", "not secure", finding("a", "fail", detail="*Stars* and `ticks`."))
    text = markdown(report(hostile, GOOD))
    assert "| a\\|b \\<c\\> | 111122223333 | not secure | a |  |  | 2026-01-03 03:04 UTC |" in text.split("\n")
    assert "- FAIL `a`: \\*Stars\\* and \\`ticks\\`." in text.split("\n")
    assert "## good" not in text


def test_markdown_to_the_letter() -> None:
    drifted = replace(BAD, drift=Drift(THEN, "secure", ("b", "c"), ("d", "e")))
    assert markdown(report(drifted, LOST, GOOD)).split("\n") == [
        "# AWS administrators",
        "",
        "3 accounts: 1 not secure, 1 unknown, 1 secure; something went wrong in 1. Checked on 2026-01-03 03:04 UTC.",
        "",
        "| account | id | verdict | what did not pass | worse | better | checked |",
        "|---|---|---|---|---|---|---|",
        "| bad | 111122223333 | not secure | b, c | b, c | d, e | 2026-01-03 03:04 UTC |",
        "| lost |  | unknown | AWS was not reached. |  |  | 2026-01-03 03:04 UTC |",
        "| good | 111122223333 | secure |  |  |  | 2026-01-03 03:04 UTC |",
        "",
        "## What to do",
        "",
        "- **AWS was not reached.** lost",
        "- **Mend b.** bad (`b`)",
        "- **See below why the check has no result, fix that, and run it again; examples/check-policy.json has the "
        "permissions that it needs.** bad (c)",
        "",
        "## bad",
        "",
        "- FAIL `b`: Seen b.",
        "- ?? `c`: Seen c.",
        "- note `f`: Seen f. Accepted: Later.",
        "- note `e`: Seen e.",
        "",
        "## lost",
        "",
        "- AWS was not reached.",
        "",
    ]


@pytest.mark.parametrize(("count", "more"), [(20, ""), (21, " and 1 more")])
def test_what_to_do_names_twenty_accounts(count: int, more: str) -> None:
    names = [f"x{number:02}" for number in range(count)]
    found = report(*(account(name, "not secure", FAIL) for name in names))
    assert f"- **Mend a.** {', '.join(names[:20])}{more} (`a`)" in markdown(found).split("\n")
    shown = re.findall(r'<span class="name">(\w+),?</span>', page(found))
    assert shown == names[:20]
    assert (" and 1 more" in page(found)) is bool(more)


def test_markdown_of_what_is_secure_has_nothing_to_do() -> None:
    assert "What to do" not in markdown(report(GOOD))


def test_markdown_leaves_letters_alone() -> None:
    assert "| XL |" in markdown(report(account("XL")))


def test_junit_to_the_letter() -> None:
    judged = account("bad", "not secure", finding("a"), finding("b", "fail"), error="It went wrong.")
    assert junit(report(judged)).decode().split("\n") == [
        "<?xml version='1.0' encoding='utf-8'?>",
        '<testsuites name="AWS administrators">',
        f'  <testsuite name="bad" timestamp="{NOW}" failures="1" errors="1" skipped="0" tests="3">',
        '    <testcase classname="bad" name="run">',
        '      <error message="It went wrong." />',
        "    </testcase>",
        '    <testcase classname="bad" name="a" />',
        '    <testcase classname="bad" name="b">',
        '      <failure message="Seen b." />',
        "    </testcase>",
        "  </testsuite>",
        "</testsuites>",
        "",
    ]


def test_junit_counts_what_counts() -> None:
    made_here = junit(report(BAD, LOST))
    suites = ElementTree.fromstring(made_here)  # noqa: S314 -- no XML of anybody else
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
    checks = {"a": {"title": "<script>alert(2)</script>", "remedy": "<script>alert(3)</script>", "references": []}}
    html = page(make_report(NOW, [hostile], checks))
    assert "<script>alert" not in html
    assert "</script><b>" not in html


def data_of(html: str) -> Any:
    """Return what the page's own script shows when a row is opened."""
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html)
    assert found
    return json.loads(found[1])


def test_the_details_of_an_account_are_told_in_words() -> None:
    changed = replace(BAD, drift=Drift(THEN, "secure", ("b", "c"), ("d", "e")))
    same = replace(account("same", "secure", *STANDS), drift=Drift(THEN, "secure", (), ()))
    data = data_of(page(report(changed, same, LOST)))
    assert data == {
        "words": {
            "fail": "fails",
            "unknown": "could not be read",
            "accepted": "accepted",
            "noted": "not counted",
            "pass": "passes",
            "not_applicable": "does not apply",
        },
        # Those first that count against most accounts
        "titles": {id: [f"Asks {id}", f"Book {id}"] for id in ("b", "c", "a", "d", "e", "f")},
        "accounts": [
            {
                "name": "bad",
                "id": "111122223333",
                "verdict": "not secure",
                "error": "",
                "told": [
                    "Sign in as iamadmin: https://acme.signin.aws.amazon.com/console",
                    "Since 2026-01-02 03:04 UTC worse: b, c; better: d, e; then secure.",
                    "Checked on 2026-01-03 03:04 UTC.",
                ],
                "checks": [
                    ["b", "fail", "Seen b."],
                    ["c", "unknown", "Seen c."],
                    ["f", "accepted", "Seen f. Accepted: Later."],
                    ["e", "noted", "Seen e."],
                    ["a", "pass", "Seen a."],
                    ["d", "not_applicable", "Seen d."],
                ],
            },
            {
                "name": "lost",
                "id": "",
                "verdict": "unknown",
                "error": "AWS was not reached.",
                "told": ["Checked on 2026-01-03 03:04 UTC."],
                "checks": [],
            },
            {
                "name": "same",
                "id": "111122223333",
                "verdict": "secure",
                "error": "",
                "told": [
                    "Sign in as iamadmin: https://acme.signin.aws.amazon.com/console",
                    "Configured, not proven.",
                    "Since 2026-01-02 03:04 UTC nothing has changed.",
                    "Checked on 2026-01-03 03:04 UTC.",
                ],
                "checks": [],
            },
        ],
    }


def test_the_page_says_what_is_most_often_wrong_and_whether_it_was_compared() -> None:
    html = page(report(BAD))
    assert "<strong>Mend b.</strong>" in html
    assert "is worse than in the earlier report" not in html
    assert "is worse than in the earlier report" in page(report(replace(BAD, drift=Drift(THEN, "secure", ("b",), ()))))


def test_a_sign_stands_for_one_mark_and_the_legend_has_each() -> None:
    html = page(report(BAD))
    legend = dict(re.findall(r'<li><b class="(\w+)">(.)</b> [^<]+</li>', html))
    assert tuple(legend) == MARKS
    assert len(set(legend.values())) == len(MARKS)
    for mark, sign in legend.items():
        assert re.search(rf'^\.{mark} {{ color: var\(--\w+\); --sign: "{re.escape(sign)}"; }}$', html, re.MULTILINE)


def test_a_long_word_breaks_after_what_separates_its_parts() -> None:
    arn = "arn:aws:iam::111122223333:user/of_the/iamadmin"
    html = page(report(account("x", "not secure", finding("a", "fail", detail=f"It is <{arn}>, not short_one."))))
    parts = "arn:<wbr>aws:<wbr>iam::<wbr>111122223333:<wbr>user/<wbr>of_<wbr>the/<wbr>iamadmin"
    assert f'It is <span class="name">&lt;{parts}&gt;,</span> not short_one.' in html


def test_the_style_of_the_page_takes_a_title_as_it_is() -> None:
    checks = {"a": {"title": 'Ä, "b" \\ </style>', "remedy": "", "references": []}}
    html = page(make_report(NOW, [account("x", "secure", PASS)], checks))
    assert '{ content: "\\c4 \\2c  \\22 b\\22  \\5c  \\3c \\2f style\\3e "; }' in html


def test_the_page_of_many_accounts_is_small() -> None:
    def size(count: int) -> int:
        names = [f"account-{number:04}" for number in range(count)]
        whole = {id: {"title": f"Asks {id}", "remedy": "", "references": []} for id in map(str, range(20))}
        accounts = [account(name, "secure", *map(finding, whole)) for name in names]
        return len(page(make_report(NOW, accounts, whole)))

    # Of which each check takes less than 100
    assert (size(200) - size(100)) / 100 < 2_400


# Files


def test_the_folder_has_every_format_for_its_owner_alone(tmp_path: Path) -> None:
    whole = report(BAD, GOOD)
    assert ReportFolder(str(tmp_path / "new")).write(whole, compare=True) == whole
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    files = {file.name: stat.S_IMODE(file.stat().st_mode) for file in (tmp_path / "new").iterdir()}
    assert files == dict.fromkeys((".lock", "report.json", "report.html", "report.md", "report.xml"), 0o600)
    assert read_report(tmp_path / "new" / "report.json") == whole


def test_parts_are_merged_and_compared_with_what_was_there(tmp_path: Path) -> None:
    folder, file = ReportFolder(str(tmp_path)), tmp_path / "report.json"
    before = account("bad", "secure", finding("b"), finding("c"), checked_at=THEN)
    other = account("other", checked_at=THEN, account_id="444455556666")
    folder.write(report(before, other, at=THEN), compare=True)
    first = folder.write(report(BAD), compare=True)
    drift = Drift(THEN, "secure", ("b", "c"), ())
    assert {one.name: one.drift for one in first.accounts} == {"bad": drift}
    assert {one.name: one.drift for one in read_report(file).accounts} == {"bad": drift, "other": None}
    # The second part has what the first one has, too
    second = folder.write(report(BAD, replace(GOOD, account_id="777788889999")), compare=True)
    assert {one.name: one.drift for one in second.accounts} == {"bad": drift, "good": None}
    assert {one.name: one.drift for one in read_report(file).accounts} == {"bad": drift, "other": None, "good": None}


def test_what_a_later_part_has_judged_is_kept_in_the_files_and_not_said_by_this_one(tmp_path: Path) -> None:
    folder = ReportFolder(str(tmp_path))
    folder.write(report(account("x", "secure", PASS)), compare=False)
    earlier = account("x", "not secure", FAIL, checked_at=THEN)
    assert folder.write(report(earlier), compare=False).accounts == (earlier,)
    assert [one.verdict for one in read_report(tmp_path / "report.json").accounts] == ["secure"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
@pytest.mark.parametrize("whose", [".", "report.json", ".lock"])
def test_a_folder_that_another_user_can_write_is_not_used(tmp_path: Path, whose: str) -> None:
    folder = ReportFolder(str(tmp_path / "report"))
    folder.write(report(GOOD), compare=False)
    os.chown(tmp_path / "report" / whose, 65534, -1)
    with pytest.raises(AdminError, match=r"belongs to another user, .*, set iam_admin_report_dir, or look at it"):
        folder.write(report(BAD), compare=True)


@pytest.mark.parametrize("name", [".lock", "report.json"])
def test_nothing_is_read_written_or_made_through_a_link(tmp_path: Path, name: str) -> None:
    (tmp_path / "report").mkdir()
    (tmp_path / "report" / name).symlink_to(tmp_path / "elsewhere")
    with pytest.raises(AdminError, match=r"is a link, and reports are not written through links.*iam_admin_report_dir"):
        ReportFolder(str(tmp_path / "report")).write(report(GOOD), compare=True)
    assert not (tmp_path / "elsewhere").exists()


def test_a_folder_that_was_there_keeps_its_mode(tmp_path: Path) -> None:
    (tmp_path / "report").mkdir(mode=0o755)
    ReportFolder(str(tmp_path / "report")).write(report(GOOD), compare=False)
    assert stat.S_IMODE((tmp_path / "report").stat().st_mode) == 0o755


def test_what_a_file_says_leaves_a_terminal_as_it_is(tmp_path: Path) -> None:
    folder = ReportFolder(str(tmp_path))
    folder.write(report(replace(BAD, drift=Drift(THEN, "secure", ("b\x1b[31m",), ())), at=THEN), compare=False)
    (read,) = read_report(tmp_path / "report.json").accounts
    assert read == replace(BAD, drift=Drift(THEN, "secure", ("b [31m",), ()))


def test_where_nothing_is_to_be_compared_nothing_is(tmp_path: Path) -> None:
    folder = ReportFolder(str(tmp_path))
    folder.write(report(replace(BAD, checked_at=THEN), at=THEN), compare=True)
    assert folder.write(report(BAD), compare=False).drifted is False


def test_people_can_read_the_json_too(tmp_path: Path) -> None:
    ReportFolder(str(tmp_path)).write(report(account("Zürich")), compare=False)
    lines = (tmp_path / "report.json").read_text(encoding="utf-8").split("\n")
    assert lines[1] == ' "schema_version": 1,'
    assert '   "name": "Zürich",' in lines
    assert lines[-2:] == ["}", ""]


def test_a_file_is_written_in_the_folder_and_nothing_is_left_of_one_that_cannot_be(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    (tmp_path / "report.html").mkdir()
    with pytest.raises(AdminError) as refused:
        ReportFolder(str(tmp_path)).write(report(GOOD), compare=False)
    assert str(refused.value) == (
        f"The report {tmp_path / 'report.html'} cannot be used: Is a directory. Correct that, or name another place in "
        "iam_admin_report_dir."
    )
    assert {file.name for file in tmp_path.iterdir()} == {".lock", "report.json", "report.html"}


def test_a_report_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "report.json"
    file.mkdir()
    with pytest.raises(AdminError) as refused:
        read_report(file)
    assert str(refused.value) == (
        f"The report {file} cannot be used: Is a directory. Correct that, or name another place in "
        "iam_admin_report_baseline."
    )
    with pytest.raises(AdminError) as refused:
        ReportFolder(str(tmp_path)).write(report(GOOD), compare=False)
    assert str(refused.value) == f"{file} is not a file: move it away."


@pytest.mark.parametrize("content", ["", "{", "[]", '{"schema_version": 2}'])
def test_a_folder_with_something_else_is_refused_and_stays_as_it_is(tmp_path: Path, content: str) -> None:
    (tmp_path / "report.json").write_text(content)
    with pytest.raises(AdminError, match=r"report\.json .*move it away"):
        ReportFolder(str(tmp_path)).write(report(GOOD), compare=True)
    files = {file.name: file.read_text() for file in tmp_path.iterdir()}
    assert files == {".lock": "", "report.json": content}


def test_a_folder_that_cannot_be_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(AdminError, match=r"^The report .*file/in cannot be used: File exists\. Correct"):
        ReportFolder(str(tmp_path / "file" / "in")).write(report(GOOD), compare=True)


@pytest.mark.parametrize("name", ["a\0b", "\ud800"])
def test_a_folder_that_nothing_can_be_called_is_a_sentence(name: str) -> None:
    with pytest.raises(AdminError, match=r"^The report '.*' is not a valid path: correct iam_admin_report_dir\.$"):
        ReportFolder(name).write(report(GOOD), compare=True)


def test_a_baseline_that_is_missing_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(AdminError, match="cannot be used: No such file or directory"):
        read_report(tmp_path / "none.json")
