"""The dataset and the rejections, written from the journal."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson

from graphs.files.certificate import CERTIFICATE
from graphs.files.figures import DiversityCount
from graphs.files.parquet import PAIRS_PARQUET, write_pairs_parquet, write_parquet
from graphs.files.preferences import pair_line, pairs_of
from graphs.files.rundir import DATASET, PAIRS, REJECTED, write_bytes, writing
from scenarios.records import Record, Verdict
from scenarios.worlds.blueprint import Side
from scenarios.worlds.world import World

WORLD = "world.json"
CERTIFIED = (DATASET, REJECTED, PAIRS, WORLD)
"""Files whose bytes certificate.json vouches for."""


def write_dataset(out: Path, records: Iterable[Record], world: World | None) -> DiversityCount:
    """Write dataset.jsonl, rejected.jsonl and dataset.parquet anew from the journal's records; if samples play in a world,
    also preferences.jsonl, preferences.parquet and world.json."""
    diversity = DiversityCount()
    fields, scores = dict[str, None](), dict[str, None]()
    (out / CERTIFICATE).unlink(missing_ok=True)  # until the session ends, the files grow
    with contextlib.ExitStack() as files:
        yes, no = files.enter_context(writing(out / DATASET)), files.enter_context(writing(out / REJECTED))
        contrasts = files.enter_context(writing(out / PAIRS)) if world else None
        for record in records:
            line = orjson.dumps(record.line(), option=orjson.OPT_APPEND_NEWLINE)
            if record.verdict is not Verdict.ACCEPTED:
                no.write(line)
                continue
            yes.write(line)
            diversity.add(record)
            fields |= dict.fromkeys(record.candidate.fields)
            scores |= dict.fromkeys(record.candidate.scores)
            if world and contrasts:
                rows = (pair_line(pair, record, world) for pair in pairs_of(record, world))
                contrasts.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
    write_parquet(out, fields, scores)
    if world:
        write_pairs_parquet(out / PAIRS, out / PAIRS_PARQUET)
        write_bytes(
            out / WORLD, orjson.dumps(_described(world), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        )
    return diversity


def _described(world: World) -> dict[str, Any]:
    """What a trainer needs beside the messages: the policy, and the tools of both sides in OpenAI's format."""
    return {
        "world": world.name,
        "policy": world.policy,
        "tools": [tool.schema() for tool in world.of(Side.ASSISTANT)],
        "user_tools": [tool.schema() for tool in world.of(Side.USER)],
    }


def append_accepted(out: Path, records: Iterable[Record]) -> None:
    """Add a round's accepted records to dataset.jsonl, so that it can be read while the run goes on.

    Raises OSError; the file is then as it was.
    """
    lines = [orjson.dumps(r.line(), option=orjson.OPT_APPEND_NEWLINE) for r in records if r.verdict is Verdict.ACCEPTED]
    rest = memoryview(b"".join(lines))
    if not rest:
        return
    with (out / DATASET).open("ab", buffering=0) as file:
        size = file.seek(0, os.SEEK_END)
        try:
            while rest:
                rest = rest[file.write(rest) :]
        except OSError:
            file.truncate(size)
            raise
