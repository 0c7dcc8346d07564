# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one shape of all that changes AWS: observe, plan, apply."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from .api import IamApi
from .errors import DENIED, AdminError, AwsError
from .kept import Keeper, Kept


@dataclass(frozen=True)
class Step:
    """One call of IamApi: the name of its method and AWS's own parameters.

    The parameters may hold a password or codes, so they are left out of repr(). Where it `may_be_denied` the work goes
    on without it, and the AwsError is its answer.
    """

    method: str
    parameters: Mapping[str, Any] = field(repr=False)
    may_be_denied: bool = field(default=False, repr=False)


@dataclass(frozen=True)
class Keep:
    """What the handover holds from then on, made of what it holds and of AWS's answers so far, by method. Pure."""

    change: Callable[[Kept, Mapping[str, Any]], Kept] = field(repr=False)


def kept_after(kept: Kept, steps: Iterable[Step | Keep], answers: Mapping[str, Any]) -> Kept:
    """Return what the handover holds after the steps, where AWS gives these answers."""
    for step in steps:
        kept = step.change(kept, answers) if isinstance(step, Keep) else kept
    return kept


@dataclass(frozen=True)
class Plan:
    """What to do: the steps in their order, and what AWS has before and after them.

    `before` and `after` are plain data without secrets: they become the diff. `refusal` is the sentence that says
    why the plan cannot be carried out as it stands; check mode reports such a plan all the same. `missing` says what
    AWS does not show that it depends on: check mode fails for it, and a run does not, as AWS may show it late.

    With `then` the steps are the first ones only, after which AWS is looked at again for what is wanted then: `before`
    and `after` tell of the whole. `undo` takes the first ones back where what is to follow is refused, and
    is empty where nothing can. `wanted` is the resource in the terms of what was observed, where that says more of it:
    it is what another look is for. `caveats` are sentences about what could not be read, which may be why a step fails.
    """

    steps: tuple[Step | Keep, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    refusal: str | None = None
    missing: str | None = None
    then: Resource | None = None
    undo: tuple[Step, ...] = ()
    wanted: Resource | None = None
    caveats: tuple[str, ...] = ()


class Resource(Protocol):
    """What a module manages. Its instance is the desired state, made from the module's options."""

    @property
    def account_id(self) -> str | None:
        """The account that it must be in, None for any."""

    def observe(self, api: IamApi, handover: Keeper | None) -> Any:
        """Read what AWS has, in as few round trips as it takes; its `account` says whose it is.

        What the handover holds is read where it matters, as its `kept`.
        """

    def plan(self, observed: Any) -> Plan:
        """Say what to do. Pure: no calls, no clock, no chance."""

    def after_conflict(self, error: AwsError) -> Resource | None:
        """Return what is wanted now that a step failed for what may have changed since it was planned. Pure.

        That is where another look can help: None for a failure that is final.
        """

    def after_failure(self, error: AwsError, kept: Kept) -> Kept:
        """Return what the handover is to hold now that a step failed for good. Pure."""

    def result(self, observed: Any, answers: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the module's return values; `answers` are AWS's, by method, and None in check mode."""


class HeldElsewhere(Exception):  # noqa: N818 no failure: the work goes on in another process
    """What is kept has to be kept by another process before AWS is told what depends on it.

    `before` is what AWS had before this, for the diff.
    """

    before: Mapping[str, Any]


# Seconds before each further look, as AWS may show late what it has
_LOOK_AGAIN_AFTER = (1, 2, 4, 8)


def reconcile(resource: Resource, api: IamApi, check_mode: bool, handover: Keeper | None = None) -> dict[str, Any]:
    """Bring AWS and the handover to the desired state, or in check mode only say what that would change.

    Returns the module's result. Raises AdminError; nothing is written to an account that is not the expected one.
    Raises HeldElsewhere where the handover waits.
    """
    work = _Work(api, handover)
    observed = work.observe(resource)
    plan = resource.plan(observed)
    if check_mode:
        if plan.missing:
            raise AdminError(plan.missing)
        return _result(resource, observed, plan, None, before=plan.before, changed=bool(plan.steps))
    before = plan.before
    try:
        for delay in (*_LOOK_AGAIN_AFTER, None):
            error = work.apply(plan)
            while error is None and plan.then:
                resource, (observed, plan) = plan.then, work.go_on(plan, plan.then)
                error = work.apply(plan)
            if error is None:
                break
            wanted = (plan.wanted or resource).after_conflict(error)
            if wanted is None or delay is None:
                work.give_up(resource, error)
                error.add(*plan.caveats)
                raise error
            time.sleep(delay)
            resource = wanted
            observed = work.observe(resource)
            plan = resource.plan(observed)
    except HeldElsewhere as held:
        held.before = before
        raise
    except AdminError as error:
        error.changed = work.changed
        raise
    before = before if work.changed else plan.before
    return _result(resource, observed, plan, work.answers, before=before, changed=work.changed)


def _result(
    resource: Resource,
    observed: Any,
    plan: Plan,
    answers: dict[str, Any] | None,
    *,
    before: Mapping[str, Any],
    changed: bool,
) -> dict[str, Any]:
    return {
        "changed": changed,
        "diff": {"before": dict(before), "after": dict(plan.after)},
        "account_id": observed.account.id,
        **resource.result(observed, answers),
    }


class _Work:
    """What is done to one account and its handover: AWS's answers so far, and whether anything was changed."""

    def __init__(self, api: IamApi, handover: Keeper | None) -> None:
        self._api = api
        self._handover = handover
        self.answers: dict[str, Any] = {}
        self.changed = False
        self._changed_before = False
        self._has_kept = False

    def observe(self, resource: Resource) -> Any:
        try:
            observed = resource.observe(self._api, self._handover)
        except AwsError as error:
            if error.code == "AccessDenied":
                # Much is refused in the wrong account: then that is what is wrong
                self._api.get_caller_identity().expect(resource.account_id)
            raise
        observed.account.expect(resource.account_id)
        return observed

    def apply(self, plan: Plan) -> AwsError | None:
        """Carry the steps out; return the AwsError that stopped it, None for none."""
        if plan.refusal:
            raise AdminError(plan.refusal)
        self._changed_before = self.changed
        for step in plan.steps:
            try:
                self._take(step)
            except AwsError as error:
                self.changed = self.changed or error.answer_lost
                return error
            self.changed = True
        return None

    def _take(self, step: Step | Keep) -> None:
        if self._handover and isinstance(step, Keep):
            self._handover.write(step.change(self._handover.read(), self.answers))
            self._has_kept = True
        elif self._handover and self._handover.waits:
            raise HeldElsewhere
        elif isinstance(step, Step):
            self.answers[step.method] = self._ask(step)

    def _ask(self, step: Step) -> Any:
        try:
            return getattr(self._api, step.method)(**step.parameters)
        except AwsError as error:
            if not step.may_be_denied or error.code not in DENIED:
                raise
            return error

    def go_on(self, plan: Plan, then: Resource) -> tuple[Any, Plan]:
        """Observe and plan what follows the first steps; where that is refused take them back, if they can be."""
        changed_before = self._changed_before
        try:
            observed = self.observe(then)
            return observed, then.plan(observed)
        except AdminError as refusal:
            failure = self.apply(Plan(plan.undo, {}, {}))
            if failure:
                raise AdminError(f"{refusal} What was begun could not be undone: {failure}") from refusal
            if plan.undo:
                self.changed = changed_before
                self.answers.clear()
            raise

    def give_up(self, resource: Resource, error: AwsError) -> None:
        """Keep what is true now that a step failed for good, where something was kept for it."""
        if self._handover is None or not self._has_kept:
            return
        kept = self._handover.read()
        after = resource.after_failure(error, kept)
        if after != kept:
            self._handover.write(after)
