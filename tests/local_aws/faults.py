# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The ways in which AWS misbehaves, to be given to a CallLog as its `intercept` or `conclude`."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from .calls import READS, Answer, Call, DroppedError, RefusedError

Fault = Callable[[Call], None]


def latency(seconds: float) -> Fault:
    """Let each call take so long."""
    return lambda _call: time.sleep(seconds)


def refusal(code: str, message: str, status: str) -> Fault:
    """Answer by an error."""

    def refuse(_call: Call) -> None:
        raise RefusedError(code, message, status)

    return refuse


def drop(_call: Call) -> None:
    """Close the connection without an answer."""
    raise DroppedError


def page_of_network(action: str, region: str = "") -> Callable[[Call, Answer], Answer]:
    """Answer an action by a page, as a network does whose users have to sign in first (`conclude`)."""
    page = Answer("200 OK", [("Content-Type", "text/html")], b"<html><body><p>Please sign in</p></body></html>")
    return lambda call, answer: page if call.action == action and region in ("", call.region) else answer


THROTTLING = refusal("Throttling", "Rate exceeded", "400 Bad Request")
SERVICE_FAILURE = refusal("ServiceFailure", "The request processing has failed.", "500 Internal Server Error")
CONCURRENT_MODIFICATION = refusal("ConcurrentModification", "The entity is being modified.", "409 Conflict")
UNMODIFIABLE = refusal("EntityTemporarilyUnmodifiable", "Login Profile is being created.", "409 Conflict")
EXPIRED = refusal("ExpiredToken", "The security token included in the request is expired", "403 Forbidden")


def now_and_then(share: float, fault: Fault, seed: int = 0) -> tuple[Fault, list[Call]]:
    """Let a share of all calls meet a fault; return what to intercept with, and the list of the calls that met it."""
    chance, met = random.Random(seed), list[Call]()

    def maybe(call: Call) -> None:
        if chance.random() < share:
            met.append(call)
            fault(call)

    return maybe, met


@dataclass
class At:
    """A fault at the n-th call of some accounts (from 1), before AWS acts (`intercept`) or after it has (`conclude`).

    It happens once, or from then on; `met` are the calls that met it.
    """

    account_ids: Collection[str]
    number: int
    fault: Fault
    once: bool = True
    met: list[Call] = field(default_factory=list)
    _count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def intercept(self, call: Call) -> None:
        """Meet it before AWS acts."""
        with self._lock:
            if call.account_id in self.account_ids:
                self._count += 1
            due = call.account_id in self.account_ids and self._count >= self.number and not (self.once and self.met)
            if due:
                self.met.append(call)
        if due:
            self.fault(call)

    def conclude(self, call: Call, answer: Answer) -> Answer:
        """Meet it after AWS has acted."""
        self.intercept(call)
        return answer


class EventualConsistency:
    """What is created is not shown by the next reads of its account, nor known to the next writes (`conclude`).

    What is gone is still shown, too (IAM User Guide: "Changes that I make are not always immediately visible").
    `reads` and `writes` are how many. A read that is asked too early gets the answer that it got before.
    """

    def __init__(self, reads: int, writes: int = 0) -> None:
        self._reads, self._writes = reads, writes
        self._early_reads: Counter[str] = Counter()
        self._early_writes: Counter[str] = Counter()
        self._before: dict[tuple[str, str], Answer] = {}
        self.met: list[Call] = []
        self._lock = threading.Lock()

    def intercept(self, call: Call) -> None:
        """Know nothing yet of a user that was just created."""
        if call.action.startswith(("Attach", "Put", "Tag", "CreateLogin")) and self._take(self._early_writes, call):
            raise RefusedError("NoSuchEntity", "The user with name iamadmin cannot be found.", "404 Not Found")

    def conclude(self, call: Call, answer: Answer) -> Answer:
        """Show nothing yet of what was just created, or that something is gone."""
        place = (call.access_key, call.action)  # a session of the root user asks of another one
        if call.action.startswith(READS):
            if call.service == "iam" and place in self._before and self._take(self._early_reads, call):
                return self._before[place]
            self._before[place] = answer
        elif call.action.startswith(("Create", "Enable", "Deactivate", "Delete")) and not answer.is_error:
            with self._lock:
                self._early_reads[call.account_id] = self._reads
                if call.action == "CreateUser":
                    self._early_writes[call.account_id] = self._writes
        return answer

    def _take(self, left: Counter[str], call: Call) -> bool:
        with self._lock:
            if left[call.account_id] <= 0:
                return False
            left[call.account_id] -= 1
            self.met.append(call)
            return True
