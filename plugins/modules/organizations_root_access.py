#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: organizations_root_access
short_description: Manage centralised root access to the member accounts of an organisation
version_added: 2.0.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - Enables trusted access for IAM in AWS Organizations, and the features of centralised root access. Member accounts
    that are created after that have no root credentials; existing ones keep theirs until
    M(landing_zone.aws_admin.iam_root_credentials) deletes them.
  - Use credentials of the management account.
options:
  state:
    description:
      - V(absent) removes the delegated administrators, both features and trusted access. Root users without credentials
        can then recover their passwords again.
    type: str
    choices: [present, absent]
    default: present
  root_credentials_management:
    description:
      - Whether root credentials are managed centrally (C(RootCredentialsManagement)). Then a root user without
        credentials cannot recover its password unless the organisation allows it.
    type: bool
    default: true
  root_sessions:
    description:
      - Whether the organisation may use root sessions (C(RootSessions)), to read and delete root credentials.
    type: bool
    default: true
  delegated_administrators:
    description:
      - Member accounts that are delegated administrators for IAM, each twelve digits in quotes, and no others; an empty
        list is for none. When left out, they stay as they are.
    type: list
    elements: str
attributes:
  check_mode:
    support: full
    description: Predicts what a run would change.
  diff_mode:
    support: full
    description: Shows what the organisation has before and after.
  idempotent:
    support: full
    description: A second run changes nothing.
seealso:
  - module: landing_zone.aws_admin.iam_root_credentials
    description: Deletes the credentials of a member account's root user.
  - name: Centralize root access for member accounts
    description: The IAM User Guide of AWS.
    link: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-enable-root-access.html
notes:
  - The minimum IAM policy for this module is part of the file C(examples/root-policy.json) of this collection.
extends_documentation_fragment:
  - landing_zone.aws_admin.connection
  - amazon.aws.common.modules
  - amazon.aws.region.modules
"""

EXAMPLES = r"""
- name: Enable centralised root access, also from the security account
  landing_zone.aws_admin.organizations_root_access:
    profile: management
    delegated_administrators: ["333333333333"]
"""

RETURN = r"""
trusted_access:
  description: Whether trusted access is enabled for IAM.
  returned: success
  type: bool
  sample: true
features:
  description: The enabled features.
  returned: success
  type: list
  elements: str
  sample: [RootCredentialsManagement, RootSessions]
delegated_administrators:
  description: Member accounts that are delegated administrators for IAM.
  returned: success
  type: list
  elements: str
  sample: ["333333333333"]
account_id:
  description: The management account.
  returned: success
  type: str
  sample: "111111111111"
error:
  description: The call that failed.
  returned: when a call to AWS or the connection to it failed
  type: dict
  contains:
    operation:
      description: Name of the API operation.
      returned: always
      type: str
      sample: RegisterDelegatedAdministrator
    code:
      description: Error code from AWS, or name of the botocore exception.
      returned: always
      type: str
      sample: AccessDeniedException
"""

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import (
    ORGANIZATIONS_ROOT_ACCESS,
    run_module,
)


def main() -> None:
    run_module(ORGANIZATIONS_ROOT_ACCESS)


if __name__ == "__main__":
    main()
