# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a task runs in ansible's worker and when as a module, and that nobody can tell from its result."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Mapping
from typing import Any

import pytest
from ansible.errors import AnsibleActionFail
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task as AnsibleTask
from ansible.plugins.connection.local import Connection
from ansible.template import Templar, trust_as_template
from ansible.utils.display import Display

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import Task
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.session import connection_argument_spec
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils import in_process
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.in_process import AwsActionModule

OPTIONS = {
    "name": {"type": "str", "required": True},
    "count": {"type": "int", "default": 1},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "secret": {"type": "str", "no_log": True, "aliases": ["hidden"]},
}


def logic(params: Mapping[str, Any], _connect: Any, check_mode: bool) -> dict[str, Any]:
    """Return what a task can see, and a secret that it should not have returned."""
    return {
        "seen": {"name": params["name"], "count": params["count"], "check_mode": check_mode},
        "environment": os.environ.get("TESTED_BY"),
        "garbage_is_collected": gc.isenabled(),
        "told": f"it is {params['secret']}",
    }


class Action(AwsActionModule):
    """An action whose module, when it is run as one, returns how it was called."""

    TASK = Task("iam_admin_test", OPTIONS, logic, returns_secret=lambda args: args.get("tags") == "made")

    def _execute_module(self, *given: Any, **options: Any) -> dict[str, Any]:
        return {"module": given, **options}


def action(become: object = None, async_val: int = 0, check_mode: bool = False, **args: Any) -> Action:
    """Return the action of a task on localhost with these options."""
    task, loader = AnsibleTask(), DataLoader()
    task.action, task.args, task.async_val, task.check_mode = "iam_admin_test", args, async_val, check_mode
    task.environment = [{"TESTED_BY": trust_as_template("{{ tester }}")}]
    connection = Connection(PlayContext())
    connection.become = become
    templar = Templar(loader, {"tester": 7, "python": sys.executable})
    return Action(task, connection, PlayContext(), loader, templar, None)


def runs_in_process(tested: Action, **task_vars: Any) -> bool:
    return "module" not in tested.run_task({"name": "a"}, task_vars)


@pytest.mark.parametrize(
    ("task_vars", "in_process"),
    [
        ({}, True),
        ({"ansible_python_interpreter": sys.executable}, True),
        ({"ansible_python_interpreter": trust_as_template("{{ python }}")}, True),
        ({"ansible_python_interpreter": "auto"}, True),
        ({"ansible_python_interpreter": "auto_silent"}, True),
        ({"ansible_python_interpreter": "/usr/bin/another"}, False),
        ({"iam_admin_in_process": False}, False),
        ({"iam_admin_in_process": "no"}, False),
        ({"iam_admin_in_process": trust_as_template("{{ 'yes' }}")}, True),
        ({"iam_admin_in_process": "nonsense"}, False),
    ],
)
def test_another_interpreter_or_the_operator_asks_for_a_module(task_vars: dict[str, Any], in_process: bool) -> None:
    assert runs_in_process(action(), **task_vars) is in_process


def test_another_user_another_host_and_the_background_ask_for_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not runs_in_process(action(become="sudo"))
    assert not runs_in_process(action(async_val=10))
    elsewhere = action()
    monkeypatch.setattr(type(elsewhere._connection), "transport", "ssh")
    assert not runs_in_process(elsewhere)


def test_macos_and_a_missing_library_ask_for_a_module(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as without:
        without.setattr(in_process, "HAS_BOTOCORE", False)
        assert not runs_in_process(action())
    monkeypatch.setattr(in_process.sys, "platform", "darwin")
    assert not runs_in_process(action())


def test_the_module_gets_the_options_as_they_are() -> None:
    task_vars = {"iam_admin_in_process": False}
    assert action(async_val=10).run_task({"name": "a"}, task_vars) == {
        "module": ("landing_zone.aws_admin.iam_admin_test", {"name": "a"}),
        "task_vars": task_vars,
        "wrap_async": 10,
    }


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({"secret": "s3cret"}, "is given a secret"),
        ({"hidden": "s3cret"}, "is given a secret"),
        ({"tags": "made"}, "returns a secret"),
        ({"tags": "made", "secret": "s3cret"}, "returns a secret"),
    ],
    ids=["given", "given by its alias", "returned", "both"],
)
def test_a_secret_stays_out_of_the_files_of_background_jobs(args: dict[str, str], why: str) -> None:
    with pytest.raises(AnsibleActionFail) as refused:
        action(async_val=10).run_task({"name": "a", **args}, {})
    assert str(refused.value) == (
        f"iam_admin_test {why} here, and async would write it into a file: leave async out of the task."
    )


@pytest.mark.parametrize("args", [{}, {"secret": None}, {"secret": ""}])
def test_what_has_no_secret_may_run_in_the_background(args: dict[str, Any]) -> None:
    assert "module" in action(async_val=10).run_task({"name": "a", **args}, {})


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_task_sees_what_a_module_would_see(check_mode: bool) -> None:
    result = action(check_mode=check_mode, name="a", count="3", secret="s3cret").run(None, {})
    assert result["seen"] == {"name": "a", "count": 3, "check_mode": check_mode}
    assert result["environment"] == "7"
    assert result["garbage_is_collected"] is False
    assert gc.isenabled()
    assert "TESTED_BY" not in os.environ


