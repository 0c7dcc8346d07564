# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the verdict reads of an account: two rounds of reads that go out together."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from .account import Account
from .api import IamApi, together
from .errors import AwsError
from .expectations import Expected
from .identities import Identity, SignIn, identities, sign_ins
from .policies import resolve_policies
from .proof import left_over
from .removal import read_other_credentials

# May be done by an administrator, each of a service of its own, and by few others
ADMINISTRATIVE_ACTIONS = ("iam:CreateUser", "ec2:TerminateInstances", "kms:CreateKey", "s3:DeleteBucket")
# What a leaked access key must not do either: the first ones give it a device, and so MFA
WITHOUT_MFA = (
    "iam:CreateVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:ChangePassword",
    "iam:CreateAccessKey",
    "sts:AssumeRole",
    *ADMINISTRATIVE_ACTIONS,
)


@dataclass(frozen=True)
class Policies:
    """ARNs of the policies attached to the user or its groups, and by name those wanted: None where there is none."""

    attached: tuple[str, ...]
    wanted: Mapping[str, str | None]


@dataclass(frozen=True)
class Simulated:
    """AWS's results (SimulatePrincipalPolicy) with MFA, and without where it is asked for; None for no such API."""

    with_mfa: Sequence[Mapping[str, Any]] | None
    without_mfa: Sequence[Mapping[str, Any]] | None


@dataclass(frozen=True)
class Readings:
    """What AWS answered to each read; the AwsError itself where it refused to answer.

    `users` are all IAM users by their names in lower case, `password_policy` is None where the account has none,
    `root_is_central` is whether its organisation manages its root credentials, None where that cannot be told, and
    `proof_interrupted` says that all access keys are those that a proof has left.
    """

    account: Account
    summary: Mapping[str, int] | AwsError
    users: Mapping[str, Identity] | AwsError
    policies: Policies | AwsError
    simulated: Simulated | AwsError
    login_profile: Mapping[str, Any] | AwsError | None
    mfa_devices: list[Mapping[str, Any]] | AwsError
    access_keys: list[Mapping[str, Any]] | AwsError
    other_credentials: Mapping[str, Sequence[str]] | AwsError
    password_policy: Mapping[str, Any] | AwsError | None
    organization_features: list[str] | AwsError
    root_is_central: bool | AwsError | None
    others: list[SignIn] | AwsError
    proof_interrupted: bool = False


def read(api: IamApi, expected: Expected) -> tuple[Readings, list[str] | AwsError]:
    """Return the readings, and the account's aliases, which nothing is judged by.

    Raises AwsError only where not even the account can be told.
    """
    account, aliases, summary, details, login_profile, devices, keys, credentials, password_policy, features = together(
        api.get_caller_identity,
        *(
            partial(_attempt, one)
            for one in (
                api.list_account_aliases,
                api.get_account_summary,
                api.get_account_authorization_details,
                partial(api.get_login_profile, expected.name),
                partial(api.list_mfa_devices, expected.name),
                partial(api.list_access_keys, expected.name),
                partial(read_other_credentials, api, expected.name),
                api.get_account_password_policy,
                api.list_organizations_features,
            )
        ),
    )
    users = details if isinstance(details, AwsError) else identities(details)
    policies, simulated, others = _of_users(api, account, expected, users)
    readings = Readings(
        account=account,
        summary=summary,
        users=users,
        policies=policies,
        simulated=simulated,
        login_profile=login_profile,
        mfa_devices=devices,
        access_keys=keys,
        other_credentials=credentials,
        password_policy=password_policy,
        organization_features=features,
        root_is_central=_root_is_central(api, account, summary, features),
        others=others,
        proof_interrupted=_is_left_over(account, expected, users, keys),
    )
    return readings, aliases


def _root_is_central(
    api: IamApi, account: Account, summary: Mapping[str, int] | AwsError, features: list[str] | AwsError | None
) -> bool | AwsError | None:
    """Ask who manages the root credentials, where it matters: of its members the management account knows.

    Those of the management account itself are not managed so.
    """
    if isinstance(summary, AwsError) or summary.get("AccountPasswordPresent") != 0:
        return None
    if isinstance(features, list):
        # A delegated administrator is a member, and the management account is none
        return None if "RootCredentialsManagement" in features else False
    found: list[str] | AwsError | None = _attempt(partial(api.list_organizations_features_of_source, account))
    return found if found is None or isinstance(found, AwsError) else "RootCredentialsManagement" in found


def _of_users(
    api: IamApi, account: Account, expected: Expected, users: dict[str, Identity] | AwsError
) -> Sequence[Any]:
    """Read what takes a second round, since it is asked by user: policies, simulation, and how others sign in."""
    if isinstance(users, AwsError):
        return (users, users, users)
    administrator = users.get(expected.name.lower())
    names = [user.name for user in users.values() if user is not administrator]
    return together(
        partial(_attempt, partial(_policies, api, account, expected, administrator)),
        partial(_attempt, partial(_simulated, api, expected, administrator)),
        partial(_attempt, partial(sign_ins, api, names)),
    )


def _policies(api: IamApi, account: Account, expected: Expected, administrator: Identity | None) -> Policies:
    attached = administrator.policy_arns if administrator else ()
    return Policies(attached, resolve_policies(api, account, expected.managed_policies, attached))


def _simulated(api: IamApi, expected: Expected, administrator: Identity | None) -> Simulated:
    if administrator is None:
        return Simulated(None, None)
    arn = administrator.arn
    simulate = partial(api.simulate_principal_policy, arn)
    # A session that had none says so, and an access key says nothing of it
    without = [partial(simulate, WITHOUT_MFA, mfa=mfa) for mfa in (False, None)] if expected.require_mfa else []
    actions = WITHOUT_MFA if without else ADMINISTRATIVE_ACTIONS
    with_mfa, *without_mfa = together(partial(simulate, actions, mfa=True), *without)
    if not without_mfa or None in without_mfa:
        return Simulated(with_mfa, None)
    return Simulated(with_mfa, [result for results in without_mfa for result in results])


def _is_left_over(account: Account, expected: Expected, users: dict[str, Identity] | AwsError, keys: Any) -> bool:
    """Whether the one key that there is was left by a proof."""
    user = None if isinstance(users, AwsError) else users.get(expected.name.lower())
    if user is None or isinstance(keys, AwsError):
        return False
    return len(left_over(user.tags, keys, account.key_ids)) == len(keys) == 1


def _attempt(one: Callable[[], Any]) -> Any:
    try:
        return one()
    except AwsError as error:
        return error
