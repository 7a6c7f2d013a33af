"""Contrast pairs: same words before, one message proven right, one proven wrong; none of anything else."""

from __future__ import annotations

import orjson
import pytest

from agents.checks.guards import GUARDS
from agents.checks.registry import CHECKS
from agents.proof.faults import FaultOf
from agents.proof.proof import CLAIMS
from graphs.files.preferences import pair_line, pairs_of, same_substance
from scenarios.briefs import plan_brief
from scenarios.loading import load
from scenarios.messages import Message, Speech
from scenarios.records import Candidate, Draft, Problem, Record, Slip, Verdict
from scenarios.worlds.blueprint import Action
from scenarios.worlds.exemplar import call_messages, enact, exemplar
from scenarios.worlds.world import Play, World


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


def world() -> World:
    """The cloakroom."""
    found = load("cloakroom").world
    assert found is not None
    return found


def unidentified(made: Candidate) -> tuple[Message, ...]:
    """A thing handed out before anybody was asked who they are, with the result that the world gives."""
    assert made.brief.blueprint is not None
    tag = next(iter(made.brief.blueprint.state["items"]))
    action = Action(tool="hand_out", arguments={"tag": tag})
    return call_messages((action,), (Play(world(), made.brief.blueprint.state).call(action),), 3)


def test_a_refused_move_and_the_one_that_took_its_place_are_a_pair() -> None:
    made = right()
    slip = Slip(place=3, messages=unidentified(made), check="identified", problem="x; it says much more")
    record = Record(verdict=Verdict.ACCEPTED, candidate=made.model_copy(update={"slips": (slip, slip)}))
    (pair,) = pairs_of(record, world())
    assert (pair.turn, pair.check) == (3, "identified")
    assert pair.chosen == made.messages[3]
    line = orjson.loads(orjson.dumps(pair_line(pair, record, world())))
    assert [m["role"] for m in line["prompt"]] == ["system", "user", "assistant", "user"]
    assert line["prompt"][0]["content"] == world().policy
    assert line["chosen"][0]["tool_calls"][0]["function"]["name"] == "find_guest"
    assert line["rejected"][0]["tool_calls"][0]["function"]["name"] == "hand_out"
    assert line["reason"].startswith("calls hand_out before the user was identified")
    assert {tool["function"]["name"] for tool in line["tools"]} >= {"find_guest", "hand_out"}


def test_a_draft_is_a_pair_with_what_replaced_it_where_they_part_at_the_fault() -> None:
    made = right()
    last = len(made.messages) - 2
    wrong = (*made.messages[:last], said("That makes 44.44 euros for the thing."), made.messages[-1])
    draft = Draft(step="refine/1", messages=wrong, problems=(Problem(problem="x", turn=last, check="invented"),))
    record = Record(verdict=Verdict.ACCEPTED, candidate=made.model_copy(update={"drafts": (draft,)}))
    (pair,) = pairs_of(record, world())
    assert pair.rejected.content == "That makes 44.44 euros for the thing."
    assert pair.chosen == made.messages[last]


FORM = (
    "told",
    "assistant_repeats",
    "assistant_ended",
    "plain_language",
    "no_leak",
    "in_role",
    "readable",
    "must_say",
    "",
)


@pytest.mark.parametrize("check", FORM)
def test_a_fault_of_form_makes_no_pair(check: str) -> None:
    made = right()
    last = len(made.messages) - 2
    slip = Slip(place=last, messages=(said("Here you are (thank you for waiting)."),), check=check, problem="x")
    draft = Draft(
        step="refine/1",
        messages=(*made.messages[:last], said("Here you are."), made.messages[-1]),
        problems=(Problem(problem="x", turn=last, check=check),),
    )
    candidate = made.model_copy(update={"slips": (slip,), "drafts": (draft,)})
    assert pairs_of(Record(verdict=Verdict.ACCEPTED, candidate=candidate), world()) == []


@pytest.mark.parametrize("check", ["invented", "claims", "confirmed", "refused", "writes", "private"])
def test_a_line_that_is_not_proven_wrong_again_makes_no_pair(check: str) -> None:
    """A run made by earlier checks may have refused it for their sake."""
    made = right()
    last = len(made.messages) - 2
    slip = Slip(place=last, messages=(said("I am glad that I could help (all is done)."),), check=check, problem="x")
    candidate = made.model_copy(update={"slips": (slip,)})
    assert pairs_of(Record(verdict=Verdict.ACCEPTED, candidate=candidate), world()) == []


def test_two_messages_are_the_same_in_substance() -> None:
    def same(left: str, right: str) -> bool:
        return same_substance(said(left), said(right))

    assert same("I've opened claim K-1 for your parcel.", "I have opened the claim K-1 for your parcel!")
    assert same("Your coat (tag T12) is here.", "Your coat, tag T12, is here.")
    assert not same("Your coat, tag T12, is here.", "Your coat, tag T13, is here.")
    assert not same("I have moved your coat to H12.", "Shall I move your coat to H12?")
    assert not same("I cannot do that for a friend.", "Here is your coat.")
    calls = [call_messages((Action(tool="hand_out", arguments={"tag": tag}),), ("{}",), 3)[0] for tag in ("T1", "T2")]
    assert same_substance(calls[0], calls[0].model_copy(update={"content": "One moment."}))
    assert not same_substance(calls[0], calls[1])


def test_every_check_says_of_what_its_faults_are() -> None:
    of = {name: claim.fault for name, claim in CLAIMS.items()}
    assert {name for name, fault in of.items() if fault is FaultOf.POLICY} >= {
        "identified",
        "rules",
        "private",
        "confirmed",
    }
    assert {of[name] for name in ("told", "assistant_repeats", "assistant_ended", "user_asks")} == {FaultOf.FORM}
    assert {CHECKS[name].fault for name in GUARDS} == {FaultOf.FORM, FaultOf.TRUTH}


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
    assert pairs_of(Record(verdict=Verdict.ACCEPTED, candidate=candidate), world()) == []
    good = Slip(place=last, messages=(said("x"),), check="told", problem="x")
    rejected = Record(verdict=Verdict.REJECTED, candidate=made.model_copy(update={"slips": (good,)}))
    assert pairs_of(rejected, world()) == []
