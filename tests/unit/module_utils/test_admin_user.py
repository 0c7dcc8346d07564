# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The administrator: every difference has its step, and no difference has none."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, fields, replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.account import Account
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.admin_user import (
    ARGUMENT_SPEC,
    AdminUser,
    LoginProfile,
    Observed,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.administrators import LEAVING_TAG
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, AwsError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.group import Group, read_group
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.kept import Kept
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.plan import Keep, reconcile
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.policies import (
    REQUIRE_MFA,
    REQUIRE_MFA_DOCUMENT,
    candidate_arns,
    resolve_policies,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.proof import PROOF_TAG
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.user import User
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import (
    ACCOUNT,
    ADMINISTRATOR_ACCESS,
    MADE,
    NAME,
    FakeAws,
    FakeGroup,
    calls_of,
    options,
)
from ansible_collections.landing_zone.aws_admin.tests.unit.keeper import NOTHING, Memory, holding, killed_after

READ_ONLY = "arn:aws:iam::aws:policy/ReadOnlyAccess"
BILLING = "arn:aws:iam::aws:policy/job-function/Billing"
BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"
OWN = ACCOUNT.arn("policy/AdministratorAccess")
NEW_PASSWORD = {"UserName": NAME, "Password": "void", "PasswordResetRequired": True}
USER = User(NAME, "/", None, {"team": "a"}, ACCOUNT.arn(f"user/{NAME}"), "AIDAVOID", MADE.isoformat())
DONE = Observed(ACCOUNT, USER, (ADMINISTRATOR_ACCESS,), None, (), None, {"AdministratorAccess": ADMINISTRATOR_ACCESS})
WITH_MFA = replace(DONE, mfa_devices=(ACCOUNT.arn(f"mfa/{NAME}"),))
ITSELF = replace(ACCOUNT, caller_arn=ACCOUNT.arn(f"user/{NAME}"))
WITH_PASSWORD = replace(WITH_MFA, login_profile=LoginProfile(password_reset_required=False))
BARE = replace(DONE, attached_policies=())
PHONE = ACCOUNT.arn(f"mfa/{NAME}")


def wanted(**given: Any) -> AdminUser:
    return AdminUser.from_params(options(ARGUMENT_SPEC, name=NAME, **given))


def details_of(observed: Observed) -> dict[str, Any]:
    """Return what GetAccountAuthorizationDetails tells of the user and its group."""
    user, group = observed.user, observed.group
    assert user
    bound = user.permissions_boundary
    told = {
        "UserName": NAME,
        "Path": user.path,
        "Arn": user.arn,
        "AttachedManagedPolicies": [{"PolicyArn": arn} for arn in observed.attached_policies],
        "UserPolicyList": [{"PolicyName": REQUIRE_MFA, "PolicyDocument": observed.requires_mfa}]
        if observed.requires_mfa
        else [],
        "GroupList": [group.group_name] if group and group.has_user else [],
        "PermissionsBoundary": {"PermissionsBoundaryArn": bound} if bound else None,
    }
    if group is None:
        return {"UserDetailList": [told]}
    policies = [{"PolicyArn": arn} for arn in group.attached_policies]
    return {
        "UserDetailList": [told],
        "GroupDetailList": [{"GroupName": group.group_name, "AttachedManagedPolicies": policies}],
    }


def with_somebody(details: dict[str, Any]) -> dict[str, Any]:
    """Return it with one more user, who is an administrator."""
    (own,) = details["UserDetailList"]
    return {**details, "UserDetailList": [own, {**own, "UserName": "somebody", "Arn": ACCOUNT.arn("user/somebody")}]}


def exposed(observed: Observed, **changes: Any) -> Observed:
    """Return it with a console password and without MFA, and with what is read then."""
    alone = replace(observed, login_profile=LoginProfile(password_reset_required=False), **changes)
    return replace(alone, exposed=(NAME,), details=details_of(alone))


def calling_itself(observed: Observed, **changes: Any) -> Observed:
    """Return it as it is read where the user itself calls."""
    own = replace(observed, account=ITSELF, **changes)
    return replace(own, details=details_of(own))


def sending(observed: Observed) -> Observed:
    """Return it with the password that AWS would be sent."""
    return replace(observed, password="void")


def with_user(**changes: Any) -> Observed:
    return replace(DONE, user=replace(USER, **changes))


# Options


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"name": "jo doe"}, "name 'jo doe' has characters"),
        ({"name": ""}, "name is empty"),
        ({"path": "admins"}, "path 'admins' is not valid"),
        ({"path": ""}, "path '' is not valid"),
        ({"account_alias": "Acme"}, "account_alias 'Acme' is not valid"),
        ({"managed_policies": ["Administrator Access"]}, "managed_policies 'Administrator Access' has characters"),
        ({"managed_policies": ["arn:aws:iam::aws:role/a"]}, "^managed_policies 'arn:aws:iam::aws:role/a' is "),
        ({"permissions_boundary": "boundary"}, "^permissions_boundary 'boundary' is "),
        ({"password": ""}, "password must have 1 to 128 characters"),
        ({"password": "x" * 129}, "password must have 1 to 128 characters"),
        ({"console_access": "always"}, "console_access: always needs a password"),
    ],
)
def test_options_that_aws_would_refuse_are_refused(given: dict[str, Any], sentence: str) -> None:
    with pytest.raises(AdminError, match=f"^{sentence}"):
        AdminUser.from_params(options(ARGUMENT_SPEC, **{"name": NAME, **given}))


def test_the_password_is_in_no_refusal_and_not_shown() -> None:
    with pytest.raises(AdminError) as refused:
        wanted(password="void" * 33)
    assert "void" not in str(refused.value)
    assert "void" not in repr(wanted(password="void"))


def test_ansible_is_told_that_the_password_is_secret() -> None:
    assert [option for option, entry in ARGUMENT_SPEC.items() if entry.get("no_log")] == ["password"]


@pytest.mark.parametrize("length", [1, 128])
def test_a_password_is_as_long_as_aws_allows(length: int) -> None:
    assert wanted(password="x" * length).password == "x" * length


def test_a_policy_may_have_a_longer_name_than_a_user() -> None:
    assert wanted(managed_policies=["x" * 128]).managed_policies == ("x" * 128,)
    with pytest.raises(AdminError, match="managed_policies is 129 characters long"):
        wanted(managed_policies=["x" * 129])


def test_tags_become_text() -> None:
    assert wanted(tags={"cost": 1, "critical": True}).tags == {"cost": "1", "critical": "True"}


def test_a_policy_that_is_named_twice_is_one() -> None:
    assert wanted(managed_policies=["A", "B", "A"]).managed_policies == ("A", "B")


# Steps


@pytest.mark.parametrize(
    ("given", "observed", "steps"),
    [
        pytest.param({}, DONE, [], id="nothing is different"),
        pytest.param(
            {},
            replace(DONE, user=None, attached_policies=()),
            [
                ("create_user", {"UserName": NAME, "Path": "/"}),
                ("attach_user_policy", {"UserName": NAME, "PolicyArn": ADMINISTRATOR_ACCESS}),
            ],
            id="a new user",
        ),
        pytest.param(
            {"path": "/admins/", "permissions_boundary": BOUNDARY, "tags": {"team": "b"}},
            replace(DONE, user=None),
            [
                (
                    "create_user",
                    {
                        "UserName": NAME,
                        "Path": "/admins/",
                        "PermissionsBoundary": BOUNDARY,
                        "Tags": [{"Key": "team", "Value": "b"}],
                    },
                )
            ],
            id="a new user is whole from its first moment",
        ),
        pytest.param({"path": "/"}, DONE, [], id="the same path"),
        pytest.param(
            {"path": "/admins/"},
            DONE,
            [("update_user", {"UserName": NAME, "NewPath": "/admins/"})],
            id="another path",
        ),
        pytest.param({}, with_user(path="/admins/"), [], id="a path that is not asked for stays"),
        pytest.param(
            {"permissions_boundary": BOUNDARY},
            DONE,
            [("put_user_permissions_boundary", {"UserName": NAME, "PermissionsBoundary": BOUNDARY})],
            id="a boundary",
        ),
        pytest.param(
            {"permissions_boundary": BOUNDARY},
            with_user(permissions_boundary=READ_ONLY),
            [("put_user_permissions_boundary", {"UserName": NAME, "PermissionsBoundary": BOUNDARY})],
            id="another boundary",
        ),
        pytest.param(
            {"permissions_boundary": ""},
            with_user(permissions_boundary=BOUNDARY),
            [("delete_user_permissions_boundary", {"UserName": NAME})],
            id="no boundary any more",
        ),
        pytest.param({"permissions_boundary": ""}, DONE, [], id="no boundary, as before"),
        pytest.param({}, with_user(permissions_boundary=BOUNDARY), [], id="a boundary that is not asked for stays"),
        pytest.param(
            {"tags": {"owner": "x"}},
            DONE,
            [
                ("untag_user", {"UserName": NAME, "TagKeys": ["team"]}),
                ("tag_user", {"UserName": NAME, "Tags": [{"Key": "owner", "Value": "x"}]}),
            ],
            id="other tags, purged",
        ),
        pytest.param(
            {"tags": {"owner": "x"}, "purge_tags": False},
            DONE,
            [("tag_user", {"UserName": NAME, "Tags": [{"Key": "owner", "Value": "x"}]})],
            id="other tags, not purged",
        ),
        pytest.param(
            {"tags": {"team": "b"}},
            DONE,
            [("tag_user", {"UserName": NAME, "Tags": [{"Key": "team", "Value": "b"}]})],
            id="another value of a tag",
        ),
        pytest.param(
            {"tags": {}}, DONE, [("untag_user", {"UserName": NAME, "TagKeys": ["team"]})], id="no tags, purged"
        ),
        pytest.param({"tags": {}, "purge_tags": False}, DONE, [], id="no tags, not purged"),
        pytest.param({"tags": {"team": "a"}}, DONE, [], id="the same tags"),
        pytest.param({}, replace(DONE, attached_policies=(READ_ONLY, ADMINISTRATOR_ACCESS)), [], id="one policy more"),
        pytest.param(
            {"purge_policies": True},
            replace(DONE, attached_policies=(READ_ONLY,)),
            [
                ("attach_user_policy", {"UserName": NAME, "PolicyArn": ADMINISTRATOR_ACCESS}),
                ("detach_user_policy", {"UserName": NAME, "PolicyArn": READ_ONLY}),
            ],
            id="other policies, purged",
        ),
        pytest.param(
            {"purge_policies": False},
            replace(DONE, attached_policies=(READ_ONLY,)),
            [("attach_user_policy", {"UserName": NAME, "PolicyArn": ADMINISTRATOR_ACCESS})],
            id="other policies, not purged",
        ),
        pytest.param({"account_alias": "acme"}, replace(DONE, account_alias="acme"), [], id="the same alias"),
        pytest.param(
            {"account_alias": "acme"},
            DONE,
            [("create_account_alias", {"AccountAlias": "acme"})],
            id="an alias",
        ),
        pytest.param(
            {"account_alias": "acme"},
            replace(DONE, account_alias="other"),
            [("create_account_alias", {"AccountAlias": "acme"})],
            id="another alias",
        ),
        pytest.param({}, replace(DONE, account_alias="acme"), [], id="an alias that is not asked for stays"),
    ],
)
def test_each_difference_has_its_step(
    given: dict[str, Any], observed: Observed, steps: list[tuple[str, dict[str, Any]]]
) -> None:
    assert calls_of(wanted(**given).plan(observed)) == steps


