# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A virtual MFA device: made, enabled for its user, removed."""

from __future__ import annotations

import base64
import io
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from .account import Account
from .api import IamApi, together
from .authenticator import check_libraries, qr_code, totp
from .errors import AdminError, AwsError
from .identities import Identity, identities, identity_of
from .kept import HANDOVER_SPEC, Keeper, Kept, device_of
from .names import (
    check_account_id,
    check_codes,
    check_device_name,
    check_label,
    check_lost_device,
    check_name,
    check_path,
    named,
    original_name,
    path_of,
    replacement_name,
    replacement_number,
)
from .permissions import is_open_without_mfa
from .plan import Keep, Plan, Step
from .quotas import MOST_MFA_DEVICES
from .secrets import register_secret

_ROOT = "the root user"  # no user can have this name
# Seconds before each further look, as AWS may still list a device that is deactivated
_LOOK_AGAIN_AFTER = (1, 2, 4, 8)
# Nobody loses the phone of a replacement that soon; who runs it twice does not mean two
_JUST_REPLACED = timedelta(hours=1)

ARGUMENT_SPEC: dict[str, Any] = {
    "user_name": {"type": "str", "required": True},
    "device_name": {"type": "str"},
    "path": {"type": "str"},
    "label": {"type": "str"},
    "state": {
        "type": "str",
        "choices": ["present", "enabled", "resynced", "cancelled", "absent"],
        "default": "present",
    },
    "codes": {"type": "list", "elements": "str", "no_log": True},
    "recreate_unassigned": {"type": "bool", "default": False},
    "replace": {"type": "bool", "default": False},
    "lost_device": {"type": "str"},
    "handover": HANDOVER_SPEC,
}


def returns_secret(args: Mapping[str, Any]) -> bool:
    """Whether a task with these options may create a device, whose seed it returns unless a handover keeps it."""
    return args.get("state") in (None, "present") and not args.get("handover")


@dataclass(frozen=True)
class Device:
    """A virtual MFA device as AWS lists it. `user` is the name of whoever it is assigned to, or `the root user`.

    `is_new` says that it was enabled within the last hour.
    """

    serial_number: str
    user: str | None
    is_new: bool = False

    def is_of(self, user_name: str) -> bool:
        """Whether it is assigned to this user; AWS keeps the names of users unique ignoring case."""
        return self.user is not None and self.user.lower() == user_name.lower()


@dataclass(frozen=True)
class Observed:
    """The account, and the devices of the name: the first one, and those that have replaced it, in this order.

    A device that replaces another one has its name, and the next number. `left_open` is the user, where a console
    password alone is left to it once the devices of the name are gone, and `has_any` says whether it has one of them.
    `kept` is what the handover holds, None where there is none, and `user_id` whose it is to be. `has_user` is whether
    there is a user to enable a device for. `others` are the virtual devices that the user has under other names.
    """

    account: Account
    devices: tuple[Device, ...]
    left_open: Identity | None = None
    has_any: bool = False
    kept: Kept | None = field(default=None, repr=False)
    user_id: str | None = None
    has_user: bool = True
    others: tuple[Device, ...] = ()


@dataclass(frozen=True)
class Lineage:
    """What the devices of a name are to a user.

    `current` is the last one that it has, `pending` the one that comes after that and nobody has yet, and
    `predecessors`, the user's or nobody's, are what an interrupted replacement has left.
    """

    current: Device | None
    pending: Device | None
    predecessors: tuple[Device, ...]

    @classmethod
    def of(cls, devices: Sequence[Device], user_name: str) -> Lineage:
        """Tell them apart; those of somebody else are none of them."""
        ours = [device for device in devices if device.user is None or device.is_of(user_name)]
        current = next((device for device in reversed(ours) if device.user), None)
        if not current and len(ours) < len(devices):
            ours = []  # they go with the one of somebody else
        pending = ours[-1] if ours and ours[-1] is not current else None
        return cls(current, pending, tuple(device for device in ours if device not in (current, pending)))


