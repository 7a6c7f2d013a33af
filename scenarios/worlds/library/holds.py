"""Goals about holds: placed, moved, cancelled, and what has to be refused of it."""

from __future__ import annotations

import random

from scenarios.worlds.blueprint import Fact, Goal
from scenarios.worlds.library.drawing import (
    hold,
    new_author,
    new_copy,
    new_fine,
    new_loan,
    new_title,
    others_wait,
    someone,
)
from scenarios.worlds.library.goals import after, asked, opening, told
from scenarios.worlds.library.state import (
    BRANCHES,
    FINES_FOR_HOLDS,
    MOST_HOLDS,
    Format,
    Library,
    held_by,
    hold_id,
    ordinal,
    owed,
    queue,
)
from scenarios.worlds.wording import call, money, pick
from scenarios.worlds.world import Atom

TITLE = "the title"
PICK_UP = "the pick-up branch"
_WORDS = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")


def wanted(state: Library, subject: str, rng: random.Random, title: str = "") -> tuple[str, str]:
    """A title of which every copy is lent, and its name."""
    title = title or new_title(state, rng)
    for _ in range(rng.randint(1, 2)):
        new_loan(state, rng, someone(state, subject, rng, without=title), title)
    if rng.random() < 0.5:
        others_wait(state, rng, subject, title, most=2)
    return title, state.titles[title].name


def held(state: Library, subject: str, rng: random.Random, ready: bool = False) -> tuple[str, str, str]:
    """A hold of the user's, the name of its title, and its branch."""
    title, name = wanted(state, subject, rng)
    id_ = hold(state, rng, subject, title, ready=ready)
    return id_, name, state.holds[id_].branch


def full(state: Library, subject: str) -> bool:
    return held_by(state, subject) >= MOST_HOLDS


def _place(state: Library, title: str) -> str:
    """The place in the queue that the next hold on a title gets."""
    return ordinal(len(queue(state, title)) + 1)


def _waiting(place: str) -> str:
    return "nobody is before you" if place == "1st" else f"you will be the {place} in the queue"


def _hold(state: Library, subject: str, rng: random.Random) -> Goal | None:
    if full(state, subject):
        return None
    title, name = wanted(state, subject, rng)
    asks = pick(
        rng,
        f"I would like to reserve {name}.",
        f"Could you put me down for {name}?",
        f"I keep missing {name} on the shelves. Can you hold it for me?",
        f"Please let me have {name} as soon as a copy comes back.",
    )
    wants = f"you want a hold on {name}"
    return _placing(state, subject, rng, "hold", title, wants, asks, (opening(TITLE, name),), query=name)


def _placing(
    state: Library,
    subject: str,
    rng: random.Random,
    atom: str,
    title: str,
    wants: str,
    asks: str,
    facts: tuple[Fact, ...],
    query: str,
) -> Goal:
    """A goal that is met by one hold. The branch is for the assistant to ask for."""
    branch, place = rng.choice(BRANCHES), _place(state, title)
    about = state.titles[title]
    what = about.name if about.format is Format.BOOK else f"the {about.format} of {about.name}"
    return Goal(
        atom=atom,
        wants=f"{wants}, and to pick it up at {branch}",
        asks=asks,
        facts=(*facts, asked(PICK_UP, branch)),
        actions=(
            call("search_titles", query=query),
            call("place_hold", member=subject, title=title, branch=branch),
        ),
        tell=(told("the place in the queue", *_place_phrases(place)), told("the branch", branch)),
        found=f"No copy of {what}, number {title}, is on a shelf at the moment; {_waiting(place)}.",
        answer=pick(
            rng,
            f"I have placed a hold on {what} for you. You are the {place} in the queue, and you can pick it up at "
            f"{branch}.",
            f"A hold on {what} has been placed for pick-up at {branch}; you are the {place} in the queue.",
        ),
        holds=(after("holds", hold_id(subject, title), "branch", equals=branch),),
    )


def _place_phrases(place: str) -> tuple[str, ...]:
    number = int(place[:-2])
    return place, _WORDS[number], f"number {number}", f"place {number}", f"position {number}"


def _hold_by_subject(state: Library, subject: str, rng: random.Random) -> Goal | None:
    if full(state, subject):
        return None
    author = new_author(state, rng)
    title, _ = wanted(state, subject, rng, new_title(state, rng, author=author))
    new_copy(state, rng, new_title(state, rng, author=author))
    about = state.titles[title].about
    wants = f"you want a hold on the book by {author} about {about}, whose title you do not know"
    asks = pick(
        rng,
        f"I am looking for a book by {author}, but I do not know the title. Can you reserve it for me?",
        f"A friend praised a book by {author} to me; I have forgotten what it is called. I would like to reserve it.",
        f"Can you put something by {author} on hold for me? I cannot tell you the title.",
    )
    facts = opening("the author", author), asked("the subject", about)
    return _placing(state, subject, rng, "hold_by_subject", title, wants, asks, facts, query=author)


