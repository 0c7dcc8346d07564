# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The account that credentials lead to."""

from __future__ import annotations

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.account import Account
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError

USER = "arn:aws:iam::111122223333:user/people/jo"
ROLE = "arn:aws:sts::111122223333:assumed-role/jo/session"


def account(partition: str = "aws") -> Account:
    return Account("111122223333", partition, f"arn:{partition}:iam::111122223333:root")


@pytest.mark.parametrize(
    ("arn", "called"),
    [
        ("arn:aws:iam::111122223333:user/iamadmin", True),
        ("arn:aws:iam::111122223333:user/people/IAMAdmin", True),
        ("arn:aws:iam::111122223333:user/somebody", False),
        ("arn:aws:iam::111122223333:root", False),
        ("arn:aws:sts::111122223333:assumed-role/iamadmin/iamadmin", False),
    ],
)
def test_the_caller_is_told_from_others(arn: str, called: bool) -> None:
    assert Account("111122223333", "aws", arn).is_called_by("iamadmin") is called


def test_the_expected_account_is_fine_and_so_is_any_when_none_is_expected() -> None:
    account().expect("111122223333")
    account().expect(None)


def test_another_account_is_refused_with_both_ids() -> None:
    with pytest.raises(AdminError) as refused:
        account().expect("444455556666")
    assert str(refused.value) == (
        "The credentials lead to account 111122223333 and not to the expected account 444455556666: "
        "correct aws_profile or aws_account_id in the inventory. Nothing was written to 111122223333."
    )


@pytest.mark.parametrize("partition", ["aws", "aws-cn", "aws-eusc", "aws-us-gov"])
def test_arns_are_of_the_accounts_partition(partition: str) -> None:
    assert account(partition).arn("user/iamadmin") == f"arn:{partition}:iam::111122223333:user/iamadmin"


@pytest.mark.parametrize(
    ("partition", "alias", "url"),
    [
        ("aws", None, "https://111122223333.signin.aws.amazon.com/console"),
        ("aws", "acme", "https://acme.signin.aws.amazon.com/console"),
        ("aws-cn", "acme", "https://111122223333.signin.amazonaws.cn/console"),
        ("aws-eusc", "acme", None),
        ("aws-iso", "acme", None),
        ("aws-of-tomorrow", None, None),
        ("aws-us-gov", "acme", "https://111122223333.signin.amazonaws-us-gov.com/console"),
    ],
)
def test_users_sign_in_where_their_partition_has_them_sign_in(
    partition: str, alias: str | None, url: str | None
) -> None:
    assert account(partition).sign_in_url(alias) == url


@pytest.mark.parametrize(
    ("caller", "source", "user"),
    [
        (USER, None, "jo"),
        (ROLE, None, None),
        (ROLE, USER, "jo"),
        (ROLE, ROLE, None),
        (ROLE, USER.replace("111122223333", "444455556666"), None),
        ("arn:aws:iam::111122223333:root", None, None),
    ],
)
def test_who_has_assumed_the_role_calls_where_it_is_a_user_of_the_account(
    caller: str, source: str | None, user: str | None
) -> None:
    account = Account("111122223333", "aws", caller, source)
    assert account.calling_user == user
    assert account.is_called_by("JO") is (user is not None)
