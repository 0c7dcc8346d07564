#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_admin_verdict
short_description: Judge an account
version_added: 0.1.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - A step of the role P(landing_zone.aws_admin.iam_admin#role).
  - Reads the account as M(landing_zone.aws_admin.iam_admin_info) does, and judges it. It does not fail for an account
    that is not secure, or that cannot be read, so that a report can follow.
options:
  earlier_error:
    description:
      - What went wrong for this host before, in the same run.
    type: str
    default: ""
  predicted:
    description:
      - Whether check mode has foretold changes, so that there is nothing to judge yet.
    type: bool
    default: false
  proven:
    description:
      - What M(landing_zone.aws_admin.iam_admin_proof) has proven in this run.
    type: list
    elements: str
    default: []
  just_changed:
    description:
      - Whether this run has changed the account. AWS may show that a little later, so an account that is not secure is
        read again, for some seconds.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Changes nothing anyway, and judges nothing with O(predicted=true).
seealso:
  - module: landing_zone.aws_admin.iam_admin_info
    description: Makes the checks.
  - module: landing_zone.aws_admin.iam_admin_report
    description: Reports the verdicts of all accounts.
extends_documentation_fragment:
  - landing_zone.aws_admin.controller
  - landing_zone.aws_admin.connection
  - landing_zone.aws_admin.expectations
  - amazon.aws.common.modules
  - amazon.aws.region.modules
"""

EXAMPLES = r"""
- name: Judge the account of each host
  landing_zone.aws_admin.iam_admin_verdict:
    name: iamadmin
    profile: "{{ aws_profile }}"
    account_id: "{{ aws_account_id }}"
  register: account

- name: Fail for those that are not secure
  ansible.builtin.fail:
    msg: "{{ account.msg }}"
  when: account.fails
"""

RETURN = r"""
verdict:
  description: V(secure), V(not secure), V(unknown) or V(not judged).
  returned: always
  type: str
  sample: secure
fails:
  description: Whether the run has to fail for this account, as it is not secure or unknown, or something went wrong.
  returned: always
  type: bool
  sample: false
account:
  description: What M(landing_zone.aws_admin.iam_admin_report) reports of the account.
  returned: always
  type: dict
  contains:
    name:
      description: Name of the host.
      returned: always
      type: str
      sample: production
    account_id:
      description: The account that the credentials led to; V(null) where not even that could be told.
      returned: always
      type: str
      sample: "222222222222"
    user_name:
      description: Name of the administrator.
      returned: always
      type: str
      sample: iamadmin
    sign_in_url:
      description: Where IAM users of the account sign in to the console; V(null) where the account could not be told.
      returned: always
      type: str
      sample: https://222222222222.signin.aws.amazon.com/console
    verdict:
      description: V(secure), V(not secure), V(unknown) or V(not judged).
      returned: always
      type: str
      sample: secure
    error:
      description: What went wrong in this run; V(null) for nothing.
      returned: always
      type: str
      sample: null
    checked_at:
      description: When it was judged (ISO 8601).
      returned: always
      type: str
      sample: "2026-11-24T16:31:19.123+00:00"
    checks:
      description:
        - By id of the check, the C(status), C(detail), C(expected) and C(exception) that
          M(landing_zone.aws_admin.iam_admin_info) returns. None where nothing was judged.
      returned: always
      type: dict
      sample:
        root_mfa:
          status: pass
          detail: The root user has MFA.
          expected: true
          exception: null
    drift:
      description: V(null) here, as it is the report that compares.
      returned: always
      type: dict
      sample: null
    proven:
      description: V(null), or C(what) was proven in this run, and C(at) what time.
      returned: always
      type: dict
      sample: null
msg:
  description: The verdict and its reasons.
  returned: always
  type: str
  sample: production is secure.
"""
