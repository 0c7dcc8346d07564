# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""How Sphinx builds the documentation: `make docs`."""

from pathlib import Path
from typing import Any

import yaml
from docutils import nodes

_GALAXY = yaml.safe_load((Path(__file__).parents[1] / "galaxy.yml").read_text())

project = f"{_GALAXY['namespace']}.{_GALAXY['name']}"
project_copyright = "Contributors to the landing_zone.aws_admin collection"
version = release = _GALAXY["version"]
html_short_title = html_title = project

extensions = ["sphinx_antsibull_ext"]
highlight_language = "YAML+Jinja"
html_theme = "sphinx_ansible_theme"
html_theme_options = {"vcs_pageview_mode": "edit", "documentation_home_url": "index.html"}
html_show_sphinx = False
html_use_smartypants = True
html_use_modindex = html_use_index = html_copy_source = False
# Of each reference that leads nowhere
nitpicky = True
default_role = "any"

# Ansible's own documentation, by label. Not by intersphinx: the documentation is built without a network
_ANSIBLE = "https://docs.ansible.com/ansible/latest/"
_ELSEWHERE = {
    "action_plugins": "plugins/action.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}


def _elsewhere(_app: Any, _environment: Any, node: nodes.Element, text: nodes.TextElement) -> nodes.reference | None:
    """Lead to Ansible's documentation; `missing-reference` of Sphinx."""
    target = str(node["reftarget"])
    page = "reference_appendices/config.html" if node["reftype"] == "envvar" else _ELSEWHERE.get(target)
    if target.startswith(("ansible_collections.amazon.", "ansible_collections.ansible.")):
        page = target.replace("ansible_collections.", "collections.").replace(".", "/") + ".html"
    return nodes.reference("", "", text, internal=False, refuri=_ANSIBLE + page) if page else None


def setup(app: Any) -> None:
    """See Sphinx."""
    app.connect("missing-reference", _elsewhere)
