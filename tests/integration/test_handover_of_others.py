# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A handover that somebody else has prepared, copied, renamed or forgotten, as a run meets it."""

from __future__ import annotations

import json
import os
import re
import shlex
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.cases import password, user
from tests.integration.conftest import Bootstrap, TestAccount, bootstrap_of
from tests.local_aws.calls import READS, Call, RefusedError
from tests.local_aws.server import LocalAws
from tests.operator import PROJECT, Operator, ansible

NOBODY = 65534
PRODUCTION = ("-l", "production")
RESET = "playbooks/reset_password.yml"
PREPARED = "Known-to-somebody-else-1"

gives_away = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


@pytest.fixture(autouse=True)
def behaves(aws: LocalAws) -> Iterator[None]:
    """Let AWS behave again, also after a test that failed."""
    yield
    aws.log.reset()


def run(operator: Operator, *arguments: str, playbook: str = "bootstrap.yml") -> tuple[int, str, list[str]]:
    """Run a playbook without a terminal; return its code, what it said in one line, and the changes of each account."""
    done = operator.run(*ansible("playbook"), str(PROJECT / playbook), *arguments)
    return done.returncode, " ".join(done.stdout.split()), re.findall(r"changed=(\d+)", done.stdout)


def with_vault(operator: Operator) -> tuple[str, ...]:
    """What it takes to encrypt."""
    (operator.directory / "vault-password").write_text("correct horse")
    return "--vault-password-file", "vault-password"


def computed(operator: Operator) -> tuple[str, ...]:
    """What it takes to bootstrap with nobody at a terminal."""
    return ("-e", "iam_admin_enrolment=totp", *with_vault(operator))


def credentials(bootstrap: Bootstrap, name: str = "production") -> Path:
    """The file of the credentials."""
    return bootstrap.handover / name / "credentials.yml"


def held(bootstrap: Bootstrap, name: str = "production") -> dict[str, Any]:
    """What they hold, in plain text."""
    return yaml.safe_load(credentials(bootstrap, name).read_text())


def prepare(bootstrap: Bootstrap, **more: str) -> Path:
    """Put credentials there in plain text, as an editor or a checkout leaves them; return the folder."""
    folder = bootstrap.handover / "production"
    folder.mkdir(parents=True)
    known = {
        "account_name": "production",
        "account_id": bootstrap.production.id,
        "user_name": "iamadmin",
        "sign_in_url": "https://example.com/",
        "initial_password": PREPARED,
        **more,
    }
    (folder / "credentials.yml").write_text(yaml.safe_dump(known))
    return folder


def writes(account: TestAccount) -> list[str]:
    """What was done to its password or its devices."""
    made = [call for call in account.calls if not call.startswith((*READS, "AssumeRole"))]
    return [call for call in made if "Login" in call or "MFA" in call]


# Somebody else's


@gives_away
@pytest.mark.parametrize("encrypts", [False, True])
def test_a_folder_of_another_user_is_refused_and_its_password_is_not_used(bootstrap: Bootstrap, encrypts: bool) -> None:
    folder = prepare(bootstrap)
    for path in (folder, folder / "credentials.yml"):
        os.chown(path, NOBODY, -1)
    vault = computed(bootstrap.operator) if encrypts else ()
    code, shown, _changes = run(bootstrap.operator, *PRODUCTION, *vault)
    assert code == 2
    where = Path("handover", "production")
    assert f"{where} belongs to another user, so what it holds may not be ours: move it away, set" in shown
    assert f"and run chown 0 {where}." in shown
    assert writes(bootstrap.production) == []
    assert PREPARED in (folder / "credentials.yml").read_text()


@gives_away
def test_a_folder_of_another_user_is_refused_for_a_finished_account_too(bootstrapped: Bootstrap) -> None:
    os.chown(bootstrapped.handover / "production", NOBODY, -1)
    code, shown, _changes = run(bootstrapped.operator, *PRODUCTION)
    assert code == 2
    assert "handover/production belongs to another user" in shown


