# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whether an administrator of the playbooks is one to other programs: the AWS CLI and Terraform, by `make clients`."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.integration.cases import ADMINISTRATOR, attached, enabled_device, password, user
from tests.integration.conftest import Bootstrap, TestAccount
from tests.operator import PROJECT, ansible, clean_environment

# With an endpoint of its own the CLI wants one, for services without regions, too
REGION = {"AWS_DEFAULT_REGION": "us-east-1"}


@dataclass(frozen=True)
class Cli:
    """The AWS CLI of an administrator of production."""

    command: str
    bootstrap: Bootstrap

    @property
    def account(self) -> TestAccount:
        """The account."""
        return self.bootstrap.production

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command line."""
        given = clean_environment({**self.bootstrap.operator.environment, **REGION, **environment})
        return subprocess.run(
            [self.command, "--output", "json", *arguments], env=given, capture_output=True, text=True, check=False
        )

    def answer(self, *arguments: str, **environment: str) -> Any:
        """Run a command line that is to succeed, and return its answer."""
        done = self.run(*arguments, **environment)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    def session(self, code: str, **key: str) -> subprocess.CompletedProcess[str]:
        """Ask for a session by a code of the administrator's device."""
        device = ("--serial-number", f"arn:aws:iam::{self.account.id}:mfa/iamadmin", "--token-code", code)
        return self.run("sts", "get-session-token", *device, **key)

    def access_key(self) -> dict[str, str]:
        """Give the administrator an access key, as environment variables."""
        key = self.account.iam.create_access_key(UserName="iamadmin")["AccessKey"]
        return {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}

    def fresh_code(self) -> str:
        """Look at the phone."""
        return self.bootstrap.operator.authenticator.fresh_code("production")


@pytest.fixture(autouse=True)
def are_wanted(request: pytest.FixtureRequest) -> None:
    """Leave out what `make test` has no clients for."""
    if not request.config.getoption("--clients"):
        pytest.skip("make clients installs the AWS CLI, and runs these tests")


@pytest.fixture
def cli(request: pytest.FixtureRequest, both_bootstrapped: Bootstrap) -> Cli:
    """The AWS CLI on two accounts that are bootstrapped."""
    return Cli(str(Path(request.config.getoption("--clients")) / "aws"), both_bootstrapped)


def test_the_cli_finds_the_administrator_with_the_device(cli: Cli) -> None:
    of = ("--user-name", "iamadmin", "--profile", "production")
    (device,) = cli.answer("iam", "list-mfa-devices", *of)["MFADevices"]
    assert device["SerialNumber"] == f"arn:aws:iam::{cli.account.id}:mfa/iamadmin"
    (policy,) = cli.answer("iam", "list-attached-user-policies", *of)["AttachedPolicies"]
    assert policy["PolicyArn"] == ADMINISTRATOR
    assert cli.answer("iam", "get-login-profile", *of)["LoginProfile"]["PasswordResetRequired"] is True


def test_a_code_of_the_phone_opens_a_session_of_the_cli_and_a_wrong_one_does_not(cli: Cli) -> None:
    key, code = cli.access_key(), cli.fresh_code()
    wrong = cli.session(f"{(int(code) + 1) % 10**6:06}", **key)
    assert wrong.returncode != 0
    assert "AccessDenied" in wrong.stderr
    opened = cli.session(code, **key)
    assert opened.returncode == 0, opened.stderr
    assert cli.answer("sts", "get-caller-identity", **of_session(opened))["Arn"].endswith(":user/iamadmin")
    used = cli.session(code, **key)
    assert used.returncode != 0
    assert "AccessDenied" in used.stderr


def of_session(done: subprocess.CompletedProcess[str]) -> dict[str, str]:
    """Return the credentials of a session as environment variables."""
    credentials = json.loads(done.stdout)["Credentials"]
    names = {"AccessKeyId": "ACCESS_KEY_ID", "SecretAccessKey": "SECRET_ACCESS_KEY", "SessionToken": "SESSION_TOKEN"}
    return {f"AWS_{name}": credentials[of_aws] for of_aws, name in names.items()}


