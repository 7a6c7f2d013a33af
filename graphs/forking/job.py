"""What is to be done, worked out from the command's words and the run that they name, before anything is written or asked."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from graphs.campaign.belonging import misfit_of_sample
from graphs.files.agreement import CONTENT, SCENARIO, Bound
from graphs.files.axes import as_run
from graphs.files.calls import StoredCall, stored_call
from graphs.files.inside import check_inside
from graphs.files.places import lasting
from graphs.files.rundir import FORK, JOURNAL, check_usable, is_run
from graphs.forking.branches import briefs_of, check_turn
from graphs.forking.words import ForkRequest
from graphs.preparation import Preparation, prepare_beside
from graphs.settings.binding import binding
from graphs.settings.sources import source_digests
from graphs.trace import whole_id
from memory.journal.reading import JournalReader, read_journal
from scenarios.errors import RunDirError, SettingsError
from scenarios.frozen import Frozen
from scenarios.reading.bounded import json_of, read_bounded
from scenarios.records import Brief, Record

_WORDS = {CONTENT: "prompts or decoding"}
_FORKS = "forks"
"""The folder in a run's directory for the branches of its samples."""


class ForkNote(Frozen):
    """What fork.json holds: from what the branches in a directory stem."""

    of: str
    """The id of the sample."""
    turn: int
    changes: dict[str, str]
    """The settings that differ in one half of them, as they were typed."""
    digest: str = ""
    """Of what comes of these settings; nothing if none differs."""


@dataclass(frozen=True)
class ForkJob:
    """A fork, ready to be made."""

    note: ForkNote
    record: Record
    """Of the sample."""
    source: Path
    """The run's directory."""
    home: Path
    """The directory of the branches."""
    as_before: Preparation
    """Of the branches in which no setting differs."""
    changed: Preparation | None
    """Of the others, if there are any."""
    briefs: tuple[Brief, ...]
    differs: dict[str, tuple[str, str]]
    """What differs between the two, by key: before and after."""

    def of(self, brief: Brief) -> Preparation:
        """By what a branch is made."""
        return self.changed if self.changed and brief.opening and brief.opening.changes else self.as_before

    def bound(self) -> Bound:
        """What decides the outcome: a command that goes on with these branches must agree with it."""
        found = _binding(self.as_before)
        found[SCENARIO] = lasting(self.as_before.stored(), self.home)[SCENARIO]
        return Bound(found, source_digests(self.as_before.loaded), self.as_before.given)


def job_of(asked: ForkRequest) -> ForkJob:
    """The fork that is asked for. Raises UserError; nothing is written, and nobody is asked."""
    journal = asked.out / JOURNAL
    if not os.path.isfile(journal):  # noqa: PTH113 - Path.is_file raises if a name is too long
        raise RunDirError(f"out={asked.out}: holds no run; give the directory of one")
    check_inside(asked.out)
    record, calls = read_journal(journal, lambda reading: _sample(reading, asked))
    as_before = _prepared(asked, changed=False)
    if misfit := misfit_of_sample(as_before.loaded, record):
        raise RunDirError(f"{journal}: {misfit}")
    check_turn(as_before.loaded, record, asked.turn)
    changed = _prepared(asked, changed=True) if asked.changing else None
    differs = _differences(as_before, changed) if changed else {}
    if changed and not differs:
        keys = ", ".join(f"{key}={value}" for key, value in asked.changes.items())
        raise SettingsError(
            f"{keys}: is what the run has, so the branches would not differ; give another value, or leave it out"
        )
    if not changed and asked.branches == 1:
        raise SettingsError(
            "branches=1: is one other draw, with nothing beside it; write branches=2, or a setting that differs"
        )
    if changed and (one_too_many := _weights_differ(as_before, changed)):
        raise SettingsError(one_too_many)
    if changed and (misfit := misfit_of_sample(changed.loaded, record)):
        raise SettingsError(f"the changed scenario cannot go on with {misfit}")
    note = ForkNote(of=record.candidate.brief.id, turn=asked.turn, changes=asked.changes, digest=_digest(differs))
    home = asked.into or asked.out / _FORKS / "-".join(filter(None, [note.of, f"t{note.turn}", note.digest]))
    briefs = briefs_of(
        as_before.loaded, record, calls, note.turn, asked.branches or (1 if changed else 2), note.changes, note.digest
    )
    _check_home(home, note)
    told = {_WORDS.get(key, key): _both(key, *pair) for key, pair in differs.items()}
    return ForkJob(
        note,
        record,
        asked.out,
        home,
        _at(home, as_before),
        _at(home, changed) if changed else None,
        tuple(briefs),
        told,
    )


