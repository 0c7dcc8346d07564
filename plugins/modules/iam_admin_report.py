#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_admin_report
short_description: Print what was said of all accounts, and write it down
version_added: 1.0.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - A step of the role P(landing_zone.aws_admin.iam_admin#role), which runs once for all hosts.
  - Prints the accounts, those that are not secure first, and a table of them, and with O(directory) writes
    C(report.json), C(report.html), C(report.md) and C(report.xml) (JUnit) there.
  - Parts of one run share a folder. An account that this part has not judged stays as it is in the files.
options:
  verdicts:
    description:
      - Name of the variable that holds a host's registered result of M(landing_zone.aws_admin.iam_admin_verdict).
    type: str
    required: true
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
  - "C(report.json) has C(schema_version) (1); C(generated_at); C(summary), as it is returned; C(checks), with C(title)
    and C(references) by id; and C(accounts), a list."
  - An account has what RV(landing_zone.aws_admin.iam_admin_verdict#module:account) has. Its C(drift) is null where no
    earlier report has the account, else it says C(since) when, what the verdict C(was), and the ids of the checks that
    are C(worse) and C(better). Its C(proven) is the last proof, as long as what it proved is there.
  - The verdict C(not secure) means that a check does not pass, C(error) that something could not be done.
extends_documentation_fragment:
  - landing_zone.aws_admin.controller
"""

EXAMPLES = r"""
- name: Judge the account of each host
  landing_zone.aws_admin.iam_admin_verdict:
    name: iamadmin
    profile: "{{ aws_profile }}"
    account_id: "{{ aws_account_id }}"
  register: account

- name: Print the verdicts, and write them down
  landing_zone.aws_admin.iam_admin_report:
    verdicts: account
    directory: report
  run_once: true
"""

RETURN = r"""
summary:
  description: How many accounts this run has judged, by verdict, and in how many something went wrong.
  returned: success
  type: dict
  sample: {accounts: 2, secure: 1, not secure: 1, unknown: 0, not judged: 0, errors: 0}
judged_twice:
  description:
    - By host, why its account is not that host's alone, as another host leads to it. Such an account is not secure.
  returned: success
  type: dict
  sample: {}
"""
