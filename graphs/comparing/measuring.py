"""What can be computed of datasets beside each other: features of their samples, the metrics of `evaluate`, and real logs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations

import numpy as np

from evaluation.contrasts.effects import EffectSize, effect
from evaluation.diversity import Against, against
from evaluation.intervals import Figure, of_mean
from evaluation.lexical import Floats
from evaluation.metrics import Options, sample_set_of
from evaluation.speech.dialogues import dialogue_in
from evaluation.speech.likeness import LogLikeness, likeness
from evaluation.speech.shape import Feature, shapes
from graphs.comparing.datasets import Dataset
from graphs.comparing.report import BesideLogs

_FEWEST = 2


class Measures:
    """The features of each dataset and of the logs, and the metrics of every two."""

    def __init__(self, datasets: Sequence[Dataset], reference: Dataset | None, options: Options) -> None:
        every = [*datasets, *([reference] if reference else [])]
        found = shapes([[piece.turns for piece in one.pieces] for one in every])
        self._shapes: dict[str, dict[Feature, Floats]] = dict(zip((one.name for one in every), found, strict=True))
        self._datasets, self._reference, self._options = datasets, reference, options

    def means(self, name: str) -> dict[Feature, Figure]:
        """The mean of each feature of a dataset, or of the logs."""
        rng = np.random.default_rng(self._options.seed)
        return {
            feature: of_mean(values[~np.isnan(values)], self._options.resamples, rng).figure()
            for feature, values in self._shapes[name].items()
        }

    def effects(self, left: str, right: str) -> dict[Feature, EffectSize]:
        """How far the features of one lie above those of the other."""
        ours, theirs = self._shapes[left], self._shapes[right]
        return {feature: effect(ours[feature], theirs[feature], seed=self._options.seed) for feature in Feature}

    def likeness(self) -> tuple[BesideLogs, ...]:
        """Each dataset beside the logs; empty without logs."""
        if self._reference is None:
            return ()
        logs = self._reference.name
        return tuple(
            BesideLogs(
                name=one.name,
                told=_told(one, self._reference),
                effects=self.effects(one.name, logs),
                logs=self.means(logs),
                ours=self.means(one.name),
            )
            for one in self._datasets
        )

    def metrics(self, say: Callable[[str], None]) -> Mapping[tuple[str, str], Against]:
        """The metrics of `evaluate` of every two datasets, at equal sizes; without those that are too small."""
        from memory.vectors.embedding import WordLlamaEmbedding  # it takes a second

        large = [one for one in self._datasets if len(one.pieces) >= _FEWEST]
        if len(large) < _FEWEST:
            return {}
        embedding = WordLlamaEmbedding()
        say("embedding " + ", ".join(f"{one.name} ({len(one.pieces):,})" for one in large))
        sets = {one.name: sample_set_of([piece.sample for piece in one.pieces], embedding.vectors) for one in large}
        found = {}
        for left, right in combinations(sets, 2):
            say(f"measuring {left} beside {right}")
            found[left, right] = against(sets[left], sets[right], self._options)
        return found


def _told(dataset: Dataset, logs: Dataset) -> LogLikeness | None:
    first, second = (
        [said for piece in one.pieces if len(said := dialogue_in(piece.shown)) > 1] for one in (dataset, logs)
    )
    return likeness(first, second) if first and second else None
