# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the handover of an account holds, and is to hold. Pure: its files are the controller's."""

from __future__ import annotations

import json
import secrets
import string
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

from .account import Account
from .errors import AdminError
from .names import original_name, replacement_number
from .secrets import register_secret

# `kept` is what the controller hands to a module that runs in another process
HANDOVER_SPEC: dict[str, Any] = {
    "type": "dict",
    "options": {
        "directory": {"type": "path", "required": True},
        "vault_password": {"type": "str", "no_log": True},
        "keep_seed": {"type": "bool", "default": False, "no_log": False},
        "set_aside": {"type": "bool", "default": False},
        "kept": {"type": "str", "no_log": True},
    },
}

_SYMBOLS = "!@#$%^&*()_+-="
_PASSWORD_LENGTH = 24
_FLAGS = ("unsent", "had_password")
_NO_TEXT = ("mfa_devices", "mfa_seeds", *_FLAGS)


def generate_password(minimum_length: int = 0) -> str:
    """Return a random password with characters of each kind that a password policy can ask for."""
    kinds = (string.ascii_lowercase, string.ascii_uppercase, string.digits, _SYMBOLS)
    letters = [secrets.choice(kind) for kind in kinds]
    length = max(minimum_length, _PASSWORD_LENGTH)
    letters += [secrets.choice("".join(kinds)) for _position in range(length - len(letters))]
    secrets.SystemRandom().shuffle(letters)
    return "".join(letters)


def device_of(serial_number: str) -> str:
    """Return a device's name in AWS, as `iamadmin.2` for the one that replaces `iamadmin`."""
    return serial_number.rpartition("/")[2]


