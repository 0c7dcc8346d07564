# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who decided what AWS's simulation answers (IAM API Reference: SimulatePrincipalPolicy, EvaluationResult). Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from .identities import Identity, statements
from .permissions import covers, denies

ALLOWED = "allowed"


def decided_by(result: Mapping[str, Any], identity: Identity) -> str:
    """Return `allowed`, or who denies: `organisation`, `boundary`, `policy`, or `condition` on what AWS was not told.

    MissingContextValues alone tells nothing: it has every key that any of the policies mentions. What AWS was not told
    has decided only where nothing that can be read does so without it.
    """
    if result["EvalDecision"] == ALLOWED:
        return ALLOWED
    if not (result.get("OrganizationsDecisionDetail") or {}).get("AllowedByOrganizations", True):
        return "organisation"
    if not (result.get("PermissionsBoundaryDecisionDetail") or {}).get("AllowedByPermissionsBoundary", True):
        return "boundary"
    missing = {str(key).lower() for key in result.get("MissingContextValues") or ()}
    is_denied = result["EvalDecision"] == "explicitDeny"
    hanging = [
        bool(missing & _keys(statement))
        for statement in _about(result["EvalActionName"], "Deny" if is_denied else "Allow", identity)
    ]
    # All that denies has to hang on it, and of what allows, one
    by_condition = bool(hanging) and all(hanging) if is_denied else any(hanging)
    return "condition" if by_condition and not any(denies(arn) for arn in identity.policy_arns) else "policy"


def is_surely_denied(result: Mapping[str, Any]) -> bool:
    """Whether AWS denies it whatever else it were told: no policy of its own that was evaluated has a condition.

    What the organisation denies may hang on one that is not shown.
    """
    parts = [result, *(result.get("ResourceSpecificResults") or ())]
    by_organisation = not (result.get("OrganizationsDecisionDetail") or {}).get("AllowedByOrganizations", True)
    has_condition = any(part.get("MissingContextValues") for part in parts)
    return result["EvalDecision"] != ALLOWED and not has_condition and not by_organisation


def _about(action: str, effect: str, identity: Identity) -> list[Mapping[str, Any]]:
    return [
        statement
        for document in identity.documents
        for statement in statements(document)
        if statement.get("Effect") == effect and covers(statement, action)
    ]


def _keys(statement: Mapping[str, Any]) -> set[str]:
    """Return the condition keys that a statement asks for, in lower case."""
    return {str(key).lower() for keys in (statement.get("Condition") or {}).values() for key in keys}