def test_no_secret_is_in_the_result() -> None:
    result = action(name="a", secret="s3cret").run(None, None)
    assert "s3cret" not in str(result)
    assert result["invocation"]["module_args"]["secret"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({}, "missing required arguments: name"),
        (
            {"name": "a", "colour": "red"},
            "Unsupported parameters for (iam_admin_test) module: colour. Supported parameters include: ",
        ),
        ({"name": "a", "count": "many"}, "argument 'count' is of type str and we were unable to convert to int"),
    ],
)
def test_options_are_refused_in_a_modules_words(args: dict[str, Any], said: str) -> None:
    with pytest.raises(AnsibleActionFail) as refused:
        action(**args).run(None, {})
    assert str(refused.value).startswith(said)


def test_a_refusal_leaves_a_terminal_as_it_is() -> None:
    with pytest.raises(AnsibleActionFail, match=r"module: colour . Supported parameters"):
        action(name="a", **{"colour\x1b": "red"}).run(None, {})


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        (
            "tags",
            "[a]",
            r"argument 'tags' is of type list and we were unable to convert to dict: list cannot be converted",
        ),
        ("count", "a: 1", "argument 'count' is of type dict and we were unable to convert to int: "),
    ],
    ids=["as a class", "by its name"],
)
def test_a_refusal_calls_types_what_people_call_them(option: str, value: str, sentence: str) -> None:
    with pytest.raises(AnsibleActionFail, match=sentence) as refused:
        action(name="a", **{option: DataLoader().load(value)}).run(None, {})
    assert "_AnsibleTagged" not in str(refused.value)


def test_a_refusal_shows_no_secret() -> None:
    with pytest.raises(AnsibleActionFail) as refused:
        action(name="a", count="s3cret", secret="s3cret").run(None, {})
    assert "s3cret" not in str(refused.value)


def test_an_option_that_is_given_twice_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    warnings: list[str] = []
    monkeypatch.setattr(Display, "warning", lambda _display, message: warnings.append(message))
    action(name="a", tags={}, resource_tags={}).run(None, {})
    assert warnings == ["Both option tags and its alias resource_tags are set."]


# What is stated around a task

GROUP, MODULE = "group/landing_zone.aws_admin.aws", "landing_zone.aws_admin.iam_admin_test"


def with_all_defaults(*levels: Mapping[str, Mapping[str, Any]], **own: Any) -> Mapping[str, Any]:
    """Return the options of a task that has some of its own, and others by module_defaults around it."""
    # As ansible does it: the innermost alone, of the group and of the module
    taken = {name: options for level in levels for name, options in level.items()}
    tested = action(**{**taken.get(GROUP, {}), **taken.get(MODULE, {}), **own})
    tested._task.module_defaults = list(levels)
    tested._task._resolved_action = MODULE
    return tested._with_all_defaults(tested._task.args)


@pytest.mark.parametrize("option", connection_argument_spec())
def test_a_role_that_says_nothing_of_an_option_leaves_what_the_play_states(option: str) -> None:
    role = {MODULE: {"another": 0}}
    for play, stated in (
        ({GROUP: {option: 1}}, 1),
        ({MODULE: {option: 2}}, 2),
        ({GROUP: {option: 1}, MODULE: {option: 2}}, 2),
    ):
        assert with_all_defaults(play, role) == {option: stated, "another": 0}
        assert with_all_defaults(play, {MODULE: {option: 3}}) == {option: 3}
        assert with_all_defaults(play, role, **{option: 4}) == {option: 4, "another": 0}


ALIASES = [
    (alias, option) for option, entry in connection_argument_spec().items() for alias in entry.get("aliases", ())
]


@pytest.mark.parametrize(("alias", "option"), ALIASES)
def test_an_alias_is_the_option_that_it_means(alias: str, option: str) -> None:
    role, another = {MODULE: {option: "role"}}, {MODULE: {"another": 0}}
    assert with_all_defaults({GROUP: {alias: "play"}}, role) == {option: "role"}
    assert with_all_defaults({MODULE: {alias: "play"}}, role) == {option: "role"}
    assert with_all_defaults({GROUP: {option: "play"}}, {MODULE: {alias: "role"}}) == {option: "role"}
    assert with_all_defaults({GROUP: {alias: "play"}}, another) == {option: "play", "another": 0}
    assert with_all_defaults({GROUP: {alias: "play"}}, another, **{option: "own"}) == {option: "own", "another": 0}
    assert with_all_defaults({GROUP: {alias: "play"}}, **{option: "own"}) == {option: "own"}
    assert with_all_defaults({GROUP: {option: "play"}}, **{alias: "own"}) == {option: "own"}


def test_of_what_is_stated_the_nearest_counts() -> None:
    play, block = {GROUP: {"profile": "play", "region": "play"}}, {GROUP: {"profile": "block"}}
    assert with_all_defaults(play, block, {MODULE: {"count": 1}}) == {"profile": "block", "region": "play", "count": 1}


def test_what_the_task_itself_says_counts_though_the_play_states_the_same() -> None:
    play, role = {GROUP: {"profile": "play"}, MODULE: {"profile": "module"}}, {GROUP: {"region": "role"}}
    assert with_all_defaults(play, {}, profile="play") == {"profile": "play"}
    expected = {"profile": "play", "region": "role"}
    assert with_all_defaults(play, role, {MODULE: {}}, profile="play") == expected


@pytest.mark.parametrize("levels", [(), ({GROUP: {"profile": "play"}},)])
def test_where_nothing_is_forgotten_the_options_are_those_of_ansible(levels: tuple[Any, ...]) -> None:
    assert with_all_defaults(*levels, count=1) == {**(levels[0][GROUP] if levels else {}), "count": 1}
