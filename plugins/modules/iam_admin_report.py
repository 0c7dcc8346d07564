#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_admin_report
short_description: Judge all accounts, print what is said of them, and write it down
version_added: 1.0.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - A step of the role P(landing_zone.aws_admin.iam_admin#role), which runs once for all hosts.
  - Prints the accounts, those that are not secure first, and a table of them, and with O(directory) writes
    C(report.json), C(report.html), C(report.md) and C(report.xml) (JUnit) there.
  - Parts of one run share a folder. An account that this part has not judged stays as it is in the files.
options:
  results:
    description:
      - Name of the variable that holds a host's registered result of M(landing_zone.aws_admin.iam_admin_info). A host
        whose result has no C(checks) is V(unknown), and its C(msg) says why.
    type: str
    required: true
  survey:
    description:
      - Name of the variable that holds a registered result of M(landing_zone.aws_admin.iam_admin_info) with its
        O(landing_zone.aws_admin.iam_admin_info#module:survey). What it says of a host comes before O(results).
    type: str
    version_added: 2.0.0
  just_read:
    description:
      - Name of the variable that holds the survey that O(survey) was told to take accounts from, with its
        O(landing_zone.aws_admin.iam_admin_info#module:just_read).
    type: str
    version_added: 2.0.0
  errors:
    description:
      - Name of the variable that holds what went wrong for a host before, in the same run.
    type: str
    version_added: 2.0.0
  proofs:
    description:
      - Name of the variable that holds a host's registered result of M(landing_zone.aws_admin.iam_admin_proof).
    type: str
    version_added: 2.0.0
  directory:
    description:
      - Folder of the files. It is created where it is missing. The files can be read by their owner alone, as they say
        where an account is weak. Without it nothing is written.
      - It is yours, in a folder of yours or root's, and nobody else may write to it. What another user may have put
        there is refused.
    type: path
  baseline:
    description:
      - An earlier C(report.json) to compare with. By default that of O(directory).
    type: path
notes:
  - "C(report.json) has C(schema_version) (1); C(generated_at); C(summary), as it is returned; C(checks), with C(title),
    C(remedy), which is what to do where it fails, and C(references) by id; and C(accounts), a list."
  - "An account has C(name), the host's; C(account_id), null where not even that could be told; C(user_name);
    C(sign_in_url), null where it is not known; C(verdict), one of V(secure), V(not secure), V(unknown) and V(not
    judged); C(error), what went wrong in this run; C(checked_at); and C(checks), with C(status), C(detail), C(expected)
    and C(exception) by id."
  - Its C(drift) is null where no earlier report has the account, else it says C(since) when, what the verdict C(was),
    and the ids of the checks that are C(worse) and C(better). Its C(proven) is the last proof, as long as what it
    proved is there, with C(what) was proven C(at) what time, and of what, C(user_id), C(serial_number) and
    C(enable_date).
  - An account has C(user_id) as M(landing_zone.aws_admin.iam_admin_info) returns it, and C(mfa_devices), with the
    moment at which each was enabled by serial number.
  - The verdict C(not secure) means that a check does not pass, C(error) that something could not be done.
extends_documentation_fragment:
  - landing_zone.aws_admin.controller
"""

EXAMPLES = r"""
- name: Judge the account of each host
  landing_zone.aws_admin.iam_admin_info:
    name: iamadmin
    profile: "{{ aws_profile }}"
    account_id: "{{ aws_account_id }}"
  register: account
  failed_when: false # the report says what could not be read

- name: Print the verdicts, and write them down
  landing_zone.aws_admin.iam_admin_report:
    results: account
    directory: report
  run_once: true
  register: report

- name: Fail for those that are not secure
  ansible.builtin.fail:
    msg: "{{ report.failing[inventory_hostname] }}"
  when: inventory_hostname in report.failing
"""

RETURN = r"""
summary:
  description: How many accounts this run has judged, by verdict, and in how many something went wrong.
  returned: success
  type: dict
  sample: {accounts: 2, secure: 1, not secure: 1, unknown: 0, not judged: 0, errors: 0}
expected:
  description: How many hosts the play is for, were there no C(--limit) and no batches.
  returned: success
  type: int
  sample: 2
failing:
  description:
    - By host, the verdict and its reasons, for each for which the run has to fail, as its account is not secure or
      unknown, or is another host's, too, or something went wrong.
  returned: success
  type: dict
  sample:
    general: "general is not secure. Not passed: root_mfa, administrator, policies, permissions, console_password, mfa."
"""
