"""Tasks about money and the account: claims, refunds, insurance, the phone number."""

from __future__ import annotations

import random
from collections.abc import Sequence

from scenarios.worlds.blueprint import Action, Condition, Fact, Goal
from scenarios.worlds.courier import names
from scenarios.worlds.courier.about import About, in_app, plant, told
from scenarios.worlds.courier.draw import new_phone
from scenarios.worlds.courier.policy import CODE_ABOVE
from scenarios.worlds.courier.state import (
    Claim,
    Courier,
    Direction,
    Parcel,
    ParcelStatus,
    Photo,
    Reason,
    day_of,
    due,
    euros,
)
from scenarios.worlds.wording import call, capital, pick
from scenarios.worlds.world import Atom


def code_checked(state: Courier, subject: str) -> tuple[Action, ...]:
    """The user reads out the code, and the assistant checks it."""
    return in_app("read_code"), call("check_code", customer=subject, code=state.app.code)


def _refunded(
    state: Courier, subject: str, it: About, parcel: Parcel, reason: Reason, before: Sequence[Action] = ()
) -> tuple[tuple[Action, ...], tuple[Condition, ...]]:
    """Open a claim and refund what is due on it, with the code where it is needed; and what holds then."""
    amount = due(parcel, reason)
    actions = (
        *before,
        *(code_checked(state, subject) if amount > CODE_ABOVE else ()),
        call("open_claim", tracking=it.tracking, reason=reason.value),
        call("refund", tracking=it.tracking, amount=euros(amount)),
    )
    return actions, _claimed(it, reason, amount)


def _claimed(it: About, reason: Reason, amount: int) -> tuple[Condition, ...]:
    return (
        Condition(path=("parcels", it.tracking, "claim", "reason"), equals=reason.value),
        Condition(path=("parcels", it.tracking, "claim", "refunded"), equals=amount),
    )


def _cover(state: Courier, subject: str, rng: random.Random) -> Goal:
    it, parcel = plant(
        state, subject, rng, Direction.OUTGOING, status=rng.choice((ParcelStatus.IN_TRANSIT, ParcelStatus.AT_DEPOT)),
        insured=rng.choice((10_000, 20_000, 40_000)),
    )  # fmt: skip
    return Goal(
        atom="cover",
        wants=f"you want to know for what sum {it.yours} is insured, what you paid for it, and when it will arrive",
        asks=pick(
            rng,
            f"For what sum is {it.thing} insured, what did it cost me, and when does it get there?{it.tail}",
            f"I need some figures for my books: the price of {it.thing}, its insured sum and its expected day.{it.tail}",
            f"Can you look up what I paid for {it.thing}, how far it is insured, and when it will be there?{it.tail}",
        ),
        facts=it.facts,
        actions=it.reads,
        tell=told(insured_sum=euros(parcel.insured), price=euros(parcel.price), day=day_of(parcel.day)),
        answer=f"Parcel {it.tracking} is insured for {euros(parcel.insured)}. Its price was {euros(parcel.price)}, and it "
        f"is expected on {day_of(parcel.day)}.",
    )


def _late(state: Courier, subject: str, rng: random.Random) -> Goal:
    it, parcel = _delivered(state, subject, rng, late=rng.randint(1, 8))
    actions, holds = _refunded(state, subject, it, parcel, Reason.LATE)
    return Goal(
        atom="late",
        wants=f"{it.yours} arrived too late; you want your money back for that, and the number of the claim",
        asks=pick(
            rng,
            f"{capital(it.thing)} came much later than you had promised. I want my money back.{it.tail}",
            f"You were late with {it.thing}, and I paid for it. What do I get back, and under which claim?{it.tail}",
            f"I would like a refund, as {it.thing} was delivered late.{it.tail}",
        ),
        facts=it.facts,
        actions=(*it.reads, *actions),
        tell=told(amount=euros(parcel.price), claim_number=parcel.case, promised_day=day_of(parcel.promised)),
        answer=f"Parcel {it.tracking} was promised for {day_of(parcel.promised)}, so it was late. I have opened the claim "
        f"{parcel.case} and refunded its price of {euros(parcel.price)}.",
        holds=holds,
    )


def _delivered(state: Courier, subject: str, rng: random.Random, late: int = 0) -> tuple[About, Parcel]:
    """A parcel that the user sent and that was delivered lately, `late` days after the promised day."""
    day = state.today - rng.randint(1, 25)
    return plant(state, subject, rng, Direction.OUTGOING, status=ParcelStatus.DELIVERED, day=day, promised=day - late)


