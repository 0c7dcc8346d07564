# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory of an organisation, as ansible-inventory and a playbook see it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import TestAccount, open_accounts
from tests.local_aws import faults
from tests.local_aws.calls import Call, RefusedError
from tests.local_aws.organization import Organization
from tests.local_aws.server import LocalAws
from tests.operator import PROJECT, Operator, ansible

PAGE = 20  # as many accounts as AWS Organizations gives at once


@dataclass
class Tenant:
    """An organisation, whose management account is reached by the profile `general`, and who works there."""

    management: TestAccount
    organization: Organization
    operator: Operator

    def inventory(self, *arguments: str, **options: Any) -> str:
        """Return what ansible-inventory prints for a configuration."""
        self.configure(**options)
        done = self.operator.run(*ansible("inventory"), *arguments)
        assert "Traceback" not in done.stdout
        return done.stdout

    def listed(self, **options: Any) -> dict[str, Any]:
        """Return the hosts with their variables, and the groups."""
        return json.loads(self.inventory("--list", **options), object_hook=trusted)

    def configure(self, **options: Any) -> None:
        """Write the configuration."""
        config = yaml.safe_load((PROJECT / "examples" / "aws_organizations.yml").read_text())
        Path(self.operator.environment["ANSIBLE_INVENTORY"]).write_text(json.dumps({**config, **options}))


@pytest.fixture
def tenant(aws: LocalAws, tmp_path: Path) -> Iterator[Tenant]:
    """An organisation with a management account alone."""
    management = open_accounts(aws, tmp_path, "general")["general"]
    file = tmp_path / "aws_organizations.yml"
    operator = Operator(tmp_path, {**management.environment, "ANSIBLE_INVENTORY": str(file)})
    yield Tenant(management, Organization(management.id, "general"), operator)
    aws.log.reset()


def trusted(read: dict[str, Any]) -> Any:
    """Return what ansible marks as no template of its own, without the mark."""
    return read.get("__ansible_unsafe", read)


def calls(tenant: Tenant, start: int) -> list[str]:
    """The calls to the organisation since."""
    return [call.action for call in tenant.management.aws.log.calls[start:] if call.service == "organizations"]


def paths(graph: str) -> dict[str, tuple[str, ...]]:
    """By host, the groups of units that lead to it in a drawing of ansible-inventory."""
    found: dict[str, tuple[str, ...]] = {}
    above: list[str] = []
    for line in graph.splitlines():
        match = re.fullmatch(r"([ |-]*)(@?)([^:]+):?", line)
        assert match, line
        depth = match[1].count("|")
        above[depth:] = [match[3]]
        if not match[2] and above[1].startswith("ou_"):
            found[match[3]] = tuple(above[1:-1])
    return found


def test_accounts_are_hosts_in_the_groups_of_their_units(tenant: Tenant) -> None:
    workloads = tenant.organization.unit("Workloads")
    production = tenant.organization.unit("Production", workloads)
    account_id = tenant.organization.account("Acme Shop", production)
    tenant.organization.account("sandbox")
    listed = tenant.listed()
    assert listed["_meta"]["hostvars"]["Acme-Shop"] == {
        "ansible_connection": "local",
        "ansible_python_interpreter": "{{ ansible_playbook_python }}",
        "aws_account_id": account_id,
        "aws_account_name": "Acme Shop",
        "aws_account_status": "ACTIVE",
        "aws_assume_role_arn": f"arn:aws:iam::{account_id}:role/OrganizationAccountAccessRole",
        "aws_ou_path": "/Workloads/Production",
        "aws_profile": "general",
    }
    assert "aws_assume_role_arn" not in listed["_meta"]["hostvars"]["general"]
    assert listed["aws_accounts"]["hosts"] == ["general", "sandbox", "Acme-Shop"]
    assert paths(tenant.inventory("--graph")) == {
        "general": ("ou_Root",),
        "sandbox": ("ou_Root",),
        "Acme-Shop": ("ou_Root", "ou_Workloads", "ou_Workloads_Production"),
    }


def test_accounts_that_are_not_active_are_left_out_unless_they_are_asked_for(tenant: Tenant) -> None:
    tenant.organization.account("old", status="SUSPENDED")
    tenant.organization.account("new", status="PENDING_ACTIVATION")
    assert tenant.listed()["aws_accounts"]["hosts"] == ["general"]
    assert tenant.listed(statuses=["SUSPENDED"])["aws_accounts"]["hosts"] == ["old"]
    assert tenant.listed(statuses=["all"])["aws_accounts"]["hosts"] == ["general", "old", "new"]


