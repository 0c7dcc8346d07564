# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The handover: one folder per account with what its administrator needs, and nobody else may read."""

from __future__ import annotations

import os
import re
import secrets
import string
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any

import yaml

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.names import (
    original_name,
    replacement_number,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.vault import Vault

CREDENTIALS = "credentials.yml"

_FOLDER_NAME = re.compile(r"[\w+=,@-][\w+=,.@-]*", re.ASCII)
_SYMBOLS = "!@#$%^&*()_+-="
_PARTIAL = ".partial-"
_PROBE = ".probe"
_PASSWORD_LENGTH = 24
_QR_CODE = "mfa-qr"


@dataclass(frozen=True)
class Credentials:
    """What credentials.yml holds.

    `previous_password` is there while `initial_password` may not have taken its place yet. `mfa_seeds` are those of the
    devices by their names in AWS, as `iamadmin.2` for the one that replaces `iamadmin`.
    """

    account_name: str
    account_id: str
    user_name: str
    sign_in_url: str
    initial_password: str | None = field(default=None, repr=False)
    previous_password: str | None = field(default=None, repr=False)
    mfa_seeds: Mapping[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def from_yaml(cls, content: Any) -> Credentials:
        """Make it from what to_yaml returned; raise AttributeError or TypeError for anything else."""
        held: dict[str, Any] = {name: str(value) for name, value in content.items() if name != "mfa_seeds"}
        seeds = {str(device): str(seed) for device, seed in content.get("mfa_seeds", {}).items()}
        return cls(**held, mfa_seeds=seeds)

    def to_yaml(self) -> str:
        """Return it as YAML, without what it does not hold."""
        held = {name: value for name, value in vars(self).items() if value}
        # Joined, since a value from a vault would be written as one of its own
        plain = {name: "".join(value) for name, value in held.items() if name != "mfa_seeds"}
        seeds = {"".join(device): "".join(seed) for device, seed in self.mfa_seeds.items()}
        return yaml.safe_dump({**plain, **({"mfa_seeds": seeds} if seeds else {})}, sort_keys=False)

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

    def once_enabled(self, enabled: Iterable[str], keep_seed: bool) -> Credentials:
        """Return it without the seeds that are of no use once these devices are enabled.

        With `keep_seed` those of the devices themselves stay, and only what they have replaced goes.
        """
        enabled = list(enabled)
        newest = _newest(enabled)
        pending = self.pending(enabled)
        seeds = {
            name: seed
            for name, seed in self.mfa_seeds.items()
            if name in pending or (keep_seed and replacement_number(name) == newest[original_name(name).lower()])
        }
        return replace(self, mfa_seeds=seeds)


def _newest(devices: Iterable[str]) -> dict[str, int]:
    """Return the number of the newest device, by the name that it and its predecessors share, in lower case."""
    newest: dict[str, int] = {}
    for name in devices:
        original = original_name(name).lower()
        newest[original] = max(replacement_number(name), newest.get(original, 0))
    return newest


class Handover:
    """The folder of one account. Files are written whole or not at all, for their owner alone, whatever the umask.

    Every method raises AdminError for a folder that cannot be used.
    """

    def __init__(self, directory: str, account_name: str, vault: Vault) -> None:
        if not _FOLDER_NAME.fullmatch(account_name):
            raise AdminError(
                f"The account name {account_name!r} cannot be the name of a folder: use letters, digits and +=,.@_- "
                "in the inventory."
            )
        self.folder = Path(directory).expanduser() / account_name
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
        with _failures(self.folder):
            return sorted(self.folder.glob(f"{_QR_CODE}*.png"))

    @property
    def credentials(self) -> Path:
        """The file that holds the credentials."""
        return self.folder / CREDENTIALS

    def read(self) -> Credentials | None:
        """Return what the handover holds, None where there is none yet."""
        path = self.credentials
        with _failures(path):
            self._refuse_links()
            if not path.exists():
                return None
            content = yaml.safe_load(self._vault.decrypt(path.read_bytes(), str(path)))
            try:
                return Credentials.from_yaml(content)
            except (AttributeError, TypeError) as error:
                known = ", ".join(entry.name for entry in fields(Credentials))
                raise AdminError(f"{path} is not a handover of ours ({known}): move it away.") from error

    def last_used(self) -> float:
        """Return when codes were last computed from the seed, or later (seconds since the epoch)."""
        with _failures(self.credentials):
            return self.credentials.stat().st_mtime

    def note_use(self) -> None:
        """Note that codes are computed from the seed now: each works once."""
        with _failures(self.credentials):
            os.utime(self.credentials)

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

    def write(self, credentials: Credentials) -> bool:
        """Keep the credentials; return whether anything changed."""
        if self.read() == credentials:
            return False
        text = f"# Secret. Hand it to the administrator, then delete it.\n{credentials.to_yaml()}"
        self._write(CREDENTIALS, self._vault.encrypt(text.encode()))
        return True

    def write_seed(self, credentials: Credentials, qr_code: Path, png: bytes) -> None:
        """Keep the credentials with a new seed, and its QR code."""
        with _failures(qr_code):
            self._refuse_links()
            qr_code.unlink(missing_ok=True)  # a picture of an earlier seed must not outlive it
        self.write(credentials)
        self._write(qr_code.name, self._vault.encrypt(png))

    def forget_enrolment(self, enabled: Iterable[str], keep_seed: bool, check_mode: bool = False) -> bool:
        """Remove the QR codes and seeds that are of no use once these devices are enabled.

        Returns whether anything changed, or would change, in check mode.
        """
        enabled = list(enabled)
        credentials = self.read()
        after = credentials and credentials.once_enabled(enabled, keep_seed)
        waiting = {self.qr_code_of(after, name) for name in after.pending(enabled)} if after else set()
        void = [path for path in self.qr_codes() if path not in waiting]
        if check_mode:
            return bool(void) or after != credentials
        changed = after is not None and self.write(after)
        for path in void:
            with _failures(path):
                path.unlink()
        return changed or bool(void)

    def remove(self) -> None:
        """Remove all that we have put there, and the folder where nothing else is in it.

        The credentials go after all that is secret, so that a run that is killed is known to have left something.
        """
        with _failures(self.folder):
            self._refuse_links()
            partial = self.folder.glob(f"{_PARTIAL}*")
            for path in (*partial, *self.qr_codes(), self.credentials, self.folder / ".gitignore"):
                path.unlink(missing_ok=True)
            with suppress(OSError):  # what somebody else has put there stays
                self.folder.rmdir()

    def bare_files(self) -> list[Path]:
        """Return the files that lie there in plain text, though there is a password to encrypt with."""
        if not self._vault.encrypts:
            return []
        with _failures(self.folder):
            self._refuse_links()
            files = (path for path in (self.credentials, *self.qr_codes()) if path.exists())
            return [path for path in files if not self._vault.is_encrypted(path.read_bytes())]

    def open(self) -> bool:
        """Make sure that secrets can be kept here, before there are any; return whether anything was encrypted.

        What lies there in plain text is encrypted, where there is a password by now.
        """
        bare = self.bare_files()
        for path in bare:
            self._write(path.name, self._vault.encrypt(path.read_bytes()))
        self._write(_PROBE, b"")
        with _failures(self.folder):
            (self.folder / _PROBE).unlink()
        return bool(bare)

    def _write(self, name: str, data: bytes) -> None:
        with _failures(self.folder / name):
            self._make_folder()
            handle, temporary = tempfile.mkstemp(prefix=_PARTIAL, dir=self.folder)  # 0600, and never through a link
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                Path(temporary).replace(self.folder / name)
            except BaseException:
                Path(temporary).unlink()
                raise
            self._sync_folder()

    def _make_folder(self) -> None:
        self._refuse_links()
        for folder in (self.folder.parent, self.folder):
            # Other hosts make it at the same time
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        for left_behind in self.folder.glob(f"{_PARTIAL}*"):
            left_behind.unlink()  # by a run that was killed
        ignore = self.folder / ".gitignore"
        if not ignore.exists() or not ignore.read_text():
            ignore.touch(mode=0o600)
            ignore.write_text("*\n")

    def _refuse_links(self) -> None:
        for path in (self.folder, self.credentials, *self.qr_codes()):
            if path.is_symlink():
                raise AdminError(f"{path} is a link, and secrets are not written through links: remove it.")

    def _sync_folder(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


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
