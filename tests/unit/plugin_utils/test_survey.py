# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which hosts one task can speak for, and that each has its own options."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator, Mapping
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest
from ansible.inventory.manager import InventoryManager
from ansible.module_utils.common.collections import ImmutableDict
from ansible.parsing.dataloader import DataLoader
from ansible.playbook.block import Block
from ansible.playbook.play import Play
from ansible.playbook.play_context import PlayContext
from ansible.playbook.task import Task as AnsibleTask
from ansible.plugins.connection.local import Connection
from ansible.template import Templar, trust_as_template
from ansible.vars.hostvars import HostVars
from ansible.vars.manager import VariableManager

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import Task
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils import survey as tested
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.in_process import AwsActionModule

OURS, THEIRS = (SimpleNamespace(get_name=lambda name=name: name) for name in (tested._ROLE, "acme.landing.zone"))


def task(strategy: str = "linear", **what: Any) -> Any:
    """Return an action whose task stands in a play of this strategy, and is for all its hosts but for `what`."""
    values = {"all_parents_static": lambda: True, "delegate_to": None, "timeout": 0, "_parent": None, **what}
    return SimpleNamespace(_task=SimpleNamespace(get_play=lambda: SimpleNamespace(strategy=strategy), **values))


IMPORT = SimpleNamespace


@pytest.mark.parametrize(
    ("action", "is_left_out"),
    [
        (task(), False),
        (task("ansible.builtin.linear"), False),
        (task("free"), True),
        (task("host_pinned"), True),
        (task(all_parents_static=lambda: False), True),
        (task(delegate_to="localhost"), True),
        (task(timeout=3), True),
        (task(_parent=IMPORT(_role=OURS, run_once=None, _parent=None)), False),
        (task(_parent=IMPORT(_role=None, run_once=False, _parent=None)), False),
        (task(_parent=IMPORT(_role=THEIRS, run_once=None, _parent=None)), True),
        (task(_parent=IMPORT(_role=OURS, run_once=True, _parent=None)), True),
        (
            task(_parent=IMPORT(_role=OURS, run_once=None, _parent=IMPORT(_role=THEIRS, run_once=None, _parent=None))),
            True,
        ),
    ],
)
def test_where_a_host_may_not_come_to_it_each_has_its_own(action: Any, is_left_out: bool) -> None:
    assert tested._may_be_left_out(action) is is_left_out


@pytest.mark.parametrize(
    ("section", "is_nested", "is_for_some"),
    [
        ("block", False, False),
        ("block", True, False),
        ("rescue", False, True),
        ("rescue", True, True),
        ("always", False, True),
        ("always", True, True),
    ],
)
def test_who_has_gone_through_a_rescue_may_be_some_of_them(section: str, is_nested: bool, is_for_some: bool) -> None:
    one, inner = AnsibleTask(), Block()
    inner.block = [one]
    block = Block()
    block.block, block.rescue = [AnsibleTask()], [AnsibleTask()]
    setattr(block, section, [inner if is_nested else one])
    assert tested._is_for_some(block, one) is is_for_some


# What each host is asked with


def logic(params: Mapping[str, Any], _connect: Any, _check_mode: bool, _handover: Any) -> dict[str, Any]:
    """Return what there is to tell hosts apart; fail for one of them."""
    if params["name"] == "production":
        raise ValueError("not today")
    return {"name": params["name"], "count": params["count"], "thread": threading.current_thread().name}


class Action(AwsActionModule):
    """An action that can survey."""

    TASK = Task("iam_admin_test", {"name": {"type": "str", "required": True}, "count": {"type": "int"}}, logic)
    SURVEY_SPEC: ClassVar[Mapping[str, Any]] = {"survey": {"type": "list", "elements": "str"}}


OPTIONS = {"name": "inventory_hostname"}
MORE = {"count": "counted", "other": "not_there"}


def surveyed(
    monkeypatch: pytest.MonkeyPatch,
    keywords: Mapping[str, Any] | None = None,
    **of_hosts: Mapping[str, Any],
) -> dict[str, Any]:
    """Return the result of a survey of three hosts with these variables of their own."""
    monkeypatch.setattr(tested.context, "CLIARGS", ImmutableDict(forks=4))
    loader = DataLoader()
    inventory = InventoryManager(loader=loader, sources="general,production,audit,")
    manager = VariableManager(loader=loader, inventory=inventory)
    for host in ("general", "production", "audit"):
        common = {"options": OPTIONS, "more": MORE, "counted": 1, "python": sys.executable}
        for name, value in {**common, **of_hosts.get(host, {})}.items():
            inventory.get_host(host).set_variable(name, _trusted(value))
    # Ansible cannot load a module that is not there: what the task does is the action's
    written = _trusted({"debug": {}, **(keywords or {})})
    play = Play.load({"hosts": "all", "tasks": [written]}, variable_manager=manager, loader=loader)
    (block,) = play.tasks
    (of_play,) = block.block
    hostvars = HostVars(inventory, manager, loader)
    first = manager.get_vars(play=play, host=inventory.get_host("general"), task=of_play)
    first |= {"hostvars": hostvars, "ansible_play_batch": ["general", "production", "audit"]}
    of_play.args = {"survey": ["options", "more"]}
    action = Action(of_play, Connection(PlayContext()), PlayContext(), loader, Templar(loader, first), None)
    return action.run(None, first)


