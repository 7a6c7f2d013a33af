"""The archive: what one run stores, the next one finds."""

from __future__ import annotations

import ctypes
import threading
from pathlib import Path

import numpy as np
import pytest

from memory.archive import Archive, key_of
from memory.embedding import DIMENSIONS, GRID, WordLlamaEmbedding
from scenarios.errors import MemoryInUse
from scenarios.records import Novelty

TEXTS = ["A kettle leaks.", "The night train is late.", "Bread for breakfast."]


def test_another_run_finds_the_same_vectors_in_the_same_order(tmp_path: Path) -> None:
    vectors = WordLlamaEmbedding().vectors(TEXTS)
    archive = Archive(tmp_path, "s")
    archive.remember("r1", [key_of("r1", name) for name in "abc"], vectors, TEXTS)
    own, ids = archive.neighbours("r1")
    assert len(own) == 0
    assert ids == {"r1/a", "r1/b", "r1/c"}
    archive.close()
    archive = Archive(tmp_path, "s")
    before, ids = archive.neighbours("r2")
    assert ids == set()
    assert len(before) == 3
    for place, name in enumerate("abc"):
        assert before.nearest(vectors[place]) == Novelty(nearest=f"r1/{name}", distance=0.0)
    assert np.array_equal(before._vectors[:3], vectors), "not a bit is lost on the way"
    archive.close()


def test_scopes_are_apart_and_forgetting_forgets(tmp_path: Path) -> None:
    vectors = WordLlamaEmbedding().vectors(TEXTS)
    archive = Archive(tmp_path, "s")
    archive.remember("r1", ["r1/a", "r1/b"], vectors[:2], TEXTS[:2])
    archive.forget(["r1/a"])
    archive.forget([])
    assert len(archive.neighbours("r2")[0]) == 1
    archive.close()
    other = Archive(tmp_path, "t")
    assert len(other.neighbours("r2")[0]) == 0
    other.close()


def test_storing_again_changes_nothing(tmp_path: Path) -> None:
    vectors = WordLlamaEmbedding().vectors(TEXTS)
    archive = Archive(tmp_path, "s")
    for _ in range(3):
        archive.remember("r1", ["r1/a", "r1/b", "r1/c"], vectors, TEXTS)
    assert len(archive.neighbours("r2")[0]) == 3
    archive.close()


def test_a_directory_has_one_owner(tmp_path: Path) -> None:
    archive = Archive(tmp_path, "s")
    with pytest.raises(MemoryInUse, match="is in use by process"):
        Archive(tmp_path, "s")
    archive.close()
    Archive(tmp_path, "s").close()


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
    archive = Archive(tmp_path / "memory", "s")
    archive.remember("r", ["a", "b"], np.eye(2, DIMENSIONS, dtype=np.float32) * GRID, ["one", "two"])
    archive.close()
    assert all(marker not in path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
