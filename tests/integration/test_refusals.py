# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is wrong is said in one sentence for each account, and nothing is written anywhere."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pexpect
import pytest
import yaml

from tests.integration.cases import codes_of
from tests.integration.conftest import ON_BOTH_TERMINALS, Bootstrap, TestAccount, bootstrap_of, open_accounts
from tests.local_aws.calls import READS, Call, RefusedError
from tests.local_aws.server import LocalAws
from tests.operator import PROJECT, Operator, ansible


def bootstrap_without_terminal(operator: Operator, *arguments: str) -> tuple[int, str]:
    done = operator.run(*ansible("playbook"), str(PROJECT / "bootstrap.yml"), *arguments)
    return done.returncode, done.stdout


def lines_of(shown: str) -> list[str]:
    """Return the lines of an output, with those joined that were wrapped to the width of the report."""
    return re.sub(r"\r?\n {8}(?=\S)", " ", shown).splitlines()


def assert_refused(operator: Operator, accounts: list[TestAccount], shown: str, sentence: str) -> None:
    assert "Traceback" not in shown
    said = Counter(line for line in lines_of(shown) if line.startswith("   FAIL "))
    wanted = Counter(f"   FAIL {sentence.format(account=account)}" for account in accounts)
    assert {line: said[line] for line in wanted} == wanted, shown
    for account in accounts:
        assert [call for call in account.calls if not call.startswith((*READS, "AssumeRole"))] == []
    assert not (operator.directory / "handover").exists()


WRONG_ACCOUNT = (
    "The credentials lead to account {account.id} and not to the expected account 999999999999: correct aws_profile "
    "or aws_account_id in the inventory. Nothing was written to {account.id}."
)
BAD_NAME = (
    "name 'IAM Admin' has characters that AWS does not allow (letters, digits and +=,.@_- are): use 'IAM-Admin', say."
)
NO_PROFILE = (
    "Connecting to AWS failed: ProfileNotFound: The config profile (nobody) could not be found. Define the profile in "
    "the AWS config file, or correct aws_profile in the inventory."
)


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        pytest.param({"aws_account_id": "999999999999"}, WRONG_ACCOUNT, id="the wrong account"),
        pytest.param({"iam_admin_name": "IAM Admin"}, BAD_NAME, id="a name with a space"),
        pytest.param({"aws_profile": "nobody"}, NO_PROFILE, id="an unknown profile"),
    ],
)
def test_a_mistake_in_the_inventory(account: TestAccount, tmp_path: Path, variables: Any, sentence: str) -> None:
    operator = bootstrap_of([account], tmp_path, **variables)
    code, shown = bootstrap_without_terminal(operator)
    assert code == 2
    assert_refused(operator, [account], shown, sentence)


def test_no_password_is_announced_where_there_is_none_whatever_is_ignored(account: TestAccount, tmp_path: Path) -> None:
    operator = bootstrap_of([account], tmp_path, iam_admin_mfa_codes={"general": ["123456", "654321"]})
    role = {"ansible.builtin.import_role": {"name": "landing_zone.aws_admin.iam_admin"}}
    play = {"hosts": "aws_accounts", "gather_facts": False, "ignore_errors": True, "tasks": [role]}
    (tmp_path / "own.yml").write_text(json.dumps([play]))
    done = operator.run(*ansible("playbook"), str(tmp_path / "own.yml"))
    assert account.backend.users["iamadmin"].password is None
    assert "with the initial password" not in done.stdout


@pytest.mark.parametrize(
    "playbook", ["bootstrap.yml", "playbooks/check.yml", "playbooks/show_qr.yml", "playbooks/aws_profile.yml"]
)
@pytest.mark.parametrize(
    ("name", "meant"), [("iam_admin_nme", "iam_admin_name"), ("aws_acount_id", "aws_account_id")], ids=["ours", "aws_"]
)
def test_a_misspelt_variable_is_refused(bootstrap: Bootstrap, playbook: str, name: str, meant: str) -> None:
    sentence = f"Unknown variable {name}: did you mean {meant}?"
    before = len(bootstrap.production.calls)
    command = [*ansible("playbook"), str(PROJECT / playbook), "-l", "production"]
    by_option = bootstrap.operator.run(*command, "-e", f"{name}=x")
    inventory = bootstrap.operator.directory / "inventory.yml"
    own = '"aws_profile": "production"'
    inventory.write_text(inventory.read_text().replace(own, f'{own}, "{name}": "x"'))
    for done in (by_option, bootstrap.operator.run(*command)):
        assert (done.returncode, sentence in " ".join(done.stdout.split())) == (2, True), done.stdout
    assert [call for call in bootstrap.production.calls[before:] if not call.startswith((*READS, "AssumeRole"))] == []


