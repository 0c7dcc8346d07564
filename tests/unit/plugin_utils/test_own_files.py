# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What somebody else may have put into a handover is refused, and stays as it is."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.kept import Credentials, Kept
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils import own_files
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import Handover
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.own_files import OwnFolder, unusable
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.vault import Vault

NOBODY = 65534
BARE = Credentials("general", "012345678901", "iamadmin", "https://012345678901.signin.aws.amazon.com/console")
FULL = replace(BARE, mfa_seeds={"iamadmin": "JBSWY3DPEHPK3PXP" * 2}, initial_password="void")

NOT_OURS = "so what it holds may not be ours: move it away, set iam_admin_handover_dir, or look at it and"
EXCHANGED = "who could replace the handovers in it: run"
ELSEWHERE = "or set iam_admin_handover_dir to a folder of your own."

gives_away = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def holding(credentials: Credentials | None, *qr_codes: str) -> Kept:
    """Return what a handover is to hold."""
    return Kept("/void", "general", credentials, frozenset(qr_codes))


def again(handover: Handover) -> Handover:
    """Return the handover as the next run has it: its files are read once."""
    return Handover(str(handover.folder.parent), handover.folder.name, handover._vault)


def held(handover: Handover) -> Credentials | None:
    """Return what is in the file by now."""
    return again(handover).read().credentials


