"""The certificate of a run directory: what its files were when the run ended, and what they were checked with.

It shows changes that no check can see. Who can change a file can change the certificate beside it, too: it proves
something to whoever has its digest, or the dataset's, from elsewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

import orjson
from pydantic import Field, ValidationError

from agents.checks.registry import CHECKS
from graphs.files.rundir import write_bytes
from graphs.settings.binding import scenario_digest
from scenarios.errors import RunDirError
from scenarios.frozen import Frozen
from scenarios.loading import Loaded
from scenarios.reading.bounded import read_bounded

CERTIFICATE = "certificate.json"
_SHORT = 16
_LARGEST = 512 * 1024 * 1024


class Certified(Frozen):
    """One file."""

    records: int
    sha256: str
    """Of the whole file."""
    lines: tuple[str, ...]
    """The first 64 bits of each line's SHA-256: they tell which one was changed."""


class Certificate(Frozen):
    """What certificate.json holds."""

    scenario: str
    scenario_digest: str
    """Of the scenario with all the files that it names, without what was measured of models."""
    world_digest: str = ""
    """Of the source of the world, if it plays in one."""
    checks: dict[str, int]
    """The version of each check at the end of the run."""
    files: dict[str, Certified] = Field(default_factory=dict)


def digest_of_line(raw: bytes) -> str:
    """A line's digest, without its end."""
    return hashlib.sha256(raw).hexdigest()[:_SHORT]


def source_digest(loaded: Loaded) -> str:
    """A digest of what a scenario's records are derived from: measuring a model later does not change it."""
    unmeasured = loaded.scenario.model_copy(update={"calibration": ()})
    return scenario_digest(loaded.model_copy(update={"scenario": unmeasured}))


def write_certificate(out: Path, loaded: Loaded, names: Iterable[str]) -> None:
    """Certify those of the files `names` that are in `out`."""
    made = Certificate(
        scenario=loaded.scenario.name,
        scenario_digest=source_digest(loaded),
        world_digest=loaded.world_digest,
        checks={plan.name: CHECKS[plan.name].version for plan in loaded.scenario.checks if plan.name in CHECKS},
        files={name: _certified(out / name) for name in names if (out / name).is_file()},
    )
    _write(out, made)


def certify_file(out: Path, name: str) -> None:
    """Let the certificate in `out` vouch for one more file, or for it as it is now; without a certificate, do nothing. Raises
    OSError and RunDirError."""
    if made := read_certificate(out):
        _write(out, made.model_copy(update={"files": {**made.files, name: _certified(out / name)}}))


def _write(out: Path, made: Certificate) -> None:
    text = orjson.dumps(made.model_dump(mode="json"), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    write_bytes(out / CERTIFICATE, text)


def _certified(path: Path) -> Certified:
    whole, lines = hashlib.sha256(), list[str]()
    with path.open("rb") as file:
        for raw in file:
            whole.update(raw)
            lines.append(digest_of_line(raw.rstrip(b"\n")))
    return Certified(records=len(lines), sha256=whole.hexdigest(), lines=tuple(lines))


def read_certificate(out: Path) -> Certificate | None:
    """The certificate in `out`, or None if there is none. Raises RunDirError if it cannot be read."""
    path = out / CERTIFICATE
    try:
        return Certificate.model_validate_json(read_bounded(path, _LARGEST))
    except FileNotFoundError:
        return None
    except (OSError, ValidationError) as error:
        why = error.errors()[0]["msg"] if isinstance(error, ValidationError) else error.strerror
        raise RunDirError(f"{path}: cannot be read ({why}); remove it to verify without it") from None
