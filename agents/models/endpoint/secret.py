"""A key that must show nowhere, in whatever form a server gives it back."""

from __future__ import annotations

import base64
import codecs
import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import quote

import orjson

_SHORTEST = 8
"""A key of fewer letters, such as `none`, is a word: it may stand in an answer."""
_PIECE = 10
"""Letters of a key in a row that give a part of it away."""
_LEAST = 8
"""Letters and digits that a piece must have to be looked for."""
WITHHELD = "(its words are withheld: they hold the key in another form)"
_BESIDE = re.compile(r"[\W_]+")


class Secret:
    """Texts that must show nowhere: a key, and what else gives access.

    `out_of` blots them out, as they are and as JSON escapes them. Other forms (base64, hex, percent, HTML and JSON
    escapes, reversed, in pieces with something between) are found, and then the text that holds them is withheld.
    """

    def __init__(self, *keys: str) -> None:
        known = [key for key in keys if key]
        self._forms = {form for key in known for form in (key, orjson.dumps(key).decode()[1:-1])}
        self._guessable = all(len(key) < _SHORTEST for key in known)
        hidden = [key for key in known if len(key) >= _SHORTEST]
        self._all = sorted({form for key in hidden for form in _squeezed_forms(key, step=3)})
        self._few = sorted(
            {form for key in hidden for form in _squeezed_forms(key, step=max(_PIECE - 1, len(key) // 3))}
        )

    def out_of(self, text: str) -> str:
        """An error's text without the secrets."""
        for form in self._forms:
            text = text.replace(form, "***")
        return WITHHELD if _holds(text, self._all) else text

    def out_of_answer(self, text: str) -> str:
        """An answer's text without the secrets. A key of a few letters, such as `none`, is no secret but a word."""
        if self._guessable:
            return text
        for form in self._forms:
            text = text.replace(form, "***")
        return text

    def shows_in(self, *texts: str) -> bool:
        """Whether texts of an answer hold a secret in another form."""
        return bool(self._few) and any(_holds(text, self._few) for text in texts if text)


def _holds(text: str, forms: Iterable[str]) -> bool:
    squeezed = _squeezed(text)
    return any(form in squeezed for form in forms)


def _squeezed(text: str) -> str:
    """Letters and digits alone, so that it does not matter what stands between the parts of a key."""
    if not text.isascii():
        text = unicodedata.normalize("NFKC", text)
    return _BESIDE.sub("", text).casefold()


def _squeezed_forms(key: str, step: int) -> Iterator[str]:
    """The forms of a key's pieces, one every `step` letters, without what is neither a letter nor a digit."""
    starts = {*range(0, max(1, len(key) - _PIECE + 1), step), max(0, len(key) - _PIECE)}
    for start in starts:
        piece = key[start : start + _PIECE]
        worded = not any(letter.isdigit() for letter in piece)  # such as `y-required`: words make it, too
        for write in _READABLE:
            form = _squeezed(write(piece))
            if not worded and len(form) >= _LEAST:
                yield form
        for write in _WRITTEN:
            yield _squeezed(write(piece))
        for raw in (piece.encode(), piece.encode("utf-16-le")):
            yield from (_squeezed(form) for form in _aligned(raw, base64.b64encode, 3, 4))
            yield from (_squeezed(form) for form in _aligned(raw, base64.b32encode, 5, 8))
    if len(whole := _squeezed(key)) >= _LEAST + 4:
        yield whole
        yield whole[::-1]
    twice = base64.b64encode(key.encode()).rstrip(b"=")[:-1]
    for start in range(0, max(1, len(twice) - 15), 3):
        yield from (_squeezed(form) for form in _aligned(twice[start : start + 16], base64.b64encode, 3, 4))


def _aligned(raw: bytes, encode: Callable[[bytes], bytes], group: int, letters: int) -> Iterator[str]:
    """How `raw` looks encoded within a longer text: at each place of a group, without the letters that its neighbours bear
    on."""
    for before in range(group):
        encoded = encode(b"\0" * before + raw).decode()
        first = math.ceil(before * letters / group)
        yield encoded[first : (before + len(raw)) * letters // group]


def _each(form: str) -> Callable[[str], str]:
    """Writes every byte of a text in one form."""
    return lambda piece: "".join(form % byte for byte in piece.encode())


_READABLE: tuple[Callable[[str], str], ...] = (
    lambda piece: piece,
    lambda piece: piece[::-1],
    lambda piece: quote(piece, safe=""),
    lambda piece: codecs.encode(piece, "rot13"),
)
_WRITTEN: tuple[Callable[[str], str], ...] = (
    _each("%02x"), _each("x%02x"), _each("0x%02x"), _each("u%04x"), _each("u00%02x"), _each("25%02x"), _each("%d"),
    _each("%03o"), _each("%o"), lambda piece: "".join(f"{byte:08b}" for byte in piece.encode()),
    lambda piece: piece[::-1].encode().hex(),
)  # fmt: skip
