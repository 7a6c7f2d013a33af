"""What a session needs before it begins: the memory, the models within reach, and the campaign's plan."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import orjson

from agents.models.endpoint.embeddings import ROLE as EMBEDDING
from agents.models.gateway import Gateway
from agents.tools.toolbox import Toolbox
from graphs.campaign.graph import Plan, under_way
from graphs.files.rundir import run_dir_faults, write_bytes
from graphs.planning.feedback import KEPT, MISSED, Steered, out_of_date
from graphs.planning.giving_up import GivingUp, Prospect
from graphs.preparation import Preparation
from graphs.runners.local import local_runner
from graphs.running.gateway import journaled_gateway
from graphs.sampling.topology import asked_roles
from graphs.settings.embedding import embedding_model, naming_of
from graphs.settings.schema import RunnerBackend, Settings
from graphs.settings.tools import tool_transports
from graphs.tools.toolbox import toolbox_of
from memory.archive.archive import Archive
from memory.archive.chroma import open_directory, open_server
from memory.archive.lease import Lease
from memory.journal.journal import Journal
from scenarios.loading import Loaded
from scenarios.records import Brief, Candidate
from scenarios.schema.space import Space
from scenarios.spans import here

Make = Callable[[Brief], Awaitable[Candidate]]


def open_archive(settings: Settings) -> Archive:
    """The memory that the settings name, a scope of a server or else a directory, which now belongs to this session. Raises MemoryInUse and MemoryUnavailable."""
    memory, naming = settings.memory, naming_of(settings.embedding)
    if not memory.url:
        return Archive(open_directory(Path(memory.path), naming), memory.scope)
    store = open_server(memory.url, naming)
    try:
        return Archive(store, memory.scope, Lease(store, memory.scope))
    except BaseException:
        store.close()
        raise


def gateway_of(prepared: Preparation, journal: Journal) -> Gateway:
    """The way to every model of a run, that of the embedding included."""
    settings, embeds = prepared.settings, embedding_model(prepared.settings.embedding)
    by_role = {**prepared.models, **({EMBEDDING: embeds} if embeds else {})}
    return journaled_gateway(
        journal,
        by_role.values(),
        prepared.weights,
        budget=settings.budget,
        concurrency=settings.concurrency,
        slots=_slots(prepared),
        by_role=by_role,
        tools=tool_transports(settings.tools, prepared.loaded.tools, prepared.loaded.mcp),
        others=prepared.others,
    )


async def tools_for(prepared: Preparation, gateway: Gateway) -> Toolbox | None:
    """The tools of a run, if its scenario has some. Raises as `toolbox_of`."""
    loaded = prepared.loaded
    if not loaded.tools and not loaded.mcp:
        return None
    return await toolbox_of(prepared.settings.tools, loaded.tools, loaded.mcp, gateway, prepared.models, prepared.out)


def _slots(prepared: Preparation) -> int:
    """Prompts that the embedded model keeps: the last of each sample under way, and what each judge always reads. In a
    world the two speakers of a sample read prompts that have nothing in common."""
    speakers = 2 if prepared.loaded.world else 1
    judges = asked_roles(prepared.topology, prepared.loaded.scenario)
    return speakers * under_way(prepared.settings.concurrency, few_prefixes=True) + len(judges)


def plan_of(prepared: Preparation) -> Plan:
    """What decides the campaign's course."""
    settings = prepared.settings
    return Plan(
        n=settings.n, seed=settings.seed, round_size=settings.round_size, lookahead=settings.lookahead,
        patience=settings.patience, samples=_most_briefs(prepared),
        under_way=under_way(settings.concurrency, few_prefixes=prepared.weights is not None),
    )  # fmt: skip


def _most_briefs(prepared: Preparation) -> int | None:
    """At most so many briefs: by the budget, and of this session alone by its trial."""
    limits = [one for one in (prepared.settings.budget.samples, prepared.trial) if one is not None]
    return min(limits, default=None)


def giving_up_of(settings: Settings, loaded: Loaded) -> GivingUp:
    """What decides which values get no more briefs."""
    barren = settings.patience * settings.round_size
    most = barren if settings.budget.samples is None else min(barren, settings.budget.samples)
    space = Space(loaded.scenario.axes, loaded.scenario.exclude)
    return GivingUp(space, settings.give_up, Prospect(settings.n, settings.quota, most))


def steered_by(prepared: Preparation) -> Steered | None:
    """The feedback that the run follows, if its settings name some."""
    if prepared.feedback is None:
        return None
    scenario, shown = prepared.loaded.scenario, prepared.loaded.scenario.demonstrations
    count = shown.count if shown else 0
    return Steered(prepared.feedback, scenario.axes, prepared.settings.seed, count, _has_place(prepared))


def _has_place(prepared: Preparation) -> bool:
    """Whether a prompt that is in use, in the style of one of the models, shows what a student missed."""
    loaded, styles = prepared.loaded, {model.style for model in prepared.models.values()}
    every = [role.prompt for role in loaded.scenario.roles.values()] + [
        field.prompt for field in loaded.scenario.fields
    ]
    used = {files.of(style) for files in every for style in styles}
    unused = {file for files in every for file in files.files()} - used
    return any(prompt.uses(MISSED) for file, prompt in loaded.prompts.items() if file not in unused)


def keep_feedback(prepared: Preparation, say: Callable[[str], None]) -> None:
    """Put a copy of the feedback into the run directory, so that the run can go on and be measured without the file; and say what of
    it is out of date."""
    if prepared.feedback is not None:
        if line := out_of_date(prepared.feedback, prepared.loaded.scenario):
            say(line)
        with run_dir_faults(prepared.out):
            write_bytes(prepared.out / KEPT, orjson.dumps({"feedback": prepared.feedback.model_dump(mode="json")}))


@contextlib.asynccontextmanager
async def runner_of(
    prepared: Preparation, loaded: Loaded, gateway: Gateway, toolbox: Toolbox | None
) -> AsyncIterator[Make]:
    """What makes a candidate of a brief: here, or in Ray workers."""
    if prepared.settings.runner.backend is not RunnerBackend.RAY:
        async with local_runner(loaded, prepared.topology, prepared.models, gateway, toolbox) as make:
            yield make
        return
    from graphs.runners.ray import ray_runner
    from graphs.runners.ray_worker import SpanHome

    place = here()
    spans = SpanHome(place, prepared.out.absolute()) if place else None
    runner = ray_runner(prepared.settings.runner, loaded, prepared.topology, prepared.models, gateway, spans, toolbox)
    async with runner as make:
        yield make