def _hold_edition(state: Library, subject: str, rng: random.Random) -> Goal | None:
    if full(state, subject):
        return None
    title, name = wanted(state, subject, rng)
    edition = rng.choice((Format.AUDIO, Format.LARGE_PRINT))
    other, _ = wanted(state, subject, rng, new_title(state, rng, like=title, format_=edition))
    wants = f"you want a hold on the {edition} of {name}, not on the ordinary book"
    asks = pick(
        rng,
        f"I would like to reserve {name}, and it has to be the {edition}.",
        f"Could you put me down for the {edition} of {name}?",
        f"Please hold {name} for me, as {'an audio book' if edition is Format.AUDIO else 'large print'}.",
    )
    facts = opening(TITLE, name), opening("the format", edition)
    return _placing(state, subject, rng, "hold_edition", other, wants, asks, facts, query=name)


def _hold_or_shelf(state: Library, subject: str, rng: random.Random) -> Goal | None:
    """Told where it stands if it is there; else a hold."""
    if full(state, subject):
        return None
    title, name = wanted(state, subject, rng)
    wants = f"you want to know where {name} stands, if a copy is on a shelf; only if none is, you want a hold on it"
    asks = pick(
        rng,
        f"Is there a copy of {name} on a shelf anywhere? If not, please reserve it for me.",
        f"I would like to read {name}. Tell me where I find it, or put me in the queue if it is out.",
        f"If {name} is in, I will fetch it myself, so tell me where it is. If it is not, I would like to reserve it.",
    )
    if rng.random() < 0.5:
        return _placing(state, subject, rng, "hold_or_shelf", title, wants, asks, (opening(TITLE, name),), query=name)
    for id_ in queue(state, title):
        del state.holds[id_]
    copy, branch = state.copies[new_copy(state, rng, title)], rng.choice(BRANCHES)
    return Goal(
        atom="hold_or_shelf",
        wants=f"{wants}, and to pick it up at {branch}",
        asks=asks,
        facts=(opening(TITLE, name), asked(PICK_UP, branch)),
        actions=(call("search_titles", query=name),),
        tell=(told("where it stands", f"{copy.branch}, shelf {copy.shelf}", copy.shelf),),
        answer=pick(
            rng,
            f"You are lucky: a copy of {name} stands at {copy.branch}, shelf {copy.shelf}.",
            f"There is a copy of {name} at {copy.branch}, shelf {copy.shelf}, so you need not wait for it.",
        ),
    )


def _place_in_queue(state: Library, subject: str, rng: random.Random) -> Goal | None:
    if full(state, subject):
        return None
    id_, name, branch = held(state, subject, rng)
    place = ordinal(queue(state, state.holds[id_].title).index(id_) + 1)
    return Goal(
        atom="place_in_queue",
        wants=f"you want to know which place you have in the queue for {name}; you want nothing changed",
        asks=pick(
            rng,
            f"How far up am I in the queue for {name}?",
            f"I have been waiting for {name} for a while. How many are before me?",
            f"Could you tell me my place in the queue for {name}?",
        ),
        facts=(opening(TITLE, name),),
        actions=(call("list_holds", member=subject),),
        tell=(told("the place in the queue", *_place_phrases(place)),),
        answer=pick(
            rng,
            f"You are the {place} in the queue for {name}, which you will pick up at {branch}.",
            f"For {name} you are the {place} in the queue.",
        ),
    )


def _cancel(state: Library, subject: str, rng: random.Random) -> Goal | None:
    if full(state, subject):
        return None
    id_, name, _ = held(state, subject, rng, ready=rng.random() < 0.3)
    return Goal(
        atom="cancel",
        wants=f"you no longer want to wait for {name}",
        asks=pick(
            rng,
            f"I do not need {name} any more. Please take me out of the queue.",
            f"Could you cancel my reservation of {name}?",
            f"Somebody has given me {name} as a present, so I no longer need the hold on it.",
        ),
        facts=(opening(TITLE, name),),
        actions=(call("list_holds", member=subject), call("cancel_hold", hold=id_)),
        tell=(told("the title that is no longer waited for", name),),
        found=f"Your hold on {name} has the number {id_}.",
        answer=pick(rng, f"I have cancelled your hold on {name}.", f"Your hold on {name} has been cancelled."),
        holds=(after("holds", id_, equals=None),),
    )


def _move(state: Library, subject: str, rng: random.Random) -> Goal | None:
    if full(state, subject):
        return None
    id_, name, old = held(state, subject, rng)
    branch = rng.choice([branch for branch in BRANCHES if branch != old])
    return Goal(
        atom="move",
        wants=f"you want to pick {name}, which you wait for, up at {branch}",
        asks=pick(
            rng,
            f"I am waiting for {name}, but {old} is too far for me now. Can I pick it up somewhere else?",
            f"I have moved house. Could {name}, when it comes, go to another branch than {old}?",
            f"Please send {name} to another branch for me, not to {old}.",
        ),
        facts=(opening(TITLE, name), opening("the present branch", old), asked("the new branch", branch)),
        actions=(call("list_holds", member=subject), call("move_hold", hold=id_, branch=branch)),
        tell=(told("the new branch", branch),),
        found=f"Your hold on {name}, number {id_}, is for pick-up at {old}, and no copy is ready yet.",
        answer=pick(
            rng,
            f"I have changed the pick-up branch of {name} to {branch}.",
            f"The pick-up branch of {name} has been changed to {branch}.",
        ),
        holds=(after("holds", id_, "branch", equals=branch),),
    )


