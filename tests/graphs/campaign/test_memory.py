"""Runs over a Chroma server: as over a directory, several at once, and without it when it goes away."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

import graphs.campaign.curator
from memory.archive import lease
from memory.archive.archive import Archive, key_of
from memory.archive.chroma import open_directory, open_server
from memory.journal.journal import Journal
from scenarios.errors import MemoryUnavailable
from tests.chroma import ChromaServer
from tests.endpoint import Asked, Endpoint, scripted
from tests.helpers import Ran, Workshop, at
from tests.memory.archive.test_archive import NO_URL

CHAIN = ["scenario=chain", "round_size=3", "memory.min_distance=0.1"]
DRY = "llm.backend=scripted"


def keys_of(ran: Ran) -> set[str]:
    """A run's accepted samples, as the archive names them."""
    journal = Journal(ran.out / "run.sqlite")
    try:
        return {key_of(str(journal.meta("run")), line["id"]) for line in ran.lines()}
    finally:
        journal.close()


def remembered(server: ChromaServer, scope: str = "chain") -> set[str]:
    """What a server holds under a scope, by default the scenario's."""
    archive = Archive(open_server(server.url), scope)
    try:
        return set(archive.neighbours("nobody")[0]._ids)
    finally:
        archive.close()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[ChromaServer]:
    """A Chroma server of the test's own, which it may kill."""
    server = ChromaServer(tmp_path / "chroma").start()
    yield server
    server.kill()


def test_a_server_remembers_as_a_directory_does(workshop: Workshop, chroma_server: ChromaServer) -> None:
    """Run after run: the same bytes, but for the random names of the earlier runs."""
    directory, server = f"memory.path={workshop.home / 'shared'}", f"memory.url={chroma_server.url}"
    for number, seed in enumerate((1, 1, 2)):
        words = [*CHAIN, DRY, "n=6", "patience=2", f"seed={seed}"]
        by = [workshop.run(f"{kind}{number}", *words, memory) for kind, memory in (("d", directory), ("s", server))]
        assert by[0].code == by[1].code
        datasets = []
        for ran in by:
            rows = ran.lines() + ran.lines("rejected.jsonl")
            for row in rows:
                nearest = row["novelty"]["nearest"]
                row["novelty"]["nearest"] = nearest and nearest.split("/")[-1]
                row.pop("detail", None)
            datasets.append(rows)
        assert datasets[0] == datasets[1]
    stored = yaml.safe_load((workshop.home / "s2" / "run.yaml").read_text())
    assert stored["memory"] == {"url": chroma_server.url, "min_distance": 0.1, "scope": "chain"}
    assert not (workshop.home / "s2-memory").exists()


def test_two_runs_at_once_share_a_server(workshop: Workshop, chroma_server: ChromaServer) -> None:
    """Each in a scope of its own."""
    words = [*CHAIN, DRY, "n=9", f"memory.url={chroma_server.url}"]
    started = [(name, workshop.start(name, *words, f"memory.scope={name}")) for name in ("one", "two")]
    runs = [workshop.finish(name, process) for name, process in started]
    assert [ran.code for ran in runs] == [0, 0], [ran.stderr for ran in runs]
    ours = [keys_of(ran) for ran in runs]
    assert [len(keys) for keys in ours] == [9, 9]
    assert [remembered(chroma_server, name) for name in ("one", "two")] == ours


@pytest.mark.parametrize("end", ["well", "killed"])
def test_a_scope_of_a_server_has_one_run_at_a_time(
    workshop: Workshop, serve: Callable[..., Endpoint], chroma_server: ChromaServer, end: str
) -> None:
    """Two at once would accept what is too near to the other's. A killed one holds nothing."""
    asked, go_on = threading.Event(), threading.Event()

    async def wait(one: Asked) -> str:
        asked.set()
        await asyncio.to_thread(go_on.wait)
        return scripted(one)

    words = [*CHAIN, f"memory.url={chroma_server.url}"]
    first = workshop.start("one", *words, *at(serve(wait).url), "n=6")
    assert asked.wait(60)
    second = workshop.run("two", *words, DRY, "n=6", "patience=2")
    assert second.code == 2
    assert f"the samples of memory.scope=chain are in use by process {first.pid} on " in second.stderr
    assert "give another memory.scope" in second.stderr
    assert len(second.stderr.splitlines()) == 1
    assert not second.out.exists()
    if end == "killed":
        first.kill()
    go_on.set()
    ran = workshop.finish("one", first)
    assert ran.code == (-9 if end == "killed" else 0)
    second = workshop.run("two", *words, DRY, "n=6", "patience=2")
    assert second.code in (0, 3), second.stderr
    if end == "well":
        near = [line["novelty"] for line in second.lines()]
        assert any("/" in one["nearest"] for one in near), "it knows the samples of the first"
        assert all(one["distance"] >= 0.1 for one in near)
        assert remembered(chroma_server) == keys_of(ran) | keys_of(second)


