"""Scenarios as data: those that ship load and are sound; plans are functions of the seed."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from agents.checks.registry import check_names_known
from agents.text.phrases import holds
from graphs.sampling.topology import topology_of
from graphs.settings.templates import check_templates
from scenarios.briefs import cell_of, plan_brief
from scenarios.errors import ScenarioError
from scenarios.loading import load, scenario_names
from scenarios.schema.scenario import Family
from scenarios.seeds import seed_of
from tests.helpers import NOTES, PLANNED, TALK, loaded, write_scenario


@pytest.mark.parametrize("name", [*scenario_names(), PLANNED])
def test_what_ships_loads_and_is_sound(name: str) -> None:
    scenario = load(name)
    assert scenario.scenario.name == ("support" if name == PLANNED else name)
    topology_of(scenario.scenario)
    check_names_known(scenario)
    check_templates(scenario)
    for number in range(60):
        brief = plan_brief(scenario, 5, 0, number, number)
        assert set(brief.cell) == set(scenario.scenario.axes)
        for demonstration in brief.demonstrations:
            shown = scenario.demonstrations[demonstration]
            assert bool(shown.lines) == (scenario.scenario.family is Family.DIALOGUE)
    for demonstration in scenario.demonstrations:
        assert all(line["speaker"] in scenario.scenario.roles for line in demonstration.lines)


@pytest.mark.parametrize("name", [*scenario_names(), PLANNED])
def test_every_turn_and_field_can_be_satisfied_by_what_its_writer_knows(name: str) -> None:
    """What a line must say is in its act, in what its role sees, or can be said by anyone."""
    scenario = load(name)
    for number in range(60):
        brief = plan_brief(scenario, 7, 0, number, number)
        for turn in brief.turns:
            assert turn.speaker in scenario.scenario.roles
            assert turn.act.strip()
            assert all(phrase for group in turn.must for phrase in group), turn


def test_the_same_seed_plans_the_same_and_another_another() -> None:
    scenario = load(PLANNED)
    one = [plan_brief(scenario, 1, 0, n, n) for n in range(20)]
    assert one == [plan_brief(scenario, 1, 0, n, n) for n in range(20)]
    assert one != [plan_brief(scenario, 2, 0, n, n) for n in range(20)]
    assert len({brief.id for brief in one}) == 20
    assert len({brief.seed for brief in one}) == 20


def test_cells_by_chance_follow_the_weights(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, axes={"topic": {"weighted": {"rare": 1, "common": 9}}})
    met = Counter(cell_of(scenario, 0, number)["topic"] for number in range(2000))
    assert 140 < met["rare"] < 260
    assert met["rare"] + met["common"] == 2000


def test_facts_are_drawn_as_planned_and_reach_texts_and_turns(tmp_path: Path) -> None:
    scenario = loaded(tmp_path)
    codes = set()
    for number in range(40):
        brief = plan_brief(scenario, 0, 0, number, number)
        letters, digits = brief.facts["code"].split("-")
        assert (len(letters), len(digits)) == (2, 4)
        assert letters.isupper()
        assert digits.isdigit()
        assert brief.facts["day"] in brief.texts["goal"]
        assert brief.turns[2].must == ((brief.facts["code"],),)
        assert holds(brief.cell["topic"], brief.turns[0].act)
        codes.add(brief.facts["code"])
    assert len(codes) == 40


def test_a_turn_is_left_out_of_other_cells(tmp_path: Path) -> None:
    turns = [*TALK["turns"], {"speaker": "guest", "act": "rejoices", "when": {"mood": ["glad"]}}]
    scenario = loaded(tmp_path, turns=turns)
    lengths = {brief.cell["mood"]: len(brief.turns) for brief in (plan_brief(scenario, 0, 0, n, n) for n in range(12))}
    assert lengths == {"calm": 4, "glad": 5}


def test_a_scenario_is_found_by_its_folder_too(tmp_path: Path) -> None:
    path = write_scenario(tmp_path / "talk")
    assert load(str(path)) == load(str(path.parent))


@pytest.mark.parametrize(
    "tag", ["!!python/object/apply:os.system ['x']", "!!python/name:os.system", "!!python/object:os.x {}"]
)
def test_python_tags_are_refused(tmp_path: Path, tag: str) -> None:
    path = write_scenario(tmp_path)
    path.write_text(path.read_text() + f"\nsettings: {tag}\n")
    with pytest.raises(ScenarioError, match="broken YAML"):
        load(str(path))


def test_calibration_beside_a_scenario_is_read(tmp_path: Path) -> None:
    path = write_scenario(tmp_path, NOTES)
    row = {"model": "m", "role": "judge", "auc": 0.9, "low": 0.8, "samples": 50}
    (tmp_path / "calibration.yaml").write_text(yaml.safe_dump([row]))
    assert load(str(path)).scenario.calibration[0].informative


@given(st.lists(st.one_of(st.integers(), st.text(max_size=5)), min_size=1, max_size=4))
def test_a_seed_depends_on_every_part(parts: list[int | str]) -> None:
    assert seed_of(*parts) == seed_of(*parts)
    assert 0 <= seed_of(*parts) < 2**63
    assert seed_of(*parts, "more") != seed_of(*parts)


def test_an_axis_and_words_are_read_from_files(tmp_path: Path) -> None:
    path = write_scenario(
        tmp_path, NOTES, axes={"topic": {"file": "topics.jsonl"}, "place": {"file": "places.yaml"}},
        facts={"use": {"words": "words.txt", "count": 2}}, brief={"goal": "{{ topic.colour }}, {{ facts.use }}"},
    )  # fmt: skip
    (tmp_path / "topics.jsonl").write_text(
        '{"name": "a map", "colour": "red"}\n\n{"name": "a bell", "colour": "blue"}\n'
    )
    (tmp_path / "places.yaml").write_text("- {name: here, weight: 3}\n- {name: there}\n")
    (tmp_path / "words.txt").write_text("salt\n\nfog\n a ladder \n")
    scenario = load(str(path))
    assert [value.name for value in scenario.scenario.axes["topic"].values] == ["a map", "a bell"]
    assert [value.weight for value in scenario.scenario.axes["place"].values] == [3, 1]
    check_templates(scenario)
    drawn = {plan_brief(scenario, 0, 0, n, n).facts["use"] for n in range(60)}
    assert drawn == {f"{a}, {b}" for a in ("salt", "fog", "a ladder") for b in ("salt", "fog", "a ladder") if a != b}


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("t.jsonl", "{", "line 1: broken JSON"), ("t.jsonl", "3", "row 1 is not a mapping"), ("t.yaml", "a: 3", "a list of rows"),
        ("t.yaml", "- {colour: red}", "row 1 is not a mapping with a text 'name'"), ("t.yaml", "[]", "axes.topic.values"),
        ("t.jsonl", '{"name": "a"}\n' * 2, "names a value twice"), ("t.jsonl", '{"name": "a"}\n' * 1001, "1001 rows"),
        ("../t.yaml", "[]", "outside the scenario's folder"), ("other.yaml", "[]", "which does not exist"),
    ],
)  # fmt: skip
def test_a_bad_file_of_rows_is_told(tmp_path: Path, name: str, text: str, told: str) -> None:
    path = write_scenario(tmp_path / "s", NOTES, axes={"topic": {"file": name}})
    if name != "other.yaml":
        (tmp_path / "s" / name).write_text(text)
    with pytest.raises(ScenarioError, match=told):
        load(str(path))


@pytest.mark.parametrize(
    ("exclude", "told"),
    [
        ([{"topik": "a map", "mood": "calm"}], r"names 'topik', which is not an axis \(did you mean 'topic'"),
        ([{"topic": "a mop", "mood": "calm"}], r"topic=a mop, which the axis does not have \(did you mean 'a map'"),
        ([{"topic": ["a map", "a bell", "a coat"], "mood": ["calm", "glad"]}], "leaves no combination of values"),
        ([{"topic": "a map"}], "exclude.0.axes"),
    ],
)
def test_exclusions_are_checked(tmp_path: Path, exclude: list[dict[str, Any]], told: str) -> None:
    with pytest.raises(ScenarioError, match=told):
        loaded(tmp_path, exclude=exclude)


def test_chance_passes_over_cells_that_make_no_sense(tmp_path: Path) -> None:
    scenario = loaded(tmp_path, exclude=[{"topic": ["a map", "a bell"], "mood": "calm"}])
    met = {tuple(cell_of(scenario, 3, number).values()) for number in range(60)}
    assert met == {("a map", "glad"), ("a bell", "glad"), ("a coat", "calm"), ("a coat", "glad")}


@pytest.mark.parametrize(
    "plan",
    [
        {"words": ["a"], "count": 2}, {"words": ["a", "a"]}, {"words": ["a, b"]}, {"words": []}, {"words": "none.txt"},
        {"words": ["a"], "choice": ["b"]}, {},
    ],
)  # fmt: skip
def test_a_fact_is_drawn_in_one_way(tmp_path: Path, plan: dict[str, Any]) -> None:
    with pytest.raises(ScenarioError):
        loaded(tmp_path, NOTES, facts={"use": plan})


def test_too_many_pairs_of_values_are_refused(tmp_path: Path) -> None:
    many = {name: [str(n) for n in range(500)] for name in ("a", "b")}
    with pytest.raises(ScenarioError, match="251000 pairs"):
        loaded(tmp_path, NOTES, axes={"topic": ["x"], **many})


SPELLED = [
    "no",
    "on",
    "12:30",
    "07710",
    "1.10",
    "1e3",
    "2026-11-28",
    "1_000",
    "true",
    "null",
    "0x1F",
    "3",
    "-0",
    "2026-02-30",
    "=",
    "9" * 30,
]


NAMES = [text for text in SPELLED if text != "null"]
ROWS = {
    "here": "",
    "rows.jsonl": "\r\n".join(
        f'{{"name": "{text}", "size": {"1.10" if text == "1.10" else json.dumps(text)}}}' for text in NAMES
    ),
    "rows.yaml": "\r\n".join(f"- {{name: {text}, size: {text}}}" for text in NAMES),
}
"""The values of an axis in the scenario's own file, or in one of rows, with the line ends of another system."""


