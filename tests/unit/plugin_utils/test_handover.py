# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The handover: for its owner alone, whole or not at all."""

from __future__ import annotations

import base64
import errno
import os
import shutil
import stat
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultSecret
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.kept import Credentials, Kept
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.virtual_mfa import enrolment
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import FirstUse, Handover, first_use
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.own_files import OwnFolder
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.vault import Vault

SEED = "JBSWY3DPEHPK3PXP" * 2
NEW = "GEZDGNBVGY3TQOJQ" * 2
BARE = Credentials("general", "012345678901", "iamadmin", "https://012345678901.signin.aws.amazon.com/console")
WITH_SEED = replace(BARE, mfa_seeds={"iamadmin": SEED})
FULL = replace(WITH_SEED, initial_password="void: # 'and' \"so\" on")
UNSENT = replace(FULL, unsent=True)


@pytest.fixture
def handover(tmp_path: Path) -> Handover:
    """A handover that is not there yet, and is not encrypted."""
    return Handover(str(tmp_path / "handover"), "general", Vault([]))


@pytest.fixture(params=[0o000, 0o022, 0o077])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    """Whatever the umask."""
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def written(path: Path) -> tuple[int, int]:
    """Return what another file of the name would have another of, and one that was written over, too."""
    status = path.stat()
    return status.st_ino, status.st_mtime_ns


def holding(credentials: Credentials | None, *qr_codes: str) -> Kept:
    """Return what a handover is to hold."""
    return Kept("/void", "general", credentials, frozenset(qr_codes))


def again(handover: Handover) -> Handover:
    """Return the handover as the next run has it: its files are read once."""
    return Handover(str(handover.folder.parent), handover.folder.name, handover._vault, handover._hosts)


def held(handover: Handover) -> Credentials | None:
    """Return what is in the file by now."""
    return again(handover).read().credentials


def picture(seed: str, device: str = "") -> bytes:
    """Return the QR code of a device of the account, as a file."""
    return base64.b64decode(enrolment(seed, f"AWS general: iamadmin@012345678901{device}")["qr_code_png"])


@pytest.fixture
def qr_code(handover: Handover) -> Path:
    """The QR code of the device that is called as the user."""
    return handover.qr_code("iamadmin", "iamadmin")


# Names


@pytest.mark.parametrize("name", ["general", "a.b", "user@example.com", "_", "-x", "A1+=,@-"])
def test_an_account_name_is_the_name_of_its_folder(tmp_path: Path, name: str) -> None:
    assert Handover(str(tmp_path), name, Vault([])).folder == tmp_path / name


@pytest.mark.parametrize("name", ["", ".", "..", ".hidden", "a/b", "../general", "/etc", "jo doe", "é", "a\n", "a\0"])
def test_an_account_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(AdminError) as refused:
        Handover(str(tmp_path), name, Vault([]))
    assert str(refused.value) == (
        f"The account name {name!r} cannot be the name of a folder: use letters, digits and +=,.@_- in the inventory."
    )


def test_the_directory_may_be_in_the_home_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert Handover("~/handover", "general", Vault([])).folder == tmp_path / "handover" / "general"


# Writing and reading


def test_there_is_nothing_to_read_at_first_and_reading_makes_nothing(handover: Handover) -> None:
    for vault in (Vault([]), Vault([], "given")):
        handover = Handover(str(handover.folder.parent), "general", vault)
        assert handover.read() == Kept(place=str(handover.credentials), account_name="general")
        assert handover.last_used() == 0
        handover.note_use()
        assert (handover.elsewhere("iamadmin"), handover.is_left_over()) == ({}, False)
    handover.write(Kept("/void", "general"))
    assert not handover.folder.parent.exists()


@pytest.mark.parametrize("credentials", [BARE, WITH_SEED, FULL, UNSENT], ids=["bare", "with a seed", "full", "unsent"])
@pytest.mark.parametrize("codes", [(), ("iamadmin",), ("safe", "phone")], ids=["no code", "one", "two"])
@pytest.mark.parametrize("password", [None, "given"], ids=["plain", "encrypted"])
def test_what_is_written_is_read_again(
    tmp_path: Path, credentials: Credentials, codes: tuple[str, ...], password: str | None
) -> None:
    handover = Handover(str(tmp_path), "general", Vault([], password))
    seeds = dict.fromkeys(codes, SEED) or credentials.mfa_seeds
    credentials = replace(credentials, mfa_seeds=seeds)
    handover.write(holding(credentials, *codes))
    assert again(handover).read() == Kept(
        str(handover.credentials),
        "general",
        credentials,
        frozenset(codes),
        is_left_over=bool(codes) or credentials.unsent,
    )


def test_what_was_written_is_known_without_reading(handover: Handover) -> None:
    wanted = replace(holding(UNSENT, "iamadmin"), elsewhere={"1": "/x"}, has_new_password=True, is_bare=True)
    assert handover.was_written is False
    handover.write(wanted)
    assert handover.read() == replace(wanted, is_bare=False, is_left_over=True)
    assert (handover.was_written, handover.waits) == (True, False)
    handover.write(replace(holding(FULL), is_left_over=True))
    assert handover.read() == holding(FULL)
    handover.write(replace(holding(None, "iamadmin"), is_left_over=True))
    assert handover.read().is_left_over is False


