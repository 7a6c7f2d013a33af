"""The local runner: sample graphs in this process."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

from agents.cast import Cast
from agents.models.calls import Model, ModelAccess
from agents.tools.toolbox import Toolbox
from graphs.sampling.graph import make_candidate, sample_graph
from scenarios.loading import Loaded
from scenarios.records import Brief, Candidate
from scenarios.schema.topology import Topology


@contextlib.asynccontextmanager
async def local_runner(
    loaded: Loaded, topology: Topology, models: Mapping[str, Model], access: ModelAccess, toolbox: Toolbox | None = None
) -> AsyncIterator[Callable[[Brief], Awaitable[Candidate]]]:
    """Gives the function that makes a candidate of a brief."""
    machine = sample_graph(topology, Cast(loaded, access, models, toolbox))
    yield lambda brief: make_candidate(machine, brief)
