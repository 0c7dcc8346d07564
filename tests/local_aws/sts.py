# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""STS's answers where moto's are not those of AWS."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.iam.exceptions import IAMException
from moto.iam.models import iam_backends
from moto.sts.responses import TokenResponse

from .authentication import check_code
from .keys import key_of, owner_of, session_key_of
from .policies import Session
from .root import RootSession, refuse_root_session


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

    def get_session_token(self) -> ActionResult:
        """Give a user a session, with MFA where its device's code is right."""
        backend: Any = iam_backends[self.current_account]["aws"]
        user = backend.get_user_from_access_key_id(self.get_access_key())
        if user is None:
            raise IAMException("AccessDenied", "Cannot call GetSessionToken with session credentials.")
        serial_number = self._get_param("SerialNumber")
        if serial_number:
            device = backend.virtual_mfa_devices.get(serial_number)
            if device is None or device.user is not user:
                raise IAMException("AccessDenied", "MultiFactorAuthentication failed, unable to validate MFA code.")
            code = self._get_param("TokenCode")
            device.last_step = check_code(device.base32_string_seed, code, getattr(device, "last_step", 0))
        key = session_key_of(self.current_account, len(backend.sessions) + 1)
        backend.sessions[key] = Session(user, mfa=bool(serial_number))
        return ActionResult({"Credentials": _temporary(key, int(self._get_param("DurationSeconds", 43200)))})

    def assume_root(self) -> ActionResult:
        """Give the organisation a session of the root user of a member, for one task."""
        target, policy = self._get_param("TargetPrincipal"), self._get_param("TaskPolicyArn")
        seconds = int(self._get_param("DurationSeconds", 900))
        if not 0 <= seconds <= 900:
            raise IAMException("ValidationError", "DurationSeconds is not between 0 and 900.")
        name = policy["arn"].rpartition(":policy/root-task/")[2]
        refuse_root_session(self.current_account, self._caller()[1], target, name)
        backend: Any = iam_backends[target]["aws"]
        key = session_key_of(target, len(backend.sessions) + 1)
        backend.sessions[key] = RootSession(name)
        return ActionResult({"Credentials": _temporary(key, seconds)})

    def get_caller_identity(self) -> ActionResult:
        user_id, arn, account_id = self._caller()
        return ActionResult({"UserId": user_id, "Arn": arn, "Account": account_id})

    def _caller(self) -> tuple[str, str, str]:
        """Say that an account's own keys, or keys that nobody knows, are its root user's: it has nobody else yet."""
        access_key, account_id = self.get_access_key(), self.current_account
        accounts: Any = iam_backends
        session = accounts[account_id]["aws"].sessions.get(access_key)
        if isinstance(session, RootSession):
            return account_id, f"arn:{self.partition}:sts::{account_id}:assumed-root", account_id
        if session:
            return session.user.id, session.user.arn, account_id
        if access_key == key_of(account_id, temporary=True):
            user_id, arn = "AROALOCAL:session", f"arn:{self.partition}:sts::{account_id}:assumed-role/Local/session"
        else:
            user_id, arn, account_id = self.backend.get_caller_identity(access_key, self.region)
        if arn.endswith(":user/moto"):
            user_id, arn = account_id, f"arn:{self.partition}:iam::{account_id}:root"
        return user_id, arn, account_id


def _temporary(key: str, seconds: int) -> dict[str, Any]:
    expires = utcnow() + timedelta(seconds=seconds)
    return {
        "AccessKeyId": key,
        "SecretAccessKey": f"secret-of-{key}",
        "SessionToken": f"token-of-{key}",
        "Expiration": expires,
    }
