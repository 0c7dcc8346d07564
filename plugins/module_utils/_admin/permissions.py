# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What policies allow, as far as they tell without AWS: for each use with the caution that it needs.

Who is to be kept counts as an administrator only where there is no doubt, who is to be kept out wherever there is one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from .identities import Identity, listed, requires_mfa, statements

# Who may do these can become an administrator, or make one: by the kind of what is given permissions
_GIVEN_TO = {
    "iam:AddUserToGroup": "group",
    "iam:AttachGroupPolicy": "group",
    "iam:AttachUserPolicy": "user",
    "iam:CreatePolicyVersion": "policy",
    "iam:PutGroupPolicy": "group",
    "iam:PutUserPolicy": "user",
}
GIVES_PERMISSIONS = tuple(_GIVEN_TO)
# AWS's own policies are not in its answer to GetAccountAuthorizationDetails. These allow more than they deny
_ALLOWING: Mapping[str, Mapping[str, Any]] = {
    "AdministratorAccess": {"Effect": "Allow", "Action": "*", "Resource": "*"},
    "IAMFullAccess": {"Effect": "Allow", "Action": "iam:*", "Resource": "*"},
    "PowerUserAccess": {"Effect": "Allow", "NotAction": ["iam:*", "organizations:*", "account:*"], "Resource": "*"},
}
_VARIABLE = re.compile(r"\$\{[^}]*\}")
# What the names of those begin with that are there to deny
_DENYING = ("AWSDenyAll", "AWSCompromisedKeyQuarantine")


def may_administer(identity: Identity) -> bool:
    """Whether a policy may allow it to give permissions, on whatever and under whatever condition."""
    if identity.unread:
        return True
    allowing = [statement for statement in _statements(identity) if statement.get("Effect") == "Allow"]
    return any(covers(statement, action) for statement in allowing for action in GIVES_PERMISSIONS)


def surely_administers(identity: Identity) -> bool:
    """Whether its policies allow it, with MFA, to give permissions, and nothing that can be read takes from that."""
    found = list(_statements(identity))
    return (
        not identity.is_bounded
        and not identity.unread
        and not any(denies(arn) for arn in identity.policy_arns)
        and all(any(_surely_allows(statement, action) for statement in found) for action in GIVES_PERMISSIONS)
        and not any(_may_deny(statement, action) for statement in found for action in GIVES_PERMISSIONS)
    )


def may_be_denied(identity: Identity) -> bool:
    """Whether something may deny what its policies allow to one who has MFA, and no permissions boundary does."""
    denying = [statement for statement in _statements(identity) if statement.get("Effect") == "Deny"]
    return (
        bool(identity.unread)
        or any(denies(arn) for arn in identity.policy_arns)
        or not all(_is_lifted_by_mfa(statement) for statement in denying)
    )


def may_do(identity: Identity, action: str, target: str | None = None) -> bool:
    """Whether it may be allowed an action on an ARN, None for anything, with MFA and in the right circumstances.

    In doubt it is: where a condition decides, or a permissions boundary of which nothing is shown. An ARN that ends in
    a star stands for all of its kind.
    """
    if any(arn.endswith(":iam::aws:policy/AWSDenyAll") for arn in identity.policy_arns):
        return False
    sides = [[*_statements(identity)], *([statements(identity.boundary)] if identity.boundary else [])]
    return all(_may_be_allowed(side, action, target, identity.name) for side in sides)


def gives_permissions_to(identity: Identity) -> list[tuple[str, str]]:
    """Return what gives permissions, and to all of which kind of its account that is done."""
    account = identity.arn.rpartition(":")[0]
    return [(action, f"{account}:{kind}/*") for action, kind in _GIVEN_TO.items()]


def may_give_permissions(identity: Identity) -> bool:
    """Whether it may do all that gives permissions, to all of a kind: an administrator by any wording, in doubt one."""
    return all(may_do(identity, action, arn) for action, arn in gives_permissions_to(identity))


def is_open_without_mfa(identity: Identity) -> bool:
    """Whether a console password alone may open anything of it."""
    has_any = bool(identity.policy_arns or identity.documents or identity.unread)
    return has_any and not any(requires_mfa(document) for document in identity.documents)


def gains(before: Identity, after: Identity) -> bool:
    """Whether it may be allowed more than before: by what is given, or by what no longer takes away."""
    arns = {*after.policy_arns} - {*before.policy_arns}
    gone = {*before.policy_arns} - {*after.policy_arns}
    return (
        bool(arns)
        or any(denies(arn) for arn in gone)
        or _has(after, "Allow", but_not=before)
        or _has(before, "Deny", but_not=after)
        or before.permissions_boundary not in (None, after.permissions_boundary)
        or not {*after.unread} <= {*before.unread}
    )


