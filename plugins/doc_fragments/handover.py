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
      - The handover, one folder for each host, for its owner alone. It keeps the secrets of the administrator as long
        as they are needed, so that no task returns any.
    type: dict
    suboptions:
      directory:
        description:
          - Folder that holds the handovers. It is yours or root's, and nobody else may write to it. What another user
            may have put there is refused.
        type: path
        required: true
      vault_password:
        description:
          - Password that opens and encrypts the handover. By default the vault ids of the run are used, if there are
            any. What lies there in plain text is encrypted, or moved aside where others can read it.
        type: str
      keep_seed:
        description: Whether the seed stays in the handover once the device is enabled.
        type: bool
        default: false
      set_aside:
        description:
          - Whether to go on without what no vault password of the run opens. The first write moves it aside, with a
            warning, and nothing deletes it.
        type: bool
        default: false
      kept:
        description: What the handover holds, which the controller says where the module runs in another process.
        type: str
    version_added: 2.0.0
"""