CREATE = [("create_login_profile", NEW_PASSWORD)]
UPDATE = [("update_login_profile", NEW_PASSWORD)]
DELETE = [("delete_login_profile", {"UserName": NAME})]


@pytest.mark.parametrize("update_password", ["on_create", "always"])
@pytest.mark.parametrize(
    ("console_access", "observed", "steps", "access"),
    [
        ("after_mfa", DONE, [], "pending_mfa"),
        ("after_mfa", WITH_MFA, CREATE, "present"),
        ("always", DONE, CREATE, "present"),
        ("always", WITH_MFA, CREATE, "present"),
        ("never", DONE, [], "absent"),
        ("never", WITH_MFA, [], "absent"),
        ("never", WITH_PASSWORD, DELETE, "absent"),
        ("never", replace(WITH_PASSWORD, mfa_devices=()), DELETE, "absent"),
    ],
)
def test_the_console_password_comes_when_console_access_says(
    update_password: str, console_access: str, observed: Observed, steps: list[Any], access: str
) -> None:
    user = wanted(password="void", console_access=console_access, update_password=update_password)
    assert calls_of(user.plan(sending(observed))) == steps
    assert user.result(sending(observed), None)["console_access"] == access


@pytest.mark.parametrize("console_access", ["after_mfa", "always"])
@pytest.mark.parametrize(("update_password", "steps"), [("on_create", []), ("always", UPDATE)])
def test_a_password_that_is_there_is_set_anew_only_when_that_is_asked_for(
    console_access: str, update_password: str, steps: list[Any]
) -> None:
    user = wanted(password="void", console_access=console_access, update_password=update_password)
    assert calls_of(user.plan(sending(WITH_PASSWORD))) == steps
    assert user.result(sending(WITH_PASSWORD), None)["console_access"] == "present"


@pytest.mark.parametrize("update_password", ["on_create", "always"])
@pytest.mark.parametrize(
    ("observed", "access"), [(DONE, "pending_mfa"), (WITH_MFA, "absent"), (WITH_PASSWORD, "present")]
)
def test_without_a_password_the_console_stays_as_it_is(update_password: str, observed: Observed, access: str) -> None:
    user = wanted(update_password=update_password)
    assert calls_of(user.plan(observed)) == []
    assert user.result(observed, None)["console_access"] == access


def test_of_ten_policies_that_go_one_makes_room_and_nine_wait() -> None:
    reads = [f"arn:aws:iam::aws:policy/Reads{number}" for number in range(10)]
    aws: Any = FakeAws(attached=[*reads])
    aws.create_user(UserName=NAME, Path="/")
    aws.writes.clear()
    reconcile(wanted(purge_policies=True), aws, check_mode=False)
    assert aws.attached == [ADMINISTRATOR_ACCESS]
    assert aws.writes == ["detach_user_policy", "attach_user_policy", *["detach_user_policy"] * 9]


def test_the_administrator_may_keep_the_password() -> None:
    plan = wanted(password="void", password_reset_required=False).plan(sending(WITH_MFA))
    assert calls_of(plan) == [("create_login_profile", {**NEW_PASSWORD, "PasswordResetRequired": False})]


def test_the_console_opens_last() -> None:
    user = wanted(password="void", path="/admins/", tags={}, account_alias="acme", purge_policies=True)
    plan = user.plan(sending(replace(WITH_MFA, attached_policies=(READ_ONLY,))))
    assert [call for call, _parameters in calls_of(plan)] == [
        "update_user",
        "untag_user",
        "create_account_alias",
        "attach_user_policy",
        "detach_user_policy",
        "create_login_profile",
    ]


def test_the_console_closes_first() -> None:
    user = wanted(console_access="never", path="/admins/")
    plan = user.plan(replace(WITH_PASSWORD, attached_policies=()))
    assert [call for call, _parameters in calls_of(plan)] == [
        "delete_login_profile",
        "update_user",
        "attach_user_policy",
    ]


def test_the_diff_holds_no_password() -> None:
    plan = wanted(password="void").plan(sending(WITH_MFA))
    assert plan.before["console_password"] is None
    assert plan.after["console_password"] == {"set": "by this run", "reset_required": True}
    assert "void" not in repr(plan)
    assert "void" not in repr(sending(WITH_MFA))


def test_a_policy_that_does_not_exist_is_refused_by_name() -> None:
    observed = replace(DONE, wanted_policies={"AdministratorAccess": ADMINISTRATOR_ACCESS, "Typo": None})
    with pytest.raises(AdminError, match=r"^The managed policy 'Typo' does not exist in account 111122223333: "):
        wanted().plan(observed)


def test_nobody_takes_policies_from_themselves() -> None:
    observed = calling_itself(DONE, attached_policies=(ADMINISTRATOR_ACCESS, READ_ONLY))
    assert calls_of(wanted().plan(observed)) == []
    assert wanted(purge_policies=True).plan(observed).steps
    harmful = wanted(purge_policies=True, managed_policies=["ReadOnlyAccess"])
    observed = replace(observed, wanted_policies={"ReadOnlyAccess": READ_ONLY})
    with pytest.raises(AdminError, match=f"^This run acts as {NAME}, who might no longer be an administrator"):
        harmful.plan(observed)
    assert harmful.plan(replace(observed, account=ACCOUNT)).steps


def test_at_no_moment_does_a_password_alone_open_more() -> None:
    bound = exposed(with_user(permissions_boundary=READ_ONLY))
    with pytest.raises(AdminError, match="the password alone would open what it is given"):
        wanted(permissions_boundary="", require_mfa=True).plan(bound)
    denied_first = exposed(with_user(permissions_boundary=READ_ONLY), requires_mfa=REQUIRE_MFA_DOCUMENT)
    assert wanted(permissions_boundary="", require_mfa=True).plan(denied_first).steps


def test_a_group_that_aws_shows_late_is_not_taken_for_one_that_has_nothing() -> None:
    aws: Any = FakeAws(groups={"admins": FakeGroup()}, login_profile={"PasswordResetRequired": False})
    aws.create_user(UserName=NAME, Path="/")
    assert wanted(group="admins", managed_policies=[]).observe(aws).exposed == (NAME,)
    details = aws.get_account_authorization_details()
    aws.get_account_authorization_details = lambda: {**details, "GroupDetailList": []}
    with pytest.raises(AdminError) as refused:
        wanted(group="admins", managed_policies=[]).observe(aws)
    assert str(refused.value) == "AWS does not list the group admins yet: run again in a minute."


# What is read


@dataclass
class OfOneUser(FakeAws):
    """An account that answers only what is asked of the administrator; `keys` are its access keys."""

    keys: list[str] = field(default_factory=list)
    minimum: int | None = None

    def get_user(self, name: str) -> Any:
        return super().get_user(name) if name == NAME else None

    def get_login_profile(self, name: str) -> Any:
        return super().get_login_profile(name) if name == NAME else None

    def list_attached_user_policies(self, name: str) -> Any:
        return super().list_attached_user_policies(name) if name == NAME else []

    def get_user_policy(self, name: str, policy: str) -> Any:
        return super().get_user_policy(name, policy) if name == NAME else None

    def list_access_keys(self, name: str) -> Any:
        return [{"AccessKeyId": key, "CreateDate": MADE} for key in self.keys if name == NAME]

    def get_account_password_policy(self) -> Any:
        return self.minimum and {"MinimumPasswordLength": self.minimum}


