# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two hosts that lead to one account."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.guard import (
    NOT_ENCRYPTED,
    refused_codes,
    refused_devices,
    refused_enrolment,
    shared_accounts,
    uncompared_accounts,
)

ONE, TWO = "111122223333", "444455556666"


@pytest.mark.parametrize("account_ids", [{}, {"general": ONE}, {"general": ONE, "production": TWO}])
def test_hosts_with_accounts_of_their_own_are_fine(account_ids: dict[str, str]) -> None:
    assert shared_accounts(account_ids) == {}


def test_hosts_that_share_an_account_are_each_told_so_and_the_others_are_not() -> None:
    sentence = (
        "general and copy lead to one account, 111122223333: correct aws_account_id or aws_profile of one of them in "
        "the inventory. Nothing was written to it."
    )
    refused = shared_accounts({"general": ONE, "production": TWO, "copy": ONE})
    assert refused == {"general": sentence, "copy": sentence}


def test_where_an_account_was_found_nobody_knows_what_was_written_to_it_before() -> None:
    refused = shared_accounts({"general": ONE, "copy": ONE, "production": TWO, "another": TWO}, found=["copy"])
    assert [refused[host].endswith("in the inventory.") for host in ("general", "copy")] == [True, True]
    assert refused["production"].endswith("in the inventory. Nothing was written to it.")


@pytest.mark.parametrize(
    ("enrolment", "encrypts", "sentence"),
    [
        (None, False, None),
        ("codes", False, None),
        ("totp", True, None),
        ("totp", False, NOT_ENCRYPTED),
        ("guess", True, "iam_admin_enrolment is 'guess': set it to codes or totp."),
        ("x" * 41, True, f"iam_admin_enrolment is '{'x' * 40}': set it to codes or totp."),
        (["totp"], True, "iam_admin_enrolment is \"['totp']\": set it to codes or totp."),
    ],
)
def test_codes_are_asked_for_or_computed_where_the_seed_is_encrypted(
    enrolment: object, encrypts: bool, sentence: str | None
) -> None:
    assert refused_enrolment(enrolment, encrypts) == sentence


@pytest.mark.parametrize("codes", [None, {}, {"production": ["123456", "654321"]}])
def test_codes_are_told_by_account(codes: object) -> None:
    assert refused_codes(codes) is None


@pytest.mark.parametrize("codes", [["123456", "654321"], "123456 654321", 123456])
def test_codes_that_are_not_told_by_account_are_refused_and_not_repeated(codes: object) -> None:
    sentence = refused_codes(codes)
    assert sentence == 'iam_admin_mfa_codes is not two codes by account, such as {production: ["123456", "654321"]}.'


@given(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from([ONE, TWO, "777788889999"])))
def test_a_host_is_refused_exactly_when_another_has_its_account(account_ids: dict[str, str]) -> None:
    ids = list(account_ids.values())
    assert set(shared_accounts(account_ids)) == {host for host, id in account_ids.items() if ids.count(id) > 1}


@pytest.mark.parametrize("names", [None, ["phone"], [f"device{number}" for number in range(8)]])
def test_an_administrator_has_up_to_eight_devices(names: object) -> None:
    assert refused_devices(names) is None


@pytest.mark.parametrize("names", [[], "phone", {"phone": 1}, [f"device{number}" for number in range(9)]])
def test_names_that_are_no_list_or_too_many_are_refused(names: object) -> None:
    assert refused_devices(names) == "iam_admin_device_names is not a list of one to 8 names."


def test_two_names_that_are_one_to_aws_are_refused() -> None:
    sentence = "iam_admin_device_names has a name twice: AWS does not tell upper and lower case apart."
    assert refused_devices(["safe", "Safe"]) == sentence


@pytest.mark.parametrize(
    ("hosts", "batch", "known"),
    [
        (["general", "production"], ["general", "production"], []),
        (["general", "production"], ["general"], ["general", "production"]),
        (["general", "production"], ["general"], ["production"]),
        ([], [], []),
    ],
)
def test_accounts_that_are_all_known_or_in_one_batch_can_be_compared(
    hosts: list[str], batch: list[str], known: list[str]
) -> None:
    assert uncompared_accounts(hosts, batch, known, "linear") == {}
    assert uncompared_accounts(hosts, batch, known, "ansible.builtin.linear") == {}


def test_an_account_that_is_not_known_is_refused_where_a_later_batch_could_have_it() -> None:
    refused = uncompared_accounts(["general", "copy", "production"], ["general"], ["production"], "linear")
    assert refused == {
        host: f"{host} does not declare its account, and this play runs its hosts in batches, so two could lead "
        f"to one account undetected: set aws_account_id in the inventory, or leave out serial."
        for host in ("general", "copy")
    }


@pytest.mark.parametrize("strategy", ["free", "host_pinned", "ansible.builtin.free", "mitogen_linear"])
def test_hosts_that_are_not_taken_in_step_declare_their_accounts(strategy: str) -> None:
    hosts = ["general", "copy", "production"]
    assert uncompared_accounts(hosts, hosts, ["general", "production"], strategy) == {
        "copy": "copy does not declare its account, and this play does not run its hosts in lockstep, so two could "
        "lead to one account undetected: set aws_account_id in the inventory, or use the strategy linear."
    }
    assert uncompared_accounts(hosts, hosts, hosts, strategy) == {}
    assert [*uncompared_accounts(["general", "copy"], ["general", "copy"], ["general"], strategy)] == ["copy"]
    # Nobody else comes later
    assert uncompared_accounts(["copy"], ["copy"], [], strategy) == {}
