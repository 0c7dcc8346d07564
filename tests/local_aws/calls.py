# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A log of every call, and the place where one can be refused, held or lost: WSGI middleware around moto."""

from __future__ import annotations

import json
import re
import socket
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl

from .model import violations

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
# How the names of actions begin that change nothing
READS = ("Generate", "Get", "List", "Lookup", "Simulate")
_CREDENTIAL = re.compile(r"Credential=([^/]+)/\d+/([^/]+)/([^/]+)/")


@dataclass(frozen=True)
class Call:
    """One request as it came in: what was asked, and with which access key. `number` counts from 1."""

    number: int
    service: str
    action: str
    account_id: str
    access_key: str
    region: str


@dataclass(frozen=True)
class Answer:
    """What moto answers, or what is answered in its place."""

    status: str
    headers: list[tuple[str, str]]
    body: bytes

    @property
    def is_error(self) -> bool:
        """Whether it refuses."""
        return not self.status.startswith("2")


class RefusedError(Exception):
    """What an interceptor raises to have the call answered by an error."""

    def __init__(self, code: str, message: str, status: str = "403 Forbidden") -> None:
        super().__init__(message)
        self.code = code
        self.status = status

    def answer(self, service: str) -> Answer:
        """The error as the service words it: all but IAM and STS speak JSON."""
        if service not in ("iam", "sts"):
            body = json.dumps({"__type": self.code, "message": str(self)})
            return Answer("400 Bad Request", [("Content-Type", "application/x-amz-json-1.1")], body.encode())
        return Answer(self.status, [("Content-Type", "text/xml")], _error(self.code, str(self)).encode())


class DroppedError(Exception):
    """What an interceptor raises to have the connection closed without an answer."""


class CallLog:
    """Logs calls in the order in which they came, and in `violations` what AWS's published model forbids in them.

    `intercept` sees each before moto does, `conclude` sees it with moto's answer and returns what is answered; both may
    wait, or raise RefusedError or DroppedError.
    """

    def __init__(self, application: Wsgi, account_of: Callable[[str], str], authorize: Callable[[Call], None]) -> None:
        self._application = application
        self._authorize = authorize
        self._account_of = account_of
        self._lock = threading.Lock()
        self.calls: list[Call] = []
        self.violations: list[str] = []
        self.reset()

    def reset(self) -> None:
        """Behave."""
        self.intercept: Callable[[Call], None] = lambda _call: None
        self.conclude: Callable[[Call, Answer], Answer] = lambda _call, answer: answer

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        match = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        if not match:
            return self._application(environ, start_response)
        if (body := _body(environ)) is None:
            raise ConnectionAbortedError  # werkzeug knows that nobody listens, then
        environ["wsgi.input"] = BytesIO(body)
        call = self._log(environ, body, *match.groups())
        try:
            self.intercept(call)
            self._authorize(call)
            answer = self.conclude(call, self._answer(environ))
        except RefusedError as refusal:
            answer = refusal.answer(call.service)
        except DroppedError:
            environ["werkzeug.socket"].shutdown(socket.SHUT_RDWR)
            raise ConnectionAbortedError from None
        start_response(answer.status, answer.headers)
        return [answer.body]

    def _answer(self, environ: dict[str, Any]) -> Answer:
        started: list[Any] = []
        body = b"".join(self._application(environ, lambda *response: started.extend(response)))
        return Answer(started[0], started[1], body)

    def _log(self, environ: dict[str, Any], body: bytes, access_key: str, region: str, service: str) -> Call:
        parameters = dict(parse_qsl(body.decode(), keep_blank_values=True))
        # Other services have protocols of their own: a header, or the path, says what is asked
        said = environ.get("HTTP_X_AMZ_TARGET", "").rpartition(".")[2] or environ["PATH_INFO"].rpartition("/")[2]
        action = parameters.get("Action") or said[:1].upper() + said[1:]
        with self._lock:
            if "Action" in parameters:
                self.violations += violations(service, action, parameters)
            number = len(self.calls) + 1
            call = Call(number, service, action, self._account_of(access_key), access_key, region)
            self.calls.append(call)
        return call


def _body(environ: dict[str, Any]) -> bytes | None:
    """Return what was sent, None for less than was announced: a client that ended meanwhile has asked for nothing."""
    length = int(environ.get("CONTENT_LENGTH") or 0)
    try:
        body = environ["wsgi.input"].read(length)
    except ConnectionError:
        return None
    return body if len(body) == length else None


def _error(code: str, message: str) -> str:
    return (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        "<RequestId>local</RequestId></ErrorResponse>"
    )
