"""The two graphs as LangGraph's own tools open them (langgraph.json): the default scenario on the scripted model.

`sample` takes `{"brief": …}` as a run's `rejected.jsonl` and the journal hold it; `campaign` takes
`{"planned": 0, "curated": 0, "barren": 0, "stopped_by": ""}` and works in a folder that goes away with it.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from agents.cast import Cast
from agents.models.gateway import Gateway
from graphs.campaign.curator import Curator
from graphs.campaign.graph import Campaign, Plan, campaign_graph
from graphs.campaign.nearness import NearnessRules
from graphs.planning.planner import Planner, Planning
from graphs.planning.quotas import Quotas
from graphs.planning.saturation import Saturation
from graphs.preparation import prepare
from graphs.running.gateway import journaled_gateway
from graphs.sampling.graph import make_candidate, sample_graph
from memory.archive.archive import Archive
from memory.archive.chroma import open_directory
from memory.journal.journal import Journal

_SCENARIO = "support"


def _sample(journal: Journal, home: Path) -> tuple[Any, Gateway, Cast]:
    prepared = prepare({"scenario": _SCENARIO, "llm": {"backend": "scripted"}, "out": str(home / "run")}, own={})
    gateway = journaled_gateway(journal, prepared.models.values())
    cast = Cast(prepared.loaded, gateway, prepared.models)
    return sample_graph(prepared.topology, cast), gateway, cast


@contextlib.asynccontextmanager
async def sample() -> AsyncIterator[Any]:
    """The compiled sample graph."""
    with tempfile.TemporaryDirectory() as home:
        journal = Journal(Path(home) / "run.sqlite")
        try:
            yield _sample(journal, Path(home))[0]
        finally:
            journal.close()


@contextlib.asynccontextmanager
async def campaign() -> AsyncIterator[Any]:
    """The compiled campaign graph: four samples in rounds of two."""
    with tempfile.TemporaryDirectory() as home:
        journal = Journal(Path(home) / "run.sqlite")
        archive = Archive(open_directory(Path(home) / "memory"), _SCENARIO)
        try:
            machine, gateway, cast = _sample(journal, Path(home))
            quotas = Quotas(cast.loaded.scenario, {}, 4)
            yield campaign_graph(
                Campaign(
                    loaded=cast.loaded,
                    plan=Plan(n=4, seed=0, round_size=2, lookahead=1, patience=3, samples=None, under_way=6),
                    journal=journal,
                    planner=Planner(cast.loaded, 0, Planning.COVERAGE, quotas, steers=False),
                    curator=Curator(cast.loaded.scenario, NearnessRules(min_distance=0.05), archive, "studio", quotas),
                    saturation=Saturation(0, 1),
                    make=lambda brief: make_candidate(machine, brief),
                    stop=gateway.stop,
                )
            )
        finally:
            archive.close()
            journal.close()
