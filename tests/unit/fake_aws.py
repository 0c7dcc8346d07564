# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""One AWS account in memory: what IamApi can ask of it, for one user."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.account import Account
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.plan import Plan, Step

ACCOUNT = Account("111122223333", "aws", "arn:aws:iam::111122223333:root")
ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"
NAME = "iamadmin"
SEED = "JBSWY3DPEHPK3PXP" * 2
MADE = datetime(2026, 1, 2, tzinfo=UTC)


def options(spec: Mapping[str, Any], **given: Any) -> dict[str, Any]:
    """Return a module's options as Ansible hands them over: `given`, and the defaults of its argument spec."""
    return {"account_id": None, **{option: entry.get("default") for option, entry in spec.items()}, **given}


def calls_of(plan: Plan) -> list[tuple[str, dict[str, Any]]]:
    """Return the steps of a plan so that they can be compared; `keep` is what is kept in the handover."""
    return [(step.method, dict(step.parameters)) if isinstance(step, Step) else ("keep", {}) for step in plan.steps]


@dataclass
class FakeGroup:
    """A group: its managed policies, its inline ones, and who is in it."""

    attached: list[str] = field(default_factory=list)
    inline: dict[str, Any] = field(default_factory=dict)
    users: list[str] = field(default_factory=list)


def _attached(arns: Iterable[str]) -> list[dict[str, str]]:
    return [{"PolicyArn": arn} for arn in arns]


def _inline(policies: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"PolicyName": name, "PolicyDocument": document} for name, document in policies.items()]


