"""The campaign: its course depends on the decisions alone, and every planned brief ends as a record."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from graphs.campaign.curator import Curator
from graphs.campaign.graph import Campaign, Plan, run_campaign
from graphs.campaign.nearness import NearnessRules
from graphs.planning.planner import Planner, Planning
from graphs.planning.quotas import Quotas
from graphs.planning.saturation import Saturation
from memory.archive.archive import Archive
from memory.archive.chroma import open_directory
from memory.journal.journal import Journal
from scenarios.errors import Interrupted, RunStopped
from scenarios.records import Brief, Candidate, Evidence, Record, Status, Verdict
from tests.helpers import NOTES, loaded


class Works:
    """One session after another over one run directory, with made-up candidates."""

    def __init__(self, folder: Path, **plan: Any) -> None:
        self._scenario = loaded(
            folder / "notes", NOTES, axes={"mood": ["calm", "glad", "sad"], "size": ["short", "long"]}
        )
        self._folder = folder
        self._plan = {"n": 10, "seed": 1, "round_size": 4, "lookahead": 2, "patience": 9, "samples": None, **plan}
        self.made: list[str] = []
        self.rounds_when: list[tuple[int, int]] = []
        self.saturation = lambda: Saturation(0, 1)
        self.quota: dict[str, dict[str, int]] = {}
        self.reject: set[int] = set()
        """Numbers of the briefs that fail their check."""

    async def session(self, kill_after: int | None = None, order: int = 0, **plan: Any) -> tuple[str, list[Record]]:
        """Run until the end, or until `kill_after` records were decided: then nothing more is written."""
        settings = {**self._plan, **plan}
        journal = Journal(self._folder / "run.sqlite")
        archive = Archive(open_directory(self._folder / "memory"), "s")
        shuffled = random.Random(order)
        killed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        decided = 0

        async def make(brief: Brief) -> Candidate:
            for _ in range(shuffled.randrange(12) if order else 0):
                await asyncio.sleep(0)
            self.made.append(brief.id)
            number = brief.round * settings["round_size"] + brief.index
            status = Status.FAIL if number in self.reject else Status.PASS
            words = random.Random(brief.seed).sample(WORDS, 12)
            return Candidate(
                brief=brief,
                fields={"text": " ".join(words)},
                evidence=(Evidence(check="non_empty", version=1, status=status, detail="it is empty"),),
            )

        def count(records: list[Record]) -> None:
            nonlocal decided
            decided += len(records)
            if kill_after is not None and decided >= kill_after and not killed.done():
                killed.set_result(None)
                raise Killed

        quotas = Quotas(self._scenario.scenario, self.quota, settings["n"])
        campaign = Campaign(
            loaded=self._scenario, plan=Plan(**settings, under_way=8), journal=journal,
            planner=Planner(self._scenario, settings["seed"], Planning.COVERAGE, quotas, steers=True),
            curator=Curator(self._scenario.scenario, NearnessRules(), archive, "r", quotas), make=make, saturation=self.saturation(),
            stop=lambda reason: None, on_records=count,
        )  # fmt: skip
        try:
            stopped = await run_campaign(campaign)
        except Killed:
            stopped = "killed"
        except BaseException:
            journal.close()
            archive.close()
            raise
        records = list(journal.records())
        self.begun = [brief.id for brief in journal.begun()]
        journal.close()
        archive.close()
        return stopped, records


class Killed(BaseException):
    """Stands for a kill between two rounds: nothing more is decided."""


WORDS = [f"{a}{b}" for a in ("sun", "moon", "rain", "wood", "fire", "sand") for b in ("light", "man", "fall", "land")]


def accepted(records: list[Record]) -> list[str]:
    """The ids of what was accepted, in order."""
    return [record.candidate.brief.id for record in records if record.verdict is Verdict.ACCEPTED]


def cells(records: list[Record]) -> list[dict[str, str]]:
    """The cells of the briefs that were decided on for good, in order."""
    return [record.candidate.brief.cell for record in records if record.final]


@pytest.mark.parametrize("seed", range(5))
async def test_killed_between_rounds_nothing_planned_is_without_a_record(tmp_path: Path, seed: int) -> None:
    """The share accepted changes from round to round, and with it how far ahead is planned."""
    rng = random.Random(seed)
    reject = {number for number in range(4) if rng.random() < 0.9} | {n for n in range(8, 60) if rng.random() < 0.3}
    plain = Works(tmp_path / "plain")
    plain.reject = reject
    _, uninterrupted = await plain.session()
    works = Works(tmp_path / "killed")
    works.reject = reject
    for kill_after in (4, 4):
        await works.session(kill_after=kill_after)
    stopped, records = await works.session()
    assert stopped == "target"
    assert accepted(records) == accepted(uninterrupted)
    assert cells(records) == cells(uninterrupted)
    assert Counter(record.candidate.brief.id for record in records) == Counter(works.begun)


@pytest.mark.parametrize("order", range(1, 5))
async def test_what_was_begun_before_a_kill_has_a_record_although_it_is_not_needed_any_more(
    tmp_path: Path, order: int
) -> None:
    works = Works(tmp_path, n=9)
    _, before_kill = await works.session(kill_after=1, order=order)
    begun, enough = set(works.begun), len(before_kill) + 1
    assert len(begun) > enough
    stopped, records = await works.session(n=enough)
    assert (stopped, len(accepted(records))) == ("target", enough)
    assert begun == {record.candidate.brief.id for record in records}


@pytest.mark.parametrize("n", [1, 3, 6])
async def test_no_more_is_made_than_the_target_needs(tmp_path: Path, n: int) -> None:
    works = Works(tmp_path, n=n)
    works.reject = {1, 4}
    stopped, records = await works.session()
    needed = {1: 1, 3: 4, 6: 8}[n]
    assert (stopped, len(accepted(records)), len(works.made)) == ("target", n, needed)
    more, records = await works.session(n=9)
    assert (more, len(accepted(records)), len(set(works.made))) == ("target", 9, 11)


async def test_what_is_not_curated_when_patience_ends_is_not_accepted(tmp_path: Path) -> None:
    """How far the next round had come is a matter of timing, and must not show in the dataset."""
    works = Works(tmp_path, patience=2, lookahead=2)
    works.reject = set(range(8))
    stopped, records = await works.session()
    assert (stopped, accepted(records)) == ("patience", [])
    assert len(works.made) > 8
    assert Counter(record.candidate.brief.id for record in records) == Counter(works.begun)


@pytest.mark.parametrize("order", range(1, 6))
async def test_the_order_in_which_candidates_come_changes_nothing(tmp_path: Path, order: int) -> None:
    plain, other = Works(tmp_path / "a"), Works(tmp_path / "b")
    plain.reject = other.reject = {1, 2, 5, 6, 7, 11}
    assert (await plain.session())[1] == (await other.session(order=order))[1]


async def test_patience_ends_a_run_without_anything_new(tmp_path: Path) -> None:
    works = Works(tmp_path, patience=3, lookahead=1)
    works.reject = set(range(1000))
    stopped, records = await works.session()
    assert stopped == "patience"
    assert accepted(records) == []
    final = [record for record in records if record.final]
    assert [record.reason for record in final] == ["non_empty"] * 12, "three rounds of four"
    more, _ = await works.session(patience=5)
    assert more == "patience"


@pytest.mark.parametrize("error", [Interrupted("enough"), RunStopped("enough")])
async def test_a_stopped_run_keeps_what_is_finished_and_names_the_rest(tmp_path: Path, error: RunStopped) -> None:
    works = Works(tmp_path)
    stop_at = 6
    session = works.session

    async def stopping() -> tuple[str, list[Record]]:
        true_append = works.made.append

        class Made(list[str]):
            def append(self, name: str) -> None:
                if len(self) == stop_at:
                    raise error
                super().append(name)

        works.made = Made()
        assert true_append is not None
        return await session()

    stopped, records = await stopping()
    assert stopped == error.stopped_by
    assert Counter(record.candidate.brief.id for record in records) == Counter(works.begun)
    assert 0 < len(accepted(records)) <= stop_at
    assert [record.final for record in records] == sorted((r.final for r in records), reverse=True), "no gaps"
    assert any(not record.final for record in records)
    works.made = []
    plain = Works(tmp_path / "plain")
    assert accepted((await works.session())[1]) == accepted((await plain.session())[1])


async def test_a_fault_of_ours_leaves_no_task_behind(tmp_path: Path) -> None:
    works = Works(tmp_path)

    class Broken(list[str]):
        def append(self, name: str) -> None:
            raise ZeroDivisionError

    works.made = Broken()
    with pytest.raises(ZeroDivisionError):
        await works.session()
    assert asyncio.all_tasks() == {asyncio.current_task()}


@pytest.mark.parametrize("seed", range(4))
async def test_quotas_are_exact_whatever_fails_and_after_a_kill(tmp_path: Path, seed: int) -> None:
    """Rounds are planned ahead, hoping for what then fails, so that some samples come beyond a quota."""
    rng = random.Random(seed)
    reject = {number for number in range(80) if rng.random() < 0.4}
    ends = []
    for name, kills in (("plain", ()), ("killed", (5, 3))):
        works = Works(tmp_path / name)
        works.reject, works.quota = reject, {"mood": {"sad": 7, "calm": 2}, "size": {"long": 4}}
        for kill_after in kills:
            await works.session(kill_after=kill_after)
        stopped, records = await works.session()
        assert stopped == "target"
        chosen = [record.candidate.brief.cell for record in records if record.verdict is Verdict.ACCEPTED]
        met = Counter(value for cell in chosen for value in cell.items())
        assert (met["mood", "sad"], met["mood", "calm"], met["size", "long"], len(chosen)) == (7, 2, 4, 10)
        beyond = [record for record in records if record.reason == "quota"]
        assert beyond
        assert {record.stage for record in beyond} == {"curate"}
        ends.append(accepted(records))
    assert ends[0] == ends[1]
