# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""STS's answers where moto's are not those of AWS."""

from __future__ import annotations

from moto.core.responses import ActionResult
from moto.sts.responses import TokenResponse


class LocalSts(TokenResponse):
    """One request."""

    def get_caller_identity(self) -> ActionResult:
        """Say that an account's own keys, or keys that nobody knows, are its root user's: it has nobody else yet."""
        user_id, arn, account_id = self.backend.get_caller_identity(self.get_access_key(), self.region)
        if arn.endswith(":user/moto"):
            user_id, arn = account_id, f"arn:{self.partition}:iam::{account_id}:root"
        return ActionResult({"UserId": user_id, "Arn": arn, "Account": account_id})
