"""Defects of tasks, which have fields: prose, steps, solutions, JSON. Each takes the last field that it can be planted in. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from agents.defects.json_values import other_values, value_of
from agents.defects.kinds import Change, Defect, DefectStrength, Soil
from agents.defects.of_talk import leaking
from agents.defects.texts import broken_off, changed_numbers, numbers_in, parts_of, renumbered, units_of
from scenarios.records import Candidate
from scenarios.schema.plans import FieldKind

_LEAST_DIGITS = 2
"""Of a number that two fields share for a reason."""


def _texts(soil: Soil, prose: bool = True) -> Iterator[tuple[int, str, str]]:
    """The fields from the last to the first, each with its place and name: those of prose, or all that are no JSON."""
    kinds = {plan.name: plan.kind for plan in soil.loaded.scenario.fields}
    for place, (name, text) in reversed([*enumerate(soil.candidate.fields.items())]):
        if text.strip() and value_of(text) is None and not (prose and kinds.get(name) is FieldKind.EXACT):
            yield place, name, text


def _with(soil: Soil, place: int, name: str, text: str, told: str) -> Change | None:
    made: Candidate = soil.candidate
    if text == made.fields[name]:
        return None
    changed = made.model_copy(update={"fields": {**made.fields, name: text}})
    return Change(changed, f"{name}: {told}", (place,))


def _first(changes: Iterator[Change | None]) -> Change | None:
    return next((change for change in changes if change), None)


def repetition(soil: Soil) -> Change | None:
    """Mild: the text ends with a sentence that it has. Plain: a step says the first one again. Gross: all do."""

    def changed() -> Iterator[Change | None]:
        for place, name, text in _texts(soil):
            units, between = units_of(text)
            if soil.strength is DefectStrength.MILD and (parts := parts_of(text)):
                yield _with(
                    soil,
                    place,
                    name,
                    f"{text}{between}{max(parts[:-1] or parts, key=len)}",
                    "a sentence stands there twice",
                )
            elif soil.strength is DefectStrength.PLAIN and len(units) > 2:
                at = soil.rng.randrange(1, len(units))
                units[at] = units[0]
                yield _with(soil, place, name, between.join(renumbered(units)), f"step {at + 1} is step 1 again")
            elif soil.strength is DefectStrength.GROSS and len(units) > 2:
                said = renumbered([units[0]] * len(units))
                yield _with(soil, place, name, between.join(said), "every step is step 1")

    return _first(changed())


def wrong_fact(soil: Soil) -> Change | None:
    """A number that stands in another field, in the brief, or before. Mild: its last digit is one off. Plain: it is another one.
    Gross: every number of that field is."""

    def changed() -> Iterator[Change | None]:
        for place, name, text in _texts(soil, prose=False):
            others = [other for field, other in soil.candidate.fields.items() if field != name]
            known = [
                number for other in (*others, *soil.candidate.brief.facts.values()) for number in numbers_in(other)
            ]
            here = numbers_in(text)
            known += [number for number in here if here.count(number) > 1]
            said, told = changed_numbers(text, known, soil.strength, soil.rng)
            yield _with(soil, place, name, said, told) if said else None

    return _first(changed())


def cut_off(soil: Soil) -> Change | None:
    """Mild: the last sentence breaks off. Plain: the second half is missing. Gross: two thirds are, in the middle of a word."""

    def changed() -> Iterator[Change | None]:
        for place, name, text in _texts(soil):
            units, between = units_of(text)
            if soil.strength is DefectStrength.MILD and (said := broken_off(text)):
                yield _with(soil, place, name, said, "the last sentence breaks off")
            elif soil.strength is DefectStrength.PLAIN and len(units) > 1:
                kept = units[: len(units) // 2]
                yield _with(soil, place, name, between.join(kept), f"ends after step {len(kept)} of {len(units)}")
            elif soil.strength is DefectStrength.GROSS and len(text) > 30:
                yield _with(soil, place, name, text[: len(text) // 3], "only a third is left")

    return _first(changed())


def leak(soil: Soil) -> Change | None:
    """The text shows what its writer was told, in English, as prompts are: as in a conversation."""
    words = leaking(soil.strength, "answers the task")
    return _first(
        _with(soil, place, name, f"{words} {text}", f"begins with “{words}”") for place, name, text in _texts(soil)
    )


def left_out(soil: Soil) -> Change | None:
    """Mild: a step in the middle is missing. Plain: two are. Gross: every other one is."""

    def changed() -> Iterator[Change | None]:
        for place, name, text in _texts(soil):
            units, between = units_of(text)
            inside = range(1, len(units) - 1)
            many = {DefectStrength.MILD: 1, DefectStrength.PLAIN: 2, DefectStrength.GROSS: len(units) // 2}[
                soil.strength
            ]
            if len(inside) < many + (soil.strength is not DefectStrength.MILD):
                continue
            gone = (
                [*inside][::2][:many]
                if soil.strength is DefectStrength.GROSS
                else sorted(soil.rng.sample(inside, many))
            )
            kept = renumbered([unit for at, unit in enumerate(units) if at not in gone])
            told = f"without step {', '.join(str(at + 1) for at in gone)} of {len(units)}"
            yield _with(soil, place, name, between.join(kept), told)

    return _first(changed())


def disorder(soil: Soil) -> Change | None:
    """Mild: two neighbouring steps change places. Plain: the last step stands first. Gross: all stand in reverse."""

    def changed() -> Iterator[Change | None]:
        for place, name, text in _texts(soil):
            units, between = units_of(text)
            if len(units) < 4:
                continue
            if soil.strength is DefectStrength.MILD:
                at = soil.rng.randrange(1, len(units) - 1)
                units[at], units[at + 1] = units[at + 1], units[at]
                told = f"steps {at + 1} and {at + 2} changed places"
            elif soil.strength is DefectStrength.PLAIN:
                units, told = [units[-1], *units[:-1]], "the last step stands first"
            else:
                units, told = units[::-1], "all steps stand in reverse"
            yield _with(soil, place, name, between.join(renumbered(units)), told)

    return _first(changed())


def contradiction(soil: Soil) -> Change | None:
    """A number that two fields share is another in the later one. Mild: once, the last digit. Plain: every time. Gross: every
    shared number is, every time."""

    def changed() -> Iterator[Change | None]:
        for place, name, text in _texts(soil, prose=False):
            before = [*soil.candidate.fields.values()][:place]
            shared = [
                n for n in numbers_in(text) if len(n) >= _LEAST_DIGITS and any(n in numbers_in(o) for o in before)
            ]
            if len(set(shared)) < (2 if soil.strength is DefectStrength.GROSS else 1):
                continue
            said, told = changed_numbers(
                text, shared, soil.strength, soil.rng, every=soil.strength is DefectStrength.PLAIN
            )
            yield _with(soil, place, name, said, f"{told}, against an earlier field") if said else None

    return _first(changed())


def value_changed(soil: Soil) -> Change | None:
    """Of a field that is JSON. Mild: a digit of a value is one off. Plain: two values change places. Gross: all do."""

    def changed() -> Iterator[Change | None]:
        for place, (name, text) in reversed([*enumerate(soil.candidate.fields.items())]):
            found = other_values(text, soil.strength, soil.rng)
            yield _with(soil, place, name, *found) if found else None

    return _first(changed())


def ignored(soil: Soil) -> Change | None:
    """Mild: the last third of the steps is that of another sample's. Plain: the second half is. Gross: all of the field is."""
    strange = soil.stranger.fields if soil.stranger else {}

    def changed() -> Iterator[Change | None]:
        for place, name, text in _texts(soil):
            units, between = units_of(text)
            others, _ = units_of(strange.get(name, ""))
            share = {DefectStrength.MILD: 3, DefectStrength.PLAIN: 2, DefectStrength.GROSS: 1}[soil.strength]
            many = -(-len(units) // share)
            if not others or (many == len(units) and share > 1):
                continue
            said = renumbered([*units[: len(units) - many], *others[-many:]])
            yield _with(
                soil, place, name, between.join(said), f"its last {many} of {len(units)} steps are another sample's"
            )

    return _first(changed())


OF_FIELDS: dict[Defect, Callable[[Soil], Change | None]] = {
    Defect.REPETITION: repetition,
    Defect.WRONG_FACT: wrong_fact,
    Defect.CUT_OFF: cut_off,
    Defect.LEAK: leak,
    Defect.IGNORED: ignored,
    Defect.LEFT_OUT: left_out,
    Defect.DISORDER: disorder,
    Defect.CONTRADICTION: contradiction,
    Defect.VALUE_CHANGED: value_changed,
}
