"""Excerpts lose no text, double none and keep its order, whatever the document."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scenarios.material.documents.blocks import Block, BlockKind, length, unwrapped
from scenarios.material.documents.chunks import MOST, excerpts_of

TEXTS = st.one_of(
    st.text(min_size=1, max_size=300),
    st.lists(st.sampled_from(["Pay", "within", "14", "days.", "返金は", "です。", "ادفع", "الآن؟", "a\n- b", "👩‍💻"]), min_size=1, max_size=900).map(" ".join),
    st.text("ab。", min_size=4000, max_size=9000),
)  # fmt: skip
BLOCKS = st.lists(
    st.builds(Block, kind=st.sampled_from(BlockKind), text=TEXTS.filter(lambda text: bool(text.strip())), level=st.integers(1, 3)),
    max_size=12,
)  # fmt: skip


def signs(texts: list[str]) -> str:
    return "".join("".join(texts).split())


@given(BLOCKS)
def test_no_text_is_lost_or_doubled_and_its_order_stays(blocks: list[Block]) -> None:
    found = excerpts_of(blocks, "doc", "Doc", "doc.md")
    alone = [
        block
        for block, below in zip(blocks, [*blocks, None][1:], strict=True)
        if block.kind is not BlockKind.HEADING
        or below is None
        or (below.kind is BlockKind.HEADING and below.level <= block.level)
    ]
    assert signs([one.text for one in found]) == signs([block.text for block in alone])
    titles = {one.title for one in found}
    for block in blocks:
        assert block in alone or any(block.text in title for title in titles), "a heading is in a title or is a text"
    assert [one.id for one in found] == [f"doc-{n}" for n in range(1, len(found) + 1)]
    assert all(one.text.strip() and len(one.text) <= 4000 for one in found)


def test_headings_part_and_short_paragraphs_go_together() -> None:
    blocks = [
        Block(kind=BlockKind.HEADING, text="Refunds", level=1),
        *[Block(kind=BlockKind.PROSE, text=f"Rule {n} " + "word " * 38 + "end.") for n in range(6)],
        Block(kind=BlockKind.HEADING, text="Deadlines", level=2),
        Block(kind=BlockKind.PROSE, text="Within 14 days."),
    ]
    found = excerpts_of(blocks, "refunds", "x", "refunds.md")
    assert [one.title for one in found] == ["Refunds", "Refunds", "Refunds › Deadlines"]
    assert all(length(one.text) <= MOST for one in found)
    assert found[-1].id == "refunds-3"


def test_a_table_of_300_words_stays_whole_and_prose_is_cut_at_sentences() -> None:
    table = "\n".join(f"row {n} | {n} euros" for n in range(75))
    prose = " ".join(f"Sentence number {n} says one thing." for n in range(100))
    found = excerpts_of(
        [Block(kind=BlockKind.WHOLE, text=table), Block(kind=BlockKind.PROSE, text=prose)], "d", "d", "d.md"
    )
    assert found[0].text == table
    assert len(found) > 3
    assert all(one.text.endswith(".") and one.text.startswith("Sentence") for one in found[1:])


@pytest.mark.parametrize("sentence", ["返金は十四日以内に申請してください。", "يجب تقديم الطلب خلال أربعة عشر يوما؟ "])
def test_sentences_end_in_any_script(sentence: str) -> None:
    found = excerpts_of([Block(kind=BlockKind.PROSE, text=(sentence * 90).strip())], "d", "d", "d.txt")
    assert len(found) > 1
    assert all(one.text.endswith(sentence.strip()[-1]) and length(one.text) <= MOST for one in found)


def test_lines_are_joined_as_their_script_is_written() -> None:
    assert unwrapped(["返金は", "十四日"]) == "返金は十四日"
    assert unwrapped(["Pay", " within"]) == "Pay within"