@ON_BOTH_TERMINALS
def test_a_misspelt_variable_is_refused_before_anybody_is_asked(bootstrap: Bootstrap) -> None:
    code, shown = bootstrap.operator.bootstrap("-e", "iam_admin_nme=x")
    assert (code, bootstrap.operator.asked) == (2, []), shown
    assert "Unknown variable iam_admin_nme: did you mean iam_admin_name?" in " ".join(shown.split())
    assert bootstrap.operator.bootstrap("-e", "iam_admin_name=x")[0] == 0


@ON_BOTH_TERMINALS
def test_a_handover_that_cannot_be_used_is_told_with_the_way_out(bootstrap: Bootstrap) -> None:
    operator = bootstrap.operator
    bootstrap.handover.write_text("a file, where a folder is meant")
    code, shown = operator.bootstrap("-l", "production")
    assert (code, operator.asked) == (2, []), shown
    assert "name another place in iam_admin_handover_dir" in " ".join(shown.split())
    assert bootstrap.production.backend.users == {}
    operator.handover = "of-my-own"
    code, shown = operator.bootstrap("-l", "production", "-e", "iam_admin_handover_dir=of-my-own")
    assert (code, operator.asked) == (0, ["MFA codes for production:"]), shown


@ON_BOTH_TERMINALS
@pytest.mark.parametrize("playbook", ["bootstrap.yml", "playbooks/check.yml"])
def test_it_is_a_sentence_that_amazon_aws_is_missing(bootstrap: Bootstrap, playbook: str) -> None:
    operator = bootstrap.operator
    # It comes with the Python package ansible
    operator.environment = {**operator.environment, "ANSIBLE_COLLECTIONS_SCAN_SYS_PATH": "false"}
    code, shown = operator.bootstrap(playbook=playbook)
    assert (code, operator.asked) == (2, []), shown
    assert "Traceback" not in shown
    assert "The collection amazon.aws is missing: ansible-galaxy collection install" in " ".join(shown.split())
    assert bootstrap.production.calls == []


@ON_BOTH_TERMINALS
def test_it_is_said_once_whose_account_nobody_has_declared(
    aws: LocalAws, tmp_path: Path, size: tuple[int, int]
) -> None:
    accounts = open_accounts(aws, tmp_path, "general", "production")
    operator = bootstrap_of(accounts.values(), tmp_path, aws_account_id=None)
    operator.columns, operator.rows = size
    _code, shown = operator.bootstrap("--check")
    said = " ".join(shown.split())
    assert said.count("No aws_account_id is set for general, production: the account that the credentials lead to") == 1


@pytest.mark.parametrize("declared", [True, False])
def test_two_hosts_that_lead_to_one_account(aws: LocalAws, tmp_path: Path, declared: bool) -> None:
    accounts = [*open_accounts(aws, tmp_path, "general", "production").values()]
    same = {"aws_profile": "general", "aws_account_id": accounts[0].id if declared else None}
    operator = bootstrap_of(accounts, tmp_path, **same)
    code, shown = bootstrap_without_terminal(operator)
    assert code == 2
    sentence = (
        f"general and production lead to one account, {accounts[0].id}: correct aws_account_id or aws_profile of one "
        f"of them in the inventory.{' Nothing was written to it.' if declared else ''}"
    )
    assert_refused(operator, accounts, shown, sentence)


def test_one_host_alone_is_refused_too_when_another_of_the_inventory_declares_its_account(
    aws: LocalAws, tmp_path: Path
) -> None:
    accounts = [*open_accounts(aws, tmp_path, "general", "production").values()]
    operator = bootstrap_of(accounts, tmp_path, aws_account_id=accounts[0].id)
    code, shown = bootstrap_without_terminal(operator, "-l", "general")
    assert code == 2
    assert "general and production lead to one account" in shown
    assert not (tmp_path / "handover").exists()


