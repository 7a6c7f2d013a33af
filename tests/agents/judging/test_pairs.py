"""Two samples of one brief, compared in both orders by a model that no scenario knows."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.judging.pairs import Preference, pair_view, prefer
from agents.models.calls import Call
from scenarios.briefs import plan_brief
from scenarios.errors import AnswerInvalid
from scenarios.loading import Loaded, load
from scenarios.records import Better, Candidate, Usage
from scenarios.scene import ConversationScene
from tests.helpers import NOTES, SCRIPTED, TALK, a_candidate, loaded, scripted_gateway


def notes(path: Path, **changes: Any) -> Loaded:
    return loaded(path, NOTES, **changes)


def note(plan: Loaded, text: str) -> Candidate:
    return Candidate(brief=plan_brief(plan, 1, 0, 0, 0), fields={"text": text})


def asked(plan: Loaded, left: str, right: str, say: Callable[[str], str]) -> tuple[Preference, list[Call]]:
    """What a model prefers whose answer depends on the prompt, and its calls."""
    gateway, transport = scripted_gateway(lambda call: say(call.messages[-1].content))
    found = asyncio.run(
        prefer(gateway, SCRIPTED, plan, note(plan, left), note(plan, right), step="pair", role="outside")
    )
    return found, transport.asked


def answer(better: str) -> str:
    return json.dumps({"reasons": "It is warm.", "better": better})


def likes(word: str) -> Callable[[str], str]:
    """A model that likes the sample with a word in it."""
    return lambda prompt: answer("A" if word in prompt.partition("--- End of sample A")[0] else "B")


@pytest.mark.parametrize(
    ("say", "better", "flipped"),
    [
        (likes("sun"), Better.FIRST, False),
        (likes("rain"), Better.SECOND, False),
        (lambda prompt: answer("same"), Better.TIE, False),
        (lambda prompt: answer("A"), Better.TIE, True),
        (lambda prompt: answer("B"), Better.TIE, True),
        (lambda prompt: answer("same" if prompt.index("sun") < prompt.index("rain") else "B"), Better.TIE, False),
    ],
)
def test_a_preference_holds_in_both_orders_or_is_a_tie(
    tmp_path: Path, say: Callable[[str], str], better: Better, flipped: bool
) -> None:
    found, calls = asked(notes(tmp_path), "The sun shines.", "The rain falls.", say)
    assert (found.better, found.flipped) == (better, flipped)
    assert found.usage.calls == len(calls) == 2
    assert {call.role for call in calls} == {"outside"}, "no role of the scenario"
    assert len({call.key() for call in calls}) == 2


def test_of_equal_samples_nobody_is_asked(tmp_path: Path) -> None:
    found, calls = asked(notes(tmp_path), "The sun shines.", "The sun shines.", likes("sun"))
    assert (found.better, found.usage, calls) == (Better.TIE, Usage(), [])


def test_an_answer_that_cannot_be_read_is_no_tie(tmp_path: Path) -> None:
    with pytest.raises(AnswerInvalid):
        asked(notes(tmp_path), "The sun shines.", "The rain falls.", lambda prompt: answer("neither"))


def test_what_both_have_is_shown_once_and_what_counts_has_a_default(tmp_path: Path) -> None:
    second = {"name": "title", "prompt": "text.jinja"}
    plan = notes(tmp_path, fields=[*NOTES["fields"], second], rubric=None)
    first = note(plan, "The sun shines.").model_copy(update={"fields": {"text": "The sun shines.", "title": "Sun"}})
    other = first.model_copy(update={"fields": {**first.fields, "title": "Rain"}})
    view = pair_view(plan, first, other)
    assert view["shared"] == [{"name": "text", "text": "The sun shines."}]
    assert [sample["parts"] for sample in view["samples"]] == [
        [{"name": "title", "text": "Sun"}],
        [{"name": "title", "text": "Rain"}],
    ]
    assert view["given"] == [{"name": "topic", "text": first.brief.cell["topic"]}]
    assert set(view["criteria"]) == {"right", "useful", "natural"}, "a plain default"
    assert pair_view(plan, first, other, sees=())["given"] == []


def test_dialogues_and_conversations_are_shown_whole(tmp_path: Path) -> None:
    talk = loaded(tmp_path, TALK)
    brief = plan_brief(talk, 1, 0, 0, 0)
    view = pair_view(talk, a_candidate(brief, "A map?", "Here."), a_candidate(brief, "A bell?", "No."))
    assert [one["name"] for one in view["given"]] == ["goal", "facts"]
    assert view["samples"][1]["parts"] == [{"name": "conversation", "text": "0. Guest: A bell?\n1. Clerk: No."}]
    assert set(view["criteria"]) == {"clear", "kind", "settled"}
    free = load("interview")
    brief = plan_brief(free, 1, 0, 0, 0)
    one = a_candidate(brief, "Hello.", "Hello.").model_copy(
        update={"scene": ConversationScene(situation="Rain.", outcome="It ends.")}
    )
    other = one.model_copy(update={"scene": ConversationScene(situation="Sun.", outcome="It ends.")})
    parts = [
        {part["name"]: part["text"] for part in sample["parts"]} for sample in pair_view(free, one, other)["samples"]
    ]
    assert [part["scene"].splitlines()[0] for part in parts] == ["Rain.", "Sun."], "each with its own scene"
    assert parts[0]["conversation"] == parts[1]["conversation"], "a conversation is read whole"
