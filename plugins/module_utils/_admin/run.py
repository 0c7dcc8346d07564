# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a module runs: options in, one AWS session, a result or one sentence of failure out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from . import admin_user, checks, expectations, proof, removal, root_access, root_by_hand, root_credentials, virtual_mfa
from .administrators import refuse_without_administrator
from .amazon import AnsibleAWSModule
from .api import IamApi
from .errors import AdminError, AwsError, RefusedCodeError, UnexpectedError
from .kept import Carried, Keeper, Kept
from .plan import HeldElsewhere, reconcile
from .root import ByPersonError, root_session
from .secrets import remove_values
from .session import connect, connection_argument_spec

# Quoted, as in judgement.py
Logic = Callable[[Mapping[str, Any], Callable[..., IamApi], bool, "Keeper | None"], dict[str, Any]]


def _never(_args: Mapping[str, Any]) -> bool:
    return False


@dataclass(frozen=True)
class Task:
    """A module without Ansible: its name, its options, and its logic.

    The logic takes the validated options, a way to connect, which takes a key to do it with, whether this is check
    mode, and the handover; it checks the options before it connects, returns the module's result, and raises
    AdminError. `returns_secret` says of options, as they are given, whether the result may
    hold a secret.
    """

    module: str
    options: Mapping[str, Any]
    logic: Logic
    returns_secret: Callable[[Mapping[str, Any]], bool] = _never

    @property
    def argument_spec(self) -> dict[str, Any]:
        """All the options: those of the connection first."""
        return {**connection_argument_spec(), **self.options}

    def is_given_secret(self, args: Mapping[str, Any]) -> bool:
        """Whether one of the options, as they are given, is a secret."""
        return any(
            args.get(name)
            for option, spec in self.argument_spec.items()
            if spec.get("no_log")
            for name in (option, *spec.get("aliases", ()))
        )

    def run(
        self,
        params: Mapping[str, Any],
        check_mode: bool,
        handover: Keeper | None = None,
        connect_by: Callable[..., IamApi] | None = None,
    ) -> dict[str, Any]:
        """Carry the task out and return its result; a failure is a result too (`failed`, `msg`).

        `connect_by` is what connects instead of session.connect.
        """
        by = connect_by or connect
        try:
            return self.logic(params, lambda key=None: by(params, key), check_mode, handover)
        except HeldElsewhere as held:
            return {"changed": True, "goes_on": True, "diff": {"before": dict(held.before)}}
        except AdminError as error:
            failure = {"failed": True, "changed": error.changed, "msg": str(error)}
            if isinstance(error, AwsError):
                failure["error"] = {"operation": error.operation, "code": error.code}
            if isinstance(error, RefusedCodeError):
                failure["refused_code"] = True
            if isinstance(error, ByPersonError):
                failure["by_person"] = True
            return failure
        except Exception as error:  # noqa: BLE001 no traceback reaches an operator
            return {"failed": True, "msg": str(UnexpectedError(error))}


def _admin_user(
    params: Mapping[str, Any], api: Callable[..., IamApi], check_mode: bool, handover: Keeper | None
) -> dict[str, Any]:
    wanted = removal.Removal if params["state"] == "absent" else admin_user.AdminUser
    return reconcile(wanted.from_params(params), api(), check_mode, handover)


def _virtual_mfa(
    params: Mapping[str, Any], api: Callable[..., IamApi], check_mode: bool, handover: Keeper | None
) -> dict[str, Any]:
    wanted = virtual_mfa.VirtualMfa.from_params(params)
    return reconcile(wanted, api(), check_mode, handover)


def _admin_proof(
    params: Mapping[str, Any], api: Callable[..., IamApi], check_mode: bool, _handover: Keeper | None
) -> dict[str, Any]:
    return proof.prove(proof.Proof.from_params(params), api, check_mode)


