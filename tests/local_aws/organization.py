# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An organisation with as many units and accounts as a test needs."""

from __future__ import annotations

import copy
from typing import Any

from moto.organizations.models import organizations_backends
from moto.organizations.utils import make_random_account_id


class Organization:
    """What an account manages that is called `name`."""

    def __init__(self, management_id: str, name: str) -> None:
        self._backend: Any = organizations_backends[management_id]["aws"]
        self._backend.create_organization(region="us-east-1", FeatureSet="ALL")
        self._backend.accounts[0].name = name

    @classmethod
    def of(cls, management_id: str) -> Organization:
        """Return the one that is there."""
        there = cls.__new__(cls)
        there._backend = organizations_backends[management_id]["aws"]
        return there

    def unit(self, name: str, parent: str = "") -> str:
        """Make a unit, below the root or another one, and return its id."""
        parent = parent or self._backend.ou[0].id
        return str(self._backend.create_organizational_unit(Name=name, ParentId=parent)["OrganizationalUnit"]["Id"])

    def account(self, name: str, unit: str = "", status: str = "ACTIVE", account_id: str = "", **tags: str) -> str:
        """Let an account belong to the root or a unit, and return its id.

        Not by CreateAccount: moto gives each a copy of AWS's managed policies at once, which is 5 MB.
        """
        there = copy.copy(self._backend.accounts[0])
        there.id, there.name, there.state, there.tags = account_id or make_random_account_id(), name, status, tags
        there.email = f"{len(self._backend.accounts)}@example.com"
        there.parent_id = unit or self._backend.ou[0].id
        self._backend.accounts.append(there)
        organizations_backends.master_accounts[there.id] = (self._backend.account_id, "aws")
        return str(there.id)
