# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Actions that run on the controller: options checked, and each failure a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from ansible import constants
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.parsing.vault import VaultLib, VaultSecret
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.connection.local import Connection
from ansible.template import Templar
from ansible.utils.display import Display

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.action import (
    ControllerAction,
    finder_of_slips,
    handover_of,
    in_one_sentence,
    role_options,
)

Act = Callable[[Mapping[str, Any], Mapping[str, Any]], dict[str, Any]]


class Action(ControllerAction):
    """An action of one option, which does what it is told."""

    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {"count": {"type": "int", "default": 1}}
    told: ClassVar[Act]

    def act(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        return Action.told(options, task_vars)


def run(told: Act, task_vars: dict[str, Any] | None = None, async_val: int = 0, **args: Any) -> dict[str, Any]:
    """Return what the action returns that does this."""
    Action.told = told
    task, loader = Task(), DataLoader()
    task.action, task.args, task.async_val = "iam_admin_test", args, async_val
    connection = Connection(PlayContext())
    return Action(task, connection, PlayContext(), loader, Templar(loader), None).run(None, task_vars)


def raising(error: Exception) -> Act:
    def told(_options: Mapping[str, Any], _task_vars: Mapping[str, Any]) -> dict[str, Any]:
        raise error

    return told


@pytest.mark.parametrize(("task_vars", "seen"), [({"host": "a"}, {"host": "a"}), (None, {})])
def test_it_gets_its_options_converted_and_the_variables(task_vars: dict[str, Any] | None, seen: Any) -> None:
    result = run(lambda options, found: {"options": dict(options), "vars": found}, task_vars, count="3")
    assert result == {"options": {"count": 3}, "vars": seen}


def test_an_option_that_is_not_there_is_refused() -> None:
    with pytest.raises(AnsibleError, match="colour"):
        run(lambda _options, _task_vars: {}, colour="red")


@pytest.mark.parametrize(("value", "what"), [(None, "null"), ("", "empty"), (" ", "empty")])
def test_an_option_without_a_value_is_not_taken_for_left_out(value: object, what: str) -> None:
    refused = run(lambda _options, _task_vars: {}, count=value)
    assert refused == {"failed": True, "changed": False, "msg": f"count is {what}: give it a value, or leave it out."}


class WithSecret(Action):
    """An action of one option that is secret."""

    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {"code": {"type": "str", "no_log": True}}


def test_callbacks_are_told_of_a_task_without_its_secrets() -> None:
    Action.told = lambda options, _task_vars: {"codes": options["code"]}
    task, loader = Task(), DataLoader()
    task.action, task.args = "iam_admin_test", {"code": "123456"}
    tested = WithSecret(task, Connection(PlayContext()), PlayContext(), loader, Templar(loader), None)
    for _try in range(2):
        assert tested.run(None, {}) == {"codes": "123456"}
        assert task.args == {"code": "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"}


def test_it_is_no_job_whose_result_would_be_kept_in_a_file() -> None:
    with pytest.raises(AnsibleError, match=r"^This action \(iam_admin_test\) does not support async\.$"):
        run(lambda _options, _task_vars: {"password": "void"}, async_val=10)


@pytest.mark.parametrize("changed", [True, False])
def test_a_failure_is_its_sentence_and_says_whether_anything_was_changed(changed: bool) -> None:
    error = AdminError("There is no folder.")
    assert error.changed is False
    error.changed = changed
    assert run(raising(error)) == {"failed": True, "changed": changed, "msg": "There is no folder."}


def test_warnings_and_failures_leave_a_terminal_as_it_is() -> None:
    assert run(raising(AdminError("There is\x1b no folder.")))["msg"] == "There is  no folder."
    assert run(lambda _options, _vars: {"warnings": ["Look\x9b."]}) == {"warnings": ["Look ."]}
    assert run(lambda _options, _vars: {"changed": True}) == {"changed": True}


def test_what_ansible_has_to_say_ansible_says() -> None:
    with pytest.raises(AnsibleError, match="a variable is undefined"):
        run(raising(AnsibleError("a variable is undefined")))


def test_a_fault_is_a_sentence_without_what_it_had_in_hand() -> None:
    result = run(raising(RuntimeError("JBSWY3DPEHPK3PXP")))
    assert result["failed"] is True
    assert result["msg"].startswith("This is a fault of the collection: RuntimeError in ")
    assert "JBSWY3DPEHPK3PXP" not in result["msg"]


def test_what_was_done_without_an_action_ends_the_same_way() -> None:
    result = {"changed": True}
    assert in_one_sentence(lambda: result) is result
    failing = raising(AdminError("There is no folder."))
    assert in_one_sentence(lambda: failing({}, {}))["msg"] == "There is no folder."


# The handover that an option means


@pytest.mark.parametrize("loaded", [False, True], ids=["no vault id", "a vault id"])
@pytest.mark.parametrize("password", [None, "given"])
def test_a_handover_is_that_of_a_host_in_the_directory(tmp_path: Path, loaded: bool, password: str | None) -> None:
    loader = DataLoader()
    if loaded:
        loader.set_vault_secrets([("default", VaultSecret(b"loaded"))])
    action = Action(Task(), Connection(PlayContext()), PlayContext(), loader, Templar(loader), None)
    options = {"directory": str(tmp_path), "vault_password": password}
    task_vars = {"groups": {"all": ["general", "acme"], "others": ["elsewhere"]}, "inventory_hostname": "acme"}
    handover = handover_of(action, options, task_vars, "general")
    assert handover.folder == tmp_path / "general"
    assert handover.encrypts is (loaded or password is not None)
    assert handover._hosts == {"general", "acme"}
    assert handover._sets_aside is False
    for said in (True, False):
        aside = handover_of(action, {**options, "set_aside": said}, task_vars, "general")
        assert aside._sets_aside is (said and handover.encrypts)
    if handover.encrypts:
        opener = VaultSecret(password.encode() if password else b"loaded")
        assert VaultLib([("", opener)]).decrypt(handover._vault.encrypt(b"void")) == b"void"


def test_a_host_that_cannot_be_the_name_of_a_folder_has_no_handover(tmp_path: Path) -> None:
    action = Action(Task(), Connection(PlayContext()), PlayContext(), DataLoader(), None, None)
    options = {"directory": str(tmp_path), "vault_password": None}
    with pytest.raises(AdminError, match=r"^The account name 'a/b' cannot be the name of a folder: "):
        handover_of(action, options, {"groups": {"all": []}}, "a/b")


@pytest.mark.parametrize(
    ("result", "shows", "said"),
    [
        ({}, False, True),
        ({"changed": False}, False, True),
        ({"changed": True}, False, False),
        ({"failed": True}, False, False),
        ({}, True, False),
        ({}, None, False),
    ],
    ids=["nothing", "no change", "a change", "a failure", "all is shown", "by another callback"],
)
def test_a_warning_is_said_where_ansible_would_hide_it(
    monkeypatch: pytest.MonkeyPatch, result: dict[str, Any], shows: bool | None, said: bool
) -> None:
    displayed: list[str] = []

    def configured(name: str, plugin_type: str, plugin_name: str) -> bool:
        assert (name, plugin_type, plugin_name) == ("display_ok_hosts", "callback", "default")
        if shows is None:
            raise AnsibleError("No config definition exists")
        return shows

    monkeypatch.setattr(constants.config, "get_config_value", configured)
    monkeypatch.setattr(Display, "display", lambda _display, text, **_how: displayed.append(text))
    assert in_one_sentence(lambda: {**result, "warnings": ["Look \x07here."]})["warnings"] == ["Look  here."]
    assert displayed == (["[WARNING]: Look  here."] if said else [])


# Variables whose names say nothing


def names(role: dict[str, Any] | None, general: list[str], production: list[str], of_play: list[str]) -> list[Any]:
    """Return what is said of the variables of both hosts; the task is general's, and `of_play` are in no host's."""
    of_hosts = {"general": dict.fromkeys(general, 1), "production": dict.fromkeys(production, 1)}
    hostvars = SimpleNamespace(raw_get=of_hosts.__getitem__)
    task_vars = {
        **of_hosts["general"],
        **dict.fromkeys(of_play, 1),
        "inventory_hostname": "general",
        "hostvars": hostvars,
    }
    of_role = role and SimpleNamespace(_get_role_argspecs=lambda: {"main": {"options": role}})
    action: Any = SimpleNamespace(_task=SimpleNamespace(_role=of_role))
    slips_of = finder_of_slips(action, task_vars)
    return [slips_of(there) for there in of_hosts.values()]


ROLE = {"iam_admin_name": {"type": "str"}, "aws_account_id": {"type": "str"}}
NME = "Unknown variable iam_admin_nme: did you mean iam_admin_name?"
IDD = "Unknown variable aws_account_idd: did you mean aws_account_id?"


@pytest.mark.parametrize(
    ("general", "production", "of_play", "said"),
    [
        ([*ROLE], [*ROLE], ["iam_admin_targets"], [None, None]),
        (["iam_admin_nme"], [], [], [NME, None]),
        ([], ["iam_admin_nme"], [], [None, NME]),
        ([], [], ["iam_admin_nme"], [NME, NME]),
        (["iam_admin_nme", "aws_account_idd"], ["aws_account_idd"], [], [f"{IDD} {NME}", IDD]),
    ],
    ids=["none", "the first host's", "another host's", "the play's", "several"],
)
def test_the_names_of_a_host_are_its_own_and_those_of_the_play(
    general: list[str], production: list[str], of_play: list[str], said: list[str | None]
) -> None:
    assert names(ROLE, general, production, of_play) == said


def test_in_no_role_nobody_knows_what_names_mean() -> None:
    assert names(None, ["iam_admin_nme"], [], ["iam_admin_xyzzy"]) == [None, None]


def test_the_options_of_a_role_are_those_of_its_main_entry_point() -> None:
    role = SimpleNamespace(_get_role_argspecs=lambda: {"main": {"options": ROLE}, "check": {"options": {}}})
    of_role: Any = SimpleNamespace(_task=SimpleNamespace(_role=role))
    of_none: Any = SimpleNamespace(_task=SimpleNamespace(_role=None))
    assert (role_options(of_role), role_options(of_none)) == (ROLE, {})
