"""Roles that a topology's nodes name: a second critic, verifier or judge is YAML alone."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from agents.models import scripted
from agents.models.calls import Call
from graphs.calibrate import main as calibrate
from graphs.sampling.topology import asked_roles, topology_of, walks
from graphs.trace import main as trace
from graphs.verify import main as verify
from scenarios.errors import ScenarioError
from scenarios.loading import load
from tests.helpers import NOTES, TALK, Ran, Workshop, loaded, said_by, write_scenario

Answer = Callable[[Call], Any]


def shape(nodes: dict[str, Any], *edges: str) -> dict[str, Any]:
    """A topology; an edge is `SOURCE TARGET [WHEN [BOUND]]`."""
    keys = ("source", "target", "when", "bound")
    found = [dict(zip(keys, edge.split(), strict=False)) for edge in edges]
    return {"nodes": nodes, "start": "generate", "edges": [_numbered(edge) for edge in found]}


def _numbered(edge: dict[str, Any]) -> dict[str, Any]:
    return {**edge, "bound": int(edge["bound"])} if "bound" in edge else edge


STEPS = {step: step for step in ("generate", "critique", "refine", "verify", "judge")}
SECOND_CRITIC = shape(
    {**STEPS, "facts": {"step": "critique", "role": "fact_critic"}},
    "generate critique", "critique facts", "facts refine problems", "facts verify clean", "refine critique always 3",
    "verify judge", "judge end",
)  # fmt: skip
FACT_CRITIC = {"sees": ["facts"], "prompt": "reader2.jinja", "answer": "json"}


def scenario(folder: Path, base: dict[str, Any] = TALK, **changes: Any) -> Path:
    """A scenario with a prompt for the second role of a kind."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "reader2.jinja").write_text("Again: {% for line in lines %}{{ line.text }}\n{% endfor %}")
    return write_scenario(folder, base, **changes)


@pytest.fixture(name="answers")
def _answers(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], list[Call]]:
    """Lets the scripted model answer as a function says, if that says something; returns the calls that it gets."""
    usual, asked = scripted.scripted_text, list[Call]()

    def by(answer: Answer) -> list[Call]:
        def text(call: Call) -> str:
            asked.append(call)
            said = answer(call)
            return usual(call) if said is None else json.dumps(said)

        monkeypatch.setattr(scripted, "scripted_text", text)
        return asked

    return by


def found(record: dict[str, Any], role: str) -> list[tuple[str, str]]:
    """What a role gave as evidence."""
    return [(one["status"], one["detail"]) for one in record["evidence"] if one["check"] == role]


def verifies(ran: Ran, capfd: pytest.CaptureFixture[str]) -> None:
    """Nothing differs."""
    code, told, complaint = said_by(verify, capfd)(f"out={ran.out}")
    assert code == 0, told + complaint


# -- critics -------------------------------------------------------------------------------------------------------


def test_a_second_critic_is_yaml_alone(
    workshop: Workshop, answers: Callable[[Answer], list[Call]], capfd: pytest.CaptureFixture[str]
) -> None:
    asked = answers(
        lambda call: {
            "critique/0": {"problems": [{"turn": 1, "problem": "It is too cold."}]},
            "critique:facts/0": {"problems": [{"turn": 1, "problem": "The day is wrong."}]},
        }.get(call.asker.step)
    )
    path = scenario(workshop.home / "s", topology=SECOND_CRITIC, roles={"fact_critic": FACT_CRITIC})
    ran = workshop.run("r", f"scenario={path}", "llm.backend=scripted", "n=2", "roles.fact_critic.llm.temperature=0.3")
    assert ran.code == 0, ran.stderr
    own = [call for call in asked if call.role == "fact_critic"]
    assert {call.asker.step for call in own} == {"critique:facts/0", "critique:facts/1"}
    assert {call.decoding.temperature for call in own} == {0.3}
    assert {call.asker.step for call in asked if call.role == "critic"} == {"critique/0", "critique/1"}
    assert len({call.key() for call in asked}) == len(asked)
    refining = ["\n".join(m.content for m in call.messages) for call in asked if call.asker.step == "refine/1/1"]
    assert refining
    assert all("It is too cold. The day is wrong." in text for text in refining), "the second adds to the first"
    for line in ran.lines():
        assert (line["revisions"], line["usage"]["critic"]["calls"], line["usage"]["fact_critic"]["calls"]) == (1, 2, 2)
    assert set(ran.summary()["judgements"]) == {"critic", "fact_critic", "verifier", "judge"}
    verifies(ran, capfd)
    told = said_by(trace, capfd)(f"out={ran.out}", f"id={ran.lines()[0]['id']}")[1]
    assert "critique:facts/0 · fact_critic" in told
    assert "The day is wrong." in told
    told = said_by(calibrate, capfd)(f"out={ran.out}")[1]
    assert [line.split(":")[0] for line in told.splitlines() if ": AUC" in line] == [
        "critic", "fact_critic", "verifier", "judge",
    ]  # fmt: skip


