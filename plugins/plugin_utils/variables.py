# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options and variables that are there and say nothing: ansible would take them for left out, or make text of them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from difflib import get_close_matches
from typing import Any

from ansible.errors import AnsibleValueOmittedError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.template import Templar, is_trusted_as_template, trust_as_template

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import printable, with_plain_types
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.secrets import remove_values

# The default of many variables: to have ansible find out what it says takes as long for each host as a call to AWS
_OMITTED = trust_as_template("{{ omit }}")
# What is empty says something here
_MAY_BE_EMPTY = frozenset(
    (
        "asked",
        "codes",
        "delegated_administrators",
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
_OUR_PREFIX = "iam_admin_"
# Those that are no option of the role
OF_PLAYBOOKS = frozenset(("iam_admin_targets",))
_MOST_SLIPS = 2


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


class Variables:
    """The variables of one host: each is templated once, however often it is asked for."""

    def __init__(self, templar: Templar, raw: Mapping[str, Any]) -> None:
        self.templar, self.raw = templar, raw
        self._values: dict[str, Any] = {}

    def options(self, names: Mapping[str, Any]) -> dict[str, Any]:
        """Return options, of the variables that `names` has by option, or by option of an option.

        Those whose variable is not there, or is omitted, are left out. Raises AnsibleError for a template that fails.
        """
        found = {}
        for option, name in names.items():
            if isinstance(name, Mapping):
                found[option] = self.options(name)
            else:
                with suppress(AnsibleValueOmittedError):
                    found[option] = self._value(name)
        return found

    def _value(self, name: str) -> Any:
        if name not in self._values:
            said = self.raw.get(name, _OMITTED)
            if said == _OMITTED and is_trusted_as_template(said):
                raise AnsibleValueOmittedError
            self._values[name] = self.templar.template(said)
        return self._values[name]


def refused_variables(spec: Mapping[str, Any], told: Mapping[str, Any]) -> str | None:
    """Return the sentence that refuses variables that are not as their role specifies them, None where they will do.

    It shows no secret.
    """
    specified = {name: spec[name] for name in told if name in spec}
    found = ArgumentSpecValidator(specified).validate({name: told[name] for name in specified})
    sentence = remove_values(" ".join(found.error_messages), set(found._no_log_values))
    return with_plain_types(printable(sentence)) or None


def misspelt(name: str, known: Collection[str]) -> str | None:
    """Return the sentence that refuses a variable whose name says nothing here, None for one that is `known`, or
    somebody else's.

    All that begin with `iam_admin_` are ours. Of those that begin with `aws_`, which other roles have, too, it refuses
    what differs from one of ours in two letters at most, and is no word of its own, such as its plural.
    """
    ours = name.startswith(_OUR_PREFIX)
    if name in known or name.removesuffix("s") in known or not (ours or name.startswith("aws_")):
        return None
    of_kind = [one for one in known if one.startswith(_OUR_PREFIX) == ours and (ours or _is_no_other_word(name, one))]
    near = [one for one in of_kind if _differences(name, one) <= _MOST_SLIPS]
    near = near[:1] or (get_close_matches(name, known, 1, 0.8) if ours else [])
    if near:
        return f"Unknown variable {name}: did you mean {near[0]}?"
    return f"Unknown variable {name}: those that begin with iam_admin_ are this role's. Rename it." if ours else None


def _is_no_other_word(name: str, one: str) -> bool:
    """Whether a name may be a slip of another one: `aws_account_ou`, `aws_profile2` and `aws_prod_file` are none."""
    if name.startswith(one):
        return {*name[len(one) :]} == {one[-1]}
    last, meant = name.rpartition("_")[2], one.rpartition("_")[2]
    is_short = len(meant) <= _MOST_SLIPS and name.count("_") == one.count("_")
    return name.count("_") <= one.count("_") and (not is_short or sorted(last) == sorted(meant))


def _differences(one: str, other: str) -> int:
    """Return how many letters have to be put in, taken out or changed to make one of the other (Levenshtein)."""
    if abs(len(one) - len(other)) > _MOST_SLIPS:
        return _MOST_SLIPS + 1
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        before, row[0] = row[0], i
        for j, wanted in enumerate(other, 1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (letter != wanted))
    return row[-1]
