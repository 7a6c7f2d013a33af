"""The checks of evolved instructions: right evolutions of each operation pass, wrong ones do not, and what cannot be seen is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agents.checks.evolve.evolution import OPERATIONS
from agents.checks.registry import check_names_known, early_faults, run_checks
from agents.models.scripted import expected
from scenarios.briefs import brief_of
from scenarios.errors import ScenarioError
from scenarios.evolution import as_parent
from scenarios.loading import Loaded, load
from scenarios.records import Candidate, Parent, Status
from tests.helpers import NOTES, loaded

EVOLVE = load("evolve")
EXAMPLES: dict[str, dict[str, list[str]]] = yaml.safe_load(
    Path(__file__).with_name("evolutions.yaml").read_text(encoding="utf-8")
)


def pairs(verdict: str) -> list[Any]:
    found = [(operation, *pair.split(" => ")) for operation in OPERATIONS for pair in EXAMPLES[operation][verdict]]
    return [pytest.param(*each, id=f"{each[0]}: {each[2]}") for each in found]


def made(operation: str, parent: str, child: str) -> Candidate:
    seed = EVOLVE.scenario.axes["seed"].names[0]
    cell = {"seed": seed, "operation": operation}
    brief = brief_of(EVOLVE, 7, cell, 0, 0, Parent(id=f"seed:{seed}", depth=0, text=parent))
    return Candidate(brief=brief, fields={"instruction": child})


def faults(candidate: Candidate) -> list[str]:
    return [f"{e.check}: {e.detail}" for e in run_checks(EVOLVE, candidate) if e.status is not Status.PASS]


def test_there_are_twenty_right_and_twenty_wrong_examples_of_each_operation() -> None:
    assert set(EXAMPLES) == set(OPERATIONS) == set(EVOLVE.scenario.axes["operation"].names)
    for examples in EXAMPLES.values():
        assert len(set(examples["right"])) >= 20
        assert len(set(examples["wrong"])) >= 20


@pytest.mark.parametrize(("operation", "parent", "child"), pairs("right"))
def test_right_evolutions_pass(operation: str, parent: str, child: str) -> None:
    assert faults(made(operation, parent, child)) == []


@pytest.mark.parametrize(("operation", "parent", "child"), pairs("wrong"))
def test_wrong_evolutions_are_refused_and_drawn_again(operation: str, parent: str, child: str) -> None:
    candidate = made(operation, parent, child)
    found = faults(candidate)
    assert found
    assert all(fault.partition(": ")[2] for fault in found), "each says why"
    assert any(early_faults(EVOLVE, candidate, "instruction"))


@pytest.mark.parametrize(("operation", "parent", "child"), pairs("unseen"))
def test_what_cannot_be_seen(operation: str, parent: str, child: str) -> None:
    """These are wrong and pass: the documentation says so."""
    assert faults(made(operation, parent, child)) == []


@pytest.mark.parametrize(
    ("child", "why"),
    [
        ("Explain how soap removes grease, as the given instruction says, in ten words.", "'given instruction'"),
        ("Explain how soap removes grease in ten words. Limit: ten words.", "label 'Limit:'"),
        (
            "Explain how soap removes the grease of a Sunday roast, with words that a reader of twelve years knows.",
            "from an example",
        ),
        ("Could you tell me in what way soap works in a fridge?", "worded as the example"),
        (
            "Explain how the soap of a lost dog wrote a spotted song without grease.",
            "about what an example is about",
        ),
    ],
)
def test_words_of_the_prompt_and_of_demonstrations_are_refused(child: str, why: str) -> None:
    candidate = made("constrain", "Explain how soap removes grease.", child)
    every = tuple(range(len(EVOLVE.demonstrations)))
    shown = candidate.model_copy(update={"brief": candidate.brief.model_copy(update={"demonstrations": every})})
    found = [e.detail for e in run_checks(EVOLVE, shown) if e.check in {"own_wording", "one_line"}]
    assert any(why in detail for detail in found)
    given = made("constrain", child, "Summarise the given instruction in ten words.")
    assert "given instruction" not in child or not [fault for fault in faults(given) if "given" in fault]


@given(st.sampled_from(EVOLVE.scenario.axes["seed"].names), st.sampled_from(tuple(OPERATIONS)), st.integers(0, 2**63))
def test_the_scripted_model_passes_for_every_seed_and_operation(seed: str, operation: str, own: int) -> None:
    brief = brief_of(EVOLVE, own, {"seed": seed, "operation": operation}, 0, 0)
    (said,) = expected(EVOLVE, Candidate(brief=brief), EVOLVE.scenario.fields[0])
    candidate = Candidate(brief=brief, fields={"instruction": said})
    assert faults(candidate) == []
    again = candidate.model_copy(update={"fields": {"instruction": brief.parent.text if brief.parent else ""}})
    assert any(fault.startswith("not_parent") for fault in faults(again))


@given(st.text(max_size=200), st.text(max_size=200))
def test_any_texts_are_read(parent: str, child: str) -> None:
    for operation in OPERATIONS:
        assert faults(made(operation, parent, child)) == faults(made(operation, parent, child))


def test_an_operation_that_is_not_known_proves_nothing() -> None:
    candidate = made("constrain", "Write a poem.", "Write a poem about a very tall mountain.")
    brief = candidate.brief.model_copy(update={"cell": {**candidate.brief.cell, "operation": "translate"}})
    found = {e.check: e for e in run_checks(EVOLVE, candidate.model_copy(update={"brief": brief}))}
    assert found["operation_done"].status is Status.UNVERIFIABLE
    assert "translate" in found["operation_done"].detail


def test_a_scenario_that_evolves_nothing_cannot_have_them(tmp_path: Path) -> None:
    scenario: Loaded = loaded(tmp_path, NOTES, checks=[{"name": "not_parent"}])
    with pytest.raises(ScenarioError, match="'not_parent' reads what a brief evolves, and the scenario lacks 'evolve'"):
        check_names_known(scenario)


def test_a_sample_is_a_parent_up_to_the_depth_of_its_scenario() -> None:
    plan = EVOLVE.scenario.evolve
    assert plan
    assert as_parent(plan, "x", Parent(id="seed:a", depth=0, text="A."), {"instruction": "B."}) == Parent(
        id="x", depth=1, text="B."
    )
    assert as_parent(plan, "x", Parent(id="y", depth=plan.depth - 1, text="A."), {"instruction": "B."}) is None


@pytest.mark.parametrize("verdict", ["right", "wrong"])
def test_of_what_was_written_later_39_in_40_are_seen_for_what_they_are(verdict: str) -> None:
    """The documentation gives this figure. Whoever changes the checks for these writes new ones, or gives it up."""
    later = yaml.safe_load(Path(__file__).with_name("evolutions_later.yaml").read_text(encoding="utf-8"))
    found = [
        bool(faults(made(operation, *pair.split(" => ")))) is (verdict == "wrong")
        for operation, examples in later.items()
        for pair in examples[verdict]
    ]
    assert (sum(found), len(found)) == (39, 40)
