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
      - The account that the credentials must belong to, twelve digits in quotes.
      - If they belong to another one, a task that writes fails before it writes anything; a task that judges says so,
        and judges nothing else.
    type: str
  assume_role_arn:
    description:
      - ARN of a role to assume with the given credentials, so that one profile reaches all accounts of an organisation.
    type: str
    version_added: 1.0.0
  assume_role_external_id:
    description:
      - External id that O(assume_role_arn) requires.
    type: str
    version_added: 1.0.0
  assume_role_session_name:
    description:
      - Session name for O(assume_role_arn), as shown by AWS CloudTrail.
    type: str
    default: landing_zone.aws_admin
    version_added: 1.0.0
  cache_credentials:
    description:
      - Whether to cache the credentials of a role that is assumed, by O(profile) or O(assume_role_arn), until they
        expire, in the cache of the AWS CLI (C(~/.aws/cli/cache)). Otherwise each task assumes the role again.
    type: bool
    default: true
attributes:
  action_group:
    support: full
    description:
      - Use C(group/landing_zone.aws_admin.aws) in C(module_defaults). It applies to the modules of amazon.aws, too.
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
  - boto3 >= 1.41.0
notes:
  - Without a region in O(region), profile or environment, V(us-east-1) is used; IAM is a global service. If
    O(assume_role_arn), or else the profile's C(role_arn), is in another partition, the region that botocore has for
    that partition is used. In any other case, name a region of the partition.
  - O(profile) takes precedence over access keys in the environment.
"""
