"""What one rendering may use up: steps, the size of what it makes, and how deep it calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from itertools import islice
from typing import Any

from jinja2.exceptions import TemplateRuntimeError
from jinja2.runtime import LoopContext
from jinja2.utils import Cycler

MOST_STEPS = 50_000
MOST_SIZE = 1_000_000
"""Characters of a text, or of all that a list or mapping holds, written out."""
_MOST_DEPTH = 40
_MOST_BITS = 512
_CHARACTERS_A_STEP = 200


class TooMuch(TemplateRuntimeError):
    """A template does more than a prompt needs."""


class RenderBudget:
    """The budget of one rendering."""

    __slots__ = ("_depth", "_sizes", "_steps")

    def __init__(self) -> None:
        self._steps = 0
        self._depth = 0
        self._sizes: dict[int, tuple[Any, int, int]] = {}
        """Lists and mappings by their address, each held so that no other gets it, with size and depth."""

    def spend(self, steps: int) -> None:
        """Take steps. Raises TooMuch."""
        self._steps += steps
        if self._steps > MOST_STEPS:
            raise TooMuch(f"the template takes more than {MOST_STEPS:,} steps; use shorter loops")

    @contextmanager
    def deeper(self) -> Iterator[None]:
        """One call more that has not ended. Raises TooMuch."""
        self._depth += 1
        try:
            if self._depth > _MOST_DEPTH:
                raise TooMuch(f"macros call each other more than {_MOST_DEPTH} deep")
            yield
        finally:
            self._depth -= 1

    def made(self, value: Any) -> Any:
        """A value that the template made, an iterator as the list of what it gives. Raises TooMuch."""
        if isinstance(value, str):
            check_size(len(value))
            self.spend(len(value) // _CHARACTERS_A_STEP)
        elif isinstance(value, int):
            if value.bit_length() > _MOST_BITS:
                raise TooMuch("a number grows too large")
        elif isinstance(value, list | tuple | dict | set | frozenset):
            self.spend(len(value))
            self.size(value)
        elif iterates(value):
            return self.made(self.taken(value))
        return value

    def taken(self, values: Iterable[Any]) -> list[Any]:
        """What an iterator gives, as a list. Raises TooMuch."""
        found = list(islice(values, MOST_STEPS + 1))
        self.spend(len(found))
        return found

    def looked_at(self, value: Any) -> Any:
        """A value that is searched or compared as a whole."""
        if isinstance(value, str):
            self.spend(len(value) // _CHARACTERS_A_STEP)
        elif isinstance(value, list | tuple | dict | range):
            self.spend(len(value))
        return value

    def size(self, value: Any) -> int:
        """The characters of a value, written out, about. Raises TooMuch."""
        return self._measured(value)[0]

    def _measured(self, value: Any) -> tuple[int, int]:
        if isinstance(value, str):
            return len(value) + 1, 0
        if not isinstance(value, list | tuple | dict | set | frozenset):
            return (len(value) if isinstance(value, range) else 8), 0
        if known := self._sizes.get(id(value)):
            return known[1:]
        size, depth = 1, 0
        parts = (part for pair in value.items() for part in pair) if isinstance(value, Mapping) else value
        for part in parts:
            inner, below = self._measured(part)
            size, depth = size + inner, max(depth, below + 1)
        check_size(size)
        if depth > _MOST_DEPTH:
            raise TooMuch(f"lists lie more than {_MOST_DEPTH} deep in each other")
        self._sizes[id(value)] = value, size, depth
        return size, depth


def check_size(size: int) -> None:
    """Raises TooMuch if that many characters are more than a template may make."""
    if size > MOST_SIZE:
        raise TooMuch(f"the template makes more than {MOST_SIZE:,} characters")


_VIEWS: tuple[type, ...] = (type({}.keys()), type({}.values()), type({}.items()))


def iterates(value: Any) -> bool:
    """Whether a value is an iterator, or a view of a mapping: its own text would be Python's, with an address."""
    return isinstance(value, (Iterator, *_VIEWS)) and not isinstance(value, Cycler | LoopContext)


_CURRENT: ContextVar[RenderBudget | None] = ContextVar("template budget", default=None)


def budget() -> RenderBudget:
    """The budget of the rendering that is under way; of a template that is only compiled, a new one."""
    return _CURRENT.get() or RenderBudget()


def within_budget(work: Callable[[], str]) -> str:
    """Render within a budget of its own."""
    token = _CURRENT.set(RenderBudget())
    try:
        return work()
    finally:
        _CURRENT.reset(token)
