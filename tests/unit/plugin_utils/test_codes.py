# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""MFA codes as people type them."""

from __future__ import annotations

from collections.abc import Sequence

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin import authenticator
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.codes import (
    STEP,
    check_fit,
    compute,
    seconds_until_fresh,
    split_answer,
    typed_codes,
    typed_fresh_codes,
)

NOW = 1_800_000_000
SEED = "JBSWY3DPEHPK3PXP" * 2
NOT_SIX_DIGITS = "code is not six digits."
OTHER_SEED = "GEZDGNBVGY3TQOJQ" * 2
CODES = st.lists(st.text("0123456789", min_size=6, max_size=6), max_size=5)


def shown(*steps: int, seed: str = SEED) -> list[str]:
    """Return the codes that the app shows so many steps from now."""
    return [pyotp.TOTP(seed).at(NOW + step * STEP) for step in steps]


def unread() -> dict[str, str]:
    """Return the seeds of others, which only serve to say why codes are refused."""
    raise AssertionError("other handovers are read in vain")


def refusal(codes: Sequence[str], seed: str | None = SEED) -> str:
    """Return why codes of `production` are refused; `general` was asked for at the same time."""
    with pytest.raises(AdminError) as refused:
        check_fit("production", codes, seed, NOW, lambda: {"production": SEED, "general": OTHER_SEED})
    return str(refused.value)


# Answers


@pytest.mark.parametrize(
    ("answer", "codes"),
    [
        ("", []),
        ("  ", []),
        (" , ", []),
        ("123456", ["123456"]),
        ("123456 654321", ["123456", "654321"]),
        ("123456,654321", ["123456", "654321"]),
        (" 123456 ,\t654321, \n", ["123456", "654321"]),
        ("123456654321", ["123456", "654321"]),
        ("1234566543210", ["1234566543210"]),
        ("12345665432", ["12345665432"]),
        ("123 456", ["123456"]),
        ("123 456 654 321", ["123456", "654321"]),
        ("123 456, 654321", ["123456", "654321"]),
        ("123456 654 321", ["123456", "654321"]),
        ("123 456789 012", ["123", "456789", "012"]),
        ("111111 123 456789", ["111111", "123", "456789"]),
        ("123", ["123"]),
        ("12 34 56", ["12", "34", "56"]),
    ],
)
def test_an_answer_is_split_into_its_codes(answer: str, codes: list[str]) -> None:
    assert split_answer(answer) == codes


@given(CODES, st.sampled_from([" ", ",", ", ", "  ", "\t"]), st.booleans())
def test_codes_are_read_as_they_were_typed(codes: list[str], separator: str, in_halves: bool) -> None:
    typed = [f"{code[:3]} {code[3:]}" if in_halves else code for code in codes]
    assert split_answer(separator.join(typed)) == codes


def test_each_account_gets_its_fresh_code() -> None:
    assert typed_fresh_codes(["general", "production"], "111 111, 222222") == {
        "general": "111111",
        "production": "222222",
    }


def test_a_fresh_code_for_each_account_is_needed() -> None:
    with pytest.raises(AdminError) as refused:
        typed_fresh_codes(["general", "production"], "111111")
    assert str(refused.value) == ("Got 1 fresh codes: give 2, for general, production, in this order.")


@pytest.mark.parametrize(
    ("last_used", "now", "seconds"),
    [(60, 60, 30), (60, 75.5, 14.5), (89.9, 89.9, 0.1), (90, 90, 30), (60, 90, 0), (60, 500, 0)],
)
def test_a_code_is_fresh_once_the_app_shows_the_next_one(last_used: float, now: float, seconds: float) -> None:
    assert seconds_until_fresh(last_used, now) == pytest.approx(seconds)


def test_each_account_gets_its_two_codes() -> None:
    assert typed_codes(["general", "production"], "111 111 222222", "333333, 444 444") == {
        "general": ("111111", "333333"),
        "production": ("222222", "444444"),
    }


@pytest.mark.parametrize(
    ("first", "following", "beginning"),
    [
        ("", "333333 444444", "Got 0 first codes: give 2"),
        ("111111", "333333 444444", "Got 1 first codes: give 2"),
        ("111111 222222 333333", "333333 444444", "Got 3 first codes: give 2"),
        ("111111 222222", "333333", "Got 1 next codes: give 2"),
    ],
)
def test_there_is_one_code_for_each_account(first: str, following: str, beginning: str) -> None:
    with pytest.raises(AdminError) as refused:
        typed_codes(["general", "production"], first, following)
    assert str(refused.value) == f"{beginning}, for general, production, in this order."


def test_one_account_alone_has_no_order() -> None:
    with pytest.raises(AdminError, match=r"^Got 2 fresh codes: give 1, for production\.$"):
        typed_fresh_codes(["production"], "111111 222222")


# Codes that fit


