# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proof: the administrator's MFA device gives a session, and the session may do what only an administrator may.

It takes an access key for a moment. The administrator bears a tag before there is a key and until there is none, so
that one which a killed run has left is recognised.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from .api import IamApi, together
from .errors import AdminError, AwsError
from .names import check_account_id, check_code, check_name
from .secrets import register_secret

PROOF_TAG = "landing_zone.aws_admin:proof"
# AWS refuses requests of a clock that is off by more than this
_CLOCK_SKEW = timedelta(minutes=5)
_LONGEST_PROOF = timedelta(minutes=15)
_SHORTEST_SESSION = 900  # seconds

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "device_name": {"type": "str"},
    "code": {"type": "str", "no_log": True},
    "require_mfa": {"type": "bool", "default": False},
}

Connect = Callable[..., IamApi]


@dataclass(frozen=True)
class Proof:
    """What is to be proven: `require_mfa` that without MFA the same is refused."""

    name: str
    device_name: str
    code: str | None = field(repr=False)
    require_mfa: bool
    account_id: str | None

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Proof:
        """Make it from the module's options; raise AdminError for those that AWS would refuse."""
        name = check_name("name", params["name"])
        return cls(
            name=name,
            device_name=check_name("device_name", params["device_name"] or name, longest=128),
            code=None if params["code"] is None else check_code(params["code"]),
            require_mfa=params["require_mfa"],
            account_id=check_account_id(params["account_id"]),
        )


@dataclass(frozen=True)
class Ground:
    """What the proof starts from: the device, and access keys that an earlier proof has left."""

    serial_number: str
    left_over: tuple[str, ...]
    bears_tag: bool


def left_over(tags: Mapping[str, str], keys: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    """Return the ids of the access keys that a proof has made: while its tag is there, and from its time on. Pure."""
    try:
        begun = datetime.fromisoformat(tags[PROOF_TAG])
        within = (begun - _CLOCK_SKEW, begun + _LONGEST_PROOF)
        return tuple(key["AccessKeyId"] for key in keys if within[0] <= key["CreateDate"] <= within[1])
    except (KeyError, TypeError, ValueError):  # no tag, or one that is not ours
        return ()


def prove(wanted: Proof, connect: Connect, check_mode: bool) -> dict[str, Any]:
    """Prove it, and return the module's result; `connect` takes other credentials, too.

    Raises AdminError where it cannot be proven; nothing is left behind then either.
    """
    api = connect()
    account = api.get_caller_identity()
    account.expect(wanted.account_id)
    ground = _ground(wanted, api)
    result = {"changed": ground.bears_tag, "account_id": account.id, "proven": []}
    if check_mode:
        return result
    if wanted.code is None:
        raise AdminError(f"The proof needs a code of the MFA device {ground.serial_number} that was not used yet.")
    _remove(wanted.name, api, ground)
    with _access_key(wanted.name, api) as (key, tags):
        own = connect(**_credentials(key))
        administrator = connect(**_credentials(_session(own, ground.serial_number, wanted.code)))
        administrator.get_caller_identity().expect(account.id)
        # It says again what is so already, and few but administrators may say it
        _act(administrator, wanted.name, tags)
        proven = ["device", "permissions"]
        if wanted.require_mfa:
            _refused(own, wanted.name, tags)
            proven.append("require_mfa")
    return {**result, "proven": proven}


def _ground(wanted: Proof, api: IamApi) -> Ground:
    user, devices, keys = together(
        partial(api.get_user, wanted.name),
        partial(api.list_mfa_devices, wanted.name),
        partial(api.list_access_keys, wanted.name),
    )
    if user is None:
        raise AdminError(f"There is no user {wanted.name}: run the bootstrap first.")
    names = {device["SerialNumber"].rpartition("/")[2].lower(): device["SerialNumber"] for device in devices}
    serial_number = names.get(wanted.device_name.lower())
    if serial_number is None:
        raise AdminError(f"{wanted.name} has no MFA device {wanted.device_name}: run the bootstrap first.")
    tags = {tag["Key"]: tag["Value"] for tag in user.get("Tags", ())}
    ours = left_over(tags, keys)
    others = [key["AccessKeyId"] for key in keys if key["AccessKeyId"] not in ours]
    if others:
        raise AdminError(
            f"{wanted.name} has an access key, {others[0]}, and a proof takes one of its own: delete it, as it opens "
            "the account without MFA, and run again."
        )
    return Ground(serial_number, ours, PROOF_TAG in tags)


def _remove(name: str, api: IamApi, ground: Ground) -> None:
    for key in ground.left_over:
        api.delete_access_key(UserName=name, AccessKeyId=key)
    if ground.bears_tag:
        api.untag_user(UserName=name, TagKeys=[PROOF_TAG])


@contextmanager
def _access_key(name: str, api: IamApi) -> Iterator[tuple[Mapping[str, Any], list[dict[str, str]]]]:
    """Give an access key and the tag that goes with it, and take both away whatever happens."""
    begun = datetime.now(UTC).isoformat(timespec="seconds")
    tags = [{"Key": PROOF_TAG, "Value": begun}]
    api.tag_user(UserName=name, Tags=tags)
    try:
        yield api.create_access_key(UserName=name), tags
    finally:
        # Listed, since an answer that was lost may have made one more
        keys = left_over({PROOF_TAG: begun}, api.list_access_keys(name))
        _remove(name, api, Ground("", keys, bears_tag=True))


def _credentials(key: Mapping[str, Any]) -> dict[str, Any]:
    """Return the connection options of an access key, or of a session."""
    return {
        "profile": None,
        "access_key": key["AccessKeyId"],
        "secret_key": register_secret(key["SecretAccessKey"]),
        "session_token": register_secret(key["SessionToken"]) if "SessionToken" in key else None,
    }


def _session(own: IamApi, serial_number: str, code: str) -> Mapping[str, Any]:
    try:
        return own.get_session_token(SerialNumber=serial_number, TokenCode=code, DurationSeconds=_SHORTEST_SESSION)
    except AwsError as error:
        if "MultiFactorAuthentication" not in error.message:
            raise
        raise AdminError(
            f"The MFA device {serial_number} is not proven: AWS refused the code. It was used before, or is of another "
            "device, or a clock is off: run again with the next code."
        ) from error


def _act(administrator: IamApi, name: str, tags: list[dict[str, str]]) -> None:
    try:
        administrator.tag_user(UserName=name, Tags=tags)
    except AwsError as error:
        if error.code != "AccessDenied":
            raise
        raise AdminError(
            f"The MFA device is proven, and the permissions of {name} are not: with MFA it may not do iam:TagUser. "
            "Look at its policies, its permissions boundary, and those of the organisation."
        ) from error


def _refused(own: IamApi, name: str, tags: list[dict[str, str]]) -> None:
    try:
        own.tag_user(UserName=name, Tags=tags)
    except AwsError as error:
        if error.code == "AccessDenied":
            return
        raise
    raise AdminError(f"MFA is not required: without it {name} may do iam:TagUser. Run the bootstrap with require_mfa.")
