# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The end of an administrator: all that AWS wants gone before a user is deleted (IAM API Reference: DeleteUser)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

from .account import Account
from .administrators import LEAVING_TAG, able_administrators, is_leaving, may_administer_by_aws
from .api import IamApi, together
from .errors import AdminError, AwsError
from .identities import Identity, identities, identity_of
from .kept import Keeper, Kept, device_of
from .names import check_account_id, check_device_names, check_name, original_name
from .plan import Keep, Plan, Step

# Seconds for AWS to show everybody the tag, and then before each further look
_SHOWN_AFTER = 3
_LOOK_AGAIN_AFTER = (1, 2, 4, 8)
# All that a user signs requests with: its kind as the diff shows it, the name of its id, and the call that deletes it
_CREDENTIALS = (
    ("access_keys", "AccessKeyId", "delete_access_key"),
    ("service_specific_credentials", "ServiceSpecificCredentialId", "delete_service_specific_credential"),
    ("ssh_public_keys", "SSHPublicKeyId", "delete_ssh_public_key"),
    ("signing_certificates", "CertificateId", "delete_signing_certificate"),
)


def _lists(
    api: IamApi, name: str, kinds: Sequence[tuple[str, str, str]] = _CREDENTIALS
) -> list[Callable[[], list[dict[str, Any]]]]:
    return [partial(getattr(api, f"list_{kind}"), name) for kind, _id, _delete in kinds]


def _or_why_not(read: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]] | AwsError:
    """Read, or return why the endpoint cannot: AWS itself refuses to delete a user that has any of that left."""
    try:
        return read()
    except AwsError as error:
        if not error.is_not_there:
            raise
        return error


def _ids(
    listed: Iterable[Iterable[Mapping[str, Any]]], kinds: Sequence[tuple[str, str, str]] = _CREDENTIALS
) -> dict[str, tuple[str, ...]]:
    return {
        kind: tuple(credential[id] for credential in found)
        for (kind, id, _delete), found in zip(kinds, listed, strict=True)
    }


def read_credentials(api: IamApi, name: str) -> dict[str, tuple[str, ...]]:
    """Return the ids of all that a user signs requests with, by their kinds."""
    return _ids(together(*_lists(api, name)))


def read_other_credentials(api: IamApi, name: str) -> dict[str, tuple[str, ...]]:
    """Return the same without access keys."""
    others = [credential for credential in _CREDENTIALS if credential[0] != "access_keys"]
    return _ids(together(*_lists(api, name, others)), others)


@dataclass(frozen=True)
class Observed:
    """What the user has; None for a user that does not exist.

    `credentials` are ids by kind, `unassigned_devices` those that bear the names of its own ones, or its own name, and
    that nobody uses. `is_administrator` is true in doubt. `other_administrators` are the names of those who are some
    without a doubt, and can sign in with MFA; those of them who are being removed themselves are `leaving`.
    `unread` says what the endpoint cannot list.
    """

    account: Account
    user: Identity | None
    has_password: bool
    credentials: Mapping[str, tuple[str, ...]]
    mfa_devices: tuple[str, ...]
    unassigned_devices: tuple[str, ...]
    other_administrators: tuple[str, ...]
    account_alias: str | None
    is_administrator: bool
    now: datetime
    leaving: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    kept: Kept | None = field(default=None, repr=False)

    @property
    def caveats(self) -> tuple[str, ...]:
        """What the endpoint cannot list is not removed."""
        return tuple(
            f"{sentence} So none were removed; AWS deletes no user who has any left." for sentence in self.unread
        )


