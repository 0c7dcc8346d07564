#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_admin_removal
short_description: Confirm the removal of administrators
version_added: 2.0.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - A step of the role P(landing_zone.aws_admin.iam_admin#role), which runs once for all hosts.
  - Lists the users and their hosts, asks for confirmation, and fails unless the answer is C(yes). It also fails without
    a terminal.
  - In check mode it asks nothing.
options:
  user:
    description:
      - Name of the variable that holds the user name of each host.
    type: str
    required: true
  unless:
    description:
      - Name of the variable that is true for hosts that need no confirmation.
    type: str
    required: true
extends_documentation_fragment:
  - landing_zone.aws_admin.controller
"""

EXAMPLES = r"""
- name: Confirm the removal of the administrators
  landing_zone.aws_admin.iam_admin_removal:
    user: administrator
    unless: is_removed_unasked
  run_once: true
  vars:
    administrator: iamadmin
    is_removed_unasked: true
"""

RETURN = r"""
"""
