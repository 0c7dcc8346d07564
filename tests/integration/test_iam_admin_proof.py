# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iam_admin_proof against the local AWS: what it proves, what it refuses, and that it leaves nothing behind."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyotp
import pytest

from tests.integration.cases import (
    ADMINISTRATOR,
    READ_ONLY,
    Given,
    assert_is_a_sentence,
    attached,
    called_by,
    enabled_device,
    password,
    user,
)
from tests.integration.conftest import TestAccount
from tests.local_aws import faults
from tests.local_aws.calls import READS, Answer, Call, DroppedError, RefusedError

TAG = "landing_zone.aws_admin:proof"
READY: tuple[Given, ...] = (user(), attached(ADMINISTRATOR), enabled_device(), password())
DENY_WITHOUT_MFA = {
    "Version": "2012-10-17",
    "Statement": {
        "Effect": "Deny",
        "NotAction": "sts:GetSessionToken",
        "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
    },
}


def ready(account: TestAccount, *more: Given) -> TestAccount:
    for step in (*READY, *more):
        step(account)
    return account


def require_mfa(account: TestAccount) -> None:
    account.iam.put_user_policy(
        UserName="iamadmin", PolicyName="RequireMfa", PolicyDocument=json.dumps(DENY_WITHOUT_MFA)
    )


def bounded(account: TestAccount) -> None:
    account.iam.put_user_permissions_boundary(UserName="iamadmin", PermissionsBoundary=READ_ONLY)


def begun(ago: timedelta) -> Given:
    """A proof that began so long ago, and did not end: its tag."""
    value = (datetime.now(UTC) - ago).isoformat(timespec="seconds")
    return lambda account: account.iam.tag_user(UserName="iamadmin", Tags=[{"Key": TAG, "Value": value}])


def access_key(account: TestAccount) -> None:
    account.iam.create_access_key(UserName="iamadmin")


def fresh_code(account: TestAccount, after: int = 1) -> str:
    """Return a code that is later than those which have enabled the device; the local AWS takes it early."""
    device = account.backend.virtual_mfa_devices[f"arn:aws:iam::{account.id}:mfa/iamadmin"]
    return pyotp.TOTP(device.base32_string_seed).generate_otp(device.last_step + after)


def keys_of(account: TestAccount) -> list[str]:
    return [key["AccessKeyId"] for key in account.iam.list_access_keys(UserName="iamadmin")["AccessKeyMetadata"]]


def left_behind(account: TestAccount) -> list[str]:
    """What a proof that has ended may not leave: keys, and its tag."""
    tags = account.iam.list_user_tags(UserName="iamadmin")["Tags"]
    return keys_of(account) + [tag["Key"] for tag in tags if tag["Key"] == TAG]


@contextmanager
def met(account: TestAccount, intercept: Callable[[Call], None]) -> Iterator[None]:
    account.aws.log.intercept = intercept
    try:
        yield
    finally:
        account.aws.log.reset()


def test_device_and_permissions_are_proven_and_nothing_is_left(both_ways: TestAccount) -> None:
    account = ready(both_ways)
    start = len(account.calls)
    result = account.run("iam_admin_proof", name="iamadmin", code=fresh_code(account))
    assert "failed" not in result, result
    assert (result["changed"], result["proven"]) == (False, ["device", "permissions"])
    assert left_behind(account) == []
    calls = [call for call in account.calls[start:] if not call.startswith(READS)]
    assert calls == ["TagUser", "CreateAccessKey", "TagUser", "TagUser", "DeleteAccessKey", "UntagUser"]
    assert account.calls[start:].count("GetSessionToken") == 1


def test_that_mfa_is_required_is_proven_where_that_is_asked_for(both_ways: TestAccount) -> None:
    account = ready(both_ways, require_mfa)
    result = account.run("iam_admin_proof", name="iamadmin", code=fresh_code(account), require_mfa=True)
    assert result["proven"] == ["device", "permissions", "require_mfa"]
    assert left_behind(account) == []


