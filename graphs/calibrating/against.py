"""How a role's ratings stand to what people said of the same samples. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.cast import Cast
from agents.judging.opinion import Rating
from evaluation.judging.ranking import auc_apart, auc_of
from evaluation.judging.shares import share_of
from evaluation.judging.thresholds import apart, chosen_apart
from evaluation.verdicts.agreement import agreement
from graphs.calibrating.people import Labelled, People
from graphs.calibrating.worth import CriterionWorth, Drawn, EditsWorth, PeopleWorth, ReasonFound

ENOUGH = 10
"""Sound and flawed samples, of each, from which people's verdicts decide whether a judgement counts: with so many a role whose AUC is
0.8 has on average a lower end above 0.5 (Hanley and McNeil 1982: a standard error of 0.10), as it must."""


def against_people(cast: Cast, people: People, rated: Mapping[str, Rating], scores: bool) -> tuple[PeopleWorth, ...]:
    """A role's figures by people's verdicts, for samples that were drawn at random and for those that were not; `rated` are its
    ratings by the sample's id, and `scores` says whether it gives scores by criterion."""
    found = []
    for drawn, labels in people.labels.items():
        both = [(one, rated[one.sample.brief.id]) for one in labels if one.sample.brief.id in rated]
        if both:
            found.append(_worth(cast, drawn, both, scores))
    return tuple(found)


def _worth(cast: Cast, drawn: Drawn, both: Sequence[tuple[Labelled, Rating]], scores: bool) -> PeopleWorth:
    sound = [rating for one, rating in both if one.sound]
    flawed = [rating for one, rating in both if not one.sound]
    reasons = sorted({reason for one, _ in both for reason in one.reasons})
    by_reason = {name: [rating.objects for one, rating in both if name in one.reasons] for name in reasons}
    least = cast.loaded.scenario.least_of
    criteria = []
    for name in cast.loaded.scenario.rubric if scores else ():
        good, bad = [one.scores[name] for one in sound], [one.scores[name] for one in flawed]
        criteria.append(
            CriterionWorth(
                criterion=name,
                auc=auc_apart(good, bad),
                now=apart(least(name), good, bad),
                chosen=chosen_apart(good, bad),
            )
        )
    return PeopleWorth(
        drawn=drawn,
        sound=len(sound),
        flawed=len(flawed),
        auc=auc_apart([one.value for one in sound], [one.value for one in flawed]),
        sensitivity=share_of(sum(one.objects for one in flawed), len(flawed)),
        specificity=share_of(sum(not one.objects for one in sound), len(sound)),
        agreement=agreement([[not one.sound, rating.objects] for one, rating in both], categories=2),
        by_reason=tuple(
            ReasonFound(reason=name, found=share_of(sum(found), len(found))) for name, found in by_reason.items()
        ),
        criteria=tuple(criteria),
        enough=drawn is Drawn.AUDIT and min(len(sound), len(flawed)) >= ENOUGH,
    )


def edits_worth(pairs: Sequence[tuple[Rating, Rating]]) -> EditsWorth | None:
    """What a role made of samples before and after people's edits; None if there are none."""
    if not pairs:
        return None
    return EditsWorth(
        auc=auc_of([(after.value, [before.value]) for before, after in pairs]),
        better=share_of(sum(after.value > before.value for before, after in pairs), len(pairs)),
        found=share_of(sum(before.objects for before, _ in pairs), len(pairs)),
        kept=share_of(sum(not after.objects for _, after in pairs), len(pairs)),
    )
