"""A gateway whose answers are kept in a journal: the one place where a command gets its way to models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from agents.models.calls import Model, Transport
from agents.models.gateway import Gateway
from agents.models.limits.in_flight import AdaptiveLimit
from agents.models.limits.ledger import Budget, Ledger
from graphs.files.calls import JournalStore, restored
from graphs.settings.models import transports_of
from memory.journal.journal import Journal


def journaled_gateway(
    journal: Journal,
    models: Iterable[Model],
    weights: Path | None = None,
    *,
    budget: Budget | None = None,
    concurrency: int = 4,
    slots: int = 0,
    by_role: Mapping[str, Model] | None = None,
    tools: Mapping[tuple[str, str], Transport] | None = None,
    others: Sequence[Path] = (),
) -> Gateway:
    """The one way to `models`: every answer is in `journal` before anything uses it, and what it cost counts.

    `slots` is how many prompts the embedded model keeps; `weights` are its weights; `by_role` says whose prices hold for
    tokens that had none when they were spent; `tools` are the transports of real calls of tools, which it closes; `others` are journals of runs
    that are over, whose answers need not be paid for again. Raises ModelUnavailable.
    """
    reached = list(models)
    ledger = Ledger(budget or Budget())
    restored(ledger, journal, by_role)
    limit = AdaptiveLimit(concurrency)
    store = JournalStore(journal, others)
    transports = {**transports_of(reached, weights, slots), **(tools or {})}
    gateway = Gateway(transports, store, ledger, limit, batches=store)
    for model in reached:
        gateway.limit_rate(model)
    return gateway
