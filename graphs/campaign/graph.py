"""The campaign graph: plan → launch → collect → curate → remember → plan … → close.

Rounds overlap, but their order is fixed: round r is planned when rounds 0 … r−1−lookahead have been curated,
and a round is curated by index. So the outcome does not depend on timing.
"""

from __future__ import annotations

import asyncio
import itertools
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypedDict

from langgraph.graph import END, START, StateGraph

from agents.models.batches.attendance import Attendance
from graphs.campaign.curator import Curator, MadeCandidate, Tally
from graphs.planning.giving_up import GivenUp
from graphs.planning.outcomes import BriefOutcome, outcome_of
from graphs.planning.planner import Planned, Planner
from graphs.planning.saturation import Saturation
from graphs.sampling.decision import rejected_by_person
from memory.journal.journal import Journal
from scenarios.briefs import plan_brief
from scenarios.errors import RunStopped, UserError
from scenarios.loading import Loaded
from scenarios.records import Brief, Candidate, Record, Verdict

TARGET = "target"
PATIENCE = "patience"
SATURATED = "saturated"
GIVEN_UP = "given_up"
SAMPLES = "budget.samples"
_SUPERSTEPS = 100_000_000
_CURATION = "curation"
"""Who is at work while no sample need be: what is curated lets others begin."""


class CampaignState(TypedDict, total=False):
    """Where a campaign stands: primitives only."""

    planned: int
    """Rounds planned so far."""
    curated: int
    """Rounds curated so far."""
    barren: int
    """Rounds in a row without an accepted sample."""
    stopped_by: str


@dataclass(frozen=True)
class Plan:
    """What decides a campaign's course."""

    n: int
    seed: int
    round_size: int
    lookahead: int
    patience: int
    samples: int | None
    under_way: int
    """Samples made at once. It bears on the speed alone, not on the outcome."""


def under_way(concurrency: int, few_prefixes: bool) -> int:
    """Samples to make at once.

    Three times as many as calls in flight: then the last samples are begun long before the end, and no slot is idle
    while the last of them takes its steps one by one. If a model's cache holds few prefixes, a half more: none is
    idle between a sample's calls, and the cache holds the last prompt of each sample.
    """
    return concurrency + (concurrency + 1) // 2 if few_prefixes else 3 * concurrency