def test_the_files_are_read_once_until_another_run_writes_them(handover: Handover) -> None:
    handover.write(holding(FULL))
    reading = again(handover)
    before = reading.read()
    assert reading.read() is before
    handover.write(holding(BARE))
    assert reading.read().credentials == BARE
    assert reading.was_written is False


def test_what_another_run_has_kept_meanwhile_is_not_written_over(handover: Handover) -> None:
    handover.write(holding(BARE))
    late = again(handover)
    assert late.read().credentials == BARE
    handover.write(holding(FULL))
    late.write(late.read().with_password("another", renew=False))
    held = again(handover).read().credentials
    assert held is not None
    assert (held.initial_password, held.previous_password) == ("another", FULL.initial_password)
    assert held.mfa_seeds == FULL.mfa_seeds


def test_after_a_write_that_failed_the_files_are_read_again(handover: Handover, qr_code: Path) -> None:
    handover.write(holding(BARE))
    qr_code.mkdir()
    with pytest.raises(AdminError):
        handover.write(holding(FULL))
    qr_code.rmdir()
    again(handover).write(holding(WITH_SEED))
    assert handover.read().credentials == WITH_SEED


@given(st.text(st.characters(max_codepoint=0xFF), min_size=1, max_size=128))
def test_any_password_that_aws_allows_is_kept(password: str) -> None:
    with TemporaryDirectory() as directory:
        handover = Handover(directory, "general", Vault([]))
        handover.write(holding(replace(BARE, initial_password=password)))
        assert held(handover) == replace(BARE, initial_password=password)


def test_people_can_read_the_file_too(handover: Handover) -> None:
    handover.write(holding(FULL))
    text = handover.credentials.read_text()
    assert text.startswith("# Secret. Hand it to the administrator, then delete it.\naccount_name: general\n")
    assert yaml.safe_load(text) == {name: value for name, value in vars(FULL).items() if value}


def test_what_is_not_there_yet_is_not_written(handover: Handover) -> None:
    handover.write(holding(BARE))
    assert set(yaml.safe_load(handover.credentials.read_text())) == {
        "account_name",
        "account_id",
        "user_name",
        "sign_in_url",
    }


@pytest.mark.parametrize("password", [None, "given"], ids=["plain", "encrypted"])
def test_the_same_again_changes_nothing(tmp_path: Path, password: str | None) -> None:
    handover = Handover(str(tmp_path), "general", Vault([], password))
    handover.write(holding(WITH_SEED, "iamadmin"))
    files = handover.credentials, handover.qr_code("iamadmin", "iamadmin")
    before = [written(file) for file in files]
    for same in (handover, again(handover)):
        same.write(holding(WITH_SEED, "iamadmin"))
        assert [written(file) for file in files] == before
    handover.write(holding(FULL, "iamadmin"))
    assert [written(file) == when for file, when in zip(files, before, strict=True)] == [False, True]


def test_the_qr_code_is_that_of_the_newest_seed(handover: Handover, qr_code: Path) -> None:
    handover.write(holding(FULL, "iamadmin"))
    assert qr_code.read_bytes() == picture(SEED)
    handover.write(holding(replace(FULL, mfa_seeds={"iamadmin.2": NEW, "iamadmin": SEED}), "iamadmin"))
    assert qr_code.read_bytes() == picture(NEW)
    handover.write(holding(FULL, "iamadmin"))
    assert qr_code.read_bytes() == picture(SEED)


def test_a_qr_code_that_is_gone_is_made_again_and_one_without_a_seed_is_not(handover: Handover, qr_code: Path) -> None:
    handover.write(holding(FULL, "iamadmin"))
    qr_code.unlink()
    again(handover).write(holding(FULL, "iamadmin", "safe"))
    assert qr_code.read_bytes() == picture(SEED)
    assert names(handover.folder) == {"credentials.yml", "mfa-qr.png", ".gitignore"}


def test_with_a_vault_password_no_secret_is_on_the_disk(tmp_path: Path) -> None:
    handover = Handover(str(tmp_path), "general", Vault([], "given"))
    handover.write(holding(FULL, "iamadmin"))
    qr_code = handover.qr_code("iamadmin", "iamadmin")
    for file in (handover.credentials, qr_code):
        assert file.read_bytes().startswith(b"$ANSIBLE_VAULT;")
    assert held(handover) == FULL
    assert Vault([], "given").decrypt(qr_code.read_bytes(), "it") == picture(SEED)
    assert (handover.encrypts, handover.encrypted) == (True, [])


@pytest.mark.parametrize("mended", [FULL, BARE], ids=["the same", "another"])
def test_what_lies_there_in_plain_text_is_encrypted_as_soon_as_there_is_a_password(
    tmp_path: Path, mended: Credentials
) -> None:
    Handover(str(tmp_path), "general", Vault([])).write(holding(FULL, "iamadmin"))
    encrypting = Handover(str(tmp_path), "general", Vault([], "correct horse"))
    qr_code = encrypting.qr_code("iamadmin", "iamadmin")
    found = encrypting.read()
    assert (found.is_bare, found.is_left_over, found.credentials) == (True, True, FULL)
    encrypting.write(replace(found, credentials=replace(mended, mfa_seeds=FULL.mfa_seeds)))
    assert encrypting.encrypted == [encrypting.credentials, qr_code]
    assert Vault.is_encrypted(encrypting.credentials.read_bytes())
    assert Vault([], "correct horse").decrypt(qr_code.read_bytes(), "it") == picture(SEED)
    assert again(encrypting).read() == replace(
        found, credentials=replace(mended, mfa_seeds=FULL.mfa_seeds), is_bare=False
    )
    encrypting.write(encrypting.read())
    assert encrypting.encrypted == [encrypting.credentials, qr_code]
    assert encrypting.moved == []


