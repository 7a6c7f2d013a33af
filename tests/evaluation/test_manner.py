"""How personas talk: traits of messages in many scripts, and how much of them lies between personas."""

from __future__ import annotations

from math import isnan
from pathlib import Path

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import f_oneway

from evaluation.manner import between, manners
from evaluation.metrics import Options
from evaluation.samples import Sample, read_samples
from evaluation.writing import Trait, slips_of, traits

QUICK = Options(resamples=20)


@pytest.mark.parametrize(
    ("text", "asks", "polite", "emoji", "exclaims", "unended"),
    [
        ("Could you check this, please?", 1, 1, 0, 0, 0),
        ("no", 0, 0, 0, 0, 1),
        ("Wo ist mein Paket? Danke! 😕", 1, 1, 1, 1, 0),
        ("¿dónde está mi paquete, por favor?", 1, 1, 0, 0, 0),
        ("merci bien :)", 0, 1, 1, 0, 0),
        ("أين الطرد من فضلك؟", 1, 1, 0, 0, 0),
        ("شكرا جزيلا 🎉", 0, 1, 1, 0, 0),
        ("確認していただけますか。", 1, 1, 0, 0, 0),
        ("もういい！", 0, 0, 0, 1, 0),
        ("请帮我查一下", 0, 1, 0, 0, 1),
        ("где посылка))", 0, 0, 1, 0, 0),
        ("спасибо, жду", 0, 1, 0, 0, 1),
        ("πού είναι το δέμα;", 1, 0, 0, 0, 0),
        ("क्या आया? कृपया देखिए।", 1, 1, 0, 0, 0),
        ("ㅋㅋ 감사합니다", 0, 1, 1, 0, 1),
        ("It is 8) or x) at 12:30, see http://a.example/b", 0, 0, 0, 0, 1),
        ("Trademark™ © 2026 #1 *2*.", 0, 0, 0, 0, 0),
        ("displease, bittersweet, grazier.", 0, 0, 0, 0, 0),
    ],
)
def test_traits_in_many_scripts(text: str, asks: int, polite: int, emoji: int, exclaims: int, unended: int) -> None:
    found = traits(text)
    shown = (Trait.QUESTION, Trait.POLITE, Trait.EMOJI, Trait.EXCLAMATION, Trait.UNENDED)
    assert tuple(found[trait] for trait in shown) == (asks, polite, emoji, exclaims, unended)


def test_lengths_are_counted_in_words_and_sentences() -> None:
    found = traits("One two three. Four five!\nsix")
    assert (found[Trait.LENGTH], found[Trait.SENTENCE]) == (6, 2)
    assert traits("It costs 3.50 a piece.")[Trait.SENTENCE] == traits("It costs 3.50 a piece.")[Trait.LENGTH]
    assert traits("好的。谢谢！")[Trait.SENTENCE] == 2
    assert traits("هذا جيد. متى؟")[Trait.SENTENCE] == 1.5
    assert traits("")[Trait.LENGTH] == 0


def test_a_script_that_does_not_show_a_trait_says_so() -> None:
    for text in ("أين الطرد", "荷物はどこ", "पार्सल कहाँ है", "소포 어디"):
        assert isnan(traits(text)[Trait.CAPITALS])
    assert isnan(traits("พัสดุอยู่ที่ไหน")[Trait.SENTENCE])
    assert isnan(traits("พัสดุอยู่ที่ไหน")[Trait.UNENDED])
    assert isnan(traits("荷物はどこですか")[Trait.ODD])
    assert traits("ΠΟΥ ΕΙΝΑΙ")[Trait.CAPITALS] == 1
    assert traits("Ab cd")[Trait.CAPITALS] == 0.25


def test_slips_are_found_beside_the_words_that_they_were_meant_to_be() -> None:
    texts = ["the parcel should arrive tomorrow at the station"] * 30
    texts += ["the pracel shoud arrrive tomorow at the stations", "a parrot arrived in town"]
    assert slips_of(texts) == {"pracel", "shoud", "arrrive", "tomorow"}
    assert traits("the pracel shoud be here", slips_of(texts))[Trait.ODD] == 0.4
    assert traits("sooo goood")[Trait.ODD] == 1
    assert slips_of(["пожалуйста приезжайте завтра"] * 20 + ["пожалуста зватра"]) == {"пожалуста", "зватра"}


