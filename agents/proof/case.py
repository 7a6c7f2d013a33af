"""What several checks of a proof need: where each goal of a dialogue stands, and when it was left as it is. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import orjson

from agents.proof.trace import Called, Flaw, Said, Trace, as_read
from agents.text.sentences import concludes, open_question, refuses, statements
from agents.text.values import content, says, says_any, tells
from scenarios.worlds.blueprint import Action, Blueprint, Goal, Side, Told
from scenarios.worlds.replay import leaves
from scenarios.worlds.world import Access, World, failed

_ASKED_ALIKE = 0.5
"""Share of a goal's own words that a message of the user's has to hold to be taken for asking for it."""


@dataclass(frozen=True)
class GoalStanding:
    """How far one goal came."""

    goal: Goal
    raised: int | None
    """The message in which the user asked for it; None where no message was found."""
    wrote: tuple[Called, ...]
    """Its gold writes that were made."""
    unwritten: tuple[Action, ...]
    """Its gold writes that were not."""
    untold: tuple[Told, ...]
    """What the user was not told."""
    refused: int | None
    """Where it has to be refused: the message in which the assistant said so."""

    @property
    def settled(self) -> bool:
        """Done and told, or refused and told why."""
        return not self.unwritten and not self.untold and (not self.goal.refusal or self.refused is not None)


@dataclass(frozen=True)
class Case:
    """A dialogue and where its goals stand."""

    trace: Trace
    standings: tuple[GoalStanding, ...]
    extra: tuple[Called, ...]
    """Writes of the assistant's that no goal asks for."""

    @property
    def length(self) -> int:
        """The number of messages."""
        return len(self.trace.messages)

    def first(self, faults: Iterable[Flaw]) -> Flaw | None:
        """The first of some faults; while the dialogue is under way, of those that stand already."""
        unfinished = self.trace.ending is None
        return min(faults, key=lambda fault: (unfinished and fault.at_end, fault.turn), default=None)

    def left_off(self, standing: GoalStanding) -> int:
        """When the assistant left a goal as it is: with its last words before the user came to another one, where they
        sound like the end of the matter; else the end of the dialogue."""
        since = standing.raised
        if since is None:
            return self.length
        until = _next_raised(self.trace, [one.raised for one in self.standings], since)
        spoken = [said for said in self.trace.said(Side.ASSISTANT) if since < said.turn < until]
        if not spoken or open_question(spoken[-1].text):
            return self.length
        claims = [phrase for tool in self.trace.world.of(Side.ASSISTANT) for phrase in tool.claims]
        ends = concludes(spoken[-1].text) or says_any(claims, spoken[-1].text)
        return spoken[-1].turn if ends else self.length


def case_of(trace: Trace) -> Case:
    """Where the goals of a dialogue stand."""
    writes = [call for call in trace.called(Side.ASSISTANT) if call.wrote]
    raised = [_raised(trace, goal) for goal in trace.blueprint.goals]
    standings = []
    for goal, since in zip(trace.blueprint.goals, raised, strict=True):
        made: list[Called] = []
        missing: list[Action] = []
        for action in gold_writes(trace.world, goal):
            found = next((call for call in writes if call.action == action), None)
            if found is None:
                missing.append(action)
            else:
                writes.remove(found)
                made.append(found)
        refused = _refused(trace, since or 0) if goal.refusal else None
        until = _next_raised(trace, raised, since)
        untold = tuple(told for told in goal.tell if not _told(trace, goal, made, told, (since, until)))
        standings.append(GoalStanding(goal, since, tuple(made), tuple(missing), untold, refused))
    return Case(trace, tuple(standings), tuple(writes))


def _next_raised(trace: Trace, raised: Sequence[int | None], since: int | None) -> int:
    """When the user came to another goal after one; the end of the dialogue where it did not."""
    later = [turn for turn in raised if turn is not None and since is not None and turn > since]
    return min(later, default=len(trace.messages))


