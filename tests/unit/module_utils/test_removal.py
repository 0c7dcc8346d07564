# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The removal of an administrator: everything that AWS wants gone, the doors first, and never the last one."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin import removal
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.admin_user import ARGUMENT_SPEC
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.administrators import LEAVING_TAG
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, AwsError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.failures import NOT_IMPLEMENTED
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.identities import Identity
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.kept import Kept
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.permissions import GIVES_PERMISSIONS
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.plan import Keep, reconcile
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.removal import (
    Observed,
    Removal,
    _unassigned,
)
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import (
    ACCOUNT,
    ADMINISTRATOR_ACCESS,
    MADE,
    NAME,
    FakeAws,
    calls_of,
    options,
)
from ansible_collections.landing_zone.aws_admin.tests.unit.keeper import NOTHING, Memory, holding

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
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
    is_administrator=True,
    now=MADE,
)
BARE = replace(
    WHOLE,
    user=replace(USER, groups=(), policy_arns=(), attached_policies=(), inline_policies=()),
    has_password=False,
    credentials=dict.fromkeys(WHOLE.credentials, ()),
    mfa_devices=(),
    unassigned_devices=(),
    is_administrator=False,
)
ANNOUNCED = Removal(NAME, None, remove_last_administrator=False, device_names=(), announced=True)


def wanted(**given: Any) -> Removal:
    return Removal.from_params(options(ARGUMENT_SPEC, name=NAME, state="absent", **given))


def leaving_since(before: timedelta) -> Observed:
    """Return it with a tag that is as old as that."""
    return replace(WHOLE, user=replace(USER, tags={LEAVING_TAG: (MADE - before).isoformat()}))


LEAVING = leaving_since(timedelta())


def test_the_options_are_those_of_the_module() -> None:
    assert wanted() == Removal(NAME, None, remove_last_administrator=False, device_names=())
    given = {"account_id": ACCOUNT.id, "remove_last_administrator": True, "device_names": ["phone", "safe"]}
    assert wanted(**given) == Removal(NAME, ACCOUNT.id, remove_last_administrator=True, device_names=("phone", "safe"))
    assert wanted(device_names=[]).device_names == ()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "jo doe"}, "name 'jo doe' has characters"),
        ({"account_id": "1"}, r"aws_account_id \(account_id\) is '1': set it"),
        ({"device_names": ["phone", "my safe"]}, "device_names 'my safe' has characters"),
        ({"device_names": ["phone.2"]}, "device_names 'phone.2' ends like"),
    ],
)
def test_options_that_aws_would_refuse_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(AdminError, match=f"^{said}"):
        Removal.from_params(options(ARGUMENT_SPEC, **{"name": NAME, **given}))


