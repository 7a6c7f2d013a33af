"""Tasks about where a parcel on its way is to go: to another address, or to a pickup point."""

from __future__ import annotations

import random

from scenarios.worlds.blueprint import Action, Condition, Fact, Goal
from scenarios.worlds.courier import names
from scenarios.worlds.courier.about import ON_THE_WAY, About, Address, in_app, look, new_address, options, plant, told
from scenarios.worlds.courier.draw import new_parcel
from scenarios.worlds.courier.state import (
    FEES,
    Courier,
    Direction,
    day_of,
    euros,
    fee_of,
    kilos,
)
from scenarios.worlds.wording import call, pick
from scenarios.worlds.world import Atom


def _redirect(state: Courier, subject: str, rng: random.Random) -> Goal:
    weight = rng.choice([up_to for up_to, fee in FEES if fee <= state.app.balance]) - 100 * rng.randint(0, 15)
    it, parcel = plant(
        state, subject, rng, Direction.INCOMING, status=rng.choice(ON_THE_WAY), weight=weight, redirect=None
    )
    to = new_address(state, rng)
    where = f"to {to.words}" if to.said else pick(rng, "to another address", "to where I am staying")
    return Goal(
        atom="redirect",
        wants=f"you want {it.yours} to be redirected to {to.words}, and you will pay the fee in your app",
        asks=pick(
            rng,
            f"I will not be at home this week. Can {it.thing} go {where} instead?{it.tail}",
            f"Please redirect {it.thing} {where}.{it.tail}",
            f"I would like {it.thing} to be brought {where}. I know that it costs something.{it.tail}",
        ),
        facts=(*it.facts, to.fact),
        actions=(*it.reads, options(it.tracking), *_redirected(it, to, fee_of(parcel))),
        tell=told(fee=euros(fee_of(parcel)), old_day=day_of(parcel.day), new_day=day_of(parcel.day + 1)),
        answer=f"Thank you. The fee of {euros(fee_of(parcel))} is paid, and parcel {it.tracking} now goes to {to.words}. "
        f"It will come on {day_of(parcel.day + 1)} instead of {day_of(parcel.day)}.",
        holds=_gone_to(it, to),
    )


def _redirected(it: About, to: Address, fee: int) -> tuple[Action, Action]:
    made = call(
        "redirect_parcel", tracking=it.tracking, street=to.street, town=to.town, country=names.HOME, fee=euros(fee)
    )
    return made, in_app("confirm_payment", tracking=it.tracking)


def _gone_to(it: About, to: Address) -> tuple[Condition, ...]:
    return (
        Condition(path=("parcels", it.tracking, "street"), equals=to.street),
        Condition(path=("parcels", it.tracking, "town"), equals=to.town),
    )


def _pickup(state: Courier, subject: str, rng: random.Random) -> Goal:
    it, parcel = plant(state, subject, rng, Direction.INCOMING, status=rng.choice(ON_THE_WAY))
    name = rng.choice(list(state.points))
    point = state.points[name]
    by_street = rng.random() < 0.5
    place = f"the pickup point at {point.street}" if by_street else f"the {name}"
    fact = Fact(label="pickup street", value=point.street) if by_street else _named(name)
    return Goal(
        atom="pickup",
        wants=f"you want to collect {it.yours} yourself at {place}, and to know until when you can come there",
        asks=pick(
            rng,
            f"I would rather collect {it.thing} myself, at {place}. Until when is it open?{it.tail}",
            f"Could {it.thing} be sent to {place}? Until when could I come there?{it.tail}",
            f"Nobody is at home during the day. Please send {it.thing} to {place}, and tell me the hours.{it.tail}",
        ),
        facts=(*it.facts, fact.model_copy(update={"opening": True})),
        actions=(*it.reads, options(it.tracking), call("send_to_pickup", tracking=it.tracking, point=name)),
        tell=told(pickup_point=name, hours=point.open_until, day=day_of(parcel.day)),
        answer=f"From {day_of(parcel.day)}, parcel {it.tracking} will wait for you at the {name}, {point.street}, which is "
        f"open until {point.open_until}.",
        holds=(Condition(path=("parcels", it.tracking, "point"), equals=name),),
    )


def _named(point: str) -> Fact:
    return Fact(label="pickup point", value=point)


def _heavier(state: Courier, subject: str, rng: random.Random) -> Goal:
    light, more = rng.randint(3, 70) * 100, rng.randint(5, 60) * 100
    tracking = new_parcel(
        state, rng, subject, direction=Direction.INCOMING, status=rng.choice(ON_THE_WAY), weight=light + more
    )
    parcel = state.parcels[tracking]
    new_parcel(
        state, rng, subject, direction=Direction.INCOMING, status=rng.choice(ON_THE_WAY), weight=light,
        sender=parcel.sender,
    )  # fmt: skip
    name = rng.choice(list(state.points))
    point, weight = state.points[name], kilos(parcel.weight)
    return Goal(
        atom="heavier",
        wants=f"two parcels from {parcel.sender} are on their way to you. You want the heavier one, which weighs {weight}, "
        f"to be sent to the {name}, and to know until when you can come there",
        asks=pick(
            rng,
            f"{parcel.sender} sent me two parcels. Please send the heavier one, which weighs {weight}, to the {name}. "
            "Until when is it open?",
            f"Of the two parcels from {parcel.sender} I want to collect the one of {weight} at the {name}. The other "
            "one may come to my door. Until when is it open there?",
            f"I expect two parcels from {parcel.sender}. The lighter one is fine as it is, but the one of {weight} should "
            f"go to the {name}. What are its hours?",
        ),
        facts=(
            Fact(label="sender", value=parcel.sender, opening=True),
            Fact(label="weight", value=weight, opening=True),
            _named(name).model_copy(update={"opening": True}),
        ),
        actions=(
            call("list_parcels", customer=subject),
            look(tracking),
            options(tracking),
            call("send_to_pickup", tracking=tracking, point=name),
        ),
        tell=told(tracking_number=tracking, hours=point.open_until, day=day_of(parcel.day)),
        answer=f"That is parcel {tracking}. It will wait for you at the {name} from {day_of(parcel.day)}. The {name} is open "
        f"until {point.open_until}.",
        holds=(Condition(path=("parcels", tracking, "point"), equals=name),),
    )


