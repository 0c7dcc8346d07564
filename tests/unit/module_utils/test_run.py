# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module without Ansible: each failure is a result, and no secret is in one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin import run
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import (
    AdminError,
    AwsError,
    StrangerError,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import (
    IAM_ADMIN_INFO,
    IAM_ADMIN_PROOF,
    IAM_ADMIN_USER,
    IAM_VIRTUAL_MFA,
    Task,
    hide_secrets,
    run_module,
)
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import ACCOUNT, ADMINISTRATOR_ACCESS, NAME, FakeAws

OPTIONS = {"name": {"type": "str"}, "codes": {"type": "list", "no_log": True}, "count": {"no_log": False}}


def task(logic: Callable[..., dict[str, Any]]) -> Task:
    return Task("iam_admin_test", OPTIONS, logic)


def failing(error: Exception) -> dict[str, Any]:
    """Return the result of a task whose logic raises this."""

    def logic(*_given: Any) -> dict[str, Any]:
        raise error

    return task(logic).run({}, check_mode=False)


def test_the_logic_gets_the_options_a_way_to_connect_and_the_mode(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "connect", lambda params, key: (params, key))

    def logic(params: Mapping[str, Any], api: Callable[..., Any], check_mode: bool) -> dict[str, Any]:
        return {"params": params, "own": api(), "other": api({"AccessKeyId": "AKIAVOID"}), "check_mode": check_mode}

    given = {"name": NAME}
    assert task(logic).run(given, check_mode=True) == {
        "params": given,
        "own": (given, None),
        "other": (given, {"AccessKeyId": "AKIAVOID"}),
        "check_mode": True,
    }


@pytest.mark.parametrize(
    ("args", "given"),
    [
        ({"name": NAME, "count": "1"}, False),
        ({"codes": ["123456"]}, True),
        ({"codes": []}, False),
        ({"codes": None}, False),
        ({"secret_key": "void"}, True),
        ({"aws_secret_key": "void"}, True),
        ({"access_key": "AKIAVOID"}, False),
        ({"session_token": "void"}, True),
    ],
)
def test_a_task_knows_whether_it_is_given_a_secret(args: dict[str, Any], given: bool) -> None:
    assert task(lambda *_given: {}).is_given_secret(args) is given


def test_only_the_device_that_is_created_is_a_secret_that_is_returned() -> None:
    assert [one.returns_secret({}) for one in (IAM_ADMIN_INFO, IAM_ADMIN_PROOF, IAM_ADMIN_USER)] == [False] * 3
    assert IAM_VIRTUAL_MFA.returns_secret({}) is True


@pytest.mark.parametrize("changed", [True, False])
def test_a_failure_is_a_sentence_and_says_whether_something_was_changed(changed: bool) -> None:
    error = AdminError("There is no key.")
    error.changed = changed
    assert failing(error) == {"failed": True, "changed": changed, "msg": "There is no key."}


def test_a_refusal_of_aws_can_be_told_from_others_by_its_code() -> None:
    assert failing(AwsError("GetUser", "Denied", "No")) == {
        "failed": True,
        "changed": False,
        "msg": "GetUser failed: Denied: No.",
        "error": {"operation": "GetUser", "code": "Denied"},
    }


def test_a_stranger_is_told_by_what_it_has() -> None:
    has = {"user_id": "AIDASOMEBODY", "access_keys": ["AKIASOMEBODY"]}
    assert failing(StrangerError("It was there before.", has)) == {
        "failed": True,
        "changed": False,
        "msg": "It was there before.",
        "stranger": has,
    }


def test_a_fault_is_a_failure_without_a_traceback() -> None:
    result = failing(RuntimeError("JBSWY3DPEHPK3PXP"))
    assert set(result) == {"failed", "msg"}
    assert result["failed"] is True
    assert result["msg"].startswith("This is a fault of the collection: RuntimeError in ")


# What a result has of the options


def test_the_options_are_in_the_result_without_their_secrets() -> None:
    params = {"name": NAME, "codes": ["123456", "654321"], "count": 2, "secret_key": "s3cret", "_ansible_verbosity": 0}
    assert hide_secrets(task(dict), params, {"changed": True}, set()) == {
        "changed": True,
        "invocation": {
            "module_args": {
                "name": NAME,
                "codes": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER",
                "count": 2,
                "secret_key": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER",
            }
        },
    }


def test_a_secret_that_was_not_given_is_shown_as_that() -> None:
    hidden = hide_secrets(task(dict), {"codes": None}, {}, set())
    assert hidden["invocation"]["module_args"] == {"codes": None}


@pytest.mark.parametrize(
    ("params", "left"),
    [
        ({"codes": ["123456", "654321"]}, {"s3cret", "111111"}),
        ({"code": "111111"}, {"s3cret", "123456", "654321"}),
        ({"codes": None, "code": None}, {"s3cret", "123456", "654321", "111111"}),
    ],
)
def test_codes_are_not_blanked_wherever_their_digits_occur(params: dict[str, Any], left: set[str]) -> None:
    no_log_values = {"s3cret", "123456", "654321", "111111"}
    hide_secrets(task(dict), params, {}, no_log_values)
    assert no_log_values == left


# The modules


def outcome(
    monkeypatch: pytest.MonkeyPatch, module: Task, aws: FakeAws, check_mode: bool = False, **given: Any
) -> dict[str, Any]:
    """Return the result of a module in this account."""
    monkeypatch.setattr(run, "connect", lambda _params, _key: aws)
    defaults = {option: entry.get("default") for option, entry in module.argument_spec.items()}
    return module.run({**defaults, "name": NAME, **given}, check_mode)


def test_a_user_is_made_and_check_mode_makes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = FakeAws()
    foretold = outcome(monkeypatch, IAM_ADMIN_USER, aws, check_mode=True)
    assert (foretold["changed"], aws.writes) == (True, [])
    assert outcome(monkeypatch, IAM_ADMIN_USER, aws)["user"]["user_name"] == NAME
    assert aws.writes == ["create_user", "attach_user_policy"]


def test_a_user_that_is_to_be_absent_is_removed(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("service_specific_credentials", "ssh_public_keys", "signing_certificates"):
        monkeypatch.setattr(FakeAws, f"list_{kind}", lambda _aws, _name: [], raising=False)
    monkeypatch.setattr(FakeAws, "delete_user", lambda aws, **_given: aws.writes.append("delete_user"), raising=False)
    aws = FakeAws(attached=[ADMINISTRATOR_ACCESS])
    aws.create_user(UserName=NAME, Path="/")
    given = {"state": "absent", "remove_last_administrator": True}
    assert outcome(monkeypatch, IAM_ADMIN_USER, aws, check_mode=True, **given)["changed"] is True
    assert outcome(monkeypatch, IAM_ADMIN_USER, aws, **given)["user"] is None
    assert aws.writes == ["create_user", "detach_user_policy", "delete_user"]


def test_a_device_is_made_and_check_mode_makes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = FakeAws()
    aws.create_user(UserName=NAME, Path="/")
    given = {"name": NAME, "user_name": NAME, "state": "present"}
    assert outcome(monkeypatch, IAM_VIRTUAL_MFA, aws, check_mode=True, **given)["changed"] is True
    assert aws.devices == {}
    assert outcome(monkeypatch, IAM_VIRTUAL_MFA, aws, **given)["changed"] is True
    assert aws.devices == {ACCOUNT.arn(f"mfa/{NAME}"): None}


@pytest.mark.parametrize(("check_mode", "proven"), [(True, []), (False, None)])
def test_a_proof_is_only_looked_at_in_check_mode(
    monkeypatch: pytest.MonkeyPatch, check_mode: bool, proven: list[str] | None
) -> None:
    aws = FakeAws(devices={ACCOUNT.arn(f"mfa/{NAME}"): NAME})
    aws.create_user(UserName=NAME, Path="/")
    result = outcome(monkeypatch, IAM_ADMIN_PROOF, aws, check_mode)
    assert result.get("proven") == proven
    assert result.get("failed", False) is not check_mode


def test_the_checks_that_count_are_known_by_their_ids(monkeypatch: pytest.MonkeyPatch) -> None:
    result = outcome(monkeypatch, IAM_ADMIN_INFO, FakeAws(), expect=["administrator"])
    assert [one["id"] for one in result["checks"] if one["expected"]] == ["account", "administrator"]
    assert result["secure"] is False
    refused = outcome(monkeypatch, IAM_ADMIN_INFO, FakeAws(), expect=["typo"])
    assert refused["msg"].startswith("expect names 'typo', which is no check: account, root_mfa, ")


# As a module


def printed(capsys: pytest.CaptureFixture[str], failed: bool, check_mode: bool = False) -> dict[str, Any]:
    """Return what a module prints that fails, or does not."""

    def logic(params: Mapping[str, Any], _connect: Any, seen: bool) -> dict[str, Any]:
        if failed:
            raise AdminError(f"There is no {params['name']}.")
        return {"changed": True, "name": params["name"], "check_mode": seen, "told": "s3cret"}

    given = {"name": "door", "codes": ["123456"], "secret_key": "s3cret", "_ansible_check_mode": check_mode}
    with patch_module_args(given), pytest.raises(SystemExit) as ended:
        run_module(task(logic))
    assert ended.value.code == int(failed)
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_module_prints_its_result_without_secrets(capsys: pytest.CaptureFixture[str], check_mode: bool) -> None:
    result = printed(capsys, failed=False, check_mode=check_mode)
    assert (result["changed"], result["name"], result["check_mode"]) == (True, "door", check_mode)
    assert "s3cret" not in str(result)
    assert "123456" not in str(result)


def test_a_module_that_fails_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    result = printed(capsys, failed=True)
    assert (result["failed"], result["changed"], result["msg"]) == (True, False, "There is no door.")
