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
        of an organisation.
    type: str
    version_added: 1.0.0
  assume_role_external_id:
    description:
      - External id that O(assume_role_arn) asks for.
    type: str
    version_added: 1.0.0
  assume_role_session_name:
    description:
      - What AWS CloudTrail calls the session of O(assume_role_arn).
    type: str
    default: landing_zone.aws_admin
    version_added: 1.0.0
  cache_credentials:
    description:
      - Whether the credentials of a role that is assumed, by O(profile) or O(assume_role_arn), are kept until they
        expire, where the AWS CLI keeps them (C(~/.aws/cli/cache)). Else each task assumes the role anew.
    type: bool
    default: true
attributes:
  action_group:
    support: full
    description:
      - Use C(group/landing_zone.aws_admin.aws) in C(module_defaults). It sets those of amazon.aws's modules, too.
    membership: [landing_zone.aws_admin.aws]
  check_mode:
    support: full
    description: Predicts what a run would do, and writes nothing.
  diff_mode:
    support: full
    description: Shows what AWS has before and after, without secrets.
  idempotent:
    support: full
    description: A second run with the same options changes nothing.
requirements:
  - python >= 3.11
  - boto3 >= 1.35
notes:
  - Without O(region), and without a region in profile or environment, V(us-east-1) is used; IAM is a global service.
    Where O(assume_role_arn), or else the profile's C(role_arn), is of another partition, it is the region that botocore
    names for that. In any other case a partition needs one of its regions to be named.
  - O(profile) wins over access keys that are exported in the environment.
"""
