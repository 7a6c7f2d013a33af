"""Goals about fines and the account: paid, waived, a new address, and what has to be refused of it."""

from __future__ import annotations

import random

from scenarios.worlds.blueprint import Fact, Goal
from scenarios.worlds.library.drawing import REMINDER, new_email, new_fine, new_loan, new_title
from scenarios.worlds.library.goals import after, asked, opening, told
from scenarios.worlds.library.state import PERIOD, WAIVED_UNDER, Library, day, open_fines
from scenarios.worlds.wording import call, listed, money, pick
from scenarios.worlds.world import Atom

CAUSE = "the title of the fine"


def fined(
    state: Library, subject: str, rng: random.Random, low: int, high: int, reason: str = ""
) -> tuple[str, str, str]:
    """A fine of the user's between two amounts in cents: its id, the title it is for, and the amount in words."""
    reason = reason or rng.choice(("late return", "damaged copy"))
    fine = new_fine(state, rng, subject, rng.randrange(low, high, 10), reason)
    return fine, state.titles[state.fines[fine].title].name, money(state.fines[fine].amount)


def _matters(state: Library, subject: str) -> bool:
    """Whether there are fines of which another goal may want something else than that they are paid."""
    return any(fine.reason != REMINDER for fine in open_fines(state, subject).values())


def _waived_this_year(state: Library, subject: str) -> bool:
    last = state.members[subject].waived_on
    return last is not None and last >= 1


def _paying(
    state: Library, subject: str, rng: random.Random, atom: str, fine: str, wants: str, asks: str, *facts: Fact
) -> Goal:
    """A goal that is met by paying one fine."""
    cause, amount = state.titles[state.fines[fine].title].name, money(state.fines[fine].amount)
    left = money(state.members[subject].credit - state.fines[fine].amount)
    return Goal(
        atom=atom,
        wants=wants,
        asks=asks,
        facts=facts,
        actions=(call("list_fines", member=subject), call("pay_fine", fine=fine)),
        tell=(told("the amount that was paid", amount), told("the credit that is left", left)),
        found=f"The fine for {cause}, {fine}, is {amount} euros, since {day(state.fines[fine].since)}.",
        answer=pick(
            rng,
            f"I have paid the fine of {amount} euros for {cause}. Your credit is now {left} euros.",
            f"The fine of {amount} euros for {cause} has been paid, which leaves {left} euros of credit.",
        ),
        holds=(after("fines", fine, "settled", equals="paid"),),
    )


def _pay(state: Library, subject: str, rng: random.Random) -> Goal:
    fine, cause, _ = fined(state, subject, rng, 100, 450)
    fined(state, subject, rng, 50, 200)
    wants = f"you want to pay your fine for {cause} from your credit, and to know what is left of it"
    asks = pick(
        rng,
        f"I would like to pay the fine for {cause} from my credit.",
        f"There is a fine on my account for {cause}. Please take it from my credit, and tell me what is left.",
        f"Could you settle what I owe for {cause}? I have some credit with you.",
    )
    return _paying(state, subject, rng, "pay", fine, wants, asks, opening(CAUSE, cause))


def _pay_by_amount(state: Library, subject: str, rng: random.Random) -> Goal | None:
    fine, _, amount = fined(state, subject, rng, 100, 450)
    fined(state, subject, rng, 50, 300)
    if [money(other.amount) for other in open_fines(state, subject).values()].count(amount) > 1:
        return None
    wants = f"you want to pay your fine of {amount} euros from your credit; you do not know what it is for"
    asks = pick(
        rng,
        "A letter says that I owe you something, it does not say what for. I would like to pay it from my credit.",
        "I have had a reminder about a fine, and I cannot remember what it was. Please take it from my credit.",
        "I want to pay a fine from my credit. I do not know which book it was for.",
    )
    return _paying(state, subject, rng, "pay_by_amount", fine, wants, asks, asked("the amount of the fine", amount))