def gold_writes(world: World, goal: Goal) -> list[Action]:
    """The assistant's writes among a goal's gold actions, as their tools read them."""
    found = []
    for action in goal.actions:
        tool = world.tool(action.tool, action.side)
        if tool is not None and tool.access is Access.WRITE and action.side is Side.ASSISTANT:
            found.append(as_read(world, action) or action)
    return found


def _raised(trace: Trace, goal: Goal) -> int | None:
    """The first message in which the user asks for a goal: in its words, with half of the words that are this request's
    alone, or with something that only this goal has to do with."""
    spoken = trace.said(Side.USER)
    others = [other for other in trace.blueprint.goals if other is not goal]
    wanted = content(goal.asks)
    wanted = wanted.difference(*(content(other.asks) for other in others)) or wanted
    theirs = _words_of(others)
    opening = [fact.value for fact in goal.facts if fact.opening and not any(says(fact.value, text) for text in theirs)]
    asked = (
        *(said.turn for said in spoken if goal.asks in said.text),
        *(said.turn for said in spoken if wanted and len(wanted & content(said.text)) >= _ASKED_ALIKE * len(wanted)),
        *(said.turn for said in spoken if any(says(value, said.text) for value in opening)),
    )
    return next(iter(asked), None)


def _refused(trace: Trace, since: int) -> int | None:
    """The first words after a goal was asked for that say that something cannot be done."""
    return next((s.turn for s in trace.said(Side.ASSISTANT) if s.turn > since and refuses(s.text)), None)


def _told(trace: Trace, goal: Goal, made: Sequence[Called], told: Told, asked: tuple[int | None, int]) -> bool:
    """Whether the user was told: in a statement of the assistant's, after the goal's writes, or where it has none, after
    the call that gave it. What another goal has to do with as well counts only between the asking for this one and that
    for the next."""
    since = max((call.turn for call in made), default=-1)
    if not made:
        since = _given_at(trace, told.phrases)
    others = _words_of([other for other in trace.blueprint.goals if other is not goal])
    raised, until = asked
    spoken = [said for said in trace.said(Side.ASSISTANT) if said.turn > since]
    within = [said for said in spoken if raised is not None and raised < said.turn < until]
    return any(
        tells(phrase, statements(said.text))
        for phrase in told.phrases
        for said in (within if any(tells(phrase, text) for text in others) else spoken)
    )


def _words_of(goals: Sequence[Goal]) -> list[str]:
    """All that goals have to do with, as texts."""
    found = [text for goal in goals for text in (goal.asks, goal.answer, *(fact.value for fact in goal.facts))]
    return found + [leaf for goal in goals for action in goal.actions for leaf in leaves([*action.arguments.values()])]


def _given_at(trace: Trace, phrases: Sequence[str]) -> int:
    """The turn of the first result that holds one of the phrases; -1 where none does."""
    for event in trace.events:
        if isinstance(event, Called) and any(says(phrase, event.seen) for phrase in phrases):
            return event.turn
    return -1


def values_of(result: str) -> list[str]:
    """The texts and numbers in a result, without the keys of its objects. None of a result that is no JSON."""
    try:
        value = orjson.loads(result)
    except orjson.JSONDecodeError:
        return []
    if failed(result):
        return []
    return list(leaves(_bare(value)))


def _bare(value: object) -> object:
    """A JSON value with lists in place of its objects."""
    if isinstance(value, dict):
        return [_bare(inner) for inner in value.values()]
    return [_bare(inner) for inner in value] if isinstance(value, list) else value


def user_knows(blueprint: Blueprint) -> list[str]:
    """All that the user was given, as texts."""
    given = [blueprint.user, *blueprint.unknown]
    given += [text for fact in blueprint.known() for text in (fact.label, fact.value)]
    return given + [text for goal in blueprint.goals for text in (goal.wants, goal.asks)]


def said_before(trace: Trace, side: Side, turn: int) -> list[Said]:
    """The words of one side before a message."""
    return [said for said in trace.said(side) if said.turn < turn]