def test_plain_text_that_others_can_read_is_moved_aside_where_there_is_a_vault_password(bootstrap: Bootstrap) -> None:
    folder = prepare(bootstrap)
    vault = computed(bootstrap.operator)
    foretold = run(bootstrap.operator, *PRODUCTION, *vault, "--check")
    assert set(folder.iterdir()) == {folder / "credentials.yml"}
    code, shown, changes = run(bootstrap.operator, *PRODUCTION, *vault)
    assert code == 0, shown
    assert "handover/production/not-used-1-credentials.yml was moved aside and is not used: it was in plain" in shown
    assert PREPARED in (folder / "not-used-1-credentials.yml").read_text()
    assert credentials(bootstrap).read_text().startswith("$ANSIBLE_VAULT")
    assert bootstrap.production.backend.users["iamadmin"].password != PREPARED
    assert changes == foretold[2]
    code, shown, changes = run(bootstrap.operator, *PRODUCTION, *vault)
    assert (code, changes) == (0, ["0"]), shown


def test_a_pipe_is_not_waited_for(bootstrap: Bootstrap) -> None:
    folder = prepare(bootstrap)
    (folder / "credentials.yml").unlink()
    os.mkfifo(folder / "credentials.yml")
    code, shown, _changes = run(bootstrap.operator, *PRODUCTION)
    assert code == 2
    assert "handover/production/credentials.yml is not a file: move it away." in shown


@pytest.mark.parametrize("name", [".gitignore", "credentials.yml", "mfa-qr.png", ".unsent"])
def test_nothing_is_written_through_a_link(bootstrap: Bootstrap, name: str) -> None:
    folder = bootstrap.handover / "production"
    folder.mkdir(parents=True)
    outside = bootstrap.operator.directory / "outside"
    outside.touch()
    (folder / name).symlink_to(outside)
    code, shown, _changes = run(bootstrap.operator, *PRODUCTION)
    assert code == 2
    assert f"handover/production/{name} is a link, and handovers are not written through links: remove it, or" in shown
    assert outside.read_bytes() == b""


def test_what_a_file_says_does_not_reach_the_terminal_as_it_is(bootstrap: Bootstrap) -> None:
    prepare(bootstrap, user_name="\x1b]0;mine\x07\x9b31m\u202e")
    done = bootstrap.operator.run(*ansible("playbook"), str(PROJECT / "bootstrap.yml"), *PRODUCTION)
    assert done.returncode == 2
    assert "is the handover of" in done.stdout
    assert not set(done.stdout) & set("\x1b\x07\x9b\u202e")


# A vault password that came later


def test_the_plain_handover_of_a_finished_account_is_encrypted_by_the_next_run(both_bootstrapped: Bootstrap) -> None:
    before = {name: held(both_bootstrapped, name) for name in ("general", "production")}
    vault = with_vault(both_bootstrapped.operator)
    foretold = run(both_bootstrapped.operator, *vault, "--check")
    assert held(both_bootstrapped) == before["production"]
    code, shown, changes = run(both_bootstrapped.operator, *vault)
    assert code == 0, shown
    assert changes == foretold[2] == ["1", "1"]
    for name, plain in before.items():
        assert f"{name}: what lay there in plain text is encrypted now: handover/{name}/credentials.yml" in shown
        assert credentials(both_bootstrapped, name).read_text().startswith("$ANSIBLE_VAULT")
        view = [*ansible("vault"), "view", *vault, str(credentials(both_bootstrapped, name))]
        assert yaml.safe_load(both_bootstrapped.operator.run(*view).stdout) == plain
    assert {*run(both_bootstrapped.operator, *vault)[2]} == {"0"}


def test_what_is_encrypted_is_foretold_once_for_several_devices(bootstrap: Bootstrap) -> None:
    several = ("-e", json.dumps({"iam_admin_device_names": ["phone", "safe"]}))
    assert run(bootstrap.operator, *PRODUCTION, *several, playbook="playbooks/prepare.yml")[0] == 0
    more = (*PRODUCTION, *several, *computed(bootstrap.operator))
    foretold = run(bootstrap.operator, *more, "--check")
    code, shown, changes = run(bootstrap.operator, *more)
    assert code == 0, shown
    assert changes == foretold[2]


# Spent passwords


def test_a_spent_password_does_not_come_back(bootstrapped: Bootstrap) -> None:
    spent = held(bootstrapped)["initial_password"]
    bootstrapped.production.iam.delete_login_profile(UserName="iamadmin")
    foretold = run(bootstrapped.operator, *PRODUCTION, "--check")
    code, shown, changes = run(bootstrapped.operator, *PRODUCTION)
    assert code == 0, shown
    assert changes == foretold[2] == ["1"]
    kept = held(bootstrapped)
    assert kept["initial_password"] == bootstrapped.production.backend.users["iamadmin"].password != spent
    assert "previous_password" not in kept
    assert {file.name for file in credentials(bootstrapped).parent.iterdir()} == {"credentials.yml", ".gitignore"}


