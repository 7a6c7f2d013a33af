"""A memory embedded anew: a collection is filled beside the old one and takes its place when it is whole.

Until then the old one stays as it is. A kill at any moment leaves one of the two in use, and doing it again goes on: rows
that the new one has already are passed over. Between the end of the old collection and the new one's name there is a
moment with the new one alone, which whoever opens the memory next brings to its end (`memory.archive.chroma`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from memory.archive.archive import wording_noted
from memory.archive.chroma import COLLECTION, NEXT, Store, blank_memory, embedding_of, made, put
from memory.vectors.embedding import Naming, Vectors
from scenarios.errors import MemoryUnavailable

_PAGE = 500
_PASSES = 5


@dataclass(frozen=True)
class Rows:
    """Samples that have no vector of the new embedding yet."""

    ids: list[str]
    documents: list[str]
    metadatas: list[dict[str, Any]]

    def texts(self) -> list[str]:
        """What their vectors are of."""
        return [wording_noted(*row).embedded for row in zip(self.documents, self.metadatas, strict=True)]


class Reembedding:
    """The samples of `store`, of all scopes, on their way to another embedding. Raises MemoryUnavailable throughout."""

    def __init__(self, store: Store, naming: Naming) -> None:
        self._store = store
        with store.asked():
            self._new = made(store.client, NEXT, naming)
            if embedding_of(self._new) != naming.name:  # left behind by an attempt with a third embedding
                store.client.delete_collection(NEXT)
                self._new = made(store.client, NEXT, naming)

    @property
    def whole(self) -> int:
        """How many samples there are."""
        with self._store.asked():
            return int(self._store.collection.count())

    @property
    def done(self) -> int:
        """How many have a vector of the new embedding."""
        with self._store.asked():
            return int(self._new.count())

    @property
    def dimensions(self) -> int | None:
        """Of the new vectors; None while there is none."""
        return (self._new.metadata or {}).get("dimensions")

    def lacking(self) -> Iterator[Rows]:
        """The samples that lack a vector, some at a time, until none does: each has to be `put` before the next.

        Other runs may store in a server meanwhile: what they add or take away is seen, too.
        """
        for _ in range(_PASSES):
            found, there = False, set[str]()
            for page in self._pages():
                there.update(page.ids)
                if rows := self._unlike(page):
                    found = True
                    yield rows
            self._forget_but(there)
            if not found and self.done == self.whole:
                return
        raise MemoryUnavailable(
            f"{self._store.name}: other runs write to it all the time; wait until they end, and try again"
        )

    def put(self, rows: Rows, vectors: Vectors) -> None:
        """Store the vectors of samples, shape (n, dimensions)."""
        with self._store.asked(), blank_memory():
            put(self._new, rows.ids, vectors, rows.documents, rows.metadatas)

    def finish(self) -> None:
        """Let the new collection take the place of the old one."""
        with self._store.asked():
            self._store.client.delete_collection(COLLECTION)
            self._new.modify(name=COLLECTION)

    def _pages(self) -> Iterator[Rows]:
        offset = 0
        while True:
            with self._store.asked():
                page = self._store.collection.get(limit=_PAGE, offset=offset, include=["documents", "metadatas"])
            if page["ids"]:
                yield Rows(page["ids"], page["documents"], page["metadatas"])
            if len(page["ids"]) < _PAGE:
                return
            offset += _PAGE

    def _unlike(self, page: Rows) -> Rows | None:
        """Those rows of a page that the new collection does not have as they are."""
        with self._store.asked():
            known = self._new.get(ids=page.ids, include=["documents", "metadatas"])
        same = dict(zip(known["ids"], zip(known["documents"], known["metadatas"], strict=True), strict=True))
        rows = [
            row for row in zip(page.ids, page.documents, page.metadatas, strict=True) if same.get(row[0]) != row[1:]
        ]
        return Rows(*map(list, zip(*rows, strict=True))) if rows else None

    def _forget_but(self, there: set[str]) -> None:
        """Take away what the old collection does not hold any more."""
        with self._store.asked():
            gone = sorted(set(self._new.get(include=[])["ids"]) - there)
            for start in range(0, len(gone), _PAGE):
                self._new.delete(ids=gone[start : start + _PAGE])


def leave(store: Store) -> bool:
    """Drop what an attempt with another embedding left beside the memory; returns whether there was something."""
    with store.asked():
        found = NEXT in {each.name for each in store.client.list_collections()}
        if found:
            store.client.delete_collection(NEXT)
    return found
