# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""MFA codes as people type them: read, counted, and checked against the seed before AWS is asked (RFC 6238)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.authenticator import totp
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.names import check_codes

from .terminal import ask

STEP = 30  # seconds
# AWS refuses requests whose clock is off by more than five minutes, so codes further away than that cannot fit
_NEAR = 5 * 60 // STEP
_FAR = 24 * 60 * 60 // STEP


def split_answer(answer: str) -> list[str]:
    """Return the codes of an answer, separated by spaces or commas, or by nothing.

    `123 456`, as apps show it, is one code, and `123456654321` are two.
    """
    codes: list[str] = []
    half = ""
    for word in re.split(r"[\s,]+", re.sub(r"\b(\d{6})(\d{6})\b", r"\1 \2", answer.strip())):
        if half and len(word) == 3:
            codes.append(half + word)
            half = ""
        elif half:
            codes += [half, word]
            half = ""
        elif len(word) == 3:
            half = word
        elif word:
            codes.append(word)
    return [*codes, half] if half else codes


def asked_codes(label: str) -> list[str]:
    """Ask for the two codes of a device; return none where nobody answers, or answers nothing.

    Who types one alone is asked for the next one. What is no two codes is for others to say.
    """
    answer = ask(
        f"MFA codes for {label}: type two in a row, with a space between. Press Enter to leave it for later.",
        private=True,
    )
    codes = split_answer(answer or "")
    if len(codes) == 1:
        codes += split_answer(ask(f"Next MFA code for {label}:", private=True) or "")
    return codes


def typed_codes(accounts: Sequence[str], first: str, following: str) -> dict[str, tuple[str, str]]:
    """Return the two codes of each account, from the answers to the two questions.

    Raises AdminError where an answer has not one code for each account.
    """
    answers = (_answer(accounts, "first", first), _answer(accounts, "next", following))
    return dict(zip(accounts, zip(*answers, strict=True), strict=True))


def typed_fresh_codes(accounts: Sequence[str], answer: str) -> dict[str, str]:
    """Return the one code of each account, from the answer to the one question of a proof.

    Raises AdminError where it has not one code for each account.
    """
    return dict(zip(accounts, _answer(accounts, "fresh", answer), strict=True))


def _answer(accounts: Sequence[str], question: str, answer: str) -> list[str]:
    codes = split_answer(answer)
    if len(codes) != len(accounts):
        order = ", in this order" if len(accounts) > 1 else ""
        raise AdminError(f"Got {len(codes)} {question} codes: give {len(accounts)}, for {', '.join(accounts)}{order}.")
    return codes


def compute(account: str, seed: str, now: float) -> tuple[str, str]:
    """Return the code before and the one of `now` (seconds since the epoch): AWS takes both without waiting.

    Raises AdminError where the seed in the handover is damaged.
    """
    try:
        app = totp(seed)
        return app.at(int(now) - STEP), app.at(int(now))
    except ValueError as error:
        raise _damaged(account) from error


def seconds_until_fresh(last_used: float, now: float) -> float:
    """Return the seconds until a code is shown that is later than the one of `last_used` (seconds since the epoch)."""
    return max(0.0, (int(last_used) // STEP + 1) * STEP - now)


def check_fit(
    account: str, codes: Sequence[str], seed: str | None, now: float, other_seeds: Callable[[], Mapping[str, str]]
) -> tuple[str, str]:
    """Return the codes of `account`; raise AdminError, with the likely reason, where AWS would refuse them.

    `seed` is the handover's (None: only the form of the codes can be checked), `now` seconds since the epoch, and
    `other_seeds` returns those of the accounts that were asked for at the same time.
    """
    try:
        pair = check_codes(list(codes))
    except AdminError as error:
        raise AdminError(f"{account}: {error}") from error
    if seed is None:
        return pair
    try:
        steps = _steps_of(seed, pair, now, _NEAR)
    except ValueError as error:
        raise _damaged(account) from error
    if _follow(steps):
        return pair
    raise AdminError(f"{account}: {_reason(account, pair, seed, now, other_seeds())}")


def _reason(account: str, pair: tuple[str, str], seed: str, now: float, other_seeds: Mapping[str, str]) -> str:
    for other, other_seed in other_seeds.items():
        if other != account and _fit(other_seed, pair, now):
            return f"these are codes of {other}: the codes of the two accounts were swapped."
    if _follow(_steps_of(seed, pair[::-1], now, _NEAR)):
        return "the two codes were typed in the wrong order: the first one first."
    near = _steps_of(seed, pair, now, _NEAR)
    if all(near):
        return "the two codes do not follow each other directly: type two in a row."
    far = min(_follow(_steps_of(seed, pair, now, _FAR)), key=abs, default=None)
    if far is not None:
        minutes = round(abs(far) * STEP / 60)
        when = "before" if far < 0 else "after"
        return f"the codes fit a time {minutes} minutes {when} this machine's: the phone's clock or this one is off."
    which = "first code does" if near[1] else "next code does" if near[0] else "codes do"
    return f"the {which} not fit the QR code in the handover: was it scanned, and this account chosen in the app?"


def _fit(seed: str, pair: Sequence[str], now: float) -> bool:
    with suppress(ValueError):  # one that is damaged
        return bool(_follow(_steps_of(seed, pair, now, _NEAR)))
    return False


def _damaged(account: str) -> AdminError:
    return AdminError(f"{account}: the MFA seed in the handover is damaged: move the handover away.")


def _steps_of(seed: str, pair: Sequence[str], now: float, window: int) -> tuple[list[int], list[int]]:
    """Return, for each of the two codes, the steps before (negative) or after now at which the app shows it.

    Looks as many steps back and ahead as the window has, and at the one that follows.
    """
    app = totp(seed)
    current = int(now) // STEP
    shown = {offset: app.generate_otp(current + offset) for offset in range(-window, window + 2)}
    first, following = ([offset for offset, code in shown.items() if code == wanted] for wanted in pair)
    return first, following


def _follow(steps: tuple[list[int], list[int]]) -> list[int]:
    """Return the steps at which the first code is directly followed by the second."""
    return [step for step in steps[0] if step + 1 in steps[1]]
