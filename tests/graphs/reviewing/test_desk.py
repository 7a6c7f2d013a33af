"""The desk: the next sample, a verdict kept for what was seen, undo without end, and a fixed order."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from graphs.certifying.labels import labels_of
from graphs.curating.signals import Doubt, SampleSignals
from graphs.reviewing.consequences import rejections_due
from graphs.reviewing.desk import ReviewDesk, ReviewItem
from graphs.reviewing.log import read_reviews
from graphs.reviewing.order import AUDITS, audit_order, audit_set
from graphs.reviewing.planting import FlawedCopies
from graphs.reviewing.verdicts import PersonVerdict, Queue, Said, content_digest
from scenarios.briefs import cell_of, plan_brief
from scenarios.errors import RunDirError, SettingsError
from scenarios.loading import load
from scenarios.records import Candidate, Record, Verdict

SIZE = 60


def _line(number: int, **more: object) -> dict[str, object]:
    line: dict[str, object] = {
        "id": f"s{number:03}", "fields": {"question": f"What is {number}?"}, "scores": {"judge.useful": 2 + number % 4},
        "evidence": [{"check": "x", "status": "PASS"}], "novelty": {"nearest": None, "distance": 0.5}, "revisions": 0,
    }  # fmt: skip
    return line | more


def _write(out: Path, lines: list[dict[str, object]]) -> None:
    (out / "dataset.jsonl").write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A directory with sixty samples."""
    _write(tmp_path, [_line(number) for number in range(SIZE)])
    return tmp_path


def said(item: ReviewItem, word: Said = Said.ACCEPT, reviewer: str = "ann", **more: object) -> PersonVerdict:
    """What a reviewer says of an item."""
    told = {
        "number": 1, "reviewer": reviewer, "queue": item.queue, "sample": item.sample, "content": item.content, "said": word,
        "repeat": item.repeat,
    }  # fmt: skip
    return PersonVerdict.model_validate(told | more)


def test_an_audit_goes_through_its_order_and_shows_a_tenth_twice(out: Path) -> None:
    desk = ReviewDesk(out)
    first: list[str] = []
    again: list[str] = []
    while items := desk.next(Queue.AUDIT, "ann"):
        (again if items[0].repeat else first).append(items[0].sample)
        assert not {"evidence", "scores", "novelty"} & items[0].shown[0].keys()
        desk.record(said(items[0], seconds=2.0))
    contents = {line["id"]: content_digest(line) for line in map(_line, range(SIZE))}
    assert first == audit_order(audit_set(contents), 0)  # type: ignore[arg-type]
    assert 2 <= len(again) <= 12
    assert len(set(again)) == len(again)
    assert first.index(again[0]) + 9 < first.index(first[-1])
    state = desk.state(Queue.AUDIT, "ann")
    assert (state.said, state.left, state.pace) == (SIZE + len(again), 0, 2.0)
    assert [path.stem for path in (out / AUDITS).iterdir()] == [audit_set(contents).digest]  # type: ignore[arg-type]


def test_two_reviewers_get_different_samples_and_repeats_go_to_the_other(out: Path) -> None:
    desk = ReviewDesk(out)
    one, two = (desk.next(Queue.AUDIT, name, 3) for name in ("ann", "bob"))
    assert not {item.sample for item in one} & {item.sample for item in two}
    by: dict[str, set[str]] = {"ann": set(), "bob": set()}
    for turn in range(200):
        name = ("ann", "bob")[turn % 2]
        if not (items := desk.next(Queue.AUDIT, name)):
            continue
        if items[0].repeat:
            assert items[0].sample not in by[name]
        by[name].add(items[0].sample)
        desk.record(said(items[0], reviewer=name))
    firsts = [v.sample for v in read_reviews(out) if not v.repeat]
    assert len(firsts) == len(set(firsts)) == SIZE


def test_undo_without_end_gives_each_sample_back(out: Path) -> None:
    desk = ReviewDesk(out)
    seen = []
    for word in (Said.ACCEPT, Said.REJECT, Said.SKIP):
        item = desk.next(Queue.AUDIT, "ann")[0]
        seen.append(item)
        desk.record(said(item, word))
    for item in reversed(seen):
        taken = desk.undo("ann")
        assert taken
        assert desk.item_of(taken) == item
    assert desk.undo("ann") is None
    assert desk.undo("bob") is None
    assert desk.next(Queue.AUDIT, "ann")[0] == seen[0]
    assert len(read_reviews(out)) == 6


def test_a_skipped_sample_comes_last_and_goes_to_others(out: Path) -> None:
    desk = ReviewDesk(out)
    item = desk.next(Queue.AUDIT, "ann")[0]
    desk.record(said(item, Said.SKIP))
    assert desk.next(Queue.AUDIT, "bob")[0].sample == item.sample
    assert desk.next(Queue.AUDIT, "ann", 100)[-1].sample == item.sample


