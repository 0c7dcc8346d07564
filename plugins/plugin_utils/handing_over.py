# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What people are told of a handover, and the QR code that they are shown."""

from __future__ import annotations

import io
import re
from pathlib import Path

from ansible.utils.display import Display

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.authenticator import qr_code
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, printable
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.names import replacement_number
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.virtual_mfa import enrolment

from .handover import Handover
from .terminal import Screen

_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# Its name, the question, which may take two, and the line of the answer
_ROWS_BESIDE = 4


def tell(account_name: str, sentence: str) -> None:
    """Say something of an account to whoever runs this."""
    Display().display(f"\n{account_name}: {printable(sentence)}")


def tell_qr_code(handover: Handover, device: str) -> None:
    """Say where to find the QR code to scan for a device."""
    if held := handover.read().credentials:
        path = handover.qr_code(device, held.user_name)
        tell(held.account_name, f"the QR code for the authenticator app is {path}")


def draw_qr_code_again(handover: Handover, device: str, screen: Screen | None) -> None:
    """Draw the QR code of the device that works; where none does, of the one that waits for codes, and say so."""
    kept, replaces = handover.read(), "replace_mfa.yml asks for them, and cancel_replacement.yml removes it."
    names = kept.credentials.names_of(device) if kept.credentials else []
    if len(names) > 1:
        works = f"this is the {device} that works; its replacement waits for its codes. {replaces}"
        tell(handover.folder.name, works)
    elif kept.is_enrolling(device) and replacement_number(names[0]) > 1:
        tell(handover.folder.name, f"this is the replacement of {device}, and waits for its codes. {replaces}")
    elif kept.is_enrolling(device):
        tell(handover.folder.name, f"this {device} is not enabled yet, and waits for its codes.")
    draw_qr_code(handover, device, screen, enabled=True)


def draw_qr_code(handover: Handover, device: str, screen: Screen | None, enabled: bool = False) -> None:
    """Draw the QR code of a device on the screen, and on nothing that is kept; raise AdminError where it cannot be.

    It is that of the newest device of the name, or the newest that is `enabled`, if any is. Where it does not fit, say
    how to see it.
    """
    kept, account = handover.read(), handover.folder.name
    seed = kept.newest_seed(device, enabled)
    if seed is None or kept.credentials is None:
        raise AdminError(
            f"{account}: the handover has no seed of {device}. It is kept with iam_admin_keep_seed or "
            "iam_admin_enrolment: totp, and AWS does not show it again: run replace_mfa.yml to get a new one."
        )
    if screen is None:
        raise AdminError(f"{account}: there is no terminal to draw a QR code on, and it is drawn nowhere else.")
    label, drawing = kept.label_of(device), io.StringIO()
    qr_code(enrolment(seed, label)["otpauth_uri"]).terminal(drawing, compact=True)
    lines = drawing.getvalue().splitlines()
    rows, columns = len(lines) + _ROWS_BESIDE, max(len(_COLOUR.sub("", line)) for line in lines)
    if rows > screen.rows or columns > screen.columns:
        path = handover.qr_code(device, kept.credentials.user_name)
        tell(
            kept.credentials.account_name,
            f"the QR code needs {rows} rows and {columns} columns, and this terminal has {screen.rows} and "
            f"{screen.columns}: {_to_open(path, handover.encrypts)}.",
        )
        return
    # With its name, in one piece: other accounts draw at the same time
    Display().display(f"{printable(label)}\n{drawing.getvalue()}", screen_only=True)


def _to_open(path: Path, is_encrypted: bool) -> str:
    if not path.exists():
        return "enlarge the terminal, and run playbooks/show_qr.yml"
    if is_encrypted:
        return f"run ansible-vault decrypt --output qr.png {path}, open qr.png, and delete it"
    return f"open {path}"


def tell_what_is_next(handover: Handover, as_root: bool) -> None:
    """Say where the administrator signs in, now that it can."""
    held = handover.read().credentials
    if held is None:
        return
    where = f"at {held.sign_in_url}" if held.sign_in_url else f"to the console of account {held.account_id}"
    opened = ", which ansible-vault view opens" if handover.encrypts else ""
    sign_out = (
        " This run worked as the root user: sign out of it now, in the browser, and with aws logout if you used aws "
        "login."
    )
    tell(
        held.account_name,
        f"sign in {where} as {held.user_name}, with the initial password in {handover.credentials}{opened}; the "
        f"playbook aws_profile writes a profile for aws login.{sign_out if as_root else ''}",
    )


def warnings_of(handover: Handover) -> list[str]:
    """Return what is wrong with files that were written, or moved; say which were encrypted."""
    account = handover.folder.name
    if handover.encrypted:
        files = ", ".join(map(str, handover.encrypted))
        tell(account, f"what lay there in plain text is encrypted now: {files}")
    moved = [
        f"{path} was moved aside and is not used: it was in plain text, which a run with a vault password does not "
        "write, and others can read it, so it may be theirs: look at it, and delete it."
        for path in handover.moved
    ]
    moved += [
        f"{path} was moved aside and is not used, as no vault password of this run opens it: delete it once its "
        "content is not needed any more."
        for path in handover.unopened
    ]
    held = handover.read().credentials if handover.was_written else None
    if handover.encrypts or held is None or not (held.mfa_seeds or held.initial_password):
        return moved
    not_encrypted = (
        f"The handover of {account} is not encrypted: set iam_admin_vault_password, or give --ask-vault-pass, and run "
        "the bootstrap again."
    )
    return [not_encrypted, *moved]
