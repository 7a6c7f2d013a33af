"""What every world that ships has to keep: sound tasks, right dialogues, claims that fit, invariants, the same everywhere."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scenarios.messages import Message, Speech
from scenarios.worlds import cloakroom, courier, library
from scenarios.worlds.blueprint import Action, Blueprint, Ending, Side
from scenarios.worlds.compose import draw_blueprint
from scenarios.worlds.exemplar import Enacted, enact, exemplar
from scenarios.worlds.mutations import MutationKind, mutations
from scenarios.worlds.registry import BUILT_IN, digest_of
from scenarios.worlds.replay import do, end_state, holds, leaves, says
from scenarios.worlds.soundness import unsound
from scenarios.worlds.world import Access, Dial, Play, Tool, World, failed
from tests.helpers import REPO

WORLDS = (cloakroom.WORLD, library.WORLD, courier.WORLD)
every_world = pytest.mark.parametrize("world", WORLDS, ids=lambda world: world.name)


def dial_of(seed: int) -> Dial:
    """Mostly easy tasks, and of each kind of difficulty some."""
    goals = 1 if seed % 3 else 2 + seed % 2
    return Dial(goals=goals, distractors=seed * 7 % 21, refusals=min(goals, seed % 3), unknown=seed // 3 % 3)


@lru_cache
def drawn(name: str, many: int = 60) -> tuple[Blueprint, ...]:
    """Tasks of a world."""
    world = next(world for world in WORLDS if world.name == name)
    return tuple(draw_blueprint(world, seed, dial_of(seed)) for seed in range(many))


def calls_in(messages: tuple[Message, ...]) -> tuple[Action, ...]:
    """The assistant's calls in a dialogue."""
    functions = (call["function"] for message in messages for call in message.tool_calls or ())
    return tuple(Action(tool=f["name"], arguments=orjson.loads(f["arguments"])) for f in functions)


def words_of(played: Enacted, speech: Speech) -> str:
    """All that one side says."""
    return "\n".join(message.content for message in played.messages if message.role is speech)


@every_world
def test_what_is_drawn_is_sound(world: World) -> None:
    for made in drawn(world.name)[:12]:
        assert not unsound(world, made)


@every_world
def test_the_exemplar_is_the_gold_actions_and_reaches_the_end(world: World) -> None:
    for seed, made in enumerate(drawn(world.name)):
        played = enact(world, made, exemplar(world, made, seed))
        assert not any(failed(message.content) for message in played.messages if message.role is Speech.TOOL)
        assert not any(failed(call.result) for call in played.private_calls)
        assert calls_in(played.messages) == tuple(a for a in made.actions() if a.side is Side.ASSISTANT)
        assert played.ending is Ending.DONE
        end = end_state(world, made)
        for goal in made.goals:
            assert all(holds(condition, end) for condition in goal.holds)


@every_world
def test_the_exemplar_says_what_it_must_and_nothing_of_others(world: World) -> None:
    for seed, made in enumerate(drawn(world.name)):
        played = enact(world, made, exemplar(world, made, seed))
        user, assistant = words_of(played, Speech.USER), words_of(played, Speech.ASSISTANT)
        for goal in made.goals:
            assert all(says(assistant, told.phrases[0]) for told in goal.tell)
            assert all(fact.value in user for fact in goal.facts if fact.opening)
            assert not [fact for fact in goal.facts if not fact.opening and says(goal.asks, fact.value)]
            later = user.replace(goal.asks, "")
            assert not [fact for fact in goal.facts if fact.opening and f"{fact.label} is {fact.value}" in later]
        assert all(fact.value in user for fact in made.facts)
        state = world.state.model_validate(end_state(world, made))
        private = world.private(state, made.subject) - {fact.value for fact in made.known()}
        assert not [value for value in sorted(private) if says(assistant, value)]


@every_world
def test_an_answer_claims_nothing_that_its_goal_does_not_write(world: World) -> None:
    writes = [tool for tool in world.of(Side.ASSISTANT) if tool.access is Access.WRITE]
    assert all(tool.claims for tool in writes)
    for made in drawn(world.name):
        for goal in made.goals:
            done = {action.tool for action in goal.actions}
            for tool in writes:
                claimed = any(claim.lower() in goal.answer.lower() for claim in tool.claims)
                # A refusal may say the rule: 'is handed out only to its owner'.
                assert not claimed or tool.name in done or goal.refusal, (tool.name, goal.answer)
                assert not any(claim.lower() in goal.found.lower() for claim in tool.claims), goal.found