def test_an_account_that_nobody_has_declared_is_the_one_that_was_found(aws: LocalAws, tmp_path: Path) -> None:
    general, stranger = open_accounts(aws, tmp_path, "general", "stranger").values()
    operator = bootstrap_of([general], tmp_path, aws_account_id=None)
    config, other = tmp_path / "aws-config", tmp_path / "other-config"
    other.write_text(config.read_text().replace(f"AKIALOCL{general.id}", f"AKIALOCL{stranger.id}"))

    def switch(call: Call) -> None:
        # The guard has asked who it is, with the keys that it goes on with
        if call.action == "GetCallerIdentity" and other.exists():
            other.replace(config)

    aws.log.intercept = switch
    try:
        code, shown = bootstrap_without_terminal(operator)
    finally:
        aws.log.reset()
    assert code == 2
    assert f"account {stranger.id} and not to the expected account {general.id}" in " ".join(shown.split())
    assert [call for call in stranger.calls if not call.startswith(READS)] == []


def test_expired_keys(aws: LocalAws, account: TestAccount, tmp_path: Path) -> None:
    def expire(call: Call) -> None:
        if call.account_id == account.id:
            raise RefusedError("ExpiredToken", "The security token included in the request is expired")

    operator = bootstrap_of([account], tmp_path)
    aws.log.intercept = expire
    try:
        code, shown = bootstrap_without_terminal(operator)
    finally:
        aws.log.reset()
    assert code == 2
    assert_refused(
        operator,
        [account],
        shown,
        "GetCallerIdentity failed: ExpiredToken: The security token included in the request is expired. The "
        "credentials have expired: sign in again, or renew them, and run again.",
    )


