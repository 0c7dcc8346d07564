# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The virtual MFA device: made, enabled, removed, and never taken away from anybody."""

from __future__ import annotations

import base64
import io
import re
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin import authenticator, plan, virtual_mfa
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, AwsError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.kept import Carried, Kept
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.plan import (
    HeldElsewhere,
    Keep,
    kept_after,
    reconcile,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.virtual_mfa import (
    ARGUMENT_SPEC,
    Device,
    Observed,
    VirtualMfa,
    enrolment,
    returns_secret,
)
from ansible_collections.landing_zone.aws_admin.tests.operator import read_qr_code
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import (
    ACCOUNT,
    ADMINISTRATOR_ACCESS,
    MADE,
    NAME,
    SEED,
    FakeAws,
    calls_of,
    options,
)
from ansible_collections.landing_zone.aws_admin.tests.unit.keeper import NOTHING, PLACE, Memory, holding, killed_after

SERIAL = ACCOUNT.arn(f"mfa/{NAME}")
ABSENT = Observed(ACCOUNT, ())
UNASSIGNED = Observed(ACCOUNT, (Device(SERIAL, None),))
OWN = Observed(ACCOUNT, (Device(SERIAL, NAME),))
SOMEBODY_ELSES = Observed(ACCOUNT, (Device(SERIAL, "somebody"),))
ROOTS = Observed(ACCOUNT, (Device(SERIAL, "the root user"),))

CREATE = ("create_virtual_mfa_device", {"Path": "/", "VirtualMFADeviceName": NAME})
ENABLE = (
    "enable_mfa_device",
    {
        "UserName": NAME,
        "SerialNumber": SERIAL,
        "AuthenticationCode1": "123456",
        "AuthenticationCode2": "654321",
    },
)
DEACTIVATE = ("deactivate_mfa_device", {"UserName": NAME, "SerialNumber": SERIAL})
DELETE = ("delete_virtual_mfa_device", {"SerialNumber": SERIAL})
CODES = ["123456", "654321"]


def wanted(state: str, **given: Any) -> VirtualMfa:
    return VirtualMfa.from_params(options(ARGUMENT_SPEC, user_name=NAME, **{"state": state, **given}))


# Options


@pytest.mark.parametrize("args", [{}, {"state": None}, {"state": "present"}])
def test_what_may_create_a_device_returns_a_secret(args: dict[str, Any]) -> None:
    assert returns_secret(args) is True
    assert returns_secret({**args, "handover": None}) is True
    assert returns_secret({**args, "handover": {"directory": "handover"}}) is False


@pytest.mark.parametrize("state", ["enabled", "resynced", "absent"])
def test_what_creates_no_device_returns_none(state: str) -> None:
    assert returns_secret({"state": state}) is False


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"account_id": "1"}, r"aws_account_id \(account_id\) is '1': set it"),
        ({"user_name": "jo doe"}, "user_name 'jo doe' has characters"),
        ({"user_name": "x" * 65}, "user_name is 65 characters long"),
        ({"device_name": "my phone"}, "device_name 'my phone' has characters"),
        ({"device_name": "x" * 129}, "device_name is 129 characters long"),
        ({"path": "admins"}, "path 'admins' is not valid"),
        ({"path": ""}, "path '' is not valid"),
        ({"codes": ["123456"]}, "Give two MFA codes in a row"),
        ({"codes": ["123456", "1234"]}, "The next code is not six digits; in YAML it must be quoted"),
        ({"codes": ["123456", "123456"]}, "The two codes are the same"),
    ],
)
def test_options_that_aws_would_refuse_are_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(AdminError, match=f"^{sentence}"):
        VirtualMfa.from_params(options(ARGUMENT_SPEC, **{"user_name": NAME, **given}))


def test_a_device_may_have_a_longer_name_than_a_user_and_has_its_users_by_default() -> None:
    assert wanted("present", device_name="x" * 128).device_name == "x" * 128
    assert wanted("present").device_name == NAME
    assert wanted("present", account_id=ACCOUNT.id).account_id == ACCOUNT.id


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(authenticator, "MISSING_LIBRARY", "segno")
    with pytest.raises(AdminError, match=r"^The Python library segno is missing: pip install segno\.$"):
        wanted("present")


def test_ansible_is_told_that_the_codes_are_secret() -> None:
    assert [option for option, entry in ARGUMENT_SPEC.items() if entry.get("no_log")] == ["codes"]


def test_the_codes_are_not_shown() -> None:
    assert "123456" not in repr(wanted("enabled", codes=CODES))


@pytest.mark.parametrize(
    ("handover", "kept"),
    [(None, False), ({"keep_seed": False}, False), ({"keep_seed": True}, True)],
)
def test_a_seed_is_kept_once_it_is_spent_only_where_the_handover_says_so(
    handover: dict[str, bool] | None, kept: bool
) -> None:
    assert wanted("enabled", handover=handover).keep_seed is kept


# Observation


@pytest.mark.parametrize(
    ("entry", "device"),
    [
        ({}, Device(SERIAL, None)),
        ({"User": {}}, Device(SERIAL, None)),
        ({"User": {"UserName": NAME, "Arn": ACCOUNT.arn(f"user/{NAME}")}}, Device(SERIAL, NAME)),
        ({"User": {"Arn": ACCOUNT.arn("root")}}, Device(SERIAL, "the root user")),
    ],
)
def test_a_device_is_listed_with_whom_it_is_assigned_to(entry: dict[str, Any], device: Device) -> None:
    class Aws(FakeAws):
        def list_virtual_mfa_devices(self) -> list[dict[str, Any]]:
            return [{"SerialNumber": SERIAL, **entry}]

    aws: Any = Aws()
    assert wanted("present").observe(aws).devices == (device,)


@pytest.mark.parametrize(
    ("serial", "found"),
    [
        (SERIAL, True),
        (ACCOUNT.arn("mfa/IAMAdmin"), True),
        (ACCOUNT.arn(f"mfa/phones/{NAME}"), False),
        (ACCOUNT.arn(f"mfa/{NAME}2"), False),
    ],
)
def test_a_device_is_found_by_its_whole_serial_number_ignoring_case(serial: str, found: bool) -> None:
    aws: Any = FakeAws(devices={serial: None})
    assert wanted("present").observe(aws).devices == ((Device(serial, None),) if found else ())


@pytest.mark.parametrize("state", ["present", "enabled", "resynced"])
def test_a_device_that_stays_leaves_no_password_alone(state: str) -> None:
    aws: Any = FakeAws(devices={SERIAL: NAME}, attached=[ADMINISTRATOR_ACCESS], login_profile={"CreateDate": MADE})
    aws.create_user(UserName=NAME, Path="/")
    assert wanted(state).observe(aws) == OWN


# Conflicts


def conflict(operation: str, answer_lost: bool, code: str = "EntityAlreadyExists") -> AwsError:
    return AwsError(operation, code, "It is there", answer_lost)


def test_a_device_whose_answer_was_lost_is_made_anew_and_somebody_elses_is_not() -> None:
    device = wanted("present")
    after = device.after_conflict(conflict("CreateVirtualMFADevice", answer_lost=True))
    assert after == replace(device, seed_lost=True, answer_lost=True)
    assert calls_of(after.plan(UNASSIGNED)) == [DELETE, CREATE]
    assert after.after_conflict(conflict("CreateVirtualMFADevice", answer_lost=False)) == after
    assert device.after_conflict(conflict("CreateVirtualMFADevice", answer_lost=False)) is None


@pytest.mark.parametrize("code", ["EntityAlreadyExists", "NoSuchEntity", "InvalidAuthenticationCode"])
def test_a_device_that_this_run_may_have_enabled_is_looked_at_again_and_somebody_elses_is_not(code: str) -> None:
    device = wanted("enabled", codes=CODES)
    after = device.after_conflict(conflict("EnableMFADevice", True, code))
    assert after == replace(device, answer_lost=True)
    assert after.seed_lost is False
    assert after.plan(OWN).steps == ()
    assert device.after_conflict(conflict("EnableMFADevice", False, code)) is None


