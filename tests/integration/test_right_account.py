# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever leads elsewhere, on the way or by a slip of the pen: nothing is written to an account that is not meant."""

from __future__ import annotations

import json
import re
import shlex
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import TestAccount, bootstrap_of, open_accounts
from tests.local_aws.calls import READS
from tests.local_aws.server import LocalAws
from tests.operator import PROJECT, Operator, ansible

ROLE = "arn:aws:iam::{}:role/OrganizationAccountAccessRole"


def writes(account: TestAccount) -> list[str]:
    """The calls that change anything in an account."""
    return [call for call in account.calls if not call.startswith((*READS, "AssumeRole"))]


def said(text: str) -> str:
    """What was shown, without its line breaks."""
    return " ".join(text.split())


# Credentials that refresh themselves


HELPER = """
import json, pathlib, sys
turn = pathlib.Path({turn!r})
number = int(turn.read_text()) if turn.exists() else 0
turn.write_text(str(number + 1))
account_id = {ids!r}[number % 3]
print(json.dumps({{"Version": 1, "AccessKeyId": "AKIALOCL" + account_id, "SecretAccessKey": "any",
                  "Expiration": {expiration!r}}}))
"""


@dataclass(frozen=True)
class Switching:
    """A credential_process that leads to another account every third time, which botocore asks before each request."""

    accounts: tuple[TestAccount, TestAccount]
    both_ways: TestAccount


@pytest.fixture(params=[True, False], ids=["in process", "as module"])
def switching(request: pytest.FixtureRequest, aws: LocalAws, tmp_path: Path) -> Switching:
    """General, and a stranger, by one profile that leads to both in turns."""
    general, stranger = open_accounts(aws, tmp_path, "general", "stranger").values()
    soon = (datetime.now(UTC) + timedelta(minutes=10)).isoformat()
    helper = tmp_path / "helper.py"
    helper.write_text(
        HELPER.format(turn=str(tmp_path / "turn"), ids=(general.id, general.id, stranger.id), expiration=soon)
    )
    command = shlex.join([sys.executable, str(helper)])
    Path(tmp_path, "aws-config").write_text(f"[profile general]\ncredential_process = {command}\n")
    account = TestAccount(aws, "general", general.id, general.environment, in_process=request.param)
    return Switching((general, stranger), account)


def test_who_is_asked_for_its_identity_is_who_writes(switching: Switching) -> None:
    general, stranger = switching.accounts
    for _time in range(3):
        done = switching.both_ways.run("iam_admin_user", name="iamadmin", account_id=general.id)
        assert done.get("account_id") == general.id or "and not to the expected account" in done["msg"]
    assert writes(stranger) == []
    assert writes(general) == ["CreateUser", "AttachUserPolicy"]


def test_a_removal_is_where_it_says_that_it_is(switching: Switching) -> None:
    for account in switching.accounts:
        account.iam.create_user(UserName="iamadmin")
        account.aws.log.calls.clear()
    removed = switching.both_ways.run("iam_admin_user", name="iamadmin", state="absent")
    there = {account.id for account in switching.accounts if writes(account)}
    assert there == {removed["account_id"]}


def test_a_verdict_is_of_one_account(switching: Switching) -> None:
    judged = switching.both_ways.run("iam_admin_info", name="iamadmin")
    called = [account.id for account in switching.accounts if account.calls]
    assert called == [judged["account_id"]]


# What a play states for all modules

GROUP, MODULE = "group/landing_zone.aws_admin.aws", "landing_zone.aws_admin.iam_admin_user"


def prepare(operator: Operator, defaults: dict[str, Any], *arguments: str, **keywords: Any) -> tuple[int, str]:
    """Run the role's first step in a play of one's own, which states options for modules."""
    role = {"name": "landing_zone.aws_admin.iam_admin", "tasks_from": "prepare"}
    task = {"name": "Prepare", "ansible.builtin.import_role": role, **keywords.pop("of_role", {})}
    play = {"hosts": "aws_accounts", "gather_facts": False, "module_defaults": defaults, "tasks": [task], **keywords}
    file = operator.directory / "own.yml"
    file.write_text(json.dumps([play]))
    done = operator.run(*ansible("playbook"), str(file), *arguments)
    assert "Traceback" not in done.stdout
    return done.returncode, said(done.stdout)


