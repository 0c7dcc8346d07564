# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.api import Once, at_once, together
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.session import Shared, way_of
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.survey import SurveyApi
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import ACCOUNT, ADMINISTRATOR_ACCESS, NAME
from ansible_collections.landing_zone.aws_admin.tests.unit.stubbed import stubbed

ATTACHED = [{"PolicyName": "AdministratorAccess", "PolicyArn": ADMINISTRATOR_ACCESS}]
USER = {"UserName": NAME, "Path": "/admins/", "AttachedManagedPolicies": ATTACHED}
ANSWERS: dict[str, dict[str, Any]] = {
    "GetCallerIdentity": {"Account": ACCOUNT.id, "Arn": ACCOUNT.caller_arn, "UserId": ACCOUNT.id},
    "GetAccountAuthorizationDetails": {"UserDetailList": [USER]},
    "ListAccountAliases": {"AccountAliases": ["acme"]},
    "ListOrganizationsFeatures": {"EnabledFeatures": ["RootSessions"]},
    "GetLoginProfile": {"LoginProfile": {"UserName": NAME}},
    "ListMFADevices": {"MFADevices": [{"SerialNumber": "one"}]},
    "GetUser": {"User": {"UserName": NAME, "PasswordLastUsed": "today"}},
}


def surveying() -> tuple[SurveyApi, list[tuple[str, Mapping[str, Any]]]]:
    """Return what reads an account, and what AWS is asked."""
    asked: list[tuple[str, Mapping[str, Any]]] = []

    def answer(operation: str, parameters: Mapping[str, Any]) -> Mapping[str, Any]:
        asked.append((operation, parameters))
        return ANSWERS[operation]

    return SurveyApi(stubbed("iam", answer), stubbed("sts", answer), "AKIAVOID"), asked


@pytest.mark.parametrize(
    ("method", "arguments", "operation"),
    [
        ("get_caller_identity", (), "GetCallerIdentity"),
        ("get_account_authorization_details", (), "GetAccountAuthorizationDetails"),
        ("get_user_detail", (NAME,), "GetAccountAuthorizationDetails"),
        ("list_account_aliases", (), "ListAccountAliases"),
        ("list_organizations_features", (), "ListOrganizationsFeatures"),
        ("get_login_profile", (NAME,), "GetLoginProfile"),
        ("list_mfa_devices", (NAME,), "ListMFADevices"),
        ("get_user", (NAME,), "GetUser"),
    ],
)
def test_a_thing_is_read_once(method: str, arguments: tuple[Any, ...], operation: str) -> None:
    api, asked = surveying()
    first, second = (getattr(api, method)(*arguments) for _time in range(2))
    assert first == second
    assert [name for name, _parameters in asked] == [operation]


def test_each_user_is_read_by_its_own_name() -> None:
    api, asked = surveying()
    for name in (NAME, "other", NAME):
        api.get_login_profile(name)
        api.list_mfa_devices(name)
    assert [parameters["UserName"] for _operation, parameters in asked] == [NAME, NAME, "other", "other"]


def test_the_details_hold_the_user_its_policies_and_the_roles() -> None:
    api, asked = surveying()
    assert api.get_user_detail(NAME.upper()) == USER
    assert api.list_attached_user_policies(NAME) == ATTACHED
    assert (api.get_user_detail("other"), api.list_attached_user_policies("other")) == (None, [])
    ((operation, parameters),) = asked
    assert operation == "GetAccountAuthorizationDetails"
    assert parameters["Filter"] == ["User", "Group", "LocalManagedPolicy", "Role"]


def test_when_a_password_was_last_used_the_details_do_not_say() -> None:
    api, asked = surveying()
    assert api.get_user(NAME) == ANSWERS["GetUser"]["User"]
    assert [operation for operation, _parameters in asked] == ["GetUser"]


def test_of_many_threads_the_first_one_makes_it_and_all_have_it() -> None:
    once, made, begun = Once(), [], threading.Barrier(4)

    def ask(_number: int) -> Any:
        begun.wait(10)
        return once("key", lambda: made.append(1) or len(made))

    with ThreadPoolExecutor(4) as pool:
        assert [*pool.map(ask, range(4))] == [1, 1, 1, 1]
    assert once("other", lambda: 7) == 7


def test_who_asks_again_has_the_failure_that_the_first_one_had() -> None:
    once, tried = Once(), []

    def fail() -> None:
        tried.append(1)
        raise ValueError("no")

    for _time in range(2):
        with pytest.raises(ValueError, match="no"):
            once("key", fail)
    assert len(tried) == 1


@pytest.mark.parametrize("most", [1, 3])
def test_reads_go_out_as_many_at_once_as_is_said_those_within_others_too(most: int) -> None:
    there, highest, lock = [0], [0], threading.Lock()
    done = threading.Event()

    def read() -> None:
        with lock:
            there[0] += 1
            highest[0] = max(highest[0], there[0])
            if highest[0] >= most:
                done.set()
        assert done.wait(10)
        with lock:
            there[0] -= 1

    def read_all() -> None:
        with at_once(most):
            together(*[read] * 6)

    copy_context().run(read_all)
    assert highest[0] == most
    with at_once(1):
        threads = together(lambda: together(threading.current_thread, threading.current_thread))
    assert threads == [[threading.main_thread()] * 2]


WAY = {"profile": "general", "region": None, "endpoint_url": "http://127.0.0.1:1", "account_id": "1"}


def test_ways_to_aws_are_told_apart_and_the_account_that_is_expected_is_none_of_them() -> None:
    assert way_of(WAY) == way_of({**WAY, "account_id": "2", "name": "somebody"})
    others = [{**WAY, name: "other"} for name in ("profile", "region", "endpoint_url", "management_profile")]
    others += [{**WAY, name: "other"} for name in ("access_key", "secret_key", "session_token", "assume_role_arn")]
    others += [{**WAY, "validate_certs": False}, {**WAY, "aws_config": {"retries": 1}}]
    assert len({way_of(one) for one in (WAY, *others)}) == len(others) + 1


def test_a_client_is_shared_by_those_that_say_the_same_of_it() -> None:
    shared, made = Shared(SurveyApi), []

    def make() -> object:
        made.append(object())
        return made[-1]

    one, again = (shared.client({"aws_access_key_id": "AKIAONE"}, make) for _time in range(2))
    other = shared.client({"aws_access_key_id": "AKIATWO"}, make)
    assert (one is again, one is other, len(made)) == (True, False, 2)
