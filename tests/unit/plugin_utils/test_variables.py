# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Options and variables that say nothing, or are of another kind than they have to be."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.variables import (
    Variables,
    misspelt,
    refused_options,
    refused_value,
    refused_variables,
)


@pytest.mark.parametrize(
    ("kind", "value", "what"),
    [
        ("str", {"s3cret": 1}, "is a mapping, and has to be text"),
        ("str", ["s3cret"], "is a list, and has to be text"),
        ("str", ("s3cret",), "is a list, and has to be text"),
        ("path", {"s3cret": 1}, "is a mapping, and has to be text"),
        ("path", [], "is a list, and has to be text"),
        ("bool", "s3cret", "is neither true nor false"),
        ("bool", ["s3cret"], "is neither true nor false"),
        ("bool", 2, "is neither true nor false"),
        ("dict", ["s3cret"], "is not a mapping"),
        ("dict", 2, "is not a mapping"),
    ],
)
def test_what_is_of_another_kind_is_refused_and_not_shown(kind: str, value: object, what: str) -> None:
    assert refused_value("an_option", kind, value) == f"an_option {what}: correct it, or leave it out."


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("str", "text"),
        ("str", 7),
        ("str", False),
        ("path", "/x"),
        ("bool", "yes"),
        ("bool", False),
        ("list", ["a", "b"]),
        ("list", "a,b"),
        ("list", [""]),
        ("list", {"a": 1}),
        ("dict", {}),
        ("int", 0),
        ("raw", {"iamadmin": ["123456", "654321"]}),
        ("raw", []),
    ],
)
def test_what_ansible_makes_the_right_kind_of_will_do(kind: str, value: object) -> None:
    assert refused_value("an_option", kind, value) is None


@pytest.mark.parametrize("kind", ["str", "path", "bool", "list", "dict", "int", "raw"])
@pytest.mark.parametrize(("value", "what"), [(None, "null"), ("", "empty"), (" \t\n", "empty")])
def test_what_says_nothing_is_refused(kind: str, value: object, what: str) -> None:
    assert refused_value("an_option", kind, value) == f"an_option is {what}: give it a value, or leave it out."


def test_an_empty_list_says_nothing() -> None:
    assert refused_value("an_option", "list", []) == "an_option is empty: give it a value, or leave it out."


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("asked", "list"),
        ("codes", "list"),
        ("first_codes", "str"),
        ("next_codes", "str"),
        ("iam_admin_first_codes", "str"),
        ("iam_admin_next_codes", "str"),
        ("iam_admin_proof_codes", "str"),
        ("managed_policies", "list"),
        ("permissions_boundary", "str"),
    ],
)
def test_some_say_something_where_they_are_empty_and_nothing_where_they_are_null(name: str, kind: str) -> None:
    assert refused_value(name, kind, [] if kind == "list" else "") is None
    assert refused_value(name, kind, None) == f"{name} is null: give it a value, or leave it out."


SPEC: dict[str, Any] = {
    "name": {"aliases": ["called"]},
    "count": {"type": "int"},
    "within": {"type": "dict", "options": {"keep": {"type": "bool"}, "further": {"options": {"path": {}}}}},
    "tags": {"type": "dict"},
}


@pytest.mark.parametrize(
    ("args", "refused"),
    [
        ({}, []),
        ({"name": "a", "count": 0, "within": {"keep": "no", "further": {"path": "/x"}}, "tags": {"a": ""}}, []),
        ({"name": "", "count": None}, ["name is empty", "count is null"]),
        ({"called": ""}, ["called is empty"]),
        ({"within": None}, ["within is null"]),
        ({"within": {}}, []),
        (
            {"within": {"keep": "", "further": {"path": None}}, "count": ""},
            ["keep is empty", "path is null", "count is empty"],
        ),
        ({"colour": ""}, ["colour is empty"]),
    ],
    ids=["none", "good", "two", "an alias", "null", "nothing within", "within", "that is not known"],
)
def test_each_option_that_says_nothing_is_refused(args: dict[str, Any], refused: list[str]) -> None:
    assert [*refused_options(SPEC, args)] == [f"{what}: give it a value, or leave it out." for what in refused]


def test_options_are_refused_by_their_kind_and_are_text_where_none_is_said() -> None:
    args = {"name": ["a"], "called": {}, "count": ["a"], "colour": [], "within": {"keep": "maybe"}}
    assert [*refused_options(SPEC, args)] == [
        "name is a list, and has to be text: correct it, or leave it out.",
        "called is a mapping, and has to be text: correct it, or leave it out.",
        "colour is a list, and has to be text: correct it, or leave it out.",
        "keep is neither true nor false: correct it, or leave it out.",
    ]


