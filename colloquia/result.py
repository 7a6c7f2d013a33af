"""What a run from Python came to."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import orjson

from scenarios.errors import DatasetError

_SHOWN = 10
"""Records that a notebook shows."""


@dataclass(frozen=True)
class Result:
    """A run directory after a session."""

    path: Path
    """The run directory."""
    summary: dict[str, Any]
    """What summary.json holds: counts, reasons, calls and tokens by role, cost, diversity, coverage."""

    @property
    def stopped_by(self) -> str:
        """`target` if as many records as wanted were accepted; else what ended the run: `patience`, `given_up`,
        `saturated`, `budget.calls` and its like, `endpoint`, `runner` or `interrupted`."""
        return str(self.summary["stopped_by"])

    @cached_property
    def records(self) -> list[dict[str, Any]]:
        """The accepted records, as lines of dataset.jsonl. They are read when they are first asked for; if the run went on
        since, those of this session and before."""
        return _lines(self.path / "dataset.jsonl", self.summary["accepted"])

    @cached_property
    def rejected(self) -> list[dict[str, Any]]:
        """The rejected and undecided records, as lines of rejected.jsonl: with stage, reason, detail and drafts."""
        return _lines(self.path / "rejected.jsonl", self.summary["rejected"] + self.summary["undecided"])

    def __repr__(self) -> str:
        """The counts, and where the dataset is."""
        counts = ", ".join(f"{name} {self.summary[name]}" for name in ("accepted", "rejected", "undecided"))
        return f"Result({counts}, stopped by {self.stopped_by}, path={str(self.path)!r})"

    def _repr_html_(self) -> str:
        """The first records as a table, for a notebook. Everything that a model wrote is escaped."""
        rows = "".join(_row(record) for record in self.records[:_SHOWN])
        more = len(self.records) - _SHOWN
        rest = f"<p>and {more} more</p>" if more > 0 else ""
        return f"<p>{html.escape(repr(self))}</p><table>{rows}</table>{rest}"


def _lines(path: Path, count: int) -> list[dict[str, Any]]:
    """Raises DatasetError if the file is gone, or a line is broken."""
    try:
        with path.open("rb") as file:
            return [orjson.loads(line) for line in islice(file, count)]
    except orjson.JSONDecodeError as error:
        raise DatasetError(f"{path}: holds a line that is not JSON ({error}); it was cut off or changed") from None
    except OSError as error:
        raise DatasetError(f"{path}: cannot be read: {error.strerror}") from None


def _row(record: dict[str, Any]) -> str:
    texts = [(line["role"], line.get("content") or "") for line in record.get("messages", ())]
    texts += list(record.get("fields", {}).items())
    said = "<br>".join(f"<b>{html.escape(str(who))}</b> {html.escape(str(text))}" for who, text in texts)
    return f'<tr><td>{html.escape(str(record["id"]))}</td><td style="text-align:left">{said}</td></tr>'