@every_world
def test_what_has_to_be_refused_is_forbidden_when_its_turn_comes(world: World) -> None:
    found = 0
    for made in drawn(world.name):
        stage = Play(world, made.state)
        for action in made.identification:
            do(stage, made.subject, action)
        for goal in made.goals:
            for action in goal.actions:
                assert not do(stage, made.subject, action).broken
            for action in goal.tempting:
                twin = Play(world, stage.snapshot())
                done = do(twin, made.subject, action)
                assert done.broken or failed(done.result)
                assert not goal.holds
                found += 1
    assert found >= 10


@every_world
def test_every_mutation_is_noticed_or_harmless_and_it_is_said_why(world: World) -> None:
    reads = {tool.name for tool in world.tools if tool.access is Access.READ}
    kinds = set()
    for made in drawn(world.name)[:20]:
        gold = made.actions()
        for one in mutations(world, made):
            assert bool(one.noticed) != bool(one.harmless), one.words()
            kinds.add(one.kind)
            pair = gold[one.place : one.place + (2 if one.kind is MutationKind.SWAP else 1)]
            if one.harmless == "writes in another order":
                assert one.kind is MutationKind.SWAP
            elif one.harmless:
                assert any(action.tool in reads for action in pair)
    assert kinds >= {MutationKind.DROP, MutationKind.REPEAT, MutationKind.SWAP, MutationKind.ARGUMENT}


@every_world
def test_tools_are_described_and_their_proposals_name_arguments(world: World) -> None:
    for tool in world.tools:
        function = tool.schema()["function"]
        assert function["description"].endswith(".")
        assert function["parameters"]["type"] == "object"
        named = dict.fromkeys(tool.arguments.model_fields, "x")
        assert "{" not in tool.proposal.format(**named) + tool.request.format(**named)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_no_call_breaks_an_invariant_and_a_refused_one_changes_nothing(data: st.DataObject) -> None:
    world = data.draw(st.sampled_from(WORLDS))
    made = data.draw(st.sampled_from(drawn(world.name)[:8]))
    stage = Play(world, made.state)
    values = sorted(set(leaves(made.state)))
    for _ in range(data.draw(st.integers(1, 12))):
        tool = data.draw(st.sampled_from(world.tools))
        action = Action(tool=tool.name, arguments=data.draw(_arguments(tool, made, values)), side=tool.side)
        before = stage.snapshot()
        result = stage.call(action)
        assert all(invariant(stage.state) for invariant in world.invariants.values())
        if failed(result) or tool.access is Access.READ:
            assert orjson.dumps(stage.snapshot()) == orjson.dumps(before)


def _arguments(tool: Tool, made: Blueprint, values: list[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Mostly what stands in the state where an argument of that name would be, at times anything."""
    anything = st.one_of(st.sampled_from(values), st.integers(-9, 9), st.text(max_size=5), st.none())
    wanted = {}
    for name in tool.arguments.model_fields:
        same = [*made.state.get(f"{name}s", ())] if isinstance(made.state.get(f"{name}s"), dict) else []
        same += [str(a.arguments[name]) for a in made.actions() if name in a.arguments]
        wanted[name] = st.one_of(st.sampled_from(same), st.sampled_from(same), anything) if same else anything
    return st.fixed_dictionaries(wanted)


@every_world
def test_the_same_seed_gives_the_same_task_and_words_in_every_process(world: World) -> None:
    module = "scenarios.worlds." + world.name
    code = (
        f"import hashlib; from {module} import WORLD; from scenarios.worlds.compose import draw_blueprint\n"
        "from scenarios.worlds.exemplar import exemplar; from scenarios.worlds.world import Dial\n"
        "made = [draw_blueprint(WORLD, n, Dial(goals=2, distractors=9, refusals=1, unknown=1)) for n in range(4)]\n"
        "text = ''.join(f'{b.model_dump_json()}{exemplar(WORLD, b)}' for b in made)\n"
        "print(hashlib.sha256(text.encode()).hexdigest())\n"
    )
    seen = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(REPO)},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(seen) == 1
    assert len(seen.pop().strip()) == 64


@pytest.mark.parametrize(
    ("world", "before"),
    [("cloakroom", "38e826b863815661"), ("library", "f1ed7e3ffeb7b85d"), ("courier", "1856e27ab6bec5c4")],
)
def test_runs_of_the_first_version_know_the_worlds(world: str, before: str) -> None:
    assert digest_of(BUILT_IN[world]) == before


def test_a_world_is_the_same_when_other_modules_move(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(tmp_path)
    digests = []
    for name, source in {
        "here": "import a\n\nfrom b import (\n    c,\n)\n\nX = 1\n",
        "moved": "from d.b import c\nimport a\nX = 1\n",
        "other": "import a\nX = 2\n",
    }.items():
        (tmp_path / f"world_{name}.py").write_text(source, encoding="utf-8")
        digests.append(digest_of(f"world_{name}"))
    assert digests[0] == digests[1] != digests[2]
