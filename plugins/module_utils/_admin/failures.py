# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What botocore may raise, in one list, for calls, sessions and the inventory; and the sentence that it becomes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.client import responses
from typing import Any

try:
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        ConnectionClosedError,
        CredentialRetrievalError,
        HTTPClientError,
        ParamValidationError,
        ReadTimeoutError,
        UndefinedModelAttributeError,
    )
    from botocore.parsers import ResponseParserError

    # What is no answer of AWS, such as a proxy's page, cannot be parsed
    FAILURES: tuple[Any, ...] = (
        BotoCoreError,
        ClientError,
        OSError,
        ResponseParserError,
        UndefinedModelAttributeError,
    )
    # Before these AWS may have done what it was asked
    UNANSWERED: tuple[Any, ...] = (ConnectionClosedError, ReadTimeoutError, ResponseParserError)
except ImportError:  # reported when the session is made
    ClientError = CredentialRetrievalError = HTTPClientError = ParamValidationError = Exception
    ResponseParserError = Exception
    FAILURES = (Exception,)
    UNANSWERED = ()

from .errors import AdminError, AwsError

# What the session's retries add to the metadata of an answer; see AwsError
ANSWER_LOST = "AnswerLost"
# What botocore says of an operation that it does not have, as versions before it came; as AWS says it of an API
NOT_IMPLEMENTED = ("InvalidAction", "NotImplemented", "UnknownOperationException")
_NO_ANSWER = "ResponseParserError"
_NO_CODE = "Unknown"
# What files, and processes that give credentials, make botocore raise where they are not as it expects: cut off, empty,
# a list, no number, or of a home that there is none of
_SURPRISES = (AttributeError, EOFError, IndexError, KeyError, RuntimeError, TypeError, ValueError)
_LONGEST_REASON = 200
_RUN_IT = "run it by itself to see why. What it says is left out, as it may hold a secret."


@contextmanager
def connecting() -> Iterator[None]:
    """Raise AwsError for whatever may be wrong on the way to AWS."""
    try:
        yield
    # ValueError and TypeError: an endpoint that is no URL, say
    except (*FAILURES, TypeError, ValueError) as error:
        raise aws_error("Connecting to AWS", error) from error


@contextmanager
def finding_credentials(of: str) -> Iterator[None]:
    """Raise AdminError where the credentials `of` a profile, say, cannot be read; see connecting for all else.

    What a `credential_process` says on standard error may hold a secret, so it is not shown.
    """
    try:
        yield
    except OSError as error:
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error)
        raise AdminError(
            f"The credentials of {of} cannot be read ({what}): check its credential_process, and the files that it "
            "names."
        ) from error
    except CredentialRetrievalError as error:
        if not _is_of_a_process(error):
            raise
        raise AdminError(f"The credential_process of {of} failed, or gave no credentials: {_RUN_IT}") from None
    except FAILURES:
        raise
    except _SURPRISES as error:
        raise AdminError(
            f"The credentials of {of} cannot be read, or have expired ({type(error).__name__}): sign in again (aws sso "
            "login, or aws login), check its credential_process, and delete files in ~/.aws that are empty or cut off."
        ) from error


def _is_of_a_process(error: Exception) -> bool:
    told = getattr(error, "kwargs", {})
    return isinstance(error, CredentialRetrievalError) and told.get("provider") == "custom-process"


@contextmanager
def calling(client: Any, method: str) -> Iterator[None]:
    """Raise AwsError where a call of a client's method fails; the endpoint is named that does not have it."""
    operation = _operation_of(client, method)
    try:
        with _parsing():
            yield
    except FAILURES as error:
        failure = aws_error(operation, error)
        if failure.code == _NO_ANSWER or _is_page(failure):
            # What botocore says is where in it the parser stopped
            told = f"{client.meta.endpoint_url} answered, but not as AWS does"
            failure = AwsError(operation, _NO_ANSWER, told, failure.answer_lost)
        elif failure.code in NOT_IMPLEMENTED:
            told = f"{failure.message.rstrip('.')} ({client.meta.endpoint_url} does not have it)"
            failure = AwsError(failure.operation, failure.code, told, failure.answer_lost)
        # AWS speaks https, where a page may be that of a proxy before an operation that is there
        is_emulated = failure.code == _NO_ANSWER and client.meta.endpoint_url.startswith("http:")
        failure.is_not_there = failure.code in NOT_IMPLEMENTED or is_emulated
        raise failure from error


@contextmanager
def _parsing() -> Iterator[None]:
    """Raise ResponseParserError for what botocore's parser stumbles over, such as a page that is well-formed XML."""
    try:
        yield
    except FAILURES:
        raise
    except _SURPRISES as error:
        raise ResponseParserError(type(error).__name__) from error


def check_answers(events: Any) -> None:
    """Have clients raise ResponseParserError for what is no answer of AWS, though it says that all went well.

    `events` are those of a client, or of the session that makes it.
    """
    events.register("after-call", _check_is_answer)


def _check_is_answer(http_response: Any, parsed: Mapping[str, Any], model: Any, **_event: Any) -> None:
    """Ask for AWS's id of the request, and for all that its model says an answer has (a handler of botocore's event).

    What is empty, or a page, would be an answer without any of it else: there would be nothing, or all would be done.
    """
    if http_response.status_code >= 300:
        return
    needed = model.output_shape.required_members if model.output_shape else []
    missing = [name for name in needed if name not in parsed]
    if missing or "RequestId" not in parsed.get("ResponseMetadata", {}):
        raise ResponseParserError(f"The answer has no {', '.join(missing) or 'RequestId'}")


def _is_page(failure: AwsError) -> bool:
    """Whether botocore took a page for AWS's refusal: it has no code then, or that of HTTP with the page as message."""
    if failure.code == _NO_CODE:
        return True
    return failure.code.isdigit() and failure.message != responses.get(int(failure.code))


def _operation_of(client: Any, method: str) -> str:
    """Return the API's name of a method; raise AwsError where this version of botocore does not have it."""
    try:
        return str(client.meta.method_to_api_mapping[method])
    except KeyError as error:
        name = "".join(word.capitalize() for word in method.split("_"))
        raise AwsError(name, NOT_IMPLEMENTED[-1], "This version of botocore does not have it: update boto3") from error


def aws_error(operation: str, error: Exception) -> AwsError:
    """Turn an exception of botocore into ours."""
    if isinstance(error, ClientError):
        details = error.response.get("Error", {})
        # An assumed role fails in an operation of its own, within ours
        operation = getattr(error, "operation_name", operation)
        metadata = error.response.get("ResponseMetadata", {})
        answer_lost = metadata.get(ANSWER_LOST, False) or metadata.get("HTTPStatusCode", 0) >= 500
        return AwsError(operation, details.get("Code") or _NO_CODE, details.get("Message", str(error)), answer_lost)
    if _is_of_a_process(error):
        return AwsError(operation, type(error).__name__, f"The credential_process failed: {_RUN_IT}")
    if error.__class__ is HTTPClientError:
        # What it says may be a header, and that a token
        return AwsError(
            operation, "HTTPClientError", type(getattr(error, "kwargs", {}).get("error")).__name__, answer_lost=False
        )
    lines = str(error).splitlines() or [""]
    # What it says of parameters is below its first line
    reason = " ".join(lines[1:]) if isinstance(error, ParamValidationError) and lines[1:] else lines[0]
    answer_lost = isinstance(error, UNANSWERED)
    return AwsError(operation, type(error).__name__, reason[:_LONGEST_REASON], answer_lost=answer_lost)
