# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole journey, on a real pseudo-terminal."""

from __future__ import annotations

import json
import os
import re
import stat
from pathlib import Path

import pexpect
import pytest
import yaml
from PIL import Image

from tests.integration.conftest import Bootstrap
from tests.integration.test_calls import OF_ROOT
from tests.local_aws.calls import READS
from tests.operator import PROJECT, Authenticator, Operator, ansible, drawn_on, picture_of, read_qr_code


def test_both_accounts_become_secure_and_a_second_run_changes_nothing(both_kinds: Bootstrap) -> None:
    code, shown = both_kinds.operator.bootstrap()
    assert code == 0, shown
    questions = ["MFA codes for general:", "MFA codes for production:"]
    assert both_kinds.operator.asked == questions
    for account in (both_kinds.general, both_kinds.production):
        user = account.backend.users["iamadmin"]
        assert user.password in (both_kinds.handover / account.name / "credentials.yml").read_text()
        assert f"{account.name} ({account.id}): SECURE" in shown

    code, shown = both_kinds.operator.bootstrap()
    assert code == 0, shown
    assert {*re.findall(r"changed=(\d+)", shown)} == {"0"}, shown
    assert both_kinds.operator.asked == questions


def test_the_password_comes_after_the_device_is_enabled(bootstrap: Bootstrap) -> None:
    bootstrap.operator.bootstrap()
    for account in (bootstrap.general, bootstrap.production):
        writes = [call for call in account.calls if not call.startswith(READS)]
        assert [call for call in writes if call != "AssumeRole"] == [
            "CreateUser",
            "AttachUserPolicy",
            "CreateVirtualMFADevice",
            "EnableMFADevice",
            "CreateLoginProfile",
        ]


@pytest.mark.parametrize("why", ["nobody at the keyboard", "CI"])
def test_no_qr_code_is_on_a_terminal_that_nobody_sits_at(bootstrap: Bootstrap, why: str) -> None:
    operator = bootstrap.operator
    if why == "CI":
        operator.environment = {**operator.environment, "CI": "true"}
    with Path(os.devnull).open() as nothing:
        keyboard = nothing.fileno() if why == "nobody at the keyboard" else None
        command = [*ansible("playbook"), str(PROJECT / "playbooks/prepare.yml"), "-l", "production"]
        with operator.spawn(command, keyboard=keyboard) as terminal:
            terminal.expect(pexpect.EOF)
            assert terminal.process.wait(operator.timeout) == 0, terminal.shown
    assert "production: the QR code for the authenticator app is handover/production/mfa-qr.png" in terminal.shown
    assert set(terminal.shown).isdisjoint("▀▄█")


def test_the_qr_code_is_on_the_screen_and_in_no_log(bootstrap: Bootstrap) -> None:
    log = bootstrap.operator.directory / "ansible.log"
    bootstrap.operator.environment = {**bootstrap.operator.environment, "ANSIBLE_LOG_PATH": str(log)}
    code, shown = bootstrap.operator.bootstrap("-l", "production")
    assert code == 0, shown
    assert "secret=" in read_qr_code(drawn_on(bootstrap.operator.shown, "production"))
    assert "MFA codes for production: type two in a row" in log.read_text()
    assert set(log.read_text()).isdisjoint("▀▄█")


def screens_of(operator: Operator, rows: int, columns: int) -> dict[str, list[str]]:
    """Bootstrap on a terminal of this size, and return what stands on it at each question."""
    operator.rows, operator.columns = rows, columns
    screens: dict[str, list[str]] = {}

    def look(codes: list[str]) -> list[str]:
        screens[operator.asked[-1]] = operator.screen
        return codes

    operator.mistake = look
    code, shown = operator.bootstrap()
    assert code == 0, shown
    return screens


@pytest.mark.parametrize(("rows", "columns"), [(50, 120), (31, 60)])
def test_each_qr_code_is_the_last_thing_before_its_question(bootstrap: Bootstrap, rows: int, columns: int) -> None:
    screens = screens_of(bootstrap.operator, rows, columns)
    assert [*screens] == ["MFA codes for general:", "MFA codes for production:"]
    for account in (bootstrap.general, bootstrap.production):
        screen = screens[f"MFA codes for {account.name}:"]
        (above,) = [row for row, line in enumerate(screen) if line == f"AWS {account.name}: iamadmin@{account.id}"]
        below = next(row for row, line in enumerate(screen) if line.startswith(f"MFA codes for {account.name}:"))
        (device,) = account.backend.virtual_mfa_devices.values()
        assert f"secret={device.base32_string_seed}" in read_qr_code(picture_of(screen[above + 1 : below])), screen


