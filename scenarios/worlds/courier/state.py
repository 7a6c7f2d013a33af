"""What the courier's world holds, and how its days, amounts and weights are written."""

from __future__ import annotations

import re
from datetime import date, timedelta
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

from scenarios.worlds.wording import money
from scenarios.worlds.world import State

_NEW_YEAR = date(2001, 1, 1)
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


FEES = ((2_000, 290), (6_000, 590), (10_000, 990), (15_000, 1_490))
"""Up to how many grams a redirect costs how many cents."""


class ParcelStatus(StrEnum):
    """Where a parcel is."""

    IN_TRANSIT = "in transit"
    AT_DEPOT = "at the depot"
    OUT_FOR_DELIVERY = "out for delivery"
    AT_PICKUP_POINT = "at the pickup point"
    DELIVERED = "delivered"
    LOST = "lost"


class Direction(StrEnum):
    """Whether the customer gets the parcel or sent it."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


class Slot(StrEnum):
    """When on a day a parcel is brought."""

    DAYTIME = "daytime"
    EVENING = "evening"


class Reason(StrEnum):
    """What a claim is about: the parcel is …"""

    LATE = "late"
    LOST = "lost"
    DAMAGED = "damaged"
    MISDELIVERED = "misdelivered"


class Setting(StrEnum):
    """What can be switched on in the app."""

    UNATTENDED = "unattended"
    EVENING = "evening"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Customer(_Record):
    """A customer of the courier."""

    name: str
    phone: str
    street: str
    town: str
    verified: bool = False
    """The code of the app was checked in this talk."""


class Redirect(_Record):
    """Another address for a parcel; it counts when its fee is paid."""

    street: str
    town: str
    country: str
    fee: int
    """In cents."""
    paid: bool = False


class Claim(_Record):
    """A claim for a parcel, and what was refunded on it, in cents."""

    number: str
    reason: Reason
    refunded: int = 0


class Parcel(_Record):
    """A parcel of one customer. Amounts are in cents, weights in grams, days count from New Year."""

    customer: str
    direction: Direction
    sender: str
    recipient: str
    contents: str
    street: str
    town: str
    weight: int
    value: int
    price: int
    insured: int
    """The sum that it is insured for; 0 where it is not."""
    status: ParcelStatus
    case: str
    """The number that a claim for it gets."""
    day: int
    """The day it was delivered, or is expected."""
    promised: int
    depot: str
    slot: Slot = Slot.DAYTIME
    point: str = ""
    safe_place: str = ""
    collector: str = ""
    redirect: Redirect | None = None
    claim: Claim | None = None


class Point(_Record):
    """A pickup point."""

    street: str
    town: str
    open_until: str


class Photo(_Record):
    """The photo of a delivery, and what can be seen on it."""

    shows: str
    damaged: bool = False
    elsewhere: bool = False
    """Another door than the one that the parcel was for."""


class App(_Record):
    """The user's account, which only the user sees."""

    owner: str
    code: str
    locked: bool = False
    """The user cannot get into it."""
    balance: int
    """In cents."""
    settings: dict[Setting, bool]
    pins: dict[str, str]
    """By tracking number, for what waits at a pickup point."""
    photos: dict[str, Photo]
    """By tracking number, for what was delivered."""
    other_street: str
    other_town: str
    """Another address of the user's, of which the courier knows nothing."""
    numbers: bool = True
    """The user has the tracking numbers at hand."""


class Courier(State):
    """Customers by number, parcels by tracking number, pickup points by name."""

    today: int
    customers: dict[str, Customer]
    parcels: dict[str, Parcel]
    points: dict[str, Point]
    app: App


def euros(cents: int) -> str:
    """450 → '4.50 euros'."""
    return f"{money(cents)} euros"


def cents(text: object) -> int:
    """'4.50 euros' → 450; -1 where it is no amount."""
    found = re.fullmatch(r"(\d{1,6})\.(\d\d) euros", str(text), re.ASCII)
    return int(found[1]) * 100 + int(found[2]) if found else -1


def day_of(number: int) -> str:
    """87 → '28 March'; days count from 1 at New Year."""
    on = _NEW_YEAR + timedelta(days=number - 1)
    return f"{on.day} {_MONTHS[on.month - 1]}"


def kilos(grams: int) -> str:
    """2400 → '2.4 kg'."""
    return f"{grams / 1000:.1f} kg"


def fee_of(parcel: Parcel) -> int:
    """What redirecting a parcel costs, by its weight, in cents."""
    return next((fee for up_to, fee in FEES if parcel.weight <= up_to), FEES[-1][1])


def days_offered(parcel: Parcel) -> list[int]:
    """The days to which its delivery can be moved."""
    return [parcel.day + later for later in range(1, 5)]


def last_day_to_claim(parcel: Parcel) -> int:
    """The day up to which a claim can be opened: 30 days from the delivery, or from the promised day without one."""
    return (parcel.day if parcel.status is ParcelStatus.DELIVERED else parcel.promised) + 30


def due(parcel: Parcel, reason: Reason) -> int:
    """What is refunded on a claim for this reason, in cents."""
    if reason is Reason.MISDELIVERED:
        return 0
    if reason is Reason.LATE or not parcel.insured:
        return parcel.price
    return min(parcel.value, parcel.insured)
