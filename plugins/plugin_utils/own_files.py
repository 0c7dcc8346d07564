# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A folder whose files only we can have written. What may be somebody else's is refused, and never followed."""

from __future__ import annotations

import errno
import fcntl
import os
import secrets
import shlex
import stat
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError

PARTIAL = ".partial-"

_ROOT = 0
_OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class Use:
    """What folders are there for: what they hold, the variable that names another place, and whether it is secret.

    What is not may be shared with a group, as a umask of 002 leaves it.
    """

    what: str
    variable: str
    is_secret: bool

    def is_written_by_others(self, status: os.stat_result) -> bool:
        """Whether somebody may write there who is not to."""
        return bool(status.st_mode & (stat.S_IWGRP | stat.S_IWOTH if self.is_secret else stat.S_IWOTH))


HANDOVERS = Use("handovers", "iam_admin_handover_dir", is_secret=True)
REPORTS = Use("reports", "iam_admin_report_dir", is_secret=False)

_REMEDIES = {
    errno.EACCES: "Make its owner the user that runs this (chown -R), or run this as its owner.",
    errno.EPERM: "Make its owner the user that runs this (chown -R), or run this as its owner.",
    errno.EDQUOT: "Make room on its disk, and run again.",
    errno.ENOSPC: "Make room on its disk, and run again.",
    errno.EROFS: "Its disk is read-only: make it writable, or name another place in {variable}.",
}


def unusable(what: str, variable: str, error: OSError) -> AdminError:
    """Return the error that says what is wrong with a file or folder, which a variable names, and what to do."""
    remedy = _REMEDIES.get(error.errno or 0, "Correct that, or name another place in {variable}.")
    return AdminError(f"{what} cannot be used: {error.strerror}. {remedy.format(variable=variable)}")


def own_folder(path: Path) -> AbstractContextManager[OwnFolder | None]:
    """Return the folder, None where there is none, as a context that closes it; raises as OwnFolder does."""
    try:
        return OwnFolder(path)
    except FileNotFoundError:
        return nullcontext()