def test_a_verdict_is_for_what_was_seen(out: Path) -> None:
    desk = ReviewDesk(out)
    item = desk.next(Queue.AUDIT, "ann")[0]
    number = int(item.sample[1:])
    lines = [_line(n) if n != number else _line(n, fields={"question": "Another?"}) for n in range(SIZE)]
    _write(out, lines)
    with pytest.raises(RunDirError, match="is not what you saw any more"):
        desk.record(said(item))
    _write(out, [line for line in lines if line["id"] != item.sample])
    with pytest.raises(RunDirError, match="is not in the dataset any more"):
        desk.record(said(item))
    assert not read_reviews(out)


def test_what_is_sent_again_is_kept_once(out: Path) -> None:
    desk = ReviewDesk(out)
    item = desk.next(Queue.AUDIT, "ann")[0]
    assert desk.record(said(item, key="k1")) == desk.record(said(item, Said.REJECT, key="k1"))
    assert desk.undo("ann", "k2")
    assert desk.undo("ann", "k2") is None
    assert len(read_reviews(out)) == 2


def test_an_audit_goes_on_over_the_same_set_once_flawed_ones_left(out: Path) -> None:
    desk = ReviewDesk(out)
    item = desk.next(Queue.AUDIT, "ann")[0]
    before = desk.record(said(item, Said.REJECT)).dataset
    _write(out, [_line(n) for n in range(SIZE) if f"s{n:03}" != item.sample])
    following = desk.next(Queue.AUDIT, "ann")[0]
    assert desk.record(said(following)).dataset == before
    _write(out, [_line(n) for n in range(SIZE + 1)])
    assert desk.record(said(desk.next(Queue.AUDIT, "ann")[0])).dataset != before


def test_the_most_doubtful_come_first_with_the_reason(out: Path) -> None:
    lines = [_line(n, scores={"judge.useful": 5}) for n in range(6)]
    lines[2] = _line(2, scores={"judge.useful": 3})
    lines[4] = _line(4, scores={"judge.useful": 2}, revisions=1)
    lines[5] = _line(5, scores={"judge.useful": 5}, evidence=[{"check": "price_kept", "status": "UNVERIFIABLE"}])
    _write(out, lines)
    desk = ReviewDesk(out, {"useful": 3})
    items = desk.next(Queue.ROUTED, "ann", 9)
    assert [item.sample for item in items] == ["s004", "s002", "s005"]
    assert items[0].why == "judge.useful 2; refined once"
    assert "price_kept" in items[2].why
    desk.record(said(items[0], Said.REJECT))
    assert [item.sample for item in desk.next(Queue.ROUTED, "ann", 9)] == ["s002", "s005"]


def test_two_reviewers_of_doubtful_samples_get_different_ones(out: Path) -> None:
    _write(out, [_line(n, scores={"judge.useful": 2}) for n in range(6)])
    desk = ReviewDesk(out)
    one, two = (desk.next(Queue.ROUTED, name, 3) for name in ("ann", "bob"))
    assert len(one) == len(two) == 3
    assert not {item.sample for item in one} & {item.sample for item in two}


def test_who_disagrees_is_adjudicated_once(out: Path) -> None:
    _write(out, [_line(n, scores={"judge.useful": 2}) for n in range(3)])
    desk = ReviewDesk(out)
    item = desk.next(Queue.ROUTED, "ann")[0]
    desk.record(said(item))
    desk.record(said(item, Said.REJECT, "bob"))
    asked = desk.next(Queue.ADJUDICATE, "eve", 9)
    assert [one.sample for one in asked] == [item.sample]
    assert asked[0].why == "ann: accept, bob: reject"
    desk.record(said(asked[0], Said.REJECT, "eve"))
    assert desk.next(Queue.ADJUDICATE, "eve", 9) == []


def _flaws(share: float) -> FlawedCopies:
    """Copies of the samples here, as a run's journal would have them."""
    loaded = load("chain")

    def record(id_: str) -> Record:
        brief = plan_brief(loaded, 1, 0, 0, int(id_[1:]), cell_of(loaded, 1, int(id_[1:])))
        fields = {
            plan.name: f"One {id_} is here. It has 12 parts. They cost 30 each." for plan in loaded.scenario.fields
        }
        return Record(verdict=Verdict.ACCEPTED, candidate=Candidate(brief=brief, fields=fields))

    return FlawedCopies(loaded, record, share)


