"""Branches made and decided on, as a run makes and decides on its samples; nothing goes into the memory."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

import orjson

from agents.models.calls import Model, Transport
from agents.models.gateway import Gateway
from agents.tools.requests import ToolWay
from graphs.campaign.graph import TARGET
from graphs.files.axes import read_axes, write_axes
from graphs.files.certificate import write_certificate
from graphs.files.dataset import CERTIFIED
from graphs.files.rundir import FORK, open_run, owning, run_dir_faults, write_bytes
from graphs.forking.contrast import write_contrasts
from graphs.forking.job import ForkJob
from graphs.planning.planner import Planner
from graphs.planning.quotas import Quotas
from graphs.preparation import Preparation
from graphs.runners.local import local_runner
from graphs.running.gateway import journaled_gateway
from graphs.running.report import SessionEnd, write_report
from graphs.running.setup import tools_for
from graphs.running.watcher import Watcher
from graphs.sampling.decision import decide
from graphs.settings.tools import tool_transports
from memory.journal.journal import Journal
from scenarios.errors import Interrupted, RunStopped, UserError
from scenarios.loading import Loaded
from scenarios.records import Brief, Candidate, Record

_Make = Callable[[Brief], Awaitable[Candidate]]


@dataclass(frozen=True)
class Forked:
    """What became of the branches."""

    records: tuple[Record, ...]
    """Those that were decided on, in order."""
    stopped_by: str
    """`target` if all were."""
    summary: dict[str, Any]
    """What summary.json holds."""
    replayed: int
    """Answers that came from the journal."""
    made: int
    """Branches that were not there before."""
    pairs: int
    """Contrast pairs in preferences.jsonl."""


async def hold_fork(job: ForkJob, watcher: Watcher) -> Forked:
    """Make the branches that are not there yet, and write the files. Raises UserError."""
    began = time.monotonic()
    with owning(job.home):
        watcher.opened(job.home)
        with run_dir_faults(job.home):
            note = job.note.model_dump(mode="json")
            write_bytes(job.home / FORK, orjson.dumps(note, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
        journal, _ = open_run(job.home, job.as_before.stored(), job.bound(), watcher.say)
        if found := read_axes(job.source):
            write_axes(job.home, found)
        try:
            return await _Fork(job, journal, watcher, began).hold()
        finally:
            journal.close()


class _Fork:
    def __init__(self, job: ForkJob, journal: Journal, watcher: Watcher, began: float) -> None:
        self._job, self._journal, self._watcher, self._began = job, journal, watcher, began
        self._loaded: Loaded = job.as_before.loaded
        self._made = 0
        self._known = {record.candidate.brief.id: record for record in journal.records()}

    async def hold(self) -> Forked:
        gateway = self._gateway()
        if any(_writes(side) for side in _sides(self._job)):
            self._watcher.say("colloquia: every branch calls your tools by itself, also those that change something")
        try:
            work = asyncio.create_task(self._all(gateway))
            with self._watcher.interrupts(gateway, work):
                stopped_by = await work
        except asyncio.CancelledError:
            stopped_by = Interrupted.stopped_by
        finally:
            await gateway.close()
        return self._finished(gateway, stopped_by)

    def _gateway(self) -> Gateway:
        sides = _sides(self._job)
        first = sides[0]
        models: list[Model] = [model for side in sides for model in side.models.values()]
        tools: dict[tuple[str, str], Transport] = {}
        for side in reversed(sides):
            tools |= tool_transports(side.settings.tools, side.loaded.tools, side.loaded.mcp)
        return journaled_gateway(
            self._journal, models, next((side.weights for side in sides if side.weights), None), budget=first.settings.budget,
            concurrency=first.settings.concurrency, slots=first.settings.concurrency, by_role=first.models, tools=tools,
        )  # fmt: skip

    async def _all(self, gateway: Gateway) -> str:
        """Make what is missing; returns what ended that. Raises UserError."""
        due = [brief for brief in self._job.briefs if brief.id not in self._known]
        if due:
            note = self._job.note
            self._watcher.say(
                f"colloquia: {len(due)} branches of {note.of} from message {note.turn} on → {self._job.home}"
            )
        async with contextlib.AsyncExitStack() as stack:
            makers = dict[int, _Make]()
            for side in {id(self._job.of(brief)): self._job.of(brief) for brief in due}.values():
                try:
                    makers[id(side)] = await self._maker(stack, side, gateway)
                except RunStopped as stopped:
                    return stopped.stopped_by
            tasks = [self._branch(brief, makers[id(self._job.of(brief))], gateway) for brief in due]
            ended = [one for one in await asyncio.gather(*tasks, return_exceptions=True) if one is not None]
        faults = [one for one in ended if not isinstance(one, RunStopped)]
        if faults:
            raise next((one for one in faults if isinstance(one, UserError)), faults[0])
        return next((one.stopped_by for one in ended if isinstance(one, RunStopped)), TARGET)

    async def _maker(self, stack: contextlib.AsyncExitStack, side: Preparation, gateway: Gateway) -> _Make:
        """What makes the branches of one side. Raises as `tools_for`."""
        toolbox = await tools_for(side, gateway)
        loaded = side.loaded.model_copy(update={"tools": toolbox.specs}) if toolbox else side.loaded
        if side is self._job.as_before:
            self._loaded = loaded
        return await stack.enter_async_context(local_runner(loaded, side.topology, side.models, gateway, toolbox))

    async def _branch(self, brief: Brief, make: _Make, gateway: Gateway) -> None:
        """Make a branch and decide on it. Raises RunStopped and UserError; then nobody else is asked."""
        try:
            await self._journal.begin(brief)
            candidate = await make(brief)
        except (RunStopped, UserError) as error:
            gateway.stop(error if isinstance(error, RunStopped) else RunStopped(str(error)))
            raise
        decision = decide(candidate, self._job.of(brief).loaded.scenario)
        record = Record(
            verdict=decision.verdict, stage=decision.stage, reason=decision.reason, detail=decision.detail,
            candidate=candidate, lineage=brief.lineage,
        )  # fmt: skip
        await self._journal.record([record])
        self._known[brief.id] = record
        self._made += 1
        self._watcher.say(f"colloquia: {brief.id}: {record.verdict}, {len(candidate.messages)} messages")

    # -- the end --------------------------------------------------------------------------------------------

    def _finished(self, gateway: Gateway, stopped_by: str) -> Forked:
        job, settings = self._job, self._job.as_before.settings
        loaded = self._loaded
        planner = Planner(
            loaded, settings.seed, settings.planner, Quotas(loaded.scenario, {}, settings.n), steers=False
        )
        ended = SessionEnd(stopped_by, 0, time.monotonic() - self._began, 0.0)
        with run_dir_faults(job.home):
            summary = write_report(
                job.as_before, loaded, self._journal, gateway.ledger, planner, ended, fork=_told(job), more=self._more()
            )
            pairs = write_contrasts(job.home, list(self._journal.records()), loaded)
            write_certificate(job.home, loaded, CERTIFIED)
        records = tuple(self._known[brief.id] for brief in job.briefs if brief.id in self._known)
        return Forked(records, stopped_by, summary, gateway.ledger.replayed, self._made, pairs)

    def _more(self) -> Mapping[str, Model]:
        """The models of the other side, by names of their own."""
        changed = self._job.changed.models if self._job.changed else {}
        return {f"{role} (changed)": model for role, model in changed.items()}


def _sides(job: ForkJob) -> list[Preparation]:
    return [job.as_before, *([job.changed] if job.changed else [])]


def _writes(side: Preparation) -> bool:
    """Whether a branch may call real tools that change something: nobody knows it of an MCP server's."""
    real = side.settings.tools.calls is ToolWay.RECORDED
    return real and (bool(side.loaded.mcp) or any(spec.writes for spec in side.loaded.tools))


def _told(job: ForkJob) -> str:
    """What a card says of branches."""
    return (
        f"These samples are branches of one sample, `{job.note.of}`: up to message {job.note.turn} they are equal to it and to each "
        "other, word for word. They are for comparing. Whoever trains on them, or puts them beside the sample, has near-copies."
    )
