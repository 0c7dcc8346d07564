# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is expected of an account, and which of its checks count."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from .errors import AdminError
from .names import check_account_id, check_device_name, check_name, check_path
from .policies import check_policies, check_require_mfa

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "path": {"type": "str"},
    "device_names": {"type": "list", "elements": "str"},
    "managed_policies": {"type": "list", "elements": "str", "default": ["AdministratorAccess"]},
    "require_mfa": {"type": "raw", "default": False},
    "expect": {"type": "list", "elements": "str"},
    "exceptions": {"type": "dict", "default": {}},
    "management_profile": {"type": "str"},
}
_LONGEST_REASON = 500
# Among the checks that are expected: all that are so where nothing is said
DEFAULT = "default"
_SOON = timedelta(days=30)


@dataclass(frozen=True)
class Expected:
    """The account as it is to be.

    `path` is None for any, `once_signed_in` says that MFA need not be required before the first sign-in, `expect` are
    the ids of the checks that count, None for those that do by default, and `exceptions` has by id why a check that
    does not pass is accepted, and `ended` until when that was so.
    """

    account_id: str | None
    name: str
    path: str | None
    device_names: tuple[str, ...]
    managed_policies: tuple[str, ...]
    require_mfa: bool = False
    once_signed_in: bool = False
    expect: tuple[str, ...] | None = None
    exceptions: Mapping[str, str] = field(default_factory=dict)
    ended: Mapping[str, date] = field(default_factory=dict)

    @classmethod
    def from_params(cls, params: Mapping[str, Any], known: Collection[str]) -> Expected:
        """Make it from the module's options; `known` are the ids of all checks.

        Raises AdminError for names that AWS would refuse, for ids that no check has, and for an exception that says
        no reason.
        """
        name = check_name("name", params["name"])
        devices = params["device_names"] or [name]
        require_mfa, once_signed_in = check_require_mfa(params["require_mfa"])
        exceptions, ended = exceptions_of(params, known)
        return cls(
            account_id=check_account_id(params["account_id"]),
            name=name,
            path=None if params["path"] is None else check_path(params["path"]),
            device_names=tuple(check_device_name("device_names", device) for device in devices),
            managed_policies=check_policies(params["managed_policies"]),
            require_mfa=bool(require_mfa),
            once_signed_in=once_signed_in,
            expect=None if params["expect"] is None else _known("expect", params["expect"], known),
            exceptions=exceptions,
            ended=ended,
        )


def exceptions_of(params: Mapping[str, Any], known: Collection[str]) -> tuple[dict[str, str], dict[str, date]]:
    """Return the reasons of the option `exceptions` that hold today, by id, and when the others have ended.

    Raises AdminError as Expected.from_params does.
    """
    return _exceptions(params["exceptions"] or {}, known, datetime.now(UTC).date())


def _known(option: str, ids: Collection[str], known: Collection[str]) -> tuple[str, ...]:
    if option == "expect" and not ids:
        raise AdminError("expect is empty, so nothing would count: name the checks that do, or leave it out.")
    unknown = [id for id in ids if id not in known and not (option == "expect" and id == DEFAULT)]
    if unknown:
        raise AdminError(f"iam_admin_{option} names {str(unknown[0])[:40]!r}, which is not one of {', '.join(known)}.")
    return tuple(ids)


def _exceptions(
    exceptions: Mapping[str, Any], known: Collection[str], today: date
) -> tuple[dict[str, str], dict[str, date]]:
    """Return the reasons of those that hold today, by id, and when the others have ended."""
    # Of another account nothing is known, so nothing can be accepted
    _known("exceptions", exceptions, [id for id in known if id != "account"])
    reasons, ended = {}, {}
    for id, said in exceptions.items():
        whole = said if isinstance(said, Mapping) else {"reason": said}
        reason, until = whole.get("reason"), whole.get("until")
        if not isinstance(reason, str) or not reason.strip() or len(reason) > _LONGEST_REASON:
            raise AdminError(f"exceptions: {id} needs a reason, in words, of at most {_LONGEST_REASON} characters.")
        if not {*whole} <= {"reason", "until"}:
            raise AdminError(f"exceptions: {id} has more than a reason and until.")
        end = None if until is None else _date(id, until)
        if end and end < today:
            ended[id] = end
        else:
            reasons[id] = " ".join(reason.split()) + (_ends(end, today) if end else "")
    return reasons, ended


def _date(id: str, until: object) -> date:
    try:
        # YAML makes a date of what looks like one
        return date.fromisoformat(str(until)[:10] if isinstance(until, date) else str(until))
    except ValueError as error:
        raise AdminError(
            f"iam_admin_exceptions: until of {id} is {str(until)[:40]!r}: write a date such as 2027-01-31."
        ) from error


def _ends(end: date, today: date) -> str:
    soon = f", in {(end - today).days} days" if end - today <= _SOON else ""
    return f" (Until {end}{soon}.)"
