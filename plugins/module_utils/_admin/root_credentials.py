# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the root user of a member account signs in, and signs requests, with: nothing, or what it may recover."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from .account import Account
from .api import IamApi
from .errors import AdminError, AwsError
from .kept import Keeper, Kept
from .names import check_account_id, check_name
from .plan import Plan, Step
from .root import AUDIT, CREATE_PASSWORD, DELETE, RootUser, read_root

ARGUMENT_SPEC: dict[str, Any] = {
    "state": {"type": "str", "choices": ["absent", "recoverable"], "required": True},
    "administrator": {"type": "str"},
    "management_profile": {"type": "str"},
}


@dataclass(frozen=True)
class Observed:
    """The member, and its root user as far as the task reads it."""

    account: Account
    root: RootUser


@dataclass(frozen=True)
class RootCredentials:
    """The root user as it is wanted: without credentials, or with its password open to recovery.

    `refuse_lockout` raises AdminError where nobody else could administer the account. `found` is what there was when
    all but MFA went, and `is_bare` says that MFA has gone, too.
    """

    account_id: str
    state: str
    refuse_lockout: Callable[[], None] | None = field(default=None, repr=False)
    found: RootUser | None = None
    is_bare: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> RootCredentials:
        """Make it from the module's options.

        Raises AdminError where it is not said whose root user is meant, or who administers the account without it.
        """
        account_id = check_account_id(params["account_id"])
        if account_id is None:
            raise AdminError("account_id is missing: name the member account whose root user is meant.")
        if params["state"] == "absent":
            if params["administrator"] is None:
                raise AdminError(
                    "administrator (iam_admin_name of the role) is missing: name the IAM user who is to administer the "
                    "account without its root user."
                )
            check_name("administrator", params["administrator"])
        return cls(account_id, params["state"])

    def task(self, check_mode: bool) -> str:
        """Return what a session is asked for: no more than it takes."""
        if check_mode:
            return AUDIT
        return DELETE if self.state == "absent" else CREATE_PASSWORD

    def observe(self, api: IamApi, _handover: Keeper | None = None) -> Observed:
        """Read it in a session of the root user; that of a recovery shows nothing but the password."""
        account = api.get_caller_identity()
        if self.state == "recoverable":
            return Observed(account, RootUser(api.get_login_profile(None)))
        root = read_root(api)
        if root.has_any and self.refuse_lockout:
            self.refuse_lockout()
        return Observed(account, root)

    def plan(self, observed: Observed) -> Plan:
        """See Resource.plan: what is interrupted leaves no password without MFA, so that goes first, and MFA last.

        Before MFA goes, and after that, AWS is looked at again: somebody may have opened the recovery since, or AWS
        have shown late that there is a password. Raises AdminError where there is one before.
        """
        root, before = observed.root, {"root": describe(observed.root)}
        if self.state == "recoverable":
            if root.login_profile:
                return Plan((), before, before)
            return Plan((Step("create_login_profile", {}),), before, {"root": {"password": "recoverable"}})
        after = {"root": describe(RootUser(None))}
        keys = tuple(_deletions_of_keys(_since(root, self.found)))
        if self.is_bare or not (keys or root.mfa_devices):
            return Plan(keys, before, after)
        if self.found is None and keys:
            return Plan(keys, before, after, then=replace(self, found=root))
        if keys:
            raise AdminError(
                f"The root user of account {observed.account.id} has been given credentials while its others were "
                "deleted, so its MFA devices stay: find out who did that, and run again."
            )
        found = self.found or root
        return Plan(tuple(_deletions_of_mfa(root)), before, after, then=replace(self, found=found, is_bare=True))

    def after_conflict(self, error: AwsError) -> RootCredentials | None:
        """See Resource.after_conflict: somebody else does the same, or an answer was lost."""
        return self if error.code in ("NoSuchEntity", "EntityAlreadyExists") else None

    def after_failure(self, _error: AwsError, kept: Kept) -> Kept:
        """See Resource.after_failure: nothing is kept of this."""
        return kept

    def result(self, observed: Observed, answers: Mapping[str, Any] | None) -> dict[str, Any]:
        """See Resource.result: what there was is said, as it is gone then."""
        refused = (answers or {}).get("delete_virtual_mfa_device")
        orphan = (
            f"The virtual MFA device of the root user of {observed.account.id} is deactivated, and stays in the "
            f"account, as AWS lets no session delete it: {refused.message}."
            if isinstance(refused, AwsError)
            else ""
        )
        return {
            "root": describe(self.found or observed.root),
            **({"warnings": [orphan]} if orphan else {}),
        }


def _since(root: RootUser, found: RootUser | None) -> RootUser:
    """Return it without what was found before, and deleted: AWS may show that a little longer."""
    if found is None:
        return root
    gone = found.login_profile and found.login_profile["CreateDate"]
    keys = {key["AccessKeyId"] for key in found.access_keys}
    certificates = {one["CertificateId"] for one in found.signing_certificates}
    profile = root.login_profile
    return replace(
        root,
        login_profile=None if profile and profile["CreateDate"] == gone else profile,
        access_keys=tuple(key for key in root.access_keys if key["AccessKeyId"] not in keys),
        signing_certificates=tuple(
            one for one in root.signing_certificates if one["CertificateId"] not in certificates
        ),
    )


def _deletions_of_keys(root: RootUser) -> Iterator[Step]:
    """Delete all by which it signs in or signs requests."""
    if root.login_profile:
        yield Step("delete_login_profile", {})
    for key in root.access_keys:
        yield Step("delete_access_key", {"AccessKeyId": key["AccessKeyId"]})
    for one in root.signing_certificates:
        yield Step("delete_signing_certificate", {"CertificateId": one["CertificateId"]})


def _deletions_of_mfa(root: RootUser) -> Iterator[Step]:
    serials = [device["SerialNumber"] for device in root.mfa_devices]
    for serial in serials:
        yield Step("deactivate_mfa_device", {"SerialNumber": serial})
    for serial in serials:
        if ":mfa/" in serial:
            # Probably AWS lets no session do it; without it there is a device that nobody has
            yield Step("delete_virtual_mfa_device", {"SerialNumber": serial}, may_be_denied=True)


def describe(root: RootUser) -> dict[str, Any]:
    """Return plain data: what there is, since when, and when each access key was last used."""
    profile = root.login_profile
    return {
        "password": {
            "create_date": _time(profile["CreateDate"]),
            "last_used_date": _time(root.password_last_used),
        }
        if profile
        else None,
        "access_keys": [
            {
                "access_key_id": key["AccessKeyId"],
                "status": key["Status"],
                "create_date": _time(key["CreateDate"]),
                "last_used_date": _time(key["LastUsed"].get("LastUsedDate")),
                "last_used_service": key["LastUsed"]["ServiceName"],
            }
            for key in root.access_keys
        ],
        "signing_certificates": [
            {"certificate_id": one["CertificateId"], "upload_date": _time(one.get("UploadDate"))}
            for one in root.signing_certificates
        ],
        "mfa_devices": [
            {"serial_number": one["SerialNumber"], "enable_date": _time(one["EnableDate"])} for one in root.mfa_devices
        ],
    }


def _time(moment: Any) -> str | None:
    return moment.isoformat(timespec="seconds") if moment else None
