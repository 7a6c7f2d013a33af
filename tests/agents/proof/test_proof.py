"""The proof as a whole: whose fault it is, what is evidence, and that nothing in a record makes it raise."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.checks.registry import CHECKS, early_faults, run_checks
from agents.checks.worlds import PROOF_CHECKS, finding
from agents.defects.misdeeds.commit import commit, owner_of
from agents.defects.misdeeds.kinds import Misdeed
from agents.proof.proof import CLAIMS, Owner, prove
from scenarios.loading import load
from scenarios.messages import Message, Speech
from scenarios.records import Candidate, Status
from scenarios.worlds.blueprint import Action, Ending, PrivateCall, Side
from scenarios.worlds.cloakroom import WORLD as CLOAKROOM
from scenarios.worlds.exemplar import Enacted, call_messages
from scenarios.worlds.world import Play, World
from tests.agents.proof.dialogues import WORLDS, a_blueprint, candidate, failing, proof_of, right, unverifiable

CONDUCT = {name for name, check in PROOF_CHECKS.items() if check.early}


def test_a_users_fault_excuses_what_the_assistant_could_then_not_do() -> None:
    blueprint = a_blueprint("cloakroom", 2)
    made = commit(Misdeed.STOPPED_AT_QUESTION, CLOAKROOM, blueprint)
    assert made is not None
    proof = proof_of(CLOAKROOM, blueprint, made)
    assert failing(proof) == {"user_ended"}
    assert {"writes", "told", "end_state"} <= unverifiable(proof)
    found = finding("told", proof)
    assert found.status is Status.UNVERIFIABLE
    assert "user was at fault before, at message" in found.detail


def test_an_assistants_fault_excuses_the_users_end() -> None:
    blueprint = a_blueprint("cloakroom", 0)
    made = commit(Misdeed.REFUSED_RIGHT, CLOAKROOM, blueprint)
    assert made is not None
    proof = proof_of(CLOAKROOM, blueprint, made)
    assert "refused" in failing(proof)
    assert finding("user_ended", proof).status is Status.UNVERIFIABLE


def test_conduct_is_never_excused() -> None:
    """A user that tells too much does not make a forbidden call allowed."""
    blueprint = a_blueprint("cloakroom", 1)
    made = commit(Misdeed.DID_FORBIDDEN, CLOAKROOM, blueprint)
    assert made is not None
    first = made.messages[0]
    babbling = first.model_copy(update={"content": f"{first.content} My PIN is {blueprint.facts[1].value}."})
    proof = proof_of(CLOAKROOM, blueprint, replace(made, messages=(babbling, *made.messages[1:])))
    assert {"user_discloses", "rules", "refused"} <= failing(proof)


def test_nothing_after_a_fault_of_the_record_is_laid_to_anybody() -> None:
    for seed in range(10):
        blueprint = a_blueprint("courier", seed)
        made = commit(Misdeed.ALTERED_RESULT, WORLDS["courier"], blueprint, seed)
        assert made is not None
        assert failing(proof_of(WORLDS["courier"], blueprint, made)) == {"replay"}


def test_an_unfinished_dialogue_has_no_end_to_be_wrong() -> None:
    blueprint = a_blueprint("cloakroom", 1)
    made = right(CLOAKROOM, blueprint)
    for length in range(len(made.messages)):
        part = replace(made, messages=made.messages[:length], ending=None, private_calls=())
        assert not failing(proof_of(CLOAKROOM, blueprint, part)) & CONDUCT - {"user_faithful", "user_calls", "invented"}
    proof = proof_of(CLOAKROOM, blueprint, replace(made, ending=None))
    assert failing(proof) == {"user_ended"}


@pytest.mark.parametrize("ending", [Ending.TOO_MANY_CALLS, Ending.TOO_LONG, Ending.NO_DRAW, Ending.STUCK, None])
def test_only_done_is_a_good_end(ending: Ending | None) -> None:
    blueprint = a_blueprint("cloakroom", 1)
    made = right(CLOAKROOM, blueprint)
    assert failing(proof_of(CLOAKROOM, blueprint, replace(made, ending=ending)))
    cut = replace(made, ending=ending, messages=made.messages[:-2])
    assert failing(proof_of(CLOAKROOM, blueprint, cut))


def test_a_world_with_a_fault_gives_errors_and_no_verdict() -> None:
    broken = World(**{**vars(CLOAKROOM), "invariants": {"never": lambda state: False}})
    blueprint = a_blueprint("cloakroom", 2)
    proof = proof_of(broken, blueprint, right(CLOAKROOM, blueprint))
    assert {finding(name, proof).status for name in CLAIMS} == {Status.ERROR}
    assert "invariant 'never'" in finding("rules", proof).detail


def test_the_checks_are_registered_and_give_evidence_with_turns() -> None:
    assert set(PROOF_CHECKS) == set(CLAIMS)
    assert PROOF_CHECKS.items() <= CHECKS.items()
    loaded = load("cloakroom")
    plans = tuple(type(loaded.scenario.checks[0])(name=name) for name in CLAIMS)
    loaded = loaded.model_copy(update={"scenario": loaded.scenario.model_copy(update={"checks": plans})})
    blueprint = a_blueprint("cloakroom", 3)
    good = candidate(blueprint, right(CLOAKROOM, blueprint))
    assert {one.status for one in run_checks(loaded, good)} == {Status.PASS}
    made = commit(Misdeed.INVENTED_FEE, CLOAKROOM, blueprint)
    assert made is not None
    evidence = {one.check: one for one in run_checks(loaded, candidate(blueprint, made))}
    assert evidence["invented"].status is Status.FAIL
    turn = evidence["invented"].turn
    assert turn is not None
    assert "The fee for that" in made.messages[turn].content
    cut = candidate(blueprint, replace(made, messages=made.messages[: turn + 1], ending=None))
    fault = next(early_faults(loaded, cut, turn), None)
    assert fault is not None
    assert fault[0] == "invented"
    assert not any(early_faults(loaded, cut, turn + 1))


def test_a_slip_of_either_side_is_found_where_it_stands() -> None:
    """A misdeed that can be judged at once is found in the dialogue as it was up to then."""
    found = 0
    for misdeed in (Misdeed.SKIPPED_CONFIRMATION, Misdeed.INVENTED_ID, Misdeed.LEFT_MARKER, Misdeed.EVERYTHING_AT_ONCE):
        blueprint = a_blueprint("cloakroom", 2)
        made = commit(misdeed, CLOAKROOM, blueprint)
        assert made is not None
        proof = proof_of(CLOAKROOM, blueprint, made)
        first = min(fault.turn for name, fault in proof.faults.items() if name in CONDUCT)
        private = tuple(call for call in made.private_calls if call.before <= first + 1)
        part = replace(made, messages=made.messages[: first + 2], private_calls=private, ending=None)
        found += bool(failing(proof_of(CLOAKROOM, blueprint, part)) & CONDUCT)
    assert found == 4


def test_the_assistant_may_try_what_the_user_says_it_is_known_by() -> None:
    """A user that gives another's PIN is at fault; the assistant that tries it is not."""
    blueprint = a_blueprint("cloakroom", 2)
    pin = next(guest["pin"] for id_, guest in blueprint.state["guests"].items() if id_ != blueprint.subject)
    mine = blueprint.facts[1].value
    made = right(CLOAKROOM, blueprint)
    given = next(place for place, message in enumerate(made.messages) if mine in message.content)
    messages = [m.model_copy(update={"content": m.content.replace(mine, pin)}) for m in made.messages[: given + 1]]
    tried = Action(tool="find_guest", arguments={"name": blueprint.user, "pin": pin})
    messages += call_messages((tried,), (Play(CLOAKROOM, blueprint.state).call(tried),), given + 1)
    proof = proof_of(CLOAKROOM, blueprint, Enacted(tuple(messages), (), None))
    assert "user_faithful" in failing(proof)
    assert "private" not in proof.faults


