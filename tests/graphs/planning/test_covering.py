"""Covering: every pair first, what is seldom after it, what fails backed off; always within what makes sense."""

from __future__ import annotations

import random
from collections import Counter
from itertools import combinations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.planning.covering import Covering, samples_for_all
from scenarios.schema.axes import Axis, Exclusion, makes_sense
from scenarios.schema.space import Space


def axes(*sizes: int) -> dict[str, Axis]:
    return {f"x{n}": Axis.model_validate([f"{n}.{v}" for v in range(size)]) for n, size in enumerate(sizes)}


def pairs(space: Space) -> set[tuple[tuple[str, str], ...]]:
    """Every pair that some cell has, by brute force over all cells."""
    found = set()
    for values in product(*(axis.values for axis in space.axes.values())):
        cell = {name: value.name for name, value in zip(space.axes, values, strict=True)}
        if makes_sense(cell, space.exclusions):
            found |= set(combinations(cell.items(), min(2, len(cell))))
    return found


exclusions = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 3), st.integers(0, 2), st.integers(0, 2)).filter(
        lambda t: t[0] != t[1]
    ),
    max_size=4,
).map(lambda rows: [Exclusion(axes={f"x{a}": (f"{a}.{v}",), f"x{b}": (f"{b}.{w}",)}) for a, b, v, w in rows])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(1, 4), min_size=1, max_size=4), exclusions, st.integers(0, 99))
def test_the_planner_covers_every_pair_that_makes_sense_and_plans_nothing_else(
    sizes: list[int], rules: list[Exclusion], seed: int
) -> None:
    space = Space(axes(*sizes), [rule for rule in rules if set(rule.axes) <= {f"x{n}" for n in range(len(sizes))}])
    wanted = pairs(space)
    assert space.combinations == wanted
    if not wanted:
        return
    covering, rng = Covering(space), random.Random(seed)
    while covering.uncovered():
        cell = covering.next_cell(rng)
        assert makes_sense(cell, space.exclusions)
        before = len(covering.uncovered())
        covering.plan(cell)
        assert len(covering.uncovered()) < before, "each cell covers something new"
    assert all(covering.count[one] > 0 for one in space.combinations)


def test_it_needs_few_samples() -> None:
    """Bounds of 2-wise covering arrays: at least the product of the two largest axes, and not many more."""
    for sizes in ((3, 3, 3, 3), (10, 8, 4, 4), (5, 5, 5, 5, 5), (15, 18, 7, 8, 4)):
        least = sorted(sizes)[-1] * sorted(sizes)[-2]
        assert least <= samples_for_all(Space(axes(*sizes))) <= 1.8 * least


def test_what_an_earlier_run_made_is_not_planned_again() -> None:
    space = Space(axes(4, 4))
    covering, rng = Covering(space), random.Random(0)
    made = [covering.next_cell(random.Random(n)) for n in range(1)]
    for cell in made:
        covering.accept(cell)
    planned = []
    while covering.uncovered():
        planned.append(covering.next_cell(rng))
        covering.plan(planned[-1])
    assert len(planned) == 15
    assert made[0] not in planned


def test_once_all_are_covered_the_weights_decide() -> None:
    space = Space({"kind": Axis.model_validate({"weighted": {"rare": 1, "common": 3}}), "x": axes(2)["x0"]})
    covering, rng = Covering(space), random.Random(0)
    for _ in range(400):
        covering.plan(covering.next_cell(rng))
    counts = Counter({key[0]: 0 for key in covering.cells})
    for key, count in covering.cells.items():
        counts[key[0]] += count
    assert 2.5 < counts["common"] / counts["rare"] < 3.5


def test_a_cell_that_keeps_failing_is_backed_off_and_reported() -> None:
    space = Space(axes(3, 3))
    covering, rng = Covering(space), random.Random(0)
    bad = {"x0": "0.1", "x1": "1.2"}
    tried = 0
    for _ in range(120):
        cell = covering.next_cell(rng)
        covering.plan(cell)
        tried += cell == bad
        covering.settle(cell, accepted=cell != bad)
    assert 4 <= tried < 12, "backed off, but not forgotten"
    assert covering.failing() == [(tuple(bad.items()), tried)]
    assert sum(covering.count[one] > 0 for one in space.combinations) == 8
    others = [count for key, count in covering.cells.items() if key != tuple(bad.values())]
    assert max(others) - min(others) <= 2


@given(st.integers(0, 1000))
def test_equal_histories_plan_equally(seed: int) -> None:
    space = Space(axes(4, 3, 2))
    cells = []
    for _ in range(2):
        covering, rng = Covering(space), random.Random(seed)
        made = []
        for _ in range(12):
            made.append(covering.next_cell(rng))
            covering.plan(made[-1])
        cells.append(made)
    assert cells[0] == cells[1]


def test_allowed_values_are_kept_to_where_they_leave_a_cell() -> None:
    space = Space(axes(4, 3))
    covering, rng = Covering(space), random.Random(0)
    for _ in range(30):
        cell = covering.next_cell(rng, {"x0": frozenset({"0.2", "0.3"})})
        covering.plan(cell)
        assert cell["x0"] in {"0.2", "0.3"}
    assert covering.next_cell(rng, {"x0": frozenset()})["x0"]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(["plan", "accept", "settle"]), st.integers(0, 11), st.booleans()), max_size=60)
)
def test_what_is_open_is_what_a_count_from_scratch_says(steps: list[tuple[str, int, bool]]) -> None:
    space = Space(axes(4, 3))
    covering = Covering(space)
    cells = [{"x0": f"0.{n % 4}", "x1": f"1.{n // 4}"} for n in range(12)]
    for what, number, accepted in steps:
        cell = cells[number]
        if what == "settle":
            covering.settle(cell, accepted)
        else:
            (covering.plan if what == "plan" else covering.accept)(cell)
    wanted = sorted(one for one in space.combinations if covering.count[one] <= 0 and not covering.hopeless(one))
    assert covering.uncovered() == wanted
