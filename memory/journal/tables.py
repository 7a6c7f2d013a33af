"""The journal's tables. Each row ends in a check by which it vouches for itself, also outside of its file."""

from __future__ import annotations

import contextlib
import os
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from memory.journal.pages import Row, Value
from scenarios.records import Brief, Record

KEYS = {"meta": 1, "calls": 1, "asked": 1, "briefs": 2, "records": 2, "batches": 1}
"""Every table, and how many of its first columns are its key."""
SHARED = "shared "
"""How the name of a note in `meta` begins that says of a call, by its key in hexadecimal, that another run paid for it."""
SCHEMA = (
    "CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value TEXT NOT NULL, crc INTEGER)",
    "CREATE TABLE IF NOT EXISTS calls (key BLOB PRIMARY KEY, sample TEXT NOT NULL, step TEXT NOT NULL, "
    "attempt INTEGER NOT NULL, role TEXT NOT NULL, question BLOB NOT NULL, answer BLOB NOT NULL, "
    "prompt_tokens INTEGER NOT NULL, cached_tokens INTEGER NOT NULL, completion_tokens INTEGER NOT NULL, "
    "usd REAL NOT NULL, requests INTEGER NOT NULL, crc INTEGER)",
    "CREATE TABLE IF NOT EXISTS asked (ticket BLOB PRIMARY KEY, key BLOB NOT NULL, requests INTEGER NOT NULL, "
    "tokens INTEGER NOT NULL, usd REAL NOT NULL, crc INTEGER)",
    "CREATE TABLE IF NOT EXISTS batches (file TEXT PRIMARY KEY, address TEXT NOT NULL, batch TEXT NOT NULL, "
    "keys BLOB NOT NULL, crc INTEGER)",
    "CREATE INDEX IF NOT EXISTS calls_by_sample ON calls (sample)",
    "CREATE TABLE IF NOT EXISTS briefs (round INTEGER NOT NULL, place INTEGER NOT NULL, brief BLOB NOT NULL, "
    "crc INTEGER, PRIMARY KEY (round, place))",
    "CREATE TABLE IF NOT EXISTS records (round INTEGER NOT NULL, place INTEGER NOT NULL, id TEXT NOT NULL, "
    "verdict TEXT NOT NULL, final INTEGER NOT NULL, record BLOB NOT NULL, crc INTEGER, PRIMARY KEY (round, place))",
)
"""What makes the tables. `memory.journal.trusting` takes no other ones."""


def check_of(table: str, *values: Value) -> int:
    """A checksum over a row's values and its table's name. A number counts as a float: SQLite stores 1.0 as 1."""
    parts = [
        value if isinstance(value, bytes) else (value if isinstance(value, str) else repr(float(value or 0))).encode()
        for value in (table, *values)
    ]
    return zlib.crc32(b"\0".join(parts))


def put(base: sqlite3.Connection, table: str, rows: Sequence[Row], *, first_stands: bool = False) -> None:
    """Enter rows, each with its check; a row of the same key is replaced, or stands."""
    if rows:
        marks = ",".join("?" * (len(rows[0]) + 1))
        checked = [(*row, check_of(table, *row)) for row in rows]
        how, end = ("", " ON CONFLICT DO NOTHING") if first_stands else (" OR REPLACE", "")
        base.executemany(f"INSERT{how} INTO {table} VALUES ({marks}){end}", checked)


def packed(text: bytes) -> bytes:
    """Text as the journal keeps it: `zlib.decompress` gives it back.

    Its tables are no larger than the text needs: zlib's usual ones take longer to set up than a short text to press.
    """
    press = zlib.compressobj(1, wbits=min(15, max(9, len(text).bit_length())), memLevel=6)
    return press.compress(text) + press.flush()


def brief_row(brief: Brief) -> Row:
    """A brief as a row of its table."""
    return brief.round, brief.index, packed(brief.model_dump_json().encode())


def record_row(record: Record) -> Row:
    """A decision as a row of its table."""
    brief, told = record.candidate.brief, packed(record.model_dump_json().encode())
    return brief.round, brief.index, brief.id, record.verdict.value, int(record.final), told


def table_of(row: Row) -> str | None:
    """The table that a row with its check belongs to; None if the check fails."""
    return next((table for table in KEYS if row and row[-1] == check_of(table, *row[:-1])), None)


def broken_rows(base: sqlite3.Connection) -> int:
    """How many rows do not agree with their check; those of a table without checks (an earlier version's) are passed over."""
    base.create_function("check_of", -1, check_of, deterministic=True)
    broken = 0
    for table in KEYS:
        columns = _columns(base, table)
        if "crc" in columns:
            wrong = f"SELECT count(*) FROM {table} NOT INDEXED WHERE crc IS NOT check_of('{table}', {', '.join(columns[:-1])})"
            broken += base.execute(wrong).fetchone()[0]
    return broken


def prepare(base: sqlite3.Connection) -> None:
    """Make the tables; give the rows of an earlier version their checks."""
    for sql in SCHEMA:
        base.execute(sql)
    base.create_function("check_of", -1, check_of, deterministic=True)
    for table in KEYS:
        columns = _columns(base, table)
        if "crc" not in columns:
            base.execute("BEGIN")
            base.execute(f"ALTER TABLE {table} ADD COLUMN crc INTEGER")
            base.execute(f"UPDATE {table} SET crc = check_of('{table}', {', '.join(columns)})")
            base.execute("COMMIT")


@contextlib.contextmanager
def building(path: Path) -> Iterator[sqlite3.Connection]:
    """Fill a new file of tables; it is at `path` once it is whole and on the disk. Raises sqlite3.Error, OSError."""
    partial = path.with_name(f".{path.name}.partial")
    partial.unlink(missing_ok=True)
    base = sqlite3.connect(partial, isolation_level=None)
    try:
        base.execute("PRAGMA journal_mode=OFF")
        base.execute("PRAGMA synchronous=OFF")
        prepare(base)
        base.execute("BEGIN")
        yield base
        base.execute("COMMIT")
        base.close()
        _sync(partial)
        partial.replace(path)
        _sync(path.parent)
    except BaseException:
        base.close()
        partial.unlink(missing_ok=True)
        raise


def _columns(base: sqlite3.Connection, table: str) -> list[str]:
    return [row[1] for row in base.execute(f"PRAGMA table_info({table})")]


def _sync(path: Path) -> None:
    """Bring a file, or a directory's list of names, to the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
