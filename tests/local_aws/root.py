# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The root user of an account, and sessions of it that another account of the organisation asks for.

IAM User Guide: "Centrally manage root access for member accounts"; STS API Reference: AssumeRoot. Where these are
silent it is assumed that a refusal is AccessDenied, and that an opened recovery is a login profile without a password.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.exceptions import IAMException
from moto.iam.models import iam_backends
from moto.organizations.models import organizations_backends

SESSIONS, CREDENTIALS = "RootSessions", "RootCredentialsManagement"
TRUSTED = "iam.amazonaws.com"
_AUDITS = (
    "GetUser",
    "GetLoginProfile",
    "ListAccessKeys",
    "GetAccessKeyLastUsed",
    "ListMFADevices",
    "ListSigningCertificates",
)
# What a session may do, by its policy; none of a bucket's or a queue's is here. A virtual device, which is another
# resource than root, is not deleted by any
TASKS = {
    "IAMAuditRootUserCredentials": {*_AUDITS, "GetAccountSummary"},
    "IAMDeleteRootUserCredentials": {
        *_AUDITS,
        "DeleteLoginProfile",
        "DeleteAccessKey",
        "DeleteSigningCertificate",
        "DeactivateMFADevice",
    },
    "IAMCreateRootUserPassword": {"GetLoginProfile", "CreateLoginProfile"},
}


@dataclass
class RootUser:
    """What signs in, and signs requests, as the root user; `used` says when a key was, by its id.

    `signed_in` is when the password was used, `recoverable_since` when its recovery was opened, and `is_denied` says
    that a policy of the organisation denies root all.
    """

    account_id: str
    password: bool = True
    access_keys: list[str] = field(default_factory=list)
    signing_certificates: list[str] = field(default_factory=list)
    mfa_devices: list[str] = field(default_factory=list)
    used: dict[str, datetime] = field(default_factory=dict)
    since: datetime = datetime(2020, 1, 2, tzinfo=UTC)
    signed_in: datetime | None = None
    recoverable_since: datetime | None = None
    is_denied: bool = False

    def set(self, **there: bool) -> None:
        """Set what no API can: `mfa`, `access_keys`, `signing_certificates` and `password`, as one of each, or none."""
        one = {
            "mfa": ("mfa_devices", f"arn:aws:iam::{self.account_id}:mfa/root-account-mfa-device"),
            "access_keys": ("access_keys", f"AKIAROOT{self.account_id}"),
            "signing_certificates": ("signing_certificates", f"CERTROOT{self.account_id}0000"),
        }
        for name, is_there in there.items():
            if name == "password":
                self.password = is_there
            else:
                attribute, id = one[name]
                setattr(self, attribute, [id] if is_there else [])

    @property
    def summary(self) -> dict[str, int]:
        """What GetAccountSummary says of it."""
        return {
            "AccountMFAEnabled": int(bool(self.mfa_devices)),
            "AccountAccessKeysPresent": int(bool(self.access_keys)),
            "AccountSigningCertificatesPresent": int(bool(self.signing_certificates)),
            "AccountPasswordPresent": int(self.password),
        }


@dataclass(frozen=True)
class RootSession:
    """Temporary credentials of a root user, for one task."""

    task: str

    def refusal(self, service: str, action: str, root: RootUser) -> str | None:
        """Return why it may not do this, None where it may: who calls may be asked whatever a policy says."""
        if (service, action) == ("sts", "GetCallerIdentity"):
            return None
        if root.is_denied:
            return "with an explicit deny in a service control policy"
        is_of_task = service == "iam" and action in TASKS[self.task]
        return None if is_of_task else "because no session policy allows the action"


