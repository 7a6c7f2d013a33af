"""Words, phrases and languages in any script."""

from __future__ import annotations

import pytest

from agents.text.phrases import begins, holds
from agents.text.scripts import bare, counted, strange_letters, words


@pytest.mark.parametrize(
    ("phrase", "text", "right"),
    [
        ("f", "für", False), ("für", "Fu\u0308r dich", True), ("STRASSE", "in der Straße", True), ("İstanbul", "ISTANBUL'da", True),
        ("ΟΔΟΣ", "η οδός", False), ("ΛΟΓΟΣ", "ο λογος", True), ("क", "की", False), ("注文番号", "ご注文番号は", True),
        ("QP-3655", "番号はQP‑3655です", True), ("QP-3655", "番号はQP‑36551です", False), ("الاثنين", "يوم الاثنين", True),
        ("الاثنين", "وصلت للاثنين", True), ("?", "كيف؟", True), ("?", "はい？", True), ("don't", "Don’t", True),
    ],
)  # fmt: skip
def test_whole_words_of_any_script(phrase: str, text: str, right: bool) -> None:
    assert holds(phrase, text) is right


def test_a_word_may_go_on() -> None:
    assert begins("Montag", "montags")
    assert words("naïve façade, हिंदी में") == ("naïve", "façade", "हिंदी", "में")
    assert bare("Malmö") == bare("malmo")


def test_words_of_a_script_without_spaces_are_counted_between_bounds() -> None:
    assert counted("It is broken.") == (3, 3)
    least, most = counted("電気ケトルが壊れました。")
    assert 2 <= least < most == 11


def test_letters_that_do_not_belong() -> None:
    assert strange_letters("The 问题 is 5 µm or 3 Ω, naïve.", "English") == "问题"
    assert strange_letters("Grüße aus Malmö", "English") == ""
    assert strange_letters("здравствуйте", "Klingon") == ""
