# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Each example of the documentation, run as it stands, and what its RETURN says held against what is returned."""

from __future__ import annotations

import importlib
import json
import re
import shutil
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyotp
import pytest
import yaml
from botocore import configloader
from moto.organizations.models import organizations_backends

from tests.integration.cases import (
    ADMINISTRATOR,
    BY_ANSIBLE,
    PASSWORD,
    REQUIRE_MFA,
    attached,
    codes_of,
    device,
    devices,
    enabled_device,
    other_administrator,
    password,
    root,
    user,
)
from tests.integration.cases import Given as GivenAccount
from tests.integration.conftest import TestAccount, run_play
from tests.local_aws.calls import Call, RefusedError
from tests.local_aws.organization import Organization
from tests.local_aws.server import LocalAws
from tests.operator import Operator, ansible, clean_environment
from tests.processes import PROJECT, warm_ansible

COLLECTION = "landing_zone.aws_admin"
PLUGINS = f"ansible_collections.{COLLECTION}.plugins"
# Those of the inventory, and of the examples
IDS = {"general": "111111111111", "production": "222222222222"}
SERIAL = f"arn:aws:iam::{IDS['production']}:mfa/iamadmin"
SEED = "NOBODYHASTHISSEED" + "A" * 47
VAULT_PASSWORD = "correct horse"
SECRETS = {"codes", "otpauth_uri", "password", "qr_code_png", "seed"}
_MOMENT = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00"
# The ids of moto, and of what a test makes, are unlike those of AWS
CHANCE = {
    "access_key_id": r"AKIA[A-Z0-9]{16}",
    "certificate_id": r"[A-Z0-9]{24,28}",
    "checked_at": _MOMENT,
    "create_date": _MOMENT,
    "enable_date": _MOMENT,
    "last_used_date": _MOMENT,
    "upload_date": _MOMENT,
    "user_id": r"[A-Za-z0-9]{20,21}",
}

MODULES = sorted(file.stem for file in (PROJECT / "plugins" / "modules").glob("*.py"))
INVENTORIES = sorted(file.stem for file in (PROJECT / "plugins" / "inventory").glob("*.py"))
LOOKUPS = sorted(file.stem for file in (PROJECT / "plugins" / "lookup").glob("*.py"))
ROLE = yaml.safe_load((PROJECT / "roles" / "iam_admin" / "meta" / "argument_specs.yml").read_text())["argument_specs"]


@dataclass(frozen=True)
class Scene:
    """Both accounts, with a root user each, and a folder to work in."""

    general: TestAccount
    production: TestAccount
    directory: Path

    @property
    def operator(self) -> Operator:
        """Who runs commands there."""
        inventory = {"ANSIBLE_INVENTORY": str(self.directory / "inventory")}
        return Operator(self.directory, {**self.production.environment, **inventory}, starter=warm_ansible())

    @property
    def handover(self) -> Path:
        """The handover of production."""
        return self.directory / "handover" / "production"

    def play(self, hosts: str, tasks: Sequence[Mapping[str, Any]], variables: Mapping[str, Any]) -> list[Any]:
        """Run tasks, and return their results."""
        whole = {"hosts": hosts, "gather_facts": False, "vars": {**variables}, "tasks": [*tasks]}
        results = run_play(
            yaml.safe_dump(whole),
            clean_environment(self.production.environment),
            inventory=str(self.directory / "inventory"),
            directory=self.directory,
        )
        assert "Traceback" not in json.dumps(results)
        return results


Given = Callable[[Scene], object]
Results = list[dict[str, Any]]


@dataclass(frozen=True)
class Try:
    """What an example needs, and a look at what it leaves and returns.

    `given` is there before, and `after` are examples of the same block that are played before, in the same play.
    `fails` is a part of the message that it is meant to fail with.
    """

    given: tuple[Given, ...] = ()
    after: tuple[str, ...] = ()
    hosts: str = "production"
    variables: Callable[[Scene], Mapping[str, Any]] = lambda _scene: {}
    fails: str = ""
    leaves: Callable[[Scene, Results], object] = lambda _scene, _results: True


@dataclass(frozen=True)
class Example:
    """One task, playbook or configuration of a block; `of` is the plugin, or the entry point of the role."""

    of: str
    name: str
    text: str

    @property
    def content(self) -> Any:
        """The example as it stands."""
        return yaml.safe_load(self.text)

    @property
    def tried(self) -> Try:
        """What the table says of it."""
        return TRIES[self.of][self.name]


