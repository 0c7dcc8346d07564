# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The local AWS, accounts of it that nobody has used before, and the ways to run things against them."""

from __future__ import annotations

import itertools
import json
import os
import shutil
import sys
from collections.abc import Collection, Iterator
from copy import deepcopy
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory, TemporaryFile
from typing import Any

import boto3
import pytest

from tests.local_aws.server import LocalAws, Snapshot
from tests.operator import Operator, clean_environment
from tests.processes import PROJECT, Start, warm_ansible

_numbers = itertools.count(1)


def run_play(
    play: str | dict[str, Any],
    environment: dict[str, str],
    *,
    inventory: str = "localhost,",
    directory: Path = PROJECT,
    check: bool = False,
    plain_modules: bool = False,
) -> list[dict[str, Any]]:
    """Run a play of few tasks in a folder, and return the results of its tasks.

    Only one that is written as YAML can have templates.
    """
    written = isinstance(play, str)
    with TemporaryDirectory() as folder, TemporaryFile("w+") as output, Path(os.devnull).open() as nothing:
        file = Path(folder) / "play.yml"
        file.write_text(play if written else json.dumps(play))
        command = ["play", str(file), inventory, "check" if check else "", "templates" if written else ""]
        files = (nothing.fileno(), output.fileno(), sys.__stderr__.fileno())
        start = Start(command, directory, environment, files, plain_modules=plain_modules)
        assert warm_ansible()(start).wait() == 0, "see its standard error"
        output.seek(0)
        return json.load(output)


@pytest.fixture
def temporary() -> Iterator[Path]:
    """A folder for temporary files that leaves room for the name of a socket, which Unix limits to 107 characters.

    ansible-core 2.21 has one there, and pytest's own folders have long names.
    """
    with TemporaryDirectory(prefix="temporary-") as folder:
        yield Path(folder)


@pytest.fixture(scope="session")
def aws() -> Iterator[LocalAws]:
    """A server that this test process has for itself."""
    with LocalAws() as server:
        yield server


@lru_cache(maxsize=1)
def _client(url: str, account_id: str, service: str = "iam") -> Any:
    return boto3.client(
        service,
        region_name="us-east-1",
        endpoint_url=url,
        aws_access_key_id=f"AKIALOCL{account_id}",
        aws_secret_access_key="any",
    )


