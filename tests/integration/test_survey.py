# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One task reads all accounts, and what holds for a host of its own task holds there: or the host has its own."""

from __future__ import annotations

import json
import re
import sys
from collections import Counter
from typing import Any

import pytest

from tests.integration.conftest import Bootstrap
from tests.integration.test_calls import INFO, OF_ROOT
from tests.operator import PROJECT, ansible

ROLE = "landing_zone.aws_admin.iam_admin"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
CHECK = {"ansible.builtin.import_role": {"name": ROLE, "tasks_from": "check"}}
INCLUDED = {"ansible.builtin.include_role": {"name": ROLE, "tasks_from": "check"}}


def check(bootstrap: Bootstrap, play: dict[str, Any] | None = None, **of_hosts: dict[str, Any]) -> tuple[int, str]:
    """Run a play, by default the role's check, with other variables for some hosts; return exit code and output."""
    operator = bootstrap.operator
    bootstrap.general.aws.log.calls.clear()
    inventory = operator.directory / "inventory.yml"
    hosts = json.loads(inventory.read_text())
    for name, variables in of_hosts.items():
        hosts["aws_accounts"]["hosts"][name] |= variables
    inventory.write_text(json.dumps(hosts))
    playbook = operator.directory / "play.yml"
    whole = {"hosts": "aws_accounts", "gather_facts": False, "tasks": [CHECK], **(play or {})}
    playbook.write_text(json.dumps([whole]))
    done = operator.run(*ansible("playbook"), str(playbook))
    return done.returncode, done.stdout


def tasks_of_their_own(shown: str) -> list[str]:
    """Return the hosts that the survey left out, by what the recap counts: their validation, and that task."""
    counted = dict(re.findall(r"^(\w+) +: ok=(\d)", shown, re.M))
    surplus = {"general": 3}  # the first host has what runs once, too
    return sorted(host for host, count in counted.items() if int(count) > surplus.get(host, 1))


def verdicts(shown: str) -> dict[str, str]:
    return dict(re.findall(r"^(general|production) \(\d+\): (.*?)\r?$", shown, re.M))


SECURE = {"general": "SECURE", "production": "SECURE"}


def test_one_task_reads_them_all(both_bootstrapped: Bootstrap) -> None:
    code, shown = check(both_bootstrapped)
    assert (code, verdicts(shown), tasks_of_their_own(shown)) == (0, SECURE, []), shown
    assert Counter(both_bootstrapped.production.calls) == INFO
    assert Counter(both_bootstrapped.general.calls) == INFO + Counter(["AssumeRole", *OF_ROOT])


@pytest.mark.parametrize("host", ["general", "production"])
@pytest.mark.parametrize(
    "variables",
    [
        {"iam_admin_in_process": False},
        {"ansible_python_interpreter": "/usr/bin/env python3"},
        {"ansible_become": True},
    ],
    ids=["asked for", "another interpreter", "another user"],
)
def test_who_is_not_as_the_first_host_has_a_task_of_its_own(
    both_bootstrapped: Bootstrap, host: str, variables: dict[str, Any]
) -> None:
    _code, shown = check(both_bootstrapped, **{host: variables})
    others = {"general": ["general", "production"], "production": ["production"]}
    assert tasks_of_their_own(shown) == others[host], shown
    assert verdicts(shown)[{"general": "production", "production": "general"}[host]] == "SECURE", shown


@pytest.mark.parametrize("host", ["general", "production"])
@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({"aws_profile": "{{ missing }}"}, "missing"),
        ({"aws_profile": "nobody"}, "nobody"),
        ({"iam_admin_expect": ["nonsense"]}, "nonsense"),
        ({"iam_admin_exceptions": "nonsense"}, "iam_admin_exceptions"),
        ({"aws_account_id": "999999999999"}, "999999999999"),
    ],
    ids=["undefined", "no such profile", "no such check", "of another type", "another account"],
)
def test_what_is_wrong_with_one_account_is_that_ones_alone(
    both_bootstrapped: Bootstrap, host: str, variables: dict[str, Any], why: str
) -> None:
    code, shown = check(both_bootstrapped, **{host: variables})
    (other,) = {"general", "production"} - {host}
    assert code == 2, shown
    assert verdicts(shown).get(other) == "SECURE", shown
    assert why in shown
    recap = dict(re.findall(r"^(\w+) .* failed=(\d)", shown, re.M))
    assert recap == {host: "1", other: "0"}, shown


