# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people are told of a handover, and that a QR code is drawn on a screen or nowhere."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from ansible.utils.display import Display

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.authenticator import qr_code
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.kept import Credentials, Kept
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.virtual_mfa import enrolment
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handing_over import (
    draw_qr_code,
    draw_qr_code_again,
    tell,
    tell_qr_code,
    tell_what_is_next,
    warnings_of,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import Handover
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.terminal import Screen
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.vault import Vault

SEED, NEW = "JBSWY3DPEHPK3PXP" * 2, "GEZDGNBVGY3TQOJQ" * 2
BARE = Credentials("general", "012345678901", "iamadmin", "https://x")
WITH_SEED = replace(BARE, mfa_seeds={"iamadmin": SEED})
LABEL = "AWS general: iamadmin@012345678901"


@pytest.fixture(autouse=True)
def said(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What was displayed, and how."""
    said: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(Display, "display", lambda _display, text, **how: said.append((text, how)))
    return said


@pytest.fixture(params=[Screen(60, 160), None], ids=["a screen", "no screen"])
def screen(request: pytest.FixtureRequest) -> Screen | None:
    """A screen, or none."""
    found: Screen | None = request.param
    return found


def keep(directory: Path, credentials: Credentials | None, *qr_codes: str, password: str | None = None) -> Handover:
    """Return the handover of a host that has just been written."""
    handover = Handover(str(directory), "general", Vault([], password))
    handover.write(Kept("/void", "general", credentials, frozenset(qr_codes)))
    return handover


def drawing(seed: str, label: str) -> tuple[str, dict[str, Any]]:
    """Return a QR code as it is displayed."""
    drawn = io.StringIO()
    qr_code(enrolment(seed, label)["otpauth_uri"]).terminal(drawn, compact=True)
    return f"{label}\n{drawn.getvalue()}", {"screen_only": True}


def test_what_is_told_leaves_a_terminal_as_it_is(said: list[Any]) -> None:
    tell("general", "look\x1b.")
    assert said == [("\ngeneral: look .", {})]


# QR codes


@pytest.mark.parametrize(("device", "file"), [("iamadmin", "mfa-qr"), ("safe", "mfa-qr-safe")])
def test_where_a_qr_code_is_is_said(tmp_path: Path, said: list[Any], device: str, file: str) -> None:
    handover = keep(tmp_path, replace(WITH_SEED, mfa_seeds={"iamadmin": SEED, "safe": SEED}), device, password="given")
    tell_qr_code(handover, device)
    where = f"{tmp_path}/general/{file}.png"
    assert said == [(f"\ngeneral: the QR code for the authenticator app is {where}", {})]


def test_without_credentials_there_is_nothing_to_scan(tmp_path: Path, said: list[Any]) -> None:
    tell_qr_code(keep(tmp_path, None), "iamadmin")
    assert said == []


def test_a_qr_code_is_drawn_on_a_screen_or_nowhere(tmp_path: Path, said: list[Any], screen: Screen | None) -> None:
    handover = keep(tmp_path, replace(BARE, mfa_seeds={"iamadmin.2": NEW, "iamadmin": SEED}))
    if screen:
        draw_qr_code(handover, "iamadmin", screen)
        assert said == [drawing(NEW, LABEL)]
        return
    with pytest.raises(AdminError) as refused:
        draw_qr_code(handover, "iamadmin", screen)
    assert str(refused.value) == ("general: there is no terminal to draw a QR code on, and it is drawn nowhere else.")
    assert said == []


WAITS = "\ngeneral: this iamadmin is not enabled yet, and waits for its codes."
REPLACES = (
    "\ngeneral: this is the replacement of iamadmin, and waits for its codes. replace_mfa.yml asks for them, and "
    "cancel_replacement.yml removes it."
)
IS_REPLACED = (
    "\ngeneral: this is the iamadmin that works; its replacement waits for its codes. replace_mfa.yml "
    "asks for them, and cancel_replacement.yml removes it."
)


@pytest.mark.parametrize(
    ("handed_over", "shown", "first"),
    [
        (({"iamadmin": SEED}, []), SEED, []),
        (({"iamadmin.2": NEW}, []), NEW, []),
        (({"iamadmin": SEED}, ["iamadmin"]), SEED, [WAITS]),
        (({"iamadmin.2": NEW}, ["iamadmin"]), NEW, [REPLACES]),
        (({"iamadmin": SEED, "iamadmin.2": NEW}, []), SEED, [IS_REPLACED]),
        (({"iamadmin": SEED, "iamadmin.2": NEW}, ["iamadmin"]), SEED, [IS_REPLACED]),
    ],
    ids=["enabled", "replaced", "pending", "replacement alone", "without its picture", "is replaced"],
)
def test_a_qr_code_that_is_drawn_again_is_of_the_device_that_works(
    tmp_path: Path, said: list[Any], handed_over: tuple[dict[str, str], list[str]], shown: str, first: list[str]
) -> None:
    seeds, qr_codes = handed_over
    handover = keep(tmp_path, replace(BARE, mfa_seeds=seeds), *qr_codes)
    draw_qr_code_again(handover, "iamadmin", Screen(100, 100))
    assert said == [*((sentence, {}) for sentence in first), drawing(shown, LABEL)]


DRAWN = drawing(SEED, LABEL)[0].splitlines()[1:]
ROWS, COLUMNS = len(DRAWN) + 4, len(re.sub(r"\x1b\[[0-9;]*m", "", DRAWN[0]))


VAULT = "run ansible-vault decrypt --output qr.png {}, open qr.png, and delete it."


@pytest.mark.parametrize(
    ("handed_over", "remedy"),
    [
        ({"password": None, "qr_codes": ["iamadmin"]}, "open {}."),
        ({"password": "given", "qr_codes": ["iamadmin"]}, VAULT),
        ({"password": "given", "qr_codes": []}, "enlarge the terminal, and run playbooks/show_qr.yml."),
    ],
    ids=["plain", "encrypted", "no picture"],
)
@pytest.mark.parametrize("screen", [Screen(ROWS - 1, COLUMNS), Screen(ROWS, COLUMNS - 1)])
def test_where_it_does_not_fit_it_is_said_how_to_see_it(
    tmp_path: Path, said: list[Any], handed_over: dict[str, Any], remedy: str, screen: Screen
) -> None:
    handover = keep(tmp_path, WITH_SEED, *handed_over["qr_codes"], password=handed_over["password"])
    draw_qr_code(handover, "iamadmin", screen)
    has = f"this terminal has {screen.rows} and {screen.columns}"
    needs = f"the QR code needs {ROWS} rows and {COLUMNS} columns, and {has}"
    remedy = remedy.format(f"{tmp_path}/general/mfa-qr.png")
    assert said == [(f"\ngeneral: {needs}: {remedy}", {})]
    said.clear()
    draw_qr_code(handover, "iamadmin", Screen(ROWS, COLUMNS))
    assert said == [drawing(SEED, LABEL)]


@pytest.mark.parametrize(("credentials", "device"), [(None, "iamadmin"), (BARE, "iamadmin"), (WITH_SEED, "safe")])
def test_a_qr_code_whose_seed_is_gone_is_not_drawn(
    tmp_path: Path, screen: Screen | None, credentials: Credentials | None, device: str
) -> None:
    with pytest.raises(AdminError) as refused:
        draw_qr_code(keep(tmp_path, credentials), device, screen)
    assert str(refused.value) == (
        f"general: the handover has no seed of {device}. It is kept with iam_admin_keep_seed or iam_admin_enrolment: "
        "totp, and AWS does not show it again: run replace_mfa.yml to get a new one."
    )


# What is next

SIGN_IN = (
    "sign in at https://x as iamadmin, with the initial password in {}; the playbook aws_profile writes a profile for "
    "aws login."
)
SIGN_OUT = (
    " This run worked as the root user: sign out of it now, in the browser, and with aws logout if you used aws login."
)


@pytest.mark.parametrize("as_root", [True, False])
@pytest.mark.parametrize(("password", "opened"), [(None, ""), ("given", ", which ansible-vault view opens")])
def test_where_to_sign_in_is_said_and_whom_to_sign_out(
    tmp_path: Path, said: list[Any], as_root: bool, password: str | None, opened: str
) -> None:
    handover = keep(tmp_path, replace(BARE, account_name="acme", initial_password="void"), password=password)
    tell_what_is_next(handover, as_root)
    sign_in = SIGN_IN.format(f"{handover.credentials}{opened}")
    assert said == [(f"\nacme: {sign_in}{SIGN_OUT if as_root else ''}", {})]


def test_where_the_address_is_not_known_the_account_is_said(tmp_path: Path, said: list[Any]) -> None:
    tell_what_is_next(keep(tmp_path, replace(BARE, sign_in_url=None, initial_password="void")), as_root=False)
    assert f": sign in to the console of account {BARE.account_id} as iamadmin, with" in said[0][0]


@pytest.mark.parametrize("as_root", [True, False])
def test_without_credentials_nobody_signs_in(tmp_path: Path, said: list[Any], as_root: bool) -> None:
    tell_what_is_next(keep(tmp_path, None), as_root)
    assert said == []


# Warnings

NOT_ENCRYPTED = (
    "The handover of general is not encrypted: set iam_admin_vault_password, or give --ask-vault-pass, and run the "
    "bootstrap again."
)


@pytest.mark.parametrize(
    ("credentials", "warns"),
    [
        (None, False),
        (BARE, False),
        (WITH_SEED, True),
        (replace(BARE, initial_password="void"), True),
    ],
    ids=["nothing", "no secret", "a seed", "a password"],
)
@pytest.mark.parametrize("password", [None, "given"], ids=["plain", "encrypted"])
def test_secrets_that_are_written_in_plain_text_are_warned_of(
    tmp_path: Path, said: list[Any], credentials: Credentials | None, warns: bool, password: str | None
) -> None:
    handover = keep(tmp_path, credentials, password=password)
    assert warnings_of(handover) == ([NOT_ENCRYPTED] if warns and not password else [])
    assert said == []


def test_what_was_only_read_is_not_warned_of(tmp_path: Path) -> None:
    keep(tmp_path, WITH_SEED)
    handover = Handover(str(tmp_path), "general", Vault([]))
    assert (handover.read().credentials, warnings_of(handover)) == (WITH_SEED, [])


def test_what_is_not_read_is_not_read_for_a_warning(tmp_path: Path) -> None:
    keep(tmp_path, WITH_SEED).credentials.write_text("{")
    assert warnings_of(Handover(str(tmp_path), "general", Vault([]))) == []


@pytest.mark.parametrize("use", [lambda _path: None, lambda path: path.chmod(0o644)], ids=["ours", "open to others"])
def test_what_was_encrypted_is_said_and_what_was_moved_aside_is_warned_of(
    tmp_path: Path, said: list[Any], use: Callable[[Path], None]
) -> None:
    use(keep(tmp_path, WITH_SEED, "iamadmin").credentials)
    handover = Handover(str(tmp_path), "general", Vault([], "given"))
    is_ours = handover.read().credentials is not None
    handover.write(Kept("/void", "general", WITH_SEED, frozenset(["iamadmin"])))
    warnings = warnings_of(handover)
    credentials, qr = (f"{tmp_path}/general/{name}" for name in ("credentials.yml", "mfa-qr.png"))
    files = f"{credentials}, {qr}" if is_ours else qr
    assert said == [(f"\ngeneral: what lay there in plain text is encrypted now: {files}", {})]
    moved = (
        f"{tmp_path}/general/not-used-1-credentials.yml was moved aside and is not used: it was in plain text, which a "
        "run with a vault password does not write, and others can read it, so it may be theirs: look at it, and delete "
        "it."
    )
    assert warnings == ([] if is_ours else [moved])
