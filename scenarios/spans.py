"""Spans: where a run's time goes, told to a listener while it happens. Without a listener they cost next to nothing.

Run, sample, step and model call each open one; who listens (OpenTelemetry, in `graphs.observe.switch`) nests them by the
task that they are opened in.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from typing import NamedTuple, Protocol

Value = str | int | float | bool | Sequence[str]
"""What an attribute may be."""


class SpanPlace(NamedTuple):
    """A span by its numbers, so that another process can go on inside it."""

    trace: int
    span: int


class Span(Protocol):
    """A stretch of work that is being timed."""

    def note(self, attributes: Mapping[str, Value]) -> None:
        """Add attributes."""
        ...

    def fail(self, kind: str) -> None:
        """Mark it as failed, by the class of the error and without its words: they may quote a prompt."""
        ...


class Listener(Protocol):
    """Who hears of spans."""

    @property
    def words(self) -> bool:
        """True if the words of prompts and answers are wanted, too."""
        ...

    def span(
        self, name: str, attributes: Mapping[str, Value], *, outside: bool = False
    ) -> AbstractContextManager[Span]:
        """Open a span inside the current one; `outside` says that the work is done by another process.

        An exception that leaves it marks it as failed.
        """
        ...

    def here(self) -> SpanPlace | None:
        """The current span."""
        ...

    def at(self, place: SpanPlace) -> AbstractContextManager[None]:
        """Go on inside a span of another process."""
        ...


class _Nothing:
    """The span that nobody hears of."""

    def __enter__(self) -> _Nothing:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing was opened."""

    def note(self, attributes: Mapping[str, Value]) -> None:
        """Nobody listens."""

    def fail(self, kind: str) -> None:
        """Nobody listens."""


_NOTHING = _Nothing()
_LISTENER: ContextVar[Listener | None] = ContextVar("listener", default=None)


def listener() -> Listener | None:
    """Who listens here. Ask it if attributes take work to put together."""
    return _LISTENER.get()


def span(name: str, attributes: Mapping[str, Value]) -> AbstractContextManager[Span]:
    """Time a block of work. Names are few (`step judge`); what varies goes into the attributes."""
    heard = _LISTENER.get()
    return _NOTHING if heard is None else heard.span(name, attributes)


def here() -> SpanPlace | None:
    """The current span, to continue elsewhere; None if nobody listens."""
    heard = _LISTENER.get()
    return None if heard is None else heard.here()


def at(place: SpanPlace | None) -> AbstractContextManager[None]:
    """Go on inside a span of another process, which `here` named there."""
    heard = _LISTENER.get()
    return nullcontext() if heard is None or place is None else heard.at(place)


@contextmanager
def listen(who: Listener | None) -> Iterator[None]:
    """Let `who` listen to what the block does, in whatever tasks it starts; None for nobody."""
    token = _LISTENER.set(who)
    try:
        yield
    finally:
        _LISTENER.reset(token)