def _pay_all(state: Library, subject: str, rng: random.Random) -> Goal | None:
    if _matters(state, subject):
        return None
    for _ in range(2):
        fined(state, subject, rng, 60, 300)
    fines = open_fines(state, subject)
    total = sum(fine.amount for fine in fines.values())
    if total > state.members[subject].credit:
        return None
    left = money(state.members[subject].credit - total)
    each = listed(
        [f"{money(fine.amount)} for {state.titles[fine.title].name}, number {id_}" for id_, fine in fines.items()]
    )
    return Goal(
        atom="pay_all",
        wants="you want to pay all your open fines from your credit, and to know how much credit is left",
        asks=pick(
            rng,
            "I would like to pay all my fines from my credit.",
            "Please clear everything that I owe you. I have credit for it.",
            "What do I still owe you? I want to pay it all from my credit.",
        ),
        actions=(call("list_fines", member=subject), *(call("pay_fine", fine=fine) for fine in fines)),
        tell=(told("the credit that is left", left),),
        found=f"These fines are open: {each}.",
        answer=pick(
            rng,
            f"I have paid all your fines, {money(total)} euros together. Your credit is now {left} euros.",
            f"All your fines are settled: a total of {money(total)} euros has been paid, and {left} euros of credit are "
            "left.",
        ),
        holds=tuple(after("fines", fine, "settled", equals="paid") for fine in fines),
    )


def _waiving(
    state: Library, subject: str, rng: random.Random, atom: str, fine: str, wants: str, asks: str, cause: str
) -> Goal:
    """A goal that is met by waiving one fine."""
    amount = money(state.fines[fine].amount)
    return Goal(
        atom=atom,
        wants=wants,
        asks=asks,
        facts=(opening(CAUSE, cause),),
        actions=(call("list_fines", member=subject), call("waive_fine", fine=fine)),
        tell=(told("the amount that was waived", amount),),
        found=f"The fine for {cause}, {fine}, is {amount} euros, and none was waived for you this year.",
        answer=pick(
            rng,
            f"I have waived the fine of {amount} euros for {cause}. That is possible once a year.",
            f"The fine of {amount} euros for {cause} has been waived, which we can do once a year.",
        ),
        holds=(after("fines", fine, "settled", equals="waived"),),
    )


def _waive(state: Library, subject: str, rng: random.Random) -> Goal | None:
    if _waived_this_year(state, subject):
        return None
    fine, cause, _ = fined(state, subject, rng, 50, WAIVED_UNDER, "late return")
    state.members[subject].waived_on = rng.choice((None, -rng.randint(5, 300)))
    wants = f"you want the fine for {cause} waived, because you were ill when it was due"
    return _waiving(state, subject, rng, "waive", fine, wants, plea(rng, cause), cause)


def plea(rng: random.Random, cause: str) -> str:
    return pick(
        rng,
        f"I was ill when {cause} was due. Could you let me off the fine?",
        f"I do not think that the fine for {cause} is fair, I was in hospital. Can it be waived?",
        f"Would you waive my fine for {cause}? I could not get out of the house that week.",
        f"Is there a way to drop the fine for {cause}? I was in bed with a fever.",
    )


def _waive_or_pay(state: Library, subject: str, rng: random.Random) -> Goal | None:
    """Waived if the rules allow it; else paid."""
    if _waived_this_year(state, subject):
        return None
    small = rng.random() < 0.5
    fine, cause, _ = fined(state, subject, rng, *((50, WAIVED_UNDER) if small else (WAIVED_UNDER, 560)))
    wants = f"you want the fine for {cause} waived; only if that is not possible, you want to pay it from your credit"
    asks = pick(
        rng,
        f"Can you waive the fine for {cause}? If you cannot, I will pay it from my credit.",
        f"About the fine for {cause}: I would be glad if you dropped it. Otherwise take it from my credit.",
        f"Please waive what I owe for {cause}, or, if that is against your rules, pay it from my credit.",
    )
    if small:
        return _waiving(state, subject, rng, "waive_or_pay", fine, wants, asks, cause)
    goal = _paying(state, subject, rng, "waive_or_pay", fine, wants, asks, opening(CAUSE, cause))
    amount = money(state.fines[fine].amount)
    why = (
        f"The fine for {cause}, {fine}, is {amount} euros. Only a fine under 3.00 can be waived, so it has to be paid."
    )
    return goal.model_copy(update={"found": why})


