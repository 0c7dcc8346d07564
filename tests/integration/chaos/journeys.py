# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""First bootstraps of one account, and how each ends, whatever happened on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.integration.conftest import TestAccount, bootstrap_of, open_accounts
from tests.local_aws.server import LocalAws
from tests.operator import Operator

# Of each kind, how many calls it makes: keys of its own and codes that are typed; or a role of an organisation, codes
# that are computed, and a handover that is encrypted
TYPED: Mapping[str, int] = {"typed": 38}
KINDS: Mapping[str, int] = {**TYPED, "computed": 41}
# Without the last two an account of an organisation is secure, too: they are for more about its root user
NEEDED: Mapping[str, int] = {**KINDS, "computed": KINDS["computed"] - 2}
# What comes later, and how many calls it makes up to the last that changes anything
LATER: Mapping[str, int] = {"prove": 11, "replace_mfa": 16, "reset_password": 15, "remove": 16}
VAULT_PASSWORD = "correct horse"


@dataclass(frozen=True)
class Journey:
    """One account, and the operator who bootstraps it; `account_ids` are those that are called on the way."""

    account: TestAccount
    operator: Operator
    account_ids: frozenset[str]
    computed: bool

    @classmethod
    def begin(cls, kind: str, aws: LocalAws, folder: Path) -> Journey:
        """Open what it takes; nobody has used it before."""
        computed = kind == "computed"
        names = ["first", "general"] if computed else ["general"]
        accounts = open_accounts(aws, folder, *names, organisation=computed)
        account = accounts["general"]
        return cls(account, bootstrap_of([account], folder), frozenset(a.id for a in accounts.values()), computed)

    @property
    def calls(self) -> int:
        """How many calls were made so far."""
        return sum(call.account_id in self.account_ids for call in self.account.aws.log.calls)

    def later(self, playbook: str) -> tuple[int, str]:
        """Run a playbook of those that come later, as `run` does."""
        more = (
            ("-e", "iam_admin_remove_last_administrator=true iam_admin_remove_without_asking=true")
            if playbook == "remove"
            else ()
        )
        return self.operator.bootstrap(*more, playbook=f"playbooks/{playbook}.yml")

    def run(self) -> tuple[int, str]:
        """Bootstrap; return the exit code, and what the terminal showed."""
        if not self.computed:
            return self.operator.bootstrap()
        (self.operator.directory / "vault-password").write_text(VAULT_PASSWORD)
        vault = ("--vault-password-file", "vault-password")
        return self.operator.bootstrap("-e", "iam_admin_enrolment=totp", *vault)

    def assert_finished(self) -> None:
        """One user with its policy, one device that is enabled, one password that the handover has, nothing else."""
        (user,) = self.account.backend.users.values()
        assert (user.access_keys, user.tags) == ([], None)
        assert [policy["PolicyName"] for policy in user.attached_managed_policies] == ["AdministratorAccess"]
        (device,) = self.account.backend.virtual_mfa_devices.values()
        assert device.user is user
        assert list(user.mfa_devices) == [device.serial_number]
        assert self.account.calls.index("EnableMFADevice") < self.account.calls.index("CreateLoginProfile")
        handover = self.operator.directory / "handover" / self.account.name
        assert {file.name for file in handover.iterdir()} == {".gitignore", "credentials.yml"}
        credentials = self._opened(handover / "credentials.yml")
        assert user.password == credentials["initial_password"]
        assert credentials.get("mfa_seeds") == ({"iamadmin": device.base32_string_seed} if self.computed else None)

    def assert_removed(self) -> None:
        """Nothing is left, in AWS or in the handover."""
        assert self.account.backend.users == {}
        assert self.account.backend.virtual_mfa_devices == {}
        assert not (self.operator.directory / "handover" / self.account.name).exists()

    def _opened(self, credentials: Path) -> dict[str, Any]:
        content = credentials.read_bytes()
        assert VaultLib.is_encrypted(content) is self.computed
        if self.computed:
            content = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))]).decrypt(content)
        found: dict[str, Any] = yaml.safe_load(content)
        return found
