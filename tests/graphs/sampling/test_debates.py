"""Debates: two argue over a draft for some rounds, and a moderator concludes where a critic would stand."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from agents.models.calls import Call
from graphs.sampling.casting import cast_by
from graphs.sampling.topology import topology_of
from graphs.settings.models import models_of
from graphs.settings.schema import Settings
from graphs.verify import main as verify
from memory.journal.journal import Journal
from scenarios.errors import ScenarioError, SettingsError
from tests.conversations import conversation, write_conversation
from tests.graphs.sampling.test_roles import Answer, found, shape, verifies
from tests.graphs.sampling.test_roles import _answers as _answers
from tests.helpers import NOTES, TALK, Workshop, loaded, said_by, write_scenario

FAULT = {"problems": [{"turn": 1, "problem": "The day is wrong."}]}


def argued(**changes: Any) -> dict[str, Any]:
    """A topology with a debate, and the roles that it brings."""
    node = {"step": "debate", "roles": ["sceptic", "advocate"], "rounds": 1, **changes}
    topology = shape(
        {"generate": "generate", "talk": node, "refine": "refine"}, "generate talk", "talk refine problems", "talk end clean",
        "refine talk always 3",
    )  # fmt: skip
    return {**topology, "roles": {name: {"like": "critic"} for name in ("sceptic", "advocate")}}


def test_they_argue_and_the_moderator_concludes(
    workshop: Workshop, answers: Callable[[Answer], list[Call]], capfd: pytest.CaptureFixture[str]
) -> None:
    asked = answers(lambda call: FAULT if call.asker.step == "debate:debate/0" else None)
    path = write_conversation(workshop.home / "s")
    words = (f"scenario={path}", "llm.backend=scripted", "n=2", "how=whole", "topology=debate")
    ran = workshop.run("r", *words, "concurrency=1")
    assert ran.code == 0, ran.stderr
    one = ran.lines()[0]
    own = {call.asker.step: call for call in asked if call.asker.sample == one["id"]}
    steps = [
        f"debate:debate/{version}{at}"
        for version in (0, 1)
        for at in ("/1/advocate", "/2/sceptic", "/2/advocate", "")  # the first statement is written word for word
    ]
    assert [step for step in own if step.startswith("debate")] == steps, "bounded: so many rounds for each version"
    first, last, ended = (own[f"debate:debate/0{at}"].messages for at in ("/1/advocate", "/2/advocate", ""))
    assert first[:-1] == last[:-1] == ended[:-1], "what they read is the same, so that an endpoint has it in its cache"
    assert "You speak for the draft." in first[-1].content
    assert "last word" not in first[-1].content
    assert "This is your last word." in last[-1].content
    assert "SCEPTIC: A dry word." in last[-1].content
    assert "SCEPTIC and ADVOCATE have argued over it" in ended[-1].content
    assert own["debate:debate/0/1/advocate"].answer_schema is None
    for line in ran.lines():
        assert found(line, "critic") == [("PASS", "no problems")]
        assert (line["revisions"], line["usage"]["sceptic"]["calls"], line["usage"]["critic"]["calls"]) == (1, 4, 2)
        assert "debates" not in line, "a key that few datasets have"
    journal = Journal(ran.out / "run.sqlite")
    try:
        made = next(record.candidate for record in journal.records())
    finally:
        journal.close()
    assert [(debate.revision, len(debate.statements), len(debate.concluded or ())) for debate in made.debates] == [
        (0, 4, 1),
        (1, 4, 0),
    ]
    verifies(ran, capfd)
    assert workshop.run("many", *words, "concurrency=8").dataset() == ran.dataset()
    workshop.run("stopped", *words, "budget.calls=9")
    assert workshop.run("stopped", "budget.calls=3000").dataset() == ran.dataset()


def test_a_fault_that_stays_rejects_and_what_was_argued_is_there_to_read(
    workshop: Workshop, answers: Callable[[Answer], list[Call]], capfd: pytest.CaptureFixture[str]
) -> None:
    answers(lambda call: {"problems": [{"field": "text", "problem": "Cold."}]} if call.role == "critic" else None)
    path = write_scenario(workshop.home / "s", NOTES, topology=argued())
    ran = workshop.run("r", f"scenario={path}", "llm.backend=scripted", "n=1", "budget.samples=1")
    (line,) = ran.lines("rejected.jsonl")
    assert (line["stage"], line["reason"], line["detail"]) == ("critique", "critic", "Cold.")
    assert [[one["role"] for one in debate["statements"]] for debate in line["debates"]] == [
        ["sceptic", "advocate"]
    ] * 2
    verifies(ran, capfd)
    certificate = ran.out / "certificate.json"
    certificate.unlink()

    def told(change: Callable[[list[dict[str, Any]]], object]) -> int:
        copy = orjson.loads(orjson.dumps(line))
        change(copy["debates"])
        (ran.out / "rejected.jsonl").write_bytes(orjson.dumps(copy) + b"\n")
        return said_by(verify, capfd)(f"out={ran.out}")[0]

    assert told(lambda debates: None) == 0
    assert told(lambda debates: debates[1]["statements"].pop()) == 4
    assert told(lambda debates: debates[1]["concluded"].clear()) == 4
    assert told(lambda debates: debates[0].update(node="other")) == 4
    assert told(lambda debates: debates[1].update(revision=7)) == 4
    assert told(lambda debates: debates[0].update(concluded=None)) == 4


WRONG: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "alone": ({"roles": ["sceptic"]}, ("a debate has 'roles', two to 7",)),
    "nobody": ({"roles": []}, ("a debate has 'roles'",)),
    "unknown": ({"roles": ["sceptic", "advocat"]}, ("the node 'talk' names the role 'advocat'", "did you mean 'advocate'?")),
    "who argues concludes": ({"moderator": "sceptic"}, ("has 'sceptic' argue and conclude", "another 'moderator'")),
    "a speaker argues": ({"roles": ["sceptic", "guest"]}, ("has 'guest' argue, who speaks",)),
    "a speaker concludes": ({"moderator": "guest"}, ("asks 'guest' to debate", "speaks")),
    "a judge concludes": ({"moderator": "judge"}, ("asks 'judge' to debate", "is there to judge")),
    "unknown moderator": ({"moderator": "critc"}, ("names the role 'critc'", "did you mean 'critic'?")),
    "no end": ({"rounds": 9}, ("rounds", "less than or equal to 4")),
    "a rule": ({"combine": "median"}, ("'combine' says how several judges decide",)),
    "another step": ({"step": "critique"}, ("'rounds' and 'moderator' are for a step 'debate'",)),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_debate_that_cannot_be_is_told_in_one_line(tmp_path: Path, what: str) -> None:
    changes, says = WRONG[what]
    with pytest.raises(ScenarioError) as error:
        topology_of(cast_by(loaded(tmp_path, TALK, topology=argued(**changes))).scenario)
    assert "\n" not in str(error.value)
    for part in says:
        assert part in str(error.value), error.value


def test_whoever_argues_needs_an_instruct_model(tmp_path: Path) -> None:
    settings = Settings.model_validate({"llm": {"backend": "scripted", "style": "transcript"}})
    with pytest.raises(SettingsError, match=r"roles\.critic: has a part in a debate, and scripted is a base model"):
        models_of(settings, cast_by(loaded(tmp_path, TALK, topology=argued())))


def test_a_debate_is_dumped_as_it_is_written(tmp_path: Path) -> None:
    node = {"step": "debate", "roles": ["sceptic", "advocate"], "rounds": 3, "moderator": "critic"}
    made = cast_by(conversation(tmp_path, topology=argued(**node)))
    assert topology_of(made.scenario).model_dump(mode="json")["nodes"]["talk"] == node
