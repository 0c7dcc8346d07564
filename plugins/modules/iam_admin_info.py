#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_admin_info
short_description: Judge whether an account has its administrator, with MFA, and a secured root user
version_added: 0.1.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - Reads an account and holds it against what is expected. It changes nothing.
  - What cannot be read is V(unknown), never V(pass).
attributes:
  check_mode:
    support: full
    description: Changes nothing anyway.
  diff_mode:
    support: none
    description: The module changes nothing.
  idempotent:
    support: full
    description: A second run with the same options changes nothing.
seealso:
  - module: landing_zone.aws_admin.iam_admin_user
  - module: landing_zone.aws_admin.iam_virtual_mfa
extends_documentation_fragment:
  - landing_zone.aws_admin.connection
  - landing_zone.aws_admin.expectations
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Judge the account
  landing_zone.aws_admin.iam_admin_info:
    name: iamadmin
    profile: production
    account_id: "222222222222"
  register: account

- name: Judge it by the CIS benchmark's rules for passwords, too, and accept for now that root has no MFA
  landing_zone.aws_admin.iam_admin_info:
    name: iamadmin
    profile: production
    account_id: "222222222222"
    expect: [root_mfa, root_access_keys, administrator, policies, mfa, other_users_mfa, password_policy]
    exceptions:
      root_mfa: The hardware key of the root user arrives on Monday.

- name: Fail unless it is secure
  ansible.builtin.assert:
    that: account.secure
"""

RETURN = r"""
checks:
  description: The judgements.
  returned: success
  type: list
  elements: dict
  contains:
    id:
      description: Stable name of the check.
      type: str
      returned: success
      sample: root_mfa
    title:
      description: What the check asks for.
      type: str
      returned: success
      sample: The root user has MFA
    status:
      description: V(pass), V(fail), V(not_applicable), or V(unknown) for what could not be read.
      type: str
      returned: success
      sample: fail
    detail:
      description: What was seen, and what to do about it.
      type: str
      returned: success
      sample: "The root user has no MFA: sign in as root, and add an MFA device under Security credentials."
    references:
      description: Where the rule comes from.
      type: list
      elements: str
      returned: success
      sample: ["CIS AWS Foundations Benchmark v7.0.0, 2.5"]
    expected:
      description: Whether the check counts for the verdict, as O(expect) says.
      type: bool
      returned: success
      sample: true
    exception:
      description: Why it is accepted that the check does not pass, as O(exceptions) says.
      type: str
      returned: success
      sample: The hardware key of the root user arrives on Monday.
secure:
  description: Whether every check has passed that applies, counts, and has no exception.
  returned: success
  type: bool
  sample: false
account_id:
  description: The account that the credentials led to.
  returned: success
  type: str
  sample: "222222222222"
sign_in_url:
  description: Where IAM users of the account sign in to the console.
  returned: success
  type: str
  sample: https://222222222222.signin.aws.amazon.com/console
error:
  description: Which call failed.
  returned: when a call to AWS, or the way to it, failed
  type: dict
  contains:
    operation:
      description: The API's name of the call.
      type: str
      sample: GetCallerIdentity
    code:
      description: AWS's error code, or the name of botocore's exception.
      type: str
      sample: AccessDenied
"""

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_ADMIN_INFO, run_module


def main() -> None:
    run_module(IAM_ADMIN_INFO)


if __name__ == "__main__":
    main()
