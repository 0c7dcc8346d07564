# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An organisation whose management account is called `general`, and may have sessions of its members' root users."""

from __future__ import annotations

import itertools
import os
from dataclasses import dataclass, replace
from pathlib import Path

from tests.integration.conftest import TestAccount, open_accounts
from tests.local_aws.organization import Organization
from tests.local_aws.root import RootUser
from tests.local_aws.server import SECRET_KEY, LocalAws

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"


_hubs = itertools.count(1)


def member(account: TestAccount) -> None:
    """Let an account become a member, reached by a role from one that may have root sessions; its profile stays."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) + 1
    hub = replace(account, name="hub", id=f"{worker}9{next(_hubs):010}")
    ids = {"hub": hub.id, account.name: account.id}
    account.aws.write_config(Path(account.environment["AWS_CONFIG_FILE"]), ids, organisation=True)
    Organization(hub.id, "hub").account(account.name, account_id=account.id)
    tenant = Tenant(hub, {account.name: account})
    tenant.as_operator()
    tenant.trust()


@dataclass
class Tenant:
    """The management account, reached by its IAM user `operator`, and its members, each by a role from there."""

    management: TestAccount
    members: dict[str, TestAccount]

    @property
    def member(self) -> TestAccount:
        """The first one."""
        return next(iter(self.members.values()))

    def root(self, account: TestAccount | None = None) -> RootUser:
        """Return an account's root user, by default the first member's, behind everybody's back."""
        root: RootUser = (account or self.member).backend.root
        return root

    def trust(self) -> None:
        """Let AWS's IAM see the organisation, and enable both features."""
        self.management.client("organizations").enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
        self.management.iam.enable_organizations_root_credentials_management()
        self.management.iam.enable_organizations_root_sessions()

    def as_root(self) -> None:
        """Let the management account's root user call from now on."""
        self._call_with(self.management.aws.open_account(self.management.id))

    def as_operator(self) -> None:
        """Let its IAM user call."""
        self.management.iam.create_user(UserName="operator")
        self.management.iam.attach_user_policy(UserName="operator", PolicyArn=ADMINISTRATOR)
        self._call_with(self.management.iam.create_access_key(UserName="operator")["AccessKey"]["AccessKeyId"])

    def _call_with(self, key: str) -> None:
        config = Path(self.management.environment["AWS_CONFIG_FILE"])
        text = config.read_text()
        (_profile, _equals, before) = text.splitlines()[1].partition(" = ")
        config.write_text(text.replace(before, key))
        assert SECRET_KEY in text


def open_tenant(aws: LocalAws, folder: Path, *members: str) -> Tenant:
    """Open an organisation with members of these names, whose root users have a password and MFA."""
    management, *others = open_accounts(aws, folder, "general", *members, organisation=True).values()
    organization = Organization(management.id, "general")
    for account in others:
        organization.account(account.name, account_id=account.id)
    tenant = Tenant(management, {account.name: account for account in others})
    tenant.as_operator()
    return tenant
