# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a run asks of AWS, and not one call more: on a real network they are what a run waits for."""

from __future__ import annotations

import re
from collections import Counter

from tests.integration.conftest import Bootstrap, TestAccount
from tests.operator import PROJECT, ansible

# The role that leads to production is assumed once, whatever the number of tasks, and not again while it lasts
USER = Counter(
    [
        "GetCallerIdentity",
        "GetUser",
        "GetLoginProfile",
        "ListAttachedUserPolicies",
        "ListMFADevices",
        "ListAccountAliases",
    ]
)
INFO = Counter(
    [
        "GetCallerIdentity",
        "GetAccountSummary",
        "GetAccountAuthorizationDetails",
        "GetLoginProfile",
        "ListMFADevices",
        "ListAccessKeys",
        "ListServiceSpecificCredentials",
        "ListSSHPublicKeys",
        "ListSigningCertificates",
        "ListAccountAliases",
        "SimulatePrincipalPolicy",
    ]
)
DEVICE = Counter(["GetCallerIdentity", "ListVirtualMFADevices"])


# Of the management account, where a member's root user has anything: whether it may have a session of it
OF_ROOT = ["GetCallerIdentity", "ListOrganizationsFeatures"]


def test_calls_of_a_first_run_a_second_run_and_a_check(bootstrap: Bootstrap) -> None:
    account = bootstrap.production
    code, shown = bootstrap.operator.bootstrap("-l", "production")
    assert code == 0, shown
    first = USER + DEVICE + DEVICE + USER + INFO
    first += Counter(["GetPolicy", "CreateUser", "AttachUserPolicy"])
    first += Counter(["GetAccountAuthorizationDetails"])  # a survey finds no user
    first += Counter(["ListVirtualMFADevices"])  # whether one is somebody else's, before there is a user
    first += Counter(["GetUser"])  # whose handover it is that gets the seed
    first += Counter({"GetAccountPasswordPolicy": 2})  # while there is no password
    first += Counter(["CreateVirtualMFADevice", "EnableMFADevice", "CreateLoginProfile"])
    assert Counter(account.calls) == first
    assert Counter(bootstrap.general.calls) == Counter(["AssumeRole", *OF_ROOT])

    # Once for all accounts: guard, survey, its verdict and the report. None has a task of its own, which would cost as
    # much as ten calls
    assert_next(account, INFO, bootstrap, "bootstrap.yml", "ok=4 .* skipped=0 ")
    assert_next(account, INFO, bootstrap, "playbooks/check.yml", "ok=2 .* skipped=0 ")
    assert Counter(bootstrap.general.calls) == Counter(["AssumeRole", *OF_ROOT * 3])


def assert_next(account: TestAccount, calls: Counter[str], bootstrap: Bootstrap, playbook: str, tasks: str) -> None:
    before = len(account.calls)
    done = bootstrap.operator.run(*ansible("playbook"), str(PROJECT / playbook), "-l", "production")
    assert done.returncode == 0, done.stdout
    assert Counter(account.calls[before:]) == calls
    assert re.search(tasks, done.stdout), done.stdout
