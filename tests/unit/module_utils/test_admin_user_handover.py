# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The administrator and its handover: what is sent was kept before, and what earlier runs have left is put right."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin import plan as plan_module
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.account import Account
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.admin_user import (
    ARGUMENT_SPEC,
    AdminUser,
    LoginProfile,
    Observed,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, AwsError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.kept import Carried, Credentials, Kept
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.plan import (
    HeldElsewhere,
    kept_after,
    reconcile,
)
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.user import User
from ansible_collections.landing_zone.aws_admin.tests.unit.fake_aws import (
    ACCOUNT,
    ADMINISTRATOR_ACCESS,
    MADE,
    NAME,
    SEED,
    FakeAws,
    calls_of,
    options,
)
from ansible_collections.landing_zone.aws_admin.tests.unit.keeper import (
    NOTHING,
    PLACE,
    Memory,
    holding,
    killed_after,
)

PHONE = ACCOUNT.arn(f"mfa/{NAME}")
USER = User(NAME, "/", None, {}, ACCOUNT.arn(f"user/{NAME}"), "AIDAVOID", MADE.isoformat())
BEGUN = Observed(ACCOUNT, USER, (ADMINISTRATOR_ACCESS,), None, (), None, {"AdministratorAccess": ADMINISTRATOR_ACCESS})
LACKS_ALL = replace(BEGUN, attached_policies=())
NEW = replace(LACKS_ALL, user=None)
WITH_MFA = replace(BEGUN, mfa_devices=(PHONE,))
DONE = replace(WITH_MFA, login_profile=LoginProfile(password_reset_required=True))
HANDOVER = {"directory": "handover", "keep_seed": False}
CODE = frozenset({NAME})
KEEP = ("keep", {})
ATTACH = ("attach_user_policy", {"UserName": NAME, "PolicyArn": ADMINISTRATOR_ACCESS})


def wanted(**given: Any) -> AdminUser:
    return AdminUser.from_params(options(ARGUMENT_SPEC, **{"name": NAME, "handover": HANDOVER, **given}))


def generating(**given: Any) -> AdminUser:
    return wanted(generate_password=True, **given)


def sends(method: str) -> tuple[str, dict[str, Any]]:
    return method, {"UserName": NAME, "Password": "void", "PasswordResetRequired": True}


class Aws(FakeAws):
    """An account whose users have nothing to sign requests with."""

    def list_ssh_public_keys(self, _name: str) -> list[dict[str, Any]]:
        return []

    list_service_specific_credentials = list_signing_certificates = list_ssh_public_keys


def an_account(**has: Any) -> Any:
    """Return an account with its administrator, an MFA device and no password, unless it `has` something else."""
    aws = Aws(**{"attached": [ADMINISTRATOR_ACCESS], "devices": {PHONE: NAME}, **has})
    aws.create_user(UserName=NAME, Path="/")
    aws.writes.clear()
    return aws


def with_password(**has: Any) -> Any:
    """Return such an account where the administrator has a password, which is old."""
    aws = an_account(**has)
    aws.create_login_profile(PasswordResetRequired=True, Password="old")
    aws.writes.clear()
    return aws


def an_empty_account() -> Any:
    return Aws()


@pytest.fixture(autouse=True)
def _no_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan_module.time, "sleep", lambda _seconds: None)


# Options


def test_the_options_are_those_of_the_module() -> None:
    user = generating(device_names=["phone", "safe"], handover={**HANDOVER, "keep_seed": True})
    assert (user.generate_password, user.device_names, user.keep_seed) == (True, ("phone", "safe"), True)
    user = wanted(handover=None)
    assert (user.generate_password, user.device_names, user.keep_seed) == (False, (NAME,), False)
    assert wanted().keep_seed is False
    # A password that is generated may open the console before there is MFA, too
    assert generating(console_access="always").password is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"generate_password": True, "handover": None},
            "generate_password needs a handover, which keeps the password.",
        ),
        ({"console_access": "always"}, "console_access: always needs a password."),
        ({"device_names": ["phone", "my safe"]}, "device_names 'my safe' has characters"),
        ({"device_names": ["phone.2"]}, "device_names 'phone.2' ends like the name of a replacement device"),
    ],
)
def test_options_that_make_no_sense_are_refused(given: dict[str, Any], said: str) -> None:
    with pytest.raises(AdminError) as refused:
        wanted(**given)
    assert str(refused.value).startswith(said)


# When the handover is read


