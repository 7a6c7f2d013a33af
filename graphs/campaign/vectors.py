"""The vectors of texts for a run or a command: from this process, or through the gateway."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

import numpy as np

from agents.models.calls import Answer, Model
from agents.models.endpoint.embeddings import embedding_call, numbers_of
from agents.models.faults import FaultKind
from agents.models.gateway import Gateway
from graphs.settings.embedding import EmbeddingSettings, embedding_model, local_embedding
from memory.vectors.embedding import Embedding, Vectors, WordLlamaEmbedding, to_grid
from scenarios.errors import CallFailed, ModelUnavailable, RunStopped

_AT_ONCE = 4
"""Requests for vectors at once. While they are under way texts gather, and the next request takes them together."""


class Embedder(Protocol):
    """Gives the vectors of texts."""

    def expect(self, dimensions: int | None) -> None:
        """Accept only vectors of these dimensions, those of the memory, if they are known."""
        ...

    async def vectors(self, texts: Sequence[str]) -> Vectors:
        """The vectors of texts, shape (n, dimensions).

        Raises CallFailed if a text gets no vector for good, and otherwise as Gateway.ask.
        """
        ...


class AtOnce:
    """An embedding that is so fast that nothing waits for it."""

    def __init__(self, embedding: Embedding | None = None) -> None:
        self._embedding = embedding or WordLlamaEmbedding()

    def expect(self, dimensions: int | None) -> None:
        """Its vectors always have the same dimensions, and a memory knows it by its name."""

    async def vectors(self, texts: Sequence[str]) -> Vectors:
        """See Embedder."""
        return self._embedding.vectors(texts)


class InThread:
    """A slow embedding of this process: it works in a thread, one text after the other, while the run goes on."""

    def __init__(self, embedding: Embedding) -> None:
        self._embedding = embedding
        self._turn = asyncio.Lock()

    def expect(self, dimensions: int | None) -> None:
        """Its vectors always have the same dimensions, and a memory knows it by its name and content."""

    async def vectors(self, texts: Sequence[str]) -> Vectors:
        """See Embedder."""
        async with self._turn:
            return await asyncio.to_thread(self._embedding.vectors, texts)


class ByEndpoint:
    """Vectors that an endpoint gives, through the gateway: a text that was embedded once in a run is not asked again."""

    def __init__(self, model: Model, gateway: Gateway, batch: int) -> None:
        self._model, self._gateway, self._batch = model, gateway, batch
        self._dimensions = model.dimensions
        self._wanted: dict[str, asyncio.Future[Vectors]] = {}
        """Texts that wait, or are under way."""
        self._waiting: list[str] = []
        self._sending: set[asyncio.Task[None]] = set()

    def expect(self, dimensions: int | None) -> None:
        """See Embedder."""
        self._dimensions = dimensions or self._dimensions

    async def vectors(self, texts: Sequence[str]) -> Vectors:
        """See Embedder."""
        futures = {text: self._want(text) for text in texts if text.strip()}
        if futures:
            await asyncio.wait(futures.values())
        found = {text: future.result() for text, future in futures.items()}
        if len(found) < len(set(texts)) and not self._dimensions:
            raise CallFailed("an empty text has no embedding", fault="empty")
        nowhere = np.zeros(self._dimensions or 0, np.float32)  # endpoints take no empty text, which lies nowhere
        return np.vstack([found.get(text, nowhere) for text in texts])

    def _want(self, text: str) -> asyncio.Future[Vectors]:
        """The vector to come of a text, which is asked for together with others that wait."""
        if text in self._wanted:
            return self._wanted[text]
        self._wanted[text] = future = asyncio.get_running_loop().create_future()
        self._waiting.append(text)
        if len(self._sending) < _AT_ONCE:
            task = asyncio.create_task(self._send())
            self._sending.add(task)
            task.add_done_callback(self._sending.discard)
        return future

    async def _send(self) -> None:
        """Ask for what waits, until nothing does."""
        while self._waiting:
            texts = self._waiting[: self._batch]
            del self._waiting[: self._batch]
            await self._ask(texts)

    async def _ask(self, texts: Sequence[str]) -> None:
        """Ask for texts together; if the endpoint does not take them, for each alone, so that none fails for another."""
        try:
            answers = await self._gateway.embed([embedding_call(self._model, text) for text in texts], self._check)
            for answer in answers:  # also those that the journal knew
                self._check(answer)
        except CallFailed as error:
            if error.fault == FaultKind.DECLINED and len(texts) > 1:
                for text in texts:
                    await self._ask([text])
                return
            self._fail(texts, error)
        except Exception as error:  # noqa: BLE001 - told to all who wait for it
            self._fail(texts, error)
        except BaseException:
            for text in texts:
                self._wanted.pop(text).cancel()
            raise
        else:
            for text, answer in zip(texts, answers, strict=True):
                self._wanted.pop(text).set_result(to_grid(numbers_of(answer)[None].astype(np.float64))[0])

    def _check(self, answer: Answer) -> None:
        """Raise ModelUnavailable if a vector cannot be compared with those before it."""
        size = len(numbers_of(answer))
        if size != (self._dimensions or size):
            raise ModelUnavailable(
                f"embedding.model={self._model.name} at embedding.base_url={self._model.base_url} gives vectors of {size} "
                f"numbers, but the earlier ones have {self._dimensions}: this is another model. Name the earlier one, or "
                "embed the memory anew under another name with python -m graphs.reembed"
            )
        self._dimensions = size

    def _fail(self, texts: Sequence[str], error: Exception) -> None:
        for text in texts:
            future = self._wanted.pop(text)
            future.set_exception(error.fresh() if isinstance(error, RunStopped) else error)
            future.exception()  # it is looked at, also if the one who waited is gone


def embedder_of(chosen: EmbeddingSettings, gateway: Gateway | None) -> Embedder:
    """The embedder that settings mean; without a gateway it has to be a local one. Raises SettingsError, ModelUnavailable."""
    if (model := embedding_model(chosen)) is not None:
        assert gateway is not None
        return ByEndpoint(model, gateway, chosen.batch)
    embedding = local_embedding(chosen)
    assert embedding is not None
    return AtOnce(embedding) if isinstance(embedding, WordLlamaEmbedding) else InThread(embedding)
