"""The files that are derived from the journal: the dataset, the rejections, the summary, the dataset card."""

from __future__ import annotations

import contextlib
import os
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
from jinja2 import Environment, StrictUndefined

from agents.models.calls import Model
from evaluation.lexical import distinct
from graphs.campaign.graph import PATIENCE, SATURATED, TARGET
from graphs.files.certificate import CERTIFICATE
from graphs.files.preferences import pair_line, pairs_of
from graphs.files.rundir import DATASET, REJECTED, write_bytes, write_text, writing
from graphs.planning.planner import outcome_of, settle
from memory.coverage import Coverage, Space
from memory.journal.journal import Journal
from memory.words.tokens import Tokeniser
from scenarios.records import Record, Status, Usage, Verdict
from scenarios.schema.axes import Cell
from scenarios.worlds.blueprint import Side
from scenarios.worlds.world import World

PREFERENCES = "preferences.jsonl"
WORLD = "world.json"
CERTIFIED = (DATASET, REJECTED, PREFERENCES, WORLD)
"""Files whose bytes certificate.json vouches for."""
_FAILING = 4
"""Failing combinations that the end of a session names."""
_MISTAKES = 8
"""Kinds of mistake that the end of a session names."""
_LICENCES = {
    "gemma-3-270m-q4_k_m": "Gemma 3 270M (Google), under the Gemma Terms of Use: https://ai.google.dev/gemma/terms",
    "scripted": "no model: deterministic placeholder text, fit for tests only",
}


class DiversityCount:
    """Counts over the accepted samples, one pass."""

    def __init__(self) -> None:
        self._tokeniser = Tokeniser()
        self._distances: list[float] = []
        self._cells: set[tuple[str, ...]] = set()
        self._values: dict[str, set[str]] = {}

    def add(self, record: Record) -> None:
        """Count one accepted sample."""
        self._tokeniser.add(record.candidate.text())
        if record.novelty.distance is not None:
            self._distances.append(record.novelty.distance)
        cell = record.candidate.brief.cell
        self._cells.add(tuple(cell.values()))
        for axis, value in cell.items():
            self._values.setdefault(axis, set()).add(value)

    def figures(self) -> dict[str, Any]:
        """distinct-1 and distinct-2 (unique n-grams over n-grams), nearest-neighbour distances, cells and values met."""
        tokens = self._tokeniser.tokens()
        return {
            **{f"distinct_{n}": _rounded(distinct(tokens.ngrams(n))) for n in (1, 2)},
            "nearest_mean": _rounded(sum(self._distances) / len(self._distances) if self._distances else None),
            "nearest_least": min(self._distances, default=None),
            "cells": len(self._cells),
            "values": {axis: len(met) for axis, met in self._values.items()},
        }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


class CoverageReport:
    """Which pairs of values have a sample, counting those that the memory holds from other runs: one pass over records."""

    def __init__(self, space: Space, met: Iterable[Cell]) -> None:
        self._coverage = Coverage(space)
        for cell in met:
            self._coverage.accept(cell)

    def add(self, record: Record) -> None:
        """Count one record; a provisional one says nothing yet of its cell."""
        outcome = outcome_of(record)
        if outcome.verdict is Verdict.ACCEPTED or record.final:
            self._coverage.plan(outcome.cell)
            settle(self._coverage, outcome)

    def figures(self) -> dict[str, Any]:
        """`pairs` that have a sample `of` all, their `share`, the `cells` met, and the combinations that only failed."""
        coverage = self._coverage
        return {
            "pairs": coverage.covered(),
            "of": len(coverage.space.combinations),
            "share": round(coverage.share(), 4),
            "cells": sum(count > 0 for count in coverage.cells.values()),
            "failing": [
                {"combination": dict(combination), "failures": failures} for combination, failures in coverage.failing()
            ],
        }


def write_dataset(out: Path, journal: Journal, world: World | None) -> DiversityCount:
    """Write dataset.jsonl, rejected.jsonl and dataset.parquet anew from the journal; where samples play in a world, also
    preferences.jsonl and world.json."""
    diversity = DiversityCount()
    (out / CERTIFICATE).unlink(missing_ok=True)  # until the session ends, the files grow
    with contextlib.ExitStack() as files:
        yes, no = files.enter_context(writing(out / DATASET)), files.enter_context(writing(out / REJECTED))
        contrasts = files.enter_context(writing(out / PREFERENCES)) if world else None
        for record in journal.records():
            line = orjson.dumps(record.line(), option=orjson.OPT_APPEND_NEWLINE)
            if record.verdict is not Verdict.ACCEPTED:
                no.write(line)
                continue
            yes.write(line)
            diversity.add(record)
            if world and contrasts:
                rows = (pair_line(pair, record, world) for pair in pairs_of(record))
                contrasts.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
    _write_parquet(out)
    if world:
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


def mistakes_of(record: Record) -> Counter[str]:
    """How often each check proved something wrong on the way to a record: draws refused, drafts, and its own end."""
    made = record.candidate
    found = Counter(slip.check for slip in made.slips)
    found.update(problem.check for draft in made.drafts for problem in draft.problems if problem.check)
    found.update(one.check for one in made.evidence if one.status is Status.FAIL)
    return found


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