def an_account(**given: Any) -> OfOneUser:
    """Return an account whose administrator has all that is read."""
    aws = OfOneUser(
        attached=[READ_ONLY],
        login_profile={"PasswordResetRequired": True},
        devices={ACCOUNT.arn(f"mfa/{NAME}"): NAME},
        aliases=["acme"],
        inline={REQUIRE_MFA: {"of": "the user"}},
        minimum=14,
        **given,
    )
    aws.create_user(UserName=NAME, Path="/", Tags=[{"Key": "team", "Value": "a"}])
    return aws


def seen(aws: Any, **given: Any) -> Observed:
    return wanted(**given).observe(aws)


def test_all_that_there_is_is_read() -> None:
    observed = seen(an_account(), require_mfa=True, update_password="always")
    assert observed == Observed(
        account=ACCOUNT,
        user=USER,
        attached_policies=(READ_ONLY,),
        login_profile=LoginProfile(password_reset_required=True),
        mfa_devices=(ACCOUNT.arn(f"mfa/{NAME}"),),
        account_alias="acme",
        wanted_policies={"AdministratorAccess": ADMINISTRATOR_ACCESS},
        requires_mfa={"of": "the user"},
        minimum_password_length=14,
    )


def test_what_nobody_has_spoken_of_is_not_read() -> None:
    observed = seen(an_account())
    assert (observed.requires_mfa, observed.minimum_password_length, observed.group) == (None, None, None)


def test_without_a_password_policy_a_password_has_eight_characters() -> None:
    aws = an_account()
    aws.minimum = None
    assert seen(aws, update_password="always").minimum_password_length == 8


def test_a_policy_that_the_group_has_is_not_asked_for() -> None:
    own = ACCOUNT.arn("policy/Own")
    aws = an_account(groups={"admins": FakeGroup(attached=[own])}, policies=set())
    assert seen(aws, group="admins", managed_policies=[own]).wanted_policies == {own: own}


@pytest.mark.parametrize(
    ("tagged", "left"), [(None, ()), ("then AKIA1", ("AKIA1",)), (MADE.isoformat(), ("AKIA1", "AKIA2"))]
)
def test_the_keys_that_a_proof_has_left_are_read(tagged: str | None, left: tuple[str, ...]) -> None:
    aws = an_account(keys=["AKIA1", "AKIA2"])
    assert aws.user
    aws.user["Tags"] = [{"Key": PROOF_TAG, "Value": tagged}] if tagged else []
    assert seen(aws).left_over_keys == left


def test_the_key_that_a_proof_has_left_is_deleted_and_that_is_in_the_diff() -> None:
    plan = wanted().plan(replace(DONE, left_over_keys=("AKIA1",)))
    assert calls_of(plan) == [("delete_access_key", {"UserName": NAME, "AccessKeyId": "AKIA1"})]
    assert plan.before["access_keys_of_a_proof"] == ["AKIA1"]
    assert "access_keys_of_a_proof" not in plan.after


def test_of_several_keys_that_a_proof_may_have_left_none_is_deleted() -> None:
    with pytest.raises(
        AdminError, match=f"^A killed proof .* the access keys of {NAME}, AKIA1 and AKIA2, and does not"
    ):
        wanted().plan(replace(DONE, left_over_keys=("AKIA1", "AKIA2")))


def test_a_key_that_the_call_is_signed_with_is_left_by_no_proof() -> None:
    aws = an_account(keys=["AKIA1", "AKIA2"])
    assert aws.user
    aws.user["Tags"] = [{"Key": PROOF_TAG, "Value": MADE.isoformat()}]
    aws.with_source = lambda account: replace(account, key_ids=frozenset(["ASIA1", "AKIA1"]))
    assert seen(aws).left_over_keys == ("AKIA2",)


@pytest.mark.parametrize(
    ("caller", "asked", "has_mfa"),
    [
        ("user/people/Somebody", ["Somebody"], True),
        ("user/other", ["other"], False),
        ("user/stranger", [], None),
        ("root", [], None),
    ],
)
def test_who_else_is_in_the_group_is_asked_for_mfa(caller: str, asked: list[str], has_mfa: bool | None) -> None:
    asks: list[str] = []

    class Called(OfOneUser):
        def get_caller_identity(self) -> Account:
            return replace(ACCOUNT, caller_arn=ACCOUNT.arn(caller))

        def list_mfa_devices(self, name: str) -> list[dict[str, Any]]:
            asks.append(name)
            return [{"SerialNumber": "void"}] if name == "Somebody" else []

    aws = Called(groups={"admins": FakeGroup(users=["somebody", "other"])})
    observed = seen(aws, group="admins", require_mfa=True)
    assert (observed.caller_has_mfa, observed.shut_out) == (has_mfa, ("other", "somebody"))
    assert sorted(asks) == sorted([NAME, "other", "somebody", *asked])


@dataclass
class Noting(FakeAws):
    """An account that notes what it is asked for where a plan needs it, and which `account` it says that it is."""

    account: Account = ACCOUNT
    asked: list[str] = field(default_factory=list)

    def get_caller_identity(self) -> Account:
        return self.account

    def with_source(self, account: Account) -> Account:
        self.asked.append("source")
        return account

    def list_access_keys(self, name: str) -> list[dict[str, Any]]:
        self.asked.append(f"keys of {name}")
        return [{"AccessKeyId": "AKIA1"}]

    def list_service_specific_credentials(self, _name: str) -> list[dict[str, Any]]:
        return []

    list_ssh_public_keys = list_signing_certificates = list_service_specific_credentials

    def get_account_authorization_details(self) -> dict[str, Any]:
        self.asked.append("details")
        return super().get_account_authorization_details()

    def get_login_profile(self, name: str) -> dict[str, Any] | None:
        self.asked += [f"password of {name}"] if name != NAME else []
        return super().get_login_profile(name)

    def list_mfa_devices(self, name: str) -> list[dict[str, Any]]:
        self.asked += [f"MFA of {name}"] if name != NAME else []
        return super().list_mfa_devices(name)

    def list_groups_for_user(self, name: str) -> list[dict[str, Any]]:
        self.asked.append("groups")
        return super().list_groups_for_user(name)

    def list_virtual_mfa_devices(self) -> list[dict[str, Any]]:
        self.asked.append("devices")
        return super().list_virtual_mfa_devices()


ADMINISTRATOR = {"attached": [ADMINISTRATOR_ACCESS]}
HAS_PASSWORD = {"login_profile": {"PasswordResetRequired": False}}
HAS_MFA = {"devices": {PHONE: NAME}}
SOMEBODY = replace(ACCOUNT, caller_arn=ACCOUNT.arn("user/somebody"))
NEW_PASSWORD_ALWAYS = {"password": "void", "update_password": "always"}


@pytest.mark.parametrize(
    ("given", "has", "asked"),
    [
        # Nothing that gives or takes
        ({"adopt": False}, {**ADMINISTRATOR, **HAS_PASSWORD, "account": ITSELF}, []),
        ({"adopt": False, "tags": {"team": "b"}}, {**ADMINISTRATOR, **HAS_PASSWORD, "account": ITSELF}, []),
        # Permissions
        ({}, {}, ["source"]),
        ({"adopt": False}, {}, ["source", f"keys of {NAME}"]),
        ({}, HAS_PASSWORD, ["source", "details"]),
        ({}, {**HAS_PASSWORD, **HAS_MFA}, ["source"]),
        ({}, {"account": ITSELF}, ["source", "details"]),
        # A password, which goes or comes
        ({"console_access": "never"}, {**ADMINISTRATOR, **HAS_PASSWORD}, ["source"]),
        ({"password": "void", "adopt": False}, {**ADMINISTRATOR, **HAS_MFA, "account": ITSELF}, [f"keys of {NAME}"]),
        (NEW_PASSWORD_ALWAYS, {**ADMINISTRATOR, **HAS_PASSWORD}, ["details"]),
        # Whose devices of these names are, where the user is given something else than a password
        ({"device_names": ["phone"]}, {}, ["source", "devices"]),
        ({"device_names": ["phone"], "password": "void"}, {**ADMINISTRATOR, **HAS_MFA}, []),
        # A new user
        ({"adopt": False}, {"user": False}, []),
        (
            {"adopt": False, "group": "admins"},
            {"user": False, "groups": {"admins": FakeGroup([ADMINISTRATOR_ACCESS], {}, ["somebody"])}},
            ["source"],
        ),
        # Other members, who are given something, too
        (
            {"group": "admins"},
            {"groups": {"admins": FakeGroup([], {}, ["somebody"])}, "others": ["somebody"]},
            ["source", "password of somebody", "MFA of somebody", "details", "groups"],
        ),
        # MFA, which is required already
        (
            {"group": "admins", "require_mfa": True},
            {
                "groups": {"admins": FakeGroup([], {REQUIRE_MFA: REQUIRE_MFA_DOCUMENT}, ["somebody", NAME])},
                "account": SOMEBODY,
            },
            ["source", "password of somebody"],
        ),
    ],
)
def test_what_is_at_stake_is_read_only_where_something_is(
    given: dict[str, Any], has: dict[str, Any], asked: list[str]
) -> None:
    aws = Noting(**{**has, "user": None})
    if has.get("user", True):
        aws.create_user(UserName=NAME, Path="/")
    observed = seen(aws, **given)
    assert aws.asked == asked
    assert observed.credentials.get("access_keys", ()) == (("AKIA1",) if f"keys of {NAME}" in asked else ())
    assert (observed.details is not None) is ("details" in asked)


