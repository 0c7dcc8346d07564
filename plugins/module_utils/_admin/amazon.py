# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What comes from the collection amazon.aws, so that a task can say where it is missing."""

from __future__ import annotations

from typing import Any

from .errors import AdminError

try:
    from ansible_collections.amazon.aws.plugins.module_utils.modules import AnsibleAWSModule, aws_argument_spec
    from ansible_collections.amazon.aws.plugins.module_utils.tagging import (
        ansible_dict_to_boto3_tag_list,
        boto3_tag_list_to_ansible_dict,
        compare_aws_tags,
    )
except ImportError:
    # A module is not even started then: its action asks for the options first
    AnsibleAWSModule = ansible_dict_to_boto3_tag_list = boto3_tag_list_to_ansible_dict = compare_aws_tags = None

    def aws_argument_spec() -> Any:
        """Raise AdminError instead: each task asks for its options first."""
        raise AdminError(
            "The collection amazon.aws is missing: ansible-galaxy collection install amazon.aws brings it, and so does "
            "pip install ansible."
        )


__all__ = [
    "AnsibleAWSModule",
    "ansible_dict_to_boto3_tag_list",
    "aws_argument_spec",
    "boto3_tag_list_to_ansible_dict",
    "compare_aws_tags",
]
