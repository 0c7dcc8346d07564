# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Access keys that say whose they are, so that nobody has to search all accounts for them, as moto does."""

from __future__ import annotations

import re

_OURS = re.compile(r"A[KS]IALOCL(\d{12})|ASIA(\d{12})\d{4}")


def key_of(account_id: str, temporary: bool = False) -> str:
    """Return the access key of an account: its root user's, or that of every role that is assumed in it."""
    return f"{'ASIA' if temporary else 'AKIA'}LOCL{account_id}"


def session_key_of(account_id: str, number: int) -> str:
    """Return the access key of one of the sessions that users of an account have got: twenty letters, as moto asks."""
    return f"ASIA{account_id}{number:04}"


def owner_of(access_key: str) -> str | None:
    """Return the account that such a key is of, None for any other key."""
    ours = _OURS.fullmatch(access_key)
    return ours[1] or ours[2] if ours else None
