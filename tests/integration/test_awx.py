# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""AWX as code, held against what awx.awx documents of its modules, and against what the role takes."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
import yaml
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator

from tests.operator import PROJECT, ansible

(PLAY,) = yaml.safe_load((PROJECT / "examples" / "awx.yml").read_text())
TASKS = {task["name"]: task for task in PLAY["tasks"]}
ROLE = yaml.safe_load((PROJECT / "roles" / "iam_admin" / "meta" / "argument_specs.yml").read_text())


def module_of(task: dict[str, Any]) -> str:
    """Return the name of a task's module."""
    (name,) = (key for key in task if key.startswith("awx.awx."))
    return name


def arguments_of(task: dict[str, Any]) -> dict[str, Any]:
    """Return the options of a task, with its module's defaults in the play."""
    module = module_of(task)
    return {**PLAY["module_defaults"].get(module, {}), **task[module]}


@pytest.fixture(scope="module")
def specs() -> dict[str, dict[str, Any]]:
    """The options of the modules."""
    names = sorted({module_of(task) for task in TASKS.values()})
    done = subprocess.run([*ansible("doc"), "--json", "-t", "module", *names], capture_output=True, check=True)
    documented = json.loads(done.stdout)
    return {name: documented[name]["doc"]["options"] for name in names}


def spec_of(options: dict[str, Any]) -> dict[str, Any]:
    """Return documented options as an argument spec."""
    keys = ("type", "elements", "choices", "required", "aliases")
    return {name: {key: option[key] for key in keys if key in option} for name, option in options.items()}


@pytest.mark.skipif(
    sys.version_info >= (3, 12),
    reason="ansible 14.5.0, for this Python, lacks awx.awx; ansible 12.3.0 (ansible-core 2.19) has it, and is tried",
)
@pytest.mark.parametrize("name", TASKS)
def test_a_task_is_what_its_module_takes(specs: dict[str, dict[str, Any]], name: str) -> None:
    task = TASKS[name]
    validated = ArgumentSpecValidator(spec_of(specs[module_of(task)])).validate(arguments_of(task))
    assert validated.error_messages == []


def test_a_job_runs_a_playbook_that_is_there_with_variables_that_the_role_takes() -> None:
    known = set(ROLE["argument_specs"]["main"]["options"])
    jobs = [arguments_of(task) for task in TASKS.values() if module_of(task) == "awx.awx.job_template"]
    for job in jobs:
        assert (PROJECT / job["playbook"]).is_file()
        assert set(job["extra_vars"]) <= known
        assert {question["variable"] for question in job.get("survey_spec", {}).get("spec", [])} <= known
    assert (PROJECT / TASKS["Add the organisation as its source"]["awx.awx.inventory_source"]["source_path"]).is_file()
