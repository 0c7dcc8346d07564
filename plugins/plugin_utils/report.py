# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The report: one data structure of all accounts that were judged, which every format is made from.

As JSON it is documented in the module iam_admin_report. SCHEMA_VERSION grows when a reader would have to change.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError

SCHEMA_VERSION = 1
# The worst first
VERDICTS = ("not secure", "unknown", "not judged", "secure")
# What counts against an account, what does not count, what is well
MARKS = ("fail", "unknown", "accepted", "noted", "pass", "not_applicable")
_BAD = ("fail", "unknown")
_GOOD = ("pass", "not_applicable")
_STATUSES = (*_GOOD, *_BAD)
# What was judged longer ago was judged by another run
_LONGEST_RUN = timedelta(hours=12)
# What a proof is worth is said by these checks: where one does not pass, an earlier proof says nothing any more
_OF_A_PROOF = ("administrator", "permissions", "mfa")
_READ_AGAIN = (
    "See below why the check has no result, fix that, and run it again; examples/check-policy.json has the "
    "permissions that it needs."
)


@dataclass(frozen=True)
class Finding:
    """What one check says of one account."""

    id: str
    status: str
    detail: str
    expected: bool
    exception: str | None

    @property
    def counts_against(self) -> bool:
        """Whether the account is not secure for it."""
        return self.status in _BAD and self.expected and self.exception is None

    @property
    def mark(self) -> str:
        """One of MARKS: the status, or `accepted` and `noted` for what does not pass and does not count."""
        if self.status not in _BAD or self.counts_against:
            return self.status
        return "accepted" if self.exception else "noted"


@dataclass(frozen=True)
class Drift:
    """What became of an account since `since` (ISO 8601), when its verdict `was` another, perhaps.

    `worse` are ids of the checks that count against it and passed, or all after a run that judged nothing; `better` are
    those that counted against it and pass.
    """

    since: str
    was: str
    worse: tuple[str, ...]
    better: tuple[str, ...]


def when(moment: str) -> str:
    """Return a moment (ISO 8601) as people read it, to the minute; raise ValueError for anything else."""
    return f"{_moment(moment):%Y-%m-%d %H:%M} UTC"


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@dataclass(frozen=True)
class Proven:
    """What was proven `at` (ISO 8601): `device`, `permissions`, `require_mfa`.

    It was of one user and one device, as they were then: made anew under their old names they are others.
    """

    at: str
    what: tuple[str, ...]
    user_id: str = ""
    serial_number: str = ""
    enable_date: str = ""

    def holds_of(self, user_id: str | None, mfa_devices: Mapping[str, str]) -> bool:
        """Whether the user, and its devices with the moments at which they were enabled, are those of the proof."""
        return bool(self.user_id) and (
            user_id == self.user_id and mfa_devices.get(self.serial_number) == self.enable_date
        )

    def sentence(self) -> str:
        """Return what was proven and what was not, in a sentence."""
        words = {"device": "MFA device", "require_mfa": "that MFA is required"}
        what = ", ".join(words.get(one, one) for one in self.what)
        return f"Proven on {when(self.at)}: {what}. The password was not tried."