@dataclass(frozen=True)
class Credentials:
    """What credentials.yml holds.

    `previous_password` is there while `initial_password` may not have taken its place yet. `unsent` says that the
    latter was to be sent, and AWS is not known to have it; any other one is spent once AWS has none any more, as its
    owner may have changed it. `had_password` says that AWS had one of the user's own before a device was made.

    `mfa_seeds` are those of the devices by their names in AWS; `mfa_devices` are the names of all whose seeds it ever
    had, and of those that an adopted user had. Earlier versions kept neither these nor the `user_id`. There is no
    `sign_in_url` in a partition of which it is not known.
    """

    account_name: str
    account_id: str
    user_name: str
    sign_in_url: str | None = None
    user_id: str | None = None
    mfa_devices: tuple[str, ...] = ()
    initial_password: str | None = field(default=None, repr=False)
    previous_password: str | None = field(default=None, repr=False)
    mfa_seeds: Mapping[str, str] = field(default_factory=dict, repr=False)
    unsent: bool = False
    had_password: bool = False

    @classmethod
    def from_plain(cls, content: Any) -> Credentials:
        """Make it from what as_plain returned; raise AttributeError or TypeError for anything else."""
        held: dict[str, Any] = {name: str(value) for name, value in content.items() if name not in _NO_TEXT}
        seeds = {str(device): str(seed) for device, seed in content.get("mfa_seeds", {}).items()}
        devices = tuple(str(device) for device in content.get("mfa_devices", ()))
        held |= {name: content.get(name) is True for name in _FLAGS}
        return cls(**held, mfa_seeds=seeds, mfa_devices=devices)

    def as_plain(self) -> dict[str, Any]:
        """Return it as plain data, without what it does not hold."""
        held = {name: value for name, value in vars(self).items() if value}
        # Joined, since a value from a vault would be written as one of its own
        plain: dict[str, Any] = {name: "".join(value) for name, value in held.items() if name not in _NO_TEXT}
        if self.mfa_devices:
            plain["mfa_devices"] = ["".join(device) for device in self.mfa_devices]
        if self.mfa_seeds:
            plain["mfa_seeds"] = {"".join(device): "".join(seed) for device, seed in self.mfa_seeds.items()}
        return plain | {name: True for name in _FLAGS if getattr(self, name)}

    def knows(
        self, user_id: str | None, has_password: bool, mfa_devices: Iterable[str], credentials: Iterable[str]
    ) -> bool:
        """Whether this is the handover of a user whom AWS has, and of all that it signs in or requests with.

        Any password counts once the handover has had one: AWS does not tell whose it is.
        """
        devices = {device_of(serial_number).lower() for serial_number in mfa_devices}
        return (
            self.user_id in (None, user_id)
            and (self.knows_any_device or devices <= {device.lower() for device in self.mfa_devices})
            and not [*credentials]
            and (self.initial_password is not None or not has_password)
        )

    @property
    def knows_any_device(self) -> bool:
        """Whether an earlier version has written it, which noted none."""
        return self.user_id is None and not self.mfa_devices

    def of_user(self, user_id: str | None, adopted_devices: Iterable[str]) -> Credentials:
        """Return it as that of the user whom AWS has; of another one it keeps the seeds, which may wait for codes."""
        if not user_id:
            return self
        known = self if self.user_id in (None, user_id) else self.of_another()
        devices = tuple(dict.fromkeys((*known.mfa_devices, *known.mfa_seeds, *adopted_devices)))
        return replace(known, user_id=user_id, mfa_devices=devices)

    def of_another(self) -> Credentials:
        """Return it without all that was a user's who is gone; a device may still wait for its codes."""
        return Credentials(
            self.account_name, self.account_id, self.user_name, self.sign_in_url, mfa_seeds=self.mfa_seeds
        )

    def names_of(self, device: str) -> list[str]:
        """Return the names in AWS of a device and of those that replace it, whose seeds there are, in their order."""
        names = sorted(self.mfa_seeds, key=replacement_number)
        return [name for name in names if original_name(name).lower() == device.lower()]

    def seeds_of(self, device: str) -> list[str]:
        """Return the seeds of a device, and of those that replace it, in their order."""
        return [self.mfa_seeds[name] for name in self.names_of(device)]

    def pending(self, enabled: Iterable[str]) -> list[str]:
        """Return the names of the devices that are newer than those that are `enabled`, and so wait for codes."""
        newest = _newest(enabled)
        return [
            name for name in self.mfa_seeds if replacement_number(name) > newest.get(original_name(name).lower(), 0)
        ]

    def once_enabled(self, enabled: Iterable[str], keep_seed: bool, scanned: Collection[str]) -> Credentials:
        """Return it without the seeds that are of no use once these devices are enabled.

        With `keep_seed` those of the devices themselves stay, and only what they have replaced goes. So do those that
        an earlier run has kept, of which there is no QR code: `scanned` has the names of those of which there is one.
        """
        enabled = list(enabled)
        newest = _newest(enabled)
        pending = self.pending(enabled)
        # The QR code may be that of what is to replace it
        spent = {name.lower() for name in scanned} - {original_name(name).lower() for name in pending}
        seeds = {
            name: seed
            for name, seed in self.mfa_seeds.items()
            if name in pending
            or (
                (keep_seed or original_name(name).lower() not in spent)
                and replacement_number(name) == newest[original_name(name).lower()]
            )
        }
        return replace(self, mfa_seeds=seeds)


def _newest(devices: Iterable[str]) -> dict[str, int]:
    """Return the number of the newest device, by the name that it and its predecessors share, in lower case."""
    newest: dict[str, int] = {}
    for name in devices:
        original = original_name(name).lower()
        newest[original] = max(replacement_number(name), newest.get(original, 0))
    return newest


