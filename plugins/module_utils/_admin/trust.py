# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may assume a role, as its trust policy says (IAM User Guide: AWS JSON policy elements: Principal). Pure.

In doubt somebody may: what a trust policy denies, and most of its conditions, are not looked at.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from .identities import Role, listed, statements
from .permissions import covers

_ASSUME = ("sts:AssumeRole", "sts:AssumeRoleWithSAML", "sts:AssumeRoleWithWebIdentity")
# These keys say who calls, as the element Principal does
_OF_PRINCIPALS = {"aws:principalaccount": "arn:*:iam::{}:*", "aws:principalarn": "{}"}
_COMPARED = ("StringEquals", "StringLike", "ArnEquals", "ArnLike")
# What was once a user or a role and is deleted
_GONE = re.compile(r"A[A-Z0-9]{15,}")
# How a subject begins that says whose it is, in each form that is known: of GitHub and GitLab it has an owner and a
# slash, of Terraform Cloud an organisation
_WHOSE = re.compile(
    r"(repo|project_path):[^/*?]+/|organization:[^:*?]+:|(?!repo:|project_path:|organization:)(\w+:)?[^*?:]+"
)


@dataclass(frozen=True)
class Assumer:
    """Who may assume a role: `name` is an ARN, an account id or a service, as the trust policy says it.

    `kind` is own (of the account), account (another one, or somebody of it), service, provider, any_subject (of a
    provider) or anybody, whose `name` is the condition keys that it hangs on. `mfa` says whether MFA is asked for.
    """

    kind: str
    name: str
    mfa: bool = False

    @property
    def is_outside(self) -> bool:
        """Whether it is not for the account to say who that is."""
        return self.kind in ("account", "any_subject", "anybody")

    @property
    def is_account(self) -> bool:
        """Whether it is a whole account, which says itself who of it may."""
        return self.name.endswith(":root") or self.name.isdigit()

    @property
    def account_id(self) -> str | None:
        """The other account that it is, or is of."""
        found = re.search(r"(?<!\d)\d{12}(?!\d)", self.name) if self.kind == "account" else None
        return found[0] if found else None

    def __str__(self) -> str:
        if self.kind == "anybody":
            who = f"anybody, on a condition of {self.name}" if self.name else "anybody"
        elif self.kind == "any_subject":
            who = f"any subject of {self.name.partition('/')[2] or self.name}"
        else:
            who = f"{self.name}, of another account" if self.kind == "account" else self.name
        return f"{who}, with MFA" if self.mfa else who


def assumers(role: Role) -> tuple[Assumer, ...]:
    """Return who may assume a role whose trust policy is shown."""
    own = role.arn.split(":")[4]
    found = (
        assumer
        for statement in statements(role.trust or {})
        if statement.get("Effect") == "Allow" and any(covers(statement, action) for action in _ASSUME)
        for assumer in _of_statement(statement, own)
    )
    return tuple(dict.fromkeys(found))


def _of_statement(statement: Mapping[str, Any], own: str) -> Iterator[Assumer]:
    condition = statement.get("Condition") or {}
    principal = statement.get("Principal")
    if not isinstance(principal, dict):  # "*", or NotPrincipal
        principal = {"AWS": "*"}
    for kind, names in principal.items():
        for name in map(str, listed(names)):
            if kind == "Federated":
                named = _names_a_subject(condition) or ":saml-provider/" in name
                yield Assumer("provider" if named else "any_subject", name)
            elif kind != "AWS":
                yield Assumer("service", name)
            elif name == "*":
                yield from (_principal(one, own, condition) for one in _narrowed(condition) or ["*"])
            elif not _GONE.fullmatch(name):
                yield _principal(name, own, condition)


def _principal(name: str, own: str, condition: Mapping[str, Any]) -> Assumer:
    account = name.split(":")[4] if name.startswith("arn:") and name.count(":") >= 5 else name
    mfa = _asks_for_mfa(condition)
    if not re.fullmatch(r"\d{12}", account):
        return Assumer("anybody", ", ".join(sorted({key for keys in condition.values() for key in keys})), mfa)
    return Assumer("own" if account == own else "account", name, mfa)


def _narrowed(condition: Mapping[str, Any]) -> list[str]:
    """Return the ARNs of principals to which a condition narrows down whoever calls, none where it does not."""
    for operator in _COMPARED:
        for key, values in (condition.get(operator) or {}).items():
            if key.lower() in _OF_PRINCIPALS:
                return [_OF_PRINCIPALS[key.lower()].format(value) for value in listed(values)]
    return []


def _names_a_subject(condition: Mapping[str, Any]) -> bool:
    """Whether a condition says whose subjects of an identity provider may, and not just any."""
    return any(
        key.lower().endswith(":sub")
        and all(operator == "StringEquals" or _WHOSE.match(str(value)) for value in listed(values))
        for operator in ("StringEquals", "StringLike")
        for key, values in (condition.get(operator) or {}).items()
    )


def _asks_for_mfa(condition: Mapping[str, Any]) -> bool:
    """Whether it holds with MFA alone; with an access key nothing is said of it, and BoolIfExists would hold."""
    said = {key.lower(): values for key, values in (condition.get("Bool") or {}).items()}
    return [str(value).lower() for value in listed(said.get("aws:multifactorauthpresent"))] == ["true"]
