# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import io
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

import segno
from ansible.utils.display import Display

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.secrets import register_secret
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.virtual_mfa import enrolment
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.action import ControllerAction
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.guard import NOT_ENCRYPTED
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.handover import (
    Credentials,
    Handover,
    generate_password,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.vault import Vault

# Asked when ansible imports this plugin, in its parent process: workers have no terminal. What ansible-runner runs
# has one that it records
_SCREEN = sys.stdout.isatty() and "AWX_ISOLATED_DATA_DIR" not in os.environ


class ActionModule(ControllerAction):
    """See the documentation of iam_admin_handover."""

    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {
        "state": {
            "type": "str",
            "choices": ["present", "enrolment", "password", "void_password", "final"],
            "required": True,
        },
        "directory": {"type": "path", "required": True},
        "account_id": {"type": "str", "required": True},
        "user_name": {"type": "str", "required": True},
        "sign_in_url": {"type": "str", "required": True},
        "vault_password": {"type": "str", "no_log": True},
        "label": {"type": "str", "required": True},
        "seed": {"type": "str", "no_log": True},
        "password": {"type": "str", "no_log": True},
        "keep_seed": {"type": "bool", "default": False, "no_log": False},
        "announce": {"type": "bool", "default": False},
        "enrolment": {"type": "str", "choices": ["codes", "totp"], "default": "codes"},
    }

    def act(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Bring the handover of this host to the state that is asked for."""
        self._account_name = task_vars["inventory_hostname"]
        self._computes = options["enrolment"] == "totp"
        self._vault = Vault(self._loader._vault.secrets, options["vault_password"])
        if self._computes and not self._vault.encrypts:
            raise AdminError(NOT_ENCRYPTED)
        handover = Handover(options["directory"], self._account_name, self._vault)
        found = handover.read_for(options["account_id"], options["user_name"])
        credentials = found or Credentials(
            self._account_name, options["account_id"], options["user_name"], options["sign_in_url"]
        )
        credentials = replace(credentials, sign_in_url=options["sign_in_url"])
        match options["state"]:
            case "present":
                return self._look(handover, credentials, options["label"])
            case "enrolment":
                if not options["seed"] and not self._task.check_mode:
                    raise AdminError("state: enrolment needs a seed.")
                return self._keep_seed(handover, credentials, options["seed"], options["label"])
            case "password":
                return self._keep_password(handover, credentials, options["password"])
            case "void_password":
                changed = not self._task.check_mode and handover.write(replace(credentials, initial_password=None))
                return {"changed": changed}
            case _:
                return self._finish(handover, credentials, options["keep_seed"], options["announce"])

    def _look(self, handover: Handover, credentials: Credentials, label: str) -> dict[str, Any]:
        pending = bool(credentials.mfa_seed) and handover.qr_code.exists()
        if self._task.check_mode:
            return {"changed": bool(handover.bare_files()), "enrolment": pending}
        changed = handover.open()
        if credentials.mfa_seed and pending:
            self._show(handover, enrolment(credentials.mfa_seed, label)["otpauth_uri"])
        return {"changed": changed, "enrolment": pending}

    def _keep_seed(self, handover: Handover, credentials: Credentials, seed: str, label: str) -> dict[str, Any]:
        if not self._task.check_mode:
            made = enrolment(seed, label)
            handover.write(replace(credentials, mfa_seed=made["seed"]), base64.b64decode(made["qr_code_png"]))
            self._show(handover, made["otpauth_uri"])
        return {"changed": True, **self._warnings()}

    def _keep_password(self, handover: Handover, credentials: Credentials, password: str | None) -> dict[str, Any]:
        password = register_secret(password or credentials.initial_password or generate_password())
        wanted = replace(credentials, initial_password=password)
        if self._task.check_mode:
            return {"changed": handover.read() != wanted, "password": password}
        return {"changed": handover.write(wanted), "password": password, **self._warnings()}

    def _finish(self, handover: Handover, credentials: Credentials, keep_seed: bool, announce: bool) -> dict[str, Any]:
        if self._task.check_mode:
            return {"changed": handover.would_forget(keep_seed)}
        changed = handover.forget_enrolment(keep_seed)
        if announce:
            self._say(f"sign in as {credentials.user_name} with the initial password in {handover.credentials}")
        return {"changed": changed}

    def _warnings(self) -> dict[str, Any]:
        if self._vault.encrypts:
            return {}
        return {
            "warnings": [
                f"The handover of {self._account_name} is not encrypted: set iam_admin_vault_password, or give "
                "--vault-id, to have it encrypted."
            ]
        }

    def _show(self, handover: Handover, otpauth_uri: str) -> None:
        """Draw the QR code on the screen, and on nothing that is kept; say where its file is."""
        if self._computes:
            return
        self._say(f"scan this QR code with the authenticator app: {handover.qr_code}")
        if _SCREEN:
            drawing = io.StringIO()
            segno.make(otpauth_uri, micro=False).terminal(drawing, compact=True)
            # With its name, in one piece: other accounts draw at the same time
            Display().display(f"{self._account_name}\n{drawing.getvalue()}", screen_only=True)

    def _say(self, sentence: str) -> None:
        Display().display(f"\n{self._account_name}: {sentence}")
