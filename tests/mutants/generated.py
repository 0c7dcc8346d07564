# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Mutants that mutmut makes of the logic, each to be noticed by the unit tests: `python -m tests.mutants.generated`.

It fails for one that is not noticed and not in survivors.toml, which says of each why it is not. With patterns, such as
'*.names.*', only these are tried. What mutmut does not mutate: functions with a decorator, but for class methods.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).parents[2]
# In it the collection lies as it is imported, so that mutmut calls a module as Python does
FOLDER = ROOT / ".cache" / "mutants"
LINKS = {
    "pyproject.toml": "../../pyproject.toml",
    "tests": "../../tests",
    "ansible_collections": "../../collections/ansible_collections",
}
SURVIVORS = Path(__file__).with_name("survivors.toml")
# Of modules, before what tells them apart
PACKAGE = "ansible_collections.landing_zone.aws_admin.plugins."
NOTICED = ("killed", "timeout")


def main() -> int:
    """Try the mutants, and return how many are not noticed and not listed, as an exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("patterns", nargs="*", help="names of mutants, as mutmut calls them")
    patterns = parser.parse_args().patterns
    lay_out(anew=not patterns)
    environment = {**os.environ, "PYTEST_PLUGINS": "tests.mutants.quickly"}
    mutmut = Path(sys.executable).with_name("mutmut")
    ended = subprocess.run([mutmut, "run", *patterns], cwd=FOLDER, env=environment, check=False)
    if ended.returncode:
        return ended.returncode
    with contextlib.chdir(FOLDER):
        return report(patterns)


def lay_out(anew: bool) -> None:
    """Make the folder that mutmut works in, `anew` without what an earlier run has left."""
    if anew and FOLDER.exists():
        shutil.rmtree(FOLDER)
    # Tests that are gone would be run again
    shutil.rmtree(FOLDER / "mutants" / "tests", ignore_errors=True)
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, target in LINKS.items():
        link = FOLDER / name
        link.unlink(missing_ok=True)
        link.symlink_to(target)


def report(patterns: list[str]) -> int:
    """Print how many were noticed, and those that are not and that survivors.toml does not have."""
    listed = {
        mutant: group["kind"] for group in tomllib.loads(SURVIVORS.read_text())["group"] for mutant in group["mutants"]
    }
    found = list(tried(patterns))
    survivors = {mutant: status for status, mutant in found if status not in NOTICED}
    kinds = Counter(listed.get(mutant, "not listed") for status, mutant in found if status not in NOTICED)
    noticed = sum(status in NOTICED for status, _mutant in found)
    equivalent = kinds["equivalent"]
    print(f"{len(found):>7,} mutants tried")
    print(
        f"{noticed:>7,} noticed by the unit tests: {noticed / max(1, len(found) - equivalent):.1%} of those that differ"
    )
    for kind, count in sorted(kinds.items()):
        print(f"{count:>7,} survived: {kind}")
    for mutant in sorted(set(listed) - set(survivors)) if not patterns else ():
        print(f"Noticed by now, or gone; to be struck out of {SURVIVORS.name}:\n    {mutant}")
    unlisted = sorted(set(survivors) - set(listed))
    for mutant in unlisted:
        print(f"Not noticed ({survivors[mutant]}):\n    {mutant}")
    return int(bool(unlisted))


def tried(patterns: list[str]) -> Iterator[tuple[str, str]]:
    """Find each mutant, with its status: by its function and what became of the line, wherever that is by now."""
    from mutmut.mutation.data import SourceFileMutationData
    from mutmut.mutation.diff_apply import get_diff_for_mutant
    from mutmut.stats import status_by_exit_code
    from mutmut.utils.file_utils import walk_mutatable_files

    for path in walk_mutatable_files():
        data = SourceFileMutationData(path=path)
        data.load()
        for name, exit_code in data.exit_code_by_key.items():
            if patterns and not any(fnmatch(name, pattern) for pattern in patterns):
                continue
            status = status_by_exit_code[exit_code]
            yield status, name if status in NOTICED else described(name, get_diff_for_mutant(name, path=path))


def described(name: str, diff: str) -> str:
    """Return the name of a mutant, without its number, and its line."""
    module, _dot, function = name.removeprefix(PACKAGE).partition("__mutmut_")[0].rpartition(".")
    # Of a function `x_name`, of a method `xǁClassǁname`
    function = function[2:].replace("ǁ", ".")
    lines = diff.splitlines()[2:]
    new = " ".join(line[1:].strip() for line in lines if line.startswith("+")).strip()
    old = " ".join(line[1:].strip() for line in lines if line.startswith("-"))
    return f"{module}.{function}: {new or f'without {old}'}"


if __name__ == "__main__":
    sys.exit(main())
