# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an IAM user may do: its policies evaluated as AWS does it (IAM User Guide: Policy evaluation logic)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from .root import RootSession

# By whoever has a key, whatever policies say
ALWAYS_ALLOWED = ("sts:GetCallerIdentity", "sts:GetSessionToken")
ALLOWED, EXPLICIT_DENY, IMPLICIT_DENY = "allowed", "explicitDeny", "implicitDeny"


@dataclass(frozen=True)
class Session:
    """Temporary credentials of a user of moto."""

    user: Any
    mfa: bool


def caller_of(backend: Any, access_key: str) -> Session | RootSession | None:
    """Return whose key or session it is; None for root's own keys and for roles, who may do everything."""
    user = backend.get_user_from_access_key_id(access_key)
    return Session(user, mfa=False) if user else backend.sessions.get(access_key)


def may(backend: Any, caller: Session, action: str) -> bool:
    """Whether a user may do an action; a long-term key says nothing of MFA, a session says it had none, or had."""
    context = {"aws:multifactorauthpresent": "true"} if caller.mfa else {}
    documents, boundary = policies_of(backend, caller.user), boundary_of(backend, caller.user)
    return decide(documents, boundary, action, context) == ALLOWED


def policies_of(backend: Any, user: Any) -> list[Mapping[str, Any]]:
    """Return the documents that give a user of moto permissions, and take them."""
    holders = [user, *(backend.get_group(name) for name in user.group_list)]
    texts = [text for holder in holders for text in holder.policies.values()]
    texts += [_text(policy) for holder in holders for policy in holder.managed_policies.values()]
    return [json.loads(text) for text in texts]


def boundary_of(backend: Any, user: Any) -> list[Mapping[str, Any]] | None:
    """Return the documents of the user's permissions boundary, None where it has none."""
    if user.permissions_boundary is None:
        return None
    return [json.loads(_text(backend.managed_policies[user.permissions_boundary["PermissionsBoundaryArn"]]))]


def _text(policy: Any) -> str:
    return next(version.document for version in policy.versions if version.is_default)


def decide(
    documents: Iterable[Mapping[str, Any]],
    boundary: Iterable[Mapping[str, Any]] | None,
    action: str,
    context: Mapping[str, str],
    resource: str = "*",
) -> str:
    """Return AWS's decision on an action on a resource, or on any; `context` has condition keys in lower case."""
    decision = _decide(documents, action, context, resource)
    bounded = ALLOWED if boundary is None else _decide(boundary, action, context, resource)
    if EXPLICIT_DENY in (decision, bounded):
        return EXPLICIT_DENY
    return ALLOWED if decision == bounded == ALLOWED else IMPLICIT_DENY


def _decide(documents: Iterable[Mapping[str, Any]], action: str, context: Mapping[str, str], resource: str) -> str:
    effects = {
        statement["Effect"]
        for document in documents
        for statement in _listed(document["Statement"])
        if _applies(statement, action, context, resource)
    }
    if "Deny" in effects:
        return EXPLICIT_DENY
    return ALLOWED if "Allow" in effects else IMPLICIT_DENY


def _applies(statement: Mapping[str, Any], action: str, context: Mapping[str, str], resource: str) -> bool:
    if "NotAction" in statement:
        about = not _matches(statement["NotAction"], action)
    else:
        about = _matches(statement["Action"], action)
    # One that names some does not speak of all
    named = any(fnmatchcase(resource, pattern) for pattern in _listed(statement.get("Resource", "*")))
    return about and named and _holds(statement.get("Condition", {}), context)


def _matches(patterns: Any, action: str) -> bool:
    return any(fnmatchcase(action.lower(), pattern.lower()) for pattern in _listed(patterns))


def _holds(condition: Mapping[str, Any], context: Mapping[str, str]) -> bool:
    for operator, keys in condition.items():
        if operator not in ("Bool", "BoolIfExists"):
            raise NotImplementedError(f"the local AWS does not know the condition operator {operator}")
        for key, wanted in keys.items():
            value = context.get(key.lower())
            if value is None and operator == "Bool":
                return False
            if value is not None and value not in [str(one).lower() for one in _listed(wanted)]:
                return False
    return True


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
