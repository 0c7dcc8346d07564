# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The local AWS refuses what AWS refuses, shows what AWS shows, and can be run on its own."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
import pyotp
import pytest
import urllib3
from botocore.exceptions import ClientError
from PIL import Image

from tests.integration.cases import (
    ADMINISTRATOR,
    PASSWORD,
    Given,
    alias,
    attached,
    device,
    enabled_device,
    fill,
    own_policy,
    password,
    user,
)
from tests.integration.conftest import TestAccount, open_accounts
from tests.local_aws.calls import Call, RefusedError
from tests.local_aws.server import LocalAws
from tests.operator import PROJECT, clean_environment, read_qr_code

SERIAL = "arn:aws:iam::ACCOUNT:mfa/iamadmin"


def refusal(call: Callable[..., Any], **parameters: Any) -> str:
    """Return the error code by which AWS refuses a call."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    return caught.value.response["Error"]["Code"]


def call(account: TestAccount, method: str, **parameters: Any) -> Callable[[], Any]:
    """Return a call that is still to be made; ACCOUNT in its parameters stands for the account's id."""
    return lambda: getattr(account.iam, method)(**fill(parameters, account))


# What is there twice, in use, or missing


def access_key(account: TestAccount) -> None:
    """The administrator's access key."""
    account.iam.create_access_key(UserName="iamadmin")


def group(account: TestAccount) -> None:
    """A group that the administrator is in."""
    account.iam.create_group(GroupName="administrators")
    account.iam.add_user_to_group(GroupName="administrators", UserName="iamadmin")


@pytest.mark.parametrize(
    "held",
    [
        pytest.param(attached(ADMINISTRATOR), id="a policy that is attached"),
        pytest.param(password(), id="a console password"),
        pytest.param(access_key, id="an access key"),
        pytest.param(enabled_device(), id="an MFA device"),
        pytest.param(group, id="a group"),
    ],
)
def test_a_user_who_still_has_something_is_not_deleted(account: TestAccount, held: Given) -> None:
    user()(account)
    held(account)
    assert refusal(account.iam.delete_user, UserName="iamadmin") == "DeleteConflict"
    assert account.iam.get_user(UserName="iamadmin")


def test_a_user_who_has_nothing_is_deleted(account: TestAccount) -> None:
    user()(account)
    account.iam.delete_user(UserName="iamadmin")
    assert account.iam.list_users()["Users"] == []


@pytest.mark.parametrize(
    ("given", "made_again"),
    [
        pytest.param([user()], user(), id="a user"),
        pytest.param([user("IamAdmin")], user("iamadmin"), id="a user in other letters"),
        pytest.param([user(Path="/x/")], user(Path="/y/"), id="a user with another path"),
        pytest.param([user(), password()], password("Another-1-password"), id="a console password"),
        pytest.param([device()], device(), id="a device"),
        pytest.param([device("IamAdmin")], device("iamadmin"), id="a device in other letters"),
    ],
)
def test_what_is_there_already_is_not_made_again(account: TestAccount, given: list[Given], made_again: Given) -> None:
    for step in given:
        step(account)
    assert refusal(lambda: made_again(account)) == "EntityAlreadyExists"


def test_a_device_of_another_path_is_another_device(account: TestAccount) -> None:
    for path in ("/", "/x/"):
        device(path=path)(account)
    assert len(account.iam.list_virtual_mfa_devices()["VirtualMFADevices"]) == 2


@pytest.mark.parametrize("owner", ["iamadmin", "somebody"])
def test_a_device_in_use_is_neither_enabled_again_nor_deleted(account: TestAccount, owner: str) -> None:
    for step in (user(), user("somebody"), enabled_device(owner=owner)):
        step(account)
    serial_number = fill(SERIAL, account)
    assert refusal(enable, account=account, steps=(1, 2)) == "EntityAlreadyExists"
    assert refusal(account.iam.delete_virtual_mfa_device, SerialNumber=serial_number) == "DeleteConflict"
    (listed,) = account.iam.list_virtual_mfa_devices()["VirtualMFADevices"]
    assert listed["User"]["UserName"] == owner

    account.iam.deactivate_mfa_device(UserName=owner, SerialNumber=serial_number)
    account.iam.delete_virtual_mfa_device(SerialNumber=serial_number)
    assert account.iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []


