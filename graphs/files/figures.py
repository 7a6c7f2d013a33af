"""Figures of the summary that are counted in one pass over the records."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from agents.judging.panel import objects
from agents.judging.scoring import fell_back
from agents.models.calls import Model
from agents.text.quoting import shortened
from evaluation.coverage import coverage
from evaluation.lexical import distinct
from graphs.planning.covering import Covering
from graphs.planning.giving_up import GivenUp
from graphs.planning.outcomes import outcome_of
from graphs.planning.planner import settle
from memory.words.tokens import Tokeniser
from scenarios.records import Record, Slip, Status, Verdict
from scenarios.schema.axes import Cell
from scenarios.schema.space import Space

_EXAMPLE = 300
"""Characters of a refused draw that the summary shows."""


class DiversityCount:
    """Counts over the accepted samples, one pass."""

    def __init__(self) -> None:
        self._tokeniser = Tokeniser()
        self._distances: list[float] = []
        self._cells: set[tuple[str, ...]] = set()
        self._values: dict[str, set[str]] = {}

    def add(self, record: Record) -> None:
        """Count one accepted sample."""
        self._tokeniser.add(record.candidate.text())
        if record.novelty.distance is not None:
            self._distances.append(record.novelty.distance)
        cell = record.candidate.brief.cell
        self._cells.add(tuple(cell.values()))
        for axis, value in cell.items():
            self._values.setdefault(axis, set()).add(value)

    def figures(self) -> dict[str, Any]:
        """distinct-1 and distinct-2 (unique n-grams over n-grams), nearest-neighbour distances, cells and values met."""
        tokens = self._tokeniser.tokens()
        return {
            **{f"distinct_{n}": _rounded(distinct(tokens.ngrams(n))) for n in (1, 2)},
            "nearest_mean": _rounded(sum(self._distances) / len(self._distances) if self._distances else None),
            "nearest_least": min(self._distances, default=None),
            "cells": len(self._cells),
            "values": {axis: len(met) for axis, met in self._values.items()},
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


class CoverageReport:
    """Which pairs of values have a sample, counting those that the memory holds from other runs: one pass over records."""

    def __init__(self, space: Space, met: Iterable[Cell]) -> None:
        self._space = space
        self._cells: list[Cell] = list(met)
        self._covering = Covering(space)
        """What only ever failed. Pairs that have a sample have not."""
        for cell in self._cells:
            self._covering.accept(cell)

    def add(self, record: Record) -> None:
        """Count one record; a provisional one says nothing yet of its cell."""
        outcome = outcome_of(record)
        if outcome.verdict is Verdict.ACCEPTED:
            self._cells.append(outcome.cell)
        if outcome.verdict is Verdict.ACCEPTED or record.final:
            self._covering.plan(outcome.cell)
            settle(self._covering, outcome)

    def figures(self) -> dict[str, Any]:
        """`pairs` that have a sample `of` all, their `share`, the `cells` met, and the combinations that only failed."""
        axes = {name: axis.names for name, axis in self._space.axes.items()}
        found = coverage(self._cells, axes, self._space.exclusions)
        pairs, of = (found.pairs.met, found.pairs.possible) if found else (0, len(self._space.combinations))
        return {
            "pairs": pairs,
            "of": of,
            "share": round(pairs / of, 4) if of else 1.0,
            "cells": found.cells.met if found else 0,
            "failing": [
                {"combination": dict(combination), "failures": failures}
                for combination, failures in self._covering.failing()
            ],
        }


def given_up_figures(given: GivenUp, models: Mapping[str, Model]) -> dict[str, Any]:
    """What no more briefs are made of: the `values` of its cells (none: all cells), the `check` that no draw passed, with a
    draw, what the `briefs` took, and about how much was `spared`."""
    taken = given.usage.items()
    spent = {
        "requests": sum(used.calls for _, used in taken),
        "tokens": sum(used.tokens for _, used in taken),
        "usd": sum(models[role].cost(used) for role, used in taken if role in models),
    }
    rate = given.spared / given.briefs
    return {
        "values": dict([given.value] if given.value else []),
        "check": given.check,
        "briefs": given.briefs,
        "text": shortened(given.text, _EXAMPLE),
        "reason": shortened(given.reason, _EXAMPLE),
        "requests": spent["requests"],
        "tokens": spent["tokens"],
        "cost_usd": round(spent["usd"], 6),
        "spared": {
            "briefs": given.spared,
            "requests": round(spent["requests"] * rate),
            "tokens": round(spent["tokens"] * rate),
            "cost_usd": round(spent["usd"] * rate, 6),
        },
    }


class RefusedDraws:
    """How many draws each check refused, with the last of them as an example."""

    def __init__(self) -> None:
        self._counts = Counter[str]()
        self._last: dict[str, Slip] = {}

    def add(self, record: Record) -> None:
        """Count the refused draws of a record."""
        for slip in record.candidate.all_slips():
            self._counts[slip.check] += 1
            self._last[slip.check] = slip

    def figures(self) -> dict[str, Any]:
        """`draws` in all, and `by_check`: how many, and one of them with its text and reason."""
        return {
            "draws": self._counts.total(),
            "by_check": {
                check: {"draws": count, "text": shortened(self._last[check].said(), _EXAMPLE),
                        "reason": shortened(self._last[check].problem, _EXAMPLE)}
                for check, count in self._counts.most_common()
            },
        }  # fmt: skip


def mistakes_of(record: Record, judging: Collection[str]) -> Counter[str]:
    """How often each check found something wrong on the way to a record: in refused draws, drafts, candidates that were not kept,
    and its own end. What a role of `judging` says is an opinion, and not counted here."""
    made = record.candidate
    found = Counter(slip.check for slip in made.all_slips())
    for one in made.selection.contenders if made.selection else ():
        found.update(e.check for e in one.evidence if e.status is Status.FAIL and e.check not in judging)
    found.update(problem.check for draft in made.drafts for problem in draft.problems if problem.check)
    found.update(one.check for one in made.evidence if one.status is Status.FAIL and one.check not in judging)
    return found


def objections_of(record: Record, judging: Collection[str], members: Mapping[str, str]) -> Counter[str]:
    """The judging roles that rejected the record, or would have; `members` are those of panels, by the names of their
    evidence."""
    said = record.candidate.evidence
    found = Counter(one.check for one in said if one.status is Status.FAIL and one.check in judging)
    found.update(members[one.check] for one in said if one.check in members and objects(one))
    return found


def without_odds_of(record: Record, members: Mapping[str, str]) -> Counter[str]:
    """The judges who were to be scored by the odds of their tokens, got none, and were asked several times in place of that."""
    return Counter(members.get(one.check, one.check) for one in record.candidate.evidence if fell_back(one.detail))
