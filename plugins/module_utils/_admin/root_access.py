# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an organisation manages the root users of its members, and from which account.

IAM User Guide: "Centrally manage root access for member accounts", "Delegated administration for centralized root
access".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from .account import Account
from .api import IamApi, together
from .errors import AdminError, AwsError
from .kept import Keeper, Kept
from .names import check_account_id
from .plan import Plan, Step
from .root import CREDENTIALS, SESSIONS

ARGUMENT_SPEC: dict[str, Any] = {
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "root_credentials_management": {"type": "bool", "default": True, "no_log": False},
    "root_sessions": {"type": "bool", "default": True},
    "delegated_administrators": {"type": "list", "elements": "str"},
}
_IAM = {"ServicePrincipal": "iam.amazonaws.com"}
# As IamApi calls them, after `enable_` and `disable_`
_FEATURES = {CREDENTIALS: "organizations_root_credentials_management", SESSIONS: "organizations_root_sessions"}
_CONFLICTS = ("AccountAlreadyRegisteredException", "AccountNotRegisteredException", "ConcurrentModificationException")


@dataclass(frozen=True)
class Observed:
    """The organisation: whether it trusts IAM, what that manages in it, and for which other accounts it does."""

    account: Account
    trusts_iam: bool
    features: frozenset[str]
    delegated: tuple[str, ...]


@dataclass(frozen=True)
class RootAccess:
    """As it is wanted; `delegated` is None for whoever it is now, and empty for nobody but the management account."""

    account_id: str | None
    trusts_iam: bool
    features: frozenset[str]
    delegated: tuple[str, ...] | None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> RootAccess:
        """Make it from the module's options; raise AdminError for those that AWS would refuse."""
        account_id, delegated = check_account_id(params["account_id"]), params["delegated_administrators"]
        for one in delegated or ():
            check_account_id(one, "delegated_administrators")
        if params["state"] == "absent":
            return cls(account_id, trusts_iam=False, features=frozenset(), delegated=())
        wanted = ((CREDENTIALS, "root_credentials_management"), (SESSIONS, "root_sessions"))
        return cls(
            account_id,
            trusts_iam=True,
            features=frozenset(feature for feature, option in wanted if params[option]),
            delegated=None if delegated is None else tuple(dict.fromkeys(delegated)),
        )

    def observe(self, api: IamApi, _handover: Keeper | None = None) -> Observed:
        """Read it as the account that manages the organisation."""
        account, features = together(api.get_caller_identity, api.list_organizations_features)
        if features is None:
            raise AdminError(
                f"Account {account.id} manages no organisation: use a profile of the account that manages it."
            )
        trusted, delegated = together(
            api.list_aws_service_access_for_organization, lambda: api.list_delegated_administrators(**_IAM)
        )
        trusts_iam = any(one["ServicePrincipal"] == _IAM["ServicePrincipal"] for one in trusted)
        return Observed(account, trusts_iam, frozenset(features), tuple(one["Id"] for one in delegated))

    def plan(self, observed: Observed) -> Plan:
        """See Resource.plan: AWS wants IAM trusted before anything is managed, and until nothing is."""
        delegated = observed.delegated if self.delegated is None else self.delegated
        target = replace(observed, trusts_iam=self.trusts_iam, features=self.features, delegated=delegated)
        return Plan(tuple(_steps(observed, target)), _describe(observed), _describe(target))

    def after_conflict(self, error: AwsError) -> RootAccess | None:
        """See Resource.after_conflict: somebody else does the same at the same moment."""
        return self if error.code in _CONFLICTS else None

    def after_failure(self, _error: AwsError, kept: Kept) -> Kept:
        """See Resource.after_failure: nothing is kept of this."""
        return kept

    def result(self, observed: Observed, _answers: Mapping[str, Any] | None) -> dict[str, Any]:
        """See Resource.result."""
        return dict(self.plan(observed).after)


def _steps(now: Observed, target: Observed) -> Iterator[Step]:
    if target.trusts_iam and not now.trusts_iam:
        yield Step("enable_aws_service_access", _IAM)
    for account_id in now.delegated:
        if account_id not in target.delegated:
            yield Step("deregister_delegated_administrator", {"AccountId": account_id, **_IAM})
    for feature, name in _FEATURES.items():
        if (feature in target.features) != (feature in now.features):
            yield Step(f"{'enable' if feature in target.features else 'disable'}_{name}", {})
    for account_id in target.delegated:
        if account_id not in now.delegated:
            yield Step("register_delegated_administrator", {"AccountId": account_id, **_IAM})
    if now.trusts_iam and not target.trusts_iam:
        yield Step("disable_aws_service_access", _IAM)


def _describe(state: Observed) -> dict[str, Any]:
    """Return plain data for the diff and the result."""
    return {
        "trusted_access": state.trusts_iam,
        "features": sorted(state.features),
        "delegated_administrators": list(state.delegated),
    }
