# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A user that somebody has prepared who may create users, passwords, keys and devices, and not give permissions."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.cases import ADMINISTRATOR, Given, codes_of, devices, enabled_device, other_credentials, user
from tests.integration.conftest import Bootstrap, TestAccount, bootstrap_of
from tests.local_aws.calls import READS
from tests.operator import PROJECT, Operator, ansible


def run(operator: Operator, *, playbook: str = "bootstrap.yml", **variables: object) -> tuple[int, str]:
    """Run a playbook without a terminal; return the exit code, and what was shown without its line breaks."""
    done = operator.run(*ansible("playbook"), str(PROJECT / playbook), "-e", json.dumps(variables))
    assert "Traceback" not in done.stdout
    return done.returncode, " ".join(done.stdout.split())


def writes(account: TestAccount) -> list[str]:
    """The calls that change anything."""
    return [call for call in account.calls if not call.startswith((*READS, "AssumeRole"))]


def password(account: TestAccount) -> None:
    """Give the user a console password."""
    account.iam.create_login_profile(UserName="iamadmin", Password="Of-a-stranger-1")


def key(account: TestAccount) -> None:
    """Give the user an access key."""
    account.iam.create_access_key(UserName="iamadmin")


def tag(account: TestAccount) -> None:
    """Mark the user, as who may tag users alone that they own."""
    account.iam.tag_user(UserName="iamadmin", Tags=[{"Key": "team", "Value": "dev"}])


def path(account: TestAccount) -> None:
    """Move the user, as who may change users there."""
    account.iam.update_user(UserName="iamadmin", NewPath="/dev/")


def exchange(account: TestAccount) -> None:
    """Remove the administrator with all that it has, and make another user of the name."""
    for serial_number in list(account.backend.users["iamadmin"].mfa_devices):
        account.iam.deactivate_mfa_device(UserName="iamadmin", SerialNumber=serial_number)
        account.iam.delete_virtual_mfa_device(SerialNumber=serial_number)
    if account.backend.users["iamadmin"].password:
        account.iam.delete_login_profile(UserName="iamadmin")
    account.iam.detach_user_policy(UserName="iamadmin", PolicyArn=ADMINISTRATOR)
    account.iam.delete_user(UserName="iamadmin")
    user()(account)


def held(bootstrap: Bootstrap) -> dict[str, Any]:
    """What the handover of production has."""
    return yaml.safe_load((bootstrap.handover / "production" / "credentials.yml").read_text())


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ((enabled_device(), password), "a console password, the MFA device arn:aws:iam::"),
        pytest.param((key,), "the access key AKIA", marks=pytest.mark.long),
        pytest.param((enabled_device("iamadmin.7"),), "the MFA device arn:aws:iam::", marks=pytest.mark.long),
        ((other_credentials,), "the service specific credential ACCA"),
        ((tag,), "the tag team"),
        ((path,), "the path /dev/"),
    ],
    ids=["password and device", "key", "another device", "other credentials", "tag", "path"],
)
def test_a_user_that_somebody_has_prepared_is_not_made_administrator(
    account: TestAccount, tmp_path: Path, given: tuple[Given, ...], named: str
) -> None:
    for prepare in (user(), *given):
        prepare(account)
    account.aws.log.calls.clear()
    operator = bootstrap_of([account], tmp_path)
    code, shown = run(operator)
    assert code == 2
    assert f"iamadmin already exists in account {account.id}, with {named}" in shown
    assert "general" in shown
    assert "NOT SECURE" in shown
    assert writes(account) == []
    assert not (tmp_path / "handover").exists()

    run(operator, iam_admin_adopt=True)
    assert "AttachUserPolicy" in writes(account)


def test_a_user_without_any_way_in_is_nobodys_yet(account: TestAccount, tmp_path: Path) -> None:
    user()(account)
    code, shown = bootstrap_of([account], tmp_path).bootstrap()
    assert code == 0, shown


def test_what_the_handover_knows_is_put_right_without_a_question(bootstrapped: Bootstrap) -> None:
    bootstrapped.production.iam.detach_user_policy(UserName="iamadmin", PolicyArn=ADMINISTRATOR)
    code, shown = run(bootstrapped.operator, iam_admin_targets="production")
    assert code == 0, shown


