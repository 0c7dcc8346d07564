# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""When a task runs in ansible's worker and when as a module, and that nobody can tell from its result."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from ansible.errors import AnsibleActionFail
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task as AnsibleTask
from ansible.plugins.connection.local import Connection
from ansible.template import Templar, trust_as_template
from ansible.utils.display import Display

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.kept import (
    HANDOVER_SPEC,
    Credentials,
    Keeper,
    Kept,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import Task
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.session import connection_argument_spec
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils import in_process
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import Handover
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.in_process import _COLLECTED_AFTER, AwsActionModule
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.vault import Vault

OPTIONS = {
    "name": {"type": "str", "required": True},
    "count": {"type": "int", "default": 1},
    "groups": {"type": "list", "elements": "str"},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "secret": {"type": "str", "no_log": True, "aliases": ["hidden"]},
    "handover": HANDOVER_SPEC,
}
FOUND = Credentials("general", "012345678901", "iamadmin", "https://x", initial_password="v0id")
MADE = replace(FOUND, user_id="AIDAOURS")


def logic(params: Mapping[str, Any], _connect: Any, check_mode: bool, handover: Keeper | None) -> dict[str, Any]:
    """Return what a task can see, and a secret that it should not have returned; keep what it has made."""
    if handover:
        handover.write(replace(handover.read(), credentials=MADE))
    return {
        "seen": {"name": params["name"], "count": params["count"], "check_mode": check_mode},
        "environment": os.environ.get("TESTED_BY"),
        "garbage_is_collected_after": gc.get_threshold()[0],
        "told": f"it is {params['secret']}",
    }


class Action(AwsActionModule):
    """An action whose module, when it is run as one, returns how it was called."""

    TASK = Task("iam_admin_test", OPTIONS, logic, returns_secret=lambda args: args.get("tags") == "made")

    def _execute_module(self, *given: Any, **options: Any) -> dict[str, Any]:
        return {"module": given, **options}


def action(
    become: object = None, async_val: int = 0, check_mode: bool = False, kind: type[Action] = Action, **args: Any
) -> Any:
    """Return the action of a task on localhost with these options."""
    task, loader = AnsibleTask(), DataLoader()
    task.action, task.args, task.async_val, task.check_mode = "iam_admin_test", args, async_val, check_mode
    task.environment = [{"TESTED_BY": trust_as_template("{{ tester }}")}]
    connection = Connection(PlayContext())
    connection.become = become
    templar = Templar(loader, {"tester": 7, "python": sys.executable})
    return kind(task, connection, PlayContext(), loader, templar, None)


def runs_in_process(tested: Action, **task_vars: Any) -> bool:
    return "module" not in tested.run_task({"name": "a"}, {}, None, task_vars)


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
    called = {
        "module": ("landing_zone.aws_admin.iam_admin_test", {"name": "a"}),
        "task_vars": task_vars,
        "wrap_async": 10,
    }
    assert action(async_val=10).run_task({"name": "a"}, {}, None, task_vars) == called
    assert action(async_val=10, name="a").run(None, task_vars) == called


@pytest.mark.parametrize(
    ("args", "why"),
    [
        ({"secret": "s3cret"}, "is given a secret"),
        ({"hidden": "s3cret"}, "is given a secret"),
        ({"tags": "made"}, "returns a secret"),
        ({"tags": "made", "secret": "s3cret"}, "returns a secret"),
        ({"handover": {"directory": "/x"}}, "hands over a secret"),
        ({"handover": {"directory": "/x"}, "secret": "s3cret"}, "hands over a secret"),
        ({"handover": {"directory": "/x"}, "tags": "made"}, "returns a secret"),
    ],
    ids=[
        "given",
        "given by its alias",
        "returned",
        "both",
        "handed over",
        "handed over and given",
        "handed over and returned",
    ],
)
def test_a_secret_stays_out_of_the_files_of_background_jobs(args: dict[str, Any], why: str) -> None:
    with pytest.raises(AnsibleActionFail) as refused:
        action(async_val=10, name="a", **args).run(None, {})
    assert str(refused.value) == (
        f"iam_admin_test {why} here, and async would write it into a file: leave async out of the task."
    )


@pytest.mark.parametrize("args", [{}, {"handover": {}}, {"count": 2}])
def test_what_has_no_secret_may_run_in_the_background(args: dict[str, Any]) -> None:
    assert "module" in action(async_val=10, name="a", **args).run(None, {})


@pytest.mark.parametrize("args", [{"secret": None}, {"secret": ""}, {"handover": None}])
def test_what_is_without_a_value_is_no_secret(args: dict[str, Any]) -> None:
    action(async_val=10)._keep_secrets_out_of_job_files({"name": "a", **args})


@pytest.mark.parametrize("async_val", [0, 10])
@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"secret": None}, "secret is null"),
        ({"hidden": " "}, "hidden is empty"),
        ({"handover": None}, "handover is null"),
        ({"handover": {"directory": "/x", "vault_password": ""}}, "vault_password is empty"),
        ({"mine": ""}, "mine is empty"),
    ],
    ids=["null", "by its alias", "a handover", "within one", "of the action"],
)
def test_an_option_without_a_value_is_not_taken_for_left_out(args: dict[str, Any], said: str, async_val: int) -> None:
    result = action(kind=WithOptions, async_val=async_val, name="a", **args).run(None, of_host())
    assert result == {"failed": True, "changed": False, "msg": f"{said}: give it a value, or leave it out."}


