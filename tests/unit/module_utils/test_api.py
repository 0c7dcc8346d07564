# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of AWS, and what is made of its answers."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ConnectTimeoutError, EndpointConnectionError, ReadTimeoutError
from botocore.parsers import ResponseParserError

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin import api as _api
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.account import Account
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.api import IamApi, together
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AwsError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.failures import ANSWER_LOST, aws_error
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import ACCOUNT, ADMINISTRATOR_ACCESS, NAME
from ansible_collections.landing_zone.aws_admin.tests.unit.stubbed import Answer, refusal, stubbed

DEVICE = ACCOUNT.arn(f"mfa/{NAME}")
OF_USER, OF_GROUP = {"UserName": NAME}, {"GroupName": "admins"}
USER, GROUP, KEY = {"UserName": NAME, "Path": "/"}, {"GroupName": "admins"}, {"AccessKeyId": "AKIAVOID"}
POLICY = {"PolicyArn": ADMINISTRATOR_ACCESS}
CODES = {"AuthenticationCode1": "123456", "AuthenticationCode2": "654321"}
IAM_SERVICE = {"ServicePrincipal": "iam.amazonaws.com"}

# Arguments of a read, what AWS is asked, what it answers, and what is returned
READS: dict[str, Any] = {
    "get_user": ((NAME,), OF_USER, {"User": USER}, USER),
    "get_group": (("admins",), OF_GROUP, {"Group": GROUP, "Users": [USER]}, {"Group": GROUP, "Users": [USER]}),
    "get_user_policy": ((NAME, "own"), {**OF_USER, "PolicyName": "own"}, {"PolicyDocument": "%7B%7D"}, {}),
    "get_group_policy": (("admins", "own"), {**OF_GROUP, "PolicyName": "own"}, {"PolicyDocument": "%7B%7D"}, {}),
    "get_login_profile": ((NAME,), OF_USER, {"LoginProfile": USER}, USER),
    "get_policy": ((ADMINISTRATOR_ACCESS,), POLICY, {"Policy": POLICY}, POLICY),
    "get_account_password_policy": (
        (),
        {},
        {"PasswordPolicy": {"MinimumPasswordLength": 14}},
        {"MinimumPasswordLength": 14},
    ),
    "list_access_keys": ((NAME,), OF_USER, {"AccessKeyMetadata": [KEY]}, [KEY]),
    "list_account_aliases": ((), {}, {"AccountAliases": ["acme"]}, ["acme"]),
    "list_attached_user_policies": ((NAME,), OF_USER, {"AttachedPolicies": [POLICY]}, [POLICY]),
    "list_groups_for_user": ((NAME,), OF_USER, {"Groups": [{"GroupName": "admins"}]}, [{"GroupName": "admins"}]),
    "list_attached_group_policies": (("admins",), OF_GROUP, {"AttachedPolicies": [POLICY]}, [POLICY]),
    "list_mfa_devices": ((NAME,), OF_USER, {"MFADevices": [{"SerialNumber": DEVICE}]}, [{"SerialNumber": DEVICE}]),
    "list_virtual_mfa_devices": ((), {}, {"VirtualMFADevices": [{"SerialNumber": DEVICE}]}, [{"SerialNumber": DEVICE}]),
    "list_signing_certificates": (
        (NAME,),
        OF_USER,
        {"Certificates": [{"CertificateId": "C"}]},
        [{"CertificateId": "C"}],
    ),
    "list_ssh_public_keys": ((NAME,), OF_USER, {"SSHPublicKeys": [{"SSHPublicKeyId": "A"}]}, [{"SSHPublicKeyId": "A"}]),
    "list_server_certificates": (
        (),
        {},
        {"ServerCertificateMetadataList": [{"ServerCertificateName": "a"}]},
        [{"ServerCertificateName": "a"}],
    ),
    "list_aws_service_access_for_organization": (
        (),
        {},
        {"EnabledServicePrincipals": [IAM_SERVICE]},
        [IAM_SERVICE],
    ),
    "list_service_specific_credentials": ((NAME,), OF_USER, {"ServiceSpecificCredentials": [USER]}, [USER]),
}
# These never miss anything
ALL_READS = READS | {
    "get_account_summary": ((), {}, {"SummaryMap": {"AccountMFAEnabled": 1}}, {"AccountMFAEnabled": 1}),
    "get_account_authorization_details": (
        (),
        {"Filter": ["User", "Group", "LocalManagedPolicy"]},
        {"UserDetailList": [USER], "GroupDetailList": [GROUP], "Policies": []},
        {"UserDetailList": [USER], "GroupDetailList": [GROUP], "Policies": []},
    ),
    "list_organizations_features": ((), {}, {"EnabledFeatures": ["RootSessions"]}, ["RootSessions"]),
    "get_access_key_last_used": (
        ("AKIAVOIDVOIDVOID",),
        {"AccessKeyId": "AKIAVOIDVOIDVOID"},
        {"AccessKeyLastUsed": {"ServiceName": "s3"}},
        {"ServiceName": "s3"},
    ),
}
WRITES: dict[str, dict[str, Any]] = {
    "update_user": {**OF_USER, "NewPath": "/people/"},
    "tag_user": {**OF_USER, "Tags": [{"Key": "team", "Value": "a"}]},
    "untag_user": {**OF_USER, "TagKeys": ["team"]},
    "put_user_permissions_boundary": {**OF_USER, "PermissionsBoundary": ADMINISTRATOR_ACCESS},
    "delete_user_permissions_boundary": OF_USER,
    "attach_user_policy": {**OF_USER, **POLICY},
    "detach_user_policy": {**OF_USER, **POLICY},
    "put_user_policy": {**OF_USER, "PolicyName": "own", "PolicyDocument": "{}"},
    "delete_user_policy": {**OF_USER, "PolicyName": "own"},
    "create_login_profile": {**OF_USER, "Password": "void", "PasswordResetRequired": True},
    "update_login_profile": {**OF_USER, "Password": "void", "PasswordResetRequired": True},
    "delete_login_profile": OF_USER,
    "delete_access_key": {**OF_USER, "AccessKeyId": "AKIAVOIDVOIDVOID"},
    "delete_service_specific_credential": {**OF_USER, "ServiceSpecificCredentialId": "ACCAVOIDVOIDVOIDVOID"},
    "delete_ssh_public_key": {**OF_USER, "SSHPublicKeyId": "APKAVOIDVOIDVOIDVOID"},
    "delete_signing_certificate": {**OF_USER, "CertificateId": "CERTVOIDVOIDVOIDVOIDVOID"},
    "create_group": OF_GROUP,
    "attach_group_policy": {**OF_GROUP, **POLICY},
    "put_group_policy": {**OF_GROUP, "PolicyName": "own", "PolicyDocument": "{}"},
    "delete_group_policy": {**OF_GROUP, "PolicyName": "own"},
    "add_user_to_group": {**OF_GROUP, **OF_USER},
    "remove_user_from_group": {**OF_GROUP, **OF_USER},
    "delete_user": OF_USER,
    "create_account_alias": {"AccountAlias": "acme"},
    "resync_mfa_device": {**OF_USER, "SerialNumber": DEVICE, **CODES},
    "enable_mfa_device": {**OF_USER, "SerialNumber": DEVICE, **CODES},
    "deactivate_mfa_device": {**OF_USER, "SerialNumber": DEVICE},
    "delete_virtual_mfa_device": {"SerialNumber": DEVICE},
    "enable_aws_service_access": IAM_SERVICE,
    "disable_aws_service_access": IAM_SERVICE,
    "register_delegated_administrator": {"AccountId": ACCOUNT.id, **IAM_SERVICE},
    "deregister_delegated_administrator": {"AccountId": ACCOUNT.id, **IAM_SERVICE},
    "enable_organizations_root_credentials_management": {},
    "disable_organizations_root_credentials_management": {},
    "enable_organizations_root_sessions": {},
    "disable_organizations_root_sessions": {},
}


