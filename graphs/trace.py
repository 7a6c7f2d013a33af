"""The command: `python -m graphs.trace out=DIR [id=ID]`.

Prints every call of a sample in the order in which it was made, what lies between the calls, and what became of the
sample; without `id`, the samples of the run, one a line. It only reads `run.sqlite`, also while a run writes it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from difflib import SequenceMatcher
from pathlib import Path
from typing import TextIO

from graphs.files.calls import stored_call
from graphs.files.inside import check_inside
from graphs.observe.story import LineKind, StoryLine, listing, story
from graphs.shell.command import answer, keys_given
from graphs.shell.exits import Exit
from graphs.shell.output import drawing
from memory.journal.reading import JournalReader, read_journal
from scenarios.cleaning import clean
from scenarios.errors import RunDirError, SettingsError

_JOURNAL = "run.sqlite"
KEYS = ("out", "id")
_BAR = "│ "
_STYLES = {
    LineKind.TITLE: "bold cyan", LineKind.PLAIN: "", LineKind.NAME: "bold", LineKind.SAID: "", LineKind.GOOD: "green", LineKind.BAD: "red",
    LineKind.FAINT: "dim",
}  # fmt: skip
_HELP = """usage: python -m graphs.trace out=DIR [id=ID]

Prints every call of the sample ID of the run in DIR, in order: step, role, prompt, answer, tokens, latency, requests; and
what became of the sample. The beginning of an id is enough if only one sample has it. Without id, it lists the samples of
the run, the most recent last. The run may be in progress; the command writes nothing.

exit codes: 0 printed · 2 a mistake in the input · 130 interrupted · 1 a fault of ours"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; returns its exit code."""
    return answer(arguments, lambda: _HELP, _trace)


def _trace(words: list[str]) -> int:
    show(_lines(keys_given(words, KEYS, "graphs.trace", "out=DIR id=ID")), sys.stdout)
    return Exit.DONE


def _lines(given: dict[str, str]) -> list[StoryLine]:
    out, sample = given.get("out", ""), given.get("id", "")
    journal = Path(out) / _JOURNAL
    if not out:
        raise SettingsError("out: is missing; write out=DIR, the directory of a run")
    if not os.path.isfile(journal):  # noqa: PTH113 - Path.is_file raises if a name is too long
        raise RunDirError(f"out={out}: holds no run; give the directory of one")
    check_inside(Path(out))
    if not sample:
        found = list(listing(read_journal(journal, JournalReader.overviews)))
        return found or [StoryLine(LineKind.FAINT, "no sample has been begun yet")]
    return read_journal(journal, lambda reading: _story(reading, sample, out))


def _story(reading: JournalReader, sample: str, out: str) -> list[StoryLine]:
    whole = whole_id(reading.ids(), sample, out)
    record = reading.record(whole)
    brief = record.candidate.brief if record else reading.brief(whole)
    assert brief is not None, "an id is a record's or a brief's"
    return list(story([stored_call(row) for row in reading.calls(whole)], brief, record))


def whole_id(ids: Sequence[str], sample: str, out: str) -> str:
    """The one id that is `sample` or begins with it. Raises SettingsError if there is none, or more than one."""
    if sample in ids:
        return sample
    meant = [id_ for id_ in ids if id_.startswith(sample)]
    if len(meant) == 1:
        return meant[0]
    if meant:
        raise SettingsError(
            f"id={sample}: {len(meant)} samples of out={out} begin with it, such as {', '.join(meant[:3])}; write more letters"
        )
    if not ids:
        raise SettingsError(f"id={sample}: the run in out={out} has not begun a sample yet")
    near = max(ids, key=lambda id_: SequenceMatcher(None, id_[: len(sample)], sample).ratio())
    raise SettingsError(
        f"id={sample}: no such sample in out={out}, the nearest is {near}; python -m graphs.trace out={out} lists all"
    )


def show(lines: Iterable[StoryLine], stream: TextIO) -> None:
    """Print lines: in colours on a terminal, as plain text elsewhere."""
    if stream.isatty():
        _show_in_colours(lines, stream)
        return
    for place, line in enumerate(lines):
        if place and line.look is LineKind.TITLE:
            print(file=stream)
        for text in _pieces(line):
            print(f"{_margin(line)}{text}", file=stream)
    stream.flush()


def _show_in_colours(lines: Iterable[StoryLine], stream: TextIO) -> None:
    from rich.console import Console
    from rich.text import Text

    console = Console(file=drawing(stream), highlight=False)
    for place, line in enumerate(lines):
        if place and line.look is LineKind.TITLE:
            console.print()
        margin, style = Text().append(_margin(line), "dim"), _STYLES[line.look]
        for text in _pieces(line):
            # A Text is never read as markup. Words are folded here, so that each line of them has its bar.
            piece = Text(text, style=style, tab_size=4)
            width = max(20, console.width - margin.cell_len)
            for part in piece.wrap(console, width, overflow="fold") if line.look is LineKind.SAID else [piece]:
                console.print(margin + part, soft_wrap=True)


def _margin(line: StoryLine) -> str:
    """Words of models stand behind a bar: nothing that they hold can pass for a line of ours."""
    return "  " * line.depth + (_BAR if line.look is LineKind.SAID else "")


def _pieces(line: StoryLine) -> list[str]:
    text = clean(line.text)
    return text.split("\n") if line.look is LineKind.SAID else [text.replace("\n", "\\n")]


if __name__ == "__main__":
    sys.exit(main())
