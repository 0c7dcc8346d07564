# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""organizations_root_access against the local AWS."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cases import assert_is_a_sentence
from tests.integration.conftest import TestAccount
from tests.integration.tenants import Tenant, open_tenant
from tests.local_aws.calls import READS
from tests.local_aws.server import LocalAws

BOTH = ["RootCredentialsManagement", "RootSessions"]


@pytest.fixture
def tenant(aws: LocalAws, tmp_path: Path) -> Tenant:
    return open_tenant(aws, tmp_path, "security", "production")


@pytest.fixture(params=[True, False], ids=["in process", "as module"])
def both_ways(request: pytest.FixtureRequest, tenant: Tenant) -> Tenant:
    return replace(tenant, management=replace(tenant.management, in_process=request.param))


def run(tenant: Tenant, check_mode: bool = False, **options: Any) -> dict[str, Any]:
    result = tenant.management.run("organizations_root_access", check_mode, **options)
    return {name: value for name, value in result.items() if name != "invocation"}


def writes_of(tenant: Tenant, start: int = 0) -> list[str]:
    return [call for call in tenant.management.calls[start:] if not call.startswith(READS)]


def test_it_is_enabled_once_moved_and_taken_back(both_ways: Tenant) -> None:
    tenant, start = both_ways, len(both_ways.management.calls)
    security, production = (account.id for account in tenant.members.values())
    foretold = run(tenant, check_mode=True, delegated_administrators=[security])
    assert writes_of(tenant, start) == []
    done = run(tenant, delegated_administrators=[security])
    assert done == foretold
    assert (done["trusted_access"], done["features"], done["delegated_administrators"]) == (True, BOTH, [security])
    assert writes_of(tenant, start) == [
        "EnableAWSServiceAccess",
        "EnableOrganizationsRootCredentialsManagement",
        "EnableOrganizationsRootSessions",
        "RegisterDelegatedAdministrator",
    ]
    assert run(tenant, delegated_administrators=[security])["changed"] is False
    assert run(tenant)["delegated_administrators"] == [security]
    moved = run(tenant, delegated_administrators=[production])
    assert moved["delegated_administrators"] == [production]
    none = run(tenant, delegated_administrators=[])
    assert none.get("delegated_administrators") == [], none
    assert run(tenant, root_sessions=False)["features"] == ["RootCredentialsManagement"]
    run(tenant, delegated_administrators=[security])
    gone = run(tenant, state="absent")
    assert (gone["trusted_access"], gone["features"], gone["delegated_administrators"]) == (False, [], [])
    assert run(tenant, state="absent")["changed"] is False


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"profile": "production"}, "manages no organisation: use a profile of the account that manages it"),
        ({"account_id": "999999999999"}, "not to the expected account 999999999999"),
        ({"delegated_administrators": ["security"]}, "delegated_administrators is 'security'"),
    ],
)
def test_what_is_in_the_way_is_a_sentence(tenant: Tenant, options: dict[str, Any], sentence: str) -> None:
    start = len(tenant.management.calls)
    failed = run(tenant, **options)
    assert_is_a_sentence(failed["msg"])
    assert sentence in failed["msg"]
    assert [call for call in writes_of(tenant, start) if call != "AssumeRole"] == []


def test_a_delegated_administrator_enables_nothing(tenant: Tenant) -> None:
    run(tenant, delegated_administrators=[tenant.members["security"].id], root_sessions=False)
    failed = run(tenant, profile="security")
    assert failed["msg"].endswith("Use the credentials of the account that manages the organisation.")


def test_an_account_without_an_organisation_has_nothing_to_manage(account: TestAccount) -> None:
    failed = account.run("organizations_root_access")
    assert_is_a_sentence(failed["msg"])
    assert f"Account {account.id} manages no organisation" in failed["msg"]
