"""Dialogues: the team keeps to the plan, guards work while it is made, and errors come out as themselves."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from agents.cast import Cast
from agents.dialogue.planned import Revision, hold_dialogue
from agents.models.calls import Answer, Call
from agents.models.faults import Fault, FaultKind
from agents.models.limits.ledger import Budget
from agents.models.scripted import Scripted, scripted_text
from agents.text.phrases import holds
from agents.text.prose import tidied
from scenarios.briefs import plan_brief
from scenarios.errors import BudgetReached, CallFailed, Interrupted, ModelUnavailable
from scenarios.loading import load
from scenarios.messages import Speech
from scenarios.schema.styles import Style
from tests.helpers import PLANNED, SCRIPTED, gateway_over, loaded, models, scripted_gateway


def place_of(call: Call) -> int:
    """The turn that a speaker's call is for."""
    return int(call.asker.step.rsplit("/", 1)[-1])


@pytest.mark.parametrize("style", list(Style))
async def test_the_team_speaks_as_planned(tmp_path: Path, style: Style) -> None:
    scenario = load(PLANNED)
    model = SCRIPTED.model_copy(update={"style": style})
    gateway, scripted = scripted_gateway()
    for number in range(6):
        brief = plan_brief(scenario, 3, 0, number, number)
        held = await hold_dialogue(Cast(scenario, gateway, models(scenario, model)), brief, step="generate")
        assert held.given_up == "", held.detail
        wanted = [scenario.scenario.roles[turn.speaker].speaks_as for turn in brief.turns]
        assert [message.role for message in held.messages] == wanted
        mine = [call for call in scripted.asked if call.asker.sample == brief.id]
        final = {place_of(call): call for call in mine}
        assert [final[place].role for place in sorted(final)] == [turn.speaker for turn in brief.turns]
        assert sum(used.calls for used in held.usage.values()) == len(mine)


async def test_private_facts_are_in_no_prompt_of_the_agent_before_they_are_said() -> None:
    """Scans every prompt of the agent for the customer's facts."""
    scenario = load(PLANNED)
    gateway, scripted = scripted_gateway()
    private = ("order", "name", "wrong")
    looked = 0
    for number in range(8):
        brief = plan_brief(scenario, 11, 0, number, number)
        held = await hold_dialogue(Cast(scenario, gateway, models(scenario)), brief, step="generate")
        for call in (c for c in scripted.asked if c.asker.sample == brief.id and c.role == "agent"):
            place = place_of(call)
            turn = brief.turns[place]
            prompt = "\n".join(message.content for message in call.messages)
            said = [message.content for message in held.messages[:place]]
            allowed = [*said, turn.act, *(phrase for group in turn.must for phrase in group)]
            for fact in private:
                value = brief.facts[fact]
                if holds(value, prompt):
                    assert any(holds(value, text) for text in allowed), f"turn {place} shows the agent {fact}={value}"
                looked += 1
            assert brief.texts["persona"] not in prompt
            assert brief.texts["goal"] not in prompt
    assert looked > 50


async def test_a_line_that_breaks_a_guard_is_drawn_again_with_the_fault_told(tmp_path: Path) -> None:
    scenario = loaded(tmp_path)
    brief = plan_brief(scenario, 0, 0, 0, 0)

    def script(call: Call) -> str | None:
        if place_of(call) == 2 and call.asker.attempt < 2:
            return "The code is ZZ-9999, I think."
        return None

    gateway, scripted = scripted_gateway(script)
    held = await hold_dialogue(Cast(scenario, gateway, models(scenario)), brief, step="generate")
    assert held.given_up == ""
    third = [call for call in scripted.asked if place_of(call) == 2]
    assert [call.asker.attempt for call in third] == [0, 1, 2]
    assert len({call.key() for call in third}) == 3
    assert third[0].decoding.temperature < third[1].decoding.temperature < third[2].decoding.temperature
    assert "ZZ-9999" not in third[0].messages[-1].content
    assert "It says 'ZZ-9999', which nobody gave." in third[1].messages[-1].content
    assert brief.facts["code"].lower() in held.messages[2].content.lower()


