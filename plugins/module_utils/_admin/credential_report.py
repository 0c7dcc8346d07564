# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When passwords and access keys were changed and used (IAM User Guide: Generate credential reports). Pure.

AWS keeps a report for four hours: it contradicts no fresh reading.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from .errors import AwsError

_ROOT = "<root_account>"
_KEYS = ("access_key_1", "access_key_2")


@dataclass(frozen=True)
class Credential:
    """A password or an access key that is active; one that was never used counts as used when it was made."""

    kind: str
    changed: datetime
    last_used: datetime


@dataclass(frozen=True)
class Holder:
    """A user of the report; `ever_used` is when a password or an access key of it was used last."""

    name: str
    active: tuple[Credential, ...]
    ever_used: datetime | None


@dataclass(frozen=True)
class CredentialReport:
    """The report as of `made`."""

    made: datetime
    users: tuple[Holder, ...]
    root: Holder


def parse(content: bytes, made: datetime) -> CredentialReport:
    """Return what a report says; raise AwsError where it is not what AWS documents."""
    try:
        holders = [_holder(row) for row in csv.DictReader(content.decode().splitlines(), strict=True)]
        (root,) = (holder for holder in holders if holder.name == _ROOT)
    except (KeyError, ValueError, csv.Error) as error:
        raise AwsError("GetCredentialReport", "Incomplete", f"The report is not as documented: {error}.") from error
    return CredentialReport(made, tuple(holder for holder in holders if holder is not root), root)


def _holder(row: Mapping[str, Any]) -> Holder:
    if None in row or None in row.values():
        raise ValueError("a row has more columns than others, or less")
    is_root = row["user"] == _ROOT
    used = [_date(row["password_last_used"]), *(_date(row[f"{key}_last_used_date"]) for key in _KEYS)]
    active = [_credential(row, key, f"{key}_active", f"{key}_last_rotated", f"{key}_last_used_date") for key in _KEYS]
    # Of root AWS says neither that it has a password nor since when
    of_password = ("password_enabled", "password_last_changed", "password_last_used")
    password = None if is_root else _credential(row, "password", *of_password)
    return Holder(
        name=row["user"],
        active=tuple(one for one in (password, *active) if one),
        ever_used=max((when for when in used if when), default=None),
    )


def _credential(row: Mapping[str, Any], kind: str, is_active: str, changed: str, used: str) -> Credential | None:
    if row[is_active].lower() != "true":
        return None
    made = _date(row[changed]) or _date(row["user_creation_time"])
    if made is None:
        raise ValueError("a credential has no date")
    return Credential(kind.replace("_", " "), made, max(made, _date(row[used]) or made))


def _date(text: str) -> datetime | None:
    """Return the date; None for N/A, no_information and not_supported."""
    if not text[:1].isdigit():
        return None
    when = datetime.fromisoformat(text)
    if when.tzinfo is None:
        raise ValueError(f"{text} has no time zone")
    return when
