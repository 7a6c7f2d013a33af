"""Nearness: which samples are too near to what is remembered, to what prompts show or to benchmarks.

A sample is asked, in this order, whether it repeats a benchmark (`benchmark`), a log (`log_copy`) or a demonstration
(`seed_copy`), is near to a remembered sample in sense (`novelty`) or in words (`overlap`). The answers depend on the texts and on the order in
which they were remembered, and on nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from graphs.campaign.forbidden import Benchmarks, demonstrated, demonstrations_of, logged, read_benchmarks
from graphs.campaign.vectors import AtOnce, Embedder
from graphs.sampling.decision import CurationReason
from graphs.settings.embedding import local_embedding
from graphs.settings.schema import Settings
from memory.archive.archive import Archive
from memory.vectors.embedding import Vectors
from memory.vectors.novelty import Neighbours, nearer, novel, spread
from memory.words.copies import Copied, SharedParts, SharedRuns, Source
from memory.words.overlap import Lexicon, Signed, common_run, signed
from memory.words.wording import Wording
from scenarios.errors import UserError
from scenarios.frozen import Frozen
from scenarios.loading import Loaded
from scenarios.records import Novelty

_SAYS = {
    CurationReason.BENCHMARK: "{figure:g} words in a row are those of {nearest}",
    CurationReason.LOG_COPY: "{figure:g} words in a row are those of {nearest}",
    CurationReason.SEED_COPY: "shares {figure:g} of its 3-word shingles with {nearest}, and {bound:g} is too much",
    CurationReason.NOVELTY: "distance {figure} to {nearest} is under {bound:g}",
    CurationReason.OVERLAP: "shares {figure:g} of the 3-word shingles with {nearest}, and {bound:g} is too much",
}


IN_COMMON = "; in common: "
"""Before the words that two texts share."""


class TooNear(Frozen):
    """What a sample is too near to."""

    ground: CurationReason
    nearest: str
    """The remembered sample's id, the demonstration, or the file and line of a benchmark or a log."""
    figure: float
    """A cosine distance, a part of shingles, or a number of words."""
    bound: float
    text: str
    """The longest run of words in common, at most 200 letters; empty if the other text is not known."""

    @property
    def detail(self) -> str:
        """One line for the record."""
        said = _SAYS[self.ground].format(**self.model_dump())
        return f"{said}{IN_COMMON}“{self.text}”" if self.text else said


_ENOUGH = 4
"""Demonstrations from which a distance may be drawn."""
_BOUNDS = 0.01, 0.5
_OTHERWISE = 0.1


def with_distance(settings: Settings, loaded: Loaded) -> tuple[Settings, str]:
    """The settings with a number in place of `memory.min_distance=auto`, and a line that says how it came about.

    It is half the median distance of a demonstration to its nearest other one, from 0.01 to 0.5: new samples may come
    closer to each other than those that a person chose to differ, but not as close again. With fewer than four
    demonstrations it is 0.1.
    """
    if settings.memory.min_distance is not None:
        return settings, ""
    texts = [wording.embedded for wording in demonstrated(loaded)]
    embedding = local_embedding(settings.embedding)
    between = spread(embedding.vectors(texts)) if embedding and len(texts) >= _ENOUGH else None
    if between is None:
        chosen, why = _OTHERWISE, f"the scenario has {len(texts)} demonstrations, and it takes {_ENOUGH}"
    else:
        chosen = round(min(max(between / 2, _BOUNDS[0]), _BOUNDS[1]), 3)
        why = f"half the median distance of {len(texts)} demonstrations to their nearest, {between:.3f}"
    memory = settings.memory.model_copy(update={"min_distance": chosen})
    return settings.model_copy(update={"memory": memory}), f"memory.min_distance=auto: {chosen:g} ({why})"


@dataclass(frozen=True)
class NearnessRules:
    """What is too near. None: that rule is off."""

    min_distance: float = 0.0
    max_overlap: float | None = None
    demonstrations: SharedParts | None = None
    benchmarks: SharedRuns | None = None
    logs: SharedRuns | None = None


def rules_of(
    settings: Settings, loaded: Loaded, real: Sequence[tuple[str, str]] = ()
) -> tuple[NearnessRules, Benchmarks | None]:
    """The rules that a run's settings ask for, and the files read for them. `real` are other texts that prompts show, each after its
    name; what holds for demonstrations holds for them. Raises DatasetError."""
    assert settings.memory.min_distance is not None
    copies, files = settings.forbidden.demonstrations, settings.forbidden.benchmarks
    shown = demonstrations_of(loaded) + [Source(where=where, text=text) for where, text in real]
    read = read_benchmarks(files) if files else None
    rules = NearnessRules(
        min_distance=settings.memory.min_distance,
        max_overlap=settings.memory.max_overlap,
        demonstrations=SharedParts(shown, copies) if shown and copies else None,
        benchmarks=SharedRuns(read.rows) if read else None,
        logs=SharedRuns(logs) if (logs := logged(loaded)) else None,
    )
    return rules, read


