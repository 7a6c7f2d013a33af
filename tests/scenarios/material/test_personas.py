"""The packaged personas are varied, and a user's own file is read or refused in one line."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from scenarios.errors import ScenarioError
from scenarios.material.personas import packaged_personas, read_personas
from scenarios.schema.axes import Axis

KEYS = ["name", "age", "work", "region", "knows", "temper", "writes"]
TRAITS = {
    "sentence length": "sentence|words|short|long|fragment|line|clause|terse|telegram",
    "greeting or farewell": "greet|opening|hello|blessing|wishes|farewell|opens",
    "letter case": "capital|lower case|lower-case|caps",
    "marks": "exclamation|question mark|full stop|comma|dots|dash|semicolon|bracket|punctuation",
    "emoji": "emoji|smiley|heart",
    "politeness": "polite|please|kindly|thank|honorific|formal|respect|courte",
    "questions": "question|asks",
    "spelling": "typo|spell|letter|vowel|accents|grammar",
    "asides": "aside|bracket|digress|anecdote|joke",
}
"""Ways in which texts differ, and words that name them."""


def test_the_library_is_large_and_whole() -> None:
    found = [persona.attributes() for persona in packaged_personas()]
    assert len(found) >= 220
    for row in found:
        assert list(row) == KEYS
        assert all(row.values())
        assert sum(len(text.split()) for text in row.values()) < 60, row["name"]
        assert len(row["name"]) <= 60
    assert Axis.model_validate(packaged_personas()).names == tuple(row["name"] for row in found)


def test_the_library_is_varied() -> None:
    found = [persona.attributes() for persona in packaged_personas()]
    ages = [int(row["age"]) for row in found]
    assert min(ages) == 16
    assert max(ages) == 90
    decades = Counter(age // 10 for age in ages)
    assert all(decades[decade] >= 8 for decade in range(1, 8))
    assert decades[8] + decades[9] >= 5
    assert max(decades.values()) < len(found) / 4
    countries = Counter(row["region"].rsplit(", ", 1)[-1] for row in found)
    assert len(countries) >= 80
    assert max(countries.values()) < len(found) / 20
    assert max(Counter(row["temper"] for row in found).values()) <= 2
    assert len({row["work"] for row in found}) == len(found)


def test_each_persona_writes_in_its_own_way_and_says_so_in_few_words() -> None:
    """A manner of many marks becomes a caricature, and the length of messages belongs to the axis `wording`."""
    writes = [persona.attributes()["writes"] for persona in packaged_personas()]
    assert len(set(writes)) == len(writes)
    assert max(len(text.split()) for text in writes) <= 16
    assert not [text for text in writes if re.search("message|paragraph", text)]


def test_ways_of_writing_differ_in_what_can_be_measured() -> None:
    writes = [persona.attributes()["writes"] for persona in packaged_personas()]
    for trait, named in TRAITS.items():
        share = sum(bool(re.search(named, text)) for text in writes) / len(writes)
        assert 0.03 < share < 0.7, (trait, share)


def test_no_persona_writes_what_a_guard_refuses() -> None:
    refused = re.compile(r"`|\bbold\b|italic|bullet|backquote|underscore|markdown|unchanged|\*\w|\[x\]", re.IGNORECASE)
    assert not [one.name for one in packaged_personas() if refused.search(one.attributes()["writes"])]


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("mine.yaml", "- {name: Night guard, age: 41, writes: short}\n- {name: Baker, age: 007}\n"),
        ("mine.jsonl", '{"name": "Night guard", "age": 41, "writes": "short"}\n\n{"name": "Baker", "age": "007"}\n'),
        ("mine.csv", "name,age,writes\nNight guard,41,short\nBaker,007,\n"),
        ("mine.CSV", "\ufeffname;age;writes\r\n Night  guard;41;short\r\nBaker;007\r\n"),
        ("tabs.csv", 'name\tage\twrites\n"Night guard"\t41\tshort\nBaker\t007\t\n'),
    ],
)
def test_a_file_of_the_users_is_read(tmp_path: Path, file: str, text: str) -> None:
    path = tmp_path / file
    path.write_text(text, encoding="utf-8", newline="")
    assert [persona.attributes() for persona in read_personas(path)] == [
        {"name": "Night guard", "age": "41", "writes": "short"},
        {"name": "Baker", "age": "007"},
    ]


def test_scripts_and_weights_are_kept(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text("- {name: ممرضة ليلية 🌙, writes: 短い文。, weight: 2.5}\n", encoding="utf-8")
    [persona] = read_personas(path)
    assert persona.attributes() == {"name": "ممرضة ليلية 🌙", "writes": "短い文。"}
    assert persona.weight == 2.5


@pytest.mark.parametrize(
    ("file", "text", "told"),
    [
        ("a.yaml", "- {name: One}\n- {age: 40}\n", "row 2: has no name; give each persona a short 'name' of its own"),
        ("a.yaml", "- {name: '  '}\n", "row 1: has no name"),
        ("a.yaml", "- {name: [One]}\n", "row 1: has no name"),
        (
            "a.yaml",
            "- {name: One}\n- {name: Two}\n- {name: One}\n",
            "row 3: 'One' is the name of row 1 too; rename one",
        ),
        ("a.yaml", "- {name: One}\n- just a text\n", "row 2: is no mapping"),
        ("a.yaml", "- {name: One}\n-\n", "row 2: is no mapping"),
        ("a.yaml", "- {name: One, knows: [a, b]}\n", "row 1: 'knows' is a list; write a text"),
        ("a.yaml", "- {name: One, weight: -1}\n", "row 1: weight: "),
        ("a.yaml", "name: One\n", "holds no list"),
        ("a.yaml", "", "holds no persona"),
        ("a.yaml", "- {name: One\n", "broken YAML: line 1"),
        ("a.jsonl", '{"name": "One"}\n{"name": "One"}\n', "row 2: 'One' is the name of row 1 too"),
        ("a.jsonl", '"One"\n', "row 1: is no mapping"),
        ("a.jsonl", "{\n", "line 1: broken JSON"),
        ("a.csv", "title,age\nOne,2\n", "its first row has no 'name'"),
        ("a.csv", "name,age,age\nOne,2,3\n", "its first row has the name 'age' twice"),
        ("a.csv", "name,,age\nOne,2,3\n", "a column without a name"),
        ("a.csv", "name,age\nOne,2\nTwo,3,4\n", "row 2: has 3 cells for 2 names"),
        ("a.csv", "name,age\n,2\n", "row 1: has no name"),
        ("a.csv", 'name,age\n"One,2\n', "broken CSV"),
        ("a.csv", "name\n", "holds no persona"),
        ("a.txt", "One", "is no file of personas"),
    ],
)
def test_a_mistake_is_one_line_with_file_and_row(tmp_path: Path, file: str, text: str, told: str) -> None:
    path = tmp_path / file
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError) as error:
        read_personas(path)
    assert str(error.value).startswith(f"{path}: ")
    assert told in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        read_personas(tmp_path / "none.yaml")
