"""Goals about loans: renewals, copies that came back or are lost, and what has to be refused of it."""

from __future__ import annotations

import random

from scenarios.worlds.blueprint import Action, Fact, Goal
from scenarios.worlds.library.drawing import (
    new_author,
    new_loan,
    new_title,
    others_wait,
    someone,
)
from scenarios.worlds.library.goals import after, asked, opening, times, told, wait
from scenarios.worlds.library.state import BRANCHES, PERIOD, Ended, Format, Library, day, hold_id, title_of
from scenarios.worlds.wording import call, listed, money, pick
from scenarios.worlds.world import Atom

TITLE = "the title"


def lend(
    state: Library,
    subject: str,
    rng: random.Random,
    title: str = "",
    due_in: int | None = None,
    made: int | None = None,
) -> tuple[str, str]:
    """A further loan of the user's, and the name of its title."""
    title = title or new_title(state, rng)
    due_in = rng.randint(-6, 9) if due_in is None else due_in
    return new_loan(state, rng, subject, title, due_in, made), state.titles[title].name


def _renewed(state: Library, loan: str) -> str:
    """The due date after a renewal."""
    return day(max(state.loans[loan].due, state.today) + PERIOD)


def is_due(state: Library, loan: str) -> str:
    due = state.loans[loan].due
    return f"{'was' if due < state.today else 'is'} due on {day(due)}"


def _seen(state: Library, loan: str) -> str:
    """What the assistant says of a loan that can be renewed."""
    lent = state.loans[loan]
    name = state.titles[title_of(state, lent)].name
    return f"{name}, loan {loan}, {is_due(state, loan)}; it has had {times(lent.renewals)}, and nobody else is waiting."


def _renewing(
    state: Library, subject: str, rng: random.Random, atom: str, loan: str, wants: str, asks: str, *facts: Fact
) -> Goal:
    """A goal that is met by one renewal."""
    name, until = state.titles[title_of(state, state.loans[loan])].name, _renewed(state, loan)
    return Goal(
        atom=atom,
        wants=wants,
        asks=asks,
        facts=facts,
        actions=(call("list_loans", member=subject), call("renew_loan", loan=loan)),
        tell=(told("the new due date", until),),
        found=_seen(state, loan),
        answer=pick(
            rng,
            f"I have renewed {name}. It is now due on {until}.",
            f"{name} has been renewed; you can keep it until {until}.",
            f"That worked: I have renewed {name}, and the new due date is {until}.",
        ),
        holds=(after("loans", loan, "renewals", equals=state.loans[loan].renewals + 1),),
    )


def _renew(state: Library, subject: str, rng: random.Random) -> Goal:
    loan, name = lend(state, subject, rng)
    wants = f"you want to keep {name}, which you have on loan, for longer"
    asks = pick(
        rng,
        f"I would like to keep {name} for a while longer.",
        f"Can you renew {name} for me, please?",
        f"I have not finished {name} yet. Could you extend the loan?",
        f"I am still reading {name}, and I would be glad of a few more weeks with it.",
    )
    return _renewing(state, subject, rng, "renew", loan, wants, asks, opening(TITLE, name))


def _renew_by_author(state: Library, subject: str, rng: random.Random) -> Goal:
    author = new_author(state, rng)
    mine, other = rng.sample(range(-4, 18), 2)
    loan, _ = lend(state, subject, rng, new_title(state, rng, author=author), mine)
    lend(state, subject, rng, new_title(state, rng, author=author), other)
    slip = day(state.loans[loan].due)
    wants = f"you want to keep a book by {author} for longer; you do not remember its title, but its slip says {slip}"
    asks = pick(
        rng,
        f"I would like to renew a book by {author}. I am afraid that the title escapes me.",
        f"I have a book by {author} at home, I forget what it is called. Can I keep it longer?",
        f"Could you renew that book by {author} for me? I do not remember the title.",
    )
    facts = opening("the author", author), asked("the due date on the slip", slip)
    return _renewing(state, subject, rng, "renew_by_author", loan, wants, asks, *facts)