def test_what_checks_find_is_no_second_time_in_what_a_second_critic_adds(
    workshop: Workshop, answers: Callable[[Answer], list[Call]], capfd: pytest.CaptureFixture[str]
) -> None:
    """A check that a note fails is one problem, however many critics come."""
    asked = answers(
        lambda call: {"problems": [{"problem": "Too short."}]} if call.asker.step == "critique:facts/0" else None
    )
    checks = [{"name": "fields_present"}, "uses_ingredients"]
    path = scenario(
        workshop.home / "s", NOTES, topology=SECOND_CRITIC, checks=checks, roles={"fact_critic": {**FACT_CRITIC, "sees": []}},
        facts={"words": {"words": ["zebra", "xylophone"], "count": 2}},
    )  # fmt: skip
    ran = workshop.run("r", f"scenario={path}", "llm.backend=scripted", "n=1", "budget.samples=1")
    prompts = [call.messages[-1].content for call in asked if call.asker.step == "refine/1/text"]
    assert prompts
    for prompt in prompts:
        assert prompt.count("does not use") == 1
        assert prompt.count("Too short.") == 1
        assert prompt.index("does not use") < prompt.index("Too short.")
    verifies(ran, capfd)


def test_critics_whose_word_does_not_count_are_heard_under_their_own_names(
    workshop: Workshop, answers: Callable[[Answer], list[Call]], capfd: pytest.CaptureFixture[str]
) -> None:
    answers(lambda call: {"problems": [{"problem": call.role}]} if "critic" in call.role else None)
    bad = [{"model": "scripted", "role": role, "auc": 0.5, "low": 0.4, "samples": 9} for role in ("critic", "fact_critic")]  # fmt: skip
    path = scenario(workshop.home / "s", topology=SECOND_CRITIC, calibration=bad, roles={"fact_critic": FACT_CRITIC})
    ran = workshop.run("r", f"scenario={path}", "llm.backend=scripted", "n=1")
    (line,) = ran.lines()
    for role in ("critic", "fact_critic"):
        ((status, detail),) = found(line, role)
        assert (status, detail.rsplit(": ", 1)[-1]) == ("UNVERIFIABLE", role)
    assert line["revisions"] == 0
    verifies(ran, capfd)


def test_wherever_problems_led_a_sample_back_it_verifies(
    workshop: Workshop, answers: Callable[[Answer], list[Call]], capfd: pytest.CaptureFixture[str]
) -> None:
    """Critics on both sides of a verify step: the evidence tells how often that was taken."""
    late = shape(
        {**STEPS, "facts": {"step": "critique", "role": "fact_critic"}},
        "generate critique", "critique refine problems", "critique verify clean", "verify facts",
        "facts refine problems", "facts judge clean", "refine critique always 3", "judge end",
    )  # fmt: skip
    path = scenario(workshop.home / "s", topology=late, revisions=2, roles={"fact_critic": FACT_CRITIC})
    for number, unhappy in enumerate([(), ("critique/0",), ("critique:facts/0",), ("critique/0", "critique:facts/1"),
                                      ("critique:facts/0", "critique/1"), ("critique:facts/0", "critique:facts/1")]):  # fmt: skip
        answers(lambda call, at=unhappy: {"problems": [{"problem": "No."}]} if call.asker.step in at else None)  # type: ignore[misc]
        ran = workshop.run(f"r{number}", f"scenario={path}", "llm.backend=scripted", "n=2")
        assert {line["revisions"] for line in ran.lines()} == {len(unhappy)}, unhappy
        verifies(ran, capfd)
        assert len(found(ran.lines()[0], "verifier")) == 1, "only what it said last stands"
    topology = topology_of(load(str(path)).scenario)
    assert len(set(walks(topology, load(str(path)).scenario, 2))) == 4


# -- verifiers -----------------------------------------------------------------------------------------------------

SECOND_VERIFIER = shape(
    {"generate": "generate", "verify": "verify", "again": {"step": "verify", "role": "lawyer"}},
    "generate verify", "verify again", "again end",
)  # fmt: skip


