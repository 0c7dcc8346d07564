# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The handover: one folder per account with what its administrator needs, and nobody else may read."""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Callable, Container, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, replace
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.kept import Credentials, Kept
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.virtual_mfa import enrolment
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.own_files import (
    HANDOVERS,
    PARTIAL,
    OwnFolder,
    own_folder,
    unusable,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.vault import LockedError, Vault

CREDENTIALS = "credentials.yml"

_FOLDER_NAME = re.compile(r"[\w+=,@-][\w+=,.@-]*", re.ASCII)
_ASIDE = "not-used-"
_IGNORE = ".gitignore"
_IGNORE_ALL = b"*\n"
_PROBE = ".probe"
_UNSENT = ".unsent"
_QR_CODE = "mfa-qr"


class Handover:
    """The folder of one account. Files are written whole or not at all, for their owner alone, whatever the umask.

    Nothing is used that somebody else may have put there. Where there is a vault password, that is true of plain text,
    too, unless nobody else can read it either, as a run without the password leaves it: that is encrypted and kept.
    Whatever else is there in plain text is moved aside by the first write, and `moved` has its new place. So is, where
    it `sets_aside`, what no vault password of this run opens: `unopened` has that.

    It is a Keeper. Every method raises AdminError for a folder that cannot be used.
    """

    waits = False

    def __init__(
        self, directory: str, account_name: str, vault: Vault, hosts: Container[str] = (), sets_aside: bool = False
    ) -> None:
        """`hosts` are what accounts are called now: a folder of another name is of one that was renamed."""
        if not _FOLDER_NAME.fullmatch(account_name):
            raise AdminError(
                f"The account name {account_name!r} cannot be the name of a folder: use letters, digits and +=,.@_- "
                "in the inventory."
            )
        self.folder = Path(directory).expanduser() / account_name
        self.encrypted: list[Path] = []
        self.moved: list[Path] = []
        self.unopened: list[Path] = []
        self.was_written = False
        self._vault = vault
        self._hosts = hosts
        # Nothing that is encrypted makes way for what is not
        self._sets_aside = sets_aside and vault.encrypts
        self._kept: Kept | None = None
        self._seen: tuple[Any, ...] = ()

    def of_host(self, host: str) -> Handover:
        """Return the handover of another host, beside this one."""
        return Handover(str(self.folder.parent), host, self._vault, self._hosts)

    def qr_code(self, device: str, user_name: str) -> Path:
        """Return the file that holds the QR code of a device of the user until it is enabled."""
        return self.folder / (f"{_QR_CODE}.png" if device in ("", user_name) else f"{_QR_CODE}-{device}.png")

    @property
    def encrypts(self) -> bool:
        """Whether there is a password to encrypt with."""
        return self._vault.encrypts

    @property
    def has_been(self) -> bool:
        """Whether an earlier run has written here."""
        return bool(self._found(lambda name: name == _IGNORE))

    @property
    def is_lost(self) -> bool:
        """Whether there are no credentials: none were written, or somebody has taken them away."""
        with self._opened(self.credentials) as folder:
            return folder is None or folder.look(CREDENTIALS) is None

    @property
    def credentials(self) -> Path:
        """The file that holds the credentials."""
        return self.folder / CREDENTIALS

    def read(self) -> Kept:
        """See Keeper. The files are read again only where another run has written them since."""
        seen = self._look()
        if self._kept is None or seen != self._seen:
            self._seen = seen
            found = self._read()
            names = (name for name in self._found(_is_qr_code) if not self._cannot_be_opened(name))
            codes = (name.removeprefix(_QR_CODE).removesuffix(".png") for name in names)
            own = found.user_name if found else ""
            self._kept = Kept(
                place=str(self.credentials),
                account_name=self.folder.name,
                credentials=found,
                qr_codes=frozenset(code.removeprefix("-") or own for code in codes),
                is_bare=bool(self._bare_files()),
                is_left_over=self.is_left_over(),
            )
        return self._kept

    def _look(self) -> tuple[Any, ...]:
        """Return what tells whether somebody has written here."""
        with self._opened(self.credentials) as folder:
            status = folder and folder.look(CREDENTIALS)
            names = folder.names() if folder else []
        return (*names, status and (status.st_ino, status.st_size, status.st_mtime_ns))

    def _read(self) -> Credentials | None:
        path = self.credentials
        with self._opened(path) as folder:
            if folder is None or self._may_be_of_others(folder, CREDENTIALS):
                return None
            held = folder.read(CREDENTIALS)
            if held is None or (self._sets_aside and not self._vault.opens(held)):
                return None
            content = yaml.safe_load(self._vault.decrypt(held, str(path)))
        try:
            return Credentials.from_plain(content)
        except (AttributeError, TypeError) as error:
            known = ", ".join(entry.name for entry in fields(Credentials))
            raise AdminError(f"{path} is not a handover of ours ({known}): move it away.") from error

    def last_used(self) -> float:
        """Return when codes were last computed from the seed, or later (seconds since the epoch)."""
        with self._opened(self.credentials) as folder:
            status = folder and folder.look(CREDENTIALS)
        return status.st_mtime if status else 0.0

    def note_use(self) -> None:
        """Note that codes are computed from the seed now: each works once."""
        with self._opened(self.credentials) as folder:
            if folder:
                folder.touch(CREDENTIALS)
        self._seen = self._look()

    def elsewhere(self, user_name: str) -> dict[str, str]:
        """See Keeper."""
        found: dict[str, str] = {}
        for name in _folders_in(self.folder.parent):
            if name in self._hosts or name == self.folder.name:
                continue
            other = self.of_host(name)
            with suppress(AdminError):  # what cannot be used is none of ours
                held = other.read().credentials
                if held and held.user_name == user_name:
                    found.setdefault(held.account_id, str(other.folder))
        return found

    def write(self, kept: Kept) -> None:
        """See Keeper."""
        before, self._kept = self.read(), None
        self._set_aside()
        self._encrypt()
        if kept == before:
            self._try_to_write()
        if kept.credentials:
            self._write_credentials(before, kept, kept.credentials)
        elif before.credentials:
            self._remove_all()
        for name in self._found(_is_left_over):
            if name not in self._of_use(kept):
                self._remove(name)
        self.was_written = True
        if not (self.moved or self.unopened):  # what was moved is not there any more
            self._kept = replace(kept, is_bare=False, is_left_over=bool(self._of_use(kept)))
            self._seen = self._look()

    def _write_credentials(self, before: Kept, kept: Kept, credentials: Credentials) -> None:
        earlier = _scanned(before)
        new = {device: seed for device, seed in _scanned(kept).items() if seed != earlier.get(device)}
        for device in new:
            self._remove(self.qr_code(device, credentials.user_name).name)  # a picture must not outlive its seed
        # Whenever a password is unsent the hint is there: it comes before, and goes after
        if credentials.unsent:
            self._write(_UNSENT, b"")
        if credentials != before.credentials:
            text = yaml.safe_dump(credentials.as_plain(), sort_keys=False)
            text = f"# Secret. Hand it to the administrator, then delete it.\n{text}"
            self._write(CREDENTIALS, self._vault.encrypt(text.encode()))
        for device, seed in new.items():
            png = enrolment(seed, kept.label_of(device))["qr_code_png"]
            name = self.qr_code(device, credentials.user_name).name
            self._write(name, self._vault.encrypt(base64.b64decode(png)))

    def _try_to_write(self) -> None:
        """Make sure that secrets can be kept here, before there are any."""
        self._write(_PROBE, b"")
        self._remove(_PROBE)

    def _of_use(self, kept: Kept) -> set[str]:
        """Return the files, besides the credentials, that are there as long as somebody is to do something."""
        if kept.credentials is None:
            return set()
        codes = {self.qr_code(device, kept.credentials.user_name).name for device in kept.qr_codes}
        return codes | ({_UNSENT} if kept.credentials.unsent else set())

    def _remove_all(self) -> None:
        """Remove all that we have put there, and the folder where nothing else is in it.

        The credentials go after all that is secret, so that a run that is killed is known to have left something.
        """
        with self._opened() as folder:
            if folder is None:
                return
            secret = [name for name in folder.names() if name.startswith(PARTIAL) or _is_qr_code(name)]
            for name in (*secret, CREDENTIALS, _UNSENT, _IGNORE):
                folder.remove(name)
            with suppress(OSError):  # what somebody else has put there stays
                self.folder.rmdir()

    def is_left_over(self) -> bool:
        """See Keeper. A folder that cannot be used is seen to, too: whoever reads it says why."""
        try:
            with self._opened() as folder:
                if folder and self._vault.encrypts and self._is_plain(folder, CREDENTIALS):
                    return True
            return bool(self._found(_is_left_over))
        except AdminError:
            return True

    def _bare_files(self) -> list[str]:
        """Return the files that lie there in plain text, though there is a password to encrypt with."""
        if not self._vault.encrypts:
            return []
        with self._opened() as folder:
            return [name for name in folder.names() if self._is_plain(folder, name)] if folder else []

    def _encrypt(self) -> None:
        """Encrypt what lies there in plain text, where there is a password by now, or move it aside."""
        for name in self._bare_files():
            with self._made(name) as folder:
                held = folder.read(name)
                if held is not None and not self._move_aside(folder, name):
                    folder.write(name, self._vault.encrypt(held))
                    self.encrypted.append(self.folder / name)

    def _cannot_be_opened(self, name: str) -> bool:
        """Whether the work goes on without a file, as no vault password of this run opens it."""
        if not self._sets_aside:
            return False
        with self._opened(self.folder / name) as folder:
            held = folder.read(name) if folder else None
            return held is not None and not self._vault.opens(held)

    def _set_aside(self) -> None:
        """Move aside what is not used, as it cannot be opened."""
        for name in self._found(lambda name: name == CREDENTIALS or _is_qr_code(name)):
            if self._cannot_be_opened(name):
                with self._made(name) as folder:
                    self.unopened.append(_rename_aside(folder, name, self.folder))

    def _found(self, is_wanted: Callable[[str], bool]) -> list[str]:
        with self._opened() as folder:
            return [name for name in folder.names() if is_wanted(name)] if folder else []

    @contextmanager
    def _opened(self, named: Path | None = None) -> Iterator[OwnFolder | None]:
        """Give the folder, None where there is none; an error is about what is `named`."""
        with _failures(named or self.folder), own_folder(self.folder) as folder:
            if folder:
                _check_names(folder)
            yield folder

    @contextmanager
    def _made(self, name: str) -> Iterator[OwnFolder]:
        """Give the folder, where one of its files is to be written."""
        with _failures(self.folder / name), OwnFolder(self.folder, make=True) as folder:
            _check_names(folder)
            yield folder

    def _write(self, name: str, data: bytes) -> None:
        with self._made(name) as folder:
            for left_behind in folder.names():
                if left_behind.startswith(PARTIAL):
                    folder.remove(left_behind)  # by a run that was killed
            if folder.read(_IGNORE) != _IGNORE_ALL:
                folder.write(_IGNORE, _IGNORE_ALL)
            self._move_aside(folder, name)
            folder.write(name, data)

    def _remove(self, name: str) -> None:
        with self._opened(self.folder / name) as folder:
            if folder:
                folder.remove(name)

    def _is_plain(self, folder: OwnFolder, name: str) -> bool:
        """Whether a file should be encrypted and is not; there may be none."""
        if name != CREDENTIALS and not _is_qr_code(name):
            return False
        held = folder.read(name)
        return held is not None and not self._vault.is_encrypted(held)

    def _may_be_of_others(self, folder: OwnFolder, name: str) -> bool:
        """Whether a file that should be encrypted is in plain text, and came otherwise than by a run of ours."""
        return self._vault.encrypts and self._is_plain(folder, name) and not folder.is_private(name)

    def _move_aside(self, folder: OwnFolder, name: str) -> bool:
        if not self._may_be_of_others(folder, name):
            return False
        self.moved.append(_rename_aside(folder, name, self.folder))
        return True


def _rename_aside(folder: OwnFolder, name: str, path: Path) -> Path:
    """Give a file of the folder at `path` a name that says that it is not used; return where it is then."""
    taken = folder.names()
    aside = next(other for number in count(1) if (other := f"{_ASIDE}{number}-{name}") not in taken)
    folder.rename(name, aside)
    return path / aside


@dataclass(frozen=True)
class FirstUse:
    """That of a vault password; `locked` is a handover of the run that it does not open, None where there is none."""

    locked: Path | None


def first_use(vault: Vault, directories: Mapping[str, str]) -> FirstUse | None:
    """Return that of the password that encrypts; None where it opens what is there, or nothing is to be encrypted.

    `directories` have the handovers, by host. One that was handed over, and deleted, is used no more.
    """
    places = {(directory, host) for host, directory in directories.items()}
    for directory in {*directories.values()}:
        with suppress(AdminError):  # whoever is to use it says why it cannot be
            places |= {(directory, name) for name in _folders_in(Path(directory).expanduser())}
    states = {place: _state(vault.alone, *place) for place in places}
    waits = {(directory, host): states[directory, host] for host, directory in directories.items()}
    if "opens" in states.values() or not {"is new", "is locked"} & {*waits.values()}:
        return None
    locked = (Path(directory) / host for (directory, host), state in waits.items() if state == "is locked")
    return FirstUse(next(locked, None))


def _state(vault: Vault, directory: str, name: str) -> str:
    """Return whether a handover `is new`, `opens`, `is locked`, `is over`, or cannot be used (``)."""
    try:
        handover = Handover(directory, name, vault)
        kept = handover.read()
        if kept.credentials:
            return "is new" if kept.is_bare else "opens"
        return "is over" if handover.has_been else "is new"
    except LockedError:
        return "is locked"
    except AdminError:  # whoever is to use it says why
        return ""


def _scanned(kept: Kept) -> dict[str, str]:
    """Return the seeds that the QR codes hold, by device."""
    seeds = {device: kept.credentials.seeds_of(device) for device in kept.qr_codes} if kept.credentials else {}
    return {device: found[-1] for device, found in seeds.items() if found}


def _is_qr_code(name: str) -> bool:
    return name.startswith(_QR_CODE) and name.endswith(".png")


def _is_left_over(name: str) -> bool:
    return _is_qr_code(name) or name == _UNSENT


def _check_names(folder: OwnFolder) -> None:
    """Raise AdminError for whatever bears one of our names and is not a file of ours."""
    for name in folder.names():
        if name in (CREDENTIALS, _IGNORE) or _is_left_over(name):
            folder.look(name)


def _folders_in(directory: Path) -> list[str]:
    """Return the names of the folders that can be handovers."""
    with _failures(directory), suppress(FileNotFoundError):
        names = sorted(entry.name for entry in os.scandir(directory) if entry.is_dir(follow_symlinks=False))
        return [name for name in names if _FOLDER_NAME.fullmatch(name)]
    return []


@contextmanager
def _failures(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unusable(f"The handover {path}", HANDOVERS.variable, error) from error
    except ValueError as error:
        raise AdminError(f"The handover {str(path)!r} is not a valid path: correct iam_admin_handover_dir.") from error
    except yaml.YAMLError as error:
        raise AdminError(f"{path} is not valid YAML: correct it, or move it away.") from error
