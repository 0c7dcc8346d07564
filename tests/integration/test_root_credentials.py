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
from tests.integration.tenants import ADMINISTRATOR, Tenant, open_tenant
from tests.local_aws import faults
from tests.local_aws.calls import READS, Call
from tests.local_aws.organization import Organization
from tests.local_aws.server import LocalAws

KINDS = ("password", "access_keys", "signing_certificates", "mfa")
NOTHING = {"password": None, "access_keys": [], "signing_certificates": [], "mfa_devices": []}


@pytest.fixture
def tenant(aws: LocalAws, tmp_path: Path) -> Tenant:
    """One with a member, whose root user has all that there can be."""
    tenant = open_tenant(aws, tmp_path, "production")
    tenant.trust()
    tenant.root().set(password=True, access_keys=True, signing_certificates=True, mfa=True)
    return tenant


@pytest.fixture(params=[True, False], ids=["in process", "as module"])
def both_ways(request: pytest.FixtureRequest, tenant: Tenant) -> Tenant:
    return replace(tenant, members={"production": replace(tenant.member, in_process=request.param)})


def run(tenant: Tenant, check_mode: bool = False, state: str = "absent", **options: Any) -> dict[str, Any]:
    return tenant.member.run("iam_root_credentials", check_mode, account_id=tenant.member.id, state=state, **options)


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
    foretold = run(tenant, check_mode=True)
    assert writes_of(tenant) == []
    done = run(tenant)
    assert "failed" not in done, done
    (orphan,) = done.pop("warnings")
    assert "is deactivated, and stays in the account, as AWS lets no session delete it" in orphan
    assert done == {**foretold, "invocation": done["invocation"]}
    assert done["changed"] is True
    (key,) = done["root"]["access_keys"]
    assert (key["last_used_date"], key["last_used_service"]) == ("2024-05-06T00:00:00+00:00", "s3")
    assert done["root"]["password"]["last_used_date"] == "2023-04-05T00:00:00+00:00"
    assert is_bare(tenant)
    deleted = ["DeleteLoginProfile", "DeleteAccessKey", "DeleteSigningCertificate", "DeactivateMFADevice"]
    assert writes_of(tenant) == [*deleted, "DeleteVirtualMFADevice"]
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
        (Tenant.as_root, {}, "This run acts as the root user of account {management}, and AWS gives no root user"),
        (closed, {}, "{member} may be no active member of the organisation"),
        (denied, {}, '{"Null": {"aws:AssumedRoot": "true"}}'),
        (lambda _tenant: None, {"account_id": "999999999999"}, "from account {member}, which manages no organisation"),
        (
            lambda _tenant: None,
            {"profile": "general", "account_id": "999999999999"},
            "999999999999 may be no active member",
        ),
        (lambda _tenant: None, {"account_id": None}, "account_id is missing: name the member account"),
        (lambda _tenant: None, {"management_profile": "nobody"}, "ProfileNotFound"),
    ],
)
def test_what_is_in_the_way_is_a_sentence(
    tenant: Tenant, given: Callable[[Tenant], None], options: dict[str, Any], sentence: str
) -> None:
    given(tenant)
    before = dict(tenant.root().summary)
    options = {"account_id": tenant.member.id, "state": "absent", **options}
    failed = tenant.member.run("iam_root_credentials", **options)
    assert_is_a_sentence(failed["msg"])
    for name, id in (("{management}", tenant.management.id), ("{member}", tenant.member.id)):
        sentence = sentence.replace(name, id)
    assert sentence in failed["msg"]
    assert tenant.root().summary == before
    assert "by_person" not in failed


def test_of_the_management_account_itself_a_person_has_to_do_it(tenant: Tenant) -> None:
    failed = tenant.member.run(
        "iam_root_credentials", profile="general", account_id=tenant.management.id, state="absent"
    )
    assert failed["by_person"] is True
    assert "only the organisation of a member account can do this by API" in failed["msg"]


def test_a_profile_of_the_management_account_is_enough(tenant: Tenant) -> None:
    assert run(tenant, profile="general")["changed"] is True
    assert is_bare(tenant)


def test_another_profile_than_the_tasks_has_the_sessions(tenant: Tenant) -> None:
    assert run(tenant, management_profile="general")["changed"] is True
    assert is_bare(tenant)


@pytest.mark.parametrize("check_mode", [True, False])
def test_root_keeps_what_it_has_until_there_is_an_administrator(tenant: Tenant, check_mode: bool) -> None:
    before = dict(tenant.root().summary)
    for given in (lambda _account: None, user(), attached(ADMINISTRATOR), password()):
        given(tenant.member)
        failed = run(tenant, check_mode, administrator="iamadmin")
        assert_is_a_sentence(failed["msg"])
        assert "there is no administrator iamadmin yet who can sign in with MFA" in failed["msg"]
        assert tenant.root().summary == before
    enabled_device()(tenant.member)
    assert run(tenant, check_mode, administrator="iamadmin")["changed"] is True
    assert is_bare(tenant) is not check_mode


def test_the_administrator_is_looked_for_in_the_member(tenant: Tenant) -> None:
    an_administrator(tenant)
    failed = run(tenant, profile="general", administrator="iamadmin")
    assert f"cannot be seen from account {tenant.management.id}" in failed["msg"]
    assert run(tenant, management_profile="general", administrator="iamadmin")["changed"] is True


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
