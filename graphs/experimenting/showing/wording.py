"""Figures and findings of an experiment in plain words, for its page. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphs.experimenting.report import ContrastResult, ExperimentReport, Outcome
from graphs.pages.wording import Tendency, chance, digits_of, hundred, measured, signed, tendency, times
from scenarios.frozen import Frozen

_NAMES = ("criterion", "kind", "strength")
"""What names a row in a list of calibration.json."""
_NEAR = 0.05
"""A ratio so near to one is said to be the same."""


class ToldContrast(Frozen):
    """A contrast in words."""

    finding: Tendency
    sentence: str
    details: tuple[str, ...]


def finding_of(one: ContrastResult) -> Tendency:
    """What a contrast tells, by its interval."""
    return tendency(one.difference)


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


# -- what a role is worth ------------------------------------------------------------------------------------


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
