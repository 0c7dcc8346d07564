#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_root_credentials
short_description: Delete the credentials of a member account's root user, or let it recover its password
version_added: 2.0.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - Deletes the credentials of a member account's root user, its password first and its MFA devices last, so that an
    interrupted run leaves no password without MFA. After that nobody can sign in as root or recover its password until
    O(state=recoverable) allows it.
  - Use credentials of the management account or of the delegated administrator for IAM, or of a role in the member
    account that was assumed with these. They get a root session for this one task (AssumeRoot), always from a regional
    STS endpoint.
  - Enable root sessions first, with M(landing_zone.aws_admin.organizations_root_access). AWS grants no root session for
    a management account, and none to a root user.
  - To secure many accounts, use the entry point C(secure_root) of the role P(landing_zone.aws_admin.iam_admin#role).
options:
  account_id:
    description:
      - The member account, twelve digits in quotes. It is required.
    type: str
  state:
    description:
      - V(absent) deletes password, access keys, signing certificates and MFA devices.
      - V(recoverable) lets the owner of the root user's mailbox set a password, for tasks that only root can do. Add
        MFA then, and delete the credentials again once the task is done.
    type: str
    choices: [absent, recoverable]
    required: true
  administrator:
    description:
      - Name of the IAM user who administers the account instead of root. It is required with O(state=absent). Nothing
        is deleted unless this user is certainly an administrator and can sign in with MFA.
      - The user is read with the credentials of the task, which must belong to the member account if its root user has
        any credentials.
    type: str
  management_profile:
    description:
      - AWS profile that may get root sessions of the member account, if the task's own credentials may not.
    type: str
attributes:
  check_mode:
    support: full
    description: Predicts what a run would delete, in a read-only session.
  diff_mode:
    support: full
    description: Shows what the root user has, since when, and when each access key was last used.
  idempotent:
    support: full
    description: A second run changes nothing.
seealso:
  - module: landing_zone.aws_admin.organizations_root_access
    description: Enables root sessions in the organisation.
  - module: landing_zone.aws_admin.iam_admin_info
    description: Judges the root user's credentials, among other things.
  - name: Centrally manage root access for member accounts
    description: The IAM User Guide of AWS.
    link: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html#id_root-user-access-management
  - name: AssumeRoot
    description: The API Reference of AWS STS.
    link: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html
notes:
  - The minimum IAM policy for this module is in the file C(examples/root-policy.json) of this collection.
  - A service control policy that denies the root user denies these sessions, too, unless it has a C(Null) condition on
    C(aws:AssumedRoot), as the guide to root users shows.
extends_documentation_fragment:
  - landing_zone.aws_admin.connection
  - amazon.aws.common.modules
  - amazon.aws.region.modules
"""

EXAMPLES = r"""
- name: Delete the root user's credentials, once the account has an administrator
  landing_zone.aws_admin.iam_root_credentials:
    profile: production
    account_id: "222222222222"
    administrator: iamadmin
    state: absent

- name: Delete the root user's credentials, or leave them to a person
  landing_zone.aws_admin.iam_root_credentials:
    profile: management
    account_id: "111111111111"
    administrator: iamadmin
    state: absent
  register: of_root
  failed_when: of_root is failed and not of_root.by_person | default(false)

- name: Allow the root user to recover its password
  landing_zone.aws_admin.iam_root_credentials:
    profile: management
    account_id: "222222222222"
    state: recoverable
"""

RETURN = r"""
root:
  description: What the root user had before the task. With O(state=recoverable) only its password is read.
  returned: success
  type: dict
  contains:
    password:
      description: V(null) if there is none.
      returned: always
      type: dict
      contains:
        create_date:
          description: When it was created (ISO 8601).
          returned: always
          type: str
          sample: "2020-01-02T00:00:00+00:00"
        last_used_date:
          description: When it was last used; V(null) if AWS does not show it.
          returned: always
          type: str
          sample: "2021-02-03T00:00:00+00:00"
    access_keys:
      description: Its access keys.
      returned: always
      type: list
      elements: dict
      contains:
        access_key_id:
          description: Id of the key.
          returned: always
          type: str
          sample: AKIAIOSFODNN7EXAMPLE
        status:
          description: V(Active) or V(Inactive).
          returned: always
          type: str
          sample: Active
        create_date:
          description: When it was created (ISO 8601).
          returned: always
          type: str
          sample: "2020-01-02T00:00:00+00:00"
        last_used_date:
          description: When it was last used (ISO 8601); V(null) if never.
          returned: always
          type: str
          sample: "2021-02-03T00:00:00+00:00"
        last_used_service:
          description: The AWS service that it was last used for.
          returned: always
          type: str
          sample: s3
    signing_certificates:
      description: Its signing certificates.
      returned: always
      type: list
      elements: dict
      contains:
        certificate_id:
          description: Id of the certificate.
          returned: always
          type: str
          sample: TA7SMP42TDN5Z26OBPJE7EXAMPLE
        upload_date:
          description: When it was uploaded (ISO 8601).
          returned: always
          type: str
          sample: "2020-01-02T00:00:00+00:00"
    mfa_devices:
      description: Its MFA devices.
      returned: always
      type: list
      elements: dict
      contains:
        serial_number:
          description: Serial number of the device.
          returned: always
          type: str
          sample: arn:aws:iam::222222222222:mfa/root-account-mfa-device
        enable_date:
          description: When it was enabled (ISO 8601).
          returned: always
          type: str
          sample: "2020-01-02T00:00:00+00:00"
account_id:
  description: The member account.
  returned: success
  type: str
  sample: "222222222222"
by_person:
  description: That no API can do this for the account, so a person has to.
  returned: when the task fails for this reason
  type: bool
  sample: true
error:
  description: The call that failed.
  returned: when a call to AWS or the connection to it failed
  type: dict
  contains:
    operation:
      description: Name of the API operation.
      returned: always
      type: str
      sample: AssumeRoot
    code:
      description: Error code from AWS, or name of the botocore exception.
      returned: always
      type: str
      sample: AccessDenied
"""

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_ROOT_CREDENTIALS, run_module


def main() -> None:
    run_module(IAM_ROOT_CREDENTIALS)


if __name__ == "__main__":
    main()
