"""A journal as input: anybody may have made the file. What it holds is checked before it is used, and bounded.

SQLite's own guard against hostile files is its schema: views, triggers and generated columns run when tables are read. So
only the journal's own tables are taken, as this program writes them. See https://www.sqlite.org/security.html.
"""

from __future__ import annotations

import json
import re
import sqlite3
import stat
import zlib
from collections.abc import Mapping, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from memory.journal.pages import Value
from scenarios.errors import RunDirError
from scenarios.records import Brief, Record

MAX_ROW = 64 * 1024 * 1024
"""Bytes of a value, and of what a packed one unpacks to."""
_MAX_FILE = 1 << 40
_MOSTLY_HOLES = 64
"""A file of which less than this part is on the disk is mostly holes."""
_SMALL = 1 << 28
"""Bytes that may be read or unpacked whatever the file's size."""
_UNPACKED = 100
"""Bytes that a file may unpack to for each of its own."""
_STEPS = 8
"""Steps of SQLite for each byte of a file."""
_CHUNK = 100_000
_SUPER = bytes.fromhex("d9d505f920a163d7")
"""The end of a rollback journal that names another file, which SQLite would remove."""
_MOST = 1 << 40
_ALWAYS = ("meta", "calls", "records")
"""Tables that journals of every version have."""
_FLIPPED = 8
"""Characters that a damaged disk may have changed in the text of a table."""


_SAID = 300
_LONG_NUMBER = re.compile(rb"[\[:,]\s*-?[0-9]{19}")


class BadRow(Exception):
    """A row that holds what no run writes."""


class ColumnKind(Enum):
    """What a column holds: how SQL tells, in which `{}` is the column."""

    TEXT = "typeof({})='text'"
    BYTES = "typeof({})='blob'"
    COUNT = f"typeof({{}})='integer' AND {{}} BETWEEN 0 AND {_MOST}"
    MONEY = f"typeof({{}}) IN ('integer','real') AND {{}} BETWEEN 0 AND {_MOST}"


_T, _B, _C, _M = ColumnKind.TEXT, ColumnKind.BYTES, ColumnKind.COUNT, ColumnKind.MONEY
COLUMNS: Mapping[str, Mapping[str, ColumnKind]] = {
    "meta": {"key": _T, "value": _T},
    "calls": {
        "key": _B, "sample": _T, "step": _T, "attempt": _C, "role": _T, "question": _B, "answer": _B, "prompt_tokens": _C,
        "cached_tokens": _C, "completion_tokens": _C, "usd": _M, "requests": _C,
    },
    "asked": {"ticket": _B, "key": _B, "requests": _C, "tokens": _C, "usd": _M},
    "briefs": {"round": _C, "place": _C, "brief": _B},
    "records": {"round": _C, "place": _C, "id": _T, "verdict": _T, "final": _C, "record": _B},
    "batches": {"file": _T, "address": _T, "batch": _T, "keys": _B},
}  # fmt: skip


def check_files(path: Path) -> None:
    """Raise RunDirError unless the journal's files are plain ones that SQLite can open without harm."""
    for end in ("", "-wal", "-shm", "-journal", ".recovered"):
        file = path.with_name(path.name + end)
        try:
            found = file.lstat()
        except FileNotFoundError:
            continue
        if not stat.S_ISREG(found.st_mode):
            raise RunDirError(f"{file}: is not a plain file; remove it, or put a plain file in its place")
        holes = found.st_size > _SMALL and found.st_blocks * 512 * _MOSTLY_HOLES < found.st_size
        if found.st_size > _MAX_FILE or holes:
            raise RunDirError(
                f"{file}: claims {found.st_size} bytes, and most of them are not there; no run writes that"
            )
        if end == "-journal" and _names_another(file):
            raise RunDirError(f"{file}: names another file, which would be removed; no run writes that; remove it")


def _names_another(file: Path) -> bool:
    with file.open("rb") as journal:
        journal.seek(max(0, file.stat().st_size - len(_SUPER)))
        return journal.read() == _SUPER


def harden(base: sqlite3.Connection) -> None:
    """Bound what a connection does with a file that anybody may have made."""
    base.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_ROW)
    base.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, 1_000_000)
    base.setlimit(sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH, 1)
    base.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    base.execute("PRAGMA trusted_schema=OFF")
    base.execute("PRAGMA cell_size_check=ON")