def tasks_of(plugin: str, kind: str = "modules") -> list[Example]:
    """Return the tasks of a block."""
    text: str = importlib.import_module(f"{PLUGINS}.{kind}.{plugin}").EXAMPLES
    return [Example(plugin, task.get("name", ""), yaml.safe_dump(task)) for task in yaml.safe_load(text)]


def configurations_of(inventory: str) -> list[Example]:
    """Return the configurations of an inventory plugin's block, each with the comment above it."""
    text: str = importlib.import_module(f"{PLUGINS}.inventory.{inventory}").EXAMPLES
    return [Example(inventory, part.strip().splitlines()[0].removeprefix("# "), part) for part in text.split("---\n")]


def playbooks_of(entry_point: str) -> list[Example]:
    """Return the playbook of an entry point of the role, if it has one."""
    text = ROLE[entry_point].get("examples", "[]")
    return [Example(f"role {entry_point}", play["name"], text) for play in yaml.safe_load(text)]


# It names the hosts of a play, and so has one for an example
OF_PLAYS = ("iam_admin_targets",)
TASKS = {
    **{module: tasks_of(module) for module in MODULES},
    **{lookup: tasks_of(lookup, "lookup") for lookup in LOOKUPS if lookup not in OF_PLAYS},
}
OTHERS = {
    **{inventory: configurations_of(inventory) for inventory in INVENTORIES},
    **{lookup: tasks_of(lookup, "lookup") for lookup in OF_PLAYS},
    **{f"role {entry_point}": playbooks_of(entry_point) for entry_point in ROLE},
}
EXAMPLES = {of: examples for of, examples in {**TASKS, **OTHERS}.items() if examples}


# What can be there before


def there(*steps: GivenAccount) -> Given:
    """What production has."""
    return lambda scene: [step(scene.production) for step in steps]


def example(of: str, name: str) -> Given:
    """What another example leaves."""
    return lambda scene: played(scene, next(one for one in TASKS[of] if one.name == name))


def organised(scene: Scene) -> None:
    """An organisation that general manages, by an IAM user whose profile is called management; it trusts IAM."""
    organization = Organization(IDS["general"], "general")
    for name, account_id in (("production", IDS["production"]), ("security", "333333333333")):
        organization.account(name, account_id=account_id)
    general = scene.general
    key = _key_of_operator(general)
    role = f"arn:aws:iam::{IDS['production']}:role/OrganizationAccountAccessRole"
    Path(general.environment["AWS_CONFIG_FILE"]).write_text(
        f"[profile management]\naws_access_key_id = {key}\naws_secret_access_key = void\n"
        f"[profile production]\nrole_arn = {role}\nsource_profile = management\n"
    )
    general.client("organizations").enable_aws_service_access(ServicePrincipal="iam.amazonaws.com")
    general.iam.enable_organizations_root_credentials_management()
    general.iam.enable_organizations_root_sessions()


def rooted(scene: Scene) -> None:
    """All that a root user can have, and has used."""
    root = scene.production.backend.root
    root.set(mfa=True, access_keys=True, signing_certificates=True, password=True)
    root.signed_in = datetime(2021, 2, 3, tzinfo=UTC)
    root.used = {root.access_keys[0]: root.signed_in}


def _key_of_operator(account: TestAccount) -> str:
    if "operator" not in [user["UserName"] for user in account.iam.list_users()["Users"]]:
        account.iam.create_user(UserName="operator")
        account.iam.attach_user_policy(UserName="operator", PolicyArn=ADMINISTRATOR)
        account.iam.create_access_key(UserName="operator")
    (key,) = account.iam.list_access_keys(UserName="operator")["AccessKeyMetadata"]
    return str(key["AccessKeyId"])


def has_no_root(scene: Scene, _results: Results) -> bool:
    return not any(scene.production.backend.root.summary.values())


def has_a_root_password(scene: Scene, results: Results) -> bool:
    return bool(scene.production.backend.root.password) and results[0]["changed"]


def one_account(scene: Scene) -> None:
    """An inventory two of whose three hosts lead to one account."""
    folder = scene.directory / "inventory"
    file = folder / "accounts.yml"
    file.write_text(file.read_text().replace(IDS["general"], IDS["production"]))
    audit = {"ansible_connection": "local", "aws_account_id": "333333333333"}
    (folder / "audit.yml").write_text(json.dumps({"aws_accounts": {"hosts": {"audit": audit}}}))


