# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every call that this collection makes to AWS, one method each, named as boto3 names it."""

from __future__ import annotations

from base64 import b32decode
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import replace
from datetime import datetime
from threading import Lock
from time import sleep
from typing import Any

from .account import Account
from .errors import AwsError
from .failures import ANSWER_LOST, NOT_IMPLEMENTED, calling

MOST_AT_ONCE = 10  # as many connections as a client of botocore keeps
_AT_ONCE = ContextVar("_AT_ONCE", default=MOST_AT_ONCE)
_REPORT_TAKES = (1, 2, 4, 8)  # seconds, mostly less
_MOST_EVENTS = 500  # at two pages of 50 a second, which is AWS's limit


class IamApi:
    """IAM and STS as one pair of credentials sees them, and what the verdict reads of other services.

    A `get_` method returns None, and a `list_` method an empty list, where the entity is missing (NoSuchEntity).
    Every other refusal of AWS, and every failure to reach it, is an AwsError. Where `name` may be None, that is who
    calls: the root user, in a session of it.
    """

    def __init__(
        self,
        iam: Any,
        sts: Any,
        key_id: str,
        source: Callable[[], IamApi | None] = lambda: None,
        manager: Callable[[], IamApi | None] = lambda: None,
        *,
        client: Any = None,
        with_key: Any = None,
        region: str = "",
    ) -> None:
        """`key_id` is the access key that signs; `source` connects with what the role was assumed with that calls.

        That is None where no role calls, or where it is unknown. `manager` connects with what may have root sessions of
        the account, if anything does. `region` is the task's, `client` makes one of
        another service, in a region, and `with_key` connects with credentials that AWS has given.
        """
        self._iam = iam
        self._sts = sts
        self._key_id = key_id
        self._source = source
        self._manager = manager
        self.region = region
        self._client = client
        self._with_key = with_key
        # botocore's sessions are for one thread at a time
        self._making = Lock()

    def _of(self, service: str, region: str) -> Any:
        with self._making:
            return self._client(service, region_name=region)

    # Reads

    def get_caller_identity(self) -> Account:
        answer = _call(self._sts, "get_caller_identity")
        return Account(
            id=answer["Account"],
            partition=answer["Arn"].split(":")[1],
            caller_arn=answer["Arn"],
            key_ids=frozenset([self._key_id]),
        )

    def with_source(self, account: Account) -> Account:
        """The account with whose keys the role was assumed that calls, as far as the task's credentials tell."""
        source = None if account.calling_user else self._source()
        if source is None:
            return account
        found = source.get_caller_identity()
        return replace(account, source_arn=found.caller_arn, key_ids=account.key_ids | found.key_ids)

    @property
    def manager(self) -> IamApi | None:
        """What may have root sessions: the profile that is named for it, or what the role was assumed with that calls.

        None where no role calls, or where it is unknown.
        """
        return self._manager()

    def as_root(self, account: Account, account_id: str, task: str) -> IamApi:
        """Connect as the root user of a member for one task (STS API Reference: AssumeRoot); `account` is who calls.

        A session lasts for a quarter of an hour.
        """
        policy = {"arn": f"arn:{account.partition}:iam::aws:policy/root-task/{task}"}
        sts = self._of("sts", self.region)
        made = _call(sts, "assume_root", TargetPrincipal=account_id, TaskPolicyArn=policy, DurationSeconds=900)
        connected: IamApi = self._with_key(made["Credentials"])
        return connected

    def get_user_detail(self, name: str) -> dict[str, Any] | None:
        """The user as `get_user` returns it, for whom PasswordLastUsed is of no interest."""
        return self.get_user(name)

    def get_user(self, name: str | None) -> dict[str, Any] | None:
        return _get(self._iam, "get_user", "User", **_of_user(name))

    def get_group(self, name: str) -> dict[str, Any] | None:
        """The group's `Group` and `Users`."""
        try:
            return _pages(self._iam, "get_group", GroupName=name)
        except AwsError as error:
            if error.code != "NoSuchEntity":
                raise
            return None

    def get_user_policy(self, name: str, policy: str) -> dict[str, Any] | None:
        """The document of an inline policy."""
        return _get(self._iam, "get_user_policy", "PolicyDocument", UserName=name, PolicyName=policy)

    def get_group_policy(self, group: str, policy: str) -> dict[str, Any] | None:
        """The document of an inline policy."""
        return _get(self._iam, "get_group_policy", "PolicyDocument", GroupName=group, PolicyName=policy)

    def get_login_profile(self, name: str | None) -> dict[str, Any] | None:
        return _get(self._iam, "get_login_profile", "LoginProfile", **_of_user(name))

    def get_policy(self, arn: str) -> dict[str, Any] | None:
        return _get(self._iam, "get_policy", "Policy", PolicyArn=arn)

    def get_policy_document(self, arn: str) -> dict[str, Any] | None:
        """The document of a managed policy's default version."""
        policy = self.get_policy(arn)
        if policy is None:
            return None
        version = {"PolicyArn": arn, "VersionId": policy["DefaultVersionId"]}
        found: dict[str, Any] = _call(self._iam, "get_policy_version", **version)["PolicyVersion"]
        return found["Document"]

    def get_account_summary(self) -> dict[str, int]:
        return _call(self._iam, "get_account_summary")["SummaryMap"]

    def get_account_password_policy(self) -> dict[str, Any] | None:
        return _get(self._iam, "get_account_password_policy", "PasswordPolicy")

    def get_account_authorization_details(self, with_roles: bool = False) -> dict[str, Any]:
        """Users and groups with their policies, and the policies that are the account's own."""
        kinds = ["User", "Group", "LocalManagedPolicy", *(["Role"] if with_roles else [])]
        return _pages(self._iam, "get_account_authorization_details", Filter=kinds)

    def simulate_principal_policy(
        self, arn: str, actions: Sequence[str], mfa: bool | None, resource_arn: str | None = None
    ) -> list[dict[str, Any]] | None:
        """What AWS would decide on each action, on a resource or any; None where the endpoint does not simulate.

        `mfa` says whether there is any; None is the request of a long-term access key, which does not say.
        """
        context = {"ContextKeyName": "aws:MultiFactorAuthPresent", "ContextKeyType": "boolean"}
        entries = [] if mfa is None else [{**context, "ContextKeyValues": [str(mfa).lower()]}]
        given: dict[str, Any] = {"PolicySourceArn": arn, "ActionNames": list(actions), "ContextEntries": entries}
        if resource_arn:
            given["ResourceArns"] = [resource_arn]
        try:
            results = _pages(self._iam, "simulate_principal_policy", **given).get("EvaluationResults", [])
        except AwsError as error:
            if error.code not in NOT_IMPLEMENTED:
                raise
            return None
        unanswered = {*actions} - {result["EvalActionName"] for result in results}
        if unanswered:
            raise AwsError(
                "SimulatePrincipalPolicy", "Incomplete", f"No result for {', '.join(sorted(unanswered))}: run again."
            )
        return list(results)

    def list_organizations_features(self) -> list[str] | None:
        """What is managed centrally; None for an account that manages no organisation."""
        try:
            return _call(self._iam, "list_organizations_features").get("EnabledFeatures", [])
        except AwsError as error:
            if error.code in ("ServiceAccessNotEnabledException", "OrganizationNotInAllFeaturesModeException"):
                return []
            if error.code in ("AccountNotManagementOrDelegatedAdministratorException", "OrganizationNotFoundException"):
                return None
            raise

    def list_organizations_features_of_manager(self, account: Account) -> list[str] | None:
        """What the account manages centrally that has root sessions of this one; None for the same one, or none."""
        manager = self._manager()
        if manager is None or manager.get_caller_identity().id == account.id:
            return None
        return manager.list_organizations_features()

    def describe_organization(self) -> dict[str, Any] | None:
        """The organisation that the account is in; None for one that is in none."""
        try:
            return _call(self._organizations, "describe_organization")["Organization"]
        except AwsError as error:
            if error.code != "AWSOrganizationsNotInUseException":
                raise
            return None

    def list_access_keys(self, name: str | None) -> list[dict[str, Any]]:
        return _list(self._iam, "list_access_keys", "AccessKeyMetadata", **_of_user(name))

    def list_account_aliases(self) -> list[str]:
        return _list(self._iam, "list_account_aliases", "AccountAliases")

    def list_attached_user_policies(self, name: str) -> list[dict[str, Any]]:
        return _list(self._iam, "list_attached_user_policies", "AttachedPolicies", UserName=name)

    def list_signing_certificates(self, name: str | None) -> list[dict[str, Any]]:
        return _list(self._iam, "list_signing_certificates", "Certificates", **_of_user(name))

    def list_ssh_public_keys(self, name: str) -> list[dict[str, Any]]:
        return _list(self._iam, "list_ssh_public_keys", "SSHPublicKeys", UserName=name)

    def list_service_specific_credentials(self, name: str) -> list[dict[str, Any]]:
        return _get(self._iam, "list_service_specific_credentials", "ServiceSpecificCredentials", UserName=name) or []

    def list_groups_for_user(self, name: str) -> list[dict[str, Any]]:
        return _list(self._iam, "list_groups_for_user", "Groups", UserName=name)

    def list_attached_group_policies(self, group: str) -> list[dict[str, Any]]:
        return _list(self._iam, "list_attached_group_policies", "AttachedPolicies", GroupName=group)

    def list_mfa_devices(self, name: str | None) -> list[dict[str, Any]]:
        return _list(self._iam, "list_mfa_devices", "MFADevices", **_of_user(name))

    def list_virtual_mfa_devices(self) -> list[dict[str, Any]]:
        return _list(self._iam, "list_virtual_mfa_devices", "VirtualMFADevices")

    def get_credential_report(self) -> tuple[bytes, datetime]:
        """AWS's report, and when it was made; made now, if there is none of the last four hours."""
        for delay in (*_REPORT_TAKES, None):
            if _call(self._iam, "generate_credential_report")["State"] == "COMPLETE":
                break
            if delay is None:
                raise AwsError("GenerateCredentialReport", "ReportInProgress", "AWS takes longer than usual.")
            sleep(delay)
        answer = _call(self._iam, "get_credential_report")
        return answer["Content"], answer["GeneratedTime"]

    def get_access_key_last_used(self, key_id: str) -> dict[str, Any]:
        return _call(self._iam, "get_access_key_last_used", AccessKeyId=key_id)["AccessKeyLastUsed"]

    def list_server_certificates(self) -> list[dict[str, Any]]:
        return _list(self._iam, "list_server_certificates", "ServerCertificateMetadataList")

    def get_security_contact(self) -> dict[str, Any]:
        """The alternate contact for security, empty where there is none."""
        try:
            account = self._of("account", self.region)
            return _call(account, "get_alternate_contact", AlternateContactType="SECURITY")["AlternateContact"]
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise
            return {}

    def lookup_events(self, region: str, name: str) -> tuple[list[dict[str, Any]], bool]:
        """CloudTrail's events of this name in a region, the last first, and whether there are more than these."""
        only = [{"AttributeKey": "EventName", "AttributeValue": name}]
        found = _pages(
            self._of("cloudtrail", region),
            "lookup_events",
            LookupAttributes=only,
            PaginationConfig={"MaxItems": _MOST_EVENTS},
        )
        return found.get("Events", []), "NextToken" in found

    def get_session_token(self, **parameters: Any) -> dict[str, Any]:
        """Temporary credentials, with MFA; it changes nothing but that the code is used up."""
        return _call(self._sts, "get_session_token", **parameters)["Credentials"]

    def list_aws_service_access_for_organization(self) -> list[dict[str, Any]]:
        """The services that the organisation trusts."""
        return _list(self._organizations, "list_aws_service_access_for_organization", "EnabledServicePrincipals")

    def list_delegated_administrators(self, **parameters: Any) -> list[dict[str, Any]]:
        return _list(self._organizations, "list_delegated_administrators", "DelegatedAdministrators", **parameters)

    @property
    def _organizations(self) -> Any:
        return self._of("organizations", self.region)

    # Writes: parameters and answers are AWS's own

    def enable_aws_service_access(self, **parameters: Any) -> None:
        _call(self._organizations, "enable_aws_service_access", **parameters)

    def disable_aws_service_access(self, **parameters: Any) -> None:
        _call(self._organizations, "disable_aws_service_access", **parameters)

    def register_delegated_administrator(self, **parameters: Any) -> None:
        _call(self._organizations, "register_delegated_administrator", **parameters)

    def deregister_delegated_administrator(self, **parameters: Any) -> None:
        _call(self._organizations, "deregister_delegated_administrator", **parameters)

    def enable_organizations_root_credentials_management(self) -> None:
        _call(self._iam, "enable_organizations_root_credentials_management")

    def disable_organizations_root_credentials_management(self) -> None:
        _call(self._iam, "disable_organizations_root_credentials_management")

    def enable_organizations_root_sessions(self) -> None:
        _call(self._iam, "enable_organizations_root_sessions")

    def disable_organizations_root_sessions(self) -> None:
        _call(self._iam, "disable_organizations_root_sessions")

    def create_user(self, **parameters: Any) -> dict[str, Any]:
        return _call(self._iam, "create_user", **parameters)["User"]

    def update_user(self, **parameters: Any) -> None:
        _call(self._iam, "update_user", **parameters)

    def tag_user(self, **parameters: Any) -> None:
        _call(self._iam, "tag_user", **parameters)

    def untag_user(self, **parameters: Any) -> None:
        _call(self._iam, "untag_user", **parameters)

    def put_user_permissions_boundary(self, **parameters: Any) -> None:
        _call(self._iam, "put_user_permissions_boundary", **parameters)

    def delete_user_permissions_boundary(self, **parameters: Any) -> None:
        _call(self._iam, "delete_user_permissions_boundary", **parameters)

    def attach_user_policy(self, **parameters: Any) -> None:
        _call(self._iam, "attach_user_policy", **parameters)

    def detach_user_policy(self, **parameters: Any) -> None:
        _call(self._iam, "detach_user_policy", **parameters)

    def create_login_profile(self, **parameters: Any) -> None:
        _call(self._iam, "create_login_profile", **parameters)

    def update_login_profile(self, **parameters: Any) -> None:
        _call(self._iam, "update_login_profile", **parameters)

    def delete_login_profile(self, **parameters: Any) -> None:
        _call(self._iam, "delete_login_profile", **parameters)

    def create_access_key(self, **parameters: Any) -> dict[str, Any]:
        """The key, and ANSWER_LOST: where an answer was lost before this one, there is one more key."""
        answer = _call(self._iam, "create_access_key", **parameters)
        return {**answer["AccessKey"], ANSWER_LOST: answer["ResponseMetadata"].get(ANSWER_LOST, False)}

    def delete_access_key(self, **parameters: Any) -> None:
        _call(self._iam, "delete_access_key", **parameters)

    def delete_service_specific_credential(self, **parameters: Any) -> None:
        _call(self._iam, "delete_service_specific_credential", **parameters)

    def delete_ssh_public_key(self, **parameters: Any) -> None:
        _call(self._iam, "delete_ssh_public_key", **parameters)

    def delete_signing_certificate(self, **parameters: Any) -> None:
        _call(self._iam, "delete_signing_certificate", **parameters)

    def create_group(self, **parameters: Any) -> None:
        _call(self._iam, "create_group", **parameters)

    def attach_group_policy(self, **parameters: Any) -> None:
        _call(self._iam, "attach_group_policy", **parameters)

    def put_group_policy(self, **parameters: Any) -> None:
        _call(self._iam, "put_group_policy", **parameters)

    def delete_group_policy(self, **parameters: Any) -> None:
        _call(self._iam, "delete_group_policy", **parameters)

    def add_user_to_group(self, **parameters: Any) -> None:
        _call(self._iam, "add_user_to_group", **parameters)

    def remove_user_from_group(self, **parameters: Any) -> None:
        _call(self._iam, "remove_user_from_group", **parameters)

    def put_user_policy(self, **parameters: Any) -> None:
        _call(self._iam, "put_user_policy", **parameters)

    def delete_user_policy(self, **parameters: Any) -> None:
        _call(self._iam, "delete_user_policy", **parameters)

    def delete_user(self, **parameters: Any) -> None:
        _call(self._iam, "delete_user", **parameters)

    def create_account_alias(self, **parameters: Any) -> None:
        _call(self._iam, "create_account_alias", **parameters)

    def create_virtual_mfa_device(self, **parameters: Any) -> dict[str, Any]:
        """The device, whose seed is one (Base32, RFC 4648): that of an emulator may be none."""
        made: dict[str, Any] = _call(self._iam, "create_virtual_mfa_device", **parameters)["VirtualMFADevice"]
        try:
            b32decode(made["Base32StringSeed"] + b"=" * (-len(made["Base32StringSeed"]) % 8))
        except ValueError as error:
            told = f"{self._iam.meta.endpoint_url} gave a seed that is not Base32, which no authenticator app takes"
            raise AwsError("CreateVirtualMFADevice", "InvalidSeed", told, answer_lost=True) from error
        return made

    def resync_mfa_device(self, **parameters: Any) -> None:
        _call(self._iam, "resync_mfa_device", **parameters)

    def enable_mfa_device(self, **parameters: Any) -> None:
        _call(self._iam, "enable_mfa_device", **parameters)

    def deactivate_mfa_device(self, **parameters: Any) -> None:
        _call(self._iam, "deactivate_mfa_device", **parameters)

    def delete_virtual_mfa_device(self, **parameters: Any) -> None:
        _call(self._iam, "delete_virtual_mfa_device", **parameters)