@pytest.mark.parametrize(
    ("aws", "given", "kept", "reads"),
    [
        # All is as it is to be
        (with_password(), {}, NOTHING, 0),
        (with_password(), {"adopt": False, "tags": {"team": "a"}}, NOTHING, 0),
        (an_account(), {"console_access": "never"}, NOTHING, 0),
        (with_password(), {"console_access": "never", "update_password": "always"}, NOTHING, 0),
        # It is not
        (an_empty_account(), {}, NOTHING, 1),
        (an_account(), {}, NOTHING, 1),
        (with_password(), {"update_password": "always"}, NOTHING, 1),
        (with_password(), {"device_names": ["safe"]}, NOTHING, 1),
        (an_account(devices={}), {"console_access": "never"}, NOTHING, 1),
        (with_password(), {}, holding(unsent=True), 1),
        (with_password(), {}, holding(is_bare=True), 1),
        # It may be a stranger's, and is read just once
        (with_password(attached=[]), {"adopt": False}, NOTHING, 1),
        (an_account(attached=[]), {"adopt": False}, NOTHING, 1),
        (with_password(attached=[]), {}, NOTHING, 0),
    ],
)
def test_the_handover_of_a_finished_account_is_not_read(
    aws: Any, given: dict[str, Any], kept: Kept, reads: int
) -> None:
    handover = Memory(kept)
    observed = wanted(**given).observe(aws, handover)
    assert handover.reads == reads
    assert observed.kept == (kept if reads else None)
    assert wanted(**given).observe(aws).kept is None


def test_the_handover_is_read_of_the_account_that_is_expected_alone() -> None:
    handover = Memory()
    with pytest.raises(AdminError, match="not to the expected account 444455556666"):
        wanted(account_id="444455556666").observe(an_empty_account(), handover)
    assert handover.reads == 0


@pytest.mark.parametrize("other", [{"user_name": "somebody"}, {"account_id": "444455556666"}])
def test_the_handover_has_to_be_this_users_in_this_account(other: dict[str, str]) -> None:
    with pytest.raises(AdminError, match=f"^{PLACE} is the handover of "):
        generating().observe(an_empty_account(), Memory(holding(**other)))


@pytest.mark.parametrize(
    ("aws", "kept", "asked"),
    [(an_account(), NOTHING, [NAME]), (an_account(), holding(), []), (an_empty_account(), NOTHING, [])],
)
def test_a_handover_that_is_missing_is_looked_for_elsewhere(aws: Any, kept: Kept, asked: list[str]) -> None:
    handover = Memory(kept, others={ACCOUNT.id: "handover/old"})
    observed = wanted().observe(aws, handover)
    assert handover.asked == asked
    assert observed.kept is not None
    assert observed.kept.elsewhere == (handover.others if asked else {})


# Which password is sent


@pytest.mark.parametrize(
    ("aws", "given", "held", "password"),
    [
        # One that is given
        (an_account(), {"password": "given"}, {"initial_password": "kept", "unsent": True}, "given"),
        (an_account(), {"password": "given", "generate_password": True}, {}, "given"),
        # One that may have been sent
        (an_account(), {"generate_password": True}, {"initial_password": "kept", "unsent": True}, "kept"),
        (
            with_password(),
            {"generate_password": True, "update_password": "always"},
            {"initial_password": "kept", "previous_password": "spent"},
            "kept",
        ),
        # None
        (an_account(), {}, {"initial_password": "kept", "unsent": True}, None),
        (with_password(devices={}), {"generate_password": True}, {}, None),
    ],
)
def test_a_password_is_sent_again_until_it_is_known_that_aws_has_it(
    aws: Any, given: dict[str, Any], held: dict[str, Any], password: str | None
) -> None:
    assert wanted(**given).observe(aws, Memory(holding(**held))).password == password


@pytest.mark.parametrize(
    ("aws", "given", "held"),
    [
        (an_account(), {}, {}),
        # It was sent, and AWS has none any more: its owner may have changed it meanwhile
        (an_account(), {}, {"initial_password": "spent"}),
        (with_password(), {"update_password": "always"}, {"initial_password": "spent"}),
        # AWS has one, so this is not it
        (with_password(), {"update_password": "always"}, {"initial_password": "kept", "unsent": True}),
    ],
)
@pytest.mark.parametrize(("minimum", "length"), [(None, 24), (40, 40)])
def test_else_one_is_generated_that_is_as_long_as_it_has_to_be(
    aws: Any, given: dict[str, Any], held: dict[str, Any], minimum: int | None, length: int
) -> None:
    aws.get_account_password_policy = lambda: minimum and {"MinimumPasswordLength": minimum}
    passwords = {generating(**given).observe(aws, Memory(holding(**held))).password for _time in range(2)}
    assert passwords.isdisjoint({None, "spent", "kept"})
    assert [len(password or "") for password in passwords] == [length, length]
    observed = generating(**given).observe(aws, Memory(holding(**held)))
    assert observed.password
    assert observed.password not in repr(observed)


def test_without_a_handover_a_given_password_is_sent_as_ever() -> None:
    observed = wanted(password="given", handover=None).observe(an_account())
    assert (observed.kept, observed.password) == (None, "given")


# Steps