@pytest.mark.parametrize(
    ("given", "attached", "who"),
    [
        ({}, [], (NAME, "somebody")),
        # That the password alone opens it is what is asked for
        ({"console_access": "always", "password": "void"}, [], ("somebody",)),
        # The members have it already
        (NEW_PASSWORD_ALWAYS, [ADMINISTRATOR_ACCESS], (NAME,)),
    ],
)
def test_who_has_a_password_alone_is_exposed_where_something_is_given(
    given: dict[str, Any], attached: list[str], who: tuple[str, ...]
) -> None:
    members = [NAME, "kim", "robot", "somebody"]
    aws: Any = FakeAws(
        groups={"admins": FakeGroup(attached, {}, members)},
        others=["kim", "somebody"],
        devices={ACCOUNT.arn("mfa/kim"): "kim"},
        **HAS_PASSWORD,
    )
    aws.create_user(UserName=NAME, Path="/")
    assert seen(aws, group="admins", **given).exposed == who


# Strangers

LACKS_ALL = replace(DONE, attached_policies=())
BARE = replace(LACKS_ALL, user=replace(USER, tags={}))
CREDENTIALS = {
    "access_keys": ("AKIAONE", "AKIATWO"),
    "service_specific_credentials": ("ACCAONE",),
    "ssh_public_keys": ("APKAONE",),
    "signing_certificates": ("CERTIFICATE",),
}


ATTACH = ("attach_user_policy", {"UserName": NAME, "PolicyArn": ADMINISTRATOR_ACCESS})
NOBODY = "find out whose it is, and then run again with -e iam_admin_adopt=true, or set another iam_admin_name."


def refused(observed: Observed, **given: Any) -> str:
    with pytest.raises(AdminError) as refusal:
        wanted(adopt=False, **given).plan(observed)
    return str(refusal.value)


@pytest.mark.parametrize(
    ("observed", "named"),
    [
        (replace(BARE, login_profile=LoginProfile(password_reset_required=True)), "a console password"),
        (replace(BARE, mfa_devices=("SERIAL", "OTHER")), "the MFA device SERIAL, the MFA device OTHER"),
        (
            replace(BARE, credentials=CREDENTIALS, left_over_keys=("AKIAONE",)),
            "the access key AKIATWO, the service specific credential ACCAONE, the ssh public key APKAONE, "
            "the signing certificate CERTIFICATE",
        ),
        (replace(BARE, user=replace(USER, tags={}, path="/dev/")), "the path /dev/"),
        (replace(BARE, user=replace(USER, tags={"team": "a", "b": ""})), "the tag team, the tag b"),
    ],
    ids=["password", "devices", "credentials", "path", "tags"],
)
@pytest.mark.parametrize("kept", [None, NOTHING], ids=["nobody asked", "no handover"])
def test_a_stranger_is_given_nothing_and_told_by_what_it_has(observed: Observed, named: str, kept: Kept | None) -> None:
    assert refused(replace(observed, kept=kept)) == (
        f"{NAME} already exists in account {ACCOUNT.id}, with {named}, which the handover does not know: {NOBODY}"
    )
    assert wanted(adopt=True).plan(replace(observed, kept=kept)).steps


def test_a_group_that_others_are_in_is_given_nothing_before_it_is_adopted() -> None:
    others = Group("admins", (), has_user=True, members=("somebody", NAME, "other"))
    lacking = replace(LACKS_ALL, group=others)
    with pytest.raises(AdminError) as refusal:
        wanted(adopt=False, group="admins").plan(lacking)
    assert str(refusal.value) == (
        f"The group admins in account {ACCOUNT.id} would give permissions to other, somebody, too: make sure who "
        "they are, then run again with -e iam_admin_adopt=true, or set another iam_admin_group."
    )
    assert wanted(group="admins").plan(lacking).steps
    # It has all of it already, or nobody else
    for user, group in (
        (lacking.user, replace(others, attached_policies=(ADMINISTRATOR_ACCESS,))),
        (None, replace(others, members=(NAME,))),
    ):
        wanted(adopt=False, group="admins").plan(replace(lacking, user=user, group=group))


def test_who_is_shut_out_by_required_mfa_is_named() -> None:
    result = wanted(group="admins", require_mfa=True).result(replace(DONE, shut_out=("other", "somebody")), {})
    assert result["warnings"] == [
        "MFA is required of the group admins now, and other, somebody can do nothing until "
        "somebody else enables an MFA device."
    ]


@pytest.mark.parametrize(
    ("user", "given"),
    [
        ({}, {}),
        ({"tags": {"aws:cloudformation:stack-name": "a", PROOF_TAG: "b", LEAVING_TAG: "c"}}, {}),
        ({"path": "/admins/", "tags": {"team": "a"}}, {"path": "/admins/", "tags": {"team": "a"}}),
        ({"path": "/"}, {"path": "/admins/"}),
    ],
    ids=["nothing", "tags of AWS and ours", "as we would make it", "on its way"],
)
@pytest.mark.parametrize("kept", [None, NOTHING], ids=["nobody asked", "no handover"])
def test_what_a_run_that_was_killed_may_have_left_is_no_stranger(
    user: dict[str, Any], given: dict[str, Any], kept: Kept | None
) -> None:
    bare = replace(BARE, user=replace(USER, **{"tags": {}, **user}), kept=kept)
    assert ATTACH in calls_of(wanted(adopt=False, **given).plan(bare))


def test_another_value_of_our_tag_is_somebody_elses() -> None:
    assert "with the tag team, which" in refused(replace(BARE, user=USER), tags={"team": "b"})


@pytest.mark.parametrize("observed", [DONE, replace(LACKS_ALL, user=None)], ids=["lacks nothing", "is not there"])
def test_nobody_is_a_stranger_who_is_given_nothing(observed: Observed) -> None:
    wanted(adopt=False).plan(observed)


@pytest.mark.parametrize(("adopt", "reads"), [(False, 4), (True, 0)])
@pytest.mark.parametrize("lacks", [True, False])
def test_credentials_are_read_only_of_who_may_be_a_stranger(adopt: bool, reads: int, lacks: bool) -> None:
    read: list[str] = []

    class Counted(OfOneUser):
        def _none(self, _name: str) -> list[dict[str, Any]]:
            read.append("another list")
            return []

        list_service_specific_credentials = list_ssh_public_keys = list_signing_certificates = _none

        def list_access_keys(self, _name: str) -> list[dict[str, Any]]:
            read.append("list_access_keys")
            return [{"AccessKeyId": "AKIAONE"}]

    there = {"UserName": NAME, "Path": "/", "Arn": USER.arn, "UserId": USER.user_id, "CreateDate": MADE}
    observed = seen(Counted(user=there, attached=[] if lacks else [ADMINISTRATOR_ACCESS]), adopt=adopt)
    assert len(read) == (reads if lacks else 0)
    assert observed.credentials.get("access_keys", ()) == (("AKIAONE",) if read else ())


# Sentences


