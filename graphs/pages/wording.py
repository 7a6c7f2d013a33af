"""Figures and findings in plain words, for every page. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any

from evaluation.intervals import Figure

NONE = "–"
_NARROW = 0.05
"""An interval that is narrower than this is told with a decimal."""


class Tendency(StrEnum):
    """What a contrast tells."""

    MORE = "more"
    FEWER = "fewer"
    OPEN = "open"
    """Its interval holds zero."""
    UNKNOWN = "unknown"
    """There are too few briefs for an interval."""


MARKS = {Tendency.MORE: "▲", Tendency.FEWER: "▼", Tendency.OPEN: "◇", Tendency.UNKNOWN: "?"}
"""Beside the words: no colour is needed to tell them apart."""
TOLD = {
    Tendency.MORE: "more",
    Tendency.FEWER: "fewer",
    Tendency.OPEN: "not told apart",
    Tendency.UNKNOWN: "too few to say",
}


def tendency(found: Figure) -> Tendency:
    """What a difference tells, by its interval."""
    if found.value is None or found.low is None or found.high is None:
        return Tendency.UNKNOWN
    return Tendency.MORE if found.low > 0 else Tendency.FEWER if found.high < 0 else Tendency.OPEN


def signed(value: float, digits: int | None = None) -> str:
    """A difference in briefs of 100, with its sign."""
    text = hundred(abs(value), digits)
    return text if text == "0" else f"{'+' if value > 0 else '−'}{text}"


def hundred(value: float | None, digits: int | None = None) -> str:
    """A share as so many of a hundred: with so many decimals, or else whole from ten on, and below with one if it has one."""
    if value is None:
        return NONE
    number = 100 * value
    if digits is None:
        digits = 0 if abs(number) >= 10 or abs(number - round(number)) < 0.05 else 1
    text = f"{number:.{digits}f}"
    return text if float(text) else "0"


def digits_of(found: Figure) -> int:
    """Decimals that suit a difference in briefs of 100: none, unless its interval is narrow."""
    return 0 if found.low is None or found.high is None or found.high - found.low >= _NARROW else 1


def share(found: Figure | None) -> tuple[str, str]:
    """A share in per cent, and its interval; an empty text if it has none."""
    return _with_interval(found, lambda value: f"{hundred(value)} %", hundred)


def amount(found: Figure | None) -> tuple[str, str]:
    """Tokens or seconds, and their interval."""
    return _with_interval(found, number, number)


def dollars(found: Figure | None) -> tuple[str, str]:
    """USD, and their interval."""
    return _with_interval(found, usd, usd)


def _with_interval(
    found: Figure | None, form: Callable[[float], str], inner: Callable[[float], str]
) -> tuple[str, str]:
    if found is None or found.value is None:
        return NONE, ""
    interval = "" if found.low is None or found.high is None else f"({inner(found.low)} to {inner(found.high)})"
    return form(found.value), interval


def number(value: float) -> str:
    """A number as short as it is clear: whole with commas from a hundred on, else with a decimal, or two digits that count below one."""
    if abs(value) >= 100 or value == round(value):
        return f"{value:,.0f}"
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.2f}" if abs(value) >= 0.01 else f"{value:.2g}"


def usd(value: float) -> str:
    """An amount of USD: cents from a dollar on, else two digits that count."""
    if not value:
        return "$0"
    return f"${value:,.2f}" if abs(value) >= 1 else f"${value:.4f}" if abs(value) >= 0.001 else f"${value:.2g}"


def times(ratio: float) -> str:
    """How many times as much."""
    return f"{ratio:.1f} times" if ratio >= 0.1 else f"{ratio:.2g} times"


def chance(p: float | None) -> str:
    """A p-value."""
    if p is None:
        return NONE
    return "below 0.001" if p < 0.001 else f"{p:.3f}"


def percent(value: float | None) -> str:
    """A share in whole per cent."""
    return NONE if value is None else f"{100 * value:.0f} %"


def measured(value: Any) -> tuple[str, str]:
    """A figure, a share of cases, or a plain value, as calibration.json holds it, and its interval if it has one."""
    if isinstance(value, Mapping) and {"hits", "of"} <= value.keys():
        return (f"{value['hits']} of {value['of']}", _interval(value)) if value["of"] else (NONE, "")
    if isinstance(value, Mapping) and "value" in value:
        return (NONE, "") if value["value"] is None else (f"{value['value']:.2f}", _interval(value))
    if value is None or value == "":
        return NONE, ""
    if isinstance(value, bool):
        return ("yes" if value else "no"), ""
    return (number(value) if isinstance(value, int | float) else str(value)), ""


def _interval(value: Mapping[str, Any]) -> str:
    low, high = value.get("low"), value.get("high")
    return "" if low is None or high is None else f"({low:.2f} to {high:.2f})"
