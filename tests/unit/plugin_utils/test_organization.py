# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the accounts and units of an organisation are called in an inventory."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AwsError
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.organization import (
    Account,
    Organization,
    Unit,
    group_names,
    host_names,
    host_variables,
    read_organization,
    role_arn,
)
from ansible_collections.landing_zone.aws_admin.tests.unit.stubbed import refusal, stubbed

A, B = "111111111111", "222222222222"


def account(name: str, account_id: str = A) -> Account:
    return Account(account_id, name, status="ACTIVE", partition="aws", unit="r-1")


def organization(*units: Unit) -> Organization:
    return Organization(A, "Root", (Unit("r-1", ()), *units), ())


@pytest.mark.parametrize(
    ("name", "host"),
    [
        ("production", "production"),
        ("Acme Production (EU)", "Acme-Production-EU"),
        ("Zürich", "Zurich"),
        ("a:b,c[1]&!~", "a-b-c-1"),
        ("../../etc", "etc"),
        ("XX-ray", "XX-ray"),
        ("金庫", A),
        ("  ", A),
        ("all", f"all-{A}"),
        ("localhost", f"localhost-{A}"),
        ("aws_accounts", f"aws_accounts-{A}"),
        ("ou_Root", f"ou_Root-{A}"),
        (f"production-{B}", f"production-{B}-{A}"),
    ],
)
def test_a_host_is_named_as_its_account_where_that_is_safe(name: str, host: str) -> None:
    assert host_names([account(name)]) == {A: host}


def test_two_accounts_of_one_name_have_their_ids() -> None:
    accounts = [account("Sandbox"), account("sandbox", B)]
    assert host_names(accounts) == {A: f"Sandbox-{A}", B: f"sandbox-{B}"}
    accounts = [account("X"), account("x", B)]
    assert host_names(accounts) == {A: f"X-{A}", B: f"x-{B}"}


@given(
    st.lists(st.one_of(st.text(max_size=50), st.sampled_from(["a", "A", "all", f"a-{A}", f"a-{B}", A])), max_size=20)
)
def test_host_names_are_safe_and_unique(names: list[str]) -> None:
    accounts = [account(name, f"{111111111111 * (number % 9 + 1) + number}"[:12]) for number, name in enumerate(names)]
    hosts = host_names(accounts)
    assert len({host.casefold() for host in hosts.values()}) == len(names)
    assert [host for host in hosts.values() if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_.-]*", host)] == []


def test_a_unit_is_named_by_its_path() -> None:
    units = [Unit("ou-1", ("Workloads",), "r-1"), Unit("ou-2", ("Workloads", "Pre-Prod & more"), "ou-1")]
    names = group_names(organization(*units))
    assert names == {"r-1": "ou_Root", "ou-1": "ou_Workloads", "ou-2": "ou_Workloads_Pre_Prod_more"}


def test_units_whose_paths_look_the_same_have_their_ids() -> None:
    units = [Unit("ou-1", ("a", "b"), "ou-3"), Unit("ou-2", ("a-b",), "r-1"), Unit("ou-3", ("a",), "r-1")]
    names = group_names(organization(*units))
    assert names == {"r-1": "ou_Root", "ou-1": "ou_a_b_ou_1", "ou-2": "ou_a_b_ou_2", "ou-3": "ou_a"}


def test_the_variables_of_a_host() -> None:
    unit = Unit("ou-2", ("Workloads", "Production"), "ou-1")
    assert host_variables(account("production"), unit, None) == {
        "aws_account_id": A,
        "aws_account_name": "production",
        "aws_account_status": "ACTIVE",
        "aws_ou_path": "/Workloads/Production",
    }


def test_the_root_has_the_path_of_a_root() -> None:
    assert host_variables(account("production"), Unit("r-1", ()), None)["aws_ou_path"] == "/"


@pytest.mark.parametrize(
    ("name", "arn"),
    [
        ("OrganizationAccountAccessRole", f"arn:aws:iam::{A}:role/OrganizationAccountAccessRole"),
        ("/landing-zone/Admin", f"arn:aws:iam::{A}:role/landing-zone/Admin"),
        ("XX", f"arn:aws:iam::{A}:role/XX"),
        ("", None),
    ],
)
def test_the_role_of_an_account(name: str, arn: str | None) -> None:
    assert role_arn(account("production"), name) == arn


def test_a_cache_gives_back_what_was_read() -> None:
    read = Organization(
        A,
        "Root",
        (Unit("r-1", ()), Unit("ou-1", ("Workloads",), "r-1")),
        (Account(A, "general", "ACTIVE", "aws", "r-1", email="a@example.com", tags={"environment": "none"}),),
    )
    assert Organization.from_data(read.as_data()) == read


# What is read

ROOT, WORKLOADS, PRODUCTION, SANDBOX = "r-root", "ou-root-workloads", "ou-root-production", "ou-root-sandboxes"
UNITS = {
    ROOT: [{"Id": WORKLOADS, "Name": "Workloads"}, {"Id": SANDBOX, "Name": "Sandbox"}],
    WORKLOADS: [{"Id": PRODUCTION, "Name": "Production"}],
}


def member(account_id: str, name: str, partition: str = "aws", **more: str) -> dict[str, str]:
    arn = f"arn:{partition}:organizations::{A}:account/o-acme/{account_id}"
    return {"Id": account_id, "Name": name, "Arn": arn, "Email": f"{name}@example.com", "State": "ACTIVE", **more}


