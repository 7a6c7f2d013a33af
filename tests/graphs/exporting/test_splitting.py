"""Parts of a dataset: what belongs together stays together, and the same seed deals the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphs.exporting.sample import Learned
from graphs.exporting.splitting import groups_of, ratios_of, split
from scenarios.errors import SettingsError
from scenarios.messages import Message, Speech


def sample(id_: str, *groups: str, text: str = "") -> Learned:
    words = text or " ".join(f"{id_}w{i}" for i in range(12))
    return Learned(id=id_, messages=(Message(role=Speech.USER, content=words),), groups=frozenset(groups))


def part_of(parts: dict[str, tuple[Learned, ...]]) -> dict[str, str]:
    return {one.id: name for name, rows in parts.items() for one in rows}


def test_near_duplicates_and_relatives_share_a_part() -> None:
    words = "a customer asks where the parcel is and why it has not come on the day that was named"
    rows = [sample(f"s{i}", f"passage {i // 4}") for i in range(40)]
    rows += [sample("copy1", text=words), sample("copy2", text=words + " at all"), sample("child", "sample s0")]
    rows[0] = sample("s0", "passage 0", "sample s0")
    found = split(rows, ratios_of("60/20/20"), 1)
    where = part_of(found.parts)
    assert where["copy1"] == where["copy2"]
    assert where["child"] == where["s0"] == where["s3"]
    assert len(where) == len(rows)
    assert "largest group that stays together has 5" in found.told


def test_ratios_are_met_as_nearly_as_groups_allow() -> None:
    found = split([sample(f"s{i}") for i in range(100)], ratios_of("90/5/5"), 0)
    assert {name: len(rows) for name, rows in found.parts.items()} == {"train": 90, "valid": 5, "test": 5}
    one_group = split([sample(f"s{i}", "passage x") for i in range(20)], ratios_of("90/10"), 0)
    assert {name: len(rows) for name, rows in one_group.parts.items()} == {"train": 20, "valid": 0}
    assert "train 20 (100 %, wanted 90 %)" in one_group.told


def test_the_seed_deals() -> None:
    rows = [sample(f"s{i}") for i in range(60)]
    first, again, other = (part_of(split(rows, ratios_of("50/50"), seed).parts) for seed in (1, 1, 2))
    assert first == again
    assert first != other


@settings(max_examples=25)
@given(st.lists(st.sets(st.sampled_from("abcdef"), max_size=2), min_size=1, max_size=20))
def test_no_group_is_on_two_sides(groups: list[set[str]]) -> None:
    rows = [sample(f"s{i}", *names) for i, names in enumerate(groups)]
    where = part_of(split(rows, ratios_of("70/30"), 3).parts)
    for name in "abcdef":
        assert len({where[one.id] for one in rows if name in one.groups}) <= 1
    assert sorted(i for group in groups_of(rows) for i in group) == list(range(len(rows)))


@pytest.mark.parametrize("text", ["90", "a/b", "0/100", "1/2/3/4", "-1/2", "90/", "50/60", "90/5/6"])
def test_a_split_that_is_none(text: str) -> None:
    with pytest.raises(SettingsError, match=f"split={text}"):
        ratios_of(text)
