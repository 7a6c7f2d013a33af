"""Parents: depth and breadth, learned by whole rounds, kept by what was begun, the same at any speed and after a kill."""

from __future__ import annotations

import random
import re
import signal
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.checks.check import Finding
from agents.checks.registry import CHECKS
from graphs.planning.outcomes import BriefOutcome
from graphs.planning.parents import Parents
from graphs.planning.planner import Planned, Planner, Planning
from graphs.planning.quotas import Quotas
from graphs.verify import main as verify
from graphs.verifying.ancestry import Ancestry
from graphs.verifying.differences import Mismatch
from scenarios.briefs import plan_brief
from scenarios.errors import ScenarioError
from scenarios.evolution import seed_parent
from scenarios.loading import Loaded, load
from scenarios.records import Candidate, Parent, Verdict
from tests.endpoint import Asked, Endpoint, scripted
from tests.helpers import NOTES, Ran, Workshop, at, loaded
from tests.ready import Process

SIZE = 4
SEEDS = [{"name": name, "text": f"Tell me about {name}."} for name in ("soap", "tides")]


@pytest.fixture(scope="module", name="scenario")
def _scenario(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    return loaded(
        tmp_path_factory.mktemp("s"), NOTES, axes={"topic": SEEDS, "how": ["deep", "wide", "odd"]},
        evolve={"axis": "topic", "field": "text", "depth": 3},
    )  # fmt: skip


def numbers(round_: int) -> range:
    return range(round_ * SIZE, (round_ + 1) * SIZE)


def course(
    scenario: Loaded, chance: int, resumed: set[int], planning: Planning = Planning.COVERAGE, steers: bool = True
) -> list[list[Planned]]:
    """The plans of ten rounds, each brief with an outcome by chance; the planner is replaced by a replayed one before
    the rounds that are `resumed`."""

    def make() -> Planner:
        return Planner(scenario, 5, planning, Quotas(scenario.scenario, {}, 40), steers)

    def outcomes(round_: int, plans: list[Planned]) -> list[BriefOutcome]:
        rng, found = random.Random(f"{chance}/{round_}"), []
        for place, plan in enumerate(plans):
            verdict, id_ = rng.choice((Verdict.ACCEPTED, Verdict.ACCEPTED, Verdict.REJECTED)), f"{round_}.{place}"
            found.append(
                BriefOutcome(plan.cell, verdict, "curate", "novelty", id=id_, lineage=plan.lineage, parent=plan.parent,
                        fields={"text": f"made as {id_}"} if verdict is Verdict.ACCEPTED else {})
            )  # fmt: skip
        return found

    planner, planned = make(), list[list[Planned]]()
    for learned in range(10):
        while len(planned) <= learned + 1:
            planned.append(planner.plan(len(planned), numbers(len(planned))))
        if learned in resumed:
            planner = make()
            planner.replay([outcomes(place, planned[place]) for place in range(learned)], 1, numbers, {})
            again = [planner.plan(place, numbers(place)) for place in range(learned, len(planned))]
            assert again == planned[learned:]
        planner.learn(outcomes(learned, planned[learned]))
    return planned


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 999), st.sets(st.integers(0, 9)), st.sampled_from(Planning), st.booleans())
def test_parents_follow_from_whole_rounds_alone(
    scenario: Loaded, chance: int, resumed: set[int], planning: Planning, steers: bool
) -> None:
    planned = course(scenario, chance, set(), planning, steers)
    assert course(scenario, chance, resumed, planning, steers) == planned
    known: dict[str, tuple[int, str, int]] = {}
    for round_, plans in enumerate(planned):
        for place, plan in enumerate(plans):
            parent = plan.parent
            assert parent
            if parent.id.startswith("seed:"):
                assert parent == seed_parent(scenario.scenario, plan.cell)
            else:
                made_in, seed, depth = known[parent.id]
                assert made_in + 1 < round_, "the round was curated when this one was planned"
                assert (seed, depth) == (plan.cell["topic"], parent.depth)
                assert parent.text == f"made as {parent.id}"
            assert parent.depth < 3
            known[f"{round_}.{place}"] = (round_, plan.cell["topic"], parent.depth + 1)
    again = [plan for plans in planned for plan in plans if plan.lineage]
    firsts = {f"{round_}.{place}": plan for round_, plans in enumerate(planned) for place, plan in enumerate(plans)}
    assert all(plan.parent == firsts[plan.lineage[0]].parent for plan in again), "another attempt has the same parent"
    assert bool(again) <= steers


