# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the actions of the role have in common: they run on the controller and call nobody."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible.errors import AnsibleActionFail, AnsibleError
from ansible.plugins.action import ActionBase

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import (
    AdminError,
    UnexpectedError,
    printable,
    with_plain_types,
)


class ControllerAction(ActionBase):
    """An action whose failure is one sentence. It has its options in ARGUMENT_SPEC, and its work in `act`."""

    ARGUMENT_SPEC: ClassVar[Mapping[str, Any]]
    _requires_connection = False

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """See ActionBase."""
        super().run(tmp, task_vars)
        try:
            _validation, options = self.validate_argument_spec(self.ARGUMENT_SPEC)
        except AnsibleActionFail as error:
            raise AnsibleActionFail(with_plain_types(str(error))) from None
        try:
            result = self.act(options, task_vars or {})
        except AdminError as error:
            return {"failed": True, "msg": str(error)}
        except AnsibleError:
            raise
        except Exception as error:  # noqa: BLE001
            return {"failed": True, "msg": str(UnexpectedError(error))}
        if "warnings" in result:
            result["warnings"] = [printable(warning) for warning in result["warnings"]]
        return result

    @abstractmethod
    def act(self, options: Mapping[str, Any], task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Do the work and return the task's result; raise AdminError."""
