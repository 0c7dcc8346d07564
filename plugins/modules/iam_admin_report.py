#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_admin_report
short_description: Print and save a report on all accounts
version_added: 1.0.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - A step of the role P(landing_zone.aws_admin.iam_admin#role), which runs once for all hosts.
  - Prints the accounts, insecure ones first, and a table of them. With O(directory) it also writes C(report.json),
    C(report.html), C(report.md) and C(report.xml) (JUnit) there.
  - The parts of a split run share a folder. The files keep accounts that this part has not judged.
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
        O(landing_zone.aws_admin.iam_admin_info#module:survey). It takes precedence over O(results).
    type: str
    version_added: 2.0.0
  just_read:
    description:
      - Name of the variable that holds the earlier survey that O(survey) named in its
        O(landing_zone.aws_admin.iam_admin_info#module:just_read).
    type: str
    version_added: 2.0.0
  errors:
    description:
      - Name of the variable that holds an earlier error of a host in the same run.
    type: str
    version_added: 2.0.0
  proofs:
    description:
      - Name of the variable that holds a host's registered result of M(landing_zone.aws_admin.iam_admin_proof).
    type: str
    version_added: 2.0.0
  directory:
    description:
      - Folder for the files. It is created if missing. Only their owner can read the files, because they say where an
        account is weak. Without this option nothing is written.
      - It must be yours, in a folder of yours or root's, and nobody else may be able to write to it. Anything that
        another user may have put there is refused.
    type: path
  baseline:
    description:
      - An earlier C(report.json) to compare with. By default the one in O(directory).
    type: path
notes:
  - "C(report.json) has C(schema_version) (1); C(generated_at); C(summary), as returned; C(checks), with C(title),
    C(remedy) (what to do if it fails) and C(references) by id; and C(accounts), a list."
  - "An account has C(name), that of the host; C(account_id), null if unknown; C(user_name); C(sign_in_url), null if
    unknown; C(verdict), one of V(secure), V(not secure), V(unknown) and V(not judged); C(error), what went wrong in
    this run; C(checked_at); and C(checks), with C(status), C(detail), C(expected) and C(exception) by id."
  - Its C(drift) is null if no earlier report has the account. Otherwise it has C(since), the date of that report,
    C(was), its verdict, and the ids of the checks that are C(worse) and C(better). Its C(proven) is the last proof, as
    long as it still applies, with C(what) was proven, C(at), the date, and the C(user_id), C(serial_number) and
    C(enable_date) that it was proven with.
  - An account has C(user_id), as returned by M(landing_zone.aws_admin.iam_admin_info), and C(mfa_devices), which maps
    serial numbers to the dates when the devices were enabled.
  - The verdict C(not secure) means that a check does not pass; C(error) means that something could not be done.
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

- name: Print and save the report
  landing_zone.aws_admin.iam_admin_report:
    results: account
    directory: report
  run_once: true
  register: report

- name: Fail for accounts that are not secure
  ansible.builtin.fail:
    msg: "{{ report.failing[inventory_hostname] }}"
  when: inventory_hostname in report.failing
"""

RETURN = r"""
summary:
  description: Number of accounts in this run, by verdict, and number of accounts with an error.
  returned: success
  type: dict
  sample: {accounts: 2, secure: 1, not secure: 1, unknown: 0, not judged: 0, errors: 0}
expected:
  description: Number of hosts in the play, regardless of C(--limit) and batches.
  returned: success
  type: int
  sample: 2
failing:
  description:
    - The verdict and its reasons for each host that must fail, because its account is not secure, unknown, or shared
      with another host, or because something went wrong.
  returned: success
  type: dict
  sample:
    general: "general is not secure. Not passed: root_mfa, administrator, policies, permissions, console_password, mfa."
"""
