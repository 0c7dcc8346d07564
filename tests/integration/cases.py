# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a case of a module is, how it is held to its word, and what can be there before."""

from __future__ import annotations

import importlib
import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pyotp
import yaml
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.integration.conftest import TestAccount
from tests.local_aws.calls import READS

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
DENY_WITHOUT_MFA = {
    "Effect": "Deny",
    "NotAction": "sts:GetSessionToken",
    "Resource": "*",
    "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}},
}
EVERYTHING = {"Effect": "Allow", "Action": "*", "Resource": "*"}
DENIED = {"Effect": "Deny", "Action": "*", "Resource": "*"}
WITH_MFA = {**EVERYTHING, "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}
REQUIRE_MFA = "landing_zone.aws_admin-require-mfa"
PASSWORD = "Correct-horse-1"
SEED_KEYS = {"seed", "otpauth_uri", "qr_code_png"}
# What any task can return (Ansible: Return Values)
BY_ANSIBLE = {"changed", "diff", "exception", "failed", "failed_when_result", "invocation", "msg", "warnings"}
ONLY_AWS_KNOWS = {"user_id", "create_date"}

Given = Callable[[TestAccount], object]
Run = Callable[..., dict[str, Any]]


def at_once(*works: Callable[[], Any]) -> None:
    """Do all at the same time."""
    threads = [threading.Thread(target=work) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@dataclass(frozen=True)
class Case:
    """One task: its options, what is there before, and what comes of it.

    In options and expectations ACCOUNT stands for the account's id, and a function for what it returns when it is
    called with the account. `writes` are all the calls that change AWS, in their order, one that is refused included.
    `result` is a part of what the task returns, `leaves` a part of what `state` sees afterwards, and `again` what a
    second run writes. `error` is a regular expression; check mode fails with the same words, unless only a real run
    can tell (not `foreseen`). What AWS may only not know yet is asked for in several `attempts`.
    """

    id: str
    options: Mapping[str, Any] = field(default_factory=dict)
    given: tuple[Given, ...] = ()
    writes: tuple[str, ...] = ()
    result: Mapping[str, Any] = field(default_factory=dict)
    leaves: Mapping[str, Any] = field(default_factory=dict)
    again: tuple[str, ...] = ()
    error: str | None = None
    attempts: int = 1
    foreseen: bool | str = True


@dataclass(frozen=True)
class Trial:
    """A case in an account: the task that `run` runs, however it does it."""

    account: TestAccount
    module: str
    case: Case
    run: Run
    state: Callable[[TestAccount], Mapping[str, Any]]

    def hold(self, **options: Any) -> None:
        """Run the case in check mode, for real, and again; `options` are those that every case has."""
        account, case = self.account, self.case
        for step in case.given:
            step(account)
        options = fill({**options, **case.options}, account)
        before = self.state(account)

        forecast, writes = self._task(options, check_mode=True)
        assert writes == []
        real, writes = self._task(options)
        assert writes == [*case.writes, *case.writes[-1:] * (case.attempts - 1)], (writes, real.get("msg"))
        assert contains(self.state(account), fill(case.leaves, account))
        if case.error:
            self._assert_failure(forecast, real)
            if len(case.writes) <= 1:
                assert self.state(account) == before
            return

        assert forecast["changed"] is real["changed"] is bool(case.writes)
        assert forecast["diff"] == real["diff"]
        assert (real["diff"]["before"] != real["diff"]["after"]) is real["changed"]
        assert without(forecast, ONLY_AWS_KNOWS | SEED_KEYS) == without(real, ONLY_AWS_KNOWS | SEED_KEYS)
        assert contains(real, fill(case.result, account))
        assert real["account_id"] == account.id
        if case.writes:
            second, writes = self._task(options)
            assert writes == list(case.again)
            assert second["changed"] is bool(case.again)
            seen, foretold = as_seen(second["diff"]["before"]), as_seen(real["diff"]["after"])
            assert seen == foretold, (seen, foretold)

    def _task(self, options: Mapping[str, Any], check_mode: bool = False) -> tuple[dict[str, Any], list[str]]:
        seeds, start = seeds_of(self.account), len(self.account.calls)
        result = self.run(self.module, check_mode=check_mode, **options)
        writes = [call for call in self.account.calls[start:] if not call.startswith(READS)]
        seeds |= seeds_of(self.account)
        created = "CreateVirtualMFADevice" in writes
        assert SEED_KEYS & set(result) == (SEED_KEYS if created else set())
        secrets = {*seeds, *map(str, options.get("codes", [])), options.get("password")} - {None, ""}
        assert {*result} <= returned_by(self.module) | BY_ANSIBLE
        printed = json.dumps({key: value for key, value in result.items() if key not in SEED_KEYS})
        assert [secret for secret in secrets if secret in printed] == []
        return result, writes

    def _assert_failure(self, forecast: Mapping[str, Any], real: Mapping[str, Any]) -> None:
        assert self.case.error is not None
        assert real["failed"] is True
        assert_is_a_sentence(real["msg"])
        assert re.search(fill(self.case.error, self.account), real["msg"]), real["msg"]
        assert real["changed"] is (len(self.case.writes) > 1)
        if isinstance(self.case.foreseen, str):
            assert (forecast["failed"], forecast["msg"]) == (True, fill(self.case.foreseen, self.account))
        elif self.case.foreseen:
            assert (forecast["failed"], forecast["msg"]) == (True, real["msg"])
        else:
            assert forecast["changed"] is True
            assert "failed" not in forecast


@cache
def returned_by(module: str) -> frozenset[str]:
    """Return the keys that a module documents."""
    documentation = importlib.import_module(f"ansible_collections.landing_zone.aws_admin.plugins.modules.{module}")
    return frozenset(yaml.safe_load(documentation.RETURN))


def assert_is_a_sentence(message: str) -> None:
    """Refuse a message that is more than a line, or that somebody has to be a programmer to read."""
    assert message.endswith(".")
    assert "\n" not in message
    assert len(message) < 400
    assert not re.search(r"Traceback|Exception|File \"| object at 0x", message)


def fill(value: Any, account: TestAccount) -> Any:
    """Put what is known of the account into options or expectations."""
    if callable(value):
        return value(account)
    if isinstance(value, str):
        return value.replace("ACCOUNT", account.id)
    if isinstance(value, Mapping):
        return {fill(key, account): fill(item, account) for key, item in value.items()}
    if isinstance(value, list):
        return [fill(item, account) for item in value]
    return value


def contains(whole: Any, part: Any) -> bool:
    """Say whether `whole` has all that `part` names, at any depth; a list is compared as a whole."""
    if isinstance(whole, Mapping) and isinstance(part, Mapping):
        for key, item in part.items():
            assert key in whole
            assert contains(whole[key], item)
        return True
    assert whole == part
    return True


def without(value: Any, keys: set[str]) -> Any:
    """Leave out keys, at any depth."""
    if isinstance(value, Mapping):
        return {key: without(item, keys) for key, item in value.items() if key not in keys}
    return value


def as_seen(side: Mapping[str, Any]) -> Any:
    """Leave out of one side of a diff what a forecast cannot know, and what is true of the run that did it only."""
    return without(side, ONLY_AWS_KNOWS | {"set", "seed"})


def seeds_of(account: TestAccount) -> set[str]:
    """Return the seeds of all its MFA devices."""
    return {device.base32_string_seed for device in account.backend.virtual_mfa_devices.values()}


# What can be there before


def user(name: str = "iamadmin", **parameters: Any) -> Given:
    """An IAM user."""
    return lambda account: account.iam.create_user(UserName=name, **fill(parameters, account))


def attached(*arns: str, name: str = "iamadmin") -> Given:
    """Managed policies that are attached to a user."""
    return lambda account: [account.iam.attach_user_policy(UserName=name, PolicyArn=fill(arn, account)) for arn in arns]


def own_policy(name: str, path: str = "/", statement: Mapping[str, Any] | None = None) -> Given:
    """A managed policy that the account has for itself, which denies everything by default."""
    document = {"Version": "2012-10-17", "Statement": [statement or DENIED]}
    return lambda account: account.iam.create_policy(PolicyName=name, Path=path, PolicyDocument=json.dumps(document))


def password(text: str = "Old-password-1", reset: bool = False) -> Given:
    """The administrator's console password."""
    return lambda account: account.iam.create_login_profile(
        UserName="iamadmin", Password=text, PasswordResetRequired=reset
    )


def device(name: str = "iamadmin", path: str = "/") -> Given:
    """A virtual MFA device that nobody uses yet."""
    return lambda account: account.iam.create_virtual_mfa_device(VirtualMFADeviceName=name, Path=path)


def enabled_device(name: str = "iamadmin", owner: str = "iamadmin", path: str = "/") -> Given:
    """A virtual MFA device that is enabled for a user."""

    def enable(account: TestAccount) -> None:
        made = account.iam.create_virtual_mfa_device(VirtualMFADeviceName=name, Path=path)["VirtualMFADevice"]
        first, following = codes_of(made["Base32StringSeed"].decode())
        account.iam.enable_mfa_device(
            UserName=owner,
            SerialNumber=made["SerialNumber"],
            AuthenticationCode1=first,
            AuthenticationCode2=following,
        )

    return enable


def devices(account: TestAccount) -> dict[str, str | None]:
    """The devices by name, and whose they are."""
    there = account.backend.virtual_mfa_devices.values()
    return {device.serial_number.rpartition("/")[2]: device.user and device.user.name for device in there}


def codes_of(seed: str) -> list[str]:
    """Return the code before, and the one that an authenticator app shows now."""
    now = int(time.time())
    return [pyotp.TOTP(seed).at(now - 30), pyotp.TOTP(seed).at(now)]


def alias(name: str) -> Given:
    """The account's alias, which must be unique in all of AWS."""
    return lambda account: account.iam.create_account_alias(AccountAlias=fill(name, account))


def alias_of_somebody_else(name: str) -> Given:
    """The alias of an account that is none of ours."""
    return lambda account: account.aws.backend("999999999999").create_account_alias(name)


def password_policy(**parameters: Any) -> Given:
    """The account's password policy."""
    return lambda account: account.iam.update_account_password_policy(**parameters)


def root(**there: bool) -> Given:
    """The account's root user."""
    return lambda account: account.aws.set_root(account.id, **there)


def managed(*features: str) -> Given:
    """The management account of an organisation, which has these features of centralised root access."""
    return lambda account: account.aws.manage_organization(account.id, *features)


def inline(statement: Mapping[str, Any], name: str = "iamadmin") -> Given:
    """A policy that is the user's own."""
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return lambda account: account.iam.put_user_policy(
        UserName=name, PolicyName="Inline", PolicyDocument=json.dumps(document)
    )


def administrator_role(principal: Any, condition: Mapping[str, Any] | None = None) -> Given:
    """A role that is an administrator, and whoever may assume it."""
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": principal, "Condition": condition or {}}
    document = {"Version": "2012-10-17", "Statement": [trust]}

    def create(account: TestAccount) -> None:
        said = fill(document, account)
        account.iam.create_role(RoleName="operations", AssumeRolePolicyDocument=json.dumps(said))
        account.iam.attach_role_policy(RoleName="operations", PolicyArn=ADMINISTRATOR)

    return create


def group(arn: str, name: str = "iamadmin") -> Given:
    """A group that has a managed policy, and the user."""

    def join(account: TestAccount) -> None:
        account.iam.create_group(GroupName="administrators")
        account.iam.attach_group_policy(GroupName="administrators", PolicyArn=arn)
        account.iam.add_user_to_group(GroupName="administrators", UserName=name)

    return join


def group_policy(statement: Mapping[str, Any], name: str = "Inline") -> Given:
    """A policy that is the group's own; the group is made where it is missing."""
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})

    def put(account: TestAccount) -> None:
        if "administrators" not in [group.name for group in account.backend.groups.values()]:
            account.iam.create_group(GroupName="administrators")
        account.iam.put_group_policy(GroupName="administrators", PolicyName=name, PolicyDocument=document)

    return put


