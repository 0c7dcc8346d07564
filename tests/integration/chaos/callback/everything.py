# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Writes down all that any callback may be told, and all that ansible keeps of hosts, for a test to search."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ansible.plugins.callback import CallbackBase

DOCUMENTATION = """
name: everything
type: aggregate
short_description: Writes down all that a callback is told
description: For tests.
"""


class CallbackModule(CallbackBase):
    """See the documentation of ansible's callbacks."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "aggregate"
    CALLBACK_NAME = "everything"

    def __init__(self) -> None:
        super().__init__()
        self._file = Path(os.environ["EVERYTHING_TOLD"])
        self._variables: Any = None

    def v2_on_any(self, *args: Any, **kwargs: Any) -> None:
        """See CallbackBase: every event."""
        for told in (*args, *kwargs.values()):
            if hasattr(told, "get_variable_manager"):
                self._variables = told.get_variable_manager()
        kept = (
            [getattr(self._variables, name) for name in ("_nonpersistent_fact_cache", "_vars_cache")]
            if (self._variables)
            else []
        )
        with self._file.open("a") as file:
            for told in (*args, *kwargs.values()):
                file.write(f"{type(told).__name__}: {_whole(told)}\n")
            file.write(f"variables: {kept}\n")


def _whole(told: Any) -> Any:
    """Return a result, and what the task was given, as they are behind what is shown."""
    result = getattr(told, "_result", None) or getattr(told, "_return_data", None)
    task = getattr(told, "_task", told)
    return {"result": result, "args": getattr(task, "args", None), "itself": told if isinstance(told, str) else None}
