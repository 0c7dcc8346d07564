# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an account is held against, and which of its checks count."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from .errors import AdminError
from .names import check_account_id, check_device_name, check_name, check_path
from .policies import check_policies

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "path": {"type": "str"},
    "device_names": {"type": "list", "elements": "str"},
    "managed_policies": {"type": "list", "elements": "str", "default": ["AdministratorAccess"]},
    "require_mfa": {"type": "bool", "default": False},
    "expect": {"type": "list", "elements": "str"},
    "exceptions": {"type": "dict", "default": {}},
}
_LONGEST_REASON = 500


@dataclass(frozen=True)
class Expected:
    """The account as it is to be.

    `path` is None for any, `expect` the ids of the checks that count, None for those that do by default, and
    `exceptions` has by id why a check that does not pass is accepted.
    """

    account_id: str | None
    name: str
    path: str | None
    device_names: tuple[str, ...]
    managed_policies: tuple[str, ...]
    require_mfa: bool = False
    expect: tuple[str, ...] | None = None
    exceptions: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_params(cls, params: Mapping[str, Any], known: Collection[str]) -> Expected:
        """Make it from the module's options; `known` are the ids of all checks.

        Raises AdminError for names that AWS would refuse, for ids that no check has, and for an exception that says
        no reason.
        """
        name = check_name("name", params["name"])
        devices = params["device_names"] or [name]
        return cls(
            account_id=check_account_id(params["account_id"]),
            name=name,
            path=None if params["path"] is None else check_path(params["path"]),
            device_names=tuple(check_device_name("device_names", device) for device in devices),
            managed_policies=check_policies(params["managed_policies"]),
            require_mfa=params["require_mfa"],
            expect=None if params["expect"] is None else _known("expect", params["expect"], known),
            exceptions=_reasons(params["exceptions"] or {}, known),
        )


def _known(option: str, ids: Collection[str], known: Collection[str]) -> tuple[str, ...]:
    if option == "expect" and not ids:
        raise AdminError("expect is empty, so nothing would count: name the checks that do, or leave it out.")
    unknown = [id for id in ids if id not in known]
    if unknown:
        raise AdminError(f"{option} names {str(unknown[0])[:40]!r}, which is no check: {', '.join(known)} are.")
    return tuple(ids)


def _reasons(exceptions: Mapping[str, Any], known: Collection[str]) -> dict[str, str]:
    # Of another account nothing is known, so nothing can be accepted
    _known("exceptions", exceptions, [id for id in known if id != "account"])
    for id, reason in exceptions.items():
        if not isinstance(reason, str) or not reason.strip() or len(reason) > _LONGEST_REASON:
            raise AdminError(f"exceptions: {id} needs a reason, in words, of at most {_LONGEST_REASON} characters.")
    return {id: " ".join(reason.split()) for id, reason in exceptions.items()}