@pytest.mark.parametrize(
    ("given", "observed", "said"),
    [
        (
            {"managed_policies": ["Typo"]},
            replace(DONE, wanted_policies={"Typo": None}),
            f"The managed policy 'Typo' does not exist in account {ACCOUNT.id}: correct its name, or give its ARN if "
            "it has a path.",
        ),
        (
            {"managed_policies": [], "purge_policies": True},
            calling_itself(DONE, wanted_policies={}),
            f"This run acts as {NAME}, who might no longer be an administrator after it: leave out "
            "what takes that from it (purge_policies, permissions_boundary, or what the group denies), or let another "
            "administrator do it.",
        ),
        (
            {"console_access": "never"},
            replace(WITH_PASSWORD, account=ITSELF),
            f"This run acts as {NAME}, and console_access: never would delete its own console password: let another "
            "administrator do it.",
        ),
        (
            {},
            exposed(DONE, attached_policies=()),
            f"{NAME} has a console password and no MFA device, so the password alone would open what it is given: "
            "enable a device for it first, or delete the password (aws iam delete-login-profile --user-name "
            f"{NAME}), and run again.",
        ),
        (
            {"group": "admins"},
            exposed(DONE, attached_policies=(), group=Group("admins", (ADMINISTRATOR_ACCESS,), has_user=False)),
            f"{NAME} has a console password and no MFA device, so the password alone would open what it is given: "
            "enable a device for it first, or delete the password (aws iam delete-login-profile --user-name "
            f"{NAME}), and run again.",
        ),
        (
            {"require_mfa": True},
            replace(DONE, account=ITSELF, caller_has_mfa=False),
            f"This run acts as {NAME}, who has no MFA device and would be locked out by iam_admin_require_mfa: enable "
            "one for that user first, or let another administrator run this.",
        ),
        (
            {"password": "void", "update_password": "always"},
            exposed(DONE),
            f"{NAME} has a console password and no MFA device, so the password alone would open what it is given: "
            "enable a device for it first, or delete the password (aws iam delete-login-profile --user-name "
            f"{NAME}), and run again.",
        ),
    ],
    ids=[
        "no policy",
        "the last policy",
        "the own password",
        "a password alone",
        "a password alone, and a group",
        "locked out",
        "a new password alone",
    ],
)
def test_what_would_do_harm_is_refused_in_a_sentence(given: dict[str, Any], observed: Observed, said: str) -> None:
    user = wanted(**given)
    with pytest.raises(AdminError) as refused:
        user.plan(replace(observed, password=user.password))
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("given", "observed"),
    [
        # It has by the group what it is given, and by itself
        (
            {"group": "admins"},
            exposed(DONE, attached_policies=(), group=Group("admins", (ADMINISTRATOR_ACCESS,), has_user=True)),
        ),
        ({}, exposed(DONE)),
        # It moves into a group with what it has
        ({"group": "admins"}, exposed(DONE)),
        # Without MFA it may do nothing
        ({}, exposed(DONE, attached_policies=(), requires_mfa=REQUIRE_MFA_DOCUMENT)),
        # What a password alone opens is what is asked for
        (
            {"console_access": "always", "password": "void"},
            replace(DONE, attached_policies=(), login_profile=LoginProfile(password_reset_required=False)),
        ),
        ({}, replace(DONE, attached_policies=())),
        # Nothing that requires MFA is done
        ({"require_mfa": True}, replace(DONE, requires_mfa=REQUIRE_MFA_DOCUMENT, caller_has_mfa=False)),
        ({"require_mfa": True, "tags": {}}, replace(DONE, requires_mfa=REQUIRE_MFA_DOCUMENT, caller_has_mfa=False)),
        # A new password is for the user alone
        (
            {"password": "void", "update_password": "always"},
            replace(WITH_PASSWORD, exposed=("somebody",), details=with_somebody(details_of(WITH_PASSWORD))),
        ),
        # It is adopted, or given nothing
        ({}, replace(WITH_PASSWORD, attached_policies=(), credentials={"access_keys": ("AKIA1",)})),
        ({"adopt": False, "tags": {"team": "b"}}, WITH_PASSWORD),
        ({"adopt": False, "console_access": "never"}, WITH_PASSWORD),
        # Another password gives nothing to who has one
        ({"adopt": False, **NEW_PASSWORD_ALWAYS}, WITH_PASSWORD),
    ],
)
def test_what_does_no_harm_is_planned(given: dict[str, Any], observed: Observed) -> None:
    user = wanted(**given)
    assert user.plan(replace(observed, password=user.password)).refusal is None


def test_a_stranger_is_given_no_password() -> None:
    complete = sending(replace(BARE, mfa_devices=(PHONE,), attached_policies=(ADMINISTRATOR_ACCESS,)))
    said = f"already exists in account {ACCOUNT.id}, with the MFA device {PHONE}, which"
    assert said in refused(complete, password="void")


def test_where_mfa_is_not_spoken_of_the_policy_that_requires_it_stays() -> None:
    assert wanted().plan(replace(DONE, requires_mfa=REQUIRE_MFA_DOCUMENT)).steps == ()
    group = Group("admins", (ADMINISTRATOR_ACCESS,), has_user=True, requires_mfa=REQUIRE_MFA_DOCUMENT)
    assert wanted(group="admins").plan(replace(DONE, attached_policies=(), group=group)).steps == ()


@pytest.mark.parametrize(
    ("purge", "detached"), [(False, [ADMINISTRATOR_ACCESS]), (True, [ADMINISTRATOR_ACCESS, READ_ONLY])]
)
def test_with_a_group_the_user_itself_needs_no_policies(purge: bool, detached: list[str]) -> None:
    observed = replace(
        DONE,
        attached_policies=(ADMINISTRATOR_ACCESS, READ_ONLY),
        group=Group("admins", (ADMINISTRATOR_ACCESS,), has_user=True),
    )
    assert calls_of(wanted(group="admins", purge_policies=purge).plan(observed)) == [
        ("detach_user_policy", {"UserName": NAME, "PolicyArn": arn}) for arn in detached
    ]


def test_tags_of_aws_are_never_purged() -> None:
    there = with_user(tags={"aws:made-by": "a", "team": "a", "cost": "1"})
    plan = wanted(tags={"team": "a"}).plan(there)
    assert calls_of(plan) == [("untag_user", {"UserName": NAME, "TagKeys": ["cost"]})]
    assert plan.after["user"]["tags"] == {"aws:made-by": "a", "team": "a"}


def test_the_diff_has_all_that_is_managed() -> None:
    before = replace(
        WITH_PASSWORD,
        attached_policies=(READ_ONLY, ADMINISTRATOR_ACCESS),
        account_alias="acme",
        requires_mfa=REQUIRE_MFA_DOCUMENT,
        group=Group("admins", (), has_user=True),
    )
    plan = wanted(group="admins", password="void", update_password="always").plan(sending(before))
    assert plan.before == {
        "user": {
            "user_name": NAME,
            "arn": ACCOUNT.arn(f"user/{NAME}"),
            "user_id": "AIDAVOID",
            "path": "/",
            "create_date": MADE.isoformat(),
            "permissions_boundary": None,
            "tags": {"team": "a"},
        },
        "attached_policies": [ADMINISTRATOR_ACCESS, READ_ONLY],
        "require_mfa": REQUIRE_MFA_DOCUMENT,
        "group": {"group_name": "admins", "attached_policies": [], "has_user": True, "require_mfa": None},
        "console_password": {"set": "before", "reset_required": False},
        "account_alias": "acme",
    }
    assert plan.after["console_password"] == {"set": "by this run", "reset_required": True}


def test_what_is_as_long_as_aws_allows_is_taken() -> None:
    user = wanted(account_id=ACCOUNT.id, group="x" * 128)
    assert (user.account_id, user.group) == (ACCOUNT.id, "x" * 128)


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ({"account_id": "1"}, r"aws_account_id \(account_id\) is '1': set it"),
        ({"group": "x" * 129}, "group is 129 characters long: AWS allows 128."),
        ({"group": "the admins"}, "group 'the admins' has characters"),
    ],
)
def test_what_aws_would_refuse_is_refused(option: dict[str, str], said: str) -> None:
    with pytest.raises(AdminError, match=f"^{said}"):
        wanted(**option)


# Conflicts


def conflict(operation: str, answer_lost: bool, code: str = "EntityAlreadyExists") -> AwsError:
    return AwsError(operation, code, "It is there", answer_lost)


@pytest.mark.parametrize("answer_lost", [True, False])
def test_a_user_that_aws_did_not_show_is_looked_at_again(answer_lost: bool) -> None:
    user = wanted()
    assert user.after_conflict(conflict("CreateUser", answer_lost)) == user


def test_a_password_whose_answer_was_lost_is_set_again_and_somebody_elses_is_not() -> None:
    user = wanted(password="void")
    after = user.after_conflict(conflict("CreateLoginProfile", answer_lost=True))
    assert after == replace(user, update_password="always", answer_lost=True)
    assert user.after_conflict(conflict("CreateLoginProfile", answer_lost=False)) is None


def test_an_answer_that_was_lost_is_remembered_where_aws_shows_late_what_it_did() -> None:
    after = wanted(password="void").after_conflict(conflict("CreateLoginProfile", answer_lost=True))
    assert after
    assert after.after_conflict(conflict("CreateLoginProfile", answer_lost=False)) == after


@pytest.mark.parametrize("operation", ["DeleteLoginProfile", "DetachUserPolicy"])
def test_what_is_gone_already_is_looked_at_again_only_when_this_run_may_have_done_it(operation: str) -> None:
    user = wanted(password="void")
    after = user.after_conflict(conflict(operation, True, "NoSuchEntity"))
    assert after == replace(user, answer_lost=True)
    assert user.after_conflict(conflict(operation, False, "NoSuchEntity")) is None


@pytest.mark.parametrize("answer_lost", [True, False])
def test_a_group_that_aws_did_not_show_is_looked_at_again(answer_lost: bool) -> None:
    user = wanted(group="admins")
    assert user.after_conflict(conflict("CreateGroup", answer_lost)) == user


@pytest.mark.parametrize("code", ["NoSuchEntity", "AccessDenied", "LimitExceeded"])
def test_a_user_that_cannot_be_made_is_final(code: str) -> None:
    assert wanted().after_conflict(conflict("CreateUser", False, code)) is None


# Results


def test_the_result_of_a_new_user_has_what_aws_answered() -> None:
    aws: Any = FakeAws()
    result = reconcile(wanted(tags={"team": "a"}), aws, check_mode=False)
    assert result["changed"] is True
    assert result["user"] == {
        "user_name": NAME,
        "arn": ACCOUNT.arn(f"user/{NAME}"),
        "user_id": "AIDAVOID",
        "path": "/",
        "create_date": MADE.isoformat(),
        "permissions_boundary": None,
        "tags": {"team": "a"},
        "attached_policies": [ADMINISTRATOR_ACCESS],
        "mfa_devices": [],
    }


def test_what_aws_answered_is_told_as_it_is() -> None:
    answer = {"UserName": NAME, "Path": "/", "Arn": "as AWS says", "UserId": "AIDAVOID", "CreateDate": MADE}
    result = wanted().result(replace(DONE, user=None), {"create_user": answer})
    assert result["user"]["arn"] == "as AWS says"
    assert result["caller_arn"] == ACCOUNT.caller_arn
    assert set(result) == {"user", "console_access", "pending_mfa_devices", "sign_in_url", "caller_arn"}