def _renew_all_by_author(state: Library, subject: str, rng: random.Random) -> Goal:
    author = new_author(state, rng)
    for _ in range(2):
        lend(state, subject, rng, new_title(state, rng, author=author))
    lend(state, subject, rng)
    lent = [
        id_
        for id_, loan in state.loans.items()
        if loan.member == subject and loan.ended is Ended.OPEN and state.titles[title_of(state, loan)].author == author
    ]
    names = {loan: state.titles[title_of(state, state.loans[loan])].name for loan in lent}
    until = {loan: _renewed(state, loan) for loan in lent}
    each = listed([f"{names[loan]} until {until[loan]}" for loan in lent])
    return Goal(
        atom="renew_all_by_author",
        wants=f"you want to keep everything by {author} that you have on loan for longer",
        asks=pick(
            rng,
            f"Please renew everything that I have by {author}.",
            f"I am reading my way through {author}. Could you extend all those loans?",
            f"All the books by {author} that I have at home: can I keep them longer?",
        ),
        facts=(opening("the author", author),),
        actions=(call("list_loans", member=subject), *(call("renew_loan", loan=loan) for loan in lent)),
        tell=tuple(told(f"the new due date of {names[loan]}", until[loan]) for loan in lent),
        found=" ".join(_seen(state, loan) for loan in lent),
        answer=pick(
            rng,
            f"I have renewed them all. You can keep {each}.",
            f"Everything by {author} has been renewed: you have {each}.",
        ),
        holds=tuple(after("loans", loan, "renewals", equals=state.loans[loan].renewals + 1) for loan in lent),
    )


def _renew_or_edition(state: Library, subject: str, rng: random.Random) -> Goal:
    """Renewed if nobody waits; else a hold on another edition."""
    loan, name = lend(state, subject, rng, due_in=rng.randint(1, 9))
    title = title_of(state, state.loans[loan])
    edition = rng.choice((Format.AUDIO, Format.LARGE_PRINT))
    other = new_title(state, rng, like=title, format_=edition)
    new_loan(state, rng, someone(state, subject, rng), other)
    branch = rng.choice(BRANCHES)
    wants = (
        f"you want to keep {name}; only if others wait for it, you want a hold on the {edition} of it instead, "
        f"for pick-up at {branch}"
    )
    asks = pick(
        rng,
        f"Please renew {name} if nobody is waiting for it. If somebody is, put me down for the {edition} of it "
        f"instead, to be picked up at {branch}.",
        f"I would like to keep {name} longer. Should somebody else want it, then I would rather wait for the "
        f"{edition}, which I can pick up at {branch}.",
        f"If nobody is waiting for {name}, could you extend my loan? Otherwise I will take the {edition}: please put "
        f"it on hold for me at {branch}.",
    )
    facts = opening(TITLE, name), opening("the format", edition), opening("the pick-up branch", branch)
    if rng.random() < 0.5:
        return _renewing(state, subject, rng, "renew_or_edition", loan, wants, asks, *facts)
    waiting = wait(others_wait(state, rng, subject, title))
    due = day(state.loans[loan].due)
    return Goal(
        atom="renew_or_edition",
        wants=wants,
        asks=asks,
        facts=facts,
        actions=(
            call("list_loans", member=subject),
            call("search_titles", query=name),
            call("place_hold", member=subject, title=other, branch=branch),
        ),
        tell=(
            told("that others wait for it", "waiting", "waits"),
            told("the branch", branch),
            told("when the book is due", due),
        ),
        found=f"I cannot renew {name}, because {waiting} for it. The {edition} of it has the number {other}.",
        answer=pick(
            rng,
            f"I have placed a hold on the {edition} of {name} for you, for pick-up at {branch}. Please bring the "
            f"book back by {due}, since {waiting} for it.",
            f"A hold on the {edition} of {name} has been placed, and you can pick it up at {branch}. The book "
            f"itself stays due on {due}: {waiting} for it.",
        ),
        holds=(after("holds", hold_id(subject, other), "branch", equals=branch),),
    )