@pytest.mark.parametrize("which", ["credentials.yml", "mfa-qr.png"])
def test_either_file_in_plain_text_is_to_be_encrypted(tmp_path: Path, which: str) -> None:
    encrypting = Handover(str(tmp_path), "general", Vault([], "given"))
    encrypting.write(holding(FULL, "iamadmin"))
    assert again(encrypting).read().is_bare is False
    (encrypting.folder / which).write_bytes(Vault([], "given").decrypt((encrypting.folder / which).read_bytes(), ""))
    assert again(encrypting).read().is_bare is True
    (encrypting.folder / "note").touch()
    mended = again(encrypting)
    mended.write(mended.read())
    assert mended.encrypted == [encrypting.folder / which]
    assert again(encrypting).read().is_bare is False


def test_without_a_password_nothing_is_encrypted(handover: Handover) -> None:
    handover.write(holding(FULL))
    handover.credentials.chmod(0o644)
    plain = again(handover)
    assert plain.read().is_bare is False
    plain.write(plain.read())
    assert (plain.encrypts, plain.encrypted, plain.moved, plain.is_left_over()) == (False, [], [], False)
    assert held(handover) == FULL


def test_what_a_run_that_was_killed_left_half_written_is_removed_by_the_next(handover: Handover) -> None:
    handover.write(holding(BARE))
    left_behind = handover.folder / ".partial-abc"
    left_behind.write_text("void")
    handover.write(holding(FULL))
    assert not left_behind.exists()


# For its owner alone


def test_what_leads_to_the_directory_is_made_too(tmp_path: Path) -> None:
    handover = Handover(str(tmp_path / "not" / "there" / "yet"), "general", Vault([]))
    handover.write(holding(BARE))
    assert held(handover) == BARE


@pytest.mark.usefixtures("umask")
def test_folders_and_files_are_for_their_owner_alone_whatever_the_umask(handover: Handover) -> None:
    handover.write(holding(UNSENT, "iamadmin"))
    assert [mode(folder) for folder in (handover.folder.parent, handover.folder)] == [0o700, 0o700]
    assert {path.name: mode(path) for path in handover.folder.iterdir()} == {
        "credentials.yml": 0o600,
        "mfa-qr.png": 0o600,
        ".gitignore": 0o600,
        ".unsent": 0o600,
    }


def test_a_folder_that_was_open_is_closed_and_a_file_too(handover: Handover) -> None:
    handover.write(holding(BARE))
    handover.folder.chmod(0o755)
    handover.credentials.chmod(0o644)
    handover.write(holding(FULL))
    assert (mode(handover.folder), mode(handover.credentials)) == (0o700, 0o600)


@pytest.mark.parametrize("found", [None, "", "# notes\n", "*\n!credentials.yml\n", "*"])
def test_git_ignores_the_folder_whatever_ignore_file_was_there(handover: Handover, found: str | None) -> None:
    ignore = handover.folder / ".gitignore"
    if found is not None:
        handover.folder.mkdir(parents=True)
        ignore.write_text(found)
    handover.write(holding(BARE))
    assert ignore.read_text() == "*\n"


def test_an_ignore_file_of_ours_is_not_written_again(handover: Handover) -> None:
    handover.write(holding(BARE))
    before = written(handover.folder / ".gitignore")
    handover.write(holding(FULL))
    assert written(handover.folder / ".gitignore") == before


# Whole or not at all


def test_nothing_is_left_of_a_write_that_failed(handover: Handover, qr_code: Path) -> None:
    handover.write(holding(BARE))
    qr_code.mkdir()
    before = names(handover.folder)
    with pytest.raises(AdminError, match=r"mfa-qr\.png is not a file: move it away\.$"):
        handover.write(holding(WITH_SEED, "iamadmin"))
    assert names(handover.folder) == before
    qr_code.rmdir()
    assert held(handover) == BARE


def test_a_file_is_written_in_the_folder_and_nothing_is_left_of_it_where_the_disk_is_full(
    monkeypatch: pytest.MonkeyPatch, handover: Handover
) -> None:
    handover.write(holding(BARE))
    seen: set[str] = set()

    def full(_descriptor: int) -> None:
        seen.update(names(handover.folder))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(AdminError) as refused:
        handover.write(holding(FULL))
    assert str(refused.value) == f"The handover {handover.credentials} cannot be used: No space left on device. {ROOM}"
    assert len([name for name in seen if name.startswith(".partial-")]) == 1
    assert names(handover.folder) == {"credentials.yml", ".gitignore"}
    assert handover.read().credentials == held(handover) == BARE


ROOM = "Make room on its disk, and run again."


