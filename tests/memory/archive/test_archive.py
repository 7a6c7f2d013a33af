"""The archive: what one run stores, the next one finds, in a directory as in a server."""

from __future__ import annotations

import ctypes
import itertools
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import chromadb
import httpx
import numpy as np
import pytest

import memory.archive.archive
import memory.archive.chroma
from memory.archive.archive import Archive, Note, key_of
from memory.archive.chroma import open_directory, open_server
from memory.vectors.embedding import DIMENSIONS, GRID, Vectors, WordLlamaEmbedding, to_grid
from memory.words.wording import Wording
from scenarios.errors import MemoryInUse, MemoryUnavailable, UserError
from scenarios.records import Novelty
from tests.chroma import ChromaServer, stand_in

ArchiveAt = Callable[[str], Archive]
TEXTS = ["A kettle leaks.", "The night train is late.", "Bread for breakfast."]


def many(count: int, seed: int = 1) -> Vectors:
    """Vectors on the grid."""
    return to_grid(np.random.default_rng(seed).standard_normal((count, DIMENSIONS)))


def store(archive: Archive, run: str, names: str, vectors: Vectors) -> None:
    """Store one sample a letter."""
    archive.remember(run, [key_of(run, name) for name in names], vectors, [Wording(name) for name in names])


def test_another_run_finds_the_same_vectors(archive_at: ArchiveAt) -> None:
    vectors = WordLlamaEmbedding().vectors(TEXTS)
    archive = archive_at("s")
    archive.remember("r1", [key_of("r1", name) for name in "abc"], vectors, list(map(Wording, TEXTS)))
    own, ids = archive.neighbours("r1")
    assert len(own) == 0
    assert ids == {"r1/a", "r1/b", "r1/c"}
    archive.close()
    archive = archive_at("s")
    before, ids = archive.neighbours("r2")
    assert ids == set()
    assert len(before) == 3
    for place, name in enumerate("abc"):
        assert before.nearest(vectors[place]) == Novelty(nearest=f"r1/{name}", distance=0.0)
    assert np.array_equal(before._vectors[:3], vectors), "not a bit is lost on the way"
    archive.close()


def test_scopes_are_apart_and_forgetting_forgets(archive_at: ArchiveAt) -> None:
    vectors = WordLlamaEmbedding().vectors(TEXTS)
    archive = archive_at("s")
    archive.remember("r1", ["r1/a", "r1/b"], vectors[:2], list(map(Wording, TEXTS[:2])))
    archive.forget(["r1/a"])
    archive.forget([])
    archive.forget(["r1/nothing"])
    assert len(archive.neighbours("r2")[0]) == 1
    archive.close()
    other = archive_at("t")
    assert len(other.neighbours("r2")[0]) == 0
    other.close()


def test_storing_again_changes_nothing(archive_at: ArchiveAt) -> None:
    vectors = WordLlamaEmbedding().vectors(TEXTS)
    archive = archive_at("s")
    for _ in range(3):
        archive.remember("r1", ["r1/a", "r1/b", "r1/c"], vectors, list(map(Wording, TEXTS)))
    assert len(archive.neighbours("r2")[0]) == 3
    archive.close()


def test_the_order_does_not_depend_on_who_wrote_first_nor_how_often(archive_at: ArchiveAt) -> None:
    """Every order in which two runs store two equal samples each names the same nearest one."""
    vector = many(1)
    writes = [("r1", "a"), ("r1", "b"), ("r2", "a"), ("r2", "b")]
    for number, order in enumerate([writes, writes[::-1], [*writes[2:], *writes[:2], writes[3]]]):
        archive = archive_at(f"scope {number}")
        for run, name in order:
            archive.remember(run, [f"{number}{run}/{name}"], vector, [Wording("")])
        found, _ = archive.neighbours("r3")
        assert found._ids == [f"{number}{run}/{name}" for run, name in writes]
        assert found.nearest(vector[0]) == Novelty(nearest=f"{number}r1/a", distance=0.0)
        archive.close()


