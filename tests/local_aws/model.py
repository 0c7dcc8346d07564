# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What AWS publishes of its parameters: botocore's service models."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

import botocore.session


def violations(service: str, action: str, parameters: Mapping[str, str]) -> list[str]:
    """Return what is wrong with the parameters of a call (query protocol), without repeating any of them."""
    shape = _model(service).operation_model(action).input_shape
    return [
        f"{action}: {name} is not {what}"
        for name, value in parameters.items()
        if name not in ("Action", "Version")
        for what in _wrong(_member(shape, name.split(".")), value)
    ]


@cache
def _model(service: str) -> Any:
    return botocore.session.get_session().get_service_model(service)


def _member(shape: Any, path: list[str]) -> Any:
    for name in path:
        if shape.type_name != "list":
            shape = shape.members[name]
        elif name.isdigit():  # `Tags.member.1.Key`
            shape = shape.member
    return shape


def _wrong(shape: Any, value: str) -> Iterable[str]:
    if shape.type_name != "string":
        return
    rules = shape.metadata
    if len(value) < rules.get("min", 0):
        yield f"{rules['min']} characters long or more"
    if len(value) > rules.get("max", len(value)):
        yield f"{rules['max']} characters long or less"
    # Python knows no \p{...}: what has it is not held against it
    if "\\p" not in rules.get("pattern", "\\p") and not re.fullmatch(rules["pattern"], value, re.ASCII | re.DOTALL):
        yield f"like {rules['pattern']}"
    if value not in rules.get("enum", [value]):
        yield "one of its choices"
