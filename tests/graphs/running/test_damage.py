"""A run whose journal was damaged: it says so, asks again only what was lost, and ends with the same bytes."""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from memory.journal.journal import Journal
from tests.endpoint import Asked, Endpoint, scrambled
from tests.graphs.running.test_reproducible import CHAIN, committed, whole
from tests.helpers import Ran, Workshop, at

WORDS = [*CHAIN, "n=30", "concurrency=5"]
Damage = Callable[[Path, random.Random], None]


def cut(path: Path, draw: random.Random) -> None:
    """Cut a file at a random byte."""
    with path.open("rb+") as file:
        file.truncate(draw.randrange(path.stat().st_size))


def file_cut(out: Path, draw: random.Random) -> None:
    """The journal is cut; the log is whole, and in a run this short holds every page."""
    cut(out / "run.sqlite", draw)


def log_cut(out: Path, draw: random.Random) -> None:
    """The log is cut."""
    cut(out / "run.sqlite-wal", draw)


def log_gone(out: Path, draw: random.Random) -> None:
    """The log is missing."""
    (out / "run.sqlite-wal").unlink()


def merged_and_cut(out: Path, draw: random.Random) -> None:
    """Another program merged the log; the file was cut afterwards, and not so far that the run's name is lost."""
    with sqlite3.connect(out / "run.sqlite") as base:
        base.execute("SELECT count(*) FROM calls").fetchone()
    base.close()
    with (out / "run.sqlite").open("rb+") as file:
        file.truncate(draw.randrange(20_000, (out / "run.sqlite").stat().st_size))


@pytest.fixture
def killed(workshop: Workshop, serve: Callable[..., Endpoint]) -> tuple[Ran, Endpoint]:
    """A run that was killed past its middle, with its endpoint."""
    calm = scrambled("killed")
    process: Any = None

    async def kill_at(asked: Asked) -> Any:
        if asked.number == 90:
            os.kill(process.pid, signal.SIGKILL)
        return await calm(asked)

    endpoint = serve(kill_at)
    process = workshop.start("killed", *WORDS, *at(endpoint.url))
    dead = workshop.finish("killed", process)
    assert dead.code == -signal.SIGKILL
    endpoint.behaviour = calm
    return dead, endpoint


def test_a_damaged_journal_costs_only_what_was_lost(
    workshop: Workshop, killed: tuple[Ran, Endpoint], serve: Callable[..., Endpoint]
) -> None:
    dead, endpoint = killed
    plain = workshop.run("plain", *WORDS, *at(serve(scrambled("plain")).url))
    before = committed(dead.out)
    some_lost = 0
    for seed, damage in enumerate([file_cut, log_cut, log_gone, merged_and_cut, merged_and_cut, merged_and_cut]):
        name = f"{seed}-{damage.__name__}"
        out = shutil.copytree(dead.out, workshop.home / name)
        damage(out, random.Random(seed))
        left = shutil.copytree(out, workshop.home / f"{name}-left")
        Journal(left / "run.sqlite").close()  # mends the copy
        kept = committed(left)
        assert kept <= before
        some_lost += len(before - kept)
        asked = len(endpoint.asked)
        ran = workshop.run(name, f"out={out}")
        assert ran.code == 0, (name, ran.stderr)
        notices = [line for line in ran.stderr.splitlines() if not line.startswith("colloquia: scenario ")]
        if damage is file_cut:
            assert (kept, notices) == (before, [])
        else:
            assert len(notices) == 1, (name, ran.stderr)
            assert f"recovered {len(kept)} calls" in notices[0], name
        assert ran.dataset() == plain.dataset(), name
        again = endpoint.seeds(asked)
        assert not kept & set(again), name
        assert max(again.values(), default=1) == 1
        whole(ran)
    assert some_lost, "otherwise nothing was tried"


def test_a_finished_run_whose_journal_was_cut_is_finished_again(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    endpoint = serve(scrambled("r"))
    first = workshop.run("r", *CHAIN, *at(endpoint.url))
    dataset, rejected, asked = first.dataset(), (first.out / "rejected.jsonl").read_bytes(), len(endpoint.asked)
    for share in (0.3, 0.6, 0.9, 1.0):
        with (first.out / "run.sqlite").open("rb+") as file:
            file.truncate(int(file.seek(0, os.SEEK_END) * share) - 1)
        ran = workshop.run("r", f"out={first.out}")
        assert ran.code == 0, ran.stderr
        assert "was damaged" in ran.stderr
        assert ran.dataset() == dataset
        assert (first.out / "rejected.jsonl").read_bytes() == rejected
        assert max(endpoint.seeds(asked).values(), default=1) == 1
        asked = len(endpoint.asked)
        whole(ran)
    assert len(list(first.out.glob("run.sqlite.damaged-*"))) == 4


def test_a_brief_whose_provisional_record_was_lost_gets_one(workshop: Workshop) -> None:
    first = workshop.run("r", *CHAIN, "llm.backend=scripted")
    journal = Journal(first.out / "run.sqlite")
    last = journal.begun()[-1]
    asyncio.run(journal.begin(last.model_copy(update={"id": "surplus", "round": last.round + 1, "index": 0})))
    journal.close()
    ran = workshop.run("r", f"out={first.out}")
    assert ran.dataset() == first.dataset()
    assert [line["reason"] for line in ran.lines("rejected.jsonl") if line["id"] == "surplus"] == ["stopped"]
    whole(ran)


@pytest.mark.parametrize("content", [b"", b"\0" * 8192, b"no journal"])
def test_a_journal_that_names_no_run_is_left_alone(workshop: Workshop, content: bytes) -> None:
    first = workshop.run("r", *CHAIN, "llm.backend=scripted")
    (first.out / "run.sqlite").write_bytes(content)
    before = workshop.folder("owner.lock", "chroma.sqlite3")
    ran = workshop.run("r", f"out={first.out}")
    assert ran.code == 2
    assert ran.stderr.count("\n") == 1
    assert "run.sqlite: is damaged" in ran.stderr
    assert "the run cannot continue; put a copy of the file back, or start anew with another out=" in ran.stderr
    assert workshop.folder("owner.lock", "chroma.sqlite3") == before


def test_a_wrong_setting_on_a_damaged_run_is_still_refused(workshop: Workshop) -> None:
    first = workshop.run("r", *CHAIN, "llm.backend=scripted")
    with (first.out / "run.sqlite").open("rb+") as file:
        file.truncate(file.seek(0, os.SEEK_END) - 1)
    ran = workshop.run("r", f"out={first.out}", "seed=7")
    assert ran.code == 2
    assert "was damaged" in ran.stderr.splitlines()[0]
    assert "holds a run with seed=0" in ran.stderr.splitlines()[1]
