"""The library: its tasks are sound, varied and the same everywhere, and its rules forbid what its tools would do."""

from __future__ import annotations

import hashlib
import os
import random
import subprocess
import sys
from collections import Counter
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.blueprint import Action, Blueprint, Ending, Fact, Goal, Side
from scenarios.records import Speech
from scenarios.worlds.compose import _compose, draw_blueprint
from scenarios.worlds.exemplar import enact, exemplar
from scenarios.worlds.library import WORLD
from scenarios.worlds.library.names import AUTHORS, FIRST, LAST, TITLES
from scenarios.worlds.library.policy import POLICY
from scenarios.worlds.library.state import day, money
from scenarios.worlds.mutations import MutationKind, mutations
from scenarios.worlds.replay import do, end_state, holds, leaves, play, says
from scenarios.worlds.soundness import unsound
from scenarios.worlds.world import Access, Dial, Play, failed
from tests.helpers import REPO

ENFORCED = {"renew_overdue", "move_ready", "pay_too_much"}
"""Refusals that the tools make themselves; all others have to be made by whoever calls them."""


def dial_of(seed: int) -> Dial:
    """Mostly easy tasks, and of each kind of difficulty some."""
    goals = 1 if seed % 5 else 2 + seed % 3
    return Dial(goals=goals, distractors=seed * 7 % 21, refusals=min(goals, seed % 3), unknown=seed // 3 % 3)


@pytest.fixture(scope="module")
def drawn() -> list[Blueprint]:
    return [draw_blueprint(WORLD, seed, dial_of(seed)) for seed in range(400)]


def test_a_blueprint_is_as_hard_as_its_dial_says(drawn: list[Blueprint]) -> None:
    refusals = {atom.name for atom in WORLD.atoms if atom.refusal}
    vague = {atom.name for atom in WORLD.atoms if atom.unknown}
    for seed, made in enumerate(drawn):
        dial = dial_of(seed)
        assert len(made.goals) == dial.goals
        assert sum(goal.atom in refusals for goal in made.goals) == dial.refusals
        assert len(made.state["members"]) >= 1 + dial.distractors // 2
        unknown = len(made.unknown) + sum(goal.atom in vague for goal in made.goals)
        assert unknown == min(dial.unknown, 1 + dial.goals - dial.refusals) or (dial.unknown == 0 and unknown == 0)


def test_the_tasks_differ_and_every_atom_occurs(drawn: list[Blueprint]) -> None:
    tasks = {tuple((g.atom, *(a.model_dump_json() for a in (*g.actions, *g.tempting))) for g in b.goals) for b in drawn}
    assert len(tasks) >= 300
    assert len({made.user for made in drawn}) >= 200
    assert {goal.atom for made in drawn for goal in made.goals} == {atom.name for atom in WORLD.atoms}
    asks = Counter(tuple(w for w in goal.asks.split() if w.islower()) for made in drawn for goal in made.goals)
    assert len(asks) >= 3 * len(WORLD.atoms)


def test_almost_every_composition_of_one_goal_is_sound() -> None:
    found = []
    for atom in WORLD.atoms:
        for distractors in (0, 3, 12, 20):
            rng = random.Random(f"{atom.name} {distractors}")
            dial = Dial(distractors=distractors, refusals=int(atom.refusal), unknown=distractors % 2)
            made = _compose(WORLD, rng, dial, atom.name)
            found.append(["no place"] if made is None else unsound(WORLD, made))
    assert sum(not why for why in found) >= 0.95 * len(found), [why for why in found if why]


def test_the_exemplar_reaches_the_end_and_says_what_it_must(drawn: list[Blueprint]) -> None:
    for seed, made in enumerate(drawn[:200]):
        played = enact(WORLD, made, exemplar(WORLD, made, seed))
        results = [message.content for message in played.messages if message.role is Speech.TOOL]
        assert not any(map(failed, results))
        calls = [
            Action(tool=c["function"]["name"], arguments=orjson.loads(c["function"]["arguments"]))
            for message in played.messages
            for c in message.tool_calls or ()
        ]
        assert tuple(calls) == made.actions()
        _, stage = play(WORLD, made.state, made.subject, calls)
        assert stage.snapshot() == end_state(WORLD, made)
        assert played.ending is Ending.DONE
        user = "\n".join(message.content for message in played.messages if message.role is Speech.USER)
        assistant = "\n".join(message.content for message in played.messages if message.role is Speech.ASSISTANT)
        for goal in made.goals:
            assert all(says(assistant, told.phrases[0]) for told in goal.tell)
            assert all(fact.value.lower() in goal.asks.lower() for fact in goal.facts if fact.opening), goal.asks
            assert not any(fact.value in goal.asks for fact in goal.facts if not fact.opening), goal.asks
        assert all(fact.value in user for fact in made.facts)
        private = WORLD.private(stage.state, made.subject) - {fact.value for fact in made.known()}
        assert not [value for value in sorted(private) if says(assistant, value)]


def test_an_answer_claims_what_its_goal_writes_and_nothing_else(drawn: list[Blueprint]) -> None:
    writes = {tool.name: tool for tool in WORLD.tools if tool.access is Access.WRITE}
    assert all(tool.claims and tool.proposal for tool in writes.values())
    for made in drawn:
        for goal in made.goals:
            done = {action.tool for action in goal.actions if action.tool in writes}
            for name, tool in writes.items():
                assert any(says(goal.answer, claim) for claim in tool.claims) == (name in done), goal.answer
                assert not any(says(goal.found, claim) for claim in tool.claims), goal.found
            if goal.refusal:
                assert any(word in goal.answer for word in ("cannot", "may not")), goal.answer
                assert not done


def test_what_has_to_be_refused_is_forbidden_and_mostly_not_by_the_tool() -> None:
    refusals = [atom.name for atom in WORLD.atoms if atom.refusal]
    rules = {rule.name for rule in WORLD.rules}
    assert set(refusals) >= ENFORCED
    for name in refusals:
        made = draw_blueprint(WORLD, 5, Dial(refusals=1), name)
        (goal,) = made.goals
        stage = Play(WORLD, made.state)
        for action in made.actions():
            do(stage, made.subject, action)
        before = stage.snapshot()
        done = do(stage, made.subject, goal.tempting[0])
        assert failed(done.result) == (name in ENFORCED)
        assert (goal.refusal in rules) == (name not in ENFORCED)
        assert bool(done.broken) == (name not in ENFORCED)
        assert done.broken.startswith(goal.refusal if done.broken else "")
        assert (stage.snapshot() == before) == (name in ENFORCED)


def test_mutations_are_noticed_or_are_of_reads_that_change_nothing(drawn: list[Blueprint]) -> None:
    reads = {tool.name for tool in WORLD.tools if tool.access is Access.READ}
    found: Counter[tuple[str, str]] = Counter()
    for made in drawn[:60]:
        gold = made.actions()
        for one in mutations(WORLD, made):
            assert bool(one.noticed) != bool(one.harmless)
            found[one.kind.value, one.harmless] += 1
            if one.harmless == "writes in another order":
                assert one.kind is MutationKind.SWAP
            elif one.harmless:
                pair = gold[one.place : one.place + (2 if one.kind is MutationKind.SWAP else 1)]
                assert any(action.tool in reads for action in pair)
    assert {kind for kind, _ in found} == {kind.value for kind in MutationKind}
    assert {why for _, why in found} <= {
        "",
        "a read that nobody needs",
        "a read once more",
        "reads in another order",
        "another read that changes nothing",
        "a read before or after a write that it does not see",
        "writes in another order",
    }
    noticed = sum(many for (_, why), many in found.items() if not why)
    assert noticed > sum(found.values()) / 2


def _goal(made: Blueprint, **changed: Any) -> Blueprint:
    return made.model_copy(update={"goals": (made.goals[0].model_copy(update=changed), *made.goals[1:])})


def test_a_task_that_is_not_sound_is_found_out() -> None:
    made = draw_blueprint(WORLD, 3, Dial(distractors=8), "renew_by_author")
    assert not unsound(WORLD, made)
    (goal,) = made.goals
    author, slip = goal.facts
    read, write = goal.actions
    other = next(id_ for id_, loan in made.state["loans"].items() if loan["member"] != made.subject)
    assert "fails" in unsound(WORLD, _goal(made, actions=(read, _on(write, loan="L-1"))))[0]
    assert "own_account" in unsound(WORLD, _goal(made, actions=(read, _on(write, loan=other))))[0]
    assert "is not" in unsound(WORLD, _goal(made, actions=(read,)))[0]
    assert "nobody gave it" in unsound(WORLD, _goal(made, actions=(write,)))[0]
    assert "fit others as well" in unsound(WORLD, _goal(made, facts=(author,)))[0]
    assert "does not tell" in unsound(WORLD, _goal(made, answer="That is done."))[0]
    assert "nowhere in the world" in unsound(WORLD, _goal(made, found="It is loan L-123456."))[0]
    late = (goal.tell[0].model_copy(update={"phrases": ("31 December",)}),)
    assert "nothing gives" in unsound(WORLD, _goal(made, tell=late, answer="I have renewed it until 31 December."))[0]
    assert (
        "doing nothing"
        in unsound(
            WORLD, _goal(made, actions=(read,), holds=(goal.holds[0].model_copy(update={"equals": _before(made)}),))
        )[0]
    )
    assert unsound(WORLD, made.model_copy(update={"identification": ()}))
    blocked = {**made.state["members"], made.subject: {**made.state["members"][made.subject], "credit": -1}}
    assert (
        "the state breaks" in unsound(WORLD, made.model_copy(update={"state": {**made.state, "members": blocked}}))[0]
    )
    assert slip.value in goal.wants


def _on(action: Action, **arguments: Any) -> Action:
    return action.model_copy(update={"arguments": {**action.arguments, **arguments}})


def _before(made: Blueprint) -> Any:
    value: Any = made.state
    for step in made.goals[0].holds[0].path:
        value = value[step]
    return value


def test_a_refusal_that_an_earlier_goal_makes_needless_is_found_out() -> None:
    made = draw_blueprint(WORLD, 2, Dial(refusals=1), "hold_with_fines")
    fine = next(id_ for id_, f in made.state["fines"].items() if f["member"] == made.subject and f["amount"] > 1000)
    state = {**made.state, "members": {**made.state["members"]}}
    state["members"][made.subject] = {**state["members"][made.subject], "credit": 9000}
    paid = Goal(
        atom="pay",
        wants="you want to pay your fine",
        asks="I want to pay.",
        facts=(Fact(label="amount", value=money(made.state["fines"][fine]["amount"])),),
        actions=(
            Action(tool="list_fines", arguments={"member": made.subject}),
            Action(tool="pay_fine", arguments={"fine": fine}),
        ),
        tell=made.goals[0].tell[:0] or (made.goals[0].tell[0].model_copy(update={"phrases": ("paid",)}),),
        answer="It has been paid.",
        holds=(),
    )
    for goals, sound in (((made.goals[0], paid), True), ((paid, made.goals[0]), False)):
        found = unsound(WORLD, made.model_copy(update={"state": state, "goals": goals}))
        assert any("nothing forbids" in why for why in found) is not sound, found


def test_the_same_seed_gives_the_same_task_and_words_in_every_process() -> None:
    code = (
        "import hashlib\n"
        "from scenarios.worlds.compose import draw_blueprint\n"
        "from scenarios.worlds.exemplar import exemplar\n"
        "from scenarios.worlds.library import WORLD\n"
        "from scenarios.worlds.world import Dial\n"
        "made = [draw_blueprint(WORLD, seed, Dial(goals=2, distractors=9, refusals=1, unknown=1)) for seed in range(6)]\n"
        "text = ''.join(f'{b.model_dump_json()}{exemplar(WORLD, b)}' for b in made)\n"
        "print(hashlib.sha256(text.encode()).hexdigest())\n"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            cwd=REPO,
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(REPO)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1
    assert len(seen.pop().strip()) == len(hashlib.sha256().hexdigest())


_STATES = [draw_blueprint(WORLD, seed, Dial(goals=2, distractors=6, refusals=seed % 2)) for seed in range(4)]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_no_call_breaks_an_invariant_and_a_refused_one_changes_nothing(data: st.DataObject) -> None:
    made = data.draw(st.sampled_from(_STATES))
    stage = Play(WORLD, made.state)
    values = sorted(set(leaves(made.state)))
    for _ in range(data.draw(st.integers(1, 12))):
        tool = data.draw(st.sampled_from(WORLD.tools))
        arguments = {name: data.draw(_value(name, made.state, values)) for name in tool.arguments.model_fields}
        before = stage.snapshot()
        result = stage.call(Action(tool=tool.name, arguments=arguments))
        assert all(invariant(stage.state) for invariant in WORLD.invariants.values())
        if failed(result) or tool.access is Access.READ:
            assert stage.snapshot() == before


def _value(name: str, state: dict[str, Any], values: list[str]) -> st.SearchStrategy[Any]:
    """Mostly what exists under the argument's name; at times anything else."""
    of = {
        "member": "members", "title": "titles", "loan": "loans", "hold": "holds", "fine": "fines", "copy_id": "copies",
    }  # fmt: skip
    known = sorted(state[of[name]]) if name in of else ["Harbour", "Mill Lane", "new@letters.example", "The"]
    anything = st.one_of(st.sampled_from(values), st.integers(), st.text(max_size=5), st.none())
    return st.one_of(st.sampled_from(known), st.sampled_from(known), anything) if known else anything


def test_what_is_private_is_of_others_only(drawn: list[Blueprint]) -> None:
    for made in drawn[:100]:
        state = WORLD.state.model_validate(made.state)
        private = WORLD.private(state, made.subject)
        me = state.members[made.subject]
        assert not private & {made.subject, me.name, me.card, me.email}
        assert all(m.name in private for id_, m in state.members.items() if id_ != made.subject and m.name != me.name)
        mine = {id_ for things in (state.loans, state.holds, state.fines) for id_, t in things.items()
                if t.member == made.subject}  # fmt: skip
        assert not private & mine


def test_the_pools_are_large_and_nothing_in_them_is_part_of_another() -> None:
    assert len(FIRST) * len(LAST) >= 1000
    assert len(AUTHORS) >= 30
    assert len(TITLES) >= 60
    names = [name for name, _ in TITLES]
    assert not [(a, b) for a in names for b in names if a is not b and a in b]
    assert len({about for _, about in TITLES}) == len(TITLES)
    assert len(set(FIRST)) == len(FIRST)
    assert len(set(LAST)) == len(LAST)


def test_days_and_amounts_are_written_as_people_write_them() -> None:
    assert [day(number) for number in (1, 59, 60, 365, 0, -30)] == [
        "1 January", "28 February", "1 March", "31 December", "31 December last year", "1 December last year",
    ]  # fmt: skip
    assert [money(cents) for cents in (5, 450, 1000)] == ["0.05", "4.50", "10.00"]
    with pytest.raises(ValueError, match="day 400"):
        day(400)


def test_every_tool_is_described_and_the_policy_names_its_numbers() -> None:
    for tool in WORLD.tools:
        schema = tool.schema()["function"]
        assert tool.side is Side.ASSISTANT
        assert schema["description"].endswith(".")
        assert all(part.get("description") for part in schema["parameters"]["properties"].values())
    assert all(text in POLICY for text in ("twice", "14 days", "10.00", "5 holds", "3.00"))


def test_conditions_hold_only_at_the_end(drawn: list[Blueprint]) -> None:
    for made in drawn[:100]:
        end = end_state(WORLD, made)
        for goal in made.goals:
            assert all(holds(condition, end) for condition in goal.holds)
            assert not goal.holds or not all(holds(condition, made.state) for condition in goal.holds)
