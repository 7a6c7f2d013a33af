"""A memory embedded anew: whole or as it was, whenever it is killed, and nothing is paid for twice."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphs.reembed import main
from memory.archive.archive import Archive, Note, key_of
from memory.archive.chroma import NEXT, Store, open_directory, open_server
from memory.vectors.embedding import WORDLLAMA, Naming, Vectors, WordLlamaEmbedding, to_grid
from memory.words.wording import Wording
from scenarios.errors import UserError
from tests.chroma import ChromaServer
from tests.endpoint import Asked, Endpoint, Reply, embedded, vector_of
from tests.helpers import REPO


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


OF_FAKE = Naming("openai:vectors", "")
SAID = [Wording(f"Helga wants her {thing} back.", ("Helga",)) for thing in ("coat", "bell", "map", "kettle", "drum")]


def remember(store: Store, scope: str = "s", wordings: list[Wording] = SAID, run: str = "r") -> None:
    """Fill a memory as a run does."""
    archive = Archive(store, scope)
    vectors = WordLlamaEmbedding().vectors([wording.embedded for wording in wordings])
    ids = [key_of(run, str(place)) for place in range(len(wordings))]
    archive.remember(run, ids, vectors, wordings, [Note(id_, {"thing": "a"}, "about") for id_ in ids])


def filled(path: Path) -> Path:
    """A directory with samples of two scopes."""
    store = open_directory(path)
    remember(store)
    remember(store, "other", [Wording("Something else."), Wording("")], "q")
    store.close()
    return path


def rows(store: Store) -> dict[str, Any]:
    """All that a memory holds but for the vectors, by id."""
    page = store.collection.get(include=["documents", "metadatas"])
    return dict(zip(page["ids"], zip(page["documents"], page["metadatas"], strict=True), strict=True))


def vectors_of(store: Store, scope: str = "s") -> Vectors:
    """The vectors of a scope, in the order of the ids."""
    return Archive(store, scope).neighbours("nobody")[0]._vectors[: len(SAID)]


def to_fake(url: str, *words: str) -> list[str]:
    """The words that choose the fake endpoint's embedding."""
    return [f"embedding.base_url={url}", "embedding.model=vectors", *words]


EXPECTED = to_grid(np.array([vector_of(wording.embedded) for wording in SAID]))