def test_without_the_handover_what_lacks_nothing_is_left_and_nothing_is_given(bootstrapped: Bootstrap) -> None:
    production = bootstrapped.production
    shutil.rmtree(bootstrapped.handover)
    code, shown = run(bootstrapped.operator, iam_admin_targets="production")
    assert code == 0, shown
    production.iam.detach_user_policy(UserName="iamadmin", PolicyArn=ADMINISTRATOR)
    before = writes(production)
    code, shown = run(bootstrapped.operator, iam_admin_targets="production")
    assert code == 2
    assert f"iamadmin already exists in account {production.id}" in shown
    assert writes(production) == before


@pytest.mark.parametrize("change", ["a device of somebody else", "a key", "another user of the name"])
def test_what_somebody_else_has_done_to_our_user_is_not_ours(bootstrapped: Bootstrap, change: str) -> None:
    production = bootstrapped.production
    production.iam.detach_user_policy(UserName="iamadmin", PolicyArn=ADMINISTRATOR)
    (serial_number,) = production.backend.virtual_mfa_devices
    if change == "a key":
        key(production)
    else:
        production.iam.deactivate_mfa_device(UserName="iamadmin", SerialNumber=serial_number)
        production.iam.delete_virtual_mfa_device(SerialNumber=serial_number)
        if change == "another user of the name":
            production.iam.delete_login_profile(UserName="iamadmin")
            production.iam.delete_user(UserName="iamadmin")
            user()(production)
            password(production)
            enabled_device()(production)
        else:
            enabled_device("iamadmin.7")(production)
    before = writes(production)
    code, shown = run(bootstrapped.operator, iam_admin_targets="production")
    assert code == 2
    assert f"iamadmin already exists in account {production.id}" in shown
    assert writes(production) == before


# The handover of another user of the name


@pytest.mark.parametrize(
    "playbook",
    [
        "bootstrap.yml",
        "playbooks/reset_password.yml",
        pytest.param("playbooks/replace_mfa.yml", marks=pytest.mark.long),
    ],
)
def test_the_handover_of_another_user_is_not_written_until_that_one_is_adopted(
    bootstrapped: Bootstrap, playbook: str
) -> None:
    production, before = bootstrapped.production, held(bootstrapped)
    exchange(production)
    if playbook != "bootstrap.yml":
        password(production)
        enabled_device()(production)
    made, user_id = writes(production), production.backend.users["iamadmin"].id
    code, shown = run(bootstrapped.operator, playbook=playbook, iam_admin_targets="production")
    assert code == 2
    assert (
        f"handover/production/credentials.yml is the handover of the user {before['user_id']}, and iamadmin in account "
        f"{production.id} is {user_id} now: make sure whose that is, and then adopt the user (iam_admin_adopt: true), "
        "or move the handover away."
    ) in shown
    assert writes(production) == made
    assert held(bootstrapped) == before

    run(bootstrapped.operator, playbook=playbook, iam_admin_targets="production", iam_admin_adopt=True)
    assert writes(production) != made
    after = held(bootstrapped)
    assert after["user_id"] == user_id
    assert before["initial_password"] not in after.values()


def test_no_device_is_enabled_for_another_user_than_that_of_the_handover(bootstrap: Bootstrap) -> None:
    production = bootstrap.production
    run(bootstrap.operator, iam_admin_targets="production")
    exchange(production)
    (device,) = production.backend.virtual_mfa_devices.values()
    made = writes(production)
    codes = {"production": codes_of(device.base32_string_seed)}
    given = {"iam_admin_targets": "production", "iam_admin_mfa_codes": codes}
    code, shown = run(bootstrap.operator, playbook="playbooks/enrol.yml", **given)
    assert code == 2
    assert f"is {production.backend.users['iamadmin'].id} now: make sure whose that is" in shown
    assert writes(production) == made
    run(bootstrap.operator, playbook="playbooks/enrol.yml", **given, iam_admin_adopt=True)
    assert devices(production) == {"iamadmin": "iamadmin"}
    after, adopted = held(bootstrap), production.backend.users["iamadmin"]
    assert (after["user_id"], after["initial_password"]) == (adopted.id, adopted.password)
    assert after["mfa_devices"] == ["iamadmin"]


def test_a_user_that_a_run_has_made_anew_has_the_handover(bootstrapped: Bootstrap) -> None:
    production, before = bootstrapped.production, held(bootstrapped)
    exchange(production)
    production.iam.delete_user(UserName="iamadmin")
    code, shown = bootstrapped.operator.bootstrap("-l", "production")
    assert code == 0, shown
    after, made = held(bootstrapped), production.backend.users["iamadmin"]
    assert (after["user_id"], after["initial_password"]) == (made.id, made.password)
    assert after["user_id"] != before["user_id"]


