"""The measurement of answers: how likely real answers are to a causal model before and after it learned from a dataset, and from as
many real exchanges."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from statistics import fmean
from typing import Any

import numpy as np

from agents.models.likelihoods.weights import CausalWeights
from evaluation.lexical import Floats
from evaluation.students.lora import TokenExchange, cut, log_likelihood, tuned
from graphs.transferring.exchanges import RowOfExchanges, gathered_exchanges
from graphs.transferring.gathering import TransferFiles, digests_of
from graphs.transferring.options import AnswerOptions, StudentKind
from graphs.transferring.parting import REFERENCE, TEST, digest_of
from graphs.transferring.scoring import BASE, NAMES, REAL, SYNTH, TransferScores, compared_means
from scenarios.errors import DatasetError
from scenarios.frozen import Frozen

LOG_LIKELIHOOD = "log_likelihood"
_FIRST = 8
"""Rows after which the time is estimated."""
_TRAINED = 3
"""What a token costs that is learned from, in times one that is read: forwards, and twice that back."""
_SAID = 10
"""Times that a student says how far it is."""
_MOST_VALUES = 50
"""Values of an axis that are shown one by one."""


class AnswersOf(Frozen):
    """The mean log-likelihoods of the real answers with one value of an axis."""

    rows: int
    base: float
    synth: float
    real: float


class AnswerTransfer(Frozen):
    """What transfer-lora.json holds. Log-likelihoods are in nats, the mean over the tokens of a row's answers."""

    student: StudentKind
    model: str
    """The weights that learned, by their content."""
    scenario: str
    samples: int
    """Of the dataset that have answers."""
    exchanges: dict[str, int]
    """Answers of the dataset, and of each part of the real rows."""
    learned_from: int
    """Exchanges that each student of a seed learned from."""
    parts: dict[str, int]
    """Real rows."""
    left_out: dict[str, int]
    """Samples without an answer, and what `where` and `leaks` left out; exchanges of which the model knows no token."""
    cut: int
    """Exchanges that were longer than `max_tokens`."""
    options: AnswerOptions
    files: dict[str, str]
    """SHA-256 of the dataset and of the files of real rows."""
    test: str
    """A digest of the rows of the test part."""
    scores: dict[str, TransferScores]
    by: dict[str, dict[str, AnswersOf]]
    """On the test part, by axis and value."""
    losses: dict[str, tuple[float, float]]
    """Of both students of the first seed: the mean negative log-likelihood of what they learned from, in their first and their last
    steps, a tenth of them each. If the last is hardly lower, more steps would help."""


@dataclass(frozen=True)
class _Read:
    """Exchanges as the model reads them, row by row."""

    rows: list[list[TokenExchange]]
    strange: int
    cut: int

    @property
    def flat(self) -> list[TokenExchange]:
        """All of them."""
        return [one for row in self.rows for one in row]


def measured_answers(
    files: TransferFiles,
    options: AnswerOptions,
    load: Callable[[], CausalWeights],
    model: str,
    say: Callable[[str], None],
) -> AnswerTransfer:
    """How much likelier the dataset makes real answers. Equal files and options give an equal result on the same machine. `load` gives
    the weights named `model`, once all that can be refused was. Raises as `gathered_exchanges` and `load`."""
    found = gathered_exchanges(files, options)
    reference, test = found.parts[REFERENCE], found.parts[TEST]
    say(
        f"{_answers(found.samples)} answers of {len(found.samples)} samples; {_answers(reference)} of {len(reference)} real rows to "
        f"learn from, {_answers(test)} of {len(test)} to be tested on; {model} is loaded"
    )
    weights = load()
    ours, theirs, tested = (_read(weights, rows, options) for rows in (found.samples, reference, test))
    kept = [row for row, read in zip(test, tested.rows, strict=True) if read]
    for path, read in ((files.named, ours), (files.real, theirs), (files.test or files.real, tested)):
        if not read.flat:
            raise DatasetError(f"{path}: the model knows no token of any answer; give other weights")
    trial = _Trial(
        weights.model, options, {SYNTH: ours.flat, REAL: theirs.flat}, [row for row in tested.rows if row], say
    )
    values, losses = trial.run()
    return AnswerTransfer(
        student=StudentKind.LORA,
        model=model,
        scenario=files.scenario,
        samples=len(found.samples),
        exchanges={"dataset": _answers(found.samples)} | {part: _answers(rows) for part, rows in found.parts.items()},
        learned_from=trial.learned,
        parts={part: len(rows) for part, rows in found.parts.items()},
        left_out={**found.left_out, "tokens": ours.strange + theirs.strange + tested.strange},
        cut=ours.cut + theirs.cut + tested.cut,
        options=options,
        files=digests_of({**files.by_name, "real": files.real, "test": files.test}),
        test=digest_of(test),
        scores={LOG_LIKELIHOOD: compared_means(values, options.draws, options.seed)},
        by=_by(kept, {student: np.mean(runs, axis=0) for student, runs in values.items()}),
        losses=losses,
    )


