"""A damaged journal: noticed when it is opened, set aside, and written anew with every row that vouches for itself."""

from __future__ import annotations

import contextlib
import mmap
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path

from memory.journal.pages import FRAME_HEADER, LOG_HEADER, MAGIC, Row, Tangled, rows
from memory.journal.tables import KEYS, SCHEMA, brief_row, broken_rows, building, put, table_of
from memory.journal.trusting import RECORD, Unpacking, check_files, foreign_schema, harden, is_sound, odd_rows
from scenarios.errors import RunDirError

SESSION, OPEN, CLOSED = "session", "open", "closed"
"""The note that tells whether the last session closed the journal; without it the write-ahead log has to be there."""
_NEEDED = ("run", "binding")
"""The notes without which a run cannot be continued."""
_NO_DAMAGE = frozenset(
    {
        sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_PERM, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_NOMEM,
    }
)  # fmt: skip
"""SQLite's errors that say nothing about the file's content."""


def exists(path: Path) -> bool:
    """True if there is a journal, whole or not."""
    return any(file.is_file() for file in (path, _beside(path, "-wal"), _beside(path, ".recovered")))


def create(path: Path, notes: dict[str, str]) -> None:
    """Make a new journal that holds `notes`: it is there with all of them, or not at all. Raises sqlite3.Error, OSError."""
    with building(path) as base:
        put(base, "meta", list(notes.items()))


def mend(path: Path) -> str:
    """See to it that the journal at `path` is sound; returns what the user has to know, or an empty string.

    A damaged one is kept as `NAME.damaged-N`, and a new one takes its place. Raises RunDirError, leaving all as it
    is, if the damage took what a run needs to go on, or the file is no journal of a run, and sqlite3.Error or OSError if it
    cannot be read or written.
    """
    check_files(path)
    if _beside(path, ".recovered").is_file():
        _install(path)
    damage = damage_of(path)
    if not damage:
        return _log_is_gone(path)
    try:
        found = _recover(path)
    except Tangled:
        raise RunDirError(not_of_a_run(path, f"{damage}, and its pages hold each other")) from None
    aside = _install(path)
    told = ", ".join(f"{found[table]} {table}" for table in ("calls", "briefs", "records"))
    return f"{path}: was damaged ({damage}); recovered {told}; the damaged file is kept as {aside.name}, and the run makes again what is lost"


def not_of_a_run(path: Path, why: str) -> str:
    """One line for whoever was given a file that no run made."""
    return (
        f"{path}: is not as a run writes it ({why}), so that the run cannot continue; put a copy of the file back, or start "
        "anew with another out="
    )


def damage_of(path: Path) -> str:
    """What is wrong with a journal, in a few words, or an empty string. Changes nothing. Raises RunDirError if somebody
    made it otherwise than a run does, sqlite3.Error, OSError."""
    if not path.is_file():
        return "the file is missing"
    with path.open("rb") as file:
        begin = file.read(len(MAGIC))
    if begin != MAGIC:
        return "it is not an SQLite file" if begin else "it is empty"
    if _log_is_cut(path):
        return f"the end of {path.name}-wal is missing"
    try:
        with _reading(path) as base:
            other, deliberate = foreign_schema(base, SCHEMA)
            if deliberate:
                raise RunDirError(not_of_a_run(path, other))
            if other:
                return other
            (said,) = base.execute("PRAGMA integrity_check(1)").fetchone()
            if said != "ok":
                return " ".join(str(said).replace("***", "").split())
            base.execute("SELECT key, value FROM meta")
            broken = broken_rows(base)
            if not broken and (odd := odd_rows(base)):
                raise RunDirError(not_of_a_run(path, odd))
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in _NO_DAMAGE:
            raise
        return "some of it cannot be read" if code == sqlite3.SQLITE_ERROR else str(error)
    return f"{broken} of its rows are not as they were written" if broken else ""


def _beside(path: Path, suffix: str) -> Path:
    return path.with_name(path.name + suffix)


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[sqlite3.Connection]:
    """A connection that leaves the file and its log as they are."""
    logged = _beside(path, "-wal").is_file()
    base = sqlite3.connect(f"{path.absolute().as_uri()}?{'mode=ro' if logged else 'immutable=1'}", uri=True)
    try:
        harden(base)
        yield base
    finally:
        base.close()