def access_key(account: TestAccount) -> None:
    """An access key of the administrator."""
    account.iam.create_access_key(UserName="iamadmin")


def boundary(arn: str, name: str = "iamadmin") -> Given:
    """The user's permissions boundary."""
    return lambda account: account.iam.put_user_permissions_boundary(UserName=name, PermissionsBoundary=arn)


def _user_of(account: TestAccount) -> Any:
    return account.backend.get_user("iamadmin")


def old_access_key(ago: int) -> Given:
    """An access key of the administrator that was made so many days ago, and not used since."""

    def create(account: TestAccount) -> None:
        account.iam.create_access_key(UserName="iamadmin")
        (key,) = _user_of(account).access_keys
        key.create_date = datetime.now(UTC) - timedelta(days=ago)

    return create


def password_to_change(ago: int) -> Given:
    """An initial password that was set so many days ago."""

    def update(account: TestAccount) -> None:
        account.iam.update_login_profile(UserName="iamadmin", Password="Old-password-1", PasswordResetRequired=True)
        _user_of(account).login_profile_create_date = datetime.now(UTC) - timedelta(days=ago)

    return update


def signed_in(mfa: bool = True, **how: Any) -> Given:
    """A sign-in of the administrator to the console."""

    def sign_in(account: TestAccount) -> None:
        serial_number = f"arn:aws:iam::{account.id}:mfa/iamadmin" if mfa else None
        account.aws.sign_in(account.id, "iamadmin", serial_number, **how)

    return sign_in


