# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Accounts of other partitions than `aws`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.integration.conftest import TestAccount


@pytest.mark.parametrize(
    ("region", "partition", "url"),
    [
        ("cn-north-1", "aws-cn", "https://ACCOUNT.signin.amazonaws.cn/console"),
        ("eusc-de-east-1", "aws-eusc", None),
        ("us-isob-east-1", "aws-iso-b", None),
    ],
)
def test_an_administrator_has_the_policy_of_its_partition_and_no_address_that_is_a_guess(
    account: TestAccount, tmp_path: Path, region: str, partition: str, url: str | None
) -> None:
    url = url and url.replace("ACCOUNT", account.id)
    options: dict[str, Any] = {"name": "iamadmin", "region": region}
    made = account.run(
        "iam_admin_user",
        **options,
        console_access="always",
        generate_password=True,
        handover={"directory": str(tmp_path / "handover")},
    )
    assert made["user"]["attached_policies"] == [f"arn:{partition}:iam::aws:policy/AdministratorAccess"]
    assert made["user"]["arn"] == f"arn:{partition}:iam::{account.id}:user/iamadmin"
    assert made["sign_in_url"] == url
    (kept,) = (yaml.safe_load(file.read_text()) for file in tmp_path.rglob("credentials.yml"))
    assert kept.get("sign_in_url") == url
    assert account.run("iam_admin_info", **options)["sign_in_url"] == url
