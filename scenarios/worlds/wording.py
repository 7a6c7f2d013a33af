"""Short words for what worlds, atoms and right dialogues say. Pure."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from scenarios.worlds.blueprint import Action


def call(tool: str, **arguments: Any) -> Action:
    """A call of the assistant's."""
    return Action(tool=tool, arguments=arguments)


def pick(rng: random.Random, *wordings: str) -> str:
    """One of several wordings."""
    return rng.choice(wordings)


def listed(words: Sequence[str]) -> str:
    """'a, b and c'."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def capital(text: str) -> str:
    """With a capital letter at its start."""
    return text[:1].upper() + text[1:]


def money(cents: int) -> str:
    """An amount as people write it: 450 → 4.50."""
    return f"{cents // 100}.{cents % 100:02d}"
