"""Splits without leaks: what belongs together stays on one side."""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from graphs.exporting.sample import Learned
from memory.words.minhash import SHINGLE, bands, jaccard, neighbours, signatures
from memory.words.tokens import tokenize
from scenarios.errors import SettingsError
from scenarios.frozen import Frozen
from scenarios.messages import Speech

PARTS = ("train", "valid", "test")
ALIKE = 0.5
"""Jaccard similarity of 3-word shingles from which two samples stay on one side."""


class Split(Frozen):
    """The parts of a dataset."""

    parts: dict[str, tuple[Learned, ...]]
    wanted: dict[str, float]
    """The share of each part that was asked for, 0 … 1."""
    largest: int
    """Samples of the largest group that stays together."""

    @property
    def told(self) -> str:
        """How the parts came out, in one line; empty if nothing was split."""
        if len(self.wanted) < 2:
            return ""
        whole = sum(map(len, self.parts.values()))
        shares = ", ".join(
            f"{name} {len(rows)} ({100 * len(rows) / max(1, whole):.0f} %, wanted {100 * self.wanted[name]:.0f} %)"
            for name, rows in self.parts.items()
        )
        return f"split: {shares}; the largest group that stays together has {self.largest}"


def ratios_of(text: str) -> dict[str, float]:
    """The share of each part in `90/5/5`, or of two in `90/10`; all of it for train if the text is empty. Raises SettingsError."""
    if not text:
        return {"train": 1.0}
    if not re.fullmatch(r"\d+(\.\d+)?(/\d+(\.\d+)?){1,2}", text):
        raise SettingsError(f"split={text}: write two or three numbers, such as 90/10 or 90/5/5 (train, valid, test)")
    numbers = [float(one) for one in text.split("/")]
    whole = sum(numbers)
    if whole > 100:
        raise SettingsError(f"split={text}: the parts come to {whole:g}, and 100 is all; such as 90/10 or 90/5/5")
    if whole <= 0 or numbers[0] <= 0:
        raise SettingsError(f"split={text}: the first part, train, is above 0")
    return {name: number / whole for name, number in zip(PARTS, numbers, strict=False)}


def split(samples: Sequence[Learned], wanted: dict[str, float], seed: int) -> Split:
    """Samples by part, in their order. Near-duplicates and samples of one parent, passage or blueprint share a part.

    The largest groups are given away first, each to the part that lacks most; equal samples and an equal seed give equal parts.
    """
    groups = groups_of(samples)
    room = {name: share * len(samples) for name, share in wanted.items()}
    part_of: dict[int, str] = {}
    for group in sorted(groups, key=lambda group: (-len(group), _drawn(samples, group, seed))):
        name = max(room, key=lambda part: (_lack(room[part], len(group)), room[part]))
        room[name] -= len(group)
        part_of.update(dict.fromkeys(group, name))
    parts = {name: tuple(one for i, one in enumerate(samples) if part_of[i] == name) for name in wanted}
    return Split(parts=parts, wanted=wanted, largest=max(map(len, groups), default=0))


def groups_of(samples: Sequence[Learned]) -> list[list[int]]:
    """Places of samples that belong together."""
    over = list(range(len(samples)))

    def top(one: int) -> int:
        while over[one] != one:
            over[one] = over[over[one]]
            one = over[one]
        return one

    first: dict[str, int] = {}
    for i, sample in enumerate(samples):
        for name in sorted(sample.groups):
            over[top(i)] = top(first.setdefault(name, i))
    for one, other in _alike(samples):
        over[top(one)] = top(other)
    found: dict[int, list[int]] = defaultdict(list)
    for i in range(len(samples)):
        found[top(i)].append(i)
    return list(found.values())


def _lack(room: float, size: int) -> float:
    """How well a group fits a part: one that would overflow it comes after all others."""
    return room if room >= size else room - size - 1e9


def _drawn(samples: Sequence[Learned], group: Sequence[int], seed: int) -> str:
    return hashlib.sha256(f"{seed} {samples[group[0]].id}".encode()).hexdigest()


def _alike(samples: Sequence[Learned]) -> list[tuple[int, int]]:
    """Pairs of near-duplicates: their words share a band of MinHash values (Broder 1997), and are alike when compared."""
    tokens = tokenize(_words(sample) for sample in samples)
    shingles = tokens.shingles(SHINGLE)
    keys = bands(signatures(shingles))
    shared = {
        (min(pair), max(pair))
        for left, right in neighbours(keys, np.flatnonzero(tokens.lengths))
        for pair in zip(left.tolist(), right.tolist(), strict=True)
    }
    sets = {place: np.unique(shingles[place]) for pair in shared for place in pair}
    return sorted((one, other) for one, other in shared if jaccard(sets[one], sets[other]) >= ALIKE)


def _words(sample: Learned) -> str:
    """What was said in it: the system message is the same in many."""
    return "\n".join(message.content for message in sample.every if message.role is not Speech.SYSTEM)
