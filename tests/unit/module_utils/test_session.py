# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way to AWS, looked at where it can be seen without going there: a presigned request."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Barrier
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec
from botocore import configloader
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError
from botocore.loaders import JSONFileLoader, create_loader

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin import session as tested
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.api import ANSWER_LOST
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, AwsError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.session import (
    _CliCache,
    _client_options,
    _Patience,
    _session,
    connect,
    connection_argument_spec,
    preload,
)
from ansible_collections.landing_zone.aws_admin.tests.unit.stubbed import refusal

PROFILES = """
[profile production]
aws_access_key_id = key-of-the-profile
aws_secret_access_key = void
region = eu-central-1

[profile nowhere]
aws_access_key_id = key-of-the-profile
aws_secret_access_key = void
"""
KEYS = {"access_key": "key-of-the-task", "secret_key": "void"}


@pytest.fixture(autouse=True)
def profiles(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An environment of our own: two profiles, exported keys, no region."""
    for name in ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS", "AWS_ENDPOINT_URL_IAM", "AWS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    config = tmp_path / "config"
    config.write_text(PROFILES)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key-of-the-environment")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "void")


def params(**given: Any) -> dict[str, Any]:
    """Return the module's connection options: the default ones but for those given."""
    return {option: entry.get("default") for option, entry in connection_argument_spec().items()} | given


def client(name: str = "sts", **given: Any) -> Any:
    """Return a client that connect() makes."""
    return getattr(connect(params(**given)), f"_{name}")


def key_of(client: Any) -> str:
    """Return the access key that a client signs with."""
    query = parse_qs(urlsplit(client.generate_presigned_url("get_caller_identity")).query)
    return query.get("AWSAccessKeyId", query.get("X-Amz-Credential", [""]))[0].partition("/")[0]


@pytest.mark.parametrize(
    ("given", "region"),
    [
        ({}, "us-east-1"),
        ({"profile": "nowhere"}, "us-east-1"),
        ({"profile": "production"}, "eu-central-1"),
        ({"profile": "production", "region": "eu-west-1"}, "eu-west-1"),
        ({"region": "cn-north-1"}, "cn-north-1"),
    ],
)
def test_the_region_is_the_tasks_else_the_profiles_else_one_that_always_is(given: dict[str, Any], region: str) -> None:
    assert client(**given).meta.region_name == region


@pytest.mark.parametrize(
    ("partition", "region"),
    [
        ("aws", "us-east-1"),
        ("aws-cn", "cn-northwest-1"),
        ("aws-eusc", "eusc-de-east-1"),
        ("aws-iso-b", "us-isob-east-1"),
        ("aws-of-tomorrow", "us-east-1"),
    ],
)
def test_without_a_region_it_is_one_of_the_partition_of_the_role(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, partition: str, region: str
) -> None:
    role = f"arn:{partition}:iam::444455556666:role/Other"

    def region_of(**given: Any) -> str:
        return str(_session(params(**given)).get_config_variable("region"))

    assert region_of(assume_role_arn=role) == region
    assert region_of(assume_role_arn=role, region="eu-west-1") == "eu-west-1"
    (tmp_path / "other").write_text(f"[profile europe]\nrole_arn = {role}\nsource_profile = europe\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "other"))
    assert region_of(profile="europe") == region
    assert region_of() == "us-east-1"


def test_the_region_of_the_environment_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    assert client().meta.region_name == "eu-north-1"


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({}, "key-of-the-environment"),
        ({"profile": "production"}, "key-of-the-profile"),
        (KEYS, "key-of-the-task"),
    ],
)
def test_what_the_task_names_wins_over_exported_keys(given: dict[str, Any], key: str) -> None:
    assert key_of(client(**given)) == key


def test_keys_of_the_task_win_over_a_profile_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    assert key_of(client(**KEYS)) == "key-of-the-task"


def test_a_profile_and_keys_together_are_refused() -> None:
    with pytest.raises(AdminError, match=r"^Both profile and access_key are given"):
        client(profile="production", **KEYS)


@pytest.mark.parametrize(
    "option",
    [
        "access_key",
        "secret_key",
        "session_token",
        "profile",
        "account_id",
        "assume_role_arn",
        "assume_role_external_id",
    ],
)
def test_what_is_empty_is_not_taken_for_left_out(option: str) -> None:
    with pytest.raises(AdminError) as refused:
        client(**{option: ""})
    assert str(refused.value) == f"{option} is empty: give it a value, or leave it out."


@pytest.mark.parametrize("option", ["access_key", "secret_key", "session_token", "profile"])
def test_ansible_leaves_the_environments_credentials_to_boto3(option: str) -> None:
    assert "fallback" not in connection_argument_spec()[option]


