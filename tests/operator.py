# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A person at a terminal with an authenticator app: reads QR codes, and types codes at the prompts."""

from __future__ import annotations

import io
import itertools
import os
import re
import signal
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import TextIO

import pexpect
import pyotp
import pyte
import zxingcpp
from pexpect.fdpexpect import fdspawn
from PIL import Image

from tests.processes import PROJECT, Process, Start, Starter, new_process

QUESTION = re.compile(r"(MFA codes|Next MFA code|Fresh MFA code) for ([^:\r\n]+):")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
# What ansible writes where an answer ends
_CLEARED = re.compile(r"\x1b\[\r\x1b\[\x1b\[K")


class Authenticator:
    """The app on the phone: knows an account once it has scanned its QR code (RFC 6238)."""

    def __init__(self) -> None:
        self._totp: dict[str, pyotp.TOTP] = {}
        self._latest: dict[str, int] = {}

    def scan(self, account: str, picture: Image.Image) -> str:
        """Read a QR code as a camera does; return what the app shows as the entry's name (`issuer: account`)."""
        totp = pyotp.parse_uri(read_qr_code(picture))
        assert isinstance(totp, pyotp.TOTP)
        self._totp[account] = totp
        return f"{totp.issuer}: {totp.name}"

    def codes(self, account: str) -> tuple[str, str]:
        """Return the code before, and the one that is shown now."""
        now = int(time.time())
        self._latest[account] = now
        return self._totp[account].at(now - 30), self._totp[account].at(now)

    def fresh_code(self, account: str) -> str:
        """Return a code later than those before. Nobody waits for it: the local AWS takes one that is early."""
        self._latest[account] = max(int(time.time()), self._latest.get(account, 0) + 30)
        return self._totp[account].at(self._latest[account])


def read_qr_code(picture: Image.Image) -> str:
    """Return the text of the one QR code in a picture: chance draws other kinds of codes into its squares."""
    (found,) = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormat.QRCode)
    return str(found.text)


def drawn_on(screen: str, account: str) -> Image.Image:
    """Return a picture of the QR code that was last drawn for an account.

    Where it has several devices, `account` is the account's name and the device's. The one of the user's name is drawn
    without one of its own.
    """
    name, _space, device = account.partition(" ")
    which = rf"(.* )?{re.escape(device)}(@\d+)?" if device else ".*"
    above = re.compile(rf"\nAWS {re.escape(name)}: {which}\r\n")
    *_earlier, drawn = above.finditer(screen)
    return picture_of(without_colours(screen[drawn.end() :]).splitlines())


def picture_of(lines: Sequence[str]) -> Image.Image:
    """Return a picture of the QR code that some lines begin with, in half blocks of light on dark."""
    rows = list(itertools.takewhile(lambda line: set(line) <= set(" ▀▄█"), lines))
    scale = 4
    picture = Image.new("1", (len(rows[0]) * scale, len(rows) * 2 * scale))
    for y, row in enumerate(rows):
        for x, cell in enumerate(row):
            for half, light in ((0, cell in "▀█"), (1, cell in "▄█")):
                box = (x * scale, (2 * y + half) * scale, (x + 1) * scale, (2 * y + half + 1) * scale)
                picture.paste(int(light), box)
    return picture


