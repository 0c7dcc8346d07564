# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""playbooks/check.yml: safe to schedule, and its report."""

from __future__ import annotations

import json
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.checks import RULES
from tests.integration.cases import ADMINISTRATOR, READ_ONLY, Given, attached, enabled_device, password, user
from tests.integration.conftest import Bootstrap, TestAccount, bootstrap_of
from tests.local_aws.calls import READS, Call, RefusedError
from tests.operator import PROJECT, Operator, ansible

POLICY = PROJECT / "examples" / "check-policy.json"
SECURE: tuple[Given, ...] = (user(), attached(ADMINISTRATOR), enabled_device(), password())


def check(operator: Operator, *arguments: str) -> tuple[int, str]:
    done = operator.run(*ansible("playbook"), str(PROJECT / "playbooks" / "check.yml"), *arguments)
    return done.returncode, done.stdout


def secure(account: TestAccount, *more: Given) -> TestAccount:
    for step in (*SECURE, *more):
        step(account)
    return account


def report_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return found


@contextmanager
def allowing(account: TestAccount, actions: set[str]) -> Iterator[None]:
    """Deny everything but some actions; nobody needs a permission to ask who they are."""

    def intercept(call: Call) -> None:
        if call.action != "GetCallerIdentity" and f"{call.service}:{call.action}" not in actions:
            raise RefusedError("AccessDenied", f"No policy allows {call.service}:{call.action}.")

    account.aws.log.intercept = intercept
    try:
        yield
    finally:
        account.aws.log.reset()


# Read-only


def no_policy(account: TestAccount) -> None:
    account.iam.detach_user_policy(UserName="iamadmin", PolicyArn=ADMINISTRATOR)


def access_key(account: TestAccount) -> None:
    account.iam.create_access_key(UserName="iamadmin")


def no_root_mfa(account: TestAccount) -> None:
    account.aws.set_root(account.id, mfa=False, access_keys=True)


@pytest.mark.parametrize(
    "given",
    [(), (user(),), SECURE, (*SECURE, no_policy), (*SECURE, access_key, user("somebody")), (*SECURE, no_root_mfa)],
    ids=["nothing there", "a user alone", "all well", "no policy", "an access key", "root in the open"],
)
def test_every_call_is_a_read_whatever_is_wrong(account: TestAccount, tmp_path: Path, given: tuple[Given, ...]) -> None:
    for step in given:
        step(account)
    start = len(account.calls)
    code, shown = check(bootstrap_of([account], tmp_path), "-e", "iam_admin_report_dir=report")
    assert code == (0 if given == SECURE else 2), shown
    assert account.calls[start:]
    assert [call for call in account.calls[start:] if not call.startswith(READS)] == []


STATEMENTS = {one["Sid"]: one["Action"] for one in json.loads(POLICY.read_text())["Statement"]}
EVERY_CHECK = json.dumps({"iam_admin_expect": [*RULES]})


def unknown(report: Path) -> list[str]:
    """Return why what could not be read is unknown."""
    (judged,) = report_of(report)["accounts"]
    return [one["detail"] for one in judged["checks"].values() if one["status"] == "unknown"]


def test_the_least_policy_is_enough(account: TestAccount, tmp_path: Path) -> None:
    secure(account, user("somebody"))
    operator = bootstrap_of([account], tmp_path)
    with allowing(account, {*STATEMENTS["ReadForTheVerdict"]}):
        code, shown = check(operator, "-e", "iam_admin_report_dir=report")
    assert code == 0, shown
    with allowing(account, {action for actions in STATEMENTS.values() for action in actions}):
        check(operator, "-e", "iam_admin_report_dir=more", "-e", EVERY_CHECK)
    assert unknown(tmp_path / "report") == unknown(tmp_path / "more") == []


