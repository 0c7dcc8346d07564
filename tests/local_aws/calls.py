# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A log of every call, and the place where one can be refused or held: WSGI middleware around moto."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from urllib.parse import parse_qs

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
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


class RefusedError(Exception):
    """What an interceptor raises to have the call answered by an error, instead of by moto."""

    def __init__(self, code: str, message: str, status: str = "403 Forbidden") -> None:
        super().__init__(message)
        self.code = code
        self.status = status


class CallLog:
    """Logs calls in the order in which they came, and lets `intercept` see each before moto does."""

    def __init__(self, application: Wsgi, account_of: Callable[[str], str]) -> None:
        self._application = application
        self._account_of = account_of
        self._lock = threading.Lock()
        self.calls: list[Call] = []
        self.reset()

    def reset(self) -> None:
        """Intercept nothing."""
        self.intercept: Callable[[Call], None] = _let_pass

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        match = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", ""))
        if not match:
            return self._application(environ, start_response)
        try:
            self.intercept(self._log(environ, *match.groups()))
        except RefusedError as refusal:
            start_response(refusal.status, [("Content-Type", "text/xml")])
            return [_error(refusal.code, str(refusal)).encode()]
        return self._application(environ, start_response)

    def _log(self, environ: dict[str, Any], access_key: str, region: str, service: str) -> Call:
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        environ["wsgi.input"] = BytesIO(body)
        action = parse_qs(body.decode()).get("Action", ["?"])[0]
        with self._lock:
            number = len(self.calls) + 1
            call = Call(number, service, action, self._account_of(access_key), access_key, region)
            self.calls.append(call)
        return call


def _let_pass(_call: Call) -> None:
    """Refuse nothing."""


def _error(code: str, message: str) -> str:
    return (
        f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        "<RequestId>local</RequestId></ErrorResponse>"
    )
