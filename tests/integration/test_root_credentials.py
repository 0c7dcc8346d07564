# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""iam_root_credentials against the local AWS, whose organisation gives sessions of its members' root users."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cases import assert_is_a_sentence, attached, enabled_device, password, user
from tests.integration.conftest import TestAccount
from tests.integration.tenants import ADMINISTRATOR, Tenant, open_tenant
from tests.local_aws import faults
from tests.local_aws.calls import READS, Call, RefusedError
from tests.local_aws.organization import Organization
from tests.local_aws.server import LocalAws

KINDS = ("password", "access_keys", "signing_certificates", "mfa")
BARE = (
    "AccountPasswordPresent",
    "AccountMFAEnabled",
    "AccountAccessKeysPresent",
    "AccountSigningCertificatesPresent",
)
NOTHING = {"password": None, "access_keys": [], "signing_certificates": [], "mfa_devices": []}


@pytest.fixture
def tenant(aws: LocalAws, tmp_path: Path) -> Tenant:
    """One with a member that has an administrator, and whose root user has all that there can be."""
    tenant = open_tenant(aws, tmp_path, "production", "security")
    tenant.trust()
    an_administrator(tenant)
    tenant.root().set(password=True, access_keys=True, signing_certificates=True, mfa=True)
    return tenant


@pytest.fixture(params=[True, False], ids=["in process", "as module"])
def both_ways(request: pytest.FixtureRequest, tenant: Tenant) -> Tenant:
    return replace(tenant, members={**tenant.members, "production": replace(tenant.member, in_process=request.param)})


def run(tenant: Tenant, check_mode: bool = False, state: str = "absent", **options: Any) -> dict[str, Any]:
    whole = {"account_id": tenant.member.id, "state": state, "administrator": "iamadmin", **options}
    result = tenant.member.run("iam_root_credentials", check_mode, **whole)
    # A module's result has it no more from ansible-core 2.21 on
    return {name: value for name, value in result.items() if name != "invocation"}


def is_bare(tenant: Tenant) -> bool:
    return not any(tenant.root().summary.values())


def calls_of(tenant: Tenant) -> list[Call]:
    ids = {tenant.management.id, tenant.member.id}
    return [call for call in tenant.member.aws.log.calls if call.account_id in ids]


def writes_of(tenant: Tenant) -> list[str]:
    ours = [call.action for call in calls_of(tenant) if call.account_id == tenant.member.id]
    return [action for action in ours if not action.startswith((*READS, "Assume"))]


def an_administrator(tenant: Tenant) -> None:
    for given in (user(), attached(ADMINISTRATOR), enabled_device(), password()):
        given(tenant.member)


def test_all_that_root_has_is_deleted_its_password_first_and_its_devices_last(both_ways: Tenant) -> None:
    tenant = both_ways
    tenant.root().used = {tenant.root().access_keys[0]: datetime(2024, 5, 6, tzinfo=UTC)}
    tenant.root().signed_in = datetime(2023, 4, 5, tzinfo=UTC)
    start = len(writes_of(tenant))
    foretold = run(tenant, check_mode=True)
    assert writes_of(tenant)[start:] == []
    done = run(tenant)
    assert "failed" not in done, done
    (orphan,) = done.pop("warnings")
    assert "is deactivated, and stays in the account, as AWS lets no session delete it" in orphan
    assert done == foretold
    assert done["changed"] is True
    (key,) = done["root"]["access_keys"]
    assert (key["last_used_date"], key["last_used_service"]) == ("2024-05-06T00:00:00+00:00", "s3")
    assert done["root"]["password"]["last_used_date"] == "2023-04-05T00:00:00+00:00"
    assert is_bare(tenant)
    deleted = ["DeleteLoginProfile", "DeleteAccessKey", "DeleteSigningCertificate", "DeactivateMFADevice"]
    assert writes_of(tenant)[start:] == [*deleted, "DeleteVirtualMFADevice"]
    again = run(tenant)
    assert (again["changed"], again["root"]) == (False, NOTHING)
    # One session for an account and a run
    assert [call.action for call in calls_of(tenant)].count("AssumeRoot") == 3


