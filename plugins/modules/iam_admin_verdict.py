#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_admin_verdict
short_description: Judge an account
version_added: 0.1.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - A step of the role P(landing_zone.aws_admin.iam_admin#role).
  - Reads the account as M(landing_zone.aws_admin.iam_admin_info) does, and judges it. It does not fail for an account
    that is not secure, or that cannot be read, so that a report can follow.
options:
  earlier_error:
    description:
      - What went wrong for this host before, in the same run.
    type: str
    default: ""
  predicted:
    description:
      - Whether check mode has foretold changes, so that there is nothing to judge yet.
    type: bool
    default: false
  proven:
    description:
      - What M(landing_zone.aws_admin.iam_admin_proof) has proven in this run.
    type: list
    elements: str
    default: []
  just_changed:
    description:
      - Whether this run has changed the account. AWS may show that a little later, so an account that is not secure is
        read again, for some seconds.
    type: bool
    default: false
attributes:
  action:
    support: full
    description: Runs on the controller.
  check_mode:
    support: full
    description: Changes nothing anyway, and judges nothing when O(predicted=true).
  diff_mode:
    support: none
    description: Changes nothing.
  idempotent:
    support: full
    description: Changes nothing.
seealso:
  - module: landing_zone.aws_admin.iam_admin_info
  - plugin: landing_zone.aws_admin.iam_admin
    plugin_type: role
extends_documentation_fragment:
  - landing_zone.aws_admin.connection
  - landing_zone.aws_admin.expectations
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Judge the account
  landing_zone.aws_admin.iam_admin_verdict:
    name: iamadmin
    profile: production
    account_id: "222222222222"
  register: account
"""

RETURN = r"""
verdict:
  description: V(secure), V(not secure), V(unknown) or V(not judged).
  returned: always
  type: str
  sample: secure
fails:
  description: Whether the run has to fail for this account, which is not secure or unknown, or where something failed.
  returned: always
  type: bool
  sample: false
account:
  description: What M(landing_zone.aws_admin.iam_admin_report) reports of the account.
  returned: always
  type: dict
msg:
  description: The verdict and its reasons.
  returned: always
  type: str
  sample: production is secure.
"""