@pytest.mark.parametrize(("required", "verdict"), [(None, "rejected"), (True, "rejected"), (False, "accepted")])
def test_a_second_verifier_rejects_unless_the_scenario_says_else(
    workshop: Workshop, answers: Callable[[Answer], list[Call]], capfd: pytest.CaptureFixture[str],
    required: bool | None, verdict: str,
) -> None:  # fmt: skip
    asked = answers(lambda call: {"settled": False, "reason": "No."} if call.role == "lawyer" else None)
    checks = [*TALK["checks"], *([] if required is None else [{"name": "lawyer", "required": required}])]
    path = scenario(
        workshop.home / "s", topology=SECOND_VERIFIER, checks=checks, roles={"lawyer": {**FACT_CRITIC, "sees": []}}
    )
    ran = workshop.run("r", f"scenario={path}", "llm.backend=scripted", "n=2", "patience=1", "budget.samples=2")
    lines = ran.lines("dataset.jsonl" if verdict == "accepted" else "rejected.jsonl")
    assert len(lines) == 2
    for line in lines:
        assert found(line, "verifier") == [("PASS", "")]
        assert found(line, "lawyer") == [("FAIL", "settled: No.")]
        assert len(found(line, "complete")) == 1, "the checks are taken once"
        if verdict == "rejected":
            assert (line["stage"], line["reason"]) == ("verify", "lawyer")
    assert {call.asker.step for call in asked if call.role == "lawyer"} == {"verify:again"}
    verifies(ran, capfd)


def test_a_verifier_of_another_name_alone_takes_the_checks(
    workshop: Workshop, capfd: pytest.CaptureFixture[str]
) -> None:
    alone = shape(
        {"generate": "generate", "verify": {"step": "verify", "role": "lawyer"}}, "generate verify", "verify end"
    )
    checks = [plan for plan in TALK["checks"] if plan["name"] != "verifier"]
    path = scenario(workshop.home / "s", topology=alone, checks=checks, roles={"lawyer": {**FACT_CRITIC, "sees": []}})
    ran = workshop.run("r", f"scenario={path}", "llm.backend=scripted", "n=1")
    assert [one["check"] for one in ran.lines()[0]["evidence"]] == [*(plan["name"] for plan in checks), "lawyer"]
    verifies(ran, capfd)


# -- judges --------------------------------------------------------------------------------------------------------

SECOND_JUDGE = shape(
    {"generate": "generate", "verify": "verify", "judge": "judge", "again": {"step": "judge", "role": "strict"}},
    "generate verify", "verify judge", "judge again", "again end",
)  # fmt: skip


@pytest.mark.parametrize("low", ["judge", "strict"])
def test_any_of_two_judges_rejects_and_both_scores_are_kept(
    workshop: Workshop, answers: Callable[[Answer], list[Call]], capfd: pytest.CaptureFixture[str], low: str
) -> None:
    def answer(call: Call) -> Any:
        score = 2 if call.role == low else 4
        return {"scores": {"clear": score, "kind": score}} if call.role in ("judge", "strict") else None

    answers(answer)
    path = scenario(
        workshop.home / "s", topology=SECOND_JUDGE, min_score=1, roles={"strict": {**FACT_CRITIC, "sees": []}}
    )
    sound = workshop.run("sound", f"scenario={path}", "llm.backend=scripted", "n=2")
    for line in sound.lines():
        own, other = (2.0, 4.0) if low == "judge" else (4.0, 2.0)
        assert line["scores"] == {"clear": own, "kind": own, "strict.clear": other, "strict.kind": other}
        assert len(found(line, "judge")) == len(found(line, "strict")) == 1
    verifies(sound, capfd)
    scenario(workshop.home / "s", topology=SECOND_JUDGE, min_score=3, roles={"strict": {**FACT_CRITIC, "sees": []}})
    ran = workshop.run("r", f"scenario={path}", "llm.backend=scripted", "n=2", "patience=1", "budget.samples=2")
    assert not ran.lines()
    for line in ran.lines("rejected.jsonl"):
        assert (line["stage"], line["reason"]) == ("judge", "low_score")
        assert line["detail"] == f"{'strict: ' if low == 'strict' else ''}clear 2 is under 3, kind 2 is under 3"
    verifies(ran, capfd)


