# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iam_virtual_mfa against the local AWS, with the codes that an authenticator app shows."""

from __future__ import annotations

import base64
import io
import json
import threading
from contextlib import suppress
from functools import partial
from typing import Any

import pyotp
import pytest
from PIL import Image

from tests.integration.cases import (
    ADMINISTRATOR,
    DENY_WITHOUT_MFA,
    PASSWORD,
    SEED_KEYS,
    Case,
    Trial,
    at_once,
    attached,
    codes_of,
    device,
    devices,
    enabled_device,
    password,
    require_mfa_policy,
    seeds_of,
    user,
)
from tests.integration.conftest import TestAccount
from tests.local_aws.calls import Call
from tests.local_aws.faults import EventualConsistency
from tests.operator import read_qr_code

SERIAL = "arn:aws:iam::ACCOUNT:mfa/iamadmin"
OPS = "arn:aws:iam::ACCOUNT:mfa/ops/iamadmin"
BLANKED = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def right_codes(account: TestAccount) -> list[str]:
    """Return the codes of the account's one device."""
    (seed,) = seeds_of(account)
    return codes_of(seed)


def new_codes(account: TestAccount) -> list[str]:
    """Return the codes of the device that nobody uses yet."""
    devices = account.backend.virtual_mfa_devices.values()
    (seed,) = (there.base32_string_seed for there in devices if there.user is None)
    return codes_of(seed)


def swapped_codes(account: TestAccount) -> list[str]:
    """Return them the wrong way round."""
    return right_codes(account)[::-1]


def codes_as_numbers(account: TestAccount) -> list[int]:
    """Return the codes as YAML reads them without quotes."""
    return [int(code) for code in right_codes(account)]


def no_leading_zeros(account: TestAccount) -> None:
    """Give the one device a seed whose codes of now have no leading zero."""
    (there,) = account.backend.virtual_mfa_devices.values()
    while any(code.startswith("0") for code in codes_of(there.base32_string_seed)):
        there.base32_string_seed = pyotp.random_base32()


def state(account: TestAccount) -> dict[str, Any]:
    """See all devices, and who uses them."""
    devices = account.backend.virtual_mfa_devices.values()
    return {"devices": {there.serial_number: there.user and there.user.name for there in devices}}


SOMEBODY_ELSES = (user(), user("somebody"), enabled_device(owner="somebody"))
THEIRS = "The MFA device arn:aws:iam::ACCOUNT:mfa/iamadmin is assigned to somebody, not to iamadmin"