def test_check_mode_needs_no_code_writes_nothing_and_proves_nothing(both_ways: TestAccount) -> None:
    account = ready(both_ways)
    start = len(account.calls)
    result = account.run("iam_admin_proof", check_mode=True, name="iamadmin")
    assert (result["changed"], result["proven"]) == (False, [])
    assert [call for call in account.calls[start:] if not call.startswith(READS)] == []
    begun(timedelta(minutes=1))(account)
    access_key(account)
    assert account.run("iam_admin_proof", check_mode=True, name="iamadmin")["changed"] is True


def test_no_secret_is_in_the_result(both_ways: TestAccount) -> None:
    account = ready(both_ways)
    code = fresh_code(account)
    result = json.dumps(account.run("iam_admin_proof", name="iamadmin", code=code))
    assert f'"{code}"' not in result
    assert "secret-of" not in result
    assert "token-of" not in result


@pytest.mark.parametrize(
    ("given", "options", "error"),
    [
        pytest.param((), {}, r"There is no user iamadmin: run the bootstrap first\.", id="no user"),
        pytest.param((user(),), {}, "iamadmin has no MFA device iamadmin: run the bootstrap first", id="no device"),
        pytest.param(READY, {"device_name": "phone"}, "has no MFA device phone", id="no such device"),
        pytest.param(
            READY, {"code": None}, r"The proof needs an unused code of the MFA device arn:aws:iam", id="no code"
        ),
        pytest.param(READY, {"code": "12345"}, "The code is not six digits", id="five digits"),
        pytest.param((*READY, access_key), {}, "has the access key AKIA.*: delete it", id="a key of its own"),
        pytest.param(
            (*READY, begun(timedelta(days=1)), access_key),
            {},
            "has the access key AKIA.*: delete it",
            id="a key that came long after a proof",
        ),
        pytest.param(READY, {"name": "IAM Admin"}, "use 'IAM-Admin'", id="a bad name"),
        pytest.param(READY, {"account_id": "999999999999"}, "not to the expected account", id="another account"),
    ],
)
def test_what_cannot_be_proven_is_refused_before_anything_is_written(
    both_ways: TestAccount, given: tuple[Given, ...], options: dict[str, Any], error: str
) -> None:
    for step in given:
        step(both_ways)
    start = len(both_ways.calls)
    result = both_ways.run("iam_admin_proof", **{"name": "iamadmin", "code": "123456", **options})
    assert result["failed"] is True
    assert_is_a_sentence(result["msg"])
    assert re.search(error, result["msg"]), result["msg"]
    assert [call for call in both_ways.calls[start:] if not call.startswith(READS)] == []


@pytest.mark.parametrize(
    ("given", "after", "options", "error"),
    [
        pytest.param(
            (), 0, {}, "is not proven: AWS refused the code. Perhaps it was used before", id="a code that was used"
        ),
        pytest.param((), 100, {}, "is not proven: AWS refused the code", id="a code of another time"),
        pytest.param(
            (bounded,),
            1,
            {},
            "The MFA device is proven, and the permissions of iamadmin are not: with MFA it may not do iam:TagUser",
            id="permissions that are cut",
        ),
        pytest.param(
            (),
            1,
            {"require_mfa": True},
            "MFA is not required: without it iamadmin may do iam:TagUser",
            id="MFA that is not required",
        ),
    ],
)
def test_what_is_disproven_is_a_sentence_and_leaves_nothing(
    both_ways: TestAccount, given: tuple[Given, ...], after: int, options: dict[str, Any], error: str
) -> None:
    account = ready(both_ways, *given)
    result = account.run("iam_admin_proof", name="iamadmin", code=fresh_code(account, after), **options)
    assert result["failed"] is True
    assert_is_a_sentence(result["msg"])
    assert re.search(error, result["msg"]), result["msg"]
    assert left_behind(account) == []


