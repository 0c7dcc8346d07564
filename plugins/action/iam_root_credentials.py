# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The action beside the module: the same, without a process of its own."""

from __future__ import annotations

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.run import IAM_ROOT_CREDENTIALS
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.in_process import AwsActionModule


class ActionModule(AwsActionModule):
    """See the documentation of iam_root_credentials."""

    TASK = IAM_ROOT_CREDENTIALS
