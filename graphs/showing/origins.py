"""Where each part of a scenario came from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any

from graphs.showing.document import Document
from scenarios.loading import is_packaged


class Origin(StrEnum):
    """Who says a part."""

    YOURS = "yours"
    SCENARIO = "scenario"
    """A scenario that ships says it."""
    DEFAULT = "default"
    MIXED = ""
    """Its parts come from different places."""


_ABSENT = object()
_EXAMPLES = 3


class Origins:
    """The origins of a document's parts."""

    def __init__(self, document: Document) -> None:
        self._document = document
        self.own = Origin.SCENARIO if is_packaged(document.path) else Origin.YOURS

    def of(self, path: Sequence[str]) -> Origin:
        """Where the part at a path of keys came from."""
        if not self._document.is_short:
            return self.own if _at(self._document.given, path) is not _ABSENT else Origin.DEFAULT
        given = self._given(path)
        if given is _ABSENT:
            return Origin.DEFAULT
        whole = _at(self._document.whole, path)
        if not isinstance(whole, Mapping) or not isinstance(given, Mapping):
            return self.own
        return self.own if set(whole) <= set(given) and len(path) > 1 else Origin.MIXED

    def _given(self, path: Sequence[str]) -> Any:
        if tuple(path) == ("about",) and "about" not in self._document.given:
            path = ("description",)
        found = _at(self._document.given, path)
        # A part that is null where nothing is by default is as good as left out; else it takes the default away.
        return _ABSENT if found is None and len(path) == 1 else found

    def in_words(self, path: Sequence[str]) -> str:
        """The same for a reader, with what else is to know of it."""
        return ", ".join(filter(None, [str(self.of(path)), self.detail(path)]))

    def detail(self, path: Sequence[str]) -> str:
        """What a reader cannot see: how many personas a file has, how long a policy is."""
        value = _at(self._document.whole, path)
        if value is None:
            return "left out"
        from_file = isinstance(value, Mapping) and isinstance(value.get("file"), str) and path[0] == "axes"
        if from_file or (len(path) > 2 and path[-1] == "personas"):
            return self._count(path[1])
        if tuple(path) == ("documents",) and (found := self._document.loaded.passages):
            return _counted([f"{one.id} ({one.title})" for one in found], "passages")
        if tuple(path) == ("tools",):
            return _counted([one.name for one in self._document.loaded.tools], "tools")
        if tuple(path) == ("policy",) and self._document.is_short:
            return f"{len(str(value).split())} words"
        return ""

    def _count(self, axis: str) -> str:
        """How many values an axis has, and three of them."""
        plan = self._document.loaded.scenario.axes.get(axis)
        if plan is None:
            return "none"
        names = [value.name for value in plan.values]
        if plan.ideate:
            return f"{len(names)} values that a model proposes when a run begins"
        return _counted(names, "values")

    def of_prompt(self, file: str) -> Origin:
        """Where a prompt's file came from: after an `@` it is one that scenarios share."""
        return Origin.DEFAULT if file.startswith("@") else self.own


def _counted(names: Sequence[str], what: str) -> str:
    """How many there are, and three of them."""
    examples = f": {'; '.join(names[:_EXAMPLES])}{' …' if len(names) > _EXAMPLES else ''}" if names else ""
    return f"{len(names)} {what}{examples}"


def _at(data: Any, path: Sequence[str]) -> Any:
    for key in path:
        if not isinstance(data, Mapping) or key not in data:
            return _ABSENT
        data = data[key]
    return data