class Organizations:
    """An organisation of two pages of accounts in its root, and one account deep in it."""

    def __init__(self, refused: str = "") -> None:
        self.refused = refused

    def answer(self, operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
        if operation == self.refused:
            return refusal("AccessDeniedException")
        parent, page = given.get("ParentId"), given.get("NextToken")
        if operation == "ListAccountsForParent" and parent == ROOT:
            if page == "more":
                return {"Accounts": [member(B, "second", "aws-cn", State="", Status="SUSPENDED")]}
            return {"Accounts": [member(A, "general")], "NextToken": "more"}
        return {
            "DescribeOrganization": {"Organization": {"MasterAccountId": A}},
            "ListRoots": {"Roots": [{"Id": ROOT, "Name": "Root"}]},
            "ListAccountsForParent": {"Accounts": [member("3" * 12, "deep")] if parent == PRODUCTION else []},
            "ListOrganizationalUnitsForParent": {"OrganizationalUnits": UNITS.get(parent or "", [])},
            "ListTagsForResource": {"Tags": [{"Key": "id", "Value": given.get("ResourceId")}]},
        }[operation]


def test_an_organisation_is_read_level_by_level() -> None:
    client = stubbed("organizations", Organizations().answer)
    assert read_organization(client, with_tags=False, with_email=False) == Organization(
        A,
        "Root",
        (
            Unit(ROOT, ()),
            Unit(WORKLOADS, ("Workloads",), ROOT),
            Unit(SANDBOX, ("Sandbox",), ROOT),
            Unit(PRODUCTION, ("Workloads", "Production"), WORKLOADS),
        ),
        (
            Account(A, "general", "ACTIVE", "aws", ROOT),
            Account(B, "second", "SUSPENDED", "aws-cn", ROOT),
            Account("3" * 12, "deep", "ACTIVE", "aws", PRODUCTION),
        ),
    )


def test_tags_and_email_addresses_are_read_where_they_are_asked_for() -> None:
    client = stubbed("organizations", Organizations().answer)
    accounts = read_organization(client, with_tags=True, with_email=True).accounts
    assert [account.tags for account in accounts] == [{"id": A}, {"id": B}, {"id": "3" * 12}]
    assert [account.email for account in accounts] == [f"{name}@example.com" for name in ("general", "second", "deep")]


def test_what_has_no_tags_has_none() -> None:
    def answer(operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
        return {} if operation == "ListTagsForResource" else Organizations().answer(operation, given)

    read = read_organization(stubbed("organizations", answer), with_tags=True, with_email=False)
    assert [account.tags for account in read.accounts] == [{}, {}, {}]


def test_no_more_than_four_calls_are_made_at_once() -> None:
    lock, at_once, most = threading.Lock(), 0, 0
    units = [{"Id": f"ou-root-{number:08}", "Name": str(number)} for number in range(12)]

    def answer(operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
        nonlocal at_once, most
        if operation in ("DescribeOrganization", "ListRoots"):
            return Organizations().answer(operation, given)
        with lock:
            at_once += 1
            most = max(most, at_once)
        time.sleep(0.03)
        with lock:
            at_once -= 1
        return {"Accounts": [], "OrganizationalUnits": units if given["ParentId"] == ROOT else []}

    assert len(read_organization(stubbed("organizations", answer), with_tags=False, with_email=False).units) == 13
    assert most <= 4


@pytest.mark.parametrize("operation", ["DescribeOrganization", "ListRoots"])
def test_an_endpoint_that_is_not_there_is_an_error_of_the_operation(operation: str) -> None:
    def answer(asked: str, given: Mapping[str, Any]) -> dict[str, Any]:
        if asked == operation:
            raise EndpointConnectionError(endpoint_url="http://localhost:1")
        return Organizations().answer(asked, given)

    with pytest.raises(AwsError, match=f"^{operation} failed: EndpointConnectionError: "):
        read_organization(stubbed("organizations", answer), with_tags=False, with_email=False)


@pytest.mark.parametrize(
    "operation",
    [
        "DescribeOrganization",
        "ListRoots",
        "ListAccountsForParent",
        "ListOrganizationalUnitsForParent",
        "ListTagsForResource",
    ],
)
def test_a_refusal_names_the_permission_that_is_lacking(operation: str) -> None:
    client = stubbed("organizations", Organizations(refused=operation).answer)
    with pytest.raises(AwsError) as refused:
        read_organization(client, with_tags=True, with_email=False)
    assert str(refused.value) == (
        f"{operation} failed: AccessDeniedException: No. The credentials lack the permission "
        f"organizations:{operation}: use others, or have it granted."
    )


@pytest.mark.parametrize("count", [0, 2])
def test_an_organisation_that_has_not_one_root_is_not_whole(count: int) -> None:
    def answer(operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
        if operation == "ListRoots":
            return {"Roots": [{"Id": f"r-{number}", "Name": "Root"} for number in range(count)]}
        return Organizations().answer(operation, given)

    with pytest.raises(AwsError) as failed:
        read_organization(stubbed("organizations", answer), with_tags=False, with_email=False)
    assert str(failed.value) == (
        f"ListRoots failed: Incomplete: An organisation has one root, and AWS shows {count}: run again."
    )


def test_what_was_asked_for_is_a_variable_of_the_host() -> None:
    known = Account(A, "production", "ACTIVE", "aws", "r-1", email="a@example.com", tags={"environment": "none"})
    variables = host_variables(known, Unit("r-1", ()), "arn:aws:iam::111111111111:role/Admin")
    assert {name: value for name, value in variables.items() if name not in ("aws_account_id", "aws_ou_path")} == {
        "aws_account_name": "production",
        "aws_account_status": "ACTIVE",
        "aws_assume_role_arn": "arn:aws:iam::111111111111:role/Admin",
        "aws_account_email": "a@example.com",
        "aws_account_tags": {"environment": "none"},
    }
