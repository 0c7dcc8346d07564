# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The local AWS in a process of its own, with as many accounts as a benchmark needs."""

from __future__ import annotations

import multiprocessing
from collections import Counter
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType
from typing import Any

import boto3

from tests.local_aws import faults
from tests.local_aws.calls import Call
from tests.local_aws.organization import Organization
from tests.local_aws.server import LocalAws

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
USER = "iamadmin"


class Aws:
    """Use as a context manager. `accounts` of them (id by name) are reached from the first one by a role.

    They are an organisation that the first one manages, in units of at most a hundred. Each root user has MFA, and each
    call is answered `latency` seconds later. `folder` gets the AWS config file.
    """

    def __init__(self, folder: Path, accounts: int, latency: float) -> None:
        self.accounts = {f"account{number:03}": f"2{number:011}" for number in range(1, accounts + 1)}
        self._folder = folder
        self._latency = latency

    def __enter__(self) -> Aws:
        spawn = multiprocessing.get_context("spawn")
        self._pipe, theirs = spawn.Pipe()
        arguments = (self._folder / "config", self.accounts, self._latency, theirs)
        self._process = spawn.Process(target=_serve, args=arguments, daemon=True)
        self._process.start()
        self.environment: dict[str, str] = self._pipe.recv()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._pipe.send(("stop",))
        self._process.join()

    def calls(self) -> Counter[str]:
        """Return how often each action was called since this was asked last."""
        answer: Counter[str] = self._ask("calls")
        return answer

    def misbehave(self, throttled: float, refused: Collection[str] = ()) -> None:
        """From now on throttle this share of all calls, and refuse whatever is asked in these accounts."""
        self._ask("misbehave", throttled, list(refused))

    def throttled(self) -> int:
        """Return how many calls were throttled since it was told to misbehave."""
        return int(self._ask("throttled"))

    def _ask(self, method: str, *arguments: Any) -> Any:
        self._pipe.send((method, *arguments))
        return self._pipe.recv()

    def judge(self) -> None:
        """Raise AssertionError unless each account has its administrator, with all that belongs to it and no more."""
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(self._judge, self.accounts.values()))
        self.calls()

    def _judge(self, account_id: str) -> None:
        iam = boto3.Session().client(
            "iam",
            region_name="us-east-1",
            endpoint_url=self.environment["AWS_ENDPOINT_URL"],
            aws_access_key_id=f"AKIALOCL{account_id}",
            aws_secret_access_key="any",
        )
        name: dict[str, Any] = {"UserName": USER}
        policies = iam.list_attached_user_policies(**name)["AttachedPolicies"]
        assert [policy["PolicyArn"] for policy in policies] == [ADMINISTRATOR]
        devices = [device["SerialNumber"] for device in iam.list_mfa_devices(**name)["MFADevices"]]
        assert devices == [f"arn:aws:iam::{account_id}:mfa/{USER}"]
        assert len(iam.list_virtual_mfa_devices()["VirtualMFADevices"]) == 1
        assert iam.get_login_profile(**name)["LoginProfile"]["PasswordResetRequired"]


def _serve(config: Path, accounts: dict[str, str], latency: float, pipe: Connection) -> None:
    with LocalAws() as aws:
        aws.write_config(config, accounts, organisation=True)
        _open_organization(accounts)
        for account_id in accounts.values():
            aws.set_root(account_id, mfa=True)
        if latency:
            aws.log.intercept = faults.latency(latency)
        pipe.send(aws.environment(config))
        there = _There(aws)
        while (message := pipe.recv())[0] != "stop":
            method, *arguments = message
            pipe.send(getattr(there, method)(*arguments))


class _There:
    """What the process of the local AWS does for the one of the benchmark."""

    def __init__(self, aws: LocalAws) -> None:
        self._aws = aws
        self._met: list[Call] = []

    def calls(self) -> Counter[str]:
        found = Counter(call.action for call in self._aws.log.calls)
        self._aws.log.calls.clear()
        return found

    def misbehave(self, throttled: float, refused: Collection[str]) -> None:
        throttle, self._met = faults.now_and_then(throttled, faults.THROTTLING)
        refuse = faults.refusal("AccessDenied", "Denied by a service control policy.", "403 Forbidden")

        def misbehave(call: Call) -> None:
            throttle(call)
            if call.account_id in refused:
                refuse(call)

        self._aws.log.intercept = misbehave

    def throttled(self) -> int:
        return len(self._met)


def _open_organization(accounts: dict[str, str]) -> None:
    (management, management_id), *members = accounts.items()
    organization = Organization(management_id, management)
    for start in range(0, len(members), 100):
        unit = organization.unit(f"Unit{start // 100}")
        for name, account_id in members[start : start + 100]:
            organization.account(name, unit, account_id=account_id)
