"""How far the judging roles of a run agree on the same versions. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from agents.judging.opinion import Rating
from agents.judging.scoring import LEAST, MOST
from evaluation.verdicts.agreement import Level, agreement
from graphs.calibrating.asking import Ratings
from graphs.calibrating.worth import RoleAgreement

_YES_OR_NO = 2


def agreement_of(said: Mapping[str, Ratings]) -> RoleAgreement | None:
    """How far roles agree on whether to object, and judges on their scores, by what each said of the same versions; None if there
    are no two roles."""
    if len(said) < 2:
        return None
    by_version = _by_version(said)
    verdicts = agreement(
        [[None if one is None else one.objects for one in row] for row in by_version], categories=_YES_OR_NO
    )
    judges = [
        place for place, column in enumerate(zip(*by_version, strict=True)) if any(one and one.scores for one in column)
    ]
    scores = None
    if len(judges) > 1:
        rows = [row for version in by_version for row in _scores([version[place] for place in judges])]
        scores = agreement(rows, Level.ORDINAL, categories=MOST - LEAST + 1)
    names = tuple(said)
    return RoleAgreement(
        roles=names, verdicts=verdicts, judges=tuple(names[place] for place in judges) if scores else (), scores=scores
    )


def _by_version(said: Mapping[str, Ratings]) -> list[list[Rating | None]]:
    """What each role said of each version, sound ones first."""
    sounds = dict.fromkeys(key for one in said.values() for key in one.sound)
    rows = [[one.sound[key][1] if key in one.sound else None for one in said.values()] for key in sounds]
    return rows + [list(row) for row in zip(*(one.flawed for one in said.values()), strict=True)]


def _scores(ratings: Sequence[Rating | None]) -> list[list[float | None]]:
    """The judges' scores of a version, criterion by criterion."""
    criteria = dict.fromkeys(name for one in ratings if one for name in one.scores)
    return [[one.scores.get(name) if one else None for one in ratings] for name in criteria]
