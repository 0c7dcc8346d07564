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
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.kept import Carried, Kept
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.plan import (
    HeldElsewhere,
    Keep,
    Plan,
    Step,
    kept_after,
    reconcile,
)
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import ACCOUNT
from ansible_collections.landing_zone.aws_admin.tests.unit.keeper import NOTHING, Memory

TWO_STEPS = (Step("open", {"what": "door"}), Step("close", {"what": "window"}))


def with_note(kept: Kept, note: str) -> Kept:
    return replace(kept, qr_codes=kept.qr_codes | {note})


def keeping(note: str) -> Keep:
    """Return the step that keeps a note, with all that is known by then."""
    return Keep(lambda kept, answers: with_note(kept, f"{note}, after {', '.join(answers) or 'nothing'}"))


NOTED = (keeping("first"), TWO_STEPS[0], keeping("second"), TWO_STEPS[1])
NOTES = {"first, after nothing", "second, after open"}


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
    """A resource that plans the steps it is given, and returns the answers that it gets.

    `handover` is what it was given of that.
    """

    steps: tuple[Step | Keep, ...] = TWO_STEPS
    account_id: str | None = None
    refusal: str | None = None
    gives_up: bool = False
    looks: int = 0
    handover: Any = None

    def observe(self, api: Any, handover: Any) -> Any:
        assert isinstance(api, House)
        self.looks += 1
        self.handover = handover
        return SimpleNamespace(account=ACCOUNT)

    def after_conflict(self, error: AwsError) -> Wish | None:
        return None if self.gives_up or error.code == "Broken" else self

    def after_failure(self, error: AwsError, kept: Kept) -> Kept:
        return with_note(kept, f"{error.operation} failed")

    def plan(self, observed: Any) -> Plan:
        assert observed.account is ACCOUNT
        return Plan(self.steps, {"door": "closed"}, {"door": "open"}, self.refusal)

    def result(self, _observed: Any, answers: Any) -> dict[str, Any]:
        return {"answers": answers}


def carry_out(wish: Wish, house: Any, check_mode: bool, handover: Any = None) -> dict[str, Any]:
    return reconcile(wish, house, check_mode, handover)


def test_the_steps_are_carried_out_in_their_order_and_the_result_is_told_the_answers() -> None:
    house = House()
    assert carry_out(Wish(), house, check_mode=False) == {
        "changed": True,
        "diff": {"before": {"door": "closed"}, "after": {"door": "open"}},
        "account_id": ACCOUNT.id,
        "answers": {"open": "the door is open", "close": None},
    }
    assert house.calls == [("open", "door"), ("close", "window")]


@pytest.mark.parametrize(
    ("code", "may_be_denied", "goes_on"),
    [
        ("AccessDenied", True, True),
        ("AccessDeniedException", True, True),
        ("Broken", True, False),
        ("AccessDenied", False, False),
    ],
)
def test_what_may_be_denied_is_left_out_and_only_that(code: str, may_be_denied: bool, goes_on: bool) -> None:
    denied = AwsError("open", code, "No")
    house = House(errors=[denied])
    wish = Wish(steps=(replace(TWO_STEPS[0], may_be_denied=may_be_denied), TWO_STEPS[1]), gives_up=True)
    if not goes_on:
        with pytest.raises(AwsError, match=f"^open failed: {code}: No"):
            carry_out(wish, house, check_mode=False)
        return
    assert carry_out(wish, house, check_mode=False)["answers"] == {"open": denied, "close": None}
    assert house.calls == [("close", "window")]


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

    def observe(self, _api: Any, _handover: Any) -> Any:
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
        "Not now. What was begun could not be undone: close failed: Broken: It would not close."
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


# What is kept


def test_what_is_kept_is_kept_at_its_time_and_made_of_the_answers_so_far() -> None:
    house, handover = House(), Memory()
    handover.journal = house.calls
    wish = Wish(steps=(*NOTED, keeping("last")))
    result = carry_out(wish, house, check_mode=False, handover=handover)
    assert house.calls == ["keep", ("open", "door"), "keep", ("close", "window"), "keep"]
    assert handover.kept.qr_codes == NOTES | {"last, after open, close"}
    assert result["answers"] == {"open": "the door is open", "close": None}
    assert wish.handover is handover


def test_what_will_be_kept_is_foretold_by_the_steps_that_keep_it() -> None:
    assert kept_after(NOTHING, NOTED, {"open": "the door is open"}).qr_codes == {
        "first, after open",
        "second, after open",
    }
    assert kept_after(NOTHING, TWO_STEPS, {}) == NOTHING


