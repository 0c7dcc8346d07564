# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proof: the administrator's MFA device gives a session, and the session may do what only an administrator may.

It takes an access key for a moment. The administrator bears a tag before there is a key and until there is none: when
the proof began, and then the key's id. So one that a killed run has left is recognised.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from .account import Account
from .api import IamApi, together
from .errors import AdminError, AwsError, RefusedCodeError
from .failures import ANSWER_LOST
from .names import check_account_id, check_code, check_device_name, check_name, devices_by_name, is_passkey
from .policies import check_require_mfa

PROOF_TAG = "landing_zone.aws_admin:proof"
# AWS refuses requests of a clock that is off by more than this
_CLOCK_SKEW = timedelta(minutes=15)
_LONGEST_PROOF = timedelta(minutes=15)
# Seconds before each further look, as AWS may still list a key that is deleted
_LOOK_AGAIN_AFTER = (1, 2, 4)
_SHORTEST_SESSION = 900  # seconds

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "device_name": {"type": "str"},
    "code": {"type": "str", "no_log": True},
    "require_mfa": {"type": "raw", "default": False},
}

Connect = Callable[..., IamApi]
Tags = list[dict[str, str]]


@dataclass(frozen=True)
class Proof:
    """What is to be proven: `require_mfa` that without MFA the same is refused, `once_signed_in` only if it is."""

    name: str
    device_name: str
    code: str | None = field(repr=False)
    require_mfa: bool
    once_signed_in: bool
    account_id: str | None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Proof:
        """Make it from the module's options; raise AdminError for those that AWS would refuse."""
        name = check_name("name", params["name"])
        require_mfa, once_signed_in = check_require_mfa(params["require_mfa"])
        return cls(
            name=name,
            device_name=check_device_name("device_name", params["device_name"] or name),
            code=None if params["code"] is None else check_code(params["code"], is_option=True),
            require_mfa=bool(require_mfa),
            once_signed_in=once_signed_in,
            account_id=check_account_id(params["account_id"]),
        )


@dataclass(frozen=True)
class Ground:
    """What the proof starts from: the user, the device, and access keys that an earlier proof has left."""

    user_id: str
    serial_number: str
    enable_date: str
    left_over: tuple[str, ...]
    bears_tag: bool


def left_over(
    tags: Mapping[str, str], keys: Iterable[Mapping[str, Any]], in_use: Collection[str] = ()
) -> tuple[str, ...]:
    """Return the ids of the access keys that a proof may have left, by its tag. Pure.

    That is the key which the tag names; where the proof did not come to that, those made about the time it began. Never
    is it one that is `in_use`, by whoever calls.
    """
    begun, _space, key_id = tags.get(PROOF_TAG, "").partition(" ")
    keys = [key for key in keys if key["AccessKeyId"] not in in_use]
    if key_id:
        return tuple(key["AccessKeyId"] for key in keys if key["AccessKeyId"] == key_id)
    try:
        first = datetime.fromisoformat(begun) - _CLOCK_SKEW
        last = first + 2 * _CLOCK_SKEW + _LONGEST_PROOF
        return tuple(key["AccessKeyId"] for key in keys if first <= key["CreateDate"] <= last)
    except (TypeError, ValueError):  # no tag, or one that is not ours
        return ()


def refuse_to_guess(name: str, keys: Sequence[str]) -> None:
    """Raise AdminError where it is not certain which of several keys a proof has left: another one is somebody's."""
    if len(keys) > 1:
        raise AdminError(
            f"A killed proof may have left one of the access keys of {name}, {' and '.join(keys)}, and does not say "
            f"which: delete unused ones, then the tag {PROOF_TAG} of the user, and run again."
        )


def prove(wanted: Proof, connect: Connect, check_mode: bool) -> dict[str, Any]:
    """Prove it, and return the module's result; `connect` takes the keys to connect with, too.

    Raises AdminError where it cannot be proven; nothing is left behind then either, or the error names it.
    """
    api = connect()
    account = api.get_caller_identity()
    account.expect(wanted.account_id)
    ground = _ground(wanted, api, account)
    of_what = {name: getattr(ground, name) for name in ("user_id", "serial_number", "enable_date")}
    result = {"changed": ground.bears_tag, "account_id": account.id, "proven": [], **of_what}
    if check_mode:
        return result
    if wanted.code is None:
        raise AdminError(f"The proof needs an unused code of the MFA device {ground.serial_number}.")
    try:
        _remove(wanted.name, api, ground.left_over, untag=ground.bears_tag)
        return {**result, "proven": _proven(wanted, wanted.code, ground, api, connect)}
    except AdminError as error:
        error.changed = error.changed or ground.bears_tag
        raise


def _proven(wanted: Proof, code: str, ground: Ground, api: IamApi, connect: Connect) -> list[str]:
    with _access_key(wanted.name, api) as (key, tags):
        own = connect(key)
        if not _may_act(connect(_session(own, ground.serial_number, code)), wanted.name, tags):
            raise AdminError(
                f"The MFA device is proven, and the permissions of {wanted.name} are not: with MFA it may not do "
                "iam:TagUser. Look at its policies, its permissions boundary, and those of the organisation."
            )
        if not wanted.require_mfa:
            return ["device", "permissions"]
        if _may_act(own, wanted.name, tags):
            if wanted.once_signed_in:
                return ["device", "permissions"]
            raise AdminError(
                f"MFA is not required: without it {wanted.name} may do iam:TagUser. Attach a policy that denies "
                "everything without MFA."
            )
        return ["device", "permissions", "require_mfa"]


