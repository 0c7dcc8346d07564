# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing judged is no success: a run without an account fails, whatever the reason, and whatever configuration."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.conftest import Bootstrap
from tests.operator import PROJECT, ansible

PLAYBOOKS = ["bootstrap.yml", "playbooks/check.yml", "playbooks/show_qr.yml"]


@pytest.fixture(params=[True, False], ids=["of the clone", "none"])
def anywhere(request: pytest.FixtureRequest, bootstrap: Bootstrap) -> Bootstrap:
    """An operator with the configuration of the clone, or with one that says nothing but where collections are."""
    if not request.param:
        config = bootstrap.operator.directory / "ansible.cfg"
        config.write_text(f"[defaults]\ncollections_path = {PROJECT / 'collections'}\n")
        bootstrap.operator.environment = {**bootstrap.operator.environment, "ANSIBLE_CONFIG": str(config)}
    return bootstrap


def assert_refused(bootstrap: Bootstrap, playbook: str, *arguments: str, said: str) -> None:
    """Run a playbook, which is to fail with a sentence, and to ask AWS for nothing."""
    done = bootstrap.operator.run(*ansible("playbook"), str(PROJECT / playbook), *arguments)
    told = " ".join(done.stdout.split())
    assert (done.returncode != 0, said in told, "Traceback" in told) == (True, True, False), done.stdout
    assert bootstrap.general.calls == bootstrap.production.calls == []


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_another_inventory_has_no_account(anywhere: Bootstrap, playbook: str) -> None:
    other = anywhere.operator.directory / "other.yml"
    other.write_text(json.dumps({"others": {"hosts": {"web": {}}}}))
    said = f"There is no account here: no host of the inventory {other} matches aws_accounts. Name another inventory"
    assert_refused(anywhere, playbook, "-i", str(other), said=said)


@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_no_inventory_has_no_account(anywhere: Bootstrap, playbook: str) -> None:
    environment = dict(anywhere.operator.environment)
    del environment["ANSIBLE_INVENTORY"]
    anywhere.operator.environment = {**environment, "ANSIBLE_CONFIG": environment.get("ANSIBLE_CONFIG", "")}
    empty = anywhere.operator.directory / "empty"
    empty.mkdir()
    done = anywhere.operator.run(*ansible("playbook"), str(PROJECT / playbook), "-i", str(empty))
    assert done.returncode != 0, done.stdout
    assert anywhere.general.calls == []


def test_targets_that_match_nothing_are_refused(anywhere: Bootstrap) -> None:
    said = "matches staging. Name another inventory with -i, or its hosts in iam_admin_targets."
    assert_refused(anywhere, "playbooks/check.yml", "-e", "iam_admin_targets=staging", said=said)


def test_a_limit_that_leaves_out_every_account_is_refused(anywhere: Bootstrap) -> None:
    other = anywhere.operator.directory / "other.yml"
    other.write_text(json.dumps({"others": {"hosts": {"web": {}}}}))
    inventories = ("-i", anywhere.operator.environment["ANSIBLE_INVENTORY"], "-i", str(other))
    said = "--limit web leaves out every account: aws_accounts is general, production."
    assert_refused(anywhere, "playbooks/check.yml", *inventories, "-l", "web", said=said)


def test_a_good_inventory_hides_no_broken_one(anywhere: Bootstrap) -> None:
    folder = anywhere.operator.directory / "inventory"
    folder.mkdir()
    (folder / "good.yml").write_text(Path(anywhere.operator.environment["ANSIBLE_INVENTORY"]).read_text())
    (folder / "broken.yml").write_text("not: [an: inventory")
    said = "broken.yml"
    assert_refused(anywhere, "playbooks/check.yml", "-i", str(folder), said=said)
    (folder / "broken.yml").unlink()
    done = anywhere.operator.run(*ansible("playbook"), str(PROJECT / "playbooks/check.yml"), "-i", str(folder))
    assert "general is not secure." in " ".join(done.stdout.split())


def test_a_syntax_check_needs_no_inventory(anywhere: Bootstrap) -> None:
    done = anywhere.operator.run(*ansible("playbook"), str(PROJECT / "bootstrap.yml"), "--syntax-check", "-i", "web,")
    assert done.returncode == 0, done.stdout
