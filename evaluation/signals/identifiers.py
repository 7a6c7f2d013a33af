"""Numbers that the authorities of a country give to a person: how they are written, and the rule that a true one keeps.

The rules are python-stdnum's. If chance alone keeps a rule once in ten times, a number counts only behind a word that says what
it is.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import regex
from stdnum.be import nn
from stdnum.br import cpf
from stdnum.ch import ssn as ahv
from stdnum.cn import ric
from stdnum.cz import rc
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs
from stdnum.in_ import aadhaar
from stdnum.it import codicefiscale
from stdnum.kr import rrn
from stdnum.mx import curp
from stdnum.nl import bsn
from stdnum.no import fodselsnummer
from stdnum.pl import pesel
from stdnum.se import personnummer
from stdnum.tr import tckimlik
from stdnum.us import ssn


@dataclass(frozen=True)
class Identifier:
    """One kind of number."""

    country: str
    """By ISO 3166."""
    languages: tuple[str, ...]
    """By ISO 639-1: those of texts in which it is looked for."""
    form: regex.Pattern[str]
    """As it is written."""
    holds: Callable[[str], bool]
    """Whether a number keeps the rule."""
    cue: regex.Pattern[str] | None = None
    """A word that has to stand shortly before it."""


def _identifier(
    country: str, languages: str, form: str, holds: Callable[[str], bool], cue: str | None = None
) -> Identifier:
    whole = regex.compile(rf"(?<![\p{{L}}\p{{N}}]){form}(?![\p{{L}}\p{{N}}]|[-.][0-9])", regex.IGNORECASE)
    named = None if cue is None else regex.compile(cue, regex.IGNORECASE)
    return Identifier(country, tuple(languages.split()), whole, holds, named)


IDENTIFIERS = (
    _identifier("US", "en es", r"[0-9]{3}-[0-9]{2}-[0-9]{4}", ssn.is_valid),
    _identifier("GB", "en", r"[0-9]{3}[ -]?[0-9]{3}[ -]?[0-9]{4}", nhs.is_valid, r"\bNHS\b"),
    _identifier("IN", "en hi", r"[0-9]{4}[ -]?[0-9]{4}[ -]?[0-9]{4}", aadhaar.is_valid, r"aadhaar|आधार"),
    _identifier(
        "DE",
        "de",
        r"[0-9]{2} ?[0-9]{3} ?[0-9]{3} ?[0-9]{3}",
        idnr.is_valid,
        r"steuer[\w-]{0,20}(id|nummer|nr)|\bidnr|\bTIN\b",
    ),
    _identifier("CH", "de fr it", r"756[.]?[0-9]{4}[.]?[0-9]{4}[.]?[0-9]{2}", ahv.is_valid),
    _identifier("FR", "fr", r"[1-478] ?[0-9]{2} ?[0-9]{2} ?[0-9][0-9AB] ?[0-9]{3} ?[0-9]{3} ?[0-9]{2}", nir.is_valid),
    _identifier("BE", "fr nl", r"[0-9]{2}[.]?[0-9]{2}[.]?[0-9]{2}[- ]?[0-9]{3}[. ]?[0-9]{2}", nn.is_valid),
    _identifier("ES", "es", r"[0-9]{8}[- ]?[A-Z]", dni.is_valid),
    _identifier("ES", "es", r"[XYZ][- ]?[0-9]{7}[- ]?[A-Z]", nie.is_valid),
    _identifier("MX", "es", r"[A-Z]{4}[0-9]{6}[A-Z]{6}[0-9A-Z][0-9]", curp.is_valid),
    _identifier("IT", "it", r"[A-Z]{6}[0-9]{2}[A-Z][0-9]{2}[A-Z][0-9]{3}[A-Z]", codicefiscale.is_valid),
    _identifier("NL", "nl", r"[0-9]{4}[. ]?[0-9]{2}[. ]?[0-9]{3}", bsn.is_valid, r"\bBSN\b|burgerservice|sofi"),
    _identifier("PL", "pl", r"[0-9]{11}", pesel.is_valid, r"pesel"),
    _identifier("BR", "pt", r"[0-9]{3}[.]?[0-9]{3}[.]?[0-9]{3}-?[0-9]{2}", cpf.is_valid),
    _identifier("SE", "sv", r"(?:19|20)?[0-9]{6}[-+][0-9]{4}", personnummer.is_valid),
    _identifier("DK", "da", r"[0-9]{6}-[0-9]{4}", cpr.is_valid),
    _identifier("FI", "fi sv", r"[0-9]{6}[-+A-FU-Y][0-9]{3}[0-9A-Y]", hetu.is_valid),
    _identifier("NO", "no nb nn", r"[0-9]{6} ?[0-9]{5}", fodselsnummer.is_valid),
    _identifier("CZ", "cs sk", r"[0-9]{6}/[0-9]{3,4}", rc.is_valid),
    _identifier("TR", "tr", r"[1-9][0-9]{10}", tckimlik.is_valid),
    _identifier("CN", "zh", r"[0-9]{17}[0-9X]", ric.is_valid),
    _identifier("KR", "ko", r"[0-9]{6}-[0-9]{7}", rrn.is_valid),
)
"""Those that are looked for."""
