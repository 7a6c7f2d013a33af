"""Proposals: merged, dropped, and chosen from the tail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.ideation import Proposal
from graphs.planning.proposals import Pool
from memory.vectors.likeness import Likeness


def pool(count: int, *parents: str) -> Pool:
    return Pool(count, parents or ("",), Likeness())


def offered(**named: float) -> list[Proposal]:
    return [Proposal(value=name.replace("_", " "), probability=chance) for name, chance in named.items()]


def test_the_least_probable_are_taken_and_what_is_known_stays() -> None:
    found = pool(3)
    found.know({"": ["anchor"]})
    assert found.missing("") == 2
    found.offer({"": offered(walnut=0.5, ferry=0.01, glacier=0.2, saffron=0.01)})
    assert found.missing("") == 0
    assert found.values() == {"": ["anchor", "ferry", "saffron"]}


def test_near_equals_are_merged_and_the_earlier_one_stays() -> None:
    found = pool(4)
    found.know({"": ["a leaking tap"]})
    fresh = found.offer(
        {"": offered(The_leaking_taps=0.01, a_tap_that_leaks=0.01, lost_receipt=0.3, a_lost_receipt=0.01)}
    )
    assert fresh == {"": ["lost receipt"]}
    assert found.names("") == ["a leaking tap", "lost receipt"]
    assert (found.counted.merged, found.counted.dropped) == (3, 0)


def test_what_is_proposed_for_two_is_dropped_for_good() -> None:
    found = pool(4, "shop", "bank")
    found.offer({"shop": offered(opening_hours=0.2, wrong_size=0.1), "bank": offered(store_opening_hours=0.2)})
    assert found.names("shop") == ["wrong size"]
    assert found.names("bank") == []
    found.offer({"bank": offered(hours_of_opening=0.1, a_blocked_card=0.1)})
    assert found.names("bank") == ["a blocked card"]
    assert found.counted.dropped == 3


def test_an_example_of_one_is_not_taken_from_it() -> None:
    found = pool(4, "shop", "bank")
    found.know({"shop": ["opening hours"]})
    found.offer({"bank": offered(opening_hours=0.2)})
    assert found.names("shop") == ["opening hours"]
    assert found.names("bank") == []


def test_what_is_excluded_is_not_taken_nor_what_says_the_same() -> None:
    found = pool(4)
    found.exclude(["a jar of plum jam"])
    assert found.offer({"": offered(a_little_jar_of_plum_jam=0.1, walnut=0.1)}) == {"": ["walnut"]}
    assert (found.counted.dropped, found.values()) == (1, {"": ["walnut"]})


def test_what_can_be_no_value_is_dropped() -> None:
    found = pool(4)
    bad = [Proposal(value=text, probability=0.1) for text in ("", "{{ 1 }}", "a\nb", "x" * 61, "a|b")]
    assert found.offer({"": bad}) == {"": []}
    assert found.counted.dropped == 5


_NAMES = st.sampled_from(
    ["anchor", "anchors", "The Anchor", "ferry", "a ferry.", "walnut", "saffron", "glacier", "{x}", "otter"]
)
_OFFERS = st.lists(st.tuples(_NAMES, st.floats(0, 1)), max_size=8)


@settings(max_examples=60, deadline=None)
@given(
    known=st.lists(_NAMES, max_size=3),
    rounds=st.lists(st.tuples(_OFFERS, _OFFERS), max_size=4),
    count=st.integers(1, 4),
)
def test_whatever_is_proposed_each_value_is_one_values_own(
    known: Sequence[str], rounds: Sequence[tuple[Sequence[tuple[str, float]], ...]], count: int
) -> None:
    found = pool(count, "x", "y")
    found.know({"x": known})
    kept = found.names("x")
    for pair in rounds:
        offers: Mapping[str, list[Proposal]] = {
            parent: [Proposal(value=name, probability=chance) for name, chance in offer]
            for parent, offer in zip(("x", "y"), pair, strict=True)
        }
        found.offer(offers)
    values = found.values()
    assert values["x"][: len(kept)] == kept
    assert all(len(names) <= count for names in values.values())
    everything = [*values["x"], *values["y"]]
    for place, name in enumerate(everything):
        others = Likeness()
        others.add(everything[:place] + everything[place + 1 :])
        assert others.like(name) == []


def test_a_scenarios_own_examples_stay_however_alike() -> None:
    found = Pool(5, ("",), Likeness())
    alike = ["cancel well in time", "cancel on the day before", "a late parcel", "a parcel that is late"]
    found.know({"": alike}, own=True)
    assert found.names("") == alike
    found.know({"": ["a parcel that came late"]})
    assert found.names("") == alike
