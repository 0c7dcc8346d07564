#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_admin_qr_code
short_description: Draw the QR code of an MFA device again
version_added: 2.0.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - A step of the role P(landing_zone.aws_admin.iam_admin#role).
  - Draws the QR code of a seed in the handover, only on the terminal, and fails without one.
options:
  directory:
    description:
      - Folder that holds the handovers, one folder for each host.
    type: path
    required: true
  vault_password:
    description:
      - Password that opens the handover. By default the vault ids of the run are used.
    type: str
  account_id:
    description:
      - The account that the handover must belong to. By default any.
    type: str
  user_name:
    description:
      - The administrator that the handover must belong to.
    type: str
    required: true
  device_name:
    description:
      - The MFA device. Defaults to O(user_name).
    type: str
extends_documentation_fragment:
  - landing_zone.aws_admin.controller
"""

EXAMPLES = r"""
- name: Draw the QR code again for a new phone
  landing_zone.aws_admin.iam_admin_qr_code:
    directory: handover
    vault_password: "{{ vault_handover_password }}"
    user_name: iamadmin
"""

RETURN = r"""
"""