@dataclass(frozen=True)
class AccountReport:
    """One account: `verdict` is one of VERDICTS, `error` what went wrong before it was judged, or instead.

    `drift` is None for an account that no earlier report has, and `proven` for one of which nothing was proven.
    `remembered` says whether a report folder knows earlier proofs, and keeps a new one.
    """

    name: str
    account_id: str | None
    user_name: str
    sign_in_url: str | None
    verdict: str
    error: str | None
    checked_at: str
    findings: tuple[Finding, ...]
    user_id: str | None = None
    mfa_devices: Mapping[str, str] = field(default_factory=dict)
    drift: Drift | None = None
    proven: Proven | None = None
    remembered: bool = True

    @property
    def proof(self) -> str:
        """What was proven, and what was not; empty where there is nothing to prove."""
        if self.proven:
            told = self.proven.sentence()
            return told if self.remembered else f"{told} Without iam_admin_report_dir this proof is not remembered."
        if not {one.id for one in self.findings if one.status == "pass"}.issuperset(_OF_A_PROOF):
            return ""
        if self.remembered:
            return "Configured, not proven."
        return "Configured. No proof is known: iam_admin_report_dir would remember one."

    @property
    def sign_in(self) -> str | None:
        """Where the user signs in; None where it cannot: it has no password, or this is another account."""
        failed = {finding.id for finding in self.findings if finding.status == "fail"}
        cannot = self.verdict == "not judged" or not failed.isdisjoint(("account", "console_password"))
        return None if cannot else self.sign_in_url

    @property
    def not_passed(self) -> list[Finding]:
        """The findings that count against the account."""
        return [finding for finding in self.findings if finding.counts_against]

    @property
    def worst_first(self) -> list[Finding]:
        """The findings in the order of MARKS."""
        return sorted(self.findings, key=lambda finding: MARKS.index(finding.mark))

    @property
    def fails(self) -> bool:
        """Whether the run has to fail for this account."""
        return self.error is not None or self.verdict in ("not secure", "unknown")

    @property
    def rank(self) -> tuple[bool, int, int, str]:
        """To sort by: the worst first."""
        return (not self.fails, VERDICTS.index(self.verdict), -len(self.not_passed), self.name)

    @property
    def became(self) -> int:
        """Above 0 where the verdict is better than it was, below where it is worse."""
        return VERDICTS.index(self.verdict) - VERDICTS.index(self.drift.was) if self.drift else 0

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        drift = self.drift and {**vars(self.drift), "worse": [*self.drift.worse], "better": [*self.drift.better]}
        proven = self.proven and {**vars(self.proven), "what": [*self.proven.what]}
        apart = ("findings", "drift", "proven", "remembered")
        plain = {name: value for name, value in vars(self).items() if name not in apart}
        findings = {one.id: {name: value for name, value in vars(one).items() if name != "id"} for one in self.findings}
        return {**plain, "drift": drift, "proven": proven, "checks": findings}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> AccountReport:
        """Make it from what as_json returned; raise KeyError, TypeError or ValueError for anything else."""
        drift, proven = data["drift"], data["proven"]
        account = cls(
            **{name: value for name, value in data.items() if name not in ("checks", "drift", "proven")},
            findings=tuple(Finding(id=id, **finding) for id, finding in data["checks"].items()),
            drift=None
            if drift is None
            else Drift(**{**drift, "worse": (*drift["worse"],), "better": (*drift["better"],)}),
            proven=None if proven is None else Proven(**{**proven, "what": (*proven["what"],)}),
        )
        account._hold_to_types()
        return account

    def _hold_to_types(self) -> None:
        """Raise TypeError or ValueError where a value is not of the kind that it is declared to be."""
        texts = [self.name, self.user_name, *(one.detail for one in self.findings)]
        texts += [*self.mfa_devices, *self.mfa_devices.values()]
        perhaps = [self.account_id, self.sign_in_url, self.error, self.user_id]
        perhaps += [one.exception for one in self.findings]
        texts += [text for text in perhaps if text is not None]
        moments = [self.checked_at]
        if self.drift:
            texts += [*self.drift.worse, *self.drift.better]
            moments.append(self.drift.since)
        if self.proven:
            of_what = (self.proven.user_id, self.proven.serial_number, self.proven.enable_date)
            texts += [*self.proven.what, *of_what]
            moments.append(self.proven.at)
        if not all(isinstance(text, str) for text in texts) or self.remembered is not True:
            raise TypeError("what is no text")
        _times = [when(moment) for moment in moments]
        _words = self.rank, self.became, [_STATUSES.index(one.status) for one in self.findings]


@dataclass(frozen=True)
class ToDo:
    """What to do, in a sentence, and in which accounts; `check` is the id of the one that fails, if one does."""

    sentence: str
    accounts: tuple[str, ...]
    check: str | None = None


