# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWS refuses and moto lets pass (IAM API Reference; messages as recorded from AWS where they are known)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.iam.exceptions import IAMException

_NAME = re.compile(r"[\w+=,.@-]+", re.ASCII)
_PATH = re.compile(r"/|/[\x21-\x7e]+/")
_ALIAS = re.compile(r"[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]")


def check_all(*checks: Callable[[], None]) -> None:
    """Make all checks; several refusals are one."""
    refusals = []
    for check in checks:
        try:
            check()
        except IAMException as refusal:
            refusals.append(refusal)
    if len(refusals) > 1:
        told = "; ".join(str(refusal.message) for refusal in refusals)
        raise IAMException("ValidationError", f"{len(refusals)} validation errors detected: {told}")
    if refusals:
        raise refusals[0]


def check_name(parameter: str, name: str, longest: int) -> None:
    """Refuse a name with characters that AWS does not allow, or too many of them."""
    if not _NAME.fullmatch(name):
        raise IAMException(
            "ValidationError",
            f"The specified value for {parameter} is invalid. It must contain only alphanumeric characters and/or "
            "the following: +=,.@_-",
        )
    if len(name) > longest:
        raise IAMException(
            "ValidationError",
            f"1 validation error detected: Value at '{parameter}' failed to satisfy constraint: Member must have "
            f"length less than or equal to {longest}",
        )


def check_path(path: str) -> None:
    """Refuse a path without both slashes, or too long; `/a//b/` is accepted, as AWS accepts it."""
    if len(path) > 512 or not _PATH.fullmatch(path):
        raise IAMException(
            "ValidationError",
            "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric "
            "characters and/or / characters.",
        )


def check_tag_keys(tags: Iterable[Mapping[str, str]]) -> None:
    """Refuse keys that are the same but for upper and lower case."""
    keys = [tag["Key"].lower() for tag in tags]
    if len({*keys}) < len(keys):
        raise IAMException("InvalidInput", "Duplicate tag keys found. Please note that Tag keys are case insensitive.")


def check_alias(alias: str) -> None:
    """Refuse an alias that could not be part of a host name."""
    if not _ALIAS.fullmatch(alias):
        raise IAMException(
            "ValidationError",
            f"1 validation error detected: Value '{alias}' at 'accountAlias' failed to satisfy constraint: Member "
            r"must satisfy regular expression pattern: ^[a-z0-9]([a-z0-9]|-(?!-)){1,61}[a-z0-9]$",
        )


def check_password(password: str, policy: Any) -> None:
    """Refuse a password that the account's password policy, moto's AccountPasswordPolicy, does not allow.

    Without one AWS has a policy of its own (IAM User Guide: "Set an account password policy for IAM users").
    """
    kinds = {
        "require_lowercase_characters": r"[a-z]",
        "require_uppercase_characters": r"[A-Z]",
        "require_numbers": r"[0-9]",
        "require_symbols": r"[!@#$%^&*()_+\-=\[\]{}|']",
    }
    there = {kind for kind, pattern in kinds.items() if re.search(pattern, password)}
    if policy is None:
        allowed = len(password) >= 8 and len(there) >= 3
    else:
        wanted = {kind for kind in kinds if getattr(policy, kind)}
        allowed = len(password) >= policy.minimum_password_length and wanted <= there
    if not allowed:
        raise IAMException("PasswordPolicyViolation", "Password does not conform to the account password policy.")
