"""Several things that wait for models at the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable
from typing import TypeVar

from scenarios.errors import CallFailed

T = TypeVar("T")


async def together(waiting: Iterable[Awaitable[T]]) -> list[T]:
    """The results of what is awaited at the same time, in order.

    Raises only after all have ended, so that nothing goes on unseen: what stops more than one call first, else the first
    failure in order, whichever came first in time.
    """
    found = await asyncio.gather(*waiting, return_exceptions=True)
    failed = [one for one in found if isinstance(one, BaseException)]
    if failed:
        raise min(failed, key=lambda error: isinstance(error, CallFailed))
    return [one for one in found if not isinstance(one, BaseException)]
