# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Observe, plan, apply."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin import plan
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.account import Account
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, AwsError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.plan import Plan, Step, reconcile
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import ACCOUNT

TWO_STEPS = (Step("open", {"what": "door"}), Step("close", {"what": "window"}))


@dataclass
class House:
    """An API of two calls; `broken` names one that fails as often as there are `errors`, or for good."""

    broken: str = ""
    errors: list[AwsError] = field(default_factory=list)
    calls: list[tuple[str, str]] = field(default_factory=list)

    def get_caller_identity(self) -> Account:
        return ACCOUNT

    def open(self, what: str) -> str:
        return self._do("open", what)

    def close(self, what: str) -> None:
        self._do("close", what)

    def _do(self, call: str, what: str) -> str:
        if call == self.broken:
            raise AwsError(call, "Broken", f"It would not {call}")
        if self.errors and call == self.errors[0].operation:
            raise self.errors.pop(0)
        self.calls.append((call, what))
        return f"the {what} is {call}"


@dataclass
class Wish:
    """A resource that plans the steps it is given, and returns the answers that it gets."""

    steps: tuple[Step, ...] = TWO_STEPS
    account_id: str | None = None
    refusal: str | None = None
    gives_up: bool = False
    looks: int = 0

    def observe(self, api: Any) -> Any:
        assert isinstance(api, House)
        self.looks += 1
        return SimpleNamespace(account=ACCOUNT)

    def after_conflict(self, error: AwsError) -> Wish | None:
        return None if self.gives_up or error.code == "Broken" else self

    def plan(self, observed: Any) -> Plan:
        assert observed.account is ACCOUNT
        return Plan(self.steps, {"door": "closed"}, {"door": "open"}, self.refusal)

    def result(self, _observed: Any, answers: Any) -> dict[str, Any]:
        return {"answers": answers}


def carry_out(wish: Wish, house: Any, check_mode: bool) -> dict[str, Any]:
    return reconcile(wish, house, check_mode)


def test_the_steps_are_carried_out_in_their_order_and_the_result_is_told_the_answers() -> None:
    house = House()
    assert carry_out(Wish(), house, check_mode=False) == {
        "changed": True,
        "diff": {"before": {"door": "closed"}, "after": {"door": "open"}},
        "account_id": ACCOUNT.id,
        "answers": {"open": "the door is open", "close": None},
    }
    assert house.calls == [("open", "door"), ("close", "window")]


def test_check_mode_says_the_same_and_does_nothing() -> None:
    house = House()
    foretold = carry_out(Wish(), house, check_mode=True)
    assert house.calls == []
    assert foretold == {**carry_out(Wish(), house, check_mode=False), "answers": None}


@pytest.mark.parametrize("check_mode", [False, True])
def test_a_plan_without_steps_changes_nothing(check_mode: bool) -> None:
    assert carry_out(Wish(steps=()), House(), check_mode)["changed"] is False


@pytest.mark.parametrize("check_mode", [False, True])
def test_nothing_is_planned_in_another_account(check_mode: bool) -> None:
    house = House()
    with pytest.raises(AdminError, match="not to the expected account 444455556666") as refused:
        carry_out(Wish(account_id="444455556666"), house, check_mode)
    assert refused.value.changed is False
    assert house.calls == []


@dataclass
class Hidden(Wish):
    """A resource that may not be read."""

    code: str = "AccessDenied"

    def observe(self, _api: Any) -> Any:
        raise AwsError("GetUser", self.code, "No")


@pytest.mark.parametrize(
    ("wish", "said"),
    [
        (Hidden(account_id="444455556666"), f"The credentials lead to account {ACCOUNT.id} and not to "),
        (Hidden(account_id=ACCOUNT.id), "GetUser failed: AccessDenied"),
        (Hidden(account_id="444455556666", code="Throttling"), "GetUser failed: Throttling"),
    ],
)
def test_where_nothing_may_be_read_it_is_said_where_that_is_another_account(wish: Wish, said: str) -> None:
    with pytest.raises(AdminError) as failed:
        carry_out(wish, House(), check_mode=False)
    assert str(failed.value).startswith(said)


def test_a_refused_plan_is_not_begun() -> None:
    house = House()
    with pytest.raises(AdminError, match=r"^No key\.$"):
        carry_out(Wish(refusal="No key."), house, check_mode=False)
    assert house.calls == []


def test_check_mode_reports_a_refused_plan_all_the_same() -> None:
    assert carry_out(Wish(refusal="No key."), House(), check_mode=True)["changed"] is True


