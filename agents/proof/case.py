"""What several checks of a proof need: where each goal of a dialogue stands, and when it was left as it is. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from agents.proof.asking import Raised, asked_for
from agents.proof.telling import in_full, untold
from agents.proof.trace import Called, Flaw, Spoken, Trace, as_read
from agents.text.sentences import concludes, open_question, refuses, sentences
from agents.text.values import says_any
from scenarios.worlds.blueprint import Action, Blueprint, Goal, Side, Told
from scenarios.worlds.world import Access, World

_MAY_REFUSE = re.compile(
    r"\b(?:not|no|never|nothing|nobody|none|neither|nor|without|only|unable|unfortunately|afraid|regret|impossible|"
    r"forbidden|beyond|limit|maximum|exceeds?|too (?:late|long|high|many)|instead|decline|refuse|has to be|have to be|"
    r"would (?:have|need) to|needs? to|must)\b|n't\b|\bcannot\b|\bsorry\b(?! to hear)"
)


@dataclass(frozen=True)
class GoalStanding:
    """How far one goal came."""

    goal: Goal
    asked: Raised | None
    """Where the user asked for it; None where no message may have."""
    wrote: tuple[Called, ...]
    """Its gold writes that were made."""
    unwritten: tuple[Action, ...]
    """Its gold writes that were not."""
    untold: tuple[Told, ...]
    """What the user was not told."""
    refused: int | None
    """Where it has to be refused: the message in which the assistant said so."""

    @property
    def raised(self) -> int | None:
        """The message in which the user asked for it."""
        return self.asked.turn if self.asked is not None else None

    @property
    def settled(self) -> bool:
        """Done and told, or refused and told why."""
        if self.asked is None and not self.wrote and (self.unwritten or self.goal.refusal):
            return False
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
        ends = concludes(spoken[-1].text) or says_any(claims, in_full(spoken[-1].text))
        return spoken[-1].turn if ends else self.length


def case_of(trace: Trace) -> Case:
    """Where the goals of a dialogue stand."""
    writes = [call for call in trace.called(Side.ASSISTANT) if call.wrote]
    standings = []
    raised = asked_for(trace)
    turns = [asked.turn for asked in raised if asked is not None and asked.certain]
    for goal, asked in zip(trace.blueprint.goals, raised, strict=True):
        made: list[Called] = []
        missing: list[Action] = []
        for action in gold_writes(trace.world, goal):
            found = next((call for call in writes if call.action == action), None)
            if found is None:
                missing.append(action)
            else:
                writes.remove(found)
                made.append(found)
        since = asked.turn if asked is not None else 0
        refused = _refused(trace, since) if goal.refusal else None
        unheard = untold(trace, goal, made, asked, turns)
        standings.append(GoalStanding(goal, asked, tuple(made), tuple(missing), unheard, refused))
    return Case(trace, tuple(standings), tuple(writes))


def _next_raised(trace: Trace, raised: Sequence[int | None], since: int) -> int:
    """When the user came to another goal after one; the end of the dialogue where it did not."""
    later = [turn for turn in raised if turn is not None and turn > since]
    return min(later, default=len(trace.messages))


def may_refuse(text: str) -> bool:
    """Whether a statement may say that something cannot be done: it denies, limits or regrets something."""
    told = [part for part in sentences(text) if "?" not in part]
    return refuses(text) or any(_MAY_REFUSE.search(part.lower().replace("’", "'")) for part in told)


def gold_writes(world: World, goal: Goal) -> list[Action]:
    """The assistant's writes among a goal's gold actions, as their tools read them."""
    found = []
    for action in goal.actions:
        tool = world.tool(action.tool, action.side)
        if tool is not None and tool.access is Access.WRITE and action.side is Side.ASSISTANT:
            found.append(as_read(world, action) or action)
    return found


def _refused(trace: Trace, since: int) -> int | None:
    """The first words after a goal was asked for by which the assistant may say that something cannot be done."""
    return next((s.turn for s in trace.said(Side.ASSISTANT) if s.turn > since and may_refuse(s.text)), None)


def user_knows(blueprint: Blueprint) -> list[str]:
    """All that the user was given, as texts."""
    given = [blueprint.user, *blueprint.unknown]
    given += [text for fact in (*blueprint.known(), *blueprint.at_first) for text in (fact.label, fact.value)]
    return given + [text for goal in blueprint.goals for text in (goal.wants, goal.asks)]


def said_before(trace: Trace, side: Side, turn: int) -> list[Spoken]:
    """The words of one side before a message."""
    return [said for said in trace.said(side) if said.turn < turn]
