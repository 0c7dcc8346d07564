# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the collection asks for is the oldest with which `make compat` ran it, everywhere it says so."""

from __future__ import annotations

import csv
from typing import Any

import pytest
import yaml

from tests import compat
from tests.processes import PROJECT

(TABLE,) = compat.TABLE.findall(compat.PAGE.read_text())
LINES = [line.strip().removeprefix(":header: ") for line in TABLE.splitlines()[1:]]
ROWS = [*csv.DictReader(filter(None, LINES), skipinitialspace=True)]
OLDEST = ROWS[0]
COLLECTION = {"name": "amazon.aws", "version": f">={OLDEST['amazon.aws']}"}


def text_of(path: str) -> str:
    """Return what a file of the project says."""
    return (PROJECT / path).read_text()


def data_of(path: str) -> Any:
    """Return what a YAML file of the project holds."""
    return yaml.safe_load(text_of(path))


def test_every_combination_passed_or_had_no_python() -> None:
    asked = [(combination.line, combination.python) for combination in compat.COMBINATIONS]
    assert len(ROWS) == len(asked)
    for row, (core, python) in zip(ROWS, asked, strict=True):
        assert f"{row['ansible-core']}.".startswith(f"{core}.")
        assert f"{row['Python']}.".startswith(f"{python}.")
        assert row["Journey"] in {"passed", compat.NOT_RUN}


def test_the_collection_asks_for_the_oldest() -> None:
    assert data_of("meta/runtime.yml")["requires_ansible"] == f">={OLDEST['ansible-core']}"
    assert data_of("galaxy.yml")["dependencies"] == {COLLECTION["name"]: COLLECTION["version"]}
    assert data_of("requirements.yml") == {"collections": [COLLECTION]}


def test_an_execution_environment_takes_what_was_run() -> None:
    environment = data_of("execution-environment.yml")["dependencies"]
    assert COLLECTION in environment["galaxy"]["collections"]
    newest = max(int(row["ansible-core"].split(".")[1]) for row in ROWS if row["Journey"] == "passed")
    between = f"ansible-core>={OLDEST['ansible-core']},<2.{newest + 1}"
    assert environment["ansible_core"] == {"package_pip": between}


def test_the_libraries_are_asked_for_in_the_oldest_versions() -> None:
    libraries = {name: f"{name}>={OLDEST[name]}" for name in compat.LIBRARIES}
    libraries["botocore"] = libraries["botocore"].replace(">=", "[crt]>=")
    assert compat.requirements("requirements.txt") == libraries


@pytest.mark.parametrize(
    ("path", "library"),
    [
        ("plugins/doc_fragments/connection.py", "boto3"),
        ("plugins/inventory/aws_organizations.py", "boto3"),
        ("plugins/modules/iam_virtual_mfa.py", "pyotp"),
        ("plugins/modules/iam_virtual_mfa.py", "segno"),
    ],
)
def test_the_documentation_of_plugins_says_the_same(path: str, library: str) -> None:
    assert f"  - {library} >= {OLDEST[library]}\n" in text_of(path)


def test_the_readme_says_the_same() -> None:
    asked = " ".join(text_of("README.md").split())
    python = OLDEST["Python"].rpartition(".")[0]
    for what in (f"Python {python}", f"ansible-core {OLDEST['ansible-core']}", f"`amazon.aws` {OLDEST['amazon.aws']}"):
        assert f"{what} or later" in asked