def test_a_replacement_that_is_enabled_while_it_is_cancelled_is_looked_at_again() -> None:
    device = wanted("cancelled")
    assert device.after_conflict(conflict("DeleteVirtualMFADevice", False, "DeleteConflict")) == device
    assert device.after_conflict(conflict("DeleteVirtualMFADevice", False, "AccessDenied")) is None
    assert wanted("absent").after_conflict(conflict("DeleteVirtualMFADevice", False, "DeleteConflict")) is None


def test_a_refusal_for_another_reason_is_final_and_so_is_one_of_codes_that_bring_into_step() -> None:
    assert wanted("enabled", codes=CODES).after_conflict(conflict("EnableMFADevice", True, "AccessDenied")) is None
    again = conflict("ResyncMFADevice", True, "InvalidAuthenticationCode")
    assert wanted("resynced", codes=CODES).after_conflict(again) is None


def test_a_new_device_has_the_serial_number_that_aws_gives_it() -> None:
    made = {"SerialNumber": f"{SERIAL}-as-aws-says", "Base32StringSeed": SEED.encode()}
    result = wanted("present").result(ABSENT, {"create_virtual_mfa_device": made})
    assert (result["serial_number"], result["status"]) == (f"{SERIAL}-as-aws-says", "pending")


def test_nobody_removes_the_own_device() -> None:
    itself = replace(ACCOUNT, caller_arn=ACCOUNT.arn(f"user/{NAME}"))
    with pytest.raises(AdminError, match=f"^This run acts as {NAME}, who would be left without the MFA device "):
        wanted("absent").plan(replace(OWN, account=itself))
    assert calls_of(wanted("absent").plan(replace(UNASSIGNED, account=itself))) == [DELETE]


# Steps


@pytest.mark.parametrize(
    ("state", "observed", "steps", "before", "after"),
    [
        ("present", ABSENT, [CREATE], "absent", "pending"),
        ("present", UNASSIGNED, [], "pending", "pending"),
        ("present", OWN, [], "enabled", "enabled"),
        ("enabled", UNASSIGNED, [ENABLE], "pending", "enabled"),
        ("enabled", OWN, [], "enabled", "enabled"),
        ("absent", ABSENT, [], "absent", "absent"),
        ("absent", UNASSIGNED, [DELETE], "pending", "absent"),
        ("absent", OWN, [DEACTIVATE], "enabled", "absent"),
    ],
)
def test_a_device_is_brought_to_its_state(
    state: str, observed: Observed, steps: list[Any], before: str, after: str
) -> None:
    mfa = wanted(state, codes=CODES)
    plan = mfa.plan(observed)
    assert calls_of(plan) == steps
    assert plan.refusal is None
    assert [side["devices"].get(SERIAL, "absent") for side in (plan.before, plan.after)] == [before, after]
    assert mfa.result(observed, None) == {"serial_number": SERIAL, "status": after, "replaces": None}


def test_what_a_device_takes_the_place_of_is_told() -> None:
    both = Observed(ACCOUNT, (Device(SERIAL, NAME), Device(f"{SERIAL}.2", None)))
    for state, observed in (("present", OWN), ("present", both), ("enabled", both)):
        mfa = wanted(state, codes=CODES, replace=True)
        assert mfa.result(observed, None) == {
            "serial_number": f"{SERIAL}.2",
            "status": "pending" if state == "present" else "enabled",
            "replaces": SERIAL,
        }
    assert wanted("present").result(both, None)["replaces"] is None
    assert wanted("present", replace=True).result(ABSENT, None)["replaces"] is None


@pytest.mark.parametrize(("observed", "owner"), [(SOMEBODY_ELSES, "somebody"), (ROOTS, "the root user")])
@pytest.mark.parametrize("state", ["present", "enabled", "resynced"])
def test_a_device_of_somebody_else_is_left_alone_and_they_are_named(state: str, observed: Observed, owner: str) -> None:
    with pytest.raises(AdminError) as refused:
        wanted(state, codes=CODES, recreate_unassigned=True).plan(observed)
    assert str(refused.value) == (
        f"The MFA device {SERIAL} is assigned to {owner}, not to {NAME}: choose another name in "
        "iam_admin_device_names (device_name of the module)."
    )


def test_a_device_of_somebody_else_is_not_there_to_be_removed_and_nor_is_what_replaces_it() -> None:
    replacing = Observed(ACCOUNT, (Device(SERIAL, "somebody"), Device(f"{SERIAL}.2", None)))
    assert wanted("absent").plan(replacing).steps == ()


def test_whatever_nobody_uses_goes_with_the_last_of_it() -> None:
    unused = Observed(ACCOUNT, (Device(SERIAL, None), Device(f"{SERIAL}.2", None)))
    assert [call for call, _parameters in calls_of(wanted("absent").plan(unused))] == ["delete_virtual_mfa_device"] * 2
    enabled = calls_of(wanted("enabled", codes=CODES, replace=True).plan(unused))
    assert enabled[0][1]["SerialNumber"] == f"{SERIAL}.2"
    assert enabled[1:] == [("delete_virtual_mfa_device", {"SerialNumber": SERIAL})]


@pytest.mark.parametrize(
    ("observed", "steps"),
    [(ABSENT, [CREATE]), (UNASSIGNED, [DELETE, CREATE]), (OWN, [])],
    ids=["none", "unused", "own"],
)
def test_only_a_device_that_nobody_uses_is_made_anew(observed: Observed, steps: list[Any]) -> None:
    assert calls_of(wanted("present", recreate_unassigned=True).plan(observed)) == steps


@pytest.mark.parametrize(("observed", "steps"), [(UNASSIGNED, [ENABLE]), (OWN, [])], ids=["unused", "own"])
def test_a_device_that_is_to_be_enabled_is_not_made_anew(observed: Observed, steps: list[Any]) -> None:
    assert calls_of(wanted("enabled", codes=CODES, recreate_unassigned=True).plan(observed)) == steps


EIGHT = {SERIAL: NAME, **{ACCOUNT.arn(f"mfa/ops/safe-{number}"): NAME.upper() for number in range(7)}}
FULL = (
    f"{NAME} has 8 MFA devices, as many as AWS allows, and a replacement is briefly one more: remove one of safe-0, "
    "safe-1, safe-2, safe-3, safe-4, safe-5, safe-6 first (aws iam deactivate-mfa-device)."
)


@pytest.mark.parametrize(
    ("given", "there"),
    [
        ({"state": "present", "replace": True}, {}),
        ({"state": "enabled", "replace": True, "codes": CODES}, {f"{SERIAL}.2": None}),
        ({"state": "present", "device_name": "another"}, {}),
    ],
)
def test_with_eight_devices_no_other_one_is_made_or_enabled(
    given: dict[str, Any], there: dict[str, str | None]
) -> None:
    aws: Any = FakeAws(devices={**EIGHT, **there})
    for check_mode in (True, False):
        with pytest.raises(AdminError) as refused:
            reconcile(wanted(**given), aws, check_mode=check_mode)
        assert str(refused.value) == (FULL if "device_name" not in given else FULL.replace("safe-0", f"{NAME}, safe-0"))
    assert aws.writes == []


def test_eight_devices_are_no_reason_to_refuse_what_adds_none_and_those_of_others_do_not_count() -> None:
    aws: Any = FakeAws(devices={**EIGHT})
    for state in ("present", "enabled", "resynced", "absent"):
        reconcile(wanted(state, codes=CODES), aws, check_mode=True)
    theirs = {ACCOUNT.arn(f"mfa/theirs-{number}"): "somebody" for number in range(8)}
    seven = {serial: owner for serial, owner in EIGHT.items() if not serial.endswith("-6")}
    aws = FakeAws(devices={**seven, **theirs, ACCOUNT.arn("mfa/unused"): None})
    assert reconcile(wanted("present", replace=True), aws, check_mode=False)["serial_number"] == f"{SERIAL}.2"


OPS = ACCOUNT.arn(f"mfa/ops/{NAME}")