@pytest.mark.parametrize("check_mode", [True, False])
def test_a_task_sees_what_a_module_would_see(check_mode: bool) -> None:
    result = action(check_mode=check_mode, name="a", count="3", secret="s3cret").run(None, {})
    assert result["seen"] == {"name": "a", "count": 3, "check_mode": check_mode}
    assert result["environment"] == "7"
    assert result["garbage_is_collected_after"] == _COLLECTED_AFTER
    assert "TESTED_BY" not in os.environ


def test_no_secret_is_in_the_result() -> None:
    result = action(name="a", secret="s3cret").run(None, None)
    assert "s3cret" not in str(result)
    assert result["invocation"]["module_args"]["secret"] == "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def test_callbacks_are_told_of_a_task_without_its_secrets() -> None:
    tested = action(name="a", hidden="s3cret")
    for _try in range(2):
        assert tested.run(None, {})["told"] != "it is None"
        assert tested._task.args == {"name": "a", "hidden": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}


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
        ("groups", "a: 1", "argument 'groups' is of type dict and we were unable to convert to list: dict cannot be"),
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


# Options of the action's own, and how it ends


class WithOptions(Action):
    """An action that has an option which its module has not, and returns what it got."""

    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {"mine": {"type": "int", "default": 3}}

    def run_task(self, *given: Any) -> dict[str, Any]:
        return {"given": given}


@pytest.mark.parametrize(("args", "mine"), [({"mine": "4"}, 4), ({}, 3)])
def test_an_option_of_the_action_is_converted_and_kept_from_the_module(args: dict[str, str], mine: int) -> None:
    result = action(kind=WithOptions, name="a", count="1", **args).run(None, {"host": "x"})
    assert result == {"given": ({"name": "a", "count": "1"}, {"mine": mine}, None, {"host": "x"})}


def test_an_option_of_the_action_is_refused_as_those_of_the_module_are() -> None:
    with pytest.raises(AnsibleActionFail, match=r"^argument 'mine' is of type str and we were unable to convert"):
        action(kind=WithOptions, name="a", mine="many").run(None, {})


@pytest.mark.parametrize(
    ("error", "result"),
    [
        (AdminError("There is no folder."), {"failed": True, "changed": False, "msg": "There is no folder."}),
        (KeyError("s3cret"), {"failed": True, "msg": "This is a fault of the collection: KeyError in "}),
    ],
)
def test_what_the_action_fails_at_is_a_sentence(error: Exception, result: dict[str, Any]) -> None:
    class Failing(Action):
        def run_task(self, *_given: Any) -> dict[str, Any]:
            raise error

    ended = action(kind=Failing, name="a").run(None, {})
    assert {**ended, "msg": ended["msg"][: len(result["msg"])]} == result
    assert "s3cret" not in ended["msg"]


# With a handover


@pytest.fixture
def handover(tmp_path: Path) -> Handover:
    """The handover of a host, which holds something."""
    handover = Handover(str(tmp_path), "general", Vault([]))
    handover.write(Kept("/void", "general", FOUND))
    return handover


def of_host(**more: Any) -> dict[str, Any]:
    """Return what a task knows of its host."""
    return {"inventory_hostname": "general", "groups": {"all": ["general", "acme"]}, **more}


def held(directory: Path, password: str | None = None) -> Credentials | None:
    """Return what is in the file by now."""
    return Handover(str(directory), "general", Vault([], password)).read().credentials


