"""The library's state: members, titles and their copies, loans, holds and fines, on one day. Amounts are in cents; days
are counted from 1 January of this year, which is day 1."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal, get_args

from pydantic import BaseModel, ConfigDict

from scenarios.worlds.world import State

Branch = Literal["Harbour", "Hillside", "Mill Lane", "Old Town"]
BRANCHES: tuple[Branch, ...] = get_args(Branch)

PERIOD = 21
"""Days of a loan, and of a renewal."""
MOST_RENEWALS = 2
LATEST_RENEWAL = 14
"""Days after the due date when a loan can no longer be renewed."""
MOST_HOLDS = 5
FINES_FOR_HOLDS = 1000
"""Open fines above which no new hold is placed."""
WAIVED_UNDER = 300

_MONTHS = {
    "January": 31, "February": 28, "March": 31, "April": 30, "May": 31, "June": 30, "July": 31, "August": 31,
    "September": 30, "October": 31, "November": 30, "December": 31,
}  # fmt: skip


class Format(StrEnum):
    """What a title comes as."""

    BOOK = "book"
    LARGE_PRINT = "large print"
    AUDIO = "audio book"


class Ended(StrEnum):
    """How a loan ended."""

    OPEN = "open"
    RETURNED = "returned"
    LOST = "lost"


class Settled(StrEnum):
    """What became of a fine."""

    OPEN = "open"
    PAID = "paid"
    WAIVED = "waived"


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Member(_Record):
    """A member. The card number with the year of birth proves who it is."""

    card: str
    name: str
    birth_year: int
    email: str
    credit: int
    """What the member has paid in, and fines are paid from."""
    blocked: bool = False
    """Neither renewals nor holds until no fine is open."""
    waived_on: int | None = None
    """The day of the last fine that was waived."""


class Title(_Record):
    """What can be borrowed, whichever copy."""

    name: str
    author: str
    about: str
    format: Format
    price: int
    """What a lost copy costs."""


class Copy(_Record):
    """One copy of a title, and its place."""

    title: str
    branch: Branch
    shelf: str
    stands: bool
    """It stands on its shelf, whatever the lists say."""
    lost: bool = False


class Loan(_Record):
    """A copy lent to a member."""

    member: str
    copy_id: str
    lent: int
    due: int
    renewals: int = 0
    ended: Ended = Ended.OPEN


class Hold(_Record):
    """A member waits for a title. Its number is that of the title and of the member, so that it depends on no order."""

    member: str
    title: str
    branch: Branch
    since: int
    ready: bool = False
    """A copy waits at the branch to be picked up."""


class Fine(_Record):
    """What a member owes, or owed."""

    member: str
    title: str
    reason: str
    amount: int
    since: int
    settled: Settled = Settled.OPEN


class Library(State):
    """Everything by id."""

    today: int
    members: dict[str, Member]
    titles: dict[str, Title]
    copies: dict[str, Copy]
    loans: dict[str, Loan]
    holds: dict[str, Hold]
    fines: dict[str, Fine]


def day(number: int) -> str:
    """A day as people write it: '28 March', or '28 March last year'."""
    last_year = number < 1
    left = number + 365 if last_year else number
    for month, length in _MONTHS.items():
        if left <= length:
            return f"{left} {month}{' last year' if last_year else ''}"
        left -= length
    raise ValueError(f"day {number} is not in this year or the last")


def ordinal(number: int) -> str:
    """A place in a queue as people write it: '1st', '2nd'."""
    ends = {1: "st", 2: "nd", 3: "rd"}
    return f"{number}{'th' if 11 <= number % 100 <= 13 else ends.get(number % 10, 'th')}"


def hold_id(member: str, title: str) -> str:
    """The number of a member's hold on a title."""
    return f"H-{title.removeprefix('T-')}{member.removeprefix('M-')}"


def title_of(state: Library, loan: Loan) -> str:
    """The id of the title that was lent."""
    return state.copies[loan.copy_id].title


def queue(state: Library, title: str) -> list[str]:
    """The holds on a title, the first in the queue first."""
    waiting = [id_ for id_, hold in state.holds.items() if hold.title == title]
    return sorted(waiting, key=lambda id_: (state.holds[id_].since, id_))


def on_loan(state: Library, copy: str) -> bool:
    """Whether a copy is lent as the lists say."""
    return any(loan.copy_id == copy and loan.ended is Ended.OPEN for loan in state.loans.values())


def on_shelf(state: Library, title: str) -> list[str]:
    """The copies of a title that can be taken from the shelf."""
    return [
        id_
        for id_, copy in state.copies.items()
        if copy.title == title and copy.stands and not copy.lost and not on_loan(state, id_)
    ]


def held_by(state: Library, member: str) -> int:
    """How many holds a member has."""
    return sum(hold.member == member for hold in state.holds.values())


def open_fines(state: Library, member: str) -> dict[str, Fine]:
    """A member's open fines by id."""
    return {id_: f for id_, f in state.fines.items() if f.member == member and f.settled is Settled.OPEN}


def owed(state: Library, member: str) -> int:
    """The sum of a member's open fines."""
    return sum(fine.amount for fine in open_fines(state, member).values())


def _everything_has_its_own(state: Library) -> bool:
    return (
        all(copy.title in state.titles for copy in state.copies.values())
        and all(loan.member in state.members and loan.copy_id in state.copies for loan in state.loans.values())
        and all(hold.member in state.members and hold.title in state.titles for hold in state.holds.values())
        and all(fine.member in state.members and fine.title in state.titles for fine in state.fines.values())
    )


def _lent_once(state: Library) -> bool:
    lent = [loan.copy_id for loan in state.loans.values() if loan.ended is Ended.OPEN]
    return len(lent) == len(set(lent)) and not any(state.copies[copy].lost for copy in lent)


def _waits_for_no_own_loan(state: Library) -> bool:
    lent = {hold_id(loan.member, title_of(state, loan)) for loan in state.loans.values() if loan.ended is Ended.OPEN}
    return not lent & set(state.holds)


def _few_holds(state: Library) -> bool:
    return all(held_by(state, member) <= MOST_HOLDS for member in state.members)


INVARIANTS = {
    "everything belongs to what exists": _everything_has_its_own,
    "a copy is lent once, and not when lost": _lent_once,
    "nobody waits for what he has on loan": _waits_for_no_own_loan,
    "nobody has more holds than are allowed": _few_holds,
    "a hold has its number": lambda state: all(
        id_ == hold_id(hold.member, hold.title) for id_, hold in state.holds.items()
    ),
    "no loan is due before it began": lambda state: all(loan.lent <= loan.due for loan in state.loans.values()),
    "credit is never below nothing": lambda state: all(member.credit >= 0 for member in state.members.values()),
    "a fine is above nothing": lambda state: all(fine.amount > 0 for fine in state.fines.values()),
    "who owes nothing is not blocked": lambda state: all(
        not member.blocked or bool(open_fines(state, id_)) for id_, member in state.members.items()
    ),
}
