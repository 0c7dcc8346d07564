# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What an account is held against."""

    DOCUMENTATION = r"""
options:
  name:
    description:
      - Name of the administrator.
    type: str
    required: true
  device_names:
    description:
      - MFA devices that must be enabled for the administrator. By default one that is named as it.
    type: list
    elements: str
  managed_policies:
    description:
      - Managed policies that must be attached to the administrator, by name or ARN.
    type: list
    elements: str
    default: [AdministratorAccess]
"""
