"""Which of several candidates is kept, and why the others are not, from how each of them stood. Pure.

`graphs.verify` derives a choice again by the same functions: what a role said is given, what follows from it is not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from agents.choosing.answers import answer_in
from agents.judging.lost import is_lost
from scenarios.loading import Loaded
from scenarios.records import Better, Candidate, Contender, Evidence, Match, Selection, Status
from scenarios.schema.roles import required_checks
from scenarios.schema.scenario import Scenario
from scenarios.schema.topology import CHOICE, ChosenBy

VERSION = 1
"""Of the evidence of a choice."""
_SHOWN = 60
"""Characters of an answer that a reason shows."""


def unmet_by(evidence: Sequence[Evidence], scenario: Scenario) -> int:
    """How many of the scenario's required checks do not pass a candidate: it fails them, or nobody can tell since they failed."""
    required = required_checks(scenario)
    return sum(one.check in required and one.status in (Status.FAIL, Status.ERROR) for one in evidence)


def answer_of(made: Candidate, field: str, loaded: Loaded) -> str:
    """What a candidate states in a field; empty if there is no such field or no such text."""
    plan = next((plan for plan in loaded.scenario.fields if plan.name == field), None)
    return answer_in(plan, made.fields.get(field, "")) if plan else ""


def leaders(contenders: Sequence[Contender]) -> list[Contender]:
    """The whole candidates that the fewest required checks do not pass."""
    whole = [one for one in contenders if one.unmet is not None]
    least = min((one.unmet for one in whole if one.unmet is not None), default=0)
    return [one for one in whole if one.unmet == least]


def asks(by: ChosenBy, evidence: Sequence[Evidence], scenario: Scenario) -> bool:
    """Whether a role is to choose among the leaders, one of whom has this evidence: not if nothing can save them any more."""
    return by in (ChosenBy.JUDGE, ChosenBy.PAIRWISE) and not is_lost(evidence, scenario)


def in_pairs(left: Sequence[int]) -> list[tuple[int, int]]:
    """Who meets whom in a round of the knock-out; of an odd number the last has nobody."""
    return list(zip(left[::2], left[1::2], strict=False))


def after_round(left: Sequence[int], matches: Sequence[Match]) -> list[int]:
    """Who is left after a round: of two the better one, or if neither is the earlier. Raises KeyError if two have not met."""
    met = {(match.first, match.second): match.better for match in matches}
    through = [second if met[first, second] is Better.SECOND else first for first, second in in_pairs(left)]
    return [*through, *left[2 * len(through) :]]


def settled(
    by: ChosenBy, contenders: Sequence[Contender], scenario: Scenario, matches: Sequence[Match] = (), aside: str = ""
) -> Selection:
    """The choice among candidates, each with how it stood. If none is whole, the first that the machinery failed is kept, else
    the first. Raises KeyError if a pairwise choice lacks a match."""
    decides = ChosenBy.CHECKS if aside else by
    kept = _kept(decides, contenders, scenario, matches)
    return Selection(
        by=by,
        kept=kept.number,
        contenders=tuple(
            one.model_copy(
                update={"why": "" if one is kept else _why(decides, one, kept, contenders, scenario, matches)}
            )
            for one in contenders
        ),
        matches=tuple(matches),
        aside=aside,
    )


def _kept(by: ChosenBy, contenders: Sequence[Contender], scenario: Scenario, matches: Sequence[Match]) -> Contender:
    best = leaders(contenders)
    if not best:
        return next((one for one in contenders if one.failure), contenders[0])
    if by is ChosenBy.MAJORITY and (most := _majority(contenders)):
        return min((one for one in contenders if one.answer == most), key=lambda one: (one.unmet, one.number))
    if by is ChosenBy.JUDGE:
        return min(
            best, key=lambda one: (not one.scores, bool(one.failure), _low(one, scenario), -_mean(one), one.number)
        )
    if by is ChosenBy.PAIRWISE and matches:
        left = [one.number for one in best]
        while len(left) > 1:
            left = after_round(left, matches)
        return next(one for one in best if one.number == left[0])
    return best[0]


def _votes(contenders: Sequence[Contender]) -> Counter[str]:
    """How many whole candidates state each answer, in the order in which the answers come up."""
    return Counter(one.answer for one in contenders if one.unmet is not None and one.answer)


def _majority(contenders: Sequence[Contender]) -> str:
    """The answer that most state, of several the one that comes up first; empty if none is stated twice."""
    votes = _votes(contenders).most_common(1)
    return votes[0][0] if votes and votes[0][1] > 1 else ""


