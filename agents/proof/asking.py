"""Where the user asked for each goal. Found generously: by its values, by what it is about, by its own words. Pure.

What a person wants can be said in any words. So nothing here says that a goal was not asked for as long as some message
may be the one; `certain` tells what was found by values or by the planned words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache

from agents.proof.intents import alike, meaning, small_talk, wishes
from agents.proof.trace import Spoken, Trace
from agents.text.phrases import words
from agents.text.sentences import open_question
from agents.text.values import content, says
from scenarios.worlds.blueprint import Goal, Side
from scenarios.worlds.replay import leaves
from scenarios.worlds.world import Access, World

_HALF = 0.5
"""Share of a goal's own words that a message has to hold to be certain to ask for it."""
_SOME = 2
"""Words about a goal alone by which a later message may ask for it."""

_MORE = re.compile(r"\b(?:also|another|other|else|besides|next|second|third|more|too|as well|finally)\b", re.IGNORECASE)
"""Words by which an answer goes on to something else."""
_SAID_OF_ALL = meaning("see look say tell ask know")
"""Words of every policy, which say nothing of what it is about."""


@dataclass(frozen=True)
class Raised:
    """The message in which a goal was asked for."""

    turn: int
    certain: bool
    """By what only this goal has to do with, and not only by words about the like."""


@dataclass(frozen=True)
class _Wish:
    """A goal as it may be recognised among others."""

    goal: Goal
    others: tuple[Goal, ...]
    mine: tuple[str, ...]
    """What the user says of itself, whatever the goal."""
    about: frozenset[str]
    """All that its words may mean."""
    theirs: frozenset[str]
    """All that the words of the others may mean."""

    @cached_property
    def values(self) -> tuple[str, ...]:
        """What only this goal has to do with."""
        theirs = [*texts_of(self.others), *self.mine]
        found = [fact.value for fact in self.goal.facts]
        found += [leaf for leaf in _arguments([self.goal]) if re.search(r"\d", leaf) or " " in leaf]
        return tuple(value for value in dict.fromkeys(found) if not any(says(value, text) for text in theirs))

    @cached_property
    def planned(self) -> frozenset[str]:
        """The words of its planned request that no other has."""
        wanted = content(self.goal.asks)
        return wanted.difference(*(content(other.asks) for other in self.others)) or wanted

    @cached_property
    def own(self) -> frozenset[str]:
        """What no other goal is about."""
        return self.about - self.theirs or self.about

    def certainly(self, text: str) -> bool:
        """Whether a message asks for it beyond doubt."""
        held = self.planned & content(text)
        return (bool(self.planned) and len(held) >= _HALF * len(self.planned)) or any(
            _names(value, text) for value in self.values
        )

    def perhaps(self, text: str, heard: str) -> bool:
        """Whether a message may ask for it; what answers the words just heard is none of it."""
        but = frozenset(words(f"{heard} {' '.join(self.mine)}"))
        return wishes(text) and alike(text, self.own, but) >= _SOME


def asked_for(trace: Trace) -> list[Raised | None]:
    """For each goal of the dialogue, where the user first asked for it; None where no message may have."""
    blueprint, spoken = trace.blueprint, trace.said(Side.USER)
    known = (*(text for fact in blueprint.facts for text in (fact.label, fact.value)), *blueprint.unknown)
    goals = blueprint.goals
    abouts = [_about(trace.world, goal) for goal in goals]
    wanted = [
        _Wish(
            goal,
            (*goals[:place], *goals[place + 1 :]),
            known,
            abouts[place],
            frozenset().union(*abouts[:place], *abouts[place + 1 :]),
        )
        for place, goal in enumerate(goals)
    ]
    found = [_certain(wish, spoken) for wish in wanted]
    for place, wish in enumerate(wanted):
        if found[place] is None:
            found[place] = _likely(trace, wish, found)
    if spoken and not any(one is not None and one.turn == spoken[0].turn for one in found):
        _open(trace.world, wanted, spoken[0], found)
    return found


def _certain(wish: _Wish, spoken: Sequence[Spoken]) -> Raised | None:
    turn = next((said.turn for said in spoken if wish.goal.asks in said.text), None)
    if turn is None:
        turn = next((said.turn for said in spoken if wish.certainly(said.text)), None)
    return None if turn is None else Raised(turn, certain=True)


def _likely(trace: Trace, wish: _Wish, found: Sequence[Raised | None]) -> Raised | None:
    """The first message that may ask for a goal: one by which no other is asked for, and which does not only answer."""
    taken = {one.turn for one in found if one is not None}
    spoken, answered = trace.said(Side.USER), trace.said(Side.ASSISTANT)
    for said in spoken[1:]:
        heard = next((one.text for one in reversed(answered) if one.turn < said.turn), "")
        answers = open_question(heard) and not _MORE.search(said.text)
        if said.turn not in taken and not answers and wish.perhaps(said.text, heard):
            return Raised(said.turn, certain=False)
    return None


def _open(world: World, wanted: Sequence[_Wish], opening: Spoken, found: list[Raised | None]) -> None:
    """Take the first words of the user for a wish, if they are more than a greeting and have to do with anything in this
    world."""
    home = _home(world).union(*(wish.about for wish in wanted))
    if small_talk(opening.text) or not alike(opening.text, home):
        return
    best = max(range(len(wanted)), key=lambda place: (alike(opening.text, wanted[place].about), -place))
    found[best] = Raised(opening.turn, certain=False)


def _home(world: World) -> frozenset[str]:
    """What the policy and the tools of a world are about."""
    return _meaning_of_all(" ".join((world.policy, *(f"{tool.does} {tool.request}" for tool in world.tools))))


@lru_cache(maxsize=16)
def _meaning_of_all(text: str) -> frozenset[str]:
    return meaning(text) - _SAID_OF_ALL


def texts_of(goals: Iterable[Goal]) -> list[str]:
    """All that goals have to do with, as texts."""
    found = [text for goal in goals for text in (goal.asks, goal.wants, goal.answer, *(f.value for f in goal.facts))]
    return found + list(_arguments(goals))


def _arguments(goals: Iterable[Goal]) -> Iterator[str]:
    for goal in goals:
        for action in (*goal.actions, *goal.tempting):
            yield from leaves([*action.arguments.values()])


def _about(world: World, goal: Goal) -> frozenset[str]:
    texts = [goal.asks, goal.wants, goal.atom.replace("_", " "), *(fact.label for fact in goal.facts)]
    texts += [fact.value for fact in goal.facts]
    for action in (*goal.actions, *goal.tempting):
        tool = world.tool(action.tool, action.side)
        if tool is not None and tool.access is Access.WRITE:
            texts += [tool.name.replace("_", " "), re.sub(r"\{[^}]*\}", "", tool.proposal)]
    return meaning(" ".join(texts))


def _names(value: str, text: str) -> bool:
    """Whether a text names a value, in full or, if it is several words, without its article."""
    if says(value, text):
        return True
    bare = value.split()
    return (
        len(bare) > 1
        and bare[0].lower() in {"a", "an", "the"}
        and says(" ".join(bare[1:]), text)
        and len(words(value)) > 2
    )
