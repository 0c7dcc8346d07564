# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """The handover, as each task takes it that has a part in it."""

    DOCUMENTATION = r"""
options:
  handover:
    description:
      - The handover, one folder for each host, readable by its owner only. It keeps the administrator's secrets for as
        long as they are needed, so that no task returns any.
    type: dict
    suboptions:
      directory:
        description:
          - Folder that holds the handovers. It must be yours or root's, and nobody else may be able to write to it.
            Anything that another user may have put there is refused.
        type: path
        required: true
      vault_password:
        description:
          - Password that opens and encrypts the handover. By default the vault ids of the run are used, if there are
            any. Plain text in the handover is encrypted, or moved aside if others can read it.
        type: str
      keep_seed:
        description: Whether the seed stays in the handover once the device is enabled.
        type: bool
        default: false
      set_aside:
        description:
          - Whether to continue without files that no vault password of the run opens. The first write moves them aside,
            with a warning, and nothing deletes them.
        type: bool
        default: false
      kept:
        description: What the handover holds, set by the controller if the module runs in another process.
        type: str
    version_added: 2.0.0
"""
