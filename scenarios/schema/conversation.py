"""What a conversation is planned by: how it is made, who speaks next, how it ends."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from scenarios.frozen import Frozen

MOST_MESSAGES = 200
WRITER = "writer"
"""The role that sets the scene, and writes a whole conversation."""
MODERATOR = "moderator"
"""The role that chooses who speaks next."""


class How(StrEnum):
    """How a conversation is made."""

    TURNS = "turns"
    """Its speakers write it message by message."""
    WHOLE = "whole"
    """The writer makes it in one answer; its speakers repair single messages."""


class Order(StrEnum):
    """Who speaks next."""

    ALTERNATE = "alternate"
    """Two sides take turns; of several speakers on a side, each in its turn."""
    ROUND_ROBIN = "round_robin"
    """All speakers in the order of the scenario."""
    MODERATOR = "moderator"
    """A model chooses, message by message, and says when it is over."""


class Frame(StrEnum):
    """The prompts that belong to no single role of a conversation."""

    CASE = "case"
    """What all who judge are shown before they are asked."""
    CUE = "cue"
    """What stands behind the messages so far when a speaker is asked for the next one."""
    SYSTEM = "system"
    """The system message in the dataset."""


Names = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$|^$")]


class ConversationPlan(Frozen):
    """How the conversations of a scenario go. Nobody plans their messages."""

    how: How = How.TURNS
    order: Order = Order.ALTERNATE
    opens: Names = ""
    """The speaker of the first message; by default the first that speaks as the user."""
    closes: Names = ""
    """The speaker of the last message; by default the first that speaks as the assistant."""
    messages: str = "6 to 14"
    """A template: the least and the most messages."""
    in_a_row: int = Field(default=1, ge=1, le=5)
    """Messages that a speaker may write one after the other, if a moderator chooses."""
    most_words: int = Field(default=250, ge=5, le=5000)
    """Of a message."""
    markup: bool = False
    """The assistant may write lists and other Markdown."""
    free_figures: bool = False
    """Speakers may name numbers and amounts of their own, as an offer, an example or an experience; what they were given they
    keep in any case."""
    cites: bool = False
    """Citations of passages stay in the assistant's text; else they are kept beside it."""
    passages: int = Field(default=3, ge=1, le=20)
    """Of documents: how many ground one conversation, the one of its cell and those that go with it."""
    most_of_one_document: int | None = Field(default=None, ge=1, le=20, exclude_if=lambda most: most is None)
    """Of these passages: how many may be of one document, so that a conversation rests on several."""
    system: bool = True
    """The dataset has a system message: the policy and what else the assistant is given."""
    prompts: dict[Frame, str] = Field(default_factory=dict, exclude_if=lambda given: not given)
    """Files in place of the packaged prompts that belong to no role."""


CITES = "cites"
"""Under this name the value of an axis says how many passages an answer to it has to cite."""
_COUNT = re.compile(r"[1-9]\d?")


def least_cited(said: Mapping[str, str]) -> int:
    """How many passages a value of an axis asks for, by what it says; 0 if it says nothing of it. Raises ValueError."""
    given = said.get(CITES, "")
    if given and not _COUNT.fullmatch(given):
        raise ValueError(f"{CITES}: {given[:40]!r} is no number of passages, such as 2")
    return int(given or 0)


_BOUNDS = re.compile(r"\s*(\d{1,3})\s*(?:to|-|–)\s*(\d{1,3})\s*")


def bounds_of(messages: str) -> tuple[int, int]:
    """The least and the most messages that a text such as `6 to 14` gives. Raises ValueError."""
    found = _BOUNDS.fullmatch(messages)
    least, most = (int(found[1]), int(found[2])) if found else (0, 0)
    if not 2 <= least <= most <= MOST_MESSAGES:
        turned = f"; did you mean '{most} to {least}'?" if 2 <= most < least else ""
        raise ValueError(f"{messages!r} is no range of messages such as '6 to 14', from 2 to {MOST_MESSAGES}{turned}")
    return least, most
