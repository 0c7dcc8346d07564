# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The terminal of whoever runs this: what fits on it, and questions that a task asks there."""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from ansible.errors import AnsiblePromptInterrupt, AnsiblePromptNoninteractive
from ansible.module_utils.common.text.converters import to_text
from ansible.utils.display import Display

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError

from .vault import Vault

# How often a question that was answered wrongly is asked
MOST_ATTEMPTS = 3
_MOST_SIGNALS = 5
_UNTIL_ENDED = 2  # seconds
# What ansible-runner, or a job of CI, runs may have a terminal that is recorded, with nobody at its keyboard
_RECORDERS = ("AWX_ISOLATED_DATA_DIR", "CI")


@dataclass(frozen=True)
class Screen:
    """What somebody sees who can scan a QR code."""

    rows: int
    columns: int

    @classmethod
    def found(cls) -> Screen | None:
        """Return this process's, None for none. An action asks when ansible imports it, as workers have none."""
        is_recorded = any(os.environ.get(name) for name in _RECORDERS)
        if is_recorded or not (sys.stdout.isatty() and os.isatty(0)):
            return None
        size = os.get_terminal_size(sys.stdout.fileno())
        return cls(size.lines, size.columns)


def ask(question: str, private: bool = False) -> str | None:
    """Return the answer to a question, None where there is no terminal.

    An interruption ends the run, as it does at any other moment, and raises AdminError. It is for workers only.
    With `private` nobody sees what is typed.
    """
    try:
        return to_text(Display().prompt_until(question, private=private)).strip()
    except AnsiblePromptNoninteractive:
        return None
    except AnsiblePromptInterrupt as error:
        # Ansible itself would go on to the next question. It may lose one signal, and ends this worker when it has not
        for _signal in range(_MOST_SIGNALS):
            os.kill(os.getppid(), signal.SIGINT)
            time.sleep(_UNTIL_ENDED)
        raise AdminError("It was interrupted at a question.") from error


def refused_vault_password(vault: Vault, locked: Path | None) -> str | None:
    """Have the vault password typed again; return the sentence that refuses it, None for the same one, or no terminal.

    `locked` is a handover that it does not open, where there is one. See ask.
    """
    is_new = "No handover was encrypted with this vault password before"
    opens_not = f"This vault password does not open {locked}: to correct it press Ctrl-C and run again"
    question = f"{opens_not if locked else is_new}. Type it once more, to use it:"
    for _attempt in range(MOST_ATTEMPTS):
        again = ask(question, private=True)
        if again is None or vault.is_encrypted_with(again):
            return None
        Display().display("\nThat is not what was typed at the start.")
    return "The vault password differs from the one at the start, so nothing was written: run again."
