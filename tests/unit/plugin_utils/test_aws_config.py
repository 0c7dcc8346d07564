# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A profile is written into a file that is somebody's own: botocore reads it, and all else is as it was."""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import botocore.configloader
import botocore.exceptions
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError
from ansible_collections.landing_zone.aws_admin.plugins.plugin_utils.aws_config import AwsConfig, AwsConfigFile

ARN = "arn:aws:iam::012345678901:user/iamadmin"
OTHER = "arn:aws:iam::012345678901:user/somebody"
OURS = f"[profile a]\nlogin_session = {ARN}\n"
NOBODY = 65534

gives_away = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")


def edited(text: str, profile: str = "a") -> str:
    """Return the text with the profile in it."""
    return AwsConfig(text, "The file").with_option(profile, "login_session", ARN).text


def refusal(text: str, profile: str = "a") -> str:
    """Return how it is refused."""
    with pytest.raises(AdminError) as refused:
        edited(text, profile)
    return str(refused.value)


def parsed(text: str, folder: Path) -> dict[str, Any] | None:
    """Return what botocore reads, None where it can't."""
    file = folder / "config"
    file.write_bytes(text.encode())
    try:
        return dict(botocore.configloader.raw_config_parse(str(file)))
    except botocore.exceptions.ConfigParseError:
        return None


def profiles(text: str, folder: Path) -> dict[str, Any]:
    """Return the profiles that botocore reads."""
    (folder / "config").write_bytes(text.encode())
    return dict(botocore.configloader.load_config(str(folder / "config"))["profiles"])


# The text


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", OURS),
        ("[profile b]\nregion = x\n", f"[profile b]\nregion = x\n\n{OURS}"),
        ("[profile b]\nregion = x", f"[profile b]\nregion = x\n\n{OURS}"),
        ("[profile b]\nregion = x\n\n", f"[profile b]\nregion = x\n\n{OURS}"),
        ("[profile b]\nregion = x\n  ", f"[profile b]\nregion = x\n  \n{OURS}"),
        ("# nothing\n", f"# nothing\n\n{OURS}"),
        ("[b]\r\nc = d\r\n", "[b]\r\nc = d\r\n\r\n" + OURS.replace("\n", "\r\n")),
        ("[b]\rc = d", "[b]\rc = d\r\r" + OURS.replace("\n", "\r")),
        ("[profiles a]\n", OURS.replace("profile", "profiles")),
        # botocore takes this for a section of its own
        ("[ profile a ]\nregion = x\n", f"[ profile a ]\nregion = x\n\n{OURS}"),
        ("[profile a b]\n", f"[profile a b]\n\n{OURS}"),
        ('[profile "a]\n', f'[profile "a]\n\n{OURS}'),
        ("[a]\n", f"[a]\n\n{OURS}"),
    ],
)
def test_a_section_is_made_at_the_end_where_there_is_none(before: str, after: str) -> None:
    assert edited(before) == after


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (OURS, OURS),
        (f"[profile a]\nLogin_Session:{ARN}", f"[profile a]\nLogin_Session:{ARN}"),
        (OURS.replace(ARN, OTHER), OURS),
        (f"[profile a]\nLOGIN_session  :\t{OTHER}  ", f"[profile a]\nLOGIN_session  :\t{ARN}"),
        (f"[profile a]\r\n login_session={OTHER} \r\nb=c", f"[profile a]\r\n login_session={ARN}\r\nb=c"),
        ("[profile a]\nlogin_session =\nb = c\n", f"[profile a]\nlogin_session ={ARN}\nb = c\n"),
        # What continues it goes with it, and comments stay
        (
            f"[profile a]\nlogin_session = {OTHER}\n  x\n\n# y\n  z = 1\n# w\nb = c\n",
            f"[profile a]\nlogin_session = {ARN}\n\n# y\n# w\nb = c\n",
        ),
        (f"[profile a]\nlogin_session = {ARN}\n  x", OURS),
        # Of other sections, and of nested blocks, it is another one
        (
            f"[b]\nlogin_session = x\n[profile a]\nc =\n  login_session = y\nlogin_session = {OTHER}\n",
            f"[b]\nlogin_session = x\n[profile a]\nc =\n  login_session = y\nlogin_session = {ARN}\n",
        ),
        # Where it is missing, it goes below the last line of its section
        ("[profile a]\n# b\n\n[c]\n", f"[profile a]\nlogin_session = {ARN}\n# b\n\n[c]\n"),
        ("[profile a]\nb = c\n# d\n\n[c]\n", f"[profile a]\nb = c\nlogin_session = {ARN}\n# d\n\n[c]\n"),
        ("[profile a]", OURS.rstrip() + "\n"),
        ("[profile a]\r\nb = c", f"[profile a]\r\nb = c\r\nlogin_session = {ARN}\r\n"),
        (
            "[profile a]\n  s3 =\n    x = y\n    x = y\n[b]\n",
            f"[profile a]\n  s3 =\n    x = y\n    x = y\n  login_session = {ARN}\n[b]\n",
        ),
        ("[profile a]\n  [b]\n", f"[profile a]\n  login_session = {ARN}\n  [b]\n"),
        ("  [profile a]\n", f"  [profile a]\n  login_session = {ARN}\n"),
        # As it is inherited
        (f"[DEFAULT]\nlogin_session = {ARN}\n[profile a]\n", f"[DEFAULT]\nlogin_session = {ARN}\n[profile a]\n"),
    ],
)
def test_a_section_that_is_there_is_edited(before: str, after: str) -> None:
    assert edited(before) == after


