"""The figures of `graphs.evaluate` as tables for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TextIO

from evaluation.coverage import AxisCoverage, Share
from evaluation.diversity import Against, Diversity, Slice
from evaluation.intervals import Figure
from evaluation.manner import Manner
from evaluation.metrics import LESS_IS_DIVERSE, Metric
from evaluation.speech.likeness import Course, LogLikeness
from evaluation.within import WithinValues
from evaluation.writing import Trait
from graphs.files.wording import many
from graphs.shell.output import drawing
from scenarios.cleaning import clean

_WIDTH = 110
METRICS = {
    Metric.VOCABULARY: "different words",
    Metric.DISTINCT_1: "distinct-1",
    Metric.DISTINCT_2: "distinct-2",
    Metric.DISTINCT_3: "distinct-3",
    Metric.ENTROPY_1: "entropy of words, bits",
    Metric.ENTROPY_2: "entropy of 2-grams, bits",
    Metric.ENTROPY_3: "entropy of 3-grams, bits",
    Metric.COMPRESSION: "compression ratio",
    Metric.INGF: "shared 3-grams (INGF, document share)",
    Metric.SELF_BLEU: "self-BLEU",
    Metric.APS: "mean cosine (APS)",
    Metric.VENDI: "Vendi score",
    Metric.CHAMFER: "distance to the nearest (Chamfer)",
    Metric.NOVELSUM: "NovelSum",
    Metric.LEXICAL: "near-duplicates, lexical",
    Metric.SEMANTIC: "near-duplicates, semantic",
}

TRAITS = {
    Trait.LENGTH: "words of a message",
    Trait.SENTENCE: "words of a sentence",
    Trait.QUESTION: "messages that ask",
    Trait.POLITE: "messages with a polite word",
    Trait.ODD: "words spelled oddly",
    Trait.EMOJI: "messages with emoji",
    Trait.EXCLAMATION: "messages that exclaim",
    Trait.CAPITALS: "letters that are capitals",
    Trait.UNENDED: "messages without a final mark",
}
COURSE = {
    Course.MESSAGES: "messages of a conversation",
    Course.NEW_WORDS: "words of a message that are new",
    Course.ECHO: "share of words taken from the message before",
}
_SHORT = {
    Trait.LENGTH: "words",
    Trait.SENTENCE: "/ sent.",
    Trait.QUESTION: "ask",
    Trait.POLITE: "polite",
    Trait.ODD: "odd",
    Trait.EMOJI: "emoji",
    Trait.EXCLAMATION: "!",
    Trait.CAPITALS: "caps",
    Trait.UNENDED: "open",
}
_MOST_PERSONAS = 20


def show(found: Diversity, stream: TextIO) -> None:
    """Print the tables: in colours on a terminal, as plain text elsewhere."""
    from rich.console import Console

    terminal = stream.isatty()
    console = Console(file=drawing(stream), highlight=False, width=None if terminal else _WIDTH)
    console.print(_title(found), markup=False)
    for rows in (
        _metrics(found),
        _coverage(found.coverage) if found.coverage else None,
        _within(found.within) if found.within else None,
        _rounds(found.rounds) if found.rounds else None,
        _reference(found.reference) if found.reference else None,
        *(_likeness(found.likeness) if found.likeness else ()),
        *(rows for one in found.manner for rows in (_manner(one), _personas(one))),
    ):
        if rows:
            console.print(_table(rows))
    stream.flush()


def is_flattered(found: Diversity) -> bool:
    """Whether the embedding that kept the samples apart measures them, too."""
    return bool(found.refused_by) and found.embedding.startswith(found.refused_by)


def _title(found: Diversity) -> str:
    empty = f", {found.without_words} of them without a word" if found.without_words else ""
    flattering = (
        f" The run kept samples apart by {found.refused_by}, which measures here, too: what depends on vectors is flattered; "
        "embedding=sentence-transformers:FOLDER measures with another."
    )
    return (
        f"{many(found.samples, 'sample')}{empty}, {many(found.tokens, 'token')}. Vocabulary, distinct-n and entropy are those of "
        f"{found.budget} tokens (n-grams) drawn at random; self-BLEU is that of {found.bleu_samples} samples drawn; "
        f"NovelSum that of {min(found.options.novelsum, found.samples)}; all else is exact, lexical near-duplicates but for what MinHash misses. 95 % intervals from "
        f"{found.options.resamples} resamples.{flattering if is_flattered(found) else ''}"
    )


def _table(rows: list[list[str]]) -> object:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for place, head in enumerate(rows[0]):
        table.add_column(head, justify="left" if place == 0 or head == "more diverse" else "right")
    for row in rows[1:]:
        table.add_row(*(Text(clean(cell).replace("\n", "\\n")) for cell in row))  # names of values come from the file
    return table


def _metrics(found: Diversity) -> list[list[str]]:
    rows = [["", "figure", "95 % interval", "more diverse"]]
    for metric, figure in found.metrics.items():
        way = "lower" if metric in LESS_IS_DIVERSE else "higher"
        rows.append([METRICS[metric], number(figure.value), _interval(figure), way])
    return rows


def _coverage(found: AxisCoverage) -> list[list[str]]:
    def row(name: str, share: Share) -> list[str]:
        return [
            name,
            str(share.met),
            str(share.possible),
            f"{share.met / share.possible:.1%}" if share.possible else "—",
            number(share.evenness),
        ]

    head = [f"coverage of {found.samples} samples", "met", "possible", "share", "evenness"]
    axes = [row(f"values of {name}", share) for name, share in found.values.items()]
    return [head, *axes, row("pairs of values", found.pairs), row("cells", found.cells)]


def _within(found: Mapping[str, WithinValues]) -> list[list[str]]:
    head = [
        "diversity among samples of one value",
        "values",
        "samples of each",
        "Vendi score",
        "of as many of all",
        "share kept",
    ]
    return [head] + [
        [axis, str(one.values), str(one.samples), *map(number, (one.within, one.whole, one.kept))]
        for axis, one in found.items()
    ]


def _rounds(slices: tuple[Slice, ...]) -> list[list[str]]:
    head = ["rounds", "samples", "distinct-2", "Vendi score", "distance to earlier rounds", "near-duplicates of them"]
    return [head] + [
        [
            f"{one.first}–{one.last}" if one.first < one.last else str(one.first),
            str(one.samples),
            *map(number, (one.distinct_2, one.vendi, one.novelty, one.near_duplicates)),
        ]
        for one in slices
    ]


def _reference(found: Against) -> list[list[str]]:
    head = [
        f"{found.samples} samples, {found.tokens} tokens of each",
        "dataset",
        "reference",
        "difference",
        "95 % interval",
    ]
    rows = [
        [
            label,
            number(found.dataset[metric].value),
            number(found.reference[metric].value),
            number(found.difference[metric].value),
            _interval(found.difference[metric]),
        ]
        for metric, label in METRICS.items()
    ]
    rows += [
        [label, number(figure.value), "", "", _interval(figure)]
        for label, figure in (
            ("distance to the nearest of the reference", found.to_reference),
            ("distance from the reference to the nearest", found.from_reference),
            ("share of the reference that is covered", found.covered),
            ("NovelSum by the reference's density", found.novelsum),
            ("the same of the reference itself", found.novelsum_of_reference),
        )
    ]
    return [head, *rows]


def _likeness(found: LogLikeness) -> Iterator[list[list[str]]]:
    """What tells the conversations from the reference's, the largest effects first."""
    apart = found.told_apart
    yield [
        ["unlike the reference's conversations", "figure", "95 % interval"],
        ["a simple model tells the two apart in (50 % is guessing)", _share(apart.value), _shares(apart)],
    ]
    course = {str(key): effect for key, effect in found.course.items()}
    for name, effects in (("conversations", course), *found.sides.items()):
        rows = [[f"{name}: effect", "dataset", "reference", "Cliff's δ", "95 % interval", ""]]
        for key, effect in sorted(effects.items(), key=lambda one: -abs(one[1].delta.value or 0)):
            label = COURSE[Course(key)] if key in list(Course) else TRAITS[Trait(key)]
            figures = (effect.first, effect.second, effect.delta.value)
            rows.append([label, *map(number, figures), _interval(effect.delta), effect.size or ""])
        yield rows


