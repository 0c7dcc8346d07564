# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where the codes of a device come from: typed, given or computed."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyotp
import pytest
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.kept import Credentials, Kept
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils import enrolment
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.enrolment import (
    ENROLMENT_SPEC,
    Enrolment,
    called,
    waiting,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.guard import NOT_ENCRYPTED
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import Handover
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.vault import Vault

NOW = 1_800_000_000
STEP = 30
SEED, OTHER, THIRD = ("JBSWY3DPEHPK3PXP" * 2, "GEZDGNBVGY3TQOJQ" * 2, "MFRGGZDFMZTWQ2LK" * 2)
ASKED = [["general", "general", "iamadmin"], ["production", "production", "iamadmin"]]
TOTP = {"method": "totp"}


@dataclass
class Clock:
    """A clock that stands still but while somebody sleeps."""

    now: float = NOW
    slept: list[float] = field(default_factory=list)

    def time(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of this module."""
    clock = Clock()
    monkeypatch.setattr(enrolment, "time", clock)
    return clock


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """Handovers of two accounts, each of which has one device."""
    keep(tmp_path, "general", {"iamadmin": OTHER})
    keep(tmp_path, "production", {"iamadmin": SEED})
    return tmp_path


def handover_of(directory: Path, host: str) -> Handover:
    return Handover(str(directory), host, Vault([], "given"))


def keep(directory: Path, host: str, seeds: dict[str, str], *qr_codes: str) -> Handover:
    """Make the handover of a host, which was not used since long ago."""
    handover = handover_of(directory, host)
    credentials = Credentials(host, "012345678901", "iamadmin", "https://x", mfa_seeds=seeds)
    handover.write(Kept("/void", host, credentials, frozenset(qr_codes)))
    os.utime(handover.credentials, (1000, 1000))
    return handover


def enrolment_of(directory: Path, options: dict[str, Any], device: str = "iamadmin", plain: bool = False) -> Enrolment:
    """Return what the option says of a device of `production`."""
    given = ArgumentSpecValidator({"enrolment": ENROLMENT_SPEC}).validate({"enrolment": options})
    assert given.error_messages == []
    vault = Vault([], None if plain else "given")
    own = Handover(str(directory), "production", vault)
    of_option = given.validated_parameters["enrolment"]
    return Enrolment(of_option, own, "production", device)


def shown(*steps: int, seed: str = SEED) -> tuple[str, ...]:
    """Return the codes that the app shows so many steps from now."""
    return tuple(pyotp.TOTP(seed).at(NOW + step * STEP) for step in steps)


def typed(*of_each: tuple[str, ...], asked: Any = None) -> dict[str, Any]:
    """Return what was typed for each device that was asked for: its first code, and the next one."""
    first, following = (" ".join(codes) for codes in zip(*of_each, strict=True))
    return {"asked": ASKED if asked is None else asked, "first_codes": first, "next_codes": following}


GENERAL = shown(0, 1, seed=OTHER)


# What there is


@pytest.mark.parametrize(
    ("options", "has_codes"),
    [
        ({}, False),
        ({"codes": None}, False),
        ({"codes": []}, False),
        ({"codes": {}}, False),
        ({"codes": ["123456", "654321"]}, True),
        ({"codes": {"iamadmin": ["123456", "654321"]}}, True),
        ({"first_codes": " ", "next_codes": "\n"}, False),
        ({"first_codes": "123456"}, True),
        ({"next_codes": "123456"}, True),
    ],
)
def test_whether_there_are_codes(directory: Path, options: dict[str, Any], has_codes: bool) -> None:
    assert enrolment_of(directory, options).has_codes is has_codes


@pytest.mark.parametrize(
    ("options", "may_ask"),
    [
        ({}, True),
        ({"method": "codes"}, True),
        ({"codes": []}, True),
        ({"codes": {"another": ["123456", "654321"]}}, True),
        ({"codes": ["123456", "654321"]}, False),
        ({"first_codes": ""}, False),
        ({"next_codes": ""}, False),
        (TOTP, False),
    ],
)
def test_somebody_is_asked_only_where_nothing_is_said_of_codes(
    directory: Path, options: dict[str, Any], may_ask: bool
) -> None:
    assert enrolment_of(directory, options).may_ask is may_ask


def test_what_waits_for_a_scan_has_its_qr_code(tmp_path: Path) -> None:
    keep(tmp_path, "production", {"iamadmin": SEED, "safe": SEED}, "safe")
    assert enrolment_of(tmp_path, {}, "safe").is_to_be_scanned is True
    assert enrolment_of(tmp_path, {}).is_to_be_scanned is False


def test_codes_are_computed_only_where_the_seed_is_encrypted(directory: Path) -> None:
    assert enrolment_of(directory, TOTP).computes is True
    assert enrolment_of(directory, {"method": "codes"}).computes is False
    assert enrolment_of(directory, {}, plain=True).computes is False
    plain = enrolment_of(directory, TOTP, plain=True)
    for use in (lambda: plain.computes, plain.codes, plain.fresh_code):
        with pytest.raises(AdminError) as refused:
            use()
        assert str(refused.value) == NOT_ENCRYPTED


def test_codes_are_secret_and_come_from_people_unless_it_is_said() -> None:
    options = ENROLMENT_SPEC["options"]
    assert {name for name, option in options.items() if option.get("no_log")} == {"first_codes", "next_codes", "codes"}
    validated = ArgumentSpecValidator(options).validate({}).validated_parameters
    assert validated == {
        "method": "codes",
        "asked": None,
        "first_codes": None,
        "next_codes": None,
        "codes": None,
    }
    assert ArgumentSpecValidator(options).validate({"method": "guessed"}).error_messages


# Codes that were typed, or given


def test_typed_codes_are_those_of_the_device_that_was_asked_for(directory: Path, clock: Clock) -> None:
    assert enrolment_of(directory, typed(GENERAL, shown(0, 1))).codes() == shown(0, 1)
    assert clock.slept == []
    assert handover_of(directory, "production").last_used() == 1000


def test_each_device_of_a_host_has_codes_of_its_own(directory: Path) -> None:
    keep(directory, "production", {"phone": SEED, "safe": OTHER})
    asked = [["production phone", "production", "phone"], ["production safe", "production", "safe"]]
    options = typed(shown(0, 1), GENERAL, asked=asked)
    assert enrolment_of(directory, options, "phone").codes() == shown(0, 1)
    assert enrolment_of(directory, options, "safe").codes() == GENERAL
    with pytest.raises(AdminError, match=r"^production: no codes of key were asked for: "):
        enrolment_of(directory, options, "key").codes()


@pytest.mark.parametrize(
    "codes", [[*shown(0, 1)], {"iamadmin": [*shown(0, 1)]}, shown(0, 1)], ids=["of the host", "by device", "a tuple"]
)
@pytest.mark.parametrize("asked", [ASKED, []], ids=["asked", "not asked"])
def test_given_codes_come_before_typed_ones(directory: Path, codes: Any, asked: list[Any]) -> None:
    options = {**typed(("1", "1"), ("2", "2"), asked=asked), "codes": codes}
    assert enrolment_of(directory, options).codes() == shown(0, 1)


@pytest.mark.parametrize("codes", [{"safe": ["123456", "654321"]}, {}, [], None])
def test_where_none_are_given_for_the_device_the_typed_ones_count(directory: Path, codes: Any) -> None:
    assert enrolment_of(directory, {**typed(GENERAL, shown(0, 1)), "codes": codes}).codes() == shown(0, 1)
    with pytest.raises(AdminError) as refused:
        enrolment_of(directory, {"codes": codes}).codes()
    assert str(refused.value) == ("production: no codes of iamadmin were asked for: give two in iam_admin_mfa_codes.")


@pytest.mark.parametrize("codes", ["123456 654321", 123456, {"iamadmin": "123456"}, {"iamadmin": {"first": "123456"}}])
def test_codes_that_are_no_list_are_refused(directory: Path, codes: Any) -> None:
    with pytest.raises(AdminError) as refused:
        enrolment_of(directory, {"codes": codes}).codes()
    assert str(refused.value) == "production: its codes in iam_admin_mfa_codes are no list of two."


@pytest.mark.parametrize("codes", [[123456, 654321], ["123456", 654321], {"iamadmin": [None, "123456"]}])
def test_codes_that_are_numbers_are_refused(directory: Path, codes: Any) -> None:
    with pytest.raises(AdminError) as refused:
        enrolment_of(directory, {"codes": codes}).codes()
    assert str(refused.value) == "production: codes must be quoted, as YAML reads 012345 as a number."


def test_one_code_for_each_that_was_asked_for(directory: Path) -> None:
    with pytest.raises(AdminError) as refused:
        enrolment_of(directory, {"asked": ASKED, "first_codes": "123456", "next_codes": "123456"}).codes()
    assert str(refused.value) == ("Got 1 first codes: give 2, for general, production, in this order.")


def test_a_device_is_called_as_its_host_unless_there_are_others_or_it_has_another_name() -> None:
    assert called("general", "iamadmin", "iamadmin") == "general"
    assert called("general", "iamadmin", "iamadmin", is_one_of_several=True) == "general iamadmin"
    assert called("general", "iamadmin", "safe") == "general safe"


@pytest.mark.parametrize(
    ("asked", "who"),
    [
        ([["production iamadmin", "production", "iamadmin"]], "production iamadmin"),
        ([["general", "general", "iamadmin"], ["production safe", "production", "safe"]], "production"),
        ([], "production"),
    ],
    ids=["asked for", "another one asked for", "not asked for"],
)
def test_wrong_codes_are_refused_by_what_the_device_was_called_in_the_questions(
    directory: Path, asked: list[Any], who: str
) -> None:
    with pytest.raises(AdminError) as refused:
        enrolment_of(directory, {"asked": asked, "codes": [*shown(1, 0)]}).codes()
    assert str(refused.value) == (f"{who}: the two codes were typed in the wrong order: the first one first.")


def test_codes_are_held_against_the_seed_at_this_time(directory: Path, clock: Clock) -> None:
    clock.now = NOW + 24 * 60 * 60
    with pytest.raises(AdminError, match=r"^production: the codes fit a time 1440 minutes before this machine's: "):
        enrolment_of(directory, {"codes": [*shown(0, 1)]}).codes()


@pytest.mark.parametrize("seeds", [{}, {"safe": SEED}, {"iamadmin": OTHER, "iamadmin.2": SEED}])
def test_codes_are_those_of_the_newest_seed_or_taken_as_they_are_without_one(
    directory: Path, seeds: dict[str, str]
) -> None:
    keep(directory, "production", seeds)
    assert enrolment_of(directory, {"codes": [*shown(0, 1)]}).codes() == shown(0, 1)


def test_swapped_codes_are_told_as_far_as_other_handovers_can_be_read(directory: Path) -> None:
    asked = [
        ["broken", "broken", "iamadmin"],
        ["a/b", "a/b", "iamadmin"],
        ["nobody", "nobody", "iamadmin"],
        ["production", "production", "iamadmin"],
        ["general safe", "general", "safe"],
        ["general", "general", "iamadmin"],
    ]
    keep(directory, "broken", {"iamadmin": THIRD}).credentials.write_text("{")
    with pytest.raises(AdminError) as refused:
        enrolment_of(directory, {"asked": asked, "codes": [*GENERAL]}).codes()
    assert str(refused.value) == ("production: these are codes of general: the codes of the two accounts were swapped.")


def test_other_handovers_are_not_read_where_the_codes_fit(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = handover_of(directory, "production")
    options = {"method": "codes", "codes": [*shown(0, 1)], "asked": ASKED, "first_codes": "", "next_codes": ""}
    monkeypatch.delattr(Handover, "of_host")
    assert Enrolment(options, own, "production", "iamadmin").codes() == shown(0, 1)


def test_a_handover_that_cannot_be_read_is_the_hosts_own_matter(directory: Path) -> None:
    handover_of(directory, "production").credentials.write_text("{")
    with pytest.raises(AdminError, match="is not valid YAML"):
        enrolment_of(directory, {"codes": [*shown(0, 1)]}).codes()


# Codes that are computed


def test_computed_codes_are_those_of_before_and_now_and_their_use_is_noted(directory: Path, clock: Clock) -> None:
    options = {**TOTP, "codes": ["1"], "first_codes": "1"}
    assert enrolment_of(directory, options).codes() == shown(-1, 0)
    clock.now += STEP
    assert enrolment_of(directory, options).codes() == shown(0, 1)
    assert handover_of(directory, "production").last_used() > 1000
    assert clock.slept == []


def test_there_is_nothing_to_compute_codes_from(directory: Path) -> None:
    for seeds in ({}, {"safe": SEED}):
        keep(directory, "production", seeds)
        for use in (enrolment_of(directory, TOTP).codes, enrolment_of(directory, TOTP).fresh_code):
            with pytest.raises(AdminError) as refused:
                use()
            assert str(refused.value) == "production: the handover has no seed of iamadmin to compute codes from."
        assert handover_of(directory, "production").last_used() == 1000


def test_a_damaged_seed_is_that_of_the_host(directory: Path) -> None:
    keep(directory, "production", {"iamadmin": "no seed!"})
    for use in (enrolment_of(directory, TOTP).codes, enrolment_of(directory, TOTP).fresh_code):
        with pytest.raises(AdminError, match=r"^production: the MFA seed in the handover is damaged: "):
            use()


# A fresh one


@pytest.mark.parametrize(
    ("used_before", "slept"), [(0, STEP), (STEP, 0), (24 * 60 * 60, 0), (-STEP, 2 * STEP)], ids=str
)
def test_a_computed_code_is_later_than_the_last_one_that_was_used(
    directory: Path, clock: Clock, used_before: int, slept: int
) -> None:
    used = handover_of(directory, "production").credentials
    os.utime(used, (NOW - used_before, NOW - used_before))
    code = enrolment_of(directory, {**TOTP, "first_codes": "123456"}).fresh_code()
    assert (clock.slept, code) == ([slept], shown(slept // STEP)[0])
    assert used.stat().st_mtime not in (NOW, NOW - used_before)


def test_a_typed_code_is_the_one_of_the_device(directory: Path, clock: Clock) -> None:
    options = {"asked": ASKED, "first_codes": "123 456, 654321"}
    assert enrolment_of(directory, options).fresh_code() == "654321"
    assert clock.slept == []
    with pytest.raises(AdminError) as refused:
        enrolment_of(directory, options, "safe").fresh_code()
    assert str(refused.value) == "production: its code was not asked for."
    with pytest.raises(AdminError, match=r"^Got 1 fresh codes: give 2, "):
        enrolment_of(directory, {**options, "first_codes": "123456"}).fresh_code()


# The seed of a device

TWO = {"iamadmin": OTHER, "iamadmin.2": SEED}


@pytest.mark.parametrize(
    ("seeds", "qr_codes", "newest", "of_enabled"),
    [
        ({}, [], None, None),
        ({"iamadmin": SEED}, [], SEED, SEED),
        ({"iamadmin": SEED}, ["iamadmin"], SEED, SEED),
        ({"safe": SEED}, ["safe"], None, None),
        (TWO, [], SEED, OTHER),
        (TWO, ["iamadmin"], SEED, OTHER),
        (TWO, ["safe"], SEED, OTHER),
        ({**TWO, "iamadmin.3": THIRD}, ["iamadmin"], THIRD, SEED),
    ],
    ids=["none", "enabled", "waits", "of another", "without its picture", "is replaced", "another waits", "of three"],
)
def test_of_a_device_that_is_replaced_the_one_that_is_enabled_has_the_seed_before(
    tmp_path: Path, seeds: dict[str, str], qr_codes: list[str], newest: str | None, of_enabled: str | None
) -> None:
    handover = keep(tmp_path, "production", seeds, *qr_codes)
    assert handover.read().newest_seed("iamadmin") == newest
    assert handover.read().newest_seed("iamadmin", enabled=True) == of_enabled


def test_there_is_no_seed_where_there_is_no_handover(tmp_path: Path) -> None:
    for enabled in (True, False):
        assert handover_of(tmp_path, "production").read().newest_seed("iamadmin", enabled) is None


def test_a_device_that_is_replaced_is_enabled_by_the_new_seed_and_signs_in_by_the_old_one(directory: Path) -> None:
    keep(directory, "production", TWO, "iamadmin")
    assert enrolment_of(directory, TOTP).fresh_code() == shown(0, seed=OTHER)[0]
    assert enrolment_of(directory, TOTP).codes() == shown(-1, 0)


# Whose codes are asked for

DEVICE = {"status": "pending", "serial_number": "arn:1", "__iam_admin_device_name": "iamadmin"}
SAFE = {"status": "pending", "serial_number": "arn:2", "__iam_admin_device_name": "safe"}


def variables(
    general: list[dict[str, Any]],
    production: list[dict[str, Any]] | None,
    has: str = "arn:aws:iam::111122223333:mfa/iamadmin",
    **groups: list[str],
) -> dict[str, Any]:
    """Return the variables of a run in which these devices were found; None for no result at all.

    The device that the users have is by default that of their name, which is being replaced.
    """
    user = {"__iam_admin_user": {"user": {"user_name": "iamadmin", "mfa_devices": [has]}}}
    return {
        "groups": {"all": ["general", "production"], "mfa_pending_codes": ["production", "general"], **groups},
        "hostvars": {
            "general": {**user, "__iam_admin_created": {"results": general}},
            "production": {} if production is None else {**user, "__iam_admin_created": {"results": production}},
        },
    }


def test_devices_that_are_not_enabled_wait_in_the_order_of_the_inventory() -> None:
    assert waiting(variables([DEVICE], [SAFE])) == [
        ["general", "general", "iamadmin"],
        ["production safe", "production", "safe"],
    ]
    # So it is beside one of another kind
    passkey = "arn:aws:iam::111122223333:u2f/user/iamadmin/key-VOID"
    assert waiting(variables([DEVICE], None, has=passkey)) == [["general iamadmin", "general", "iamadmin"]]
    # Of several each is named, also the one that has its user's name
    assert waiting(variables([DEVICE, SAFE], [DEVICE])) == [
        ["general iamadmin", "general", "iamadmin"],
        ["general safe", "general", "safe"],
        ["production", "production", "iamadmin"],
    ]


@pytest.mark.parametrize(
    "other",
    [
        {**DEVICE, "status": "enabled"},
        {**DEVICE, "serial_number": "arn:aws:iam::111122223333:mfa/iamadmin"},
        {"failed": True, "__iam_admin_device_name": "iamadmin"},
    ],
    ids=["enabled", "enabled since", "failed"],
)
def test_others_do_not_wait(other: dict[str, Any]) -> None:
    assert waiting(variables([DEVICE, other], [other])) == [["general iamadmin", "general", "iamadmin"]]


def test_a_device_is_named_beside_those_that_the_user_has_already() -> None:
    replaced = variables([DEVICE], None)
    replaced["hostvars"]["general"]["__iam_admin_user"]["user"]["mfa_devices"].append("arn:8")
    assert waiting(replaced) == [["general iamadmin", "general", "iamadmin"]]


def test_hosts_that_are_not_pending_or_have_failed_do_not_wait() -> None:
    general = [["general", "general", "iamadmin"]]
    assert waiting(variables([DEVICE], [DEVICE], mfa_pending_codes=["general"])) == general
    assert waiting(variables([DEVICE], [DEVICE], mfa_failed=["production"])) == general
    assert waiting(variables([DEVICE], None)) == general
    assert waiting(variables([DEVICE], [DEVICE], all=["general"])) == general
    assert waiting({}) == []


def test_the_questions_are_those_that_wait_unless_it_is_said(directory: Path) -> None:
    options = {**typed(GENERAL, shown(0, 1)), "asked": None}
    of_all = enrolment_of(directory, {name: value for name, value in options.items() if value is not None})
    assert replace(of_all, waiting=lambda: ASKED).codes() == shown(0, 1)
    with pytest.raises(AdminError, match=r"^Got 2 first codes: give 0"):
        of_all.codes()
