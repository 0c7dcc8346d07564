# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What there is of a screen, and how a question ends."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.errors import AnsiblePromptInterrupt, AnsiblePromptNoninteractive
from ansible.utils.display import Display

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils import terminal
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.codes import asked_codes
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.terminal import (
    Screen,
    ask,
    refused_vault_password,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.vault import Vault


@pytest.mark.parametrize(
    ("terminals", "variable", "there"),
    [
        ((True, True), "VOID", True),
        ((False, True), "VOID", False),
        ((True, False), "VOID", False),
        ((True, True), "CI", False),
        ((True, True), "AWX_ISOLATED_DATA_DIR", False),
    ],
)
def test_there_is_a_screen_where_somebody_looks_at_it(
    monkeypatch: pytest.MonkeyPatch, terminals: tuple[bool, bool], variable: str, there: bool
) -> None:
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setenv(variable, "true")
    output, keyboard = terminals
    monkeypatch.setattr(terminal.sys, "stdout", SimpleNamespace(isatty=lambda: output, fileno=lambda: 7))
    monkeypatch.setattr(terminal.os, "isatty", lambda descriptor: keyboard and descriptor == 0)
    sizes = {7: os.terminal_size((80, 24))}
    monkeypatch.setattr(terminal.os, "get_terminal_size", lambda descriptor: sizes[descriptor])
    assert Screen.found() == (Screen(rows=24, columns=80) if there else None)


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[tuple[str, bool]]]:
    """Return what makes ansible's questions have these answers, or raise; it notes what was asked."""

    def prepare(*given: bytes | Exception) -> list[tuple[str, bool]]:
        asked: list[tuple[str, bool]] = []
        left = iter(given)

        def prompt(_display: Any, question: str, private: bool) -> bytes:
            asked.append((question, private))
            answer = next(left)
            if isinstance(answer, Exception):
                raise answer
            return answer

        monkeypatch.setattr(Display, "prompt_until", prompt)
        return asked

    return prepare


@pytest.mark.parametrize("private", [False, True])
def test_an_answer_is_what_was_typed(answers: Callable[..., list[Any]], private: bool) -> None:
    asked = answers(b" yes\t")
    assert ask("Is it?", private) == "yes"
    assert asked == [("Is it?", private)]


def test_without_a_terminal_there_is_none(answers: Callable[..., list[Any]]) -> None:
    answers(AnsiblePromptNoninteractive("no"))
    assert ask("Is it?") is None


def test_an_interruption_ends_the_run(answers: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    killed: list[tuple[int, int]] = []
    monkeypatch.setattr(terminal.os, "kill", lambda *given: killed.append(given))
    waited: list[float] = []
    monkeypatch.setattr(terminal.time, "sleep", waited.append)
    monkeypatch.setattr(terminal.os, "getppid", lambda: 4711)
    answers(AnsiblePromptInterrupt("user interrupt"))
    with pytest.raises(AdminError, match=r"^It was interrupted at a question\.$"):
        ask("Is it?")
    # Until it is ended, as ansible may lose a signal
    assert killed == [(4711, signal.SIGINT)] * 5
    assert waited == [2] * 5


BOTH = "MFA codes for production: type two in a row, with a space between. Press Enter to leave it for later."
NEXT = "Next MFA code for production:"


@pytest.mark.parametrize(
    ("given", "codes", "questions"),
    [
        ((b"123456 654321",), ["123456", "654321"], [BOTH]),
        ((b"123 456, 654 321",), ["123456", "654321"], [BOTH]),
        ((b"123456", b"654321"), ["123456", "654321"], [BOTH, NEXT]),
        ((b"123 456", b"654 321"), ["123456", "654321"], [BOTH, NEXT]),
        ((b"123456", b""), ["123456"], [BOTH, NEXT]),
        ((b"123456", AnsiblePromptNoninteractive("no")), ["123456"], [BOTH, NEXT]),
        ((b"1 2 3",), ["1", "2", "3"], [BOTH]),
        ((b"",), [], [BOTH]),
        ((AnsiblePromptNoninteractive("no"),), [], [BOTH]),
    ],
)
def test_both_codes_are_typed_at_once_or_one_after_the_other(
    answers: Callable[..., list[Any]], given: tuple[Any, ...], codes: list[str], questions: list[str]
) -> None:
    asked = answers(*given)
    assert asked_codes("production") == codes
    assert asked == [(question, True) for question in questions]


# A vault password that is typed again

NEW = "No handover was encrypted with this vault password before. Type it once more, to use it:"
LOCKED = (
    "This vault password does not open handover/general: to correct it press Ctrl-C and run again. Type it once more, "
    "to use it:"
)
TWO_WAYS = "The vault password differs from the one at the start, so nothing was written: run again."
OTHER = "\nThat is not what was typed at the start."


@pytest.mark.parametrize(
    ("given", "refused", "times"),
    [
        ([b"given"], None, 1),
        ([b"other", b"given"], None, 2),
        ([b"other", b"", b"given"], None, 3),
        ([b"other", b"another", b"third"], TWO_WAYS, 3),
        ([AnsiblePromptNoninteractive()], None, 1),
    ],
    ids=["the same", "at the second time", "at the third time", "never", "nobody"],
)
def test_a_vault_password_is_typed_again_three_times_at_most(
    monkeypatch: pytest.MonkeyPatch,
    answers: Callable[..., list[tuple[str, bool]]],
    given: list[Any],
    refused: str | None,
    times: int,
) -> None:
    said: list[str] = []
    monkeypatch.setattr(Display, "display", lambda _display, text, **_options: said.append(text))
    asked = answers(*given)
    assert refused_vault_password(Vault([], "given"), None) == refused
    assert asked == [(NEW, True)] * times
    wrong = times if refused else times - 1
    assert said == [OTHER] * wrong


def test_a_handover_that_the_vault_password_does_not_open_is_named(
    answers: Callable[..., list[tuple[str, bool]]],
) -> None:
    asked = answers(b"given")
    assert refused_vault_password(Vault([], "given"), Path("handover/general")) is None
    assert asked == [(LOCKED, True)]