def test_a_device_is_deactivated_only_for_the_user_who_has_it(account: TestAccount) -> None:
    for step in (user(), user("somebody"), enabled_device(owner="somebody")):
        step(account)
    deactivate = call(account, "deactivate_mfa_device", UserName="iamadmin", SerialNumber=SERIAL)
    assert refusal(deactivate) == "NoSuchEntity"
    assert len(account.iam.list_mfa_devices(UserName="somebody")["MFADevices"]) == 1


def test_a_user_has_eight_devices_at_most(account: TestAccount) -> None:
    user()(account)
    for number in range(8):
        enabled_device(f"device-{number}")(account)
    assert refusal(lambda: enabled_device("device-8")(account)) == "LimitExceeded"


@pytest.mark.parametrize("holder", ["user", "group"])
def test_a_user_and_a_group_have_ten_managed_policies_at_most(account: TestAccount, holder: str) -> None:
    user()(account)
    account.iam.create_group(GroupName="iamadmin")
    for number in range(11):
        own_policy(f"Own{number}")(account)
    arns = [f"arn:aws:iam::{account.id}:policy/Own{number}" for number in range(11)]
    name = {f"{holder.capitalize()}Name": "iamadmin"}
    attach = partial(getattr(account.iam, f"attach_{holder}_policy"), **name)
    for arn in arns[:10]:
        attach(PolicyArn=arn)
    attach(PolicyArn=arns[0])  # which it has
    assert refusal(lambda: attach(PolicyArn=arns[10])) == "LimitExceeded"
    getattr(account.iam, f"detach_{holder}_policy")(PolicyArn=arns[0], **name)
    attach(PolicyArn=arns[10])


NO_POLICY = "arn:aws:iam::ACCOUNT:policy/Nope"


@pytest.mark.parametrize(
    ("method", "parameters"),
    [
        ("get_user", {"UserName": "nobody"}),
        ("update_user", {"UserName": "nobody", "NewPath": "/x/"}),
        ("tag_user", {"UserName": "nobody", "Tags": [{"Key": "owner", "Value": "ops"}]}),
        ("list_attached_user_policies", {"UserName": "nobody"}),
        ("list_mfa_devices", {"UserName": "nobody"}),
        ("get_policy", {"PolicyArn": NO_POLICY}),
        ("attach_user_policy", {"UserName": "iamadmin", "PolicyArn": NO_POLICY}),
        ("detach_user_policy", {"UserName": "iamadmin", "PolicyArn": ADMINISTRATOR}),
        ("put_user_permissions_boundary", {"UserName": "iamadmin", "PermissionsBoundary": NO_POLICY}),
        ("create_login_profile", {"UserName": "nobody", "Password": PASSWORD}),
        ("get_login_profile", {"UserName": "iamadmin"}),
        ("update_login_profile", {"UserName": "iamadmin", "Password": PASSWORD}),
        ("delete_login_profile", {"UserName": "iamadmin"}),
        ("deactivate_mfa_device", {"UserName": "iamadmin", "SerialNumber": SERIAL}),
        ("delete_virtual_mfa_device", {"SerialNumber": SERIAL}),
    ],
)
def test_what_is_missing_is_no_such_entity(account: TestAccount, method: str, parameters: dict[str, Any]) -> None:
    user()(account)
    assert refusal(call(account, method, **parameters)) == "NoSuchEntity"


@pytest.mark.parametrize(
    ("method", "parameters", "code"),
    [
        ("attach_user_policy", {"UserName": "iamadmin", "PolicyArn": "x" * 20}, "ValidationError"),
        ("put_user_permissions_boundary", {"UserName": "iamadmin", "PermissionsBoundary": "x" * 20}, "InvalidInput"),
        (
            "tag_user",
            {"UserName": "iamadmin", "Tags": [{"Key": "team", "Value": "a"}, {"Key": "Team", "Value": "b"}]},
            "InvalidInput",
        ),
        ("get_access_key_last_used", {"AccessKeyId": "AKIAVOIDVOIDVOIDVOID"}, "AccessDenied"),
    ],
)
def test_what_makes_no_sense_is_refused_as_aws_does(
    account: TestAccount, method: str, parameters: dict[str, Any], code: str
) -> None:
    user()(account)
    assert refusal(call(account, method, **parameters)) == code


