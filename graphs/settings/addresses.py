"""Addresses in settings: they hold no password, since settings are stored and shown."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator
from pydantic_core import PydanticCustomError

from graphs.settings.guarding import Guard

HOLDS_SECRET = "address_holds_secret"
"""The type of the error whose input is not to be repeated."""


def plain_address(address: str) -> str:
    """Raises PydanticCustomError if an address holds a name, a password, or what may be a key."""
    if any(mark in address for mark in "@?#"):
        raise PydanticCustomError(
            HOLDS_SECRET,
            "write the address alone, such as http://HOST:PORT, without a name, a password, '?' or '#': settings are stored "
            "and shown. A key goes into an environment variable",
        )
    return address


Address = Annotated[str, AfterValidator(plain_address), Guard()]
"""Where something is reached: an address without a name, a password or a query, that only the user may choose."""
