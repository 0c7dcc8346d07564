# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a handover holds, and what becomes of it: no files here."""

from __future__ import annotations

import json
import string
from collections import Counter
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin import kept as module
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.account import Account
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.kept import (
    HANDOVER_SPEC,
    Carried,
    Credentials,
    Kept,
    device_of,
    generate_password,
)

SEED = "JBSWY3DPEHPK3PXP" * 2
NEW = "GEZDGNBVGY3TQOJQ" * 2
URL = "https://012345678901.signin.aws.amazon.com/console"
PLACE = "/handover/general/credentials.yml"
ACCOUNT = Account("012345678901", "aws", "arn:aws:iam::012345678901:root")
BARE = Credentials("general", "012345678901", "iamadmin", URL)
WITH_SEED = replace(BARE, mfa_seeds={"iamadmin": SEED})
FULL = replace(WITH_SEED, initial_password="void: # 'and' \"so\" on")
EMPTY = Kept(PLACE, "general")


def holding(credentials: Credentials | None, *qr_codes: str, **more: Any) -> Kept:
    """Return a handover that holds this."""
    return replace(EMPTY, credentials=credentials, qr_codes=frozenset(qr_codes), **more)


def serial_numbers(*devices: str) -> list[str]:
    return [f"arn:aws:iam::012345678901:mfa/{device}" for device in devices]


def refusal(refused: pytest.ExceptionInfo[AdminError]) -> str:
    return str(refused.value)


# Passwords


def test_a_password_is_as_long_as_the_account_asks_for() -> None:
    assert [len(generate_password(minimum)) for minimum in (0, 8, 24, 40, 128)] == [24, 24, 24, 40, 128]


