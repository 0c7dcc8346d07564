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
  - Deletes what the root user of a member account signs in and signs requests with. Its password goes first and its MFA
    devices last, so that an interrupted run leaves no password without MFA. After that nobody can sign in as root, nor
    recover its password, until O(state=recoverable) allows it.
  - The credentials are those of the account that manages the organisation, or of its delegated administrator for IAM,
    or those of a role in the member account that was assumed with such. They ask for a session of the root user for
    this one task (AssumeRoot), at an endpoint of STS that is regional, whatever is configured.
  - Root sessions have to be enabled first, with M(landing_zone.aws_admin.organizations_root_access). AWS gives them for
    no account that manages an organisation, and to no root user.
  - The role P(landing_zone.aws_admin.iam_admin#role) does it for many accounts, with its entry point C(secure_root).
options:
  account_id:
    description:
      - The member account, twelve digits in quotes. It has to be given.
    type: str
  state:
    description:
      - V(absent) deletes password, access keys, signing certificates and MFA devices.
      - V(recoverable) allows whoever has the mailbox of the root user to set a password, for what only root can do. Add
        MFA then, and delete it all again once it is done.
    type: str
    choices: [absent, recoverable]
    required: true
  administrator:
    description:
      - Name of the IAM user who is to administer the account without root. It has to be given with O(state=absent).
        Nothing is deleted unless that user is an administrator without a doubt, and can sign in with MFA.
      - It is read with the credentials of the task, which have to lead into the member account where its root user has
        anything.
    type: str
  management_profile:
    description:
      - AWS profile that may have root sessions of the member account, where the task's own credentials may not.
    type: str
attributes:
  check_mode:
    support: full
    description: Predicts what a run would delete, in a session that may only read.
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
    description: Judges, among all else, what the root user has.
  - name: Centrally manage root access for member accounts
    description: The IAM User Guide of AWS.
    link: https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html#id_root-user-access-management
  - name: AssumeRoot
    description: The API Reference of AWS STS.
    link: https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoot.html
notes:
  - The least IAM policy that it needs is the file C(examples/root-policy.json) of this collection.
  - A service control policy that denies the root user denies these sessions, too, unless its condition says C(Null) of
    C(aws:AssumedRoot), as the guide about root users shows.
extends_documentation_fragment:
  - landing_zone.aws_admin.connection
  - amazon.aws.common.modules
  - amazon.aws.region.modules
"""

EXAMPLES = r"""
- name: Delete the root user's credentials, once the account has its administrator
  landing_zone.aws_admin.iam_root_credentials:
    profile: production
    account_id: "222222222222"
    administrator: iamadmin
    state: absent

- name: Delete them of an account where a person may have to
  landing_zone.aws_admin.iam_root_credentials:
    profile: management
    account_id: "111111111111"
    administrator: iamadmin
    state: absent
  register: of_root
  failed_when: of_root is failed and not of_root.by_person | default(false)

- name: Let the root user recover its password
  landing_zone.aws_admin.iam_root_credentials:
    profile: management
    account_id: "222222222222"
    state: recoverable
"""

RETURN = r"""
root:
  description: What the root user had when the task looked. With O(state=recoverable) its password alone is read.
  returned: success
  type: dict
  contains:
    password:
      description: V(null) where there is none.
      returned: always
      type: dict
      contains:
        create_date:
          description: Since when there is one (ISO 8601).
          returned: always
          type: str
          sample: "2020-01-02T00:00:00+00:00"
        last_used_date:
          description: When it was last used, as AWS shows it; V(null) where it does not.
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
          description: What the key is called.
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
          description: When it was last used (ISO 8601); V(null) for never.
          returned: always
          type: str
          sample: "2021-02-03T00:00:00+00:00"
        last_used_service:
          description: What it was last used for.
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
          description: What the certificate is called.
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
          description: What AWS tells the device from all others by.
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
  description: That no API does this to the root user of the account, and a person has to.
  returned: when the task fails for that
  type: bool
  sample: true
error:
  description: Which call failed.
  returned: when a call to AWS, or the way to it, failed
  type: dict
  contains:
    operation:
      description: The API's name of the call.
      returned: always
      type: str
      sample: AssumeRoot
    code:
      description: AWS's error code, or the name of botocore's exception.
      returned: always
      type: str
      sample: AccessDenied
"""

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_ROOT_CREDENTIALS, run_module


def main() -> None:
    run_module(IAM_ROOT_CREDENTIALS)


if __name__ == "__main__":
    main()
