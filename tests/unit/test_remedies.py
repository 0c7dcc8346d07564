# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a check says that is to be done can be done: with playbooks, variables and commands that there are."""

from __future__ import annotations

import re
from pathlib import Path

import botocore.session
import pytest
from botocore import xform_name

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.checks import RULES

PROJECT = Path(__file__).parents[2]
ROLE = Path("roles/iam_admin/meta/argument_specs.yml")
VERBS = {
    "Correct", "Deactivate", "Delete", "Edit", "Enable", "Find", "Give", "Have", "Move", "Register", "Remove",
    "Replace", "Restrict", "Run", "Set", "Sign",
}  # fmt: skip


@pytest.mark.parametrize("id", RULES)
def test_every_check_says_in_a_sentence_what_to_do_with_what_there_is(id: str) -> None:
    remedy = RULES[id].remedy
    assert remedy.split()[0] in VERBS
    assert (remedy[-1], remedy.count(". "), len(remedy) <= 160) == (".", 0, True)
    for playbook in re.findall(r"[\w/]+\.yml", remedy):
        assert (PROJECT / playbook).is_file(), playbook
    variables = set(re.findall(r"iam_admin_\w+|aws_\w+", remedy))
    assert variables <= set(re.findall(r"^ +(\w+):", (PROJECT / ROLE).read_text(), re.MULTILINE)), variables
    session = botocore.session.get_session()
    for service, command in re.findall(r"aws (\w+) ([a-z-]+)", remedy):
        names = {xform_name(name, "-") for name in session.get_service_model(service).operation_names}
        more = re.findall(r"(?<=and )[a-z]+-[a-z-]+", remedy)
        assert {command, *more} <= names, service
