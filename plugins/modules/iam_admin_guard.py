#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_admin_guard
short_description: Find hosts of the inventory that lead to one account
version_added: 0.1.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - A step of the role P(landing_zone.aws_admin.iam_admin#role).
  - Compares the C(aws_account_id) of all hosts of the inventory, and where a host declares none, the account that its
    credentials were seen to lead to.
options:
  resolved:
    description:
      - Name of the variable that holds a host's registered result of M(landing_zone.aws_admin.iam_admin_info).
    type: str
    required: true
attributes:
  action:
    support: full
    description: Runs on the controller.
  check_mode:
    support: full
    description: Predicts what a run would do, and writes nothing.
  diff_mode:
    support: none
    description: Shows no differences, since they would be secrets.
  idempotent:
    support: full
    description: A second run with the same options changes nothing.
seealso:
  - plugin: landing_zone.aws_admin.iam_admin
    plugin_type: role
"""

EXAMPLES = r"""
- name: Compare the accounts of the inventory
  landing_zone.aws_admin.iam_admin_guard:
    resolved: __iam_admin_resolved
  run_once: true
  register: guard
"""

RETURN = r"""
refused:
  description: By host, the sentence that says with which other host it shares an account.
  returned: success
  type: dict
  sample:
    staging: "production and staging lead to one account, 222222222222: correct aws_account_id or aws_profile of one of
      them in the inventory. Nothing was written."
"""
