"""The dataset and the rejections, written from the journal."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from agents.judging.roles import score_names
from graphs.files.certificate import CERTIFICATE
from graphs.files.edits import versions_before, write_edited
from graphs.files.figures import DiversityCount
from graphs.files.parquet import PAIRS_PARQUET, write_pairs_parquet, write_parquet
from graphs.files.preferences import pair_line, pairs_of
from graphs.files.rundir import DATASET, EDITED, PAIRS, REJECTED, write_bytes, writing
from scenarios.loading import Loaded
from scenarios.records import Record, Verdict
from scenarios.schema.roles import judging_roles
from scenarios.worlds.blueprint import Side
from scenarios.worlds.world import World

WORLD = "world.json"
CERTIFIED = (DATASET, REJECTED, PAIRS, WORLD, EDITED)
"""Files whose bytes certificate.json vouches for."""


def write_dataset(out: Path, records: Iterable[Record], loaded: Loaded) -> DiversityCount:
    """Write dataset.jsonl, rejected.jsonl and dataset.parquet anew from the records of a scenario's run; if samples play in a
    world, also preferences.jsonl, preferences.parquet and world.json, and if people edited any, edited.jsonl."""
    diversity, world, before = DiversityCount(), loaded.world, list[dict[str, Any]]()
    (out / CERTIFICATE).unlink(missing_ok=True)  # until the session ends, the files grow
    with contextlib.ExitStack() as files:
        yes, no = files.enter_context(writing(out / DATASET)), files.enter_context(writing(out / REJECTED))
        contrasts = files.enter_context(writing(out / PAIRS)) if world else None
        for record in records:
            line = orjson.dumps(record.line(), option=orjson.OPT_APPEND_NEWLINE)
            before += versions_before(record)
            if record.verdict is not Verdict.ACCEPTED:
                no.write(line)
                continue
            yes.write(line)
            diversity.add(record)
            if world and contrasts:
                rows = (pair_line(pair, record, world) for pair in pairs_of(record, world))
                contrasts.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
    write_edited(out, before)
    write_columns(out, loaded)
    return diversity


def write_columns(out: Path, loaded: Loaded) -> None:
    """Write what is made of dataset.jsonl, and of preferences.jsonl if it is there: the same rows by columns, and in a world
    world.json. The columns are the scenario's, so that a dataset without rows has them, too. Raises OSError."""
    kinds = judging_roles(loaded.scenario)
    scores = (name for role, kind in kinds.items() for name in score_names(loaded, role, kind))
    write_parquet(
        out, [plan.name for plan in loaded.scenario.fields], list(scores), loaded.scenario.conversation is not None
    )
    if world := loaded.world:
        if (out / PAIRS).is_file():
            write_pairs_parquet(out / PAIRS, out / PAIRS_PARQUET)
        write_bytes(
            out / WORLD, orjson.dumps(_described(world), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        )


def _described(world: World) -> dict[str, Any]:
    """What a trainer needs beside the messages: the policy, and the tools of both sides in OpenAI's format."""
    return {
        "world": world.name,
        "policy": world.policy,
        "tools": [tool.schema() for tool in world.of(Side.ASSISTANT)],
        "user_tools": [tool.schema() for tool in world.of(Side.USER)],
    }


def append_records(out: Path, records: Iterable[Record]) -> None:
    """Add a round's records to dataset.jsonl and rejected.jsonl, so that both can be read while the run goes on.

    Raises OSError; the file that cannot be written is then as it was.
    """
    added = {DATASET: list[bytes](), REJECTED: list[bytes]()}
    for record in records:
        name = DATASET if record.verdict is Verdict.ACCEPTED else REJECTED
        added[name].append(orjson.dumps(record.line(), option=orjson.OPT_APPEND_NEWLINE))
    for name, lines in added.items():
        if lines:
            _append(out / name, memoryview(b"".join(lines)))


def _append(path: Path, rest: memoryview) -> None:
    with path.open("ab", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        try:
            while rest:
                rest = rest[file.write(rest) :]
        except OSError:
            file.truncate(size)
            raise