@pytest.fixture
def three(aws: LocalAws, tmp_path: Path) -> tuple[TestAccount, ...]:
    """Three accounts, each with a profile of its name."""
    return tuple(open_accounts(aws, tmp_path, "general", "other", "third").values())


def reached_by_nothing(account: TestAccount, folder: Path, **variables: Any) -> Operator:
    """Return an operator whose inventory says no more of the account than these variables."""
    operator = bootstrap_of([account], folder)
    inventory = folder / "inventory.yml"
    hosts = json.loads(inventory.read_text())
    hosts["aws_accounts"]["hosts"] = {account.name: variables}
    inventory.write_text(json.dumps(hosts))
    return operator


@pytest.mark.parametrize("name", [GROUP, MODULE])
def test_the_account_that_a_play_states_is_the_only_one_that_is_written_to(
    three: tuple[TestAccount, ...], tmp_path: Path, name: str
) -> None:
    general, other, _third = three
    operator = reached_by_nothing(general, tmp_path, aws_profile="general")
    code, shown = prepare(operator, {name: {"account_id": other.id}})
    assert code == 2
    assert f"lead to account {general.id} and not to the expected account {other.id}" in shown
    assert [writes(account) for account in three] == [[]] * 3


@pytest.mark.parametrize(
    "stated",
    [
        ({GROUP: "general"}, None),
        ({MODULE: "general"}, None),
        ({GROUP: "other", MODULE: "general"}, None),
        pytest.param(({GROUP: "other"}, "general"), marks=pytest.mark.long),
        pytest.param(({MODULE: "other"}, "general"), marks=pytest.mark.long),
        ({GROUP: "other", MODULE: "third"}, "general"),
    ],
    ids=str,
)
@pytest.mark.parametrize("option", ["profile", "assume_role_arn"])
def test_what_the_role_does_not_say_is_what_the_play_states(
    three: tuple[TestAccount, ...], tmp_path: Path, option: str, stated: tuple[dict[str, str], str | None]
) -> None:
    (defaults, variable), written = stated, "general"
    by_name = {account.name: account for account in three}

    def of(name: str) -> str:
        return name if option == "profile" else ROLE.format(by_name[name].id)

    variables = {f"aws_{option}": of(variable)} if variable else {}
    operator = reached_by_nothing(by_name[written], tmp_path, aws_account_id=by_name[written].id, **variables)
    # Whose keys assume the role
    operator.environment = {**operator.environment, "AWS_PROFILE": "third"}
    everywhere = {key: {option: of(name)} for key, name in defaults.items()}
    if MODULE in everywhere:
        everywhere["landing_zone.aws_admin.iam_virtual_mfa"] = everywhere[MODULE]
    code, shown = prepare(operator, everywhere)
    assert code == 0, shown
    assert {name for name, account in by_name.items() if writes(account)} == {written}


@pytest.mark.parametrize(
    "in_process", [True, pytest.param(False, marks=pytest.mark.long)], ids=["in process", "as module"]
)
@pytest.mark.parametrize("name", [GROUP, pytest.param(MODULE, marks=pytest.mark.long)])
def test_what_the_inventory_says_holds_whatever_the_play_calls_it(
    three: tuple[TestAccount, ...], tmp_path: Path, name: str, in_process: bool
) -> None:
    general, other, _third = three
    operator = reached_by_nothing(general, tmp_path, aws_profile="general", iam_admin_in_process=in_process)
    defaults = {name: {"aws_profile": "other"}}
    if name == MODULE:
        defaults["landing_zone.aws_admin.iam_virtual_mfa"] = defaults[MODULE]
    code, shown = prepare(operator, defaults)
    assert code == 0, shown
    assert writes(other) == []
    assert "CreateUser" in writes(general)


def test_what_a_task_says_holds_whatever_the_play_calls_it(three: tuple[TestAccount, ...]) -> None:
    general, other, _third = three
    task = {"landing_zone.aws_admin.iam_admin_user": {"name": "iamadmin", "profile": "general"}}
    done = general.run_task(task, module_defaults={GROUP: {"aws_profile": "other"}})
    assert done["account_id"] == general.id
    assert writes(other) == []


