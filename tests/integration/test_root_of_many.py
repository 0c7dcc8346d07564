# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""playbooks/secure_root.yml on an organisation whose root users are in every state there is."""

from __future__ import annotations

import re
import threading
from collections import Counter
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cases import attached, enabled_device, password, user
from tests.integration.conftest import TestAccount, bootstrap_of
from tests.integration.tenants import ADMINISTRATOR, Tenant, open_tenant
from tests.local_aws import faults
from tests.local_aws.calls import READS, Call
from tests.local_aws.organization import Organization
from tests.local_aws.server import LocalAws
from tests.operator import Operator, ansible, kill_tree
from tests.processes import PROJECT

KINDS = ("password", "access_keys", "signing_certificates", "mfa")
STATES = {
    "-".join(kind for kind, is_there in zip(KINDS, there, strict=True) if is_there) or "nothing": there
    for there in product([True, False], repeat=4)
}
# Whose root users keep what they have, and what is said of it
KEPT = {
    "suspended": "may not be an active member of the organisation",
    "denied": '{"Null": {"aws:AssumedRoot": "true"}}',
    "unprotected": "there is no administrator iamadmin yet who can sign in with MFA",
    "nobody": "there is no administrator iamadmin yet who can sign in with MFA",
}
SAMPLE = ("password-access_keys-signing_certificates-mfa", "mfa", "nothing")


def organisation(aws: LocalAws, folder: Path, *names: str) -> Tenant:
    """Open members whose root users are in the states of their names."""
    tenant = open_tenant(aws, folder, *names)
    tenant.trust()
    for name, account in tenant.members.items():
        tenant.root(account).set(**dict(zip(KINDS, STATES.get(name, (True, True, True, True)), strict=True)))
        given = [user(), attached(ADMINISTRATOR), enabled_device(), password()]
        for step in {"unprotected": [given[0], given[1], given[3]], "nobody": []}.get(name, given):
            step(account)
    if "denied" in tenant.members:
        tenant.root(tenant.members["denied"]).is_denied = True
    if "suspended" in tenant.members:
        backend: Any = Organization.of(tenant.management.id)._backend
        closed = next(one for one in backend.accounts if one.id == tenant.members["suspended"].id)
        closed.state = "SUSPENDED"
    return tenant


@pytest.fixture(params=[SAMPLE, pytest.param(tuple(STATES), marks=pytest.mark.long)], ids=["a sample", "all"])
def tenant(request: pytest.FixtureRequest, aws: LocalAws, tmp_path: Path) -> Tenant:
    return organisation(aws, tmp_path, *request.param, *KEPT)


def command(*arguments: str) -> list[str]:
    playbook = str(PROJECT / "playbooks" / "secure_root.yml")
    return [*ansible("playbook"), playbook, "-e", "iam_admin_root=absent", *arguments]


def operator_of(tenant: Tenant, folder: Path) -> Operator:
    return bootstrap_of([*tenant.members.values()], folder)


def run(operator: Operator, *arguments: str) -> tuple[int, str]:
    done = operator.run(*command(*arguments))
    return done.returncode, done.stdout


def states(tenant: Tenant) -> dict[str, dict[str, int]]:
    return {name: dict(tenant.root(account).summary) for name, account in tenant.members.items()}


def changed(said: str) -> set[str]:
    """Return the hosts of which the recap says that something was changed, or would be."""
    return {host for host, count in re.findall(r"^(\S+) +: .*changed=(\d+)", said, re.MULTILINE) if int(count)}


def calls_of(tenant: Tenant, account: TestAccount, start: int = 0) -> Counter[str]:
    """Return what was asked for an account: of it, and of the management account, which tells one from another."""
    log = tenant.management.aws.log.calls[start:]
    return Counter(call.action for call in log if call.account_id == account.id)


def assert_done(tenant: Tenant, before: dict[str, dict[str, int]]) -> None:
    """Nobody has a root credential but those who keep them."""
    after = states(tenant)
    assert {name: state for name, state in after.items() if name in KEPT} == {
        name: state for name, state in before.items() if name in KEPT
    }
    assert {name for name, state in after.items() if any(state.values())} == {*KEPT} & {*tenant.members}


def test_one_run_foretells_one_does_it_and_a_third_changes_nothing(tenant: Tenant, tmp_path: Path) -> None:
    operator, before = operator_of(tenant, tmp_path), states(tenant)
    code, foretold = run(operator, "--check", "--diff")
    assert code == 2
    assert states(tenant) == before
    code, done = run(operator)
    assert code == 2
    told = " ".join(done.split())
    for sentence in KEPT.values():
        assert sentence in told
    assert changed(foretold) == changed(done) == {*tenant.members} - {*KEPT, "nothing"}
    assert_done(tenant, before)
    code, again = run(operator)
    assert (code, changed(again)) == (2, set())
    assert_done(tenant, before)
    code, rest = run(operator, "-l", ",".join(f"!{name}" for name in KEPT))
    assert (code, changed(rest)) == (0, set()), rest


def test_a_fifth_of_the_calls_is_throttled(tenant: Tenant, tmp_path: Path) -> None:
    operator, before = operator_of(tenant, tmp_path), states(tenant)
    tenant.management.aws.log.intercept, met = faults.now_and_then(0.2, faults.THROTTLING, seed=5)
    try:
        code, said = run(operator)
    finally:
        tenant.management.aws.log.reset()
    assert code == 2
    assert "Throttling" not in said, said
    assert "AssumeRoot" in {call.action for call in met}
    assert_done(tenant, before)


# Killed


def number_of_calls(aws: LocalAws, folder: Path) -> int:
    tenant = organisation(aws, folder, SAMPLE[0])
    start = len(aws.log.calls)
    assert run(operator_of(tenant, folder))[0] == 0
    calls = aws.log.calls[start:]
    return max(number for number, call in enumerate(calls, 1) if not call.action.startswith((*READS, "Assume")))


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.long)], ids=["some calls", "each call"])
def test_a_run_that_is_killed_leaves_no_password_without_mfa_and_the_next_one_finishes(
    aws: LocalAws, tmp_path: Path, every: int
) -> None:
    (tmp_path / "first").mkdir()
    last = number_of_calls(aws, tmp_path / "first")
    assert last > 12
    for number in range(1, last + 1, every):
        folder = tmp_path / str(number)
        folder.mkdir()
        tenant = organisation(aws, folder, SAMPLE[0])
        operator = operator_of(tenant, folder)
        reached, gone = threading.Event(), threading.Event()

        def stop(_call: Call, reached: threading.Event = reached, gone: threading.Event = gone) -> None:
            reached.set()
            gone.wait(30)

        at = faults.At({tenant.management.id, tenant.member.id}, number, stop)
        aws.log.intercept = at.intercept
        with operator.spawn(command()) as terminal:
            assert reached.wait(60), terminal.shown
            kill_tree(terminal.process.pid)
            gone.set()
        aws.log.reset()
        left = tenant.root().summary
        assert not (left["AccountPasswordPresent"] and not left["AccountMFAEnabled"]), number
        code, said = run(operator)
        assert code == 0, (number, said)
        assert not any(tenant.root().summary.values()), number
