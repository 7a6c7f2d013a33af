"""The claim: what counts for it, what does not, and when it is void."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from evaluation.verdicts.audit import audited, share_at_least, upper_bound
from graphs.certifying.claim import claim_of, clean_ones_until, percent
from graphs.certifying.labels import labels_of
from graphs.reviewing.order import audit_order, audit_set
from graphs.reviewing.verdicts import PersonVerdict, Queue, Said

SET = audit_set({f"s{n:03}": f"c{n}" for n in range(500)})
NOW = SET.contents
ORDER = audit_order(SET, 3)


def said(id_: str, word: Said = Said.ACCEPT, reviewer: str = "ann", **more: object) -> PersonVerdict:
    """An audit's verdict; its number is set by `numbered`."""
    told = {
        "number": 1, "reviewer": reviewer, "queue": Queue.AUDIT, "sample": id_, "content": SET.contents.get(id_, ""), "said": word,
        "dataset": SET.digest, "seed": 3,
    }  # fmt: skip
    return PersonVerdict.model_validate(told | more)


def numbered(verdicts: Sequence[PersonVerdict]) -> list[PersonVerdict]:
    """The verdicts with their places in the file."""
    return [verdict.model_copy(update={"number": number}) for number, verdict in enumerate(verdicts, 1)]


CLEAN = [said(id_) for id_ in ORDER[:90]]


def test_the_sentence_of_ninety_clean_ones() -> None:
    claim = claim_of(SET, 3, numbered(CLEAN), NOW)
    assert (claim.size, claim.checked, claim.flawed, claim.at_most) == (500, 90, 0, upper_bound(500, 90, 0))
    assert claim.sentence == (
        "500 accepted, 90 audited by ann, none flawed: at most 5 % are, with 95 % confidence, whenever the reviewer stopped."
    )
    assert clean_ones_until(claim, 0.05) == 0
    assert clean_ones_until(claim_of(SET, 3, numbered(CLEAN[:50]), NOW), 0.05) == 40


@pytest.mark.parametrize(
    ("verdicts", "checked", "flawed"),
    [
        ([*CLEAN[:10], said(ORDER[10], Said.REJECT)], 11, 1),
        ([*CLEAN[:10], said(ORDER[12], Said.REJECT)], 10, 0),  # one before it was looked at by nobody
        ([*CLEAN[:10], said(ORDER[10], Said.SKIP), said(ORDER[11])], 12, 1),  # what nobody can judge is flawed
        ([*CLEAN[:10], said(ORDER[10], Said.SKIP)], 10, 0),
        ([*CLEAN[:10], said(ORDER[10], Said.SKIP), said(ORDER[10], reviewer="bob"), said(ORDER[11])], 12, 0),
        ([*CLEAN[:10], said(ORDER[2], Said.REJECT, "bob", repeat=True)], 10, 1),  # they disagree
        (
            [*CLEAN[:10], said(ORDER[2], Said.REJECT, "bob", repeat=True), said(ORDER[2], reviewer="eve", queue=Queue.ADJUDICATE)],
            10, 0,
        ),
        ([*CLEAN[:10], said(ORDER[10], Said.REJECT, queue=Queue.ROUTED)], 10, 0),
        ([*CLEAN[:10], said(ORDER[2], Said.REJECT, queue=Queue.ROUTED, dataset="", seed=0)], 10, 0),
        ([*CLEAN[:10], said(ORDER[2], Said.REJECT, content="another")], 10, 0),
        ([*CLEAN[:10], said(ORDER[2], Said.REJECT, seed=4)], 10, 0),
        ([*CLEAN[:10], said(ORDER[2], Said.REJECT, planted="wrong_fact", repeat=True)], 10, 0),
        ([*CLEAN[:10], said(ORDER[9], Said.UNDO, undoes=10)], 9, 0),
        ([*CLEAN[:10], said(ORDER[9], Said.UNDO, undoes=10, dataset="", seed=0)], 9, 0),
        ([*CLEAN[:10], said(ORDER[9], Said.UNDO, "bob", undoes=10)], 10, 0),
        ([*CLEAN[:10], said(ORDER[9], Said.REJECT)], 10, 1),  # a change of mind
    ],
)  # fmt: skip
def test_what_counts(verdicts: list[PersonVerdict], checked: int, flawed: int) -> None:
    labels = labels_of(SET, 3, numbered(verdicts))
    assert (len(labels.checked), len(labels.flawed)) == (checked, flawed)
    assert list(labels.checked) == ORDER[:checked]


def _without(*ids: str) -> dict[str, str]:
    return {id_: content for id_, content in NOW.items() if id_ not in ids}