@dataclass(frozen=True)
class Removal:
    """No user of this name, nor its handover. `announced` says that a tag tells everybody so already."""

    name: str
    account_id: str | None
    remove_last_administrator: bool
    device_names: tuple[str, ...]
    announced: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> Removal:
        """Make it from the module's options; raise AdminError for those that AWS would refuse."""
        name = check_name("name", params["name"])
        return cls(
            name=name,
            account_id=check_account_id(params["account_id"]),
            remove_last_administrator=params["remove_last_administrator"],
            device_names=check_device_names(params["device_names"], name) if params["device_names"] else (),
        )

    def observe(self, api: IamApi, handover: Keeper | None = None) -> Observed:
        """Read what the user has, and who else is an administrator, until there is nobody to wait for."""
        if self.announced:
            time.sleep(_SHOWN_AFTER)
        for delay in (*_LOOK_AGAIN_AFTER, None):
            observed = self._look(api)
            if delay is None or not self._waits(observed):
                break
            time.sleep(delay)
        if handover is None:
            return observed
        observed.account.expect(self.account_id)
        kept = handover.read()
        if observed.user and kept.credentials is None:
            kept = replace(kept, elsewhere=handover.elsewhere(self.name))
        held = kept.credentials
        if held is None or kept.is_of(observed.account.id, self.name):
            return replace(observed, kept=kept)
        # What waits for the codes of somebody else is not this user's, whatever it is called
        theirs = {name.lower() for name in (*held.mfa_devices, *held.mfa_seeds)}
        left = (one for one in observed.unassigned_devices if device_of(one).lower() not in theirs)
        return replace(observed, kept=kept, unassigned_devices=tuple(left))

    def _waits(self, observed: Observed) -> bool:
        """Whether AWS has to show the tag first, or another one who leaves has to give way: whose name comes later."""
        if not self.announced or observed.user is None:
            return False
        later = any(name.lower() > self.name.lower() for name in observed.leaving)
        return not is_leaving(observed.user, observed.now) or (later and not observed.other_administrators)

    def _look(self, api: IamApi) -> Observed:
        now = datetime.now(UTC)
        account, there, aliases, details, profile, devices, virtual, *listed = together(
            api.get_caller_identity,
            partial(api.get_user, self.name),
            api.list_account_aliases,
            api.get_account_authorization_details,
            partial(api.get_login_profile, self.name),
            partial(api.list_mfa_devices, self.name),
            api.list_virtual_mfa_devices,
            *(partial(_or_why_not, read) for read in _lists(api, self.name)),
        )
        # Without the user only those are its own that are named
        named = (self.name, *self.device_names) if there else self.device_names
        own = {account.arn(f"mfa/{device}").lower() for device in named}
        users = identities(details)
        user = identity_of(users, self.name) if there else None
        administers = user is not None and may_administer_by_aws(api, user)
        others = able_administrators(api, [one for one in users.values() if one is not user]) if administers else []
        leaving = {other.name for other in others if is_leaving(other, now)}
        return Observed(
            account=api.with_source(account),
            user=user,
            has_password=profile is not None,
            credentials=_ids([] if isinstance(found, AwsError) else found for found in listed),
            mfa_devices=tuple(_serials(devices)),
            unassigned_devices=tuple(_unassigned(own, _serials(devices), virtual)),
            other_administrators=tuple(other.name for other in others if other.name not in leaving),
            account_alias=aliases[0] if aliases else None,
            is_administrator=administers,
            leaving=tuple(sorted(leaving)),
            unread=tuple(str(found) for found in listed if isinstance(found, AwsError)),
            now=now,
        )

    def plan(self, observed: Observed) -> Plan:
        """See Resource.plan. Raises AdminError for the caller, and for the last administrator unless that is asked for.

        Without another administrator who can sign in, only the root user could help. Nor is a handover forgotten whose
        account was renamed.
        """
        user = observed.user
        if user is None:
            return self._plan(observed, {"user": None, **_describe_unassigned(observed)}, _deletions(observed))
        if observed.kept:
            observed.kept.refuse_other_name(observed.account.id, self.name)
        if observed.account.is_called_by(user.name):
            raise AdminError(f"This run acts as {user.name}: let another administrator remove that user.")
        needs_others = observed.is_administrator and not self.remove_last_administrator
        if needs_others and not observed.other_administrators:
            raise AdminError(_refusal(observed, user))
        if self.announced and not is_leaving(user, observed.now):
            raise AdminError(f"AWS does not show yet that {user.name} is being removed: run again in a minute.")
        plan = self._plan(observed, _describe(observed, user), self._steps(observed, user))
        plan = replace(plan, caveats=observed.caveats)
        return replace(plan, **self._announcement(observed, user)) if needs_others and not self.announced else plan

    def _plan(self, observed: Observed, before: Mapping[str, Any], steps: Iterable[Step]) -> Plan:
        """Remove the handover last, as far as it is this user's: until then it knows what there is to remove."""
        after: dict[str, Any] = {"user": None}
        kept = observed.kept
        if kept is None or not kept.is_of(observed.account.id, self.name):
            return Plan(steps=tuple(steps), before=before, after=after)
        return Plan(
            steps=(*steps, Keep(lambda held, _answers: held.removed())),
            before={**before, "handover": kept.describe()},
            after={**after, "handover": None},
        )

    def _announcement(self, observed: Observed, user: Identity) -> dict[str, Any]:
        """Say that the user leaves, and look at the others again: whoever looks later does not count on it."""
        name, since = {"UserName": user.name}, observed.now.isoformat(timespec="seconds")
        return {
            "steps": (Step("tag_user", {**name, "Tags": [{"Key": LEAVING_TAG, "Value": since}]}),),
            "then": replace(self, announced=True),
            "undo": (Step("untag_user", {**name, "TagKeys": [LEAVING_TAG]}),),
        }

    def after_conflict(self, error: AwsError) -> Removal | None:
        """See Resource.after_conflict: what is gone already, and what has come since, another look tells."""
        return self if error.code in ("NoSuchEntity", "DeleteConflict") else None

    def after_failure(self, _error: AwsError, kept: Kept) -> Kept:
        """See Resource.after_failure: the next run goes on."""
        return kept

    def result(self, observed: Observed, _answers: Mapping[str, Any] | None) -> dict[str, Any]:
        """See Resource.result."""
        warnings = [*self._doubts(observed)]
        return {
            **({"warnings": warnings} if warnings else {}),
            "user": None,
            "console_access": "absent",
            "sign_in_url": observed.account.sign_in_url(observed.account_alias),
            "caller_arn": observed.account.caller_arn,
        }

    def _doubts(self, observed: Observed) -> Iterator[str]:
        """Say what could not be listed, and where there is nobody to remove, and the handover is of somebody else."""
        yield from observed.caveats if observed.user else ()
        held = observed.kept.credentials if observed.kept else None
        if (
            observed.user
            or held is None
            or observed.kept is None
            or observed.kept.is_of(observed.account.id, self.name)
        ):
            return
        yield (
            f"There is no user {self.name} in account {observed.account.id}, and {observed.kept.place} is the handover "
            f"of {held.user_name}: make sure that the name is the one that you mean."
        )

    def _steps(self, now: Observed, user: Identity) -> Iterator[Step]:
        """Shut the doors first, then take the permissions, which sessions may still use, and the devices last."""
        name = {"UserName": user.name}
        if now.has_password:
            yield Step("delete_login_profile", name)
        for kind, id, delete in _CREDENTIALS:
            for credential in now.credentials[kind]:
                yield Step(delete, {**name, id: credential})
        for group in user.groups:
            yield Step("remove_user_from_group", {**name, "GroupName": group})
        for arn in user.attached_policies:
            yield Step("detach_user_policy", {**name, "PolicyArn": arn})
        for policy in user.inline_policies:
            yield Step("delete_user_policy", {**name, "PolicyName": policy})
        for serial_number in now.mfa_devices:
            yield Step("deactivate_mfa_device", {**name, "SerialNumber": serial_number})
            if ":mfa/" in serial_number:  # a passkey or a hardware token is gone with that
                yield Step("delete_virtual_mfa_device", {"SerialNumber": serial_number})
        yield from _deletions(now)
        yield Step("delete_user", name)


