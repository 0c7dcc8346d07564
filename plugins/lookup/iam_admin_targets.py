# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: iam_admin_targets
short_description: Select the hosts of a play, and fail if there are none
version_added: 2.0.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - The playbooks of this collection use it for C(hosts), which are C(aws_accounts) or the pattern C(iam_admin_targets).
  - A play without hosts succeeds, although nothing was judged. Here it is an error, and so is an inventory of several
    that Ansible could not read and skipped.
options:
  _terms:
    description: None.
    type: list
    elements: str
    default: []
seealso:
  - plugin: ansible.builtin.inventory_hostnames
    plugin_type: lookup
    description: Lists the hosts that match a pattern.
notes:
  - C(ansible-playbook --syntax-check) needs no inventory, and gets the pattern alone.
"""

EXAMPLES = r"""
- name: Judge the accounts
  hosts: "{{ lookup('landing_zone.aws_admin.iam_admin_targets') }}"
  gather_facts: false
  tasks:
    - name: Check
      ansible.builtin.import_role:
        name: landing_zone.aws_admin.iam_admin
        tasks_from: check
"""

RETURN = r"""
_raw:
  description: The pattern.
  type: list
  elements: str
  sample: [aws_accounts]
"""

from collections.abc import Mapping
from typing import Any

from ansible import constants, context
from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.targets import refused_targets, unread_inventory

_VARIABLE = "iam_admin_targets"
_DEFAULT = "aws_accounts"


class LookupModule(LookupBase):
    """See its documentation."""

    def run(self, _terms: list[Any], variables: Mapping[str, Any] | None = None, **_options: Any) -> list[str]:
        """See LookupBase."""
        said, command = variables or {}, context.CLIARGS
        targets = self._templar.template(said[_VARIABLE]) if _VARIABLE in said else _DEFAULT
        pattern = targets if isinstance(targets, str) else ",".join(map(str, targets or ()))
        if command.get("syntax"):
            return [pattern]
        sources = tuple(command.get("inventory") or constants.DEFAULT_HOST_LIST)
        sentence = refused_targets(pattern, said["groups"], command.get("subset"), sources)
        if not sentence and not constants.INVENTORY_ANY_UNPARSED_IS_FAILED:
            sentence = unread_inventory(sources)
        if sentence:
            raise AnsibleError(sentence)
        return [pattern]
