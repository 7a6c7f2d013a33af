"""Dialogues in a world: who speaks, what is drawn again, how they end, and where they are taken up again."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from agents.cast import Cast
from agents.dialogue.stage import Talk
from agents.dialogue.world import hold_in_world
from agents.judging.roles import malformed
from agents.models.calls import Call
from agents.models.scripted import scripted_text
from agents.steps import critique, refine
from graphs.sampling.decision import decide
from graphs.sampling.graph import make_candidate, sample_graph
from graphs.sampling.topology import topology_of
from scenarios.briefs import plan_brief
from scenarios.loading import Loaded, load
from scenarios.messages import Speech, named
from scenarios.records import Brief, Candidate, Problem, Status, Verdict
from scenarios.schema.plans import ItemKind
from scenarios.schema.roles import Duty, duty_of, required_checks
from scenarios.schema.styles import Style
from scenarios.schema.topology import Node, NodeKind
from scenarios.worlds.blueprint import Ending
from scenarios.worlds.exemplar import enact, exemplar
from tests.helpers import SCRIPTED, models, scripted_gateway

Script = Callable[[Call], str | None]


@pytest.fixture(scope="module")
def cloakroom() -> Loaded:
    return load("cloakroom")


def brief_of(cloakroom: Loaded, task: str, seed: int = 0) -> Brief:
    """An easy brief of a task."""
    cell = {"task": task, "difficulty": "easy", "user": "cooperative", "manner": "plain"}
    return plan_brief(cloakroom, seed, 0, 0, 0, cell)


async def held(cloakroom: Loaded, brief: Brief, script: Script | None = None, style: Style = Style.CHAT) -> Talk:
    gateway, _ = scripted_gateway(script)
    model = SCRIPTED.model_copy(update={"style": style})
    return await hold_in_world(Cast(cloakroom, gateway, models(cloakroom, model)), brief, step="generate")


def misbehaving(place: int, words: str, draws: int = 1) -> Script:
    """Says `words` in place of move `place`, in the first `draws` draws."""

    def script(call: Call) -> str | None:
        wrong = call.asker.step == f"generate/{place}" and call.asker.attempt < draws
        return words if wrong else None

    return script


@pytest.mark.parametrize("style", list(Style))
@pytest.mark.parametrize("task", ["fetch", "move", "of_another"])
async def test_a_right_user_and_a_right_assistant_hold_the_right_dialogue(
    cloakroom: Loaded, task: str, style: Style
) -> None:
    brief = brief_of(cloakroom, task)
    assert brief.blueprint is not None
    assert cloakroom.world is not None
    talk = await held(cloakroom, brief, style=style)
    wanted = enact(cloakroom.world, brief.blueprint, exemplar(cloakroom.world, brief.blueprint, brief.seed))
    assert talk.messages == named(wanted.messages, cloakroom.scenario.sides)
    assert talk.private_calls == wanted.private_calls
    assert talk.ending is Ending.DONE
    assert talk.given_up == ""
    assert talk.slips == ()


async def test_the_assistant_sees_neither_the_instructions_nor_the_users_calls(cloakroom: Loaded) -> None:
    brief = brief_of(cloakroom, "move")
    gateway, scripted = scripted_gateway()
    talk = await hold_in_world(Cast(cloakroom, gateway, models(cloakroom)), brief, step="generate")
    secret = next(fact.value for fact in brief.blueprint.goals[0].facts if fact.label == "hook")  # type: ignore[union-attr]
    told = next(place for place, message in enumerate(talk.messages) if secret in message.content)
    looked = 0
    for call in scripted.asked:
        shown = "\n".join(message.content for message in call.messages)
        if call.role == "clerk":
            assert brief.texts["instructions"] not in shown
            assert "read_ticket" not in shown
            assert {tool["function"]["name"] for tool in call.tools} == {
                "find_guest", "list_items", "hand_out", "move_item",
            }  # fmt: skip
            before = len([m for m in call.messages if m.role is not Speech.SYSTEM])
            assert (secret in shown) == (before > told)
            looked += 1
        else:
            assert {tool["function"]["name"] for tool in call.tools} == {"read_ticket"}
            assert cloakroom.world is not None
            assert cloakroom.world.policy not in shown
    assert looked > 5


@pytest.mark.parametrize("words", ["[done]", "", "   "])
async def test_an_answer_that_says_nothing_is_drawn_again(cloakroom: Loaded, words: str) -> None:
    brief = brief_of(cloakroom, "fetch")
    talk = await held(cloakroom, brief, misbehaving(0, words or " "))
    assert talk.ending is Ending.DONE
    assert [(slip.place, slip.check, slip.messages) for slip in talk.slips] == [(0, "readable", ())]


async def test_a_line_that_breaks_a_guard_is_drawn_again_and_kept_as_a_slip(cloakroom: Loaded) -> None:
    brief = brief_of(cloakroom, "fetch")
    talk = await held(cloakroom, brief, misbehaving(1, "My system prompt ** says so.", draws=2))
    assert talk.ending is Ending.DONE
    assert [slip.check for slip in talk.slips] == ["no_leak", "no_leak"]
    assert talk.slips[0].messages[0].content == "My system prompt ** says so."


async def test_a_dialogue_that_finds_no_words_is_given_up_with_the_check_named(cloakroom: Loaded) -> None:
    brief = brief_of(cloakroom, "fetch")

    def script(call: Call) -> str | None:
        return "*** ** *" if call.asker.step == "generate/1" else None

    talk = await held(cloakroom, brief, script)
    assert talk.ending is Ending.NO_DRAW
    assert talk.given_up == "plain_language"
    assert talk.detail.startswith("message 1 (assistant): ")


@pytest.mark.parametrize("topology", ["proof", "generate_only"])
async def test_a_dialogue_whose_answers_cannot_be_read_is_rejected_with_that_as_evidence(
    cloakroom: Loaded, topology: str
) -> None:
    brief = brief_of(cloakroom, "fetch")
    gateway, _ = scripted_gateway(lambda call: "[done]")
    cast = Cast(cloakroom, gateway, models(cloakroom))
    made = await make_candidate(sample_graph(topology_of(cloakroom.scenario, topology), cast), brief)
    assert made.ending is Ending.NO_DRAW
    assert made.evidence[-1].check == made.given_up == "readable"
    assert made.evidence[-1].status is Status.FAIL
    decision = decide(made, cloakroom.scenario)
    assert (decision.verdict, decision.stage, decision.reason) == (Verdict.REJECTED, "generate", "readable")


async def test_a_user_that_gives_up_ends_it(cloakroom: Loaded) -> None:
    brief = brief_of(cloakroom, "fetch")
    talk = await held(cloakroom, brief, misbehaving(2, "I do not know what you want. [stuck]"))
    assert talk.ending is Ending.STUCK
    assert talk.messages[-1].content == "I do not know what you want."


def without_checks(cloakroom: Loaded) -> Loaded:
    """The cloakroom where anything may be said and done."""
    return cloakroom.model_copy(update={"scenario": cloakroom.scenario.model_copy(update={"checks": ()})})


async def test_talk_without_an_end_is_ended(cloakroom: Loaded) -> None:
    brief = brief_of(cloakroom, "fetch")
    talk = await held(without_checks(cloakroom), brief, lambda call: f"Well, let me see, part {call.asker.step}.")
    plan = cloakroom.scenario.world
    assert plan is not None
    assert talk.ending is Ending.TOO_LONG
    assert len(talk.messages) == plan.most_messages


async def test_calls_without_an_end_are_ended(cloakroom: Loaded) -> None:
    brief = brief_of(cloakroom, "fetch")
    talk = await held(cloakroom, brief, lambda call: 'list_items {"guest":"G-1"}' if call.role == "clerk" else None)
    plan = cloakroom.scenario.world
    assert plan is not None
    assert talk.ending in {Ending.TOO_MANY_CALLS, Ending.NO_DRAW}
    assert sum(len(message.tool_calls or ()) for message in talk.messages) <= plan.most_calls + 1


async def test_a_refused_call_is_answered_with_an_error_and_the_dialogue_goes_on(cloakroom: Loaded) -> None:
    brief = brief_of(cloakroom, "fetch")
    plain = without_checks(cloakroom)
    talk = await held(plain, brief, misbehaving(3, "no_such_tool {}", draws=0))
    assert talk.ending is Ending.DONE
    gateway, _ = scripted_gateway(misbehaving(3, 'find_guest {"name":"Nobody","pin":"0"}'))
    talk = await hold_in_world(Cast(plain, gateway, models(plain)), brief, step="generate")
    assert talk.messages[4].content == '{"error":"no guest has this name and PIN"}'


async def test_what_is_taken_up_again_keeps_its_beginning_and_the_world_as_it_was_left(cloakroom: Loaded) -> None:
    brief = brief_of(cloakroom, "move")
    assert brief.blueprint is not None
    assert cloakroom.world is not None
    whole = enact(cloakroom.world, brief.blueprint, exemplar(cloakroom.world, brief.blueprint, brief.seed))
    for turn in range(1, len(whole.messages)):
        gateway, scripted = scripted_gateway()
        cast = Cast(cloakroom, gateway, models(cloakroom))
        candidate = Candidate(
            brief=brief, messages=whole.messages, private_calls=whole.private_calls, ending=whole.ending,
            problems=(Problem(problem="It was wrong here.", turn=turn, check="told"),),
        )  # fmt: skip
        after = await refine(cast, candidate, Duty(NodeKind.REFINE))
        assert named(after.messages, cloakroom.scenario.sides) == named(whole.messages, cloakroom.scenario.sides)
        assert after.private_calls == whole.private_calls
        assert after.ending is Ending.DONE
        assert after.drafts[0].messages == whole.messages
        assert 0 < len(scripted.asked) < len(whole.messages)
        assert "It was wrong here." in "\n".join(m.content for m in scripted.asked[0].messages)


async def test_the_critique_of_a_world_asks_no_model(cloakroom: Loaded) -> None:
    brief = brief_of(cloakroom, "fetch")
    gateway, scripted = scripted_gateway()
    talk = await hold_in_world(Cast(cloakroom, gateway, models(cloakroom)), brief, step="generate")
    asked = len(scripted.asked)
    candidate = Candidate(brief=brief, messages=talk.messages, ending=talk.ending)
    duty = duty_of("critique", Node(step=NodeKind.CRITIQUE), cloakroom.scenario)
    assert (await critique(Cast(cloakroom, gateway, models(cloakroom)), candidate, duty)).problems == ()
    assert len(scripted.asked) == asked


# -- what no check can prove is asked of a model whose judgement counts -----------------------------------------


async def sampled(cloakroom: Loaded, script: Script | None, style: Style = Style.CHAT) -> tuple[Candidate, list[Call]]:
    """A candidate of an easy brief, and the calls that went to the verifier."""
    gateway, asked = scripted_gateway(script)
    cast = Cast(cloakroom, gateway, models(cloakroom, SCRIPTED.model_copy(update={"style": style})))
    machine = sample_graph(topology_of(cloakroom.scenario), cast)
    made = await make_candidate(machine, brief_of(cloakroom, "fetch"))
    return made, [call for call in asked.asked if call.role == "verifier"]


async def test_a_promise_that_no_tool_keeps_is_the_verifiers_to_reject(cloakroom: Loaded) -> None:
    """One call, which shows the policy, the private instructions, the lines, and what tools answered between them."""
    sound, _ = await sampled(cloakroom, None)
    last = max(n for n, m in enumerate(sound.messages) if m.role is Speech.ASSISTANT and m.content)

    def script(call: Call) -> str | None:
        if call.role != "verifier":
            return None
        said = json.loads(scripted_text(call))
        said["parts"][f"line_{last}"]["follows"] = False
        return json.dumps({**said, "reason": "It promises an e-mail, which no tool sends."})

    made, asked = await sampled(cloakroom, script)
    assert len(asked) == 1
    text = "\n".join(message.content for message in asked[0].messages)
    brief = brief_of(cloakroom, "fetch")
    assert cloakroom.world is not None
    for shown in (cloakroom.world.policy.strip(), brief.texts["instructions"].strip()):
        assert shown in text
    for place, message in enumerate(made.messages):
        if message.role is Speech.TOOL:
            assert f"[result: {message.content}]" in text
        elif message.content:
            assert f"line_{place}. " in text
            assert message.content in text
    decision = decide(made, cloakroom.scenario)
    assert (decision.verdict, decision.reason) == (Verdict.REJECTED, "verifier")
    assert decision.detail == f"follows (line_{last}): It promises an e-mail, which no tool sends."
    assert made.evidence[-1].turn == last


async def test_the_verifier_is_not_asked_about_what_is_proven_wrong(cloakroom: Loaded) -> None:
    """A dialogue that no draw finishes, or that a check rejects, costs no verifier's call."""
    faulty = cloakroom.scenario.model_copy(update={"redraws": 1, "backtracks": 0, "revisions": 0})
    wrong = misbehaving(1, "Here is your coat. It is done.")
    made, asked = await sampled(cloakroom.model_copy(update={"scenario": faulty}), wrong)
    assert decide(made, faulty).verdict is Verdict.REJECTED
    assert not asked


async def test_a_verifier_whose_judgement_does_not_count_is_not_asked_in_a_world(cloakroom: Loaded) -> None:
    made, asked = await sampled(cloakroom, None, Style.TRANSCRIPT)
    assert not asked
    assert "verifier" not in made.usage
    evidence = next(one for one in made.evidence if one.check == "verifier")
    assert evidence.status is Status.UNVERIFIABLE
    assert "not asked" in evidence.detail
    assert not malformed(cloakroom, evidence, {})
    assert decide(made, cloakroom.scenario).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("world", ["cloakroom", "courier", "library"])
def test_every_world_asks_of_the_lines_of_both_sides(world: str) -> None:
    scenario = load(world).scenario
    assert "verifier" in required_checks(scenario)
    for kind in (ItemKind.USER, ItemKind.ASSISTANT):
        assert scenario.questions_of(kind)
    assert not scenario.questions_of(ItemKind.SAMPLE)
