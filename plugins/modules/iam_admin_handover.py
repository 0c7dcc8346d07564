#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_admin_handover
short_description: Keep what an administrator needs to sign in
version_added: 0.1.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - A step of the role P(landing_zone.aws_admin.iam_admin#role).
  - Keeps the initial password, and until the MFA device is enabled its seed and QR code, in one folder per host, for
    its owner alone, encrypted with ansible-vault where a vault password is there.
  - Draws the QR code on the screen where there is a terminal.
options:
  state:
    description:
      - V(present) makes sure that the handover can be used, encrypts what lies there in plain text where there is a
        vault password by now, and draws the QR code again where it holds one.
      - V(enrolment) keeps O(seed) and its QR code, and draws the QR code.
      - V(password) keeps O(password), or one that is generated, and returns it.
      - V(void_password) forgets the password, which does not open.
      - V(final) removes what was needed for enrolment only.
    type: str
    choices: [present, enrolment, password, void_password, final]
    required: true
  directory:
    description:
      - Folder that holds one folder per host.
    type: path
    required: true
  account_id:
    description:
      - The account. A handover of another one is not overwritten.
    type: str
    required: true
  user_name:
    description:
      - The administrator. A handover of another one is not overwritten.
    type: str
    required: true
  sign_in_url:
    description:
      - Where the administrator signs in.
    type: str
    required: true
  vault_password:
    description:
      - Password that opens and encrypts the handover. By default the vault ids of the run are used, if there are any.
    type: str
  label:
    description:
      - How the authenticator app shows the account, as C(issuer:account).
    type: str
    required: true
  seed:
    description:
      - The seed that M(landing_zone.aws_admin.iam_virtual_mfa) returned when it created the device. Needed with
        O(state=enrolment), except in check mode.
    type: str
  password:
    description:
      - The password to keep. By default the one that the handover holds already, else a generated one.
    type: str
  keep_seed:
    description:
      - Whether O(state=final) leaves the seed in the handover.
    type: bool
    default: false
  announce:
    description:
      - Whether O(state=final) says where the initial password is, because this run has set it.
    type: bool
    default: false
  enrolment:
    description:
      - With V(totp) nobody scans the QR code, so it is not drawn; and a handover that is not encrypted is refused.
    type: str
    choices: [codes, totp]
    default: codes
extends_documentation_fragment:
  - landing_zone.aws_admin.controller
"""

EXAMPLES = r"""
- name: Keep the seed and the QR code
  landing_zone.aws_admin.iam_admin_handover:
    state: enrolment
    directory: handover
    account_id: "222222222222"
    user_name: iamadmin
    sign_in_url: https://222222222222.signin.aws.amazon.com/console
    label: "AWS production: iamadmin@222222222222"
    seed: "{{ device.seed }}"
  no_log: true
"""

RETURN = r"""
enrolment:
  description: Whether the handover holds a seed and its QR code.
  returned: with O(state=present)
  type: bool
  sample: true
password:
  description: The password. A secret.
  returned: with O(state=password)
  type: str
"""
