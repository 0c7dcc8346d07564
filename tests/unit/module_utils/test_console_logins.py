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
    """Has events by region, and a user."""

    region = "eu-west-1"

    def __init__(self, user: Any = None, cut: str = "", **events: list[Any]) -> None:
        self.user, self.cut, self.events = user, cut, events

    def get_user(self, name: str) -> Any:
        assert name == NAME
        return self.user

    def lookup_console_logins(self, region: str) -> tuple[list[Any], bool]:
        return self.events.get(region.replace("-", "_"), []), region == self.cut


def read(partition: str = "aws", **of_aws: Any) -> ConsoleUse:
    aws: Any = Aws(**of_aws)
    return read_console_use(aws, replace(ACCOUNT, partition=partition), NAME)


def test_sign_ins_of_all_regions_are_read_the_last_first() -> None:
    with_mfa = {"MFAUsed": "Yes", "MFAIdentifier": DEVICE}
    use = read(user={"PasswordLastUsed": SECOND}, us_east_2=[event(FIRST)], eu_west_1=[event(SECOND, more=with_mfa)])
    logins = (ConsoleLogin(SECOND, "AIDA1", True, DEVICE), ConsoleLogin(FIRST, "AIDA1", False, ""))
    regions = ("us-east-1", "us-east-2", "eu-north-1", "ap-southeast-2", "eu-west-1")
    assert use == ConsoleUse(SECOND, logins, regions)
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


def test_whoever_has_not_signed_in_or_is_not_there_has_no_date() -> None:
    assert read(user={}).password_last_used is read(user=None).password_last_used is None


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