def test_several_things_that_make_no_sense_are_refused_at_once(account: TestAccount) -> None:
    with pytest.raises(ClientError, match=r"2 validation errors detected: .*userName.*; .*path"):
        account.iam.create_user(UserName="IAM Admin", Path="nope")


@pytest.mark.parametrize("method", ["get_user", "list_mfa_devices", "list_access_keys"])
def test_a_role_is_no_user_who_could_be_meant(account: TestAccount, method: str) -> None:
    of_aws = {"endpoint_url": account.aws.url, "region_name": "us-east-1"}
    root = {"aws_access_key_id": account.aws.open_account(account.id), "aws_secret_access_key": "void"}
    role = {"RoleArn": f"arn:aws:iam::{account.id}:role/Any", "RoleSessionName": "session"}
    made = boto3.client("sts", **of_aws, **root).assume_role(**role)["Credentials"]
    keys = {"aws_access_key_id": made["AccessKeyId"], "aws_secret_access_key": made["SecretAccessKey"]}
    iam = boto3.client("iam", **of_aws, **keys, aws_session_token=made["SessionToken"])
    with pytest.raises(ClientError, match="Must specify userName when calling with non-User credentials"):
        getattr(iam, method)()


def test_only_a_passkey_is_told_by_itself(account: TestAccount) -> None:
    user()(account)
    enabled_device()(account)
    assert refusal(call(account, "get_mfa_device", UserName="iamadmin", SerialNumber=SERIAL)) == "NoSuchEntity"


def test_who_is_no_member_is_removed_from_a_group_all_the_same(account: TestAccount) -> None:
    user()(account)
    account.iam.create_group(GroupName="group")
    account.iam.remove_user_from_group(GroupName="group", UserName="iamadmin")
    with pytest.raises(ClientError, match="The user with name nobody cannot be found"):
        account.iam.remove_user_from_group(GroupName="nowhere", UserName="nobody")


def test_a_password_policy_has_what_is_set_alone(account: TestAccount) -> None:
    account.iam.update_account_password_policy(MinimumPasswordLength=14)
    policy = account.iam.get_account_password_policy()["PasswordPolicy"]
    assert policy["MinimumPasswordLength"] == 14
    assert not {"MaxPasswordAge", "PasswordReusePrevention", "HardExpiry"} & policy.keys()
    account.iam.update_account_password_policy(MaxPasswordAge=90, PasswordReusePrevention=24)
    policy = account.iam.get_account_password_policy()["PasswordPolicy"]
    assert (policy["MaxPasswordAge"], policy["PasswordReusePrevention"]) == (90, 24)


def test_a_user_is_not_made_with_a_boundary_that_does_not_exist(account: TestAccount) -> None:
    assert refusal(lambda: user(PermissionsBoundary=NO_POLICY)(account)) == "NoSuchEntity"
    assert account.iam.list_users()["Users"] == []


# Names, paths, and what they lead to


@pytest.mark.parametrize("name", ["a", "A1+=,.@_-z", "n" * 64])
def test_a_name_of_letters_digits_and_a_few_signs_is_accepted(account: TestAccount, name: str) -> None:
    user(name)(account)
    device(name)(account)
    assert account.iam.get_user(UserName=name)["User"]["Arn"] == f"arn:aws:iam::{account.id}:user/{name}"
    (listed,) = account.iam.list_virtual_mfa_devices()["VirtualMFADevices"]
    assert listed["SerialNumber"] == f"arn:aws:iam::{account.id}:mfa/{name}"


@pytest.mark.parametrize("name", ["IAM Admin", "admin/x", "admin:x", "Jürgen", "n" * 227])
def test_any_other_name_is_refused(account: TestAccount, name: str) -> None:
    assert refusal(lambda: user(name)(account)) == "ValidationError"
    assert refusal(lambda: device(name)(account)) == "ValidationError"


def test_a_user_has_a_shorter_name_than_a_device(account: TestAccount) -> None:
    device("n" * 65)(account)
    assert refusal(lambda: user("n" * 65)(account)) == "ValidationError"


@pytest.mark.parametrize("path", ["/", "/a/", "/a//b/", "/" + "p" * 510 + "/"])
def test_a_path_between_slashes_is_accepted(account: TestAccount, path: str) -> None:
    user("made", Path=path)(account)
    user("moved", Path="/before/")(account)
    account.iam.update_user(UserName="moved", NewPath=path)
    device(path=path)(account)
    assert {there["Path"] for there in account.iam.list_users()["Users"]} == {path}
    (listed,) = account.iam.list_virtual_mfa_devices()["VirtualMFADevices"]
    assert listed["SerialNumber"] == f"arn:aws:iam::{account.id}:mfa{path}iamadmin"


