"""The assistant's tools that read the courier's records."""

from __future__ import annotations

from typing import Any

from scenarios.worlds.courier import arguments as given_for
from scenarios.worlds.courier.state import (
    Courier,
    Customer,
    Parcel,
    ParcelStatus,
    day_of,
    days_offered,
    euros,
    fee_of,
    kilos,
)
from scenarios.worlds.world import Access, Refused, Tool

_DONE_WITH = frozenset({ParcelStatus.DELIVERED, ParcelStatus.LOST, ParcelStatus.AT_PICKUP_POINT})
"""Nothing can be changed about the delivery any more."""


def parcel_of(state: Courier, tracking: str) -> Parcel:
    """The parcel of a tracking number. Raises Refused."""
    if tracking not in state.parcels:
        raise Refused(f"there is no parcel {tracking}")
    return state.parcels[tracking]


def customer_of(state: Courier, number: str) -> Customer:
    """The customer of a number. Raises Refused."""
    if number not in state.customers:
        raise Refused(f"there is no customer {number}")
    return state.customers[number]


def on_its_way(state: Courier, tracking: str) -> Parcel:
    """The parcel of a tracking number, if its delivery can still be changed. Raises Refused."""
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
    customer_of(state, given.customer)
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
    parcel = on_its_way(state, given.tracking)
    return {
        "tracking": given.tracking,
        "redirect_fee": euros(fee_of(parcel)),
        "days": [day_of(day) for day in days_offered(parcel)],
        "pickup_points": [
            {"name": name, "street": point.street, "town": point.town, "open_until": point.open_until}
            for name, point in state.points.items()
        ],
    }


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
