# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What Galaxy installs is judged as the collections of the package ansible are: by ansible-test and galaxy-importer."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from types import SimpleNamespace

import ansible_collections.amazon
from ansible_test._internal.python_requirements import get_venv_packages

from tests.operator import PROJECT, ansible

PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
# ansible-test makes an environment for each of its tests, at home: in here they last as long as this one
HOME = Path(sys.prefix) / "sanity"
# It also downloads get-pip.py there; our own pip does the same
GET_PIP = f"""
import subprocess
import sys

pip = [{sys.executable!r}, "-m", "pip", "--python", sys.executable, "install", "--quiet", "--no-compile"]
subprocess.run([*pip, *(argument for argument in sys.argv if argument.startswith("pip=="))], check=True)
"""


def main() -> None:
    """Build and install the collection, and have it judged."""
    judges = {"ansible-test": ansible_test, "galaxy-importer": galaxy_importer}
    parser = argparse.ArgumentParser(prog="python -m tests.sanity", description=__doc__)
    parser.add_argument("judges", nargs="+", choices=judges)
    wanted = parser.parse_args().judges
    make_home()
    with TemporaryDirectory() as name:
        folder = Path(name)
        do(*ansible("galaxy"), "collection", "build", "--output-path", name, cwd=PROJECT)
        (tarball,) = folder.glob("*.tar.gz")
        # Not from here, where the link is the installed collection
        do(*ansible("galaxy"), "collection", "install", "--offline", "-p", name, str(tarball), cwd=folder)
        # ansible-test looks nowhere else
        (folder / "ansible_collections" / "amazon").symlink_to(*ansible_collections.amazon.__path__)
        for judge in wanted:
            judges[judge](folder, tarball)


def do(*command: str, cwd: Path, **environment: str) -> None:
    """Run a command; end with its exit code where it fails."""
    print("==", Path(command[0]).name, *command[1:], flush=True)
    if code := subprocess.run(command, cwd=cwd, env=os.environ | environment, check=False).returncode:
        sys.exit(code)


def ansible_test(folder: Path, _tarball: Path) -> None:
    """Run all sanity tests, and the unit tests as ansible-test does."""
    collection = folder / "ansible_collections" / "landing_zone" / "aws_admin"
    # It writes scripts that name their interpreter, and no path with a space can be named there
    environment = folder / "environment"
    environment.symlink_to(sys.prefix)
    command = [str(environment / "bin" / name) for name in ("python", "ansible-test")]
    for tests in ("sanity", "units"):
        do(*command, tests, "--local", "--python", PYTHON, cwd=collection, HOME=str(environment / HOME.name))


def galaxy_importer(folder: Path, tarball: Path) -> None:
    """Do what Galaxy does with an upload, but for ansible-lint, which has its place in `make lint`."""
    environment = {"HOME": str(HOME), "TMPDIR": str(folder), "GALAXY_IMPORTER_RUN_ANSIBLE_LINT": "false"}
    do(sys.executable, "-m", "galaxy_importer.main", tarball.name, cwd=folder, **environment)


def make_home() -> None:
    """Make a home for ansible-test: there is what it would download, and it says where pip gets packages from."""
    pip = get_venv_packages(SimpleNamespace(version=PYTHON))["pip"]
    script = HOME / ".ansible" / "test" / "cache" / f"get_pip_{pip.replace('.', '_')}.py"
    script.parent.mkdir(parents=True, exist_ok=True)
    script.write_text(GET_PIP)
    config = HOME / ".config" / "pip"
    config.parent.mkdir(exist_ok=True)
    if not config.is_symlink():
        config.symlink_to(Path.home() / ".config" / "pip")


if __name__ == "__main__":
    main()
