"""How a user speaks of a parcel, and how the assistant finds it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from scenarios.worlds.blueprint import Action, Fact, Side, Told
from scenarios.worlds.courier import names
from scenarios.worlds.courier.draw import new_parcel, new_street
from scenarios.worlds.courier.state import Courier, Direction, Parcel, ParcelStatus
from scenarios.worlds.wording import call

_TWIN = 0.35
"""How often there is another parcel from the same sender, or to the same recipient."""
_CONTENTS = 0.6
"""How often the contents are named where nothing makes it necessary."""
ON_THE_WAY = (ParcelStatus.IN_TRANSIT, ParcelStatus.AT_DEPOT)


@dataclass(frozen=True)
class About:
    """A parcel in a task."""

    tracking: str
    thing: str
    """The user's words: 'my parcel from Pebble House'."""
    yours: str
    """The same, said to the user."""
    tail: str
    """A sentence with the tracking number, where the user gives it at once; else nothing."""
    facts: tuple[Fact, ...]
    reads: tuple[Action, ...]
    """How the assistant finds and reads it."""


def in_app(tool: str, **arguments: Any) -> Action:
    """A call of the user's."""
    return Action(tool=tool, arguments=arguments, side=Side.USER)


def told(**phrases: str) -> tuple[Told, ...]:
    """What has to be told, in one phrase each."""
    return tuple(Told(what=f"the {what.replace('_', ' ')}", phrases=(phrase,)) for what, phrase in phrases.items())


def plant(state: Courier, subject: str, rng: random.Random, direction: Direction, **given: Any) -> tuple[About, Parcel]:
    """A new parcel of the user's, maybe beside one like it, and how it is spoken of."""
    tracking = new_parcel(state, rng, subject, direction=direction, **given)
    parcel = state.parcels[tracking]
    twin = rng.random() < _TWIN
    if twin:
        same = {
            "sender": parcel.sender,
            "recipient": parcel.recipient,
            "status": rng.choice((parcel.status, *ON_THE_WAY)),
        }
        new_parcel(state, rng, subject, direction=direction, **same)
    return _about(state, subject, rng, tracking, contents=twin or rng.random() < _CONTENTS), parcel


def _about(state: Courier, subject: str, rng: random.Random, tracking: str, contents: bool) -> About:
    parcel = state.parcels[tracking]
    incoming = parcel.direction is Direction.INCOMING
    whom = parcel.sender if incoming else parcel.recipient
    facts = [Fact(label="sender" if incoming else "recipient", value=whom, opening=True)]
    if contents:
        facts.append(Fact(label="contents", value=parcel.contents, opening=True))
    with_ = f" with {parcel.contents}" if contents else ""
    thing = rng.choice(
        (f"my parcel{with_} from {whom}", f"the parcel{with_} from {whom}", f"my parcel from {whom}{with_}")
        if incoming
        else (f"my parcel{with_} to {whom}", f"the parcel{with_} that I sent to {whom}", f"my parcel to {whom}{with_}")
    )
    yours = f"your parcel{with_} {'from' if incoming else 'to'} {whom}"
    if not state.app.numbers:
        return About(tracking, thing, yours, "", tuple(facts), (call("list_parcels", customer=subject), look(tracking)))
    at_once = rng.random() < 0.5
    facts.append(Fact(label="tracking number", value=tracking, opening=at_once))
    tail = rng.choice((f" The tracking number is {tracking}.", f" It has the number {tracking}.")) if at_once else ""
    return About(tracking, thing, yours, tail, tuple(facts), (look(tracking),))


def look(tracking: str) -> Action:
    """Read a parcel."""
    return call("get_parcel", tracking=tracking)


def options(tracking: str) -> Action:
    """Read what can be changed about a parcel."""
    return call("delivery_options", tracking=tracking)


@dataclass(frozen=True)
class Address:
    """Where something is to go."""

    street: str
    town: str
    said: bool
    """The user gives it at once."""

    @property
    def words(self) -> str:
        """In one line."""
        return f"{self.street}, {self.town}"

    @property
    def fact(self) -> Fact:
        """What the user knows."""
        return Fact(label="new address", value=self.words, opening=self.said)


def new_address(state: Courier, rng: random.Random) -> Address:
    """An address where nobody and nothing is yet."""
    return Address(new_street(state, rng), rng.choice(names.TOWNS), rng.random() < 0.5)