@pytest.mark.parametrize("path", ["/nope", "nope/", "nope", "//x", "/with space/", "/" + "p" * 511 + "/"])
def test_any_other_path_is_refused(account: TestAccount, path: str) -> None:
    user("moved", Path="/before/")(account)
    assert refusal(lambda: user("made", Path=path)(account)) == "ValidationError"
    assert refusal(account.iam.update_user, UserName="moved", NewPath=path) == "ValidationError"
    assert refusal(lambda: device(path=path)(account)) == "ValidationError"


def test_a_user_who_moves_keeps_everything(account: TestAccount) -> None:
    user(Path="/x/", PermissionsBoundary=ADMINISTRATOR, Tags=[{"Key": "owner", "Value": "ops"}])(account)
    for step in (attached(ADMINISTRATOR), enabled_device(), password()):
        step(account)
    before = account.iam.get_user(UserName="iamadmin")["User"]
    account.iam.update_user(UserName="iamadmin", NewPath="/y/")
    after = account.iam.get_user(UserName="iamadmin")["User"]
    assert after == {**before, "Path": "/y/", "Arn": f"arn:aws:iam::{account.id}:user/y/iamadmin"}
    assert before["PermissionsBoundary"]["PermissionsBoundaryArn"] == ADMINISTRATOR
    assert before["Tags"] == [{"Key": "owner", "Value": "ops"}]
    (policy,) = account.iam.list_attached_user_policies(UserName="iamadmin")["AttachedPolicies"]
    assert policy["PolicyArn"] == ADMINISTRATOR
    assert len(account.iam.list_mfa_devices(UserName="iamadmin")["MFADevices"]) == 1
    assert account.iam.get_login_profile(UserName="iamadmin")["LoginProfile"]["UserName"] == "iamadmin"


def test_a_tag_that_was_removed_does_not_come_back_with_the_path_it_was_made_at(account: TestAccount) -> None:
    user(Path="/x/", Tags=[{"Key": "owner", "Value": "ops"}])(account)
    account.iam.update_user(UserName="iamadmin", NewPath="/y/")
    account.iam.untag_user(UserName="iamadmin", TagKeys=["owner"])
    account.iam.update_user(UserName="iamadmin", NewPath="/x/")
    assert account.iam.get_user(UserName="iamadmin")["User"].get("Tags", []) == []


def test_the_policies_of_aws_and_those_of_the_account_are_found_by_arn(account: TestAccount) -> None:
    own_policy("Own", "/team/")(account)
    for arn in (ADMINISTRATOR, f"arn:aws:iam::{account.id}:policy/team/Own"):
        assert account.iam.get_policy(PolicyArn=arn)["Policy"]["Arn"] == arn


@pytest.mark.parametrize(("region", "partition"), [("cn-north-1", "aws-cn"), ("eusc-de-east-1", "aws-eusc")])
def test_a_partition_has_policies_of_its_own(account: TestAccount, region: str, partition: str) -> None:
    keys = {"aws_access_key_id": f"AKIALOCL{account.id}", "aws_secret_access_key": "any"}
    iam = boto3.client("iam", region_name=region, endpoint_url=account.aws.url, **keys)
    arn = f"arn:{partition}:iam::aws:policy/AdministratorAccess"
    assert iam.get_policy(PolicyArn=arn)["Policy"]["Arn"] == arn
    with pytest.raises(iam.exceptions.NoSuchEntityException):
        iam.get_policy(PolicyArn=ADMINISTRATOR)


# Codes


def enable(account: TestAccount, steps: tuple[int, int], user_name: str = "iamadmin") -> None:
    """Enable the account's one device with its codes of two steps, counted from now."""
    first, following = codes(account, steps)
    account.iam.enable_mfa_device(
        UserName=user_name,
        SerialNumber=fill(SERIAL, account),
        AuthenticationCode1=first,
        AuthenticationCode2=following,
    )