def test_a_profile_of_the_playbook_takes_what_aws_login_has_brought(cli: Cli) -> None:
    """Nobody signs in by a browser here: the file that `aws login` would leave is written instead."""
    config = cli.bootstrap.operator.directory / "administrators"
    written = ("-e", json.dumps({"iam_admin_aws_config_file": str(config)}))
    done = cli.bootstrap.operator.run(*ansible("playbook"), str(PROJECT / "playbooks" / "aws_profile.yml"), *written)
    assert done.returncode == 0, done.stdout
    who = ("sts", "get-caller-identity", "--profile", "production-iamadmin")
    unknown = cli.run(*who, AWS_CONFIG_FILE=str(config))
    assert unknown.returncode != 0
    assert "Please reauthenticate with 'aws login'" in unknown.stderr

    arn = f"arn:aws:iam::{cli.account.id}:user/iamadmin"
    session = json.loads(cli.session(cli.fresh_code(), **cli.access_key()).stdout)["Credentials"]
    tokens = config.parent / ".aws" / "login" / "cache" / f"{hashlib.sha256(arn.encode()).hexdigest()}.json"
    tokens.parent.mkdir(parents=True)
    access = {
        "accessKeyId": session["AccessKeyId"],
        "secretAccessKey": session["SecretAccessKey"],
        "sessionToken": session["SessionToken"],
        "accountId": cli.account.id,
        "expiresAt": session["Expiration"],
    }
    tokens.write_text(json.dumps({"accessToken": access, **dict.fromkeys(("clientId", "refreshToken", "dpopKey"), "")}))
    assert cli.answer(*who, AWS_CONFIG_FILE=str(config))["Arn"] == arn


def test_terraform_takes_the_administrator_over_and_has_nothing_to_change(account: TestAccount, tmp_path: Path) -> None:
    """Where Terraform gets at its AWS provider."""
    if not shutil.which("terraform"):
        pytest.skip("terraform is not on this machine")
    for step in (user(), attached(ADMINISTRATOR), enabled_device(), password()):
        step(account)
    who = {"user": "iamadmin"}
    resources = {
        "aws_iam_user": ({"name": "iamadmin"}, "iamadmin"),
        "aws_iam_user_policy_attachment": ({**who, "policy_arn": ADMINISTRATOR}, f"iamadmin/{ADMINISTRATOR}"),
        "aws_iam_virtual_mfa_device": (
            {"virtual_mfa_device_name": "iamadmin"},
            f"arn:aws:iam::{account.id}:mfa/iamadmin",
        ),
    }
    endpoints = {"iam": account.aws.url, "sts": account.aws.url}
    configuration = {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}},
        "provider": {"aws": {"profile": "general", "region": "us-east-1", "endpoints": endpoints}},
        "resource": {kind: {"administrator": arguments} for kind, (arguments, _id) in resources.items()},
        "import": [{"to": f"{kind}.administrator", "id": id} for kind, (_arguments, id) in resources.items()],
    }
    (tmp_path / "main.tf.json").write_text(json.dumps(configuration))
    init = terraform(account, tmp_path, "init", "-input=false", "-no-color")
    if "Failed to query available provider packages" in init.stderr:
        pytest.skip(f"terraform reaches no registry that has its AWS provider: {' '.join(init.stderr.split())}")
    assert init.returncode == 0, init.stderr
    terraform(account, tmp_path, "plan", "-input=false", "-out=plan")
    plan = json.loads(terraform(account, tmp_path, "show", "-json", "plan").stdout)
    changes = {change["type"]: change["change"] for change in plan["resource_changes"]}
    assert {kind: change["actions"] for kind, change in changes.items()} == {kind: ["no-op"] for kind in resources}


def terraform(account: TestAccount, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run Terraform in a folder."""
    environment = clean_environment(account.environment)
    return subprocess.run(
        ["terraform", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