def operation_of(method: str) -> str:
    """Return what AWS calls a method: `CreateVirtualMFADevice`."""
    words = {"aws": "AWS", "mfa": "MFA", "ssh": "SSH"}
    return "".join(words.get(word, word.capitalize()) for word in method.split("_"))


def api_of(answer: Answer) -> IamApi:
    def client(service: str, region_name: str) -> Any:
        assert region_name == "eu-west-1"
        return stubbed(service, answer)

    return IamApi(stubbed("iam", answer), stubbed("sts", answer), "AKIAVOID", client=client, region="eu-west-1")


def ask(method: str, answer: Mapping[str, Any], *arguments: Any, **parameters: Any) -> tuple[Any, list[Any]]:
    """Call a method and return what it returns, and what AWS was asked."""
    asked: list[Any] = []

    def reply(operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
        asked.append((operation, given))
        return dict(answer)

    return getattr(api_of(reply), method)(*arguments, **parameters), asked


@pytest.mark.parametrize(("method", "case"), ALL_READS.items(), ids=ALL_READS)
def test_a_read_asks_one_thing_and_returns_the_answer(method: str, case: Any) -> None:
    arguments, sent, answer, returned = case
    assert ask(method, answer, *arguments) == (returned, [(operation_of(method), sent)])


@pytest.mark.parametrize(("method", "case"), READS.items(), ids=READS)
def test_what_is_missing_is_no_error(method: str, case: Any) -> None:
    missing = [] if method.startswith("list_") else None
    assert ask(method, refusal("NoSuchEntity"), *case[0])[0] == missing


@pytest.mark.parametrize(
    ("caller", "has_source", "source"),
    [("assumed-role/a/b", True, "user/jo"), ("assumed-role/a/b", False, None), ("user/kim", True, None)],
)
def test_whose_keys_they_are_is_asked_where_a_role_calls(caller: str, has_source: bool, source: str | None) -> None:
    def reply(_operation: str, _given: Mapping[str, Any]) -> dict[str, Any]:
        return {"Arn": ACCOUNT.arn("user/jo"), "Account": ACCOUNT.id}

    of_jo = IamApi(iam=None, sts=stubbed("sts", reply), key_id="AKIAOFJO")
    api = IamApi(iam=None, sts=None, key_id="ASIAOFROLE", source=lambda: of_jo if has_source else None)
    account = replace(ACCOUNT, caller_arn=ACCOUNT.arn(caller), key_ids=frozenset(["ASIAOFROLE"]))
    both = frozenset(["ASIAOFROLE", "AKIAOFJO"])
    found = replace(account, source_arn=ACCOUNT.arn(source), key_ids=both) if source else account
    assert api.with_source(account) == found
    assert IamApi(iam=None, sts=None, key_id="ASIAOFROLE").with_source(account) == account


@pytest.mark.parametrize(("method", "case"), ALL_READS.items(), ids=ALL_READS)
def test_another_refusal_of_a_read_is_an_error(method: str, case: Any) -> None:
    with pytest.raises(AwsError) as refused:
        ask(method, refusal("AccessDenied"), *case[0])
    assert (refused.value.operation, refused.value.code) == (operation_of(method), "AccessDenied")


@pytest.mark.parametrize(("method", "parameters"), WRITES.items(), ids=WRITES)
def test_a_write_hands_on_what_it_is_given(method: str, parameters: dict[str, Any]) -> None:
    assert ask(method, {}, **parameters) == (None, [(operation_of(method), parameters)])


@pytest.mark.parametrize(("method", "case"), ALL_READS.items(), ids=ALL_READS)
def test_an_endpoint_that_is_not_there_is_an_error_of_the_operation(method: str, case: Any) -> None:
    def answer(_operation: str, _given: Mapping[str, Any]) -> dict[str, Any]:
        raise EndpointConnectionError(endpoint_url="http://localhost:1")

    with pytest.raises(AwsError) as failed:
        getattr(api_of(answer), method)(*case[0])
    assert (failed.value.operation, failed.value.code) == (operation_of(method), "EndpointConnectionError")


@pytest.mark.parametrize(
    "method",
    [
        "list_account_aliases",
        "list_virtual_mfa_devices",
        "list_aws_service_access_for_organization",
        "list_delegated_administrators",
    ],
)
def test_an_endpoint_may_leave_out_a_list_that_is_empty(method: str) -> None:
    assert ask(method, {})[0] == []


def test_a_refused_write_is_an_error() -> None:
    with pytest.raises(AwsError, match=r"^DeleteUser failed: DeleteConflict: No\. ") as refused:
        ask("delete_user", refusal("DeleteConflict"), UserName=NAME)
    assert refused.value.answer_lost is False


@pytest.mark.parametrize(
    ("method", "parameters", "key", "made"),
    [
        ("create_user", OF_USER, "User", USER),
        (
            "create_virtual_mfa_device",
            {"VirtualMFADeviceName": NAME},
            "VirtualMFADevice",
            {"SerialNumber": DEVICE, "Base32StringSeed": b"JBSWY3DPEHPK3PXP"},
        ),
        (
            "create_virtual_mfa_device",
            {"VirtualMFADeviceName": NAME},
            "VirtualMFADevice",
            {"SerialNumber": DEVICE, "Base32StringSeed": b"JBSWY3DPEHPK3PXPJB"},
        ),
    ],
)
def test_what_is_made_is_returned(method: str, parameters: dict[str, Any], key: str, made: Any) -> None:
    assert ask(method, {key: made}, **parameters) == (made, [(operation_of(method), parameters)])


def test_what_is_no_seed_is_not_taken_for_one() -> None:
    made = {"SerialNumber": DEVICE, "Base32StringSeed": b"0189abcdef"}
    with pytest.raises(AwsError) as refused:
        ask("create_virtual_mfa_device", {"VirtualMFADevice": made}, VirtualMFADeviceName=NAME)
    sentence = "http://localhost:1 gave a seed that is not Base32, which no authenticator app takes."
    assert str(refused.value) == f"CreateVirtualMFADevice failed: InvalidSeed: {sentence}"
    # The device is there all the same
    assert refused.value.answer_lost


@pytest.mark.parametrize(
    ("metadata", "lost"), [({}, False), ({ANSWER_LOST: False}, False), ({ANSWER_LOST: True}, True)]
)
def test_an_access_key_comes_with_whether_there_may_be_another_one(metadata: dict[str, Any], lost: bool) -> None:
    answer = {"AccessKey": KEY, "ResponseMetadata": metadata}
    made = {**KEY, "AnswerLost": lost}
    assert ask("create_access_key", answer, **OF_USER) == (made, [("CreateAccessKey", OF_USER)])


def test_a_session_is_asked_of_sts() -> None:
    given = {"SerialNumber": DEVICE, "TokenCode": "123456", "DurationSeconds": 900}
    assert ask("get_session_token", {"Credentials": KEY}, **given) == (KEY, [("GetSessionToken", given)])


def test_the_caller_tells_the_account_and_its_partition() -> None:
    arn = "arn:aws-cn:iam::111122223333:root"
    answer = {"Account": "111122223333", "Arn": arn}
    account = Account("111122223333", "aws-cn", arn, key_ids=frozenset(["AKIAVOID"]))
    assert ask("get_caller_identity", answer) == (account, [("GetCallerIdentity", {})])


def test_all_pages_are_read() -> None:
    def answer(_operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
        if given.get("Marker") == "more":
            return {"AccessKeyMetadata": [{"AccessKeyId": "second"}], "IsTruncated": False}
        return {"AccessKeyMetadata": [{"AccessKeyId": "first"}], "IsTruncated": True, "Marker": "more"}

    assert api_of(answer).list_access_keys(NAME) == [{"AccessKeyId": "first"}, {"AccessKeyId": "second"}]


# Simulation


@pytest.mark.parametrize(("mfa", "values"), [(True, ["true"]), (False, ["false"]), (None, None)])
def test_a_simulation_says_whether_there_is_mfa_and_an_access_key_does_not(
    mfa: bool | None, values: list[str] | None
) -> None:
    key = {"ContextKeyName": "aws:MultiFactorAuthPresent", "ContextKeyType": "boolean"}
    results = [{"EvalActionName": "iam:CreateUser", "EvalDecision": "allowed"}]
    sent = {
        "PolicySourceArn": ACCOUNT.arn(f"user/{NAME}"),
        "ActionNames": ["iam:CreateUser"],
        "ContextEntries": [{**key, "ContextKeyValues": values}] if values else [],
    }
    arguments = (ACCOUNT.arn(f"user/{NAME}"), ("iam:CreateUser",), mfa)
    assert ask("simulate_principal_policy", {"EvaluationResults": results}, *arguments) == (
        results,
        [("SimulatePrincipalPolicy", sent)],
    )


@pytest.mark.parametrize("code", ["InvalidAction", "NotImplemented", "UnknownOperationException"])
def test_an_endpoint_that_does_not_simulate_is_no_error(code: str) -> None:
    assert ask("simulate_principal_policy", refusal(code), ACCOUNT.arn("user/a"), ["iam:CreateUser"], True)[0] is None


def test_a_simulation_that_leaves_out_an_action_is_no_answer() -> None:
    results = [{"EvalActionName": "iam:CreateUser", "EvalDecision": "allowed"}]
    actions = ["s3:Get", "iam:CreateUser", "iam:GetUser"]
    with pytest.raises(AwsError, match=r"Incomplete: No result for iam:GetUser, s3:Get: run again\.") as cut:
        ask("simulate_principal_policy", {"EvaluationResults": results}, ACCOUNT.arn("user/a"), actions, True)
    assert (cut.value.operation, cut.value.code) == ("SimulatePrincipalPolicy", "Incomplete")
    with pytest.raises(AwsError, match=r"Incomplete: No result for iam:CreateUser, iam:GetUser, s3:Get: run again\."):
        ask("simulate_principal_policy", {}, ACCOUNT.arn("user/a"), actions, True)


def test_a_refused_simulation_is_an_error() -> None:
    with pytest.raises(AwsError, match=r"^SimulatePrincipalPolicy failed: NoSuchEntity"):
        ask("simulate_principal_policy", refusal("NoSuchEntity"), ACCOUNT.arn("user/a"), ["iam:CreateUser"], True)


@pytest.mark.parametrize(("resource", "sent"), [(DEVICE, {"ResourceArns": [DEVICE]}), (None, {})])
def test_a_simulation_is_of_a_resource_or_of_any(resource: str | None, sent: dict[str, Any]) -> None:
    results = [{"EvalActionName": "iam:CreateUser", "EvalDecision": "allowed"}]
    arguments = (ACCOUNT.arn("user/a"), ["iam:CreateUser"], None, resource)
    _found, ((_operation, given),) = ask("simulate_principal_policy", {"EvaluationResults": results}, *arguments)
    assert {name: value for name, value in given.items() if name == "ResourceArns"} == sent


def test_the_document_of_a_policy_is_that_of_its_default_version() -> None:
    policy = {"Arn": ADMINISTRATOR_ACCESS, "DefaultVersionId": "v2"}
    answer = {"Policy": policy, "PolicyVersion": {"Document": "%7B%22a%22%3A%201%7D"}}
    found, asked = ask("get_policy_document", answer, ADMINISTRATOR_ACCESS)
    assert found == {"a": 1}
    assert asked == [
        ("GetPolicy", {"PolicyArn": ADMINISTRATOR_ACCESS}),
        ("GetPolicyVersion", {"PolicyArn": ADMINISTRATOR_ACCESS, "VersionId": "v2"}),
    ]
    assert ask("get_policy_document", refusal("NoSuchEntity"), ADMINISTRATOR_ACCESS)[0] is None


def test_roles_are_asked_for_by_name() -> None:
    _found, ((_operation, given),) = ask("get_account_authorization_details", {}, with_roles=True)
    assert given == {"Filter": ["User", "Group", "LocalManagedPolicy", "Role"]}


# What auditors ask


def audited(service: str, region: str, *answers: dict[str, Any]) -> tuple[IamApi, list[Any]]:
    """Return an API of which a service answers so in a region, in that order, and what it is asked."""
    asked: list[Any] = []

    def reply(operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
        asked.append((operation, given))
        return answers[len(asked) - 1]

    def client(name: str, region_name: str) -> Any:
        assert (name, region_name) == (service, region)
        return stubbed(service, reply)

    return IamApi(stubbed("iam", reply), stubbed("sts", reply), "AKIAVOID", client=client, region=region), asked


@pytest.mark.parametrize("waits", [[], [1], [1, 2], [1, 2, 4, 8]])
def test_a_credential_report_is_waited_for(waits: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[int] = []
    monkeypatch.setattr(_api, "sleep", slept.append)
    states = [*["STARTED", *["INPROGRESS"] * 9][: len(waits)], "COMPLETE"]
    made = datetime(2026, 1, 2, tzinfo=UTC)
    answer = {"Content": b"user", "ReportFormat": "text/csv", "GeneratedTime": made}
    api, asked = audited("iam", "us-east-1", *({"State": state} for state in states), answer)
    assert api.get_credential_report() == (b"user", made)
    assert [operation for operation, _given in asked] == ["GenerateCredentialReport"] * len(states) + [
        "GetCredentialReport"
    ]
    assert slept == waits


def test_a_credential_report_that_takes_too_long_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_api, "sleep", lambda _seconds: None)
    api, _asked = audited("iam", "us-east-1", *[{"State": "INPROGRESS"}] * 9)
    with pytest.raises(
        AwsError, match="GenerateCredentialReport failed: ReportInProgress: AWS takes longer than usual"
    ):
        api.get_credential_report()


def test_the_security_contact_is_asked_of_the_account() -> None:
    api, asked = audited("account", "us-east-1", {"AlternateContact": {"Name": "Void"}})
    assert api.get_security_contact() == {"Name": "Void"}
    assert asked == [("GetAlternateContact", {"AlternateContactType": "SECURITY"})]
    assert audited("account", "us-east-1", refusal("ResourceNotFoundException"))[0].get_security_contact() == {}
    with pytest.raises(AwsError, match="lack the permission account:GetAlternateContact"):
        audited("account", "us-east-1", refusal("AccessDeniedException"))[0].get_security_contact()


def test_sign_ins_are_looked_up_in_a_region_page_by_page() -> None:
    events = [{"EventId": "1"}, {"EventId": "2"}]
    pages = [{"Events": events[:1], "NextToken": "more"}, {"Events": events[1:]}]
    api, asked = audited("cloudtrail", "eu-north-1", *pages)
    assert api.lookup_events("eu-north-1", "ConsoleLogin") == (events, False)
    attributes = [{"AttributeKey": "EventName", "AttributeValue": "ConsoleLogin"}]
    assert asked == [
        ("LookupEvents", {"LookupAttributes": attributes}),
        ("LookupEvents", {"LookupAttributes": attributes, "NextToken": "more"}),
    ]
    assert audited("cloudtrail", "eu-north-1", {})[0].lookup_events("eu-north-1", "ConsoleLogin") == ([], False)
    with pytest.raises(AwsError, match="lack the permission cloudtrail:LookupEvents"):
        audited("cloudtrail", "eu-north-1", refusal("AccessDenied"))[0].lookup_events("eu-north-1", "ConsoleLogin")


def test_of_very_many_sign_ins_the_last_500_are_read() -> None:
    pages = [{"Events": [{"EventId": str(page)}] * 50, "NextToken": str(page)} for page in range(20)]
    api, asked = audited("cloudtrail", "eu-north-1", *pages)
    events, is_cut = api.lookup_events("eu-north-1", "ConsoleLogin")
    assert (len(events), is_cut, len(asked)) == (500, True, 10)


# Organisations


@pytest.mark.parametrize(("source", "features"), [("444455556666", ["RootSessions"]), (ACCOUNT.id, None), (None, None)])
def test_the_account_that_a_role_was_assumed_from_is_asked_unless_it_is_the_same_one(
    source: str | None, features: list[str] | None
) -> None:
    class Source:
        def get_caller_identity(self) -> Account:
            return replace(ACCOUNT, id=str(source))

        def list_organizations_features(self) -> list[str]:
            return ["RootSessions"]

    api = IamApi(iam=None, sts=None, key_id="ASIAOFROLE", manager=lambda: cast("Any", Source()) if source else None)
    assert api.list_organizations_features_of_manager(ACCOUNT) == features


@pytest.mark.parametrize(
    ("answer", "features"),
    [
        ({}, []),
        (refusal("ServiceAccessNotEnabledException"), []),
        (refusal("OrganizationNotInAllFeaturesModeException"), []),
        (refusal("AccountNotManagementOrDelegatedAdministratorException"), None),
        (refusal("OrganizationNotFoundException"), None),
    ],
)
def test_what_an_account_manages_centrally(answer: dict[str, Any], features: list[str] | None) -> None:
    assert ask("list_organizations_features", answer)[0] == features


def test_the_organisation_is_that_of_the_account_and_there_may_be_none() -> None:
    answer = {"Organization": {"MasterAccountId": ACCOUNT.id}}
    assert ask("describe_organization", answer) == (answer["Organization"], [("DescribeOrganization", {})])
    assert ask("describe_organization", refusal("AWSOrganizationsNotInUseException"))[0] is None
    with pytest.raises(AwsError, match="lack the permission organizations:DescribeOrganization"):
        ask("describe_organization", refusal("AccessDeniedException"))


def test_the_delegated_administrators_are_those_of_a_service() -> None:
    delegated = {"DelegatedAdministrators": [{"Id": ACCOUNT.id}]}
    assert ask("list_delegated_administrators", delegated, **IAM_SERVICE) == (
        [{"Id": ACCOUNT.id}],
        [("ListDelegatedAdministrators", IAM_SERVICE)],
    )


# Root users


@pytest.mark.parametrize(
    "method", ["get_user", "get_login_profile", "list_access_keys", "list_signing_certificates", "list_mfa_devices"]
)
def test_who_has_no_name_is_who_calls(method: str) -> None:
    _arguments, _sent, answer, returned = READS[method]
    assert ask(method, answer, None) == (returned, [(operation_of(method), {})])


def test_a_session_of_a_root_user_is_asked_for_in_the_region_and_for_one_task() -> None:
    made = {"AccessKeyId": "ASIAOFROOT", "SecretAccessKey": "void", "SessionToken": "void"}
    connected: Any = object()
    given: list[Any] = []

    def with_key(key: Mapping[str, Any]) -> Any:
        given.append(key)
        return connected

    api, asked = audited("sts", "cn-north-1", {"Credentials": made})
    api._with_key = with_key
    assert api.as_root(replace(ACCOUNT, partition="aws-cn"), "444455556666", "IAMAuditRootUserCredentials") is connected
    assert given == [made]
    policy = {"arn": "arn:aws-cn:iam::aws:policy/root-task/IAMAuditRootUserCredentials"}
    assert asked == [
        ("AssumeRoot", {"TargetPrincipal": "444455556666", "TaskPolicyArn": policy, "DurationSeconds": 900})
    ]


# At the same time


def test_answers_come_in_the_order_of_the_reads() -> None:
    second_was_asked = threading.Event()

    def first() -> object:
        return second_was_asked.wait(10) and "first"

    def second() -> str:
        second_was_asked.set()
        return "second"

    assert together(first, second) == ["first", "second"]
    assert together() == []


def test_ten_reads_go_out_at_once_and_a_failing_one_does_not_wait_for_the_others() -> None:
    all_are_there, may_end = threading.Barrier(10), threading.Event()
    ended: list[str] = []
    before = set(threading.enumerate())

    def waits() -> None:
        all_are_there.wait(10)
        may_end.wait(10)
        ended.append("one of ten")

    def fails() -> None:
        all_are_there.wait(10)
        raise AwsError("GetUser", "AccessDenied", "No")

    with pytest.raises(AwsError, match=r"^GetUser failed"):
        # The thread of the one that fails may take one more
        together(fails, *[waits] * 9, lambda: may_end.wait(10), lambda: ended.append("the twelfth"))
    assert ended == []
    may_end.set()
    for thread in set(threading.enumerate()) - before:
        thread.join(10)
    assert ended == ["one of ten"] * 9


# Errors


def client_error(code: str | None, metadata: Mapping[str, Any] | None = None, operation: str = "AssumeRole") -> Any:
    error = {"Code": code, "Message": "No"} if code else {}
    return ClientError({"Error": error, "ResponseMetadata": metadata} if metadata else {"Error": error}, operation)


@pytest.mark.parametrize(
    ("error", "said", "lost"),
    [
        # The operation within ours that AWS has refused
        (client_error("Denied"), "AssumeRole failed: Denied: No.", False),
        (client_error(None), f"AssumeRole failed: Unknown: {str(client_error(None)).rstrip('.')}.", False),
        (client_error("Denied", {"HTTPStatusCode": 499}), "AssumeRole failed: Denied: No.", False),
        (client_error("Fault", {"HTTPStatusCode": 500}), "AssumeRole failed: Fault: No.", True),
        (client_error("Exists", {ANSWER_LOST: True}), "AssumeRole failed: Exists: No.", True),
        (OSError(), "GetUser failed: OSError.", False),
        (OSError("No such\nfile"), "GetUser failed: OSError: No such.", False),
        (ValueError("x" * 201), f"GetUser failed: ValueError: {'x' * 200}.", False),
        (ConnectTimeoutError(endpoint_url="a"), "GetUser failed: ConnectTimeoutError: ", False),
        (EndpointConnectionError(endpoint_url="a"), "GetUser failed: EndpointConnectionError: ", False),
        (ReadTimeoutError(endpoint_url="a"), "GetUser failed: ReadTimeoutError: ", True),
        (ResponseParserError("<html>"), "GetUser failed: ResponseParserError: <html>. ", True),
    ],
)
def test_an_error_says_what_has_failed_and_whether_it_may_be_done_all_the_same(
    error: Exception, said: str, lost: bool
) -> None:
    ours = aws_error("GetUser", error)
    assert str(ours).startswith(said)
    assert ours.answer_lost is lost


# What answers in the place of AWS, such as the proxy of a network

PAGE = b"<html><body><p>Please sign in to the network</p></body></html>"
ID = b"<ResponseMetadata><RequestId>void</RequestId></ResponseMetadata>"
ASKED: dict[str, tuple[tuple[Any, ...], dict[str, str]]] = {
    "get_user": ((NAME,), {}),
    "list_mfa_devices": ((NAME,), {}),
    "list_account_aliases": ((), {}),
    "get_account_authorization_details": ((), {}),
    "delete_user": ((), OF_USER),
    "create_virtual_mfa_device": ((), {"VirtualMFADeviceName": NAME}),
    "get_caller_identity": ((), {}),
    "lookup_events": (("us-east-1", "ConsoleLogin"), {}),
    "get_security_contact": ((), {}),
    "list_delegated_administrators": ((), {}),
}


def answered_with(status: int, body: bytes) -> IamApi:
    """Return IAM and all else, where each call gets this answer."""

    def client(service: str, **_region: str) -> Any:
        made = stubbed(service, None)
        made.meta.events.register("before-send", answer)
        return made

    def answer(request: Any, **_event: Any) -> AWSResponse:
        answered = AWSResponse(request.url, status, {}, None)
        answered._content = body
        return answered

    return IamApi(client("iam"), client("sts"), "AKIAVOID", client=client, region="us-east-1")


@pytest.mark.parametrize("method", ASKED)
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, PAGE),
        (200, b""),
        (200, b"[]"),
        (200, b"null"),
        (200, b"{}"),
        (200, b"\x00\xff\xfe"),
        (200, b"<Response><Result/></Response>"),
        (302, PAGE),
        (403, PAGE),
        (407, PAGE),
        (400, b"<ErrorResponse><Error/></ErrorResponse>"),
    ],
    ids=["page", "empty", "list", "null", "object", "bytes", "half", "moved", "forbidden", "proxy", "no code"],
)
def test_what_is_no_answer_of_aws_is_neither_nothing_nor_done(method: str, status: int, body: bytes) -> None:
    arguments, parameters = ASKED[method]
    with pytest.raises(AwsError) as failed:
        getattr(answered_with(status, body), method)(*arguments, **parameters)
    assert "http://localhost:1 answered, but not as AWS does. Check the proxy" in str(failed.value)
    assert "sign in to" not in str(failed.value)
    assert failed.value.is_not_there  # as over plain http it is an emulator


