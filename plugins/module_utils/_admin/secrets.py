# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What keeps secrets out of what is shown. From ansible-core 2.22 on ansible can be told of one, and masks it there."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

try:
    from ansible.module_utils.secrets import register_secret
except ImportError:

    def register_secret(value: str, /) -> str:
        """Return the value: no_log is what hides it."""
        return value


__all__ = ["register_secret", "remove_values"]


def remove_values(value: Any, secrets: Collection[str]) -> Any:
    """Return a value whose texts have none of the secrets.

    Ansible's function of this name is deprecated in ansible-core 2.22, which masks the screen and no more: what a task
    registers, and what is written into a report, is the result.
    """
    if isinstance(value, str):
        for secret in sorted(secrets, key=len, reverse=True):
            value = value.replace(secret, "********")
    elif isinstance(value, Mapping):
        return {name: remove_values(one, secrets) for name, one in value.items()}
    elif isinstance(value, list | tuple):
        return [remove_values(one, secrets) for one in value]
    return value