def test_a_password_has_characters_of_each_kind_and_only_those_that_aws_counts() -> None:
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, "!@#$%^&*()_+-=")
    passwords = [generate_password() for _time in range(200)]
    for password in passwords:
        assert len(password) == 24
        assert all(set(password) & set(kind) for kind in kinds)
        assert set(password) <= set("".join(kinds))
    assert len(set(passwords)) == 200
    # Each is as likely as any other: no string of the kinds together would have two of one more often
    often = Counter("".join(passwords))
    assert max(often.values()) < 3 * sorted(often.values())[len(often) // 2]


def test_no_kind_has_a_place_of_its_own() -> None:
    assert len({generate_password()[0].isdigit() for _time in range(200)}) == 2


# Credentials


def test_credentials_do_not_show_their_secrets() -> None:
    secret = replace(FULL, previous_password="the one before")
    assert "void" not in repr(secret)
    assert SEED not in repr(secret)
    assert "the one before" not in repr(holding(secret, "iamadmin"))


@pytest.mark.parametrize(
    ("serial_number", "name"),
    [
        ("arn:aws:iam::012345678901:mfa/iamadmin", "iamadmin"),
        ("arn:aws:iam::012345678901:mfa/admins/safe.2", "safe.2"),
        ("iamadmin", "iamadmin"),
    ],
)
def test_a_device_is_called_by_the_end_of_its_serial_number(serial_number: str, name: str) -> None:
    assert device_of(serial_number) == name


OURS = Credentials(
    "production",
    "444455556666",
    "iamadmin",
    "https://x",
    user_id="AIDAOURS",
    mfa_devices=("iamadmin",),
    initial_password="kept",
)


@pytest.mark.parametrize(
    ("credentials", "plain"),
    [
        (
            BARE,
            {"account_name": "general", "account_id": "012345678901", "user_name": "iamadmin", "sign_in_url": URL},
        ),
        (
            replace(OURS, previous_password="before", mfa_seeds={"iamadmin": SEED}, unsent=True, had_password=True),
            {
                "account_name": "production",
                "account_id": "444455556666",
                "user_name": "iamadmin",
                "sign_in_url": "https://x",
                "user_id": "AIDAOURS",
                "initial_password": "kept",
                "previous_password": "before",
                "mfa_devices": ["iamadmin"],
                "mfa_seeds": {"iamadmin": SEED},
                "unsent": True,
                "had_password": True,
            },
        ),
    ],
    ids=["bare", "all"],
)
def test_credentials_are_plain_data_without_what_they_do_not_hold(
    credentials: Credentials, plain: dict[str, Any]
) -> None:
    assert credentials.as_plain() == plain
    assert Credentials.from_plain(plain) == credentials


class Tagged(str):
    """Text as a vault gives it to a task: YAML would write it as what it is, and not as text."""

    __slots__ = ()


def test_what_came_from_a_vault_is_plain_text_from_then_on() -> None:
    seeds, devices = {Tagged("iamadmin"): Tagged(SEED)}, (Tagged("iamadmin"),)
    plain = replace(BARE, initial_password=Tagged("void"), mfa_seeds=seeds, mfa_devices=devices).as_plain()
    texts = [plain["initial_password"], *plain["mfa_devices"], *plain["mfa_seeds"], *plain["mfa_seeds"].values()]
    assert texts == ["void", "iamadmin", "iamadmin", SEED]
    assert {type(text) for text in texts} == {str}


def test_what_people_have_written_without_quotes_is_text() -> None:
    plain = {**BARE.as_plain(), "account_id": 444455556666, "mfa_devices": [1], "mfa_seeds": {1: 23}}
    assert Credentials.from_plain(plain) == replace(
        BARE, account_id="444455556666", mfa_devices=("1",), mfa_seeds={"1": "23"}
    )


@pytest.mark.parametrize("content", [None, "text", [], {}, {"account_name": "general"}, {**BARE.as_plain(), "x": 1}])
def test_what_is_no_credentials_is_told_apart(content: Any) -> None:
    with pytest.raises((AttributeError, TypeError)):
        Credentials.from_plain(content)


@pytest.mark.parametrize(
    "flags", [{}, {"had_password": True}, {"unsent": True}, {"had_password": True, "unsent": True}]
)
def test_what_it_knows_is_kept(flags: dict[str, bool]) -> None:
    known = replace(OURS, **flags)
    assert Credentials.from_plain(known.as_plain()) == known


@pytest.mark.parametrize("said", ["true", 1, None])
def test_only_true_is_a_mark(said: Any) -> None:
    assert Credentials.from_plain({**BARE.as_plain(), "unsent": said, "had_password": said}) == BARE


# Whom it knows

KNOWN: dict[str, Any] = {
    "user_id": "AIDAOURS",
    "has_password": True,
    "mfa_devices": ["arn:aws:iam::444455556666:mfa/iamadmin"],
    "credentials": [],
}


@pytest.mark.parametrize(
    ("change", "known"),
    [
        ({}, True),
        ({"mfa_devices": []}, True),
        ({"has_password": False}, True),
        ({"mfa_devices": ["arn:aws:iam::444455556666:mfa/admins/IAMadmin"]}, True),
        ({"user_id": "AIDASOMEBODY"}, False),
        ({"user_id": None}, False),
        ({"mfa_devices": ["arn:aws:iam::444455556666:mfa/iamadmin.7"]}, False),
        ({"credentials": ["AKIASOMEBODY"]}, False),
    ],
)
def test_a_handover_knows_its_user_and_nothing_else_that_it_has(change: dict[str, Any], known: bool) -> None:
    assert OURS.knows(**{**KNOWN, **change}) is known


def test_a_device_is_known_however_it_is_spelt_here() -> None:
    assert replace(OURS, mfa_devices=("IAMadmin",)).knows(**KNOWN) is True


def test_a_password_that_was_never_kept_is_not_known() -> None:
    never_kept = replace(OURS, initial_password=None)
    assert never_kept.knows(**KNOWN) is False
    assert never_kept.knows(**{**KNOWN, "has_password": False}) is True


def test_a_handover_of_version_1_knows_its_user_by_name() -> None:
    of_version_1 = replace(OURS, user_id=None, mfa_devices=())
    assert of_version_1.knows(**KNOWN) is True
    assert of_version_1.knows(**{**KNOWN, "credentials": ["AKIASOMEBODY"]}) is False


def test_no_noted_device_means_any_only_where_no_user_is_noted() -> None:
    assert replace(OURS, mfa_devices=()).knows(**KNOWN) is False
    assert replace(OURS, mfa_devices=()).knows(**{**KNOWN, "mfa_devices": []}) is True
    assert replace(OURS, user_id=None, mfa_devices=("other",)).knows(**KNOWN) is False


@pytest.mark.parametrize("credentials", [OURS, replace(OURS, user_id=None)], ids=["its own", "without an id"])
@pytest.mark.parametrize("adopted", [[], ["iamadmin"], ["key"]])
def test_what_is_adopted_is_known_from_then_on(credentials: Credentials, adopted: list[str]) -> None:
    known = ("iamadmin",) if adopted != ["key"] else ("iamadmin", "key")
    assert credentials.of_user("AIDAOURS", adopted) == replace(OURS, mfa_devices=known)
    assert credentials.of_user(None, adopted) == credentials


def test_what_was_another_users_is_forgotten_but_for_the_seeds() -> None:
    before = replace(OURS, mfa_seeds={"safe": SEED}, mfa_devices=("iamadmin", "safe"), had_password=True)
    of_nobody = Credentials("production", "444455556666", "iamadmin", "https://x", mfa_seeds={"safe": SEED})
    assert before.of_user("AIDAOTHER", ["key"]) == replace(of_nobody, user_id="AIDAOTHER", mfa_devices=("safe", "key"))


def test_before_a_user_is_made_nothing_but_its_id_is_forgotten() -> None:
    before = replace(OURS, mfa_seeds={"safe": SEED}, mfa_devices=("iamadmin", "safe"))
    after = holding(before, "safe").before_user()
    assert after == holding(replace(before, user_id=None), "safe")
    # It does not pass for a handover of an earlier version, which noted no devices
    assert after.credentials is not None
    assert after.credentials.knows_any_device is False
    assert after.of_new_user().credentials == before.of_another()
    assert EMPTY.before_user() == EMPTY.of_new_user() == EMPTY


# Several devices, and those that replace others

REPLACING = replace(BARE, mfa_seeds={"iamadmin.10": NEW, "iamadmin": SEED})


def test_the_seeds_of_a_device_are_in_their_order() -> None:
    assert REPLACING.seeds_of("IAMADMIN") == [SEED, NEW]
    assert replace(BARE, mfa_seeds={"Safe": SEED}).seeds_of("safe") == [SEED]
    assert REPLACING.seeds_of("safe") == []
    assert replace(BARE, mfa_seeds={"a.10": "third", "a": "first", "a.2": "second"}).seeds_of("a") == [
        "first",
        "second",
        "third",
    ]


@pytest.mark.parametrize(
    ("enabled", "pending"),
    [
        ([], ["iamadmin.10", "iamadmin"]),
        (["safe"], ["iamadmin.10", "iamadmin"]),
        (["IAMadmin"], ["iamadmin.10"]),
        (["iamadmin", "iamadmin.2"], ["iamadmin.10"]),
        (["iamadmin.10"], []),
        (["iamadmin.10", "iamadmin"], []),
        (["iamadmin.11"], []),
    ],
)
def test_a_device_waits_for_codes_until_it_or_a_newer_one_is_enabled(enabled: list[str], pending: list[str]) -> None:
    assert REPLACING.pending(enabled) == pending


ONCE_ENABLED = pytest.mark.parametrize(
    ("enabled", "keep_seed", "seeds", "waits"),
    [
        (["iamadmin"], True, {"iamadmin": SEED, "iamadmin.10": NEW}, True),
        (["iamadmin"], False, {"iamadmin": SEED, "iamadmin.10": NEW}, True),
        (["iamadmin", "iamadmin.10"], True, {"iamadmin.10": NEW}, False),
        (["IAMADMIN.10"], True, {"iamadmin.10": NEW}, False),
        (["iamadmin.10", "iamadmin"], True, {"iamadmin.10": NEW}, False),
        (["iamadmin.10"], False, {}, False),
    ],
    ids=[
        "begun",
        "begun, and seeds are not kept by this run",
        "enabled",
        "enabled alone",
        "in another order",
        "enabled, and seeds are not kept",
    ],
)


@ONCE_ENABLED
def test_a_device_that_is_replaced_keeps_its_seed_until_it_is(
    enabled: list[str], keep_seed: bool, seeds: dict[str, str], waits: bool
) -> None:
    kept = holding(REPLACING, "iamadmin")
    after = kept.once_enabled(iter(serial_numbers(*enabled)), keep_seed, has_password=False)
    assert after == holding(replace(BARE, mfa_seeds=seeds), *(["iamadmin"] if waits else []), is_left_over=waits)
    assert kept.credentials
    assert kept.credentials.once_enabled(enabled, keep_seed, kept.qr_codes) == after.credentials


@pytest.mark.parametrize("keep_seed", [True, False])
def test_a_seed_that_an_earlier_run_has_kept_stays_until_its_device_is_replaced(keep_seed: bool) -> None:
    kept = holding(replace(BARE, mfa_seeds={"iamadmin": SEED, "safe": NEW}), "safe")
    after = kept.once_enabled(serial_numbers("iamadmin", "safe"), keep_seed, has_password=False)
    assert after.credentials
    assert after.credentials.mfa_seeds == {"iamadmin": SEED, **({"safe": NEW} if keep_seed else {})}
    replaced = after.once_enabled(serial_numbers("iamadmin.2", "safe"), keep_seed, has_password=False)
    assert replaced.credentials
    assert "iamadmin" not in replaced.credentials.mfa_seeds


def test_a_seed_is_that_of_an_enabled_device_however_either_is_spelt() -> None:
    held = replace(BARE, mfa_seeds={"IAMadmin": SEED, "Safe.2": NEW})
    for enabled in (["iamadmin", "safe.2"], ["IAMADMIN", "SAFE.2"]):
        assert held.pending(enabled) == []
        assert held.once_enabled(enabled, keep_seed=True, scanned=["IAMADMIN", "safe"]) == held
        assert held.once_enabled(enabled, keep_seed=False, scanned=["IAMADMIN", "safe"]) == BARE
        assert held.once_enabled(enabled, keep_seed=False, scanned=[]) == held


def test_what_is_not_enabled_yet_is_kept() -> None:
    kept = holding(replace(FULL, mfa_seeds={"iamadmin": SEED, "Safe": NEW}), "iamadmin", "safe", is_left_over=True)
    assert kept.once_enabled([], False, has_password=False) == kept
    assert kept.once_enabled(serial_numbers("iamadmin"), False, has_password=False) == holding(
        replace(FULL, mfa_seeds={"Safe": NEW}), "safe", is_left_over=True
    )


def test_a_qr_code_without_a_seed_is_of_no_use() -> None:
    kept = holding(BARE, "iamadmin", is_left_over=True)
    assert kept.once_enabled([], True, has_password=False) == holding(BARE)


@pytest.mark.parametrize("has_password", [True, False])
def test_a_password_that_aws_has_was_sent(has_password: bool) -> None:
    unsent = holding(replace(FULL, unsent=True), is_left_over=True)
    after = unsent.once_enabled(serial_numbers("iamadmin"), True, has_password)
    assert after == holding(replace(FULL, unsent=not has_password), is_left_over=not has_password)
    sent = holding(FULL)
    assert sent.once_enabled(serial_numbers("iamadmin"), True, has_password) == sent


def test_what_lies_there_in_plain_text_is_encrypted_in_the_end() -> None:
    bare = holding(FULL, is_bare=True, is_left_over=True)
    assert bare.once_enabled(serial_numbers("iamadmin"), True, has_password=True) == holding(FULL)


def test_without_credentials_nothing_is_of_use() -> None:
    rubbish = holding(None, "iamadmin", is_bare=True, is_left_over=True)
    for kept in (EMPTY, rubbish):
        assert kept.once_enabled([], True, has_password=False) == kept.removed() == EMPTY


def test_what_else_is_known_of_a_handover_stays() -> None:
    kept = holding(FULL, "iamadmin", elsewhere={"1": "/x"}, has_new_password=True)
    for after in (kept.once_enabled([], True, has_password=False), kept.removed(), kept.without_device("safe")):
        assert (after.place, after.account_name, after.elsewhere) == (PLACE, "general", {"1": "/x"})
        assert after.has_new_password is True


@pytest.mark.parametrize(
    ("device", "seeds", "codes"),
    [
        ("iamadmin", {"Safe": NEW}, {"Safe"}),
        ("IAMADMIN", {"Safe": NEW}, {"Safe"}),
        ("safe", {"iamadmin": SEED, "iamadmin.2": NEW}, {"iamadmin"}),
        ("key", {"iamadmin": SEED, "iamadmin.2": NEW, "Safe": NEW}, {"iamadmin", "Safe"}),
    ],
)
def test_of_a_device_that_is_no_more_nothing_is_kept(device: str, seeds: dict[str, str], codes: set[str]) -> None:
    held = replace(FULL, mfa_seeds={"iamadmin": SEED, "iamadmin.2": NEW, "Safe": NEW})
    assert holding(held, "iamadmin", "Safe").without_device(device) == holding(replace(held, mfa_seeds=seeds), *codes)
    assert holding(None, "iamadmin", "Safe").without_device(device) == holding(None, *codes)


@pytest.mark.parametrize(
    ("enabled", "waiting"),
    [
        (["iamadmin"], ["iamadmin.2"]),
        (["IAMADMIN"], ["iamadmin.2"]),
        (["iamadmin", "safe"], ["iamadmin.2", "Safe.3"]),
        (["iamadmin.2"], []),
        ([], []),
    ],
)
def test_a_replacement_waits_where_what_it_replaces_is_enabled(enabled: list[str], waiting: list[str]) -> None:
    held = replace(BARE, mfa_seeds={"iamadmin": SEED, "iamadmin.2": NEW, "Safe.3": NEW, "key": SEED})
    assert holding(held).replacements(iter(serial_numbers(*enabled))) == waiting
    assert EMPTY.replacements(serial_numbers(*enabled)) == []


# A device that is made


def test_a_new_seed_is_kept_with_its_qr_code() -> None:
    kept = holding(replace(FULL, mfa_devices=("key",)), "key", has_new_password=True)
    after = kept.with_seed("arn:aws:iam::012345678901:mfa/admins/iamadmin.2", NEW)
    assert after == holding(
        replace(FULL, mfa_seeds={"iamadmin": SEED, "iamadmin.2": NEW}, mfa_devices=("key", "iamadmin.2")),
        "key",
        "iamadmin",
        has_new_password=True,
    )


def test_a_seed_that_is_made_anew_takes_the_place_of_the_other_one() -> None:
    kept = holding(replace(WITH_SEED, mfa_devices=("iamadmin", "key")), "iamadmin")
    assert kept.with_seed("iamadmin", NEW) == holding(
        replace(BARE, mfa_seeds={"iamadmin": NEW}, mfa_devices=("iamadmin", "key")), "iamadmin"
    )


@pytest.mark.parametrize(
    ("kept", "device", "expected"),
    [
        (holding(WITH_SEED, "iamadmin"), "iamadmin", True),
        (holding(WITH_SEED, "IAMadmin"), "iamADMIN", True),
        (holding(WITH_SEED, "iamadmin"), "safe", False),
        (holding(WITH_SEED, "safe"), "iamadmin", False),
        (holding(WITH_SEED, "safe"), "safe", False),
        (holding(WITH_SEED), "iamadmin", False),
        (holding(BARE, "iamadmin"), "iamadmin", False),
        (holding(None, "iamadmin"), "iamadmin", False),
        (EMPTY, "iamadmin", False),
    ],
)
def test_a_device_is_being_enrolled_where_there_are_a_seed_and_its_qr_code(
    kept: Kept, device: str, expected: bool
) -> None:
    assert kept.is_enrolling(device) is expected


@pytest.mark.parametrize(
    ("device", "label"),
    [("iamadmin", "AWS general: iamadmin@012345678901"), ("safe", "AWS general: iamadmin@012345678901 safe")],
)
def test_an_app_tells_accounts_and_devices_apart(device: str, label: str) -> None:
    assert replace(holding(BARE), account_name="of the folder").label_of(device) == label


# A password that is to be sent

SENT = replace(BARE, initial_password="kept")
UNSENT = replace(SENT, unsent=True)
RENEWING = replace(SENT, previous_password="before")
NOTHING_KEPT = replace(BARE, unsent=True, previous_password="before")


@pytest.mark.parametrize(
    ("held", "renew", "password"),
    [
        (None, False, "generated"),
        (None, True, "generated"),
        (BARE, False, "generated"),
        (SENT, False, "generated"),
        (SENT, True, "generated"),
        (UNSENT, False, "kept"),
        (UNSENT, True, "generated"),
        (RENEWING, False, "kept"),
        (RENEWING, True, "kept"),
        (NOTHING_KEPT, False, "generated"),
    ],
)
def test_a_password_that_may_have_been_sent_is_sent_again_and_one_that_aws_had_is_spent(
    held: Credentials | None, renew: bool, password: str
) -> None:
    assert holding(held).password_to_send(None, "generated", renew) == password
    if held is None or held.previous_password is None:
        assert holding(held).password_to_send("given", "generated", renew) == "given"


@pytest.mark.parametrize("renew", [False, True])
def test_where_aws_may_have_either_of_two_passwords_there_is_no_third(renew: bool) -> None:
    with pytest.raises(AdminError) as refused:
        holding(RENEWING).password_to_send("given", "generated", renew)
    assert str(refused.value) == (
        f"{holding(None).place} keeps two passwords, one of which AWS has, as a run was killed before it knew which: "
        "run again without iam_admin_password, and give another one then."
    )
    assert holding(RENEWING).password_to_send("kept", "generated", renew) == "kept"


def test_what_another_process_could_not_read_is_an_error_where_it_is_read() -> None:
    carried = Carried(replace(holding(None), unusable="No password opens it.", is_left_over=True))
    assert carried.is_left_over() is True
    with pytest.raises(AdminError, match=r"^No password opens it\.$"):
        carried.read()


@pytest.mark.parametrize(
    ("held", "password", "renew", "after"),
    [
        (BARE, "new", False, replace(BARE, initial_password="new", unsent=True)),
        (BARE, "new", True, replace(BARE, initial_password="new")),
        (SENT, "new", False, replace(SENT, initial_password="new", previous_password="kept", unsent=True)),
        (SENT, "new", True, replace(SENT, initial_password="new", previous_password="kept")),
        (SENT, "kept", False, UNSENT),
        (SENT, "kept", True, replace(SENT, previous_password="kept")),
        (UNSENT, "kept", False, UNSENT),
        (UNSENT, "kept", True, replace(SENT, previous_password="kept")),
        (UNSENT, "new", False, replace(UNSENT, initial_password="new", previous_password="kept")),
        (RENEWING, "kept", True, RENEWING),
        (RENEWING, "kept", False, replace(RENEWING, unsent=True)),
        (RENEWING, "new", True, replace(RENEWING, initial_password="new")),
    ],
)
def test_what_was_kept_before_stays_until_the_new_password_is_known_to_be_sent(
    held: Credentials, password: str, renew: bool, after: Credentials
) -> None:
    assert holding(held).with_password(password, renew).credentials == after


@pytest.mark.parametrize(
    ("held", "password", "is_new"),
    [
        (BARE, "new", True),
        (SENT, "new", True),
        (SENT, "kept", True),
        (UNSENT, "new", True),
        (RENEWING, "new", True),
        (UNSENT, "kept", False),
        (RENEWING, "kept", False),
    ],
)
@pytest.mark.parametrize("renew", [True, False])
def test_a_password_that_an_earlier_run_may_have_sent_is_not_new(
    held: Credentials, password: str, is_new: bool, renew: bool
) -> None:
    assert holding(held).with_password(password, renew).has_new_password is is_new
    # Of this run it stays so: AWS had no other chance to get it
    assert holding(held, has_new_password=True).with_password(password, renew).has_new_password is True


@pytest.mark.parametrize(
    ("was", "renew", "after"), [(False, True, False), (False, False, True), (True, True, True), (True, False, True)]
)
def test_a_first_password_is_left_over_until_it_is_sent(was: bool, renew: bool, after: bool) -> None:
    kept = holding(SENT, "iamadmin", is_left_over=was)
    assert kept.with_password("new", renew).is_left_over is after
    assert kept.with_password("new", renew).qr_codes == {"iamadmin"}


@pytest.mark.parametrize("held", [SENT, UNSENT, RENEWING, replace(RENEWING, unsent=True)])
def test_a_password_that_aws_has_taken_is_the_only_one(held: Credentials) -> None:
    assert holding(held, "iamadmin", has_new_password=True).password_sent() == holding(
        SENT, "iamadmin", has_new_password=True
    )


@pytest.mark.parametrize(
    ("held", "after"),
    [
        (UNSENT, BARE),
        (RENEWING, replace(BARE, initial_password="before")),
        (replace(RENEWING, unsent=True), replace(BARE, initial_password="before")),
    ],
)
def test_a_password_that_aws_has_refused_gives_way_to_the_one_before(held: Credentials, after: Credentials) -> None:
    assert holding(held, "iamadmin").password_refused() == holding(after, "iamadmin")


@pytest.mark.parametrize(
    "use",
    [
        lambda: EMPTY.with_password("new", False),
        EMPTY.password_sent,
        EMPTY.password_refused,
        lambda: EMPTY.with_seed("iamadmin", SEED),
        lambda: EMPTY.label_of("iamadmin"),
    ],
)
def test_nothing_is_kept_for_nobody(use: Any) -> None:
    with pytest.raises(ValueError, match=r"^`of` comes first: it says whose this is$"):
        use()


def test_ansible_is_told_of_a_password_as_soon_as_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def register_secret(value: str) -> str:
        told.append(value)
        return value

    monkeypatch.setattr(module, "register_secret", register_secret)
    assert EMPTY.password_to_send(None, "generated", False) == "generated"
    assert told == ["generated"]


# Whose it is


def of(kept: Kept, **given: Any) -> Credentials:
    """Return what is kept for the user that AWS has, which has nothing more than is said here."""
    plain = {"user_id": None, "mfa_devices": [], "has_password": False, "adopts": False, **given}
    account, name = plain.pop("account", ACCOUNT), plain.pop("name", "iamadmin")
    held = kept.of(account, name, **plain).credentials
    assert held
    return held


def test_a_handover_that_is_begun_says_whose_it_is() -> None:
    assert of(EMPTY) == BARE
    assert of(replace(EMPTY, account_name="acme"), name="other", user_id="AIDAOURS") == replace(
        BARE, account_name="acme", user_name="other", user_id="AIDAOURS"
    )
    china = Account("444455556666", "aws-cn", "arn:aws-cn:iam::444455556666:root")
    assert of(EMPTY, account=china) == Credentials(
        "general", "444455556666", "iamadmin", "https://444455556666.signin.amazonaws.cn/console"
    )


@pytest.mark.parametrize("kept", [EMPTY, holding(FULL)])
def test_where_it_is_not_known_where_to_sign_in_nothing_is_said_of_it_not_even_by_an_earlier_version(
    kept: Kept,
) -> None:
    europe = Account("444455556666", "aws-eusc", "arn:aws-eusc:iam::444455556666:root")
    held = of(kept, account=europe)
    assert held.sign_in_url is None
    assert "sign_in_url" not in held.as_plain()
    assert Credentials.from_plain(held.as_plain()) == held


def test_what_is_beside_the_credentials_stays() -> None:
    kept = holding(None, "iamadmin", is_bare=True, is_left_over=True, elsewhere={"1": "/x"}, has_new_password=True)
    after = kept.of(ACCOUNT, "iamadmin", user_id=None, mfa_devices=[], has_password=False, adopts=False)
    assert after == replace(kept, credentials=BARE)


@pytest.mark.parametrize(
    ("found", "said", "url"),
    [
        (None, None, URL),
        (None, "https://a", "https://a"),
        ("https://b", None, "https://b"),
        (URL, "https://a", "https://a"),
    ],
)
def test_where_to_sign_in_is_what_is_said_or_stays(found: str | None, said: str | None, url: str) -> None:
    kept = holding(replace(FULL, sign_in_url=found)) if found else EMPTY
    assert of(kept, sign_in_url=said) == replace(FULL if found else BARE, sign_in_url=url)


@pytest.mark.parametrize(
    ("held", "adopts", "known"),
    [
        (None, True, ("key",)),
        (None, False, ()),
        (OURS, True, ("iamadmin", "key")),
        (OURS, False, ("iamadmin",)),
        (replace(OURS, user_id=None), False, ("iamadmin",)),
        (replace(OURS, mfa_devices=()), False, ()),
        (replace(OURS, user_id=None, mfa_devices=()), False, ("key",)),
    ],
    ids=["made", "nobody's", "adopted", "known", "without an id", "without a device", "of version 1"],
)
def test_only_who_adopts_knows_the_devices_that_the_user_has(
    held: Credentials | None, adopts: bool, known: tuple[str, ...]
) -> None:
    after = of(holding(held), user_id="AIDAOURS", mfa_devices=iter(serial_numbers("key")), adopts=adopts)
    assert (after.user_id, after.mfa_devices) == ("AIDAOURS", known)


@pytest.mark.parametrize(
    ("held", "has_password", "had"),
    [
        (None, True, True),
        (None, False, False),
        (BARE, True, True),
        (SENT, True, False),
        (replace(SENT, had_password=True), False, True),
        (replace(SENT, had_password=True), True, True),
    ],
)
def test_a_password_that_the_user_had_before_is_noted(held: Credentials | None, has_password: bool, had: bool) -> None:
    assert of(holding(held), has_password=has_password).had_password is had


def test_a_password_is_the_new_users_own_where_the_one_that_was_kept_was_anothers() -> None:
    before = replace(OURS, account_id=ACCOUNT.id, mfa_seeds={"iamadmin": SEED})
    after = of(holding(before), user_id="AIDAOTHER", has_password=True, adopts=True)
    assert after == replace(
        before, user_id="AIDAOTHER", mfa_devices=("iamadmin",), initial_password=None, had_password=True
    )


@pytest.mark.parametrize(
    ("account_id", "user_name"), [("444455556666", "iamadmin"), ("012345678901", "other"), ("444455556666", "other")]
)
def test_the_handover_of_another_account_or_user_is_refused(account_id: str, user_name: str) -> None:
    with pytest.raises(AdminError) as refused:
        holding(FULL).expect(account_id, user_name)
    assert refusal(refused) == (
        f"{PLACE} is the handover of iamadmin in account 012345678901, not of {user_name} in {account_id}: move it "
        "away, or set iam_admin_handover_dir."
    )
    assert holding(FULL).is_of(account_id, user_name) is False
    EMPTY.expect(account_id, user_name)


def test_the_handover_of_this_account_and_user_is_taken() -> None:
    holding(FULL).expect("012345678901", "iamadmin")
    assert holding(FULL).is_of("012345678901", "iamadmin") is True
    assert EMPTY.is_of("012345678901", "iamadmin") is False


@pytest.mark.parametrize(
    ("change", "has_password", "refused"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"initial_password": "kept"}, True, False),
        ({"had_password": True}, True, False),
        ({"mfa_seeds": {}}, True, False),
    ],
    ids=["somebody's", "none yet", "ours", "from before", "nothing waits"],
)
def test_a_first_password_that_is_not_ours_is_somebody_elses(
    change: dict[str, Any], has_password: bool, refused: bool
) -> None:
    waiting = holding(replace(OURS, **{"initial_password": None, "mfa_seeds": {"iamadmin": SEED}, **change}))
    if not refused:
        waiting.refuse_stranger("AIDAOURS", has_password)
        return
    with pytest.raises(AdminError) as refused_as:
        waiting.refuse_stranger("AIDAOURS", has_password)
    assert refusal(refused_as) == (
        f"{PLACE} never had a password, and iamadmin in account 444455556666 has one, which somebody else has set: "
        "make sure who, then set iam_admin_adopt: true, or remove the user (playbooks/remove.yml)."
    )