def test_a_run_whose_scope_was_taken_over_stops(
    workshop: Workshop, serve: Callable[..., Endpoint], chroma_server: ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It gave no sign for too long, such as a computer that slept."""
    monkeypatch.setattr(lease, "BEAT_S", 0.02)
    lost = threading.Event()

    async def sleep(one: Asked) -> str:
        if one.number == 8:
            store = open_server(chroma_server.url)
            owner = next(each for each in store.client.list_collections() if each.name.startswith("owner-"))
            taken = f"{owner.name[:-1]}9"
            store.client.create_collection(taken, embedding_function=None, metadata={"token": "other"})
            store.client.delete_collection(owner.name)
            await asyncio.to_thread(lost.wait, 60)
            store.client.delete_collection(taken)
            store.close()
        return scripted(one)

    on_lost = Archive.on_lost

    def noticed(archive: Archive, tell: Callable[[], None]) -> None:
        on_lost(archive, lambda: (tell(), lost.set())[0])

    monkeypatch.setattr(Archive, "on_lost", noticed)
    ran = workshop.run("r", *CHAIN, *at(serve(sleep).url), "n=12", f"memory.url={chroma_server.url}")
    assert ran.code == 3, ran.stderr
    assert "stopped by memory: another run has memory.scope=chain now" in ran.stdout
    assert workshop.run("r").code == 0


def test_a_server_that_goes_away_and_stays_away_loses_nothing(
    workshop: Workshop, serve: Callable[..., Endpoint], own_server: ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs.campaign.curator, "_ARCHIVED_TOGETHER", 2)
    url = f"memory.url={own_server.url}"
    baseline = workshop.run("b", *CHAIN, *at(serve().url), "n=12")

    def behave(asked: Asked) -> str:
        if asked.number == 20:
            own_server.kill()
        return scripted(asked)

    endpoint = serve(behave)
    ran = workshop.run("r", *CHAIN, *at(endpoint.url), "n=12", url)
    assert ran.code == 0, "the target was reached, and the dataset is whole"
    assert ran.dataset() == baseline.dataset()
    told = [line for line in ran.stderr.splitlines() if "not in the memory" in line]
    lacking = ran.summary()["not_in_memory"]
    assert lacking > 0
    assert len(told) == 1
    assert told[0].startswith(f"colloquia: {lacking} accepted samples are not in the memory yet (memory.url=")
    assert told[0].endswith(f"; run python -m graphs.run out={ran.out} to store them")
    refused = workshop.run("r", f"out={ran.out}", url)
    assert refused.code == 2
    assert f"{url}: cannot be reached" in refused.stderr

    own_server.start()
    asked = len(endpoint.asked)
    again = workshop.run("r", f"out={ran.out}", url)
    assert (again.code, again.dataset()) == (0, ran.dataset())
    assert "not in the memory" not in again.stderr
    assert again.summary()["not_in_memory"] == 0
    assert len(endpoint.asked) == asked, "storing asks no model"
    assert remembered(own_server) == keys_of(ran)


def test_a_server_that_is_back_before_the_end_has_everything(
    workshop: Workshop, serve: Callable[..., Endpoint], own_server: ChromaServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs.campaign.curator, "_ARCHIVED_TOGETHER", 2)

    def behave(asked: Asked) -> str:
        if asked.number == 12:
            own_server.kill()
        if asked.number == 36:
            own_server.start()
        return scripted(asked)

    failed = []
    remember = Archive.remember

    def remember_and_tell(archive: Archive, *what: object) -> None:
        try:
            remember(archive, *what)  # type: ignore[arg-type]
        except MemoryUnavailable as error:
            failed.append(error)
            raise

    monkeypatch.setattr(Archive, "remember", remember_and_tell)
    ran = workshop.run("r", *CHAIN, *at(serve(behave).url), "n=12", f"memory.url={own_server.url}")
    assert failed, "it was away when it was needed"
    assert ran.code == 0
    assert "not in the memory" not in ran.stderr
    assert len(keys_of(ran)) == 12
    assert remembered(own_server) == keys_of(ran)


def test_a_memory_that_does_not_answer_holds_nothing_up(
    workshop: Workshop, serve: Callable[..., Endpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(graphs.campaign.curator, "_ARCHIVED_TOGETHER", 2)
    last = threading.Event()
    waited = []
    remember = Archive.remember

    def remember_late(archive: Archive, *what: object) -> None:
        waited.append(last.wait(30))
        remember(archive, *what)  # type: ignore[arg-type]

    def behave(asked: Asked) -> str:
        if asked.number >= 44:
            last.set()
        return scripted(asked)

    monkeypatch.setattr(Archive, "remember", remember_late)
    ran = workshop.run("r", *CHAIN, *at(serve(behave).url), "n=12")
    assert ran.code == 0
    assert waited, "the memory was asked in mid-run"
    assert all(waited), "the run went on to its last calls while the memory did not answer"
    archive = Archive(open_directory(workshop.home / "r-memory"), "chain")
    assert set(archive.neighbours("nobody")[0]._ids) == keys_of(ran)
    archive.close()


@pytest.mark.parametrize("url", [*NO_URL.values(), "http://127.0.0.1:9", "http://me:sk-1@127.0.0.1:9"])
def test_a_bad_url_is_told_in_one_line_and_changes_nothing(workshop: Workshop, url: str) -> None:
    ran = workshop.run("r", *CHAIN, DRY, f"memory.url={url}")
    assert (ran.code, ran.stdout) == (2, "")
    assert len(ran.stderr.splitlines()) == 1
    assert ran.stderr.startswith("colloquia: memory.url")
    assert "sk-1" not in ran.stderr
    assert workshop.folder() == {}


def test_a_run_has_one_memory_and_may_go_on_with_another(workshop: Workshop, chroma_server: ChromaServer) -> None:
    url, path = f"memory.url={chroma_server.url}", f"memory.path={workshop.home / 'shared'}"
    refused = workshop.run("r", *CHAIN, DRY, url, path)
    assert refused.code == 2
    assert "memory.path and memory.url are both given" in refused.stderr
    for n, memory in ((3, path), (6, url), (9, path)):
        ran = workshop.run("r", *(CHAIN if n == 3 else []), DRY, f"n={n}", memory)
        assert ran.code == 0, ran.stderr
        assert len(ran.lines()) == n
        if memory == url:
            assert remembered(chroma_server) == keys_of(ran)
    archive = Archive(open_directory(workshop.home / "shared"), "chain")
    assert set(archive.neighbours("nobody")[0]._ids) == keys_of(ran)
    archive.close()