@pytest.mark.parametrize(("broken", "done"), [("open", []), ("close", [("open", "door")])])
def test_a_failure_says_whether_an_earlier_step_has_changed_something(broken: str, done: list[Any]) -> None:
    house = House(broken)
    with pytest.raises(AdminError) as failed:
        carry_out(Wish(), house, check_mode=False)
    assert house.calls == done
    assert failed.value.changed is bool(done)


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would have been waited."""
    seconds: list[float] = []
    monkeypatch.setattr(plan.time, "sleep", seconds.append)
    return seconds


def test_what_was_not_there_before_is_looked_at_again(waited: list[float]) -> None:
    wish, house = Wish(), House(errors=[AwsError("close", "EntityAlreadyExists", "") for _time in range(2)])
    assert carry_out(wish, house, check_mode=False)["changed"] is True
    assert waited == [1, 2]
    assert wish.looks == 3


def test_after_some_looks_it_fails(waited: list[float]) -> None:
    conflicts = [AwsError("open", "EntityAlreadyExists", "It is there") for _time in range(9)]
    with pytest.raises(AwsError, match="It is there"):
        carry_out(Wish(), House(errors=conflicts), check_mode=False)
    assert waited == [1, 2, 4, 8]


def test_what_another_look_does_not_mend_fails_at_once(waited: list[float]) -> None:
    with pytest.raises(AwsError):
        carry_out(Wish(gives_up=True), House(errors=[AwsError("open", "AccessDenied", "No")]), check_mode=False)
    assert waited == []


@pytest.mark.parametrize("answer_lost", [True, False])
def test_what_somebody_else_has_done_is_no_change_of_ours(waited: list[float], answer_lost: bool) -> None:
    class Done(Wish):
        def plan(self, observed: Any) -> Plan:
            return super().plan(observed) if self.looks == 1 else Plan((), {"door": "open"}, {"door": "open"})

    house = House(errors=[AwsError("open", "EntityAlreadyExists", "It is there", answer_lost)])
    result = carry_out(Done(), house, check_mode=False)
    assert result["changed"] is answer_lost
    assert (result["diff"]["before"] != result["diff"]["after"]) is answer_lost
    assert waited == [1]


def test_a_step_does_not_show_its_parameters() -> None:
    assert repr(Step("create_login_profile", {"Password": "s3cret"})) == "Step(method='create_login_profile')"


# First steps, and what follows them


@dataclass
class Announced(Wish):
    """What is done in two parts: a bell is rung, and then the house is looked at again."""

    refused: bool = False
    undo: tuple[Step, ...] = (Step("close", {"what": "door"}),)

    def plan(self, observed: Any) -> Plan:
        then = Wish(steps=TWO_STEPS[1:], refusal=self.refusal) if not self.refused else Refused()
        first = super().plan(observed)
        return replace(first, steps=TWO_STEPS[:1], refusal=None, then=then, undo=self.undo)


@dataclass
class Refused(Wish):
    """What nobody may do."""

    def plan(self, _observed: Any) -> Plan:
        raise AdminError("Not now.")


def test_what_follows_the_first_steps_is_planned_once_they_are_done() -> None:
    house = House()
    foretold = carry_out(Announced(), house, check_mode=True)
    assert house.calls == []
    done = carry_out(Announced(), house, check_mode=False)
    assert house.calls == [("open", "door"), ("close", "window")]
    assert done == {**foretold, "answers": {"open": "the door is open", "close": None}}


def test_the_first_steps_are_taken_back_where_the_rest_is_refused_and_then_nothing_has_changed() -> None:
    house = House()
    with pytest.raises(AdminError, match=r"^Not now\.$") as refused:
        carry_out(Announced(refused=True), house, check_mode=False)
    assert house.calls == [("open", "door"), ("close", "door")]
    assert refused.value.changed is False


def test_first_steps_that_nothing_takes_back_are_owned_up_to() -> None:
    house = House()
    with pytest.raises(AdminError, match=r"^Not now\.$") as refused:
        carry_out(Announced(refused=True, undo=()), house, check_mode=False)
    assert house.calls == [("open", "door")]
    assert refused.value.changed is True


def test_what_cannot_be_taken_back_is_owned_up_to() -> None:
    house = House("close")
    with pytest.raises(AdminError) as refused:
        carry_out(Announced(refused=True), house, check_mode=False)
    assert str(refused.value) == (
        "Not now. What was begun could not be taken back: close failed: Broken: It would not close."
    )
    assert refused.value.changed is True


def test_the_first_steps_may_meet_a_conflict_and_so_may_the_rest(waited: list[float]) -> None:
    house = House(errors=[AwsError("open", "Later", "Not yet"), AwsError("close", "Later", "Not yet")])
    assert carry_out(Announced(), house, check_mode=False)["changed"] is True
    assert house.calls == [("open", "door"), ("close", "window")]
    assert waited == [1, 2]


def test_a_failure_after_the_first_steps_says_that_they_have_changed_something() -> None:
    with pytest.raises(AwsError, match="It would not close") as failed:
        carry_out(Announced(), House("close"), check_mode=False)
    assert failed.value.changed is True
