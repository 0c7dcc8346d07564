# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every byte that a run leaves anywhere is searched for every secret of it."""

from __future__ import annotations

import base64
import html
import json
import os
import re
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from tests.integration.conftest import Bootstrap
from tests.local_aws.calls import Answer, Call
from tests.operator import PROJECT, ansible

# And what they are called until they are whole
SECRET_FILES = ("credentials.yml", "mfa-qr.png", ".partial-")
LOG = "ansible.log"  # only grows, so that it is enough to search it in the end
EVERYTHING = {
    "ANSIBLE_LOG_PATH": LOG,
    "ANSIBLE_CACHE_PLUGIN": "ansible.builtin.jsonfile",
    "ANSIBLE_CACHE_PLUGIN_CONNECTION": "facts",
    "ANSIBLE_DISPLAY_TRACEBACK": "always",
}
OWN_PASSWORD = "Too-short-for-the-policy-1"


class Search:
    """What is looked for, and where it was found; `size` counts the bytes that were searched."""

    def __init__(self) -> None:
        self._secrets: dict[str, re.Pattern[bytes]] = {}
        self.found: set[str] = set()
        self.size = 0

    def add(self, name: str, secret: bytes) -> None:
        """Look for a secret, and for what it becomes in base64 and in a URL."""
        if secret.isdigit():
            # Six digits occur by chance within longer numbers
            self._secrets[name] = re.compile(rb"(?<![\d.])%s(?!\d)" % secret)
            return
        forms = {"": secret, " in base64": base64.b64encode(secret).rstrip(b"=")}
        in_url = quote(secret, safe="").encode()
        if in_url != secret:
            forms[" in a URL"] = in_url
        for form, text in forms.items():
            self._secrets[name + form] = re.compile(re.escape(text))

    def bytes(self, place: str, data: bytes) -> None:
        """Search some bytes."""
        self.size += len(data)
        self.found |= {f"{name} in {place}" for name, secret in self._secrets.items() if secret.search(data)}

    def folder(self, folder: Path) -> None:
        """Search every file, but for those of the handover that are there to hold secrets."""
        for place, data in contents(folder).items():
            self.bytes(place, data)


def contents(folder: Path, *leave_out: str) -> dict[str, bytes]:
    """Return what all files hold, by their paths, but for the secret ones of the handover."""
    found = {}
    # Not rglob, which stumbles over a folder that goes meanwhile
    files = (Path(place, name) for place, _folders, names in os.walk(folder) for name in names)
    for file in files:
        with suppress(OSError):
            secret = "handover" in file.parts and file.name.startswith(SECRET_FILES)
            if file.is_file() and not secret and file.name not in leave_out:
                found[str(file.relative_to(folder))] = file.read_bytes()
    return found


class Watch(threading.Thread):
    """Keeps what is there only while a run lasts: the arguments of all processes, and the files of some folders."""

    def __init__(self, *folders: Path) -> None:
        super().__init__(daemon=True)
        self.seen: set[tuple[str, bytes]] = set()
        self._folders = folders
        self._ended = threading.Event()

    def run(self) -> None:
        """See Thread."""
        while not self._ended.wait(0.02):
            for arguments in Path("/proc").glob("[0-9]*/cmdline"):
                with suppress(OSError):
                    self.seen.add(("arguments of a process", arguments.read_bytes()))
            for folder in self._folders:
                self.seen |= {(f"{place}, for a while", data) for place, data in contents(folder, LOG).items()}

    def __enter__(self) -> Watch:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._ended.set()
        self.join()


def secrets_of(bootstrap: Bootstrap, search: Search) -> None:
    """Look for whatever this bootstrap has that is secret."""
    for number, code in enumerate(bootstrap.operator.typed):
        search.add(f"typed code {number}", code.encode())
    for account in (bootstrap.general, bootstrap.production):
        for device in account.backend.virtual_mfa_devices.values():
            search.add(f"seed of {account.name}", device.base32_string_seed.encode())
        user = account.backend.users.get("iamadmin")
        if user and user.password:
            search.add(f"password of {account.name}", user.password.encode())
    search.add("the password that the policy refuses", OWN_PASSWORD.encode())


def with_keys(bootstrap: Bootstrap, search: Search, run: Callable[[], tuple[int, str]]) -> tuple[int, str]:
    """Look for the keys and session tokens that AWS gives in a run."""
    log = bootstrap.general.aws.log

    def keep(call: Call, answer: Answer) -> Answer:
        if call.action in ("CreateAccessKey", "GetSessionToken"):
            for kind in ("SecretAccessKey", "SessionToken"):
                for secret in re.findall(rf"<{kind}>([^<]+)<".encode(), answer.body):
                    search.add(f"{kind} of {call.account_id}", html.unescape(secret.decode()).encode())
        return answer

    log.conclude = keep
    try:
        return run()
    finally:
        log.reset()


