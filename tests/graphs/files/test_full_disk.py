"""A disk that takes no more: one line that says what to do, nothing half-written, and the run goes on later.

The real thing without a disk to fill: a limit on the size of files, under which a process's writes fail (EFBIG).
"""

from __future__ import annotations

import asyncio
import errno
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from graphs.files.agreement import Bound
from graphs.files.rundir import check_usable, is_run, open_run
from memory.journal.journal import Journal
from scenarios.errors import RunDirError
from tests.endpoint import Endpoint, scrambled
from tests.graphs.running.test_reproducible import CHAIN, committed, talk, whole
from tests.helpers import REPO, Ran, Workshop, at
from tests.memory.journal.test_journal import row

_LIMITED = """
import resource, sys
import graphs.running.session
from graphs.run import main
begin = graphs.running.session.open_run
def open_run(*given):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]), resource.RLIM_INFINITY))
    return begin(*given)
graphs.running.session.open_run = open_run
sys.exit(main(sys.argv[2:]))
"""


def limited(workshop: Workshop, name: str, size: int, *words: str) -> Ran:
    """Run the command in a process whose files cannot grow past `size` bytes, once its memory is there."""
    process = workshop.start(name, *words, program=("-c", _LIMITED, str(size)))
    return workshop.finish(name, process)


def told(ran: Ran) -> str:
    """The one line that is said beside those of the start."""
    lines = [
        line for line in ran.stderr.splitlines() if not line.startswith(("colloquia: scenario ", "note: ", "accepted "))
    ]
    assert len(lines) == 1, ran.stderr
    assert ran.code == 2, ran.stderr
    assert not (ran.out / "colloquia.log").exists()
    assert not list(ran.out.glob(".*.partial"))
    return lines[0]


@pytest.mark.parametrize(("scenario", "size", "concurrency"), [("chain", 190_000, 5), ("talk", 240_000, 32)])
def test_a_full_disk_ends_the_run_in_one_line_and_it_can_go_on(
    workshop: Workshop, serve: Callable[..., Endpoint], scenario: str, size: int, concurrency: int
) -> None:
    words = [*(CHAIN if scenario == "chain" else talk(workshop.home)), f"concurrency={concurrency}"]
    plain = workshop.run("plain", *words, *at(serve(scrambled("plain")).url))
    endpoint = serve(scrambled("full"))
    ran = limited(workshop, "full", size, *words, *at(endpoint.url))
    said = told(ran)
    assert f"out={ran.out}: the journal cannot be written" in said
    assert f"continue with: python -m graphs.run out={ran.out}" in said
    written = (ran.out / "dataset.jsonl").read_bytes()
    assert plain.dataset().startswith(written)
    assert written == b"" or written.endswith(b"\n")
    if (ran.out / "summary.json").exists():  # the journal took smaller writes again: then the files are whole
        assert ran.summary()["accepted"] == len(ran.lines())
        assert ran.summary()["stopped_by"] == "error"
    paid, before = committed(ran.out), len(endpoint.asked)
    # In flight when the disk was full: requests at the endpoint, and answers on their way into the journal.
    assert 5 < len(paid) <= before <= len(paid) + 3 * concurrency
    again = workshop.run("full", f"out={ran.out}")
    assert again.code == 0, again.stderr
    assert "damaged" not in again.stderr
    assert again.dataset() == plain.dataset()
    assert not paid & set(endpoint.seeds(before))
    whole(again)