@pytest.mark.parametrize("host", ["general", "production"])
def test_an_account_whose_options_cannot_be_told_has_a_task_of_its_own(both_bootstrapped: Bootstrap, host: str) -> None:
    """Where the role's variables are not validated first."""
    role = {**CHECK["ansible.builtin.import_role"], "rolespec_validate": False}
    unchecked = {"tasks": [{"ansible.builtin.import_role": role}]}
    _code, shown = check(both_bootstrapped, unchecked, **{host: {"aws_profile": "{{ missing }}"}})
    (other,) = {"general", "production"} - {host}
    assert verdicts(shown) == {other: "SECURE"}, shown
    assert "'missing' is undefined" in shown
    assert "ignored=1" not in shown


def test_a_host_that_a_condition_leaves_out_is_not_read(both_bootstrapped: Bootstrap) -> None:
    code, shown = check(both_bootstrapped, {"tasks": [{**CHECK, "when": "inventory_hostname == 'general'"}]})
    assert (code, verdicts(shown)) == (0, {"general": "SECURE"}), shown
    assert both_bootstrapped.production.calls == []


def test_a_host_that_has_ended_is_not_read(both_bootstrapped: Bootstrap) -> None:
    ended = {"ansible.builtin.meta": "end_host", "when": "inventory_hostname == 'production'"}
    code, shown = check(both_bootstrapped, {"tasks": [ended, CHECK]})
    assert (code, verdicts(shown)) == (0, {"general": "SECURE"}), shown
    assert both_bootstrapped.production.calls == []


@pytest.mark.parametrize("strategy", ["free", "host_pinned"])
def test_where_hosts_are_not_in_step_each_is_read_once(both_bootstrapped: Bootstrap, strategy: str) -> None:
    code, shown = check(both_bootstrapped, {"strategy": strategy})
    assert (code, verdicts(shown)) == (0, SECURE), shown
    assert Counter(both_bootstrapped.production.calls) == INFO


def test_a_role_that_is_included_reads_those_that_include_it(both_bootstrapped: Bootstrap) -> None:
    included = {**INCLUDED, "when": "inventory_hostname == 'general'"}
    code, shown = check(both_bootstrapped, {"tasks": [included]})
    assert (code, verdicts(shown)) == (0, {"general": "SECURE"}), shown
    assert both_bootstrapped.production.calls == []


def test_batches_are_read_one_after_the_other(both_bootstrapped: Bootstrap) -> None:
    code, shown = check(both_bootstrapped, {"serial": 1})
    assert (code, verdicts(shown)) == (0, SECURE), shown
    assert Counter(both_bootstrapped.production.calls) == INFO


def without_profiles(bootstrap: Bootstrap) -> None:
    """Leave it to the play to say how an account is reached."""
    inventory = bootstrap.operator.directory / "inventory.yml"
    hosts = json.loads(inventory.read_text())
    for of_host in hosts["aws_accounts"]["hosts"].values():
        del of_host["aws_profile"]
    inventory.write_text(json.dumps(hosts))


def test_each_host_has_its_own_environment(both_bootstrapped: Bootstrap) -> None:
    """Their profile is in the environment alone; the inventory says none."""
    without_profiles(both_bootstrapped)
    code, shown = check(both_bootstrapped, {"environment": {"AWS_PROFILE": "{{ inventory_hostname }}"}})
    assert (code, verdicts(shown), tasks_of_their_own(shown)) == (0, SECURE, ["production"]), shown
    _code, shown = check(both_bootstrapped, {"environment": {"AWS_PROFILE": "general"}})
    assert verdicts(shown)["production"] == "NOT SECURE", shown
    assert f"Account {both_bootstrapped.general.id}, not {both_bootstrapped.production.id}" in shown
    assert tasks_of_their_own(shown) == [], shown