@pytest.mark.parametrize(
    ("there", "path", "found"),
    [
        ({OPS: NAME}, None, [OPS]),
        ({OPS: NAME.upper()}, None, [OPS]),
        ({OPS: NAME, f"{OPS}.2": None, SERIAL: None}, None, [OPS, f"{OPS}.2"]),
        ({f"{OPS}.3": NAME, f"{SERIAL}.2": "somebody", SERIAL: None}, None, [f"{OPS}.3"]),
        ({OPS: None}, None, []),
        ({OPS: "somebody", SERIAL: None}, None, [SERIAL]),
        ({OPS: NAME, SERIAL: None}, "/", [SERIAL]),
        ({OPS: NAME, SERIAL: NAME}, "/ops/", [OPS]),
        ({OPS: NAME, SERIAL: NAME}, None, [OPS, SERIAL]),
        ({ACCOUNT.arn(f"mfa/a:b//{NAME}"): NAME}, None, [ACCOUNT.arn(f"mfa/a:b//{NAME}")]),
    ],
)
def test_a_device_that_the_user_has_is_found_under_any_path_and_those_of_nobody_beside_it(
    there: dict[str, str | None], path: str | None, found: list[str]
) -> None:
    aws: Any = FakeAws(devices=there)
    assert [device.serial_number for device in wanted("present", path=path).observe(aws).devices] == found


@pytest.mark.parametrize("state", ["present", "enabled", "resynced", "cancelled", "absent"])
def test_two_devices_of_one_name_under_two_paths_are_refused(state: str) -> None:
    aws: Any = FakeAws(devices={OPS: NAME, f"{SERIAL}.2": NAME})
    with pytest.raises(AdminError) as refused:
        reconcile(wanted(state, codes=CODES), aws, check_mode=False)
    assert str(refused.value) == (
        f"{NAME} has {SERIAL}.2, {OPS}, MFA devices of one name under several paths: deactivate the one that is no "
        "longer used (aws iam deactivate-mfa-device), or name the path that is meant."
    )
    assert aws.writes == []
    assert wanted(state, codes=CODES, path="/ops/").observe(aws).devices == (Device(OPS, NAME),)


def test_two_spellings_of_one_path_are_one_path() -> None:
    devices = (Device(OPS, NAME), Device(f"{ACCOUNT.arn(f'mfa/Ops/{NAME}')}.2", NAME))
    steps = calls_of(wanted("present", replace=True).plan(Observed(ACCOUNT, devices)))
    assert [call for call, _parameters in steps] == ["deactivate_mfa_device", "delete_virtual_mfa_device"]


def test_a_device_under_a_path_is_replaced_under_the_same_path_and_goes() -> None:
    aws: Any = FakeAws(devices={OPS: NAME})
    made = reconcile(wanted("present", replace=True), aws, check_mode=False)
    assert (made["serial_number"], made["replaces"]) == (f"{OPS}.2", OPS)
    enabled = reconcile(wanted("enabled", replace=True, codes=CODES), aws, check_mode=False)
    assert (enabled["serial_number"], aws.devices) == (f"{OPS}.2", {f"{OPS}.2": NAME})
    assert reconcile(wanted("resynced", codes=CODES), aws, check_mode=False)["serial_number"] == f"{OPS}.2"
    removed = reconcile(wanted("absent"), aws, check_mode=False)
    assert (removed["serial_number"], removed["status"], aws.devices) == (f"{OPS}.2", "absent", {})


