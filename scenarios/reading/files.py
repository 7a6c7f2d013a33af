"""A file of the user's as text, whatever editor wrote it: with a byte order mark or without, with any line ends."""

from __future__ import annotations

import codecs
import re
import stat
from pathlib import Path

from scenarios.errors import ScenarioError, UserError

MOST_BYTES = 4 * 1024 * 1024
_OTHER_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32", codecs.BOM_UTF32_BE: "UTF-32", codecs.BOM_UTF16_LE: "UTF-16", codecs.BOM_UTF16_BE: "UTF-16",
}  # fmt: skip
_HALF = re.compile("[\ud800-\udfff]")
_HALF_IN_BYTES = re.compile(rb"\xed[\xa0-\xbf]")


def read_text(path: Path, wrong: type[UserError] = ScenarioError, most: int | None = MOST_BYTES) -> str:
    """The text of a file: UTF-8, its lines ended by `\\n`, without a byte order mark.

    Raises `wrong` in one line that names the file, and the line if one is at fault: no regular file, larger than `most`
    bytes, no UTF-8, half a character, a NUL byte.
    """
    try:
        found = path.stat()
        if stat.S_ISDIR(found.st_mode):
            raise wrong(f"{path}: cannot be read: it is a folder; name a file")
        if not stat.S_ISREG(found.st_mode):
            raise wrong(f"{path}: cannot be read: it is no regular file")
        if most is not None and found.st_size > most:
            raise wrong(f"{path}: cannot be read: it is larger than {most:,} bytes")
        data = path.read_bytes()
    except OSError as error:
        raise wrong(f"{path}: cannot be read: {error.strerror or error}") from None
    try:
        return decoded(data)
    except ValueError as error:
        raise wrong(f"{path}: cannot be read: {error}") from None


def decoded(data: bytes) -> str:
    """Bytes as text, as `read_text` gives it. Raises ValueError in words that name the line."""
    if mark := next((mark for mark in _OTHER_MARKS if data.startswith(mark)), None):
        raise ValueError(f"line 1: is not UTF-8 but {_OTHER_MARKS[mark]}; save the file as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].decode("utf-8", "replace")
        if _HALF_IN_BYTES.match(data, error.start):
            what = "holds half a character (a lone surrogate)"
        else:
            what = f"is not UTF-8 (byte 0x{data[error.start]:02X}); save the file as UTF-8"
        raise ValueError(f"line {_number(line)}: {what}") from None
    if (place := text.find("\0")) >= 0:
        raise ValueError(f"line {_number(text[:place])}: holds a NUL byte; save the file as UTF-8 text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _number(before: str) -> int:
    return 1 + before.replace("\r\n", "\n").replace("\r", "\n").count("\n")


def lines_of(text: str) -> list[tuple[int, str]]:
    """The lines that are not blank, with their numbers from 1. Other separators than `\\n`, such as U+2028, end no line."""
    numbered = enumerate(text.split("\n"), 1)
    return [(number, line.strip()) for number, line in numbered if line.strip()]


def unwritable(text: str) -> str:
    """Why a text cannot be written to a file, or an empty string: escapes can stand for what no file may hold."""
    if "\0" in text:
        return "holds a NUL character"
    return "holds half a character (a lone surrogate)" if _HALF.search(text) else ""
