"""The archive: the Chroma collection of accepted samples. An index that can be rebuilt, never the dataset."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import orjson

from memory.archive.chroma import Store
from memory.archive.lease import Lease
from memory.vectors.embedding import GRID, Vectors
from memory.vectors.novelty import Neighbours
from memory.words.wording import Wording
from scenarios.errors import MemoryUnavailable
from scenarios.schema.axes import Cell

T = TypeVar("T")
_PAGE = 5000
_TOGETHER = 500
"""Rows in one request: a server takes 40 MB, vectors and texts."""
_READINGS = 5


@dataclass(frozen=True)
class Note:
    """What planning goes by of a sample of another run."""

    id: str
    cell: Cell
    about: str = ""
    """A line of what it is about."""


class Archive:
    """The samples that were accepted before, in this run and in others, under one scope, in a directory or a server.

    Every method raises MemoryUnavailable if the store fails; whatever is half done, doing it again puts it right.
    """

    def __init__(self, store: Store, scope: str, lease: Lease | None = None) -> None:
        self._store = store
        self._scope = scope
        self._lease = lease

    def on_lost(self, tell: Callable[[], None]) -> None:
        """Have `tell` called, in a thread, if another session takes the scope over."""
        if self._lease is not None:
            self._lease.on_lost = tell

    def neighbours(self, run: str) -> tuple[Neighbours, set[str]]:
        """All samples of the scope but those of `run`, ready to be searched; and the ids that `run` has here.

        They are in the order of their ids, so that it does not matter who wrote first, nor how often.
        """
        ids, parts = self._read("embeddings", _vectors)
        own = {id_ for id_ in ids if id_.startswith(key_of(run, ""))}
        order = sorted((place for place, id_ in enumerate(ids) if id_ not in own), key=ids.__getitem__)
        found = Neighbours()
        if order:
            found.extend([ids[place] for place in order], np.concatenate([part for part in parts if len(part)])[order])
        return found, own

    def notes(self, run: str) -> list[Note]:
        """What is noted of the samples of the scope but those of `run`, if something was, in the order of their ids."""
        ids, pages = self._read("metadatas", lambda page: [_noted(kept or {}) for kept in page])
        noted = itertools.chain.from_iterable(pages)
        found = sorted(
            (id_, *kept) for id_, kept in zip(ids, noted, strict=True) if not id_.startswith(key_of(run, ""))
        )
        known = {text: _cell(text) for _, text, _ in found}
        return [Note(id_, known[text], about) for id_, text, about in found if known[text]]

    def texts(self, ids: Sequence[str]) -> list[str]:
        """The texts of samples, in their order; empty if one was removed meanwhile."""
        found: dict[str, str] = {}
        for start in range(0, len(ids), _PAGE):
            with self._store.asked():
                page = self._store.collection.get(ids=list(ids[start : start + _PAGE]), include=["documents"])
            found.update(zip(page["ids"], page["documents"], strict=True))
        return [found.get(id_) or "" for id_ in ids]

    def _read(self, field: str, taken: Callable[[Any], T]) -> tuple[list[str], list[T]]:
        """The ids of the scope, and of each page what is `taken` of a field."""
        for _ in range(_READINGS):
            if (found := self._read_through(field, taken)) is not None:
                return found
        raise MemoryUnavailable(f"{self._store.name}: other runs remove samples while it is read; try again")

    def _read_through(self, field: str, taken: Callable[[Any], T]) -> tuple[list[str], list[T]] | None:
        """All of the scope, page by page; None if a removal moved the pages.

        Each page begins with the last sample of the one before it: had anything before it been removed, it would not.
        """
        ids: list[str] = []
        parts: list[T] = []
        while True:
            met = min(1, len(ids))
            with self._store.asked():
                page = self._store.collection.get(
                    where={"scope": self._scope}, limit=_PAGE, offset=len(ids) - met, include=[field]
                )
            if page["ids"][:met] != ids[len(ids) - met :]:
                return None
            ids += page["ids"][met:]
            parts.append(taken(page[field][met:]))
            if len(page["ids"]) < _PAGE:
                return ids, parts

    def remember(
        self, run: str, ids: Sequence[str], vectors: Vectors, wordings: Sequence[Wording], notes: Sequence[Note] = ()
    ) -> None:
        """Store accepted samples, each with its note if there are notes; storing one again changes nothing."""
        owner = {"run": run, "scope": self._scope}
        told = [{"cell": orjson.dumps(dict(note.cell)).decode(), "about": note.about} for note in notes]
        noted = [{**owner, **each} for each in told] or [owner] * len(ids)
        kept = [each | names_noted(wording) for each, wording in zip(noted, wordings, strict=True)]
        for start in range(0, len(ids), _TOGETHER):
            part = slice(start, start + _TOGETHER)
            self._store.put(ids[part], vectors[part], [wording.text for wording in wordings[part]], kept[part])

    def forget(self, ids: Sequence[str]) -> None:
        """Remove samples that are no longer accepted."""
        for start in range(0, len(ids), _TOGETHER):
            with self._store.asked():
                self._store.collection.delete(ids=list(ids[start : start + _TOGETHER]))

    def close(self) -> None:
        """Close the store; give the scope free."""
        if self._lease is not None:
            self._lease.release()
        self._store.close()


def _noted(kept: Mapping[str, Any]) -> tuple[str, str]:
    """The texts of a sample's note."""
    return str(kept.get("cell", "")), str(kept.get("about", ""))


def _vectors(page: Any) -> Vectors:
    return np.rint(np.asarray(page, np.float64) * GRID).astype(np.float32)


def names_noted(wording: Wording) -> dict[str, str]:
    """A wording's names as a row notes them: without them its vector could not be made again."""
    return {"names": orjson.dumps(wording.names).decode()} if wording.names else {}


def wording_noted(text: str | None, kept: Mapping[str, Any] | None) -> Wording:
    """The wording of a row. Rows of an earlier version have no names, nor those of another program: their vectors are of the
    whole text."""
    try:
        names = orjson.loads((kept or {}).get("names") or "[]")
    except orjson.JSONDecodeError:
        names = []
    return Wording(text or "", tuple(map(str, names)) if isinstance(names, list) else ())


def _cell(text: str) -> Cell:
    """A cell from its text; none if there is no text, or another program wrote it."""
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return {}
    return {str(axis): str(name) for axis, name in found.items()} if isinstance(found, dict) else {}


def key_of(run: str, id_: str) -> str:
    """A sample's id in the archive: two runs with one seed make the same sample ids."""
    return f"{run}/{id_}"
