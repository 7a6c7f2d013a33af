"""What runs in a Ray worker: sample graphs. A worker reaches no model, journal or memory: its calls go to the driver."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agents.cast import Cast
from agents.models.calls import Answer, Call, Model
from agents.tools.toolbox import Toolbox
from graphs.observe.switch import recorder_for
from graphs.sampling.graph import make_candidate, sample_graph
from scenarios.loading import Loaded
from scenarios.records import Brief, Candidate
from scenarios.schema.topology import Topology
from scenarios.spans import SpanPlace, at, here, listen


@dataclass(frozen=True)
class Asked:
    """A worker's call, by a number of its own."""

    number: int
    call: Call
    place: SpanPlace | None
    """The step that asks, if spans are recorded."""


@dataclass(frozen=True)
class Answered:
    """What came of the call with this number."""

    number: int
    result: Answer | Exception


@dataclass(frozen=True)
class Made:
    """What came of a brief."""

    brief: str
    result: Candidate | Exception


@dataclass(frozen=True)
class SpanHome:
    """Where a worker's spans belong: inside which span of the driver, and in which run directory."""

    place: SpanPlace
    out: Path


class SampleWorker:
    """Makes candidates of the briefs that it is given. It is a Ray actor: all its methods run in one event loop."""

    def __init__(
        self, loaded: Loaded, topology: Topology, models: Mapping[str, Model], spans: SpanHome | None,
        toolbox: Toolbox | None = None,
    ) -> None:  # fmt: skip
        self._place = spans.place if spans else None
        self._recorder = recorder_for(spans.out) if spans else None
        self._machine = sample_graph(topology, Cast(loaded, self, models, toolbox))
        self._outbox: list[Asked | Made] = []
        self._filled = asyncio.Event()
        self._waiting: dict[int, asyncio.Future[Answer]] = {}
        self._making: set[asyncio.Task[None]] = set()
        self._number = 0

    async def take(self) -> list[Asked | Made]:
        """All that has come up since the last time; waits until there is something."""
        await self._filled.wait()
        self._filled.clear()
        taken, self._outbox = self._outbox, []
        return taken

    async def put(self, parcels: list[Brief | Answered]) -> None:
        """Begin briefs and continue with calls."""
        for parcel in parcels:
            if isinstance(parcel, Brief):
                task = asyncio.create_task(self._make(parcel))
                self._making.add(task)
                task.add_done_callback(self._making.discard)
            else:
                future = self._waiting.pop(parcel.number)
                if isinstance(parcel.result, Exception):
                    future.set_exception(parcel.result)
                else:
                    future.set_result(parcel.result)

    async def ask(self, call: Call) -> Answer:
        """The driver's answer to a call, or the error that it met."""
        self._number += 1
        number = self._number
        self._waiting[number] = asyncio.get_running_loop().create_future()
        self._send(Asked(number, call, here()))
        return await self._waiting[number]

    async def finish(self) -> None:
        """Drop what is under way, and send the spans that are left."""
        for task in self._making:
            task.cancel()
        await asyncio.gather(*self._making, return_exceptions=True)
        if self._recorder is not None:
            self._recorder.close()

    async def _make(self, brief: Brief) -> None:
        try:
            with listen(self._recorder), at(self._place):
                result: Candidate | Exception = await make_candidate(self._machine, brief)
        except Exception as error:  # noqa: BLE001 - the edge of the process: the driver raises it
            error.add_note(f"in a Ray worker:\n{traceback.format_exc()}")
            result = error
        self._send(Made(brief.id, result))

    def _send(self, parcel: Asked | Made) -> None:
        self._outbox.append(parcel)
        self._filled.set()
