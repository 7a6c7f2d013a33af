"""One session of a run: set up, run the campaign, write the files, say what came out."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from agents.judgement import Cast, standing
from agents.models.calls import Backend, Model
from agents.models.gateway import Gateway
from agents.models.limits.in_flight import AdaptiveLimit
from agents.models.limits.ledger import Ledger
from graphs.campaign.curator import Curator, Tally
from graphs.campaign.graph import SATURATED, TARGET, Campaign, Plan, run_campaign, under_way
from graphs.campaign.nearness import rules_of, with_distance
from graphs.campaign.progress import Display, Progress
from graphs.campaign.vectors import embedder_of
from graphs.files.axes import with_axes, write_axes
from graphs.files.calls import JournalStore, restored
from graphs.files.certificate import write_certificate
from graphs.files.dataset import (
    CERTIFIED,
    CoverageReport,
    append_accepted,
    mistakes_of,
    summary_lines,
    usage_by_role,
    write_card,
    write_dataset,
    write_summary,
)
from graphs.files.rundir import open_run, run_dir_faults
from graphs.observe.family import Evolution, member_in
from graphs.planning.ideation import ideated_axes
from graphs.planning.planner import Planner
from graphs.planning.quotas import Quotas
from graphs.planning.saturation import Saturation, axes_to_widen
from graphs.sampling.graph import make_candidate, sample_graph
from graphs.sampling.topology import topology_of
from graphs.settings.embedding import embedding_model, naming_of
from graphs.settings.models import models_of, transports_of
from graphs.settings.schema import RunnerBackend, Settings, Switch, binding
from graphs.shell.exits import Exit
from graphs.shell.process import calm_gc, ctrl_c, loop_factory, one_blas_thread, say
from memory.archive.archive import Archive
from memory.archive.chroma import open_directory, open_server
from memory.coverage import Space, samples_for_all
from memory.journal.journal import Journal
from memory.words.copies import SHORTEST
from scenarios.errors import ClusterGone, EndpointAway, Interrupted, RunStopped
from scenarios.loading import Loaded
from scenarios.records import Brief, Candidate, Record
from scenarios.schema.ideation import IDEATOR
from scenarios.schema.scenario import NodeKind
from scenarios.spans import Span, here, span

Make = Callable[[Brief], Awaitable[Candidate]]
_JUDGES = {NodeKind.CRITIQUE: "critic", NodeKind.VERIFY: "verifier", NodeKind.JUDGE: "judge"}


class Session:
    """A session of the run in `out`. `run` returns the exit code and raises UserError."""

    def __init__(self, loaded: Loaded, settings: Settings, out: Path) -> None:
        self._began = time.monotonic()
        self._loaded = loaded
        self._settings, self._note = with_distance(settings, loaded)
        self._rules, self._benchmarks = rules_of(self._settings, loaded)
        self._out = out
        self._topology = topology_of(loaded.scenario, settings.topology or None)
        self._models, self._weights = models_of(settings, loaded)
        self._setup_s = 0.0
        self._for_pairs = 0
        """About how many samples it takes to have every pair of values; 0 while values are yet to be ideated."""
        if not loaded.scenario.ideated:
            self._for_pairs = samples_for_all(Space(loaded.scenario.axes, loaded.scenario.exclude))

    def run(self) -> int:
        """Run to the end of the campaign, or to what stops it."""
        archive = _open_archive(self._settings)
        try:
            bound = binding(self._settings, self._models, self._loaded)
            if self._benchmarks:
                bound["refuse.benchmarks"] = f"content {self._benchmarks.digest}"
            # Trust is given anew each time: a run directory may come from somebody else.
            stored = self._settings.model_dump(mode="json", exclude_unset=True, exclude={"trust"})
            stored["scenario"] = bound["scenario"] = _lasting(self._settings.scenario)
            if self._benchmarks:
                stored["refuse"]["benchmarks"] = [
                    str(Path(file).resolve()) for file in self._settings.refuse.benchmarks
                ]
            journal, run = open_run(self._out, stored, bound)
            try:
                pairs = (
                    f" (every pair of values takes about {self._for_pairs})"
                    if self._for_pairs > self._settings.n
                    else ""
                )
                say(f"colloquia: scenario {self._loaded.scenario.name}, {self._settings.n} wanted{pairs}, "
                    f"{_who(self._models)} → {self._out}")  # fmt: skip
                self._say_rules()
                # The loop runs in a copy of this context, so that every span of the run lies within this one.
                with self._span(run) as whole, asyncio.Runner(loop_factory=loop_factory()) as runner:
                    return runner.run(self._session(journal, archive, run, whole))
            finally:
                journal.close()
        finally:
            archive.close()

    def _span(self, run: str) -> AbstractContextManager[Span]:
        name = self._loaded.scenario.name
        return span(f"run {name}", {"colloquia.scenario": name, "colloquia.run": run, "colloquia.n": self._settings.n})

    async def _session(self, journal: Journal, archive: Archive, run: str, whole: Span) -> int:
        ledger = Ledger(self._settings.budget)
        restored(ledger, journal)
        limit = AdaptiveLimit(self._settings.concurrency)
        models = [*self._models.values(), *filter(None, [embedding_model(self._settings.embedding)])]
        gateway = Gateway(transports_of(models, self._weights, self._slots()), JournalStore(journal), ledger, limit)
        for model in models:
            gateway.limit_rate(model)
        if stopped_by := await self._ideated(journal, archive, run, gateway):
            return self._stopped_before(journal, gateway, stopped_by, whole)
        async with self._runner(gateway) as make:
            return await self._campaign(journal, archive, run, gateway, make, whole)

    async def _ideated(self, journal: Journal, archive: Archive, run: str, gateway: Gateway) -> str:
        """Put the values of ideated axes into the scenario; returns what ended the run before they were there."""
        if not self._loaded.scenario.ideated:
            return ""
        main = asyncio.create_task(self._ideate(journal, archive, run, gateway))
        try:
            with ctrl_c(gateway, gateway.limit, main):
                stopped_by = await main
        except asyncio.CancelledError:
            stopped_by = Interrupted.stopped_by
        except BaseException:
            await gateway.close()
            raise
        if stopped_by:
            await gateway.close()
        return stopped_by

    async def _ideate(self, journal: Journal, archive: Archive, run: str, gateway: Gateway) -> str:
        try:
            found = await ideated_axes(
                self._loaded,
                gateway,
                self._models[IDEATOR],
                self._settings.seed,
                journal,
                lambda: archive.notes(run),
                say,
            )
        except RunStopped as stopped:
            return stopped.stopped_by
        write_axes(self._out, found)
        self._loaded = with_axes(self._loaded, found)
        self._for_pairs = samples_for_all(Space(self._loaded.scenario.axes, self._loaded.scenario.exclude))
        return ""

    def _stopped_before(self, journal: Journal, gateway: Gateway, stopped_by: str, whole: Span) -> int:
        """End a run that has no axes yet: a dataset without samples, which can be gone on with."""
        quotas = Quotas(self._loaded.scenario, self._settings.quota, self._settings.n)
        planner = Planner(self._loaded, self._settings.seed, self._settings.planner, quotas, steers=False)
        with run_dir_faults(self._out):
            summary = self._report(journal, gateway.ledger, planner, stopped_by, 0)
        self._note_end(whole, summary)
        return self._ended(summary, gateway)

    @contextlib.asynccontextmanager
    async def _runner(self, gateway: Gateway) -> AsyncIterator[Make]:
        """What makes a candidate of a brief: here, or in Ray workers."""
        if self._settings.runner.backend is RunnerBackend.RAY:
            from graphs.runners.ray import ray_runner
            from graphs.runners.ray_worker import SpanHome

            place = here()
            spans = SpanHome(place, self._out.absolute()) if place else None
            runner = ray_runner(self._settings.runner, self._loaded, self._topology, self._models, gateway, spans)
            async with runner as make:
                yield make
        else:
            machine = sample_graph(self._topology, Cast(self._loaded, gateway, self._models))
            yield lambda brief: make_candidate(machine, brief)

    async def _campaign(
        self, journal: Journal, archive: Archive, run: str, gateway: Gateway, make: Make, whole: Span
    ) -> int:
        ledger, limit = gateway.ledger, gateway.limit
        quotas = Quotas(self._loaded.scenario, self._settings.quota, self._settings.n)
        embedder = embedder_of(self._settings.embedding, gateway)
        curator = Curator(self._loaded.scenario, self._rules, archive, run, quotas, embedder)
        planner = Planner(
            self._loaded, self._settings.seed, self._settings.planner, quotas, self._settings.steering is Switch.ON
        )
        saturation = Saturation(self._settings.saturation.window, self._settings.saturation.share)
        campaign = Campaign(
            loaded=self._loaded,
            plan=self._plan(),
            journal=journal,
            planner=planner,
            curator=curator,
            saturation=saturation,
            make=make,
            stop=gateway.stop,
            on_records=self._append,
        )
        self._say_how_many_at_once()
        with run_dir_faults(self._out):
            write_dataset(self._out, journal, self._loaded.world)
        self._setup_s = time.monotonic() - self._began
        progress = Progress(
            wanted=self._settings.n, tally=lambda: campaign.tally, making=lambda: campaign.running,
            away=gateway.away, in_flight=lambda: limit.in_flight,
            limit=lambda: int(limit.limit), tokens=lambda: ledger.tokens, usd=lambda: ledger.usd,
        )  # fmt: skip
        display = asyncio.create_task(Display(progress).show())
        main = asyncio.create_task(run_campaign(campaign))
        try:
            with one_blas_thread(), calm_gc(), ctrl_c(gateway, limit, main):
                stopped_by = await main
        except asyncio.CancelledError:
            stopped_by = Interrupted.stopped_by
        finally:
            display.cancel()
            await asyncio.gather(display, return_exceptions=True)
            await gateway.close()
        with run_dir_faults(self._out):
            summary = self._report(journal, ledger, planner, stopped_by, curator.unstored)
        self._note_end(whole, summary)
        self._say_unstored(curator)
        if campaign.error is not None:
            raise campaign.error
        return self._ended(summary, gateway, _saturated(saturation, journal) if stopped_by == SATURATED else "")

    def _note_end(self, whole: Span, summary: dict[str, Any]) -> None:
        whole.note({f"colloquia.{key}": summary[key] for key in ("accepted", "rejected", "undecided", "stopped_by")})

    def _ended(self, summary: dict[str, Any], gateway: Gateway, saturated: str = "") -> int:
        """Say what came out; returns the exit code."""
        stopped_by = summary["stopped_by"]
        lines = summary_lines(
            summary, self._out, wanted=self._settings.n, patience=self._settings.patience,
            replayed=gateway.ledger.replayed,
            why=str(gateway.stopping) if isinstance(gateway.stopping, EndpointAway | ClusterGone) else "",
            scripted=any(model.backend is Backend.SCRIPTED for model in self._models.values()), saturated=saturated,
        )  # fmt: skip
        print("\n".join(lines), flush=True)
        return {TARGET: Exit.DONE, Interrupted.stopped_by: Exit.INTERRUPTED}.get(stopped_by, Exit.EARLY)

    def _say_how_many_at_once(self) -> None:
        settings = self._settings
        allowed = settings.round_size * (1 + settings.lookahead)
        if allowed < min(settings.concurrency, settings.n):
            say(f"note: round_size={settings.round_size} and lookahead={settings.lookahead} let {allowed} samples be made "
                f"at once, so concurrency={settings.concurrency} cannot be used; raise round_size in a new run")  # fmt: skip

    def _say_rules(self) -> None:
        if self._note:
            say(f"note: {self._note}")
        if (runs := self._rules.benchmarks) and runs.passed_over:
            say(f"note: refuse.benchmarks: {runs.passed_over} of {len(runs)} rows have fewer than {SHORTEST} words and are "
                "not looked for")  # fmt: skip

    def _append(self, records: list[Record]) -> None:
        with run_dir_faults(self._out):
            append_accepted(self._out, records)

    def _slots(self) -> int:
        """Prompts that the embedded model keeps: the last of each sample under way, and what each judge always reads. In a
        world the two speakers of a sample read prompts that have nothing in common."""
        speakers = 2 if self._loaded.world else 1
        return speakers * under_way(self._settings.concurrency, few_prefixes=True) + len(self._judges())

    def _plan(self) -> Plan:
        settings = self._settings
        return Plan(
            n=settings.n, seed=settings.seed, round_size=settings.round_size, lookahead=settings.lookahead,
            patience=settings.patience, samples=settings.budget.samples,
            under_way=under_way(settings.concurrency, few_prefixes=self._weights is not None),
        )  # fmt: skip

    def _report(
        self, journal: Journal, ledger: Ledger, planner: Planner, stopped_by: str, unstored: int
    ) -> dict[str, Any]:
        """Write every derived file; returns the summary."""
        tally, mistakes = Tally(), Counter[str]()
        covered, evolution = CoverageReport(planner.coverage.space, planner.met), Evolution()
        for record in journal.records():
            tally.add(record)
            mistakes.update(mistakes_of(record))
            covered.add(record)
            if self._loaded.scenario.evolve:
                evolution.add(member_in(record))
        diversity = write_dataset(self._out, journal, self._loaded.world)
        write_certificate(self._out, self._loaded, CERTIFIED)
        calls, tokens = usage_by_role(ledger.usage)
        summary = {
            "accepted": tally.accepted,
            "rejected": tally.rejected,
            "undecided": tally.undecided,
            "reasons": dict(tally.reasons.most_common()),
            "mistakes": dict(mistakes.most_common()),
            "calls": calls,
            "tokens": tokens,
            "requests": ledger.requests,
            "faults": dict(ledger.faults),
            "cost_usd": round(ledger.usd, 6),
            "lost": {"tokens": ledger.lost.tokens, "usd": round(ledger.lost.usd, 6)},
            "diversity": diversity.figures(),
            "coverage": {**covered.figures(), "samples_for_pairs": self._for_pairs},
            **({"evolution": evolution.figures()} if self._loaded.scenario.evolve else {}),
            "judgements": self._standings(),
            "timings": {
                "run_s": round(time.monotonic() - self._began, 3),
                "setup_s": round(self._setup_s, 3),
            },
            "not_in_memory": unstored,
            "stopped_by": stopped_by,
        }
        write_summary(self._out, summary)
        write_card(
            self._out,
            scenario=self._loaded.scenario.name,
            description=self._loaded.scenario.description,
            world=self._loaded.world.name if self._loaded.world else "",
            models=self._models,
            summary=summary,
            standings=self._standings(),
        )
        return summary

    def _standings(self) -> dict[str, str]:
        """What each judging role's word is worth with its model."""
        return {role: standing(self._loaded, role, self._models[role]).reason for role in self._judges()}

    def _judges(self) -> list[str]:
        """The judging roles that the topology asks."""
        roles = dict.fromkeys(_JUDGES[kind] for kind in self._topology.nodes.values() if kind in _JUDGES)
        return [role for role in roles if role in self._loaded.scenario.roles]

    def _say_unstored(self, curator: Curator) -> None:
        """What the memory lacks yet, where it failed or the run was cut short."""
        if curator.unstored:
            because = f" ({curator.fault})" if curator.fault else ""
            say(f"colloquia: {curator.unstored} accepted samples are not in the memory yet{because}; "
                f"python -m graphs.run out={self._out} stores them")  # fmt: skip


def _open_archive(settings: Settings) -> Archive:
    """The memory that the settings name: a server, or else a directory."""
    memory, naming = settings.memory, naming_of(settings.embedding)
    store = open_server(memory.url, naming) if memory.url else open_directory(Path(memory.path), naming)
    return Archive(store, memory.scope)


def _saturated(saturation: Saturation, journal: Journal) -> str:
    """Why a run is saturated, and what would help."""
    if not (named := axes_to_widen(journal.records())):
        return f"{saturation}; give the scenario more values or another axis, or lower memory.min_distance in a new run"
    told = ", ".join(f"{axis} ({share:.0%})" for axis, share in named)
    return f"{saturation}; most have the same {told} as the one they are close to: give those axes more values"


def _who(models: dict[str, Model]) -> str:
    names = dict.fromkeys(f"{model.name} ({model.backend})" for model in models.values())
    return ", ".join(names) or "no model"


def _lasting(scenario: str) -> str:
    """A scenario's path as one that holds from any folder; a name as it is."""
    path = Path(scenario)
    return str(path.resolve()) if path.suffix in {".yaml", ".yml"} or "/" in scenario else scenario