def organisation(scene: Scene) -> None:
    """An organisation that general manages, with production in a unit."""
    organization = Organization(scene.general.id, "general")
    unit = organization.unit("Workloads")
    organization.account("production", unit, account_id=scene.production.id, environment="live")


def out_of_step(account: TestAccount) -> None:
    """A phone whose codes of now have not been used."""
    (phone,) = account.backend.virtual_mfa_devices.values()
    phone.last_step = 0


def newest_codes(scene: Scene) -> dict[str, str]:
    """Return the codes of the device that was made last."""
    *_others, newest = scene.production.backend.virtual_mfa_devices.values()
    first, following = codes_of(newest.base32_string_seed)
    return {"first_code": first, "next_code": following}


def fresh_code(scene: Scene) -> dict[str, str]:
    """Return a code that was not used to enable the device: the local AWS takes one that is early."""
    (phone,) = scene.production.backend.virtual_mfa_devices.values()
    return {"fresh_code": pyotp.TOTP(phone.base32_string_seed).at(int(time.time()) + 30)}


# What there is to see


def account_of(scene: Scene) -> dict[str, Any]:
    """The administrator as AWS has it."""
    found = scene.production.backend.users["iamadmin"]
    return {"password": found.password, "policies": [*found.managed_policies], "devices": devices(scene.production)}


def encrypted(file: Path) -> bool:
    """Whether ansible-vault has encrypted a file."""
    return file.read_text().startswith("$ANSIBLE_VAULT;")


def in_the_group(scene: Scene, _results: Results) -> bool:
    """Whether the group has what the user had, and requires MFA."""
    (group,) = scene.production.backend.groups.values()
    found = ([*group.managed_policies], [*group.policies], [member.name for member in group.users])
    return found == ([ADMINISTRATOR], [REQUIRE_MFA], ["iamadmin"]) and account_of(scene)["policies"] == []


def found_hosts(_scene: Scene, results: Results) -> bool:
    """Whether the inventory has both accounts."""
    (listed,) = results
    hostvars = listed["_meta"]["hostvars"]
    return {name: hostvars[name]["aws_account_id"] for name in ("general", "production")} == IDS


def has_two_groups(scene: Scene, results: Results) -> bool:
    """Whether there are groups by tag, and aliases."""
    (listed,) = results
    aliases = {listed["_meta"]["hostvars"][name]["iam_admin_account_alias"] for name in IDS}
    groups = {name: listed[name]["hosts"] for name in ("environment_none", "environment_live")}
    cached = list((scene.directory / ".ansible" / "inventory-cache").iterdir())
    return (aliases, groups, len(cached)) == (
        {"acme-general", "acme-production"},
        {"environment_none": ["general"], "environment_live": ["production"]},
        1,
    )


def written(scene: Scene, results: Results) -> bool:
    """Whether the report has files, and the notes name all that it has."""
    report = json.loads((scene.directory / "report" / "report.json").read_text())
    notes = importlib.import_module(f"{PLUGINS}.modules.iam_admin_report").DOCUMENTATION
    assert all(f"C({key})" in notes for key in report), [*report]
    return all(one["summary"] == report["summary"] for one in results)


def has_profile(scene: Scene, _results: Results) -> bool:
    """Whether production's administrator has a profile."""
    found = configloader.load_config(str(scene.directory / ".aws" / "administrators"))["profiles"]
    return bool(
        found == {"production-iamadmin": {"login_session": f"arn:aws:iam::{scene.production.id}:user/iamadmin"}}
    )


def secure(scene: Scene, _results: Results) -> bool:
    """Whether production's administrator can sign in, with MFA."""
    found = account_of(scene)
    return bool(found["password"]) and found["devices"] == {"iamadmin": "iamadmin"}


VAULT = {"vault_handover_password": VAULT_PASSWORD}
READY = there(user(), attached(ADMINISTRATOR), enabled_device())
FINISHED = there(user(), attached(ADMINISTRATOR), enabled_device(), password())

