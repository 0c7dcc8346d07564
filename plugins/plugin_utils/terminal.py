# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Questions that a task asks on the terminal of whoever runs this."""

from __future__ import annotations

from ansible.errors import AnsiblePromptInterrupt, AnsiblePromptNoninteractive
from ansible.module_utils.common.text.converters import to_text
from ansible.utils.display import Display

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError


def ask(question: str, private: bool = False) -> str | None:
    """Return the answer to a question, None where there is no terminal; raise AdminError where it is interrupted.

    With `private` nobody sees what is typed.
    """
    try:
        return to_text(Display().prompt_until(question, private=private)).strip()
    except AnsiblePromptNoninteractive:
        return None
    except AnsiblePromptInterrupt as error:
        raise AdminError("It was interrupted at a question.") from error
