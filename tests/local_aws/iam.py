# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""IAM's answers where moto's are not those of AWS. What is not here, moto does well enough."""

from __future__ import annotations

import json
from collections.abc import Collection
from copy import copy
from functools import cache
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import utcnow
from moto.iam.aws_managed_policies import aws_managed_policies_data
from moto.iam.exceptions import IAMException
from moto.iam.models import AWSManagedPolicy, IAMBackend, User, VirtualMfaDevice, iam_backends
from moto.iam.responses import IamResponse
from moto.organizations.models import FakeDelegatedAdministrator, FakeServiceAccess

from . import rules
from .authentication import check_codes, qr_code_png
from .keys import key_of, owner_of
from .policies import ALLOWED, boundary_of, decide, policies_of
from .root import (
    CREDENTIALS,
    ROOT_ACTIONS,
    SESSIONS,
    TRUSTED,
    RootAnswers,
    RootSession,
    RootUser,
    features_of,
    managed_by,
)

# Without a user's name they are about who calls
OF_WHO_CALLS = (
    "create_access_key",
    "get_user",
    "list_access_keys",
    "list_mfa_devices",
    "list_service_specific_credentials",
    "list_signing_certificates",
    "list_ssh_public_keys",
)


class LocalIam(IamResponse):
    """One request. Each method is an action of the API; what it does not mend, it leaves to moto."""

    def get_current_account(self) -> str:
        return owner_of(self.get_access_key()) or super().get_current_account()

    def call_action(self) -> Any:
        """See BaseResponse. A session of the root user has answers of its own, and a role's is of no user."""
        backend: Any = self.backend
        of_a_role = self.get_access_key() == key_of(self.current_account, temporary=True)
        if of_a_role and not self._get_param("UserName"):
            for name in OF_WHO_CALLS:
                setattr(self, name, self._refuse_without_user)
        if isinstance(backend.sessions.get(self.get_access_key()), RootSession):
            answers = RootAnswers(backend.root, self._get_param)
            for name in ROOT_ACTIONS:
                setattr(self, name, getattr(answers, name))
        return super().call_action()

    @staticmethod
    def _refuse_without_user() -> ActionResult:
        raise IAMException("ValidationError", "Must specify userName when calling with non-User credentials")

    # Users

    def create_user(self) -> ActionResult:
        rules.check_tag_keys(self._get_param("Tags", []))
        name = self._get_param("UserName")
        rules.check_all(
            lambda: rules.check_name("userName", name, 64), lambda: rules.check_path(self._get_param("Path") or "/")
        )
        if name.lower() in (existing.lower() for existing in self.backend.users):
            raise IAMException("EntityAlreadyExists", f"User with name {name} already exists.")
        boundary = self._get_param("PermissionsBoundary")
        if boundary:
            self._check_boundary(boundary)
        answer = super().create_user()
        if boundary:
            self._set_boundary(name, boundary)
        return answer

    def update_user(self) -> ActionResult:
        user = self._user()
        if path := self._get_param("NewPath"):
            rules.check_path(path)
        before = user.arn
        answer = super().update_user()
        if user.arn != before:  # moto keeps tags by ARN, which the path is a part of
            self.backend.tagger.copy_tags(before, user.arn)
            self.backend.tagger.delete_all_tags_for_resource(before)
        return answer

    def put_user_permissions_boundary(self) -> ActionResult:
        self._set_boundary(self._user().name, self._get_param("PermissionsBoundary"))
        return EmptyResult()

    def delete_user_permissions_boundary(self) -> ActionResult:
        self._user().permissions_boundary = None
        return EmptyResult()

    def delete_user(self) -> ActionResult:
        user = self._user()
        holds = {
            "delete login profile": user.password,
            "delete access keys": user.access_keys,
            "remove referenced objects": user.service_specific_credentials,
            "delete SSH public keys": user.ssh_public_keys,
            "delete signing certificates": user.signing_certificates,
            "delete MFA device": user.mfa_devices,
            "delete group memberships": user.group_list,
        }
        for what, there in holds.items():
            if there:
                raise IAMException("DeleteConflict", f"Cannot delete entity, must {what} first.")
        return super().delete_user()

    def _user(self) -> Any:
        return self.backend.get_user(self._get_param("UserName"))

    def tag_user(self) -> ActionResult:
        rules.check_tag_keys(self._get_param("Tags", []))
        return super().tag_user()

    def get_access_key_last_used(self) -> ActionResult:
        keys = {key.access_key_id for key in self.backend.get_all_access_keys_for_all_users()}
        if self._get_param("AccessKeyId") not in keys:
            raise IAMException("AccessDenied", "Access denied.")
        return super().get_access_key_last_used()

    def get_account_password_policy(self) -> ActionResult:
        """What is not set is not in it."""
        policy: Any = self.backend.get_account_password_policy()
        said = {
            "MinimumPasswordLength": policy.minimum_password_length,
            "RequireSymbols": policy.require_symbols,
            "RequireNumbers": policy.require_numbers,
            "RequireUppercaseCharacters": policy.require_uppercase_characters,
            "RequireLowercaseCharacters": policy.require_lowercase_characters,
            "AllowUsersToChangePassword": policy.allow_users_to_change_password,
            "ExpirePasswords": policy.expire_passwords,
        }
        perhaps = {
            "MaxPasswordAge": policy.max_password_age,
            "PasswordReusePrevention": policy.password_reuse_prevention,
            "HardExpiry": policy.hard_expiry,
        }
        return ActionResult({"PasswordPolicy": {**said, **{name: value for name, value in perhaps.items() if value}}})

    def _check_boundary(self, arn: str) -> None:
        if not arn.startswith("arn:"):
            raise IAMException("InvalidInput", f"ARN {arn} is not valid.")
        if arn not in self.backend.managed_policies:
            raise IAMException("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.")

    def _set_boundary(self, user_name: str, arn: str) -> None:
        self._check_boundary(arn)
        user: Any = self.backend.get_user(user_name)
        user.permissions_boundary = {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}

    def create_service_specific_credential(self) -> ActionResult:
        user = self._user()
        number = len(user.service_specific_credentials) + 1
        made = {
            "UserName": user.name,
            "ServiceName": self._get_param("ServiceName"),
            "ServiceSpecificCredentialId": f"ACCALOCAL{number:011}",
            "Status": "Active",
            "CreateDate": utcnow(),
        }
        user.service_specific_credentials = [*user.service_specific_credentials, made]
        return ActionResult({"ServiceSpecificCredential": made})

    def list_service_specific_credentials(self) -> ActionResult:
        return ActionResult({"ServiceSpecificCredentials": self._user().service_specific_credentials})

    def delete_service_specific_credential(self) -> ActionResult:
        user, id = self._user(), self._get_param("ServiceSpecificCredentialId")
        kept = [one for one in user.service_specific_credentials if one["ServiceSpecificCredentialId"] != id]
        if kept == user.service_specific_credentials:
            raise IAMException("NoSuchEntity", f"Service Specific Credential {id} does not exist.")
        user.service_specific_credentials = kept
        return EmptyResult()

    # Console passwords

    def create_login_profile(self) -> ActionResult:
        user, password = self._user(), self._get_param("Password")
        if user.password:
            raise IAMException("EntityAlreadyExists", f"Login Profile for user {user.name} already exists.")
        rules.check_password(password, self.backend.account_password_policy)
        self.backend.create_login_profile(user.name, password)
        user.password_reset_required = bool(self._get_param("PasswordResetRequired"))
        user.login_profile_create_date = utcnow()
        return self._login_profile(user)

    def get_login_profile(self) -> ActionResult:
        return self._login_profile(self._user_with_password())

    def update_login_profile(self) -> ActionResult:
        user, password = self._user_with_password(), self._get_param("Password")
        reset = self._get_param("PasswordResetRequired")
        if password:
            rules.check_password(password, self.backend.account_password_policy)
        reset = user.password_reset_required if reset is None else reset
        self.backend.update_login_profile(user.name, password or user.password, reset)
        return EmptyResult()

    def delete_login_profile(self) -> ActionResult:
        self._user_with_password()
        return super().delete_login_profile()

    def _user_with_password(self) -> Any:
        user = self._user()
        if not user.password:
            raise IAMException("NoSuchEntity", f"Login Profile for User {user.name} cannot be found.")
        return user

    @staticmethod
    def _login_profile(user: Any) -> ActionResult:
        profile = {
            "UserName": user.name,
            "CreateDate": user.login_profile_create_date,
            "PasswordResetRequired": user.password_reset_required,
        }
        return ActionResult({"LoginProfile": profile})

    # Policies: ten are attached at most

    def attach_user_policy(self) -> ActionResult:
        self._check_room(self._user().managed_policies, "PoliciesPerUser")
        return super().attach_user_policy()

    def attach_group_policy(self) -> ActionResult:
        group: Any = self.backend.get_group(self._get_param("GroupName"))
        self._check_room(group.managed_policies, "PoliciesPerGroup")
        return super().attach_group_policy()

    def add_user_to_group(self) -> ActionResult:
        user = self._user()
        groups = {group.name for group in self.backend.get_groups_for_user(user.name)}
        if len(groups) >= 10 and self._get_param("GroupName") not in groups:
            raise IAMException("LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10")
        return super().add_user_to_group()

    def remove_user_from_group(self) -> ActionResult:
        """Nothing where the user is no member; an unknown user comes before an unknown group."""
        user = self._user()
        group: Any = self.backend.get_group(self._get_param("GroupName"))
        if user in group.users:
            group.users.remove(user)
        return EmptyResult()

    def _check_room(self, attached: Collection[str], quota: str) -> None:
        if not self._get_param("PolicyArn").startswith("arn:"):
            raise IAMException("ValidationError", f"ARN {self._get_param('PolicyArn')} is not valid.")
        if len(attached) >= 10 and self._get_param("PolicyArn") not in attached:
            raise IAMException("LimitExceeded", f"Cannot exceed quota for {quota}: 10")

    # Virtual MFA devices: a serial number is unique ignoring case

    def create_virtual_mfa_device(self) -> ActionResult:
        path, name = self._get_param("Path") or "/", self._get_param("VirtualMFADeviceName")
        rules.check_path(path)
        rules.check_name("virtualMFADeviceName", name, 226)
        device = VirtualMfaDevice(self.current_account, self.region, path + name)
        if self._find_device(device.serial_number):
            raise IAMException("EntityAlreadyExists", "MFA device already exists.")
        device.qr_code_png = qr_code_png(device.base32_string_seed, name, self.current_account)
        self.backend.virtual_mfa_devices[device.serial_number] = device
        made = {
            "SerialNumber": device.serial_number,
            "Base32StringSeed": device.base32_string_seed,
            "QRCodePNG": device.qr_code_png,
        }
        return ActionResult({"VirtualMFADevice": made})

    def enable_mfa_device(self) -> ActionResult:
        user, device = self._user(), self._device()
        if device.user:
            raise IAMException("EntityAlreadyExists", "MFA Device is already in use.")
        if len(user.mfa_devices) >= 8:
            raise IAMException("LimitExceeded", "Cannot exceed quota for MFADevicesPerUser: 8")
        codes = (self._get_param("AuthenticationCode1"), self._get_param("AuthenticationCode2"))
        device.last_step = check_codes(device.base32_string_seed, *codes, getattr(device, "last_step", 0))
        self.backend.enable_mfa_device(user.name, device.serial_number, *codes)
        return EmptyResult()

    def resync_mfa_device(self) -> ActionResult:
        user, device = self._user(), self._device()
        if device.user is not user:
            message = f"MFA Device with serial number {device.serial_number} does not exist for user {user.name}."
            raise IAMException("NoSuchEntity", message)
        codes = (self._get_param("AuthenticationCode1"), self._get_param("AuthenticationCode2"))
        device.last_step = check_codes(device.base32_string_seed, *codes, device.last_step)
        return EmptyResult()

    def deactivate_mfa_device(self) -> ActionResult:
        self._device()
        return super().deactivate_mfa_device()

    def delete_virtual_mfa_device(self) -> ActionResult:
        device = self._device()
        if device.user:
            raise IAMException("DeleteConflict", "MFA VirtualDevice in use. Must deactivate first.")
        return super().delete_virtual_mfa_device()

    def list_virtual_mfa_devices(self) -> ActionResult:
        if not str(self._get_param("Marker") or "0").isdigit():
            raise IAMException("ValidationError", "Invalid Marker.")
        devices, marker = self.backend.list_virtual_mfa_devices(
            self._get_param("AssignmentStatus", "Any"), self._get_param("Marker"), self._get_param("MaxItems", 100)
        )
        listed = [self._listed(device) for device in devices]
        return ActionResult({"VirtualMFADevices": listed, "IsTruncated": bool(marker), "Marker": marker})

    def get_mfa_device(self) -> ActionResult:
        """It knows passkeys and security keys alone."""
        user, serial_number = self._user(), self._get_param("SerialNumber")
        if ":u2f/" not in serial_number or serial_number not in user.mfa_devices:
            raise IAMException("NoSuchEntity", f"MFA Device with serial number {serial_number} does not exist.")
        enabled = user.mfa_devices[serial_number].enable_date
        device = {"UserName": user.name, "SerialNumber": serial_number, "EnableDate": enabled, "Certifications": {}}
        return ActionResult(device)

    def list_mfa_device_tags(self) -> ActionResult:
        self._device()
        return ActionResult({"Tags": []})  # none are kept

    @staticmethod
    def _listed(device: VirtualMfaDevice) -> dict[str, Any]:
        """Say what AWS says of a device: who has it and since when, and never its seed."""
        if device.user is None:
            return {"SerialNumber": device.serial_number}
        user = device.user
        owner = {
            "Path": user.path,
            "UserName": user.name,
            "UserId": user.id,
            "Arn": user.arn,
            "CreateDate": user.create_date,
        }
        return {"SerialNumber": device.serial_number, "EnableDate": device.enable_date, "User": owner}

    def _find_device(self, serial_number: str) -> Any:
        devices = self.backend.virtual_mfa_devices.values()
        return next((device for device in devices if device.serial_number.lower() == serial_number.lower()), None)

    def _device(self) -> Any:
        serial_number = self._get_param("SerialNumber")
        device = self._find_device(serial_number)
        if device is None:
            raise IAMException("NoSuchEntity", f"MFA Device with serial number {serial_number} does not exist.")
        return device

    # Permissions

    def get_account_authorization_details(self) -> ActionResult:
        """Leave AWS's own policies out, which nobody here asks for and moto is slow to tell."""
        own = [policy for arn, policy in self.backend.managed_policies.items() if ":iam::aws:" not in arn]
        details = {
            "UserDetailList": list(self.backend.users.values()),
            "GroupDetailList": list(self.backend.groups.values()),
            "RoleDetailList": self._roles() if "Role" in self._get_param("Filter", []) else [],
            "Policies": own,
            "IsTruncated": False,
        }
        return ActionResult(details)

    def _roles(self) -> list[dict[str, Any]]:
        return [
            {
                "Path": role.path,
                "RoleName": role.name,
                "RoleId": role.id,
                "Arn": role.arn,
                "CreateDate": role.create_date,
                "AssumeRolePolicyDocument": role.assume_role_policy_document,
                "RolePolicyList": [
                    {"PolicyName": name, "PolicyDocument": text} for name, text in role.policies.items()
                ],
                "AttachedManagedPolicies": [
                    {"PolicyName": policy.name, "PolicyArn": arn} for arn, policy in role.managed_policies.items()
                ],
            }
            for role in self.backend.roles.values()
        ]

    def simulate_principal_policy(self) -> ActionResult:
        name = self._get_param("PolicySourceArn").rpartition("/")[2]
        user: Any = self.backend.get_user(name)
        resource = next(iter(self._get_param("ResourceArns", [])), "*")
        context = {
            entry["ContextKeyName"].lower(): entry["ContextKeyValues"][0]
            for entry in self._get_param("ContextEntries", [])
        }
        documents, boundary = policies_of(self.backend, user), boundary_of(self.backend, user)
        results = [
            {
                "EvalActionName": action,
                "EvalResourceName": resource,
                "EvalDecision": decide(documents, boundary, action, context, resource),
                **(
                    {"PermissionsBoundaryDecisionDetail": {"AllowedByPermissionsBoundary": within == ALLOWED}}
                    if (within := boundary and decide(boundary, None, action, context, resource))
                    else {}
                ),
            }
            for action in self._get_param("ActionNames")
        ]
        return ActionResult({"EvaluationResults": results, "IsTruncated": False})

    # The account

    def list_organizations_features(self) -> ActionResult:
        return ActionResult({"OrganizationId": "o-local", "EnabledFeatures": self._features()})

    def enable_organizations_root_sessions(self) -> ActionResult:
        return self._with_feature(SESSIONS, enabled=True)

    def disable_organizations_root_sessions(self) -> ActionResult:
        return self._with_feature(SESSIONS, enabled=False)

    def enable_organizations_root_credentials_management(self) -> ActionResult:
        return self._with_feature(CREDENTIALS, enabled=True)

    def disable_organizations_root_credentials_management(self) -> ActionResult:
        return self._with_feature(CREDENTIALS, enabled=False)

    def _with_feature(self, feature: str, enabled: bool) -> ActionResult:
        """Whoever is not the management account enables nothing: it has not even trusted IAM."""
        others = [one for one in self._features() if one != feature]
        organization = managed_by(self.current_account)
        if organization and self.current_account != organization.org.master_account_id:
            raise IAMException("CallerIsNotManagementAccountException", "The caller is not the management account.")
        summary: Any = self.backend.account_summary
        summary.organization_features = [*others, feature] if enabled else others
        return self.list_organizations_features()

    def _features(self) -> list[str]:
        """Those of the organisation, which the management account keeps."""
        organization = managed_by(self.current_account)
        own = getattr(self.backend.account_summary, "organization_features", None)
        features = features_of(organization) if organization else own
        if features is not None:
            return list(features)
        if organization is None:
            message = "The account is not the management account or a delegated administrator."
            raise IAMException("AccountNotManagementOrDelegatedAdministratorException", message)
        if TRUSTED not in {one["ServicePrincipal"] for one in organization.services}:
            raise IAMException("ServiceAccessNotEnabledException", "Trusted Access for IAM is not enabled.")
        return []

    def create_account_alias(self) -> ActionResult:
        alias = self._get_param("AccountAlias")
        rules.check_alias(alias)
        for account_id, partitions in list(iam_backends.items()):
            if account_id != self.current_account and alias in partitions["aws"].account_aliases:
                raise IAMException("EntityAlreadyExists", f"The account alias {alias} already exists.")
        return super().create_account_alias()

    def get_account_summary(self) -> ActionResult:
        return ActionResult({"SummaryMap": self._summary()})

    def _summary(self) -> dict[str, int]:
        backend: Any = self.backend
        return {**backend.get_account_summary().summary_map, **backend.root.summary}

    def get_credential_report(self) -> ActionResult:
        """Let the root user's row lead moto's, which has the users only."""
        columns, _newline, users = self.backend.get_credential_report().partition("\n")
        summary = self._summary()
        root = dict.fromkeys(columns.split(","), "N/A") | {
            "user": "<root_account>",
            "arn": f"arn:{self.partition}:iam::{self.current_account}:root",
            "user_creation_time": f"{utcnow():%Y-%m-%dT%H:%M:%S+00:00}",
            "password_enabled": _lower(summary["AccountPasswordPresent"]),
            "password_last_used": "no_information",
            "password_last_changed": "not_supported",
            "password_next_rotation": "not_supported",
            "mfa_active": _lower(summary["AccountMFAEnabled"]),
            "access_key_1_active": _lower(summary["AccountAccessKeysPresent"]),
            "access_key_2_active": "false",
            "cert_1_active": _lower(summary["AccountSigningCertificatesPresent"]),
            "cert_2_active": "false",
        }
        report = "\n".join([columns, ",".join(root.values()), users])
        return ActionResult({"Content": report, "ReportFormat": "text/csv", "GeneratedTime": utcnow()})