def test_a_device_under_a_path_goes_though_the_answer_was_lost_that_it_is_deactivated(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("time.sleep", lambda _seconds: None)

    class Aws(FakeAws):
        def deactivate_mfa_device(self, **parameters: Any) -> None:
            self.devices[parameters["SerialNumber"]] = None
            raise conflict("DeactivateMFADevice", answer_lost=True, code="NoSuchEntity")

    aws: Any = Aws(devices={OPS: NAME})
    reconcile(wanted("absent"), aws, check_mode=False)
    assert aws.devices == {}


def test_a_device_may_have_a_path() -> None:
    plan = wanted("present", path="/people/").plan(ABSENT)
    assert calls_of(plan) == [("create_virtual_mfa_device", {"Path": "/people/", "VirtualMFADeviceName": NAME})]


def test_the_diff_tells_a_new_seed_and_never_what_it_is() -> None:
    assert wanted("present").plan(ABSENT).after == {"devices": {SERIAL: "pending"}, "seed": "made by this run"}
    anew = wanted("present", recreate_unassigned=True).plan(UNASSIGNED)
    assert anew.before != anew.after
    assert "123456" not in repr(wanted("enabled", codes=CODES).plan(UNASSIGNED))


@pytest.mark.parametrize("observed", [ABSENT, UNASSIGNED], ids=["none", "unused"])
@pytest.mark.parametrize("codes", [None, []])
def test_a_device_cannot_be_enabled_without_codes(observed: Observed, codes: list[str] | None) -> None:
    plan = wanted("enabled", codes=codes).plan(observed)
    assert [step.method for step in plan.steps] == ["enable_mfa_device"]
    assert plan.refusal == (
        f"The MFA device {SERIAL} is not enabled, and enabling it needs codes: two consecutive ones, from the "
        "authenticator app."
    )


def test_an_enabled_device_needs_no_codes() -> None:
    assert wanted("enabled").plan(OWN).refusal is None


@pytest.mark.parametrize(
    ("state", "there"),
    [
        ("present", {}),
        ("present", {SERIAL: None}),
        ("present", {SERIAL: NAME}),
        ("enabled", {SERIAL: None}),
        ("enabled", {SERIAL: NAME}),
        ("absent", {}),
        ("absent", {SERIAL: None}),
        ("absent", {SERIAL: NAME}),
    ],
)
def test_a_second_run_changes_nothing(state: str, there: dict[str, str | None]) -> None:
    aws: Any = FakeAws(devices={**there})
    mfa = wanted(state, codes=CODES)
    first = reconcile(mfa, aws, check_mode=False)
    second = reconcile(mfa, aws, check_mode=False)
    assert second["changed"] is False
    assert (first["status"], first["serial_number"]) == (second["status"], second["serial_number"])


@pytest.mark.parametrize(
    ("user", "there", "message"),
    [
        (None, {SERIAL: None}, f"There is no user {NAME}: create it first."),
        (None, {}, f"There is no user {NAME}: create it first."),
        ({"UserId": "AIDA1"}, {}, f"There is no MFA device {SERIAL}: create it first, with state present."),
    ],
)
def test_check_mode_enables_no_device_of_nobody_and_none_that_is_not_there(
    user: Any, there: dict[str, str | None], message: str
) -> None:
    aws: Any = FakeAws(user=user, devices={**there})
    with pytest.raises(AdminError, match=f"^{re.escape(message)}$"):
        reconcile(wanted("enabled", codes=CODES), aws, check_mode=True)
    # A run leaves it to AWS, which may know it and show it late
    assert wanted("enabled", codes=CODES).observe(aws).has_user is (user is not None)
    assert calls_of(wanted("enabled", codes=CODES).plan(replace(ABSENT, has_user=False))) == [ENABLE]


def test_check_mode_enables_what_an_earlier_task_is_to_make_where_the_handover_knows_it() -> None:
    aws: Any = FakeAws()
    result = reconcile(wanted("enabled", codes=CODES), aws, check_mode=True, handover=Memory(NOTHING))
    assert (result["changed"], result["status"]) == (True, "enabled")


def test_whose_device_is_enabled_already_is_not_asked_whether_it_exists() -> None:
    enabled: Any = FakeAws(devices={SERIAL: NAME})
    nothing: Any = FakeAws()
    assert wanted("enabled").observe(enabled).has_user is True
    assert wanted("present").observe(nothing).has_user is True


# Enrolment


def test_a_new_device_comes_with_its_seed_just_once() -> None:
    aws: Any = FakeAws()
    first = reconcile(wanted("present"), aws, check_mode=False)
    assert first["seed"] == SEED
    assert first["otpauth_uri"] == f"otpauth://totp/AWS:{NAME}%40{ACCOUNT.id}?secret={SEED}&issuer=AWS"
    assert set(reconcile(wanted("present"), aws, check_mode=False)) == {
        "changed",
        "diff",
        "account_id",
        "serial_number",
        "status",
        "replaces",
    }


def test_ansible_is_told_that_seed_and_uri_are_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.setattr(virtual_mfa, "register_secret", lambda value: told.append(value) or value)
    made = enrolment(SEED, "AWS: iamadmin")
    assert set(told) == {made["seed"], made["otpauth_uri"]}


def test_the_label_is_the_one_that_was_given() -> None:
    aws: Any = FakeAws()
    made = reconcile(wanted("present", label="Acme: boss"), aws, check_mode=False)
    assert made["otpauth_uri"] == enrolment(SEED, "Acme: boss")["otpauth_uri"]


@pytest.mark.parametrize(
    ("label", "issuer", "name"),
    [
        ("AWS: iamadmin@111122223333", "AWS", "iamadmin@111122223333"),
        ("AWS:iamadmin", "AWS", "iamadmin"),
        ("iamadmin", None, "iamadmin"),
        (": iamadmin", None, "iamadmin"),
        ("Acme & Söhne: jo doe", "Acme & Söhne", "jo doe"),
    ],
)
def test_a_label_is_an_issuer_and_an_account_or_just_an_account(label: str, issuer: str | None, name: str) -> None:
    uri = urlsplit(enrolment(SEED, label)["otpauth_uri"])
    assert (uri.scheme, uri.netloc) == ("otpauth", "totp")
    assert unquote(uri.path) == (f"/{issuer}:{name}" if issuer else f"/{name}")
    query = parse_qs(uri.query)
    assert query.pop("issuer", [None]) == [issuer]
    assert query == {"secret": [SEED]}


@pytest.mark.parametrize("label", ["iamadmin", "AWS: iamadmin@111122223333", "Acme & Söhne: " + "x" * 128])
def test_an_app_that_scans_the_qr_code_reads_the_uri(label: str) -> None:
    made = enrolment(SEED, label)
    picture = Image.open(io.BytesIO(base64.b64decode(made["qr_code_png"])))
    assert picture.format == "PNG"
    modules = segno.make(made["otpauth_uri"], micro=False).symbol_size()
    assert picture.size == (modules[0] * 6, modules[1] * 6)
    assert read_qr_code(picture) == made["otpauth_uri"]
    assert made["seed"] == SEED


# Replacements


def named(number: int, user: str | None = NAME, is_new: bool = False) -> Device:
    return Device(SERIAL if number == 1 else f"{SERIAL}.{number}", user, is_new)


def short(plan: Any) -> list[str]:
    """The steps of a plan, in short: what is done to which device of the name."""
    calls = []
    for method, parameters in calls_of(plan):
        serial = parameters.get("SerialNumber") or parameters["VirtualMFADeviceName"]
        calls.append(f"{method.split('_')[0]} {serial.rpartition('iamadmin')[2].lstrip('.') or '1'}")
    return calls


@pytest.mark.parametrize(
    ("state", "devices", "steps", "status"),
    [
        # It begins
        ("present", [named(1)], ["create 2"], "pending"),
        ("present", [named(3)], ["create 4"], "pending"),
        # It waits for its codes
        ("present", [named(1), named(2, None)], [], "pending"),
        ("enabled", [named(1), named(2, None)], ["enable 2", "deactivate 1", "delete 1"], "enabled"),
        # It was interrupted, and is not begun again
        ("present", [named(1), named(2)], ["deactivate 1", "delete 1"], "enabled"),
        ("enabled", [named(1), named(2)], ["deactivate 1", "delete 1"], "enabled"),
        ("present", [named(1, None), named(2)], ["delete 1"], "enabled"),
        ("enabled", [named(1, None), named(2)], ["delete 1"], "enabled"),
        ("enabled", [named(9), named(10)], ["deactivate 9", "delete 9"], "enabled"),
        # It is done
        ("enabled", [named(2)], [], "enabled"),
        # There is nothing to replace
        ("present", [], ["create 1"], "pending"),
        ("present", [named(1, None)], [], "pending"),
        ("enabled", [named(1, None)], ["enable 1"], "enabled"),
    ],
)
def test_a_device_is_replaced_only_once_the_new_one_is_enabled(
    state: str, devices: list[Device], steps: list[str], status: str
) -> None:
    mfa = wanted(state, codes=CODES, replace=True)
    observed = Observed(ACCOUNT, tuple(devices))
    plan = mfa.plan(observed)
    assert short(plan) == steps
    assert mfa.result(observed, None)["status"] == status
    assert (plan.before != plan.after) is bool(steps)


@pytest.mark.parametrize(
    ("lost", "devices", "steps"),
    [
        # Who runs it twice does not mean two
        (None, [named(2, is_new=True)], []),
        (NAME, [named(2, is_new=True)], []),
        (NAME, [named(2)], ["create 3"]),
        (NAME, [named(1, is_new=True)], ["create 2"]),
        # Who names the device that the first one made does
        (f"{NAME}.2", [named(2, is_new=True)], ["create 3"]),
        (f"{NAME}.2", [named(2, is_new=True), named(3, None)], []),
        # And that one is gone after that, however much later
        (f"{NAME}.2", [named(3)], []),
        (f"{NAME}.2", [named(3), named(4, None)], []),
        (f"{NAME}.2".upper(), [named(2)], ["create 3"]),
    ],
)
def test_a_replacement_that_is_finished_is_not_begun_again(
    lost: str | None, devices: list[Device], steps: list[str]
) -> None:
    plan = wanted("present", replace=True, lost_device=lost).plan(Observed(ACCOUNT, tuple(devices)))
    assert short(plan) == steps


@pytest.mark.parametrize(
    ("lost", "devices", "has"),
    [
        ("iamadmin.3", [named(2)], "has iamadmin.2"),
        ("iamadmin.2", [named(1)], "has iamadmin"),
        ("iamadmin.3", [], "has none"),
    ],
)
def test_a_lost_device_that_there_never_was_is_refused(lost: str, devices: list[Device], has: str) -> None:
    with pytest.raises(AdminError) as refused:
        wanted("present", replace=True, lost_device=lost).plan(Observed(ACCOUNT, tuple(devices)))
    assert str(refused.value) == f"iam_admin_lost_device is {lost}, but iamadmin {has}: correct it."


def test_a_lost_device_is_one_of_the_name() -> None:
    with pytest.raises(AdminError, match=r"lost_device 'safe' is not 'iamadmin', or a .* as 'iamadmin.2'\.$"):
        wanted("present", replace=True, lost_device="safe")


@pytest.mark.parametrize(("minutes", "is_new"), [(0, True), (59, True), (61, False), (None, False)])
def test_a_device_is_new_for_an_hour(minutes: int | None, is_new: bool) -> None:
    enabled = {} if minutes is None else {"EnableDate": datetime.now(UTC) - timedelta(minutes=minutes)}
    aws: Any = FakeAws()
    aws.list_virtual_mfa_devices = lambda: [{"SerialNumber": SERIAL, "User": {"UserName": NAME}, **enabled}]
    assert wanted("present").observe(aws).devices == (Device(SERIAL, NAME, is_new),)


@pytest.mark.parametrize(
    ("devices", "steps", "status"),
    [
        ([named(1), named(2, None)], ["delete 2"], "enabled"),
        ([named(1), named(2, None), named(3, None)], ["delete 2", "delete 3"], "enabled"),
        # It was enabled, and the older ones are for replace to remove
        ([named(1), named(2)], [], "enabled"),
        ([named(1, None), named(2)], [], "enabled"),
        # Nothing was to be replaced
        ([named(1)], [], "enabled"),
        ([named(1, None)], [], "pending"),
        ([], [], "absent"),
    ],
)
def test_a_replacement_is_cancelled_and_the_device_that_works_stays(
    devices: list[Device], steps: list[str], status: str
) -> None:
    observed = Observed(ACCOUNT, tuple(devices))
    mfa = wanted("cancelled")
    assert short(mfa.plan(observed)) == steps
    assert mfa.result(observed, None)["status"] == status


def test_a_replacement_that_is_cancelled_leaves_the_seed_of_the_device_that_works() -> None:
    seeds = {NAME: SEED, f"{NAME}.2": "NEW", "safe": "SAFE", "safe.2": "SAFER"}
    memory = Memory(holding(mfa_seeds=seeds, qr_codes=frozenset({NAME, "safe"})))
    aws: Any = FakeAws(devices={SERIAL: NAME, f"{SERIAL}.2": None})
    done = reconcile(wanted("cancelled"), aws, check_mode=False, handover=memory)
    assert done["changed"] is True
    kept = memory.read()
    assert kept.credentials
    assert kept.credentials.mfa_seeds == {NAME: SEED, "safe": "SAFE", "safe.2": "SAFER"}
    assert kept.qr_codes == {"safe"}
    assert reconcile(wanted("cancelled"), aws, check_mode=False, handover=memory)["changed"] is False


@pytest.mark.parametrize("devices", [{SERIAL: None}, {}], ids=["pending", "none"])
def test_where_nothing_is_replaced_cancelling_forgets_nothing(devices: dict[str, str | None]) -> None:
    memory = Memory(holding(mfa_seeds={NAME: SEED}, qr_codes=frozenset({NAME})))
    aws: Any = FakeAws(devices=devices)
    assert reconcile(wanted("cancelled"), aws, check_mode=False, handover=memory)["changed"] is False
    assert memory.journal == []


@pytest.mark.parametrize(
    ("state", "steps"),
    [("present", []), ("enabled", []), ("absent", ["deactivate 1", "deactivate 2"])],
)
def test_without_being_asked_to_nothing_is_replaced(state: str, steps: list[str]) -> None:
    plan = wanted(state, codes=CODES).plan(Observed(ACCOUNT, (named(1), named(2))))
    assert short(plan) == steps


def test_a_replacement_is_the_device_of_its_name() -> None:
    aws: Any = FakeAws(devices={f"{SERIAL}.10": NAME, f"{SERIAL}.9": None, f"{SERIAL}.phone": NAME, f"{SERIAL}2": None})
    observed = wanted("enabled").observe(aws)
    assert observed.devices == (named(9, None), named(10))
    assert wanted("enabled").result(observed, None)["serial_number"] == f"{SERIAL}.10"


def test_the_seed_of_a_replacement_that_was_lost_is_made_anew_and_the_old_device_stays() -> None:
    mfa = wanted("present", replace=True, recreate_unassigned=True)
    assert short(mfa.plan(Observed(ACCOUNT, (named(1), named(2, None))))) == ["delete 2", "create 2"]


def test_a_whole_replacement() -> None:
    aws: Any = FakeAws(devices={SERIAL: NAME})
    made = reconcile(wanted("present", replace=True), aws, check_mode=False)
    assert (made["serial_number"], made["status"], made["seed"]) == (f"{SERIAL}.2", "pending", SEED)
    enabled = wanted("enabled", replace=True, codes=CODES)
    assert reconcile(enabled, aws, check_mode=False)["diff"] == {
        "before": {"devices": {SERIAL: "enabled", f"{SERIAL}.2": "pending"}},
        "after": {"devices": {f"{SERIAL}.2": "enabled"}},
    }
    assert aws.devices == {f"{SERIAL}.2": NAME}
    assert reconcile(enabled, aws, check_mode=False)["changed"] is False


@pytest.mark.parametrize("state", ["resynced", "absent"])
def test_replace_goes_with_no_other_state(state: str) -> None:
    with pytest.raises(AdminError, match=f"^replace goes with state present or enabled, and not with {state}\\.$"):
        wanted(state, replace=True, codes=CODES)


@pytest.mark.parametrize("option", [{"device_name": "phone.2"}, {"user_name": "jo.2"}])
def test_no_device_is_named_as_a_replacement_is(option: dict[str, str]) -> None:
    with pytest.raises(AdminError, match=r"^device_name '.*\.2' ends like .*: use '(phone|jo)-2', say\.$"):
        VirtualMfa.from_params(options(ARGUMENT_SPEC, **{"user_name": NAME, **option}))


# Out of step


def test_a_device_is_brought_back_into_step() -> None:
    plan = wanted("resynced", codes=CODES).plan(Observed(ACCOUNT, (named(1), named(2))))
    assert short(plan) == ["resync 2"]
    assert plan.after["in_step"] == "since this run"
    assert plan.refusal is None
    assert plan.before != plan.after


def test_to_bring_a_device_back_into_step_needs_codes() -> None:
    refusal = wanted("resynced").plan(OWN).refusal
    assert refusal is not None
    assert "which needs codes: two consecutive ones" in refusal


def test_a_replacement_that_is_not_enabled_cannot_be_out_of_step_either() -> None:
    with pytest.raises(AdminError, match=rf"^{NAME} has no MFA device {SERIAL}\.2 to resynchronise"):
        wanted("resynced", codes=CODES).plan(Observed(ACCOUNT, (named(2, None),)))


@pytest.mark.parametrize("observed", [ABSENT, UNASSIGNED])
def test_what_is_not_enabled_cannot_be_out_of_step(observed: Observed) -> None:
    with pytest.raises(AdminError) as refused:
        wanted("resynced", codes=CODES).plan(observed)
    assert str(refused.value) == (f"{NAME} has no MFA device {SERIAL} to resynchronise: enable one first.")


# A password that would be left alone


@pytest.mark.parametrize(
    ("password", "others", "attached", "said"),
    [
        (True, [], [ADMINISTRATOR_ACCESS], "so the password alone would open what it has"),
        (True, [], [], None),
        (True, ["safe"], [ADMINISTRATOR_ACCESS], None),
        (False, [], [ADMINISTRATOR_ACCESS], None),
    ],
)
def test_the_last_device_stays_where_a_password_alone_would_open_something(
    password: bool, others: list[str], attached: list[str], said: str | None
) -> None:
    aws: Any = FakeAws(devices={SERIAL: NAME, **{ACCOUNT.arn(f"mfa/{name}"): NAME for name in others}})
    aws.create_user(UserName=NAME, Path="/")
    aws.attached = attached
    aws.login_profile = {"PasswordResetRequired": False} if password else None
    mfa = wanted("absent")
    observed = mfa.observe(aws)
    assert (observed.left_open is not None) is (password and not others)
    if said is None:
        assert calls_of(mfa.plan(observed)) == [DEACTIVATE]
        done = reconcile(mfa, aws, check_mode=False)
        assert aws.writes[-2:] == ["deactivate_mfa_device", "delete_virtual_mfa_device"]
        assert "warnings" not in done
        return
    with pytest.raises(AdminError) as refused:
        mfa.plan(observed)
    assert str(refused.value) == (
        f"{NAME} has a console password, and {SERIAL} is its last MFA device, so the password alone would open what it "
        "has: enable another device first, or delete the password (aws iam delete-login-profile --user-name "
        f"{NAME})."
    )


def test_who_has_assumed_the_role_keeps_its_device() -> None:
    aws: Any = FakeAws(devices={SERIAL: NAME})
    aws.create_user(UserName=NAME, Path="/")
    aws.with_source = lambda account: replace(account, source_arn=ACCOUNT.arn(f"user/{NAME}"))
    with pytest.raises(AdminError, match=f"^This run acts as {NAME}, who would be left without"):
        wanted("absent").plan(wanted("absent").observe(aws))


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would have been waited."""
    seconds: list[float] = []
    monkeypatch.setattr(virtual_mfa.time, "sleep", seconds.append)
    return seconds


SAFE = ACCOUNT.arn("mfa/safe")


@dataclass
class Administered(FakeAws):
    """An administrator with a password and two devices, of whom somebody removes the other one at the same moment."""

    at_the_same_moment: bool = True
    shown_late: int = 0
    password_goes_first: bool = False

    def deactivate_mfa_device(self, **given: Any) -> None:
        super().deactivate_mfa_device(**given)
        if self.at_the_same_moment:
            self.devices[SAFE] = None

    def list_mfa_devices(self, name: str) -> list[dict[str, Any]]:
        if self.devices[SERIAL] or self.shown_late <= 0:
            return super().list_mfa_devices(name)
        self.shown_late -= 1
        return [{"SerialNumber": SERIAL}, {"SerialNumber": SAFE}]

    def delete_login_profile(self, **given: Any) -> None:
        super().delete_login_profile(**given)
        if self.password_goes_first:
            raise AwsError("DeleteLoginProfile", "NoSuchEntity", "It is gone")


def administered(**given: Any) -> Any:
    aws = Administered(devices={SERIAL: NAME, SAFE: NAME}, attached=[ADMINISTRATOR_ACCESS], **given)
    aws.create_user(UserName=NAME, Path="/")
    aws.login_profile = {"PasswordResetRequired": False}
    aws.writes.clear()
    return aws


BOTH = ["deactivate_mfa_device", "delete_virtual_mfa_device"]


@pytest.mark.parametrize(("late", "waits"), [(0, []), (1, [1]), (4, [1, 2, 4, 8])])
def test_a_password_that_is_left_alone_goes_before_the_device_is_deleted(
    waited: list[float], late: int, waits: list[float]
) -> None:
    aws = administered(shown_late=late)
    done = reconcile(wanted("absent"), aws, check_mode=False)
    assert aws.writes == ["deactivate_mfa_device", "delete_login_profile", "delete_virtual_mfa_device"]
    assert (aws.login_profile, aws.devices) == (None, {SAFE: None})
    assert waited == waits
    assert done["diff"] == {"before": {"devices": {SERIAL: "enabled"}}, "after": {"devices": {}}}
    (warning,) = done["warnings"]
    assert warning == (
        f"{NAME} has no MFA device any more, as another one was removed at the same moment, or AWS showed late that it "
        "was: so its console password, which alone would have opened what it has, was deleted."
    )


def test_where_nothing_is_removed_at_the_same_moment_the_password_stays() -> None:
    aws = administered(at_the_same_moment=False)
    done = reconcile(wanted("absent"), aws, check_mode=False)
    assert aws.writes == BOTH
    assert "warnings" not in done


def test_who_removes_the_other_device_may_take_the_password_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan.time, "sleep", lambda _seconds: None)
    aws = administered(password_goes_first=True)
    assert reconcile(wanted("absent"), aws, check_mode=False)["changed"] is True
    assert aws.writes == ["deactivate_mfa_device", "delete_login_profile", "delete_virtual_mfa_device"]


def test_what_aws_shows_too_late_is_run_again_and_the_device_is_owned_up_to(waited: list[float]) -> None:
    aws = administered(shown_late=5)
    with pytest.raises(AdminError) as refused:
        reconcile(wanted("absent"), aws, check_mode=False)
    assert str(refused.value) == (
        f"AWS does not show yet that the MFA device {SERIAL} is deactivated: run again in a minute."
    )
    assert refused.value.changed is True
    assert aws.writes == ["deactivate_mfa_device"]
    assert waited == [1, 2, 4, 8]


def test_a_password_that_a_removal_has_left_alone_when_it_was_killed_is_not_passed_over() -> None:
    aws = administered()
    aws.devices = {SERIAL: None, SAFE: None}
    with pytest.raises(AdminError) as refused:
        reconcile(wanted("absent"), aws, check_mode=False)
    assert str(refused.value).startswith(
        f"{NAME} has a console password, and no MFA device, so the password alone opens what it has: enable another "
    )
    # What had no answer was asked for by this run
    assert calls_of(wanted("absent").plan(wanted("absent").observe(administered()))) == [DEACTIVATE]
    after = wanted("absent").after_conflict(AwsError("DeactivateMFADevice", "NoSuchEntity", "Gone", answer_lost=True))
    assert after is not None
    assert calls_of(after.plan(after.observe(aws))) == [("delete_login_profile", {"UserName": NAME}), DELETE]


# The handover

CODE = frozenset({NAME})
SAFE_SEED = "GEZDGNBVGY3TQOJQ"


def enrolling(*names: str, **held: Any) -> Kept:
    """Return a handover with the seeds of these devices, and the QR code of the user's own one."""
    seeds = dict.fromkeys(names, SEED)
    return holding(**{"mfa_seeds": seeds, "mfa_devices": names, "qr_codes": CODE, **held})


def with_handover(observed: Observed, kept: Kept) -> Observed:
    return replace(observed, kept=kept)


def test_the_handover_is_read_and_has_to_be_this_users_in_this_account() -> None:
    aws: Any = FakeAws(devices={SERIAL: None})
    kept = enrolling(NAME)
    assert wanted("present").observe(aws, Memory(kept)) == with_handover(UNASSIGNED, kept)
    assert wanted("present").observe(aws).kept is None
    assert SEED not in repr(wanted("present").observe(aws, Memory(kept)))
    for other in ({"user_name": "somebody"}, {"account_id": "444455556666"}):
        with pytest.raises(AdminError, match=f"^{PLACE} is the handover of "):
            wanted("present").observe(aws, Memory(holding(**other)))


def test_whose_seed_is_to_be_kept_is_read_where_one_may_be_made() -> None:
    aws: Any = FakeAws(devices={SERIAL: None})
    assert wanted("present").observe(aws, Memory()).user_id is None
    aws.create_user(UserName=NAME, Path="/")
    aws.get_user = lambda name: {"UserId": f"id of {name}"}
    assert wanted("present").observe(aws, Memory()).user_id == f"id of {NAME}"
    assert wanted("enabled").observe(aws, Memory()).user_id == f"id of {NAME}"
    assert wanted("enabled").observe(aws, Memory(holding())).user_id is None
    assert wanted("absent").observe(aws, Memory()).user_id is None
    assert wanted("present").observe(aws).user_id is None


def test_a_device_that_is_enabled_where_nothing_is_kept_is_the_users_own_from_then_on() -> None:
    """The codes may be typed in a job that has nothing of the one before; a stranger could not have typed them."""
    aws: Any = FakeAws(devices={SERIAL: None})
    aws.create_user(UserName=NAME, Path="/")
    handover = Memory(journal=aws.writes)
    reconcile(wanted("enabled", codes=CODES), aws, check_mode=False, handover=handover)
    held = handover.held
    assert held.knows(aws.user["UserId"], False, [SERIAL], [])
    for other in (
        ("AIDAOTHER", False, [SERIAL], []),
        (held.user_id, True, [SERIAL], []),
        (held.user_id, False, [SERIAL, "arn:x/y"], []),
    ):
        assert not held.knows(*other)
    # Not as that of a user whom AWS does not show yet: any device would be taken for known then
    late: Any = FakeAws(devices={SERIAL: None})
    handover = Memory()
    reconcile(wanted("enabled", codes=CODES), late, check_mode=False, handover=handover)
    assert handover.kept.credentials is None
    # One that somebody has enabled before is not
    handover = Memory(journal=aws.writes)
    reconcile(wanted("enabled", codes=CODES), aws, check_mode=False, handover=handover)
    assert handover.kept.credentials is None


def test_the_handover_is_not_read_in_another_account() -> None:
    aws: Any = FakeAws()
    handover = Memory()
    with pytest.raises(AdminError, match="not to the expected account 444455556666"):
        wanted("present", account_id="444455556666").observe(aws, handover)
    assert handover.reads == 0


def test_a_seed_goes_into_the_handover_and_nowhere_else() -> None:
    aws: Any = FakeAws()
    handover = Memory(holding(user_id="AIDAVOID"), aws.writes)
    made = reconcile(wanted("present"), aws, check_mode=False, handover=handover)
    assert aws.writes == ["keep", "create_virtual_mfa_device", "keep"]
    assert handover.held == replace(
        holding(user_id="AIDAVOID").credentials, mfa_seeds={NAME: SEED}, mfa_devices=(NAME,)
    )
    assert handover.kept.qr_codes == CODE
    assert set(made) == {"changed", "diff", "account_id", "serial_number", "status", "replaces"}
    assert SEED not in str(made)
    assert reconcile(wanted("present"), aws, check_mode=False, handover=handover)["changed"] is False


@pytest.mark.parametrize("held", ["AIDAVOID", "AIDASOMEBODY", None])
def test_a_seed_is_kept_for_the_user_whom_aws_has(held: str | None) -> None:
    plan = wanted("present").plan(replace(with_handover(ABSENT, holding(user_id=held)), user_id="AIDAVOID"))
    made = {"create_virtual_mfa_device": {"SerialNumber": SERIAL, "Base32StringSeed": SEED.encode()}}
    kept = kept_after(holding(user_id=held), plan.steps, made)
    assert kept.credentials is not None
    assert (kept.credentials.user_id, kept.credentials.mfa_seeds) == ("AIDAVOID", {NAME: SEED})


def test_a_handover_begins_with_the_seed_where_there_is_none() -> None:
    aws: Any = FakeAws()
    handover = Memory(journal=aws.writes)
    reconcile(wanted("present"), aws, check_mode=False, handover=handover)
    assert handover.held == replace(holding().credentials, mfa_seeds={NAME: SEED}, mfa_devices=(NAME,))
    assert handover.held.had_password is False


def test_the_diff_tells_of_the_handover_what_changes_of_it_and_no_seed() -> None:
    before = with_handover(ABSENT, holding())
    plan = wanted("present").plan(before)
    assert plan.before == {"devices": {}, "handover": holding().describe()}
    assert plan.after == {
        "devices": {SERIAL: "pending"},
        "seed": "made by this run",
        "handover": {**(holding().describe() or {}), "mfa_seeds": [NAME], "qr_codes": [NAME]},
    }
    replaces = wanted("present", replace=True).plan(with_handover(OWN, holding()))
    assert replaces.after["handover"]["mfa_seeds"] == [f"{NAME}.2"]


def test_check_mode_keeps_no_seed() -> None:
    aws: Any = FakeAws()
    handover = Memory(journal=aws.writes)
    foretold = reconcile(wanted("present"), aws, check_mode=True, handover=handover)
    assert (foretold["changed"], aws.writes, handover.kept) == (True, [], NOTHING)
    assert foretold["diff"] == reconcile(wanted("present"), aws, check_mode=False, handover=handover)["diff"]


@pytest.mark.parametrize(
    ("kept", "anew"),
    [
        (NOTHING, True),
        (holding(), True),
        (enrolling(NAME), False),
        (enrolling(f"{NAME}.2"), False),
        (enrolling("IAMAdmin"), False),
        # One without the other is of no use
        (enrolling(NAME, qr_codes=frozenset()), True),
        (enrolling(), True),
        (enrolling("safe"), True),
        (enrolling(NAME, qr_codes=frozenset({"safe"})), True),
    ],
)
def test_a_device_is_made_anew_only_where_the_handover_has_lost_its_seed(kept: Kept, anew: bool) -> None:
    observed = with_handover(UNASSIGNED, kept)
    steps = calls_of(wanted("present", recreate_unassigned=True).plan(observed))
    assert steps == ([("keep", {}), DELETE, CREATE, ("keep", {})] if anew else [])
    # It has to be asked for, unless this run has lost it
    assert calls_of(wanted("present").plan(observed)) == []
    lost = replace(wanted("present"), seed_lost=True)
    assert calls_of(lost.plan(observed)) == [("keep", {}), DELETE, CREATE, ("keep", {})]


def test_a_seed_that_was_lost_with_the_answer_is_made_anew_and_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan.time, "sleep", lambda _seconds: None)

    class Unheard(FakeAws):
        def create_virtual_mfa_device(self, **given: Any) -> dict[str, Any]:
            made = super().create_virtual_mfa_device(**given)
            if self.writes.count("create_virtual_mfa_device") == 1:
                raise AwsError("CreateVirtualMFADevice", "EntityAlreadyExists", "It is there", answer_lost=True)
            return made

    aws: Any = Unheard()
    handover = Memory(journal=aws.writes)
    reconcile(wanted("present"), aws, check_mode=False, handover=handover)
    assert aws.writes == [
        *["keep", "create_virtual_mfa_device"],
        *["keep", "delete_virtual_mfa_device", "create_virtual_mfa_device", "keep"],
    ]
    assert handover.held.mfa_seeds == {NAME: aws.seeds[SERIAL]}


