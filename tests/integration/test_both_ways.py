# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a task's keywords do is the same in ansible's worker and as a module."""

from __future__ import annotations

import json
import re
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import TestAccount
from tests.local_aws.calls import Call

INFO = "landing_zone.aws_admin.iam_admin_info"
GROUP = "group/landing_zone.aws_admin.aws"


@pytest.fixture
def both_ways(both_ways: TestAccount) -> TestAccount:
    """One account, whose modules are what they are for operators."""
    return replace(both_ways, plain_modules=True)


def info(**keywords: Any) -> dict[str, Any]:
    """A task that reads an account, and says nothing of how to reach it."""
    return {INFO: {"name": "iamadmin"}, **keywords}


def test_the_environment_of_task_and_play_reaches_it(both_ways: TestAccount) -> None:
    of_task = both_ways.run_task(info(environment={"AWS_PROFILE": both_ways.name}))
    of_play = both_ways.run_task(info(), environment={"AWS_PROFILE": both_ways.name})
    assert of_task["account_id"] == of_play["account_id"] == both_ways.id


def test_the_environment_of_a_task_wins_over_that_of_the_play(both_ways: TestAccount) -> None:
    result = both_ways.run_task(
        info(environment={"AWS_PROFILE": both_ways.name}), environment={"AWS_PROFILE": "nobody"}
    )
    assert result["account_id"] == both_ways.id


@pytest.mark.parametrize("of", [INFO, GROUP])
def test_module_defaults_reach_it(both_ways: TestAccount, of: str) -> None:
    assert both_ways.run_task(info(), module_defaults={of: {"profile": both_ways.name}})["account_id"] == both_ways.id


def test_an_option_of_the_task_wins_over_module_defaults(both_ways: TestAccount) -> None:
    task = {INFO: {"name": "iamadmin", "profile": both_ways.name}}
    assert both_ways.run_task(task, module_defaults={GROUP: {"profile": "nobody"}})["account_id"] == both_ways.id


def test_a_task_that_must_not_be_shown_is_not_shown(both_ways: TestAccount) -> None:
    result = both_ways.run_task(info(environment={"AWS_PROFILE": both_ways.name}, no_log=True))
    assert both_ways.id not in json.dumps(result)
    assert "checks" not in result


def test_a_timeout_ends_it(both_ways: TestAccount) -> None:
    ended = threading.Event()
    waited: list[bool] = []

    def hold(call: Call) -> None:
        if call.account_id == both_ways.id:
            waited.append(ended.wait(60))

    both_ways.aws.log.intercept = hold
    try:
        result = both_ways.run_task(info(environment={"AWS_PROFILE": both_ways.name}, timeout=3))
    finally:
        ended.set()
        both_ways.aws.log.reset()
    # It did not wait for AWS, which had not answered yet
    assert False not in waited
    assert result["failed"] is True
    assert "3 second" in result["msg"]


def test_a_delegated_task_runs_where_it_is_told_to(both_ways: TestAccount) -> None:
    result = both_ways.run_task(info(environment={"AWS_PROFILE": both_ways.name}, delegate_to="127.0.0.1"))
    assert result["account_id"] == both_ways.id


def test_it_runs_as_a_module_where_that_is_asked_for(both_ways: TestAccount, tmp_path: Path) -> None:
    # Where a module is put to run, unless it travels through a pipe
    folder = tmp_path / "modules"
    variables = {
        "ansible_connection": "local",
        "ansible_pipelining": False,
        "ansible_python_interpreter": sys.executable,
        "ansible_remote_tmp": str(folder),
        "iam_admin_in_process": both_ways.in_process,
    }
    result = both_ways.run_task({INFO: {"name": "iamadmin", "profile": both_ways.name}}, vars=variables)
    assert result["account_id"] == both_ways.id
    assert folder.exists() is not both_ways.in_process


def test_a_warning_about_options_is_in_the_result(both_ways: TestAccount) -> None:
    task = {INFO: {"name": "iamadmin", "profile": both_ways.name, "aws_profile": both_ways.name}}
    assert both_ways.run_task(task)["warnings"] == ["Both option profile and its alias aws_profile are set."]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "missing required arguments: name"),
        (
            {"name": "iamadmin", "nmae": "x"},
            r"Unsupported parameters for \(landing_zone.aws_admin.iam_admin_info\) mod",
        ),
        ({"name": "iamadmin", "validate_certs": "perhaps"}, "validate_certs is neither true nor false"),
    ],
    ids=["missing", "misspelt", "of the wrong type"],
)
def test_options_that_are_not_what_is_documented_are_refused(
    both_ways: TestAccount, options: dict[str, Any], message: str
) -> None:
    result = both_ways.run_task({INFO: options})
    assert result["failed"] is True
    assert re.search(message, result["msg"]), result["msg"]
    assert both_ways.calls == []