@pytest.mark.parametrize("there", product([True, False], repeat=4))
def test_check_mode_foretells_what_is_done_in_each_state(tenant: Tenant, there: tuple[bool, ...]) -> None:
    tenant.root().set(**dict(zip(KINDS, there, strict=True)))
    foretold, done = run(tenant, check_mode=True), run(tenant)
    assert (foretold["changed"], foretold["diff"]) == (done["changed"], done["diff"])
    assert done["changed"] is any(there)
    assert is_bare(tenant)
    assert run(tenant)["changed"] is False


def test_the_recovery_is_opened_and_closed_again(both_ways: Tenant) -> None:
    tenant = both_ways
    assert run(tenant, state="recoverable")["changed"] is False
    run(tenant)
    foretold = run(tenant, check_mode=True, state="recoverable")
    assert is_bare(tenant)
    opened = run(tenant, state="recoverable")
    assert opened["changed"] is foretold["changed"] is True
    assert opened["diff"] == foretold["diff"]
    assert tenant.root().summary == {**dict.fromkeys(tenant.root().summary, 0), "AccountPasswordPresent": 1}
    assert run(tenant, state="recoverable")["changed"] is False
    assert run(tenant)["changed"] is True
    assert is_bare(tenant)


def features_off(tenant: Tenant) -> None:
    tenant.management.iam.disable_organizations_root_sessions()


def closed(tenant: Tenant) -> None:
    backend: Any = Organization.of(tenant.management.id)._backend
    next(account for account in backend.accounts if account.id == tenant.member.id).state = "SUSPENDED"


def denied(tenant: Tenant) -> None:
    tenant.root().is_denied = True


@pytest.mark.parametrize(
    ("given", "options", "sentence"),
    [
        (features_off, {}, "Root sessions are not enabled in the organisation that {management} manages: enable them"),
        (
            Tenant.as_root,
            {},
            "This run acts as the root user of account {management}, and AWS gives a root user no root session",
        ),
        (closed, {}, "{member} may not be an active member of the organisation"),
        (denied, {}, '{"Null": {"aws:AssumedRoot": "true"}}'),
        (lambda _tenant: None, {"account_id": "999999999999"}, "Account {member} may not get root sessions of 9999"),
        (
            lambda _tenant: None,
            {"profile": "general", "account_id": "999999999999"},
            "999999999999 may not be an active member",
        ),
        (lambda _tenant: None, {"account_id": None}, "account_id is missing: name the member account"),
        (lambda _tenant: None, {"administrator": None}, "administrator (iam_admin_name of the role) is missing"),
        (lambda _tenant: None, {"management_profile": "nobody"}, "ProfileNotFound"),
        (lambda _tenant: None, {"management_profile": "security"}, "Account {security} may not get root sessions of"),
    ],
)
def test_what_is_in_the_way_is_a_sentence(
    tenant: Tenant, given: Callable[[Tenant], None], options: dict[str, Any], sentence: str
) -> None:
    given(tenant)
    before = dict(tenant.root().summary)
    failed = run(tenant, **options)
    assert_is_a_sentence(failed["msg"])
    for name, account in {"management": tenant.management, **tenant.members, "member": tenant.member}.items():
        sentence = sentence.replace(f"{{{name}}}", account.id)
    assert sentence in failed["msg"]
    assert tenant.root().summary == before
    assert "by_person" not in failed


def test_of_the_management_account_itself_a_person_has_to_do_it(tenant: Tenant) -> None:
    for profile in ("general", "production"):
        failed = run(tenant, profile=profile, account_id=tenant.management.id)
        assert_is_a_sentence(failed["msg"])
        assert failed["by_person"] is True
        assert "no API reaches the root user of such an account: a person has to secure it" in failed["msg"]


def test_of_an_account_in_no_organisation_a_person_has_to_do_it(account: TestAccount) -> None:
    failed = account.run("iam_root_credentials", account_id=account.id, state="absent", administrator="iamadmin")
    assert failed["by_person"] is True


def chained(tenant: Tenant) -> None:
    """The member is reached by a role from a role of the management account, and that by somebody else's keys."""
    config = Path(tenant.member.environment["AWS_CONFIG_FILE"])
    hub = f"arn:aws:iam::{tenant.management.id}:role/OrganizationAccountAccessRole"
    key = tenant.member.aws.open_account("300000000001")
    text = config.read_text().replace("source_profile = general", "source_profile = hub")
    first = f"[profile first]\naws_access_key_id = {key}\naws_secret_access_key = void\n"
    config.write_text(f"{text}\n{first}[profile hub]\nrole_arn = {hub}\nsource_profile = first\n")


