"""A text with its JSON: a right one passes every check, and each kind of fault fails the check that names it."""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.checks.extract.schemas import Property, check_schemas, dates, gold, shape_of
from agents.checks.extract.told import absent, same
from agents.checks.registry import early_faults, run_checks
from scenarios.briefs import plan_brief
from scenarios.errors import ScenarioError
from scenarios.records import Brief, Candidate, Status
from tests.helpers import NOTES, loaded, planned_form

EXTRACT = planned_form("extract")
KINDS = [value.name for value in EXTRACT.scenario.axes["kind"].values]
SEEDS = range(64)
Fields = dict[str, str]
Change = Callable[[str, dict[str, Any], Brief, random.Random], tuple[str, Any] | None]


def right_fields(brief: Brief) -> Fields:
    """The sample that is right by construction."""
    return {"text": brief.texts["notes"], "json": brief.texts["values"]}


def failed(brief: Brief, fields: Fields) -> set[str]:
    """The checks that fail."""
    found = run_checks(EXTRACT, Candidate(brief=brief, fields=fields))
    assert {one.status for one in found} <= {Status.PASS, Status.FAIL}
    return {one.check for one in found if one.status is Status.FAIL}


@pytest.mark.parametrize("seed", range(5))
def test_no_right_sample_fails(seed: int) -> None:
    met = set()
    for number in range(40):
        brief = plan_brief(EXTRACT, seed, 0, number, number)
        assert failed(brief, right_fields(brief)) == set(), brief.texts["notes"]
        assert orjson.loads(brief.texts["values"]) == gold(brief)
        assert set(gold(brief)) == set(shape_of(brief.attributes["kind"]["schema"]).properties)
        met.add(brief.cell["kind"])
    assert met == set(KINDS)


@pytest.mark.parametrize("index", range(len(EXTRACT.demonstrations)))
def test_demonstrations_pass_every_check(index: int) -> None:
    shown = EXTRACT.demonstrations[index]
    brief = next(b for b in _briefs() if b.cell["kind"] == shown.cell["kind"]).model_copy(
        update={"facts": shown.facts, "texts": {**shown.texts, "values": shown.fields["json"]}, "demonstrations": ()}
    )
    assert failed(brief, shown.fields) == set()


@cache
def _briefs() -> tuple[Brief, ...]:
    return tuple(plan_brief(EXTRACT, 1, 0, number, number) for number in range(40))


@cache
def _of_seed(seed: int) -> Brief:
    return plan_brief(EXTRACT, seed, 0, seed, seed)


# -- faults ------------------------------------------------------------------------------------------------------


def _keys(values: dict[str, Any], kind: type) -> list[str]:
    return [key for key, value in values.items() if type(value) is kind]


def swapped(text: str, values: dict[str, Any], brief: Brief, rng: random.Random) -> tuple[str, Any] | None:
    one, other = rng.sample(_keys(values, str), 2)
    return text, {**values, one: values[other], other: values[one]}


def changed(kind: type, change: Callable[[Any], Any]) -> Change:
    """Change one value of a type in the JSON."""

    def apply(text: str, values: dict[str, Any], brief: Brief, rng: random.Random) -> tuple[str, Any] | None:
        keys = _keys(values, kind)
        if not keys:
            return None
        key = rng.choice(keys)
        return text, {**values, key: change(values[key])}

    return apply


def shift_day(values: dict[str, Any]) -> dict[str, Any]:
    return {
        key: f"{value[:8]}{'15' if value[8:] != '15' else '16'}" if _is_day(value) else value
        for key, value in values.items()
    }


def _is_day(value: Any) -> bool:
    return isinstance(value, str) and value[:2] == "20" and value.count("-") == 2


def without(text: str, values: dict[str, Any], brief: Brief, rng: random.Random) -> tuple[str, Any]:
    key = rng.choice(list(values))
    return text, {name: value for name, value in values.items() if name != key}