def test_what_cannot_be_encrypted_for_a_full_disk_names_its_file(
    monkeypatch: pytest.MonkeyPatch, handover: Handover
) -> None:
    handover.write(holding(FULL))
    encrypting = Handover(str(handover.folder.parent), "general", Vault([], "given"))
    found = encrypting.read()

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(AdminError) as refused:
        encrypting.write(found)
    assert str(refused.value) == f"The handover {handover.credentials} cannot be used: No space left on device. {ROOM}"
    assert (encrypting.encrypted, encrypting.was_written) == ([], False)
    assert held(handover) == FULL


def test_a_file_is_replaced_and_not_written_over(handover: Handover) -> None:
    handover.write(holding(BARE))
    with handover.credentials.open() as old:
        text = handover.credentials.read_text()
        handover.write(holding(FULL))
        assert old.read() == text
    assert names(handover.folder) == {"credentials.yml", ".gitignore"}


# Folders that cannot be used


@pytest.mark.parametrize("which", [".", "credentials.yml", "mfa-qr.png", "mfa-qr-phone.png", ".gitignore", ".unsent"])
def test_nothing_is_read_or_written_through_a_link(handover: Handover, tmp_path: Path, which: str) -> None:
    target = tmp_path / "target"
    target.mkdir()
    link = handover.folder / which
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(target)
    knowing = again(handover)
    uses = (
        handover.read,
        lambda: handover.write(holding(FULL, "iamadmin")),
        lambda: knowing.write(holding(UNSENT, "iamadmin")),
        lambda: knowing.write(holding(None)),
    )
    for use in uses:
        knowing._kept = holding(FULL, "iamadmin")
        with pytest.raises(AdminError) as refused:
            use()
        assert str(refused.value) == (
            f"{link} is a link, and handovers are not written through links: remove it, or set iam_admin_handover_dir."
        )
    assert handover.is_left_over() is True
    assert names(target) == set()


def test_a_directory_that_is_a_file_is_refused(handover: Handover) -> None:
    handover.folder.parent.write_text("")
    with pytest.raises(AdminError, match=r"^The handover .* cannot be used: "):
        handover.write(holding(BARE))
    assert handover.is_left_over() is True


def test_whatever_cannot_be_done_in_the_folder_names_what_it_is(tmp_path: Path) -> None:
    handover = Handover(str(tmp_path), "general", Vault([], "given"))
    handover.folder.write_text("")
    handover.folder.chmod(0o600)
    plain, removing = Handover(str(tmp_path), "general", Vault([])), again(handover)
    plain._kept, removing._kept = holding(BARE), holding(BARE)
    uses = {
        handover.last_used: handover.credentials,
        handover.note_use: handover.credentials,
        handover.read: handover.credentials,
        lambda: plain.write(holding(FULL)): handover.credentials,
        lambda: plain.write(holding(UNSENT)): handover.credentials,
        lambda: removing.write(holding(None)): handover.credentials,
    }
    for use, named in uses.items():
        plain._kept = holding(BARE)
        with pytest.raises(AdminError) as refused:
            use()
        assert str(refused.value).startswith(f"The handover {named} cannot be used: ")
    assert mode(handover.folder) == 0o600
    within = Handover(str(handover.folder), "acme", Vault([]))
    with pytest.raises(AdminError, match=rf"^The handover {handover.folder} cannot be used: "):
        within.elsewhere(FULL.user_name)


def test_a_directory_that_nothing_can_be_called_is_refused() -> None:
    with pytest.raises(AdminError) as refused:
        Handover("/no\0thing", "general", Vault([])).read()
    assert str(refused.value) == (
        "The handover '/no\\x00thing/general/credentials.yml' is not a valid path: correct iam_admin_handover_dir."
    )


# What the next run has to see to


@pytest.mark.parametrize("password", [None, "given"], ids=["plain", "encrypted"])
def test_what_is_left_over_is_found_without_a_password(tmp_path: Path, password: str | None) -> None:
    kept = Handover(str(tmp_path), "general", Vault([], password))
    watching, encrypting = (Handover(str(tmp_path), "general", Vault([], given)) for given in (None, "another"))
    for wanted, is_left_over in (
        (holding(FULL), False),
        (holding(FULL, "iamadmin"), True),
        (holding(FULL), False),
        (holding(UNSENT), True),
        (holding(BARE), False),
        (holding(None), False),
    ):
        kept.write(wanted)
        assert watching.is_left_over() is is_left_over
        # What it can encrypt is seen to, too
        assert encrypting.is_left_over() is (is_left_over or (password is None and wanted.credentials is not None))
        assert again(kept).read().is_left_over is is_left_over


def test_nothing_is_left_over_of_what_is_not_there(tmp_path: Path) -> None:
    for vault in (Vault([]), Vault([], "given")):
        assert Handover(str(tmp_path), "general", vault).is_left_over() is False


@pytest.mark.parametrize("name", ["mfa-qr.png", "mfa-qr-safe.png", ".unsent"])
@pytest.mark.parametrize("near", [False, True])
def test_only_files_of_ours_are_left_over(handover: Handover, name: str, near: bool) -> None:
    handover.folder.mkdir(parents=True)
    (handover.folder / (f"my-{name}" if near else name)).touch(mode=0o600)
    (handover.folder / "mfa-qr.txt").touch(mode=0o600)
    assert handover.is_left_over() is not near
    handover.write(holding(None))
    assert names(handover.folder) == {"mfa-qr.txt", *([f"my-{name}"] if near else [])}


