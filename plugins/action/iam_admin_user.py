# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.names import is_passkey
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_ADMIN_USER
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handing_over import tell, tell_what_is_next
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import Handover
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.in_process import AwsActionModule


class ActionModule(AwsActionModule):
    """See the documentation of iam_admin_user."""

    TASK = IAM_ADMIN_USER

    def run_task(
        self,
        args: Mapping[str, Any],
        of_action: Mapping[str, Any],
        handover: Handover | None,
        task_vars: Mapping[str, Any],
    ) -> dict[str, Any]:
        """Run it, and say where to sign in once there is a password that the handover keeps."""
        result = super().run_task(args, of_action, handover, task_vars)
        if handover and not self.check_mode and _has_set_password(result):
            tell_what_is_next(handover, as_root=result["caller_arn"].endswith(":root"))
        if handover and not self.check_mode and _has_removed(result):
            tell(handover.folder.name, f"{args['name']} is removed: delete its entries in the authenticator app.")
        if handover and self._handover_options(args)["keep_seed"] and _has_only_devices(result) and handover.is_lost:
            lost = (
                f"{handover.credentials} is gone, and with it any seed of {result['user']['user_name']}'s MFA devices: "
                "restore it from a backup, or run replace_mfa.yml with iam_admin_adopt: true."
            )
            result["warnings"] = [*result.get("warnings", ()), lost]
        return result


def _has_only_devices(result: Mapping[str, Any]) -> bool:
    """Whether all of the user's MFA devices are enabled, so that no task of this run makes another seed."""
    if result.get("failed") or not result["user"] or result["pending_mfa_devices"]:
        return False
    return not all(map(is_passkey, result["user"]["mfa_devices"]))


def _has_removed(result: Mapping[str, Any]) -> bool:
    return not result.get("failed") and result["user"] is None and bool(result["diff"]["before"].get("user"))


def _has_set_password(result: Mapping[str, Any]) -> bool:
    if result.get("failed"):
        return False
    password = result["diff"]["after"].get("console_password")
    return bool(password) and password["set"] == "by this run"
