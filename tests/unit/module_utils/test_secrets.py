# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""No secret is left in a result, and nothing else is lost."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.secrets import remove_values

SECRETS = {"horse", "horse battery"}


@pytest.mark.parametrize(
    ("value", "left"),
    [
        ("horse", "********"),
        ("a horse, a horse battery", "a ********, a ********"),
        ({"horse": {"of": ["a horse", 1, None, True]}}, {"horse": {"of": ["a ********", 1, None, True]}}),
        (("a horse", "a cow"), ["a ********", "a cow"]),
        (4.5, 4.5),
    ],
)
def test_a_secret_is_taken_out_of_every_text_as_a_whole(value: Any, left: Any) -> None:
    assert remove_values(value, SECRETS) == left


def test_without_secrets_nothing_changes() -> None:
    assert remove_values({"a": ["b"]}, ()) == {"a": ["b"]}
