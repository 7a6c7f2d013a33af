"""The generated pages are what the code gives; `python -m tests.docs.reference` writes them."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphs.sampling.topology import topology_names
from graphs.settings.keys import keys
from tests.docs.reference import PAGES


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_a_generated_page_is_what_the_code_gives(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == PAGES[path](), "run: python -m tests.docs.reference"


def test_the_page_of_settings_has_every_key_with_a_description() -> None:
    rows = {row[0]: row for path in PAGES if path.name == "settings.md" for row in _rows(path)}
    assert rows.keys() >= set(map("`{}`".format, keys()))
    assert all(row[-1] for row in rows.values())


def _rows(path: Path) -> list[list[str]]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| `")]


def test_the_setting_topology_names_every_one_that_ships() -> None:
    text = keys()["topology"][1]
    assert all(name in text for name in topology_names())