def test_the_handover_of_another_user_of_the_name_is_refused() -> None:
    for known in ("AIDAOURS", None):
        holding(OURS).refuse_stranger(known, has_password=True)
    holding(replace(OURS, user_id=None)).refuse_stranger("AIDAOTHER", has_password=True)
    EMPTY.refuse_stranger("AIDAOTHER", has_password=True)
    with pytest.raises(AdminError) as refused:
        holding(OURS).refuse_stranger("AIDAOTHER", has_password=False)
    assert refusal(refused) == (
        f"{PLACE} is the handover of the user AIDAOURS, and iamadmin in account 444455556666 is AIDAOTHER now: make "
        "sure whose that is, and then adopt the user (iam_admin_adopt: true), or move the handover away."
    )


ELSEWHERE = {"012345678901": "/handover/general"}


def test_the_handover_of_an_account_that_was_renamed_is_refused() -> None:
    renamed = replace(EMPTY, account_name="acme", elsewhere=ELSEWHERE)
    with pytest.raises(AdminError) as refused:
        renamed.refuse_other_name("012345678901", "iamadmin")
    assert refusal(refused) == (
        "The handover of iamadmin in account 012345678901 is /handover/general: rename that folder to acme, as the "
        "account is called now, or move it out of /handover."
    )


