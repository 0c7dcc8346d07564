# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the verdict reads of an account: two rounds of reads that go out together."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from .account import Account
from .api import IamApi, together
from .console_logins import read_console_use
from .credential_report import parse
from .errors import AdminError, AwsError
from .escalation import Principals
from .expectations import Expected
from .identities import Identity, SignIn, sign_ins
from .others import read_others
from .policies import resolve_policies
from .proof import left_over
from .removal import read_other_credentials
from .root import AUDIT, CREDENTIALS, SESSIONS, RootUser, has_none, read_root, root_session

# May be done by an administrator, each of a service of its own, and by few others
ADMINISTRATIVE_ACTIONS = ("iam:CreateUser", "ec2:TerminateInstances", "kms:CreateKey", "s3:DeleteBucket")
# What a leaked access key must not do either: the first ones give it a device, and so MFA
WITHOUT_MFA = (
    "iam:CreateVirtualMFADevice",
    "iam:EnableMFADevice",
    "iam:ChangePassword",
    "iam:CreateAccessKey",
    "sts:AssumeRole",
    # These would take the policy away that asks for MFA
    "iam:AttachUserPolicy",
    "iam:DeleteGroupPolicy",
    "iam:DeleteUserPolicy",
    "iam:DetachUserPolicy",
    "iam:PutUserPolicy",
    "iam:RemoveUserFromGroup",
    "s3:GetObject",
    *ADMINISTRATIVE_ACTIONS,
)


# What is read only where something counts that needs it
_ON_REQUEST: Mapping[str, Callable[[IamApi, Account, Expected], Any]] = {
    "console_use": lambda api, account, _expected: read_console_use(api, account),
    "organization_features": lambda api, _account, _expected: api.list_organizations_features(),
    "password_policy": lambda api, _account, _expected: api.get_account_password_policy(),
    "credential_report": lambda api, _account, _expected: parse(*api.get_credential_report()),
    "security_contact": lambda api, _account, _expected: api.get_security_contact(),
    "server_certificates": lambda api, _account, _expected: api.list_server_certificates(),
    "virtual_mfa_devices": lambda api, _account, _expected: api.list_virtual_mfa_devices(),
    "user": lambda api, _account, expected: api.get_user(expected.name),
}


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

    `root_is_central` is whether its organisation manages its root
    credentials, None where that cannot be told, `root` is its root user, where that has anything, and the organisation
    may have a session of it; `source_account_id` is the one that the role was assumed from that
    calls, None where it does not matter or is not known, and `proof_interrupted` says that all access keys are those
    that a proof has left. `on_request` has the readings that are made only where something counts that needs them.
    """

    account: Account
    summary: Mapping[str, int] | AwsError
    principals: Principals | AwsError
    policies: Policies | AwsError
    simulated: Simulated | AwsError
    login_profile: Mapping[str, Any] | AwsError | None
    mfa_devices: list[Mapping[str, Any]] | AwsError
    access_keys: list[Mapping[str, Any]] | AwsError
    other_credentials: Mapping[str, Sequence[str]] | AwsError
    root_is_central: bool | AwsError | None
    root: RootUser | AwsError | None
    others: list[SignIn] | AwsError
    source_account_id: str | AwsError | None = None
    proof_interrupted: bool = False
    on_request: Mapping[str, Any] = field(default_factory=dict)

    def get(self, name: str) -> Any:
        """Return a reading by its name; None for one on request that was not asked for."""
        return self.on_request.get(name) if name in _ON_REQUEST else getattr(self, name)

    @property
    def root_seen(self) -> RootUser | None:
        """The root user where it was read; what the account's summary says of it does for the rest."""
        return self.root if isinstance(self.root, RootUser) else None

    @property
    def users(self) -> Mapping[str, Identity] | AwsError:
        """All IAM users by their names in lower case."""
        return self.principals if isinstance(self.principals, AwsError) else self.principals.users


def read(api: IamApi, expected: Expected, wanted: Collection[str]) -> tuple[Readings, list[str] | AwsError]:
    """Return the readings, and the account's aliases, which nothing is judged by.

    `wanted` are the names of the readings by which something is judged that counts.

    Raises AwsError only where not even the account can be told.
    """
    account, aliases, summary, details, login_profile, devices, keys, credentials = together(
        api.get_caller_identity,
        *(
            partial(attempt, one)
            for one in (
                api.list_account_aliases,
                api.get_account_summary,
                partial(api.get_account_authorization_details, with_roles=True),
                partial(api.get_login_profile, expected.name),
                partial(api.list_mfa_devices, expected.name),
                partial(_access_keys, api, expected.name),
                partial(read_other_credentials, api, expected.name),
            )
        ),
    )
    principals = (
        details
        if isinstance(details, AwsError)
        else read_others(api, details, expected.name, closer="principals" in wanted)
    )
    policies, simulated, others, source_account_id = _of_users(api, account, expected, principals)
    root_is_central, root = of_organization(api, account, summary, is_wanted="root" in wanted)
    readings = Readings(
        account=account,
        summary=summary,
        principals=principals,
        source_account_id=source_account_id,
        policies=policies,
        simulated=simulated,
        login_profile=login_profile,
        mfa_devices=devices,
        access_keys=keys,
        other_credentials=credentials,
        root_is_central=root_is_central,
        root=root,
        others=others,
        on_request=_on_request(api, account, expected, wanted),
        proof_interrupted=_is_left_over(account, expected, principals, keys),
    )
    return readings, aliases


