"""The text primitives that worlds and checks share: one form of typography, and the numbers and codes of a text. Pure."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# Letters of a code are tried from the first of a word alone: from each of them, a long word would take the square of its length.
_CODE = re.compile(r"(?:(?<![A-Za-z])[A-Za-z]+)?-?\d[\dA-Za-z]*(?:[-.,:/]\d+[A-Za-z]*)*")
_SIGNS = {
    **dict.fromkeys(map(ord, "’‘ʼ′ʹ＇‛´"), "'"),
    **dict.fromkeys(map(ord, "“”„‟«»″＂「」『』"), '"'),
    **dict.fromkeys(map(ord, "‐‑‒−﹣－⁃"), "-"),
    **dict.fromkeys(map(ord, "。｡．"), ". "),
    **dict.fromkeys(map(ord, "！"), "! "),
    **dict.fromkeys(map(ord, "？"), "? "),
    **dict.fromkeys(map(ord, "।॥۔։።။។"), "."),
    ord("؟"): "?", ord("،"): ",", ord("؛"): ";", ord("、"): ", ", ord("，"): ", ", ord("⁄"): "/", ord("∕"): "/",
    ord("٫"): ".", ord("٬"): ",", ord("—"): " - ", ord("―"): " - ", ord("〜"): "-", ord("～"): "-",
    # What nobody sees: soft hyphens, joiners and marks of direction, and the lengthening of Arabic.
    **dict.fromkeys((0xAD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, 0x061C, 0x0640), None),
    **dict.fromkeys((*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFE0E, 0xFE0F), None),
}  # fmt: skip
_SPACES = re.compile(r"[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_WIDE = re.compile(r"[\uff00-\uffef\u2100-\u2105\u2109\ufb00-\ufb06\ufb50-\ufdff\ufe70-\ufeff]+")
"""Forms that differ in width or shape alone: full-width letters, half-width kana, ligatures, the shapes of Arabic letters."""
_FRACTION = re.compile(r"(\d?)([¼-¾⅐-⅞↉])")
_DASH = re.compile(r"(?<=\w)–(?=\d)|(?<=[A-Z])–(?=[A-Z])")


@lru_cache(maxsize=8192)
def shortened(text: str, most: int) -> str:
    """A text of at most `most` characters: of a longer one the beginning, with … behind it."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def folded(text: str) -> str:
    """A text in one form of typography, for comparing: plain quotes, hyphens, spaces and marks, digits 0 to 9, fractions as
    '1/2', composed letters; nothing that is not seen. Letters keep their case and accents.

    It is ASCII wherever a sign has an equal there, so that '？' asks as '?' does. A text in ASCII stays as it is.
    """
    if text.isascii():
        return text
    text = _WIDE.sub(lambda found: unicodedata.normalize("NFKC", found.group().translate(_SIGNS)), text)
    text = _FRACTION.sub(_plain_fraction, text)
    text = _DASH.sub("-", _SPACES.sub(" ", text)).replace("–", " - ").translate(_SIGNS)
    text = "".join(_digit(c) if c.isdecimal() and not c.isascii() else c for c in text)
    return unicodedata.normalize("NFC", text)


def _plain_fraction(found: re.Match[str]) -> str:
    plain = unicodedata.normalize("NFKC", found[2]).replace("⁄", "/")
    return f"{found[1]} {plain}" if found[1] else plain


def _digit(sign: str) -> str:
    return str(unicodedata.decimal(sign))


def codes(text: str) -> list[str]:
    """The numbers and codes in a text, in plain typography."""
    return _CODE.findall(folded(text))
