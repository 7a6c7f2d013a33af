"""An export from end to end: read, split, shape, write, read back, compare."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from graphs.exporting.formats.registry import TARGETS
from graphs.exporting.formats.target import Row
from graphs.exporting.pairing import paired
from graphs.exporting.reading import Reader
from graphs.exporting.sample import Heard, Lesson, Unfit, is_mute
from graphs.exporting.shaping import Shaping, shaped
from graphs.exporting.splitting import Split, split
from graphs.files.rundir import write_bytes
from graphs.files.wording import many
from scenarios.errors import DatasetError, RunDirError, SettingsError
from scenarios.frozen import Frozen
from scenarios.reading.bounded import read_bounded
from scenarios.reading.files import read_text

MANIFEST = "export.json"
"""Beside the targets' folders: what was exported how, and which folders are ours to write anew."""


class ExportPlan(Frozen):
    """What is to be exported, and how."""

    out: Path
    targets: tuple[str, ...]
    into: Path
    lesson: Lesson
    shape: Shaping
    split: Mapping[str, float]
    seed: int = 0
    prompt: str = ""
    answer: str = ""


class Exported(Frozen):
    """What became of one target."""

    target: str
    folder: Path
    rows: int
    read_back: int
    """Rows that were heard as they were meant."""
    differs: str
    """The first row that was not, if there is one."""
    how: str
    left_out: dict[str, int]
    """Samples that it cannot express, by reason."""
    changed: dict[str, int]
    """What was changed so that it fits, or is to be looked at, by what: samples."""
    notes: tuple[str, ...]

    @property
    def proved(self) -> bool:
        """Whether every row was read back as it was meant."""
        return self.read_back == self.rows

    @property
    def told(self) -> tuple[str, ...]:
        """What a command says of it."""
        first = f"{self.target}: {self.read_back} of {many(self.rows, 'row')} read back"
        if not self.rows:
            lines = [f"{self.target}: no row: it can express none of the samples"]
        elif self.proved:
            lines = [f"{first}, 0 dropped, tool calls and texts equal ({self.how})"]
        else:
            lines = [f"{first}, {self.rows - self.read_back} dropped or changed: {self.differs} ({self.how})"]
        lines += [f"  left out: {many(count, 'sample')}: {why}" for why, count in self.left_out.items()]
        lines += [f"  in {many(count, 'sample')}: {what}" for what, count in self.changed.items()]
        lines += [f"  note: {note}" for note in self.notes]
        return tuple(lines)


def export(plan: ExportPlan, say: Callable[[str], None]) -> tuple[Split, list[Exported]]:
    """Export a dataset. `say` hears how far it is. Raises UserError; what is there stays as it was then."""
    try:
        return _export(plan, say)
    except OSError as error:
        raise SettingsError(
            f"into={plan.into}: cannot be written ({error.strerror or error}); give another folder"
        ) from None


def _export(plan: ExportPlan, say: Callable[[str], None]) -> tuple[Split, list[Exported]]:
    ours = _ours(plan.into)
    for name in plan.targets:
        if (plan.into / name).exists() and name not in ours:
            raise SettingsError(f"into={plan.into}: holds {name}, which no export put there; give another folder")
    system = None
    if plan.shape.system not in ("keep", "drop"):
        system = read_text(Path(plan.shape.system), SettingsError).strip()
    samples = Reader(plan.out, plan.prompt, plan.answer).read(plan.lesson)
    if not samples:
        what = {Lesson.SFT: "accepted sample", Lesson.DPO: "pair", Lesson.KTO: "verdict"}[plan.lesson]
        raise DatasetError(f"out={plan.out}: holds no {what} to export")
    say(f"{many(len(samples), 'sample')} read")
    parts = split(samples, dict(plan.split), plan.seed)
    found = []
    for name in plan.targets:
        if plan.lesson not in TARGETS[name].lessons:
            fits = ", ".join(sorted(one for one, target in TARGETS.items() if plan.lesson in target.lessons))
            raise SettingsError(f"to={name}: has no form for lesson={plan.lesson}; these have one: {fits}")
    for name in plan.targets:
        say(f"{name}: made and read back …")
        # Noted before its folder is there, so that one that a kill left is known as ours.
        ours = _note(plan.into, {**ours, name: ours.get(name, {})})
        found.append(_exported(name, plan, parts, system))
        ours = _note(plan.into, {**ours, name: _entry(plan, found[-1])})
    return parts, found