def _log_is_cut(path: Path) -> bool:
    """Whether the log holds fewer frames than its index, which a killed process leaves behind, says are committed."""
    index, log = _beside(path, "-shm"), _beside(path, "-wal")
    if not index.is_file():
        return False
    with index.open("rb") as file:
        head = file.read(48)
    if len(head) < 48 or not head[12]:
        return False
    size, frames = int.from_bytes(head[14:16], sys.byteorder), int.from_bytes(head[16:20], sys.byteorder)
    there = log.stat().st_size if log.is_file() else 0
    return frames > 0 and there < LOG_HEADER + frames * (FRAME_HEADER + (65536 if size == 1 else size))


def _log_is_gone(path: Path) -> str:
    """A word for the user if a session was cut off and its log is gone, index and all: was it merged or lost?"""
    if _beside(path, "-wal").is_file():
        return ""
    with _reading(path) as base:
        row = base.execute("SELECT value FROM meta WHERE key = ?", (SESSION,)).fetchone()
    if row is None or row[0] != OPEN:
        return ""
    return (
        f"{path}-wal: is gone, though the last session was cut off; unless another program has merged it into "
        f"{path.name}, the last answers are lost, and the run asks for them again"
    )


def _recover(path: Path) -> dict[str, int]:
    """Write `NAME.recovered` from what can be read; returns its rows by table. Raises RunDirError."""
    newest: dict[tuple[str, Row], int] = {}
    with building(_beside(path, ".recovered")) as base:
        for rowid, row in _rows_of(path):
            table = table_of(row)
            if table is None or not is_sound(table, row[:-1]) or (table == "records" and not _is_final(row)):
                continue
            key = (table, row[: KEYS[table]])
            if rowid >= newest.get(key, rowid):
                newest[key] = rowid
                put(base, table, [row[:-1]])
        if not {("meta", (name,)) for name in _NEEDED} <= newest.keys():
            raise RunDirError(
                f"{path}: is damaged, and the rows that name its run are lost, so that the run cannot continue; "
                "put a copy of the file back, or start anew with another out="
            )
        _restore_briefs(base)
        _restore_order(base, newest)
        base.execute("DELETE FROM asked WHERE key IN (SELECT key FROM calls)")  # an outdated page may hold settled ones
        put(base, "meta", [(SESSION, CLOSED)])  # this file needs no log beside it
        return {table: base.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in KEYS}


def _is_final(row: Row) -> bool:
    """Provisional decisions are taken anew; an outdated page may hold some that were dropped."""
    return bool(row[4])


def _rows_of(path: Path) -> Iterator[tuple[int, Row]]:
    log = _beside(path, "-wal").read_bytes() if _beside(path, "-wal").is_file() else b""
    if not path.is_file() or not path.stat().st_size:
        yield from rows(b"", log)
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as main:
        yield from rows(main, log)


def _restore_briefs(base: sqlite3.Connection) -> None:
    """A record holds its brief, too."""
    lost = f"SELECT {RECORD} FROM records WHERE (round, place) NOT IN (SELECT round, place FROM briefs)"
    rows = base.execute(lost).fetchall()
    unpacking = Unpacking(sum(len(row[-1]) for row in rows))
    for row in rows:
        put(base, "briefs", [brief_row(unpacking.record(row).candidate.brief)])


def _restore_order(base: sqlite3.Connection, newest: dict[tuple[str, Row], int]) -> None:
    """Calls stand in the order in which they were committed, not in that of the pages they were found on."""
    order = sorted((rowid, row[0]) for (table, row), rowid in newest.items() if table == "calls")
    (last,) = base.execute("SELECT coalesce(max(rowid), 0) FROM calls").fetchone()
    numbered = [(last + place, key) for place, (_, key) in enumerate(order, 1)]
    base.executemany("UPDATE calls SET rowid = ? WHERE key = ?", numbered)


def _install(path: Path) -> Path:
    """Put `NAME.recovered` in the journal's place; returns where the damaged file is. A kill in between: `mend` goes on."""
    number = 1
    while any(_beside(path, f".damaged-{number}{end}").exists() for end in ("", "-wal", "-shm")):
        number += 1
    aside = _beside(path, f".damaged-{number}")
    for end in ("-shm", "-wal", ""):
        with contextlib.suppress(FileNotFoundError):
            _beside(path, end).rename(_beside(aside, end))
    _beside(path, ".recovered").rename(path)
    return aside