async def test_where_no_draw_will_do_the_last_line_is_dropped_and_drawn_anew(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, redraws=3, backtracks=2)
    brief = plan_brief(scenario, 0, 0, 0, 0)

    def script(call: Call) -> str | None:
        # Turn 2 works only after the second version of turn 1.
        return "Never the code." if place_of(call) == 2 and call.asker.attempt < 1000 else None

    gateway, scripted = scripted_gateway(script)
    held = await hold_dialogue(Cast(scenario, gateway, models(scenario)), brief, step="generate")
    assert held.given_up == ""
    asked = [(place_of(call), call.asker.attempt) for call in scripted.asked]
    assert asked == [(0, 0), (1, 0), (2, 0), (2, 1), (2, 2), (1, 1000), (2, 1000), (3, 1000)]
    assert sum(used.calls for used in held.usage.values()) == 8


@pytest.mark.parametrize(("redraws", "backtracks"), [(1, 0), (3, 0), (2, 2)])
async def test_giving_up_names_the_guard_and_is_bounded(tmp_path: Path, redraws: int, backtracks: int) -> None:
    scenario = loaded(tmp_path, redraws=redraws, backtracks=backtracks)
    brief = plan_brief(scenario, 0, 0, 0, 0)
    gateway, scripted = scripted_gateway(lambda call: "Never the code." if place_of(call) == 2 else None)
    held = await hold_dialogue(Cast(scenario, gateway, models(scenario)), brief, step="generate")
    assert held.given_up == "must_say"
    assert held.detail.startswith("turn 2: does not say")
    assert len(held.messages) == 2
    assert sum(place_of(call) == 2 for call in scripted.asked) == redraws * (backtracks + 1)


