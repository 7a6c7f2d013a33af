"""Looks before anything runs for what a plan demands and its own guards would refuse in every draw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from agents.checks.guards import Passage, fault
from agents.checks.passages import field_passage, line_passage
from agents.text.prose import ended
from scenarios.briefs import brief_of, must_groups
from scenarios.errors import ScenarioError
from scenarios.loading import Loaded
from scenarios.records import Brief
from scenarios.schema.plans import FieldKind
from scenarios.schema.space import Space

_ABLE = frozenset({"must_say", "no_repetition", "in_role", "no_leak", "plain_language"})
"""Guards that can refuse what was given."""
_MOST = 300
"""Briefs that are looked at."""


def check_sayable(loaded: Loaded) -> None:
    """Raise ScenarioError if a value that a line or field has to say is refused by the scenario's own guards, so that no draw
    could pass."""
    names = [plan.name for plan in loaded.scenario.checks if plan.required and plan.name in _ABLE]
    if not names or not (loaded.scenario.turns or loaded.scenario.fields):
        return
    known = dict[object, tuple[str, str] | None]()
    for place, brief in enumerate(_briefs(loaded)):
        for where, groups, passage in _demanded(loaded, brief):
            if not place:
                _check_choices(loaded, brief, passage, names)
            _check_groups(where, groups, passage, names, known)


def _briefs(loaded: Loaded) -> Iterator[Brief]:
    """A brief for each value of each axis."""
    space = Space(loaded.scenario.axes, loaded.scenario.exclude)
    wanted = [{axis: value.name} for axis, plan in loaded.scenario.axes.items() for value in plan.values] or [{}]
    for number, part in enumerate(wanted[:_MOST]):
        cell = space.completed(part)
        if cell is not None:
            yield brief_of(loaded, number, cell, 0, number)


def _demanded(loaded: Loaded, brief: Brief) -> Iterator[tuple[str, Sequence[tuple[str, ...]], Passage]]:
    """What each line or field of prose of a brief has to say, with where the scenario says so."""
    for place, turn in enumerate(brief.turns):
        groups = (*turn.must, *turn.cues)
        yield f"turns: '{turn.act[:60]}'", groups, line_passage(loaded, brief, place, "", [])
    for plan in loaded.scenario.fields:
        if plan.kind is FieldKind.PROSE:
            where = f"fields.{plan.name}.must"
            groups = must_groups((*plan.must, *plan.cues), brief.values(), where)
            yield where, groups, field_passage(loaded, brief, plan, "")


def _check_groups(
    where: str, groups: Iterable[tuple[str, ...]], passage: Passage, names: Sequence[str],
    known: dict[object, tuple[str, str] | None],
) -> None:  # fmt: skip
    """`known` has what was found before: most of a plan is the same in every brief."""
    for group in groups:
        refused = list[tuple[str, str] | None]()
        for phrase in group:
            key = (phrase, passage.must_not, passage.never, passage.language, passage.max_words)
            if key not in known:
                known[key] = _refused(phrase, passage, names)
            refused.append(known[key])
        if group and all(refused):
            _refuse(where, group[0], refused[0])


def _check_choices(loaded: Loaded, brief: Brief, passage: Passage, names: Sequence[str]) -> None:
    """Check every choice of a fact that what is said here is made of, not only the one of this brief."""
    for name, plan in loaded.scenario.facts.items():
        mine = brief.facts.get(name, "")
        if not mine or not any(mine == phrase for group in passage.must for phrase in group):
            continue
        for choice in (*plan.choice, *plan.words):
            given = passage.given.replace(mine, choice)
            own = passage.model_copy(update={"given": f"{given}\n{choice}"})
            if refused := _refused(choice, own, names):
                _refuse(f"facts.{name}", choice, refused)


def _refused(phrase: str, passage: Passage, names: Sequence[str]) -> tuple[str, str] | None:
    """The guard that refuses any text with a phrase, and why."""
    said = f"A {phrase}" if ended(phrase, passage.language) else f"A {phrase}."
    alone = {"text": said, "must": (), "earlier": (), "demonstrated": (), "steps": None, "min_words": 0, "act": ""}
    line = passage.model_copy(update=alone)
    return next(((name, found) for name in names if (found := fault(name, line))), None)


def _refuse(where: str, value: str, refused: tuple[str, str] | None) -> None:
    assert refused is not None
    name, why = refused
    raise ScenarioError(
        f"{where}: no draw could say {value!r}, since '{name}' refuses a text that {why}; change the value or the check"
    )
