"""What a role's ratings say of its worth. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from agents.cast import Cast
from agents.defects.kinds import DefectStrength, Planted
from agents.judging.judge import criteria_in_order
from agents.judging.kinship import kin_of
from agents.judging.opinion import Rating
from evaluation.intervals import Figure
from evaluation.judging.ranking import Rated, auc_of
from evaluation.judging.shares import Hits, share_of
from evaluation.judging.shifts import correlation, mean_of, noise_of, order_effects
from evaluation.judging.thresholds import at_least, chosen
from graphs.calibrating.against import against_people, edits_worth
from graphs.calibrating.asking import Ratings
from graphs.calibrating.people import People
from graphs.calibrating.versions import Versions, sound_key
from graphs.calibrating.worth import (
    ChecksWorth,
    CountsBy,
    CriterionWorth,
    DebateWorth,
    Drawn,
    KindWorth,
    LengthBias,
    OrderBias,
    Repeats,
    RoleWorth,
)
from scenarios.records import Candidate
from scenarios.schema.roles import JUDGING, RoleKind
from scenarios.schema.scenario import Calibration

_Found = Sequence[tuple[Planted, bool, bool]]
"""Flawed versions: whether there was an objection to each, and whether to its sound version."""


def worth_of(
    cast: Cast,
    role: str,
    kind: RoleKind,
    versions: Versions,
    said: Ratings,
    people: People | None = None,
    *,
    decided: bool = False,
) -> RoleWorth | None:
    """What a role is worth by what it said; None if nothing could be rated. `decided`: its
    word decided in the run, so that people saw what it let through and planted defects say more."""
    pairs = [
        (one, said.sound[sound_key(one.sound)][1], rating)
        for one, rating in zip(versions.planted, said.flawed, strict=True)
        if rating is not None and sound_key(one.sound) in said.sound
    ]
    scores = JUDGING[kind].scores
    by_people = against_people(cast, people or People(), said.people, scores)
    audit = next((one for one in by_people if one.drawn is Drawn.AUDIT), None)
    if not pairs and not by_people and not said.edited:
        return None
    model, plan = cast.models[role], cast.loaded.scenario.roles[role]
    outranks = audit is not None and audit.auc.value is not None and (not pairs or (audit.enough and not decided))
    planted = auc_of(_samples(pairs, lambda rating: rating.value))
    figure = planted if pairs or audit is None else audit.auc
    deciding = audit.auc if outranks and audit else planted
    found = [(one, flawed.objects, sound.objects) for one, sound, flawed in pairs]
    caught = sum(objects for _, objects, _ in found)
    sound = [rating for _, rating in said.sound.values()]
    wrong = sum(one.objects for one in sound)
    read = max(1, said.asked - said.unread)
    per = said.usage
    return RoleWorth(
        role=role,
        kind=kind.value,
        model=model.name,
        asking=plan.asking.value if scores else "",
        scoring=plan.scoring.value if scores else "",
        without_odds=said.without_odds,
        counts=informative(deciding) and (not outranks or bool(audit and audit.enough)),
        counts_by=CountsBy.PEOPLE if outranks else CountsBy.PLANTED,
        auc=figure,
        pairs=len(pairs),
        precision=share_of(caught, caught + wrong),
        recall=share_of(caught, len(found)),
        specificity=share_of(len(sound) - wrong, len(sound)),
        located=_located(pairs),
        by_kind=by_kind(found),
        by_act=tuple(_row(act, "", [each for each in found if each[0].act == act]) for act in _acts(versions)),
        criteria=_criteria(cast, pairs) if scores and pairs else (),
        length=_length(said),
        order=_order(cast, role, said) if said.backwards else None,
        again=_again(said) if said.again else None,
        flips=share_of(
            sum(one.flipped for one in said.preferred if one), sum(one is not None for one in said.preferred)
        )
        if said.preferred
        else None,
        debate=_debate(said) if said.argued else None,
        people=by_people,
        edits=edits_worth(said.edited),
        related=kin_of(cast.loaded, cast.models, role),
        asked=said.asked,
        unread=said.unread,
        prompt_tokens=round(per.prompt_tokens / read, 1),
        completion_tokens=round(per.completion_tokens / read, 1),
        usd=model.cost(per) / read if model.priced else None,
    )


def checks_worth(found: _Found) -> ChecksWorth:
    """What the checks found that no model is asked for."""
    return ChecksWorth(by_kind=by_kind(found), found=share_of(sum(caught for _, caught, _ in found), len(found)))


def by_kind(found: _Found) -> tuple[KindWorth, ...]:
    """How many were found by kind, by kind and strength, and by strength over all kinds."""
    rows = list[KindWorth]()
    for kind in sorted({one.defect for one, _, _ in found}):
        own = [each for each in found if each[0].defect == kind]
        rows += [_row(kind, "", own), *_by_strength(kind, own)]
    return (*rows, *_by_strength("", found))


def _acts(versions: Versions) -> list[str]:
    return sorted({one.act for one in versions.planted if one.act})


def _by_strength(kind: str, found: _Found) -> Iterable[KindWorth]:
    for strength in DefectStrength:
        if own := [each for each in found if each[0].strength is strength]:
            yield _row(kind, strength, own)


def _row(kind: str, strength: str, found: _Found) -> KindWorth:
    caught = sum(flawed for _, flawed, _ in found)
    sound = {sound_key(one.sound): objects for one, _, objects in found}
    wrong = sum(sound.values())
    return KindWorth(
        kind=kind,
        strength=strength,
        found=share_of(caught, len(found)),
        kept=share_of(len(sound) - wrong, len(sound)),
        precision=share_of(caught, caught + wrong),
    )


_Pair = tuple[Planted, Rating, Rating]
"""A flawed version with the ratings of its sound one and of itself."""


def _samples(pairs: Sequence[_Pair], read: Callable[[Rating], float]) -> list[Rated]:
    """The ratings by sound version."""
    grouped: dict[str, tuple[float, list[float]]] = {}
    for one, sound, flawed in pairs:
        grouped.setdefault(sound_key(one.sound), (read(sound), []))[1].append(read(flawed))
    return list(grouped.values())


def _located(pairs: Sequence[_Pair]) -> Hits:
    named = [(one.turns, rating.turns) for one, _, rating in pairs if rating.objects and rating.turns and one.turns]
    return share_of(sum(not set(turns).isdisjoint(told) for turns, told in named), len(named))


def _criteria(cast: Cast, pairs: Sequence[_Pair]) -> tuple[CriterionWorth, ...]:
    scenario = cast.loaded.scenario
    found = []
    for name in scenario.rubric:
        samples = _samples(pairs, lambda rating, name=name: rating.scores[name])  # type: ignore[misc]
        found.append(
            CriterionWorth(
                criterion=name,
                auc=auc_of(samples),
                now=at_least(scenario.least_of(name), samples),
                chosen=chosen(samples),
            )
        )
    return tuple(found)


def _length(said: Ratings) -> LengthBias:
    both = [(said.sound[key], longer) for key, longer in said.padded.items() if key in said.sound]
    words = [float(_words(sound)) for sound, _ in said.sound.values()]
    added = [_words(longer) - _words(sound) for (sound, _), (longer, _) in both]
    return LengthBias(
        padded=mean_of([after.value - before.value for (_, before), (_, after) in both]),
        words=round(sum(added) / len(added), 1) if added else 0.0,
        samples=len(both),
        correlation=correlation(words, [rating.value for _, rating in said.sound.values()]),
    )


def _words(candidate: Candidate) -> int:
    return len(candidate.text().split())


def _order(cast: Cast, role: str, said: Ratings) -> OrderBias:
    effects, moves = list[float](), list[float]()
    for key, backwards in said.backwards.items():
        if key not in said.sound:
            continue
        candidate, forwards = said.sound[key]
        order = criteria_in_order(cast.loaded, candidate, role)
        effects += order_effects([(forwards.scores, backwards.scores)], order)
        moves.append(sum(abs(forwards.scores[name] - backwards.scores[name]) for name in order) / len(order))
    return OrderBias(first_over_last=mean_of(effects), moved=mean_of(moves), samples=len(moves))


def _again(said: Ratings) -> Repeats:
    both = [(said.sound[key][1], second) for key, second in said.again.items() if key in said.sound]
    changed = sum(one.objects is not other.objects for one, other in both)
    return Repeats(
        noise=noise_of([(one.value, other.value) for one, other in both]), changed=share_of(changed, len(both))
    )


def _debate(said: Ratings) -> DebateWorth:
    read = [one for one in said.argued if one.only_first is not None]
    flawed, sound = [one.first for one in read if one.flawed], [one.first for one in read if not one.flawed]
    return DebateWorth(
        only_first=share_of(sum(bool(one.only_first) for one in read), len(read)),
        first_recall=share_of(sum(bool(first) for first in flawed), len(flawed)),
        first_specificity=share_of(sum(not first for first in sound), len(sound)),
        unread=len(said.argued) - len(read),
    )


def standings(rows: Iterable[RoleWorth]) -> list[Calibration]:
    """What `calibration.yaml` keeps of roles: the figures that say whether their judgement counts. A role of which too few audited
    samples are known, and no planted defects, is not among them."""
    found = []
    for row in rows:
        audit = next((one for one in row.people if one.drawn is Drawn.AUDIT), None)
        by_people = row.counts_by is CountsBy.PEOPLE
        if by_people and not (audit and audit.enough):
            continue
        figure = audit.auc if by_people and audit else row.auc
        if not by_people and not row.pairs:
            continue
        found.append(
            Calibration(
                model=row.model,
                role=row.role,
                auc=figure.value or 0.0,
                low=figure.low or 0.0,
                samples=audit.sound + audit.flawed if by_people and audit else row.pairs,
                people=by_people,
                found=_found(row.by_kind),
                kept=audit.specificity.value if by_people and audit else row.specificity.value,
            )
        )
    return found


def informative(figure: Figure) -> bool:
    """Whether an AUC says that a judgement counts."""
    if figure.value is None or figure.low is None:
        return False
    return Calibration(model="-", role="-", auc=figure.value, low=figure.low, samples=1).informative


def _found(rows: Sequence[KindWorth]) -> Mapping[str, float]:
    """The recall of each kind, and of each kind and strength as `kind/strength`."""
    return {
        f"{row.kind}/{row.strength}" if row.strength else row.kind: row.found.value
        for row in rows
        if row.kind and row.found.value is not None
    }
