"""What the courier's tools take. The descriptions are for whoever calls them."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from scenarios.frozen import Frozen
from scenarios.worlds.courier.state import Reason, Setting, Slot

_Tracking = Annotated[str, Field(description="The tracking number, for example TK104482.")]
_Customer = Annotated[str, Field(description="The customer number, for example C-20417.")]
_Amount = Annotated[str, Field(description="The amount as it is shown, for example '4.50 euros'.")]


class FindCustomer(Frozen):
    """Who it is."""

    name: str = Field(description="First and last name.")
    number: str = Field(description="The customer number or the phone number.")


class OfCustomer(Frozen):
    """Which customer."""

    customer: _Customer


class OfParcel(Frozen):
    """Which parcel."""

    tracking: _Tracking


class RedirectParcel(Frozen):
    """Which parcel, where to, and for what fee."""

    tracking: _Tracking
    street: str = Field(min_length=3, description="House number and street.")
    town: str = Field(min_length=2, description="The town.")
    country: str = Field(min_length=2, description="The country.")
    fee: _Amount


class SendToPickup(Frozen):
    """Which parcel, and to which pickup point."""

    tracking: _Tracking
    point: str = Field(description="The name of the pickup point, as delivery_options shows it.")


class ChangeDay(Frozen):
    """Which parcel, and when it is to be brought."""

    tracking: _Tracking
    day: str = Field(description="One of the days that delivery_options shows, for example '28 March'.")
    slot: Slot = Field(description="In the daytime, or in the evening.")


class SetSafePlace(Frozen):
    """Which parcel, and where it is to be left."""

    tracking: _Tracking
    place: str = Field(min_length=3, description="Where to leave it, for example 'behind the house'.")


class AuthoriseCollector(Frozen):
    """Which parcel, who may collect it, and the PIN that allows it."""

    tracking: _Tracking
    name: str = Field(min_length=3, description="Who may collect it.")
    pin: str = Field(description="The PIN of the parcel, from the customer's app.")


class CheckCode(Frozen):
    """Whose code, and the code."""

    customer: _Customer
    code: str = Field(description="The code that the customer reads out from the app.")


class ChangePhone(Frozen):
    """Whose phone number, and the new one."""

    customer: _Customer
    phone: str = Field(pattern=r"^\d{4}-\d{6}$", description="The new phone number, for example 0555-482913.")


class OpenClaim(Frozen):
    """Which parcel, and what is wrong with it."""

    tracking: _Tracking
    reason: Reason = Field(description="What is wrong with the parcel.")


class Refund(Frozen):
    """For which parcel, and how much."""

    tracking: _Tracking
    amount: _Amount


class Nothing(Frozen):
    """Nothing is needed."""


class SwitchOn(Frozen):
    """Which setting."""

    setting: Setting = Field(description="The setting to switch on.")
