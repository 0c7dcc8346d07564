# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    """What is expected of an account."""

    DOCUMENTATION = r"""
options:
  name:
    description:
      - Name of the administrator.
    type: str
    required: true
  path:
    description:
      - Path that the administrator must have. By default any path.
    type: str
    version_added: 1.0.0
  device_names:
    description:
      - MFA devices that must be enabled for the administrator. Defaults to one with the administrator's name. A passkey
        or security key goes by the name that it was given.
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
      - Whether the administrator must be denied everything without MFA. With V(after_sign_in) this applies once it has
        signed in and no longer has to change its password; before that the check V(require_mfa) is not applicable.
    type: raw
    default: false
    version_added: 1.0.0
  expect:
    description:
      - Ids of the checks that count for the verdict; V(account) always does. The others still run and are shown. By
        default all count except V(root_deleted), V(root_recovery), V(other_administrators), V(escalation),
        V(administrator_roles), and those on request. In a list, C(default) stands for all that count by default.
      - "Of the root user: V(root_mfa), V(root_access_keys), V(root_signing_certificates), V(root_deleted) and
        V(root_recovery), which need a root session."
      - "Of the administrator: V(administrator), V(policies), V(permissions), V(console_password), V(mfa),
        V(other_mfa_devices), V(access_keys), V(other_credentials) and V(require_mfa)."
      - "Of everybody: V(other_users_mfa), V(other_administrators), V(escalation), which finds users who can become
        administrators, and V(administrator_roles)."
      - "On request, which run only if they are listed here, because they cost calls or a new account does not pass
        them. Of the administrator: V(signed_in), V(initial_password), V(password_after_mfa) and
        V(phishing_resistant_mfa). Of everybody: V(group_permissions), V(unused_credentials), V(old_access_keys),
        V(root_unused), V(root_hardware_mfa), V(expired_certificates), V(security_contact), V(root_credentials) and
        V(password_policy)."
    type: list
    elements: str
    version_added: 1.0.0
  exceptions:
    description:
      - By id of a check, the reason for accepting that it does not pass. Its status stays, but no longer counts.
      - Or a dictionary with C(reason) and C(until), the last day (UTC) of the exception, such as C(2027-01-31). From
        the next day on the check counts again; in the last month the reason says how many days are left.
    type: dict
    default: {}
    version_added: 1.0.0
  management_profile:
    description:
      - AWS profile that may get root sessions of the account, if it is a member of an organisation. Defaults to the
        credentials that assumed the role in the account.
    type: str
    version_added: 2.0.0
"""
