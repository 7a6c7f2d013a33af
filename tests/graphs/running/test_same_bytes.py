"""What a scripted run of each shipped scenario produces, held by digests: a change of our code changes no dataset unseen.

If a change is meant to show in the datasets, its digests are new; write them here, and say in the commit why.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import orjson
import pytest

from scenarios.loading import scenario_names
from tests.helpers import Workshop, planned

EMPTY = "e3b0c44298fc1c14"
DIGESTS = {
    "chain": ("e1961e8f5dfa3717", EMPTY),
    "cloakroom": ("3b6e8cd75c713551", EMPTY),
    "code": ("94905818ff2b4644", "3e9a11310702390c"),
    "courier": ("2edbe7ddd8041d69", EMPTY),
    "evolve": ("328be72672edebec", EMPTY),
    "extract": ("1a4e1c81ce85520c", EMPTY),
    "grounded": ("35bfd0cdc52d7ebe", EMPTY),
    "howto": ("91c853bb11954db5", EMPTY),
    "library": ("f84e4634643fe3eb", EMPTY),
    "math": ("021081369285f77c", EMPTY),
    "interview": ("a80d3fada5b82482", EMPTY),
    "negotiation": ("3f9dd8371017e5e9", EMPTY),
    "tutor": ("9ddb4d4c2fc7d330", EMPTY),
    "support:usual": ("9fd1901c9076278c", EMPTY),
    "support": ("d3b9b8206d4863ea", EMPTY),
}
"""The first 16 hexadecimal digits of the SHA-256 of dataset.jsonl and of rejected.jsonl, counted without the names of messages."""


def digest(path: Path) -> str:
    """Of a file's lines without the names of who spoke."""
    found = hashlib.sha256()
    for raw in path.read_bytes().splitlines():
        line = orjson.loads(raw)
        for version in [line, *line.get("drafts", [])]:
            for message in version.get("messages", []):
                message.pop("name", None)
        found.update(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
    return found.hexdigest()[:16]


def test_every_scenario_that_ships_is_held() -> None:
    assert sorted({name.partition(":")[0] for name in DIGESTS}) == scenario_names()


@pytest.mark.parametrize("name", DIGESTS)
def test_a_scripted_run_gives_the_same_bytes(workshop: Workshop, name: str) -> None:
    scenario, _, form = name.partition(":")
    form_words = [f"scenario={scenario}"] if form == "usual" else planned(scenario)
    ran = workshop.run("r", *form_words, "llm.backend=scripted", "n=20", "seed=5")
    assert ran.code == 0, ran.stderr
    assert tuple(digest(ran.out / file) for file in ("dataset.jsonl", "rejected.jsonl")) == DIGESTS[name]
