#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_root_by_hand
short_description: Guide a person through securing a root user
version_added: 2.0.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - A step of the role P(landing_zone.aws_admin.iam_admin#role), for the root user of a management account or a
    standalone account. For member accounts use M(landing_zone.aws_admin.iam_root_credentials).
  - Reads the account, and lists what a person has to do in the console so that its root user has MFA, no access key and
    no signing certificate. On a terminal it waits and reads the account again until that is done.
  - If steps are left, it fails with them when there is no terminal, in check mode, and when the person types C(stop).
    As a module on another host it reads the account once.
options:
  exceptions:
    description:
      - As in M(landing_zone.aws_admin.iam_admin_info). Accepted checks are left out.
    type: dict
    default: {}
  management_profile:
    description:
      - As in M(landing_zone.aws_admin.iam_admin_info).
    type: str
attributes:
  check_mode:
    support: full
    description: Does not wait.
  diff_mode:
    support: none
    description: Changes nothing.
  idempotent:
    support: full
    description: Changes nothing.
seealso:
  - module: landing_zone.aws_admin.iam_admin_info
    description: Judges the root user, among other things.
  - name: Root user best practices for your AWS account
    description: The IAM User Guide of AWS.
    link: https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html
extends_documentation_fragment:
  - landing_zone.aws_admin.connection
  - amazon.aws.common.modules
  - amazon.aws.region.modules
"""

EXAMPLES = r"""
- name: Guide a person through securing the root user
  landing_zone.aws_admin.iam_root_by_hand:
    profile: production
    account_id: "222222222222"

- name: List the remaining steps for the root user, and continue
  landing_zone.aws_admin.iam_root_by_hand:
    profile: production
    account_id: "222222222222"
  ignore_errors: true
"""

RETURN = r"""
steps:
  description: Remaining steps for a person, in order.
  returned: success
  type: list
  elements: str
  sample: []
by_api:
  description:
    - Whether M(landing_zone.aws_admin.iam_root_credentials) could do it, because the organisation has root sessions.
  returned: when something is left
  type: bool
  sample: true
account_id:
  description: The account that the credentials belong to.
  returned: success
  type: str
  sample: "222222222222"
error:
  description: The call that failed.
  returned: when a call to AWS or the connection to it failed
  type: dict
  contains:
    operation:
      description: Name of the API operation.
      returned: always
      type: str
      sample: GetCallerIdentity
    code:
      description: Error code from AWS, or name of the botocore exception.
      returned: always
      type: str
      sample: AccessDenied
"""

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_ROOT_BY_HAND, run_module


def main() -> None:
    run_module(IAM_ROOT_BY_HAND)


if __name__ == "__main__":
    main()