NOT_ENCRYPTED = (
    "The handover of general is not encrypted: set iam_admin_vault_password, or give --ask-vault-pass, and run the "
    "bootstrap again."
)


@pytest.mark.parametrize("password", [None, "c0rrect"])
@pytest.mark.usefixtures("handover")
def test_a_task_keeps_what_it_makes_and_nothing_of_it_is_in_the_result(tmp_path: Path, password: str | None) -> None:
    given = {"vault_password": password} if password else {}
    options = {"directory": str(tmp_path), "kept": "n0thing", **given}
    result = action(name="a", handover=options).run(None, of_host())
    assert held(tmp_path, password) == MADE
    assert result["invocation"]["module_args"]["handover"] == {
        "directory": str(tmp_path),
        "keep_seed": False,
        "set_aside": False,
    }
    assert result["invocation"]["module_args"]["name"] == "a"
    assert not [secret for secret in ("c0rrect", "n0thing", "v0id") if secret in str(result)]
    assert result.get("warnings") == (None if password else [NOT_ENCRYPTED])


def test_a_task_without_a_handover_gets_none(tmp_path: Path) -> None:
    result = action(name="a").run(None, {})
    assert result["seen"]["name"] == "a"
    assert "warnings" not in result
    assert list(tmp_path.iterdir()) == []


def test_a_handover_that_cannot_be_is_refused_before_anything_is_done() -> None:
    for options in ({"keep_seed": True}, {}):
        with pytest.raises(AnsibleActionFail, match=r"^missing required arguments: directory found in handover$"):
            action(name="a", handover=options).run(None, of_host())
    result = action(name="a", handover={"directory": "/x"}).run(None, of_host(inventory_hostname="a/b"))
    assert (result["failed"], result["changed"]) == (True, False)
    assert result["msg"].startswith("The account name 'a/b' cannot be the name of a folder: ")


Answer = Callable[[Kept], dict[str, Any]]


