# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options that are made of those variables that are there."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleUndefinedVariable
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.landing_zone.aws_admin.plugins.lookup.iam_admin_options import LookupModule


def options(variables: dict[str, Any], **names: str) -> Any:
    said = {name: trust_as_template(value) if isinstance(value, str) else value for name, value in variables.items()}
    templar = Templar(DataLoader(), said)
    (found,) = LookupModule(loader=DataLoader(), templar=templar).run([], said, **names)
    return found


def test_what_is_there_is_an_option_and_what_is_not_is_left_out() -> None:
    said = {"aws_profile": "production", "aws_region": "{{ home }}", "home": "eu-central-1", "empty": "", "null": None}
    assert options(said, profile="aws_profile", region="aws_region", role="aws_role") == {
        "profile": "production",
        "region": "eu-central-1",
    }
    assert options(said, profile="empty", region="null") == {"profile": "", "region": None}
    assert options({}, profile="aws_profile") == {}


def test_a_variable_that_asks_to_be_left_out_is() -> None:
    said = {"aws_profile": "{{ omit }}", "aws_region": "x"}
    assert options(said, profile="aws_profile", region="aws_region") == {"region": "x"}


def test_what_is_there_and_undefined_is_an_error() -> None:
    with pytest.raises(AnsibleUndefinedVariable, match="missing"):
        options({"aws_profile": "{{ missing }}"}, profile="aws_profile")