SPENT = {**(enrolling(NAME).describe() or {}), "mfa_seeds": [], "qr_codes": []}


@pytest.mark.parametrize("state", ["present", "enabled", "resynced"])
def test_the_seed_of_a_device_that_is_enabled_is_forgotten(state: str) -> None:
    # As a run has left it that was killed, or whose device somebody has enabled by hand
    plan = wanted(state, codes=CODES).plan(with_handover(OWN, enrolling(NAME)))
    assert calls_of(plan)[-1] == ("keep", {})
    assert (plan.before["handover"], plan.after["handover"]) == (enrolling(NAME).describe(), SPENT)
    spent = with_handover(OWN, holding(mfa_devices=(NAME,)))
    assert ("keep", {}) not in calls_of(wanted(state, codes=CODES).plan(spent))


def test_a_seed_is_spent_once_its_device_is_enabled_and_kept_where_that_is_asked_for() -> None:
    plan = wanted("enabled", codes=CODES).plan(with_handover(UNASSIGNED, enrolling(NAME)))
    assert calls_of(plan) == [ENABLE, ("keep", {})]
    assert plan.after["handover"] == SPENT
    kept = wanted("enabled", codes=CODES, handover={"keep_seed": True})
    plan = kept.plan(with_handover(UNASSIGNED, enrolling(NAME)))
    assert plan.after["handover"] == {**SPENT, "mfa_seeds": [NAME]}


