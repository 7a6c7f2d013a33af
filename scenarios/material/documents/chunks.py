"""Cutting a document into excerpts of about 80 to 200 words: no text is lost, none doubled, and its order stays. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from scenarios.material.documents.blocks import Block, BlockKind, length
from scenarios.material.documents.excerpt import Excerpt

LEAST, MOST = 80, 200
"""Words of an excerpt, as `length` counts them. A section shorter than LEAST stays one excerpt."""
_FAR_TOO_LONG = 3 * MOST
"""Words from which a list or a table is cut all the same, between its lines."""
_LONGEST = 4000
"""Characters that no excerpt passes: a text without sentences and blanks is cut there."""
_SENTENCE = re.compile(r"(?<=[.!?؟۔।…])(?=\s)|(?<=[。！？])(?![」』）。！？])")
PATH = " › "
"""What stands between the headings of a title."""


def excerpts_of(blocks: Sequence[Block], name: str, title: str, document: str) -> tuple[Excerpt, ...]:
    """The excerpts of a document, their ids `name-1`, `name-2` and so on; `title` is theirs if there is no heading.

    A heading is in the title of what stands below it; one with nothing below is a text of its own.
    """
    found = [(path, text) for path, section in _sections(blocks) for text in _merged(section)]
    return tuple(
        Excerpt(id=f"{name}-{number}", title=PATH.join(path) or title, text=text, document=document)
        for number, (path, text) in enumerate(found, 1)
    )


def _sections(blocks: Sequence[Block]) -> Iterator[tuple[tuple[str, ...], list[Block]]]:
    """The blocks under each heading, with the path of headings."""
    path: list[Block] = []
    held: list[Block] = []
    for place, block in enumerate(blocks):
        if block.kind is not BlockKind.HEADING:
            held.append(block)
            continue
        if held:
            yield tuple(one.text for one in path), held
        held = []
        path = [one for one in path if one.level < block.level]
        below = blocks[place + 1] if place + 1 < len(blocks) else None
        if below is None or (below.kind is BlockKind.HEADING and below.level <= block.level):
            yield tuple(one.text for one in path), [Block(kind=BlockKind.PROSE, text=block.text)]
        else:
            path.append(block)
    if held:
        yield tuple(one.text for one in path), held


def _merged(section: Sequence[Block]) -> Iterator[str]:
    """The texts of a section: its pieces joined as long as they stay under MOST words."""
    held, size = "", 0
    for joint, piece in (each for block in section for each in _pieces(block)):
        more = length(piece)
        if held and (size + more > MOST or len(held) + len(piece) + 2 > _LONGEST):
            yield held
            held, size = "", 0
        held, size = (f"{held}{joint}{piece}" if held else piece), size + more
    if held:
        yield held


def _pieces(block: Block) -> Iterator[tuple[str, str]]:
    """The parts of a block that are not cut, each with what joins it to the part before."""
    size = length(block.text)
    if len(block.text) <= _LONGEST and size <= (MOST if block.kind is BlockKind.PROSE else _FAR_TOO_LONG):
        yield "\n\n", block.text
        return
    parts = block.text.split("\n") if block.kind is BlockKind.WHOLE else _SENTENCE.split(block.text)
    for place, part in enumerate(parts):
        text = part.rstrip() if block.kind is BlockKind.WHOLE else part.strip()
        between = "\n" if block.kind is BlockKind.WHOLE else " " if part[:1].isspace() else ""
        for number, piece in enumerate(_cut(text)):
            yield ("\n\n" if not place and not number else " " if number else between), piece


def _cut(text: str) -> Iterator[str]:
    """A sentence or line that is longer than an excerpt may be, cut at blanks, or anywhere if it has none."""
    while length(text) > MOST or len(text) > _LONGEST:
        place = min(_LONGEST, max(1, len(text) * MOST // max(MOST, length(text))))
        place = text.rfind(" ", 1, place + 1) if " " in text[1 : place + 1] else place
        if head := text[:place].strip():
            yield head
        text = text[place:].strip()
    if text:
        yield text
