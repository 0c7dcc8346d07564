# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The handover: for its owner alone, whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
import string
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import (
    Credentials,
    Handover,
    generate_password,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.own_files import OwnFolder
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.vault import Vault

SEED = "JBSWY3DPEHPK3PXP" * 2
PNG = b"\x89PNG void"
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
    assert handover.read() is None
    assert handover.last_used() == 0
    assert Handover(str(handover.folder.parent), "general", Vault([], "given")).bare_files() == []
    assert not handover.folder.parent.exists()


def test_a_folder_that_is_opened_can_be_written_to_and_holds_nothing_yet(handover: Handover) -> None:
    handover.open()
    assert names(handover.folder) == {".gitignore"}
    assert handover.read() is None


@pytest.mark.parametrize("credentials", [BARE, WITH_SEED, FULL], ids=["bare", "with a seed", "full"])
@pytest.mark.parametrize("password", [None, "given"], ids=["plain", "encrypted"])
def test_what_is_written_is_read_again(tmp_path: Path, credentials: Credentials, password: str | None) -> None:
    handover = Handover(str(tmp_path), "general", Vault([], password))
    assert handover.write(credentials) is True
    assert handover.read() == credentials


@given(st.text(st.characters(max_codepoint=0xFF), min_size=1, max_size=128))
def test_any_password_that_aws_allows_is_kept(password: str) -> None:
    with TemporaryDirectory() as directory:
        handover = Handover(directory, "general", Vault([]))
        handover.write(replace(BARE, initial_password=password))
        assert handover.read() == replace(BARE, initial_password=password)


def test_people_can_read_the_file_too(handover: Handover) -> None:
    handover.write(FULL)
    text = handover.credentials.read_text()
    assert text.startswith("# Secret. Hand it to the administrator, then delete it.\naccount_name: general\n")
    assert yaml.safe_load(text) == {name: value for name, value in vars(FULL).items() if value}


def test_what_is_not_there_yet_is_not_written(handover: Handover) -> None:
    handover.write(BARE)
    assert set(yaml.safe_load(handover.credentials.read_text())) == {
        "account_name",
        "account_id",
        "user_name",
        "sign_in_url",
    }


def test_the_same_again_changes_nothing(handover: Handover) -> None:
    handover.write_seed(WITH_SEED, handover.qr_code(), PNG)
    before = handover.credentials.stat()
    assert handover.write(WITH_SEED) is False
    assert handover.credentials.stat() == before
    assert handover.write(FULL) is True


def test_the_qr_code_is_kept_as_it_is(handover: Handover) -> None:
    handover.write_seed(WITH_SEED, handover.qr_code(), PNG)
    assert handover.qr_code().read_bytes() == PNG


def test_with_a_vault_password_no_secret_is_on_the_disk(tmp_path: Path) -> None:
    handover = Handover(str(tmp_path), "general", Vault([], "given"))
    handover.write_seed(FULL, handover.qr_code(), PNG)
    for file in (handover.credentials, handover.qr_code()):
        assert file.read_bytes().startswith(b"$ANSIBLE_VAULT;")
    assert handover.read() == FULL
    assert Vault([], "given").decrypt(handover.qr_code().read_bytes(), "it") == PNG


def test_what_lies_there_in_plain_text_is_encrypted_as_soon_as_there_is_a_password(tmp_path: Path) -> None:
    Handover(str(tmp_path), "general", Vault([])).write(FULL)
    encrypting = Handover(str(tmp_path), "general", Vault([], "correct horse"))
    encrypting.qr_code().touch(mode=0o600)
    assert encrypting.bare_files() == [encrypting.credentials, encrypting.qr_code()]
    assert encrypting.encrypt() == [encrypting.credentials, encrypting.qr_code()]
    assert Vault.is_encrypted(encrypting.credentials.read_bytes())
    assert Vault.is_encrypted(encrypting.qr_code().read_bytes())
    assert encrypting.read() == FULL
    assert encrypting.encrypt() == []
    assert encrypting.moved == []


def test_without_a_password_nothing_is_encrypted(handover: Handover) -> None:
    handover.write(FULL)
    handover.credentials.chmod(0o644)
    assert (handover.bare_files(), handover.encrypt(), handover.moved) == ([], [], [])
    assert handover.read() == FULL


def test_what_a_run_that_was_killed_left_half_written_is_removed_by_the_next(handover: Handover) -> None:
    handover.write(BARE)
    left_behind = handover.folder / ".partial-abc"
    left_behind.write_text("void")
    handover.write(FULL)
    assert not left_behind.exists()


def test_credentials_do_not_show_their_secrets() -> None:
    assert "void" not in repr(FULL)
    assert SEED not in repr(FULL)


# For its owner alone


def test_what_leads_to_the_directory_is_made_too(tmp_path: Path) -> None:
    handover = Handover(str(tmp_path / "not" / "there" / "yet"), "general", Vault([]))
    handover.write(BARE)
    assert handover.read() == BARE


@pytest.mark.usefixtures("umask")
def test_folders_and_files_are_for_their_owner_alone_whatever_the_umask(handover: Handover) -> None:
    handover.write_seed(FULL, handover.qr_code(), PNG)
    assert [mode(folder) for folder in (handover.folder.parent, handover.folder)] == [0o700, 0o700]
    assert {path.name: mode(path) for path in handover.folder.iterdir()} == {
        "credentials.yml": 0o600,
        "mfa-qr.png": 0o600,
        ".gitignore": 0o600,
    }


def test_a_folder_that_was_open_is_closed_and_a_file_too(handover: Handover) -> None:
    handover.write(BARE)
    handover.folder.chmod(0o755)
    handover.credentials.chmod(0o644)
    handover.write(FULL)
    assert (mode(handover.folder), mode(handover.credentials)) == (0o700, 0o600)


@pytest.mark.parametrize("found", [None, "", "# notes\n", "*\n!credentials.yml\n", "*"])
def test_git_ignores_the_folder_whatever_ignore_file_was_there(handover: Handover, found: str | None) -> None:
    ignore = handover.folder / ".gitignore"
    if found is not None:
        handover.folder.mkdir(parents=True)
        ignore.write_text(found)
    handover.write(BARE)
    assert ignore.read_text() == "*\n"


def test_an_ignore_file_of_ours_is_not_written_again(handover: Handover) -> None:
    handover.write(BARE)
    before = (handover.folder / ".gitignore").stat()
    handover.write(FULL)
    assert (handover.folder / ".gitignore").stat() == before


# Whole or not at all


def test_nothing_is_left_of_a_write_that_failed(handover: Handover) -> None:
    handover.write(BARE)
    handover.qr_code().mkdir()
    before = names(handover.folder)
    with pytest.raises(AdminError, match=r"mfa-qr\.png is not a file: move it away\.$"):
        handover.write_seed(BARE, handover.qr_code(), PNG)
    assert names(handover.folder) == before
    handover.qr_code().rmdir()
    assert handover.read() == BARE


def test_a_file_is_written_in_the_folder_and_nothing_is_left_of_it_where_the_disk_is_full(
    monkeypatch: pytest.MonkeyPatch, handover: Handover
) -> None:
    handover.write(BARE)
    seen: set[str] = set()

    def full(_descriptor: int) -> None:
        seen.update(names(handover.folder))
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(AdminError) as refused:
        handover.write(FULL)
    assert str(refused.value) == f"The handover {handover.credentials} cannot be used: No space left on device."
    assert len([name for name in seen if name.startswith(".partial-")]) == 1
    assert names(handover.folder) == {"credentials.yml", ".gitignore"}
    assert handover.read() == BARE


def test_a_file_is_replaced_and_not_written_over(handover: Handover) -> None:
    handover.write(BARE)
    with handover.credentials.open() as old:
        text = handover.credentials.read_text()
        handover.write(FULL)
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
    uses = (
        handover.read,
        lambda: handover.write_seed(FULL, handover.qr_code(), PNG),
        lambda: handover.forget_enrolment(FULL, [], keep_seed=False),
        handover.remove,
    )
    for use in uses:
        with pytest.raises(AdminError) as refused:
            use()
        assert str(refused.value) == (
            f"{link} is a link, and handovers are not written through links: remove it, or set iam_admin_handover_dir."
        )
    assert names(target) == set()


def test_a_directory_that_is_a_file_is_refused(handover: Handover) -> None:
    handover.folder.parent.write_text("")
    with pytest.raises(AdminError, match=r"^The handover .* cannot be used: "):
        handover.write(BARE)


def test_whatever_cannot_be_done_in_the_folder_names_what_it_is(tmp_path: Path) -> None:
    handover = Handover(str(tmp_path), "general", Vault([], "given"))
    handover.folder.write_text("")
    handover.folder.chmod(0o600)
    uses = {
        handover.last_used: handover.credentials,
        handover.note_use: handover.credentials,
        handover.open: handover.folder / ".probe",
        lambda: handover.write(FULL): handover.credentials,
    }
    for use, named in uses.items():
        with pytest.raises(AdminError) as refused:
            use()
        assert str(refused.value).startswith(f"The handover {named} cannot be used: ")
    assert mode(handover.folder) == 0o600
    within = Handover(str(handover.folder), "acme", Vault([]))
    with pytest.raises(AdminError, match=rf"^The handover {handover.folder} cannot be used: "):
        within.refuse_other_name(FULL.account_id, FULL.user_name, set())


# What the next run has to see to


@pytest.mark.parametrize("password", [None, "given"], ids=["plain", "encrypted"])
def test_what_is_left_over_is_found_without_a_password(tmp_path: Path, password: str | None) -> None:
    kept = Handover(str(tmp_path), "general", Vault([], password))
    kept.write_seed(FULL, kept.qr_code(), PNG)
    watching = Handover(str(tmp_path), "general", Vault([]))
    plain = [] if password else [kept.credentials]
    assert watching.left_over(encrypts=False) == [kept.qr_code()]
    assert watching.left_over(encrypts=True) == [kept.qr_code(), *plain]
    kept.write(UNSENT)
    assert watching.left_over(encrypts=False) == [kept.folder / ".unsent", kept.qr_code()]
    kept.write(FULL)
    kept.forget_enrolment(kept.read(), ["iamadmin"], keep_seed=False)
    assert watching.left_over(encrypts=True) == plain


def test_nothing_is_left_over_of_what_is_not_there(handover: Handover) -> None:
    assert handover.left_over(encrypts=True) == []


@pytest.mark.parametrize("directory", ["a[b]c", "*", "?", "[!x]"])
def test_a_qr_code_is_found_in_a_folder_of_any_name(tmp_path: Path, directory: str) -> None:
    handover = Handover(str(tmp_path / directory), "general", Vault([]))
    handover.write_seed(FULL, handover.qr_code("safe"), PNG)
    assert handover.qr_codes() == handover.left_over(encrypts=False) == [handover.qr_code("safe")]


# A password that is to be sent


@pytest.mark.parametrize("password", [None, "given"], ids=["plain", "encrypted"])
def test_a_password_is_unsent_until_that_is_noted(tmp_path: Path, password: str | None) -> None:
    handover = Handover(str(tmp_path), "general", Vault([], password))
    for credentials in (UNSENT, FULL, UNSENT):
        assert handover.write(credentials) is True
        assert handover.write(credentials) is False
        assert handover.read() == credentials
        assert (".unsent" in names(handover.folder)) is credentials.unsent
    handover.remove()
    assert not handover.folder.exists()


def test_nobody_makes_a_password_unsent_who_cannot_write_the_credentials(handover: Handover) -> None:
    handover.write(FULL)
    (handover.folder / ".unsent").touch(mode=0o600)
    assert handover.read() == FULL
    assert handover.forget_enrolment(handover.read(), [], keep_seed=True, check_mode=True) is True
    assert handover.forget_enrolment(handover.read(), [], keep_seed=True) is True
    assert handover.read() == FULL
    assert names(handover.folder) == {"credentials.yml", ".gitignore"}


def test_a_hint_of_nothing_is_removed(handover: Handover) -> None:
    handover.folder.mkdir(parents=True)
    (handover.folder / ".unsent").touch(mode=0o600)
    assert handover.forget_enrolment(handover.read(), [], keep_seed=False) is True
    assert handover.left_over(encrypts=True) == []


def test_a_password_that_aws_has_was_sent(handover: Handover) -> None:
    handover.write(UNSENT)
    assert handover.forget_enrolment(handover.read(), [], keep_seed=True, has_password=False) is False
    assert handover.forget_enrolment(handover.read(), [], keep_seed=True, has_password=True, check_mode=True) is True
    assert handover.read() == UNSENT
    assert handover.forget_enrolment(handover.read(), [], keep_seed=True, has_password=True) is True
    assert handover.read() == FULL
    assert names(handover.folder) == {"credentials.yml", ".gitignore"}


@pytest.mark.parametrize("said", ["true", "1", "'true'", "no"])
def test_what_we_do_not_write_makes_no_password_unsent(handover: Handover, said: str) -> None:
    handover.write(FULL)
    handover.credentials.write_text(f"{handover.credentials.read_text()}unsent: {said}\n")
    assert handover.read() == replace(FULL, unsent=said == "true")


@pytest.mark.parametrize(("before", "after"), [(FULL, UNSENT), (UNSENT, FULL)], ids=["kept", "noted"])
def test_wherever_a_run_is_killed_an_unsent_password_has_its_hint(
    handover: Handover, monkeypatch: pytest.MonkeyPatch, before: Credentials, after: Credentials
) -> None:
    handover.write(before)
    seen: list[tuple[bool, bool]] = []

    def look() -> None:
        kept = yaml.safe_load(handover.credentials.read_text())
        seen.append((kept.get("unsent", False), ".unsent" in names(handover.folder)))

    for change in ("write", "remove"):
        original = getattr(OwnFolder, change)

        def watched(*arguments: Any, original: Any = original) -> None:
            look()
            original(*arguments)
            look()

        monkeypatch.setattr(OwnFolder, change, watched)
    handover.write(after)
    assert {(before.unsent, before.unsent), (after.unsent, after.unsent)} <= {*seen}
    assert (True, False) not in seen


# An account that was renamed


@pytest.fixture
def former(tmp_path: Path) -> Handover:
    """The handover of an account that was called general."""
    handover = Handover(str(tmp_path), "general", Vault([], "given"))
    handover.write(FULL)
    return handover


def test_the_handover_of_an_account_that_was_renamed_is_found(former: Handover, tmp_path: Path) -> None:
    renamed = Handover(str(tmp_path), "acme", Vault([], "given"))
    with pytest.raises(AdminError) as refused:
        renamed.refuse_other_name(FULL.account_id, FULL.user_name, {"acme", "production"})
    assert str(refused.value) == (
        f"The handover of iamadmin in account 012345678901 is {former.folder}: rename that folder to acme, as the "
        f"account is called now, or move it out of {tmp_path}."
    )
    assert not renamed.folder.exists()
    former.folder.rename(renamed.folder)
    renamed.refuse_other_name(FULL.account_id, FULL.user_name, {"acme"})
    assert renamed.read() == FULL


@pytest.mark.parametrize(
    ("account_id", "user_name", "hosts"),
    [
        ("012345678901", "iamadmin", {"general"}),
        ("444455556666", "iamadmin", set[str]()),
        ("012345678901", "other", set[str]()),
        (None, "iamadmin", set[str]()),
    ],
    ids=["a host's", "of another account", "of another user", "of an account that is not known"],
)
@pytest.mark.usefixtures("former")
def test_another_folder_is_that_of_another(
    tmp_path: Path, account_id: str | None, user_name: str, hosts: set[str]
) -> None:
    (tmp_path / "not a handover").mkdir()
    (tmp_path / "empty").mkdir()
    (tmp_path / "note").touch()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    Handover(str(tmp_path), "acme", Vault([], "given")).refuse_other_name(account_id, user_name, hosts)


def test_what_cannot_be_read_is_none_of_ours(former: Handover, tmp_path: Path) -> None:
    for directory, password in ((tmp_path, "another"), (tmp_path / "nowhere", "given")):
        renamed = Handover(str(directory), "acme", Vault([], password))
        renamed.refuse_other_name(FULL.account_id, FULL.user_name, set())
    former.folder.chmod(0o777)
    renamed = Handover(str(tmp_path), "acme", Vault([], "given"))
    renamed.refuse_other_name(FULL.account_id, FULL.user_name, set())


def test_when_codes_were_computed_is_noted(handover: Handover) -> None:
    handover.write(FULL)
    os.utime(handover.credentials, (1000, 1000))
    assert handover.last_used() == 1000
    handover.note_use()
    assert handover.last_used() == pytest.approx(time.time(), abs=60)


@pytest.mark.parametrize("content", ["{", "a: b: c", "\0", "'"])
def test_broken_yaml_is_refused_and_left_as_it_is(handover: Handover, content: str) -> None:
    handover.write(BARE)
    handover.credentials.write_text(content)
    for use in (handover.read, lambda: handover.write(FULL)):
        with pytest.raises(AdminError) as refused:
            use()
        assert str(refused.value) == f"{handover.credentials} is not valid YAML: mend it, or move it away."
    assert handover.credentials.read_text() == content


@pytest.mark.parametrize("content", ["", "text", "[]", "{}", "account_name: general", "1: 2"])
def test_a_file_that_is_not_ours_is_refused_and_left_as_it_is(handover: Handover, content: str) -> None:
    handover.write(BARE)
    handover.credentials.write_text(content)
    for use in (handover.read, lambda: handover.write(FULL)):
        with pytest.raises(AdminError, match=r"is not a handover of ours \(account_name, .*\): move it away\.$"):
            use()
    assert handover.credentials.read_text() == content


def test_an_encrypted_handover_needs_its_password(tmp_path: Path) -> None:
    Handover(str(tmp_path), "general", Vault([], "given")).write(FULL)
    locked_out = Handover(str(tmp_path), "general", Vault([], "wrong"))
    before = locked_out.credentials.read_bytes()
    for use in (locked_out.read, lambda: locked_out.write(BARE)):
        with pytest.raises(AdminError) as refused:
            use()
        assert str(refused.value).startswith(f"{locked_out.credentials} is encrypted, and no vault password")
    assert locked_out.credentials.read_bytes() == before


def test_the_handover_of_this_account_and_user_is_read(handover: Handover) -> None:
    assert handover.read_for(BARE.account_id, BARE.user_name) is None
    handover.write(FULL)
    assert handover.read_for(FULL.account_id, FULL.user_name) == FULL


def test_where_the_account_is_not_known_the_user_is_what_counts(handover: Handover) -> None:
    handover.write(FULL)
    assert handover.read_for(None, FULL.user_name) == FULL
    with pytest.raises(AdminError) as refused:
        handover.read_for(None, "other")
    assert str(refused.value) == (
        f"{handover.credentials} is the handover of iamadmin in account 012345678901, not of other: move it away, or "
        "set iam_admin_handover_dir."
    )


@pytest.mark.parametrize(
    ("account_id", "user_name"), [("444455556666", "iamadmin"), ("012345678901", "other"), ("444455556666", "other")]
)
def test_the_handover_of_another_account_or_user_is_refused(
    handover: Handover, account_id: str, user_name: str
) -> None:
    handover.write(FULL)
    with pytest.raises(AdminError) as refused:
        handover.read_for(account_id, user_name)
    assert str(refused.value) == (
        f"{handover.credentials} is the handover of iamadmin in account 012345678901, not of {user_name} in "
        f"{account_id}: move it away, or set iam_admin_handover_dir."
    )


# Once the device is enabled


@pytest.mark.parametrize(("keep_seed", "kept"), [(False, replace(FULL, mfa_seeds={})), (True, FULL)])
def test_the_qr_code_is_forgotten_and_the_seed_unless_it_is_to_be_kept(
    handover: Handover, keep_seed: bool, kept: Credentials
) -> None:
    handover.write_seed(FULL, handover.qr_code(), PNG)
    assert handover.forget_enrolment(handover.read(), ["iamadmin"], keep_seed, check_mode=True) is True
    assert handover.qr_code().exists()
    assert handover.forget_enrolment(handover.read(), ["iamadmin"], keep_seed) is True
    assert handover.read() == kept
    assert not handover.qr_code().exists()
    for check_mode in (True, False):
        assert handover.forget_enrolment(handover.read(), ["iamadmin"], keep_seed, check_mode) is False


def test_a_seed_is_forgotten_where_the_qr_code_is_gone_already(handover: Handover) -> None:
    handover.write(FULL)
    assert handover.forget_enrolment(handover.read(), ["iamadmin"], keep_seed=False) is True
    assert SEED not in handover.credentials.read_text()


@pytest.mark.parametrize("enabled", [[], ["iamadmin"]])
def test_there_may_be_nothing_to_forget(handover: Handover, enabled: list[str]) -> None:
    assert handover.forget_enrolment(handover.read(), enabled, keep_seed=False) is False
    assert not handover.folder.exists()


def test_what_is_not_enabled_yet_is_kept(handover: Handover) -> None:
    handover.write_seed(FULL, handover.qr_code(), PNG)
    assert handover.forget_enrolment(handover.read(), ["safe"], keep_seed=False) is False
    assert (handover.read(), handover.qr_codes()) == (FULL, [handover.qr_code()])


def test_what_is_known_of_the_user_by_now_is_kept_with_what_is_left(handover: Handover) -> None:
    handover.write_seed(FULL, handover.qr_code(), PNG)
    known = replace(FULL, user_id="AIDAOURS", mfa_devices=("iamadmin",))
    for check_mode in (True, False):
        assert handover.forget_enrolment(known, ["iamadmin"], keep_seed=False, check_mode=check_mode) is True
    assert handover.read() == replace(known, mfa_seeds={})


# Several devices, and those that replace others


def test_each_device_has_a_qr_code_and_a_seed_of_its_own(handover: Handover) -> None:
    for device in ("phone", "safe"):
        before = handover.read() or BARE
        credentials = replace(before, mfa_seeds={**before.mfa_seeds, device: f"SEED OF {device}"})
        handover.write_seed(credentials, handover.qr_code(device), device.encode())
    assert names(handover.folder) == {"credentials.yml", "mfa-qr-phone.png", "mfa-qr-safe.png", ".gitignore"}
    assert handover.read() == replace(BARE, mfa_seeds={"phone": "SEED OF phone", "safe": "SEED OF safe"})
    assert handover.forget_enrolment(handover.read(), ["phone"], keep_seed=False) is True
    assert handover.read() == replace(BARE, mfa_seeds={"safe": "SEED OF safe"})
    assert handover.qr_codes() == [handover.qr_code("safe")]
    assert handover.forget_enrolment(handover.read(), ["phone", "safe"], keep_seed=False) is True
    assert (handover.read(), handover.qr_codes()) == (BARE, [])


REPLACING = replace(BARE, mfa_seeds={"iamadmin.10": "NEW", "iamadmin": SEED})


def test_the_seeds_of_a_device_are_in_their_order() -> None:
    assert REPLACING.seeds_of("IAMADMIN") == [SEED, "NEW"]
    assert REPLACING.seeds_of("safe") == []
    assert replace(BARE, mfa_seeds={"a.10": "third", "a": "first", "a.2": "second"}).seeds_of("a") == [
        "first",
        "second",
        "third",
    ]


@pytest.mark.parametrize(
    ("enabled", "keep_seed", "seeds", "waits"),
    [
        (["iamadmin"], True, {"iamadmin": SEED, "iamadmin.10": "NEW"}, True),
        (["iamadmin"], False, {"iamadmin.10": "NEW"}, True),
        (["iamadmin", "iamadmin.10"], True, {"iamadmin.10": "NEW"}, False),
        (["IAMADMIN.10"], True, {"iamadmin.10": "NEW"}, False),
        (["iamadmin.10", "iamadmin"], True, {"iamadmin.10": "NEW"}, False),
        (["iamadmin.10"], False, {}, False),
    ],
    ids=[
        "begun",
        "begun, and seeds are not kept",
        "enabled",
        "enabled alone",
        "in another order",
        "enabled, and seeds are not kept",
    ],
)
def test_a_device_that_is_replaced_keeps_its_seed_until_it_is(
    handover: Handover, enabled: list[str], keep_seed: bool, seeds: dict[str, str], waits: bool
) -> None:
    handover.write_seed(REPLACING, handover.qr_code(), PNG)
    handover.forget_enrolment(handover.read(), enabled, keep_seed)
    assert handover.read() == replace(BARE, mfa_seeds=seeds)
    assert handover.qr_code().exists() is waits


# The end


def test_nothing_is_left_of_a_handover(handover: Handover) -> None:
    handover.write_seed(FULL, handover.qr_code(), PNG)
    (handover.folder / ".partial-of-a-run-that-was-killed").write_text(SEED)
    handover.remove()
    assert not handover.folder.exists()
    handover.remove()


def test_what_somebody_else_has_put_there_stays(handover: Handover) -> None:
    handover.write(FULL)
    (handover.folder / "note").touch()
    handover.remove()
    assert names(handover.folder) == {"note"}


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


# Whom it knows

KNOWN = {
    "user_id": "AIDAOURS",
    "account_id": "444455556666",
    "console_password": True,
    "mfa_devices": ["arn:aws:iam::444455556666:mfa/iamadmin"],
    "credentials": [],
}
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
    ("change", "known"),
    [
        ({}, True),
        ({"mfa_devices": []}, True),
        ({"mfa_devices": ["arn:aws:iam::444455556666:mfa/admins/IAMadmin"]}, True),
        ({"user_id": "AIDASOMEBODY"}, False),
        ({"account_id": "111122223333"}, False),
        ({"mfa_devices": ["arn:aws:iam::444455556666:mfa/iamadmin.7"]}, False),
        ({"credentials": ["AKIASOMEBODY"]}, False),
    ],
)
def test_a_handover_knows_its_user_and_nothing_else_that_it_has(change: dict[str, Any], known: bool) -> None:
    assert OURS.knows({**KNOWN, **change}, "IAMadmin") is known
    assert OURS.knows({**KNOWN, **change}, "somebody") is False


