"""What a measurement found, in a few lines. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from graphs.transferring.answers import AnswerTransfer
from graphs.transferring.parting import TEST
from graphs.transferring.scoring import BASE, NAMES, REAL, SYNTH, TransferScores
from graphs.transferring.transfer import Transfer

_PAIRS = 3
"""Confused classes that are printed."""


def lines_of_transfer(found: Transfer) -> list[str]:
    """The result for students of labels."""
    lines = [
        f"label: {found.target} ({len(found.model.classes)} values); each student learned from {found.learned_from}; tested on "
        f"{found.parts[TEST]} real texts{_left(found.left_out)}",
        *(_line_of(name, score) for name, score in found.scores.items()),
    ]
    pairs = sorted(
        ((count, true, taken) for true, by in found.confusion.items() for taken, count in by.items() if true != taken),
        key=lambda one: (-one[0], one[1:]),
    )
    if pairs:
        lines.append(
            "most confused: "
            + "; ".join(f"{true} taken for {taken} ({count})" for count, true, taken in pairs[:_PAIRS])
        )
    worst = sorted(found.errors[found.target].items(), key=lambda one: (-one[1].shrunken, one[0]))[:_PAIRS]
    lines.append("worst: " + "; ".join(f"{name} {one.errors} of {one.texts} wrong" for name, one in worst))
    return lines


def lines_of_answers(found: AnswerTransfer) -> list[str]:
    """The result for students of answers."""
    lost = "; ".join(f"{NAMES[student]} {first:.3f} → {last:.3f}" for student, (first, last) in found.losses.items())
    return [
        f"answers: each student learned from {found.learned_from} exchanges by LoRA on {found.model}; tested on {found.exchanges[TEST]} "
        f"answers of {found.parts[TEST]} real rows{_left(found.left_out)}",
        *([f"cut to {found.options.max_tokens} tokens: {found.cut} exchanges"] if found.cut else []),
        *(_line_of(name, score) for name, score in found.scores.items()),
        f"loss from the first steps to the last: {lost}",
    ]


def _left(out: Mapping[str, int]) -> str:
    left = [f"{count} for {why}" for why, count in out.items() if count]
    return f"; left out: {', '.join(left)}" if left else ""


def _line_of(name: str, score: TransferScores) -> str:
    figures = ", ".join(
        f"{NAMES[student]} {one.value:.3f} [{one.low:.3f}, {one.high:.3f}]"
        for student, one in ((SYNTH, score.synth), (REAL, score.real), (BASE, score.base))
    )
    closed = score.closed
    share = f"share of the gap closed {closed.value:.2f} [{closed.low:.2f}, {closed.high:.2f}]" if closed else score.why
    return f"{name}: {figures}; {share}"
