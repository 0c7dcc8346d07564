#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_admin_report
short_description: Print what was said of all accounts, and write it down
version_added: 0.1.0
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
      - Folder of the files. It is made where it is missing; the files can be read by their owner alone, as they say
        where an account is weak. Without it nothing is written.
    type: path
  baseline:
    description:
      - An earlier C(report.json) to compare with. By default that of O(directory).
    type: path
notes:
  - "C(report.json) has C(schema_version) (1); C(generated_at); C(summary), with the number of C(accounts), that of each
    verdict, and C(errors); C(checks), with C(title) and C(references) by id; and C(accounts), a list."
  - "An account has C(name), C(account_id), C(user_name), C(sign_in_url); C(verdict), one of C(secure), C(not secure),
    C(unknown) and C(not judged); C(error), what went wrong, else null; C(checked_at); C(checks), by id with C(status),
    C(detail), C(expected) and C(exception) as M(landing_zone.aws_admin.iam_admin_info) returns them; and C(drift), null
    for an account that no earlier report has, else C(since), and the ids of the checks that are C(worse) and
    C(better); and C(proven), null, or C(at), and in C(what) what was proven then."
  - C(not secure) tells a check that fails from C(error), what could not be done.
extends_documentation_fragment:
  - landing_zone.aws_admin.controller
"""

EXAMPLES = r"""
- name: Report
  landing_zone.aws_admin.iam_admin_report:
    verdicts: account
    directory: reports
  run_once: true
"""

RETURN = r"""
summary:
  description: How many accounts this run has judged, by verdict, and in how many something went wrong.
  returned: success
  type: dict
  sample: {accounts: 2, secure: 1, not secure: 1, unknown: 0, not judged: 0, errors: 0}
"""
