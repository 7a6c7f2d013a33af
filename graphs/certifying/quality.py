"""quality.json: a claim with all that it takes to derive it again. The claim goes into the dataset's card and the certificate, too."""

from __future__ import annotations

import hashlib
from pathlib import Path

import orjson
from pydantic import ValidationError

from evaluation.verdicts.agreement import RaterAgreement, agreement
from evaluation.verdicts.audit import CONFIDENCE
from graphs.certifying.claim import QualityClaim, claim_of, in_words
from graphs.certifying.labels import labels_of
from graphs.files.card import put_quality
from graphs.files.certificate import certify_file
from graphs.files.rundir import run_dir_faults, write_bytes
from graphs.reviewing.accepted import accepted_samples
from graphs.reviewing.log import REVIEWS, read_reviews
from graphs.reviewing.order import kept_set
from graphs.reviewing.verdicts import PersonVerdict, last_in_audit
from scenarios.errors import RunDirError, UserError
from scenarios.frozen import Frozen
from scenarios.reading.bounded import read_bounded

QUALITY = "quality.json"
_LARGEST = 16 * 1024 * 1024


class Quality(Frozen):
    """What quality.json holds."""

    claim: QualityClaim
    lines: int
    """The lines of reviews.jsonl that it rests on, from the first, and"""
    reviews: str
    """their SHA-256."""
    agreement: RaterAgreement | None = None
    """Of samples that were judged twice on purpose."""


def certify(out: Path, *, seed: int | None = None, confidence: float = CONFIDENCE) -> Quality:
    """Derive the claim from the last audit of the dataset in `out` (with this seed, if one is given), and write it to quality.json,
    the card and the certificate. Raises UserError."""
    said = read_reviews(out)
    if (last := last_in_audit(said, seed)) is None:
        which = "" if seed is None else f" with seed={seed}"
        raise RunDirError(
            f"out={out}: nobody has audited it{which} yet; python -m graphs.studio out={out} opens the page: choose the queue audit"
        )
    made = _derived(out, said, last.dataset, last.seed, confidence)
    _write(out, made)
    return made


def read_quality(out: Path) -> Quality | None:
    """What quality.json says; None if there is none. Raises RunDirError."""
    path = out / QUALITY
    try:
        return Quality.model_validate_json(read_bounded(path, _LARGEST))
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error.strerror
        raise RunDirError(
            f"{path}: cannot be read ({why}); python -m graphs.certify out={out} writes it anew"
        ) from None


def refresh_quality(out: Path) -> None:
    """After the dataset was written anew: say what of an earlier claim still holds, in quality.json, the card and the certificate.
    Without a claim, do nothing. Raises OSError."""
    try:
        before = read_quality(out)
    except UserError:
        return  # graphs.verify says what is wrong with it
    if before is None:
        return
    claim = before.claim
    try:
        made = _derived(out, read_reviews(out)[: before.lines], claim.dataset, claim.seed, claim.confidence)
    except UserError as error:
        void = claim.model_copy(update={"void": f"it cannot be derived any more ({error})"})
        made = before.model_copy(update={"claim": void.model_copy(update={"sentence": in_words(void)})})
    _write(out, made)


def quality_differs(out: Path) -> str:
    """What of quality.json is not what the verdicts and the dataset give, in words; empty if all is, or there is none. Raises
    UserError."""
    told = read_quality(out)
    if told is None:
        return ""
    if (raw := _first_lines(out, told.lines)) is None or hashlib.sha256(raw).hexdigest() != told.reviews:
        return f"{QUALITY}: the first {told.lines} lines of {REVIEWS} are not those that it rests on"
    claim = told.claim
    again = _derived(out, read_reviews(out)[: told.lines], claim.dataset, claim.seed, claim.confidence)
    if again == told:
        return ""
    if again.claim == claim:
        return f"{QUALITY}: agreement is {again.agreement}, not {told.agreement}"
    for name in QualityClaim.model_fields:
        if (now := getattr(again.claim, name)) != (then := getattr(claim, name)):
            return f"{QUALITY}: {name} is {now!r}, not {then!r}"
    raise AssertionError("two claims that differ differ in a field")


def _derived(out: Path, said: list[PersonVerdict], digest: str, seed: int, confidence: float) -> Quality:
    drawn_from = kept_set(out, digest)
    _, now = accepted_samples(out)
    twice = labels_of(drawn_from, seed, said).twice
    raw = _first_lines(out, len(said)) or b""
    return Quality(
        claim=claim_of(drawn_from, seed, said, now, confidence), lines=len(said), reviews=hashlib.sha256(raw).hexdigest(),
        agreement=agreement([[word.value for word in pair] for pair in twice], categories=2) if twice else None,
    )  # fmt: skip


def _first_lines(out: Path, count: int) -> bytes | None:
    """So many lines of reviews.jsonl; None if it has fewer."""
    try:
        lines = (out / REVIEWS).read_bytes().split(b"\n")[:-1]
    except OSError:
        return None
    return b"".join(line + b"\n" for line in lines[:count]) if len(lines) >= count else None


def _write(out: Path, made: Quality) -> None:
    with run_dir_faults(out):
        text = orjson.dumps(made.model_dump(mode="json"), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
        write_bytes(out / QUALITY, text)
        put_quality(out, made.claim.sentence)
        certify_file(out, QUALITY)