def _trusted(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _trusted(item) for name, item in value.items()}
    return trust_as_template(value) if isinstance(value, str) else value


def test_each_host_has_its_own_options_and_its_own_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    result = surveyed(monkeypatch, audit={"counted": 7})
    assert (result["changed"], [*result["accounts"]]) == (False, ["general", "production", "audit"])
    general, production, audit = result["accounts"].values()
    assert (general["name"], general["count"], audit["name"], audit["count"]) == ("general", 1, "audit", 7)
    assert (production["failed"], "ValueError" in production["msg"]) == (True, True)
    assert {one["thread"] == threading.main_thread().name for one in (general, audit)} == {False}
    assert all("invocation" not in account for account in result["accounts"].values())


def test_a_throttle_holds_for_its_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    another = {"options": {"name": "named"}, "named": "other"}
    accounts = surveyed(monkeypatch, {"throttle": 1}, production=another)["accounts"]
    assert len({account["thread"] for account in accounts.values()}) == 1


@pytest.mark.parametrize(
    "own",
    [
        {"ansible_connection": "ssh"},
        {"ansible_become": True},
        {"ansible_python_interpreter": "/usr/bin/another"},
        {"iam_admin_in_process": False},
        {"counted": "{{ missing }}"},
        {"options": "{{ missing }}"},
        {"more": "{{ omit }}"},
    ],
    ids=lambda own: str(*own),
)
def test_who_cannot_be_spoken_for_is_left_out(monkeypatch: pytest.MonkeyPatch, own: dict[str, Any]) -> None:
    assert [*surveyed(monkeypatch, audit=own)["accounts"]] == ["general", "production"]


def test_where_the_first_host_needs_a_module_there_is_no_survey(monkeypatch: pytest.MonkeyPatch) -> None:
    assert surveyed(monkeypatch, general={"iam_admin_in_process": False})["accounts"] == {}


@pytest.mark.parametrize(
    ("keyword", "value"),
    [
        ("environment", {"AWS_PROFILE": "{{ inventory_hostname }}"}),
        ("no_log", "{{ inventory_hostname == 'audit' }}"),
        ("become", "{{ inventory_hostname == 'audit' }}"),
        ("check_mode", "{{ inventory_hostname == 'audit' }}"),
        ("when", "inventory_hostname != 'audit'"),
    ],
)
def test_a_keyword_that_is_another_for_a_host_leaves_it_out(
    monkeypatch: pytest.MonkeyPatch, keyword: str, value: Any
) -> None:
    found = [*surveyed(monkeypatch, {keyword: value})["accounts"]]
    assert found == (["general"] if keyword == "environment" else ["general", "production"])


def test_what_the_play_says_by_default_is_each_hosts_own(monkeypatch: pytest.MonkeyPatch) -> None:
    defaults = [{"landing_zone.aws_admin.iam_admin_test": _trusted({"count": "{{ counted + 1 }}"})}]
    monkeypatch.setattr(AnsibleTask, "module_defaults", property(lambda _task: defaults))
    monkeypatch.setattr(AnsibleTask, "resolved_action", property(lambda _task: "landing_zone.aws_admin.iam_admin_test"))
    result = surveyed(monkeypatch, general={"more": {}}, audit={"more": {}, "counted": 4})
    assert (result["accounts"]["general"]["count"], result["accounts"]["audit"]["count"]) == (2, 5)


def test_few_hosts_are_made_ready_ahead() -> None:
    ready: list[int] = []

    def read() -> int:
        time.sleep(0.005)
        return len(ready)

    def hosts() -> Iterator[tuple[str, Any]]:
        for number in range(12):
            ready.append(number)
            yield str(number), read

    seen = tested._run(hosts(), threads=2)
    assert [*seen] == [str(number) for number in range(12)]
    assert all(count <= int(host) + 1 + 2 * 2 for host, count in seen.items()), seen