@pytest.mark.parametrize(
    ("profile", "header"),
    [
        ("a", "profile a"),
        ("a b", "profile 'a b'"),
        ("a'b", "profile 'a'\"'\"'b'"),
        ("a]b=c", "profile a]b=c"),
        ("ä", "profile ä"),
        ("default", "default"),
    ],
)
def test_a_profile_is_called_as_botocore_reads_it(profile: str, header: str, tmp_path: Path) -> None:
    text = edited("", profile)
    assert text.splitlines()[0] == f"[{header}]"
    assert profiles(text, tmp_path) == {profile: {"login_session": ARN}}
    assert edited(text, profile) == text


@pytest.mark.parametrize("header", ['profile "a b"', "profile 'a b'", "profile a\\ b", "profile   a' 'b"])
def test_a_quoted_name_is_found(header: str) -> None:
    assert edited(f"[{header}]\n", "a b") == f"[{header}]\nlogin_session = {ARN}\n"


def test_the_markers_of_earlier_releases_go_and_what_is_between_them_stays() -> None:
    begin, end = (f"# {mark} a of landing_zone.aws_admin\n" for mark in ("BEGIN", "END"))
    others = begin.replace(" a ", " ab ")
    before = f"[b]\n{begin}[profile a]\nlogin_session = {{}}\nregion = x\n{end}{others}[c]\n"
    after = f"[b]\n{OURS}region = x\n{others}[c]\n"
    assert edited(before.format(OTHER)) == edited(before.format(ARN)) == edited(after) == after


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (OURS * 2, "it has the section [profile a] twice, the second time in line 3"),
        ("[b]\nc=secret\n[b]\n", "it has the section [b] twice, the second time in line 3"),
        ("[b]\nc=1\nC=secret\n", "the section [b] has an option twice, the second time in line 3"),
        ("\nsecret = 1\n[b]\n", "line 2 is in no section"),
        ("[b]\n\nsecret\nc=d\nsecret\n", "line 3 is neither a section nor an option"),
        ("[b]\n= secret\n", "line 2 is neither a section nor an option"),
        ("[b]\nc =\n  d = e\n  secret\n", "a nested block in the section [b] has a line that is no option"),
    ],
)
def test_what_botocore_cannot_read_is_refused_without_a_word_of_it(text: str, why: str, tmp_path: Path) -> None:
    assert parsed(text, tmp_path) is None
    assert refusal(text) == (
        f"The file was left as it is, since the AWS CLI cannot read it: {why}. Correct that, and run again."
    )


