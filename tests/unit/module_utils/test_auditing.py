# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The checks on request: each passes, fails and is unknown for its own reason, and is made where it counts alone."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.auditing import RULES
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.checks import inspect
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.console_logins import (
    ConsoleLogin,
    ConsoleUse,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.credential_report import (
    Credential,
    CredentialReport,
    Holder,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AwsError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.expectations import Expected
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.identities import Identity
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import ACCOUNT, NAME, FakeAws

NOW = datetime.now(UTC)
DEVICE, OLD_DEVICE = ACCOUNT.arn(f"mfa/{NAME}"), ACCOUNT.arn("mfa/old")
PASSKEY = ACCOUNT.arn(f"u2f/user/{NAME}/key-ABC")
ADMIN = Identity(NAME, "/", ACCOUNT.arn(f"user/{NAME}"), None, {}, (), (), (), user_id="AIDA1")
MADE = datetime(2026, 6, 30, 12, tzinfo=UTC)


def days(count: float) -> timedelta:
    return timedelta(days=count)


def judged(id: str, *readings: Any) -> tuple[str, str]:
    """Judge by one rule."""
    expected = Expected(ACCOUNT.id, NAME, None, (NAME,), ("AdministratorAccess",))
    return RULES[id].judge(expected, *readings)


def login(ago: float = 1, serial_number: str = DEVICE, user_id: str = "AIDA1") -> ConsoleLogin:
    return ConsoleLogin(MADE - days(ago), user_id, bool(serial_number), serial_number)


def use(*logins: ConsoleLogin, is_cut: bool = False, **changes: bool) -> ConsoleUse:
    return ConsoleUse(logins, ("eu-west-1", "us-east-1"), is_cut, changes)


SIGNED_IN = {"PasswordLastUsed": MADE - timedelta(days=1) + timedelta(hours=1)}


@pytest.mark.parametrize(
    ("seen", "status", "detail"),
    [
        (
            use(login(), AIDA1=True),
            "pass",
            f"with {DEVICE}. AWS treated its password change as made with MFA.",
        ),
        (use(login(), AIDA1=False), "pass", "AWS treated its password change as made without MFA."),
        (use(login()), "pass", f"{NAME} signed in with MFA on 2026-06-29, with {DEVICE}."),
        (use(login(), login(40, user_id="AIDA0", serial_number="")), "pass", "signed in with MFA"),
        (use(login(), login(40, serial_number="")), "fail", f"{NAME} signed in without MFA on 2026-05-21: find out"),
        (use(login(serial_number=OLD_DEVICE)), "unknown", f"with {OLD_DEVICE}, which it no longer has: sign in again."),
        (use(login(), login(9, OLD_DEVICE)), "pass", f"with {DEVICE}."),
        (
            use(),
            "unknown",
            "signed in on 2026-06-29, but CloudTrail does not show whether with MFA: it has no event of it "
            "from the last 90 days",
        ),
        (use(), "unknown", "from the last 90 days in eu-west-1, us-east-1. Sign in again with MFA, and check again."),
        (use(login(user_id="AIDA0")), "unknown", "it has no event of it from the last 90 days"),
        # One that was not seen may have been without MFA
        (use(login(1.01)), "unknown", "it has no event of it from the last 90 days"),
        (use(login(), is_cut=True), "unknown", "CloudTrail has more sign-ins than were read, in eu-west-1, us-east-1."),
        (use(login(serial_number=""), is_cut=True), "fail", "signed in without MFA"),
    ],
)
def test_the_first_sign_in(seen: ConsoleUse, status: str, detail: str) -> None:
    found = judged("signed_in", {NAME: ADMIN}, [{"SerialNumber": DEVICE}], seen, SIGNED_IN)
    assert found[0] == status
    assert detail in found[1]


def test_nobody_has_not_signed_in() -> None:
    for user in ({}, None):
        never = judged("signed_in", {NAME: ADMIN}, [], use(AIDA2=True), user)
        assert never == ("fail", f"{NAME} has never signed in: sign in at the console, with MFA.")
    assert judged("signed_in", {}, [], use(login()), None) == ("fail", f"There is no user {NAME}: run the bootstrap.")
    # Whoever has no id is not known from one who had the name before
    nobody = {NAME: replace(ADMIN, user_id="")}
    found = judged("signed_in", nobody, [{"SerialNumber": DEVICE}], use(login(user_id="")), SIGNED_IN)
    assert found[0] == "unknown"


@pytest.mark.parametrize(
    ("profile", "status", "detail"),
    [
        (None, "not_applicable", f"{NAME} has no console password."),
        ({"CreateDate": NOW - days(99)}, "pass", f"{NAME} does not have to change its password."),
        ({"CreateDate": NOW - days(99), "PasswordResetRequired": False}, "pass", "does not have to change"),
        ({"CreateDate": NOW - days(6.9), "PasswordResetRequired": True}, "pass", "less than 7 days ago."),
        (
            {"CreateDate": NOW - days(7.1), "PasswordResetRequired": True},
            "fail",
            ": sign in and change it, or reset it.",
        ),
    ],
)
def test_an_initial_password_is_open_for_a_week(profile: Any, status: str, detail: str) -> None:
    found = judged("initial_password", profile)
    assert found[0] == status
    assert detail in found[1]


@pytest.mark.parametrize(
    ("password", "devices", "status", "detail"),
    [
        (None, [1], "not_applicable", "has no console password"),
        (2, [], "fail", "has a console password and no MFA device: run the bootstrap."),
        (2, [3], "pass", "is from 2026-06-28, and its MFA device from 2026-06-27."),
        (2, [2], "pass", "is from 2026-06-28"),
        (2, [1, 3], "pass", "its MFA device from 2026-06-27."),
        (2, [1], "fail", "is from 2026-06-28, and its oldest MFA device from 2026-06-29: until then"),
    ],
)
def test_a_password_that_is_older_than_its_device_was_enough_for_a_time(
    password: int | None, devices: list[int], status: str, detail: str
) -> None:
    profile = None if password is None else {"CreateDate": MADE - days(password)}
    found = judged("password_after_mfa", profile, [{"EnableDate": MADE - days(ago)} for ago in devices])
    assert found[0] == status
    assert detail in found[1]


def test_a_passkey_cannot_be_phished() -> None:
    virtual, passkey = {"SerialNumber": DEVICE}, {"SerialNumber": PASSKEY}
    assert judged("phishing_resistant_mfa", [virtual, passkey]) == ("pass", f"{NAME} has {PASSKEY}.")
    for devices in ([virtual], [{"SerialNumber": "GAKT00012345"}], []):
        assert judged("phishing_resistant_mfa", devices)[0] == "fail"


def test_permissions_of_groups_are_no_policies_of_its_own() -> None:
    through_a_group = replace(ADMIN, policy_arns=("arn:aws:iam::aws:policy/ReadOnlyAccess",), groups=("a",))
    assert judged("group_permissions", {NAME: through_a_group}) == ("pass", "No IAM user has a policy of its own.")
    for own in ({"attached_policies": ("arn",)}, {"inline_policies": ("name",)}):
        users = {NAME: ADMIN, "jo": replace(ADMIN, name="jo", **own)}
        assert judged("group_permissions", users) == ("fail", "With policies of their own: jo. Move them to a group.")


def credential(kind: str, changed: float, last_used: float) -> Credential:
    return Credential(kind, MADE - days(changed), MADE - days(last_used))


def report(*active: Credential, root_used: datetime | None = None) -> CredentialReport:
    return CredentialReport(MADE, (Holder("jo", active, None),), Holder("<root_account>", (), root_used))


@pytest.mark.parametrize(
    ("active", "status", "detail"),
    [
        ([], "pass", "Every active password and access key was used within 45 days, as of 2026-06-30T12:00+00:00."),
        ([credential("password", 400, 44)], "pass", "Every active"),
        ([credential("password", 400, 46)], "fail", "as of 2026-06-30T12:00+00:00: jo (password). Delete what is not"),
        ([credential("password", 9, 9), credential("access key 2", 60, 60)], "fail", "jo (access key 2)."),
    ],
)
def test_what_is_not_used_for_45_days_is_told(active: list[Credential], status: str, detail: str) -> None:
    found = judged("unused_credentials", report(*active))
    assert found[0] == status
    assert detail in found[1]


@pytest.mark.parametrize(
    ("active", "status", "detail"),
    [
        ([credential("password", 400, 1)], "pass", "No active access key is older than 90 days, and nobody has two"),
        ([credential("access key 1", 89, 1)], "pass", "No active"),
        ([credential("access key 1", 91, 1)], "fail", "jo (access key 1 of 2026-03-31). Replace or delete them."),
        (
            [credential("access key 1", 2, 1), credential("access key 2", 1, 1)],
            "fail",
            "jo (access key 1 of 2026-06-28, access key 2 of 2026-06-29).",
        ),
    ],
)
def test_an_old_key_and_a_second_one_are_told(active: list[Credential], status: str, detail: str) -> None:
    found = judged("old_access_keys", report(*active))
    assert found[0] == status
    assert detail in found[1]


@pytest.mark.parametrize(
    ("used", "status", "detail"),
    [
        (None, "pass", "According to AWS, the root user was never used, as of"),
        (MADE - days(31), "pass", "The root user was last used on 2026-05-30, as of"),
        (MADE - days(29), "fail", "The root user was used on 2026-06-01, as of"),
    ],
)
def test_when_root_was_used_is_told(used: datetime | None, status: str, detail: str) -> None:
    found = judged("root_unused", report(root_used=used))
    assert found[0] == status
    assert detail in found[1]


def test_a_certificate_that_has_expired_is_told() -> None:
    good, bad = ({"ServerCertificateName": name, "Expiration": NOW + days(ago)} for name, ago in (("a", 1), ("b", -1)))
    assert judged("expired_certificates", [good]) == ("pass", "No server certificate in IAM has expired.")
    assert judged("expired_certificates", [good, bad]) == ("fail", "Expired: b. Delete them.")


def test_a_security_contact_is_there_or_not_and_is_not_named() -> None:
    assert judged("security_contact", {"Name": "Void"}) == ("pass", "The account has an alternate security contact.")
    assert judged("security_contact", {})[0] == "fail"


# Made on request


class Audited(FakeAws):
    """Tells what was read of it."""

    region = "eu-west-1"

    def __init__(self) -> None:
        super().__init__()
        self.create_user(UserName=NAME, Path="/")
        self.asked: list[str] = []

    def get_credential_report(self) -> Any:
        self.asked.append("credential_report")
        raise AwsError("GenerateCredentialReport", "AccessDenied", "No")

    def list_server_certificates(self) -> Any:
        self.asked.append("server_certificates")
        return super().list_server_certificates()

    def get_security_contact(self) -> Any:
        self.asked.append("security_contact")
        return super().get_security_contact()

    def lookup_events(self, region: str, name: str) -> Any:
        self.asked.append(f"{name} in {region}")
        return [], False

    def get_user(self, name: str) -> Any:
        self.asked.append(f"user {name}")
        return super().get_user(name)


ALL = ("administrator", *RULES)


@pytest.mark.parametrize(
    ("expect", "asked"),
    [
        (None, []),
        (("administrator", "initial_password"), []),
        (("unused_credentials",), ["credential_report"]),
        (
            ("signed_in",),
            [
                "ChangePassword in us-east-1",
                *(f"ConsoleLogin in {one}" for one in ("ap-southeast-2", "eu-north-1", "eu-west-1")),
                *(f"ConsoleLogin in {one}" for one in ("us-east-1", "us-east-2")),
                f"user {NAME}",
            ],
        ),
        (("security_contact", "expired_certificates"), ["security_contact", "server_certificates"]),
    ],
)
def test_a_check_on_request_is_made_and_read_for_where_it_counts(
    expect: tuple[str, ...] | None, asked: list[str]
) -> None:
    aws: Any = Audited()
    result = inspect(aws, Expected(ACCOUNT.id, NAME, None, (NAME,), ("AdministratorAccess",), expect=expect))
    assert sorted(aws.asked) == asked
    made = [check["id"] for check in result["checks"] if check["id"] in RULES]
    assert made == [id for id in RULES if id in (expect or ())]


def test_what_is_read_on_request_and_refused_is_unknown() -> None:
    aws: Any = Audited()
    expect = ("unused_credentials", "old_access_keys", "root_unused", "security_contact")
    result = inspect(aws, Expected(ACCOUNT.id, NAME, None, (NAME,), (), expect=expect))
    statuses = {check["id"]: check["status"] for check in result["checks"] if check["id"] in expect}
    assert statuses == {**dict.fromkeys(expect, "unknown"), "security_contact": "fail"}
    assert result["secure"] is False
    assert aws.asked.count("credential_report") == 1
