# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What other catalogues call our checks stands in the guide as it stands in the code."""

from __future__ import annotations

import re
from pathlib import Path

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.checks import RULES
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.sources import cis, prowler, security_hub

GUIDE = Path(__file__).parents[3] / "docs" / "docsite" / "rst" / "guide_auditing.rst"
CATALOGUES = (cis, security_hub, prowler)


def test_a_control_is_named_with_its_catalogue() -> None:
    assert cis("2.5") == "CIS AWS Foundations Benchmark v7.0.0, 2.5"
    assert security_hub("IAM.9") == "AWS Security Hub controls, IAM.9"
    assert prowler("iam_root_mfa_enabled") == "Prowler, iam_root_mfa_enabled"


def test_the_table_of_the_guide_is_that_of_the_code() -> None:
    section = GUIDE.read_text().partition("In other catalogues\n")[2].partition("\nSay what counts\n")[0]
    rows = re.findall(r"^   \* - (.*)\n     -(.*)\n     -(.*)\n     -(.*)\n", section, re.MULTILINE)
    told = {cells[0].strip("`"): [re.findall(r"[\w.]+", cell) for cell in cells[1:]] for cells in rows[1:]}
    held = {
        id: [
            [one.removeprefix(named("")) for one in rule.references if one.startswith(named(""))]
            for named in CATALOGUES
        ]
        for id, rule in RULES.items()
    }
    assert told == {id: controls for id, controls in held.items() if any(controls)}
    assert len(told) > 15
