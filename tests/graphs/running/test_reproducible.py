"""Invariants 1, 2 and 3: same seed same bytes, nothing paid twice, nothing disappears."""

from __future__ import annotations

import os
import signal
import sqlite3
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from tests.conversations import at_the_desk, write_desk
from tests.endpoint import Asked, Behaviour, Endpoint, Reply, scrambled, scripted
from tests.helpers import Ran, Workshop, at, begun_ids, recorded_ids, write_scenario

CHAIN = ["scenario=chain", "n=12", "round_size=4", "lookahead=2", "memory.min_distance=0.2"]


def talk(folder: Path) -> list[str]:
    """A small dialogue scenario; some samples fail their guards and some are near doubles."""
    return [f"scenario={write_scenario(folder / 'talk')}", "n=8", "round_size=3", "memory.min_distance=0.3"]


def desk(folder: Path) -> list[str]:
    """A small free conversation with documents, simulated tools and a moderator."""
    return [f"scenario={write_desk(folder / 'desk')}", "n=5", "round_size=3", "memory.min_distance=0.02"]


WORDS: dict[str, Callable[[Path], list[str]]] = {"chain": lambda _: CHAIN, "talk": talk, "desk": desk}
ANSWERS: dict[str, Behaviour] = {"desk": at_the_desk}


def whole(ran: Ran) -> None:
    """Every planned brief is one record."""
    assert Counter(recorded_ids(ran)) == Counter(begun_ids(ran.out))
    assert max(Counter(recorded_ids(ran)).values()) == 1
    for line in ran.lines("rejected.jsonl"):
        assert line["verdict"] in {"rejected", "undecided"}
        assert line["stage"]
        assert line["reason"]
        assert "drafts" in line
        assert "evidence" in line


@pytest.mark.parametrize("scenario", WORDS)
def test_concurrency_does_not_change_a_byte(workshop: Workshop, serve: Callable[..., Endpoint], scenario: str) -> None:
    words = WORDS[scenario](workshop.home)
    datasets = []
    for concurrency, salt in ((1, "a"), (64, "b"), (64, "c")):
        endpoint = serve(scrambled(salt, ANSWERS.get(scenario, scripted)))
        ran = workshop.run(f"{scenario}{salt}", *words, *at(endpoint.url), f"concurrency={concurrency}")
        assert ran.code == 0, ran.stderr
        assert endpoint.most_in_flight <= concurrency
        whole(ran)
        datasets.append(ran.dataset())
    assert len(datasets[0].splitlines()) == {"chain": 12, "talk": 8, "desk": 5}[scenario]
    assert datasets[1] == datasets[0]
    assert datasets[2] == datasets[0]


def test_another_seed_gives_another_dataset(workshop: Workshop) -> None:
    runs = [workshop.run(f"r{seed}", *CHAIN, "llm.backend=scripted", f"seed={seed}") for seed in (0, 0, 1)]
    assert runs[0].dataset() == runs[1].dataset()
    assert runs[0].dataset() != runs[2].dataset()


def committed(out: Path) -> set[int]:
    """The seeds of the calls whose answers are in the journal."""
    if not (out / "run.sqlite").exists():
        return set()
    with sqlite3.connect(f"file:{out / 'run.sqlite'}?mode=ro", uri=True) as base:
        rows = base.execute("SELECT question FROM calls").fetchall()
    base.close()
    return {orjson.loads(zlib.decompress(row[0]))["seed"] & 0x7FFF_FFFF for row in rows}


@pytest.mark.parametrize(("scenario", "at_requests"), [("chain", [20, 30, 45]), ("talk", [40]), ("desk", [10, 35, 50])])
def test_a_run_killed_again_and_again_ends_with_the_same_bytes_and_pays_nothing_twice(
    workshop: Workshop, serve: Callable[..., Endpoint], scenario: str, at_requests: list[int]
) -> None:
    """benchmarks/kills.py does this fifty times."""
    words = [*WORDS[scenario](workshop.home), "concurrency=5"]
    answers = ANSWERS.get(scenario, scripted)
    plain = serve(scrambled("plain", answers))
    uninterrupted = workshop.run("plain", *words, *at(plain.url))
    assert uninterrupted.code == 0, uninterrupted.stderr

    calm = scrambled("killed", answers)
    process: Any = None
    left = list(at_requests)

    async def kill_at(asked: Asked) -> Any:
        if left and asked.number == left[0]:
            os.kill(process.pid, signal.SIGKILL)
        return await calm(asked)

    endpoint = serve(kill_at)
    paid: set[int] = set()
    in_flight = 0
    while left:
        begin = len(endpoint.asked)
        process = workshop.start("killed", *words, *at(endpoint.url))
        dead = workshop.finish("killed", process)
        assert dead.code == -signal.SIGKILL
        assert "damaged" not in dead.stderr
        assert not paid & set(endpoint.seeds(begin)), "a call whose answer was committed is not asked again"
        paid = committed(dead.out)
        # In flight at the kill: requests at the endpoint, and answers on their way into the journal.
        in_flight += len(set(endpoint.seeds()) - paid)
        assert len(set(endpoint.seeds()) - paid) <= 15, "answers are committed as they come"
        left.pop(0)

    begin = len(endpoint.asked)
    resumed = workshop.run("killed", *words, *at(endpoint.url))
    assert resumed.code == 0, resumed.stderr
    assert resumed.dataset() == uninterrupted.dataset()
    again = endpoint.seeds(begin)
    assert not paid & set(again)
    assert max(again.values()) == 1
    # Uninterrupted, surplus samples may be dropped at any of their steps; what they may add is a round or two.
    assert sum(count - 1 for count in endpoint.seeds().values()) <= in_flight
    whole(resumed)


def test_resuming_a_finished_run_asks_nothing_and_changes_nothing(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    endpoint = serve()
    first = workshop.run("r", *CHAIN, *at(endpoint.url))
    asked = len(endpoint.asked)
    before = {name: (first.out / name).read_bytes() for name in ("dataset.jsonl", "rejected.jsonl", "dataset.parquet")}
    second = workshop.run("r", f"out={first.out}")
    assert (first.code, second.code) == (0, 0)
    assert len(endpoint.asked) == asked
    assert {name: (first.out / name).read_bytes() for name in before} == before


def test_going_on_to_a_larger_target_gives_what_one_run_would_have_given(workshop: Workshop) -> None:
    words = ["llm.backend=scripted", *(word for word in CHAIN if not word.startswith("n="))]
    at_once = workshop.run("once", *words, "n=12")
    workshop.run("steps", *words, "n=5")
    steps = workshop.run("steps", f"out={workshop.home / 'steps'}", "n=12")
    assert steps.code == 0
    assert steps.dataset() == at_once.dataset()
    whole(steps)


def test_a_failing_endpoint_loses_no_brief(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    """Calls refused for good leave their sample undecided, and nothing else."""

    def moody(asked: Asked) -> Any:
        return Reply(400, {"error": {"message": "no"}}) if asked.seed % 9 == 0 else scripted(asked)

    ran = workshop.run("r", *CHAIN, *at(serve(moody).url))
    assert ran.code == 0
    whole(ran)
    undecided = [line for line in ran.lines("rejected.jsonl") if line["reason"] == "declined"]
    assert undecided
    assert {line["verdict"] for line in undecided} == {"undecided"}
    assert all("HTTP 400" in line["detail"] for line in undecided)
