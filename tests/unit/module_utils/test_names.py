# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rules of AWS for names."""

from __future__ import annotations

import re
import string
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.names import (
    check_account_id,
    check_alias,
    check_code,
    check_codes,
    check_device_names,
    check_external_id,
    check_label,
    check_name,
    check_path,
    check_policy_arn,
    check_tags,
    devices_by_name,
    is_passkey,
)

PASSKEY = "arn:aws:iam::111122223333:u2f/user/jo/"
ARABIC_ONE = "\N{ARABIC-INDIC DIGIT ONE}"  # a digit to str.isdigit() and to \d
ALPHABET = string.ascii_letters + string.digits + "+=,.@_-"


def accepted(check: Callable[..., object], *arguments: object) -> bool:
    try:
        check(*arguments)
    except AdminError:
        return False
    return True


@given(st.text(ALPHABET, min_size=1, max_size=64))
def test_a_name_of_the_alphabet_of_aws_is_returned_as_it_is(name: str) -> None:
    assert check_name("name", name) == name


@given(st.characters())
@example("é")
@example(ARABIC_ONE)
@example("\n")
def test_a_name_is_accepted_exactly_when_each_character_is_in_the_alphabet_of_aws(character: str) -> None:
    assert accepted(check_name, "name", f"a{character}") == (character in ALPHABET)


@given(st.text(min_size=1, max_size=64).filter(lambda name: name.strip() and not set(name) <= set(ALPHABET)))
def test_a_refused_name_comes_with_one_that_would_do(name: str) -> None:
    with pytest.raises(AdminError) as refused:
        check_name("user_name", name)
    suggestion = re.search(r"use '([^']+)', say\.$", str(refused.value))
    assert suggestion
    assert accepted(check_name, "user_name", suggestion[1])


@pytest.mark.parametrize(("longest", "length", "accepts"), [(64, 64, True), (64, 65, False), (128, 128, True)])
def test_a_name_is_as_long_as_aws_allows(longest: int, length: int, accepts: bool) -> None:
    assert accepted(check_name, "name", "x" * length, longest) == accepts


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "device_name is empty: give a name of 1 to 64 characters."),
        ("x" * 65, "device_name is 65 characters long: AWS allows 64."),
        (
            "jo doe",
            "device_name 'jo doe' has characters that AWS does not allow (letters, digits and +=,.@_- are): "
            "use 'jo-doe', say.",
        ),
        ("  ", "device_name '  ' has characters that AWS does not allow (letters, digits and +=,.@_- are)."),
    ],
)
def test_a_refusal_names_the_option(name: str, sentence: str) -> None:
    with pytest.raises(AdminError) as refused:
        check_name("device_name", name)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("path", ["/", "/admins/", "/a/b/", "/!~/", "/" + "x" * 510 + "/"])
def test_a_path_of_aws_is_returned_as_it_is(path: str) -> None:
    assert check_path(path) == path


@pytest.mark.parametrize(
    "path", ["", "admins", "/admins", "admins/", "/ad mins/", "/é/", "/admins/\n", "/" + "x" * 511 + "/"]
)
def test_another_path_is_refused(path: str) -> None:
    with pytest.raises(AdminError, match="begins and ends with a slash"):
        check_path(path)


@pytest.mark.parametrize("account_id", ["111122223333", "012345678901"])
def test_an_account_id_is_twelve_digits(account_id: str) -> None:
    assert check_account_id(account_id) == account_id


@pytest.mark.parametrize(
    "account_id",
    [
        "",
        "12345678901",
        "1234567890123",
        "12345678901x",
        "1234-5678-9012",
        ARABIC_ONE * 12,
        "123456789012\n",
    ],
)
def test_another_account_id_is_refused(account_id: str) -> None:
    with pytest.raises(AdminError, match="12 digits, quoted"):
        check_account_id(account_id)


def test_a_refused_account_id_comes_with_the_rule() -> None:
    with pytest.raises(AdminError) as refused:
        check_account_id("1")
    assert str(refused.value) == (
        "aws_account_id (account_id) is '1': set it to an AWS account ID, 12 digits, quoted in YAML so that leading "
        "zeros are kept."
    )


@pytest.mark.parametrize("alias", ["abc", "a-b", "my-company-production", "0a0", "x" * 63])
def test_an_alias_of_aws_is_returned_as_it_is(alias: str) -> None:
    assert check_alias(alias) == alias


@pytest.mark.parametrize("alias", ["", "ab", "-ab", "ab-", "a--b", "Abc", "a_b", "a.b", "x" * 64, "abc\n"])
def test_another_alias_is_refused(alias: str) -> None:
    with pytest.raises(AdminError, match="3 to 63 lower-case letters"):
        check_alias(alias)


