# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The removal of an administrator: everything that AWS wants gone, the doors first, and never the last one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.admin_user import ARGUMENT_SPEC
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, AwsError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.identities import Identity
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.removal import (
    Observed,
    Removal,
    _unassigned,
)
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import (
    ACCOUNT,
    ADMINISTRATOR_ACCESS,
    NAME,
    calls_of,
    options,
)

PHONE, PASSKEY = ACCOUNT.arn(f"mfa/{NAME}"), ACCOUNT.arn(f"u2f/user/{NAME}/key")
USER = Identity(
    name=NAME,
    path="/",
    arn=ACCOUNT.arn(f"user/{NAME}"),
    permissions_boundary=None,
    tags={"team": "a"},
    groups=("admins",),
    policy_arns=(ADMINISTRATOR_ACCESS,),
    documents=(),
    attached_policies=(ADMINISTRATOR_ACCESS,),
    inline_policies=("own",),
)
WHOLE = Observed(
    account=ACCOUNT,
    user=USER,
    has_password=True,
    credentials={
        "access_keys": ("AKIAVOID",),
        "service_specific_credentials": ("ACCAVOID",),
        "ssh_public_keys": ("APKAVOID",),
        "signing_certificates": ("CERTVOID",),
    },
    mfa_devices=(PHONE, PASSKEY),
    unassigned_devices=(f"{PHONE}.2",),
    other_administrators=("somebody",),
    account_alias=None,
)
BARE = replace(
    WHOLE,
    user=replace(USER, groups=(), policy_arns=(), attached_policies=(), inline_policies=()),
    has_password=False,
    credentials=dict.fromkeys(WHOLE.credentials, ()),
    mfa_devices=(),
    unassigned_devices=(),
)


def wanted(**given: Any) -> Removal:
    return Removal.from_params(options(ARGUMENT_SPEC, name=NAME, state="absent", **given))


def test_the_doors_are_shut_first_and_no_device_is_orphaned() -> None:
    name = {"UserName": NAME}
    assert calls_of(wanted().plan(WHOLE)) == [
        ("delete_login_profile", name),
        ("delete_access_key", {**name, "AccessKeyId": "AKIAVOID"}),
        ("delete_service_specific_credential", {**name, "ServiceSpecificCredentialId": "ACCAVOID"}),
        ("delete_ssh_public_key", {**name, "SSHPublicKeyId": "APKAVOID"}),
        ("delete_signing_certificate", {**name, "CertificateId": "CERTVOID"}),
        ("remove_user_from_group", {**name, "GroupName": "admins"}),
        ("detach_user_policy", {**name, "PolicyArn": ADMINISTRATOR_ACCESS}),
        ("delete_user_policy", {**name, "PolicyName": "own"}),
        ("deactivate_mfa_device", {**name, "SerialNumber": PHONE}),
        ("delete_virtual_mfa_device", {"SerialNumber": PHONE}),
        ("deactivate_mfa_device", {**name, "SerialNumber": PASSKEY}),
        ("delete_virtual_mfa_device", {"SerialNumber": f"{PHONE}.2"}),
        ("delete_user", name),
    ]


def test_the_diff_has_all_that_goes() -> None:
    plan = wanted().plan(WHOLE)
    assert plan.before == {
        "user": {"user_name": NAME, "arn": USER.arn, "path": "/", "tags": {"team": "a"}},
        "console_password": True,
        "access_keys": ["AKIAVOID"],
        "service_specific_credentials": ["ACCAVOID"],
        "ssh_public_keys": ["APKAVOID"],
        "signing_certificates": ["CERTVOID"],
        "groups": ["admins"],
        "attached_policies": [ADMINISTRATOR_ACCESS],
        "inline_policies": ["own"],
        "mfa_devices": [PHONE, PASSKEY],
        "unassigned_mfa_devices": [f"{PHONE}.2"],
    }
    assert plan.after == {"user": None}


def test_who_has_nothing_is_just_deleted() -> None:
    assert calls_of(wanted().plan(BARE)) == [("delete_user", {"UserName": NAME})]


def test_who_is_not_there_needs_nothing() -> None:
    plan = wanted().plan(replace(BARE, user=None, other_administrators=()))
    assert (plan.steps, plan.before) == ((), plan.after)


def test_nobody_removes_itself() -> None:
    itself = replace(ACCOUNT, caller_arn=ACCOUNT.arn(f"user/{NAME}"))
    with pytest.raises(AdminError, match=f"^{NAME} is who makes this call: let another administrator remove it\\.$"):
        wanted(remove_last_administrator=True).plan(replace(WHOLE, account=itself))


def test_the_last_administrator_is_removed_only_where_that_is_asked_for() -> None:
    last = replace(WHOLE, other_administrators=())
    with pytest.raises(AdminError, match=f"^{NAME} is the last administrator of account {ACCOUNT.id}"):
        wanted().plan(last)
    assert wanted(remove_last_administrator=True).plan(last).steps
    # What is left of one whose removal was interrupted
    assert wanted().plan(replace(BARE, other_administrators=())).steps


@pytest.mark.parametrize("code", ["NoSuchEntity", "DeleteConflict"])
def test_what_came_or_went_meanwhile_is_looked_at_again(code: str) -> None:
    assert wanted().after_conflict(AwsError("DeleteUser", code, "no", False)) == wanted()
    assert wanted().after_conflict(AwsError("DeleteUser", "AccessDenied", "no", False)) is None


@pytest.mark.parametrize(
    ("name", "enabled", "found"),
    [
        ("admin", ["admin.2"], ["admin", "admin.3"]),
        ("admin", [], ["admin", "admin.3"]),
        ("admin", ["phone"], ["admin", "admin.3", "phone.2"]),
        # Who is called so has nothing to do with admin
        ("admin.1", ["admin.1"], []),
        ("somebody", [], []),
    ],
)
def test_what_was_never_enabled_is_known_by_its_name(name: str, enabled: list[str], found: list[str]) -> None:
    there = [{"SerialNumber": ACCOUNT.arn(f"mfa/{device}")} for device in ("admin", "admin.3", "phone.2")]
    serials = [ACCOUNT.arn(f"mfa/{device}") for device in enabled]
    left = [
        serial_number.rpartition("/")[2] for serial_number in _unassigned(ACCOUNT.arn(f"mfa/{name}"), serials, there)
    ]
    assert left == found


def test_what_somebody_has_is_not_left_over() -> None:
    own = ACCOUNT.arn("mfa/admin")
    assert list(_unassigned(own, [], [{"SerialNumber": own, "User": {"UserName": "somebody"}}])) == []
