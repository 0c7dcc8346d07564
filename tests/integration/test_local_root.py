# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The local AWS, as a management account that asks for the root users of its members."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from tests.integration.conftest import TestAccount
from tests.local_aws.organization import Organization
from tests.local_aws.root import TASKS, RootUser
from tests.local_aws.server import SECRET_KEY

POLICY = "arn:aws:iam::aws:policy/root-task/"
AUDIT, DELETE, CREATE = TASKS


def refusal(call: Callable[..., Any], **parameters: Any) -> str | None:
    """Return the code of AWS's refusal, None where there is none."""
    try:
        call(**parameters)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return None


@dataclass
class Tenant:
    """A management account with an administrator, and a member."""

    management: TestAccount
    member: str
    keys: dict[str, str]

    @property
    def root(self) -> RootUser:
        """The member's root user, behind everybody's back."""
        return self.management.aws.backend(self.member).root

    def client(self, service: str, **keys: str) -> Any:
        return boto3.client(service, endpoint_url=self.management.aws.url, region_name="us-east-1", **keys or self.keys)

    def session(self, task: str, target: str = "") -> Any:
        """Return IAM as root for a task."""
        asked = {"TargetPrincipal": target or self.member, "TaskPolicyArn": {"arn": f"{POLICY}{task}"}}
        made = self.client("sts").assume_root(**asked)["Credentials"]
        keys = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
        return self.client("iam", **keys, aws_session_token=made["SessionToken"])

    def trust(self) -> None:
        """Let AWS's IAM see the organisation, and enable both features."""
        self.client("organizations").enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
        iam = self.client("iam")
        iam.enable_organizations_root_credentials_management()
        iam.enable_organizations_root_sessions()


@pytest.fixture
def tenant(account: TestAccount) -> Tenant:
    member = Organization(account.id, "general").account("production")
    account.aws.open_account(member)
    account.iam.create_user(UserName="admin")
    account.iam.attach_user_policy(UserName="admin", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    key = account.iam.create_access_key(UserName="admin")["AccessKey"]
    keys = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    return Tenant(account, member, keys)


def test_features_are_enabled_once_iam_is_trusted(tenant: Tenant) -> None:
    iam = tenant.client("iam")
    assert refusal(iam.list_organizations_features) == "ServiceAccessNotEnabledException"
    assert refusal(iam.enable_organizations_root_sessions) == "ServiceAccessNotEnabledException"
    tenant.trust()
    both = {"RootCredentialsManagement", "RootSessions"}
    for _time in range(2):
        assert {*iam.enable_organizations_root_sessions()["EnabledFeatures"]} == both
    assert iam.disable_organizations_root_sessions()["EnabledFeatures"] == ["RootCredentialsManagement"]
    assert iam.list_organizations_features()["EnabledFeatures"] == ["RootCredentialsManagement"]


def test_nobody_else_has_a_session_of_root(tenant: Tenant) -> None:
    assert refusal(tenant.session, task=AUDIT) == "AccessDenied"
    tenant.trust()
    assert refusal(tenant.session, task=AUDIT) is None
    # The management account itself, one of somebody else, a task that is none
    for task, target in ((AUDIT, tenant.management.id), (AUDIT, "999999999999"), ("AdministratorAccess", "")):
        assert refusal(tenant.session, task=task, target=target) == "AccessDenied"
    # Root itself never
    tenant.keys = {
        "aws_access_key_id": tenant.management.aws.open_account(tenant.management.id),
        "aws_secret_access_key": SECRET_KEY,
    }
    assert refusal(tenant.session, task=AUDIT) == "AccessDenied"


def test_a_member_that_is_suspended_gives_none(tenant: Tenant) -> None:
    tenant.trust()
    suspended = Organization.of(tenant.management.id).account("closed", status="SUSPENDED")
    assert refusal(tenant.session, task=AUDIT, target=suspended) == "AccessDenied"


def test_a_delegated_administrator_has_sessions_and_enables_nothing(tenant: Tenant) -> None:
    tenant.trust()
    other = Organization.of(tenant.management.id).account("security")
    tenant.management.aws.open_account(other)
    tenant.client("organizations").register_delegated_administrator(
        AccountId=other, ServicePrincipal="iam.amazonaws.com"
    )
    role = f"arn:aws:iam::{other}:role/OrganizationAccountAccessRole"
    made = tenant.client("sts").assume_role(RoleArn=role, RoleSessionName="delegated")["Credentials"]
    tenant.keys = {
        "aws_access_key_id": made["AccessKeyId"],
        "aws_secret_access_key": made["SecretAccessKey"],
        "aws_session_token": made["SessionToken"],
    }
    assert tenant.client("iam").list_organizations_features()["EnabledFeatures"]
    assert refusal(tenant.session, task=AUDIT) is None
    assert refusal(tenant.client("iam").enable_organizations_root_sessions) == "CallerIsNotManagementAccountException"


def test_a_session_audits_and_deletes_what_root_has(tenant: Tenant) -> None:
    tenant.trust()
    tenant.root.set(mfa=True, access_keys=True, signing_certificates=True)
    audit, delete = tenant.session(AUDIT), tenant.session(DELETE)
    assert audit.get_user()["User"]["Arn"] == f"arn:aws:iam::{tenant.member}:root"
    assert audit.get_login_profile()["LoginProfile"]["UserName"] == "root"
    (key,) = audit.list_access_keys()["AccessKeyMetadata"]
    assert audit.get_access_key_last_used(AccessKeyId=key["AccessKeyId"])["AccessKeyLastUsed"]["ServiceName"] == "N/A"
    (certificate,) = audit.list_signing_certificates()["Certificates"]
    (device,) = audit.list_mfa_devices()["MFADevices"]
    assert refusal(audit.delete_login_profile) == "AccessDenied"

    delete.delete_login_profile()
    delete.delete_access_key(AccessKeyId=key["AccessKeyId"])
    delete.delete_signing_certificate(CertificateId=certificate["CertificateId"])
    delete.deactivate_mfa_device(SerialNumber=device["SerialNumber"])
    assert refusal(delete.delete_virtual_mfa_device, SerialNumber=device["SerialNumber"]) == "AccessDenied"
    assert refusal(delete.update_access_key, AccessKeyId=key["AccessKeyId"], Status="Inactive") == "AccessDenied"
    assert refusal(audit.get_login_profile) == "NoSuchEntity"
    assert refusal(delete.delete_access_key, AccessKeyId=key["AccessKeyId"]) == "NoSuchEntity"
    summary = audit.get_account_summary()["SummaryMap"]
    assert {name: count for name, count in summary.items() if name in tenant.root.summary} == dict.fromkeys(
        tenant.root.summary, 0
    )


def test_a_session_opens_the_recovery_and_sets_no_password(tenant: Tenant) -> None:
    tenant.trust()
    create = tenant.session(CREATE)
    assert refusal(create.create_login_profile) == "EntityAlreadyExists"
    tenant.session(DELETE).delete_login_profile()
    assert refusal(create.create_login_profile, Password="Correct-horse-1") == "ValidationError"
    assert refusal(create.create_login_profile) is None
    assert tenant.root.password
    assert refusal(create.list_access_keys) == "AccessDenied"


def test_a_session_lasts_a_quarter_of_an_hour_at_most(tenant: Tenant) -> None:
    tenant.trust()
    asked = {"TargetPrincipal": tenant.member, "TaskPolicyArn": {"arn": f"{POLICY}{AUDIT}"}, "DurationSeconds": 901}
    with pytest.raises(Exception, match="DurationSeconds"):
        tenant.client("sts").assume_root(**asked)