@pytest.mark.parametrize(
    ("given", "observed", "kept", "steps"),
    [
        pytest.param(
            {},
            NEW,
            NOTHING,
            [("create_user", {"UserName": NAME, "Path": "/"}), ATTACH, KEEP],
            id="whose it is, is known once there is a user",
        ),
        pytest.param(
            {},
            NEW,
            holding(user_id="AIDAOLD"),
            [KEEP, ("create_user", {"UserName": NAME, "Path": "/"}), ATTACH, KEEP],
            id="nobody's, before there is a user",
        ),
        pytest.param(
            {},
            NEW,
            holding(),
            [("create_user", {"UserName": NAME, "Path": "/"}), ATTACH, KEEP],
            id="nobody's already",
        ),
        pytest.param(
            {"console_access": "always"},
            NEW,
            NOTHING,
            [
                ("create_user", {"UserName": NAME, "Path": "/"}),
                ATTACH,
                KEEP,
                sends("create_login_profile"),
                KEEP,
            ],
            id="a password, right before it is sent",
        ),
        pytest.param({}, WITH_MFA, NOTHING, [KEEP, sends("create_login_profile"), KEEP], id="a first password"),
        pytest.param(
            {"update_password": "always"},
            DONE,
            holding(initial_password="old"),
            [KEEP, sends("update_login_profile"), KEEP],
            id="another password",
        ),
        pytest.param({}, BEGUN, NOTHING, [KEEP], id="a handover that is missing"),
        pytest.param({}, LACKS_ALL, NOTHING, [ATTACH, KEEP], id="what is left over goes after the steps"),
        pytest.param({}, BEGUN, holding(user_id="AIDAVOID"), [], id="nothing is new"),
        pytest.param({}, LACKS_ALL, holding(user_id="AIDAVOID"), [ATTACH], id="nothing is new to keep"),
        pytest.param(
            {"console_access": "never"},
            DONE,
            holding(user_id="AIDAVOID", mfa_devices=(NAME,)),
            [("delete_login_profile", {"UserName": NAME}), KEEP],
            id="a password that goes",
        ),
    ],
)
def test_what_is_kept_has_its_place_among_the_steps(
    given: dict[str, Any], observed: Observed, kept: Kept, steps: list[Any]
) -> None:
    assert calls_of(generating(**given).plan(replace(observed, kept=kept, password="void"))) == steps


@pytest.mark.parametrize(
    ("given", "observed", "held", "meanwhile"),
    [
        ({}, WITH_MFA, {}, {"unsent": True}),
        ({}, WITH_MFA, {"initial_password": "spent"}, {"previous_password": "spent", "unsent": True}),
        # AWS has another one until then, and so nothing waits to be sent
        ({"update_password": "always"}, DONE, {"initial_password": "old"}, {"previous_password": "old"}),
        ({"update_password": "always"}, DONE, {}, {"had_password": True}),
    ],
)
def test_until_aws_has_the_password_it_is_kept_beside_the_one_before(
    given: dict[str, Any], observed: Observed, held: dict[str, Any], meanwhile: dict[str, Any]
) -> None:
    ours = {"user_id": "AIDAVOID", "mfa_devices": (NAME,)}
    # What is spent by then goes at the same time
    kept = holding(**ours, **held, mfa_seeds={NAME: SEED}, qr_codes=CODE, is_bare=True)
    first, _call, last = generating(**given).plan(replace(observed, kept=kept, password="void")).steps
    before, after = kept_after(kept, [first], {}), kept_after(kept, [first, last], {})
    assert before.credentials == holding(**ours, initial_password="void", **meanwhile).credentials
    assert (before.qr_codes, before.is_bare, before.has_new_password) == (frozenset(), False, True)
    had = meanwhile.get("had_password", False)
    assert after.credentials == holding(**ours, initial_password="void", had_password=had).credentials


def test_the_diff_tells_of_the_handover_where_it_was_read() -> None:
    plan = generating().plan(replace(WITH_MFA, kept=NOTHING, password="void"))
    assert "handover" not in generating().plan(DONE).before
    assert plan.before["handover"] is None
    assert plan.after["handover"]["initial_password"] == "kept"
    assert "void" not in str((plan.before, plan.after))


# What earlier runs have left


def settled(kept: Kept, observed: Observed, **given: Any) -> Kept:
    """Return what is kept in the end, which is of no use to settle again."""
    user = wanted(**given)
    steps = user.plan(replace(observed, kept=kept)).steps
    after = kept_after(kept, steps, {})
    assert KEEP not in calls_of(user.plan(replace(observed, kept=after)))
    return after


def settled_credentials(held: dict[str, Any], observed: Observed, **given: Any) -> Credentials:
    after = settled(holding(**{"user_id": "AIDAVOID", "mfa_devices": (NAME,), **held}), observed, **given)
    assert after.credentials is not None
    return after.credentials


WAITS = {"mfa_seeds": {NAME: SEED}, "qr_codes": CODE}
OURS = {"user_id": "AIDAVOID", "mfa_devices": (NAME,), "initial_password": "kept"}


def test_the_seed_of_a_device_that_is_enabled_is_forgotten_and_so_is_its_qr_code() -> None:
    assert settled(holding(**OURS, **WAITS), DONE) == holding(**OURS)
    assert settled(holding(**OURS, **WAITS), WITH_MFA, console_access="never") == holding(**OURS)
    with_seed = settled(holding(**OURS, **WAITS), DONE, handover={**HANDOVER, "keep_seed": True})
    assert with_seed == holding(**OURS, mfa_seeds={NAME: SEED})