def _due_when(state: Library, subject: str, rng: random.Random) -> Goal:
    loan, name = lend(state, subject, rng)
    due = day(state.loans[loan].due)
    return Goal(
        atom="due_when",
        wants=f"you want to know when {name} is due; you want nothing changed",
        asks=pick(
            rng,
            f"When do I have to bring {name} back?",
            f"Could you tell me until when I may keep {name}? I have lost the slip.",
            f"I only want to know the due date of {name}.",
        ),
        facts=(opening(TITLE, name),),
        actions=(call("list_loans", member=subject),),
        tell=(told("the due date", due),),
        answer=pick(rng, f"{name} {is_due(state, loan)}.", f"The due date of {name} is {due}."),
    )


def _returned(state: Library, subject: str, rng: random.Random) -> Goal:
    loan, name = lend(state, subject, rng, due_in=rng.randint(-30, -1))
    copy = state.copies[state.loans[loan].copy_id]
    copy.stands = True
    where = f"{copy.branch}, shelf {copy.shelf}"
    return Goal(
        atom="returned",
        wants=f"you want {name} off your list, because you have brought it back",
        asks=pick(
            rng,
            f"I brought {name} back, and it still shows as on loan to me.",
            f"According to the website I still have {name}. I returned it a while ago.",
            f"There is a mistake in my account: {name} is back with you, but it is still on my list.",
        ),
        facts=(opening(TITLE, name),),
        actions=(*look(state, subject, loan), call("mark_returned", loan=loan)),
        tell=(told("where the copy was found", where, f"shelf {copy.shelf}", copy.shelf),),
        found=f"You are right: the copy of {name} that was lent to you, loan {loan}, stands on its shelf.",
        answer=pick(
            rng,
            f"I have marked {name} as returned. It was found at {where}.",
            f"{name} has been marked as returned; we found it at {where}.",
        ),
        holds=(after("loans", loan, "ended", equals="returned"),),
    )


def look(state: Library, subject: str, loan: str) -> tuple[Action, ...]:
    return (call("list_loans", member=subject), call("look_for_copy", copy_id=state.loans[loan].copy_id))


def _lost(state: Library, subject: str, rng: random.Random) -> Goal:
    loan, name = lend(state, subject, rng)
    price = money(state.titles[title_of(state, state.loans[loan])].price)
    return Goal(
        atom="lost",
        wants=f"you want to report that you have lost {name}, and to know what it costs",
        asks=pick(
            rng,
            f"I am sorry to say that I have lost {name}. What do I have to do?",
            f"I left {name} on a train, and it is gone. Can you report it as lost?",
            f"My dog has eaten most of {name}. Please put it down as lost, and tell me what I owe you.",
        ),
        facts=(opening(TITLE, name),),
        actions=(call("list_loans", member=subject), call("report_lost", loan=loan)),
        tell=(told("what has to be paid for it", price),),
        found=f"{name} is loan {loan}. You would have to pay the price of the copy.",
        answer=pick(
            rng,
            f"I have reported {name} as lost. The price of the copy is {price} euros, which is now open on your account.",
            f"{name} has been reported as lost, and {price} euros have been charged for it.",
        ),
        holds=(after("loans", loan, "ended", equals="lost"),),
    )


ATOMS = (
    Atom("renew", _renew),
    Atom("renew_by_author", _renew_by_author, unknown=1),
    Atom("renew_all_by_author", _renew_all_by_author),
    Atom("renew_or_edition", _renew_or_edition),
    Atom("due_when", _due_when),
    Atom("returned", _returned),
    Atom("lost", _lost),
)
