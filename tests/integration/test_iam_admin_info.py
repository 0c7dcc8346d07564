# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iam_admin_info against the local AWS: every check passes and fails, and what cannot be read is unknown."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import yaml

from ansible_collections.landing_zone.aws_admin.plugins.modules import iam_admin_info
from tests.integration.cases import (
    ADMINISTRATOR,
    READ_ONLY,
    Given,
    Run,
    alias,
    assert_is_a_sentence,
    attached,
    enabled_device,
    fill,
    own_policy,
    password,
    user,
)
from tests.integration.conftest import TestAccount
from tests.local_aws.calls import Call, RefusedError

CHECKS = ["account", "root_mfa", "root_access_keys", "administrator", "policies", "console_password", "mfa"]
ALL_OTHERS = CHECKS[1:]
BOOTSTRAPPED = (user(), attached(ADMINISTRATOR), enabled_device(), password())


def root(**there: bool) -> Given:
    """The account's root user."""
    return lambda account: account.aws.set_root(account.id, **there)


@dataclass(frozen=True)
class Case:
    """An account, what is asked of it, and the checks that do not pass: their status and, as a pattern, their detail.

    Calls of the actions in `refused` are denied. ACCOUNT stands for the account's id.
    """

    id: str
    given: tuple[Given, ...] = BOOTSTRAPPED
    options: Mapping[str, Any] = field(default_factory=dict)
    refused: tuple[str, ...] = ()
    not_passed: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    sign_in_url: str = "https://ACCOUNT.signin.aws.amazon.com/console"


