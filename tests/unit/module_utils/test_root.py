# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may have a session of a member's root user, and what is in the way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.account import Account
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, AwsError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.root import (
    AUDIT,
    OF_SUMMARY,
    ByPersonError,
    RootUser,
    has_none,
    kind_of,
    read_root,
    root_session,
)

MANAGER, MEMBER = "111111111111", "222222222222"
DENIED = AwsError("AssumeRoot", "AccessDenied", "No")


@dataclass
class Caller:
    """Credentials of an account, and what AWS answers to them; `manager` is what is asked in their place."""

    id: str
    manager: Any = None
    name: str = "user/operator"
    refusal: AwsError | None = None
    organization: Any = None
    features: Any = None

    def get_caller_identity(self) -> Account:
        return Account(self.id, "aws", f"arn:aws:iam::{self.id}:{self.name}")

    def as_root(self, account: Account, account_id: str, task: str) -> Any:
        if self.refusal:
            raise self.refusal
        return account.id, account_id, task

    def describe_organization(self) -> Any:
        if isinstance(self.organization, AwsError):
            raise self.organization
        return self.organization and {"MasterAccountId": self.organization}

    def list_organizations_features(self) -> Any:
        return self.features


def session(caller: Any) -> Any:
    return root_session(caller, MEMBER, AUDIT)


@pytest.mark.parametrize(
    "caller",
    [Caller(MANAGER), Caller(MEMBER, Caller(MANAGER)), Caller(MANAGER, Caller("333333333333"))],
    ids=["itself", "what the role in the member was assumed with", "itself, by a role from somewhere else"],
)
def test_a_session_is_asked_for_by_who_is_no_member(caller: Caller) -> None:
    assert session(caller) == (MANAGER, MEMBER, AUDIT)


@pytest.mark.parametrize(
    ("caller", "kind", "sentence"),
    [
        (
            Caller(MEMBER),
            ByPersonError,
            f"Account {MEMBER} manages its organisation, or is in none, and no API reaches the root user of such an "
            "account: a person has to secure it (iam_root_by_hand).",
        ),
        (Caller(MEMBER, organization=MEMBER), ByPersonError, "a person has to secure it"),
        (Caller(MANAGER, refusal=DENIED, organization=MEMBER, features=[]), ByPersonError, "no API reaches the root"),
        (
            Caller(MEMBER, organization=MANAGER),
            AdminError,
            f"Account {MEMBER} may not get root sessions of {MEMBER}: name a profile of the account that manages its "
            "organisation in management_profile (iam_admin_management_profile of the role).",
        ),
        (
            Caller(MANAGER, refusal=DENIED, organization="333333333333"),
            AdminError,
            f"Account {MANAGER} may not get root sessions of {MEMBER}: name a profile",
        ),
        (
            Caller(MEMBER, organization=MANAGER, features=["RootSessions"]),
            AdminError,
            f"Account {MEMBER} has no root session of itself: use a profile of {MANAGER}.",
        ),
        (
            Caller(MANAGER, name="root"),
            AdminError,
            f"This run acts as the root user of account {MANAGER}, and AWS gives a root user no root session of "
            "another account: give that account an administrator first (bootstrap.yml), and run with the "
            "administrator's credentials.",
        ),
        (
            Caller(MANAGER, refusal=DENIED, organization=MANAGER, features=["RootCredentialsManagement"]),
            AdminError,
            f"Root sessions are not enabled in the organisation that {MANAGER} manages: enable them first (module "
            "organizations_root_access).",
        ),
        (
            Caller(MANAGER, refusal=DENIED, organization=MANAGER, features=["RootSessions"]),
            AdminError,
            f"Root sessions are enabled: {MEMBER} may not be an active member of the organisation.",
        ),
        # What is in the way cannot be read: AWS's own words are left
        (Caller(MANAGER, refusal=DENIED, organization=DENIED), AdminError, "AssumeRoot failed: AccessDenied: No."),
        (
            Caller(MEMBER, organization=AwsError("DescribeOrganization", "AccessDenied", "No")),
            AdminError,
            "DescribeOrganization failed: AccessDenied: No.",
        ),
        (
            Caller(MANAGER, refusal=AwsError("AssumeRoot", "ExpiredToken", "Late"), organization=MEMBER),
            AdminError,
            "AssumeRoot failed: ExpiredToken: Late.",
        ),
    ],
)
def test_what_is_in_the_way_is_told(caller: Caller, kind: type[AdminError], sentence: str) -> None:
    with pytest.raises(AdminError) as failed:
        session(caller)
    assert sentence in str(failed.value)
    assert isinstance(failed.value, ByPersonError) is (kind is ByPersonError)