def as_module(directory: Path, *answers: Answer, **options: Any) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Run a task as a module that answers so, one time after the other; return the result, and how it was called."""
    calls: list[dict[str, Any]] = []
    waiting = [*answers]

    class AsModule(Action):
        def _execute_module(self, name: str, args: Mapping[str, Any], task_vars: Any = None) -> dict[str, Any]:
            assert (name, task_vars) == ("landing_zone.aws_admin.iam_admin_test", variables)
            calls.append({**args})
            return waiting.pop(0)(Kept.unpack(args["handover"]["kept"]))

    variables = of_host(iam_admin_in_process=False)
    handover = {"directory": str(directory), **options}
    result = action(kind=AsModule, name="iamadmin", handover=handover).run(None, variables)
    assert waiting == []
    return result, calls


def answer(credentials: Credentials | None = None, **result: Any) -> Answer:
    """Return what a module says that keeps this."""

    def said(kept: Kept) -> dict[str, Any]:
        kept = replace(kept, credentials=credentials)
        return {**result, **({"kept": kept.pack()} if credentials else {})}

    return said


def test_a_module_gets_what_is_kept_and_no_password_of_a_vault(handover: Handover, tmp_path: Path) -> None:
    former = Handover(str(tmp_path), "former", Vault([]))
    for name, user_name in (("former", "iamadmin"), ("another", "somebody"), ("acme", "iamadmin")):
        other = replace(FOUND, account_id="444455556666", user_name=user_name)
        Handover(str(tmp_path), name, Vault([])).write(Kept("/void", name, other))
    result, (call,) = as_module(tmp_path, answer(changed=False), vault_password="given", keep_seed=True)
    found = Handover(str(tmp_path), "general", Vault([], "given")).read()
    assert call.pop("handover") == {
        "directory": str(tmp_path),
        "keep_seed": True,
        "kept": replace(found, elsewhere={"444455556666": str(former.folder)}).pack(),
    }
    assert call == {"name": "iamadmin"}
    assert result == {"changed": False}
    assert held(tmp_path) == handover.read().credentials == FOUND


@pytest.mark.usefixtures("handover")
def test_what_a_module_hands_back_is_kept_and_not_shown(tmp_path: Path) -> None:
    invocation = {"module_args": {"name": "iamadmin", "handover": {"directory": "/x", "kept": "k", "keep_seed": True}}}
    answered = answer(MADE, changed=True, warnings=["Look."], invocation=invocation, diff={"before": 1, "after": 2})
    result, calls = as_module(tmp_path, answered)
    assert result == {
        "changed": True,
        "warnings": ["Look.", NOT_ENCRYPTED],
        "invocation": {"module_args": {"name": "iamadmin", "handover": {"directory": "/x", "keep_seed": True}}},
        "diff": {"before": 1, "after": 2},
    }
    assert len(calls) == 1
    assert held(tmp_path) == MADE


@pytest.mark.usefixtures("handover")
def test_a_module_that_waits_goes_on_once_all_is_kept(tmp_path: Path) -> None:
    first, second = replace(MADE, unsent=True), replace(MADE, initial_password="another")

    def goes_on(kept: Kept) -> dict[str, Any]:
        assert kept.credentials == held(tmp_path) == first
        return answer(second, changed=False, diff={"before": {"a": 3}, "after": 4})(kept)

    begun = answer(first, changed=True, goes_on=True, diff={"before": {"a": 1}, "after": 2})
    result, calls = as_module(tmp_path, begun, goes_on)
    assert result == {"changed": True, "diff": {"before": {"a": 1}, "after": 4}, "warnings": [NOT_ENCRYPTED]}
    assert [{**call, "handover": {*call["handover"]}} for call in calls] == [
        {"name": "iamadmin", "handover": {"directory", "keep_seed", "kept"}}
    ] * 2
    assert held(tmp_path) == second


@pytest.mark.usefixtures("handover")
@pytest.mark.parametrize(
    ("results", "changed"),
    [(({}, {}), False), (({}, {"changed": True}), True), (({"changed": True}, {}), True)],
)
def test_what_any_of_the_runs_has_changed_is_changed(
    tmp_path: Path, results: tuple[dict[str, Any], dict[str, Any]], changed: bool
) -> None:
    first, last = results
    failed = {"failed": True, "msg": "It went wrong."}
    result, _calls = as_module(tmp_path, answer(MADE, **first, goes_on=True), answer(**last, **failed))
    assert result == {**failed, "changed": changed, "warnings": [NOT_ENCRYPTED]}


@pytest.mark.usefixtures("handover")
def test_where_only_the_last_run_says_what_was_before_that_is_shown(tmp_path: Path) -> None:
    said = {"diff": {"before": {"a": 1}, "after": 2}}
    result, _calls = as_module(tmp_path, answer(MADE, goes_on=True), answer(**said))
    assert result["diff"] == said["diff"]


@pytest.mark.usefixtures("handover")
def test_a_module_does_not_go_on_for_ever(tmp_path: Path) -> None:
    result, calls = as_module(tmp_path, answer(changed=True, goes_on=True))
    assert result["failed"] is True
    assert result["msg"].startswith("This is a fault of the collection: RuntimeError in in_process.py:")
    assert len(calls) == 1


def test_what_cannot_be_kept_is_said_and_so_is_that_aws_was_changed(handover: Handover, tmp_path: Path) -> None:
    def in_between(kept: Kept) -> dict[str, Any]:
        handover.folder.chmod(0o777)
        return answer(MADE, changed=False, goes_on=True)(kept)

    result, calls = as_module(tmp_path, in_between)
    assert (result["failed"], result["changed"]) == (True, True)
    assert result["msg"].startswith(f"{handover.folder} can be written by other users, ")
    assert len(calls) == 1


# What is stated around a task

GROUP, MODULE = "group/landing_zone.aws_admin.aws", "landing_zone.aws_admin.iam_admin_test"


def with_all_defaults(*levels: Mapping[str, Mapping[str, Any]], **own: Any) -> Mapping[str, Any]:
    """Return the options of a task that has some of its own, and others by module_defaults around it."""
    # As ansible does it: the innermost alone, of the group and of the module
    taken = {name: options for level in levels for name, options in level.items()}
    tested = action(**{**taken.get(GROUP, {}), **taken.get(MODULE, {}), **own})
    tested._task.module_defaults = list(levels)
    tested._task._resolved_action = MODULE
    return tested.with_all_defaults(tested._task.args)


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


def test_a_module_is_told_that_a_handover_cannot_be_used_and_may_ask_for_nothing_of_it(tmp_path: Path) -> None:
    handover = Handover(str(tmp_path), "acme", Vault([]))
    handover.folder.mkdir(mode=0o700)
    handover.credentials.write_text("{")
    (handover.folder / "mfa-qr.png").touch()
    assert in_process._read(handover, "iamadmin") == Kept(
        str(handover.credentials),
        "acme",
        is_left_over=True,
        unusable=f"{handover.credentials} is not valid YAML: correct it, or move it away.",
    )
