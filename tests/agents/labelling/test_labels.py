"""Labels as prompts show them: variants differ in order and examples alone, long lists and long texts are bounded."""

from __future__ import annotations

from agents.labelling.labels import LONGEST_EXAMPLE, KnownLabels, in_turn, shown_text

FEW = KnownLabels(
    meanings={"arrival": "a card has not come", "refund": "", "other": ""},
    examples={"arrival": tuple(f"where is card {n}?" for n in range(9)), "refund": ("money back",)},
)


def test_a_variant_gives_the_same_labels_in_an_order_of_its_own() -> None:
    shown = [FEW.shown(variant) for variant in range(8)]
    assert shown == [FEW.shown(variant) for variant in range(8)]
    assert {frozenset(row["name"] for row in rows) for rows in shown} == {frozenset(FEW.meanings)}
    assert len({tuple(row["name"] for row in rows) for rows in shown}) > 1
    assert len({tuple(row["examples"]) for rows in shown for row in rows if row["name"] == "arrival"}) > 1
    assert all(row["meaning"] == FEW.meanings[row["name"]] for rows in shown for row in rows)


def test_examples_stand_in_turn_so_that_no_label_has_the_last_word_thrice() -> None:
    told = in_turn(FEW.shown(0))
    assert sorted(told, key=str) == sorted(
        ((row["name"], text) for row in FEW.shown(0) for text in row["examples"]), key=str
    )
    assert {name for name, _ in told[:2]} == {"arrival", "refund"}


def test_many_labels_have_few_examples_and_very_many_none() -> None:
    def examples(count: int) -> int:
        names = [f"label {n}" for n in range(count)]
        known = KnownLabels(meanings=dict.fromkeys(names, ""), examples=dict.fromkeys(names, ("a", "b", "c")))
        return sum(len(row["examples"]) for row in known.shown(0))

    assert (examples(10), examples(60), examples(121)) == (30, 120, 0)


def test_long_texts_are_cut_and_examples_stand_on_one_line() -> None:
    known = KnownLabels(meanings={"a": ""}, examples={"a": ("one\ntwo " + "x" * 999,)})
    (row,) = known.shown(0)
    assert row["examples"][0].startswith("one two x")
    assert len(row["examples"][0]) == LONGEST_EXAMPLE
    long = "begin " + "x" * 50_000 + " end"
    assert len(shown_text(long)) < 13_000
    assert (shown_text(long)[:5], shown_text(long)[-3:], "[…]" in shown_text(long)) == ("begin", "end", True)
    assert shown_text("short") == "short"
