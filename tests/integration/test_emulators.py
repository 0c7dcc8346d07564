# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a landing zone is tested on, as PyPI has it: moto's server, without the realism of the local AWS."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
import yaml

from tests.operator import PROJECT, Operator, ansible
from tests.processes import molecule, warm_ansible

EXAMPLE = PROJECT / "examples" / "molecule"
SCENARIO = yaml.safe_load((EXAMPLE / "molecule" / "default" / "molecule.yml").read_text())
EXCEPTIONS = SCENARIO["provisioner"]["inventory"]["hosts"]["aws_accounts"]["vars"]["iam_admin_exceptions"]
IDS = {"general": "123456789012", "production": "222222222222"}
CONFIG = """\
[profile general]
aws_access_key_id = testing
aws_secret_access_key = testing
region = us-east-1

[profile production]
role_arn = arn:aws:iam::222222222222:role/OrganizationAccountAccessRole
source_profile = general
region = us-east-1
"""


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[str]:
    """A moto server as PyPI has it, with the policies of AWS."""
    port = free_port()
    command = [str(Path(sys.executable).with_name("moto_server")), "-H", "127.0.0.1", "-p", str(port)]
    environment = {**os.environ, "MOTO_IAM_LOAD_MANAGED_POLICIES": "true"}
    with (tmp_path / "moto.log").open("w") as log, subprocess.Popen(command, env=environment, stderr=log) as server:
        try:
            _wait_for(port)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()


def _wait_for(port: int) -> None:
    ends = time.monotonic() + 60
    while True:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionError:
            if time.monotonic() > ends:
                raise
            time.sleep(0.2)
        else:
            return


def operator_of(folder: Path, endpoint: str) -> Operator:
    hosts = {name: {"aws_profile": name, "aws_account_id": id} for name, id in IDS.items()}
    variables = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    (folder / "inventory.yml").write_text(json.dumps({"aws_accounts": {"hosts": hosts, "vars": variables}}))
    (folder / "config").write_text(CONFIG)
    (folder / "vault-password").write_text("correct horse")
    environment = {
        "ANSIBLE_INVENTORY": str(folder / "inventory.yml"),
        "AWS_CONFIG_FILE": str(folder / "config"),
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_MAX_ATTEMPTS": "1",  # what moto does not have it has not at the third time either
    }
    return Operator(folder, environment, starter=warm_ansible())


def test_a_life_on_moto(endpoint: str, tmp_path: Path) -> None:
    operator = operator_of(tmp_path, endpoint)
    unattended = ("-e", json.dumps({"iam_admin_enrolment": "totp"}), "--vault-password-file", "vault-password")
    accepted = ("-e", json.dumps({"iam_admin_exceptions": EXCEPTIONS}))

    def run(playbook: str, *arguments: str) -> tuple[int, list[str], str]:
        done = operator.run(*ansible("playbook"), str(PROJECT / playbook), *unattended, *arguments)
        return done.returncode, re.findall(r"changed=(\d+)", done.stdout), " ".join(done.stdout.split())

    code, _changed, said = run("bootstrap.yml")
    missing = f"SimulatePrincipalPolicy failed: ResponseParserError: {endpoint} answered, but not as AWS does."
    assert (code, said.count(f"?? permissions: Could not be read: {missing}")) == (2, 2), said
    not_passed = set(re.findall(r"Not passed: ([\w, ]+)\.", said))
    assert not_passed == {"root_mfa, permissions, other_credentials"}

    code, changed, said = run("bootstrap.yml", *accepted)
    assert (code, {*changed}) == (0, {"0"}), said
    assert "2 accounts: 2 secure." in said
    for playbook in ("check", "prove", "reset_password", "replace_mfa", "cancel_replacement", "check"):
        code, _changed, said = run(f"playbooks/{playbook}.yml", *accepted)
        assert (playbook, code) == (playbook, 0), said

    last = {"iam_admin_remove_without_asking": True, "iam_admin_remove_last_administrator": True}
    code, changed, said = run("playbooks/remove.yml", "-e", json.dumps(last))
    assert (code, changed) == (0, ["1", "1"]), said
    assert f"ListServiceSpecificCredentials failed: ResponseParserError: {endpoint} answered" in said
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}
    iam = boto3.client("iam", endpoint_url=endpoint, **keys)
    assert (iam.list_users()["Users"], iam.list_virtual_mfa_devices()["VirtualMFADevices"]) == ([], [])
    assert run("playbooks/remove.yml", "-e", json.dumps(last))[:2] == (0, ["0", "0"])


def test_the_example_tests_a_landing_zone(tmp_path: Path) -> None:
    """With nothing else than what its requirements name, in a folder of its own."""
    project = shutil.copytree(EXAMPLE, tmp_path / "a landing zone")
    done = molecule(
        project,
        "test",
        ANSIBLE_COLLECTIONS_PATH=str(PROJECT / "collections"),
        AWS_PROFILE="somebody's",
        MOTO_PORT=str(free_port()),
        XDG_CACHE_HOME=str(tmp_path),
    )
    assert done.returncode == 0, done.stdout