def _swap(state: Library, subject: str, rng: random.Random) -> Goal | None:
    """As many holds as are allowed: one has to go before the next can come."""
    if full(state, subject):
        return None
    old, old_name, _ = held(state, subject, rng)
    while not full(state, subject):
        held(state, subject, rng)
    title, name = wanted(state, subject, rng)
    branch, place = rng.choice(BRANCHES), _place(state, title)
    return Goal(
        atom="swap",
        wants=f"you want a hold on {name} for pick-up at {branch}, in place of your hold on {old_name}",
        asks=pick(
            rng,
            f"I would like to reserve {name}, and I can do without {old_name} for that.",
            f"My list of holds is full. Please take {old_name} off it and put {name} on it.",
            f"Could you swap my hold on {old_name} for one on {name}?",
        ),
        facts=(opening(TITLE, name), opening("the title to give up", old_name), asked(PICK_UP, branch)),
        actions=(
            call("list_holds", member=subject),
            call("search_titles", query=name),
            call("cancel_hold", hold=old),
            call("place_hold", member=subject, title=title, branch=branch),
        ),
        tell=(
            told("the title that is no longer waited for", old_name),
            told("the place in the queue", *_place_phrases(place)),
        ),
        found=f"You have 5 holds, which is the most. Your hold on {old_name} is {old}, and {name} is {title}.",
        answer=pick(
            rng,
            f"I have cancelled your hold on {old_name}, and I have placed one on {name}: you are the {place} in the "
            f"queue, for pick-up at {branch}.",
            f"Your hold on {old_name} has been cancelled. A hold on {name} has been placed for {branch}, where you are "
            f"the {place} in the queue.",
        ),
        holds=(after("holds", old, equals=None), after("holds", hold_id(subject, title), "branch", equals=branch)),
    )


def _pay_then_hold(state: Library, subject: str, rng: random.Random) -> Goal | None:
    """So much is open in fines that one has to be paid before a hold can be placed."""
    if full(state, subject) or owed(state, subject) > FINES_FOR_HOLDS:
        return None
    title, name = wanted(state, subject, rng)
    fine = new_fine(state, rng, subject, FINES_FOR_HOLDS + rng.randrange(50, 800, 10), "late return")
    amount, cause = money(state.fines[fine].amount), state.titles[state.fines[fine].title].name
    branch, place = rng.choice(BRANCHES), _place(state, title)
    return Goal(
        atom="pay_then_hold",
        wants=(
            f"you want a hold on {name} for pick-up at {branch}; if your fine for {cause} is in the way, you want it "
            "paid from your credit first"
        ),
        asks=pick(
            rng,
            f"I would like to reserve {name}. If the fine for {cause} is in the way, take it from my credit.",
            f"Could you put me down for {name}? I know that there is a fine for {cause}; pay it from my credit if that "
            "has to be.",
            f"Your website does not let me reserve {name}, I think because of {cause}. I would pay that fine from my "
            "credit.",
        ),
        facts=(opening(TITLE, name), opening("the title of the fine", cause), asked(PICK_UP, branch)),
        actions=(
            call("search_titles", query=name),
            call("list_fines", member=subject),
            call("pay_fine", fine=fine),
            call("place_hold", member=subject, title=title, branch=branch),
        ),
        tell=(told("the amount that was paid", amount), told("the place in the queue", *_place_phrases(place))),
        found=(
            f"The fine for {cause}, {fine}, is {amount} euros. While more than 10.00 is open I cannot place a hold on "
            f"{name}, which is {title}; after the payment I can."
        ),
        answer=pick(
            rng,
            f"I have paid the fine of {amount} euros from your credit, and I have placed a hold on {name} for pick-up "
            f"at {branch}. You are the {place} in the queue.",
            f"The fine of {amount} euros has been paid. A hold on {name} has been placed for {branch}, and you are the "
            f"{place} in the queue.",
        ),
        holds=(
            after("fines", fine, "settled", equals="paid"),
            after("holds", hold_id(subject, title), "branch", equals=branch),
        ),
    )


ATOMS = (
    Atom("hold", _hold),
    Atom("hold_by_subject", _hold_by_subject, unknown=1),
    Atom("hold_edition", _hold_edition),
    Atom("hold_or_shelf", _hold_or_shelf),
    Atom("place_in_queue", _place_in_queue),
    Atom("cancel", _cancel),
    Atom("move", _move),
    Atom("swap", _swap),
    Atom("pay_then_hold", _pay_then_hold),
)
