# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an account is held against: options that make no sense are refused before AWS is asked."""

from __future__ import annotations

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
        ({"expect": ["mfa", "root"]}, "expect names 'root', which is no check: account, root_mfa, mfa are."),
        ({"expect": ["x" * 41]}, f"expect names '{'x' * 40}', which is no check"),
        ({"account_id": "1"}, "account_id '1' is not"),
        ({"expect": []}, "expect is empty, so nothing would count"),
        ({"exceptions": {"root": "why"}}, "exceptions names 'root', which is no check: root_mfa, mfa are."),
        ({"exceptions": {"account": "why"}}, "exceptions names 'account', which is no check: root_mfa, mfa are."),
        ({"exceptions": {"mfa": " "}}, "exceptions: mfa needs a reason, in words"),
        ({"exceptions": {"mfa": True}}, "exceptions: mfa needs a reason, in words"),
        ({"exceptions": {"mfa": "x" * 501}}, "exceptions: mfa needs a reason, in words, of at most 500 characters"),
    ],
)
def test_options_that_make_no_sense_are_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(AdminError, match=f"^{sentence}"):
        expected(**given)
