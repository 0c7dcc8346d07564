# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The one shape of all that changes AWS: observe, plan, apply."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from .api import IamApi
from .errors import AdminError, AwsError


@dataclass(frozen=True)
class Step:
    """One call of IamApi: the name of its method and AWS's own parameters.

    The parameters may hold a password or codes, so they are left out of repr().
    """

    method: str
    parameters: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True)
class Plan:
    """What is to be done: the steps in their order, and what AWS has before and after them.

    `before` and `after` are plain data without secrets: they become the diff. `refusal` is the sentence that says
    why the plan cannot be carried out as it stands; check mode reports such a plan all the same.

    With `then` the steps are the first ones only, after which AWS is looked at again for what is wanted then: `before`
    and `after` tell of the whole. `undo` takes the first ones back where what is to follow is refused, and
    is empty where nothing can.
    """

    steps: tuple[Step, ...]
    before: Mapping[str, Any]
    after: Mapping[str, Any]
    refusal: str | None = None
    then: Resource | None = None
    undo: tuple[Step, ...] = ()


class Resource(Protocol):
    """What a module manages. Its instance is the desired state, made from the module's options."""

    @property
    def account_id(self) -> str | None:
        """The account that it must be in, None for any."""

    def observe(self, api: IamApi) -> Any:
        """Read what AWS has, in as few round trips as it takes; its `account` says whose it is."""

    def plan(self, observed: Any) -> Plan:
        """Say what is to be done. Pure: no calls, no clock, no chance."""

    def after_conflict(self, error: AwsError) -> Resource | None:
        """Return what is wanted now that a step failed for what may have changed since it was planned. Pure.

        That is where another look can help: None for a failure that is final.
        """

    def result(self, observed: Any, answers: Mapping[str, Any] | None) -> dict[str, Any]:
        """Return the module's return values; `answers` are AWS's, by method, and None in check mode."""


# Seconds before each further look, as AWS may show late what it has
_LOOK_AGAIN_AFTER = (1, 2, 4, 8)


def reconcile(resource: Resource, api: IamApi, check_mode: bool) -> dict[str, Any]:
    """Bring AWS to the desired state, or in check mode only say what that would change.

    Returns the module's result. Raises AdminError; nothing is written to an account that is not the expected one.
    """
    observed = _observe(resource, api)
    plan = resource.plan(observed)
    if check_mode:
        return _result(resource, observed, plan, None, before=plan.before, changed=bool(plan.steps))
    before, answers, changed = plan.before, dict[str, Any](), False
    try:
        for delay in (*_LOOK_AGAIN_AFTER, None):
            error = _apply(plan, api, answers)
            if error is None and plan.then:
                resource, (observed, plan) = plan.then, _go_on(plan, plan.then, api, answers)
                error = _apply(plan, api, answers)
            changed = bool(answers) or changed or (error is not None and error.answer_lost)
            if error is None:
                break
            wanted = resource.after_conflict(error)
            if wanted is None or delay is None:
                raise error
            time.sleep(delay)
            resource = wanted
            observed = _observe(resource, api)
            plan = resource.plan(observed)
    except AdminError as error:
        error.changed = changed or bool(answers)
        raise
    return _result(resource, observed, plan, answers, before=before if changed else plan.before, changed=changed)


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


def _observe(resource: Resource, api: IamApi) -> Any:
    try:
        observed = resource.observe(api)
    except AwsError as error:
        if error.code == "AccessDenied":
            # Much is refused in the wrong account: then that is what is wrong
            api.get_caller_identity().expect(resource.account_id)
        raise
    observed.account.expect(resource.account_id)
    return observed


def _go_on(plan: Plan, then: Resource, api: IamApi, answers: dict[str, Any]) -> tuple[Any, Plan]:
    """Observe and plan what follows the first steps; where that is refused take them back, if they can be."""
    try:
        observed = _observe(then, api)
        return observed, then.plan(observed)
    except AdminError as refusal:
        failure = _apply(Plan(plan.undo, {}, {}), api, {})
        if failure:
            raise AdminError(f"{refusal} What was begun could not be taken back: {failure}") from refusal
        if plan.undo:
            answers.clear()
        raise


def _apply(plan: Plan, api: IamApi, answers: dict[str, Any]) -> AwsError | None:
    """Carry the steps out and put AWS's answers into `answers`; return the AwsError that stopped it, None for none."""
    if plan.refusal:
        raise AdminError(plan.refusal)
    for step in plan.steps:
        try:
            answers[step.method] = getattr(api, step.method)(**step.parameters)
        except AwsError as error:
            return error
    return None