@dataclass(frozen=True)
class Kept:
    """What the handover of an account holds, or is to hold; `credentials` is None where there are none.

    `place` is the file of the credentials, and `account_name` what the inventory calls the account. `qr_codes` are the
    devices whose QR codes are there, by the names that they share with what replaces them. `is_bare` says that
    something lies there in plain text which a vault password of this run could encrypt, and `is_left_over` that there
    is anything that a finished account needs no more.

    `elsewhere` are the handovers of the same user in folders that no host is called, by account id. `has_new_password`
    says that this run has made the password, and `unusable` why another process could not read any of this.
    """

    place: str
    account_name: str
    credentials: Credentials | None = None
    qr_codes: frozenset[str] = frozenset()
    is_bare: bool = False
    is_left_over: bool = False
    elsewhere: Mapping[str, str] = field(default_factory=dict)
    has_new_password: bool = False
    unusable: str | None = None

    def describe(self) -> dict[str, Any] | None:
        """Return plain data for the diff, without secrets; None where it holds nothing."""
        held = self.credentials
        if held is None:
            return {"qr_codes": sorted(self.qr_codes)} if self.qr_codes else None
        return {
            "user_id": held.user_id,
            "sign_in_url": held.sign_in_url,
            "initial_password": None if not held.initial_password else "to be sent" if held.unsent else "kept",
            "mfa_seeds": sorted(held.mfa_seeds),
            "qr_codes": sorted(self.qr_codes),
            "is_in_plain_text": self.is_bare,
        }

    def expect(self, account_id: str, user_name: str) -> None:
        """Raise AdminError where it is the handover of another user, or another account."""
        found = self.credentials
        if found and (account_id, user_name) != (found.account_id, found.user_name):
            raise AdminError(
                f"{self.place} is the handover of {found.user_name} in account {found.account_id}, not of {user_name} "
                f"in {account_id}: move it away, or set iam_admin_handover_dir."
            )

    def is_of(self, account_id: str, user_name: str) -> bool:
        """Whether there is a handover, and it is this user's."""
        found = self.credentials
        return found is not None and (found.account_id, found.user_name) == (account_id, user_name)

    def refuse_stranger(self, user_id: str | None, has_password: bool) -> None:
        """Raise AdminError where somebody else has made the user that AWS has, or its first password."""
        found = self.credentials
        if found is None:
            return
        user = f"{found.user_name} in account {found.account_id}"
        if user_id and found.user_id not in (None, user_id):
            raise AdminError(
                f"{self.place} is the handover of the user {found.user_id}, and {user} is {user_id} now: make sure "
                "whose that is, and then adopt the user (iam_admin_adopt: true), or move the handover away."
            )
        if found.mfa_seeds and has_password and not found.had_password and found.initial_password is None:
            raise AdminError(
                f"{self.place} never had a password, and {user} has one, which somebody else has set: make sure who, "
                "then set iam_admin_adopt: true, or remove the user (playbooks/remove.yml)."
            )

    def refuse_other_name(self, account_id: str, user_name: str) -> None:
        """Raise AdminError where the account was renamed: so nothing is made twice, and nothing is lost."""
        other = self.elsewhere.get(account_id)
        if self.credentials is None and other:
            raise AdminError(
                f"The handover of {user_name} in account {account_id} is {other}: rename that folder to "
                f"{self.account_name}, as the account is called now, or move it out of {other.rpartition('/')[0]}."
            )

    def of(
        self,
        account: Account,
        user_name: str,
        *,
        user_id: str | None,
        mfa_devices: Iterable[str],
        has_password: bool,
        adopts: bool,
        sign_in_url: str | None = None,
    ) -> Kept:
        """Return it as that of the user whom AWS has, with what that has; one that `adopts` knows its devices then.

        `sign_in_url` None leaves what it says, where it can be known.
        """
        found = self.credentials
        adopts = adopts or (found is not None and found.knows_any_device)
        default = account.sign_in_url(None)
        url = default and (sign_in_url or (found and found.sign_in_url) or default)
        known = replace(found or Credentials(self.account_name, account.id, user_name, url), sign_in_url=url)
        known = known.of_user(user_id, map(device_of, mfa_devices) if adopts else ())
        had_password = known.had_password or (has_password and known.initial_password is None)
        return replace(self, credentials=replace(known, had_password=had_password))

    def before_user(self) -> Kept:
        """Return it as that of a user who is about to be made, unless AWS only shows late the one that there is."""
        return self._changed(user_id=None) if self.credentials else self

    def of_new_user(self) -> Kept:
        """Return it without all that was a user's who is gone."""
        return replace(self, credentials=self.credentials and self.credentials.of_another())

    def _changed(self, **changes: Any) -> Kept:
        return replace(self, credentials=replace(self._held, **changes))

    @property
    def _held(self) -> Credentials:
        if self.credentials is None:
            raise ValueError("`of` comes first: it says whose this is")
        return self.credentials

    def password_to_send(self, given: str | None, generated: str, renew: bool) -> str:
        """Return the password that AWS is to have: the one that is given, or that may have been sent before, or anew.

        One that AWS had is spent. Raises AdminError where AWS may have either of two, and another one is given.
        """
        found = self.credentials
        if given and found and found.previous_password and given != found.initial_password:
            raise AdminError(
                f"{self.place} keeps two passwords, one of which AWS has, as a run was killed before it knew which: "
                "run again without iam_admin_password, and give another one then."
            )
        unsettled = found is not None and (found.previous_password or (found.unsent and not renew))
        kept = found.initial_password if found and (unsettled or self.has_new_password) else None
        return register_secret(given or kept or generated)

    def with_password(self, password: str, renew: bool) -> Kept:
        """Return it with the password that is about to be sent; AWS has another one where it is to `renew` that."""
        held = self._held
        another = renew or held.initial_password != password
        previous = held.previous_password or (held.initial_password if another else None)
        kept = self._changed(initial_password=password, previous_password=previous, unsent=not renew)
        may_be_sent = held.initial_password == password and (held.unsent or held.previous_password is not None)
        is_new = self.has_new_password or not may_be_sent
        return replace(kept, has_new_password=is_new, is_left_over=self.is_left_over or not renew)

    def password_sent(self) -> Kept:
        """Return it once AWS has the password."""
        return self._changed(previous_password=None, unsent=False)

    def password_refused(self) -> Kept:
        """Return it without the password that AWS has not taken."""
        return self._changed(initial_password=self._held.previous_password, previous_password=None, unsent=False)

    def with_seed(self, serial_number: str, seed: str) -> Kept:
        """Return it with the seed of a device that AWS has just made, and its QR code."""
        held, name = self._held, device_of(serial_number)
        known = tuple(dict.fromkeys((*held.mfa_devices, name)))
        kept = self._changed(mfa_seeds={**held.mfa_seeds, name: seed}, mfa_devices=known)
        return replace(kept, qr_codes=self.qr_codes | {original_name(name)})

    def is_enrolling(self, device: str) -> bool:
        """Whether there is a seed of the device, and its QR code, which nobody may have scanned yet."""
        has_code = device.lower() in {name.lower() for name in self.qr_codes}
        return has_code and self.credentials is not None and bool(self.credentials.seeds_of(device))

    def newest_seed(self, device: str, enabled: bool = False) -> str | None:
        """Return the newest seed of a device; with `enabled` that of the one which it is to replace, if it is kept.

        Of two only one is enabled: that of a device that was replaced is forgotten then.
        """
        seeds = self.credentials.seeds_of(device) if self.credentials else []
        if enabled and len(seeds) > 1:
            return seeds[-2]
        return seeds[-1] if seeds else None

    def once_enabled(self, enabled: Iterable[str], keep_seed: bool, has_password: bool) -> Kept:
        """Return it without what is of no use once these devices are enabled (serial numbers), and in no plain text.

        Where AWS `has_password`, the one that was to be sent was sent, by a run that was killed before it noted that.
        """
        if self.credentials is None:
            return self.removed()  # of files that tell nobody's secret
        names = [*map(device_of, enabled)]
        after = self.credentials.once_enabled(names, keep_seed, self.qr_codes)
        after = replace(after, unsent=after.unsent and not has_password)
        pending = {original_name(name).lower() for name in after.pending(names)}
        codes = frozenset(device for device in self.qr_codes if device.lower() in pending)
        is_left_over = bool(codes) or after.unsent
        return replace(self, credentials=after, qr_codes=codes, is_bare=False, is_left_over=is_left_over)

    def without_device(self, device: str) -> Kept:
        """Return it without the seeds and the QR code of a device that is no more."""
        without = self.without_qr_code(device)
        if self.credentials is None:
            return without
        seeds = self.credentials.mfa_seeds
        left = {name: seed for name, seed in seeds.items() if original_name(name).lower() != device.lower()}
        return without._changed(mfa_seeds=left)

    def without_replacement(self, serial_number: str) -> Kept:
        """Return it without the seeds and the QR code of what was to replace a device that is enabled."""
        device = original_name(device_of(serial_number))
        newer = [name for name in self.replacements([serial_number]) if original_name(name).lower() == device.lower()]
        if not newer:
            return self
        seeds = {name: seed for name, seed in self._held.mfa_seeds.items() if name not in newer}
        return self.without_qr_code(device)._changed(mfa_seeds=seeds)

    def without_qr_code(self, device: str) -> Kept:
        """Return it without what was to be scanned of a device."""
        return replace(self, qr_codes=frozenset(name for name in self.qr_codes if name.lower() != device.lower()))

    def replacements(self, enabled: Iterable[str]) -> list[str]:
        """Return the names of the devices that are to replace one of those that are enabled, and wait for codes."""
        names = [*map(device_of, enabled)]
        known = {original_name(name).lower() for name in names}
        pending = self.credentials.pending(names) if self.credentials else []
        return [name for name in pending if original_name(name).lower() in known]

    def removed(self) -> Kept:
        """Return it with nothing in it."""
        return replace(self, credentials=None, qr_codes=frozenset(), is_bare=False, is_left_over=False)

    def label_of(self, device: str) -> str:
        """Return how an app shows a device: accounts with one user name, and devices of one user, are told apart."""
        held = self._held
        which = "" if device == held.user_name else f" {device}"
        return f"AWS {held.account_name}: {held.user_name}@{held.account_id}{which}"

    def pack(self) -> str:
        """Return it as text, which is secret, for another process."""
        plain = {**vars(self), "qr_codes": sorted(self.qr_codes), "elsewhere": dict(self.elsewhere)}
        return json.dumps({**plain, "credentials": self.credentials and self.credentials.as_plain()})

    @classmethod
    def unpack(cls, packed: str) -> Kept:
        """Make it from what pack returned."""
        plain = json.loads(packed)
        held = plain["credentials"] and Credentials.from_plain(plain["credentials"])
        return cls(**{**plain, "qr_codes": frozenset(plain["qr_codes"]), "credentials": held})


