"""The world courier: its tasks are sound and many, its tools keep its invariants, and its app stays private."""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.errors import ScenarioError
from scenarios.seeds import seed_of
from scenarios.worlds import compose
from scenarios.worlds.blueprint import Action, Blueprint, Ending, Goal, Side
from scenarios.worlds.compose import draw_blueprint
from scenarios.worlds.courier import WORLD
from scenarios.worlds.courier.state import Setting, day_of, euros, fee_of
from scenarios.worlds.exemplar import enact, exemplar
from scenarios.worlds.mutations import MutationKind, mutations
from scenarios.worlds.replay import end_state, play, rule_broken, says
from scenarios.worlds.soundness import unsound
from scenarios.worlds.world import Access, Dial, Play, failed
from tests.helpers import REPO

SEEDS = 400
TASKS = [atom.name for atom in WORLD.atoms if not atom.refusal]
REFUSALS = [atom.name for atom in WORLD.atoms if atom.refusal]
HARMLESS = {
    "a read that nobody needs": {MutationKind.DROP},
    "a read once more": {MutationKind.REPEAT},
    "reads in another order": {MutationKind.SWAP},
    "a read before or after a write that it does not see": {MutationKind.SWAP},
    "writes in another order": {MutationKind.SWAP},
    "another read that changes nothing": {MutationKind.ARGUMENT, MutationKind.TOOL},
}


def dial_of(seed: int, goals: int = 1) -> Dial:
    return Dial(goals=goals, distractors=seed % 21, refusals=seed % 2, unknown=seed % 3)


@cache
def raw() -> tuple[Blueprint, ...]:
    """One goal each, composed and not yet looked at."""
    made = []
    for seed in range(SEEDS):
        rng = random.Random(seed_of(seed, "blueprint", 0))
        made.append(compose._compose(WORLD, rng, dial_of(seed), ""))
    assert all(made)
    return tuple(one for one in made if one is not None)


@cache
def several() -> tuple[Blueprint, ...]:
    """Two to four goals each, as they are drawn."""
    return tuple(draw_blueprint(WORLD, seed, dial_of(seed, goals=2 + seed % 3)) for seed in range(30))


def task(name: str, seed: int = 0, **dial: int) -> Blueprint:
    return draw_blueprint(WORLD, seed, Dial(**dial), name)


def test_nearly_every_raw_composition_of_one_goal_is_sound() -> None:
    bad = {seed: found for seed, blueprint in enumerate(raw()[::2]) if (found := unsound(WORLD, blueprint))}
    assert len(bad) <= 0.05 * SEEDS / 2, bad


def test_drawn_blueprints_of_several_goals_are_sound_and_as_the_dial_says() -> None:
    for seed, blueprint in enumerate(several()):
        if seed % 5 == 0:
            assert unsound(WORLD, blueprint) == []
        assert len(blueprint.goals) == 2 + seed % 3
        assert sum(bool(goal.refusal) for goal in blueprint.goals) == seed % 2
        assert len({goal.atom for goal in blueprint.goals}) == len(blueprint.goals)


def test_four_hundred_seeds_give_at_least_three_hundred_tasks_and_every_atom() -> None:
    tasks = {
        (goal.atom, tuple(action.model_dump_json() for action in (*goal.actions, *goal.tempting)))
        for blueprint in raw()
        for goal in blueprint.goals
    }
    assert len(tasks) >= 300
    assert {goal.atom for blueprint in raw() for goal in blueprint.goals} == {*TASKS, *REFUSALS}
    assert len(TASKS) >= 12
    assert len(REFUSALS) >= 5


def test_the_dial_turns_what_the_user_knows_and_how_much_else_there_is() -> None:
    few, many = task("pickup", distractors=0, unknown=0), task("pickup", distractors=20, unknown=2)
    assert len(few.state["parcels"]) + 15 < len(many.state["parcels"])
    assert few.unknown == ()
    assert sorted(many.unknown) == ["customer number", "tracking number"]
    assert {"customer number", "tracking number"} & {fact.label for fact in many.known()} == set()
    assert [action.tool for action in many.goals[0].actions][:2] == ["list_parcels", "get_parcel"]


