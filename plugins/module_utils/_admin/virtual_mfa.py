# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A virtual MFA device: made, enabled for its user, removed."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

try:
    import pyotp
    import segno

    MISSING_LIBRARY = None
except ImportError as error:
    MISSING_LIBRARY = error.name

from .account import Account
from .api import IamApi, together
from .errors import AdminError, AwsError
from .names import check_account_id, check_codes, check_label, check_name, check_path
from .plan import Plan, Step
from .secrets import register_secret

_ROOT = "the root user"  # no user can have this name

ARGUMENT_SPEC: dict[str, Any] = {
    "user_name": {"type": "str", "required": True},
    "device_name": {"type": "str"},
    "path": {"type": "str", "default": "/"},
    "label": {"type": "str"},
    "state": {"type": "str", "choices": ["present", "enabled", "absent"], "default": "present"},
    "codes": {"type": "list", "elements": "str", "no_log": True},
    "recreate_unassigned": {"type": "bool", "default": False},
}


@dataclass(frozen=True)
class Device:
    """A virtual MFA device as AWS lists it. `user` is the name of whoever it is assigned to, or `the root user`."""

    serial_number: str
    user: str | None


@dataclass(frozen=True)
class Observed:
    """The account, and the device if it exists."""

    account: Account
    serial_number: str
    device: Device | None


@dataclass(frozen=True)
class VirtualMfa:
    """The device as it is wanted; `answer_lost` as in AdminUser."""

    user_name: str
    device_name: str
    path: str
    label: str | None
    state: str
    codes: tuple[str, str] | None = field(repr=False)
    recreate_unassigned: bool
    account_id: str | None
    answer_lost: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> VirtualMfa:
        """Make it from the module's options; raise AdminError for those that AWS would refuse."""
        if MISSING_LIBRARY:
            raise AdminError(f"The Python library {MISSING_LIBRARY} is missing: pip install {MISSING_LIBRARY}.")
        user_name = check_name("user_name", params["user_name"])
        return cls(
            user_name=user_name,
            device_name=check_name("device_name", params["device_name"] or user_name, longest=128),
            path=check_path(params["path"]),
            label=None if params["label"] is None else check_label(params["label"]),
            state=params["state"],
            codes=check_codes(params["codes"]) if params["codes"] else None,
            recreate_unassigned=params["recreate_unassigned"],
            account_id=check_account_id(params["account_id"]),
        )

    def observe(self, api: IamApi) -> Observed:
        """Find the device by its serial number, which AWS keeps unique ignoring case."""
        account, devices = together(api.get_caller_identity, api.list_virtual_mfa_devices)
        serial_number = account.arn(f"mfa{self.path}{self.device_name}")
        found = (device for device in devices if device["SerialNumber"].lower() == serial_number.lower())
        device = next((Device(entry["SerialNumber"], _owner(entry)) for entry in found), None)
        return Observed(account, device.serial_number if device else serial_number, device)

    def plan(self, observed: Observed) -> Plan:
        """See Resource.plan. Raises AdminError for a device that is somebody else's: it is never taken away.

        Nor is the caller's own.
        """
        owner = observed.device.user if observed.device else None
        if owner is not None and owner.lower() != self.user_name.lower():
            raise AdminError(
                f"The MFA device {observed.serial_number} is assigned to {owner}, not to {self.user_name}: "
                "give another device_name."
            )
        if self.state == "absent" and owner is not None and observed.account.is_called_by(owner):
            raise AdminError(
                f"{owner} is who makes this call, and would be left without the MFA device {observed.serial_number}: "
                "let another administrator do it."
            )
        steps = self._steps(observed)
        refusal = None
        if any(step.method == "enable_mfa_device" for step in steps) and not self.codes:
            refusal = (
                f"The MFA device {observed.serial_number} is not enabled, and enabling it needs codes: two that "
                "follow each other, from the authenticator app."
            )
        serial_number = observed.serial_number
        before = {"serial_number": serial_number, "status": _status(observed.device)}
        after = {"serial_number": serial_number, "status": self._status_after(observed)}
        if any(step.method == "create_virtual_mfa_device" for step in steps):
            after["seed"] = "made by this run"
        return Plan(steps=steps, before=before, after=after, refusal=refusal)

    def after_conflict(self, error: AwsError) -> VirtualMfa | None:
        """See Resource.after_conflict."""
        if not (error.answer_lost or self.answer_lost):
            return None
        if error.code not in ("EntityAlreadyExists", "NoSuchEntity", "InvalidAuthenticationCode"):
            return None
        # This run has done it, and never heard so
        after = replace(self, answer_lost=True)
        # The seed was lost with the answer
        return replace(after, recreate_unassigned=True) if error.operation == "CreateVirtualMFADevice" else after

    def result(self, observed: Observed, answers: Mapping[str, Any] | None) -> dict[str, Any]:
        """See Resource.result."""
        created = (answers or {}).get("create_virtual_mfa_device")
        serial_number = created["SerialNumber"] if created else observed.serial_number
        result = {"serial_number": serial_number, "status": self._status_after(observed)}
        if created:
            result.update(enrolment(created["Base32StringSeed"].decode(), self._label(observed.account)))
        return result

    def _steps(self, observed: Observed) -> tuple[Step, ...]:
        device, serial_number = observed.device, {"SerialNumber": observed.serial_number}
        create = Step("create_virtual_mfa_device", {"Path": self.path, "VirtualMFADeviceName": self.device_name})
        delete = Step("delete_virtual_mfa_device", serial_number)
        user = {"UserName": self.user_name, **serial_number}
        assigned = device is not None and device.user is not None
        if self.state == "absent":
            if device is None:
                return ()
            return (Step("deactivate_mfa_device", user), delete) if assigned else (delete,)
        if assigned:
            return ()
        if self.state == "enabled":
            first, following = self.codes or ("", "")
            codes = {"AuthenticationCode1": first, "AuthenticationCode2": following}
            return (Step("enable_mfa_device", {**user, **codes}),)
        if device is None:
            return (create,)
        return (delete, create) if self.recreate_unassigned else ()

    def _status_after(self, observed: Observed) -> str:
        if self.state != "present":
            return self.state
        return "pending" if observed.device is None else _status(observed.device)

    def _label(self, account: Account) -> str:
        return self.label or f"AWS: {self.user_name}@{account.id}"


def enrolment(seed: str, label: str) -> dict[str, str]:
    """Return what an authenticator app needs: the seed (Base32), its otpauth URI, and that as QR code (PNG, base64).

    `label` is `issuer: account` or just an account, as the apps show it (Key URI Format of Google Authenticator).
    """
    issuer, _separator, name = label.rpartition(":")
    uri = pyotp.TOTP(seed).provisioning_uri(name=name.strip(), issuer_name=issuer.strip() or None)
    png = io.BytesIO()
    segno.make(uri, micro=False).save(png, kind="png", scale=6)
    register_secret(uri)
    return {"seed": register_secret(seed), "otpauth_uri": uri, "qr_code_png": base64.b64encode(png.getvalue()).decode()}


def _owner(entry: Mapping[str, Any]) -> str | None:
    user = entry.get("User")
    if not user:
        return None
    return str(user.get("UserName") or _ROOT)


def _status(device: Device | None) -> str:
    if device is None:
        return "absent"
    return "enabled" if device.user else "pending"
