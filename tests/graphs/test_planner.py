"""The planner: what it plans depends on whole rounds alone, within what makes sense and within the quotas."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.planner import Outcome, Planner, Planning
from graphs.quotas import Quotas
from scenarios.axes import Cell, makes_sense
from scenarios.loading import Loaded
from scenarios.records import Verdict
from tests.helpers import NOTES, loaded

AXES = {"mood": ["calm", "glad", "sad"], "size": ["short", "long"], "place": ["here", "there", "far"]}
EXCLUDE = [{"mood": ["calm", "glad"], "place": "far"}, {"size": "long", "place": ["here"]}]
SIZE = 3
VERDICTS = (Verdict.ACCEPTED, Verdict.REJECTED, Verdict.UNDECIDED)


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return loaded(tmp_path_factory.mktemp("s"), NOTES, axes={"topic": None, **AXES}, exclude=EXCLUDE)


def numbers(round_: int) -> range:
    return range(round_ * SIZE, (round_ + 1) * SIZE)


class Course:
    """A run's rounds as the campaign plans and learns them, each cell with an outcome by chance."""

    def __init__(self, scenario: Loaded, planning: Planning, lookahead: int, seed: int, **quota: Any) -> None:
        self._make = lambda: Planner(scenario, 7, planning, Quotas(scenario.scenario, quota.get("quota", {}), 12))
        self._lookahead, self._seed = lookahead, seed

    def outcomes(self, round_: int, cells: list[dict[str, str]]) -> list[Outcome]:
        rng = random.Random(f"{self._seed}/{round_}")
        return [Outcome(cell, rng.choices(VERDICTS, (6, 3, 1))[0]) for cell in cells]

    def run(self, rounds: int, resumed_at: set[int]) -> list[list[dict[str, str]]]:
        """The cells of `rounds` rounds. Before learning a round of `resumed_at` the planner is replaced by a replayed one."""
        planner, planned, learned = self._make(), [], 0
        while learned < rounds:
            while len(planned) <= learned + self._lookahead:
                planned.append(planner.cells(len(planned), numbers(len(planned))))
            if learned in resumed_at:
                planner = self._make()
                known = [self.outcomes(place, planned[place]) for place in range(learned)]
                planner.replay(known, self._lookahead, numbers, {})
                again = [planner.cells(place, numbers(place)) for place in range(learned, len(planned))]
                assert again == planned[learned:]
            planner.learn(self.outcomes(learned, planned[learned]))
            learned += 1
        return planned


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(Planning), st.integers(0, 3), st.integers(0, 1000), st.sets(st.integers(0, 7)),
    st.sampled_from([{}, {"mood": {"sad": 5}}, {"mood": {"sad": 3}, "size": {"short": 7}}]),
)  # fmt: skip
def test_a_resumed_planner_plans_as_an_uninterrupted_one(
    scenario: Loaded, planning: Planning, lookahead: int, seed: int, resumed: set[int], quota: dict[str, dict[str, int]]
) -> None:
    course = Course(scenario, planning, lookahead, seed, quota=quota)
    plain = course.run(8, set())
    assert course.run(8, resumed) == plain
    for cell in (cell for cells in plain for cell in cells):
        assert list(cell) == list(AXES)
        assert makes_sense(cell, scenario.scenario.exclude)


def test_what_was_begun_keeps_its_cell(scenario: Loaded) -> None:
    planner = Planner(scenario, 7, Planning.COVERAGE, Quotas(scenario.scenario, {}, 9))
    begun = {"mood": "sad", "size": "short", "place": "far"}
    planner.replay([], 1, numbers, {(1, 2): begun})
    planner.cells(0, numbers(0))
    assert planner.cells(1, numbers(1))[2] == begun


def test_what_the_memory_holds_is_not_planned_again(scenario: Loaded) -> None:
    planner = Planner(scenario, 7, Planning.COVERAGE, Quotas(scenario.scenario, {}, 9))
    met: list[Cell] = [
        {"place": "there", "size": size, "mood": mood} for size in ("short", "long") for mood in ("calm", "glad", "sad")
    ]
    planner.meet([*met, {}, {"mood": "calm"}, {"mood": "wild", "size": "short", "place": "here"}])
    assert len(planner.met) == 6
    left = set(planner.coverage.uncovered())
    cells = planner.cells(0, numbers(0))
    assert all(cell["place"] != "there" for cell in cells)
    assert set(planner.coverage.uncovered()) < left


@pytest.mark.parametrize("verdict", VERDICTS)
def test_failed_machinery_says_nothing_of_a_cell(tmp_path: Path, verdict: Verdict) -> None:
    scenario = loaded(tmp_path, NOTES, axes={"topic": ["a map", "a bell"]})
    planner = Planner(scenario, 7, Planning.COVERAGE, Quotas(scenario.scenario, {}, 9))
    for round_ in range(8):
        planner.learn([Outcome(cell, verdict) for cell in planner.cells(round_, numbers(round_))])
    assert bool(planner.coverage.failing()) == (verdict is Verdict.REJECTED)
