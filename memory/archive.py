"""The archive: the Chroma collection of accepted samples. An index that can be rebuilt, never the dataset."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memory.chroma import Store, blank_memory
from memory.embedding import DIMENSIONS, GRID, Vectors
from memory.novelty import Neighbours
from scenarios.errors import MemoryUnavailable

_PAGE = 5000
_TOGETHER = 500
"""Rows in one request: a server takes 40 MB, vectors and texts."""
_READINGS = 5


class Archive:
    """The samples that were accepted before, in this run and in others, under one scope, in a directory or a server.

    Every method raises MemoryUnavailable where the store fails; nothing is half done that doing it again would not mend.
    """

    def __init__(self, store: Store, scope: str) -> None:
        self._store = store
        self._scope = scope

    def neighbours(self, run: str) -> tuple[Neighbours, set[str]]:
        """All samples of the scope but those of `run`, ready to be searched; and the ids that `run` has here.

        They are in the order of their ids, so that it does not matter who wrote first, nor how often.
        """
        ids, vectors = self._read()
        own = {id_ for id_ in ids if id_.startswith(key_of(run, ""))}
        order = sorted((place for place, id_ in enumerate(ids) if id_ not in own), key=ids.__getitem__)
        found = Neighbours()
        found.extend([ids[place] for place in order], vectors[order])
        return found, own

    def texts(self, ids: Sequence[str]) -> list[str]:
        """The texts of samples, in their order; empty where one was removed meanwhile."""
        found: dict[str, str] = {}
        for start in range(0, len(ids), _PAGE):
            with self._store.asked():
                page = self._store.collection.get(ids=list(ids[start : start + _PAGE]), include=["documents"])
            found.update(zip(page["ids"], page["documents"], strict=True))
        return [found.get(id_) or "" for id_ in ids]

    def _read(self) -> tuple[list[str], Vectors]:
        for _ in range(_READINGS):
            if (found := self._read_through()) is not None:
                return found
        raise MemoryUnavailable(f"{self._store.name}: other runs remove samples while it is read; try again")

    def _read_through(self) -> tuple[list[str], Vectors] | None:
        """All of the scope, page by page; None where a removal moved the pages.

        Each page begins with the last sample of the one before it: had anything before it been removed, it would not.
        """
        ids: list[str] = []
        parts: list[Vectors] = []
        while True:
            met = min(1, len(ids))
            with self._store.asked():
                page = self._store.collection.get(
                    where={"scope": self._scope}, limit=_PAGE, offset=len(ids) - met, include=["embeddings"]
                )
            if page["ids"][:met] != ids[len(ids) - met :]:
                return None
            ids += page["ids"][met:]
            read = np.asarray(page["embeddings"], np.float64).reshape(-1, DIMENSIONS)
            parts.append(np.rint(read[met:] * GRID).astype(np.float32))
            if len(page["ids"]) < _PAGE:
                return ids, np.concatenate(parts)

    def remember(self, run: str, ids: Sequence[str], vectors: Vectors, documents: Sequence[str]) -> None:
        """Store accepted samples; storing one again changes nothing."""
        for start in range(0, len(ids), _TOGETHER):
            part = slice(start, start + _TOGETHER)
            with self._store.asked(), blank_memory():
                self._store.collection.upsert(
                    ids=list(ids[part]),
                    embeddings=vectors[part] / np.float32(GRID),
                    documents=list(documents[part]),
                    metadatas=[{"run": run, "scope": self._scope}] * len(ids[part]),
                )

    def forget(self, ids: Sequence[str]) -> None:
        """Remove samples that are no longer accepted."""
        for start in range(0, len(ids), _TOGETHER):
            with self._store.asked():
                self._store.collection.delete(ids=list(ids[start : start + _TOGETHER]))

    def close(self) -> None:
        """Close the store."""
        self._store.close()


def key_of(run: str, id_: str) -> str:
    """A sample's id in the archive: two runs with one seed make the same sample ids."""
    return f"{run}/{id_}"
