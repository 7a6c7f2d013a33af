"""The command: `python -m graphs.reembed memory.path=DIR embedding.KEY=VALUE …`.

Embeds every sample of a memory anew, so that runs with another embedding can use it.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import sys
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from agents.models.limits.ledger import Budget, Ledger
from graphs.campaign.vectors import ByEndpoint, Embedder, embedder_of
from graphs.running.gateway import journaled_gateway
from graphs.settings.addresses import Address
from graphs.settings.embedding import EmbeddingSettings, embedding_model, naming_of
from graphs.settings.guarding import Guarded
from graphs.settings.keys import explain, help_text, keys, parse_arguments
from graphs.settings.layers import over
from graphs.settings.own import own_settings
from graphs.shell.command import answer
from graphs.shell.exits import Exit
from graphs.shell.interrupts import winding_down
from graphs.shell.process import loop_factory, one_blas_thread, say
from memory.archive.chroma import Store, open_directory, open_server
from memory.archive.reembedding import Reembedding, leave
from memory.journal.journal import Journal
from memory.journal.recovery import create, exists
from memory.vectors.embedding import Naming
from scenarios.errors import CallFailed, RunStopped, SettingsError, UserError
from scenarios.frozen import Frozen

_EVERY_S = 5.0
_JOURNAL = "reembed.sqlite"


class MemoryPlace(Frozen):
    """Where the memory is."""

    path: Guarded = Field("runs/memory", description="a Chroma directory")
    url: Address = Field("", description="a Chroma server in place of memory.path")


class Limits(Frozen):
    """What it may cost."""

    calls: int | None = Field(None, ge=1, description="a hard limit on requests, failed ones included")
    tokens: int | None = Field(None, ge=1, description="a hard limit on tokens")
    usd: float | None = Field(None, gt=0, description="a hard limit on USD, as the price says")


class ReembedSettings(Frozen):
    """Every setting of the command."""

    memory: MemoryPlace = MemoryPlace()
    embedding: EmbeddingSettings = EmbeddingSettings()
    budget: Limits = Limits()
    concurrency: int = Field(4, ge=1, le=4096, description="requests in flight")


KEYS = tuple(keys(ReembedSettings))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code: a member of Exit."""
    with one_blas_thread():
        return answer(arguments, _help, _reembed)


def _help() -> str:
    return (
        "usage: python -m graphs.reembed memory.path=DIR|memory.url=URL [embedding.KEY=VALUE …]\n\n"
        "Embeds every sample of a memory anew, so that runs with another embedding can use it. The old vectors stay in\n"
        "use until the new ones are complete. If the command is stopped or killed, the same command continues, and no\n"
        "answer of an endpoint is paid for twice.\n\n"
        f"keys, with their defaults:\n{help_text(ReembedSettings)}\n\n"
        "exit codes: 0 done, or nothing to do · 3 stopped early, with the memory as it was · 2 a mistake in the input"
        " · 130 interrupted · 1 a fault of ours"
    )


def _reembed(words: list[str]) -> int:
    settings = _settings(words)
    naming = naming_of(settings.embedding)
    store = _opened(settings.memory)
    try:
        if store.embedding == naming.name:
            if not leave(store):  # else the journal is of an attempt that may be made again
                _forget(_journal_of(settings.memory))
            print(f"{store.name}: its samples are embedded with {naming.name} already: nothing to do")
            return Exit.DONE
        with winding_down(), asyncio.Runner(loop_factory=loop_factory()) as runner:
            return runner.run(_embed_anew(store, naming, settings))
    finally:
        store.close()


def _settings(words: Sequence[str]) -> ReembedSettings:
    own = {key: value for key, value in own_settings().items() if key in ("memory", "embedding")}
    own["memory"] = {key: value for key, value in own.get("memory", {}).items() if key in MemoryPlace.model_fields}
    try:
        settings = ReembedSettings.model_validate(over(own, parse_arguments(words)))
    except ValidationError as error:
        raise SettingsError(explain(error, model=ReembedSettings)) from None
    if settings.memory.url and "path" in settings.memory.model_fields_set:
        raise SettingsError("memory.path and memory.url are both given: leave one of them out")
    return settings


def _opened(place: MemoryPlace) -> Store:
    """The memory as it is. Raises UserError if there is none."""
    if place.url:
        return open_server(place.url, None)
    if not (Path(place.path) / "chroma.sqlite3").is_file():
        raise UserError(f"memory.path={place.path}: holds no memory; give the directory that runs named as memory.path")
    return open_directory(Path(place.path), None)


async def _embed_anew(store: Store, naming: Naming, settings: ReembedSettings) -> int:
    """Embed what lacks a vector, and change over. Raises UserError; returns the exit code."""
    before, work, last = store.embedding, Reembedding(store, naming), time.monotonic()
    journal = _journal_of(settings.memory)
    async with _embedder(settings, journal) as (embedder, ledger):
        embedder.expect(work.dimensions)
        try:
            for rows in work.lacking():
                texts = rows.texts()
                work.put(rows, await embedder.vectors(texts))
                if (now := time.monotonic()) - last > _EVERY_S:
                    last = now
                    say(f"colloquia: {work.done:,} of {work.whole:,} samples embedded")
        except RunStopped as stopped:
            say(f"colloquia: stopped: {stopped}; {work.done:,} of {work.whole:,} samples are embedded, and the memory is as "
                "it was; the same command continues")  # fmt: skip
            return Exit.EARLY
        except CallFailed as error:
            raise UserError(
                f"{store.name}: {naming.name} gives no vector for a sample: {error}; the memory is as it was"
            ) from None
        count = work.whole
        work.finish()
    _forget(journal)
    print(f"{store.name}: {count:,} samples embedded anew with {naming.name} (before: {before}){_cost(ledger)}")
    return Exit.DONE


@contextlib.asynccontextmanager
async def _embedder(settings: ReembedSettings, path: Path) -> AsyncIterator[tuple[Embedder, Ledger]]:
    """The embedder; what an endpoint answers is kept in the journal at `path` before anything uses it."""
    budget, model = Budget(**settings.budget.model_dump()), embedding_model(settings.embedding)
    if model is None:
        yield embedder_of(settings.embedding, None), Ledger(budget)
        return
    if not exists(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        create(path, {"run": "reembed", "binding": "{}"})
    journal = Journal(path)
    if journal.notice:
        say(f"colloquia: {journal.notice}")
    journal.start()
    gateway = journaled_gateway(journal, [model], budget=budget, concurrency=settings.concurrency)
    try:
        yield ByEndpoint(model, gateway, settings.embedding.batch), gateway.ledger
    finally:
        await gateway.close()
        journal.close()


def _journal_of(place: MemoryPlace) -> Path:
    """The file beside the memory that holds what was paid for; of a server, among the runs."""
    if place.url:
        return Path("runs") / f"reembed-{re.sub(r'[^a-zA-Z0-9.]+', '-', place.url.partition('://')[2])}.sqlite"
    return Path(place.path) / _JOURNAL


def _forget(journal: Path) -> None:
    """Remove a journal whose answers are all in the memory."""
    for beside in ("", "-wal", "-shm"):
        journal.with_name(f"{journal.name}{beside}").unlink(missing_ok=True)


def _cost(ledger: Ledger) -> str:
    if not ledger.requests:
        return ""
    usd = f", ${ledger.usd:.6f}" if ledger.usd else ""
    return f"; {ledger.requests:,} requests, {ledger.tokens:,} tokens{usd}"


if __name__ == "__main__":
    sys.exit(main())