CASES = [
    # Present
    Case(
        "a device that is missing is made, before its user is there",
        options={"account_id": "ACCOUNT"},
        writes=("CreateVirtualMFADevice",),
        result={"status": "pending", "serial_number": SERIAL},
        leaves={"devices": {SERIAL: None}},
    ),
    Case(
        "a device has a name and a path of its own",
        options={"device_name": "phone", "path": "/a//b/"},
        writes=("CreateVirtualMFADevice",),
        result={"serial_number": "arn:aws:iam::ACCOUNT:mfa/a//b/phone"},
        leaves={"devices": {"arn:aws:iam::ACCOUNT:mfa/a//b/phone": None}},
    ),
    Case(
        "a device that is there is left alone, and its seed is not told again",
        given=(device(),),
        result={"status": "pending", "serial_number": SERIAL},
        leaves={"devices": {SERIAL: None}},
    ),
    Case(
        "a device that AWS writes in other letters is the same device",
        given=(device("IamAdmin"),),
        result={"status": "pending", "serial_number": "arn:aws:iam::ACCOUNT:mfa/IamAdmin"},
    ),
    Case(
        "a device that is enabled is left alone",
        given=(user(), enabled_device()),
        result={"status": "enabled"},
        leaves={"devices": {SERIAL: "iamadmin"}},
    ),
    Case(
        "a device that nobody uses is made anew where that is asked for, in every run",
        given=(device(),),
        options={"recreate_unassigned": True},
        writes=("DeleteVirtualMFADevice", "CreateVirtualMFADevice"),
        again=("DeleteVirtualMFADevice", "CreateVirtualMFADevice"),
        result={"status": "pending"},
        leaves={"devices": {SERIAL: None}},
    ),
    Case(
        "a device that is missing is made where it is to be made anew",
        options={"recreate_unassigned": True},
        writes=("CreateVirtualMFADevice",),
        again=("DeleteVirtualMFADevice", "CreateVirtualMFADevice"),
    ),
    Case(
        "a device that is enabled is not made anew",
        given=(user(), enabled_device()),
        options={"recreate_unassigned": True},
        result={"status": "enabled"},
        leaves={"devices": {SERIAL: "iamadmin"}},
    ),
    Case(
        "a device of somebody else is not made anew, and the error names them",
        given=SOMEBODY_ELSES,
        options={"recreate_unassigned": True},
        error=THEIRS,
    ),
    Case("a name with a space is refused", options={"device_name": "My phone"}, error="device_name .*'My-phone'"),
    Case("a path without its slashes is refused", options={"path": "/nope"}, error="path '/nope' is not valid"),
    Case(
        "in another account than expected nothing is written",
        options={"account_id": "999999999999"},
        error="lead to account ACCOUNT and not to the expected account 999999999999: .* Nothing was written",
    ),
    # Enabled
    Case(
        "a device is enabled with two codes that follow each other",
        given=(user(), device()),
        options={"state": "enabled", "codes": right_codes},
        writes=("EnableMFADevice",),
        result={"status": "enabled", "serial_number": SERIAL},
        leaves={"devices": {SERIAL: "iamadmin"}},
    ),
    Case(
        "codes without quotes are as good, while they have no leading zero",
        given=(user(), device(), no_leading_zeros),
        options={"state": "enabled", "codes": codes_as_numbers},
        writes=("EnableMFADevice",),
        leaves={"devices": {SERIAL: "iamadmin"}},
    ),
    Case(
        "a code that lost its leading zero is refused before AWS is asked",
        given=(user(), device()),
        options={"state": "enabled", "codes": [12345, 987654]},
        error="The first code is not six digits; in YAML it must be quoted",
    ),
    Case(
        "one code alone is refused before AWS is asked",
        given=(user(), device()),
        options={"state": "enabled", "codes": ["123456"]},
        error="Give two MFA codes in a row, not 1",
    ),
    Case(
        "the same code twice is refused before AWS is asked",
        given=(user(), device()),
        options={"state": "enabled", "codes": ["123456", "123456"]},
        error="The two codes are the same",
    ),
    Case(
        "codes the wrong way round are refused by AWS",
        given=(user(), device()),
        options={"state": "enabled", "codes": swapped_codes},
        writes=("EnableMFADevice",),
        error="EnableMFADevice failed: InvalidAuthenticationCode: .*two consecutive codes",
        foreseen=False,
    ),
    Case(
        "without codes a device is not enabled, though check mode can tell what would come",
        given=(user(), device()),
        options={"state": "enabled"},
        error=f"The MFA device {SERIAL} is not enabled, and enabling it needs codes",
        foreseen=False,
    ),
    Case(
        "a device that is enabled needs no codes",
        given=(user(), enabled_device()),
        options={"state": "enabled"},
        result={"status": "enabled"},
        leaves={"devices": {SERIAL: "iamadmin"}},
    ),
    Case(
        "a device that is enabled uses up no codes",
        given=(user(), enabled_device()),
        options={"state": "enabled", "codes": right_codes},
        result={"status": "enabled"},
    ),
    Case(
        "a device of somebody else is not enabled, and the error names them",
        given=SOMEBODY_ELSES,
        options={"state": "enabled", "codes": right_codes},
        error=THEIRS,
    ),
    Case(
        "a device that does not exist is not enabled",
        given=(user(),),
        options={"state": "enabled", "codes": ["123456", "654321"]},
        writes=("EnableMFADevice",),
        error="EnableMFADevice failed: NoSuchEntity: .*mfa/iamadmin",
        attempts=5,
        foreseen=f"There is no MFA device {SERIAL}: create it first, with state present.",
    ),
    Case(
        "a device is not enabled for a user who does not exist",
        given=(device(),),
        options={"state": "enabled", "codes": right_codes},
        writes=("EnableMFADevice",),
        error="EnableMFADevice failed: NoSuchEntity: .*iamadmin",
        attempts=5,
        foreseen="There is no user iamadmin: create it first.",
    ),
    # Replaced
    Case(
        "a device that replaces another one is made beside it",
        given=(user(), enabled_device()),
        options={"replace": True},
        writes=("CreateVirtualMFADevice",),
        result={"status": "pending", "serial_number": f"{SERIAL}.2"},
        leaves={"devices": {SERIAL: "iamadmin", f"{SERIAL}.2": None}},
    ),
    Case(
        "the old device is removed once the new one is enabled",
        given=(user(), enabled_device(), device("iamadmin.2")),
        options={"replace": True, "state": "enabled", "codes": new_codes},
        writes=("EnableMFADevice", "DeactivateMFADevice", "DeleteVirtualMFADevice"),
        result={"status": "enabled", "serial_number": f"{SERIAL}.2"},
        leaves={"devices": {f"{SERIAL}.2": "iamadmin"}},
    ),
    Case(
        "wrong codes of the new device leave the old one as it is",
        given=(user(), enabled_device(), device("iamadmin.2")),
        options={"replace": True, "state": "enabled", "codes": ["123456", "654321"]},
        writes=("EnableMFADevice",),
        error="EnableMFADevice failed: InvalidAuthenticationCode",
        foreseen=False,
        leaves={"devices": {SERIAL: "iamadmin", f"{SERIAL}.2": None}},
    ),
    Case(
        "a replacement that was interrupted is not begun again, but finished",
        given=(user(), enabled_device(), enabled_device("iamadmin.2")),
        options={"replace": True},
        writes=("DeactivateMFADevice", "DeleteVirtualMFADevice"),
        result={"status": "enabled", "serial_number": f"{SERIAL}.2"},
    ),
    Case(
        "a replacement that was interrupted is finished, without codes",
        given=(user(), enabled_device(), enabled_device("iamadmin.2")),
        options={"replace": True, "state": "enabled"},
        writes=("DeactivateMFADevice", "DeleteVirtualMFADevice"),
        leaves={"devices": {f"{SERIAL}.2": "iamadmin"}},
    ),
    Case(
        "a device that has replaced another one is the device of its name",
        given=(user(), enabled_device("iamadmin.2")),
        result={"status": "enabled", "serial_number": f"{SERIAL}.2"},
    ),
    Case(
        "a device that has replaced another one is removed by its name",
        given=(user(), enabled_device("iamadmin.2"), device("iamadmin.3")),
        options={"state": "absent"},
        writes=("DeactivateMFADevice", "DeleteVirtualMFADevice", "DeleteVirtualMFADevice"),
        leaves={"devices": {}},
    ),
    Case(
        "a name that a replacement could have is refused",
        options={"device_name": "phone.2"},
        error="device_name 'phone.2' ends like .*'phone-2'",
    ),
    Case(
        "what is replaced is either to be there or to be enabled",
        options={"state": "absent", "replace": True},
        error="replace goes with state present or enabled",
    ),
    # Out of step
    Case(
        "a device that is not enabled cannot be out of step",
        given=(user(), device()),
        options={"state": "resynced", "codes": right_codes},
        error=f"iamadmin has no MFA device {SERIAL} to resynchronise: enable one first",
    ),
    Case(
        "without codes a device is not brought into step, though check mode can tell what would come",
        given=(user(), enabled_device()),
        options={"state": "resynced"},
        error=f"The MFA device {SERIAL} is to be resynchronised, which needs codes",
        foreseen=False,
    ),
    # Absent
    Case(
        "a device that nobody uses is deleted",
        given=(device(), device("another")),
        options={"state": "absent"},
        writes=("DeleteVirtualMFADevice",),
        result={"status": "absent", "serial_number": SERIAL},
        leaves={"devices": {"arn:aws:iam::ACCOUNT:mfa/another": None}},
    ),
    Case(
        "a device that is enabled is deactivated and deleted",
        given=(user(), enabled_device()),
        options={"state": "absent"},
        writes=("DeactivateMFADevice", "DeleteVirtualMFADevice"),
        result={"status": "absent"},
    ),
    Case(
        "the last device stays where the password alone would open an administrator",
        given=(user(), attached(ADMINISTRATOR), enabled_device(), password()),
        options={"state": "absent"},
        error=f"iamadmin has a console password, and {SERIAL} is its last MFA device, so the password alone would open",
        leaves={"devices": {SERIAL: "iamadmin"}},
    ),
    Case(
        "one device of several may go",
        given=(user(), attached(ADMINISTRATOR), enabled_device(), enabled_device("safe"), password()),
        options={"state": "absent"},
        writes=("DeactivateMFADevice", "DeleteVirtualMFADevice"),
        leaves={"devices": {"arn:aws:iam::ACCOUNT:mfa/safe": "iamadmin"}},
    ),
    Case(
        "the last device may go where a password opens nothing",
        given=(user(), enabled_device(), password()),
        options={"state": "absent"},
        writes=("DeactivateMFADevice", "DeleteVirtualMFADevice"),
        leaves={"devices": {}},
    ),
    Case(
        "the last device may go where MFA is required",
        given=(user(), attached(ADMINISTRATOR), require_mfa_policy(DENY_WITHOUT_MFA), enabled_device(), password()),
        options={"state": "absent"},
        writes=("DeactivateMFADevice", "DeleteVirtualMFADevice"),
        leaves={"devices": {}},
    ),
    Case(
        "a device that is missing is absent",
        options={"state": "absent"},
        result={"status": "absent", "serial_number": SERIAL},
    ),
    Case(
        "a device of somebody else is none of this user, and stays",
        given=SOMEBODY_ELSES,
        options={"state": "absent"},
        result={"status": "absent"},
        leaves={"devices": {SERIAL: "somebody"}},
    ),
]


