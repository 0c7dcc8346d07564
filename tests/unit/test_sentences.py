# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The list of all that the collection says is complete."""

from __future__ import annotations

from ansible_collections.landing_zone.aws_admin.tests.sentences import FILE, all_sentences


def test_the_list_of_sentences_is_complete() -> None:
    assert FILE.read_text() == all_sentences(), "run make sentences, and read what is new"


def test_it_has_what_python_yaml_and_the_page_say() -> None:
    said = all_sentences()
    for one in (
        "  There is no user {self.user_name}: create it first.",
        "  Refuse an unprepared account",
        "  What did not pass",
    ):
        assert one in said.splitlines()
