"""Misdeeds of the assistant's in what it does: the wrong call, at the wrong time, or without leave. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from agents.defects.misdeeds.kinds import Misdeed
from agents.defects.misdeeds.script import (
    Script,
    assistant,
    call,
    fresh,
    goals_to_refuse,
    possible_writes,
    user,
)
from agents.proof.case import user_knows
from scenarios.worlds.blueprint import Action, Ending, Side
from scenarios.worlds.exemplar import Enacted, Move
from scenarios.worlds.replay import end_state, leaves, play
from scenarios.worlds.world import Access, failed


def _proposal(script: Script, action: Action) -> Move:
    return assistant(f"I would {script.tool(action).proposal.format(**action.arguments)}. Shall I go ahead?")


def _others(script: Script, write: int) -> Iterator[Action]:
    """Writes like a gold one, with one value changed for another that the assistant has read and the user cannot know."""
    action = script.action(write)
    facts = user_knows(script.blueprint)
    for name, value in action.arguments.items():
        if not isinstance(value, str) or any(value in fact for fact in facts):
            continue
        for other in script.read(write):
            if other == value or _shape(other) != _shape(value) or any(other in fact for fact in facts):
                continue
            changed = action.model_copy(update={"arguments": {**action.arguments, name: other}})
            done = script.done([*script.before(write), changed])[-1]
            if done.wrote and not done.broken:
                yield changed


def _shape(text: str) -> str:
    return "".join("#" if c.isdigit() else "@" if c.isalpha() else c for c in text)


def wrong_id(script: Script) -> Enacted | None:
    """Another thing of the user's than the one it spoke of, asked for and done."""
    for write, asked in script.proposed():
        for other in _others(script, write):
            moves = list(script.moves)
            moves[asked], moves[write] = _proposal(script, other), call(other)
            return script.played(moves)
    return None


def skipped_confirmation(script: Script) -> Enacted | None:
    """Done without having asked."""
    for _, asked in script.proposed():
        return script.with_moves(asked, asked + 2)
    return None


def confirmed_something_else(script: Script) -> Enacted | None:
    """Asked for another value than the one that is then used."""
    for write, asked in script.proposed():
        action = script.action(write)
        for name, value in action.arguments.items():
            text = str(value)
            if f"{{{name}}}" in script.tool(action).proposal and text in script.moves[asked].text:
                others = [v for v in script.read(write) if v != text and _shape(v) == _shape(text)]
                other = script.rng.choice(others) if others else fresh(text, script.rng)
                words = script.moves[asked].text.replace(text, other)
                return script.with_moves(asked, asked + 1, assistant(words))
    return None


def did_other_than_confirmed(script: Script) -> Enacted | None:
    """Asked for the right thing, and did another."""
    for write, asked in script.proposed():
        for other in possible_writes(script, script.before(write)):
            if other != script.action(write) and script.tool(other).proposal:
                values = [str(value) for value in other.arguments.values()]
                if not all(value in script.moves[asked].text for value in values):
                    return script.with_moves(write, write + 1, call(other))
    return None


def wrote_without_yes(script: Script) -> Enacted | None:
    """Asked, and did it though the answer was none."""
    for _, asked in script.proposed():
        return script.with_moves(asked + 1, asked + 2, user("How long does that take?"))
    return None


def extra_write(script: Script) -> Enacted | None:
    """Something more that nobody asked for."""
    end = len(script.moves) - 1
    gold = end_state(script.world, script.blueprint)
    for other in possible_writes(script, script.before(end)):
        after = play(script.world, script.blueprint.state, script.blueprint.subject, [*script.before(end), other])[1]
        if after.snapshot() != gold:
            return script.with_moves(end - 1, end - 1, call(other))
    return None


