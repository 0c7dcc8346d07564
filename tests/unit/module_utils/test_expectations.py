# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an account is held against: options that make no sense are refused before AWS is asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.expectations import ARGUMENT_SPEC, Expected
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import NAME, options

KNOWN = ("account", "root_mfa", "mfa")


def expected(**given: Any) -> Expected:
    return Expected.from_params(options(ARGUMENT_SPEC, **{"name": NAME, **given}), KNOWN)


def test_the_device_is_named_after_the_user_and_what_counts_is_left_to_the_checks() -> None:
    assert expected() == Expected(None, NAME, None, (NAME,), ("AdministratorAccess",))


def test_what_is_given_is_what_is_expected() -> None:
    given = {"path": "/people/", "device_names": ["phone", "safe"], "managed_policies": ["ReadOnlyAccess"]}
    assert expected(**given, account_id="111122223333", require_mfa=True, expect=["mfa"]) == Expected(
        "111122223333", NAME, "/people/", ("phone", "safe"), ("ReadOnlyAccess",), require_mfa=True, expect=("mfa",)
    )


def test_a_reason_may_be_long() -> None:
    assert expected(exceptions={"mfa": "x" * 500}).exceptions == {"mfa": "x" * 500}


TODAY = datetime.now(UTC).date()


def in_days(days: int) -> date:
    return TODAY + timedelta(days=days)


@pytest.mark.parametrize(
    ("until", "told"),
    [
        (in_days(400), f"Later. (Until {in_days(400)}.)"),
        (in_days(31), f"Later. (Until {in_days(31)}.)"),
        (in_days(30), f"Later. (Until {in_days(30)}, in 30 days.)"),
        (str(in_days(2)), f"Later. (Until {in_days(2)}, in 2 days.)"),
        (datetime.combine(in_days(2), time(9)), f"Later. (Until {in_days(2)}, in 2 days.)"),
        (TODAY, f"Later. (Until {TODAY}, in 0 days.)"),
        (None, "Later."),
    ],
)
def test_an_exception_says_until_when_it_holds_and_when_that_is_soon(until: object, told: str) -> None:
    found = expected(exceptions={"mfa": {"reason": "Later.", "until": until}})
    assert (found.exceptions, found.ended) == ({"mfa": told}, {})


def test_an_exception_that_has_ended_is_none_and_is_remembered() -> None:
    found = expected(exceptions={"mfa": {"reason": "Later.", "until": in_days(-1)}, "root_mfa": "Never."})
    assert (found.exceptions, found.ended) == ({"root_mfa": "Never."}, {"mfa": in_days(-1)})


def test_a_reason_is_one_line() -> None:
    assert expected(exceptions={"mfa": " The key\n comes. "}).exceptions == {"mfa": "The key comes."}


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": "jo doe"}, "name 'jo doe' has characters"),
        ({"path": "admins"}, "path 'admins' is not valid"),
        ({"device_names": ["phone", "my phone"]}, "device_names 'my phone' has characters"),
        ({"device_names": ["x" * 129]}, "device_names is 129 characters long"),
        ({"managed_policies": ["Administrator Access"]}, "managed_policies 'Administrator Access' has characters"),
        ({"expect": ["mfa", "root"]}, "iam_admin_expect names 'root', which is not one of account, root_mfa, mfa."),
        ({"expect": ["x" * 41]}, f"iam_admin_expect names '{'x' * 40}', which is not one of"),
        ({"account_id": "1"}, r"aws_account_id \(account_id\) is '1': set it"),
        ({"expect": []}, "expect is empty, so nothing would count"),
        ({"exceptions": {"root": "why"}}, "iam_admin_exceptions names 'root', which is not one of root_mfa, mfa."),
        (
            {"exceptions": {"account": "why"}},
            "iam_admin_exceptions names 'account', which is not one of root_mfa, mfa.",
        ),
        ({"exceptions": {"mfa": " "}}, "exceptions: mfa needs a reason, in words"),
        ({"exceptions": {"mfa": True}}, "exceptions: mfa needs a reason, in words"),
        ({"exceptions": {"mfa": {"until": "2027-01-31"}}}, "exceptions: mfa needs a reason, in words"),
        (
            {"exceptions": {"mfa": {"reason": "why", "til": "2027-01-31"}}},
            "exceptions: mfa has more than a reason and until.",
        ),
        (
            {"exceptions": {"mfa": {"reason": "why", "until": "soon"}}},
            "iam_admin_exceptions: until of mfa is 'soon': write a date",
        ),
        (
            {"exceptions": {"mfa": {"reason": "why", "until": "2027-02-30"}}},
            "iam_admin_exceptions: until of mfa is '2027-02-30': write a date",
        ),
        (
            {"exceptions": {"mfa": {"reason": "why", "until": 5}}},
            "iam_admin_exceptions: until of mfa is '5': write a date",
        ),
        ({"exceptions": {"mfa": "x" * 501}}, "exceptions: mfa needs a reason, in words, of at most 500 characters"),
    ],
)
def test_options_that_make_no_sense_are_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(AdminError, match=f"^{sentence}"):
        expected(**given)


def test_the_default_may_be_named_among_the_checks_that_count_and_not_among_exceptions() -> None:
    assert expected(expect=["default", "mfa"]).expect == ("default", "mfa")
    with pytest.raises(AdminError, match="iam_admin_exceptions names 'default', which is not one of"):
        expected(exceptions={"default": "Later."})


@pytest.mark.parametrize("until", ["2027-01-31x", "2027-01-31T00:00:00", "x" * 50])
def test_text_that_only_begins_with_a_date_is_none_and_is_shown_as_far_as_it_helps(until: str) -> None:
    with pytest.raises(AdminError, match=f"until of mfa is '{until[:40]}': write a date"):
        expected(exceptions={"mfa": {"reason": "Later.", "until": until}})
