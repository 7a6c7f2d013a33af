"""Which excerpts go together: those of rare words in common and neighbours, in any script."""

from __future__ import annotations

import pytest

from scenarios.material.documents.excerpt import Excerpt
from scenarios.material.documents.related import related


def excerpt(name: str, text: str) -> Excerpt:
    return Excerpt(id=name, title="", text=text, document=name.rsplit("-", 1)[0])


GIVEN = (
    excerpt("refunds-1", "A refund is paid to the card within fourteen days."),
    excerpt("refunds-2", "The office is closed on Sundays."),
    excerpt("fees-1", "Opening hours and holidays of the branch."),
    excerpt("cards-1", "A refund to a lost card is paid to the new card."),
    excerpt("jp-1", "返金は十四日以内に申請してください。"),
    excerpt("jp2-1", "返金の申請には領収書が必要です。"),
)


def test_words_in_common_and_neighbours_come_first() -> None:
    assert [one.id for one in related(GIVEN, "refunds-1", 2)] == ["cards-1", "refunds-2"]
    assert [one.id for one in related(GIVEN, "jp-1", 1)] == ["jp2-1"]
    assert related(GIVEN, "fees-1", 3) == related(list(GIVEN), "fees-1", 3)


def test_a_document_may_be_kept_from_filling_all_places() -> None:
    found = related(GIVEN, "refunds-1", 9, 1)
    assert "refunds-2" not in {one.id for one in found}
    assert len({one.document for one in found}) == len(found)
    assert related(GIVEN, "refunds-1", 2, 2) == related(GIVEN, "refunds-1", 2)


def test_there_are_never_more_than_there_are_and_never_the_first() -> None:
    assert {one.id for one in related(GIVEN, "jp-1", 99)} == {one.id for one in GIVEN} - {"jp-1"}
    assert related(GIVEN, "jp-1", 0) == ()
    with pytest.raises(KeyError):
        related(GIVEN, "none-1", 1)
