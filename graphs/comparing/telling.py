"""A comparison in lines, and its findings in sentences. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from evaluation.intervals import Figure
from graphs.comparing.judging import JudgeForecast
from graphs.comparing.pairing import PairedBy, Pairing
from graphs.comparing.report import BesideLogs, ComparisonReport, PreferredBy, TwoTold
from graphs.pages.wording import Tendency, hundred, number, tendency, usd
from scenarios.frozen import Frozen

_FARTHEST = 4
PAIRED = {
    PairedBy.BRIEF: "by brief",
    PairedBy.PROMPT: "by the user's first words",
    PairedBy.CELL: "by cell",
    PairedBy.RANDOM: "at random",
}


class ToldTwo(Frozen):
    """What was found of two datasets, in words."""

    finding: Tendency
    headline: str
    sentence: str
    details: tuple[str, ...]


def above_half(found: Figure) -> Figure:
    """A win rate as its difference from a half."""
    return Figure(value=_less(found.value), low=_less(found.low), high=_less(found.high))


def _less(value: float | None) -> float | None:
    return None if value is None else value - 0.5


def rate_said(found: Figure) -> str:
    """A win rate with its interval."""
    if found.value is None:
        return "no figure"
    if found.low is None or found.high is None:
        return f"{hundred(found.value)} % (no interval)"
    return f"{hundred(found.value)} % (95 %: {hundred(found.low)} to {hundred(found.high)})"


def told_two(two: TwoTold) -> ToldTwo | None:
    """What was found of two datasets; None if nobody has compared them."""
    found = two.preferred
    if found is None or found.rate.value is None:
        return None
    finding = tendency(above_half(found.rate))
    if not found.wins + found.losses:
        sentence = f"In none of {found.pairs} pairs was “{two.left}” or “{two.right}” preferred."
        return ToldTwo(finding=Tendency.OPEN, headline=sentence, sentence=sentence, details=tuple(_details(two)))
    share = f"in {hundred(found.rate.value)} of 100 pairs"
    if finding is Tendency.UNKNOWN:
        sentence = f"{found.pairs} pairs are too few to say whether “{two.left}” or “{two.right}” is better."
    else:
        interval = f"(95 %: {hundred(found.rate.low)} to {hundred(found.rate.high)}; a tie counts a half)"
        sure = {
            Tendency.MORE: "",
            Tendency.FEWER: "",
            Tendency.OPEN: ": so many pairs cannot tell the two apart",
        }[finding]
        sentence = f"“{two.left}” was preferred to “{two.right}” {share} {interval}{sure}."
    return ToldTwo(
        finding=finding, headline=sentence, sentence=f"{sentence} {_length_said(two)}".strip(), details=tuple(_details(two))
    )  # fmt: skip


def _length_said(two: TwoTold) -> str:
    """What is left of the preference at equal length."""
    assert two.preferred is not None
    rate, equal = two.preferred.rate, two.preferred.at_equal_length
    if equal.value is None:
        return "One of them is nearly always the longer one, so that length cannot be told apart from all else."
    if equal.low is None or equal.high is None:
        return ""
    was, now = tendency(above_half(rate)), tendency(above_half(equal))
    told = f"At equal length it is {rate_said(equal)}"
    if was in {Tendency.MORE, Tendency.FEWER} and now is not was:
        return f"{told}: the preference may be one for length alone."
    return f"{told}."


def _details(two: TwoTold) -> Iterator[str]:
    found = two.preferred
    assert found is not None
    yield f"{found.wins} won, {found.ties} tied, {found.losses} lost, of {found.pairs} pairs, paired {PAIRED[two.by]}"
    if two.pairs < two.possible:
        yield f"{two.possible:,} pairs were possible"
    if found.longer_wins.value is not None:
        yield f"the longer one won {rate_said(found.longer_wins)} of the decided pairs"
    if found.by_length_alone is not None:
        yield f"length alone would give {hundred(found.by_length_alone)} %"
    if found.at_equal_form.value is not None:
        yield f"at equal length, lists, Markdown and turns {rate_said(found.at_equal_form)}"
    if two.flips is not None:
        yield f"the judge's answer turned with the order in {hundred(two.flips)} of 100 pairs"
    if found.needed is not None and tendency(above_half(found.rate)) in {Tendency.OPEN, Tendency.UNKNOWN}:
        yield f"{found.needed:,} pairs would show such a rate in 80 of 100 comparisons"
    if found.smallest is not None:
        yield f"so many pairs show a rate from {hundred(found.smallest)} % on in 80 of 100 comparisons"


def plan_lines(pairings: Sequence[Pairing], by: PreferredBy, cost: JudgeForecast | None) -> Iterator[str]:
    """What will be asked."""
    for one in pairings:
        if one.left.contents == one.right.contents:
            yield f"{one.left.name} and {one.right.name}: the same samples, word for word; nothing to compare"
        elif by is not PreferredBy.NONE:
            yield (
                f"{one.left.name} ({len(one.left.pieces):,} samples) and {one.right.name} ({len(one.right.pieces):,}): "
                f"{len(one.pairs):,} of {one.possible:,} possible pairs, paired {PAIRED[one.by]}"
            )
    if cost is None:
        yield (
            "nobody is asked by this command" if by is PreferredBy.NONE else "people are asked: every pair once or more"
        )
        return
    price = "no price was given" if cost.usd is None else usd(cost.usd)
    yield f"the judge: {cost.pairs:,} pairs in both orders, {cost.calls:,} calls, about {number(cost.tokens)} tokens, {price}"


def report_lines(report: ComparisonReport) -> Iterator[str]:
    """What was found."""
    for two in report.two:
        told = told_two(two)
        if told is not None:
            yield told.sentence
            yield f"  {'; '.join(told.details)}"
    if report.ranking is not None:
        strongest = ", ".join(f"{one.name} {hundred(one.win_share)} %" for one in report.ranking.strengths)
        yield f"the strongest first (Bradley–Terry), with their share of wins: {strongest}"
    for like in report.likeness:
        yield f"{like.name} is least like the logs in (Cliff's delta): {', '.join(_farthest(like))}"
    yield from (f"note: {caveat}" for caveat in report.caveats)
    if report.tokens:
        yield f"the judge took {report.calls:,} requests, {report.tokens:,} tokens, {usd(report.usd)}"


def _farthest(like: BesideLogs) -> Iterator[str]:
    """What a dataset differs from the logs in most: of its conversations by side, else of its length and format."""
    found = [(feature.value, one.delta) for feature, one in like.effects.items()]
    if like.told is not None:
        found = [(str(key), one.delta) for key, one in like.told.course.items()]
        found += [(f"{side}: {key}", one.delta) for side, each in like.told.sides.items() for key, one in each.items()]
    for name, delta in sorted(found, key=lambda each: -abs(each[1].value or 0.0))[:_FARTHEST]:
        yield f"{name.replace('_', ' ')} {delta.value or 0.0:+.2f}".replace("-", "−")
