"""Self-BLEU against sacrebleu, sentence by sentence."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sacrebleu.metrics.bleu import BLEU

from evaluation.bleu import self_bleu
from memory.words.tokens import tokenize

TEXTS = st.lists(st.lists(st.sampled_from("abcd"), max_size=9).map(" ".join), min_size=2, max_size=6)


@settings(deadline=None)
@given(TEXTS)
def test_each_sample_scores_as_sacrebleu_scores_it(texts: list[str]) -> None:
    bleu = BLEU(tokenize="none", effective_order=True)
    expected = [bleu.sentence_score(text, texts[:i] + texts[i + 1 :]).score / 100 for i, text in enumerate(texts)]
    assert self_bleu(tokenize(texts)).tolist() == pytest.approx(expected, abs=1e-12)


def test_self_bleu_at_its_extremes() -> None:
    assert self_bleu(tokenize(["one two three four five"] * 3)).tolist() == pytest.approx([1, 1, 1])
    assert self_bleu(tokenize(["one two three four", "five six seven eight"])).tolist() == [0, 0]
    assert self_bleu(tokenize(["alone"])).tolist() == []
    assert self_bleu(tokenize(["", ""])).tolist() == [0, 0]
