"""The journal: durable before it answers, readable after a kill."""

from __future__ import annotations

import asyncio
import os
import signal
import sqlite3
import subprocess
import sys
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.journal.journal import CallRow, Journal
from memory.journal.tables import packed
from scenarios.errors import ColloquiaError, RunDirError
from scenarios.records import Brief, Candidate, Record, Usage, Verdict
from tests.helpers import REPO


def row(sample: str = "s", **changes: object) -> CallRow:
    """A call's row."""
    base: dict[str, object] = {
        "sample": sample, "step": "judge", "attempt": 0, "role": "judge", "question": b"{}", "answer": b'{"text":"x"}',
        "usage": Usage(calls=1, prompt_tokens=10, cached_tokens=4, completion_tokens=3), "usd": 0.5, "requests": 2,
    }  # fmt: skip
    return CallRow(**{**base, **changes})  # type: ignore[arg-type]


def record(round_: int, index: int, verdict: Verdict = Verdict.ACCEPTED, final: bool = True) -> Record:
    """A record."""
    brief = Brief(id=f"b{round_}-{index}", scenario="s", round=round_, index=index, seed=1, cell={})
    return Record(verdict=verdict, candidate=Candidate(brief=brief, fields={"text": "x" * 50}), final=final)


async def test_what_is_kept_is_found_again_also_by_the_next_session(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run.sqlite")
    await journal.keep(b"k1", row())
    assert await journal.answered(b"k1") == b'{"text":"x"}'
    assert await journal.answered(b"k2") is None
    journal.close()
    journal = Journal(tmp_path / "run.sqlite")
    assert await journal.answered(b"k1") == b'{"text":"x"}'
    spent = journal.spent()
    assert spent.usage == {"judge": Usage(calls=1, prompt_tokens=10, cached_tokens=4, completion_tokens=3)}
    assert (spent.usd, spent.requests) == (0.5, 2)
    journal.close()


async def test_a_write_is_committed_when_it_returns(tmp_path: Path) -> None:
    """Another connection, which sees only what is committed, sees each row as soon as `keep` has returned."""
    journal = Journal(tmp_path / "run.sqlite")
    other = sqlite3.connect(tmp_path / "run.sqlite")
    for number in range(20):
        await journal.keep(b"%d" % number, row())
        assert other.execute("SELECT count(*) FROM calls").fetchone()[0] == number + 1
    other.close()
    journal.close()


async def test_writes_that_wait_together_are_committed_together(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run.sqlite")
    commits = 0

    def count(base: sqlite3.Connection) -> None:
        def trace(statement: str) -> None:
            nonlocal commits
            commits += statement == "COMMIT"

        base.set_trace_callback(trace)

    journal.call(count)
    started = commits
    await asyncio.gather(*(journal.keep(b"%d" % number, row()) for number in range(300)))
    assert 1 <= commits - started < 150
    assert journal.spent().usage["judge"].calls == 300
    journal.close()


KILLED = """
import asyncio, sys
from pathlib import Path
from memory.journal.journal import Journal
from tests.memory.journal.test_journal import row

async def write():
    journal = Journal(Path(sys.argv[1]))
    async def one(number):
        await journal.keep(b"%d" % number, row())
        print(number, flush=True)
    number = 0
    while True:
        await asyncio.gather(*(one(number + place) for place in range(7)))
        number += 7

asyncio.run(write())
"""


async def test_what_was_told_as_kept_survives_a_kill(tmp_path: Path) -> None:
    child = {**os.environ, "PYTHONPATH": f"{REPO}:{REPO / 'tests' / 'child'}"}
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(tmp_path / "run.sqlite")],
        env=child, cwd=REPO, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    told = {int(process.stdout.readline()) for _ in range(40)}
    os.kill(process.pid, signal.SIGKILL)
    told |= {int(line) for line in process.stdout.read().split()}
    process.stdout.close()
    process.wait()
    journal = Journal(tmp_path / "run.sqlite")
    for number in told:
        assert await journal.answered(b"%d" % number) is not None
    await journal.keep(b"after", row())
    assert journal.spent().usage["judge"].calls >= len(told) + 1
    journal.close()


async def test_records_come_in_order_page_by_page(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run.sqlite")
    for round_ in (3, 0, 2, 1):
        await journal.record([record(round_, index) for index in reversed(range(400))])
    found = [(r.candidate.brief.round, r.candidate.brief.index) for r in journal.records()]
    assert found == [(round_, index) for round_ in range(4) for index in range(400)]
    assert journal.accepted() == 1600
    journal.close()


async def test_provisional_records_are_forgotten_and_final_ones_are_not(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run.sqlite")
    await journal.record([record(0, 0), record(0, 1, final=False), record(0, 2, Verdict.REJECTED)])
    assert journal.accepted() == 1
    journal.forget_provisional()
    assert [r.candidate.brief.index for r in journal.records()] == [0, 2]
    journal.close()


async def test_briefs_and_notes_are_kept(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run.sqlite")
    briefs = tuple(record(1, index).candidate.brief for index in range(3))
    for brief in reversed(briefs):
        await journal.begin(brief)
    journal.note("run", "abc")
    journal.note("run", "def")
    journal.close()
    journal = Journal(tmp_path / "run.sqlite")
    assert journal.begun() == journal.begun(1) == list(briefs)
    assert journal.begun(2) == []
    assert (journal.meta("run"), journal.meta("nothing")) == ("def", None)
    journal.close()


async def test_a_group_that_cannot_be_written_fails_as_a_whole_and_says_so(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run.sqlite")
    bad = journal.acall(lambda base: base.execute("INSERT INTO nowhere VALUES (1)"))
    with pytest.raises(ColloquiaError, match="the journal cannot be written"):
        await bad
    await journal.keep(b"k", row())
    assert await journal.answered(b"k") is not None
    journal.close()


async def test_one_bad_write_takes_no_other_with_it(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run.sqlite")
    outcomes = await asyncio.gather(
        journal.keep(b"a", row()), journal.keep(b"b", row(sample=None)), journal.keep(b"c", row()),
        return_exceptions=True,
    )  # fmt: skip
    assert [type(outcome) for outcome in outcomes] == [type(None), ColloquiaError, type(None)]
    assert journal.spent().usage["judge"].calls == 2
    journal.close()


async def test_a_journal_that_another_program_holds_is_told(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run.sqlite")
    journal.call(lambda base: base.execute("PRAGMA busy_timeout=0").fetchall())
    other = sqlite3.connect(tmp_path / "run.sqlite", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    outcomes = await asyncio.gather(journal.keep(b"a", row()), journal.keep(b"b", row()), return_exceptions=True)
    assert ["database is locked" in str(outcome) for outcome in outcomes] == [True, True]
    assert all(isinstance(outcome, RunDirError) for outcome in outcomes)
    other.execute("ROLLBACK")
    other.close()
    await journal.keep(b"a", row())
    assert await journal.answered(b"a") is not None
    journal.close()


def test_a_file_that_is_no_journal_is_the_users_mistake(tmp_path: Path) -> None:
    (tmp_path / "run.sqlite").write_bytes(b"This is not a database." * 100)
    with pytest.raises(RunDirError, match=r"run\.sqlite"):
        Journal(tmp_path / "run.sqlite")


async def test_an_answer_that_is_in_the_journal_counts_once_in_the_ledger(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run.sqlite")
    for _ in range(3):
        await journal.keep(b"same", row())
    assert journal.spent().usage["judge"].calls == 1
    journal.close()


async def test_what_was_asked_counts_until_it_is_answered_also_in_the_next_session(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "run.sqlite")
    await journal.asked(b"t1", b"k1", 1, 40, 0.25)
    await journal.asked(b"t1", b"k1", 2, 80, 0.5)
    await journal.asked(b"t2", b"k2", 1, 10, 0.125)
    await journal.keep(b"k2", row(), b"t2")
    spent = journal.spent()
    assert (spent.requests, spent.lost_tokens, spent.lost_usd) == (2 + 2, 80, 0.5)
    journal.close()
    journal = Journal(tmp_path / "run.sqlite")
    await journal.asked(b"t3", b"k1", 1, 40, 0.25)
    await journal.keep(b"k1", row(), b"t3")
    again = journal.spent()
    assert (again.requests, again.lost_tokens, again.lost_usd) == (2 + 2 + 2, 80, 0.5)
    journal.close()


@given(
    st.binary(max_size=200)
    | st.builds(lambda part, times: part * times, st.binary(min_size=1, max_size=64), st.integers(1, 2000))
)
def test_what_is_packed_comes_back_from_plain_zlib(text: bytes) -> None:
    assert zlib.decompress(packed(text)) == text
