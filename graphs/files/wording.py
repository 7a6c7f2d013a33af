"""Counts, money and time in words for a person."""

from __future__ import annotations


def many(count: int, noun: str) -> str:
    """A number of things: 1 row, 2 rows."""
    return f"{count} {noun}{'' if count == 1 else 's'}"


def counted(accepted: int, wanted: int) -> str:
    """How many are accepted of how many that were wanted; a run may have more, if it goes on with a smaller number."""
    return f"accepted {accepted} of {wanted}" if accepted <= wanted else f"accepted {accepted} ({wanted} wanted)"


def money(usd: float, unpriced: int, tokens: int) -> str:
    """What tokens cost; and of how many of them nobody knows, because the endpoint's price was not given."""
    if not unpriced:
        return f"${usd:.4f}"
    if not usd and unpriced >= tokens:
        return "no price given"
    return f"${usd:.4f} without {unpriced} tokens that have no price"


def duration(seconds: float) -> str:
    """A time in its two largest units: 45 s, 2 min 5 s, 3 h 10 min, 14 d 11 h."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
