# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can go wrong, said in one sentence each."""

from __future__ import annotations

import re
import traceback
from pathlib import Path


def printable(text: str) -> str:
    """Keep a terminal, and XML, from what somebody has put into a name, a file or an answer."""
    return "".join(character if character.isprintable() else " " for character in text)


def shortened(text: str, most: int) -> str:
    """Keep a report from what is longer than anybody reads; `most` are the characters that are kept."""
    return text if len(text) <= most else f"{text[:most]} … ({len(text) - most:,} more characters)"


def with_plain_types(message: str) -> str:
    """Call a type what people call it, in a message of ansible's, which has types of its own for what it has tagged."""
    named = re.sub(r"<class '(?:\w+\.)*(\w+)'>", r"\1", message)
    return re.sub(r"_AnsibleTagged(\w+)", lambda found: found[1].lower(), named)


# Of what AWS, or what stands in for it, answers
_LONGEST_MESSAGE = 1_000


class AdminError(Exception):
    """A failure whose text is a whole sentence for the operator; it is printable, and never holds a secret.

    `changed` says whether AWS was changed before it happened, or may have been by the call that had no answer.
    """

    changed = False

    def __init__(self, sentence: str) -> None:
        super().__init__(printable(sentence))

    def add(self, *sentences: str) -> None:
        """Say more."""
        self.args = (" ".join([str(self), *map(printable, sentences)]),)


class AwsError(AdminError):
    """AWS, or the way to it, refused one call.

    `operation` is the API's name (`CreateUser`), `code` the AWS error code or botocore's exception name. `answer_lost`
    says that the call was sent, this time or before, without an answer of AWS: it may have done its work.
    `is_not_there` says that the endpoint, such as an emulator's, does not have the operation.
    """

    is_not_there = False

    def __init__(self, operation: str, code: str, message: str, answer_lost: bool = False) -> None:
        self.operation = operation
        self.code = code
        self.answer_lost = answer_lost
        self.message = shortened(message.strip().rstrip(".: "), _LONGEST_MESSAGE)
        what = ": ".join(part for part in (f"{operation} failed", code, self.message) if part)
        super().__init__(f"{what}. {_advice(operation, code, self.message)}".rstrip())


class RefusedCodeError(AdminError):
    """AWS refused an MFA code, and may take another one."""


class UnexpectedError(AdminError):
    """A fault of this collection. The text says where, and leaves out what `error` says, which may hold a secret."""

    def __init__(self, error: Exception) -> None:
        frames = traceback.extract_tb(error.__traceback__)
        place = ([frame for frame in frames if "landing_zone" in frame.filename] or frames)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        super().__init__(
            f"This is a fault of the collection: {type(error).__name__} in {where}. Please report this sentence; what "
            "the error says is left out, as it may hold a secret."
        )


