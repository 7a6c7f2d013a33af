"""The assistant's tools over the courier's records."""

from __future__ import annotations

from typing import Any

from scenarios.worlds.courier import arguments as given_for
from scenarios.worlds.courier.state import (
    Claim,
    Courier,
    Customer,
    Parcel,
    Redirect,
    Setting,
    Slot,
    Status,
    cents,
    day_of,
    days_offered,
    euros,
    fee_of,
    kilos,
)
from scenarios.worlds.world import Access, Refused, Tool

_DONE_WITH = frozenset({Status.DELIVERED, Status.LOST, Status.AT_PICKUP_POINT})
"""Nothing can be changed about the delivery any more."""


def parcel_of(state: Courier, tracking: str) -> Parcel:
    """The parcel of a tracking number. Raises Refused."""
    if tracking not in state.parcels:
        raise Refused(f"there is no parcel {tracking}")
    return state.parcels[tracking]


def _customer(state: Courier, number: str) -> Customer:
    if number not in state.customers:
        raise Refused(f"there is no customer {number}")
    return state.customers[number]


def _on_its_way(state: Courier, tracking: str) -> Parcel:
    parcel = parcel_of(state, tracking)
    if parcel.status in _DONE_WITH:
        raise Refused(f"parcel {tracking} is {parcel.status}")
    return parcel


def _find_customer(state: Courier, given: given_for.FindCustomer) -> Any:
    for number, customer in state.customers.items():
        if customer.name.lower() == given.name.strip().lower() and given.number in (number, customer.phone):
            return {"customer": number, "name": customer.name}
    raise Refused("no customer has this name and this number")


def _list_parcels(state: Courier, given: given_for.OfCustomer) -> Any:
    _customer(state, given.customer)
    return [
        {
            "tracking": tracking,
            "direction": parcel.direction,
            "sender": parcel.sender,
            "recipient": parcel.recipient,
            "contents": parcel.contents,
            "weight": kilos(parcel.weight),
            "status": parcel.status,
        }
        for tracking, parcel in state.parcels.items()
        if parcel.customer == given.customer
    ]


def _get_parcel(state: Courier, given: given_for.OfParcel) -> Any:
    parcel = parcel_of(state, given.tracking)
    shown: dict[str, Any] = {
        "tracking": given.tracking,
        "today": day_of(state.today),
        "direction": parcel.direction,
        "sender": parcel.sender,
        "recipient": parcel.recipient,
        "contents": parcel.contents,
        "address": f"{parcel.street}, {parcel.town}",
        "status": parcel.status,
        "day": day_of(parcel.day),
        "slot": parcel.slot,
        "promised_day": day_of(parcel.promised),
        "depot": parcel.depot,
        "weight": kilos(parcel.weight),
        "value": euros(parcel.value),
        "price": euros(parcel.price),
        "insured_sum": euros(parcel.insured) if parcel.insured else "not insured",
    }
    for name in ("point", "safe_place", "collector"):
        if value := getattr(parcel, name):
            shown[name] = value
    if parcel.redirect:
        shown["redirect"] = "paid" if parcel.redirect.paid else "awaiting payment"
    if parcel.claim:
        claim = parcel.claim
        shown["claim"] = {"number": claim.number, "reason": claim.reason, "refunded": euros(claim.refunded)}
    return shown


def _delivery_options(state: Courier, given: given_for.OfParcel) -> Any:
    parcel = _on_its_way(state, given.tracking)
    return {
        "tracking": given.tracking,
        "redirect_fee": euros(fee_of(parcel)),
        "days": [day_of(day) for day in days_offered(parcel)],
        "pickup_points": [
            {"name": name, "street": point.street, "town": point.town, "open_until": point.open_until}
            for name, point in state.points.items()
        ],
    }


def _redirect_parcel(state: Courier, given: given_for.RedirectParcel) -> Any:
    parcel = _on_its_way(state, given.tracking)
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
    parcel = _on_its_way(state, given.tracking)
    if given.point not in state.points:
        raise Refused(f"there is no pickup point {given.point}")
    parcel.point, parcel.safe_place = given.point, ""
    return {"tracking": given.tracking, "point": given.point}


def _change_day(state: Courier, given: given_for.ChangeDay) -> Any:
    parcel = _on_its_way(state, given.tracking)
    day = next((day for day in days_offered(parcel) if day_of(day) == given.day), None)
    if day is None:
        raise Refused(f"parcel {given.tracking} cannot be brought on {given.day}")
    if given.slot is Slot.EVENING and not _switched_on(state, parcel, Setting.EVENING):
        raise Refused("the customer has not switched on the setting evening")
    parcel.day, parcel.slot = day, given.slot
    return {"tracking": given.tracking, "day": given.day, "slot": given.slot}


def _set_safe_place(state: Courier, given: given_for.SetSafePlace) -> Any:
    parcel = _on_its_way(state, given.tracking)
    if not _switched_on(state, parcel, Setting.UNATTENDED):
        raise Refused("the customer has not switched on the setting unattended")
    parcel.safe_place, parcel.point, parcel.collector = given.place, "", ""
    return {"tracking": given.tracking, "safe_place": given.place}


def _switched_on(state: Courier, parcel: Parcel, setting: Setting) -> bool:
    return parcel.customer == state.app.owner and state.app.settings[setting]


def _authorise_collector(state: Courier, given: given_for.AuthoriseCollector) -> Any:
    parcel = parcel_of(state, given.tracking)
    if parcel.status is not Status.AT_PICKUP_POINT:
        raise Refused(f"parcel {given.tracking} is not at a pickup point")
    if state.app.pins.get(given.tracking) != given.pin:
        raise Refused(f"this is not the PIN of parcel {given.tracking}")
    parcel.collector = given.name
    return {"tracking": given.tracking, "collector": given.name}


def _check_code(state: Courier, given: given_for.CheckCode) -> Any:
    customer = _customer(state, given.customer)
    if given.customer != state.app.owner or given.code != state.app.code:
        raise Refused("this is not the code that the app shows")
    customer.verified = True
    return {"customer": given.customer, "code": "right"}


def _change_phone(state: Courier, given: given_for.ChangePhone) -> Any:
    customer = _customer(state, given.customer)
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


READS = (
    Tool(
        "find_customer",
        "Find a customer by name and by customer number or phone number.",
        given_for.FindCustomer,
        _find_customer,
        Access.READ,
    ),
    Tool(
        "list_parcels",
        "The parcels of a customer, incoming and outgoing.",
        given_for.OfCustomer,
        _list_parcels,
        Access.READ,
    ),
    Tool(
        "get_parcel",
        "All that is recorded of a parcel: address, status, days, value, price, insurance, claim.",
        given_for.OfParcel,
        _get_parcel,
        Access.READ,
    ),
    Tool(
        "delivery_options",
        "What can be changed about a parcel on its way: the fee of a redirect, the days, the pickup points.",
        given_for.OfParcel,
        _delivery_options,
        Access.READ,
    ),
)
WRITES = (
    Tool(
        "redirect_parcel",
        "Redirect a parcel to another address for a fee. The customer then has to confirm the payment in the app.",
        given_for.RedirectParcel,
        _redirect_parcel,
        Access.WRITE,
        proposal="redirect parcel {tracking} to {street}, {town}, {country}, for a fee of {fee}",
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
        proposal="let {name} collect parcel {tracking} with the PIN {pin}",
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
        proposal="change the phone number of customer {customer} to {phone}",
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
