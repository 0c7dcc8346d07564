# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The same job as a threaded boto3 script, as people write it. `--tuned` shares what can be shared, as an expert does.

Reads `accounts.json` (id by profile name), keeps each new password in `passwords/`, and prints a verdict per account.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import boto3
import botocore.session
import pyotp
from botocore.exceptions import ClientError
from botocore.loaders import create_loader

USER = "iamadmin"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"

_loader = create_loader()
_making_clients = threading.Lock()
# Of the profile that roles are assumed with
_sources: dict[str, Any] = {}


def clients(profile: str, tuned: bool) -> tuple[Any, Any]:
    """Return clients of IAM and STS; one loader reads the service models once, for all threads."""
    if not tuned:
        session = boto3.Session(profile_name=profile)
        return session.client("iam"), session.client("sts")
    with _making_clients:  # a loader is not safe for threads while it loads
        session = _session(profile)
        said = session.get_scoped_config()
        if "role_arn" not in said:
            return session.create_client("iam"), session.create_client("sts")
        source = said["source_profile"]
        if source not in _sources:
            _sources[source] = _session(source).create_client("sts")
    found = _sources[source].assume_role(RoleArn=said["role_arn"], RoleSessionName="script")["Credentials"]
    keys = {
        "aws_access_key_id": found["AccessKeyId"],
        "aws_secret_access_key": found["SecretAccessKey"],
        "aws_session_token": found["SessionToken"],
    }
    with _making_clients:
        return session.create_client("iam", **keys), session.create_client("sts", **keys)


def _session(profile: str) -> Any:
    session = botocore.session.Session(profile=profile)
    session.register_component("data_loader", _loader)
    return session


def or_none(read: Callable[..., Any], **parameters: Any) -> Any:
    """Return None where AWS says that there is no such thing."""
    try:
        return read(**parameters)
    except ClientError as error:
        if error.response["Error"]["Code"] != "NoSuchEntity":
            raise
        return None


def bootstrap(profile: str, account_id: str, tuned: bool) -> bool:
    """Create what is missing, and return whether the account is secure."""
    iam, sts = clients(profile, tuned)
    name = {"UserName": USER}
    assert sts.get_caller_identity()["Account"] == account_id
    iam.list_account_aliases()
    if or_none(iam.get_user, **name) is None:
        iam.create_user(**name)
    attached = [policy["PolicyArn"] for policy in iam.list_attached_user_policies(**name)["AttachedPolicies"]]
    if ADMINISTRATOR not in attached:
        iam.attach_user_policy(PolicyArn=ADMINISTRATOR, **name)
    if not iam.list_mfa_devices(**name)["MFADevices"]:
        device = iam.create_virtual_mfa_device(VirtualMFADeviceName=USER)["VirtualMFADevice"]
        totp, now = pyotp.TOTP(device["Base32StringSeed"].decode()), int(time.time())
        iam.enable_mfa_device(
            SerialNumber=device["SerialNumber"],
            AuthenticationCode1=totp.at(now - 30),
            AuthenticationCode2=totp.at(now),
            **name,
        )
    if or_none(iam.get_login_profile, **name) is None:
        password = secrets.token_urlsafe(18) + "aA1!"
        handle = os.open(Path("passwords", profile), os.O_CREAT | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(password)
        iam.create_login_profile(Password=password, PasswordResetRequired=True, **name)
    return check(iam, sts, account_id)


def check(iam: Any, sts: Any, account_id: str) -> bool:
    """Read it all back."""
    name = {"UserName": USER}
    iam.list_account_aliases()
    or_none(iam.get_account_password_policy)
    with suppress(
        iam.exceptions.AccountNotManagementOrDelegatedAdministratorException,
        iam.exceptions.ServiceAccessNotEnabledException,
    ):
        iam.list_organizations_features()
    summary = iam.get_account_summary()["SummaryMap"]
    details = iam.get_account_authorization_details(Filter=["User", "Group", "LocalManagedPolicy"])
    (user,) = details["UserDetailList"]
    simulated = iam.simulate_principal_policy(
        PolicySourceArn=user["Arn"],
        ActionNames=["iam:CreateUser", "ec2:TerminateInstances", "kms:CreateKey", "s3:DeleteBucket"],
        ContextEntries=[
            {
                "ContextKeyName": "aws:MultiFactorAuthPresent",
                "ContextKeyType": "boolean",
                "ContextKeyValues": ["true"],
            }
        ],
    )["EvaluationResults"]
    return (
        sts.get_caller_identity()["Account"] == account_id
        and user["UserName"] == USER
        and summary["AccountMFAEnabled"] == 1
        and summary["AccountAccessKeysPresent"] == 0
        and ADMINISTRATOR in [policy["PolicyArn"] for policy in user["AttachedManagedPolicies"]]
        and all(result["EvalDecision"] == "allowed" for result in simulated)
        and or_none(iam.get_login_profile, **name) is not None
        and bool(iam.list_mfa_devices(**name)["MFADevices"])
        and not iam.list_access_keys(**name)["AccessKeyMetadata"]
    )


def main() -> None:
    """Work on all accounts, some at a time."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tuned", action="store_true")
    parser.add_argument("--threads", type=int, default=10, help="by default as many as ansible has forks")
    options = parser.parse_args()
    accounts = json.loads(Path("accounts.json").read_text())
    Path("passwords").mkdir(mode=0o700, exist_ok=True)
    with ThreadPoolExecutor(options.threads) as pool:
        verdicts = list(pool.map(lambda item: bootstrap(*item, options.tuned), accounts.items()))
    for profile, secure in zip(accounts, verdicts, strict=True):
        print(f"{profile}: {'secure' if secure else 'NOT SECURE'}")
    assert all(verdicts)


if __name__ == "__main__":
    main()