def resync(account: TestAccount, steps: tuple[int, int]) -> None:
    """Synchronise the administrator's device with its codes of two steps, counted from now."""
    first, following = codes(account, steps)
    account.iam.resync_mfa_device(
        UserName="iamadmin",
        SerialNumber=fill(SERIAL, account),
        AuthenticationCode1=first,
        AuthenticationCode2=following,
    )


def codes(account: TestAccount, steps: tuple[int, int]) -> list[str]:
    """Return what an authenticator app shows for the account's one device, so many steps from now."""
    (there,) = account.backend.virtual_mfa_devices.values()
    totp, now = pyotp.TOTP(there.base32_string_seed), int(time.time()) // 30
    return [totp.generate_otp(now + step) for step in steps]


@pytest.mark.parametrize("steps", [(-2, -1), (-1, 0), (0, 1)])
def test_two_codes_that_follow_each_other_enable_a_device(account: TestAccount, steps: tuple[int, int]) -> None:
    user()(account)
    device()(account)
    enable(account, steps)
    (listed,) = account.iam.list_mfa_devices(UserName="iamadmin")["MFADevices"]
    assert listed["SerialNumber"] == fill(SERIAL, account)


@pytest.mark.parametrize(
    "steps",
    [
        pytest.param((0, -1), id="the wrong way round"),
        pytest.param((0, 0), id="the same twice"),
        pytest.param((-2, 0), id="one left out"),
        pytest.param((-121, -120), id="an hour old"),
        pytest.param((120, 121), id="an hour ahead"),
    ],
)
def test_any_other_codes_are_refused(account: TestAccount, steps: tuple[int, int]) -> None:
    user()(account)
    device()(account)
    assert refusal(enable, account=account, steps=steps) == "InvalidAuthenticationCode"
    assert account.iam.list_mfa_devices(UserName="iamadmin")["MFADevices"] == []


def test_the_codes_of_another_seed_are_refused(account: TestAccount) -> None:
    user()(account)
    device()(account)
    others = codes(account, (-1, 0))
    account.iam.delete_virtual_mfa_device(SerialNumber=fill(SERIAL, account))
    device()(account)
    wrong = dict(zip(("AuthenticationCode1", "AuthenticationCode2"), others, strict=True))
    enable_wrongly = call(account, "enable_mfa_device", UserName="iamadmin", SerialNumber=SERIAL, **wrong)
    assert refusal(enable_wrongly) == "InvalidAuthenticationCode"


@pytest.mark.parametrize("use", [enable, resync], ids=["to enable the device again", "to synchronise it"])
def test_a_code_is_used_once(account: TestAccount, use: Callable[..., None]) -> None:
    user()(account)
    device()(account)
    enable(account, (-1, 0))
    if use is enable:
        account.iam.deactivate_mfa_device(UserName="iamadmin", SerialNumber=fill(SERIAL, account))
    assert refusal(use, account=account, steps=(-1, 0)) == "InvalidAuthenticationCode"
    use(account, (2, 3))


def test_a_device_that_nobody_uses_is_not_synchronised(account: TestAccount) -> None:
    user()(account)
    device()(account)
    assert refusal(resync, account=account, steps=(-1, 0)) == "NoSuchEntity"


def test_codes_do_not_help_a_user_or_a_device_that_does_not_exist(account: TestAccount) -> None:
    device()(account)
    assert refusal(enable, account=account, steps=(-1, 0), user_name="nobody") == "NoSuchEntity"
    user()(account)
    enable_nothing = call(
        account,
        "enable_mfa_device",
        UserName="iamadmin",
        SerialNumber="arn:aws:iam::ACCOUNT:mfa/nothing",
        AuthenticationCode1="123456",
        AuthenticationCode2="654321",
    )
    assert refusal(enable_nothing) == "NoSuchEntity"


def test_a_seed_is_shown_once_as_text_and_as_a_qr_code(account: TestAccount) -> None:
    user()(account)
    made = account.iam.create_virtual_mfa_device(VirtualMFADeviceName="iamadmin")["VirtualMFADevice"]
    text = read_qr_code(Image.open(io.BytesIO(made["QRCodePNG"])))
    assert pyotp.parse_uri(text).secret == made["Base32StringSeed"].decode()

    for owned, keys in ((False, {"SerialNumber"}), (True, {"SerialNumber", "EnableDate", "User"})):
        if owned:
            enable(account, (-1, 0))
        (listed,) = account.iam.list_virtual_mfa_devices()["VirtualMFADevices"]
        assert set(listed) == keys
    (listed,) = account.iam.list_mfa_devices(UserName="iamadmin")["MFADevices"]
    assert set(listed) == {"UserName", "SerialNumber", "EnableDate"}


