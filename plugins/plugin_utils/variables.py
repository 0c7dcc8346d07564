# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Variables of the role whose values are of another kind than they have to be, which ansible would make text of."""

from __future__ import annotations

from ansible.module_utils.parsing.convert_bool import boolean

_SWITCHES = frozenset(
    ("iam_admin_adopt", "iam_admin_cache_credentials", "iam_admin_keep_seed", "iam_admin_require_mfa")
)
_LISTS = frozenset(("iam_admin_device_names", "iam_admin_expect", "iam_admin_managed_policies"))


def refused_value(name: str, value: object) -> str | None:
    """Return the sentence that refuses the value of a variable, which it does not show, None where it will do."""
    if name in _SWITCHES:
        try:
            boolean(value)
        except TypeError:
            return f"{name} is neither true nor false: correct it, or leave it out."
    elif name not in _LISTS and isinstance(value, dict | list | tuple):
        what = "a mapping" if isinstance(value, dict) else "a list"
        return f"{name} is {what}, and has to be text: correct it, or leave it out."
    return None
