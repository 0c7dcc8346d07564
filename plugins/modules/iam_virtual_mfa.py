#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_virtual_mfa
short_description: Create, enable and remove virtual MFA devices
version_added: 0.1.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - Creates a virtual MFA device and returns, once, the seed and QR code for the authenticator app; enables it for its
    user with two codes; removes it.
  - A device that is assigned to somebody else is never taken away, and the error names them.
options:
  user_name:
    description:
      - The IAM user that the device is for.
    type: str
    required: true
  device_name:
    description:
      - Name of the device. By default O(user_name).
    type: str
  path:
    description:
      - Path of the device. It begins and ends with a slash.
    type: str
    default: /
  label:
    description:
      - How the authenticator app shows the account, as C(issuer:account).
      - By default C(AWS:) and user name C(@) account id.
    type: str
  state:
    description:
      - V(present) creates the device where it is missing. AWS calls it unassigned until it is enabled.
      - V(enabled) enables the device for O(user_name), with O(codes).
      - V(absent) deactivates and deletes the device.
    type: str
    choices: [present, enabled, absent]
    default: present
  codes:
    description:
      - Two MFA codes that follow each other, for O(state=enabled). They must be quoted in YAML.
      - Not needed where the device is enabled already, or in check mode.
    type: list
    elements: str
  recreate_unassigned:
    description:
      - Whether O(state=present) deletes and creates anew a device that nobody uses, because its seed is lost.
    type: bool
    default: false
attributes:
  check_mode:
    support: full
    description: Predicts what a run would do, and writes nothing.
  diff_mode:
    support: full
    description: Shows what AWS has before and after, without secrets.
  idempotent:
    support: partial
    description: A second run changes nothing, unless O(recreate_unassigned) asks for a new device.
requirements:
  - pyotp
  - segno
notes:
  - The task that creates a device returns secrets. Set C(no_log) on it, and keep what it returns out of facts.
seealso:
  - module: landing_zone.aws_admin.iam_admin_user
  - module: landing_zone.aws_admin.iam_admin_info
extends_documentation_fragment:
  - landing_zone.aws_admin.connection
  - amazon.aws.common.modules
  - amazon.aws.region.modules
  - amazon.aws.boto3
"""

EXAMPLES = r"""
- name: Create the device
  landing_zone.aws_admin.iam_virtual_mfa:
    user_name: iamadmin
    label: "AWS production: iamadmin@222222222222"
    profile: production
    account_id: "222222222222"
  register: device
  no_log: true

- name: Enable the device with two codes from the authenticator app
  landing_zone.aws_admin.iam_virtual_mfa:
    user_name: iamadmin
    state: enabled
    codes: "{{ mfa_codes }}"
    profile: production
    account_id: "222222222222"
  no_log: true

- name: Remove the device
  landing_zone.aws_admin.iam_virtual_mfa:
    user_name: iamadmin
    state: absent
    profile: production
    account_id: "222222222222"
"""

RETURN = r"""
serial_number:
  description: Serial number (ARN) of the device.
  returned: success
  type: str
  sample: arn:aws:iam::222222222222:mfa/iamadmin
status:
  description: V(pending), the device is not enabled yet; V(enabled); V(absent).
  returned: success
  type: str
  sample: pending
account_id:
  description: The account that the credentials led to.
  returned: success
  type: str
  sample: "222222222222"
seed:
  description: The seed (Base32). AWS gives it once. A secret.
  returned: when this call created the device
  type: str
otpauth_uri:
  description: The seed and O(label) as authenticator apps read them. A secret.
  returned: when this call created the device
  type: str
qr_code_png:
  description: RV(otpauth_uri) as a QR code, a PNG file in base64. A secret.
  returned: when this call created the device
  type: str
error:
  description: Which call failed.
  returned: when a call to AWS, or the way to it, failed
  type: dict
  contains:
    operation:
      description: The API's name of the call.
      type: str
      sample: EnableMFADevice
    code:
      description: AWS's error code, or the name of botocore's exception.
      type: str
      sample: AccessDenied
"""

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_VIRTUAL_MFA, run_module


def main() -> None:
    run_module(IAM_VIRTUAL_MFA)


if __name__ == "__main__":
    main()
