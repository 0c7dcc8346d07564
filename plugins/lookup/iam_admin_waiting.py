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


class LookupModule(LookupBase):
    """See its documentation."""

    def run(self, _terms: list[Any], variables: Mapping[str, Any] | None = None, **_more: Any) -> list[list[str]]:
        """See LookupBase."""
        variables = variables or {}
        groups = variables.get("groups", {})
        pending = {*groups.get("mfa_pending_codes", ())}
        devices = {host: _devices(variables["hostvars"][host]) for host in groups.get("all", ()) if host in pending}
        return [
            [host if len(names) == 1 else f"{host} {name}", host, name]
            for host, names in devices.items()
            for name in names
        ]


def _devices(of_host: Mapping[str, Any]) -> list[str]:
    """Return the devices that the role has made, or found, and that are not enabled yet."""
    made, enabled = of_host["__iam_admin_created"]["results"], of_host["__iam_admin_user"]["user"]["mfa_devices"]
    return [
        device["__iam_admin_device_name"]
        for device in made
        if device["status"] == "pending" and device["serial_number"] not in enabled
    ]