class RootAnswers:
    """IAM's answers in such a session: without a user's name it is root that is meant."""

    def __init__(self, root: RootUser, parameter: Callable[[str], Any]) -> None:
        self._root = root
        self._parameter = parameter

    def get_user(self) -> ActionResult:
        id, arn = self._root.account_id, f"arn:aws:iam::{self._root.account_id}:root"
        used = {"PasswordLastUsed": self._root.signed_in} if self._root.signed_in else {}
        return ActionResult({"User": {"Path": "/", "UserId": id, "Arn": arn, "CreateDate": self._root.since, **used}})

    def get_login_profile(self) -> ActionResult:
        self._need(self._root.password, "Login Profile for user root cannot be found.")
        return ActionResult({"LoginProfile": self._profile})

    def create_login_profile(self) -> ActionResult:
        if self._parameter("Password"):
            raise IAMException("ValidationError", "A password cannot be set for the root user.")
        if self._root.password:
            raise IAMException("EntityAlreadyExists", "Login Profile for user root already exists.")
        self._root.password, self._root.recoverable_since = True, datetime.now(UTC)
        return ActionResult({"LoginProfile": self._profile})

    def delete_login_profile(self) -> EmptyResult:
        self._need(self._root.password, "Login Profile for user root cannot be found.")
        self._root.password = False
        return EmptyResult()

    def list_access_keys(self) -> ActionResult:
        listed = [{"AccessKeyId": id, "Status": "Active", "CreateDate": self._root.since} for id in self._keys]
        return ActionResult({"AccessKeyMetadata": listed, "IsTruncated": False})

    def get_access_key_last_used(self) -> ActionResult:
        at = self._root.used.get(self._parameter("AccessKeyId"))
        place = {"ServiceName": "s3", "Region": "us-east-1"} if at else {"ServiceName": "N/A", "Region": "N/A"}
        return ActionResult({"AccessKeyLastUsed": {**place, **({"LastUsedDate": at} if at else {})}})

    def delete_access_key(self) -> EmptyResult:
        return self._without(self._keys, "AccessKeyId", "The Access Key with id")

    def list_signing_certificates(self) -> ActionResult:
        listed = [
            {"CertificateId": id, "Status": "Active", "CertificateBody": "void", "UploadDate": self._root.since}
            for id in self._root.signing_certificates
        ]
        return ActionResult({"Certificates": listed, "IsTruncated": False})

    def delete_signing_certificate(self) -> EmptyResult:
        return self._without(self._root.signing_certificates, "CertificateId", "The Certificate with id")

    def list_mfa_devices(self) -> ActionResult:
        listed = [
            {"UserName": "root", "SerialNumber": id, "EnableDate": self._root.since} for id in self._root.mfa_devices
        ]
        return ActionResult({"MFADevices": listed, "IsTruncated": False})

    def deactivate_mfa_device(self) -> EmptyResult:
        return self._without(self._root.mfa_devices, "SerialNumber", "MFA Device with serial number")

    @property
    def _keys(self) -> list[str]:
        return self._root.access_keys

    @property
    def _profile(self) -> dict[str, Any]:
        since = self._root.recoverable_since or self._root.since
        return {"UserName": "root", "CreateDate": since, "PasswordResetRequired": False}

    def _without(self, ids: list[str], parameter: str, what: str) -> EmptyResult:
        id = self._parameter(parameter)
        self._need(id in ids, f"{what} {id} does not exist.")
        ids.remove(id)
        return EmptyResult()

    @staticmethod
    def _need(there: bool, message: str) -> None:
        if not there:
            raise IAMException("NoSuchEntity", message)


ROOT_ACTIONS = tuple(name for name in vars(RootAnswers) if not name.startswith("_"))


def managed_by(account_id: str) -> Any:
    """Return the organisation that an account manages or is the delegated administrator of, None for none."""
    for partitions in [*organizations_backends.values()]:
        organization: Any = partitions["aws"]
        if organization.org is None:
            continue
        delegated = {one.account.id for one in organization.admins}
        if account_id == organization.org.master_account_id or account_id in delegated:
            return organization
    return None


def features_of(organization: Any) -> list[str] | None:
    """Return the features of IAM that are enabled in an organisation, None where nobody has said anything of them."""
    keeper: Any = iam_backends[organization.org.master_account_id]["aws"]
    return getattr(keeper.account_summary, "organization_features", None)


def refuse_root_session(caller_id: str, caller_arn: str, target: str, task: str) -> None:
    """Raise what AWS answers to whoever may not have a session of the root user of another account."""
    organization = managed_by(caller_id)
    members = {account.id for account in organization.accounts if account.state == "ACTIVE"} if organization else set()
    allowed = (
        organization is not None
        and not caller_arn.endswith(":root")  # a root user is never allowed to
        and SESSIONS in (features_of(organization) or ())
        and target in members - {organization.org.master_account_id}
        and task in TASKS
    )
    if not allowed:
        raise IAMException("AccessDenied", f"User: {caller_arn} is not authorized to perform: sts:AssumeRoot")