def test_the_doors_are_shut_first_and_no_device_is_orphaned() -> None:
    name = {"UserName": NAME}
    assert calls_of(ANNOUNCED.plan(LEAVING)) == [
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
    assert (plan.steps, plan.before, plan.after) == ((), {"user": None}, {"user": None})


def test_what_nobody_uses_goes_where_the_user_has_gone_already() -> None:
    plan = wanted().plan(replace(BARE, user=None, unassigned_devices=(PHONE, f"{PHONE}.2")))
    assert calls_of(plan) == [
        ("delete_virtual_mfa_device", {"SerialNumber": PHONE}),
        ("delete_virtual_mfa_device", {"SerialNumber": f"{PHONE}.2"}),
    ]
    assert plan.before == {"user": None, "unassigned_mfa_devices": [PHONE, f"{PHONE}.2"]}
    assert plan.after == {"user": None}


def test_the_diff_of_who_leaves_nothing_unused_is_silent_about_that() -> None:
    assert "unassigned_mfa_devices" not in wanted().plan(BARE).before


def test_nobody_removes_itself() -> None:
    itself = replace(ACCOUNT, caller_arn=ACCOUNT.arn(f"user/{NAME}"))
    with pytest.raises(AdminError, match=f"^This run acts as {NAME}: let another administrator remove that user\\.$"):
        wanted(remove_last_administrator=True).plan(replace(WHOLE, account=itself))


def test_the_last_administrator_is_removed_only_where_that_is_asked_for() -> None:
    last = replace(WHOLE, other_administrators=())
    with pytest.raises(AdminError) as refused:
        wanted().plan(last)
    assert str(refused.value) == (
        f"{NAME} is the last administrator of account {ACCOUNT.id}, as nobody else is one with MFA: create another one "
        "first, or set iam_admin_remove_last_administrator (remove_last_administrator of the module)."
    )
    assert wanted(remove_last_administrator=True).plan(last).steps
    # What is left of one whose removal was interrupted
    assert wanted().plan(replace(BARE, other_administrators=())).steps


def test_an_administrator_is_said_to_leave_before_anything_else() -> None:
    plan = wanted().plan(WHOLE)
    name = {"UserName": NAME}
    assert calls_of(plan) == [("tag_user", {**name, "Tags": [{"Key": LEAVING_TAG, "Value": MADE.isoformat()}]})]
    assert [(step.method, step.parameters) for step in plan.undo] == [
        ("untag_user", {**name, "TagKeys": [LEAVING_TAG]})
    ]
    assert plan.then == ANNOUNCED
    assert (plan.before["console_password"], plan.after) == (True, {"user": None})


@pytest.mark.parametrize(
    ("removal", "observed"),
    [
        (ANNOUNCED, LEAVING),
        (ANNOUNCED, leaving_since(timedelta(minutes=59))),
        (wanted(remove_last_administrator=True), WHOLE),
        (wanted(), replace(WHOLE, is_administrator=False)),
    ],
)
def test_nobody_need_be_told_of_one_who_left_already_or_whom_nobody_counts_on(
    removal: Removal, observed: Observed
) -> None:
    plan = removal.plan(observed)
    assert (plan.steps[0].method, plan.then, plan.undo) == ("delete_login_profile", None, ())


@pytest.mark.parametrize("observed", [WHOLE, leaving_since(timedelta(hours=1))])
def test_one_who_is_not_shown_to_leave_or_by_an_old_tag_alone_is_not_removed(observed: Observed) -> None:
    with pytest.raises(AdminError) as refused:
        ANNOUNCED.plan(observed)
    assert str(refused.value) == f"AWS does not show yet that {NAME} is being removed: run again in a minute."


def test_one_who_leaves_is_not_counted_on() -> None:
    with pytest.raises(AdminError) as refused:
        ANNOUNCED.plan(replace(LEAVING, other_administrators=(), leaving=("kim", "somebody")))
    assert str(refused.value) == (
        f"{NAME} is the last administrator of account {ACCOUNT.id}, as kim, somebody is being removed at this moment, "
        "and nobody else is one with MFA: create another one first, or run again once that removal has been abandoned."
    )
    assert ANNOUNCED.plan(replace(LEAVING, leaving=("kim",))).steps


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
        ("ADMIN", [], ["admin", "admin.3"]),
        ("phone.2", [], ["phone.2"]),
    ],
)
def test_what_was_never_enabled_is_known_by_its_name(name: str, enabled: list[str], found: list[str]) -> None:
    there = [{"SerialNumber": ACCOUNT.arn(f"mfa/{device}")} for device in ("admin", "admin.3", "phone.2")]
    serials = [ACCOUNT.arn(f"mfa/{device}") for device in enabled]
    own = {ACCOUNT.arn(f"mfa/{name}").lower()}
    assert [serial_number.rpartition("/")[2] for serial_number in _unassigned(own, serials, there)] == found


