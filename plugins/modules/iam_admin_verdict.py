#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_admin_verdict
short_description: Print the verdict of an account, and fail unless it is secure
version_added: 0.1.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - A step of the role P(landing_zone.aws_admin.iam_admin#role).
options:
  info:
    description:
      - The result of M(landing_zone.aws_admin.iam_admin_info), failed or not.
    type: dict
    required: true
  user_name:
    description:
      - Name of the administrator.
    type: str
    required: true
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
- name: Give the verdict
  landing_zone.aws_admin.iam_admin_verdict:
    info: "{{ info }}"
    user_name: iamadmin
"""

RETURN = r"""
verdict:
  description: V(secure), V(not secure), V(unknown) or V(not judged).
  returned: always
  type: str
  sample: secure
msg:
  description: The verdict and its reasons.
  returned: always
  type: str
  sample: production is secure.
"""