def test_a_password_that_is_reset_without_a_handover_makes_nobody_known(account: TestAccount, tmp_path: Path) -> None:
    for prepare in (user(), password, enabled_device()):
        prepare(account)
    operator = bootstrap_of([account], tmp_path)
    run(operator, playbook="playbooks/reset_password.yml")
    made = writes(account)
    assert made[-1] == "UpdateLoginProfile"
    code, shown = run(operator)
    assert code == 2
    assert f"iamadmin already exists in account {account.id}, with a console password, the MFA device" in shown
    assert writes(account) == made


# Adopted


def test_who_was_adopted_is_known_by_what_it_had_then(account: TestAccount, tmp_path: Path) -> None:
    for prepare in (user(), enabled_device()):
        prepare(account)
    operator = bootstrap_of([account], tmp_path)
    code, shown = run(operator, iam_admin_adopt=True)
    assert code == 0, shown
    account.iam.detach_user_policy(UserName="iamadmin", PolicyArn=ADMINISTRATOR)
    code, shown = run(operator)
    assert code == 0, shown

    account.iam.detach_user_policy(UserName="iamadmin", PolicyArn=ADMINISTRATOR)
    enabled_device("phone-of-somebody")(account)
    made = writes(account)
    code, shown = run(operator)
    assert code == 2
    assert f"iamadmin already exists in account {account.id}, with a console password, the MFA device" in shown
    assert writes(account) == made


# Finished by somebody else


@pytest.mark.parametrize("enables", [True, pytest.param(False, marks=pytest.mark.long)])
def test_what_somebody_else_has_finished_is_not_secure(bootstrap: Bootstrap, enables: bool) -> None:
    production = bootstrap.production
    run(bootstrap.operator, iam_admin_targets="production")
    before, (serial_number,) = held(bootstrap), production.backend.virtual_mfa_devices
    (seed,) = before["mfa_seeds"].values()
    password(production)
    if enables:
        production.iam.delete_virtual_mfa_device(SerialNumber=serial_number)
        enabled_device()(production)
    made = writes(production)
    for playbook in ("bootstrap.yml", "playbooks/enrol.yml"):
        given = {"iam_admin_targets": "production", "iam_admin_mfa_codes": {"production": codes_of(seed)}}
        code, shown = run(bootstrap.operator, playbook=playbook, **given)
        assert code == 2
        assert "handover/production/credentials.yml never had a password, and iamadmin in account " in shown
        assert "has one, which somebody else has set: make sure who, then set iam_admin_adopt: " in shown
        assert writes(production) == made
        assert held(bootstrap) == before
        assert (bootstrap.handover / "production" / "mfa-qr.png").exists()
    code, shown = run(bootstrap.operator, **given, iam_admin_adopt=True)
    assert code == 0, shown


def test_a_device_is_replaced_for_who_had_a_password_of_its_own(bootstrapped: Bootstrap) -> None:
    shutil.rmtree(bootstrapped.handover)
    bootstrapped.operator.bootstrap("-l", "production", playbook="playbooks/replace_mfa.yml")
    assert devices(bootstrapped.production) == {"iamadmin.2": "iamadmin"}
    code, shown = run(bootstrapped.operator, iam_admin_targets="production")
    assert code == 0, shown


def test_a_group_that_somebody_has_prepared_is_given_nothing_even_for_a_user_that_the_handover_knows(
    bootstrapped: Bootstrap,
) -> None:
    production = bootstrapped.production
    production.iam.create_user(UserName="mallory")
    production.iam.create_access_key(UserName="mallory")
    production.iam.create_group(GroupName="administrators")
    production.iam.add_user_to_group(GroupName="administrators", UserName="mallory")
    before = writes(production)
    group = {"iam_admin_targets": "production", "iam_admin_group": "administrators"}
    code, shown = run(bootstrapped.operator, **group)
    assert code == 2
    assert "would give permissions to mallory, too" in shown
    assert "-e iam_admin_adopt=true" in shown
    assert writes(production) == before

    code, shown = run(bootstrapped.operator, **group, iam_admin_adopt=True)
    assert code == 0, shown
    assert writes(production)[len(before) :] == ["AttachGroupPolicy", "AddUserToGroup", "DetachUserPolicy"]
