# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report's files: written whole, and by one run at a time, so that parts of one run can share a folder."""

from __future__ import annotations

import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, printable

from .report import Report
from .report_page import page
from .report_text import junit, markdown

JSON, HTML, MARKDOWN, JUNIT, LOCK = "report.json", "report.html", "report.md", "report.xml", ".lock"


def read_report(file: Path) -> Report:
    """Return the report that a JSON file holds; raise AdminError where there is none."""
    with _failures(file):
        content = file.read_bytes()
    try:
        data = json.loads(content)
    except ValueError as error:
        raise AdminError(f"The report {file} is not JSON: move it away, or name another one.") from error
    return Report.from_json(_printable(data), f"The report {file}")


def _printable(data: Any) -> Any:
    """Keep a terminal from what somebody has written into the file; what we have written is printable."""
    if isinstance(data, str):
        return printable(data)
    if isinstance(data, dict):
        return {printable(key): _printable(value) for key, value in data.items()}
    return [_printable(value) for value in data] if isinstance(data, list) else data


class ReportFolder:
    """The folder of the report's files. Methods raise AdminError where it cannot be used."""

    def __init__(self, directory: str) -> None:
        self._folder = Path(directory)

    def write(self, report: Report, compare: bool) -> Report:
        """Write the report with the accounts that the folder's has besides, and return that.

        With `compare` its accounts are held against what the folder has of them.
        """
        with self._locked():
            earlier = self._earlier()
            if earlier:
                report = (report.compared_with(earlier) if compare else report).merged_with(earlier)
            contents = {
                JSON: json.dumps(report.as_json(), indent=1, ensure_ascii=False).encode() + b"\n",
                HTML: page(report).encode(),
                MARKDOWN: markdown(report).encode(),
                JUNIT: junit(report),
            }
            for name, content in contents.items():
                self._write(self._folder / name, content)
        return report

    def _earlier(self) -> Report | None:
        file = self._folder / JSON
        with _failures(file):
            if not file.exists():
                return None
        return read_report(file)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with _failures(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            # Opened to be written, as some network file systems ask for
            descriptor = os.open(self._folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            with _failures(self._folder):
                fcntl.lockf(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @staticmethod
    def _write(file: Path, content: bytes) -> None:
        with _failures(file):
            # 0600: it says where an account is weak
            handle, temporary = tempfile.mkstemp(prefix=".partial-", dir=file.parent)
            try:
                with os.fdopen(handle, "wb") as partial:
                    partial.write(content)
                Path(temporary).replace(file)
            except BaseException:
                Path(temporary).unlink()
                raise


@contextmanager
def _failures(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise AdminError(f"The report {path} cannot be used: {error.strerror}.") from error
    except ValueError as error:
        raise AdminError(f"The report {str(path)!r} cannot be used: nothing can be called so.") from error