def test_a_task_that_is_not_there_is_named() -> None:
    with pytest.raises(ScenarioError, match="no task 'pick_up'.*pickup"):
        draw_blueprint(WORLD, 1, Dial(), "pick_up")


def test_the_exemplar_reaches_the_end_state_without_a_failed_call_and_claims_only_what_was_done() -> None:
    for blueprint in (*raw(), *several()):
        enacted = enact(WORLD, blueprint, exemplar(WORLD, blueprint))
        results = [message.content for message in enacted.messages if message.tool_call_id]
        results += [private.result for private in enacted.private_calls]
        assert not [result for result in results if failed(result)]
        done, stage = play(WORLD, blueprint.state, blueprint.subject, blueprint.actions())
        assert sorted(results) == sorted(one.result for one in done)
        assert stage.snapshot() == end_state(WORLD, blueprint)
        assert enacted.ending is Ending.DONE
        said = [message.content for message in enacted.messages if message.content and not message.tool_call_id]
        assert not [line for line in said if "{" in line or "}" in line or "  " in line]
        for goal in blueprint.goals:
            assert goal.answer in said
            claimed = {tool.name for tool in WORLD.tools if any(phrase in goal.answer for phrase in tool.claims)}
            assert claimed <= {action.tool for action in goal.actions}, goal.answer


def test_what_has_to_be_done_in_the_app_comes_before_what_needs_it() -> None:
    needs = {"evening": "switch_on", "safe_place": "switch_on", "collector": "read_pin", "phone": "read_code"}
    for atom, tool in needs.items():
        blueprint = task(atom)
        without = [action for action in blueprint.actions() if action.tool != tool]
        done, _ = play(WORLD, blueprint.state, blueprint.subject, without)
        by_user = next(one for one in WORLD.tools if one.name == tool)
        assert by_user.side is Side.USER
        assert failed(done[-1].result) or by_user.access is Access.READ
    redirect = task("redirect")
    _, stage = play(WORLD, redirect.state, redirect.subject, redirect.actions()[:-1])
    assert stage.snapshot() != end_state(WORLD, redirect)
    assert redirect.actions()[-1].tool == "confirm_payment"


def test_conditional_tasks_come_both_ways() -> None:
    ends: dict[str, Counter[str]] = {"if_late": Counter(), "if_affordable": Counter()}
    for atom, seen in ends.items():
        for seed in range(12):
            seen[task(atom, seed).actions()[-1].tool] += 1
    assert set(ends["if_late"]) == {"get_parcel", "refund"}
    assert set(ends["if_affordable"]) == {"confirm_payment", "send_to_pickup"}


@pytest.mark.parametrize("atom", REFUSALS)
def test_each_refusal_is_forbidden_by_the_rule_that_it_names_or_by_the_tool(atom: str) -> None:
    rules = {rule.name for rule in WORLD.rules}
    for seed in range(4):
        blueprint = task(atom, seed)
        goal = blueprint.goals[0]
        assert goal.refusal
        assert goal.tempting
        for action in goal.tempting:
            _, stage = play(WORLD, blueprint.state, blueprint.subject, blueprint.actions())
            broken = rule_broken(stage, blueprint.subject, action)
            result = stage.call(action)
            if goal.refusal in rules:
                assert broken.startswith(f"{goal.refusal}: ")
                assert not failed(result), "the tool does it: only the assistant can refuse"
            else:
                assert failed(result)


def test_every_mutation_is_noticed_or_changes_nothing_and_harmless_means_what_it_says() -> None:
    for blueprint in (*raw()[:70], *several()[:3]):
        gold, stage = play(WORLD, blueprint.state, blueprint.subject, blueprint.actions())
        for one in mutations(WORLD, blueprint):
            assert one.noticed or one.harmless, one.words()
            if one.noticed:
                continue
            assert one.kind in HARMLESS[one.harmless]
            pair = gold[one.place : one.place + (2 if one.kind is MutationKind.SWAP else 1)]
            writes = sum(each.wrote for each in pair)
            assert writes == {
                "a read before or after a write that it does not see": 1,
                "writes in another order": 2,
            }.get(one.harmless, 0)
            done, after = play(WORLD, blueprint.state, blueprint.subject, one.actions)
            assert after.snapshot() == stage.snapshot()
            assert not [each for each in done if each.broken or failed(each.result)]
            assert sorted(each.action.model_dump_json() for each in done if each.wrote) == sorted(
                each.action.model_dump_json() for each in gold if each.wrote
            )
            shown = "\n".join(each.result for each in done)
            told = [told.phrases[0] for goal in blueprint.goals for told in goal.tell]
            assert not [p for p in told if any(says(each.result, p) for each in gold) and not says(shown, p)]


