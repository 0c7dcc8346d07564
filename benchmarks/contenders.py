# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who is compared: each does the same job, by a command in a folder of its own."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.local_aws.server import ROLE
from tests.operator import PROJECT, ansible, clean_environment

from .aws import ADMINISTRATOR, USER, Aws

HERE = Path(__file__).parent / "contenders"


class CannotTakePartError(Exception):
    """Why a contender is left out on this machine."""


@dataclass(frozen=True)
class Contender:
    """`command` is run in a folder that `set_up` has made ready.

    `creates` says whether it can do the whole job, and `slow` that a hundred accounts take it minutes.
    """

    name: str
    command: tuple[str, ...]
    set_up: Callable[[Aws, Path], None]
    creates: bool = True
    slow: bool = False
    most_accounts: int = 100

    def environment(self, aws: Aws, folder: Path) -> dict[str, str]:
        """Return its environment: a home that holds nothing yet, so that nobody profits from an earlier run."""
        home = folder / "home"
        shutil.rmtree(home, ignore_errors=True)
        home.mkdir()
        settings = {
            "HOME": str(home),
            "ANSIBLE_INVENTORY": str(folder / "inventory.json"),
            "ANSIBLE_VAULT_PASSWORD_FILE": str(folder / "vault-password"),
            "AWS_DEFAULT_REGION": "us-east-1",
        }
        environment = {**clean_environment(aws.environment), **settings}
        # Python may keep what it has compiled, as it does for people
        return {name: value for name, value in environment.items() if not name.startswith("PYTHON")}


def _inventory(aws: Aws, folder: Path) -> None:
    hosts = {name: {"aws_profile": name, "aws_account_id": account_id} for name, account_id in aws.accounts.items()}
    variables = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
    (folder / "inventory.json").write_text(json.dumps({"aws_accounts": {"hosts": hosts, "vars": variables}}))
    (folder / "vault-password").write_text("only for the benchmark\n")


def _accounts(aws: Aws, folder: Path) -> None:
    (folder / "accounts.json").write_text(json.dumps(aws.accounts))


def _terraform(aws: Aws, folder: Path) -> None:
    """Let terraform take over what is there."""
    if not shutil.which("terraform"):
        raise CannotTakePartError("terraform is not on this machine")
    (folder / "main.tf.json").write_text(json.dumps(_terraform_configuration(aws)))
    environment = clean_environment(aws.environment)
    for arguments in (["init", "-input=false"], ["apply", "-input=false", "-auto-approve"]):
        done = subprocess.run(
            ["terraform", *arguments], cwd=folder, env=environment, check=False, capture_output=True, text=True
        )
        if done.returncode:
            raise CannotTakePartError(f"terraform {arguments[0]} fails: {done.stderr.strip()}")


def _terraform_configuration(aws: Aws) -> dict[str, Any]:
    resources = {
        "aws_iam_user": {"name": USER},
        "aws_iam_user_policy_attachment": {"user": USER, "policy_arn": ADMINISTRATOR},
        "aws_iam_user_login_profile": {"user": USER, "lifecycle": {"ignore_changes": "all"}},
        "aws_iam_virtual_mfa_device": {"virtual_mfa_device_name": USER},
    }
    ids = {
        "aws_iam_user": USER,
        "aws_iam_user_policy_attachment": f"{USER}/{ADMINISTRATOR}",
        "aws_iam_user_login_profile": USER,
        "aws_iam_virtual_mfa_device": "arn:aws:iam::{account_id}:mfa/" + USER,
    }
    return {
        "terraform": {"required_providers": {"aws": {"source": "hashicorp/aws"}}},
        "provider": {"aws": [_terraform_provider(aws, name) for name in aws.accounts]},
        "data": {"aws_caller_identity": {name: {"provider": f"aws.{name}"} for name in aws.accounts}},
        "resource": {
            kind: {name: {"provider": f"aws.{name}", **arguments} for name in aws.accounts}
            for kind, arguments in resources.items()
        },
        "import": [
            {"to": f"{kind}.{name}", "id": identity.format(account_id=account_id), "provider": f"aws.{name}"}
            for kind, identity in ids.items()
            for name, account_id in aws.accounts.items()
        ],
    }


def _terraform_provider(aws: Aws, name: str) -> dict[str, Any]:
    """Assume the role in the provider: for a profile that does it, it asks no endpoint but that of the real AWS."""
    first = next(iter(aws.accounts))
    role = {"assume_role": {"role_arn": f"arn:aws:iam::{aws.accounts[name]}:role/{ROLE}"}} if name != first else {}
    endpoint = aws.environment["AWS_ENDPOINT_URL"]
    connection = {"region": "us-east-1", "endpoints": {"iam": endpoint, "sts": endpoint}}
    return {"alias": name, "profile": first, **role, **connection}


_OURS = (
    *ansible("playbook"),
    str(PROJECT / "bootstrap.yml"),
    "--extra-vars",
    "iam_admin_enrolment=totp iam_admin_report_dir=report",
)
_SCRIPT = (sys.executable, str(HERE / "boto3_script.py"))

OURS = Contender("landing_zone.aws_admin", _OURS, _inventory, most_accounts=1000)
QUICKEST = Contender("boto3 script, tuned", (*_SCRIPT, "--tuned"), _accounts, most_accounts=1000)
# For a network that is slow
_MANY = 50
CONTENDERS = (
    OURS,
    Contender(f"landing_zone.aws_admin, {_MANY} at once", (*_OURS, "--forks", str(_MANY)), _inventory),
    Contender(f"boto3 script, tuned, {_MANY} at once", (*_SCRIPT, "--tuned", "--threads", str(_MANY)), _accounts),
    Contender("the same, as modules", (*_OURS, "-e", "iam_admin_in_process=false"), _inventory, slow=True),
    Contender("amazon.aws playbook", (*ansible("playbook"), str(HERE / "amazon_aws.yml")), _inventory, slow=True),
    Contender("boto3 script", _SCRIPT, _accounts, most_accounts=500),
    QUICKEST,
    # It has no way to enable a device; and it starts a provider process of some 300 MB for each account
    Contender(
        "terraform plan",
        ("terraform", "plan", "-input=false", "-detailed-exitcode"),
        _terraform,
        creates=False,
        most_accounts=2,
    ),
)