def test_devices_are_listed_by_who_has_them_and_in_pages(account: TestAccount) -> None:
    for step in (user(), enabled_device("used"), device("free"), device("lost")):
        step(account)
    names = {}
    for status in ("Any", "Assigned", "Unassigned"):
        pages = account.iam.get_paginator("list_virtual_mfa_devices").paginate(
            AssignmentStatus=status, PaginationConfig={"PageSize": 1}
        )
        serial_numbers = [entry["SerialNumber"] for page in pages for entry in page["VirtualMFADevices"]]
        names[status] = [serial_number.rpartition("/")[2] for serial_number in serial_numbers]
    assert names == {"Any": ["used", "free", "lost"], "Assigned": ["used"], "Unassigned": ["free", "lost"]}


# Passwords and the account


@pytest.mark.parametrize(
    ("policy", "bad"),
    [
        pytest.param({"MinimumPasswordLength": 20}, "Correct-horse-1", id="too short"),
        pytest.param({"RequireUppercaseCharacters": True}, "correct-horse-1", id="no capital"),
        pytest.param({"RequireLowercaseCharacters": True}, "CORRECT-HORSE-1", id="no small letter"),
        pytest.param({"RequireNumbers": True}, "Correct-horse", id="no digit"),
        pytest.param({"RequireSymbols": True}, "Correcthorse1", id="no symbol"),
        pytest.param(None, "Ho-1rse", id="too short for AWS's own policy"),
        pytest.param(None, "correcthorse1", id="too plain for AWS's own policy"),
    ],
)
def test_a_password_must_meet_the_password_policy(
    account: TestAccount, policy: dict[str, Any] | None, bad: str
) -> None:
    if policy:
        account.iam.update_account_password_policy(**policy)
    user()(account)
    assert refusal(lambda: password(bad)(account)) == "PasswordPolicyViolation"
    assert refusal(account.iam.get_login_profile, UserName="iamadmin") == "NoSuchEntity"
    password("Correct-horse-battery-1")(account)
    assert refusal(account.iam.update_login_profile, UserName="iamadmin", Password=bad) == "PasswordPolicyViolation"
    assert account.backend.users["iamadmin"].password == "Correct-horse-battery-1"


def test_a_password_is_never_shown_and_its_date_and_reset_are(account: TestAccount) -> None:
    user()(account)
    made = account.iam.create_login_profile(UserName="iamadmin", Password=PASSWORD, PasswordResetRequired=True)
    shown = account.iam.get_login_profile(UserName="iamadmin")
    assert made["LoginProfile"] == shown["LoginProfile"]
    assert PASSWORD not in str(made) + str(shown)
    account.iam.update_login_profile(UserName="iamadmin", PasswordResetRequired=False)
    again = account.iam.get_login_profile(UserName="iamadmin")["LoginProfile"]
    assert again == {**shown["LoginProfile"], "PasswordResetRequired": False}


def test_an_alias_is_one_accounts_own(account: TestAccount, aws: LocalAws, tmp_path: Path) -> None:
    other = open_accounts(aws, tmp_path, "other")["other"]
    taken = f"taken-{account.id}"
    alias(taken)(other)
    assert refusal(account.iam.create_account_alias, AccountAlias=taken) == "EntityAlreadyExists"
    alias(f"ours-{account.id}")(account)
    alias(f"better-{account.id}")(account)
    assert account.iam.list_account_aliases()["AccountAliases"] == [f"better-{account.id}"]
    assert other.iam.list_account_aliases()["AccountAliases"] == [taken]

    other.iam.delete_account_alias(AccountAlias=taken)
    alias(taken)(account)
    assert account.iam.list_account_aliases()["AccountAliases"] == [taken]


@pytest.mark.parametrize("bad", ["Capital", "-ends", "ends-", "two--hyphens", "under_score", "a" * 64])
def test_an_alias_that_could_not_be_a_host_name_is_refused(account: TestAccount, bad: str) -> None:
    assert refusal(account.iam.create_account_alias, AccountAlias=bad) == "ValidationError"


# What no API can do


