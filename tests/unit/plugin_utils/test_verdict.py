# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is said of an account in the end."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.verdict import Verdict

ERROR = "It went wrong."
FORETOLD = "Check mode has foretold changes, so there is nothing to judge yet."
UNREAD = {"failed": True, "msg": "AWS was not reached."}


def info(*statuses: str) -> dict[str, Any]:
    """Return what iam_admin_info says where its checks, named a, b, c..., have these statuses."""
    return {
        "account_id": "111122223333",
        "sign_in_url": "https://acme.signin.aws.amazon.com/console",
        "checks": [
            {"id": id, "status": status, "detail": f"Seen {id}."} for id, status in zip("abcd", statuses, strict=False)
        ],
        "secure": set(statuses) <= {"pass", "not_applicable"},
    }


def verdict(info: dict[str, Any], **given: Any) -> Verdict:
    return Verdict("production", "iamadmin", info, **given)


@pytest.mark.parametrize(
    ("info", "given", "status", "fails", "sentence"),
    [
        pytest.param(info("pass"), {}, "secure", False, "production is secure.", id="everything passes"),
        pytest.param(
            info("pass", "not_applicable"), {}, "secure", False, "production is secure.", id="one does not apply"
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
        pytest.param(UNREAD, {}, "unknown", True, "production is unknown. AWS was not reached.", id="nothing was read"),
        pytest.param(
            info("pass"),
            {"earlier_error": ERROR},
            "secure",
            True,
            f"production is secure. {ERROR}",
            id="secure after an error",
        ),
        pytest.param(
            info("fail"),
            {"earlier_error": ERROR},
            "not secure",
            True,
            f"production is not secure. {ERROR} Not passed: a.",
            id="not secure after an error",
        ),
        pytest.param(
            UNREAD,
            {"earlier_error": UNREAD["msg"]},
            "unknown",
            True,
            "production is unknown. AWS was not reached.",
            id="the same error twice",
        ),
        pytest.param(
            info("fail"),
            {"predicted": True},
            "not judged",
            False,
            f"production is not judged. {FORETOLD}",
            id="check mode",
        ),
        pytest.param(
            info("fail"),
            {"predicted": True, "earlier_error": ERROR},
            "not judged",
            True,
            f"production is not judged. {ERROR} {FORETOLD}",
            id="check mode after an error",
        ),
        pytest.param(
            UNREAD,
            {"predicted": True},
            "unknown",
            True,
            "production is unknown. AWS was not reached.",
            id="check mode where nothing was read",
        ),
    ],
)
def test_the_verdict(info: dict[str, Any], given: dict[str, Any], status: str, fails: bool, sentence: str) -> None:
    judged = verdict(info, **given)
    assert (judged.status, judged.fails, judged.sentence()) == (status, fails, sentence)


HEAD = "   sign in as iamadmin: https://acme.signin.aws.amazon.com/console"


@pytest.mark.parametrize(
    ("info", "given", "lines"),
    [
        pytest.param(
            info("pass", "fail", "unknown", "not_applicable"),
            {},
            [
                "production (111122223333): NOT SECURE",
                HEAD,
                "   ok   Seen a.",
                "   FAIL Seen b.",
                "   ??   Seen c.",
                "   -    Seen d.",
            ],
            id="every status has its mark",
        ),
        pytest.param(
            info("pass"),
            {"earlier_error": ERROR},
            ["production (111122223333): SECURE", HEAD, "   ok   Seen a.", f"   FAIL {ERROR}"],
            id="an error is a line",
        ),
        pytest.param(UNREAD, {}, ["production: UNKNOWN", "   ??   AWS was not reached."], id="nothing was read"),
        pytest.param(
            UNREAD,
            {"earlier_error": UNREAD["msg"]},
            ["production: UNKNOWN", "   FAIL AWS was not reached."],
            id="the same error is said once",
        ),
        pytest.param(
            info("fail"),
            {"predicted": True},
            ["production (111122223333): NOT JUDGED", HEAD, f"   ??   {FORETOLD}"],
            id="check mode",
        ),
    ],
)
def test_the_verdict_on_a_terminal(info: dict[str, Any], given: dict[str, Any], lines: list[str]) -> None:
    assert verdict(info, **given).text().split("\n") == lines


def test_several_checks_with_the_same_to_say_say_it_once() -> None:
    read = info("unknown", "unknown")
    read["checks"] = [{**check, "detail": "Not judged."} for check in read["checks"]]
    assert verdict(read).text().count("Not judged.") == 1
