"""Copies: samples that repeat a text which they must not, such as a demonstration or a row of a benchmark.

Two rules. **A shared run**: 13 words in a row in common, the length that decontamination of training data mostly uses
(Brown et al. 2020); a shorter text counts if a sample holds all of it, if it has 8 words or more. **A shared part**:
of the 3-word shingles of the shorter text, a stated part is in the other one, too; it also finds a copy with names and
numbers changed. Texts with fewer than 8 shingles are not compared.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memory.words.minhash import SHINGLE
from memory.words.overlap import common_run, longest_run, shown
from memory.words.tokens import Hashes, Places, Tokens, tokenize, words
from scenarios.frozen import Frozen

RUN, SHORTEST = 13, 8
"""Words: the run that counts as copied; the least length of a text that is looked for as a whole."""
_LONGEST_OF = 16
"""Of the texts that share a run with a sample, as many are looked at for the longest."""


class Source(Frozen):
    """A text that is not to be repeated."""

    where: str
    """How it is named: a file and its line, a demonstration and its number."""
    text: str


class Copied(Frozen):
    """What a sample repeats."""

    nearest: str
    """The source's name."""
    figure: float
    """Words of the longest common run; or the part of the shorter text that both share, 0 … 1."""
    text: str
    """The longest run of words that both hold, at most 200 letters."""


class SharedRuns:
    """Sources, none of whose runs of 13 words a sample may hold."""

    def __init__(self, sources: Sequence[Source]) -> None:
        self._sources = list(sources)
        tokens = tokenize(source.text for source in sources)
        lengths = np.minimum(tokens.lengths, RUN)
        self.passed_over = int((lengths < SHORTEST).sum())
        """Sources that are too short to tell a copy from chance."""
        self._runs = {
            int(n): _table(tokens, np.flatnonzero(lengths == n), int(n)) for n in np.unique(lengths) if n >= SHORTEST
        }

    def __len__(self) -> int:
        return len(self._sources)

    def find(self, text: str) -> Copied | None:
        """The source with the longest run in common, of equal ones the first; None if no run is long enough."""
        tokens = tokenize([text])
        met: set[int] = set()
        for length, (runs, sources) in self._runs.items():
            asked = np.unique(tokens.ngrams(length).hashes)
            lows, highs = np.searchsorted(runs, asked, "left"), np.searchsorted(runs, asked, "right")
            for low, high in zip(lows, highs, strict=True):
                met.update(sources[low:high].tolist())
        own = words(text)
        found: Copied | None = None
        for place in sorted(met)[:_LONGEST_OF]:
            theirs = words(self._sources[place].text)
            run = longest_run(own, theirs)
            if len(run) >= min(RUN, len(theirs)) and (found is None or len(run) > found.figure):
                found = Copied(nearest=self._sources[place].where, figure=len(run), text=shown(run))
        return found


class SharedParts:
    """Sources with which a sample may not share `least` (0 … 1) of the shorter one's 3-word shingles."""

    def __init__(self, sources: Sequence[Source], least: float) -> None:
        self.least = least
        self._sources = [(source, _shingles(source.text)) for source in sources]

    def find(self, text: str) -> Copied | None:
        """The source that shares most, of equal ones the first; None if no source shares enough."""
        own = _shingles(text)
        found: tuple[float, Source] | None = None
        for source, theirs in self._sources:
            if (size := min(len(own), len(theirs))) >= SHORTEST:
                part = round(len(np.intersect1d(own, theirs, assume_unique=True)) / size, 6)
                if part >= self.least and (found is None or part > found[0]):
                    found = part, source
        return found and Copied(nearest=found[1].where, figure=found[0], text=common_run(text, found[1].text))


def _table(tokens: Tokens, texts: Places, length: int) -> tuple[Hashes, Places]:
    """The runs of `length` words of some texts, sorted, and the text of each."""
    runs = tokens.take(texts).ngrams(length)
    owners = np.repeat(texts, runs.lengths)
    order = np.lexsort((owners, runs.hashes))
    return runs.hashes[order], owners[order]


def _shingles(text: str) -> Hashes:
    return np.unique(tokenize([text]).ngrams(SHINGLE).hashes)
