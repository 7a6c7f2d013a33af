"""Calibration: the AUC's arithmetic, planted defects, and the command over a finished run."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.defects import Defect, plant
from graphs.calibrate import auc, interval, main
from graphs.run import main as run
from memory.journal.journal import Journal
from scenarios.records import Candidate
from tests.helpers import planned


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
