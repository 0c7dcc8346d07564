# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who signed in to the console, and whether with MFA, as AWS has seen it.

AWS CloudTrail User Guide: AWS Management Console sign-in events. No trail is needed, and 90 days are kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from .account import Account
from .api import IamApi, together
from .errors import AwsError

# Where events of IAM users go that sign in at the global address of a partition; with a regional one, to that region
_REGIONS = {
    "aws": ("us-east-1", "us-east-2", "eu-north-1", "ap-southeast-2"),
    "aws-cn": ("cn-north-1",),
    "aws-us-gov": ("us-gov-west-1",),
}


@dataclass(frozen=True)
class ConsoleLogin:
    """One sign-in that succeeded; `serial_number` is the MFA device, "" for none."""

    at: datetime
    user_id: str
    mfa: bool
    serial_number: str


@dataclass(frozen=True)
class ConsoleUse:
    """The sign-ins of all users in some regions, the last first; `is_cut` says that there are more than were read.

    `password_changes` has, by user id, whether AWS took the last change of the own password as made with MFA.
    """

    logins: tuple[ConsoleLogin, ...]
    regions: tuple[str, ...]
    is_cut: bool = False
    password_changes: Mapping[str, bool] = field(default_factory=dict)

    def of(self, user_id: str) -> list[ConsoleLogin]:
        """Return the sign-ins of a user, and not of an earlier one of the same name."""
        return [login for login in self.logins if user_id and login.user_id == user_id]


def read_console_use(api: IamApi, account: Account) -> ConsoleUse:
    """Read who has signed in; raise AwsError where that may not be read, in any of the regions."""
    regions = tuple(dict.fromkeys((*_REGIONS.get(account.partition, ()), api.region)))
    # IAM is global, and its events are in the first region
    (changes, _is_cut), *found = together(
        partial(api.lookup_events, regions[0], "ChangePassword"),
        *(partial(api.lookup_events, region, "ConsoleLogin") for region in regions),
    )
    logins = [login for events, _is_cut in found for event in events if (login := _login(event))]
    return ConsoleUse(
        logins=tuple(sorted(logins, key=lambda login: login.at, reverse=True)),
        regions=regions,
        is_cut=any(is_cut for _events, is_cut in found),
        # The last one comes first, and so is the one that stays
        password_changes=dict(change for event in reversed(changes) if (change := _password_change(event))),
    )


def _login(event: Mapping[str, Any]) -> ConsoleLogin | None:
    """Return the sign-in of an IAM user that an event tells, None for one of another kind or that failed."""
    try:
        said = json.loads(event["CloudTrailEvent"])
        who = said["userIdentity"]
        if who["type"] != "IAMUser" or (said.get("responseElements") or {}).get("ConsoleLogin") != "Success":
            return None
        how = said["additionalEventData"]
        return ConsoleLogin(
            event["EventTime"], who["principalId"], how["MFAUsed"] == "Yes", how.get("MFAIdentifier", "")
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _odd(error) from error


def _password_change(event: Mapping[str, Any]) -> tuple[str, bool] | None:
    try:
        said = json.loads(event["CloudTrailEvent"])
        who = said["userIdentity"]
        if who["type"] != "IAMUser" or "errorCode" in said:
            return None
        attributes = (who.get("sessionContext") or {}).get("attributes") or {}
        return who["principalId"], attributes.get("mfaAuthenticated") == "true"
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _odd(error) from error


def _odd(error: Exception) -> AwsError:
    return AwsError("LookupEvents", "Incomplete", f"An event is not as documented: {error!r}.")
