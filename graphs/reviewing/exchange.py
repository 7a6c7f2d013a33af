"""Reviews in other tools: the records that Argilla reads and writes, and the tasks of Label Studio.

Of an audit nothing goes out that judges or checks said. What comes back counts for the content that went out, and is kept once,
however often the file is read. Forms: Argilla 2's `records.to_json`, Label Studio's JSON export.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import orjson
from pydantic import ConfigDict, Field, ValidationError

from graphs.files.rundir import write_bytes
from graphs.reviewing.desk import ReviewDesk, ReviewItem
from graphs.reviewing.verdicts import PersonVerdict, Queue, Said
from scenarios.errors import DatasetError
from scenarios.frozen import Frozen
from scenarios.reading.bounded import read_bounded

AGENT = "colloquia"
VERDICT, REMARK = "verdict", "remark"
"""The questions, by the names that they have in the other tool."""
_LARGEST = 1024 * 1024 * 1024
_WORDS = {Said.ACCEPT.value: Said.ACCEPT, Said.REJECT.value: Said.REJECT}
T = TypeVar("T", bound=Frozen)


class ReviewTool(StrEnum):
    """Another tool in which people review."""

    ARGILLA = "argilla"
    LABEL_STUDIO = "labelstudio"


@dataclass
class Imported:
    """What came of reading verdicts back."""

    kept: int = 0
    before: int = 0
    """They were read from a file before."""
    unknown: list[str] = field(default_factory=list)
    """Ids that the dataset does not have."""
    changed: list[str] = field(default_factory=list)
    """Ids of samples that are not what went out any more."""
    silent: int = 0
    """Records without a verdict."""


def send_out(desk: ReviewDesk, queue: Queue, tool: ReviewTool, path: Path, *, seed: int = 0) -> int:
    """Write what is left of a queue to a file that the tool reads; returns how many samples. Raises RunDirError and OSError."""
    items = [item for item in desk.next(queue, AGENT, _LARGEST, seed=seed) if not item.repeat]
    made = [_FORMS[tool](item, seed) for item in items]
    write_bytes(path, orjson.dumps(made, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    return len(made)


def read_back(desk: ReviewDesk, contents: Mapping[str, str], tool: ReviewTool, path: Path) -> Imported:
    """Keep the verdicts of a file that the tool wrote. `contents` has the digest of each sample as it is now.

    Raises DatasetError, which names the record that has another form; nothing is then kept.
    """
    done = Imported()
    told = list(_READERS[tool](path, done))
    known = desk.keys()
    for verdict in told:
        if verdict.sample not in contents:
            done.unknown.append(verdict.sample)
        elif contents[verdict.sample] != verdict.content:
            done.changed.append(verdict.sample)
        elif (verdict.reviewer, verdict.key) in known:
            done.before += 1
        else:
            desk.record(verdict)
            known.add((verdict.reviewer, verdict.key))
            done.kept += 1
    return done


# -- out ----------------------------------------------------------------------------------------------------


def _argilla(item: ReviewItem, seed: int) -> dict[str, Any]:
    suggestions = {VERDICT: {"value": Said.REJECT.value, "score": None, "agent": AGENT}} if item.why else {}
    if item.why:
        suggestions[REMARK] = {"value": item.why, "score": None, "agent": AGENT}
    told = {"content": item.content, "queue": item.queue.value, "seed": seed}
    fields = {"sample": _text(item.shown[0]), "brief": _brief(item.shown[0])}
    return {
        "id": item.sample,
        "fields": fields,
        "metadata": told,
        "suggestions": suggestions,
        "responses": {},
        "vectors": {},
    }


def _label_studio(item: ReviewItem, seed: int) -> dict[str, Any]:
    line = item.shown[0]
    told = {"content": item.content, "queue": item.queue.value, "seed": seed}
    task: dict[str, Any] = {"data": {"id": item.sample, "sample": _text(line), "brief": _brief(line), **told}}
    if item.why:
        place = {"to_name": "sample"}
        task["data"]["why"] = item.why
        task["predictions"] = [
            {"model_version": AGENT, "result": [
                {"from_name": VERDICT, **place, "type": "choices", "value": {"choices": [Said.REJECT.value]}},
                {"from_name": REMARK, **place, "type": "textarea", "value": {"text": [item.why]}},
            ]}
        ]  # fmt: skip
    return task


_FORMS: Mapping[ReviewTool, Callable[[ReviewItem, int], dict[str, Any]]] = {
    ReviewTool.ARGILLA: _argilla,
    ReviewTool.LABEL_STUDIO: _label_studio,
}


def _text(line: Mapping[str, Any]) -> str:
    """A sample as text: its fields, or its messages with who says each, tool calls included."""
    if "fields" in line:
        return "\n\n".join(f"{name}:\n{text}" for name, text in line["fields"].items())
    parts = []
    for message in line.get("messages", ()):
        said = [str(message["content"])] if message.get("content") else []
        for call in message.get("tool_calls") or ():
            called = call.get("function", {})
            said.append(f"→ {called.get('name')}({called.get('arguments')})")
        parts.append(f"{message.get('name') or message.get('role')}: {' '.join(said)}")
    return "\n\n".join(parts)


def _brief(line: Mapping[str, Any]) -> str:
    told = line.get("brief") or {}
    parts = [{**(told.get("cell") or {})}, told.get("texts") or {}, told.get("facts") or {}, told.get("goals") or {}]
    return "\n".join(f"{name}: {text}" for part in parts for name, text in part.items()) or "-"


# -- back ---------------------------------------------------------------------------------------------------


class _FromTool(Frozen):
    """What another tool wrote: it may say more than is read here."""

    model_config = ConfigDict(extra="ignore")


class _Sent(_FromTool):
    """What went out with a sample."""

    content: str = Field(min_length=64, max_length=64)
    queue: Queue
    seed: int = Field(default=0, ge=0)


class _ArgillaAnswer(_FromTool):
    value: Any = None
    user_id: str = Field(min_length=1, max_length=80)


class _ArgillaRecord(_FromTool):
    id: str = Field(min_length=1)
    metadata: _Sent
    responses: dict[str, list[_ArgillaAnswer]]


class _Result(_FromTool):
    from_name: str
    type: str = ""
    value: dict[str, Any] = Field(default_factory=dict)


class _Annotation(_FromTool):
    result: list[_Result]
    was_cancelled: bool = False
    completed_by: int | str | dict[str, Any] = ""
    lead_time: float | None = None


class _TaskData(_Sent):
    id: str = Field(min_length=1)


class _Task(_FromTool):
    data: _TaskData
    annotations: list[_Annotation]


def _from_argilla(path: Path, done: Imported) -> Iterator[PersonVerdict]:
    for number, row in _rows(path):
        record = _read(_ArgillaRecord, row, path, number)
        remarks = {one.user_id: one.value for one in record.responses.get(REMARK, ())}
        answers = record.responses.get(VERDICT, [])
        done.silent += not answers
        for one in answers:
            said = _word(one.value, path, number)
            yield _verdict(ReviewTool.ARGILLA, record.id, record.metadata, one.user_id, said, remarks.get(one.user_id))


def _from_label_studio(path: Path, done: Imported) -> Iterator[PersonVerdict]:
    for number, row in _rows(path):
        task = _read(_Task, row, path, number)
        told = 0
        for one in task.annotations:
            answers = {result.from_name: result.value for result in one.result}
            if one.was_cancelled or VERDICT not in answers:
                continue
            told += 1
            chosen = answers[VERDICT].get("choices")
            said = _word(chosen[0] if isinstance(chosen, list) and len(chosen) == 1 else chosen, path, number)
            texts = answers.get(REMARK, {}).get("text", [])
            remark = "\n".join(map(str, texts)) if isinstance(texts, list) else texts
            yield _verdict(
                ReviewTool.LABEL_STUDIO, task.data.id, task.data, _who(one.completed_by, path, number), said, remark,
                max(0.0, one.lead_time or 0.0),
            )  # fmt: skip
        done.silent += not told


_READERS: Mapping[ReviewTool, Callable[[Path, Imported], Iterator[PersonVerdict]]] = {
    ReviewTool.ARGILLA: _from_argilla,
    ReviewTool.LABEL_STUDIO: _from_label_studio,
}


def _verdict(
    tool: ReviewTool, id_: str, sent: _Sent, who: str, said: Said, remark: Any, seconds: float = 0.0
) -> PersonVerdict:
    text = remark.strip()[:20_000] if isinstance(remark, str) else ""
    told = orjson.dumps([id_, sent.content, sent.queue, sent.seed, who, said, text])
    return PersonVerdict(
        number=1, reviewer=who, queue=sent.queue, sample=id_, content=sent.content, said=said, remark=text, seed=sent.seed,
        seconds=seconds, key=f"{tool}:{hashlib.sha256(told).hexdigest()[:32]}",
    )  # fmt: skip


def _rows(path: Path) -> Iterator[tuple[int, Any]]:
    try:
        found = orjson.loads(read_bounded(path, _LARGEST))
    except OSError as error:
        raise DatasetError(f"file={path}: cannot be read ({error.strerror}); give a file that the tool wrote") from None
    except orjson.JSONDecodeError as error:
        raise DatasetError(
            f"file={path}: line {error.lineno}: is not JSON ({error.msg}); export it from the tool anew"
        ) from None
    if not isinstance(found, list):
        raise DatasetError(f"file={path}: is no list of records; export it from the tool as JSON")
    yield from enumerate(found, 1)


def _read(model: type[T], row: Any, path: Path, number: int) -> T:
    try:
        return model.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the record"
        raise DatasetError(f"file={path}: record {number}: {place}: {first['msg']}; nothing was kept") from None


def _word(value: Any, path: Path, number: int) -> Said:
    if not isinstance(value, str) or value not in _WORDS:
        raise DatasetError(
            f"file={path}: record {number}: {VERDICT} says {str(value)[:60]!r}, which is neither accept nor reject; nothing was kept"
        )
    return _WORDS[value]


def _who(told: int | str | dict[str, Any], path: Path, number: int) -> str:
    """Who annotated: a number, or what the tool says of a person."""
    name = told.get("email") or told.get("id") if isinstance(told, dict) else told
    text = str(name if name is not None else "").strip()[:80]
    if not text:
        raise DatasetError(f"file={path}: record {number}: completed_by: says nobody; nothing was kept")
    return text