@pytest.mark.parametrize("directory", ["a[b]c", "*", "?", "[!x]"])
def test_a_qr_code_is_found_in_a_folder_of_any_name(tmp_path: Path, directory: str) -> None:
    handover = Handover(str(tmp_path / directory), "general", Vault([]))
    handover.write(holding(replace(FULL, mfa_seeds={"safe": SEED}), "safe"))
    assert again(handover).read().qr_codes == {"safe"}
    assert handover.is_left_over() is True


# A password that is to be sent


@pytest.mark.parametrize("password", [None, "given"], ids=["plain", "encrypted"])
def test_a_password_is_unsent_until_that_is_noted(tmp_path: Path, password: str | None) -> None:
    handover = Handover(str(tmp_path), "general", Vault([], password))
    for credentials in (UNSENT, FULL, UNSENT):
        for _time in range(2):
            handover.write(holding(credentials))
            assert held(handover) == credentials
            assert (".unsent" in names(handover.folder)) is credentials.unsent
    assert (handover.folder / ".unsent").read_bytes() == b""
    handover.write(holding(None))
    assert not handover.folder.exists()


def test_nobody_makes_a_password_unsent_who_cannot_write_the_credentials(handover: Handover) -> None:
    handover.write(holding(FULL))
    (handover.folder / ".unsent").touch(mode=0o600)
    found = again(handover).read()
    assert (found.credentials, found.is_left_over) == (FULL, True)
    again(handover).write(found)
    assert held(handover) == FULL
    assert names(handover.folder) == {"credentials.yml", ".gitignore"}


def test_a_hint_of_nothing_is_removed(handover: Handover) -> None:
    handover.folder.mkdir(parents=True)
    (handover.folder / ".unsent").touch(mode=0o600)
    found = handover.read()
    assert (found.credentials, found.is_left_over) == (None, True)
    handover.write(found.once_enabled([], keep_seed=False, has_password=False))
    assert names(handover.folder) == set()
    assert again(handover).read().is_left_over is False


def test_a_password_that_aws_has_was_sent(handover: Handover) -> None:
    handover.write(holding(UNSENT))
    for has_password, after in ((False, UNSENT), (True, FULL)):
        handover.write(handover.read().once_enabled([], keep_seed=True, has_password=has_password))
        assert held(handover) == after
        assert (".unsent" in names(handover.folder)) is after.unsent


@pytest.mark.parametrize("said", ["true", "1", "'true'", "no"])
def test_what_we_do_not_write_makes_no_password_unsent(handover: Handover, said: str) -> None:
    handover.write(holding(FULL))
    handover.credentials.write_text(f"{handover.credentials.read_text()}unsent: {said}\n")
    assert held(handover) == replace(FULL, unsent=said == "true")


def watch(monkeypatch: pytest.MonkeyPatch, look: Callable[[], None]) -> None:
    """Look before and after each change of a file."""
    for change in ("write", "remove"):
        original = getattr(OwnFolder, change)

        def watched(*arguments: Any, original: Any = original) -> None:
            look()
            original(*arguments)
            look()

        monkeypatch.setattr(OwnFolder, change, watched)


@pytest.mark.parametrize(("before", "after"), [(FULL, UNSENT), (UNSENT, FULL)], ids=["kept", "noted"])
def test_wherever_a_run_is_killed_an_unsent_password_has_its_hint(
    handover: Handover, monkeypatch: pytest.MonkeyPatch, before: Credentials, after: Credentials
) -> None:
    handover.write(holding(before))
    seen: list[tuple[bool, bool]] = []

    def look() -> None:
        kept = yaml.safe_load(handover.credentials.read_text())
        seen.append((kept.get("unsent", False), ".unsent" in names(handover.folder)))

    watch(monkeypatch, look)
    handover.write(holding(after))
    assert {(before.unsent, before.unsent), (after.unsent, after.unsent)} <= {*seen}
    assert (True, False) not in seen


@pytest.mark.parametrize("replaces", [False, True], ids=["made anew", "a replacement"])
def test_wherever_a_run_is_killed_no_qr_code_is_there_of_another_seed(
    handover: Handover, qr_code: Path, monkeypatch: pytest.MonkeyPatch, replaces: bool
) -> None:
    handover.write(holding(WITH_SEED, "iamadmin"))
    seen: list[tuple[str, bytes | None]] = []

    def look() -> None:
        kept = Credentials.from_plain(yaml.safe_load(handover.credentials.read_text()))
        seen.append((kept.seeds_of("iamadmin")[-1], qr_code.read_bytes() if qr_code.exists() else None))

    watch(monkeypatch, look)
    seeds = {"iamadmin": SEED, "iamadmin.2": NEW} if replaces else {"iamadmin": NEW}
    handover.write(holding(replace(BARE, mfa_seeds=seeds), "iamadmin"))
    assert list(dict.fromkeys(seen)) == [(SEED, picture(SEED)), (SEED, None), (NEW, None), (NEW, picture(NEW))]


# An account that was renamed


@pytest.fixture
def former(tmp_path: Path) -> Handover:
    """The handover of an account that was called general."""
    handover = Handover(str(tmp_path), "general", Vault([], "given"))
    handover.write(holding(FULL))
    return handover