@pytest.mark.parametrize("count", [0, 1, 3, 4, 5, 6, 7, 8, 12])
def test_it_is_read_whole_whatever_the_pages(
    archive_at: ArchiveAt, count: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory.archive.archive, "_PAGE", 4)
    monkeypatch.setattr(memory.archive.archive, "_TOGETHER", 3)
    vectors = many(12)
    archive = archive_at("s")
    names = "abcdefghijkl"[:count]
    store(archive, "r1", names, vectors[:count])
    store(archive, "r2", "xy", vectors[-2:])
    found, own = archive.neighbours("r2")
    assert own == {"r2/x", "r2/y"}
    assert found._ids == [f"r1/{name}" for name in names]
    assert np.array_equal(found._vectors[:count].reshape(count, -1 if count else DIMENSIONS), vectors[:count])
    archive.forget([f"r1/{name}" for name in names])
    assert archive.neighbours("r3")[0]._ids == ["r2/x", "r2/y"]
    archive.close()


def test_notes_are_kept_for_other_runs(archive_at: ArchiveAt) -> None:
    archive, vectors = archive_at("s"), many(5)
    notes = [Note("r2/b", {"a": "x", "b": "y, z"}, "of ü"), Note("r2/a", {"a": "ä"})]
    archive.remember("r2", ["r2/b", "r2/a"], vectors[:2], [Wording("")] * 2, notes)
    archive.remember("r1", ["r1/a"], vectors[2:3], [Wording("")], [Note("r1/a", {"a": "x"})])
    archive.remember("r3", ["r3/a"], vectors[3:4], [Wording("")])
    archive._store.collection.upsert(
        ids=["else"], embeddings=vectors[4:], metadatas=[{"scope": "s", "cell": "no cell"}], documents=[""]
    )
    assert archive.notes("r1") == notes[::-1]
    assert archive.notes("nobody") == [Note("r1/a", {"a": "x"}), *notes[::-1]]
    archive.close()


def test_a_removal_while_it_is_read_hides_nothing(archive_at: ArchiveAt, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory.archive.archive, "_PAGE", 4)
    archive = archive_at("s")
    store(archive, "r1", "abcdefghi", many(9))
    read, readings = archive._read_through, itertools.count()

    def get_and_remove(**asked: object) -> object:
        page = get(**asked)
        if asked["offset"] == 3 and next(readings) == 0:
            archive.forget(["r1/b"])
        return page

    get = archive._store.collection.get
    monkeypatch.setattr(archive._store.collection, "get", get_and_remove)
    assert read("embeddings", len) is None
    found, _ = archive.neighbours("r2")
    assert found._ids == [f"r1/{name}" for name in "acdefghi"]
    monkeypatch.setattr(archive, "_read_through", lambda *asked: None)
    with pytest.raises(MemoryUnavailable, match="remove samples while it is read"):
        archive.neighbours("r2")
    archive.close()


# -- a directory -------------------------------------------------------------------------------------------------


def test_a_directory_has_one_owner(tmp_path: Path) -> None:
    first = open_directory(tmp_path)
    with pytest.raises(MemoryInUse, match="is in use by process"):
        open_directory(tmp_path)
    first.close()
    open_directory(tmp_path).close()


def test_a_directory_that_chroma_cannot_read_is_left_free(tmp_path: Path) -> None:
    (tmp_path / "chroma.sqlite3").write_bytes(b"This is not a database." * 100)
    for _ in range(2):
        with pytest.raises(MemoryUnavailable, match=f"^memory.path={tmp_path}: Chroma fails: "):
            open_directory(tmp_path)


# -- a server ----------------------------------------------------------------------------------------------------


