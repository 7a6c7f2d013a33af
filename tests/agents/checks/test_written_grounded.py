"""What a good model writes about a passage: the exact checks let sound lines pass, and refuse the wrong ones that they can see."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from agents.checks.check import Check
from agents.checks.registry import ASIDE, CHECKS, run_checks
from agents.models.calls import Call
from graphs.sampling.decision import decide
from scenarios.briefs import plan_brief
from scenarios.messages import Message, Speech
from scenarios.records import Candidate, Status, Turn
from scenarios.schema.corpus import JOINT, FollowUp
from tests.agents.test_steps import make
from tests.helpers import planned_form

GROUNDED = planned_form("grounded")
WRITTEN: dict[str, dict[str, list[dict[str, str]]]] = yaml.safe_load(
    (Path(__file__).parent / "written" / "grounded.yaml").read_text(encoding="utf-8")
)


def lines(verdict: str) -> list[Any]:
    found = [(kind, one) for kind, several in WRITTEN[verdict].items() for one in several]
    return [pytest.param(kind, one, id=f"{kind}: {one['line']}") for kind, one in found]


def talk(kind: str, one: dict[str, str]) -> Candidate:
    """The exchange that a line stands in, about its passage alone."""
    assert GROUNDED.corpus is not None
    passage = GROUNDED.corpus.passage(one["of"])
    every = [*passage.answerable, *(a.then for a in passage.answerable if a.then), *passage.unanswerable]
    asked = next(each for each in every if each.ask == one["ask"])
    before = next((a.ask for a in passage.answerable if a.then is asked), "")
    spans, key = (asked.spans, asked.key) if isinstance(asked, FollowUp) else ((), "")
    plan = [(before, "", ""), (asked.ask, JOINT.join(spans), key)] if before else [(asked.ask, JOINT.join(spans), key)]
    facts = {
        f"{name}_{n}": text
        for n, row in enumerate(plan, 1)
        for name, text in zip(("question", "span", "key"), row, strict=True)
    }
    said = [Message(role=Speech.USER, content=before), Message(role=Speech.ASSISTANT, content="Yes.")] if before else []
    if kind == "questions":
        said.append(Message(role=Speech.USER, content=one["line"]))
    else:
        said += [Message(role=Speech.USER, content=asked.ask), Message(role=Speech.ASSISTANT, content=one["line"])]
    brief = plan_brief(GROUNDED, 0, 0, 0, 0)
    turns = tuple(Turn(speaker="reader" if n % 2 == 0 else "guide", act="speaks") for n in range(len(said)))
    texts = {**brief.texts, "title": passage.title, "source": passage.text}
    return Candidate(
        brief=brief.model_copy(update={"facts": facts, "texts": texts, "turns": turns}), messages=tuple(said)
    )


def found_in(kind: str, one: dict[str, str]) -> dict[str, str]:
    """What the exact checks find in a line, if a verifier whose judgement counts is asked the rest."""
    made = talk(kind, one)
    last = len(made.messages) - 1
    found = run_checks(GROUNDED, made, judged=True)
    return {e.check: e.detail for e in found if e.status is Status.FAIL and (e.turn is None or e.turn == last)}


@pytest.mark.parametrize(("kind", "one"), lines("sound"))
def test_sound_lines_pass_what_is_exact(kind: str, one: dict[str, str]) -> None:
    assert found_in(kind, one) == {}


@pytest.mark.parametrize(("kind", "one"), lines("wrong"))
def test_wrong_lines_are_refused_or_left_to_the_verifier(kind: str, one: dict[str, str]) -> None:
    assert bool(found_in(kind, one)) is (one.get("by") != "verifier")


def test_what_guesses_meaning_stands_aside() -> None:
    guessing: list[Check] = [check for check in CHECKS.values() if check.meaning]
    assert guessing
    one = WRITTEN["sound"]["answers"][0]
    aside = [e.check for e in run_checks(GROUNDED, talk("answers", one), judged=True) if e.detail == ASIDE]
    assert {"asks_planned", "claims_entailed", "answers_question", "unanswerable_declined"} <= set(aside)


# -- in the sample graph -------------------------------------------------------------------------------------------


def answers(lines: dict[int, str], wrong: str = "") -> Any:
    """A script that says these lines at these turns in the first draw, and finds fault with the part `wrong`."""

    def script(call: Call) -> str | None:
        if call.role == "verifier":
            shape = call.answer_schema or {}
            parts = shape["$defs"]["Parts"]["properties"]
            said = {key: dict.fromkeys(shape["$defs"][key]["properties"], key != wrong) for key in parts}
            return json.dumps({"grounded": True, "parts": said, "reason": "It is free for them."})
        place = call.asker.step.rpartition("/")[2]
        return lines.get(int(place)) if place.isdigit() and not call.asker.attempt else None

    return script


async def test_a_claim_that_the_verifier_does_not_find_in_its_source_rejects() -> None:
    made, asked = await make(GROUNDED, answers({}, wrong="claim_1_1"))
    found = {e.check: e for e in made.evidence}
    assert (found["verifier"].status, found["verifier"].turn) == (Status.FAIL, 1)
    assert found["verifier"].detail == "says_so (claim_1_1): It is free for them."
    assert decide(made, GROUNDED.scenario).reason == "verifier"
    assert sum(call.role == "verifier" for call in asked) == 1, "all claims and lines are asked of in one call"


async def test_a_line_is_drawn_again_with_the_reason_in_words_and_a_citation_is_put_into_the_letters_of_the_text() -> (
    None
):
    brief = plan_brief(GROUNDED, 0, 0, 0, 0)
    place = next(n for n in range(1, 9) if brief.facts[f"span_{n}"])
    span = brief.facts[f"span_{place}"]
    turn = 2 * place - 1
    made, asked = await make(GROUNDED, answers({turn: f'{span[0].upper()}{span[1:]}. Source: "It is {span}".'}))
    again = next(c for c in asked if c.asker.step == f"generate/{turn}" and c.asker.attempt)
    assert f"It cites 'It is {span}', which the text does not hold letter by letter." in again.messages[-1].content
    loose = f"{span[0].upper()}{span[1:]}. Sources: “{span.upper()}.”"
    made, _ = await make(GROUNDED, answers({turn: loose}))
    assert made.messages[turn].content == f'{span[0].upper()}{span[1:]}. Source: "{span}".'