CASES = [
    Case("an account that has been bootstrapped is secure", given=(*BOOTSTRAPPED, root(mfa=True, access_keys=False))),
    Case(
        "the sign-in has the account's alias",
        given=(*BOOTSTRAPPED, alias("our-zone-ACCOUNT")),
        sign_in_url="https://our-zone-ACCOUNT.signin.aws.amazon.com/console",
    ),
    Case(
        "no account to compare with does not make an account insecure",
        options={"account_id": None},
        not_passed={"account": ("not_applicable", "Account ACCOUNT; none was named")},
    ),
    Case(
        "of another account than expected nothing is judged",
        options={"account_id": "999999999999"},
        not_passed={
            "account": ("fail", "Account ACCOUNT, not 999999999999: correct aws_profile"),
            **dict.fromkeys(ALL_OTHERS, ("unknown", "Not judged, since the credentials lead to another account")),
        },
    ),
    Case(
        "a new account fails where it has nothing yet",
        given=(),
        not_passed={
            "administrator": ("fail", "There is no user iamadmin: run the bootstrap"),
            "policies": ("fail", "Not attached to iamadmin: AdministratorAccess"),
            "console_password": ("fail", "iamadmin has no console password: run the bootstrap"),
            "mfa": ("fail", "Not enabled for iamadmin: MFA device iamadmin"),
        },
    ),
    # Root
    Case(
        "a root user without MFA fails",
        given=(*BOOTSTRAPPED, root(mfa=False)),
        not_passed={"root_mfa": ("fail", "The root user has no MFA: sign in as root")},
    ),
    Case(
        "a root user with an access key fails",
        given=(*BOOTSTRAPPED, root(access_keys=True)),
        not_passed={"root_access_keys": ("fail", "The root user has an access key: sign in as root, and delete it")},
    ),
    # The administrator
    Case(
        "a policy that is not attached fails, and is named alone",
        given=(*BOOTSTRAPPED, own_policy("Own")),
        options={"managed_policies": ["AdministratorAccess", "ReadOnlyAccess", "Own"]},
        not_passed={"policies": ("fail", "Not attached to iamadmin: ReadOnlyAccess, Own. Run the bootstrap")},
    ),
    Case(
        "a policy that does not exist fails, and is named",
        options={"managed_policies": ["Nope", ADMINISTRATOR]},
        not_passed={"policies": ("fail", "Not attached to iamadmin: Nope. Run")},
    ),
    Case(
        "a policy of the account's own name does not stand in for AWS's",
        given=(user(), enabled_device(), password(), own_policy("ReadOnlyAccess")),
        options={"managed_policies": ["ReadOnlyAccess"]},
        not_passed={"policies": ("fail", "ReadOnlyAccess")},
    ),
    Case(
        "more policies than expected pass",
        given=(*BOOTSTRAPPED, attached(READ_ONLY)),
        options={"managed_policies": [READ_ONLY]},
    ),
    Case(
        "an administrator without console password fails",
        given=(user(), attached(ADMINISTRATOR), enabled_device()),
        not_passed={"console_password": ("fail", "has no console password")},
    ),
    Case(
        "an administrator whose MFA device has another name fails",
        given=(user(), attached(ADMINISTRATOR), enabled_device("phone"), password()),
        not_passed={"mfa": ("fail", "MFA device iamadmin. Run the bootstrap")},
    ),
    Case(
        "a device that somebody else uses is not the administrator's",
        given=(user(), user("somebody"), attached(ADMINISTRATOR), enabled_device(owner="somebody"), password()),
        not_passed={"mfa": ("fail", "Not enabled for iamadmin")},
    ),
    Case(
        "every device that is expected must be enabled, in whatever letters AWS writes it",
        given=(user(), attached(ADMINISTRATOR), enabled_device("Phone"), password()),
        options={"device_names": ["phone", "tablet"]},
        not_passed={"mfa": ("fail", "MFA device tablet. Run")},
    ),
    Case(
        "devices of other names pass when they are expected",
        given=(*BOOTSTRAPPED, enabled_device("phone")),
        options={"device_names": ["iamadmin", "phone"]},
    ),
    # Permissions
    Case(
        "without permission to read the account's summary root is unknown",
        refused=("GetAccountSummary",),
        not_passed=dict.fromkeys(
            ("root_mfa", "root_access_keys"),
            ("unknown", "Could not be read: GetAccountSummary failed: AccessDenied: .*lack the permission for GetAcc"),
        ),
    ),
    *(
        Case(
            f"without permission for {action} the check {check} is unknown, and no other",
            given=given,
            refused=(action,),
            not_passed={check: ("unknown", f"Could not be read: {action} failed: AccessDenied")},
        )
        for action, check, given in (
            ("GetUser", "administrator", BOOTSTRAPPED),
            ("ListAttachedUserPolicies", "policies", BOOTSTRAPPED),
            ("GetPolicy", "policies", (user(), enabled_device(), password())),
            ("GetLoginProfile", "console_password", BOOTSTRAPPED),
            ("ListMFADevices", "mfa", BOOTSTRAPPED),
        )
    ),
    Case(
        "without permission to read the alias the sign-in has the account's id",
        given=(*BOOTSTRAPPED, alias("hidden-ACCOUNT")),
        refused=("ListAccountAliases",),
    ),
]


@contextmanager
def refusing(account: TestAccount, refusal: RefusedError, *actions: str) -> Iterator[None]:
    """Refuse calls of these actions in this account, or of all when none is named."""

    def intercept(call: Call) -> None:
        if call.account_id == account.id and (not actions or call.action in actions):
            raise refusal

    account.aws.log.intercept = intercept
    try:
        yield
    finally:
        account.aws.log.reset()