def test_the_handover_of_an_account_that_was_renamed_is_found(former: Handover, tmp_path: Path) -> None:
    renamed = Handover(str(tmp_path), "acme", Vault([], "given"), hosts={"acme", "production"})
    assert renamed.elsewhere(FULL.user_name) == {FULL.account_id: str(former.folder)}
    found = replace(renamed.read(), elsewhere=renamed.elsewhere(FULL.user_name))
    with pytest.raises(AdminError) as refused:
        found.refuse_other_name(FULL.account_id, FULL.user_name)
    assert str(refused.value) == (
        f"The handover of iamadmin in account 012345678901 is {former.folder}: rename that folder to acme, as the "
        f"account is called now, or move it out of {tmp_path}."
    )
    assert not renamed.folder.exists()
    former.folder.rename(renamed.folder)
    # Its own is none of another name, whatever hosts there are
    assert renamed.elsewhere(FULL.user_name) == Handover(str(tmp_path), "acme", renamed._vault).elsewhere("iamadmin")
    assert renamed.elsewhere(FULL.user_name) == {}
    assert held(renamed) == FULL


@pytest.mark.parametrize(
    ("user_name", "hosts"),
    [("iamadmin", {"general"}), ("iamadmin", ["acme", "general"]), ("other", set[str]())],
    ids=["a host's", "one of hosts", "of another user"],
)
@pytest.mark.usefixtures("former")
def test_another_folder_is_that_of_another(tmp_path: Path, user_name: str, hosts: Collection[str]) -> None:
    (tmp_path / "not a handover").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "note").touch()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    assert Handover(str(tmp_path), "acme", Vault([], "given"), hosts).elsewhere(user_name) == {}


def test_of_several_accounts_each_is_found_and_of_two_folders_the_first(former: Handover, tmp_path: Path) -> None:
    for name, account_id in (("other", "444455556666"), ("zcopy", FULL.account_id)):
        Handover(str(tmp_path), name, former._vault).write(holding(replace(FULL, account_id=account_id)))
    shutil.copytree(former.folder, tmp_path / "a copy that no host can be called")
    assert Handover(str(tmp_path), "acme", former._vault).elsewhere("iamadmin") == {
        FULL.account_id: str(former.folder),
        "444455556666": str(tmp_path / "other"),
    }


def test_what_cannot_be_read_is_none_of_ours(former: Handover, tmp_path: Path) -> None:
    for directory, password in ((tmp_path, "another"), (tmp_path / "nowhere", "given")):
        assert Handover(str(directory), "acme", Vault([], password)).elsewhere(FULL.user_name) == {}
    Handover(str(tmp_path), "later", former._vault).write(holding(FULL))
    former.folder.chmod(0o777)
    renamed = Handover(str(tmp_path), "acme", Vault([], "given"))
    assert renamed.elsewhere(FULL.user_name) == {FULL.account_id: str(tmp_path / "later")}


def test_when_codes_were_computed_is_noted(handover: Handover) -> None:
    handover.write(holding(FULL))
    os.utime(handover.credentials, (1000, 1000))
    assert handover.last_used() == 1000
    handover.note_use()
    assert handover.last_used() == pytest.approx(time.time(), abs=60)


@pytest.mark.parametrize("content", ["{", "a: b: c", "\0", "'"])
def test_broken_yaml_is_refused_and_left_as_it_is(handover: Handover, content: str) -> None:
    handover.write(holding(BARE))
    handover.credentials.write_text(content)
    found = again(handover)
    for use in (found.read, lambda: found.write(holding(FULL))):
        with pytest.raises(AdminError) as refused:
            use()
        assert str(refused.value) == f"{handover.credentials} is not valid YAML: correct it, or move it away."
    assert handover.credentials.read_text() == content


@pytest.mark.parametrize("content", ["", "text", "[]", "{}", "account_name: general", "1: 2"])
def test_a_file_that_is_not_ours_is_refused_and_left_as_it_is(handover: Handover, content: str) -> None:
    handover.write(holding(BARE))
    handover.credentials.write_text(content)
    found = again(handover)
    for use in (found.read, lambda: found.write(holding(FULL))):
        with pytest.raises(AdminError) as refused:
            use()
        assert str(refused.value) == (
            f"{handover.credentials} is not a handover of ours (account_name, account_id, user_name, sign_in_url, "
            "user_id, mfa_devices, initial_password, previous_password, mfa_seeds, unsent, had_password): move it away."
        )
    assert handover.credentials.read_text() == content


def test_an_encrypted_handover_needs_its_password(tmp_path: Path) -> None:
    Handover(str(tmp_path), "general", Vault([], "given")).write(holding(FULL))
    locked_out = Handover(str(tmp_path), "general", Vault([], "wrong"))
    before = locked_out.credentials.read_bytes()
    for use in (locked_out.read, lambda: locked_out.write(holding(BARE))):
        with pytest.raises(AdminError) as refused:
            use()
        assert str(refused.value).startswith(f"{locked_out.credentials} is encrypted, and no vault password")
    assert locked_out.credentials.read_bytes() == before


def test_the_handover_of_this_account_and_user_is_read(handover: Handover) -> None:
    handover.read().expect("444455556666", "other")
    handover.write(holding(FULL))
    again(handover).read().expect(FULL.account_id, FULL.user_name)