@pytest.mark.parametrize("first", [True, False], ids=["the first one", "after a spent one"])
def test_a_password_that_aws_never_got_is_sent_again(bootstrapped: Bootstrap, first: bool) -> None:
    bootstrapped.production.iam.delete_login_profile(UserName="iamadmin")
    before = held(bootstrapped)
    spent = before["initial_password"]
    if first:
        credentials(bootstrapped).write_text(yaml.safe_dump({**before, "initial_password": ""}))

    def refuse(call: Call) -> None:
        if call.action == "CreateLoginProfile":
            raise RefusedError("AccessDenied", "No")

    bootstrapped.production.aws.log.intercept = refuse
    assert run(bootstrapped.operator, *PRODUCTION)[0] == 2
    kept = held(bootstrapped)["initial_password"]
    assert kept != spent
    bootstrapped.production.aws.log.reset()
    code, shown, _changes = run(bootstrapped.operator, *PRODUCTION)
    assert code == 0, shown
    assert held(bootstrapped)["initial_password"] == kept == bootstrapped.production.backend.users["iamadmin"].password


def test_a_spent_password_is_not_made_unsent_by_who_cannot_read_the_vault(bootstrap: Bootstrap) -> None:
    vault = computed(bootstrap.operator)
    assert run(bootstrap.operator, *PRODUCTION, *vault)[0] == 0
    spent = bootstrap.production.backend.users["iamadmin"].password
    bootstrap.production.iam.delete_login_profile(UserName="iamadmin")
    credentials(bootstrap).with_name(".unsent").touch(mode=0o600)
    code, shown, _changes = run(bootstrap.operator, *PRODUCTION, *vault)
    assert code == 0, shown
    assert bootstrap.production.backend.users["iamadmin"].password != spent
    assert {file.name for file in credentials(bootstrap).parent.iterdir()} == {"credentials.yml", ".gitignore"}


def test_a_password_that_a_killed_run_has_sent_is_spent_once_the_next_run_has_seen_it(bootstrapped: Bootstrap) -> None:
    before = held(bootstrapped)
    credentials(bootstrapped).write_text(yaml.safe_dump({**before, "unsent": True}))
    hint = credentials(bootstrapped).with_name(".unsent")
    hint.touch(mode=0o600)
    foretold = run(bootstrapped.operator, *PRODUCTION, "--check")
    assert hint.exists()
    code, shown, changes = run(bootstrapped.operator, *PRODUCTION)
    assert (code, changes) == (0, foretold[2]), shown
    assert changes == ["1"]
    assert not hint.exists()
    assert held(bootstrapped) == before
    bootstrapped.production.iam.delete_login_profile(UserName="iamadmin")
    assert run(bootstrapped.operator, *PRODUCTION)[0] == 0
    assert held(bootstrapped)["initial_password"] != before["initial_password"]


# Names


def test_a_qr_code_that_was_left_is_removed_whatever_the_folder_is_called(bootstrapped: Bootstrap) -> None:
    directory = bootstrapped.operator.directory / "hand[o]ver*"
    bootstrapped.handover.rename(directory)
    left = directory / "production" / "mfa-qr.png"
    left.touch(mode=0o600)
    elsewhere = ("-e", json.dumps({"iam_admin_handover_dir": str(directory)}))
    code, shown, changes = run(bootstrapped.operator, *PRODUCTION, *elsewhere)
    assert (code, changes) == (0, ["1"]), shown
    assert not left.exists()


def test_the_handover_of_an_account_that_was_renamed_is_found(bootstrapped: Bootstrap) -> None:
    operator = bootstrapped.operator
    kept = credentials(bootstrapped).read_bytes()
    inventory = operator.directory / "inventory.yml"
    inventory.write_text(inventory.read_text().replace('"production": {', '"acme": {'))
    renamed = ("-l", "acme")
    code, shown, _changes = run(operator, *renamed, playbook=RESET)
    assert code == 2
    assert (
        f"The handover of iamadmin in account {bootstrapped.production.id} is handover/production: rename that folder "
        "to acme, as the account is called now, or move it out of handover."
    ) in shown
    assert credentials(bootstrapped).read_bytes() == kept
    assert not (bootstrapped.handover / "acme").exists()
    assert "UpdateLoginProfile" not in bootstrapped.production.calls
    (bootstrapped.handover / "production").rename(bootstrapped.handover / "acme")
    code, shown, _changes = run(operator, *renamed, playbook=RESET)
    assert code == 0, shown
    assert held(bootstrapped, "acme")["initial_password"] == bootstrapped.production.backend.users["iamadmin"].password