@pytest.mark.parametrize(
    ("held", "elsewhere", "account_id"),
    [(None, ELSEWHERE, "444455556666"), (None, {}, "012345678901"), (BARE, ELSEWHERE, "012345678901")],
    ids=["of another account", "nowhere", "here"],
)
def test_another_handover_is_that_of_another(
    held: Credentials | None, elsewhere: dict[str, str], account_id: str
) -> None:
    holding(held, elsewhere=elsewhere).refuse_other_name(account_id, "iamadmin")


# What is shown, and handed over


@pytest.mark.parametrize(
    ("kept", "shown"),
    [
        (EMPTY, None),
        (holding(None, "safe", "iamadmin"), {"qr_codes": ["iamadmin", "safe"]}),
        (
            holding(BARE),
            {
                "user_id": None,
                "sign_in_url": URL,
                "initial_password": None,
                "mfa_seeds": [],
                "qr_codes": [],
                "is_in_plain_text": False,
            },
        ),
        (
            holding(
                replace(FULL, user_id="AIDAOURS", mfa_seeds={"safe": NEW, "iamadmin": SEED}),
                "safe",
                "iamadmin",
                is_bare=True,
            ),
            {
                "user_id": "AIDAOURS",
                "sign_in_url": URL,
                "initial_password": "kept",
                "mfa_seeds": ["iamadmin", "safe"],
                "qr_codes": ["iamadmin", "safe"],
                "is_in_plain_text": True,
            },
        ),
        (
            holding(replace(UNSENT, previous_password="before")),
            {
                "user_id": None,
                "sign_in_url": URL,
                "initial_password": "to be sent",
                "mfa_seeds": [],
                "qr_codes": [],
                "is_in_plain_text": False,
            },
        ),
        (
            holding(replace(BARE, unsent=True)),
            {
                "user_id": None,
                "sign_in_url": URL,
                "initial_password": None,
                "mfa_seeds": [],
                "qr_codes": [],
                "is_in_plain_text": False,
            },
        ),
    ],
    ids=["nothing", "codes alone", "bare", "full", "unsent", "unsent without one"],
)
def test_the_diff_shows_what_there_is_and_no_secret(kept: Kept, shown: dict[str, Any] | None) -> None:
    assert kept.describe() == shown


