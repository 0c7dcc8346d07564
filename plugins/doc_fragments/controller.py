# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the steps of the role share, which run on the controller."""

    DOCUMENTATION = r"""
attributes:
  action:
    support: full
    description: Runs on the controller.
  check_mode:
    support: full
    description: Predicts what a run would do, and writes nothing.
  diff_mode:
    support: none
    description: Shows no difference.
  idempotent:
    support: full
    description: A second run with the same options changes nothing.
seealso:
  - ref: ansible_collections.landing_zone.aws_admin.docsite.guide_inside
    description: How the role works.
"""