def test_details_are_the_same_each_time() -> None:
    blueprint = a_blueprint("courier", 4)
    for misdeed in Misdeed:
        made = commit(misdeed, WORLDS["courier"], blueprint)
        if made is not None:
            once, again = (proof_of(WORLDS["courier"], blueprint, made) for _ in range(2))
            assert {n: finding(n, once) for n in CLAIMS} == {n: finding(n, again) for n in CLAIMS}


TEXTS = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["Yes.", "No.", "T123?", "{}", '{"error":"x"}', "[[", "1e999999", "NaN 0.5 ½ ٣", "[done]", "9999-99-99"]
    ),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS, lambda x: st.lists(x, max_size=2), max_leaves=3
)
CALLS = st.one_of(
    st.dictionaries(st.sampled_from(["id", "type", "function", "x"]), JSON, max_size=4),
    st.fixed_dictionaries(
        {
            "id": st.sampled_from(["call_1", "call_2", ""]),
            "type": st.just("function"),
            "function": st.fixed_dictionaries(
                {
                    "name": st.sampled_from(["find_guest", "move_item", "hand_out", "list_items", "nothing"]),
                    "arguments": st.sampled_from(['{"tag": "T1"}', '{"tag": [1], "hook": null}', '{"guest": 7}', "{", "[]", "{}", '{"name":"\\u0000","pin":""}']),
                }
            ),
        }
    ),
)  # fmt: skip
MESSAGES = st.builds(
    Message,
    role=st.sampled_from(Speech),
    content=TEXTS,
    tool_calls=st.none() | st.lists(CALLS, max_size=2).map(tuple),
    tool_call_id=st.none() | st.sampled_from(["call_1", "call_2"]),
)


