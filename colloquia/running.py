"""Runs from Python: the same sessions as the command's, with nobody at a terminal."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import inspect
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, TypedDict, Unpack

from colloquia.result import Result
from graphs.campaign.progress import Progress
from graphs.preparation import prepare
from graphs.running.session import hold_session
from graphs.running.watcher import Quiet
from graphs.shell.process import loop_factory
from scenarios.cleaning import clean

_EVERY_S = 0.5
OnProgress = Callable[[Progress], None]


class RunSettings(TypedDict, total=False):
    """The keys of `python -m graphs.run --help`; nested ones are mappings (`llm={"base_url": …}`)."""

    n: int
    out: str | Path
    seed: int
    concurrency: int
    round_size: int
    lookahead: int
    patience: int
    give_up: int
    saturation: Mapping[str, Any]
    planner: str
    steering: str | bool
    quota: Mapping[str, Mapping[str, int]]
    base_models: bool
    how: str
    topology: str
    draws: int
    budget: Mapping[str, Any]
    llm: Mapping[str, Any]
    roles: Mapping[str, Mapping[str, Any]]
    memory: Mapping[str, Any]
    embedding: Mapping[str, Any]
    forbidden: Mapping[str, Any]
    feedback: str | Path
    runner: Mapping[str, Any]
    tools: Mapping[str, Any]
    trust: str
    otel: str | bool


def run(
    scenario: str | Path | None = None,
    *,
    progress: OnProgress | None = None,
    notes: Callable[[str], None] | None = None,
    **settings: Unpack[RunSettings],
) -> Result:
    """Make a dataset, or continue the run in `out`. Works anywhere: in a thread, a notebook, a running event loop.

    `scenario` is a name or a file (default: support, or that of the run in `out`). A setting that is left out has its
    default. `progress` is called about twice a second and at the end, `notes` with each line that the command would say;
    both in the thread of the run.

    Returns the result, also if the run stopped early: see `Result.stopped_by`. Raises UserError for a mistake in the
    input. Ctrl-C winds the run down, keeps what it has, and raises KeyboardInterrupt.
    """
    return _in_a_thread(lambda: _session(scenario, settings, progress, notes))


async def arun(
    scenario: str | Path | None = None,
    *,
    progress: OnProgress | None = None,
    notes: Callable[[str], None] | None = None,
    **settings: Unpack[RunSettings],
) -> Result:
    """As `run`, in the event loop that is running. If the task is cancelled, the run winds down and keeps what it has."""
    return await _session(scenario, settings, progress, notes)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(inner) for key, inner in value.items()}
    return str(value) if isinstance(value, Path) else value


async def _session(
    scenario: str | Path | None, settings: RunSettings, progress: OnProgress | None, notes: Callable[[str], None] | None
) -> Result:
    given = {key: _plain(value) for key, value in {"scenario": scenario, **settings}.items() if value is not None}
    caller = _Caller(progress, notes)
    prepared = prepare(given)
    try:
        finished = await hold_session(prepared, caller)
    except asyncio.CancelledError:
        if caller.failed is not None:
            raise caller.failed from None
        raise
    if caller.failed is not None:
        raise caller.failed
    return Result(path=finished.out, summary=finished.summary)


class _Caller(Quiet):
    """Tells the caller's functions how a session goes. What one of them raises ends the session, which keeps what it has."""

    def __init__(self, progress: OnProgress | None, notes: Callable[[str], None] | None) -> None:
        for name, function in (("progress", progress), ("notes", notes)):
            if function is not None and (not callable(function) or inspect.iscoroutinefunction(function)):
                raise TypeError(f"{name}={function!r}: is not a plain function")
        self._progress, self._notes = progress, notes
        self.failed: BaseException | None = None
        """What the caller's function raised."""

    def say(self, line: str) -> None:
        """Hand a line on."""
        if self._notes is not None:
            self._notes(clean(line))

    @contextlib.asynccontextmanager
    async def progress(self, read: Callable[[], Progress]) -> AsyncIterator[None]:
        """Hand the progress on every half second, and once at the end."""
        if self._progress is None:
            yield
            return
        session = asyncio.current_task()
        assert session is not None
        telling = asyncio.create_task(self._tell(read, self._progress, session))
        try:
            yield
        finally:
            telling.cancel()
            (failed,) = await asyncio.gather(telling, return_exceptions=True)
            self.failed = None if isinstance(failed, asyncio.CancelledError) else failed
            if self.failed is None:
                try:
                    self._progress(read())
                except Exception as error:  # noqa: BLE001 - raised once the session has written its files
                    self.failed = error

    @staticmethod
    async def _tell(read: Callable[[], Progress], progress: OnProgress, session: asyncio.Task[Any]) -> None:
        while True:
            try:
                progress(read())
            except BaseException:
                session.cancel()
                raise
            await asyncio.sleep(_EVERY_S)


def _in_a_thread(session: Callable[[], Awaitable[Result]]) -> Result:
    """Hold a session in a loop and a thread of its own, so that it does not matter where the caller stands."""
    made: list[Result] = []
    failed: list[BaseException] = []
    begun: list[tuple[asyncio.AbstractEventLoop, asyncio.Task[Result]]] = []

    async def work() -> Result:
        task = asyncio.current_task()
        assert task is not None
        begun.append((asyncio.get_running_loop(), task))
        return await session()

    def hold() -> None:
        try:
            with asyncio.Runner(loop_factory=loop_factory()) as runner:
                made.append(runner.run(work()))
        except BaseException as error:  # noqa: BLE001 - the caller's thread raises it
            failed.append(error)
        finally:
            over.set()

    over = threading.Event()
    thread = threading.Thread(target=contextvars.copy_context().run, args=(hold,), name="colloquia")
    thread.start()
    try:
        over.wait()  # not join: in Python 3.11 and 3.12, a join that Ctrl-C interrupted cannot be made again
    except KeyboardInterrupt:
        for loop, task in begun:
            with contextlib.suppress(RuntimeError):  # the loop may have closed meanwhile
                loop.call_soon_threadsafe(task.cancel)
        over.wait()
        raise
    thread.join()
    if failed:
        raise failed[0]
    return made[0]
