# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

PYTHON ?= python3
PORT ?= 5000
INTERACTIVE ?=
FULL ?=
BENCH_ARGS ?= --accounts 2 20 100 $(if $(filter-out 0,$(FULL)),500)
PYTEST_ARGS ?=

VENV := .venv
# One ansible-core line runs on PYTHON; this Python runs the other one: 2.19 needs less than 3.12, 2.21 needs more.
OTHER_VERSION = $(shell $(PYTHON) -c 'import sys; print("3.13" if sys.version_info < (3, 12) else "3.11")')
OTHER_VENV = .venv-$(OTHER_VERSION)
# A name on PATH may be a pyenv shim that refuses to run, so it is tried; then pyenv is asked.
find-python = $(shell version=$(1); \
	pyenv_version=$$(pyenv versions --bare 2>/dev/null | grep "^$$version\." | tail -n 1); \
	for python in "python$$version" "$$(PYENV_VERSION=$$pyenv_version pyenv which "python$$version" 2>/dev/null)"; do \
		"$$python" -c 'import ensurepip, sys, venv; print(sys.executable)' 2>/dev/null && break; \
	done)
OTHER_PYTHON = $(call find-python,$(OTHER_VERSION))

left-out = @echo "Left out: the other ansible-core line, which needs a Python $(OTHER_VERSION); none was found."

# So that molecule and ansible-lint find the ansible of the same environment.
use = PATH="$(CURDIR)/$(1)/bin:$$PATH"
# It copies what git knows of a folder, and git knows nothing of the collections in an environment within this folder.
antsibull-docs = GIT_CEILING_DIRECTORIES="$(CURDIR)" $(VENV)/bin/antsibull-docs

# One more than cores: tests wait for AWS, for people and for time. Whoever has no tests left takes some of another.
pytest = $(call use,$(1)) $(1)/bin/python -m pytest --numprocesses $$(($$(nproc) + 1)) --dist worksteal $(PYTEST_ARGS)
# Without its byte code every process compiles ansible, amazon.aws and boto3 anew: a third of the time
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.SECONDEXPANSION:

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.* ## /\1\t/p' $(MAKEFILE_LIST) | while IFS="$$(printf '\t')" read -r target text; do \
		printf '  make %-14s %s\n' "$$target" "$$text"; done

.PHONY: demo
demo: $(VENV)/.demo ## the whole journey on a local AWS; INTERACTIVE=1 asks you and your authenticator app
	$(call use,$(VENV)) $(VENV)/bin/python -m tests.demo $(if $(filter-out 0,$(INTERACTIVE)),--interactive)

.PHONY: local-aws
local-aws: $(VENV)/.demo ## the local AWS alone, until Ctrl-C, on PORT=5000
	$(call use,$(VENV)) $(VENV)/bin/python -m tests.local_aws --port $(PORT)

.PHONY: test
test: environments test-python test-journey ## something of everything, in ten minutes; the journey on the other ansible-core line, too

# Side by side: each is a minute of downloading and unpacking
.PHONY: environments
environments:
	@$(if $(OTHER_PYTHON),$(MAKE) --no-print-directory $(OTHER_VENV)/.test &) $(MAKE) --no-print-directory $(VENV)/.test; wait

.PHONY: test-all
test-all: test-all-python test-all-other ## every test, on both ansible-core lines where both Pythons are there

.PHONY: test-unit
test-unit: $(VENV)/.test ## unit tests only
	$(call pytest,$(VENV)) tests/unit

.PHONY: test-python
test-python: $(VENV)/.test
	$(call pytest,$(VENV))

.PHONY: test-all-python
test-all-python: $(VENV)/.test
	$(call pytest,$(VENV)) --all

.PHONY: test-molecule
test-molecule: $(VENV)/.test ## molecule's scenarios only
	$(call pytest,$(VENV)) --all tests/integration/test_molecule.py

JOURNEY = \
	tests/integration/test_after_the_first_day.py::test_a_life_takes_as_many_questions_as_it_needs \
	tests/integration/test_bootstrap.py::test_both_accounts_become_secure_and_a_second_run_changes_nothing \
	tests/integration/test_bootstrap.py::test_no_secret_is_printed_however_much_is_asked_for \
	tests/integration/test_bootstrap.py::test_without_a_phone_and_a_terminal_the_codes_are_computed_and_the_seed_is_kept_encrypted \
	tests/integration/test_installed.py::test_it_runs_from_an_empty_prefix \
	tests/integration/test_aws_organizations.py::test_one_profile_reaches_the_accounts_of_an_organisation \
	tests/integration/test_root_access.py::test_it_is_enabled_once_moved_and_taken_back \
	tests/integration/test_root_credentials.py::test_all_that_root_has_is_deleted_its_password_first_and_its_devices_last

.PHONY: test-journey
test-journey: $$(if $$(OTHER_PYTHON),$$(OTHER_VENV)/.test)
	$(if $(OTHER_PYTHON),$(call pytest,$(OTHER_VENV)) tests/unit $(JOURNEY),$(left-out))

.PHONY: test-all-other
test-all-other: $$(if $$(OTHER_PYTHON),$$(OTHER_VENV)/.test)
	$(if $(OTHER_PYTHON),$(call pytest,$(OTHER_VENV)) --all --ignore tests/integration/chaos,$(left-out))

.PHONY: compat
compat: ## the journey on every ansible-core line, each with every Python of it that is there; writes the table of the docs
	$(PYTHON) -m tests.compat --pythons $(foreach version,3.11 3.12 3.13 3.14 3.15,$(call find-python,$(version))) --tests $(JOURNEY)

