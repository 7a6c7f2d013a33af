"""Where the archive is kept: a Chroma directory with one owner, or a Chroma server that several runs share."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import numpy as np

from memory.lock import Owned, own
from memory.vectors.embedding import GRID, WORDLLAMA, Naming, Vectors
from scenarios.errors import MemoryInUse, MemoryUnavailable, UserError

COLLECTION, NEXT = "samples", "samples-reembedded"
"""The collection of samples, and the one beside it that is to take its place."""
_DATABASE, _LOCK = "chroma.sqlite3", "owner.lock"
_ANSWER_S = 30.0
"""Seconds within which a server has to answer a request."""


@dataclass(frozen=True)
class Store:
    """An open Chroma collection. `name` is the setting it was opened with, for the errors."""

    name: str
    client: Any
    collection: Any
    lock: IO[str] | None = None

    @property
    def embedding(self) -> str:
        """The name of the embedding that its vectors are of; `?` if another program made it."""
        return embedding_of(self.collection)

    def put(
        self, ids: Sequence[str], vectors: Vectors, documents: Sequence[str], metadatas: Sequence[Mapping[str, Any]]
    ) -> None:
        """Store rows, at most a request's worth. Raises MemoryUnavailable."""
        with self.asked(), blank_memory():
            put(self.collection, ids, vectors, documents, metadatas)

    def asked(self) -> contextlib.AbstractContextManager[None]:
        """Around each use of `collection`: whatever fails there is raised as MemoryUnavailable."""
        return _asked(self.name)

    def close(self) -> None:
        """Close Chroma; give a directory free."""
        self.client.close()
        if self.lock is not None:
            self.lock.close()


def open_directory(path: Path, naming: Naming | None = WORDLLAMA) -> Store:
    """Open the directory `path`, and lock it: one process owns it. Its vectors are of the embedding `naming`, or, if
    that is None, of whatever it has.

    Raises MemoryInUse if another process owns it, UserError if it cannot be used.
    """
    import chromadb

    name = f"memory.path={path}"
    _check_ours(path, name)
    lock = _locked(path, name)
    try:
        with _asked(name):
            client: Any = chromadb.PersistentClient(str(path), settings=_settings())
        return Store(name, client, _collection(client, name, naming), lock)
    except BaseException:
        lock.close()
        raise


def open_server(url: str, naming: Naming | None = WORDLLAMA) -> Store:
    """Open the Chroma server at `url`: http or https, host, port, and a path if it has one. Of `naming` as
    `open_directory`.

    Raises MemoryUnavailable if it does not answer as Chroma, UserError if it cannot be used.
    """
    import chromadb

    address, ssl, port = _address(url)
    name = f"memory.url={url}"
    _greet(address, name)
    with _asked(name):
        settings = _settings(chroma_server_host=address, chroma_server_http_port=port)
        client: Any = chromadb.HttpClient(address, port, ssl, settings=settings)
        client._server._session.timeout = _ANSWER_S  # chromadb would wait for ever, and has no setting for it
    return Store(name, client, _collection(client, name, naming))


def _settings(**more: Any) -> Any:
    """Chroma's settings: no telemetry, and no idle connections, which would break when a server is restarted.

    Those of the environment count; a file `.env` in the folder where a command is given does not, as it may be anybody's, and a
    setting of Chroma names code that is run.
    """
    return _settings_in(tuple(os.environ.items())).model_copy(update=more, deep=True)


@lru_cache(maxsize=1)
def _settings_in(environment: tuple[tuple[str, str], ...]) -> Any:
    """The settings in an environment, which is looked through for each of a hundred settings."""
    from chromadb.config import Settings

    return Settings(_env_file=None, anonymized_telemetry=False, chroma_http_max_keepalive_connections=0)