# IAM says it in one way, and the other services in another
DENIED = ("AccessDenied", "AccessDeniedException")
_ADVICE = {
    "AccessDenied": "The credentials lack the permission {permission}: use others, or have it granted",
    "ExpiredToken": "The credentials have expired: sign in again, or renew them, and run again",
    "InvalidClientTokenId": (
        "AWS does not know this access key: check the profile's keys, and name a region that is enabled in the account"
    ),
    "RegionDisabledException": (
        "STS is not enabled in this region for the account: enable it under Account settings in the IAM console, or "
        "name another region"
    ),
    "TokenRetrievalError": "Sign in again: aws sso login --profile, with the name of the profile",
    "SignatureDoesNotMatch": "Check the profile's secret key, and this machine's clock",
    "RequestExpired": "Check this machine's clock",
    "ProfileNotFound": "Define the profile in the AWS config file, or correct aws_profile in the inventory",
    "NoCredentialsError": "Name a profile (aws_profile in the inventory), or export credentials",
    "PartialCredentialsError": "Complete the profile's credentials",
    "EndpointConnectionError": "Check the network, and the endpoint URL if one is set",
    "ConnectTimeoutError": "Check the network, and the endpoint URL if one is set",
    "ConnectionClosedError": "Check the network, and run again",
    "ReadTimeoutError": "Check the network, and run again",
    "HTTPClientError": "Check the proxy (HTTPS_PROXY), and the endpoint URL if one is set",
    "ValueError": "Check the environment's variables for AWS, and the settings of the profile",
    "ConfigParseError": "Correct the file: it has sections in brackets, and in each a name = value",
    "ResponseParserError": (
        "Check the proxy, and the endpoint URL if one is set, where an emulator may not have this call"
    ),
    "Throttling": "AWS limits the rate of calls: wait a little and run again",
    "ServiceFailure": "AWS has an internal error: run again",
    "InvalidAuthenticationCode": (
        "Run again and type two consecutive codes; if that fails too, the device may have been replaced since its QR "
        "code was scanned, or the clock of the phone is off"
    ),
    "AWSOrganizationsNotInUseException": "Use the credentials of an account that manages an organization",
    "CallerIsNotManagementAccountException": "Use the credentials of the account that manages the organisation",
    "EntityTemporarilyUnmodifiable": "AWS is still working on the last change: run again in a minute",
    "ConcurrentModification": "Somebody else is changing this at the same moment: run again",
    "PasswordPolicyViolation": "Set iam_admin_password to one that meets the account's password policy",
    "DeleteConflict": "Remove what still depends on it, and run again",
    "LimitExceeded": "Remove what is no longer needed, or have the quota raised",
    "UnauthorizedSSOTokenError": "Sign in again: aws sso login --profile, with the name of the profile",
    "SSOTokenLoadError": "Sign in first: aws sso login --profile, with the name of the profile",
    "MissingDependencyException": "Install it: pip install 'botocore[crt]'",
}
# What somebody else did at the same moment
_CONFLICTS = {
    "CreateLoginProfile": (
        "Somebody else gave this user a console password at the same moment, so the one in the handover may not "
        "work: ask them, or run playbooks/reset_password.yml"
    ),
    "EnableMFADevice": (
        "Somebody else enabled this device at the same moment, so what was scanned may not be its QR code: ask them"
    ),
    "CreateVirtualMFADevice": "Somebody else created this device at the same moment: ask them, or run again",
    "CreateAccountAlias": "The alias is taken, in this or another account: choose another one",
}
# IAM User Guide: "Troubleshoot access denied error messages"
_OF_ORGANIZATION = re.compile(r"(service|resource) control policy")
_BY_ORGANIZATION = (
    "A policy of the organisation denies it, whatever the account allows: have whoever manages the organisation change "
    "that, or use an account that it does not apply to."
)
# IAM User Guide: "Centrally manage root access for member accounts"
_OF_ROOT = re.compile(r":(assumed-)?root is not authorized")
_ROOT_BY_ORGANIZATION = (
    "A policy of the organisation denies the root user, and so its sessions: have the condition "
    '{"Null": {"aws:AssumedRoot": "true"}} added to the statement that does.'
)
_NO_ROOM = "The user has as many MFA devices as AWS allows: have one of them removed first"
# AWS does not tell the three apart
_NO_ROLE = (
    "The credentials lack the permission {permission}, or there is no such role, or it does not trust them: have it "
    "granted, or correct the role's ARN"
)
# Of IAM are all others
_SERVICES = {
    "AssumeRole": "sts",
    "AssumeRoot": "sts",
    "DeregisterDelegatedAdministrator": "organizations",
    "DescribeOrganization": "organizations",
    "DisableAWSServiceAccess": "organizations",
    "EnableAWSServiceAccess": "organizations",
    "GetAlternateContact": "account",
    "GetCallerIdentity": "sts",
    "GetSessionToken": "sts",
    "ListAWSServiceAccessForOrganization": "organizations",
    "ListAccountsForParent": "organizations",
    "ListDelegatedAdministrators": "organizations",
    "ListOrganizationalUnitsForParent": "organizations",
    "ListRoots": "organizations",
    "ListTagsForResource": "organizations",
    "LookupEvents": "cloudtrail",
    "RegisterDelegatedAdministrator": "organizations",
}
_SAME_ADVICE = {
    "AccessDeniedException": "AccessDenied",
    "ExpiredTokenException": "ExpiredToken",
    "UnrecognizedClientException": "InvalidClientTokenId",
    "ThrottlingException": "Throttling",
    "TooManyRequestsException": "Throttling",
    "RequestLimitExceeded": "Throttling",
}


def _advice(operation: str, code: str, message: str) -> str:
    """What the operator can do about an AWS error code; empty where the message must speak for itself."""
    if code in DENIED and _OF_ORGANIZATION.search(message):
        return _ROOT_BY_ORGANIZATION if _OF_ROOT.search(message) else _BY_ORGANIZATION
    advice = _CONFLICTS.get(operation, "") if code == "EntityAlreadyExists" else ""
    advice = advice or (_NO_ROOM if (operation, code) == ("EnableMFADevice", "LimitExceeded") else "")
    advice = advice or (_NO_ROLE if (operation, code) == ("AssumeRole", "AccessDenied") else "")
    advice = advice or _ADVICE.get(_SAME_ADVICE.get(code, code), "")
    return advice and advice.format(permission=f"{_SERVICES.get(operation, 'iam')}:{operation}") + "."
