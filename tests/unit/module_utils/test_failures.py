# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever botocore raises, wherever on the way to AWS, is a sentence."""

from __future__ import annotations

import string
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from botocore import exceptions
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    ParamValidationError,
)
from botocore.parsers import ResponseParserError

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.api import IamApi
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, AwsError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.failures import (
    aws_error,
    calling,
    connecting,
    finding_credentials,
)


class _Anything(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return f"<{key}>"


def made(kind: type[Exception]) -> Exception:
    """Return an exception of botocore with values for all that its message names."""
    if issubclass(kind, ClientError):
        return kind({"Error": {"Code": "Refused", "Message": "No."}}, "GetUser")
    if kind is exceptions.MissingServiceIdError:
        return kind(service_name="void")
    if kind is exceptions.WaiterError:
        return kind(name="void", reason="void", last_response={})
    if not issubclass(kind, BotoCoreError):
        return kind("No.")
    fields = [name for _text, name, _format, _conversion in string.Formatter().parse(kind.fmt) if name]
    told: dict[str, Any] = dict.fromkeys([*fields, "error", "endpoint_url"], "void")
    if issubclass(kind, exceptions.ConfigParseError):
        told["path"] = "void"
    return kind(**told)


def kinds() -> Iterator[Any]:
    """Return all exceptions that botocore has for the public."""
    for name, kind in sorted(vars(exceptions).items()):
        is_own = isinstance(kind, type) and kind.__module__ == exceptions.__name__
        if is_own and issubclass(kind, Exception) and not issubclass(kind, Warning):
            yield pytest.param(kind, id=name)


@pytest.mark.parametrize("kind", [*kinds()])
@pytest.mark.parametrize("where", ["session", "client", "call"])
def test_each_exception_of_botocore_is_a_sentence(kind: type[Exception], where: str) -> None:
    error = made(kind)

    def fail(**_parameters: Any) -> Any:
        raise error

    def go() -> None:
        if where == "session":
            with connecting(), finding_credentials("profile production"):
                raise error
        if where == "client":
            with connecting():
                raise error
        client = SimpleNamespace(get_caller_identity=fail, meta=SimpleNamespace(method_to_api_mapping={}))
        client.meta.method_to_api_mapping["get_caller_identity"] = "GetCallerIdentity"
        IamApi(client, client, "AKIAONE").get_caller_identity()

    with pytest.raises(AdminError) as failed:
        go()
    said = str(failed.value)
    assert said.endswith(".")
    assert "\n" not in said
    assert isinstance(failed.value, AwsError) or "credential_process" in said


@pytest.mark.parametrize(
    "error",
    [AttributeError("x"), EOFError(), IndexError(), KeyError("x"), RuntimeError("x"), TypeError(), ValueError()],
)
def test_credentials_that_are_not_as_botocore_expects_them_are_a_sentence(error: Exception) -> None:
    with pytest.raises(AdminError) as failed, connecting(), finding_credentials("profile production"):
        raise error
    kind = type(error).__name__
    assert str(failed.value).startswith(
        f"The credentials of profile production cannot be read, or have expired ({kind}): sign in again (aws sso login"
    )


def test_what_a_credential_process_says_is_not_shown() -> None:
    with pytest.raises(AdminError) as failed, connecting(), finding_credentials("profile production"):
        raise CredentialRetrievalError(provider="custom-process", error_msg="hunter2")
    assert "hunter2" not in str(failed.value)
    assert failed.value.__suppress_context__
    assert str(failed.value).startswith("The credential_process of profile production failed, or gave no credentials:")


def test_what_a_credential_process_says_in_the_middle_of_a_run_is_not_shown_either() -> None:
    error = CredentialRetrievalError(provider="custom-process", error_msg="hunter2")
    said = str(aws_error("ListRoots", error))
    assert "hunter2" not in said
    assert said.startswith(
        "ListRoots failed: CredentialRetrievalError: The credential_process failed: run it by itself"
    )


def test_what_another_provider_says_is() -> None:
    said = pytest.raises(AwsError, match="Error when retrieving credentials from sso: Expired")
    with said, connecting(), finding_credentials("profile production"):
        raise CredentialRetrievalError(provider="sso", error_msg="Expired")


def test_what_is_wrong_with_parameters_is_said() -> None:
    report = "Invalid length for parameter PermissionsBoundary, value: 15, valid min length: 20"
    error = aws_error("CreateUser", ParamValidationError(report=report))
    assert str(error) == f"CreateUser failed: ParamValidationError: {report}."


def test_a_request_that_cannot_be_sent_does_not_show_its_token() -> None:
    error = aws_error("GetUser", HTTPClientError(error=ValueError("Invalid header value b'hunter2'")))
    assert str(error).startswith("GetUser failed: HTTPClientError: ValueError. Check the proxy")
    assert (error.operation, error.code, error.answer_lost) == ("GetUser", "HTTPClientError", False)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (
            ResponseParserError("Unable to parse response, invalid XML received. Further retries may succeed:"),
            "ListUsers failed: ResponseParserError: http://127.0.0.1:5000 answered, but not as AWS does. Check the "
            "proxy, and the endpoint URL if one is set, where an emulator may not have this call.",
        ),
        (
            ClientError({"Error": {"Code": "InvalidAction", "Message": "Unknown IAM action."}}, "ListUsers"),
            "ListUsers failed: InvalidAction: Unknown IAM action (http://127.0.0.1:5000 does not have it).",
        ),
    ],
)
def test_an_endpoint_that_does_not_have_a_call_is_named(error: Exception, sentence: str) -> None:
    meta = SimpleNamespace(method_to_api_mapping={"list_users": "ListUsers"}, endpoint_url="http://127.0.0.1:5000")
    with pytest.raises(AwsError) as failed, calling(SimpleNamespace(meta=meta), "list_users"):
        raise error
    assert str(failed.value) == sentence
    assert failed.value.is_not_there


def test_a_page_instead_of_an_answer_of_aws_says_nothing_of_what_aws_has() -> None:
    meta = SimpleNamespace(method_to_api_mapping={"list_users": "ListUsers"}, endpoint_url="https://iam.amazonaws.com")
    with pytest.raises(AwsError) as failed, calling(SimpleNamespace(meta=meta), "list_users"):
        raise ResponseParserError("Unable to parse response")
    assert not failed.value.is_not_there


def test_an_operation_that_botocore_does_not_have_is_one_that_is_not_implemented() -> None:
    client = SimpleNamespace(meta=SimpleNamespace(method_to_api_mapping={}))
    with pytest.raises(AwsError) as failed, calling(client, "list_organizations_features"):
        raise AssertionError
    assert (failed.value.operation, failed.value.code) == ("ListOrganizationsFeatures", "UnknownOperationException")
    assert "This version of botocore does not have it: update boto3." in str(failed.value)