@pytest.mark.parametrize(
    ("option", "value"),
    [("cache_credentials", False), ("assume_role_session_name", "night"), ("assume_role_external_id", "1234")],
)
@pytest.mark.parametrize("name", [GROUP, MODULE])
def test_how_a_role_is_assumed_may_be_stated_by_the_play(
    three: tuple[TestAccount, ...], tmp_path: Path, name: str, option: str, value: Any
) -> None:
    general, other, _third = three
    operator = reached_by_nothing(
        general, tmp_path, aws_profile="other", aws_assume_role_arn=ROLE.format(general.id), aws_account_id=general.id
    )
    for _time in range(2):
        code, shown = prepare(operator, {})
        assert code == 0, shown
    # One session serves all tasks of both runs
    assert other.calls.count("AssumeRole") == 1
    code, shown = prepare(operator, {name: {option: value}})
    assert code == 0, shown
    assert other.calls.count("AssumeRole") > 1


# Variables that are there, and say nothing

WRONG = {
    "undefined": "{{ environmnt }}",
    "empty": "",
    "null": None,
    "unset": "{{ lookup('env', 'UNSET') }}",
}
VARIABLES = (
    "aws_account_id",
    "aws_profile",
    "aws_assume_role_arn",
    "aws_assume_role_external_id",
    "iam_admin_vault_password",
    "iam_admin_expect",
    "iam_admin_device_names",
    "iam_admin_managed_policies",
    "iam_admin_group",
    "iam_admin_report_dir",
)
# Nor is the folder of the report each host's
NOT_FOR_THE_CHECK = {"iam_admin_vault_password", "iam_admin_group", "iam_admin_report_dir"}


@pytest.mark.parametrize(
    "playbook", ["bootstrap.yml", "playbooks/check.yml", pytest.param("playbooks/remove.yml", marks=pytest.mark.long)]
)
@pytest.mark.parametrize(
    "wrong", ["undefined", "null", *(pytest.param(name, marks=pytest.mark.long) for name in ("empty", "unset"))]
)
def test_what_is_there_without_a_value_is_not_taken_for_left_out(
    account: TestAccount, tmp_path: Path, playbook: str, wrong: str
) -> None:
    operator = bootstrap_of([account], tmp_path)
    inventory = json.loads((tmp_path / "inventory.yml").read_text())
    read = [name for name in VARIABLES if playbook != "playbooks/check.yml" or name not in NOT_FOR_THE_CHECK]
    inventory["aws_accounts"]["hosts"] = {
        name: {"aws_profile": "general", "aws_account_id": f"{number:012}", name: WRONG[wrong]}
        for number, name in enumerate(read, start=111111111111)
    }
    (tmp_path / "inventory.yml").write_text(json.dumps(inventory))
    done = operator.run(*ansible("playbook"), str(PROJECT / playbook), "-e", "iam_admin_remove_without_asking=true")
    assert done.returncode == 2
    assert "Traceback" not in done.stdout
    failures = re.findall(r"(?m)^fatal: \[(\w+)\].*\n((?: .*\n)+)", done.stdout)
    blamed = {name: said(" ".join(text for host, text in failures if host == name)) for name in read}
    what = {"undefined": "''environmnt'' is undefined", "null": " is null|NoneType"}.get(
        wrong, " is empty|is not a list"
    )
    assert [name for name, text in blamed.items() if not re.search(what, text)] == []
    # As the role or its module calls it; of a template ansible names what is misspelt, and the file
    unnamed = [name for name in read if name.split("_", 1)[-1].removeprefix("admin_") not in blamed[name]]
    assert wrong == "undefined" or unnamed == []
    # What the bootstrap ends with judges accounts whose other variables are wrong
    assert (writes(account) if playbook == "bootstrap.yml" else account.calls) == []
    assert not (tmp_path / "handover").exists()


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("iam_admin_password", {"s3cret": 1}, "iam_admin_password is a mapping, and has to be text"),
        pytest.param(
            "iam_admin_report_dir",
            ["s3cret"],
            "iam_admin_report_dir is a list, and has to be text",
            marks=pytest.mark.long,
        ),
        ("iam_admin_exceptions", ["s3cret"], "iam_admin_exceptions is not a mapping"),
    ],
)
def test_what_is_of_another_kind_is_refused_before_anything_is_written(
    account: TestAccount, tmp_path: Path, name: str, value: Any, sentence: str
) -> None:
    operator = bootstrap_of([account], tmp_path, **{name: value})
    done = operator.run(*ansible("playbook"), str(PROJECT / "bootstrap.yml"))
    assert done.returncode == 2
    assert sentence in said(done.stdout)
    assert "s3cret" not in done.stdout
    assert writes(account) == []
    assert not (tmp_path / "handover").exists()


