"""Text primitives: codes in a text, whatever stands around them, and beginnings of texts."""

from __future__ import annotations

import pytest

from scenarios.text import codes, shortened


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("order AB-1234 of 12.50", ["AB-1234", "12.50"]),
        ("no code at all", []),
        ("x" * 100_000, []),
        ("x" * 50_000 + "7", ["x" * 50_000 + "7"]),
    ],
)
def test_codes_are_found_also_behind_long_words(text: str, found: list[str]) -> None:
    assert [code.lower() for code in codes(text)] == [code.lower() for code in found]


def test_a_long_text_is_shortened_and_says_so() -> None:
    assert shortened("four", 4) == "four"
    assert shortened("longer", 4) == "lon…"
