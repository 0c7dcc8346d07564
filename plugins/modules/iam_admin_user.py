#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_admin_user
short_description: Create an administrator, with a console password once MFA is enabled, and remove it
version_added: 0.1.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - Creates an IAM user and keeps its path, permissions boundary, tags and managed policies as they are wanted.
  - Gives it a console password, by default only once an MFA device is enabled for it, so that there is never a moment
    in which a password alone opens an administrator.
  - Refuses, before anything is written, what would let a console password alone open more than before, whether it is
    that of the user or of another member of O(group), and what would lock out the caller.
  - Removes it with all that it has, the password and the keys first, and the virtual MFA devices with it.
  - With O(handover) the console password is kept before it is sent, with where the user signs in, and what an earlier
    run has left there, and is of no use any more, is removed. With O(state=absent) the handover goes, too, unless it is
    another user's.
  - With O(adopt=false) the handover says which user is ours. It knows the one that it is of, the MFA devices whose
    seeds it had, or that were there when the user was adopted, and, once it has had a password, any password; it knows
    no access keys or other credentials. The handover of another unique id is refused.
  - The role P(landing_zone.aws_admin.iam_admin#role) does the whole job, for many accounts.
options:
  name:
    description:
      - Name of the user, of 1 to 64 letters, digits, and characters of C(+=,.@_-).
    type: str
    required: true
  state:
    description:
      - V(present) creates the user where it is missing.
      - V(absent) removes it, and all that AWS wants gone before a user is deleted. The caller cannot remove itself.
        An administrator bears the tag C(landing_zone.aws_admin:leaving) meanwhile, so that of two who are removed at
        once neither counts on the other. A removal that was killed may leave it; it counts for an hour.
    type: str
    choices: [present, absent]
    default: present
  adopt:
    description:
      - Whether a user that was there before is given anything. Somebody may have prepared it who cannot give
        permissions. Where not, one that has a console password, MFA devices, access keys or other credentials, another
        path than V(/) and O(path), or tags that O(tags) does not say, is refused, unless O(handover) knows it. One that
        lacks nothing is left as it is.
      - So is O(group) where it has other members, who would get what it is given, or would lose required MFA.
      - Whether O(handover) becomes that of a user which it does not know, with all MFA devices that are enabled.
    type: bool
    default: true
    version_added: 2.0.0
  path:
    description:
      - Path of the user. It begins and ends with a slash.
      - When left out, a new user gets V(/), and an existing one keeps its own.
    type: str
  permissions_boundary:
    description:
      - ARN of the managed policy that is the user's permissions boundary; an empty string removes one. When left out,
        it stays as it is.
      - A caller cannot give itself one that may keep it from administering the account.
    type: str
  tags:
    description:
      - Tags of the user, as a dictionary. When left out, tags stay as they are.
    type: dict
    aliases: [resource_tags]
  purge_tags:
    description:
      - Whether tags that O(tags) does not name are removed.
    type: bool
    default: true
  managed_policies:
    description:
      - Managed policies to attach to the user, or to O(group), by name or ARN.
      - A name means the policy of AWS before one of the account. A policy of the account that has a path needs its ARN.
    type: list
    elements: str
    default: [AdministratorAccess]
  purge_policies:
    description:
      - Whether managed policies that are attached to the user, and that O(managed_policies) does not name, are
        detached. The group keeps what it has.
      - Others are attached before that, except where there would be more than 10 for a moment, which AWS allows by
        default. Then as many are detached first as have to, and never what makes the user an administrator.
      - A caller cannot take from itself what it administers the account by.
    type: bool
    default: false
  group:
    description:
      - A group to attach O(managed_policies) to, instead of to the user, and to put the user into. It is created where
        it is missing, and may have other users. Where one of them has a console password and no MFA device, and so
        would be opened by the password alone, the group is given nothing more.
      - What is attached to the user itself is detached once the group has it, so that there is no moment without.
      - When left out, the user stays in the groups that it is in.
    type: str
    version_added: 1.0.0
  require_mfa:
    description:
      - V(true) denies the user everything without MFA, but for C(sts:GetSessionToken), which a code is given to. It is
        an inline policy, C(landing_zone.aws_admin-require-mfa), of the user, or of O(group) and so of all its users. It
        warns of those who have no MFA device, and so can do nothing then.
      - V(false) removes this policy, and warns of whom it was taken from; not where a password alone would open one
        of them then. When left out, it stays as it is.
      - V(after_sign_in) does as V(true) once the user has signed in and need not change its password any more, as
        whether AWS takes the change that it forces at the first sign-in as made with MFA is documented nowhere. Until
        then it leaves the policy as it is.
    type: raw
    version_added: 1.0.0
  console_access:
    description:
      - V(after_mfa) creates the console password once an MFA device is enabled for the user.
      - V(always) creates it at once, and needs O(password). Until an MFA device is enabled, the password alone opens
        whatever the user has, and is given.
      - V(never) removes it. A caller cannot take its own.
    type: str
    choices: [after_mfa, always, never]
    default: after_mfa
  device_names:
    description:
      - Names of the MFA devices that the user is to have, by default O(name). RV(pending_mfa_devices) says which it has
        not. Where they are named, O(state=absent) removes those, too, that nobody uses.
    type: list
    elements: str
    version_added: 2.0.0
  password:
    description:
      - The console password. Without it, and without O(generate_password), none is created, and RV(console_access) says
        what the user has.
    type: str
  generate_password:
    description:
      - Whether a password is generated where one is to be set and O(password) is left out. O(handover) keeps it.
    type: bool
    default: false
    version_added: 2.0.0
  update_password:
    description:
      - V(on_create) sets O(password) only where the user has none.
      - V(always) sets it in every run, which always is a change, as nobody can read a password back. Where the user
        has no MFA device, and the password alone would open something, this takes O(console_access=always).
    type: str
    choices: [on_create, always]
    default: on_create
  password_reset_required:
    description:
      - Whether the user must choose another password at the next sign-in, when this run sets the password.
    type: bool
    default: true
  account_alias:
    description:
      - Alias of the account, part of the sign-in URL. An account has one; another one is replaced.
      - When left out, the account keeps what it has.
    type: str
  remove_last_administrator:
    description:
      - Whether O(state=absent) removes the user where no other IAM user is an administrator with a console password and
        MFA. Only the root user, or a role, could help then.
      - In doubt the user counts as an administrator, and others do not. An administrator is who may give permissions,
        as AWS simulates it. Others do not count with a permissions boundary, or while they are being removed.
    type: bool
    default: false
    version_added: 1.0.0
attributes:
  idempotent:
    support: partial
    description: A second run changes nothing, unless O(update_password=always) sets the password again.
notes:
  - With C(async), a task that has a handover, or is given a password, is refused.
  - The caller is the IAM user whose credentials are used, or with whose credentials a role was assumed, where
    O(assume_role_arn) names the role, or a profile does with C(role_arn) and C(source_profile). Whoever has got the
    session of a role in another way cannot be told from others.
seealso:
  - module: landing_zone.aws_admin.iam_virtual_mfa
    description: Gives the user its MFA device.
  - module: landing_zone.aws_admin.iam_admin_info
    description: Judges the result.
  - module: amazon.aws.iam_user
    description: For users that are no administrators.
  - name: Security best practices in IAM
    description: The IAM User Guide of AWS.
    link: https://docs.aws.amazon.com/IAM/latest/UserGuide/best-practices.html
extends_documentation_fragment:
  - landing_zone.aws_admin.connection
  - landing_zone.aws_admin.handover
  - amazon.aws.common.modules
  - amazon.aws.region.modules
"""

EXAMPLES = r"""
- name: Create the administrator; the console password waits for MFA
  landing_zone.aws_admin.iam_admin_user:
    name: iamadmin
    profile: production
    account_id: "222222222222"

- name: Give the console password, now that an MFA device is enabled
  landing_zone.aws_admin.iam_admin_user:
    name: iamadmin
    profile: production
    account_id: "222222222222"
    password: "{{ vault_initial_password }}"

- name: Generate the console password, keep it in the handover, and only then send it
  landing_zone.aws_admin.iam_admin_user:
    name: iamadmin
    profile: production
    account_id: "222222222222"
    generate_password: true
    handover:
      directory: handover
      vault_password: "{{ vault_handover_password }}"

- name: Set another password, as the first one is lost
  landing_zone.aws_admin.iam_admin_user:
    name: iamadmin
    profile: production
    account_id: "222222222222"
    password: "{{ vault_another_password }}"
    update_password: always

- name: Give the permissions through a group, and nothing without MFA
  landing_zone.aws_admin.iam_admin_user:
    name: iamadmin
    profile: production
    account_id: "222222222222"
    group: administrators
    require_mfa: true

- name: Remove an administrator who has left
  landing_zone.aws_admin.iam_admin_user:
    name: formeradmin
    profile: production
    account_id: "222222222222"
    state: absent
"""

RETURN = r"""
user:
  description: The user as it is after the task, or in check mode as it would be; V(null) where it is absent.
  returned: success
  type: dict
  contains:
    user_name:
      description: Name of the user.
      type: str
      returned: success
      sample: iamadmin
    arn:
      description: ARN of the user.
      type: str
      returned: success
      sample: arn:aws:iam::222222222222:user/iamadmin
    user_id:
      description: Unique id of the user; V(null) where check mode has not created it.
      type: str
      returned: success
      sample: AIDACKCEVSQ6C2EXAMPLE
    path:
      description: Path of the user.
      type: str
      returned: success
      sample: /
    create_date:
      description: When the user was created (ISO 8601); V(null) where check mode has not created it.
      type: str
      returned: success
      sample: "2026-11-24T16:31:19+00:00"
    permissions_boundary:
      description: ARN of the permissions boundary; V(null) where there is none.
      type: str
      returned: success
      sample: null
    tags:
      description: Tags of the user.
      type: dict
      returned: success
      sample: {}
    attached_policies:
      description: ARNs of the managed policies attached to the user itself.
      type: list
      elements: str
      returned: success
      sample: ["arn:aws:iam::aws:policy/AdministratorAccess"]
    mfa_devices:
      description: Serial numbers of the MFA devices that are enabled for the user.
      type: list
      elements: str
      returned: success
      sample: ["arn:aws:iam::222222222222:mfa/iamadmin"]
group:
  description: The group that gives the user its permissions.
  returned: when O(group) is given
  type: dict
  contains:
    group_name:
      description: Name of the group.
      type: str
      returned: success
      sample: administrators
    attached_policies:
      description: ARNs of the managed policies attached to it.
      type: list
      elements: str
      returned: success
      sample: ["arn:aws:iam::aws:policy/AdministratorAccess"]
    has_user:
      description: Whether the user is in it.
      type: bool
      returned: success
      sample: true
    require_mfa:
      description:
        - The policy that denies everything without MFA; V(null) where there is none, or O(require_mfa) is left out.
      type: dict
      returned: success
      sample:
        Version: "2012-10-17"
minimum_password_length:
  description: How many characters the account's password policy asks for.
  returned: when the user had no console password, or with O(update_password=always)
  type: int
  sample: 8
pending_mfa_devices:
  description: Those of O(device_names) that are not enabled.
  returned: unless O(state=absent)
  type: list
  elements: str
  sample: [iamadmin]
caller_arn:
  description: Who the credentials belong to.
  returned: success
  type: str
  sample: arn:aws:iam::222222222222:root
account_id:
  description: The account that the credentials led to.
  returned: success
  type: str
  sample: "222222222222"
console_access:
  description:
    - V(present), the user has a console password; V(pending_mfa), it gets none before an MFA device is enabled
      (and C(msg) says so where one was to be set);
      V(absent), it has none.
  returned: success
  type: str
  sample: pending_mfa
sign_in_url:
  description:
    - Where the user signs in to the console.
    - V(null) in a partition other than C(aws), C(aws-cn) and C(aws-us-gov), as AWS does not say it of others.
  returned: success
  type: str
  sample: https://222222222222.signin.aws.amazon.com/console
error:
  description: Which call failed.
  returned: when a call to AWS, or the way to it, failed
  type: dict
  contains:
    operation:
      description: The API's name of the call.
      returned: always
      type: str
      sample: CreateUser
    code:
      description: AWS's error code, or the name of botocore's exception.
      returned: always
      type: str
      sample: AccessDenied
"""

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_ADMIN_USER, run_module


def main() -> None:
    run_module(IAM_ADMIN_USER)


if __name__ == "__main__":
    main()
