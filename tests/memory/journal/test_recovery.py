"""Damaged journals: noticed, set aside, and what can be read comes back unchanged or not at all."""

from __future__ import annotations

import asyncio
import random
import shutil
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.journal.journal import Journal
from memory.journal.pages import rows
from memory.journal.recovery import create, mend
from memory.journal.tables import KEYS, table_of
from scenarios.errors import RunDirError
from tests.memory.journal.test_journal import record, row

NAME = "run.sqlite"
Contents = dict[str, set[tuple[object, ...]]]


def contents(path: Path) -> Contents:
    """All rows by table."""
    base = sqlite3.connect(path)
    try:
        return {table: set(base.execute(f"SELECT * FROM {table}")) for table in KEYS}
    finally:
        base.close()


def copied(home: Path, to: Path, *ends: str) -> Path:
    """A copy of the journal's files as they are at this moment: what a kill would leave."""
    to.mkdir()
    for end in ends or ("", "-wal", "-shm"):
        if (home / f"{NAME}{end}").exists():
            shutil.copy(home / f"{NAME}{end}", to)
    return to / NAME


def cut(path: Path, size: int) -> None:
    """Cut a file to `size` bytes."""
    with path.open("rb+") as file:
        file.truncate(size)


def answer_of(draw: random.Random) -> bytes:
    """An answer; one of ten needs overflow pages."""
    return draw.randbytes(draw.choice([300] * 9 + [9000])).hex().encode()


async def fill(journal: Journal, draw: random.Random, calls: int) -> None:
    """Write as a run does: groups of calls, then briefs, then decisions."""
    for first in range(0, calls, 10):
        keys = [draw.randbytes(16) for _ in range(10)]
        await asyncio.gather(*(journal.keep(key, row(f"s{first}", answer=answer_of(draw))) for key in keys))
        await journal.begin(record(0, first).candidate.brief)
        await journal.record([record(0, first)])


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files of a journal whose process was killed; half of it is in the log."""
    home, live = tmp_path_factory.mktemp("killed"), tmp_path_factory.mktemp("live")
    create(live / NAME, {"run": "abc", "binding": "{}"})
    journal = Journal(live / NAME)
    journal.start()
    draw = random.Random(0)
    asyncio.run(fill(journal, draw, 150))
    journal.call(lambda base: base.execute("PRAGMA wal_autocheckpoint=1").fetchall())
    asyncio.run(fill(journal, draw, 10))
    journal.call(lambda base: base.execute("PRAGMA wal_autocheckpoint=1000").fetchall())
    asyncio.run(fill(journal, draw, 150))
    copied(live, home / "now")
    journal.close()
    return home / "now"


@pytest.fixture(scope="module")
def whole(killed: Path, tmp_path_factory: pytest.TempPathFactory) -> Contents:
    """All that was committed."""
    return contents(copied(killed, tmp_path_factory.mktemp("whole") / "x", "", "-wal"))


def within(found: Contents, whole: Contents) -> bool:
    """Nothing came back changed; the notes may be older ones."""
    return all(found[table] <= whole[table] for table in KEYS if table != "meta")


def still_there(path: Path, whole: Contents) -> set[tuple[object, ...]]:
    """The calls that lie in one piece in what is left of the file or its log: found by their answers."""
    logs = path.with_name(f"{NAME}-wal")
    left = [path.read_bytes(), logs.read_bytes() if logs.exists() else b""]
    return {call for call in whole["calls"] if any(0 <= part.find(call[6]) < len(part) - 640 for part in left)}  # type: ignore[arg-type]


def test_a_kill_at_any_moment_is_no_damage(tmp_path: Path) -> None:
    create(tmp_path / NAME, {"run": "abc", "binding": "{}"})
    journal = Journal(tmp_path / NAME)
    journal.start()
    journal.call(lambda base: base.execute("PRAGMA wal_autocheckpoint=40").fetchall())
    draw = random.Random(1)
    for number in range(25):
        asyncio.run(fill(journal, draw, 10))
        again = Journal(copied(tmp_path, tmp_path / f"all{number}"))
        moved = Journal(copied(tmp_path, tmp_path / f"moved{number}", "", "-wal"))
        assert (again.notice, moved.notice) == ("", "")
        assert again.spent() == moved.spent() == journal.spent()
        again.close()
        moved.close()
    journal.close()
    closed = Journal(copied(tmp_path, tmp_path / "closed"))
    assert closed.notice == ""
    closed.close()


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("logged", [True, False])
def test_a_file_cut_at_a_random_byte(killed: Path, whole: Contents, tmp_path: Path, seed: int, logged: bool) -> None:
    path = copied(killed, tmp_path / "x", "", "-wal", "-shm") if logged else copied(killed, tmp_path / "x", "")
    cut(path, random.Random(seed).randrange(10_000, path.stat().st_size))
    damaged, there = path.read_bytes(), still_there(path, whole)
    journal = Journal(path)
    journal.close()
    found = contents(path)
    assert "was damaged" in journal.notice
    assert f"recovered {len(found['calls'])} calls, {len(found['briefs'])} briefs, " in journal.notice
    assert within(found, whole)
    assert there <= found["calls"]
    assert (tmp_path / "x" / f"{NAME}.damaged-1").read_bytes() == damaged
    again = Journal(path)
    assert again.notice == ""
    again.close()


def keys_in_order(path: Path) -> list[bytes]:
    """The calls' keys, as they were committed."""
    base = sqlite3.connect(path)
    try:
        return [key for (key,) in base.execute("SELECT key FROM calls ORDER BY rowid")]
    finally:
        base.close()


