# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who administers an account without a doubt, and can sign in with MFA to do so: whom others can count on."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from .api import IamApi, together
from .errors import AdminError, AwsError
from .identities import Identity, identities, sign_ins
from .permissions import GIVES_PERMISSIONS, may_administer, surely_administers

# Says that a user is being removed, and since when: two who remove each other's must not both count on the other
LEAVING_TAG = "landing_zone.aws_admin:leaving"
# A removal that was killed does not keep others from theirs for longer
_LEAVES_FOR = timedelta(hours=1)
# AWS refuses requests of a clock that is off by more than this
_CLOCK_SKEW = timedelta(minutes=15)


def able_administrators(api: IamApi, users: Iterable[Identity]) -> list[Identity]:
    """Return those who are administrators without a doubt, and can sign in with MFA."""
    possible = {user.name: user for user in users if may_administer(user) and not user.is_bounded}
    able = [possible[one.name] for one in sign_ins(api, possible) if one.has_mfa]
    sure = together(*(partial(_surely_administers, api, user) for user in able))
    return [user for user, is_sure in zip(able, sure, strict=True) if is_sure]


def refuse_without_administrator(api: IamApi, account_id: str, name: str) -> None:
    """Raise AdminError unless the user can administer the account, and sign in with MFA to do so, from now on."""
    account = api.get_caller_identity()
    if account.id != account_id:
        raise AdminError(
            f"Whether {name} administers account {account_id} is not visible from account {account.id}: use "
            "credentials of a role in the member account, and name a profile that may get its root sessions in "
            "management_profile (iam_admin_management_profile of the role)."
        )
    user = identities(api.get_account_authorization_details()).get(name.lower())
    if user and not is_leaving(user, datetime.now(UTC)) and able_administrators(api, [user]):
        return
    raise AdminError(
        f"The root user of account {account_id} keeps its credentials, as there is no administrator {name} yet who can "
        "sign in with MFA: run bootstrap.yml first."
    )


def is_leaving(user: Identity, now: datetime) -> bool:
    """Whether a removal that is under way bears the tag: what else is in it would keep others from theirs for ever."""
    try:
        return -_CLOCK_SKEW < now - datetime.fromisoformat(user.tags.get(LEAVING_TAG, "")) < _LEAVES_FOR
    except (TypeError, ValueError):  # no time, or one without its zone
        return False


def may_administer_by_aws(api: IamApi, user: Identity) -> bool:
    """Whether a user may be an administrator; what AWS's own policies say only AWS can tell."""
    if may_administer(user) or not user.policy_arns:
        return may_administer(user)
    results = _simulated(api, user)
    return results is None or any(
        result["EvalDecision"] == "allowed" or result.get("MissingContextValues") for result in results
    )


def _surely_administers(api: IamApi, user: Identity) -> bool:
    try:
        results = _simulated(api, user)
    except AwsError as error:
        if error.code != "NoSuchEntity":  # it has gone meanwhile
            raise
        return False
    if results is None:
        return surely_administers(user)
    return all(result["EvalDecision"] == "allowed" and not result.get("MissingContextValues") for result in results)


def _simulated(api: IamApi, user: Identity) -> list[dict[str, Any]] | None:
    """Return what AWS would decide with MFA; None where the endpoint does not simulate."""
    try:
        return api.simulate_principal_policy(user.arn, GIVES_PERMISSIONS, mfa=True)
    except AwsError as error:
        if not error.is_not_there:
            raise
        return None
