# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The collection as Galaxy installs it, run by ansible-playbook, by ansible-runner, and as the mesh of AWX does it."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.parsing.vault import VaultLib, VaultSecret

from tests.integration.cases import codes_of
from tests.integration.conftest import Bootstrap
from tests.operator import PROJECT, ansible, clean_environment

VAULT_PASSWORD = "correct horse"
UNATTENDED = {"iam_admin_enrolment": "totp", "iam_admin_vault_password": VAULT_PASSWORD}
# A runner has a terminal, and nobody at it: what a question would set must be given
NO_QUESTIONS = {"iam_admin_first_codes": "", "iam_admin_next_codes": ""}


def do(*command: str, cwd: Path, environment: Mapping[str, str] | None = None, given: bytes = b"") -> bytes:
    """Run a command that is to succeed, and return what it printed."""
    done = subprocess.run(command, cwd=cwd, env=environment, input=given, capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    return done.stdout


@pytest.fixture(scope="module")
def prefix(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that has nothing but what the built tarball has."""
    folder = tmp_path_factory.mktemp("installed")
    do(*ansible("galaxy"), "collection", "build", "--output-path", str(folder), cwd=PROJECT)
    (tarball,) = folder.glob("*.tar.gz")
    do(*ansible("galaxy"), "collection", "install", "--offline", "-p", str(folder), str(tarball), cwd=folder)
    return folder


@pytest.fixture
def elsewhere(prefix: Path, bootstrap: Bootstrap) -> Bootstrap:
    """An operator who has the installed collection, and no clone."""
    config = bootstrap.operator.directory / "ansible.cfg"
    config.touch()
    more = {"ANSIBLE_COLLECTIONS_PATH": str(prefix), "ANSIBLE_CONFIG": str(config)}
    bootstrap.operator.environment = {**bootstrap.operator.environment, **more}
    return bootstrap


def job(bootstrap: Bootstrap, name: str, **variables: Any) -> Path:
    """Make a folder as ansible-runner takes it."""
    folder = bootstrap.operator.directory / name
    for part in ("env", "inventory", "project"):
        (folder / part).mkdir(parents=True)
    shutil.copy(bootstrap.operator.environment["ANSIBLE_INVENTORY"], folder / "inventory" / "hosts.json")
    (folder / "env" / "extravars").write_text(json.dumps({**NO_QUESTIONS, **variables}))
    # Its own pseudo-terminal is what draws nothing, so it must be there
    (folder / "env" / "settings").write_text("runner_mode: pexpect\n")
    return folder


def run(bootstrap: Bootstrap, folder: Path, *arguments: str, given: bytes = b"") -> bytes:
    """Run ansible-runner in a folder."""
    environment = clean_environment({**bootstrap.operator.environment, "ANSIBLE_INVENTORY": ""})
    del environment["ANSIBLE_INVENTORY"]
    command, *more = arguments
    return do(*ansible("runner"), command, str(folder), *more, cwd=folder.parent, environment=environment, given=given)


def opened(credentials: Path) -> dict[str, Any]:
    """Return what an encrypted handover holds."""
    vault = VaultLib([("default", VaultSecret(VAULT_PASSWORD.encode()))])
    found: dict[str, Any] = yaml.safe_load(vault.decrypt(credentials.read_bytes()))
    return found


def recorded(folder: Path) -> str:
    """Return all that a run has left in its artifacts, output, events and facts, without its colours."""
    text = "".join(file.read_text() for file in (folder / "artifacts").rglob("*") if file.is_file())
    return re.sub(r"(\x1b|\\u001b)\[[0-9;]*m", "", text)


def test_it_runs_from_an_empty_prefix(elsewhere: Bootstrap) -> None:
    variables = json.dumps(UNATTENDED)
    done = elsewhere.operator.run(*ansible("playbook"), "landing_zone.aws_admin.bootstrap", "-e", variables)
    assert done.returncode == 0, done.stdout
    assert done.stdout.count(": SECURE") == 2


def test_an_execution_environment_has_what_it_needs(prefix: Path, tmp_path: Path) -> None:
    file = PROJECT / "execution-environment.yml"
    do(*ansible("builder"), "create", "--file", str(file), "--context", "context", cwd=tmp_path)
    galaxy = yaml.safe_load((tmp_path / "context" / "_build" / "requirements.yml").read_text())
    assert {entry["name"] for entry in galaxy["collections"]} == {"landing_zone.aws_admin", "amazon.aws"}
    found = yaml.safe_load(do(*ansible("builder"), "introspect", str(prefix), cwd=tmp_path))
    needed = {line.split("#")[0].strip() for line in (PROJECT / "requirements.txt").read_text().splitlines()} - {""}
    assert {line.split("#")[0].strip() for line in found["python"]} >= needed


def test_ansible_runner_bootstraps_unattended_and_checks(elsewhere: Bootstrap) -> None:
    handover = elsewhere.operator.directory / "kept"
    where = {"iam_admin_handover_dir": str(handover)}
    folder = job(elsewhere, "bootstrap", **UNATTENDED, **where)
    run(elsewhere, folder, "run", "-p", "landing_zone.aws_admin.bootstrap")
    report = elsewhere.operator.directory / "report"
    check = job(elsewhere, "check", iam_admin_report_dir=str(report))
    run(elsewhere, check, "run", "-p", "landing_zone.aws_admin.check")
    accounts = json.loads((report / "report.json").read_text())["accounts"]
    assert [account["verdict"] for account in accounts] == ["secure", "secure"]
    credentials = opened(handover / "production" / "credentials.yml")
    for secret in (credentials["initial_password"], *credentials["mfa_seeds"].values(), VAULT_PASSWORD):
        assert secret not in recorded(folder)


def test_what_a_runner_records_has_no_qr_code(elsewhere: Bootstrap) -> None:
    handover = elsewhere.operator.directory / "kept"
    folder = job(elsewhere, "prepare", iam_admin_handover_dir=str(handover))
    run(elsewhere, folder, "run", "-p", "landing_zone.aws_admin.prepare")
    (seed,) = yaml.safe_load((handover / "production" / "credentials.yml").read_text())["mfa_seeds"].values()
    shown = recorded(folder)
    assert "the QR code for the authenticator app is" in shown
    # Events are JSON, which may write a block as its number
    for mark in (seed, "otpauth", *"▀▄█", "\\u2580", "\\u2584", "\\u2588"):
        assert mark not in shown


@pytest.mark.long
def test_the_mesh_of_awx_brings_the_report_back_and_leaves_the_secrets(elsewhere: Bootstrap) -> None:
    """Transmit on one machine, work on another, process on the first: three folders that share nothing."""
    handover = elsewhere.operator.directory / "kept"
    folder = job(elsewhere, "controller", **UNATTENDED, iam_admin_handover_dir=str(handover))
    work, back = (elsewhere.operator.directory / name for name in ("worker", "back"))
    for empty in (work, back):
        empty.mkdir()
    stream = run(elsewhere, folder, "transmit", "-p", "landing_zone.aws_admin.bootstrap")
    worker = ["worker", "--private-data-dir", str(work)]
    environment = clean_environment(elsewhere.operator.environment)
    del environment["ANSIBLE_INVENTORY"]
    answer = do(*ansible("runner"), *worker, cwd=work, environment=environment, given=stream)
    run(elsewhere, back, "process", given=answer)
    shown = recorded(back)
    assert shown.count(": SECURE") >= 2
    credentials = opened(handover / "production" / "credentials.yml")
    for secret in (credentials["initial_password"], *credentials["mfa_seeds"].values(), VAULT_PASSWORD):
        assert secret not in shown
        assert secret.encode() not in answer


@pytest.mark.parametrize(
    "persistent",
    [pytest.param(True, id="on a volume"), pytest.param(False, id="of one job alone", marks=pytest.mark.long)],
)
def test_a_survey_gives_the_codes_in_a_job_of_its_own(elsewhere: Bootstrap, persistent: bool) -> None:
    """A device whose codes were given is never made anew, also where the job has nothing of the one before."""
    folder = elsewhere.operator.directory
    first = job(elsewhere, "prepare", iam_admin_handover_dir=str(folder / "volume"))
    run(elsewhere, first, "run", "-p", "landing_zone.aws_admin.prepare")
    seeds = [
        yaml.safe_load((folder / "volume" / name / "credentials.yml").read_text())["mfa_seeds"]["iamadmin"]
        for name in ("general", "production")
    ]
    codes = [codes_of(seed) for seed in seeds]
    survey = {
        "iam_admin_first_codes": " ".join(pair[0] for pair in codes),
        "iam_admin_next_codes": " ".join(pair[1] for pair in codes),
    }
    kept = folder / ("volume" if persistent else "lost")
    second = job(elsewhere, "enrol", iam_admin_handover_dir=str(kept), **survey)
    run(elsewhere, second, "run", "-p", "landing_zone.aws_admin.enrol")
    for account, seed in zip((elsewhere.general, elsewhere.production), seeds, strict=True):
        assert account.calls.count("CreateVirtualMFADevice") == 1
        (device,) = account.backend.virtual_mfa_devices.values()
        assert (device.base32_string_seed, device.user.name) == (seed, "iamadmin")
        credentials = yaml.safe_load((kept / account.name / "credentials.yml").read_text())
        assert credentials["initial_password"] == account.backend.users["iamadmin"].password
