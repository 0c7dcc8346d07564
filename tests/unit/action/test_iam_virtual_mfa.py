# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the action makes of a device that was to be enabled."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from ansible.utils.display import Display

from ansible_collections.landing_zone.aws_admin.plugins.action import iam_virtual_mfa
from ansible_collections.landing_zone.aws_admin.plugins.action.iam_virtual_mfa import ActionModule
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError

SERIAL = "arn:aws:iam::111122223333:mfa/iamadmin"


def enabled(before: dict[str, str], **more: Any) -> dict[str, Any]:
    """Return what comes of it where AWS has these devices before."""
    action: Any = ActionModule.__new__(ActionModule)
    action._task = SimpleNamespace(check_mode=False)
    enrolment = SimpleNamespace(
        computes=False,
        has_codes=True,
        may_ask=False,
        host="acme",
        codes=lambda: ("123456", "654321"),
        device="iamadmin",
        newest="iamadmin",
    )
    result = {"changed": True, "serial_number": SERIAL, "diff": {"before": {"devices": before}}, **more}
    given: list[Any] = []

    def run(args: Any) -> dict[str, Any]:
        given.append(args)
        return result

    done = action._enable(run, {"state": "enabled"}, enrolment)
    assert given == [{"state": "enabled", "codes": ["123456", "654321"]}]
    assert isinstance(done, dict)
    return done


@pytest.mark.parametrize("before", [{SERIAL: "pending"}, {SERIAL: "pending", f"{SERIAL}.2": "enabled"}, {}])
def test_a_device_is_enabled_with_the_codes_of_the_enrolment(before: dict[str, str]) -> None:
    assert enabled(before)["changed"] is True


def test_a_device_that_somebody_else_has_enabled_meanwhile_is_none_of_ours() -> None:
    with pytest.raises(AdminError, match="acme: somebody else has enabled the MFA device since this run looked at it"):
        enabled({SERIAL: "enabled"}, changed=False)


def test_a_failure_is_what_it_says() -> None:
    assert enabled({SERIAL: "enabled"}, failed=True)["failed"] is True


# Where codes are computed, a device is made and enabled in one task


def made_and_enabled(made: dict[str, Any], enabled: Any, *given: dict[str, Any]) -> dict[str, Any]:
    """Return what comes of both; `given` are the options that each was asked for with."""
    action: Any = ActionModule.__new__(ActionModule)
    results, asked = iter([made, enabled]), []

    def run(args: Any) -> dict[str, Any]:
        asked.append(args)
        result = next(results)
        if isinstance(result, Exception):
            raise result
        return dict(result)

    action._enable = lambda run, args, _enrolment: run(args)
    done = action._make_and_enable(run, {"state": "enabled"}, None)
    assert asked == [*given]
    assert isinstance(done, dict)
    return done


MAKE = {"state": "present", "recreate_unassigned": True}
ENABLE = {"state": "enabled"}
MADE = {
    "changed": True,
    "status": "pending",
    "diff": {"before": {"devices": {}}, "after": {"devices": {SERIAL: "pending"}}},
}
KEPT = {**MADE, "changed": False}
ENABLED = {
    "changed": True,
    "status": "enabled",
    "diff": {"before": {"devices": {SERIAL: "pending"}}, "after": {"devices": {SERIAL: "enabled"}}},
}


@pytest.mark.parametrize("made", [MADE, KEPT])
@pytest.mark.parametrize("enabled", [ENABLED, {**ENABLED, "changed": False}])
def test_it_says_what_both_have_changed(made: dict[str, Any], enabled: dict[str, Any]) -> None:
    done = made_and_enabled(made, enabled, MAKE, ENABLE)
    assert done["changed"] is (made["changed"] or enabled["changed"])
    assert (done["status"], done["diff"]) == (
        "enabled",
        {"before": {"devices": {}}, "after": {"devices": {SERIAL: "enabled"}}},
    )


@pytest.mark.parametrize("made", [{"failed": True, "changed": True, "msg": "No."}, {**MADE, "status": "enabled"}])
def test_nothing_is_enabled_that_could_not_be_made_or_is_enabled(made: dict[str, Any]) -> None:
    assert made_and_enabled(made, ENABLED, MAKE) == made