def test_a_tag_without_a_value_has_an_empty_one() -> None:
    assert wanted(tags={"team": None, "number": 7}).tags == {"team": "", "number": "7"}


def test_the_group_is_in_the_result() -> None:
    aws: Any = FakeAws(groups={"admins": FakeGroup(attached=[READ_ONLY], users=["somebody"])})
    assert reconcile(wanted(group="admins"), aws, check_mode=False)["group"] == {
        "group_name": "admins",
        "attached_policies": [ADMINISTRATOR_ACCESS, READ_ONLY],
        "has_user": True,
        "require_mfa": None,
    }


def test_a_group_may_have_nobody_and_its_policy_is_read_only_where_mfa_is_spoken_of() -> None:
    class Bare(FakeAws):
        def get_group(self, name: str) -> dict[str, Any]:
            return {"Group": {"GroupName": name}}

        def get_group_policy(self, name: str, policy: str) -> dict[str, Any]:
            return {"of": name, "called": policy}

    aws: Any = Bare()
    assert read_group(aws, "admins", NAME, with_requires_mfa=False) == Group("admins", (), has_user=False)
    assert read_group(aws, "admins", NAME, with_requires_mfa=True) == Group(
        "admins", (), has_user=False, requires_mfa={"of": "admins", "called": REQUIRE_MFA}
    )


def test_check_mode_cannot_foretell_what_aws_makes_up() -> None:
    user = wanted(path="/admins/").result(replace(DONE, user=None), None)["user"]
    assert user["arn"] == ACCOUNT.arn(f"user/admins/{NAME}")
    assert (user["user_id"], user["create_date"]) == (None, None)


@pytest.mark.parametrize(
    ("asked", "there", "host"), [(None, None, ACCOUNT.id), (None, "old", "old"), ("acme", "old", "acme")]
)
def test_the_sign_in_url_has_the_alias_that_the_account_will_have(
    asked: str | None, there: str | None, host: str
) -> None:
    result = wanted(account_alias=asked).result(replace(DONE, account_alias=there), None)
    assert result["sign_in_url"] == f"https://{host}.signin.aws.amazon.com/console"


# Policies


@pytest.mark.parametrize(
    ("name", "existing", "arn"),
    [
        ("AdministratorAccess", {ADMINISTRATOR_ACCESS}, ADMINISTRATOR_ACCESS),
        ("AdministratorAccess", {ADMINISTRATOR_ACCESS, OWN}, ADMINISTRATOR_ACCESS),
        ("AdministratorAccess", {OWN}, OWN),
        ("AdministratorAccess", set(), None),
        ("Billing", {BILLING}, BILLING),
        (BILLING, {BILLING}, BILLING),
        (BILLING, set(), None),
    ],
)
def test_a_name_means_the_policy_of_aws_before_one_of_the_account(
    name: str, existing: set[str], arn: str | None
) -> None:
    aws: Any = FakeAws(policies=existing)
    assert resolve_policies(aws, ACCOUNT, (name,), ()) == {name: arn}


def test_an_attached_policy_of_the_account_does_not_pass_for_that_of_aws() -> None:
    aws: Any = FakeAws(policies={ADMINISTRATOR_ACCESS, OWN})
    found = resolve_policies(aws, ACCOUNT, ("AdministratorAccess",), (OWN,))
    assert found == {"AdministratorAccess": ADMINISTRATOR_ACCESS}


def test_a_policy_that_is_attached_is_not_asked_for() -> None:
    aws: Any = FakeAws(policies=set())
    found = resolve_policies(aws, ACCOUNT, ("AdministratorAccess",), (ADMINISTRATOR_ACCESS,))
    assert found == {"AdministratorAccess": ADMINISTRATOR_ACCESS}


def test_less_likely_policies_are_asked_for_only_where_the_likeliest_does_not_exist() -> None:
    asked: list[str] = []

    class Aws(FakeAws):
        def get_policy(self, arn: str) -> dict[str, Any] | None:
            asked.append(arn)
            return super().get_policy(arn)

    aws: Any = Aws(policies={ADMINISTRATOR_ACCESS, BILLING})
    resolve_policies(aws, ACCOUNT, ("AdministratorAccess", "Billing"), ())
    assert sorted(asked) == sorted([ADMINISTRATOR_ACCESS, *candidate_arns(ACCOUNT, "Billing")])


def test_policies_are_looked_for_in_the_accounts_own_partition() -> None:
    china = replace(ACCOUNT, partition="aws-cn")
    assert candidate_arns(china, "Billing") == [
        "arn:aws-cn:iam::aws:policy/Billing",
        "arn:aws-cn:iam::aws:policy/job-function/Billing",
        "arn:aws-cn:iam::aws:policy/service-role/Billing",
        "arn:aws-cn:iam::111122223333:policy/Billing",
    ]


# Whatever is there and whatever is wanted

POLICIES = (ADMINISTRATOR_ACCESS, READ_ONLY, BOUNDARY, BILLING)
PATHS = st.sampled_from(["/", "/admins/", "/a/b/"])
ALIASES = st.sampled_from(["acme", "other"])
TAGS = st.dictionaries(st.sampled_from(["team", "owner", "cost"]), st.sampled_from(["", "a", "b"]))
WANTED = st.fixed_dictionaries(
    {
        "path": st.none() | PATHS,
        "permissions_boundary": st.sampled_from([None, "", BOUNDARY, READ_ONLY]),
        "tags": st.none() | TAGS,
        "purge_tags": st.booleans(),
        "managed_policies": st.lists(st.sampled_from([*POLICIES, "AdministratorAccess", "Billing"])),
        "purge_policies": st.booleans(),
        "group": st.sampled_from([None, "admins", "others"]),
        "require_mfa": st.sampled_from([None, True, False]),
        "console_access": st.sampled_from(["after_mfa", "always", "never"]),
        "password": st.sampled_from([None, "void"]),
        "update_password": st.sampled_from(["on_create", "always"]),
        "password_reset_required": st.booleans(),
        "account_alias": st.none() | ALIASES,
    }
).filter(lambda given: given["password"] or given["console_access"] != "always")
INLINE = st.sampled_from([{}, {"own": {}}, {REQUIRE_MFA: REQUIRE_MFA_DOCUMENT}, {REQUIRE_MFA: {"Statement": []}}]).map(
    dict
)


@st.composite
def accounts(draw: st.DrawFn) -> FakeAws:
    aliases = draw(st.lists(ALIASES, max_size=1))
    aws = FakeAws(policies={*POLICIES}, aliases=aliases)
    if draw(st.booleans()):
        tags = [{"Key": key, "Value": value} for key, value in draw(TAGS).items()]
        aws.create_user(UserName=NAME, Path=draw(PATHS), Tags=tags)
        if draw(st.booleans()):
            aws.put_user_permissions_boundary(PermissionsBoundary=draw(st.sampled_from([BOUNDARY, READ_ONLY])))
        aws.attached = draw(st.lists(st.sampled_from(POLICIES), unique=True))
        aws.inline = draw(INLINE)
        aws.devices = {ACCOUNT.arn(f"mfa/{NAME}"): NAME} if draw(st.booleans()) else {}
        if draw(st.booleans()):
            aws.create_login_profile(PasswordResetRequired=draw(st.booleans()))
    if draw(st.booleans()):
        users = st.sampled_from([[], ["somebody"], ["somebody", NAME] if aws.user else []])
        attached = draw(st.lists(st.sampled_from(POLICIES), unique=True))
        aws.groups["admins"] = FakeGroup(attached, draw(INLINE), draw(users))
    aws.writes = []
    return aws


def allowed(aws: FakeAws) -> set[str]:
    """The managed policies that the user has, and has through its groups."""
    through = [group for group in aws.groups.values() if NAME in group.users]
    return {*aws.attached, *(arn for group in through for arn in group.attached)}


def denied(aws: FakeAws) -> bool:
    """Whether our policy lets it do nothing without MFA."""
    through = [group.inline for group in aws.groups.values() if NAME in group.users]
    return any(inline.get(REQUIRE_MFA) == REQUIRE_MFA_DOCUMENT for inline in (aws.inline, *through))


def assume_accepted(user: AdminUser, aws: Any) -> None:
    """Leave out the users who would be given something that a password alone opens."""
    with suppress(AdminError):
        user.plan(user.observe(aws))
        return
    assume(False)


@given(aws=accounts(), given=WANTED)
def test_a_second_run_changes_nothing_and_check_mode_foretells_the_first(aws: Any, given: dict[str, Any]) -> None:
    user = wanted(**given)
    assume_accepted(user, aws)

    foretold = reconcile(user, aws, check_mode=True)
    assert aws.writes == []

    first = reconcile(user, aws, check_mode=False)
    assert first["changed"] is bool(aws.writes)
    assert (foretold["changed"], foretold["console_access"]) == (first["changed"], first["console_access"])
    assert foretold["diff"] == first["diff"]
    assert (first["diff"]["before"] != first["diff"]["after"]) is first["changed"]

    # Nobody can read a password back, so to set it always is always a change
    second = reconcile(wanted(**{**given, "update_password": "on_create"}), aws, check_mode=False)
    assert second["changed"] is False
    assert second["user"] == first["user"]


