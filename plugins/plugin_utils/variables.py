# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options and variables that are there and say nothing: ansible would take them for left out, or make text of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ansible.module_utils.parsing.convert_bool import boolean

# What is empty says something here
_MAY_BE_EMPTY = frozenset(
    (
        "asked",
        "codes",
        "first_codes",
        "iam_admin_first_codes",
        "iam_admin_next_codes",
        "iam_admin_proof_codes",
        "managed_policies",
        "next_codes",
        "permissions_boundary",
    )
)
_OF_TEXT = ("str", "path")


def refused_value(name: str, kind: str, value: object) -> str | None:
    """Return the sentence that refuses a value, which it does not show, None where it will do; `kind` is ansible's."""
    if value is None:
        return f"{name} is null: give it a value, or leave it out."
    is_empty = not value.strip() if isinstance(value, str) else kind == "list" and value == []
    if is_empty and name not in _MAY_BE_EMPTY:
        return f"{name} is empty: give it a value, or leave it out."
    if kind == "bool":
        try:
            boolean(value)
        except TypeError:
            return f"{name} is neither true nor false: correct it, or leave it out."
    elif kind == "dict" and not isinstance(value, dict | str):
        return f"{name} is not a mapping: correct it, or leave it out."
    elif kind in _OF_TEXT and isinstance(value, dict | list | tuple):
        what = "a mapping" if isinstance(value, dict) else "a list"
        return f"{name} is {what}, and has to be text: correct it, or leave it out."
    return None


def refused_options(spec: Mapping[str, Any], args: Mapping[str, Any]) -> Iterator[str]:
    """Return the sentences that refuse the options of a task, those within others among them."""
    names = {name: entry for option, entry in spec.items() for name in (option, *entry.get("aliases", ()))}
    for name, value in args.items():
        entry = names.get(name, {})
        if isinstance(value, Mapping) and "options" in entry:
            yield from refused_options(entry["options"], value)
        elif "options" in entry and value is not None:
            yield f"{name} is not a mapping: correct it, or leave it out."
        elif sentence := refused_value(name, entry.get("type", "str"), value):
            yield sentence