@pytest.mark.parametrize("where", ["directory", "server"])
def test_every_sample_is_embedded_anew_and_nothing_else_changes(
    home: Path, serve: Callable[..., Endpoint], request: pytest.FixtureRequest, where: str,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    endpoint = serve()
    opened: Callable[[Naming | None], Store]
    if where == "server":
        server: ChromaServer = request.getfixturevalue("chroma_server")
        name, opened = f"memory.url={server.url}", lambda naming: open_server(server.url, naming)
        store = opened(WORDLLAMA)
        remember(store)
        remember(store, "other", [Wording("Something else."), Wording("")], "q")
        store.close()
    else:
        memory = filled(home / "m")
        name, opened = f"memory.path={memory}", lambda naming: open_directory(memory, naming)
    store = opened(None)
    before, vectors = rows(store), vectors_of(store)
    store.close()
    assert main([name, *to_fake(endpoint.url, "embedding.batch=3")]) == 0
    told = capsys.readouterr().out
    assert f"{name}: 7 samples embedded anew with openai:vectors (before: wordllama" in told
    assert f"{len(endpoint.asked_vectors)} requests" in told
    assert set(endpoint.texts().values()) == {1}
    assert not any("Helga" in text for text in endpoint.texts()), "names are no part of what is embedded"
    store = opened(OF_FAKE)
    assert rows(store) == before
    assert np.array_equal(vectors_of(store), EXPECTED)
    assert store.collection.metadata["dimensions"] == 48
    assert [each.name for each in store.client.list_collections()] == ["samples"]
    store.close()
    assert list(home.rglob("reembed*")) == []
    assert main([name, *to_fake(endpoint.url)]) == 0
    assert "nothing to do" in capsys.readouterr().out
    assert main([name]) == 0, "and back"
    store = opened(WORDLLAMA)
    assert rows(store) == before
    assert np.array_equal(vectors_of(store), vectors), "bit for bit"
    store.close()


def child(memory: Path, code: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run the command in a process of its own, after `code`."""
    script = f"import os, signal, sys\nfrom graphs.reembed import main\n{code}\nsys.exit(main(sys.argv[1:]))"
    env = {**os.environ, "PYTHONPATH": f"{REPO / 'tests' / 'child'}:{REPO}"}
    return subprocess.run(
        [sys.executable, "-c", script, f"memory.path={memory}", *words],
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )


DIE = "os.kill(os.getpid(), signal.SIGKILL)"
BETWEEN = f"""
from memory.archive.reembedding import Reembedding
def finish(self):
    self._store.client.delete_collection("samples")
    {DIE}
Reembedding.finish = finish
"""
AFTER = f"""
from memory.archive.reembedding import Reembedding
whole = Reembedding.finish
def finish(self):
    whole(self)
    {DIE}
Reembedding.finish = finish
"""


@pytest.mark.parametrize("code", [BETWEEN, AFTER], ids=["between", "after"])
def test_a_kill_at_the_change_over_leaves_the_new_one_whole(
    home: Path, serve: Callable[..., Endpoint], code: str
) -> None:
    memory, endpoint = filled(home / "m"), serve()
    assert child(memory, code, *to_fake(endpoint.url)).returncode == -signal.SIGKILL
    store = open_directory(memory, OF_FAKE)
    assert len(rows(store)) == 7
    store.close()
    assert main([f"memory.path={memory}", *to_fake(endpoint.url)]) == 0
    assert set(endpoint.texts().values()) == {1}
    assert list(memory.glob("reembed*")) == []
    store = open_directory(memory, OF_FAKE)
    assert np.array_equal(vectors_of(store), EXPECTED)
    store.close()


def test_a_kill_while_it_asks_repeats_no_answered_text(home: Path, serve: Callable[..., Endpoint]) -> None:
    memory, endpoint = filled(home / "m"), serve()
    code = (
        "from graphs.files.calls import JournalStore\nkept = JournalStore.keep\ncount = []\n"
        f"async def keep(self, *what):\n    await kept(self, *what)\n    count.append(1)\n    if len(count) == 3: {DIE}\n"
        "JournalStore.keep = keep"
    )
    words = to_fake(endpoint.url, "embedding.batch=1", "concurrency=1")
    assert child(memory, code, *words).returncode == -signal.SIGKILL
    asked, base = len(endpoint.asked_vectors), sqlite3.connect(f"file:{memory}/reembed.sqlite?mode=ro", uri=True)
    kept = base.execute("SELECT count(*) FROM calls").fetchone()[0]
    base.close()
    assert kept >= 3
    store = open_directory(memory)
    remember(store, "s", [Wording("A run that came in between.")], "later")
    store.close()
    assert main([f"memory.path={memory}", *words]) == 0
    assert len(endpoint.asked_vectors) == 7 + (asked - kept), (
        "seven texts, and those in flight when it was killed again"
    )
    store = open_directory(memory, OF_FAKE)
    assert len(rows(store)) == 8
    assert np.array_equal(vectors_of(store)[1:], EXPECTED[:-1])
    store.close()


def test_an_endpoint_that_fails_leaves_the_memory_as_it_was(
    home: Path, serve: Callable[..., Endpoint], capsys: pytest.CaptureFixture[str]
) -> None:
    memory, endpoint = filled(home / "m"), serve()
    words = [f"memory.path={memory}", *to_fake(endpoint.url, "embedding.batch=1", "embedding.outage=0.1")]
    assert main([*words, "budget.calls=2"]) == 3
    assert "budget.calls is reached; 0 of 7 samples are embedded" in capsys.readouterr().err
    endpoint.embeds = lambda asked: embedded(asked) if asked.number < 5 else Reply(503, b"")
    assert main(words) == 3
    endpoint.embeds = lambda asked: Reply(400, {"error": {"message": "too long"}})
    assert main(words) == 2
    assert "openai:vectors gives no vector for a sample: declined: HTTP 400: too long" in capsys.readouterr().err
    store = open_directory(memory, WORDLLAMA)
    assert len(rows(store)) == 7
    store.close()
    assert main([f"memory.path={memory}"]) == 0
    store = open_directory(memory)
    assert NEXT not in {each.name for each in store.client.list_collections()}, "the attempt is dropped"
    store.close()
    endpoint.embeds = embedded
    assert main(words) == 0
    assert sorted(endpoint.texts().values())[:4] == [1] * 4, "what was answered is not asked again"


def test_samples_of_an_earlier_version_have_no_names_and_keep_their_vectors(home: Path) -> None:
    path, text = home / "old", "My name is Helga."
    store = open_directory(path)
    vector = WordLlamaEmbedding().vectors([text])
    store.put(["r/1"], vector, [text], [{"run": "r", "scope": "s"}])
    store.collection.modify(metadata={"embedding": WORDLLAMA.name, "dimensions": 256})
    store.close()
    store = open_directory(path)
    assert np.array_equal(Archive(store, "s").neighbours("nobody")[0]._vectors[:1], vector)
    store.close()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["memory.path=nowhere"], "memory.path=nowhere: holds no memory"),
        (["memory.path=a", "memory.url=http://127.0.0.1:9"], "memory.path and memory.url are both given"),
        (["memory.pth=a"], "memory.pth: unknown key (did you mean 'memory.path'?)"),
        (["memory.url=http://127.0.0.1:9"], "cannot be reached"),
        (["embedding.backend=openai"], "needs embedding.base_url"),
        (["words"], "'words' is not a setting"),
        (["budget.calls=0"], "budget.calls=0"),
    ],
)
def test_mistakes_are_told_in_one_line_and_change_nothing(
    home: Path, capsys: pytest.CaptureFixture[str], words: list[str], says: str
) -> None:
    assert main(words) == 2
    told = capsys.readouterr().err
    assert told.startswith("colloquia: ")
    assert (says in told, len(told.splitlines())) == (True, 1)
    assert list(home.iterdir()) == []


def test_a_memory_in_use_is_refused(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    memory = filled(home / "m")
    store = open_directory(memory)
    assert main([f"memory.path={memory}", "embedding.backend=sentence-transformers"]) == 2
    assert main([f"memory.path={memory}", *to_fake("http://127.0.0.1:9/v1")]) == 2
    assert "is in use by process" in capsys.readouterr().err
    store.close()
    assert main(["--help"]) == 0
    assert "embedding.base_url" in capsys.readouterr().out


def test_a_name_that_is_no_memory_raises(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no memory of samples"):
        open_directory(tmp_path, None)


def test_a_text_that_the_endpoint_was_asked_for_twice_at_once_is_asked_once(
    home: Path, serve: Callable[..., Endpoint]
) -> None:
    store = open_directory(home / "m")
    remember(store, "s", [SAID[0]] * 4)
    store.close()
    endpoint, seen = serve(), list[Asked]()
    endpoint.embeds = lambda asked: seen.append(asked) or embedded(asked)
    assert main([f"memory.path={home / 'm'}", *to_fake(endpoint.url)]) == 0
    assert [len(asked.texts) for asked in seen] == [1]
