# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Botocore's own clients, whose calls are answered before they are sent: its models check what they are given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from types import SimpleNamespace
from typing import Any

import botocore.session

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.failures import check_answers

Answer = Callable[[str, Mapping[str, Any]], dict[str, Any]]


def refusal(code: str, message: str = "No") -> dict[str, Any]:
    """Return what AWS answers where it refuses a call."""
    return {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}


def stubbed(service: str, answer: Answer | None) -> Any:
    """Return a client of a service; `answer` gets the operation and its parameters, and may be asked in threads.

    Without one, a call goes as far as its test lets it.
    """
    client = _session().create_client(
        service, "us-east-1", aws_access_key_id="void", aws_secret_access_key="void", endpoint_url="http://localhost:1"
    )

    def note(params: Mapping[str, Any], context: dict[str, Any], **_event: Any) -> None:
        context["given"] = dict(params)

    def reply(model: Any, context: Mapping[str, Any], **_event: Any) -> tuple[Any, dict[str, Any]]:
        answered: dict[str, Any] = answer(model.name, context["given"])
        metadata = {"RequestId": "void", **answered.get("ResponseMetadata", {})}
        is_error = "Error" in answered
        whole = {**({} if is_error else _needed(model)), **answered, "ResponseMetadata": metadata}
        return SimpleNamespace(status_code=400 if is_error else 200), whole

    check_answers(client.meta.events)
    client.meta.events.register("before-parameter-build", note)
    if answer:
        client.meta.events.register("before-call", reply)
    return client


def _needed(model: Any) -> dict[str, Any]:
    """Return what an answer has in any case, as its model says."""
    shape = model.output_shape
    kinds = {"structure": dict, "list": list}
    return {name: kinds.get(shape.members[name].type_name, str)() for name in (shape.required_members if shape else ())}


@cache
def _session() -> Any:
    return botocore.session.Session()