def _both_to_pickup(state: Courier, subject: str, rng: random.Random) -> Goal:
    first, one = plant(state, subject, rng, Direction.INCOMING, status=rng.choice(ON_THE_WAY))
    second, two = plant(state, subject, rng, Direction.INCOMING, status=rng.choice(ON_THE_WAY))
    name = rng.choice(list(state.points))
    street = state.points[name].street
    return Goal(
        atom="both_to_pickup",
        wants=f"you want {first.yours} and {second.yours} to be sent to the {name}, and to know its street",
        asks=pick(
            rng,
            f"I am going on holiday. Please send {first.thing} and also {second.thing} to the {name}. Where is that?",
            f"Two parcels of mine should go to the {name}: {first.thing}, and {second.thing}. In which street is it?",
            f"Could {first.thing} and {second.thing} both wait for me at the {name}? What is the address there?",
        ),
        facts=(
            *_numbered("first", first),
            *_numbered("second", second),
            _named(name).model_copy(update={"opening": True}),
        ),
        actions=(
            *_once(first.reads, second.reads),
            options(first.tracking),
            call("send_to_pickup", tracking=first.tracking, point=name),
            call("send_to_pickup", tracking=second.tracking, point=name),
        ),
        tell=told(first_day=day_of(one.day), second_day=day_of(two.day), street=street),
        answer=f"At the {name}, {street}, parcel {first.tracking} will wait for you from {day_of(one.day)}, and parcel "
        f"{second.tracking} from {day_of(two.day)}.",
        holds=(
            Condition(path=("parcels", first.tracking, "point"), equals=name),
            Condition(path=("parcels", second.tracking, "point"), equals=name),
        ),
    )


def _once(*reads: tuple[Action, ...]) -> tuple[Action, ...]:
    """Reads in their order, each once."""
    kept: list[Action] = []
    for action in (action for several in reads for action in several):
        if action not in kept:
            kept.append(action)
    return tuple(kept)


def _numbered(which: str, it: About) -> tuple[Fact, ...]:
    """Facts of one of two parcels. The tracking number of neither is said at once."""
    return tuple(
        fact.model_copy(update={"label": f"{which} {fact.label}", "opening": fact.label != "tracking number"})
        for fact in it.facts
    )


def _if_affordable(state: Courier, subject: str, rng: random.Random) -> Goal:
    balance = state.app.balance
    dear = [up_to for up_to, fee in FEES if fee > balance]
    fits = not dear or rng.random() < 0.4
    weight = rng.choice([up_to for up_to, fee in FEES if fee <= balance] if fits else dear) - 100 * rng.randint(0, 15)
    it, parcel = plant(state, subject, rng, Direction.INCOMING, status=rng.choice(ON_THE_WAY), weight=weight)
    to = Address(state.app.other_street, state.app.other_town, said=rng.random() < 0.5)
    name, fee = rng.choice(list(state.points)), euros(fee_of(parcel))
    where = to.words if to.said else "another address"
    new_day = day_of(parcel.day + 1 if fits else parcel.day)
    covered = (
        f"Your balance of {euros(balance)} was enough for the fee of {fee}. Parcel {it.tracking} now goes to {to.words}, "
        f"and it will come on {new_day} instead of {day_of(parcel.day)}."
    )
    short = (
        f"Your balance of {euros(balance)} is less than the fee of {fee}. So parcel {it.tracking} will wait for you at the "
        f"{name}, from {new_day}."
    )
    return Goal(
        atom="if_affordable",
        wants=f"you want {it.yours} to be redirected to {to.words} if the balance in your app is enough for the fee; if it "
        f"is not, {it.yours} is to be sent to the {name}",
        asks=pick(
            rng,
            f"What does it cost to redirect {it.thing} to {where}? Do it if my balance is enough; if not, send it to the "
            f"{name}.{it.tail}",
            f"If the balance in my app covers the fee, redirect {it.thing} to {where}, please. Otherwise it should go to "
            f"the {name}.{it.tail}",
            f"I would like to have {it.thing} redirected to {where}, but only if I can pay it from my balance. Else I "
            f"collect it at the {name}.{it.tail}",
        ),
        facts=(*it.facts, to.fact, _named(name).model_copy(update={"opening": True})),
        actions=(
            *it.reads,
            options(it.tracking),
            in_app("read_balance"),
            *(
                _redirected(it, to, fee_of(parcel))
                if fits
                else [call("send_to_pickup", tracking=it.tracking, point=name)]
            ),
        ),
        tell=told(balance=euros(balance), fee=fee, old_day=day_of(parcel.day), new_day=new_day),
        answer=covered if fits else short,
        holds=_gone_to(it, to) if fits else (Condition(path=("parcels", it.tracking, "point"), equals=name),),
    )


DESTINATIONS = (
    Atom("redirect", _redirect),
    Atom("pickup", _pickup),
    Atom("heavier", _heavier),
    Atom("both_to_pickup", _both_to_pickup),
    Atom("if_affordable", _if_affordable),
)
