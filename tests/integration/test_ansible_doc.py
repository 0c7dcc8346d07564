# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What ansible-doc says, held against the code. ansible-test does so only for what runs as a module."""

from __future__ import annotations

import importlib
import json
import re
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.checks import RULES
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.sources import cis, prowler, security_hub
from tests.operator import PROJECT, ansible

COLLECTION = "landing_zone.aws_admin"
MODULES = sorted(file.stem for file in (PROJECT / "plugins" / "modules").glob("*.py"))
ROLE = PROJECT / "roles" / "iam_admin"
ENTRY_POINTS = yaml.safe_load((ROLE / "meta" / "argument_specs.yml").read_text())["argument_specs"]
OPTIONS = ENTRY_POINTS["main"]["options"]
# What the playbooks read, and the role does not
OF_PLAYBOOKS = {"iam_admin_targets"}
SECRETS = {"code", "codes", "first_codes", "next_codes", "password", "seed", "vault_password"}
AWS_SECRETS = {"secret_key", "session_token"}
RELEASES = {"0.1.0", "1.0.0", "2.0.0"}
RUNTIME = yaml.safe_load((PROJECT / "meta" / "runtime.yml").read_text())
# Those that ask AWS
GROUP = [name for name in RUNTIME["action_groups"]["aws"] if isinstance(name, str)]


def ansible_doc(kind: str, *names: str) -> dict[str, Any]:
    """Return what ansible-doc says, by name without the collection's."""
    command = [*ansible("doc"), "--json", "--type", kind, *(f"{COLLECTION}.{name}" for name in names)]
    shown = subprocess.run(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True, check=True).stdout
    return {name.removeprefix(f"{COLLECTION}."): said for name, said in json.loads(shown).items()}


@pytest.fixture(scope="module")
def documented() -> dict[str, Any]:
    """What is said of each module and plugin."""
    found = ansible_doc("module", *MODULES) | plugins("inventory") | plugins("lookup")
    return {name: said["doc"] for name, said in found.items()}


def plugins(kind: str) -> dict[str, Any]:
    """What is said of the plugins of a kind."""
    return ansible_doc(kind, *(file.stem for file in (PROJECT / "plugins" / kind).glob("*.py")))


def argument_spec(module: str) -> dict[str, Any]:
    """Return the options that the action of a module takes; it runs the module with the same ones, but its own."""
    action = importlib.import_module(f"ansible_collections.{COLLECTION}.plugins.action.{module}").ActionModule
    task = getattr(action, "TASK", None)
    of_action = {**getattr(action, "ARGUMENT_SPEC", {}), **getattr(action, "SURVEY_SPEC", {})}
    return {**(task.argument_spec if task else {}), **of_action}


def facts(option: Mapping[str, Any]) -> tuple[Any, ...]:
    """Return what documentation and argument spec both say of an option."""
    return (
        option.get("type", "str"),
        option.get("elements"),
        option.get("required", False),
        option.get("default"),
        option.get("choices"),
        sorted(option.get("aliases", [])),
    )


@pytest.mark.parametrize("module", MODULES)
def test_options_are_as_they_are_documented(documented: dict[str, Any], module: str) -> None:
    spec = argument_spec(module)
    said = {name: facts(option) for name, option in documented[module]["options"].items()}
    assert said == {name: facts(option) for name, option in spec.items()}
    hidden = {name for name, option in spec.items() if option.get("no_log")}
    assert hidden == (SECRETS | AWS_SECRETS) & spec.keys()


def test_each_plugin_says_whose_it_is_since_when_and_where_to_read_on(documented: dict[str, Any]) -> None:
    for name, said in documented.items():
        assert said["author"], name
        assert said["seealso"], name
        added = [option.get("version_added") for option in said["options"].values() if of_ours(option)]
        assert {said["version_added"], *filter(None, added)} <= RELEASES, name


def of_ours(option: Mapping[str, Any]) -> bool:
    """Whether it is no option of a fragment of another collection."""
    return option.get("version_added_collection") == COLLECTION


def test_each_module_says_what_it_can(documented: dict[str, Any]) -> None:
    for module in MODULES:
        attributes = documented[module]["attributes"]
        assert {"check_mode", "diff_mode", "idempotent"} <= attributes.keys()
        assert all(attribute["description"] for attribute in attributes.values())
        groups = attributes.get("action_group", {}).get("membership", [])
        assert groups == ([f"{COLLECTION}.aws"] if module in GROUP else []), module


def test_the_checks_are_those_that_can_be_expected(documented: dict[str, Any]) -> None:
    how, *which = documented["iam_admin_info"]["options"]["expect"]["description"]
    always, *others = re.findall(r"V\((\w+)\)", how)
    assert always == "account"
    assert others == [id for id, rule in RULES.items() if not (rule.by_default or rule.on_request)]
    assert re.findall(r"V\((\w+)\)", which[-1]) == [id for id, rule in RULES.items() if rule.on_request]
    assert {always, *re.findall(r"V\((\w+)\)", " ".join(which))} == RULES.keys()