@pytest.mark.parametrize(
    ("handover", "said"),
    [
        ("s3cret", ["handover is not a mapping: correct it, or leave it out."]),
        (["s3cret"], ["handover is not a mapping: correct it, or leave it out."]),
        (None, ["handover is null: give it a value, or leave it out."]),
        ({"directory": ""}, ["directory is empty: give it a value, or leave it out."]),
        ({"directory": "x"}, []),
    ],
)
def test_an_option_that_has_options_is_a_mapping_of_them(handover: object, said: list[str]) -> None:
    spec = {"handover": {"type": "dict", "options": {"directory": {"type": "path"}}}}
    assert [*refused_options(spec, {"handover": handover})] == said


# Names that say nothing

KNOWN = ("iam_admin_name", "iam_admin_device_names", "iam_admin_targets", "aws_account_id", "aws_profile")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("iam_admin_nme", "iam_admin_name"),
        ("iam_admin_names", None),
        ("iam_admin_naem", "iam_admin_name"),
        ("iam_admin_device_name", "iam_admin_device_names"),
        ("iam_admin_devices", "iam_admin_device_names"),
        ("aws_acount_id", "aws_account_id"),
        ("aws_accountid", "aws_account_id"),
        ("aws_account_di", "aws_account_id"),
        ("aws_account_idd", "aws_account_id"),
        ("aws_profle", "aws_profile"),
        ("aws_pofle", "aws_profile"),
    ],
)
def test_a_slip_in_a_name_is_refused_with_the_name_that_was_meant(name: str, meant: str | None) -> None:
    assert misspelt(name, KNOWN) == (meant and f"Unknown variable {name}: did you mean {meant}?")


@pytest.mark.parametrize(
    "name",
    [
        *KNOWN,
        "aws_account_name",
        "aws_account_ou",
        "aws_account_az",
        "aws_account_idp",
        "aws_profile2",
        "aws_profile_x",
        "aws_prod_file",
        "aws_account_ids",
        "aws_profiles",
        "aws_region",
        "aws_pfle",
        "ws_profile",
        "iamadmin_name",
        "ansible_connection",
    ],
)
def test_what_is_known_or_somebody_elses_is_not(name: str) -> None:
    assert misspelt(name, KNOWN) is None


def test_what_begins_as_ours_do_is_refused_whatever_it_is() -> None:
    assert misspelt("iam_admin_xyzzy_of_mine", KNOWN) == (
        "Unknown variable iam_admin_xyzzy_of_mine: those that begin with iam_admin_ are this role's. Rename it."
    )


OF_ROLE = {
    "way": {"type": "str", "choices": ["one", "other"], "description": "Which."},
    "pin": {"type": "str", "choices": ["1234"], "no_log": True},
    "exceptions": {"type": "dict", "default": {}},
    "name": {"type": "str", "required": True},
}


def test_variables_are_held_against_what_their_role_specifies() -> None:
    assert refused_variables(OF_ROLE, {"way": "one", "exceptions": {"mfa": "No."}, "of_others": 7}) is None
    assert refused_variables(OF_ROLE, {"way": "third"}) == "value of way must be one of: one, other, got: third"
    refused = refused_variables(OF_ROLE, {"way": "third", "exceptions": "nonsense"})
    assert refused is not None
    assert "value of way must be one of" in refused
    assert "exceptions" in refused


def test_a_variable_that_is_refused_shows_no_secret() -> None:
    refused = refused_variables(OF_ROLE, {"pin": "98765"})
    assert refused is not None
    assert ("pin" in refused, "98765" in refused) == (True, False)


def _variables(**raw: Any) -> Variables:
    trusted = {name: trust_as_template(value) if isinstance(value, str) else value for name, value in raw.items()}
    return Variables(Templar(DataLoader(), trusted), trusted)


def test_options_are_made_of_the_variables_that_are_there() -> None:
    of_host = _variables(one="{{ two }}", two="2", left_out="{{ omit }}", omitted="{{ none | default(omit, true) }}")
    names = {"a": "one", "b": "left_out", "c": "omitted", "d": "not_there", "e": {"f": "two", "g": "left_out"}}
    assert of_host.options(names) == {"a": "2", "e": {"f": "2"}}


def test_a_variable_is_templated_once(monkeypatch: pytest.MonkeyPatch) -> None:
    of_host, told = _variables(one="{{ two }}", two="2"), []
    template = of_host.templar.template
    monkeypatch.setattr(of_host.templar, "template", lambda said: told.append(said) or template(said))
    assert of_host.options({"a": "one"}) == of_host.options({"a": "one"}) == {"a": "2"}
    assert told == ["{{ two }}"]


def test_a_variable_that_cannot_be_told_fails_each_time() -> None:
    of_host = _variables(one="{{ missing }}")
    for _time in range(2):
        with pytest.raises(AnsibleError, match="missing"):
            of_host.options({"a": "one"})


def test_what_is_no_template_omits_nothing() -> None:
    raw = {"one": "{{ omit }}"}
    assert Variables(Templar(DataLoader(), raw), raw).options({"a": "one"}) == {"a": "{{ omit }}"}