def own_keys(tenant: Tenant) -> None:
    """The member has keys of its own, and the management account a profile beside it."""
    key = tenant.member.aws.open_account(tenant.member.id)
    config = Path(tenant.member.environment["AWS_CONFIG_FILE"])
    text = config.read_text().replace("[profile production]", "[profile by-role]")
    config.write_text(f"{text}\n[profile production]\naws_access_key_id = {key}\naws_secret_access_key = void\n")


def delegated(tenant: Tenant) -> None:
    tenant.management.client("organizations").register_delegated_administrator(
        AccountId=tenant.members["security"].id, ServicePrincipal="iam.amazonaws.com"
    )


@pytest.mark.parametrize(
    ("given", "options"),
    [
        (chained, {}),
        (own_keys, {"management_profile": "general"}),
        (delegated, {"management_profile": "security"}),
    ],
)
def test_who_may_have_sessions_is_the_nearest_one_or_is_named(
    tenant: Tenant, given: Callable[[Tenant], None], options: dict[str, str]
) -> None:
    given(tenant)
    expect = {"expect": ["root_mfa", "root_deleted"], **options}
    judged = tenant.member.run("iam_admin_info", name="iamadmin", **expect)
    (check,) = [check for check in judged["checks"] if check["id"] == "root_deleted"]
    assert (check["status"], judged["secure"]) == ("fail", False)
    done = run(tenant, **options)
    assert done.get("changed") is True, done
    assert is_bare(tenant)
    judged = tenant.member.run("iam_admin_info", name="iamadmin", **expect)
    assert judged["secure"] is True, judged["checks"]


def test_a_delegated_administrators_own_root_user_is_a_members(tenant: Tenant) -> None:
    delegated(tenant)
    tenant.root(tenant.members["security"]).set(password=False, mfa=False)
    judged = tenant.member.run("iam_admin_info", profile="security", name="iamadmin", expect=["root_mfa"])
    assert judged["secure"] is True, judged["checks"]


def test_a_member_with_keys_of_its_own_needs_somebody_elses(tenant: Tenant) -> None:
    own_keys(tenant)
    failed = run(tenant)
    assert_is_a_sentence(failed["msg"])
    assert "by_person" not in failed
    assert "name a profile of the account that manages its organisation in management_profile" in failed["msg"]


def test_a_profile_of_the_management_account_opens_a_recovery(tenant: Tenant) -> None:
    tenant.root().set(password=False, mfa=False)
    assert run(tenant, profile="general", state="recoverable", administrator=None)["changed"] is True
    assert tenant.root().password


def test_an_opened_recovery_is_seen_though_the_summary_is_late(tenant: Tenant) -> None:
    run(tenant)
    run(tenant, state="recoverable")
    summary = type(tenant.root()).summary
    try:
        type(tenant.root()).summary = property(lambda _root: dict.fromkeys(BARE, 0))
        judged = tenant.member.run("iam_admin_info", name="iamadmin", expect=["root_deleted", "root_recovery"])
    finally:
        type(tenant.root()).summary = summary
    found = {check["id"]: check["status"] for check in judged["checks"]}
    assert (found["root_deleted"], found["root_recovery"]) == ("fail", "fail")


# Somebody else, and AWS that shows things late


def opened_at(tenant: Tenant, action: str) -> None:
    """Let somebody open the recovery at the first call of an action."""
    seen: list[Call] = []

    def intercept(call: Call) -> None:
        if (call.account_id, call.action) == (tenant.member.id, action) and not seen:
            seen.append(call)
            tenant.root().password, tenant.root().recoverable_since = True, datetime.now(UTC)

    tenant.member.aws.log.intercept = intercept


def test_a_recovery_that_is_opened_meanwhile_keeps_mfa(tenant: Tenant) -> None:
    opened_at(tenant, "DeleteSigningCertificate")
    failed = run(tenant)
    tenant.member.aws.log.reset()
    assert_is_a_sentence(failed["msg"])
    assert "has been given credentials while its others were deleted, so its MFA devices stay" in failed["msg"]
    assert failed["changed"] is True
    assert tenant.root().summary["AccountMFAEnabled"] == 1
    assert run(tenant)["changed"] is True
    assert is_bare(tenant)


