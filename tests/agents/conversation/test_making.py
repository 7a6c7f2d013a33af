"""How conversations are made: scene, speakers, endings, moderators, whole ones, and the repair of single messages."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.cast import Cast
from agents.models.calls import Call
from graphs.sampling.decision import decide
from graphs.sampling.graph import make_candidate, sample_graph
from graphs.sampling.topology import topology_of
from scenarios.briefs import brief_of
from scenarios.errors import ScenarioError
from scenarios.loading import Loaded
from scenarios.messages import Speech
from scenarios.records import Candidate, Verdict
from scenarios.schema.plans import ItemKind
from scenarios.worlds.blueprint import Ending
from tests.conversations import conversation
from tests.helpers import SCRIPTED, models, scripted_gateway

Script = Callable[[Call], str | None]
THREE = {
    "host": {"speaks_as": "user"},
    "baker": {"speaks_as": "assistant"},
    "farmer": {"speaks_as": "assistant"},
}


async def make(loaded: Loaded, script: Script | None = None, **cell: str) -> tuple[Candidate, list[Call]]:
    gateway, scripted = scripted_gateway(script)
    machine = sample_graph(topology_of(loaded.scenario), Cast(loaded, gateway, models(loaded, SCRIPTED)))
    whole = {axis: cell.get(axis, plan.names[0]) for axis, plan in loaded.scenario.axes.items()}
    made = await make_candidate(machine, brief_of(loaded, 7, whole, 0, 0))
    assert made.failure is None, made.failure
    return made, scripted.asked


def scene(**facts: dict[str, str]) -> str:
    parts = {
        name: {
            "goal": "You want it.",
            "facts": [{"what": what, "value": value, "said": True} for what, value in own.items()],
        }
        for name, own in facts.items()
    }
    return json.dumps({"situation": "A parcel is late.", "outcome": "It comes.", "parts": parts})


def says(*lines: str, **others: Any) -> Script:
    """A script of the messages in turn; `others` are the answers of other roles, one or a list in turn."""
    left, rows = list(lines), {role: list(said) if isinstance(said, list) else [said] for role, said in others.items()}

    def answer(call: Call) -> str | None:
        if call.role in rows:
            row = rows[call.role]
            return row.pop(0) if len(row) > 1 else row[0]
        return left.pop(0) if call.role in ("customer", "agent", *THREE) and left else None

    return answer


WRITER = scene(customer={"order": "QP-36551"}, agent={})


async def test_speakers_take_turns_until_one_is_done_and_the_closer_has_written(tmp_path: Path) -> None:
    script = says(
        "My parcel QP-36551 is late.", "Let me look.", "Thanks!", "It comes.", "Great. [done]", "Bye!", writer=WRITER
    )
    made, asked = await make(conversation(tmp_path), script)
    assert [message.content for message in made.messages] == ["My parcel QP-36551 is late.", "Let me look.", "Thanks!", "It comes.", "Great.", "Bye!"]  # fmt: skip
    assert made.ending is Ending.DONE
    assert [message.name for message in made.messages] == ["customer", "agent"] * 3
    assert decide(made, conversation(tmp_path).scenario).verdict is Verdict.ACCEPTED
    assert [call.role for call in asked[:3]] == ["writer", "customer", "agent"]


async def test_a_signal_before_the_least_messages_ends_nothing(tmp_path: Path) -> None:
    loaded = conversation(tmp_path, conversation={"messages": "6 to 8"})
    made, _ = await make(loaded, says("QP-36551 is late. [done]", "Hm.", writer=WRITER))
    assert len(made.messages) == 8
    assert made.ending is Ending.LIMIT
    assert made.messages[-1].name == "agent"


async def test_each_speaker_sees_its_own_part_and_its_own_words_as_the_assistants(tmp_path: Path) -> None:
    writer = scene(customer={"order": "QP-36551"}, agent={"depot": "Porto Norte 88"})
    _, asked = await make(
        conversation(tmp_path), says("QP-36551 is late.", "It lies at Porto Norte 88.", writer=writer)
    )
    first, second, third = (call for call in asked[1:4])
    assert "QP-36551" in first.messages[0].content
    assert "Porto Norte 88" not in first.messages[0].content
    assert "QP-36551" not in second.messages[0].content
    assert "within 30 days" in second.messages[0].content
    assert "within 30 days" not in third.messages[0].content
    assert [message.role for message in second.messages] == [Speech.SYSTEM, Speech.USER]
    assert [message.role for message in third.messages] == [Speech.SYSTEM, Speech.USER, Speech.ASSISTANT, Speech.USER]
    assert first.messages[:2] == third.messages[:2]


async def test_a_refused_message_is_asked_for_again_with_the_reason(tmp_path: Path) -> None:
    made, asked = await make(
        conversation(tmp_path), says("Where is it?", "Your order QP-36551 is here.", "Let me look.", writer=WRITER)
    )
    again = asked[3]
    assert again.messages[-2].content == "Your order QP-36551 is here."
    assert "which only customer knows" in again.messages[-1].content
    assert [slip.check for slip in made.slips] == ["private_kept"]
    assert made.messages[1].content == "Let me look."


async def test_only_the_message_at_fault_is_repaired(tmp_path: Path) -> None:
    named = json.dumps({"problems": [{"turn": 1, "problem": "It promises a gift."}]})
    script = says(
        "QP-36551 is late.", "You get a gift.", "Oh nice.", "It comes tomorrow.", "I looked: it is on its way.",
        writer=WRITER, critic=[named, '{"problems": []}'],
    )  # fmt: skip
    loaded = conversation(tmp_path, conversation={"messages": "4 to 4"})
    made, asked = await make(loaded, script)
    assert [message.content for message in made.messages] == ["QP-36551 is late.", "I looked: it is on its way.", "Oh nice.", "It comes tomorrow."]  # fmt: skip
    (draft,) = made.drafts
    assert draft.messages[1].content == "You get a gift."
    repaired = next(call for call in asked if call.asker.step.startswith("refine/1"))
    assert repaired.messages[-2].content == "You get a gift."
    assert "It promises a gift." in repaired.messages[-1].content
    assert "Oh nice." in repaired.messages[-1].content
    assert made.revisions == 1


async def test_what_has_to_come_up_is_repaired_by_who_knows_it(tmp_path: Path) -> None:
    loaded = conversation(tmp_path, conversation={"messages": "4 to 4"})
    made, _ = await make(
        loaded,
        says("It is late.", "Which one?", "The one from last week.", "I see.", "Number QP-36551.", writer=WRITER),
    )
    assert made.messages[2].content == "Number QP-36551."
    assert decide(made, loaded.scenario).verdict is Verdict.ACCEPTED


async def test_a_moderator_chooses_and_ends(tmp_path: Path) -> None:
    loaded = conversation(
        tmp_path, roles=THREE, policy=None, axes={"reason": ["bread"]}, conversation={"order": "moderator", "in_a_row": 2, "messages": "4 to 9"}
    )  # fmt: skip
    writer = scene(host={}, baker={}, farmer={})
    chosen = [json.dumps({"next": name}) for name in ("host", "farmer", "baker", "end")]
    made, asked = await make(
        loaded, says("Hello.", "First of all: bread.", "Wheat!", "Ovens.", "So it is.", writer=writer, moderator=chosen)
    )
    assert [message.name for message in made.messages] == ["host", "host", "farmer", "baker"]
    assert made.ending is Ending.MODERATED
    question = [call for call in asked if call.role == "moderator"][1].answer_schema
    assert question is not None
    assert "host" not in question["properties"]["next"]["enum"], "nobody writes three times in a row"


async def test_of_two_on_a_side_each_has_its_turn(tmp_path: Path) -> None:
    loaded = conversation(tmp_path, roles=THREE, axes={"reason": ["bread"]}, conversation={"messages": "6 to 6"})
    made, _ = await make(loaded)
    assert [message.name for message in made.messages] == ["host", "baker", "host", "farmer", "host", "baker"]


async def test_round_robin_follows_the_order_of_the_roles(tmp_path: Path) -> None:
    loaded = conversation(
        tmp_path,
        roles=THREE,
        axes={"reason": ["bread"]},
        conversation={"messages": "6 to 6", "order": "round_robin", "closes": "farmer"},
    )
    made, _ = await make(loaded)
    assert [message.name for message in made.messages] == ["host", "baker", "farmer"] * 2


async def test_a_whole_conversation_takes_one_call_and_the_same_checks(tmp_path: Path) -> None:
    loaded = conversation(tmp_path, conversation={"how": "whole", "messages": "4 to 6"})
    lines = [
        ("customer", "QP-36551 is late."),
        ("agent", "Let me look."),
        ("customer", "Thanks."),
        ("agent", "It comes tomorrow."),
    ]
    writer = json.dumps({**json.loads(WRITER), "messages": [{"speaker": name, "text": text} for name, text in lines]})
    made, asked = await make(loaded, says(writer=writer))
    assert [call.role for call in asked] == ["writer", "critic", "verifier", "judge"]
    assert [(message.name, message.content) for message in made.messages] == lines
    turns = conversation(tmp_path / "other", conversation={"messages": "4 to 6"})
    other, _ = await make(turns, says(*(text for _, text in lines), writer=WRITER))
    assert {one.check for one in made.evidence} == {one.check for one in other.evidence}


async def test_facts_of_the_scenario_stand_in_the_part_of_who_knows_them(tmp_path: Path) -> None:
    roles = {
        "customer": {"speaks_as": "user", "knows": ["order"], "goal": "You want your {{ facts.thing }}."},
        "agent": {"speaks_as": "assistant"},
    }
    facts = {"order": {"pattern": "QP-####"}, "thing": {"choice": ["kettle"]}}
    made, asked = await make(
        conversation(tmp_path, roles=roles, facts=facts), says(writer=scene(customer={}, agent={}))
    )
    assert made.scene is not None
    assert made.scene.parts["customer"].facts[0].value == made.brief.facts["order"]
    assert "You want your kettle." in asked[0].messages[0].content
    assert f"order: {made.brief.facts['order']}" not in asked[0].messages[1].content
    assert "thing: kettle" in asked[0].messages[1].content


@pytest.mark.parametrize("role", ["critic", "verifier", "judge"])
async def test_those_who_judge_begin_alike_so_that_the_prefix_is_cached(tmp_path: Path, role: str) -> None:
    _, asked = await make(conversation(tmp_path), says("QP-36551 is late.", writer=WRITER))
    first = {call.role: call.messages[0].content for call in asked if call.role in ("critic", "verifier", "judge")}
    assert first[role] == first["judge"]
    assert "QP-36551 is late." in first[role]


async def test_a_verifier_names_the_turn(tmp_path: Path) -> None:
    loaded = conversation(tmp_path, conversation={"messages": "4 to 4"})
    whole = loaded.scenario.questions_of(ItemKind.SAMPLE)
    said = {
        **dict.fromkeys(whole, True),
        "outcome_reached": False,
        "parts": parts(True, True),
        "turn": 3,
        "reason": "It promises.",
    }
    made, _ = await make(loaded, says("QP-36551 is late.", writer=WRITER, verifier=json.dumps(said)))
    found = next(one for one in made.evidence if one.check == "verifier")
    assert (found.turn, found.detail) == (3, "outcome_reached: It promises.")
    assert decide(made, loaded.scenario).verdict is Verdict.REJECTED


def parts(*founded: bool) -> dict[str, dict[str, bool]]:
    """A verifier's answers on the assistant's messages, which are every second one."""
    return {f"line_{2 * number + 1}": {"founded": one} for number, one in enumerate(founded)}


async def test_each_message_of_the_assistant_is_asked_about_by_itself(tmp_path: Path) -> None:
    loaded = conversation(tmp_path, conversation={"messages": "4 to 4"})
    whole = loaded.scenario.questions_of(ItemKind.SAMPLE)
    said = {**dict.fromkeys(whole, True), "parts": parts(True, False), "turn": None, "reason": "It promises."}
    made, asked = await make(loaded, says("QP-36551 is late.", writer=WRITER, verifier=json.dumps(said)))
    found = next(one for one in made.evidence if one.check == "verifier")
    assert (found.turn, found.detail) == (3, "founded (line_3): It promises.")
    question = next(call for call in asked if call.role == "verifier").messages[-1].content
    assert "line_1: message 1, line_3: message 3" in question
    assert question.count("What anybody knows") == 1


async def test_the_system_message_has_what_the_assistant_is_given(tmp_path: Path) -> None:
    writer = scene(customer={"order": "QP-36551"}, agent={"depot": "Porto Norte 88"})
    made, _ = await make(conversation(tmp_path), says("QP-36551 is late.", "At Porto Norte 88.", writer=writer))
    assert "within 30 days" in made.system
    assert "Porto Norte 88" in made.system
    assert "QP-36551" not in made.system
    loaded = conversation(tmp_path / "without", conversation={"system": False})
    made, _ = await make(loaded, says("QP-36551 is late.", writer=WRITER))
    assert made.system == ""


async def test_a_moderator_has_to_let_everybody_speak_before_the_last_messages(tmp_path: Path) -> None:
    loaded = conversation(
        tmp_path, roles=THREE, axes={"reason": ["bread"], "host": None}, conversation={"order": "moderator", "messages": "4 to 5"}
    )  # fmt: skip
    always = json.dumps({"next": "host"}), json.dumps({"next": "baker"})

    def answer(call: Call) -> str | None:
        if call.role == "writer":
            return scene(host={}, baker={}, farmer={})
        if call.role == "moderator":
            assert call.answer_schema is not None
            names = call.answer_schema["properties"]["next"]["enum"]
            return next((one for one in always if json.loads(one)["next"] in names), json.dumps({"next": names[0]}))
        return None

    made, _ = await make(loaded, answer)
    assert {message.name for message in made.messages} == {"host", "baker", "farmer"}
    assert made.messages[-1].name == "baker"
    assert next(one for one in made.evidence if one.check == "ended_well").status == "PASS"
    assert "farmer" in {message.name for message in made.messages[:-1]}


async def test_a_signal_ends_nothing_while_somebody_has_said_nothing(tmp_path: Path) -> None:
    loaded = conversation(
        tmp_path, roles=THREE, axes={"reason": ["bread"], "host": None},
        conversation={"order": "round_robin", "messages": "2 to 6", "closes": "baker"},
    )  # fmt: skip
    writer = scene(host={}, baker={}, farmer={})
    made, _ = await make(
        loaded, says("Bread? [done]", "Yes, bread. [done]", "And wheat.", "Fine. [done]", writer=writer)
    )
    assert {message.name for message in made.messages} == {"host", "baker", "farmer"}


async def test_signals_in_a_whole_conversation_are_no_part_of_its_messages(tmp_path: Path) -> None:
    loaded = conversation(tmp_path, conversation={"how": "whole", "messages": "2 to 4"})
    lines = [
        {"speaker": "customer", "text": "QP-36551 is late."},
        {"speaker": "agent", "text": "It comes tomorrow. [done]"},
    ]
    made, _ = await make(loaded, says(writer=json.dumps({**json.loads(WRITER), "messages": lines})))
    assert made.messages[-1].content == "It comes tomorrow."


@pytest.mark.parametrize("name", ["model_config", "model_dump", "schema", "клиент"])
async def test_a_speaker_may_be_called_as_something_that_models_have(tmp_path: Path, name: str) -> None:
    loaded = conversation(tmp_path, roles={name: {"speaks_as": "user"}, "agent": {"speaks_as": "assistant"}})
    made, _ = await make(loaded)
    assert made.scene is not None
    assert set(made.scene.parts) == {name, "agent"}


@pytest.mark.parametrize("name", ["end", "policy", "tools", "system", "writer", "__class__", "a" * 300, "no name", ""])
def test_a_name_that_means_something_else_is_refused_in_one_line(tmp_path: Path, name: str) -> None:
    with pytest.raises(ScenarioError, match="roles") as caught:
        conversation(tmp_path, roles={name: {"speaks_as": "user"}, "agent": {"speaks_as": "assistant"}})
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400