@dataclass
class FakeAws:
    """`devices` maps serial numbers to whom they are assigned; `writes` are the names of the calls that change it.

    `others` are users who have a console password and no MFA. `password` is what the user signs in with, and `seeds`
    those of the devices, which are all different.
    """

    user: dict[str, Any] | None = None
    policies: set[str] = field(default_factory=lambda: {ADMINISTRATOR_ACCESS})
    attached: list[str] = field(default_factory=list)
    login_profile: dict[str, Any] | None = None
    devices: dict[str, str | None] = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)
    writes: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    inline: dict[str, Any] = field(default_factory=dict)
    groups: dict[str, FakeGroup] = field(default_factory=dict)
    password: str | None = field(default=None, init=False)
    seeds: dict[str, str] = field(default_factory=dict, init=False)

    # Reads

    def get_caller_identity(self) -> Account:
        return ACCOUNT

    def with_source(self, account: Account) -> Account:
        return account

    def get_user_detail(self, name: str) -> dict[str, Any] | None:
        return self.get_user(name)

    def get_user(self, _name: str) -> dict[str, Any] | None:
        return self.user

    def get_login_profile(self, name: str) -> dict[str, Any] | None:
        if name in self.others:
            return {"CreateDate": MADE}
        return self.login_profile if name == NAME else None

    def get_account_summary(self) -> dict[str, int]:
        return {"AccountMFAEnabled": 1, "AccountAccessKeysPresent": 0, "AccountSigningCertificatesPresent": 0}

    def get_account_authorization_details(self, **_more: bool) -> dict[str, Any]:
        others = [{"UserName": name, "Path": "/", "Arn": ACCOUNT.arn(f"user/{name}")} for name in self.others]
        policies = {"AttachedManagedPolicies": _attached(self.attached), "UserPolicyList": _inline(self.inline)}
        users = [*([{**self.user, **policies}] if self.user else []), *others]
        return {
            "UserDetailList": [{**user, "GroupList": self._groups_of(user["UserName"])} for user in users],
            "GroupDetailList": [
                {
                    "GroupName": name,
                    "AttachedManagedPolicies": _attached(group.attached),
                    "GroupPolicyList": _inline(group.inline),
                }
                for name, group in self.groups.items()
            ],
        }

    def list_groups_for_user(self, name: str) -> list[dict[str, Any]]:
        return [{"GroupName": group} for group in self._groups_of(name)]

    def _groups_of(self, user_name: str) -> list[str]:
        return [name for name, group in self.groups.items() if user_name in group.users]

    def get_account_password_policy(self) -> dict[str, Any] | None:
        return None

    def simulate_principal_policy(
        self, _arn: str, actions: Sequence[str], mfa: bool | None, **_more: Any
    ) -> list[dict[str, Any]]:
        assert mfa
        return [{"EvalActionName": action, "EvalDecision": "allowed"} for action in actions]

    def list_organizations_features(self) -> list[str] | None:
        return None

    def list_organizations_features_of_manager(self, _account: Account) -> list[str] | None:
        return None

    def list_access_keys(self, _name: str) -> list[dict[str, Any]]:
        return []

    def list_service_specific_credentials(self, _name: str) -> list[dict[str, Any]]:
        return []

    def list_ssh_public_keys(self, _name: str) -> list[dict[str, Any]]:
        return []

    def list_signing_certificates(self, _name: str) -> list[dict[str, Any]]:
        return []

    def list_server_certificates(self) -> list[dict[str, Any]]:
        return []

    def lookup_events(self, _region: str, _name: str) -> tuple[list[dict[str, Any]], bool]:
        return [], False

    def get_security_contact(self) -> dict[str, Any]:
        return {}

    def get_policy(self, arn: str) -> dict[str, Any] | None:
        return {"Arn": arn} if arn in self.policies else None

    def list_account_aliases(self) -> list[str]:
        return self.aliases

    def list_attached_user_policies(self, _name: str) -> list[dict[str, Any]]:
        return [{"PolicyArn": arn} for arn in self.attached]

    def get_user_policy(self, _name: str, policy: str) -> dict[str, Any] | None:
        return self.inline.get(policy)

    def get_group(self, name: str) -> dict[str, Any] | None:
        if name not in self.groups:
            return None
        return {"Group": {"GroupName": name}, "Users": [{"UserName": user} for user in self.groups[name].users]}

    def get_group_policy(self, name: str, policy: str) -> dict[str, Any] | None:
        return self.groups[name].inline.get(policy) if name in self.groups else None

    def list_attached_group_policies(self, name: str) -> list[dict[str, Any]]:
        return [{"PolicyArn": arn} for arn in self.groups[name].attached] if name in self.groups else []

    def list_mfa_devices(self, name: str) -> list[dict[str, Any]]:
        return [{"SerialNumber": serial, "EnableDate": MADE} for serial, user in self.devices.items() if user == name]

    def list_virtual_mfa_devices(self) -> list[dict[str, Any]]:
        return [
            {"SerialNumber": serial, **({"User": {"UserName": user}} if user else {})}
            for serial, user in self.devices.items()
        ]

    # Writes

    def create_user(self, **given: Any) -> dict[str, Any]:
        self.writes.append("create_user")
        assert self.user is None
        self.user = {
            "UserName": given["UserName"],
            "Path": given["Path"],
            "Tags": given.get("Tags", []),
            "Arn": ACCOUNT.arn(f"user{given['Path']}{given['UserName']}"),
            "UserId": "AIDAVOID",
            "CreateDate": MADE,
        }
        if "PermissionsBoundary" in given:
            self.user["PermissionsBoundary"] = {"PermissionsBoundaryArn": given["PermissionsBoundary"]}
        return self.user

    def _change_user(self, call: str) -> dict[str, Any]:
        self.writes.append(call)
        assert self.user is not None
        return self.user

    def update_user(self, **given: Any) -> None:
        user = self._change_user("update_user")
        user.update(Path=given["NewPath"], Arn=ACCOUNT.arn(f"user{given['NewPath']}{given['UserName']}"))

    def tag_user(self, **given: Any) -> None:
        user = self._change_user("tag_user")
        new = {tag["Key"] for tag in given["Tags"]}
        user["Tags"] = [tag for tag in user["Tags"] if tag["Key"] not in new] + given["Tags"]

    def untag_user(self, **given: Any) -> None:
        user = self._change_user("untag_user")
        user["Tags"] = [tag for tag in user["Tags"] if tag["Key"] not in given["TagKeys"]]

    def put_user_permissions_boundary(self, **given: Any) -> None:
        user = self._change_user("put_user_permissions_boundary")
        user["PermissionsBoundary"] = {"PermissionsBoundaryArn": given["PermissionsBoundary"]}

    def delete_user_permissions_boundary(self, **_given: Any) -> None:
        del self._change_user("delete_user_permissions_boundary")["PermissionsBoundary"]

    def attach_user_policy(self, **given: Any) -> None:
        self._change_user("attach_user_policy")
        assert given["PolicyArn"] not in self.attached
        self.attached.append(given["PolicyArn"])

    def detach_user_policy(self, **given: Any) -> None:
        self._change_user("detach_user_policy")
        self.attached.remove(given["PolicyArn"])

    def put_user_policy(self, **given: Any) -> None:
        self._change_user("put_user_policy")
        self.inline[given["PolicyName"]] = json.loads(given["PolicyDocument"])

    def delete_user_policy(self, **given: Any) -> None:
        self._change_user("delete_user_policy")
        del self.inline[given["PolicyName"]]

    def _change_group(self, call: str, name: str) -> FakeGroup:
        self.writes.append(call)
        return self.groups[name]

    def create_group(self, **given: Any) -> None:
        self.writes.append("create_group")
        assert given["GroupName"] not in self.groups
        self.groups[given["GroupName"]] = FakeGroup()

    def attach_group_policy(self, **given: Any) -> None:
        group = self._change_group("attach_group_policy", given["GroupName"])
        assert given["PolicyArn"] not in group.attached
        group.attached.append(given["PolicyArn"])

    def put_group_policy(self, **given: Any) -> None:
        group = self._change_group("put_group_policy", given["GroupName"])
        group.inline[given["PolicyName"]] = json.loads(given["PolicyDocument"])

    def delete_group_policy(self, **given: Any) -> None:
        del self._change_group("delete_group_policy", given["GroupName"]).inline[given["PolicyName"]]

    def add_user_to_group(self, **given: Any) -> None:
        assert self.user is not None
        self._change_group("add_user_to_group", given["GroupName"]).users.append(given["UserName"])

    def create_login_profile(self, **given: Any) -> None:
        self._change_user("create_login_profile")
        assert self.login_profile is None
        self.login_profile = {"PasswordResetRequired": given["PasswordResetRequired"], "CreateDate": MADE}
        self.password = given.get("Password")

    def update_login_profile(self, **given: Any) -> None:
        self._change_user("update_login_profile")
        assert self.login_profile is not None
        self.login_profile["PasswordResetRequired"] = given["PasswordResetRequired"]
        self.password = given["Password"]

    def delete_login_profile(self, **_given: Any) -> None:
        self._change_user("delete_login_profile")
        assert self.login_profile is not None
        self.login_profile = self.password = None

    def create_account_alias(self, **given: Any) -> None:
        self.writes.append("create_account_alias")
        self.aliases = [given["AccountAlias"]]

    def create_virtual_mfa_device(self, **given: Any) -> dict[str, Any]:
        self.writes.append("create_virtual_mfa_device")
        serial = ACCOUNT.arn(f"mfa{given['Path']}{given['VirtualMFADeviceName']}")
        assert serial not in self.devices
        self.devices[serial] = None
        made = self.writes.count("create_virtual_mfa_device") - 1
        self.seeds[serial] = SEED[made:] + SEED[:made]
        return {"SerialNumber": serial, "Base32StringSeed": self.seeds[serial].encode()}

    def enable_mfa_device(self, **given: Any) -> None:
        self.writes.append("enable_mfa_device")
        assert self.devices[given["SerialNumber"]] is None
        self.devices[given["SerialNumber"]] = given["UserName"]

    def resync_mfa_device(self, **given: Any) -> None:
        self.writes.append("resync_mfa_device")
        assert self.devices[given["SerialNumber"]] == given["UserName"]

    def deactivate_mfa_device(self, **given: Any) -> None:
        self.writes.append("deactivate_mfa_device")
        assert self.devices[given["SerialNumber"]] == given["UserName"]
        self.devices[given["SerialNumber"]] = None

    def delete_virtual_mfa_device(self, **given: Any) -> None:
        self.writes.append("delete_virtual_mfa_device")
        assert self.devices.pop(given["SerialNumber"]) is None