.PHONY: lint
lint: $(VENV)/.lint ## code, YAML, documentation, changelog, workflows and licences
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/yamllint --strict .
	$(call use,$(VENV)) $(VENV)/bin/ansible-lint --offline --strict
	$(call use,$(VENV)) $(antsibull-docs) lint-collection-docs --plugin-docs --validate-collection-refs=self .
	$(VENV)/bin/antsibull-changelog lint
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.github-workflows .github/workflows/*.yml
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.dependabot .github/dependabot.yml
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(VENV)/bin/check-jsonschema --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/*_*.yml
	$(VENV)/bin/reuse lint --lines

.PHONY: sanity
sanity: sanity-this sanity-other ## ansible-test and galaxy-importer on what Galaxy would install, on both lines

.PHONY: sanity-this
sanity-this: $(VENV)/.lint
	$(call use,$(VENV)) $(VENV)/bin/python -m tests.sanity galaxy-importer ansible-test

.PHONY: sanity-other
sanity-other: $$(if $$(OTHER_PYTHON),$$(OTHER_VENV)/.test)
	$(if $(OTHER_PYTHON), \
		$(call use,$(OTHER_VENV)) $(OTHER_VENV)/bin/python -m tests.sanity ansible-test, \
		$(left-out))

# antsibull-docs writes only into a folder that nobody else may write to, and takes no pictures along
.PHONY: docs
docs: $(VENV)/.docs ## the documentation's pages, in docs/build/html
	rm -rf docs/build && mkdir -p -m 700 docs/build/rst
	$(call use,$(VENV)) antsibull-docs collection --use-current --squash-hierarchy --fail-on-error --dest-dir docs/build/rst landing_zone.aws_admin
	cp docs/docsite/rst/*.svg docs/build/rst/docsite
	$(VENV)/bin/sphinx-build -q -W --keep-going -b html -c docs docs/build/rst docs/build/html

.PHONY: sentences
sentences: $(VENV)/.test ## the list of all that the collection says to people, docs/sentences.txt
	$(VENV)/bin/python -m tests.sentences

.PHONY: picture
picture: $(VENV)/.test ## the README's picture, of a run on the local AWS; needs Chromium
	$(call use,$(VENV)) $(VENV)/bin/python -m docs.picture

.PHONY: chaos
chaos: $(VENV)/.test ## everything that can go wrong at every call, with figures; the tests do a part of it
	$(call pytest,$(VENV)) --chaos tests/integration/chaos

.PHONY: audit
audit: $(VENV)/.test $(VENV)-prowler/.audit ## compare the verdict with that of Prowler, which takes 2.3 GB
	$(call use,$(VENV)) $(VENV)/bin/python -m pytest --prowler "$(CURDIR)/$(VENV)-prowler/bin/prowler" tests/integration/test_prowler.py

.PHONY: clients
clients: $(VENV)/.test $(VENV)-clients/.clients ## let the AWS CLI, and Terraform where it is, use what the playbooks have made
	$(call pytest,$(VENV)) --clients "$(CURDIR)/$(VENV)-clients/bin" tests/integration/test_clients.py

.PHONY: mutants
mutants: $(VENV)/.mutants ## put faults into the code, by hand and by the thousand, each of which a test has to notice
	$(call use,$(VENV)) $(VENV)/bin/python -m tests.mutants.handmade
	$(VENV)/bin/python -m tests.mutants.generated

.PHONY: bench
bench: $(VENV)/.bench ## compare with other ways to do the job, for an hour or more; FULL=1 adds 500 accounts
	$(call use,$(VENV)) $(VENV)/bin/python -m benchmarks $(BENCH_ARGS)

.PHONY: bench-organization
bench-organization: $(VENV)/.bench ## bootstrap and check 100 and 1,000 accounts, for half an hour
	$(call use,$(VENV)) $(VENV)/bin/python -m benchmarks.organization

.PHONY: clean
clean: ## remove the environments and what tools left behind; never the handover
	rm -rf .venv .venv-3.11 .venv-3.13 .venv-clients .venv-compat .venv-prowler docs/build .ansible .cache .hypothesis .mypy_cache .pytest_cache .ruff_cache
	rm -f landing_zone-aws_admin-*.tar.gz
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# The three lists include one another, so an environment grows: the demo does not wait for the linters.
# Compiling every file of the package ansible takes longer than all else; Python compiles those that are used.
install = $(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --requirement $(2) && touch $@

# --clear: an environment whose Python is gone must not keep the stamps of what was installed for it.
$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "PYTHON=$(PYTHON) is too old: 3.11 or later is needed")'
	$(PYTHON) -m venv --clear $(VENV)

$(VENV)-prowler/bin/python $(VENV)-clients/bin/python:
	$(PYTHON) -m venv --clear $(@:/bin/python=)

.venv-3.11/bin/python .venv-3.13/bin/python:
	$(OTHER_PYTHON) -m venv --clear $(@:/bin/python=)

%/.demo: requirements-demo.txt | %/bin/python
	$(call install,$*,$<)

%/.test: requirements-test.txt requirements-demo.txt | %/bin/python
	$(call install,$*,$<)

%/.bench: requirements-bench.txt requirements-demo.txt | %/bin/python
	$(call install,$*,$<)

%/.mutants: requirements-mutants.txt requirements-test.txt requirements-demo.txt | %/bin/python
	$(call install,$*,$<)

%/.docs: requirements-docs.txt requirements-demo.txt | %/bin/python
	$(call install,$*,$<)

%/.audit: requirements-audit.txt | %/bin/python
	$(call install,$*,$<)

%/.clients: requirements-clients.txt | %/bin/python
	$(call install,$*,$<)

%/.lint: requirements-lint.txt requirements-test.txt requirements-demo.txt | %/bin/python
	$(call install,$*,$<)