@pytest.mark.parametrize("action", [action for actions in STATEMENTS.values() for action in actions])
def test_the_least_policy_has_nothing_that_is_not_needed(account: TestAccount, tmp_path: Path, action: str) -> None:
    secure(account, access_key, lambda account: account.iam.create_account_alias(AccountAlias=f"zone-{account.id}"))
    for step in (user("somebody"), attached(READ_ONLY, name="somebody")):
        step(account)
    operator = bootstrap_of([account], tmp_path, iam_admin_managed_policies=["AdministratorAccess", "ReadOnlyAccess"])
    on_request = ("-e", EVERY_CHECK) if action in STATEMENTS["ReadOnRequest"] else ()
    check(operator, "-e", "iam_admin_report_dir=with", *on_request)
    with allowing(account, {one for actions in STATEMENTS.values() for one in actions} - {action}):
        check(operator, "-e", "iam_admin_report_dir=without", *on_request)
    ((enough,), (less,)) = (report_of(tmp_path / name)["accounts"] for name in ("with", "without"))
    if action == "iam:ListAccountAliases":
        assert (enough["sign_in_url"] != less["sign_in_url"]) is True
    elif action == "iam:GetAccessKeyLastUsed":
        assert "its last use may not be read" in less["checks"]["access_keys"]["detail"]
    elif action == "iam:GetPolicyVersion":
        assert {*unknown(tmp_path / "without")} == {"AWS does not show all policies of somebody: run again."}
    else:
        assert unknown(tmp_path / "without")
        assert all(f"lack the permission {action}: use others" in detail for detail in unknown(tmp_path / "without"))


# The report


def test_the_report_has_every_account_the_worst_first(bootstrap: Bootstrap) -> None:
    secure(bootstrap.production)
    folder = bootstrap.operator.directory / "report"
    code, shown = check(bootstrap.operator, "-e", f"iam_admin_report_dir={folder}")
    assert code == 2
    lines = shown.splitlines()
    wanted = [
        f"general ({bootstrap.general.id}): NOT SECURE",
        f"production ({bootstrap.production.id}): SECURE",
        "2 accounts: 1 not secure, 1 secure.",
    ]
    assert [line for line in lines if line in wanted] == wanted
    assert any(line.startswith("   FAIL administrator") for line in lines), shown
    report = report_of(folder)
    assert [(one["name"], one["verdict"], one["error"]) for one in report["accounts"]] == [
        ("general", "not secure", None),
        ("production", "secure", None),
    ]
    files = {".lock", "report.json", "report.html", "report.md", "report.xml"}
    assert {file.name for file in folder.iterdir()} == files


def test_a_limit_hides_not_how_many_accounts_there_are(bootstrap: Bootstrap) -> None:
    secure(bootstrap.production)
    code, shown = check(bootstrap.operator, "-l", "production")
    assert (code, "1 of 2 accounts: 1 secure." in shown.splitlines()) == (0, True), shown


def test_without_a_folder_nothing_is_written(account: TestAccount, tmp_path: Path) -> None:
    secure(account)
    before = {path for path in tmp_path.rglob("*") if ".ansible" not in path.parts}
    code, shown = check(bootstrap_of([account], tmp_path))
    assert code == 0, shown
    appeared = {path for path in tmp_path.rglob("*") if ".ansible" not in path.parts} - before
    assert {path.name for path in appeared} == {"inventory.yml"}


def test_what_could_not_be_done_is_told_from_what_is_not_secure(bootstrap: Bootstrap) -> None:
    secure(bootstrap.production)
    folder = bootstrap.operator.directory / "report"
    bootstrap.operator.environment = {**bootstrap.operator.environment}
    code, _shown = check(
        bootstrap.operator, "-e", f"iam_admin_report_dir={folder}", "-e", "aws_profile=nobody", "-l", "general"
    )
    assert code == 2
    (general,) = report_of(folder)["accounts"]
    assert (general["verdict"], general["checks"]) == ("unknown", {})
    assert "ProfileNotFound" in general["error"]


