# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""playbooks/prove.yml: one question, and a report that says what was proven."""

from __future__ import annotations

import json
from pathlib import Path

from tests.integration.conftest import Bootstrap, TestAccount, bootstrap_of
from tests.local_aws.calls import Call, DroppedError
from tests.local_aws.server import LocalAws
from tests.operator import PROJECT, ansible

NOTHING_LEFT: tuple[list[str], list[str]] = ([], [])


def left_behind(account: TestAccount) -> tuple[list[str], list[str]]:
    keys = account.iam.list_access_keys(UserName="iamadmin")["AccessKeyMetadata"]
    tags = account.iam.list_user_tags(UserName="iamadmin")["Tags"]
    return [key["AccessKeyId"] for key in keys], [tag["Key"] for tag in tags]


def test_a_question_for_each_account_proves_both(bootstrap: Bootstrap) -> None:
    operator = bootstrap.operator
    code, shown = operator.bootstrap()
    assert code == 0, shown
    assert shown.count("Configured. No proof is known: iam_admin_report_dir would remember one.") == 2
    operator.asked.clear()
    code, shown = operator.bootstrap("--check", playbook="playbooks/prove.yml")
    assert (code, operator.asked) == (0, []), shown
    operator.asked.clear()
    code, shown = operator.bootstrap("-e", "iam_admin_report_dir=report", playbook="playbooks/prove.yml")
    assert code == 0, shown
    assert operator.asked == ["Fresh MFA code for general:", "Fresh MFA code for production:"]
    assert " ".join(shown.split()).count("MFA device, permissions. The password was not tried.") == 2
    assert shown.count("changed=0 ") == 2
    assert [left_behind(account) for account in (bootstrap.general, bootstrap.production)] == [NOTHING_LEFT] * 2
    assert [code for code in operator.typed if f" {code} " in shown] == []

    # A later check knows when that was
    done = operator.run(*ansible("playbook"), str(PROJECT / "playbooks/check.yml"), "-e", "iam_admin_report_dir=report")
    assert done.returncode == 0, done.stdout
    accounts = json.loads((operator.directory / "report" / "report.json").read_text())["accounts"]
    assert [account["proven"]["what"] for account in accounts] == [["device", "permissions"]] * 2


def test_a_code_that_does_not_fit_fails_for_its_account_alone(both_bootstrapped: Bootstrap) -> None:
    operator, general = both_bootstrapped.operator, both_bootstrapped.general
    operator.mistake = lambda codes: ["000000"] if operator.asked[-1] == "Fresh MFA code for general:" else codes
    code, shown = operator.bootstrap(playbook="playbooks/prove.yml")
    assert code == 2
    assert operator.asked.count("Fresh MFA code for general:") == 3
    told = " ".join(shown.split())
    assert f"The MFA device arn:aws:iam::{general.id}:mfa/iamadmin is not proven: AWS refused the code" in told
    forgotten = "Without iam_admin_report_dir this proof is not remembered."
    assert told.count(f"MFA device, permissions. The password was not tried. {forgotten}") == 1
    assert left_behind(general) == NOTHING_LEFT


def test_a_code_that_was_mistyped_is_asked_for_again(bootstrapped: Bootstrap) -> None:
    operator = bootstrapped.operator
    wrong = iter([["000000"], ["12345"]])
    operator.mistake = lambda codes: next(wrong, codes)
    code, shown = operator.bootstrap("-l", "production", playbook="playbooks/prove.yml")
    assert code == 0, shown
    assert operator.asked == ["Fresh MFA code for production:"] * 3
    told = " ".join(shown.split())
    assert told.count("AWS refused the code.") == told.count("production: The code is not six digits") == 1
    assert "MFA device, permissions. The password was not tried." in told
    assert left_behind(bootstrapped.production) == NOTHING_LEFT


def test_a_code_from_a_survey_needs_no_terminal(bootstrapped: Bootstrap) -> None:
    operator = bootstrapped.operator
    code = operator.authenticator.fresh_code("production")
    prove = [*ansible("playbook"), str(PROJECT / "playbooks" / "prove.yml"), "-l", "production"]
    done = operator.run(*prove, "-e", json.dumps({"iam_admin_proof_codes": code}))
    assert done.returncode == 0, done.stdout
    assert "MFA device, permissions. The password was not tried." in " ".join(done.stdout.split())


def test_codes_are_computed_where_the_seed_is_kept(account: TestAccount, tmp_path: Path) -> None:
    (tmp_path / "vault-password").write_text("correct horse")
    operator = bootstrap_of([account], tmp_path, iam_admin_enrolment="totp")
    vault = ("--vault-password-file", "vault-password")
    code, shown = operator.bootstrap(*vault)
    assert code == 0, shown
    code, shown = operator.bootstrap(*vault, playbook="playbooks/prove.yml")
    assert code == 0, shown
    assert operator.asked == []
    assert "MFA device, permissions. The password was not tried." in " ".join(shown.split())
    assert left_behind(account) == NOTHING_LEFT


def test_what_a_killed_proof_has_left_is_reported_and_deleted_by_the_next(
    aws: LocalAws, account: TestAccount, tmp_path: Path
) -> None:
    operator = bootstrap_of([account], tmp_path)
    operator.bootstrap()

    def kill(call: Call) -> None:
        if (call.account_id, call.action) == (account.id, "GetSessionToken"):
            operator.pull_the_plug()
            raise DroppedError

    aws.log.intercept = kill
    try:
        operator.bootstrap(playbook="playbooks/prove.yml")
    finally:
        aws.log.reset()
    (key,), (tag,) = left_behind(account)
    assert tag == "landing_zone.aws_admin:proof"
    done = operator.run(*ansible("playbook"), str(PROJECT / "playbooks/check.yml"))
    assert done.returncode == 2
    assert f"an access key left by an interrupted proof: {key} (active)" in " ".join(done.stdout.split())
    assert left_behind(account) == ([key], [tag])

    code, shown = operator.bootstrap(playbook="playbooks/prove.yml")
    assert code == 0, shown
    assert left_behind(account) == NOTHING_LEFT
