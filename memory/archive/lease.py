"""One owner at a time for a scope on a Chroma server: two runs at once would each accept what is too near to the other's.

A server has no locks. What it has is that of several who make a collection of one name at the same time, one does: so the
owner of a scope is whoever made the collection `owner-SCOPE-NUMBER`. It changes a number in there every few seconds. A
collection whose owner is dead, or changes nothing for long, is passed over by making the one with the next number.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import secrets
import socket
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from memory.archive.chroma import Store
from scenarios.errors import MemoryInUse, MemoryUnavailable

BEAT_S, STALE_S, LOOK_S = 2.0, 12.0, 0.5
"""Seconds between two beats, without a beat until an owner counts as gone, and between two looks at it."""
_TRIES = 5
_held: set[str] = set()
"""The tokens of the leases that this process holds."""


class Lease:
    """A scope that belongs to this session until `release`. Raises MemoryInUse if it belongs to another one, and
    MemoryUnavailable."""

    def __init__(self, store: Store, scope: str) -> None:
        self._store, self._scope = store, scope
        self._prefix = f"owner-{hashlib.sha256(scope.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}-"
        self._token = secrets.token_hex(8)
        self.on_lost: Callable[[], None] = lambda: None
        """Called, in a thread, if another session took the scope over: this one had given no sign for too long."""
        _held.add(self._token)
        try:
            self._collection = self._taken()
        except BaseException:
            _held.discard(self._token)
            raise
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="lease", daemon=True)
        self._thread.start()

    def release(self) -> None:
        """Give the scope free."""
        self._over.set()
        self._thread.join(timeout=BEAT_S)
        _held.discard(self._token)
        if self._thread.is_alive():
            return  # the server does not answer; whoever comes next finds that nobody holds it
        with contextlib.suppress(MemoryUnavailable), self._store.asked():
            self._store.client.delete_collection(self._collection.name)

    # -- taking it ---------------------------------------------------------------------------------------------

    def _taken(self) -> Any:
        for _ in range(_TRIES):
            there = self._owners()
            for owner in there.values():
                self._check_gone(owner)
            number = max(there, default=0) + 1
            if (mine := self._made(number)) is None:
                continue  # another one was faster
            if set(self._owners()) <= {*there, number}:
                for name in [self._name(old) for old in there]:
                    with contextlib.suppress(MemoryUnavailable), self._store.asked():
                        self._store.client.delete_collection(name)
                return mine
            with self._store.asked():  # two came at once, by different numbers: each that sees the other steps back
                self._store.client.delete_collection(self._name(number))
        raise MemoryInUse(self._in_use({}))

    def _name(self, number: int) -> str:
        return f"{self._prefix}{number:06d}"

    def _owners(self) -> dict[int, Any]:
        """The collections of owners of the scope, by number."""
        with self._store.asked():
            found = [each for each in self._store.client.list_collections() if each.name.startswith(self._prefix)]
        return {int(each.name.removeprefix(self._prefix)): each for each in found}

    def _made(self, number: int) -> Any | None:
        """The collection with this number, made by us; None if it is there already."""
        told = {"token": self._token, "host": socket.gethostname(), **_process(), "beat": 0}
        try:
            with self._store.asked():
                return self._store.client.create_collection(self._name(number), embedding_function=None, metadata=told)
        except MemoryUnavailable:
            if number in self._owners():
                return None
            raise

    def _check_gone(self, owner: Any) -> None:
        """Return if the owner is gone. Raises MemoryInUse if it gives a sign of life."""
        told = owner.metadata or {}
        if told.get("token") in _held:
            raise MemoryInUse(self._in_use(told))
        if told.get("machine") == _process()["machine"] and not _lives(told):
            return
        waited = 0.0
        while waited < STALE_S:
            self._wait(LOOK_S)
            waited += LOOK_S
            now = self._owners().get(int(owner.name.removeprefix(self._prefix)))
            if now is None:
                return
            if (now.metadata or {}) != told:
                raise MemoryInUse(self._in_use(told))

    @staticmethod
    def _wait(seconds: float) -> None:
        threading.Event().wait(seconds)

    def _in_use(self, told: Mapping[str, Any]) -> str:
        who = f"process {told['pid']} on {told['host']}" if told.keys() >= {"pid", "host"} else "another run"
        return (
            f"{self._store.name}: the samples of memory.scope={self._scope} are in use by {who}; wait for its end, or give another "
            "memory.scope"
        )

    # -- keeping it --------------------------------------------------------------------------------------------

    def _beat(self) -> None:
        """Change the number every few seconds. A server that is away is waited for: meanwhile nobody else gets in."""
        told = dict(self._collection.metadata)
        while not self._over.wait(BEAT_S):
            told["beat"] += 1
            try:
                with self._store.asked():
                    self._collection.modify(metadata=told)
            except MemoryUnavailable:
                if not self._is_kept():
                    self.on_lost()
                    return

    def _is_kept(self) -> bool:
        """Whether the scope is still ours, as far as the server says: one that begins anew, with nothing, has it from us."""
        number = int(self._collection.name.removeprefix(self._prefix))
        try:
            there = self._owners()
            if not there and (again := self._made(number)) is not None:
                self._collection = again
                return True
        except MemoryUnavailable:
            return True
        return number in there


def _process() -> dict[str, Any]:
    """What tells this process from all others: the machine since its start with its space of process numbers (nothing if it
    does not say), the number, and when the process began."""
    machine = ""
    with contextlib.suppress(OSError):
        machine = (
            f"{Path('/proc/sys/kernel/random/boot_id').read_text().strip()} {Path('/proc/self/ns/pid').readlink()}"
        )
    return {"machine": machine, "pid": os.getpid(), "began": _began(os.getpid())}


def _began(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _lives(told: Mapping[str, Any]) -> bool:
    """Whether the process of an owner on this machine is there, and still holds what it took."""
    pid = told.get("pid")
    if not told.get("machine") or not isinstance(pid, int):
        return True
    return pid != os.getpid() and _began(pid) == told.get("began") != ""
