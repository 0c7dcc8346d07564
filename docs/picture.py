# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The README's picture: a real run on the local AWS, and what its terminal showed. `make picture`.

The seed in it is void: the local AWS that made it is gone when the picture is there.
"""

from __future__ import annotations

import io
import itertools
import json
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path

from PIL import Image
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text
from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

from tests.local_aws.__main__ import ACCOUNTS
from tests.local_aws.server import LocalAws
from tests.operator import Operator, read_qr_code

PICTURE = Path(__file__).with_name("bootstrap.png")
COLUMNS = 104
_PAGE = """<!DOCTYPE html><meta charset="utf-8"><style>
body {{ margin: 0; background: #14181f; }}
pre {{ display: inline-block; margin: 0; padding: 16px 20px; color: #d8dee9; background: #14181f;
  font: 14px/normal "DejaVu Sans Mono"; }}
</style><pre>{code}</pre>"""


def main() -> None:
    """Take the picture; raise ValueError where the QR code in it is not one that a phone can read."""
    picture = photograph(_PAGE.format(code=as_html(selected(run().splitlines()))))
    assert read_qr_code(picture).startswith("otpauth://totp/")
    picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=64).save(PICTURE, optimize=True)


def run() -> str:
    """Bootstrap one account, and return what the terminal showed."""
    with LocalAws() as aws, tempfile.TemporaryDirectory() as folder:
        config, inventory = Path(folder, "config"), Path(folder, "inventory.json")
        aws.write_config(config, ACCOUNTS, organisation=False)
        aws.set_root(ACCOUNTS["production"], mfa=True)
        hosts = {name: {"aws_profile": name, "aws_account_id": account_id} for name, account_id in ACCOUNTS.items()}
        variables = {"ansible_connection": "local", "ansible_python_interpreter": "{{ ansible_playbook_python }}"}
        inventory.write_text(json.dumps({"aws_accounts": {"hosts": hosts, "vars": variables}}))
        password = Path(folder, "vault-password")
        password.write_text("void\n")
        operator = Operator(
            Path(folder),
            {
                **aws.environment(config),
                "ANSIBLE_INVENTORY": str(inventory),
                "ANSIBLE_VAULT_PASSWORD_FILE": str(password),
            },
            from_screen=True,
        )
        code, _shown = operator.bootstrap("-l", "production")
        assert code == 0
        return operator.shown


def selected(lines: Iterable[str]) -> list[str]:
    """Return the QR code, the question and the verdict; `…` stands for what is between them."""
    chosen, there = ["$ ansible-playbook bootstrap.yml -l production"], iter(lines)
    for first, last in (("AWS production", "MFA codes for"), ("sign in at", "changed:"), ("SECURE", "proven")):
        part = itertools.dropwhile(lambda line, first=first: first not in line, there)
        chosen.append("…")
        for line in part:
            chosen.append(line)
            if last in line:
                break
    return chosen


def as_html(lines: Iterable[str]) -> str:
    """Return the lines with their colours, as narrow as the picture."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    for line in lines:
        console.print(Text.from_ansi(line))
    return console.export_html(theme=MONOKAI, inline_styles=True, code_format="{code}")


def photograph(page: str) -> Image.Image:
    """Return what Chromium shows of a page."""
    options = webdriver.ChromeOptions()
    options.binary_location = str(shutil.which("chromium"))
    for argument in ("--headless", "--no-sandbox", "--disable-gpu", "--window-size=1000,2400"):
        options.add_argument(argument)
    chrome = webdriver.Chrome(options=options, service=Service(str(shutil.which("chromedriver"))))
    try:
        with tempfile.NamedTemporaryFile("w", suffix=".html", encoding="utf-8") as file:
            file.write(page)
            file.flush()
            chrome.get(Path(file.name).as_uri())
            shot = chrome.find_element(By.TAG_NAME, "pre").screenshot_as_png
    finally:
        chrome.quit()
    return Image.open(io.BytesIO(shot))


if __name__ == "__main__":
    main()