def test_a_password_that_was_never_kept_is_not_known() -> None:
    never_kept = replace(OURS, initial_password=None)
    assert never_kept.knows(KNOWN, "iamadmin") is False
    assert never_kept.knows({**KNOWN, "console_password": False}, "iamadmin") is True


def test_a_handover_of_version_1_knows_its_user_by_name() -> None:
    of_version_1 = replace(OURS, user_id=None, mfa_devices=())
    assert of_version_1.knows(KNOWN, "iamadmin") is True
    assert of_version_1.knows({**KNOWN, "credentials": ["AKIASOMEBODY"]}, "iamadmin") is False


def test_no_noted_device_means_any_only_where_no_user_is_noted() -> None:
    assert replace(OURS, mfa_devices=()).knows(KNOWN, "iamadmin") is False
    assert replace(OURS, mfa_devices=()).knows({**KNOWN, "mfa_devices": []}, "iamadmin") is True
    assert replace(OURS, user_id=None, mfa_devices=("other",)).knows(KNOWN, "iamadmin") is False


@pytest.mark.parametrize("credentials", [OURS, replace(OURS, user_id=None)], ids=["its own", "without an id"])
@pytest.mark.parametrize("adopted", [[], ["iamadmin"], ["key"]])
def test_what_is_adopted_is_known_from_then_on(credentials: Credentials, adopted: list[str]) -> None:
    known = ("iamadmin",) if adopted != ["key"] else ("iamadmin", "key")
    assert credentials.of_user("AIDAOURS", adopted) == replace(OURS, mfa_devices=known)
    assert credentials.of_user(None, adopted) == credentials


