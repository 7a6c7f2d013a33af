"""Contrast pairs out of branches: after the same words, an answer of a branch that was accepted and one of a branch that was not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import Any

import orjson

from graphs.files.dataset import write_columns
from graphs.files.preferences import same_substance
from graphs.files.rundir import PAIRS, writing
from scenarios.loading import Loaded
from scenarios.messages import Message, Speech
from scenarios.records import Evidence, Record, Status, Verdict
from scenarios.worlds.blueprint import Side


def write_contrasts(out: Path, records: Sequence[Record], loaded: Loaded) -> int:
    """Add the pairs of branches to preferences.jsonl, if there are any; returns how many. Raises OSError."""
    rows = list(contrasts_of(records, loaded))
    if rows:
        path = out / PAIRS
        before = path.read_bytes() if loaded.world and path.is_file() else b""
        with writing(path) as file:
            file.write(before)
            file.writelines(orjson.dumps(row, option=orjson.OPT_APPEND_NEWLINE) for row in rows)
        write_columns(out, loaded)
    elif not loaded.world:
        (out / PAIRS).unlink(missing_ok=True)
    return len(rows)


def contrasts_of(records: Sequence[Record], loaded: Loaded) -> Iterator[dict[str, Any]]:
    """The pairs of branches from one turn, which is the assistant's, in the form of preferences.jsonl. What was found wrong with
    the rejected one has to be about the answer that differs: it names it, or that answer is all that the branch added."""
    good = [record for record in records if record.verdict is Verdict.ACCEPTED]
    bad = [record for record in records if record.verdict is Verdict.REJECTED]
    for one, other in product(good, bad):
        right, wrong = _answer(one), _answer(other)
        if not right or not wrong or (len(right) == len(wrong) == 1 and same_substance(right[0], wrong[0])):
            continue
        if (why := _blamed(other, len(wrong))) is None or right == wrong:
            continue
        made = one.candidate
        opening = made.brief.opening
        assert opening is not None
        system = loaded.world.policy if loaded.world else made.system
        first = (Message(role=Speech.SYSTEM, content=system),) if system else ()
        tools = [tool.schema() for tool in loaded.world.of(Side.ASSISTANT)] if loaded.world else []
        yield {
            "id": f"{made.brief.id}/{other.candidate.brief.id}",
            **{name: [message.model_dump(mode="json", exclude_none=True) for message in side]
               for name, side in (("prompt", (*first, *opening.messages)), ("chosen", right), ("rejected", wrong))},
            **({"tools": tools} if tools else {}),
            "check": why.check, "reason": why.detail, "lineage": list(one.lineage),
        }  # fmt: skip


def _answer(record: Record) -> tuple[Message, ...]:
    """The assistant's answer with which a branch begins: its calls with their results, and the words behind them."""
    opening = record.candidate.brief.opening
    if opening is None or not opening.messages:  # a prompt without a message of the user's is none
        return ()
    added = record.candidate.messages[opening.turn :]
    if not added or added[0].role is not Speech.ASSISTANT or opening.messages[-1].role is Speech.ASSISTANT:
        return ()
    end = next(
        (n + 1 for n, message in enumerate(added) if message.role is Speech.ASSISTANT and not message.tool_calls), 0
    )
    return added[:end] if all(message.role is not Speech.USER for message in added[:end]) else ()


def _blamed(record: Record, size: int) -> Evidence | None:
    """What rejected a branch, if that is about the `size` messages with which it begins."""
    made, opening = record.candidate, record.candidate.brief.opening
    assert opening is not None
    told = (record.detail, record.detail.partition(": ")[2])
    failed = [one for one in made.evidence if one.status is Status.FAIL]
    found = next((one for one in failed if one.check == record.reason or (one.detail and one.detail in told)), None)
    if found is None:
        return None
    alone = len(made.messages) == opening.turn + size
    named = found.turn is not None and opening.turn <= found.turn < opening.turn + size
    return found if named or alone else None
