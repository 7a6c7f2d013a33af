"""The right dialogue of a blueprint, by construction: what a faithful user and a right assistant say and do.

Its words are plain and planned. It shows models how a dialogue in the world goes, plays the scripted model's part, and
is what wrong dialogues are made from in tests.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import orjson

from scenarios.messages import Message, Speech
from scenarios.seeds import seed_of
from scenarios.worlds.blueprint import Action, Blueprint, Ending, Fact, Goal, PrivateCall, Side
from scenarios.worlds.replay import leaves
from scenarios.worlds.wording import capital, listed
from scenarios.worlds.world import Access, Play, Tool, World


@dataclass(frozen=True)
class Move:
    """One thing that one side says or does: either words or a call."""

    side: Side
    text: str = ""
    action: Action | None = None
    ending: Ending | None = None
    """For the user's last words."""


@dataclass(frozen=True)
class Enacted:
    """Moves as messages and private calls, with the results that the world gave."""

    messages: tuple[Message, ...]
    private_calls: tuple[PrivateCall, ...]
    ending: Ending | None


_HELLO = ("Hello.", "Good morning.", "Good afternoon.", "Hi there.")
_NEXT = ("Thank you.", "Thanks.", "Very good.", "Thank you. There is something else.", "Thanks. One more thing.")
_REFUSED = ("All right.", "I see.", "I understand.", "That is a pity. There is something else.")
_ASK = ("Could you tell me {}?", "May I have {}?", "Would you give me {}, please?", "For that I need {}, please.")
_PROPOSE = (
    "I would {}. Shall I go ahead?",
    "I can {}. Would you like me to do that?",
    "Shall I {}?",
    "Do you want me to {}?",
)
_YES = ("Yes, please.", "Yes, go ahead.", "Yes, please do that.", "Yes, do that, please.", "Yes, please go ahead.")
_THANKS = (
    "Thank you, that is all.",
    "Thanks, that was everything.",
    "That is all, thank you very much.",
    "Thank you for your help. That was all.",
)


def exemplar(world: World, blueprint: Blueprint, variant: int = 0) -> tuple[Move, ...]:
    """The right dialogue. `variant` chooses among wordings."""
    rng = random.Random(seed_of(blueprint.model_dump_json(), variant))
    return tuple(_moves(world, blueprint, rng))


def _moves(world: World, blueprint: Blueprint, rng: random.Random) -> Iterator[Move]:
    stage = Play(world, blueprint.state)
    said: list[Fact] = []
    for place, goal in enumerate(blueprint.goals):
        refused = place > 0 and bool(blueprint.goals[place - 1].refusal)
        opening = _HELLO if place == 0 else _REFUSED if refused else _NEXT
        yield _user(f"{rng.choice(opening)} {goal.asks}")
        if place == 0:
            yield from _ask_for(blueprint.facts, rng, blueprint.unknown)
            for action in blueprint.identification:
                yield _do(stage, action)
        said += (fact for fact in goal.facts if fact.opening)
        yield from _settle(world, stage, goal, rng, said)
    yield Move(Side.USER, rng.choice(_THANKS), ending=Ending.DONE)


def _settle(world: World, stage: Play, goal: Goal, rng: random.Random, said: list[Fact]) -> Iterator[Move]:
    """Reads, confirmation, writes, and the answer. What an action takes is asked for before it, and all that the user
    knows before the first write. `said` are the facts that it has given; it is added to."""
    actions = list(goal.actions)
    found = goal.found
    while actions:
        action = actions.pop(0)
        tool = world.tool(action.tool, action.side)
        assert tool is not None
        writes = tool.access is Access.WRITE and action.side is Side.ASSISTANT
        asked = [fact for fact in goal.facts if fact not in said and (writes or _takes(action, fact))]
        said += asked
        yield from _ask_for(asked, rng)
        if action.side is Side.USER:
            if tool.request:
                yield _assistant(tool.request.format(**action.arguments))
            result = stage.call(action)
            yield Move(Side.USER, action=action)
            yield _user(_reply(tool, result))
            continue
        if writes and tool.proposal:
            batch = [action]
            while actions and _proposal(world, actions[0]):
                batch.append(actions.pop(0))
            proposed = _proposed([_proposal(world, one) for one in batch])
            yield _assistant(f"{found} {rng.choice(_PROPOSE).format(proposed)}".strip())
            yield _user(rng.choice(_YES))
            found = ""
            for one in batch:
                yield _do(stage, one)
            continue
        yield _do(stage, action)
    yield _assistant(goal.answer)


