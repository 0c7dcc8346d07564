# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The proof: what it does for it, what it leaves, and what it says where it does not succeed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin import proof
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.account import Account
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.api import ANSWER_LOST
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, AwsError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.proof import (
    ARGUMENT_SPEC,
    PROOF_TAG,
    Proof,
    left_over,
    prove,
)
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import ACCOUNT, MADE, NAME, options

PHONE = ACCOUNT.arn(f"mfa/{NAME}")
OF_WHAT = {"user_id": "AIDAVOID", "serial_number": PHONE, "enable_date": MADE.isoformat()}
BEGUN = datetime(2026, 1, 2, 12, 0, tzinfo=UTC)
CODE = "123456"


@dataclass
class Aws:
    """One account, and what each of the three who come asks of it: `admin`, the new `key`, and its `session`.

    `fails` has by caller and method the error that it gets, each once; `denied` are those who may
    not tag a user.
    """

    tags: dict[str, str] = field(default_factory=dict)
    devices: list[str] = field(default_factory=lambda: [PHONE])
    keys: list[dict[str, Any]] = field(default_factory=list)
    exists: bool = True
    denied: tuple[str, ...] = ()
    fails: dict[str, AwsError] = field(default_factory=dict)
    made: dict[str, Any] = field(default_factory=lambda: {"AccessKeyId": "AKIANEW", ANSWER_LOST: False})
    vanish: int = 0
    caller_keys: frozenset[str] = frozenset()
    asked: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def connect(self, key: Mapping[str, Any] | None = None) -> Any:
        who = {None: "admin", "AKIANEW": "key", "ASIANEW": "session"}[key and key["AccessKeyId"]]
        return Caller(self, who)

    @property
    def writes(self) -> list[str]:
        """Who has written what, in order."""
        return [call for call, _given in self.asked]


@dataclass
class Caller:
    """IamApi as one of the three has it."""

    aws: Aws
    who: str

    def _write(self, method: str, given: dict[str, Any]) -> None:
        self.aws.asked.append((f"{self.who} {method}", given))
        if error := self.aws.fails.pop(f"{self.who} {method}", None):
            raise error

    def get_caller_identity(self) -> Account:
        return ACCOUNT

    def with_source(self, account: Account) -> Account:
        return replace(account, key_ids=self.aws.caller_keys)

    def get_user(self, name: str) -> dict[str, Any] | None:
        assert name == NAME
        tags = {"Tags": [{"Key": key, "Value": value} for key, value in self.aws.tags.items()]} if self.aws.tags else {}
        return {"UserName": NAME, "UserId": "AIDAVOID", **tags} if self.aws.exists else None

    def list_mfa_devices(self, name: str) -> list[dict[str, Any]]:
        assert name == NAME
        return [{"SerialNumber": serial_number, "EnableDate": MADE} for serial_number in self.aws.devices]

    def list_access_keys(self, name: str) -> list[dict[str, Any]]:
        assert name == NAME
        found = list(self.aws.keys)
        self.aws.vanish -= 1
        if self.aws.vanish == 0:
            self.aws.keys.clear()
        return found

    def tag_user(self, **given: Any) -> None:
        self._write("tag_user", given)
        if self.who in self.aws.denied:
            raise AwsError("TagUser", "AccessDenied", "No")
        self.aws.tags |= {tag["Key"]: tag["Value"] for tag in given["Tags"]}

    def untag_user(self, **given: Any) -> None:
        self._write("untag_user", given)
        for key in given["TagKeys"]:
            del self.aws.tags[key]

    def create_access_key(self, **given: Any) -> dict[str, Any]:
        self.aws.keys.append({"AccessKeyId": self.aws.made["AccessKeyId"], "CreateDate": datetime.now(UTC)})
        self._write("create_access_key", given)
        return self.aws.made

    def delete_access_key(self, **given: Any) -> None:
        self._write("delete_access_key", given)
        self.aws.keys = [key for key in self.aws.keys if key["AccessKeyId"] != given["AccessKeyId"]]

    def get_session_token(self, **given: Any) -> dict[str, Any]:
        self._write("get_session_token", given)
        return {"AccessKeyId": "ASIANEW"}


def wanted(**given: Any) -> Proof:
    return Proof.from_params(options(ARGUMENT_SPEC, **{"name": NAME, "code": CODE, **given}))