def test_a_refused_alias_comes_with_the_rule() -> None:
    with pytest.raises(AdminError) as refused:
        check_alias("-a")
    assert str(refused.value) == (
        "account_alias '-a' is not valid: 3 to 63 lower-case letters, digits and single hyphens, no hyphen at either "
        "end."
    )


def test_two_codes_that_differ_are_returned_in_their_order() -> None:
    assert check_codes(["012345", "000000"]) == ("012345", "000000")


@pytest.mark.parametrize(
    ("codes", "sentence"),
    [
        ([], "Give two MFA codes in a row, not 0."),
        (["123456"], "Give two MFA codes in a row, not 1."),
        (["123456"] * 3, "Give two MFA codes in a row, not 3."),
        (["123456", "123456"], "The two codes are the same: wait until the app shows the next one."),
    ],
)
def test_codes_that_are_not_two_are_refused(codes: list[str], sentence: str) -> None:
    with pytest.raises(AdminError) as refused:
        check_codes(codes)
    assert str(refused.value) == sentence


@pytest.mark.parametrize("wrong", ["", "12345", "1234567", "12345x", "123 56", "-12345", ARABIC_ONE * 6, "123456\n"])
@pytest.mark.parametrize("position", ["first", "next"])
def test_a_code_that_is_not_six_digits_is_refused_and_not_repeated(wrong: str, position: str) -> None:
    with pytest.raises(AdminError) as refused:
        check_codes([wrong, "654321"] if position == "first" else ["654321", wrong])
    assert str(refused.value).startswith(f"The {position} code is not six digits")
    assert "654321" not in str(refused.value)
    assert not wrong or wrong not in str(refused.value)


@pytest.mark.parametrize("label", ["iamadmin", "AWS: iamadmin@1", "AWS production: iamadmin@222222222222"])
def test_a_label_that_apps_can_show_is_taken(label: str) -> None:
    assert check_label(label) == label


def test_a_label_is_at_most_200_characters_long_and_not_all_of_a_longer_one_is_repeated() -> None:
    assert check_label("x" * 200) == "x" * 200
    with pytest.raises(AdminError) as refused:
        check_label("x" * 201)
    assert str(refused.value) == (
        f"label '{'x' * 40}' is not valid: `issuer:account`, or an account alone, of at most 200 characters and with "
        "at most one colon."
    )


@pytest.mark.parametrize("label", ["", " ", ":", "AWS:", ":iamadmin", "a:b:c", "x" * 201])
def test_a_label_that_apps_could_not_show_is_refused(label: str) -> None:
    with pytest.raises(AdminError, match="is not valid: `issuer:account`"):
        check_label(label)


@pytest.mark.parametrize(
    "tags", [{}, {"k": "v"}, {"team": "a b"}, {"k" * 128: "v" * 256}, {"Städte/1": "a=b+c@d_e.f:g-h"}]
)
def test_tags_that_aws_takes(tags: dict[str, str]) -> None:
    assert check_tags(tags) == tags


@pytest.mark.parametrize(
    "tags", [{"": "x"}, {"k" * 129: ""}, {"k": "v" * 257}, {"a\x00": ""}, {"k": "\n"}, {"k": "<b>"}]
)
def test_tags_that_aws_would_refuse(tags: dict[str, str]) -> None:
    with pytest.raises(AdminError, match=r"^The tag "):
        check_tags(tags)


@pytest.mark.parametrize(
    ("key", "value", "why"),
    [
        ("k" * 129, "", "is too long: a key has 1 to 128 characters, a value at most 256."),
        ("k" * 41, "<b>", "has characters that AWS does not allow; letters, digits, spaces, _.:/=+-@ are."),
    ],
)
def test_a_refused_tag_is_named_by_its_beginning(key: str, value: str, why: str) -> None:
    with pytest.raises(AdminError) as refused:
        check_tags({key: value})
    assert str(refused.value) == f"The tag '{'k' * 40}' {why}"


def test_of_several_devices_of_a_name_it_is_the_one_that_replaced_the_others() -> None:
    devices = ["mfa/phone.10", "mfa/Safe", "mfa/phone", "mfa/phone.2"]
    assert devices_by_name(devices) == {"phone": "mfa/phone.10", "safe": "mfa/Safe"}


@pytest.mark.parametrize(
    ("serial_number", "name"),
    [
        (f"{PASSKEY}Laptop-3CPBVT2FYRL3QAXMPL", "laptop"),
        (f"{PASSKEY}my-key.2-3CPBVT2FYRL3QAXMPL", "my-key.2"),
        (f"{PASSKEY}plain", "plain"),
        ("arn:aws:iam::111122223333:mfa/phone-3CPBVT2FYRL3QAXMPL", "phone-3cpbvt2fyrl3qaxmpl"),
        ("arn:aws:iam::111122223333:mfa/u2f/phone", "phone"),
    ],
)
def test_a_passkey_goes_by_the_name_that_it_was_given(serial_number: str, name: str) -> None:
    assert devices_by_name([serial_number]) == {name: serial_number}
    assert is_passkey(serial_number) is serial_number.startswith(PASSKEY)