def test_the_one_with_fewest_children_of_the_cell_is_next(scenario: Loaded) -> None:
    plan = scenario.scenario.evolve
    assert plan
    parents = Parents(scenario.scenario, plan, 3)
    cell = {"topic": "soap", "how": "deep"}
    assert parents.choose(cell, 0).id == "seed:soap"
    parents.count(cell, parents.choose(cell, 0))
    parents.add("a", cell, Parent(id="seed:soap", depth=0, text="x"), {"text": "A"})
    assert parents.choose(cell, 1) == Parent(id="a", depth=1, text="A")
    other = {"topic": "soap", "how": "wide"}
    assert {parents.choose(other, number).id for number in range(40)} == {"seed:soap", "a"}, "ties are drawn"
    assert parents.choose(other, 7) == parents.choose(other, 7)
    assert parents.choose({"topic": "tides", "how": "deep"}, 2).id == "seed:tides", "it stems from another seed"
    parents.add("c", cell, Parent(id="b", depth=2, text="x"), {"text": "C"})
    parents.count(cell, Parent(id="a", depth=1, text="A"))
    assert {parents.choose(cell, number).id for number in range(40)} == {"seed:soap", "a"}, "as deep as any may be"


def test_what_was_begun_keeps_its_parent(scenario: Loaded) -> None:
    planner = Planner(scenario, 5, Planning.COVERAGE, Quotas(scenario.scenario, {}, 9), steers=False)
    begun = Planned({"topic": "soap", "how": "odd"}, parent=Parent(id="notes-1", depth=2, text="from before"))
    planner.replay([], 1, numbers, {(1, 2): begun})
    planner.plan(0, numbers(0))
    assert planner.plan(1, numbers(1))[2] == begun


@pytest.mark.parametrize(
    ("evolve", "why"),
    [
        ({"axis": "topic", "field": "txt"}, "field 'txt', which is not a field (did you mean 'text'?)"),
        ({"axis": "topics", "field": "text"}, "'topics', which is not an axis (did you mean 'topic'?)"),
        ({"axis": "how", "field": "text"}, "the seed 'deep' of 'how' has no text 'text'"),
        ({"axis": "topic", "field": "text", "depth": 0}, "greater than or equal to 1"),
    ],
)
def test_a_scenario_that_cannot_evolve_is_refused(tmp_path: Path, evolve: dict[str, Any], why: str) -> None:
    with pytest.raises(ScenarioError) as error:
        loaded(tmp_path, NOTES, axes={"topic": SEEDS, "how": ["deep"]}, evolve=evolve)
    assert why in str(error.value)


# -- whole runs -------------------------------------------------------------------------------------------------

WORDS = ["scenario=evolve", "n=40", "seed=4", "round_size=8", "memory.min_distance=0.08"]


def hold(ran: Ran) -> Counter[int]:
    """Each record names its parent first, which came before it and stems from the same seed; returns how many there are of
    each depth."""
    plan = load("evolve").scenario.evolve
    assert plan
    accepted = {line["id"]: line for line in ran.lines()}
    depths: Counter[int] = Counter()
    for line in [*ran.lines(), *ran.lines("rejected.jsonl")]:
        parent, (first, *again) = line["brief"]["parent"], line["lineage"]
        assert first == parent["id"]
        assert len(again) <= 1
        seed = line["brief"]["cell"]["seed"]
        if parent["depth"] == 0:
            assert first == f"seed:{seed}"
        else:
            before = accepted[first]
            assert before["round"] < line["round"]
            assert before["brief"]["cell"]["seed"] == seed
            assert (before["fields"]["instruction"], before["brief"]["parent"]["depth"] + 1) == (
                parent["text"], parent["depth"],
            )  # fmt: skip
        assert parent["depth"] < plan.depth
        depths[parent["depth"] + 1] += line["id"] in accepted
    return depths


def test_a_run_evolves_the_same_at_any_speed_and_after_stops(workshop: Workshop) -> None:
    words = [*WORDS, "llm.backend=scripted", "quota.seed.soap=20", "quota.seed.tides=20"]
    whole = workshop.run("whole", *words, "concurrency=1")
    assert whole.code == 0, whole.stderr
    depths = hold(whole)
    assert min(depths[depth] for depth in (1, 2)) >= 5, "in depth and in breadth"
    again = [line for line in whole.lines("rejected.jsonl") if len(line["lineage"]) == 2]
    refused = {line["id"]: line for line in whole.lines("rejected.jsonl")}
    for line in [*whole.lines(), *again]:
        for before in line["lineage"][1:]:
            assert refused[before]["brief"]["parent"] == line["brief"]["parent"]
    assert workshop.run("fast", *words, "concurrency=64").dataset() == whole.dataset()
    for calls in (9, 60):
        assert workshop.run("parts", *words, f"budget.calls={calls}").code == 3
    assert workshop.run("parts", *words, "budget.calls=100000").dataset() == whole.dataset()
    assert verify([f"out={whole.out}"]) == 0


