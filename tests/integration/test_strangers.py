# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A user that somebody has prepared who may create users, passwords, keys and devices, and not give permissions."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.integration.cases import ADMINISTRATOR, Given, enabled_device, user
from tests.integration.conftest import Bootstrap, TestAccount, bootstrap_of
from tests.local_aws.calls import READS
from tests.operator import PROJECT, Operator, ansible


def run(operator: Operator, **variables: object) -> tuple[int, str]:
    """Bootstrap without a terminal; return the exit code, and what was shown without its line breaks."""
    done = operator.run(*ansible("playbook"), str(PROJECT / "bootstrap.yml"), "-e", json.dumps(variables))
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


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ((enabled_device(), password), "a console password, the MFA device arn:aws:iam::"),
        ((key,), "the access key AKIA"),
        ((enabled_device("iamadmin.7"),), "the MFA device arn:aws:iam::"),
    ],
    ids=["password and device", "key", "another device"],
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
    assert f"iamadmin was in account {account.id} before, with {named}" in shown
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
    assert f"iamadmin was in account {production.id} before" in shown
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
    assert f"iamadmin was in account {production.id} before" in shown
    assert writes(production) == before


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
    assert "would give what it is given to mallory, too" in shown
    assert "iam_admin_adopt: true" in shown
    assert writes(production) == before

    code, shown = run(bootstrapped.operator, **group, iam_admin_adopt=True)
    assert code == 0, shown
    assert writes(production)[len(before) :] == ["AttachGroupPolicy", "AddUserToGroup", "DetachUserPolicy"]
