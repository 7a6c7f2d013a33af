"""Tasks about parcels on their way: where they are, when they are brought, how they are handed over."""

from __future__ import annotations

import random

from scenarios.worlds.blueprint import Condition, Fact, Goal
from scenarios.worlds.courier import names
from scenarios.worlds.courier.about import ON_THE_WAY, About, in_app, options, plant, told
from scenarios.worlds.courier.draw import new_person
from scenarios.worlds.courier.policy import SAFE_UP_TO
from scenarios.worlds.courier.state import Courier, Direction, ParcelStatus, Setting, Slot, day_of, days_offered
from scenarios.worlds.wording import call, pick
from scenarios.worlds.world import Atom


def _whereabouts(state: Courier, subject: str, rng: random.Random) -> Goal:
    status = rng.choice((*ON_THE_WAY, ParcelStatus.OUT_FOR_DELIVERY))
    it, parcel = plant(state, subject, rng, rng.choice(list(Direction)), status=status)
    return Goal(
        atom="whereabouts",
        wants=f"you want to know where {it.yours} is, on which day it is expected, and at which depot it is handled",
        asks=pick(
            rng,
            f"I am waiting for news of {it.thing}. Where is it now, which depot has it, and when will it come?{it.tail}",
            f"Can you tell me where {it.thing} is, at which depot, and on which day it should arrive?{it.tail}",
            f"I wonder what has become of {it.thing}. I need its status, its depot and the expected day.{it.tail}",
        ),
        facts=it.facts,
        actions=it.reads,
        tell=told(status=parcel.status.value, day=day_of(parcel.day), depot=parcel.depot),
        answer=f"Parcel {it.tracking} is {parcel.status.value}. It is handled by the depot {parcel.depot} and expected "
        f"on {day_of(parcel.day)}.",
    )


def _another_day(state: Courier, subject: str, rng: random.Random) -> Goal:
    it, parcel = plant(state, subject, rng, Direction.INCOMING, status=rng.choice(ON_THE_WAY))
    latest = rng.random() < 0.3
    day = day_of(days_offered(parcel)[-1] if latest else rng.choice(days_offered(parcel)))
    said = latest or rng.random() < 0.5
    when = "on the latest day that you can offer" if latest else f"on {day}"
    asked = when if said else "on another day"
    return Goal(
        atom="another_day",
        wants=f"you want {it.yours} to be brought {when}, in the daytime",
        asks=pick(
            rng,
            f"Can {it.thing} be brought {asked}? In the daytime is fine.{it.tail}",
            f"I am away when {it.thing} should come. Please have it brought {asked}, in the daytime.{it.tail}",
            f"I need {it.thing} to come {asked}, some time in the daytime.{it.tail}",
        ),
        facts=it.facts if latest else (*it.facts, Fact(label="preferred day", value=day, opening=said)),
        actions=(
            *it.reads,
            options(it.tracking),
            call("change_day", tracking=it.tracking, day=day, slot=Slot.DAYTIME.value),
        ),
        tell=told(old_day=day_of(parcel.day), new_day=day),
        answer=f"Parcel {it.tracking} will be brought on {day} in the daytime instead of {day_of(parcel.day)}.",
        holds=(Condition(path=("parcels", it.tracking, "day"), equals=_number(state, it, day)),),
    )


def _number(state: Courier, it: About, day: str) -> int:
    return next(number for number in days_offered(state.parcels[it.tracking]) if day_of(number) == day)


