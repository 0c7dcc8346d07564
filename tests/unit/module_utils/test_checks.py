# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict: every check passes, fails, and is unknown for its own reason alone."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.checks import (
    ARGUMENT_SPEC,
    Check,
    Expected,
    Policies,
    Readings,
    inspect,
    judge,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, AwsError
from tests.unit.fake_aws import ACCOUNT, ADMINISTRATOR_ACCESS, MADE, NAME, FakeAws, options

IDS = ["account", "root_mfa", "root_access_keys", "administrator", "policies", "console_password", "mfa"]
OWN_POLICY = ACCOUNT.arn("policy/AdministratorAccess")
DENIED = AwsError("GetSomething", "AccessDenied", "No")
EXPECTED = Expected(ACCOUNT.id, NAME, (NAME,), ("AdministratorAccess",))
SECURE = Readings(
    summary={"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0},
    user={"Arn": ACCOUNT.arn(f"user/{NAME}")},
    policies=Policies((ADMINISTRATOR_ACCESS,), {"AdministratorAccess": ADMINISTRATOR_ACCESS}),
    login_profile={"CreateDate": MADE},
    mfa_devices=[{"SerialNumber": ACCOUNT.arn(f"mfa/{NAME}"), "EnableDate": MADE}],
)


def judged(expected: Expected = EXPECTED, **read: Any) -> dict[str, Check]:
    return {check.id: check for check in judge(expected, ACCOUNT, replace(SECURE, **read))}


def statuses(checks: dict[str, Check]) -> dict[str, str]:
    return {id: check.status for id, check in checks.items()}


def device(name: str) -> dict[str, Any]:
    return {"SerialNumber": ACCOUNT.arn(f"mfa/{name}"), "EnableDate": MADE}


# Options


def test_the_device_is_named_after_the_user_by_default() -> None:
    assert Expected.from_params(options(ARGUMENT_SPEC, name=NAME)) == replace(EXPECTED, account_id=None)


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": "jo doe"}, "name 'jo doe' has characters"),
        ({"device_names": ["phone", "my phone"]}, "device_names 'my phone' has characters"),
        ({"device_names": ["x" * 129]}, "device_names is 129 characters long"),
        ({"managed_policies": ["Administrator Access"]}, "managed_policies 'Administrator Access' has characters"),
    ],
)
def test_options_that_aws_would_refuse_are_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(AdminError, match=f"^{sentence}"):
        Expected.from_params(options(ARGUMENT_SPEC, **{"name": NAME, **given}))


# Judgement


def test_everything_passes_for_a_secure_account() -> None:
    assert statuses(judged()) == dict.fromkeys(IDS, "pass")


@pytest.mark.parametrize(
    ("read", "failing", "detail"),
    [
        ({"summary": {"AccountMFAEnabled": 0}}, "root_mfa", "sign in as root, and add an MFA device"),
        ({"summary": {}}, "root_mfa", "The root user has no MFA"),
        (
            {"summary": {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 1}},
            "root_access_keys",
            "sign in as root, and delete it",
        ),
        ({"user": None}, "administrator", f"There is no user {NAME}"),
        (
            {"policies": Policies((), {"AdministratorAccess": ADMINISTRATOR_ACCESS})},
            "policies",
            f"Not attached to {NAME}: AdministratorAccess",
        ),
        (
            {
                "policies": Policies(
                    (ADMINISTRATOR_ACCESS,), {"AdministratorAccess": ADMINISTRATOR_ACCESS, "Typo": None}
                )
            },
            "policies",
            f"Not attached to {NAME}: Typo",
        ),
        (
            {"policies": Policies((OWN_POLICY,), {"AdministratorAccess": ADMINISTRATOR_ACCESS})},
            "policies",
            f"Not attached to {NAME}: AdministratorAccess",
        ),
        ({"login_profile": None}, "console_password", f"{NAME} has no console password"),
        ({"mfa_devices": []}, "mfa", f"Not enabled for {NAME}: MFA device {NAME}"),
        ({"mfa_devices": [device("phone")]}, "mfa", f"Not enabled for {NAME}: MFA device {NAME}"),
    ],
)
def test_what_is_missing_fails_its_own_check_and_the_detail_says_what_it_is(
    read: dict[str, Any], failing: str, detail: str
) -> None:
    checks = judged(**read)
    assert statuses(checks) == {**dict.fromkeys(IDS, "pass"), failing: "fail"}
    assert detail in checks[failing].detail


@pytest.mark.parametrize(
    ("reading", "unknown"),
    [
        ("summary", ["root_mfa", "root_access_keys"]),
        ("user", ["administrator"]),
        ("policies", ["policies"]),
        ("login_profile", ["console_password"]),
        ("mfa_devices", ["mfa"]),
    ],
)
def test_what_aws_refuses_to_tell_is_unknown_and_nothing_else_is(reading: str, unknown: list[str]) -> None:
    checks = judged(**{reading: DENIED})
    assert statuses(checks) == {**dict.fromkeys(IDS, "pass"), **dict.fromkeys(unknown, "unknown")}
    assert {checks[id].detail for id in unknown} == {f"Could not be read: {DENIED}"}


