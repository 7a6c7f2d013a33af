"""A scope on a Chroma server belongs to one session at a time."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from memory.archive import lease
from memory.archive.chroma import Store, open_server
from memory.archive.lease import Lease
from scenarios.errors import MemoryInUse
from tests.chroma import ChromaServer


@pytest.fixture(name="store")
def _store(chroma_server: ChromaServer) -> Iterator[Store]:
    store = open_server(chroma_server.url)
    yield store
    for each in store.client.list_collections():
        if each.name.startswith("owner-"):
            store.client.delete_collection(each.name)
    store.close()


def owners(store: Store) -> list[str]:
    return sorted(each.name for each in store.client.list_collections() if each.name.startswith("owner-"))


def left_behind(store: Store, scope: str = "s", **changes: Any) -> Any:
    """What an owner leaves that did not give its scope free."""
    held = Lease(store, scope)
    name, told = held._collection.name, dict(held._collection.metadata)
    held.release()
    return store.client.create_collection(name, embedding_function=None, metadata={**told, "token": "other", **changes})


def test_one_at_a_time_and_each_scope_for_itself(store: Store) -> None:
    first = Lease(store, "s")
    other = Lease(store, "t")
    with pytest.raises(MemoryInUse, match=f"memory.scope=s are in use by process {os.getpid()} on "):
        Lease(store, "s")
    first.release()
    Lease(store, "s").release()
    other.release()
    assert owners(store) == []


def test_of_many_that_come_at_once_at_most_one_has_it(store: Store) -> None:
    """Also if one that is gone is there before them."""
    for gone in (False, True):
        if gone:
            left_behind(store)
        got: list[Lease] = []
        start = threading.Barrier(5)

        def take(got: list[Lease] = got, start: threading.Barrier = start) -> None:
            start.wait()
            try:
                got.append(Lease(store, "s"))
            except MemoryInUse:
                return

        threads = [threading.Thread(target=take) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(got) <= 1
        for held in got:
            held.release()
    Lease(store, "s").release()


def test_a_process_that_died_holds_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lease, "_wait", lambda seconds: pytest.fail("nobody is waited for"))
    left_behind(store, pid=2**22 + 1)
    Lease(store, "s").release()
    left_behind(store, pid=os.getppid(), began="1")  # its number belongs to another process by now
    Lease(store, "s").release()
    assert owners(store) == []


@pytest.mark.parametrize("lives", [True, False])
def test_an_owner_on_another_machine_is_looked_at(store: Store, monkeypatch: pytest.MonkeyPatch, lives: bool) -> None:
    owner = left_behind(store, machine="another", host="far")
    told = dict(owner.metadata)

    def wait(seconds: float) -> None:
        if lives:
            owner.modify(metadata={**told, "beat": told["beat"] + 1})

    monkeypatch.setattr(Lease, "_wait", staticmethod(wait))
    if lives:
        with pytest.raises(MemoryInUse, match="on far; wait for its end"):
            Lease(store, "s")
    else:
        Lease(store, "s").release()
        assert owners(store) == []


def test_what_another_program_left_is_looked_at_too(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Lease, "_wait", staticmethod(lambda seconds: None))
    held = Lease(store, "s")
    name = held._collection.name
    held.release()
    store.client.create_collection(name, embedding_function=None)
    Lease(store, "s").release()


def test_it_gives_signs_of_life(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "BEAT_S", 0.01)
    held = Lease(store, "s")
    while store.client.get_collection(held._collection.name, embedding_function=None).metadata["beat"] < 3:
        pass
    held.release()
    assert owners(store) == []


def test_a_server_that_begins_anew_gives_it_back(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lease, "BEAT_S", 0.01)
    held = Lease(store, "s")
    store.client.delete_collection(held._collection.name)
    while not owners(store):
        pass
    assert held._thread.is_alive()
    held.release()