@pytest.mark.parametrize("step", [-10, -1, 0, 10])
def test_two_codes_in_a_row_of_the_last_or_next_five_minutes_fit(step: int) -> None:
    codes = shown(step, step + 1)
    assert check_fit("production", codes, SEED, NOW, unread) == tuple(codes)


@pytest.mark.parametrize("second", [0, STEP - 1, STEP - 0.001])
def test_codes_fit_at_every_second_of_their_step(second: float) -> None:
    assert check_fit("production", shown(0, 1), SEED, NOW - NOW % STEP + second, unread) == tuple(shown(0, 1))


@given(st.integers(NOW, NOW + 60))
def test_computed_codes_are_those_that_an_app_shows_before_and_now(now: int) -> None:
    pair = compute("general", SEED, now)
    assert check_fit("general", pair, SEED, now, unread) == pair
    assert pyotp.TOTP(SEED).verify(pair[1], for_time=now)


def test_codes_are_not_held_against_a_damaged_seed() -> None:
    said = refusal(["123456", "654321"], seed="1")
    assert said == "production: the MFA seed in the handover is damaged: move the handover away."


def test_codes_cannot_be_computed_from_a_damaged_seed() -> None:
    with pytest.raises(AdminError, match=r"^general: the MFA seed in the handover is damaged: move the handover away"):
        compute("general", "no seed!", NOW)


def test_codes_cannot_be_computed_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authenticator, "MISSING_LIBRARY", "pyotp")
    with pytest.raises(AdminError, match=r"^The Python library pyotp is missing: pip install pyotp\.$"):
        compute("general", SEED, NOW)


def test_without_a_seed_only_the_form_is_looked_at() -> None:
    assert check_fit("production", ["123456", "654321"], None, NOW, unread) == ("123456", "654321")


# Codes that do not


@pytest.mark.parametrize("seed", [SEED, None], ids=["with the seed", "without the seed"])
@pytest.mark.parametrize(
    ("codes", "reason"),
    [
        (["123456"], "Give two MFA codes in a row, not 1."),
        (
            ["12345", "123456"],
            "The first code is not six digits.",
        ),
        (
            ["123456", "abcdef"],
            "The next code is not six digits.",
        ),
        (["123456", "123456"], "The two codes are the same: wait until the app shows the next one."),
    ],
)
def test_the_form_of_the_codes_is_looked_at_first(codes: list[str], reason: str, seed: str | None) -> None:
    assert refusal(codes, seed) == f"production: {reason}"


@pytest.mark.parametrize(
    ("codes", "reason"),
    [
        (
            shown(0, 1, seed=OTHER_SEED),
            "these are codes of general: the codes of the two accounts were swapped.",
        ),
        (shown(1, 0), "the two codes were typed in the wrong order: the first one first."),
        (shown(0, 2), "the two codes do not follow each other directly: type two in a row."),
        (shown(3, -3), "the two codes do not follow each other directly: type two in a row."),
        (
            shown(-120, -119),
            "the codes fit a time 60 minutes before this machine's: the phone's clock or this one is off.",
        ),
        (shown(20, 21), "the codes fit a time 10 minutes after this machine's: the phone's clock or this one is off."),
        (
            [*shown(0), *shown(1, seed=OTHER_SEED)],
            "the next code does not fit the QR code in the handover: was it scanned, and this account chosen in the "
            "app?",
        ),
        (
            [*shown(0, seed=OTHER_SEED), *shown(1)],
            "the first code does not fit the QR code in the handover: was it scanned, and this account chosen in the "
            "app?",
        ),
        (
            ["000000", "999999"],
            "the codes do not fit the QR code in the handover: was it scanned, and this account chosen in the app?",
        ),
    ],
)
def test_the_refusal_gives_the_likely_reason_and_repeats_no_code(codes: list[str], reason: str) -> None:
    said = refusal(codes)
    assert said == f"production: {reason}"
    assert not any(code in said for code in codes)


def test_the_form_of_codes_and_a_damaged_seed_are_refused_without_a_look_at_others() -> None:
    for codes, seed in ((["12345", "123456"], SEED), (["123456", "654321"], "1")):
        with pytest.raises(AdminError, match=r"^production: "):
            check_fit("production", codes, seed, NOW, unread)


@pytest.mark.parametrize(("step", "when"), [(-11, "before"), (11, "after")])
def test_codes_further_away_than_five_minutes_are_a_matter_of_clocks(step: int, when: str) -> None:
    assert f"the codes fit a time 6 minutes {when} this machine's" in refusal(shown(step, step + 1))


@pytest.mark.parametrize("seed", ["not base 32!", "A" * 32], ids=["damaged", "another"])
def test_a_seed_of_another_account_that_the_codes_do_not_fit_is_no_reason(seed: str) -> None:
    with pytest.raises(AdminError, match=r"not fit the QR code in the handover"):
        check_fit("production", ["000000", "999999"], SEED, NOW, lambda: {"general": seed})