def test_a_recovery_that_is_opened_as_mfa_goes_is_closed_again(tenant: Tenant) -> None:
    opened_at(tenant, "DeactivateMFADevice")
    done = run(tenant)
    tenant.member.aws.log.reset()
    assert done["changed"] is True
    assert is_bare(tenant)


def test_a_password_that_aws_shows_late_keeps_mfa(tenant: Tenant) -> None:
    seen: list[Call] = []

    def late(call: Call) -> None:
        if (call.account_id, call.action) == (tenant.member.id, "GetLoginProfile") and not seen:
            seen.append(call)
            raise RefusedError("NoSuchEntity", "Login Profile for user root cannot be found.", "404 Not Found")

    tenant.member.aws.log.intercept = late
    failed = run(tenant)
    tenant.member.aws.log.reset()
    assert "so its MFA devices stay" in failed["msg"]
    left = tenant.root().summary
    assert (left["AccountPasswordPresent"], left["AccountMFAEnabled"]) == (1, 1)
    assert run(tenant)["changed"] is True
    assert is_bare(tenant)


def test_what_is_gone_may_be_shown_a_little_longer(tenant: Tenant) -> None:
    late = faults.EventualConsistency(reads=12)
    tenant.member.aws.log.conclude = late.conclude
    done = run(tenant)
    tenant.member.aws.log.reset()
    assert done.get("changed") is True, done
    assert late.met
    assert is_bare(tenant)


@pytest.mark.parametrize("check_mode", [True, False])
def test_root_keeps_what_it_has_until_there_is_an_administrator(tenant: Tenant, check_mode: bool) -> None:
    before = dict(tenant.root().summary)
    for device in tenant.member.iam.list_mfa_devices(UserName="iamadmin")["MFADevices"]:
        tenant.member.iam.deactivate_mfa_device(UserName="iamadmin", SerialNumber=device["SerialNumber"])
    for name in ("iamadmin", "nobody"):
        failed = run(tenant, check_mode, administrator=name)
        assert_is_a_sentence(failed["msg"])
        assert f"there is no administrator {name} yet who can sign in with MFA" in failed["msg"]
        assert tenant.root().summary == before
    enabled_device("another")(tenant.member)
    assert run(tenant, check_mode)["changed"] is True
    assert is_bare(tenant) is not check_mode


def test_the_administrator_is_looked_for_in_the_member(tenant: Tenant) -> None:
    failed = run(tenant, profile="general")
    assert f"is not visible from account {tenant.management.id}" in failed["msg"]
    assert run(tenant, management_profile="general")["changed"] is True


@pytest.mark.parametrize(
    ("moment", "fault"),
    [("intercept", faults.refusal("AccessDenied", "Not now", "403 Forbidden")), ("conclude", faults.drop)],
    ids=["refused", "answer lost"],
)
def test_what_is_interrupted_leaves_no_password_without_mfa_and_is_finished_later(
    tenant: Tenant, moment: str, fault: faults.Fault
) -> None:
    for number in range(1, 40):
        tenant.root().set(password=True, access_keys=True, signing_certificates=True, mfa=True)
        ids = {tenant.management.id, tenant.member.id}
        at = faults.At(ids, number, fault)
        setattr(tenant.member.aws.log, moment, getattr(at, moment))
        result = run(tenant)
        tenant.member.aws.log.reset()
        left = tenant.root().summary
        assert not (left["AccountPasswordPresent"] and not left["AccountMFAEnabled"]), number
        if not at.met:
            break
        if result.get("failed"):
            assert_is_a_sentence(result["msg"])
        assert run(tenant).get("failed") is None
        assert is_bare(tenant)
    assert number > 12


def test_sessions_are_throttled_and_had_all_the_same(tenant: Tenant) -> None:
    refused, met = faults.now_and_then(0.2, faults.THROTTLING, seed=3)
    tenant.member.aws.log.intercept = refused
    try:
        assert run(tenant)["changed"] is True
        assert is_bare(tenant)
        assert run(tenant)["changed"] is False
    finally:
        tenant.member.aws.log.reset()
    assert met