@given(aws=accounts(), given=WANTED)
def test_no_console_is_ever_opened_before_mfa_unless_that_is_asked_for(aws: Any, given: dict[str, Any]) -> None:
    # Of those that are drawn, few would open one
    opening = {**given, "console_access": "after_mfa", "password": "void"}
    had_password, before = aws.login_profile is not None, allowed(aws)
    with suppress(AdminError):
        reconcile(wanted(**opening), aws, check_mode=False)
    assert aws.login_profile is None or aws.devices or denied(aws) or (had_password and allowed(aws) <= before)


@given(aws=accounts(), given=WANTED)
def test_at_no_moment_is_a_permission_missing_that_was_there_and_stays(aws: Any, given: dict[str, Any]) -> None:
    assume(aws.user)
    before, moments = allowed(aws), []
    user = wanted(**given)
    assume_accepted(user, aws)
    for step in user.plan(user.observe(aws)).steps:
        getattr(aws, step.method)(**step.parameters)
        moments.append(allowed(aws))
    assert all(moment >= before & allowed(aws) for moment in moments)


@given(aws=accounts(), given=WANTED)
def test_where_mfa_is_required_nothing_is_given_before_that(aws: Any, given: dict[str, Any]) -> None:
    user = wanted(**{**given, "require_mfa": True})
    assume_accepted(user, aws)
    at_first = (allowed(aws), denied(aws))
    for step in user.plan(user.observe(aws)).steps:
        getattr(aws, step.method)(**step.parameters)
        assert denied(aws) >= at_first[1]
        assert denied(aws) or allowed(aws) <= at_first[0]
    assert denied(aws)


@given(aws=accounts(), given=WANTED)
def test_where_mfa_is_not_required_any_more_our_policy_is_gone(aws: Any, given: dict[str, Any]) -> None:
    user = wanted(**{**given, "require_mfa": False})
    assume_accepted(user, aws)
    reconcile(user, aws, check_mode=False)
    assert REQUIRE_MFA not in aws.inline
    assert given["group"] not in aws.groups or REQUIRE_MFA not in aws.groups[given["group"]].inline


# What is kept of it

HELD = st.fixed_dictionaries(
    {
        "user_id": st.sampled_from([None, "AIDAVOID", "AIDAVOID", "AIDAOLD"]),
        "mfa_devices": st.sampled_from([(), (NAME,), ("old",)]),
        "initial_password": st.sampled_from([None, "old", "new"]),
        "previous_password": st.sampled_from([None, "older"]),
        "unsent": st.booleans(),
        "had_password": st.booleans(),
        "mfa_seeds": st.sampled_from([{}, {NAME: "SEED"}, {f"{NAME}.2": "SEED"}, {"old": "SEED"}]),
        "qr_codes": st.frozensets(st.sampled_from([NAME, "old"])),
    }
)
HANDOVERS = st.sampled_from([NOTHING, holding()]) | HELD.map(lambda held: holding(**held))
SETS_PASSWORD = ("create_login_profile", "update_login_profile")


@dataclass
class Keyless(FakeAws):
    """An account whose users have nothing to sign requests with."""

    def list_ssh_public_keys(self, _name: str) -> list[dict[str, Any]]:
        return []

    list_service_specific_credentials = list_signing_certificates = list_ssh_public_keys


def without_keys(aws: FakeAws) -> Any:
    return Keyless(**{entry.name: getattr(aws, entry.name) for entry in fields(aws) if entry.init})


def opening(given: dict[str, Any], adopt: bool) -> AdminUser:
    """Return a user who gets a password as soon as it may."""
    access = "always" if given["console_access"] == "always" else "after_mfa"
    generates = {"generate_password": True, "handover": {"keep_seed": False}}
    return wanted(**{**given, **generates, "console_access": access, "adopt": adopt})


@given(aws=accounts(), given=WANTED, kept=HANDOVERS, adopt=st.booleans())
def test_no_password_is_ever_sent_that_was_not_kept_before(
    aws: Any, given: dict[str, Any], kept: Kept, adopt: bool
) -> None:
    aws, user = without_keys(aws), opening(given, adopt)
    answers: dict[str, Any] = {}
    with suppress(AdminError):
        for step in user.plan(user.observe(aws, Memory(kept))).steps:
            if isinstance(step, Keep):
                kept = step.change(kept, answers)
                continue
            if step.method in SETS_PASSWORD:
                assert kept.credentials
                assert kept.credentials.initial_password == step.parameters["Password"]
                assert kept.credentials.unsent is (step.method == "create_login_profile")
            answers[step.method] = getattr(aws, step.method)(**step.parameters)
    held = kept.credentials
    if answers.keys() & {*SETS_PASSWORD}:
        assert held
        assert (held.initial_password, held.previous_password, held.unsent) == (aws.password, None, False)
    assert "create_user" not in answers or (held and held.user_id == "AIDAVOID")


@given(aws=accounts(), given=WANTED, kept=HANDOVERS, adopt=st.booleans(), writes=st.integers(1, 8))
def test_a_run_that_was_killed_is_finished_with_the_password_that_is_kept(
    aws: Any, given: dict[str, Any], kept: Kept, adopt: bool, writes: int
) -> None:
    aws, user = without_keys(aws), opening(given, adopt)
    try:
        handover = killed_after(writes, [user], aws, kept)
    except AdminError:
        assume(False)
    assume(handover)
    assert handover
    reconcile(user, aws, check_mode=False, handover=handover)
    assert aws.password in (None, handover.kept.credentials and handover.kept.credentials.initial_password)


# The group


def test_who_moves_into_a_group_has_its_permissions_twice_for_a_moment() -> None:
    aws: Any = FakeAws()
    reconcile(wanted(require_mfa=True), aws, check_mode=False)
    aws.writes = []
    result = reconcile(wanted(group="admins", require_mfa=True), aws, check_mode=False)
    assert aws.writes == [
        "create_group",
        "put_group_policy",
        "attach_group_policy",
        "add_user_to_group",
        "detach_user_policy",
        "delete_user_policy",
    ]
    assert result["group"]["attached_policies"] == [ADMINISTRATOR_ACCESS]
    assert result["user"]["attached_policies"] == []


def test_the_group_keeps_what_others_need() -> None:
    aws: Any = FakeAws(groups={"admins": FakeGroup([READ_ONLY], {}, ["somebody"])}, policies={ADMINISTRATOR_ACCESS})
    reconcile(wanted(group="admins", purge_policies=True), aws, check_mode=False)
    assert aws.groups["admins"] == FakeGroup([READ_ONLY, ADMINISTRATOR_ACCESS], {}, ["somebody", NAME])


def test_a_policy_that_somebody_has_softened_is_put_back() -> None:
    aws: Any = FakeAws(inline={REQUIRE_MFA: {"Statement": []}})
    aws.create_user(UserName=NAME, Path="/")
    diff = reconcile(wanted(require_mfa=True), aws, check_mode=False)["diff"]
    assert (diff["before"]["require_mfa"], diff["after"]["require_mfa"]) == ({"Statement": []}, REQUIRE_MFA_DOCUMENT)
    assert aws.inline == {REQUIRE_MFA: REQUIRE_MFA_DOCUMENT}


USED = {"PasswordLastUsed": MADE}


@pytest.mark.parametrize(
    ("user", "profile", "requires"),
    [
        ({}, None, False),
        ({}, {"CreateDate": MADE, "PasswordResetRequired": True}, False),
        ({}, {"CreateDate": MADE, "PasswordResetRequired": False}, False),
        (USED, {"CreateDate": MADE, "PasswordResetRequired": True}, False),
        (USED, None, False),
        (USED, {"CreateDate": MADE, "PasswordResetRequired": False}, True),
    ],
)
@pytest.mark.parametrize("group", [None, "admins"])
def test_mfa_is_required_once_the_user_has_signed_in_and_changed_its_password(
    group: str | None, user: dict[str, Any], profile: Any, requires: bool
) -> None:
    aws: Any = FakeAws(devices={ACCOUNT.arn(f"mfa/{NAME}"): NAME})
    aws.create_user(UserName=NAME, Path="/")
    aws.user |= user
    aws.login_profile = profile
    result = reconcile(wanted(require_mfa="after_sign_in", group=group), aws, check_mode=False)
    put = {"put_user_policy", "put_group_policy"} & {*aws.writes}
    assert put == ({"put_group_policy" if group else "put_user_policy"} if requires else set())
    assert reconcile(wanted(require_mfa="after_sign_in", group=group), aws, check_mode=False)["changed"] is False
    assert "warnings" not in result


def test_mfa_that_is_required_already_stays_so_whatever_was_signed_in() -> None:
    aws: Any = FakeAws(inline={REQUIRE_MFA: {"Statement": []}})
    aws.create_user(UserName=NAME, Path="/")
    reconcile(wanted(require_mfa="after_sign_in"), aws, check_mode=False)
    assert aws.inline == {REQUIRE_MFA: REQUIRE_MFA_DOCUMENT}
    reconcile(wanted(require_mfa="after_sign_in", group="admins"), aws, check_mode=False)
    assert (aws.inline, aws.groups["admins"].inline) == ({}, {REQUIRE_MFA: REQUIRE_MFA_DOCUMENT})


def test_nobody_has_signed_in_before_there_is_a_user() -> None:
    aws: Any = FakeAws()
    reconcile(wanted(require_mfa="after_sign_in"), aws, check_mode=False)
    assert aws.inline == {}