def test_flawed_ones_that_left_are_taken_off() -> None:
    verdicts = numbered([*CLEAN[:60], said(ORDER[60], Said.REJECT), said(ORDER[61], Said.REJECT)])
    claim = claim_of(SET, 3, verdicts, _without(ORDER[60], ORDER[61]))
    assert (claim.removed, claim.size_now, claim.void) == (2, 498, "")
    assert claim.at_most_now == claim.at_most - 2
    assert "2 left the set since, 2 of them found flawed: of the 498 that are left" in claim.sentence
    sound_one_gone = claim_of(SET, 3, verdicts, _without(ORDER[0]))
    assert (sound_one_gone.removed, sound_one_gone.at_most_now) == (0, claim.at_most)


def test_a_change_voids_it_and_a_repaired_sample_stays_flawed() -> None:
    verdicts = numbered([*CLEAN[:60], said(ORDER[60], Said.REJECT)])
    before = claim_of(SET, 3, verdicts, NOW)
    assert claim_of(SET, 3, verdicts, {**NOW, "new": "c"}).void == "1 sample came after the audit"
    void = claim_of(SET, 3, verdicts, {**NOW, ORDER[3]: "other", "new": "c"})
    assert void.sentence.startswith(
        "No claim holds for the dataset as it is: 1 sample came after the audit and 1 sample changed"
    )
    repaired = claim_of(SET, 3, verdicts, {**NOW, ORDER[60]: "mended"})
    assert (repaired.void, repaired.at_most_now) == ("", before.at_most)


def test_what_reviewers_overlook_is_allowed_for() -> None:
    planted = [said(ORDER[n], Said.REJECT if n else Said.ACCEPT, planted="wrong_fact") for n in range(20)]
    claim = claim_of(SET, 3, numbered([*CLEAN, *planted]), NOW)
    step = 1 - 0.05 / 3
    assert claim.sight
    assert (claim.sight.shown, claim.sight.noticed) == (20, 19)
    assert claim.sight.at_least == pytest.approx(share_at_least(19, 20, step))
    assert claim.at_most == audited(500, 90, 0, confidence=step, sensitivity=claim.sight.at_least).at_most
    assert "Of 20 flawed copies that were planted, 19 were noticed: that is allowed for" in claim.sentence
    few = claim_of(SET, 3, numbered([*CLEAN, *planted[:9]]), NOW)
    assert few.at_most == claim_of(SET, 3, numbered(CLEAN), NOW).at_most
    assert (
        "Of 9 flawed copies that were planted, 8 were noticed: too few to allow for what is overlooked" in few.sentence
    )


def test_audits_of_one_set_share_the_risk_and_changed_words_are_counted() -> None:
    another = [said(id_, seed=4) for id_ in audit_order(SET, 4)[:5]]
    claim = claim_of(SET, 3, numbered([*CLEAN, *another]), NOW)
    assert (claim.audits, claim.at_most) == (2, upper_bound(500, 90, 0, 0.975))
    assert "It is one of 2 audits of this set" in claim.sentence
    changed = claim_of(SET, 3, numbered([*CLEAN[:9], said(ORDER[9], Said.REJECT), *CLEAN[9:]]), NOW)
    assert (changed.changed, changed.flawed) == (1, 0)
    assert "1 verdict changed before that" in changed.sentence


@pytest.mark.parametrize(
    ("share", "words"), [(0.05, "5 %"), (0.0501, "5.1 %"), (0.3, "30 %"), (0.0, "0 %"), (0.0609, "6.1 %")]
)
def test_a_share_is_rounded_up(share: float, words: str) -> None:
    assert percent(share) == words


def _stops(draw: np.random.Generator) -> Callable[[float], bool]:
    target = draw.choice([0.03, 0.05, 0.08, 0.1])
    return lambda share: bool(share <= target)


def test_who_stops_when_it_looks_best_is_seldom_wrong() -> None:
    """Of reviewers who look after every fifth verdict and stop at a claim that is false if they can."""
    draw, false = np.random.default_rng(5), 0
    for trial in range(60):
        flawed = set(draw.choice(sorted(NOW), 36, replace=False))
        order, stop = audit_order(SET, trial), _stops(draw)
        for count in range(5, 200, 5):
            words = [said(id_, Said.REJECT if id_ in flawed else Said.ACCEPT, seed=trial) for id_ in order[:count]]
            claim = claim_of(SET, trial, numbered(words), NOW)
            if stop(claim.share):
                false += claim.at_most < 36
                break
    assert false <= 6
