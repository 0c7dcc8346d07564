# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from ansible.errors import AnsibleError, AnsibleValueOmittedError

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import printable
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.action import (
    ControllerAction,
    finder_of_slips,
    role_options,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.guard import (
    refused_codes,
    refused_devices,
    refused_enrolment,
    shared_accounts,
    uncompared_accounts,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import first_use
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.terminal import (
    Screen,
    refused_vault_password,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.variables import (
    refused_value,
    refused_variables,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.vault import Vault

_MOST_NAMED = 5
# A runner's terminal has nobody at it, and a question there would wait for ever
_SCREEN = Screen.found()
# Whatever role, or none, this is a step of
_LOOKED_AT = dict.fromkeys(
    ("aws_account_id", "iam_admin_enrolment", "iam_admin_mfa_codes", "iam_admin_device_names"), "raw"
)


class ActionModule(ControllerAction):
    """See the documentation of iam_admin_guard. It runs once for all hosts, so it refuses a host and does not fail."""

    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {
        "resolved": {"type": "str"},
        "refused": {"type": "dict", "default": {}},
        "directory": {"type": "path"},
        "vault_password": {"type": "str", "no_log": True},
    }

    def _run(self, given: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """See ControllerAction: but an empty password is refused as that of the host whose variable it is."""
        said = {name: value for name, value in given.items() if name != "vault_password" or value}
        return super()._run(said, task_vars)

    def act(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Look at the role's variables of each host of this play, and compare the accounts of the whole inventory."""
        hosts = task_vars["ansible_play_hosts"]
        specified = role_options(self)
        kinds = _LOOKED_AT | {name: option["type"] for name, option in specified.items()}
        told_to_all = self._told_to_all(task_vars, kinds)
        encrypts = self._encrypts(options["vault_password"], task_vars)
        overriding = self._overriding(task_vars)
        slips_of = finder_of_slips(self, task_vars)
        account_ids, found, refused = {}, set(), dict(options["refused"])
        typed: dict[str, str] = {}
        for host in dict.fromkeys([*task_vars["groups"]["all"], *hosts]):
            # What another host says matters to this run only as far as it is the same account
            names = kinds if host in hosts else ("aws_account_id",)
            try:
                told = told_to_all | self._told(task_vars, host, names)
                if overriding is not None and host in hosts:
                    told["aws_account_id"] = overriding
                if self._templar.is_template(told.get("aws_account_id")):
                    # What it means for a host only its own tasks can tell, and AWS
                    del told["aws_account_id"]
                account_id = told.get("aws_account_id") or self._resolved(task_vars, host, options["resolved"])
            except AnsibleError as error:
                refused[host] = f"{host}: {printable(str(error))}"
                continue
            if account_id:
                account_ids[host] = str(account_id)
            if not told.get("aws_account_id"):
                found.add(host)
            sentence = self._refused(told, kinds, encrypts or "iam_admin_vault_password" in told)
            sentence = sentence or refused_variables(specified, told)
            if host in hosts and options["directory"] and "iam_admin_vault_password" not in told:
                typed[host] = str(told.get("iam_admin_handover_dir") or options["directory"])
            if host in hosts:
                sentence = slips_of(task_vars["hostvars"].raw_get(host)) or sentence
            if sentence:
                refused[host] = sentence
        strategy = self._task.get_play().strategy
        if slip := self._vault_slip(typed, strategy):
            refused = {**refused, **dict.fromkeys(typed, slip)}
        refused |= uncompared_accounts(hosts, task_vars["ansible_play_batch"], account_ids, strategy)
        refused |= shared_accounts(account_ids, found)
        accounts = {host: id for host, id in account_ids.items() if host not in refused}
        is_settled = not refused and all(host in account_ids for host in hosts)
        result = {"changed": False, "refused": refused, "is_settled": is_settled, "accounts": accounts}
        unsure = [host for host in task_vars["ansible_play_batch"] if host in found and host not in refused]
        return result | ({"warnings": [_warning(unsure)]} if unsure and not options["resolved"] else {})

    def _told_to_all(self, task_vars: Mapping[str, Any], names: Iterable[str]) -> dict[str, Any]:
        """Return what play or role say for all hosts, which is in no host's variables, but for templates."""
        own = task_vars["hostvars"].raw_get(task_vars["inventory_hostname"])
        told = {name: task_vars[name] for name in names if name in task_vars and name not in own}
        return {name: value for name, value in told.items() if not self._templar.is_template(value)}

    def _encrypts(self, vault_password: str | None, task_vars: Mapping[str, Any]) -> bool:
        """Whether the handover of each host is encrypted, whatever it says: one of the first host's is its alone."""
        own = task_vars["hostvars"].raw_get(task_vars["inventory_hostname"])
        is_for_all = vault_password is not None and "iam_admin_vault_password" not in own
        return is_for_all or bool(self._loader._vault.secrets)

    def _vault_slip(self, directories: Mapping[str, str], strategy: str) -> str | None:
        """Ask again for a vault password that was typed, and is used for the first time; return why it is refused.

        `directories` are, by host, those of the handovers that it encrypts. Hosts out of lockstep would each ask.
        """
        vault = Vault(self._loader._vault.secrets)
        is_seen = _SCREEN is not None and strategy.rpartition(".")[2] == "linear"
        may_ask = is_seen and vault.is_typed and not self._task.check_mode
        first = first_use(vault, directories) if may_ask else None
        return refused_vault_password(vault, first.locked) if first else None

    def _overriding(self, task_vars: Mapping[str, Any]) -> Any:
        """Return the account id that play or role say, and tasks see, instead of that of the hosts; None for none."""
        role = self._task._role
        default = role.get_default_vars().get("aws_account_id") if role else None
        own = task_vars["hostvars"].raw_get(task_vars["inventory_hostname"]).get("aws_account_id", default)
        seen = task_vars.get("aws_account_id", default)
        return None if seen in (own, default) else seen

    @staticmethod
    def _told(task_vars: Mapping[str, Any], host: str, names: Iterable[str]) -> dict[str, Any]:
        """Template what is looked at of a host's variables, and nothing else."""
        of_host, there = task_vars["hostvars"][host], task_vars["hostvars"].raw_get(host)
        told = {}
        for name in names:
            if name not in there:
                continue
            try:
                told[name] = of_host[name]
            except AnsibleValueOmittedError:
                continue
            except AnsibleError as error:
                raise AnsibleError(f"The template in {name} fails: correct it, or leave it out") from error
        return told

    @staticmethod
    def _resolved(task_vars: Mapping[str, Any], host: str, variable: str | None) -> Any:
        found = task_vars["hostvars"].raw_get(host).get(variable) if variable else None
        return (found or {}).get("account_id")

    @staticmethod
    def _refused(told: Mapping[str, Any], kinds: Mapping[str, str], encrypts: bool) -> str | None:
        sentences = (refused_value(name, kinds[name], value) for name, value in told.items())
        return (
            refused_enrolment(told.get("iam_admin_enrolment"), encrypts)
            or refused_codes(told.get("iam_admin_mfa_codes"))
            or refused_devices(told.get("iam_admin_device_names"))
            or next(filter(None, sentences), None)
        )


def _warning(undeclared: Sequence[str]) -> str:
    named = f"{', '.join(undeclared[:_MOST_NAMED])}{', ...' if len(undeclared) > _MOST_NAMED else ''}"
    return (
        f"No aws_account_id is set for {named}: the account that the credentials lead to is taken as the right one. "
        "Set it in the inventory to have any other refused."
    )
