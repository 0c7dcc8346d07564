# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: aws_organizations
short_description: The accounts of an AWS organisation
version_added: 1.0.0
author:
  - Contributors to the landing_zone.aws_admin collection (@landing-zone)
description:
  - Creates a host for each account of an organisation. It has the name of the account, followed by the account id if
    that name is not safe or not unique.
  - A renamed account is a different host. Rename its handover folder, too; a run of the role that looks for it says so.
  - Each host is in the group C(aws_accounts) and in the group of its organisational unit, C(ou_) and the unit's path,
    such as C(ou_Workloads_Production). The groups are nested like the units, so that C(--limit ou_Workloads) includes
    everything below it.
  - Each host has the variables C(aws_account_id), C(aws_account_name), C(aws_account_status), C(aws_ou_path),
    C(aws_profile) if O(profile) is given, and C(aws_assume_role_arn), with which the role
    P(landing_zone.aws_admin.iam_admin#role) reaches the account.
  - The plugin needs the permissions C(organizations:DescribeOrganization), C(organizations:ListRoots),
    C(organizations:ListAccountsForParent), C(organizations:ListOrganizationalUnitsForParent), and with O(include_tags)
    C(organizations:ListTagsForResource), in the management account or in a delegated administrator account.
  - The name of the configuration file must end with C(aws_organizations.yml) or C(aws_organizations.yaml).
requirements:
  - python >= 3.11
  - boto3 >= 1.41.0
seealso:
  - plugin: ansible.builtin.constructed
    plugin_type: inventory
    description: More about O(compose), O(groups) and O(keyed_groups).
  - name: Accessing member accounts in an organization with AWS Organizations
    description: The AWS Organizations User Guide, about the role that reaches the accounts.
    link: https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html
options:
  plugin:
    description: Marks the file as a configuration of this plugin.
    type: str
    required: true
    choices: [landing_zone.aws_admin.aws_organizations]
  role_name:
    description:
      - Name of the role to assume in each account except the management account, with its path if it has one.
      - Use an empty string if the accounts are reached in another way.
      - It is assumed from O(profile), even if the inventory itself is read with O(assume_role_arn). If only that role
        may assume it, use a profile that assumes that role, with C(role_arn) and C(source_profile).
    type: str
    default: OrganizationAccountAccessRole
  statuses:
    description:
      - States of the accounts to include; V(all) includes every account.
    type: list
    elements: str
    choices: [ACTIVE, SUSPENDED, PENDING_ACTIVATION, PENDING_CLOSURE, CLOSED, all]
    default: [ACTIVE]
  include_tags:
    description:
      - Whether to read the tags of the accounts, which takes one more call for each. They are in the variable
        C(aws_account_tags), and in groups such as C(tag_environment_production).
    type: bool
    default: false
  include_email:
    description: Whether hosts have the e-mail address of the account in C(aws_account_email).
    type: bool
    default: false
extends_documentation_fragment:
  - inventory_cache
  - constructed
  - amazon.aws.common.plugins
  - amazon.aws.region.plugins
  - amazon.aws.assume_role.plugins
"""

EXAMPLES = r"""
# All active accounts, with one profile of the management account
plugin: landing_zone.aws_admin.aws_organizations
profile: general

---
# With groups by the tag environment and an alias for each account, cached for an hour
plugin: landing_zone.aws_admin.aws_organizations
profile: general
include_tags: true
keyed_groups:
  - key: aws_account_tags.environment | default('none')
    prefix: environment
compose:
  iam_admin_account_alias: "'acme-' ~ inventory_hostname | lower"
cache: true
cache_plugin: ansible.builtin.jsonfile
cache_connection: ~/.ansible/inventory-cache
cache_timeout: 3600
"""

from collections.abc import Mapping
from typing import Any

from ansible.errors import AnsibleParserError
from ansible.template import trust_as_template
from ansible_collections.amazon.aws.plugins.plugin_utils.inventory import AWSInventoryBase

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.failures import (
    check_answers,
    connecting,
    finding_credentials,
)
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.organization import (
    Organization,
    group_names,
    host_names,
    host_variables,
    read_organization,
    role_arn,
)

_GROUP = "aws_accounts"
_MORE = ("include_tags", "include_email")


class InventoryModule(AWSInventoryBase):
    """The plugin; amazon.aws reads its connection options, and ansible its cache."""

    NAME = "landing_zone.aws_admin.aws_organizations"
    INVENTORY_FILE_SUFFIXES = ("aws_organizations.yml", "aws_organizations.yaml")

    def parse(self, inventory: Any, loader: Any, path: str, cache: bool = True) -> None:
        """Add hosts and groups; raise AnsibleParserError."""
        super().parse(inventory, loader, path, cache)
        found, organization = self.get_cached_result(path, cache)
        organization = Organization.from_data(organization) if found else self._read(path)
        self.update_cached_result(path, cache, organization.as_data())
        names = group_names(organization)
        self._add_groups(organization, names)
        statuses = {*self.get_option("statuses")}
        accounts = [account for account in organization.accounts if {account.status, "all"} & statuses]
        units = {unit.id: unit for unit in organization.units}
        hosts = host_names(accounts)
        for account in accounts:
            manages = account.id == organization.management_account_id
            role = self.get_option("assume_role_arn") if manages else role_arn(account, self.get_option("role_name"))
            variables = host_variables(account, units[account.unit], role)
            self._add_host(hosts[account.id], names[account.unit], variables)

    def get_cache_key(self, path: str) -> str:
        """What was read without tags is of no use with them, and an address that nobody asked for is not kept."""
        return "_".join([super().get_cache_key(path), *(option for option in _MORE if self.get_option(option))])

    def _read(self, path: str) -> Organization:
        retries = {"retries": {"mode": "adaptive", "max_attempts": 10}}
        try:
            with connecting(), finding_credentials(str(self.get_option("profile") or "the environment")):
                client = self.client("organizations", region=self.region or "us-east-1", aws_config=retries)
            check_answers(client.meta.events)
            return read_organization(client, *map(self.get_option, _MORE))
        except AdminError as error:
            # Ansible would say the cause, too, which is the same once more
            raise AnsibleParserError(f"{path}: {error}") from None

    def _set_frozen_credentials(self) -> None:
        """See AWSInventoryBase, which calls it once it has read the options."""
        self._prefer_what_is_named()
        try:
            with connecting(), finding_credentials(str(self.get_option("profile") or "the environment")):
                super()._set_frozen_credentials()
        except AdminError as error:
            raise AnsibleParserError(str(error)) from None

    def _prefer_what_is_named(self) -> None:
        """Let a profile of the file win over exported keys, and those over an exported profile, as boto3 does it.

        amazon.aws would refuse the two together.
        """
        profile, origin = self.get_option_and_origin("profile")
        key, origin_of_key = self.get_option_and_origin("access_key")
        if not (profile and key):
            return
        if str(origin).startswith("env"):
            self.set_option("profile", "")
        elif str(origin_of_key).startswith("env"):
            for option in ("access_key", "secret_key", "session_token"):
                self.set_option(option, "")

    def _add_groups(self, organization: Organization, names: Mapping[str, str]) -> None:
        self.inventory.add_group(_GROUP)
        interpreter = trust_as_template("{{ ansible_playbook_python }}")
        variables = {"ansible_connection": "local", "ansible_python_interpreter": interpreter}
        profile = {"aws_profile": self.get_option("profile")} if self.get_option("profile") else {}
        for name, value in {**variables, **profile}.items():
            self.inventory.set_variable(_GROUP, name, value)
        for unit in organization.units:
            self.inventory.add_group(names[unit.id])
            if unit.parent:
                self.inventory.add_child(names[unit.parent], names[unit.id])

    def _add_host(self, name: str, unit: str, variables: dict[str, Any]) -> None:
        self.inventory.add_host(name, group=_GROUP)
        self.inventory.add_child(unit, name)
        for key, value in variables.items():
            self.inventory.set_variable(name, key, value)
        for key, value in variables.get("aws_account_tags", {}).items():
            group = self.inventory.add_group(self._sanitize_group_name(f"tag_{key}_{value}"))
            self.inventory.add_child(group, name)
        variables = {**variables, "inventory_hostname": name}
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)