@dataclass(frozen=True)
class VirtualMfa:
    """The device as it is wanted; `answer_lost` as in AdminUser, and `seed_lost` where that had the seed.

    `path` is None for wherever the user has one of the name, and "/" where it has none.
    `deactivated` is the one that it has no more, and `lost_device` the one that is to be replaced, as AWS names it.
    """

    user_name: str
    device_name: str
    path: str | None
    label: str | None
    state: str
    codes: tuple[str, str] | None = field(repr=False)
    recreate_unassigned: bool
    replace: bool
    account_id: str | None
    keep_seed: bool = False
    lost_device: str | None = None
    answer_lost: bool = False
    seed_lost: bool = False
    deactivated: str | None = None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> VirtualMfa:
        """Make it from the module's options; raise AdminError for those that AWS would refuse."""
        if params["replace"] and params["state"] not in ("present", "enabled"):
            raise AdminError(f"replace goes with state present or enabled, and not with {params['state']}.")
        check_libraries()
        user_name = check_name("user_name", params["user_name"])
        device_name = check_device_name("device_name", params["device_name"] or user_name)
        return cls(
            user_name=user_name,
            device_name=device_name,
            path=None if params["path"] is None else check_path(params["path"]),
            label=None if params["label"] is None else check_label(params["label"]),
            state=params["state"],
            codes=check_codes(params["codes"], is_option=True) if params["codes"] else None,
            recreate_unassigned=params["recreate_unassigned"],
            replace=params["replace"],
            account_id=check_account_id(params["account_id"]),
            keep_seed=bool(params["handover"] and params["handover"]["keep_seed"]),
            lost_device=check_lost_device(params["lost_device"], device_name),
        )

    def observe(self, api: IamApi, handover: Keeper | None = None) -> Observed:
        """Look; and once a device is deactivated, until AWS shows that, and so all that came before it."""
        for delay in (*_LOOK_AGAIN_AFTER, None):
            observed = self._look(api)
            if delay is None or not (self.deactivated and observed.has_any):
                break
            time.sleep(delay)
        if handover is None:
            enables = self.state == "enabled" and not Lineage.of(observed.devices, self.user_name).current
            return replace(observed, has_user=api.get_user(self.user_name) is not None) if enables else observed
        observed.account.expect(self.account_id)
        kept = handover.read()
        kept.expect(observed.account.id, self.user_name)
        is_first_kept = self.state == "present" or (self.state == "enabled" and kept.credentials is None)
        user = api.get_user(self.user_name) if is_first_kept else None
        return replace(observed, kept=kept, user_id=user["UserId"] if user else None)

    def _look(self, api: IamApi) -> Observed:
        """Find the devices by their serial numbers, which AWS keeps unique ignoring case."""
        account, devices = together(api.get_caller_identity, api.list_virtual_mfa_devices)
        listed = [_device(entry) for entry in devices]
        found = _of_name(account, listed, self.user_name, self.device_name, self.path)
        others = (device for device in listed if device.is_of(self.user_name) and device not in found)
        observed = Observed(account, found, others=tuple(others))
        lineage = Lineage.of(observed.devices, self.user_name)
        if self.state != "absent" or not (lineage.current or lineage.pending):
            return observed
        observed = self._with_what_is_left(api, observed)
        return replace(observed, account=api.with_source(account)) if lineage.current else observed

    def _where_found(self, observed: Observed) -> VirtualMfa:
        """Return the same with its path, for a later look: a device that was deactivated meanwhile is nobody's.

        Raises AdminError where the user has devices of the name under two paths.
        """
        ours = [device for device in observed.devices if device.is_of(self.user_name)]
        own = {path_of(device.serial_number).lower(): device for device in ours}
        if len(own) > 1:
            raise AdminError(
                f"{self.user_name} has {named(device.serial_number for device in own.values())}, MFA devices of one "
                "name under several paths: deactivate the one that is no longer used (aws iam deactivate-mfa-device), "
                "or name the path that is meant."
            )
        return replace(self, path=self.path or next((path_of(device.serial_number) for device in own.values()), "/"))

    def _with_what_is_left(self, api: IamApi, observed: Observed) -> Observed:
        """Read the user, where it has a console password, and no MFA device but these."""
        profile, listed = together(
            partial(api.get_login_profile, self.user_name), partial(api.list_mfa_devices, self.user_name)
        )
        goes = {device.serial_number for device in observed.devices}
        has = {device["SerialNumber"] for device in listed}
        has |= {device.serial_number for device in observed.devices if device.user}
        observed = replace(observed, has_any=bool(has & goes))
        if profile is None or has - goes:
            return observed
        details = api.get_account_authorization_details()
        return replace(observed, left_open=identity_of(identities(details), self.user_name))

    def plan(self, observed: Observed) -> Plan:
        """See Resource.plan. Raises AdminError for a device that is somebody else's: it is never taken away.

        It does so where the user has two of the name, under two paths, as well.

        Nor is the caller's own, or the last one where a password alone would open something then. Should it have been
        the last one all the same, the password goes, too.
        """
        found = self._where_found(observed)
        return replace(found._planned(observed), wanted=found)

    def _planned(self, observed: Observed) -> Plan:
        lineage = Lineage.of(observed.devices, self.user_name)
        taken = next((device for device in observed.devices if device.user), None)
        if taken and not lineage.current and self.state != "absent":
            raise is_taken(taken, self.user_name)
        if self.state == "absent":
            self._refuse_to_remove(observed, lineage.current)
        self._refuse_unknown(lineage.current)
        subject = self._subject(lineage)
        if self.state == "resynced" and not lineage.current:
            raise AdminError(
                f"{self.user_name} has no MFA device {self._serial_number(observed, subject)} to resynchronise: enable "
                "one first."
            )
        steps = tuple(self._steps(observed, lineage))
        self._refuse_one_too_many(observed, steps)
        before, after = self._describe(observed, lineage, steps)
        serial_number = self._serial_number(observed, self._subject(lineage))
        plan = Plan(
            steps=steps,
            before=before,
            after=after,
            refusal=self._refusal(steps, serial_number),
            missing=self._missing(observed, subject, serial_number),
        )
        if observed.kept:
            plan = self._with_handover(plan, observed, observed.kept, serial_number)
        if self.state != "absent" or not lineage.current:
            return plan
        # The rest is decided once AWS shows what is left to the user: somebody may remove another one now, too
        first = tuple(step for step in steps if step.method == "deactivate_mfa_device")
        return replace(plan, steps=first, then=replace(self, deactivated=lineage.current.serial_number))

    def _with_handover(self, plan: Plan, observed: Observed, kept: Kept, serial_number: str) -> Plan:
        """Keep the seed before anything else happens with the device, and forget it once it is spent."""
        made = {"create_virtual_mfa_device": {"SerialNumber": serial_number, "Base32StringSeed": b"void"}}
        methods = [step.method for step in plan.steps if isinstance(step, Step)]
        change = partial(self._kept, observed, methods)
        after = change(kept, made)
        steps = (*plan.steps, Keep(change)) if after != kept else plan.steps
        if "create_virtual_mfa_device" in methods:
            # Before there is a secret: here it can be kept, and that of an earlier device is none of the new one
            steps = (Keep(partial(self._of_user, observed)), *steps)
        return replace(
            plan,
            steps=steps,
            before={**plan.before, "handover": kept.describe()},
            after={**plan.after, "handover": after.describe()},
        )

    def _kept(self, observed: Observed, methods: Sequence[str], kept: Kept, answers: Mapping[str, Any]) -> Kept:
        """Return what the handover is to hold in the end; whatever is written is in no plain text any more."""
        after = self._kept_of_device(observed, methods, kept, answers)
        return replace(after, is_bare=False) if after != kept else kept

    def _kept_of_device(
        self, observed: Observed, methods: Sequence[str], kept: Kept, answers: Mapping[str, Any]
    ) -> Kept:
        if "create_virtual_mfa_device" in methods:
            made = answers["create_virtual_mfa_device"]
            of_user = self._of_user(observed, kept, answers)
            return of_user.with_seed(made["SerialNumber"], made["Base32StringSeed"].decode())
        subject = self._subject(Lineage.of(observed.devices, self.user_name))
        if self.state == "absent":
            return kept.without_device(self.device_name)
        if self.state == "cancelled":
            return kept.without_replacement(subject.serial_number) if subject and subject.user else kept
        if subject and (subject.user or "enable_mfa_device" in methods):
            if kept.credentials is None and not subject.user and observed.user_id:
                # In a job of its own, say: who typed its codes has enabled it, so it is no stranger's
                kept = self._of_user(observed, kept, answers, subject.serial_number)
            return kept.once_enabled([subject.serial_number], self.keep_seed, has_password=False)
        return kept

    def _of_user(self, observed: Observed, kept: Kept, _answers: Mapping[str, Any], *own: str) -> Kept:
        """Return it as that of the user, without the QR code of the device; its `own` devices are known from now on."""
        user_id = observed.user_id
        of_user = kept.of(
            observed.account, self.user_name, user_id=user_id, mfa_devices=own, has_password=False, adopts=bool(own)
        )
        return of_user.without_qr_code(self.device_name)

    def _refuse_one_too_many(self, observed: Observed, steps: Sequence[Step]) -> None:
        """Raise AdminError where AWS would not enable another device, before it is made, or codes are used up."""
        has = [device for device in (*observed.devices, *observed.others) if device.is_of(self.user_name)]
        adds = any(step.method in ("create_virtual_mfa_device", "enable_mfa_device") for step in steps)
        if adds and len(has) >= MOST_MFA_DEVICES:
            spare = named(device_of(device.serial_number) for device in observed.others or has)
            raise AdminError(
                f"{self.user_name} has {len(has)} MFA devices, as many as AWS allows, and a replacement is briefly one "
                f"more: remove one of {spare} first (aws iam deactivate-mfa-device)."
            )

    def _refuse_unknown(self, current: Device | None) -> None:
        """Raise AdminError for a lost device that there never was."""
        lost = replacement_number(self.lost_device or "")
        if self.replace and lost > 1 and (current is None or lost > replacement_number(current.serial_number)):
            has = f"has {device_of(current.serial_number)}" if current else "has none"
            raise AdminError(f"iam_admin_lost_device is {self.lost_device}, but {self.user_name} {has}: correct it.")

    def _refuse_to_remove(self, observed: Observed, device: Device | None) -> None:
        """Raise AdminError for the caller's own device, and where a password alone would be left, or is already."""
        if self.deactivated and observed.has_any:
            raise AdminError(
                f"AWS does not show yet that the MFA device {self.deactivated} is deactivated: run again in a minute."
            )
        if device and observed.account.is_called_by(self.user_name):
            raise AdminError(
                f"This run acts as {self.user_name}, who would be left without the MFA device "
                f"{device.serial_number}: let another administrator do it."
            )
        if self._may_have_deactivated or not self._leaves_open(observed):
            return
        what = (
            f"{device.serial_number} is its last MFA device, so the password alone would open"
            if device
            else "no MFA device, so the password alone opens"
        )
        raise AdminError(
            f"{self.user_name} has a console password, and {what} what it has: enable another device first, or delete "
            f"the password (aws iam delete-login-profile --user-name {self.user_name})."
        )

    @property
    def _may_have_deactivated(self) -> bool:
        return self.deactivated is not None or self.answer_lost

    @staticmethod
    def _leaves_open(observed: Observed) -> bool:
        return observed.left_open is not None and is_open_without_mfa(observed.left_open)

    def after_conflict(self, error: AwsError) -> VirtualMfa | None:
        """See Resource.after_conflict."""
        if (error.operation, error.code) == ("DeleteLoginProfile", "NoSuchEntity"):
            return self  # whoever removes another device at the same moment was first
        if (self.state, error.code) == ("cancelled", "DeleteConflict"):
            return self  # somebody has enabled it, so it replaces the other one after all
        if not (error.answer_lost or self.answer_lost):
            return None
        if error.code not in ("EntityAlreadyExists", "NoSuchEntity", "InvalidAuthenticationCode"):
            return None
        if error.operation == "ResyncMFADevice":
            return None  # nothing that could be looked at tells
        # This run has done it, and never heard so
        after = replace(self, answer_lost=True)
        # The seed was lost with the answer
        return replace(after, seed_lost=True) if error.operation == "CreateVirtualMFADevice" else after

    def after_failure(self, _error: AwsError, kept: Kept) -> Kept:
        """See Resource.after_failure: the next run sees to it."""
        return kept

    def result(self, observed: Observed, answers: Mapping[str, Any] | None) -> dict[str, Any]:
        """See Resource.result."""
        created = (answers or {}).get("create_virtual_mfa_device")
        subject = self._subject(Lineage.of(observed.devices, self.user_name))
        serial_number = created["SerialNumber"] if created else self.deactivated
        serial_number = serial_number or self._serial_number(observed, subject)
        result: dict[str, Any] = {
            "serial_number": serial_number,
            "status": self._status_after(subject),
            "replaces": self._replaces(observed),
        }
        if answers and "delete_login_profile" in answers:
            result["warnings"] = [
                f"{self.user_name} has no MFA device any more, as another one was removed at the same moment, or AWS "
                "showed late that it was: so its console password, which alone would have opened what it has, was "
                "deleted."
            ]
        if created and observed.kept is None:
            result.update(enrolment(created["Base32StringSeed"].decode(), self._label(observed.account)))
        return result

    def _replaces(self, observed: Observed) -> str | None:
        """Return the serial number of the device that another one is to take the place of."""
        lineage = Lineage.of(observed.devices, self.user_name)
        current = lineage.current
        return current.serial_number if current and self._subject(lineage) is not current else None

    def _subject(self, lineage: Lineage) -> Device | None:
        """Return the device that it is about, None for one that is yet to be made."""
        is_replaced = self.replace and lineage.current is not None and self._is_replaced_by(lineage.current)
        if lineage.pending and (self.replace or not lineage.current) and not is_replaced:
            return lineage.pending
        # A replacement that was interrupted is to be finished, and one that is finished is not to be begun again
        is_done = is_replaced or lineage.predecessors or (lineage.current and self._has_just_replaced(lineage.current))
        begins_replacement = self.replace and self.state == "present" and not is_done
        return None if begins_replacement else lineage.current

    def _is_replaced_by(self, current: Device) -> bool:
        """Whether the lost device was named as AWS names it, and the user has a later one."""
        lost = replacement_number(self.lost_device or "")
        return 1 < lost < replacement_number(current.serial_number)

    def _has_just_replaced(self, current: Device) -> bool:
        """Whether the device has replaced another one, and so lately that a second run is one too many."""
        number, lost = (replacement_number(name) for name in (current.serial_number, self.lost_device or ""))
        return current.is_new and number > 1 and number != lost

    def _serial_number(self, observed: Observed, subject: Device | None) -> str:
        if subject:
            return subject.serial_number
        last = max((replacement_number(device.serial_number) for device in observed.devices), default=0)
        name = replacement_name(self.device_name, last + 1)
        return observed.account.arn(f"mfa{self._where_found(observed).path}{name}")

    def _steps(self, observed: Observed, lineage: Lineage) -> Iterator[Step]:
        subject = self._subject(lineage)
        serial_number = self._serial_number(observed, subject)
        user = {"UserName": self.user_name, "SerialNumber": serial_number}
        first, following = self.codes or ("", "")
        codes = {"AuthenticationCode1": first, "AuthenticationCode2": following}
        if self.state == "absent":
            if self._may_have_deactivated and self._leaves_open(observed):
                yield Step("delete_login_profile", {"UserName": self.user_name})
            yield from self._removal(lineage.predecessors, lineage.current, lineage.pending)
        elif self.state == "resynced":
            yield Step("resync_mfa_device", {**user, **codes})
        elif self.state == "cancelled":
            yield from self._removal(self._replacements(lineage))
        elif subject and subject.user:
            yield from self._removal(lineage.predecessors if self.replace else ())
        elif self.state == "enabled":
            yield Step("enable_mfa_device", {**user, **codes})
            yield from self._removal(lineage.predecessors, lineage.current)
        elif subject is None or self._is_made_anew(observed):
            yield from self._removal((), subject)
            new = {"Path": path_of(serial_number), "VirtualMFADeviceName": device_of(serial_number)}
            yield Step("create_virtual_mfa_device", new)

    def _is_made_anew(self, observed: Observed) -> bool:
        """Whether the seed of an unassigned device is lost: the handover does not have it."""
        is_kept = observed.kept is not None and observed.kept.is_enrolling(self.device_name)
        return self.seed_lost or (self.recreate_unassigned and not is_kept)

    def _replacements(self, lineage: Lineage) -> list[Device]:
        """Return the devices that were to replace the user's, and nobody has."""
        if lineage.current is None:
            return []
        number = replacement_number(lineage.current.serial_number)
        found = [device for device in (*lineage.predecessors, lineage.pending) if device and device.user is None]
        return [device for device in found if replacement_number(device.serial_number) > number]

    def _removal(self, devices: Sequence[Device], *more: Device | None) -> Iterator[Step]:
        for device in (*devices, *(device for device in more if device)):
            serial_number = {"SerialNumber": device.serial_number}
            if device.user:
                yield Step("deactivate_mfa_device", {"UserName": self.user_name, **serial_number})
            yield Step("delete_virtual_mfa_device", serial_number)

    def _refusal(self, steps: Sequence[Step], serial_number: str) -> str | None:
        methods = {step.method for step in steps}
        if self.codes or not methods & {"enable_mfa_device", "resync_mfa_device"}:
            return None
        what = "is not enabled, and enabling it" if self.state == "enabled" else "is to be resynchronised, which"
        return f"The MFA device {serial_number} {what} needs codes: two consecutive ones, from the authenticator app."

    def _missing(self, observed: Observed, subject: Device | None, serial_number: str) -> str | None:
        """Return what there is to be before a device is enabled; with a handover an earlier task makes it."""
        if self.state != "enabled" or observed.kept is not None:
            return None
        if not observed.has_user:
            return f"There is no user {self.user_name}: create it first."
        return None if subject else f"There is no MFA device {serial_number}: create it first, with state present."

    def _describe(
        self, observed: Observed, lineage: Lineage, steps: Sequence[Step]
    ) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return plain data for the two sides of the diff: the devices of the name, each with its status."""
        subject = self._serial_number(observed, self._subject(lineage))
        before = {device.serial_number: _status(device) for device in observed.devices}
        after: dict[str, Any] = {"devices": dict(before)}
        for step in steps:
            if step.method == "create_virtual_mfa_device":
                after["devices"][subject] = "pending"
                after["seed"] = "made by this run"
            elif step.method == "enable_mfa_device":
                after["devices"][subject] = "enabled"
            elif step.method == "delete_virtual_mfa_device":
                del after["devices"][step.parameters["SerialNumber"]]
            elif step.method == "resync_mfa_device":
                after["in_step"] = "since this run"
        return {"devices": before}, after

    def _status_after(self, subject: Device | None) -> str:
        if self.state == "present":
            return "enabled" if subject and subject.user else "pending"
        if self.state == "cancelled":
            return "absent" if subject is None else _status(subject)
        return "absent" if self.state == "absent" else "enabled"

    def _label(self, account: Account) -> str:
        return self.label or f"AWS: {self.user_name}@{account.id}"


def taken_by_another(
    account: Account, devices: Iterable[Mapping[str, Any]], user_name: str, device_name: str
) -> Device | None:
    """Return the one that keeps a user who has none from a device of the name; `devices` are all virtual ones."""
    found = _of_name(account, [_device(entry) for entry in devices], user_name, device_name, None)
    return next((device for device in found if device.user and not device.is_of(user_name)), None)


def is_taken(device: Device, user_name: str) -> AdminError:
    """Return the error for a device that is somebody else's."""
    return AdminError(
        f"The MFA device {device.serial_number} is assigned to {device.user}, not to {user_name}: choose another name "
        "in iam_admin_device_names (device_name of the module)."
    )


