#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_admin_guard
short_description: Check the hosts before anything is written
version_added: 0.1.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - A step of the role P(landing_zone.aws_admin.iam_admin#role).
  - Refuses hosts that share an account. It compares the C(aws_account_id) of all hosts in the inventory. For a host
    that declares none it takes the account that its credentials turned out to belong to.
  - Refuses a host with a role variable that is undefined, null, empty or of the wrong type, or with an invalid
    C(iam_admin_enrolment), C(iam_admin_mfa_codes) or C(iam_admin_device_names).
  - A refused host does not make the task fail, because the task runs once for all hosts.
options:
  resolved:
    description:
      - Name of the variable that holds a host's registered result of M(landing_zone.aws_admin.iam_admin_user).
    type: str
  refused:
    description:
      - RV(refused) of an earlier task. These hosts stay refused.
    type: dict
    default: {}
    version_added: 2.0.0
  directory:
    description:
      - Folder that holds the handovers. If a typed vault password opens none of them, it is asked for once more before
        it encrypts a new one. It is not asked for in check mode, without a terminal, or if the hosts do not run in
        lockstep.
    type: path
    version_added: 2.0.0
  vault_password:
    description:
      - Password that encrypts the handover, in addition to the vault ids of the run and a host's own
        C(iam_admin_vault_password). It matters for hosts whose C(iam_admin_enrolment) is V(totp).
    type: str
extends_documentation_fragment:
  - landing_zone.aws_admin.controller
"""

EXAMPLES = r"""
- name: Compare the accounts in the inventory
  landing_zone.aws_admin.iam_admin_guard:
  run_once: true
  register: guard

- name: Fail for a refused host
  ansible.builtin.fail:
    msg: "{{ guard.refused[inventory_hostname] }}"
  when: inventory_hostname in guard.refused
"""

RETURN = r"""
is_settled:
  description: Whether the accounts of all hosts in this play are known and none is refused.
  returned: success
  type: bool
  sample: false
accounts:
  description: The account of each host, unless it is unknown or the host is refused.
  returned: success
  type: dict
  sample: {audit: "333333333333"}
refused:
  description: The reason for each refused host.
  returned: success
  type: dict
  sample:
    general: "general and production lead to one account, 222222222222: correct aws_account_id or aws_profile of one of
      them in the inventory. Nothing was written to it."
"""