def test_planted_copies_are_shown_as_samples_and_say_nothing_of_them(out: Path) -> None:
    desk = ReviewDesk(out, flaws=_flaws(0.1))
    first: list[str] = []
    while (items := desk.next(Queue.AUDIT, "ann")) and len(first) < 30:
        item = items[0]
        if not item.repeat:
            first.append(item.sample)
        assert desk.item_of(said(item)) == item
        desk.record(said(item, Said.REJECT if item.shown[0]["fields"].keys() != {"question"} else Said.ACCEPT))
    planted = [v for v in read_reviews(out) if v.planted]
    assert planted
    assert all(v.said is Said.REJECT for v in planted)
    assert len({v.sample for v in planted}) == len(planted)
    contents = {str(line["id"]): content_digest(line) for line in map(_line, range(SIZE))}
    assert [id_ for id_ in first if id_ not in {v.sample for v in planted}] == audit_order(audit_set(contents), 0)[
        : len(first) - len(planted)
    ]
    assert rejections_due(read_reviews(out), contents) == {}
    labels = labels_of(audit_set(contents), 0, read_reviews(out))
    assert (labels.planted, labels.noticed, len(labels.flawed)) == (len(planted), len(planted), 0)
    last = desk.undo("ann")
    assert last
    assert desk.item_of(last)
    again = ReviewDesk(out, flaws=_flaws(0.1)).next(Queue.AUDIT, "ann")[0]
    assert (again.sample, again.content) == (last.sample, last.content)


def test_what_curate_doubts_is_routed_while_it_is_what_was_seen(out: Path) -> None:
    lines = [_line(n, scores={"judge.useful": 5}) for n in range(4)]
    _write(out, lines)
    row = {
        "id": "s001",
        "content": content_digest(lines[1]),
        "doubts": ["label"],
        "margin": -0.5,
        "label": "a",
        "student": "b",
        "x": 1,
    }
    other = {**row, "id": "s002"}
    (out / "signals.jsonl").write_bytes(b"".join(orjson.dumps(one) + b"\n" for one in (row, other)))
    desk = ReviewDesk(out)
    items = desk.next(Queue.ROUTED, "ann", 9)
    assert [(item.sample, item.why) for item in items] == [
        ("s001", "curate doubts it: label (a student says b, not a)")
    ]
    (out / "signals.jsonl").write_text("{}\n")
    with pytest.raises(RunDirError, match="line 1: is no row of signals"):
        desk.next(Queue.ROUTED, "ann")


def test_what_curate_writes_of_a_run_is_what_a_reviewer_sees_first(out: Path) -> None:
    """The rows of `signals.jsonl` as they are: the furthest number first, and a label's guess without a label."""
    lines = [_line(n, scores={"judge.useful": 5}) for n in range(4)]
    _write(out, lines)
    seen = [
        SampleSignals(id=line["id"], content=content_digest(line), doubts=(doubt,), **more)
        for line, doubt, more in zip(
            lines, (Doubt.RESIDUAL, Doubt.RESIDUAL, Doubt.STUDENT, Doubt.PERSONAL),
            ({"number": 1.0, "predicted": 4.25, "residual": -3.0}, {"number": 5.0, "predicted": 1.5, "residual": 4.0},
             {"student": "reject", "probability": 0.9}, {"personal": ("email",)}), strict=True,
        )
    ]  # fmt: skip
    (out / "signals.jsonl").write_bytes(b"".join(orjson.dumps(one.model_dump(mode="json")) + b"\n" for one in seen))
    items = ReviewDesk(out).next(Queue.ROUTED, "ann", 9)
    assert [(item.sample, item.why) for item in items] == [
        ("s001", "curate doubts it: residual (has 5, a scorer expects 1.50)"),
        ("s000", "curate doubts it: residual (has 1, a scorer expects 4.25)"),
        ("s002", "curate doubts it: student (a student says reject)"),
        ("s003", "curate doubts it: personal"),
    ]


@pytest.mark.parametrize(
    ("word", "more", "why"),
    [
        (Said.LEFT, {}, "left is no word of the queue audit"),
        (Said.ACCEPT, {"edit": {"9": "x"}}, "names '9', which is no text"),
        (Said.ACCEPT, {"edit": {"question": "  "}}, "leaves question empty"),
        (Said.ACCEPT, {"edit": {"question": "x" * 20_001}}, "20,001 characters; 20,000 are the most"),
        (Said.ACCEPT, {"edit": {"question": "a\x00b"}}, "the control character 0x00"),
        (Said.ACCEPT, {"edit": {"question": "a\ud800b"}}, "half a character"),
        (Said.REJECT, {"remark": "\x1b[2J"}, "the control character 0x1b"),
        (Said.REJECT, {"reasons": ("x",) * 21}, "reasons: at most 20"),
    ],
)
def test_what_can_never_be_carried_out_is_refused_when_it_is_said(
    word: Said, more: dict[str, object], why: str, out: Path
) -> None:
    desk = ReviewDesk(out)
    with pytest.raises(SettingsError) as caught:
        desk.record(said(desk.next(Queue.AUDIT, "ann")[0], word, **more))
    assert why in str(caught.value)
    assert not read_reviews(out)