@pytest.fixture(params=[None, "given"], ids=["plain", "encrypted"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Handover:
    """A handover that holds something."""
    handover = Handover(str(tmp_path / "handover"), "general", Vault([], request.param))
    handover.write(holding(FULL, "iamadmin"))
    return handover


WANTED = {
    "another": holding(BARE),
    "the same": holding(FULL, "iamadmin"),
    "without the QR code": holding(FULL),
    "an unsent password": holding(replace(BARE, unsent=True)),
    "another seed": holding(replace(FULL, mfa_seeds={"iamadmin": "GEZDGNBVGY3TQOJQ" * 2}), "iamadmin"),
    "nothing": holding(None),
}


def uses_of(handover: Handover) -> list[Callable[[], object]]:
    """All that a handover is there for, by a run that has not read it yet, or has, before somebody came."""

    def written_by_who_has_read_it(wanted: Kept) -> None:
        knowing = again(handover)
        knowing._kept = holding(FULL, "iamadmin")
        knowing.write(wanted)

    return [
        lambda: again(handover).read(),
        handover.last_used,
        handover.note_use,
        *(partial(again(handover).write, wanted) for wanted in WANTED.values()),
        *(partial(written_by_who_has_read_it, wanted) for wanted in WANTED.values()),
    ]


def assert_refused(handover: Handover, sentence: str) -> None:
    """Whatever it is to be used for, it is refused, and stays as it is."""
    before = contents(handover.folder.parent)
    for use in uses_of(handover):
        with pytest.raises(AdminError) as refused:
            use()
        assert str(refused.value) == sentence
    assert contents(handover.folder.parent) == before
    assert handover.is_left_over() is True


def contents(folder: Path) -> dict[Path, tuple[Any, ...]]:
    """What is in a folder, and all that is known of it but when it was read."""
    found = {path: path.lstat() for path in folder.rglob("*")}
    return {
        path: (status.st_mode, status.st_uid, status.st_mtime_ns, stat.S_ISREG(status.st_mode) and path.read_bytes())
        for path, status in found.items()
    }


# Whose it is, and who can write it


@gives_away
@pytest.mark.parametrize("which", [".", "credentials.yml", "mfa-qr.png", ".gitignore"])
def test_what_another_user_has_put_there_is_refused(kept: Handover, which: str) -> None:
    path = kept.folder / which
    os.chown(path, NOBODY, -1)
    assert_refused(kept, f"{path} belongs to another user, {NOT_OURS} run chown 0 {path}.")


@gives_away
def test_a_folder_in_that_of_another_user_is_refused(kept: Handover) -> None:
    path = kept.folder.parent
    os.chown(path, NOBODY, -1)
    assert_refused(kept, f"{path} belongs to another user, {EXCHANGED} chown 0 {path}, {ELSEWHERE}")
    path.chmod(0o1777)
    assert_refused(kept, f"{path} belongs to another user, {EXCHANGED} chown 0 {path}, {ELSEWHERE}")


@gives_away
def test_a_folder_in_one_of_ours_or_roots_is_good(kept: Handover, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (kept.folder, *kept.folder.iterdir()):
        os.chown(path, NOBODY, -1)
    monkeypatch.setattr(os, "geteuid", lambda: NOBODY)
    assert held(kept) == FULL
    os.chown(kept.folder.parent, NOBODY, -1)
    assert held(kept) == FULL
    os.chown(kept.folder.parent, 1, -1)
    with pytest.raises(AdminError, match=rf"belongs to another user, {EXCHANGED} chown {NOBODY} "):
        held(kept)


@pytest.mark.parametrize("which", [".", "credentials.yml", "mfa-qr.png"])
@pytest.mark.parametrize("bit", [0o020, 0o002], ids=["group", "all"])
def test_what_other_users_can_write_is_refused(kept: Handover, which: str, bit: int) -> None:
    path = kept.folder / which
    path.chmod(path.stat().st_mode | bit)
    assert_refused(kept, f"{path} can be written by other users, {NOT_OURS} run chmod go-w {path}.")


@pytest.mark.parametrize("bit", [0o020, 0o002], ids=["group", "all"])
def test_a_folder_in_one_that_other_users_can_write_is_refused_unless_they_cannot_exchange_it(
    kept: Handover, bit: int
) -> None:
    path = kept.folder.parent
    path.chmod(0o700 | bit)
    assert_refused(kept, f"{path} can be written by other users, {EXCHANGED} chmod go-w {path}, {ELSEWHERE}")
    path.chmod(0o700 | bit | stat.S_ISVTX)  # as /tmp is
    assert held(kept) == FULL


def test_reports_may_be_where_a_group_writes_and_not_where_all_do(tmp_path: Path) -> None:
    folder = tmp_path / "report"
    folder.mkdir()
    for path in (tmp_path, folder):
        path.chmod(0o775)
    with OwnFolder(folder, use=own_files.REPORTS):
        pass
    folder.chmod(0o777)
    with pytest.raises(AdminError, match=r"report can be written by other users"):
        OwnFolder(folder, use=own_files.REPORTS)


def test_nobody_waits_for_a_pipe_in_the_place_of_a_folder(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotADirectoryError):
        OwnFolder(tmp_path / "pipe" / "general")


def test_what_is_advised_can_be_pasted(tmp_path: Path) -> None:
    handover = Handover(str(tmp_path / "of mine"), "general", Vault([]))
    handover.write(holding(FULL))
    handover.folder.chmod(0o777)
    path = handover.folder
    assert_refused(handover, f"{path} can be written by other users, {NOT_OURS} run chmod go-w '{path}'.")


# What it is


@pytest.mark.parametrize("name", ["credentials.yml", "mfa-qr.png", "mfa-qr-safe.png", ".gitignore", ".unsent"])
def test_what_is_no_file_is_refused_and_not_waited_for(kept: Handover, name: str) -> None:
    path = kept.folder / name
    path.unlink(missing_ok=True)
    os.mkfifo(path, 0o600)
    assert_refused(kept, f"{path} is not a file: move it away.")
    path.unlink()
    path.mkdir(0o700)
    assert_refused(kept, f"{path} is not a file: move it away.")


def test_a_pipe_that_takes_the_place_of_a_file_is_not_waited_for(
    kept: Handover, monkeypatch: pytest.MonkeyPatch
) -> None:
    status = kept.credentials.stat()
    kept.credentials.unlink()
    os.mkfifo(kept.credentials, 0o600)
    monkeypatch.setattr(OwnFolder, "look", lambda *_given: status)
    with OwnFolder(kept.folder) as folder:
        for use in (folder.read, folder.touch):
            with pytest.raises(AdminError, match=r"credentials\.yml is not a file: move it away\.$"):
                use("credentials.yml")


def test_a_link_that_takes_the_place_of_a_folder_is_not_followed(
    kept: Handover, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    link = tmp_path / "handover" / "link"
    link.symlink_to(kept.folder)
    monkeypatch.setattr(OwnFolder, "_refuse_link", lambda *_given: None)
    with pytest.raises(NotADirectoryError):
        OwnFolder(link)


def test_a_link_that_is_there_when_a_file_is_begun_is_not_followed(
    kept: Handover, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(own_files.secrets, "token_hex", lambda _length: "guessed")
    (kept.folder / ".partial-guessed").symlink_to(tmp_path / "target")
    with OwnFolder(kept.folder) as folder, pytest.raises(FileExistsError):
        folder.write("credentials.yml", b"void")
    assert not (tmp_path / "target").exists()
    assert held(kept) == FULL


def test_a_file_that_has_another_name_elsewhere_is_refused(kept: Handover, tmp_path: Path) -> None:
    path = kept.credentials
    os.link(path, tmp_path / "other")
    assert_refused(kept, f"{path} has another hard link, {NOT_OURS} put a copy in its place.")
    (tmp_path / "other").unlink()
    assert held(kept) == FULL


def test_what_leads_to_the_handovers_may_be_links_of_ours(kept: Handover, tmp_path: Path) -> None:
    (tmp_path / "home").symlink_to(tmp_path)
    (tmp_path / "link").symlink_to(tmp_path / "home" / "handover")
    linked = Handover(str(tmp_path / "link"), "general", kept._vault)
    assert held(linked) == FULL
    linked.write(holding(BARE))
    assert held(kept) == BARE


@gives_away
def test_a_link_to_the_handovers_that_another_user_has_made_is_refused(kept: Handover, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(kept.folder.parent)
    os.chown(link, NOBODY, -1, follow_symlinks=False)
    linked = Handover(str(link), "general", kept._vault)
    assert_refused(linked, f"{link} is a link that another user has made: remove it, or set iam_admin_handover_dir.")


def test_what_is_not_there_is_neither_touched_nor_private(kept: Handover) -> None:
    with OwnFolder(kept.folder) as folder:
        assert folder.look("nothing") is folder.read("nothing") is None
        assert folder.is_private("nothing") is False
        folder.remove("nothing")
        with pytest.raises(FileNotFoundError):
            folder.touch("nothing")


def test_no_descriptor_stays_open(kept: Handover) -> None:
    descriptors = Path("/dev/fd")
    before = len(list(descriptors.iterdir()))
    kept.write(holding(BARE))
    kept.folder.chmod(0o777)
    for use in uses_of(kept):
        with pytest.raises(AdminError):
            use()
    assert len(list(descriptors.iterdir())) == before


# Plain text, where there is a vault password


@pytest.fixture
def prepared(tmp_path: Path) -> Handover:
    """A handover with a vault password, where files lie in plain text as a checkout, or a copy, leaves them."""
    plain = Handover(str(tmp_path), "general", Vault([]))
    plain.write(holding(FULL, "iamadmin"))
    plain.credentials.chmod(0o644)
    plain.qr_code("iamadmin", "iamadmin").chmod(0o640)
    return Handover(str(tmp_path), "general", Vault([], "given"))


def test_plain_text_that_others_can_read_is_not_used(prepared: Handover) -> None:
    found = prepared.read()
    assert (found.credentials, found.is_bare, found.is_left_over) == (None, True, True)
    assert (prepared.moved, prepared.encrypted) == ([], [])


def test_plain_text_that_others_can_read_is_moved_aside(prepared: Handover) -> None:
    text = prepared.credentials.read_text()
    prepared.write(prepared.read())
    assert prepared.encrypted == []
    aside = [prepared.folder / name for name in ("not-used-1-credentials.yml", "not-used-1-mfa-qr.png")]
    assert prepared.moved == aside
    assert aside[0].read_text() == text
    assert set(prepared.folder.iterdir()) == {prepared.folder / ".gitignore", *aside}
    found = again(prepared).read()
    assert (found.credentials, found.qr_codes, found.is_bare, found.is_left_over) == (None, set(), False, False)


def test_a_write_moves_plain_text_aside_too_and_loses_nothing_that_lies_there(prepared: Handover) -> None:
    text = prepared.credentials.read_text()
    for number in (1, 2):
        prepared.write(holding(replace(BARE, initial_password=f"another {number}")))
        aside = prepared.folder / f"not-used-{number}-credentials.yml"
        assert (aside in prepared.moved, aside.read_text()) == (True, text)
        assert held(prepared) == replace(BARE, initial_password=f"another {number}")
        prepared.credentials.write_text(text)
        prepared.credentials.chmod(0o644)
    assert [path.name for path in prepared.moved] == [
        "not-used-1-credentials.yml",
        "not-used-1-mfa-qr.png",
        "not-used-2-credentials.yml",
    ]


def test_what_others_can_read_is_moved_aside_and_what_they_cannot_is_encrypted(prepared: Handover) -> None:
    prepared.credentials.chmod(0o600)
    assert prepared.read().credentials == FULL
    prepared.write(holding(FULL))
    assert prepared.encrypted == [prepared.credentials]
    assert prepared.moved == [prepared.folder / "not-used-1-mfa-qr.png"]
    assert held(prepared) == FULL


# Whatever else is wrong

OWNER = "Make its owner the user that runs this (chown -R), or run this as its owner."


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.EACCES, OWNER),
        (errno.EPERM, OWNER),
        (errno.ENOSPC, "Make room on its disk, and run again."),
        (errno.EDQUOT, "Make room on its disk, and run again."),
        (errno.EROFS, "Its disk is read-only: make it writable, or name another place in iam_admin_handover_dir."),
        (errno.EISDIR, "Correct that, or name another place in iam_admin_handover_dir."),
    ],
)
def test_what_cannot_be_used_is_said_with_the_way_out(number: int, remedy: str) -> None:
    error = OSError(number, os.strerror(number))
    said = str(unusable("The handover /there", "iam_admin_handover_dir", error))
    assert said == f"The handover /there cannot be used: {os.strerror(number)}. {remedy}"
