# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """Where MFA codes come from, as each task takes it that needs some."""

    DOCUMENTATION = r"""
options:
  enrolment:
    description:
      - Where the codes of the device come from. Requires O(handover).
    type: dict
    suboptions:
      method:
        description:
          - V(codes) takes codes that are typed or given. V(totp) computes them from the seed in the handover, which
            must be encrypted.
        type: str
        choices: [codes, totp]
        default: codes
      asked:
        description:
          - The devices that a survey has asked for, in order, each as its label, its host, and its name.
          - By default all devices that this run has found pending, of the hosts in the group C(mfa_pending_codes).
        type: list
        elements: list
      first_codes:
        description:
          - The first code of each pending device, separated by spaces or commas, as entered in a survey.
          - If this is given, even if empty, nothing is asked on the terminal.
        type: str
      next_codes:
        description: The next code of the same devices, in the same order.
        type: str
      codes:
        description:
          - Two codes of the device, instead of those from a survey, or a dictionary of such lists by device name. In
            YAML they must be quoted, or V(012345) is read as a number.
        type: raw
    version_added: 2.0.0
"""
