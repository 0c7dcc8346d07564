# Copyright: Contributors to the landing_zone.aws_admin collection
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""An AWS config file, in which one option of one profile is set. It is somebody's own: all else stays as it is."""

from __future__ import annotations

import configparser
import os
import re
import shlex
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from tempfile import mkstemp

from ansible_collections.landing_zone.aws_admin.plugins.module_utils._admin.errors import AdminError, printable

from .own_files import unusable

_VARIABLE = "iam_admin_aws_config_file"
_COMMENTS = ("#", ";")
_NEWLINE = "\n"
_HEADER, _OPTION, _CONTINUATION, _NOTHING = "header", "option", "continuation", ""
_DEFAULT = "default"  # the one profile whose section is called like itself


@dataclass(frozen=True)
class _Line:
    """A line, what it is, and the section and option that it belongs to; comments and blank lines say nothing."""

    text: str
    what: str
    section: str
    option: str = ""

    @property
    def indent(self) -> str:
        """Return what is before its first word."""
        return self.text[: len(self.text) - len(self.text.lstrip())]

    def with_value(self, value: str) -> str:
        """Return the line of an option with another value."""
        before = len(self.text) - len(re.sub(r"^[^=:]*[=:][^\S\r\n]*", "", self.text))
        ending = len(self.text.rstrip("\r\n"))
        return f"{self.text[:before]}{value}{self.text[ending:]}"


class AwsConfig:
    """The text of an AWS config file; `file` is what it is called in errors.

    AdminError is raised for one that botocore cannot read. It tells no more of the file than names of sections.
    """

    def __init__(self, text: str, file: str) -> None:
        self.text = text
        self._file = file
        self._parsed = configparser.RawConfigParser()
        try:
            self._parsed.read_file(StringIO(text, newline=None))
        except configparser.Error as error:
            raise self._unreadable(_fault(error)) from None  # the text of some has the line, which may be a secret
        for section in self._parsed.sections():
            if any(map(_is_no_nested_block, self._parsed[section].values())):
                raise self._unreadable(f"a nested block in the section [{section}] has a line that is no option")
        self._lines = [*_lines(text)]

    def with_option(self, profile: str, option: str, value: str) -> AwsConfig:
        """Return the file with an option of a profile set, in the section that there is, or in a new one at the end.

        The markers that earlier releases have put around it are removed. Raise AdminError for a profile that is there
        twice, and for what no line can have.
        """
        _refuse_unwritable(profile, value)
        section = self._section_of(profile)
        lines = [line for line in self._lines if line.text.strip() not in _markers(profile)]
        if section is None:
            texts = self._with_section(lines, _header_of(profile), f"{option} = {value}")
        elif self._parsed.get(section, option, fallback=None) == value:
            texts = [line.text for line in lines]
        elif any((line.section, line.option) == (section, option) for line in lines):
            texts = [*_with_value(lines, section, option, value)]
        else:
            texts = self._with_line(lines, section, f"{option} = {value}")
        return AwsConfig("".join(texts), self._file)

    def shown(self, profile: str, option: str) -> str:
        """Return what may be shown: the option, below the header of its profile, and what marks it."""
        section, markers = self._section_of(profile), _markers(profile)
        return "".join(
            f"{printable(line.text.rstrip())}\n"
            for line in self._lines
            if line.text.strip() in markers
            or (line.section == section and (line.what == _HEADER or line.option == option))
        )

    def _section_of(self, profile: str) -> str | None:
        """Return the section of a profile, which may be quoted in some ways; raise AdminError for two of them."""
        sections = [section for section in self._parsed.sections() if _profile_of(section) == profile]
        if len(sections) > 1:
            named = " and ".join(f"[{section}]" for section in sections)
            raise AdminError(
                f"{self._file} was left as it is: it has the profile {profile} twice, as {named}. Make one section of "
                "them, and run again."
            )
        return sections[0] if sections else None

    def _with_section(self, lines: list[_Line], header: str, option: str) -> list[str]:
        texts = [self._ended(line.text) for line in lines]
        blank = [""] if texts and texts[-1].strip() else []
        return [*texts, *map(self._ended, (*blank, f"[{header}]", option))]

    def _with_line(self, lines: list[_Line], section: str, option: str) -> list[str]:
        """Return the lines with one at the end of a section, above the comments and blank lines there."""
        texts = [self._ended(line.text) for line in lines]
        of_section = [line for line in lines if line.section == section and line.what]
        end = max(index for index, line in enumerate(lines) if line.section == section and line.what) + 1
        # Deeper than the option above it, it would be a part of that; less deep than what is below, that would be one
        options = [line for line in of_section if line.what == _OPTION]
        below = [line for line in lines[end:] if line.what]
        beside = [*options[-1:], *below, *of_section][0]
        return [*texts[:end], self._ended(f"{beside.indent}{option}"), *texts[end:]]

    def _ended(self, text: str) -> str:
        """Return a line with an ending: its own, or that of the first line of the file."""
        if text.endswith(("\r", "\n")):
            return text
        first = re.search(r"\r\n|\r|\n", self.text)
        return f"{text}{first[0] if first else _NEWLINE}"

    def _unreadable(self, what: str) -> AdminError:
        return AdminError(
            f"{self._file} was left as it is, since the AWS CLI cannot read it: {what}. Correct that, and run again."
        )