@dataclass(frozen=True)
class TestAccount:
    """An account with a root user alone, reached by the profile of its name."""

    __test__ = False

    aws: LocalAws
    name: str
    id: str
    environment: dict[str, str]
    in_process: bool = True
    plain_modules: bool = False

    @property
    def iam(self) -> Any:
        """A boto3 client, to set up and to look."""
        return _client(self.aws.url, self.id)

    def client(self, service: str) -> Any:
        """A boto3 client of another service."""
        return _client(self.aws.url, self.id, service)

    @property
    def backend(self) -> Any:
        """What moto keeps of the account's IAM, passwords and seeds included."""
        return self.aws.backend(self.id)

    @property
    def calls(self) -> list[str]:
        """The actions that were called in this account, in their order."""
        return [call.action for call in self.aws.log.calls if call.account_id == self.id]

    def run(self, module: str, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        """Run a module of this collection as a task of ansible, and return its result. None is left out."""
        said = {name: value for name, value in {"profile": self.name, **options}.items() if value is not None}
        return self.run_task({f"landing_zone.aws_admin.{module}": said}, check_mode)

    def run_task(self, task: dict[str, Any], check_mode: bool = False, **play: Any) -> dict[str, Any]:
        """Run a task, with all its keywords, in a play with more keywords."""
        whole = {
            "hosts": "localhost",
            "gather_facts": False,
            "vars": {
                "ansible_connection": "local",
                "ansible_pipelining": True,
                "ansible_python_interpreter": sys.executable,
                "iam_admin_in_process": self.in_process,
            },
            "tasks": [task],
            **play,
        }
        (result,) = run_play(
            whole, clean_environment(self.environment), check=check_mode, plain_modules=self.plain_modules
        )
        assert "Traceback" not in json.dumps(result)
        return result


def open_accounts(aws: LocalAws, folder: Path, *names: str, organisation: bool = False) -> dict[str, TestAccount]:
    """Open one account for each name, whose root user has MFA."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0")[2:]) + 1
    ids = {name: f"{worker}{next(_numbers):011}" for name in names}
    return accounts_of(aws, folder, ids, organisation)


def accounts_of(aws: LocalAws, folder: Path, ids: dict[str, str], organisation: bool) -> dict[str, TestAccount]:
    """Return the accounts of these ids, reached by the AWS config file of a folder."""
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


@pytest.fixture(params=[True, False], ids=["in process", "as module"])
def both_ways(request: pytest.FixtureRequest, account: TestAccount) -> TestAccount:
    """One account, whose tasks run in ansible's worker, and as modules."""
    return replace(account, in_process=request.param)


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


# A test that it marks drives a terminal as small as there are, and one that has room for a QR code
ON_BOTH_TERMINALS = pytest.mark.parametrize("size", [(80, 24), (120, 50)], ids=["80x24", "120x50"], indirect=True)


@pytest.fixture
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    """The columns and rows of the operator's terminal."""
    return getattr(request, "param", (160, 60))


@pytest.fixture(params=["organisation", "own keys"])
def both_kinds(request: pytest.FixtureRequest, aws: LocalAws, tmp_path: Path) -> Bootstrap:
    """General and production, of one organisation, and as two accounts that know nothing of each other."""
    return _bootstrap(aws, tmp_path, organisation=request.param == "organisation")


@pytest.fixture
def bootstrap(aws: LocalAws, tmp_path: Path, size: tuple[int, int]) -> Bootstrap:
    """General and production, of one organisation."""
    return _on(size, _bootstrap(aws, tmp_path, organisation=True))


def _on(size: tuple[int, int], bootstrap: Bootstrap) -> Bootstrap:
    bootstrap.operator.columns, bootstrap.operator.rows = size
    return bootstrap


def _bootstrap(aws: LocalAws, folder: Path, organisation: bool) -> Bootstrap:
    return _bootstrap_of(open_accounts(aws, folder, "general", "production", organisation=organisation), folder)


def _bootstrap_of(accounts: dict[str, TestAccount], folder: Path) -> Bootstrap:
    return Bootstrap(accounts["general"], accounts["production"], bootstrap_of(accounts.values(), folder))


class SavedBootstrap:
    """What a bootstrap has left: in AWS, in the handover, and on the operator's phone."""

    def __init__(self, bootstrap: Bootstrap, folder: Path) -> None:
        self._folder = folder
        self._ids = {account.name: account.id for account in (bootstrap.general, bootstrap.production)}
        self._aws = bootstrap.general.aws
        self._snapshot: Snapshot = self._aws.snapshot(self._ids.values())
        self._authenticator = deepcopy(bootstrap.operator.authenticator)
        shutil.copytree(bootstrap.handover, folder)

    def restored(self, folder: Path) -> Bootstrap:
        """Come back to it, in another folder."""
        restored = _bootstrap_of(accounts_of(self._aws, folder, self._ids, organisation=True), folder)
        self._aws.restore(self._snapshot)
        shutil.copytree(self._folder, restored.handover)
        restored.operator.authenticator = deepcopy(self._authenticator)
        return restored


@pytest.fixture(scope="session")
def first_days(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> tuple[SavedBootstrap, SavedBootstrap]:
    """A bootstrap of production alone, and of both, which many tests go on from."""
    folder = tmp_path_factory.mktemp("first-day")
    bootstrap = _bootstrap(aws, folder, organisation=True)
    saved = []
    for accounts in ("production", "all"):
        code, shown = bootstrap.operator.bootstrap("-l", accounts)
        assert code == 0, shown
        saved.append(SavedBootstrap(bootstrap, folder / f"handover-{accounts}"))
    return saved[0], saved[1]


@pytest.fixture
def bootstrapped(first_days: tuple[SavedBootstrap, SavedBootstrap], tmp_path: Path, size: tuple[int, int]) -> Bootstrap:
    """General and production; production as its first day leaves it."""
    return _on(size, first_days[0].restored(tmp_path))


@pytest.fixture
def both_bootstrapped(first_days: tuple[SavedBootstrap, SavedBootstrap], tmp_path: Path) -> Bootstrap:
    """General and production as their first day leaves them."""
    return first_days[1].restored(tmp_path)


def bootstrap_of(accounts: Collection[TestAccount], folder: Path, **host_variables: Any) -> Operator:
    """Return an operator whose inventory has the accounts, as they are or with other variables; None leaves one out."""
    inventory = folder / "inventory.yml"
    hosts = {
        account.name: {name: value for name, value in said.items() if value is not None}
        for account in accounts
        for said in [{"aws_profile": account.name, "aws_account_id": account.id, **host_variables}]
    }
    variables = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    inventory.write_text(json.dumps({"aws_accounts": {"hosts": hosts, "vars": variables}}))
    environment = next(iter(accounts)).environment
    return Operator(folder, {**environment, "ANSIBLE_INVENTORY": str(inventory)}, starter=warm_ansible())