@pytest.mark.parametrize("form", ROWS)
def test_text_is_kept_as_it_is_spelled_wherever_text_is_wanted(tmp_path: Path, form: str) -> None:
    written = {
        "TOPIC": f"{{file: {form}}}" if ROWS[form] else f"[{', '.join(f'{{name: {text}, size: {text}}}' for text in NAMES)}]",
        "MOOD": "{weighted: {no: 2, 07710: 1}}", "EXCLUDED": "{topic: 12:30, mood: no}", "CODE": f"{{choice: [{', '.join(SPELLED)}]}}",
        "ACT": "12:30", "MUST": "[1.10]", "SETTLED": "07710", "LABEL": "1.10",
    }  # fmt: skip
    path = write_scenario(
        tmp_path, {**TALK, "facts": {"code": "CODE"}}, axes={"topic": "TOPIC", "mood": "MOOD"}, exclude=["EXCLUDED"],
        brief={"goal": "{{ topic.name }} {{ topic.size }} {{ facts.code }}"}, roles={"guest": {"label": "LABEL"}},
        turns=[{"speaker": "guest", "act": "ACT", "must": "MUST"}], questions={"settled": "SETTLED"}, demonstrations={"file": "shown.yaml"},
    )  # fmt: skip
    text = path.read_text()
    for word, value in written.items():
        text = text.replace(word, value)
    path.write_bytes(f"\ufeff{text}".replace("\n", "\r\n").encode())
    path.with_name("shown.yaml").write_text(
        "- {cell: {topic: no}, facts: {code: 12:30, no: 1e3}, lines: [{speaker: guest, act: 07710, text: 1.10}]}"
    )
    path.with_name(form).write_bytes(f"\ufeff{ROWS[form]}".encode())
    found = load(str(path))
    scenario = found.scenario
    assert [value.attributes() for value in scenario.axes["topic"].values] == [
        {"name": one, "size": one} for one in NAMES
    ]
    assert scenario.axes["mood"].names == ("no", "07710")
    assert scenario.exclude[0].axes == {"topic": ("12:30",), "mood": ("no",)}
    assert scenario.facts["code"].choice == tuple(SPELLED)
    assert (scenario.turns[0].act, scenario.turns[0].must) == ("12:30", ("1.10",))
    assert (scenario.questions["settled"], scenario.roles["guest"].label) == ("07710", "1.10")
    shown = found.demonstrations[0]
    assert (shown.cell, shown.facts) == ({"topic": "no"}, {"code": "12:30", "no": "1e3"})
    assert shown.lines == ({"speaker": "guest", "act": "07710", "text": "1.10"},)
    for number, name in enumerate(NAMES):
        brief = plan_brief(found, 0, 0, number, number, {"topic": name, "mood": "07710"})
        assert brief.texts["goal"] == f"{name} {name} {brief.facts['code']}"


