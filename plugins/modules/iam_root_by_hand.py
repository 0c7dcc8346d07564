#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_root_by_hand
short_description: Lead a person through what no API does to a root user
version_added: 2.0.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - A step of the role P(landing_zone.aws_admin.iam_admin#role), for the root user of an account that manages an
    organisation, or is in none. For those of member accounts there is M(landing_zone.aws_admin.iam_root_credentials).
  - Reads the account, and says what a person has to do in the console for its root user to have MFA, no access key and
    no signing certificate. On a terminal it waits, and reads again until that is so.
  - It fails where something is left, with the steps, when nobody is at a terminal, in check mode, and when the person
    types C(stop); as a module of another host it reads once.
options:
  exceptions:
    description:
      - As of M(landing_zone.aws_admin.iam_admin_info). What is accepted is not asked for.
    type: dict
    default: {}
  management_profile:
    description:
      - As of M(landing_zone.aws_admin.iam_admin_info).
    type: str
attributes:
  check_mode:
    support: full
    description: Waits for nobody.
  diff_mode:
    support: none
    description: Changes nothing.
  idempotent:
    support: full
    description: Changes nothing.
seealso:
  - module: landing_zone.aws_admin.iam_admin_info
    description: Judges, among all else, the root user.
  - name: Root user best practices for your AWS account
    description: The IAM User Guide of AWS.
    link: https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html
extends_documentation_fragment:
  - landing_zone.aws_admin.connection
  - amazon.aws.common.modules
  - amazon.aws.region.modules
"""

EXAMPLES = r"""
- name: Have the root user secured
  landing_zone.aws_admin.iam_root_by_hand:
    profile: production
    account_id: "222222222222"

- name: Say what is left for the root user, and go on
  landing_zone.aws_admin.iam_root_by_hand:
    profile: production
    account_id: "222222222222"
  ignore_errors: true
"""

RETURN = r"""
steps:
  description: What is left for a person to do, in its order.
  returned: success
  type: list
  elements: str
  sample: []
by_api:
  description:
    - Whether M(landing_zone.aws_admin.iam_root_credentials) could do it, as the organisation has root sessions.
  returned: when something is left
  type: bool
  sample: true
account_id:
  description: The account that the credentials led to.
  returned: success
  type: str
  sample: "222222222222"
error:
  description: Which call failed.
  returned: when a call to AWS, or the way to it, failed
  type: dict
  contains:
    operation:
      description: The API's name of the call.
      returned: always
      type: str
      sample: GetCallerIdentity
    code:
      description: AWS's error code, or the name of botocore's exception.
      returned: always
      type: str
      sample: AccessDenied
"""

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_ROOT_BY_HAND, run_module


def main() -> None:
    run_module(IAM_ROOT_BY_HAND)


if __name__ == "__main__":
    main()