SINCE, USED = datetime(2020, 1, 2, tzinfo=UTC), datetime(2021, 2, 3, tzinfo=UTC)
LAST_USED = {"AKIAONE": {"LastUsedDate": USED, "ServiceName": "s3"}, "AKIATWO": {"ServiceName": "N/A"}}


class Session:
    """What a session of a root user shows; who calls has no name in it."""

    def get_user(self, name: str | None) -> dict[str, Any]:
        assert name is None
        return {"PasswordLastUsed": USED}

    def get_login_profile(self, name: str | None) -> dict[str, Any] | None:
        assert name is None
        return {"CreateDate": SINCE}

    def list_access_keys(self, name: str | None) -> list[dict[str, Any]]:
        assert name is None
        return [{"AccessKeyId": id} for id in LAST_USED]

    def get_access_key_last_used(self, key_id: str) -> dict[str, Any]:
        return LAST_USED[key_id]

    def list_signing_certificates(self, name: str | None) -> list[dict[str, Any]]:
        assert name is None
        return [{"CertificateId": "CERT"}]

    def list_mfa_devices(self, name: str | None) -> list[dict[str, Any]]:
        assert name is None
        return [{"SerialNumber": "GAKT00000000"}]


def test_all_that_root_has_is_read() -> None:
    session: Any = Session()
    assert read_root(session) == RootUser(
        login_profile={"CreateDate": SINCE},
        access_keys=tuple({"AccessKeyId": id, "LastUsed": used} for id, used in LAST_USED.items()),
        signing_certificates=({"CertificateId": "CERT"},),
        mfa_devices=({"SerialNumber": "GAKT00000000"},),
        password_last_used=USED,
    )


def test_a_root_user_may_have_nothing_and_have_signed_in_never(monkeypatch: pytest.MonkeyPatch) -> None:
    session: Any = Session()
    for method in ("list_access_keys", "list_signing_certificates", "list_mfa_devices"):
        monkeypatch.setattr(session, method, lambda _name: [])
    for user in ({}, None):
        for method, found in (("get_user", user), ("get_login_profile", None)):
            monkeypatch.setattr(session, method, lambda _name, found=found: found)
        assert read_root(session) == RootUser(None)


@pytest.mark.parametrize("kind", OF_SUMMARY)
def test_root_has_none_only_where_aws_says_so_of_each_kind(kind: str) -> None:
    none = dict.fromkeys(OF_SUMMARY, 0)
    assert has_none(none)
    assert not has_none({**none, kind: 1})
    assert not has_none({name: count for name, count in none.items() if name != kind})


@pytest.mark.parametrize(
    ("serial_number", "kind"),
    [
        (f"arn:aws:iam::{MEMBER}:mfa/root-account-mfa-device", "a virtual device"),
        (f"arn:aws:iam::{MEMBER}:u2f/root-key-VOID", "a passkey or security key"),
        ("GAKT00000000", "a hardware token"),
    ],
)
def test_a_device_is_told_by_its_serial_number(serial_number: str, kind: str) -> None:
    assert kind_of(serial_number) == kind
