"""A model that is asked outside of every run: what it answers is kept in a journal of its own, within a budget."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import TypeVar

from agents.models.calls import Answer, Call, ModelAccess
from agents.models.gateway import Gateway
from agents.models.limits.ledger import Budget
from graphs.running.gateway import journaled_gateway
from graphs.settings.models import model_alone, rating_model
from graphs.settings.schema import Llm
from memory.journal.journal import Journal
from memory.journal.recovery import create, exists
from memory.lock import Owned, own
from scenarios.errors import CallFailed, RunDirError, RunStopped

T = TypeVar("T")
_EVERY_S = 5.0


class _Drawn:
    """The way to a model whose answers are drawn as `llm.temperature` and `llm.max_tokens` say, if they are given."""

    def __init__(self, gateway: Gateway, llm: Llm) -> None:
        self._gateway = gateway
        told = {"temperature": llm.temperature, "max_tokens": llm.max_tokens}
        self._told = {key: value for key, value in told.items() if value is not None}

    async def ask(self, call: Call) -> Answer:
        """As Gateway.ask."""
        return await self._gateway.ask(
            call.model_copy(update={"decoding": call.decoding.model_copy(update=self._told)})
        )


@contextmanager
def _owned(path: Path) -> Iterator[None]:
    """Own a journal: what two commands asked at once would be paid twice. Raises RunDirError if another one does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = path.with_name(f"{path.name}.lock")
    try:
        lock = own(file)
    except Owned as owner:
        raise RunDirError(f"{path}: is in use by process {owner}; wait until it ends") from None
    with lock:
        yield
        file.unlink(missing_ok=True)


class OutsideModel:
    """A model with its journal: what it has answered is never asked again."""

    def __init__(
        self, path: Path, llm: Llm, role: str, budget: Budget, concurrency: int, *, rates: bool = False
    ) -> None:
        """`path` is the journal, made if it is not there; `budget` is over all sessions; a model that `rates` says how likely texts
        are, and no words. Raises RunDirError, SettingsError and ModelUnavailable."""
        self.model, weights = rating_model(llm) if rates else model_alone(llm)
        with ExitStack() as held:
            held.enter_context(_owned(path))
            if not exists(path):
                create(path, {})
            self._journal = held.enter_context(closing(Journal(path)))
            self._gateway = journaled_gateway(
                self._journal,
                [self.model],
                weights,
                budget=budget,
                concurrency=concurrency,
                slots=2,
                by_role={role: self.model},
            )
            self._held = held.pop_all()
        self.gateway: ModelAccess = _Drawn(self._gateway, llm)
        self.failures: dict[str, CallFailed] = {}
        """Why there is no answer to a question, by its id."""
        self._slots = asyncio.Semaphore(4 * concurrency)
        self.asked, self.done = 0, 0
        """Questions, and those that are answered."""

    async def close(self) -> None:
        """Release what it holds."""
        await self._gateway.close()
        self._held.close()

    @asynccontextmanager
    async def at_work(self, tell: Callable[[int, int], None]) -> AsyncIterator[None]:
        """Every few seconds `tell` hears how many questions are answered, of how many, if that has changed. At the end the model
        releases what it holds."""
        telling = asyncio.create_task(self._telling(tell))
        try:
            yield
        finally:
            telling.cancel()
            await self.close()

    async def _telling(self, tell: Callable[[int, int], None]) -> None:
        told = (-1, -1)
        while True:
            await asyncio.sleep(_EVERY_S)
            now = (self.done, self.asked)
            if now != told:
                tell(*now)
            told = now

    async def all(
        self, asked: Sequence[tuple[str, Callable[[], Awaitable[T]]]], found: dict[str, T | None] | None = None
    ) -> dict[str, T | None]:
        """What comes of questions by id; None if the machinery failed. What is known so far is in `found`, also if this raises.
        Raises RunStopped and UserError."""
        self.asked += len(asked)
        known: dict[str, T | None] = {} if found is None else found

        async def one(id_: str, ask: Callable[[], Awaitable[T]]) -> None:
            async with self._slots:
                try:
                    known[id_] = await ask()
                except CallFailed as error:
                    known[id_], self.failures[id_] = None, error
                finally:
                    self.done += 1

        tasks = [asyncio.create_task(one(id_, ask)) for id_, ask in asked]
        try:
            await asyncio.gather(*tasks)
        except BaseException as error:
            self._gateway.stop(error if isinstance(error, RunStopped) else RunStopped("the model stops"))
            await asyncio.gather(*tasks, return_exceptions=True)
            raise
        return {id_: known[id_] for id_, _ in asked}