def test_a_profile_that_is_there_twice_is_refused() -> None:
    assert refusal('[profile a]\n[profile "a"]\n') == (
        'The file was left as it is: it has the profile a twice, as [profile a] and [profile "a"]. Make one section of '
        "them, and run again."
    )


@pytest.mark.parametrize("name", ["a\nb", "a\x1b", " a", "a\u2028b"])
def test_what_no_line_can_have_is_refused(name: str) -> None:
    why = f"An AWS config file cannot have {name!r}: leave out line breaks, and spaces around it."
    assert refusal("", name) == why
    with pytest.raises(AdminError) as refused:
        AwsConfig("", "The file").with_option("a", "login_session", name)
    assert str(refused.value) == why


def test_no_other_line_is_shown() -> None:
    begin = "# BEGIN a of landing_zone.aws_admin\n"
    option = f"login_session = {ARN}\n  continued\n"
    text = f"[b]\naws_secret_access_key = x\n{begin}[profile a]\nregion = x\n{option}# c\n[d]\nlogin_session = y\n"
    shown = AwsConfig(text, "The file").shown("a", "login_session")
    assert shown == f"{begin}[profile a]\n{option}"
    assert AwsConfig("[b]\nlogin_session = x\n", "The file").shown("a", "login_session") == ""
    odd = AwsConfig("[profile a]\r\nlogin_session = \x1b[2J", "The file").shown("a", "login_session")
    assert odd == "[profile a]\nlogin_session =  [2J\n"


INDENTS = st.sampled_from(["", "", "", " ", "  ", "\t"])
HEADERS = st.sampled_from(
    ["[profile a]", '[profile "a"]', "[ profile a ]", "[profile ab]", "[b] # c", "[default]", "[profile 'a]", "[a]"]
)
SAID = st.sampled_from(
    ["login_session = x", "Login_Session:y", f"login_session={ARN}", "login_session=", "region = x", "s3 =", "c = d",
     "e : f = g", "# h", "; i = j", "k", "# BEGIN a of landing_zone.aws_admin", "# END a of landing_zone.aws_admin"]
)  # fmt: skip
ENDINGS = st.sampled_from(["\n", "\n", "\n", "\r\n", "\n\n", "  \n", "\x0b\n"])
LINES = st.tuples(INDENTS, HEADERS | SAID | SAID, ENDINGS).map("".join)
FILES = st.lists(LINES, max_size=8).map(lambda lines: "".join(["[z]\n", *lines]).removesuffix("\n"))
OF_OLD_MACS = FILES.map(lambda text: text.replace("\r\n", "\r").replace("\n", "\r"))


def is_part(some: list[str], of_all: list[str]) -> bool:
    """Whether lines are among others, in this order."""
    rest = iter(of_all)
    return all(line in rest for line in some)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@example(text="[profile a]\n# b\nlogin_session = x\nregion = y\n\n[z]\n")
@example(text="[profile a]\ns3 =\n  c = d")
@example(text="[profile a]\n  [a]\nc = d\n")
@given(text=FILES | OF_OLD_MACS)
def test_botocore_reads_what_was_there_and_the_profile(text: str, tmp_path: Path) -> None:
    before = parsed(text, tmp_path)
    if before is None or ("profile a" in before and 'profile "a"' in before):
        assert refusal(text)
        return
    after = edited(text)
    section = 'profile "a"' if 'profile "a"' in before else "profile a"
    assert parsed(after, tmp_path) == {**before, section: {**before.get(section, {}), "login_session": ARN}}
    assert profiles(after, tmp_path)["a"]["login_session"] == ARN
    assert edited(after) == after
    kept, now = (
        [
            line
            for line in re.split("\r\n|\r|\n", one)
            if "login_session" not in line.lower() and "landing_zone" not in line
        ]
        for one in (text, after)
    )
    continued = before.get(section, {}).get("login_session", "").splitlines()[1:]
    assert is_part([line for line in kept if line.strip() not in continued], now)


# The file


def written(file: Path, text: str = OURS) -> Path:
    """Write a file, and return it."""
    AwsConfigFile(str(file)).write(AwsConfig(text, "The file"))
    return file


