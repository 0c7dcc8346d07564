# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables of the role that are of another kind than they have to be."""

from __future__ import annotations

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.variables import refused_value


@pytest.mark.parametrize(
    ("name", "value", "what"),
    [
        ("iam_admin_password", {"s3cret": 1}, "is a mapping, and has to be text"),
        ("iam_admin_password", ["s3cret"], "is a list, and has to be text"),
        ("iam_admin_report_dir", {"s3cret": 1}, "is a mapping, and has to be text"),
        ("iam_admin_keep_seed", "s3cret", "is neither true nor false"),
        ("iam_admin_adopt", ["s3cret"], "is neither true nor false"),
        ("iam_admin_require_mfa", 2, "is neither true nor false"),
    ],
)
def test_what_is_of_another_kind_is_refused_and_not_shown(name: str, value: object, what: str) -> None:
    assert refused_value(name, value) == f"{name} {what}: correct it, or leave it out."


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("iam_admin_password", "text"),
        ("iam_admin_name", 7),
        ("iam_admin_keep_seed", "yes"),
        ("iam_admin_require_mfa", False),
        ("iam_admin_device_names", ["a", "b"]),
        ("iam_admin_managed_policies", ["a"]),
    ],
)
def test_what_ansible_makes_the_right_kind_of_will_do(name: str, value: object) -> None:
    assert refused_value(name, value) is None
