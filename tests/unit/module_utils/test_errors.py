# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Failures are sentences."""

from __future__ import annotations

import json
import re
from functools import partial

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.api import together
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import (
    AdminError,
    AwsError,
    UnexpectedError,
)


def test_a_failure_has_changed_nothing_unless_it_says_so() -> None:
    assert AdminError("It failed.").changed is False
    assert AwsError("GetUser", "NoSuchEntity", "gone").changed is False


def test_a_refusal_of_aws_names_operation_code_and_message_and_keeps_them() -> None:
    error = AwsError("GetUser", "NoSuchEntity", "There is no such user")
    assert isinstance(error, AdminError)
    assert str(error) == "GetUser failed: NoSuchEntity: There is no such user."
    assert (
        str(AwsError("GetUser", "Unknown", "Retries may succeed: ")) == "GetUser failed: Unknown: Retries may succeed."
    )
    assert (error.operation, error.code, error.message) == ("GetUser", "NoSuchEntity", "There is no such user")


@pytest.mark.parametrize(("length", "kept"), [(1_000, 1_000), (1_001, 1_000), (10_000_000, 1_000)])
def test_an_endless_answer_is_cut_and_says_so(length: int, kept: int) -> None:
    error = AwsError("GetUser", "Unknown", "x" * length)
    more = f" … ({length - kept:,} more characters)" if length > kept else ""
    assert error.message == "x" * kept + more
    assert str(error) == f"GetUser failed: Unknown: {error.message}."


@pytest.mark.parametrize("character", ["\x1b", "\x07", "\x9b", "\n", "\u202e", "\u2028"])
def test_what_is_said_leaves_a_terminal_as_it_is(character: str) -> None:
    assert str(AdminError(f"It {character}failed.")) == "It  failed."
    assert str(AwsError("GetUser", f"a{character}b", f"c{character}d")) == "GetUser failed: a b: c d."


def test_only_full_stops_are_cut_off() -> None:
    assert str(AwsError("GetUser", "Gone", "Ask for X.")) == "GetUser failed: Gone: Ask for X."


@pytest.mark.parametrize("message", ["It is gone", "It is gone.", " It is gone. ", "It is gone..."])
def test_the_message_ends_in_one_full_stop(message: str) -> None:
    assert str(AwsError("GetUser", "Gone", message)) == "GetUser failed: Gone: It is gone."


@pytest.mark.parametrize(
    ("code", "advice"),
    [
        ("AccessDenied", "The credentials lack the permission iam:CreateUser: use others, or have it granted."),
        ("ExpiredToken", "The credentials have expired: sign in again, or renew them, and run again."),
        ("NoCredentialsError", "Name a profile (aws_profile in the inventory), or export credentials."),
        ("Throttling", "AWS limits the rate of calls: wait a little and run again."),
        ("MissingDependencyException", "Install it: pip install 'botocore[crt]'."),
    ],
)
def test_a_known_code_comes_with_advice(code: str, advice: str) -> None:
    assert str(AwsError("CreateUser", code, "No.")) == f"CreateUser failed: {code}: No. {advice}"


@pytest.mark.parametrize(
    ("synonym", "code"),
    [
        ("AccessDeniedException", "AccessDenied"),
        ("ExpiredTokenException", "ExpiredToken"),
        ("UnrecognizedClientException", "InvalidClientTokenId"),
        ("ThrottlingException", "Throttling"),
        ("RequestLimitExceeded", "Throttling"),
    ],
)
def test_another_code_for_the_same_gets_the_same_advice(synonym: str, code: str) -> None:
    advice = str(AwsError("GetUser", code, "No")).removeprefix(f"GetUser failed: {code}: No. ")
    assert str(AwsError("GetUser", synonym, "No")) == f"GetUser failed: {synonym}: No. {advice}"
    assert advice.endswith(".")