def test_tags_and_addresses_are_there_where_they_are_asked_for(tenant: Tenant) -> None:
    tenant.organization.account("shop", environment="production", team="web")
    start = len(tenant.management.aws.log.calls)
    listed = tenant.listed(
        include_tags=True,
        include_email=True,
        keyed_groups=[{"key": "aws_account_tags.team | default('nobody')", "prefix": "team"}],
        groups={"shops": "'shop' in inventory_hostname"},
        compose={"iam_admin_account_alias": "'acme-' ~ inventory_hostname"},
    )
    assert calls(tenant, start).count("ListTagsForResource") == 2
    shop = listed["_meta"]["hostvars"]["shop"]
    assert shop["aws_account_tags"] == {"environment": "production", "team": "web"}
    assert shop["aws_account_email"] == "1@example.com"
    assert shop["iam_admin_account_alias"] == "acme-shop"
    for group in ("tag_environment_production", "tag_team_web", "team_web", "shops"):
        assert listed[group]["hosts"] == ["shop"]
    assert listed["team_nobody"]["hosts"] == ["general"]
    assert "aws_account_email" not in tenant.listed()["_meta"]["hostvars"]["shop"]


def test_a_cache_saves_the_calls_and_keeps_no_address(tenant: Tenant) -> None:
    tenant.organization.account("shop")
    cache = {"cache": True, "cache_plugin": "ansible.builtin.jsonfile", "cache_connection": "cache"}
    listed = tenant.listed(**cache)
    start = len(tenant.management.aws.log.calls)
    assert tenant.listed(**cache) == listed
    assert calls(tenant, start) == []
    assert "example.com" not in "".join(file.read_text() for file in (tenant.operator.directory / "cache").iterdir())
    # What was kept has no tags
    assert tenant.listed(**cache, include_tags=True)["_meta"]["hostvars"]["shop"]["aws_account_tags"] == {}
    tenant.organization.account("another")
    assert "another" in tenant.inventory("--graph", "--flush-cache", **cache)


@pytest.mark.parametrize(
    ("action", "code", "sentence"),
    [
        (
            "ListAccountsForParent",
            "AccessDeniedException",
            "The credentials lack the permission organizations:ListAccountsForParent: use others, or have it granted.",
        ),
        (
            "DescribeOrganization",
            "AWSOrganizationsNotInUseException",
            "Use the credentials of an account that manages an organization.",
        ),
    ],
)
def test_what_cannot_be_read_is_said_in_one_sentence(tenant: Tenant, action: str, code: str, sentence: str) -> None:
    def refuse(call: Call) -> None:
        if call.action == action:
            raise RefusedError(code, "No")

    tenant.management.aws.log.intercept = refuse
    assert sentence[:-1] in " ".join(tenant.inventory("--list").split())


@pytest.mark.parametrize(
    "action", ["DescribeOrganization", "ListRoots", "ListAccountsForParent", "ListOrganizationalUnitsForParent"]
)
def test_a_page_in_place_of_accounts_is_no_organisation_without_them(tenant: Tenant, action: str) -> None:
    tenant.management.aws.log.conclude = faults.page_of_network(action)
    said = " ".join(tenant.inventory("--list").split())
    assert f"{action} failed: ResponseParserError: {tenant.management.aws.url} answered, but not as AWS does." in said
    assert "aws_account_id" not in said


@pytest.mark.parametrize("named", [True, False], ids=["in the file", "exported"])
def test_a_profile_of_the_file_wins_over_exported_keys_and_those_over_an_exported_one(
    tenant: Tenant, named: bool
) -> None:
    tenant.configure()
    file = Path(tenant.operator.environment["ANSIBLE_INVENTORY"])
    exported = {"AWS_ACCESS_KEY_ID": "AKIALOCL999999999999", "AWS_SECRET_ACCESS_KEY": "any"}
    if not named:
        config = {name: value for name, value in json.loads(file.read_text()).items() if name != "profile"}
        file.write_text(json.dumps(config))
        exported |= {"AWS_PROFILE": "general", "AWS_ACCESS_KEY_ID": f"AKIALOCL{tenant.management.id}"}
    tenant.operator.environment = {**tenant.operator.environment, **exported}
    shown = tenant.operator.run(*ansible("inventory"), "--list").stdout
    assert tenant.management.id in shown, shown


