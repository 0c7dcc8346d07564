# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What comes after the first day: the other playbooks, as an operator runs them."""

from __future__ import annotations

import json
import re
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import botocore.configloader
import pyotp
import pytest
import yaml

from tests.integration.cases import REQUIRE_MFA, codes_of, devices, enabled_device, other_administrator, user
from tests.integration.conftest import ON_BOTH_TERMINALS, Bootstrap, TestAccount, bootstrap_of
from tests.local_aws.calls import Answer, Call, DroppedError, RefusedError
from tests.local_aws.faults import EXPIRED
from tests.local_aws.server import LocalAws
from tests.operator import PROJECT, ansible, drawn_on, read_qr_code

REPLACE, RESET = "playbooks/replace_mfa.yml", "playbooks/reset_password.yml"
LEAVES = "Anything else leaves them as they are"
REMOVE, SHOW_QR = "playbooks/remove.yml", "playbooks/show_qr.yml"
CANCEL = "playbooks/cancel_replacement.yml"
AWS_PROFILE = "playbooks/aws_profile.yml"
PRODUCTION = ("-l", "production")


def handover(bootstrap: Bootstrap, name: str = "production") -> dict[str, Any]:
    """What the credentials say."""
    return yaml.safe_load((bootstrap.handover / name / "credentials.yml").read_text())


def files(bootstrap: Bootstrap, name: str = "production") -> set[str]:
    """What the handover has."""
    return {file.name for file in (bootstrap.handover / name).iterdir()}