@dataclass
class Operator:
    """Somebody who runs playbooks in `directory`, on a terminal of their own.

    Scans QR codes from their files in the folder `handover`, doing what the screen says of one that is encrypted, or,
    with `from_screen`, as they are drawn on the terminal; `mistake` gets the codes that answer a question, and returns
    what is typed instead. `answers` are those to other questions. `starter` starts what is run, and `echo` shows it to
    somebody else, too.
    """

    directory: Path
    environment: Mapping[str, str]
    timeout: float = 120
    from_screen: bool = False
    handover: str = "handover"
    mistake: Callable[[list[str]], list[str]] = list
    answers: Mapping[str, str] = field(default_factory=dict)
    starter: Starter = new_process
    echo: TextIO | None = None
    rows: int = 60
    columns: int = 160

    def __post_init__(self) -> None:
        self.authenticator = Authenticator()
        self.asked: list[str] = []
        self.typed: list[str] = []
        self._terminals: list[Terminal] = []

    def bootstrap(self, *arguments: str, playbook: str = "bootstrap.yml", output: int | None = None) -> tuple[int, str]:
        """Run a playbook of the project and answer its questions.

        Returns its exit code, and what the terminal showed, without its colours.

        With `output`, a file descriptor, what it prints goes there, and the terminal shows the questions alone.
        """
        return self.follow([*ansible("playbook"), str(PROJECT / playbook), *arguments], output)

    def follow(self, command: Sequence[str], output: int | None = None) -> tuple[int, str]:
        """Run any command as `bootstrap` does."""
        with self.spawn(command, output) as terminal:
            self._terminals.append(terminal)
            while match := terminal.expect([pexpect.EOF, QUESTION, *self.answers]):
                asked = terminal.match.group(0)
                self.asked.append(asked)
                terminal.type(self._answer(*terminal.match.groups()) if match == 1 else self.answers[asked])
            return terminal.process.wait(self.timeout), without_colours(terminal.shown)

    @property
    def shown(self) -> str:
        """What there is when one scrolls back, with its colours."""
        return "".join(terminal.shown for terminal in self._terminals)

    @property
    def screen(self) -> list[str]:
        """The rows of the terminal as it stands now, without those that have scrolled away."""
        screen = pyte.Screen(self.columns, self.rows)
        pyte.Stream(screen).feed(self._terminals[-1].shown)
        return [row.rstrip() for row in screen.display]

    def pull_the_plug(self) -> None:
        """Kill the run that is on the terminal, every process of it, from another thread."""
        kill_tree(self._terminals[-1].process.pid)

    def spawn(self, command: Sequence[str], output: int | None = None, keyboard: int | None = None) -> Terminal:
        """Start a command on a new pseudo-terminal, where its output, or input, is no other file descriptor."""
        ours, theirs = os.openpty()
        termios.tcsetwinsize(theirs, (self.rows, self.columns))
        shown = theirs if output is None else output
        files = (theirs if keyboard is None else keyboard, shown, shown)
        try:
            process = self.starter(self._start(command, files, terminal=keyboard is None))
            return Terminal(process, ours, self.timeout, self.echo)
        finally:
            os.close(theirs)

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command without any terminal, and return what it printed."""
        with Path(os.devnull).open() as nothing, TemporaryFile("w+") as output:
            files = (nothing.fileno(), output.fileno(), output.fileno())
            process = self.starter(self._start(command, files))
            try:
                code = process.wait(self.timeout)
            finally:
                kill_tree(process.pid)
            output.seek(0)
            return subprocess.CompletedProcess(command, code, output.read())

    def _start(self, command: Sequence[str], files: tuple[int, int, int], terminal: bool = False) -> Start:
        environment = clean_environment(self.environment)
        return Start(command, self.directory, environment, files, terminal)

    def _answer(self, which: str, device: str) -> str:
        """Return the answer to a question about a device, as it is called there."""
        if which == "MFA codes":
            if picture := self._qr_code(device):
                self.authenticator.scan(device, picture)
            codes = [*self.authenticator.codes(device)]
        else:
            codes = [self.authenticator.fresh_code(device)]
        codes = self.mistake(codes)
        self.typed += codes
        return " ".join(codes)

    def _qr_code(self, account: str) -> Image.Image | None:
        """Return what is there to be scanned; nothing is for a device that is on the phone already."""
        if self.from_screen:
            return drawn_on(self.shown, account)
        name, _space, device = account.partition(" ")
        files = [*(self.directory / self.handover / name).glob(f"mfa-qr*{device}.png")]
        if files and files[0].read_bytes().startswith(b"$ANSIBLE_VAULT"):
            return self._decrypted()
        return Image.open(files[0]) if files else None

    def _decrypted(self) -> Image.Image:
        """Do what the screen says of a picture that is encrypted."""
        *_earlier, arguments = re.findall(r"run ansible-vault (decrypt --output qr\.png \S+),", self.shown)
        with self.spawn([*ansible("vault"), *arguments.split()]) as terminal:
            terminal.expect("Vault password: ")
            terminal.type(self.answers["Vault password: "])
            terminal.expect(pexpect.EOF)
        picture = Image.open(io.BytesIO((self.directory / "qr.png").read_bytes()))
        (self.directory / "qr.png").unlink()
        return picture


class Terminal(fdspawn):
    """A pseudo-terminal with a command on it; what it shows is kept. Leaving the context ends what still runs.

    Not pexpect.spawn, which forks in Python: this process has threads, and a lock that one holds would stay locked.
    """

    def __init__(self, process: Process, terminal: int, timeout: float, echo: TextIO | None) -> None:
        self.process = process
        super().__init__(terminal, encoding="utf-8", timeout=timeout)
        self.logfile_read = _Shown(echo)

    def __exit__(self, *_exception: object) -> None:
        kill_tree(self.process.pid)
        self.process.wait()
        self.close()

    def type(self, answer: str) -> None:
        """Type a line, once whoever asks listens: a task's question forgets what was typed before."""
        ends = time.monotonic() + 1
        while self._is_of_a_line() and time.monotonic() < ends:
            time.sleep(0.01)
        if self._is_of_a_line():
            self.sendline(answer)
            return
        time.sleep(0.1)
        self.sendline(answer)

    def _is_of_a_line(self) -> bool:
        """Whether the terminal hands over whole lines, as for ansible's own questions before a play."""
        return bool(termios.tcgetattr(self.child_fd)[3] & termios.ICANON)

    @property
    def shown(self) -> str:
        """All that the terminal has shown so far."""
        return str(self.logfile_read.getvalue())


