# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a check is made of a rule and of what was read: pass, fail, not_applicable, or unknown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from .account import Account
from .errors import AwsError, shortened
from .expectations import DEFAULT, Expected

Judgement = tuple[str, str]
_BAD = ("fail", "unknown")
# Ten names, each as long as AWS allows, and a sentence
_LONGEST_DETAIL = 2_000
# Quoted for the sake of ansible-test, whose pylint takes this for code that Python 3.8 must be able to run
Unless = Callable[[Expected, Account], "str | None"]


class Answers(Protocol):
    """What was read of an account, by name; see Readings."""

    @property
    def account(self) -> Account:
        """Whose it is."""

    def get(self, name: str) -> Any:
        """Return a reading, which is an AwsError where AWS refused it."""


@dataclass(frozen=True)
class Check:
    """One judgement: `status` is pass, fail, not_applicable, or unknown for what could not be read.

    `expected` says whether it counts for the verdict, and `exception` why it is accepted that it does not pass.
    """

    id: str
    title: str
    status: str
    detail: str
    references: tuple[str, ...]
    expected: bool
    exception: str | None

    @property
    def counts_against(self) -> bool:
        """Whether the account is not secure for it."""
        return self.status in _BAD and self.expected and self.exception is None


@dataclass(frozen=True)
class Rule:
    """How a check is made: `judge` gets what is expected, and the readings named in `reads`.

    `remedy` says what to do where it fails, whatever the account. `unless` says why it does not apply, None where it
    does. One `on_request` is made only where it counts.
    """

    id: str
    title: str
    remedy: str
    references: tuple[str, ...]
    reads: tuple[str, ...]
    by_default: bool
    on_request: bool
    unless: Unless
    judge: Callable[..., Judgement]

    def counts(self, expected: Expected) -> bool:
        """Whether the operator, or the default, says so."""
        named = (DEFAULT,) if expected.expect is None else expected.expect
        return self.id in named or (self.by_default and DEFAULT in named)


class Rules(dict[str, Rule]):
    """Rules by their ids, in the order in which their checks are shown."""

    def add(
        self,
        id: str,
        title: str,
        *references: str,
        remedy: str,
        reads: Sequence[str] = (),
        by_default: bool = True,
        on_request: bool = False,
        unless: Unless = lambda _expected, _account: None,
    ) -> Callable[[Callable[..., Judgement]], Callable[..., Judgement]]:
        """Make a check of a function; `by_default` says whether it counts where the operator does not say what does."""

        def register(judge: Callable[..., Judgement]) -> Callable[..., Judgement]:
            counts = by_default and not on_request
            self[id] = Rule(id, title, remedy, references, tuple(reads), counts, on_request, unless, judge)
            return judge

        return register


def check(rule: Rule, expected: Expected, readings: Answers) -> Check:
    """Hold the readings against a rule and the expectations. Pure."""
    status, detail = _judgement(rule, expected, readings)
    if rule.id in expected.ended and status in _BAD:
        detail = f"{detail} The exception ended on {expected.ended[rule.id]}."
    return Check(
        id=rule.id,
        title=rule.title,
        status=status,
        detail=shortened(detail, _LONGEST_DETAIL),
        references=rule.references,
        # Whatever is said of an account is worth nothing where it is not the one that is meant
        expected=rule.counts(expected) or rule.id == "account",
        exception=expected.exceptions.get(rule.id),
    )


def _judgement(rule: Rule, expected: Expected, readings: Answers) -> Judgement:
    if expected.account_id not in (None, readings.account.id) and rule.id != "account":
        return "unknown", "Not judged, since the credentials lead to another account."
    reason = rule.unless(expected, readings.account)
    if reason:
        return "not_applicable", reason
    read = [readings.get(name) for name in rule.reads]
    refusal = next((reading for reading in read if isinstance(reading, AwsError)), None)
    if refusal:
        return "unknown", f"Could not be read: {refusal}"
    return rule.judge(expected, *read)


def told(passes: bool, if_so: str, if_not: str) -> Judgement:
    """Return pass or fail, with the sentence of each."""
    return ("pass", if_so) if passes else ("fail", if_not)


def day(moment: datetime) -> str:
    """Return the day of a moment (ISO 8601)."""
    return moment.date().isoformat()
