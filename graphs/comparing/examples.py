"""The pairs whose preference is clearest, to be read side by side. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain, zip_longest

from evaluation.speech.shape import form_differences
from graphs.comparing.datasets import Piece
from graphs.comparing.judging import Judged
from graphs.comparing.pairing import Pairing, PiecePair
from graphs.comparing.report import ExampleTold, PieceTold

_SHOWN = 6


def examples_of(pairings: Sequence[Pairing], said: Sequence[Sequence[Judged | None]]) -> tuple[ExampleTold, ...]:
    """Up to six pairs that one side won, wins of either side and of every two datasets in turn: those first whose samples are
    of nearly equal length, since there length decides nothing."""
    sides = [
        [_example(pairing, pair, one) for pair, one in _decided(pairing, each, wins)]
        for pairing, each in zip(pairings, said, strict=True)
        for wins in (1.0, 0.0)
    ]
    turns = chain.from_iterable(zip_longest(*sides))
    return tuple([one for one in turns if one is not None][:_SHOWN])


def _decided(pairing: Pairing, said: Sequence[Judged | None], wins: float) -> Iterator[tuple[PiecePair, Judged]]:
    found = [
        (pair, one)
        for pair, one in zip(pairing.pairs, said, strict=True)
        if one is not None and one.share == wins
    ]  # fmt: skip
    yield from sorted(found, key=lambda each: (abs(_length(each[0])), each[0].left.id, each[0].right.id))


def _length(pair: PiecePair) -> float:
    return form_differences(pair.left.turns, pair.right.turns)["length"]


def _example(pairing: Pairing, pair: PiecePair, one: Judged) -> ExampleTold:
    return ExampleTold(
        left=_side(pairing.left.name, pair.left, one.share),
        right=_side(pairing.right.name, pair.right, 1 - one.share),
        words=one.words,
    )


def _side(dataset: str, piece: Piece, share: float) -> PieceTold:
    return PieceTold(dataset=dataset, name=piece.name, share=share, lines=piece.lines)
