"""The assistant's tools that change the courier's records."""

from __future__ import annotations

from typing import Any

from scenarios.worlds.courier import arguments as given_for
from scenarios.worlds.courier.reads import customer_of, on_its_way, parcel_of
from scenarios.worlds.courier.state import (
    Claim,
    Courier,
    Parcel,
    ParcelStatus,
    Redirect,
    Setting,
    Slot,
    cents,
    day_of,
    days_offered,
    euros,
    fee_of,
)
from scenarios.worlds.world import Access, Refused, Tool


def _redirect_parcel(state: Courier, given: given_for.RedirectParcel) -> Any:
    parcel = on_its_way(state, given.tracking)
    if parcel.redirect:
        raise Refused(f"parcel {given.tracking} was redirected once already")
    fee = fee_of(parcel)
    if cents(given.fee) != fee:
        raise Refused(f"the fee is not {given.fee}")
    parcel.redirect = Redirect(street=given.street, town=given.town, country=given.country, fee=fee)
    return {
        "tracking": given.tracking,
        "redirect": "awaiting payment",
        "fee": euros(fee),
        "new_day": day_of(parcel.day + 1),
    }


def _send_to_pickup(state: Courier, given: given_for.SendToPickup) -> Any:
    parcel = on_its_way(state, given.tracking)
    if given.point not in state.points:
        raise Refused(f"there is no pickup point {given.point}")
    parcel.point, parcel.safe_place = given.point, ""
    return {"tracking": given.tracking, "point": given.point}


def _change_day(state: Courier, given: given_for.ChangeDay) -> Any:
    parcel = on_its_way(state, given.tracking)
    day = next((day for day in days_offered(parcel) if day_of(day) == given.day), None)
    if day is None:
        raise Refused(f"parcel {given.tracking} cannot be brought on {given.day}")
    if given.slot is Slot.EVENING and not _switched_on(state, parcel, Setting.EVENING):
        raise Refused("the customer has not switched on the setting evening")
    parcel.day, parcel.slot = day, given.slot
    return {"tracking": given.tracking, "day": given.day, "slot": given.slot}


def _set_safe_place(state: Courier, given: given_for.SetSafePlace) -> Any:
    parcel = on_its_way(state, given.tracking)
    if not _switched_on(state, parcel, Setting.UNATTENDED):
        raise Refused("the customer has not switched on the setting unattended")
    parcel.safe_place, parcel.point, parcel.collector = given.place, "", ""
    return {"tracking": given.tracking, "safe_place": given.place}


def _switched_on(state: Courier, parcel: Parcel, setting: Setting) -> bool:
    return parcel.customer == state.app.owner and state.app.settings[setting]


def _authorise_collector(state: Courier, given: given_for.AuthoriseCollector) -> Any:
    parcel = parcel_of(state, given.tracking)
    if parcel.status is not ParcelStatus.AT_PICKUP_POINT:
        raise Refused(f"parcel {given.tracking} is not at a pickup point")
    if state.app.pins.get(given.tracking) != given.pin:
        raise Refused(f"this is not the PIN of parcel {given.tracking}")
    parcel.collector = given.name
    return {"tracking": given.tracking, "collector": given.name}


def _check_code(state: Courier, given: given_for.CheckCode) -> Any:
    customer = customer_of(state, given.customer)
    if given.customer != state.app.owner or given.code != state.app.code:
        raise Refused("this is not the code that the app shows")
    customer.verified = True
    return {"customer": given.customer, "code": "right"}


def _change_phone(state: Courier, given: given_for.ChangePhone) -> Any:
    customer = customer_of(state, given.customer)
    if any(other.phone == given.phone for other in state.customers.values()):
        raise Refused(f"the phone number {given.phone} is in use")
    customer.phone = given.phone
    return {"customer": given.customer, "phone": given.phone}


def _open_claim(state: Courier, given: given_for.OpenClaim) -> Any:
    parcel = parcel_of(state, given.tracking)
    if parcel.claim:
        raise Refused(f"there is a claim for parcel {given.tracking} already")
    parcel.claim = Claim(number=parcel.case, reason=given.reason)
    return {"tracking": given.tracking, "claim": parcel.claim.number, "reason": given.reason}


def _refund(state: Courier, given: given_for.Refund) -> Any:
    parcel, amount = parcel_of(state, given.tracking), cents(given.amount)
    if parcel.claim is None:
        raise Refused(f"there is no claim for parcel {given.tracking}")
    if parcel.claim.refunded:
        raise Refused(f"{euros(parcel.claim.refunded)} were refunded already")
    if not 0 < amount <= max(parcel.value, parcel.price):
        raise Refused(f"{given.amount} cannot be refunded for parcel {given.tracking}")
    parcel.claim.refunded = amount
    return {"tracking": given.tracking, "claim": parcel.claim.number, "refunded": euros(amount)}


WRITES = (
    Tool(
        "redirect_parcel",
        "Redirect a parcel to another address for a fee. The customer then has to confirm the payment in the app.",
        given_for.RedirectParcel,
        _redirect_parcel,
        Access.WRITE,
        proposal="redirect parcel {tracking} to {street}, {town}, for a fee of {fee}",
        claims=("have redirected", "is redirected", "has been redirected", "now goes to"),
    ),
    Tool(
        "send_to_pickup",
        "Send a parcel to a pickup point. It is free.",
        given_for.SendToPickup,
        _send_to_pickup,
        Access.WRITE,
        proposal="send parcel {tracking} to the pickup point {point}",
        claims=("have sent", "is sent to", "will wait for you at", "has been sent to"),
    ),
    Tool(
        "change_day",
        "Move the delivery of a parcel to another day and slot.",
        given_for.ChangeDay,
        _change_day,
        Access.WRITE,
        proposal="have parcel {tracking} brought on {day} in the {slot}",
        claims=("have moved", "is moved to", "has been moved", "will be brought"),
    ),
    Tool(
        "set_safe_place",
        "Have a parcel left at a safe place, without a signature.",
        given_for.SetSafePlace,
        _set_safe_place,
        Access.WRITE,
        proposal="have parcel {tracking} left {place}",
        claims=("have set the safe place", "will be left"),
    ),
    Tool(
        "authorise_collector",
        "Let somebody else collect a parcel from its pickup point.",
        given_for.AuthoriseCollector,
        _authorise_collector,
        Access.WRITE,
        proposal="let {name} collect parcel {tracking}",
        claims=("can now collect", "is authorised", "have authorised", "may now collect"),
    ),
    Tool(
        "check_code",
        "Check the code that the customer reads out from the app.",
        given_for.CheckCode,
        _check_code,
        Access.WRITE,
        claims=("code is right", "have checked the code"),
    ),
    Tool(
        "change_phone",
        "Change the phone number of a customer.",
        given_for.ChangePhone,
        _change_phone,
        Access.WRITE,
        proposal="change your phone number to {phone}",
        claims=("have changed your phone number", "phone number is now", "have updated your phone number"),
    ),
    Tool(
        "open_claim",
        "Open a claim for a parcel.",
        given_for.OpenClaim,
        _open_claim,
        Access.WRITE,
        proposal="open a claim for parcel {tracking} because it is {reason}",
        claims=("have opened", "claim is open", "has been opened"),
    ),
    Tool(
        "refund",
        "Refund an amount on the claim of a parcel.",
        given_for.Refund,
        _refund,
        Access.WRITE,
        proposal="refund {amount} for parcel {tracking}",
        claims=("have refunded", "is refunded", "has been refunded", "have paid back"),
    ),
)