def _write_parquet(out: Path) -> None:
    """dataset.parquet: lists and scores as columns of their own, the brief and the usage as JSON text."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    text, number = pa.string(), pa.float64()
    evidence = pa.struct([("check", text), ("version", pa.int64()), ("status", text), ("detail", text)])
    function = pa.struct([("name", text), ("arguments", text)])
    call = pa.struct([("id", text), ("type", text), ("function", function)])
    message = pa.struct(
        [("role", text), ("content", text), ("name", text), ("tool_calls", pa.list_(call)), ("tool_call_id", text)]
    )
    private = pa.struct([("before", pa.int64()), ("tool", text), ("arguments", text), ("result", text)])
    schema = pa.schema(
        [
            ("id", text), ("scenario", text), ("round", pa.int64()), ("index", pa.int64()), ("seed", pa.int64()),
            ("messages", pa.list_(message)),
            ("fields", pa.map_(text, text)), ("brief", text), ("private_calls", pa.list_(private)), ("ending", text), ("evidence", pa.list_(evidence)),
            ("scores", pa.map_(text, number)), ("novelty", pa.struct([("nearest", text), ("distance", number)])),
            ("revisions", pa.int64()), ("usage", text), ("lineage", pa.list_(text)),
        ]
    )  # fmt: skip
    with (
        (out / DATASET).open("rb") as file, writing(out / "dataset.parquet") as made, pq.ParquetWriter(made, schema) as writer,
    ):  # fmt: skip
        while batch := [orjson.loads(line) for line in file.readlines(8 * 1024 * 1024)]:
            for row in batch:
                row["brief"], row["usage"] = orjson.dumps(row["brief"]).decode(), orjson.dumps(row["usage"]).decode()
                for name in ("fields", "scores"):
                    row[name] = list(row.get(name, {}).items())
            writer.write_table(pa.Table.from_pylist(batch, schema=schema))


def write_summary(out: Path, summary: dict[str, Any]) -> None:
    """Write summary.json."""
    write_bytes(out / "summary.json", orjson.dumps(summary, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))


def usage_by_role(usage: dict[str, Usage]) -> tuple[dict[str, int], dict[str, dict[str, int]]]:
    """The summary's `calls` and `tokens`."""
    calls = {role: used.calls for role, used in sorted(usage.items())}
    tokens = {
        role: {"prompt": used.prompt_tokens, "cached": used.cached_tokens, "completion": used.completion_tokens}
        for role, used in sorted(usage.items())
    }
    return calls, tokens


def write_card(out: Path, *, scenario: str, description: str, world: str, models: dict[str, Model], summary: dict[str, Any],
               standings: dict[str, str]) -> None:  # fmt: skip
    """Write README.md, a dataset card that `datasets.load_dataset(DIR)` reads."""
    template = Environment(
        undefined=StrictUndefined,
        autoescape=False,  # noqa: S701 - Markdown, not HTML
        trim_blocks=True,
        lstrip_blocks=True,
    ).from_string((Path(__file__).parent / "card.md.jinja").read_text(encoding="utf-8"))
    names = sorted({model.name for model in models.values()})
    write_text(
        out / "README.md",
        template.render(
            scenario=scenario,
            description=" ".join(description.split()),
            world=world,
            models={name: _LICENCES.get(name, "see the model's own licence") for name in names},
            summary=summary,
            standings=standings,
        ),
    )


def summary_lines(
    summary: dict[str, Any],
    out: Path,
    *,
    wanted: int,
    patience: int,
    replayed: int,
    why: str,
    scripted: bool,
    saturated: str,
) -> list[str]:
    """What is said at the end of a session. `replayed` answers came from the journal; `why` is what stopped the run,
    `saturated` why it is saturated."""
    reasons = ", ".join(f"{reason} {count}" for reason, count in summary["reasons"].items())
    stopped_by = summary["stopped_by"]
    lines = [
        f"accepted {summary['accepted']} of {wanted}, rejected {summary['rejected']}, "
        f"undecided {summary['undecided']}" + (f" ({reasons})" if reasons else ""),
        f"{summary['requests']} requests, {sum(t['prompt'] + t['completion'] for t in summary['tokens'].values())} "
        f"tokens, ${summary['cost_usd']:.4f}, {summary['timings']['run_s']:.1f} s"
        + (f"; {replayed} answers came from the journal" if replayed else ""),
    ]
    if summary["mistakes"]:
        told = ", ".join(f"{check} {count}" for check, count in list(summary["mistakes"].items())[:_MISTAKES])
        lines.append(f"mistakes that were proven (moves drawn again, drafts, rejections): {told}")
    lines += [f"the {role}'s judgement: {text}" for role, text in summary["judgements"].items() if "not " in text]
    if failing := summary["coverage"]["failing"]:
        told = "; ".join(_combination(one) for one in failing[:_FAILING])
        more = f"; and {len(failing) - _FAILING} more" if len(failing) > _FAILING else ""
        lines.append(f"only ever failed: {told}{more}")
    if scripted:
        lines.append("this is scripted placeholder text: no model wrote it")
    if stopped_by == PATIENCE:
        lines.append(f"stopped: {patience} rounds in a row without an accepted sample; see {out}/{REJECTED}")
    elif stopped_by == SATURATED:
        lines.append(f"stopped: {saturated}; see {out}/{REJECTED}")
    elif stopped_by != TARGET:
        lines.append(f"stopped by {stopped_by}{f': {why}' if why else ''}; go on with: python -m graphs.run out={out}")
    lines.append(f"dataset: {out / DATASET}   rejections: {out / REJECTED}   card: {out / 'README.md'}")
    if stopped_by == TARGET:
        lines.append(f"more of it: python -m graphs.run out={out} n={wanted * 2}")
    return lines


def _combination(failing: dict[str, Any]) -> str:
    named = ", ".join(f"{axis}={name}" for axis, name in failing["combination"].items())
    return f"{named} ({failing['failures']} times)"