@pytest.mark.parametrize("read", [{}, {field.name: DENIED for field in fields(Readings)}], ids=["answers", "refusals"])
def test_nothing_is_said_of_an_account_that_is_not_the_expected_one(read: dict[str, Any]) -> None:
    checks = judged(replace(EXPECTED, account_id="444455556666"), **read)
    assert statuses(checks) == {**dict.fromkeys(IDS, "unknown"), "account": "fail"}
    assert checks["account"].detail.startswith("Account 111122223333, not 444455556666: correct aws_profile")
    details = {check.detail for check in checks.values() if check.id != "account"}
    assert details == {"Not judged, since the credentials lead to another account."}


def test_the_account_is_not_compared_when_none_is_expected() -> None:
    assert statuses(judged(replace(EXPECTED, account_id=None))) == {
        **dict.fromkeys(IDS, "pass"),
        "account": "not_applicable",
    }


@pytest.mark.parametrize(
    ("devices", "status"),
    [
        ([], "fail"),
        ([device("phone")], "fail"),
        ([device("PHONE"), device("drawer/spare"), device("third")], "pass"),
    ],
)
def test_every_expected_device_must_be_enabled_wherever_its_path_is(devices: list[Any], status: str) -> None:
    checks = judged(replace(EXPECTED, device_names=("phone", "Spare")), mfa_devices=devices)
    assert checks["mfa"].status == status


def test_checks_of_the_cis_benchmark_name_it() -> None:
    references = {id: check.references for id, check in judged().items() if check.references}
    assert references == {
        "root_mfa": ("CIS AWS Foundations Benchmark v7.0.0, 2.5",),
        "root_access_keys": ("CIS AWS Foundations Benchmark v7.0.0, 2.4",),
        "mfa": ("CIS AWS Foundations Benchmark v7.0.0, 2.10",),
    }


# Inspection


@dataclass
class SecureAws(FakeAws):
    """A secure account; `refuses` names a read that is denied."""

    refuses: str = ""

    def __post_init__(self) -> None:
        self.create_user(UserName=NAME, Path="/")
        self.attached = [ADMINISTRATOR_ACCESS]
        self.create_login_profile(PasswordResetRequired=False)
        self.devices = {ACCOUNT.arn(f"mfa/{NAME}"): NAME}
        self.aliases = ["acme"]
        if self.refuses:
            setattr(self, self.refuses, self._refuse)

    def _refuse(self, *_arguments: Any) -> Any:
        raise DENIED

    def get_account_summary(self) -> dict[str, int]:
        return {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0}


def inspected(aws: Any, expected: Expected = EXPECTED) -> dict[str, Any]:
    return inspect(aws, expected)


def test_an_inspection_returns_plain_data() -> None:
    result = inspected(SecureAws())
    assert result["checks"][0] == {
        "id": "account",
        "title": "The credentials lead to the expected account",
        "status": "pass",
        "detail": f"Account {ACCOUNT.id}.",
        "references": [],
    }
    assert [check["id"] for check in result.pop("checks")] == IDS
    assert result == {
        "changed": False,
        "account_id": ACCOUNT.id,
        "sign_in_url": "https://acme.signin.aws.amazon.com/console",
        "secure": True,
    }


def test_an_account_is_secure_without_an_expected_id_too() -> None:
    assert inspected(SecureAws(), replace(EXPECTED, account_id=None))["secure"] is True


@pytest.mark.parametrize(
    ("refused", "unknown"),
    [
        ("get_account_summary", {"root_mfa", "root_access_keys"}),
        ("get_user", {"administrator"}),
        ("list_attached_user_policies", {"policies"}),
        ("get_login_profile", {"console_password"}),
        ("list_mfa_devices", {"mfa"}),
    ],
)
def test_an_account_is_not_secure_where_something_could_not_be_read(refused: str, unknown: set[str]) -> None:
    result = inspected(SecureAws(refuses=refused))
    assert {check["id"] for check in result["checks"] if check["status"] == "unknown"} == unknown
    assert result["secure"] is False


def test_policies_that_cannot_be_resolved_are_unknown() -> None:
    aws = SecureAws(refuses="get_policy")
    aws.attached = []
    checks = {check["id"]: check["status"] for check in inspected(aws)["checks"]}
    assert checks == {**dict.fromkeys(IDS, "pass"), "policies": "unknown"}


def test_without_the_right_to_read_the_alias_the_sign_in_url_has_the_account_id() -> None:
    result = inspected(SecureAws(refuses="list_account_aliases"))
    assert result["sign_in_url"] == f"https://{ACCOUNT.id}.signin.aws.amazon.com/console"
    assert result["secure"] is True


def test_an_account_that_cannot_be_told_is_an_error() -> None:
    with pytest.raises(AwsError):
        inspected(SecureAws(refuses="get_caller_identity"))


def test_a_policy_of_the_account_does_not_pass_for_that_of_aws() -> None:
    aws = SecureAws(policies={ADMINISTRATOR_ACCESS, OWN_POLICY})
    aws.attached = [OWN_POLICY]
    assert [check["id"] for check in inspected(aws)["checks"] if check["status"] == "fail"] == ["policies"]
