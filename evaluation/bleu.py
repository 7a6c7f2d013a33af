"""Self-BLEU: how much of each sample the others already say."""

from __future__ import annotations

import numpy as np

from evaluation.lexical import Floats
from memory.words.tokens import Places, Tokens

_ORDERS = 4


def self_bleu(tokens: Tokens) -> Floats:
    """The BLEU of each sample against all others as its references (Zhu et al. 2018), 0 … 1; shape (n,).

    The mean is the dataset's self-BLEU. BLEU-4 as sacrebleu scores a sentence: exponential smoothing, effective order,
    the closest reference's length; the words are ours. It grows with the number of references, so that two figures
    compare only at equal numbers. Empty with fewer than two samples.
    """
    from sacrebleu.metrics.bleu import BLEU

    if len(tokens) < 2:
        return np.zeros(0)
    correct = np.stack([_matched(tokens.ngrams(n)) for n in range(1, _ORDERS + 1)], axis=1)
    total = np.stack([tokens.ngrams(n).lengths for n in range(1, _ORDERS + 1)], axis=1)
    closest = _closest(tokens.lengths)
    scores = [
        BLEU.compute_bleu(
            correct[i].tolist(), total[i].tolist(), int(length), int(closest[i]), "exp", effective_order=True
        ).score
        for i, length in enumerate(tokens.lengths)
    ]
    return np.array(scores) / 100


def _matched(ngrams: Tokens) -> Places:
    """How many n-grams of each sample are matched: each as often as in the one other sample that has it most often."""
    owners = np.repeat(np.arange(len(ngrams)), ngrams.lengths)
    order = np.lexsort((owners, ngrams.hashes))
    grams, owners = ngrams.hashes[order], owners[order]
    first = np.flatnonzero(
        np.concatenate([[True], (grams[1:] != grams[:-1]) | (owners[1:] != owners[:-1])])[: len(grams)]
    )
    counts = np.diff(np.append(first, len(grams)))
    grams, owners = grams[first], owners[first]
    order = np.lexsort((-counts, grams))  # of each n-gram, the sample that has it most often comes first
    grams, owners, counts = grams[order], owners[order], counts[order]
    begins = np.flatnonzero(np.concatenate([[True], grams[1:] != grams[:-1]])[: len(grams)])
    sizes = np.diff(np.append(begins, len(grams)))
    second = np.where(sizes > 1, counts[np.minimum(begins + 1, max(0, len(counts) - 1))], 0)
    most = np.repeat(counts[begins], sizes)
    most[begins] = second
    return np.bincount(owners, np.minimum(counts, most), len(ngrams)).astype(np.int64)


def _closest(lengths: Places) -> Places:
    """For each length the nearest one among the others; of two equally near the shorter."""
    order = np.argsort(lengths, kind="stable")
    ranked = lengths[order]
    before = np.concatenate([[ranked[1]], ranked[:-1]])
    after = np.concatenate([ranked[1:], [ranked[-2]]])
    found = np.empty_like(lengths)
    found[order] = np.where(np.abs(ranked - before) <= np.abs(after - ranked), before, after)
    return found
