"""What a scripted run of each shipped scenario produces, held by digests: a change of our code changes no dataset unseen.

If a change is meant to show in the datasets, its digests are new; write them here, and say in the commit why.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import orjson
import pytest

from scenarios.loading import scenario_names
from tests.helpers import Workshop

EMPTY = "e3b0c44298fc1c14"
DIGESTS = {
    "chain": ("e1961e8f5dfa3717", EMPTY),
    "cloakroom": ("af3653e81b0dfd3b", EMPTY),
    "code": ("3a3ca5452f6954a6", "f44162aa54246414"),
    "courier": ("58bf91d819c932f8", "97a0d1010f6ec1ef"),
    "evolve": ("ac9b969d84e3e8e7", EMPTY),
    "extract": ("401e2e1f81f8f1b9", EMPTY),
    "grounded": ("5e24ecbfa484ff1e", EMPTY),
    "howto": ("bb08e5d0e8487e1c", EMPTY),
    "library": ("f5d7e610106f19d2", EMPTY),
    "math": ("a5250b24bfab7be4", EMPTY),
    "support": ("167d5545e976f381", EMPTY),
}
"""The first 16 hexadecimal digits of the SHA-256 of dataset.jsonl and of rejected.jsonl, from before messages had names."""


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
    assert sorted(DIGESTS) == scenario_names()


@pytest.mark.parametrize("name", DIGESTS)
def test_a_scripted_run_gives_the_same_bytes(workshop: Workshop, name: str) -> None:
    ran = workshop.run("r", f"scenario={name}", "llm.backend=scripted", "n=20", "seed=5")
    assert ran.code == 0, ran.stderr
    assert tuple(digest(ran.out / file) for file in ("dataset.jsonl", "rejected.jsonl")) == DIGESTS[name]
