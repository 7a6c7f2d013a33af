"""The page reader against SQLite itself: what SQLite wrote is read, whatever is cut off."""

from __future__ import annotations

import random
import sqlite3
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.journal.pages import MAGIC, Row, rows

_SIZES = st.sampled_from([0, 1, 7, 60, 400, 480, 500, 1000, 4050, 4100, 9000])
_VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.sampled_from([0, 1, -1, 127, 128, -129, 2**15, 2**23, 2**31, 2**47, -(2**47) - 1]),
    st.floats(allow_nan=False),
    st.builds(lambda size, fill: fill * size, _SIZES, st.sampled_from(["a", "ä", "\0", "🙂"])),
    st.builds(lambda size, fill: bytes([fill]) * size, _SIZES, st.integers(0, 255)),
)
_TABLE = st.lists(st.tuples(_VALUES, _VALUES, _VALUES), max_size=25)


def written(
    home: Path, table: Sequence[Row], *, page_size: int = 4096, log: bool = False, between: int = 0
) -> tuple[bytes, bytes]:
    """The bytes of a file that holds `table`, and of its log; `between` rows are in the file already."""
    path = home / "t.sqlite"
    base = sqlite3.connect(path, isolation_level=None)
    base.execute(f"PRAGMA page_size={page_size}")
    if log:
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("PRAGMA wal_autocheckpoint=0")
    base.execute("PRAGMA synchronous=OFF")
    base.execute("CREATE TABLE t (a, b, c)")
    base.executemany("INSERT INTO t VALUES (?, ?, ?)", table[:between])
    if log:
        base.execute("PRAGMA wal_checkpoint")
    base.execute("BEGIN")
    base.executemany("INSERT INTO t VALUES (?, ?, ?)", table[between:])
    base.execute("COMMIT")
    found = path.read_bytes(), (home / "t.sqlite-wal").read_bytes() if log else b""
    base.close()
    for file in home.iterdir():
        file.unlink()
    return found


def exact(row: Row) -> tuple[tuple[str, str], ...]:
    """A row with the types of its values, so that 1, 1.0 and '1' differ."""
    return tuple((type(value).__name__, repr(value)) for value in row)


@settings(deadline=None, max_examples=60)
@given(table=_TABLE, page_size=st.sampled_from([512, 1024, 4096, 65536]), log=st.booleans(), between=st.integers(0, 25))
def test_every_row_that_sqlite_wrote_is_read(table: list[Row], page_size: int, log: bool, between: int) -> None:
    with tempfile.TemporaryDirectory() as home:
        main, wal = written(Path(home), table, page_size=page_size, log=log, between=between)
    found = {(rowid, exact(row)) for rowid, row in rows(main, wal)}
    assert {(number, exact(row)) for number, row in enumerate(table, 1)} <= found


@settings(deadline=None, max_examples=60)
@given(table=_TABLE, log=st.booleans(), cuts=st.tuples(st.floats(0, 1), st.floats(0, 1)), noise=st.randoms())
def test_any_bytes_are_read_without_an_error(
    table: list[Row], log: bool, cuts: tuple[float, float], noise: random.Random
) -> None:
    with tempfile.TemporaryDirectory() as home:
        parts = written(Path(home), table, page_size=512, log=log, between=len(table) // 2)
    main, wal = (bytearray(part[: int(len(part) * cut)]) for part, cut in zip(parts, cuts, strict=True))
    for part in (main, wal):
        for _ in range(len(part) // 100):
            part[noise.randrange(len(part))] = noise.randrange(256)
    for rowid, row in rows(bytes(main), bytes(wal)):
        assert isinstance(rowid, int)
        assert isinstance(row, tuple)


@pytest.mark.parametrize("seed", range(8))
def test_a_row_that_is_still_in_the_bytes_is_read(tmp_path: Path, seed: int) -> None:
    """Each row ends in a mark of its own: where the mark is there, all before it is, and the tree above may be lost."""
    draw = random.Random(seed)
    marks = [draw.randbytes(24) for _ in range(2000)]
    table: list[Row] = [("x" * draw.randrange(300), number, mark) for number, mark in enumerate(marks)]
    main, _ = written(tmp_path, table)
    cut = main[: draw.randrange(len(main))]
    read = {row[2] for _, row in rows(cut, b"") if len(row) == 3}
    assert read & set(marks) == {mark for mark in marks if mark in cut}


def test_a_row_with_many_overflow_pages_is_read_and_lost_with_the_last_of_them(tmp_path: Path) -> None:
    table: list[Row] = [(random.Random(1).randbytes(5_000_000), 1, "end")]
    main, _ = written(tmp_path, table)
    assert (1, table[0]) in list(rows(main, b""))
    assert all(row != table[0] for _, row in rows(main[:-4096], b""))


def test_an_old_version_in_the_log_serves_where_the_file_lost_the_page(tmp_path: Path) -> None:
    table: list[Row] = [(number, "x" * 900, "y") for number in range(20)]
    main, wal = written(tmp_path, table, log=True, between=10)
    found = {row for _, row in rows(main[:4096], wal)}
    assert set(table[10:]) <= found, "the header's page alone is left of the file"


def test_pages_that_name_each_other_in_a_ring_end(tmp_path: Path) -> None:
    main, _ = written(tmp_path, [("x" * 20_000, 1, 2)], page_size=512)
    looped = bytearray(main)
    for page in range(2, len(main) // 512):
        looped[page * 512 : page * 512 + 4] = (3).to_bytes(4, "big")
    assert all(row[1:] != (1, 2) for _, row in rows(bytes(looped), b""))


@pytest.mark.parametrize("content", [b"", b"\0" * 5000, b"no database " * 500, MAGIC, MAGIC + b"\xff" * 5000])
def test_what_is_no_database_holds_no_rows(content: bytes) -> None:
    assert list(rows(content, content)) == []
