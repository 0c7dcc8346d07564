# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the modules that call AWS share, beyond amazon.aws."""

    DOCUMENTATION = r"""
options:
  account_id:
    description:
      - The account that the credentials are expected to lead to, twelve digits in quotes.
      - When they lead to another one, a task that writes fails before it writes anything; a task that judges says so,
        and judges nothing else of that account.
    type: str
  assume_role_arn:
    description:
      - ARN of a role to assume, with the credentials that would be used without it. So one profile reaches all accounts
        of an organization.
    type: str
  assume_role_external_id:
    description:
      - External id that O(assume_role_arn) asks for.
    type: str
  assume_role_session_name:
    description:
      - What AWS CloudTrail calls the session of O(assume_role_arn).
    type: str
    default: landing_zone.aws_admin
  cache_credentials:
    description:
      - Whether credentials of a role that is assumed, by the profile or by O(assume_role_arn), are kept until they
        expire, in the folder that the AWS CLI keeps them in (C(~/.aws/cli/cache)), so that not every task assumes the
        role anew.
    type: bool
    default: true
attributes:
  action_group:
    support: full
    description: Use C(group/landing_zone.aws_admin.aws) in C(module_defaults); it takes in the modules of amazon.aws.
    membership: landing_zone.aws_admin.aws
notes:
  - Without O(region), and without a region in profile or environment, V(us-east-1) is used; IAM is a global service.
  - O(profile) wins over access keys that are exported in the environment.
"""