def test_what_is_omitted_is_left_out(account: TestAccount, tmp_path: Path) -> None:
    operator = bootstrap_of([account], tmp_path, aws_assume_role_arn="{{ nowhere | default(omit) }}")
    code, shown = prepare(operator, {})
    assert code == 0, shown


# Ways around the guard


def two_of_one_account(aws: LocalAws, folder: Path) -> tuple[TestAccount, Operator]:
    """Return an account that two hosts lead to, neither of which declares it, and the operator."""
    general, production = open_accounts(aws, folder, "general", "production").values()
    operator = bootstrap_of([general, production], folder)
    inventory = folder / "inventory.yml"
    hosts = json.loads(inventory.read_text())
    hosts["aws_accounts"]["hosts"] = {name: {"aws_profile": "general"} for name in ("general", "production")}
    inventory.write_text(json.dumps(hosts))
    return general, operator


@pytest.mark.parametrize(
    ("arguments", "keywords", "sentence"),
    [
        pytest.param((), {}, "general and production lead to one account", id="straight on"),
        pytest.param(
            ("-e", "refused={}"),
            {},
            "general and production lead to one account",
            id="a variable",
            marks=pytest.mark.long,
        ),
        pytest.param(
            (), {"of_role": {"ignore_errors": True}}, "general and production lead to one account", id="ignored errors"
        ),
        pytest.param((), {"serial": 1}, "this play runs its hosts in batches", id="batches"),
        pytest.param((), {"strategy": "free"}, "does not run its hosts in lockstep", id="each at its own pace"),
        pytest.param(
            (),
            {"strategy": "ansible.builtin.host_pinned"},
            "does not run its hosts in lockstep",
            id="one after another",
            marks=pytest.mark.long,
        ),
        pytest.param(
            (),
            {"serial": 1, "of_role": {"ignore_errors": True}},
            "runs its hosts in batches",
            id="both of them",
            marks=pytest.mark.long,
        ),
    ],
)
def test_nothing_leads_around_the_guard(
    aws: LocalAws, tmp_path: Path, arguments: tuple[str, ...], keywords: dict[str, Any], sentence: str
) -> None:
    account, operator = two_of_one_account(aws, tmp_path)
    _code, shown = prepare(operator, {}, *arguments, **keywords)
    assert sentence in shown
    assert writes(account) == []
    assert not (tmp_path / "handover").exists()


# What play and role say of the account, instead of the inventory


@pytest.mark.parametrize(
    ("variables", "keywords"),
    [
        pytest.param({"aws_profile": "general"}, {"vars": {"aws_account_id": "{{ meant }}"}}, id="of the play"),
        pytest.param(
            {"aws_profile": "general"}, {"of_role": {"vars": {"aws_account_id": "{{ meant }}"}}}, id="of the role"
        ),
        pytest.param(
            {"aws_profile": "general", "aws_account_id": "ACCOUNT"},
            {"of_role": {"vars": {"aws_account_id": "444455556666"}}},
            id="of the role, over the inventory's",
        ),
        pytest.param(
            {"aws_profile": "general", "aws_account_id": "ACCOUNT"},
            {"of_role": {"vars": {"aws_account_id": "{{ meant }}"}}},
            id="of the role as a template, over the inventory's",
        ),
    ],
)
def test_an_account_that_play_or_role_say_is_the_only_one_that_is_written_to(
    account: TestAccount, tmp_path: Path, variables: dict[str, Any], keywords: dict[str, Any]
) -> None:
    own = {name: account.id if value == "ACCOUNT" else value for name, value in variables.items()}
    operator = reached_by_nothing(account, tmp_path, **own)
    code, shown = prepare(operator, {}, "-e", "meant=444455556666", **keywords)
    assert code == 2
    assert f"lead to account {account.id} and not to the expected account 444455556666" in shown
    assert writes(account) == []
    if "444455556666" not in json.dumps(keywords):
        code, shown = prepare(operator, {}, "-e", json.dumps({"meant": account.id}), **keywords)
        assert code == 0, shown
        assert writes(account) == ["CreateUser", "AttachUserPolicy", "CreateVirtualMFADevice"]


