# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the action makes of a device that was to be enabled."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.action.iam_virtual_mfa import ActionModule
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError

SERIAL = "arn:aws:iam::111122223333:mfa/iamadmin"


def enabled(before: dict[str, str], **more: Any) -> dict[str, Any]:
    """Return what comes of it where AWS has these devices before."""
    action: Any = ActionModule.__new__(ActionModule)
    action._task = SimpleNamespace(check_mode=False)
    enrolment = SimpleNamespace(computes=False, has_codes=True, host="acme", codes=lambda: ("123456", "654321"))
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