def test_the_options_are_those_of_amazon_aws_and_a_few_more() -> None:
    of_amazon_aws = set(aws_argument_spec())
    spec = connection_argument_spec()
    assert of_amazon_aws <= set(spec)
    assert {option: entry for option, entry in spec.items() if option not in of_amazon_aws} == {
        "account_id": {"type": "str"},
        "assume_role_arn": {"type": "str"},
        "assume_role_external_id": {"type": "str"},
        "assume_role_session_name": {"type": "str", "default": "landing_zone.aws_admin"},
        "cache_credentials": {"type": "bool", "default": True, "no_log": False},
    }


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"profile": "typo"}, "ProfileNotFound"),
        ({"access_key": "key-of-the-task"}, "PartialCredentialsError"),
        ({"endpoint_url": "no url"}, "ValueError"),
    ],
)
def test_a_connection_that_cannot_be_made_is_an_error_of_ours(given: dict[str, Any], code: str) -> None:
    with pytest.raises(AwsError, match=f"^Connecting to AWS failed: {code}: ") as failed:
        client(**given)
    assert failed.value.code == code


@pytest.mark.parametrize("name", ["iam", "sts"])
def test_an_endpoint_that_is_given_is_for_both_services(name: str) -> None:
    assert client(name, endpoint_url="http://localhost:1").meta.endpoint_url == "http://localhost:1"


@pytest.mark.parametrize(
    ("aws_config", "attempts"), [(None, "standard"), ({"retries": {"mode": "adaptive"}}, "adaptive")]
)
def test_the_tasks_configuration_wins_over_ours_and_ours_over_that_of_the_environment(
    monkeypatch: pytest.MonkeyPatch, aws_config: dict[str, Any] | None, attempts: str
) -> None:
    monkeypatch.setenv("AWS_RETRY_MODE", "legacy")
    config = client(aws_config=aws_config).meta.config
    assert config.retries["mode"] == attempts
    assert config.connect_timeout == 10
    assert config.user_agent_extra == "landing_zone.aws_admin"


@pytest.mark.parametrize(
    ("given", "verify"),
    [
        ({}, None),
        ({"aws_ca_bundle": ""}, None),
        ({"aws_ca_bundle": "/ca.pem"}, "/ca.pem"),
        ({"validate_certs": False}, False),
        ({"validate_certs": False, "aws_ca_bundle": "/ca.pem"}, False),
    ],
)
def test_certificates_are_verified_unless_the_task_says_otherwise(given: dict[str, Any], verify: object) -> None:
    assert _client_options(params(**given))["verify"] == verify


# Credentials of an assumed role