class Keeper(Protocol):
    """Whoever has the handover of one account. Every method raises AdminError where it cannot be used."""

    def is_left_over(self) -> bool:
        """Whether there is anything that a finished account needs no more; it takes no time to tell."""

    def read(self) -> Kept:
        """Return what it holds."""

    def elsewhere(self, user_name: str) -> Mapping[str, str]:
        """Return the handovers of a user in folders that no host is called, by account id."""

    def write(self, kept: Kept) -> None:
        """Keep this instead of what it holds."""

    @property
    def waits(self) -> bool:
        """Whether what was written is not kept yet, so that AWS must not be told anything that depends on it."""


@dataclass
class Carried:
    """A handover that another process keeps, which gets what is written here with the result, and runs this again."""

    kept: Kept
    waits: bool = False

    def is_left_over(self) -> bool:
        """See Keeper."""
        return self.kept.is_left_over

    def read(self) -> Kept:
        """See Keeper."""
        if self.kept.unusable:
            raise AdminError(self.kept.unusable)
        return self.kept

    def elsewhere(self, _user_name: str) -> Mapping[str, str]:
        """See Keeper."""
        return self.kept.elsewhere

    def write(self, kept: Kept) -> None:
        """See Keeper."""
        self.kept, self.waits = kept, self.waits or kept != self.kept
