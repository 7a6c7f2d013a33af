"""The order of an audit: random, and fixed by the set and a seed, so that nobody chooses what counts and anybody can derive it.

What was drawn from is kept beside the verdicts, by the digest of each content: samples that leave the dataset later, perhaps
because the audit found them flawed, were drawn from all the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

import orjson
from pydantic import Field, ValidationError

from graphs.files.rundir import run_dir_faults, write_bytes
from graphs.reviewing.verdicts import set_digest
from scenarios.errors import RunDirError
from scenarios.frozen import Frozen
from scenarios.reading.bounded import read_bounded

AUDITS = "audits"
"""The folder with the sets that audits drew from, one file each, named by the set's digest."""
_LARGEST = 1024 * 1024 * 1024
_HEX = frozenset("0123456789abcdef")


class AuditSet(Frozen):
    """What an audit draws from: of each sample the digest of its content, by id."""

    digest: str
    contents: dict[str, str] = Field(min_length=1)


_orders: dict[tuple[str, int], tuple[str, ...]] = {}
"""Orders that were worked out: the page asks for one after each verdict."""
_MOST_ORDERS = 16


def audit_set(contents: Mapping[str, str]) -> AuditSet:
    """The set of these samples."""
    return AuditSet(digest=set_digest(contents), contents=dict(sorted(contents.items())))


def audit_order(drawn_from: AuditSet, seed: int) -> list[str]:
    """The ids in the order in which they are audited: by the SHA-256 of set, seed and id."""
    if (order := _orders.get((drawn_from.digest, seed))) is None or len(order) != len(drawn_from.contents):
        order = tuple(sorted(drawn_from.contents, key=lambda id_: fraction(drawn_from.digest, seed, id_, "order")))
        if len(_orders) >= _MOST_ORDERS:
            _orders.clear()
        _orders[drawn_from.digest, seed] = order
    return list(order)


def fraction(digest: str, seed: int, id_: str, what: str) -> float:
    """A number from 0 up to 1 that set, seed and id decide, another one for each `what`."""
    made = hashlib.sha256(f"{what}:{digest}:{seed}:{id_}".encode()).digest()
    return int.from_bytes(made[:7], "big") / 2**56


def keep_set(out: Path, drawn_from: AuditSet) -> None:
    """Write the set into `out`, unless it is there. Raises RunDirError."""
    path = _path(out, drawn_from.digest)
    if not path.exists():
        with run_dir_faults(out):
            path.parent.mkdir(exist_ok=True)
            write_bytes(path, orjson.dumps(drawn_from.model_dump(), option=orjson.OPT_APPEND_NEWLINE))


def kept_set(out: Path, digest: str) -> AuditSet:
    """The set with this digest. Raises RunDirError if it is not in `out`, or is another one."""
    if len(digest) != 64 or not _HEX.issuperset(digest):
        raise RunDirError(
            f"out={out}: an audit names the set '{digest[:80]}', which is no digest; restore reviews.jsonl"
        )
    path = _path(out, digest)
    try:
        found = AuditSet.model_validate_json(read_bounded(path, _LARGEST))
    except FileNotFoundError:
        raise RunDirError(
            f"{path}: is missing, and without it nobody knows what the audit drew from; restore it"
        ) from None
    except (OSError, ValidationError) as error:
        why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error.strerror
        raise RunDirError(f"{path}: cannot be read ({why}); restore it") from None
    if found.digest != digest or set_digest(found.contents) != digest:
        raise RunDirError(f"{path}: was changed: its digest is not its name; restore it")
    return found


def _path(out: Path, digest: str) -> Path:
    return out / AUDITS / f"{digest}.json"