def test_a_key_that_a_killed_proof_has_left_is_deleted_by_the_next(both_ways: TestAccount) -> None:
    account = ready(both_ways, begun(timedelta(minutes=1)), access_key)
    result = account.run("iam_admin_proof", name="iamadmin", code=fresh_code(account))
    assert "failed" not in result, result
    assert (result["changed"], result["proven"]) == (True, ["device", "permissions"])
    assert left_behind(account) == []


def test_a_key_that_a_killed_proof_has_left_is_deleted_by_the_bootstrap_too(both_ways: TestAccount) -> None:
    account = ready(both_ways, begun(timedelta(minutes=1)), access_key)
    (key,) = keys_of(account)
    forecast = account.run("iam_admin_user", check_mode=True, name="iamadmin")
    result = account.run("iam_admin_user", name="iamadmin")
    assert forecast["diff"] == result["diff"]
    assert result["diff"]["before"]["access_keys_of_a_proof"] == [key]
    assert result["changed"] is True
    assert left_behind(account) == []
    assert account.run("iam_admin_user", name="iamadmin")["changed"] is False


@pytest.mark.parametrize("role", [False, True], ids=["by its key", "by a role"])
def test_the_key_that_calls_is_left_by_no_proof_whatever_a_tag_says(
    account: TestAccount, tmp_path: Path, role: bool
) -> None:
    ready(account)
    itself = called_by(account, tmp_path, role)
    (key,) = keys_of(account)
    now = datetime.now(UTC).isoformat(timespec="seconds")
    for value in (now, f"{now} {key}"):
        account.iam.tag_user(UserName="iamadmin", Tags=[{"Key": TAG, "Value": value}])
        result = itself.run("iam_admin_user", name="iamadmin")
        assert "failed" not in result, result
        assert keys_of(account) == [key]


def test_of_two_keys_that_a_killed_proof_may_have_left_none_is_deleted(account: TestAccount) -> None:
    ready(account, begun(timedelta(minutes=1)), access_key, access_key)
    before = keys_of(account)
    for module in ("iam_admin_user", "iam_admin_proof"):
        code = {"code": fresh_code(account)} if module == "iam_admin_proof" else {}
        result = account.run(module, name="iamadmin", **code)
        assert all(key in result["msg"] for key in before)
        assert "delete unused ones, then the tag" in result["msg"]
    assert keys_of(account) == before


def test_a_key_that_somebody_made_long_after_a_proof_is_theirs(account: TestAccount) -> None:
    ready(account, begun(timedelta(days=1)), access_key)
    before = keys_of(account)
    result = account.run("iam_admin_user", name="iamadmin")
    assert result["changed"] is True  # the tag goes
    assert keys_of(account) == before


def test_a_new_key_that_aws_does_not_know_yet_is_waited_for(account: TestAccount) -> None:
    ready(account)
    refused: list[Call] = []

    def not_yet(call: Call) -> None:
        if call.account_id == account.id and call.action == "GetSessionToken" and len(refused) < 3:
            refused.append(call)
            raise RefusedError("InvalidClientTokenId", "The security token included in the request is invalid.")

    with met(account, not_yet):
        result = account.run("iam_admin_proof", name="iamadmin", code=fresh_code(account))
    assert len(refused) == 3
    assert result["proven"] == ["device", "permissions"]


@contextmanager
def losing_the_answer_to(account: TestAccount, action: str) -> Iterator[None]:
    """Let AWS act, and once close the connection without an answer."""
    lost: list[Call] = []

    def lose(call: Call, answer: Answer) -> Answer:
        if (call.account_id, call.action) == (account.id, action) and not lost:
            lost.append(call)
            raise DroppedError
        return answer

    account.aws.log.conclude = lose
    try:
        yield
    finally:
        account.aws.log.reset()
    assert lost