@pytest.mark.parametrize(
    ("state", "summary"),
    [
        ("mfa", "AccountMFAEnabled"),
        ("access_keys", "AccountAccessKeysPresent"),
        ("signing_certificates", "AccountSigningCertificatesPresent"),
        ("password", "AccountPasswordPresent"),
    ],
)
@pytest.mark.parametrize("there", [True, False])
def test_the_root_user_is_changed_over_http(account: TestAccount, state: str, summary: str, there: bool) -> None:
    before = account.iam.get_account_summary()["SummaryMap"]
    for value in (not there, there):
        put_root(account, **{state: value})
    after = account.iam.get_account_summary()["SummaryMap"]
    assert after == {**before, summary: int(there)}


def put_root(account: TestAccount, **state: bool) -> None:
    """Say over HTTP what the account's root user has."""
    url = f"{account.aws.url}/local-aws/accounts/{account.id}/root"
    answer = urllib3.request("PUT", url, body=json.dumps(state))
    assert answer.json() == state


def test_every_call_is_told_over_http(account: TestAccount) -> None:
    user()(account)
    refusal(account.iam.get_user, UserName="nobody")
    calls = [told for told in calls_at(account.aws.url) if told["account_id"] == account.id]
    assert [(told["service"], told["action"]) for told in calls] == [("iam", "CreateUser"), ("iam", "GetUser")]
    assert {(told["access_key"], told["region"]) for told in calls} == {(f"AKIALOCL{account.id}", "us-east-1")}
    assert calls[1]["number"] > calls[0]["number"]


def calls_at(url: str) -> list[dict[str, Any]]:
    """Return the log of calls of the local AWS that listens there."""
    return urllib3.request("GET", f"{url}/local-aws/calls", retries=False, timeout=30).json()


def test_a_request_that_was_cut_off_asks_for_nothing(account: TestAccount) -> None:
    signed = f"AWS4-HMAC-SHA256 Credential=AKIALOCL{account.id}/20260102/us-east-1/iam/aws4_request, Signature=0"
    body = "Action=CreateUser&UserName=iamadmin"
    head = f"POST / HTTP/1.1\r\nHost: local\r\nAuthorization: {signed}\r\nContent-Length: {len(body)}\r\n"
    with socket.create_connection(("127.0.0.1", urlsplit(account.aws.url).port or 0), timeout=30) as connection:
        connection.sendall(f"{head}Content-Type: application/x-www-form-urlencoded\r\n\r\n{body[:-5]}".encode())
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(1000) == b""
    assert account.calls == []
    assert account.iam.list_users()["Users"] == []


def test_a_call_is_refused_as_long_as_the_interceptor_says_so(account: TestAccount) -> None:
    def intercept(intercepted: Call) -> None:
        if (intercepted.account_id, intercepted.action) == (account.id, "CreateUser"):
            raise RefusedError("AccessDenied", "No policy allows this.")

    account.aws.log.intercept = intercept
    try:
        assert refusal(lambda: user()(account)) == "AccessDenied"
        assert account.iam.list_users()["Users"] == []
    finally:
        account.aws.log.reset()
    user()(account)
    assert account.calls == ["CreateUser", "ListUsers", "CreateUser"]


# Two accounts


@pytest.mark.parametrize("organisation", [True, False], ids=["by a role", "by keys of its own"])
def test_two_accounts_have_nothing_in_common(
    aws: LocalAws, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, organisation: bool
) -> None:
    accounts = open_accounts(aws, tmp_path, "general", "production", organisation=organisation)
    for name, value in accounts["general"].environment.items():
        monkeypatch.setenv(name, value)
    for name, account in accounts.items():
        session = boto3.Session(profile_name=name, region_name="us-east-1")
        identity = session.client("sts").get_caller_identity()
        assert identity["Account"] == account.id
        by_role = organisation and name == "production"
        assert (":assumed-role/" if by_role else f":iam::{account.id}:root") in identity["Arn"]

        iam = session.client("iam")
        assert iam.list_users()["Users"] == []
        assert iam.list_virtual_mfa_devices()["VirtualMFADevices"] == []
        made = iam.create_user(UserName="iamadmin")["User"]
        assert made["Arn"] == f"arn:aws:iam::{account.id}:user/iamadmin"
        iam.create_virtual_mfa_device(VirtualMFADeviceName="iamadmin")
        assert account.calls[-4:] == ["ListUsers", "ListVirtualMFADevices", "CreateUser", "CreateVirtualMFADevice"]

    put_root(accounts["production"], mfa=False)
    mfa = [account.iam.get_account_summary()["SummaryMap"]["AccountMFAEnabled"] for account in accounts.values()]
    assert mfa == [1, 0]