def sentence_left_out(text: str, values: dict[str, Any], brief: Brief, rng: random.Random) -> tuple[str, Any]:
    parts = text.split(". ")
    parts.pop(rng.randrange(len(parts)))
    return ". ".join(parts).rstrip(".") + ".", values


def other_number(text: str, values: dict[str, Any], brief: Brief, rng: random.Random) -> tuple[str, Any] | None:
    """The text tells another number than the facts have."""
    key = next((key for key, value in values.items() if type(value) in {int, float}), None)
    if key is None:
        return None
    number = brief.facts[key].split(" ")[0]
    return text.replace(f" {number} ", f" {number.replace(number[0], str((int(number[0]) + 1) % 9 + 1), 1)} "), values


def flipped_cue(text: str, values: dict[str, Any], brief: Brief, rng: random.Random) -> tuple[str, Any] | None:
    """The text says the opposite of a flag, and the JSON does not."""
    for key in _keys(values, bool):
        fact = brief.facts[key]
        other = (
            fact.replace("no ", "a ", 1)
            if fact.startswith("no ")
            else fact.replace("not ", "")
            if " not " in fact
            else ""
        )
        if fact.startswith("no ") and fact[3:].split()[0] in {"experience", "gift"}:
            other = fact[3:]
        if other:
            return text.replace(fact, other), values
    return None


def both_cues(text: str, values: dict[str, Any], brief: Brief, rng: random.Random) -> tuple[str, Any] | None:
    shape = shape_of(brief.attributes["kind"]["schema"])
    for key, value in values.items():
        if isinstance(value, bool):
            other = shape.properties[key].cues[str(not value).lower()][0]
            return f"{text} Some say that {other}.", values
    return None


def crossed_words(text: str, values: dict[str, Any], brief: Brief, rng: random.Random) -> tuple[str, Any] | None:
    """Two values of one type have changed places in the text."""
    pairs = {"invitation": ("guest", "host"), "appointment": ("patient", "doctor")}
    pair = pairs.get(brief.cell["kind"])
    if pair is None:
        return None
    one, other = (brief.facts[key] for key in pair)
    return text.replace(one, "\0").replace(other, one).replace("\0", other), values


def key_rows(text: str, values: dict[str, Any], brief: Brief, rng: random.Random) -> tuple[str, Any]:
    rows = [f"{key.replace('_', ' ').capitalize()}: {brief.facts[key]}" for key in values]
    return (". " if rng.random() < 0.5 else "\n").join(rows) + ".", values


FAULTS: dict[str, tuple[Change, str]] = {
    "value swapped between two keys": (swapped, "facts_kept"),
    "value not in the text": (changed(str, lambda value: "Bertram"), "values_in_text|json_valid"),
    "changed number": (changed(float, lambda value: value + 100), "values_in_text"),
    "changed count": (changed(int, lambda value: value + 1), "values_in_text"),
    "changed day": (lambda text, values, brief, rng: (text, shift_day(values)), "values_in_text"),
    "day as it is written": (
        lambda text, values, brief, rng: (text, {k: brief.facts[k] if _is_day(v) else v for k, v in values.items()})
        if any(map(_is_day, values.values())) else None, "json_valid"),
    "flag flipped": (changed(bool, lambda value: not value), "facts_kept"),
    "flag as a string": (changed(bool, lambda value: "yes"), "json_valid"),
    "number as a string": (changed(float, str), "json_valid"),
    "count as a string": (changed(int, str), "json_valid"),
    "list as a string": (changed(list, ", ".join), "json_valid"),
    "item left out of a list": (changed(list, lambda value: value[1:]), "facts_kept"),
    "item added to a list": (changed(list, lambda value: [*value, "an anvil"]), "values_in_text"),
    "null in place of a value": (changed(str, lambda value: None), "json_valid"),
    "unknown value of an enum": (
        lambda text, values, brief, rng: (text, {**values, "delivery": "pigeon"}) if "delivery" in values else None,
        "json_valid"),
    "key left out": (without, "facts_kept"),
    "extra key": (lambda text, values, brief, rng: (text, {**values, "note": "hello"}), "no_extra_keys"),
    "key renamed": (
        lambda text, values, brief, rng: (text, {f"{key}_": value for key, value in values.items()}), "no_extra_keys"),
    "list in place of an object": (lambda text, values, brief, rng: (text, [values]), "json_valid"),
    "no JSON": (lambda text, values, brief, rng: (text, "as above"), "json_valid"),
    "fact left out of the text": (sentence_left_out, "facts_told|flags_told"),
    "other number in the text": (other_number, "facts_told"),
    "text says the opposite": (flipped_cue, "flags_told"),
    "text says both": (both_cues, "flags_told"),
    "two people change places in the text": (crossed_words, "facts_in_place"),
    "JSON in the text": (
        lambda text, values, brief, rng: (f"{text} {orjson.dumps(values).decode()}.", values), "json_apart"),
    "rows of keys and values": (key_rows, "text_is_prose"),
    "text that repeats itself": (lambda text, values, brief, rng: (f"{text} {text}", values), "fresh_text"),
    "invented number": (
        lambda text, values, brief, rng: (f"{text} Room 4711 is upstairs.", values), "facts_consistent"),
    "invented name": (
        lambda text, values, brief, rng: (f"{text} It was noted by Wolfram.", values), "facts_consistent"),
}  # fmt: skip


