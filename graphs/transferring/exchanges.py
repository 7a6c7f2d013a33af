"""Samples and real rows as exchanges: what an assistant answers to what. What leaks is refused here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from evaluation.samples import rows_in
from evaluation.speech.exchanges import Exchange, exchanges_of
from graphs.transferring.gathering import TransferFiles
from graphs.transferring.leaks import RealLeak, leaks
from graphs.transferring.options import LEAVE, AnswerOptions
from graphs.transferring.parting import (
    TEST,
    VALIDATION,
    check_sizes,
    check_unseen,
    digest_of_words,
    parted,
    unleaked,
    with_test,
    with_value,
)
from scenarios.errors import DatasetError, SettingsError, nearest
from scenarios.reading.tables import read_table

_NOT_CELLS = frozenset({"id", "messages", "conversations", "prompt", "completion", "fields"})


@dataclass(frozen=True)
class RowOfExchanges:
    """One sample or real row."""

    id: str
    exchanges: tuple[Exchange, ...]
    """At least one."""
    cell: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """A digest of the words of what was asked and answered."""
        return digest_of_words("\n".join(said_in(one) for one in self.exchanges))


@dataclass(frozen=True)
class GatheredExchanges:
    """What students of answers learn from and are tested on."""

    samples: list[RowOfExchanges]
    parts: dict[str, list[RowOfExchanges]]
    left_out: dict[str, int]


def said_in(one: Exchange) -> str:
    """What was asked and answered in an exchange."""
    return f"{one.asked}\n{one.answer}"


def gathered_exchanges(files: TransferFiles, options: AnswerOptions) -> GatheredExchanges:
    """Samples and real rows with answers. No exchange of the samples repeats one of the test or the validation part. Raises UserError
    as `gathered` does, also if no file has a field that was named."""
    heads: dict[str, None] = {}
    lines = [(where, _object(where, line)) for path in files.datasets for where, line in rows_in(path)]
    told = ((str(line.get("id", where)), line, _cell_of(line)) for where, line in lines)
    every = _rows(files.named, told, options, heads)
    samples = with_value(every, options.only)
    if not samples:
        raise SettingsError(f"where={options.where}: no sample has this value")
    real, tested = (_real(path, options, heads) for path in (files.real, files.test))
    _check_named(options, list(heads))
    parts = with_test(real, tested, options.shares) if files.test else parted(real, options.shares)
    asked = [(one.id, digest_of_words(each.asked)) for one in parts[TEST] for each in one.exchanges]
    check_unseen(files.learned, asked)
    left = _unleaked(files.named, samples, [*parts[TEST], *parts[VALIDATION]], options.leaks == LEAVE)
    check_sizes(files.real, parts)
    out = {"answers": len(lines) - len(every), "where": len(every) - len(samples), "leaks": len(samples) - len(left)}
    return GatheredExchanges(left, parts, out)


def _unleaked(
    named: str, samples: Sequence[RowOfExchanges], held: Sequence[RowOfExchanges], leave: bool
) -> list[RowOfExchanges]:
    """The samples of which no exchange repeats one of the held rows."""
    ours = [(place, said_in(one)) for place, row in enumerate(samples) for one in row.exchanges]
    theirs = [(row.id, said_in(one)) for row in held for one in row.exchanges]
    found = leaks([text for _, text in ours], [text for _, text in theirs])
    by_row = (RealLeak(ours[one.sample][0], one.text, one.share) for one in found)
    return unleaked(named, samples, [id_ for id_, _ in theirs], by_row, leave)


def _real(path: Path | None, options: AnswerOptions, heads: dict[str, None]) -> list[RowOfExchanges]:
    if path is None:
        return []
    told = ((f"{path.name}:{number}", row, _columns_of(row, options)) for number, row in read_table(path))
    return with_value(_rows(str(path), told, options, heads), options.only)


def _rows(
    file: str,
    told: Iterable[tuple[str, Mapping[str, Any], dict[str, str]]],
    options: AnswerOptions,
    heads: dict[str, None],
) -> list[RowOfExchanges]:
    """The rows that have an answer; the names of all fields go into `heads`. Raises DatasetError if no row has an answer."""
    found, names = [], dict[str, None]()
    for id_, row, cell in told:
        fields = row.get("fields")
        names |= dict.fromkeys([*(fields if isinstance(fields, dict) else ()), *map(str, row)])
        if exchanges := exchanges_of(row, options.named):
            found.append(RowOfExchanges(id_, tuple(exchanges), cell))
    heads |= names
    if not found:
        _check_named(options, list(names))
        raise DatasetError(
            f"{file}: no row has an answer of an assistant that follows something; give messages, prompt and completion, or name two "
            f"fields with prompt=… answer=…; it has {', '.join(names) or 'no row'}"
        )
    return found


def _check_named(options: AnswerOptions, heads: Sequence[str]) -> None:
    for key, name in (("prompt", options.prompt), ("answer", options.answer)):
        if name and name not in heads:
            raise SettingsError(
                f"{key}={name}: no row has such a field{nearest(name, heads)}; there are {', '.join(heads)}"
            )


def _object(where: str, line: Any) -> dict[str, Any]:
    if not isinstance(line, dict):
        raise DatasetError(f"{where}: a line is an object with messages, prompt and completion, or fields")
    return line


def _cell_of(line: Mapping[str, Any]) -> dict[str, str]:
    brief = line.get("brief")
    cell = brief.get("cell") if isinstance(brief, dict) else None
    return _short(cell) if isinstance(cell, dict) else {}


def _columns_of(row: Mapping[str, Any], options: AnswerOptions) -> dict[str, str]:
    return {
        name: value for name, value in _short(row).items() if name not in _NOT_CELLS | {options.prompt, options.answer}
    }


def _short(told: Mapping[Any, Any]) -> dict[str, str]:
    return {str(name): value for name, value in told.items() if isinstance(value, str)}
