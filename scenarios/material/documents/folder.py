"""Reading a folder of documents, or one: bounded, in a fixed order, with every fault in one line."""

from __future__ import annotations

import os
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import regex

from scenarios.errors import ScenarioError
from scenarios.material.documents.blocks import Block
from scenarios.material.documents.chunks import excerpts_of
from scenarios.material.documents.excerpt import Excerpt
from scenarios.material.documents.pages import html_blocks, markdown_blocks, pdf_blocks, text_blocks
from scenarios.reading.bounded import read_bounded
from scenarios.reading.files import MOST_BYTES, decoded

MOST_FILES = 2000
MOST_EXCERPTS = 10_000
_MOST_PDF = 32 * 1024 * 1024
_MOST_TOGETHER = 256 * 1024 * 1024
_MOST_ENTRIES = 50_000
"""Files and folders that are looked at."""
_LONGEST_NAME = 40
_TEXTS: dict[str, Callable[[str], tuple[str, list[Block]]]] = {
    ".md": markdown_blocks, ".markdown": markdown_blocks, ".txt": text_blocks, ".text": text_blocks, ".html": html_blocks,
    ".htm": html_blocks, ".xhtml": html_blocks,
}  # fmt: skip
_BESIDE = {
    ".avif", ".bmp", ".css", ".eot", ".gif", ".ico", ".jpeg", ".jpg", ".js", ".map", ".mjs", ".mp3", ".mp4", ".otf", ".png",
    ".svg", ".tif", ".tiff", ".ttf", ".webm", ".webp", ".woff", ".woff2",
}  # fmt: skip
"""What lies beside pages and has no text: pictures, sounds, styles, scripts, fonts. It is passed over."""
_NO_LETTER = regex.compile(r"[^\p{L}\p{M}\p{N}]+")


def read_documents(folder: Path) -> tuple[Excerpt, ...]:
    """The excerpts of a folder's documents (Markdown, text, HTML, PDF), folders in it included; or of one document.

    Documents come in the order of their paths. Hidden files, and pictures, styles and scripts beside pages, are passed over; a
    file of any other kind is an error, so that nothing is left out unseen. An id is the name of the document, in letters of
    its own script, and a number; of two documents with one name it has the path.

    Raises ScenarioError in one line with the file: it cannot be read, is encrypted, holds no text, is too large, is a link
    that leaves the folder; or the folder has no document, or too many.
    """
    home = folder if folder.is_dir() else folder.parent
    files = _files(folder) if folder.is_dir() else [folder]
    if not files:
        raise ScenarioError(f"{folder}: has no document; put Markdown, text, HTML or PDF files into it")
    if len(files) > MOST_FILES:
        raise ScenarioError(
            f"{folder}: has {len(files)} documents; at most {MOST_FILES} are read, so name a folder in it"
        )
    places = [path.relative_to(home) for path in files]
    found: list[Excerpt] = []
    left = _MOST_TOGETHER
    for path, place, name in zip(files, places, _names(places), strict=True):
        data = _bytes(path)
        left -= len(data)
        if left < 0:
            raise ScenarioError(f"{folder}: its documents have more than {_MOST_TOGETHER:,} bytes; name a folder in it")
        try:
            title, blocks = _blocks(path, data)
        except ValueError as error:
            raise ScenarioError(f"{path}: {error}") from None
        if not blocks:
            raise ScenarioError(f"{path}: holds no text; write some, or take it out of the folder")
        found += excerpts_of(blocks, name, title or path.stem, place.as_posix())
        if len(found) > MOST_EXCERPTS:
            raise ScenarioError(f"{folder}: has more than {MOST_EXCERPTS} excerpts; name a folder in it")
    return tuple(found)


def _blocks(path: Path, data: bytes) -> tuple[str, list[Block]]:
    if path.suffix.lower() == ".pdf":
        return pdf_blocks(data)
    try:
        text = decoded(data)
    except ValueError as error:
        raise ValueError(f"cannot be read: {error}") from None
    try:
        return _TEXTS[path.suffix.lower()](text)
    except RecursionError:
        raise ValueError("its parts are nested too deeply; save it in a simpler form") from None


def _bytes(path: Path) -> bytes:
    suffix = path.suffix.lower()
    if suffix != ".pdf" and suffix not in _TEXTS:
        kind = f"'{suffix}' files are" if suffix else "a file without a suffix is"
        raise ScenarioError(
            f"{path}: {kind} not read; save it as .md, .txt, .html or .pdf, or take it out of the folder"
        )
    most = _MOST_PDF if suffix == ".pdf" else MOST_BYTES
    try:
        return read_bounded(path, most)
    except OSError as error:
        raise ScenarioError(f"{path}: cannot be read: {error.strerror or error}; correct it, or split it") from None


def _files(folder: Path) -> list[Path]:
    """The documents below a folder in the order of their paths. Raises ScenarioError for a link that leaves it."""
    home, found = folder.resolve(), list[Path]()
    for seen, path in enumerate(_entries(folder), 1):
        if seen > _MOST_ENTRIES:
            raise ScenarioError(f"{folder}: has more than {_MOST_ENTRIES:,} files and folders; name a folder in it")
        if path.is_symlink():
            try:
                inside = path.resolve().is_relative_to(home)
            except (OSError, RuntimeError):
                inside = False
            if not inside:
                raise ScenarioError(
                    f"{path}: is a link that leaves the folder; copy what it stands for into the folder"
                )
        elif path.suffix.lower() not in _BESIDE and not path.is_dir():
            found.append(path)
    return sorted(found, key=lambda path: path.relative_to(folder).parts)


def _entries(folder: Path) -> Iterator[Path]:
    """Everything below a folder that is not hidden. Links are not followed: those inside lead to what is met anyway."""

    def wrong(error: OSError) -> None:
        raise ScenarioError(f"{error.filename}: cannot be read: {error.strerror}") from None

    for place, folders, files in os.walk(folder, onerror=wrong):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place) / name for name in [*folders, *sorted(files)] if not name.startswith("."))


def _names(places: Sequence[Path]) -> list[str]:
    """A name for each document: of its stem, or if that is taken, of its path, or of its path and a letter."""
    short = [_name(place.stem) for place in places]
    count = Counter(short)
    wanted = [
        name if count[name] == 1 else _name(" ".join(place.with_suffix("").parts))
        for name, place in zip(short, places, strict=True)
    ]
    taken: set[str] = {name for name in short if count[name] == 1}
    names: list[str] = []
    for name, first in zip(wanted, short, strict=True):
        unique, number = name, 1
        while count[first] > 1 and unique in taken:
            number += 1
            unique = f"{name}-v{number}"
        taken.add(unique)
        names.append(unique)
    return names


def _name(text: str) -> str:
    """A text as an id: its letters and digits in one case, parted by hyphens."""
    plain = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _NO_LETTER.sub("-", plain).strip("-")[:_LONGEST_NAME].strip("-") or "document"