@dataclass(frozen=True, slots=True)
class Placed:
    """A sample's wording, and where it lies."""

    wording: Wording
    vector: Vectors


@dataclass(frozen=True, slots=True)
class Compared:
    """What a sample is compared by."""

    placed: Placed
    words: Signed | None
    before: Novelty
    """Its nearest neighbour among the first `since` remembered."""
    since: int


class NearnessCheck:
    """Compares samples with all that is remembered: from the archive, and what it is given to remember."""

    def __init__(self, rules: NearnessRules, embedder: Embedder | None = None) -> None:
        self._rules = rules
        self._embedder = embedder or AtOnce()
        self._neighbours = Neighbours()
        self._lexicon = Lexicon(rules.max_overlap or 1.0)

    def recall(self, archive: Archive, run: str) -> set[str]:
        """Remember the archive's samples but those of `run`, whose ids there are returned. Raises MemoryUnavailable."""
        self._neighbours, own = archive.neighbours(run)
        self._embedder.expect(self._neighbours.dimensions)
        if self._rules.max_overlap is not None:
            self._lexicon.extend(self._neighbours.ids, archive.texts(self._neighbours.ids))
        return own

    async def place(self, wording: Wording) -> Placed:
        """A wording with its vector. Raises as Embedder.vectors, and UserError if the memory's vectors are of another length."""
        vector = (await self._embedder.vectors([wording.embedded]))[0]
        if self._neighbours.dimensions not in (None, len(vector)):
            raise UserError(
                f"memory: its vectors have {self._neighbours.dimensions} numbers, and those of its embedding {len(vector)}: "
                "another program changed it; give another memory.path"
            )
        return Placed(wording, vector)

    def look(self, samples: Sequence[Placed]) -> list[Compared]:
        """What samples are compared by; cheaper together than alone."""
        if not samples:
            return []
        since = len(self._neighbours)
        near = self._neighbours.nearest_each(np.vstack([sample.vector for sample in samples]))
        return [Compared(*one, since) for one in zip(samples, self._signed(samples), near, strict=True)]

    def _signed(self, samples: Sequence[Placed]) -> Sequence[Signed | None]:
        if self._rules.max_overlap is None:
            return [None] * len(samples)
        return signed([sample.wording.text for sample in samples])

    def check(self, look: Compared) -> tuple[Novelty, TooNear | None]:
        """The nearest neighbour, and why the sample is rejected, if it is."""
        novelty = nearer(look.before, self._neighbours.nearest(look.placed.vector, since=look.since))
        return novelty, self._copied(look.placed.wording.text) or self._near(look, novelty)

    def take(self, id_: str, sample: Placed) -> None:
        """Remember a sample that was accepted in an earlier session."""
        self.remember(id_, Compared(sample, self._signed([sample])[0], Novelty(), 0))

    def remember(self, id_: str, look: Compared) -> None:
        """Compare what comes later with this sample, too."""
        self._neighbours.add(id_, look.placed.vector)
        if look.words is not None:
            self._lexicon.add(id_, look.words)

    def _copied(self, text: str) -> TooNear | None:
        rules = self._rules
        if rules.benchmarks and (copied := rules.benchmarks.find(text)):
            return _too_near(CurationReason.BENCHMARK, copied, 0.0)
        if rules.logs and (copied := rules.logs.find(text)):
            return _too_near(CurationReason.LOG_COPY, copied, 0.0)
        if rules.demonstrations and (copied := rules.demonstrations.find(text)):
            return _too_near(CurationReason.SEED_COPY, copied, rules.demonstrations.least)
        return None

    def _near(self, look: Compared, novelty: Novelty) -> TooNear | None:
        rules = self._rules
        if not novel(novelty, rules.min_distance) and novelty.nearest is not None and novelty.distance is not None:
            other = self._lexicon.text(novelty.nearest)
            return TooNear(
                ground=CurationReason.NOVELTY, nearest=novelty.nearest, figure=novelty.distance, bound=rules.min_distance,
                text=common_run(look.placed.wording.text, other) if other else "",
            )  # fmt: skip
        if look.words is None or rules.max_overlap is None:
            return None
        if (found := self._lexicon.nearest(look.words)) is None:
            return None
        return TooNear(
            ground=CurationReason.OVERLAP,
            nearest=found.nearest,
            figure=found.share,
            bound=rules.max_overlap,
            text=found.text,
        )


def _too_near(ground: CurationReason, copied: Copied, bound: float) -> TooNear:
    return TooNear(ground=ground, nearest=copied.nearest, figure=copied.figure, bound=bound, text=copied.text)