def _fault(error: configparser.Error) -> str:
    """Say what is wrong with a file, and nothing of what it says."""
    if isinstance(error, configparser.DuplicateSectionError):
        return f"it has the section [{error.section}] twice, the second time in line {error.lineno}"
    if isinstance(error, configparser.DuplicateOptionError):
        return f"the section [{error.section}] has an option twice, the second time in line {error.lineno}"
    if isinstance(error, configparser.MissingSectionHeaderError):
        return f"line {error.lineno} is in no section"
    if isinstance(error, configparser.ParsingError):
        return f"line {error.errors[0][0]} is neither a section nor an option"
    return "it does not consist of sections with options"


def _is_no_nested_block(value: str) -> bool:
    """Whether botocore would fail at a value: one that begins below its option is a block of options."""
    return value.startswith("\n") and any("=" not in line for line in value.splitlines() if line.strip())


def _lines(text: str) -> Iterator[_Line]:
    """Return the lines of a file that configparser can read, as it takes them."""
    section = option = ""
    level = 0
    for text_of_line in StringIO(text, newline=""):
        said = text_of_line.strip()
        what = _NOTHING
        if said and not said.startswith(_COMMENTS):
            indent = len(text_of_line) - len(text_of_line.lstrip())
            if option and indent > level:
                what = _CONTINUATION
            elif header := configparser.RawConfigParser.SECTCRE.match(said):
                what, level, section, option = _HEADER, indent, header["header"], ""
            else:
                what, level, option = _OPTION, indent, re.split("[=:]", said, maxsplit=1)[0].rstrip().lower()
        yield _Line(text_of_line, what, section, option if what else "")


def _with_value(lines: list[_Line], section: str, option: str, value: str) -> Iterator[str]:
    """Return the lines with another value of an option, without those below it that were a part of the old one."""
    for line in lines:
        if (line.section, line.option) != (section, option):
            yield line.text
        elif line.what == _OPTION:
            yield line.with_value(value)


def _profile_of(section: str) -> str | None:
    """Return the profile that botocore takes a section for, None for none: `[ profile a ]` is none."""
    if section == _DEFAULT:
        return _DEFAULT
    try:
        words = shlex.split(section) if section.startswith("profile") else []
    except ValueError:  # a quotation mark that nothing closes
        return None
    return words[1] if len(words) == 2 else None


def _header_of(profile: str) -> str:
    """Return the section for a profile; the AWS CLI quotes none that can be read without, and finds no other."""
    if profile == _DEFAULT:
        return profile
    plain = f"profile {profile}"
    return plain if _profile_of(plain) == profile else f"profile {shlex.quote(profile)}"


def _markers(profile: str) -> tuple[str, ...]:
    return tuple(f"# {mark} {profile} of landing_zone.aws_admin" for mark in ("BEGIN", "END"))


def _refuse_unwritable(profile: str, value: str) -> None:
    for text in (profile, value):
        if not text.isprintable() or text != text.strip():
            raise AdminError(f"An AWS config file cannot have {text!r}: leave out line breaks, and spaces around it.")


class AwsConfigFile:
    """A file on the disk; a link is followed. All raise AdminError for one that cannot be used."""

    def __init__(self, path: str) -> None:
        self._named = f"The AWS config file {path}"
        with self._failures():
            self.path = Path(os.path.realpath(path))
        self._named = f"The AWS config file {self.path}"

    def read(self) -> AwsConfig:
        """Return what is in it, nothing where there is no file."""
        with self._failures():
            status = self._status()
            if status and not stat.S_ISREG(status.st_mode):
                raise AdminError(f"{self._named} is not a file: name another one in {_VARIABLE}.")
            content = self.path.read_bytes() if status else b""
        try:
            return AwsConfig(content.decode(), self._named)
        except UnicodeDecodeError:
            raise AdminError(f"{self._named} was left as it is, since it is not UTF-8: correct that first.") from None

    def write(self, config: AwsConfig) -> None:
        """Write it whole or not at all; it keeps mode and owner. A new one is its owner's alone, as is its folder."""
        with self._failures():
            status = self._status()
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor, name = mkstemp(prefix=".aws-config-", dir=self.path.parent)
            partial = Path(name)
            try:
                with os.fdopen(descriptor, "wb") as file:
                    if status:
                        _liken(descriptor, status)
                    file.write(config.text.encode())
                    file.flush()
                    os.fsync(descriptor)
                partial.replace(self.path)
            except BaseException:
                partial.unlink()
                raise

    def _status(self) -> os.stat_result | None:
        try:
            return self.path.stat()
        except FileNotFoundError:
            return None

    @contextmanager
    def _failures(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise unusable(self._named, _VARIABLE, error) from error
        except ValueError as error:  # a NUL in the path
            raise AdminError(f"{self._named} is no valid path: correct {_VARIABLE}.") from error


def _liken(descriptor: int, status: os.stat_result) -> None:
    """Give a file the owner and the mode of another one."""
    ours = os.fstat(descriptor)
    if (ours.st_uid, ours.st_gid) != (status.st_uid, status.st_gid):
        os.fchown(descriptor, status.st_uid, status.st_gid)
    os.fchmod(descriptor, stat.S_IMODE(status.st_mode))