def evolving(asked: Asked) -> str:
    """Adds to the instruction what its prompt wants; the same for the same call."""
    found = re.search(r"Instruction: ([^\n]+)[.?]\nIdea [^:]*: ([^\n]+)\nNew instruction:$", asked.prompt)
    return scripted(asked) if found is None else f"{found[1]}, {found[2]}, and say in {asked.seed % 900} words why."


def test_a_killed_run_goes_on_with_the_same_parents(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    quotas = ["quota.seed.soap=16", "quota.operation.deepen=8", "quota.operation.constrain=8"]
    words = [*WORDS, "n=16", *quotas, "concurrency=5"]
    whole = workshop.run("whole", *words, *at(serve(evolving).url))
    assert whole.code == 0, whole.stdout
    assert set(hold(whole)) >= {1, 2}
    process: Process | None = None

    def killing(asked: Asked) -> str:
        if asked.number == 25 and process:
            process.kill()
        return evolving(asked)

    endpoint = serve(killing)
    process = workshop.start("killed", *words, *at(endpoint.url))
    assert workshop.finish("killed", process).code == -signal.SIGKILL
    resumed = workshop.run("killed", *words, *at(endpoint.url))
    assert resumed.dataset() == whole.dataset()


def test_parents_are_chosen_without_steering_and_with_random_cells(workshop: Workshop) -> None:
    for number, words in enumerate((["steering=off"], ["planner=random"])):
        ran = workshop.run(f"r{number}", *WORDS, "llm.backend=scripted", "n=60", *words)
        assert ran.code == 0, ran.stdout
        assert set(hold(ran)) >= {1, 2}
        assert verify([f"out={ran.out}"]) == 0


def test_one_operation_alone_expands_by_paraphrase(workshop: Workshop) -> None:
    ran = workshop.run("r", *WORDS, "llm.backend=scripted", "n=12", "quota.operation.paraphrase=12")
    assert ran.code == 0, ran.stdout
    assert {line["brief"]["cell"]["operation"] for line in ran.lines()} == {"paraphrase"}


def test_prompts_show_the_parent(workshop: Workshop, serve: Callable[..., Endpoint]) -> None:
    endpoint = serve(lambda asked: "Explain how to do what nobody has ever asked about before in ten words.")
    workshop.run("r", *WORDS, *at(endpoint.url), "n=4", "budget.samples=4", "round_size=4")
    seeds = [value.attributes()["instruction"] for value in load("evolve").scenario.axes["seed"].values]
    asked = [each.prompt for each in endpoint.asked if "What to do:" in each.prompt]
    assert asked
    assert all(any(f"Instruction: {seed}\nIdea" in prompt for seed in seeds) for prompt in asked)


# -- what was changed is seen -----------------------------------------------------------------------------------


@pytest.fixture(scope="module", name="run_dir")
def _run_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from graphs.run import main

    home = tmp_path_factory.mktemp("evolved")
    words = ["quota.seed.soap=10", "quota.seed.tides=10", "n=20", "llm.backend=scripted"]
    assert (
        main(
            [
                *(word for word in WORDS if not word.startswith("n=")),
                *words,
                f"out={home / 'r'}",
                f"memory.path={home / 'm'}",
            ]
        )
        == 0
    )
    (home / "r" / "certificate.json").unlink()
    return home / "r"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (lambda line, lines: line["lineage"].__setitem__(0, "seed:soap"), "lineage[0]"),
        (lambda line, lines: line["lineage"].__setitem__(0, "evolve-0123456789abcdef"), "lineage[0]"),
        (lambda line, lines: line["lineage"].__setitem__(0, line["id"]), "lineage[0]"),
        (lambda line, lines: line["lineage"].__setitem__(0, lines[-1]["id"]), "lineage[0]"),
        (lambda line, lines: line["lineage"].__setitem__(0, 7), "lineage[0]"),
        (lambda line, lines: line["lineage"].clear(), "lineage[0]"),
        (lambda line, lines: line["brief"]["parent"].update(text="Explain how to fly."), "brief.parent.text"),
        (lambda line, lines: line["brief"]["parent"].update(depth=9), "brief.parent.depth"),
        (lambda line, lines: line["brief"].pop("parent"), "brief.parent"),
    ],
)  # fmt: skip
def test_another_parent_is_seen(
    run_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], change: Callable[..., Any], field: str
) -> None:
    lines = [orjson.loads(raw) for raw in (run_dir / "dataset.jsonl").read_bytes().splitlines()]
    line = next(line for line in lines if line["brief"]["parent"]["depth"] and line["brief"]["cell"]["seed"] != "soap")
    change(line, lines)
    path = tmp_path / "dataset.jsonl"
    path.write_bytes(b"".join(orjson.dumps(each) + b"\n" for each in lines))
    capsys.readouterr()
    assert verify([str(path)]) == 4
    assert f": {line['id']}: {field}" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("round_", "topic", "claimed", "orphan", "found"),
    [
        (1, "soap", "notes-1", False, True),
        (0, "soap", "notes-1", False, False),
        (1, "tides", "notes-1", False, False),
        (1, "soap", "notes-1", True, False),
        (1, "soap", "notes-2", False, False),
        (1, "soap", "notes-2", True, True),
        (1, "soap", "notes-3", False, False),
        (1, "soap", "seed:soap", False, True),
        (1, "soap", "seed:soap", True, False),
        (1, "tides", "seed:soap", False, False),
        (1, "soap", None, False, False),
    ],
)  # fmt: skip
def test_a_parent_is_the_seed_or_stems_from_it_and_was_there_before(
    scenario: Loaded, round_: int, topic: str, claimed: Any, orphan: bool, found: bool
) -> None:
    ancestry = Ancestry(scenario.scenario)
    for place, (id_, depth) in enumerate((("notes-1", 1), ("notes-2", 1), ("notes-3", 2))):
        brief = plan_brief(scenario, 0, 0, place, place, {"topic": "soap", "how": "odd"})
        parent = Parent(id="seed:soap", depth=depth - 1 + (depth == 2), text="x")
        made = Candidate(brief=brief.model_copy(update={"id": id_, "parent": parent}), fields={"text": id_})
        ancestry.add(made, accepted=id_ != "notes-2")
    cell = {"topic": topic, "how": "deep"}
    if not found:
        with pytest.raises(Mismatch, match=r"lineage\[0\]: expected"):
            ancestry.parent(cell, round_, claimed, orphan)
        return
    assert ancestry.parent(cell, round_, claimed, orphan).id == claimed


