#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_virtual_mfa
short_description: Create, enable, replace and remove virtual MFA devices
version_added: 0.1.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - Creates a virtual MFA device and returns the seed and QR code for the authenticator app once; enables it for its
    user with two codes; replaces a lost device; removes a device.
  - A device that is assigned to another user is never taken away, and the error names that user.
  - With O(handover) the seed and QR code of a new device are kept there until the device is enabled, and no secret is
    returned. On a terminal the QR code is drawn, too. An unassigned device is not recreated as long as the handover has
    both.
  - With O(enrolment) the codes are first checked against the seed in the handover, so that mistakes are explained.
    Without codes a device stays pending. A device that somebody else has enabled meanwhile is an error.
  - If no codes are given, they are asked for on the terminal, below the QR code, up to three times. A play with several
    hosts needs C(throttle=1) for that. With O(state=present), O(recreate_unassigned) is true unless there are codes.
  - If codes are computed, O(state=enabled) also creates a missing device, since nobody has to scan its QR code.
  - The role P(landing_zone.aws_admin.iam_admin#role) does the whole job, for many accounts.
options:
  user_name:
    description:
      - The IAM user that the device is for.
    type: str
    required: true
  device_name:
    description:
      - Name of the device. Defaults to O(user_name).
      - A replacement has the name of the lost device and a number, such as C(iamadmin.2), and is the device of that
        name from then on. So a name cannot end with a dot and digits.
    type: str
  path:
    description:
      - Path of the device. It begins and ends with a slash.
      - Defaults to V(/) for a new device. An existing device of O(user_name) is found under any path, and replaced
        under the same path. Two devices of one name under different paths are an error.
    type: str
  label:
    description:
      - How the authenticator app shows the account, as C(issuer:account). Defaults to C(AWS:), the user name, C(@) and
        the account id.
    type: str
  state:
    description:
      - V(present) creates the device if it is missing. AWS calls it unassigned until it is enabled.
      - V(enabled) enables the device for O(user_name), with O(codes).
      - V(resynced) resynchronises an enabled device with O(codes). This always reports a change.
      - V(cancelled) deletes a replacement that is not enabled yet. The working device stays.
      - V(absent) deactivates and deletes the device. It keeps a device that is assigned to another user, the caller's
        own, and the last one of a user whose console password alone would then grant access.
      - If that turns out to have been the last one after all, because another one was removed at the same time, the
        console password is deleted, and a warning says so.
    type: str
    choices: [present, enabled, resynced, cancelled, absent]
    default: present
  codes:
    description:
      - Two consecutive MFA codes, for O(state=enabled) and O(state=resynced). In YAML they must be quoted, or V(012345)
        is read as a number.
      - Not needed if the device is already enabled, or in check mode.
    type: list
    elements: str
  recreate_unassigned:
    description:
      - Whether O(state=present) deletes and recreates an unassigned device, because its seed is lost.
    type: bool
    default: false
  replace:
    description:
      - Whether to replace the device, because the phone is lost. O(state=present) creates the new device next to the
        old one, and O(state=enabled) enables it and only then removes the old one. So it is refused if the user has 8
        devices, the most that AWS allows.
      - Either state finishes an interrupted replacement instead of starting another one. A replacement that was
        finished within the last hour is not repeated, unless O(lost_device) names the device that it created.
    type: bool
    default: false
    version_added: 1.0.0
  lost_device:
    description:
      - The device to O(replace), by its name in AWS, such as C(iamadmin.2). If a later device has already replaced it,
        nothing changes.
      - Defaults to the current device of the name.
    type: str
    version_added: 2.0.0
attributes:
  idempotent:
    support: partial
    description:
      - A second run changes nothing, except with O(recreate_unassigned), with O(replace) an hour later, and with
        O(state=resynced).
requirements:
  - pyotp >= 2.4.0
  - segno >= 1.4.0
notes:
  - Without O(handover) the task that creates a device returns secrets. Set C(no_log) on it, and keep its result out of
    facts. With C(async) it is refused, and so is a task with a handover or codes.
seealso:
  - module: landing_zone.aws_admin.iam_admin_user
    description: Creates the user, and its console password once the device is enabled.
  - module: landing_zone.aws_admin.iam_admin_qr_code
    description: Draws the QR code again.
  - name: Assign a virtual MFA device
    description: The IAM User Guide of AWS.
    link: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_enable_virtual.html
  - name: Resynchronize virtual and hardware MFA devices
    description: The IAM User Guide of AWS.
    link: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_sync.html
extends_documentation_fragment:
  - landing_zone.aws_admin.connection
  - landing_zone.aws_admin.enrolment
  - landing_zone.aws_admin.handover
  - amazon.aws.common.modules
  - amazon.aws.region.modules
"""

EXAMPLES = r"""
- name: Create the device
  landing_zone.aws_admin.iam_virtual_mfa:
    user_name: iamadmin
    profile: production
    account_id: "222222222222"
    label: "AWS production: iamadmin@222222222222"
  register: device
  no_log: true

- name: Create the device, and keep its seed and QR code in the handover
  landing_zone.aws_admin.iam_virtual_mfa:
    user_name: iamadmin
    profile: production
    account_id: "222222222222"
    handover:
      directory: handover
      vault_password: "{{ vault_handover_password }}"

- name: Enable the device with two codes from the authenticator app
  landing_zone.aws_admin.iam_virtual_mfa:
    user_name: iamadmin
    profile: production
    account_id: "222222222222"
    state: enabled
    codes: ["{{ first_code }}", "{{ next_code }}"]

- name: Replace a lost phone, first step
  landing_zone.aws_admin.iam_virtual_mfa:
    user_name: iamadmin
    profile: production
    account_id: "222222222222"
    replace: true
  register: new_device
  no_log: true

- name: Replace a lost phone, second step, with two codes from the new one
  landing_zone.aws_admin.iam_virtual_mfa:
    user_name: iamadmin
    profile: production
    account_id: "222222222222"
    state: enabled
    replace: true
    codes: ["{{ first_code }}", "{{ next_code }}"]

- name: Cancel the replacement, as the old phone was found
  landing_zone.aws_admin.iam_virtual_mfa:
    user_name: iamadmin
    profile: production
    account_id: "222222222222"
    state: cancelled

- name: Resynchronise a device whose codes AWS refuses
  landing_zone.aws_admin.iam_virtual_mfa:
    user_name: iamadmin
    profile: production
    account_id: "222222222222"
    state: resynced
    codes: ["{{ first_code }}", "{{ next_code }}"]

- name: Remove the device
  landing_zone.aws_admin.iam_virtual_mfa:
    user_name: iamadmin
    profile: production
    account_id: "222222222222"
    state: absent
"""

RETURN = r"""
serial_number:
  description: Serial number (ARN) of the device.
  returned: success
  type: str
  sample: arn:aws:iam::222222222222:mfa/iamadmin
status:
  description: V(pending) if the device is not enabled yet, V(enabled), or V(absent).
  returned: success
  type: str
  sample: pending
replaces:
  description: Serial number of the device that this one is to replace; V(null) if it is not a replacement.
  returned: success
  type: str
  sample: arn:aws:iam::222222222222:mfa/iamadmin
account_id:
  description: The account that the credentials belong to.
  returned: success
  type: str
  sample: "222222222222"
seed:
  description: The seed, 64 characters of Base32, which AWS returns only once. A secret, so the sample is void.
  returned: when this call created the device, and there is no O(handover)
  type: str
  sample: (void)
otpauth_uri:
  description: The seed and O(label) as authenticator apps read them. A secret, so the sample has no seed.
  returned: when this call created the device, and there is no O(handover)
  type: str
  sample: otpauth://totp/AWS%20production:iamadmin%40222222222222?secret=(void)&issuer=AWS%20production
qr_code_png:
  description: RV(otpauth_uri) as a QR code, a PNG file in base64. A secret, so the sample is void.
  returned: when this call created the device, and there is no O(handover)
  type: str
  sample: (void)
error:
  description: The call that failed.
  returned: when a call to AWS or the connection to it failed
  type: dict
  contains:
    operation:
      description: Name of the API operation.
      returned: always
      type: str
      sample: CreateVirtualMFADevice
    code:
      description: Error code from AWS, or name of the botocore exception.
      returned: always
      type: str
      sample: AccessDenied
"""

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_VIRTUAL_MFA, run_module


def main() -> None:
    run_module(IAM_VIRTUAL_MFA)


if __name__ == "__main__":
    main()
