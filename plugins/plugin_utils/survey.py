# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One worker for the accounts of a whole batch, a thread for each: a worker for each costs more than what it does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from ansible import context
from ansible.errors import AnsibleError
from ansible.playbook.block import Block
from ansible.playbook.task import Task
from ansible.template import Templar

from .action import variables_of

if TYPE_CHECKING:
    from .in_process import AwsActionModule

_ROLE = "landing_zone.aws_admin.iam_admin"
# What decides where a task runs, and how. A host for which one of them is another than for the first host has a task of
# its own
_KEYWORDS = ("environment", "become", "connection", "check_mode", "no_log")
_VARIABLES = ("ansible_connection", "ansible_become", "ansible_python_interpreter", "iam_admin_in_process")


def survey(action: AwsActionModule, variables: Sequence[str], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Run the task of a `run_once` for each host of the batch here, and return the results by host.

    `variables` name those that have a host's options. Left out, for a task of their own, are hosts that need another
    place, whose options or condition cannot be told, or for which the condition is false.
    """
    hosts = [] if _may_be_left_out(action) else task_vars["ansible_play_batch"]
    there = list(_ready(action, variables, hosts, task_vars))
    threads = min(context.CLIARGS["forks"], action._task.throttle or context.CLIARGS["forks"])
    with action.surroundings(), ThreadPoolExecutor(threads) as pool:
        futures = {host: pool.submit(copy_context().run, one.surveyed, args, of) for host, one, args, of in there}
        return {host: future.result() for host, future in futures.items()}


def _may_be_left_out(action: AwsActionModule) -> bool:
    """Whether a host may not come to this task, of which it cannot know: each runs it, or does not, by itself then.

    So it is where hosts are not in step, where they include this, where some have gone through a rescue, and in a role
    of somebody else's, which may have ended for some. A timeout is of the task of one host, too.
    """
    task = action._task
    is_linear = task.get_play().strategy.rpartition(".")[2] == "linear"
    if not is_linear or not task.all_parents_static() or task.delegate_to or task.timeout:
        return True
    return any(map(_is_for_some, _parents(task)))


def _is_for_some(parent: Any) -> bool:
    """Whether what is in a block or an import may be for some of its hosts only."""
    is_rescued = isinstance(parent, Block) and (parent.rescue or parent.always)
    is_of_others = parent._role is not None and parent._role.get_name() != _ROLE
    return bool(is_rescued or is_of_others or parent.run_once)


def _parents(task: Task) -> Iterator[Any]:
    parent = task._parent
    while parent is not None:
        yield parent
        parent = parent._parent


def _ready(
    action: AwsActionModule, variables: Sequence[str], hosts: Sequence[str], task_vars: Mapping[str, Any]
) -> Iterator[tuple[str, AwsActionModule, Mapping[str, Any], Mapping[str, Any]]]:
    """Return the hosts that can be surveyed: each with its action, its options and its variables."""
    if not action.can_run_in_process(task_vars):
        return
    task, loader = action._task, action._loader
    # This one's keywords are those of the first host already
    written = Task.load(task.get_ds(), block=task._parent, role=task._role, loader=loader)
    place = _place(written, action._templar, task_vars)
    for name in hosts:
        of_host = variables_of(action, task_vars, name)
        templar = Templar(loader=loader, variables=of_host)
        try:
            if _place(written, templar, of_host) == place and all(map(templar.evaluate_conditional, task.when)):
                one = action.for_host(templar)
                options = {key: value for name in variables for key, value in templar.template(of_host[name]).items()}
                yield name, one, one.with_all_defaults(options), of_host
        except AnsibleError:
            continue


def _place(written: Task, templar: Templar, variables: Mapping[str, Any]) -> list[Any]:
    keywords = (getattr(written, keyword) for keyword in _KEYWORDS)
    return [templar.template(said) for said in (*keywords, *(variables.get(name) for name in _VARIABLES))]
