"""The library before anything is asked, and what atoms plant in it."""

from __future__ import annotations

import random
from collections.abc import Mapping

from scenarios.worlds.blueprint import Action, Fact
from scenarios.worlds.library.names import AUTHORS, FIRST, LAST, TITLES
from scenarios.worlds.library.state import (
    BRANCHES,
    MOST_HOLDS,
    PERIOD,
    Copy,
    Ended,
    Fine,
    Format,
    Hold,
    Library,
    Loan,
    Member,
    Title,
    held_by,
    hold_id,
    queue,
    title_of,
)
from scenarios.worlds.world import Dial, Scene

CARD = "card number"
REMINDER = "reminder fee"
"""For what the user owes whatever it wants."""
_MAIL = ("postbox.example", "letters.example", "inkwell.example", "harbourmail.example")


def draw(rng: random.Random, dial: Dial) -> Scene:
    """A library on some day of a year. The first member is the user, who with `dial.unknown` may not know its card."""
    state = Library(today=rng.randint(70, 280), members={}, titles={}, copies={}, loans={}, holds={}, fines={})
    me = new_member(state, rng)
    for _ in range(dial.distractors // 2):
        new_member(state, rng)
    for _ in range(2 + dial.distractors):
        title = new_title(state, rng, author=_author(state, rng))
        for _ in range(rng.randint(1, 2)):
            new_copy(state, rng, title)
    others = [id_ for id_ in state.members if id_ != me]
    for other in others:
        new_loan(state, rng, other, _title_without(state, rng, other))
        hold(state, rng, other, _title_without(state, rng, other))
        if rng.random() < 0.5:
            new_fine(state, rng, other, rng.randrange(50, 900, 25))
    for _ in range(dial.distractors // 4):
        new_loan(state, rng, me, new_title(state, rng))
    if dial.distractors >= 6:
        hold(state, rng, me, new_title(state, rng))
        new_fine(state, rng, me, rng.randrange(40, 130, 5), REMINDER)
    user = state.members[me]
    without = dial.unknown > 0 and (dial.unknown >= dial.goals or rng.random() < 0.5)
    facts = [Fact(label="name", value=user.name), Fact(label="year of birth", value=str(user.birth_year))]
    if not without:
        facts.insert(1, Fact(label=CARD, value=user.card))
    by_name = Action(tool="find_member_by_name", arguments={"name": user.name, "birth_year": user.birth_year})
    by_card = Action(tool="find_member", arguments={"card": user.card, "birth_year": user.birth_year})
    return Scene(
        state=state,
        subject=me,
        user=user.name,
        facts=tuple(facts),
        identification=(by_name if without else by_card,),
        unknown=(CARD,) if without else (),
    )


def fresh(taken: Mapping[str, object], rng: random.Random, letter: str, low: int, high: int) -> str:
    """An id that is not taken."""
    while (id_ := f"{letter}-{rng.randint(low, high)}") in taken:
        pass
    return id_


def new_member(state: Library, rng: random.Random) -> str:
    """A further member, with a name of its own."""
    names = [member.name for member in state.members.values()]
    while (name := f"{rng.choice(FIRST)} {rng.choice(LAST)}") in names:
        pass
    cards = [member.card for member in state.members.values()]
    while (card := str(rng.randint(30_000, 79_999))) in cards:
        pass
    id_ = fresh(state.members, rng, "M", 10, 99)
    state.members[id_] = Member(
        card=card,
        name=name,
        birth_year=rng.randint(1938, 2006),
        email=new_email(state, rng, name),
        credit=rng.randrange(2500, 6000, 10),
    )
    return id_


def new_email(state: Library, rng: random.Random, name: str) -> str:
    """An address for `name` that nobody has."""
    first, last = name.lower().replace("ö", "o").split()
    taken = [member.email for member in state.members.values()]
    while True:
        local = rng.choice((f"{first}.{last}", f"{first[0]}.{last}", f"{last}{rng.randint(10, 99)}", f"{first}_{last}"))
        if (email := f"{local}@{rng.choice(_MAIL)}") not in taken:
            return email


def someone(state: Library, subject: str, rng: random.Random, without: str = "") -> str:
    """Another member, who neither waits for nor has `without`, and can wait for more; a new one where there is none."""
    others = [
        id_
        for id_ in state.members
        if id_ != subject and without not in _titles_of(state, id_) and held_by(state, id_) < MOST_HOLDS
    ]
    return rng.choice(others) if others else new_member(state, rng)


def new_title(
    state: Library,
    rng: random.Random,
    author: str = "",
    like: str = "",
    format_: Format = Format.BOOK,
) -> str:
    """A further title without copies: of a new author, of `author`, or another edition of the title `like`."""
    id_ = fresh(state.titles, rng, "T", 100, 999)
    if like:
        state.titles[id_] = state.titles[like].model_copy(update={"format": format_})
        return id_
    taken = {title.name for title in state.titles.values()}
    name, about = rng.choice([pair for pair in TITLES if pair[0] not in taken])
    price = rng.randrange(1190, 2890, 50)
    state.titles[id_] = Title(
        name=name, author=author or new_author(state, rng), about=about, format=format_, price=price
    )
    return id_


def new_author(state: Library, rng: random.Random) -> str:
    """An author of no title yet, or any where all have some."""
    taken = {title.author for title in state.titles.values()}
    return rng.choice([author for author in AUTHORS if author not in taken] or AUTHORS)


def _author(state: Library, rng: random.Random) -> str:
    """For every third title an author that has one already."""
    known = [title.author for title in state.titles.values()]
    return rng.choice(known) if known and rng.random() < 0.3 else ""


def new_copy(state: Library, rng: random.Random, title: str, stands: bool = True) -> str:
    """A copy of a title."""
    id_ = fresh(state.copies, rng, "C", 1000, 9999)
    shelf = f"{rng.choice('ABCDEFGHJK')}{rng.randint(100, 999)}"
    state.copies[id_] = Copy(title=title, branch=rng.choice(BRANCHES), shelf=shelf, stands=stands)
    return id_


def new_loan(
    state: Library, rng: random.Random, member: str, title: str, due_in: int | None = None, renewals: int | None = None
) -> str:
    """A new copy of a title, lent to a member; due in some days, or some days ago."""
    number = rng.randint(5000, 9999)
    while f"L-{number}" in state.loans or f"F-{number}" in state.fines:
        number = rng.randint(5000, 9999)
    due = state.today + (rng.randint(1, 18) if due_in is None else due_in)
    made = rng.randint(0, 1) if renewals is None else renewals
    state.loans[f"L-{number}"] = Loan(
        member=member,
        copy_id=new_copy(state, rng, title, stands=False),
        lent=due - PERIOD * (1 + made),
        due=due,
        renewals=made,
    )
    return f"L-{number}"


def hold(state: Library, rng: random.Random, member: str, title: str, branch: str = "", ready: bool = False) -> str:
    """A member in the queue for a title, since some day before today."""
    id_ = hold_id(member, title)
    state.holds[id_] = Hold.model_validate(
        {
            "member": member,
            "title": title,
            "branch": branch or rng.choice(BRANCHES),
            "since": state.today - rng.randint(1, 40),
            "ready": ready,
        }
    )
    return id_


def others_wait(state: Library, rng: random.Random, subject: str, title: str, most: int = 3) -> int:
    """Some other members in the queue for a title; how many wait now."""
    for _ in range(rng.randint(1, most)):
        hold(state, rng, someone(state, subject, rng, without=title), title)
    return len(queue(state, title))


def new_fine(state: Library, rng: random.Random, member: str, amount: int, reason: str = "late return") -> str:
    """A fine for a title of its own."""
    id_ = fresh(state.fines, rng, "F", 1000, 4999)
    since = state.today - rng.randint(3, 60)
    state.fines[id_] = Fine(member=member, title=new_title(state, rng), reason=reason, amount=amount, since=since)
    return id_


def _titles_of(state: Library, member: str) -> set[str]:
    lent = {
        title_of(state, loan) for loan in state.loans.values() if loan.member == member and loan.ended is Ended.OPEN
    }
    return lent | {hold.title for hold in state.holds.values() if hold.member == member}


def _title_without(state: Library, rng: random.Random, member: str) -> str:
    taken = _titles_of(state, member)
    return rng.choice([id_ for id_ in state.titles if id_ not in taken])
