"""JournalReader a journal: in the order in which calls were made, whoever owns it, and without a trace of the reader."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from memory.journal.journal import CallRow, Journal
from memory.journal.reading import JournalReader, read_journal
from scenarios.errors import RunDirError
from scenarios.records import Verdict
from tests.helpers import REPO
from tests.memory.journal.test_journal import KILLED, record, row


def steps(path: Path, sample: str = "s") -> list[str]:
    """The steps of a sample's calls, in the order that a reader finds."""

    def work(reading: JournalReader) -> list[CallRow]:
        return reading.calls(sample)

    return [found.step for found in read_journal(path, work)]


async def test_calls_come_in_the_order_in_which_they_were_made_whatever_happens_to_the_file(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    journal = Journal(path)
    for number in (3, 1, 2):
        await journal.keep(b"%d" % number, row(step=str(number)))
        await journal.keep(b"other %d" % number, row("t", step=f"other {number}"))
    assert steps(path) == ["3", "1", "2"]
    journal.close()
    base = sqlite3.connect(path)
    base.execute("DELETE FROM calls WHERE sample = 't'")
    base.commit()
    base.execute("VACUUM")  # numbers the rows anew
    base.close()
    assert steps(path) == ["3", "1", "2"]
    journal = Journal(path)
    await journal.keep(b"0", row(step="0"))
    journal.close()
    assert steps(path) == ["3", "1", "2", "0"]


async def test_a_reader_sees_what_is_committed_while_the_run_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    journal = Journal(path)
    for number in range(5):
        await journal.keep(b"%d" % number, row(step=str(number)))
        assert steps(path) == [str(place) for place in range(number + 1)]
    journal.close()
    assert [file.name for file in tmp_path.iterdir()] == ["run.sqlite"]


async def test_a_finished_journal_is_left_as_it_was_and_alone(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    journal = Journal(path)
    await journal.keep(b"1", row(step="1"))
    journal.close()
    before = path.read_bytes()
    assert steps(path) == ["1"]
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["run.sqlite"]


def test_the_journal_of_a_killed_run_is_read_whole_and_left_as_it_was(tmp_path: Path) -> None:
    path, log = tmp_path / "run.sqlite", tmp_path / "run.sqlite-wal"
    child = {**os.environ, "PYTHONPATH": f"{REPO}:{REPO / 'tests' / 'child'}"}
    process = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], env=child, cwd=REPO, stdout=subprocess.PIPE)
    assert process.stdout is not None
    told = [process.stdout.readline() for _ in range(30)]
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    before = path.read_bytes(), log.read_bytes()
    assert len(steps(path)) >= len(told)
    assert (path.read_bytes(), log.read_bytes()) == before


async def test_overviews_count_calls_and_tell_what_became_of_each_sample(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    journal = Journal(path)
    rejected = record(0, 1, Verdict.REJECTED).model_copy(update={"stage": "verify", "reason": "complete"})
    decided = [record(0, 0), rejected, record(1, 0, Verdict.UNDECIDED, final=False)]
    for each in decided:
        await journal.begin(each.candidate.brief)
    await journal.begin(record(1, 1).candidate.brief)
    await journal.record(list(reversed(decided)))
    for key in (b"1", b"2"):
        await journal.keep(key, row("b0-1"))
    await journal.keep(b"3", row("b1-1"))
    found = read_journal(path, JournalReader.overviews)
    assert [(o.id, o.verdict, o.stage, o.reason, o.final, o.usage.calls, o.requests) for o in found] == [
        ("b0-0", "accepted", "", "", True, 0, 0),
        ("b0-1", "rejected", "verify", "complete", True, 2, 4),
        ("b1-0", "undecided", "", "", False, 0, 0),
        ("b1-1", None, "", "", True, 1, 2),
    ]
    assert (found[1].usage.prompt_tokens, found[1].usage.cached_tokens, found[1].usd) == (20, 8, 1.0)
    assert sorted(read_journal(path, JournalReader.ids)) == ["b0-0", "b0-1", "b1-0", "b1-1"]
    assert read_journal(path, lambda reading: reading.record("b0-1")) == rejected
    assert read_journal(path, lambda reading: reading.record("b1-1")) is None
    assert read_journal(path, lambda reading: reading.brief("b1-1")) == record(1, 1).candidate.brief
    journal.close()


@pytest.mark.parametrize("content", [b"", b"This is not a database." * 100])
def test_a_file_that_is_no_journal_is_told_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "run.sqlite"
    path.write_bytes(content)
    with pytest.raises(RunDirError, match=r"run\.sqlite: cannot be read"):
        read_journal(path, JournalReader.overviews)
    assert path.read_bytes() == content


async def test_a_journal_cut_short_is_told_in_one_line_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "run.sqlite"
    journal = Journal(path)
    await journal.record([record(0, index) for index in range(400)])
    journal.close()
    cut = path.read_bytes()[: path.stat().st_size // 2]
    path.write_bytes(cut)
    with pytest.raises(RunDirError, match=r"run\.sqlite: cannot be read"):
        read_journal(path, JournalReader.overviews)
    assert path.read_bytes() == cut


async def test_a_run_that_begins_while_a_finished_journal_is_read_is_noticed(tmp_path: Path) -> None:
    """The first reading holds no lock; what it finds counts only if nobody has opened the journal meanwhile."""
    path = tmp_path / "run.sqlite"
    Journal(path).close()
    opened: list[Journal] = []

    def work(reading: JournalReader) -> int:
        if not opened:
            opened.append(Journal(path))
            opened[0].note("now", "here")
        return int(reading._base.execute("SELECT count(*) FROM meta WHERE key = 'now'").fetchone()[0])

    assert read_journal(path, work) == 1
    opened[0].close()