@pytest.mark.parametrize(
    ("atom", "argument", "other"),
    [("late", "reason", "lost"), ("another_day", "day", r"\d+ [A-Z][a-z]+"), ("lost", "amount", r"\d+\.\d\d euros")],
)
def test_arguments_are_mutated_to_what_a_model_would_take_for_them(atom: str, argument: str, other: str) -> None:
    """Other members of an enum, and days and amounts that results show."""
    blueprint = task(atom)
    gold = {action.arguments[argument] for action in blueprint.actions() if argument in action.arguments}
    others = {
        action.arguments[argument]
        for one in mutations(WORLD, blueprint)
        if one.kind is MutationKind.ARGUMENT
        for action in one.actions
        if argument in action.arguments
    }
    assert [value for value in others - gold if re.fullmatch(other, value)]


def test_a_write_left_out_is_noticed_by_the_end_state() -> None:
    found = mutations(WORLD, task("another_day"))
    last = [one for one in found if one.kind is MutationKind.DROP and one.tool == "change_day"]
    assert [one.noticed for one in last] == ["the end state differs"]


def _changed(blueprint: Blueprint, **change: Any) -> Blueprint:
    goal = blueprint.goals[0].model_copy(update=change)
    return blueprint.model_copy(update={"goals": (goal, *blueprint.goals[1:])})


def _without(goal: Goal, tool: str) -> tuple[Action, ...]:
    return tuple(action for action in goal.actions if action.tool != tool)


@dataclass(frozen=True)
class Spoilt:
    """A sound task, what is spoilt in it, and what is found."""

    atom: str
    spoil: Callable[[Goal], dict[str, Any]]
    found: str
    unknown: int = 2


@pytest.mark.parametrize(
    "case",
    [
        Spoilt(
            "pickup", lambda goal: {"actions": _without(goal, "send_to_pickup")}, "is not .* after the gold actions"
        ),
        Spoilt("phone", lambda goal: {"actions": _without(goal, "check_code")}, "change_phone breaks code_first"),
        Spoilt("safe_place", lambda goal: {"actions": _without(goal, "switch_on")}, "set_safe_place fails"),
        Spoilt("phone", lambda goal: {"facts": ()}, "change_phone.phone=.*: nobody gave it"),
        Spoilt("heavier", lambda goal: {"facts": goal.facts[:1]}, "the user's words fit others as well"),
        Spoilt("whereabouts", lambda goal: {"answer": f"{goal.answer} That is 77123."}, "'77123' is nowhere"),
        Spoilt("whereabouts", lambda goal: {"answer": "It is on its way."}, "does not tell what has to be told"),
        Spoilt("whereabouts", lambda goal: {"tell": ()}, "does not tell what has to be"),
        Spoilt("whereabouts", lambda goal: {"actions": ()}, "nothing has to be done"),
        Spoilt("abroad", lambda goal: {"tempting": goal.actions[-1:]}, "nothing forbids get_parcel"),
        Spoilt("abroad", lambda goal: {"tempting": ()}, "names what would do it"),
    ],
    ids=lambda case: case.found,
)
def test_what_is_spoilt_in_a_task_is_found(case: Spoilt) -> None:
    blueprint = task(case.atom, 3, distractors=9, unknown=case.unknown)
    spoilt = _changed(blueprint, **case.spoil(blueprint.goals[0]))
    with pytest.raises(AssertionError, match=case.found):
        assert "\n".join(unsound(WORLD, spoilt)) == ""


