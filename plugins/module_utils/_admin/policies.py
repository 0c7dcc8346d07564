# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Policies: managed ones by what a task calls them, and the one that requires MFA."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

from .account import Account
from .api import IamApi, together
from .errors import AdminError
from .names import check_name, check_policy_arn

# An inline policy of the user, or of its group. It names no resource, so it is the same in every partition. A leaked
# access key can ask for a session with MFA, which it has no code for, and do nothing else: it could enrol a device of
# its own if the exemptions were those of "Allow users to self-manage MFA devices" (IAM User Guide). Nor does a first
# sign-in need any: there is no password before there is a device.
REQUIRE_MFA = "landing_zone.aws_admin-require-mfa"
REQUIRE_MFA_DOCUMENT: Mapping[str, Any] = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": "DenyAllWithoutMFA",
            "Effect": "Deny",
            "NotAction": "sts:GetSessionToken",
            "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
        }
    ],
}
REQUIRE_MFA_TEXT = json.dumps(REQUIRE_MFA_DOCUMENT)
# A value of require_mfa: not before the first sign-in, at which AWS forces a change of the password. Whether it takes
# that as made with MFA is documented nowhere
AFTER_SIGN_IN = "after_sign_in"


def resolve_policies(
    api: IamApi, account: Account, names: tuple[str, ...], attached: tuple[str, ...]
) -> dict[str, str | None]:
    """Return the ARN that each managed policy, given by name or ARN, means: AWS's own before the account's.

    Only those that are not `attached` are asked for, by the ARNs that they can have, never by listing all policies.
    None stands for a policy that does not exist.
    """
    candidates = {name: candidate_arns(account, name) for name in names}
    found = {name: arns[0] if arns[0] in attached else None for name, arns in candidates.items()}
    # One name means one policy nearly always, its likeliest: the others are asked for only when that is not there
    for places in (slice(0, 1), slice(1, None)):
        to_ask = [(name, arn) for name, arns in candidates.items() if not found[name] for arn in arns[places]]
        answers = together(*(partial(api.get_policy, arn) for _name, arn in to_ask))
        for (name, arn), policy in zip(to_ask, answers, strict=True):
            if policy and not found[name]:
                found[name] = arn
    return found


def check_require_mfa(value: Any) -> tuple[bool | None, bool]:
    """Return whether MFA is to be required, and whether only once the user has signed in; None leaves it as it is.

    Raises AdminError for what is neither yes nor no, nor AFTER_SIGN_IN.
    """
    if value is None:
        return None, False
    if value == AFTER_SIGN_IN:
        return True, True
    try:
        return boolean(value), False
    except TypeError as error:
        raise AdminError(
            f"iam_admin_require_mfa (require_mfa) is {str(value)[:40]!r}: set it to true, false or {AFTER_SIGN_IN}."
        ) from error


def has_signed_in(user: Mapping[str, Any], profile: Mapping[str, Any] | None) -> bool:
    """Whether a user has signed in, and need not change its password any more; both as AWS shows them."""
    return bool(user.get("PasswordLastUsed")) and profile is not None and not profile.get("PasswordResetRequired")


def check_policies(names: list[str]) -> tuple[str, ...]:
    """Return the names and ARNs without repetition; raise AdminError for a name that AWS would refuse."""
    for name in names:
        if name.startswith("arn:"):
            check_policy_arn("managed_policies", name)
        else:
            check_name("managed_policies", name, longest=128)
    return tuple(dict.fromkeys(names))


def candidate_arns(account: Account, name: str) -> list[str]:
    """Return the ARNs that a managed policy of this name can have, the likeliest first; an ARN is its own."""
    if name.startswith("arn:"):
        return [name]
    paths = ("", "job-function/", "service-role/")
    owned_by_aws = [f"arn:{account.partition}:iam::aws:policy/{path}{name}" for path in paths]
    return [*owned_by_aws, account.arn(f"policy/{name}")]