def test_what_was_another_users_is_forgotten_but_for_the_seeds() -> None:
    before = replace(OURS, mfa_seeds={"safe": SEED}, mfa_devices=("iamadmin", "safe"), had_password=True)
    assert before.of_user("AIDAOTHER", ["key"]) == Credentials(
        "production",
        "444455556666",
        "iamadmin",
        "https://x",
        user_id="AIDAOTHER",
        mfa_devices=("safe", "key"),
        mfa_seeds={"safe": SEED},
    )


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
    handover: Handover, change: dict[str, Any], has_password: bool, refused: bool
) -> None:
    waiting = replace(OURS, **{"initial_password": None, "mfa_seeds": {"iamadmin": SEED}, **change})
    assert waiting.is_finished_by_others(has_password) is refused
    if not refused:
        handover.refuse_stranger(waiting, "AIDAOURS", has_password)
        return
    with pytest.raises(AdminError) as refusal:
        handover.refuse_stranger(waiting, "AIDAOURS", has_password)
    assert str(refusal.value) == (
        f"{handover.credentials} never had a password, and iamadmin in account 444455556666 has one, which somebody "
        "else has set: make sure who, and then adopt the user (iam_admin_adopt: true), or remove it."
    )


def test_the_handover_of_another_user_of_the_name_is_refused(handover: Handover) -> None:
    for known in ("AIDAOURS", None):
        handover.refuse_stranger(OURS, known, has_password=True)
    handover.refuse_stranger(replace(OURS, user_id=None), "AIDAOTHER", has_password=True)
    with pytest.raises(AdminError) as refusal:
        handover.refuse_stranger(OURS, "AIDAOTHER", has_password=False)
    assert str(refusal.value) == (
        f"{handover.credentials} is the handover of the user AIDAOURS, and iamadmin in account 444455556666 is "
        "AIDAOTHER now: make sure whose that is, and then adopt the user (iam_admin_adopt: true), or move the handover "
        "away."
    )


@pytest.mark.parametrize(
    "flags", [{}, {"had_password": True}, {"unsent": True}, {"had_password": True, "unsent": True}]
)
def test_what_it_knows_is_kept(flags: dict[str, bool]) -> None:
    known = replace(OURS, **flags)
    assert Credentials.from_yaml(yaml.safe_load(known.to_yaml())) == known
