# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of AWS for names, checked before any call (IAM API Reference: CreateUser, CreateVirtualMFADevice)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping

from .errors import AdminError

_NOT_IN_A_NAME = re.compile(r"[^\w+=,.@-]", re.ASCII)
_REPLACEMENT = re.compile(r"\.([0-9]{1,6})$")
_ID_OF_A_PASSKEY = re.compile(r"-[A-Z0-9]+$")
_AS_A_NAME = r"-\1"
_PATH = re.compile(r"/|/[\x21-\x7e]+/")
_ACCOUNT_ID = re.compile(r"[0-9]{12}")
_ROLE_ARN = re.compile(r"arn:aws[a-z-]*:iam::[0-9]{12}:role/[\x21-\x7e]+")
_POLICY_ARN = re.compile(r"arn:aws[a-z-]*:iam::(?:aws|[0-9]{12}):policy/[\x21-\x7e]+")
_EXTERNAL_ID = re.compile(r"[\w+=,.@:/-]{2,1224}", re.ASCII)
_MOST_TAGS = 50
_ALIAS = re.compile(r"[a-z0-9](?:[a-z0-9]|-(?!-)){1,61}[a-z0-9]")
_CODE = re.compile(r"[0-9]{6}")


def check_name(option: str, name: str, longest: int = 64) -> str:
    """Return `name`; raise AdminError, with a name that would do, where AWS would refuse it."""
    if not name:
        raise AdminError(f"{option} is empty: give a name of 1 to {longest} characters.")
    if _NOT_IN_A_NAME.search(name):
        better = _NOT_IN_A_NAME.sub("-", name.strip())[:longest]
        advice = f": use {better!r}, say" if better else ""
        raise AdminError(
            f"{option} {name!r} has characters that AWS does not allow (letters, digits and +=,.@_- are){advice}."
        )
    if len(name) > longest:
        raise AdminError(f"{option} is {len(name)} characters long: AWS allows {longest}.")
    return name


def check_device_name(option: str, name: str) -> str:
    """Return `name`; raise AdminError where AWS would refuse it, or where it is what a replacement is called."""
    if _REPLACEMENT.search(check_name(option, name, longest=128)):
        raise AdminError(
            f"{option} {name!r} ends like the name of a replacement device: use "
            f"{_REPLACEMENT.sub(_AS_A_NAME, name)!r}, say."
        )
    return name


def check_lost_device(name: str | None, device_name: str) -> str | None:
    """Return `name`; raise AdminError where it is neither `device_name` nor what has replaced that."""
    if name is not None and original_name(name).lower() != device_name.lower():
        raise AdminError(
            f"lost_device {name!r} is not {device_name!r}, or a replacement of it such as "
            f"{replacement_name(device_name, 2)!r}."
        )
    return name


def original_name(device_name: str) -> str:
    """Return the name of the device that this one, or the one that it replaced, and so on, has replaced."""
    return _REPLACEMENT.sub("", device_name)


def replacement_name(device_name: str, number: int) -> str:
    """Return the name of its `number`th device: two cannot have one name, and none can be renamed."""
    return device_name if number == 1 else f"{device_name}.{number}"


def replacement_number(device_name: str) -> int:
    """Return which of its name a device is: 1 for the first one."""
    found = _REPLACEMENT.search(device_name)
    return int(found[1]) if found else 1


def devices_by_name(serial_numbers: Iterable[str]) -> dict[str, str]:
    """Return a user's devices by their original names, in lower case: of several, the one that replaced the others.

    AWS adds an id to the name of a passkey; a virtual device of the name comes before it.
    """
    found = sorted(serial_numbers, key=lambda one: (not is_passkey(one), replacement_number(one)))
    return {_name_of(serial_number).lower(): serial_number for serial_number in found}


def is_passkey(serial_number: str) -> bool:
    """Whether a device is a passkey or a security key, which gives no codes."""
    return serial_number.rpartition(":")[2].startswith("u2f/")


def path_of(serial_number: str) -> str:
    """Return the path of a virtual MFA device, as `/` or `/ops/`."""
    return serial_number.split(":", 5)[-1].removeprefix("mfa").rpartition("/")[0] + "/"


def _name_of(serial_number: str) -> str:
    name = serial_number.rpartition("/")[2]
    return _ID_OF_A_PASSKEY.sub("", name) if is_passkey(serial_number) else original_name(name)


def check_device_names(names: list[str] | None, user_name: str) -> tuple[str, ...]:
    """Return the names of a user's devices, by default its own; raise AdminError where AWS would refuse one."""
    return tuple(check_device_name("device_names", name) for name in names) if names else (user_name,)


def check_path(path: str) -> str:
    """Return `path`; raise AdminError where AWS would refuse it."""
    if len(path) > 512 or not _PATH.fullmatch(path):
        raise AdminError(f"path {path!r} is not valid: it begins and ends with a slash and has at most 512 characters.")
    return path


