# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The virtual MFA device: made, enabled, removed, and never taken away from anybody."""

from __future__ import annotations

import base64
import io
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from PIL import Image

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin import virtual_mfa
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, AwsError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.plan import reconcile
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.virtual_mfa import (
    ARGUMENT_SPEC,
    Device,
    Observed,
    VirtualMfa,
    enrolment,
)
from tests.operator import read_qr_code
from tests.unit.fake_aws import ACCOUNT, NAME, SEED, FakeAws, calls_of, options

SERIAL = ACCOUNT.arn(f"mfa/{NAME}")
ABSENT = Observed(ACCOUNT, SERIAL, None)
UNASSIGNED = Observed(ACCOUNT, SERIAL, Device(SERIAL, None))
OWN = Observed(ACCOUNT, SERIAL, Device(SERIAL, NAME))
SOMEBODY_ELSES = Observed(ACCOUNT, SERIAL, Device(SERIAL, "somebody"))
ROOTS = Observed(ACCOUNT, SERIAL, Device(SERIAL, "the root user"))

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


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"user_name": "jo doe"}, "user_name 'jo doe' has characters"),
        ({"user_name": "x" * 65}, "user_name is 65 characters long"),
        ({"device_name": "my phone"}, "device_name 'my phone' has characters"),
        ({"device_name": "x" * 129}, "device_name is 129 characters long"),
        ({"path": "admins"}, "path 'admins' is not valid"),
        ({"codes": ["123456"]}, "codes needs two codes"),
        ({"codes": ["123456", "123456"]}, "The two codes are the same"),
    ],
)
def test_options_that_aws_would_refuse_are_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(AdminError, match=f"^{sentence}"):
        VirtualMfa.from_params(options(ARGUMENT_SPEC, **{"user_name": NAME, **given}))


def test_a_device_may_have_a_longer_name_than_a_user_and_has_its_users_by_default() -> None:
    assert wanted("present", device_name="x" * 128).device_name == "x" * 128
    assert wanted("present").device_name == NAME


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(virtual_mfa, "MISSING_LIBRARY", "segno")
    with pytest.raises(AdminError, match=r"^The Python library segno is missing: pip install segno\.$"):
        wanted("present")


def test_ansible_is_told_that_the_codes_are_secret() -> None:
    assert [option for option, entry in ARGUMENT_SPEC.items() if entry.get("no_log")] == ["codes"]


def test_the_codes_are_not_shown() -> None:
    assert "123456" not in repr(wanted("enabled", codes=CODES))


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
    assert wanted("present").observe(aws).device == device


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
    observed = wanted("present").observe(aws)
    assert observed.serial_number == (serial if found else SERIAL)
    assert (observed.device is not None) is found


# Conflicts


def conflict(operation: str, answer_lost: bool, code: str = "EntityAlreadyExists") -> AwsError:
    return AwsError(operation, code, "It is there", answer_lost)


def test_a_device_whose_answer_was_lost_is_made_anew_and_somebody_elses_is_not() -> None:
    device = wanted("present")
    after = device.after_conflict(conflict("CreateVirtualMFADevice", answer_lost=True))
    assert after == replace(device, recreate_unassigned=True, answer_lost=True)
    assert after.after_conflict(conflict("CreateVirtualMFADevice", answer_lost=False)) == after
    assert device.after_conflict(conflict("CreateVirtualMFADevice", answer_lost=False)) is None


@pytest.mark.parametrize("code", ["EntityAlreadyExists", "InvalidAuthenticationCode"])
def test_a_device_that_this_run_may_have_enabled_is_looked_at_again_and_somebody_elses_is_not(code: str) -> None:
    device = wanted("enabled", codes=CODES)
    after = device.after_conflict(conflict("EnableMFADevice", True, code))
    assert after == replace(device, answer_lost=True)
    assert after.plan(OWN).steps == ()
    assert device.after_conflict(conflict("EnableMFADevice", False, code)) is None


def test_nobody_removes_the_own_device() -> None:
    itself = replace(ACCOUNT, caller_arn=ACCOUNT.arn(f"user/{NAME}"))
    with pytest.raises(AdminError, match=f"^{NAME} is who makes this call, and would be left without the MFA device "):
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
        ("absent", OWN, [DEACTIVATE, DELETE], "enabled", "absent"),
    ],
)
def test_a_device_is_brought_to_its_state(
    state: str, observed: Observed, steps: list[Any], before: str, after: str
) -> None:
    mfa = wanted(state, codes=CODES)
    plan = mfa.plan(observed)
    assert calls_of(plan) == steps
    assert plan.refusal is None
    assert (plan.before["status"], plan.after["status"]) == (before, after)
    assert mfa.result(observed, None) == {"serial_number": SERIAL, "status": after}


@pytest.mark.parametrize(("observed", "owner"), [(SOMEBODY_ELSES, "somebody"), (ROOTS, "the root user")])
@pytest.mark.parametrize("state", ["present", "enabled", "absent"])
def test_a_device_of_somebody_else_is_left_alone_and_they_are_named(state: str, observed: Observed, owner: str) -> None:
    with pytest.raises(AdminError) as refused:
        wanted(state, codes=CODES, recreate_unassigned=True).plan(observed)
    assert str(refused.value) == (
        f"The MFA device {SERIAL} is assigned to {owner}, not to {NAME}: give another device_name."
    )


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


def test_the_diff_tells_a_new_seed_and_never_what_it_is() -> None:
    assert wanted("present").plan(ABSENT).after == {
        "serial_number": SERIAL,
        "status": "pending",
        "seed": "made by this run",
    }
    anew = wanted("present", recreate_unassigned=True).plan(UNASSIGNED)
    assert anew.before != anew.after
    assert "123456" not in repr(wanted("enabled", codes=CODES).plan(UNASSIGNED))


@pytest.mark.parametrize("observed", [ABSENT, UNASSIGNED], ids=["none", "unused"])
@pytest.mark.parametrize("codes", [None, []])
def test_a_device_cannot_be_enabled_without_codes(observed: Observed, codes: list[str] | None) -> None:
    plan = wanted("enabled", codes=codes).plan(observed)
    assert [step.method for step in plan.steps] == ["enable_mfa_device"]
    assert plan.refusal == (
        f"The MFA device {SERIAL} is not enabled, and enabling it needs codes: two that follow each other, "
        "from the authenticator app."
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
    }


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
    assert read_qr_code(picture) == made["otpauth_uri"]
    assert made["seed"] == SEED
