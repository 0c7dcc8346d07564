# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""playbooks/secure_root.yml: members by API, and what no API does by a person."""

from __future__ import annotations

import json
from pathlib import Path

import pexpect
import pytest

from tests.integration.cases import attached, enabled_device, password, user
from tests.integration.conftest import ON_BOTH_TERMINALS, TestAccount, bootstrap_of
from tests.integration.tenants import ADMINISTRATOR, Tenant, open_tenant
from tests.local_aws.server import LocalAws
from tests.operator import Operator, ansible, without_colours
from tests.processes import PROJECT

PLAYBOOK = "playbooks/secure_root.yml"
ABSENT = ("-e", "iam_admin_root=absent")
QUESTION = "Press Enter when that is done to check again, or type stop to leave it:"


def an_administrator(account: TestAccount) -> None:
    for given in (user(), attached(ADMINISTRATOR), enabled_device(), password()):
        given(account)


@pytest.fixture
def tenant(aws: LocalAws, tmp_path: Path) -> Tenant:
    tenant = open_tenant(aws, tmp_path, "production")
    tenant.trust()
    for account in (tenant.management, tenant.member):
        an_administrator(account)
    return tenant


def operator_of(tenant: Tenant, folder: Path, *, only_members: bool = False) -> Operator:
    accounts = [*([] if only_members else [tenant.management]), *tenant.members.values()]
    return bootstrap_of(accounts, folder)


def run(operator: Operator, *arguments: str) -> tuple[int, str]:
    """Run the playbook without a terminal."""
    done = operator.run(*ansible("playbook"), str(PROJECT / PLAYBOOK), *arguments)
    return done.returncode, done.stdout


def is_bare(account: TestAccount) -> bool:
    return not any(account.backend.root.summary.values())


def test_members_lose_their_root_credentials_by_api_and_end_secure(tenant: Tenant, tmp_path: Path) -> None:
    tenant.root().set(access_keys=True, signing_certificates=True, mfa=False)
    operator = operator_of(tenant, tmp_path, only_members=True)
    code, said = run(operator, "--check", *ABSENT)
    assert (code, is_bare(tenant.member)) == (0, False), said
    code, said = run(operator, *ABSENT)
    assert (code, is_bare(tenant.member)) == (0, True), said
    assert "production (" in said
    assert ": SECURE" in said
    code, said = run(operator, *ABSENT)
    assert (code, "changed=0" in said) == (0, True), said


def test_nothing_is_deleted_unless_that_is_asked_for(tenant: Tenant, tmp_path: Path) -> None:
    tenant.root().set(mfa=False)
    before = dict(tenant.root().summary)
    code, said = run(operator_of(tenant, tmp_path, only_members=True))
    assert (code, tenant.root().summary) == (2, before)
    assert "production: to secure its root user set iam_admin_root to absent, or have a person do this:" in said
    assert (
        "note root_deleted: The root user has a password, which stay until the organisation deletes them"
        in " ".join(said.split())
    )


@pytest.mark.parametrize("value", ["abesnt", "", "true"])
def test_another_word_than_absent_deletes_nothing(tenant: Tenant, tmp_path: Path, value: str) -> None:
    before = dict(tenant.root().summary)
    code, said = run(operator_of(tenant, tmp_path, only_members=True), "-e", f"iam_admin_root={value}")
    assert (code, tenant.root().summary) == (2, before)
    assert "iam_admin_root" in said


def test_a_member_whose_administrator_has_no_mfa_is_left_alone(tenant: Tenant, tmp_path: Path) -> None:
    (serial,) = (one["SerialNumber"] for one in tenant.member.iam.list_mfa_devices(UserName="iamadmin")["MFADevices"])
    tenant.member.iam.deactivate_mfa_device(UserName="iamadmin", SerialNumber=serial)
    before = dict(tenant.root().summary)
    code, said = run(operator_of(tenant, tmp_path, only_members=True), *ABSENT)
    assert (code, tenant.root().summary) == (2, before)
    told = (
        f"The root user of account {tenant.member.id} keeps its credentials, as there is no administrator iamadmin yet"
    )
    assert told in " ".join(said.split())