def test_a_parent_that_is_gone_or_changed_is_seen(
    run_dir: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [orjson.loads(raw) for raw in (run_dir / "dataset.jsonl").read_bytes().splitlines()]
    child = next(line for line in lines if line["brief"]["parent"]["depth"])
    place = next(place for place, line in enumerate(lines) if line["id"] == child["lineage"][0])
    others = {line["novelty"]["nearest"] for line in lines}
    path = tmp_path / "dataset.jsonl"
    path.write_bytes(b"".join(orjson.dumps(each) + b"\n" for each in [*lines[:place], *lines[place + 1 :]]))
    assert verify([str(path)]) == 4
    said = capsys.readouterr().out
    assert f"found {child['lineage'][0]!r}" in said.replace('"', "'") or lines[place]["id"] in others


def test_checked_anew_what_stems_from_a_rejected_sample_goes_with_it(
    run_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [orjson.loads(raw) for raw in (run_dir / "dataset.jsonl").read_bytes().splitlines()]
    gone = next(line["lineage"][0] for line in lines if line["brief"]["parent"]["depth"])
    check = CHECKS["own_words"]

    def stricter(reading: Any) -> Any:
        return Finding("no") if reading.candidate.brief.id == gone else check.find(reading)

    monkeypatch.setitem(CHECKS, "own_words", replace(check, find=stricter, version=check.version + 1))
    assert verify([f"out={run_dir}", f"anew={tmp_path / 'new'}"]) == 0
    rejected = {
        raw["id"]: raw["reason"]
        for raw in map(orjson.loads, (tmp_path / "new/rejected.jsonl").read_bytes().splitlines())
    }
    stem = {gone}
    for line in lines:
        stem |= {line["id"]} if line["lineage"][0] in stem else set()
    assert rejected == {id_: "own_words" if id_ == gone else "parent" for id_ in stem}
    assert len(stem) > 1
    assert verify([f"out={tmp_path / 'new'}", "scenario=evolve"]) == 0


def test_neighbours_in_a_tree_differ(run_dir: Path) -> None:
    """No two accepted samples of a seed are the same text."""
    texts = sorted(
        orjson.loads(raw)["fields"]["instruction"] for raw in (run_dir / "dataset.jsonl").read_bytes().splitlines()
    )
    assert all(left != right for left, right in pairwise(texts))
