"""Documents as blocks: Markdown, HTML, plain text and PDF. Nothing in them is run or fetched.

Markdown goes through HTML (markdown-it-py), HTML through a tree (selectolax), so that both have one reader.
"""

from __future__ import annotations

import io
import logging
import re
import warnings
from typing import TYPE_CHECKING

from markdown_it import MarkdownIt
from selectolax.lexbor import LexborHTMLParser, LexborNode

from scenarios.material.documents.blocks import Block, BlockKind, unwrapped

if TYPE_CHECKING:
    from pypdf import PdfReader

MOST_PAGES = 1000
_MOST_DRAWN = 8 * 1024 * 1024
"""Bytes of what a page of a PDF draws, unpacked."""
_DEEPEST = 200
"""Elements within each other. Markdown goes a little deeper, because its parser drops what lies deeper without a word."""
_DROPPED = "script,style,nav,template,noscript,svg,iframe,object,embed,form button,head link,head meta"
_HEADING = re.compile(r"h[1-6]")
_INLINE = {
    "a", "abbr", "b", "bdi", "bdo", "cite", "code", "data", "del", "dfn", "em", "font", "i", "img", "ins", "kbd", "label", "mark",
    "q", "rp", "rt", "ruby", "s", "samp", "small", "span", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr",
}  # fmt: skip
_FRONT_MATTER = re.compile(r"\A---\n.*?\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_MARKER = re.compile(r"^\s*(?:[-*•–]|\d{1,3}[.)])\s+\S")


def markdown_blocks(text: str) -> tuple[str, list[Block]]:
    """A title, empty in Markdown, and the blocks. Front matter in YAML is left out. Raises ValueError."""
    return "", html_blocks(
        MarkdownIt("commonmark", {"maxNesting": _DEEPEST + 50})
        .enable("table")
        .render(_FRONT_MATTER.sub("", text, count=1))
    )[1]


def text_blocks(text: str) -> tuple[str, list[Block]]:
    """A title, empty in plain text, and the paragraphs; one with the marks of a list keeps its lines."""
    found = []
    for paragraph in re.split(r"\n[ \t]*(?:\n[ \t]*)+", text.replace("\f", "\n\n")):
        lines = [line.rstrip() for line in paragraph.split("\n") if line.strip()]
        if not lines:
            continue
        listed = any(_MARKER.match(line) for line in lines)
        kind = BlockKind.WHOLE if listed else BlockKind.PROSE
        found.append(Block(kind=kind, text="\n".join(lines) if listed else unwrapped(lines)))
    return "", found


def html_blocks(text: str) -> tuple[str, list[Block]]:
    """The page's title and its blocks, without scripts, styles and navigation. Raises ValueError: nested too deeply."""
    tree = LexborHTMLParser(text)
    named = tree.css_first("title")
    title = " ".join(named.text().split()) if named else ""
    for node in tree.css(_DROPPED):
        node.decompose()
    reader = _Reader()
    if tree.body is not None:
        reader.read(tree.body, 0)
        reader.end()
    return title, reader.blocks


