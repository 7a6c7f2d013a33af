"""A sound run directory, made hostile: one change each, with checks and packing as a run writes them."""

from __future__ import annotations

import random
import sqlite3
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import orjson
import yaml

from memory.journal.tables import KEYS, check_of, packed

VALUES: list[Any] = [
    None, True, False, 0, -1, 1, 2**31, 2**63 - 1, 2**64, -(2**70), 10**300, 0.5, -0.0, 1e308, "", "x", "\0", "\x1b[2J", "a\nb",
    "../../etc/passwd", "{{ 7 * 7 }}", "2026-13-45", "x" * 5000, [], {}, [[]], [None], {"a": {"b": []}}, {"": ""}, ["x"] * 100,
    "\u202e", "１２", "seed:x", "true", [1, "a", {}],
]  # fmt: skip
"""What may stand where something else should."""


def deep(depth: int = 400) -> Any:
    """Lists within lists."""
    value: Any = []
    for _ in range(depth):
        value = [value]
    return value


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """The place of every part of a JSON value."""
    yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, one in inner:
        yield from places(one, (*path, key))


def mutated(value: Any, draw: random.Random) -> Any:
    """The value with one of its parts replaced, removed, repeated or renamed."""
    found = list(places(value))
    path = draw.choice(found[1:] or found)
    if not path:
        return draw.choice(VALUES)
    outer = value
    for key in path[:-1]:
        outer = outer[key]
    last, how = path[-1], draw.randrange(10)
    if how == 0:
        del outer[last]
    elif how == 1 and isinstance(outer, list):
        outer.append(outer[last])
    elif how == 1:
        outer[draw.choice(["x", "", "id", "name", "messages", "__class__"])] = outer[last]
    elif how == 2:
        outer[last] = deep()
    elif how == 3:
        other = value
        for key in draw.choice(found):
            other = other[key]
        outer[last] = orjson.loads(dumped(other))
    else:
        outer[last] = draw.choice(VALUES)
    return value


def dumped(value: Any) -> bytes:
    """JSON of anything, also of numbers that orjson does not write."""
    import json

    return json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass")


# -- the journal -------------------------------------------------------------------------------------------------


def edit(path: Path, work: Callable[[sqlite3.Connection], Any]) -> None:
    """Change a journal by SQL."""
    base = sqlite3.connect(path)
    try:
        base.execute("PRAGMA journal_mode=DELETE")
        work(base)
        base.commit()
    finally:
        base.close()


def rewrite(path: Path, table: str, change: Callable[[list[Any]], list[Any]], rowid: int | None = None) -> None:
    """Change a row of a table, and give it its check again."""

    def work(base: sqlite3.Connection) -> None:
        rows = base.execute(f"SELECT rowid, * FROM {table} ORDER BY rowid").fetchall()
        if not rows:
            return
        number, *row = next((row for row in rows if row[0] == rowid), rows[0])
        row = change(row[:-1])
        try:
            check = check_of(table, *row)
        except (ValueError, OverflowError):
            check = 0
        marks = ",".join("?" * (len(row) + 1))
        base.execute(f"DELETE FROM {table} WHERE rowid = ?", (number,))
        base.execute(f"INSERT OR REPLACE INTO {table} VALUES ({marks})", (*row, check))

    edit(path, work)


PACKED = {"records": (5,), "briefs": (2,), "calls": (5,)}
PLAIN = {"calls": (6,)}
ODD: list[Any] = [
    0, -1, 1, 2**31, 2**62, -(2**63), 1.5, 1e300, "", "x", "\0", "accepted", "\x1b]0;x\x07", b"", b"x", b"\xff\xfe", b"\0" * 100,
    "x" * 100_000, zlib.compress(b"null"), zlib.compress(b"{}"), zlib.compress(b"[" * 100_000), zlib.compress(b"\xff"),
]  # fmt: skip
"""Values of a column."""


