# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is done to the root user of a member: what AWS has, and what follows from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin import root_credentials
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.account import Account
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, AwsError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.plan import Step
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.root import RootUser
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.root_credentials import (
    ARGUMENT_SPEC,
    Observed,
    RootCredentials,
    describe,
)
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import calls_of, options
from ansible_collections.landing_zone.aws_admin.tests.unit.keeper import NOTHING

MEMBER = "222222222222"
SINCE, USED = datetime(2020, 1, 2, tzinfo=UTC), datetime(2021, 2, 3, tzinfo=UTC)
DEVICE, PASSKEY = f"arn:aws:iam::{MEMBER}:mfa/root-account-mfa-device", f"arn:aws:iam::{MEMBER}:u2f/root-key-VOID"
NEVER = {"ServiceName": "N/A", "Region": "N/A"}
KEYS = tuple(
    {"AccessKeyId": id, "Status": "Active", "CreateDate": SINCE, "LastUsed": used}
    for id, used in (("AKIAONE", {"LastUsedDate": USED, "ServiceName": "s3"}), ("AKIATWO", NEVER))
)
ROOT = RootUser(
    login_profile={"CreateDate": SINCE},
    access_keys=KEYS,
    signing_certificates=({"CertificateId": "CERT", "UploadDate": SINCE},),
    mfa_devices=tuple({"SerialNumber": serial, "EnableDate": SINCE} for serial in (DEVICE, PASSKEY)),
    password_last_used=USED,
)
BARE = RootUser(None)


def wanted(state: str = "absent", **given: Any) -> RootCredentials:
    whole = {"account_id": MEMBER, "administrator": "iamadmin", **given}
    return RootCredentials.from_params(options(ARGUMENT_SPEC, state=state, **whole))


def seen(root: RootUser) -> Observed:
    return Observed(Account(MEMBER, "aws", f"arn:aws:sts::{MEMBER}:assumed-root"), root)


WITHOUT_KEYS = RootUser(None, mfa_devices=ROOT.mfa_devices)


def test_a_password_goes_first_and_mfa_once_aws_shows_that() -> None:
    first = wanted().plan(seen(ROOT))
    assert calls_of(first) == [
        ("delete_login_profile", {}),
        ("delete_access_key", {"AccessKeyId": "AKIAONE"}),
        ("delete_access_key", {"AccessKeyId": "AKIATWO"}),
        ("delete_signing_certificate", {"CertificateId": "CERT"}),
    ]
    assert isinstance(first.then, RootCredentials)
    second = first.then.plan(seen(WITHOUT_KEYS))
    assert calls_of(second) == [
        ("deactivate_mfa_device", {"SerialNumber": DEVICE}),
        ("deactivate_mfa_device", {"SerialNumber": PASSKEY}),
        ("delete_virtual_mfa_device", {"SerialNumber": DEVICE}),
    ]
    assert isinstance(second.then, RootCredentials)
    assert second.then.is_bare
    assert (second.before, second.after) == ({"root": describe(WITHOUT_KEYS)}, {"root": describe(BARE)})
    last = second.then.plan(seen(BARE))
    assert (last.steps, last.then) == ((), None)
    assert second.then.result(seen(BARE), {})["root"] == describe(ROOT)
    assert calls_of(wanted().plan(seen(BARE))) == []


def test_without_keys_mfa_goes_at_once() -> None:
    plan = wanted().plan(seen(WITHOUT_KEYS))
    assert calls_of(plan)[0][0] == "deactivate_mfa_device"
    assert isinstance(plan.then, RootCredentials)
    assert plan.then.found == WITHOUT_KEYS


def test_of_all_steps_only_the_deletion_of_a_device_may_be_denied() -> None:
    steps = [step for plan in (wanted().plan(seen(ROOT)), wanted().plan(seen(WITHOUT_KEYS))) for step in plan.steps]
    assert [step.method for step in steps if isinstance(step, Step) and step.may_be_denied] == [
        "delete_virtual_mfa_device"
    ]


OTHERS = RootUser(
    {"CreateDate": USED}, access_keys=({**KEYS[0], "AccessKeyId": "AKIANEW"},), mfa_devices=ROOT.mfa_devices
)


@pytest.mark.parametrize(
    "since",
    [
        replace(WITHOUT_KEYS, login_profile={"CreateDate": USED}),
        replace(WITHOUT_KEYS, access_keys=OTHERS.access_keys),
        replace(WITHOUT_KEYS, signing_certificates=({"CertificateId": "NEW"},)),
    ],
)
def test_what_has_come_meanwhile_keeps_mfa(since: RootUser) -> None:
    then = wanted().plan(seen(ROOT)).then
    assert isinstance(then, RootCredentials)
    with pytest.raises(AdminError, match="has been given credentials while its others were deleted, so its MFA"):
        then.plan(seen(since))


def test_what_is_gone_may_still_be_shown() -> None:
    then = wanted().plan(seen(ROOT)).then
    assert isinstance(then, RootCredentials)
    assert calls_of(then.plan(seen(ROOT)))[0][0] == "deactivate_mfa_device"


def test_what_has_come_as_mfa_went_goes_too() -> None:
    last = replace(wanted(), found=ROOT, is_bare=True)
    since = replace(OTHERS, mfa_devices=())
    plan = last.plan(seen(since))
    assert calls_of(plan) == [("delete_login_profile", {}), ("delete_access_key", {"AccessKeyId": "AKIANEW"})]
    assert (plan.before, plan.after) == ({"root": describe(since)}, {"root": describe(BARE)})