@pytest.mark.parametrize("action", ["CreateAccessKey", "TagUser", "DeleteAccessKey", "UntagUser"])
def test_an_answer_that_is_lost_leaves_no_key(account: TestAccount, action: str) -> None:
    ready(account)
    with losing_the_answer_to(account, action):
        result = account.run("iam_admin_proof", name="iamadmin", code=fresh_code(account))
    assert "failed" not in result, result
    assert result["proven"] == ["device", "permissions"]
    assert left_behind(account) == []


def test_a_key_of_a_killed_proof_is_known_by_its_id(account: TestAccount) -> None:
    ready(account)
    made = account.iam.create_access_key(UserName="iamadmin")["AccessKey"]["AccessKeyId"]
    access_key(account)  # somebody's, about the same time
    value = f"{datetime.now(UTC).isoformat(timespec='seconds')} {made}"
    account.iam.tag_user(UserName="iamadmin", Tags=[{"Key": TAG, "Value": value}])
    assert account.run("iam_admin_user", name="iamadmin")["changed"] is True
    (left,) = keys_of(account)
    assert left != made


def test_a_key_that_aws_does_not_list_yet_is_deleted_all_the_same(account: TestAccount) -> None:
    ready(account)
    late = faults.EventualConsistency(reads=50)
    account.aws.log.conclude = late.conclude
    try:
        account.run("iam_admin_info", name="iamadmin")  # so that there is an answer from before
        result = account.run("iam_admin_proof", name="iamadmin", code=fresh_code(account, 100))
    finally:
        account.aws.log.reset()
    assert "AWS refused the code" in result["msg"]
    assert left_behind(account) == []


def test_a_key_that_cannot_be_deleted_is_named(account: TestAccount) -> None:
    ready(account)

    def refuse(call: Call) -> None:
        if (call.account_id, call.action) == (account.id, "DeleteAccessKey"):
            raise RefusedError("AccessDenied", "No policy allows it.")

    with met(account, refuse):
        result = account.run("iam_admin_proof", name="iamadmin", code=fresh_code(account))
    (key,) = keys_of(account)
    assert (result["failed"], result["changed"]) == (True, True)
    assert f"may still have the access key {key}" in result["msg"]
    result = account.run("iam_admin_proof", name="iamadmin", code=fresh_code(account))
    assert result["changed"] is True
    assert left_behind(account) == []


@pytest.mark.parametrize("action", ["CreateAccessKey", "GetSessionToken", "TagUser"])
def test_whatever_aws_refuses_nothing_is_left(account: TestAccount, action: str) -> None:
    ready(account)
    with met(account, refusing(account, action)):
        result = account.run("iam_admin_proof", name="iamadmin", code=fresh_code(account))
    assert result["failed"] is True
    assert_is_a_sentence(result["msg"])
    assert left_behind(account) == []


def refusing(account: TestAccount, action: str) -> Callable[[Call], None]:
    """Refuse an action; of TagUser the third call, which the session makes."""
    seen: list[Call] = []

    def refuse(call: Call) -> None:
        if (call.account_id, call.action) == (account.id, action):
            seen.append(call)
            if action != "TagUser" or len(seen) == 3:
                raise RefusedError("LimitExceeded", "Cannot exceed quota.")

    return refuse


def test_a_timeout_leaves_nothing(account: TestAccount) -> None:
    ready(account)
    slow = faults.latency(3)

    def intercept(call: Call) -> None:
        if (call.account_id, call.action) == (account.id, "GetSessionToken"):
            slow(call)

    start = time.monotonic()
    with met(account, intercept):
        task = {"name": "iamadmin", "code": fresh_code(account), "profile": account.name}
        result = account.run_task({"landing_zone.aws_admin.iam_admin_proof": task, "timeout": 1})
    assert result["failed"] is True
    assert time.monotonic() - start < 20
    assert left_behind(account) == []
