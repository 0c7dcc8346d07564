# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the rules of the verdict come from, and what the catalogues of others call them."""

from __future__ import annotations

CENTRAL = "IAM User Guide: Centrally manage root access for member accounts"
MFA_GUIDE = "IAM User Guide: AWS Multi-factor authentication in IAM"
PASSWORDS = "IAM User Guide: Set an account password policy for IAM users"
PRACTICES = "IAM User Guide: Security best practices in IAM"
ROOT_GUIDE = "IAM User Guide: Root user best practices for your AWS account"


def cis(number: str) -> str:
    """A recommendation of the CIS AWS Foundations Benchmark."""
    return f"CIS AWS Foundations Benchmark v7.0.0, {number}"


def security_hub(control: str) -> str:
    """A control of AWS Security Hub, of which some make up the AWS Foundational Security Best Practices."""
    return f"AWS Security Hub controls, {control}"


def prowler(check: str) -> str:
    """A check of Prowler that asks the same, or the nearest to it."""
    return f"Prowler, {check}"
