# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The administrator: an IAM user, its policies, and its console password once it has MFA."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import product
from typing import Any, TypeGuard

from .account import Account
from .administrators import LEAVING_TAG
from .api import IamApi, together
from .errors import AdminError, AwsError
from .group import Group, describe_group, group_steps, read_group
from .identities import has_group, identities, identity_of, sign_ins
from .kept import HANDOVER_SPEC, Keeper, Kept, generate_password
from .names import (
    check_account_id,
    check_alias,
    check_device_names,
    check_name,
    check_path,
    check_policy_arn,
    check_tags,
    devices_by_name,
    named,
)
from .outcome import CHANGES, identities_after
from .permissions import gains, is_open_without_mfa, loses, surely_administers
from .plan import Keep, Plan, Step, kept_after
from .policies import (
    REQUIRE_MFA,
    REQUIRE_MFA_DOCUMENT,
    REQUIRE_MFA_TEXT,
    check_policies,
    check_require_mfa,
    has_signed_in,
    resolve_policies,
)
from .proof import PROOF_TAG, left_over, refuse_to_guess
from .quotas import MOST_GROUPS, needs_room, policy_steps, too_many
from .removal import read_credentials
from .user import User, describe_user, user_of, user_steps
from .virtual_mfa import Device, is_taken, taken_by_another

ARGUMENT_SPEC: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
    "adopt": {"type": "bool", "default": True},
    "handover": HANDOVER_SPEC,
    "path": {"type": "str"},
    "permissions_boundary": {"type": "str"},
    "tags": {"type": "dict", "aliases": ["resource_tags"]},
    "purge_tags": {"type": "bool", "default": True},
    "managed_policies": {"type": "list", "elements": "str", "default": ["AdministratorAccess"]},
    "purge_policies": {"type": "bool", "default": False},
    "group": {"type": "str"},
    "require_mfa": {"type": "raw"},
    "console_access": {"type": "str", "choices": ["after_mfa", "always", "never"], "default": "after_mfa"},
    "password": {"type": "str", "no_log": True},
    "generate_password": {"type": "bool", "default": False, "no_log": False},
    "update_password": {"type": "str", "choices": ["on_create", "always"], "default": "on_create", "no_log": False},
    "password_reset_required": {"type": "bool", "default": True, "no_log": False},
    "device_names": {"type": "list", "elements": "str"},
    "account_alias": {"type": "str"},
    "remove_last_administrator": {"type": "bool", "default": False},
}
# Of an account without a password policy (IAM User Guide: Default password policy)
_MINIMUM_PASSWORD_LENGTH = 8
# The calls after which nothing goes without MFA
_REQUIRES_MFA = ("put_user_policy", "put_group_policy", "add_user_to_group")
# The calls that give something to all members of a group
_GIVES_TO_MEMBERS = {"attach_group_policy", "delete_group_policy"}
_SETS_PASSWORD = {"create_login_profile", "update_login_profile"}


@dataclass(frozen=True)
class LoginProfile:
    """A console password. Nobody can read one, so `set_now` stands for the one that this run sets."""

    password_reset_required: bool
    set_now: bool = False


@dataclass(frozen=True)
class Observed:
    """What AWS has, or is to have.

    `attached_policies` are ARNs, in AWS's order; `wanted_policies` maps what the task names to the ARN that it means,
    None for a policy that does not exist. `left_over_keys` are the access keys that an interrupted proof has left.
    `requires_mfa` is the document of our policy, and `group` is None where none is asked for, or there is none yet.
    `minimum_password_length` is read only where a password may be set.

    What a plan may do to passwords and to the caller takes more, which is read only where it may: `exposed` are the
    users who have a console password then, did not ask for it, and have no MFA device; `shut_out` are the other members
    of a group that begins to require MFA who have no device; `details` is AWS's answer to
    GetAccountAuthorizationDetails; `caller_has_mfa` is None where requiring MFA does not touch the caller; and
    `credentials` are the ids, by kind, of what a user who may be a stranger signs requests with; `groups` are the
    names of those that the user is in where it is to join one, `summary` has the account's quotas where one may be
    exceeded, and `taken` the devices of somebody else that are named
    as those of a user who is to be created.

    `kept` is what the handover holds, None where it was not asked, and `password` the one that AWS would be sent.
    `waits_for_sign_in` says that MFA is not required yet, and will be once the user has signed in.
    """

    account: Account
    user: User | None
    attached_policies: tuple[str, ...]
    login_profile: LoginProfile | None
    mfa_devices: tuple[str, ...]
    account_alias: str | None
    wanted_policies: Mapping[str, str | None]
    left_over_keys: tuple[str, ...] = ()
    requires_mfa: Mapping[str, Any] | None = None
    group: Group | None = None
    minimum_password_length: int | None = None
    caller_has_mfa: bool | None = None
    exposed: tuple[str, ...] = ()
    credentials: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    shut_out: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    summary: Mapping[str, int] = field(default_factory=dict)
    taken: tuple[Device, ...] = ()
    details: Mapping[str, Any] | None = None
    kept: Kept | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    waits_for_sign_in: bool = False