def test_a_price_that_a_template_counts_with_is_a_number_there(tmp_path: Path) -> None:
    axes = {"topic": [{"name": "a map", "price": "1.10"}, {"name": "a bell", "price": 2}]}
    found = loaded(
        tmp_path,
        NOTES,
        axes=axes,
        brief={"paid": "{{ topic.price }} twice is {{ '%.2f' % (2 * topic.price | float) }}"},
    )
    texts = [plan_brief(found, 0, 0, n, n, {"topic": name}).texts["paid"] for n, name in enumerate(("a map", "a bell"))]
    assert texts == ["1.10 twice is 2.20", "2 twice is 4.00"]


def test_a_row_keeps_its_separators_and_names_its_line(tmp_path: Path) -> None:
    path = write_scenario(tmp_path / "s", NOTES, axes={"topic": {"file": "t.jsonl"}})
    rows = path.with_name("t.jsonl")
    rows.write_bytes('\ufeff{"name": "a\u2028b\u2029c\x85d"}\r\n{"name": "e"}'.encode())
    assert load(str(path)).scenario.axes["topic"].names == ("a\u2028b\u2029c\x85d", "e")
    for text, told in (
        ('{"name": "a"}\n\n{"name": "\\ud800"}', "line 3: broken JSON: holds half a character"), ('{"name": "a", "name": "b"}', "given twice"),
        ('{"name": "a", "weight": NaN}', "NaN is no JSON"), ('{"name": "a", "weight": 1e999}', "weight"), ('{"name": null}', "row 1"),
    ):  # fmt: skip
        rows.write_text(text)
        with pytest.raises(ScenarioError, match=told):
            load(str(path))