def _on_request(api: IamApi, account: Account, expected: Expected, wanted: Collection[str]) -> dict[str, Any]:
    # The user is of interest where its first sign-in is
    asked = {*wanted} - (set() if expected.once_signed_in or "console_use" in wanted else {"user"})
    reads = {name: partial(attempt, partial(read, api, account, expected)) for name, read in _ON_REQUEST.items()}
    made = [name for name in reads if name in asked]
    return dict(zip(made, together(*(reads[name] for name in made)), strict=True))


def _access_keys(api: IamApi, name: str) -> list[dict[str, Any]]:
    """Return the access keys of a user, and of each its last use."""
    keys = api.list_access_keys(name)
    used = together(*(partial(attempt, partial(api.get_access_key_last_used, key["AccessKeyId"])) for key in keys))
    return [{**key, "LastUsed": last_used} for key, last_used in zip(keys, used, strict=True)]


def of_organization(
    api: IamApi,
    account: Account,
    summary: Mapping[str, int] | AwsError,
    *,
    is_wanted: bool = False,
) -> tuple[bool | AwsError | None, RootUser | AwsError | None]:
    """Ask whether the organisation manages the root credentials, and read them, where there are any, or it `is_wanted`.

    Of its members the management account knows, as does a delegated administrator, which is a member itself; those of
    the management account are not managed so.
    """
    if isinstance(summary, AwsError):
        return None, None
    found: list[str] | AwsError | None = attempt(partial(api.list_organizations_features_of_manager, account))
    seems_bare = summary.get("AccountPasswordPresent") == 0
    # What it manages itself matters where its root user may have nothing
    features = attempt(api.list_organizations_features) if seems_bare and not isinstance(found, list) else None
    if isinstance(features, list):
        return None if CREDENTIALS in features else False, None
    may_read = isinstance(found, list) and SESSIONS in found and (is_wanted or not has_none(summary))
    root = attempt(partial(_root, api, account)) if may_read else None
    is_bare = not root.has_any if isinstance(root, RootUser) else seems_bare
    if not isinstance(found, list):
        return found if seems_bare else None, root
    return CREDENTIALS in found if is_bare else None, root


def _root(api: IamApi, account: Account) -> RootUser | None:
    try:
        return read_root(root_session(api, account.id, AUDIT))
    except AwsError:
        raise
    except AdminError:  # no session for whoever calls, as for another root user
        return None


def _of_users(api: IamApi, account: Account, expected: Expected, seen: Principals | AwsError) -> Sequence[Any]:
    """Read what takes a second round, since it is asked by user or role."""
    if isinstance(seen, AwsError):
        return [seen] * 4
    administrator = seen.users.get(expected.name.lower())
    names = [user.name for user in seen.users.values() if user is not administrator]
    return together(
        partial(attempt, partial(_policies, api, account, expected, administrator)),
        partial(attempt, partial(_simulated, api, expected, administrator)),
        partial(attempt, partial(sign_ins, api, names)),
        partial(attempt, partial(_source_account_id, api, account, seen)),
    )


def _source_account_id(api: IamApi, account: Account, principals: Principals) -> str | None:
    """Return the account that the role was assumed from that calls, where some role trusts another account."""
    if not any(one.kind == "account" for _role, by in principals.administrator_roles for one in by):
        return None
    source_arn = api.with_source(account).source_arn
    return source_arn.split(":")[4] if source_arn else None


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


def _is_left_over(account: Account, expected: Expected, principals: Principals | AwsError, keys: Any) -> bool:
    """Whether the one key that there is was left by a proof."""
    user = None if isinstance(principals, AwsError) else principals.users.get(expected.name.lower())
    if user is None or isinstance(keys, AwsError):
        return False
    return len(left_over(user.tags, keys, account.key_ids)) == len(keys) == 1


def attempt(one: Callable[[], Any]) -> Any:
    """Return what was read, or the AwsError that it raises."""
    try:
        return one()
    except AwsError as error:
        return error
