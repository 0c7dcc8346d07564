# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What amazon.aws has no module for, as a command: `aws_command.py PROFILE enable-mfa|summary`."""

from __future__ import annotations

import json
import sys
import time

import boto3
import pyotp

USER = "iamadmin"


def main(profile: str, command: str) -> None:
    """Do the one or the other."""
    iam = boto3.Session(profile_name=profile).client("iam")
    if command == "summary":
        print(json.dumps(iam.get_account_summary()["SummaryMap"]))
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
