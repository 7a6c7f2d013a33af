"""Real rows in parts, by a hash of their words, and what is refused of them: rows that a dataset holds or was made with. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol, TypeVar

from graphs.planning.feedback import Feedback
from graphs.transferring.leaks import RealLeak
from memory.words.tokens import words
from scenarios.errors import DatasetError, SettingsError

REFERENCE, VALIDATION, TEST = "reference", "validation", "test"
PARTS = (REFERENCE, VALIDATION, TEST)
_NAMED = 5
"""Ids that an error names."""
_FEWEST = 10
"""Real rows of a part."""


class RowOfPart(Protocol):
    """A row of a dataset, or a real one."""

    @property
    def id(self) -> str:
        """What errors call it."""
        ...

    @property
    def digest(self) -> str:
        """That of its words (`digest_of_words`)."""
        ...

    @property
    def cell(self) -> Mapping[str, str]:
        """Its values by axis."""
        ...


Row = TypeVar("Row", bound=RowOfPart)


def digest_of_words(text: str) -> str:
    """A digest of the words of a text, whatever their case and marks."""
    return hashlib.sha256(" ".join(words(text)).encode()).hexdigest()[:16]


def digest_of(rows: Sequence[RowOfPart]) -> str:
    """A digest of rows, whatever their order."""
    return hashlib.sha256(" ".join(sorted(one.digest for one in rows)).encode()).hexdigest()[:16]


def parted(real: Sequence[Row], shares: Mapping[str, float]) -> dict[str, list[Row]]:
    """Real rows by part. The hash of its words decides the part of a row: so equal rows share one, and a row stays in its part if
    others come or go. The shares sum to 1."""
    found: dict[str, list[Row]] = {part: [] for part in PARTS}
    for one in real:
        drawn, below = int(one.digest[:12], 16) / 16**12, 0.0
        for part in PARTS:
            below += shares.get(part, 0.0)
            if drawn < below:
                break
        found[part].append(one)
    return found


def with_test(real: Sequence[Row], tested: Sequence[Row], shares: Mapping[str, float]) -> dict[str, list[Row]]:
    """Real rows by part, with the test part of another file. What both files have, the test keeps."""
    met = {one.digest for one in tested}
    rest = 1 - shares[TEST]
    others = {part: share / rest for part, share in shares.items() if part != TEST}
    return {**parted([one for one in real if one.digest not in met], others), TEST: list(tested)}


def with_value(rows: Sequence[Row], only: tuple[str, str] | None) -> list[Row]:
    """The rows with this value of an axis; a row without the axis counts as having it."""
    return [one for one in rows if only is None or one.cell.get(only[0], only[1]) == only[1]]


def check_sizes(path: Path, parts: Mapping[str, Sequence[RowOfPart]]) -> None:
    """Raise DatasetError if a part has too few rows."""
    for part in (REFERENCE, TEST):
        if len(parts[part]) < _FEWEST:
            raise DatasetError(
                f"{path}: the part {part} has {len(parts[part])} texts, and it takes {_FEWEST}; give more real texts, or "
                "another split"
            )


def unleaked(
    named: str, samples: Sequence[Row], held: Sequence[str], found: Iterable[RealLeak], leave: bool
) -> list[Row]:
    """The samples without those that repeat a real one; `held` are the ids of the real ones, `named` the datasets. Raises DatasetError, which names the
    first leaks, unless they are to be left out, or if no sample is left."""
    leaked = {leak.sample: leak for leak in reversed(list(found))}
    if leaked and not leave:
        firsts = sorted(leaked.values(), key=lambda leak: leak.sample)
        few = ", ".join(f"{samples[leak.sample].id} ({held[leak.text]})" for leak in firsts[:_NAMED])
        more = f" and {len(firsts) - _NAMED} more" if len(firsts) > _NAMED else ""
        raise DatasetError(
            f"{named}: {len(firsts)} samples repeat a real text of the test or validation part: {few}{more}; reject them "
            "(python -m graphs.reject), or leave them out here with leaks=leave"
        )
    left = [one for place, one in enumerate(samples) if place not in leaked]
    if not left:
        raise DatasetError(f"{named}: no sample is left to learn from")
    return left


def check_unseen(learned: Sequence[Feedback], test: Iterable[tuple[str, str]]) -> None:
    """Raise SettingsError if the dataset was made with feedback from a text of the test, of which ids and digests are given."""
    seen = {digest for one in learned for digest in one.validation}
    if both := [id_ for id_, digest in test if digest in seen]:
        raise SettingsError(
            f"test: the dataset was made with feedback from {len(both)} of these texts ({', '.join(both[:_NAMED])}), so that no "
            "result on them would mean anything; test on others, such as those of the same real= and split= as before"
        )
