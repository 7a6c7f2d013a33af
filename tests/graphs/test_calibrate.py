"""Calibration: the AUC's arithmetic, planted defects, and the command over a finished run."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from agents.defects import Defect, plant
from graphs.calibrate import auc, interval, main
from graphs.run import main as run
from memory.journal.journal import Journal
from scenarios.messages import Speech
from scenarios.records import Candidate
from tests.conversations import at_the_desk, write_desk
from tests.endpoint import Endpoint
from tests.helpers import Workshop, at, planned


def test_the_auc_counts_pairs_and_ties() -> None:
    assert auc([2, 2], [1, 1]) == 1.0
    assert auc([1, 1], [1, 1]) == 0.5
    assert auc([1], [2]) == 0.0
    assert auc([1, 3], [2]) == 0.5


def test_the_interval_holds_the_figure_and_is_the_same_each_time() -> None:
    pairs = [(float(n % 3), float(n % 2)) for n in range(30)]
    low, high = interval(pairs)
    assert low <= auc([a for a, _ in pairs], [b for _, b in pairs]) <= high
    assert (low, high) == interval(pairs)


@pytest.fixture(name="finished")
def _finished(tmp_path: Path) -> Path:
    out = tmp_path / "run"
    words = [
        *planned("support"),
        "llm.backend=scripted",
        "n=5",
        "seed=1",
        f"out={out}",
        f"memory.path={tmp_path / 'memory'}",
    ]
    assert run(words) == 0
    return out


def _accepted(out: Path) -> list[Candidate]:
    journal = Journal(out / "run.sqlite")
    try:
        return [record.candidate for record in journal.records() if record.verdict == "accepted"]
    finally:
        journal.close()


def test_a_planted_defect_changes_the_sample_and_nothing_else(finished: Path) -> None:
    candidates = _accepted(finished)
    assert len(candidates) == 5
    kinds = set()
    for number, candidate in enumerate(candidates):
        flawed, defect = plant(candidate, number)
        assert flawed.messages != candidate.messages, defect
        assert flawed.brief == candidate.brief
        assert flawed == plant(candidate, number)[0]
        kinds.add(defect)
    assert kinds == set(Defect)


def test_the_command_measures_every_judging_role(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([f"out={finished}"]) == 0
    said = capsys.readouterr().out
    assert "checks find 5 of 5 planted defects" in said
    for role in ("critic", "verifier", "judge"):
        assert f"{role}: AUC" in said
    # The scripted model is favourable to all: its judgement must come out as worthless.
    assert said.count("not informative") == 3


@pytest.mark.parametrize("words", [[], ["out=nowhere"], ["out=nowhere", "pear=3"]])
def test_a_mistake_is_one_line(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(words) == 2
    error = capsys.readouterr().err
    assert error.startswith("colloquia: ")
    assert error.count("\n") == 1


def test_a_defect_in_a_conversation_with_tools_leaves_its_calls_and_results(
    workshop: Workshop, serve: Callable[..., Endpoint]
) -> None:
    path = write_desk(workshop.home / "desk")
    ran = workshop.run("r", f"scenario={path}", "n=4", "round_size=4", *at(serve(at_the_desk).url))
    assert ran.code == 0, ran.stderr
    candidates = _accepted(ran.out)
    assert any(message.tool_calls for candidate in candidates for message in candidate.messages)
    for candidate in candidates:
        for number in range(len(Defect)):
            flawed, defect = plant(candidate, number)
            assert flawed.messages != candidate.messages, defect
            kept = zip(candidate.messages, flawed.messages, strict=False)
            assert all(a == b for a, b in kept if a.tool_calls or a.role is Speech.TOOL), defect
    assert main([f"out={ran.out}", "pairs=4", "llm.backend=scripted"]) == 0