@dataclass(frozen=True)
class AdminUser:
    """The user as it is wanted; None in an option leaves alone what is there.

    `once_signed_in` requires MFA only once the user has signed in.

    `answer_lost` says that a call of this run may have done its work without an answer.
    """

    name: str
    account_id: str | None
    path: str | None
    permissions_boundary: str | None
    tags: Mapping[str, str] | None
    purge_tags: bool
    managed_policies: tuple[str, ...]
    purge_policies: bool
    group: str | None
    require_mfa: bool | None
    once_signed_in: bool
    console_access: str
    password: str | None = field(repr=False)
    update_password: str
    password_reset_required: bool
    account_alias: str | None
    adopt: bool = True
    generate_password: bool = False
    keep_seed: bool = False
    device_names: tuple[str, ...] = ()
    is_given_devices: bool = False
    answer_lost: bool = False

    @classmethod
    def from_params(cls, params: Mapping[str, Any]) -> AdminUser:
        """Make it from the module's options; raise AdminError for those that AWS would refuse."""
        password = params["password"]
        if password is not None and not 1 <= len(password) <= 128:
            raise AdminError("password must have 1 to 128 characters.")
        generates = params["generate_password"]
        if generates and params["handover"] is None:
            raise AdminError("generate_password needs a handover, which keeps the password.")
        if params["console_access"] == "always" and password is None and not generates:
            raise AdminError("console_access: always needs a password.")
        name = check_name("name", params["name"])
        require_mfa, once_signed_in = check_require_mfa(params["require_mfa"])
        return cls(
            name=name,
            account_id=check_account_id(params["account_id"]),
            path=None if params["path"] is None else check_path(params["path"]),
            tags=None if params["tags"] is None else check_tags(_tags(params["tags"])),
            managed_policies=check_policies(params["managed_policies"]),
            group=None if params["group"] is None else check_name("group", params["group"], longest=128),
            password=password,
            account_alias=check_alias(params["account_alias"]) if params["account_alias"] else None,
            keep_seed=bool(params["handover"] and params["handover"]["keep_seed"]),
            device_names=check_device_names(params["device_names"], name),
            is_given_devices=bool(params["device_names"]),
            permissions_boundary=_check_boundary(params["permissions_boundary"]),
            require_mfa=require_mfa,
            once_signed_in=once_signed_in,
            **{
                option: params[option]
                for option in (
                    "generate_password",
                    "purge_tags",
                    "purge_policies",
                    "console_access",
                    "update_password",
                    "password_reset_required",
                    "adopt",
                )
            },
        )

    def observe(self, api: IamApi, handover: Keeper | None = None) -> Observed:
        """Read the account and its alias, the user, its policies, password and MFA devices, and its group."""
        account, user, policies, login_profile, devices, aliases, requires_mfa, group = together(
            api.get_caller_identity,
            partial(api.get_user if self.once_signed_in else api.get_user_detail, self.name),
            partial(api.list_attached_user_policies, self.name),
            partial(api.get_login_profile, self.name),
            partial(api.list_mfa_devices, self.name),
            api.list_account_aliases,
            lambda: None if self.require_mfa is None else api.get_user_policy(self.name, REQUIRE_MFA),
            lambda: self.group and read_group(api, self.group, self.name, self.require_mfa is not None),
        )
        attached = tuple(policy["PolicyArn"] for policy in policies)
        found = None if user is None else user_of(user)
        observed = Observed(
            account=account,
            user=found,
            attached_policies=attached,
            login_profile=None if login_profile is None else LoginProfile(login_profile["PasswordResetRequired"]),
            mfa_devices=tuple(device["SerialNumber"] for device in devices),
            account_alias=aliases[0] if aliases else None,
            wanted_policies=resolve_policies(
                api, account, self.managed_policies, (*attached, *(group.attached_policies if group else ()))
            ),
            left_over_keys=self._left_over(api, account, found) if _was_proven(found) else (),
            requires_mfa=requires_mfa,
            group=group,
            minimum_password_length=_minimum_password_length(api) if self._may_set_password(login_profile) else None,
            password=self.password,
            waits_for_sign_in=self.once_signed_in
            and not (requires_mfa or (group and group.requires_mfa))
            and not has_signed_in(user or {}, login_profile),
        )
        if handover and (self._is_unfinished(observed) or handover.is_left_over()):
            observed = self._with_handover(handover, observed)
        return self._with_what_is_at_stake(api, observed, handover)

    def _is_unfinished(self, observed: Observed) -> bool:
        """Whether the handover has a part in what is done: the user is not as it is to be, or gets a password."""
        wants_password = self.console_access != "never" and (
            observed.login_profile is None or self.update_password == "always"
        )
        return wants_password or bool(self._pending_devices(observed))

    def _pending_devices(self, observed: Observed) -> list[str]:
        enabled = devices_by_name(observed.mfa_devices)
        return [device for device in self.device_names if device.lower() not in enabled]

    def _with_handover(self, handover: Keeper, observed: Observed) -> Observed:
        """Read it, once the account is known to be the one that it is to be of."""
        observed.account.expect(self.account_id)
        kept = handover.read()
        if observed.user and kept.credentials is None:
            kept = replace(kept, elsewhere=handover.elsewhere(self.name))
        kept.expect(observed.account.id, self.name)
        return replace(observed, kept=kept, password=self._password_to_send(observed, kept))

    def _password_to_send(self, observed: Observed, kept: Kept) -> str | None:
        if not self._may_set_password(observed.login_profile) or not (self.password or self.generate_password):
            return self.password
        generated = generate_password(observed.minimum_password_length or 0)
        return kept.password_to_send(self.password, generated, self._renews(observed))

    def _renews(self, observed: Observed) -> bool:
        """Whether AWS has another password than the one that is sent; what had no answer is sent again."""
        return observed.login_profile is not None and not self.answer_lost

    def _left_over(self, api: IamApi, account: Account, user: User) -> tuple[str, ...]:
        return left_over(user.tags, api.list_access_keys(self.name), api.with_source(account).key_ids)

    def _with_what_is_at_stake(self, api: IamApi, observed: Observed, handover: Keeper | None) -> Observed:
        """Read what only a plan needs that gives to somebody with a password, or takes from the caller."""
        methods = {step.method for step in self._steps(observed, self._target(observed))}
        permissions = bool(methods & CHANGES.keys())
        if not permissions and not methods & {"delete_login_profile", *_SETS_PASSWORD}:
            return observed
        # Where everything is new, nobody is in it who may have assumed a role
        if (observed.user or observed.group) and (permissions or "delete_login_profile" in methods):
            observed = replace(observed, account=api.with_source(observed.account))
        if observed.user and not self.adopt:
            observed = self._with_handover(handover, observed) if handover and not observed.kept else observed
            # A password alone is given by the enrolment of a user that was looked at when it was given permissions
            if permissions or ("create_login_profile" in methods and not self._is_known(observed)):
                observed = replace(observed, credentials=read_credentials(api, self.name))
        exposed = self._exposed(api, observed, methods)
        touches_caller = permissions and observed.account.is_called_by(self.name)
        makes_room = needs_room(observed.attached_policies, self._target_policies(observed))
        details = api.get_account_authorization_details() if exposed or touches_caller or makes_room else None
        if details and observed.group and not has_group(details, observed.group.group_name):
            raise AdminError(f"AWS does not list the group {self.group} yet: run again in a minute.")
        joins = observed.user and "add_user_to_group" in methods
        return replace(
            observed,
            summary=api.get_account_summary() if any(too_many(*one) for one in self._policies(observed)) else {},
            groups=tuple(one["GroupName"] for one in api.list_groups_for_user(self.name)) if joins else (),
            taken=self._taken(api, observed) if observed.user is None or permissions else (),
            exposed=exposed,
            shut_out=self._shut_out(api, observed) if "put_group_policy" in methods else (),
            details=details,
            caller_has_mfa=self._caller_has_mfa(api, observed) if methods & {*_REQUIRES_MFA} else None,
        )

    def _taken(self, api: IamApi, observed: Observed) -> tuple[Device, ...]:
        devices = self._pending_devices(observed) if self.is_given_devices else []
        listed = api.list_virtual_mfa_devices() if devices else []
        found = (taken_by_another(observed.account, listed, self.name, device) for device in devices)
        return tuple(device for device in found if device)

    @staticmethod
    def _is_known(observed: Observed) -> bool:
        """Whether the handover is of this very user."""
        held = observed.kept.credentials if observed.kept else None
        return held is not None and observed.user is not None and held.user_id == observed.user.user_id

    def _exposed(self, api: IamApi, observed: Observed, methods: Set[str]) -> tuple[str, ...]:
        """Return whom a console password alone is left to: of the user, and of members who are given something."""
        has_password = self._target_login_profile(observed) is not None
        itself = has_password and not observed.mfa_devices and self.console_access != "always"
        others = sign_ins(api, self._other_members(observed) if methods & _GIVES_TO_MEMBERS else ())
        open_others = [other.name for other in others if other.has_password and not other.has_mfa]
        return (*([self.name] if itself else []), *open_others)

    def _shut_out(self, api: IamApi, observed: Observed) -> tuple[str, ...]:
        others = self._other_members(observed)
        devices = together(*(partial(api.list_mfa_devices, name) for name in others))
        return tuple(name for name, found in zip(others, devices, strict=True) if not found)

    def _other_members(self, observed: Observed) -> list[str]:
        members = observed.group.members if observed.group else ()
        return sorted(name for name in members if name.lower() != self.name.lower())

    def _caller_has_mfa(self, api: IamApi, observed: Observed) -> bool | None:
        """Return whether the caller has an MFA device, None where it is nobody whom `require_mfa` touches."""
        caller = observed.account.calling_user
        if not self.require_mfa or caller is None:
            return None
        if observed.account.is_called_by(self.name):
            return bool(observed.mfa_devices)
        members = {name.lower() for name in observed.group.members} if observed.group else set[str]()
        return bool(api.list_mfa_devices(caller)) if caller.lower() in members else None

    def _may_set_password(self, login_profile: object) -> bool:
        return login_profile is None or self.update_password == "always"

    def plan(self, observed: Observed) -> Plan:
        """See Resource.plan: the steps are the difference between what is and what is to be.

        Raises AdminError for a policy that does not exist, for a caller who would lock itself out, where a password
        alone would open what is given, and where it is not known whose a key is.
        """
        missing = [name for name, arn in observed.wanted_policies.items() if arn is None]
        if missing:
            raise AdminError(
                f"The managed policy {missing[0]!r} does not exist in account {observed.account.id}: correct its name, "
                "or give its ARN if it has a path."
            )
        refuse_to_guess(self.name, observed.left_over_keys)
        if observed.taken:
            raise is_taken(observed.taken[0], self.name)
        if len(observed.groups) >= MOST_GROUPS and not self._is_in_group(observed):
            raise AdminError(
                f"{self.name} is in {named(observed.groups)}, as many groups as AWS allows: remove it from one, and "
                f"run again to have it in {self.group}."
            )
        self._refuse_too_many_policies(observed)
        target = self._target(observed)
        steps = tuple(self._steps(observed, target))
        self._refuse_strange_members(observed, steps)
        self._refuse_a_stranger(observed, steps)
        self._refuse_the_handover(observed)
        self._refuse_to_open(observed, steps)
        self._refuse_to_lock_out_the_caller(observed, steps)
        if observed.kept is None:
            return Plan(steps=steps, before=_describe(observed), after=_describe(target))
        with_handover = tuple(self._kept_steps(observed, observed.kept, steps))
        target = replace(target, kept=kept_after(observed.kept, with_handover, {}))
        return Plan(steps=with_handover, before=_describe(observed), after=_describe(target))

    def _policies(self, observed: Observed) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Return the policies that the user and its group have, and those that they are to have."""
        group, target = observed.group, self._target_group(observed)
        return [
            (observed.attached_policies, self._target_policies(observed)),
            (group.attached_policies if group else (), target.attached_policies if target else ()),
        ]

    def _refuse_too_many_policies(self, observed: Observed) -> None:
        """Raise AdminError where AWS would, after other steps were done."""
        whose = ((self.name, "AttachedPoliciesPerUserQuota"), (self.group, "AttachedPoliciesPerGroupQuota"))
        for (name, quota), (now, target) in zip(whose, self._policies(observed), strict=True):
            most = observed.summary.get(quota, len(target))
            if too_many(now, target, most):
                raise AdminError(
                    f"{name} would have {len(target)} managed policies, and the account allows {most}: detach what is "
                    "not needed, or have the quota raised."
                )

    def _is_in_group(self, observed: Observed) -> bool:
        """Whether the user's groups say so, as AWS may show a group's members late."""
        return self.group is not None and self.group.lower() in {name.lower() for name in observed.groups}

    def _kept_steps(self, observed: Observed, kept: Kept, steps: Iterable[Step]) -> Iterator[Step | Keep]:
        """Keep what is sent before it is sent, and forget what is spent; say in the end whose all of it is."""
        if observed.user is None and kept.credentials and kept.credentials.user_id:
            yield Keep(lambda held, _answers: held.before_user())  # or a run that is killed leaves a stranger
        for step in steps:
            if step.method in _SETS_PASSWORD:
                yield Keep(partial(self._with_password, observed, step.parameters["Password"]))
                yield step
                yield Keep(lambda held, _answers: held.password_sent())
                return  # it is the last one
            yield step
        if observed.user is None or self._settled(observed, kept, {}) != kept:
            yield Keep(partial(self._settled, observed))

    def _with_password(self, observed: Observed, password: str, kept: Kept, answers: Mapping[str, Any]) -> Kept:
        return self._settled(observed, kept, answers).with_password(password, self._renews(observed))

    def _settled(self, observed: Observed, kept: Kept, answers: Mapping[str, Any]) -> Kept:
        """Return what the handover holds once all is done: what an earlier run has left is of no use any more."""
        if kept.credentials or self._is_unfinished(observed):
            kept = self._of_user(observed, kept, answers)
        return kept.once_enabled(observed.mfa_devices, self.keep_seed, has_password=observed.login_profile is not None)

    def _of_user(self, observed: Observed, kept: Kept, answers: Mapping[str, Any]) -> Kept:
        created = answers.get("create_user")
        target = self._target(observed)
        kept = kept.of_new_user() if created else kept
        return kept.of(
            observed.account,
            self.name,
            user_id=created["UserId"] if created else observed.user.user_id if observed.user else None,
            mfa_devices=observed.mfa_devices,
            has_password=observed.login_profile is not None,
            adopts=self.adopt or observed.user is None,
            sign_in_url=observed.account.sign_in_url(target.account_alias),
        )

    def _refuse_the_handover(self, observed: Observed) -> None:
        """Raise AdminError for a handover that is another user's of this name, unless that is adopted."""
        if observed.kept is None or observed.user is None:
            return
        observed.kept.refuse_other_name(observed.account.id, self.name)
        if not self.adopt:
            observed.kept.refuse_stranger(observed.user.user_id, observed.login_profile is not None)

    def _refuse_strange_members(self, observed: Observed, steps: Sequence[Step]) -> None:
        """Raise AdminError where others would be given anything by the group, and were not to be adopted.

        It comes before what the handover may know: it knows the user, and nobody else.
        """
        others = self._other_members(observed)
        if self.adopt or not others or not any(step.method in _GIVES_TO_MEMBERS for step in steps):
            return
        raise AdminError(
            f"The group {self.group} in account {observed.account.id} would give permissions to {named(others)}, too: "
            "make sure who they are, then run again with -e iam_admin_adopt=true, or set another iam_admin_group."
        )

    def _refuse_a_stranger(self, observed: Observed, steps: Sequence[Step]) -> None:
        """Raise AdminError where the user was there before, was not to be adopted, and would be given anything.

        Not where the handover knows it, or where there is none, and a run that was killed may have left the user.
        Another password instead of one that it has gives it nothing.
        """
        gives = any(step.method in CHANGES or step.method == "create_login_profile" for step in steps)
        if self.adopt or observed.user is None or not gives:
            return
        credentials = {
            id: kind.removesuffix("s").replace("_", " ")
            for kind, ids in observed.credentials.items()
            for id in ids
            if id not in observed.left_over_keys
        }
        found = [
            *(["a console password"] if observed.login_profile else []),
            *(f"the MFA device {device}" for device in observed.mfa_devices),
            *(f"the {kind} {id}" for id, kind in credentials.items()),
            *self._not_of_ours(observed.user),
        ]
        held = observed.kept.credentials if observed.kept else None
        has = (observed.user.user_id, observed.login_profile is not None, observed.mfa_devices, credentials)
        if held.knows(*has) if held else not found:
            return
        if observed.kept and not found:
            observed.kept.refuse_stranger(observed.user.user_id, has_password=False)
        having = f", with {', '.join(found)}, which the handover does not know" if found else ""
        raise AdminError(
            f"{self.name} already exists in account {observed.account.id}{having}: find out whose it is, and then run "
            "again with -e iam_admin_adopt=true, or set another iam_admin_name."
        )

    def _not_of_ours(self, user: User) -> list[str]:
        """Return what tells a user from one that we have made."""
        path = [] if user.path in ("/", self.path) else [f"the path {user.path}"]
        ours = {PROOF_TAG, LEAVING_TAG}
        tags = [
            key
            for key, value in user.tags.items()
            if not key.startswith("aws:") and key not in ours and (self.tags or {}).get(key) != value
        ]
        return [*path, *(f"the tag {key}" for key in tags)]

    def _refuse_to_open(self, observed: Observed, steps: Sequence[Step]) -> None:
        """Raise AdminError where a console password alone would open more than before, at any moment of the plan."""
        if not observed.exposed or observed.details is None:
            return
        before = identities(observed.details)
        moments = [identities_after(observed.details, steps[:done]) for done in range(1, len(steps) + 1)]
        for name, (step, after) in product(observed.exposed, zip(steps, moments, strict=True)):
            was, is_to_be = identity_of(before, name), identity_of(after, name)
            is_new = gains(was, is_to_be) or (step.method in _SETS_PASSWORD and name == self.name)
            if is_new and is_open_without_mfa(is_to_be):
                raise AdminError(
                    f"{name} has a console password and no MFA device, so the password alone would open what it is "
                    "given: enable a device for it first, or delete the password (aws iam delete-login-profile "
                    f"--user-name {name}), and run again."
                )

    def _refuse_to_lock_out_the_caller(self, observed: Observed, steps: Sequence[Step]) -> None:
        """Raise AdminError where who calls could not sign in any more, or not administer the account."""
        if observed.caller_has_mfa is False and any(step.method in _REQUIRES_MFA for step in steps):
            raise AdminError(
                f"This run acts as {observed.account.calling_user}, who has no MFA device and would be locked "
                "out by iam_admin_require_mfa: enable one for that user first, or let another administrator run this."
            )
        if not observed.account.is_called_by(self.name):
            return
        if any(step.method == "delete_login_profile" for step in steps):
            raise AdminError(
                f"This run acts as {self.name}, and console_access: never would delete its own console password: let "
                "another administrator do it."
            )
        if observed.details is None:
            return
        was = identity_of(identities(observed.details), self.name)
        is_to_be = identity_of(identities_after(observed.details, steps), self.name)
        if loses(was, is_to_be) and not surely_administers(is_to_be):
            raise AdminError(
                f"This run acts as {self.name}, who might no longer be an administrator after it: "
                "leave out what takes that from it (purge_policies, permissions_boundary, or what the group denies), "
                "or let another administrator do it."
            )

    def after_conflict(self, error: AwsError) -> AdminUser | None:
        """See Resource.after_conflict."""
        if error.code not in ("EntityAlreadyExists", "NoSuchEntity"):
            return None
        if error.operation in ("CreateUser", "CreateGroup") and error.code == "EntityAlreadyExists":
            return self  # AWS had it, and did not show it yet
        if not (error.answer_lost or self.answer_lost):
            return None
        # This run has done it, and never heard so
        after = replace(self, answer_lost=True)
        # A password is set again, which leaves no doubt
        return replace(after, update_password="always") if error.operation == "CreateLoginProfile" else after

    def after_failure(self, error: AwsError, kept: Kept) -> Kept:
        """See Resource.after_failure: a password that AWS is known not to have taken opens nothing."""
        if (error.operation, error.code) == ("CreateLoginProfile", "PasswordPolicyViolation"):
            return kept.password_refused()
        # One that an earlier run has made may be the one that AWS has, and so may one that was sent without an answer
        if not kept.has_new_password or error.answer_lost or self.answer_lost:
            return kept
        of_others = (error.operation, error.code) == ("CreateLoginProfile", "EntityAlreadyExists")
        return kept.password_refused() if of_others or error.operation == "UpdateLoginProfile" else kept

    def result(self, observed: Observed, answers: Mapping[str, Any] | None) -> dict[str, Any]:
        """See Resource.result."""
        target = self._target(observed)
        user = self._target_user(observed)
        if answers and "create_user" in answers:
            created = user_of(answers["create_user"])
            user = replace(user, arn=created.arn, user_id=created.user_id, create_date=created.create_date)
        return {
            "user": {
                **describe_user(user),
                "attached_policies": list(target.attached_policies),
                "mfa_devices": list(target.mfa_devices),
            },
            **({"group": describe_group(target.group)} if target.group else {}),
            "console_access": self._console_access(target),
            "pending_mfa_devices": self._pending_devices(target),
            **self._message(observed, target),
            "sign_in_url": target.account.sign_in_url(target.account_alias),
            "caller_arn": target.account.caller_arn,
            **({"warnings": warnings} if (warnings := self._warnings(observed)) else {}),
            **(
                {"minimum_password_length": observed.minimum_password_length}
                if observed.minimum_password_length
                else {}
            ),
        }

    def _message(self, observed: Observed, target: Observed) -> dict[str, str]:
        """Say why a password that was to be set was not."""
        if self.console_access == "never" or not (self.password or self.generate_password):
            return {}
        if target.login_profile and target.login_profile.set_now:
            return {}
        if observed.login_profile:
            sentence = "has a password that this task did not set: ask who did, or run playbooks/reset_password.yml."
        else:
            sentence = "gets its console password once AWS shows an enabled MFA device for it: run again then."
        return {"msg": f"{self.name} {sentence}"}

    def _warnings(self, observed: Observed) -> list[str]:
        """Say what is left to be done, and whom required MFA shuts out, or from whom it is taken."""
        replacements = observed.kept.replacements(observed.mfa_devices) if observed.kept else []
        return [
            *(
                f"{name} was to replace a lost MFA device, and is not enabled yet: replace_mfa.yml asks for its codes, "
                "and cancel_replacement.yml removes it."
                for name in replacements
            ),
            *self._warnings_of_mfa(observed),
        ]

    def _warnings_of_mfa(self, observed: Observed) -> list[str]:
        if observed.shut_out:
            return [
                f"MFA is required of the group {self.group} now, and {named(observed.shut_out)} can do nothing until "
                "somebody else enables an MFA device."
            ]
        if self.require_mfa is not False:
            return []
        whom = [self.name] if observed.requires_mfa else []
        if observed.group and observed.group.requires_mfa:
            members = sorted({*observed.group.members, self.name})
            whom.append(f"the group {observed.group.group_name} ({named(members)})")
        return [f"MFA is no longer required of {' and '.join(whom)}, as require_mfa is false."] if whom else []

    def _target(self, observed: Observed) -> Observed:
        return replace(
            observed,
            user=self._target_user(observed),
            attached_policies=self._target_policies(observed),
            requires_mfa=self._target_requires_mfa(observed, observed.requires_mfa, by_group=False),
            group=self._target_group(observed),
            login_profile=self._target_login_profile(observed),
            account_alias=self.account_alias or observed.account_alias,
            left_over_keys=(),
        )

    def _target_user(self, observed: Observed) -> User:
        user = observed.user or User(self.name, self.path or "/", None, {}, None)
        boundary = user.permissions_boundary if self.permissions_boundary is None else self.permissions_boundary or None
        path = self.path or user.path
        tags = {key: value for key, value in user.tags.items() if key != PROOF_TAG}
        if self.tags is not None:
            kept = {key: value for key, value in tags.items() if not self.purge_tags or _is_not_ours_to_purge(key)}
            tags = {**kept, **self.tags}
        arn = observed.account.arn(f"user{path}{user.user_name}")
        return replace(user, path=path, permissions_boundary=boundary, tags=tags, arn=arn)

    def _target_policies(self, observed: Observed) -> tuple[str, ...]:
        wanted = tuple(arn for arn in observed.wanted_policies.values() if arn)
        if self.group is not None:
            # The group has them, so the user itself needs none
            return tuple(arn for arn in observed.attached_policies if arn not in wanted and not self.purge_policies)
        kept = (arn for arn in observed.attached_policies if arn in wanted or not self.purge_policies)
        return tuple(dict.fromkeys((*kept, *wanted)))

    def _target_group(self, observed: Observed) -> Group | None:
        if self.group is None:
            return None
        now = observed.group or Group(self.group, (), has_user=False)
        wanted = (arn for arn in observed.wanted_policies.values() if arn)
        return Group(
            group_name=now.group_name,
            attached_policies=tuple(dict.fromkeys((*now.attached_policies, *wanted))),
            has_user=True,
            requires_mfa=self._target_requires_mfa(observed, now.requires_mfa, by_group=True),
            members=now.members,
        )

    def _target_requires_mfa(
        self, observed: Observed, now: Mapping[str, Any] | None, *, by_group: bool
    ) -> Mapping[str, Any] | None:
        """Return our policy's document, for the group where there is one to be, and else for the user itself."""
        if self.require_mfa is None or observed.waits_for_sign_in:
            return now
        return REQUIRE_MFA_DOCUMENT if self.require_mfa and by_group is (self.group is not None) else None

    def _target_login_profile(self, observed: Observed) -> LoginProfile | None:
        current = observed.login_profile
        if self.console_access == "never":
            return None
        if observed.password is None or (current and self.update_password == "on_create"):
            return current
        if current is None and self.console_access == "after_mfa" and not observed.mfa_devices:
            return None
        return LoginProfile(self.password_reset_required, set_now=True)

    def _console_access(self, target: Observed) -> str:
        if target.login_profile:
            return "present"
        return "pending_mfa" if self.console_access == "after_mfa" and not target.mfa_devices else "absent"

    def _steps(self, now: Observed, target: Observed) -> Iterator[Step]:
        """Close doors first and open them last: a password goes before, and comes after, everything else."""
        name = {"UserName": self.name}
        if now.login_profile and not target.login_profile:
            yield Step("delete_login_profile", name)
        for key in now.left_over_keys:
            yield Step("delete_access_key", {**name, "AccessKeyId": key})
        yield from user_steps(now.user, self._target_user(now))
        if target.account_alias != now.account_alias:
            yield Step("create_account_alias", {"AccountAlias": target.account_alias})
        yield from self._permission_steps(now, target)
        if target.login_profile and target.login_profile.set_now:
            method = "update_login_profile" if now.login_profile else "create_login_profile"
            reset = target.login_profile.password_reset_required
            yield Step(method, {**name, "Password": target.password, "PasswordResetRequired": reset})

    def _permission_steps(self, now: Observed, target: Observed) -> Iterator[Step]:
        """Require MFA before there is anything to do with it, and take permissions once others are there, if AWS has
        room for both.
        """
        name, mfa_policy = {"UserName": self.name}, {"PolicyName": REQUIRE_MFA}
        if target.requires_mfa and target.requires_mfa != now.requires_mfa:
            yield Step("put_user_policy", {**name, **mfa_policy, "PolicyDocument": REQUIRE_MFA_TEXT})
        if target.group:
            yield from group_steps(now.group, target.group, self.name)
        yield from policy_steps(self.name, now.attached_policies, target.attached_policies, now.details)
        if now.requires_mfa and not target.requires_mfa:
            yield Step("delete_user_policy", {**name, **mfa_policy})


