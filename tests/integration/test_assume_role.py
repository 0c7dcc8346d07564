# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""assume_role_arn: one profile for several accounts, in ansible's worker and as modules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import TestAccount, bootstrap_of, open_accounts
from tests.local_aws.calls import Call, RefusedError
from tests.local_aws.server import LocalAws
from tests.operator import PROJECT, ansible


@pytest.fixture(params=[True, False], ids=["in process", "as module"])
def accounts(request: pytest.FixtureRequest, aws: LocalAws, tmp_path: Path) -> Iterator[dict[str, TestAccount]]:
    """`hub`, which has a profile with keys, and `member`."""
    aws.log.violations.clear()
    found = open_accounts(aws, tmp_path, "hub", "member")
    yield {name: replace(one, in_process=request.param, plain_modules=True) for name, one in found.items()}
    aws.log.reset()


def ask(accounts: dict[str, TestAccount], **options: Any) -> dict[str, Any]:
    """Read the member by the profile of the hub."""
    arn = f"arn:aws:iam::{accounts['member'].id}:role/OrganizationAccountAccessRole"
    return accounts["hub"].run("iam_admin_info", name="iamadmin", **{"assume_role_arn": arn, **options})


def assumed(accounts: dict[str, TestAccount]) -> int:
    """How often a role was assumed."""
    return accounts["hub"].calls.count("AssumeRole")


def test_a_role_leads_to_another_account_and_is_kept(accounts: dict[str, TestAccount]) -> None:
    member = accounts["member"].id
    for _time in range(2):
        assert ask(accounts, account_id=member)["account_id"] == member
    assert assumed(accounts) == 1
    assert "GetAccountSummary" in accounts["member"].calls


@pytest.mark.parametrize(
    ("features", "judged"),
    [
        (["RootCredentialsManagement"], "not_applicable"),
        (["RootSessions"], "fail"),
        (None, "unknown"),
    ],
    ids=["managed", "not managed", "no management account"],
)
def test_whether_a_root_user_without_credentials_can_get_some_is_asked_of_the_management_account(
    accounts: dict[str, TestAccount], features: list[str] | None, judged: str
) -> None:
    hub, member = accounts["hub"], accounts["member"]
    hub.aws.set_root(member.id, mfa=False, access_keys=False, password=False)
    if features:
        hub.aws.manage_organization(hub.id, *features)
    status = {check["id"]: check["status"] for check in ask(accounts, expect=["root_credentials"])["checks"]}
    assert (status["root_mfa"], status["root_credentials"]) == (judged, "not_applicable")


def test_a_role_that_is_not_kept_is_assumed_by_each_task(accounts: dict[str, TestAccount]) -> None:
    for _time in range(2):
        ask(accounts, cache_credentials=False)
    assert assumed(accounts) == 2


def test_a_session_has_the_external_id_and_the_name_that_are_given(accounts: dict[str, TestAccount]) -> None:
    ask(accounts, assume_role_external_id="1234", assume_role_session_name="night")
    # What was kept for one session is not for another
    ask(accounts, assume_role_external_id="1234", assume_role_session_name="day")
    assert assumed(accounts) == 2
    assert accounts["hub"].aws.log.violations == []


def test_a_role_that_cannot_be_assumed_is_a_sentence(accounts: dict[str, TestAccount]) -> None:
    def refuse(call: Call) -> None:
        if call.action == "AssumeRole":
            raise RefusedError("AccessDenied", "User is not authorized to perform: sts:AssumeRole")

    accounts["hub"].aws.log.intercept = refuse
    arn = f"arn:aws:iam::{accounts['member'].id}:role/OrganizationAccountAccessRole"
    failed = accounts["hub"].run("iam_admin_user", name="iamadmin", assume_role_arn=arn)
    assert failed["msg"] == (
        "AssumeRole failed: AccessDenied: User is not authorized to perform: sts:AssumeRole. The credentials lack the "
        "permission sts:AssumeRole, or there is no such role, or it does not trust them: have it granted, or correct "
        "the role's ARN."
    )


def test_the_role_hands_on_how_an_account_is_reached(aws: LocalAws, tmp_path: Path) -> None:
    hub, member = open_accounts(aws, tmp_path, "hub", "member").values()
    arn = f"arn:aws:iam::{member.id}:role/OrganizationAccountAccessRole"
    operator = bootstrap_of([member], tmp_path, aws_profile="hub", aws_assume_role_arn=arn)

    def sessions(**variables: Any) -> int:
        """How often a check assumes the role."""
        before = hub.calls.count("AssumeRole")
        done = operator.run(*ansible("playbook"), str(PROJECT / "playbooks/check.yml"), "-e", json.dumps(variables))
        assert "member is not secure" in " ".join(done.stdout.split())
        return hub.calls.count("AssumeRole") - before

    assert [sessions(), sessions()] == [1, 0]
    # What was kept for one session is not for another
    assert sessions(aws_assume_role_external_id="1234") == 1
    assert sessions(aws_assume_role_session_name="night") == 1
    assert [sessions(iam_admin_cache_credentials=False) for _time in range(2)] == [1, 1]


@pytest.mark.parametrize("arn", ["OrganizationAccountAccessRole", "arn:aws:iam::222222222222:user/iamadmin"])
def test_what_is_no_role_is_refused_before_any_call(accounts: dict[str, TestAccount], arn: str) -> None:
    failed = accounts["hub"].run("iam_admin_user", name="iamadmin", assume_role_arn=arn)
    assert failed["msg"].startswith(f"assume_role_arn {arn!r} is not the ARN of a role, such as arn:aws:iam::")
    assert accounts["hub"].calls == []
