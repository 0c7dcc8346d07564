# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Whatever a module, the role or a question is given: a sentence, and nothing evaluated, leaked or broken."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin import admin_user, expectations, virtual_mfa
from tests.conftest import how_much
from tests.integration.conftest import Bootstrap, TestAccount, bootstrap_of
from tests.operator import PROJECT, ansible

TRICKS = [
    "", " ", "{{ 7*7 }}", "{% raw %}", "../../etc/passwd", "..", "/", "~root", "$HOME", "`id`", "%s%n", "\x00",
    "\x1b[31m", "a" * 65, "a" * 10_000, "\u202e", "\uff41dmin", "\u0130", "-1", "1e400", "null", "a:b:c",
    "arn:aws:iam::aws:policy/../x",
]  # fmt: skip
WORDS = st.one_of(st.sampled_from(TRICKS), st.text(max_size=80))
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), WORDS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(WORDS, inner, max_size=3)),
    max_leaves=4,
)
# Each with what makes the others count
MODULES: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    "iam_admin_user": (admin_user.ARGUMENT_SPEC, {"name": "iamadmin"}),
    "iam_virtual_mfa": (virtual_mfa.ARGUMENT_SPEC, {"user_name": "iamadmin"}),
    "iam_admin_info": (expectations.ARGUMENT_SPEC, {"name": "iamadmin"}),
}
CONNECTION = ("account_id", "profile", "region", "cache_credentials", "validate_certs", "aws_ca_bundle", "aws_config")


def likely(spec: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    """Values of the right type as often as of any other, so that some get past the first check."""
    of_type = {
        "str": st.sampled_from(spec["choices"]) if "choices" in spec else WORDS,
        "bool": st.booleans(),
        "list": st.lists(WORDS, max_size=3),
        "dict": st.dictionaries(WORDS, WORDS, max_size=3),
        "path": WORDS,
        "raw": st.dictionaries(WORDS, st.lists(WORDS, max_size=3), max_size=3),
    }[spec["type"]]
    return st.one_of(of_type, VALUES)


def examples(number: int) -> Callable[[Any], Any]:
    """Return hypothesis' settings."""
    return settings(max_examples=number, suppress_health_check=list(HealthCheck))


@pytest.mark.parametrize("module", MODULES)
def test_no_option_of_a_module_breaks_it_or_reaches_aws_when_aws_would_refuse_it(
    account: TestAccount, request: pytest.FixtureRequest, record_property: Any, module: str
) -> None:
    spec, usual = MODULES[module]
    strategies = {option: likely(entry) for option, entry in spec.items()}
    connection = st.fixed_dictionaries({}, optional=dict.fromkeys(CONNECTION, VALUES))

    @examples(how_much(request.config, 12, 40, 500))
    # What leads nowhere is tried seldom, or nothing else would ever come to AWS
    @given(st.fixed_dictionaries({}, optional=strategies), st.one_of(*[st.just({})] * 4, connection))
    def try_it(options: dict[str, Any], reached_by: dict[str, Any]) -> None:
        result = account.run(module, **{**usual, **options, **reached_by})
        record_property("module inputs tried", 1)
        if result.get("failed"):
            assert "Traceback" not in result["msg"]
            assert "fault of the collection" not in result["msg"], result["msg"]
        assert account.aws.log.violations == []

    account.aws.log.violations.clear()
    try_it()
    assert account.calls


ROLE = yaml.safe_load((PROJECT / "roles" / "iam_admin" / "meta" / "argument_specs.yml").read_text())
# Where files go is this test's to say, and a template in a variables file is evaluated, as ansible promises
VARIABLES = {
    name: likely(entry).filter(lambda value: "{{" not in str(value) and "{%" not in str(value))
    for name, entry in ROLE["argument_specs"]["main"]["options"].items()
    if name not in ("iam_admin_handover_dir", "iam_admin_report_dir", "aws_profile")
}


def test_no_role_variable_breaks_a_run(
    account: TestAccount, tmp_path: Path, request: pytest.FixtureRequest, record_property: Any
) -> None:
    operator = bootstrap_of([account], tmp_path)
    file = tmp_path / "variables.json"

    @examples(how_much(request.config, 5, 12, 150))
    @given(st.fixed_dictionaries({}, optional=VARIABLES))
    @example({"iam_admin_name": None})
    @example({"iam_admin_name": 7})
    def try_it(variables: dict[str, Any]) -> None:
        file.write_text(json.dumps(variables))
        done = operator.run(*ansible("playbook"), str(PROJECT / "bootstrap.yml"), "-e", f"@{file}")
        record_property("sets of role variables tried", 1)
        assert done.returncode in (0, 2), done.stdout
        assert "Traceback" not in done.stdout
        assert "fault of the collection" not in done.stdout, done.stdout
        assert account.aws.log.violations == []

    account.aws.log.violations.clear()
    try_it()


@pytest.mark.parametrize("name", ["../outside", "a/b", "..", ".", ".hidden", "a b", "a" * 300, "{{ 7*7 }}", "ü"])
def test_an_account_name_that_cannot_be_a_folder_is_refused_and_nothing_is_written_outside(
    account: TestAccount, tmp_path: Path, record_property: Any, name: str
) -> None:
    operator = bootstrap_of([account], tmp_path)
    inventory = tmp_path / "inventory.yml"
    inventory.write_text(inventory.read_text().replace('"general"', json.dumps(name), 1))
    before = {str(path) for path in tmp_path.parent.rglob("*")}
    done = operator.run(*ansible("playbook"), str(PROJECT / "bootstrap.yml"))
    record_property("account names tried", 1)
    assert "Traceback" not in done.stdout
    assert "fault of the collection" not in done.stdout
    if done.returncode != 4:  # ansible itself refuses some
        assert done.returncode == 2, done.stdout
    appeared = {str(path) for path in tmp_path.parent.rglob("*")} - before
    assert {path for path in appeared if not path.startswith((f"{tmp_path}/handover", f"{tmp_path}/.a"))} == set()
    assert not (tmp_path / "handover" / "49").exists()


@pytest.mark.parametrize(
    "answer",
    [
        "{{ 7*7 }}",
        "\u0661" * 6,
        *(pytest.param(answer, marks=pytest.mark.long) for answer in ("49 49", "000000 000000", "1" * 5000, "'; id #")),
    ],
)
def test_an_answer_that_is_no_codes_is_not_evaluated_and_never_reaches_aws(
    bootstrap: Bootstrap, record_property: Any, answer: str
) -> None:
    bootstrap.operator.mistake = lambda _codes: [answer]
    code, shown = bootstrap.operator.bootstrap()
    record_property("answers tried", 1)
    assert code == 2
    assert "Traceback" not in shown
    assert "fault of the collection" not in shown
    assert "EnableMFADevice" not in bootstrap.general.calls