def test_a_failure_to_enable_says_that_the_device_was_made() -> None:
    failed = {"failed": True, "changed": False, "msg": "No."}
    assert made_and_enabled(MADE, failed, MAKE, ENABLE) == {**failed, "changed": True}
    assert made_and_enabled(KEPT, failed, MAKE, ENABLE) == failed
    for made, before in ((MADE, False), (KEPT, True), (KEPT, False)):
        error = AdminError("No.")
        error.changed = before
        with pytest.raises(AdminError) as raised:
            made_and_enabled(made, error, MAKE, ENABLE)
        assert raised.value.changed is (made["changed"] or before)


# Codes are asked for, again where they are refused

REFUSED = {"failed": True, "changed": False, "msg": "No.", "error": {"code": "InvalidAuthenticationCode"}}


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was displayed, the QR code among it."""
    said: list[str] = []
    monkeypatch.setattr(Display, "display", lambda _display, text: said.append(text))
    monkeypatch.setattr(iam_virtual_mfa, "draw_qr_code", lambda *_given: said.append("QR"))
    return said


def asked(
    monkeypatch: pytest.MonkeyPatch, answers: list[Any], results: list[Any], **of_enrolment: Any
) -> tuple[Any, ...]:
    """Return what comes of these answers and results of AWS, and how many of both are left."""
    action: Any = ActionModule.__new__(ActionModule)
    given, answered = iter(answers), iter(results)
    monkeypatch.setattr(iam_virtual_mfa, "asked_codes", lambda _label: next(given))
    monkeypatch.setattr(iam_virtual_mfa, "_SCREEN", "a screen")

    def fitting(codes: list[str]) -> tuple[str, ...]:
        if codes == ["wrong"]:
            raise AdminError("acme: the codes do not fit.")
        return tuple(codes)

    seen = {"is_to_be_scanned": True, "picture": "/there/mfa-qr.png", **of_enrolment}
    enrolment = SimpleNamespace(label="acme", fitting=fitting, handover=None, device="iamadmin", **seen)
    done = action._ask(lambda args: {**next(answered), **args}, {}, enrolment)
    return done, len([*given]), len([*answered])


TWO = ["123456", "654321"]


def test_the_qr_code_comes_before_the_question(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    assert asked(monkeypatch, [TWO], [ENABLED]) == ({**ENABLED, "codes": TWO}, 0, 0)
    assert said == ["QR"]
    said.clear()
    assert asked(monkeypatch, [TWO], [ENABLED], is_to_be_scanned=False) == ({**ENABLED, "codes": TWO}, 0, 0)
    assert said == []


def test_what_is_refused_is_said_and_asked_for_again(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    answers: Any = [["wrong"], TWO, TWO], [REFUSED, ENABLED]
    assert asked(monkeypatch, *answers, is_to_be_scanned=False) == ({**ENABLED, "codes": TWO}, 0, 0)
    assert said == ["\nacme: the codes do not fit.", "\nacme: No."]


def test_who_is_refused_codes_that_fit_learns_that_the_qr_code_may_be_void(
    monkeypatch: pytest.MonkeyPatch, said: list[str]
) -> None:
    assert asked(monkeypatch, [TWO, TWO], [REFUSED, ENABLED]) == ({**ENABLED, "codes": TWO}, 0, 0)
    assert said == [
        "QR",
        "\nacme: AWS refused codes that fit this QR code. If it refuses newer ones, too, another run has replaced "
        "the QR code: rm /there/mfa-qr.png, and run again to get a new one.",
    ]


def test_three_times_are_enough(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    assert asked(monkeypatch, [["wrong"], TWO, ["wrong"], TWO], [REFUSED, ENABLED]) == (None, 1, 1)
    assert len(said) == 4


def test_no_answer_leaves_it(monkeypatch: pytest.MonkeyPatch, said: list[str]) -> None:
    assert asked(monkeypatch, [[], TWO], [ENABLED]) == (None, 1, 1)
    assert said == ["QR"]


@pytest.mark.parametrize("other", [{"failed": True, "msg": "No."}, {**REFUSED, "error": {"code": "NoSuchEntity"}}])
def test_another_failure_is_not_asked_away(monkeypatch: pytest.MonkeyPatch, said: list[str], other: Any) -> None:
    assert asked(monkeypatch, [TWO, TWO], [other]) == ({**other, "codes": TWO}, 1, 0)
    assert said == ["QR"]