@pytest.mark.parametrize(
    ("status", "may_be_done"), [(200, True), (299, True), (300, False), (302, False), (403, False)]
)
def test_what_another_has_refused_or_sent_elsewhere_is_not_done(status: int, may_be_done: bool) -> None:
    with pytest.raises(AwsError) as failed:
        answered_with(status, PAGE).delete_user(**OF_USER)
    assert failed.value.answer_lost is may_be_done


@pytest.mark.parametrize("method", ["get_user", "list_mfa_devices", "list_account_aliases"])
def test_an_answer_without_what_it_has_in_any_case_is_none(method: str) -> None:
    operation = operation_of(method)
    half = b"<X><%sResult></%sResult>%s</X>" % (operation.encode(), operation.encode(), ID)
    arguments, parameters = ASKED[method]
    with pytest.raises(AwsError, match="answered, but not as AWS does"):
        getattr(answered_with(200, half), method)(*arguments, **parameters)


def test_what_an_answer_lacks_is_told_where_no_call_tells_more() -> None:
    half = b"<X><GetUserPolicyResult></GetUserPolicyResult>%s</X>" % ID
    with pytest.raises(ResponseParserError, match=r"^The answer has no UserName, PolicyName, PolicyDocument$"):
        answered_with(200, half)._iam.get_user_policy(UserName=NAME, PolicyName="own")
    with pytest.raises(ResponseParserError, match=r"^The answer has no RequestId$"):
        answered_with(200, b"<X/>")._iam.delete_user(UserName=NAME)


def test_a_fault_of_aws_keeps_its_words() -> None:
    with pytest.raises(AwsError, match=r"^GetUser failed: 503: Service Unavailable\.$") as failed:
        answered_with(503, b"").get_user(NAME)
    assert failed.value.answer_lost
    assert not failed.value.is_not_there