# In the foreground


@dataclass(frozen=True)
class Foreground:
    """`python -m tests.local_aws`, with its own place for temporary files; `started` is it, or its parent."""

    started: subprocess.Popen[str]
    environment: dict[str, str]
    temporary: Path

    @property
    def url(self) -> str:
        """Where it listens."""
        return self.environment["AWS_ENDPOINT_URL"]

    def listens(self) -> bool:
        """Say whether it answers."""
        try:
            calls_at(self.url)
        except urllib3.exceptions.HTTPError:
            return False
        return True

    def assert_gone(self) -> None:
        """Wait until it is gone, and its temporary files with it."""
        deadline = time.monotonic() + 20
        while self.listens() or any(self.temporary.iterdir()):
            assert time.monotonic() < deadline, "it is still there"
            time.sleep(0.1)


@pytest.fixture
def foreground(tmp_path: Path) -> Iterator[Callable[..., Foreground]]:
    """Start the local AWS in the foreground, or as the child of a shell, in a process group of its own."""
    groups = []

    def start(*options: str, from_a_shell: bool = False) -> Foreground:
        env_file, temporary = tmp_path / "environment", tmp_path / "temporary"
        temporary.mkdir()
        command = [sys.executable, "-m", "tests.local_aws", "--port", "0", "--env-file", str(env_file), *options]
        started = subprocess.Popen(
            ["sh", "-c", '"$@" & wait', "sh", *command] if from_a_shell else command,
            cwd=PROJECT,
            env=clean_environment({"AWS_CONFIG_FILE": str(tmp_path / "none"), "TMPDIR": str(temporary)}),
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        groups.append(started)
        assert started.stdout
        printed = started.stdout.readline()
        exported = re.findall(r"^export (\w+)=(.+)$", env_file.read_text(), re.MULTILINE)
        server = Foreground(started, dict(exported), temporary)
        assert f"listens on {server.url} until Ctrl-C" in printed
        assert server.listens()
        return server

    yield start
    for started in groups:
        with suppress(ProcessLookupError):
            os.killpg(started.pid, signal.SIGKILL)
        started.communicate()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM], ids=lambda number: number.name)
def test_in_the_foreground_it_stops_with_a_signal(foreground: Callable[..., Foreground], number: int) -> None:
    server = foreground()
    assert any(server.temporary.iterdir())
    server.started.send_signal(number)
    assert server.started.wait(timeout=20) == 0
    server.assert_gone()


def test_in_the_foreground_it_stops_when_its_parent_dies_and_not_before(foreground: Callable[..., Foreground]) -> None:
    server = foreground(from_a_shell=True)
    time.sleep(1.5)
    assert server.listens()
    server.started.kill()
    server.assert_gone()


@pytest.mark.parametrize("own_keys", [False, True], ids=["an organisation", "own keys"])
def test_in_the_foreground_it_has_two_accounts_that_its_environment_leads_to(
    foreground: Callable[..., Foreground], monkeypatch: pytest.MonkeyPatch, own_keys: bool
) -> None:
    server = foreground(*(["--own-keys"] if own_keys else []))
    for name, value in server.environment.items():
        monkeypatch.setenv(name, value)
    for name, account_id in (("general", "111111111111"), ("production", "222222222222")):
        session = boto3.Session(profile_name=name, region_name="us-east-1")
        assert session.client("sts").get_caller_identity()["Account"] == account_id
        iam = session.client("iam")
        assert iam.get_account_summary()["SummaryMap"]["AccountMFAEnabled"] == 1
        assert iam.list_users()["Users"] == []
    assert ("AssumeRole" in [told["action"] for told in calls_at(server.url)]) is not own_keys


@pytest.mark.parametrize("marker", ["nonsense", "-1", "999"])
def test_a_marker_that_aws_has_not_given_is_refused(account: TestAccount, marker: str) -> None:
    with pytest.raises(ClientError) as refused:
        account.iam.list_virtual_mfa_devices(Marker=marker)
    assert refused.value.response["Error"]["Code"] == "ValidationError"
    assert refused.value.response["Error"]["Message"] == "Invalid Marker."
