"""The library: its tasks are sound, varied and the same everywhere, and its rules forbid what its tools would do."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import orjson
import pytest

from scenarios.worlds.blueprint import Action, Blueprint, Fact, Goal, Side
from scenarios.worlds.compose import _compose, draw_blueprint
from scenarios.worlds.library import WORLD
from scenarios.worlds.library.drawing import hold, new_fine, new_loan, new_title
from scenarios.worlds.library.names import AUTHORS, FIRST, LAST, TITLES
from scenarios.worlds.library.policy import POLICY
from scenarios.worlds.library.state import day, ordinal
from scenarios.worlds.mutations import MutationKind, mutations
from scenarios.worlds.replay import do
from scenarios.worlds.soundness import unsound
from scenarios.worlds.wording import money
from scenarios.worlds.world import Access, Dial, Play, failed

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


def test_requests_hold_the_opening_facts_and_answers_claim_what_was_written(drawn: list[Blueprint]) -> None:
    for made in drawn:
        for goal in made.goals:
            assert all(fact.value.lower() in goal.asks.lower() for fact in goal.facts if fact.opening), goal.asks
            assert bool(goal.refusal) == any(word in goal.answer for word in ("cannot", "may not")), goal.answer
            claimed = {tool.name for tool in WORLD.tools if any(claim in goal.answer for claim in tool.claims)}
            writes = {tool.name for tool in WORLD.tools if tool.access is Access.WRITE}
            assert claimed == writes & {action.tool for action in goal.actions}, goal.answer


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


def test_what_is_planted_together_keeps_the_invariants() -> None:
    for seed in range(80):
        made = _compose(WORLD, random.Random(seed), Dial(goals=4, distractors=seed % 4, refusals=seed % 2), "")
        if made is not None:
            state = WORLD.state.model_validate(made.state)
            assert [name for name, kept in WORLD.invariants.items() if not kept(state)] == []


def test_the_branch_that_a_hold_is_wanted_for_tells_no_other_hold_apart() -> None:
    for seed in range(12):
        made = _compose(WORLD, random.Random(seed), Dial(distractors=8), "swap")
        assert made is not None
        assert unsound(WORLD, made) == []


def _desk() -> tuple[Play, dict[str, str]]:
    """A member with a loan, a hold that is ready, a fine above its credit and a blocked card; and ids by what they are."""
    rng = random.Random(1)
    state = WORLD.draw(rng, Dial(distractors=2)).state
    me = next(iter(state.members))
    wanted, lent = new_title(state, rng), new_title(state, rng)
    ids = {
        "member": me,
        "title": wanted,
        "lent": lent,
        "loan": new_loan(state, rng, me, lent, due_in=-15),
        "hold": hold(state, rng, me, new_title(state, rng), ready=True),
        "fine": new_fine(state, rng, me, 700),
    }
    state.members[me].credit, state.members[me].blocked = 600, True
    return Play(WORLD, state.model_dump(mode="json")), ids


@pytest.mark.parametrize(
    ("free", "tool", "arguments", "why"),
    [
        (False, "place_hold", {"member": "member", "title": "title", "branch": "Harbour"}, "blocked"),
        (False, "renew_loan", {"loan": "loan"}, "blocked"),
        (True, "renew_loan", {"loan": "loan"}, "15 days overdue"),
        (True, "place_hold", {"member": "member", "title": "lent", "branch": "Harbour"}, "is on loan to the member"),
        (True, "place_hold", {"member": "member", "title": "T-1", "branch": "Harbour"}, "no title T-1"),
        (True, "place_hold", {"member": "member", "title": "title", "branch": "Uptown"}, "branch"),
        (True, "move_hold", {"hold": "hold", "branch": "Harbour"}, "is ready"),
        (True, "pay_fine", {"fine": "fine"}, "credit of 6.00 does not cover the fine of 7.00"),
        (True, "waive_fine", {"fine": "F-1"}, "no open fine F-1"),
        (True, "cancel_hold", {"hold": "H-1"}, "no hold H-1"),
        (True, "report_lost", {"loan": "L-1"}, "no open loan L-1"),
        (True, "look_for_copy", {"copy_id": "C-1"}, "no copy C-1"),
        (True, "list_loans", {"member": "M-1"}, "no member M-1"),
        (True, "change_email", {"member": "member", "email": "nowhere"}, "email"),
        (True, "find_member", {"card": "1", "birth_year": 1900}, "no member has this card number"),
        (True, "find_member_by_name", {"name": "No One", "birth_year": 1900}, "none"),
    ],
)
def test_what_a_tool_refuses_it_says_why(free: bool, tool: str, arguments: dict[str, str], why: str) -> None:
    stage, ids = _desk()
    stage.state.members[ids["member"]].blocked = not free
    before = stage.snapshot()
    result = stage.call(Action(tool=tool, arguments={name: ids.get(str(v), v) for name, v in arguments.items()}))
    assert failed(result)
    assert why in result
    assert stage.snapshot() == before


def test_a_card_is_free_again_when_no_fine_is_open() -> None:
    stage, ids = _desk()
    stage.state.members[ids["member"]].credit = 700
    assert not failed(stage.call(Action(tool="pay_fine", arguments={"fine": ids["fine"]})))
    member = stage.state.members[ids["member"]]
    assert (member.blocked, member.credit) == (False, 0)
    assert failed(stage.call(Action(tool="pay_fine", arguments={"fine": ids["fine"]})))


def test_a_lost_copy_is_charged_once_and_can_be_paid_for() -> None:
    stage, ids = _desk()
    price = stage.state.titles[ids["lent"]].price
    result = orjson.loads(stage.call(Action(tool="report_lost", arguments={"loan": ids["loan"]})))
    assert result["amount"] == money(price)
    assert stage.state.fines[result["fine"]].amount == price
    assert failed(stage.call(Action(tool="report_lost", arguments={"loan": ids["loan"]})))
    assert failed(stage.call(Action(tool="renew_loan", arguments={"loan": ids["loan"]})))


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
    assert [ordinal(number) for number in (1, 2, 3, 4, 11, 12, 21, 102)] == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "21st", "102nd",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="day 400"):
        day(400)


def test_every_tool_is_described_and_the_policy_names_its_numbers() -> None:
    for tool in WORLD.tools:
        schema = tool.schema()["function"]
        assert tool.side is Side.ASSISTANT
        assert schema["description"].endswith(".")
        assert all(part.get("description") for part in schema["parameters"]["properties"].values())
    assert all(text in POLICY for text in ("twice", "14 days", "10.00", "5 holds", "3.00"))
