"""The Ray runner: sample graphs in worker processes, on this machine or on a cluster.

The driver plans, curates, owns journal and memory, and asks all models: a worker's calls come to its gateway. So
there is one limit, one budget and one journal for the run, no key leaves the driver, and a worker that dies loses
nothing that was answered: its briefs begin anew elsewhere and find their answers in the journal.

Parcels travel in batches: what comes up in one turn of the loop goes out together.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from agents.models.calls import Answer, Model, ModelAccess
from agents.tools.toolbox import Toolbox
from graphs.runners.ray_worker import Answered, Asked, Made, SampleWorker, SpanHome
from graphs.settings.schema import Runner
from scenarios.errors import ClusterGone, ColloquiaError, SettingsError
from scenarios.loading import Loaded
from scenarios.records import Brief, Candidate, Failure
from scenarios.schema.topology import Topology
from scenarios.spans import at

_DEATHS_OF_A_BRIEF = 3
_DEATHS_IN_A_ROW = 3
"""Workers that died one after the other without a word: then there is no cluster left."""
_STORE_BYTES = 100 * 1024 * 1024
"""Ray would set a third of the memory aside; parcels are small and pass beside the store."""
_START_S = 60.0
_FINISH_S = 10.0
"""Seconds that workers may take to send the spans that they have left."""
_REPLACE_S = 20.0
"""Seconds that a new worker may take in a cluster that has lost one."""


@asynccontextmanager
async def ray_runner(
    runner: Runner,
    loaded: Loaded,
    topology: Topology,
    models: Mapping[str, Model],
    access: ModelAccess,
    spans: SpanHome | None = None,
    toolbox: Toolbox | None = None,
) -> AsyncIterator[Callable[[Brief], Awaitable[Candidate]]]:
    """Start or join a Ray cluster with `runner.workers` workers; gives the function that makes a candidate.

    Raises SettingsError if Ray is not installed, or the cluster cannot be reached or has no room.
    """
    ray = await asyncio.to_thread(_connect, runner)
    crew = _Crew(ray, runner.workers, (loaded, topology, dict(models), spans, toolbox), access)
    try:
        await crew.start()
        yield crew.make
        await crew.finish_calls()
    finally:
        await crew.close()
        await asyncio.to_thread(ray.shutdown)


def _connect(runner: Runner) -> Any:
    """Join or start the cluster; returns the module ray."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # it would report to the web
    # Ray ends a process at once, whatever it is doing, that has been without a head node for a minute.
    os.environ.setdefault("RAY_gcs_rpc_server_reconnect_timeout_s", "86400")
    try:
        import ray
    except ImportError:
        raise SettingsError("runner.backend=ray needs the extra 'ray': pip install 'colloquia[ray]'") from None
    if runner.address:
        _check_there(runner.address)
    logging.getLogger("ray").setLevel(logging.ERROR)
    quiet: dict[str, Any] = {"log_to_driver": False, "configure_logging": False}
    try:
        if runner.address:
            ray.init(address=runner.address, **quiet)
        else:
            ray.init(num_cpus=runner.workers, include_dashboard=False, object_store_memory=_STORE_BYTES, **quiet)
    except (ConnectionError, RuntimeError, ValueError, OSError, TimeoutError) as error:
        where = f"runner.address={runner.address}" if runner.address else "runner.backend=ray"
        said = " ".join(str(error).split())[:200]
        raise SettingsError(f"{where}: Ray cannot be reached or started ({said})") from None
    room = int(
        ray.cluster_resources().get("CPU", 0)  # type: ignore[no-untyped-call]
    )
    if room < runner.workers:
        ray.shutdown()
        raise SettingsError(f"runner.workers={runner.workers}: the cluster has room for {room}")
    return ray


def _check_there(address: str) -> None:
    """Raise SettingsError unless a head node listens at HOST:PORT: Ray would try for very long."""
    host, _, port = address.rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, ValueError, OverflowError) as error:
        raise SettingsError(
            f"runner.address={address}: no Ray head node answers there ({error}); give HOST:PORT as `ray start --head` names it"
        ) from None


class _Worker:
    """One worker as the driver sees it."""

    def __init__(self, handle: Any) -> None:
        self.handle = handle
        self.briefs: dict[str, Brief] = {}
        self.outbox: list[Brief | Answered] = []


