# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: iam_admin_waiting
short_description: Find the MFA devices whose codes are asked for
version_added: 2.0.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - A step of the role P(landing_zone.aws_admin.iam_admin#role).
  - Finds the devices that wait for codes, in this run, of the hosts in the group C(mfa_pending_codes), in the order of
    the inventory. The entry points C(prepare), C(find_pending) and C(replace_mfa) put them there.
options: {}
seealso:
  - module: landing_zone.aws_admin.iam_virtual_mfa
    description: Takes what this returns as what its O(landing_zone.aws_admin.iam_virtual_mfa#module:enrolment) has
      asked for.
"""

EXAMPLES = r"""
- name: Say whose codes are asked for
  ansible.builtin.debug:
    msg: "{{ query('landing_zone.aws_admin.iam_admin_waiting') | map('first') | join(', ') }}"
"""

RETURN = r"""
_raw:
  description: By device, what it is called in the questions, its host, and its name.
  type: list
  elements: list
  sample: [[production, production, iamadmin]]
"""

from collections.abc import Mapping
from typing import Any

from ansible.plugins.lookup import LookupBase

from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.enrolment import waiting


class LookupModule(LookupBase):
    """See its documentation."""

    def run(self, _terms: list[Any], variables: Mapping[str, Any] | None = None, **_more: Any) -> list[list[str]]:
        """See LookupBase."""
        return waiting(variables or {})
