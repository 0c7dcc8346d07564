# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""CloudTrail's event history, which moto does not have: who signed in to the console."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from moto.cloudtrail.responses import CloudTrailResponse
from moto.iam.models import iam_backends

_PAGE = 50  # AWS's longest


@dataclass(frozen=True)
class ConsoleLogin:
    """A sign-in of an IAM user; `serial_number` is the MFA device, None for none."""

    user: Any
    at: datetime
    region: str
    serial_number: str | None
    succeeded: bool

    def event(self) -> dict[str, Any]:
        """The event as LookupEvents answers it (AWS CloudTrail User Guide: Console sign-in events)."""
        said = {
            "eventSource": "signin.amazonaws.com",
            "eventName": "ConsoleLogin",
            "eventTime": f"{self.at:%Y-%m-%dT%H:%M:%SZ}",
            "awsRegion": self.region,
            "userIdentity": {
                "type": "IAMUser",
                "principalId": self.user.id,
                "arn": self.user.arn,
                "userName": self.user.name,
            },
            "responseElements": {"ConsoleLogin": "Success" if self.succeeded else "Failure"},
            "additionalEventData": {
                "MobileVersion": "No",
                "MFAUsed": "Yes" if self.serial_number else "No",
                **({"MFAIdentifier": self.serial_number} if self.serial_number else {}),
            },
        }
        return {
            "EventId": str(uuid4()),
            "EventName": "ConsoleLogin",
            "EventTime": int(self.at.timestamp()),
            "Username": self.user.name,
            "CloudTrailEvent": json.dumps(said),
        }


class LocalCloudTrail(CloudTrailResponse):
    """One request."""

    def lookup_events(self) -> str:
        """Answer the sign-ins of the region, the last first, in pages."""
        logins: list[ConsoleLogin] = getattr(iam_backends[self.current_account]["aws"], "console_logins", [])
        here = sorted((one for one in logins if one.region == self.region), key=lambda one: one.at, reverse=True)
        start = int(self._get_param("NextToken") or 0)
        more = {"NextToken": str(start + _PAGE)} if len(here) > start + _PAGE else {}
        return json.dumps({"Events": [one.event() for one in here[start : start + _PAGE]], **more})