def test_a_step_does_not_show_what_is_kept() -> None:
    assert repr(keeping("s3cret")) == "Keep()"


def test_check_mode_keeps_nothing_and_foretells_the_change() -> None:
    house, handover = House(), Memory()
    assert carry_out(Wish(steps=NOTED[:1]), house, check_mode=True, handover=handover)["changed"] is True
    assert (handover.journal, house.calls, handover.kept) == ([], [], NOTHING)


def test_to_keep_something_is_a_change() -> None:
    handover = Memory()
    assert carry_out(Wish(steps=NOTED[:1]), House(), check_mode=False, handover=handover)["changed"] is True
    assert carry_out(Wish(steps=()), House(), check_mode=False, handover=handover)["changed"] is False
    assert handover.journal == ["keep"]


def test_a_handover_that_cannot_be_written_stops_before_the_call_that_depends_on_it() -> None:
    house = House()
    with pytest.raises(AdminError, match=r"^The handover cannot be used\.$") as failed:
        carry_out(Wish(steps=NOTED), house, check_mode=False, handover=Memory(broken=True))
    assert (house.calls, failed.value.changed) == ([], False)
    with pytest.raises(AdminError, match=r"^The handover cannot be used\.$") as failed:
        carry_out(Wish(steps=NOTED[1:]), house, check_mode=False, handover=Memory(broken=True))
    assert (house.calls, failed.value.changed) == ([("open", "door")], True)


@pytest.mark.parametrize(("broken", "notes"), [("open", {"first, after nothing"}), ("close", NOTES)])
def test_where_a_step_fails_for_good_what_is_true_then_is_kept(broken: str, notes: set[str]) -> None:
    handover = Memory()
    with pytest.raises(AwsError, match=f"It would not {broken}") as failed:
        carry_out(Wish(steps=NOTED), House(broken), check_mode=False, handover=handover)
    assert handover.kept.qr_codes == notes | {f"{broken} failed"}
    assert handover.journal == ["keep"] * (len(notes) + 1)
    assert failed.value.changed is True


def test_where_a_failure_teaches_nothing_nothing_is_kept() -> None:
    handover = Memory(with_note(NOTHING, "open failed"))
    with pytest.raises(AwsError):
        carry_out(Wish(), House("open"), check_mode=False, handover=handover)
    assert handover.journal == []


def test_what_another_look_mends_is_no_failure(waited: list[float]) -> None:
    handover, house = Memory(), House(errors=[AwsError("open", "EntityAlreadyExists", "It is there")])
    carry_out(Wish(steps=NOTED), house, check_mode=False, handover=handover)
    assert handover.kept.qr_codes == NOTES
    assert waited == [1]


# A plan that keeps what is there already: so it has a part in what becomes of the handover
SAME = Keep(lambda kept, _answers: kept)


def test_the_failure_that_no_look_mends_is_told_to_what_was_wanted_last(waited: list[float]) -> None:
    class Later(Wish):
        def after_conflict(self, _error: AwsError) -> Wish:
            return self if waited else Calmed((SAME, *TWO_STEPS))

    class Calmed(Wish):
        def after_failure(self, _error: AwsError, kept: Kept) -> Kept:
            return with_note(kept, "calmed")

    handover = Memory()
    conflicts = [AwsError("open", "EntityAlreadyExists", "It is there") for _time in range(9)]
    with pytest.raises(AwsError):
        carry_out(Later((SAME, *TWO_STEPS)), House(errors=conflicts), check_mode=False, handover=handover)
    assert handover.kept.qr_codes == {"calmed"}


@pytest.mark.parametrize("handover", [Memory(), Carried(NOTHING)])
def test_a_plan_that_keeps_nothing_leaves_the_handover_alone(handover: Any) -> None:
    house = House()
    carry_out(Wish(), house, check_mode=False, handover=handover)
    assert (handover.kept, handover.waits) == (NOTHING, False)
    assert house.calls == [("open", "door"), ("close", "window")]


# What another process has to keep first


