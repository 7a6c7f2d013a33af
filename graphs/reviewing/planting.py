"""Flawed copies of samples, shown in an audit to measure how well reviewers see. Verdicts on them never touch the samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from agents.defects.kinds import DefectStrength
from agents.defects.planting import kinds_of, plant
from graphs.reviewing.order import fraction
from graphs.reviewing.verdicts import content_digest
from scenarios.loading import Loaded
from scenarios.records import Record


@dataclass(frozen=True)
class FlawedCopy:
    """A copy of a sample with one known defect."""

    kind: str
    """The defect and its strength, as a verdict's `planted` names them."""
    content: str
    line: dict[str, Any]
    """The sample's line with the flawed words in it."""


class FlawedCopies:
    """Makes the flawed copies of a run's samples. The same sample and audit give the same copy."""

    def __init__(self, loaded: Loaded, record: Callable[[str], Record | None], share: float) -> None:
        """`record` gives an accepted record by its id; `share` is the part of an audit after which a copy is shown."""
        self.share = share
        self._loaded, self._record = loaded, record

    def copy_of(self, id_: str, line: Mapping[str, Any], digest: str, seed: int) -> FlawedCopy | None:
        """The copy of a sample, whose line in the dataset is given, in the audit of a set; None if no kind of defect fits it."""
        record = self._record(id_)
        if record is None:
            return None
        kinds = sorted(kinds_of(self._loaded.scenario.family), key=lambda kind: fraction(digest, seed, id_, kind.value))
        for kind in kinds:
            made = plant(self._loaded, record.candidate, kind, DefectStrength.PLAIN, seed)
            if made is None:
                continue
            told = record.model_copy(update={"candidate": made.flawed}).line()
            flawed: dict[str, Any] = {**line, **{key: told[key] for key in ("messages", "fields") if key in told}}
            if (content := content_digest(flawed)) != content_digest(line):
                return FlawedCopy(f"{kind.value}:{DefectStrength.PLAIN.value}", content, flawed)
        return None