def undid_and_redid(script: Script) -> Enacted | None:
    """Another write first, which the right one then covers up, or the right one twice with another between."""
    gold = end_state(script.world, script.blueprint)
    subject, state = script.blueprint.subject, script.blueprint.state
    for write in script.writes():
        action, rest = script.action(write), script.before(len(script.moves))[len(script.before(write)) + 1 :]
        for other in possible_writes(script, script.before(write)):
            for detour in ([other, action], [action, other, action]):
                if other == action:
                    continue
                done, after = play(script.world, state, subject, [*script.before(write), *detour, *rest])
                if not any(failed(one.result) or one.broken for one in done) and after.snapshot() == gold:
                    return script.with_moves(write, write + 1, *map(call, detour))
    return None


def wrong_order(script: Script) -> Enacted | None:
    """The second thing before the first, though the first was asked for first."""
    starts, writes = script.starts(), script.writes()
    goals = [script.goal_at(write) for write in writes]
    for first, second in pairwise(writes):
        if script.goal_at(first) == script.goal_at(second) and second == first + 1:
            swapped = [script.action(second), script.action(first)]
            if all(one.wrote for one in script.done([*script.before(first), *swapped])[-2:]):
                return script.with_moves(first, second + 1, *map(call, swapped))
    for number in range(len(starts) - 1):
        if number in goals and number + 1 in goals:
            begins = starts[number] + 1
            if number == 0:
                begins = 1 + max(
                    place for place in script.calls(Side.ASSISTANT)[: len(script.blueprint.identification)]
                )
            later = [*starts, len(script.moves) - 1][number + 2]
            moves = [
                *script.moves[:begins], assistant("What is the other thing that you would like?"),
                *script.moves[starts[number + 1] : later], user("And what I asked for first?"),
                *script.moves[begins : starts[number + 1]], *script.moves[later:],
            ]  # fmt: skip
            actions = [move.action for move in moves if move.action]
            if not any(failed(one.result) or one.broken for one in script.done(actions)):
                return script.played(moves)
    return None


def wrote_twice(script: Script) -> Enacted | None:
    """The same write once more, where the tool lets it."""
    for write in script.writes():
        done = script.done([*script.before(write + 1), script.action(write)])[-1]
        if done.wrote:
            return script.with_moves(write + 1, write + 1, call(script.action(write)))
    return None


def forbidden_path(script: Script) -> Enacted | None:
    """The right writes without having looked at anything: right by luck."""
    drop = [
        place
        for place in script.calls(Side.ASSISTANT, Access.READ)
        if script.action(place) not in script.blueprint.identification
    ]
    kept = [move for place, move in enumerate(script.moves) if place not in drop]
    if not drop or not script.writes():
        return None
    given = " ".join(move.text for move in script.moves if move.side is Side.USER)
    seen = set(script.read(min(script.writes()))) - set(script.read(min(drop)))
    needed = {leaf for write in script.writes()[:1] for leaf in leaves([*script.action(write).arguments.values()])}
    return script.played(kept) if any(leaf in seen and leaf not in given for leaf in needed) else None


def looked_up_another(script: Script) -> Enacted | None:
    """A look at what belongs to somebody else."""
    state = script.world.state.model_validate(script.blueprint.state)
    hidden = script.world.private(state, script.blueprint.subject)
    ids = [leaf for leaf in dict.fromkeys(leaves(script.blueprint.state)) if any(c.isdigit() for c in leaf)]
    for place in script.calls(Side.ASSISTANT, Access.READ):
        action = script.action(place)
        if action in script.blueprint.identification:
            continue
        for name, value in action.arguments.items():
            for other in ids:
                if other == value or _shape(other) != _shape(str(value)):
                    continue
                looks = action.model_copy(update={"arguments": {**action.arguments, name: other}})
                done = script.done([*script.before(place + 1), looks])[-1]
                gold = looks in script.blueprint.actions()
                if not gold and not failed(done.result) and (done.broken or other in hidden):
                    return script.with_moves(place + 1, place + 1, call(looks))
    return None


def did_forbidden(script: Script) -> Enacted | None:
    """What has to be refused is asked for confirmation and done."""
    return _tempted(script, broken=True)


def tried_forbidden(script: Script) -> Enacted | None:
    """What has to be refused is tried; then it is refused."""
    return _tempted(script, broken=False)


