# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: iam_admin_options
short_description: Build a task's options from the variables that are set
version_added: 2.0.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - A step of the role P(landing_zone.aws_admin.iam_admin#role).
  - An option whose variable is not set is left out, as if the task did not name it. An option whose variable is set
    stays, whatever its value.
options:
  _terms:
    description:
      - None. Pass the options as keywords, each with the name of its variable, or with a mapping of names for
        suboptions.
    type: list
    elements: str
    default: []
seealso:
  - module: landing_zone.aws_admin.iam_admin_info
    description: Takes such names of variables in its O(landing_zone.aws_admin.iam_admin_info#module:survey).
"""

EXAMPLES = r"""
- name: Judge the account of the host's profile, or else of the environment
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