def loses(before: Identity, after: Identity) -> bool:
    """Whether it may be allowed less than before, MFA left aside."""
    return gains(before=after, after=before)


def covers(statement: Mapping[str, Any], action: str) -> bool:
    """Whether it speaks of an action; what it says of resources and conditions is not looked at."""
    if "NotAction" in statement:
        return not _matches(statement["NotAction"], action)
    return _matches(statement.get("Action"), action)


def matches(pattern: str, text: str) -> bool:
    """Whether a pattern of a policy covers a text: * and ? alone stand for others (IAM User Guide: IAM JSON policy)."""
    return fnmatchcase(text, pattern.replace("[", "[[]"))


def is_known(arn: str) -> bool:
    """Whether it is known what a managed policy of AWS's own says, which the answer of all policies does not have."""
    return arn.rpartition("/")[2] in _ALLOWING or denies(arn)


def denies(arn: str) -> bool:
    """Whether a managed policy is one of AWS's own that is there to deny."""
    return ":iam::aws:policy/" in arn and arn.rpartition("/")[2].startswith(_DENYING)


def _may_be_allowed(side: Iterable[Mapping[str, Any]], action: str, target: str | None, user_name: str) -> bool:
    about = [one for one in side if covers(one, action) and _is_about(one, target, user_name)]
    is_denied = any(
        one.get("Effect") == "Deny" and not one.get("Condition") and (target or "*" in listed(one.get("Resource")))
        for one in about
    )
    return not is_denied and any(one.get("Effect") == "Allow" for one in about)


def _is_about(statement: Mapping[str, Any], target: str | None, user_name: str) -> bool:
    """Whether a statement is about an ARN; in doubt it is where it allows, and is not where it denies.

    A policy variable may stand for anything, but for `${aws:username}`, which is the user's name.
    """
    if target is None:
        return True
    named = "NotResource" if "NotResource" in statement else "Resource"
    anything = "*" if (statement.get("Effect") == "Allow") == (named == "Resource") else ""
    own = (str(one).replace("${aws:username}", user_name) for one in listed(statement.get(named)))
    patterns = (_VARIABLE.sub(anything, pattern) for pattern in own)
    return any(matches(pattern, target) for pattern in patterns) == (named == "Resource")


def _has(identity: Identity, effect: str, but_not: Identity) -> bool:
    """Whether it has a document with such a statement that the other one has not."""
    documents = (document for document in identity.documents if document not in but_not.documents)
    return any(statement.get("Effect") == effect for document in documents for statement in statements(document))


def _statements(identity: Identity) -> Iterator[Mapping[str, Any]]:
    for document in identity.documents:
        yield from statements(document)
    for arn in identity.policy_arns:
        _owner, separator, name = arn.partition(":iam::aws:policy/")
        if separator and name in _ALLOWING:
            yield _ALLOWING[name]


def _surely_allows(statement: Mapping[str, Any], action: str) -> bool:
    return (
        statement.get("Effect") == "Allow"
        and covers(statement, action)
        and "*" in listed(statement.get("Resource"))
        and _holds_with_mfa(statement.get("Condition") or {})
    )


def _may_deny(statement: Mapping[str, Any], action: str) -> bool:
    """Whether it may deny to one who has MFA."""
    return statement.get("Effect") == "Deny" and covers(statement, action) and not _is_lifted_by_mfa(statement)


def _is_lifted_by_mfa(statement: Mapping[str, Any]) -> bool:
    """Whether it denies without MFA alone, whatever that is."""
    return requires_mfa({"Statement": {**statement, "Action": "*", "Resource": "*"}})


def _matches(patterns: Any, action: str) -> bool:
    return any(matches(str(pattern).lower(), action.lower()) for pattern in listed(patterns))


def _holds_with_mfa(condition: Mapping[str, Any]) -> bool:
    """Whether a condition asks for MFA alone."""
    asked = [
        (key.lower(), [str(value).lower() for value in listed(wanted)])
        for operator, keys in condition.items()
        if operator in ("Bool", "BoolIfExists")
        for key, wanted in keys.items()
    ]
    return len(asked) == sum(len(keys) for keys in condition.values()) and all(
        one == ("aws:multifactorauthpresent", ["true"]) for one in asked
    )
