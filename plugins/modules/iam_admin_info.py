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
  - Reads an account and checks its root user, its administrator and all other users. It changes nothing.
  - A check whose data cannot be read is V(unknown), never V(pass).
  - To judge many accounts and write a report, use the entry point C(check) of the role
    P(landing_zone.aws_admin.iam_admin#role).
options:
  changed_by:
    description:
      - Names of variables that hold task results. If one of these tasks has changed the account, AWS may show the
        change late, so an account that is not secure is read again for some seconds. In check mode there is nothing to
        judge yet, and RV(predicted) tells M(landing_zone.aws_admin.iam_admin_report) so.
    type: list
    elements: str
    default: []
    version_added: 2.0.0
  survey:
    description:
      - Reads the accounts of all hosts of the batch in this one task, with C(run_once) and as many threads as there are
        forks. That is faster than a worker for each account.
      - Names of variables that each host has. Each holds a dictionary from options to the names of the variables with
        their values, as the lookup P(landing_zone.aws_admin.iam_admin_options#lookup) takes them. The task takes no
        options other than this, O(desired) and O(just_read).
      - A host that needs a separate task is not in the result. That is so if its options cannot be determined, if it is
        read elsewhere, by a module or under another C(environment), and in a play that is not linear or includes the
        task dynamically.
    type: list
    elements: str
    version_added: 2.0.0
  desired:
    description:
      - With O(survey), and in the same format, the options of M(landing_zone.aws_admin.iam_admin_user) for the
        administrator of each host. The account is compared with them in the same reading, and judged only if nothing
        would change.
    type: list
    elements: str
    version_added: 2.0.0
  just_read:
    description:
      - With O(survey), the name of the variable that holds the result of an earlier survey of this run, with
        O(desired). An account that needed no change then is not read again. M(landing_zone.aws_admin.iam_admin_report)
        says when it was read.
    type: str
    version_added: 2.0.0
notes:
  - The minimum IAM policy for this module is in the file C(examples/check-policy.json) of this collection.
attributes:
  check_mode:
    support: full
    description: Never changes anything.
  diff_mode:
    support: none
    description: Changes nothing.
  idempotent:
    support: full
    description: Never changes anything.
seealso:
  - module: landing_zone.aws_admin.iam_admin_report
    description: Reports on all accounts.
  - module: landing_zone.aws_admin.iam_admin_proof
    description: Proves what can only be tested in use.
  - name: Root user best practices for your AWS account
    description: The IAM User Guide of AWS.
    link: https://docs.aws.amazon.com/IAM/latest/UserGuide/root-user-best-practices.html
  - name: Security best practices in IAM
    description: The IAM User Guide of AWS.
    link: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
extends_documentation_fragment:
  - landing_zone.aws_admin.connection
  - landing_zone.aws_admin.expectations
  - amazon.aws.common.modules
  - amazon.aws.region.modules
"""

EXAMPLES = r"""
- name: Judge the account
  landing_zone.aws_admin.iam_admin_info:
    name: iamadmin
    profile: production
    account_id: "222222222222"
  register: account

- name: Fail unless it is secure
  ansible.builtin.assert:
    that: account.secure

- name: Judge selected checks, and accept for now that the root user has no MFA
  landing_zone.aws_admin.iam_admin_info:
    name: iamadmin
    profile: production
    account_id: "222222222222"
    expect: [root_mfa, root_access_keys, administrator, policies, mfa, password_policy]
    exceptions:
      root_mfa: The hardware key of the root user arrives on Monday.

- name: Judge the accounts of all hosts in one task
  landing_zone.aws_admin.iam_admin_info:
    survey: [reached_by, expected]
  run_once: true
  vars:
    administrator_name: iamadmin
    reached_by: {profile: aws_profile}
    expected: {name: administrator_name, account_id: aws_account_id}
  register: judged

- name: Judge the accounts that iam_admin_user would not change
  landing_zone.aws_admin.iam_admin_info:
    survey: [reached_by, expected]
    desired: [reached_by, administrator]
  run_once: true
  vars:
    administrator_name: iamadmin
    devices: [iamadmin]
    reached_by: {profile: aws_profile, account_id: aws_account_id}
    expected: {name: administrator_name}
    administrator: {name: administrator_name, device_names: devices}
  register: surveyed
"""

RETURN = r"""
accounts:
  description:
    - The other return values for each host, or C(failed) and C(msg) for a host that cannot be judged.
    - With O(desired), only hosts whose administrator needs no change and has its console password and all MFA devices.
    - Empty for an account that the earlier survey in O(just_read) has read.
  returned: with O(survey)
  type: dict
  sample: {general: {account_id: "111111111111", user_name: iamadmin}}
checks:
  description: The results of the checks.
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
      description: What the check requires.
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
      description: Sources of the rule, if it is not ours, and its ids in other catalogues.
      type: list
      elements: str
      returned: success
      sample:
        - CIS AWS Foundations Benchmark v7.0.0, 2.5
        - "IAM User Guide: Root user best practices for your AWS account"
        - "IAM User Guide: Centrally manage root access for member accounts"
        - AWS Security Hub controls, IAM.9
        - Prowler, iam_root_mfa_enabled
    expected:
      description: Whether the check counts for the verdict, as set by O(expect).
      type: bool
      returned: success
      sample: true
    exception:
      description: Why a check may fail, as set by O(exceptions); V(null) without an exception.
      type: str
      returned: success
      sample: The hardware key of the root user arrives on Monday.
secure:
  description: Whether every check passes that applies, counts and has no exception.
  returned: success
  type: bool
  sample: false
account_id:
  description: The account that the credentials belong to.
  returned: success
  type: str
  sample: "222222222222"
sign_in_url:
  description:
    - Where IAM users of the account sign in to the console.
    - V(null) in partitions other than C(aws), C(aws-cn) and C(aws-us-gov), for which AWS does not document it.
  returned: success
  type: str
  sample: https://222222222222.signin.aws.amazon.com/console
user_id:
  description: Unique id of the administrator; V(null) if there is none or it could not be read.
  returned: success
  type: str
  sample: AIDACKCEVSQ6C2EXAMPLE
mfa_devices:
  description: The administrator's MFA devices that could be read.
  returned: success
  type: list
  elements: dict
  contains:
    serial_number:
      description: Serial number of the device.
      type: str
      returned: success
      sample: arn:aws:iam::222222222222:mfa/iamadmin
    enable_date:
      description: When it was enabled (ISO 8601).
      type: str
      returned: success
      sample: "2026-11-24T16:30:02+00:00"
user_name:
  description: Name of the administrator, from O(name).
  returned: always
  type: str
  sample: iamadmin
checked_at:
  description: When it was judged (ISO 8601).
  returned: always
  type: str
  sample: "2026-11-24T16:31:19.123+00:00"
predicted:
  description: Whether check mode predicts changes, so that there is nothing to judge yet.
  returned: always
  type: bool
  sample: false
error:
  description: The call that failed.
  returned: when a call to AWS or the connection to it failed
  type: dict
  contains:
    operation:
      description: Name of the API operation.
      returned: always
      type: str
      sample: GetCallerIdentity
    code:
      description: Error code from AWS, or name of the botocore exception.
      returned: always
      type: str
      sample: AccessDenied
"""

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_ADMIN_INFO, run_module


def main() -> None:
    run_module(IAM_ADMIN_INFO)


if __name__ == "__main__":
    main()
