# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: unfinished_handover
short_description: What the handover of a host has that the next run is to see to
version_added: 2.0.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - A step of the role P(landing_zone.aws_admin.iam_admin#role), which leaves a finished account alone unless this finds
    something.
  - Finds QR codes, a password of which nobody has noted that AWS has it, and, where there is a vault password,
    credentials in plain text. It decrypts nothing, and changes nothing.
options:
  _terms:
    description:
      - Folders that hold handovers, one folder per host.
    type: list
    elements: str
    required: true
  encrypts:
    description:
      - Whether there is a vault password, besides the vault ids of the run.
    type: bool
    default: false
seealso:
  - module: landing_zone.aws_admin.iam_admin_handover
    description: Sees to what is found.
"""

EXAMPLES = r"""
- name: Say what the handover of each host has that the next bootstrap sees to
  ansible.builtin.debug:
    msg: "{{ query('landing_zone.aws_admin.unfinished_handover', 'handover') }}"
"""

RETURN = r"""
_raw:
  description:
    - Files that the next run removes or encrypts; the folder itself where it cannot be used, which that run says.
  type: list
  elements: str
  sample: [handover/production/mfa-qr.png]
"""

import os
from typing import Any

from ansible.plugins.lookup import LookupBase

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import Handover
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.vault import Vault


class LookupModule(LookupBase):
    """See DOCUMENTATION."""

    def run(self, terms: list[str], variables: dict[str, Any] | None = None, **options: Any) -> list[str]:
        """See LookupBase."""
        variables = variables or {}
        self.set_options(var_options=variables, direct=options)
        vault = Vault(self._loader._vault.secrets)
        encrypts = self.get_option("encrypts") or vault.encrypts
        found = []
        for directory in map(os.path.expandvars, terms):
            try:
                handover = Handover(directory, variables["inventory_hostname"], vault)
            except AdminError:  # no host of this name has one
                continue
            found += [str(path) for path in handover.left_over(encrypts)]
        return found