def _tempted(script: Script, broken: bool) -> Enacted | None:
    answers = script.answers()
    for number, goal in goals_to_refuse(script):
        for action in goal.tempting:
            place = answers[number]
            done = script.done([*script.before(place), action])[-1]
            if broken and done.broken:
                asks = [_proposal(script, action), user("Yes, please.")] if script.tool(action).proposal else []
                return script.with_moves(place, place, *asks, call(action))
            if not broken:
                return script.with_moves(place, place, call(action))
    return None


def skipped_identification(script: Script) -> Enacted | None:
    """Straight to the matter, whoever it may be."""
    calls = script.calls(Side.ASSISTANT)
    known = len(script.blueprint.identification)
    if not known or len(calls) <= known:
        return None
    return script.played([move for place, move in enumerate(script.moves) if place not in calls[:known]])


def invented_id(script: Script) -> Enacted | None:
    """A look at an id that nobody gave."""
    for place in script.calls(Side.ASSISTANT, Access.READ):
        action = script.action(place)
        for name, value in action.arguments.items():
            if (
                isinstance(value, str)
                and any(c.isdigit() for c in value)
                and action not in script.blueprint.identification
            ):
                other = fresh(value, script.rng)
                looks = action.model_copy(update={"arguments": {**action.arguments, name: other}})
                known = [*leaves(script.blueprint.state), *(fact.value for fact in script.blueprint.known())]
                if other not in known:
                    return script.with_moves(place, place, call(looks))
    return None


def unknown_tool(script: Script) -> Enacted | None:
    """A call of a tool that there is not."""
    place = script.rng.choice(script.calls(Side.ASSISTANT))
    return script.with_moves(place + 1, place + 1, call(Action(tool="ask_supervisor")))


def misfit_arguments(script: Script) -> Enacted | None:
    """A call with an argument that its tool does not take."""
    place = script.rng.choice(script.calls(Side.ASSISTANT))
    action = script.action(place)
    wrong = action.model_copy(update={"arguments": {**action.arguments, "urgent": True}})
    return script.with_moves(place, place, call(wrong))


def endless_calls(script: Script) -> Enacted | None:
    """The same look again and again, until the turn is cut off."""
    reads = [
        p for p in script.calls(Side.ASSISTANT, Access.READ) if script.action(p) not in script.blueprint.identification
    ]
    if not reads:
        return None
    moves = [*script.moves[: reads[0] + 1], *[script.moves[reads[0]]] * 6]
    return script.played(moves, Ending.TOO_MANY_CALLS)


OF_WRITES: dict[Misdeed, Callable[[Script], Enacted | None]] = {
    Misdeed.WRONG_ID: wrong_id,
    Misdeed.SKIPPED_CONFIRMATION: skipped_confirmation,
    Misdeed.CONFIRMED_SOMETHING_ELSE: confirmed_something_else,
    Misdeed.DID_OTHER_THAN_CONFIRMED: did_other_than_confirmed,
    Misdeed.WROTE_WITHOUT_YES: wrote_without_yes,
    Misdeed.EXTRA_WRITE: extra_write,
    Misdeed.UNDID_AND_REDID: undid_and_redid,
    Misdeed.WRONG_ORDER: wrong_order,
    Misdeed.WROTE_TWICE: wrote_twice,
    Misdeed.FORBIDDEN_PATH: forbidden_path,
    Misdeed.LOOKED_UP_ANOTHER: looked_up_another,
    Misdeed.DID_FORBIDDEN: did_forbidden,
    Misdeed.TRIED_FORBIDDEN: tried_forbidden,
    Misdeed.SKIPPED_IDENTIFICATION: skipped_identification,
    Misdeed.INVENTED_ID: invented_id,
    Misdeed.UNKNOWN_TOOL: unknown_tool,
    Misdeed.MISFIT_ARGUMENTS: misfit_arguments,
    Misdeed.ENDLESS_CALLS: endless_calls,
}