def test_the_seed_of_a_device_that_waits_for_its_codes_stays() -> None:
    assert settled(holding(**OURS, **WAITS), BEGUN) == holding(**OURS, **WAITS)
    replaces = {"mfa_seeds": {f"{NAME}.2": SEED}, "qr_codes": CODE}
    known = {**OURS, "mfa_devices": (NAME, f"{NAME}.2")}
    assert settled(holding(**OURS, **replaces), DONE) == holding(**known, **replaces)


@pytest.mark.parametrize("observed", [BEGUN, DONE])
def test_a_qr_code_without_its_seed_is_of_no_use(observed: Observed) -> None:
    kept = holding(user_id="AIDAVOID", mfa_devices=(NAME,), qr_codes=CODE)
    assert settled(kept, observed).qr_codes == frozenset()
    # Nor is one without anything, and a finished account needs no handover for that
    assert settled(replace(NOTHING, qr_codes=CODE, is_left_over=True), DONE) == NOTHING
    begun = settled(replace(NOTHING, qr_codes=CODE, is_left_over=True), BEGUN)
    assert (begun.qr_codes, begun.credentials and begun.credentials.user_id) == (frozenset(), "AIDAVOID")


def test_a_password_that_aws_has_was_sent() -> None:
    held = {"initial_password": "kept", "unsent": True}
    assert settled_credentials(held, DONE).unsent is False
    assert settled_credentials(held, DONE).initial_password == "kept"
    assert settled_credentials(held, WITH_MFA, console_access="never").unsent is True


def test_what_lies_there_in_plain_text_is_kept_again() -> None:
    bare = holding(**OURS, is_bare=True)
    assert calls_of(wanted().plan(replace(DONE, kept=bare))) == [KEEP]
    assert settled(bare, DONE) == holding(**OURS)


def test_it_is_noted_whose_the_handover_is_and_where_to_sign_in() -> None:
    held: dict[str, Any] = {"user_id": None, "mfa_devices": ()}
    after = settled_credentials(held, replace(BEGUN, account_alias="acme"))
    assert (after.user_id, after.mfa_devices) == ("AIDAVOID", ())
    assert after.sign_in_url == "https://acme.signin.aws.amazon.com/console"
    begun = settled(NOTHING, BEGUN).credentials
    assert begun == replace(after, sign_in_url=ACCOUNT.sign_in_url(None))
    assert settled(NOTHING, BEGUN, account_alias="new").credentials == replace(
        after, sign_in_url="https://new.signin.aws.amazon.com/console"
    )


@pytest.mark.parametrize(
    ("held", "adopt", "devices"),
    [
        ({"mfa_devices": ("safe",)}, True, ("safe", NAME)),
        ({"mfa_devices": ("safe",)}, False, ("safe",)),
        # Earlier versions noted none
        ({"mfa_devices": (), "user_id": None}, False, (NAME,)),
    ],
)
def test_the_devices_of_who_is_adopted_are_known_from_then_on(
    held: dict[str, Any], adopt: bool, devices: tuple[str, ...]
) -> None:
    observed = replace(DONE, mfa_devices=(PHONE,))
    after = settled_credentials(held, observed, adopt=adopt, device_names=["other"])
    assert after.mfa_devices == devices


@pytest.mark.parametrize(
    ("held", "observed", "had"),
    [({}, DONE, True), ({}, WITH_MFA, False), ({"initial_password": "kept"}, DONE, False)],
)
def test_a_password_of_the_users_own_is_noted(held: dict[str, Any], observed: Observed, had: bool) -> None:
    given = {"console_access": "never"} if observed is WITH_MFA else {}
    assert settled_credentials(held, observed, device_names=["other"], **given).had_password is had


def test_of_another_user_of_the_name_who_is_adopted_only_the_seeds_stay() -> None:
    held = {**WAITS, "user_id": "AIDAOLD", "mfa_devices": ("old",), "initial_password": "spent", "unsent": True}
    assert settled(holding(**held), BEGUN) == holding(user_id="AIDAVOID", mfa_devices=(NAME,), **WAITS)


def test_a_new_user_has_nothing_of_the_old_one_but_its_seeds() -> None:
    old = {"user_id": "AIDAOLD", "mfa_devices": ("old",), "initial_password": "spent", "had_password": True}
    handover = Memory(holding(**old, **WAITS))
    reconcile(wanted(), an_empty_account(), check_mode=False, handover=handover)
    assert handover.kept == holding(user_id="AIDAVOID", mfa_devices=(NAME,), **WAITS)


# Strangers


STRANGER = replace(LACKS_ALL, user=replace(USER, tags={"team": "a"}), mfa_devices=(PHONE,))


@pytest.mark.parametrize(
    ("held", "observed"),
    [
        ({}, replace(STRANGER, mfa_devices=())),
        ({"mfa_devices": (NAME.upper(),)}, STRANGER),
        ({"mfa_devices": (NAME,), "initial_password": "kept"}, replace(STRANGER, login_profile=LoginProfile(True))),
        ({"user_id": None}, STRANGER),
        # What a proof has left is deleted
        (
            {"mfa_devices": (NAME,)},
            replace(STRANGER, credentials={"access_keys": ("AKIAONE",)}, left_over_keys=("AKIAONE",)),
        ),
    ],
)
def test_whom_the_handover_knows_is_no_stranger(held: dict[str, Any], observed: Observed) -> None:
    kept = holding(**{"user_id": "AIDAVOID", **held})
    assert ATTACH in calls_of(wanted(adopt=False).plan(replace(observed, kept=kept)))