def _takes(action: Action, fact: Fact) -> bool:
    """Whether an argument of an action is what the user says in a fact, or a part of it."""
    return any(leaf in fact.value for leaf in leaves([*action.arguments.values()]))


def _reply(tool: Tool, result: str) -> str:
    """What the user says after it used a tool of its own."""
    if tool.reply:
        return tool.reply.format(**orjson.loads(result))
    return f"It says {listed(leaves_of_values(result))}." if tool.access is Access.READ else "I have done that."


def leaves_of_values(result: str) -> list[str]:
    """The values of a result, without the keys of its objects."""
    value = orjson.loads(result)
    return [leaf for inner in (value.values() if isinstance(value, dict) else [value]) for leaf in leaves(inner)]


def _proposal(world: World, action: Action) -> str:
    """What is proposed before a write that needs confirmation; empty for all other actions."""
    tool = world.tool(action.tool, action.side)
    return tool.proposal.format(**action.arguments) if tool and tool.access is Access.WRITE else ""


def _proposed(proposals: Sequence[str]) -> str:
    """Several proposals as one: what they all begin and end with is said once."""
    parts = [text.split() for text in proposals]
    shortest = min(map(len, parts))
    first = next((n for n in range(shortest) if len({part[n] for part in parts}) > 1), 0)
    last = next((n for n in range(1, shortest) if len({part[-n] for part in parts}) > 1), 1) - 1
    if len(proposals) == 1 or first == 0:
        return listed(proposals)
    middle = [" ".join(part[first : len(part) - last]) for part in parts]
    return " ".join([*parts[0][:first], listed(middle), *parts[0][len(parts[0]) - last :]])


def _ask_for(facts: Iterable[Fact], rng: random.Random, unknown: Sequence[str] = ()) -> Iterator[Move]:
    """The assistant asks for facts, and the user gives them."""
    asked = list(facts)
    labels = [*unknown, *(fact.label for fact in asked)]
    if not labels:
        return
    yield _assistant(rng.choice(_ASK).format(listed([_yours(label, "your") for label in labels])))
    said = [f"I do not know {_yours(label, 'my')}." for label in unknown]
    given = [f"{_yours(fact.label, 'my')} is {fact.value}" for fact in asked]
    if given:
        said += [capital(f"{listed(given)}.")] if rng.random() < 0.5 else [capital(f"{one}.") for one in given]
    yield _user(" ".join(said))


def _yours(label: str, whose: str) -> str:
    """'card number' is the user's own, 'the name of your friend' is not."""
    return label if label.startswith("the ") else f"{whose} {label}"


def _user(text: str) -> Move:
    return Move(Side.USER, text)


def _assistant(text: str) -> Move:
    return Move(Side.ASSISTANT, text)


def _do(stage: Play, action: Action) -> Move:
    stage.call(action)
    return Move(action.side, action=action)


def enact(world: World, blueprint: Blueprint, moves: Iterable[Move]) -> Enacted:
    """Moves as a dialogue: the calls are made on a fresh world. Raises WorldBroken."""
    stage = Play(world, blueprint.state)
    messages: list[Message] = []
    private: list[PrivateCall] = []
    ending: Ending | None = None
    for move in moves:
        if move.action is None:
            messages.append(Message(role=Speech(move.side.value), content=move.text))
            ending = move.ending
        elif move.side is Side.USER:
            private.append(PrivateCall(before=len(messages), action=move.action, result=stage.call(move.action)))
        else:
            messages += call_messages((move.action,), (stage.call(move.action),), len(messages))
    return Enacted(tuple(messages), tuple(private), ending)


def call_messages(actions: Sequence[Action], results: Sequence[str], place: int, text: str = "") -> tuple[Message, ...]:
    """The assistant's calls and their results as messages from `place` on, in OpenAI's format."""
    calls = tuple(
        {
            "id": f"call{place:04d}{number}",  # nine letters and digits: some endpoints take no others
            "type": "function",
            "function": {"name": action.tool, "arguments": orjson.dumps(action.arguments).decode()},
        }
        for number, action in enumerate(actions)
    )
    return (
        Message(role=Speech.ASSISTANT, content=text, tool_calls=calls),
        *(
            Message(role=Speech.TOOL, content=result, tool_call_id=str(call["id"]))
            for call, result in zip(calls, results, strict=True)
        ),
    )
