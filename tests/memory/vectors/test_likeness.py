"""Names that say the same: by form, or by a distance that was measured."""

from __future__ import annotations

import pytest

from memory.vectors.likeness import Likeness, plain

SAME = [
    ("a broken drill", "a drill that is broken"), ("a late delivery", "delivery that came late"),
    ("a missing part", "missing parts"), ("a missing part", "a part is missing"),
    ("how to return an item", "returning an item"), ("how to return an item", "item returns"),
    ("advice on choosing a paint", "help with choosing paint"), ("the wrong size was delivered", "wrong size delivered"),
    ("a refund that has not arrived", "refund not received"),
    ("a refund that has not arrived", "a refund that did not arrive"), ("opening hours", "store opening hours"),
    ("opening hours", "hours of opening"), ("a lost receipt", "a receipt that was lost"),
    ("cancelling an order", "order cancellation"), ("a warranty claim", "claiming under warranty"),
    ("a leaking tap", "a tap that leaks"), ("a defective drill", "a faulty drill"),
    ("bulk discount", "discount for bulk orders"), ("a price match request", "asking for a price match"),
    ("damaged packaging", "packaging that was damaged"), ("a complaint about rude staff", "rude staff complaint"),
    ("gift card not working", "a gift card that does not work"),
]  # fmt: skip
OTHER = [
    ("a broken drill", "a broken saw"), ("a late delivery", "a late refund"), ("a missing part", "a missing invoice"),
    ("a missing screw", "a missing receipt"), ("cancelling an order", "changing an order"),
    ("choosing a paint", "choosing a drill"), ("return of a drill", "repair of a drill"),
    ("gardening tools", "garden furniture"), ("opening hours on Sunday", "opening hours at Christmas"),
    ("a gift card not working", "a coupon code not working"),
    ("delivery to another address", "delivery on another day"), ("paint for wood", "paint for metal"),
    ("a rented ladder", "a rented drill"), ("wood glue", "wood stain"), ("lost parcel", "lost receipt"),
    ("red paint", "blue paint"), ("kitchen tap", "bathroom tap"), ("left-handed scissors", "right-handed scissors"),
    ("child seat", "child lock"),
]  # fmt: skip


def like(left: str, right: str) -> bool:
    known = Likeness()
    known.add([left])
    return known.like(right) == [0]


def test_the_distance_tells_apart_what_it_was_chosen_for() -> None:
    """The figures in the module, and in docs/decisions.md."""
    assert sum(like(*pair) for pair in SAME) == 21
    assert sum(not like(*pair) for pair in OTHER) == 18


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("A Drill", "the drill."), ("boxes", "a box"), ("batteries", "battery"), ("the customer's bill", "customers bill"),
        ("glass", "Glass!"), ("a", "A"), ("Ｗｉｄｅ", "wide"),
    ],
)  # fmt: skip
def test_names_that_differ_in_form_alone_are_equal(left: str, right: str) -> None:
    assert plain(left) == plain(right)
    assert like(left, right)


def test_short_words_keep_their_endings() -> None:
    assert plain("gas") == "gas"
    assert plain("a virus on the bus") == "virus on bus"


def test_names_without_a_known_word_are_told_apart() -> None:
    known = Likeness()
    assert known.like("水漏れ") == []
    known.add(["水漏れ", "停電"])
    assert known.like("停電") == [1]
