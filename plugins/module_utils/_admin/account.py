# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The AWS account that credentials lead to."""

from __future__ import annotations

from dataclasses import dataclass

from .errors import AdminError

# Of the partitions of which AWS says how the address has the account in it (IAM User Guide: "How IAM users sign in to
# AWS"; Getting Started with AWS services in China; AWS GovCloud (US) User Guide)
_SIGN_IN = {
    "aws": "https://{name}.signin.aws.amazon.com/console",
    "aws-cn": "https://{id}.signin.amazonaws.cn/console",
    "aws-us-gov": "https://{id}.signin.amazonaws-us-gov.com/console",
}


@dataclass(frozen=True)
class Account:
    """Who we are to AWS: the account's id, its partition, and the ARN of the caller (STS GetCallerIdentity).

    `source_arn` is whose keys the role was assumed with that calls, None where that was not asked, or is not known.
    `key_ids` are the access keys that the calls are signed with, and that the role was assumed with.
    """

    id: str
    partition: str
    caller_arn: str
    source_arn: str | None = None
    key_ids: frozenset[str] = frozenset()

    def expect(self, account_id: str | None) -> None:
        """Raise AdminError unless this is the account that was asked for (None: any)."""
        if account_id is not None and account_id != self.id:
            raise AdminError(
                f"The credentials lead to account {self.id} and not to the expected account {account_id}: "
                f"correct aws_profile or aws_account_id in the inventory. Nothing was written to {self.id}."
            )

    @property
    def calling_user(self) -> str | None:
        """The name of the IAM user of this account who calls, by a role or not, None for another kind of caller."""
        for arn in (self.caller_arn, self.source_arn or ""):
            kind, _separator, path = arn.rpartition(":")[2].partition("/")
            if kind == "user" and f":{self.id}:" in arn:
                return path.rpartition("/")[2]
        return None

    def is_called_by(self, user_name: str) -> bool:
        """Return whether the caller is an IAM user of this name, which AWS keeps unique ignoring case."""
        return self.calling_user is not None and self.calling_user.lower() == user_name.lower()

    def arn(self, resource: str) -> str:
        """Return the ARN of an IAM resource of this account, such as `user/iamadmin`."""
        return f"arn:{self.partition}:iam::{self.id}:{resource}"

    def sign_in_url(self, alias: str | None) -> str | None:
        """Return where IAM users sign in, None where that is not known: who types a password takes no guess."""
        known = _SIGN_IN.get(self.partition)
        return known and known.format(id=self.id, name=alias or self.id)
