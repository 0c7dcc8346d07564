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
  - What another user may have put there is refused, and the error says why. With a vault password, what lies there in
    plain text is encrypted and kept only where nobody else could even read it, as a run without the password leaves it;
    else it is moved aside, and not used.
options:
  state:
    description:
      - V(present) makes sure that the handover can be used, and draws the QR code again where it holds one.
      - V(enrolment) keeps O(seed) and its QR code, and draws the QR code.
      - V(shown) draws the QR code of a seed that was kept, and needs a terminal.
      - V(enrolled) removes what was needed to enrol O(enabled_devices) only.
      - V(present) and V(enrolled) encrypt what lies there in plain text, where there is a vault password by now.
      - V(password) keeps O(password), or one that is generated, and returns it.
      - V(password_set) notes that AWS has it, and forgets the password before that one; V(void_password) forgets that
        one, as AWS has refused it.
      - V(announced) says where to sign in, and that the root user is to sign out.
      - V(absent) removes the handover.
    type: str
    choices: [present, enrolment, shown, enrolled, password, password_set, void_password, announced, absent]
    required: true
  account_id:
    description:
      - The account. A handover of another one is not overwritten. By default the one that the handover is of.
    type: str
  user_name:
    description:
      - The administrator. A handover of another one is not overwritten.
    type: str
    required: true
  user_id:
    description:
      - Unique id of the user, by which one of the same name that somebody else makes later is told from it. The
        handover of another id is refused, unless O(adopt) is true.
    type: str
    version_added: 2.0.0
  sign_in_url:
    description:
      - Where the administrator signs in. By default what the handover says.
    type: str
  device_name:
    description:
      - The MFA device. By default the one that bears the user's name.
    type: str
  seed:
    description:
      - The seed that M(landing_zone.aws_admin.iam_virtual_mfa) returned when it created the device. Needed with
        O(state=enrolment), except in check mode.
    type: str
  serial_number:
    description:
      - Serial number of the device that O(seed) is of. Needed with it.
    type: str
  enabled_devices:
    description:
      - Serial numbers of the devices that are enabled for the user. With O(adopt) they are its own from then on.
    type: list
    elements: str
    default: []
  password:
    description:
      - The password to keep. By default the one that the handover holds and AWS is not known to have got, else a
        generated one. One that AWS has had is spent, as its owner may have changed it.
    type: str
  renew:
    description:
      - Whether a password that the handover holds already is to be replaced. It is kept until O(state=password_set).
    type: bool
    default: false
  minimum_length:
    description:
      - How long a generated password is at least.
    type: int
    default: 0
  keep_seed:
    description:
      - Whether O(state=enrolled) leaves the seed in the handover.
    type: bool
    default: false
  has_password:
    description:
      - Whether AWS has a password of the user, so that O(state=enrolled) can note that the one that was kept was sent.
        Where the handover has a seed, and never had a password, somebody else has set it; that is refused, unless AWS
        had it before the seed, or O(adopt) is true.
    type: bool
    default: false
    version_added: 2.0.0
  existed:
    description:
      - Whether the user was there before. Its handover may be in a folder of a name that the account had then, and no
        host has any more. The task fails then, and names that folder.
    type: bool
    default: false
    version_added: 2.0.0
  adopt:
    description:
      - Whether the handover becomes that of a user which it does not know, with all MFA devices that are enabled. What
        it had of another user of the name is forgotten.
    type: bool
    default: false
    version_added: 2.0.0
  caller_arn:
    description:
      - Who made the calls, for O(state=announced). The root user is told to sign out.
    type: str
    default: ""
  enrolment:
    description:
      - With V(totp) nobody scans the QR code, so it is not drawn; and a handover that is not encrypted is refused.
    type: str
    choices: [codes, totp]
    default: codes
attributes:
  idempotent:
    support: partial
    description:
      - A second run changes nothing, but that O(state=enrolment) keeps the seed again, and O(renew=true) makes another
        password.
extends_documentation_fragment:
  - landing_zone.aws_admin.controller
  - landing_zone.aws_admin.handover
"""

EXAMPLES = r"""
- name: Look whether there is a QR code that waits to be scanned, and draw it again
  landing_zone.aws_admin.iam_admin_handover:
    state: present
    directory: handover
    vault_password: "{{ vault_handover_password }}"
    account_id: "222222222222"
    user_name: iamadmin
  register: handover

- name: Keep the seed and the QR code of a new device
  landing_zone.aws_admin.iam_admin_handover:
    state: enrolment
    directory: handover
    vault_password: "{{ vault_handover_password }}"
    account_id: "222222222222"
    user_name: iamadmin
    sign_in_url: https://222222222222.signin.aws.amazon.com/console
    seed: "{{ device.seed }}"
    serial_number: "{{ device.serial_number }}"

- name: Generate the initial password, and keep it before AWS has it
  landing_zone.aws_admin.iam_admin_handover:
    state: password
    directory: handover
    vault_password: "{{ vault_handover_password }}"
    account_id: "222222222222"
    user_name: iamadmin
    minimum_length: 14
  register: initial
  no_log: true

- name: Remove seed and QR code, now that the device is enabled
  landing_zone.aws_admin.iam_admin_handover:
    state: enrolled
    directory: handover
    vault_password: "{{ vault_handover_password }}"
    account_id: "222222222222"
    user_name: iamadmin
    enabled_devices: ["arn:aws:iam::222222222222:mfa/iamadmin"]
"""

RETURN = r"""
enrolment:
  description: Whether the handover holds a seed and its QR code.
  returned: with O(state=present)
  type: bool
  sample: true
password:
  description: The password. A secret, so the sample is void.
  returned: with O(state=password)
  type: str
  sample: (void)
"""