def bad_row(path: Path, table: str, draw: random.Random) -> None:
    """One row of a table with one column of another value or type."""

    def change(row: list[Any]) -> list[Any]:
        row[draw.randrange(len(row))] = draw.choice(ODD)
        return row

    rewrite(path, table, change, draw.randrange(1, 30))


def bad_json(path: Path, table: str, draw: random.Random) -> None:
    """One row of a table whose JSON has one part of another kind; what its columns repeat of it may agree."""

    def change(row: list[Any]) -> list[Any]:
        for column in PACKED[table]:
            value = mutated(orjson.loads(zlib.decompress(row[column])), draw)
            row[column] = packed(dumped(value))
            if draw.random() < 0.7:
                agree(table, row, value)
        for column in PLAIN.get(table, ()):
            row[column] = dumped(mutated(orjson.loads(row[column]), draw))
        return row

    rewrite(path, table, change, draw.randrange(1, 30))


def agree(table: str, row: list[Any], value: Any) -> None:
    """Let a row's columns say what its JSON says, as far as that is possible."""
    try:
        brief = value["candidate"]["brief"] if table == "records" else value
        told = [brief["round"], brief["index"]]
        if table == "records":
            told += [brief["id"], value["verdict"], int(value.get("final", True))]
    except (KeyError, TypeError, ValueError, AttributeError):
        return
    if table in {"records", "briefs"} and all(
        isinstance(one, str | int) and (isinstance(one, str) or abs(one) < 2**62) for one in told
    ):
        row[: len(told)] = told


def bad_note(path: Path, draw: random.Random) -> None:
    """A note of another value, or with JSON of another kind."""

    def change(row: list[Any]) -> list[Any]:
        try:
            row[1] = dumped(mutated(orjson.loads(row[1]), draw)).decode("utf-8", "replace")
        except orjson.JSONDecodeError:
            row[1] = draw.choice(["", "x" * 500, "a/b", "\n", "null", "[]", "{}", "1"])
        if draw.random() < 0.2:
            row[draw.randrange(2)] = draw.choice(ODD)
        return row

    rewrite(path, "meta", change, draw.randrange(1, 5))