@dataclass(frozen=True)
class Report:
    """All accounts, the worst first. `checks` has title, remedy and references of each check by its id."""

    generated_at: str
    accounts: tuple[AccountReport, ...]
    checks: Mapping[str, Mapping[str, Any]]

    @property
    def summary(self) -> dict[str, int]:
        """How many accounts have each verdict, and in how many something went wrong."""
        verdicts = Counter(account.verdict for account in self.accounts)
        errors = sum(account.error is not None for account in self.accounts)
        return {"accounts": len(self.accounts), **{name: verdicts[name] for name in VERDICTS}, "errors": errors}

    @property
    def oldest(self) -> str:
        """When the account was judged that was judged first (ISO 8601): nothing is said of what came later."""
        return min((account.checked_at for account in self.accounts), key=_moment, default=self.generated_at)

    @property
    def left_out(self) -> list[AccountReport]:
        """The accounts that were judged by an earlier run, and not by this one, the oldest judgement first."""
        begun = _moment(self.generated_at) - _LONGEST_RUN
        found = [account for account in self.accounts if _moment(account.checked_at) < begun]
        return sorted(found, key=lambda account: _moment(account.checked_at))

    @property
    def drifted(self) -> bool:
        """Whether there was an earlier report that it was compared with; an account without drift is new, then."""
        return any(account.drift for account in self.accounts)

    @property
    def to_do(self) -> list[ToDo]:
        """What to do about all that is not secure: errors, what fails in most accounts, what could not be read."""
        by_error, by_check, unread = defaultdict(list), defaultdict(list), []
        for account in self.accounts:
            if account.error:
                by_error[account.error.removeprefix(f"{account.name}: ")].append(account.name)
            failed = [one.id for one in account.not_passed if one.status == "fail"]
            for id in failed:
                by_check[id].append(account.name)
            unknown = [one.id for one in account.not_passed if one.id not in failed]
            # In another account than the one that is meant, nothing was to be read
            if unknown and "account" not in failed:
                unread.append(f"{account.name} ({', '.join(unknown)})")
        return [
            *(ToDo(error, tuple(names)) for error, names in by_error.items()),
            *(
                ToDo(self._remedy(id), tuple(by_check[id]), id)
                for id in sorted(self.checks, key=lambda id: -len(by_check[id]))
                if by_check[id]
            ),
            *([ToDo(_READ_AGAIN, tuple(unread))] if unread else []),
        ]

    def _remedy(self, id: str) -> str:
        """A report of 1.0 has none."""
        return self.checks[id]["remedy"] or f"Make this so: {self.checks[id]['title']}."

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {
            "schema_version": SCHEMA_VERSION,
            "generated_at": self.generated_at,
            "summary": self.summary,
            "checks": {id: dict(check) for id, check in self.checks.items()},
            "accounts": [account.as_json() for account in self.accounts],
        }

    @classmethod
    def from_json(cls, data: Any, source: str) -> Report:
        """Make it from what as_json returned; raise AdminError, which names `source`, for anything else."""
        try:
            if data["schema_version"] != SCHEMA_VERSION:
                raise AdminError(
                    f"{source} has schema version {str(data['schema_version'])[:20]}, and this collection reads "
                    f"{SCHEMA_VERSION}: move it away."
                )
            when(data["generated_at"])
            accounts = tuple(AccountReport.from_json(account) for account in data["accounts"])
            checks = {
                id: {
                    "title": str(check["title"]),
                    "remedy": str(check.get("remedy", "")),
                    "references": [str(one) for one in check["references"]],
                }
                for id, check in data["checks"].items()
            }
            return cls(data["generated_at"], accounts, checks)
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise AdminError(f"{source} is not a report of ours: move it away, or name another one.") from error

    def compared_with(self, earlier: Report) -> Report:
        """Return it with the drift of the accounts that both have."""
        before = _Index(earlier.accounts)
        accounts = [_with_drift(account, before.find(account)) for account in self.accounts]
        return replace(self, accounts=tuple(accounts))

    def remembering(self, earlier: Report) -> Report:
        """Return it with what was proven before, as long as that is still there."""
        before = _Index(earlier.accounts)
        accounts = [_remembering(account, before.find(account), self.generated_at) for account in self.accounts]
        return replace(self, accounts=tuple(accounts))

    def forgotten(self) -> Report:
        """Return it as one that no folder keeps: it knows of no earlier proof, and no later report of this one's."""
        return replace(self, accounts=tuple(replace(account, remembered=False) for account in self.accounts))

    def merged_with(self, other: Report) -> Report:
        """Return it with what `other` knows besides: more accounts, and later judgements, unless of later than now."""
        theirs, ours = _Index(other.accounts), _Index(self.accounts)
        mine = [_later(account, theirs.find(account), self.generated_at) for account in self.accounts]
        more = [account for account in other.accounts if not ours.find(account)]
        return make_report(self.generated_at, [*mine, *more], {**other.checks, **self.checks})


