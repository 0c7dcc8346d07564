# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plugin of pytest for thousands of runs: what is quick comes first, and few inputs are invented.

A mutant that is noticed by these is noticed by all that `make test-unit` invents, too.
"""

from __future__ import annotations

import pytest
from hypothesis import Phase, is_hypothesis_test, settings


@pytest.hookimpl(trylast=True)
def pytest_configure() -> None:
    """Invent fewer inputs, and do not look for the smallest one that fails."""
    few = settings(max_examples=15, phases=[Phase.explicit, Phase.generate])
    settings.register_profile("mutants", few)
    settings.load_profile("mutants")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave tests that invent inputs for the end."""
    items.sort(key=lambda item: is_hypothesis_test(getattr(item, "obj", None)))