def test_a_file_of_the_current_folder_names_no_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Chroma would read `.env`, and import what it names."""
    (tmp_path / "stranger.py").write_text("raise SystemExit('a stranger ran')", encoding="utf-8")
    (tmp_path / ".env").write_text("chroma_api_impl=stranger.API\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    Archive(open_directory(tmp_path / "memory"), "s").close()


def test_two_runs_write_to_one_server_at_once(chroma_server: ChromaServer) -> None:
    """Same seed, same sample ids: nothing clashes and nothing is lost."""
    vectors = many(40)
    archives = [Archive(open_server(chroma_server.url), "s") for _ in range(3)]

    def write(run: str, archive: Archive) -> None:
        for start in range(0, 40, 5):
            names = [f"{place:02}" for place in range(start, start + 5)]
            archive.remember(
                run, [key_of(run, name) for name in names], vectors[start : start + 5], list(map(Wording, names))
            )

    threads = [threading.Thread(target=write, args=(f"r{n}", archive)) for n, archive in enumerate(archives)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for number, archive in enumerate(archives):
        found, own = archive.neighbours(f"r{number}")
        assert own == {f"r{number}/{place:02}" for place in range(40)}
        assert found._ids == [f"r{other}/{place:02}" for other in range(3) if other != number for place in range(40)]
        archive.close()


def test_a_server_behind_a_path_of_another(chroma_server: ChromaServer) -> None:
    with stand_in({}, behind=chroma_server.url) as url:
        archive = Archive(open_server(f"{url}/chroma/"), "s")
        store(archive, "r1", "abc", many(3))
        assert len(archive.neighbours("r2")[0]) == 3
        archive.close()


def test_a_server_behind_a_token(chroma_server: ChromaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    with stand_in({}, behind=chroma_server.url, token="sk-1") as url:
        with pytest.raises(MemoryUnavailable, match=r"Chroma fails: .*Who are you\?"):
            open_server(f"{url}/chroma")
        monkeypatch.setenv("CHROMA_CLIENT_AUTH_PROVIDER", "chromadb.auth.token_authn.TokenAuthClientProvider")
        for wrong in ("sk-2", "sk-2 with é", ""):
            monkeypatch.setenv("CHROMA_CLIENT_AUTH_CREDENTIALS", wrong)
            with pytest.raises(MemoryUnavailable) as caught:
                open_server(f"{url}/chroma")
            assert "sk-2" not in str(caught.value)
        monkeypatch.setenv("CHROMA_CLIENT_AUTH_CREDENTIALS", "sk-1")
        archive = Archive(open_server(f"{url}/chroma"), "s")
        store(archive, "r1", "abc", many(3))
        archive.close()


NO_URL = {
    "no scheme": "127.0.0.1:8000",
    "another scheme": "ftp://127.0.0.1:8000",
    "no host": "http://",
    "no host but a port": "http://:8000",
    "a port that is none": "http://127.0.0.1:port",
    "a port too large": "http://127.0.0.1:70000",
    "a path": "/var/chroma",
    "half an IPv6 address": "http://[::1",
}


@pytest.mark.parametrize("url", NO_URL.values(), ids=NO_URL.keys())
def test_a_url_that_is_none(url: str) -> None:
    with pytest.raises(UserError) as caught:
        open_server(url)
    assert str(caught.value).startswith(f"memory.url={url}: write http://HOST:PORT")


@pytest.mark.parametrize("url", ["http://me:sk-1@127.0.0.1:8000", "sk-1@h", "http://h?key=sk-1", "http://h#sk-1"])
def test_a_url_with_a_secret_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(UserError, match=r"memory\.url: write http://HOST:PORT alone") as caught:
        open_server(url)
    assert "sk-1" not in str(caught.value)


@pytest.mark.parametrize(
    ("replies", "says"),
    [
        ({}, r"not a Chroma 1 server \(HTTP 404 at /api/v2/version\); start one with: chroma run"),
        ({"/api/v2/version": (200, b"<html>Welcome</html>")}, r"not a Chroma 1 server \(HTTP 200"),
        ({"/api/v2/version": (200, b'{"version": "1.0.0"}')}, r"not a Chroma 1 server \(HTTP 200"),
        ({"/api/v2/version": (200, b"\xff\xfe\x00")}, r"not a Chroma 1 server \(HTTP 200"),
        ({"/api/v2/version": (502, b"Bad gateway")}, r"not a Chroma 1 server \(HTTP 502"),
        ({"/api/v2/version": (200, b'"0.6.3"')}, r"is a server of Chroma 0\.6\.3; only Chroma 1 works here"),
        ({"/api/v2/version": (200, b'"1.0.0"')}, r"Chroma fails: "),
        (
            {"/api/v2/version": (200, b'"1.0.0"'), "/api/v2/auth/identity": (401, b'{"error": "AuthError"}')},
            r"Chroma fails: .*AuthError",
        ),
    ],
    ids=["no such page", "a web page", "other JSON", "garbage", "a gateway", "an old one", "half a Chroma", "refused"],
)
def test_a_server_that_is_not_ours(replies: dict[str, tuple[int, bytes]], says: str) -> None:
    with stand_in(replies) as url, pytest.raises(MemoryUnavailable, match=f"^memory.url={url}: .*{says}"):
        open_server(url)


def test_a_server_that_is_not_there(chroma_server: ChromaServer) -> None:
    url = "http://127.0.0.1:9"
    with pytest.raises(MemoryUnavailable, match=f"^memory.url={url}: cannot be reached: .*start one with: chroma run"):
        open_server(url)
    https = chroma_server.url.replace("http", "https")
    with pytest.raises(MemoryUnavailable, match=f"^memory.url={https}: cannot be reached: "):
        open_server(https)


def test_a_server_that_takes_connections_and_never_answers(
    chroma_server: ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It fails within its time at the start, and in mid-run, where chromadb by itself would wait for ever."""
    archive = Archive(open_server(chroma_server.url), "s")
    session = archive._store.client._server._session
    assert session.timeout == httpx.Timeout(30.0)
    session.timeout = 0.2
    monkeypatch.setattr(memory.archive.chroma, "_ANSWER_S", 0.2)
    with chroma_server.frozen():
        with pytest.raises(MemoryUnavailable, match=r"does not answer within 0\.2 s"):
            open_server(chroma_server.url)
        with pytest.raises(MemoryUnavailable, match=f"^memory.url={chroma_server.url}: Chroma fails: timed out"):
            store(archive, "r1", "abc", many(3))
        with pytest.raises(MemoryUnavailable):
            archive.neighbours("r1")
        with pytest.raises(MemoryUnavailable):
            archive.forget(["r1/a"])
    archive.close()


