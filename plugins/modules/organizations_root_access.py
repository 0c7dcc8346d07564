#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: organizations_root_access
short_description: Manage the root users of an organisation's member accounts centrally, or no longer
version_added: 2.0.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - Lets AWS IAM see the organisation (trusted access), and enables what it can do with the root users of member
    accounts. Member accounts that are created after that have no root credentials; those that are there keep theirs
    until M(landing_zone.aws_admin.iam_root_credentials) deletes them.
  - The credentials are those of the account that manages the organisation.
options:
  state:
    description:
      - With V(absent) there is no delegated administrator, neither feature, and no trusted access. Root users without
        credentials can recover their passwords again then.
    type: str
    choices: [present, absent]
    default: present
  root_credentials_management:
    description:
      - Whether root credentials are managed centrally (C(RootCredentialsManagement)). A root user without credentials
        cannot recover its password then, unless the organisation allows it.
    type: bool
    default: true
  root_sessions:
    description:
      - Whether the organisation may have sessions of root users (C(RootSessions)), by which their credentials are read
        and deleted.
    type: bool
    default: true
  delegated_administrators:
    description:
      - Member accounts that do this as well, each twelve digits in quotes, and no others; an empty list is for none. By
        default they are left alone.
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
  - The least IAM policy that it needs is part of the file C(examples/root-policy.json) of this collection.
extends_documentation_fragment:
  - landing_zone.aws_admin.connection
  - amazon.aws.common.modules
  - amazon.aws.region.modules
"""

EXAMPLES = r"""
- name: Manage the root users of the organisation from here, and from the security account
  landing_zone.aws_admin.organizations_root_access:
    profile: management
    delegated_administrators: ["333333333333"]
"""

RETURN = r"""
trusted_access:
  description: Whether the organisation trusts IAM.
  returned: success
  type: bool
  sample: true
features:
  description: What is managed centrally.
  returned: success
  type: list
  elements: str
  sample: [RootCredentialsManagement, RootSessions]
delegated_administrators:
  description: The member accounts that do this as well.
  returned: success
  type: list
  elements: str
  sample: ["333333333333"]
account_id:
  description: The account that manages the organisation.
  returned: success
  type: str
  sample: "111111111111"
error:
  description: Which call failed.
  returned: when a call to AWS, or the way to it, failed
  type: dict
  contains:
    operation:
      description: The API's name of the call.
      returned: always
      type: str
      sample: RegisterDelegatedAdministrator
    code:
      description: AWS's error code, or the name of botocore's exception.
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
