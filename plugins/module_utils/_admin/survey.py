# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An account as one reading shows it, for all that is asked about it at that moment."""

from __future__ import annotations

from typing import Any

from .account import Account
from .api import IamApi, Once


class SurveyApi(IamApi):
    """Reads each thing once, and takes what it can from GetAccountAuthorizationDetails.

    That is behind for a while where something was just changed, so it is for tasks that only read. Nobody writes by
    it: where it shows anything that is not as it is to be, the account is looked at again by GetUser and the like.
    """

    def __init__(self, *clients: Any, **options: Any) -> None:
        """See IamApi."""
        super().__init__(*clients, **options)
        self._read = Once()

    def get_caller_identity(self) -> Account:
        identity: Account = self._read("identity", super().get_caller_identity)
        return identity

    def get_account_authorization_details(self, with_roles: bool = False) -> dict[str, Any]:
        read = super().get_account_authorization_details
        details: dict[str, Any] = self._read(("details", with_roles), lambda: read(with_roles=with_roles))
        return details

    def list_account_aliases(self) -> list[str]:
        aliases: list[str] = self._read("aliases", super().list_account_aliases)
        return aliases

    def list_organizations_features(self) -> list[str] | None:
        features: list[str] | None = self._read("features", super().list_organizations_features)
        return features

    def get_login_profile(self, name: str | None) -> dict[str, Any] | None:
        read = super().get_login_profile
        profile: dict[str, Any] | None = self._read(("login profile", name), lambda: read(name))
        return profile

    def list_mfa_devices(self, name: str | None) -> list[dict[str, Any]]:
        read = super().list_mfa_devices
        devices: list[dict[str, Any]] = self._read(("MFA devices", name), lambda: read(name))
        return devices

    def get_user(self, name: str | None) -> dict[str, Any] | None:
        read = super().get_user
        user: dict[str, Any] | None = self._read(("user", name), lambda: read(name))
        return user

    def get_user_detail(self, name: str) -> dict[str, Any] | None:
        users = self.get_account_authorization_details(with_roles=True).get("UserDetailList", ())
        return next((user for user in users if user["UserName"].lower() == name.lower()), None)

    def list_attached_user_policies(self, name: str) -> list[dict[str, Any]]:
        user = self.get_user_detail(name)
        return list(user.get("AttachedManagedPolicies") or ()) if user else []
