# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What the steps of the role share that open the handover."""

    DOCUMENTATION = r"""
options:
  directory:
    description:
      - Folder that holds the handovers, one folder per host.
    type: path
    required: true
  vault_password:
    description:
      - Password that opens and encrypts the handover. By default the vault ids of the run are used, if there are any.
    type: str
"""