def test_a_refusal_that_an_earlier_goal_makes_needless_is_not_sound() -> None:
    """The code was checked for the phone number: nothing forbids a large refund any more."""
    phone, refund = task("phone"), task("without_code", 1)
    state = {**refund.state, "app": {**refund.state["app"], "locked": False}}
    code = tuple(
        action.model_copy(
            update={"arguments": {"customer": refund.subject, "code": state["app"]["code"]} if action.arguments else {}}
        )
        for action in phone.goals[0].actions[:2]
    )
    checked = phone.goals[0].model_copy(
        update={
            "actions": code,
            "holds": (),
            "tell": refund.goals[0].tell[1:],
            "answer": "without the code",
            "facts": (),
        }
    )
    both = refund.model_copy(update={"state": state, "goals": (checked, *refund.goals)})
    assert "nothing forbids refund" in "\n".join(unsound(WORLD, both))


def test_an_own_task_shows_and_says_nothing_about_others() -> None:
    for blueprint in raw():
        goal = blueprint.goals[0]
        if goal.atom.startswith("anothers"):
            continue
        private = WORLD.private(WORLD.state.model_validate(blueprint.state), blueprint.subject)
        done, _ = play(WORLD, blueprint.state, blueprint.subject, blueprint.actions())
        texts = [
            goal.wants,
            goal.asks,
            goal.answer,
            *(fact.value for fact in goal.facts),
            *(one.result for one in done),
        ]
        assert not [(text, secret) for text in texts for secret in sorted(private) if says(text, secret)]


def _secrets(state: dict[str, Any]) -> list[str]:
    app = state["app"]
    photos = [photo["shows"] for photo in app["photos"].values()]
    return [app["code"], euros(app["balance"]), app["other_street"], *app["pins"].values(), *photos]


def _values(state: dict[str, Any]) -> dict[str, list[str]]:
    """What calls in a state may be given, by argument."""
    parcels, customers = state["parcels"], state["customers"]
    amounts = [parcel[kind] for parcel in parcels.values() for kind in ("value", "price", "insured")]
    return {
        "tracking": [*parcels, "TK000000"],
        "customer": [*customers, "C-00000"],
        "name": [*(customer["name"] for customer in customers.values()), "Nobody At All"],
        "number": [*customers, *(customer["phone"] for customer in customers.values())],
        "point": [*state["points"], "Nowhere"],
        "day": [day_of(state["today"] + later) for later in range(-2, 12)],
        "slot": ["daytime", "evening", "night"],
        "place": ["in the garden shed", "x"],
        "pin": [*state["app"]["pins"].values(), "000000"],
        "code": [state["app"]["code"], "000000"],
        "phone": ["0555-482913", "12", *(customer["phone"] for customer in customers.values())],
        "reason": ["late", "lost", "damaged", "misdelivered", "ugly"],
        "amount": [*map(euros, amounts), "0.00 euros", "999999.99 euros", "many euros"],
        "fee": ["2.90 euros", "5.90 euros", "9.90 euros", "14.90 euros", "1 euro"],
        "street": ["14 Elm Lane", "1 Far Road"],
        "town": ["Corvale"],
        "country": ["Averland", "Norvia"],
        "setting": [*Setting, "loud"],
    }


def _dense(balance: int) -> dict[str, Any]:
    """A state in which much is possible: few parcels, one of each kind, and settings on."""
    rng = random.Random(balance)
    scene = WORLD.draw(rng, Dial(distractors=0))
    for atom in WORLD.atoms:
        if atom.name in {"redirect", "pickup", "collector", "settle", "out_for_delivery", "misdelivered"}:
            atom.plant(scene.state, scene.subject, rng)
    scene.state.app.settings = dict.fromkeys(Setting, True)
    scene.state.app.balance = balance
    state: dict[str, Any] = scene.state.model_dump(mode="json")
    return state


