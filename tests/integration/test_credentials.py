# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Where credentials come from: each way that is broken ends in a sentence, and shows no secret."""

from __future__ import annotations

import json
import shlex
import sys
from hashlib import sha1
from pathlib import Path
from typing import Any

import pytest

from tests.integration.conftest import TestAccount, open_accounts
from tests.local_aws.server import LocalAws

SECRET = "hunter2"


def process(output: str, code: int = 0) -> str:
    """Return a profile whose credentials a process gives, which also says a secret on standard error."""
    program = f"import sys; print({output!r}); sys.exit(print({SECRET!r}, file=sys.stderr) or {code})"
    return f"credential_process = {shlex.join([sys.executable, '-c', program])}"


def keys(**more: str) -> str:
    return json.dumps({"Version": 1, "AccessKeyId": "AKIAVOID", "SecretAccessKey": SECRET, **more})


PROCESS = "The credential_process of profile odd failed, or gave no credentials: run it by itself to see why."
BROKEN = "The credentials of profile odd cannot be read, or have expired"
SSO = """sso_session = here
sso_account_id = 111111111111
sso_role_name = admin
[sso-session here]
sso_start_url = https://example.org/start
sso_region = eu-central-1"""
WAYS = {
    "a process that fails": (process("", code=1), PROCESS),
    "a process that gives nothing": (process(""), BROKEN),
    "a process that gives a list": (process("[]"), BROKEN),
    "a process that gives no key": (process("{}"), PROCESS),
    "a process that gives expired keys": (process(keys(Expiration="2020-01-01T00:00:00Z")), BROKEN),
    "no process": ("credential_process =", BROKEN),
    "a process that is not there": (
        "credential_process = /nowhere/at-all",
        "(/nowhere/at-all: No such file or directory): check its",
    ),
    "an empty token of SSO": (SSO, "Sign in first: aws sso login --profile"),
}


@pytest.mark.parametrize("in_process", [True, False], ids=["in process", "as module"])
@pytest.mark.parametrize(("profile", "said"), WAYS.values(), ids=WAYS)
def test_credentials_that_are_broken_are_a_sentence_without_a_secret(
    account: TestAccount, tmp_path: Path, profile: str, said: str, in_process: bool
) -> None:
    config = Path(account.environment["AWS_CONFIG_FILE"])
    config.write_text(f"{config.read_text()}\n[profile odd]\nregion = us-east-1\n{profile}\n")
    tokens = tmp_path / ".aws" / "sso" / "cache"
    tokens.mkdir(parents=True)
    (tokens / f"{sha1(b'here', usedforsecurity=False).hexdigest()}.json").write_text("")
    odd = TestAccount(account.aws, "odd", account.id, {**account.environment, "HOME": str(tmp_path)}, in_process)
    result = odd.run("iam_admin_info", name="iamadmin")
    assert (result["failed"], said in result["msg"], "fault of the" in result["msg"]) == (True, True, False), result[
        "msg"
    ]
    assert SECRET not in json.dumps(result)


def role_of(aws: LocalAws, folder: Path, *more: str) -> tuple[TestAccount, TestAccount]:
    """Return a hub, and a member that is reached by a role, from its profile."""
    hub, member = open_accounts(aws, folder, "hub", "member", organisation=True).values()
    config = folder / "aws-config"
    text = config.read_text()
    config.write_text(text.replace("[profile member]", "\n".join(["[profile member]", *more])))
    environment = {**member.environment, "HOME": str(folder)}
    return hub, TestAccount(aws, "member", member.id, environment)


@pytest.mark.parametrize("content", ["", '{"Credentials": {"AccessK', "[]"], ids=["empty", "cut off", "a list"])
def test_a_file_of_the_cache_that_is_cut_off_is_written_anew(aws: LocalAws, tmp_path: Path, content: str) -> None:
    hub, member = role_of(aws, tmp_path)
    for _time in range(2):
        assert member.run("iam_admin_info", name="iamadmin")["account_id"] == member.id
        (file,) = (tmp_path / ".aws" / "cli" / "cache").iterdir()
        file.write_text(content)
    assert hub.calls.count("AssumeRole") == 2


def test_a_code_that_nobody_could_type_is_not_asked_for(aws: LocalAws, tmp_path: Path) -> None:
    hub, member = role_of(aws, tmp_path, "mfa_serial = arn:aws:iam::111111111111:mfa/somebody")
    result = member.run("iam_admin_info", name="iamadmin")
    assert result["msg"].startswith("The credentials of profile member need an MFA code (mfa_serial), which cannot be")
    assert hub.calls.count("AssumeRole") == 0


def test_the_connection_of_a_task_is_that_of_the_profiles_role_too(aws: LocalAws, tmp_path: Path) -> None:
    hub, member = role_of(aws, tmp_path)
    del member.environment["AWS_ENDPOINT_URL"]
    result = member.run("iam_admin_info", name="iamadmin", endpoint_url=aws.url)
    assert (result["account_id"], hub.calls.count("AssumeRole")) == (member.id, 1)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"aws_config": {"retries": "many"}}, "aws_config cannot be used: "),
        ({"aws_config": {"no_such": 1}}, "aws_config cannot be used: "),
    ],
)
def test_a_configuration_that_botocore_refuses_is_a_sentence(
    account: TestAccount, options: dict[str, Any], said: str
) -> None:
    result = account.run("iam_admin_info", name="iamadmin", **options)
    assert (result["failed"], said in result["msg"], "fault of the" in result["msg"]) == (True, True, False), result
