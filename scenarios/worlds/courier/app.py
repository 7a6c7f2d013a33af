"""The user's tools: what only the user sees and does, in the app."""

from __future__ import annotations

from typing import Any

from scenarios.worlds.blueprint import Side
from scenarios.worlds.courier import arguments as given_for
from scenarios.worlds.courier.reads import parcel_of
from scenarios.worlds.courier.state import App, Courier, euros
from scenarios.worlds.world import Access, Refused, Tool


def _app(state: Courier) -> App:
    if state.app.locked:
        raise Refused("the app is locked")
    return state.app


def _read_code(state: Courier, given: given_for.Nothing) -> Any:
    return {"code": _app(state).code}


def _read_balance(state: Courier, given: given_for.Nothing) -> Any:
    return {"balance": euros(_app(state).balance)}


def _read_pin(state: Courier, given: given_for.OfParcel) -> Any:
    app = _app(state)
    if given.tracking not in app.pins:
        raise Refused(f"the app shows no PIN for {given.tracking}")
    return {"pin": app.pins[given.tracking]}


def _read_photo(state: Courier, given: given_for.OfParcel) -> Any:
    app = _app(state)
    if given.tracking not in app.photos:
        raise Refused(f"the app has no photo of {given.tracking}")
    return {"photo": app.photos[given.tracking].shows}


def _confirm_payment(state: Courier, given: given_for.OfParcel) -> Any:
    app, parcel = _app(state), parcel_of(state, given.tracking)
    redirect = parcel.redirect
    if parcel.customer != app.owner or redirect is None or redirect.paid:
        raise Refused(f"there is nothing to pay for {given.tracking}")
    if redirect.fee > app.balance:
        raise Refused(f"the balance is less than {euros(redirect.fee)}")
    app.balance -= redirect.fee
    redirect.paid = True
    parcel.street, parcel.town, parcel.point, parcel.safe_place = redirect.street, redirect.town, "", ""
    parcel.day += 1
    return {"paid": euros(redirect.fee), "balance": euros(app.balance)}


def _switch_on(state: Courier, given: given_for.SwitchOn) -> Any:
    _app(state).settings[given.setting] = True
    return {"setting": given.setting, "is": "on"}


APP = (
    Tool(
        "read_code",
        "Read the code that your app shows.",
        given_for.Nothing,
        _read_code,
        Access.READ,
        Side.USER,
        request="Please open your app and read out the code that it shows to me.",
        reply="The code is {code}.",
    ),
    Tool(
        "read_balance",
        "Read the balance of your account in the app.",
        given_for.Nothing,
        _read_balance,
        Access.READ,
        Side.USER,
        request="Could you open your app and tell me the balance that it shows?",
        reply="My balance is {balance}.",
    ),
    Tool(
        "read_pin",
        "Read the PIN of a parcel that waits at a pickup point.",
        given_for.OfParcel,
        _read_pin,
        Access.READ,
        Side.USER,
        request="Your app shows a PIN for parcel {tracking}. Please read it out to me.",
        reply="The PIN is {pin}.",
    ),
    Tool(
        "read_photo",
        "Look at the photo of a delivery.",
        given_for.OfParcel,
        _read_photo,
        Access.READ,
        Side.USER,
        request="Your app has a photo of the delivery of parcel {tracking}. Please tell me what you see on it.",
        reply="The photo shows {photo}.",
    ),
    Tool(
        "confirm_payment",
        "Confirm the payment of a redirect from the balance of your account.",
        given_for.OfParcel,
        _confirm_payment,
        Access.WRITE,
        Side.USER,
        request="The fee for parcel {tracking} now waits in your app. Please confirm the payment there.",
        reply="I have confirmed it, {paid} went off my balance.",
    ),
    Tool(
        "switch_on",
        "Switch a setting of your account on.",
        given_for.SwitchOn,
        _switch_on,
        Access.WRITE,
        Side.USER,
        request="For that, please switch on the setting '{setting}' in your app and tell me when it is on.",
        reply="Done, the setting is on now.",
    ),
)
