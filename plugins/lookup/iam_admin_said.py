# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: iam_admin_said
short_description: Tell variables that are not there from those that are wrong
version_added: 2.0.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - A step of the role P(landing_zone.aws_admin.iam_admin#role).
  - A variable may be left out. One that is there and undefined, because a name in its template is misspelt, say, or
    empty, or null, or of another kind than it has to be, is an error that names it. P(ansible.builtin.default#filter)
    would take all of them for left out.
options:
  _terms:
    description: Names of variables.
    type: list
    elements: str
    required: true
seealso:
  - plugin: ansible.builtin.vars
    plugin_type: lookup
    description: Fails for a variable that is not there, too.
"""

EXAMPLES = r"""
- name: Say which of two variables are there
  ansible.builtin.debug:
    msg: "{{ lookup('landing_zone.aws_admin.iam_admin_said', 'aws_profile', 'aws_account_id') }}"
"""

RETURN = r"""
_raw:
  description: The variables that are there, by name.
  type: dict
  sample:
    aws_account_id: "222222222222"
    aws_profile: production
"""

from collections.abc import Mapping, Sequence, Sized
from typing import Any

from ansible.errors import AnsibleError, AnsibleUndefinedVariable
from ansible.plugins.lookup import LookupBase

from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.variables import refused_value


class LookupModule(LookupBase):
    """See its documentation."""

    def run(self, terms: Sequence[str], variables: Mapping[str, Any] | None = None, **_more: Any) -> list[Any]:
        """See LookupBase."""
        there = variables or {}
        # What is omitted is not in what a template makes of a dictionary
        return [{name: value for term in terms if term in there for name, value in self._said(term, there[term])}]

    def _said(self, name: str, raw: Any) -> list[tuple[str, Any]]:
        try:
            found = self._templar.template({name: raw})
        except AnsibleUndefinedVariable as error:
            # Which name it is, ansible adds
            raise AnsibleError(f"{name} is undefined though it is there: correct it, or leave it out") from error
        for value in found.values():
            if (
                value is None
                or (isinstance(value, Sized) and not value)
                or (isinstance(value, str) and value.isspace())
            ):
                what = "null" if value is None else "empty"
                raise AnsibleError(f"{name} is {what}: give it a value, or leave it out.")
            if sentence := refused_value(name, value):
                raise AnsibleError(sentence)
        return [*found.items()]
