"""The planner: what it plans depends on whole rounds alone, within what makes sense and within the quotas."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.planning.outcomes import BriefOutcome
from graphs.planning.planner import Planned, Planner, Planning, Redo
from graphs.planning.quotas import Quotas
from memory.archive.archive import Note
from scenarios.loading import Loaded
from scenarios.records import Verdict
from scenarios.schema.axes import Cell, makes_sense
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

    def __init__(
        self,
        scenario: Loaded,
        planning: Planning,
        lookahead: int,
        seed: int,
        quota: dict[str, dict[str, int]],
        told: int = 99,
    ) -> None:
        """Once round `told` is to be learned, people want two briefs of before to be made again."""  # fmt: skip

        def make(redo: Sequence[Redo] = ()) -> Planner:
            made = Planner(scenario, 7, planning, Quotas(scenario.scenario, quota, 12), steers=True, redo=redo)
            made.meet([Note("other/run", {"mood": "sad", "size": "short", "place": "here"}, "an old story")])
            return made

        self._make, self._told = make, told
        self._lookahead, self._seed = lookahead, seed

    def outcomes(self, round_: int, plans: list[Planned]) -> list[BriefOutcome]:
        rng = random.Random(f"{self._seed}/{round_}")
        found = []
        for place, plan in enumerate(plans):
            verdict = rng.choices(VERDICTS, (5, 4, 1))[0]
            stage, id_ = rng.choice(("curate", "verify")), f"{round_}.{place}"
            near = rng.choice(("0.0", "0.1", "1.0", "other/run"))
            found.append(
                BriefOutcome(
                    plan.cell, verdict, stage, "x", id=id_, about=f"of {id_}", nearest=near, lineage=plan.lineage
                )
            )
        return found

    def run(self, rounds: int, resumed_at: set[int]) -> list[list[Planned]]:
        """The plans of `rounds` rounds. Before learning a round of `resumed_at` the planner is replaced by a replayed one."""
        planner, learned = self._make(), 0
        planned: list[list[Planned]] = []
        redo: list[Redo] = []
        while learned < rounds:
            if learned == self._told:
                known = [self.outcomes(place, planned[place]) for place in range(learned)]
                accepted = [one for outcomes in known for one in outcomes if one.verdict is Verdict.ACCEPTED]
                redo = [Redo(one.id, dict(one.cell), f"advice {one.id}") for one in accepted[:2]]
                planner, planned = self._make(redo), planned[:learned]
                planner.replay(known, self._lookahead, numbers, {})
            while len(planned) <= learned + self._lookahead:
                planned.append(planner.plan(len(planned), numbers(len(planned))))
            if learned in resumed_at:
                planner = self._make(redo)
                known = [self.outcomes(place, planned[place]) for place in range(learned)]
                planner.replay(known, self._lookahead, numbers, {})
                again = [planner.plan(place, numbers(place)) for place in range(learned, len(planned))]
                assert again == planned[learned:]
            planner.learn(self.outcomes(learned, planned[learned]))
            learned += 1
        return planned


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(Planning), st.integers(0, 3), st.integers(0, 1000), st.sets(st.integers(0, 7)),
    st.sampled_from([{}, {"mood": {"sad": 5}}, {"mood": {"sad": 3}, "size": {"short": 7}}]), st.integers(1, 9),
)  # fmt: skip
def test_a_resumed_planner_plans_as_an_uninterrupted_one(
    scenario: Loaded, planning: Planning, lookahead: int, seed: int, resumed: set[int], quota: dict[str, dict[str, int]],
    told: int,
) -> None:  # fmt: skip
    course = Course(scenario, planning, lookahead, seed, quota, told)
    plain = course.run(8, set())
    advised = [plan.advice for plans in plain for plan in plans if plan.advice]
    assert len(advised) == len(set(advised))
    if not quota and told < 7:
        made = [
            one.id
            for place in range(told)
            for one in course.outcomes(place, plain[place])
            if one.verdict is Verdict.ACCEPTED
        ]
        assert advised == [f"advice {id_}" for id_ in made[:2]]
    assert course.run(8, resumed) == plain
    for cell in (plan.cell for plans in plain for plan in plans):
        assert list(cell) == list(AXES)
        assert makes_sense(cell, scenario.scenario.exclude)


def test_what_was_begun_keeps_its_cell(scenario: Loaded) -> None:
    planner = Planner(scenario, 7, Planning.COVERAGE, Quotas(scenario.scenario, {}, 9), steers=False)
    begun = {"mood": "sad", "size": "short", "place": "far"}
    planner.replay([], 1, numbers, {(1, 2): Planned(begun, ("a story",))})
    planner.plan(0, numbers(0))
    assert planner.plan(1, numbers(1))[2] == Planned(begun, ("a story",))


def test_what_the_memory_holds_is_not_planned_again(scenario: Loaded) -> None:
    planner = Planner(scenario, 7, Planning.COVERAGE, Quotas(scenario.scenario, {}, 9), steers=False)
    met: list[Cell] = [
        {"place": "there", "size": size, "mood": mood} for size in ("short", "long") for mood in ("calm", "glad", "sad")
    ]
    other: list[Cell] = [{}, {"mood": "calm"}, {"mood": "wild", "size": "short", "place": "here"}]
    planner.meet([Note(str(number), cell) for number, cell in enumerate([*met, *other])])
    assert len(planner.met) == 6
    left = set(planner.covering.uncovered())
    assert all(plan.cell["place"] != "there" for plan in planner.plan(0, numbers(0)))
    assert set(planner.covering.uncovered()) < left


@pytest.mark.parametrize("verdict", VERDICTS)
def test_failed_machinery_says_nothing_of_a_cell(tmp_path: Path, verdict: Verdict) -> None:
    scenario = loaded(tmp_path, NOTES, axes={"topic": ["a map", "a bell"]})
    planner = Planner(scenario, 7, Planning.COVERAGE, Quotas(scenario.scenario, {}, 9), steers=False)
    for round_ in range(8):
        planner.learn([BriefOutcome(plan.cell, verdict) for plan in planner.plan(round_, numbers(round_))])
    assert bool(planner.covering.failing()) == (verdict is Verdict.REJECTED)


def test_what_was_too_close_has_one_more_attempt_that_knows_to_what(scenario: Loaded) -> None:
    planner = Planner(scenario, 7, Planning.COVERAGE, Quotas(scenario.scenario, {}, 9), steers=True)
    first = [plan.cell for plan in planner.plan(0, numbers(0))]
    near = BriefOutcome(first[0], Verdict.ACCEPTED, id="a", about="a lost coat")
    close = BriefOutcome(first[1], Verdict.REJECTED, "curate", "novelty", id="b", nearest="a")
    wrong = BriefOutcome(first[2], Verdict.REJECTED, "verify", "non_empty", id="c")
    planner.learn([near, close, wrong])
    again, *others = planner.plan(1, numbers(1))
    assert (again.cell, again.lineage, again.avoid[0]) == (first[1], ("b",), "a lost coat")
    assert [plan.lineage for plan in others] == [(), ()]
    planner.learn([replace(close, id="d", lineage=("b",)), wrong, wrong])
    assert [plan.lineage for plan in planner.plan(2, numbers(2))] == [(), (), ()], "one attempt, not more"


def test_without_steering_nothing_is_avoided(scenario: Loaded) -> None:
    planner = Planner(scenario, 7, Planning.COVERAGE, Quotas(scenario.scenario, {}, 9), steers=False)
    planner.meet([Note("x", {"mood": "sad", "size": "short", "place": "here"}, "an old story")])
    cells = [plan.cell for plan in planner.plan(0, numbers(0))]
    planner.learn([BriefOutcome(cell, Verdict.REJECTED, "curate", "novelty", id="b", nearest="x") for cell in cells])
    assert {(plan.avoid, plan.lineage) for plan in planner.plan(1, numbers(1))} == {((), ())}