def check_account_id(account_id: str | None, option: str = "aws_account_id (account_id)") -> str | None:
    """Return `account_id`, None for any; raise AdminError, naming the option, where it is not twelve digits."""
    if account_id is not None and not _ACCOUNT_ID.fullmatch(account_id):
        raise AdminError(
            f"{option} is {account_id!r}: set it to an AWS account ID, 12 digits, quoted in YAML "
            "so that leading zeros are kept."
        )
    return account_id


def check_role_arn(option: str, arn: str) -> str:
    """Return `arn`; raise AdminError where it is not that of a role."""
    if not _ROLE_ARN.fullmatch(arn):
        raise AdminError(
            f"{option} {arn!r} is not the ARN of a role, such as "
            "arn:aws:iam::222222222222:role/OrganizationAccountAccessRole."
        )
    return arn


def check_policy_arn(option: str, arn: str) -> str:
    """Return `arn`; raise AdminError where it is not that of a managed policy."""
    if not _POLICY_ARN.fullmatch(arn):
        raise AdminError(
            f"{option} {arn!r} is not the ARN of a managed policy, such as arn:aws:iam::aws:policy/PowerUserAccess."
        )
    return arn


def check_external_id(option: str, external_id: str) -> str:
    """Return `external_id`; raise AdminError where AWS would refuse it (STS API Reference: AssumeRole)."""
    if not _EXTERNAL_ID.fullmatch(external_id):
        raise AdminError(f"{option} is not valid: it has 2 to 1,224 letters, digits and +=,.@:/_-.")
    return external_id


def check_alias(alias: str) -> str:
    """Return `alias`; raise AdminError where AWS would refuse it (IAM API Reference: CreateAccountAlias)."""
    if not _ALIAS.fullmatch(alias):
        raise AdminError(
            f"account_alias {alias!r} is not valid: 3 to 63 lower-case letters, digits and single hyphens, "
            "no hyphen at either end."
        )
    return alias


def check_label(label: str) -> str:
    """Return `label`; raise AdminError where it is no `issuer:account` (Key URI Format of Google Authenticator)."""
    parts = label.split(":")
    if len(parts) > 2 or not all(part.strip() for part in parts) or len(label) > 200:
        raise AdminError(
            f"label {label[:40]!r} is not valid: `issuer:account`, or an account alone, of at most 200 characters and "
            "with at most one colon."
        )
    return label


def check_tags(tags: Mapping[str, str]) -> Mapping[str, str]:
    """Return `tags`; raise AdminError where AWS would refuse one (IAM API Reference: Tag; IAM User Guide: "Tags for IAM
    resources").
    """
    if len(tags) > _MOST_TAGS:
        raise AdminError(f"There are {len(tags)} tags: AWS allows {_MOST_TAGS}.")
    if len({key.lower() for key in tags}) < len(tags):
        raise AdminError("Two keys of tags differ in upper and lower case alone, which AWS does not tell apart.")
    for key, value in tags.items():
        if not 1 <= len(key) <= 128 or len(value) > 256:
            raise AdminError(f"The tag {key[:40]!r} is too long: a key has 1 to 128 characters, a value at most 256.")
        if key.lower().startswith("aws:"):
            raise AdminError(f"The tag {key[:40]!r} begins with aws:, which is reserved for AWS: rename it.")
        if not all(_may_be_in_a_tag(character) for character in key + value):
            raise AdminError(
                f"The tag {key[:40]!r} has characters that AWS does not allow; letters, digits, spaces, _.:/=+-@ are."
            )
    return tags


def _may_be_in_a_tag(character: str) -> bool:
    return character in "_.:/=+-@" or unicodedata.category(character)[0] in "LNZ"


def check_code(code: str, which: str = "The code", is_option: bool = False) -> str:
    """Return `code`; raise AdminError, which never repeats it, where it cannot be an MFA code.

    `is_option` says that YAML may have made a number of it.
    """
    if not _CODE.fullmatch(code):
        hint = "; in YAML it must be quoted, or a leading zero is lost" if is_option else ""
        raise AdminError(f"{which} is not six digits{hint}.")
    return code


def check_codes(codes: list[str], is_option: bool = False) -> tuple[str, str]:
    """Return the two codes; raise AdminError, which never repeats a code, where they cannot be two MFA codes."""
    if len(codes) != 2:
        raise AdminError(f"Give two MFA codes in a row, not {len(codes)}.")
    for position, code in zip(("first", "next"), codes, strict=True):
        check_code(code, f"The {position} code", is_option)
    if codes[0] == codes[1]:
        raise AdminError("The two codes are the same: wait until the app shows the next one.")
    return codes[0], codes[1]


def named(names: Iterable[str], most: int = 10) -> str:
    """Return the names in their order, and of very many how many more there are."""
    names = sorted(names)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more
