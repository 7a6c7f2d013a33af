"""How long an endpoint asks to wait, from its headers. Pure but for the clock, where the reply names no time."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_DAY = 86_400.0
_EPOCH = 1e9
"""Numbers from here on are points in time: seconds since 1970, or milliseconds where they are larger still."""
_DURATION = re.compile(r"(?:\d+(?:\.\d+)?(?:ms|us|µs|ns|[dhms]))+")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ms|us|µs|ns|[dhms])")
_UNITS = {"d": _DAY, "h": 3600.0, "m": 60.0, "s": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by Retry-After (seconds, a duration such as `20ms`, or a date) or by its forms in milliseconds.

    At least 0, at most a day; None where nothing sensible is named.
    """
    named = _lowered(headers)
    for name, unit in (("retry-after-ms", 1e-3), ("x-ms-retry-after-ms", 1e-3), ("retry-after", 1.0)):
        if (wait := _seconds(named.get(name), _now(named), unit)) is not None:
            return wait
    return None


def until_reset(headers: Mapping[str, str]) -> float | None:
    """Seconds until the rate limit is reset, for a 429 that names no time to wait.

    Where there are limits of several kinds, those used up count, and if none says so, all: of these the longest.
    """
    named = _lowered(headers)
    resets: dict[str, float] = {}
    for kind in ("-requests", "-tokens", ""):
        for prefix in ("x-ratelimit", "ratelimit"):
            wait = _seconds(named.get(f"{prefix}-reset{kind}"), _now(named))
            if wait is not None:
                resets[f"{prefix}-remaining{kind}"] = wait
    spent = [wait for remaining, wait in resets.items() if named.get(remaining, "").strip() in {"0", "0.0"}]
    return max(spent or resets.values(), default=None)


def _lowered(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}


def _now(named: Mapping[str, str]) -> datetime:
    """The endpoint's own time, so that a clock that is wrong on either side does not matter."""
    return _date(named.get("date", "")) or datetime.now(UTC)


def _seconds(text: str | None, now: datetime, unit: float = 1.0) -> float | None:
    """A span or a point in time as seconds from now; None where it is neither."""
    text = (text or "").strip()
    if not text or len(text) > 64:
        return None
    if _DURATION.fullmatch(text):
        return _bounded(sum(float(size) * _UNITS[name] for size, name in _PART.findall(text)))
    try:
        number = float(text) * unit
    except ValueError:
        date = _date(text)
        return None if date is None else _bounded((date - now).total_seconds())
    if number >= _EPOCH:
        number = (number / 1000 if number >= _EPOCH * 1000 else number) - now.timestamp()
    return _bounded(number)


def _bounded(seconds: float) -> float | None:
    return min(max(seconds, 0.0), _DAY) if math.isfinite(seconds) else None


def _date(text: str) -> datetime | None:
    """An HTTP date or an ISO one."""
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            date = read(text)
        except (ValueError, TypeError, OverflowError, IndexError):
            continue
        return date if date.tzinfo else date.replace(tzinfo=UTC)
    return None