def bound_steps(base: sqlite3.Connection, size: int) -> None:
    """Interrupt whatever takes more steps than a file of `size` bytes can give cause to: its pages may hold each other."""
    left = [(_SMALL + _STEPS * size) // _CHUNK]

    def spend() -> int:
        left[0] -= 1
        return left[0] < 0

    base.set_progress_handler(spend, _CHUNK)


def foreign_schema(base: sqlite3.Connection, known: Sequence[str]) -> tuple[str, bool]:
    """What the file holds beside a journal's tables, in words, and whether somebody made it so; else the disk did.

    `known` are the statements that make the tables. Empty if all is as this program writes it. Raises sqlite3.Error.
    """
    due, there = {_name(sql): _plain_sql(sql) for sql in known}, set()
    for kind, name, sql in base.execute("SELECT type, name, sql FROM sqlite_schema LIMIT 1000"):
        there.add(name)
        if sql is None and kind == "index" and str(name).startswith("sqlite_autoindex_"):
            continue
        found = _plain_sql(str(sql))
        if kind in {"table", "index"} and due.get(str(name)) == found:
            continue
        if (kind, name) == ("table", "sqlite_stat1"):  # of another program that looked for slow queries
            continue
        near = any(_differ(found, one) <= _FLIPPED for one in due.values())
        return f"it holds the {kind} {str(name)[:60]!r}, as no run does", not near
    lacking = next((table for table in _ALWAYS if table not in there), "")
    return (f"it has no table {lacking!r}", True) if lacking else ("", False)


def _name(sql: str) -> str:
    found = re.match(r"CREATE (?:TABLE|INDEX) IF NOT EXISTS (\w+)", sql)
    assert found is not None
    return found[1]


def _plain_sql(sql: str) -> str:
    """A statement without what differs between versions of the journal: its spaces, and the column of checks."""
    return re.sub(r"\s+|IF NOT EXISTS|, ?crc INTEGER", "", sql)


def _differ(left: str, right: str) -> int:
    return sum(a != b for a, b in zip(left, right, strict=True)) if len(left) == len(right) else len(left) + len(right)


def odd_rows(base: sqlite3.Connection) -> str:
    """The first table with a row of other kinds of values than a run writes, or with a sample twice, in words; else empty.

    Raises sqlite3.Error.
    """
    there = {row[0] for row in base.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    for table, columns in COLUMNS.items():
        if table in there:
            sound = " AND ".join(f"({kind.value.replace('{}', name)})" for name, kind in columns.items())
            odd = base.execute(f"SELECT rowid FROM {table} NOT INDEXED WHERE NOT ({sound}) LIMIT 1").fetchone()
            if odd:
                return f"row {odd[0]} of its {table} holds what no run writes"
    if "records" in there and base.execute("SELECT 1 FROM records GROUP BY id HAVING count(*) > 1 LIMIT 1").fetchone():
        return "it holds two records of one sample"
    return ""


def is_sound(table: str, values: Sequence[Value]) -> bool:
    """Whether a row's values, without its check, are of the kinds that a run writes."""
    kinds = tuple(COLUMNS[table].values())
    return len(values) == len(kinds) and all(map(_is, kinds, values))


def _is(kind: ColumnKind, value: Value) -> bool:
    if kind is ColumnKind.TEXT:
        return isinstance(value, str)
    if kind is ColumnKind.BYTES:
        return isinstance(value, bytes)
    number = isinstance(value, int) or (kind is ColumnKind.MONEY and isinstance(value, float))
    return number and 0 <= value <= _MOST  # type: ignore[operator]


class Unpacking:
    """Unpacks what a journal of `size` bytes holds. A few kilobytes can stand for gigabytes: each value is bounded, and
    so is their sum, by far more than text comes to."""

    def __init__(self, size: int) -> None:
        self._left = _SMALL + _UNPACKED * size

    def text(self, value: object) -> bytes:
        """The text that was packed. Raises BadRow."""
        packed = plain_bytes(value)
        press = zlib.decompressobj()
        try:
            found = press.decompress(packed, min(MAX_ROW, max(1, self._left)))
        except zlib.error as error:
            raise BadRow(f"a packed row cannot be unpacked ({error})") from None
        self._left -= len(found)
        if not press.eof or self._left <= 0:
            raise BadRow("a packed row is cut off, or unpacks to more than any run writes")
        return found

    def brief(self, row: Sequence[object]) -> Brief:
        """The brief of a row `round, place, brief`. Raises BadRow if it is none, or of another place."""
        found = parsed(Brief, self.text(row[2]))
        if (found.round, found.index) != (row[0], row[1]):
            raise BadRow(f"the brief in round {row[0]}, place {row[1]} says that it is of another place")
        return found

    def record(self, row: Sequence[object]) -> Record:
        """The record of a row `round, place, id, verdict, final, record`. Raises BadRow if it is none, or another one."""
        found = parsed(Record, self.text(row[5]))
        brief = found.candidate.brief
        if (brief.round, brief.index, brief.id, found.verdict.value, int(found.final)) != tuple(row[:5]):
            raise BadRow(f"the record in round {row[0]}, place {row[1]} says that it is another one")
        return found


RECORD = "round, place, id, verdict, final, record"
"""The columns that `Unpacking.record` reads."""
_Model = TypeVar("_Model", bound=BaseModel)


def parsed(model: type[_Model], text: bytes) -> _Model:
    """A value of a model's from its JSON. Raises BadRow, also for a whole number that no file of ours could hold again."""
    try:
        found = model.model_validate_json(text)
        if _LONG_NUMBER.search(text) and _is_huge(json.loads(text)):
            raise BadRow("a row holds a whole number of more than 64 bits")
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"][:6])
        raise BadRow(
            f"a row holds no {model.__name__.strip('_').lower()} ({where or 'JSON'}: {first['msg']})"[:_SAID]
        ) from None
    except (ValueError, RecursionError) as error:
        raise BadRow(f"a row holds no {model.__name__.strip('_').lower()} ({error})"[:_SAID]) from None
    return found


def _is_huge(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_is_huge, value.values()))
    return any(map(_is_huge, value)) if isinstance(value, list) else isinstance(value, int) and abs(value) >> 63 != 0


def plain_bytes(value: object) -> bytes:
    """The bytes of a row. Raises BadRow if it holds something else."""
    if not isinstance(value, bytes):
        raise BadRow(f"a row holds a {type(value).__name__} in place of bytes")
    return value


def plain_text(value: object) -> str:
    """The text of a row. Raises BadRow if it holds something else."""
    if not isinstance(value, str):
        raise BadRow(f"a row holds a {type(value).__name__} in place of a text")
    return value
