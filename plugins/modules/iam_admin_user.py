#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_admin_user
short_description: Create or remove an administrator, with a console password once MFA is enabled
version_added: 0.1.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - Creates an IAM user and manages its path, permissions boundary, tags and managed policies.
  - Creates its console password, by default only once an MFA device is enabled, so that a password alone never grants
    administrator access.
  - Refuses, before it writes anything, changes that would let a console password alone grant more than before, whether
    that of the user or of another member of O(group), and changes that would lock out the caller.
  - Removes the user with everything it has, its password and keys first, and its virtual MFA devices as well.
  - With O(handover) the console password is saved there before it is sent to AWS, together with the sign-in URL, and
    obsolete files of earlier runs are removed. With O(state=absent) the handover is removed, too, unless it belongs to
    another user.
  - With O(adopt=false) the handover determines which user is ours. It knows the user that it belongs to, the MFA
    devices whose seeds it has held or that the user had when it was adopted, and, once it has held a password, any
    password. It knows no access keys or other credentials. A handover with a different unique id is refused.
  - The role P(landing_zone.aws_admin.iam_admin#role) does the whole job, for many accounts.
options:
  name:
    description:
      - Name of the user, of 1 to 64 letters, digits, and characters of C(+=,.@_-).
    type: str
    required: true
  state:
    description:
      - V(present) creates the user if it is missing.
      - V(absent) removes it, and everything that AWS requires to be removed first. The caller cannot remove itself. An
        administrator has the tag C(landing_zone.aws_admin:leaving) meanwhile, so that two who are removed at the same
        time do not rely on each other. A killed removal may leave the tag behind; it counts for an hour.
    type: str
    choices: [present, absent]
    default: present
  adopt:
    description:
      - Whether an existing user is given anything. Somebody who cannot grant permissions may have prepared it. With
        V(false), a user that has a console password, MFA devices, access keys or other credentials, a path other than
        V(/) and O(path), or tags that are not in O(tags) is refused, unless O(handover) knows it. A user that lacks
        nothing is left as it is.
      - The same applies to O(group) if it has other members, who would get its permissions, or for whom MFA would no
        longer be required.
      - Also whether O(handover) takes over a user that it does not know, with all its enabled MFA devices.
    type: bool
    default: true
    version_added: 2.0.0
  path:
    description:
      - Path of the user. It begins and ends with a slash.
      - When left out, a new user gets V(/), and an existing one keeps its path.
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
      - Whether to remove tags that are not in O(tags).
    type: bool
    default: true
  managed_policies:
    description:
      - Managed policies to attach to the user, or to O(group), by name or ARN.
      - A name refers to an AWS managed policy before a customer managed one. A customer managed policy with a path
        needs its ARN.
    type: list
    elements: str
    default: [AdministratorAccess]
  purge_policies:
    description:
      - Whether to detach managed policies from the user that are not in O(managed_policies). The group keeps its
        policies.
      - Missing policies are attached first, unless the user would briefly have more than the 10 that AWS allows by
        default. Then only as many as necessary are detached first, and never one that makes the user an administrator.
      - A caller cannot detach the policies that make it an administrator.
    type: bool
    default: false
  group:
    description:
      - A group to attach O(managed_policies) to instead of the user, and to add the user to. It is created if missing,
        and may have other members. If one of them has a console password and no MFA device, the group is given nothing
        more, because the password alone would grant it.
      - Policies of the user itself are detached once the group has them, so that the user never goes without.
      - When left out, the user stays in its groups.
    type: str
    version_added: 1.0.0
  require_mfa:
    description:
      - V(true) denies the user everything without MFA except C(sts:GetSessionToken), which takes an MFA code. It uses
        an inline policy, C(landing_zone.aws_admin-require-mfa), of the user, or of O(group) and so of all its members.
        A warning names members without an MFA device, who can then do nothing.
      - V(false) removes this policy and warns whom that affects, unless a password alone would then grant access. When
        left out, the policy stays as it is.
      - V(after_sign_in) acts like V(true) once the user has signed in and no longer has to change its password, because
        AWS does not document whether the change that it forces at the first sign-in counts as made with MFA. Until then
        the policy stays as it is.
    type: raw
    version_added: 1.0.0
  console_access:
    description:
      - V(after_mfa) creates the console password once an MFA device is enabled for the user.
      - V(always) creates it at once, and needs O(password). Until an MFA device is enabled, the password alone grants
        all that the user may do.
      - V(never) removes it. A caller cannot remove its own.
    type: str
    choices: [after_mfa, always, never]
    default: after_mfa
  device_names:
    description:
      - Names of the user's MFA devices. Defaults to O(name). RV(pending_mfa_devices) lists those that are not enabled.
        If this is set, O(state=absent) also removes unassigned devices of these names.
    type: list
    elements: str
    version_added: 2.0.0
  password:
    description:
      - The console password. Without it and O(generate_password) none is created, and RV(console_access) says whether
        the user has one.
    type: str
  generate_password:
    description:
      - Whether to generate a password if one is to be set and O(password) is left out. O(handover) keeps it.
    type: bool
    default: false
    version_added: 2.0.0
  update_password:
    description:
      - V(on_create) sets O(password) only if the user has none.
      - V(always) sets it in every run, which always reports a change, because a password cannot be read back. If the
        user has no MFA device and the password alone would grant access, this requires O(console_access=always).
    type: str
    choices: [on_create, always]
    default: on_create
  password_reset_required:
    description:
      - Whether the user must change a password set by this run at the next sign-in.
    type: bool
    default: true
  account_alias:
    description:
      - Alias of the account, part of the sign-in URL. An account has only one; an existing alias is replaced.
      - When left out, the account keeps its alias.
    type: str
  remove_last_administrator:
    description:
      - Whether O(state=absent) removes the user even if no other IAM user is an administrator with a console password
        and MFA. Only the root user or a role could help then.
      - In doubt the user counts as an administrator, and others do not. An administrator is a user who may grant
        permissions according to AWS's policy simulation. Others do not count if they have a permissions boundary or are
        being removed.
    type: bool
    default: false
    version_added: 1.0.0
attributes:
  idempotent:
    support: partial
    description: A second run changes nothing, unless O(update_password=always) sets the password again.
notes:
  - A task with C(async) is refused if it has a handover or a password.
  - The caller is the IAM user whose credentials are used, directly or to assume a role with O(assume_role_arn) or with
    C(role_arn) and C(source_profile) of a profile. In a role session from any other source the caller cannot be
    identified.
seealso:
  - module: landing_zone.aws_admin.iam_virtual_mfa
    description: Manages the user's MFA devices.
  - module: landing_zone.aws_admin.iam_admin_info
    description: Judges the result.
  - module: amazon.aws.iam_user
    description: Manages users who are not administrators.
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
- name: Create the administrator, without a console password until MFA is enabled
  landing_zone.aws_admin.iam_admin_user:
    name: iamadmin
    profile: production
    account_id: "222222222222"

- name: Create the console password, now that an MFA device is enabled
  landing_zone.aws_admin.iam_admin_user:
    name: iamadmin
    profile: production
    account_id: "222222222222"
    password: "{{ vault_initial_password }}"

- name: Generate the console password, saving it in the handover before it is set
  landing_zone.aws_admin.iam_admin_user:
    name: iamadmin
    profile: production
    account_id: "222222222222"
    generate_password: true
    handover:
      directory: handover
      vault_password: "{{ vault_handover_password }}"

- name: Reset a lost password
  landing_zone.aws_admin.iam_admin_user:
    name: iamadmin
    profile: production
    account_id: "222222222222"
    password: "{{ vault_another_password }}"
    update_password: always

- name: Grant the permissions through a group, and require MFA
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
  description: The user after the task, or as predicted in check mode; V(null) if it is absent.
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
      description: Unique id of the user; V(null) in check mode if the user is new.
      type: str
      returned: success
      sample: AIDACKCEVSQ6C2EXAMPLE
    path:
      description: Path of the user.
      type: str
      returned: success
      sample: /
    create_date:
      description: When the user was created (ISO 8601); V(null) in check mode if the user is new.
      type: str
      returned: success
      sample: "2026-11-24T16:31:19+00:00"
    permissions_boundary:
      description: ARN of the permissions boundary; V(null) if there is none.
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
      description: Whether the user is a member.
      type: bool
      returned: success
      sample: true
    require_mfa:
      description:
        - The policy that denies everything without MFA; V(null) if there is none or O(require_mfa) is left out.
      type: dict
      returned: success
      sample:
        Version: "2012-10-17"
minimum_password_length:
  description: Minimum password length of the account's password policy.
  returned: when the user had no console password, or with O(update_password=always)
  type: int
  sample: 8
pending_mfa_devices:
  description: Devices of O(device_names) that are not enabled.
  returned: unless O(state=absent)
  type: list
  elements: str
  sample: [iamadmin]
caller_arn:
  description: ARN of the caller.
  returned: success
  type: str
  sample: arn:aws:iam::222222222222:root
account_id:
  description: The account that the credentials belong to.
  returned: success
  type: str
  sample: "222222222222"
console_access:
  description:
    - V(present) if the user has a console password; V(pending_mfa) if it gets none until an MFA device is enabled
      (C(msg) says so if one was to be set); V(absent) if it has none.
  returned: success
  type: str
  sample: pending_mfa
sign_in_url:
  description:
    - Where the user signs in to the console.
    - V(null) in partitions other than C(aws), C(aws-cn) and C(aws-us-gov), for which AWS does not document it.
  returned: success
  type: str
  sample: https://222222222222.signin.aws.amazon.com/console
error:
  description: The call that failed.
  returned: when a call to AWS or the connection to it failed
  type: dict
  contains:
    operation:
      description: Name of the API operation.
      returned: always
      type: str
      sample: CreateUser
    code:
      description: Error code from AWS, or name of the botocore exception.
      returned: always
      type: str
      sample: AccessDenied
"""

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_ADMIN_USER, run_module


def main() -> None:
    run_module(IAM_ADMIN_USER)


if __name__ == "__main__":
    main()
