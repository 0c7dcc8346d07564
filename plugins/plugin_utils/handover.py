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
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

import yaml

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.vault import Vault

CREDENTIALS = "credentials.yml"
QR_CODE = "mfa-qr.png"

_FOLDER_NAME = re.compile(r"[\w+=,@-][\w+=,.@-]*", re.ASCII)
_SYMBOLS = "!@#$%^&*()_+-="
_PARTIAL = ".partial-"
_PROBE = ".probe"
_PASSWORD_LENGTH = 24


@dataclass(frozen=True)
class Credentials:
    """What credentials.yml holds."""

    account_name: str
    account_id: str
    user_name: str
    sign_in_url: str
    initial_password: str | None = field(default=None, repr=False)
    mfa_seed: str | None = field(default=None, repr=False)


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

    @property
    def qr_code(self) -> Path:
        """The file that holds the QR code until the device is enabled."""
        return self.folder / QR_CODE

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
                return Credentials(**{name: str(value) for name, value in content.items() if value is not None})
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

    def read_for(self, account_id: str, user_name: str) -> Credentials | None:
        """Return what the handover holds; raise AdminError where it is another account's or user's."""
        found = self.read()
        if found and (found.account_id, found.user_name) != (account_id, user_name):
            raise AdminError(
                f"{self.credentials} is the handover of {found.user_name} in account {found.account_id}, "
                f"not of {user_name} in {account_id}: move it away, or set iam_admin_handover_dir."
            )
        return found

    def write(self, credentials: Credentials, qr_code: bytes | None = None) -> bool:
        """Keep the credentials, and the QR code where one is given; return whether anything changed."""
        changed = self.read() != credentials
        if qr_code is not None:
            with _failures(self.qr_code):
                self.qr_code.unlink(missing_ok=True)  # a picture of an earlier seed must not outlive it
        if changed:
            # Joined, since a value from a vault would be written as one of its own
            content = {name: "".join(value) for name, value in vars(credentials).items() if value is not None}
            text = "# Secret. Hand it to the administrator, then delete it.\n" + yaml.safe_dump(
                content, sort_keys=False
            )
            self._write(CREDENTIALS, self._vault.encrypt(text.encode()))
        if qr_code is not None:
            self._write(QR_CODE, self._vault.encrypt(qr_code))
        return changed or qr_code is not None

    def forget_enrolment(self, keep_seed: bool) -> bool:
        """Remove the QR code, and the seed unless it is to be kept; return whether anything changed."""
        credentials = self.read()
        changed = False
        if credentials and not keep_seed:
            changed = self.write(replace(credentials, mfa_seed=None))
        with _failures(self.qr_code), suppress(FileNotFoundError):
            self.qr_code.unlink()
            changed = True
        return changed

    def would_forget(self, keep_seed: bool) -> bool:
        """Return whether forget_enrolment would change anything."""
        credentials = self.read()
        has_seed = bool(credentials and credentials.mfa_seed)
        return (has_seed and not keep_seed) or self.qr_code.exists()

    def bare_files(self) -> list[Path]:
        """Return the files that lie there in plain text, though there is a password to encrypt with."""
        if not self._vault.encrypts:
            return []
        with _failures(self.folder):
            self._refuse_links()
            files = (path for path in (self.credentials, self.qr_code) if path.exists())
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
        for path in (self.folder, self.credentials, self.qr_code):
            if path.is_symlink():
                raise AdminError(f"{path} is a link, and secrets are not written through links: remove it.")

    def _sync_folder(self) -> None:
        descriptor = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def generate_password() -> str:
    """Return a random password with characters of each kind that a password policy can ask for."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, _SYMBOLS)
    letters = [secrets.choice(kind) for kind in kinds]
    letters += [secrets.choice("".join(kinds)) for _position in range(_PASSWORD_LENGTH - len(letters))]
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
