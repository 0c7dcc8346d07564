#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_admin_guard
short_description: Find what has to be refused before anything is written
version_added: 0.1.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - A step of the role P(landing_zone.aws_admin.iam_admin#role).
  - Refuses hosts that lead to one account. It compares the C(aws_account_id) of all hosts of the inventory, and where a
    host declares none, the account that its credentials were seen to lead to.
  - Refuses a host one of whose variables of the role is there and undefined, null, empty, or of another kind than the
    role's argument specification says, or whose C(iam_admin_enrolment), C(iam_admin_mfa_codes) or
    C(iam_admin_device_names) could not work.
  - A host that is refused does not make the task fail, as it runs once for all.
options:
  resolved:
    description:
      - Name of the variable that holds a host's registered result of M(landing_zone.aws_admin.iam_admin_user).
    type: str
  refused:
    description:
      - RV(refused) of an earlier task, which stays refused.
    type: dict
    default: {}
    version_added: 2.0.0
  directory:
    description:
      - Folder that holds the handovers. A vault password that was typed, and opens none of them, is asked for once more
        before it encrypts a new one. In check mode, without a terminal, and where hosts are not in step it is not.
    type: path
    version_added: 2.0.0
  vault_password:
    description:
      - Password that encrypts the handover, beside the vault ids of the run and a host's own
        C(iam_admin_vault_password). It matters to hosts whose C(iam_admin_enrolment) is V(totp).
    type: str
extends_documentation_fragment:
  - landing_zone.aws_admin.controller
"""

EXAMPLES = r"""
- name: Compare the accounts in the inventory
  landing_zone.aws_admin.iam_admin_guard:
  run_once: true
  register: guard

- name: Refuse those that are not as they should be
  ansible.builtin.fail:
    msg: "{{ guard.refused[inventory_hostname] }}"
  when: inventory_hostname in guard.refused
"""

RETURN = r"""
is_settled:
  description: Whether the account of each host of this play is known, and none is refused.
  returned: success
  type: bool
  sample: false
accounts:
  description: By host, the account that it leads to, as far as that is known, and unless the host is refused.
  returned: success
  type: dict
  sample: {audit: "333333333333"}
refused:
  description: By host, the sentence that says why it is refused.
  returned: success
  type: dict
  sample:
    general: "general and production lead to one account, 222222222222: correct aws_account_id or aws_profile of one of
      them in the inventory. Nothing was written to it."
"""