@pytest.mark.parametrize("name", ["dataset.jsonl", "dataset.parquet", "summary.json", "README.md"])
def test_a_derived_file_that_cannot_be_written(workshop: Workshop, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The disk fills up as the files are written: all others are whole, this one is as it was."""
    words = [*CHAIN, "llm.backend=scripted"]
    plain = workshop.run("plain", *words)
    workshop.run("r", *[word for word in words if not word.startswith("n=")], "n=3")
    before = (workshop.home / "r" / name).read_bytes()
    opened, calls = Path.open, []

    def full(self: Path, mode: str = "r", *more: Any, **most: Any) -> Any:
        """Opening works; writing does not. The files are written at a session's begin and end."""
        if self.name == f".{name}.partial":
            calls.append(self)
            if len(calls) == (1 if name in {"summary.json", "README.md"} else 2):
                return opened(Path("/dev/full"), mode, *more, **most)
        return opened(self, mode, *more, **most)

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        ran = workshop.run("r", f"out={workshop.home / 'r'}", "n=12")
    assert "cannot be written (No space left on device)" in told(ran)
    assert f"python -m graphs.run out={ran.out}" in told(ran)
    if name == "dataset.jsonl":
        assert ran.dataset() == plain.dataset(), "it grew as the run went on"
    else:
        assert (ran.out / name).read_bytes() == before
    again = workshop.run("r", f"out={ran.out}")
    assert (again.code, again.dataset()) == (0, plain.dataset())


def test_appending_to_a_full_disk_leaves_whole_lines(tmp_path: Path) -> None:
    """In a child, since the limit holds for a whole process."""
    code = """
import resource, sys
from pathlib import Path
from graphs.files.dataset import append_records
from tests.memory.journal.test_journal import record
out = Path(sys.argv[1])
append_records(out, [record(0, 0)])
size = (out / "dataset.jsonl").stat().st_size
resource.setrlimit(resource.RLIMIT_FSIZE, (size * 2 + 10, resource.RLIM_INFINITY))
append_records(out, [record(0, 1)])
try:
    append_records(out, [record(0, 2), record(0, 3)])
except OSError as error:
    print(error.strerror)
"""
    ran = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], cwd=REPO, capture_output=True, text=True, check=True
    )
    assert ran.stdout == "File too large\n"
    lines = (tmp_path / "dataset.jsonl").read_bytes().splitlines(keepends=True)
    assert [orjson.loads(line)["index"] for line in lines] == [0, 1]


def test_a_journal_without_room_keeps_what_fits(tmp_path: Path) -> None:
    """A group that does not fit as a whole is written call by call; what was told as kept is there."""
    journal = Journal(tmp_path / "run.sqlite")

    async def fill() -> list[Any]:
        await journal.keep(b"first", row())
        pages = journal.call(lambda base: base.execute("PRAGMA page_count").fetchone()[0])
        journal.call(lambda base: base.execute(f"PRAGMA max_page_count={pages + 3}").fetchall())
        sizes = [100, 60_000, 100]
        kept = (journal.keep(b"%d" % place, row(answer=b"x" * size)) for place, size in enumerate(sizes))
        return await asyncio.gather(*kept, return_exceptions=True)

    small, large, other = asyncio.run(fill())
    assert (small, other) == (None, None)
    assert isinstance(large, RunDirError)
    assert f"out={tmp_path}: the journal cannot be written (database or disk is full)" in str(large)
    journal.close()
    again = Journal(tmp_path / "run.sqlite")
    assert again.spent().usage["judge"].calls == 3
    assert again.notice == ""
    again.close()


def test_a_run_directory_that_is_read_only(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system without writing is told by `os.access`, also to root."""
    ran = workshop.run("r", *CHAIN, "llm.backend=scripted")
    before = workshop.folder("owner.lock", "chroma.sqlite3")
    monkeypatch.setattr(os, "access", lambda path, mode: not mode & os.W_OK)
    again = workshop.run("r", f"out={ran.out}", "n=13")
    assert again.code == 2
    assert f"out={ran.out}: {ran.out} cannot be written" in again.stderr
    assert workshop.folder("owner.lock", "chroma.sqlite3") == before


def test_a_journal_that_is_read_only(workshop: Workshop) -> None:
    if os.geteuid() == 0:
        pytest.skip("root writes to any file")
    ran = workshop.run("r", *CHAIN, "llm.backend=scripted")
    (ran.out / "run.sqlite").chmod(0o444)
    again = workshop.run("r", f"out={ran.out}", "n=13")
    assert again.code == 2
    assert "the journal cannot be" in again.stderr
    assert "readonly" in again.stderr


@pytest.mark.parametrize("at_write", range(4))
@pytest.mark.parametrize("error", [OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), KeyboardInterrupt()])
def test_a_run_that_did_not_get_to_begin_can_begin(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_write: int, error: BaseException
) -> None:
    """Neither a full disk nor a kill at its first writes leaves a directory that nothing accepts."""
    out, fsync, left = tmp_path / "r", os.fsync, [at_write]

    def stop(handle: int) -> None:
        if not left[0]:
            raise error
        left[0] -= 1
        fsync(handle)

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", stop)
        with pytest.raises((RunDirError, KeyboardInterrupt)) as caught:
            open_run(out, {"n": 1}, Bound({"seed": 0}), print)
    assert not isinstance(caught.value, RunDirError) or f"python -m graphs.run out={out}" in str(caught.value)
    check_usable(out)
    assert is_run(out) == (out / "run.yaml").exists()
    journal, run = open_run(out, {"n": 1}, Bound({"seed": 0}), print)
    assert (journal.meta("run"), journal.notice) == (run, "")
    journal.close()
