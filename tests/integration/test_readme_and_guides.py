# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each command of README and guides, run as it stands there, in a folder that has what a clone has.

And what else they show: inventory, profiles, variables, figures.
"""

from __future__ import annotations

import configparser
import json
import re
import shlex
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import botocore.configloader
import pytest
import yaml
from PIL import Image

from benchmarks.report import PAGE, Results
from tests.integration.cases import codes_of, devices, other_administrator
from tests.integration.conftest import Bootstrap
from tests.integration.tenants import Tenant
from tests.local_aws.organization import Organization
from tests.operator import read_qr_code
from tests.processes import PROJECT

README = (PROJECT / "README.md").read_text()
GUIDES = [path.read_text() for path in sorted((PROJECT / "docs" / "docsite" / "rst").glob("*.rst"))]
PAGES = "\n".join([README, (PROJECT / "CONTRIBUTING.md").read_text(), *GUIDES])
FOUND = set(re.findall(r"(?:^ *|`|&& )((?:ansible-\w+|aws|make|pip) [^`\n]+)", PAGES, re.MULTILINE))
TARGETS = sorted(command for command in FOUND if command.startswith("make "))
# They sign in by a browser at the real AWS
BY_BROWSER = {command for command in FOUND if command.startswith("aws ")}
COMMANDS = sorted(FOUND - {*TARGETS, *BY_BROWSER})
VAULT_PASSWORD = "correct horse"
FIRST_DAY = "ansible-playbook bootstrap.yml"

Step = Callable[[Bootstrap], object]


@dataclass(frozen=True)
class Try:
    """What is there before a command, which exit code it has, and a look at what it leaves.

    `shows` is a part of what it prints, whose lines may be broken anywhere.
    """

    given: tuple[Step, ...] = ()
    code: int = 0
    shows: str = ""
    leaves: Callable[[Bootstrap], object] = lambda _clone: True


def blocks(page: str, language: str) -> list[str]:
    """Return what a page has in blocks of code, be it Markdown or reStructuredText."""
    fenced = re.findall(rf"^( *)```{language}\n(.*?)^\1```", page, re.MULTILINE | re.DOTALL)
    indented = re.findall(
        rf"^( *)\.\. code-block:: {language}\n(?:\1   :.*\n)*\n((?:\1   .*\n|\n)+)", page, re.MULTILINE
    )
    return [textwrap.dedent(text).strip() + "\n" for _indentation, text in fenced + indented]


def say(command: str) -> Step:
    """Run another command of these pages before."""

    def run(clone: Bootstrap) -> None:
        code, shown = follow(clone, command)
        assert code == 0, shown

    return run


def follow(clone: Bootstrap, command: str) -> tuple[int, str]:
    """Type a command line."""
    home = clone.operator.directory
    program, *arguments = [word.replace("~", str(home)) for word in shlex.split(command)]
    clone.operator.answers = {"Anything else leaves them as they are": "yes", **clone.operator.answers}
    code, shown = clone.operator.follow([str(Path(sys.executable).with_name(program)), *arguments])
    assert "Traceback" not in shown
    return code, " ".join(shown.split())


def signs_in(*names: str) -> Callable[[Bootstrap], object]:
    """Whether in these accounts, and in no other, the administrator has a password and its device."""

    def look(clone: Bootstrap) -> bool:
        return names == tuple(
            account.name
            for account in (clone.general, clone.production)
            if devices(account).get("iamadmin") == "iamadmin" and account.backend.users["iamadmin"].password
        )

    return look


def inventory(clone: Bootstrap, more: Mapping[str, Any]) -> None:
    """Say more in the inventory."""
    (clone.operator.directory / "inventory" / "more.yml").write_text(yaml.safe_dump(dict(more)))


def administrator(clone: Bootstrap) -> None:
    """Say in the inventory what a guide says there."""
    (text,) = [block for block in blocks(PAGES, "yaml") if "iam_admin_account_alias" in block]
    inventory(clone, yaml.safe_load(text))


def two_phones(clone: Bootstrap) -> None:
    inventory(clone, {"aws_accounts": {"vars": {"iam_admin_device_names": ["iamadmin", "safe"]}}})


def keep_seed(clone: Bootstrap) -> None:
    inventory(clone, {"aws_accounts": {"vars": {"iam_admin_keep_seed": True}}})


def replacement_without_codes(clone: Bootstrap) -> None:
    clone.operator.bootstrap("-l", "production", "-e", "iam_admin_first_codes=", playbook="playbooks/replace_mfa.yml")
    assert "iamadmin.2" in devices(clone.production)


def out_of_step(clone: Bootstrap) -> None:
    (device,) = clone.production.backend.virtual_mfa_devices.values()
    device.last_step = 0


def prepared_for_codes(clone: Bootstrap) -> None:
    """Write the file with the codes of the devices that are waiting."""
    say("ansible-playbook playbooks/prepare.yml")(clone)
    codes = {
        account.name: codes_of(device.base32_string_seed)
        for account in (clone.general, clone.production)
        for device in account.backend.virtual_mfa_devices.values()
    }
    (clone.operator.directory / "codes.yml").write_text(json.dumps({"iam_admin_mfa_codes": codes}))


def another_administrator(clone: Bootstrap) -> None:
    other_administrator(clone.production)


def organisation(clone: Bootstrap) -> None:
    """Put production into a unit of an organisation that general manages."""
    organization = Organization(clone.general.id, "general")
    organization.account("production", organization.unit("Workloads"), account_id=clone.production.id)


def vault_password_file(clone: Bootstrap) -> None:
    (clone.operator.directory / "password").write_text(VAULT_PASSWORD)


def encrypted_day(clone: Bootstrap) -> None:
    say(f"{FIRST_DAY} --ask-vault-pass")(clone)


def locked_away(clone: Bootstrap) -> None:
    """Encrypt the handover with a password that nobody knows afterwards."""
    answers = clone.operator.answers
    clone.operator.answers = dict.fromkeys(answers, "lost")
    encrypted_day(clone)
    clone.operator.answers = answers


def set_aside(clone: Bootstrap) -> bool:
    return (clone.handover / "production" / "not-used-1-credentials.yml").exists()


def encrypted_qr_code(clone: Bootstrap) -> None:
    say("ansible-playbook playbooks/prepare.yml --ask-vault-pass")(clone)


def decrypted(clone: Bootstrap) -> bool:
    return read_qr_code(Image.open(clone.operator.directory / "qr.png")).startswith("otpauth://totp/")


def remember_password(clone: Bootstrap) -> None:
    clone.production.backend.users["iamadmin"].lost = clone.production.backend.users["iamadmin"].password


def encrypted(clone: Bootstrap) -> bool:
    return all(file.read_text().startswith("$ANSIBLE_VAULT;") for file in clone.handover.glob("*/credentials.yml"))


def in_the_group(clone: Bootstrap) -> bool:
    (group,) = clone.production.backend.groups.values()
    # Nobody has signed in yet, which is what required MFA waits for
    return (group.name, list(group.policies), devices(clone.production)) == (
        "administrators",
        [],
        {"iamadmin": "iamadmin", "safe": "iamadmin"},
    )


def another_password(clone: Bootstrap) -> bool:
    there = clone.production.backend.users["iamadmin"]
    credentials = yaml.safe_load((clone.handover / "production" / "credentials.yml").read_text())
    return there.lost != there.password == credentials["initial_password"]


def profiles(clone: Bootstrap) -> bool:
    found = botocore.configloader.load_config(str(clone.operator.directory / ".aws" / "administrators"))["profiles"]
    return list(found) == ["general-iamadmin", "production-iamadmin"]


def removed(clone: Bootstrap) -> bool:
    return "iamadmin" not in clone.production.backend.users and not (clone.handover / "production").exists()


def reports(clone: Bootstrap) -> bool:
    return {file.name for file in (clone.operator.directory / "report").iterdir()} >= {"report.json", "report.html"}


both = signs_in("general", "production")
first_day = say(FIRST_DAY)


def managed(clone: Bootstrap) -> None:
    """An organisation that general manages, whose root users it may have sessions of."""
    Organization(clone.general.id, "general").account("production", account_id=clone.production.id)
    config = Path(clone.general.environment["AWS_CONFIG_FILE"])
    ids = {account.name: account.id for account in (clone.general, clone.production)}
    clone.general.aws.write_config(config, ids, organisation=True)
    tenant = Tenant(clone.general, {"production": clone.production})
    tenant.as_operator()
    tenant.trust()


def untrusted(clone: Bootstrap) -> None:
    clone.general.iam.disable_organizations_root_sessions()
    clone.general.iam.disable_organizations_root_credentials_management()


def rootless(clone: Bootstrap) -> None:
    clone.production.backend.root.set(password=False, mfa=False)


def has_no_root(clone: Bootstrap) -> bool:
    return not any(clone.production.backend.root.summary.values())


TRIES = {
    FIRST_DAY: Try(leaves=both),
    "ansible-playbook bootstrap.yml --ask-vault-pass": Try(leaves=lambda clone: both(clone) and encrypted(clone)),
    "ansible-playbook bootstrap.yml -l production": Try(leaves=signs_in("production")),
    "ansible-playbook bootstrap.yml --check --diff": Try(shows="not judged", leaves=signs_in()),
    "ansible-playbook playbooks/check.yml": Try(code=2, shows="NOT SECURE"),
    "ansible-playbook playbooks/check.yml -e iam_admin_targets=production": Try(code=2, shows="* production : ok="),
    "ansible-playbook playbooks/check.yml -e iam_admin_report_dir=report": Try((first_day,), leaves=reports),
    "ansible-playbook playbooks/check.yml -i examples/aws_organizations.yml --limit ou_Workloads": Try(
        (organisation,), code=2, shows="production is not secure."
    ),
    "ansible-playbook playbooks/prove.yml": Try((first_day,), shows="MFA device, permissions."),
    "ansible-playbook playbooks/prove.yml -e iam_admin_report_dir=report": Try(
        (first_day,), shows="MFA device, permissions."
    ),
    "ansible-playbook playbooks/prepare.yml": Try(leaves=lambda clone: devices(clone.general) == {"iamadmin": None}),
    "ansible-playbook playbooks/enrol.yml": Try((say("ansible-playbook playbooks/prepare.yml"),), leaves=both),
    "ansible-playbook bootstrap.yml -e iam_admin_enrolment=totp --vault-password-file password": Try(
        (vault_password_file,), leaves=lambda clone: both(clone) and encrypted(clone)
    ),
    "ansible-playbook bootstrap.yml -e @codes.yml": Try((prepared_for_codes,), leaves=both),
    "ansible-playbook landing_zone.aws_admin.bootstrap -i inventory": Try(leaves=both),
    "ansible-playbook playbooks/replace_mfa.yml -l production": Try(
        (first_day,), leaves=lambda clone: devices(clone.production) == {"iamadmin.2": "iamadmin"}
    ),
    "ansible-playbook playbooks/replace_mfa.yml -l production -e iam_admin_lost_device=safe": Try(
        (two_phones, first_day),
        leaves=lambda clone: devices(clone.production) == {"iamadmin": "iamadmin", "safe.2": "iamadmin"},
    ),
    "ansible-playbook playbooks/cancel_replacement.yml -l production": Try(
        (first_day, replacement_without_codes),
        leaves=lambda clone: devices(clone.production) == {"iamadmin": "iamadmin"},
    ),
    "ansible-playbook examples/resync_mfa.yml -l production": Try((first_day, out_of_step), shows="changed=1"),
    "ansible-playbook playbooks/reset_password.yml -l production": Try(
        (first_day, remember_password), leaves=another_password
    ),
    **{
        f"ansible-playbook playbooks/{what}.yml -l production --ask-vault-pass -e iam_admin_adopt=true": Try(
            (locked_away,), leaves=lambda clone: encrypted(clone) and set_aside(clone)
        )
        for what in ("reset_password", "replace_mfa")
    },
    "ansible-playbook playbooks/show_qr.yml -l production": Try((keep_seed, first_day), shows="▀▀▀▀"),
    "ansible-playbook playbooks/aws_profile.yml -e iam_admin_aws_config_file=~/.aws/administrators": Try(
        (first_day,), leaves=profiles
    ),
    "ansible-playbook playbooks/remove.yml -l production --check --diff": Try(
        (first_day, another_administrator), shows="mfa_devices", leaves=both
    ),
    "ansible-playbook playbooks/remove.yml -l production": Try((first_day, another_administrator), leaves=removed),
    "ansible-playbook playbooks/remove.yml -l production -e iam_admin_remove_last_administrator=true": Try(
        (first_day,), leaves=removed
    ),
}


# Root users
TRIES |= {
    "ansible-playbook playbooks/secure_root.yml": Try((first_day,), shows="2 accounts: 2 secure."),
    "ansible-playbook examples/root_access.yml -e management_profile=general": Try(
        (managed, untrusted), leaves=lambda clone: clone.general.iam.list_organizations_features()["EnabledFeatures"]
    ),
    "ansible-playbook examples/root_access.yml -e management_profile=general -e state=absent": Try(
        (managed,), leaves=lambda clone: clone.general.backend.account_summary.organization_features == []
    ),
    "ansible-playbook playbooks/secure_root.yml -e iam_admin_root=absent --check --diff": Try(
        (first_day, managed), shows="root-account-mfa-device", leaves=lambda clone: not has_no_root(clone)
    ),
    "ansible-playbook playbooks/secure_root.yml -e iam_admin_root=absent": Try(
        (first_day, managed), leaves=has_no_root
    ),
    "ansible-playbook examples/root_recovery.yml -l production": Try(
        (managed, rootless), leaves=lambda clone: clone.production.backend.root.password
    ),
}

# What is no playbook
TRIES |= {
    "ansible-doc -t role landing_zone.aws_admin.iam_admin": Try(shows="iam_admin_handover_dir"),
    "ansible-doc -t inventory landing_zone.aws_admin.aws_organizations": Try(shows="include_tags"),
    "ansible-galaxy collection install -r requirements.yml": Try(shows="Nothing to do"),
    "ansible-galaxy collection install landing_zone.aws_admin": Try(shows="Nothing to do"),
    "ansible-inventory -i examples/aws_organizations.yml --graph": Try(
        (organisation,), shows="@ou_Workloads: | | |--prod"
    ),
    "ansible-vault decrypt --output qr.png handover/production/mfa-qr.png": Try((encrypted_qr_code,), leaves=decrypted),
    **{
        f"ansible-vault view handover/{name}/credentials.yml": Try((encrypted_day,), shows="initial_password")
        for name in ("general", "production")
    },
    "pip install ansible": Try(shows="already satisfied"),
    "pip install ansible -r requirements.txt": Try(shows="already satisfied"),
    "pip install ansible-core -r requirements.txt": Try(shows="already satisfied"),
}


@pytest.fixture
def clone(bootstrap: Bootstrap) -> Bootstrap:
    """The folder of a clone, whose inventory has the two accounts."""
    folder = bootstrap.operator.directory
    for name in ("bootstrap.yml", "collections", "examples", "playbooks", "requirements.txt", "requirements.yml"):
        (folder / name).symlink_to(PROJECT / name)
    shutil.copy(PROJECT / "ansible.cfg", folder)
    accounts = (PROJECT / "inventory" / "accounts.yml").read_text()
    for example, account in (("1" * 12, bootstrap.general), ("2" * 12, bootstrap.production)):
        accounts = accounts.replace(example, account.id)
    Path(folder, "inventory").mkdir()
    Path(folder, "inventory", "accounts.yml").write_text(accounts)
    environment = {
        **bootstrap.operator.environment,
        "ANSIBLE_CONFIG": str(folder / "ansible.cfg"),
        "HOME": str(folder),
        "PAGER": "cat",
    }
    del environment["ANSIBLE_INVENTORY"]
    operator = replace(bootstrap.operator, environment=environment, from_screen=True)
    operator.answers = {
        "Vault password: ": VAULT_PASSWORD,
        "Type it once more, to use it:": VAULT_PASSWORD,
    }
    return replace(bootstrap, operator=operator)


# The others run what has tests of its own, and take a minute for each three
QUICK = {
    FIRST_DAY,
    "ansible-playbook landing_zone.aws_admin.bootstrap -i inventory",
    "ansible-playbook playbooks/check.yml -e iam_admin_report_dir=report",
    "ansible-playbook playbooks/remove.yml -l production --check --diff",
    "ansible-vault view handover/production/credentials.yml",
    *(command for command, tried in TRIES.items() if not tried.given and "playbook" not in command),
}


@pytest.mark.parametrize(
    "command",
    [pytest.param(command, marks=() if command in QUICK else pytest.mark.long) for command in COMMANDS],
)
def test_a_command_does_as_it_stands_what_the_page_says(clone: Bootstrap, command: str) -> None:
    tried = TRIES[command]
    operator, environment = clone.operator, clone.operator.environment
    # What is there before needs no process of its own
    inventory = str(operator.directory / "inventory")
    settings = {"ANSIBLE_CONFIG": str(PROJECT / "ansible.cfg"), "ANSIBLE_INVENTORY": inventory}
    operator.environment = {**environment, **settings}
    for step in tried.given:
        step(clone)
    operator.environment = environment
    code, shown = follow(clone, command)
    assert code == tried.code, shown
    assert tried.shows in shown, shown
    assert tried.leaves(clone)


@pytest.mark.long
def test_an_administrator_becomes_what_the_inventory_says(clone: Bootstrap) -> None:
    first_day(clone)
    administrator(clone)
    code, shown = follow(clone, FIRST_DAY + " -l production")
    assert code == 0, shown
    assert in_the_group(clone)
    assert "https://acme-production.signin.aws.amazon.com/console" in shown


@pytest.mark.long
def test_the_tasks_that_take_the_place_of_those_of_1_0_do_their_work(clone: Bootstrap) -> None:
    shown = [block.partition("# 2.0\n")[2] for block in blocks(PAGES, "yaml")]
    tasks = [task for block in shown if "- name:" in block for task in yaml.safe_load(block)]
    user = {"name": "Create the user", "landing_zone.aws_admin.iam_admin_user": {"name": "iamadmin"}}
    play = {
        "name": "Do as 2.0 does",
        "hosts": "general",
        "gather_facts": False,
        "module_defaults": {"group/landing_zone.aws_admin.aws": {"profile": "general"}},
        "tasks": [user, *tasks],
    }
    (clone.operator.directory / "migrated.yml").write_text(yaml.safe_dump([play], sort_keys=False))
    code, said = follow(clone, "ansible-playbook migrated.yml")
    assert code == 0, said
    assert "general (" in said
    assert signs_in("general")(clone)
    assert len(tasks) > 5


def test_each_command_is_there() -> None:
    assert TRIES.keys() == set(COMMANDS)


def test_the_profiles_and_the_inventory_of_the_first_two_accounts_belong_together() -> None:
    hosts = yaml.safe_load((PROJECT / "inventory" / "accounts.yml").read_text())["aws_accounts"]["hosts"]
    profiles = {f"profile {host['aws_profile']}" for host in hosts.values()}
    shown = [configparser.ConfigParser() for _block in blocks(PAGES, "ini")]
    for parser, block in zip(shown, blocks(PAGES, "ini"), strict=True):
        parser.read_string(block)
    assert [set(parser.sections()) for parser in shown].count(profiles) == 2, "README and guide"
    # Without a region `aws login` asks for one
    assert all(section["region"] for parser in shown for section in parser.values() if section.name != "DEFAULT")
    (inventory,) = [block for block in blocks(PAGES, "yaml") if "aws_profile: general" in block]
    assert yaml.safe_load(inventory)["aws_accounts"]["hosts"] == hosts
    assert all(host["aws_account_id"] in README for host in hosts.values())


@pytest.mark.parametrize(("language", "read"), [("yaml", yaml.safe_load), ("json", json.loads)])
def test_what_is_shown_can_be_read(language: str, read: Callable[[str], object]) -> None:
    assert all(read(block) for block in blocks(PAGES, language))


def test_the_links_of_markdown_lead_somewhere() -> None:
    pages = [path for path in PROJECT.glob("*.md") if path.is_file()]
    links = {link for page in pages for link in re.findall(r"\]\(([^):#]+)\)", page.read_text())}
    assert [link for link in sorted(links) if not (PROJECT / link).exists()] == []


def test_the_figures_of_the_page_are_those_that_were_measured() -> None:
    assert Results.load().short_table() in PAGE.read_text()


@pytest.mark.parametrize("command", TARGETS)
def test_make_knows_what_the_page_says(command: str) -> None:
    """Not run, as some of them run this test."""
    done = subprocess.run([*command.split(), "--dry-run"], cwd=PROJECT, check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
