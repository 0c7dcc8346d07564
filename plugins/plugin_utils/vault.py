# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Encryption at rest, by ansible's own vault."""

from __future__ import annotations

from hmac import compare_digest
from typing import Any

from ansible import constants
from ansible.errors import AnsibleError
from ansible.parsing.vault import (
    AnsibleVaultFormatError,
    PromptVaultSecret,
    VaultLib,
    VaultSecret,
    match_encrypt_secret,
)

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError

_GO_ON = "reset_password.yml and replace_mfa.yml go on without the file, with iam_admin_adopt: true."


class LockedError(AdminError):
    """No vault password of this run opens a file."""


class Vault:
    """Encrypts with the password given, else with the vault id that ansible would encrypt with, else not at all."""

    def __init__(self, loaded: list[tuple[str, VaultSecret]], password: str | None = None) -> None:
        """`loaded` are the vault ids of this run: they decrypt too, whatever encrypts."""
        self._secrets: list[tuple[str, Any]] = list(loaded or [])
        if password is not None and not password:
            raise AdminError("iam_admin_vault_password is empty: set it, or leave it out to have no encryption.")
        if password:
            given = VaultSecret(password.encode())
            self._secrets.insert(0, (constants.DEFAULT_VAULT_IDENTITY, given))
            self._encrypt_with = (None, given)
        elif self._secrets:
            vault_id, secret = match_encrypt_secret(self._secrets, constants.DEFAULT_VAULT_ENCRYPT_IDENTITY)
            self._encrypt_with = (vault_id, secret)
        else:
            self._encrypt_with = (None, None)

    @property
    def encrypts(self) -> bool:
        """Whether there is a password to encrypt with."""
        return self._encrypt_with[1] is not None

    @staticmethod
    def is_encrypted(data: bytes) -> bool:
        """Whether `data` is what a vault made."""
        return bool(VaultLib.is_encrypted(data))

    def encrypt(self, plain: bytes) -> bytes:
        """Return `plain` encrypted, or as it is where there is no password."""
        vault_id, secret = self._encrypt_with
        if secret is None:
            return plain
        return bytes(VaultLib(self._secrets).encrypt(plain, secret, vault_id))

    def opens(self, data: bytes) -> bool:
        """Whether `data` is in plain text, or a password of this run opens it."""
        try:
            self.decrypt(data, "")
        except AdminError:
            return False
        return True

    def decrypt(self, data: bytes, source: str) -> bytes:
        """Return what `data` holds, encrypted or not.

        Raises, naming `source`, LockedError where no password opens it, and AdminError where none could.
        """
        if not VaultLib.is_encrypted(data):
            return data
        try:
            return bytes(VaultLib(self._secrets).decrypt(data))
        except AnsibleVaultFormatError as error:
            raise AdminError(
                f"{source} is damaged, and no vault password can open it: restore a copy of it. If there is none, "
                f"{_GO_ON}"
            ) from error
        except AnsibleError as error:
            raise LockedError(
                f"{source} is encrypted, and no vault password of this run opens it: give --ask-vault-pass, or set "
                f"iam_admin_vault_password, with the password that it was written with. If that is lost, {_GO_ON}"
            ) from error

    @property
    def alone(self) -> Vault:
        """One that has just the password that encrypts."""
        vault_id, secret = self._encrypt_with
        return Vault([] if secret is None else [(vault_id or constants.DEFAULT_VAULT_IDENTITY, secret)])

    @property
    def is_typed(self) -> bool:
        """Whether somebody has typed the password that encrypts, and may have mistyped it."""
        return isinstance(self._encrypt_with[1], PromptVaultSecret)

    def is_encrypted_with(self, password: str) -> bool:
        """Whether it is the password that encrypts, as ansible takes what is typed: without space around it."""
        secret, typed = self._encrypt_with[1], password.encode(errors="surrogateescape").strip()
        return secret is not None and compare_digest(bytes(secret.bytes), typed)