def _exported(name: str, plan: ExportPlan, parts: Split, system: str | None) -> Exported:
    left_out, changed = Counter[str](), Counter[str]()
    target = TARGETS[name](plan.lesson, plan.shape.cannot, changed)
    rows: dict[str, list[Row]] = {}
    expected: list[tuple[Heard, ...]] = []
    ids: list[str] = []
    for part, samples in parts.parts.items():
        rows[part] = []
        for sample in samples:
            try:
                fitted = target.fitted(shaped(paired(sample), plan.shape, system, changed))
                row = target.row(fitted)
            except Unfit as unfit:
                left_out[str(unfit)] += 1
                continue
            rows[part].append(row)
            if any(is_mute(message) for message in fitted.every):
                changed["an empty text of the assistant, kept as it is"] += 1
            expected.append(target.expected(fitted))
            ids.append(sample.id)
    rows = {part: found for part, found in rows.items() if found or part == "train"}
    notes = (*target.checked_beforehand(rows["train"]), *_near_copies(parts))
    folder = plan.into / name
    made = _fresh(plan.into, name)
    try:
        for file, data in target.files(rows).items():
            (made / file).write_bytes(data)
        proof = target.read_back(made, [*rows])
        _replace(folder, made)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    equal = [one == other for one, other in zip(proof.heard, expected, strict=False)]
    return Exported(
        target=name, folder=folder, rows=len(expected), read_back=sum(equal),
        differs=_difference(ids, expected, proof.heard), how=proof.how, left_out=dict(left_out), changed=dict(changed),
        notes=(*notes, *proof.notes),
    )  # fmt: skip


def _near_copies(parts: Split) -> tuple[str, ...]:
    """A note if samples are branches of others."""
    many = sum(sample.branch for samples in parts.parts.values() for sample in samples)
    return (
        (f"{many} samples are branches, each equal to another sample up to one of its turns: near-copies",)
        if many
        else ()
    )


def _difference(ids: Sequence[str], expected: Sequence[tuple[Heard, ...]], heard: Sequence[tuple[Heard, ...]]) -> str:
    if len(heard) != len(expected):
        return f"{many(len(heard), 'row')} came back of {len(expected)}"
    for id_, mine, theirs in zip(ids, expected, heard, strict=True):
        if mine == theirs:
            continue
        if len(mine) != len(theirs):
            return f"{id_}: {many(len(theirs), 'message')} came back of {len(mine)}"
        place = next(i for i, (one, other) in enumerate(zip(mine, theirs, strict=True)) if one != other)
        return f"{id_}: message {place} came back otherwise"
    return ""


def _fresh(into: Path, name: str) -> Path:
    """A new folder for a target's files; what earlier exports that were killed left goes."""
    for left in into.glob(f".{name}-*"):
        if not _lives(left.name.rpartition("-")[2]):
            shutil.rmtree(left, ignore_errors=True)
    made = into / f".{name}-{os.getpid()}"
    shutil.rmtree(made, ignore_errors=True)
    made.mkdir()
    return made


def _lives(pid: str) -> bool:
    """Whether a process of this number is there."""
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return int(pid) != os.getpid()


def _replace(folder: Path, made: Path) -> None:
    """Put a folder that is whole in the place of an earlier export of ours."""
    old = made.with_name(f"{made.name}-old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    made.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _ours(into: Path) -> dict[str, Any]:
    """The folders that an earlier export wrote."""
    path = into / MANIFEST
    if into.exists() and not into.is_dir():
        raise SettingsError(f"into={into}: is a file; give a folder")
    if not path.is_file():
        return {}
    try:
        found = orjson.loads(read_bounded(path))
        return dict(found["targets"])
    except (OSError, ValueError, KeyError, TypeError):
        raise RunDirError(f"{path}: is no list of exports; give another into=") from None


def _note(into: Path, ours: Mapping[str, Any]) -> dict[str, Any]:
    """Write the list of exports; returns it."""
    into.mkdir(parents=True, exist_ok=True)
    write_bytes(
        into / MANIFEST, orjson.dumps({"targets": ours}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    )
    return dict(ours)


def _entry(plan: ExportPlan, one: Exported) -> dict[str, Any]:
    return {
        "lesson": plan.lesson, "rows": one.rows, "read_back": one.read_back, "how": one.how, "left_out": one.left_out,
        "changed": one.changed, "notes": one.notes, "shape": plan.shape.model_dump(mode="json"), "split": plan.split, "seed": plan.seed,
    }  # fmt: skip