@pytest.mark.parametrize(
    ("observed", "named"),
    [
        (STRANGER, f"the MFA device {PHONE}, the tag team"),
        (
            replace(STRANGER, mfa_devices=(), login_profile=LoginProfile(password_reset_required=True)),
            "a console password, the tag team",
        ),
        (
            replace(LACKS_ALL, credentials={"access_keys": ("AKIAONE",)}),
            "the access key AKIAONE",
        ),
    ],
)
def test_what_the_handover_does_not_know_is_a_strangers(observed: Observed, named: str) -> None:
    kept = holding(user_id="AIDAVOID", mfa_devices=("safe",))
    with pytest.raises(AdminError) as refused:
        wanted(adopt=False).plan(replace(observed, kept=kept))
    assert str(refused.value) == (
        f"{NAME} already exists in account {ACCOUNT.id}, with {named}, which the handover does not know: find out "
        "whose it is, and then run again with -e iam_admin_adopt=true, or set another iam_admin_name."
    )
    assert ATTACH in calls_of(wanted().plan(replace(observed, kept=kept)))


OF_ANOTHER = f"{PLACE} is the handover of the user AIDAOLD, and {NAME} in account "
PASSWORD = {"login_profile": LoginProfile(password_reset_required=True)}


@pytest.mark.parametrize(
    ("held", "observed", "said"),
    [
        ({"user_id": "AIDAOLD"}, BEGUN, OF_ANOTHER),
        ({"user_id": "AIDAOLD"}, replace(BEGUN, **PASSWORD), OF_ANOTHER),
        # Nothing tells it from one that a run has left which was killed, but its id
        ({"user_id": "AIDAOLD"}, LACKS_ALL, OF_ANOTHER),
        (
            {"user_id": "AIDAOLD"},
            STRANGER,
            f"{NAME} already exists in account {ACCOUNT.id}, with the MFA device {PHONE}, ",
        ),
        (
            {"user_id": "AIDAVOID", "mfa_seeds": {NAME: SEED}},
            replace(BEGUN, **PASSWORD),
            f"{PLACE} never had a password, and {NAME} in account ",
        ),
        (
            {"user_id": "AIDAVOID", "mfa_seeds": {NAME: SEED}},
            replace(LACKS_ALL, **PASSWORD),
            f"{NAME} already exists in account {ACCOUNT.id}, with a console password, which the handover does not "
            "know: ",
        ),
    ],
)
def test_a_handover_of_another_user_of_the_name_is_not_used_before_that_is_adopted(
    held: dict[str, Any], observed: Observed, said: str
) -> None:
    seen = replace(observed, kept=holding(**held))
    with pytest.raises(AdminError) as refused:
        wanted(adopt=False).plan(seen)
    assert str(refused.value).startswith(said)
    assert calls_of(wanted().plan(seen))[-1] == KEEP
    # One who is not there is nobody
    assert wanted(adopt=False).plan(replace(seen, user=None, login_profile=None)).steps


def test_another_password_gives_nothing_to_who_has_one() -> None:
    user = generating(adopt=False, update_password="always")
    steps = [KEEP, sends("update_login_profile"), KEEP]
    assert calls_of(user.plan(replace(DONE, kept=NOTHING, password="void"))) == steps
    with pytest.raises(AdminError, match="already exists in account"):
        user.plan(replace(DONE, attached_policies=(), kept=NOTHING, password="void"))
    with pytest.raises(AdminError, match=f"^{OF_ANOTHER}"):
        user.plan(replace(DONE, kept=holding(user_id="AIDAOLD"), password="void"))


@pytest.mark.parametrize("adopt", [True, False])
def test_the_handover_of_an_account_that_was_renamed_is_not_begun_anew(adopt: bool) -> None:
    elsewhere = replace(NOTHING, elsewhere={ACCOUNT.id: "handover/old"})
    with pytest.raises(AdminError, match=rf"^The handover of {NAME} in account {ACCOUNT.id} is handover/old: rename "):
        wanted(adopt=adopt).plan(replace(BEGUN, kept=elsewhere))
    assert wanted(adopt=adopt).plan(replace(NEW, kept=elsewhere)).steps
    others = replace(NOTHING, elsewhere={"444455556666": "handover/old"})
    assert calls_of(wanted(adopt=adopt).plan(replace(BEGUN, kept=others))) == [KEEP]


# Failures


def failure(operation: str, code: str = "AccessDenied", answer_lost: bool = False) -> AwsError:
    return AwsError(operation, code, "No", answer_lost)


CREATE, UPDATE = "CreateLoginProfile", "UpdateLoginProfile"


