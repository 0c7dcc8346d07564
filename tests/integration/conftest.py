# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The local AWS, accounts of it that nobody has used before, and the ways to run things against them."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from tests.local_aws.server import LocalAws
from tests.operator import PROJECT, Operator, clean_environment

_numbers = itertools.count(1)

_RUN_MODULE = """
import importlib, json, sys
from ansible.module_utils.testing import patch_module_args
sys.path.insert(0, sys.argv[1])
module = importlib.import_module("ansible_collections.landing_zone.aws_admin.plugins.modules." + sys.argv[2])
with patch_module_args(json.loads(sys.stdin.read())):
    module.main()
"""


@pytest.fixture(scope="session")
def aws() -> Iterator[LocalAws]:
    """A server that this test process has for itself."""
    with LocalAws() as server:
        yield server


@dataclass(frozen=True)
class TestAccount:
    """An account with a root user alone, reached by the profile of its name."""

    __test__ = False

    aws: LocalAws
    name: str
    id: str
    environment: dict[str, str]

    @property
    def iam(self) -> Any:
        """A boto3 client, to set up and to look."""
        return boto3.client(
            "iam",
            region_name="us-east-1",
            endpoint_url=self.aws.url,
            aws_access_key_id=f"AKIALOCL{self.id}",
            aws_secret_access_key="any",
        )

    @property
    def backend(self) -> Any:
        """What moto keeps of the account's IAM, passwords and seeds included."""
        return self.aws.backend(self.id)

    @property
    def calls(self) -> list[str]:
        """The actions that were called in this account, in their order."""
        return [call.action for call in self.aws.log.calls if call.account_id == self.id]

    def run_module(self, module: str, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        """Run a module of this collection in a process of its own, as ansible does, and return its result."""
        arguments = {
            "profile": self.name,
            **options,
            "_ansible_check_mode": check_mode,
            "_ansible_diff": True,
        }
        done = subprocess.run(
            [sys.executable, "-c", _RUN_MODULE, str(PROJECT / "collections"), module],
            input=json.dumps(arguments),
            env=clean_environment(self.environment),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return json.loads(done.stdout)


def open_accounts(aws: LocalAws, folder: Path, *names: str, organisation: bool = False) -> dict[str, TestAccount]:
    """Open one account for each name, whose root user has MFA."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) + 1
    ids = {name: f"{worker}{next(_numbers):011}" for name in names}
    config = folder / "aws-config"
    aws.write_config(config, ids, organisation=organisation)
    for account_id in ids.values():
        aws.set_root(account_id, mfa=True)
    environment = aws.environment(config)
    return {name: TestAccount(aws, name, account_id, environment) for name, account_id in ids.items()}


@pytest.fixture
def account(aws: LocalAws, tmp_path: Path) -> TestAccount:
    """One account, `general`."""
    return open_accounts(aws, tmp_path, "general")["general"]


@dataclass(frozen=True)
class Bootstrap:
    """The two accounts of the inventory, and the operator who bootstraps them."""

    general: TestAccount
    production: TestAccount
    operator: Operator

    @property
    def handover(self) -> Path:
        """The handover of both."""
        return self.operator.directory / "handover"


@pytest.fixture(params=["organisation", "own keys"])
def both_ways(request: pytest.FixtureRequest, aws: LocalAws, tmp_path: Path) -> Bootstrap:
    """General and production, of one organisation, and as two accounts that know nothing of each other."""
    return _bootstrap(aws, tmp_path, organisation=request.param == "organisation")


@pytest.fixture
def bootstrap(aws: LocalAws, tmp_path: Path) -> Bootstrap:
    """General and production, of one organisation."""
    return _bootstrap(aws, tmp_path, organisation=True)


def _bootstrap(aws: LocalAws, folder: Path, organisation: bool) -> Bootstrap:
    accounts = open_accounts(aws, folder, "general", "production", organisation=organisation)
    operator = bootstrap_of(accounts.values(), folder)
    return Bootstrap(accounts["general"], accounts["production"], operator)


def bootstrap_of(accounts: Collection[TestAccount], folder: Path, **host_variables: Any) -> Operator:
    """Return an operator whose inventory has the accounts, as they are or with other variables."""
    inventory = folder / "inventory.yml"
    hosts = {
        account.name: {"aws_profile": account.name, "aws_account_id": account.id, **host_variables}
        for account in accounts
    }
    variables = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    inventory.write_text(json.dumps({"aws_accounts": {"hosts": hosts, "vars": variables}}))
    environment = next(iter(accounts)).environment
    return Operator(folder, {**environment, "ANSIBLE_INVENTORY": str(inventory)})
