# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""All that the collection says to people, in one list that can be read with fresh eyes: docs/sentences.txt."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import yaml

PROJECT = Path(__file__).parents[1]
FILE = PROJECT / "docs" / "sentences.txt"

_HEAD = """\
Copyright: Contributors to the landing_zone.aws_admin collection
GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
SPDX-License-Identifier: GPL-3.0-or-later

All that the collection says to people, by file. What is in braces is put in. `make sentences` writes it anew.
"""
_OF_DOCUMENTATION = ("DOCUMENTATION", "EXAMPLES", "RETURN")
_FEWEST_WORDS = 2
_LONGEST_PLACEHOLDER = 40
_WORD = re.compile(r"(?<!\S)[A-Za-z][\w'-]*")
_PLACEHOLDER = re.compile(r"\{[^{}]*\}")
_JINJA = re.compile(r"\{[{%#].*?[}%#]\}", re.DOTALL)
_KEYS = ("name", "msg", "fail_msg", "success_msg", "prompt")


def all_sentences() -> str:
    """Return the list as the file has it."""
    parts = [_HEAD]
    for path in sorted(_files()):
        found = dict.fromkeys(one for one in _said_in(path) if _is_said(one))
        if found:
            parts.append("\n".join([str(path.relative_to(PROJECT)), *(f"  {one}" for one in found)]) + "\n")
    return "\n".join(parts)


def _is_said(text: str) -> bool:
    """Whether a text has enough words to be for people."""
    return len(_WORD.findall(_PLACEHOLDER.sub("", text))) >= _FEWEST_WORDS


def _files() -> Iterator[Path]:
    yield from (PROJECT / "plugins").rglob("*.py")
    yield from (PROJECT / "plugins").rglob("*.html.j2")
    for folder in ("roles", "playbooks"):
        yield from (path for path in (PROJECT / folder).rglob("*.yml") if "meta" not in path.parts)


def _said_in(path: Path) -> Iterator[str]:
    text = path.read_text()
    if path.suffix == ".py":
        said = _of_python(ast.parse(text))
    elif path.suffix == ".yml":
        said = _of_yaml(yaml.safe_load(text))
    else:
        said = _of_page(text)
    return (" ".join(one.split()) for one in said)


def _of_python(node: ast.AST) -> Iterator[str]:
    """Return the texts below a node, but for docstrings, documentation and what nobody reads."""
    if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") in _OF_DOCUMENTATION:
        return
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
        return
    if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "compile":
        return
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(map(_part, node.values))
    for child in ast.iter_child_nodes(node):
        if not (isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant)):
            yield from _of_python(child)


def _part(part: ast.expr) -> str:
    if isinstance(part, ast.Constant):
        return str(part.value)
    source = ast.unparse(part.value) if isinstance(part, ast.FormattedValue) else ""
    return f"{{{source if len(source) <= _LONGEST_PLACEHOLDER else '...'}}}"


def _of_yaml(node: object) -> Iterator[str]:
    if isinstance(node, list):
        for one in node:
            yield from _of_yaml(one)
    elif isinstance(node, dict):
        for key, value in node.items():
            if key in _KEYS and isinstance(value, str):
                yield value
            yield from _of_yaml(value)


def _of_page(text: str) -> Iterator[str]:
    reader = _Text()
    reader.feed(_JINJA.sub("{...}", text))
    return iter(reader.said)


class _Text(HTMLParser):
    """What a page shows."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._is_code = False

    def handle_starttag(self, tag: str, _attributes: object) -> None:
        """See HTMLParser."""
        self._is_code = tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        """See HTMLParser."""
        if not self._is_code:
            self.said.append(data)


if __name__ == "__main__":
    FILE.write_text(all_sentences())
