"""Quotas: met exactly whatever fails, or said to be impossible in one line."""

from __future__ import annotations

import random
from collections import Counter
from itertools import product
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from graphs.planning.outcomes import BriefOutcome
from graphs.planning.planner import Planner, Planning
from graphs.planning.quotas import Counts, Quotas
from graphs.sampling.decision import CurationReason
from scenarios.errors import SettingsError
from scenarios.loading import Loaded
from scenarios.records import Verdict
from scenarios.schema.axes import Exclusion, makes_sense
from tests.helpers import NOTES, Workshop, loaded, write_scenario

AXES = {"mood": ["calm", "glad", "sad"], "size": ["short", "long"], "place": ["here", "there", "far"]}
CELLS = [dict(zip(AXES, values, strict=True)) for values in product(*AXES.values())]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return loaded(tmp_path_factory.mktemp("s"), NOTES, axes={"topic": None, **AXES})


def excluding(scenario: Loaded, rules: list[dict[str, Any]]) -> Loaded:
    exclude = tuple(Exclusion.model_validate(rule) for rule in rules)
    return scenario.model_copy(update={"scenario": scenario.scenario.model_copy(update={"exclude": exclude})})


rules = st.lists(
    st.tuples(*(st.sampled_from(values) for values in AXES.values()), st.sampled_from(list(AXES))).map(
        lambda drawn: {axis: name for axis, name in zip(AXES, drawn, strict=False) if axis != drawn[-1]}
    ),
    max_size=4,
)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.sampled_from(CELLS), min_size=1, max_size=14), rules, st.sets(st.sampled_from(sorted(AXES)), min_size=1),
    st.integers(0, 99), st.sampled_from(Planning), st.booleans(),
)  # fmt: skip
def test_a_run_meets_its_quotas_exactly_whatever_fails(
    plain: Loaded, wanted: list[dict[str, str]], rules: list[dict[str, Any]], axes: set[str], seed: int, planning: Planning, all_: bool
) -> None:  # fmt: skip
    """The quotas are those of some samples that make sense, so that they can be met."""
    scenario = excluding(plain, rules)
    wanted = [cell for cell in wanted if makes_sense(cell, scenario.scenario.exclude)]
    assume(wanted)
    n, rng = len(wanted), random.Random(seed)
    quota = {
        axis: {name: sum(cell[axis] == name for cell in wanted) for name in AXES[axis][int(not all_) :]}
        for axis in axes
    }
    quotas = Quotas(scenario.scenario, quota, n)
    planner = Planner(scenario, seed, planning, quotas, steers=True)
    counts: Counts = Counter()
    accepted: list[dict[str, str]] = []
    planned: list[list[dict[str, str]]] = []
    for learned in range(400):
        while len(planned) <= learned + 1:
            plans = planner.plan(len(planned), range(2 * len(planned), 2 * len(planned) + 2))
            planned.append([plan.cell for plan in plans])
        outcomes = []
        for cell in planned[learned]:
            assert makes_sense(cell, scenario.scenario.exclude)
            if rng.random() < 0.4:
                outcomes.append(BriefOutcome(cell, Verdict.REJECTED, "generate", "must_say"))
            elif quotas.full(cell, counts):
                outcomes.append(BriefOutcome(cell, Verdict.REJECTED, "curate", CurationReason.QUOTA))
            else:
                counts.update(quotas.parts(cell))
                accepted.append(cell)
                outcomes.append(BriefOutcome(cell, Verdict.ACCEPTED))
        planner.learn(outcomes)
        if len(accepted) == n:
            break
    assert len(accepted) == n
    for axis, by_value in quota.items():
        for name, count in by_value.items():
            assert sum(cell[axis] == name for cell in accepted) == count


@settings(max_examples=30, deadline=None)
@given(rules, st.integers(1, 5), st.data())
def test_what_is_refused_is_impossible(plain: Loaded, rules: list[dict[str, Any]], n: int, data: st.DataObject) -> None:
    """By brute force over all ways to choose `n` cells, as far as the quotas tell them apart."""
    scenario = excluding(plain, rules)
    quota = {axis: {AXES[axis][0]: data.draw(st.integers(0, n))} for axis in AXES}
    kinds = {
        tuple(cell[axis] == AXES[axis][0] for axis in AXES)
        for cell in CELLS
        if makes_sense(cell, scenario.scenario.exclude)
    }
    sums = {(0, 0, 0)}
    for _ in range(n):
        sums = {tuple(a + b for a, b in zip(one, kind, strict=True)) for one in sums for kind in kinds}
    possible = tuple(quota[axis][AXES[axis][0]] for axis in AXES) in sums
    try:
        Quotas(scenario.scenario, quota, n)
    except SettingsError as error:
        assert not possible, error
    else:
        assert possible


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["quota.mod.calm=1"], "quota.mod: the scenario has no such axis (did you mean 'mood'?); it has topic, mood, size, place"),
        (["quota.mood.clam=1"], "quota.mood.clam: the axis has no such value (did you mean 'calm'?)"),
        (["quota.mood.calm=3", "quota.mood.sad=4"], "quota.mood: the quotas are 7 together, which is more than n=6"),
        (["quota.size.short=3", "quota.size.long=2"], "quota.size: every value has a quota, and together they are 5, not n=6"),
        (["quota.size.short=6", "quota.place.far=1"], "leaves no samples that meet all these quotas"),
        (["quota.size.short=-1"], "quota.size.short=-1 is below 0"), (["quota.size=3"], "quota.size=3"), (["quota=3"], "quota=3"),
        (["quota.size.short=many"], "quota.size.short=many"),
    ],
)  # fmt: skip
def test_impossible_quotas_are_told_before_anything_is_asked(workshop: Workshop, words: list[str], told: str) -> None:
    write_scenario(workshop.home / "s", NOTES, axes=AXES, exclude=[{"size": "short", "place": "far"}])
    ran = workshop.run("r", f"scenario={workshop.home}/s", "llm.backend=scripted", "n=6", *words)
    assert (ran.code, ran.stdout) == (2, "")
    assert len(ran.stderr.splitlines()) == 1
    assert told in ran.stderr
    assert not ran.out.exists()


def test_a_run_with_quotas(workshop: Workshop) -> None:
    axes = {**AXES, "dose": ["0.5", "1.5"]}
    write_scenario(workshop.home / "s", NOTES, axes=axes, exclude=[{"size": "short", "place": "far"}])
    words = [
        f"scenario={workshop.home}/s",
        "llm.backend=scripted",
        "quota.mood.sad=7",
        "quota.place.far=4",
        "quota.dose.0.5=8",
    ]
    ran = workshop.run("r", *words, "n=10", "round_size=3")
    assert ran.code == 0, ran.stderr
    met = Counter(value for line in ran.lines() for value in line["brief"]["cell"].items())
    assert (met["mood", "sad"], met["place", "far"], met["dose", "0.5"], len(ran.lines())) == (7, 4, 8, 10)
    assert not [
        line
        for line in ran.lines()
        if line["brief"]["cell"]["size"] == "short" and line["brief"]["cell"]["place"] == "far"
    ]
    more = workshop.run("r", "n=14")
    assert more.code == 0, more.stderr
    assert Counter(line["brief"]["cell"]["mood"] for line in more.lines())["sad"] == 7
    other = workshop.run("r", "n=14", "quota.mood.sad=8")
    assert other.code == 2
    assert "quota.mood.sad" in other.stderr
