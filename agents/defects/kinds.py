"""The kinds of planted defect, how strong each is, and what planting needs and gives."""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum

from scenarios.loading import Loaded
from scenarios.records import Candidate


class DefectStrength(StrEnum):
    """How plainly a defect shows. Each kind says in its planter what that means."""

    MILD = "mild"
    """A careful reader just notices it."""
    PLAIN = "plain"
    """Whoever reads the sample notices it."""
    GROSS = "gross"
    """Nobody can pass it over."""


class Defect(StrEnum):
    """The kinds of planted defect."""

    ROLE_FLIP = "role_flip"
    """A speaker says another one's words."""
    REPETITION = "repetition"
    """What was said is said again."""
    WRONG_FACT = "wrong_fact"
    """A number or code that stands elsewhere is said differently."""
    CUT_OFF = "cut_off"
    """The sample ends before its end."""
    LEAK = "leak"
    """A text shows its instructions."""
    UNFOUNDED = "unfounded"
    """The assistant claims something against its policy or passages."""
    IGNORED = "ignored"
    """An answer does not answer what was asked."""
    TOLD_EARLY = "told_early"
    """Somebody says what only another knows, before it was said."""
    FALSE_ACTION = "false_action"
    """The assistant claims something as looked up or done that no tool did."""
    LEFT_OUT = "left_out"
    """A step is missing."""
    DISORDER = "disorder"
    """Steps stand in another order."""
    CONTRADICTION = "contradiction"
    """A field contradicts another."""
    VALUE_CHANGED = "value_changed"
    """A value of a JSON is another."""
    WORLD_RECORD = "world_record"
    """In a world: the record differs from what was done."""
    WORLD_ACTS = "world_acts"
    """In a world: the assistant does the wrong thing, at the wrong time or without leave."""
    WORLD_WORDS = "world_words"
    """In a world: the assistant says the wrong thing, or leaves it undone."""
    WORLD_USER = "world_user"
    """In a world: the user falls out of its part."""


@dataclass(frozen=True)
class Soil:
    """What a defect is planted in, and what it may be made of."""

    loaded: Loaded
    candidate: Candidate
    strength: DefectStrength
    rng: random.Random
    stranger: Candidate | None = None
    """Another sample of the same scenario."""


@dataclass(frozen=True)
class Change:
    """A sample with a defect."""

    candidate: Candidate
    said: str
    """What was changed, in words."""
    turns: tuple[int, ...] = ()
    """The messages at fault in the flawed version, or the fields (from 0); none if it is about the whole."""
    sound: Candidate | None = None
    """What it was made from, if that is not the sample itself."""
    act: str = ""
    """Of a kind that has several forms: which one it is, such as a misdeed in a world."""


@dataclass(frozen=True)
class Planted:
    """A flawed version of a sample beside its sound one."""

    defect: Defect
    strength: DefectStrength
    sound: Candidate
    """The sample; for misdeeds in a world the right dialogue of its blueprint, which they are made from."""
    flawed: Candidate
    said: str
    turns: tuple[int, ...]
    act: str = ""
    """As of a change."""
