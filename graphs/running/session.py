"""One session of a run: begin or continue, hold the campaign, write the files."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Any

from agents.models.calls import Backend
from agents.models.gateway import Gateway
from graphs.campaign.belonging import misfit_of_brief, misfit_of_record
from graphs.campaign.curator import Curator
from graphs.campaign.graph import SATURATED, Campaign, run_campaign
from graphs.campaign.progress import Progress
from graphs.campaign.vectors import embedder_of
from graphs.files.axes import with_axes, write_axes
from graphs.files.dataset import append_records, write_dataset
from graphs.files.edits import hand_edits
from graphs.files.rundir import open_run, owning, run_dir_faults
from graphs.files.summary import Finished
from graphs.observe.switch import telemetry
from graphs.planning.covering import samples_for_all
from graphs.planning.giving_up import GivenUp
from graphs.planning.ideation import ideated_axes
from graphs.planning.planner import Planner
from graphs.planning.quotas import Quotas
from graphs.planning.room import beyond, room
from graphs.planning.saturation import Saturation
from graphs.preparation import Preparation, claimed
from graphs.reviewing.log import read_reviews
from graphs.running.presenting import (
    given_up_line,
    how_many_at_once,
    memory_gone,
    opening_lines,
    unstored_lines,
    why_saturated,
)
from graphs.running.rejecting import honour_rejections
from graphs.running.report import SessionEnd, write_report
from graphs.running.reviewed import carry_out, redo_of, review_lines
from graphs.running.setup import (
    Make,
    gateway_of,
    giving_up_of,
    keep_feedback,
    open_archive,
    plan_of,
    runner_of,
    steered_by,
    tools_for,
)
from graphs.running.watcher import Watcher
from graphs.settings.schema import Switch
from graphs.settings.tools import tool_transports
from graphs.shell.process import one_blas_thread
from memory.archive.archive import Archive
from memory.journal.journal import Journal
from memory.journal.rejections import rejected_for_good
from scenarios.errors import ClusterGone, EndpointAway, Interrupted, MemoryTaken, RunStopped
from scenarios.records import Record
from scenarios.schema.ideation import IDEATOR
from scenarios.schema.space import Space
from scenarios.spans import Span, Value, span


async def hold_session(prepared: Preparation, watcher: Watcher) -> Finished:
    """Hold one session of the prepared run, to the end of its campaign or to what stops it.

    Raises UserError. If the task is cancelled, the session winds down, writes its files and raises CancelledError.
    """
    began = time.monotonic()
    # What is wrong with them is said before anything is opened.
    prepared.rules, prepared.models, prepared.feedback  # noqa: B018
    tool_transports(prepared.settings.tools, prepared.loaded.tools, prepared.loaded.mcp)
    gone = memory_gone(prepared)
    archive = open_archive(prepared.settings)
    try:
        with (
            claimed(prepared) as prepared,
            telemetry(prepared.settings.otel is Switch.ON, prepared.out),
            owning(prepared.out),
        ):
            watcher.opened(prepared.out)
            journal, run = open_run(prepared.out, prepared.stored(), prepared.bound(), watcher.say)
            try:
                keep_feedback(prepared, watcher.say)
                if gone and journal.accepted():
                    watcher.say(gone)
                session = _Session(prepared, watcher, journal, archive, run, began)
                return await session.hold()
            finally:
                journal.close()
    finally:
        archive.close()


class _Session:
    """A session with its journal and its memory open."""

    def __init__(
        self, prepared: Preparation, watcher: Watcher, journal: Journal, archive: Archive, run: str, began: float
    ) -> None:
        self._prepared, self._settings, self._out = prepared, prepared.settings, prepared.out
        self._watcher = watcher
        self._journal, self._archive, self._run = journal, archive, run
        self._began, self._setup_s = began, 0.0
        self._loaded = prepared.loaded
        """The scenario; once the values of ideated axes are known, with them."""
        self._for_pairs = 0 if self._loaded.scenario.ideated else self._samples_for_pairs()

    async def hold(self) -> Finished:
        self._say(opening_lines(self._prepared, self._for_pairs, self._journal.accepted()))
        with self._span() as whole:
            gateway = gateway_of(self._prepared, self._journal)
            if stopped_by := await self._ideated(gateway):
                return self._stopped_before(gateway, stopped_by, whole)
            self._journal.hold_to(partial(misfit_of_brief, self._loaded), partial(misfit_of_record, self._loaded))
            try:
                toolbox = await tools_for(self._prepared, gateway)
            except BaseException:
                await gateway.close()
                raise
            loaded = self._loaded.model_copy(update={"tools": toolbox.specs}) if toolbox else self._loaded
            async with runner_of(self._prepared, loaded, gateway, toolbox) as make:
                return await self._campaign(gateway, make, whole)

    def _say(self, lines: Iterable[str]) -> None:
        for line in lines:
            self._watcher.say(line)

    def _span(self) -> AbstractContextManager[Span]:
        name = self._loaded.scenario.name
        place: dict[str, Value] = {
            "colloquia.scenario": name,
            "colloquia.run": self._run,
            "colloquia.n": self._settings.n,
        }
        return span(f"run {name}", place)

    # -- axes whose values a model proposes -----------------------------------------------------------------

    async def _ideated(self, gateway: Gateway) -> str:
        """Put the values of ideated axes into the scenario; returns what ended the run before they were there."""
        if not self._loaded.scenario.ideated:
            return ""
        work = asyncio.create_task(self._ideate(gateway))
        try:
            with self._watcher.interrupts(gateway, work):
                stopped_by = await work
        except asyncio.CancelledError:
            stopped_by = Interrupted.stopped_by
        except BaseException:
            await gateway.close()
            raise
        if stopped_by:
            await gateway.close()
        return stopped_by

    async def _ideate(self, gateway: Gateway) -> str:
        try:
            found = await ideated_axes(
                self._loaded,
                gateway,
                self._prepared.models[IDEATOR],
                self._settings.seed,
                self._journal,
                lambda: self._archive.notes(self._run),
                self._watcher.say,
                self._prepared.axes,
            )
        except RunStopped as stopped:
            return stopped.stopped_by
        write_axes(self._out, found)
        self._loaded = with_axes(self._loaded, found)
        self._for_pairs = self._samples_for_pairs()
        return ""

    def _samples_for_pairs(self) -> int:
        """About how many samples it takes to have every pair of values."""
        return samples_for_all(Space(self._loaded.scenario.axes, self._loaded.scenario.exclude))

    def _stopped_before(self, gateway: Gateway, stopped_by: str, whole: Span) -> Finished:
        """End a run that has no axes yet: a dataset without samples; the run can continue."""
        quotas = Quotas(self._loaded.scenario, self._settings.quota, self._settings.n)
        planner = Planner(self._loaded, self._settings.seed, self._settings.planner, quotas, steers=False)
        return self._finish(gateway, planner, stopped_by, whole)

    # -- the campaign ---------------------------------------------------------------------------------------

    async def _campaign(self, gateway: Gateway, make: Make, whole: Span) -> Finished:
        settings = self._settings
        quotas = Quotas(self._loaded.scenario, settings.quota, settings.n)
        embedder = embedder_of(settings.embedding, gateway)
        honour_rejections(self._journal)
        self._carry_out_reviews()
        rejected = rejected_for_good(self._journal)
        curator = Curator(
            self._loaded.scenario, self._prepared.rules, self._archive, self._run, quotas, embedder, rejected,
            frozen=settings.memory.frozen is Switch.ON,
        )  # fmt: skip
        planner = Planner(
            self._loaded,
            settings.seed,
            settings.planner,
            quotas,
            settings.steering is Switch.ON,
            giving_up_of(settings, self._loaded),
            redo_of(self._journal),
            steered_by(self._prepared),
        )
        campaign = Campaign(
            loaded=self._loaded,
            plan=plan_of(self._prepared),
            journal=self._journal,
            planner=planner,
            curator=curator,
            saturation=Saturation(settings.saturation.window, settings.saturation.share),
            make=make,
            stop=gateway.stop,
            attendance=gateway.attendance,
            on_records=self._append,
            on_restored=lambda: self._say(self._beyond(planner, campaign)),
            on_given_up=self._say_given_up,
        )
        self._say(how_many_at_once(self._prepared))
        with run_dir_faults(self._out):
            self._say(hand_edits(self._out, self._journal.records()))
            write_dataset(self._out, self._journal.records(), self._loaded)
        self._setup_s = time.monotonic() - self._began
        stopped_by = await self._held(campaign, gateway)
        finished = self._finish(gateway, planner, stopped_by, whole, curator.unstored, campaign.saturation)
        self._say(unstored_lines(curator, self._prepared))
        if campaign.error is not None:
            raise campaign.error
        return finished

    def _carry_out_reviews(self) -> None:
        """Carry out what people said in reviews since, so that new samples come in the place of those that they rejected."""
        prepared = replace(self._prepared, loaded=self._loaded)
        done = carry_out(prepared, self._journal, self._archive, read_reviews(self._out))
        self._say(review_lines(done))

    def _beyond(self, planner: Planner, campaign: Campaign) -> Iterator[str]:
        """A line if far more samples are wanted than there is room for."""
        distance = self._prepared.rules.min_distance
        there = campaign.tally.accepted
        if told := beyond(
            room(planner.covering.space, distance, len(planner.met) + there), self._settings.n, there, distance
        ):
            yield told

    async def _held(self, campaign: Campaign, gateway: Gateway) -> str:
        """Run the campaign to its end; returns what stopped it."""
        work, loop = asyncio.create_task(run_campaign(campaign)), asyncio.get_running_loop()
        taken = MemoryTaken(f"another run has memory.scope={self._settings.memory.scope} now")

        def stop() -> None:
            with contextlib.suppress(RuntimeError):  # the loop may have closed meanwhile
                loop.call_soon_threadsafe(gateway.stop, taken)

        self._archive.on_lost(stop)
        try:
            async with self._watcher.progress(lambda: self._progress(campaign, gateway)):
                with one_blas_thread(), self._watcher.interrupts(gateway, work):
                    return await work
        except asyncio.CancelledError:
            return Interrupted.stopped_by
        finally:
            await gateway.close()

    def _progress(self, campaign: Campaign, gateway: Gateway) -> Progress:
        return Progress.of(
            campaign.tally, wanted=self._settings.n, making=campaign.running, in_flight=gateway.limit.in_flight,
            limit=int(gateway.limit.limit), tokens=gateway.ledger.tokens, usd=gateway.ledger.usd, away=gateway.away(),
            unpriced=gateway.ledger.unpriced, said=tuple(gateway.ledger.said),
            answers=sum(used.calls for used in gateway.ledger.usage.values()),
            seconds=time.monotonic() - self._began, in_batches=gateway.in_batches(),
        )  # fmt: skip

    def _append(self, records: list[Record]) -> None:
        with run_dir_faults(self._out):
            append_records(self._out, records)

    def _say_given_up(self, given: GivenUp, again: bool) -> None:
        self._watcher.say(given_up_line(given, again, self._prepared))

    # -- the end --------------------------------------------------------------------------------------------

    def _finish(
        self,
        gateway: Gateway,
        planner: Planner,
        stopped_by: str,
        whole: Span,
        unstored: int = 0,
        saturation: Saturation | None = None,
    ) -> Finished:
        """Write the files and say how the session ended. Raises CancelledError if the session's task was cancelled."""
        ended = SessionEnd(stopped_by, self._for_pairs, time.monotonic() - self._began, self._setup_s, unstored)
        with run_dir_faults(self._out):
            summary = write_report(self._prepared, self._loaded, self._journal, gateway.ledger, planner, ended)
        self._note_end(whole, summary)
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise asyncio.CancelledError
        away = isinstance(gateway.stopping, EndpointAway | ClusterGone | MemoryTaken)
        worn_out = saturation if stopped_by == SATURATED else None
        return Finished(
            out=self._out,
            summary=summary,
            wanted=self._settings.n,
            patience=self._settings.patience,
            give_up=self._settings.give_up,
            replayed=gateway.ledger.replayed,
            why=str(gateway.stopping) if away else "",
            saturated=why_saturated(worn_out, self._journal.records()) if worn_out else "",
            scripted=any(model.backend is Backend.SCRIPTED for model in self._prepared.models.values()),
        )

    @staticmethod
    def _note_end(whole: Span, summary: dict[str, Any]) -> None:
        whole.note({f"colloquia.{key}": summary[key] for key in ("accepted", "rejected", "undecided", "stopped_by")})
