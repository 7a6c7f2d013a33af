"""A forecast in plain words."""

from __future__ import annotations

from collections.abc import Iterator

from evaluation.forecast import Range
from graphs.files.wording import duration
from graphs.forecasting.forecast import Forecast


def forecast_lines(found: Forecast, out: str) -> Iterator[str]:
    """The forecast as a command prints it; `out` is the run's directory."""
    totals, unpriced = found.outlook.totals, ", ".join(found.unpriced)
    yield f"for {found.wanted} accepted samples, from the {found.made} made so far ({found.accepted} accepted); 95 % ranges:"
    rows = [
        ("accepted share", _percent(found.outlook.share)),
        ("samples to make", _counts(found.outlook.samples)),
        ("calls", _counts(totals["calls"])),
        ("prompt tokens", f"{_counts(totals['prompt'])}, {found.cached:.0%} of them from the endpoint's cache"),
        ("completion tokens", _counts(totals["completion"])),
        ("cost", _usd(totals["usd"]) + (f", without {unpriced}: no price given" if unpriced else "")),
        ("time", _time(found.seconds) if found.seconds else "not measured: every answer was there already"),
    ]
    yield from (f"  {name:<18} {text}" for name, text in rows)
    yield "by role:"
    for role in found.roles:
        usd = f" · {_usd(role.usd)}" if role.usd and role.usd.high else ""
        yield f"  {role.role:<18} {_short(role.calls)} calls · {_short(role.prompt)} prompt · {_short(role.completion)} completion tokens{usd} · {role.model}"
    if found.savings:
        yield "what would change it, counted from these samples (what it does to the accepted share is not known):"
    for one in found.savings:
        parts = [
            f"calls −{one.calls:.0%}" if one.calls > 0 else "",
            f"tokens {_less(one.tokens)}" if one.tokens else "",
        ]
        parts.append(f"cost −{one.usd:.0%}" if one.usd and one.usd > 0 else "")
        yield f"  {one.setting:<24} {', '.join(filter(None, parts))}: {one.why}"
    if found.by_batch:
        yield f"not in the time: the batches of {', '.join(found.by_batch)}, each of which may take up to 24 hours"
    yield "not in the ranges: an endpoint that gets slower or throttles, and drafts that are too near to more and more others"
    there = found.accepted >= found.wanted
    yield (
        f"all {found.wanted} are there; to make more: python -m graphs.run out={out} n=…"
        if there
        else f"to go on: python -m graphs.run out={out}"
    )


def _less(share: float) -> str:
    return f"−{share:.0%}" if share > 0 else f"+{-share:.0%}"


def _percent(found: Range) -> str:
    return f"{found.likely:.0%} ({found.low:.0%} to {found.high:.0%})"


def _counts(found: Range) -> str:
    return f"{found.likely:,.0f} ({found.low:,.0f} to {found.high:,.0f})"


def _usd(found: Range) -> str:
    if not found.high:
        return "nothing"
    digits = 2 if found.high >= 1 else 4
    return f"${found.likely:,.{digits}f} (${found.low:,.{digits}f} to ${found.high:,.{digits}f})"


def _time(found: Range) -> str:
    return f"{duration(found.likely)} ({duration(found.low)} to {duration(found.high)})"


def _short(found: Range) -> str:
    return f"{found.likely:,.0f}"
