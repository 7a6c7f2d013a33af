"""The archive: the Chroma collection of accepted samples. An index that can be rebuilt, never the dataset."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from memory.embedding import DIMENSIONS, GRID, NAME, Vectors
from memory.novelty import Neighbours
from scenarios.errors import MemoryInUse, UserError

_COLLECTION = "samples"
_PAGE = 5000


class Archive:
    """The samples that were accepted before, in this run and in earlier ones, under one scope.

    `path` is a directory with one owner: it is locked while it is open. Raises MemoryInUse where another
    process owns it, UserError where it cannot be used.
    """

    def __init__(self, path: Path, scope: str) -> None:
        self._scope = scope
        self._lock = _locked(path)
        try:
            self._client, self._collection = _open(path)
        except BaseException:
            self._lock.close()
            raise

    def neighbours(self, run: str) -> tuple[Neighbours, set[str]]:
        """All samples of the scope but those of `run`, ready to be searched; and the ids that `run` has here."""
        found = Neighbours()
        own: set[str] = set()
        rows: list[tuple[int, str, Any]] = []
        for offset in range(0, self._collection.count(), _PAGE):
            page = self._collection.get(limit=_PAGE, offset=offset, include=["embeddings", "metadatas"])
            for id_, vector, about in zip(page["ids"], page["embeddings"], page["metadatas"], strict=True):
                if about["run"] == run:
                    own.add(id_)
                elif about["scope"] == self._scope:
                    rows.append((int(about["order"]), id_, vector))
        for _, id_, vector in sorted(rows, key=lambda row: row[:2]):
            found.add(id_, np.rint(np.asarray(vector, np.float64) * GRID).astype(np.float32))
        return found, own

    def remember(self, run: str, ids: Sequence[str], vectors: Vectors, documents: Sequence[str]) -> None:
        """Store accepted samples; storing one again changes nothing."""
        for start in range(0, len(ids), _PAGE):
            part = slice(start, start + _PAGE)
            size = self._collection.count()
            self._collection.upsert(
                ids=list(ids[part]),
                embeddings=vectors[part] / np.float32(GRID),
                documents=list(documents[part]),
                metadatas=[
                    {"run": run, "scope": self._scope, "order": size + place} for place in range(len(ids[part]))
                ],
            )

    def forget(self, ids: Sequence[str]) -> None:
        """Remove samples that are no longer accepted."""
        if ids:
            self._collection.delete(ids=list(ids))

    def close(self) -> None:
        """Close Chroma and give the directory free."""
        self._client.close()
        self._lock.close()


def key_of(run: str, id_: str) -> str:
    """A sample's id in the archive: two runs with one seed make the same sample ids."""
    return f"{run}/{id_}"


def _locked(path: Path) -> IO[str]:
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = (path / "owner.lock").open("a+")
    except OSError as error:
        raise UserError(f"memory.path={path}: cannot be written: {error.strerror}") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        owner = lock.read().strip()
        lock.close()
        raise MemoryInUse(
            f"memory.path={path}: is in use by process {owner or 'unknown'}; wait for it, or give another memory.path"
        ) from None
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def _open(path: Path) -> tuple[Any, Any]:
    import chromadb
    from chromadb.config import Settings
    from chromadb.errors import ChromaError

    try:
        client: Any = chromadb.PersistentClient(str(path), settings=Settings(anonymized_telemetry=False))
        collection = client.get_or_create_collection(
            _COLLECTION,
            embedding_function=None,
            metadata={"embedding": NAME, "dimensions": DIMENSIONS, "hnsw:space": "cosine"},
        )
    except (ChromaError, ValueError, OSError) as error:
        raise UserError(f"memory.path={path}: Chroma cannot open it: {' '.join(str(error).split())}") from None
    made_with = (collection.metadata or {}).get("embedding")
    if made_with != NAME:
        client.close()
        raise UserError(
            f"memory.path={path}: was made with the embedding '{made_with}', not '{NAME}'; give another memory.path"
        )
    return client, collection
