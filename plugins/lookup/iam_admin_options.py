# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: iam_admin_options
short_description: Make a task's options of those variables that are there
version_added: 2.0.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - A step of the role P(landing_zone.aws_admin.iam_admin#role).
  - An option whose variable is not there is left out, as if the task did not name it. One whose variable is there is
    not, whatever it says.
options:
  _terms:
    description:
      - Nothing. The options are named, each with the name of its variable, or with a mapping of names where it has
        options of its own.
    type: list
    elements: str
    default: []
seealso:
  - module: landing_zone.aws_admin.iam_admin_info
    description: Takes the names of variables of which such options are made, with its
      O(landing_zone.aws_admin.iam_admin_info#module:survey).
"""

EXAMPLES = r"""
- name: Read the account of the host's profile, or of the environment where it has none
  landing_zone.aws_admin.iam_admin_info:
    name: iamadmin
  module_defaults:
    landing_zone.aws_admin.iam_admin_info: >-
      {{ lookup('landing_zone.aws_admin.iam_admin_options', profile='aws_profile', region='aws_region') }}
  register: account
"""

RETURN = r"""
_raw:
  description: The options.
  type: list
  elements: dict
  sample: [{profile: production}]
"""

from collections.abc import Mapping
from typing import Any

from ansible.plugins.lookup import LookupBase

from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.variables import Variables


class LookupModule(LookupBase):
    """See its documentation."""

    def run(self, _terms: list[Any], variables: Mapping[str, Any] | None = None, **names: Any) -> list[dict[str, Any]]:
        """See LookupBase."""
        return [Variables(self._templar, variables or {}).options(names)]