@pytest.mark.parametrize(
    ("account_id", "user_name"), [("444455556666", "iamadmin"), ("012345678901", "other"), ("444455556666", "other")]
)
def test_the_handover_of_another_account_or_user_is_refused(
    handover: Handover, account_id: str, user_name: str
) -> None:
    handover.write(holding(FULL))
    with pytest.raises(AdminError) as refused:
        again(handover).read().expect(account_id, user_name)
    assert str(refused.value) == (
        f"{handover.credentials} is the handover of iamadmin in account 012345678901, not of {user_name} in "
        f"{account_id}: move it away, or set iam_admin_handover_dir."
    )


# Once the device is enabled


@pytest.mark.parametrize("keep_seed", [False, True])
@pytest.mark.parametrize("has_code", [True, False], ids=["with its QR code", "where that is gone already"])
def test_the_qr_code_is_forgotten_and_the_seed_unless_it_is_to_be_kept_or_was(
    handover: Handover, qr_code: Path, keep_seed: bool, has_code: bool
) -> None:
    handover.write(holding(FULL, *(["iamadmin"] if has_code else [])))
    assert qr_code.exists() is has_code
    enabled = ["arn:aws:iam::012345678901:mfa/iamadmin"]
    handover.write(again(handover).read().once_enabled(enabled, keep_seed, has_password=True))
    stays = keep_seed or not has_code
    assert held(handover) == (FULL if stays else replace(FULL, mfa_seeds={}))
    assert not qr_code.exists()
    assert (SEED in handover.credentials.read_text()) is stays


# Several devices


def test_each_device_has_a_qr_code_and_a_seed_of_its_own(handover: Handover) -> None:
    kept = holding(BARE)
    for device, seed in (("phone", SEED), ("safe", NEW)):
        kept = kept.with_seed(device, seed)
        handover.write(kept)
    assert names(handover.folder) == {"credentials.yml", "mfa-qr-phone.png", "mfa-qr-safe.png", ".gitignore"}
    devices, seeds = ("phone", "safe"), {"phone": SEED, "safe": NEW}
    assert held(handover) == replace(BARE, mfa_seeds=seeds, mfa_devices=devices)
    assert handover.qr_code("phone", "iamadmin").read_bytes() == picture(SEED, " phone")
    safe = handover.qr_code("safe", "iamadmin").read_bytes()
    assert safe == picture(NEW, " safe")
    handover.write(kept.once_enabled(["phone"], keep_seed=False, has_password=False))
    assert held(handover) == replace(BARE, mfa_seeds={"safe": NEW}, mfa_devices=devices)
    assert again(handover).read().qr_codes == {"safe"}
    assert handover.qr_code("safe", "iamadmin").read_bytes() == safe
    handover.write(kept.once_enabled(["phone", "safe"], keep_seed=False, has_password=False))
    assert again(handover).read().qr_codes == set()
    assert held(handover) == replace(BARE, mfa_devices=devices)


@pytest.mark.parametrize(
    ("device", "name"),
    [("iamadmin", "mfa-qr.png"), ("", "mfa-qr.png"), ("safe", "mfa-qr-safe.png"), ("-", "mfa-qr--.png")],
)
def test_a_qr_code_is_called_as_its_device(handover: Handover, device: str, name: str) -> None:
    assert handover.qr_code(device, "iamadmin") == handover.folder / name
    handover.write(holding(replace(BARE, mfa_seeds={device: SEED}), device))
    assert again(handover).read().qr_codes == {device or "iamadmin"}


def test_a_qr_code_without_credentials_is_nobodys(handover: Handover, qr_code: Path) -> None:
    handover.write(holding(WITH_SEED, "iamadmin"))
    handover.credentials.unlink()
    assert again(handover).read() == Kept(
        str(handover.credentials), "general", qr_codes=frozenset([""]), is_left_over=True
    )
    again(handover).write(holding(None))
    assert not qr_code.exists()


# The end


def test_nothing_is_left_of_a_handover(handover: Handover) -> None:
    handover.write(holding(UNSENT, "iamadmin"))
    (handover.folder / ".partial-of-a-run-that-was-killed").write_text(SEED)
    handover.write(holding(None))
    assert not handover.folder.exists()
    handover.write(holding(None))
    assert handover.read() == replace(holding(None), is_left_over=False)


def test_what_somebody_else_has_put_there_stays(handover: Handover) -> None:
    handover.write(holding(FULL))
    (handover.folder / "note").touch()
    handover.write(holding(None))
    assert names(handover.folder) == {"note"}


def test_the_credentials_go_after_all_that_is_secret(handover: Handover, monkeypatch: pytest.MonkeyPatch) -> None:
    handover.write(holding(UNSENT, "iamadmin"))
    (handover.folder / ".partial-of-a-run-that-was-killed").write_text(SEED)
    seen: list[set[str]] = []
    watch(monkeypatch, lambda: seen.append(names(handover.folder)))
    handover.write(holding(None))
    without = next(there for there in seen if "credentials.yml" not in there)
    assert without == {".unsent", ".gitignore"}


# A vault password that is used for the first time


def vault_of(password: str, *more: str) -> Vault:
    """Return a vault that encrypts with the password, and opens with more."""
    loaded = [("default", VaultSecret(password.encode())), *((f"id{one}", VaultSecret(one.encode())) for one in more)]
    return Vault(loaded)


def write_as(directory: Path, host: str, password: str | None) -> None:
    vault = Vault([]) if password is None else vault_of(password)
    Handover(str(directory), host, vault).write(holding(replace(FULL, account_name=host)))


