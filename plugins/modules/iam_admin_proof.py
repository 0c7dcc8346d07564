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
  - Gives the administrator an access key for a moment, gets a session with the MFA device (GetSessionToken), and makes
    a call with it that few but administrators may make. The key is deleted whatever happens.
  - The administrator bears the tag C(landing_zone.aws_admin:proof) before it has the key and until it has none. A key
    that a killed run has left is recognised by it, and deleted by the next proof or by
    M(landing_zone.aws_admin.iam_admin_user).
  - With O(enrolment) the code is asked for on the terminal, given, or computed once one is due that was not used yet.
  - An administrator who has an access key of its own is refused. The console password is not tried, as no API can.
  - The role P(landing_zone.aws_admin.iam_admin#role) proves it for many accounts, with its entry point C(prove).
options:
  name:
    description:
      - Name of the administrator.
    type: str
    required: true
  device_name:
    description:
      - Name of its MFA device. By default that of the administrator.
    type: str
  code:
    description:
      - A code of the device that was not used before, six digits in quotes, unless O(enrolment) has it. Check mode
        needs none.
    type: str
  require_mfa:
    description:
      - Whether to prove as well that the same call is refused without MFA. With V(after_sign_in) it need not be, as the
        policy for that may not be there yet.
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
    description: A proof leaves nothing behind, so it is changed only where it deletes what an interrupted one has left.
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
    - What was proven, V(device), V(permissions), and with O(require_mfa=true) V(require_mfa). None in check mode.
  returned: success
  type: list
  elements: str
  sample: [device, permissions]
user_id:
  description: AWS's unique id of the administrator that it was proven of.
  returned: success
  type: str
  sample: AIDACKCEVSQ6C2EXAMPLE
serial_number:
  description: The MFA device that it was proven of.
  returned: success
  type: str
  sample: arn:aws:iam::222222222222:mfa/iamadmin
enable_date:
  description: When that was enabled (ISO 8601).
  returned: success
  type: str
  sample: "2026-11-24T16:30:02+00:00"
account_id:
  description: The account that the credentials led to.
  returned: success
  type: str
  sample: "222222222222"
error:
  description: Which call failed.
  returned: when a call to AWS, or the way to it, failed
  type: dict
  contains:
    operation:
      description: The API's name of the call.
      returned: always
      type: str
      sample: CreateAccessKey
    code:
      description: AWS's error code, or the name of botocore's exception.
      returned: always
      type: str
      sample: AccessDenied
"""

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_ADMIN_PROOF, run_module


def main() -> None:
    run_module(IAM_ADMIN_PROOF)


if __name__ == "__main__":
    main()