@pytest.mark.parametrize(("rows", "columns"), [(24, 80), (50, 50)])
def test_where_a_qr_code_does_not_fit_the_way_to_its_picture_is_on_the_screen(
    bootstrap: Bootstrap, rows: int, columns: int
) -> None:
    screens = screens_of(bootstrap.operator, rows, columns)
    for name in ("general", "production"):
        standing = "".join(screens[f"MFA codes for {name}:"]).replace(" ", "")
        assert (
            f"and this terminal has {rows} and {columns}: open handover/{name}/mfa-qr.png.".replace(" ", "") in standing
        )
        assert set(standing).isdisjoint("▀▄█")


@pytest.mark.parametrize("in_process", [True, False])
def test_no_secret_is_printed_however_much_is_asked_for(bootstrap: Bootstrap, in_process: bool) -> None:
    code, shown = bootstrap.operator.bootstrap(
        "-vvvv", "--diff", "-e", f'{{"iam_admin_in_process": {in_process}}}'.lower()
    )
    assert code == 0, shown
    secrets = list(bootstrap.operator.typed)
    for account in (bootstrap.general, bootstrap.production):
        (device,) = account.backend.virtual_mfa_devices.values()
        secrets += [device.base32_string_seed, account.backend.users["iamadmin"].password]
    assert len(secrets) == 8
    assert [secret for secret in secrets if secret in shown] == []
    assert "otpauth:" not in shown


def test_the_handover_is_for_its_owner_alone(bootstrap: Bootstrap) -> None:
    bootstrap.operator.bootstrap()
    folders = (bootstrap.handover, bootstrap.handover / "general", bootstrap.handover / "production")
    for folder in folders:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    files = [file for folder in folders[1:] for file in folder.iterdir()]
    assert {file.name for file in files} == {"credentials.yml", ".gitignore"}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}


def test_the_app_tells_the_accounts_apart(bootstrap: Bootstrap) -> None:
    bootstrap.operator.run(*ansible("playbook"), str(PROJECT / "playbooks" / "prepare.yml"))
    app = Authenticator()
    for account in (bootstrap.general, bootstrap.production):
        picture = Image.open(bootstrap.handover / account.name / "mfa-qr.png")
        assert app.scan(account.name, picture) == f"AWS {account.name}: iamadmin@{account.id}"


def test_the_handover_is_encrypted_where_there_is_a_vault_password(bootstrap: Bootstrap) -> None:
    password_file = bootstrap.operator.directory / "vault-password"
    password_file.write_text("correct horse")
    bootstrap.operator.environment = {
        **bootstrap.operator.environment,
        "ANSIBLE_VAULT_PASSWORD_FILE": str(password_file),
    }
    # The file of the QR code is encrypted: it is scanned from the screen
    bootstrap.operator.from_screen = True
    code, shown = bootstrap.operator.bootstrap()
    assert code == 0, shown
    assert "is not encrypted" not in shown
    credentials = bootstrap.handover / "production" / "credentials.yml"
    assert credentials.read_text().startswith("$ANSIBLE_VAULT;1.1;AES256\n")
    viewed = bootstrap.operator.run(*ansible("vault"), "view", str(credentials)).stdout
    assert bootstrap.production.backend.users["iamadmin"].password in viewed


def test_without_a_phone_and_a_terminal_the_codes_are_computed_and_the_seed_is_kept_encrypted(
    bootstrap: Bootstrap,
) -> None:
    password_file = bootstrap.operator.directory / "vault-password"
    password_file.write_text("correct horse")
    playbook = [*ansible("playbook"), str(PROJECT / "bootstrap.yml"), "-e", "iam_admin_enrolment=totp"]
    playbook += ["--vault-password-file", str(password_file)]
    foretold = bootstrap.operator.run(*playbook, "--check")
    done = bootstrap.operator.run(*playbook)
    assert done.returncode == 0, done.stdout
    assert re.findall(r"changed=(\d+)", foretold.stdout) == re.findall(r"changed=(\d+)", done.stdout) == ["3", "3"]
    for account in (bootstrap.general, bootstrap.production):
        assert f"{account.name} ({account.id}): SECURE" in done.stdout
        folder = bootstrap.handover / account.name
        assert {file.name for file in folder.iterdir()} == {"credentials.yml", ".gitignore"}
        view = [*ansible("vault"), "view", "--vault-password-file", str(password_file)]
        kept = yaml.safe_load(bootstrap.operator.run(*view, str(folder / "credentials.yml")).stdout)
        (device,) = account.backend.virtual_mfa_devices.values()
        assert kept["mfa_seeds"] == {"iamadmin": device.base32_string_seed}
        assert kept["initial_password"] == account.backend.users["iamadmin"].password
        assert kept["mfa_seeds"]["iamadmin"] not in done.stdout

    done = bootstrap.operator.run(*playbook)
    assert {*re.findall(r"changed=(\d+)", done.stdout)} == {"0"}, done.stdout