def _unblock_then_renew(state: Library, subject: str, rng: random.Random) -> Goal | None:
    """The card is blocked until no fine is open: all are paid before the loan can be renewed."""
    if _matters(state, subject):
        return None
    fined(state, subject, rng, 150, 500)
    fines = open_fines(state, subject)
    total = sum(fine.amount for fine in fines.values())
    if total > state.members[subject].credit:
        return None
    state.members[subject].blocked = True
    title = new_title(state, rng)
    name, loan = state.titles[title].name, new_loan(state, rng, subject, title, due_in=rng.randint(-6, 8))
    until = day(max(state.loans[loan].due, state.today) + PERIOD)
    each = listed(
        [f"{money(fine.amount)} for {state.titles[fine.title].name}, number {id_}" for id_, fine in fines.items()]
    )
    return Goal(
        atom="unblock_then_renew",
        wants=f"you want to keep {name} for longer; your card is blocked, and you want every fine paid from your credit",
        asks=pick(
            rng,
            f"I want to renew {name}, and I am told that my card is blocked. Please pay all my fines from my credit, "
            "so that it works.",
            f"My card is blocked because of some fines. Take them all from my credit, please, and then renew {name}.",
            f"Could you renew {name}? The machine says 'card blocked'. If it is because of fines, I will pay them all "
            "from my credit.",
        ),
        facts=(opening("the title", name),),
        actions=(
            call("list_loans", member=subject),
            call("list_fines", member=subject),
            *(call("pay_fine", fine=fine) for fine in fines),
            call("renew_loan", loan=loan),
        ),
        tell=(told("what was paid", money(total)), told("the new due date", until)),
        found=f"Your card is blocked because of open fines: {each}. {name} is loan {loan}.",
        answer=pick(
            rng,
            f"I have paid {money(total)} euros in fines from your credit, so your card is free again, and I have renewed "
            f"{name}. It is now due on {until}.",
            f"Everything that was open, {money(total)} euros, has been paid from your credit. {name} has been renewed "
            f"until {until}.",
        ),
        holds=(
            *(after("fines", fine, "settled", equals="paid") for fine in fines),
            after("members", subject, "blocked", equals=False),
            after("loans", loan, "renewals", equals=state.loans[loan].renewals + 1),
        ),
    )


def _fine_for(state: Library, subject: str, rng: random.Random) -> Goal:
    fine, cause, amount = fined(state, subject, rng, 60, 450)
    since = day(state.fines[fine].since)
    return Goal(
        atom="fine_for",
        wants=f"you want to know how high your fine for {cause} is and since when it has been open; you do not pay it today",
        asks=pick(
            rng,
            f"How much do I owe you for {cause}, and since when? I only want to know.",
            f"I would like to know how high my fine for {cause} is, and what day it is from.",
            f"What was the fine for {cause}, and when did I get it?",
        ),
        facts=(opening(CAUSE, cause),),
        actions=(call("list_fines", member=subject),),
        tell=(told("the amount", amount), told("the day", since)),
        answer=pick(
            rng,
            f"Your fine for {cause} is {amount} euros; it has been open since {since}.",
            f"For {cause} you owe {amount} euros, since {since}.",
        ),
    )


def _change_email(state: Library, subject: str, rng: random.Random) -> Goal:
    email = new_email(state, rng, state.members[subject].name)
    return Goal(
        atom="change_email",
        wants=f"you want your reminders sent to {email} from now on",
        asks=pick(
            rng,
            "I have a new e-mail address. Could you change it for me?",
            "Your reminders go to an address that I no longer read. Please change it.",
            "Please send my notices to another e-mail address from now on.",
        ),
        facts=(asked("new e-mail address", email),),
        actions=(call("change_email", member=subject, email=email),),
        tell=(told("the new address", email),),
        answer=pick(
            rng,
            f"I have changed your e-mail address to {email}.",
            f"Your e-mail address has been changed: {email} is your address now.",
        ),
        holds=(after("members", subject, "email", equals=email),),
    )


ATOMS = (
    Atom("pay", _pay),
    Atom("pay_by_amount", _pay_by_amount, unknown=1),
    Atom("pay_all", _pay_all),
    Atom("waive", _waive),
    Atom("waive_or_pay", _waive_or_pay),
    Atom("unblock_then_renew", _unblock_then_renew),
    Atom("fine_for", _fine_for),
    Atom("change_email", _change_email),
)
