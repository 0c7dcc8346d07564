# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One worker for the accounts of a whole batch, a thread for each: a worker for each costs more than what it does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context
from typing import TYPE_CHECKING, Any

from ansible import context
from ansible.errors import AnsibleError
from ansible.playbook.block import Block
from ansible.playbook.task import Task
from ansible.template import Templar

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.api import (
    MOST_AT_ONCE,
    IamApi,
    Once,
    at_once,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.session import Shared, connect, way_of
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.survey import SurveyApi

from .action import variables_of
from .variables import Variables

if TYPE_CHECKING:
    from .in_process import AwsActionModule

_ROLE = "landing_zone.aws_admin.iam_admin"
# What decides where a task runs, and how. A host for which one of them is another than for the first host has a task of
# its own
_KEYWORDS = ("environment", "become", "connection", "check_mode", "no_log")
_VARIABLES = {
    name: name
    for name in ("ansible_connection", "ansible_become", "ansible_python_interpreter", "iam_admin_in_process")
}


def survey(action: AwsActionModule, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
    """Run the task of a `run_once` for each host of the batch here, and return the results by host.

    `options` are those of the survey: `survey` names the variables that have a host's options. Left out, for a task
    of their own, are hosts that need another place, whose options or condition cannot be told, for which the condition
    is false, or of which the action returns None.
    """
    forks = context.CLIARGS["forks"]
    with action.surroundings():
        hosts = _hosts(action, task_vars)
        threads = min(forks, action._task.throttle or forks, len(hosts) or 1)
        with at_once(max(1, MOST_AT_ONCE // threads)):
            results = _run(_ready(action, options, hosts, task_vars), threads)
            return {host: result for host, result in results.items() if result is not None}


def _run(reads: Iterable[tuple[str, Callable[[], Any]]], threads: int) -> dict[str, Any]:
    """Return what each host reads, as many at once as there are threads; the next ones are made ready meanwhile."""
    futures: dict[str, Future[Any]] = {}
    begun: set[Future[Any]] = set()
    with ThreadPoolExecutor(threads) as pool:
        for host, read in reads:
            futures[host] = pool.submit(copy_context().run, read)
            begun.add(futures[host])
            if len(begun) >= 2 * threads:
                _done, begun = wait(begun, return_when=FIRST_COMPLETED)
    return {host: future.result() for host, future in futures.items()}


def _hosts(action: AwsActionModule, task_vars: Mapping[str, Any]) -> list[str]:
    """Return the hosts of the batch that are at this task."""
    if _may_be_left_out(action):
        return []
    hosts: list[str] = task_vars["ansible_play_batch"]
    if any(isinstance(parent, Block) and parent.rescue for parent in _parents(action._task)):
        # Ansible says so of a host that has gone on to the rescue
        return [host for host in hosts if "ansible_failed_task" not in task_vars["hostvars"].raw_get(host)]
    return hosts


def surveyed(of_host: Mapping[str, Any], host: str, variable: str | None) -> Mapping[str, Any] | None:
    """Return what a survey, whose result is in this variable of the host, says of it; None where it says nothing."""
    found: Mapping[str, Any] | None = (of_host.get(variable or "") or {}).get("accounts", {}).get(host)
    return found


class Connections:
    """Connects the tasks of one host: those that go the same way see one reading, until that is forgotten."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self.forget()

    def __call__(self, params: Mapping[str, Any], key: Mapping[str, Any] | None = None) -> IamApi:
        """See session.connect."""
        way = (way_of(params), key and key["AccessKeyId"])
        api: IamApi = self._connections(way, lambda: connect(params, key, shared=self._shared))
        return api

    def forget(self) -> None:
        """Have the next task read all of it anew."""
        self._connections = Once()


def _may_be_left_out(action: AwsActionModule) -> bool:
    """Whether a host may not come to this task, of which it cannot know: each runs it, or does not, by itself then.

    So it is where hosts are not in step, where they include this, in a rescue, which only some go through, and in a
    role of somebody else's, which may have ended for some. A timeout is of the task of one host, too.
    """
    task = action._task
    is_linear = task.get_play().strategy.rpartition(".")[2] == "linear"
    if not is_linear or not task.all_parents_static() or task.delegate_to or task.timeout:
        return True
    return any(_is_for_some(parent, task) for parent in _parents(task))


def _is_for_some(parent: Any, task: Task) -> bool:
    """Whether what is in a block or an import may be for some of its hosts only."""
    is_rescue = isinstance(parent, Block) and (parent.always or _has(parent.rescue, task))
    is_of_others = parent._role is not None and parent._role.get_name() != _ROLE
    return bool(is_rescue or is_of_others or parent.run_once)


def _has(tasks: Sequence[Any], task: Task) -> bool:
    """Whether it is one of these tasks, or in one of these blocks, which ansible copies."""
    return any(
        _has([*one.block, *one.rescue, *one.always], task) if isinstance(one, Block) else one._uuid == task._uuid
        for one in tasks
    )


def _parents(task: Task) -> Iterator[Any]:
    parent = task._parent
    while parent is not None:
        yield parent
        parent = parent._parent


def _ready(
    action: AwsActionModule, options: Mapping[str, Any], hosts: Sequence[str], task_vars: Mapping[str, Any]
) -> Iterator[tuple[str, Callable[[], dict[str, Any] | None]]]:
    """Return the hosts that can be surveyed, and what reads each."""
    if not action.can_run_in_process(task_vars):
        return
    task, loader = action._task, action._loader
    # This one's keywords are those of the first host already
    written = Task.load(task.get_ds(), block=task._parent, role=task._role, loader=loader)
    place, shared = _place(written, Variables(action._templar, task_vars)), Shared(SurveyApi)
    for name in hosts:
        raw = variables_of(action, task_vars, name)
        of_host = Variables(Templar(loader=loader, variables=raw), raw)
        try:
            if _place(written, of_host) == place and all(map(of_host.templar.evaluate_conditional, task.when)):
                yield name, action.surveyor(of_host, Connections(shared), options)
        except AnsibleError:
            continue


def _place(written: Task, variables: Variables) -> list[Any]:
    keywords = (getattr(written, keyword) for keyword in _KEYWORDS)
    return [*map(variables.templar.template, keywords), variables.options(_VARIABLES)]
