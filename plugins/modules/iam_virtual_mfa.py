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
  - Creates a virtual MFA device and returns, once, the seed and QR code for the authenticator app; enables it for its
    user with two codes; replaces one that is lost; removes it.
  - A device that is assigned to somebody else is never taken away, and the error names them.
  - With O(handover) the seed of a new device is kept there, with its QR code, which is drawn on the screen where there
    is a terminal, until the device is enabled; no secret is returned then. A device that nobody uses is not made anew
    as long as both are there.
  - With O(enrolment) the codes are held against the seed in the handover, so that a mistake is explained before AWS is
    asked. A device for which there are none stays pending; one that somebody else has enabled meanwhile is an error.
  - Where nothing is said of codes they are asked for on the terminal, below the QR code, again where they are refused,
    three times in all. A play of several hosts needs C(throttle=1) for that.
    With O(state=present), O(recreate_unassigned) is true unless there are codes.
  - Where codes are computed, O(state=enabled) creates the device first where it is missing, since nobody has to scan
    its QR code.
  - The role P(landing_zone.aws_admin.iam_admin#role) does the whole job, for many accounts.
options:
  user_name:
    description:
      - The IAM user that the device is for.
    type: str
    required: true
  device_name:
    description:
      - Name of the device. By default O(user_name).
      - A device that replaces another one has its name and a number, as C(iamadmin.2), and is the device of this name
        from then on. So a name cannot end with a dot and digits.
    type: str
  path:
    description:
      - Path of the device. It begins and ends with a slash.
      - By default V(/) for a new device; one of the name that O(user_name) has is found under whatever path, and
        replaced under the same. Two of them, under two paths, are an error.
    type: str
  label:
    description:
      - How the authenticator app shows the account, as C(issuer:account). By default C(AWS:), the user's name, C(@) and
        the account's id.
    type: str
  state:
    description:
      - V(present) creates the device where it is missing. AWS calls it unassigned until it is enabled.
      - V(enabled) enables the device for O(user_name), with O(codes).
      - V(resynced) brings an enabled device back into step with AWS's clock, with O(codes). This always is a change.
      - V(cancelled) deletes a device that was to replace another one, and is not enabled. The one that works stays.
      - V(absent) deactivates and deletes the device. One that is assigned to somebody else stays, and so does the
        caller's own, and the last one of a user who has a console password that alone would open something then.
      - Where that proves to have been the last one all the same, as another one was removed at the same moment, the
        console password is deleted, and a warning says so.
    type: str
    choices: [present, enabled, resynced, cancelled, absent]
    default: present
  codes:
    description:
      - Two MFA codes that follow each other, for O(state=enabled) and O(state=resynced). In YAML they must be quoted,
        or V(012345) is read as a number.
      - Not needed where the device is enabled already, or in check mode.
    type: list
    elements: str
  recreate_unassigned:
    description:
      - Whether O(state=present) deletes and creates anew a device that nobody uses, because its seed is lost.
    type: bool
    default: false
  replace:
    description:
      - Whether the device is replaced, because the phone is lost. O(state=present) creates the new device beside the
        old one, and O(state=enabled) enables it, and only then removes the old one. So it is refused where the user has
        8 devices, which AWS allows.
      - A replacement that was interrupted is finished, by either of the two, and not begun again. Nor is one that was
        finished within the last hour, unless O(lost_device) names the device that it made.
    type: bool
    default: false
    version_added: 1.0.0
  lost_device:
    description:
      - The device to O(replace), as AWS names it, as C(iamadmin.2). Where a later one has its place, nothing changes.
      - By default whichever device has the name.
    type: str
    version_added: 2.0.0
attributes:
  idempotent:
    support: partial
    description:
      - A second run changes nothing, unless O(recreate_unassigned) asks for a new device, O(replace) an hour later, or
        O(state=resynced) for what only the clock can tell.
requirements:
  - pyotp
  - segno
notes:
  - Without O(handover) the task that creates a device returns secrets. Set C(no_log) on it, and keep what it returns
    out of facts. With C(async) it is refused, as is one that has a handover, or is given codes.
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

- name: Keep the old phone, which was found again before that
  landing_zone.aws_admin.iam_virtual_mfa:
    user_name: iamadmin
    profile: production
    account_id: "222222222222"
    state: cancelled

- name: Bring a phone back into step, whose codes AWS refuses
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
  description: V(pending), the device is not enabled yet; V(enabled); V(absent).
  returned: success
  type: str
  sample: pending
replaces:
  description: Serial number of the device whose place this one is to take; V(null) where it is none.
  returned: success
  type: str
  sample: arn:aws:iam::222222222222:mfa/iamadmin
account_id:
  description: The account that the credentials led to.
  returned: success
  type: str
  sample: "222222222222"
seed:
  description: The seed, 64 characters of Base32, which AWS gives once. A secret, so the sample is void.
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
  description: Which call failed.
  returned: when a call to AWS, or the way to it, failed
  type: dict
  contains:
    operation:
      description: The API's name of the call.
      returned: always
      type: str
      sample: CreateVirtualMFADevice
    code:
      description: AWS's error code, or the name of botocore's exception.
      returned: always
      type: str
      sample: AccessDenied
"""

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_VIRTUAL_MFA, run_module


def main() -> None:
    run_module(IAM_VIRTUAL_MFA)


if __name__ == "__main__":
    main()
