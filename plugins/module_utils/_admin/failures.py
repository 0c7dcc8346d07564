# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What botocore may raise, in one list, for calls, sessions and the inventory; and the sentence that it becomes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

try:
    from botocore.exceptions import (
        BotoCoreError,
        ClientError,
        ConnectionClosedError,
        CredentialRetrievalError,
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
    ClientError = CredentialRetrievalError = ParamValidationError = ResponseParserError = Exception
    FAILURES = (Exception,)
    UNANSWERED = ()

from .errors import AdminError, AwsError

# What the session's retries add to the metadata of an answer; see AwsError
ANSWER_LOST = "AnswerLost"
# What botocore says of an operation that it does not have, as versions before it came; as AWS says it of an API
NOT_IMPLEMENTED = ("InvalidAction", "NotImplemented", "UnknownOperationException")
_NO_ANSWER = "ResponseParserError"
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
        if failure.code == _NO_ANSWER:
            # What botocore says is where in it the parser stopped
            told = f"{client.meta.endpoint_url} answered, but not as AWS does"
            failure = AwsError(operation, failure.code, told, failure.answer_lost)
        elif failure.code in NOT_IMPLEMENTED:
            told = f"{failure.message.rstrip('.')} ({client.meta.endpoint_url} does not have it)"
            failure = AwsError(failure.operation, failure.code, told, failure.answer_lost)
        # AWS speaks https, where a page may be that of a proxy before an operation that is there
        is_emulated = failure.code == _NO_ANSWER and client.meta.endpoint_url.startswith("http:")
        failure.is_not_there = failure.code in NOT_IMPLEMENTED or is_emulated
        raise failure from error


@contextmanager
def _parsing() -> Iterator[None]:
    """Raise ResponseParserError where botocore's parser finds no result: a page may be well-formed XML."""
    try:
        yield
    except KeyError as error:
        raise ResponseParserError(f"There is no {error} in the answer") from error


def check_is_answer(answer: dict[str, Any]) -> None:
    """Raise ResponseParserError for an answer with neither a result nor AWS's id of the request."""
    metadata = answer.get("ResponseMetadata", {})
    if not (answer.keys() - {"ResponseMetadata"} or "RequestId" in metadata):
        raise ResponseParserError("There is neither a result nor a RequestId in the answer")


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
        return AwsError(operation, details.get("Code", "Unknown"), details.get("Message", str(error)), answer_lost)
    if _is_of_a_process(error):
        return AwsError(operation, type(error).__name__, f"The credential_process failed: {_RUN_IT}")
    lines = str(error).splitlines() or [""]
    # What it says of parameters is below its first line
    reason = " ".join(lines[1:]) if isinstance(error, ParamValidationError) and lines[1:] else lines[0]
    answer_lost = isinstance(error, UNANSWERED)
    return AwsError(operation, type(error).__name__, reason[:_LONGEST_REASON], answer_lost=answer_lost)
