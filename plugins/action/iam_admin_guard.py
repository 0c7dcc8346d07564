# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from ansible.errors import AnsibleError

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import printable
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.action import ControllerAction
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.guard import (
    refused_codes,
    refused_devices,
    refused_enrolment,
    shared_accounts,
    uncompared_accounts,
)

_ENROLMENT = ("iam_admin_enrolment", "iam_admin_mfa_codes", "iam_admin_device_names")


class ActionModule(ControllerAction):
    """See the documentation of iam_admin_guard. It runs once for all hosts, so it refuses a host and does not fail."""

    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {
        "resolved": {"type": "str"},
        "encrypts": {"type": "bool", "default": False},
    }

    def act(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Compare the account ids of the whole inventory, and look at how the hosts of this play are enrolled."""
        hosts = task_vars["ansible_play_hosts"]
        told_to_all = self._told_to_all(task_vars)
        account_ids, found, refused = {}, set(), {}
        for host in dict.fromkeys([*task_vars["groups"]["all"], *hosts]):
            try:
                host_vars = dict(self._told(told_to_all, task_vars["hostvars"][host], options["resolved"]))
            except AnsibleError as error:
                # It matters to this run only where it is a host of it
                refused[host] = f"{host}: {printable(str(error))}"
                continue
            account_id = host_vars["aws_account_id"] or host_vars["account_id"]
            if account_id:
                account_ids[host] = str(account_id)
            if not host_vars["aws_account_id"]:
                found.add(host)
            encrypts = options["encrypts"] or bool(self._loader._vault.secrets)
            encrypts = encrypts or "iam_admin_vault_password" in task_vars["hostvars"][host]
            sentence = refused_enrolment(host_vars["iam_admin_enrolment"], encrypts)
            sentence = sentence or refused_codes(host_vars["iam_admin_mfa_codes"])
            sentence = sentence or refused_devices(host_vars["iam_admin_device_names"])
            if sentence:
                refused[host] = sentence
        strategy = self._task.get_play().strategy
        refused |= uncompared_accounts(hosts, task_vars["ansible_play_batch"], account_ids, strategy)
        refused |= shared_accounts(account_ids, found)
        undeclared = any(host not in account_ids for host in hosts)
        return {"changed": False, "refused": refused, "undeclared": undeclared}

    def _told_to_all(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Return what play or role say for all hosts, which is in no host's variables, but for templates."""
        own = task_vars["hostvars"][task_vars["inventory_hostname"]]
        told = {name: task_vars[name] for name in _ENROLMENT if name in task_vars and name not in own}
        return {name: value for name, value in told.items() if not self._templar.is_template(value)}

    @staticmethod
    def _told(
        told_to_all: Mapping[str, Any], host_vars: Mapping[str, Any], resolved: str | None
    ) -> Iterator[tuple[str, Any]]:
        """Template what is looked at of a host's variables, and nothing else."""
        for name in ("aws_account_id", *_ENROLMENT):
            try:
                yield name, host_vars[name] if name in host_vars else told_to_all.get(name)
            except AnsibleError as error:
                raise AnsibleError(f"{name} is undefined though it is there: correct it, or leave it out") from error
        yield "account_id", ((host_vars.get(resolved) if resolved else None) or {}).get("account_id")