def _check_boundary(arn: str | None) -> str | None:
    """Return `arn`, which is empty for none; raise AdminError where AWS would refuse it."""
    return check_policy_arn("permissions_boundary", arn) if arn else arn


def _tags(options: Mapping[str, Any]) -> dict[str, str]:
    return {str(key): "" if value is None else str(value) for key, value in options.items()}


def _was_proven(user: User | None) -> TypeGuard[User]:
    return user is not None and PROOF_TAG in user.tags


def _is_not_ours_to_purge(tag: str) -> bool:
    """Whether it is AWS's own, or says to everybody that somebody is removing the user at this moment."""
    return tag.startswith("aws:") or tag == LEAVING_TAG


def _minimum_password_length(api: IamApi) -> int:
    return (api.get_account_password_policy() or {}).get("MinimumPasswordLength", _MINIMUM_PASSWORD_LENGTH)


def _describe(state: Observed) -> dict[str, Any]:
    """Plain data for the diff."""
    profile = state.login_profile
    return {
        "user": describe_user(state.user) if state.user else None,
        "attached_policies": sorted(state.attached_policies),
        "require_mfa": state.requires_mfa,
        "group": None if state.group is None else describe_group(state.group),
        "console_password": None
        if profile is None
        else {"set": "by this run" if profile.set_now else "before", "reset_required": profile.password_reset_required},
        "account_alias": state.account_alias,
        **({"access_keys_of_a_proof": list(state.left_over_keys)} if state.left_over_keys else {}),
        **({"handover": state.kept.describe()} if state.kept else {}),
    }