@pytest.mark.parametrize("of", ["group/landing_zone.aws_admin.aws", "landing_zone.aws_admin.iam_admin_info"])
def test_what_the_play_says_by_default_reaches_each_account(both_bootstrapped: Bootstrap, of: str) -> None:
    without_profiles(both_bootstrapped)
    code, shown = check(both_bootstrapped, {"module_defaults": {of: {"profile": "{{ inventory_hostname }}"}}})
    assert (code, verdicts(shown), tasks_of_their_own(shown)) == (0, SECURE, []), shown
    assert Counter(both_bootstrapped.production.calls) == INFO


FAILS = {"ansible.builtin.fail": {}, "when": "inventory_hostname == 'general'"}


@pytest.mark.parametrize(
    ("tasks", "read"),
    [
        ([{"block": [FAILS, CHECK], "rescue": [{"ansible.builtin.debug": {}}]}], "production"),
        ([{"block": [FAILS], "rescue": [CHECK]}], "general"),
    ],
    ids=["after a rescue", "in a rescue"],
)
def test_who_does_not_come_to_it_is_not_read(both_bootstrapped: Bootstrap, tasks: list[Any], read: str) -> None:
    code, shown = check(both_bootstrapped, {"tasks": tasks})
    assert (code, verdicts(shown).get(read)) == (0, "SECURE"), shown
    (other,) = {"general", "production"} - {read}
    of_a_role = ["AssumeRole", *OF_ROOT]
    assert [call for call in getattr(both_bootstrapped, other).calls if call not in of_a_role] == []


def test_where_the_role_is_for_one_host_no_other_is_read(both_bootstrapped: Bootstrap) -> None:
    check(both_bootstrapped, {"tasks": [{**CHECK, "run_once": True}]})
    assert both_bootstrapped.production.calls == []


def test_who_is_not_to_be_shown_is_not_shown_with_the_first_host(both_bootstrapped: Bootstrap) -> None:
    hidden = {**CHECK, "no_log": "{{ inventory_hostname == 'production' }}"}
    both_bootstrapped.operator.environment = {
        **both_bootstrapped.operator.environment,
        "ANSIBLE_DISPLAY_OK_HOSTS": "true",
        "ANSIBLE_VERBOSITY": "1",
    }
    _code, shown = check(both_bootstrapped, {"tasks": [hidden]})
    assert tasks_of_their_own(shown) == ["production"], shown
    assert f"serial_number: arn:aws:iam::{both_bootstrapped.general.id}:" in shown
    assert f"serial_number: arn:aws:iam::{both_bootstrapped.production.id}:" not in shown


def test_a_timeout_is_of_each_account(both_bootstrapped: Bootstrap) -> None:
    _code, shown = check(both_bootstrapped, {"timeout": 60})
    assert (verdicts(shown), tasks_of_their_own(shown)) == (SECURE, ["general", "production"]), shown


# A bootstrap


BOOTSTRAP = {"ansible.builtin.import_role": {"name": ROLE}}


def drifted(bootstrap: Bootstrap) -> None:
    """Let somebody take what production's administrator may do."""
    bootstrap.production.iam.detach_user_policy(UserName="iamadmin", PolicyArn=ADMINISTRATOR)


def run(bootstrap: Bootstrap, *arguments: str) -> tuple[int, str]:
    bootstrap.general.aws.log.calls.clear()
    done = bootstrap.operator.run(*ansible("playbook"), *arguments)
    return done.returncode, done.stdout


@pytest.mark.parametrize("way", ["playbook", "role"])
def test_what_is_as_it_is_to_be_is_read_once_and_the_rest_is_mended(both_bootstrapped: Bootstrap, way: str) -> None:
    drifted(both_bootstrapped)
    if way == "playbook":
        code, shown = run(both_bootstrapped, str(PROJECT / "bootstrap.yml"))
    else:
        code, shown = check(both_bootstrapped, {"tasks": [BOOTSTRAP]})
    assert (code, verdicts(shown)) == (0, SECURE), shown
    of_production = {"AssumeRole", *OF_ROOT}
    once = Counter(call for call in both_bootstrapped.general.calls if call not in of_production)
    assert once == INFO - Counter(["GetCallerIdentity"])
    assert both_bootstrapped.production.calls.count("AttachUserPolicy") == 1
    assert both_bootstrapped.production.calls.count("GetAccountSummary") == 1
    assert re.search(r"^general .* changed=0 ", shown, re.M), shown
    assert re.search(r"^production .* changed=1 ", shown, re.M), shown