def test_scores_that_were_changed_or_that_nobody_gave_are_caught(
    workshop: Workshop, capfd: pytest.CaptureFixture[str]
) -> None:
    path = scenario(
        workshop.home / "s", topology=SECOND_JUDGE, min_score=1, roles={"strict": {**FACT_CRITIC, "sees": []}}
    )
    ran = workshop.run("r", f"scenario={path}", "llm.backend=scripted", "n=1")
    (sound,) = ran.lines()
    for change in ({"strict.clear": 6.0}, {"strict.other": 4.0}, {"strict.kind": None}):
        scores = {name: score for name, score in {**sound["scores"], **change}.items() if score}
        (ran.out / "changed.jsonl").write_bytes(orjson.dumps({**sound, "scores": scores}) + b"\n")
        code, told, _ = said_by(verify, capfd)(ran.out / "changed.jsonl", f"scenario={path}")
        assert (code, "scores" in told) == (4, True), (change, told)


# -- below the command ---------------------------------------------------------------------------------------------


def test_the_roles_that_are_asked_are_those_of_the_topology(tmp_path: Path) -> None:
    path = scenario(tmp_path, topology=SECOND_JUDGE, roles={"strict": {**FACT_CRITIC, "sees": []}})
    plan = load(str(path)).scenario
    assert asked_roles(topology_of(plan), plan) == ["verifier", "judge", "strict"]
    assert asked_roles(topology_of(plan, "generate_only"), plan) == []


def test_a_topology_that_names_no_role_is_dumped_as_it_was_written(tmp_path: Path) -> None:
    """The digest of a scenario, by which a run is gone on with, is made of it."""
    plain = shape({"generate": "generate", "look": "judge"}, "generate look", "look end")
    found = loaded(tmp_path, NOTES, topology=plain).scenario.model_dump(mode="json")["topology"]
    assert found["nodes"] == plain["nodes"]
    named = scenario(tmp_path / "two", topology=SECOND_CRITIC, roles={"fact_critic": FACT_CRITIC})
    assert load(str(named)).scenario.model_dump(mode="json")["topology"]["nodes"] == SECOND_CRITIC["nodes"]


WRONG: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "unknown role": ({"step": "critique", "role": "fact_critc"}, ("'facts'", "'fact_critc'", "did you mean 'fact_critic'?", "'roles'")),
    "role of another kind": ({"step": "critique", "role": "judge"}, ("'facts'", "'judge' to critique", "is there to judge", "a role of its own")),
    "role of another node's kind": ({"step": "judge", "role": "fact_critic"}, ("'facts'", "is there to critique at the node 'more'")),
    "role that speaks": ({"step": "critique", "role": "guest"}, ("'facts'", "'guest' to critique", "speaks")),
    "role of a step that takes none": ({"step": "refine", "role": "fact_critic"}, ("'facts'", "the speakers refine", "write 'facts: refine'")),
    "unknown step": ({"step": "critic"}, ("topology", "facts.step", "'critique'")),
    "unknown key": ({"step": "critique", "rol": "x"}, ("topology", "facts.rol")),
    "unknown step as text": ("critic", ("topology", "facts.step", "'critique'")),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_node_that_names_a_wrong_role_is_told_in_one_line(workshop: Workshop, what: str) -> None:
    node, says = WRONG[what]
    nodes = {**STEPS, "more": {"step": "critique", "role": "fact_critic"}, "facts": node}
    topology = shape(
        nodes, "generate critique", "critique more", "more refine problems", "more verify clean",
        "refine critique always 3", "verify judge", "judge facts", "facts end",
    )  # fmt: skip
    path = scenario(workshop.home / "s", topology=topology, roles={"fact_critic": FACT_CRITIC})
    ran = workshop.run("r", f"scenario={path}", "llm.backend=scripted")
    assert ran.code == 2
    assert ran.stderr.count("\n") == 1, ran.stderr
    for part in says:
        assert part in ran.stderr, ran.stderr


def test_one_judge_is_asked_by_one_node(tmp_path: Path) -> None:
    twice = shape(
        {"generate": "generate", "one": {"step": "judge", "role": "strict"}, "two": {"step": "judge", "role": "strict"}},
        "generate one", "one two", "two end",
    )  # fmt: skip
    path = scenario(tmp_path, topology=twice, roles={"strict": {**FACT_CRITIC, "sees": []}})
    with pytest.raises(ScenarioError, match="'one' and 'two' both ask 'strict'"):
        topology_of(load(str(path)).scenario)


def test_a_role_has_no_name_of_a_check(workshop: Workshop) -> None:
    nodes = {"generate": "generate", "look": {"step": "critique", "role": "complete"}}
    path = scenario(
        workshop.home / "s", topology=shape(nodes, "generate look", "look end"), roles={"complete": FACT_CRITIC}
    )
    ran = workshop.run("r", f"scenario={path}", "llm.backend=scripted")
    assert (ran.code, "roles.complete: is the name of a check" in ran.stderr) == (2, True)