def _lower(flag: int) -> str:
    return "true" if flag else "false"


@cache
def _aws_policies(partition: str) -> list[AWSManagedPolicy]:
    policies = json.loads(aws_managed_policies_data).items()
    return [AWSManagedPolicy.from_data(name, "aws", partition, policy) for name, policy in policies]


def _copied_aws_policies(backend: IAMBackend) -> list[AWSManagedPolicy]:
    """Copy AWS's managed policies: moto reads them anew for each account, which takes a fifth of a second and 5 MB."""
    return [copy(policy) for policy in _aws_policies(backend.region_name)]


def add_attributes() -> None:
    """Give moto's users and accounts what it has no place for."""
    user: Any = User
    user.permissions_boundary = None
    user.login_profile_create_date = None
    user.service_specific_credentials = []
    backend: Any = IAMBackend
    backend._init_aws_policies = _copied_aws_policies
    backend.sessions = property(lambda self: self.__dict__.setdefault("_sessions", {}))
    # moto has not heard of them
    FakeServiceAccess.TRUSTED_SERVICES = [*{*FakeServiceAccess.TRUSTED_SERVICES, TRUSTED}]
    FakeDelegatedAdministrator.SUPPORTED_SERVICES = [*{*FakeDelegatedAdministrator.SUPPORTED_SERVICES, TRUSTED}]
    backend.root = property(lambda self: self.__dict__.setdefault("_root", RootUser(self.account_id)))
