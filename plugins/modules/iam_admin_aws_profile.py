#!/usr/bin/python
# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# The work is done by the action plugin of the same name

from __future__ import annotations

DOCUMENTATION = r"""
module: iam_admin_aws_profile
short_description: Write a profile for aws login into an AWS config file
version_added: 2.0.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - A step of the role P(landing_zone.aws_admin.iam_admin#role).
  - Sets C(login_session) in the section of a profile, which is added at the end of the file if it is missing. The rest
    of the file stays as it is, including comments and order.
  - A file that the AWS CLI cannot read, or that has the profile twice, is refused.
  - Hosts that share the file need C(throttle=1).
options:
  path:
    description:
      - The file, or a link to it. It keeps its owner and mode. A new file, or a missing folder, is created for its
        owner only.
    type: path
    required: true
  name:
    description:
      - The profile.
    type: str
    required: true
  login_session:
    description:
      - ARN of the user that C(aws login --profile) signs in.
    type: str
    required: true
attributes:
  diff_mode:
    support: full
    description: Shows what is written, and nothing else of the file.
extends_documentation_fragment:
  - landing_zone.aws_admin.controller
"""

EXAMPLES = r"""
- name: Write a profile for aws login
  landing_zone.aws_admin.iam_admin_aws_profile:
    path: ~/.aws/administrators
    name: production-iamadmin
    login_session: arn:aws:iam::222222222222:user/iamadmin
"""

RETURN = r"""
"""
