# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What an account is held against."""

    DOCUMENTATION = r"""
options:
  name:
    description:
      - Name of the administrator.
    type: str
    required: true
  path:
    description:
      - Path that the administrator must have. By default any will do.
    type: str
    version_added: 1.0.0
  device_names:
    description:
      - MFA devices that must be enabled for the administrator. By default one that is named as it. A passkey or
        security key goes by the name that it was given.
    type: list
    elements: str
  managed_policies:
    description:
      - Managed policies that must be attached to the administrator, by name or ARN.
    type: list
    elements: str
    default: [AdministratorAccess]
  require_mfa:
    description:
      - Whether the administrator must be able to do nothing without MFA. With V(after_sign_in) that is so once it has
        signed in and need not change its password any more; before that V(require_mfa) is not applicable.
    type: raw
    default: false
    version_added: 1.0.0
  expect:
    description:
      - Ids of the checks that count for the verdict; V(account) always does. The others are made and shown all the
        same. By default all count but V(root_deleted), V(root_recovery), V(other_administrators), V(escalation),
        V(administrator_roles), and those on request. In a list C(default) stands for all that count by default.
      - "Of the root user: V(root_mfa), V(root_access_keys), V(root_signing_certificates), V(root_deleted) and
        V(root_recovery), which need a session of it."
      - "Of the administrator: V(administrator), V(policies), V(permissions), V(console_password), V(mfa),
        V(other_mfa_devices), V(access_keys), V(other_credentials) and V(require_mfa)."
      - "Of everybody: V(other_users_mfa), V(other_administrators), V(escalation), which finds who is no administrator
        and can become one, and V(administrator_roles)."
      - "On request, which are made only where they are named here, since they cost calls, or since a new account does
        not pass. Of the administrator: V(signed_in), V(initial_password), V(password_after_mfa) and
        V(phishing_resistant_mfa). Of everybody: V(group_permissions), V(unused_credentials), V(old_access_keys),
        V(root_unused), V(root_hardware_mfa), V(expired_certificates), V(security_contact), V(root_credentials) and
        V(password_policy)."
    type: list
    elements: str
    version_added: 1.0.0
  exceptions:
    description:
      - By id of a check, the reason why it is accepted that it does not pass. Its status stays, and no longer counts.
      - Or a dictionary, C(reason) and C(until), the last day (UTC) on which that is so, such as C(2027-01-31). From the
        next day on the check counts again; a month before, the reason says how many days are left.
    type: dict
    default: {}
    version_added: 1.0.0
  management_profile:
    description:
      - AWS profile that may have root sessions of the account, where that is a member of an organisation. By default
        the credentials with which the role in the account was assumed.
    type: str
    version_added: 2.0.0
"""