@pytest.mark.parametrize("arguments", [(), ("--check",)])
def test_without_a_terminal_it_says_what_is_left_for_a_person_and_fails(
    tenant: Tenant, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    tenant.management.backend.root.set(mfa=False, access_keys=True)
    code, said = run(operator_of(tenant, tmp_path), *ABSENT, *arguments)
    assert code == 2
    assert "general: to secure its root user a person has to do this:" in said
    said = " ".join(said.split())
    assert "1. Sign in at https://console.aws.amazon.com/ with Root user, and the e-mail address of account " in said
    assert tenant.management.id in said
    assert "choose Assign MFA device" in said
    assert "4. Under Access keys look at Access key last used." in said
    assert "X.509" not in said
    assert "FAIL root_mfa: The root user has no MFA: sign in as root" in said
    assert is_bare(tenant.member) is not bool(arguments)


@ON_BOTH_TERMINALS
def test_a_person_is_led_and_what_they_did_is_read_again(tenant: Tenant, tmp_path: Path, size: tuple[int, int]) -> None:
    root = tenant.management.backend.root
    root.set(mfa=False, access_keys=True)
    operator = operator_of(tenant, tmp_path)
    operator.columns, operator.rows = size
    with operator.spawn([*ansible("playbook"), str(PROJECT / PLAYBOOK), *ABSENT]) as terminal:
        terminal.expect_exact(QUESTION)
        root.set(mfa=True)
        terminal.type("")
        terminal.expect_exact(QUESTION)
        again = without_colours(terminal.before)
        assert "Assign MFA device" not in again
        assert "3. Under Access keys" in again
        root.set(access_keys=False)
        terminal.type("")
        terminal.expect(pexpect.EOF)
        assert terminal.process.wait(operator.timeout) == 0, terminal.shown
        lines = without_colours(terminal.shown).splitlines()
    assert "2 accounts: 2 secure." in lines
    steps = [line for line in lines if line.startswith("  ")]
    assert max(map(len, steps)) <= size[0]


def test_a_person_may_stop(tenant: Tenant, tmp_path: Path) -> None:
    tenant.management.backend.root.set(mfa=False)
    operator = operator_of(tenant, tmp_path)
    operator.answers = {QUESTION: "stop"}
    code, said = operator.bootstrap(*ABSENT, playbook=PLAYBOOK)
    assert code == 2
    assert operator.asked == [QUESTION]
    assert "2 accounts: 1 not secure, 1 secure; something went wrong in 1." in said


def test_a_root_user_that_signs_in_is_the_callers_and_does_nothing_for_members(tenant: Tenant, tmp_path: Path) -> None:
    tenant.as_root()
    before = dict(tenant.root().summary)
    code, said = run(operator_of(tenant, tmp_path, only_members=True), *ABSENT)
    assert (code, tenant.root().summary) == (2, before)
    assert "AWS gives a root user no root session of another" in " ".join(said.split())


def test_the_policy_for_root_users_is_enough_and_each_action_is_needed(tenant: Tenant) -> None:
    statements = json.loads((PROJECT / "examples" / "root-policy.json").read_text())["Statement"]
    listed = [one["Action"] for one in statements]
    allowed = {action for one in listed for action in ([one] if isinstance(one, str) else one)}
    tenant.management.client("organizations").disable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    tenant.management.iam.disable_organizations_root_sessions()
    tenant.management.iam.disable_organizations_root_credentials_management()
    start = len(tenant.management.aws.log.calls)
    member, named = tenant.member.id, {"administrator": "iamadmin"}
    for account, module, options in (
        (tenant.management, "organizations_root_access", {"delegated_administrators": [member]}),
        (tenant.member, "iam_root_credentials", {"account_id": member, "state": "absent", **named}),
        (tenant.member, "iam_root_credentials", {"account_id": member, "state": "recoverable"}),
        (tenant.management, "organizations_root_access", {"state": "absent"}),
    ):
        assert "failed" not in account.run(module, **options)
    # What is in the way is told, too
    refused = {"account_id": tenant.management.id, "state": "absent", **named}
    assert tenant.management.run("iam_root_credentials", **refused)["by_person"]
    calls = [call for call in tenant.management.aws.log.calls[start:] if call.account_id == tenant.management.id]
    # By a role it reaches the member
    reaches = {"sts:GetCallerIdentity", "sts:AssumeRole"}
    assert {f"{call.service}:{call.action}" for call in calls} - reaches == allowed
