# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The root user of a member account, in a session that its organisation may have of it.

IAM User Guide: "Centrally manage root access for member accounts"; STS API Reference: AssumeRoot.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from .account import Account
from .api import IamApi, together
from .errors import DENIED, AdminError, AwsError
from .names import is_passkey

SESSIONS, CREDENTIALS = "RootSessions", "RootCredentialsManagement"
# What a session may do: each has a policy of AWS's own
AUDIT = "IAMAuditRootUserCredentials"
DELETE = "IAMDeleteRootUserCredentials"
CREATE_PASSWORD = "IAMCreateRootUserPassword"


VIRTUAL = "a virtual device"
# What GetAccountSummary says of a root user
OF_SUMMARY = (
    "AccountPasswordPresent",
    "AccountMFAEnabled",
    "AccountAccessKeysPresent",
    "AccountSigningCertificatesPresent",
)


class ByPersonError(AdminError):
    """No API does this to the root user of that account: a person who signs in as root does."""


@dataclass(frozen=True)
class RootUser:
    """What the root user signs in, and signs requests, with, as AWS lists it; `LastUsed` is that of each access key.

    `login_profile` is None where it has no password, and none can be set by whoever has its mailbox.
    """

    login_profile: Mapping[str, Any] | None
    access_keys: tuple[Mapping[str, Any], ...] = ()
    signing_certificates: tuple[Mapping[str, Any], ...] = ()
    mfa_devices: tuple[Mapping[str, Any], ...] = ()
    password_last_used: datetime | None = None

    @property
    def has_any(self) -> bool:
        """Whether there is anything left."""
        return bool(self.login_profile or self.access_keys or self.signing_certificates or self.mfa_devices)


def has_none(summary: Mapping[str, int]) -> bool:
    """Whether AWS says of each kind of credentials that root has none; where it does not say, there may be some."""
    return all(summary.get(kind) == 0 for kind in OF_SUMMARY)


def kind_of(serial_number: str) -> str:
    """Return what an MFA device is, as its serial number tells (IAM API Reference: MFADevice)."""
    if ":mfa/" in serial_number:
        return VIRTUAL
    return "a passkey or security key" if is_passkey(serial_number) else "a hardware token"


def read_root(api: IamApi) -> RootUser:
    """Return what the root user has whose session this is."""
    user, profile, keys, certificates, devices = together(
        partial(api.get_user, None),
        partial(api.get_login_profile, None),
        partial(api.list_access_keys, None),
        partial(api.list_signing_certificates, None),
        partial(api.list_mfa_devices, None),
    )
    used = together(*(partial(api.get_access_key_last_used, key["AccessKeyId"]) for key in keys))
    return RootUser(
        login_profile=profile,
        access_keys=tuple({**key, "LastUsed": last} for key, last in zip(keys, used, strict=True)),
        signing_certificates=tuple(certificates),
        mfa_devices=tuple(devices),
        password_last_used=(user or {}).get("PasswordLastUsed"),
    )


def root_session(api: IamApi, account_id: str, task: str) -> IamApi:
    """Connect as the root user of a member, for one task.

    The credentials are those of the account that manages the organisation, or its delegated administrator for IAM; or
    they lead into the member, and the profile that is named for it does so, or what the role was assumed with. Raises
    ByPersonError where no session can be had of this account by anybody, and AdminError, which says what is in the way,
    where one could.
    """
    caller, account = api, api.get_caller_identity()
    if account.id == account_id and (manager := api.manager):
        caller, account = manager, manager.get_caller_identity()
    if account.caller_arn.endswith(":root") and account.id != account_id:
        raise AdminError(
            f"This run acts as the root user of account {account.id}, and AWS gives a root user no root session of "
            "another account: give that account an administrator first (bootstrap.yml), and run with the "
            "administrator's credentials."
        )
    if account.id == account_id:
        raise _why_not(caller, account, account_id)
    try:
        return caller.as_root(account, account_id, task)
    except AwsError as error:
        if error.code not in DENIED:
            raise
        raise _why_not(caller, account, account_id, error) from error


def _why_not(caller: IamApi, account: Account, account_id: str, refusal: AwsError | None = None) -> AdminError:
    """Return what is in the way, as AWS says the same of all that may be; a refusal says it where nothing else does."""
    try:
        organization, features = caller.describe_organization(), caller.list_organizations_features()
    except AwsError as error:
        return refusal or error
    manager = organization["MasterAccountId"] if organization else account.id
    if manager == account_id:
        return ByPersonError(
            f"Account {account_id} manages its organisation, or is in none, and no API reaches the root user of such "
            "an account: a person has to secure it (iam_root_by_hand)."
        )
    if features is None:
        return AdminError(
            f"Account {account.id} may not get root sessions of {account_id}: name a profile of the account that "
            "manages its organisation in management_profile (iam_admin_management_profile of the role)."
        )
    if SESSIONS not in features:
        return AdminError(
            f"Root sessions are not enabled in the organisation that {manager} manages: enable them first (module "
            "organizations_root_access)."
        )
    if refusal is None:
        return AdminError(f"Account {account.id} has no root session of itself: use a profile of {manager}.")
    refusal.add(f"Root sessions are enabled: {account_id} may not be an active member of the organisation.")
    return refusal