@pytest.mark.parametrize(
    ("value", "required", "once"),
    [
        (None, None, False),
        (True, True, False),
        ("yes", True, False),
        ("false", False, False),
        ("after_sign_in", True, True),
    ],
)
def test_what_require_mfa_can_be(value: Any, required: bool | None, once: bool) -> None:
    user = wanted(require_mfa=value)
    assert (user.require_mfa, user.once_signed_in) == (required, once)


@pytest.mark.parametrize("value", ["sometimes", "", 7, ["after_sign_in"], "x" * 50])
def test_what_require_mfa_cannot_be(value: Any) -> None:
    with pytest.raises(AdminError) as refused:
        wanted(require_mfa=value)
    shown = repr(str(value)[:40])
    assert str(refused.value) == (
        f"iam_admin_require_mfa (require_mfa) is {shown}: set it to true, false or after_sign_in."
    )


def calling(aws: Any, name: str) -> None:
    """Let an IAM user make the calls."""
    aws.get_caller_identity = lambda: replace(ACCOUNT, caller_arn=ACCOUNT.arn(f"user/{name}"))


@pytest.mark.parametrize("group", [None, "admins"])
@pytest.mark.parametrize("caller", [NAME, "somebody"])
def test_a_caller_without_mfa_is_not_locked_out(group: str | None, caller: str) -> None:
    aws: Any = FakeAws(groups={"admins": FakeGroup([], {}, ["somebody"])})
    aws.create_user(UserName=NAME, Path="/")
    calling(aws, caller)
    aws.list_mfa_devices = lambda _name: []
    task = wanted(require_mfa=True, group=group)
    if (group, caller) == (None, "somebody"):
        assert reconcile(task, aws, check_mode=True)["changed"] is True
        return
    with pytest.raises(AdminError, match=f"^This run acts as {caller}, who has no MFA device and would be locked out"):
        reconcile(task, aws, check_mode=False)
    aws.list_mfa_devices = lambda _name: [{"SerialNumber": ACCOUNT.arn("mfa/phone")}]
    assert reconcile(task, aws, check_mode=False)["changed"] is True


# A password's length


@pytest.mark.parametrize(("policy", "length"), [(None, 8), ({"MinimumPasswordLength": 40}, 40)])
def test_who_has_no_password_is_told_how_long_one_must_be(policy: dict[str, Any] | None, length: int) -> None:
    aws: Any = FakeAws()
    aws.get_account_password_policy = lambda: policy
    assert reconcile(wanted(), aws, check_mode=True)["minimum_password_length"] == length
    aws.login_profile, aws.devices = {"PasswordResetRequired": False}, {ACCOUNT.arn(f"mfa/{NAME}"): NAME}
    assert "minimum_password_length" not in reconcile(wanted(), aws, check_mode=True)


# Required MFA that is taken away


@pytest.mark.parametrize(
    ("given", "observed", "whom"),
    [
        ({"require_mfa": False}, replace(DONE, requires_mfa=REQUIRE_MFA_DOCUMENT), NAME),
        ({"require_mfa": False}, DONE, None),
        ({}, replace(DONE, requires_mfa=REQUIRE_MFA_DOCUMENT), None),
        ({"require_mfa": True}, replace(DONE, requires_mfa={"Statement": []}), None),
        (
            {"require_mfa": False, "group": "admins"},
            replace(DONE, group=Group("admins", (), False, REQUIRE_MFA_DOCUMENT, frozenset({"kim", "jo"}))),
            f"the group admins ({NAME}, jo, kim)",
        ),
        (
            {"require_mfa": False, "group": "admins"},
            replace(DONE, requires_mfa=REQUIRE_MFA_DOCUMENT, group=Group("admins", (), True, REQUIRE_MFA_DOCUMENT)),
            f"{NAME} and the group admins ({NAME})",
        ),
    ],
)
def test_it_is_said_of_whom_mfa_is_no_longer_required(
    given: dict[str, Any], observed: Observed, whom: str | None
) -> None:
    result = wanted(**given).result(observed, None)
    said = [f"MFA is no longer required of {whom}, as require_mfa is false."] if whom else None
    assert result.get("warnings") == said


def test_a_tag_that_says_who_leaves_is_not_purged() -> None:
    leaving = with_user(tags={"landing_zone.aws_admin:leaving": "now", "team": "a"})
    assert calls_of(wanted(tags={}).plan(leaving)) == [("untag_user", {"UserName": NAME, "TagKeys": ["team"]})]


# What AWS would refuse after other steps were done


@pytest.mark.parametrize(("count", "is_refused"), [(9, False), (10, True)])
def test_a_user_joins_no_eleventh_group(count: int, is_refused: bool) -> None:
    groups = {f"group{number}": FakeGroup(users=[NAME]) for number in range(count)}
    aws = FakeAws(groups=groups)
    aws.create_user(UserName=NAME, Path="/", Tags=[])
    user = wanted(group="admins", adopt=True)
    observed = user.observe(aws)
    assert observed.groups == tuple(groups)
    if not is_refused:
        assert ("add_user_to_group", {"GroupName": "admins", "UserName": NAME}) in calls_of(user.plan(observed))
        return
    with pytest.raises(AdminError, match=f"^{NAME} is in group0, .* and run again to have it in admins.$"):
        user.plan(observed)


OTHERS = tuple(f"arn:aws:iam::aws:policy/job-function/Other{number}" for number in range(10))


@pytest.mark.parametrize(("quota", "is_refused"), [(10, True), (11, False), (None, False)])
@pytest.mark.parametrize("by_group", [True, False])
def test_policies_beyond_the_quota_are_refused_before_anything_is_written(
    monkeypatch: pytest.MonkeyPatch, by_group: bool, quota: int | None, is_refused: bool
) -> None:
    aws: Any = FakeAws(policies={ADMINISTRATOR_ACCESS, *OTHERS})
    kind = "Group" if by_group else "User"
    if by_group:
        aws.groups = {"admins": FakeGroup(attached=[*OTHERS])}
    else:
        aws.create_user(UserName=NAME, Path="/", Tags=[])
        aws.attached = [*OTHERS]
    summary = {} if quota is None else {f"AttachedPoliciesPer{kind}Quota": quota}
    monkeypatch.setattr(aws, "get_account_summary", lambda: summary)
    user = wanted(group="admins" if by_group else None, account_alias="acme")
    observed = user.observe(aws)
    if not is_refused:
        assert user.plan(observed).steps
        return
    name = "admins" if by_group else NAME
    with pytest.raises(AdminError) as refused:
        user.plan(observed)
    assert str(refused.value) == (
        f"{name} would have 11 managed policies, and the account allows 10: detach what is not needed, or have the "
        "quota raised."
    )


def test_a_user_joins_a_group_that_is_beyond_the_quota_already() -> None:
    aws: Any = FakeAws(groups={"admins": FakeGroup([ADMINISTRATOR_ACCESS, *OTHERS])})
    aws.get_account_summary = lambda: {"AttachedPoliciesPerGroupQuota": 10}
    aws.create_user(UserName=NAME, Path="/", Tags=[])
    user = wanted(group="admins")
    joins = ("add_user_to_group", {"GroupName": "admins", "UserName": NAME})
    assert calls_of(user.plan(user.observe(aws))) == [joins]


def test_what_is_there_already_may_be_beyond_the_quota() -> None:
    aws: Any = FakeAws(attached=[ADMINISTRATOR_ACCESS, *OTHERS])
    aws.create_user(UserName=NAME, Path="/", Tags=[])
    user = wanted()
    observed = user.observe(aws)
    assert observed.summary == {}
    assert user.plan(observed).steps == ()


def test_a_group_that_aws_shows_without_its_new_member_is_no_eleventh_one() -> None:
    groups = {"admins": FakeGroup(), **{f"group{number}": FakeGroup(users=[NAME]) for number in range(9)}}
    aws = FakeAws(groups=groups)
    aws.create_user(UserName=NAME, Path="/", Tags=[])
    user = wanted(group="admins", adopt=True)
    observed = replace(user.observe(aws), groups=("Admins", *(f"group{number}" for number in range(9))))
    assert ("add_user_to_group", {"GroupName": "admins", "UserName": NAME}) in calls_of(user.plan(observed))


@pytest.mark.parametrize("is_there", [True, False])
@pytest.mark.parametrize(
    ("owner", "device_names", "taken"),
    [
        ("somebody", [NAME], [f"mfa/{NAME}"]),
        ("somebody", ["phone", NAME], [f"mfa/{NAME}"]),
        ("somebody", ["phone"], []),
        ("somebody", None, []),
        (None, [NAME], []),
        (NAME, [NAME], []),
    ],
)
def test_a_user_whose_device_is_somebody_elses_is_given_nothing(
    owner: str | None, device_names: list[str] | None, taken: list[str], is_there: bool
) -> None:
    aws = FakeAws(devices={ACCOUNT.arn(f"mfa/{NAME}"): owner})
    if is_there:
        aws.create_user(UserName=NAME, Path="/", Tags=[])
    user = wanted(device_names=device_names)
    observed = user.observe(aws)
    assert [device.serial_number for device in observed.taken] == [ACCOUNT.arn(one) for one in taken]
    if taken:
        with pytest.raises(AdminError, match="is assigned to somebody, not to iamadmin: choose another name"):
            user.plan(observed)
    else:
        assert user.plan(observed).steps