def detached(account: TestAccount) -> None:
    """The administrator's own policy is gone."""
    account.iam.detach_user_policy(UserName="iamadmin", PolicyArn=ADMINISTRATOR)


def security_contact(account: TestAccount) -> None:
    """An alternate security contact of the account."""
    account.client("account").put_alternate_contact(
        AlternateContactType="SECURITY", EmailAddress="void@example.com", Name="Void", PhoneNumber="0", Title="Void"
    )


def other_password(account: TestAccount) -> None:
    """A console password of somebody else."""
    account.iam.create_login_profile(UserName="somebody", Password="Old-password-1")


def require_mfa_policy(statement: Mapping[str, Any]) -> Given:
    """Our policy, as somebody may have changed it, that lets the administrator do nothing without MFA."""
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return lambda account: account.iam.put_user_policy(
        UserName="iamadmin", PolicyName=REQUIRE_MFA, PolicyDocument=json.dumps(document)
    )


def other_administrator(account: TestAccount) -> None:
    """Somebody else who is an administrator, and can sign in."""
    for step in (user("somebody"), attached(ADMINISTRATOR, name="somebody"), other_password):
        step(account)
    enabled_device("safe", owner="somebody")(account)


def called_by(account: TestAccount, folder: Path, role: bool = False) -> TestAccount:
    """Return the account as the administrator calls it, with an access key, or with a role that the key has assumed."""
    key = account.iam.create_access_key(UserName="iamadmin")["AccessKey"]
    keys = f"aws_access_key_id = {key['AccessKeyId']}\naws_secret_access_key = {key['SecretAccessKey']}"
    config = folder / "config-of-the-administrator"
    assumes = f"role_arn = arn:aws:iam::{account.id}:role/Local\nsource_profile = iamadmin"
    config.write_text(f"[profile iamadmin]\n{keys}\n[profile general]\n{assumes if role else keys}\n")
    return replace(account, environment={**account.environment, "AWS_CONFIG_FILE": str(config)})


def other_credentials(account: TestAccount) -> None:
    """All that the administrator can have besides a password and access keys."""
    account.iam.create_service_specific_credential(UserName="iamadmin", ServiceName="codecommit.amazonaws.com")
    account.iam.upload_ssh_public_key(UserName="iamadmin", SSHPublicKeyBody="ssh-rsa AAAA")
    account.iam.upload_signing_certificate(UserName="iamadmin", CertificateBody=_certificate())


def _certificate() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "iamadmin")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(today)
        .not_valid_after(today + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return made.public_bytes(serialization.Encoding.PEM).decode()