@pytest.mark.parametrize("kind", FAULTS)
def test_each_fault_fails_the_check_that_names_it(kind: str) -> None:
    change, check = FAULTS[kind]
    met = 0
    for seed in SEEDS:
        brief = _of_seed(seed)
        right = right_fields(brief)
        made = change(right["text"], orjson.loads(right["json"]), brief, random.Random(seed))
        if made is None:
            continue
        text, values = made
        fields = {"text": text, "json": values if isinstance(values, str) else orjson.dumps(values).decode()}
        if fields["text"] == right["text"] and orjson.loads(right["json"]) == values:
            continue
        met += 1
        found = failed(brief, fields)
        assert found & set(check.split("|")), (kind, fields, found)
        assert (
            any(early_faults(EXTRACT, Candidate(brief=brief, fields=fields), [*fields][-1]))
            or check == "facts_consistent"
        )
    assert met >= 5


def test_a_key_twice_fails() -> None:
    brief = _briefs()[0]
    right = right_fields(brief)
    key, value = next(iter(orjson.loads(right["json"]).items()))
    twice = f'{{"{key}": {orjson.dumps(value).decode()}, {right["json"][1:]}'
    assert orjson.loads(twice) == orjson.loads(right["json"])
    assert failed(brief, {**right, "json": twice}) == {"json_valid"}


@pytest.mark.parametrize(
    ("told", "value", "there"),
    [
        ("It costs 1,250 euros.", 1250, True),
        ("It costs 1250 euros.", 1250, True),
        ("There are three rooms.", 3, True),
        ("It costs 12.50 euros.", 12.5, True),
        ("It costs 12.50 euros.", 12, False),
        ("It costs 12.50 euros.", 50, False),
        ("The code is X3.", 3, False),
        ("On 3 May 2027.", 2027, True),
        ("At 3:45.", 45, False),
    ],
)
def test_numbers_are_found_as_stated(told: str, value: float, there: bool) -> None:
    plan = Property.model_validate({"type": "number"})
    assert (absent(plan, value, told) == "") is there


@pytest.mark.parametrize("text", ["4 May 2027", "May 4, 2027", "the 4th of May 2027", "2027-05-04", "4 may, 2027"])
def test_dates_are_read_in_the_stated_forms(text: str) -> None:
    assert [day.isoformat() for day in dates(f"It is on {text}.")] == ["2027-05-04"]


