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
    "cloakroom": ("3bc23bc4136bf462", EMPTY),
    "code": ("0215ff4588833f03", "dcad3406a973a5fb"),
    "code:usual": ("efe35872d897dc9a", "d3a6224b555ff816"),
    "courier": ("8254699d5d64d3a6", EMPTY),
    "evolve": ("f0ab8e13d881f5f0", EMPTY),
    "intents": ("1b3bf37be8e835ec", EMPTY),
    "intents:usual": ("edeb51e8f2a1587c", EMPTY),
    "extract": ("321e5413aa102a42", EMPTY),
    "extract:usual": ("9f3a184096ab563f", "847a514016be74be"),
    "grounded": ("5fef8e676260c8a0", EMPTY),
    "grounded:usual": ("67c88b13b846e3dd", EMPTY),
    "howto": ("0d40f2433da181b4", EMPTY),
    "interview": ("3dd58ddd7193c76f", EMPTY),
    "library": ("6d5e3faf05e432b6", EMPTY),
    "math": ("82bd191c8a13de34", EMPTY),
    "negotiation": ("a2dc9d311f41d7a1", EMPTY),
    "support": ("9f06ca7b97fba96a", EMPTY),
    "support:usual": ("38862a2cd9f9c794", EMPTY),
    "tutor": ("28a083402f3fbc8c", EMPTY),
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
