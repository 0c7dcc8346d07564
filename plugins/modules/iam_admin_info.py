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
  - Reads an account and holds it against what is expected of its root user, of the administrator, and of everybody
    else. It changes nothing.
  - What cannot be read is V(unknown), never V(pass).
  - The role P(landing_zone.aws_admin.iam_admin#role) judges many accounts and writes the report, with its entry point
    C(check).
options:
  changed_by:
    description:
      - The names of variables that hold the results of tasks. Where one of them has changed the account, AWS may show
        that a little later, so an account that is not secure is read again, for some seconds. In check mode there is
        nothing to judge yet, as RV(foretold) tells M(landing_zone.aws_admin.iam_admin_report).
    type: list
    elements: str
    default: []
    version_added: 2.0.0
  survey:
    description:
      - Reads the accounts of all hosts of the batch in this one task, which has C(run_once), in as many threads as
        there are forks. A worker for each account takes longer than what it reads.
      - The names of variables that each host has, which have, by option, the name of the variable with its value, as
        the lookup P(landing_zone.aws_admin.iam_admin_options#lookup) takes them. The task has no options but these,
        O(desired) and O(just_read).
      - A host is not in the result where it needs a task of its own. That is so where its options cannot be told,
        where they are read elsewhere, by a module or under another C(environment), and in a play that is not linear, or
        that includes the task dynamically.
    type: list
    elements: str
    version_added: 2.0.0
  desired:
    description:
      - With O(survey), and in the same way, the options of M(landing_zone.aws_admin.iam_admin_user) that the
        administrator of each host is made by. The account is held against them, in
        the same reading. Only one of which nothing would be changed is judged.
    type: list
    elements: str
    version_added: 2.0.0
  just_read:
    description:
      - With O(survey), the name of the variable that holds the result of an earlier survey of this run, with
        O(desired). An account of which nothing was to be changed then is not read again.
        M(landing_zone.aws_admin.iam_admin_report) says when it was read.
    type: str
    version_added: 2.0.0
notes:
  - The least IAM policy that it needs is the file C(examples/check-policy.json) of this collection.
attributes:
  check_mode:
    support: full
    description: Changes nothing anyway.
  diff_mode:
    support: none
    description: Changes nothing.
  idempotent:
    support: full
    description: Changes nothing anyway.
seealso:
  - module: landing_zone.aws_admin.iam_admin_report
    description: Reports what was read of all accounts.
  - module: landing_zone.aws_admin.iam_admin_proof
    description: Proves what can only be tried.
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

- name: Judge a few things, the account's password policy among them, and accept for now that root has no MFA
  landing_zone.aws_admin.iam_admin_info:
    name: iamadmin
    profile: production
    account_id: "222222222222"
    expect: [root_mfa, root_access_keys, administrator, policies, mfa, password_policy]
    exceptions:
      root_mfa: The hardware key of the root user arrives on Monday.

- name: Judge the accounts of all hosts, in this one task
  landing_zone.aws_admin.iam_admin_info:
    survey: [reached_by, expected]
  run_once: true
  vars:
    administrator_name: iamadmin
    reached_by: {profile: aws_profile}
    expected: {name: administrator_name, account_id: aws_account_id}
  register: judged

- name: Judge the accounts of which iam_admin_user would change nothing
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
    - By host, what else is returned for one; of one that cannot be judged, C(failed) and C(msg).
    - With O(desired), only of hosts whose administrator is all that, with its console password and each MFA device.
    - Empty for what the survey before has read, which O(just_read) names.
  returned: with O(survey)
  type: dict
  sample: {general: {account_id: "111111111111", user_name: iamadmin}}
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
      description: Where the rule comes from, if it is not ours, and what other catalogues call it.
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
      description: Whether the check counts for the verdict, as O(expect) says.
      type: bool
      returned: success
      sample: true
    exception:
      description: Why it is accepted that the check does not pass, as O(exceptions) says; V(null) where it is not.
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
  description:
    - Where IAM users of the account sign in to the console.
    - V(null) in a partition other than C(aws), C(aws-cn) and C(aws-us-gov), as AWS does not say it of others.
  returned: success
  type: str
  sample: https://222222222222.signin.aws.amazon.com/console
user_id:
  description: AWS's unique id of the administrator; V(null) where there is none, or it could not be read.
  returned: success
  type: str
  sample: AIDACKCEVSQ6C2EXAMPLE
mfa_devices:
  description: Its MFA devices, as far as they could be read.
  returned: success
  type: list
  elements: dict
  contains:
    serial_number:
      description: What AWS tells the device from all others by.
      type: str
      returned: success
      sample: arn:aws:iam::222222222222:mfa/iamadmin
    enable_date:
      description: When it was enabled (ISO 8601).
      type: str
      returned: success
      sample: "2026-11-24T16:30:02+00:00"
user_name:
  description: Name of the administrator, as O(name) says it.
  returned: always
  type: str
  sample: iamadmin
checked_at:
  description: When it was judged (ISO 8601).
  returned: always
  type: str
  sample: "2026-11-24T16:31:19.123+00:00"
foretold:
  description: Whether check mode has predicted changes, so that there is nothing to judge yet.
  returned: always
  type: bool
  sample: false
error:
  description: Which call failed.
  returned: when a call to AWS, or the way to it, failed
  type: dict
  contains:
    operation:
      description: The API's name of the call.
      returned: always
      type: str
      sample: GetCallerIdentity
    code:
      description: AWS's error code, or the name of botocore's exception.
      returned: always
      type: str
      sample: AccessDenied
"""

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_ADMIN_INFO, run_module


def main() -> None:
    run_module(IAM_ADMIN_INFO)


if __name__ == "__main__":
    main()