@pytest.mark.parametrize("text", ["31 February 2027", "4/5/2027", "May 2027", "4 Mai 2027"])
def test_what_is_no_date_is_none(text: str) -> None:
    assert dates(text) == []


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(
        st.text(max_size=8),
        st.one_of(
            st.integers(),
            st.text(max_size=9),
            st.booleans(),
            st.none(),
            st.floats(allow_nan=False, allow_infinity=False),
        ),
        max_size=5,
    ),
    st.text(max_size=80),
)
def test_any_json_and_any_text_are_read_without_an_error(values: dict[str, Any], text: str) -> None:
    brief = _briefs()[0]
    source = (
        orjson.dumps(values, option=orjson.OPT_PASSTHROUGH_SUBCLASS).decode()
        if all(not isinstance(v, int) or abs(v) < 2**53 for v in values.values())
        else "{}"
    )
    right = right_fields(brief)
    failed(brief, {"text": text, "json": right["json"]})
    failed(brief, {"text": right["text"], "json": source})
    failed(brief, {"text": text, "json": text})


@given(st.one_of(st.booleans(), st.integers(0, 1), st.text(max_size=3)))
def test_a_flag_is_no_number(value: Any) -> None:
    assert same(value, value)
    assert not same(True, 1)
    assert not same(0, False)


@pytest.mark.parametrize(
    ("schema", "word"),
    [
        ("{", "schema"),
        ('{"type": "object", "properties": {"a": {"type": "thing"}}}', "a"),
        ('{"type": "object", "properties": {"a": {"type": "boolean"}}}', "x-cues"),
        ('{"type": "object", "properties": {"a": {"type": "string", "$ref": "http://localhost/x"}}}', "ref"),
        ('{"type": "object", "required": ["b"], "properties": {"a": {"type": "string"}}}', "'b'"),
        ('{"type": "array"}', "type"),
    ],
)
def test_a_broken_schema_is_told_before_the_run(tmp_path: Path, schema: str, word: str) -> None:
    scenario = loaded(tmp_path, NOTES, axes={"topic": [{"name": "a map", "schema": schema}]})
    with pytest.raises(ScenarioError, match="axes.topic: a map: schema") as told:
        check_schemas(scenario)
    assert word in str(told.value)


@pytest.mark.parametrize(
    ("told", "value", "there"),
    [
        ("Come to Organ Recital night.", "the Organ Recital", True),
        ("It is at the River Terrace.", "river terrace", True),
        ("See Dr. Fabian.", "Dr Fabian", True),
        ("The code is AB‑1234.", "AB-1234", True),
        ("We begin at 2:20 pm.", "14:20", True),
        ("We begin at half past three.", "15:30", True),
        ("We begin at six o'clock.", "18:00", True),
        ("We begin at noon.", "12:00", True),
        ("We begin on 18 July.", "18:00", False),
        ("We begin at 2:30 pm.", "14:20", False),
        ("Ines of Malmö is invited.", "Ines of Malmo", True),
        ("The Organ is there.", "the Organ Recital", False),
        ("It lay by the market hall.", "near the market hall", True),
    ],
)
def test_texts_and_times_are_found_in_any_spelling(told: str, value: str, there: bool) -> None:
    assert (absent(Property.model_validate({"type": "string"}), value, told) == "") is there


@pytest.mark.parametrize(
    ("told", "value", "there"),
    [
        ("It costs €12.50.", 12.5, True),
        ("It costs twelve euros fifty.", 12.5, True),
        ("It costs 12 euros 50.", 12.5, True),
        ("a 20-hour week", 20, True),
        ("It weighs 3.5kg.", 3.5, True),
        ("It costs 12 euros 40.", 12.5, False),
        ("The code is AB-20.", 20, False),
    ],
)
def test_amounts_are_found_by_their_value(told: str, value: float, there: bool) -> None:
    assert (absent(Property.model_validate({"type": "number"}), value, told) == "") is there