@pytest.mark.parametrize(
    ("error", "is_new", "is_refused"),
    [
        # AWS does not take it, whoever has made it
        (failure(CREATE, "PasswordPolicyViolation"), False, True),
        (failure(UPDATE, "PasswordPolicyViolation"), True, True),
        # It may be what AWS has by now, as a policy may refuse to take one again
        (failure(UPDATE, "PasswordPolicyViolation"), False, False),
        (failure(UPDATE, "PasswordPolicyViolation", answer_lost=True), True, False),
        # Somebody else has set one
        (failure(CREATE, "EntityAlreadyExists"), True, True),
        (failure(CREATE, "EntityAlreadyExists"), False, False),
        (failure(CREATE, "EntityAlreadyExists", answer_lost=True), True, False),
        # AWS has another one still
        (failure(UPDATE), True, True),
        (failure(UPDATE), False, False),
        (failure(UPDATE, "ReadTimeoutError", answer_lost=True), True, False),
        # It has none, and this one waits
        (failure(CREATE), True, False),
        (failure(CREATE, "ReadTimeoutError", answer_lost=True), True, False),
        (failure("CreateUser", "EntityAlreadyExists"), True, False),
        (failure("CreateGroup", "EntityAlreadyExists"), True, False),
        (failure("AttachUserPolicy"), True, False),
    ],
)
def test_a_password_that_aws_is_known_not_to_have_taken_is_forgotten(
    error: AwsError, is_new: bool, is_refused: bool
) -> None:
    kept = holding(initial_password="new", previous_password="old", unsent=True)
    kept = replace(kept, has_new_password=is_new)
    assert generating().after_failure(error, kept) == (kept.password_refused() if is_refused else kept)


@pytest.mark.parametrize(
    ("error", "is_refused"),
    [
        (failure(UPDATE), False),
        (failure(CREATE, "EntityAlreadyExists"), False),
        (failure(UPDATE, "PasswordPolicyViolation"), False),
        (failure(CREATE, "PasswordPolicyViolation"), True),
    ],
)
def test_a_password_that_was_sent_without_an_answer_before_may_be_the_one_that_aws_has(
    error: AwsError, is_refused: bool
) -> None:
    kept = replace(holding(initial_password="new"), has_new_password=True)
    after = replace(generating(), answer_lost=True).after_failure(error, kept)
    assert after == (kept.password_refused() if is_refused else kept)


def failing(aws: Any, call: str, error: AwsError, *, is_done: bool) -> None:
    """Let a call fail once, which has done its work or has not."""
    does = getattr(aws, call)

    def fail(**given: Any) -> None:
        setattr(aws, call, does)
        if is_done:
            does(**given)
        raise error

    setattr(aws, call, fail)


def run(user: AdminUser, aws: Any, handover: Memory) -> str | None:
    """Return the code of the error that a run ends in, None for none."""
    try:
        reconcile(user, aws, check_mode=False, handover=handover)
    except AwsError as error:
        return error.code
    return None


KNOWN = holding(user_id="AIDAVOID", mfa_devices=(NAME,))


@pytest.mark.parametrize("is_done", [True, False])
def test_a_first_password_whose_fate_is_unknown_is_settled_by_the_next_run(is_done: bool) -> None:
    aws, handover = an_account(), Memory(KNOWN)
    failing(aws, "create_login_profile", failure(CREATE, "ReadTimeoutError", answer_lost=True), is_done=is_done)
    assert run(generating(), aws, handover) == "ReadTimeoutError"
    sent = handover.held.initial_password
    assert (handover.held.unsent, handover.kept.is_left_over) == (True, True)
    assert run(generating(adopt=False), aws, handover.in_another_run()) is None
    again = handover.in_another_run()
    assert run(generating(adopt=False), aws, again) is None
    assert aws.password == again.held.initial_password == sent
    assert again.held.unsent is False


def test_a_first_password_whose_answer_was_lost_is_set_again_and_aws_has_what_is_kept() -> None:
    aws = an_account()
    handover = Memory(KNOWN, aws.writes)
    failing(aws, "create_login_profile", failure(CREATE, "EntityAlreadyExists", answer_lost=True), is_done=True)
    assert run(generating(), aws, handover) is None
    assert aws.writes == ["keep", "create_login_profile", "keep", "update_login_profile", "keep"]
    assert aws.password == handover.held.initial_password
    assert (handover.held.previous_password, handover.held.unsent) == (None, False)


def test_a_first_password_that_somebody_else_has_set_is_not_ours() -> None:
    aws, handover = an_account(), Memory(KNOWN)
    failing(aws, "create_login_profile", failure(CREATE, "EntityAlreadyExists"), is_done=True)
    assert run(generating(), aws, handover) == "EntityAlreadyExists"
    assert (handover.held.initial_password, handover.held.unsent) == (None, False)
    # One of an earlier run may be the one that AWS has
    aws, handover = an_account(), Memory(holding(user_id="AIDAVOID", initial_password="earlier", unsent=True))
    failing(aws, "create_login_profile", failure(CREATE, "EntityAlreadyExists"), is_done=True)
    assert run(generating(), aws, handover) == "EntityAlreadyExists"
    assert (handover.held.initial_password, handover.held.unsent) == ("earlier", True)