def test_check_mode_and_diff_tell_what_would_be_mended(both_bootstrapped: Bootstrap) -> None:
    drifted(both_bootstrapped)
    _code, shown = run(both_bootstrapped, str(PROJECT / "bootstrap.yml"), "--check", "--diff")
    assert re.search(r"^\+ *- arn:aws:iam::aws:policy/AdministratorAccess", shown, re.M), shown
    assert re.search(r"^production .* changed=1 ", shown, re.M), shown
    assert "AttachUserPolicy" not in both_bootstrapped.production.calls


def test_a_check_that_comes_later_in_the_run_reads_the_account_as_it_is_then(both_bootstrapped: Bootstrap) -> None:
    """Only a bootstrap's own verdict is by what its survey has read."""
    script = both_bootstrapped.operator.directory / "detach.py"
    script.write_text(
        "import boto3\n"
        "iam = boto3.Session(profile_name='production').client('iam', 'us-east-1')\n"
        f"iam.detach_user_policy(UserName='iamadmin', PolicyArn='{ADMINISTRATOR}')\n"
    )
    detach = {"ansible.builtin.command": {"argv": [sys.executable, str(script)]}, "run_once": True}
    code, shown = check(both_bootstrapped, {"tasks": [BOOTSTRAP, detach, CHECK]})
    assert code == 2, shown
    assert re.findall(r"^production \(\d+\): (.*?)\r?$", shown, re.M) == ["SECURE", "NOT SECURE"], shown


@pytest.mark.parametrize("playbook", ["bootstrap.yml", "playbooks/check.yml"])
@pytest.mark.parametrize(
    ("variables", "why"),
    [
        ({"iam_admin_exceptions": "nonsense"}, "iam_admin_exceptions"),
        ({"iam_admin_managed_policies": {"one": "two"}}, "iam_admin_managed_policies"),
        ({"iam_admin_keep_seed": "perhaps"}, "iam_admin_keep_seed"),
        ({"iam_admin_root": "gone"}, "iam_admin_root"),
    ],
)
def test_what_the_role_refuses_is_refused_for_that_account_alone(
    both_bootstrapped: Bootstrap, playbook: str, variables: dict[str, Any], why: str
) -> None:
    inventory = both_bootstrapped.operator.directory / "inventory.yml"
    hosts = json.loads(inventory.read_text())
    hosts["aws_accounts"]["hosts"]["production"] |= variables
    inventory.write_text(json.dumps(hosts))
    code, shown = run(both_bootstrapped, str(PROJECT / playbook))
    assert (code, verdicts(shown).get("general")) == (2, "SECURE"), shown
    assert why in shown
    assert verdicts(shown).get("production") != "SECURE", shown
    assert both_bootstrapped.production.calls == []


def test_where_mfa_is_required_after_a_sign_in_that_is_looked_up(both_bootstrapped: Bootstrap) -> None:
    """GetAccountAuthorizationDetails, which the survey goes by otherwise, does not say when a password was used."""
    required = ("-e", "iam_admin_require_mfa=after_sign_in")
    code, shown = run(both_bootstrapped, str(PROJECT / "bootstrap.yml"), *required)
    assert code == 0, shown
    assert "PutUserPolicy" not in both_bootstrapped.production.calls
    production = both_bootstrapped.production
    production.aws.sign_in(production.id, "iamadmin")
    production.backend.users["iamadmin"].password_reset_required = False
    code, shown = run(both_bootstrapped, str(PROJECT / "bootstrap.yml"), *required)
    assert code == 0, shown
    assert "PutUserPolicy" in both_bootstrapped.production.calls
    assert "PutUserPolicy" not in both_bootstrapped.general.calls
