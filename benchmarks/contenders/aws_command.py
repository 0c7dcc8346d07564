# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What amazon.aws has no module for, as a command: `aws_command.py PROFILE enable-mfa|read`."""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import boto3
import pyotp

USER = "iamadmin"


def read(iam: Any) -> dict[str, Any]:
    """Return what no module of amazon.aws reads."""
    details = iam.get_account_authorization_details(Filter=["User", "Group", "LocalManagedPolicy"])
    (user,) = details["UserDetailList"]
    try:
        features = iam.list_organizations_features()["EnabledFeatures"]
    except (
        iam.exceptions.AccountNotManagementOrDelegatedAdministratorException,
        iam.exceptions.ServiceAccessNotEnabledException,
    ):
        features = None
    try:
        password_policy = iam.get_account_password_policy()["PasswordPolicy"]
    except iam.exceptions.NoSuchEntityException:
        password_policy = None
    context = {
        "ContextKeyName": "aws:MultiFactorAuthPresent",
        "ContextKeyType": "boolean",
        "ContextKeyValues": ["true"],
    }
    simulated = iam.simulate_principal_policy(
        PolicySourceArn=user["Arn"],
        ActionNames=["iam:CreateUser", "ec2:TerminateInstances", "kms:CreateKey", "s3:DeleteBucket"],
        ContextEntries=[context],
    )["EvaluationResults"]
    return {
        "summary": iam.get_account_summary()["SummaryMap"],
        "access_keys": iam.list_access_keys(UserName=USER)["AccessKeyMetadata"],
        "decisions": [result["EvalDecision"] for result in simulated],
        "features": features,
        "password_policy": password_policy,
    }


def main(profile: str, command: str) -> None:
    """Do the one or the other."""
    iam = boto3.Session(profile_name=profile).client("iam")
    if command == "read":
        print(json.dumps(read(iam), default=str))
        return
    device = iam.create_virtual_mfa_device(VirtualMFADeviceName=USER)["VirtualMFADevice"]
    totp, now = pyotp.TOTP(device["Base32StringSeed"].decode()), int(time.time())
    iam.enable_mfa_device(
        UserName=USER,
        SerialNumber=device["SerialNumber"],
        AuthenticationCode1=totp.at(now - 30),
        AuthenticationCode2=totp.at(now),
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
