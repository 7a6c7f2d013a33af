"""What a person said of a sample in a review, and which of it stands.

The words of all reviewers of a directory are one list in the order in which they were said. Nothing in it is ever changed: who
takes a verdict back says so in a later line, and who says another of the same content replaces their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

import orjson
from pydantic import Field

from scenarios.frozen import Frozen


class Queue(StrEnum):
    """Which samples a reviewer is shown, and in what order."""

    AUDIT = "audit"
    """Drawn at random, with nothing that judges or checks said: the only verdicts that `certify` counts."""
    ROUTED = "routed"
    """Those that signals, judges or checks doubt, the most doubtful first."""
    PAIRS = "pairs"
    """Two samples side by side."""
    ADJUDICATE = "adjudicate"
    """Those on which reviewers disagree."""


class Said(StrEnum):
    """One thing that a reviewer can say."""

    ACCEPT = "accept"
    REJECT = "reject"
    SKIP = "skip"
    LEFT = "left"
    """Of a pair: the left one is better."""
    RIGHT = "right"
    TIE = "tie"
    UNDO = "undo"
    """The line `undoes` is taken back."""


class PersonVerdict(Frozen):
    """One line of reviews.jsonl."""

    number: int = Field(ge=1)
    """Its place in the file, from 1."""
    reviewer: str = Field(min_length=1, max_length=80)
    queue: Queue
    sample: str = Field(min_length=1)
    """The sample's id; of a pair, that of the left one as it was shown."""
    against: str = ""
    """Of a pair, the right one's id as it was shown."""
    content: str
    """The digest of what the reviewer saw (`content_digest`; of a pair, of both contents in the order left, right)."""
    said: Said
    flag: bool = False
    reasons: tuple[str, ...] = ()
    turn: int | None = Field(default=None, ge=0)
    """The message that the reviewer marked, as `Evidence.turn` counts."""
    remark: str = Field(default="", max_length=20_000)
    edit: dict[str, str] | None = None
    """Texts that the reviewer put in the place of others: of a task by field, of a conversation by the message's number."""
    redo: bool = False
    """With a rejection: make the brief again, with the remark as advice."""
    planted: str = ""
    """The kind of defect, if a flawed copy was shown to measure the reviewer; a verdict on it says nothing of the sample."""
    repeat: bool = False
    """The reviewer, or another, was shown it a second time on purpose."""
    dataset: str = ""
    """In an audit: the digest of the set that was drawn from (`set_digest`)."""
    seed: int = 0
    """In an audit: what decides the order together with `dataset`."""
    undoes: int | None = None
    key: str = Field(default="", max_length=80)
    """Made by who sends it: what is sent again after a fault is not kept twice."""
    seconds: float = Field(default=0.0, ge=0)
    """How long the reviewer looked."""
    at: str = ""
    """When it was said: UTC, ISO 8601."""


def content_digest(line: Mapping[str, Any]) -> str:
    """What a verdict is tied to: the SHA-256 of a dataset line's messages or fields and of nothing else."""
    told = {key: line[key] for key in ("messages", "fields") if key in line}
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()


def set_digest(contents: Mapping[str, str]) -> str:
    """The digest of a set of samples, given the digest of each content by id. It does not depend on their order."""
    return hashlib.sha256(orjson.dumps(sorted(contents.items()))).hexdigest()


def standing(verdicts: Iterable[PersonVerdict]) -> list[PersonVerdict]:
    """What still stands, in order: neither taken back nor replaced by what the same reviewer later said of the same content in the
    same queue. A repeat on purpose is a verdict of its own, skips say nothing, and a reviewer takes back only their own words."""
    said: list[PersonVerdict] = sorted(verdicts, key=lambda verdict: verdict.number)
    undone = _taken_back(said)
    last: dict[tuple[object, ...], PersonVerdict] = {}
    for verdict in said:
        if verdict.number not in undone and verdict.said is not Said.UNDO:
            about = (verdict.sample, verdict.against, verdict.content, verdict.planted, verdict.repeat)
            last[(verdict.reviewer, verdict.queue, *about)] = verdict
    return sorted((v for v in last.values() if v.said is not Said.SKIP), key=lambda verdict: verdict.number)


def last_in_audit(said: Iterable[PersonVerdict], seed: int | None = None) -> PersonVerdict | None:
    """What was last said in an audit (with this seed, if one is given): it names the set that is being audited. Who takes a word of
    an earlier audit back does not go back to that one."""
    found = [v for v in said if v.queue is Queue.AUDIT and v.dataset and v.said is not Said.UNDO]
    return next((v for v in reversed(found) if seed in {None, v.seed}), None)


def _taken_back(said: Sequence[PersonVerdict]) -> set[int]:
    by_number = {verdict.number: verdict for verdict in said}
    undone: set[int] = set()
    for verdict in said:
        if verdict.said is Said.UNDO and (of := by_number.get(verdict.undoes or 0)) and of.reviewer == verdict.reviewer:
            undone.add(of.number)
    return undone