class _Shown(io.StringIO):
    """Keeps what a terminal shows, and shows it to somebody else, too."""

    def __init__(self, echo: TextIO | None) -> None:
        super().__init__()
        self._echo = echo

    def write(self, text: str, /) -> int:
        if self._echo:
            self._echo.write(_CLEARED.sub("", text).replace("\r\n", "\n"))
            self._echo.flush()
        return super().write(text)


def without_colours(shown: str) -> str:
    """Return what a terminal has shown without the sequences that colour it."""
    return _COLOUR.sub("", shown)


def ansible(name: str) -> list[str]:
    """Return the command of ansible-<name> in this Python's environment."""
    return [str(Path(sys.executable).with_name(f"ansible-{name}"))]


def clean_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Return this process's environment without any trace of AWS, Ansible or CI, and with what is given.

    What it has of a home is the folder of the AWS config file, so that nothing is left in that of whoever runs this.
    """
    kept = {
        name: value for name, value in os.environ.items() if name != "CI" and not name.startswith(("AWS_", "ANSIBLE_"))
    }
    return {
        **kept,
        "TERM": "xterm",
        "HOME": str(Path(environment["AWS_CONFIG_FILE"]).parent),
        "ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"),
        **environment,
    }


def kill_tree(pid: int) -> None:
    """Kill a process and all that descend from it: ansible's workers have sessions of their own."""
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGSTOP)  # else it may see its children die, and end by itself
    for child in _children(pid):
        kill_tree(child)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def _children(pid: int) -> list[int]:
    found: list[str] = []
    with suppress(FileNotFoundError):  # it has ended itself
        for task in Path(f"/proc/{pid}/task").iterdir():
            with suppress(FileNotFoundError, ProcessLookupError):  # a thread that has ended since it was listed
                found += (task / "children").read_text().split()
    return [int(child) for child in found]
