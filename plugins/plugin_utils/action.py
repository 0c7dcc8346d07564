# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the actions have in common, and those of the role that run on the controller and call nobody."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, ClassVar

from ansible import constants
from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase
from ansible.utils.display import Display

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import (
    AdminError,
    UnexpectedError,
    printable,
    with_plain_types,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import without_secrets
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import Handover
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.variables import (
    OF_PLAYBOOKS,
    Variables,
    misspelt,
    refused_options,
    refused_variables,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.vault import Vault


def result_of(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return a task's result; a failure is a result, too, whose `msg` is one sentence, unless it is ansible's own."""
    try:
        return work()
    except AdminError as error:
        return {"failed": True, "changed": error.changed, "msg": str(error)}
    except AnsibleError:
        raise
    except Exception as error:  # noqa: BLE001 no traceback reaches an operator
        return {"failed": True, "msg": str(UnexpectedError(error))}


def in_one_sentence(work: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Return a task's result, see result_of, and show its warnings where ansible would not."""
    result = result_of(work)
    if "warnings" in result:
        # Those of a module that has run are ansible's own objects
        result["warnings"] = [printable(said) if isinstance(said, str) else said for said in result["warnings"]]
        if not result.get("changed") and not result.get("failed") and _hides_what_is_ok():
            for said in result["warnings"]:
                text = said if isinstance(said, str) else printable(said.event.msg)
                Display().display(f"[WARNING]: {text}", color=constants.COLOR_WARN)
    return result


def _hides_what_is_ok() -> bool:
    """Whether ansible shows nothing of a task that changes nothing, its warnings neither."""
    with suppress(AnsibleError):  # where another callback displays it
        return not constants.config.get_config_value("display_ok_hosts", plugin_type="callback", plugin_name="default")
    return False


def handover_of(action: ActionBase, options: Mapping[str, Any], task_vars: Mapping[str, Any], host: str) -> Handover:
    """Return the handover of a host that the option `handover` means; raises AdminError."""
    vault = Vault(action._loader._vault.secrets, options["vault_password"])
    hosts = {*task_vars["groups"]["all"]}
    return Handover(options["directory"], host, vault, hosts, sets_aside=options.get("set_aside", False))


def variables_of(action: ActionBase, task_vars: Mapping[str, Any], host: str) -> dict[str, Any]:
    """Return all the variables that the task has for another host: those of play and role are in no `hostvars`."""
    task, inventory = action._task, task_vars["hostvars"]._inventory
    found: dict[str, Any] = task.get_variable_manager().get_vars(
        play=task.get_play(), host=inventory.get_host(host), task=task
    )
    return found


def role_options(action: ActionBase) -> dict[str, Any]:
    """Return the variables of the role that the task is of, as its argument specification has them; {} for no role."""
    role = action._task._role
    return dict(role._get_role_argspecs()["main"]["options"]) if role else {}


def refusing_of(action: ActionBase) -> Callable[[Variables], str | None]:
    """Return what says of a host's variables what is not as the role of the task specifies them.

    To have ansible do so takes a worker for each host.
    """
    spec, role = role_options(action), action._task._role
    defaults = role.get_default_vars() if role else {}

    def refused(of_host: Variables) -> str | None:
        names = {name: name for name in spec if name in of_host.raw and of_host.raw[name] != defaults.get(name)}
        return refused_variables(spec, of_host.options(names))

    return refused


def finder_of_slips(action: ActionBase, task_vars: Mapping[str, Any]) -> Callable[[Iterable[str]], str | None]:
    """Return what says of a host's variables what is wrong with their names, those of play and command line among them.

    In a task of no role nobody knows what they mean.
    """
    of_role = role_options(action)
    if not of_role:
        return lambda _names: None
    known = of_role.keys() | OF_PLAYBOOKS
    for_all = task_vars.keys() - task_vars["hostvars"].raw_get(task_vars["inventory_hostname"]).keys()

    def find(names: Iterable[str]) -> str | None:
        sentences = (misspelt(name, known) for name in sorted({*for_all, *names}))
        return " ".join(filter(None, sentences)) or None

    return find


def refuse_valueless(spec: Mapping[str, Any], args: Mapping[str, Any]) -> None:
    """Raise AdminError for an option that is there without a value, or that is no text where it has to be."""
    for sentence in refused_options(spec, args):
        raise AdminError(sentence)


def given_once(action: ActionBase, spec: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the options of the task, and leave it without those that are secret: callbacks are told of the task."""
    given: Mapping[str, Any] | None = getattr(action, "_given", None)
    if given is None:  # else the task is tried again
        given = action._given = action._task.args
        names = {name: entry for option, entry in spec.items() for name in (option, *entry.get("aliases", ()))}
        action._task.args = {**given, **without_secrets(names, given)}
    return given


class ControllerAction(ActionBase):
    """An action whose failure is one sentence. It has its options in ARGUMENT_SPEC, and its work in `act`."""

    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]]
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """See ActionBase."""
        super().run(tmp, task_vars)
        given = given_once(self, self.ARGUMENT_SPEC)
        return in_one_sentence(lambda: self._run(given, task_vars or {}))

    def _run(self, given: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        refuse_valueless(self.ARGUMENT_SPEC, given)
        shown, self._task.args = self._task.args, given
        try:
            _validation, options = self.validate_argument_spec(self.ARGUMENT_SPEC)
        except AnsibleActionFail as error:
            raise AnsibleActionFail(with_plain_types(str(error))) from None
        finally:
            self._task.args = shown
        return self.act(options, task_vars)

    @abstractmethod
    def act(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Do the work and return the task's result; raise AdminError."""
