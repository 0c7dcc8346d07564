# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sign-ins that CloudTrail tells."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.console_logins import (
    ConsoleLogin,
    ConsoleUse,
    read_console_use,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AwsError
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import ACCOUNT, NAME

FIRST, SECOND = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
DEVICE = ACCOUNT.arn(f"mfa/{NAME}")
USER = {"type": "IAMUser", "principalId": "AIDA1"}


def event(at: datetime, who: Any = None, more: Any = None, answer: str = "Success") -> dict[str, Any]:
    said = {
        "userIdentity": USER if who is None else who,
        "responseElements": {"ConsoleLogin": answer},
        "additionalEventData": {"MFAUsed": "No"} if more is None else more,
    }
    return {"EventTime": at, "CloudTrailEvent": json.dumps(said)}


class Aws:
    """Has sign-ins by region, and changes of passwords in the first one."""

    region = "eu-west-1"

    def __init__(self, cut: str = "", changes: Any = (), **logins: list[Any]) -> None:
        self.cut, self.changes, self.logins = cut, changes, logins

    def lookup_events(self, region: str, name: str) -> tuple[list[Any], bool]:
        if name == "ChangePassword":
            return [*self.changes] if region == "us-east-1" else [], False
        assert name == "ConsoleLogin"
        return self.logins.get(region.replace("-", "_"), []), region == self.cut


def read(partition: str = "aws", **of_aws: Any) -> ConsoleUse:
    aws: Any = Aws(**of_aws)
    return read_console_use(aws, replace(ACCOUNT, partition=partition))


def change(mfa: str | None, who: Any = None, **more: Any) -> dict[str, Any]:
    session = {"sessionContext": {"attributes": {"mfaAuthenticated": mfa}}} if mfa else {}
    return {"CloudTrailEvent": json.dumps({"userIdentity": {**(USER if who is None else who), **session}, **more})}


def test_sign_ins_of_all_regions_are_read_the_last_first() -> None:
    with_mfa = {"MFAUsed": "Yes", "MFAIdentifier": DEVICE}
    use = read(us_east_2=[event(FIRST)], eu_west_1=[event(SECOND, more=with_mfa)])
    logins = (ConsoleLogin(SECOND, "AIDA1", True, DEVICE), ConsoleLogin(FIRST, "AIDA1", False, ""))
    regions = ("us-east-1", "us-east-2", "eu-north-1", "ap-southeast-2", "eu-west-1")
    assert use == ConsoleUse(logins, regions)
    assert use.of("AIDA1") == [*logins]
    assert use.of("AIDA2") == use.of("") == []


@pytest.mark.parametrize(
    ("partition", "regions"),
    [
        ("aws-cn", ("cn-north-1", "eu-west-1")),
        ("aws-us-gov", ("us-gov-west-1", "eu-west-1")),
        ("aws-iso", ("eu-west-1",)),
    ],
)
def test_each_partition_has_its_regions(partition: str, regions: tuple[str, ...]) -> None:
    assert read(partition).regions == regions


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ([], {}),
        ([change("true")], {"AIDA1": True}),
        ([change("false"), change("true")], {"AIDA1": False}),
        ([change(None)], {"AIDA1": False}),
        ([change("true", errorCode="PasswordPolicyViolation"), change("false")], {"AIDA1": False}),
        ([change("true", who={"type": "Root"}), change("true", who={**USER, "principalId": "AIDA2"})], {"AIDA2": True}),
    ],
)
def test_how_aws_took_the_last_change_of_a_password_is_told(changes: list[Any], found: dict[str, bool]) -> None:
    assert read(changes=changes).password_changes == found
    assert read("aws-cn", changes=changes).password_changes == {}


def test_more_events_than_are_read_are_told() -> None:
    assert read(cut="us-east-2").is_cut is True
    assert read().is_cut is False


@pytest.mark.parametrize(
    "other",
    [
        event(FIRST, answer="Failure"),
        event(FIRST, who={"type": "Root", "principalId": "1"}, more=[]),
        event(FIRST, who={"type": "AssumedRole", "principalId": "AROA1:jo"}),
    ],
)
def test_what_failed_and_whoever_is_no_user_is_left_out(other: dict[str, Any]) -> None:
    assert read(us_east_1=[other]).logins == ()


@pytest.mark.parametrize(
    "odd",
    [
        {"EventTime": FIRST},
        {"EventTime": FIRST, "CloudTrailEvent": "{"},
        {"EventTime": FIRST, "CloudTrailEvent": "[]"},
        event(FIRST, who={"type": "IAMUser"}),
        event(FIRST, more={}),
    ],
)
def test_an_event_that_is_not_as_documented_is_no_answer(odd: dict[str, Any]) -> None:
    with pytest.raises(AwsError, match="LookupEvents failed: Incomplete: An event is not as documented"):
        read(us_east_1=[odd])


@pytest.mark.parametrize("odd", [{}, {"CloudTrailEvent": "{"}, change("true", who={"type": "IAMUser"}), change("", {})])
def test_a_change_that_is_not_as_documented_is_no_answer(odd: dict[str, Any]) -> None:
    with pytest.raises(AwsError, match="LookupEvents failed: Incomplete: An event is not as documented"):
        read(changes=[odd])