TRIES: dict[str, dict[str, Try]] = {
    "aws_organizations": {
        "All active accounts, with one profile of the management account": Try((organisation,), leaves=found_hosts),
        "With groups by the tag environment and an alias for each account, cached for an hour": Try(
            (organisation,), leaves=has_two_groups
        ),
    },
    "iam_admin_aws_profile": {
        "Write a profile for aws login": Try(leaves=has_profile),
    },
    "iam_admin_guard": {
        "Compare the accounts in the inventory": Try((one_account,), hosts="aws_accounts"),
        "Fail for a refused host": Try(
            (one_account,),
            after=("Compare the accounts in the inventory",),
            fails="general and production lead to one account",
        ),
    },
    "iam_admin_info": {
        "Judge the account": Try((there(root(mfa=False)),)),
        "Fail unless it is secure": Try((FINISHED,), after=("Judge the account",)),
        "Judge selected checks, and accept for now that the root user has no MFA": Try(
            (FINISHED, there(root(mfa=False)))
        ),
        "Judge the accounts of all hosts in one task": Try((FINISHED,), hosts="aws_accounts"),
        "Judge the accounts that iam_admin_user would not change": Try((FINISHED,), hosts="aws_accounts"),
    },
    "iam_admin_proof": {
        "Prove the administrator's MFA device and permissions": Try((READY,), variables=fresh_code),
    },
    "iam_admin_qr_code": {
        "Draw the QR code again for a new phone": Try(
            (example("iam_virtual_mfa", "Create the device, and keep its seed and QR code in the handover"),),
            variables=lambda _scene: VAULT,
            fails="there is no terminal to draw a QR code on",
        ),
    },
    "iam_admin_removal": {
        "Confirm the removal of the administrators": Try(hosts="aws_accounts"),
    },
    "iam_admin_report": {
        "Judge the account of each host": Try((FINISHED,)),
        "Print and save the report": Try(
            (FINISHED,), after=("Judge the account of each host",), hosts="aws_accounts", leaves=written
        ),
        "Fail for accounts that are not secure": Try(
            after=("Judge the account of each host", "Print and save the report"),
            hosts="aws_accounts",
            fails="general is not secure.",
        ),
    },
    "iam_admin_user": {
        "Create the administrator, without a console password until MFA is enabled": Try(
            leaves=lambda scene, _results: (
                account_of(scene) == {"password": None, "policies": [ADMINISTRATOR], "devices": {}}
            )
        ),
        "Create the console password, now that an MFA device is enabled": Try(
            (READY,),
            variables=lambda _scene: {"vault_initial_password": PASSWORD},
            leaves=lambda scene, _results: account_of(scene)["password"] == PASSWORD,
        ),
        "Generate the console password, saving it in the handover before it is set": Try(
            (READY,),
            variables=lambda _scene: VAULT,
            leaves=lambda scene, _results: (
                account_of(scene)["password"] is not None and encrypted(scene.handover / "credentials.yml")
            ),
        ),
        "Reset a lost password": Try(
            (FINISHED,),
            variables=lambda _scene: {"vault_another_password": PASSWORD},
            leaves=lambda scene, _results: account_of(scene)["password"] == PASSWORD,
        ),
        "Grant the permissions through a group, and require MFA": Try((FINISHED,), leaves=in_the_group),
        "Remove an administrator who has left": Try(
            (there(user("formeradmin"), attached(ADMINISTRATOR, name="formeradmin"), other_administrator),),
            leaves=lambda scene, _results: [*scene.production.backend.users] == ["somebody"],
        ),
    },
    "iam_root_by_hand": {
        "Guide a person through securing the root user": Try(),
        "List the remaining steps for the root user, and continue": Try((organised, rooted)),
    },
    "iam_root_credentials": {
        "Delete the root user's credentials, once the account has an administrator": Try(
            (FINISHED, organised, rooted), leaves=has_no_root
        ),
        "Delete the root user's credentials, or leave them to a person": Try((organised,)),
        "Allow the root user to recover its password": Try(
            (organised, lambda scene: scene.production.backend.root.set(mfa=False, password=False)),
            leaves=has_a_root_password,
        ),
    },
    "iam_virtual_mfa": {
        "Create the device": Try(leaves=lambda scene, _results: devices(scene.production) == {"iamadmin": None}),
        "Create the device, and keep its seed and QR code in the handover": Try(
            variables=lambda _scene: VAULT,
            leaves=lambda scene, results: (
                encrypted(scene.handover / "mfa-qr.png") and not any("seed" in one for one in results)
            ),
        ),
        "Enable the device with two codes from the authenticator app": Try(
            (there(user(), device()),),
            variables=newest_codes,
            leaves=lambda scene, _results: devices(scene.production) == {"iamadmin": "iamadmin"},
        ),
        "Replace a lost phone, first step": Try(
            (READY,),
            leaves=lambda scene, _results: devices(scene.production) == {"iamadmin": "iamadmin", "iamadmin.2": None},
        ),
        "Replace a lost phone, second step, with two codes from the new one": Try(
            (READY, example("iam_virtual_mfa", "Replace a lost phone, first step")),
            variables=newest_codes,
            leaves=lambda scene, _results: devices(scene.production) == {"iamadmin.2": "iamadmin"},
        ),
        "Cancel the replacement, as the old phone was found": Try(
            (READY, example("iam_virtual_mfa", "Replace a lost phone, first step")),
            leaves=lambda scene, _results: devices(scene.production) == {"iamadmin": "iamadmin"},
        ),
        "Resynchronise a device whose codes AWS refuses": Try((READY, there(out_of_step)), variables=newest_codes),
        "Remove the device": Try((READY,), leaves=lambda scene, _results: devices(scene.production) == {}),
    },
    "organizations_root_access": {
        "Enable centralised root access, also from the security account": Try(
            (organised,), leaves=lambda _scene, results: results[0]["delegated_administrators"] == ["333333333333"]
        ),
    },
    "role check": {
        "Judge the accounts, and write a report": Try(
            (there(root(mfa=False)), FINISHED),
            hosts="production",
            leaves=lambda scene, _results: (scene.directory / "report" / "report.html").exists(),
        ),
    },
    "role main": {
        "Bootstrap the administrators unattended": Try(variables=lambda _scene: VAULT, leaves=secure),
    },
    "iam_admin_targets": {
        "Judge the accounts": Try((FINISHED,), hosts="production"),
    },
    "iam_admin_options": {
        "Judge the account of the host's profile, or else of the environment": Try((FINISHED,)),
    },
}