@pytest.mark.parametrize("state", ["present", "absent"])
def test_nothing_is_spent_of_a_device_that_nobody_uses_yet(state: str) -> None:
    waits = with_handover(UNASSIGNED, enrolling(NAME, "safe"))
    plan = wanted(state).plan(waits)
    left = {**SPENT, "mfa_seeds": ["safe"]}
    assert plan.after["handover"] == (left if state == "absent" else plan.before["handover"])


def test_of_several_devices_only_what_is_of_this_one_is_spent() -> None:
    both = enrolling(NAME, "safe", qr_codes=frozenset({NAME, "safe"}))
    aws: Any = FakeAws(devices={SERIAL: None, ACCOUNT.arn("mfa/safe"): None})
    handover = Memory(both)
    reconcile(wanted("enabled", codes=CODES), aws, check_mode=False, handover=handover)
    assert (handover.held.mfa_seeds, handover.kept.qr_codes) == ({"safe": SEED}, {"safe"})


def test_a_password_that_waits_for_the_device_still_waits_once_that_is_enabled() -> None:
    handover = Memory(enrolling(NAME, initial_password="void", unsent=True))
    aws: Any = FakeAws(devices={SERIAL: None})
    reconcile(wanted("enabled", codes=CODES), aws, check_mode=False, handover=handover)
    assert (handover.held.initial_password, handover.held.unsent) == ("void", True)


