# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What each task of the role has to say, and each playbook: a run would have to go wrong there to tell."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).parents[2]
TASKS = sorted((PROJECT / "roles" / "iam_admin" / "tasks").glob("*.yml"))
PLAYBOOKS = sorted((PROJECT / "playbooks").rglob("*.yml"))
VARIABLES = PROJECT / "roles" / "iam_admin" / "vars" / "main.yml"
# Those that ask AWS in order to write
WRITERS = [
    f"landing_zone.aws_admin.{name}"
    for name in ("iam_admin_proof", "iam_admin_user", "iam_root_credentials", "iam_virtual_mfa")
]


# The one by which the guard finds out which account that is
WITHOUT_GUARD = ("guard.yml",)


def asking() -> Iterator[Any]:
    """Return the tasks that ask AWS behind the guard."""
    for file in TASKS:
        for task in yaml.safe_load(file.read_text()):
            modules = [name for name in WRITERS if name in task]
            if modules and file.name not in WITHOUT_GUARD:
                yield pytest.param(task, modules[0], id=f"{file.stem}-{task['name']}")


@pytest.mark.parametrize(("task", "module"), [*asking()])
def test_what_asks_aws_in_order_to_write_names_the_account_that_the_guard_has_seen(
    task: dict[str, Any], module: str
) -> None:
    assert task[module]["account_id"] == "{{ __iam_admin_account }}"
    defaults = task["module_defaults"][module]
    assert defaults in ("{{ __iam_admin_connection }}", "{{ __iam_admin_connection | combine(__iam_admin_desired) }}")
    desired = yaml.safe_load(VARIABLES.read_text())["__iam_admin_desired_variables"]
    assert desired["account_id"] == "__iam_admin_account"


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda file: file.stem)
def test_no_playbook_turns_the_validation_of_variables_off(playbook: Path) -> None:
    """But those in which guard and survey validate them."""
    is_off = "rolespec_validate" in playbook.read_text()
    assert is_off is (playbook.stem in ("check", "prepare_accounts"))


@pytest.mark.parametrize("playbook", PLAYBOOKS, ids=lambda path: path.stem)
def test_no_playbook_ends_well_without_an_account(playbook: Path) -> None:
    """The second play of an enrolment has the hosts that the first one has found, if any."""
    plays = [play for play in yaml.safe_load(playbook.read_text()) if "hosts" in play]
    named = {play["hosts"] for play in plays if "mfa_pending" not in play["hosts"]}
    assert named <= {"{{ lookup('landing_zone.aws_admin.iam_admin_targets') }}"}
