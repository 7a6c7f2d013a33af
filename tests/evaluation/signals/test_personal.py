"""Personal data in texts: what is found, what is not taken for it, and masks."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.signals.personal import PersonalKind, masked, personal_in

FOUND = [
    ("en", "Write to Anna.K+shop@firma.co.uk.", "email", "Anna.K+shop@firma.co.uk"),
    ("de", "Schreiben Sie an jürgen@müller.de!", "email", "jürgen@müller.de"),
    ("de", "IBAN DE89 3704 0044 0532 0130 00 bitte", "account", "DE89 3704 0044 0532 0130 00"),
    ("fr", "sur FR1420041010050500013M02606.", "account", "FR1420041010050500013M02606"),
    ("de", "Meine Steuer-ID ist 86 095 742 719.", "person_number", "86 095 742 719"),
    ("en", "SSN 536-90-4399", "person_number", "536-90-4399"),
    ("en", "my NHS number: 943 476 5870", "person_number", "943 476 5870"),
    ("es", "DNI 54362315K", "person_number", "54362315K"),
    ("fr", "sécu 2 95 10 99 126 111 93", "person_number", "2 95 10 99 126 111 93"),
    ("it", "cod. fisc. RSSMRA85T10A562S", "person_number", "RSSMRA85T10A562S"),
    ("pt-BR", "CPF 390.533.447-05", "person_number", "390.533.447-05"),
    ("en", "card 4539 1488 0343 6467", "card", "4539 1488 0343 6467"),
    ("en", "3782 822463 10006? No: 4539148803436467, until 12/27", "card", "4539148803436467"),
    ("en", "4539-1488-0343-6467 12/27", "card", "4539-1488-0343-6467"),
    ("en", "from 8.8.8.8.", "network_address", "8.8.8.8"),
    ("en", "from 2001:4860:4860::8888 today", "network_address", "2001:4860:4860::8888"),
    ("de", "Tel. 030 12345678", "phone", "030 12345678"),
    ("en", "call (415) 555-2671", "phone", "(415) 555-2671"),
    ("fr", "au 06 12 34 56 78", "phone", "06 12 34 56 78"),
    ("ja", "電話は03-3224-5000です", "phone", "03-3224-5000"),
    ("xx", "call +1 650 253 0000", "phone", "+1 650 253 0000"),
]


@pytest.mark.parametrize(("language", "text", "kind", "found"), FOUND, ids=[f"{one[0]} {one[3]}" for one in FOUND])
def test_what_is_personal_is_found_where_it_stands(language: str, text: str, kind: str, found: str) -> None:
    [span] = personal_in(text, [language])
    assert (span.kind, span.text, text[span.start : span.end], span.reserved) == (kind, found, found, False)
    assert masked([text], [[span]]) == [text.replace(found, f"[{kind.upper()}_1]")]


@pytest.mark.parametrize(
    "text",
    [
        "On 2026-11-29 at 10:30:45 we had 1,234,567 units; the total is 12 345 678.",
        "Order 4155552671, parcel 2026112900123, ISBN 978-3-16-148410-0",
        "IBAN DE89 3704 0044 0532 0130 01 and card 4539 1488 0343 6468 are mistyped",
        "86 095 742 719 pieces",
        "v1.2.3.4.5, 999.1.1.1, a@b, @home, me@, 12:30, ::",
        "card 0000 0000 0000 0000",
    ],
)
def test_what_looks_like_it_is_not_taken_for_it(text: str) -> None:
    assert personal_in(text, ["en", "de"]) == []


@pytest.mark.parametrize(
    "text",
    ["bob@example.com", "x@mail.test", "202-555-0143", "020 7946 0123", "4111 1111 1111 1111", "192.168.0.1", "203.0.113.9"],
)  # fmt: skip
def test_what_is_set_aside_for_examples_is_nobodys(text: str) -> None:
    [span] = personal_in(f"It is {text} here", ["en"])
    assert span.reserved


def test_the_languages_say_whose_ways_count() -> None:
    assert personal_in("Tel. 030 12345678", []) == []
    assert personal_in("DNI 54362315K", ["de"]) == []
    assert [span.country for span in personal_in("Tel. 030 12345678", ["en", "de_AT"])] == ["DE"]


def test_the_same_value_has_the_same_mask_in_a_conversation() -> None:
    texts = ["I am a@firma.de, call 030 12345678", "A@firma.de? And b@firma.de?", "030/12345678"]
    spans = [personal_in(text, ["de"]) for text in texts]
    done = masked(texts, spans)
    assert done == ["I am [EMAIL_1], call [PHONE_1]", "[EMAIL_1]? And [EMAIL_2]?", "[PHONE_1]"]
    assert [personal_in(text, ["de"]) for text in done] == [[], [], []]
    with pytest.raises(ValueError, match="argument 2 is shorter"):
        masked(texts, [])


@settings(max_examples=40, deadline=None)
@given(st.text(st.sampled_from("a1.:@-+ /DE4 ٣"), max_size=60))
def test_spans_are_in_order_apart_and_true(text: str) -> None:
    spans = personal_in(text, ["en", "de"])
    assert all(text[span.start : span.end] == span.text for span in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))
    assert {span.kind for span in spans} <= set(PersonalKind)


LISTS = Path(__file__).parent


def lines_in(name: str) -> list[list[str]]:
    """The lines of a list, each by its columns."""
    return [line.split("\t") for line in (LISTS / name).read_text(encoding="utf-8").splitlines()]


def test_ordinary_numbers_are_nobodys() -> None:
    """Orders, dates, versions, prices, coordinates and the like in 101 lines; three look like a phone to anybody who dials it."""
    taken = {
        span.text
        for language, text in lines_in("ordinary.tsv")
        for span in personal_in(text, [language])
        if not span.reserved
    }
    assert taken == {"84-5512-0093", "0123-456-789", "0301234567-8"}


def test_what_people_write_of_themselves_is_found_in_nineteen_languages() -> None:
    rows = lines_in("personal.tsv")
    missed = [
        text for language, kind, text in rows if kind not in {span.kind for span in personal_in(text, [language])}
    ]
    assert len({language for language, _, _ in rows}) == 19
    assert missed == []


def test_hotlines_are_companies_and_versions_no_machines() -> None:
    assert personal_in("Hotline 0800 5550100, +1 800 555 0199", ["en", "de"]) == []
    assert personal_in("firmware 5.15.0.91, Kernel 6.1.0.13", ["en"]) == []
    assert [span.text for span in personal_in("the server of version 2 has IP 5.15.0.91", ["en"])] == ["5.15.0.91"]