@contextlib.contextmanager
def _asked(name: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        # chromadb raises errors of its own, of httpx, of the standard library, and bare exceptions.
        text = " ".join(str(error).split())[:200] or type(error).__name__
        raise MemoryUnavailable(f"{name}: Chroma fails: {text}; put it right, or name another memory") from error


def _collection(client: Any, name: str, naming: Naming | None) -> Any:
    """The collection of samples, made if there is none. Closes the client if it cannot be used."""
    try:
        with _asked(name):
            collection = _found(client, naming)
        if collection is None:
            raise UserError(f"{name}: holds no memory of samples")
        made_with = embedding_of(collection)
        if naming is not None and made_with != naming.name:
            raise UserError(
                f"{name}: its samples were embedded with '{made_with}', not '{naming.name}'; to embed them anew: "
                f"python -m graphs.reembed {name} {naming.words}; or give another {name.partition('=')[0]}"
            )
    except BaseException:
        client.close()
        raise
    return collection


def _found(client: Any, naming: Naming | None) -> Any | None:
    """The collection that is there, or a new one; None if nothing says what its vectors would be of."""
    there = {each.name for each in client.list_collections()}
    if COLLECTION not in there and NEXT in there:  # a kill came between the end of the old one and the new one's name
        client.get_collection(NEXT, embedding_function=None).modify(name=COLLECTION)
        there.add(COLLECTION)
    if naming is None:
        return client.get_collection(COLLECTION, embedding_function=None) if COLLECTION in there else None
    return made(client, COLLECTION, naming)


def made(client: Any, collection: str, naming: Naming) -> Any:
    """A collection for vectors of an embedding, or the one that has the name already."""
    known = {"dimensions": naming.dimensions} if naming.dimensions else {}
    return client.get_or_create_collection(
        collection, embedding_function=None,
        metadata={"embedding": naming.name, **known, "hnsw:space": "cosine", "hnsw:construction_ef": 40},
    )  # fmt: skip


def embedding_of(collection: Any) -> str:
    """The name of the embedding that a collection's vectors are of; `?` if another program made it."""
    return str((collection.metadata or {}).get("embedding", "?"))


def put(
    collection: Any,
    ids: Sequence[str],
    vectors: Vectors,
    documents: Sequence[str],
    metadatas: Sequence[Mapping[str, Any]],
) -> None:
    """Store rows, and with the first ones how many dimensions they have."""
    known = collection.metadata or {}
    if "dimensions" not in known:
        # Chroma takes the measure of distance for a change of it, also if it is the same.
        kept = {key: value for key, value in known.items() if key != "hnsw:space"}
        collection.modify(metadata={**kept, "dimensions": vectors.shape[1]})
    collection.upsert(
        ids=list(ids), embeddings=vectors / np.float32(GRID), documents=list(documents), metadatas=list(metadatas)
    )


def _check_ours(path: Path, name: str) -> None:
    """Raise UserError if a folder holds something else than a memory: nothing is to be written among other people's files."""
    if not path.is_dir():
        return
    if (path / _DATABASE).is_file():
        others = _collections(path / _DATABASE)
        if others and not {COLLECTION, NEXT} & set(others):
            raise UserError(
                f"{name}: is the Chroma database of another program (it has a collection '{others[0]}'); give a folder of its own"
            )
        return
    try:
        other = next((file.name for file in path.iterdir() if file.name != _LOCK), None)
    except OSError as error:
        raise UserError(f"{name}: cannot be read: {error.strerror}") from None
    if other is not None:
        raise UserError(
            f"{name}: is a folder with other files ({other}) and holds no memory; give one that is new or empty, or that of a "
            "memory"
        )


def _collections(database: Path) -> list[str]:
    """The names of the collections of a Chroma database, read without Chroma, which may change what it opens; none if they
    cannot be read: then Chroma says what is wrong."""
    try:
        base = sqlite3.connect(f"{database.absolute().as_uri()}?mode=ro", uri=True)
        try:
            return [str(row[0]) for row in base.execute("SELECT name FROM collections ORDER BY name")]
        finally:
            base.close()
    except sqlite3.Error:
        return []


def _locked(path: Path, name: str) -> IO[str]:
    try:
        path.mkdir(parents=True, exist_ok=True)
        return own(path / _LOCK)
    except Owned as owner:
        raise MemoryInUse(
            f"{name}: is in use by process {owner}; wait for it, or give another memory.path, or share a server by "
            "memory.url"
        ) from None
    except OSError as error:
        raise UserError(f"{name}: cannot be written: {error.strerror}") from None


def _address(url: str) -> tuple[str, bool, int]:
    """A server's address without a slash at its end, whether it is https, and its port."""
    if "@" in url or "?" in url or "#" in url:
        # Not repeated here: it may hold a secret.
        raise UserError("memory.url: write http://HOST:PORT alone, without a name, a password, '?' or '#'")
    wrong = UserError(f"memory.url={url}: write http://HOST:PORT or https://HOST:PORT, such as http://127.0.0.1:8000")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise wrong from None
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise wrong
    ssl = parts.scheme == "https"
    return url.rstrip("/"), ssl, port or (443 if ssl else 80)


def _greet(address: str, name: str) -> None:
    """Make sure that a Chroma of our version answers: its client would wait for ever, or fail in riddles."""
    import httpx

    start = "start one with: chroma run --path DIR --host HOST --port PORT"
    try:
        reply = httpx.get(f"{address}/api/v2/version", timeout=_ANSWER_S)
        version = reply.json() if reply.status_code == httpx.codes.OK else None
    except httpx.TimeoutException:
        raise MemoryUnavailable(f"{name}: does not answer within {_ANSWER_S:g} s; is it a Chroma server?") from None
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise MemoryUnavailable(f"{name}: cannot be reached: {error}; {start}") from None
    except ValueError:
        version = None
    if reply.status_code in {httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN}:
        return  # chromadb may hold a token, which it reads from the environment
    if not isinstance(version, str):
        raise MemoryUnavailable(
            f"{name}: what answers there is not a Chroma 1 server (HTTP {reply.status_code} at /api/v2/version); {start}"
        )
    if version.partition(".")[0] != "1":
        raise MemoryUnavailable(f"{name}: is a server of Chroma {version}; only Chroma 1 works here; {start}")


@contextlib.contextmanager
def blank_memory() -> Iterator[None]:
    """While entered, glibc's malloc gives out blank memory; elsewhere this does nothing.

    Chroma's index begins with a buffer for 100 vectors and writes all of it to disk. In the part that is not used yet
    stood what the process held there before: prompts, and now and then the key.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    perturb = -6  # M_PERTURB: new memory is filled with the complement of the byte that is given
    if mallopt is not None:
        mallopt(perturb, 0xFF)
    try:
        yield
    finally:
        if mallopt is not None:
            mallopt(perturb, 0)