@pytest.mark.parametrize(
    ("hosts", "others", "vault", "first"),
    [
        ({"a": None}, {}, vault_of("new"), FirstUse(None)),
        ({"a": "new"}, {}, vault_of("new"), None),
        ({"a": "old"}, {}, vault_of("new"), FirstUse(Path("a"))),
        ({"a": None, "b": "old"}, {}, vault_of("new"), FirstUse(Path("b"))),
        ({"a": "plain"}, {}, vault_of("new"), FirstUse(None)),
        ({"a": "over"}, {}, vault_of("new"), None),
        ({"a": "empty"}, {}, vault_of("new"), FirstUse(None)),
        ({"a": None, "b": "new"}, {}, vault_of("new"), None),
        ({"a": "over", "b": None}, {}, vault_of("new"), FirstUse(None)),
        ({"a": None}, {"former": "new"}, vault_of("new"), None),
        ({"a": None}, {"former": "old"}, vault_of("new"), FirstUse(None)),
        # What another password of the run opens proves nothing of the one that encrypts
        ({"a": "old"}, {}, vault_of("new", "old"), FirstUse(Path("a"))),
        ({}, {"former": "old"}, vault_of("new"), None),
        # Nothing is wrong with the password, and the task that reads it says what is
        ({"a": "damaged"}, {}, vault_of("new"), None),
        ({"a": "damaged", "b": "old"}, {}, vault_of("new"), FirstUse(Path("b"))),
    ],
)
def test_a_vault_password_is_new_where_it_opens_nothing_and_is_about_to_be_used(
    tmp_path: Path, hosts: dict[str, str | None], others: dict[str, str], vault: Vault, first: FirstUse | None
) -> None:
    for host, password in {**hosts, **others}.items():
        if password == "empty":
            (tmp_path / host).mkdir()
        elif password:
            write_as(tmp_path, host, None if password == "plain" else password)
        if password == "over":
            (tmp_path / host / "credentials.yml").unlink()
        if password == "damaged":
            (tmp_path / host / "credentials.yml").write_bytes(b"$ANSIBLE_VAULT;1.1;AES256\nnonsense\n")
    expected = first and FirstUse(first.locked and tmp_path / first.locked)
    assert first_use(vault, dict.fromkeys(hosts, str(tmp_path))) == expected


def test_a_place_that_cannot_be_used_says_nothing_of_the_vault_password(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert first_use(vault_of("new"), {"a": str(tmp_path / "file")}) is None


# What nobody can open


@pytest.fixture
def locked(tmp_path: Path) -> Path:
    """The folder of a handover that was encrypted with a password that nobody knows."""
    Handover(str(tmp_path), "general", vault_of("lost")).write(holding(FULL, "iamadmin"))
    return tmp_path / "general"


def aside(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name.startswith("not-used-")}


def test_what_nobody_can_open_is_none_and_stays_until_something_is_written(tmp_path: Path, locked: Path) -> None:
    before = {path.name: path.read_bytes() for path in locked.iterdir()}
    handover = Handover(str(tmp_path), "general", vault_of("new"), sets_aside=True)
    kept = handover.read()
    assert (kept.credentials, kept.qr_codes) == (None, frozenset())
    assert {path.name: path.read_bytes() for path in locked.iterdir()} == before


def test_what_nobody_can_open_is_set_aside_and_never_deleted(tmp_path: Path, locked: Path) -> None:
    before = {path.name: path.read_bytes() for path in locked.iterdir()}
    handover = Handover(str(tmp_path), "general", vault_of("new"), sets_aside=True)
    handover.write(replace(handover.read(), credentials=BARE))
    names = ["not-used-1-credentials.yml", "not-used-1-mfa-qr.png"]
    assert sorted(handover.unopened) == [locked / name for name in names]
    assert aside(locked) == {name: before[name.removeprefix("not-used-1-")] for name in names}
    assert handover.moved == []
    again = Handover(str(tmp_path), "general", vault_of("new"))
    assert (again.read().credentials, again.read().qr_codes) == (BARE, frozenset())
    # Another one gets a name of its own
    Handover(str(tmp_path), "general", vault_of("lost"), sets_aside=True).write(holding(FULL))
    assert {"not-used-1-credentials.yml", "not-used-2-credentials.yml"} <= aside(locked).keys()


@pytest.mark.parametrize(
    ("vault", "sets_aside"), [(vault_of("new"), False), (Vault([]), True)], ids=["not asked to", "no vault password"]
)
def test_what_nobody_can_open_is_refused_otherwise(
    tmp_path: Path, locked: Path, vault: Vault, sets_aside: bool
) -> None:
    handover = Handover(str(tmp_path), "general", vault, sets_aside=sets_aside)
    with pytest.raises(AdminError, match="no vault password of this run opens it"):
        handover.read()
    assert aside(locked) == {}


def test_what_opens_is_not_set_aside(tmp_path: Path) -> None:
    Handover(str(tmp_path), "general", vault_of("new")).write(holding(FULL, "iamadmin"))
    handover = Handover(str(tmp_path), "general", vault_of("new"), sets_aside=True)
    assert (handover.read().credentials, handover.read().qr_codes) == (FULL, frozenset({"iamadmin"}))
    handover.write(handover.read())
    assert (handover.unopened, aside(tmp_path / "general")) == ([], {})