def _sample(reading: JournalReader, asked: ForkRequest) -> tuple[Record, list[StoredCall]]:
    id_ = whole_id(reading.ids(), asked.id, str(asked.out))
    record = reading.record(id_)
    if record is None:
        raise SettingsError(
            f"id={id_}: is under way, and not yet a whole conversation; wait until the run has decided on it"
        )
    return record, [stored_call(row) for row in reading.calls(id_)]


def _prepared(asked: ForkRequest, *, changed: bool) -> Preparation:
    prepared = prepare_beside(asked.out, asked.given(changed=changed))
    prepared.models  # noqa: B018 - what is wrong with them is said before anything is written
    return replace(prepared, loaded=as_run(prepared.loaded, asked.out))


def _binding(prepared: Preparation) -> dict[str, Any]:
    return binding(prepared.settings, prepared.models, prepared.loaded)


def _at(home: Path, prepared: Preparation) -> Preparation:
    return replace(prepared, out=home, settings=prepared.settings.model_copy(update={"out": str(home)}))


def _differences(before: Preparation, after: Preparation) -> dict[str, tuple[Any, Any]]:
    """What differs in what decides the outcome, by key: not how it is said, but what comes of it."""
    one, other = (_effective(side) for side in (before, after))
    keys = sorted({*one, *other})
    return {key: (one.get(key), other.get(key)) for key in keys if one.get(key) != other.get(key)}


def _digest(differs: Mapping[str, tuple[Any, Any]]) -> str:
    """A few letters that stand for what differs; nothing if nothing does."""
    if not differs:
        return ""
    after = {key: pair[1] for key, pair in differs.items()}
    return hashlib.blake2b(orjson.dumps(after, option=orjson.OPT_SORT_KEYS), digest_size=3).hexdigest()


def _effective(prepared: Preparation) -> dict[str, Any]:
    found = {
        key: value for key, value in _binding(prepared).items() if key != "topology" and not key.startswith("llm.")
    }
    named = prepared.settings.topology or prepared.loaded.scenario.topology
    found["topology"] = named if isinstance(named, str) else "the scenario's own"
    return found


def _both(key: str, one: Any, other: Any) -> tuple[str, str]:
    if key == CONTENT:
        return "as in the run", "changed"
    before, after = ("none" if value in (None, "") else str(value) for value in (one, other))
    return before, after


def _weights_differ(before: Preparation, after: Preparation) -> str:
    if before.weights and after.weights and before.weights != after.weights:
        return "llm.gguf: both branches are made at once, and this machine holds one embedded model; give the other an endpoint"
    return ""


def _check_home(home: Path, note: ForkNote) -> None:
    """Raise RunDirError unless branches of this kind can be made in `home`, or are there."""
    path = home / FORK
    if not path.is_file():
        if is_run(home):
            raise RunDirError(f"into={home}: holds a run; give another directory for its branches")
        check_usable(home)
        return
    check_inside(home)
    try:
        there = ForkNote.model_validate(json_of(read_bounded(path)))
    except (OSError, ValueError) as error:
        why = " ".join(str(error).split())[:200]
        raise RunDirError(f"{path}: cannot be read ({why}); give another into=") from None
    if there != note:
        changes = ", ".join(f"{key}={value}" for key, value in there.changes.items())
        raise RunDirError(
            f"into={home}: holds branches of {there.of} from turn {there.turn}{f' with {changes}' if changes else ''}; give another directory"
        )
