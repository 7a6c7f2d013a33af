"""Lines of the files beside this one, each put into the right dialogue of its brief, and what is found wrong with them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml

from agents.checks.passages import words_passage
from agents.checks.registry import draw_faults, run_checks
from agents.dialogue.moves import action_of, read_words
from scenarios.briefs import plan_brief
from scenarios.loading import Loaded, load
from scenarios.messages import Message, Speech
from scenarios.records import Brief, Candidate, Status
from scenarios.worlds.blueprint import Ending, Side
from scenarios.worlds.exemplar import Enacted, Move, call_messages, enact, exemplar
from scenarios.worlds.world import Play

HERE = Path(__file__).parent
FILES = {Side.USER: HERE / "lines.yaml", Side.ASSISTANT: HERE / "answers.yaml"}
_CALL = re.compile(r"(\w+) (\{.*\})")


@dataclass(frozen=True)
class Line:
    """One line in its place."""

    world: str
    task: str
    difficulty: str
    user: str
    place: int
    side: Side
    text: str
    verdict: str
    """sound, wrong or beyond."""


def lines(side: Side) -> Iterator[Line]:
    """All lines of one side."""
    for group in yaml.safe_load(FILES[side].read_text(encoding="utf-8")):
        for verdict in ("sound", "wrong", "beyond"):
            for place, texts in group.get(verdict, {}).items():
                for text in texts:
                    yield Line(
                        group["world"], group["task"], group.get("difficulty", "easy"), group.get("user", "cooperative"),
                        place, side, text, verdict,
                    )  # fmt: skip


@cache
def _loaded(world: str) -> Loaded:
    return load(world)


@cache
def brief_of(world: str, task: str, difficulty: str, user: str) -> Brief:
    """The brief that the lines were written for."""
    manner = "plain" if world == "cloakroom" else "polite"
    cell = {"task": task, "difficulty": difficulty, "user": user, "manner": manner}
    return plan_brief(_loaded(world), 77, 0, 0, 0, cell)


def faults(line: Line) -> dict[str, str]:
    """What is found wrong with a line where it stands, and else by the end of its dialogue: check → what."""
    loaded, brief = _loaded(line.world), brief_of(line.world, line.task, line.difficulty, line.user)
    right = _right(loaded, brief)
    before = right.messages[: line.place]
    private = tuple(call for call in right.private_calls if call.before <= line.place)
    if line.side is Side.ASSISTANT:
        private = tuple(call for call in private if call.before < line.place)
    made = _made(loaded, brief, before, line)
    last = line.place == len(right.messages) - 1
    so_far = Candidate(
        brief=brief, messages=(*before, *made), private_calls=private, ending=Ending.DONE if last else None
    )
    said = [words_passage(loaded, one, brief) for one in made if one.content and one.role is not Speech.TOOL]
    found = {one.check: one.detail for one in draw_faults(loaded, so_far, line.place, said)}
    if found or made[0].tool_calls:
        return found
    # With the rest of the right dialogue behind it: nobody reacts to the line, which shows what is missing at the end.
    rest = right.messages[line.place + 1 :]
    whole = Candidate(
        brief=brief, messages=(*before, *made, *rest), private_calls=right.private_calls, ending=Ending.DONE
    )
    # What comes after an opening was made for another one, which may have said more.
    aside = {"read_first"} if line.side is Side.USER else set[str]()
    failed = [one for one in run_checks(loaded, whole) if one.status is Status.FAIL and one.check not in aside]
    return {one.check: one.detail for one in failed}


def _right(loaded: Loaded, brief: Brief) -> Enacted:
    assert loaded.world is not None
    assert brief.blueprint is not None
    moves: tuple[Move, ...] = exemplar(loaded.world, brief.blueprint)
    return enact(loaded.world, brief.blueprint, moves)


def _made(loaded: Loaded, brief: Brief, before: tuple[Message, ...], line: Line) -> tuple[Message, ...]:
    """The messages of a line: words, or a call with what the world gives for it."""
    called = _CALL.fullmatch(line.text)
    if line.side is Side.USER or called is None:
        text = read_words(line.text, line.side, "").text
        return (Message(role=Speech(line.side.value), content=text),)
    assert loaded.world is not None
    assert brief.blueprint is not None
    stage = Play(loaded.world, brief.blueprint.state)
    for message in before:
        for call in message.tool_calls or ():
            stage.call(action_of(call["function"]["name"], call["function"]["arguments"], Side.ASSISTANT))
    action = action_of(called[1], called[2], Side.ASSISTANT)
    return call_messages((action,), (stage.call(action),), len(before))