def refusal(aws: Aws, **given: Any) -> tuple[str, bool]:
    """Return the sentence of a proof that fails, and whether it says that something was changed."""
    with pytest.raises(AdminError) as failed:
        prove(wanted(**given), aws.connect, check_mode=False)
    return str(failed.value), failed.value.changed


WHOLE = [
    "admin tag_user",
    "admin create_access_key",
    "admin tag_user",
    "key get_session_token",
    "session tag_user",
    "admin delete_access_key",
    "admin untag_user",
]


@pytest.fixture(autouse=True)
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that would have been waited."""
    seconds: list[float] = []
    monkeypatch.setattr(proof.time, "sleep", seconds.append)
    return seconds


# Options


def test_the_device_is_called_as_the_user_unless_it_is_named() -> None:
    assert wanted() == Proof(NAME, NAME, CODE, require_mfa=False, once_signed_in=False, account_id=None)
    given = {"device_name": "safe", "require_mfa": True, "account_id": ACCOUNT.id, "code": None}
    assert wanted(**given) == Proof(NAME, "safe", None, require_mfa=True, once_signed_in=False, account_id=ACCOUNT.id)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": ""}, "name is empty"),
        ({"device_name": "safe.2"}, "device_name 'safe.2' ends like"),
        ({"code": "12345"}, "The code is not six digits"),
        ({"account_id": "1"}, "aws_account_id (account_id) is '1': set it"),
    ],
)
def test_what_aws_would_refuse_is_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(AdminError) as refused:
        wanted(**given)
    assert str(refused.value).startswith(said)


# What an earlier proof has left


@pytest.mark.parametrize(
    ("minutes", "found"), [(-16, False), (-15, True), (0, True), (30, True), (31, False)], ids="{}".format
)
def test_where_the_tag_names_no_key_those_of_its_time_are_left_over(minutes: int, found: bool) -> None:
    keys = [{"AccessKeyId": "AKIAOLD", "CreateDate": BEGUN + timedelta(minutes=minutes)}]
    assert left_over({PROOF_TAG: BEGUN.isoformat()}, keys) == (("AKIAOLD",) if found else ())


@pytest.mark.parametrize(
    ("tags", "found"),
    [
        ({PROOF_TAG: f"{BEGUN.isoformat()} AKIAOLD"}, ("AKIAOLD",)),
        ({PROOF_TAG: f"{BEGUN.isoformat()} AKIAGONE"}, ()),
        ({PROOF_TAG: "yesterday"}, ()),
        ({PROOF_TAG: "2026-01-02T12:00:00"}, ()),  # without a time zone
        ({}, ()),
    ],
)
def test_the_key_that_the_tag_names_is_left_over_and_no_other(tags: dict[str, str], found: tuple[str, ...]) -> None:
    keys = [{"AccessKeyId": key, "CreateDate": BEGUN} for key in ("AKIAOLD", "AKIAOTHER")]
    assert left_over(tags, keys) == found


def test_a_key_that_somebody_calls_with_is_left_by_no_proof_whatever_the_tag_says() -> None:
    keys = [{"AccessKeyId": key, "CreateDate": BEGUN} for key in ("AKIAOLD", "AKIAOTHER")]
    assert left_over({PROOF_TAG: f"{BEGUN.isoformat()} AKIAOLD"}, keys, ["AKIAOLD"]) == ()
    assert left_over({PROOF_TAG: BEGUN.isoformat()}, keys, ["AKIAOLD"]) == ("AKIAOTHER",)


def test_of_several_keys_of_that_time_none_is_deleted_and_all_are_named() -> None:
    keys = [{"AccessKeyId": key, "CreateDate": BEGUN} for key in ("AKIAOLD", "AKIAOTHER")]
    aws = Aws(tags={PROOF_TAG: BEGUN.isoformat()}, keys=keys)
    assert refusal(aws) == (
        f"A killed proof may have left one of the access keys of {NAME}, AKIAOLD and AKIAOTHER, and does not say "
        f"which: delete unused ones, then the tag {PROOF_TAG} of the user, and run again.",
        False,
    )
    assert aws.writes == []


def test_the_key_of_the_caller_is_in_the_way_of_a_proof_and_stays() -> None:
    keys = [{"AccessKeyId": "AKIACALLER", "CreateDate": BEGUN}]
    aws = Aws(tags={PROOF_TAG: BEGUN.isoformat()}, keys=keys, caller_keys=frozenset(["AKIACALLER"]))
    assert refusal(aws)[0].startswith(f"{NAME} has the access key AKIACALLER, and must have none before a proof")
    assert aws.writes == []


# The proof


def test_a_proof_takes_a_key_for_a_moment_and_leaves_nothing() -> None:
    aws = Aws(tags={"team": "a"})
    result = prove(wanted(), aws.connect, check_mode=False)
    assert result == {"changed": False, "account_id": ACCOUNT.id, "proven": ["device", "permissions"], **OF_WHAT}
    assert aws.writes == WHOLE
    assert (aws.keys, aws.tags) == ([], {"team": "a"})


def test_each_call_of_a_proof_has_what_it_takes() -> None:
    aws = Aws()
    prove(wanted(), aws.connect, check_mode=False)
    first, made, second, session, act, deleted, untagged = (given for _call, given in aws.asked)
    assert {given.get("UserName", NAME) for _call, given in aws.asked} == {NAME}
    begun = first["Tags"][0]["Value"]
    assert abs(datetime.fromisoformat(begun) - datetime.now(UTC)) < timedelta(minutes=1)
    assert len(begun) == len("2026-01-02T12:00:00+00:00")
    assert first == {"UserName": NAME, "Tags": [{"Key": PROOF_TAG, "Value": begun}]}
    assert made == {"UserName": NAME}
    assert second == act == {"UserName": NAME, "Tags": [{"Key": PROOF_TAG, "Value": f"{begun} AKIANEW"}]}
    assert session == {"SerialNumber": PHONE, "TokenCode": CODE, "DurationSeconds": 900}
    assert deleted == {"UserName": NAME, "AccessKeyId": "AKIANEW"}
    assert untagged == {"UserName": NAME, "TagKeys": [PROOF_TAG]}


def test_that_mfa_is_required_is_tried_with_the_key_alone() -> None:
    aws = Aws(denied=("key",))
    result = prove(wanted(require_mfa=True), aws.connect, check_mode=False)
    assert result["proven"] == ["device", "permissions", "require_mfa"]
    assert aws.writes == [*WHOLE[:5], "key tag_user", *WHOLE[5:]]
    assert aws.asked[5][1] == aws.asked[4][1]


def test_a_key_that_may_act_without_mfa_disproves_it() -> None:
    aws = Aws()
    assert refusal(aws, require_mfa=True) == (
        f"MFA is not required: without it {NAME} may do iam:TagUser. Attach a policy that denies everything without "
        "MFA.",
        False,
    )
    assert aws.writes[-2:] == WHOLE[-2:]


@pytest.mark.parametrize(
    ("denied", "proven"),
    [((), ["device", "permissions"]), (("key",), ["device", "permissions", "require_mfa"])],
)
def test_before_the_first_sign_in_mfa_need_not_be_required(denied: tuple[str, ...], proven: list[str]) -> None:
    result = prove(wanted(require_mfa="after_sign_in"), Aws(denied=denied).connect, check_mode=False)
    assert result["proven"] == proven


def test_a_session_that_may_not_act_disproves_the_permissions() -> None:
    aws = Aws(denied=("session",))
    assert refusal(aws) == (
        f"The MFA device is proven, and the permissions of {NAME} are not: with MFA it may not do iam:TagUser. Look at "
        "its policies, its permissions boundary, and those of the organisation.",
        False,
    )
    assert (aws.writes, aws.keys, aws.tags) == (WHOLE, [], {})


def test_another_failure_of_the_session_disproves_nothing() -> None:
    aws = Aws(fails={"session tag_user": AwsError("TagUser", "Throttling", "Slow down")})
    assert refusal(aws)[0].startswith("TagUser failed: Throttling: Slow down.")


@pytest.mark.parametrize(
    ("answer_lost", "why"),
    [(False, "it was used before"), (True, "its first answer was lost, which used the code up")],
)
def test_a_refused_code_comes_with_the_likely_reason(answer_lost: bool, why: str) -> None:
    refused = AwsError("GetSessionToken", "AccessDenied", "MultiFactorAuthentication failed", answer_lost)
    aws = Aws(fails={"key get_session_token": refused})
    assert refusal(aws) == (
        f"The MFA device {PHONE} is not proven: AWS refused the code. Perhaps {why}, or it is of another device, or a "
        "clock is off: run again with the next code.",
        False,
    )
    assert (aws.keys, aws.tags) == ([], {})


def test_a_session_that_is_refused_for_something_else_says_so() -> None:
    aws = Aws(fails={"key get_session_token": AwsError("GetSessionToken", "AccessDenied", "No")})
    assert refusal(aws)[0].startswith("GetSessionToken failed: AccessDenied: No.")


# The ground


def test_check_mode_only_looks() -> None:
    aws = Aws()
    assert prove(wanted(code=None), aws.connect, check_mode=True) == {
        "changed": False,
        "account_id": ACCOUNT.id,
        "proven": [],
        **OF_WHAT,
    }
    assert aws.writes == []


def test_what_an_earlier_proof_has_left_is_removed_first_and_is_a_change() -> None:
    left = {"tags": {PROOF_TAG: "then AKIAOLD"}, "keys": [{"AccessKeyId": "AKIAOLD"}]}
    assert prove(wanted(), Aws(**left).connect, check_mode=True)["changed"] is True
    aws = Aws(tags={PROOF_TAG: "then AKIAOLD"}, keys=[{"AccessKeyId": "AKIAOLD"}])
    assert prove(wanted(), aws.connect, check_mode=False)["changed"] is True
    assert aws.writes == ["admin delete_access_key", "admin untag_user", *WHOLE]
    assert aws.asked[:2] == [
        ("admin delete_access_key", {"UserName": NAME, "AccessKeyId": "AKIAOLD"}),
        ("admin untag_user", {"UserName": NAME, "TagKeys": [PROOF_TAG]}),
    ]
    assert (aws.keys, aws.tags) == ([], {})


def test_what_is_left_and_gone_meanwhile_is_gone() -> None:
    gone = AwsError("DeleteAccessKey", "NoSuchEntity", "Gone")
    aws = Aws(
        tags={PROOF_TAG: "then AKIAOLD"},
        keys=[{"AccessKeyId": "AKIAOLD"}],
        fails={"admin delete_access_key": gone},
    )
    assert prove(wanted(), aws.connect, check_mode=False)["proven"] == ["device", "permissions"]


def test_what_is_left_and_cannot_be_removed_ends_the_proof() -> None:
    aws = Aws(
        tags={PROOF_TAG: "then AKIAOLD"},
        keys=[{"AccessKeyId": "AKIAOLD"}],
        fails={"admin delete_access_key": AwsError("DeleteAccessKey", "AccessDenied", "No")},
    )
    said, changed = refusal(aws)
    assert said.startswith("DeleteAccessKey failed: AccessDenied: No.")
    assert changed is True
    assert aws.writes == ["admin delete_access_key"]


@pytest.mark.parametrize(
    ("aws", "given", "said"),
    [
        (Aws(), {"code": None}, f"The proof needs an unused code of the MFA device {PHONE}."),
        (Aws(exists=False), {}, f"There is no user {NAME}: run the bootstrap first."),
        (Aws(), {"device_name": "safe"}, f"{NAME} has no MFA device safe: run the bootstrap first."),
        (
            Aws(),
            {"account_id": "444455556666"},
            f"The credentials lead to account {ACCOUNT.id} and not to the expected account 444455556666: correct "
            f"aws_profile or aws_account_id in the inventory. Nothing was written to {ACCOUNT.id}.",
        ),
    ],
)
def test_what_the_proof_lacks_is_said(aws: Aws, given: dict[str, Any], said: str) -> None:
    assert refusal(aws, **given) == (said, False)
    assert aws.writes == []


def test_a_passkey_gives_no_codes_to_prove_it_with() -> None:
    passkey = ACCOUNT.arn(f"u2f/user/{NAME}/{NAME}-3CPBVT2FYRL3QAXMPL")
    assert refusal(Aws(devices=[passkey]))[0] == (
        f"The MFA device {passkey} is a passkey or security key, which gives no codes to prove it with: name a virtual "
        "device first in iam_admin_device_names."
    )


def test_the_device_is_the_newest_of_its_name_whatever_its_case() -> None:
    aws = Aws(devices=[ACCOUNT.arn("mfa/Safe.2"), ACCOUNT.arn("mfa/Safe"), PHONE])
    prove(wanted(device_name="sAFE"), aws.connect, check_mode=False)
    assert dict(aws.asked)["key get_session_token"]["SerialNumber"] == ACCOUNT.arn("mfa/Safe.2")


def test_a_key_of_somebodys_own_is_waited_for_and_then_left_alone(waited: list[float]) -> None:
    aws = Aws(keys=[{"AccessKeyId": "AKIAOWN"}])
    assert refusal(aws) == (
        f"{NAME} has the access key AKIAOWN, and must have none before a proof: delete it, and run again.",
        False,
    )
    assert (waited, aws.writes) == ([1, 2, 4], [])


def test_a_key_that_was_just_deleted_may_be_listed_for_a_moment(waited: list[float]) -> None:
    aws = Aws(keys=[{"AccessKeyId": "AKIAOWN"}], vanish=2)
    assert prove(wanted(), aws.connect, check_mode=False)["proven"] == ["device", "permissions"]
    assert waited == [1, 2]


def test_a_code_that_is_no_code_is_told_what_yaml_made_of_it() -> None:
    with pytest.raises(AdminError, match=r"^The code is not six digits; in YAML it must be quoted"):
        wanted(code="1234")


# Where the key is in doubt


def test_a_key_whose_making_was_refused_is_not_looked_for() -> None:
    aws = Aws(fails={"admin create_access_key": AwsError("CreateAccessKey", "LimitExceeded", "No")})
    assert refusal(aws)[0].startswith("CreateAccessKey failed: LimitExceeded: No.")
    assert aws.writes == ["admin tag_user", "admin create_access_key", "admin untag_user"]


def test_a_key_that_nobody_has_heard_of_is_found_by_its_time() -> None:
    lost = AwsError("CreateAccessKey", "ReadTimeoutError", "", answer_lost=True)
    aws = Aws(fails={"admin create_access_key": lost})
    assert refusal(aws)[0].startswith("CreateAccessKey failed: ReadTimeoutError.")
    assert aws.writes == [*WHOLE[:2], *WHOLE[-2:]]
    assert (aws.keys, aws.tags) == ([], {})


def test_of_a_key_that_was_made_twice_both_are_deleted() -> None:
    aws = Aws(made={"AccessKeyId": "AKIANEW", ANSWER_LOST: True})
    aws.fails["key get_session_token"] = AwsError("GetSessionToken", "AccessDenied", "No")

    class Twice(Caller):
        def list_access_keys(self, name: str) -> list[dict[str, Any]]:
            # The newest one AWS may show late
            return [key for key in super().list_access_keys(name) if key["AccessKeyId"] != "AKIANEW"]

        def create_access_key(self, **given: Any) -> dict[str, Any]:
            self.aws.keys.append({"AccessKeyId": "AKIALOST", "CreateDate": datetime.now(UTC)})
            return super().create_access_key(**given)

    with pytest.raises(AwsError):
        prove(wanted(), lambda key=None: Twice(aws, aws.connect(key).who), check_mode=False)
    assert aws.keys == []
    assert [given["AccessKeyId"] for call, given in aws.asked if "delete" in call] == ["AKIALOST", "AKIANEW"]


def test_a_lost_answer_after_the_key_was_heard_of_means_no_other_key() -> None:
    lost = AwsError("TagUser", "ReadTimeoutError", "", answer_lost=True)
    aws = Aws(fails={"session tag_user": lost})
    assert refusal(aws)[0].startswith("TagUser failed: ReadTimeoutError.")
    assert [given["AccessKeyId"] for call, given in aws.asked if "delete" in call] == ["AKIANEW"]


@pytest.mark.parametrize(
    ("failing", "key"),
    [
        ({}, "AKIANEW"),
        ({"admin create_access_key": AwsError("CreateAccessKey", "ReadTimeoutError", "", True)}, "that was just made"),
    ],
)
def test_a_key_that_may_be_there_still_is_named(failing: dict[str, AwsError], key: str) -> None:
    aws = Aws(fails={**failing, "admin delete_access_key": AwsError("DeleteAccessKey", "ServiceFailure", "Oh")})
    assert refusal(aws) == (
        f"{NAME} may still have the access key {key}, which grants access without MFA. DeleteAccessKey failed: "
        "ServiceFailure: Oh. AWS has an internal error: run again. Run the proof again, which deletes it.",
        True,
    )


def test_a_tag_that_is_there_still_is_named_and_the_key_is_gone() -> None:
    aws = Aws(fails={"admin untag_user": AwsError("UntagUser", "ServiceFailure", "Oh")})
    assert refusal(aws) == (
        f"{NAME} still bears the tag {PROOF_TAG}, and the access key of the proof is deleted. UntagUser failed: "
        "ServiceFailure: Oh. AWS has an internal error: run again. Run the proof again, which deletes it.",
        True,
    )
    assert aws.keys == []


def test_a_proof_does_not_show_its_code() -> None:
    assert CODE not in repr(wanted())
