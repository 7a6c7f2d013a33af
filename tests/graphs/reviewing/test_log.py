"""reviews.jsonl: nothing acknowledged is lost, nothing is rewritten."""

from __future__ import annotations

from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from graphs.reviewing.log import REVIEWS, append_verdict, read_reviews
from graphs.reviewing.verdicts import PersonVerdict, Queue, Said, standing
from scenarios.errors import RunDirError


def verdict(sample: str = "a", said: Said = Said.ACCEPT, reviewer: str = "ann", **more: object) -> PersonVerdict:
    """A verdict of an audit."""
    told = {"number": 1, "queue": Queue.AUDIT, "content": "c", "reviewer": reviewer, "sample": sample, "said": said}
    return PersonVerdict.model_validate(told | more)


def _append(out: Path, sample: str, **more: object) -> PersonVerdict:
    return append_verdict(out, lambda _: verdict(sample, **more))  # type: ignore[arg-type]


def test_what_a_kill_cut_off_goes_and_nothing_else(tmp_path: Path) -> None:
    for sample in ("a", "b", "c é"):
        _append(tmp_path, sample)
    path = tmp_path / REVIEWS
    whole = path.read_bytes()
    ends = [place + 1 for place, byte in enumerate(whole) if byte == ord("\n")]
    for size in range(len(whole) + 1):
        path.write_bytes(whole[:size])
        kept = sum(end <= size for end in ends)
        assert [one.sample for one in read_reviews(tmp_path)] == ["a", "b", "c é"][:kept]
        assert _append(tmp_path, "d").number == kept + 1
        assert [one.sample for one in read_reviews(tmp_path)] == [*["a", "b", "c é"][:kept], "d"]


def _many(out: Path, name: str) -> None:
    for number in range(30):
        _append(out, f"{name}{number}", reviewer=name)


def test_two_processes_lose_nothing(tmp_path: Path) -> None:
    context = get_context("fork")
    workers = [context.Process(target=_many, args=(tmp_path, name)) for name in ("ann", "bob")]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    said = read_reviews(tmp_path)
    assert [one.number for one in said] == list(range(1, 61))
    assert {name: [one.sample for one in said if one.reviewer == name] for name in ("ann", "bob")} == {
        name: [f"{name}{number}" for number in range(30)] for name in ("ann", "bob")
    }


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"{", "line 2: is no verdict (it is no JSON)"),
        (b"{}", "line 2: is no verdict (Field required)"),
        (
            b'{"number":9,"reviewer":"a","queue":"audit","sample":"a","content":"c","said":"accept"}',
            "line 2: says number 9",
        ),
    ],
)
def test_a_line_that_is_none_is_named_and_kept(line: bytes, why: str, tmp_path: Path) -> None:
    _append(tmp_path, "a")
    path = tmp_path / REVIEWS
    whole = path.read_bytes() + line + b"\n"
    path.write_bytes(whole)
    with pytest.raises(RunDirError) as caught:
        read_reviews(tmp_path)
    assert why in str(caught.value)
    with pytest.raises(RunDirError):
        _append(tmp_path, "b")
    assert path.read_bytes() == whole


def test_only_ones_own_words_are_taken_back_and_the_last_stands() -> None:
    said = [
        verdict("a", number=1),
        verdict("a", Said.REJECT, number=2),
        verdict("b", number=3),
        verdict("b", Said.UNDO, number=4, undoes=3),
        verdict("c", number=5),
        verdict("c", Said.UNDO, "bob", number=6, undoes=5),
        verdict("a", Said.ACCEPT, "bob", number=7),
        verdict("d", Said.SKIP, number=8),
        verdict("a", Said.ACCEPT, number=9, repeat=True),
    ]
    assert [one.number for one in standing(said)] == [2, 5, 7, 9]
    undone = [*said, verdict("a", Said.UNDO, number=10, undoes=2)]
    assert [one.number for one in standing(undone)] == [1, 5, 7, 9]


def _until_killed(out: Path, told: Connection) -> None:
    for number in range(10_000):
        told.send(_append(out, f"s{number}").sample)


@pytest.mark.parametrize("after", [1, 7, 40])
def test_a_killed_process_loses_no_acknowledged_verdict(tmp_path: Path, after: int) -> None:
    context = get_context("fork")
    heard, told = context.Pipe(duplex=False)
    worker = context.Process(target=_until_killed, args=(tmp_path, told))
    worker.start()
    told.close()
    acknowledged = [heard.recv() for _ in range(after)]
    worker.kill()
    worker.join()
    while heard.poll():
        try:
            acknowledged.append(heard.recv())
        except EOFError:
            break
    kept = [one.sample for one in read_reviews(tmp_path)]
    assert kept[: len(acknowledged)] == acknowledged
    assert len(kept) <= len(acknowledged) + 1
    assert _append(tmp_path, "then").number == len(kept) + 1