def make_report(
    generated_at: str, accounts: Iterable[AccountReport], checks: Mapping[str, Mapping[str, Any]]
) -> Report:
    """Return a report with its accounts in order."""
    accounts = tuple(sorted(accounts, key=lambda account: account.rank))
    made = {one.id for account in accounts for one in account.findings}
    return Report(generated_at, accounts, {id: check for id, check in checks.items() if id in made})


def judged_twice(accounts: Iterable[AccountReport]) -> dict[str, str]:
    """Return, by host, the sentence for each whose account was judged as another host's, too."""
    hosts_of = defaultdict(list)
    for account in accounts:
        if account.account_id:
            hosts_of[account.account_id].append(account.name)
    return {
        host: f"{' and '.join(hosts)} lead to one account, {account_id}, which was judged as that of each: correct "
        "aws_account_id or aws_profile of one of them in the inventory."
        for account_id, hosts in hosts_of.items()
        if len(hosts) > 1
        for host in hosts
    }


def not_the_only_one(account: AccountReport, sentence: str | None) -> AccountReport:
    """Return it with the sentence as its error, where there is one and nothing else went wrong: it is not secure so."""
    if sentence is None or account.error:
        return account
    return replace(account, error=sentence, verdict="unknown" if account.verdict == "secure" else account.verdict)


class _Index:
    """Finds an account among others: by its id, and where one of the two could not be told, by the host's name."""

    def __init__(self, accounts: Iterable[AccountReport]) -> None:
        self._by_name = {account.name: account for account in accounts}
        self._by_id = {account.account_id or "": account for account in self._by_name.values()}

    def find(self, account: AccountReport) -> AccountReport | None:
        found = self._by_id.get(account.account_id) if account.account_id else None
        same_name = self._by_name.get(account.name)
        if found or same_name is None or (account.account_id and same_name.account_id):
            return found
        return same_name


def _with_drift(account: AccountReport, before: AccountReport | None) -> AccountReport:
    if before is None:
        return account
    if before.checked_at == account.checked_at:
        return replace(account, drift=before.drift)  # the same judgement, written by an earlier part of this run
    # What counts now and did not, or is asked now and was not, has not changed for that
    then, now = ({one.id: one.status for one in judged.findings} for judged in (before, account))
    worse = tuple(one.id for one in account.not_passed if not then or then.get(one.id) in _GOOD)
    better = tuple(one.id for one in before.not_passed if now.get(one.id) in _GOOD)
    return replace(account, drift=Drift(before.checked_at, before.verdict, worse, better))


def _later(account: AccountReport, other: AccountReport | None, now: str) -> AccountReport:
    is_later = other is not None and _moment(account.checked_at) < _moment(other.checked_at) <= _moment(now)
    return other if other and is_later else account


def _remembering(account: AccountReport, other: AccountReport | None, now: str) -> AccountReport:
    holds = {one.id for one in account.findings if one.status == "pass"}.issuperset(_OF_A_PROOF)
    if account.proven or not holds or other is None or account.user_name != other.user_name:
        return account
    proven = other.proven
    if not proven or _moment(proven.at) > _moment(now) or not proven.holds_of(account.user_id, account.mfa_devices):
        return account
    return replace(account, proven=proven)