def texts(minimum: int = 1) -> st.SearchStrategy[str]:
    return st.text(min_size=minimum, max_size=12)


def lists(of: st.SearchStrategy[str]) -> st.SearchStrategy[Iterable[str]]:
    return st.lists(of, max_size=3)


CREDENTIALS = st.builds(
    Credentials,
    texts(),
    texts(),
    texts(),
    texts(),
    user_id=st.none() | texts(),
    mfa_devices=lists(texts()).map(tuple),
    initial_password=st.none() | texts(),
    previous_password=st.none() | texts(),
    mfa_seeds=st.dictionaries(texts(), texts(0), max_size=3),
    unsent=st.booleans(),
    had_password=st.booleans(),
)
KEPT = st.builds(
    Kept,
    texts(0),
    texts(0),
    credentials=st.none() | CREDENTIALS,
    qr_codes=lists(texts(0)).map(frozenset),
    is_bare=st.booleans(),
    is_left_over=st.booleans(),
    elsewhere=st.dictionaries(texts(), texts(), max_size=3),
    has_new_password=st.booleans(),
)


@given(KEPT)
def test_what_is_packed_for_another_process_is_unpacked_there(kept: Kept) -> None:
    packed = kept.pack()
    assert Kept.unpack(packed) == kept
    assert isinstance(json.loads(packed), dict)