def test_calls_that_come_back_stand_in_the_order_in_which_they_were_made(tmp_path: Path) -> None:
    """Pages that dropped decisions gave back hold calls of later than the pages behind them."""
    path = tmp_path / NAME
    create(path, {"run": "abc", "binding": "{}"})
    journal = Journal(path)
    draw = random.Random(2)
    asyncio.run(journal.record([record(1, index, final=False) for index in range(200)]))
    asyncio.run(fill(journal, draw, 100))
    journal.forget_provisional()
    asyncio.run(fill(journal, draw, 100))
    journal.close()
    before = keys_in_order(path)
    cut(path, path.stat().st_size - 5000)
    assert mend(path)
    after = keys_in_order(path)
    assert len(after) > 100
    assert after == [key for key in before if key in set(after)]


@pytest.mark.parametrize("seed", range(8))
def test_a_log_cut_at_a_random_byte(killed: Path, whole: Contents, tmp_path: Path, seed: int) -> None:
    path = copied(killed, tmp_path / "x")
    log = path.with_name(f"{NAME}-wal")
    cut(log, random.Random(seed).randrange(log.stat().st_size // 2))
    there = still_there(path, whole)
    journal = Journal(path)
    journal.close()
    assert "the end of run.sqlite-wal is missing" in journal.notice
    found = contents(path)
    assert within(found, whole)
    assert there <= found["calls"] < whole["calls"]


@pytest.mark.parametrize("index", [True, False])
def test_a_log_that_is_gone(killed: Path, whole: Contents, tmp_path: Path, index: bool) -> None:
    path = copied(killed, tmp_path / "x", *(["", "-shm"] if index else [""]))
    there = still_there(path, whole)
    journal = Journal(path)
    journal.close()
    assert ("run.sqlite-wal is missing" if index else "run.sqlite-wal: is gone") in journal.notice
    assert within(contents(path), whole)
    assert there <= contents(path)["calls"] < whole["calls"]


def test_a_log_that_another_program_merged_is_told_with_care(killed: Path, whole: Contents, tmp_path: Path) -> None:
    path = copied(killed, tmp_path / "x")
    assert contents(path) == whole, "reading with SQLite merges and removes the log"
    journal = Journal(path)
    assert "unless another program has merged it" in journal.notice
    journal.close()
    again = Journal(path)
    assert again.notice == "", "it is told once"
    again.close()
    assert contents(path)["calls"] == whole["calls"]
    assert not list(path.parent.glob("*damaged*"))


@pytest.mark.parametrize("content", [b"", b"\0" * 20_000, b"This is not a database." * 1000])
@pytest.mark.parametrize("logged", [True, False])
def test_where_the_runs_name_is_lost_nothing_is_touched(
    killed: Path, tmp_path: Path, content: bytes, logged: bool
) -> None:
    path = copied(killed, tmp_path / "x", *(["", "-wal"] if logged else [""]))
    path.write_bytes(content)
    before = {file.name: file.read_bytes() for file in path.parent.iterdir()}
    with pytest.raises(RunDirError, match=r"run\.sqlite: is damaged.*the run cannot continue; put a copy"):
        Journal(path)
    assert {file.name: file.read_bytes() for file in path.parent.iterdir()} == before


def test_a_changed_byte_that_sqlite_does_not_see_is_noticed(killed: Path, whole: Contents, tmp_path: Path) -> None:
    path = copied(killed, tmp_path / "x")
    contents(path)  # merges the log
    data = bytearray(path.read_bytes())
    longest = max(whole["calls"], key=lambda call: len(call[6]))  # type: ignore[arg-type]
    place = data.find(longest[6][-500:])  # type: ignore[index]
    data[place] ^= 1
    path.write_bytes(data)
    base = sqlite3.connect(path)
    assert base.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    base.close()
    journal = Journal(path)
    journal.close()
    assert "1 of its rows are not as they were written" in journal.notice
    assert contents(path)["calls"] == whole["calls"] - {longest}


def test_a_text_that_is_no_text_any_more_is_noticed(killed: Path, whole: Contents, tmp_path: Path) -> None:
    path = copied(killed, tmp_path / "x")
    contents(path)  # merges the log
    data = path.read_bytes()
    path.write_bytes(data.replace(b"judgejudge", b"judg\xffjudge", 1))
    journal = Journal(path)
    journal.close()
    assert "was damaged" in journal.notice
    assert len(contents(path)["calls"]) == len(whole["calls"]) - 1


def test_a_database_without_the_journals_tables_is_no_journal(tmp_path: Path) -> None:
    base = sqlite3.connect(tmp_path / NAME)
    base.execute("CREATE TABLE t (a)")
    base.close()
    with pytest.raises(RunDirError, match="the run cannot continue"):
        Journal(tmp_path / NAME)


@pytest.mark.parametrize("at", range(4))
def test_a_kill_while_the_new_file_is_put_in_place(
    killed: Path, whole: Contents, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    path = copied(killed, tmp_path / "x")
    cut(path, path.stat().st_size * 2 // 3)
    before = [file.read_bytes() for file in (path, path.with_name(f"{NAME}-wal"))]
    there, rename, left = still_there(path, whole), Path.rename, [at]

    def interrupted(self: Path, target: Path) -> Path:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return rename(self, target)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "rename", interrupted)
        with pytest.raises(KeyboardInterrupt):
            mend(path)
    mend(path)
    assert there <= contents(path)["calls"]
    kept = [file.read_bytes() for file in path.parent.glob("*damaged*")]
    assert all(content in kept for content in before)


def mixed(killed: Path, home: Path) -> tuple[bytes, bytes, set[object]]:
    """Two states of one file, between which pages were given up and used anew; and every row of both."""
    path = copied(killed, home / "old")
    kept = contents(path)
    first = path.read_bytes()
    base = sqlite3.connect(path)
    base.executescript("PRAGMA secure_delete=OFF; DELETE FROM calls; DELETE FROM records;")
    base.close()
    journal = Journal(path)
    asyncio.run(fill(journal, random.Random(5), 200))
    journal.close()
    now = contents(path)
    return first, path.read_bytes(), {(table, call) for found in (kept, now) for table in KEYS for call in found[table]}


@pytest.fixture(scope="module")
def states(killed: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes, set[object]]:
    """See `mixed`."""
    return mixed(killed, tmp_path_factory.mktemp("states"))


@settings(deadline=None, max_examples=25)
@given(draw=st.randoms(use_true_random=False))
def test_rows_whose_overflow_pages_were_used_anew_do_not_come_back_changed(
    states: tuple[bytes, bytes, set[object]], draw: random.Random
) -> None:
    first, second, known = states
    pages = [
        draw.choice([part[at : at + 4096] for part in (first, second) if at < len(part)])
        for at in range(0, max(len(first), len(second)), 4096)
    ]
    for _, found in rows(b"".join(pages), b""):
        table = table_of(found)
        if table is not None:
            same = (table, (*found[:10], float(found[10]), *found[11:]) if table == "calls" else found)  # type: ignore[arg-type]
            assert same in known


def test_decisions_that_were_dropped_do_not_come_back(tmp_path: Path) -> None:
    create(tmp_path / NAME, {"run": "abc", "binding": "{}"})
    journal = Journal(tmp_path / NAME)
    asyncio.run(journal.record([record(0, 0), record(0, 1, final=False)]))
    journal.close()
    cut(tmp_path / NAME, (tmp_path / NAME).stat().st_size - 1)
    journal = Journal(tmp_path / NAME)
    assert [found.candidate.brief.index for found in journal.records()] == [0]
    assert [brief.index for brief in journal.begun()] == [0], "a record holds its brief"
    journal.close()


def without_checks(base: sqlite3.Connection) -> None:
    """Make the tables those of an earlier version."""
    for table in KEYS:
        base.execute(f"ALTER TABLE {table} DROP COLUMN crc")


async def test_a_journal_of_an_earlier_version_gets_its_checks(tmp_path: Path) -> None:
    journal = Journal(tmp_path / NAME)
    await journal.keep(b"k", row())
    journal.note("run", "abc")
    journal.call(without_checks)
    journal.close()
    journal = Journal(tmp_path / NAME)
    await journal.keep(b"k2", row())
    assert (await journal.answered(b"k"), journal.notice) == (b'{"text":"x"}', "")
    journal.close()
    again = Journal(tmp_path / NAME)
    assert again.notice == ""
    again.close()
    assert all(found[-1] is not None for table in KEYS for found in contents(tmp_path / NAME)[table])
