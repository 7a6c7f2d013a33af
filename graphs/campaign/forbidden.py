"""The texts that samples may not repeat: files of benchmarks, the scenario's logs, and its demonstrations."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from memory.words.copies import Source
from memory.words.wording import Wording, names_in
from scenarios.errors import DatasetError
from scenarios.loading import Loaded
from scenarios.reading.files import decoded
from scenarios.reading.json_text import parse_json


@dataclass(frozen=True)
class Benchmarks:
    """The rows of the files of `forbidden.benchmarks`."""

    rows: tuple[Source, ...]
    digest: str
    """Of the files' contents, in their order."""


def read_benchmarks(files: Sequence[str]) -> Benchmarks:
    """Read files of benchmarks: of JSONL (`.jsonl`) all texts in a row, of any other text its paragraphs.

    A row is named by its file and line, a paragraph by the line it begins at. Raises DatasetError: a file that cannot be
    read, is no UTF-8, holds a broken line or no text.
    """
    rows: list[Source] = []
    whole = hashlib.sha256()
    for file in files:
        path, where = Path(file), f"forbidden.benchmarks={file}"
        try:
            data = path.read_bytes()
            lines = decoded(data).split("\n")
        except OSError as error:
            raise DatasetError(
                f"{where}: cannot be read: {error.strerror or error}; give JSONL or a text file"
            ) from None
        except ValueError as error:
            raise DatasetError(f"{where}: cannot be read: {error}; give JSONL or a text file") from None
        whole.update(hashlib.sha256(data).digest())
        units = _rows(lines, where) if path.suffix == ".jsonl" else _paragraphs(lines)
        found = [Source(where=f"{path.name}:{number}", text=text) for number, text in units]
        if not found:
            raise DatasetError(f"{where}: holds no text; leave it out")
        rows += found
    return Benchmarks(tuple(rows), whole.hexdigest()[:16])


def demonstrations_of(loaded: Loaded) -> list[Source]:
    """The scenario's demonstrations as the texts that a sample like them would have."""
    return [
        Source(
            where=f"demonstration {number}",
            text="\n".join([line.get("text", "") for line in shown.lines] or shown.fields.values()),
        )
        for number, shown in enumerate(loaded.demonstrations, 1)
    ]


def logged(loaded: Loaded) -> list[Source]:
    """The texts of the logs that the scenario's axes are made of."""
    return [Source(where=where, text=text) for where, text in loaded.uncopied]


def demonstrated(loaded: Loaded) -> list[Wording]:
    """The scenario's demonstrations as the wordings that samples like them would have."""
    texts = [source.text for source in demonstrations_of(loaded)]
    return [
        Wording(text, names_in(shown.facts.values()) if shown.lines else ())
        for text, shown in zip(texts, loaded.demonstrations, strict=True)
    ]


def _rows(lines: Sequence[str], where: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                texts = list(_texts(parse_json(line)))
            except ValueError as error:
                raise DatasetError(
                    f"{where}: line {number} is not JSON ({error}); correct it, or leave the file out"
                ) from None
            if texts:
                yield number, "\n".join(texts)


def _texts(value: Any) -> Iterator[str]:
    """Every text in a row, however deep, in its order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _paragraphs(lines: Sequence[str]) -> Iterator[tuple[int, str]]:
    begin, held = 1, list[str]()
    for number, line in enumerate([*lines, ""], 1):
        if line.strip():
            begin = begin if held else number
            held.append(line)
        elif held:
            yield begin, "\n".join(held)
            held = []
