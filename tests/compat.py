# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run the journey on every ansible-core line and Python, and on the oldest of everything: `make compat`.

It takes Python and pip, no more. The environments stay in `.venv-compat`, where pip brings them up to date. The results
replace those before in docs/docsite/rst/guide_compatibility.rst.
"""

from __future__ import annotations

import argparse
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).parents[1]
ENVIRONMENTS = PROJECT / ".venv-compat"
PAGE = PROJECT / "docs" / "docsite" / "rst" / "guide_compatibility.rst"
TABLE = re.compile(r"(?<=\n\.\. compat\n\n).*(?=\n\n\.\. /compat\n)", re.DOTALL)
LIBRARIES = ("boto3", "botocore", "pyotp", "segno")
COLUMNS = ("ansible-core", "Python", "amazon.aws", *LIBRARIES, "Journey", "Date")
NOT_RUN = "not run"
# Of requirements-test.txt, what the journey takes
RUNNER = {"hypothesis", "pytest", "pytest-xdist"}


@dataclass(frozen=True)
class Combination:
    """What runs together. No package on PyPI is amazon.aws alone: it comes from a release of the package ansible."""

    core: str
    ansible: str
    python: str
    oldest: bool = False

    @property
    def line(self) -> str:
        """The ansible-core line, or the one release."""
        return re.findall(r"\d+\.\d+(?:\.[1-9])?", self.core)[0]

    @property
    def environment(self) -> Path:
        """Where it is installed."""
        return ENVIRONMENTS / f"{self.line}-{self.python}"

    @property
    def interpreter(self) -> Path:
        """The Python of its environment."""
        return self.environment / "bin" / "python"

    @property
    def collections(self) -> Path:
        """The folder with the collection amazon.aws."""
        return self.environment / "lib" / f"python{self.python}" / "site-packages" / "ansible_collections"


# Of a line that has no release yet, pip takes a pre-release where the specifier names one
COMBINATIONS = (
    Combination("==2.19.4", "==12.0.0a5", "3.11", oldest=True),
    *(Combination("==2.19.*", "==12.*", python) for python in ("3.11", "3.12", "3.13")),
    *(Combination("==2.20.*", "==13.*", python) for python in ("3.12", "3.13", "3.14")),
    *(Combination("==2.21.*", "==14.*", python) for python in ("3.12", "3.13", "3.14")),
    *(Combination("~=2.22.0a0", "~=15.0a0", python) for python in ("3.13", "3.14", "3.15")),
)


def main() -> int:
    """Run the tests in each environment that can be made, and write down what came of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.compat", description=__doc__)
    parser.add_argument("--pythons", nargs="*", default=[], help="the interpreters that are there")
    parser.add_argument("--tests", nargs="+", required=True, help="what pytest is given")
    said = parser.parse_args()
    pythons = {
        output(python, "-c", "import sys; print('%d.%d' % sys.version_info[:2])"): python for python in said.pythons
    }
    rows = [row(combination, pythons.get(combination.python), said.tests) for combination in COMBINATIONS]
    lines = [", ".join(row).rstrip() for row in rows]
    table = "\n   ".join([".. csv-table::", f":header: {', '.join(COLUMNS)}\n", *lines])
    print(table)
    PAGE.write_text(TABLE.sub(table, PAGE.read_text()))
    return any("failed" in row for row in rows)


def output(*command: str | Path) -> str:
    """Return what a command prints."""
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def row(combination: Combination, python: str | None, tests: Sequence[str]) -> list[str]:
    """Run a combination, and return its row of the table."""
    if not python:
        unknown = ["" for _name in ("amazon.aws", *LIBRARIES)]
        return [combination.line, combination.python, *unknown, NOT_RUN, ""]
    install(combination, python)
    versions = installed(combination)
    print("==", *(f"{name} {version}" for name, version in zip(COLUMNS, versions, strict=False)), flush=True)
    result = "passed" if journey(combination, tests) else "failed"
    return [*versions, result, datetime.datetime.now(tz=datetime.UTC).date().isoformat()]


def install(combination: Combination, python: str) -> None:
    """Bring an environment up to date."""
    if not combination.interpreter.exists():
        subprocess.run([python, "-m", "venv", "--clear", combination.environment], check=True)
    pip = [combination.interpreter, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    packages = [f"ansible-core{combination.core}", *libraries(combination.oldest)]
    subprocess.run([*pip, "install", "--no-compile", "--upgrade", *packages], check=True)
    wheels = ENVIRONMENTS / f"ansible-{combination.line}"
    subprocess.run([*pip, "download", "--no-deps", "--dest", wheels, f"ansible{combination.ansible}"], check=True)
    shutil.rmtree(combination.collections, ignore_errors=True)
    with zipfile.ZipFile(max(wheels.iterdir(), key=lambda wheel: wheel.stat().st_mtime)) as wheel:
        members = [name for name in wheel.namelist() if name.startswith("ansible_collections/amazon/aws/")]
        wheel.extractall(combination.collections.parent, members)


def libraries(oldest: bool) -> list[str]:
    """Return what the journey takes besides ansible-core, in the tests' versions; or the oldest that we support."""
    pinned = requirements("requirements-demo.txt")
    runner = {name: line for name, line in requirements("requirements-test.txt").items() if name in RUNNER}
    floors = {name: line.replace(">=", "==") for name, line in requirements("requirements.txt").items()}
    wanted = {**pinned, **runner, **(floors if oldest else {})}
    return [line for name, line in wanted.items() if name not in {"ansible", "ansible-core"}]


def requirements(file: str) -> dict[str, str]:
    """Return the lines of a requirements file, by the name of the package."""
    lines = re.findall(r"^([a-z][\w-]+)(\S+)", (PROJECT / file).read_text(), re.MULTILINE)
    return {name: name + rest for name, rest in lines}


def installed(combination: Combination) -> list[str]:
    """Return the versions of what an environment has, in the order of the columns."""
    code = (
        "import platform, sys; from importlib.metadata import version;"
        "print(version('ansible-core'), platform.python_version(), *map(version, sys.argv[1:]))"
    )
    core, python, *others = output(combination.interpreter, "-c", code, *LIBRARIES).split()
    manifest = json.loads((combination.collections / "amazon" / "aws" / "MANIFEST.json").read_text())
    return [core, python, manifest["collection_info"]["version"], *others]


def journey(combination: Combination, tests: Sequence[str]) -> bool:
    """Run the tests, and return whether all passed."""
    path = os.pathsep.join([str(combination.interpreter.parent), os.environ["PATH"]])
    workers = ["--numprocesses", str((os.cpu_count() or 1) + 1), "--dist", "worksteal"]
    command = [combination.interpreter, "-m", "pytest", "--quiet", *workers, *tests]
    return not subprocess.run(command, cwd=PROJECT, env={**os.environ, "PATH": path}, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
