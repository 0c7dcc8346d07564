# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where ansible can be told of a secret, so that it masks it in whatever it shows: from ansible-core 2.22 on."""

from __future__ import annotations

try:
    from ansible.module_utils.secrets import register_secret
except ImportError:

    def register_secret(value: str, /) -> str:
        """Return the value: no_log is what hides it."""
        return value


__all__ = ["register_secret"]