def test_a_new_file_and_its_folder_are_their_owner_s_alone(tmp_path: Path) -> None:
    assert AwsConfigFile(str(tmp_path / "aws" / "config")).read().text == ""
    assert not (tmp_path / "aws").exists()
    file = written(tmp_path / "aws" / "config")
    assert AwsConfigFile(str(file)).read().text == file.read_text() == OURS
    assert [stat.S_IMODE(path.stat().st_mode) for path in (file.parent, file)] == [0o700, 0o600]
    assert [*file.parent.iterdir()] == [file]


@pytest.mark.parametrize("mode", [0o644, 0o400, 0o666])
def test_a_file_keeps_its_mode(tmp_path: Path, mode: int) -> None:
    file = written(tmp_path / "config", "")
    file.chmod(mode)
    assert stat.S_IMODE(written(file).stat().st_mode) == mode
    assert file.read_text() == OURS


@gives_away
@pytest.mark.parametrize("owner", [(NOBODY, NOBODY), (0, NOBODY), (NOBODY, 0)])
def test_a_file_keeps_its_owner(tmp_path: Path, owner: tuple[int, int]) -> None:
    file = written(tmp_path / "config", "")
    os.chown(file, *owner)
    status = written(file).stat()
    assert (status.st_uid, status.st_gid) == owner


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path: Path) -> None:
    (tmp_path / "dotfiles").mkdir()
    link = tmp_path / "config"
    link.symlink_to("dotfiles/config")
    assert written(link).is_symlink()
    assert (tmp_path / "dotfiles" / "config").read_text() == OURS


def test_line_endings_are_kept_on_the_disk(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_bytes(b"[b]\r\nc = \xc3\xa4\r\n")
    config = AwsConfigFile(str(file))
    config.write(config.read().with_option("b", "c", "d"))
    assert file.read_bytes() == b"[b]\r\nc = \xc3\xa4\r\n\r\n[profile b]\r\nc = d\r\n"


def a_folder(file: Path) -> None:
    file.mkdir()


def links_to_each_other(file: Path) -> None:
    file.symlink_to(file)


def not_text(file: Path) -> None:
    file.write_bytes(b"[b]\nc = \xe4\n")


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (a_folder, "is not a file: name another one in iam_admin_aws_config_file."),
        (os.mkfifo, "is not a file: name another one in iam_admin_aws_config_file."),
        (
            links_to_each_other,
            f"cannot be used: {os.strerror(errno.ELOOP)}. Correct that, or name another place in "
            "iam_admin_aws_config_file.",
        ),
        (not_text, "was left as it is, since it is not UTF-8: correct that first."),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, make: Callable[[Path], None], why: str) -> None:
    make(tmp_path / "config")
    with pytest.raises(AdminError) as refused:
        AwsConfigFile(str(tmp_path / "config")).read()
    assert str(refused.value) == f"The AWS config file {tmp_path / 'config'} {why}"


def test_a_path_that_cannot_be_is_refused() -> None:
    with pytest.raises(AdminError, match=r"^The AWS config file a b is no valid path: correct iam_admin_aws_config_"):
        AwsConfigFile("a\0b")


def test_errors_name_the_file_that_a_link_leads_to(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("config")
    (tmp_path / "config").write_text("nothing\n")
    with pytest.raises(AdminError, match=f"^The AWS config file {tmp_path}/config was left as it is, since the"):
        AwsConfigFile(str(tmp_path / "link")).read()


def test_what_cannot_be_written_leaves_the_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(tmp_path / "config", "[b]\n")

    def full(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(AdminError, match=f"^The AWS config file {file} cannot be used: .*Make room on its disk"):
        written(file)
    assert ([*tmp_path.iterdir()], file.read_text()) == ([file], "[b]\n")


def test_a_folder_that_cannot_be_is_refused(tmp_path: Path) -> None:
    (tmp_path / "aws").write_text("")
    with pytest.raises(AdminError, match="config cannot be used: Not a directory"):
        AwsConfigFile(str(tmp_path / "aws" / "config")).read()
