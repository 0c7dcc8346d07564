# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Two hosts of an inventory that lead to one account: found before anything is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

_MOST_DEVICES = 8
NOT_ENCRYPTED = (
    "iam_admin_enrolment: totp keeps the seed in the handover, and never in plain text: set iam_admin_vault_password, "
    "or give --ask-vault-pass."
)


def refused_enrolment(enrolment: object, encrypts: bool) -> str | None:
    """Return the sentence that refuses a host for its way of enrolment, None if that is valid."""
    if enrolment == "totp" and not encrypts:
        return NOT_ENCRYPTED
    if enrolment not in (None, "codes", "totp"):
        return f"iam_admin_enrolment is {str(enrolment)[:40]!r}: set it to codes or totp."
    return None


def refused_codes(codes: object) -> str | None:
    """Return the sentence that refuses a host for codes that are not told by account, None where they are."""
    if codes is None or isinstance(codes, Mapping):
        return None
    return 'iam_admin_mfa_codes is not two codes by account, such as {production: ["123456", "654321"]}.'


def refused_devices(names: object) -> str | None:
    """Return the sentence that refuses a host for the names of its MFA devices, None where they will do.

    AWS allows a user eight (IAM User Guide: "IAM and AWS STS quotas"), and no two names that differ in case only.
    """
    if names is None:
        return None
    if not isinstance(names, Sequence) or isinstance(names, str) or not 1 <= len(names) <= _MOST_DEVICES:
        return f"iam_admin_device_names is not a list of one to {_MOST_DEVICES} names."
    if len({str(name).lower() for name in names}) < len(names):
        return "iam_admin_device_names has a name twice: AWS does not tell upper and lower case apart."
    return None


def uncompared_accounts(
    hosts: Sequence[str], batch: Sequence[str], known: Collection[str], strategy: str
) -> dict[str, str]:
    """Return, by host, the sentence that refuses it, for each whose account could be that of a host which comes later.

    `hosts` are those of the play, and `known` those whose account is. Another strategy than linear has no moment at
    which each host has been looked at, and none was written to.
    """
    unknown = [host for host in hosts if host not in known]
    in_step = strategy.rpartition(".")[2] == "linear"
    if len(hosts) < 2 or (in_step and set(unknown) <= set(batch)):
        return {}
    how, remedy = "runs its hosts in batches", "leave out serial"
    if not in_step:
        how, remedy = "does not run its hosts in lockstep", "use the strategy linear"
    return {
        host: f"{host} does not declare its account, and this play {how}, so two could lead to one account "
        f"undetected: set aws_account_id in the inventory, or {remedy}."
        for host in unknown
    }


def shared_accounts(account_ids: Mapping[str, str], found: Collection[str] = ()) -> dict[str, str]:
    """Return, by host, the sentence that refuses it, for each host whose account id is another host's too.

    Where that was `found` for one of them, and not declared, the other may have been written to by an earlier task.
    """
    hosts_of = defaultdict(list)
    for host, account_id in account_ids.items():
        hosts_of[account_id].append(host)
    return {
        host: f"{' and '.join(hosts)} lead to one account, {account_id}: correct aws_account_id or aws_profile of one "
        f"of them in the inventory.{'' if {*hosts} & {*found} else ' Nothing was written to it.'}"
        for account_id, hosts in hosts_of.items()
        if len(hosts) > 1
        for host in hosts
    }