class _Crew:
    """All workers of a run."""

    def __init__(self, ray: Any, size: int, cast: tuple[Any, ...], access: ModelAccess) -> None:
        self._ray = ray
        self._actor = ray.remote(num_cpus=1, max_restarts=0)(SampleWorker)
        self._size = size
        self._access = access
        self._cast = cast
        self._workers: list[_Worker] = []
        self._made: dict[str, asyncio.Future[Candidate]] = {}
        self._calls: dict[bytes, asyncio.Task[Answer]] = {}
        """Calls under way, by key: a brief that begins anew joins those that its dead worker asked."""
        self._deaths: Counter[str] = Counter()
        self._silent_deaths = 0
        self._tasks: set[asyncio.Task[None]] = set()
        self._gone: ClusterGone | None = None

    async def start(self) -> None:
        """Start the workers and wait until each has loaded. Raises SettingsError if they do not."""
        self._workers = [self._hire() for _ in range(self._size)]
        try:
            await asyncio.wait_for(
                asyncio.gather(*(worker.handle.put.remote([]) for worker in self._workers)), _START_S
            )
        except (TimeoutError, self._ray.exceptions.RayError) as error:
            said = " ".join(str(error).split())[:300]
            raise SettingsError(f"runner.backend=ray: a worker did not start ({said or 'no room'})") from None
        for worker in self._workers:
            self._keep(self._serve(worker))

    async def make(self, brief: Brief) -> Candidate:
        """The candidate of a brief. Raises RunStopped and UserError, as the local runner does."""
        if self._gone:
            raise self._gone.fresh()
        made: asyncio.Future[Candidate] = asyncio.get_running_loop().create_future()
        self._made[brief.id] = made
        self._assign(brief)
        return await made

    async def finish_calls(self) -> None:
        """Wait for the calls in flight, also those of dead workers: they are paid for."""
        await asyncio.gather(*self._calls.values(), return_exceptions=True)

    async def close(self) -> None:
        """Drop what is running; a worker may send the spans that it has left."""
        for task in [*self._tasks, *self._calls.values()]:
            task.cancel()
        await asyncio.gather(*self._tasks, *self._calls.values(), return_exceptions=True)
        with contextlib.suppress(TimeoutError):
            finished = (worker.handle.finish.remote() for worker in self._workers)
            await asyncio.wait_for(asyncio.gather(*finished, return_exceptions=True), _FINISH_S)

    # -- workers --------------------------------------------------------------------------------------------

    def _hire(self) -> _Worker:
        return _Worker(self._actor.remote(*self._cast))

    def _assign(self, brief: Brief) -> None:
        worker = min(self._workers, key=lambda worker: len(worker.briefs))
        worker.briefs[brief.id] = brief
        self._post(worker, brief)

    def _post(self, worker: _Worker, parcel: Brief | Answered) -> None:
        if not worker.outbox:
            asyncio.get_running_loop().call_soon(self._flush, worker)
        worker.outbox.append(parcel)

    def _flush(self, worker: _Worker) -> None:
        parcels, worker.outbox = worker.outbox, []
        worker.handle.put.remote(parcels)  # if the worker is dead, `_serve` hears of it

    async def _serve(self, worker: _Worker) -> None:
        """Take what a worker sends until it dies; then replace it."""
        try:
            async with asyncio.timeout(_REPLACE_S):
                await worker.handle.put.remote([])
        except TimeoutError:
            self._end(ClusterGone(f"the Ray cluster gave no new worker within {_REPLACE_S:g} s"))
            return
        except self._ray.exceptions.RayError as error:
            self._bury(worker, error)
            return
        while True:
            try:
                parcels = await worker.handle.take.remote()
            except self._ray.exceptions.RayError as error:
                self._bury(worker, error)
                return
            self._silent_deaths = 0
            for parcel in parcels:
                if isinstance(parcel, Asked):
                    self._keep(self._answer(worker, parcel))
                else:
                    self._settle(worker, parcel)

    def _bury(self, worker: _Worker, error: Exception) -> None:
        """Give a dead worker's briefs to a new one; one that killed several is set aside."""
        self._workers.remove(worker)
        self._silent_deaths += 1
        if self._silent_deaths > _DEATHS_IN_A_ROW:
            self._end(ClusterGone(f"no Ray worker stays alive ({' '.join(str(error).split())[:200]})"))
            return
        replacement = self._hire()
        self._workers.append(replacement)
        self._keep(self._serve(replacement))
        for brief in worker.briefs.values():
            self._deaths[brief.id] += 1
            if self._deaths[brief.id] < _DEATHS_OF_A_BRIEF:
                self._assign(brief)
                continue
            failure = Failure(stage="generate", reason="worker", detail="its worker died each time it was begun")
            self._resolve(brief.id, Candidate(brief=brief, failure=failure))

    def _end(self, gone: ClusterGone) -> None:
        self._gone = gone
        for brief in list(self._made):
            self._resolve(brief, gone.fresh())

    # -- what workers send ----------------------------------------------------------------------------------

    async def _answer(self, worker: _Worker, asked: Asked) -> None:
        key = asked.call.key()
        if key not in self._calls:
            with at(asked.place):
                self._calls[key] = asyncio.create_task(self._access.ask(asked.call))
            self._calls[key].add_done_callback(lambda _: self._calls.pop(key, None))
        try:
            result: Answer | Exception = await asyncio.shield(self._calls[key])
        except ColloquiaError as error:
            result = error
        except Exception as error:  # noqa: BLE001 - a fault of ours, raised where the sample is waited for
            self._resolve(asked.call.asker.sample, error)
            return
        self._post(worker, Answered(asked.number, result))

    def _settle(self, worker: _Worker, made: Made) -> None:
        worker.briefs.pop(made.brief, None)
        self._resolve(made.brief, made.result)

    def _resolve(self, brief: str, result: Candidate | Exception) -> None:
        future = self._made.pop(brief, None)
        if future is None or future.done():
            return
        if isinstance(result, Exception):
            future.set_exception(result)
        else:
            future.set_result(result)

    def _keep(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
