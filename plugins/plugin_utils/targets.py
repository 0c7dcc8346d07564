# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts that a playbook is for: none at all, and a part of an inventory that cannot be read, are no success."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from ansible.inventory.manager import IGNORED, InventoryManager
from ansible.parsing.dataloader import DataLoader
from ansible.utils.path import unfrackpath

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.names import named

# Ansible reads it where no inventory is named, and says nothing where it is not there
_DEFAULT = "/etc/ansible/hosts"


def refused_targets(
    pattern: str, groups: Mapping[str, Sequence[str]], limit: str | None, sources: Sequence[str]
) -> str | None:
    """Return the sentence that refuses the hosts of a play, None where there are some.

    `groups` are those of the inventory, which ansible has read from `sources`, and `limit` is what --limit says.
    """
    if not pattern.strip():
        return "iam_admin_targets is empty: name hosts in it, or leave it out for the group aws_accounts."
    inventory = InventoryManager(DataLoader(), parse=False)
    for group, hosts in groups.items():
        inventory.add_group(group)
        for host in hosts:
            inventory.add_host(host, group=group)
    there = inventory.get_hosts(pattern)
    if not there:
        return (
            f"There is no account here: no host of the inventory {named(sources)} matches {pattern}. Name another "
            "inventory with -i, or its hosts in iam_admin_targets."
        )
    inventory.subset(limit)
    if not inventory.get_hosts(pattern):
        return f"--limit {limit} leaves out every account: {pattern} is {named(host.name for host in there)}."
    return None


@cache
def unread_inventory(sources: tuple[str, ...]) -> str | None:
    """Return the sentence that refuses an inventory that ansible can read in part, and went on with; None for a whole.

    It reads several sources once more, as ansible keeps to itself what it could not read.
    """
    files = [one for source in sources for one in _files_of(source)]
    if len(files) < 2:
        return None  # without it there is no host at all
    inventory = InventoryManager(DataLoader(), sources=list(sources), parse=False, cache=True)
    inventory.parse_sources(cache=True)
    read = {str(source) for source in inventory._inventory.processed_sources}
    unread = [one for one in files if one not in read]
    return (
        f"The inventory {named(unread)} could not be read, so its accounts are unknown: correct it, or leave it out."
        if unread
        else None
    )


def _files_of(source: str) -> Iterator[str]:
    """Return the inventories in a folder, as ansible looks for them; what is no folder is one itself."""
    if "," in source:
        yield source
        return
    path = Path(unfrackpath(source, follow=False))
    if not path.is_dir():
        if str(path) != _DEFAULT or path.exists():
            yield str(path)
        return
    for entry in sorted(path.iterdir()):
        if not IGNORED.search(os.fsencode(entry.name)):
            yield from _files_of(str(entry))