@dataclass
class Campaign:
    """A campaign's live objects; the graph's state holds primitives."""

    loaded: Loaded
    plan: Plan
    journal: Journal
    planner: Planner
    curator: Curator
    saturation: Saturation
    make: Callable[[Brief], Awaitable[Candidate]]
    """The runner: makes one candidate of one brief."""
    stop: Callable[[RunStopped], None]
    """Tells the gateway to take no new calls."""
    on_records: Callable[[list[Record]], None] = lambda records: None
    """Told of every batch of decisions, once it is committed."""
    on_restored: Callable[[], None] = lambda: None
    """Told once it is known what is there, before anything is asked for."""
    on_given_up: Callable[[GivenUp, bool], None] = lambda given, again: None
    """Told of what no more briefs are made of, and of what is made `again`."""
    attendance: Attendance = field(default_factory=Attendance)
    """Who is at work, which a batch has to know; a sample that waits for one takes up no place."""
    error: UserError | None = None
    """What ended the run because the user has to put it right."""

    def __post_init__(self) -> None:
        self.tally = Tally()
        self._done: dict[int, dict[int, Record]] = {}
        self._rounds: dict[int, list[Brief]] = {}
        self._waiting: deque[Brief] = deque()
        """Briefs that are planned and not begun, in order."""
        self._known: dict[tuple[int, int], Brief] = {}
        """Briefs that an earlier session began: they are made as they were planned then."""
        self._begun: dict[tuple[int, int], Brief] = {}
        """The briefs begun and not decided yet, by round and index: each has to end as a record."""
        self._tasks: dict[int, dict[int, asyncio.Task[MadeCandidate]]] = {}
        self.running = 0
        """Samples under way."""
        self._hopes: set[str] = set()
        """Briefs under way that may still be accepted: running, or finished well and not yet curated."""
        self._batch: list[Record] = []
        self.attendance.on_waiting = self._start

    # -- what a resumed run knows already -------------------------------------------------------------------

    async def restore(self) -> CampaignState:
        """Take over the journal's final decisions, bring the archive in line with them, and say where to continue."""
        self._forget_after_gap()
        if self.journal.accepted() < self.plan.n:
            self.journal.forget_provisional()
        state: CampaignState = {"planned": 0, "curated": 0, "barren": 0, "stopped_by": ""}
        async for record in self.curator.recall(self.journal.records()):
            self.tally.add(record)
            place = record.candidate.brief
            self._done.setdefault(place.round, {})[place.index] = record
        if self.tally.accepted < self.plan.n:
            self.curator.check_quotas()
        rounds = []
        while self._whole(state["curated"]):
            done = self._done.pop(state["curated"])
            rounds.append(self._outcomes(done))
            self.saturation.add(rounds[-1])
            fruitful = any(map(_fruitful, done.values()))
            state["barren"] = 0 if fruitful else state["barren"] + 1
            state["curated"] += 1
        state["planned"] = state["curated"]
        begun = self.journal.begun(state["curated"])
        self._known = {(brief.round, brief.index): brief for brief in begun}
        self.planner.meet(self.curator.met)
        self.planner.replay(
            rounds,
            self.plan.lookahead,
            self._numbers,
            {place: Planned.of(brief) for place, brief in self._known.items()},
        )
        for brief in begun:
            if brief.index not in self._done.get(brief.round, {}):
                self._begun[brief.round, brief.index] = brief
        self.planner.giving_up.until_lost(self._done.get(state["curated"], {}), ())
        self.planner.giving_up.news = [(given, False) for given in self.planner.giving_up.all]
        return state

    async def give_up_restoring(self) -> None:
        """If `restore` was stopped: what it did not decide on is set aside, so that every brief has its record."""
        known = {record.candidate.brief.id for record in self.journal.records()}
        self._begun = {(brief.round, brief.index): brief for brief in self.journal.begun() if brief.id not in known}
        self._set_aside()
        records, self._batch = self._batch, []
        await self.journal.record(records)

    def _forget_after_gap(self) -> None:
        """A damaged journal may have lost decisions: those after the first lost one depend on it and are taken anew."""
        round_ = index = 0
        for place in self.journal.final_places():
            if place == (round_ + 1, 0) and index >= self._size(round_):
                round_, index = place
            if place != (round_, index):
                self.journal.forget_from(round_, index)
                return
            index += 1

    def _whole(self, round_: int) -> bool:
        return len(self._done.get(round_, {})) >= max(1, self._size(round_)) if round_ in self._done else False

    def _size(self, round_: int) -> int:
        """How many briefs a round has."""
        size, samples = self.plan.round_size, self.plan.samples
        return size if samples is None else max(0, min(size, samples - round_ * size))

    def _outcomes(self, done: Mapping[int, Record]) -> list[BriefOutcome]:
        """What became of a whole round, in the order of its briefs."""
        return [outcome_of(done[index], self.planner.shows_peers) for index in sorted(done)]

    def _numbers(self, round_: int) -> range:
        """The numbers of a round's briefs in the run."""
        first = round_ * self.plan.round_size
        return range(first, first + self._size(round_))

    def _briefs(self, round_: int) -> list[Brief]:
        numbers = self._numbers(round_)
        plans = self.planner.plan(round_, numbers)
        return [
            self._known.get((round_, index)) or self._brief(round_, index, number, plan)
            for index, (number, plan) in enumerate(zip(numbers, plans, strict=True))
        ]

    def _brief(self, round_: int, index: int, number: int, plan: Planned) -> Brief:
        brief = plan_brief(self.loaded, self.plan.seed, round_, index, number, plan.cell, plan.parent, plan.peers)
        more = {"avoid": plan.avoid, "missed": plan.missed, "lineage": plan.lineage, "advice": plan.advice}
        return brief.model_copy(update=more)

    # -- the nodes ------------------------------------------------------------------------------------------

    async def plan_rounds(self, state: CampaignState) -> CampaignState:
        """Plan every round that the curated ones allow."""
        planned = state["planned"]
        while planned <= state["curated"] + self.plan.lookahead:
            briefs = self._briefs(planned)
            if not briefs:
                break
            self._rounds[planned], self._tasks[planned] = briefs, {}
            done = self._done.get(planned, {})
            self._waiting.extend(brief for brief in briefs if brief.index not in done)
            planned += 1
        return {"planned": planned}

    async def launch(self, state: CampaignState) -> CampaignState:
        """Start sample graphs: see `_start`."""
        self._start()
        return {}

    def _start(self) -> None:
        """Start planned briefs in order, as many at once as the plan allows, and none that is not needed: if
        those under way could reach the target by themselves, the next waits for one of them to fail.

        It bears on what is paid for and not on the outcome: curation walks the briefs in their order, and ends at the
        target.
        """
        while self._waiting and self.running - self.attendance.resting < self.plan.under_way:
            if self.tally.accepted + len(self._hopes) >= self.plan.n:
                return
            brief = self._waiting.popleft()
            self.running += 1
            self.attendance.begin(brief.id)
            self._hopes.add(brief.id)
            self._begun[brief.round, brief.index] = brief
            self._tasks[brief.round][brief.index] = asyncio.create_task(self._guarded(brief))

    async def _guarded(self, brief: Brief) -> MadeCandidate:
        """One candidate, ready for curation; what ends the run also stops all other calls at once."""
        try:
            await self.journal.begin(brief)
            finished = await self.curator.finish(await self.make(brief))
        except RunStopped as stopped:
            self.stop(stopped)
            raise
        except UserError as error:
            self.error = self.error or error
            self.stop(RunStopped(str(error)))
            raise
        finally:
            self.running -= 1
            self.attendance.end(brief.id)
        if finished.placed is None:
            self._hopes.discard(brief.id)
        self._start()
        return finished

    async def collect(self, state: CampaignState) -> CampaignState:
        """Wait for the first sample that has no decision yet: it is always under way, since briefs start in order."""
        tasks, done = self._tasks.get(state["curated"], {}), self._done.get(state["curated"], {})
        task = next((task for index, task in tasks.items() if index not in done), None)
        if task is None:
            return {"stopped_by": SAMPLES}
        self.attendance.end(_CURATION)
        await asyncio.wait([task])
        self.attendance.begin(_CURATION)
        error = task.exception()
        if isinstance(error, RunStopped):
            return {"stopped_by": error.stopped_by}
        if isinstance(error, UserError):
            return {"stopped_by": "error"}
        if error is not None:
            raise error
        return {}

    async def curate(self, state: CampaignState) -> CampaignState:
        """Decide by index on what is finished without a gap; if the run was stopped, provisionally on all of it."""
        if state["stopped_by"]:
            await self._wind_down()
            self._curate_finished()
            return {}
        round_, barren, stopped = state["curated"], state["barren"], ""
        done, tasks = self._done.setdefault(round_, {}), self._tasks[round_]
        left = (_finished(tasks.get(brief.index)) for brief in self._rounds[round_] if brief.index not in done)
        made = [made for made in itertools.takewhile(bool, left) if made]
        kept = self.planner.giving_up.until_lost(done, [one.candidate for one in made])
        for record in self.curator.decide(made[:kept], final=True):
            self._enter(record)
        if len(done) == len(self._rounds[round_]):
            fruitful = any(map(_fruitful, done.values()))
            outcomes = self._outcomes(done)
            self.planner.learn(outcomes)
            self.saturation.add(outcomes)
            round_, barren = round_ + 1, 0 if fruitful else barren + 1
        if self.tally.accepted >= self.plan.n:
            stopped = TARGET
        elif self.planner.lost:
            stopped = GIVEN_UP
        elif round_ > state["curated"] and self.saturation.reached:
            stopped = SATURATED
        elif barren >= self.plan.patience:
            stopped = PATIENCE
        self._tell_given_up()
        if stopped:
            await self._wind_down()
            self._set_aside()
        return {"curated": round_, "barren": barren, "stopped_by": stopped}

    async def remember(self, state: CampaignState) -> CampaignState:
        """Commit the decisions, then bring the archive in line: the journal is the source of truth."""
        records, self._batch = self._batch, []
        await self.journal.record(records)
        self.curator.store()
        for round_ in [r for r in self._rounds if r < state["curated"]]:
            del self._rounds[round_], self._tasks[round_], self._done[round_]
        self.on_records(records)
        return {}

    async def close(self, state: CampaignState) -> CampaignState:
        """Nothing is left running when the graph ends, and the memory has what was accepted."""
        await self.curator.close()
        return {}

    def _tell_given_up(self) -> None:
        news, self.planner.giving_up.news = self.planner.giving_up.news, []
        for given, again in news:
            self.on_given_up(given, again)

    # -- curation -------------------------------------------------------------------------------------------

    def _enter(self, record: Record) -> None:
        """Count a decision and put it down for the journal."""
        place = record.candidate.brief
        self._done.setdefault(place.round, {})[place.index] = record
        self._hopes.discard(place.id)
        self._begun.pop((place.round, place.index), None)
        self.tally.add(record)
        self._batch.append(record)

    def _curate_finished(self) -> None:
        """Decide provisionally on whatever is finished, in order; a resumed run decides anew."""
        found = (_finished(self._tasks.get(round_, {}).get(index)) for round_, index in sorted(self._begun))
        for record in self.curator.decide([finished for finished in found if finished is not None], final=False):
            self._enter(record)
        self._set_aside()

    def _set_aside(self) -> None:
        """A provisional record for each brief that is left: none is decided on, so that timing decides nothing."""
        for _, brief in sorted(self._begun.items()):
            record = Record(
                verdict=Verdict.UNDECIDED, stage="generate", reason="stopped", final=False,
                detail="the run ended before it was curated", candidate=Candidate(brief=brief), lineage=brief.lineage,
            )  # fmt: skip
            self._enter(record)

    async def abandon(self) -> None:
        """Drop what is running and decide provisionally on the rest: also a run cut short keeps every brief."""
        await self._drop_unfinished()
        self._curate_finished()
        records, self._batch = self._batch, []
        await self.journal.record(records)

    async def _wind_down(self) -> None:
        """Let no new call go out, and wait for those in flight: they are paid for, and the journal keeps their answers."""
        self.stop(RunStopped("the run ends"))
        if running := self._running():
            await asyncio.wait(running)
        self._retrieve()

    async def _drop_unfinished(self) -> None:
        """Cancel what is still running; its answers so far are in the journal."""
        running = self._running()
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)
        self._retrieve()

    def _running(self) -> list[asyncio.Task[MadeCandidate]]:
        return [task for tasks in self._tasks.values() for task in tasks.values() if not task.done()]

    def _retrieve(self) -> None:
        """Look at what ended the tasks; it is reported elsewhere."""
        for tasks in self._tasks.values():
            for task in tasks.values():
                if task.done() and not task.cancelled():
                    task.exception()


