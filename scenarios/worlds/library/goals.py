"""Short words for what all atoms of the library say."""

from __future__ import annotations

from typing import Any

from scenarios.worlds.blueprint import Condition, Fact, Told

_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def opening(label: str, value: str) -> Fact:
    """A fact that the user says at once."""
    return Fact(label=label, value=value, opening=True)


def asked(label: str, value: str) -> Fact:
    """A fact that the user says when it is asked for it."""
    return Fact(label=label, value=value)


def told(what: str, *phrases: str) -> Told:
    """What the user has to hear, in one of these phrases. The answer holds the first."""
    return Told(what=what, phrases=phrases)


def after(*path: str, equals: Any) -> Condition:
    """What stands at a path of the state in the end."""
    return Condition(path=path, equals=equals)


def times(number: int) -> str:
    """How many renewals, in words."""
    return ("no renewal so far", "one renewal so far", "two renewals already")[number]


def wait(number: int) -> str:
    """How many others wait, in words."""
    if number == 0:
        return "nobody else is waiting"
    return "one other member is waiting" if number == 1 else f"{_NUMBERS[number]} other members are waiting"