@ON_BOTH_TERMINALS
def test_an_unreachable_endpoint(account: TestAccount, tmp_path: Path, size: tuple[int, int]) -> None:
    operator = bootstrap_of([account], tmp_path)
    operator.columns, operator.rows = size
    operator.environment = {**operator.environment, "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    code, shown = operator.bootstrap()
    assert (code, operator.asked) == (2, []), shown
    sentence = (
        "GetCallerIdentity failed: EndpointConnectionError: Could not connect to the endpoint URL: "
        '"http://127.0.0.1:9/". '
        "Check the network, and the endpoint URL if one is set."
    )
    assert_refused(operator, [account], shown, sentence)


def test_a_device_of_somebody_else_is_refused_and_its_owner_named(account: TestAccount, tmp_path: Path) -> None:
    account.iam.create_user(UserName="somebody")
    made = account.iam.create_virtual_mfa_device(VirtualMFADeviceName="iamadmin")["VirtualMFADevice"]
    device = account.backend.virtual_mfa_devices[made["SerialNumber"]]
    device.user = account.backend.users["somebody"]
    code, shown = bootstrap_without_terminal(bootstrap_of([account], tmp_path))
    assert code == 2
    assert (
        f"   FAIL The MFA device {made['SerialNumber']} is assigned to somebody, not to iamadmin: choose another name "
        "in iam_admin_device_names (device_name of the module)."
    ) in lines_of(shown)
    assert device in account.backend.virtual_mfa_devices.values()
    assert "iamadmin" not in account.backend.users


def test_a_user_in_ten_groups_is_refused_before_another_one_is_made(account: TestAccount, tmp_path: Path) -> None:
    account.iam.create_user(UserName="iamadmin")
    for number in range(10):
        account.iam.create_group(GroupName=f"group{number}")
        account.iam.add_user_to_group(GroupName=f"group{number}", UserName="iamadmin")
    operator = bootstrap_of([account], tmp_path, iam_admin_group="administrators", iam_admin_adopt=True)
    code, shown = bootstrap_without_terminal(operator)
    assert (code, "as many groups as AWS allows: remove it from one, and run again" in " ".join(shown.split())) == (
        2,
        True,
    ), shown
    assert [group["GroupName"] for group in account.iam.list_groups()["Groups"]] == [f"group{n}" for n in range(10)]


def test_an_account_that_failed_in_prepare_is_judged_and_stops_no_other(aws: LocalAws, bootstrap: Bootstrap) -> None:
    def refuse(call: Call) -> None:
        if call.account_id == bootstrap.general.id and call.action == "CreateUser":
            raise RefusedError("AccessDenied", "User is not authorized to perform: iam:CreateUser")

    aws.log.intercept = refuse
    try:
        code, shown = bootstrap.operator.bootstrap()
    finally:
        aws.log.reset()
    assert code == 2
    assert f"general ({bootstrap.general.id}): NOT SECURE" in shown
    assert "The credentials lack the permission iam:CreateUser" in shown
    assert f"production ({bootstrap.production.id}): SECURE" in shown
    assert bootstrap.operator.asked == ["MFA codes for production:"]


def test_the_landing_zone_writes_to_no_account_that_is_not_meant(bootstrap: Bootstrap) -> None:
    # As an inventory of an organisation has it: one profile, and a role that amazon.aws does not take
    wrong = replace(bootstrap.production, name="general")
    operator = bootstrap_of([wrong], bootstrap.operator.directory)
    done = operator.run(
        *ansible("playbook"), str(PROJECT / "examples" / "landing_zone.yml"), "--tags", "baseline,roles"
    )
    assert done.returncode == 2
    sentence = f"The profile general leads to {bootstrap.general.id}, and not to {bootstrap.production.id}."
    assert sentence in " ".join(done.stdout.split())
    assert [call for call in bootstrap.general.calls if not call.startswith(READS)] == []


def test_codes_are_not_computed_where_the_seed_would_be_kept_in_plain_text(bootstrap: Bootstrap) -> None:
    code, shown = bootstrap_without_terminal(bootstrap.operator, "-e", "iam_admin_enrolment=totp")
    assert code == 2
    sentence = (
        "iam_admin_enrolment: totp keeps the seed in the handover, and never in plain text: set "
        "iam_admin_vault_password, or give --ask-vault-pass."
    )
    assert_refused(bootstrap.operator, [bootstrap.general, bootstrap.production], shown, sentence)


def test_what_the_play_says_is_refused_before_anything_is_written(bootstrap: Bootstrap) -> None:
    playbook = play(bootstrap, iam_admin_enrolment="totp")
    done = bootstrap.operator.run(*ansible("playbook"), playbook)
    assert done.returncode == 2
    assert "iam_admin_enrolment: totp keeps the seed in the handover, and never in plain text" in done.stdout
    assert done.stdout.count("failed=1") == 2
    assert [call for call in bootstrap.general.calls if not call.startswith(READS)] == []


def test_two_hosts_that_lead_to_one_account_by_a_variable_of_the_role(aws: LocalAws, tmp_path: Path) -> None:
    accounts = [*open_accounts(aws, tmp_path, "general", "production").values()]
    operator = bootstrap_of(accounts, tmp_path, aws_profile="general", aws_account_id=None, its_id=accounts[0].id)
    playbook = play(Bootstrap(*accounts, operator), aws_account_id="{{ its_id }}")
    done = operator.run(*ansible("playbook"), playbook)
    assert done.returncode == 2
    assert f"general and production lead to one account, {accounts[0].id}" in done.stdout
    assert [call for call in accounts[0].calls if not call.startswith(READS)] == []


def play(bootstrap: Bootstrap, **variables: Any) -> str:
    """Write a playbook of one's own, which gives the role these variables; return its path."""
    role = {"name": "Bootstrap", "ansible.builtin.import_role": {"name": "landing_zone.aws_admin.iam_admin"}}
    plays = [{"hosts": "aws_accounts", "gather_facts": False, "tasks": [{**role, "vars": variables}]}]
    path = bootstrap.operator.directory / "own.yml"
    path.write_text(json.dumps(plays))
    return str(path)


def test_one_host_that_is_refused_stops_no_other(aws: LocalAws, tmp_path: Path) -> None:
    accounts = open_accounts(aws, tmp_path, "general", "production")
    operator = bootstrap_of(accounts.values(), tmp_path)
    (tmp_path / "host_vars").mkdir()
    (tmp_path / "host_vars" / "production").write_text("iam_admin_enrolment: totp")
    code, shown = operator.bootstrap()
    assert code == 2
    assert operator.asked == ["MFA codes for general:"]
    assert f"general ({accounts['general'].id}): SECURE" in shown
    assert "   FAIL iam_admin_enrolment: totp keeps the seed in the handover, and never in plain text" in "\n".join(
        lines_of(shown)
    )
    assert [call for call in accounts["production"].calls if not call.startswith(READS)] == []
    assert not (tmp_path / "handover" / "production").exists()


@pytest.mark.parametrize(
    ("general", "refused", "sentence"),
    [
        ('iam_admin_vault_password: ""', "general", "iam_admin_vault_password is empty"),
        ("iam_admin_vault_password: correct horse", "production", "never in plain text"),
    ],
    ids=["an empty one", "one that others have not"],
)
def test_a_vault_password_of_the_first_host_is_its_alone(
    aws: LocalAws, tmp_path: Path, general: str, refused: str, sentence: str
) -> None:
    accounts = open_accounts(aws, tmp_path, "general", "production")
    operator = bootstrap_of(accounts.values(), tmp_path)
    (tmp_path / "host_vars").mkdir()
    (tmp_path / "host_vars" / "general").write_text(general)
    if refused == "general":
        (tmp_path / "host_vars" / "production").write_text("iam_admin_vault_password: correct horse")
    prepare = str(PROJECT / "playbooks" / "prepare.yml")
    done = operator.run(*ansible("playbook"), prepare, "-e", "iam_admin_enrolment=totp")
    assert done.returncode == 2
    assert sentence in " ".join(done.stdout.split())
    written = {name for name, account in accounts.items() if [c for c in account.calls if not c.startswith(READS)]}
    assert written == {"general", "production"} - {refused}


def test_a_vault_password_that_is_part_of_a_name_damages_nothing(bootstrap: Bootstrap) -> None:
    totp = {"iam_admin_enrolment": "totp", "iam_admin_vault_password": "admin"}
    playbook = str(PROJECT / "bootstrap.yml")
    done = bootstrap.operator.run(*ansible("playbook"), playbook, "-l", "general", "-e", json.dumps(totp))
    assert done.returncode == 0, done.stdout
    assert [device.serial_number for device in bootstrap.general.backend.virtual_mfa_devices.values()] == [
        f"arn:aws:iam::{bootstrap.general.id}:mfa/iamadmin"
    ]


@pytest.mark.parametrize("in_process", [True, False])
def test_a_vault_password_is_shown_nowhere(bootstrap: Bootstrap, in_process: bool) -> None:
    secret = "Tr0ub4dor-and-3-more"
    totp = {"iam_admin_enrolment": "totp", "iam_admin_vault_password": secret, "iam_admin_in_process": in_process}
    file, log = (bootstrap.operator.directory / name for name in ("said.json", "log"))
    file.write_text(json.dumps(totp))
    logs = {**bootstrap.operator.environment, "ANSIBLE_LOG_PATH": str(log)}
    playbook = str(PROJECT / "bootstrap.yml")
    done = replace(bootstrap.operator, environment=logs).run(
        *ansible("playbook"), playbook, "-l", "general", "-e", f"@{file}", "-vvvv"
    )
    assert done.returncode == 0, done.stdout
    assert secret not in done.stdout
    assert "Create the administrator" in log.read_text()
    assert secret not in log.read_text()


def test_a_second_user_of_one_account_has_nothing_to_do_with_the_first(bootstrap: Bootstrap) -> None:
    shared = {"iam_admin_enrolment": "totp", "iam_admin_vault_password": "correct horse"}
    both = {**shared, "iam_admin_name": "{{ item }}", "iam_admin_handover_dir": "handover-{{ item }}"}
    role = {"ansible.builtin.include_role": {"name": "landing_zone.aws_admin.iam_admin"}, "vars": both}
    path = bootstrap.operator.directory / "own.yml"
    for names in (["bob"], ["alice", "bob"]):
        plays = [{"hosts": "aws_accounts", "gather_facts": False, "tasks": [{**role, "loop": names}]}]
        path.write_text(json.dumps(plays))
        done = bootstrap.operator.run(*ansible("playbook"), str(path), "-l", "general")
        assert done.returncode == 0, done.stdout
    found = bootstrap.general.backend.virtual_mfa_devices.values()
    devices = {one.serial_number.rpartition("/")[2]: one.user.name for one in found if one.user}
    assert devices == {"alice": "alice", "bob": "bob"}


def test_a_second_user_who_is_finished_is_not_enrolled_with_the_codes_of_the_first(bootstrap: Bootstrap) -> None:
    def of(name: str) -> tuple[str, str]:
        return "-e", json.dumps({"iam_admin_name": name, "iam_admin_handover_dir": f"handover-{name}"})

    computed = ("-e", json.dumps({"iam_admin_enrolment": "totp", "iam_admin_vault_password": "correct horse"}))
    for arguments in ((*of("bob"), *computed), of("alice")):
        bootstrap_without_terminal(bootstrap.operator, "-l", "general", *arguments)
    kept = yaml.safe_load((bootstrap.operator.directory / "handover-alice" / "general" / "credentials.yml").read_text())
    codes = ("-e", json.dumps({"iam_admin_mfa_codes": {"general": codes_of(kept["mfa_seeds"]["alice"])}}))
    both = {"iam_admin_name": "{{ item }}", "iam_admin_handover_dir": "handover-{{ item }}"}
    role = {"ansible.builtin.include_role": {"name": "landing_zone.aws_admin.iam_admin"}, "vars": both}
    path = bootstrap.operator.directory / "own.yml"
    tasks = [{**role, "loop": ["alice", "bob"]}]
    path.write_text(json.dumps([{"hosts": "aws_accounts", "gather_facts": False, "tasks": tasks}]))
    done = bootstrap.operator.run(*ansible("playbook"), str(path), "-l", "general", *codes)
    assert done.returncode == 0, done.stdout


def test_a_role_variable_that_is_none_of_its_choices_is_refused_for_every_account(bootstrap: Bootstrap) -> None:
    code, shown = bootstrap_without_terminal(bootstrap.operator, "-e", "iam_admin_enrolment=guess")
    assert code == 2
    sentence = "iam_admin_enrolment is 'guess': set it to codes or totp."
    assert_refused(bootstrap.operator, [bootstrap.general, bootstrap.production], shown, sentence)


def test_codes_that_are_not_told_by_account_are_refused(bootstrap: Bootstrap) -> None:
    code, shown = bootstrap_without_terminal(
        bootstrap.operator, "-e", json.dumps({"iam_admin_mfa_codes": ["777777", "888888"]})
    )
    assert code == 2
    sentence = 'iam_admin_mfa_codes is not two codes by account, such as {{production: ["123456", "654321"]}}.'
    assert_refused(bootstrap.operator, [bootstrap.general, bootstrap.production], shown, sentence)
    assert "777777" not in shown


def test_a_password_that_the_policy_refuses_is_not_kept(account: TestAccount, tmp_path: Path) -> None:
    operator = bootstrap_of([account], tmp_path)
    account.iam.update_account_password_policy(MinimumPasswordLength=20)
    code, shown = operator.bootstrap("-e", "iam_admin_password=Too-short-1")
    assert code == 2
    assert "   FAIL CreateLoginProfile failed: PasswordPolicyViolation" in shown
    credentials = tmp_path / "handover" / "general" / "credentials.yml"
    assert "initial_password" not in yaml.safe_load(credentials.read_text())

    code, shown = operator.bootstrap()
    assert code == 0, shown
    (user,) = account.backend.users.values()
    assert yaml.safe_load(credentials.read_text())["initial_password"] == user.password


def test_without_a_terminal_and_without_codes_the_account_stays_pending(account: TestAccount, tmp_path: Path) -> None:
    code, shown = bootstrap_without_terminal(bootstrap_of([account], tmp_path))
    assert code == 2
    assert "the account stays pending, as no valid MFA codes were given" in shown
    assert f"general ({account.id}): NOT SECURE" in shown
    assert "CreateLoginProfile" not in account.calls


MISTAKES = pytest.mark.parametrize(
    ("mistake", "sentence"),
    [
        pytest.param(
            lambda codes: codes[::-1],
            "general: the two codes were typed in the wrong order: the first one first.",
            id="the wrong order",
        ),
        pytest.param(
            lambda codes: ["12345", *codes[1:]],
            "general: The first code is not six digits.",
            id="five digits",
        ),
        pytest.param(
            lambda codes: [*codes, "123456"],
            "general: Give two MFA codes in a row, not 3.",
            id="three codes",
            marks=pytest.mark.long,
        ),
        pytest.param(
            lambda _codes: ["000000", "000000"],
            "general: The two codes are the same: wait until the app shows the next one.",
            id="the same code twice",
            marks=pytest.mark.long,
        ),
    ],
)


@MISTAKES
def test_codes_that_cannot_be_right_never_reach_aws_and_are_asked_for_three_times(
    bootstrap: Bootstrap, mistake: Callable[[list[str]], list[str]], sentence: str
) -> None:
    bootstrap.operator.mistake = mistake
    code, shown = bootstrap.operator.bootstrap()
    assert code == 2
    assert bootstrap.operator.asked == ["MFA codes for general:"] * 3 + ["MFA codes for production:"] * 3
    assert shown.count(sentence) == 3, shown
    assert shown.count("the account stays pending, as no valid MFA codes were given") == 2
    assert "EnableMFADevice" not in bootstrap.general.calls

    bootstrap.operator.mistake = list
    code, shown = bootstrap.operator.bootstrap()
    assert code == 0, shown


@MISTAKES
def test_a_slip_takes_no_second_run(
    bootstrap: Bootstrap, mistake: Callable[[list[str]], list[str]], sentence: str
) -> None:
    asked = bootstrap.operator.asked
    bootstrap.operator.mistake = lambda codes: mistake(codes) if len(asked) == 1 else codes
    code, shown = bootstrap.operator.bootstrap()
    assert code == 0, shown
    assert asked == ["MFA codes for general:"] * 2 + ["MFA codes for production:"]
    assert sentence in shown


def test_two_codes_need_nothing_between_them(bootstrap: Bootstrap) -> None:
    bootstrap.operator.mistake = lambda codes: ["".join(codes)]
    code, shown = bootstrap.operator.bootstrap("-l", "production")
    assert code == 0, shown
    assert bootstrap.operator.asked == ["MFA codes for production:"]


def test_who_types_one_code_is_asked_for_the_next_one(bootstrap: Bootstrap) -> None:
    bootstrap.operator.mistake = lambda codes: codes[-1:]
    code, shown = bootstrap.operator.bootstrap("-l", "production")
    assert code == 0, shown
    assert bootstrap.operator.asked == ["MFA codes for production:", "Next MFA code for production:"]


@ON_BOTH_TERMINALS
def test_a_void_qr_code_is_told_with_the_way_out(bootstrap: Bootstrap) -> None:
    """Somebody has made the device anew from another handover."""
    operator, production = bootstrap.operator, bootstrap.production
    assert (
        operator.run(*ansible("playbook"), str(PROJECT / "playbooks/prepare.yml"), "-l", "production").returncode == 0
    )
    (device,) = production.iam.list_virtual_mfa_devices()["VirtualMFADevices"]
    production.iam.delete_virtual_mfa_device(SerialNumber=device["SerialNumber"])
    production.iam.create_virtual_mfa_device(VirtualMFADeviceName="iamadmin")
    code, shown = operator.bootstrap("-l", "production")
    assert code == 2
    assert operator.asked == ["MFA codes for production:"] * 3
    said = " ".join(shown.split())
    assert said.count("production: AWS refused codes that fit this QR code.") == 3
    assert "rm handover/production/mfa-qr.png, and run again to get a new one." in said

    (bootstrap.handover / "production" / "mfa-qr.png").unlink()
    code, shown = operator.bootstrap("-l", "production")
    assert code == 0, shown
    assert len(operator.asked) == 4


def test_an_interruption_at_a_question_ends_the_run(bootstrap: Bootstrap) -> None:
    operator = bootstrap.operator
    with operator.spawn([*ansible("playbook"), str(PROJECT / "bootstrap.yml")]) as terminal:
        terminal.expect("MFA codes for general:")
        terminal.type("\x03")
        terminal.expect(pexpect.EOF)
        assert terminal.process.wait(operator.timeout) not in (0, 2)
        shown = terminal.shown
    assert "MFA codes for production:" not in shown
    assert "Traceback" not in shown
    code, shown = operator.bootstrap()
    assert code == 0, shown


def test_enter_alone_leaves_an_account_for_later_and_goes_on_with_the_others(bootstrap: Bootstrap) -> None:
    asked = bootstrap.operator.asked
    bootstrap.operator.mistake = lambda codes: [] if asked[-1] == "MFA codes for general:" else codes
    code, shown = bootstrap.operator.bootstrap()
    assert code == 2
    assert asked == ["MFA codes for general:", "MFA codes for production:"]
    assert f"production ({bootstrap.production.id}): SECURE" in shown
    assert "general: the account stays pending, as no valid MFA codes were given" in shown