def _answers(rows: Sequence[RowOfExchanges]) -> int:
    return sum(len(row.exchanges) for row in rows)


def _read(weights: CausalWeights, rows: Sequence[RowOfExchanges], options: AnswerOptions) -> _Read:
    most = min(options.max_tokens, weights.longest or options.max_tokens)
    found: list[list[TokenExchange]] = []
    strange, longer = 0, 0
    for row in rows:
        read = [(one, weights.tokenized(one.before + one.answer)) for one in row.exchanges]
        told = [(text.ids, text.behind(len(one.before))) for one, text in read]
        known = [(ids, answer) for ids, answer in told if 0 < answer < len(ids)]
        found.append([cut(ids, answer, most) for ids, answer in known])
        strange += len(told) - len(known)
        longer += sum(len(ids) > most for ids, _ in known)
    return _Read(found, strange, longer)


class _Trial:
    """The base, and the students of both kinds of exchanges, on the rows of the test."""

    def __init__(
        self, model: Any, options: AnswerOptions, pools: Mapping[str, Sequence[TokenExchange]],
        tested: Sequence[Sequence[TokenExchange]], say: Callable[[str], None],
    ) -> None:  # fmt: skip
        self._model, self._options, self._pools, self._tested, self._say = model, options, pools, tested, say
        self.learned = min(map(len, pools.values()))
        """Exchanges that each student learns from."""

    def run(self) -> tuple[dict[str, list[Floats]], dict[str, tuple[float, float]]]:
        """The log-likelihoods of the rows for the base and each student, seed by seed, and what the first students lost."""
        values: dict[str, list[Floats]] = {SYNTH: [], REAL: [], BASE: [self._scored(self._model, BASE)]}
        losses: dict[str, tuple[float, float]] = {}
        rng = np.random.default_rng(self._options.seed)
        for number in range(self._options.seeds):
            for student, pool in self._pools.items():
                drawn = np.sort(rng.choice(len(pool), self.learned, replace=False)).tolist()
                lost = list[float]()
                name = f"{NAMES[student]}, student {number + 1} of {self._options.seeds}"
                exchanges = [pool[place] for place in drawn]
                with tuned(
                    self._model, exchanges, self._options, self._options.seed + number, partial(self._step, name, lost)
                ) as learner:
                    values[student].append(self._scored(learner, name))
                few = max(1, len(lost) // 10)
                losses.setdefault(student, (round(fmean(lost[:few]), 4), round(fmean(lost[-few:]), 4)))
        return values, losses

    def _step(self, name: str, lost: list[float], step: int, loss: float) -> None:
        lost.append(loss)
        if step % max(1, self._options.steps // _SAID) == 0 or step == self._options.steps:
            self._say(f"{name}: step {step} of {self._options.steps}, loss {loss:.3f}")

    def _scored(self, model: Any, name: str) -> Floats:
        """The mean log-likelihood of a token of each row's answers."""
        begun, read, found = time.monotonic(), 0, []
        for count, row in enumerate(self._tested, 1):
            found.append(sum(log_likelihood(model, one) for one in row) / sum(one.answer for one in row))
            read += sum(len(one.ids) for one in row)
            if name == BASE and count == min(_FIRST, len(self._tested)):
                self._estimate((time.monotonic() - begun) / read)
        self._say(f"{NAMES.get(name, name)}: log-likelihood of a real answer's token {fmean(found):.3f}")
        return np.array(found)

    def _estimate(self, seconds: float) -> None:
        """Say how long it will take, from the seconds of a token that is read."""
        options = self._options
        tested = sum(len(one.ids) for row in self._tested for one in row)
        learned = sum(fmean(len(one.ids) for one in pool) for pool in self._pools.values())
        steps = options.seeds * options.steps * options.batch * learned * _TRAINED
        minutes = seconds * (steps + tested * (1 + 2 * options.seeds)) / 60
        self._say(
            f"about {math.ceil(minutes)} min: {2 * options.seeds} students of {options.steps} steps of {options.batch} exchanges"
        )


def _by(rows: Sequence[RowOfExchanges], means: Mapping[str, Floats]) -> dict[str, dict[str, AnswersOf]]:
    """The means by axis and value, of axes that every row has."""
    axes = sorted(set.intersection(*(set(row.cell) for row in rows)))
    found = {}
    for axis in axes:
        values = sorted({row.cell[axis] for row in rows})
        if len(values) <= _MOST_VALUES:
            places = {value: [at for at, row in enumerate(rows) if row.cell[axis] == value] for value in values}
            found[axis] = {
                value: AnswersOf(
                    rows=len(at), **{student: round(float(each[at].mean()), 6) for student, each in means.items()}
                )
                for value, at in places.items()
            }
    return found