@given(CREDENTIALS)
def test_no_credentials_are_lost_on_their_way(credentials: Credentials) -> None:
    assert Credentials.from_plain(json.loads(json.dumps(credentials.as_plain()))) == credentials


def test_what_equals_is_packed_the_same() -> None:
    assert holding(FULL, "b", "a", "c").pack() == holding(FULL, "c", "b", "a").pack()


# Another process


def test_what_another_process_keeps_is_what_it_has_handed_in() -> None:
    kept = holding(FULL, "iamadmin", elsewhere=ELSEWHERE)
    carried = Carried(kept)
    assert (carried.read(), carried.elsewhere("iamadmin"), carried.waits) == (kept, ELSEWHERE, False)
    assert carried.is_left_over() is False
    assert Carried(replace(kept, is_left_over=True)).is_left_over() is True


def test_what_is_written_waits_for_the_other_process() -> None:
    kept, other = holding(FULL), holding(BARE)
    carried = Carried(kept)
    carried.write(holding(FULL))
    assert carried.waits is False
    carried.write(other)
    assert (carried.read(), carried.waits) == (other, True)
    for again in (other, kept):
        carried.write(again)
        assert (carried.read(), carried.waits) == (again, True)


def test_nobody_is_told_of_what_a_task_has_of_the_handover() -> None:
    options = HANDOVER_SPEC["options"]
    assert {name for name, option in options.items() if option.get("no_log")} == {"vault_password", "kept"}
    assert options["keep_seed"] == {"type": "bool", "default": False, "no_log": False}
    assert options["directory"]["required"] is True
