"""Invariant 6: no two accepted samples closer than the novelty distance, within a run and across runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import memory.vectors.embedding
from tests.endpoint import Asked, Endpoint, scripted
from tests.helpers import Ran, Workshop, at

LEAST = 0.25
WORDS = ["scenario=chain", "round_size=5", f"memory.min_distance={LEAST}"]


def text_of(line: dict[str, Any]) -> str:
    """The sample as the novelty rule sees it."""
    if "fields" in line:
        return "\n".join(line["fields"].values())
    return "\n".join(message["content"] for message in line["messages"])


def distances(lines: list[dict[str, Any]]) -> np.ndarray[Any, Any]:
    """All cosine distances, from WordLlama's own float vectors."""
    model = memory.vectors.embedding.wordllama_model()
    raw = np.vstack([model.embed([text_of(line)], norm=True) for line in lines]).astype(np.float64)
    return 1 - raw @ raw.T


def hold(runs: list[Ran]) -> None:
    """Compare every accepted sample with all that were accepted before it."""
    lines = [line for ran in runs for line in ran.lines()]
    far = distances(lines)
    for place, line in enumerate(lines):
        novelty = line["novelty"]
        if place == 0:
            assert novelty == {"nearest": None, "distance": None}
            continue
        assert far[place, :place].min() >= LEAST - 1e-3
        named = [other["id"] for other in lines].index(novelty["nearest"].split("/")[-1])
        assert named < place
        assert far[place, named] == pytest.approx(far[place, :place].min(), abs=1e-3)
        assert novelty["distance"] == pytest.approx(far[place, :place].min(), abs=1e-3)
        assert novelty["distance"] >= LEAST


def test_accepted_samples_keep_their_distance_in_a_run_and_across_runs(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    def often_alike(asked: Asked) -> str:
        if "JSON" in asked.prompt:
            return scripted(asked)
        if asked.seed % 3:
            return scripted(asked)
        return f"{'The same old story of the sea and of the ships that went down. ' * 3}{scripted(asked).split()[0]}"

    endpoint = serve(often_alike)
    memory_path = f"memory.path={workshop.home / 'shared'}"
    first = workshop.run("first", *WORDS, *at(endpoint.url), memory_path, "n=10", "seed=1")
    second = workshop.run("second", *WORDS, *at(endpoint.url), memory_path, "n=10", "seed=2")
    assert (first.code, second.code) == (0, 0)
    hold([first, second])
    too_near = [line for ran in (first, second) for line in ran.lines("rejected.jsonl") if line["reason"] == "novelty"]
    assert too_near, "the endpoint repeats itself, so that the rule has something to do"
    known = {line["id"] for ran in (first, second) for line in ran.lines()}
    for line in too_near:
        assert (line["stage"], line["verdict"]) == ("curate", "rejected")
        assert line["novelty"]["distance"] < LEAST
        assert line["novelty"]["nearest"].split("/")[-1] in known
        assert str(line["novelty"]["distance"]) in line["detail"]


def test_the_same_briefs_again_in_one_memory_bring_nothing_novel(workshop: Workshop) -> None:
    """The planner goes by the memory, and steering too: without them, the same seed plans the same briefs."""
    shared = f"memory.path={workshop.home / 'shared'}"
    words = ["scenario=chain", "round_size=3", "memory.min_distance=0.1", "llm.backend=scripted", shared, "n=6"]
    words += ["planner=random", "steering=off"]
    first = workshop.run("first", *words)
    again = workshop.run("again", *words, "patience=2")
    assert (first.code, again.code) == (0, 3)
    assert again.summary()["stopped_by"] == "patience"
    assert again.summary()["accepted"] == 0
    assert again.summary()["reasons"]["novelty"] == 6
    assert "2 rounds in a row" in again.stdout
    for line in again.lines("rejected.jsonl"):
        if line["reason"] == "novelty":
            assert line["novelty"]["distance"] == 0
            assert line["novelty"]["nearest"].split("/")[-1] == line["id"], "the very sample of the first run"


def test_another_scope_does_not_count_as_before(workshop: Workshop) -> None:
    words = [*WORDS, "llm.backend=scripted", f"memory.path={workshop.home / 'shared'}", "n=4"]
    first = workshop.run("first", *words)
    other = workshop.run("other", *words, "memory.scope=elsewhere")
    assert other.code == 0
    assert other.dataset() == first.dataset()
