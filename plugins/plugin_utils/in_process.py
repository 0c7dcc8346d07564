# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Runs a module's logic inside ansible's worker, where that is the same as running the module, only faster."""

from __future__ import annotations

import copy
import gc
import os
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, ClassVar, Self

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError
from ansible.module_utils.parsing.convert_bool import boolean
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import test_loader
from ansible.utils.display import Display

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import (
    AdminError,
    printable,
    with_plain_types,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.kept import HANDOVER_SPEC, Kept
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import Task, hide_secrets
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.secrets import remove_values
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.session import HAS_BOTOCORE, preload
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.action import (
    given_once,
    handover_of,
    in_one_sentence,
    refuse_valueless,
    refusing_of,
    result_of,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handing_over import warnings_of
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import Handover
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.survey import Connections, survey
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.variables import Variables

# Ansible imports an action in its parent process: the workers that it forks find all of this loaded. What is loaded
# stays out of their garbage collector, and so in memory that they share.
if HAS_BOTOCORE:
    preload()
    test_loader.get("ansible.builtin.exists")
    gc.collect()
    gc.freeze()


# Objects: by Python's own threshold, collecting garbage would take a fifth of a survey
_COLLECTED_AFTER = 50_000
_GROUP = "group/landing_zone.aws_admin.aws"


def _collect_rarely() -> None:
    """Spare a worker the garbage collector: every page of memory that it touches is copied from the parent.

    What a survey has read of an account is given back.
    """
    gc.freeze()
    gc.set_threshold(_COLLECTED_AFTER, 1, 1)


def _merged(levels: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    return {name: value for level in levels for name, value in level.items()}


def _read(handover: Handover, user_name: str) -> Kept:
    """Return all that a module may ask of the handover, as it may ask for nothing: then it matters to nobody."""
    try:
        return replace(handover.read(), elsewhere=handover.elsewhere(user_name))
    except AdminError as error:
        is_left_over = handover.is_left_over()
        return Kept(str(handover.credentials), handover.folder.name, is_left_over=is_left_over, unusable=str(error))


def _write(handover: Handover, kept: Kept) -> None:
    try:
        handover.write(kept)
    except AdminError as error:
        error.changed = True  # AWS was
        raise


def _without_kept(result: dict[str, Any]) -> dict[str, Any]:
    """Return a result without what only a module is told of the handover."""
    shown = result.get("invocation", {}).get("module_args", {})
    if "handover" not in shown:
        return result
    handover = {name: value for name, value in shown["handover"].items() if name not in ("kept", "vault_password")}
    return {**result, "invocation": {"module_args": {**shown, "handover": handover}}}


class AwsActionModule(ActionBase):
    """The action beside a module of the same name. TASK is what both run; it may have options of its own."""

    TASK: ClassVar[Task]
    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {}
    SURVEY_SPEC: ClassVar[Mapping[str, Any]] = {}
    _supports_async = True
    # What a survey connects with
    _surveys_by: Callable[..., Any] | None = None

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """See ActionBase."""
        super().run(tmp, task_vars)
        return in_one_sentence(lambda: self._run_given(task_vars or {}))

    def _run_given(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        given = given_once(self, {**self.TASK.argument_spec, **self.ARGUMENT_SPEC, **self.SURVEY_SPEC})
        if "survey" in self.SURVEY_SPEC and "survey" in given:
            return self._survey(given, task_vars)
        return self._run_args(self.with_all_defaults(given), task_vars)

    def _survey(self, given: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        # All else is what the play says by default, which each host has in its own words
        own = {name: value for name, value in given.items() if name in self.SURVEY_SPEC}
        options, _secrets = self.validated(self.SURVEY_SPEC, own)
        accounts = survey(self, options, task_vars)
        warnings = [said for account in accounts.values() for said in account.pop("warnings", ())]
        return {"changed": False, "accounts": accounts, **({"warnings": warnings} if warnings else {})}

    def for_host(self, variables: Variables, connect: Callable[..., Any]) -> Self:
        """Return this action as one of a survey runs it for another host: it changes nothing."""
        one = copy.copy(self)
        one._templar, one._surveys_by = variables.templar, connect
        return one

    def surveyor(
        self, variables: Variables, connect: Callable[..., Any], options: Mapping[str, Any]
    ) -> Callable[[], dict[str, Any] | None]:
        """Return what reads a host in a survey with these `options`; raise AnsibleError where it cannot be told.

        That returns None where the host needs a task of its own.
        """
        if sentence := self._refused_by_role(variables):
            return lambda: {"failed": True, "msg": sentence}
        one = self.for_host(variables, connect)
        return partial(one.surveyed, one.options_of(options["survey"], variables), variables.raw)

    @cached_property
    def _refused_by_role(self) -> Callable[[Variables], str | None]:
        return refusing_of(self)

    def options_of(self, named_in: Collection[str], variables: Variables) -> Mapping[str, Any]:
        """Return the options whose variables are named, by option, in these; with what the play says by default."""
        told = variables.options({name: name for name in named_in})
        if missing := [name for name in named_in if name not in told]:
            # Without what it says of the connection another account would be read
            raise AnsibleError(f"There is no variable {missing[0]}: correct the name, or set it.")
        return self.with_all_defaults(variables.options(_merged(told.values())))

    def look_anew(self) -> None:
        """Have the next reading of a survey be another one."""
        if isinstance(self._surveys_by, Connections):
            self._surveys_by.forget()

    @property
    def check_mode(self) -> bool:
        """Whether this only says what it would change."""
        return bool(self._surveys_by or self._task.check_mode)

    def surveyed(self, args: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Return the result for one host of a survey, which shows its warnings; a failure is a result, too."""
        try:
            result = result_of(lambda: self._run_args(args, task_vars))
        except AnsibleError as error:
            result = {"failed": True, "msg": printable(str(error))}
        result.pop("invocation", None)
        return result

    def _run_args(self, args: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        refuse_valueless({**self.TASK.argument_spec, **self.ARGUMENT_SPEC}, args)
        self._keep_secrets_out_of_job_files(args)
        own = {name: value for name, value in args.items() if name in self.ARGUMENT_SPEC}
        of_action, _secrets = self.validated(self.ARGUMENT_SPEC, own)
        of_module = {name: value for name, value in args.items() if name not in self.ARGUMENT_SPEC}
        handover = self._handover(of_module, task_vars)
        result = self.run_task(of_module, of_action, handover, task_vars)
        if handover is None:
            return result
        more = warnings_of(handover)
        warnings = {"warnings": [*result.get("warnings", ()), *more]} if more else {}
        return {**_without_kept(result), **warnings}

    def _handover(self, args: Mapping[str, Any], task_vars: Mapping[str, Any]) -> Handover | None:
        if not args.get("handover"):
            return None
        return handover_of(self, self._handover_options(args), task_vars, task_vars["inventory_hostname"])

    def _handover_options(self, args: Mapping[str, Any]) -> dict[str, Any]:
        options, _secrets = self.validated({"handover": HANDOVER_SPEC}, {"handover": args["handover"]})
        return dict(options["handover"])

    def with_all_defaults(self, args: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a task's options with all that `module_defaults` around it say for the module and for its group.

        Ansible takes the innermost of each alone: what the role says of a connection would cancel what the play says,
        such as the account that it expects. And it merges them by their spelling.
        """
        levels, own_name = self._task.module_defaults or [], f"landing_zone.aws_admin.{self.TASK.module}"
        sources = sum(name in level for level in levels for name in (_GROUP, own_name))
        are_merged = sources == 1 and not self._surveys_by and args == self._without_aliases(args)
        if not sources or are_merged:
            return args  # ansible has merged them well
        of_group, of_module = (
            [self._templar.template(level[name]) for level in levels if name in level] for name in (_GROUP, own_name)
        )
        taken = _merged(of_group[-1:] + of_module[-1:])
        own = {name: value for name, value in args.items() if name not in taken or value != taken[name]}
        return _merged(map(self._without_aliases, [*of_group, *of_module, own]))

    def _without_aliases(self, options: Mapping[str, Any]) -> dict[str, Any]:
        """Return options by their own names: an alias that is farther away would win over a name that is nearer."""
        spec = self.TASK.argument_spec
        names = {alias: option for option, entry in spec.items() for alias in entry.get("aliases", ())}
        return {names.get(name, name): value for name, value in options.items()}

    def run_task(
        self,
        args: Mapping[str, Any],
        of_action: Mapping[str, Any],  # noqa: ARG002 for those that override this
        handover: Handover | None,
        task_vars: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Run TASK with these options, here or as a module, and return its result; raises AdminError.

        An action that has options of its own overrides this: `of_action` are those.
        """
        if not self.can_run_in_process(task_vars):
            return self._as_module(args, handover, task_vars)
        with self.surroundings():
            params, no_log_values = self.validated(self.TASK.argument_spec, args)
            # No result holds it, and it may be a word that one has
            no_log_values.discard((params.get("handover") or {}).get("vault_password"))
            result = self.TASK.run(params, self.check_mode, handover, self._surveys_by)
            return remove_values(hide_secrets(self.TASK, params, result, no_log_values), no_log_values)

    def _as_module(
        self, args: Mapping[str, Any], handover: Handover | None, task_vars: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Run the module; keep what it hands back, and run it again where it waited for that."""
        name = f"landing_zone.aws_admin.{self.TASK.module}"
        if handover is None:
            return self._execute_module(name, args, task_vars=task_vars, wrap_async=self._task.async_val)
        # The password of the vault stays here
        given = self._handover_options(args)
        options = {name: given[name] for name in ("directory", "keep_seed")}
        kept = _read(handover, str(args.get("name")))
        changed, before = False, None
        while True:
            carried = {**args, "handover": {**options, "kept": kept.pack()}}
            result = self._execute_module(name, carried, task_vars=task_vars)
            packed = result.pop("kept", None)
            if packed:
                kept = Kept.unpack(packed)
                _write(handover, kept)
            changed = changed or result.get("changed", False)
            before = result.get("diff", {}).get("before") if before is None else before
            if not result.pop("goes_on", False):
                break
            if packed is None:
                raise RuntimeError("it waits for what it has not handed over")
        if before is not None and "diff" in result:
            result["diff"]["before"] = before
        return {**result, "changed": changed}

    def _keep_secrets_out_of_job_files(self, args: Mapping[str, Any]) -> None:
        """Refuse what has a secret in the background.

        Ansible keeps the result in a file that all users can read, whatever `no_log` says, and the options in another
        one while the job runs.
        """
        if not self._task.async_val:
            return
        returned = self.TASK.returns_secret(args)
        if returned or args.get("handover") or self.TASK.is_given_secret(args):
            what = "returns" if returned else "hands over" if args.get("handover") else "is given"
            raise AnsibleActionFail(
                f"{self.TASK.module} {what} a secret here, and async would write it into a file: leave async out of "
                "the task."
            )

    def can_run_in_process(self, task_vars: Mapping[str, Any]) -> bool:
        """Whether this worker is the place, the user and the interpreter where the module would run."""
        if self._surveys_by:
            return True
        interpreter = self._templar.template(task_vars.get("ansible_python_interpreter", sys.executable))
        return (
            HAS_BOTOCORE
            and boolean(self._templar.template(task_vars.get("iam_admin_in_process", True)), strict=False)
            and self._connection.transport == "local"
            and not self._connection.become
            and not self._task.async_val
            and interpreter in (sys.executable, "auto", "auto_silent")
            # Network code may crash in a process that was forked on macOS
            and sys.platform != "darwin"
        )

    @contextmanager
    def surroundings(self) -> Iterator[None]:
        """Make this process what a module's would be; a survey does so once, for all its threads."""
        if self._surveys_by:
            yield
        else:
            _collect_rarely()
            with self._environment():
                yield

    @contextmanager
    def _environment(self) -> Iterator[None]:
        """Give this process the task's `environment:`, as a module's process would have it."""
        wanted: dict[str, Any] = {}
        self._compute_environment_string(wanted)
        before = dict(os.environ)
        os.environ.update({name: str(value) for name, value in wanted.items()})
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def validated(self, spec: Mapping[str, Any], args: Mapping[str, Any]) -> tuple[dict[str, Any], set[str]]:
        """Return the options as a module would see them, and the values among them that are secret.

        Raises AnsibleActionFail, in a module's words.
        """
        validation = ArgumentSpecValidator(spec).validate(args)
        secrets = set(validation._no_log_values)
        if validation.error_messages:
            message = validation.errors.msg
            if isinstance(validation.errors[0], UnsupportedError):
                message = f"Unsupported parameters for ({self._task.action}) module: {message}"
            raise AnsibleActionFail(with_plain_types(printable(remove_values(message, secrets))))
        for twice in validation._warnings:
            Display().warning(f"Both option {twice['option']} and its alias {twice['alias']} are set.")
        return validation.validated_parameters, secrets