def test_a_tree_of_a_thousand_accounts_takes_few_calls(tenant: Tenant) -> None:
    units = {"": ()}  # the root; five levels are what AWS allows
    level: Mapping[str, tuple[str, ...]] = units
    for _depth in range(5):
        level = {
            tenant.organization.unit(name, parent): (
                *path,
                f"ou_{'_'.join([*(part.rpartition('_')[2] for part in path), name])}",
            )
            for parent, path in level.items()
            for name in ("a", "b")
        }
        units |= level
    expected = {"general": ("ou_Root",)}
    for number in range(999):
        unit, path = list(units.items())[number % len(units)]
        tenant.organization.account(f"account{number:03}", unit)
        expected[f"account{number:03}"] = ("ou_Root", *path)
    start = len(tenant.management.aws.log.calls)
    graph = tenant.inventory("--graph")
    assert len(calls(tenant, start)) <= 1000 / PAGE + len(units) * 2 + 2
    assert paths(graph) == expected


def test_one_profile_reaches_the_accounts_of_an_organisation(tenant: Tenant) -> None:
    workloads = tenant.organization.unit("Workloads")
    closed = tenant.organization.account("closed", workloads)
    opened = tenant.organization.account("opened", workloads)
    tenant.organization.account("elsewhere")

    def refuse(call: Call) -> None:
        if call.action == "AssumeRole" and next(refusals, False):
            raise RefusedError("AccessDenied", f"User is not authorized to perform: sts:AssumeRole on {closed}")

    tenant.configure()
    refusals = iter([True, False, True])  # the survey asks for each, and then a task for the one that is closed
    tenant.management.aws.log.intercept = refuse
    done = tenant.operator.run(
        *ansible("playbook"), str(PROJECT / "playbooks" / "prepare.yml"), "-l", "ou_Workloads", "--forks", "1"
    )
    assert done.returncode == 2
    said = " ".join(done.stdout.split())
    assert "there is no such role, or it does not trust them: have it granted, or correct the role's ARN." in said
    aws = tenant.management.aws
    assert (list(aws.backend(closed).users), list(aws.backend(opened).users)) == ([], ["iamadmin"])


@pytest.mark.long
def test_one_account_that_fails_leaves_the_others_alone_and_is_taken_again_by_itself(tenant: Tenant) -> None:
    ids = {name: tenant.organization.account(name) for name in ("first", "second", "third")}
    management = tenant.management
    for account_id in ids.values():
        management.aws.set_root(account_id, mfa=True)

    def refuse(call: Call) -> None:
        if call.account_id == ids["second"]:
            raise RefusedError("AccessDenied", "Denied by a service control policy.")

    def bootstrap(*arguments: str) -> tuple[int, list[str]]:
        """Return the exit code, and the accounts that were called."""
        start = len(management.aws.log.calls)
        command = [*ansible("playbook"), str(PROJECT / "bootstrap.yml"), "-e", "iam_admin_enrolment=totp", *arguments]
        done = tenant.operator.run(*command)
        assert "Traceback" not in done.stdout
        called = {call.account_id for call in management.aws.log.calls[start:] if call.service == "iam"}
        return done.returncode, sorted(name for name, id in ids.items() if id in called)

    tenant.configure()
    folder = tenant.operator.directory
    (folder / "password").write_text("correct horse")
    tenant.operator.environment = {
        **tenant.operator.environment,
        "ANSIBLE_RETRY_FILES_ENABLED": "true",
        "ANSIBLE_RETRY_FILES_SAVE_PATH": str(folder),
        "ANSIBLE_VAULT_PASSWORD_FILE": str(folder / "password"),
    }
    management.aws.log.intercept = refuse
    assert bootstrap("-e", "iam_admin_report_dir=report") == (2, ["first", "second", "third"])
    assert [name for name, id in ids.items() if management.aws.backend(id).users] == ["first", "third"]
    assert (folder / "bootstrap.retry").read_text().split() == ["second"]
    report = json.loads((folder / "report" / "report.json").read_text())
    assert [account["name"] for account in report["accounts"] if account["error"]] == ["second"]
    management.aws.log.reset()
    assert bootstrap("--limit", "@bootstrap.retry") == (0, ["second"])
    assert management.aws.backend(ids["second"]).users["iamadmin"].password