SCHEMES: dict[str, str] = {
    "a view in place of a table": "ALTER TABLE calls RENAME TO c; CREATE VIEW calls AS SELECT * FROM c;",
    "a recursive view": "DROP TABLE records; CREATE VIEW records AS WITH RECURSIVE n(round, place, id, verdict, final, record, crc) "
    "AS (SELECT 0, 0, 'x', 'accepted', 1, x'00', 0 UNION ALL SELECT round + 1, 0, 'x', 'accepted', 1, x'00', 0 FROM n) SELECT * FROM n;",
    "a view beside them": "CREATE VIEW v AS SELECT 1;",
    "a recursive view beside them": "CREATE VIEW v AS WITH RECURSIVE n(a) AS (SELECT 1 UNION ALL SELECT a + 1 FROM n) SELECT a FROM n;",
    "a trigger on calls": "CREATE TRIGGER t AFTER INSERT ON calls BEGIN DELETE FROM records; END;",
    "a trigger on notes": "CREATE TRIGGER t BEFORE INSERT ON meta BEGIN SELECT randomblob(100000000); END;",
    "a trigger on another table": "CREATE TABLE o (a); CREATE TRIGGER t AFTER INSERT ON o BEGIN SELECT 1; END;",
    "a virtual table": "CREATE VIRTUAL TABLE v USING fts5(a);",
    "a virtual table of trees": "CREATE VIRTUAL TABLE v USING rtree(id, a, b);",
    "a table of another program": "CREATE TABLE other (a, b);",
    "a table without rowids": "DROP TABLE asked; CREATE TABLE asked (ticket BLOB PRIMARY KEY, key BLOB NOT NULL, requests INTEGER "
    "NOT NULL, tokens INTEGER NOT NULL, usd REAL NOT NULL, crc INTEGER) WITHOUT ROWID;",
    "a generated column": "ALTER TABLE calls ADD COLUMN g AS (hex(zeroblob(500000000)));",
    "many generated columns": "".join(
        f"ALTER TABLE briefs ADD COLUMN g{n} AS (hex(zeroblob(1000000)));" for n in range(200)
    ),
    "a column with a costly default": "ALTER TABLE calls ADD COLUMN d DEFAULT 'x';",
    "a check that is costly": "DROP TABLE asked; CREATE TABLE asked (ticket BLOB PRIMARY KEY, key BLOB NOT NULL, requests INTEGER NOT "
    "NULL, tokens INTEGER NOT NULL, usd REAL NOT NULL, crc INTEGER, CHECK (length(hex(zeroblob(100000000))) > 0));",
    "an index over a costly value": "CREATE INDEX i ON calls (hex(zeroblob(1000000) || key));",
    "a partial index": "CREATE INDEX i ON records (id) WHERE length(hex(id)) > 0;",
    "another column": "ALTER TABLE records ADD COLUMN more TEXT;",
    "a column less": "DROP INDEX calls_by_sample; ALTER TABLE calls DROP COLUMN sample;",
    "columns of other names": "ALTER TABLE records RENAME COLUMN record TO recorde;",
    "columns of other types": "DROP TABLE records; CREATE TABLE records (round TEXT, place TEXT, id, verdict, final, record, crc);",
    "no records": "DROP TABLE records;",
    "no calls": "DROP TABLE calls;",
    "no notes": "DROP TABLE meta;",
    "no tables at all": "DROP TABLE meta; DROP TABLE calls; DROP TABLE records; DROP TABLE briefs; DROP TABLE asked;",
    "columns with a collation of their own": "DROP TABLE records; CREATE TABLE records (round INTEGER NOT NULL, place INTEGER NOT NULL, "
    "id TEXT NOT NULL COLLATE NOCASE, verdict TEXT NOT NULL, final INTEGER NOT NULL, record BLOB NOT NULL, crc INTEGER, PRIMARY KEY "
    "(round, place));",
    "a foreign key": "DROP TABLE asked; CREATE TABLE asked (ticket BLOB PRIMARY KEY REFERENCES calls (key) ON DELETE CASCADE, key BLOB "
    "NOT NULL, requests INTEGER NOT NULL, tokens INTEGER NOT NULL, usd REAL NOT NULL, crc INTEGER);",
}  # fmt: skip


# -- files ---------------------------------------------------------------------------------------------------------


def bad_yaml(path: Path, draw: random.Random) -> None:
    """A YAML file with one part of another kind."""
    path.write_bytes(dumped(mutated(yaml.safe_load(path.read_text()), draw)))  # JSON is YAML


def bad_lines(path: Path, draw: random.Random) -> None:
    """A JSONL file with one line of which one part is of another kind."""
    lines = path.read_bytes().splitlines()
    if not lines:
        return
    place = draw.randrange(len(lines))
    lines[place] = dumped(mutated(orjson.loads(lines[place]), draw))
    path.write_bytes(b"\n".join(lines) + b"\n")


def bad_bytes(path: Path, draw: random.Random) -> None:
    """A file with some of its bytes changed, removed or repeated."""
    data = bytearray(path.read_bytes())
    for _ in range(draw.choice([1, 1, 3, 30])):
        at = draw.randrange(len(data) + 1)
        how = draw.randrange(4)
        if how == 0:
            data[at : at + draw.choice([1, 4, 100, 5000])] = draw.randbytes(draw.choice([1, 4, 100]))
        elif how == 1:
            del data[at : at + draw.choice([1, 50, 4096])]
        elif how == 2:
            data[at:at] = data[at : at + draw.choice([1, 50, 4096])]
        elif data:
            data[min(at, len(data) - 1)] ^= 1 << draw.randrange(8)
    path.write_bytes(bytes(data))


TABLES = tuple(KEYS)