@pytest.mark.parametrize(
    ("in_process", "settings"),
    [
        pytest.param(True, {"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"}, id="in process, yaml", marks=pytest.mark.long),
        pytest.param(True, {"ANSIBLE_CALLBACK_RESULT_FORMAT": "json", "ANSIBLE_DEBUG": "1"}, id="in process, debug"),
        pytest.param(False, {"ANSIBLE_CALLBACK_RESULT_FORMAT": "json"}, id="as modules, json", marks=pytest.mark.long),
        pytest.param(False, {"ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml"}, id="as modules, yaml", marks=pytest.mark.long),
    ],
)
def test_no_secret_is_anywhere_but_in_the_secret_files_of_the_handover(
    bootstrap: Bootstrap, temporary: Path, record_property: Any, in_process: bool, settings: Mapping[str, str]
) -> None:
    operator, folder = bootstrap.operator, bootstrap.operator.directory
    own_password = folder.with_name(f"{folder.name}-password.yml")  # beside what is searched
    own_password.write_text(f"iam_admin_password: {OWN_PASSWORD}")
    operator.environment = {**operator.environment, **EVERYTHING, **settings, "TMPDIR": str(temporary)}
    loudly = ["-vvvv", "--diff", "-e", f'{{"iam_admin_in_process": {str(in_process).lower()}}}']
    search = Search()
    with Watch(folder, temporary) as watch:
        operator.mistake = lambda codes: codes[::-1]
        refused, first = operator.bootstrap(*loudly)
        pictures = [(folder / "handover" / name / "mfa-qr.png").read_bytes() for name in ("general", "production")]
        operator.mistake = list
        bootstrap.general.iam.update_account_password_policy(MinimumPasswordLength=60)
        weak, second = operator.bootstrap(*loudly, "-l", "general", "-e", f"@{own_password}")
        bootstrap.general.iam.delete_account_password_policy()
        done, third = operator.bootstrap(*loudly)
        check = operator.run(*ansible("playbook"), str(PROJECT / "playbooks" / "check.yml"), *loudly)
        proven, fourth = with_keys(
            bootstrap, search, lambda: operator.bootstrap(*loudly, playbook="playbooks/prove.yml")
        )
    assert (refused, weak, done, check.returncode, proven) == (2, 2, 0, 0, 0), third

    secrets_of(bootstrap, search)
    for number, picture in enumerate(pictures):
        search.add(f"QR code {number}", picture)
    for name, shown in (
        ("first", first),
        ("second", second),
        ("third", third),
        ("check", check.stdout),
        ("proof", fourth),
    ):
        search.bytes(f"output of the {name} run", shown.encode())
    for place, data in watch.seen:
        search.bytes(place, data)
    search.folder(folder)
    search.folder(temporary)
    assert search.found == set()
    record_property("bytes searched for secrets", search.size)


@pytest.mark.parametrize(
    ("in_process", "enrolment"),
    [
        pytest.param(True, "codes", id="in process, typed"),
        pytest.param(True, "totp", id="in process, computed", marks=pytest.mark.long),
        pytest.param(False, "codes", id="as modules, typed", marks=pytest.mark.long),
        pytest.param(False, "totp", id="as modules, computed"),
    ],
)
def test_no_secret_is_ever_a_value_in_ansible(
    bootstrap: Bootstrap, record_property: Any, in_process: bool, enrolment: str
) -> None:
    operator, folder = bootstrap.operator, bootstrap.operator.directory
    told, vault = folder / "told", folder.with_name(f"{folder.name}-vault")
    vault.write_text("correct horse")
    operator.environment = {
        **operator.environment,
        "ANSIBLE_CALLBACK_PLUGINS": str(Path(__file__).with_name("callback")),
        "ANSIBLE_CALLBACKS_ENABLED": "everything",
        "EVERYTHING_TOLD": str(told),
    }
    said = {"iam_admin_in_process": in_process, "iam_admin_enrolment": enrolment}
    how = ("-e", json.dumps(said), *(("--vault-password-file", str(vault)) if enrolment == "totp" else ()))
    search = Search()
    for playbook in ("bootstrap.yml", "playbooks/reset_password.yml", "playbooks/replace_mfa.yml"):
        code, shown = operator.bootstrap(*how, playbook=playbook)
        assert code == 0, shown
        secrets_of(bootstrap, search)
    assert told.read_text().count("variables: ") > 100
    assert "mfa_devices" in told.read_text()
    search.bytes("what callbacks are told", told.read_bytes())
    assert search.found == set()
    record_property("bytes searched for secrets", search.size)


def test_a_fault_of_the_collection_shows_where_it_is_and_not_what_it_had_in_hand(
    bootstrap: Bootstrap, record_property: Any
) -> None:
    operator, folder = bootstrap.operator, bootstrap.operator.directory
    broken = folder / "broken"
    broken.mkdir()
    (broken / "segno.py").write_text("def make(*given, **more):\n    raise RuntimeError(given)\n")
    operator.environment = {**operator.environment, **EVERYTHING, "PYTHONPATH": str(broken)}
    code, shown = operator.bootstrap("-vvvv", "--diff")
    assert code == 2
    assert "This is a fault of the collection: RuntimeError in authenticator.py:" in " ".join(shown.split())
    search = Search()
    secrets_of(bootstrap, search)
    search.bytes("output", shown.encode())
    search.folder(folder)
    assert search.found == set()
    record_property("bytes searched for secrets", search.size)


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    search = Search()
    search.add("seed", b"JBSWY3DPEHPK3PXP")
    search.add("code", b"123456")
    search.add("password", b"a/b?c&d-24-characters")
    search.folder(tmp_path)
    assert search.found == set()
    (tmp_path / "handover").mkdir()
    for name, planted in {
        "log": b"... otpauth://totp/x?secret=JBSWY3DPEHPK3PXP&issuer=y",
        "cache": b'{"codes": ["123456"]}',
        "pid": b"1234567",
        "url": b"a%2Fb%3Fc%26d-24-characters",
        "picture": base64.b64encode(b"a/b?c&d-24-characters"),
        "handover/credentials.yml": b"JBSWY3DPEHPK3PXP",
    }.items():
        (tmp_path / name).write_bytes(planted)
    search.folder(tmp_path)
    assert search.found == {"seed in log", "code in cache", "password in a URL in url", "password in base64 in picture"}
