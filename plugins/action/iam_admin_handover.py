# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import io
import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from ansible.utils.display import Display

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.authenticator import qr_code
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, printable
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.names import original_name
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

# Asked when ansible imports this plugin, in its parent process: workers have no terminal. What ansible-runner, or a job
# of CI, runs may have one that is recorded, with nobody at its keyboard
_RECORDED = any(os.environ.get(name) for name in ("AWX_ISOLATED_DATA_DIR", "CI"))
_SCREEN = sys.stdout.isatty() and os.isatty(0) and not _RECORDED


class ActionModule(ControllerAction):
    """See the documentation of iam_admin_handover. A state has the method of its name."""

    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]] = {
        "state": {
            "type": "str",
            "choices": [
                "present",
                "enrolment",
                "shown",
                "enrolled",
                "password",
                "password_set",
                "void_password",
                "announced",
                "absent",
            ],
            "required": True,
        },
        "directory": {"type": "path", "required": True},
        "account_id": {"type": "str"},
        "user_name": {"type": "str", "required": True},
        "user_id": {"type": "str"},
        "sign_in_url": {"type": "str"},
        "device_name": {"type": "str"},
        "vault_password": {"type": "str", "no_log": True},
        "seed": {"type": "str", "no_log": True},
        "serial_number": {"type": "str"},
        "enabled_devices": {"type": "list", "elements": "str", "default": []},
        "password": {"type": "str", "no_log": True},
        "renew": {"type": "bool", "default": False},
        "minimum_length": {"type": "int", "default": 0},
        "keep_seed": {"type": "bool", "default": False, "no_log": False},
        "has_password": {"type": "bool", "default": False, "no_log": False},
        "existed": {"type": "bool", "default": False},
        "adopt": {"type": "bool", "default": False},
        "caller_arn": {"type": "str", "default": ""},
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
        found = handover.read() if options["state"] == "absent" else handover.read_for(*_whose(options))
        if found and options["state"] != "absent" and not options["adopt"]:
            handover.refuse_stranger(found, options["user_id"], options["has_password"])
        if found is None and options["existed"]:
            handover.refuse_other_name(*_whose(options), {*task_vars["groups"]["all"]})
        result = getattr(self, f"_{options['state']}")(handover, self._credentials(found, options), options)
        return {**result, **self._warnings(handover, result.get("warnings", ()))}

    def _credentials(self, found: Credentials | None, options: Mapping[str, Any]) -> Credentials:
        account_id = options["account_id"] or (found and found.account_id) or ""
        sign_in_url = options["sign_in_url"] or (found and found.sign_in_url) or ""
        credentials = found or Credentials(self._account_name, account_id, options["user_name"], sign_in_url)
        adopts = options["adopt"] or (found is not None and found.knows_any_device)
        devices = [_name(serial_number) for serial_number in options["enabled_devices"]]
        return replace(credentials, sign_in_url=sign_in_url).of_user(options["user_id"], devices if adopts else ())

    def _present(self, handover: Handover, credentials: Credentials, options: Mapping[str, Any]) -> dict[str, Any]:
        device, qr_code = _device(handover, options)
        seeds = credentials.seeds_of(device)
        pending = bool(seeds) and qr_code in handover.qr_codes()
        changed = self._encrypted(handover)
        if self._task.check_mode:
            return {"changed": changed, "enrolment": pending}
        handover.open()
        if pending:
            self._show(qr_code, _label(credentials, device), seeds[-1])
        return {"changed": changed, "enrolment": pending}

    def _enrolment(self, handover: Handover, credentials: Credentials, options: Mapping[str, Any]) -> dict[str, Any]:
        if not self._task.check_mode:
            if not options["seed"] or not options["serial_number"]:
                raise AdminError("state: enrolment needs a seed and the serial_number that it is of.")
            device, qr_code = _device(handover, options)
            label = _label(credentials, device)
            made = enrolment(options["seed"], label)
            name = _name(options["serial_number"])
            with_seed = replace(
                credentials,
                mfa_seeds={**credentials.mfa_seeds, name: made["seed"]},
                mfa_devices=tuple(dict.fromkeys((*credentials.mfa_devices, name))),
                had_password=credentials.had_password
                or (options["has_password"] and credentials.initial_password is None),
            )
            handover.write_seed(with_seed, qr_code, base64.b64decode(made["qr_code_png"]))
            self._show(qr_code, label, made["seed"])
        return {"changed": True, "warnings": self._not_encrypted()}

    def _shown(self, handover: Handover, credentials: Credentials, options: Mapping[str, Any]) -> dict[str, Any]:
        device, _qr_code = _device(handover, options)
        seeds = credentials.seeds_of(device)
        if not seeds:
            raise AdminError(
                f"{self._account_name}: the handover has no seed of {device}. It is kept with iam_admin_keep_seed or "
                "iam_admin_enrolment: totp, and AWS does not tell it again: run replace_mfa.yml to have a new one."
            )
        if not _SCREEN:
            raise AdminError(
                f"{self._account_name}: there is no terminal to draw a QR code on, and it is drawn nowhere else."
            )
        self._draw(_label(credentials, device), seeds[-1])
        return {"changed": False}

    def _password(self, handover: Handover, credentials: Credentials, options: Mapping[str, Any]) -> dict[str, Any]:
        # One that may have been set without an answer is sent again, and one that AWS had is spent
        unsettled = credentials.previous_password or (credentials.unsent and not options["renew"])
        kept = credentials.initial_password if unsettled else None
        password = register_secret(options["password"] or kept or generate_password(options["minimum_length"]))
        another = options["renew"] or credentials.initial_password != password
        previous = credentials.previous_password or (credentials.initial_password if another else None)
        # Another one is in AWS where it is renewed
        unsent = not options["renew"]
        wanted = replace(credentials, initial_password=password, previous_password=previous, unsent=unsent)
        if self._task.check_mode:
            return {"changed": handover.read() != wanted, "password": password}
        return {"changed": handover.write(wanted), "password": password, "warnings": self._not_encrypted()}

    def _password_set(self, handover: Handover, credentials: Credentials, _options: Any) -> dict[str, Any]:
        return self._settle(handover, replace(credentials, previous_password=None))

    def _void_password(self, handover: Handover, credentials: Credentials, _options: Any) -> dict[str, Any]:
        previous = credentials.previous_password
        return self._settle(handover, replace(credentials, initial_password=previous, previous_password=None))

    def _settle(self, handover: Handover, credentials: Credentials) -> dict[str, Any]:
        """Keep what is known of the password now that it was sent."""
        if self._task.check_mode:
            return {"changed": False}
        return {"changed": handover.write(replace(credentials, unsent=False))}

    def _enrolled(self, handover: Handover, credentials: Credentials, options: Mapping[str, Any]) -> dict[str, Any]:
        enabled = [_name(serial_number) for serial_number in options["enabled_devices"]]
        changed = self._encrypted(handover)
        kept = credentials if handover.read() else None
        of_no_use = (enabled, options["keep_seed"], options["has_password"], self._task.check_mode)
        changed = handover.forget_enrolment(kept, *of_no_use) or changed
        known = {original_name(name).lower() for name in enabled}
        replacements = [name for name in credentials.pending(enabled) if original_name(name).lower() in known]
        warnings = [
            f"{self._account_name}: {name} was to replace a lost MFA device, and is not enabled yet: run "
            "replace_mfa.yml again."
            for name in replacements
        ]
        return {"changed": changed, "warnings": warnings}

    def _announced(self, handover: Handover, credentials: Credentials, options: Mapping[str, Any]) -> dict[str, Any]:
        # There is none where an error before this was ignored
        if credentials.initial_password and not self._task.check_mode:
            self._say_what_is_next(handover, credentials, as_root=options["caller_arn"].endswith(":root"))
        return {"changed": False}

    def _absent(self, handover: Handover, _credentials: Credentials, options: Mapping[str, Any]) -> dict[str, Any]:
        found = handover.read()
        if found is None or (found.account_id, found.user_name) != _whose(options):
            return {"changed": False}  # what is another's is not ours to remove
        if not self._task.check_mode:
            handover.remove()
        return {"changed": True}

    def _encrypted(self, handover: Handover) -> bool:
        """Encrypt what lies there in plain text, and say so; return whether that, or check mode's forecast, changes."""
        if self._task.check_mode:
            return bool(handover.bare_files())
        encrypted = handover.encrypt()
        if encrypted:
            self._say(f"what lay there in plain text is encrypted now: {', '.join(map(str, encrypted))}")
        return bool(encrypted or handover.moved)

    def _not_encrypted(self) -> list[str]:
        if self._vault.encrypts:
            return []
        return [
            f"The handover of {self._account_name} is not encrypted: set iam_admin_vault_password, or give --vault-id, "
            "and run the bootstrap again."
        ]

    @staticmethod
    def _warnings(handover: Handover, more: Iterable[str]) -> dict[str, Any]:
        moved = [
            f"{path} was moved aside and is not used: it was in plain text, which a run with a vault password does not "
            "write, and others can read it, so it may be theirs: look at it, and delete it."
            for path in handover.moved
        ]
        warnings = [*more, *moved]
        return {"warnings": warnings} if warnings else {}

    def _show(self, qr_code: Path, label: str, seed: str) -> None:
        """Draw the QR code on the screen, and on nothing that is kept; say where its file is."""
        if self._computes:
            return
        self._say(f"scan this QR code with the authenticator app: {qr_code}")
        if _SCREEN:
            self._draw(label, seed)

    @staticmethod
    def _draw(label: str, seed: str) -> None:
        drawing = io.StringIO()
        qr_code(enrolment(seed, label)["otpauth_uri"]).terminal(drawing, compact=True)
        # With its name, in one piece: other accounts draw at the same time
        Display().display(f"{printable(label)}\n{drawing.getvalue()}", screen_only=True)

    def _say_what_is_next(self, handover: Handover, credentials: Credentials, as_root: bool) -> None:
        self._say(
            f"sign in at {credentials.sign_in_url} as {credentials.user_name}, with the initial password in "
            f"{handover.credentials}; the playbook aws_profile writes a profile for aws login."
        )
        if as_root:
            self._say(
                "this run worked as the root user: sign out of it now, in the browser, and by aws logout where you "
                "used aws login."
            )

    def _say(self, sentence: str) -> None:
        Display().display(f"\n{self._account_name}: {printable(sentence)}")


def _device(handover: Handover, options: Mapping[str, Any]) -> tuple[str, Path]:
    """Return the device's name, and the file of its QR code."""
    device = options["device_name"] or options["user_name"]
    return device, handover.qr_code(None if device == options["user_name"] else device)


def _whose(options: Mapping[str, Any]) -> tuple[str | None, str]:
    return options["account_id"], options["user_name"]


def _name(serial_number: str) -> str:
    return serial_number.rpartition("/")[2]


def _label(credentials: Credentials, device: str) -> str:
    """Return how the app shows it: accounts with one user name, and devices of one user, must be told apart."""
    which = "" if device == credentials.user_name else f" {device}"
    return f"AWS {credentials.account_name}: {credentials.user_name}@{credentials.account_id}{which}"