def _ground(wanted: Proof, api: IamApi, account: Account) -> Ground:
    user, devices = together(partial(api.get_user, wanted.name), partial(api.list_mfa_devices, wanted.name))
    if user is None:
        raise AdminError(f"There is no user {wanted.name}: run the bootstrap first.")
    enabled = {device["SerialNumber"]: device["EnableDate"].isoformat(timespec="seconds") for device in devices}
    serial_number = devices_by_name(enabled).get(wanted.device_name.lower())
    if serial_number is None:
        raise AdminError(f"{wanted.name} has no MFA device {wanted.device_name}: run the bootstrap first.")
    if is_passkey(serial_number):
        raise AdminError(
            f"The MFA device {serial_number} is a passkey or security key, which gives no codes to prove it with: name "
            "a virtual device first in iam_admin_device_names."
        )
    tags = {tag["Key"]: tag["Value"] for tag in user.get("Tags", ())}
    in_use = api.with_source(account).key_ids if PROOF_TAG in tags else ()
    for delay in (*_LOOK_AGAIN_AFTER, None):
        keys = api.list_access_keys(wanted.name)
        ours = left_over(tags, keys, in_use)
        others = [key["AccessKeyId"] for key in keys if key["AccessKeyId"] not in ours]
        if not others:
            break
        if delay is None:
            raise AdminError(
                f"{wanted.name} has the access key {others[0]}, and must have none before a proof: delete it, and run "
                "again."
            )
        time.sleep(delay)
    refuse_to_guess(wanted.name, ours)
    return Ground(user["UserId"], serial_number, enabled[serial_number], ours, PROOF_TAG in tags)


def _remove(name: str, api: IamApi, keys: Iterable[str], untag: bool) -> None:
    for key in keys:
        try:
            api.delete_access_key(UserName=name, AccessKeyId=key)
        except AwsError as error:
            if error.code != "NoSuchEntity":  # it is gone, that is: an answer was lost, or a list was late
                raise
    if untag:
        api.untag_user(UserName=name, TagKeys=[PROOF_TAG])


@contextmanager
def _access_key(name: str, api: IamApi) -> Iterator[tuple[Mapping[str, Any], Tags]]:
    """Give an access key and the tag that goes with it, and take both away whatever happens."""
    begun = datetime.now(UTC).isoformat(timespec="seconds")
    api.tag_user(UserName=name, Tags=_tags(begun))
    made: Mapping[str, Any] = {}
    answer_lost = False
    try:
        made = api.create_access_key(UserName=name)
        answer_lost = made[ANSWER_LOST]
        tags = _tags(f"{begun} {made['AccessKeyId']}")
        api.tag_user(UserName=name, Tags=tags)
        yield made, tags
    except AwsError as error:
        answer_lost = answer_lost or (not made and error.answer_lost)
        raise
    finally:
        _clean_up(name, api, begun, made.get("AccessKeyId"), answer_lost)


def _clean_up(name: str, api: IamApi, begun: str, key: str | None, answer_lost: bool) -> None:
    """Delete the key of the proof, and where the answer to its making was lost, the one that nobody has heard of."""
    try:
        keys = {key} if key else set[str]()
        if answer_lost:
            keys |= {*left_over({PROOF_TAG: begun}, api.list_access_keys(name))}
        _remove(name, api, sorted(keys), untag=True)
    except AwsError as error:
        left = f"may still have the access key {key or 'that was just made'}, which grants access without MFA"
        if error.operation == "UntagUser":
            left = f"still bears the tag {PROOF_TAG}, and the access key of the proof is deleted"
        failure = AdminError(f"{name} {left}. {error} Run the proof again, which deletes it.")
        failure.changed = True
        raise failure from error


def _tags(value: str) -> Tags:
    return [{"Key": PROOF_TAG, "Value": value}]


def _session(own: IamApi, serial_number: str, code: str) -> Mapping[str, Any]:
    try:
        return own.get_session_token(SerialNumber=serial_number, TokenCode=code, DurationSeconds=_SHORTEST_SESSION)
    except AwsError as error:
        if "MultiFactorAuthentication" not in error.message:
            raise
        lost = "its first answer was lost, which used the code up" if error.answer_lost else "it was used before"
        raise RefusedCodeError(
            f"The MFA device {serial_number} is not proven: AWS refused the code. Perhaps {lost}, or it is of another "
            "device, or a clock is off: run again with the next code."
        ) from error


def _may_act(api: IamApi, name: str, tags: Tags) -> bool:
    """Say again what is so already: few but administrators may say it."""
    try:
        api.tag_user(UserName=name, Tags=tags)
    except AwsError as error:
        if error.code != "AccessDenied":
            raise
        return False
    return True