class _Reader:
    """Walks through a page and gathers its blocks."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._line: list[str] = []

    def end(self) -> None:
        """What was gathered is a paragraph."""
        self._add(BlockKind.PROSE, " ".join("".join(self._line).split()))
        self._line = []

    def _add(self, kind: BlockKind, text: str, level: int = 0) -> None:
        if text.strip():
            self.blocks.append(Block(kind=kind, text=text, level=level))

    def read(self, node: LexborNode, depth: int) -> None:
        _bounded(depth)
        for child in node.iter(include_text=True):
            tag = child.tag or ""
            if tag == "-text":
                self._line.append(child.text_content or "")
            elif tag == "img":
                self._line.append(f" {(child.attributes.get('alt') or '')} ")
            elif tag == "br":
                self._line.append(" ")
            elif tag in _INLINE:
                self.read(child, depth + 1)
            else:
                self.end()
                self._block(child, tag, depth + 1)

    def _block(self, node: LexborNode, tag: str, depth: int) -> None:
        if _HEADING.fullmatch(tag):
            self._add(BlockKind.HEADING, _line_of(node, depth), int(tag[1]))
        elif tag in {"ul", "ol", "dl"}:
            self._add(BlockKind.WHOLE, "\n".join(_list(node, depth, "")))
        elif tag == "table":
            self._add(BlockKind.WHOLE, "\n".join(_table(node, depth)))
        elif tag == "pre":
            self._add(BlockKind.WHOLE, node.text().strip("\n").rstrip())
        elif not tag.startswith(("-", "!")):
            self.read(node, depth)
            self.end()


def _bounded(depth: int) -> None:
    if depth > _DEEPEST:
        raise ValueError(f"its elements are nested more than {_DEEPEST} deep; save it in a simpler form")


def _line_of(node: LexborNode, depth: int) -> str:
    """All text below a node in one line, with a blank where a block inside it ends."""
    reader = _Reader()
    reader.read(node, depth)
    reader.end()
    return " ".join(" ".join(block.text.split()) for block in reader.blocks)


def _list(node: LexborNode, depth: int, indent: str) -> list[str]:
    """The lines of a list, each item with its mark, inner lists further in."""
    _bounded(depth)
    lines: list[str] = []
    number = int(start) if (start := node.attributes.get("start") or "1").isdecimal() and len(start) < 7 else 1
    for item in node.iter(include_text=True):
        mark = f"{number}. " if node.tag == "ol" else "" if item.tag == "dt" else "- "
        reader = _Reader()
        if item.tag in {"ul", "ol", "dl"}:
            lines += _list(item, depth + 1, indent + "  ")
            continue
        if item.tag == "-text":
            reader.blocks = [Block(kind=BlockKind.PROSE, text=" ".join((item.text_content or "").split()))]
        else:
            reader.read(item, depth + 1)
            reader.end()
        said = [line for block in reader.blocks for line in block.text.split("\n") if line.strip()]
        lines += [f"{indent}{mark if not place else '  '}{line}" for place, line in enumerate(said)]
        number += item.tag == "li"
    return lines


def _table(node: LexborNode, depth: int) -> list[str]:
    """The rows of a table, their cells parted by `|`; its caption comes first."""
    _bounded(depth)
    lines: list[str] = []
    for child in node.iter():
        if child.tag in {"thead", "tbody", "tfoot"}:
            lines += _table(child, depth + 1)
        elif child.tag == "tr":
            lines.append(" | ".join(_line_of(cell, depth + 1) for cell in child.iter()))
        else:
            lines.append(_line_of(child, depth + 1))
    return [line for line in lines if line.strip(" |")]


def pdf_blocks(data: bytes) -> tuple[str, list[Block]]:
    """A title, empty, and the paragraphs under a heading for each page. Raises ValueError in words for the user."""
    from pypdf import PdfReader  # every command loads this module, and few scenarios have a PDF
    from pypdf.errors import PyPdfError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return "", _pdf(PdfReader(io.BytesIO(data)))
    except ValueError as error:
        raise ValueError(str(error) or "is a broken PDF; save it anew") from None
    except (PyPdfError, LookupError, TypeError, AttributeError, ArithmeticError, OSError, AssertionError) as error:
        raise ValueError(f"is a broken PDF ({error or type(error).__name__}); save it anew") from None
    except (RecursionError, MemoryError, NotImplementedError):
        raise ValueError("is a PDF that is nested too deeply or too large; save it anew, or as text") from None


def _pdf(reader: PdfReader) -> list[Block]:
    if reader.is_encrypted:
        raise ValueError("is an encrypted PDF; save it without a password")
    if len(reader.pages) > MOST_PAGES:
        raise ValueError(f"has {len(reader.pages)} pages; at most {MOST_PAGES} are read, so split it")
    blocks: list[Block] = []
    for number, page in enumerate(reader.pages, 1):
        drawn = page.get_contents()
        if drawn is not None and len(drawn.get_data()) > _MOST_DRAWN:
            raise ValueError(f"draws more than {_MOST_DRAWN:,} bytes on page {number}; save it as text")
        text = page.extract_text()
        found = text_blocks(text)[1]
        if found:
            blocks += [Block(kind=BlockKind.HEADING, text=f"p. {number}", level=1), *found]
    if not blocks:
        raise ValueError("is a PDF of pictures without text; run it through text recognition (OCR) first")
    return blocks


logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # What is wrong with a PDF is an error of ours, in one line.