def run(bootstrap: Bootstrap, playbook: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a playbook without a terminal, and so without being asked."""
    unasked = ("-e", "iam_admin_remove_without_asking=true") if playbook == REMOVE else ()
    return bootstrap.operator.run(*ansible("playbook"), str(PROJECT / playbook), *unasked, *arguments)


def changes(shown: str) -> list[str]:
    """How many changes each account had."""
    return re.findall(r"changed=(\d+)", shown)


def extra(**variables: Any) -> tuple[str, str]:
    """Variables as the command line takes them."""
    return "-e", json.dumps(variables)


@pytest.fixture(autouse=True)
def behaves(aws: LocalAws) -> Iterator[None]:
    """Let AWS behave again, also after a test that failed."""
    yield
    aws.log.reset()


def test_what_is_next_is_said_and_root_is_told_to_sign_out(bootstrap: Bootstrap) -> None:
    code, shown = bootstrap.operator.bootstrap()
    assert code == 0, shown
    said = " ".join(shown.split())
    url = f"https://{bootstrap.production.id}.signin.aws.amazon.com/console"
    where = "with the initial password in handover/production/credentials.yml"
    assert f"production: sign in at {url} as iamadmin, {where}; the playbook aws_profile writes a profile" in said
    # The organisation's first account was reached by the root user, and from there the other one by a role
    as_root = "This run worked as the root user: sign out of it now"
    told = {line.partition(":")[0]: as_root in line for line in shown.splitlines() if ": sign in at " in line}
    assert told == {"general": True, "production": False}


# Lost phones


def test_a_lost_phone_is_replaced(both_bootstrapped: Bootstrap) -> None:
    foretold = run(both_bootstrapped, REPLACE, *PRODUCTION, "--check")
    code, shown = both_bootstrapped.operator.bootstrap(*PRODUCTION, playbook=REPLACE)
    assert code == 0, shown
    assert both_bootstrapped.operator.asked == ["MFA codes for production:"]
    assert devices(both_bootstrapped.production) == {"iamadmin.2": "iamadmin"}
    assert devices(both_bootstrapped.general) == {"iamadmin": "iamadmin"}
    assert f"production ({both_bootstrapped.production.id}): SECURE" in shown
    gone = "production: the new device iamadmin.2 works, and the old one is gone: delete its older entry in the app."
    assert " ".join(shown.split()).count(gone) == 1
    assert changes(shown) == changes(foretold.stdout)
    assert files(both_bootstrapped) == {"credentials.yml", ".gitignore"}
    assert "mfa_seeds" not in handover(both_bootstrapped)

    # The bootstrap takes the new one for what it is
    again = run(both_bootstrapped, "bootstrap.yml")
    assert again.returncode == 0, again.stdout
    assert {*changes(again.stdout)} == {"0"}


@ON_BOTH_TERMINALS
def test_a_device_that_is_made_anew_voids_what_was_scanned(bootstrap: Bootstrap) -> None:
    void = "production: iamadmin was recreated: what was scanned for it before is void."
    prepared = run(bootstrap, "playbooks/prepare.yml", *PRODUCTION)
    assert void not in prepared.stdout
    shutil.rmtree(bootstrap.handover)
    code, shown = bootstrap.operator.bootstrap(*PRODUCTION, *extra(iam_admin_adopt=True))
    assert code == 0, shown
    assert shown.count(void) == 1


def test_the_old_phone_works_until_the_new_one_does(bootstrapped: Bootstrap) -> None:
    operator = bootstrapped.operator
    operator.mistake = lambda codes: ["000000" for _code in codes]
    code, shown = operator.bootstrap(*PRODUCTION, playbook=REPLACE)
    assert code == 2
    assert devices(bootstrapped.production) == {"iamadmin": "iamadmin", "iamadmin.2": None}

    # The QR code that was scanned is good for another try
    operator.mistake = list
    code, shown = operator.bootstrap(*PRODUCTION, playbook=REPLACE)
    assert code == 0, shown
    assert bootstrapped.production.calls.count("CreateVirtualMFADevice") == 2
    assert devices(bootstrapped.production) == {"iamadmin.2": "iamadmin"}


def test_a_replacement_that_is_run_twice_is_one(bootstrapped: Bootstrap) -> None:
    operator = bootstrapped.operator
    assert operator.bootstrap(*PRODUCTION, playbook=REPLACE)[0] == 0
    for foretold in ((), ("--check",)):
        operator.asked.clear()
        code, shown = operator.bootstrap(*PRODUCTION, *foretold, playbook=REPLACE)
        assert (code, operator.asked, changes(shown)) == (0, [], ["0"]), shown
        said = " ".join(shown.split())
        again = "production: an earlier replacement of iamadmin has made iamadmin.2 within the last hour. Where the"
        assert (again in said) is not foretold
    named = extra(iam_admin_lost_device="iamadmin.2")
    for asked in (["MFA codes for production:"], []):
        operator.asked.clear()
        code, shown = operator.bootstrap(*PRODUCTION, *named, playbook=REPLACE)
        assert (code, operator.asked) == (0, asked), shown
        assert devices(bootstrapped.production) == {"iamadmin.3": "iamadmin"}


def test_a_replacement_is_cancelled(bootstrapped: Bootstrap) -> None:
    operator, had = bootstrapped.operator, handover(bootstrapped)
    none = run(bootstrapped, CANCEL, *PRODUCTION)
    assert (none.returncode, changes(none.stdout)) == (0, ["0"])
    nothing = "production: no replacement of iamadmin was waiting for its codes, so nothing was cancelled."
    assert nothing in " ".join(none.stdout.split())
    operator.mistake = lambda _codes: []
    code, shown = operator.bootstrap(*PRODUCTION, playbook=REPLACE)
    assert code == 2
    assert "cancel_replacement.yml removes the new one." in " ".join(shown.split())
    # The one that works is no void one
    assert "is void" not in shown
    foretold = run(bootstrapped, CANCEL, *PRODUCTION, "--check", "--diff")
    assert devices(bootstrapped.production) == {"iamadmin": "iamadmin", "iamadmin.2": None}
    assert ("iamadmin.2: pending" in foretold.stdout, changes(foretold.stdout)) == (True, ["1"])
    cancelled = run(bootstrapped, CANCEL, *PRODUCTION)
    assert (cancelled.returncode, changes(cancelled.stdout)) == (0, ["1"])
    stays = "production: iamadmin is not replaced: delete its newer entry in the app, the older one works."
    assert stays in " ".join(cancelled.stdout.split())
    assert devices(bootstrapped.production) == {"iamadmin": "iamadmin"}
    assert files(bootstrapped) == {"credentials.yml", ".gitignore"}
    assert {**handover(bootstrapped), "mfa_devices": had["mfa_devices"]} == had
    assert changes(run(bootstrapped, "bootstrap.yml", *PRODUCTION).stdout) == ["0"]


def test_a_replacement_that_somebody_cancels_at_the_question_is_told(bootstrapped: Bootstrap) -> None:
    operator = bootstrapped.operator

    def cancel_first(codes: list[str]) -> list[str]:
        assert run(bootstrapped, CANCEL, *PRODUCTION).returncode == 0
        return codes

    operator.mistake = cancel_first
    code, shown = operator.bootstrap(*PRODUCTION, playbook=REPLACE)
    said = " ".join(shown.split())
    assert (code, "somebody else has cancelled the replacement of iamadmin since this run" in said) == (2, True), shown
    assert "move the handover away" not in said
    assert devices(bootstrapped.production) == {"iamadmin": "iamadmin"}


def test_cancelling_shows_no_qr_code(bootstrap: Bootstrap) -> None:
    assert run(bootstrap, "playbooks/prepare.yml", *PRODUCTION).returncode == 0
    code, shown = bootstrap.operator.bootstrap(*PRODUCTION, playbook=CANCEL)
    assert (code, "no replacement of iamadmin was waiting" in shown, "▀" in shown) == (0, True, False), shown


def test_a_replacement_that_was_interrupted_is_finished_without_codes(bootstrapped: Bootstrap) -> None:
    enabled_device("iamadmin.2")(bootstrapped.production)
    check = run(bootstrapped, "playbooks/check.yml", *PRODUCTION)
    assert (check.returncode, "Not passed: other_mfa_devices" in " ".join(check.stdout.split())) == (2, True)
    finished = run(bootstrapped, REPLACE, *PRODUCTION)
    assert finished.returncode == 0, finished.stdout
    assert changes(finished.stdout) == ["1"]
    assert devices(bootstrapped.production) == {"iamadmin.2": "iamadmin"}


def test_with_computed_codes_a_seed_is_kept_until_the_other_one_works(bootstrap: Bootstrap) -> None:
    password_file = bootstrap.operator.directory / "vault-password"
    password_file.write_text("correct horse")
    computed = (*PRODUCTION, *extra(iam_admin_enrolment="totp"), "--vault-password-file", str(password_file))
    assert run(bootstrap, "bootstrap.yml", *computed).returncode == 0
    replaced = run(bootstrap, REPLACE, *computed)
    assert replaced.returncode == 0, replaced.stdout
    (device,) = bootstrap.production.backend.virtual_mfa_devices.values()
    view = [*ansible("vault"), "view", "--vault-password-file", str(password_file)]
    kept = yaml.safe_load(
        bootstrap.operator.run(*view, str(bootstrap.handover / "production" / "credentials.yml")).stdout
    )
    assert kept["mfa_seeds"] == {"iamadmin.2": device.base32_string_seed}


@ON_BOTH_TERMINALS
def test_a_seed_that_nobody_has_any_more_is_warned_of(bootstrap: Bootstrap) -> None:
    password_file = bootstrap.operator.directory / "vault-password"
    password_file.write_text("correct horse")
    computed = (*PRODUCTION, *extra(iam_admin_enrolment="totp"), "--vault-password-file", str(password_file))
    lost = "handover/production/credentials.yml is gone, and with it any seed of iamadmin's MFA devices:"
    for _run in ("makes the device", "changes nothing"):
        done = run(bootstrap, "bootstrap.yml", *computed)
        assert (done.returncode, lost in " ".join(done.stdout.split())) == (0, False), done.stdout
    shutil.rmtree(bootstrap.handover)
    code, shown = bootstrap.operator.bootstrap(*computed)
    assert (code, " ".join(shown.split()).count(lost)) == (0, 1), shown
    # The remedy that it names
    code, shown = bootstrap.operator.bootstrap(*computed, *extra(iam_admin_adopt=True), playbook=REPLACE)
    assert (code, bootstrap.operator.asked) == (0, []), shown
    assert devices(bootstrap.production) == {"iamadmin.2": "iamadmin"}
    again = run(bootstrap, "bootstrap.yml", *computed)
    assert (again.returncode, lost in " ".join(again.stdout.split())) == (0, False), again.stdout
    removed = run(bootstrap, REMOVE, *computed, *extra(iam_admin_remove_last_administrator=True))
    assert (removed.returncode, lost in " ".join(removed.stdout.split())) == (0, False), removed.stdout


@ON_BOTH_TERMINALS
def test_codes_that_were_computed_and_are_refused_are_explained(bootstrap: Bootstrap) -> None:
    password_file = bootstrap.operator.directory / "vault-password"
    password_file.write_text("correct horse")
    computed = (*PRODUCTION, *extra(iam_admin_enrolment="totp"), "--vault-password-file", str(password_file))

    def refuse(call: Call) -> None:
        if call.action == "EnableMFADevice":
            raise RefusedError("InvalidAuthenticationCode", "Authentication code for device is not valid.")

    bootstrap.production.aws.log.intercept = refuse
    code, shown = bootstrap.operator.bootstrap(*computed)
    bootstrap.production.aws.log.reset()
    said = " ".join(shown.split())
    assert (code, "type two consecutive codes" in said, bootstrap.operator.asked) == (2, False, []), shown
    assert "AWS refused codes that fit this QR code." in said
    picture = bootstrap.handover / "production" / "mfa-qr.png"
    assert "rm handover/production/mfa-qr.png, and run again" in said
    picture.unlink()
    assert run(bootstrap, "bootstrap.yml", *computed).returncode == 0
    assert bootstrap.production.calls.count("CreateVirtualMFADevice") == 2


def test_a_seed_that_was_kept_stays_whatever_runs_after_it(bootstrap: Bootstrap) -> None:
    password_file = bootstrap.operator.directory / "vault-password"
    password_file.write_text("correct horse")
    vault = ("--vault-password-file", str(password_file))
    assert run(bootstrap, "bootstrap.yml", *PRODUCTION, *extra(iam_admin_enrolment="totp"), *vault).returncode == 0
    (device,) = bootstrap.production.backend.virtual_mfa_devices.values()
    more = extra(iam_admin_device_names=["iamadmin", "safe"])
    for arguments in (("bootstrap.yml",), (RESET,), ("playbooks/prepare.yml", *more)):
        done = run(bootstrap, *arguments, *PRODUCTION, *vault)
        assert done.returncode == 0, done.stdout
        view = [*ansible("vault"), "view", *vault]
        text = bootstrap.operator.run(*view, str(bootstrap.handover / "production" / "credentials.yml")).stdout
        assert yaml.safe_load(text)["mfa_seeds"]["iamadmin"] == device.base32_string_seed


def test_a_replacement_that_was_interrupted_costs_nobody_a_seed(bootstrap: Bootstrap) -> None:
    password_file = bootstrap.operator.directory / "vault-password"
    password_file.write_text("correct horse")
    computed = (*PRODUCTION, *extra(iam_admin_enrolment="totp"), "--vault-password-file", str(password_file))
    assert run(bootstrap, "bootstrap.yml", *computed).returncode == 0

    def refuse(call: Call) -> None:
        if call.action == "EnableMFADevice":
            raise RefusedError("AccessDenied", "No")

    bootstrap.production.aws.log.intercept = refuse
    assert run(bootstrap, REPLACE, *computed).returncode == 2
    bootstrap.production.aws.log.reset()

    again = run(bootstrap, "bootstrap.yml", *computed)
    assert again.returncode == 0, again.stdout
    assert "iamadmin.2 was to replace a lost MFA device, and is not enabled yet" in " ".join(again.stdout.split())
    proven = run(bootstrap, "playbooks/prove.yml", *computed)
    assert proven.returncode == 0, proven.stdout
    replaced = run(bootstrap, REPLACE, *computed)
    assert replaced.returncode == 0, replaced.stdout
    assert bootstrap.production.calls.count("CreateVirtualMFADevice") == 2
    assert devices(bootstrap.production) == {"iamadmin.2": "iamadmin"}


def test_a_phone_that_stays_lost_is_no_success(bootstrapped: Bootstrap) -> None:
    code, shown = bootstrapped.operator.bootstrap(
        *PRODUCTION, *extra(iam_admin_first_codes="", iam_admin_next_codes=""), playbook=REPLACE
    )
    assert code == 2
    assert "the lost one stays in place: type them in another run on a terminal" in " ".join(shown.split())
    assert devices(bootstrapped.production) == {"iamadmin": "iamadmin", "iamadmin.2": None}


# Several devices


@ON_BOTH_TERMINALS
def test_several_devices_are_enrolled_and_one_of_them_replaced(bootstrap: Bootstrap) -> None:
    several = extra(iam_admin_device_names=["phone", "safe"])
    code, shown = bootstrap.operator.bootstrap(*PRODUCTION, *several)
    assert code == 0, shown
    assert bootstrap.operator.asked == ["MFA codes for production phone:", "MFA codes for production safe:"]
    assert devices(bootstrap.production) == {"phone": "iamadmin", "safe": "iamadmin"}
    assert f"production ({bootstrap.production.id}): SECURE" in shown
    assert changes(run(bootstrap, "bootstrap.yml", *PRODUCTION, *several).stdout) == ["0"]

    bootstrap.operator.asked.clear()
    code, shown = bootstrap.operator.bootstrap(*PRODUCTION, *several, playbook=REPLACE)
    said = " ".join(shown.split())
    assert (code, bootstrap.operator.asked) == (2, []), shown
    assert "name the lost MFA device in iam_admin_lost_device, which is one of phone, safe." in said
    assert "production is secure. production:" not in said
    code, shown = bootstrap.operator.bootstrap(
        *PRODUCTION, *several, *extra(iam_admin_lost_device="phone"), playbook=REPLACE
    )
    assert code == 0, shown
    assert bootstrap.operator.asked == ["MFA codes for production phone:"]
    assert devices(bootstrap.production) == {"phone.2": "iamadmin", "safe": "iamadmin"}


def test_codes_of_several_devices_are_given_by_device(bootstrap: Bootstrap) -> None:
    several = extra(iam_admin_device_names=["phone", "safe"])
    assert run(bootstrap, "playbooks/prepare.yml", *PRODUCTION, *several).returncode == 0
    seeds = handover(bootstrap)["mfa_seeds"]
    codes = {name: codes_of(seed) for name, seed in seeds.items()}
    done = run(bootstrap, "bootstrap.yml", *PRODUCTION, *several, *extra(iam_admin_mfa_codes={"production": codes}))
    assert done.returncode == 0, done.stdout
    assert devices(bootstrap.production) == {"phone": "iamadmin", "safe": "iamadmin"}


# Passwords and QR codes


def test_another_initial_password_is_set(bootstrapped: Bootstrap) -> None:
    lost = handover(bootstrapped)["initial_password"]
    foretold = run(bootstrapped, RESET, *PRODUCTION, "--check")
    done = run(bootstrapped, RESET, *PRODUCTION)
    assert done.returncode == 0, done.stdout
    assert changes(done.stdout) == changes(foretold.stdout) == ["1"]
    found = handover(bootstrapped)["initial_password"]
    there = bootstrapped.production.backend.users["iamadmin"]
    assert (there.password, there.password_reset_required) == (found, True)
    assert found != lost
    assert found not in done.stdout
    assert "as iamadmin, with the initial password in handover/production/credentials.yml" in done.stdout


@pytest.mark.parametrize("password", [None, "short"])
def test_a_password_that_aws_refuses_leaves_the_one_before(bootstrapped: Bootstrap, password: str | None) -> None:
    lost = handover(bootstrapped)
    bootstrapped.production.iam.update_account_password_policy(MinimumPasswordLength=20)

    def refuse(call: Call) -> None:
        if call.action == "UpdateLoginProfile" and not password:
            raise RefusedError("AccessDenied", "No")

    bootstrapped.production.aws.log.intercept = refuse
    done = run(bootstrapped, RESET, *PRODUCTION, *(extra(iam_admin_password=password) if password else ()))
    bootstrapped.production.aws.log.reset()
    assert done.returncode == 2
    assert handover(bootstrapped) == lost
    assert bootstrapped.production.backend.users["iamadmin"].password == lost["initial_password"]


def test_a_reset_that_had_no_answer_keeps_both_passwords(bootstrapped: Bootstrap) -> None:
    lost = handover(bootstrapped)["initial_password"]

    def lose(call: Call, answer: Answer) -> Answer:
        if call.action == "UpdateLoginProfile":
            raise DroppedError
        return answer

    bootstrapped.production.aws.log.conclude = lose
    done = run(bootstrapped, RESET, *PRODUCTION)
    bootstrapped.production.aws.log.reset()
    assert done.returncode == 2
    kept = handover(bootstrapped)
    assert kept["previous_password"] == lost
    assert kept["initial_password"] == bootstrapped.production.backend.users["iamadmin"].password

    # Refused, it knows no better which of them AWS has
    bootstrapped.production.aws.log.intercept = lambda call: EXPIRED(call) if call.action.startswith("Update") else None
    assert run(bootstrapped, RESET, *PRODUCTION).returncode == 2
    bootstrapped.production.aws.log.reset()
    assert handover(bootstrapped) == kept
    done = run(bootstrapped, RESET, *PRODUCTION)
    assert done.returncode == 0, done.stdout
    assert "previous_password" not in handover(bootstrapped)
    assert handover(bootstrapped)["initial_password"] == bootstrapped.production.backend.users["iamadmin"].password


def test_what_is_to_be_bootstrapped_does_not_touch_another_password(bootstrapped: Bootstrap) -> None:
    sign_in_url = handover(bootstrapped)["sign_in_url"]
    wishes = {"iam_admin_account_alias": "acme", "iam_admin_managed_policies": ["NoSuchPolicy"]}
    done = run(bootstrapped, RESET, *PRODUCTION, *extra(**wishes, iam_admin_expect=["mfa"]))
    assert done.returncode == 0, done.stdout
    assert handover(bootstrapped)["sign_in_url"] == sign_in_url


def test_another_password_is_foretold_where_there_is_none(bootstrapped: Bootstrap) -> None:
    bootstrapped.production.iam.delete_login_profile(UserName="iamadmin")
    foretold = run(bootstrapped, RESET, *PRODUCTION, "--check")
    assert foretold.returncode == 0, foretold.stdout
    assert run(bootstrapped, RESET, *PRODUCTION).returncode == 0


def test_a_bootstrap_after_a_replacement_in_one_run_replaces_nothing(bootstrap: Bootstrap) -> None:
    (bootstrap.operator.directory / "vault-password").write_text("correct horse")
    computed = ("--vault-password-file", "vault-password", "-e", "iam_admin_enrolment=totp")
    assert run(bootstrap, "bootstrap.yml", *computed).returncode == 0
    role = {"name": "landing_zone.aws_admin.iam_admin"}
    tasks = [{"import_role": {**role, "tasks_from": name}} for name in ("replace_mfa", "enrol", "main")]
    playbook = bootstrap.operator.directory / "own.yml"
    playbook.write_text(json.dumps([{"hosts": "aws_accounts", "gather_facts": False, "tasks": tasks}]))
    done = run(bootstrap, str(playbook), *PRODUCTION, *computed)
    assert done.returncode == 0, done.stdout
    assert devices(bootstrap.production) == {"iamadmin.2": "iamadmin"}


def test_a_bootstrap_after_a_replacement_in_one_run_makes_what_is_missing(bootstrap: Bootstrap) -> None:
    (bootstrap.operator.directory / "vault-password").write_text("correct horse")
    computed = ("--vault-password-file", "vault-password", "-e", "iam_admin_enrolment=totp")
    assert run(bootstrap, "bootstrap.yml", *PRODUCTION, *computed).returncode == 0
    role = {"name": "landing_zone.aws_admin.iam_admin"}
    steps = ("replace_mfa", "enrol", "prepare", "enrol")
    tasks: list[dict[str, Any]] = [{"import_role": {**role, "tasks_from": name}} for name in steps]
    for task in tasks[2:]:
        task["vars"] = {"iam_admin_device_names": ["iamadmin", "safe"]}
    playbook = bootstrap.operator.directory / "own.yml"
    playbook.write_text(json.dumps([{"hosts": "aws_accounts", "gather_facts": False, "tasks": tasks}]))
    done = run(bootstrap, str(playbook), *PRODUCTION, *computed)
    assert done.returncode == 0, done.stdout
    assert devices(bootstrap.production) == {"iamadmin.2": "iamadmin", "safe": "iamadmin"}


def test_a_password_is_as_long_as_the_account_asks_for(bootstrap: Bootstrap) -> None:
    bootstrap.production.iam.update_account_password_policy(MinimumPasswordLength=40)
    code, shown = bootstrap.operator.bootstrap(*PRODUCTION)
    assert code == 0, shown
    assert len(handover(bootstrap)["initial_password"]) == 40


def test_who_takes_over_scans_the_qr_code_that_is_kept(bootstrap: Bootstrap) -> None:
    bootstrap.operator.bootstrap(*PRODUCTION, *extra(iam_admin_keep_seed=True))
    code, shown = bootstrap.operator.bootstrap(*PRODUCTION, playbook=SHOW_QR)
    assert code == 0, shown
    drawn = read_qr_code(drawn_on(bootstrap.operator.shown, "production"))
    app = pyotp.parse_uri(drawn)
    (device,) = bootstrap.production.backend.virtual_mfa_devices.values()
    assert (app.secret, app.name) == (device.base32_string_seed, f"iamadmin@{bootstrap.production.id}")

    captured = run(bootstrap, SHOW_QR, *PRODUCTION)
    assert captured.returncode == 2
    assert "production: there is no terminal to draw a QR code on" in captured.stdout


def test_a_qr_code_that_was_not_kept_cannot_be_drawn(bootstrapped: Bootstrap) -> None:
    code, shown = bootstrapped.operator.bootstrap(*PRODUCTION, playbook=SHOW_QR)
    assert code == 2
    assert "production: the handover has no seed of iamadmin." in " ".join(shown.split())


# Required MFA, and the group


def test_mfa_is_required_of_the_group_until_that_is_taken_back_by_name(bootstrap: Bootstrap) -> None:
    strict = extra(iam_admin_group="administrators", iam_admin_require_mfa=True)
    code, shown = bootstrap.operator.bootstrap(*PRODUCTION, *strict)
    assert code == 0, shown
    backend = bootstrap.production.backend
    (group,) = backend.groups.values()
    assert [user.name for user in group.users] == ["iamadmin"]
    assert list(group.policies) == [REQUIRE_MFA]
    assert backend.users["iamadmin"].managed_policies == {}
    assert changes(run(bootstrap, "bootstrap.yml", *PRODUCTION, *strict).stdout) == ["0"]

    code, shown = bootstrap.operator.bootstrap(*PRODUCTION, *strict, playbook="playbooks/prove.yml")
    assert code == 0, shown
    assert "MFA device, permissions, that MFA is required." in " ".join(shown.split())

    # Who says nothing of it, for a second administrator of the group, takes it from nobody
    second = extra(iam_admin_group="administrators", iam_admin_name="second", iam_admin_handover_dir="of-the-second")
    prepared = run(bootstrap, "playbooks/prepare.yml", *PRODUCTION, *second)
    assert prepared.returncode == 0, prepared.stdout
    assert sorted(user.name for user in group.users) == ["iamadmin", "second"]
    assert list(group.policies) == [REQUIRE_MFA]

    lenient = extra(iam_admin_group="administrators", iam_admin_require_mfa=False)
    refused = run(bootstrap, "bootstrap.yml", *PRODUCTION, *lenient)
    assert "would give permissions to second, too" in " ".join(refused.stdout.split())
    assert list(group.policies) == [REQUIRE_MFA]
    lenient = extra(iam_admin_group="administrators", iam_admin_require_mfa=False, iam_admin_adopt=True)
    done = run(bootstrap, "bootstrap.yml", *PRODUCTION, *lenient)
    assert done.returncode == 0, done.stdout
    assert changes(done.stdout) == ["1"]
    assert list(group.policies) == []
    said = " ".join(done.stdout.split())
    assert "MFA is no longer required of the group administrators (iamadmin, second), as require_mfa is false." in said


# The command line


def test_a_profile_for_aws_login_is_written_where_it_is_asked_for(both_bootstrapped: Bootstrap) -> None:
    config = both_bootstrapped.operator.directory / "admins"
    config.write_text("[profile of-mine]\nregion = eu-central-1\n")
    unnamed = run(both_bootstrapped, AWS_PROFILE)
    assert unnamed.returncode == 2
    assert "Set iam_admin_aws_config_file to the file to write" in unnamed.stdout
    named = extra(iam_admin_aws_config_file=str(config))
    foretold = run(both_bootstrapped, AWS_PROFILE, *named, "--check")
    assert config.read_text() == "[profile of-mine]\nregion = eu-central-1\n"
    done = run(both_bootstrapped, AWS_PROFILE, *named)
    assert done.returncode == 0, done.stdout
    assert changes(done.stdout) == changes(foretold.stdout) == ["1", "1"]
    profiles = botocore.configloader.load_config(str(config))["profiles"]
    assert profiles == {
        "of-mine": {"region": "eu-central-1"},
        "general-iamadmin": {"login_session": f"arn:aws:iam::{both_bootstrapped.general.id}:user/iamadmin"},
        "production-iamadmin": {"login_session": f"arn:aws:iam::{both_bootstrapped.production.id}:user/iamadmin"},
    }
    assert changes(run(both_bootstrapped, AWS_PROFILE, *named).stdout) == ["0", "0"]
    # Another administrator has a profile of its own
    other_administrator(both_bootstrapped.general)
    other = run(both_bootstrapped, AWS_PROFILE, *named, *extra(iam_admin_name="somebody"), "-l", "general")
    assert other.returncode == 0, other.stdout
    assert len(botocore.configloader.load_config(str(config))["profiles"]) == 4


def test_each_administrator_has_a_profile_of_its_own(account: TestAccount, tmp_path: Path) -> None:
    operator = bootstrap_of([account], tmp_path)
    config = tmp_path / "admins"
    for name in ("iamadmin", "somebody"):
        user(name)(account)
        variables = extra(iam_admin_aws_config_file=str(config), iam_admin_name=name)
        done = operator.run(*ansible("playbook"), str(PROJECT / AWS_PROFILE), *variables)
        assert done.returncode == 0, done.stdout
    assert botocore.configloader.load_config(str(config))["profiles"] == {
        f"general-{name}": {"login_session": f"arn:aws:iam::{account.id}:user/{name}"}
        for name in ("iamadmin", "somebody")
    }
    assert stat.S_IMODE(config.stat().st_mode) == 0o600


def test_an_aws_config_file_of_somebody_keeps_what_is_not_ours(account: TestAccount, tmp_path: Path) -> None:
    operator = bootstrap_of([account], tmp_path)
    user()(account)
    config = tmp_path / "admins"
    secret = "[profile of-mine]\n# mine\naws_secret_access_key = void\n\n"
    old = "[profile general-iamadmin]\nlogin_session = arn:aws:iam::1:user/old\nregion = eu-central-1\n"
    marks = [f"# {mark} general-iamadmin of landing_zone.aws_admin\n" for mark in ("BEGIN", "END")]
    config.write_text(secret + old.join(marks))
    command = [
        *ansible("playbook"),
        str(PROJECT / AWS_PROFILE),
        *extra(iam_admin_aws_config_file=str(config)),
        "--diff",
    ]
    foretold = operator.run(*command, "--check")
    assert config.read_text() == secret + old.join(marks)
    done = operator.run(*command)
    new = old.replace("::1:user/old", f"::{account.id}:user/iamadmin")
    assert (done.returncode, config.read_text()) == (0, secret + new), done.stdout
    for shown in (foretold.stdout, done.stdout):
        assert changes(shown) == ["1"]
        assert "+login_session = arn:aws:iam::" in shown
        assert "aws_secret_access_key" not in shown
        assert "of-mine" not in shown
    config.write_text(secret + new * 2)
    refused = operator.run(*command)
    assert refused.returncode == 2
    said = " ".join(refused.stdout.split())
    assert f"{config} was left as it is, since the AWS CLI cannot read it: it has the section" in said
    assert config.read_text() == secret + new * 2


# The end


def test_an_administrator_is_removed_with_everything(both_bootstrapped: Bootstrap) -> None:
    other_administrator(both_bootstrapped.production)
    foretold = run(both_bootstrapped, REMOVE, *PRODUCTION, "--check")
    done = run(both_bootstrapped, REMOVE, *PRODUCTION)
    assert done.returncode == 0, done.stdout
    assert changes(done.stdout) == changes(foretold.stdout) == ["1"]
    assert list(both_bootstrapped.production.backend.users) == ["somebody"]
    assert devices(both_bootstrapped.production) == {"safe": "somebody"}
    assert not (both_bootstrapped.handover / "production").exists()
    assert list(both_bootstrapped.general.backend.users) == ["iamadmin"]
    again = run(both_bootstrapped, REMOVE, *PRODUCTION)
    assert (again.returncode, changes(again.stdout)) == (0, ["0"])


def remove(bootstrap: Bootstrap, answer: str, *arguments: str) -> tuple[int, str]:
    """Remove on a terminal, and answer the question so; a run that is not to ask would end by an error."""
    bootstrap.operator.answers = {LEAVES: answer}
    return bootstrap.operator.bootstrap(*arguments, playbook=REMOVE)


@pytest.mark.parametrize("answer", ["", "no", "y", "production"])
def test_nobody_is_removed_unless_the_answer_is_yes(both_bootstrapped: Bootstrap, answer: str) -> None:
    code, shown = remove(both_bootstrapped, answer)
    assert (code, both_bootstrapped.operator.asked) == (2, [LEAVES]), shown
    assert "  general: iamadmin\r\n  production: iamadmin\r\n" in shown
    assert "Nothing was removed, as the answer was not yes." in " ".join(shown.split())
    for account in (both_bootstrapped.general, both_bootstrapped.production):
        assert "iamadmin" in account.backend.users


def test_who_is_removed_is_named_and_one_answer_is_enough(both_bootstrapped: Bootstrap) -> None:
    several = extra(iam_admin_remove_last_administrator=True)
    code, shown = remove(both_bootstrapped, "YES", *PRODUCTION, *several)
    assert (code, both_bootstrapped.operator.asked) == (0, [LEAVES]), shown
    assert "general: iamadmin" not in shown
    assert "production: iamadmin is removed: delete its entries in the authenticator app." in shown
    assert "iamadmin" not in both_bootstrapped.production.backend.users
    assert "iamadmin" in both_bootstrapped.general.backend.users


def test_check_mode_asks_nothing(both_bootstrapped: Bootstrap) -> None:
    code, shown = remove(both_bootstrapped, "yes", "--check", *extra(iam_admin_remove_last_administrator=True))
    assert (code, both_bootstrapped.operator.asked) == (0, []), shown


def test_without_a_terminal_it_takes_a_variable_to_remove_anybody(both_bootstrapped: Bootstrap) -> None:
    refused = both_bootstrapped.operator.run(*ansible("playbook"), str(PROJECT / REMOVE))
    assert refused.returncode == 2
    said = " ".join(refused.stdout.split())
    assert "There is no terminal to ask on, so nothing was removed" in said
    assert "set iam_admin_remove_without_asking to true" in said
    for account in (both_bootstrapped.general, both_bootstrapped.production):
        assert "iamadmin" in account.backend.users


def test_a_host_of_which_nobody_has_to_be_asked_does_not_speak_for_another(both_bootstrapped: Bootstrap) -> None:
    inventory = both_bootstrapped.operator.directory / "inventory.yml"
    hosts = json.loads(inventory.read_text())
    hosts["aws_accounts"]["hosts"]["general"]["iam_admin_remove_without_asking"] = True
    inventory.write_text(json.dumps(hosts))
    code, shown = remove(both_bootstrapped, "no")
    assert (code, both_bootstrapped.operator.asked) == (2, [LEAVES]), shown
    assert "general: iamadmin" not in shown
    assert "iamadmin" in both_bootstrapped.production.backend.users


@ON_BOTH_TERMINALS
def test_the_last_administrator_is_removed_only_where_that_is_asked_for(bootstrapped: Bootstrap) -> None:
    code, shown = remove(bootstrapped, "yes", *PRODUCTION)
    said = " ".join(shown.split())
    assert (code, bootstrapped.operator.asked) == (2, [LEAVES]), shown
    assert f"iamadmin is the last administrator of account {bootstrapped.production.id}" in said
    assert "set iam_admin_remove_last_administrator" in said
    assert (bootstrapped.handover / "production" / "credentials.yml").exists()
    done = run(bootstrapped, REMOVE, *PRODUCTION, *extra(iam_admin_remove_last_administrator=True))
    assert done.returncode == 0, done.stdout
    assert list(bootstrapped.production.backend.users) == []


def test_who_shares_the_names_of_devices_with_another_is_removed_alone(bootstrapped: Bootstrap) -> None:
    other_administrator(bootstrapped.production)
    leaver = extra(iam_admin_name="somebody", iam_admin_device_names=["iamadmin", "safe"])
    done = run(bootstrapped, REMOVE, *PRODUCTION, *leaver)
    assert done.returncode == 0, done.stdout
    assert list(bootstrapped.production.backend.users) == ["iamadmin"]
    assert devices(bootstrapped.production) == {"iamadmin": "iamadmin"}


def test_a_name_that_is_misspelt_removes_nothing_of_whom_the_handover_is_of(bootstrap: Bootstrap) -> None:
    several = extra(iam_admin_device_names=["iamadmin", "safe"])
    assert run(bootstrap, "playbooks/prepare.yml", *PRODUCTION, *several).returncode == 0
    done = run(bootstrap, REMOVE, *PRODUCTION, *several, *extra(iam_admin_name="iamadmn"))
    assert done.returncode == 0, done.stdout
    assert changes(done.stdout) == ["0"]
    assert devices(bootstrap.production) == {"iamadmin": None, "safe": None}
    shown = " ".join(done.stdout.split())
    assert f"There is no user iamadmn in account {bootstrap.production.id}, and " in shown
    assert "is the handover of iamadmin: make sure that the name is the one that you mean." in shown


@pytest.mark.parametrize("names", [["phone", "safe"], ["iamadmin"]])
def test_what_was_never_enrolled_is_removed_too(bootstrap: Bootstrap, names: list[str]) -> None:
    several = extra(iam_admin_device_names=names, iam_admin_remove_last_administrator=True)
    assert run(bootstrap, "playbooks/prepare.yml", *PRODUCTION, *several).returncode == 0
    foretold = run(bootstrap, REMOVE, *PRODUCTION, *several, "--check")
    done = run(bootstrap, REMOVE, *PRODUCTION, *several)
    assert done.returncode == 0, done.stdout
    assert changes(done.stdout) == changes(foretold.stdout) == ["1"]
    assert devices(bootstrap.production) == {}
    assert not (bootstrap.handover / "production").exists()


# A whole life


@ON_BOTH_TERMINALS
def test_a_life_takes_as_many_questions_as_it_needs(bootstrap: Bootstrap) -> None:
    operator = bootstrap.operator
    operator.from_screen = operator.rows > 24
    yes = "Anything else leaves them as they are"
    operator.answers = {yes: "yes"}
    other_administrator(bootstrap.production)
    life = [
        ("bootstrap.yml", ["MFA codes for production:"]),
        ("bootstrap.yml", []),
        ("playbooks/check.yml", []),
        ("playbooks/prove.yml", ["Fresh MFA code for production:"]),
        (RESET, []),
        (REPLACE, ["MFA codes for production:"]),
        (REPLACE, []),
        (CANCEL, []),
        (REMOVE, [yes]),
    ]
    accepted = extra(iam_admin_exceptions={"other_administrators": "It is there to help."})
    for playbook, asked in life:
        operator.asked.clear()
        code, shown = operator.bootstrap(*PRODUCTION, *accepted, playbook=playbook)
        assert (playbook, code, operator.asked) == (playbook, 0, asked), shown
        assert "DEPRECATION WARNING" not in shown
        # What the product says of a verdict fits, but for a URL
        verdict = [line for line in shown.splitlines() if re.match(r"   (ok|FAIL|\?\?|note|-) ", line)]
        assert all(len(line) <= min(operator.columns, 100) for line in verdict), verdict
    assert "iamadmin" not in bootstrap.production.backend.users