def test_what_was_never_enabled_may_have_any_name_of_its_own() -> None:
    there = [{"SerialNumber": ACCOUNT.arn(f"mfa/{device}")} for device in ("admin.2", "safe", "Phone.3", "other")]
    own = {ACCOUNT.arn("mfa/admin"), ACCOUNT.arn("mfa/phone"), ACCOUNT.arn("mfa/safe")}
    assert list(_unassigned(own, [], there)) == [ACCOUNT.arn(f"mfa/{name}") for name in ("admin.2", "safe", "Phone.3")]
    # One that is called so is the first of its name, and nobody's replacement
    numbered = {ACCOUNT.arn("mfa/other.2")}
    assert list(_unassigned(numbered, [ACCOUNT.arn("mfa/Other.2")], there)) == []


def test_what_somebody_has_is_not_left_over() -> None:
    own = ACCOUNT.arn("mfa/admin")
    assert list(_unassigned({own}, [], [{"SerialNumber": own, "User": {"UserName": "somebody"}}])) == []


# What is read


@dataclass
class Aws(FakeAws):
    """An account with the user's credentials of each kind, and with other administrators, who may have tags."""

    tags: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def get_account_authorization_details(self) -> dict[str, Any]:
        details = super().get_account_authorization_details()
        for other in details["UserDetailList"][1 if self.user else 0 :]:
            other["AttachedManagedPolicies"] = [{"PolicyArn": ADMINISTRATOR_ACCESS}]
            if other["UserName"] == "bounded":
                other["PermissionsBoundary"] = {"PermissionsBoundaryArn": ACCOUNT.arn("policy/boundary")}
            if other["UserName"] == "reader":
                other["AttachedManagedPolicies"] = []
            other["Tags"] = self.tags.get(other["UserName"], [])
        return details

    def get_user(self, name: str) -> dict[str, Any] | None:
        return self.user if name == NAME else None

    def get_login_profile(self, name: str) -> dict[str, Any] | None:
        return self.login_profile if name == NAME else {"CreateDate": MADE}

    def list_access_keys(self, name: str) -> list[dict[str, Any]]:
        return [{"AccessKeyId": f"key of {name}"}]

    def list_service_specific_credentials(self, name: str) -> list[dict[str, Any]]:
        return [{"ServiceSpecificCredentialId": f"credential of {name}"}]

    def list_ssh_public_keys(self, name: str) -> list[dict[str, Any]]:
        return [{"SSHPublicKeyId": f"SSH key of {name}"}]

    def list_signing_certificates(self, name: str) -> list[dict[str, Any]]:
        return [{"CertificateId": f"certificate of {name}"}]


def an_account(**given: Any) -> Aws:
    aws = Aws(
        attached=[ADMINISTRATOR_ACCESS],
        aliases=["acme"],
        devices={PHONE: NAME, f"{PHONE}.2": None, f"{PHONE}.3": "somebody", ACCOUNT.arn("mfa/somebody"): "somebody"},
        others=["somebody", "without-mfa", "bounded", "reader"],
        **given,
    )
    aws.devices |= {ACCOUNT.arn(f"mfa/{name}"): name for name in ("bounded", "reader")}
    aws.create_user(UserName=NAME, Path="/", Tags=[])
    return aws


def test_all_that_the_user_has_is_read_and_who_else_can_administer_the_account() -> None:
    observed = wanted().observe(an_account(login_profile={"CreateDate": MADE}))
    assert observed.user is not None
    assert (observed.user.name, observed.user.is_administrator) == (NAME, True)
    assert replace(observed, user=None) == Observed(
        account=ACCOUNT,
        user=None,
        has_password=True,
        credentials={
            "access_keys": (f"key of {NAME}",),
            "service_specific_credentials": (f"credential of {NAME}",),
            "ssh_public_keys": (f"SSH key of {NAME}",),
            "signing_certificates": (f"certificate of {NAME}",),
        },
        mfa_devices=(PHONE,),
        unassigned_devices=(f"{PHONE}.2",),
        other_administrators=("somebody",),
        account_alias="acme",
        is_administrator=True,
        now=observed.now,
    )
    assert abs(datetime.now(UTC) - observed.now) < timedelta(minutes=1)


