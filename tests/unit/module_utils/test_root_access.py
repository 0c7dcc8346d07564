# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an organisation manages the root users of its members: what it has, and the steps to what is wanted."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.account import Account
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, AwsError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.root_access import (
    ARGUMENT_SPEC,
    Observed,
    RootAccess,
)
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import ACCOUNT, calls_of, options
from ansible_collections.landing_zone.aws_admin.tests.unit.keeper import NOTHING

CREDENTIALS, SESSIONS = "RootCredentialsManagement", "RootSessions"
BOTH = frozenset((CREDENTIALS, SESSIONS))
A, B = "222222222222", "333333333333"
IAM = {"ServicePrincipal": "iam.amazonaws.com"}
NONE = Observed(ACCOUNT, trusts_iam=False, features=frozenset(), delegated=())
ALL = Observed(ACCOUNT, trusts_iam=True, features=BOTH, delegated=(A,))


def wanted(**given: Any) -> RootAccess:
    return RootAccess.from_params(options(ARGUMENT_SPEC, **given))


def step(name: str, account_id: str) -> tuple[str, dict[str, str]]:
    return f"{name}_delegated_administrator", {"AccountId": account_id, **IAM}


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, RootAccess(None, trusts_iam=True, features=BOTH, delegated=None)),
        ({"account_id": A}, RootAccess(A, trusts_iam=True, features=BOTH, delegated=None)),
        (
            {"root_sessions": False},
            RootAccess(None, trusts_iam=True, features=frozenset((CREDENTIALS,)), delegated=None),
        ),
        (
            {"root_credentials_management": False},
            RootAccess(None, trusts_iam=True, features=frozenset((SESSIONS,)), delegated=None),
        ),
        (
            {"delegated_administrators": [B, A, B]},
            RootAccess(None, trusts_iam=True, features=BOTH, delegated=(B, A)),
        ),
        ({"delegated_administrators": []}, RootAccess(None, trusts_iam=True, features=BOTH, delegated=())),
        (
            {"account_id": A, "state": "absent", "delegated_administrators": [B]},
            RootAccess(A, trusts_iam=False, features=frozenset(), delegated=()),
        ),
    ],
)
def test_the_options_are_those_of_the_module(given: dict[str, Any], expected: RootAccess) -> None:
    assert wanted(**given) == expected


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"account_id": "1234"}, r"aws_account_id \(account_id\) is '1234'"),
        ({"delegated_administrators": [A, "security"]}, "delegated_administrators is 'security'"),
    ],
)
def test_what_is_no_account_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(AdminError, match=f"^{said}: set it to an AWS account ID"):
        wanted(**given)


@dataclass
class Manager:
    """An account, the services that its organisation trusts, and what it manages; None where it manages nothing."""

    trusted: list[str] = field(default_factory=list)
    features: list[str] | None = field(default_factory=list)
    delegated: list[str] = field(default_factory=list)

    def get_caller_identity(self) -> Account:
        return ACCOUNT

    def list_organizations_features(self) -> list[str] | None:
        return self.features

    def list_aws_service_access_for_organization(self) -> list[dict[str, Any]]:
        return [{"ServicePrincipal": service} for service in self.trusted]

    def list_delegated_administrators(self, **given: Any) -> list[dict[str, Any]]:
        assert given == IAM
        return [{"Id": account_id} for account_id in self.delegated]


@pytest.mark.parametrize(
    ("manager", "observed"),
    [
        (Manager(), NONE),
        (Manager(["sso.amazonaws.com"]), NONE),
        (Manager(["sso.amazonaws.com", "iam.amazonaws.com"], [*BOTH], [A]), ALL),
        (Manager(delegated=[B, A]), replace(NONE, delegated=(B, A))),
    ],
)
def test_what_the_organisation_has_is_read(manager: Any, observed: Observed) -> None:
    assert wanted().observe(manager) == observed


def test_an_account_that_manages_no_organisation_is_no_use() -> None:
    manager: Any = Manager(features=None)
    with pytest.raises(AdminError) as refused:
        wanted().observe(manager)
    assert str(refused.value) == (
        f"Account {ACCOUNT.id} manages no organisation: use a profile of the account that manages it."
    )


ENABLED = [("enable_organizations_root_credentials_management", {}), ("enable_organizations_root_sessions", {})]
DISABLED = [("disable_organizations_root_credentials_management", {}), ("disable_organizations_root_sessions", {})]


@pytest.mark.parametrize(
    ("given", "observed", "steps"),
    [
        (
            {"delegated_administrators": [A]},
            NONE,
            [("enable_aws_service_access", IAM), *ENABLED, step("register", A)],
        ),
        ({"delegated_administrators": [A]}, ALL, []),
        ({}, ALL, []),
        ({}, replace(ALL, features=frozenset((SESSIONS,))), ENABLED[:1]),
        ({"root_sessions": False}, ALL, DISABLED[1:]),
        ({"delegated_administrators": [B]}, ALL, [step("deregister", A), step("register", B)]),
        ({"delegated_administrators": [A, B]}, ALL, [step("register", B)]),
        ({"delegated_administrators": []}, ALL, [step("deregister", A)]),
        (
            {"state": "absent"},
            ALL,
            [step("deregister", A), *DISABLED, ("disable_aws_service_access", IAM)],
        ),
        ({"state": "absent"}, NONE, []),
    ],
)
def test_iam_is_trusted_before_anything_is_managed_and_until_nothing_is(
    given: dict[str, Any], observed: Observed, steps: list[Any]
) -> None:
    assert calls_of(wanted(**given).plan(observed)) == steps


def test_the_diff_has_what_there_is_and_what_is_to_be() -> None:
    none = {"trusted_access": False, "features": [], "delegated_administrators": []}
    both = {"trusted_access": True, "features": [CREDENTIALS, SESSIONS], "delegated_administrators": [B, A]}
    access = wanted(delegated_administrators=[B, A])
    plan = access.plan(NONE)
    assert (plan.before, plan.after) == (none, both)
    assert access.result(NONE, None) == both
    gone = wanted(state="absent").plan(replace(ALL, delegated=(B, A)))
    assert (gone.before, gone.after) == (both, none)
    # Whoever it is now stays
    assert wanted().plan(ALL).after == {**both, "delegated_administrators": [A]}


@pytest.mark.parametrize(
    ("code", "is_looked_at_again"),
    [
        ("AccountAlreadyRegisteredException", True),
        ("AccountNotRegisteredException", True),
        ("ConcurrentModificationException", True),
        ("AccessDeniedException", False),
    ],
)
def test_what_somebody_else_does_at_the_same_moment_is_looked_at_again(code: str, is_looked_at_again: bool) -> None:
    access = wanted()
    after = access.after_conflict(AwsError("RegisterDelegatedAdministrator", code, "No"))
    assert after == (access if is_looked_at_again else None)


def test_nothing_is_kept() -> None:
    assert wanted().after_failure(AwsError("EnableAWSServiceAccess", "AccessDenied", "No"), NOTHING) is NOTHING
