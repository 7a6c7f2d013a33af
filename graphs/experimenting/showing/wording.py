"""Figures and findings of an experiment in plain words, for its page. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any

from evaluation.intervals import Figure
from graphs.experimenting.report import ContrastResult, ExperimentReport, Outcome
from scenarios.frozen import Frozen

NONE = "–"
_NAMES = ("criterion", "kind", "strength")
"""What names a row in a list of calibration.json."""
_NARROW = 0.05
"""An interval that is narrower than this is told with a decimal."""
_NEAR = 0.05
"""A ratio so near to one is said to be the same."""


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


class ToldContrast(Frozen):
    """A contrast in words."""

    finding: Tendency
    sentence: str
    details: tuple[str, ...]


def finding_of(one: ContrastResult) -> Tendency:
    """What a contrast tells, by its interval."""
    found = one.difference
    if found.value is None or found.low is None or found.high is None:
        return Tendency.UNKNOWN
    return Tendency.MORE if found.low > 0 else Tendency.FEWER if found.high < 0 else Tendency.OPEN


def told(one: ContrastResult, outcome: Outcome) -> ToldContrast:
    """A contrast in one sentence, and the figures behind it."""
    return ToldContrast(finding=finding_of(one), sentence=_sentence(one, outcome), details=tuple(_details(one)))


def _sentence(one: ContrastResult, outcome: Outcome) -> str:
    found, finding, price = one.difference, finding_of(one), _price(one)
    if finding is Tendency.UNKNOWN or found.value is None or found.low is None or found.high is None:
        seen = f" (measured: {signed(found.value)} of 100)" if found.value is not None else ""
        return f"“{one.other}” beside “{one.base}”: {one.briefs} briefs are too few to say{seen}{price}."
    digits, won = digits_of(found), outcome is Outcome.PAIRS
    size = hundred(abs(found.value), digits)
    what = f"{size} {'more' if found.value > 0 else 'fewer'} of 100"
    if won:
        came = f"{what} comparisons were won than lost" if size != "0" else "as many comparisons were won as lost"
        than = f" against “{one.base}”"
    else:
        came = f"{what} briefs came out good" if size != "0" else "as many briefs came out good"
        than = f" {'than' if size != '0' else 'as'} with “{one.base}”"
    sure = "" if finding is not Tendency.OPEN else "; so many briefs cannot tell the two apart"
    return f"With “{one.other}” {came}{than} (95 %: {_range(found.low, found.high, digits)}){price}{sure}."


def signed(value: float, digits: int | None = None) -> str:
    """A difference in briefs of 100, with its sign."""
    text = hundred(abs(value), digits)
    return text if text == "0" else f"{'+' if value > 0 else '−'}{text}"


def _range(low: float, high: float, digits: int) -> str:
    if low >= 0 or high <= 0:
        least, most = sorted((abs(low), abs(high)))
        return f"{hundred(least, digits)} to {hundred(most, digits)}"
    return f"{hundred(-low, digits)} fewer to {hundred(high, digits)} more"


def _price(one: ContrastResult) -> str:
    if one.tokens_ratio is None:
        return ""
    usd = f" and {times(one.usd_ratio)} the price" if one.usd_ratio is not None else ""
    if abs(one.tokens_ratio - 1) < _NEAR:
        return f", at the same number of tokens ({times(one.tokens_ratio)}){usd}"
    return f", at {times(one.tokens_ratio)} the tokens{usd}"


def _details(one: ContrastResult) -> Iterator[str]:
    yield f"{one.wins} won, {one.ties} tied, {one.losses} lost, of {one.briefs} briefs in {one.clusters} clusters"
    if one.p is not None:
        adjusted = f", {chance(one.adjusted)} after Holm" if one.adjusted is not None else ""
        yield f"p {chance(one.p)}{adjusted}"
    if one.mcnemar is not None:
        yield f"McNemar p {chance(one.mcnemar)}"
    if one.smallest is None:
        yield "no difference is so large that so few briefs show it in 80 of 100 such experiments"
    else:
        yield f"the smallest difference that so many briefs show in 80 of 100 such experiments: {hundred(one.smallest)} of 100"


def good_means(report: ExperimentReport) -> str:
    """What counts as better, in a sentence."""
    judge = f" ({report.judge})" if report.judge else ""
    said = {
        Outcome.CHECKS: "A sample is good if its arm accepted it and it passes every exact check that the scenario requires.",
        Outcome.JUDGE: f"A sample is good if its arm accepted it, it passes every exact check, and a judge who sits in no arm{judge} "
        "finds every criterion good enough.",
        Outcome.PAIRS: f"A judge who sits in no arm{judge} compares the samples of two arms, in both orders and without knowing which "
        "made which.",
        Outcome.PEOPLE: "A sample is good if its arm accepted it, it passes every exact check, and a person finds it good.",
    }
    return f"{said[report.outcome]} It is counted for every planned brief: an arm that rejects a sample has none that is good."


# -- figures -------------------------------------------------------------------------------------------------


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


# -- what a role is worth ------------------------------------------------------------------------------------


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


def leaves(value: Any, before: str = "") -> Iterator[tuple[str, str]]:
    """Everything in a row of calibration.json, by its dotted place."""
    whole = isinstance(value, Mapping) and ("value" in value or {"hits", "of"} <= value.keys())
    if isinstance(value, Mapping) and not whole:
        for key, inner in value.items():
            yield from leaves(inner, f"{before}.{key}" if before else str(key))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for place, inner in enumerate(value):
            named = [inner.get(key) for key in _NAMES if inner.get(key)] if isinstance(inner, Mapping) else []
            rest = {key: one for key, one in inner.items() if key not in _NAMES} if named else inner
            yield from leaves(rest, f"{before}.{' '.join(map(str, named)) or place}")
    else:
        yield before, " ".join(filter(None, measured(value)))