def _low(one: Contender, scenario: Scenario) -> bool:
    """Whether a score is under the least of its criterion, with which a sample is rejected."""
    return any(score < scenario.least_of(name) for name, score in one.scores.items())


def _mean(one: Contender) -> float:
    return sum(one.scores.values()) / len(one.scores) if one.scores else 0.0


# -- in words ------------------------------------------------------------------------------------------------------


def _why(
    by: ChosenBy, one: Contender, kept: Contender, contenders: Sequence[Contender], scenario: Scenario,
    matches: Sequence[Match],
) -> str:  # fmt: skip
    """Why a candidate was not kept."""
    if one.unmet is None or one.failure:
        return _unmade(one)
    if by is ChosenBy.MAJORITY and _majority(contenders) and one.answer != kept.answer:
        return f"states {_shown(one.answer)}, and {kept.number} what most state"
    if kept.unmet is not None and one.unmet > kept.unmet:
        return f"required checks that do not pass it: {one.unmet}; of {kept.number}: {kept.unmet}"
    if by is ChosenBy.JUDGE and kept.scores and (why := _scored_less(one, kept, scenario)):
        return why
    for match in matches:
        if one.number in (match.first, match.second) and (why := _lost_in(match, one.number)):
            return why
    return f"as good as {kept.number}, and later"


def _unmade(one: Contender) -> str:
    return f"the machinery failed: {one.failure.reason}" if one.failure else f"given up: {one.given_up}"


def _scored_less(one: Contender, kept: Contender, scenario: Scenario) -> str:
    if not one.scores:
        return "its scores could not be read"
    if _low(one, scenario) and not _low(kept, scenario):
        return "has a score with which a sample is rejected"
    if _mean(one) != _mean(kept):
        return f"scores {_mean(one):.4g} on average, and {kept.number} scores {_mean(kept):.4g}"
    return ""


def _lost_in(match: Match, number: int) -> str:
    """Why a candidate did not get past a match; empty if it did."""
    other = match.second if number == match.first else match.first
    if match.better is Better.TIE:
        return f"neither is better, and {other} is the earlier" if number == match.second else ""
    lost = match.better is (Better.SECOND if number == match.first else Better.FIRST)
    return f"{other} was found better" if lost else ""


def _shown(answer: str) -> str:
    if not answer:
        return "nothing"
    return f"“{answer if len(answer) <= _SHOWN else f'{answer[:_SHOWN]}…'}”"


def evidence_of_choice(selection: Selection, least: int = 1) -> Evidence | None:
    """The evidence of a choice, a FAIL if too few state the answer that is kept; None if no candidate was whole, so that
    there was nothing to choose."""
    contenders = selection.contenders
    if not leaders(contenders):
        return None
    by = (
        f"by checks, since the role that was to choose decides nothing ({selection.aside})"
        if selection.aside
        else f"by {selection.by}"
    )
    failed = [f"{one.number} failed" for one in contenders if one.failure]
    told = [f"kept {selection.kept} of {len(contenders)} {by}", _standing(selection), *failed]
    status, kept = Status.PASS, contenders[selection.kept - 1]
    votes = _votes(contenders)[kept.answer]
    if selection.by is ChosenBy.MAJORITY and votes < least > 1:
        status = Status.FAIL
        told.append(f"at least {least} have to state it")
    return Evidence(check=CHOICE, version=VERSION, status=status, detail="; ".join(told))


def _standing(selection: Selection) -> str:
    """How the candidates stood, in words."""
    contenders = selection.contenders
    if selection.by is ChosenBy.MAJORITY:
        answer, voters = contenders[selection.kept - 1].answer, sum(one.unmet is not None for one in contenders)
        if not _majority(contenders):
            return f"no answer was stated twice by {voters}"
        return f"{_votes(contenders)[answer]} of {voters} state {_shown(answer)}"
    if not selection.aside and any(one.scores for one in contenders):
        return f"scores on average: {', '.join(f'{_mean(one):.4g}' if one.scores else '–' for one in contenders)}"
    if selection.matches:
        return "; ".join(_told(match) for match in selection.matches)
    return (
        f"required checks not passed: {', '.join('–' if one.unmet is None else str(one.unmet) for one in contenders)}"
    )


def _told(match: Match) -> str:
    pair = f"{match.first} and {match.second}"
    if match.better is Better.TIE:
        turned = Better.TIE not in match.said
        return f"{pair}: a tie{', since the answer turned with the order' if turned else ''}"
    better, worse = (match.first, match.second) if match.better is Better.FIRST else (match.second, match.first)
    return f"{better} better than {worse}"
