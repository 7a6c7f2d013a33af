"""What a debate leaves behind: the first opinion, and whether the conclusion is only that."""

from __future__ import annotations

from pathlib import Path

import pytest

from agents.cast import Cast
from agents.focus import behind
from agents.judging.debate import argue, conclusion_is_first, debate_malformed, first_opinion, with_debate
from agents.models.calls import Call
from scenarios.briefs import plan_brief
from scenarios.messages import Message, Speech
from scenarios.records import Brief, Candidate, Debate, Problem, Statement
from scenarios.schema.roles import Duty
from scenarios.schema.scenario import Scenario
from scenarios.schema.topology import NodeKind
from tests.helpers import NOTES, TALK, a_candidate, loaded, models, scripted_gateway


@pytest.fixture(name="talk", scope="module")
def _talk(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    home: Path = tmp_path_factory.mktemp("talk")
    return loaded(home, TALK).scenario


@pytest.fixture(name="notes", scope="module")
def _notes(tmp_path_factory: pytest.TempPathFactory) -> Scenario:
    home: Path = tmp_path_factory.mktemp("notes")
    return loaded(home, NOTES).scenario


def debate(first: str, *concluded: int | None, open_: bool = False) -> Debate:
    """A debate that begins with a statement and ends with problems in these places."""
    said = (Statement(role="sceptic", round=1, text=first), Statement(role="advocate", round=1, text="No."))
    ended = None if open_ else tuple(Problem(problem="x", turn=turn) for turn in concluded)
    return Debate(node="debate", revision=0, moderator="critic", statements=said, concluded=ended)


@pytest.mark.parametrize(
    ("text", "places"),
    [
        ("It is sound.\nPROBLEMS: none", []),
        ("It is sound.\n\n**PROBLEMS:** None.", []),
        ("I doubt message 3.\nPROBLEMS:\n- 3: the date is wrong\n- whole: too long", [3, None]),
        ("…\nPROBLEMS:\n1. Message 3: the fee: 4.90, is wrong\n2. line 5: rude", [3, 5]),
        ("…\nPROBLEMS:\n* **12**: bold", [12]),
        ("…\nPROBLEMS: - 3: on one line", [3]),
        ("I see no problems at all.", None),
        ("PROBLEMS: I cannot say", None),
        ("", None),
    ],
)  # fmt: skip
def test_the_first_opinion_is_read_from_the_first_statement(
    talk: Scenario, text: str, places: list[int | None] | None
) -> None:
    found = first_opinion(debate(text), talk)
    assert (None if found is None else [one.turn for one in found]) == places


def test_of_a_task_the_places_are_its_fields(notes: Scenario) -> None:
    found = first_opinion(debate("PROBLEMS:\n- `text`: too cold\n- other: what"), notes)
    assert found == (Problem(problem="too cold", turn=0), Problem(problem="what"))


@pytest.mark.parametrize(
    ("text", "concluded", "same"),
    [
        ("PROBLEMS: none", (), True),
        ("PROBLEMS: none", (2,), False),
        ("PROBLEMS:\n- 2: a\n- 4: b", (4, 2, 2), True),
        ("PROBLEMS:\n- 2: a\n- 4: b", (2,), False),
        ("PROBLEMS:\n- whole: a", (None,), True),
        ("PROBLEMS:\n- 2: a", (), False),
        ("no list", (), None),
    ],
)
def test_whether_a_conclusion_is_only_the_first_opinion(
    talk: Scenario, text: str, concluded: tuple[int | None, ...], same: bool | None
) -> None:
    assert conclusion_is_first(debate(text, *concluded), talk) is same
    assert conclusion_is_first(debate(text, open_=True), talk) is None


def test_only_the_moderator_of_an_open_debate_reads_it() -> None:
    brief = Brief(id="b", scenario="s", round=0, index=0, seed=0, cell={})
    asked = (Message(role=Speech.SYSTEM, content="case"), Message(role=Speech.USER, content="Name problems."))
    held = Candidate(brief=brief, debates=(debate("I doubt it.", open_=True),))
    first, last = with_debate(asked, "critic", held)
    assert (first.content, last.content.startswith("Name problems.\n\nBefore you answer: SCEPTIC and ADVOCATE")) == (
        "case",
        True,
    )
    assert "SCEPTIC: I doubt it." in last.content
    assert with_debate(asked, "verifier", held) == asked
    ended = Candidate(brief=brief, debates=(debate("I doubt it."),))
    assert with_debate(asked, "critic", ended) == asked
    assert "debates" not in Candidate(brief=brief).model_dump(), "what earlier runs wrote stays as it is"
    assert behind((), "x")[0].role is Speech.USER


async def test_each_is_shown_what_was_said_and_the_first_lists_its_problems(tmp_path: Path) -> None:
    made, asked = (
        loaded(tmp_path, TALK, roles={"doubter": {"sees": ["goal"], "prompt": "reader.jinja", "focus": "Doubt."}}),
        list[Call](),
    )

    def script(call: Call) -> str:
        asked.append(call)
        return f"Word {len(asked)}."

    cast = Cast(made, scripted_gateway(script)[0], models(made))
    duty = Duty(NodeKind.DEBATE, "critic", node="talk", debaters=("doubter", "verifier"), rounds=2)
    held = await argue(cast, a_candidate(plan_brief(made, 0, 0, 0, 0), "Hello."), duty, "debate:talk/0")
    assert [(one.role, one.round) for one in held.debates[0].statements] == [
        (role, at) for at in (1, 2) for role in duty.debaters
    ]
    assert {role: used.calls for role, used in held.usage.items()} == {"doubter": 2, "verifier": 2}
    texts = [call.messages[-1].content for call in asked]
    assert [text.count("PROBLEMS: none") for text in texts] == [1, 0, 0, 0], "before the debate, nothing extra is asked"
    assert [text.count("last word") for text in texts] == [0, 0, 1, 1]
    assert ["Your part in it: Doubt." in text for text in texts] == [True, False, True, False]
    assert "\n\nDOUBTER: A dry word." not in texts[0]
    assert [sum(f"{name}: " in text for name in ("DOUBTER", "VERIFIER")) for text in texts] == [0, 1, 2, 2]


def test_the_form_of_a_debate() -> None:
    duty = Duty(NodeKind.DEBATE, "critic", debaters=("sceptic", "advocate"), rounds=1)
    assert not debate_malformed(debate("a"), duty)
    for wrong in (
        {"moderator": "judge"}, {"statements": debate("a").statements[:1]}, {"statements": debate("a").statements[::-1]},
        {"statements": debate("a" * 2100).statements}, {"statements": debate("").statements},
    ):  # fmt: skip
        assert debate_malformed(debate("a").model_copy(update=wrong), duty), wrong