def test_the_table_of_the_guide_is_that_of_the_code() -> None:
    section = (
        (PROJECT / "docs" / "docsite" / "rst" / "guide_auditing.rst")
        .read_text()
        .partition("In other catalogues\n")[2]
        .partition("\nSay what counts\n")[0]
    )
    rows = re.findall(r"^   \* - (.*)\n     -(.*)\n     -(.*)\n     -(.*)\n", section, re.MULTILINE)
    told = {cells[0].strip("`"): [re.findall(r"[\w.]+", cell) for cell in cells[1:]] for cells in rows[1:]}
    held = {
        id: [
            [one.removeprefix(named("")) for one in rule.references if one.startswith(named(""))]
            for named in (cis, security_hub, prowler)
        ]
        for id, rule in RULES.items()
    }
    assert told == {id: controls for id, controls in held.items() if any(controls)}
    assert len(told) > 15


# The role


def variables_of(entry_point: str) -> set[str]:
    """Return the variables that an entry point reads: itself, and in the tasks and variables that it takes."""
    of_role = yaml.safe_load((ROLE / "vars" / "main.yml").read_text())
    read: set[str] = set()
    new = {f"{entry_point}.yml"}
    while new:
        read |= new
        files = [(ROLE / "tasks" / name).read_text() for name in new if name.endswith(".yml")]
        text = " ".join([*files, *(str(of_role[name]) for name in new & of_role.keys())])
        roles = {f"{name}.yml" for name in re.findall(r"tasks_from: (\w+)", text)}
        new = {*roles, *re.findall(r"_tasks: (\w+\.yml)", text), *re.findall(r"\w+", text)} - read
    # Read by the actions: of those modules that ask AWS, and of the guard
    in_process = {"iam_admin_in_process"} if read & {*GROUP} else set()
    guarded = {"aws_account_id"} if read & {"iam_admin_guard", "__iam_admin_guard"} else set()
    return (read & OPTIONS.keys()) | in_process | guarded


def test_defaults_are_as_they_are_documented() -> None:
    defaults = yaml.safe_load((ROLE / "defaults" / "main.yml").read_text())
    documented = {name: option["default"] for name, option in OPTIONS.items() if "default" in option}
    of_others = {name for name, value in defaults.items() if "{{ iam_admin_" in str(value)}
    assert {name: defaults[name] for name in documented} == documented
    assert of_others == {"iam_admin_device_names", "iam_admin_lost_device"}
    left_out = {name for name in OPTIONS if name not in documented} - of_others
    omitted = {name for name, value in defaults.items() if name not in documented and name not in of_others}
    assert {defaults[name] for name in omitted} == {"{{ omit }}"}
    # Those that the lookup leaves out by itself; and there is no guess at a file that is somebody's own
    by_lookup = {*re.findall(r"(?:='|: )(i?a[wm]\w+)'?", (ROLE / "vars" / "main.yml").read_text())}
    assert omitted < left_out
    assert left_out - omitted <= by_lookup | {"iam_admin_aws_config_file"}


@pytest.mark.parametrize("entry_point", ENTRY_POINTS)
def test_an_entry_point_documents_the_variables_that_it_reads(entry_point: str) -> None:
    said = ENTRY_POINTS[entry_point]
    assert said["description"]
    assert said["author"]
    assert said["seealso"]
    assert {said["version_added"]} <= RELEASES
    if entry_point == "main":
        assert {name for other in ENTRY_POINTS for name in variables_of(other)} == OPTIONS.keys()
    else:
        assert said["options"].keys() == variables_of(entry_point)
    assert all(option == OPTIONS[name] for name, option in said["options"].items())


def test_the_entry_points_are_those_that_are_played() -> None:
    playbooks = "".join(file.read_text() for file in (PROJECT / "playbooks").glob("*.yml"))
    assert {"main", *re.findall("tasks_from: (.+)", playbooks)} == ENTRY_POINTS.keys()


def test_what_is_said_elsewhere_of_variables_is_of_those_that_there_are() -> None:
    folders = ("examples", "inventory", "playbooks", "roles", "extensions")
    files = [
        PROJECT / "README.md",
        *(PROJECT / "docs" / "docsite" / "rst").glob("*.rst"),
        *(file for name in folders for file in (PROJECT / name).rglob("*.yml")),
    ]
    said = {word for file in files for word in re.findall(r"(?<!\w)iam_admin_\w+", file.read_text())}
    lookups = {file.stem for file in (PROJECT / "plugins" / "lookup").glob("*.py")}
    removed = RUNTIME["plugin_routing"]["modules"].keys()
    assert said - {*MODULES} - lookups - removed <= OPTIONS.keys() | OF_PLAYBOOKS
    assert {*re.findall(r"\w+", str(ENTRY_POINTS["main"]["description"]))} >= OF_PLAYBOOKS