def _if_late(state: Courier, subject: str, rng: random.Random) -> Goal:
    was_late = rng.random() < 0.5
    it, parcel = _delivered(state, subject, rng, late=rng.randint(1, 6) if was_late else -rng.randint(0, 2))
    actions, holds = _refunded(state, subject, it, parcel, Reason.LATE)
    promised, came = day_of(parcel.promised), day_of(parcel.day)
    paid = f"I have opened the claim {parcel.case} and refunded the price of {euros(parcel.price)}."
    return Goal(
        atom="if_late",
        wants=f"you want to know for which day {it.yours} was promised and when it came; if it was late, you want your money "
        "back, and if it was not, nothing more",
        asks=pick(
            rng,
            f"When was {it.thing} promised, and when did it really come? If it was late, I want my money back.{it.tail}",
            f"I am not sure whether {it.thing} was late. Please compare the two days, and if it was, refund me.{it.tail}",
            f"Please check the promised day and the day of delivery of {it.thing}. I want a refund if you were late; "
            f"if not, all is well.{it.tail}",
        ),
        facts=it.facts,
        actions=(*it.reads, *(actions if was_late else ())),
        tell=told(promised_day=promised, day=came) + (told(amount=euros(parcel.price)) if was_late else ()),
        answer=f"Parcel {it.tracking} was promised for {promised} and delivered on {came}. "
        + (f"So it was late. {paid}" if was_late else "So it was not late, and there is nothing to refund."),
        holds=holds if was_late else (),
    )


def _lost(state: Courier, subject: str, rng: random.Random) -> Goal:
    promised = state.today - rng.randint(4, 25)
    it, parcel = plant(
        state, subject, rng, Direction.OUTGOING, status=ParcelStatus.LOST, promised=promised, day=promised
    )
    actions, holds = _refunded(state, subject, it, parcel, Reason.LOST)
    amount = euros(due(parcel, Reason.LOST))
    return Goal(
        atom="lost",
        wants=f"{it.yours} never arrived; you want to be refunded what is due to you, and the number of the claim",
        asks=pick(
            rng,
            f"{capital(it.thing)} never arrived. What can I get back for it?{it.tail}",
            f"I think that you have lost {it.thing}. I want to be refunded.{it.tail}",
            f"There is still no trace of {it.thing}. Please check, and if it is gone, refund me what is due.{it.tail}",
        ),
        facts=it.facts,
        actions=(*it.reads, *actions),
        tell=told(amount=amount, claim_number=parcel.case, status="lost"),
        answer=f"I am sorry that parcel {it.tracking} is lost. I have opened the claim {parcel.case} and refunded {amount}, "
        f"{_why(parcel)}.",
        holds=holds,
    )


def _why(parcel: Parcel) -> str:
    """Why it is this amount, for a parcel that was lost or damaged."""
    if not parcel.insured:
        return "which is its price, as it was not insured"
    return "the sum that it was insured for" if parcel.value > parcel.insured else "which is its value"


def _damaged(state: Courier, subject: str, rng: random.Random) -> Goal:
    it, parcel = _delivered(state, subject, rng)
    damage = rng.choice(names.DAMAGE)
    shows = f"the parcel in front of a {rng.choice(names.DOORS)} door, with {damage}"
    state.app.photos[it.tracking] = Photo(shows=shows, damaged=True)
    actions, holds = _refunded(
        state, subject, it, parcel, Reason.DAMAGED, before=(in_app("read_photo", tracking=it.tracking),)
    )
    amount = euros(due(parcel, Reason.DAMAGED))
    return Goal(
        atom="damaged",
        wants=f"{it.yours} arrived damaged; you want to be refunded what is due to you, and the number of the claim",
        asks=pick(
            rng,
            f"I heard that {it.thing} arrived broken. What do I get back?{it.tail}",
            f"{capital(it.thing)} was damaged on its way. I want to be refunded.{it.tail}",
            f"I have a complaint. The recipient says that {it.thing} came damaged. Please refund me.{it.tail}",
        ),
        facts=it.facts,
        actions=(*it.reads, *actions),
        tell=told(amount=amount, claim_number=parcel.case, damage=damage),
        answer=f"I am sorry that parcel {it.tracking} arrived with {damage}. I have opened the claim {parcel.case} and "
        f"refunded {amount}, "
        f"{_why(parcel)}.",
        holds=holds,
    )


