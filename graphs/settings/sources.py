"""Which file of a scenario holds what: digests by file, so that a changed one can be named."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from scenarios.loading import Loaded
from scenarios.reading.yaml_text import read_yaml
from scenarios.schema.plans import PASSAGE

MEASURED = "calibration.yaml"


def source_digests(loaded: Loaded) -> dict[str, str]:
    """A digest of what a scenario took from each of its files, by the file's name as the scenario writes it. Raises
    ScenarioError if the scenario cannot be read any more."""
    return {file: _digest(held) for file, held in _held(loaded)}


def _held(loaded: Loaded) -> Iterator[tuple[str, Any]]:
    whole = loaded.scenario.model_dump(mode="json")
    if rows := whole.pop("calibration", None):
        yield MEASURED, rows
    if loaded.scenario.corpus:
        whole["axes"].pop(PASSAGE, None)
        yield loaded.scenario.corpus.file, loaded.corpus and loaded.corpus.model_dump(mode="json")
    for field, axis, file in _lists(loaded.file):
        if axis in whole.get(field, {}):
            yield file, whole[field].pop(axis)
    if loaded.scenario.demonstrations:
        shown = [one.model_dump(mode="json") for one in loaded.demonstrations]
        yield loaded.scenario.demonstrations.file, shown
    for file, prompt in loaded.prompts.items():
        yield file, prompt.model_dump(mode="json")
    if loaded.world_module:
        yield f"the world {loaded.world_module}", loaded.world_digest
    yield loaded.file.name, whole


def _lists(where: Path) -> Iterator[tuple[str, str, str]]:
    """The lists that a scenario takes from files: whether of its axes or its facts, for which one, and the file."""
    told = read_yaml(where)
    for field, key in (("axes", "file"), ("facts", "words")):
        plans = told.get(field) if isinstance(told, dict) else None
        for axis, plan in plans.items() if isinstance(plans, dict) else ():
            if isinstance(plan, dict) and isinstance(plan.get(key), str):
                yield field, str(axis), str(plan[key])


def _digest(held: Any) -> str:
    return hashlib.sha256(orjson.dumps(held, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def changes(before: Mapping[str, str], now: Mapping[str, str]) -> str:
    """Which files changed, in words; empty if none did."""
    told = [f"{file} has changed" for file in before if file in now and before[file] != now[file]]
    told += [f"{file} is gone" for file in before if file not in now]
    told += [f"{file} is new" for file in now if file not in before]
    return ", ".join(told)