def test_a_password_that_is_refused_is_not_kept_and_the_next_one_is_another() -> None:
    aws, handover = an_account(), Memory(KNOWN)
    failing(aws, "create_login_profile", failure(CREATE, "PasswordPolicyViolation"), is_done=False)
    assert run(generating(password="weak"), aws, handover) == "PasswordPolicyViolation"
    assert handover.in_another_run().kept == KNOWN
    again = handover.in_another_run()
    assert run(generating(), aws, again) is None
    assert aws.password == again.held.initial_password != "weak"


@pytest.mark.parametrize("code", ["AccessDenied", "PasswordPolicyViolation"])
def test_where_another_password_is_refused_the_old_one_stays(code: str) -> None:
    aws = with_password()
    old = holding(user_id="AIDAVOID", mfa_devices=(NAME,), initial_password="old")
    handover = Memory(old)
    failing(aws, "update_login_profile", failure(UPDATE, code), is_done=False)
    assert run(generating(update_password="always"), aws, handover) == code
    assert (handover.in_another_run().kept, aws.password) == (old, "old")


@pytest.mark.parametrize("is_done", [True, False])
def test_another_password_whose_fate_is_unknown_is_kept_beside_the_old_one_and_sent_again(is_done: bool) -> None:
    aws = with_password()
    handover = Memory(holding(user_id="AIDAVOID", mfa_devices=(NAME,), initial_password="old"))
    failing(aws, "update_login_profile", failure(UPDATE, "ReadTimeoutError", answer_lost=True), is_done=is_done)
    user = generating(update_password="always")
    assert run(user, aws, handover) == "ReadTimeoutError"
    sent = handover.held.initial_password
    assert handover.held.previous_password == "old"
    assert aws.password == (sent if is_done else "old")
    again = handover.in_another_run()
    assert run(user, aws, again) is None
    assert aws.password == again.held.initial_password == sent
    assert again.held.previous_password is None


# Results


@pytest.mark.parametrize(
    ("names", "devices", "pending"),
    [
        (None, (), [NAME]),
        (None, (PHONE,), []),
        (["phone", "Safe"], (), ["phone", "Safe"]),
        (["phone", "Safe"], (ACCOUNT.arn("mfa/safe.2"),), ["phone"]),
        (["phone"], (PHONE,), ["phone"]),
    ],
)
def test_the_devices_that_are_not_enabled_yet_are_named(
    names: list[str] | None, devices: tuple[str, ...], pending: list[str]
) -> None:
    observed = replace(BEGUN, mfa_devices=devices)
    assert wanted(device_names=names).result(observed, None)["pending_mfa_devices"] == pending


WAITS_FOR_MFA = "gets its console password once AWS shows an enabled MFA device for it: run again then."
NOT_OURS = "has a password that this task did not set: ask who did, or run playbooks/reset_password.yml."


@pytest.mark.parametrize(
    ("observed", "options", "sentence"),
    [
        (BEGUN, {"generate_password": True}, WAITS_FOR_MFA),
        (BEGUN, {"password": "void"}, WAITS_FOR_MFA),
        (BEGUN, {}, None),
        (BEGUN, {"password": "void", "console_access": "never"}, None),
        (BEGUN, {"generate_password": True, "console_access": "never"}, None),
        (WITH_MFA, {"password": "void"}, None),
        (WITH_MFA, {"password": "void", "console_access": "never"}, None),
        (DONE, {"password": "void"}, NOT_OURS),
        (DONE, {"password": "void", "console_access": "never"}, None),
        (DONE, {"generate_password": True, "console_access": "never"}, None),
        (DONE, {"password": "void", "update_password": "always"}, None),
        (DONE, {}, None),
    ],
)
def test_it_is_said_why_a_password_was_not_set(
    observed: Observed, options: dict[str, Any], sentence: str | None
) -> None:
    result = wanted(**options).result(replace(observed, password=options.get("password")), None)
    assert result.get("msg") == (f"{NAME} {sentence}" if sentence else None)


def test_a_replacement_that_was_not_finished_is_warned_of() -> None:
    kept = holding(mfa_seeds={f"{NAME}.2": SEED, "safe": SEED})
    assert wanted(require_mfa=False).result(replace(DONE, kept=kept, requires_mfa={"a": "b"}), None)["warnings"] == [
        f"{NAME}.2 was to replace a lost MFA device, and is not enabled yet: replace_mfa.yml asks for its codes, "
        "and cancel_replacement.yml removes it.",
        f"MFA is no longer required of {NAME}, as require_mfa is false.",
    ]
    assert "warnings" not in wanted().result(replace(BEGUN, kept=kept), None)
    assert "warnings" not in wanted().result(DONE, None)


def test_no_result_holds_what_is_kept() -> None:
    aws, handover = an_account(), Memory(holding(user_id="AIDAVOID", mfa_devices=(NAME,), **WAITS))
    result = str(reconcile(generating(), aws, check_mode=False, handover=handover))
    assert SEED not in result
    assert aws.password not in result


# Whole runs

ALWAYS = {"update_password": "always"}


