# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Nothing is written to an account that is not the one that is meant."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.integration.chaos.journeys import TYPED
from tests.integration.conftest import bootstrap_of, open_accounts
from tests.local_aws.calls import READS, Call
from tests.local_aws.faults import At
from tests.local_aws.server import LocalAws


@pytest.mark.at_each_call(TYPED)
def test_a_profile_that_leads_to_another_account_on_the_way_writes_nothing_there(
    aws: LocalAws, tmp_path: Path, record_property: Any, moment: tuple[str, int]
) -> None:
    accounts = open_accounts(aws, tmp_path, "general", "stranger")
    general, stranger = accounts.values()
    config = tmp_path / "aws-config"
    operator = bootstrap_of([general], tmp_path)

    other = tmp_path / "other-config"
    other.write_text(re.sub(r"AKIALOCL\d+", f"AKIALOCL{stranger.id}", config.read_text()))

    def switch(_call: Call) -> None:
        other.replace(config)

    at = At([general.id], moment[1], switch)
    aws.log.intercept = at.intercept
    try:
        code, shown = operator.bootstrap()
    finally:
        aws.log.reset()
    assert at.met
    assert [call for call in stranger.calls if not call.startswith(READS)] == []
    record_property("profiles that switched accounts", 1)
    if stranger.calls:
        assert code == 2, shown
        told = " ".join(shown.split())
        assert f"account {stranger.id} and not to the expected account {general.id}" in told or (
            f"Account {stranger.id}, not {general.id}" in told
        )