def assert_judged(run: Run, account: TestAccount, case: Case) -> None:
    """Judge the account of a case, and hold the verdict against what the case expects."""
    for step in case.given:
        step(account)
    options = fill({"name": "iamadmin", "account_id": "ACCOUNT", **case.options}, account)
    start = len(account.calls)
    with refusing(account, RefusedError("AccessDenied", "No policy allows this."), *case.refused or ("none",)):
        result = run("iam_admin_info", **options)

    assert [call for call in account.calls[start:] if not call.startswith(("Get", "List"))] == []
    assert "failed" not in result
    assert result["changed"] is False
    assert result["account_id"] == account.id
    assert result["sign_in_url"] == fill(case.sign_in_url, account)
    checks = {check["id"]: check for check in result["checks"]}
    assert list(checks) == CHECKS
    expected = {**dict.fromkeys(CHECKS, "pass"), **{id: status for id, (status, _) in case.not_passed.items()}}
    assert {id: check["status"] for id, check in checks.items()} == expected
    for id, (_status, detail) in case.not_passed.items():
        assert re.search(fill(detail, account), checks[id]["detail"]), checks[id]["detail"]
    for check in checks.values():
        assert_is_a_sentence(check["detail"])
    assert result["secure"] is (set(expected.values()) <= {"pass", "not_applicable"})


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_an_account_is_judged(both_ways: TestAccount, case: Case) -> None:
    assert_judged(both_ways.run, both_ways, case)


def test_the_result_has_the_keys_that_are_documented_and_no_others(account: TestAccount) -> None:
    documented = yaml.safe_load(iam_admin_info.RETURN)
    assert set(documented.pop("error")["contains"]) == {"operation", "code"}
    result = account.run("iam_admin_info", name="iamadmin")
    assert set(result) == {*documented, "changed", "invocation"}
    for check in result["checks"]:
        assert set(check) == set(documented["checks"]["contains"])


@pytest.mark.parametrize("module", ["iam_admin_user", "iam_virtual_mfa", "iam_admin_info"])
def test_keys_that_have_expired_are_one_sentence_and_no_write(account: TestAccount, module: str) -> None:
    option = "user_name" if module == "iam_virtual_mfa" else "name"
    with refusing(account, RefusedError("ExpiredToken", "The security token included in the request is expired")):
        result = account.run(module, **{option: "iamadmin"})
    assert_failed(
        result, "GetCallerIdentity failed: ExpiredToken: The security token included in the request is expired. The "
    )
    assert "sign in again" in result["msg"]
    assert {call for call in account.calls if not call.startswith(("Get", "List"))} == set()


def test_where_not_even_the_account_can_be_told_there_is_no_verdict(account: TestAccount) -> None:
    with refusing(account, RefusedError("AccessDenied", "No policy allows this."), "GetCallerIdentity"):
        result = account.run("iam_admin_info", name="iamadmin")
    assert_failed(result, "GetCallerIdentity failed: AccessDenied: No policy allows this. ")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"endpoint_url": "http://127.0.0.1:1", "aws_config": {"retries": {"max_attempts": 0}}},
            "GetCallerIdentity failed: EndpointConnectionError: .*127.0.0.1:1.* Check the network",
        ),
        ({"profile": "nobody"}, r"ProfileNotFound: .*nobody.* Define the profile in the AWS config file"),
        ({"profile": "a", "access_key": "AKIAX", "secret_key": "hidden"}, "Both profile and access_key are given"),
        ({"name": "IAM Admin"}, "'IAM-Admin'"),
        ({"device_names": ["My phone"]}, "device_names 'My phone' .*'My-phone'"),
        ({"managed_policies": ["Read Only"]}, "managed_policies 'Read Only' .*'Read-Only'"),
    ],
    ids=["no endpoint there", "no such profile", "two credentials", "bad name", "bad device", "bad policy"],
)
def test_a_failure_is_one_sentence_that_says_what_to_do(
    account: TestAccount, options: dict[str, Any], message: str
) -> None:
    result = account.run("iam_admin_info", **{"name": "iamadmin", **options})
    assert_failed(result, message)
    assert "hidden" not in json.dumps(result)
    assert account.calls == []


def assert_failed(result: Mapping[str, Any], message: str) -> None:
    """Hold a failure against what it is to say, as a pattern."""
    assert (result["failed"], result["changed"]) == (True, False)
    assert "checks" not in result
    assert_is_a_sentence(result["msg"])
    assert re.search(message, result["msg"]), result["msg"]
