# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The verdict beside that of an independent auditor, Prowler, on the same accounts: `make audit`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.integration.cases import (
    ADMINISTRATOR,
    EVERYTHING,
    Given,
    attached,
    enabled_device,
    group,
    inline,
    managed,
    other_password,
    password,
    password_policy,
    root,
    user,
)
from tests.integration.conftest import TestAccount
from tests.operator import clean_environment

# By check and resource: what Prowler found
Findings = Mapping[tuple[str, str], str]
STRICT = password_policy(
    MinimumPasswordLength=14,
    PasswordReusePrevention=24,
    RequireSymbols=True,
    RequireNumbers=True,
    RequireUppercaseCharacters=True,
    RequireLowercaseCharacters=True,
)


def of(check: str, *resources: str) -> Callable[[Findings], bool | None]:
    """Whether a check of Prowler passes, for these resources or all; None where it found nothing to judge."""

    def passes(findings: Findings) -> bool | None:
        found = [
            status
            for (name, resource), status in findings.items()
            if name == check and (not resources or resource in resources)
        ]
        return all(status == "PASS" for status in found) if found else None

    return passes


def both(*checks: Callable[[Findings], bool | None]) -> Callable[[Findings], bool | None]:
    """Whether all pass."""
    return lambda findings: all(check(findings) for check in checks)


def opposite(check: Callable[[Findings], bool | None]) -> Callable[[Findings], bool | None]:
    """Whether it fails: Prowler wants no administrators, and we want this one."""
    return lambda findings: not check(findings)


def organisation(account: TestAccount) -> None:
    """An organisation that the account manages, as AWS Organizations tells it."""
    account.client("organizations").create_organization(FeatureSet="ALL")


# What both have, by the id of ours. The root user's checks are named by its row in the credential report.
SHARED = {
    "root_mfa": of("iam_root_mfa_enabled"),
    "root_access_keys": of("iam_no_root_access_key"),
    "root_credentials": of("iam_root_credentials_management_enabled"),
    "permissions": opposite(of("iam_user_administrator_access_policy", "iamadmin")),
    "mfa": of("iam_user_mfa_enabled_console_access", "iamadmin"),
    "other_users_mfa": of("iam_user_mfa_enabled_console_access", "somebody"),
    "other_administrators": of("iam_user_administrator_access_policy", "somebody"),
    "password_policy": both(of("iam_password_policy_minimum_length_14"), of("iam_password_policy_reuse_24")),
}


@dataclass(frozen=True)
class State:
    """What accounts are given, which of the shared checks fail there, and where Prowler sees it otherwise, and why.

    `unknown` are those of which we say so.
    """

    name: str
    given: tuple[Given, ...]
    fails: frozenset[str]
    differs: Mapping[str, tuple[bool | None, str]]
    unknown: frozenset[str] = frozenset()


STATES = [
    State(
        "as it should be",
        (
            organisation, managed("RootCredentialsManagement", "RootSessions"), root(mfa=True), STRICT,
            user(), attached(ADMINISTRATOR), enabled_device(), password(),
            user("somebody"), other_password, enabled_device("phone", owner="somebody"),
        ),
        frozenset(),
        {},
    ),
    State(
        "all wrong",
        (
            organisation, managed(), root(mfa=False, access_keys=True), password_policy(MinimumPasswordLength=8),
            user(), password(),
            user("somebody"), other_password, attached(ADMINISTRATOR, name="somebody"),
        ),
        frozenset(SHARED),
        {},
    ),
    State(
        "an account of its own",
        (root(mfa=True), STRICT, user(), attached(ADMINISTRATOR), enabled_device(), password()),
        frozenset(),
        {
            "root_credentials": (None, "there is no organisation: we say so, and Prowler has no row"),
            "other_users_mfa": (None, "there is nobody else, which is well; Prowler has no row"),
            "other_administrators": (None, "there is nobody else, which is well; Prowler has no row"),
        },
    ),
    State(
        "seen differently",
        (
            organisation, managed("RootCredentialsManagement"), root(mfa=False, password=False), STRICT,
            user(), group(ADMINISTRATOR),
            user("somebody"), inline(EVERYTHING, "somebody"),
        ),
        frozenset({"root_credentials", "mfa", "other_administrators"}),
        {
            "root_mfa": (None, "whoever has the mailbox of root can set a password: unknown; Prowler has no row"),
            "root_access_keys": (None, "a root user without credentials has no access key; Prowler has no row"),
            "root_credentials": (True, "we ask for RootSessions, too, without which nobody can delete them"),
            "permissions": (False, "Prowler does not see an administrator who is one through a group"),
            "mfa": (True, "Prowler asks for MFA only where there is a console password; we ask for it first"),
            "other_administrators": (True, "Prowler looks for the policy's name; we ask what the policies allow"),
        },
        frozenset({"root_mfa"}),
    ),
]  # fmt: skip


@pytest.fixture
def prowler(request: pytest.FixtureRequest) -> str:
    """The command."""
    command = request.config.getoption("--prowler")
    if not command:
        pytest.skip("make audit installs Prowler (2.3 GB), and runs these tests")
    return command


def audit(command: str, account: TestAccount, folder: Path) -> Findings:
    """Let Prowler look at an account."""
    checks = [
        "iam_root_mfa_enabled", "iam_no_root_access_key", "iam_root_credentials_management_enabled",
        "iam_user_administrator_access_policy", "iam_user_mfa_enabled_console_access",
        "iam_password_policy_minimum_length_14", "iam_password_policy_reuse_24",
    ]  # fmt: skip
    arguments = ["--profile", account.name, "--region", "us-east-1", "--checks", *checks, "--no-banner"]
    output = ["--output-formats", "json-ocsf", "--output-directory", str(folder), "--output-filename", "prowler"]
    environment = clean_environment({**account.environment, "HOME": str(folder), "AWS_DEFAULT_REGION": "us-east-1"})
    done = subprocess.run(
        [command, "aws", *arguments, *output], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode in (0, 3), done.stdout + done.stderr  # 3: something failed, as it should
    found = json.loads((folder / "prowler.ocsf.json").read_text())
    return {
        (finding["metadata"]["event_code"], finding["resources"][0]["name"]): finding["status_code"]
        for finding in found
    }


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_the_verdict_is_that_of_another_auditor(
    state: State, account: TestAccount, prowler: str, tmp_path: Path
) -> None:
    for step in state.given:
        step(account)
    result = account.run("iam_admin_info", name="iamadmin", expect=[*SHARED])
    ours = {check["id"]: check["status"] for check in result["checks"] if check["id"] in SHARED}
    assert {id for id, status in ours.items() if status == "fail"} == state.fails
    assert {id for id, status in ours.items() if status == "unknown"} == state.unknown

    findings = audit(prowler, account, tmp_path)
    theirs = {id: judge(findings) for id, judge in SHARED.items()}
    expected = {id: state.differs[id][0] if id in state.differs else id not in state.fails for id in SHARED}
    assert theirs == expected, findings


def test_each_shared_check_was_seen_to_pass_and_to_fail_by_both() -> None:
    agreed = {(id, id in state.fails) for state in STATES for id in SHARED if id not in state.differs}
    assert agreed == {(id, fails) for id in SHARED for fails in (True, False)}