EXPIRES = (datetime.now(UTC) + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def entry(key: str) -> dict[str, Any]:
    """Return what AWS gives for a role."""
    return {
        "Credentials": {
            "AccessKeyId": key,
            "SecretAccessKey": "void",
            "SessionToken": "void",
            "Expiration": EXPIRES,
        }
    }


ENTRY = entry("ASIAROLE")


def cache_of(**given: Any) -> Any:
    session = _session(params(**given))
    return session.get_component("credential_provider").get_provider("assume-role").cache


def test_an_assumed_role_is_cached_by_default_and_that_is_no_secret() -> None:
    assert connection_argument_spec()["cache_credentials"] == {"type": "bool", "default": True, "no_log": False}
    assert isinstance(cache_of(), _CliCache)


def test_an_assumed_role_is_cached_where_the_aws_cli_does_it_unless_the_task_says_otherwise(tmp_path: Path) -> None:
    cache_of()["role"] = ENTRY
    assert [file.name for file in (tmp_path / ".aws" / "cli" / "cache").iterdir()] == ["role.json"]
    assert not isinstance(cache_of(cache_credentials=False), _CliCache)


@pytest.mark.parametrize("region", ["us-east-1", "cn-north-1", "us-gov-west-1", "eusc-de-east-1"])
def test_every_partition_of_aws_shares_the_cache_with_the_cli(tmp_path: Path, region: str) -> None:
    cache_of(region=region)["role"] = ENTRY
    assert (tmp_path / ".aws" / "cli" / "cache" / "role.json").exists()


@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"])
def test_what_one_endpoint_has_given_is_not_for_another(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    cache_of()["role"] = entry("of AWS")
    for port in (1, 2):
        monkeypatch.setenv(variable, f"http://localhost:{port}")
        cache = cache_of()
        assert "role" not in cache
        cache["role"] = entry(f"of {port}")
        assert cache_of()["role"] == entry(f"of {port}")
    monkeypatch.delenv(variable)
    assert cache_of()["role"] == entry("of AWS")


@pytest.mark.parametrize(
    "said",
    [
        "[default]\nendpoint_url = http://127.0.0.1:1\n",
        "[default]\nservices = here\n[services here]\nsts =\n  endpoint_url = http://127.0.0.1:1\n",
    ],
)
def test_an_endpoint_of_the_config_file_has_entries_of_its_own(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str
) -> None:
    (tmp_path / "other").write_text(said)
    with monkeypatch.context() as context:
        context.setenv("AWS_CONFIG_FILE", str(tmp_path / "other"))
        cache_of()["role"] = ENTRY
        assert "role" in cache_of()
    assert "role" not in cache_of()


def test_an_endpoint_of_aws_shares_the_cache_with_the_cli(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", "https://vpce-1.sts.eu-central-1.vpce.amazonaws.com")
    cache_of()["role"] = ENTRY
    assert (tmp_path / ".aws" / "cli" / "cache" / "role.json").exists()


def test_a_host_that_only_looks_like_one_of_aws_has_entries_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "https://sts.amazonaws.com.example.org")
    cache_of()["role"] = ENTRY
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    assert "role" not in cache_of()


DAMAGED = {
    "empty": b"",
    "cut off": json.dumps(ENTRY).encode()[:40],
    "no text": b"\xff\xfe",
    "a list": b"[]",
    "nothing": b"null",
    "no credentials": b"{}",
    "null credentials": b'{"Credentials": null}',
    "no key": json.dumps({"Credentials": {**ENTRY["Credentials"], "AccessKeyId": None}}).encode(),
    "no expiration": json.dumps({"Credentials": {**ENTRY["Credentials"], "Expiration": None}}).encode(),
    "no date": json.dumps({"Credentials": {**ENTRY["Credentials"], "Expiration": "later"}}).encode(),
}


@pytest.mark.parametrize("content", DAMAGED.values(), ids=DAMAGED)
def test_a_cache_file_that_cannot_be_read_is_a_miss(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / ".aws" / "cli" / "cache"
    folder.mkdir(parents=True)
    (folder / "role.json").write_bytes(content)
    cache = cache_of()
    assert "role" not in cache
    with pytest.raises(KeyError):
        cache["role"]
    cache["role"] = ENTRY
    assert "role" in cache
    # Another process writes it at this moment: what was seen is what is used
    (folder / "role.json").write_bytes(content)
    assert cache["role"] == ENTRY


def test_without_a_home_nothing_is_cached(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless(_path: Path) -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", homeless)
    assert not isinstance(cache_of(), _CliCache)


def test_where_nothing_can_be_written_nothing_is_cached(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cache = _CliCache(tmp_path / "file", str)
    cache["role"] = ENTRY
    assert "role" not in cache


# A role that the task names, and a key that AWS has just given

ROLE = "arn:aws:iam::222222222222:role/OrganizationAccountAccessRole"
GIVEN = {"AccessKeyId": "ASIAROLE", "SecretAccessKey": "void", "SessionToken": "token-of-the-role"}


@dataclass
class Sts:
    """What was asked of STS (AssumeRole), and what it answers."""

    asked: list[dict[str, Any]] = field(default_factory=list)
    signed_by: list[str] = field(default_factory=list)
    urls: list[str] = field(default_factory=list)
    answer: dict[str, Any] = field(
        default_factory=lambda: {"Credentials": {**GIVEN, "Expiration": datetime.now(UTC) + timedelta(hours=1)}}
    )

    def note(self, params: Mapping[str, Any], **_event: Any) -> None:
        self.asked.append(dict(params))

    def reply(self, params: Mapping[str, Any], request_signer: Any, **_event: Any) -> tuple[Any, dict[str, Any]]:
        self.urls.append(params["url"])
        self.signed_by.append(request_signer._credentials.access_key)
        metadata = {"ResponseMetadata": {"RequestId": "void"}}
        return SimpleNamespace(status_code=400 if "Error" in self.answer else 200), {**metadata, **self.answer}


@pytest.fixture
def sts(monkeypatch: pytest.MonkeyPatch) -> Sts:
    """STS, asked in each session before the call is sent."""
    answers = Sts()

    def session(given: Mapping[str, Any], *_shared: Any) -> Any:
        made = _session(given)
        made.register("before-parameter-build.sts.AssumeRole", answers.note)
        made.register("before-call.sts.AssumeRole", answers.reply)
        return made

    monkeypatch.setattr(tested, "_session", session)
    return answers


def credentials_of(client: Any) -> tuple[str, str | None]:
    """Return the access key and the session token that a client signs with."""
    found = client._request_signer._credentials
    return found.access_key, found.token


def test_a_session_that_the_task_names_is_used_with_its_token() -> None:
    found = credentials_of(client(session_token="token-of-the-task", **KEYS))
    assert found == ("key-of-the-task", "token-of-the-task")


@pytest.mark.parametrize("name", ["iam", "sts"])
def test_a_role_is_assumed_with_what_would_be_used_else(sts: Sts, name: str) -> None:
    assert credentials_of(client(name, assume_role_arn=ROLE)) == ("ASIAROLE", "token-of-the-role")
    assert sts.asked == [{"RoleArn": ROLE, "RoleSessionName": "landing_zone.aws_admin"}]
    assert sts.signed_by == ["key-of-the-environment"]


@pytest.mark.parametrize(
    ("given", "key"), [({"profile": "production"}, "key-of-the-profile"), (KEYS, "key-of-the-task")]
)
def test_the_tasks_own_credentials_assume_the_role(sts: Sts, given: dict[str, Any], key: str) -> None:
    client(assume_role_arn=ROLE, **given)
    assert sts.signed_by == [key]


def test_a_role_is_assumed_as_the_task_says_and_where_it_says(sts: Sts) -> None:
    connected = client(
        assume_role_arn=ROLE,
        assume_role_external_id="ours",
        assume_role_session_name="night",
        endpoint_url="http://localhost:1",
    )
    assert sts.asked == [{"RoleArn": ROLE, "RoleSessionName": "night", "ExternalId": "ours"}]
    assert [url.rstrip("/") for url in (*sts.urls, connected.meta.endpoint_url)] == ["http://localhost:1"] * 2


def test_a_role_that_one_key_has_assumed_is_not_for_another(sts: Sts) -> None:
    for given in (KEYS, {"profile": "production"}, KEYS):
        client(assume_role_arn=ROLE, **given)
    assert sts.signed_by == ["key-of-the-task", "key-of-the-profile"]


def test_a_role_that_one_endpoint_has_given_is_not_for_another(sts: Sts) -> None:
    urls = ("http://localhost:1", None, "http://localhost:2")
    for url in urls * 2:
        client(assume_role_arn=ROLE, endpoint_url=url)
    assert len(sts.urls) == len(set(sts.urls)) == len(urls)


@pytest.mark.usefixtures("sts")
def test_where_the_task_has_keys_nobody_else_is_asked_for_some(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    asked = tmp_path / "asked"
    (tmp_path / "config").write_text(f"[default]\ncredential_process = touch {asked}\n")
    client(assume_role_arn=ROLE, **KEYS)
    assert not asked.exists()


@pytest.mark.parametrize("cached", [True, False])
def test_credentials_that_refresh_themselves_are_asked_for_once(tmp_path: Path, cached: bool) -> None:
    (tmp_path / "turn").write_text("0")
    helper = tmp_path / "helper"
    helper.write_text(
        "#!/bin/sh\n"
        f"turn=$(($(cat {tmp_path}/turn) + 1)); echo $turn > {tmp_path}/turn\n"
        'printf \'{"Version": 1, "AccessKeyId": "key-%s", "SecretAccessKey": "void", "Expiration": "%s"}\' '
        f"$turn {(datetime.now(UTC) + timedelta(minutes=5)).isoformat()}\n"
    )
    helper.chmod(0o700)
    (tmp_path / "config").write_text(f"[profile production]\ncredential_process = {helper}\n")
    api = connect(params(profile="production", cache_credentials=cached))
    asked = (tmp_path / "turn").read_text().strip()
    assert [credentials_of(client) for client in (api._sts, api._iam)] == [(f"key-{asked}", None)] * 2
    assert (tmp_path / "turn").read_text().strip() == asked


@pytest.mark.parametrize(("cached", "times"), [(True, 1), (False, 2)])
def test_a_role_is_assumed_once_unless_the_task_says_otherwise(sts: Sts, cached: bool, times: int) -> None:
    for _time in range(2):
        client(assume_role_arn=ROLE, cache_credentials=cached)
    assert len(sts.asked) == times


def test_a_refused_role_is_an_error_of_the_call_within(sts: Sts) -> None:
    sts.answer = refusal("AccessDenied")
    with pytest.raises(AwsError) as refused:
        client(assume_role_arn=ROLE)
    assert str(refused.value) == (
        "AssumeRole failed: AccessDenied: No. The credentials lack the permission sts:AssumeRole, or there is no such "
        "role, or it does not trust them: have it granted, or correct the role's ARN."
    )


ROLES = f"""
[profile member]
role_arn = {ROLE}
source_profile = production

[profile deeper]
role_arn = {ROLE}
source_profile = member

[profile itself]
role_arn = {ROLE}
source_profile = itself
aws_access_key_id = key-of-itself
aws_secret_access_key = void
aws_session_token = token-of-itself

[profile of-a-process]
role_arn = {ROLE}
source_profile = process

[profile process]
credential_process = echo '{{"Version": 1, "AccessKeyId": "key-of-a-process", "SecretAccessKey": "void"}}'

[profile of-the-environment]
role_arn = {ROLE}
credential_source = Environment

[default]
role_arn = {ROLE}
source_profile = production
"""


@pytest.fixture
def roles(tmp_path: Path) -> None:
    """Profiles of roles, after the others."""
    with (tmp_path / "config").open("a") as config:
        config.write(ROLES)


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({}, None),
        ({"profile": "production"}, None),
        (KEYS, None),
        ({"assume_role_arn": ROLE}, "key-of-the-environment"),
        ({"assume_role_arn": ROLE, "profile": "production"}, "key-of-the-profile"),
        ({"assume_role_arn": ROLE, "profile": "deeper"}, "key-of-the-profile"),
        ({"assume_role_arn": ROLE, **KEYS}, "key-of-the-task"),
        ({"profile": "member"}, "key-of-the-profile"),
        ({"profile": "deeper"}, "key-of-the-profile"),
        ({"profile": "itself"}, "key-of-itself"),
        ({"profile": "of-a-process"}, "key-of-a-process"),
        ({"profile": "of-the-environment"}, "key-of-the-environment"),
    ],
)
@pytest.mark.usefixtures("roles", "sts")
def test_it_is_known_with_whose_keys_a_role_was_assumed(given: dict[str, Any], key: str | None) -> None:
    source = connect(params(endpoint_url="http://localhost:1", **given))._source()
    assert (source and source._key_id) == key
    token = "token-of-itself" if key == "key-of-itself" else None
    assert source is None or credentials_of(source._sts) == (key, token)
    assert source is None or source._sts.meta.endpoint_url == "http://localhost:1"


@pytest.mark.parametrize(
    ("given", "key"),
    [
        ({"profile": "production"}, None),
        (KEYS, None),
        ({"assume_role_arn": ROLE}, "key-of-the-environment"),
        ({"assume_role_arn": ROLE, "profile": "production"}, "key-of-the-profile"),
        ({"assume_role_arn": ROLE, "profile": "member"}, "ASIAROLE"),
        ({"assume_role_arn": ROLE, **KEYS}, "key-of-the-task"),
        ({"profile": "member"}, "key-of-the-profile"),
        # The nearest one, which is a role itself
        ({"profile": "deeper"}, "ASIAROLE"),
        ({"profile": "itself"}, "key-of-itself"),
        ({"profile": "of-the-environment"}, "key-of-the-environment"),
        # The one that is named, whatever the task has else
        ({"profile": "member", "management_profile": "production"}, "key-of-the-profile"),
        ({"assume_role_arn": ROLE, "management_profile": "production"}, "key-of-the-profile"),
        ({**KEYS, "management_profile": "production"}, "key-of-the-profile"),
    ],
)
@pytest.mark.usefixtures("roles", "sts")
def test_root_sessions_are_asked_for_by_the_nearest_one_or_who_is_named(given: dict[str, Any], key: str | None) -> None:
    manager = connect(params(endpoint_url="http://localhost:1", **given)).manager
    assert (manager and manager._key_id) == key


@pytest.mark.usefixtures("sts")
def test_a_default_profile_that_leads_to_itself_has_its_own_keys(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    keys = "aws_access_key_id = key-of-itself\naws_secret_access_key = void\n"
    (tmp_path / "config").write_text(f"[default]\nrole_arn = {ROLE}\nsource_profile = default\n{keys}")
    api = connect(params())
    assert (api._key_id, api.manager and api.manager._key_id) == ("ASIAROLE", "key-of-itself")


@pytest.mark.parametrize(
    ("profile", "given", "key"), [(None, {}, "key-of-the-profile"), ("member", KEYS, None), ("production", {}, None)]
)
@pytest.mark.usefixtures("roles", "sts")
def test_a_profile_of_the_environment_is_followed_unless_the_task_has_keys(
    monkeypatch: pytest.MonkeyPatch, profile: str | None, given: dict[str, Any], key: str | None
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    if profile:
        monkeypatch.setenv("AWS_PROFILE", profile)
    source = connect(params(**given))._source()
    assert (source and source._key_id) == key


def test_without_credentials_no_role_is_assumed(monkeypatch: pytest.MonkeyPatch, sts: Sts) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(AwsError, match=r"^Connecting to AWS failed: NoCredentialsError: "):
        client(assume_role_arn=ROLE)
    assert sts.asked == []


def test_half_a_key_is_not_completed_by_what_would_be_used_else(sts: Sts) -> None:
    with pytest.raises(AwsError, match=r"^Connecting to AWS failed: PartialCredentialsError: "):
        client(access_key="key-of-the-task", assume_role_arn=ROLE)
    assert sts.asked == []


def test_what_is_no_arn_of_a_role_is_refused() -> None:
    with pytest.raises(AdminError) as refused:
        client(assume_role_arn="admin")
    assert str(refused.value) == (
        "assume_role_arn 'admin' is not the ARN of a role, such as "
        "arn:aws:iam::222222222222:role/OrganizationAccountAccessRole."
    )


@pytest.mark.parametrize(
    ("key", "credentials"),
    [
        ({"AccessKeyId": "AKIANEW", "SecretAccessKey": "void"}, ("AKIANEW", None)),
        (GIVEN, ("ASIAROLE", "token-of-the-role")),
    ],
)
def test_a_key_that_was_just_made_is_used_instead(sts: Sts, key: dict[str, str], credentials: Any) -> None:
    given = {
        "assume_role_arn": ROLE,
        "session_token": "token-of-the-task",
        "endpoint_url": "http://localhost:1",
        **KEYS,
    }
    api = connect(params(**given), key)
    assert api._iam.meta.endpoint_url == "http://localhost:1"
    assert [credentials_of(client) for client in (api._iam, api._sts)] == [credentials, credentials]
    assert sts.asked == []


@pytest.mark.parametrize(
    ("key", "code", "waited"),
    [
        (None, "EntityTemporarilyUnmodifiable", [0.5]),
        (None, "InvalidClientTokenId", []),
        (GIVEN, "InvalidClientTokenId", [0.5]),
    ],
)
def test_a_client_repeats_what_is_refused_for_a_moment_and_only_a_new_key_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, key: dict[str, str] | None, code: str, waited: list[float]
) -> None:
    seconds: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", seconds.append)
    iam = connect(params(**KEYS), key)._iam
    answers = [
        (400, f"<ErrorResponse><Error><Code>{code}</Code><Message>No</Message></Error></ErrorResponse>"),
        (
            200,
            "<TagUserResponse><ResponseMetadata><RequestId>void</RequestId></ResponseMetadata></TagUserResponse>",
        ),
    ]

    def send(request: Any, **_event: Any) -> AWSResponse:
        status, body = answers.pop(0)
        response = AWSResponse(request.url, status, {}, None)
        response._content = body.encode()
        return response

    iam.meta.events.register("before-send.iam", send)
    with nullcontext() if waited else pytest.raises(ClientError):
        iam.tag_user(UserName="iamadmin", Tags=[])
    assert seconds == waited


@pytest.mark.parametrize("given", [{"profile": "member"}, {"assume_role_arn": ROLE}, {"profile": "of-the-environment"}])
@pytest.mark.usefixtures("roles", "sts")
def test_who_a_role_was_assumed_by_is_as_patient(monkeypatch: pytest.MonkeyPatch, given: dict[str, str]) -> None:
    seconds: list[float] = []
    monkeypatch.setattr("botocore.endpoint.time.sleep", seconds.append)
    source = connect(params(**given))._source()
    assert source

    def throttle(request: Any, **_event: Any) -> AWSResponse:
        response = AWSResponse(request.url, 400, {}, None)
        response._content = b"<ErrorResponse><Error><Code>Throttling</Code></Error></ErrorResponse>"
        return response

    source._iam.meta.events.register("before-send.iam", throttle)
    with pytest.raises(AwsError, match="Throttling"):
        source.list_account_aliases()
    assert len(seconds) == 7


# What is read beforehand


def test_what_was_read_beforehand_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[str] = []
    load = JSONFileLoader.load_file

    def noting(loader: Any, path: str) -> Any:
        read.append(Path(path).parts[-3] + "/" + Path(path).name)
        return load(loader, path)

    monkeypatch.setattr(JSONFileLoader, "load_file", noting)
    monkeypatch.setattr(tested, "_LOADER", create_loader())
    preload()
    assert {"iam/service-2", "iam/paginators-1", "sts/service-2"} <= set(read)
    read.clear()
    connect(params())._iam.get_paginator("list_mfa_devices")
    assert read == []


def test_nobody_is_asked_for_credentials_beforehand(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    asked = tmp_path / "asked"
    (tmp_path / "config").write_text(f"[default]\ncredential_process = touch {asked}\n")
    preload()
    assert not asked.exists()


def test_an_unknown_profile_of_the_environment_is_not_said_beforehand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_PROFILE", "typo")
    preload()


# What is parsed once


def test_a_config_file_is_parsed_once_until_it_changes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    parsed = []
    parse = configloader.raw_config_parse

    def counting(file: str, *options: Any) -> Any:
        parsed.append(Path(file).name)
        return parse(file, *options)

    monkeypatch.setattr(configloader, "raw_config_parse", counting)
    for _time in range(3):
        assert key_of(client(profile="production")) == "key-of-the-profile"
    assert parsed.count("config") == 1
    config = tmp_path / "config"
    config.write_text(PROFILES.replace("key-of-the-profile", "key-of-another-day"))
    assert key_of(client(profile="production")) == "key-of-another-day"
    assert configloader.raw_config_parse is counting


def test_threads_may_connect_at_the_same_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Botocore's parsers are its own again after the last one, whoever comes and goes meanwhile."""
    parse = configloader.raw_config_parse
    inside = Barrier(2, timeout=10)

    def meeting(file: str, *options: Any) -> Any:
        if Path(file).name == "config":
            inside.wait()
        return parse(file, *options)

    monkeypatch.setattr(configloader, "raw_config_parse", meeting)
    with ThreadPoolExecutor(8) as pool:
        inside_of_one = pool.submit(client, profile="production")
        inside_of_another = pool.submit(client, profile="production")
        assert {key_of(inside_of_one.result()), key_of(inside_of_another.result())} == {"key-of-the-profile"}
        found = pool.map(lambda _number: key_of(client(profile="production")), range(200))
        assert {*found} == {"key-of-the-profile"}
    assert configloader.raw_config_parse is meeting


def test_what_one_file_says_of_a_profile_is_not_kept_with_what_the_other_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    credentials = tmp_path / "credentials"
    credentials.write_text("[production]\naws_access_key_id = key-of-the-credentials\naws_secret_access_key = void\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(credentials))
    assert key_of(client(profile="production")) == "key-of-the-credentials"
    credentials.unlink()
    assert key_of(client(profile="production")) == "key-of-the-profile"


def test_each_way_to_parse_a_file_is_remembered_by_itself(tmp_path: Path) -> None:
    def parse(_file: str, **options: bool) -> dict[str, Any]:
        return dict(options)

    file = str(tmp_path / "config")
    for options in ({}, {"parse_subsections": True}, {"parse_subsections": False}):
        assert tested._parse_once(parse, file, **options) == options
        assert tested._parse_once(parse, f"{file}-that-is-not-there", **options) == options


@pytest.mark.parametrize(
    ("variable", "value", "sentence"),
    [
        ("AWS_SESSION_TOKEN", "TOKENOFNOBODY\n", "The aws_session_token of the environment has a character that no"),
        ("AWS_ACCESS_KEY_ID", "AKIAVOID\n", "The aws_access_key_id of the environment has a character that no"),
        ("AWS_SECRET_ACCESS_KEY", "TOKENOFNOBODY\udcff", "The aws_secret_access_key of the environment has a"),
        (
            "AWS_ENDPOINT_URL",
            "http://127.0.0.1:99999",
            "Connecting to AWS failed: ValueError: Port out of range 0-65535",
        ),
        ("AWS_MAX_ATTEMPTS", "x", "Check the environment's variables for AWS"),
    ],
)
def test_what_the_environment_has_wrong_is_a_sentence_without_its_keys(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, sentence: str
) -> None:
    given = {"AWS_ACCESS_KEY_ID": "AKIAVOID", "AWS_SECRET_ACCESS_KEY": "void", "AWS_SESSION_TOKEN": "void"}
    for name, said in {**given, variable: value}.items():
        monkeypatch.setenv(name, said)
    with pytest.raises(AdminError) as failed:
        connect(params())
    assert sentence in str(failed.value)
    assert "TOKENOFNOBODY" not in str(failed.value)


def test_a_key_of_the_task_that_cannot_be_sent_is_not_shown() -> None:
    with pytest.raises(AdminError) as failed:
        connect(params(access_key="AKIAVOID", secret_key="void", session_token="TOKENOFNOBODY x"))
    assert str(failed.value) == (
        "The aws_session_token of the task has a character that no key has, such as a space or a line break at its "
        "end: correct it."
    )


@pytest.mark.parametrize("process", ["/nonexistent/program", "/etc"])
def test_a_credential_process_that_cannot_be_run_is_named_with_its_profile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, process: str
) -> None:
    (tmp_path / "config").write_text(f"[profile odd]\ncredential_process = {process}\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    with pytest.raises(AdminError, match=f"The credentials of profile odd cannot be read .{process}: .* check its"):
        connect(params(profile="odd"))


# Root sessions


@pytest.mark.parametrize(
    ("endpoints", "region", "url"),
    [
        ("legacy", "eu-west-1", "https://sts.eu-west-1.amazonaws.com"),
        ("legacy", "us-east-1", "https://sts.us-east-1.amazonaws.com"),
        ("regional", "aws-global", "https://sts.us-east-1.amazonaws.com"),
        ("legacy", "aws-cn-global", "https://sts.cn-northwest-1.amazonaws.com.cn"),
    ],
)
def test_sessions_of_root_users_are_asked_for_at_a_regional_endpoint(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, endpoints: str, region: str, url: str
) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_STS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_STS_REGIONAL_ENDPOINTS", endpoints)
    api = connect(params(access_key="AKIAVOID", secret_key="void", region=region))
    assert api._of("sts", api.region).meta.endpoint_url == url


def test_a_session_of_a_root_user_is_as_the_task_is_and_signs_with_its_own_key() -> None:
    given = {**KEYS, "session_token": "token-of-the-task", "endpoint_url": "http://localhost:1", "region": "eu-west-1"}
    api = connect(params(**given))._with_key(GIVEN)
    assert [credentials_of(client) for client in (api._iam, api._sts)] == [("ASIAROLE", "token-of-the-role")] * 2
    assert (api._key_id, api.region) == ("ASIAROLE", "eu-west-1")
    assert api._iam.meta.endpoint_url == "http://localhost:1"


def test_a_client_of_a_region_has_the_credentials_and_the_certificates_of_the_task() -> None:
    api = connect(params(**KEYS, session_token="token-of-the-task", validate_certs=False))
    made = api._of("organizations", "eu-west-1")
    assert credentials_of(made) == ("key-of-the-task", "token-of-the-task")
    assert made._endpoint.http_session._verify is False


# What IAM refuses for a moment only


def wait(
    patience: _Patience, code: str | None, operation: str = "AttachUserPolicy", attempts: int = 1, status: int = 400
) -> tuple[float | None, bool]:
    """Return the seconds that a refusal is waited out, and whether an earlier answer is known to be lost."""
    answer: dict[str, Any] = {"Error": {"Code": code}} if code else {}
    response = SimpleNamespace(status_code=status if code else 200), answer
    seconds = patience(response=response, operation=SimpleNamespace(name=operation), attempts=attempts)
    return seconds, bool(answer.get("ResponseMetadata", {}).get(ANSWER_LOST))


@pytest.mark.parametrize(
    "code", ["ConcurrentModification", "EntityTemporarilyUnmodifiable", "Throttling", "RequestLimitExceeded"]
)
def test_a_refusal_for_a_moment_is_waited_out_longer_each_time_and_not_for_ever(
    monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    monkeypatch.setattr(tested, "_jitter", lambda _shortest, longest: longest)
    waits = [wait(_Patience(), code, attempts=attempts) for attempts in range(1, 10)]
    assert waits == [(seconds, False) for seconds in (0.5, 1, 2, 4, 5, 5, 5, None, None)]


def test_no_two_who_are_throttled_wait_for_the_same_time() -> None:
    waits = {wait(_Patience(), "Throttling", attempts=4)[0] for _time in range(20)}
    assert len(waits) == 20
    assert all(2 <= (seconds or 0) <= 4 for seconds in waits)


def test_sessions_of_root_users_are_waited_for_longer_than_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tested, "_jitter", lambda _shortest, longest: longest)
    waits = [wait(_Patience(), "ThrottlingException", "AssumeRoot", attempts)[0] for attempts in range(1, 15)]
    assert waits == [0.5, 1, 2, 4, 8, 16, *[20] * 7, None]
    assert wait(_Patience(), "NoSuchEntity", "AssumeRoot") == (None, False)


@pytest.mark.parametrize("code", [None, "AccessDenied", "EntityAlreadyExists", "NoSuchEntity"])
def test_any_other_answer_is_the_last_one(code: str | None) -> None:
    assert wait(_Patience(), code) == (None, False)


@pytest.mark.parametrize("code", [None, "EntityAlreadyExists"])
def test_what_was_just_created_may_be_unknown_to_a_write_for_a_moment(code: str | None) -> None:
    patience = _Patience()
    assert wait(patience, code, "CreateUser") == (None, False)
    assert wait(patience, "NoSuchEntity") == (0.5, False)
    assert wait(patience, "NoSuchEntity", attempts=5) == (None, False)
    assert wait(patience, "NoSuchEntity", "GetUser") == (None, False)
    assert wait(patience, "NoSuchEntity", "ListAccessKeys") == (None, False)


@pytest.mark.parametrize(("operation", "code"), [("CreateUser", "AccessDenied"), ("TagUser", None), ("GetUser", None)])
def test_where_nothing_was_created_nothing_is_waited_for(operation: str, code: str | None) -> None:
    patience = _Patience()
    wait(patience, code, operation)
    assert wait(patience, "NoSuchEntity") == (None, False)


def test_a_device_that_another_task_has_just_created_may_be_unknown_for_a_moment() -> None:
    assert wait(_Patience(), "NoSuchEntity", "EnableMFADevice") == (0.5, False)


def test_a_call_without_an_answer_is_left_to_botocore_and_remembered_until_the_next_one() -> None:
    patience = _Patience()
    assert patience(response=None, operation=SimpleNamespace(name="CreateUser"), attempts=1) is None
    assert wait(patience, "EntityAlreadyExists", "CreateUser", attempts=2) == (None, True)
    assert wait(patience, "EntityAlreadyExists", "CreateUser", attempts=1) == (None, False)


def test_a_fault_of_aws_may_have_come_after_its_work() -> None:
    patience = _Patience()
    assert wait(patience, "ServiceFailure", "CreateUser", status=500)[0] is None
    assert wait(patience, "EntityAlreadyExists", "CreateUser", attempts=2) == (None, True)


def test_a_key_that_was_just_made_is_waited_for_and_no_other() -> None:
    assert wait(_Patience(key_is_new=True), "InvalidClientTokenId", "GetSessionToken") == (0.5, False)
    assert wait(_Patience(), "InvalidClientTokenId", "GetSessionToken") == (None, False)
