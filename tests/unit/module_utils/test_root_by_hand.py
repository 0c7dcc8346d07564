# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is left for a person to do to a root user, and in which steps."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin import readings
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.account import Account
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, AwsError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.root import RootUser
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.root_by_hand import ARGUMENT_SPEC, look
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import ACCOUNT, options

PASSWORD, MFA = "AccountPasswordPresent", "AccountMFAEnabled"
KEYS, CERTIFICATES = "AccountAccessKeysPresent", "AccountSigningCertificatesPresent"
SECURE = {PASSWORD: 1, MFA: 1, KEYS: 0, CERTIFICATES: 0}
BARE = dict.fromkeys(SECURE, 0)
DENIED = AwsError("GetAccountSummary", "AccessDenied", "No")
SINCE = datetime(2020, 1, 2, tzinfo=UTC)
NO_MFA = "The root user has no MFA: sign in as root, and add an MFA device under Security credentials."


@dataclass
class Aws:
    """An account, what AWS says of its root user, and what it and its organisation's manager manage centrally."""

    summary: Any
    own: Any = None
    of_manager: Any = None

    def get_caller_identity(self) -> Account:
        return ACCOUNT

    def get_account_summary(self) -> Any:
        return self._answer(self.summary)

    def list_organizations_features(self) -> Any:
        return self._answer(self.own)

    def list_organizations_features_of_manager(self, account: Account) -> Any:
        assert account == ACCOUNT
        return self._answer(self.of_manager)

    @staticmethod
    def _answer(answer: Any) -> Any:
        if isinstance(answer, AwsError):
            raise answer
        return answer


def seen(aws: Any, **given: Any) -> dict[str, Any]:
    return look(options(ARGUMENT_SPEC, **given), aws)


def titles(result: dict[str, Any]) -> list[str]:
    """Return how the steps between the first two and the last one begin."""
    first, second, *steps, last = result["steps"]
    assert first == (
        f"Sign in at https://console.aws.amazon.com/ with Root user, and the e-mail address of account {ACCOUNT.id}. "
        "If you do not know its password, choose Forgot password."
    )
    assert (second[:8], last) == ("Open the", "Sign out.")
    return [step.partition(" choose ")[0].partition(" look ")[0] for step in steps]


OF_MFA, OF_KEYS = "Under Multi-factor authentication (MFA)", "Under Access keys"
OF_CERTIFICATES = "Under X.509 signing certificates"


def test_where_nothing_is_left_nobody_has_to_do_anything() -> None:
    assert seen(Aws(SECURE)) == {"changed": False, "account_id": ACCOUNT.id, "steps": []}
    assert "failed" not in seen(Aws(SECURE), account_id=ACCOUNT.id)


@pytest.mark.parametrize(
    ("summary", "steps"),
    [
        ({**SECURE, MFA: 0}, [OF_MFA]),
        ({**SECURE, KEYS: 1}, [OF_KEYS]),
        ({**SECURE, CERTIFICATES: 1}, [OF_CERTIFICATES]),
        ({PASSWORD: 1, MFA: 0, KEYS: 1, CERTIFICATES: 1}, [OF_MFA, OF_KEYS, OF_CERTIFICATES]),
    ],
)
def test_a_person_is_told_what_is_left_and_no_more(summary: dict[str, int], steps: list[str]) -> None:
    result = seen(Aws(summary))
    assert (result["changed"], result["failed"], result["by_api"]) == (False, True, False)
    assert titles(result) == steps


def test_the_sentence_says_each_thing_that_is_left_once() -> None:
    result = seen(Aws({**SECURE, MFA: 0, KEYS: 1}))
    assert result["msg"] == (
        f"{NO_MFA} The root user has an access key: sign in as root, and delete it under Security credentials."
    )
    denied = seen(Aws(DENIED))
    assert denied["msg"] == f"Could not be read: {DENIED}"
    assert denied["steps"] == []


def test_what_is_accepted_is_not_left_and_what_was_accepted_once_is() -> None:
    aws = Aws({**SECURE, MFA: 0})
    assert seen(aws, exceptions={"root_mfa": "It is locked away."})["steps"] == []
    ended = seen(aws, exceptions={"root_mfa": {"reason": "It is locked away.", "until": "2020-01-02"}})
    assert ended["msg"] == f"{NO_MFA} The exception ended on 2020-01-02."
    with pytest.raises(AdminError, match=r"^iam_admin_exceptions names 'root_mfaa', which is not one of root_mfa, "):
        seen(aws, exceptions={"root_mfaa": "It is locked away."})


def test_in_another_account_nobody_has_to_do_anything() -> None:
    result = seen(Aws({**SECURE, MFA: 0}), account_id="444455556666")
    assert result["msg"].startswith(f"Account {ACCOUNT.id}, not 444455556666: correct aws_profile")
    assert (result["failed"], result["steps"]) == (True, [])
    with pytest.raises(AdminError, match=r"^aws_account_id \(account_id\) is '1234'"):
        seen(Aws(SECURE), account_id="1234")


@pytest.mark.parametrize(
    ("aws", "sentence"),
    [
        (Aws(BARE, of_manager=["RootCredentialsManagement"]), None),
        (Aws(BARE, own=[]), "and whoever has its mailbox can set a password: manage root credentials centrally"),
        # That nobody manages them centrally is not known
        (Aws(BARE, own=DENIED), "which these credentials cannot tell: assume a role from the management account"),
        (Aws(BARE, of_manager=DENIED), "Could not be read: GetAccountSummary failed: AccessDenied"),
    ],
)
def test_a_root_user_without_credentials_is_managed_centrally_or_needs_mfa(aws: Any, sentence: str | None) -> None:
    result = seen(aws)
    assert result.get("failed", False) is (sentence is not None)
    assert sentence is None or sentence in result["msg"]


def test_what_a_session_shows_counts_and_may_be_deleted_by_api(monkeypatch: pytest.MonkeyPatch) -> None:
    keys = ({"AccessKeyId": "AKIAVOID", "LastUsed": {"ServiceName": "N/A"}},)
    root = RootUser({"CreateDate": SINCE}, access_keys=keys)
    asked: list[Any] = []
    monkeypatch.setattr(readings, "root_session", lambda api, account_id, task: asked.append((api, account_id, task)))
    monkeypatch.setattr(readings, "read_root", lambda _api: root)
    aws = Aws({**SECURE, KEYS: 1}, of_manager=["RootSessions"])
    result = seen(aws)
    assert asked == [(aws, ACCOUNT.id, "IAMAuditRootUserCredentials")]
    assert (result["by_api"], titles(result)) == (True, [OF_MFA, OF_KEYS])
    assert "The root user has the access key AKIAVOID (never used)" in result["msg"]
    # Of whom the summary shows nothing there is nothing to do, whatever a session would show
    assert seen(Aws(BARE, of_manager=["RootSessions", "RootCredentialsManagement"]))["steps"] == []
    assert len(asked) == 1
    # A session that is refused leaves what the summary says
    monkeypatch.setattr(readings, "read_root", lambda _api: aws._answer(DENIED))
    result = seen(aws)
    assert (result["by_api"], titles(result)) == (False, [OF_KEYS])