@settings(max_examples=50, deadline=None)
@given(st.data())
def test_no_edit_of_a_record_makes_the_proof_raise_or_leaves_it_without_a_fail(data: st.DataObject) -> None:
    blueprint = a_blueprint("cloakroom", data.draw(st.integers(0, 5)))
    messages = list(right(CLOAKROOM, blueprint).messages)
    made = candidate(blueprint, right(CLOAKROOM, blueprint))
    for _ in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(messages)))
        edit = data.draw(st.sampled_from(["insert", "drop", "replace", "swap"]))
        new = [data.draw(MESSAGES)] if edit in ("insert", "replace") else []
        end = place if edit == "insert" else place + 1
        messages[place:end] = new if edit != "swap" else messages[place : place + 2][::-1]
    private = made.private_calls
    if data.draw(st.booleans()) and private:
        private = (
            PrivateCall(before=data.draw(st.integers(-3, 99)), action=private[0].action, result=data.draw(TEXTS)),
        )
    ending = data.draw(st.none() | st.sampled_from(Ending))
    edited = made.model_copy(update={"messages": tuple(messages), "private_calls": private, "ending": ending})
    proof = prove(CLOAKROOM, edited)
    assert not proof.faults or failing(proof)
    statuses = {finding(name, proof).status for name in CLAIMS}
    assert Status.UNVERIFIABLE not in statuses or Status.FAIL in statuses


def test_two_faults_are_laid_to_who_was_first() -> None:
    """Whatever two misdeeds are combined: something fails, and an excuse names an earlier fault of the other side."""
    rng = random.Random(1)
    blueprint = a_blueprint("cloakroom", 2)
    for _ in range(60):
        first, second = (commit(rng.choice(list(Misdeed)), CLOAKROOM, blueprint) for _ in range(2))
        if first is None or second is None:
            continue
        cut = rng.randint(0, min(len(first.messages), len(second.messages)))
        proof = proof_of(CLOAKROOM, blueprint, _spliced(first, second, cut))
        assert failing(proof) or not proof.faults
        for name in unverifiable(proof):
            assert CLAIMS[name].owner is not Owner.RECORD


def _spliced(first: Enacted, second: Enacted, cut: int) -> Enacted:
    private = [call for call in first.private_calls if call.before < cut]
    private += [call for call in second.private_calls if call.before >= cut]
    return Enacted((*first.messages[:cut], *second.messages[cut:]), tuple(private), second.ending)


def test_sides() -> None:
    assert {owner_of(misdeed) for misdeed in Misdeed} == set(Owner)
    assert all(tool.side in Side for world in WORLDS.values() for tool in world.tools)


def a_message(**fields: Any) -> Message:
    """A message of the assistant's."""
    return Message(role=Speech.ASSISTANT, content="", **fields)


@pytest.mark.parametrize(
    ("broken", "words"),
    [
        ((Message(role=Speech.ASSISTANT, content="Hello."),), "follows nothing"),
        ((Message(role=Speech.USER, content="Hi."), Message(role=Speech.USER, content="Hi.")), "after a message of the role user"),
        ((Message(role=Speech.USER, content="Hi."), a_message()), "neither speaks nor calls"),
        ((Message(role=Speech.USER, content="Hi."), Message(role=Speech.SYSTEM, content="Hi.")), "after the beginning"),
        ((Message(role=Speech.USER, content="Hi."), Message(role=Speech.TOOL, content="{}", tool_call_id="a")), "without a call"),
        ((Message(role=Speech.USER, content="Hi."), a_message(tool_calls=({"id": "a", "type": "function", "function": {"name": "x", "arguments": "{}"}},))), "has no result"),
        ((Message(role=Speech.USER, content="Hi."), a_message(tool_calls=({"id": "a", "type": "function", "function": {"name": "x", "arguments": "[]"}},))), "no JSON object"),
        ((Message(role=Speech.USER, content="Hi."), a_message(tool_calls=({"id": 1},))), "without an id"),
    ],
)  # fmt: skip
def test_the_format_is_openais(broken: tuple[Message, ...], words: str) -> None:
    made = Candidate(
        brief=candidate(a_blueprint("cloakroom", 0), right(CLOAKROOM, a_blueprint("cloakroom", 0))).brief,
        messages=broken,
        ending=Ending.DONE,
    )
    assert words in prove(CLOAKROOM, made).faults["tool_format"].detail
