# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The accounts of an organisation, and what an inventory calls them and their organisational units."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from functools import partial
from typing import Any

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AwsError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.failures import calling

# AWS Organizations answers few calls a second (AWS Organizations User Guide: "Quotas and service limits")
_CALLS_AT_ONCE = 4
_ALLOWED = re.compile(r"[^A-Za-z0-9_.-]+")
# What is a group's name, means a pattern or the controller, or ends as a name does that was made unique
_TAKEN = re.compile(r"(all|ungrouped|localhost|aws_accounts|(ou|tag)_.*|(.*-)?[0-9]{12})", re.IGNORECASE)


@dataclass(frozen=True)
class Unit:
    """An organisational unit, or the root, whose path is empty; `parent` is an id."""

    id: str
    path: tuple[str, ...]
    parent: str | None = None


@dataclass(frozen=True)
class Account:
    """An account; `status` is its state, `unit` the id of what it is in. What was not requested is None."""

    id: str
    name: str
    status: str
    partition: str
    unit: str
    email: str | None = None
    tags: Mapping[str, str] | None = None


@dataclass(frozen=True)
class Organization:
    """What was read of one. `root_name` is what AWS calls its root."""

    management_account_id: str
    root_name: str
    units: tuple[Unit, ...]
    accounts: tuple[Account, ...]

    def as_data(self) -> dict[str, Any]:
        """Return what a cache keeps."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Organization:
        """Return what a cache has kept."""
        units = tuple(Unit(**{**unit, "path": tuple(unit["path"])}) for unit in data["units"])
        accounts = tuple(Account(**account) for account in data["accounts"])
        return cls(data["management_account_id"], data["root_name"], units, accounts)


def read_organization(client: Any, with_tags: bool, with_email: bool) -> Organization:
    """Read the tree level by level: two calls for each unit, one more for each further page, one for an account's tags.

    Raises AwsError.
    """
    with calling(client, "describe_organization"):
        management_account_id = client.describe_organization()["Organization"]["MasterAccountId"]
    roots = _pages(client, "list_roots", "Roots")
    if len(roots) != 1:
        raise AwsError(
            "ListRoots", "Incomplete", f"An organisation has one root, and AWS shows {len(roots)}: run again"
        )
    (root,) = roots
    level = [Unit(root["Id"], ())]
    units: list[Unit] = []
    accounts: list[Account] = []
    with ThreadPoolExecutor(_CALLS_AT_ONCE) as pool:
        while level:
            units += level
            for found in pool.map(partial(_accounts_in, client, with_email), level):
                accounts += found
            level = [unit for found in pool.map(partial(_units_in, client), level) for unit in found]
        if with_tags:
            accounts = list(pool.map(partial(_with_tags, client), accounts))
    return Organization(management_account_id, root["Name"], tuple(units), tuple(accounts))


def role_arn(account: Account, name: str) -> str | None:
    """Return the ARN of a role in an account, by its name with its path; None where there is no name."""
    return f"arn:{account.partition}:iam::{account.id}:role/{name.strip('/')}" if name else None


def host_names(accounts: Iterable[Account]) -> dict[str, str]:
    """Return the host name of each account by its id: its name where that is safe and nobody else's, else with its id.

    Safe are ASCII letters, digits and `_.-`: host names are file names, too, and parts of patterns.
    """
    safe = {account.id: _safe(account.name) for account in accounts}
    often = Counter(name.casefold() for name in safe.values())
    unique = {account_id: name for account_id, name in safe.items() if name and often[name.casefold()] == 1}
    return {
        account_id: name if account_id in unique and not _TAKEN.fullmatch(name) else f"{name}-{account_id}".lstrip("-")
        for account_id, name in safe.items()
    }


def group_names(organization: Organization) -> dict[str, str]:
    """Return the group name of each unit by its id: `ou_` and its path, with its id where two would have one name."""
    names = {unit.id: "_".join(["ou", *(unit.path or (organization.root_name,))]) for unit in organization.units}
    names = {unit_id: re.sub(r"[^A-Za-z0-9_]+", "_", name) for unit_id, name in names.items()}
    often = Counter(name.casefold() for name in names.values())
    return {
        unit_id: f"{name}_{unit_id.replace('-', '_')}" if often[name.casefold()] > 1 else name
        for unit_id, name in names.items()
    }


def host_variables(account: Account, unit: Unit, role: str | None) -> dict[str, Any]:
    """Return the variables of an account's host, which `role`, an ARN, reaches; None where it takes no role."""
    variables: dict[str, Any] = {
        "aws_account_id": account.id,
        "aws_account_name": account.name,
        "aws_account_status": account.status,
        "aws_ou_path": "/" + "/".join(unit.path),
    }
    if role:
        variables["aws_assume_role_arn"] = role
    if account.email is not None:
        variables["aws_account_email"] = account.email
    if account.tags is not None:
        variables["aws_account_tags"] = dict(account.tags)
    return variables


def _safe(name: str) -> str:
    ascii_name = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return _ALLOWED.sub("-", ascii_name).strip("-._")


def _accounts_in(client: Any, with_email: bool, unit: Unit) -> list[Account]:
    found = _pages(client, "list_accounts_for_parent", "Accounts", ParentId=unit.id)
    return [
        Account(
            id=account["Id"],
            name=account["Name"],
            # Status is what State was called until 2026 (AWS Organizations API Reference: Account)
            status=account.get("State") or account["Status"],
            partition=account["Arn"].split(":")[1],
            unit=unit.id,
            email=account["Email"] if with_email else None,
        )
        for account in found
    ]


def _units_in(client: Any, unit: Unit) -> list[Unit]:
    found = _pages(client, "list_organizational_units_for_parent", "OrganizationalUnits", ParentId=unit.id)
    return [Unit(child["Id"], (*unit.path, child["Name"]), unit.id) for child in found]


def _with_tags(client: Any, account: Account) -> Account:
    tags = _pages(client, "list_tags_for_resource", "Tags", ResourceId=account.id)
    return replace(account, tags={tag["Key"]: tag["Value"] for tag in tags})


def _pages(client: Any, method: str, key: str, **parameters: Any) -> list[Any]:
    with calling(client, method):
        found: list[Any] = client.get_paginator(method).paginate(**parameters).build_full_result().get(key, [])
    return found