def played(scene: Scene, which: Example, **keywords: Any) -> Results:
    """Run an example that is a task, with what belongs before it, and return what each host has of it."""
    tried, task = which.tried, which.content
    before = [one.content for name in tried.after for one in TASKS[which.of] if one.name == name]
    # Only what is registered is seen as it is, where there is no_log
    register = task.setdefault("register", "result")
    look = {"ansible.builtin.debug": {"msg": {"returned": f"{{{{ {register} }}}}"}}}
    results = scene.play(tried.hosts, [*before, {**task, **keywords}, look], tried.variables(scene))
    if tried.fails:
        assert any(tried.fails in result.get("msg", "") for result in results if result.get("failed")), results
        return []
    returned = [result["msg"]["returned"] for result in results if "returned" in (result.get("msg") or {})]
    assert returned, results
    return returned


def run(scene: Scene, which: Example) -> Results:
    """Run an example of any kind as it stands, and return what comes of it."""
    if which.of in TASKS:
        return played(scene, which)
    if which.of in INVENTORIES:
        file = scene.directory / f"{which.of}.yml"
        file.write_text(which.text)
        done = scene.operator.run(*ansible("inventory"), "-i", str(file), "--list")
        # What comes from AWS is marked as no template
        return [json.loads(done.stdout, object_hook=lambda read: read.get("__ansible_unsafe", read))]
    file = scene.directory / "playbook.yml"
    file.write_text(which.text if which.text.startswith("- ") else yaml.safe_dump([which.content]))
    variables = json.dumps(which.tried.variables(scene))
    done = scene.operator.run(*ansible("playbook"), str(file), "-l", which.tried.hosts, "-e", variables)
    assert done.returncode == 0, done.stdout
    return []


class Stage:
    """Where examples are run, each once and in accounts that nobody has used."""

    def __init__(self, aws: LocalAws, folders: pytest.TempPathFactory) -> None:
        self._aws = aws
        self._folders = folders
        self._seen: dict[Example, Results] = {}

    def seen(self, which: Example) -> Results:
        """Return what comes of an example."""
        if which not in self._seen:
            scene = self._scene(which)
            self._seen[which] = run(scene, which)
            assert which.tried.leaves(scene, self._seen[which])
        return self._seen[which]

    def refused(self, which: Example, operation: str, code: str) -> Results:
        """Return what an example returns where AWS refuses a call."""

        def refuse(call: Call) -> None:
            if call.action == operation:
                raise RefusedError(code, "No policy allows this.")

        scene = self._scene(which)
        self._aws.log.intercept = refuse
        try:
            return played(scene, which, ignore_errors=True)
        finally:
            self._aws.log.reset()

    def _scene(self, which: Example) -> Scene:
        folder = self._folders.mktemp("example")
        shutil.copytree(PROJECT / "inventory", folder / "inventory")
        # No example writes to general but its organisation
        self._aws.backend(IDS["production"]).reset()
        organizations_backends[IDS["general"]]["aws"].reset()
        config = folder / "aws-config"
        self._aws.write_config(config, IDS, organisation=False)
        environment = self._aws.environment(config)
        general, production = (
            TestAccount(self._aws, name, account_id, environment) for name, account_id in IDS.items()
        )
        scene = Scene(general, production, folder)
        there(root(mfa=True))(scene)
        for step in which.tried.given:
            step(scene)
        return scene


