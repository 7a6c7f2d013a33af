"""A file of a user's as text, whatever editor wrote it; what cannot be read is named with its line."""

from __future__ import annotations

import codecs
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.errors import DatasetError, ScenarioError
from scenarios.reading.files import decoded, lines_of, read_text


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_marks_and_line_ends_are_no_part_of_a_text(end: str, mark: str) -> None:
    assert decoded((mark + end.join(["a", "", "b", ""])).encode()) == "a\n\nb\n"


@given(st.text(st.characters(exclude_characters="\r\n\0\ufeff", exclude_categories=["Cs"]), max_size=60))
def test_other_separators_stay_in_their_line(text: str) -> None:
    whole = f"{text}\u2028x\u2029y\x85z\x0bv\x0cw"
    assert lines_of(decoded(f"\n{whole}\nlast".encode())) == [(2, whole.strip()), (3, "last")]


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"one\ntwo \xe9\n", r"line 2: is not UTF-8 \(byte 0xE9\)"),
        (b"one\r\ntwo\r\n\xff", r"line 3: is not UTF-8 \(byte 0xFF\)"),
        (b"\n\n\xed\xa0\x80", "line 3: holds half a character"),
        (b"a\n\0", "line 2: holds a NUL byte"),
        (codecs.BOM_UTF16_LE + "name: a".encode("utf-16-le"), "is not UTF-8 but UTF-16"),
        (codecs.BOM_UTF16_BE + "name: a".encode("utf-16-be"), "is not UTF-8 but UTF-16"),
        (codecs.BOM_UTF32_LE + "name: a".encode("utf-32-le"), "is not UTF-8 but UTF-32"),
        ("name: a".encode("utf-16-le"), "line 1: holds a NUL byte"),
    ],
)
def test_bytes_that_are_no_text_are_named_with_their_line(tmp_path: Path, data: bytes, told: str) -> None:
    (tmp_path / "f.txt").write_bytes(data)
    with pytest.raises(ScenarioError, match=rf"f\.txt: cannot be read: .*{told}"):
        read_text(tmp_path / "f.txt")


def test_what_is_no_file_is_not_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "big").write_bytes(b"x" * 11)
    for path, told in ((tmp_path, "it is a folder"), (tmp_path / "pipe", "no regular file"), (Path("/dev/zero"), "no regular file"),
                       (tmp_path / "none", "No such file"), (tmp_path / "big", "larger than 10 bytes")):  # fmt: skip
        with pytest.raises(DatasetError, match=f"cannot be read: .*{told}"):
            read_text(path, DatasetError, 10)