class OwnFolder:
    """An open folder of ours, in one of ours or root's; what leads there may be links. Leaving the context closes it.

    `make` makes it, and closes it to others where it is for secrets. Methods take names of what is in it. All raise
    OSError, and AdminError for what somebody else may have put there.
    """

    def __init__(self, path: Path, make: bool = False, use: Use = HANDOVERS) -> None:
        self.path = path
        self._use = use
        if make:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._refuse_foreign_link(path.parent)
        parent = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        # By its descriptor, so that nobody exchanges one of the two between look and use
        try:
            self._check_parent(path.parent, os.fstat(parent))
            if make:
                with suppress(FileExistsError):
                    os.mkdir(path.name, 0o700, dir_fd=parent)
            self._refuse_link(path, os.stat(path.name, dir_fd=parent, follow_symlinks=False))
            self._descriptor = os.open(path.name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=parent)
        finally:
            os.close(parent)
        try:
            self._check_owner(path, os.fstat(self._descriptor))
            if make and use.is_secret:
                os.fchmod(self._descriptor, 0o700)
        except BaseException:
            os.close(self._descriptor)
            raise

    def __enter__(self) -> OwnFolder:
        return self

    def __exit__(self, *_error: object) -> None:
        os.close(self._descriptor)

    def names(self) -> list[str]:
        """Return the names of all that is in it."""
        return sorted(os.listdir(self._descriptor))  # noqa: PTH208 a descriptor

    def look(self, name: str) -> os.stat_result | None:
        """Return what is known of a file, None where there is none."""
        try:
            status = os.stat(name, dir_fd=self._descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return None
        self._check(name, status)
        return status

    def is_private(self, name: str) -> bool:
        """Whether nobody else may even read a file, as we leave it; one that was copied or unpacked is open to them."""
        status = self.look(name)
        return status is not None and not status.st_mode & _OPEN_TO_OTHERS

    def read(self, name: str) -> bytes | None:
        """Return what a file holds, None where there is none."""
        if self.look(name) is None:
            return None
        with self._opened(name) as file:
            return file.read()

    def write(self, name: str, data: bytes) -> None:
        """Write a file whole or not at all, for its owner alone, whatever the umask."""
        partial = f"{PARTIAL}{secrets.token_hex(8)}"
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
        descriptor = os.open(partial, flags, 0o600, dir_fd=self._descriptor)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            self.rename(partial, name)
        except BaseException:
            self.remove(partial)
            raise

    def rename(self, name: str, other: str) -> None:
        """Give a file another name, for good."""
        os.replace(name, other, src_dir_fd=self._descriptor, dst_dir_fd=self._descriptor)
        os.fsync(self._descriptor)

    def remove(self, name: str) -> None:
        """Remove a file, if it is there."""
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self._descriptor)

    def touch(self, name: str) -> None:
        """Note that a file was used now."""
        self.look(name)
        with self._opened(name) as file:
            os.utime(file.fileno())

    @contextmanager
    def locked(self, name: str) -> Iterator[None]:
        """Keep a file for this process, and wait for who has it."""
        self.look(name)
        # To be written, as some network file systems ask for
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK
        descriptor = os.open(name, flags, 0o600, dir_fd=self._descriptor)
        try:
            self._check(name, os.fstat(descriptor))
            fcntl.lockf(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @contextmanager
    def _opened(self, name: str) -> Iterator[BinaryIO]:
        """Open a file that was looked at, and look at what was opened; what has become a pipe is not waited for."""
        descriptor = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=self._descriptor)
        with os.fdopen(descriptor, "rb") as file:
            self._check(name, os.fstat(descriptor))
            yield file

    def _check(self, name: str, status: os.stat_result) -> None:
        path = self.path / name
        self._refuse_link(path, status)
        if not stat.S_ISREG(status.st_mode):
            raise AdminError(f"{path} is not a file: move it away.")
        self._check_owner(path, status)
        if status.st_nlink > 1:
            self._refuse(path, "has another hard link", "put a copy in its place")

    def _refuse_link(self, path: Path, status: os.stat_result) -> None:
        if stat.S_ISLNK(status.st_mode):
            raise AdminError(
                f"{path} is a link, and {self._use.what} are not written through links: remove it, or set "
                f"{self._use.variable}."
            )

    def _refuse_foreign_link(self, path: Path) -> None:
        status = path.lstat()
        if stat.S_ISLNK(status.st_mode) and status.st_uid not in (os.geteuid(), _ROOT):
            raise AdminError(f"{path} is a link that another user has made: remove it, or set {self._use.variable}.")

    def _check_parent(self, path: Path, status: os.stat_result) -> None:
        """In a folder with the sticky bit, as /tmp is, nobody can exchange what is ours."""
        exchanged = f"who could replace the {self._use.what} in it"
        elsewhere = f"or set {self._use.variable} to a folder of your own"
        if status.st_uid not in (os.geteuid(), _ROOT):
            raise AdminError(f"{path} belongs to another user, {exchanged}: run {_chown(path)}, {elsewhere}.")
        if self._use.is_written_by_others(status) and not status.st_mode & stat.S_ISVTX:
            raise AdminError(f"{path} can be written by other users, {exchanged}: run {_chmod(path)}, {elsewhere}.")

    def _check_owner(self, path: Path, status: os.stat_result) -> None:
        if status.st_uid != os.geteuid():
            self._refuse(path, "belongs to another user", f"run {_chown(path)}")
        if self._use.is_written_by_others(status):
            self._refuse(path, "can be written by other users", f"run {_chmod(path)}")

    def _refuse(self, path: Path, why: str, remedy: str) -> None:
        raise AdminError(
            f"{path} {why}, so what it holds may not be ours: move it away, set {self._use.variable}, or look at it "
            f"and {remedy}."
        )


def _chown(path: Path) -> str:
    return f"chown {os.geteuid()} {shlex.quote(str(path))}"


def _chmod(path: Path) -> str:
    return f"chmod go-w {shlex.quote(str(path))}"
