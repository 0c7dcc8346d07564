# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What other catalogues call our checks."""

from __future__ import annotations

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.sources import cis, prowler, security_hub


def test_a_control_is_named_with_its_catalogue() -> None:
    assert cis("2.5") == "CIS AWS Foundations Benchmark v7.0.0, 2.5"
    assert security_hub("IAM.9") == "AWS Security Hub controls, IAM.9"
    assert prowler("iam_root_mfa_enabled") == "Prowler, iam_root_mfa_enabled"
