# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A vault password that was mistyped: it is noticed before it locks anything, and what one has locked is replaced."""

from __future__ import annotations

import json
import re
import shutil

import pytest

from tests.integration.conftest import ON_BOTH_TERMINALS, Bootstrap
from tests.operator import ansible

AGAIN = "Type it once more, to use it:"
PRODUCTION = ("-l", "production")
TYPED = (*PRODUCTION, "--ask-vault-pass")
ADOPT = ("-e", json.dumps({"iam_admin_adopt": True}))


@ON_BOTH_TERMINALS
def test_a_vault_password_is_typed_twice_where_it_is_used_for_the_first_time(bootstrap: Bootstrap) -> None:
    operator = bootstrap.operator
    operator.from_screen = operator.rows > 24
    operator.answers = {"Vault password: ": "correct horse", AGAIN: "correct horse"}
    for asked in ([AGAIN, "MFA codes for production:"], []):
        operator.asked.clear()
        code, shown = operator.bootstrap(*TYPED)
        assert (code, operator.asked) == (0, ["Vault password: ", *asked]), shown
        assert "correct horse" not in shown


@ON_BOTH_TERMINALS
def test_a_vault_password_that_was_mistyped_locks_nothing(bootstrap: Bootstrap) -> None:
    operator = bootstrap.operator
    operator.answers = {"Vault password: ": "corect horse", AGAIN: "correct horse"}
    code, shown = operator.bootstrap(*TYPED)
    assert (code, operator.asked) == (2, ["Vault password: ", *[AGAIN] * 3]), shown
    said = " ".join(shown.split())
    assert "The vault password differs from the one at the start, so nothing was written: run again." in said
    assert said.count("That is not what was typed at the start.") == 3
    assert not bootstrap.handover.exists()
    assert bootstrap.production.backend.users == {}
    for secret in ("correct horse", "corect horse"):
        assert secret not in shown


def test_nobody_is_asked_for_it_again_in_check_mode_or_after_the_handover_was_handed_over(bootstrap: Bootstrap) -> None:
    operator = bootstrap.operator
    operator.from_screen = True
    operator.answers = {"Vault password: ": "correct horse", AGAIN: "correct horse"}
    assert operator.bootstrap(*TYPED, "--check")[0] == 0
    assert operator.asked == ["Vault password: "]
    assert operator.bootstrap(*TYPED)[0] == 0
    (bootstrap.handover / "production" / "credentials.yml").unlink()
    operator.asked.clear()
    assert operator.bootstrap(*TYPED)[0] == 0
    assert operator.asked == ["Vault password: "]


def test_one_that_opens_no_handover_is_typed_twice_too(bootstrap: Bootstrap) -> None:
    operator = bootstrap.operator
    operator.from_screen = True
    operator.answers = {"Vault password: ": "correct horse", AGAIN: "correct horse"}
    assert operator.bootstrap(*TYPED)[0] == 0
    before = (bootstrap.handover / "production" / "credentials.yml").read_bytes()
    operator.answers = {"Vault password: ": "corect horse", AGAIN: "correct horse"}
    code, shown = operator.bootstrap(*TYPED, *ADOPT, playbook="playbooks/reset_password.yml")
    assert (code, AGAIN in operator.asked) == (2, True), shown
    assert (bootstrap.handover / "production" / "credentials.yml").read_bytes() == before


@ON_BOTH_TERMINALS
@pytest.mark.parametrize("playbook", ["playbooks/reset_password.yml", "playbooks/replace_mfa.yml"])
def test_what_nobody_can_open_any_more_is_set_aside_and_replaced(bootstrap: Bootstrap, playbook: str) -> None:
    files = {name: bootstrap.operator.directory / name for name in ("lost", "right")}
    for name, file in files.items():
        file.write_text(f"{name} horse")
    operator = bootstrap.operator
    operator.from_screen = operator.rows > 24
    operator.answers = {"Vault password: ": "lost horse"}  # of ansible-vault
    lost, right = ((*PRODUCTION, "--vault-password-file", str(file)) for file in files.values())
    assert operator.bootstrap(*lost)[0] == 0
    folder = bootstrap.handover / "production"
    locked = (folder / "credentials.yml").read_bytes()

    code, shown = operator.bootstrap(*right, playbook=playbook)
    said = " ".join(shown.split())
    assert (code, "go on without the file, with iam_admin_adopt: true." in said) == (2, True), shown
    assert "give --ask-vault-pass, or set iam_admin_vault_password" in said
    assert (folder / "credentials.yml").read_bytes() == locked

    operator.answers = {"Vault password: ": "right horse"}
    code, shown = operator.bootstrap(*right, *ADOPT, playbook=playbook)
    assert code == 0, shown
    aside = folder / "not-used-1-credentials.yml"
    told = (
        f"handover/production/{aside.name} was moved aside and is not used, as no vault password of this run opens it"
    )
    assert (aside.read_bytes(), told in " ".join(shown.split())) == (locked, True), shown
    view = [*ansible("vault"), "view", "--vault-password-file", str(files["right"]), str(folder / "credentials.yml")]
    assert "user_name: iamadmin" in operator.run(*view).stdout
    code, shown = operator.bootstrap(*right)
    assert (code, re.findall(r"changed=(\d+)", shown)) == (0, ["0"]), shown


@pytest.mark.parametrize("variable", ["CI", "AWX_ISOLATED_DATA_DIR"])
def test_where_nobody_is_at_the_terminal_it_is_not_asked_for_again(bootstrap: Bootstrap, variable: str) -> None:
    operator = bootstrap.operator
    operator.environment = {**operator.environment, variable: "true"}
    operator.answers = {"Vault password: ": "correct horse"}
    operator.timeout = 60
    computed = ("-e", json.dumps({"iam_admin_enrolment": "totp"}))
    code, shown = operator.bootstrap(*TYPED, *computed)
    assert (code, operator.asked) == (0, ["Vault password: "]), shown


def test_what_encrypts_nothing_does_not_ask_for_it_again(bootstrapped: Bootstrap) -> None:
    operator = bootstrapped.operator
    shutil.rmtree(bootstrapped.handover)
    operator.answers = {
        "Vault password: ": "correct horse",
        AGAIN: "correct horse",
        "Anything else leaves them as they are": "no",
    }
    for playbook in ("playbooks/prove.yml", "playbooks/remove.yml", "playbooks/show_qr.yml"):
        operator.bootstrap(*TYPED, playbook=playbook)
        assert AGAIN not in operator.asked, playbook


def test_nothing_that_is_encrypted_makes_way_for_plain_text(bootstrap: Bootstrap) -> None:
    file = bootstrap.operator.directory / "vault-password"
    file.write_text("correct horse")
    computed = ("-e", json.dumps({"iam_admin_enrolment": "totp"}), "--vault-password-file", str(file))
    assert bootstrap.operator.bootstrap(*PRODUCTION, *computed)[0] == 0
    credentials = bootstrap.handover / "production" / "credentials.yml"
    before = credentials.read_bytes()
    code, shown = bootstrap.operator.bootstrap(*PRODUCTION, *ADOPT, playbook="playbooks/reset_password.yml")
    assert (code, "give --ask-vault-pass" in " ".join(shown.split())) == (2, True), shown
    assert credentials.read_bytes() == before
