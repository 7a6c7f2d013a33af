"""What an answer cites and quotes."""

from __future__ import annotations

import pytest

from agents.checks.conversation.citing import (
    citations_of,
    cited_sentences,
    misquoted,
    plain_in,
    quotations,
    unknown_citations,
    without_citations,
)

PASSAGE = "A refund is paid to the card within fourteen days. Send it\nback in its box; we pay the post."


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("Within 14 days [refunds-3].", ["refunds-3"]),
        ("So [refunds-3][fees-1]. And [fees-1, refunds-3; a-b-12].", ["refunds-3", "fees-1", "a-b-12"]),
        ("十四日以内です【返金-1】。", ["返金-1"]),
        ("خلال يومين [استرداد-2، رسوم-1].", ["استرداد-2", "رسوم-1"]),
        ("See [the-page-2](https://example.org) and [1], [x], [not this-1 one].", []),
        ("None.", []),
    ],
)
def test_citations(text: str, ids: list[str]) -> None:
    assert citations_of(text) == ids
    assert citations_of(without_citations(text)) == []


def test_a_text_without_its_citations_is_otherwise_the_same() -> None:
    assert without_citations("Yes [a-1].\n\n- one [b-2, c-3]\n- two") == "Yes.\n\n- one\n- two"


def test_unknown_ids_are_named() -> None:
    assert unknown_citations("x [a-1] y [b-2].", {"a-1"}) == ["b-2"]
    assert unknown_citations("x [a-1].", ["a-1"]) == []


@pytest.mark.parametrize(
    "text",
    [
        'It says "a refund is paid to the card" [a-1].',
        "„Send it back in its box“ is the rule.",
        "“A refund is paid … within fourteen days.”",
        'Press "Pay now" to go on.',
        "「短い」",
    ],
)
def test_what_is_quoted_word_for_word_passes(text: str) -> None:
    assert misquoted(text, [PASSAGE]) == []


@pytest.mark.parametrize(
    "text",
    [
        'It says "a refund is paid to the account".',
        "«A refund is paid within thirty days»",
        '"within fourteen days … a refund is paid"',
        '"efund is paid to the card"',
    ],
)
def test_what_is_quoted_otherwise_is_named(text: str) -> None:
    assert misquoted(text, [PASSAGE]) == quotations(text) != []


def test_quotations_of_scripts_without_spaces() -> None:
    assert misquoted("「返金は十四日以内」です", ["返金は十四日以内に申請"]) == []
    assert misquoted("「返金は三十日以内」です", ["返金は十四日以内に申請"]) == ["返金は三十日以内"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("A day costs 4 euros [fees-2]. Over 65s pay half. [fees-3][fees-4] Is that all?",
         [("A day costs 4 euros [fees-2].", "fees-2"), ("Over 65s pay half [fees-3][fees-4].", "fees-3 fees-4")]),
        ("Ask for No. 4, e.g. today [a-1]! And\n- tea, free [b-2]", [("Ask for No. 4, e.g. today [a-1]!", "a-1"), ("tea, free [b-2]", "b-2")]),
        ("It says “it is free.” [a-1] So go.", [("It says “it is free [a-1].”", "a-1")]),
        ("一日十円です【料金-1】。次はなし。", [("一日十円です【料金-1】。", "料金-1")]),
        ("Nothing [covid-19] is cited.", []),
        ("Das ist der 7. März, bis 20:00. Danach der 12. März [a-1].", [("Danach der 12. März [a-1].", "a-1")]),
    ],
)  # fmt: skip
def test_the_sentences_that_cite(text: str, found: list[tuple[str, str]]) -> None:
    assert cited_sentences(text, {"covid-19"}) == [(sentence, tuple(ids.split())) for sentence, ids in found]


def test_what_stands_in_brackets_in_a_document_is_text() -> None:
    plain = plain_in(["Since [covid-19] it is free [fees-2]."], {"fees-2"})
    assert plain == {"covid-19"}
    text = "Since [covid-19] it is free [fees-2], not [rules-9]."
    assert citations_of(text, plain) == ["fees-2", "rules-9"]
    assert without_citations(text, plain) == "Since [covid-19] it is free, not."
    assert unknown_citations(text, {"fees-2"}, plain) == ["rules-9"]