def test_a_passkey_does_not_stand_in_for_the_virtual_device_of_its_name() -> None:
    virtual, passkey = "arn:aws:iam::111122223333:mfa/phone", f"{PASSKEY}phone-3CPBVT2FYRL3QAXMPL"
    assert devices_by_name([virtual, passkey]) == devices_by_name([passkey, virtual]) == {"phone": virtual}


def test_a_code_alone_is_called_the_code() -> None:
    with pytest.raises(AdminError) as refused:
        check_code("12345", is_option=True)
    assert str(refused.value) == "The code is not six digits; in YAML it must be quoted, or a leading zero is lost."


def test_a_code_that_was_typed_was_never_in_yaml() -> None:
    for check, position in ((lambda: check_code("12345"), ""), (lambda: check_codes(["12345", "654321"]), "first ")):
        with pytest.raises(AdminError) as refused:
            check()
        assert str(refused.value) == f"The {position}code is not six digits."


def test_of_two_codes_that_are_options_a_number_is_told_what_yaml_made_of_it() -> None:
    with pytest.raises(AdminError) as refused:
        check_codes(["123456", "12345"], is_option=True)
    assert str(refused.value) == (
        "The next code is not six digits; in YAML it must be quoted, or a leading zero is lost."
    )


@pytest.mark.parametrize(
    ("names", "found"), [(None, ("jo.2",)), ([], ("jo.2",)), (["phone"], ("phone",)), (["b", "a"], ("b", "a"))]
)
def test_a_user_has_one_device_of_its_own_name_unless_others_are_named(
    names: list[str] | None, found: tuple[str, ...]
) -> None:
    assert check_device_names(names, "jo.2") == found


@pytest.mark.parametrize("name", ["my phone", "phone.2", "", "x" * 129])
def test_each_device_that_is_named_has_a_name_that_aws_allows(name: str) -> None:
    with pytest.raises(AdminError) as refused:
        check_device_names(["phone", name], "jo")
    assert str(refused.value).startswith("device_names ")


# Tags, policies and external ids


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        (
            {"Team": "a", "team": "b"},
            "Two keys of tags differ in upper and lower case alone, which AWS does not tell apart.",
        ),
        ({"aws:" + "t" * 40: "a"}, f"The tag 'aws:{'t' * 36}' begins with aws:"),
        ({"aws:team": "a"}, "The tag 'aws:team' begins with aws:, which is reserved for AWS"),
        ({"AWS:team": "a"}, "The tag 'AWS:team' begins with aws:"),
        ({f"team{number}": "a" for number in range(51)}, "There are 51 tags: AWS allows 50."),
    ],
    ids=["case", "reserved and long", "reserved", "reserved in capitals", "too many"],
)
def test_tags_that_aws_would_refuse_are_refused_before_any_call(tags: dict[str, str], said: str) -> None:
    with pytest.raises(AdminError, match=f"^{re.escape(said)}"):
        check_tags(tags)


def test_fifty_tags_will_do() -> None:
    assert len(check_tags({f"team{number}": "a" for number in range(50)})) == 50


@pytest.mark.parametrize(
    "arn", ["arn:aws:iam::aws:policy/PowerUserAccess", "arn:aws-us-gov:iam::111122223333:policy/a/b/Limited"]
)
def test_the_arn_of_a_policy_will_do(arn: str) -> None:
    assert check_policy_arn("permissions_boundary", arn) == arn


@pytest.mark.parametrize("arn", ["PowerUserAccess", "arn:aws", "arn:aws:iam::aws:role/x", "arn:aws:iam::aws:policy/"])
def test_what_is_no_arn_of_a_policy_is_refused(arn: str) -> None:
    with pytest.raises(AdminError) as refused:
        check_policy_arn("permissions_boundary", arn)
    assert str(refused.value) == (
        f"permissions_boundary {arn!r} is not the ARN of a managed policy, such as "
        "arn:aws:iam::aws:policy/PowerUserAccess."
    )


@pytest.mark.parametrize("external_id", ["x", "a b", "ö" * 3, "x" * 1225])
def test_an_external_id_that_aws_would_refuse_is_refused_and_not_repeated(external_id: str) -> None:
    with pytest.raises(AdminError) as refused:
        check_external_id("assume_role_external_id", external_id)
    assert str(refused.value) == (
        "assume_role_external_id is not valid: it has 2 to 1,224 letters, digits and +=,.@:/_-."
    )


def test_an_external_id_will_do() -> None:
    assert check_external_id("assume_role_external_id", "ab:c/d-1") == "ab:c/d-1"