def test_it_is_asked_of_each_what_it_may_do_once_it_has_signed_in_with_mfa(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def simulate(arn: str, actions: Any, mfa: bool | None = None) -> Any:
        asked.append((arn, actions, mfa))
        return decisions("allowed")(arn, actions)

    aws = an_account()
    aws.attached = [READ_ONLY]
    monkeypatch.setattr(aws, "simulate_principal_policy", simulate)
    wanted().observe(aws)
    assert asked == [(ACCOUNT.arn(f"user/{name}"), GIVES_PERMISSIONS, True) for name in (NAME, "somebody")]


def decisions(decision: str, **more: Any) -> Any:
    """Return a simulation in which each action is decided so."""
    return lambda _arn, actions, **_mfa: [
        {"EvalActionName": action, "EvalDecision": decision, **more} for action in actions
    ]


MISSING = {"MissingContextValues": ["aws:SourceIp"]}


@pytest.mark.parametrize(
    ("attached", "simulated", "administers"),
    [
        ([], decisions("allowed"), False),
        ([ADMINISTRATOR_ACCESS], decisions("implicitDeny"), True),
        ([READ_ONLY], decisions("implicitDeny"), False),
        ([READ_ONLY], decisions("explicitDeny"), False),
        ([READ_ONLY], decisions("allowed"), True),
        ([READ_ONLY], decisions("implicitDeny", **MISSING), True),
        ([READ_ONLY], lambda *_asked, **_mfa: None, True),
    ],
)
def test_who_leaves_is_an_administrator_in_doubt(
    monkeypatch: pytest.MonkeyPatch, attached: list[str], simulated: Any, administers: bool
) -> None:
    aws = an_account()
    aws.attached = attached
    monkeypatch.setattr(aws, "simulate_principal_policy", simulated)
    observed = wanted().observe(aws)
    assert observed.is_administrator is administers
    # Who is none needs no others
    assert administers or observed.other_administrators == ()


@pytest.mark.parametrize(
    ("simulated", "counted"),
    [
        (decisions("allowed"), ("somebody",)),
        (decisions("allowed", **MISSING), ()),
        (decisions("explicitDeny"), ()),
        (lambda *_asked, **_mfa: None, ("somebody",)),
    ],
)
def test_others_are_administrators_without_a_doubt(
    monkeypatch: pytest.MonkeyPatch, simulated: Any, counted: tuple[str, ...]
) -> None:
    aws = an_account()
    monkeypatch.setattr(aws, "simulate_principal_policy", simulated)
    assert wanted().observe(aws).other_administrators == counted


def missing(code: str = "ResponseParserError", is_not_there: bool = True) -> Any:
    """Return a read that the endpoint does not have."""

    def refuse(*_asked: Any, **_mfa: bool) -> Any:
        error = AwsError("ListServiceSpecificCredentials", code, "No")
        error.is_not_there = is_not_there
        raise error

    return refuse


@pytest.mark.parametrize("code", [*NOT_IMPLEMENTED, "ResponseParserError"])
def test_what_the_endpoint_cannot_list_is_said_and_is_for_aws_to_refuse(
    monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    aws = an_account()
    monkeypatch.setattr(aws, "list_service_specific_credentials", missing(code))
    observed = wanted().observe(aws)
    assert observed.credentials == {**observed.credentials, "service_specific_credentials": ()}
    assert observed.credentials["access_keys"] == (f"key of {NAME}",)
    (told,) = wanted().result(observed, {})["warnings"]
    assert told.startswith(f"ListServiceSpecificCredentials failed: {code}: No.")
    assert told.endswith("So none were removed; AWS deletes no user who has any left.")
    # Of whom there is nothing more to remove nothing is said
    assert "warnings" not in wanted().result(replace(observed, user=None), {})


@pytest.mark.parametrize("read", ["list_service_specific_credentials", "list_access_keys", "simulate_principal_policy"])
@pytest.mark.parametrize("code", ["AccessDenied", "ResponseParserError"])
def test_what_may_not_be_read_ends_the_removal_before_it_begins(
    monkeypatch: pytest.MonkeyPatch, read: str, code: str
) -> None:
    """So does a page that a proxy gives in place of AWS's answer."""
    aws = an_account()
    monkeypatch.setattr(aws, read, missing(code, is_not_there=False))
    with pytest.raises(AwsError, match=code):
        wanted().observe(aws)


def test_where_the_endpoint_does_not_simulate_the_policies_alone_tell(monkeypatch: pytest.MonkeyPatch) -> None:
    aws = an_account()
    aws.attached = [READ_ONLY]
    monkeypatch.setattr(aws, "simulate_principal_policy", missing())
    observed = wanted().observe(aws)
    assert (observed.is_administrator, observed.other_administrators) == (True, ("somebody",))


@pytest.mark.parametrize("code", ["NoSuchEntity", "AccessDenied"])
def test_who_has_gone_meanwhile_does_not_count_and_what_may_not_be_read_is_said(
    monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    def refuse(*_asked: Any, **_mfa: bool) -> Any:
        raise AwsError("SimulatePrincipalPolicy", code, "No")

    aws = an_account()
    monkeypatch.setattr(aws, "simulate_principal_policy", refuse)
    if code == "NoSuchEntity":
        assert wanted().observe(aws).other_administrators == ()
        return
    with pytest.raises(AwsError, match="iam:SimulatePrincipalPolicy"):
        wanted().observe(aws)


@pytest.mark.parametrize(
    ("since", "leaves"),
    [
        (timedelta(), True),
        (timedelta(minutes=59), True),
        (timedelta(minutes=61), False),
        # A clock may be ahead, and nobody can say when to stop waiting for what is no time
        (timedelta(minutes=-14), True),
        (timedelta(minutes=-16), False),
        (timedelta(days=-9999), False),
        ("yesterday", False),
        ("2026-01-02T00:00:00", False),
    ],
)
def test_who_is_being_removed_does_not_count_for_an_hour(since: timedelta | str, leaves: bool) -> None:
    value = since if isinstance(since, str) else (datetime.now(UTC) - since).isoformat()
    aws = an_account(tags={"somebody": [{"Key": LEAVING_TAG, "Value": value}]})
    observed = wanted().observe(aws)
    assert (observed.other_administrators, observed.leaving) == (((), ("somebody",)) if leaves else (("somebody",), ()))


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would have been waited."""
    seconds: list[float] = []
    monkeypatch.setattr(removal.time, "sleep", seconds.append)
    return seconds


def leaving_now(since: timedelta = timedelta()) -> list[dict[str, str]]:
    return [{"Key": LEAVING_TAG, "Value": (datetime.now(UTC) - since).isoformat()}]


@pytest.mark.parametrize(
    ("since", "others", "waits"),
    [
        (timedelta(), {}, [3]),
        (None, {}, [3, 1, 2, 4, 8]),
        # By a removal that was given up
        (timedelta(hours=2), {}, [3, 1, 2, 4, 8]),
        # Of two who leave, who comes later in the alphabet gives way
        (timedelta(), {"somebody"}, [3, 1, 2, 4, 8]),
        (timedelta(), {"adam"}, [3]),
        (timedelta(), {"adam", "somebody"}, [3, 1, 2, 4, 8]),
    ],
)
def test_it_is_waited_for_what_aws_shows_late_and_for_who_gives_way(
    waited: list[float], since: timedelta | None, others: set[str], waits: list[float]
) -> None:
    aws = an_account(tags={name: leaving_now() for name in others})
    if "adam" in others:
        aws.others.append("adam")
        aws.devices[ACCOUNT.arn("mfa/adam")] = "adam"
        aws.others = [name for name in aws.others if name in others or name != "somebody"]
    assert aws.user
    aws.user["Tags"] = [] if since is None else leaving_now(since)
    ANNOUNCED.observe(aws)
    assert waited == waits


def test_nobody_is_waited_for_where_somebody_else_stays_or_the_user_is_gone(waited: list[float]) -> None:
    aws = an_account(tags={"zoe": leaving_now()})
    aws.others.append("zoe")
    aws.devices[ACCOUNT.arn("mfa/zoe")] = "zoe"
    assert aws.user
    aws.user["Tags"] = leaving_now()
    ANNOUNCED.observe(aws)
    aws.user = None
    ANNOUNCED.observe(aws)
    assert waited == [3, 3]


def test_an_account_may_lack_most_of_it() -> None:
    aws = an_account()
    aws.user, aws.aliases, aws.others = None, [], []
    observed = wanted().observe(aws)
    assert (observed.user, observed.has_password, observed.account_alias) == (None, False, None)
    assert observed.other_administrators == ()


def test_a_device_of_its_name_that_was_never_enabled_is_found() -> None:
    aws = an_account()
    aws.devices = {PHONE: None}
    assert wanted().observe(aws).unassigned_devices == (PHONE,)


@pytest.mark.parametrize(
    ("is_there", "named", "found"),
    [
        (True, None, [NAME, f"{NAME}.2"]),
        (True, ["phone"], [NAME, f"{NAME}.2", "Phone"]),
        # Of a user who is gone nobody knows what was its own, but by name
        (False, None, []),
        (False, ["PHONE"], ["Phone"]),
        (False, ["phone", NAME], [NAME, f"{NAME}.2", "Phone"]),
    ],
)
def test_the_devices_that_are_named_are_its_own(is_there: bool, named: list[str] | None, found: list[str]) -> None:
    aws = an_account()
    aws.devices = {ACCOUNT.arn(f"mfa/{device}"): None for device in (NAME, f"{NAME}.2", "Phone", "other")}
    aws.user = aws.user if is_there else None
    observed = wanted(device_names=named).observe(aws)
    assert observed.unassigned_devices == tuple(ACCOUNT.arn(f"mfa/{device}") for device in found)


def test_who_is_not_listed_yet_is_not_taken_for_gone() -> None:
    aws = an_account()
    aws.get_account_authorization_details = dict  # type: ignore[method-assign]
    with pytest.raises(AdminError) as refused:
        wanted().observe(aws)
    assert str(refused.value) == f"AWS does not list the user {NAME} yet: run again in a minute."


def test_who_is_still_listed_is_gone_all_the_same() -> None:
    aws = an_account()
    aws.get_user = lambda _name: None  # type: ignore[method-assign]
    assert wanted().observe(aws).user is None


@pytest.mark.parametrize(("alias", "place"), [("acme", "acme"), (None, ACCOUNT.id)])
def test_the_result_says_that_nobody_is_there(alias: str | None, place: str) -> None:
    assert wanted().result(replace(BARE, account_alias=alias), None) == {
        "user": None,
        "console_access": "absent",
        "sign_in_url": f"https://{place}.signin.aws.amazon.com/console",
        "caller_arn": ACCOUNT.caller_arn,
    }


# The handover

KEPT = holding(user_id="AIDAVOID", initial_password="void", mfa_seeds={NAME: "SEED"}, qr_codes=frozenset({NAME}))


def test_the_handover_goes_last() -> None:
    plan = wanted().plan(replace(BARE, kept=KEPT, unassigned_devices=(PHONE,)))
    assert [call for call, _parameters in calls_of(plan)] == ["delete_virtual_mfa_device", "delete_user", "keep"]
    assert plan.before["handover"] == KEPT.describe()
    assert plan.after == {"user": None, "handover": None}
    (keep,) = [step for step in plan.steps if isinstance(step, Keep)]
    assert keep.change(KEPT, {}) == NOTHING


def test_the_handover_goes_where_the_user_has_gone_already() -> None:
    plan = wanted().plan(replace(BARE, user=None, kept=KEPT))
    assert calls_of(plan) == [("keep", {})]
    assert plan.before == {"user": None, "handover": KEPT.describe()}
    assert plan.after == {"user": None, "handover": None}


@pytest.mark.parametrize(
    "kept", [NOTHING, holding(user_name="somebody"), holding(account_id="444455556666"), holding(user_name="IAMADMIN")]
)
@pytest.mark.parametrize("user", [BARE.user, None])
def test_the_handover_of_somebody_else_stays(kept: Kept, user: Identity | None) -> None:
    plan = wanted().plan(replace(BARE, user=user, kept=kept))
    assert ("keep", {}) not in calls_of(plan)
    assert "handover" not in {**plan.before, **plan.after}


@pytest.mark.parametrize("held", [{"user_name": "somebody"}, {"account_id": "444455556666"}])
def test_where_nobody_is_there_it_is_told_whose_the_handover_is(held: dict[str, str]) -> None:
    somebody = replace(BARE, user=None, kept=holding(**held))
    assert wanted().result(somebody, {})["warnings"] == [
        f"There is no user {NAME} in account {ACCOUNT.id}, and {NOTHING.place} is the handover of "
        f"{held.get('user_name', NAME)}: make sure that the name is the one that you mean."
    ]
    # Of who is there, of its own handover, and of none, there is no doubt
    for observed in (
        replace(somebody, user=BARE.user),
        replace(BARE, user=None, kept=KEPT),
        replace(BARE, user=None, kept=NOTHING),
        replace(BARE, user=None, kept=None),
    ):
        assert "warnings" not in wanted().result(observed, {})


def test_an_administrator_is_said_to_leave_before_its_handover_goes() -> None:
    plan = wanted().plan(replace(WHOLE, kept=KEPT))
    assert [call for call, _parameters in calls_of(plan)] == ["tag_user"]
    assert (plan.before["handover"], plan.after["handover"]) == (KEPT.describe(), None)
    assert calls_of(ANNOUNCED.plan(replace(LEAVING, kept=KEPT)))[-1] == ("keep", {})


def test_the_handover_is_read_of_the_account_that_is_expected_alone() -> None:
    aws, handover = an_account(), Memory(KEPT)
    assert wanted().observe(aws, handover).kept == KEPT
    assert wanted(account_id=ACCOUNT.id).observe(aws, handover).kept == KEPT
    assert handover.reads == 2
    with pytest.raises(AdminError, match="not to the expected account 444455556666"):
        wanted(account_id="444455556666").observe(aws, handover)
    assert handover.reads == 2
    assert wanted().observe(aws).kept is None
    assert "void" not in repr(wanted().observe(aws, handover))


def test_what_fails_leaves_the_handover_to_the_next_run() -> None:
    assert wanted().after_failure(AwsError("DeleteUser", "DeleteConflict", "no", False), KEPT) is KEPT


@dataclass
class Leaving(Aws):
    """An account whose user can leave, unless `refuses`; other administrators stay."""

    refuses: bool = False
    code: str = "AccessDenied"

    def delete_access_key(self, **_given: Any) -> None:
        self.writes.append("delete_access_key")

    delete_service_specific_credential = delete_ssh_public_key = delete_signing_certificate = delete_access_key

    def delete_user(self, **_given: Any) -> None:
        if self.refuses:
            raise AwsError("DeleteUser", self.code, "No")
        self.writes.append("delete_user")
        self.user = None


@pytest.mark.parametrize("device_names", [None, [NAME]])
def test_a_removal_that_failed_is_finished_by_the_next_one(waited: list[float], device_names: list[str] | None) -> None:
    aws: Any = Leaving(attached=[ADMINISTRATOR_ACCESS], others=["somebody"], refuses=True)
    aws.devices = {ACCOUNT.arn("mfa/somebody"): "somebody", PHONE: NAME}
    aws.create_user(UserName=NAME, Path="/", Tags=[])
    handover = Memory(KEPT, aws.writes)
    absent = wanted(device_names=device_names)
    with pytest.raises(AwsError, match="AccessDenied"):
        reconcile(absent, aws, check_mode=False, handover=handover)
    assert handover.kept == KEPT
    aws.refuses = False
    assert reconcile(absent, aws, check_mode=False, handover=handover)["changed"] is True
    assert aws.writes[-2:] == ["delete_user", "keep"]
    assert (aws.user, aws.devices, handover.kept) == (None, {ACCOUNT.arn("mfa/somebody"): "somebody"}, NOTHING)
    assert reconcile(absent, aws, check_mode=False, handover=handover)["changed"] is False
    assert handover.journal.count("keep") == 1
    assert waited == [3]


def test_a_last_administrator_who_has_to_stay_keeps_its_handover(waited: list[float]) -> None:
    aws: Any = Leaving(attached=[ADMINISTRATOR_ACCESS], others=["somebody"])
    aws.devices = {ACCOUNT.arn("mfa/somebody"): "somebody"}
    aws.create_user(UserName=NAME, Path="/", Tags=[])
    handover = Memory(KEPT)
    tag_user = aws.tag_user

    def somebody_leaves_too(**given: Any) -> None:
        tag_user(**given)
        aws.tags["somebody"] = leaving_now()

    aws.tag_user = somebody_leaves_too
    with pytest.raises(AdminError, match="is the last administrator") as refused:
        reconcile(wanted(), aws, check_mode=False, handover=handover)
    assert (refused.value.changed, handover.kept, handover.journal) == (False, KEPT, [])
    assert aws.writes == ["create_user", "tag_user", "untag_user"]
    assert waited == [3, 1, 2, 4, 8]


def test_a_handover_of_the_user_elsewhere_is_looked_for_where_there_is_none() -> None:
    elsewhere = {ACCOUNT.id: "handover/old"}
    handover = Memory(others=elsewhere)
    assert wanted().observe(an_account(), handover).kept == replace(NOTHING, elsewhere=elsewhere)
    assert handover.asked == [NAME]
    for aws, kept in ((an_account(), KEPT), (Aws(), NOTHING)):
        handover = Memory(kept, others=elsewhere)
        observed = wanted().observe(aws, handover)
        assert (observed.kept, handover.asked) == (kept, [])


def test_the_handover_of_an_account_that_was_renamed_is_named() -> None:
    kept = replace(NOTHING, elsewhere={ACCOUNT.id: "handover/old"})
    with pytest.raises(AdminError, match=f"^The handover of {NAME} in account {ACCOUNT.id} is handover/old: rename"):
        wanted().plan(replace(WHOLE, kept=kept))


def test_what_could_not_be_listed_is_said_where_aws_refuses_to_delete_the_user(
    waited: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    aws: Any = Leaving(others=["somebody"], refuses=True, code="DeleteConflict")
    aws.create_user(UserName=NAME, Path="/", Tags=[])
    monkeypatch.setattr(aws, "list_service_specific_credentials", missing("InvalidAction"))
    with pytest.raises(AwsError) as failed:
        reconcile(wanted(), aws, check_mode=False)
    assert str(failed.value) == (
        "DeleteUser failed: DeleteConflict: No. Remove what still depends on it, and run again. "
        "ListServiceSpecificCredentials failed: InvalidAction: No. So none were removed; AWS deletes no user who has "
        "any left."
    )
    assert waited == [1, 2, 4, 8]
