# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The handover: one folder per account with what its administrator needs, and nobody else may read."""

from __future__ import annotations

import os
import re
import secrets
import string
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from itertools import count
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.names import (
    original_name,
    replacement_number,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.own_files import PARTIAL, OwnFolder, own_folder
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.vault import Vault

CREDENTIALS = "credentials.yml"

_FOLDER_NAME = re.compile(r"[\w+=,@-][\w+=,.@-]*", re.ASCII)
_SYMBOLS = "!@#$%^&*()_+-="
_ASIDE = "not-used-"
_IGNORE = ".gitignore"
_IGNORE_ALL = b"*\n"
_PROBE = ".probe"
_UNSENT = ".unsent"
_PASSWORD_LENGTH = 24
_FLAGS = ("unsent", "had_password")
_NO_TEXT = ("mfa_devices", "mfa_seeds", *_FLAGS)
_QR_CODE = "mfa-qr"


@dataclass(frozen=True)
class Credentials:
    """What credentials.yml holds.

    `previous_password` is there while `initial_password` may not have taken its place yet. `unsent` says that the
    latter was to be sent, and AWS is not known to have it; any other one is spent once AWS has none any more, as its
    owner may have changed it. `had_password` says that AWS had one of the user's own before a device was made.

    `mfa_seeds` are those of the devices by their names in AWS, as `iamadmin.2` for the one that replaces `iamadmin`;
    `mfa_devices` are the names of all whose seeds it ever had, and of those that an adopted user had. Earlier versions
    kept neither these nor the `user_id`.
    """

    account_name: str
    account_id: str
    user_name: str
    sign_in_url: str
    user_id: str | None = None
    mfa_devices: tuple[str, ...] = ()
    initial_password: str | None = field(default=None, repr=False)
    previous_password: str | None = field(default=None, repr=False)
    mfa_seeds: Mapping[str, str] = field(default_factory=dict, repr=False)
    unsent: bool = False
    had_password: bool = False

    @classmethod
    def from_yaml(cls, content: Any) -> Credentials:
        """Make it from what to_yaml returned; raise AttributeError or TypeError for anything else."""
        held: dict[str, Any] = {name: str(value) for name, value in content.items() if name not in _NO_TEXT}
        seeds = {str(device): str(seed) for device, seed in content.get("mfa_seeds", {}).items()}
        devices = tuple(str(device) for device in content.get("mfa_devices", ()))
        held |= {name: content.get(name) is True for name in _FLAGS}
        return cls(**held, mfa_seeds=seeds, mfa_devices=devices)

    def to_yaml(self) -> str:
        """Return it as YAML, without what it does not hold."""
        held = {name: value for name, value in vars(self).items() if value}
        # Joined, since a value from a vault would be written as one of its own
        plain: dict[str, Any] = {name: "".join(value) for name, value in held.items() if name not in _NO_TEXT}
        if self.mfa_devices:
            plain["mfa_devices"] = ["".join(device) for device in self.mfa_devices]
        if self.mfa_seeds:
            plain["mfa_seeds"] = {"".join(device): "".join(seed) for device, seed in self.mfa_seeds.items()}
        plain |= {name: True for name in _FLAGS if getattr(self, name)}
        return yaml.safe_dump(plain, sort_keys=False)

    def knows(self, stranger: Mapping[str, Any], user_name: str) -> bool:
        """Whether this is the handover of a user whom AWS has, and of all that it signs in or requests with (`has`).

        Any password counts once the handover has had one: AWS does not tell whose it is.
        """
        devices = {serial_number.rpartition("/")[2].lower() for serial_number in stranger["mfa_devices"]}
        return (
            (self.account_id, self.user_name.lower()) == (stranger["account_id"], user_name.lower())
            and self.user_id in (None, stranger["user_id"])
            and (self.knows_any_device or devices <= {device.lower() for device in self.mfa_devices})
            and not stranger["credentials"]
            and (self.initial_password is not None or not stranger["console_password"])
        )

    @property
    def knows_any_device(self) -> bool:
        """Whether an earlier version has written it, which noted none."""
        return self.user_id is None and not self.mfa_devices

    def of_user(self, user_id: str | None, adopted_devices: Iterable[str]) -> Credentials:
        """Return it as that of the user whom AWS has; of another one it keeps the seeds, which may wait for codes."""
        if not user_id:
            return self
        known = self
        if self.user_id not in (None, user_id):
            known = Credentials(
                self.account_name, self.account_id, self.user_name, self.sign_in_url, mfa_seeds=self.mfa_seeds
            )
        devices = tuple(dict.fromkeys((*known.mfa_devices, *known.mfa_seeds, *adopted_devices)))
        return replace(known, user_id=user_id, mfa_devices=devices)

    def is_finished_by_others(self, has_password: bool) -> bool:
        """Whether AWS `has_password` where we would have made the first one, once the device is enabled."""
        return bool(self.mfa_seeds) and has_password and not self.had_password and self.initial_password is None

    def seeds_of(self, device: str) -> list[str]:
        """Return the seeds of a device, and of those that replace it, in their order."""
        names = sorted(self.mfa_seeds, key=replacement_number)
        return [self.mfa_seeds[name] for name in names if original_name(name).lower() == device.lower()]

    def pending(self, enabled: Iterable[str]) -> list[str]:
        """Return the names of the devices that are newer than those that are `enabled`, and so wait for codes."""
        newest = _newest(enabled)
        return [
            name for name in self.mfa_seeds if replacement_number(name) > newest.get(original_name(name).lower(), 0)
        ]

    def once_enabled(self, enabled: Iterable[str], keep_seed: bool, has_password: bool = False) -> Credentials:
        """Return it without the seeds that are of no use once these devices are enabled.

        With `keep_seed` those of the devices themselves stay, and only what they have replaced goes. Where AWS has a
        password, the one that was to be sent was sent, by a run that was killed before it noted that.
        """
        enabled = list(enabled)
        newest = _newest(enabled)
        pending = self.pending(enabled)
        seeds = {
            name: seed
            for name, seed in self.mfa_seeds.items()
            if name in pending or (keep_seed and replacement_number(name) == newest[original_name(name).lower()])
        }
        return replace(self, mfa_seeds=seeds, unsent=self.unsent and not has_password)


def _newest(devices: Iterable[str]) -> dict[str, int]:
    """Return the number of the newest device, by the name that it and its predecessors share, in lower case."""
    newest: dict[str, int] = {}
    for name in devices:
        original = original_name(name).lower()
        newest[original] = max(replacement_number(name), newest.get(original, 0))
    return newest


class Handover:
    """The folder of one account. Files are written whole or not at all, for their owner alone, whatever the umask.

    Nothing is used that somebody else may have put there. Where there is a vault password, that is true of plain text,
    too, unless nobody else can read it either, as a run without the password leaves it: that is encrypted and kept.
    Whatever else is there in plain text is moved aside by the first write, and `moved` has its new place.

    Every method raises AdminError for a folder that cannot be used.
    """

    def __init__(self, directory: str, account_name: str, vault: Vault) -> None:
        if not _FOLDER_NAME.fullmatch(account_name):
            raise AdminError(
                f"The account name {account_name!r} cannot be the name of a folder: use letters, digits and +=,.@_- "
                "in the inventory."
            )
        self.folder = Path(directory).expanduser() / account_name
        self.moved: list[Path] = []
        self._vault = vault

    def qr_code(self, device: str | None = None) -> Path:
        """Return the file that holds the QR code until the device is enabled; None is the one with the user's name."""
        return self.folder / (f"{_QR_CODE}-{device}.png" if device else f"{_QR_CODE}.png")

    def qr_code_of(self, credentials: Credentials, name: str) -> Path:
        """Return the file that holds the QR code of a device, by its name in AWS."""
        device = original_name(name)
        return self.qr_code(None if device == credentials.user_name else device)

    def qr_codes(self) -> list[Path]:
        """Return the QR codes that are there."""
        return self._found(_is_qr_code)

    @property
    def credentials(self) -> Path:
        """The file that holds the credentials."""
        return self.folder / CREDENTIALS

    def read(self) -> Credentials | None:
        """Return what the handover holds, None where there is none yet, or none that may be used."""
        path = self.credentials
        with self._opened(path) as folder:
            if folder is None or self._may_be_of_others(folder, CREDENTIALS):
                return None
            held = folder.read(CREDENTIALS)
            if held is None:
                return None
            content = yaml.safe_load(self._vault.decrypt(held, str(path)))
        try:
            return Credentials.from_yaml(content)
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

    def read_for(self, account_id: str | None, user_name: str) -> Credentials | None:
        """Return what the handover holds; raise AdminError where it is another user's, or another account's.

        Where the account is not known, None, it can be any.
        """
        found = self.read()
        if found and (account_id or found.account_id, user_name) != (found.account_id, found.user_name):
            where = f" in {account_id}" if account_id else ""
            raise AdminError(
                f"{self.credentials} is the handover of {found.user_name} in account {found.account_id}, "
                f"not of {user_name}{where}: move it away, or set iam_admin_handover_dir."
            )
        return found

    def refuse_stranger(self, found: Credentials, user_id: str | None, has_password: bool) -> None:
        """Raise AdminError where somebody else has made the user that AWS has, or its first password."""
        user = f"{found.user_name} in account {found.account_id}"
        if user_id and found.user_id not in (None, user_id):
            raise AdminError(
                f"{self.credentials} is the handover of the user {found.user_id}, and {user} is {user_id} now: make "
                "sure whose that is, and then adopt the user (iam_admin_adopt: true), or move the handover away."
            )
        if found.is_finished_by_others(has_password):
            raise AdminError(
                f"{self.credentials} never had a password, and {user} has one, which somebody else has set: make sure "
                "who, and then adopt the user (iam_admin_adopt: true), or remove it."
            )

    def refuse_other_name(self, account_id: str | None, user_name: str, hosts: Container[str]) -> None:
        """Raise AdminError where a folder that none of `hosts` is called holds this handover: its account was renamed.

        So nothing is made twice, and nothing is lost.
        """
        for name in _folders_in(self.folder.parent):
            other = Handover(str(self.folder.parent), name, self._vault)
            if name not in hosts and other._is_of(account_id, user_name):
                raise AdminError(
                    f"The handover of {user_name} in account {account_id} is {other.folder}: rename that folder to "
                    f"{self.folder.name}, as the account is called now, or move it out of {self.folder.parent}."
                )

    def _is_of(self, account_id: str | None, user_name: str) -> bool:
        try:
            found = self.read()
        except AdminError:  # what cannot be used is none of ours
            return False
        return found is not None and (found.account_id, found.user_name) == (account_id, user_name)

    def write(self, credentials: Credentials) -> bool:
        """Keep the credentials; return whether anything changed."""
        changed = self.read() != credentials
        # Whenever a password is unsent the hint is there: it comes before, and goes after
        if credentials.unsent:
            self._write(_UNSENT, b"")
        if changed:
            text = f"# Secret. Hand it to the administrator, then delete it.\n{credentials.to_yaml()}"
            self._write(CREDENTIALS, self._vault.encrypt(text.encode()))
        if not credentials.unsent:
            self._remove(_UNSENT)
        return changed

    def write_seed(self, credentials: Credentials, qr_code: Path, png: bytes) -> None:
        """Keep the credentials with a new seed, and its QR code."""
        self._remove(qr_code.name)  # a picture of an earlier seed must not outlive it
        self.write(credentials)
        self._write(qr_code.name, self._vault.encrypt(png))

    def forget_enrolment(
        self,
        credentials: Credentials | None,
        enabled: Iterable[str],
        keep_seed: bool,
        has_password: bool = False,
        check_mode: bool = False,
    ) -> bool:
        """Keep the credentials, where there are any, without what is of no use once these devices are enabled.

        Notes whether AWS has the password. Returns whether anything changed, or would change, in check mode.
        """
        enabled = list(enabled)
        after = credentials and credentials.once_enabled(enabled, keep_seed, has_password)
        of_use = {self.qr_code_of(after, name) for name in after.pending(enabled)} if after else set()
        if after and after.unsent:
            of_use.add(self.folder / _UNSENT)
        void = [path for path in self._found(_is_left_over) if path not in of_use]
        if check_mode:
            return bool(void) or after != self.read()
        changed = after is not None and self.write(after)
        for path in void:
            self._remove(path.name)
        return changed or bool(void)

    def remove(self) -> None:
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

    def left_over(self, encrypts: bool) -> list[Path]:
        """Return what the next run has to see to, and AWS does not tell it; `encrypts` says whether that can encrypt.

        A folder that cannot be used is seen to, too: the run says why.
        """
        try:
            with self._opened() as folder:
                is_plain = encrypts and folder is not None and self._is_plain(folder, CREDENTIALS)
            return [*self._found(_is_left_over), *([self.credentials] if is_plain else [])]
        except AdminError:
            return [self.folder]

    def bare_files(self) -> list[Path]:
        """Return the files that lie there in plain text, though there is a password to encrypt with."""
        if not self._vault.encrypts:
            return []
        with self._opened() as folder:
            return [self.folder / name for name in folder.names() if self._is_plain(folder, name)] if folder else []

    def encrypt(self) -> list[Path]:
        """Encrypt what lies there in plain text, where there is a password by now, or move it aside.

        Returns the files that were encrypted.
        """
        encrypted = []
        for path in self.bare_files():
            with self._made(path.name) as folder:
                held = folder.read(path.name)
                if held is not None and not self._move_aside(folder, path.name):
                    folder.write(path.name, self._vault.encrypt(held))
                    encrypted.append(path)
        return encrypted

    def open(self) -> None:
        """Make sure that secrets can be kept here, before there are any."""
        self._write(_PROBE, b"")
        self._remove(_PROBE)

    def _found(self, is_wanted: Callable[[str], bool]) -> list[Path]:
        with self._opened() as folder:
            return [self.folder / name for name in folder.names() if is_wanted(name)] if folder else []

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
        taken = folder.names()
        aside = next(other for number in count(1) if (other := f"{_ASIDE}{number}-{name}") not in taken)
        folder.rename(name, aside)
        self.moved.append(self.folder / aside)
        return True


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


def generate_password(minimum_length: int = 0) -> str:
    """Return a random password with characters of each kind that a password policy can ask for."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, _SYMBOLS)
    letters = [secrets.choice(kind) for kind in kinds]
    length = max(minimum_length, _PASSWORD_LENGTH)
    letters += [secrets.choice("".join(kinds)) for _position in range(length - len(letters))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)


@contextmanager
def _failures(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise AdminError(f"The handover {path} cannot be used: {error.strerror}.") from error
    except ValueError as error:
        raise AdminError(f"The handover {str(path)!r} cannot be used: nothing can be called so.") from error
    except yaml.YAMLError as error:
        raise AdminError(f"{path} is not valid YAML: mend it, or move it away.") from error