def test_a_fault_says_where_it_is_and_not_what_it_had_in_hand() -> None:
    with pytest.raises(RuntimeError) as caught:
        raise RuntimeError("JBSWY3DPEHPK3PXP")
    said = str(UnexpectedError(caught.value))
    assert said.startswith("This is a fault of the collection: RuntimeError in test_errors.py:")
    assert "JBSWY3DPEHPK3PXP" not in said


def test_a_fault_in_a_library_is_told_by_the_place_in_the_collection_that_called_it() -> None:
    with pytest.raises(ValueError, match="Expecting") as caught:
        together(partial(json.loads, "{"))
    said = str(UnexpectedError(caught.value))
    assert re.fullmatch(
        r"This is a fault of the collection: JSONDecodeError in api\.py:[0-9]+\. Please report this sentence; what the "
        r"error says is left out, as it may hold a secret\.",
        said,
    )


@pytest.mark.parametrize(
    ("operation", "code", "advice"),
    [
        (
            "CreateLoginProfile",
            "EntityAlreadyExists",
            "Somebody else gave this user a console password at the same moment, so the one in the handover may not "
            "work: ask them, or run playbooks/reset_password.yml.",
        ),
        (
            "CreateAccountAlias",
            "EntityAlreadyExists",
            "The alias is taken, in this or another account: choose another one.",
        ),
        ("CreateAccountAlias", "Throttling", "AWS limits the rate of calls: wait a little and run again."),
        (
            "EnableMFADevice",
            "LimitExceeded",
            "The user has as many MFA devices as AWS allows: have one of them removed first.",
        ),
        ("EnableMFADevice", "Throttling", "AWS limits the rate of calls: wait a little and run again."),
        ("CreateUser", "LimitExceeded", "Remove what is no longer needed, or have the quota raised."),
        (
            "AssumeRole",
            "AccessDenied",
            "The credentials lack the permission sts:AssumeRole, or there is no such role, or it does not trust them: "
            "have it granted, or correct the role's ARN.",
        ),
        ("AssumeRole", "ExpiredToken", "The credentials have expired: sign in again, or renew them, and run again."),
        (
            "GetSessionToken",
            "AccessDenied",
            "The credentials lack the permission sts:GetSessionToken: use others, or have it granted.",
        ),
        (
            "ListRoots",
            "AccessDeniedException",
            "The credentials lack the permission organizations:ListRoots: use others, or have it granted.",
        ),
    ],
)
def test_what_to_do_depends_on_what_was_tried(operation: str, code: str, advice: str) -> None:
    assert str(AwsError(operation, code, "No")) == f"{operation} failed: {code}: No. {advice}"


@pytest.mark.parametrize("code", ["EntityAlreadyExists", "SomethingNew"])
def test_where_nothing_can_be_advised_nothing_is(code: str) -> None:
    assert str(AwsError("CreateUser", code, "No")) == f"CreateUser failed: {code}: No."


@pytest.mark.parametrize("kind", ["service", "resource"])
def test_what_the_organisation_denies_nobody_in_the_account_can_grant(kind: str) -> None:
    message = f"User: x is not authorized to perform: iam:CreateUser with an explicit deny in a {kind} control policy"
    for code in ("AccessDenied", "AccessDeniedException"):
        said = str(AwsError("CreateUser", code, message))
        assert said.endswith("or use an account that it does not apply to.")
        assert "have it granted" not in said


@pytest.mark.parametrize("caller", ["root", "assumed-root"])
def test_what_the_organisation_denies_its_root_users_it_may_let_their_sessions_do(caller: str) -> None:
    message = f"User: arn:aws:sts::1:{caller} is not authorized to perform: x, denied in a service control policy"
    assert str(AwsError("DeleteLoginProfile", "AccessDenied", message)).endswith(
        "A policy of the organisation denies the root user, and so its sessions: have the condition "
        '{"Null": {"aws:AssumedRoot": "true"}} added to the statement that does.'
    )
