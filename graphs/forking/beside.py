"""Branches beside each other as lines of text, from the turn on. Pure; whoever prints the lines makes them harmless."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from rich.cells import set_cell_size
from rich.console import Console
from rich.text import Text

from graphs.files.wording import money
from graphs.forking.job import ForkJob
from graphs.forking.session import Forked
from scenarios.cleaning import clean
from scenarios.messages import Message, Speech
from scenarios.records import Record

_LEAST = 34
"""Characters that a column needs."""
_GAP = " │ "


class Column(NamedTuple):
    """A branch."""

    title: str
    cells: tuple[str, ...]
    """What it adds, message by message."""


def fork_lines(job: ForkJob, forked: Forked, width: int) -> Iterator[str]:
    """What the command says at the end."""
    source, note = job.record, job.note
    opening = job.briefs[0].opening
    yield f"{note.of} ({_verdict(source)}), from message {note.turn} on ({opening.speaker if opening else ''}); all before it is kept"
    for key, value in note.changes.items():
        yield f"differs: {key}={value}"
    for key, (before, after) in job.differs.items():
        yield f"  {key}: {before} → {after}"
    columns = [Column(_title(record), tuple(_cells(record, note.turn))) for record in forked.records]
    yield from beside(columns, note.turn, width)
    yield ""
    for record in forked.records:
        made = record.candidate
        tokens = sum(used.tokens for used in made.usage.values())
        scores = ", ".join(f"{name} {score:g}" for name, score in made.scores.items())
        yield f"{made.brief.id}  {_verdict(record)}  {len(made.messages)} messages  {tokens} tokens{f'  {scores}' if scores else ''}"
    summary = forked.summary
    tokens = sum(used["prompt"] + used["completion"] for used in summary["tokens"].values())
    cost = money(summary["cost_usd"], summary["unpriced_tokens"], tokens)
    if not forked.made and len(forked.records) == len(job.briefs):
        yield "all of them were there: nothing was asked"
    replayed = f"; {forked.replayed} answers came from the journal" if forked.replayed else ""
    yield f"{summary['requests']} requests, {tokens} tokens, {cost}{replayed}"
    if forked.pairs:
        pairs = "1 contrast pair" if forked.pairs == 1 else f"{forked.pairs} contrast pairs"
        yield f"{pairs} in {job.home / 'preferences.jsonl'}: python -m graphs.export out={job.home} to=trl lesson=dpo"
    yield f"branches: {job.home}   every call of one: python -m graphs.trace out={job.home} id=ID"


def beside(columns: Sequence[Column], first: int, width: int) -> Iterator[str]:
    """Columns beside each other, as many as fit a `width`, the others below them; `first` is the number of their first message."""
    margin = len(str(first + max((len(column.cells) for column in columns), default=0))) + 1
    many = max(1, (width - margin + len(_GAP)) // (_LEAST + len(_GAP)))
    for start in range(0, len(columns), many):
        block = columns[start : start + many]
        each = max(1, (width - margin - len(_GAP) * (len(block) - 1)) // len(block))
        yield ""
        yield from _row("", [column.title for column in block], margin, each)
        yield " " * margin + _GAP.join("─" * each for _ in block)
        for number, cells in enumerate(zip_longest(*(column.cells for column in block), fillvalue=""), first):
            yield from _row(str(number), cells, margin, each)


def _row(number: str, cells: Sequence[str], margin: int, width: int) -> Iterator[str]:
    wrapped = [_wrapped(cell, width) for cell in cells]
    for place, parts in enumerate(zip_longest(*wrapped, fillvalue="")):
        label = number if place == 0 else ""
        yield f"{label:<{margin}}{_GAP.join(set_cell_size(part, width) for part in parts)}".rstrip()


def _wrapped(text: str, width: int) -> list[str]:
    console = Console(file=io.StringIO(), width=max(width, 1), color_system=None)
    lines = [
        part.plain.rstrip()
        for line in clean(text).split("\n")
        for part in Text(line, tab_size=4).wrap(console, width, overflow="fold")
    ]
    return lines or [""]


def _title(record: Record) -> str:
    opening, brief = record.candidate.brief.opening, record.candidate.brief
    assert opening is not None
    number = brief.id.removeprefix(f"{opening.of}-t{opening.turn}-").partition("-")[0]
    return f"{number}{' changed' if opening.changes else ''}: {_verdict(record)}"


def _verdict(record: Record) -> str:
    return f"{record.verdict} at {record.stage}: {record.reason}" if record.stage else record.verdict.value


def _cells(record: Record, turn: int) -> Iterator[str]:
    for message in record.candidate.messages[turn:]:
        yield f"{message.name or message.role}: {_said(message)}"


def _said(message: Message) -> str:
    calls = [f"calls {call['function']['name']} {call['function']['arguments']}" for call in message.tool_calls or ()]
    words = f"answers {message.content}" if message.role is Speech.TOOL else message.content
    return "\n".join(filter(None, [words, *calls]))
