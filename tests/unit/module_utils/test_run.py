# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A module without Ansible: each failure is a result, and no secret is in one."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest
from ansible.module_utils.testing import patch_module_args

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin import root_credentials, run
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import (
    AdminError,
    AwsError,
    RefusedCodeError,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.kept import HANDOVER_SPEC, Kept
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.plan import HeldElsewhere
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.root import ByPersonError, RootUser
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import (
    IAM_ADMIN_INFO,
    IAM_ADMIN_PROOF,
    IAM_ADMIN_USER,
    IAM_ROOT_BY_HAND,
    IAM_ROOT_CREDENTIALS,
    IAM_VIRTUAL_MFA,
    ORGANIZATIONS_ROOT_ACCESS,
    Task,
    hide_secrets,
    run_module,
)
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import (
    ACCOUNT,
    ADMINISTRATOR_ACCESS,
    MADE,
    NAME,
    SEED,
    FakeAws,
)
from ansible_collections.landing_zone.aws_admin.tests.unit.keeper import NOTHING, Memory, holding

OPTIONS = {
    "name": {"type": "str"},
    "codes": {"type": "list", "no_log": True},
    "count": {"no_log": False},
    "handover": HANDOVER_SPEC,
}


def task(logic: Callable[..., dict[str, Any]]) -> Task:
    return Task("iam_admin_test", OPTIONS, logic)


def failing(error: Exception) -> dict[str, Any]:
    """Return the result of a task whose logic raises this."""

    def logic(*_given: Any) -> dict[str, Any]:
        raise error

    return task(logic).run({}, check_mode=False)


@pytest.mark.parametrize("handover", [None, Memory()])
def test_the_logic_gets_the_options_a_way_to_connect_the_mode_and_the_handover(
    monkeypatch: pytest.MonkeyPatch, handover: Any
) -> None:
    monkeypatch.setattr(run, "connect", lambda params, key: (params, key))

    def logic(params: Mapping[str, Any], api: Callable[..., Any], check_mode: bool, handover: Any) -> dict[str, Any]:
        keys = {"own": api(), "other": api({"AccessKeyId": "AKIAVOID"})}
        return {"params": params, **keys, "check_mode": check_mode, "handover": handover}

    given = {"name": NAME}
    assert task(logic).run(given, check_mode=True, **({"handover": handover} if handover else {})) == {
        "params": given,
        "own": (given, None),
        "other": (given, {"AccessKeyId": "AKIAVOID"}),
        "check_mode": True,
        "handover": handover,
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
    assert IAM_VIRTUAL_MFA.returns_secret({"handover": {"directory": "handover"}}) is False


def test_what_another_process_has_to_keep_first_is_a_change_that_goes_on() -> None:
    held = HeldElsewhere()
    held.before = {"door": "closed"}
    assert failing(held) == {"changed": True, "goes_on": True, "diff": {"before": {"door": "closed"}}}


@pytest.mark.parametrize("changed", [True, False])
def test_a_failure_is_a_sentence_and_says_whether_something_was_changed(changed: bool) -> None:
    error = AdminError("There is no key.")
    error.changed = changed
    assert failing(error) == {"failed": True, "changed": changed, "msg": "There is no key."}


def test_a_refused_code_can_be_told_from_other_failures() -> None:
    assert failing(RefusedCodeError("AWS refused the code.")) == {
        "failed": True,
        "changed": False,
        "msg": "AWS refused the code.",
        "refused_code": True,
    }


def test_what_a_person_has_to_do_can_be_told_from_other_failures() -> None:
    assert failing(ByPersonError("No API does it.")) == {
        "failed": True,
        "changed": False,
        "msg": "No API does it.",
        "by_person": True,
    }


def test_a_refusal_of_aws_can_be_told_from_others_by_its_code() -> None:
    assert failing(AwsError("GetUser", "Denied", "No")) == {
        "failed": True,
        "changed": False,
        "msg": "GetUser failed: Denied: No.",
        "error": {"operation": "GetUser", "code": "Denied"},
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
    ("handover", "shown"),
    [
        (None, None),
        (
            {"directory": "handover", "vault_password": "s3cret", "keep_seed": True, "kept": "{}"},
            {
                "directory": "handover",
                "vault_password": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER",
                "keep_seed": True,
                "kept": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER",
            },
        ),
        (
            {"directory": "handover", "vault_password": None, "kept": None, "_unknown": "s3cret"},
            {"directory": "handover", "vault_password": None, "kept": None},
        ),
    ],
)
def test_an_option_that_has_options_is_shown_without_their_secrets(
    handover: dict[str, Any] | None, shown: dict[str, Any] | None
) -> None:
    hidden = hide_secrets(task(dict), {"name": NAME, "handover": handover}, {}, set())
    assert hidden["invocation"]["module_args"] == {"name": NAME, "handover": shown}


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


HANDOVER = {"directory": "handover", "vault_password": None, "keep_seed": False, "kept": None}


def outcome(
    monkeypatch: pytest.MonkeyPatch,
    module: Task,
    aws: FakeAws,
    check_mode: bool = False,
    handover: Any = None,
    **given: Any,
) -> dict[str, Any]:
    """Return the result of a module in this account."""
    monkeypatch.setattr(run, "connect", lambda _params, _key: aws)
    defaults = {option: entry.get("default") for option, entry in module.argument_spec.items()}
    where = HANDOVER if handover else None
    return module.run({**defaults, "name": NAME, "handover": where, **given}, check_mode, handover)


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
    given = {"state": "absent", "remove_last_administrator": True, "handover": Memory(holding(), aws.writes)}
    assert outcome(monkeypatch, IAM_ADMIN_USER, aws, check_mode=True, **given)["changed"] is True
    assert outcome(monkeypatch, IAM_ADMIN_USER, aws, **given)["user"] is None
    assert aws.writes == ["create_user", "detach_user_policy", "delete_user", "keep"]
    assert given["handover"].kept == NOTHING


def test_a_device_is_made_and_check_mode_makes_none(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = FakeAws()
    aws.create_user(UserName=NAME, Path="/")
    given = {"name": NAME, "user_name": NAME, "state": "present"}
    assert outcome(monkeypatch, IAM_VIRTUAL_MFA, aws, check_mode=True, **given)["changed"] is True
    assert aws.devices == {}
    assert outcome(monkeypatch, IAM_VIRTUAL_MFA, aws, **given)["changed"] is True
    assert aws.devices == {ACCOUNT.arn(f"mfa/{NAME}"): None}


def test_a_user_and_its_device_are_made_into_the_handover(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = FakeAws()
    handover = Memory(journal=aws.writes)
    outcome(monkeypatch, IAM_ADMIN_USER, aws, handover=handover)
    made = outcome(monkeypatch, IAM_VIRTUAL_MFA, aws, handover=handover, user_name=NAME, state="present")
    assert aws.writes == ["create_user", "attach_user_policy", "keep", "keep", "create_virtual_mfa_device", "keep"]
    assert (handover.held.user_id, handover.held.mfa_seeds) == ("AIDAVOID", {NAME: SEED})
    assert "seed" not in made


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
    assert refused["msg"].startswith("iam_admin_expect names 'typo', which is not one of account, root_mfa, ")


MEMBER_PROFILE, NEAREST = {"management_profile": "general"}, "what the role was assumed with"


@pytest.mark.parametrize(
    ("given", "manager", "caller"),
    [
        ({}, NEAREST, "own"),
        (MEMBER_PROFILE, NEAREST, NEAREST),
        # Whoever calls may have the sessions itself
        (MEMBER_PROFILE, None, "own"),
    ],
)
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_session_of_a_root_user_is_asked_for_and_who_else_administers_the_account(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], manager: str | None, caller: str, check_mode: bool
) -> None:
    aws, session = cast("Any", FakeAws()), cast("Any", FakeAws())
    aws.manager = manager
    session.delete_login_profile = lambda: session.writes.append("delete_login_profile")
    asked: list[Any] = []

    def root_session(*asked_for: Any) -> Any:
        asked.append(asked_for)
        return session

    monkeypatch.setattr(run, "root_session", root_session)
    monkeypatch.setattr(run, "refuse_without_administrator", lambda *asked_for: asked.append(asked_for))
    roots = iter([RootUser({"CreateDate": MADE}), RootUser(None), RootUser(None)])
    monkeypatch.setattr(root_credentials, "read_root", lambda _session: next(roots))
    whole = {"account_id": ACCOUNT.id, "state": "absent", "administrator": NAME, **given}
    assert outcome(monkeypatch, IAM_ROOT_CREDENTIALS, aws, check_mode, **whole)["changed"] is True
    task = f"IAM{'Audit' if check_mode else 'Delete'}RootUserCredentials"
    assert asked == [(aws if caller == "own" else caller, ACCOUNT.id, task), (aws, ACCOUNT.id, NAME)]
    assert session.writes == ([] if check_mode else ["delete_login_profile"])


def test_for_a_recovery_nobody_else_has_to_administer_the_account(monkeypatch: pytest.MonkeyPatch) -> None:
    aws: Any = FakeAws(login_profile=None)
    monkeypatch.setattr(run, "root_session", lambda *_asked_for: aws)
    monkeypatch.setattr(run, "refuse_without_administrator", None)
    done = outcome(monkeypatch, IAM_ROOT_CREDENTIALS, aws, check_mode=True, account_id=ACCOUNT.id, state="recoverable")
    assert (done["changed"], done["diff"]["after"]) == (True, {"root": {"password": "recoverable"}})


@pytest.mark.parametrize("check_mode", [True, False])
def test_root_access_is_enabled_and_check_mode_enables_nothing(
    monkeypatch: pytest.MonkeyPatch, check_mode: bool
) -> None:
    enabled: set[str] = set()
    aws: Any = FakeAws()
    aws.list_organizations_features = lambda: sorted(enabled)
    aws.list_aws_service_access_for_organization = lambda: [{"ServicePrincipal": "iam.amazonaws.com"}]
    aws.list_delegated_administrators = lambda **_service: []
    aws.enable_organizations_root_sessions = lambda: enabled.add("RootSessions")
    given = {"root_credentials_management": False, "account_id": ACCOUNT.id}
    done = outcome(monkeypatch, ORGANIZATIONS_ROOT_ACCESS, aws, check_mode, **given)
    assert (done["changed"], done["features"]) == (True, ["RootSessions"])
    assert enabled == (set() if check_mode else {"RootSessions"})


def test_what_is_left_for_a_person_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    told = outcome(monkeypatch, IAM_ROOT_BY_HAND, FakeAws(), account_id=ACCOUNT.id)
    assert told == {"changed": False, "account_id": ACCOUNT.id, "steps": []}
    assert "444455556666" in outcome(monkeypatch, IAM_ROOT_BY_HAND, FakeAws(), account_id="444455556666")["msg"]


# As a module


def printed(capsys: pytest.CaptureFixture[str], logic: Callable[..., dict[str, Any]], **given: Any) -> dict[str, Any]:
    """Return what a module prints that has this logic."""
    args = {"name": "door", "codes": ["123456"], "secret_key": "s3cret", **given}
    with patch_module_args(args), pytest.raises(SystemExit) as ended:
        run_module(task(logic))
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert ended.value.code == int(result.get("failed", False))
    # What ansible-core 2.22 is to mask; it is no part of the result
    result.pop("_ansible_new_secrets", None)
    return result


def tells(params: Mapping[str, Any], _connect: Any, check_mode: bool, handover: Any) -> dict[str, Any]:
    """A logic that tells what it was given, and a secret of that."""
    assert handover is None
    return {"changed": True, "name": params["name"], "check_mode": check_mode, "told": "s3cret"}


def fails(params: Mapping[str, Any], *_given: Any) -> dict[str, Any]:
    raise AdminError(f"There is no {params['name']}.")


@pytest.mark.parametrize("handover", [{}, {"handover": {"directory": "handover"}}])
@pytest.mark.parametrize("check_mode", [True, False])
def test_a_module_prints_its_result_without_secrets(
    capsys: pytest.CaptureFixture[str], check_mode: bool, handover: dict[str, Any]
) -> None:
    result = printed(capsys, tells, _ansible_check_mode=check_mode, **handover)
    assert (result["changed"], result["name"], result["check_mode"]) == (True, "door", check_mode)
    assert "s3cret" not in str(result)
    assert "123456" not in str(result)
    assert "kept" not in result


def test_a_module_that_fails_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    result = printed(capsys, fails)
    assert (result["failed"], result["changed"], result["msg"]) == (True, False, "There is no door.")


# What a module keeps, its action keeps for it


def carried(kept: Kept) -> dict[str, Any]:
    return {"handover": {"directory": "handover", "vault_password": "hidden", "kept": kept.pack()}}


@pytest.mark.parametrize("ends", ["done", "waits", "failed"])
def test_a_module_hands_back_what_is_to_be_kept_however_it_ends(capsys: pytest.CaptureFixture[str], ends: str) -> None:
    # What is kept may be equal to a secret option, and is kept as it is all the same
    given, after = holding(initial_password="s3cret"), holding(initial_password="s3cret", user_id="hidden")

    def keeps(_params: Mapping[str, Any], _connect: Any, _check_mode: bool, handover: Any) -> dict[str, Any]:
        assert handover.read() == given
        handover.write(after)
        if ends == "waits":
            held = HeldElsewhere()
            held.before = {"door": "s3cret"}
            raise held
        if ends == "failed":
            raise AdminError("It knows s3cret.")
        return {"changed": True, "told": "s3cret, hidden"}

    result = printed(capsys, keeps, **carried(given))
    assert Kept.unpack(result.pop("kept")) == after
    assert not [secret for secret in ("s3cret", "hidden", "123456") if secret in str(result)]
    assert result.get("goes_on", False) is (ends == "waits")
    assert result.get("failed", False) is (ends == "failed")
    # From ansible-core 2.21 on it is left out unless it is to be shown
    shown = result.get("invocation", {"module_args": {"handover": {}}})["module_args"]["handover"]
    assert shown.get("directory", "handover") == "handover"
    assert shown.get("kept", "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER") == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def test_a_module_that_keeps_nothing_new_hands_nothing_back(capsys: pytest.CaptureFixture[str]) -> None:
    def reads(_params: Mapping[str, Any], _connect: Any, _check_mode: bool, handover: Any) -> dict[str, Any]:
        handover.write(handover.read())
        return {"changed": False, "told": "s3cret, hidden"}

    result = printed(capsys, reads, **carried(holding()))
    assert "kept" not in result
    assert not [secret for secret in ("s3cret", "hidden", "123456") if secret in str(result)]