@pytest.fixture
def of_another(chroma_server: ChromaServer, tmp_path: Path) -> Iterator[None]:
    """Both stores hold a collection of somebody else's under our name."""
    host, port = chroma_server.url.removeprefix("http://").split(":")
    settings = chromadb.config.Settings(anonymized_telemetry=False, chroma_http_max_keepalive_connections=0)
    clients = [
        chromadb.HttpClient(host, int(port), settings=settings),
        chromadb.PersistentClient(str(tmp_path), settings=chromadb.config.Settings(anonymized_telemetry=False)),
    ]
    for client in clients:
        client.get_or_create_collection("samples", embedding_function=None, metadata={"embedding": "another-768"})
        client.close()
    yield
    chroma_server.empty()


@pytest.mark.usefixtures("of_another")
def test_vectors_of_another_embedding_are_refused(archive_at: ArchiveAt) -> None:
    with pytest.raises(UserError, match=r"embedded with 'another-768', not .*graphs\.reembed memory\."):
        archive_at("s")


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="this malloc cannot be told to give blank memory")
def test_what_the_memory_held_before_is_in_no_file(tmp_path: Path) -> None:
    """Chroma's index writes memory that it never used; without care the key of an endpoint stood there now and then."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    marker, together = b"what-nobody-may-read", threading.Barrier(16)

    def litter() -> None:
        """Leave the marker in freed memory of this thread, which the index's thread may take over."""
        together.wait()
        blocks = [(libc.malloc(size), size) for size in range(100_000, 125_000, 1000)]
        for block, size in blocks:
            ctypes.memmove(block, marker * (size // len(marker)), size - len(marker))
        for block, _ in blocks:
            libc.free(block)

    threads = [threading.Thread(target=litter) for _ in range(together.parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    archive = Archive(open_directory(tmp_path / "memory"), "s")
    archive.remember("r", ["a", "b"], np.eye(2, DIMENSIONS, dtype=np.float32) * GRID, [Wording("one"), Wording("two")])
    archive.close()
    assert all(marker not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
