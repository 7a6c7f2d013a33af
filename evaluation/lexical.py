"""Diversity of words and n-grams: vocabulary, distinct-n and entropy at equal size, shared n-grams, compression."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from memory.words.tokens import Places, Tokens

Floats = NDArray[np.float64]

_SPREAD = 12.0
"""Standard deviations of a hypergeometric variable that are summed; beyond lies less than 1e-12 of it."""
_SMALL = 256


@dataclass(frozen=True, slots=True)
class ExpectedCounts:
    """What is expected of tokens drawn at random, without replacement, from all tokens of a dataset."""

    tokens: int
    """How many are drawn."""
    different: float
    """Expected number of different ones among them."""
    entropy: float
    """Expected entropy of them, in bits."""

    @property
    def distinct(self) -> float | None:
        """Different ones over all: distinct-n at a fixed budget. None where nothing was drawn."""
        return self.different / self.tokens if self.tokens else None


def distinct(tokens: Tokens) -> float | None:
    """distinct-n over a whole dataset: different n-grams / n-grams (Li et al. 2016). None without any.

    It falls with size, so that two datasets compare only at an equal number of tokens: see `drawn`.
    """
    counts = tokens.counts()
    return len(counts) / int(counts.sum()) if len(counts) else None


def drawn(counts: Places, budget: int) -> ExpectedCounts:
    """What `budget` tokens hold that are drawn at random from a dataset where token w occurs `counts[w]` times.

    The number of times that w is drawn is hypergeometric, so both expectations are sums over tokens and exact
    (rarefaction, Hurlbert 1971; no sampling):

    different = Σ_w P(k_w ≥ 1),  entropy = Σ_w Σ_k P(k_w = k) · −(k/B) log2(k/B),  B = min(budget, Σ counts).
    """
    total = int(counts.sum())
    size = min(budget, total)
    different = entropy = 0.0
    frequencies, often = np.unique(counts, return_counts=True)
    for frequency, times in zip(frequencies.tolist(), often.tolist(), strict=True):
        k, chance = _hypergeometric(frequency, total, size)
        share = k / size
        different += times * float(chance[k >= 1].sum())
        entropy -= times * float((chance * share * np.log2(np.where(k > 0, share, 1.0))).sum())
    return ExpectedCounts(size, different, abs(entropy))


def _hypergeometric(frequency: int, total: int, size: int) -> tuple[Places, Floats]:
    """How often one token, of which `total` tokens hold `frequency`, comes up among `size` drawn: numbers, chances."""
    least, most = max(0, frequency + size - total), min(frequency, size)
    mean = frequency * size / total
    reach = _SPREAD * mean**0.5 + 20
    k = np.arange(max(least, int(mean - reach)), min(most, int(mean + reach)) + 1)
    logs = -(_log_factorial(k) + _log_factorial(frequency - k))
    logs -= _log_factorial(size - k) + _log_factorial(total - frequency - size + k)
    chance = np.exp(logs - logs.max())
    return k, chance / chance.sum()


def _log_factorial(n: Places) -> Floats:
    """log n!, from a table or by Stirling's series (relative error below 1e-15)."""
    x = np.maximum(n, _SMALL).astype(np.float64)
    series = x * np.log(x) - x + 0.5 * np.log(2 * np.pi * x) + 1 / (12 * x) - 1 / (360 * x**3)
    return np.where(n < _SMALL, _LOG_FACTORIALS[np.minimum(n, _SMALL - 1)], series)


_LOG_FACTORIALS = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, _SMALL)))])


def ingf_document_share(ngrams: Tokens) -> float | None:
    """Inter-sample n-gram frequency, the document share variant. None with fewer than two samples or no n-gram.

    With D_g the number of samples that hold the n-gram g, and n samples: Σ_g D_g (D_g − 1) / ((n − 1) Σ_g D_g), the
    chance that an n-gram of a sample also stands in another sample drawn at random, 0 … 1. The literature has the name
    (Mishra et al. 2020; Yu et al. 2023) and sums frequencies in several ways, which grow with the dataset; this one
    does not.
    """
    samples = len(ngrams)
    if samples < 2 or not len(ngrams.hashes):
        return None
    order = np.argsort(ngrams.hashes, kind="stable")  # within an n-gram, the samples stay in order
    grams = ngrams.hashes[order]
    owners = np.repeat(np.arange(samples, dtype=np.int32), ngrams.lengths)[order]
    new_gram = np.concatenate([[True], grams[1:] != grams[:-1]])
    new_pair = new_gram | np.concatenate([[True], owners[1:] != owners[:-1]])
    held = np.add.reduceat(new_pair.astype(np.int64), np.flatnonzero(new_gram)).astype(np.float64)
    return float((held * (held - 1)).sum() / ((samples - 1) * held.sum()))


def compression_ratio(texts: Iterable[str]) -> float | None:
    """Bytes over bytes compressed by zlib, level 6 (Shaib et al. 2024): the higher, the more repeats itself.

    zlib looks back 32 kB, so that the order of the texts bears on it. None without any text.
    """
    packer, before, after = zlib.compressobj(6), 0, 0
    for text in texts:
        raw = text.encode("utf-8", "surrogatepass") + b"\n"
        before += len(raw)
        after += len(packer.compress(raw))
    return before / (after + len(packer.flush())) if before else None