def _fruitful(record: Record) -> bool:
    """Whether a round with this record brought something: also what a person rejected later had been accepted."""
    return record.verdict is Verdict.ACCEPTED or rejected_by_person(record.verdict, record.stage)


def _finished(task: asyncio.Task[MadeCandidate] | None) -> MadeCandidate | None:
    """What came of a task that finished well."""
    if task is None or not task.done() or task.cancelled() or task.exception() is not None:
        return None
    return task.result()


def campaign_graph(campaign: Campaign) -> Any:
    """Compile the campaign graph around its live objects."""
    machine = StateGraph(CampaignState)
    nodes: Mapping[str, Any] = {
        "plan": campaign.plan_rounds,
        "launch": campaign.launch,
        "collect": campaign.collect,
        "curate": campaign.curate,
        "remember": campaign.remember,
        "close": campaign.close,
    }
    for name, node in nodes.items():
        machine.add_node(name, node)
    machine.add_edge(START, "plan")
    for source, target in (("plan", "launch"), ("launch", "collect"), ("collect", "curate"), ("curate", "remember")):
        machine.add_edge(source, target)
    machine.add_conditional_edges(
        "remember", lambda state: "close" if state["stopped_by"] else "plan", {"close": "close", "plan": "plan"}
    )
    machine.add_edge("close", END)
    return machine.compile()


async def run_campaign(campaign: Campaign) -> str:
    """Run a campaign from where its journal stands to its end; returns what stopped it."""
    try:
        state = await campaign.restore()
    except RunStopped as stopped:  # a damaged journal lost vectors, and the run may not ask for them
        campaign.stop(stopped)
        await campaign.give_up_restoring()
        return stopped.stopped_by
    if campaign.tally.accepted >= campaign.plan.n:
        await campaign.abandon()  # a brief whose provisional record was lost gets one
        await campaign.close(state)
        return TARGET
    campaign.on_restored()
    campaign._tell_given_up()
    if campaign.planner.lost:
        await campaign.abandon()
        await campaign.close(state)
        return GIVEN_UP
    campaign.attendance.begin(_CURATION)
    try:
        final = await campaign_graph(campaign).ainvoke(state, {"recursion_limit": _SUPERSTEPS})
    except asyncio.CancelledError:
        await campaign.abandon()
        raise
    finally:
        await campaign._drop_unfinished()
    return str(final["stopped_by"])