def test_drift_is_told_and_parts_of_a_run_are_merged(bootstrap: Bootstrap) -> None:
    folder = bootstrap.operator.directory / "report"
    arguments = ("-e", f"iam_admin_report_dir={folder}")
    secure(bootstrap.general)
    check(bootstrap.operator, *arguments, "-l", "general")
    bootstrap.general.aws.set_root(bootstrap.general.id, mfa=False)
    code, shown = check(bootstrap.operator, *arguments, "-l", "general")
    assert code == 2
    assert re.search(r"Worse than on \S+ \S+ UTC: root_mfa\.", " ".join(shown.split()))
    secure(bootstrap.production)
    bootstrap.general.aws.set_root(bootstrap.general.id, mfa=True)
    code, shown = check(bootstrap.operator, *arguments)
    assert code == 0, shown
    assert "Better: general (root_mfa)." in shown.splitlines()
    assert "New: production." in shown.splitlines()
    # A part of a run leaves the rest as it is
    check(bootstrap.operator, *arguments, "-l", "production")
    assert {one["name"] for one in report_of(folder)["accounts"]} == {"general", "production"}


def test_expectations_and_exceptions_are_the_operators(account: TestAccount, tmp_path: Path) -> None:
    secure(account)
    account.aws.set_root(account.id, mfa=False)
    expect = ["root_mfa", "mfa", "password_policy"]
    operator = bootstrap_of([account], tmp_path, iam_admin_expect=expect)
    code, shown = check(operator)
    assert code == 2
    assert "is not secure. Not passed: root_mfa, password_policy." in " ".join(shown.split())
    reasons = {"root_mfa": "The key comes on Monday.", "password_policy": "The directory has one."}
    operator = bootstrap_of([account], tmp_path, iam_admin_expect=expect, iam_admin_exceptions=reasons)
    code, shown = check(operator)
    assert code == 0, shown
    assert "Accepted: The key comes on Monday." in " ".join(shown.split())


@pytest.mark.parametrize(
    ("until", "code", "told"),
    [
        ("2999-01-31", 0, "Accepted: The key comes. (Until 2999-01-31.)"),
        ("2020-01-31", 2, "The exception ended on 2020-01-31."),
        ("soon", 2, "iam_admin_exceptions: until of root_mfa is 'soon': write a date such as 2027-01-31."),
    ],
)
def test_an_exception_ends_on_the_day_that_the_inventory_says(
    account: TestAccount, tmp_path: Path, until: str, code: int, told: str
) -> None:
    secure(account)
    account.aws.set_root(account.id, mfa=False)
    operator = bootstrap_of([account], tmp_path)
    folder = operator.directory / "group_vars"
    folder.mkdir()
    # Without quotes, as a date
    (folder / "all").write_text(f"iam_admin_exceptions: {{root_mfa: {{reason: The key comes., until: {until}}}}}")
    ended, shown = check(operator)
    assert (ended, told in " ".join(shown.split())) == (code, True), shown


def test_a_check_that_is_no_check_is_a_sentence(account: TestAccount, tmp_path: Path) -> None:
    code, shown = check(bootstrap_of([account], tmp_path, iam_admin_expect=["root"]))
    assert code == 2
    assert "iam_admin_expect names 'root', which is not one of account, root_mfa, " in " ".join(shown.split())
    assert account.calls == []


def test_a_host_whose_variables_cannot_be_told_takes_nobody_elses_verdict(bootstrap: Bootstrap) -> None:
    secure(bootstrap.production)
    folder = bootstrap.operator.directory / "host_vars"
    folder.mkdir()
    (folder / "general").write_text('iam_admin_exceptions: {root_mfa: "{{ not_there }}"}')
    code, shown = check(bootstrap.operator)
    assert code == 2
    assert f"production ({bootstrap.production.id}): SECURE" in shown
    assert "general: UNKNOWN" in shown
    assert "fault of the collection" not in shown


@pytest.mark.parametrize(
    ("variables", "sentence"),
    [
        (["-e", "iam_admin_report_dir=/proc/nowhere"], "The report /proc/nowhere cannot be used"),
        (["-e", "iam_admin_report_baseline=nowhere.json"], "nowhere.json cannot be used: No such file or directory. "),
    ],
)
def test_where_there_is_no_place_for_files_the_verdicts_are_said(
    account: TestAccount, tmp_path: Path, variables: list[str], sentence: str
) -> None:
    secure(account)
    code, shown = check(bootstrap_of([account], tmp_path), *variables)
    assert code == 2
    assert f"general ({account.id}): SECURE" in shown
    assert sentence in " ".join(shown.split())


