# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import shlex
from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar

from ansible.module_utils.parsing.convert_bool import boolean
from ansible.utils.display import Display

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, printable
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.kept import device_of
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.names import (
    original_name,
    replacement_number,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_VIRTUAL_MFA
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.codes import asked_codes
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.enrolment import (
    ENROLMENT_SPEC,
    Enrolment,
    waiting,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handing_over import (
    draw_qr_code,
    tell,
    tell_qr_code,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import Handover
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.in_process import AwsActionModule
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.terminal import MOST_ATTEMPTS, Screen

_SCREEN = Screen.found()


class ActionModule(AwsActionModule):
    """See the documentation of iam_virtual_mfa."""

    TASK = IAM_VIRTUAL_MFA
    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {"enrolment": ENROLMENT_SPEC}

    def run_task(
        self,
        args: Mapping[str, Any],
        of_action: Mapping[str, Any],
        handover: Handover | None,
        task_vars: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Run it with the codes that the enrolment has, and show the QR code of a device that waits for them."""
        run = partial(super().run_task, of_action=of_action, handover=handover, task_vars=task_vars)
        enrolment = self._enrolment(args, of_action, handover, task_vars)
        if enrolment is None:
            result = run(args)
            if args.get("state") == "cancelled" and not self._task.check_mode:
                _tell_what_was_cancelled(result, task_vars["inventory_hostname"])
        elif args.get("state") == "resynced":
            result = self._resync(run, args, enrolment)
        elif args.get("state") == "enabled" and enrolment.computes and not _replaces(args):
            result = self._make_and_enable(run, args, enrolment)
        elif args.get("state") == "enabled":
            result = self._enable(run, args, enrolment)
        else:
            # A seed that is lost, and that no codes prove to be on somebody's phone, can only be made anew
            result = run({**args, "recreate_unassigned": enrolment.computes or not enrolment.has_codes})
            if _replaces(args) and result.get("status") == "enabled" and not self._task.check_mode:
                result = _with_earlier_replacement(result, enrolment, str(args.get("lost_device") or ""))
        if enrolment and not self._task.check_mode:
            _tell_of_older_entries(result, enrolment)
        device = str(args.get("device_name") or args["user_name"])
        is_made = args.get("state") in (None, "present") and not self._task.check_mode
        waits = is_made and result.get("status") == "pending"
        if handover and waits and handover.read().is_enrolling(device):
            _show(handover, device, enrolment)
        return result

    def _enrolment(
        self,
        args: Mapping[str, Any],
        of_action: Mapping[str, Any],
        handover: Handover | None,
        task_vars: Mapping[str, Any],
    ) -> Enrolment | None:
        options = of_action.get("enrolment")
        if options is None:
            return None
        if handover is None:
            raise AdminError("enrolment needs a handover, which has the seed that codes are checked against.")
        return Enrolment(
            options,
            handover,
            host=task_vars["inventory_hostname"],
            device=str(args.get("device_name") or args.get("user_name")),
            waiting=partial(waiting, task_vars),
        )

    def _make_and_enable(self, run: Any, args: Mapping[str, Any], enrolment: Enrolment) -> dict[str, Any]:
        """Enable the device at once, since nobody has to scan its QR code, and make it first where it is not there."""
        made = run({**args, "state": "present", "recreate_unassigned": True})
        if made.get("failed") or made["status"] == "enabled":
            return made
        try:
            enabled = self._enable(run, args, enrolment)
        except AdminError as error:
            error.changed = error.changed or made["changed"]
            raise
        if "diff" in enabled:
            enabled["diff"] = {
                "before": made["diff"]["before"],
                "after": {**made["diff"]["after"], **enabled["diff"]["after"]},
            }
        return {**enabled, "changed": enabled.get("changed", False) or made["changed"]}

    def _enable(self, run: Any, args: Mapping[str, Any], enrolment: Enrolment) -> dict[str, Any]:
        """Enable the device with its codes, unless there are none: then it stays pending, and check mode predicts."""
        check_mode, meant = self._task.check_mode, enrolment.newest
        if not check_mode and enrolment.may_ask:
            result = self._ask(run, args, enrolment)
        elif check_mode or enrolment.computes or enrolment.has_codes:
            result = _explained(run(self._with_codes(args, enrolment)), enrolment)
        else:
            result = None
        if result is None:
            return _left_pending(args, enrolment)
        if check_mode and _replaces(args):
            return {**result, "changed": True}  # it has not made the device that is to replace the other one
        if not result.get("failed") and _was_enabled(result):
            if _replaces(args) and meant != device_of(result["serial_number"]):
                raise AdminError(
                    f"{enrolment.host}: somebody else has cancelled the replacement of {enrolment.device} since this "
                    "run looked at it: run replace_mfa.yml again, if it is still lost."
                )
            raise AdminError(
                f"{enrolment.host}: somebody else has enabled the MFA device since this run looked at it, so the QR "
                "code in the handover is void: ask them, and move the handover away."
            )
        return result

    def _with_codes(self, args: Mapping[str, Any], enrolment: Enrolment) -> dict[str, Any]:
        """Add the codes that were given, or are computed, which uses them up, and so is not for check mode."""
        has_codes = not self._task.check_mode if enrolment.computes else enrolment.has_codes
        return {**args, **({"codes": list(enrolment.codes())} if has_codes else {})}

    def _resync(self, run: Any, args: Mapping[str, Any], enrolment: Enrolment) -> dict[str, Any]:
        """Bring the device back into step with codes that were given, or are asked for."""
        if self._task.check_mode or not enrolment.may_ask:
            return dict(run(self._with_codes(args, enrolment)))
        result = self._ask(run, args, enrolment)
        if result is None:
            raise AdminError(
                f"{enrolment.host}: no valid MFA codes were given; the device is still out of sync: run again."
            )
        return result

    def _ask(self, run: Any, args: Mapping[str, Any], enrolment: Enrolment) -> dict[str, Any] | None:
        """Show the QR code and ask for codes, again where they are refused; None where there are none in the end."""
        if _SCREEN and enrolment.is_to_be_scanned:
            draw_qr_code(enrolment.handover, enrolment.device, _SCREEN)
        for _attempt in range(MOST_ATTEMPTS):
            codes = asked_codes(enrolment.label)
            if not codes:
                return None
            try:
                result = _explained(run({**args, "codes": list(enrolment.fitting(codes))}), enrolment)
            except AdminError as error:
                refused = str(error)
            else:
                if not _are_refused(result):
                    return result
                refused = f"{enrolment.label}: {result['msg']}"
            Display().display(f"\n{printable(refused)}")
        return None


def _are_refused(result: Mapping[str, Any]) -> bool:
    return bool(result.get("error", {}).get("code") == "InvalidAuthenticationCode")


def _explained(result: dict[str, Any], enrolment: Enrolment) -> dict[str, Any]:
    """Say why AWS refuses codes that fit the QR code of the handover, and the way out."""
    if not _are_refused(result) or not enrolment.is_to_be_scanned:
        return result
    sentence = (
        "AWS refused codes that fit this QR code. If it refuses newer ones, too, another run has replaced the QR code: "
        f"rm {shlex.quote(str(enrolment.picture))}, and run again to get a new one."
    )
    return {**result, "msg": sentence}


def _show(handover: Handover, device: str, enrolment: Enrolment | None) -> None:
    """Show a QR code to scan, unless the task that asks for its codes will."""
    if _SCREEN is None or (enrolment and not enrolment.may_ask):
        tell_qr_code(handover, device)
    elif enrolment is None:
        draw_qr_code(handover, device, _SCREEN)


def _tell_of_older_entries(result: Mapping[str, Any], enrolment: Enrolment) -> None:
    """Say which entries in the authenticator app are void since this task."""
    if result.get("failed") or not result.get("changed"):
        return
    before, after = (result["diff"][moment] for moment in ("before", "after"))
    made = result["serial_number"]
    if before["devices"].get(made) == "pending" and "seed" in after and not enrolment.computes:
        tell(enrolment.host, f"{device_of(made)} was recreated: what was scanned for it before is void.")
    if "enabled" in before["devices"].values() and {*before["devices"]} - {*after["devices"]}:
        tell(
            enrolment.host,
            f"the new device {device_of(made)} works, and the old one is gone: delete its older entry in the app.",
        )


def _with_earlier_replacement(result: Mapping[str, Any], enrolment: Enrolment, lost: str) -> dict[str, Any]:
    """Add a warning that says why no replacement is begun."""
    device = device_of(result["serial_number"])
    is_named = 1 < replacement_number(lost) < replacement_number(device)
    when = f"has made {device}" if is_named else f"has made {device} within the last hour"
    warning = (
        f"{enrolment.host}: an earlier replacement of {enrolment.device} "
        f"{'is finished now' if result.get('changed') else when}. Where the phone that it was for is lost, too, run "
        f"again with -e iam_admin_lost_device={device}."
    )
    return {**result, "warnings": [*result.get("warnings", ()), warning]}


def _tell_what_was_cancelled(result: Mapping[str, Any], host: str) -> None:
    """Say which entry in the authenticator app is void, or that nothing was to be cancelled."""
    if result.get("failed"):
        return
    device = original_name(device_of(result["serial_number"]))
    if result["changed"]:
        tell(host, f"{device} is not replaced: delete its newer entry in the app, the older one works.")
    else:
        tell(host, f"no replacement of {device} was waiting for its codes, so nothing was cancelled.")


def _left_pending(args: Mapping[str, Any], enrolment: Enrolment) -> dict[str, Any]:
    if _replaces(args):
        raise AdminError(
            f"{enrolment.host}: no valid MFA codes of the new device were given, so the lost one stays in place: type "
            "them in another run on a terminal, or give them in iam_admin_mfa_codes. cancel_replacement.yml removes "
            "the new one."
        )
    tell(
        enrolment.host,
        "the account stays pending, as no valid MFA codes were given: type them in another run on a terminal, or "
        "give them in iam_admin_mfa_codes.",
    )
    return {"changed": False, "status": "pending"}


def _replaces(args: Mapping[str, Any]) -> bool:
    return bool(boolean(args.get("replace") or False, strict=False))


def _was_enabled(result: Mapping[str, Any]) -> bool:
    before = result["diff"]["before"]["devices"]
    return bool(before.get(result["serial_number"]) == "enabled")