def test_what_a_whole_replacement_keeps_and_forgets() -> None:
    aws: Any = FakeAws(devices={SERIAL: NAME})
    handover = Memory(holding(user_id="AIDAVOID", mfa_devices=(NAME,)), aws.writes)
    given: dict[str, Any] = {"replace": True, "handover": {"keep_seed": True}}
    reconcile(wanted("present", **given), aws, check_mode=False, handover=handover)
    assert (handover.held.mfa_seeds, handover.held.mfa_devices) == ({f"{NAME}.2": SEED}, (NAME, f"{NAME}.2"))
    assert handover.kept.qr_codes == CODE
    reconcile(wanted("enabled", codes=CODES, **given), aws, check_mode=False, handover=handover)
    assert aws.writes == [
        *["keep", "create_virtual_mfa_device", "keep", "enable_mfa_device", "deactivate_mfa_device"],
        *["delete_virtual_mfa_device", "keep"],
    ]
    assert (handover.held.mfa_seeds, handover.kept.qr_codes) == ({f"{NAME}.2": SEED}, frozenset())


def test_what_lies_there_in_plain_text_is_kept_again() -> None:
    bare = holding(is_bare=True)
    plan = wanted("present").plan(with_handover(OWN, bare))
    assert calls_of(plan) == [("keep", {})]
    (keep,) = plan.steps
    assert isinstance(keep, Keep)
    assert keep.change(bare, {}).is_bare is False
    assert (plan.before["handover"]["is_in_plain_text"], plan.after["handover"]["is_in_plain_text"]) == (True, False)