def _share(value: float | None) -> str:
    return "—" if value is None else f"{value:.0%}"


def _shares(figure: Figure) -> str:
    return "" if figure.low is None else f"{_share(figure.low)} to {_share(figure.high)}"


def _manner(found: Manner) -> list[list[str]]:
    head = [
        f"how '{found.role}' talks, {found.samples} samples",
        "mean",
        "95 % interval",
        "least",
        "most",
        "η²",
        "by chance",
        "ε²",
    ]
    rows = [head]
    for trait, figure in found.traits.items():
        means = [value for one in found.personas if (value := one.traits[trait].value) is not None]
        share = found.between[trait]
        rows.append(
            [
                TRAITS[trait], number(figure.value), _interval(figure), number(min(means, default=None)),
                number(max(means, default=None)), *map(number, (share.eta_squared, share.by_chance, share.epsilon_squared)),
            ]
        )  # fmt: skip
    return rows


def _personas(found: Manner) -> list[list[str]]:
    """A persona a line; of many those with most samples."""
    shown = found.personas[:_MOST_PERSONAS]
    more = len(found.personas) - len(shown)
    head = [f"personas of '{found.role}'" + (f", and {more} more" if more else ""), "samples", *_SHORT.values()]
    return [head] + [
        [one.persona, str(one.samples), *(_short(one.traits[trait].value) for trait in _SHORT)] for one in shown
    ]


def _short(value: float | None) -> str:
    return "—" if value is None else f"{value:.2f}" if value < 10 else f"{value:.1f}"


def number(value: float | None) -> str:
    """Four digits that count, or more if they stand before the point."""
    if value is None:
        return "—"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.4g}"


def _interval(figure: Figure) -> str:
    return "" if figure.low is None else f"{number(figure.low)} to {number(figure.high)}"
