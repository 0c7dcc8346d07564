#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_admin_proof
short_description: Prove that the administrator's MFA device and permissions work
version_added: 1.0.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - Creates a temporary access key for the administrator, gets a session with the MFA device (GetSessionToken), and
    makes a call with it that hardly anyone but an administrator may make. The key is deleted in any case.
  - The administrator has the tag C(landing_zone.aws_admin:proof) for as long as the key exists. It marks a key left
    behind by a killed run, which the next proof or M(landing_zone.aws_admin.iam_admin_user) deletes.
  - With O(enrolment) the code is typed on the terminal, given, or computed once there is an unused one.
  - An administrator who already has an access key is refused. The console password is not tested, as no API can do
    that.
  - To prove many accounts, use the entry point C(prove) of the role P(landing_zone.aws_admin.iam_admin#role).
options:
  name:
    description:
      - Name of the administrator.
    type: str
    required: true
  device_name:
    description:
      - Name of its MFA device. Defaults to O(name).
    type: str
  code:
    description:
      - An unused code of the device, six digits in quotes, unless O(enrolment) provides it. Check mode needs none.
    type: str
  require_mfa:
    description:
      - Whether to also prove that the same call is denied without MFA. With V(after_sign_in) it need not be denied, as
        the policy may not exist yet.
    type: raw
    default: false
attributes:
  check_mode:
    support: full
    description: Predicts whether a key of an interrupted proof would be deleted, and proves nothing.
  diff_mode:
    support: none
    description: Leaves no difference.
  idempotent:
    support: full
    description: A proof leaves nothing behind. It reports a change only if it deletes what an interrupted one has left.
seealso:
  - module: landing_zone.aws_admin.iam_admin_info
    description: Judges what can be read.
  - name: GetSessionToken
    description: The API Reference of AWS STS.
    link: https://docs.aws.amazon.com/STS/latest/APIReference/API_GetSessionToken.html
extends_documentation_fragment:
  - landing_zone.aws_admin.connection
  - landing_zone.aws_admin.enrolment
  - landing_zone.aws_admin.handover
  - amazon.aws.common.modules
  - amazon.aws.region.modules
"""

EXAMPLES = r"""
- name: Prove the administrator's MFA device and permissions
  landing_zone.aws_admin.iam_admin_proof:
    name: iamadmin
    profile: production
    account_id: "222222222222"
    code: "{{ fresh_code }}"
"""

RETURN = r"""
proven:
  description:
    - V(device) and V(permissions), and with O(require_mfa=true) V(require_mfa). Empty in check mode.
  returned: success
  type: list
  elements: str
  sample: [device, permissions]
user_id:
  description: Unique id of the administrator.
  returned: success
  type: str
  sample: AIDACKCEVSQ6C2EXAMPLE
serial_number:
  description: Serial number of the MFA device.
  returned: success
  type: str
  sample: arn:aws:iam::222222222222:mfa/iamadmin
enable_date:
  description: When the device was enabled (ISO 8601).
  returned: success
  type: str
  sample: "2026-11-24T16:30:02+00:00"
account_id:
  description: The account that the credentials belong to.
  returned: success
  type: str
  sample: "222222222222"
error:
  description: The call that failed.
  returned: when a call to AWS or the connection to it failed
  type: dict
  contains:
    operation:
      description: Name of the API operation.
      returned: always
      type: str
      sample: CreateAccessKey
    code:
      description: Error code from AWS, or name of the botocore exception.
      returned: always
      type: str
      sample: AccessDenied
"""

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_ADMIN_PROOF, run_module


def main() -> None:
    run_module(IAM_ADMIN_PROOF)


if __name__ == "__main__":
    main()
