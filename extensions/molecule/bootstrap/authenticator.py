# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Print the two codes that an authenticator app shows once it has scanned a QR code."""

from __future__ import annotations

import sys

from PIL import Image

from tests.operator import Authenticator


def main() -> None:
    """Scan the picture that the command line names."""
    app = Authenticator()
    app.scan("account", Image.open(sys.argv[1]))
    sys.stdout.writelines(f"{code}\n" for code in app.codes("account"))


if __name__ == "__main__":
    main()
