# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The hosts of a playbook, and inventories that could not be read."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible import constants

from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils import targets
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.targets import refused_targets, unread_inventory

GROUPS = {"aws_accounts": ["general", "production"], "others": ["web"], "all": ["general", "production", "web"]}
GOOD = "aws_accounts:\n  hosts:\n    general:\n"


@pytest.mark.parametrize(
    "pattern", ["aws_accounts", "production", "general,production", "aws_accounts:!general", "all"]
)
@pytest.mark.parametrize("limit", [None, "production"])
def test_hosts_that_there_are_will_do(pattern: str, limit: str | None) -> None:
    assert refused_targets(pattern, GROUPS, limit, ["inventory"]) is None


@pytest.mark.parametrize("pattern", ["", "  "])
def test_an_empty_pattern_is_refused(pattern: str) -> None:
    assert refused_targets(pattern, GROUPS, None, ["inventory"]) == (
        "iam_admin_targets is empty: name hosts in it, or leave it out for the group aws_accounts."
    )


def test_a_pattern_that_matches_nothing_is_refused_with_the_inventories() -> None:
    assert refused_targets("staging", GROUPS, None, ["one", "two"]) == (
        "There is no account here: no host of the inventory one, two matches staging. Name another inventory with -i, "
        "or its hosts in iam_admin_targets."
    )
    assert refused_targets("aws_accounts", {"aws_accounts": []}, None, ["one"]) is not None


def test_a_limit_that_leaves_out_all_is_refused_with_those_that_there_are() -> None:
    assert refused_targets("aws_accounts", GROUPS, "web", ["inventory"]) == (
        "--limit web leaves out every account: aws_accounts is general, production."
    )


def files(folder: Path, **contents: str) -> str:
    folder.mkdir(exist_ok=True)
    for name, content in contents.items():
        (folder / f"{name}.yml").write_text(content)
    return str(folder)


@pytest.fixture(autouse=True)
def lenient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was read yet, and ansible goes on without what it cannot read, or find."""
    unread_inventory.cache_clear()
    monkeypatch.setattr(constants, "INVENTORY_ANY_UNPARSED_IS_FAILED", False)
    monkeypatch.setattr(constants, "HOST_PATTERN_MISMATCH", "ignore")


def test_an_inventory_that_is_read_as_a_whole_will_do(tmp_path: Path) -> None:
    folder = files(tmp_path / "a", one=GOOD, two=GOOD)
    assert unread_inventory((folder, "web,", files(tmp_path / "b", three=GOOD))) is None


def test_what_could_not_be_read_is_named(tmp_path: Path) -> None:
    folder = files(tmp_path / "a", one=GOOD, two="not: [an: inventory")
    missing = str(tmp_path / "nowhere")
    assert unread_inventory((folder, missing)) == (
        f"The inventory {tmp_path}/a/two.yml, {missing} could not be read, so its accounts are unknown: correct it, or "
        "leave it out."
    )


def test_one_alone_that_cannot_be_read_has_no_host_anyway(tmp_path: Path) -> None:
    assert unread_inventory((files(tmp_path / "a", one="not: [an: inventory"),)) is None


def test_what_ansible_does_not_look_at_is_none(tmp_path: Path) -> None:
    folder = files(tmp_path / "a", one=GOOD, two=GOOD)
    for ignored in ("group_vars", "host_vars", ".hidden"):
        files(tmp_path / "a" / ignored, all="not: [an: inventory")
    (tmp_path / "a" / "old.cfg").write_text("not an inventory")
    assert unread_inventory((folder,)) is None


def test_folders_are_looked_into(tmp_path: Path) -> None:
    files(tmp_path / "a", one=GOOD)
    files(tmp_path / "a" / "more", two="not: [an: inventory")
    assert "a/more/two.yml could not be read" in str(unread_inventory((str(tmp_path / "a"),)))


@pytest.mark.parametrize("exists", [True, False])
def test_the_default_that_is_not_there_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, exists: bool) -> None:
    default = tmp_path / "hosts"
    monkeypatch.setattr(targets, "_DEFAULT", str(default))
    if exists:
        default.write_text("[not\n")
    folder = files(tmp_path / "a", one=GOOD, two=GOOD)
    assert (unread_inventory((folder, str(default))) is not None) is exists


def test_a_link_is_called_as_ansible_calls_it(tmp_path: Path) -> None:
    folder = files(tmp_path / "a", one=GOOD, two=GOOD)
    (tmp_path / "link").symlink_to(folder)
    assert unread_inventory((str(tmp_path / "link"),)) is None