@given(st.lists(st.tuples(st.floats(-100, 100), st.integers(0, 4)), min_size=8, max_size=60))
def test_eta_squared_is_that_of_an_analysis_of_variance(rows: list[tuple[float, int]]) -> None:
    values, groups = np.array([value for value, _ in rows]), np.array([str(group) for _, group in rows], dtype=object)
    n, k = len(rows), len(set(groups))
    found = between(values, groups)
    if k < 2 or n <= k or values.std() < 1e-3:
        return
    parts = [values[groups == group] for group in sorted(set(groups))]
    if max(part.std() for part in parts) < 1e-3:
        return
    ratio = float(f_oneway(*parts).statistic)
    eta = ratio * (k - 1) / (ratio * (k - 1) + n - k)
    assert found.eta_squared == pytest.approx(eta, abs=1e-5)
    assert found.by_chance == pytest.approx((k - 1) / (n - 1), abs=1e-6)
    assert found.epsilon_squared == pytest.approx(1 - (1 - eta) * (n - 1) / (n - k), abs=1e-4)


def test_personas_that_do_not_matter_explain_what_chance_does() -> None:
    rng = np.random.default_rng(1)
    groups = np.array([str(place % 20) for place in range(200)], dtype=object)
    found = [between(rng.normal(size=200), groups) for _ in range(100)]
    assert np.mean([one.eta_squared for one in found]) == pytest.approx(19 / 199, abs=0.02)
    assert np.mean([one.epsilon_squared for one in found]) == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 2.0], [3.0, 3.0, 3.0, 3.0], [float("nan")] * 4])
def test_nothing_to_explain_is_no_figure(values: list[float]) -> None:
    groups = np.array([str(place % 2) for place in range(len(values))], dtype=object)
    assert between(np.array(values), groups).eta_squared is None


def chats() -> list[Sample]:
    """Forty chats of two personas, who differ in all that they write, with an assistant who does not."""

    def chat(place: int) -> Sample:
        terse = place % 2 == 0
        said = (
            f"ok nr {place}"
            if terse
            else f"Good morning! Could you please tell me where parcel {place} is? Thank you! 🙂"
        )
        lines = (("customer", said), ("assistant", "It is on its way."), ("customer", said))
        return Sample(
            "\n".join(text for _, text in lines),
            {"customer": "terse" if terse else "wordy", "mood": "calm"},
            said=lines,
        )

    return [chat(place) for place in range(40)]


def test_personas_are_reported_one_by_one() -> None:
    [found] = manners(chats(), QUICK)
    assert (found.role, found.samples) == ("customer", 40)
    assert [(one.persona, one.samples, one.messages) for one in found.personas] == [
        ("terse", 20, 40),
        ("wordy", 20, 40),
    ]
    terse, wordy = (one.traits for one in found.personas)
    assert (terse[Trait.LENGTH].value, wordy[Trait.LENGTH].value) == (3, 13)
    assert (terse[Trait.POLITE].value, wordy[Trait.POLITE].value) == (0, 1)
    assert found.between[Trait.LENGTH].eta_squared == 1
    assert found.between[Trait.ODD].eta_squared is None, "nobody misspells"
    assert found.traits[Trait.EMOJI].value == 0.5
    low, high = found.traits[Trait.EMOJI].low, found.traits[Trait.EMOJI].high
    assert low is not None
    assert high is not None
    assert low < 0.5 < high


def test_without_personas_nothing_is_reported() -> None:
    assert manners([Sample("a", {"mood": "calm"}, said=(("customer", "a"),))], QUICK) == ()
    assert manners([Sample("a", {"customer": "terse"})], QUICK) == ()


def test_who_said_what_is_read_from_messages_with_a_name(tmp_path: Path) -> None:
    row = {
        "messages": [
            {"role": "system", "content": "S", "name": "customer"},
            {"role": "user", "content": "مرحبا", "name": "customer"},
            {"role": "assistant", "content": "", "name": "assistant"},
            {"role": "tool", "content": "T", "name": "lookup", "tool_call_id": "c"},
            {"role": "assistant", "content": "B"},
        ],
        "brief": {"cell": {"customer": "terse"}},
    }
    path = tmp_path / "rows.jsonl"
    path.write_bytes(orjson.dumps(row) + b"\n")
    [sample] = read_samples(path)
    assert sample.said == (("customer", "مرحبا"),)