def test_an_account_that_a_loop_over_the_role_says_is_the_only_one_that_is_written_to(
    three: tuple[TestAccount, ...], tmp_path: Path
) -> None:
    general, other, _third = three
    operator = bootstrap_of([general], tmp_path)
    role = {"name": "landing_zone.aws_admin.iam_admin", "tasks_from": "prepare"}
    variables = {"aws_profile": "{{ item.profile }}", "aws_account_id": "{{ item.id }}", "iam_admin_handover_dir": "h"}
    items = [{"profile": "general", "id": general.id}, {"profile": "other", "id": general.id}]
    task = {"ansible.builtin.include_role": role, "vars": variables, "loop": items}
    play = {"hosts": "localhost", "connection": "local", "gather_facts": False, "tasks": [task]}
    (tmp_path / "own.yml").write_text(json.dumps([play]))
    done = operator.run(*ansible("playbook"), str(tmp_path / "own.yml"), "-i", "localhost,")
    assert done.returncode == 2, done.stdout
    assert f"lead to account {other.id} and not to the expected account {general.id}" in said(done.stdout)
    assert (writes(general)[:1], writes(other)) == (["CreateUser"], [])


# A condition of the role


def test_a_role_that_leaves_out_the_first_host_ends_nothing_for_the_others(aws: LocalAws, tmp_path: Path) -> None:
    general, production = open_accounts(aws, tmp_path, "general", "production").values()
    operator = bootstrap_of([general, production], tmp_path)
    role = {"name": "landing_zone.aws_admin.iam_admin", "tasks_from": "prepare"}
    later = {"name": "Later", "ansible.builtin.debug": {"msg": "the play after it"}, "changed_when": True}
    task = {"name": "Prepare", "ansible.builtin.import_role": role, "when": "inventory_hostname == 'production'"}
    plays = [{"hosts": "aws_accounts", "gather_facts": False, "tasks": tasks} for tasks in ([task], [later])]
    (tmp_path / "own.yml").write_text(json.dumps(plays))
    done = operator.run(*ansible("playbook"), str(tmp_path / "own.yml"))
    assert "the play after it" in done.stdout
    assert "production: the accounts were not compared, as a condition leaves out the first host" in said(done.stdout)
    assert "PLAY RECAP" in done.stdout
    assert writes(general) == writes(production) == []


# The cache of the AWS CLI


def test_what_one_endpoint_has_given_is_never_sent_to_another(aws: LocalAws, tmp_path: Path) -> None:
    hub, member = open_accounts(aws, tmp_path, "hub", "member", organisation=True).values()
    with LocalAws() as elsewhere:
        for server in (aws, elsewhere, aws, elsewhere):
            account = TestAccount(server, "member", member.id, {**member.environment, "AWS_ENDPOINT_URL": server.url})
            assert account.run("iam_admin_info", name="iamadmin")["account_id"] == member.id
        assert [call.action for call in elsewhere.log.calls].count("AssumeRole") == 1
    assert hub.calls.count("AssumeRole") == 1


@pytest.mark.parametrize("inventory", ["not: [an: inventory", None], ids=["broken", "missing"])
def test_an_inventory_that_cannot_be_read_is_no_success(
    account: TestAccount, tmp_path: Path, inventory: str | None
) -> None:
    operator = bootstrap_of([account], tmp_path)
    (tmp_path / "inventory.yml").unlink()
    if inventory:
        (tmp_path / "inventory.yml").write_text(inventory)
    done = operator.run(*ansible("playbook"), str(PROJECT / "playbooks/check.yml"))
    assert done.returncode != 0, done.stdout
    assert account.calls == []


@pytest.mark.parametrize(
    ("targets", "what"),
    [
        ("{{ staging_accounst }}", "'staging_accounst' is undefined"),
        ("", "iam_admin_targets is empty: name hosts"),
    ],
)
def test_targets_that_are_misspelt_are_not_all_accounts(
    account: TestAccount, tmp_path: Path, targets: str, what: str
) -> None:
    operator = bootstrap_of([account], tmp_path)
    done = operator.run(
        *ansible("playbook"), str(PROJECT / "bootstrap.yml"), "-e", json.dumps({"iam_admin_targets": targets})
    )
    assert done.returncode != 0
    assert what in said(done.stdout)
    assert account.calls == []
