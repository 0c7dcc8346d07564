# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way to AWS: credentials, region and endpoint, found as boto3 and amazon.aws find them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError
except ImportError:  # AnsibleAWSModule says what is missing
    BotoCoreError = Exception

from ansible_collections.amazon.aws.plugins.module_utils.modules import aws_argument_spec

from .api import IamApi, aws_error
from .errors import AdminError

_CREDENTIALS = ("access_key", "secret_key", "session_token", "profile")
_DEFAULT_REGION = "us-east-1"


def connection_argument_spec() -> dict[str, Any]:
    """Return the connection options of amazon.aws.common.modules, and the account they must lead to.

    The credentials' fallbacks to the environment are left to boto3, which lets a profile that a task names win over
    exported keys; amazon.aws would refuse the two together.
    """
    spec: dict[str, Any] = aws_argument_spec()
    for option in _CREDENTIALS:
        spec[option] = {key: value for key, value in spec[option].items() if key != "fallback"}
    return {**spec, "account_id": {"type": "str"}}


def connect(params: Mapping[str, Any]) -> IamApi:
    """Make the clients of one task, from one session: who is asked for its identity is who writes.

    Raises AwsError, when a profile does not exist, say.
    """
    if params["profile"] and params["access_key"]:
        raise AdminError("Both profile and access_key are given: keep the one that is meant.")
    try:
        session = boto3.Session(profile_name=params["profile"] or None)
        options = _client_options(params, session.region_name)
        return IamApi(iam=session.client("iam", **options), sts=session.client("sts", **options))
    except (BotoCoreError, ValueError) as error:
        raise aws_error("Connecting to AWS", error) from error


def _client_options(params: Mapping[str, Any], session_region: str | None) -> dict[str, Any]:
    config = Config(retries={"mode": "standard"}, connect_timeout=10, user_agent_extra="landing_zone.aws_admin")
    verify = params["validate_certs"]
    return {
        "region_name": params["region"] or session_region or _DEFAULT_REGION,
        "endpoint_url": params["endpoint_url"] or None,
        "aws_access_key_id": params["access_key"] or None,
        "aws_secret_access_key": params["secret_key"] or None,
        "aws_session_token": params["session_token"] or None,
        "verify": params["aws_ca_bundle"] or None if verify else False,
        "config": config.merge(Config(**(params["aws_config"] or {}))),
    }
