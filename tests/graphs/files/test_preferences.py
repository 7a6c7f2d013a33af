"""Contrast pairs: same words before, one message proven right, one proven wrong; none of anything else."""

from __future__ import annotations

import orjson

from graphs.files.preferences import pair_line, pairs_of
from scenarios.briefs import plan_brief
from scenarios.loading import load
from scenarios.messages import Message, Speech
from scenarios.records import Candidate, Draft, Problem, Record, Slip, Verdict
from scenarios.worlds.blueprint import Action
from scenarios.worlds.exemplar import call_messages, enact, exemplar


def right() -> Candidate:
    """A right dialogue of the cloakroom."""
    loaded = load("cloakroom")
    brief = plan_brief(loaded, 0, 0, 0, 0)
    assert brief.blueprint is not None
    assert loaded.world is not None
    talk = enact(loaded.world, brief.blueprint, exemplar(loaded.world, brief.blueprint))
    return Candidate(brief=brief, messages=talk.messages, private_calls=talk.private_calls, ending=talk.ending)


def said(text: str) -> Message:
    return Message(role=Speech.ASSISTANT, content=text)


def test_a_refused_move_and_the_one_that_took_its_place_are_a_pair() -> None:
    made = right()
    slip = Slip(place=3, messages=call_messages((Action(tool="hand_out", arguments={"tag": "T1"}),), ("{}",), 3),
                check="identified", problem="hand_out before the user was identified")  # fmt: skip
    record = Record(verdict=Verdict.ACCEPTED, candidate=made.model_copy(update={"slips": (slip, slip)}))
    (pair,) = pairs_of(record)
    assert (pair.turn, pair.check) == (3, "identified")
    assert pair.chosen == made.messages[3]
    world = load("cloakroom").world
    assert world is not None
    line = orjson.loads(orjson.dumps(pair_line(pair, record, world)))
    assert [m["role"] for m in line["prompt"]] == ["system", "user", "assistant", "user"]
    assert line["prompt"][0]["content"] == world.policy
    assert line["chosen"][0]["tool_calls"][0]["function"]["name"] == "find_guest"
    assert line["rejected"][0]["tool_calls"][0]["function"]["name"] == "hand_out"
    assert line["reason"] == "hand_out before the user was identified"
    assert {tool["function"]["name"] for tool in line["tools"]} >= {"find_guest", "hand_out"}


def test_a_draft_is_a_pair_with_what_replaced_it_where_they_part_at_the_fault() -> None:
    made = right()
    last = len(made.messages) - 2
    wrong = (*made.messages[:last], said("There is nothing for you."), made.messages[-1])
    draft = Draft(step="refine/1", messages=wrong, problems=(Problem(problem="not told", turn=last, check="told"),))
    record = Record(verdict=Verdict.ACCEPTED, candidate=made.model_copy(update={"drafts": (draft,)}))
    (pair,) = pairs_of(record)
    assert pair.rejected.content == "There is nothing for you."
    assert pair.chosen == made.messages[last]


def test_nothing_else_is_a_pair() -> None:
    made = right()
    last = len(made.messages) - 2
    earlier = (said("Hm."), *made.messages[1:last], said("No."), made.messages[-1])
    drafts = (
        Draft(step="parted earlier", messages=earlier, problems=(Problem(problem="x", turn=last, check="told"),)),
        Draft(step="no turn", messages=earlier, problems=(Problem(problem="x", check="end_state"),)),
        Draft(step="a model's opinion", messages=made.messages, problems=(Problem(problem="x", turn=last),)),
        Draft(step="the same", messages=made.messages, problems=(Problem(problem="x", turn=last, check="told"),)),
        Draft(step="the user's", messages=(said("Hm."),), problems=(Problem(problem="x", turn=0, check="told"),)),
    )
    slips = (
        Slip(place=last, messages=(), check="readable", problem="x"),
        Slip(place=999, messages=(said("x"),), check="told", problem="x"),
        Slip(place=0, messages=(Message(role=Speech.USER, content="x"),), check="user_faithful", problem="x"),
    )
    candidate = made.model_copy(update={"drafts": drafts, "slips": slips})
    assert pairs_of(Record(verdict=Verdict.ACCEPTED, candidate=candidate)) == []
    good = Slip(place=last, messages=(said("x"),), check="told", problem="x")
    rejected = Record(verdict=Verdict.REJECTED, candidate=made.model_copy(update={"slips": (good,)}))
    assert pairs_of(rejected) == []