@pytest.mark.parametrize("serial", [None, 1], ids=["at once", "in batches"])
def test_one_account_is_not_judged_as_two(account: TestAccount, tmp_path: Path, serial: int | None) -> None:
    operator = bootstrap_of([secure(account)], tmp_path)
    hosts = json.loads((tmp_path / "inventory.yml").read_text())
    hosts["aws_accounts"]["hosts"] = {name: {"aws_profile": "general"} for name in ("general", "production")}
    (tmp_path / "inventory.yml").write_text(json.dumps(hosts))
    role = {"name": "landing_zone.aws_admin.iam_admin", "tasks_from": "check"}
    play = {"hosts": "aws_accounts", "gather_facts": False, "tasks": [{"ansible.builtin.import_role": role}]}
    (tmp_path / "own.yml").write_text(json.dumps([play | ({"serial": serial} if serial else {})]))
    done = operator.run(*ansible("playbook"), str(tmp_path / "own.yml"), "-e", "iam_admin_report_dir=report")
    assert done.returncode == 2
    shown = " ".join(done.stdout.split())
    assert f"general and production lead to one account, {account.id}, which was judged as that of each" in shown
    # Whoever is told of in an earlier batch has passed
    assert f"production ({account.id}): UNKNOWN" in shown
    assert (f"general ({account.id}): UNKNOWN" in shown) is (serial is None)
    assert "general : ok" in shown
    assert ("failed=1" in shown.partition("PLAY RECAP")[2].partition("production")[0]) is (serial is None)


@pytest.mark.parametrize("year", ["2099", "9999"])
def test_the_terminal_says_what_this_run_has_judged_whatever_a_file_says(
    account: TestAccount, tmp_path: Path, year: str
) -> None:
    operator, folder = bootstrap_of([secure(account)], tmp_path), tmp_path / "report"
    code, shown = check(operator, "-e", "iam_admin_report_dir=report")
    assert code == 0, shown
    report = report_of(folder)
    report["accounts"][0]["checked_at"] = f"{year}-01-01T00:00:00.000+00:00"
    (folder / "report.json").write_text(json.dumps(report))
    no_policy(account)
    code, shown = check(operator, "-e", "iam_admin_report_dir=report")
    assert code == 2
    assert f"general ({account.id}): NOT SECURE" in shown
    assert ": SECURE" not in shown
    assert [one["verdict"] for one in report_of(folder)["accounts"]] == ["not secure"]


def test_a_folder_in_which_others_can_write_is_named_and_the_verdict_is_said(
    account: TestAccount, tmp_path: Path
) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    folder.chmod(0o777)
    (folder / ".lock").symlink_to(tmp_path / "made-through-a-link")
    code, shown = check(bootstrap_of([secure(account)], tmp_path), "-e", "iam_admin_report_dir=theirs")
    assert code == 2
    assert f"general ({account.id}): SECURE" in shown
    assert "theirs can be written by other users" in " ".join(shown.split())
    assert "set iam_admin_report_dir" in " ".join(shown.split())
    assert not (tmp_path / "made-through-a-link").exists()


def test_a_report_may_be_in_a_folder_that_a_group_shares(account: TestAccount, tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "report"):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o775)
    code, shown = check(bootstrap_of([secure(account)], tmp_path), "-e", "iam_admin_report_dir=report")
    assert code == 0, shown
    assert stat.S_IMODE((tmp_path / "report" / "report.json").stat().st_mode) == 0o600


def test_each_batch_of_a_serial_run_says_its_own_and_the_files_have_all(bootstrap: Bootstrap) -> None:
    secure(bootstrap.general)
    secure(bootstrap.production)
    folder = bootstrap.operator.directory
    (folder / "serial.yml").write_text(
        """
        - hosts: aws_accounts
          gather_facts: false
          serial: 1
          tasks:
            - ansible.builtin.import_role:
                name: landing_zone.aws_admin.iam_admin
                tasks_from: check
        """
    )
    done = bootstrap.operator.run(*ansible("playbook"), str(folder / "serial.yml"), "-e", "iam_admin_report_dir=report")
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(": SECURE") == 2
    assert len(report_of(folder / "report")["accounts"]) == 2