def _root_credentials(
    params: Mapping[str, Any], api: Callable[..., IamApi], check_mode: bool, _handover: Keeper | None
) -> dict[str, Any]:
    wanted = root_credentials.RootCredentials.from_params(params)
    own = api()
    if params["state"] == "absent":
        refuse = partial(refuse_without_administrator, own, wanted.account_id, params["administrator"])
        wanted = replace(wanted, refuse_lockout=refuse)
    caller = own.manager if params["management_profile"] else own
    return reconcile(wanted, root_session(caller or own, wanted.account_id, wanted.task(check_mode)), check_mode)


def _root_access(
    params: Mapping[str, Any], api: Callable[..., IamApi], check_mode: bool, _handover: Keeper | None
) -> dict[str, Any]:
    return reconcile(root_access.RootAccess.from_params(params), api(), check_mode)


def _root_by_hand(
    params: Mapping[str, Any], api: Callable[..., IamApi], _check_mode: bool, _handover: Keeper | None
) -> dict[str, Any]:
    return root_by_hand.look(params, api())


def _admin_info(
    params: Mapping[str, Any], api: Callable[..., IamApi], _check_mode: bool, _handover: Keeper | None
) -> dict[str, Any]:
    expected = expectations.Expected.from_params(params, checks.RULES)
    return checks.inspect(api(), expected)


IAM_ADMIN_PROOF = Task("iam_admin_proof", proof.ARGUMENT_SPEC, _admin_proof)
IAM_ADMIN_USER = Task("iam_admin_user", admin_user.ARGUMENT_SPEC, _admin_user)
IAM_ROOT_CREDENTIALS = Task("iam_root_credentials", root_credentials.ARGUMENT_SPEC, _root_credentials)
IAM_ROOT_BY_HAND = Task("iam_root_by_hand", root_by_hand.ARGUMENT_SPEC, _root_by_hand)
ORGANIZATIONS_ROOT_ACCESS = Task("organizations_root_access", root_access.ARGUMENT_SPEC, _root_access)
IAM_VIRTUAL_MFA = Task(
    "iam_virtual_mfa", virtual_mfa.ARGUMENT_SPEC, _virtual_mfa, returns_secret=virtual_mfa.returns_secret
)
IAM_ADMIN_INFO = Task("iam_admin_info", expectations.ARGUMENT_SPEC, _admin_info)


def run_module(task: Task) -> None:
    """Run a task as an Ansible module. Ends the process, as modules do.

    Its action keeps the handover: it hands in what that holds, takes back what is to be kept, as `kept` of the result,
    and runs the module again where the task `goes_on`.
    """
    module = AnsibleAWSModule(argument_spec=task.argument_spec, supports_check_mode=True)
    packed = (module.params.get("handover") or {}).get("kept")
    handover = Carried(Kept.unpack(packed)) if packed else None
    result = task.run(module.params, module.check_mode, handover)
    result = remove_values(hide_secrets(task, module.params, result, module.no_log_values), module.no_log_values)
    if handover and handover.waits:
        # Of what is kept nothing may be blanked that is equal to a secret option
        result["kept"] = handover.kept.pack()
        module.no_log_values.clear()
    if result.get("failed"):
        module.fail_json(**result)
    module.exit_json(**result)


def hide_secrets(
    task: Task, params: Mapping[str, Any], result: Mapping[str, Any], no_log_values: set[str]
) -> dict[str, Any]:
    """Return the result with the options it came from, without their secrets.

    Ansible blanks a secret wherever it occurs, and six digits can occur in an account id: codes, which no result
    holds, are taken out of `no_log_values`.
    """
    no_log_values.difference_update([*(params.get("codes") or ()), params.get("code")])
    return {**result, "invocation": {"module_args": without_secrets(task.argument_spec, params)}}


def without_secrets(spec: Mapping[str, Any], params: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options of a task as they may be shown, those within others, too."""
    hidden: dict[str, Any] = {}
    for name, value in params.items():
        option = spec.get(name)
        is_nested = bool(option and "options" in option)
        if option and value and (option.get("no_log") or (is_nested and not isinstance(value, Mapping))):
            hidden[name] = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"
        elif option:
            hidden[name] = without_secrets(option["options"], value) if is_nested and value else value
    return hidden
