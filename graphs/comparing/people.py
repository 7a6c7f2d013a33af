"""Pairs for people: written where the review page finds them, and what reviewers said of them.

The directory of a comparison holds `dataset.jsonl`, the samples under ids that say nothing of where they are from, `pairs.jsonl`,
and `reviews.jsonl`, where verdicts go.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import orjson

from graphs.comparing.judging import Judged
from graphs.comparing.pairing import PiecePair
from graphs.files.rundir import DATASET, run_dir_faults, write_bytes
from graphs.reviewing.log import read_reviews
from graphs.reviewing.pairs import PAIRS
from graphs.reviewing.verdicts import Queue, Said, content_digest, standing

_SHARE = {Said.LEFT: 1.0, Said.RIGHT: 0.0, Said.TIE: 0.5}


def write_pairs(out: Path, pairs: Sequence[PiecePair]) -> None:
    """Write the pairs for the review page. Raises RunDirError."""
    shown = {piece.id: piece.shown for pair in pairs for piece in (pair.left, pair.right)}
    lines = [orjson.dumps({"id": id_, **one}, option=orjson.OPT_APPEND_NEWLINE) for id_, one in sorted(shown.items())]
    both = sorted({(*sorted((pair.left.id, pair.right.id)),) for pair in pairs if pair.left.id != pair.right.id})
    told = [orjson.dumps({"pair": list(one)}, option=orjson.OPT_APPEND_NEWLINE) for one in both]
    with run_dir_faults(out):
        out.mkdir(parents=True, exist_ok=True)
        write_bytes(out / DATASET, b"".join(lines))
        write_bytes(out / PAIRS, b"".join(told))


def said_by_people(out: Path, pairs: Sequence[PiecePair]) -> list[Judged | None]:
    """What people said of each pair: the mean of all reviewers' verdicts on these very contents; None if nobody has. Raises
    RunDirError."""
    shares: dict[tuple[str, str], list[float]] = defaultdict(list)
    words: dict[tuple[str, str], list[str]] = defaultdict(list)
    shown = {piece.id: content_digest(piece.shown) for pair in pairs for piece in (pair.left, pair.right)}
    for one in standing(read_reviews(out)):
        if one.queue is not Queue.PAIRS or one.said not in _SHARE or {one.sample, one.against} - shown.keys():
            continue
        if one.content == content_digest({"messages": [shown[one.sample], shown[one.against]]}):
            shares[one.sample, one.against].append(_SHARE[one.said])
            shares[one.against, one.sample].append(1 - _SHARE[one.said])
            for key in ((one.sample, one.against), (one.against, one.sample)):
                words[key] += [one.remark] if one.remark else []
    return [_judged(pair, shares, words) for pair in pairs]


def _judged(
    pair: PiecePair, shares: dict[tuple[str, str], list[float]], words: dict[tuple[str, str], list[str]]
) -> Judged | None:
    key = (pair.left.id, pair.right.id)
    if key[0] == key[1]:
        return Judged(0.5, "They say the same.")
    if not shares.get(key):
        return None
    return Judged(sum(shares[key]) / len(shares[key]), " · ".join(words[key]))