def _deletions(now: Observed) -> Iterator[Step]:
    for serial_number in now.unassigned_devices:
        yield Step("delete_virtual_mfa_device", {"SerialNumber": serial_number})


def _refusal(observed: Observed, user: Identity) -> str:
    last = f"{user.name} is the last administrator of account {observed.account.id}, as"
    if not observed.leaving:
        return (
            f"{last} nobody else is one with MFA: create another one first, or set iam_admin_remove_last_administrator "
            "(remove_last_administrator of the module)."
        )
    return (
        f"{last} {', '.join(observed.leaving)} is being removed at this moment, and nobody else is one with MFA: "
        "create another one first, or run again once that removal has been abandoned."
    )


def _serials(devices: Iterable[Mapping[str, Any]]) -> list[str]:
    return [device["SerialNumber"] for device in devices]


def _unassigned(own: Set[str], enabled: Iterable[str], devices: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Find what a replacement, or an enrolment, that was interrupted has left: of its `own` devices, and of others.

    A user may have a name like that of a replacement, whose original would be somebody else's.
    """
    names = {*own, *(original_name(name).lower() for name in enabled if name.lower() not in own)}
    unassigned = (device["SerialNumber"] for device in devices if not device.get("User"))
    return (found for found in unassigned if {found.lower(), original_name(found).lower()} & names)


def _describe(observed: Observed, user: Identity) -> dict[str, Any]:
    """Plain data for the diff: all that goes."""
    return {
        "user": {"user_name": user.name, "arn": user.arn, "path": user.path, "tags": dict(user.tags)},
        "console_password": observed.has_password,
        **{kind: list(ids) for kind, ids in observed.credentials.items()},
        "groups": list(user.groups),
        "attached_policies": list(user.attached_policies),
        "inline_policies": list(user.inline_policies),
        "mfa_devices": list(observed.mfa_devices),
        **_describe_unassigned(observed),
    }


def _describe_unassigned(observed: Observed) -> dict[str, Any]:
    return {"unassigned_mfa_devices": list(observed.unassigned_devices)} if observed.unassigned_devices else {}