def test_it_is_said_who_administers_the_account_without_root() -> None:
    with pytest.raises(AdminError) as refused:
        wanted(administrator=None)
    assert str(refused.value) == (
        "administrator (iam_admin_name of the role) is missing: name the IAM user who is to administer the account "
        "without its root user."
    )
    with pytest.raises(AdminError, match=r"^administrator 'jo doe' has characters"):
        wanted(administrator="jo doe")
    assert wanted("recoverable", administrator=None).account_id == MEMBER


def test_what_there_was_is_shown_before_it_goes() -> None:
    plan = wanted().plan(seen(ROOT))
    since, used = "2020-01-02T00:00:00+00:00", "2021-02-03T00:00:00+00:00"
    key = {"status": "Active", "create_date": since}
    assert plan.before["root"] == {
        "password": {"create_date": since, "last_used_date": used},
        "access_keys": [
            {"access_key_id": "AKIAONE", **key, "last_used_date": used, "last_used_service": "s3"},
            {"access_key_id": "AKIATWO", **key, "last_used_date": None, "last_used_service": "N/A"},
        ],
        "signing_certificates": [{"certificate_id": "CERT", "upload_date": since}],
        "mfa_devices": [{"serial_number": serial, "enable_date": since} for serial in (DEVICE, PASSKEY)],
    }
    assert plan.after["root"] == describe(BARE)
    assert wanted().result(seen(ROOT), {}) == {"root": plan.before["root"]}


@pytest.mark.parametrize(("root", "steps"), [(BARE, [("create_login_profile", {})]), (ROOT, [])])
def test_a_password_is_recoverable_once(root: RootUser, steps: list[Any]) -> None:
    plan = wanted("recoverable").plan(seen(root))
    assert calls_of(plan) == steps
    assert plan.before == {"root": describe(root)}
    assert plan.after["root"] == ({"password": "recoverable"} if steps else plan.before["root"])


@pytest.mark.parametrize(
    ("root", "has_any"),
    [
        (BARE, False),
        (RootUser({"CreateDate": SINCE}), True),
        (RootUser(None, access_keys=KEYS), True),
        (RootUser(None, signing_certificates=ROOT.signing_certificates), True),
        (RootUser(None, mfa_devices=ROOT.mfa_devices), True),
        (RootUser(None, password_last_used=USED), False),
    ],
)
def test_anything_that_is_left_counts(root: RootUser, has_any: bool) -> None:
    assert root.has_any is has_any


def test_a_session_is_asked_for_that_may_do_no_more_than_it_takes() -> None:
    tasks = {
        (state, check_mode): wanted(state).task(check_mode)
        for state in ("absent", "recoverable")
        for check_mode in (True, False)
    }
    assert tasks == {
        ("absent", True): "IAMAuditRootUserCredentials",
        ("absent", False): "IAMDeleteRootUserCredentials",
        ("recoverable", True): "IAMAuditRootUserCredentials",
        ("recoverable", False): "IAMCreateRootUserPassword",
    }


@pytest.mark.parametrize(
    ("account_id", "sentence"),
    [
        (None, r"^account_id is missing: name the member account whose root user is meant\.$"),
        ("1234", "12 digits, quoted"),
    ],
)
def test_it_is_said_whose_root_user_is_meant(account_id: str | None, sentence: str) -> None:
    with pytest.raises(AdminError, match=sentence):
        wanted(account_id=account_id)


class Api:
    """A session of the root user."""

    def get_caller_identity(self) -> Account:
        return seen(ROOT).account

    def get_login_profile(self, name: str | None) -> Any:
        assert name is None
        return ROOT.login_profile


@pytest.mark.parametrize(
    ("state", "root", "is_asked"),
    [("absent", ROOT, True), ("absent", BARE, False), ("recoverable", RootUser(ROOT.login_profile), False)],
)
def test_who_else_administers_the_account_is_asked_where_there_is_something_to_delete(
    monkeypatch: pytest.MonkeyPatch, state: str, root: RootUser, is_asked: bool
) -> None:
    api: Any = Api()

    def read(session: Any) -> RootUser:
        assert session is api
        return root

    monkeypatch.setattr(root_credentials, "read_root", read)
    asked: list[str] = []
    cautious = replace(wanted(state), refuse_lockout=lambda: asked.append("asked"))
    assert cautious.observe(api) == seen(root)
    assert asked == (["asked"] if is_asked else [])
    assert wanted(state).observe(api) == seen(root)


@pytest.mark.parametrize(
    ("code", "is_looked_at_again"),
    [("NoSuchEntity", True), ("EntityAlreadyExists", True), ("AccessDenied", False), ("Throttling", False)],
)
def test_what_somebody_else_does_at_the_same_moment_is_looked_at_again(code: str, is_looked_at_again: bool) -> None:
    after = wanted().after_conflict(AwsError("DeleteLoginProfile", code, "No"))
    assert (after is not None) is is_looked_at_again


def test_a_device_that_no_session_deletes_is_told() -> None:
    denied = AwsError("DeleteVirtualMFADevice", "AccessDenied", "Not authorized")
    (told,) = wanted().result(seen(ROOT), {"delete_virtual_mfa_device": denied})["warnings"]
    assert told.endswith("stays in the account, as AWS lets no session delete it: Not authorized.")
    assert "warnings" not in wanted().result(seen(ROOT), {"delete_virtual_mfa_device": None})
    assert "warnings" not in wanted().result(seen(ROOT), None)


def test_nothing_is_kept() -> None:
    assert wanted().after_failure(AwsError("GetUser", "AccessDenied", "No"), NOTHING) is NOTHING