def test_check_mode_foretells_what_is_kept_and_keeps_nothing() -> None:
    aws = an_account(attached=[])
    handover = Memory(journal=aws.writes)
    foretold = reconcile(generating(), aws, check_mode=True, handover=handover)
    assert (aws.writes, handover.kept) == ([], NOTHING)
    done = reconcile(generating(), aws, check_mode=False, handover=handover)
    assert foretold == done
    assert reconcile(generating(), aws, check_mode=False, handover=handover.in_another_run())["changed"] is False


LEFT: dict[str, tuple[Any, dict[str, Any], Kept]] = {
    "a new user": (an_empty_account, {"console_access": "always"}, NOTHING),
    "a new user, after another one": (
        an_empty_account,
        {"console_access": "always"},
        holding(user_id="AIDAOLD", initial_password="spent", mfa_devices=("old",)),
    ),
    "a first password": (an_account, {}, KNOWN),
    "a first password that is given": (an_account, {"password": "given"}, KNOWN),
    "a first password that may have been sent": (
        an_account,
        {},
        holding(user_id="AIDAVOID", mfa_devices=(NAME,), initial_password="kept", unsent=True),
    ),
    "a spent password": (
        an_account,
        {},
        holding(user_id="AIDAVOID", mfa_devices=(NAME,), initial_password="spent"),
    ),
    "another password": (
        with_password,
        ALWAYS,
        holding(user_id="AIDAVOID", mfa_devices=(NAME,), initial_password="old"),
    ),
    "another password that is given": (
        with_password,
        {**ALWAYS, "password": "given"},
        holding(user_id="AIDAVOID", mfa_devices=(NAME,), initial_password="old"),
    ),
    "another password that may have been sent": (
        with_password,
        ALWAYS,
        holding(user_id="AIDAVOID", mfa_devices=(NAME,), initial_password="kept", previous_password="old"),
    ),
    "another password than the user's own": (with_password, {**ALWAYS, "adopt": True}, KNOWN),
}


@pytest.mark.parametrize("case", LEFT)
def test_a_run_that_was_killed_is_finished_by_the_next_one_with_the_password_that_is_kept(case: str) -> None:
    account, given, kept = LEFT[case]
    user = generating(**{"adopt": False, **given})
    for writes in range(1, 99):
        aws = account()
        handover = killed_after(writes, [user], aws, kept)
        if handover is None:
            assert writes > 3
            return
        assert aws.password in (None, "old", handover.held.initial_password if handover.kept.credentials else None)
        assert run(user, aws, handover) is None
        assert aws.password == handover.held.initial_password
        assert handover.held.user_id == "AIDAVOID"
        # It may have been there until the run was killed
        assert handover.held.previous_password in (None, "spent")
        assert (handover.held.unsent, handover.kept.is_left_over) == (False, False)
        once = replace(user, update_password="on_create")
        assert reconcile(once, aws, check_mode=False, handover=handover.in_another_run())["changed"] is False


def carried(user: AdminUser, aws: Any, kept: Kept) -> tuple[Kept, int]:
    """Run it in processes of its own, as its action does; return what is kept in the end, and by how many of them."""
    for processes in range(1, 9):
        handover = Carried(kept)
        try:
            reconcile(user, aws, check_mode=False, handover=handover)
        except HeldElsewhere:
            kept = Kept.unpack(handover.kept.pack())
            # The other process keeps it before it goes on
            aws.writes.append("keep")
            continue
        return handover.kept, processes
    raise AssertionError("It never ends")


@pytest.mark.parametrize("case", LEFT)
def test_another_process_keeps_the_password_before_it_is_sent(case: str) -> None:
    account, given, kept = LEFT[case]
    aws = account()
    after, _processes = carried(generating(**{"adopt": False, **given}), aws, kept)
    assert after.credentials is not None
    assert aws.password == after.credentials.initial_password
    assert (after.credentials.previous_password, after.credentials.unsent) == (None, False)
    assert aws.writes[-1].endswith("_login_profile")


def test_what_another_process_keeps_is_kept_at_once() -> None:
    assert carried(generating(), an_account(), KNOWN)[1] == 2
    old = holding(user_id="AIDAVOID", mfa_devices=(NAME,), initial_password="old")
    assert carried(generating(**ALWAYS), with_password(), old)[1] == 2
    assert carried(wanted(), an_empty_account(), NOTHING)[1] == 1


def test_a_handover_that_cannot_be_written_leaves_aws_without_the_password() -> None:
    aws, handover = an_account(), Memory(KNOWN, broken=True)
    with pytest.raises(AdminError, match="cannot be used"):
        reconcile(generating(), aws, check_mode=False, handover=handover)
    assert (aws.login_profile, aws.writes) == (None, [])


def test_who_is_called_otherwise_is_another_account() -> None:
    # The account's own id is what counts, whatever the handover says
    aws = an_account()
    aws.get_caller_identity = lambda: Account("444455556666", "aws", ACCOUNT.caller_arn)
    with pytest.raises(AdminError, match=f"^{PLACE} is the handover of {NAME} in account {ACCOUNT.id}, not of "):
        generating().observe(aws, Memory(KNOWN))