def test_the_handover_of_an_account_that_was_renamed_is_not_forgotten_when_it_is_removed(
    bootstrapped: Bootstrap,
) -> None:
    operator = bootstrapped.operator
    inventory = operator.directory / "inventory.yml"
    inventory.write_text(inventory.read_text().replace('"production": {', '"acme": {'))
    last = ("-l", "acme", "-e", "iam_admin_remove_last_administrator=true iam_admin_remove_without_asking=true")
    for check in (("--check",), ()):
        code, shown, _changes = run(operator, *last, *check, playbook="playbooks/remove.yml")
        assert code == 2
        assert "is handover/production: rename that folder to acme" in shown
    (bootstrapped.handover / "production").rename(bootstrapped.handover / "acme")
    code, shown, _changes = run(operator, *last, playbook="playbooks/remove.yml")
    assert code == 0, shown
    assert not (bootstrapped.handover / "acme").exists()


# Jobs in the background


def in_the_background(jobs: Path) -> dict[str, Any]:
    """What makes a task a job, whose files are in that folder."""
    return {"async": 60, "poll": 1, "vars": {"ansible_async_dir": str(jobs)}}


@pytest.mark.parametrize(
    ("module", "options", "why"),
    [
        ("iam_virtual_mfa", {"user_name": "iamadmin"}, "returns"),
        ("iam_virtual_mfa", {"user_name": "iamadmin", "state": "enabled", "codes": ["123456", "654321"]}, "is given"),
        ("iam_admin_user", {"name": "iamadmin", "password": PREPARED}, "is given"),
        ("iam_admin_proof", {"name": "iamadmin", "code": "123456"}, "is given"),
    ],
)
def test_a_secret_is_refused_in_the_background(
    both_ways: TestAccount, tmp_path: Path, module: str, options: dict[str, Any], why: str
) -> None:
    task = {f"landing_zone.aws_admin.{module}": {"profile": both_ways.name, **options}}
    result = both_ways.run_task({**task, **in_the_background(tmp_path / "jobs")})
    assert result["failed"] is True
    assert f"{module} {why} a secret here, and async would write it into a file: leave async out" in result["msg"]
    assert both_ways.calls == []
    assert not (tmp_path / "jobs").exists()


def test_what_has_no_secret_runs_in_the_background(account: TestAccount, tmp_path: Path) -> None:
    # Ansible runs a job by its first line, which cannot name an interpreter with a space in its path
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} "$@"\n')
    python.chmod(0o700)
    task = {
        "landing_zone.aws_admin.iam_admin_user": {"profile": account.name, "name": "iamadmin"},
        **in_the_background(tmp_path / "jobs"),
    }
    task["vars"]["ansible_python_interpreter"] = str(python)
    result = account.run_task(task)
    assert result["changed"] is True, result
    assert (tmp_path / "jobs").exists()


def test_what_aws_says_does_not_reach_the_terminal_as_it_is(both_ways: TestAccount, aws: LocalAws) -> None:
    def refuse(call: Call) -> None:
        if call.account_id == both_ways.id:
            raise RefusedError("AccessDenied", "It is \x9b31mred\u202e")

    aws.log.intercept = refuse
    for module in ("iam_admin_user", "iam_admin_info"):
        message = both_ways.run(module, name="iamadmin")["msg"]
        assert "It is  31mred . " in message
        assert message.isprintable()


def test_an_alias_does_not_reach_the_terminal_as_it_is(account: TestAccount, tmp_path: Path) -> None:
    for step in (user(), password()):  # or nobody is told where to sign in
        step(account)
    account.backend.account_aliases = ["a\x9b31m"]
    _code, shown = bootstrap_of([account], tmp_path).bootstrap(playbook="playbooks/check.yml")
    assert "https://a 31m.signin.aws.amazon.com/console" in shown
    assert "\x9b" not in shown
