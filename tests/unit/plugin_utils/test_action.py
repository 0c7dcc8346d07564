# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Actions that run on the controller: options checked, and each failure a sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest
from ansible.errors import AnsibleError
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task
from ansible.plugins.connection.local import Connection
from ansible.template import Templar

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.action import ControllerAction

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


def test_it_is_no_job_whose_result_would_be_kept_in_a_file() -> None:
    with pytest.raises(AnsibleError, match=r"^This action \(iam_admin_test\) does not support async\.$"):
        run(lambda _options, _task_vars: {"password": "void"}, async_val=10)


def test_a_failure_is_its_sentence() -> None:
    assert run(raising(AdminError("There is no folder."))) == {"failed": True, "msg": "There is no folder."}


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