def together(*reads: Callable[[], Any]) -> list[Any]:
    """Make independent reads at the same time and return their answers in the order given.

    Raises what the first failing read (in the order given) raised, and whatever interrupts it, without waiting for the
    others: a task has a `timeout`.
    """
    threads = min(len(reads), _AT_ONCE.get())
    if threads <= 1:
        return [read() for read in reads]
    pool = ThreadPoolExecutor(threads)
    try:
        return [future.result() for future in [pool.submit(copy_context().run, read) for read in reads]]
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


@contextmanager
def at_once(most: int) -> Iterator[None]:
    """Have reads that are made together be this many at a time, where many accounts are read at once already."""
    token = _AT_ONCE.set(most)
    try:
        yield
    finally:
        _AT_ONCE.reset(token)


class Once:
    """Makes each thing once, whichever thread asks first; the others wait for it, and get what that one raised, too."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._made: dict[Any, Future[Any]] = {}

    def __call__(self, key: Any, make: Callable[[], Any]) -> Any:
        """Return what `make` returned, or raise what it raised, when this key was asked for first."""
        with self._lock:
            is_first = key not in self._made
            future = self._made.setdefault(key, Future())
        if is_first:
            try:
                future.set_result(make())
            except BaseException as error:  # noqa: BLE001 it is raised below
                future.set_exception(error)
        return future.result()


def _of_user(name: str | None) -> dict[str, str]:
    return {} if name is None else {"UserName": name}


def _call(client: Any, method: str, **parameters: Any) -> Any:
    with calling(client, method):
        return getattr(client, method)(**parameters)


def _get(client: Any, method: str, key: str, **parameters: Any) -> Any:
    try:
        return _call(client, method, **parameters)[key]
    except AwsError as error:
        if error.code != "NoSuchEntity":
            raise
        return None


def _list(client: Any, method: str, key: str, **parameters: Any) -> list[Any]:
    try:
        return _pages(client, method, **parameters).get(key, [])
    except AwsError as error:
        if error.code != "NoSuchEntity":
            raise
        return []


def _pages(client: Any, method: str, **parameters: Any) -> dict[str, Any]:
    with calling(client, method):
        return client.get_paginator(method).paginate(**parameters).build_full_result()
