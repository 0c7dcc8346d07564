# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The root user keeps what it has until there is an administrator who can do without it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.administrators import (
    LEAVING_TAG,
    refuse_without_administrator,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import (
    ACCOUNT,
    ADMINISTRATOR_ACCESS,
    MADE,
    NAME,
    FakeAws,
)

KEPT = (
    f"The root user of account {ACCOUNT.id} keeps its credentials, as there is no administrator {{}} yet who can sign "
    "in with MFA: run bootstrap.yml first."
)


def an_account(**given: Any) -> Any:
    """Return one whose administrator can sign in with MFA."""
    whole: dict[str, Any] = {
        "attached": [ADMINISTRATOR_ACCESS],
        "login_profile": {"CreateDate": MADE},
        "devices": {ACCOUNT.arn(f"mfa/{NAME}"): NAME},
        **given,
    }
    aws = FakeAws(**whole)
    aws.create_user(UserName=NAME, Path="/", Tags=[])
    return aws


def refusal(aws: Any, account_id: str = ACCOUNT.id, name: str = NAME) -> str | None:
    try:
        refuse_without_administrator(aws, account_id, name)
    except AdminError as error:
        return str(error)
    return None


@pytest.mark.parametrize("name", [NAME, NAME.upper()])
def test_an_administrator_with_mfa_does_without_the_root_user(name: str) -> None:
    assert refusal(an_account(), name=name) is None


@pytest.mark.parametrize(
    "given",
    [{"attached": []}, {"login_profile": None}, {"devices": {}}],
    ids=["no administrator", "no password", "no MFA"],
)
def test_who_is_none_or_cannot_sign_in_with_mfa_is_not_counted_on(given: dict[str, Any]) -> None:
    assert refusal(an_account(**given)) == KEPT.format(NAME)


def test_who_is_not_there_is_not_counted_on() -> None:
    assert refusal(an_account(), name="nobody") == KEPT.format("nobody")


def test_who_is_being_removed_is_not_counted_on() -> None:
    aws = an_account()
    for since, is_counted_on in ((timedelta(minutes=1), False), (timedelta(hours=2), True)):
        aws.user["Tags"] = [{"Key": LEAVING_TAG, "Value": (datetime.now(UTC) - since).isoformat()}]
        assert refusal(aws) == (None if is_counted_on else KEPT.format(NAME))


def test_the_administrator_is_looked_for_in_the_member() -> None:
    assert refusal(an_account(), account_id="444455556666") == (
        f"Whether {NAME} administers account 444455556666 is not visible from account {ACCOUNT.id}: use credentials of "
        "a role in the member account, and name a profile that may get its root sessions in management_profile "
        "(iam_admin_management_profile of the role)."
    )
