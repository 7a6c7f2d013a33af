"""A state of the courier's world before a task is planted in it, and the parcels that tasks plant."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from typing import Any

from scenarios.worlds.blueprint import Action, Fact
from scenarios.worlds.courier import names
from scenarios.worlds.courier.state import (
    App,
    Courier,
    Customer,
    Direction,
    Parcel,
    ParcelStatus,
    Photo,
    Point,
    Setting,
)
from scenarios.worlds.world import Dial, Scene

_UNKNOWN = ("customer number", "tracking number")
_SUMS = (10_000, 20_000, 40_000)
"""What parcels are insured for, in cents."""
_ON_THE_WAY = (ParcelStatus.IN_TRANSIT, ParcelStatus.AT_DEPOT)


def draw(rng: random.Random, dial: Dial) -> Scene:
    """Customers with parcels; one of them is the user, whose app is part of the state."""
    unknown = rng.sample(_UNKNOWN, min(dial.unknown, len(_UNKNOWN)))
    people = [f"{first} {last}" for first, last in _pairs(rng, 2 + min(dial.distractors // 4, 4))]
    numbers = rng.sample(range(10_000, 100_000), len(people))
    state = Courier(
        today=rng.randint(100, 340),
        customers={},
        parcels={},
        points={},
        app=_app(rng, numbers="tracking number" not in unknown),
    )
    for name, number in zip(people, numbers, strict=True):
        street, town = new_street(state, rng), rng.choice(names.TOWNS)
        state.customers[f"C-{number}"] = Customer(name=name, phone=new_phone(state, rng), street=street, town=town)
    for name in rng.sample(names.POINTS, 3 + dial.distractors // 5):
        street = new_street(state, rng)
        hours = f"{rng.randint(18, 22)}:00"
        state.points[name] = Point(street=street, town=rng.choice(names.TOWNS), open_until=hours)
    subject = rng.choice(list(state.customers))
    others = [number for number in state.customers if number != subject]
    state.app.owner = subject
    for _ in range(dial.distractors // 3):
        new_parcel(state, rng, subject)
    for place in range(max(1, dial.distractors - dial.distractors // 3)):
        new_parcel(state, rng, others[place % len(others)])
    me = state.customers[subject]
    proof = ("phone number", me.phone) if "customer number" in unknown else ("customer number", subject)
    return Scene(
        state=state,
        subject=subject,
        user=me.name,
        facts=(Fact(label="name", value=me.name), Fact(label=proof[0], value=proof[1])),
        unknown=tuple(unknown),
        identification=(Action(tool="find_customer", arguments={"name": me.name, "number": proof[1]}),),
    )


def _pairs(rng: random.Random, count: int) -> Iterable[tuple[str, str]]:
    return zip(rng.sample(names.FIRST, count), rng.sample(names.LAST, count), strict=True)


def _app(rng: random.Random, numbers: bool) -> App:
    """An app of nobody yet. Its balance ends in 3 cents, which no other amount does."""
    return App(
        owner="",
        code=str(rng.randint(100_000, 999_999)),
        balance=rng.randint(40, 300) * 10 + 3,
        settings=dict.fromkeys(Setting, False),
        pins={},
        photos={},
        other_street=f"{rng.randint(1, 99)} {rng.choice(names.STREETS)}",
        other_town=rng.choice(names.TOWNS),
        numbers=numbers,
    )


def new_street(state: Courier, rng: random.Random) -> str:
    """A house number and street where nobody and nothing else is."""
    taken = [holder.street for kind in (state.customers, state.parcels, state.points) for holder in kind.values()]
    taken.append(state.app.other_street)
    return _fresh(rng, taken, lambda: f"{rng.randint(1, 99)} {rng.choice(names.STREETS)}")


def new_phone(state: Courier, rng: random.Random) -> str:
    """A phone number that nobody has."""
    taken = [customer.phone for customer in state.customers.values()]
    return _fresh(rng, taken, lambda: f"0{rng.randint(300, 799)}-{rng.randint(100_000, 999_999)}")


def new_person(state: Courier, rng: random.Random) -> str:
    """The name of somebody who is in no record."""
    taken = [customer.name for customer in state.customers.values()]
    taken += [name for parcel in state.parcels.values() for name in (parcel.sender, parcel.recipient)]
    return _fresh(rng, taken, lambda: f"{rng.choice(names.FIRST)} {rng.choice(names.LAST)}")


def _fresh(rng: random.Random, taken: Sequence[str], make: Any) -> str:
    while (made := make()) in taken:
        pass
    return str(made)


def new_parcel(state: Courier, rng: random.Random, customer: str, **given: Any) -> str:
    """Put a parcel of a customer somewhere among the parcels, and give its tracking number.

    `given` names fields that are not left to chance. Among the parcels of one customer no two have the same contents,
    and none has a sender (incoming) or recipient (outgoing) of another one, unless it is given.
    """
    person = state.customers[customer]
    theirs = [parcel for parcel in state.parcels.values() if parcel.customer == customer]
    direction = given.get("direction") or rng.choice(list(Direction))
    incoming = direction is Direction.INCOMING
    contents = rng.choice([what for what in names.CONTENTS if all(what != parcel.contents for parcel in theirs)])
    shop = rng.choice([shop for shop in names.SHOPS if all(shop != parcel.sender for parcel in theirs)])
    weight = rng.randint(3, 140) * 100
    made: dict[str, Any] = {
        "customer": customer,
        "direction": direction,
        "sender": shop if incoming else person.name,
        "recipient": person.name if incoming else new_person(state, rng),
        "contents": contents,
        "street": person.street if incoming else new_street(state, rng),
        "town": person.town if incoming else rng.choice(names.TOWNS),
        "weight": weight,
        "value": rng.randint(20, 300) * 100 + rng.randint(0, 9) * 10,
        "insured": rng.choice((0, *_SUMS)),
        "status": rng.choice(list(ParcelStatus)),
        "depot": rng.choice(names.DEPOTS),
        **given,
    }
    made.setdefault("price", 100 * rng.randint(4, 9) + 100 * (made["weight"] // 2000) + 90)
    made.setdefault("day", state.today + _away(rng, made["status"]))
    made.setdefault("promised", made["day"])
    if made["status"] is ParcelStatus.AT_PICKUP_POINT:
        made.setdefault("point", rng.choice(list(state.points)))
    cases = [parcel.case for parcel in state.parcels.values()]
    made["case"] = _fresh(rng, cases, lambda: f"K-{rng.randint(10_000, 99_999)}")
    tracking = _fresh(rng, list(state.parcels), lambda: f"TK{rng.randint(100_000, 999_999)}")
    _insert(state, rng, tracking, Parcel(**made))
    if customer == state.app.owner:
        _show_in_app(state, rng, tracking)
    return tracking


def _away(rng: random.Random, status: ParcelStatus) -> int:
    """How many days from now a parcel of this status is expected, or was delivered."""
    if status in _ON_THE_WAY:
        return rng.randint(1, 5)
    if status in (ParcelStatus.OUT_FOR_DELIVERY, ParcelStatus.AT_PICKUP_POINT):
        return 0
    return -rng.randint(3, 25)


def _insert(state: Courier, rng: random.Random, tracking: str, parcel: Parcel) -> None:
    """At a place that chance chooses, so that what a task is about is not always the last."""
    listed = list(state.parcels.items())
    listed.insert(rng.randint(0, len(listed)), (tracking, parcel))
    state.parcels = dict(listed)


def _show_in_app(state: Courier, rng: random.Random, tracking: str) -> None:
    parcel = state.parcels[tracking]
    if parcel.status is ParcelStatus.AT_PICKUP_POINT:
        state.app.pins[tracking] = str(rng.randint(100_000, 999_999))
    if parcel.status is ParcelStatus.DELIVERED:
        number = parcel.street.split()[0]
        door = f"a {rng.choice(names.DOORS)} door with the number {number}"
        state.app.photos[tracking] = Photo(shows=f"the parcel in front of {door}, whole and dry")
