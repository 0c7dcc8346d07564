# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of an account in the end."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.report import AccountReport, Proven
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.verdict import account_report, sentence

ERROR = "It went wrong."
PREDICTED = "Check mode predicts changes, so there is nothing to judge yet."
UNREAD = {"failed": True, "msg": "AWS was not reached."}


WRONG = "Something went wrong: the report above says what."


def info(*statuses: str, **of_b: Any) -> dict[str, Any]:
    """Return what iam_admin_info says where its checks, named a, b, c..., have these statuses."""
    checks = [
        {
            "id": id,
            "title": f"Asks {id}",
            "status": status,
            "detail": f"Seen {id}.",
            "references": [],
            "expected": True,
            "exception": None,
            **(of_b if id == "b" else {}),
        }
        for id, status in zip("abcd", statuses, strict=False)
    ]
    return {
        "account_id": "111122223333",
        "sign_in_url": "https://acme.signin.aws.amazon.com/console",
        "checks": checks,
    }


def account(info: dict[str, Any], earlier_error: str = "", predicted: bool = False) -> AccountReport:
    return account_report(
        "production", "iamadmin", info, checked_at="now", earlier_error=earlier_error, predicted=predicted
    )


@pytest.mark.parametrize(
    ("info", "given", "status", "run_fails", "said"),
    [
        pytest.param(info("pass"), {}, "secure", False, "production is secure.", id="everything passes"),
        pytest.param(
            info("pass", "not_applicable"), {}, "secure", False, "production is secure.", id="one does not apply"
        ),
        pytest.param(
            info("pass", "fail", expected=False), {}, "secure", False, "production is secure.", id="one counts not"
        ),
        pytest.param(
            info("pass", "fail", exception="Later."), {}, "secure", False, "production is secure.", id="one is accepted"
        ),
        pytest.param(
            info("pass", "fail", "pass", "unknown"),
            {},
            "not secure",
            True,
            "production is not secure. Not passed: b, d.",
            id="one fails and one is unknown",
        ),
        pytest.param(
            info("pass", "unknown"), {}, "unknown", True, "production is unknown. Not passed: b.", id="one is unknown"
        ),
        pytest.param(UNREAD, {}, "unknown", True, f"production is unknown. {WRONG}", id="nothing was read"),
        pytest.param(
            info("pass"),
            {"earlier_error": ERROR},
            "secure",
            True,
            f"production is secure. {WRONG}",
            id="secure after an error",
        ),
        pytest.param(
            info("fail"),
            {"earlier_error": ERROR},
            "not secure",
            True,
            f"production is not secure. {WRONG} Not passed: a.",
            id="not secure after an error",
        ),
        pytest.param(
            UNREAD,
            {"earlier_error": UNREAD["msg"]},
            "unknown",
            True,
            f"production is unknown. {WRONG}",
            id="the same error twice",
        ),
        pytest.param(
            info("fail"),
            {"predicted": True},
            "not judged",
            False,
            f"production is not judged. {PREDICTED}",
            id="check mode",
        ),
        pytest.param(
            info("fail"),
            {"predicted": True, "earlier_error": ERROR},
            "not judged",
            True,
            f"production is not judged. {WRONG} {PREDICTED}",
            id="check mode after an error",
        ),
        pytest.param(
            UNREAD,
            {"predicted": True},
            "unknown",
            True,
            f"production is unknown. {WRONG}",
            id="check mode where nothing was read",
        ),
    ],
)
def test_the_verdict(info: dict[str, Any], given: dict[str, Any], status: str, run_fails: bool, said: str) -> None:
    judged = account(info, **given)
    assert (judged.verdict, judged.fails, sentence(judged, was_said=True)) == (status, run_fails, said)


def test_what_no_task_has_said_is_said_with_the_verdict() -> None:
    assert sentence(account(UNREAD)) == "production is unknown. AWS was not reached."
    assert sentence(account(info("fail"), earlier_error=ERROR)) == f"production is not secure. {ERROR} Not passed: a."


def test_what_cannot_be_printed_is_left_out() -> None:
    judged = account({"failed": True, "msg": "\x1b[31mred\x07"})
    assert judged.error == " [31mred "
    assert (judged.account_id, judged.sign_in_url) == (None, None)
    named = account({**info("pass"), "account_id": "1\x9b1", "sign_in_url": "https://a\x1b.signin.aws.amazon.com"})
    assert (named.account_id, named.sign_in_url) == ("1 1", "https://a .signin.aws.amazon.com")


def test_what_the_checks_say_is_kept() -> None:
    judged = account(info("pass", "fail", exception="Later."))
    assert [(one.id, one.mark, one.detail) for one in judged.findings] == [
        ("a", "pass", "Seen a."),
        ("b", "accepted", "Seen b."),
    ]
    assert (judged.name, judged.account_id, judged.user_name) == ("production", "111122223333", "iamadmin")
    assert (judged.sign_in_url, judged.checked_at) == ("https://acme.signin.aws.amazon.com/console", "now")
    assert judged.proven is None
    assert (judged.user_id, judged.mfa_devices) == (None, {})
    assert account(info("pass"), predicted=True).findings == ()


PROOF = {"proven": ["device", "permissions"], "user_id": "AIDA1", "serial_number": "arn", "enable_date": "then"}
PROVEN = Proven("now", ("device", "permissions"), "AIDA1", "arn", "then")


@pytest.mark.parametrize(
    ("read", "proof", "proven"),
    [
        ({"user_id": "AIDA1", "mfa_devices": [{"serial_number": "arn", "enable_date": "then"}]}, PROOF, PROVEN),
        ({"user_id": "AIDA1", "mfa_devices": [{"serial_number": "arn", "enable_date": "now"}]}, PROOF, None),
        ({"user_id": "AIDA2", "mfa_devices": [{"serial_number": "arn", "enable_date": "then"}]}, PROOF, None),
        ({}, PROOF, None),
        (
            {"user_id": "AIDA1", "mfa_devices": [{"serial_number": "arn", "enable_date": "then"}]},
            {**PROOF, "proven": []},
            None,
        ),
        (
            {"user_id": "AIDA1", "mfa_devices": [{"serial_number": "arn", "enable_date": "then"}]},
            {"failed": True},
            None,
        ),
    ],
    ids=["the same", "the device made anew", "another user", "not read", "check mode", "it failed"],
)
def test_what_was_proven_was_proven_when_it_was_checked_and_of_what_is_there(
    read: dict[str, Any], proof: dict[str, Any], proven: Proven | None
) -> None:
    judged = account_report(
        "production",
        "iamadmin",
        {**info("pass"), **read},
        checked_at="now",
        earlier_error="",
        predicted=False,
        proof=proof,
    )
    assert judged.proven == proven
    told = {device["serial_number"]: device["enable_date"] for device in read.get("mfa_devices", ())}
    assert (judged.user_id, judged.mfa_devices) == (read.get("user_id"), told)


def test_a_proof_stands_where_the_account_could_not_be_judged_after_it() -> None:
    judged = account_report(
        "production", "iamadmin", UNREAD, checked_at="now", earlier_error="", predicted=False, proof=PROOF
    )
    assert judged.proven == PROVEN


def test_two_errors_are_both_said() -> None:
    assert account(UNREAD, earlier_error=ERROR).error == "It went wrong. AWS was not reached."
