# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""STS's answers where moto's are not those of AWS."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.sts.responses import TokenResponse

from .keys import key_of, owner_of


class LocalSts(TokenResponse):
    """One request."""

    def get_current_account(self) -> str:
        """See BaseResponse."""
        return owner_of(self.get_access_key()) or super().get_current_account()

    def assume_role(self) -> ActionResult:
        """Give each account's roles one access key, so that cached credentials outlive this server, as they do AWS."""
        answer = super().assume_role()
        result: Any = answer.result
        role = result["Credentials"]
        role.access_key_id = role.access_key.access_key_id = key_of(role.account_id, temporary=True)
        return answer

    def get_caller_identity(self) -> ActionResult:
        """Say that an account's own keys, or keys that nobody knows, are its root user's: it has nobody else yet."""
        access_key, account_id = self.get_access_key(), self.current_account
        if access_key == key_of(account_id, temporary=True):
            user_id, arn = "AROALOCAL:session", f"arn:{self.partition}:sts::{account_id}:assumed-role/Local/session"
        else:
            user_id, arn, account_id = self.backend.get_caller_identity(access_key, self.region)
        if arn.endswith(":user/moto"):
            user_id, arn = account_id, f"arn:{self.partition}:iam::{account_id}:root"
        return ActionResult({"UserId": user_id, "Arn": arn, "Account": account_id})