STATES = [_dense(103), _dense(5003), task("pickup", 1, distractors=9).state]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(STATES))
def test_no_calls_of_either_side_break_an_invariant_and_what_is_refused_changes_nothing(
    seed: int, start: dict[str, Any]
) -> None:
    """Calls with arguments of the state, mostly about few parcels, so that they meet each other's effects."""
    rng, values, stage, given_away = random.Random(seed), _values(start), Play(WORLD, start), ""
    mine = [tracking for tracking, parcel in start["parcels"].items() if parcel["customer"] == start["app"]["owner"]]
    values["tracking"] = [*rng.sample(mine, 2) * 3, *rng.sample(values["tracking"], 2)]
    before = orjson.dumps(stage.snapshot())
    for _ in range(120):
        tool = rng.choice(WORLD.tools)
        arguments = {name: rng.choice(values[name]) for name in tool.arguments.model_fields}
        if arguments.get("country") == "Averland" and arguments["tracking"] in start["parcels"]:
            arguments["fee"] = euros(fee_of(stage.state.parcels[arguments["tracking"]]))
        result = stage.call(Action(tool=tool.name, arguments=arguments, side=tool.side))
        after = orjson.dumps(stage.snapshot())
        if failed(result) or tool.access is Access.READ:
            assert after == before
        before = after
        if tool.side is Side.ASSISTANT:
            given_away += f"{arguments}"
            shown = [secret for secret in _secrets(stage.snapshot()) if secret in result and secret not in given_away]
            assert shown == []
        assert [name for name, holds in WORLD.invariants.items() if not holds(stage.state)] == []


def test_what_a_tool_does_not_take_is_refused() -> None:
    stage = Play(WORLD, STATES[0])
    assert failed(stage.call(Action(tool="list_parcels", arguments={"customer": "C-1", "unheard_of": 1})))
    assert failed(stage.call(Action(tool="read_code", arguments={}, side=Side.ASSISTANT)))
    assert failed(stage.call(Action(tool="get_parcel", arguments={"tracking": "TK1"}, side=Side.USER)))


def test_no_gold_result_of_the_assistant_shows_what_only_the_app_holds() -> None:
    for blueprint in (*raw(), *several()):
        done, _ = play(WORLD, blueprint.state, blueprint.subject, blueprint.actions())
        said = ""
        for one in done:
            if one.action.side is Side.ASSISTANT:
                said += f"{one.action.arguments}"
                assert not [
                    secret for secret in _secrets(blueprint.state) if secret in one.result and secret not in said
                ]


_PRINT = """\
import hashlib
from scenarios.worlds.compose import draw_blueprint
from scenarios.worlds.courier import WORLD
from scenarios.worlds.world import Dial
for seed in range(6):
    blueprint = draw_blueprint(WORLD, seed, Dial(goals=2, distractors=9, refusals=1, unknown=seed % 3))
    print(hashlib.sha256(blueprint.model_dump_json().encode()).hexdigest())
"""


def test_the_same_seed_gives_the_same_blueprint_in_every_process() -> None:
    printed = []
    for hash_seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": str(REPO)}
        run = subprocess.run(
            [sys.executable, "-c", _PRINT], env=environment, cwd=REPO, capture_output=True, text=True, check=True
        )
        printed.append(run.stdout.split())
    assert printed[0] == printed[1]
    assert len(set(printed[0])) == 6


def test_tools_say_what_they_do_and_take() -> None:
    for tool in WORLD.tools:
        schema = tool.schema()["function"]
        assert schema["description"].endswith(".")
        assert all("description" in part or "$ref" in part for part in schema["parameters"]["properties"].values())
        if tool.access is Access.WRITE and tool.side is Side.ASSISTANT:
            assert tool.claims
        if tool.side is Side.USER:
            assert tool.request
            assert tool.reply


@pytest.mark.parametrize(
    ("text", "phrase", "said"),
    [
        ("It comes on 15 May.", "5 May", False),
        ("It comes on 5 May.", "5 May", True),
        ("It costs 14.90 euros", "4.90 euros", False),
        ("It costs 4.90 euros.", "4.90 euros", True),
        ("for 1.200.00 euros", "200.00 euros", False),
        ("number 731", "number 73", False),
        ("at 18:00.", "18", False),
    ],
)
def test_a_phrase_is_said_as_a_whole(text: str, phrase: str, said: bool) -> None:
    assert says(text, phrase) is said