@pytest.mark.parametrize(("state", "observed"), [("absent", ABSENT), ("enabled", UNASSIGNED)])
def test_what_lies_there_in_plain_text_is_kept_again_with_whatever_else_is_done(state: str, observed: Observed) -> None:
    bare = enrolling(NAME, is_bare=True)
    plan = wanted(state, codes=CODES).plan(with_handover(observed, bare))
    assert calls_of(plan)[-1] == ("keep", {})
    assert plan.after["handover"]["is_in_plain_text"] is False


def test_what_lies_there_in_plain_text_while_nothing_is_done_is_the_users_task() -> None:
    assert wanted("present").plan(with_handover(UNASSIGNED, enrolling(NAME, is_bare=True))).steps == ()


def test_a_device_that_goes_takes_its_seeds_along() -> None:
    aws = administered(at_the_same_moment=False)
    kept = enrolling(NAME, f"{NAME}.2", "safe", qr_codes=frozenset({NAME, "safe"}))
    handover = Memory(kept, aws.writes)
    done = reconcile(wanted("absent"), aws, check_mode=False, handover=handover)
    assert aws.writes == [*BOTH, "keep"]
    assert (handover.held.mfa_seeds, handover.kept.qr_codes) == ({"safe": SEED}, {"safe"})
    assert done["diff"]["before"] == {"devices": {SERIAL: "enabled"}, "handover": kept.describe()}
    assert done["diff"]["after"] == {"devices": {}, "handover": handover.kept.describe()}
    assert reconcile(wanted("absent"), aws, check_mode=False, handover=handover)["changed"] is False


def test_a_device_that_has_gone_already_takes_its_seeds_along_and_nothing_begins() -> None:
    plan = wanted("absent").plan(with_handover(ABSENT, enrolling(NAME)))
    assert calls_of(plan) == [("keep", {})]
    assert plan.after["handover"] == SPENT
    assert calls_of(wanted("absent").plan(with_handover(ABSENT, NOTHING))) == []


def test_where_a_device_cannot_be_enabled_without_codes_nothing_is_forgotten() -> None:
    aws: Any = FakeAws(devices={SERIAL: None})
    handover = Memory(enrolling(NAME))
    with pytest.raises(AdminError, match="needs codes"):
        reconcile(wanted("enabled"), aws, check_mode=False, handover=handover)
    assert handover.journal == []


def test_what_fails_leaves_the_handover_to_the_next_run() -> None:
    kept = enrolling(NAME)
    assert wanted("enabled").after_failure(conflict("EnableMFADevice", True, "AccessDenied"), kept) is kept


# Killed at any moment


@pytest.mark.parametrize("keep_seed", [True, False])
@pytest.mark.parametrize("replaces", [True, False])
def test_an_enrolment_that_was_killed_is_finished_with_the_seed_of_the_device(replaces: bool, keep_seed: bool) -> None:
    given: dict[str, Any] = {"replace": replaces, "handover": {"keep_seed": keep_seed}}
    present = wanted("present", recreate_unassigned=True, **given)
    enabled = wanted("enabled", codes=CODES, **given)
    new = f"{NAME}.2" if replaces else NAME
    for writes in range(1, 99):
        aws: Any = FakeAws(devices={SERIAL: NAME} if replaces else {})
        handover = killed_after(writes, [present, enabled], aws, holding(user_id="AIDAVOID"))
        if handover is None:
            assert writes == (8 if replaces else 6)
            return
        serial = ACCOUNT.arn(f"mfa/{new}")
        # To replace what has replaced another one already would begin anew
        if aws.devices != {serial: NAME} and reconcile(present, aws, False, handover)["status"] == "pending":
            # What is scanned is what AWS has
            assert handover.held.mfa_seeds == {new: aws.seeds[serial]}
            assert handover.kept.qr_codes == CODE
        reconcile(enabled, aws, check_mode=False, handover=handover)
        assert aws.devices == {serial: NAME}
        assert handover.held.mfa_seeds == ({new: aws.seeds[serial]} if keep_seed else {})
        assert handover.kept.qr_codes == frozenset()
        assert reconcile(enabled, aws, check_mode=False, handover=handover)["changed"] is False


# Whatever is there and whatever is wanted

DEVICES = st.sampled_from([NAME, f"{NAME}.2", f"{NAME}.3", "safe"])


@given(
    devices=st.dictionaries(DEVICES, st.sampled_from([None, NAME, "somebody"])),
    kept=st.builds(
        lambda seeds, codes: holding(mfa_seeds=seeds, qr_codes=codes),
        st.dictionaries(DEVICES, st.sampled_from([SEED[1:], SAFE_SEED])),
        st.frozensets(st.sampled_from([NAME, "safe"])),
    ),
    wants=st.fixed_dictionaries(
        {
            "state": st.sampled_from(["present", "present", "enabled", "absent"]),
            "recreate_unassigned": st.booleans(),
            "replace": st.booleans(),
            "handover": st.fixed_dictionaries({"keep_seed": st.booleans()}),
        }
    ).filter(lambda wants: not wants["replace"] or wants["state"] != "absent"),
    seed_lost=st.booleans(),
)
def test_a_seed_is_kept_before_anything_else_happens(
    devices: dict[str, str | None], kept: Kept, wants: dict[str, Any], seed_lost: bool
) -> None:
    task = replace(wanted(codes=CODES, **wants), seed_lost=seed_lost)
    aws: Any = FakeAws(devices={ACCOUNT.arn(f"mfa/{name}"): user for name, user in devices.items()})
    with suppress(AdminError):
        made, before = None, kept
        for step in task.plan(task.observe(aws, Memory(kept))).steps:
            if isinstance(step, Keep):
                kept = step.change(kept, {"create_virtual_mfa_device": made})
                if made:
                    # It is the seed of that device, and no other one was lost for it
                    name = made["SerialNumber"].rpartition("/")[2]
                    assert kept == before.with_seed(name, SEED)
                made = None
                continue
            assert made is None
            if step.method == "enable_mfa_device" and step.parameters["SerialNumber"] not in aws.devices:
                return  # AWS refuses that
            answer = getattr(aws, step.method)(**step.parameters)
            made = answer if step.method == "create_virtual_mfa_device" else None
        assert made is None


def test_a_module_hands_the_seed_to_its_action_with_the_result() -> None:
    aws: Any = FakeAws()
    handover = Carried(holding())
    reconcile(wanted("present"), aws, check_mode=False, handover=handover)
    assert (handover.waits, handover.kept.credentials and handover.kept.credentials.mfa_seeds) == (True, {NAME: SEED})


def test_before_there_is_a_seed_it_is_tried_whether_one_can_be_kept() -> None:
    aws: Any = FakeAws(devices={SERIAL: None})
    for state in (wanted("present", recreate_unassigned=True), wanted("present", device_name="safe")):
        with pytest.raises(AdminError, match=r"^The handover cannot be used\.$") as refused:
            reconcile(state, aws, check_mode=False, handover=Memory(holding(), broken=True))
        assert (aws.devices, aws.writes, refused.value.changed) == ({SERIAL: None}, [], False)


def test_a_module_has_its_handover_begun_before_there_is_a_seed() -> None:
    aws: Any = FakeAws()
    handover = Carried(NOTHING)
    with pytest.raises(HeldElsewhere) as held:
        reconcile(wanted("present"), aws, check_mode=False, handover=handover)
    assert (aws.devices, handover.kept.credentials) == ({}, holding().credentials)
    assert held.value.before == {"devices": {}, "handover": None}
    again = Carried(handover.kept)
    reconcile(wanted("present"), aws, check_mode=False, handover=again)
    assert again.kept.credentials == replace(holding().credentials, mfa_seeds={NAME: SEED}, mfa_devices=(NAME,))