def _of_name(
    account: Account, devices: Iterable[Device], user_name: str, device_name: str, path: str | None
) -> tuple[Device, ...]:
    """Return those of the name, whoever has them, where a device of the user is or would be; the first one first.

    Where the user has some under two paths, those of both.
    """
    of_name = [device for device in devices if _original_of(device).lower() == device_name.lower()]
    own = {path_of(device.serial_number) for device in of_name if device.is_of(user_name)}
    paths = {path} if path else own or {"/"}
    first = {account.arn(f"mfa{where}{device_name}").lower() for where in paths}
    found = [device for device in of_name if original_name(device.serial_number).lower() in first]
    return tuple(sorted(found, key=lambda device: replacement_number(device.serial_number)))


def enrolment(seed: str, label: str) -> dict[str, str]:
    """Return what an authenticator app needs: the seed (Base32), its otpauth URI, and that as QR code (PNG, base64).

    `label` is `issuer: account` or just an account, as the apps show it (Key URI Format of Google Authenticator).
    """
    issuer, _separator, name = label.rpartition(":")
    uri = totp(seed).provisioning_uri(name=name.strip(), issuer_name=issuer.strip() or None)
    png = io.BytesIO()
    qr_code(uri).save(png, kind="png", scale=6)
    register_secret(uri)
    return {"seed": register_secret(seed), "otpauth_uri": uri, "qr_code_png": base64.b64encode(png.getvalue()).decode()}


def _device(entry: Mapping[str, Any]) -> Device:
    enabled = entry.get("EnableDate")
    is_new = enabled is not None and datetime.now(UTC) - enabled < _JUST_REPLACED
    return Device(entry["SerialNumber"], _owner(entry), is_new)


def _original_of(device: Device) -> str:
    return original_name(device_of(device.serial_number))


def _owner(entry: Mapping[str, Any]) -> str | None:
    user = entry.get("User")
    if not user:
        return None
    return str(user.get("UserName") or _ROOT)


def _status(device: Device) -> str:
    return "enabled" if device.user else "pending"