@pytest.mark.parametrize(
    ("one", "other", "equal"),
    [
        ("Organ Recital", "the Organ Recital", True),
        ("14:20", "2.20 pm", False),
        ("2.20 pm", "14:20", True),
        ("Dr. Fabian", "Dr Fabian", True),
        (["soap", "lamp"], ["a lamp", "soap"], True),
        (["soap"], ["a lamp", "soap"], False),
        ("Organ", "Organ Recital", False),
        ("near the market hall", "the market hall", True),
        ("the market hall", "near the market hall", True),
        ("at market hall", "the market hall", True),
        ("near the market hall", "at the market hall", False),
        ("behind the market hall", "the market hall", False),
        ("from Verena", "Verena", True),
        (["with a lamp", "soap"], ["soap", "lamp"], True),
        ("near", "the market hall", False),
    ],
)
def test_values_of_the_json_are_equal_by_what_they_say(one: Any, other: Any, equal: bool) -> None:
    assert same(one, other) is equal


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("Bruno Hale, this is a reminder of your appointment with Dr Fabian on Tuesday.", False),
        ("Dr Fabian expects Bruno Hale on Tuesday.", False),
        ("Dear Bruno Hale, you have an appointment with Dr Fabian.", False),
        ("Dear Dr Fabian, you have an appointment with Bruno Hale.", True),
        ("A note for Dr Fabian. Your appointment is with Bruno Hale.", True),
    ],
)
def test_people_have_changed_places_only_if_words_of_one_stand_with_the_other(text: str, wrong: bool) -> None:
    brief = next(b for b in _briefs() if b.cell["kind"] == "appointment")
    facts = {**brief.facts, "patient": "Bruno Hale", "doctor": "Dr Fabian"}
    changed = brief.model_copy(update={"facts": facts})
    assert ("facts_in_place" in failed(changed, {"text": text, "json": "{}"})) is wrong


def test_a_sample_in_another_language_than_its_facts_is_compared_as_far_as_it_can_be() -> None:
    brief = next(b for b in _briefs() if b.cell["kind"] == "order").model_copy(update={"language": "German"})
    values = orjson.loads(brief.texts["values"])
    text = (
        f"Die Bestellung {values['order_code']} von {values['customer']} enthält drei Artikel und kostet "
        f"{values['total']} Euro. Sie wird so schnell geliefert, wie es die Kundin wünscht, und ist kein Geschenk."
    )
    made = Candidate(brief=brief, fields={"text": text, "json": brief.texts["values"]})
    found = {e.check: e.status for e in run_checks(EXTRACT, made)}
    assert found["facts_told"] is found["flags_told"] is found["values_in_text"] is Status.UNVERIFIABLE
    lost = made.model_copy(update={"fields": {**made.fields, "text": text.replace(values["order_code"], "X1")}})
    assert {e.check: e.status for e in run_checks(EXTRACT, lost)}["facts_told"] is Status.FAIL


def test_a_key_that_may_be_null_counts_as_one_that_is_left_out() -> None:
    """A text need not give what its schema allows to be null; a planned fact has to be there all the same."""
    shape = shape_of(
        '{"type": "object", "properties": {"size": {"type": ["string", "null"], "enum": ["small", "large", null]},'
        ' "found": {"type": ["null", "string"], "format": "date"}, "name": {"type": "string"}}}'
    )
    assert [plan.nullable for plan in shape.properties.values()] == [True, True, False]
    assert shape.properties["size"].enum == ("small", "large")
    brief = next(b for b in _briefs() if b.cell["kind"] == "lost property")
    optional = {**brief.attributes["kind"]}
    optional["schema"] = optional["schema"].replace(
        '"reference": {"type": "string"}',
        '"reference": {"type": ["string", "null"]}, "owner": {"type": ["string", "null"]}',
    )
    asked = brief.model_copy(update={"attributes": {**brief.attributes, "kind": optional}})
    right = right_fields(asked)
    values = orjson.loads(right["json"])
    assert failed(asked, {**right, "json": orjson.dumps({**values, "owner": None}).decode()}) == set()
    assert failed(asked, {**right, "json": orjson.dumps({**values, "owner": "Nobody"}).decode()}) == {"values_in_text"}
    assert failed(asked, {**right, "json": orjson.dumps({**values, "reference": None}).decode()}) == {"facts_kept"}
