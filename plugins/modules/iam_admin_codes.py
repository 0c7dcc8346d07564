#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_admin_codes
short_description: Find the two MFA codes of a host, and check them before AWS does
version_added: 0.1.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - A step of the role P(landing_zone.aws_admin.iam_admin#role).
  - Takes a host's codes from the answers to the two questions, or from O(codes), and holds them against the seed in
    the handover, so that a mistake is explained before AWS is asked.
  - With O(enrolment=totp) computes them from that seed, as nobody is there to read them from a phone.
options:
  device_name:
    description:
      - The MFA device of this host that the codes are for.
    type: str
    required: true
  asked:
    description:
      - The devices that the questions asked for, in their order, each as a list of three; what the questions call it,
        its host, and its name.
    type: list
    elements: list
    default: []
  first_codes:
    description:
      - Answer to the first question, the codes separated by spaces or commas.
    type: str
    default: ""
  next_codes:
    description:
      - Answer to the second question, of the same devices in the same order.
    type: str
    default: ""
  codes:
    description:
      - Two codes of the device, instead of the answers. In YAML they must be quoted, or V(012345) is read as a number.
    type: list
    elements: raw
  fresh:
    description:
      - Whether to find one code that was not used before, for a proof, in O(first_codes) or computed. To compute one
        can take until the next code is due.
    type: bool
    default: false
  enrolment:
    description:
      - With V(totp) the codes are computed from the seed in the handover, which must be encrypted.
    type: str
    choices: [codes, totp]
    default: codes
extends_documentation_fragment:
  - landing_zone.aws_admin.controller
  - landing_zone.aws_admin.handover
"""

EXAMPLES = r"""
- name: Take the codes of this account from the two answers
  landing_zone.aws_admin.iam_admin_codes:
    directory: handover
    vault_password: "{{ vault_handover_password }}"
    device_name: iamadmin
    asked:
      - [general, general, iamadmin]
      - [production, production, iamadmin]
    first_codes: "{{ first_codes }}"
    next_codes: "{{ next_codes }}"
  register: codes
  no_log: true

- name: Compute them from the seed in the handover
  landing_zone.aws_admin.iam_admin_codes:
    directory: handover
    vault_password: "{{ vault_handover_password }}"
    device_name: iamadmin
    enrolment: totp
  register: codes
  no_log: true
"""

RETURN = r"""
codes:
  description: The two codes, of six digits each, or with O(fresh=true) the one. A secret, so the sample is void.
  returned: success
  type: list
  elements: str
  sample: [(void), (void)]
"""