def _evening(state: Courier, subject: str, rng: random.Random) -> Goal:
    it, parcel = plant(state, subject, rng, Direction.INCOMING, status=rng.choice(ON_THE_WAY))
    day = day_of(rng.choice(days_offered(parcel)))
    said = rng.random() < 0.5
    when = f"in the evening of {day}" if said else "in the evening, on another day"
    return Goal(
        atom="evening",
        wants=f"you want {it.yours} to be brought in the evening of {day}; you will switch on what is needed in the app",
        asks=pick(
            rng,
            f"I work all day. Could {it.thing} come {when}?{it.tail}",
            f"Please have {it.thing} brought {when}.{it.tail}",
            f"It would suit me if {it.thing} came {when}.{it.tail}",
        ),
        facts=(*it.facts, Fact(label="preferred day", value=day, opening=said)),
        actions=(
            *it.reads,
            options(it.tracking),
            in_app("switch_on", setting=Setting.EVENING.value),
            call("change_day", tracking=it.tracking, day=day, slot=Slot.EVENING.value),
        ),
        tell=told(old_day=day_of(parcel.day), new_day=day),
        answer=f"Parcel {it.tracking} was to come on {day_of(parcel.day)}. It will be brought in the evening of {day}.",
        holds=(
            Condition(path=("parcels", it.tracking, "slot"), equals=Slot.EVENING.value),
            Condition(path=("app", "settings", Setting.EVENING.value), equals=True),
        ),
    )


def _safe_place(state: Courier, subject: str, rng: random.Random) -> Goal:
    value = rng.randint(100, SAFE_UP_TO // 10) * 10
    it, parcel = plant(state, subject, rng, Direction.INCOMING, status=rng.choice(ON_THE_WAY), value=value)
    place = rng.choice(names.PLACES)
    said = rng.random() < 0.5
    where = place if said else "somewhere safe"
    return Goal(
        atom="safe_place",
        wants=f"you want {it.yours} to be left {place} when you are out, and to know on which day",
        asks=pick(
            rng,
            f"I may be out when {it.thing} comes. Can it be left {where}? And which day is it?{it.tail}",
            f"Please have {it.thing} left {where}, and tell me for which day that is.{it.tail}",
            f"Nobody can sign for {it.thing}. I want it to be left {where}. On what day will it be?{it.tail}",
        ),
        facts=(*it.facts, Fact(label="preferred place", value=place, opening=said)),
        actions=(
            *it.reads,
            in_app("switch_on", setting=Setting.UNATTENDED.value),
            call("set_safe_place", tracking=it.tracking, place=place),
        ),
        tell=told(day=day_of(parcel.day), safe_place=place),
        answer=f"Parcel {it.tracking} will be left {place} on {day_of(parcel.day)}.",
        holds=(
            Condition(path=("parcels", it.tracking, "safe_place"), equals=place),
            Condition(path=("app", "settings", Setting.UNATTENDED.value), equals=True),
        ),
    )


def _collector(state: Courier, subject: str, rng: random.Random) -> Goal:
    it, parcel = plant(state, subject, rng, Direction.INCOMING, status=ParcelStatus.AT_PICKUP_POINT)
    name = new_person(state, rng)
    who = rng.choice(("brother", "sister", "friend", "colleague", "flatmate", "aunt", "cousin"))
    return Goal(
        atom="collector",
        wants=f"you want your {who} {name} to collect {it.yours} for you, and to know at which pickup point",
        asks=pick(
            rng,
            f"I cannot come for {it.thing} myself. Can my {who} collect it? And where is it waiting?{it.tail}",
            f"My {who} would fetch {it.thing} for me. What do you need, and at which point is it?{it.tail}",
            f"Please let my {who} pick up {it.thing}, and tell me where it is.{it.tail}",
        ),
        facts=(*it.facts, Fact(label=f"{who}'s name", value=name)),
        actions=(
            *it.reads,
            in_app("read_pin", tracking=it.tracking),
            call("authorise_collector", tracking=it.tracking, name=name, pin=state.app.pins[it.tracking]),
        ),
        tell=told(pickup_point=parcel.point, collector=name),
        answer=f"{name} can now collect parcel {it.tracking} at the {parcel.point}.",
        holds=(Condition(path=("parcels", it.tracking, "collector"), equals=name),),
    )


DELIVERIES = (
    Atom("whereabouts", _whereabouts),
    Atom("another_day", _another_day),
    Atom("evening", _evening),
    Atom("safe_place", _safe_place),
    Atom("collector", _collector),
)