def test_aws_is_told_nothing_before_another_process_has_kept_what_it_depends_on() -> None:
    house, handover = House(), Carried(NOTHING)
    with pytest.raises(HeldElsewhere) as held:
        carry_out(Wish(steps=NOTED), house, check_mode=False, handover=handover)
    assert (house.calls, handover.kept.qr_codes) == ([], {"first, after nothing"})
    assert held.value.before == {"door": "closed"}
    # It goes on with what is kept by then
    handover = Carried(handover.kept)
    with pytest.raises(HeldElsewhere):
        carry_out(Wish(steps=NOTED), house, check_mode=False, handover=handover)
    assert (house.calls, handover.kept.qr_codes) == ([("open", "door")], NOTES)
    handover = Carried(handover.kept)
    assert carry_out(Wish(steps=NOTED), house, check_mode=False, handover=handover)["changed"] is True
    assert (house.calls[1:], handover.waits) == ([("open", "door"), ("close", "window")], False)


def test_all_that_is_kept_at_one_time_is_kept_together_and_what_is_kept_last_comes_with_the_result() -> None:
    house, handover = House(), Carried(NOTHING)
    result = carry_out(Wish(steps=(*TWO_STEPS, keeping("a"), keeping("b"))), house, check_mode=False, handover=handover)
    assert (result["changed"], handover.waits) == (True, True)
    assert handover.kept.qr_codes == {"a, after open, close", "b, after open, close"}


def test_what_was_there_before_is_told_as_it_was_at_the_first_look(waited: list[float]) -> None:
    class Changing(Wish):
        def plan(self, observed: Any) -> Plan:
            return replace(super().plan(observed), before={"door": f"look {self.looks}"})

    house = House(errors=[AwsError("open", "EntityAlreadyExists", "It is there")])
    with pytest.raises(HeldElsewhere) as held:
        carry_out(Changing(steps=NOTED[1:]), house, check_mode=False, handover=Carried(NOTHING))
    assert (held.value.before, waited) == ({"door": "look 1"}, [1])


def test_check_mode_waits_for_nobody() -> None:
    handover = Carried(NOTHING)
    assert carry_out(Wish(steps=NOTED), House(), check_mode=True, handover=handover)["changed"] is True
    assert (handover.kept, handover.waits) == (NOTHING, False)


def test_a_failure_is_kept_elsewhere_too() -> None:
    handover = Carried(NOTHING)
    with pytest.raises(AwsError):
        carry_out(Wish((SAME, *TWO_STEPS)), House("open"), check_mode=False, handover=handover)
    assert (handover.waits, handover.kept.qr_codes) == (True, {"open failed"})


# First steps, and the handover


def test_what_follows_the_first_steps_has_the_handover_and_their_answers() -> None:
    class Rest(Announced):
        def plan(self, observed: Any) -> Plan:
            assert self.handover is handover
            return replace(super().plan(observed), then=rest)

    handover, rest = Memory(), Wish(steps=(keeping("rest"), TWO_STEPS[1]))
    carry_out(Rest(), House(), check_mode=False, handover=handover)
    assert rest.handover is handover
    assert handover.kept.qr_codes == {"rest, after open"}


def test_a_failure_after_the_first_steps_is_told_to_what_follows_them() -> None:
    class WithRest(Announced):
        def plan(self, observed: Any) -> Plan:
            return replace(super().plan(observed), then=Wish((SAME, TWO_STEPS[1])))

    handover = Memory()
    with pytest.raises(AwsError):
        carry_out(WithRest(), House("close"), check_mode=False, handover=handover)
    assert handover.kept.qr_codes == {"close failed"}


def test_a_failure_that_nothing_was_kept_for_is_not_hidden_by_a_handover_that_cannot_be_read() -> None:
    class Unreadable(Memory):
        def read(self) -> Kept:
            raise AdminError("No password opens it.")

    with pytest.raises(AwsError, match="open failed: Broken"):
        carry_out(Wish(), House("open"), check_mode=False, handover=Unreadable())


def test_where_the_rest_is_refused_nothing_is_kept_and_the_first_steps_are_taken_back() -> None:
    house, handover = House(), Memory()
    with pytest.raises(AdminError, match=r"^Not now\.$") as refused:
        carry_out(Announced(refused=True), house, check_mode=False, handover=handover)
    assert house.calls == [("open", "door"), ("close", "door")]
    assert (refused.value.changed, handover.journal) == (False, [])


def test_where_the_rest_waits_for_what_is_kept_the_first_steps_are_not_taken_back() -> None:
    class Rest(Announced):
        def plan(self, observed: Any) -> Plan:
            return replace(super().plan(observed), then=Wish(steps=(keeping("rest"), TWO_STEPS[1])))

    house, handover = House(), Carried(NOTHING)
    with pytest.raises(HeldElsewhere):
        carry_out(Rest(), house, check_mode=False, handover=handover)
    assert (house.calls, handover.kept.qr_codes) == ([("open", "door")], {"rest, after open"})
