# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWS's credential report: what is active, since when, and when it was used last."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.credential_report import (
    Credential,
    CredentialReport,
    Holder,
    parse,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AwsError

# The columns as AWS documents them
COLUMNS = (
    "user,arn,user_creation_time,password_enabled,password_last_used,password_last_changed,password_next_rotation,"
    "mfa_active,access_key_1_active,access_key_1_last_rotated,access_key_1_last_used_date,access_key_1_last_used_region,"
    "access_key_1_last_used_service,access_key_2_active,access_key_2_last_rotated,access_key_2_last_used_date,"
    "access_key_2_last_used_region,access_key_2_last_used_service,cert_1_active,cert_1_last_rotated,cert_2_active,"
    "cert_2_last_rotated"
)
MADE = datetime(2026, 6, 30, tzinfo=UTC)
FIRST, SECOND, THIRD = (datetime(2026, month, 1, tzinfo=UTC) for month in (1, 2, 3))
DAYS = {FIRST: "2026-01-01T00:00:00+00:00", SECOND: "2026-02-01T00:00:00Z", THIRD: "2026-03-01T00:00:00+00:00"}


def row(name: str = "jo", **said: object) -> str:
    """Return a row of a user who was made first and has nothing but what is said."""
    nothing = dict.fromkeys(COLUMNS.split(","), "N/A") | {"user": name, "user_creation_time": DAYS[FIRST]}
    given = {key: DAYS[value] if isinstance(value, datetime) else str(value) for key, value in said.items()}
    return ",".join({**nothing, **given}.values())


ROOT = row("<root_account>")


def parsed(*rows: str, root: str = ROOT) -> CredentialReport:
    return parse("\n".join([COLUMNS, root, *rows]).encode(), MADE)


@pytest.mark.parametrize(
    ("said", "active"),
    [
        ({}, ()),
        ({"password_enabled": "false", "password_last_changed": FIRST}, ()),
        (
            {"password_enabled": "true", "password_last_changed": SECOND, "password_last_used": THIRD},
            (Credential("password", SECOND, THIRD),),
        ),
        (
            {"password_enabled": "TRUE", "password_last_changed": SECOND, "password_last_used": "no_information"},
            (Credential("password", SECOND, SECOND),),
        ),
        # One that was changed after it was used last is as good as used
        (
            {"password_enabled": "true", "password_last_changed": THIRD, "password_last_used": SECOND},
            (Credential("password", THIRD, THIRD),),
        ),
        # Without a date of its own it is as old as its user
        ({"access_key_1_active": "true"}, (Credential("access key 1", FIRST, FIRST),)),
        (
            {
                "access_key_1_active": "false",
                "access_key_1_last_rotated": FIRST,
                "access_key_2_active": "true",
                "access_key_2_last_rotated": SECOND,
                "access_key_2_last_used_date": THIRD,
            },
            (Credential("access key 2", SECOND, THIRD),),
        ),
    ],
)
def test_what_is_active_has_its_dates(said: dict[str, object], active: tuple[Credential, ...]) -> None:
    assert parsed(row(**said)).users[0].active == active


def test_root_is_none_of_the_users_and_its_password_is_not_told() -> None:
    root = row("<root_account>", password_enabled="true", password_last_used=SECOND, access_key_1_last_used_date=THIRD)
    report = parsed(row("jo"), root=root)
    assert report == CredentialReport(MADE, (Holder("jo", (), None),), Holder("<root_account>", (), THIRD))
    never = parsed(root=row("<root_account>", password_last_used="no_information"))
    assert never.root == Holder("<root_account>", (), None)


def test_a_name_with_a_comma_is_one() -> None:
    assert parsed(row('"a,b"')).users[0].name == "a,b"


def test_a_name_with_a_comma_shifts_nothing_unseen() -> None:
    with pytest.raises(AwsError, match="documented: a row has more columns than others, or less"):
        parsed(row("a,b"))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"password_last_used": "2026-01-01T00:00:00"}, "2026-01-01T00:00:00 has no time zone"),
        ({"password_enabled": "true", "user_creation_time": "N/A"}, "a credential has no date"),
    ],
)
def test_why_a_report_is_no_answer_is_told(said: dict[str, object], why: str) -> None:
    with pytest.raises(AwsError, match=f"The report is not as documented: {why}"):
        parsed(row(**said))


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>proxy</html>",
        COLUMNS.encode(),
        f"{COLUMNS}\n{row()}".encode(),
        f"{COLUMNS}\n{ROOT}\n{ROOT}".encode(),
        b"user,arn\n<root_account>,arn",
        f"{COLUMNS}\n{ROOT}\njo,cut".encode(),
        f"{COLUMNS}\n{ROOT}\n{row(password_last_used='2026-99')}".encode(),
        f"{COLUMNS}\n{ROOT}\n{row(password_last_used='2026-01-01T00:00:00')}".encode(),
        f"{COLUMNS}\n{ROOT}\n{row(password_enabled='true', user_creation_time='N/A')}".encode(),
        b"\xff",
    ],
)
def test_a_report_that_is_not_as_documented_is_no_answer(content: bytes) -> None:
    with pytest.raises(AwsError, match="GetCredentialReport failed: Incomplete: The report is not as documented"):
        parse(content, MADE)