class Failing:
    """Raises at turn 1."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    async def send(self, call: Call) -> Answer:
        if place_of(call) == 1:
            raise self._error
        return Answer(text=scripted_text(call))

    async def close(self) -> None:
        """Nothing is held."""


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (Fault(FaultKind.DECLINED, "HTTP 400: no"), CallFailed),
        (Fault(FaultKind.KEY, "HTTP 401: no"), ModelUnavailable),
        (BudgetReached("calls"), BudgetReached),
        (Interrupted("enough"), Interrupted),
        (ModelUnavailable("llm.gguf=x: cannot be loaded"), ModelUnavailable),
    ],
)
async def test_a_typed_error_comes_out_of_the_team_as_itself(
    tmp_path: Path, error: Exception, expected: type[Exception]
) -> None:
    scenario = loaded(tmp_path)
    gateway = gateway_over(Failing(error))
    with pytest.raises(expected) as caught:
        await hold_dialogue(
            Cast(scenario, gateway, models(scenario)), plan_brief(scenario, 0, 0, 0, 0), step="generate"
        )
    assert type(caught.value) is expected
    assert gateway.limit.in_flight == 0


async def test_the_budget_ends_a_dialogue_as_itself(tmp_path: Path) -> None:
    scenario = loaded(tmp_path)
    transport = Scripted()
    gateway = gateway_over(transport, budget=Budget(calls=2))
    with pytest.raises(BudgetReached) as caught:
        await hold_dialogue(
            Cast(scenario, gateway, models(scenario)), plan_brief(scenario, 0, 0, 0, 0), step="generate"
        )
    assert caught.value.stopped_by == "budget.calls"
    assert len(transport.asked) == 2


async def test_cancelling_a_dialogue_leaves_nothing_running(tmp_path: Path) -> None:
    scenario = loaded(tmp_path)
    begun = asyncio.Event()

    class Hanging:
        async def send(self, call: Call) -> Answer:
            begun.set()
            await asyncio.Event().wait()
            raise AssertionError

        async def close(self) -> None:
            """Nothing is held."""

    gateway = gateway_over(Hanging())
    task = asyncio.create_task(
        hold_dialogue(Cast(scenario, gateway, models(scenario)), plan_brief(scenario, 0, 0, 0, 0), step="generate")
    )
    await begun.wait()
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert gateway.limit.in_flight == 0
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_only_the_line_at_fault_is_said_anew_and_its_speaker_is_shown_it_with_the_remark(tmp_path: Path) -> None:
    scenario = loaded(tmp_path)
    brief = plan_brief(scenario, 0, 0, 0, 0)
    gateway, _ = scripted_gateway()
    cast = Cast(scenario, gateway, models(scenario))
    first = await hold_dialogue(cast, brief, step="generate")
    gateway, scripted = scripted_gateway()
    former = Revision(first.messages, {1: "Be kinder."})
    held = await hold_dialogue(Cast(scenario, gateway, models(scenario)), brief, step="refine/1", former=former)
    assert [place_of(call) for call in scripted.asked] == [1]
    *_, refused, request = scripted.asked[0].messages
    assert (refused.role, refused.content) == (Speech.ASSISTANT, first.messages[1].content)
    assert "Be kinder." in request.content
    assert [held.messages[place] == first.messages[place] for place in (0, 2, 3)] == [True] * 3


async def test_a_line_that_no_longer_fits_is_said_anew_too(tmp_path: Path) -> None:
    """The lines after a new one are kept only as long as nothing is wrong with them."""
    scenario = loaded(tmp_path)
    brief = plan_brief(scenario, 0, 0, 0, 0)
    gateway, _ = scripted_gateway()
    first = await hold_dialogue(Cast(scenario, gateway, models(scenario)), brief, step="generate")
    again = first.messages[3].content

    gateway, scripted = scripted_gateway(lambda call: again if place_of(call) == 1 else None)
    lenient = loaded(tmp_path / "b", checks=[{"name": "no_repetition"}])
    former = Revision(first.messages, {1: "Be kinder."})
    held = await hold_dialogue(Cast(lenient, gateway, models(lenient)), brief, step="refine/1", former=former)
    assert held.messages[1].content == again
    assert [place_of(call) for call in scripted.asked] == [1, 3]


async def test_a_refused_draw_goes_back_with_all_that_is_wrong_with_it_and_is_kept(tmp_path: Path) -> None:
    scenario = loaded(tmp_path)
    gateway, scripted = scripted_gateway(
        lambda call: "Tag XX-9999, says Zorro." if place_of(call) == 0 and not call.asker.attempt else None
    )
    cast = Cast(scenario, gateway, models(scenario))
    held = await hold_dialogue(cast, plan_brief(scenario, 0, 0, 0, 0), step="generate")
    second = next(call for call in scripted.asked if call.asker.attempt == 1)
    *_, refused, request = second.messages
    assert refused.content == "Tag XX-9999, says Zorro."
    assert "It does not say" in request.content
    assert "XX-9999" in request.content
    (slip,) = held.slips
    assert (slip.place, slip.step, slip.attempt, slip.check) == (0, "generate/0", 0, "must_say")
    assert "XX-9999" in slip.problem
    transcript = SCRIPTED.model_copy(update={"style": Style.TRANSCRIPT})
    gateway, scripted = scripted_gateway(lambda call: "Hm." if not call.asker.attempt else None)
    await hold_dialogue(
        Cast(scenario, gateway, models(scenario, transcript)), plan_brief(scenario, 0, 0, 0, 0), step="generate"
    )
    assert all("cannot be used" not in call.messages[-1].content for call in scripted.asked)


async def test_a_plan_with_one_speaker_works(tmp_path: Path) -> None:
    turns = [{"speaker": "guest", "act": f"says thing {n}"} for n in "abc"]
    scenario = loaded(tmp_path, turns=turns)
    gateway, scripted = scripted_gateway()
    held = await hold_dialogue(
        Cast(scenario, gateway, models(scenario)), plan_brief(scenario, 0, 0, 0, 0), step="generate"
    )
    assert [message.role for message in held.messages] == [Speech.USER] * 3
    assert [call.role for call in scripted.asked] == ["guest"] * 3


async def test_two_dialogues_at_once_do_not_mix(tmp_path: Path) -> None:
    scenario = loaded(tmp_path)
    gateway, scripted = scripted_gateway()
    briefs = [plan_brief(scenario, 0, 0, n, n) for n in range(6)]

    async def hold(brief: Any) -> Any:
        return await hold_dialogue(Cast(scenario, gateway, models(scenario)), brief, step="generate")

    together = await asyncio.gather(*map(hold, briefs))
    alone_gateway, _ = scripted_gateway()
    for brief, held in zip(briefs, together, strict=True):
        alone = await hold_dialogue(Cast(scenario, alone_gateway, models(scenario)), brief, step="generate")
        assert held == alone
    assert len(scripted.asked) >= 24


@pytest.mark.parametrize(
    ("drawn", "line"),
    [
        ("Guest: Hello there.", "Hello there."),
        ('"Hello there."', "Hello there."),
        ('Guest: "Hello there."', "Hello there."),
        ("  Hello \n there. ", "Hello there."),
        ('"Yes," she said.', '"Yes," she said.'),
        ("", ""),
        ('"', '"'),
    ],
)
def test_a_line_is_tidied(drawn: str, line: str) -> None:
    assert tidied(drawn, "Guest") == line
