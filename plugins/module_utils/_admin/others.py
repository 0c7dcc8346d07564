# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What other users, and roles, may do: by the one answer that has them all, and closer where that counts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any

from .api import IamApi, together
from .decisions import is_surely_denied
from .errors import AwsError
from .escalation import Need, Principals
from .identities import Identity, identities, roles
from .permissions import is_known

# SimulatePrincipalPolicy is throttled; of what is not asked nothing is denied
_MOST_SIMULATIONS = 100
_Question = tuple[Identity, str, tuple[str, ...]]


def read_others(api: IamApi, details: Mapping[str, Any], administrator: str, *, closer: bool) -> Principals:
    """Return who may do what, of AWS's answer to GetAccountAuthorizationDetails.

    With `closer` AWS's own policies are read, too, and what the policies seem to allow is simulated; in doubt nothing
    is denied, and what cannot be read is not shown.
    """
    if not closer:
        return Principals(identities(details), roles(details), administrator)
    details = {**details, "Policies": [*details.get("Policies", ()), *_policies_of_aws(api, details)]}
    seen = Principals(identities(details), roles(details), administrator)
    asked = list(islice(_questions(seen), _MOST_SIMULATIONS))
    answers = together(*(partial(_denied, api, *one) for one in asked))
    denied: dict[str, set[Need]] = defaultdict(set)
    for (user, _target, _actions), answer in zip(asked, answers, strict=True):
        denied[user.arn] |= answer
    return replace(seen, denied=denied)


def _policies_of_aws(api: IamApi, details: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return AWS's own policies that somebody has, as GetAccountAuthorizationDetails has those of the account."""
    holders = [one for kind in ("User", "Group", "Role") for one in details.get(f"{kind}DetailList", ())]
    attached = (one["PolicyArn"] for holder in holders for one in holder.get("AttachedManagedPolicies") or ())
    bounds = ((holder.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn", "") for holder in holders)
    arns = [arn for arn in dict.fromkeys((*attached, *bounds)) if ":iam::aws:" in arn and not is_known(arn)]
    documents = together(*(partial(_document, api, arn) for arn in arns))
    return [
        {"Arn": arn, "PolicyVersionList": [{"IsDefaultVersion": True, "Document": document}]}
        for arn, document in zip(arns, documents, strict=True)
    ]


def _document(api: IamApi, arn: str) -> Mapping[str, Any] | None:
    try:
        return api.get_policy_document(arn)
    except AwsError:
        return None


def _questions(seen: Principals) -> Iterator[_Question]:
    """Return what to ask AWS: of each suspect, and of each resource, the actions."""
    by_arn = {user.arn: user for user in seen.users.values()}
    for arn, needs in seen.suspicions().items():
        actions: dict[str, list[str]] = defaultdict(list)
        for action, target in needs:
            actions[str(target)].append(action)
        yield from ((by_arn[arn], target, tuple(of_target)) for target, of_target in actions.items())


def _denied(api: IamApi, user: Identity, target: str, actions: Sequence[str]) -> set[Need]:
    try:
        results = api.simulate_principal_policy(user.arn, actions, mfa=True, resource_arn=target)
    except AwsError:
        return set()
    return {(result["EvalActionName"], target) for result in results or () if is_surely_denied(result)}
