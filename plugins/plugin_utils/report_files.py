# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report's files: written whole, and by one run at a time, so that parts of one run can share a folder."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, printable

from .own_files import REPORTS, OwnFolder, unusable
from .report import Report
from .report_page import page
from .report_text import junit, markdown

JSON, HTML, MARKDOWN, JUNIT, LOCK = "report.json", "report.html", "report.md", "report.xml", ".lock"


def read_report(file: Path) -> Report:
    """Return the report that a JSON file holds; raise AdminError where there is none."""
    with _failures(file, "iam_admin_report_baseline"):
        content = file.read_bytes()
    return _parsed(content, file)


def _parsed(content: bytes, file: Path) -> Report:
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
    """The folder of the report's files: ours, though a group may share it. Methods raise AdminError for another one."""

    def __init__(self, directory: str) -> None:
        with _failures(Path(directory)):
            self._path = Path(directory).absolute()

    def write(self, report: Report, compare: bool) -> Report:
        """Write the report with the accounts that the folder's has besides; return that of its own accounts.

        With `compare` they are compared with the ones in the folder.
        """
        # 0600: it says where an account is weak
        with _failures(self._path), OwnFolder(self._path, make=True, use=REPORTS) as folder, folder.locked(LOCK):
            earlier = self._earlier(folder)
            merged = report
            if earlier:
                report = (report.compared_with(earlier) if compare else report).remembering(earlier)
                merged = report.merged_with(earlier)
            contents = {
                JSON: json.dumps(merged.as_json(), indent=1, ensure_ascii=False).encode() + b"\n",
                HTML: page(merged).encode(),
                MARKDOWN: markdown(merged).encode(),
                JUNIT: junit(merged),
            }
            for name, content in contents.items():
                with _failures(self._path / name):
                    folder.write(name, content)
        return report

    def _earlier(self, folder: OwnFolder) -> Report | None:
        with _failures(self._path / JSON):
            content = folder.read(JSON)
        return None if content is None else _parsed(content, self._path / JSON)


@contextmanager
def _failures(path: Path, variable: str = REPORTS.variable) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise unusable(f"The report {path}", variable, error) from error
    except ValueError as error:
        raise AdminError(f"The report {str(path)!r} is not a valid path: correct {variable}.") from error
