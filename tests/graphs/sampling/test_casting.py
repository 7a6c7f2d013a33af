"""Roles that a topology brings: other critics, and who is asked by whose model, by YAML alone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson
import pytest

from agents.models.calls import Call
from graphs.sampling.casting import cast_by
from graphs.sampling.topology import topology_names, topology_of
from graphs.settings.binding import scenario_digest
from graphs.settings.models import models_of
from graphs.settings.schema import Settings
from graphs.verify import main as verify
from scenarios.errors import ScenarioError, SettingsError
from scenarios.loading import load, scenario_names
from tests.conversations import conversation, write_conversation
from tests.graphs.sampling.test_roles import Answer, shape, verifies
from tests.graphs.sampling.test_roles import _answers as _answers
from tests.helpers import NOTES, TALK, Workshop, loaded, said_by, write_scenario

LOOK = shape({"generate": "generate", "look": {"step": "critique", "role": "doubter"}}, "generate look", "look end")


def brings(**roles: dict[str, Any]) -> dict[str, Any]:
    """A topology whose node asks a doubter, with the roles that it brings."""
    return {**LOOK, "roles": roles}


def test_two_critics_add_up_and_their_records_are_derived_again(
    workshop: Workshop, answers: Callable[[Answer], list[Call]], capfd: pytest.CaptureFixture[str]
) -> None:
    asked = answers(
        lambda call: {
            "critique:facts/0": {"problems": [{"turn": 1, "problem": "The day is wrong."}]},
            "critique:style/0": {"problems": [{"turn": 1, "problem": "It is stiff."}]},
        }.get(call.asker.step)
    )
    path = write_conversation(workshop.home / "s")
    words = (f"scenario={path}", "llm.backend=scripted", "n=2", "how=whole", "topology=two_critics")
    ran = workshop.run("r", *words, "concurrency=1")
    assert ran.code == 0, ran.stderr
    by_step = {call.asker.step: call for call in asked}
    facts, style = by_step["critique:facts/0"].messages, by_step["critique:style/0"].messages
    assert facts[:-1] == style[:-1], "what they read is the same, so that an endpoint has it in its cache"
    assert "what is said, and not at how" in facts[-1].content
    for line in ran.lines():
        assert (line["revisions"], line["usage"]["fact_critic"]["calls"], line["usage"]["style_critic"]["calls"]) == (
            1,
            2,
            2,
        )
    verifies(ran, capfd)
    assert workshop.run("again", *words, "concurrency=8").dataset() == ran.dataset()
    workshop.run("stopped", *words, "budget.calls=9")
    assert workshop.run("stopped", "budget.calls=3000").dataset() == ran.dataset(), "a run that goes on knows the roles"
    alone = workshop.home / "alone.jsonl"
    alone.write_bytes(ran.dataset())
    code, told, _ = said_by(verify, capfd)(alone, f"scenario={path}", "topology=two_critics")
    assert code == 0, told
    line = ran.lines()[0]
    found = [{**one, "check": one["check"].replace("style_", "fact_")} for one in line["evidence"]]
    alone.write_bytes(orjson.dumps({**line, "evidence": found}) + b"\n")
    assert said_by(verify, capfd)(alone, f"scenario={path}", "topology=two_critics")[0] == 4


def test_self_refine_asks_once_by_the_model_that_wrote(tmp_path: Path) -> None:
    roles = {
        "agent": {"llm": {"base_url": "http://127.0.0.1:9/v1", "model": "writes", "temperature": 0.9}},
        "critic": {"llm": {"base_url": "http://127.0.0.1:9/v1", "model": "reads"}},
    }
    settings = Settings.model_validate({"llm": {"backend": "scripted"}, "roles": roles})
    made = cast_by(conversation(tmp_path / "talk"), "self_refine")
    models = models_of(settings, made)[0]
    assert models["self_critic"].name == "writes"
    whole = conversation(tmp_path / "whole", conversation={"how": "whole"})
    assert cast_by(whole, "self_refine").scenario.roles["self_critic"].reached_as == "writer"
    notes = cast_by(loaded(tmp_path / "notes", NOTES), "self_refine").scenario
    assert (notes.roles["self_critic"].reached_as, notes.roles["refiner"].reached_as) == ("generator", "generator")
    assert "refiner" not in made.scenario.roles
    shape = topology_of(made.scenario)
    assert [edge.target for edge in shape.edges if edge.source == "refine"] == ["verify"], "once"


def test_only_a_topology_that_names_roles_changes_the_scenario() -> None:
    for name in scenario_names():
        plain = load(name)
        for topology in ("", "full", "no_critic", "generate_only", "proof", "chain"):
            assert cast_by(plain, topology) is plain
    support = load("support")
    assert scenario_digest(cast_by(support, "two_critics")) != scenario_digest(support)


@pytest.mark.parametrize("topology", topology_names())
@pytest.mark.parametrize("name", ["support", "math", "howto", "interview"])
def test_every_topology_fits_every_family_that_has_its_roles(name: str, topology: str) -> None:
    made = cast_by(load(name), topology)
    if topology == "self_consistency" and not made.scenario.fields:
        with pytest.raises(ScenarioError, match="choose by one of 'checks', 'judge', 'pairwise'"):
            topology_of(made.scenario, topology)
    else:
        assert topology_of(made.scenario, topology)


WRONG: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "no such role": ({"critc": {"focus": "x"}}, ("roles.critc", "did you mean 'critic'?", "'like'")),
    "like nobody": ({"doubter": {"like": "critc"}}, ("roles.doubter", "like 'critc'", "did you mean 'critic'?")),
    "taken": ({"judge": {"like": "critic"}}, ("roles.judge", "has a role of this name", "leave 'like' out")),
    "speaker": ({"doubter": {"like": "guest"}}, ("'guest', who speaks", "give 'guest' itself the focus")),
    "nothing": ({"critic": {}}, ("roles.critic: changes nothing",)),
    "unknown key": ({"doubter": {"lik": "critic"}}, ("topology", "lik")),
    "no name": ({"A b": {"like": "critic"}}, ("topology", "A b")),
}  # fmt: skip


@pytest.mark.parametrize("what", WRONG)
def test_a_role_that_cannot_be_is_told_in_one_line(tmp_path: Path, what: str) -> None:
    roles, says = WRONG[what]
    with pytest.raises(ScenarioError) as error:
        cast_by(loaded(tmp_path, TALK, topology=brings(**roles)))
    assert "\n" not in str(error.value)
    for part in says:
        assert part in str(error.value)


def test_a_world_whose_checks_prove_all_says_so() -> None:
    with pytest.raises(ScenarioError, match=r"lacks; in a world checks prove what is wrong, as with topology=proof"):
        cast_by(load("library"), "two_critics")


def test_a_focus_and_a_base_model_do_not_go_together(tmp_path: Path) -> None:
    made = cast_by(loaded(tmp_path, TALK, topology=brings(doubter={"like": "critic", "focus": "Doubt it."})))
    settings = Settings.model_validate({"llm": {"backend": "scripted", "style": "transcript"}})
    with pytest.raises(SettingsError, match=r"roles\.doubter\.focus: scripted is a base model"):
        models_of(settings, made)


CHAIN = {
    **shape(
        {
            "generate": "generate", "facts": {"step": "critique", "role": "fact_critic"}, "correct": {"step": "refine", "role": "corrector"},
            "style": {"step": "critique", "role": "style_critic"}, "polish": {"step": "refine", "role": "polisher"}, "verify": "verify",
        },
        "generate facts", "facts correct", "correct style", "style polish", "polish verify", "verify end",
    ),
    "roles": {
        "fact_critic": {"like": "critic", "focus": "Facts."}, "style_critic": {"like": "critic", "focus": "Style."},
        "corrector": {"like": "refiner", "focus": "Change facts alone."}, "polisher": {"like": "refiner", "focus": "Change words alone."},
    },
}  # fmt: skip


def test_a_chain_of_writers_is_yaml_alone(
    workshop: Workshop, answers: Callable[[Answer], list[Call]], capfd: pytest.CaptureFixture[str]
) -> None:
    said = {"fact_critic": "The day is wrong.", "style_critic": "It is stiff."}
    asked = answers(
        lambda call: {"problems": [{"field": "text", "problem": said[call.role]}]} if call.role in said else None
    )
    path = write_scenario(workshop.home / "s", NOTES, topology=CHAIN)
    ran = workshop.run("r", f"scenario={path}", "llm.backend=scripted", "n=1", "roles.polisher.focus=Fewer words.")
    (line,) = ran.lines()
    assert line["revisions"] == 2
    written = [(call.role, call.messages[-1].content) for call in asked if call.asker.step.startswith("refine")]
    assert [role for role, _ in written] == ["corrector", "polisher"]
    for (_, text), note, focus in zip(written, said.values(), ("Change facts alone.", "Fewer words."), strict=True):
        assert f"NOTE: {note}" in text
        assert focus in text
    verifies(ran, capfd)


def test_in_a_conversation_whoever_spoke_rewrites(tmp_path: Path) -> None:
    with pytest.raises(
        ScenarioError, match="like 'refiner', which the scenario shop lacks; whoever spoke a line writes it anew"
    ):
        cast_by(conversation(tmp_path / "like", topology=CHAIN))
    roles = {name: {"like": "critic", "focus": "x"} for name in CHAIN["roles"]}
    made = cast_by(conversation(tmp_path / "named", topology={**CHAIN, "roles": roles}))
    with pytest.raises(
        ScenarioError, match="names the role 'corrector', and the speakers refine: write 'correct: refine'"
    ):
        topology_of(made.scenario)