@pytest.fixture(scope="module")
def stage(aws: LocalAws, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    """One for all tests of this file."""
    return Stage(aws, tmp_path_factory)


def test_each_example_is_tried() -> None:
    assert {of: [*tries] for of, tries in TRIES.items()} == {
        of: [one.name for one in examples] for of, examples in sorted(EXAMPLES.items())
    }
    assert {*MODULES, *INVENTORIES, *LOOKUPS} <= EXAMPLES.keys()


@pytest.mark.parametrize(
    "which", [one for examples in EXAMPLES.values() for one in examples], ids=lambda one: f"{one.of}: {one.name}"
)
def test_an_example_does_as_it_stands_what_it_says(stage: Stage, which: Example) -> None:
    stage.seen(which)


@pytest.mark.parametrize("module", MODULES)
def test_a_module_returns_what_it_documents(stage: Stage, module: str) -> None:
    documented = yaml.safe_load(importlib.import_module(f"{PLUGINS}.modules.{module}").RETURN) or {}
    ours = [one for one in TASKS[module] if f"{COLLECTION}.{module}" in one.content]
    succeeded = [result for one in ours for result in stage.seen(one)]
    failed: Results = []
    if error := documented.get("error"):
        failed = stage.refused(ours[0], **{key: nested["sample"] for key, nested in error["contains"].items()})
        assert all(result["failed"] for result in failed)
    if module == "iam_admin_info":
        # A survey returns it by host
        surveys = [result for result in succeeded if "accounts" in result]
        assert_sample("accounts", documented.pop("accounts"), [result["accounts"] for result in surveys], module)
        of_hosts = [account for result in surveys for account in result["accounts"].values()]
        succeeded = [*filter(None, of_hosts), *(result for result in succeeded if result not in surveys)]
    # Their tasks go on
    failed += [result for result in succeeded if {"by_api", "by_person"} & {*result}]
    assert_documented(documented, [result for result in succeeded if result not in failed], failed, module)


def assert_documented(documented: Mapping[str, Any], succeeded: Results, failed: Results, where: str) -> None:
    """Hold what is returned, at any depth, against what is said of it."""
    returned = [*succeeded, *failed]
    assert {key for result in returned for key in result} - BY_ANSIBLE - {*documented} == set(), where
    for key, says in documented.items():
        at = f"{where}: {key}"
        values = [result[key] for result in returned if key in result]
        assert values, f"{at} is returned by no example"
        if says["returned"] == "success":
            assert all(key in result for result in succeeded), at
        elif says["returned"] == "always":
            assert all(key in result for result in returned), at
        assert ("V(null)" in str(says["description"])) >= (None in values), at
        values = [value for value in values if value is not None]
        assert {type(value).__name__ for value in values} <= {says["type"]}, at
        if says["type"] == "list":
            assert {type(item).__name__ for value in values for item in value} <= {says["elements"]}, at
        if "contains" in says:
            nested = [item for value in values for item in (value if says["type"] == "list" else [value])]
            assert_documented(says["contains"], nested, [], at)
        else:
            assert_sample(key, says, values, at)


def assert_sample(key: str, says: Mapping[str, Any], values: Sequence[Any], where: str) -> None:
    """Hold a sample against what is returned: it is a part of it, where it is neither a secret nor chance."""
    sample = says["sample"]
    assert ("secret" in str(says["description"])) is (key in SECRETS) is ("(void)" in str(sample)), where
    if key in SECRETS:
        pattern = re.escape(json.dumps(sample)).replace(re.escape("(void)"), r"[^\s\"]+")
        assert any(re.fullmatch(pattern, json.dumps(value)) for value in values), where
    elif key in CHANCE:
        assert all(re.fullmatch(CHANCE[key], value) for value in [*values, sample]), where
    elif sample is None:
        assert "V(null)" in str(says["description"]), where
    else:
        assert any(is_part(sample, value) for value in values), (where, values)


def is_part(sample: Any, value: Any) -> bool:
    """Whether a value is the sample or, as a dictionary at any depth, has all of it."""
    if isinstance(sample, Mapping) and isinstance(value, Mapping):
        return all(key in value and is_part(item, value[key]) for key, item in sample.items())
    return bool(sample == value)