def test_limit_leaves_the_other_account_alone(bootstrap: Bootstrap) -> None:
    code, shown = bootstrap.operator.bootstrap("-l", "production")
    assert code == 0, shown
    assert bootstrap.operator.asked == ["MFA codes for production:"]
    assert set(bootstrap.general.calls) == {"AssumeRole", *OF_ROOT}
    assert not (bootstrap.handover / "general").exists()

    code, shown = bootstrap.operator.bootstrap("-l", "production")
    assert code == 0, shown
    assert [line for line in shown.splitlines() if "changed=" in line and "changed=0 " not in line] == []


def test_check_mode_foretells_what_the_run_changes_and_changes_nothing(bootstrap: Bootstrap) -> None:
    playbook = [*ansible("playbook"), str(PROJECT / "bootstrap.yml")]
    foretold = bootstrap.operator.run(*playbook, "--check", "--diff")
    assert foretold.returncode == 0, foretold.stdout
    assert "NOT JUDGED" in foretold.stdout
    for account in (bootstrap.general, bootstrap.production):
        assert {call for call in account.calls if not call.startswith(READS)} <= {"AssumeRole"}
    assert not bootstrap.handover.exists()

    _code, shown = bootstrap.operator.bootstrap()
    assert re.findall(r"changed=(\d+)", foretold.stdout) == re.findall(r"changed=(\d+)", shown) == ["4", "4"]


def test_codes_from_a_variables_file_need_no_terminal(bootstrap: Bootstrap) -> None:
    playbook = [*ansible("playbook"), str(PROJECT / "bootstrap.yml")]
    assert bootstrap.operator.run(*playbook).returncode == 2
    app = Authenticator()
    for name in ("general", "production"):
        app.scan(name, Image.open(bootstrap.handover / name / "mfa-qr.png"))
    codes = bootstrap.operator.directory / "codes.yml"
    codes.write_text(json.dumps({"iam_admin_mfa_codes": {name: app.codes(name) for name in ("general", "production")}}))
    done = bootstrap.operator.run(*playbook, "-e", f"@{codes}")
    assert done.returncode == 0, done.stdout


def test_enrol_alone_finds_out_who_is_pending(bootstrap: Bootstrap) -> None:
    bootstrap.operator.run(*ansible("playbook"), str(PROJECT / "playbooks" / "prepare.yml"))
    code, shown = bootstrap.operator.bootstrap(playbook="playbooks/enrol.yml")
    assert code == 0, shown
    assert bootstrap.general.backend.users["iamadmin"].password
    assert bootstrap.production.backend.users["iamadmin"].password


def test_a_profile_of_the_inventory_wins_over_keys_and_a_profile_of_the_environment(bootstrap: Bootstrap) -> None:
    stranger = {"AWS_ACCESS_KEY_ID": "AKIASTRANGERSTRANGER", "AWS_SECRET_ACCESS_KEY": "any", "AWS_PROFILE": "nobody"}
    bootstrap.operator.environment = {**bootstrap.operator.environment, **stranger}
    code, shown = bootstrap.operator.bootstrap()
    assert code == 0, shown


def test_the_endpoint_may_come_from_the_profile(bootstrap: Bootstrap) -> None:
    environment = dict(bootstrap.operator.environment)
    config = bootstrap.operator.directory / "aws-config"
    endpoint = f"endpoint_url = {environment.pop('AWS_ENDPOINT_URL')}"
    config.write_text(re.sub(r"(?m)^\[.*\]$", rf"\g<0>\n{endpoint}", config.read_text()))
    bootstrap.operator.environment = environment
    code, shown = bootstrap.operator.bootstrap()
    assert code == 0, shown


def test_a_step_alone_fails_for_what_went_wrong(bootstrap: Bootstrap) -> None:
    wrong = json.dumps({"iam_admin_name": "IAM Admin"})
    for step in ("prepare", "enrol"):
        done = bootstrap.operator.run(*ansible("playbook"), str(PROJECT / "playbooks" / f"{step}.yml"), "-e", wrong)
        assert done.returncode == 2, done.stdout
        assert "use 'IAM-Admin', say." in done.stdout.replace("''", "'")