def _misdelivered(state: Courier, subject: str, rng: random.Random) -> Goal:
    day = state.today - rng.randint(1, 12)
    it, parcel = plant(state, subject, rng, Direction.INCOMING, status=ParcelStatus.DELIVERED, day=day)
    own = int(parcel.street.split()[0])
    number = rng.choice([other for other in range(1, 100) if other != own])
    door = f"a {rng.choice(names.DOORS)} door with the number {number}"
    state.app.photos[it.tracking] = Photo(shows=f"the parcel in front of {door}", elsewhere=True)
    return Goal(
        atom="misdelivered",
        wants=f"{it.yours} is said to be delivered, but you do not have it; you want that to be put right, and to know on "
        "which day it is said to have come",
        asks=pick(
            rng,
            f"Your site says that {it.thing} was delivered, but I do not have it. When was that meant to be?{it.tail}",
            f"Where did you leave {it.thing}, and on which day? It is not here.{it.tail}",
            f"I never got {it.thing}, although it counts as delivered. On which day, and what now?{it.tail}",
        ),
        facts=it.facts,
        actions=(
            *it.reads,
            in_app("read_photo", tracking=it.tracking),
            call("open_claim", tracking=it.tracking, reason=Reason.MISDELIVERED.value),
        ),
        tell=told(day=day_of(parcel.day), claim_number=parcel.case, door=f"number {number}"),
        answer=f"Parcel {it.tracking} is for {parcel.street}, but it was left at number {number} on {day_of(parcel.day)}. "
        f"I have opened the claim {parcel.case} for it.",
        holds=(Condition(path=("parcels", it.tracking, "claim", "reason"), equals=Reason.MISDELIVERED.value),),
    )


def _settle(state: Courier, subject: str, rng: random.Random) -> Goal:
    status, reason = rng.choice(((ParcelStatus.LOST, Reason.LOST), (ParcelStatus.DELIVERED, Reason.DAMAGED)))
    it, parcel = plant(state, subject, rng, Direction.OUTGOING, status=status)
    parcel.claim = Claim(number=parcel.case, reason=reason)
    amount = due(parcel, reason)
    return Goal(
        atom="settle",
        wants=f"there is a claim for {it.yours}, which is {reason.value}; you want the refund that is due on it, and to know "
        "the number of the claim",
        asks=pick(
            rng,
            f"There is a claim for {it.thing}, but no money yet. When do I get it? And under which number?{it.tail}",
            f"I am still waiting for the refund on {it.thing}. What is the number of my claim?{it.tail}",
            f"Please settle my claim for {it.thing}. I have lost its number, too.{it.tail}",
        ),
        facts=it.facts,
        actions=(
            *it.reads,
            *(code_checked(state, subject) if amount > CODE_ABOVE else ()),
            call("refund", tracking=it.tracking, amount=euros(amount)),
        ),
        tell=told(amount=euros(amount), claim_number=parcel.case),
        answer=f"I have refunded {euros(amount)} on your claim {parcel.case}, {_why(parcel)}.",
        holds=_claimed(it, reason, amount),
    )


def _phone(state: Courier, subject: str, rng: random.Random) -> Goal:
    phone = new_phone(state, rng)
    said = rng.random() < 0.4
    to = f" It is {phone}." if said else ""
    return Goal(
        atom="phone",
        wants=f"you want your phone number to be changed to {phone}",
        asks=pick(
            rng,
            f"I have a new phone number. Could you change it in my account?{to}",
            f"Please update my phone number, so that your drivers can reach me.{to}",
            f"The phone number that you have of me is out of date. I want to give you the new one.{to}",
        ),
        facts=(Fact(label="new phone number", value=phone, opening=said),),
        actions=(*code_checked(state, subject), call("change_phone", customer=subject, phone=phone)),
        tell=told(new_phone_number=phone),
        answer=f"The code is right. Your phone number is now {phone}.",
        holds=(Condition(path=("customers", subject, "phone"), equals=phone),),
    )


CLAIMS = (
    Atom("cover", _cover),
    Atom("late", _late),
    Atom("if_late", _if_late),
    Atom("lost", _lost),
    Atom("damaged", _damaged),
    Atom("misdelivered", _misdelivered),
    Atom("settle", _settle),
    Atom("phone", _phone),
)
