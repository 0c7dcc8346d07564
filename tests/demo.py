# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The whole journey on a local AWS: `make demo`. Only the endpoint and the authenticator app are not real."""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.local_aws.__main__ import ACCOUNTS
from tests.local_aws.server import LocalAws
from tests.operator import PROJECT, Operator, ansible, clean_environment

HOSTS = {name: {"aws_profile": name, "aws_account_id": account_id} for name, account_id in ACCOUNTS.items()}
VARIABLES = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}


def main() -> int:
    """Bootstrap both accounts, and return the playbook's exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.demo", description=__doc__)
    parser.add_argument("--interactive", action="store_true", help="a person scans the QR codes and types the codes")
    interactive = parser.parse_args().interactive
    with LocalAws() as aws, tempfile.TemporaryDirectory(prefix="aws-admin-demo-") as folder:
        config = Path(folder, "config")
        aws.write_config(config, ACCOUNTS, organisation=True)
        for account_id in ACCOUNTS.values():
            aws.set_root(account_id, mfa=True)
        inventory = Path(folder, "accounts.json")  # that of the clone is for accounts of one's own
        inventory.write_text(json.dumps({"aws_accounts": {"hosts": HOSTS, "vars": VARIABLES}}))
        operator = Operator(Path(folder), {**aws.environment(config), "ANSIBLE_INVENTORY": str(inventory)})
        operator.columns, operator.rows = shutil.get_terminal_size()
        return by_hand(operator) if interactive else by_itself(operator)


def by_hand(operator: Operator) -> int:
    """Let a person do it, on this terminal."""
    print(f"The QR codes are drawn here, and kept in {operator.directory}/handover until their codes are accepted.")
    # What the screen says of files is true in whatever folder it is read
    where = f"iam_admin_handover_dir={operator.directory / 'handover'}"
    command = [*ansible("playbook"), str(PROJECT / "bootstrap.yml"), "-e", where]
    environment = clean_environment(operator.environment)
    return subprocess.run(command, cwd=operator.directory, env=environment, check=False).returncode


def by_itself(operator: Operator) -> int:
    """Answer the questions by a simulated authenticator app, which needs no QR codes on the screen."""
    colour = {} if sys.stdout.isatty() else {"ANSIBLE_NOCOLOR": "true"}
    operator.environment = {**operator.environment, "CI": "true", **colour}
    operator.echo = sys.stdout
    code, _shown = operator.bootstrap()
    return code


if __name__ == "__main__":
    sys.exit(main())