UNDER_A_PATH = (user(), enabled_device(path="/ops/"), user("somebody"), enabled_device(owner="somebody"))
CASES += [
    # Eight are as many as a user can have
    Case(
        "a replacement that could never be enabled is not made",
        given=(user(), enabled_device(), *(enabled_device(f"safe-{number}") for number in range(7))),
        options={"replace": True},
        error="iamadmin has 8 MFA devices, as many as AWS allows, .*: remove one of safe-0, .* first",
    ),
    # Under a path
    Case("a device under a path is the device", given=UNDER_A_PATH, result={"status": "enabled", "serial_number": OPS}),
    Case(
        "a device under a path is replaced under the same",
        given=UNDER_A_PATH,
        options={"replace": True},
        writes=("CreateVirtualMFADevice",),
        result={"status": "pending", "serial_number": f"{OPS}.2", "replaces": OPS},
    ),
    Case(
        "a device under a path goes once another one has its place",
        given=(*UNDER_A_PATH, device("iamadmin.2", path="/ops/")),
        options={"replace": True, "state": "enabled", "codes": new_codes},
        writes=("EnableMFADevice", "DeactivateMFADevice", "DeleteVirtualMFADevice"),
        leaves={"devices": {SERIAL: "somebody", f"{OPS}.2": "iamadmin"}},
    ),
    Case(
        "a device under a path is removed, and nobody else's",
        given=(user(), enabled_device(path="/ops/"), user("somebody"), enabled_device(owner="somebody", path="/a/")),
        options={"state": "absent"},
        writes=("DeactivateMFADevice", "DeleteVirtualMFADevice"),
        result={"status": "absent", "serial_number": OPS},
        leaves={"devices": {"arn:aws:iam::ACCOUNT:mfa/a/iamadmin": "somebody"}},
    ),
    Case(
        "a device under a path is to be brought into step",
        given=UNDER_A_PATH,
        options={"state": "resynced"},
        error=f"The MFA device {OPS} is to be resynchronised, which needs codes",
        foreseen=False,
    ),
    Case(
        "two devices of one name under two paths are refused, and both are named",
        given=(user(), enabled_device(), enabled_device(path="/ops/")),
        options={"state": "absent"},
        error=f"iamadmin has {SERIAL}, {OPS}, MFA devices of one name under several paths: deactivate the one",
    ),
    Case(
        "of two under two paths the one whose path is named is removed",
        given=(user(), enabled_device(), enabled_device(path="/ops/")),
        options={"state": "absent", "path": "/ops/"},
        writes=("DeactivateMFADevice", "DeleteVirtualMFADevice"),
        leaves={"devices": {SERIAL: "iamadmin"}},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_check_mode_foretells_what_a_run_does_and_a_second_run_does_nothing(both_ways: TestAccount, case: Case) -> None:
    Trial(both_ways, "iam_virtual_mfa", case, both_ways.run, state).hold(user_name="iamadmin")


def test_a_device_is_brought_back_into_step_with_codes_that_were_not_used(both_ways: TestAccount) -> None:
    for step in (user(), enabled_device()):
        step(both_ways)
    options = {"user_name": "iamadmin", "state": "resynced", "codes": right_codes(both_ways)}
    foretold = both_ways.run("iam_virtual_mfa", check_mode=True, **options)
    used = both_ways.run("iam_virtual_mfa", **options)
    assert "ResyncMFADevice failed: InvalidAuthenticationCode" in used["msg"]
    (there,) = both_ways.backend.virtual_mfa_devices.values()
    there.last_step = 0
    resynced = both_ways.run("iam_virtual_mfa", **options)
    assert resynced["changed"] is foretold["changed"] is True
    assert (resynced["diff"], resynced["status"]) == (foretold["diff"], "enabled")


@pytest.mark.parametrize(
    ("label", "issuer", "name"),
    [
        (None, "AWS", "iamadmin@ACCOUNT"),
        ("AWS production: iamadmin@ACCOUNT", "AWS production", "iamadmin@ACCOUNT"),
        ("the landing zone", None, "the landing zone"),
    ],
    ids=["no label", "issuer and account", "account alone"],
)
def test_the_qr_code_is_read_as_the_label_and_a_seed_that_enables_the_device(
    account: TestAccount, label: str | None, issuer: str | None, name: str
) -> None:
    user()(account)
    label = label and label.replace("ACCOUNT", account.id)
    made = account.run("iam_virtual_mfa", user_name="iamadmin", label=label)

    text = read_qr_code(Image.open(io.BytesIO(base64.b64decode(made["qr_code_png"]))))
    assert text == made["otpauth_uri"]
    app = pyotp.parse_uri(text)
    assert (app.issuer, app.name) == (issuer, name.replace("ACCOUNT", account.id))
    assert app.secret == made["seed"]
    first, following = codes_of(app.secret)
    account.iam.enable_mfa_device(
        UserName="iamadmin",
        SerialNumber=made["serial_number"],
        AuthenticationCode1=first,
        AuthenticationCode2=following,
    )


def test_a_device_that_is_made_anew_has_another_seed(account: TestAccount) -> None:
    lost = account.run("iam_virtual_mfa", user_name="iamadmin")["seed"]
    found = account.run("iam_virtual_mfa", user_name="iamadmin", recreate_unassigned=True)["seed"]
    assert found != lost
    assert seeds_of(account) == {found}


def test_no_secret_is_printed_but_the_seed_of_a_new_device(account: TestAccount) -> None:
    made = account.run("iam_virtual_mfa", user_name="iamadmin")
    seed, codes = made["seed"], codes_of(made["seed"])
    shown_once = {key: made.pop(key) for key in SEED_KEYS}
    results = [
        made,
        account.run("iam_admin_user", name="iamadmin", password=PASSWORD, console_access="always"),
        account.run("iam_virtual_mfa", user_name="iamadmin", state="enabled", codes=codes),
        account.run("iam_virtual_mfa", user_name="iamadmin", state="enabled", codes=codes),
        account.run("iam_admin_user", name="iamadmin", password=PASSWORD, update_password="always"),
        account.run("iam_admin_info", name="iamadmin"),
    ]
    assert [result["changed"] for result in results] == [True, True, True, False, True, False]
    printed = json.dumps(results)
    for secret in (*shown_once.values(), seed, PASSWORD, *codes):
        assert secret not in printed
    arguments = [result["invocation"]["module_args"] for result in results]
    assert [given["codes"] for given in arguments[2:4]] == [BLANKED, BLANKED]
    assert [given["password"] for given in arguments[1:5:3]] == [BLANKED, BLANKED]


@pytest.mark.parametrize("enabled", [True, False], ids=["enabled already", "refused"])
def test_an_account_id_that_the_codes_are_a_part_of_is_not_blanked(account: TestAccount, enabled: bool) -> None:
    for step in (user(), enabled_device() if enabled else device()):
        step(account)
    codes = [account.id[:6], account.id[6:]]
    options = {"user_name": "iamadmin", "state": "enabled", "codes": codes, "account_id": account.id}
    result = account.run("iam_virtual_mfa", **options)
    assert result["invocation"]["module_args"]["codes"] == BLANKED
    assert result["invocation"]["module_args"]["account_id"] == account.id
    if enabled:
        assert result["account_id"] == account.id
        assert result["serial_number"] == f"arn:aws:iam::{account.id}:mfa/iamadmin"
    else:
        assert "InvalidAuthenticationCode" in result["msg"]
        assert "*" not in result["msg"]


# The last devices


ADMINISTERED = (user(), attached(ADMINISTRATOR), enabled_device(), enabled_device("safe"), password())


def remove(account: TestAccount, device_name: str) -> dict[str, Any]:
    return account.run("iam_virtual_mfa", user_name="iamadmin", device_name=device_name, state="absent")


def test_a_password_is_not_left_alone_by_two_who_remove_a_device_each(account: TestAccount) -> None:
    for step in ADMINISTERED:
        step(account)
    both_have_looked, results = threading.Barrier(2), dict[str, dict[str, Any]]()

    def hold(call: Call) -> None:
        if (call.account_id, call.action) == (account.id, "DeactivateMFADevice"):
            with suppress(threading.BrokenBarrierError):
                both_have_looked.wait(timeout=20)

    def work(name: str) -> None:
        results[name] = remove(account, name)

    account.aws.log.intercept = hold
    try:
        at_once(*(partial(work, name) for name in ("iamadmin", "safe")))
    finally:
        account.aws.log.reset()
    assert not both_have_looked.broken
    assert [result.get("msg") for result in results.values()] == [None, None]
    assert devices(account) == {}
    assert account.backend.users["iamadmin"].password is None
    assert any("its console password, which alone" in str(result.get("warnings")) for result in results.values())


@pytest.mark.parametrize("reads", [3, 12])
def test_a_password_is_not_left_alone_where_aws_shows_late_that_a_device_is_gone(
    account: TestAccount, reads: int
) -> None:
    for step in ADMINISTERED:
        step(account)
    late = EventualConsistency(reads)
    account.aws.log.conclude = late.conclude
    try:
        first, second = remove(account, "safe"), remove(account, "iamadmin")
    finally:
        account.aws.log.reset()
    assert late.met
    assert first.get("msg") is None, first
    admin = account.backend.users["iamadmin"]
    assert admin.mfa_devices or admin.password is None, second
