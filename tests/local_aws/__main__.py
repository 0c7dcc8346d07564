# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The local AWS in the foreground: `python -m tests.local_aws`. It stops with Ctrl-C, or with its parent."""

from __future__ import annotations

import argparse
import os
import signal
import tempfile
import threading
import time
from pathlib import Path

from .server import LocalAws

ACCOUNTS = {"general": "111111111111", "production": "222222222222"}


def main() -> None:
    """Serve until a signal comes or the parent is gone; print the environment to use the server from elsewhere."""
    parser = argparse.ArgumentParser(prog="python -m tests.local_aws", description=__doc__)
    parser.add_argument("--port", type=int, default=5000, help="loopback port, 0 for a free one")
    parser.add_argument("--own-keys", action="store_true", help="give production keys, not a role: no organisation")
    parser.add_argument("--env-file", type=Path, help="write the environment to this file, too")
    options = parser.parse_args()
    aws = LocalAws(options.port)
    with tempfile.TemporaryDirectory(prefix="local-aws-") as folder:
        config = Path(folder, "config")
        aws.write_config(config, ACCOUNTS, organisation=not options.own_keys)
        for account_id in ACCOUNTS.values():
            aws.set_root(account_id, mfa=True)
        lines = [f"export {name}={value}" for name, value in aws.environment(config).items()]
        if options.env_file:
            options.env_file.write_text("\n".join(lines) + "\n")
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: threading.Thread(target=aws.stop).start())
        print(_USE.format(url=aws.url, lines="\n".join(f"  {line}" for line in lines)), flush=True)
        threading.Thread(target=_stop_with_parent, args=(aws, os.getppid()), daemon=True).start()
        aws.serve_forever()


_USE = """The local AWS listens on {url} until Ctrl-C. To use it from another shell:

{lines}
  export AWS_DEFAULT_REGION=us-east-1  # without which the AWS CLI asks no endpoint but AWS's own

Its accounts are the profiles general and production. Their root users have MFA; to take it away, say:

  curl -X PUT -d '{{"mfa": false}}' {url}/local-aws/accounts/222222222222/root

Every call so far: curl {url}/local-aws/calls
"""


def _stop_with_parent(aws: LocalAws, parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    aws.stop()


if __name__ == "__main__":
    main()
