# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Encryption at rest."""

from __future__ import annotations

from typing import Any

import pytest
from ansible import constants
from ansible.parsing.vault import PromptVaultSecret, VaultSecret

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.vault import Vault

PLAIN = b"\x89PNG and what else there is\n"
LOADED = [("work", VaultSecret(b"loaded"))]


def test_without_a_password_nothing_is_encrypted() -> None:
    vault = Vault([])
    assert vault.encrypts is False
    assert vault.encrypt(PLAIN) == PLAIN
    assert vault.decrypt(PLAIN, "it") == PLAIN


def test_an_empty_password_is_refused_and_not_taken_for_none() -> None:
    with pytest.raises(AdminError) as refused:
        Vault([], "")
    assert str(refused.value) == ("iam_admin_vault_password is empty: set it, or leave it out to have no encryption.")


@pytest.mark.parametrize(
    ("secrets", "header"),
    [
        (([], "given"), b"$ANSIBLE_VAULT;1.1;AES256\n"),
        ((LOADED,), b"$ANSIBLE_VAULT;1.2;AES256;work\n"),
        ((LOADED, "given"), b"$ANSIBLE_VAULT;1.1;AES256\n"),
    ],
    ids=["a password", "a vault id of this run", "a password before a vault id"],
)
def test_what_is_encrypted_is_a_vault_of_ansible_and_can_be_opened_again(secrets: Any, header: bytes) -> None:
    vault = Vault(*secrets)
    assert vault.encrypts is True
    encrypted = vault.encrypt(PLAIN)
    assert encrypted.startswith(header)
    assert PLAIN not in encrypted
    assert vault.decrypt(encrypted, "it") == PLAIN


@pytest.mark.parametrize("secrets", [(LOADED,), ([], "given")], ids=["a vault id", "the password"])
def test_whatever_password_this_run_has_opens_what_was_encrypted_earlier(secrets: Any) -> None:
    writer = Vault(*secrets)
    assert Vault(LOADED, "given").decrypt(writer.encrypt(PLAIN), "it") == PLAIN


def test_of_several_vault_ids_it_is_the_one_that_ansible_would_encrypt_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(constants, "DEFAULT_VAULT_ENCRYPT_IDENTITY", "home")
    encrypted = Vault([*LOADED, ("home", VaultSecret(b"other"))]).encrypt(PLAIN)
    assert encrypted.startswith(b"$ANSIBLE_VAULT;1.2;AES256;home\n")
    assert Vault([("home", VaultSecret(b"other"))]).decrypt(encrypted, "it") == PLAIN


def test_what_was_written_without_a_password_is_read_with_one() -> None:
    assert Vault(LOADED, "given").decrypt(PLAIN, "it") == PLAIN


@pytest.mark.parametrize("secrets", [([],), ([], "wrong"), ([("other", VaultSecret(b"wrong"))],)])
def test_what_no_password_opens_is_refused_and_named(secrets: Any) -> None:
    reader = Vault(*secrets)
    encrypted = Vault([], "given").encrypt(PLAIN)
    with pytest.raises(AdminError) as refused:
        reader.decrypt(encrypted, "/handover/general/credentials.yml")
    assert str(refused.value) == (
        "/handover/general/credentials.yml is encrypted, and no vault password of this run opens it: give "
        "--ask-vault-pass, or set iam_admin_vault_password, with the password that it was written with. If that is "
        "lost, reset_password.yml and replace_mfa.yml go on without the file, with iam_admin_adopt: true."
    )
    assert not reader.opens(encrypted)


def test_what_opens_is_in_plain_text_or_in_a_vault_of_this_run() -> None:
    reader = Vault(LOADED, "given")
    assert reader.opens(PLAIN)
    assert reader.opens(Vault(LOADED).encrypt(PLAIN))


def typed(password: bytes) -> PromptVaultSecret:
    return PromptVaultSecret(_bytes=password)


@pytest.mark.parametrize(
    ("vault", "is_typed"),
    [
        (Vault([("default", typed(b"given"))]), True),
        (Vault(LOADED), False),
        (Vault([("default", typed(b"given"))], "said"), False),
        (Vault([]), False),
    ],
    ids=["typed", "read", "not the one that encrypts", "none"],
)
def test_a_password_that_was_typed_may_be_mistyped(vault: Vault, is_typed: bool) -> None:
    assert vault.is_typed is is_typed


def test_a_password_is_told_from_others() -> None:
    vault = Vault([("default", typed("gegöben".encode()))])
    assert vault.is_encrypted_with("gegöben")
    assert vault.is_encrypted_with(" gegöben ")  # as ansible takes it
    assert not vault.is_encrypted_with("given")
    assert not vault.is_encrypted_with("gegoeben\udce4")  # in the terminal's own encoding
    assert not Vault([]).is_encrypted_with("")


@pytest.mark.parametrize("damaged", [b"$ANSIBLE_VAULT;1.1;AES256\nnonsense\n", b"$ANSIBLE_VAULT;1.1;AES256\n"])
def test_a_damaged_vault_is_refused(damaged: bytes) -> None:
    with pytest.raises(AdminError, match=r"^it is damaged, and no vault password can open it: restore a copy of it"):
        Vault([], "given").decrypt(damaged, "it")
