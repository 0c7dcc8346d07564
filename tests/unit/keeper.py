# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A handover in memory: a Keeper without files; and runs that are killed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.kept import Credentials, Kept
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.plan import Resource, reconcile
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import ACCOUNT, NAME

PLACE = "handover/acme/credentials.yml"
NOTHING = Kept(PLACE, "acme")


def holding(*, qr_codes: frozenset[str] = frozenset(), is_bare: bool = False, **held: Any) -> Kept:
    """Return the handover of the administrator with what it has besides its names, as it is read anew."""
    told = {
        "account_name": "acme",
        "account_id": ACCOUNT.id,
        "user_name": NAME,
        "sign_in_url": ACCOUNT.sign_in_url(None),
    }
    return read_anew(replace(NOTHING, credentials=Credentials(**{**told, **held}), qr_codes=qr_codes, is_bare=is_bare))


def read_anew(kept: Kept) -> Kept:
    """Return what is kept as another run reads it."""
    unsent = kept.credentials is not None and kept.credentials.unsent
    return replace(
        kept, is_left_over=bool(kept.qr_codes) or unsent or kept.is_bare, elsewhere={}, has_new_password=False
    )


@dataclass
class Memory:
    """What the handover holds: `kept` now, and `journal` notes each time that it was written.

    `others` are the handovers of the user elsewhere, and `asked` notes whose were asked for. One that is `broken`
    cannot be written.
    """

    kept: Kept = NOTHING
    journal: list[Any] = field(default_factory=list)
    others: Mapping[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    reads: int = 0
    broken: bool = False
    waits: bool = False

    def is_left_over(self) -> bool:
        return self.kept.is_left_over

    def read(self) -> Kept:
        self.reads += 1
        return self.kept

    def elsewhere(self, user_name: str) -> Mapping[str, str]:
        self.asked.append(user_name)
        return self.others

    def write(self, kept: Kept) -> None:
        if self.broken:
            raise AdminError("The handover cannot be used.")
        self.journal.append("keep")
        anew = read_anew(replace(kept, is_bare=False))
        # What only this run knows stays
        self.kept = replace(anew, has_new_password=kept.has_new_password, elsewhere=kept.elsewhere)

    def in_another_run(self) -> Memory:
        """Return it as another run finds it."""
        return Memory(read_anew(self.kept), self.journal)

    @property
    def held(self) -> Credentials:
        """The credentials, which are there."""
        assert self.kept.credentials is not None
        return self.kept.credentials


class Killed(BaseException):
    """The end of a run."""


@dataclass
class Life:
    """A run that is killed directly after so many writes, whether to AWS or to the handover."""

    writes: int

    def of(self, target: Any) -> Any:
        """Return an account, or a handover, as this run has it."""
        return _Mortal(target, self)

    def goes_on(self) -> None:
        self.writes -= 1
        if self.writes == 0:
            raise Killed


_READS = ("get", "list", "with", "simulate", "read", "elsewhere", "is")


class _Mortal:
    def __init__(self, target: Any, life: Life) -> None:
        self._target = target
        self._life = life

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if name.partition("_")[0] in _READS or not callable(found):
            return found

        def written(*given: Any, **named: Any) -> Any:
            answer = found(*given, **named)
            self._life.goes_on()
            return answer

        return written


def killed_after(writes: int, resources: Iterable[Resource], aws: Any, kept: Kept) -> Memory | None:
    """Bring about what is wanted, until the run is killed; return the handover then, None where it never was."""
    life, handover = Life(writes), Memory(kept, aws.writes)
    try:
        for resource in resources:
            reconcile(resource, life.of(aws), check_mode=False, handover=life.of(handover))
    except Killed:
        return handover.in_another_run()
    return None
